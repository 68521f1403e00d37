"""Data contract: types, keys, links, ranges, missing values, shrunken tables and freshness (`fresh within`); errors stop a run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import duckdb

from segdsl.data.cells import chain
from segdsl.data.examples import EXAMPLES, many, one, shown, some_texts
from segdsl.data.files import DataError
from segdsl.data.findings import Finding, Kind
from segdsl.data.odd_rows import ahead, odd_rows
from segdsl.data.relations import Bound, first_line
from segdsl.data.sql_text import matches, name, text, texts
from segdsl.diagnostics import Diagnostic
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.schema import Relation, Schema

FOOTERS = ("total", "totals", "grand total", "sum", "summe", "gesamt", "subtotal")
SUBTOTALS = r"(sub-?total|grand total|zwischensumme|sous-total|subtotaal)([^a-z].*)?|.*[^a-z]sub-?total"
"""Keys in small letters that are sums among the rows, whatever stands behind the word."""
MISSING_WORDS = (
    "na",
    "n/a",
    "nan",
    "null",
    "none",
    "-",
    "--",
    "unknown",
    "?",
    "nil",
    "(blank)",
    "#n/a",
    "(null)",
    "tbd",
    "missing",
    "not available",
    "n.a.",
    "#div/0!",
    "#ref!",
    "#value!",
    "#name?",
    "#num!",
    "#null!",
    "\\n",
    "(none)",
    "- none -",
    "(unknown)",
    "not set",
    "(not set)",
    "not applicable",
    "(empty)",
    "<null>",
    "[null]",
    "undefined",
    "9999-12-31",
    "31.12.9999",
    "31/12/9999",
    "12/31/9999",
    "–",
    "—",
    "...",
    "n/d",
    "n.v.",
    "k.a.",
    "error",
    "0000-00-00",
    "0000-00-00 00:00:00",
    "1900-01-00",
)
"""In small letters: words of people, spreadsheets (`1900-01-00`) and databases (`\\N`, days of zeros) for nothing."""
_FEWER_ROWS = 0.8  # share of the last run's rows below which a finding is reported
_CHANGED_KEY = "[0-9]+[.,]0+|[0-9]+([.,][0-9]+)?E[+-]?[0-9]+|[0-9]{4}-[0-9]{2}-[0-9]{2}( .*)?"
_SEVERAL = ".+[;,|].+"  # what may be several ids
_CONFUSABLES = ("АВЕЅІЈКМНОРСТУХаеѕіјорсухԁһΑΒΕΖΗΙΚΜΝΟΡΤΥΧοανρ", "ABESIJKMHOPCTYXaesijopcyxdhABEZHIKMNOPTYXoavp")
"""Cyrillic and Greek letters, and the Latin letters that look alike (Unicode Technical Standard 39, confusables)."""
_MORE_MISSING = 0.1  # increase in the share of missing cells that is reported


@dataclass(frozen=True)
class TableReport:
    """State of one relation as read.

    `missing`: number of missing cells by field.
    `newest`: newest time of its rows before as-of, naive UTC or a date.
    `oldest`: oldest time of its rows.
    `recorded`: what of the tool's own memory its rows are; "" for rows of the data.
    """

    name: str
    rows: int
    missing: Mapping[str, int]
    newest: dt.datetime | dt.date | None
    findings: tuple[Finding, ...] = ()
    recorded: Literal["runs", "deliveries", ""] = ""
    oldest: dt.datetime | dt.date | None = None


@dataclass(frozen=True)
class Earlier:
    """State of a table in the last run."""

    rows: int
    missing: Mapping[str, int] = field(default_factory=dict)


def check_keys(con: duckdb.DuckDBPyConnection, schema: Schema, bound: Bound) -> list[Diagnostic]:
    """Check that every row has a key and that keys are unique, and return errors on keys that a spreadsheet rounded, each a row of its own.

    Raises `DataError`.
    """
    relation = bound.relation
    if relation.key is None or relation.key not in bound.cells:
        return []
    key, table = name(relation.key), name(relation.name)
    personal = schema.is_personal(relation, relation.key)
    problems = []
    read, odd = name(f"read {relation.name}"), name(f"odd {relation.key}")
    looks = _looks(relation, bound.headers[relation.key])
    counts = [f"{key} IS NULL AND {odd} IS NOT NULL", f"{key} IS NULL AND {odd} IS NULL", *looks.values()]
    counted = ", ".join(f"count(*) FILTER ({condition})" for condition in counts)
    unreadable, missing, *looking_so = con.execute(f"SELECT {counted} FROM {read}").fetchall()[0]
    looking = {look for look, n in zip(looks, looking_so) if n}
    if unreadable:
        listed = (
            f"SELECT DISTINCT {odd} FROM {read} WHERE {key} IS NULL AND {odd} IS NOT NULL ORDER BY 1 LIMIT {EXAMPLES}"
        )
        examples = "" if personal else f", as {shown(some_texts(con, listed))}"
        typed = relation.fields[relation.key].type
        message = f"`{relation.key}` is not {typed} in {many(unreadable, 'row')} of `{relation.name}`{examples}"
        problems.append(Diagnostic("SEG0705", message, help=f"if these are keys, too: {relation.key}: text key"))
    if missing:
        message = f"`{relation.key}` is missing in {many(missing, 'row')} of `{relation.name}`"
        problems.append(
            Diagnostic("SEG0705", message, help="every row needs its key; lines below the rows: skip_footer = 1")
        )
    again = overlapping(relation) if relation.history else f"SELECT {key} FROM {table}"
    least = 0 if relation.history else 1
    twice = con.execute(
        f"SELECT {key}, count(*), count(*) OVER () FROM ({again}) WHERE {key} IS NOT NULL GROUP BY 1 "
        f"HAVING count(*) > {least} ORDER BY 1 LIMIT {EXAMPLES}"
    ).fetchall()
    if twice and not missing and not relation.history and _are_copies(con, relation, key):
        _once(con, relation)
        twice = []
    if twice and relation.history:
        message = f"{many(twice[0][2], 'key')} of `{relation.name}` have two rows that are valid at one time"
        help = f"a row is valid from `{relation.valid_from}` up to `{relation.valid_to}`, where the next one begins"
        problems.append(Diagnostic("SEG0705", message, help=help))
        twice = []
    if twice:
        more = f", and {twice[0][2] - len(twice):,} more" if twice[0][2] > len(twice) else ""
        listed = (
            f": {', '.join(f'`{k}` {n} times' for k, n, _ in twice)}{more}"
            if not personal
            else f" ({many(twice[0][2], 'key')})"
        )
        problems.append(
            Diagnostic(
                "SEG0705",
                f"`{relation.key}` is not unique in `{relation.name}`{listed}",
                help="each key stands once",
            )
        )
    problems += _keys_of_no_rows(con, relation, looks, looking, bound.headers[relation.key], personal)
    rounded = list(_rounded_keys(con, relation, looks, personal)) if "rounded" in looking else []
    if problems:
        raise DataError([*problems, *rounded])
    return rounded


def _are_copies(con: duckdb.DuckDBPyConnection, relation: Relation, key: str) -> bool:
    """Whether all rows with the same key are alike in every column of the data: there is one different row for each key."""
    rows = f"SELECT count(*) FROM (SELECT DISTINCT * FROM {name(f'raw {relation.name}')})"
    return one(con, f"SELECT ({rows}) = count(DISTINCT {key}) FROM {name(relation.name)}") == 1


def _once(con: duckdb.DuckDBPyConnection, relation: Relation) -> None:
    """Leave copies of rows out of what rules see."""
    read, once = f"read {relation.name}", name(f"once {relation.name}")
    con.execute(f"CREATE TEMP TABLE {once} AS SELECT DISTINCT * FROM {name(read)}")
    is_view = one(con, f"SELECT count(*) FROM duckdb_views() WHERE temporary AND view_name = {text(read)}")
    con.execute(f"DROP {'VIEW' if is_view else 'TABLE'} {name(read)}")
    con.execute(f"CREATE TEMP VIEW {name(read)} AS SELECT * FROM {once}")


def overlapping(relation: Relation) -> str:
    """SQL of the keys of an entity with history whose rows overlap in time."""
    key, start, end = (name(c or "") for c in (relation.key, relation.valid_from, relation.valid_to))
    window = f"WINDOW w AS (PARTITION BY {key} ORDER BY {start} NULLS FIRST)"
    following = f"lead({start}) OVER w AS next, lead(true) OVER w AS more"
    rows = f"SELECT {key}, {end}, {following} FROM {name(relation.name)} {window}"
    return f"SELECT {key} FROM ({rows}) x WHERE more AND (next IS NULL OR {end} IS NULL OR next < {end})"


def _looks(relation: Relation, header: str) -> dict[str, str]:
    """Conditions on keys that are none, or were changed: SQL by what they look like. A whole number looks like none of it."""
    key = f"CAST({name(relation.key or '')} AS VARCHAR)"
    looks = {"header": f"{key} = {text(header)}"}
    if relation.fields[relation.key or ""].type == ty.INTEGER:
        return looks
    return looks | {
        "total": f"lower({key}) IN ({texts(FOOTERS)})",
        "sum": f"{matches(f'lower({key})', SUBTOTALS)} AND lower({key}) NOT IN ({texts(FOOTERS)})",
        "rounded": matches(key, "[0-9]([.,][0-9]+)?E[+][0-9]+"),
    }


def _rounded_keys(
    con: duckdb.DuckDBPyConnection, relation: Relation, looks: Mapping[str, str], personal: bool
) -> Iterator[Diagnostic]:
    """Errors on keys that a spreadsheet rounded."""
    examples = "" if personal else f": {shown(_keys(con, relation, looks['rounded']))}"
    message = f"`{relation.key}` of `{relation.name}` was rounded by a spreadsheet{examples}"
    yield Diagnostic("SEG0705", message, help="export it again with that column as text")


def _keys_of_no_rows(
    con: duckdb.DuckDBPyConnection,
    relation: Relation,
    looks: Mapping[str, str],
    looking: Collection[str],
    header: str,
    personal: bool,
) -> Iterator[Diagnostic]:
    """Errors on totals, sums and the header among the rows, which would count as rows like others."""
    if "total" in looking:
        total = _keys(con, relation, looks["total"])[0]
        message = f"a row of `{relation.name}` has the key `{total}`: it looks like the line below the rows"
        yield Diagnostic("SEG0705", message, help="leave it out, for this table in segdsl.toml: skip_footer = 1")
    if "sum" in looking:
        examples = "" if personal else f": {shown(_keys(con, relation, looks['sum']))}"
        message = f"rows of `{relation.name}` have keys as sums have them{examples}"
        yield Diagnostic(
            "SEG0705", message, help="take the sums out of the export: they would count as rows like others"
        )
    if "header" in looking:
        message = f"a row of `{relation.name}` has the key `{header}`, which is the name of the column: the header stands among the rows"
        yield Diagnostic(
            "SEG0705", message, help="were exports put together? Take that line out, or keep them as files of their own"
        )


def _keys(con: duckdb.DuckDBPyConnection, relation: Relation, condition: str) -> list[str]:
    """A few keys of which a condition is true, sorted."""
    key = f"CAST({name(relation.key or '')} AS VARCHAR)"
    return some_texts(con, f"SELECT {key} FROM {name(relation.name)} WHERE {condition} ORDER BY 1 LIMIT {EXAMPLES}")


# -- counting ------------------------------------------------------------------------


def report(
    con: duckdb.DuckDBPyConnection,
    schema: Schema,
    bounds: Mapping[str, Bound],
    wanted: Mapping[str, set[str]],
    clock: Clock,
    earlier: Mapping[str, Earlier] | None = None,
) -> list[TableReport]:
    """Report on the given fields of each relation; raises `DataError` for unreadable data."""
    try:
        return [
            _table(con, schema, bounds, bounds[r], fields, clock, (earlier or {}).get(r))
            for r, fields in wanted.items()
            if r in bounds and bounds[r].cells
        ]
    except duckdb.Error as error:
        raise DataError(Diagnostic("SEG0701", f"the data can't be read: {first_line(error)}")) from None


def _table(
    con: duckdb.DuckDBPyConnection,
    schema: Schema,
    bounds: Mapping[str, Bound],
    bound: Bound,
    fields: set[str],
    clock: Clock,
    before: Earlier | None,
) -> TableReport:
    relation = bound.relation
    run_looks = [f for f in bound.cells if f in fields | relation.lasting]
    parts = ["count(*)", *_times(relation, run_looks, clock)]
    for f in run_looks:
        words = _is_missing_word(f) if _is_free_text(relation, f) else "false"
        parts += [
            f"count(*) - count({name(f)})",
            f"count({name('odd ' + f)})",
            f"count(*) FILTER ({words})",
        ]
    query = f"SELECT {', '.join(parts)} FROM {name('read ' + relation.name)}"
    rows, newest, oldest, n_ahead, latest, *counts = con.execute(query).fetchall()[0]
    missing, odd, words_of = (dict(zip(run_looks, counts[i::3])) for i in range(3))
    if bound.is_recorded:
        arms = tuple(_former_arms(con, relation, run_looks))
        return TableReport(relation.name, rows, missing, newest, arms, relation.remembered, oldest)
    findings: list[Finding] = []
    for f in run_looks:
        findings += _column(con, bound, f, missing[f], odd[f])
        findings += _missing_words(con, bound, f) if words_of[f] else ()
    findings += _nowhere(con, schema, bounds, bound, odd, {f: rows - n for f, n in missing.items()})
    if relation.kind == "entity" and relation.key in run_looks and relation.fields[relation.key].type != ty.INTEGER:
        findings += _look_alikes(con, schema, relation)
        findings += _changed_keys(con, schema, relation, rows)
    if relation.kind == "details":
        findings += _without_details(con, schema, relation)
    findings += _compared_with_last_run(before, relation.name, rows, missing)
    findings += stale(relation, newest, clock)
    findings += ahead(relation, run_looks, n_ahead, latest, rows, clock) if relation.kind == "table" else ()
    findings += odd_rows(con, schema, bound, run_looks, rows, clock)
    if bound.undeclared:
        message = f"{many(len(bound.undeclared), 'column')} of the data that no rule file declares"
        findings.append(
            Finding(
                "undeclared", relation.name, None, len(bound.undeclared), message, bound.undeclared[:8], severity="info"
            )
        )
    return TableReport(relation.name, rows, missing, newest, tuple(findings), oldest=oldest)


def _former_arms(con: duckdb.DuckDBPyConnection, relation: Relation, run_looks: Sequence[str]) -> Iterator[Finding]:
    """A finding on recorded arms that the rule no longer has, which are missing."""
    table = name(f"read {relation.name}")
    for f in (f for f in run_looks if isinstance(relation.fields[f].type, ty.Enum)):
        odd = name(f"odd {f}")
        n = one(con, f"SELECT count({odd}) FROM {table}")
        if n:
            arms = some_texts(
                con, f"SELECT DISTINCT {odd} FROM {table} WHERE {odd} IS NOT NULL ORDER BY 1 LIMIT {EXAMPLES}"
            )
            yield Finding("not one of", relation.name, f, n, former_arms(relation, f, n), tuple(arms))


def former_arms(relation: Relation, field: str, n: int) -> str:
    """Sentence on `n` recorded rows with an arm that the rule no longer has, or a play that is no longer declared."""
    if relation.deliveries:
        return f"{many(n, 'row')} with a {field} that is no longer declared: it is missing there"
    return f"{many(n, 'row')} with an arm in {field} that `{relation.runs_of}` no longer has: it is missing there"


def uncounted(
    con: duckdb.DuckDBPyConnection,
    schema: Schema,
    bounds: Mapping[str, Bound],
    read: Mapping[str, set[str]],
    clock: Clock,
) -> list[TableReport]:
    """State of the relations whose fields are read, with findings on rows that no count takes in alone: without an owner or a time,
    of an owner who isn't there, or after as-of.
    """
    reports = []
    for bound in (bounds[r] for r in read if r in bounds and bounds[r].cells and not bounds[r].is_recorded):
        relation, run_looks = bound.relation, [f for f in bound.cells if f in read[bound.relation.name]]
        placing = [f for f in run_looks if f in (relation.by, relation.at)]
        counts = ", ".join(f"count(*) - count({name(f)}), count({name('odd ' + f)})" for f in placing)
        times = ", ".join(_times(relation, run_looks, clock))
        query = f"SELECT count(*), {times}, {counts} FROM {name('read ' + relation.name)}"
        rows, _, _, n_ahead, latest, *cells = con.execute(query).fetchall()[0]
        missing, odd = dict(zip(placing, cells[::2])), dict(zip(placing, cells[1::2]))
        findings = [x for f in placing for x in _column(con, bound, f, missing[f], odd[f])]
        findings += _nowhere(con, schema, bounds, bound, odd, {f: rows - n for f, n in missing.items()})
        if relation.kind == "table":
            findings += ahead(relation, run_looks, n_ahead, latest, rows, clock)
        reports.append(TableReport(relation.name, rows, missing, None, tuple(findings)))
    return reports


def _times(relation: Relation, run_looks: Sequence[str], clock: Clock) -> tuple[str, str, str, str]:
    """SQL of a table's newest time before as-of, its oldest, how many of its rows lie ahead of as-of, and the latest of all."""
    if relation.at is None or relation.at not in run_looks:
        return "NULL", "NULL", "0", "NULL"
    at, border = name(relation.at), f"DATE '{clock.today}'" if relation.by_date else f"TIMESTAMP '{clock.now}'"
    return f"max({at}) FILTER ({at} < {border})", f"min({at})", f"count(*) FILTER ({at} >= {border})", f"max({at})"


