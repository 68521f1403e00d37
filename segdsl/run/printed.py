"""A rule on a source -> the query of a run as text, for the engine's own client or as a model of dbt.

A query has as-of in it as literals: where windows start, which rows of a list count, how days begin in a zone are computed
before. So a model for several days is found by comparison: the query is planned for each day, and what differs between the texts of two
days are literals. Those are looked up by the model's `var('as_of')`; where more differs than literals, the model has a text for
each group of days. What a model renders for a day is therefore, character for character, the query that is planned for that day,
and other days are refused when it renders.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from segdsl import engines
from segdsl.bounds import PRINTED_DAYS
from segdsl.data.files import DataError
from segdsl.data.sql_text import name as quoted
from segdsl.diagnostics import UNSEEN, Diagnostic
from segdsl.engines.engine import Definition
from segdsl.model.clock import Clock
from segdsl.model.dependencies import of_rules
from segdsl.model.segment import Model, Rule
from segdsl.resolve.problems import nearest_help
from segdsl.run import time_travel
from segdsl.run.errors import UsageError
from segdsl.run.evaluate import chosen_rules, clock_for, source_config
from segdsl.run.recorded import with_recorded_runs
from segdsl.sql import dialect
from segdsl.sql.plan import assignment
from segdsl.version import __version__
from segdsl.workspace.load import Workspace


@dataclass(frozen=True)
class Client:
    """How queries are written for an engine's own client.

    `functions`: statements that make the functions which a query calls by `prefix`.
    """

    write: Callable[[exp.Query], str]
    functions: str = ""
    prefix: str = ""


CLIENTS: Mapping[str, Client] = {
    "duckdb": Client(dialect.duckdb),
    "postgres": Client(dialect.postgres, dialect.FUNCTIONS, "pg_temp."),
}


@dataclass(frozen=True)
class Printed:
    """The text, and warnings about the data."""

    text: str
    notes: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class _Query:
    """A rule's query on a source, for any day.

    `definitions`: of the relations that it reads, by name.
    """

    model: Model
    rule: Rule
    client: Client
    definitions: Mapping[str, Definition]

    def planned(self, clock: Clock) -> exp.Query:
        return assignment(self.model, self.rule.entity, [self.rule], clock).query

    def text(self, clock: Clock, places: Mapping[str, str] | None = None) -> str:
        """Text as of a day; `places` are other places of relations."""
        return seen(with_tables(self.client.write(self.planned(clock)), self.tables(places or {})))

    def tables(self, places: Mapping[str, str]) -> dict[str, str]:
        """Named queries with the rows of relations."""
        return {n: q for r, d in self.definitions.items() for n, q in d.queries(places.get(r)).items()}

    def session(self, text: str, opens: bool = True) -> list[str]:
        """Statements that a session needs before a text; without those for tables where something else opens these."""
        wanted = ((*d.session, *d.opening) if opens else d.session for d in self.definitions.values())
        statements = list(dict.fromkeys(s for each in wanted for s in each))
        return [*statements, self.client.functions.strip()] if self._calls_functions(text) else statements

    def _calls_functions(self, text: str) -> bool:
        return bool(self.client.prefix) and self.client.prefix in text

    def head(self, days: str) -> list[str]:
        """What a reader of the text has to know, one line each."""
        rule, relations = self.rule, self.model.schema.relations
        keys = [f"{n}.{key}" for n in self.definitions if (key := relations[n].key) is not None]
        return [
            f"{rule.name} {days}, printed by segdsl {__version__}",
            "unlike `segdsl run`, it doesn't look whether the data can be used: each of these is to be there, once: "
            + ", ".join(keys),
        ]


def source_of_engine(workspace: Workspace, source: str | None, engine: str | None) -> str | None:
    """Name of the source: as said, else the only one of an engine. Raises `UsageError`."""
    sources = workspace.config.sources
    if engine is None or ((source or "default") in sources and sources[source or "default"].engine == engine):
        return source
    fitting = [n for n, s in sources.items() if s.engine == engine]
    if source is None and len(fitting) == 1:
        return fitting[0]
    if source is not None and source in sources:
        message = f"the source `{source}` is of the engine {sources[source].engine}, and not of {engine}"
        raise UsageError(Diagnostic("SEG0605", message, help="the tables of another engine have types of their own"))
    if source is not None:
        raise UsageError(
            Diagnostic("SEG0605", f"no source `{source}` in segdsl.toml", help=nearest_help(source, sources))
        )
    listed = ", ".join(f"--source {n}" for n in fitting)
    help = f"say which: {listed}" if fitting else f'add one: [sources.NAME] with engine = "{engine}"'
    raise UsageError(Diagnostic("SEG0605", f"{len(fitting)} sources are of the engine {engine}", help=help))


def printed(
    workspace: Workspace,
    name: str,
    source: str | None,
    as_of: dt.date | dt.datetime | str | None,
    until: str | None = None,
    for_dbt: bool = False,
) -> Printed:
    """The query of a rule on a source, as of one time; for dbt, as of each day from `as_of` to `until`, which is then the last.

    Raises `UsageError`, and `DataError` where the data can't be used or no query reads the same rows.
    """
    clock, config = clock_for(workspace.zone, as_of), source_config(workspace, source)
    if config.engine not in CLIENTS:
        message = f"queries are printed for {' and '.join(CLIENTS)}, and the source is of the engine {config.engine}"
        raise DataError(Diagnostic("SEG0729", message, help="segdsl run evaluates the rule there"))
    days = _days(workspace, clock, until, for_dbt)
    workspace = with_recorded_runs(workspace, source, clock)
    model, (rule,) = workspace.model, chosen_rules(workspace.model, [name])
    needed = of_rules(model, [rule])
    with engines.attach(model.schema, needed, config, workspace.root, clock=clock) as engine:
        query = _Query(model, rule, CLIENTS[config.engine], {})
        read = [t.name for t in query.planned(clock).find_all(exp.Table) if t.name in model.schema.relations]
        query = _Query(model, rule, query.client, {n: engine.definition(n) for n in dict.fromkeys(read)})
        notes = (*engine.notes, *time_travel.warnings(model.schema, needed.columns, config, clock))
    if for_dbt:
        return Printed(_model(query, days, source or "default"), notes)
    text = query.text(clock)
    lines = [f"-- {line}" for line in query.head(f"as of {clock.as_of}")]
    return Printed("\n".join([*lines, *(_ended(s) for s in query.session(text)), f"{text};"]), notes)


def _ended(statement: str) -> str:
    return statement if statement.endswith(";") else f"{statement};"


def _days(workspace: Workspace, clock: Clock, until: str | None, for_dbt: bool) -> list[Clock]:
    """The days of a model; of another query its one as-of."""
    if not for_dbt:
        return [clock]
    last = clock_for(workspace.zone, until) if until is not None else clock
    first_day, last_day = clock.as_of, last.as_of
    if isinstance(first_day, dt.datetime) or isinstance(last_day, dt.datetime):
        raise UsageError(Diagnostic("SEG0604", "a model of dbt is as of days, without a time", help="as in 2026-11-01"))
    count = (last_day - first_day).days + 1
    if count < 1:
        raise UsageError(Diagnostic("SEG0604", f"--until {last_day} is before {first_day}", help="name a later day"))
    if count > PRINTED_DAYS.most:
        raise UsageError(PRINTED_DAYS.finding("the model", count))
    return [Clock.at(first_day + dt.timedelta(days=i), workspace.zone) for i in range(count)]


def with_tables(text: str, tables: Mapping[str, str]) -> str:
    """A query's text with more named queries before its own."""
    named = ",\n".join(f"{quoted(name)} AS ({query})" for name, query in tables.items())
    head = "WITH RECURSIVE " if text.startswith("WITH RECURSIVE ") else "WITH "
    assert text.startswith(head), "a query has named parts"
    return f"{head}{named},\n{text.removeprefix(head)}" if named else text


