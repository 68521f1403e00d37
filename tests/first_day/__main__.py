"""Lives the first day with every set, and writes what came of it into a table.

Run: python -m tests.first_day [--only TEXT] [--results FILE] [--write]. Ends with 1 where something isn't as `failing.txt` says; `--write` writes that
file anew.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.first_day.cases import CASES
from tests.first_day.run import MOST_COMMANDS, Check, Verdict, checks, commands, day_of, judged
from tests.first_day.table import FAILING, KINDS, Case, Say, failing
from tests.support.paths import TESTS

GOOD = ("right", "told", "fine")
Judged = tuple[Check, Verdict]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", default="", help="sets whose name contains this")
    options.add_argument("--results", type=Path, default=TESTS / "first_day" / "results.txt")
    options.add_argument("--write", action="store_true", help="write failing.txt anew")
    given = options.parse_args()
    began = time.monotonic()
    found = [(case, [(check, judged(case, check)[0]) for check in checks(case)]) for case in CASES if given.only in case.name]
    given.results.write_text("\n".join(report(found)) + "\n", encoding="utf-8")
    print(f"{len(found)} sets, {time.monotonic() - began:.0f} s: {given.results}")
    fails = [f"{case.name}: {check.name}" for case, seen in found for check, verdict in seen if verdict not in GOOD]
    if given.write:
        FAILING.write_text("\n".join(fails) + "\n", encoding="utf-8")
    surprises = sorted(set(fails) ^ {line for line in failing() if given.only in line.partition(":")[0]})
    print(*surprises, sep="\n")
    return 1 if surprises else 0


def report(found: Sequence[tuple[Case, Sequence[Judged]]]) -> list[str]:
    """A line for each set, totals, then what fails by kind."""
    heads = ("set", "commands", "right", "wrong", "refused", "told", "silent", "proposal")
    rows = [heads, *(_row(case, seen) for case, seen in found)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(heads))]
    lines = ["  ".join([row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:]))]) for row in rows]
    days = [day_of(case) for case, _ in found]
    quick = sum((n := commands(lived)) is not None and n <= MOST_COMMANDS for lived in days)
    counts = Counter(verdict for _, seen in found for check, verdict in seen if not isinstance(check.about, str))
    lines += [
        "",
        f"first right count in {MOST_COMMANDS} commands: {quick} of {len(found)} sets",
        f"questions: {counts['right']} right, {counts['wrong']} wrong without a word, {counts['refused']} refused",
        f"what must not stay unsaid: {counts['told']} told, {counts['silent']} silent",
        "",
        "commands: to the first right count, init among them; wrong: another count than pandas', printed as if it were right",
    ]
    return [*lines, *_by_kind(found)]


def _row(case: Case, seen: Sequence[Judged]) -> tuple[str, ...]:
    counts = Counter(verdict for check, verdict in seen if not isinstance(check.about, str))
    proposal = next(verdict for check, verdict in seen if check.about == "proposal")
    needed = commands(day_of(case))
    shown = (str(counts[v] or "") for v in ("right", "wrong", "refused", "told", "silent"))
    return (case.name, "-" if needed is None else str(needed), *shown, proposal)


def _by_kind(found: Sequence[tuple[Case, Sequence[Judged]]]) -> list[str]:
    lines = []
    for kind, about in KINDS.items():
        bad = [(case, check, verdict) for case, seen in found for check, verdict in seen if verdict not in GOOD and kind in check.kind.split(", ")]
        if bad:
            lines += ["", f"{kind}: {about}", *(f"  {case.name}: {_shown(check)}: {verdict}" for case, check, verdict in bad)]
    return lines


def _shown(check: Check) -> str:
    """A check's name, patterns in words as far as a reader needs them."""
    return check.name.replace("\\b", "").replace("\\", "") if isinstance(check.about, Say) else check.name


if __name__ == "__main__":
    sys.exit(main())