def _column(con: duckdb.DuckDBPyConnection, bound: Bound, f: str, missing: int, odd: int) -> Iterator[Finding]:
    relation = bound.relation
    odd_cells = list(_odd_cells(con, bound, f)) if odd else []
    yield from odd_cells
    empty = missing - sum(x.count for x in odd_cells if x.kind != "rounded")
    if empty and _is_needed(relation, f):
        yield _empty(relation, f, empty)


def _odd_cells(con: duckdb.DuckDBPyConnection, bound: Bound, f: str) -> Iterator[Finding]:
    """Findings on cells that became missing or were rounded, which are read again to tell which."""
    relation, described = bound.relation, bound.relation.fields[f]
    odd, table = name(f"odd {f}"), name(f"read {relation.name}")
    cell, value = bound.cells[f], name(f"value {f}")
    cells = f"SELECT {odd} AS {name(f'{cell.steps[0][0]} {f}')}, {odd} AS odd, {name(f)} AS {value} FROM {table} WHERE {odd} IS NOT NULL"
    out_of_range = "false"
    if described.low is not None:  # out of range: the text is readable without the range
        written = bound.raw_types[f] == "VARCHAR"
        cells = chain({f: cell}, cells) if written else cells
        read = name(f"read {f}") if written else "TRY_CAST(odd AS DOUBLE)"
        out_of_range = f"{value} IS NULL AND {read} IS NOT NULL"
    kinds: dict[Kind, str] = {
        "rounded": f"{value} IS NOT NULL",
        "out of range": out_of_range,
        "unreadable": f"{value} IS NULL AND NOT ({out_of_range})",
    }
    for kind, condition in kinds.items():
        n = one(con, f"SELECT count(*) FROM ({cells}) WHERE {condition}")
        if n:
            listed = f"SELECT DISTINCT odd FROM ({cells}) WHERE {condition} ORDER BY 1 LIMIT {EXAMPLES}"
            examples = () if described.personal else tuple(some_texts(con, listed))
            message = f"{many(n, 'cell')} of {f} {_what(kind, described)}"
            hint = _hint(examples, described.type)
            yield Finding(_kind(kind, described.type), relation.name, f, n, message, examples, hint)


