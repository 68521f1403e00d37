"""Randomisation: arms from a seed and customers' keys, reproducible on every machine for good.

Within a stratum customers come in the order of their hash and fill permuted blocks, each of which has every arm twice
(D. Altman, J. Bland, How to randomise, BMJ 319, 1999); later entrants continue the open block.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import chain, islice

PER_BLOCK = 2  # units of each arm in a block


def drawn(*of: str) -> int:
    """Hash of texts, a number below 2^64."""
    digest = blake2b(digest_size=8)
    for text in of:
        raw = text.encode()
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return int.from_bytes(digest.digest(), "big")


def share(*of: str) -> float:
    """Hash of texts, from 0 inclusive to 1 exclusive."""
    return drawn(*of) / 2**64


def is_held_out(seed: str, unit: str, fraction: float) -> bool:
    return share(seed, "holdout", unit) < fraction


def is_half(seed: str, unit: str) -> bool:
    """Whether a customer is in the half on which a candidate may be chosen."""
    return drawn(seed, "half", unit) % 2 == 0


def by_hash(seed: str, unit: str, arms: Sequence[str]) -> str:
    """Draw each unit independently (Bernoulli), for units whose play is the same in every arm."""
    return arms[drawn(seed, "alone", unit) % len(arms)]


def in_blocks(
    seed: str, stratum: str, units: Iterable[str], already: Mapping[str, int], arms: Sequence[str]
) -> dict[str, str]:
    """Arm of each unit; `already` counts the stratum's earlier units by arm."""
    order = sorted(units, key=lambda u: (drawn(seed, "order", u), u))
    slots = islice(_slots(seed, stratum, arms), sum(already.values()), None)
    return dict(zip(order, slots))


def _slots(seed: str, stratum: str, arms: Sequence[str]) -> Iterator[str]:
    def block(number: int) -> list[str]:
        slots = [(drawn(seed, "block", stratum, str(number), str(i)), arm) for i, arm in enumerate([*arms] * PER_BLOCK)]
        return [arm for _, arm in sorted(slots)]

    number = 0
    while True:
        yield from chain(block(number))
        number += 1


def growthbook(seed: str, unit: str) -> float:
    """Hash of GrowthBook's SDKs (version 2), from 0 to 1: fnv1a32(text of fnv1a32(seed + unit)) modulo 10000, / 10000."""
    return _fnv1a32(str(_fnv1a32(seed + unit))) % 10_000 / 10_000


def like_growthbook(seed: str, unit: str, arms: Sequence[str]) -> str:
    """Variation with equal weights by GrowthBook's hash; the incumbent is the first."""
    return arms[min(int(growthbook(seed, unit) * len(arms)), len(arms) - 1)]


def _fnv1a32(text: str) -> int:
    """FNV-1a hash (G. Fowler, L. C. Noll, K.-P. Vo) over UTF-16 code units, as from JavaScript's `charCodeAt`; for
    ASCII, the bytes.
    """
    digest, units = 0x811C9DC5, text.encode("utf-16-le")
    for low, high in zip(units[::2], units[1::2]):
        digest = (digest ^ (low | high << 8)) * 0x01000193 & 0xFFFFFFFF
    return digest
