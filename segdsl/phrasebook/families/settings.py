"""Whole declarations set out as in programs and settings: functions, JSON, YAML, filters line by line, CREATE TABLE."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace

import sqlglot
from sqlglot import exp

from segdsl.model import types as ty
from segdsl.phrasebook.pattern import Match
from segdsl.phrasebook.row import Family, row
from segdsl.phrasebook.tokens import Token, joined

_TYPES = {
    "text": (exp.DataType.Type.VARCHAR, exp.DataType.Type.TEXT, exp.DataType.Type.CHAR, exp.DataType.Type.UUID),
    "integer": (*exp.DataType.INTEGER_TYPES,),
    "number": (*exp.DataType.FLOAT_TYPES, exp.DataType.Type.DECIMAL),
    "boolean": (exp.DataType.Type.BOOLEAN,),
    "date": (exp.DataType.Type.DATE,),
    "timestamp": (exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPTZ, exp.DataType.Type.DATETIME),
}


def _lines(tokens: Sequence[Token]) -> list[list[Token]]:
    """Tokens by the lines that they stand on."""
    lines = list[list[Token]]()
    for i, token in enumerate(tokens):
        if i == 0 or "\n" in token.gap:
            lines.append([])
        lines[-1].append(token)
    return lines


def _any_of(match: Match) -> str | None:
    """`Match ANY of the following:` above conditions on lines of their own."""
    around, inner = match.around, match.slots["x"]
    if around.lower(0) not in ("segment", "segmentation") or around.lower(match.start - 1) not in ("{", "when"):
        return None
    if around.lower(match.end) != "}":
        return None
    parts = list[str]()
    for line in _lines(inner):
        while line and (line[0].text in ("-", "*", "•", "–", ".", ")", "and", "or") or line[0].text.isdigit()):
            line = line[1:]
        if line:
            parts.append(joined(line).strip().rstrip(",;"))
    if len(parts) < 2 or any("{" in p for p in parts):
        return None
    join = " and " if "all" in match.words[:3] else " or "
    when = "" if around.lower(match.start - 1) == "when" else "when "
    return when + join.join(f"({p})" if " or " in p or " and " in p else p for p in parts)


def _piped(match: Match) -> str | None:
    """`Plan | is | team`: a filter on each line."""
    around, lines = match.around, _lines(match.slots["b"][1:-1])
    if around.lower(0) not in ("segment", "segmentation") or around.lower(match.start - 1) == "=":
        return None
    if not lines or any(sum(t.text == "|" for t in line) != 2 or line[0].lower == "when" for line in lines):
        return None
    conditions = [" ".join(joined([t for t in line if t.text != "|"]).split()) for line in lines]
    return "{ when " + " and ".join(conditions) + " }"


def _created(match: Match) -> str | None:
    """`CREATE TABLE calls (…)`: the rows of an entity that a column refers to."""
    schema = match.around.names.schema
    if match.start or schema is None:
        return None
    try:
        made = sqlglot.parse_one(joined(match.around.tokens).replace("\f", ""), error_level=sqlglot.ErrorLevel.RAISE)
    except sqlglot.errors.SqlglotError:
        return None
    if not isinstance(made, exp.Create) or not isinstance(made.this, exp.Schema):
        return None
    fields, times, by, of = list[str](), list[tuple[str, str]](), "", ""
    for column in made.this.expressions:
        kind = column.args.get("kind") if isinstance(column, exp.ColumnDef) else None
        if kind is None:
            return None
        name, constraints = column.name.lower(), [c.kind for c in column.constraints]
        typed = next((t for t, every in _TYPES.items() if kind.this in every), None)
        refers = next((c for c in constraints if isinstance(c, exp.Reference)), None)
        target = next((t.name.lower() for t in refers.find_all(exp.Table)), "") if refers is not None else ""
        owner = next((e.name for e in schema.entities if e.name == target or (not target and e.key == name)), "")
        if owner and not of:
            by, of = name, owner
        elif typed is None:
            return None
        elif typed in ("date", "timestamp") and not times:
            times.append((name, typed))
        else:
            required = " required" if any(isinstance(c, exp.NotNullColumnConstraint) for c in constraints) else ""
            fields.append(f"{name}: {typed}{required}")
    if not of or not times:
        return None
    at, typed = times[0]
    head = f"table {made.this.this.name.lower()} of {of} by {by} at {at}{': date' if typed == 'date' else ''}"
    return f"{head} {{ {' '.join(fields)} }}".replace("{  }", "{ }")


_FIELDS = {
    word: typed
    for typed, words in {
        "text": "string str varchar char uuid",
        "integer": "int int64 int32 bigint smallint long",
        "number": "float float64 decimal numeric double",
        "boolean": "bool",
        "timestamp": "datetime timestamptz",
    }.items()
    for word in words.split()
}
_FIELD = "text/integer/number/boolean/date/timestamp/" + "/".join(_FIELDS)
_NOTHING = "null/none/undefined"


def _in_data(line: str | None, match: Match) -> str | None:
    """A meaning that applies among the fields of an entity or a table."""
    return line if match.around.lower(0) in ("entity", "table", "details") and match.start > 2 else None


def _one_of(match: Match) -> str | None:
    """`Literal["a", "b"]`, `enum("a", "b")`, `"a" | "b"`: one of these texts."""
    texts = [t.text for t in match.around.tokens[match.start : match.end] if t.kind == "text"]
    signs = {t.text for t in match.around.tokens[match.start : match.end] if t.kind == "sign"}
    plain = all(t.startswith('"') for t in texts) and signs <= {":", "(", ")", "[", "]", ",", "|"}
    return _in_data(f": one of ({', '.join(texts)})", match) if texts and plain else None


def _belongs(match: Match) -> str | None:
    """`entity deal of account { … }`: by which column it belongs, and how it is reached."""
    schema = match.around.names.schema
    owner = match.around.names.entity_called(match.text("e"))
    if match.start or schema is None or owner is None or (key := schema.relations[owner].key) is None:
        return None
    name = match.text("n")
    title = f" {match.text('t')}" if match.slots.get("t") else ""
    several = re.sub(r"(?<=[^aeiou])y$", "ie", name) + "s"
    return f"entity {name}{title} of {owner} by {key} reverse {several} {joined(match.slots['b']).strip()}"


def _customers(match: Match) -> str | None:
    """Customers of a test as a table: a line of fields, then a line for each."""
    names, lines = match.around.names, _lines(match.slots["x"])
    if match.around.lower(0) != "test" or names.schema is None or len(lines) < 2:
        return None
    rows = [_cells(line) for line in lines if not all(t.text in ("|", "-", ":", "+") for t in line)]
    entity = next((e for e in names.schema.entities if e.key and e.key in rows[0]), None)
    if entity is None or any(len(r) != len(rows[0]) for r in rows) or not {*rows[0]} <= {*entity.fields}:
        return None
    customers, called = list[str](), dict[str, str]()
    for cells in rows[1:]:
        given = dict(zip(rows[0], cells))
        key = given.pop(str(entity.key)).strip('"')
        values = [(f, _value(entity.fields[f].type, v)) for f, v in given.items() if v]
        if any(v is None for _, v in values):
            return None
        called[key] = key.lower() if key.isidentifier() else f'"{key}"'
        key = called[key]
        customers.append(f"{entity.name} {key} {{ {', '.join(f'{f}: {v}' for f, v in values)} }}")
    rest = [replace(t, text=called.get(t.text, t.text)) for t in match.slots["y"]]
    return "{\n  " + "\n  ".join(customers) + f"\n  expect {joined(rest).strip()}"


def _cells(line: Sequence[Token]) -> list[str]:
    """The cells of a line: between tabs, bars, commas or semicolons."""
    text = joined(line).strip().strip("|")
    return [cell.strip() for cell in re.split(r"\t|\s*[|;,]\s*", text)]


def _value(typed: ty.Type, said: str) -> str | None:
    """A cell as a value of a field."""
    if isinstance(typed, ty.Text | ty.Enum):
        return json.dumps(said.strip("\"'"), ensure_ascii=False)
    figure = re.fullmatch(r"-?\d[\d_]*(?:\.\d+)?|\d{4}-\d\d-\d\d|true|false", said.lower())
    return figure[0] if figure else None


FAMILY = Family(
    "Declarations as in programs and settings",
    3,
    (
        row(
            "match/matches/meets/satisfies any/all/one of? the? following/these? rules/conditions/filters/criteria? :? {x:anything}",
            "if/when any/all/one of? the? following/these rules/conditions/filters/criteria? :? {x:anything}",
            to=_any_of,
            note="conditions are joined by `and` or `or`",
            where="anywhere",
            examples=(
                (
                    'segment large of account {\n Match ANY of the following:\n - seats > 10\n - plan = "team"\n}',
                    'segment large of account { when seats > 10 or plan = "team" }',
                ),
            ),
        ),
        row(
            "{b:braces}",
            to=_piped,
            note="conditions are joined by `and`",
            where="anywhere",
            examples=(
                (
                    "segment large of account {\n seats | greater than | 10\n plan | is | team\n}",
                    'segment large of account { when seats > 10 and plan = "team" }',
                ),
            ),
        ),
        row(
            "{ {x:anything} expect {y:everything}",
            to=_customers,
            note="each customer stands on a line with its fields in braces",
            where="anywhere",
            sure=False,
            examples=(
                (
                    'test "large" as of 2026-11-01 {\naccount_id\tplan\tseats\nacme\tteam\t2000\nexpect acme in vips\n}',
                    'test "large" as of 2026-11-01 { account acme { plan: "team", seats: 2_000 } expect acme in vips }',
                ),
            ),
        ),
        row(
            "entity {n:name} {t:text} of {e:name} {b:braces}",
            "entity {n:name} of {e:name} {b:braces}",
            to=_belongs,
            note="`by` names the column with the owner's key, `reverse` how it is reached",
            where="anywhere",
            sure=False,
            examples=(
                (
                    "entity deal of account { deal_id: text key }",
                    "entity deal of account by account_id reverse deals { deal_id: text key }",
                ),
            ),
        ),
        row(
            ": {t:word} primary key",
            to=lambda m: _in_data(": {t} key", m),
            note="the key of an entity is `text key`",
            where="anywhere",
            examples=(
                (
                    "entity deal of account by account_id reverse deals { deal_id: text primary key }",
                    "entity deal of account by account_id reverse deals { deal_id: text key }",
                ),
            ),
        ),
        row(
            ": enum/choice/choices/picklist/oneof {l:list}",
            to=lambda m: _in_data(": one of {l}", m),
            note="a field with few values is `one of (…)`",
            where="anywhere",
            examples=(
                (
                    'entity deal of account by account_id reverse deals { deal_id: text key stage: enum("open", "won") }',
                    'entity deal of account by account_id reverse deals { deal_id: text key stage: one of ("open", "won") }',
                ),
            ),
        ),
        row(
            ": usd/eur/gbp/chf/jpy",
            to=lambda m: _in_data(f": money({m.words[-1].upper()})", m),
            note="an amount is `money(USD)`",
            where="anywhere",
            examples=(
                (
                    "entity deal of account by account_id reverse deals { deal_id: text key amount: USD }",
                    "entity deal of account by account_id reverse deals { deal_id: text key amount: money(USD) }",
                ),
            ),
        ),
        row(
            f": {'/'.join(_FIELDS)}",
            to=lambda m: _in_data(f": {_FIELDS[m.words[-1]]}", m),
            note="the types are `text`, `integer`, `number`, `boolean`, `date` and `timestamp`",
            where="anywhere",
            examples=(
                (
                    "entity deal of account by account_id reverse deals { deal_id: string key size: int }",
                    "entity deal of account by account_id reverse deals { deal_id: text key size: integer }",
                ),
            ),
        ),
        row(
            ": list/set/sequence/array/frozenset [ str/string/text ]",
            ": str/string/text [ ]",
            ": list/set/array < str/string/text >",
            to=lambda m: _in_data(": set of text", m),
            note="several texts are a `set of text`",
            where="anywhere",
            sure=False,
            examples=(
                (
                    "entity deal of account by account_id reverse deals { deal_id: text key labels: list[str] }",
                    "entity deal of account by account_id reverse deals { deal_id: text key labels: set of text }",
                ),
            ),
        ),
        row(
            ": enum/literal/choice/choices/picklist/union {x:bracketed}",
            ": enum/choice/choices/picklist ( {x:literals} )",
            *(f": {' | '.join(f'{{{n}:text}}' for n in 'abcdefgh'[:count])}" for count in range(8, 1, -1)),
            to=_one_of,
            note="a field with few values is `one of (…)`",
            where="anywhere",
            examples=(
                (
                    'entity deal of account by account_id reverse deals { deal_id: text key stage: enum("open", "won") }',
                    'entity deal of account by account_id reverse deals { deal_id: text key stage: one of ("open", "won") }',
                ),
                (
                    'entity deal of account by account_id reverse deals { deal_id: text key stage: "open" | "won" }',
                    'entity deal of account by account_id reverse deals { deal_id: text key stage: one of ("open", "won") }',
                ),
            ),
        ),
        row(
            f": {{t:word}} | {_NOTHING}",
            f": {_NOTHING} | {{t:word}}",
            ": optional [ {t:word} ]",
            f": {_FIELD} = {{v:literal}}",
            to=lambda m: _in_data(f": {m.text('t') or m.words[1]}", m),
            note="a field may be missing where it isn't `required`",
            where="anywhere",
            sure=False,
            examples=(
                (
                    "entity deal of account by account_id reverse deals { deal_id: text key closed_on: date | null size: int = 0 }",
                    "entity deal of account by account_id reverse deals { deal_id: text key closed_on: date size: integer }",
                ),
            ),
        ),
        row(
            f"{{n:word}} ? : {_FIELD}",
            to=lambda m: _in_data(f"{{n}}: {m.words[-1]}", m),
            note="a field may be missing where it isn't `required`",
            where="anywhere",
            examples=(
                (
                    "entity deal of account by account_id reverse deals { deal_id: text key closed_on?: date }",
                    "entity deal of account by account_id reverse deals { deal_id: text key closed_on: date }",
                ),
            ),
        ),
        row(
            ": {t:word} ?/optional/nullable",
            to=lambda m: _in_data(": {t}", m),
            note="a field may be missing where it isn't `required`",
            where="anywhere",
            examples=(
                (
                    "entity deal of account by account_id reverse deals { deal_id: text key closed_on: date? }",
                    "entity deal of account by account_id reverse deals { deal_id: text key closed_on: date }",
                ),
            ),
        ),
        row(
            "create table {x:everything}",
            to=_created,
            note="`by` names the column with the owner's key, `at` the time of a row",
            where="anywhere",
            sure=False,
            examples=(
                (
                    "CREATE TABLE calls (account_id VARCHAR REFERENCES account, called_at TIMESTAMP, minutes INT)",
                    "table calls of account by account_id at called_at { minutes: integer }",
                ),
            ),
        ),
    ),
)