def _kind(kind: Kind, typed: ty.Type) -> Kind:
    return "not one of" if kind == "unreadable" and isinstance(typed, ty.Enum) else kind


def _what(kind: Kind, described: Any) -> str:
    match kind, described.type:
        case "rounded", _:
            return f"finer than {described.type} goes, rounded"
        case "out of range", _:
            return f"not from {_bound(described.low)} to {_bound(described.high)}, kept as missing"
        case _, ty.Enum():
            return "not one of its values, kept as missing"
        case _:
            return "unreadable, kept as missing"


def _bound(value: Any) -> str:
    return f"{int(value):,}" if value.denominator == 1 else f"{float(value):,}"


def _hint(examples: Sequence[str], typed: ty.Type) -> str:
    words = [e for e in examples if e.strip().lower() in MISSING_WORDS]
    if words:
        listed = ", ".join(f'"{w}"' for w in words)
        return f"if that means nothing is known, say it in the formats: missing = [{listed}]"
    if isinstance(typed, ty.Boolean) and examples:
        return f'say in the formats which words mean yes and no, as in yes = ["{examples[0]}"]'
    if isinstance(typed, ty.Enum) and {e.casefold() for e in examples} & {v.casefold() for v in typed.values}:
        return "they are written in another case: declare the values as the data has them"
    return ""


