"""What marks a group out, in words and as a name."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from segdsl.discover import wording
from segdsl.discover.groups.learn import Group, Learned
from segdsl.discover.groups.rules import Mark
from segdsl.discover.rows import Arm, Missing, OneOf
from segdsl.features.recipe import Feature
from segdsl.model import types as ty


def mark_text(mark: Mark, features: Mapping[str, Feature]) -> str:
    """A mark in words: `count(logins in last 30 days)` is 4 in the middle, 21 of the others."""
    feature = features[mark.clause.feature]
    if mark.is_share:
        assert isinstance(mark.clause, OneOf | Missing)
        return f"`{wording.clause_text(mark.clause, feature)}` of {mark.inside:.0%}, of the others {mark.outside:.0%}"
    typed = feature.expr.type
    currency = f"{typed.currency} " if isinstance(typed, ty.Money) else ""
    inside, outside = (f"{currency}{wording.number(float(f'{value:.3g}'))}" for value in (mark.inside, mark.outside))
    return f"median of `{feature.text}` {inside}, of the others {outside}"


def marks_text(group: Group, features: Mapping[str, Feature]) -> str:
    """What marks a group out, in a line; "" where nothing does by much."""
    return "; ".join(mark_text(m, features) for m in group.marks)


def names(learned: Learned, features: Mapping[str, Feature], taken: Collection[str]) -> list[str]:
    """Names of the groups in the order of the rules: by the first condition of an arm; of the rest by what marks it out most."""
    assert learned.rules is not None
    used = set(taken)
    found = []
    for arm in (*learned.rules.rule.arms, _of_marks(learned.groups[-1].marks)):
        name = wording.arm_name(arm, features, used) if arm is not None else wording.unique("others", used)
        used.add(name)
        found.append(name)
    return found


def _of_marks(marks: Sequence[Mark]) -> Arm | None:
    return Arm((marks[0].clause,)) if marks else None


def often(p: float) -> str:
    """A probability in words: 5 of 1,000."""
    return "fewer than 1 of 1,000" if p < 0.001 else f"{round(p * 1000)} of 1,000"
