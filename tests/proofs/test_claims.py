"""As many generated workspaces as fit 45 seconds: no command crashes, and the reference evaluator contradicts no claim."""

from __future__ import annotations

import datetime as dt
import random
import time
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from segdsl.model.clock import Clock
from tests.proofs.claims import Claim, Tally, aimed, tried
from tests.proofs.workspaces import Made, workspace
from tests.support.answers import model_of

SECONDS = 45
pytestmark = pytest.mark.slow


@pytest.mark.long
def test_no_claim_is_contradicted() -> None:
    tally, until, seed = Tally(), time.monotonic() + SECONDS, 0
    while time.monotonic() < until:
        tally.add(tried(workspace(seed)))
        seed += 1
    assert not tally.faults, "\n".join(map(str, tally.faults[:10]))
    assert tally.right >= 0.8 * tally.workspaces
    assert len(tally.claims) >= 8


WRONG = """
entity account from created_at { account_id: text key created_at: timestamp seats: integer paying: boolean required }
table usage of account by account_id at day { amount: integer }
"""


@pytest.mark.parametrize(
    ("kind", "patch", "rules"),
    [
        ("SEG0805", "never", "segment s0 of account { when seats > 5 and paying }"),
        ("SEG0807", "always", "segment s0 of account { when seats > 5 or paying }"),
        ("SEG0819", "never false", "segment s0 of account { when seats > 5 or paying }"),
        ("SEG0806", "shadowed", "segmentation s0 of account { segment first { when paying } segment second { when seats > 5 } otherwise rest }"),
        ("SEG0808", "says nothing", "segment s0 of account { when seats > 5 and paying }"),
    ],
)  # fmt: skip
def test_a_false_claim_is_noticed(kind: str, patch: str, rules: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from segdsl.analyse.questions import Proved
    from segdsl.lint import proved as lint
    from segdsl.model import expr as k
    from segdsl.model.segment import Segmentation

    def lying(model, rule, budget=None):  # type: ignore[no-untyped-def]
        arm = rule.arms[-1] if isinstance(rule, Segmentation) else None
        of = arm.condition if arm is not None else rule.condition
        clause = of.items[0] if isinstance(of, k.And | k.Or) and patch == "says nothing" else of
        return [Proved(patch, rule.name, arm.name if arm else None, clause, ("first",))]  # type: ignore[arg-type]

    monkeypatch.setattr(lint, "proved", lying)
    made = Made(1, "Europe/London", 1, WRONG + rules, WRONG + rules)
    kinds = {f.kind for n in range(5) for f in tried(replace(made, seed=10 * n + 1)).faults}
    assert kind in kinds


def test_a_crash_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def crashing(*_: object) -> None:
        raise AssertionError("a fault of its own")

    monkeypatch.setattr("tests.proofs.claims.checked", crashing)
    made = Made(1, "UTC", 1, WRONG + "segment s0 of account { when paying }", "")
    assert {f.kind for f in tried(made).faults} == {"crash of check"}


@pytest.mark.parametrize("condition", ["year of created_at = 1", "year of created_at = 9999", "days since created_at > 2000000"])  # fmt: skip
@pytest.mark.parametrize("wanted", [True, False])
def test_who_would_be_beyond_the_calendar_is_not_aimed_at(condition: str, wanted: bool) -> None:
    model = model_of(WRONG + f"segment s of account {{ when {condition} }}")
    for seed in range(20):
        claim = Claim("", "", "account", lambda *_: False, ((model.segments["s"].condition, wanted),))
        aimed(claim, model, Clock.at(dt.date(2026, 11, 1), ZoneInfo("UTC")), random.Random(seed))