def _is_free_text(relation: Relation, f: str) -> bool:
    return isinstance(relation.fields[f].type, ty.Text) and f != relation.key


def _is_missing_word(f: str) -> str:
    return f"lower(trim({name(f)})) IN ({texts([w for w in MISSING_WORDS if w != 'unknown'])})"


def _missing_words(con: duckdb.DuckDBPyConnection, bound: Bound, f: str) -> Iterator[Finding]:
    """Texts such as `N/A` that were read literally."""
    table = name(bound.relation.name)
    rows = con.execute(
        f"SELECT {name(f)}, count(*) FROM {table} WHERE {_is_missing_word(f)} GROUP BY 1 ORDER BY 1 LIMIT {EXAMPLES}"
    ).fetchall()
    if rows:
        words = tuple(str(r[0]) for r in rows)
        n = sum(r[1] for r in rows)
        yield Finding(
            "missing word",
            bound.relation.name,
            f,
            n,
            f"{many(n, 'cell')} of {f} taken as text that may mean nothing is known",
            words,
            _hint(words, ty.TEXT),
        )


def _look_alikes(con: duckdb.DuckDBPyConnection, schema: Schema, relation: Relation) -> Iterator[Finding]:
    """Keys that look alike: equal apart from white space, invisible characters, case, or letters of another script.

    Keys of 15 letters and digits differ by case alone in Salesforce, and are left out.
    """
    assert relation.key is not None, "an entity has a key"
    key = f"CAST({name(relation.key)} AS VARCHAR)"
    letters = f"translate(regexp_replace(nfc_normalize({key}), '[\\s\\p{{Z}}\\p{{C}}]', '', 'g'), {', '.join(map(text, _CONFUSABLES))})"
    # most keys have plain characters only, and need no translation
    seen = f"lower(CASE WHEN {matches(key, '[!-~]*')} THEN {key} ELSE {letters} END)"
    keys = f"FROM {name(relation.name)} WHERE {key} IS NOT NULL"
    # keys that look alike have one hash, and numbers are put together faster than texts
    hashes = con.execute(f"SELECT hash({seen}) {keys} GROUP BY 1 HAVING count(*) > 1").fetchall()
    if not hashes:
        return
    alike = (
        f"SELECT min({key}) AS one, max({key}) AS other, count(DISTINCT {key}) AS n {keys}"
        f" AND hash({seen}) IN (SELECT unnest(?::UBIGINT[]))"
        f" GROUP BY {seen} HAVING n > 1 AND NOT bool_and({matches(key, '[0-9A-Za-z]{15}')})"
    )
    listed = f"SELECT one, other, sum(n) OVER () FROM ({alike}) ORDER BY 1, 2 LIMIT {EXAMPLES}"
    rows = con.execute(listed, [[h for (h,) in hashes]]).fetchall()
    if rows:
        n = int(rows[0][2])
        examples = (
            () if schema.is_personal(relation, relation.key) else tuple(f"{one} / {other}" for one, other, _ in rows)
        )
        message = f"{many(n, 'key')} of {relation.name} look like another one"
        help = "two rows may be one customer: white space, case or letters of another script"
        yield Finding("look-alike keys", relation.name, relation.key, n, message, examples, help)


