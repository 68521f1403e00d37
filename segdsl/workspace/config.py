"""Settings from `segdsl.toml`: where the data lies, how its cells are written, and the time zone of days."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from segdsl.diagnostics import Diagnostic, Refusal, series
from segdsl.files.paths import bytes_in_words
from segdsl.workspace import settings_errors
from segdsl.workspace.destinations import DestinationSettings, has_password, problems

CONFIG = "segdsl.toml"
NUMBER_FORMATS = ("1234.56", "1,234.56", "1.234,56", "1234,56", "1 234,56", "1 234.56", "1'234.56", "12,34,567.89")
DATE_WORDS = ("excel", "unix", "unix ms")  # serial days of a spreadsheet; seconds and milliseconds since 1970
ENGINES = ("duckdb", "postgres", "spark")
DELIMITERS = (",", ";", "\t", "|")
_DATE_PART = re.compile(r"YYYY|YY|Month|Mon|MM|M|DD|D")


class NotAWorkspace(Refusal):
    """No `segdsl.toml`, or an unusable one; `diagnostics` name the folder or line. Exit code 2."""

    exit_code = 2


class Formats(msgspec.Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True):
    """Formats of cells. Without `date` or `number`, only unambiguous cells are read."""

    missing: tuple[str, ...] = ()
    yes: tuple[str, ...] = ("true", "yes", "y", "t", "1")
    no: tuple[str, ...] = ("false", "no", "n", "f", "0")
    set_separator: str = ";"
    date: str | None = None
    number: str | None = None
    ids: Literal["as written", "salesforce", "without zeros", "any case"] = "as written"
    digits: Annotated[int, msgspec.Meta(ge=2, le=40)] | None = None
    delimiter: str | None = None
    encoding: str | None = None

    def under(self, specific: Formats) -> Formats:
        """These formats, overridden by those of a table or column."""
        settings = {**msgspec.to_builtins(self), **msgspec.to_builtins(specific)}
        return msgspec.convert({k: v for k, v in settings.items() if k in Formats.__struct_fields__}, Formats)


class ColumnSource(Formats, forbid_unknown_fields=True, frozen=True, omit_defaults=True):
    """Header of one column, and its own formats."""

    header: str | None = None


class TableSource(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Source of one entity's or table's rows.

    `path`: may be a glob; `{as_of}` stands for the as-of date.
    `columns`: header by field.
    `skip_rows`, `skip_footer`: lines above the header, and below the rows.
    `header_rows`: lines of the header; a column is called by the first, or by all of them where the first leaves one without a name.
    `skip_below_header`: lines between the header and the rows, such as a total.
    `sheet`: sheet of a workbook.
    `table`: table of a database file.
    `distinct`: the rows are the different customers of a file that repeats them, such as order lines.
    `line_number`: name of a column with the number of each row's line, for a file in which nothing else identifies a row.
    """

    path: str
    columns: dict[str, str | ColumnSource] = {}
    formats: Formats = Formats()
    skip_rows: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0
    skip_footer: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0
    header_rows: Annotated[int, msgspec.Meta(ge=1, le=10)] = 1
    skip_below_header: Annotated[int, msgspec.Meta(ge=0, le=10)] = 0
    sheet: str | None = None
    table: str | None = None
    distinct: bool = False
    line_number: str | None = None

    @property
    def first_line(self) -> int:
        """The line of the first row, as an editor or a spreadsheet program counts."""
        return self.skip_rows + self.header_rows + self.skip_below_header + 1

    def column(self, field: str) -> ColumnSource:
        column = self.columns.get(field, ColumnSource())
        return ColumnSource(header=column) if isinstance(column, str) else column


