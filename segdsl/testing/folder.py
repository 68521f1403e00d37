"""Customers and what a rule says of them -> the sheets of a fixture folder, for a person to judge."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from segdsl import reads
from segdsl.diagnostics import Diagnostic, Refusal
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.schema import Relation
from segdsl.model.segment import Model, Segment, Segmentation
from segdsl.reference.evaluate import Evaluator, Result, Unknown
from segdsl.reference.quantity import Quantity
from segdsl.reference.world import Row, Value
from segdsl.testing.columns import REMARKS
from segdsl.testing.fixtures import FOLDER, SETTINGS
from segdsl.testing.search import Example, Found
from segdsl.testing.write import cannot_write
from segdsl.testing.written import Unwritable, decimal
from segdsl.values import for_a_spreadsheet

Line = dict[str, str]


def write(root: Path, name: str, rule: Segment | Segmentation, examples: Sequence[Example], model: Model) -> Path:
    """Beside the rule's file: one world of all the customers, each under a key of its own; raises `Refusal` where the folder is there already."""
    beside = Path(rule.span.source.path).parent if rule.span is not None else Path()
    folder = root / beside / FOLDER / name
    if folder.exists():
        shown = folder.relative_to(root).as_posix()
        raise Refusal(
            Diagnostic("SEG0512", f"{shown} is there already", help="give another name with --name, or delete it first")
        )
    sheets: dict[str, list[Line]] = {}
    for number, example in enumerate(examples, 1):
        for relation, lines in _lines(number, example, rule, model).items():
            sheets.setdefault(relation, []).extend(lines)
    texts = {f"{relation}.csv": _csv(lines, model, relation) for relation, lines in sheets.items()}
    texts[SETTINGS] = f"as_of = {examples[0].found.as_of.isoformat()}\n"
    try:
        folder.mkdir(parents=True)
        for file, text in texts.items():
            (folder / file).write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise cannot_write(folder.relative_to(root).as_posix(), error) from None
    return folder


def _csv(lines: Sequence[Line], model: Model, relation: str) -> str:
    """Columns as declared, then metrics, expectations and remarks; those that nobody fills are left out."""
    described = model.schema.relations[relation]
    wanted = [*({"at": 0} if described.at else {}), *described.fields, *model.metrics]
    used = {n for line in lines for n in line}
    order = (
        [n for n in wanted if n in used]
        + sorted(n for n in used if n.startswith("expect."))
        + [n for n in REMARKS if n in used and n not in wanted]
    )
    key = described.key or described.by or ""
    order = [key, *(n for n in order if n != key)]
    text = io.StringIO()
    writer = csv.DictWriter(text, order, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({n: for_a_spreadsheet(c) for n, c in line.items()} for line in lines)
    return text.getvalue()


def _remark(entity: Relation, model: Model) -> str:
    """The column for remarks: a name that means nothing else."""
    return next(n for n in REMARKS if n not in entity.fields and n not in model.metrics)


def _lines(number: int, example: Example, rule: Segment | Segmentation, model: Model) -> dict[str, list[Line]]:
    found, schema = example.found, model.schema
    names, read = _renamed(number, found, model), reads.of_rules(model, [rule])
    lines: dict[str, list[Line]] = {}
    for relation in schema.relations.values():
        for row in found.rows.get(relation.name, ()):
            wanted = read.get(relation.name, set()) | {relation.key or "", relation.by or "", relation.at or ""}
            lines.setdefault(relation.name, []).append(_line(row, relation, wanted, names, model, found.clock))
    entity = schema.relations[found.entity]
    own = lines[found.entity][[r.get(entity.key or "") for r in found.rows[found.entity]].index(found.key)]  # type: ignore[arg-type]
    for (of, key, metric), value in found.given.items():
        if (of, key) == (found.entity, str(found.key)):
            own[metric] = _result(value, model.metrics[metric].type, found.clock)
    evaluator = found.evaluator(model)
    customer = found.row(evaluator)
    assert customer is not None, "what was found exists"
    own[f"expect.{rule.name}"] = said(evaluator, rule, customer)
    own[_remark(entity, model)] = example.title.partition(": ")[2] or example.title
    return lines


def said(evaluator: Evaluator, rule: Segment | Segmentation, row: Row) -> str:
    """What a rule says of a customer, as a cell says it: an arm, `outside`, `unknown`, `true` or `false`."""
    if isinstance(rule, Segment):
        held = evaluator.in_segment(rule, row)
        return "unknown" if isinstance(held, Unknown) else "true" if held else "false"
    outcome = evaluator.outcome(rule, row)
    return outcome.arm or outcome.status


def _renamed(number: int, found: Found, model: Model) -> dict[tuple[str, Value], Value]:
    """(entity, key) -> a key that no other example has."""
    names: dict[tuple[str, Value], Value] = {}
    for relation in model.schema.entities:
        keys = [k for r in found.rows.get(relation.name, ()) if (k := r.get(relation.key or "")) is not None]
        for i, key in enumerate(keys, 1):
            focus = relation.name == found.entity and key == found.key
            if relation.fields[relation.key or ""].type == ty.INTEGER:
                names[relation.name, key] = number * 1000 + (0 if focus else i)
            else:
                names[relation.name, key] = f"{relation.name}_{number}" + ("" if focus else f"_{i}")
    return names


def _line(
    row: Row, relation: Relation, wanted: set[str], names: Mapping[tuple[str, Value], Value], model: Model, clock: Clock
) -> Line:
    """The cells that the rule reads; what must be there and isn't is said to be missing."""
    links = {link.column: link.target for link in model.schema.to_one.get(relation.name, {}).values()}
    line: Line = {}
    for name, field in relation.fields.items():
        value = row.get(name)
        if name not in wanted or (value is None and not field.required):
            continue
        target = relation.name if name == relation.key and relation.kind == "entity" else links.get(name)
        if target is not None and value is not None:
            value = names.get((target, value), value)
        if relation.by == name and relation.of is not None and value is not None:
            value = names.get((relation.of, value), value)
        line["at" if name == relation.at else name] = _text(value, field.type, clock)
    return line


def _text(cell: Value | None, typed: ty.Type, clock: Clock) -> str:
    match cell:
        case None:
            return "missing"
        case bool():
            return "true" if cell else "false"
        case frozenset():
            return "; ".join(sorted(cell))
        case dt.datetime():
            local = clock.local(cell)
            return (
                f"{local:%Y-%m-%d}" if local.time() == dt.time() else f"{local:%Y-%m-%d %H:%M:%S}".removesuffix(":00")
            )
        case dt.date():
            return cell.isoformat()
        case float():
            return repr(cell)
        case int():
            scale = ty.scale(typed)
            return decimal(Fraction(cell, scale)).replace("_", "")
        case str():
            return cell


def _result(value: Result, typed: ty.Type, clock: Clock) -> str:
    match value:
        case Unknown():
            return "missing"
        case Quantity(pair=pair, double=double):
            try:
                return decimal(Fraction(*pair) if pair is not None else Fraction(double)).replace("_", "")
            except Unwritable:
                return repr(double)
        case bool() | str() | dt.date() | frozenset():
            return _text(value, typed, clock)