def _changed_keys(con: duckdb.DuckDBPyConnection, schema: Schema, relation: Relation, rows: int) -> Iterator[Finding]:
    """Keys as a spreadsheet writes ids that it takes for decimals or days, among others that aren't written so."""
    assert relation.key is not None, "an entity has a key"
    key = f"CAST({name(relation.key)} AS VARCHAR)"
    changed = f"FROM {name(relation.name)} WHERE {matches(key, _CHANGED_KEY)}"
    n = one(con, f"SELECT count(*) {changed}")
    if 0 < n < rows:
        listed = f"SELECT {key} {changed} ORDER BY 1 LIMIT {EXAMPLES}"
        examples = () if schema.is_personal(relation, relation.key) else tuple(some_texts(con, listed))
        message = f"{many(n, 'key')} of {relation.name} {'looks' if n == 1 else 'look'} like a decimal or a day, unlike the others"
        help = "has a spreadsheet changed ids, such as 1E0 or 3-1? Export them again as text"
        yield Finding("look-alike keys", relation.name, relation.key, n, message, examples, help)


def _nowhere(
    con: duckdb.DuckDBPyConnection,
    schema: Schema,
    bounds: Mapping[str, Bound],
    bound: Bound,
    odd: Mapping[str, int],
    values: Mapping[str, int],
) -> Iterator[Finding]:
    """Findings on the links of a relation whose targets have data; `odd` and `values`: how many cells can't be read and have a
    value, by column.
    """
    for column, target in schema.links(bound.relation).items():
        key = schema.relations[target].key
        if column in odd and target in bounds and bounds[target].cells and key is not None:
            _store_orphans(con, schema, bound.relation, column, target, values[column])
            yield from _orphans(con, schema, bound, column, target, key)
            yield from _several_ids(con, schema, bound, column, target, key, odd[column])


