"""Candidate beside incumbent: agreement by published figures and by brute force, counts by hand."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segdsl.compare.agreement import adjusted_rand, jaccard, table
from tests.support.cli import call


def contingency(a: list[int], b: list[int]) -> list[list[int]]:
    return table(Counter((str(x), str(y)) for x, y in zip(a, b)), sorted(set(map(str, a))), sorted(set(map(str, b))))


@pytest.mark.parametrize(("a", "b", "index"), [
    # the examples of scikit-learn's documentation of adjusted_rand_score
    ([0, 0, 1, 1], [0, 0, 1, 1], 1.0), ([0, 0, 1, 1], [1, 1, 0, 0], 1.0), ([0, 0, 1, 2], [0, 0, 1, 1], 4 / 7), ([0, 0, 1, 1], [0, 0, 1, 2], 4 / 7),
    ([0, 0, 0, 0], [0, 1, 2, 3], 0.0), ([0, 0, 1, 1], [0, 1, 0, 1], -0.5),
    ([0, 0, 0], [0, 0, 0], 1.0),
])  # fmt: skip
def test_the_adjusted_rand_index(a: list[int], b: list[int], index: float) -> None:
    assert adjusted_rand(contingency(a, b)) == pytest.approx(index, abs=1e-12)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=6))
def test_it_is_the_pairs_beside_what_chance_would_give(both: list[tuple[int, int]]) -> None:
    """Equation 5 by its definition: over all orders of the second partition, as many pairs together as on average are 0."""
    a, b = [x for x, _ in both], [y for _, y in both]
    pairs = list(itertools.combinations(range(len(a)), 2))

    def together(order: tuple[int, ...]) -> int:
        return sum(a[i] == a[j] and b[order[i]] == b[order[j]] for i, j in pairs)

    orders = list(itertools.permutations(range(len(b))))
    expected = sum(map(together, orders)) / len(orders)
    most = (sum(a[i] == a[j] for i, j in pairs) + sum(b[i] == b[j] for i, j in pairs)) / 2
    index = adjusted_rand(contingency(a, b))
    same = together(tuple(range(len(b))))
    assert index == pytest.approx(1.0 if most == expected else (same - expected) / (most - expected), abs=1e-9)


def test_of_nobody_there_is_no_index() -> None:
    assert adjusted_rand([[1]]) is None and adjusted_rand([]) is None
    assert jaccard(0, 0, 0) is None and jaccard(1, 2, 3) == pytest.approx(1 / 4)


TOML = '[workspace]\nname = "t"\n[sources.default]\nsnapshot = 2026-11-01\n[sources.default.tables]\naccount = "accounts.csv"\n'
RULES = """
entity account { account_id: text key  plan: one of ("free", "team") required  arr: money(USD) required  seats: integer }
entity shop { shop_id: text key }
play call "Call" { capacity: 2 }
play mail "Mail" { channel: "mail" }
segmentation tier of account where plan = "team" {
  segment top { when arr >= 500 play call }
  segment wide { when seats >= 10 play mail }
  undecided unclear
  otherwise rest { play mail }
}
segmentation tier_v2 of account where plan = "team" candidate of tier {
  segment top { when arr >= 300 play call }
  segment wide { when seats >= 10 play mail }
  undecided unclear
  otherwise rest { play mail }
}
segmentation tier_v3 of account where plan = "team" candidate of tier {
  segment top { when not (arr < 500) play call }
  segment broad { when seats >= 10 play mail }
  undecided unclear
  otherwise rest { play mail }
}
segmentation tier_v4 of account where plan = "team" candidate of tier {
  segment top { when arr >= 500 play call }
  segment wide { when first_known(seats, 0) >= 10 play mail }
  otherwise rest { play mail }
}
segmentation other of shop { segment all_of_them { when shop_id = "x" } otherwise rest }
"""
ACCOUNTS = "account_id,plan,arr,seats\na,team,500,1\nb,team,400,20\nc,team,300,\nd,team,100,10\ne,team,100,\nf,team,100,1\ng,free,900,1\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    for name, text in {"segdsl.toml": TOML, "rules.seg": RULES, "accounts.csv": ACCOUNTS}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def compared(workspace: Path, *names: str, code: int = 0) -> Any:
    result = call("experiment", "compare", *names, "--as-of", "2026-11-01", "--format", "json", cwd=workspace)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def test_counts_by_hand(workspace: Path) -> None:
    """b goes from wide to top and c from unclear to top: three calls, and there is room for two."""
    found = compared(workspace, "tier_v2", code=1)
    assert (found["incumbent"], found["customers"], found["differ"], found["other_play"]) == ("tier", 7, 2, 2)
    assert found["d"] == pytest.approx(2 / 7) and found["worth"] == 700
    moves = {(m["from"], m["to"]): m["count"] for m in found["moves"]}
    assert moves == {
        ("top", "top"): 1, ("wide", "top"): 1, ("unclear", "top"): 1, ("wide", "wide"): 1, ("unclear", "unclear"): 1, ("rest", "rest"): 1, ("out", "out"): 1,
    }  # fmt: skip
    because = {
        (m["from"], m["to"]): [(b["clause"], b["count"]) for b in m["because"]]
        for m in found["moves"]
        if m["from"] != m["to"]
    }
    assert because == {
        ("wide", "top"): [("`arr >= 500` was not true, `arr >= 300` is", 1)],
        ("unclear", "top"): [("`arr >= 500` was not true, `arr >= 300` is", 1)],
    }
    arms = {a["name"]: (a["incumbent"], a["candidate"], a["both"], a["jaccard"]) for a in found["arms"]}
    assert arms == {
        "top": (1, 3, 1, 1 / 3),
        "wide": (2, 1, 1, 1 / 2),
        "unclear": (2, 1, 1, 1 / 2),
        "rest": (1, 1, 1, 1.0),
    }
    assert found["plays"] == [
        {"play": "call", "incumbent": 1, "candidate": 3, "capacity": 2, "over": True}, {"play": "mail", "incumbent": 3, "candidate": 2, "capacity": None, "over": False},
    ]  # fmt: skip
    assert found["covered"] == {"incumbent": 3, "candidate": 4} and found["unknown"] == {"incumbent": 0, "candidate": 0}
    expected = adjusted_rand([[1, 0, 0, 0], [1, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 1]])
    assert found["adjusted_rand"] == pytest.approx(expected)


def test_another_name_for_the_same_is_no_difference_of_plays(workspace: Path) -> None:
    found = compared(workspace, "tier_v3")
    assert (found["differ"], found["other_play"], found["d"], found["adjusted_rand"]) == (2, 0, 0.0, 1.0)
    (because,) = (m["because"] for m in found["moves"] if m["to"] == "broad")
    assert because == [{"clause": "`seats >= 10`", "count": 2}]


def test_who_is_undecided_by_one_of_them_alone_is_so_for_a_reason(workspace: Path) -> None:
    """c and e have no seats: `first_known` sends them to rest, where no clause need be true."""
    (because,) = (m["because"] for m in compared(workspace, "tier_v4")["moves"] if m["from"] != m["to"])
    assert because == [{"clause": "`seats >= 10` was unknown", "count": 2}]
    (because,) = (m["because"] for m in compared(workspace, "tier", "tier_v4")["moves"] if m["from"] != m["to"])
    assert because == [{"clause": "`seats >= 10` is unknown", "count": 2}]


def test_in_words(workspace: Path) -> None:
    shown = call("experiment", "compare", "tier_v2", "--as-of", "2026-11-01", cwd=workspace).output
    assert "of 7 accounts 2 would be elsewhere, 2 (28.6%) with another play, who hold arr, USD 700" in shown, shown
    assert "call: 1 → 3, room for 2 ✗" in shown and "only an experiment can tell" in shown
    same = call("experiment", "compare", "tier_v2", "tier_v2", cwd=workspace)
    assert same.exit_code == 2 and "both incumbent and candidate" in same.output


@pytest.mark.parametrize(("names", "message"), [
    (("tier",), "`tier` is both incumbent and candidate"), (("nothing",), "`nothing` is no segmentation"), (("other", "tier"), "is about accounts, `other` about shops"),
])  # fmt: skip
def test_what_cannot_be_compared(workspace: Path, names: tuple[str, ...], message: str) -> None:
    result = call("experiment", "compare", *names, cwd=workspace)
    assert result.exit_code == 2 and message in result.output, result.output
