"""Exports that are killed and repeated, a sample: `python -m tests.faults.exports` kills 300 of 1,000 rows for each kind."""

from __future__ import annotations

import random

import pytest

from tests.faults.exports import KINDS, trial

pytestmark = [pytest.mark.slow, pytest.mark.long]


@pytest.mark.parametrize("name", KINDS)
def test_a_kill_at_each_step(name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an export of sixty rows, at every n-th step, once or twice; the log has a head behind every few lines."""
    monkeypatch.setattr("segdsl.activation.log.store._AT_ONCE", 25)
    url = request.getfixturevalue("postgres_url") if name == "postgres" else ""
    rng = random.Random(7)
    with trial(name, 60, 20, url) as exports:
        most = exports.export(random.Random(0))
        for n in range(1, most + 1, max(1, most // 8)):
            exports.export(random.Random(n), [n, rng.randint(1, most)][: 1 + n % 2])
        assert exports.wrong == []
        assert exports.counts["killed"] >= 8
        assert exports.counts["in doubt"] > 0
        assert exports.counts["lost"] == exports.counts["left in doubt"] == 0