def _store_orphans(
    con: duckdb.DuckDBPyConnection, schema: Schema, relation: Relation, column: str, target: str, links: int
) -> None:
    """Make the table `orphans`: each text in one of the relation's links that is no key, with the number of its rows.

    Keys that stand once each are joined first: where as many rows are led somewhere as there are links, none leads nowhere.
    DuckDB looks whole numbers that lie close together up in an array then, which takes a fifth of looking for those that don't.
    """
    of = schema.relations[target]
    c, k = name(column), name(of.key or "")
    keys = f"SELECT {k} FROM {name(target)} WHERE {k} IS NOT NULL"
    nowhere = (
        f"SELECT {c}, count(*) AS n FROM {name(relation.name)} WHERE {c} IS NOT NULL AND {c} NOT IN ({keys}) GROUP BY 1"
    )
    if of.kind == "entity" and not of.history and of.fields[of.key or ""].type == ty.INTEGER:
        led = f"SELECT count(*) FROM {name(relation.name)} o JOIN {name(target)} t ON o.{c} = t.{k}"
        if one(con, led) == links:
            nowhere = f"SELECT CAST(NULL AS BIGINT) AS {c}, CAST(NULL AS BIGINT) AS n WHERE false"
    con.execute(f"CREATE OR REPLACE TEMP TABLE orphans AS SELECT CAST({c} AS VARCHAR) AS id, n FROM ({nowhere})")


