"""`python -m tests.conformance.accounts`: who gets what in 1,000 drawn workspaces, by the engine and by the reference; goes to accounts.txt."""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

from segdsl import __version__
from tests.support.accounts import by_engine, by_reference, workspace, wrongly_given

RESULTS = Path(__file__).parent / "accounts.txt"


def main(count: int) -> None:
    started = time.monotonic()
    customers: Counter[str] = Counter()
    recipients: Counter[str] = Counter()
    different: list[int] = []
    wrong: list[str] = []
    for seed in range(count):
        drawn = workspace(seed)
        lines = by_engine(drawn)
        if lines != by_reference(drawn):
            different.append(seed)
        wrong += wrongly_given(drawn, lines)
        for own, people in lines.values():
            customers.update(_said(*line) for line in own.values())
            recipients.update(_said(*line) for line in people.values())
        if seed % 50 == 49:
            print(
                f"{seed + 1} of {count} workspaces, {len(different)} differ, {time.monotonic() - started:.0f} s",
                flush=True,
            )
    text = [
        f"segdsl {__version__}: {count:,} workspaces with five plays each, in {time.monotonic() - started:.0f} s",
        f"workspaces in which the engine and the reference differ: {len(different)}{f', seeds {different[:10]}' if different else ''}",
        f"deliveries to an address twice, to who is barred, or to whom a pilot holds out: {len(wrong)}",
        "",
        *_table("customers", customers),
        "",
        *_table("recipients", recipients),
    ]
    RESULTS.write_text("\n".join(text) + "\n", encoding="utf-8")
    print(*text, *wrong[:20], sep="\n")
    sys.exit(bool(different or wrong))


def _said(line: str, held: bool) -> str:
    return f"{line}, held out" if held else line


def _table(what: str, counts: Counter[str]) -> list[str]:
    return [f"{counts.total():9,} {what}, each in one line", *(f"{n:9,} {line}" for line, n in sorted(counts.items()))]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