def seen(text: str) -> str:
    """The same query with characters that aren't seen, and line breaks, written by their numbers in texts."""
    return _LITERAL.sub(lambda m: _by_numbers(m[2]) if m[2] and UNSEEN.search(m[2]) else m[0], text)


def _by_numbers(literal: str) -> str:
    parts = re.split(f"({UNSEEN.pattern})", literal[1:-1])
    written = [f"'{part}'" if i % 2 == 0 else f"chr({ord(part)})" for i, part in enumerate(parts) if part or i == 0]
    return f"({' || '.join(written)})"


_LITERAL = re.compile(r"""("(?:[^"]|"")*"|\w*[A-Za-z_]\w*)|('(?:[^']|'')*'|\d+(?:\.\d+)?)""")
"""A name, or a literal: a text or number that is no part of a name."""


# -- a model of dbt ------------------------------------------------------------------------

_PLACE = "\0{}\0"  # of a relation, in a text that will be a template
_PLAIN_NAME = re.compile(r"\w+")


def _model(query: _Query, days: Sequence[Clock], source: str) -> str:
    """Text of a model: its configuration, the literals of each day, and the query."""
    if not _PLAIN_NAME.fullmatch(source):
        message = f"the source `{source}` can't be named in a model of dbt"
        raise UsageError(Diagnostic("SEG0605", message, help="give it a name of letters, digits and _"))
    places = {n: _PLACE.format(n) for n, d in query.definitions.items() if d.place}
    groups: dict[tuple[str, ...], dict[dt.date, list[str]]] = {}
    for clock in days:
        fixed, literals = in_pieces(query.text(clock, places))
        groups.setdefault(fixed, {})[clock.today] = literals
    texts = [_Text.of(fixed, by_day) for fixed, by_day in groups.items()]
    session = query.session("".join(piece for fixed in groups for piece in fixed), opens=False)
    return "\n".join([*_configuration(query, session, days), *_choice(texts, source), ""])