def _several_ids(
    con: duckdb.DuckDBPyConnection, schema: Schema, bound: Bound, column: str, target: str, key: str, unread: int
) -> Iterator[Finding]:
    """Rows whose link holds several keys, as `17;42`: what an export writes where a row belongs to several.

    `unread`: how many cells of the link can't be read, and so are no orphans.
    """
    relation, odd = bound.relation, name(f"odd {column}")
    nowhere = "FROM orphans"
    if unread:
        nowhere += (
            f" UNION ALL SELECT {odd}, count(*) FROM {name('read ' + relation.name)} WHERE {odd} IS NOT NULL GROUP BY 1"
        )
    cells = f"SELECT id AS v, n FROM ({nowhere}) WHERE {matches('id', _SEVERAL)}"
    keys = f"SELECT CAST({name(key)} AS VARCHAR) AS id FROM {name(target)} WHERE {name(key)} IS NOT NULL"
    parts = f"SELECT v, n, unnest(string_split_regex(v, ' *[;,|] *')) AS part FROM ({cells}) WHERE v NOT IN ({keys})"
    several = f"SELECT v, n FROM ({parts}) GROUP BY ALL HAVING bool_or(part IN ({keys}))"
    if not one(con, f"SELECT count(*) FROM ({cells})"):
        return
    n, ids = con.execute(f"SELECT coalesce(sum(n), 0), min(v, {EXAMPLES}) FROM ({several})").fetchall()[0]
    if n:
        message = f"{many(int(n), 'row')} whose {column} holds several ids"
        help = f"export one row for each {target}, since a row counts for the one that its {column} names"
        examples = () if schema.is_personal(relation, column) else tuple(str(i)[:40] for i in ids)
        yield Finding("several ids", relation.name, column, int(n), message, examples, help)


def _orphans(
    con: duckdb.DuckDBPyConnection, schema: Schema, bound: Bound, column: str, target: str, key: str
) -> Iterator[Finding]:
    """Rows whose link leads nowhere; apart, those whose cell is a word that may mean nothing is known."""
    relation = bound.relation
    if relation.kind == "entity" and target == relation.name and key == column:
        return
    if schema.relations[target].kind == "details":
        return  # reported with the details
    is_word = f"lower(trim(id)) IN ({texts(MISSING_WORDS)})"
    counts = con.execute(f"SELECT {is_word} AS word, sum(n), min(id, {EXAMPLES}) FROM orphans GROUP BY 1 ORDER BY 1")
    for word, n, ids in counts.fetchall():
        examples = tuple(str(i)[:40] for i in ids)
        if word:
            message = f"{many(n, 'row')} whose {column} is a word that may mean nothing is known"
            yield Finding("missing word", relation.name, column, n, message, examples, _hint(examples, ty.TEXT))
            continue
        message = f"{many(n, 'row')} whose {column} is no {target}"
        written = f"SELECT CAST({name(key)} AS VARCHAR) AS id FROM {name(target)}"
        help = _salesforce(con, written) or _other_case(con, written, target)
        shown_ids = () if schema.is_personal(relation, column) else examples
        yield Finding("orphans", relation.name, column, n, message, shown_ids, help)


def _salesforce(con: duckdb.DuckDBPyConnection, keys: str) -> str:
    """Help where ids of 18 characters on one side match ids of 15 characters on the other."""
    sql = f"""SELECT count(*) FROM orphans o JOIN ({keys}) t ON left(o.id, 15) = left(t.id, 15)
              AND length(o.id) <> length(t.id) AND length(o.id) IN (15, 18) AND length(t.id) IN (15, 18)"""
    help = 'the same ids with 15 and with 18 characters? say it in the formats: ids = "salesforce"'
    return help if one(con, sql) else ""


def _other_case(con: duckdb.DuckDBPyConnection, keys: str, target: str) -> str:
    """Help where keys would match, but for capitals and blanks around them."""
    folded = f"SELECT lower(trim(id)) FROM ({keys}) WHERE id IS NOT NULL"
    n = one(con, f"SELECT coalesce(sum(n), 0) FROM orphans WHERE lower(trim(id)) IN ({folded})")
    alike = f"{n:,} of them {'differs' if n == 1 else 'differ'} from the key of a {target} in capitals alone"
    return f'{alike}; the same ones? Say it in the formats: ids = "any case"' if n else ""


