"""Whom a rule takes among customers that are drawn around its own numbers, texts and days."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from segdsl.diagnostics import Diagnostic, Source, render
from segdsl.model import types as ty
from segdsl.model.exact import column_denominator
from segdsl.model.schema import Field, Relation, Schema
from segdsl.model.segment import Segment, Segmentation
from segdsl.reference.evaluate import Evaluator, where_is
from segdsl.reference.world import World
from segdsl.workspace.config import Config
from segdsl.workspace.load import BrokenWorkspace, Workspace, build
from tests.support.answers import clock_at

Rows = dict[str, list[dict[str, Any]]]
AS_OF = "2026-11-01T10:00"
CUSTOMERS = 150


def workspace(model: str, rules: str) -> Workspace | BrokenWorkspace:
    """A model and rules as two files."""
    return build(Path(), Config(), [Source("model.seg", model), Source("rules.seg", rules)], [])


def segment(condition: str) -> str:
    """A segment of accounts with a condition on a line of its own."""
    return f"segment s of account {{\n  when {condition}\n}}\n"


def answers(built: Workspace, rows: Rows) -> dict[str, list[tuple[object, ...]]]:
    """Who is in each segment, and in which arm of each segmentation."""
    clock = clock_at(AS_OF)
    world = World(built.model.schema, rows, clock)
    evaluator = Evaluator(built.model, world)
    rules: dict[str, Segment | Segmentation] = {**built.model.segments, **built.model.segmentations}
    return {
        name: [
            (*row.values(), where)
            for row in rows[rule.entity]
            if (where := where_is(evaluator, rule, row)) not in ("out", "unknown")
        ]
        for name, rule in rules.items()
    }


class Customers:
    """Rows for a schema, with values near those that the rules name."""

    def __init__(self, schema: Schema, rules: str, seed: int = 0) -> None:
        self.schema, self.draw, self.clock = schema, random.Random(seed), clock_at(AS_OF)
        numbers = {Fraction(n.replace("_", "")) for n in re.findall(r"(?<![\w-])\d[\d_]*(?:\.\d+)?(?![\w-])", rules)}
        shares = {Fraction(n) / 100 for n in re.findall(r"(\d+)%", rules)}
        near = {n + step for n in {*numbers, *shares} for step in (-1, 0, 1)}
        self.numbers = sorted({abs(n) for n in near} | {Fraction(0), Fraction(5), Fraction(100_000)})
        self.texts = [
            t
            for text in re.findall(r'"([^"]*)"', rules)
            if text
            for t in (text, f"x{text}y", f"{text}y", f"x{text}", text.upper())
        ]
        days = [dt.date.fromisoformat(d) for d in re.findall(r"\d{4}-\d{2}-\d{2}", rules)]
        self.days = [d + dt.timedelta(days=step) for d in days for step in (-1, 0, 1)]
        self.ages = sorted(
            {int(n) + s for n in numbers if n < 800 for s in (-1, 0, 1)} | {0, 1, 7, 29, 30, 31, 60, 90, 365}
        )

    def any(self, values: Sequence[Any]) -> Any:
        return self.draw.choice(values)

    def day(self) -> dt.date:
        if self.days and self.draw.random() < 0.4:
            return self.draw.choice(self.days)
        return self.clock.today + dt.timedelta(days=self.any((-1, -1, 1)) * self.any(self.ages))

    def value(self, field: Field) -> Any:
        if not field.required and not field.key and self.draw.random() < 0.15:
            return None
        if isinstance(field.type, ty.Enum):
            return self.any(field.type.values)
        if isinstance(field.type, ty.SetOfText):
            return frozenset(self.draw.sample(self.texts, min(2, len(self.texts))))
        if field.type == ty.BOOLEAN:
            return self.any((True, False))
        if field.type == ty.DATE:
            return self.day()
        if field.type == ty.TIMESTAMP:
            return dt.datetime.combine(self.day(), dt.time(self.any((0, 9, 10, 11))))
        if ty.is_numeric(field.type):
            number = self.any(self.numbers)
            return int(number * column_denominator(field.type))
        return self.any([*self.texts, "other", "zz"])

    def row(self, relation: Relation, key: str, owner: str) -> dict[str, Any]:
        row = {f.name: self.value(f) for f in relation.fields.values()}
        if relation.key:
            row[relation.key] = key
        if relation.by:
            row[relation.by] = owner
        if relation.lives_from:
            row[relation.lives_from] = dt.datetime(2019, 1, 1) - dt.timedelta(days=self.any((0, 1)))
        if relation.at:
            day = self.day()
            row[relation.at] = day if relation.by_date else dt.datetime.combine(day, dt.time(9))
        return row

    def rows(self) -> Rows:
        rows: Rows = {}
        for relation in self.schema.relations.values():
            if relation.of is None:
                rows[relation.name] = [self.row(relation, f"{relation.name} {i}", "") for i in range(CUSTOMERS)]
        for relation in self.schema.relations.values():
            if relation.of is not None:
                owners = [row[self.schema.relations[relation.of].key or ""] for row in rows[relation.of]]
                rows[relation.name] = [
                    self.row(relation, f"{owner} {i}", owner)
                    for owner in owners
                    for i in range(self.any((0, 1, 2, 4, 8)))
                ]
        return rows


def difference(model: str, written: str, meant: str) -> str:
    """How the rules of one text differ from those of another; "" where they take the same customers."""
    one, other = workspace(model, written), workspace(model, meant)
    if not isinstance(one, Workspace) or not isinstance(other, Workspace):
        return "one of them has errors"
    for seed in range(2):
        rows = Customers(one.model.schema, written + meant, seed).rows()
        ours, theirs = answers(one, rows), answers(other, rows)
        for name, inside in theirs.items():
            if ours.get(name) != inside:
                return f"{name}: {len(ours.get(name, ()))} and {len(inside)}, of {CUSTOMERS}"
    return ""


# -- mended from the message alone -------------------------------------------------------------


def mended(model: str, rules: str) -> tuple[str, ...]:
    """The rules after one edit of each line from its message: with the first readings, and with the second where there are any."""
    found = workspace(model, rules).diagnostics
    return tuple(dict.fromkeys(_edited(found, rules, choice) for choice in (0, 1)))


def _edited(found: Sequence[Diagnostic], rules: str, choice: int) -> str:
    errors = [d for d in found if d.severity == "error" and d.span is not None and d.span.source.path == "rules.seg"]
    edits = [edit for d in errors if (edit := _edit(d, rules, choice)) is not None]
    end = len(rules) + 1
    for start, stop, text in sorted(edits, reverse=True):
        if stop <= end:
            rules, end = rules[:start] + text + rules[stop:], start
    return rules


def _edit(d: Diagnostic, rules: str, choice: int) -> tuple[int, int, str] | None:
    if d.fix is not None:
        return d.fix.span.start, d.fix.span.end, d.fix.replacement
    lines = re.findall(r"(?:write|or): `([^`]+)`", d.help)
    if not lines or d.span is None:
        return None
    start = rules.rindex("when ", 0, d.span.start) + len("when ")
    stop = min(at for mark in ("\n", " }") if (at := rules.find(mark, d.span.start)) >= 0)
    return start, stop, lines[min(choice, len(lines) - 1)]


def segments(conditions: Sequence[str]) -> str:
    """A segment of accounts for each condition, each with a condition on a line of its own."""
    return "".join(f"segment s{i} of account {{\n  when {c}\n}}\n" for i, c in enumerate(conditions))


def unlike(model: str, pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    """The pairs whose two conditions don't take the same customers after one edit from the message."""
    meant = workspace(model, segments([m for _, m in pairs]))
    assert isinstance(meant, Workspace), [render(d) for d in meant.diagnostics]
    written = segments([w for w, _ in pairs])
    tried = [workspace(model, text) for text in mended(model, written)]
    broken = [render(d) for t in tried for d in t.diagnostics if d.severity == "error"]
    if broken:
        yield from broken
        return
    rows = Customers(meant.model.schema, written).rows()
    wanted = answers(meant, rows)
    got = [answers(t, rows) for t in tried if isinstance(t, Workspace)]
    for i, pair in enumerate(pairs):
        if all(g[f"s{i}"] != wanted[f"s{i}"] for g in got):
            yield f"{pair}: {[len(g[f's{i}']) for g in got]} and {len(wanted[f's{i}'])} customers"
