"""A folder with `segdsl.toml` and `.seg` files -> configuration, typed model and everything wrong with them."""

from __future__ import annotations

import datetime as dt
import os
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from segdsl.diagnostics import Diagnostic, Refusal, Source, Span, has_errors, in_file_order
from segdsl.lang import tree
from segdsl.lang.parse import LARGEST_FILE, parse
from segdsl.model.segment import Model
from segdsl.resolve import resolve

CONFIG = "segdsl.toml"
MOST_FILES = 5_000
_STACK = 20_000  # frames; nesting is bounded at 200 levels, each of a few dozen


class About(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The `[workspace]` table."""

    name: str = ""
    language: int = 1
    timezone: str = "UTC"
    include: list[str] | None = None


class Formats(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How cells are written; `date` and `number` only as ISO and with a decimal point so far."""

    missing: tuple[str, ...] = ()
    yes: tuple[str, ...] = ("true", "yes", "y", "t", "1")
    no: tuple[str, ...] = ("false", "no", "n", "f", "0")
    set_separator: str = ";"
    delimiter: str = ","
    date: str | None = None
    number: str | None = None


class TableSource(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where one entity's or table's rows lie. `columns` maps a field's name to the file's header."""

    path: str
    columns: dict[str, str] = {}


class SourceConfig(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One `[sources.NAME]`."""

    engine: str = "duckdb"
    timezone: str = "UTC"
    snapshot: dt.date | None = None
    formats: Formats = Formats()
    tables: dict[str, str | TableSource] = {}

    def table(self, name: str) -> TableSource | None:
        found = self.tables.get(name)
        return TableSource(found) if isinstance(found, str) else found


class Config(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    workspace: About = About()
    sources: dict[str, SourceConfig] = {}


@dataclass(frozen=True)
class Workspace:
    """`model` is None where `diagnostics` has an error."""

    root: Path
    config: Config
    files: tuple[tree.File, ...]
    sources: tuple[Source, ...]
    model: Model | None
    diagnostics: tuple[Diagnostic, ...] = field(repr=False)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.config.workspace.timezone)

    @property
    def ok(self) -> bool:
        return self.model is not None and not has_errors(self.diagnostics)


class NotAWorkspace(Refusal):
    """No `segdsl.toml`, or one that can't be used."""

    exit_code = 2


def find_root(start: Path) -> Path:
    """The nearest folder upwards that has a `segdsl.toml`; raises `NotAWorkspace`."""
    start = start.absolute()
    for folder in (start, *start.parents):
        if (folder / CONFIG).is_file():
            return folder
    raise NotAWorkspace(
        Diagnostic(
            "SEG0601",
            f"no {CONFIG} in {start} or above it",
            help="go to the rules' folder, or name it with --workspace",
        )
    )


def load_workspace(root: Path) -> Workspace:
    """Reads, parses and resolves all files; raises `NotAWorkspace` for a missing or broken `segdsl.toml`."""
    config = load_config(root)
    found: list[Diagnostic] = []
    sources: list[Source] = []
    for path in rule_files(root, config.workspace.include):
        source = read_rules(path, root, found)
        if source is not None:
            sources.append(source)
    return build(root, config, sources, found)


def build(root: Path, config: Config, sources: list[Source], found: list[Diagnostic]) -> Workspace:
    """A workspace from texts already read."""
    with _deep_stack():
        parsed = [parse(s) for s in sources]
        files = tuple(file for file, _ in parsed)
        syntax = [d for _, wrong in parsed for d in wrong]
        model, semantic = resolve(files)
    diagnostics = in_file_order([*found, *syntax, *_after_syntax(semantic, syntax)])
    return Workspace(root, config, files, tuple(sources), None if has_errors(diagnostics) else model, diagnostics)


def _after_syntax(semantic: tuple[Diagnostic, ...], syntax: list[Diagnostic]) -> list[Diagnostic]:
    """Where a declaration didn't parse, an unknown name may be just that one: it isn't blamed too."""
    lost = {m for d in syntax if d.span for m in re.findall(r"\w+", _declaration_head(d.span))}
    return [d for d in semantic if not (d.message.startswith("unknown ") and d.span and d.span.text in lost)]


def _declaration_head(span: Span) -> str:
    """The line at or above a place that starts at the margin."""
    above = span.source.text[: span.start + 1]
    starts = [m.start() for m in re.finditer(r"^[a-z]+ \w+", above, re.MULTILINE)]
    return span.source.text[starts[-1] :].partition("\n")[0][:200] if starts else ""


# -- reading ---------------------------------------------------------------------


def load_config(root: Path) -> Config:
    path = root / CONFIG
    try:
        text = path.read_bytes().decode("utf-8-sig")
        config = msgspec.convert(tomllib.loads(text), Config)
    except FileNotFoundError:
        raise NotAWorkspace(
            Diagnostic("SEG0601", f"no {CONFIG} in {root}", help="name the folder with --workspace")
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise NotAWorkspace(Diagnostic("SEG0602", f"{path} can't be read: {error}")) from None
    except msgspec.ValidationError as error:
        raise NotAWorkspace(Diagnostic("SEG0602", f"{path}: {_in_words(str(error))}")) from None
    _check_config(config, path)
    return config


def _in_words(message: str) -> str:
    """`Object contains unknown field `x` - at `$.workspace`` as a person would say it."""
    where = re.search(r" - at `\$\.?(.*)`$", message)
    text = message[: where.start()] if where else message
    text = text.replace("Object contains unknown field", "unknown setting").replace(
        "Object missing required field", "missing setting"
    )
    text = text.replace("Expected `str`, got", "text is needed, not").replace(
        "Expected `object`, got", "a table is needed, not"
    )
    return f"{text} in [{where[1]}]" if where and where[1] else text


def _check_config(config: Config, path: Path) -> None:
    zones = [config.workspace.timezone, *(s.timezone for s in config.sources.values())]
    for zone in zones:
        if not _is_zone(zone):
            raise NotAWorkspace(
                Diagnostic("SEG0603", f"{path}: unknown timezone `{zone}`", help='as in "Europe/London" or "UTC"')
            )
    if config.workspace.language != 1:
        raise NotAWorkspace(
            Diagnostic(
                "SEG0602",
                f"{path}: language {config.workspace.language} is newer than this segdsl",
                help="this one reads language 1",
            )
        )
    for name, source in config.sources.items():
        if source.engine != "duckdb":
            raise NotAWorkspace(
                Diagnostic(
                    "SEG0602",
                    f"{path}: engine `{source.engine}` of source `{name}` is not yet supported",
                    help='engine = "duckdb"',
                )
            )
        if source.formats.date not in (None, "YYYY-MM-DD") or source.formats.number not in (None, "1234.56"):
            raise NotAWorkspace(
                Diagnostic(
                    "SEG0602",
                    f"{path}: source `{name}` has a date or number format that is not yet supported",
                    help='dates are read as "YYYY-MM-DD", numbers as "1234.56"',
                )
            )


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def rule_files(root: Path, include: list[str] | None) -> Iterator[Path]:
    """All `.seg` files below, in order of their path; a folder below with its own `segdsl.toml` is another workspace."""
    tops = [root / part for part in include] if include is not None else [root]
    seen = 0
    for top in tops:
        for folder, folders, names in os.walk(top):
            folders[:] = sorted(
                f for f in folders if not f.startswith(".") and not (Path(folder) / f / CONFIG).is_file()
            )
            for name in sorted(n for n in names if n.endswith(".seg")):
                seen += 1
                if seen > MOST_FILES:
                    raise NotAWorkspace(
                        Diagnostic(
                            "SEG0602",
                            f"more than {MOST_FILES:,} .seg files below {root}",
                            help="name the folders to read in `include`",
                        )
                    )
                yield Path(folder) / name


def read_rules(path: Path, root: Path, found: list[Diagnostic]) -> Source | None:
    """A rule file's text, its path shown relative to `root`; None where it can't be read, with the reason in `found`."""
    shown = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
    place = Span(Source(shown, ""), 0, 0)
    try:
        if not path.is_file():
            raise OSError("it is no ordinary file")
        size = path.stat().st_size
        if size > LARGEST_FILE:
            found.append(
                Diagnostic(
                    "SEG0108",
                    f"the file is larger than {LARGEST_FILE // 1_000_000} MB",
                    place,
                    f"{size:,} bytes",
                    "split it",
                )
            )
            return None
        data = path.read_bytes()
    except OSError as error:
        found.append(Diagnostic("SEG0110", f"the file can't be read: {error.strerror or error}", place))
        return None
    try:
        return Source(shown, data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        start = error.start - (data[: error.start].rfind(b"\n") + 1)
        text = data[: error.start].decode("utf-8-sig", "replace") + "\ufffd"
        at = Span(Source(shown, text), len(text) - 1, len(text))
        help = "save it as UTF-8 (Excel and Notepad: “Save as”, encoding UTF-8)"
        found.append(
            Diagnostic(
                "SEG0107",
                f"the file is not UTF-8: byte {data[error.start]:#04x} on line {line}, column {start + 1}",
                at,
                "",
                help,
            )
        )
        return None


class _deep_stack:
    """Room for trees of 200 nested levels, whatever the caller's limit is."""

    def __enter__(self) -> None:
        self._before = sys.getrecursionlimit()
        sys.setrecursionlimit(max(self._before, _STACK))

    def __exit__(self, *_: object) -> None:
        sys.setrecursionlimit(self._before)