class SourceConfig(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One `[sources.NAME]`.

    `url` is a database's address; what is secret in it comes from the environment, as `${NAME}`. `timeout` is how many seconds
    the reading of one table, or one question, may take where DuckDB answers. Of Spark `master` says where it runs, or `remote` the
    address of its Connect server, and `shared` a folder that its workers and this machine see, where that isn't one machine.
    """

    engine: str = "duckdb"
    url: str = ""
    master: str = ""
    remote: str = ""
    shared: str = ""
    timezone: str = "UTC"
    snapshot: dt.date | None = None
    timeout: Annotated[int, msgspec.Meta(ge=1, le=86_400)] = 600
    formats: Formats = Formats()
    tables: dict[str, str | TableSource] = {}

    def table(self, name: str) -> TableSource | None:
        table = self.tables.get(name)
        return TableSource(table) if isinstance(table, str) else table


class About(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The `[workspace]` table.

    `ledger`: path relative to the workspace; empty for rules of no workspace, which have no runs.
    `fiscal_year_starts`: month, 1 to 12.
    """

    name: str = ""
    language: int = 1
    timezone: str = "UTC"
    include: list[str] | None = None
    ledger: str = ".segdsl/ledger.duckdb"
    fiscal_year_starts: Annotated[int, msgspec.Meta(ge=1, le=12)] = 1


class Config(msgspec.Struct, forbid_unknown_fields=True, frozen=True, dict=True):
    """Content of `segdsl.toml`."""

    workspace: About = About()
    sources: dict[str, SourceConfig] = {}
    destinations: dict[str, DestinationSettings] = {}

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.workspace.timezone)


def load_config(root: Path) -> Config:
    """Read the settings; raises `NotAWorkspace` for a missing or broken `segdsl.toml`."""
    path = root / CONFIG
    try:
        text = path.read_bytes().decode("utf-8-sig")
        read = read_toml(text)
        config = msgspec.convert(read, Config)
    except FileNotFoundError:
        raise NotAWorkspace(
            Diagnostic("SEG0601", f"no {CONFIG} in {root}", help="name the folder with --workspace")
        ) from None
    except UnicodeDecodeError as error:
        why = f"it is not UTF-8: {bytes_in_words(error)}"
        help = "open it in a text editor and save it as UTF-8"
        raise NotAWorkspace(Diagnostic("SEG0602", f"{path} can't be read: {why}", help=help)) from None
    except OSError as error:
        raise NotAWorkspace(Diagnostic("SEG0602", f"{path} can't be read: {error.strerror or error}")) from None
    except tomllib.TOMLDecodeError as error:
        problem, help = settings_errors.syntax(text, error)
        raise NotAWorkspace(Diagnostic("SEG0602", f"{path} {problem}", help=help)) from None
    except msgspec.ValidationError as error:
        problem, help = settings_errors.wrong_setting(read, error, Config)
        raise NotAWorkspace(Diagnostic("SEG0602", f"{path}: {problem}", help=help)) from None
    _check(config, path)
    return config


