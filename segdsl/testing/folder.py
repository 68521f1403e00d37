"""Customers and what a rule says of them -> the sheets of a fixture folder, for a person to judge."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
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
from segdsl.testing.write import change_texts
from segdsl.testing.written import Unwritable, decimal
from segdsl.values import for_a_spreadsheet
from segdsl.workspace import Workspace

Line = dict[str, str]


def write(workspace: Workspace, name: str, rule: Segment | Segmentation, examples: Sequence[Example]) -> Path:
    """Beside the rule's file: one world of all the customers, each under a key of its own; raises `Refusal` where the folder is there already."""
    root, model = workspace.root, workspace.model
    beside = Path(rule.span.source.path).parent if rule.span is not None else Path()
    folder = root / beside / FOLDER / name
    if folder.exists():
        shown = folder.relative_to(root).as_posix()
        raise Refusal(
            Diagnostic("SEG0512", f"{shown} is there already", help="give another name with --name, or delete it first")
        )
    sheets = _sheets(rule, examples, model)
    texts = {f"{relation}.csv": _csv(lines, model, relation) for relation, lines in sheets.items()}
    texts[SETTINGS] = f"as_of = {examples[0].found.as_of.isoformat()}\n"
    shown = folder.relative_to(root).as_posix()
    change_texts(workspace, {f"{shown}/{file}": text for file, text in texts.items()})
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


def _sheets(rule: Segment | Segmentation, examples: Sequence[Example], model: Model) -> dict[str, list[Line]]:
    """Who is in an example's rule can depend on its key and on the others, so it is judged among them, under its new key."""
    own = [_under_own_keys(number, e.found, model) for number, e in enumerate(examples, 1)]
    together = _together(own)
    schema, read = model.schema, reads.of_rules(model, [rule]).columns
    sheets: dict[str, list[Line]] = {}
    customers: dict[tuple[str, str], Line] = {}
    for relation in schema.relations.values():
        wanted = read.get(relation.name, set()) | {relation.key or "", relation.by or "", relation.at or ""}
        for row in together.rows.get(relation.name, ()):
            line = _line(row, relation, wanted, together.clock)
            sheets.setdefault(relation.name, []).append(line)
            customers[relation.name, str(row.get(relation.key or ""))] = line
    for (of, key, metric), value in together.given.items():
        customers[of, key][metric] = _result(value, model.metrics[metric].type, together.clock)
    evaluator = together.evaluator(model)
    for example, found in zip(examples, own):
        line = customers[found.entity, str(found.key)]
        line[f"expect.{rule.name}"] = said(evaluator, rule, _customer(found, evaluator))
        alone = example.found.evaluator(model)
        if said(alone, rule, _customer(example.found, alone)) == line[f"expect.{rule.name}"]:
            line[_remark(schema.relations[found.entity], model)] = example.title.partition(": ")[2] or example.title
    return sheets


def _customer(found: Found, evaluator: Evaluator) -> Row:
    customer = found.row(evaluator)
    assert customer is not None, "what was found exists"
    return customer


def _together(found: Sequence[Found]) -> Found:
    """One world of several, which have no key in common."""
    rows: dict[str, list[Row]] = {}
    for one in found:
        for relation, own in one.rows.items():
            rows.setdefault(relation, []).extend(own)
    return replace(found[0], rows=rows, given={name: value for one in found for name, value in one.given.items()})


def said(evaluator: Evaluator, rule: Segment | Segmentation, row: Row) -> str:
    """What a rule says of a customer, as a cell says it: an arm, `outside`, `unknown`, `true` or `false`."""
    if isinstance(rule, Segment):
        held = evaluator.in_segment(rule, row)
        return "unknown" if isinstance(held, Unknown) else "true" if held else "false"
    outcome = evaluator.outcome(rule, row)
    return outcome.arm or outcome.status


def _under_own_keys(number: int, found: Found, model: Model) -> Found:
    """The same customers under keys that no other example has."""
    names: dict[tuple[str, Value], Value] = {}
    for relation in model.schema.entities:
        keys = [k for r in found.rows.get(relation.name, ()) if (k := r.get(relation.key or "")) is not None]
        for i, key in enumerate(keys, 1):
            focus = relation.name == found.entity and key == found.key
            if relation.fields[relation.key or ""].type == ty.INTEGER:
                names[relation.name, key] = number * 1000 + (0 if focus else i)
            else:
                names[relation.name, key] = f"{relation.name}_{number}" + ("" if focus else f"_{i}")
    as_text = {(of, str(key)): str(name) for (of, key), name in names.items()}
    return replace(
        found,
        rows={
            of: [_renamed(r, model.schema.relations[of], names, model) for r in rows] for of, rows in found.rows.items()
        },
        given={
            (of, name, metric): value
            for (of, key, metric), value in found.given.items()
            if (name := as_text.get((of, key))) is not None
        },
        key=names[found.entity, found.key],  # type: ignore[index]
    )


def _renamed(row: Row, relation: Relation, names: Mapping[tuple[str, Value], Value], model: Model) -> Row:
    """A row whose own key, owner and links have the new names."""
    targets = {link.column: link.target for link in model.schema.to_one.get(relation.name, {}).values()}
    if relation.kind == "entity" and relation.key is not None:
        targets[relation.key] = relation.name
    if relation.by is not None and relation.of is not None:
        targets[relation.by] = relation.of
    return {
        name: value if value is None else names.get((targets.get(name, ""), value), value)
        for name, value in row.items()
    }


def _line(row: Row, relation: Relation, wanted: set[str], clock: Clock) -> Line:
    """The cells that the rule reads; what must be there and isn't is said to be missing."""
    return {
        "at" if name == relation.at else name: _text(row.get(name), field.type, clock)
        for name, field in relation.fields.items()
        if name in wanted and (row.get(name) is not None or field.required)
    }


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
