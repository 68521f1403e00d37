"""Arms by hash: published vectors, blocks that are full, the same for good."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from hashlib import blake2b

import pytest
from scipy import stats

from segdsl.experiment.pilot import randomise
from segdsl.experiment.pilot.randomise import by_hash, drawn, growthbook, in_blocks, is_held_out, like_growthbook

ARMS = ("a", "b")


@pytest.mark.parametrize(("seed", "unit", "expected"), [
    ("seed", "a", 0.0505), ("seed", "b", 0.2696), ("foo", "ab", 0.2575), ("foo", "def", 0.2019),
])  # fmt: skip
def test_growthbooks_vectors(seed: str, unit: str, expected: float) -> None:
    """Those that GrowthBook publishes for hash version 2 of its SDKs."""
    assert growthbook(seed, unit) == expected


@pytest.mark.parametrize("unit", ["Zoë", "Łukasz", "李", "😀 1"])
def test_other_letters_are_hashed_as_javascript_hashes_them(unit: str) -> None:
    """`hval ^= str.charCodeAt(i)`, then shifts in place of the multiplication, as GrowthBook's SDK for JavaScript has it."""

    def fnv(text: str) -> int:
        codes = [
            int.from_bytes(text.encode("utf-16-be")[i : i + 2], "big")
            for i in range(0, 2 * len(text.encode("utf-16-be")) // 2, 2)
        ]
        h = 0x811C9DC5
        for code in codes:
            h ^= code
            h = (h + (h << 1) + (h << 4) + (h << 7) + (h << 8) + (h << 24)) & 0xFFFFFFFF
        return h

    assert growthbook("seed", unit) == fnv(str(fnv("seed" + unit))) % 10_000 / 10_000


def test_the_incumbents_is_the_first_variation() -> None:
    assert like_growthbook("seed", "a", ARMS) == "a"
    found = Counter(like_growthbook("seed", str(i), ("a", "b", "c")) for i in range(6_000))
    assert stats.chisquare(list(found.values())).pvalue > 1e-4


def test_the_hash_is_for_good() -> None:
    """A hash that changed would put customers into other arms: written down again, from the standard library."""
    raw = b"".join(len(t).to_bytes(8, "big") + t for t in (b"seed", "Ä1".encode()))
    assert drawn("seed", "Ä1") == int.from_bytes(blake2b(raw, digest_size=8).digest(), "big")
    assert drawn("a", "bc") != drawn("ab", "c")


@pytest.mark.parametrize("arms", [("a", "b"), ("a", "b", "c")])
@pytest.mark.parametrize("n", [1, 3, 4, 6, 12, 61, 400])
def test_blocks_keep_the_arms_alike(arms: tuple[str, ...], n: int) -> None:
    found = Counter(in_blocks("s", "cell", [f"u{i}" for i in range(n)], {}, arms).values())
    counts = [found[a] for a in arms]
    assert max(counts) - min(counts) <= 2 and sum(counts) == n
    if n % (2 * len(arms)) == 0:
        assert len(set(counts)) == 1


def test_who_comes_later_goes_on_with_the_block() -> None:
    seen: Counter[str] = Counter()
    for i in range(60):
        seen.update(in_blocks("s", "cell", [f"u{i}"], seen, ARMS).values())
        assert abs(seen["a"] - seen["b"]) <= 2
        assert (i + 1) % 4 or seen["a"] == seen["b"]


def test_arms_are_independent_of_order_and_differ_by_seed_and_stratum() -> None:
    units = [f"u{i}" for i in range(400)]
    first = in_blocks("s", "cell", units, {}, ARMS)
    assert in_blocks("s", "cell", reversed(units), {}, ARMS) == first
    for other in (in_blocks("t", "cell", units, {}, ARMS), in_blocks("s", "other", units, {}, ARMS)):
        same = sum(first[u] == other[u] for u in units)
        assert stats.binomtest(same, 400, 0.5).pvalue > 1e-4


@pytest.mark.parametrize("position", range(4))
def test_each_place_of_a_block_is_as_often_of_one_arm(position: int) -> None:
    """Whoever knows a block's first arms must not know the whole order: any of the six orders comes up."""
    slots = [next(iter_slots(f"{i}"))[position] for i in range(2_000)]
    assert stats.binomtest(slots.count("a"), 2_000, 0.5).pvalue > 1e-4


def iter_slots(stratum: str) -> Iterator[list[str]]:
    found = randomise._slots("seed", stratum, ARMS)
    while True:
        yield [next(found) for _ in range(4)]


def test_placebo_and_holdout_are_shares() -> None:
    alone = Counter(by_hash("s", str(i), ARMS) for i in range(4_000))
    assert stats.binomtest(alone["a"], 4_000, 0.5).pvalue > 1e-4
    held = [is_held_out("h", str(i), 0.1) for i in range(4_000)]
    assert stats.binomtest(sum(held), 4_000, 0.1).pvalue > 1e-4
    both = [by_hash("s", str(i), ARMS) for i in range(4_000) if held[i]]
    assert stats.binomtest(both.count("a"), len(both), 0.5).pvalue > 1e-4
