"""`make proofs`: 20,000 customers made up on the ways through random conditions, 1,000 random edits of `rules/`, and
5,000 generated workspaces through every command that proves.

The report goes to results.txt.
"""

from __future__ import annotations

import multiprocessing
import os
import platform
import time
from collections import Counter
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from segdsl import __version__
from tests.proofs import claims, edits
from tests.proofs.run import Tally, batch

WITNESSES = int(os.environ.get("SEGDSL_WITNESSES", "20_000"))
EDITED = int(os.environ.get("SEGDSL_EDITS", "1_000"))
WORKSPACES = int(os.environ.get("SEGDSL_WORKSPACES", "5_000"))
RESULTS = Path(__file__).parent / "results.txt"
_A_BATCH = 150  # witnesses at the least
_A_BLOCK = 10
_FIRST_WORKSPACE = 100_000  # others than those of `make test`


def main() -> None:
    started = time.monotonic()
    made, edited, held = Tally(), edits.Tally(), claims.Tally()
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
        jobs: list[Future[Any]] = [pool.submit(batch, seed) for seed in range(1_000, 1_000 + WITNESSES // _A_BATCH)]
        wrong = EDITED // 8  # about as many are no rules
        jobs += [
            pool.submit(edits.block, range(s, s + _A_BLOCK)) for s in range(10_000, 10_000 + EDITED + wrong, _A_BLOCK)
        ]
        last = _FIRST_WORKSPACE + WORKSPACES
        jobs += [pool.submit(claims.block, range(s, min(s + _A_BLOCK, last))) for s in range(_FIRST_WORKSPACE, last, _A_BLOCK)]  # fmt: skip
        for done, job in enumerate(as_completed(jobs), 1):
            match job.result():
                case edits.Tally() as result:
                    edited.add(result)
                case claims.Tally() as result:
                    held.add(result)
                case result:
                    made.add(result)
            if not done % 10:
                print(f"{done} of {len(jobs)} batches: {made.met:,} witnesses, {edited.edits:,} edits, {held.workspaces:,} workspaces, {len(made.differences) + len(edited.differences) + len(held.faults)} differences", flush=True)  # fmt: skip
    lines = [
        f"segdsl {__version__}, Python {platform.python_version()}, in {time.monotonic() - started:.0f} s",
        "",
        f"{made.conditions:,} random conditions as of {len(made.clocks)} instants in {len({zone for _, zone in made.clocks})} zones, {made.too_involved} of them too involved to tell",
        f"of the conditions {', '.join(f'{n:,} {kind}' for kind, n in sorted(made.kinds.items()))}",
        f"{made.made:,} customers made up; {made.met:,} of them in the set of customers they were aimed at",
        f"{made.ruled_out} sets in which nobody can be by arithmetic (z3), and nobody was",
        f"where the encoder and the reference evaluator differ: {len(made.differences)}",
        *made.differences[:20],
        "",
        f"{edited.edits:,} random edits of rules/ ({edited.wrong_rules} more were no rules any longer): of each rule, {_counted(edited.statuses)}",
        f"verdicts by arm: {_counted(edited.verdicts)}",
        f"{edited.moves:,} customers moved, {edited.witnesses:,} witnesses were made up for the changes",
        f"where `segdsl diff` and running both versions differ: {len(edited.differences)}",
        *edited.differences[:20],
        "",
        *claims.lines(held),
    ]  # fmt: skip
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    short = made.met < WITNESSES or edited.edits < EDITED or held.right < 0.8 * WORKSPACES
    raise SystemExit(1 if made.differences or edited.differences or held.faults or short else 0)


def _counted(of: Counter[str]) -> str:
    return ", ".join(f"{name} {n:,}" for name, n in of.most_common())


if __name__ == "__main__":
    main()