def in_pieces(text: str) -> tuple[tuple[str, ...], list[str]]:
    """(the text around literals, the literals): one piece more than literals."""
    fixed, literals, end = [""], [], 0
    for match in _LITERAL.finditer(text):
        fixed[-1] += text[end : match.start()]
        end = match.end()
        if match[1] is not None:
            fixed[-1] += match[1]
        else:
            literals.append(match[2])
            fixed.append("")
    fixed[-1] += text[end:]
    return tuple(fixed), literals


@dataclass(frozen=True)
class _Text:
    """The text of some days: template pieces, and the literals that differ, by day."""

    pieces: Sequence[str | int]
    by_day: Mapping[dt.date, Sequence[str]]

    @staticmethod
    def of(fixed: Sequence[str], by_day: Mapping[dt.date, Sequence[str]]) -> _Text:
        columns = list(zip(*by_day.values()))
        numbers: dict[tuple[str, ...], int] = {}
        pieces: list[str | int] = [fixed[0]]
        for column, after in zip(columns, fixed[1:]):
            pieces += [column[0] if len(set(column)) == 1 else numbers.setdefault(column, len(numbers)), after]
        return _Text(pieces, {day: [column[i] for column in numbers] for i, day in enumerate(by_day)})

    def template(self, source: str) -> str:
        text = ""
        for piece in self.pieces:
            text += piece if isinstance(piece, str) else f"\0{piece}\0"
        inserted = {str(n): f"{{{{ of_day[{n}] }}}}" for n in range(len(next(iter(self.by_day.values()))))}
        parts = text.split("\0")
        for i in range(1, len(parts), 2):
            parts[i] = inserted.get(parts[i], f"{{{{ source('{source}', '{parts[i]}') }}}}")
        parts[::2] = map(_no_template, parts[::2])
        return "".join(parts)


def _no_template(text: str) -> str:
    """Text that Jinja renders as it stands."""
    return re.sub(r"\{(?=[{%#]|$)", "{{ '{' }}", text)


def _configuration(query: _Query, session: Sequence[str], days: Sequence[Clock]) -> list[str]:
    first, last = days[0].today, days[-1].today
    lines = [f"{{# {_comment(line)} #}}" for line in query.head(f"as of each day from {first} to {last}")]
    hooks = []
    for i, statement in enumerate(session):
        lines.append(f"{{% set session_{i} %}}{_no_template(statement)}{{% endset %}}")
        hooks.append(f"session_{i}")
    lines.append(f"{{{{ config(materialized='table', pre_hook=[{', '.join(hooks)}]) }}}}")
    return [*lines, "{% set as_of = var('as_of') | string %}"]


def _comment(line: str) -> str:
    return line.replace("#}", "# }").replace("{", "(")


def _choice(texts: Sequence[_Text], source: str) -> list[str]:
    """The text of the day, and an error on other days."""
    days = sorted(day for text in texts for day in text.by_day)
    lines = []
    for i, text in enumerate(texts):
        rows = [f"'{day}': [{', '.join(_in_template(v) for v in values)}]" for day, values in text.by_day.items()]
        lines += [f"{{% set days_{i} = {{", ",\n".join(rows), "} %}"]
    for i, text in enumerate(texts):
        lines += [f"{{% {'if' if i == 0 else 'elif'} as_of in days_{i} %}}", f"{{% set of_day = days_{i}[as_of] %}}"]
        lines.append(text.template(source))
    lines.append("{% else %}")
    why = f"this model was printed for {days[0]} to {days[-1]}: print it again by segdsl sql"
    lines.append(f"{{{{ exceptions.raise_compiler_error('as_of is ' ~ as_of ~ ', and {why}') }}}}")
    return [*lines, "{% endif %}"]


def _in_template(literal: str) -> str:
    """A text of SQL as a text of Jinja."""
    return '"' + literal.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
