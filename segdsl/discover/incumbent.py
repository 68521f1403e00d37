"""A segmentation as it is written -> a rule list over columns of its own, and where in its text each number stands that can be moved.

Each clause of an arm is a column. A comparison with a number, `count(logins in last 30 days) < 3`, is a column of what is
compared, so that another number can be tried; any other clause is a column that is true, false or unknown. For `>` and `<=`
the column is negated: x > 3 is -x < -3, and a border is the smallest value of its upper side as everywhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from segdsl.diagnostics import Diagnostic
from segdsl.discover.rows import Arm, AtLeast, Below, Clause, Numbers, OneOf, Rows, RuleList
from segdsl.features.recipe import Feature, kind_of
from segdsl.lang import tree
from segdsl.model import expr as k
from segdsl.model.segment import Segmentation
from segdsl.resolve import resolve_values
from segdsl.run.errors import UsageError
from segdsl.workspace.load import Workspace

_UPPER, _LOWER = (">", ">="), ("<", "<=")


@dataclass(frozen=True)
class Incumbent:
    """`rule`: the segmentation; `written`: its syntax tree.

    `arms`: its arms, by what follows `when` alone where one keeps customers, as a list over `columns`, whose names no feature has.
    `negated`: columns that are read with the other sign.
    `numbers`: by (arm, clause) of `arms`, the number in the text that is the clause's border.
    `clauses`: by arm, the syntax trees of its clauses.
    """

    rule: Segmentation
    written: tree.Segmentation
    arms: RuleList
    columns: tuple[Feature, ...]
    negated: frozenset[str]
    numbers: Mapping[tuple[int, int], tree.Number]
    clauses: tuple[tuple[tree.Expr, ...], ...]

    @property
    def hidden(self) -> tuple[str, ...]:
        return tuple(f.text for f in self.columns)

    def named(self, place: int) -> str:
        """The name of a place of `arms`; "" for `undecided` where there is no such arm."""
        rests = (self.written.otherwise, self.written.undecided)
        names = [a.name.text for a in self.written.arms] + [r.name.text if r is not None else "" for r in rests]
        return names[place]

    def signed(self, rows: Rows) -> Rows:
        """Return rows with the signs that `arms` takes columns to have."""
        features = {
            name: Numbers(-f.values, f.whole) if name in self.negated and isinstance(f, Numbers) else f
            for name, f in rows.features.items()
        }
        return replace(rows, features=features)


def read_incumbent(workspace: Workspace, rule: Segmentation) -> Incumbent:
    """Return what a segmentation says. Raises `UsageError` for one whose places don't follow from conditions alone."""
    _refuse(rule)
    written = next(
        d
        for f in workspace.files
        for d in f.declarations
        if isinstance(d, tree.Segmentation) and d.name.text == rule.name
    )
    columns: list[Feature] = []
    negated: set[str] = set()
    numbers: dict[tuple[int, int], tree.Number] = {}
    arms: list[Arm] = []
    parts: list[tuple[tree.Expr, ...]] = []
    for number, arm in enumerate(written.arms):
        clauses: list[Clause] = []
        parts.append(_parts(arm.condition))
        asked = [_compared(part) for part in parts[-1]]
        nodes = [part if a is None else a[0] for part, a in zip(parts[-1], asked, strict=True)]
        values = resolve_values(nodes, rule.entity, workspace.files, workspace.model.outside)
        for place, (value, compared) in enumerate(zip(values, asked, strict=True)):
            assert value is not None, "a clause of a rule that passed is right by itself"
            name = f"?{number}.{place}"
            is_number = compared is not None and kind_of(value.type) == "number"
            if compared is not None and not is_number:
                value = _whole(workspace, rule, parts[-1][place])
            columns.append(Feature(name, value, "number" if is_number else "yes or no", "", ""))
            if compared is None or not is_number:
                clauses.append(OneOf(name, ("true",)))
                continue
            _, op, border = compared
            numbers[number, place] = border
            limit = border.numerator / border.denominator
            if op in (">", "<="):
                negated.add(name)
                limit = -limit
            clauses.append(AtLeast(name, limit) if op in (">=", "<=") else Below(name, limit))
        arms.append(Arm(tuple(clauses)))
    return Incumbent(rule, written, RuleList(tuple(arms)), tuple(columns), frozenset(negated), numbers, tuple(parts))


def _refuse(rule: Segmentation) -> None:
    for arm in rule.arms:
        if arm.limit is not None:
            raise UsageError(
                Diagnostic(
                    "SEG0606",
                    f"`{rule.name}.{arm.name}` takes at most {arm.limit.count:,}, so its border moves with the customers there are",
                    arm.span,
                    help="try a candidate without `limit`, and add it again to what is found",
                )
            )
    if rule.override is not None:
        raise UsageError(
            Diagnostic(
                "SEG0606",
                f"a list places customers of `{rule.name}`, and whom it named on an earlier day isn't known",
                rule.span,
                help="try a candidate without `overrides from`",
            )
        )


def _parts(condition: tree.Expr) -> tuple[tree.Expr, ...]:
    if isinstance(condition, tree.Bracketed):
        return _parts(condition.item)
    if isinstance(condition, tree.And):
        return tuple(p for item in condition.items for p in _parts(item))
    return (condition,)


def _compared(part: tree.Expr) -> tuple[tree.Expr, str, tree.Number] | None:
    """What is compared, how, and the number that it is compared with."""
    if isinstance(part, tree.Compare) and part.op in (*_UPPER, *_LOWER) and part.ignoring is None:
        right = part.right
        if isinstance(right, tree.Number):
            return part.left, part.op, right
    return None


def _whole(workspace: Workspace, rule: Segmentation, part: tree.Expr) -> k.Expr:
    (value,) = resolve_values([part], rule.entity, workspace.files, workspace.model.outside)
    assert value is not None
    return value
