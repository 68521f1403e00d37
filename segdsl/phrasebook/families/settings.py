"""Whole declarations set out as in programs and settings: functions, JSON, YAML, filters line by line, CREATE TABLE."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import sqlglot
from sqlglot import exp

from segdsl.phrasebook.pattern import Match
from segdsl.phrasebook.row import Family, row
from segdsl.phrasebook.tokens import Token, joined

_OPS = re.compile(r"(>=|<=|!=|==|=|>|<)\s*(.+)")
_ENTITIES = ("of", "entity", "for", "about")
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


def _function(match: Match) -> str | None:
    """`def is_big(account): return …`."""
    entity = match.around.names.entity_called(match.text("e"))
    if match.start or entity is None:
        return None
    condition = re.sub(rf"\b{re.escape(match.text('e'))}\.", "", joined(match.slots["c"]).strip())
    return f"segment {match.text('n').lower()} of {entity} {{ when {condition} }}"


def _condition(name: str, value: Any) -> str | None:
    """One entry of a mapping as a condition."""
    if isinstance(value, bool):
        return name if value else f"not {name}"
    if isinstance(value, int | float):
        return f"{name} = {value}"
    if isinstance(value, list):
        return f"{name} in ({', '.join(json.dumps(v, ensure_ascii=False) for v in value)})" if value else None
    if not isinstance(value, str):
        return None
    if compared := _OPS.fullmatch(value.strip()):
        figure = re.fullmatch(r"-?\d[\d_]*(?:\.\d+)?%?|\d{4}-\d\d-\d\d", compared[2])
        right = compared[2] if figure else json.dumps(compared[2], ensure_ascii=False)
        return f"{name} {compared[1]} {right}"
    return f"{name} = {json.dumps(value, ensure_ascii=False)}"


def _segment(settings: Mapping[str, Any], entity: str) -> str | None:
    """A segment by its settings: a name, whom it is about, and a condition for each field."""
    inner = settings.get("segment")
    settings = {**settings, **inner} if isinstance(inner, dict) else settings
    name = settings.get("name") or inner
    when = next((settings[k] for k in ("when", "where", "conditions", "rules", "filter") if k in settings), None)
    about = next((settings[k] for k in _ENTITIES if isinstance(settings.get(k), str)), entity)
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_]\w*", name) or not re.fullmatch(r"\w+", about):
        return None
    entries = [when] if isinstance(when, dict) else when if isinstance(when, list) else []
    pairs = [pair for entry in entries if isinstance(entry, dict) for pair in entry.items()]
    conditions = [_condition(k, v) for k, v in pairs]
    if not conditions or any(c is None for c in conditions) or not all(re.fullmatch(r"[\w.]+", k) for k, _ in pairs):
        return None
    title = next((f' "{settings[k]}"' for k in ("title", "label") if isinstance(settings.get(k), str)), "")
    return f"segment {name.lower()}{title} of {about} {{ when {' and '.join(c for c in conditions if c)} }}"


def _of_json(match: Match) -> str | None:
    if match.start or match.end != len(match.around.tokens):
        return None
    try:
        settings = json.loads(joined(match.slots["b"]))
    except ValueError:
        return None
    return _segment(settings, match.around.names.entity) if isinstance(settings, dict) else None


def _of_yaml(match: Match) -> str | None:
    """`segment:` above `name: …`, `of: …` and `when:` with an entry on each line."""
    if match.start:
        return None
    settings, when = dict[str, Any](), list[dict[str, Any]]()
    for line in _lines(match.slots["x"]):
        line = line[1:] if line[0].text == "-" else line
        if len(line) < 2 or line[1].text != ":" or line[0].kind not in ("word", "text"):
            return None
        name, said = line[0].text.strip('"'), joined(line[2:]).strip()
        if "when" in settings:
            when.append({name: _scalar(said)})
        else:
            settings[name] = _scalar(said)
    settings["when"] = when
    return _segment({"segment": settings}, match.around.names.entity)


def _scalar(said: str) -> Any:
    try:
        return json.loads(said)
    except ValueError:
        return said.strip("'")


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


_BIG = "segment large of account { when seats > 10 }"

FAMILY = Family(
    "Declarations as in programs and settings",
    3,
    (
        row(
            "def/function {n:name} ( {e:name} ) : return {c:condition}",
            "def/function {n:name} ( {e:name} ) { return {c:condition} ;? }",
            to=_function,
            note="a rule is a `segment` with a condition after `when`",
            where="anywhere",
            sure=False,
            examples=(("def large(account):\n    return seats > 10", _BIG),),
        ),
        row(
            "{b:braces}",
            to=_of_json,
            note="a rule is a `segment` with a condition after `when`",
            where="anywhere",
            sure=False,
            examples=(('{"segment": "large", "of": "account", "when": {"seats": ">10"}}', _BIG),),
        ),
        row(
            "segment : {x:everything}",
            to=_of_yaml,
            note="a rule is a `segment` with a condition after `when`",
            where="anywhere",
            sure=False,
            examples=(('segment:\n  name: large\n  of: account\n  when:\n    - seats: ">10"', _BIG),),
        ),
        row(
            "match/matches/meets/satisfies/if/when any/all/one of? the? following/these? rules/conditions/filters/criteria? :? {x:anything}",
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
