"""Which features may be read: those whose value on an earlier day is known, or assumed to be as it is now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segdsl.analyse.admissible import Leak, leaks_of
from segdsl.diagnostics import Diagnostic
from segdsl.features.reads import reads
from segdsl.features.recipe import Feature, LeftOut
from segdsl.model import types as ty
from segdsl.model.segment import Model
from segdsl.resolve.problems import nearest_help
from segdsl.run.errors import UsageError

OF_ANOTHER_BASIS, NO_ROWS, TOO_SHORT = " basis", "reads", "looks back further than"
"""How the reasons end or begin why a feature is left out: for its basis, for a table without rows, for a short history."""


@dataclass(frozen=True)
class Excluded:
    """A field that no feature may read: `line` is its declaration as it would be admitted; "" where none would do."""

    name: str
    because: str
    line: str = ""


def admissible(
    model: Model, candidates: Sequence[Feature], basis: Sequence[str], assume_fixed: Sequence[str]
) -> tuple[list[Feature], tuple[Excluded, ...], tuple[LeftOut, ...]]:
    """Features whose value at an origin is known, or assumed; the fields that exclude others; features of other bases."""
    assumed = set(assume_fixed)
    chosen: list[Feature] = []
    excluded: dict[str, Excluded] = {}
    other: dict[str, LeftOut] = {}
    used: set[str] = set()
    for feature in candidates:
        if isinstance(feature.expr.type, ty.Version):
            continue
        leaking = {written(model, x): x for x in leaks_of(model, [feature.expr])}
        used |= assumed & leaking.keys()
        if left := [x for name, x in leaking.items() if name not in assumed]:
            for x in left:
                excluded.setdefault(written(model, x), Excluded(written(model, x), x.because, admitting_line(model, x)))
        elif basis and feature.basis not in basis:
            other.setdefault(feature.family, of_other_basis(feature))
        else:
            chosen.append(feature)
    for name in assume_fixed:
        if name not in used:
            help = nearest_help(
                name, excluded, f"fields that aren't known as they were: {', '.join(excluded) or 'none'}"
            )
            raise UsageError(
                Diagnostic("SEG0606", f"--assume-fixed: `{name}` is no field that is left out for its past", help=help)
            )
    return chosen, tuple(excluded.values()), tuple(other.values())


def of_other_basis(feature: Feature) -> LeftOut:
    return LeftOut(feature.text, f"is of {feature.basis or 'no'}{OF_ANOTHER_BASIS}")


def written(model: Model, leak: Leak) -> str:
    """A leak's field as a person writes it: `industry` of the customer itself, `billing.autopay` of others."""
    entity = model.schema.relations[leak.relation].kind == "entity" and model.schema.relations[leak.relation].of is None
    return leak.field if entity and leak.field else f"{leak.relation}.{leak.field}" if leak.field else leak.relation


def admitting_line(model: Model, leak: Leak) -> str:
    """Return the declaration of a field with `fixed`; "" for what no declaration of the field alone would admit."""
    relation = model.schema.relations[leak.relation]
    if not leak.field or leak.field not in relation.fields:
        return ""
    if leak.because != "is overwritten":
        return ""
    span = relation.fields[leak.field].span
    line = span.source.line_text(span.source.position(span.start)[0])
    name, colon, rest = line.partition(":")
    if name.strip() != leak.field or not colon:
        return f"{leak.field}: … fixed"
    typed = rest.split('"')[0].rstrip(" ,{}") if "(" not in rest else rest[: rest.rindex(")") + 1]
    flags = rest[len(typed) :].split('"')[0].strip(" ,{}") if "(" in rest else ""
    return " ".join(f"{leak.field}: {typed.strip()} {flags} fixed".split())


def assumable_fields(model: Model, candidates: Sequence[Feature], excluded: Sequence[Excluded]) -> dict[str, Feature]:
    """By name of each excluded field that a declaration would admit, a feature that reads no other of them."""
    wanted, assumable = {e.name for e in excluded if e.line}, dict[str, Feature]()
    for feature in candidates:
        names = {written(model, x) for x in leaks_of(model, [feature.expr])}
        if len(names) == 1 and names <= wanted and not isinstance(feature.expr.type, ty.Version):
            assumable.setdefault(names.pop(), feature)
    return assumable


def of_the_same_source(model: Model, read: Sequence[Feature], suspicious: Sequence[str]) -> list[str]:
    """Features that read a table, or a field of the customer, of one of the suspicious: a leak is in all that is made of it."""

    def sources(feature: Feature) -> frozenset[tuple[str, str]]:
        return frozenset(
            (name, "" if model.schema.relations[name].kind == "table" else field)
            for name, field in reads(model, [feature.expr])
        )

    tainted = frozenset[tuple[str, str]]().union(*(sources(f) for f in read if f.text in suspicious))
    return [f.text for f in read if sources(f) & tainted]