def _without_details(con: duckdb.DuckDBPyConnection, schema: Schema, relation: Relation) -> Iterator[Finding]:
    owner = schema.relations[relation.of or ""]
    key, by = name(owner.key or ""), name(relation.by or "")
    lacking = (
        f"FROM {name(owner.name)} WHERE {key} NOT IN (SELECT {by} FROM {name(relation.name)} WHERE {by} IS NOT NULL)"
    )
    n = one(con, f"SELECT count(*) {lacking}")
    if n:
        personal = owner.fields[owner.key or ""].personal
        examples = (
            ()
            if personal
            else tuple(some_texts(con, f"SELECT CAST({key} AS VARCHAR) {lacking} ORDER BY 1 LIMIT {EXAMPLES}"))
        )
        yield Finding(
            "without details",
            relation.name,
            None,
            n,
            f"{many(n, owner.name)} without {relation.name}",
            examples,
            severity="info",
        )


def _compared_with_last_run(
    before: Earlier | None, table: str, rows: int, missing: Mapping[str, int]
) -> Iterator[Finding]:
    """Findings on what got worse since the last run, and on a table without any row."""
    if before is None:
        if not rows:
            yield Finding("fewer rows", table, None, 0, f"no row in {table}", help="is the export whole?")
        return
    if rows < before.rows * _FEWER_ROWS:
        yield Finding(
            "fewer rows",
            table,
            None,
            before.rows - rows,
            f"{rows:,} rows, {before.rows:,} in the last run",
            help="is the export whole?",
        )
    for f, n in missing.items():
        was = before.missing.get(f)
        if was is not None and rows and before.rows and n / rows - was / before.rows > _MORE_MISSING:
            message = f"{f} is missing in {n / rows:.0%} of the rows, {was / before.rows:.0%} in the last run"
            yield Finding("more missing", table, f, n, message, help="has a column of the export changed?")


def stale(relation: Relation, newest: dt.datetime | dt.date | None, clock: Clock) -> Iterator[Finding]:
    """A table older at a clock's time than its `fresh within`: an error that stops publication."""
    if relation.fresh is None or relation.at is None:
        return
    count, unit = relation.fresh
    border = clock.shift(clock.today if relation.by_date else clock.now, -count, unit)
    if newest is None or newest < border:
        since = (
            f"the newest row is of {newest:%Y-%m-%d %H:%M}"
            if isinstance(newest, dt.datetime)
            else f"the newest row is of {newest}"
            if newest
            else "it has no row before as-of"
        )
        message = f"not fresh within {count} {unit}{'s' if count != 1 else ''}: {since}"
        yield Finding(
            "stale",
            relation.name,
            relation.at,
            1,
            message,
            help="load it again, or run with --allow-stale",
            severity="error",
        )


@dataclass(frozen=True)
class Counts:
    """Counts of one column of a typed table, and a few examples of each, none of a personal field.

    `missing`: cells without a value, `unread` of these have one in the table that isn't of the field.
    `nowhere`: rows whose link is no key of the relation `target`.
    """

    missing: int
    unread: int = 0
    unread_as: tuple[str, ...] = ()
    nowhere: int = 0
    nowhere_as: tuple[str, ...] = ()
    target: str = ""


def findings_of_counts(
    relation: Relation,
    rows: int,
    newest: dt.datetime | dt.date | None,
    columns: Mapping[str, Counts],
    clock: Clock,
    before: Earlier | None,
) -> Iterator[Finding]:
    """Findings on a table of a database, whose columns have types, from what was counted there."""
    for f, counts in columns.items():
        described = relation.fields[f]
        if counts.unread:
            kind: Kind = "out of range" if described.low is not None else _kind("unreadable", described.type)
            message = f"{many(counts.unread, 'cell')} of {f} {_what(kind, described)}"
            hint = _hint(counts.unread_as, described.type)
            yield Finding(kind, relation.name, f, counts.unread, message, counts.unread_as, hint)
        empty = counts.missing - counts.unread
        if empty and _is_needed(relation, f):
            yield _empty(relation, f, empty)
        if counts.nowhere:
            message = f"{many(counts.nowhere, 'row')} whose {f} is no {counts.target}"
            yield Finding("orphans", relation.name, f, counts.nowhere, message, counts.nowhere_as)
    yield from _compared_with_last_run(before, relation.name, rows, {f: c.missing for f, c in columns.items()})
    yield from stale(relation, newest, clock)


def _empty(relation: Relation, f: str, count: int) -> Finding:
    what = "no time, so they are in no aggregate" if f == relation.at else "empty, though needed"
    kind: Kind = "no time" if f == relation.at else "empty"
    return Finding(kind, relation.name, f, count, f"{many(count, 'cell')} of {f} {what}")


def _is_needed(relation: Relation, f: str) -> bool:
    return relation.fields[f].required or (f in relation.lasting and f != relation.key)
