"""Compare a person's list of judged customers with a rule: differences, deciding clauses, and the distance to the
border.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from segdsl.data.files import DataError, folded
from segdsl.diagnostics import Diagnostic
from segdsl.lang import tree
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.schema import Relation
from segdsl.model.segment import Model, Segment, Segmentation
from segdsl.reference.evaluate import Evaluator
from segdsl.reference.quantity import Quantity
from segdsl.reference.world import Row
from segdsl.resolve.problems import nearest_help
from segdsl.testing.fixtures.cells import truth
from segdsl.testing.fixtures.columns import arm_words
from segdsl.testing.fixtures.folder import answer_of
from segdsl.testing.fixtures.sheets import Cell, Sheet, sheets
from segdsl.testing.run.decisive import as_text
from segdsl.whatif.customers import CustomerLookup
from segdsl.whatif.names import name_fields
from segdsl.words import values
from segdsl.words.explain import leaves, written


@dataclass(frozen=True)
class Judgement:
    """One line of the list: the customer's key or name, and a person's answer for one rule."""

    key: str
    rule: str
    judged: str


@dataclass(frozen=True)
class Difference:
    """A customer where the rule disagrees.

    `found`: the rule's answer; None where nobody has the key or name, or several have the name.
    `why`: the deciding clauses.
    `nearest`: the nearest threshold.
    """

    judgement: Judgement
    found: str | None
    why: str = ""
    nearest: str = ""


def read(path: Path, model: Model) -> list[Judgement]:
    """Read a sheet with a column of keys or names and an `expect.RULE` for each judged rule; blank cells say nothing.

    Raises `DataError` for an unreadable file and for answers that no rule can give.
    """
    (sheet,) = sheets(path, str(path), [folded(path.stem)], [])
    columns = {h.text: h.text[len("expect.") :] for h in sheet.header if h.text.lower().startswith("expect.")}
    rules: dict[str, Segment | Segmentation] = {**model.segmentations, **model.segments}
    if not columns:
        first = next(iter(rules), "motion")
        raise DataError(
            Diagnostic("SEG0514", f"{path} judges nothing", sheet.header[0].span, help=f"add a column `expect.{first}`")
        )
    for header in sheet.header:
        if header.text in columns and columns[header.text] not in rules:
            help = nearest_help(columns[header.text], rules, f"rules are {', '.join(rules)}")
            raise DataError(
                Diagnostic(
                    "SEG0514", f"`{header.text}`: there is no rule `{columns[header.text]}`", header.span, help=help
                )
            )
    key = _key_column(sheet, [model.schema.relations[rules[n].entity] for n in columns.values()])
    return [
        Judgement(row[key].text, name, _judged(row[header], rules[name]))
        for row in sheet.rows
        for header, name in columns.items()
        if header in row and key in row
    ]


def _key_column(sheet: Sheet, entities: Sequence[Relation]) -> str:
    keys = {folded(e.key or "") for e in entities} | {"entityid", "id", "key"}
    names = {folded(n) for e in entities for n in (*name_fields(e), e.name)} | {"name"}
    key_column = next((h.text for wanted in (keys, names) for h in sheet.header if folded(h.text) in wanted), None)
    if key_column is None:
        help = f"name one `{entities[0].key}`, or as the field that has the customers' names"
        raise DataError(
            Diagnostic("SEG0512", "the list has no column of keys or names", sheet.header[0].span, help=help)
        )
    return key_column


def _judged(cell: Cell, rule: Segment | Segmentation) -> str:
    word = folded(cell.text)
    if word == "unknown" or (word == "outside" and isinstance(rule, Segmentation)):
        return word
    if isinstance(rule, Segment):
        answer = truth(cell.span, cell.text)
        if isinstance(answer, tree.Truth):
            return "true" if answer.value else "false"
        raise DataError(
            Diagnostic(
                "SEG0514",
                f"`{cell.text[:60]}` says nothing of `{rule.name}`",
                cell.span,
                help="write true, false or unknown",
            )
        )
    arms = arm_words(rule)
    if word not in arms:
        help = f"it has {', '.join(a.name for a in rule.all_arms)}; or say `outside` or `unknown`"
        raise DataError(Diagnostic("SEG0514", f"`{rule.name}` has no arm `{cell.text[:60]}`", cell.span, help=help))
    return arms[word]


def differences(judgements: Sequence[Judgement], lookup: CustomerLookup) -> Iterator[Difference]:
    """Judgements with which the rules disagree.

    A key whose zeros a spreadsheet took off is that of the customer it was; what is no key may be a customer's name.
    """
    model = lookup.model
    for judgement in judgements:
        rule = model.segments.get(judgement.rule) or model.segmentations[judgement.rule]
        entity, key = rule.entity, judgement.key
        customer = lookup.customer(entity, key) or lookup.with_zeros(entity, key) or lookup.named(entity, key)
        if customer is None:
            yield Difference(judgement, None)
            continue
        answer = answer_of(customer.evaluator, rule, customer.row)
        if answer != judgement.judged:
            arm = judgement.judged if isinstance(rule, Segmentation) and _is_arm(rule, judgement.judged) else None
            arm_in_question = arm or (rule.otherwise.name if isinstance(rule, Segmentation) else None)
            why = as_text(customer.evaluator, rule.name, arm_in_question, customer.row)
            yield Difference(judgement, answer, why, nearest(customer.evaluator, rule, arm, customer.row))


def _is_arm(rule: Segmentation, name: str) -> bool:
    return any(a.name == name for a in rule.all_arms)


# -- by how little -------------------------------------------------------------------------


def nearest(evaluator: Evaluator, rule: Segment | Segmentation, arm: str | None, row: Row) -> str:
    """The deciding comparison whose border is nearest to the customer."""
    conditions = _in_question(evaluator, rule, arm, row)
    distances = [
        distance
        for condition, is_true in conditions
        for leaf in leaves(condition)
        if (evaluator.truth(leaf, row) is True) is is_true
        for distance in _distances(evaluator, leaf, row)
    ]
    return min(distances, default=(Fraction(0), ""))[1]


def _in_question(
    evaluator: Evaluator, rule: Segment | Segmentation, arm: str | None, row: Row
) -> list[tuple[k.Expr, bool]]:
    """(condition, whether its true leaves matter), of the arm that should take the customer, or of the arm that does."""
    if isinstance(rule, Segment):
        return [(rule.condition, evaluator.in_segment(rule, row) is True)]
    taker = evaluator.outcome(rule, row).arm
    conditions = {a.name: a.condition for a in rule.arms if a.condition is not None}
    if arm in conditions:
        return [(conditions[arm], False)]
    return [(conditions[taker], True)] if taker in conditions else []


def _distances(evaluator: Evaluator, leaf: k.Expr, row: Row) -> Iterator[tuple[Fraction, str]]:
    for node in k.walk(leaf):
        if isinstance(node, k.Compare):
            one, other = evaluator.value(node.left, row), evaluator.value(node.right, row)
            shown = values.shown(one, node.left.type, evaluator.world.clock)
            border = values.shown(other, _border_type(node), evaluator.world.clock)
            name = written(node.left) if node.left.span is not None else written(leaf)
            if (
                isinstance(one, Quantity)
                and isinstance(other, Quantity)
                and one.pair
                and other.pair
                and node.left.span is not None
            ):
                a, b = Fraction(*one.pair), Fraction(*other.pair)
                away = abs(a - b)
                yield away / max(abs(b), Fraction(1)), f"{name} is {shown}, the border is {border}"
            elif isinstance(one, dt.date) and isinstance(other, dt.date) and type(one) is type(other):
                days = abs(one - other).days
                yield (
                    Fraction(days, 365),
                    f"{name} is {shown}, the border is {border}: {days} day{'' if days == 1 else 's'} away",
                )


def _border_type(node: k.Compare) -> ty.Type:
    return (
        node.left.type
        if isinstance(node.right, k.Literal_) and not isinstance(node.left.type, ty.Constant)
        else node.right.type
    )
