"""Text of a `test` block, from rows and expectations."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from lark.exceptions import UnexpectedInput

from segdsl.diagnostics import UNSEEN, Source
from segdsl.lang.format import format_text
from segdsl.lang.reserved import RESERVED
from segdsl.model import types as ty
from segdsl.model import versions
from segdsl.model.clock import Clock
from segdsl.model.schema import Relation, Schema
from segdsl.model.segment import Model
from segdsl.reference.evaluate import Result, Unknown
from segdsl.reference.quantity import Quantity
from segdsl.reference.world import Row, Value
from segdsl.testing.run.evaluator import GivenMetrics

_NAME = re.compile(r"[a-z_][a-z0-9_]*")
Rows = Mapping[str, Sequence[Row]]


class Unwritable(Exception):
    """Raised for what a rule file can't express: times below a second, rows of no customer, an entity called `expect`."""


def block(
    title: str,
    as_of: dt.date | dt.datetime | None,
    rows: Rows,
    metrics: GivenMetrics,
    expectations: Sequence[str],
    model: Model,
    clock: Clock,
) -> str:
    """Text of a test; raises `Unwritable`."""
    when = f" as of {as_of.isoformat()}" if as_of is not None else ""
    lines = [
        f"test {quoted(title)}{when} {{",
        *given_lines(rows, metrics, model, clock),
        *(f"expect {e}" for e in expectations),
        "}",
    ]
    try:
        return format_text(Source("test", "\n".join(lines)))
    except UnexpectedInput:
        raise Unwritable from None


def given_lines(rows: Rows, metrics: GivenMetrics, model: Model, clock: Clock) -> Iterator[str]:
    """Lines of each customer and its rows; raises `Unwritable`."""
    schema = model.schema
    for other in schema.relations.values():
        owners = {r.get(schema.relations[other.of].key or "") for r in rows.get(other.of, ())} if other.of else set()
        if other.kind != "entity" and any(r.get(other.by or "") not in owners for r in rows.get(other.name, ())):
            raise Unwritable  # a row without a customer
    for relation in schema.entities:
        for row in rows.get(relation.name, ()):
            key = row[relation.key or ""]
            metrics_of_customer = {
                n: v for (entity, of, n), v in metrics.items() if (entity, of) == (relation.name, str(key))
            }
            cells = [*_cells(row, relation, relation.key, schema, clock), *_metrics(metrics_of_customer, model, clock)]
            yield f"{relation.name} {key_text(relation, key)} {{ {', '.join(cells)} }}"
            for other in schema.relations.values():
                if other.kind != "entity" and other.of == relation.name:
                    for belonging in rows.get(other.name, ()):
                        if belonging.get(other.by or "") == key:
                            cells = list(_cells(belonging, other, other.by, schema, clock))
                            yield f"{other.name} of {key_text(relation, key)} {{ {', '.join(cells)} }}"


def _cells(row: Row, relation: Relation, left_out: str | None, schema: Schema, clock: Clock) -> Iterator[str]:
    """Cells in the order of the fields, the time first; missing cells only where the field is required."""
    known = [n for n in relation.fields if n in row and n != left_out]
    shown = [n for n in known if row[n] is not None or relation.fields[n].required]
    first = [n for n in shown if n == relation.at]
    for name in (*first, *(n for n in shown if n not in first)):
        written = _link(row[name], relation, name, schema) or value(row[name], relation.fields[name].type, clock)
        yield f"{'at' if name == relation.at else name}: {written}"


def _metrics(values: Mapping[str, Result], model: Model, clock: Clock) -> Iterator[str]:
    for name, result in values.items():
        match result:
            case Unknown():
                yield f"{name}: missing"
            case Quantity(pair=pair, double=double):
                number = Fraction(*pair) if pair is not None else Fraction(double)
                yield f"{name}: {decimal(number)}"
            case bool() | str() | dt.date() | frozenset():
                yield f"{name}: {value(result, model.metrics[name].type, clock)}"


def _link(cell: Value | None, relation: Relation, field: str, schema: Schema) -> str | None:
    links = schema.to_one.get(relation.name, {}).values()
    target = next((schema.relations[link.target] for link in links if link.column == field), None)
    if cell is None or target is None or target.kind != "entity":
        return None
    return key_text(target, cell)


def key_text(relation: Relation, key: Value | None) -> str:
    """Name of a customer in a test; a whole number gets a name."""
    text = str(key)
    if relation.fields[relation.key or ""].type == ty.INTEGER:
        return f"{relation.name}_{text}"
    return text if _NAME.fullmatch(text) and text not in RESERVED else quoted(text)


def value(cell: Value | None, typed: ty.Type, clock: Clock) -> str:
    """A cell as a rule file writes it; raises `Unwritable`."""
    match cell:
        case None:
            return "missing"
        case bool():
            return "true" if cell else "false"
        case frozenset():
            if not cell:
                raise Unwritable
            return f"({', '.join(quoted(t) for t in sorted(cell))})"
        case str():
            return quoted(cell)
        case dt.datetime():
            local = clock.local(cell)
            if local.microsecond:
                raise Unwritable
            if local.time() == dt.time():
                return local.date().isoformat()
            return local.strftime("%Y-%m-%dT%H:%M") + (f":{local:%S}" if local.second else "")
        case dt.date():
            return cell.isoformat()
        case float():
            return decimal(Fraction(repr(cell)) if "e" not in repr(cell) else Fraction(cell))
        case int() if typed == ty.VERSION:
            return quoted(versions.decoded(cell))
        case int():
            scale = ty.scale(typed)
            return decimal(Fraction(cell, scale))


def decimal(number: Fraction) -> str:
    """A number as `50_000` or `-12.5`; raises `Unwritable` for an infinite expansion."""
    sign, number = ("-" if number < 0 else ""), abs(number)
    places = next((p for p in range(10) if (number * 10**p).denominator == 1), None)
    if places is None:
        raise Unwritable
    digits = str(int(number * 10**places)).rjust(places + 1, "0")
    whole, fraction = (digits[:-places], digits[-places:]) if places else (digits, "")
    grouped = f"{int(whole):_}" if len(whole) > 4 else whole
    return sign + grouped + (f".{fraction}" if fraction else "")


def quoted(text: str) -> str:
    """A quoted text with escapes; raises `Unwritable` for characters that a rule file may not contain."""
    if UNSEEN.search(text.replace("\n", "").replace("\t", "")):
        raise Unwritable
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'