def read_toml(text: str) -> dict[str, Any]:
    """Parse TOML; raises `tomllib.TOMLDecodeError`, also for excessive nesting or digits."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except RecursionError:
        raise tomllib.TOMLDecodeError("its values are nested too deep") from None
    except ValueError:
        raise tomllib.TOMLDecodeError("a number in it has too many digits") from None


def _check(config: Config, path: Path) -> None:
    def refuse(message: str, help: str, code: str = "SEG0602") -> None:
        raise NotAWorkspace(Diagnostic(code, f"{path}: {message}", help=help))

    for zone in [config.workspace.timezone, *(s.timezone for s in config.sources.values())]:
        if not _is_zone(zone):
            refuse(f"unknown timezone `{zone}`", 'as in "Europe/London" or "UTC"', "SEG0603")
    if config.workspace.language != 1:
        refuse(f"language {config.workspace.language} is newer than this segdsl", "this one reads language 1")
    for problem, help in problems(config.destinations):
        refuse(problem, help)
    for name, source in config.sources.items():
        if source.engine not in ENGINES:
            refuse(f"unknown engine `{source.engine}` of source `{name}`", f"engines are {_listed(ENGINES)}")
        if source.engine == "postgres" and not source.url:
            refuse(f"source `{name}` has no url", 'as in url = "${ACME_WAREHOUSE_URL}"')
        if source.engine == "spark" and bool(source.master) == bool(source.remote):
            both = "both a master and a remote" if source.master else "neither a master nor a remote"
            refuse(f"source `{name}` has {both}", 'as in master = "local[2]", or remote = "sc://spark.example:15002"')
        if source.engine != "spark" and (source.master or source.remote or source.shared):
            setting = next(s for s in ("master", "remote", "shared") if getattr(source, s))
            refuse(f"source `{name}` has a {setting}, and isn't Spark", 'say engine = "spark", or take it out')
        if re.search(r"(token|password)=(?!\$\{)[^;]", source.remote):
            refuse(
                f"the remote of source `{name}` has a secret in it",
                'take it from the environment: remote = "sc://host:15002/;token=${SPARK_TOKEN}"',
            )
        if has_password(source.url, as_variable=True):
            refuse(
                f"the url of source `{name}` has a password in it",
                'take it from the environment: url = "${ACME_WAREHOUSE_URL}"',
            )
        for table_name in source.tables:
            table = source.table(table_name)
            if table is not None and not table.path.strip():
                refuse(f"the path of `{table_name}` of source `{name}` is empty", 'as in path = "data/accounts.csv"')
            if table is not None and any(len(part) > 2 and "**" in part for part in _glob(table.path).split("/")):
                refuse(
                    f"`**` stands beside other text in the path `{table.path}` of source `{name}`",
                    "write `*` for any text within a name; `{as_of}` counts as one",
                )
        for where, formats in _all_formats(name, source).items():
            wrong = _wrong_format(formats)
            if wrong is not None:
                refuse(f"{wrong[0]} in [{where}]", wrong[1])


def _glob(path: str) -> str:
    return path.replace("{as_of}", "*")


def _all_formats(name: str, source: SourceConfig) -> Mapping[str, Formats]:
    by_place = {f"sources.{name}.formats": source.formats}
    for table_name in source.tables:
        table = source.table(table_name)
        assert table is not None
        place = f"sources.{name}.tables.{table_name}"
        by_place[f"{place}.formats"] = table.formats
        by_place |= {f"{place}.columns.{c}": table.column(c) for c in table.columns}
    return by_place


def _wrong_format(formats: Formats) -> tuple[str, str] | None:
    """(problem, help) for an invalid format."""
    if formats.date is not None and not _is_date_format(formats.date):
        return f"`{formats.date}` is no date format", f'as in "DD/MM/YYYY" or "D Mon YYYY", or {_listed(DATE_WORDS)}'
    if formats.number is not None and formats.number not in NUMBER_FORMATS:
        return f"`{formats.number}` is no number format", f"one of {_listed(NUMBER_FORMATS)}"
    if formats.delimiter is not None and (len(formats.delimiter) != 1 or formats.delimiter in '"\r\n'):
        return "a delimiter is one character", f"one of {_listed(DELIMITERS)}"
    if formats.encoding is not None and not _is_encoding(formats.encoding):
        return f"unknown encoding `{formats.encoding}`", 'as in "utf-8", "cp1252" or "utf-16"'
    if not formats.yes or not formats.no:
        return "there is no word for yes, or none for no", 'as in yes = ["Y"] and no = ["N"]'
    both = {word.lower() for word in formats.yes} & {word.lower() for word in formats.no}
    if both and formats.yes != Formats().yes and formats.no != Formats().no:
        return f"`{min(both)}` means yes and no", 'as in yes = ["Y"] and no = ["N"]'
    if not formats.set_separator:
        return "the separator of sets is empty", 'as in set_separator = ";"'
    return None


def _is_date_format(text: str) -> bool:
    parts = _DATE_PART.findall(text)
    rest = _DATE_PART.sub("", text)
    return text in DATE_WORDS or ([p[0] for p in sorted(parts)] == ["D", "M", "Y"] and not re.search(r"[\w%]", rest))


def _is_encoding(name: str) -> bool:
    try:
        return bool("a".encode(name))  # Python doesn't look up the encoding of an empty text
    except (LookupError, ValueError):
        return False


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _listed(words: tuple[str, ...]) -> str:
    return series(["a tab" if w == "\t" else f'"{w}"' for w in words], "or")
