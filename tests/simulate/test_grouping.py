"""`discover --groups` in worlds whose truth is known: few of those that `python -m tests.simulate.grouping` does, into grouping.txt."""

from __future__ import annotations

import pytest
from scipy import stats

from tests.simulate.grouping import NOTHING, Planted, nothing, planted

pytestmark = pytest.mark.long
RARE = 1 / 2_000


def test_no_groups_are_seldom_found() -> None:
    worlds = [nothing(kind, 1_000 + i) for kind in NOTHING for i in range(5)]
    assert sum(w.rules is not None for w in worlds) <= stats.binom.isf(RARE, len(worlds), 0.025)


@pytest.mark.parametrize("kind", [Planted(3, 8.0, 600), Planted(2, 8.0, 600)], ids=lambda k: k.name)
def test_what_was_planted_is_what_is_found(kind: Planted) -> None:
    learned, rand = planted(kind, 1_000)
    assert len(learned.groups) == kind.groups and rand > 0.9
    assert learned.fidelity is not None and learned.fidelity.low > 0.9
