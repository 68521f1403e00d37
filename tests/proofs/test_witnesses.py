"""Two thousand customers made up on the ways through what the encoder says: the reference says the same of each."""

from __future__ import annotations

import pytest

from tests.proofs import edits
from tests.proofs.kinds import COUNTS, CROSSES, SETS
from tests.proofs.run import AT_ONCE, WRITTEN, Tally, batch
from tests.support.blocks import blocks

SEEDS = 7
"""Batches of a block."""
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("block", range(4))
def test_no_witness_differs(block: int) -> None:
    tally = Tally()
    for seed in range(SEEDS * block, SEEDS * block + SEEDS):
        tally.add(batch(seed))
    assert len(WRITTEN) <= 4 * SEEDS * AT_ONCE, "each condition has its turn"
    assert tally.differences == []
    assert block < 3 or tally.ruled_out
    assert all(tally.kinds[kind] > 5 for kind in (COUNTS, CROSSES)) and tally.kinds[SETS], tally.kinds
    assert tally.met > 500 and tally.made > 800 and tally.too_involved < 5


@pytest.mark.long
@pytest.mark.parametrize("block", blocks(4))
def test_diff_says_and_counts_what_running_both_versions_does(block: int) -> None:
    """Random edits of the example rules; `make proofs` tries a thousand."""
    tally = edits.block(range(12 * block, 12 * block + 12))
    assert tally.differences == []
    assert tally.edits > 6 and tally.moves and tally.witnesses
