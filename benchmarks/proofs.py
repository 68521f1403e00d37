"""Measure how long proofs take. Run: python benchmarks/proofs.py

Measures everything that `segdsl check` proves of the workspaces of this repository, a segmentation of 200 arms, and
single comparisons of two versions of a rule.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import segdsl
from benchmarks.measure import medians, table
from segdsl.analyse.questions import compared, proved
from segdsl.model.segment import Model
from segdsl.workspace.load import load_workspace, sound

ROOT = Path(__file__).parent.parent
FIELDS = "entity account { account_id: text key  arr: money(USD) required  seats: integer  paying: boolean }\n"
ARMS = " ".join(f"segment a{i} {{ when arr >= {200 - i} and arr < {201 - i} }}" for i in range(200))
TWO_HUNDRED = f"{FIELDS}segmentation x of account {{ {ARMS} otherwise rest }}"


def model_of(text: str) -> Model:
    return sound(segdsl.loads(text).workspace).model


def everything(models: list[Model]) -> int:
    return sum(len(proved(m, r)) for m in models for r in (*m.segments.values(), *m.segmentations.values()))


def main() -> None:
    models = [sound(load_workspace(ROOT / w)).model for w in ("", "examples/gallery", "examples/complete_journey")]
    rules = sum(len(m.segments) + len(m.segmentations) for m in models)
    arms = model_of(TWO_HUNDRED)
    print(f"medians of 7 rounds; {rules} rules in three workspaces")
    print(table(medians({f"all that check proves of {rules} rules": lambda: everything(models), "200 arms": lambda: everything([arms])}, 7), "200 arms"))  # fmt: skip
    times = []
    for m in models:
        for name in (*m.segments,):
            start = time.perf_counter()
            compared(m, m, name)
            times.append(time.perf_counter() - start)
    print(f"\n{len(times)} questions whether a segment is the same in two versions: median {statistics.median(times) * 1000:.1f} ms, largest {max(times) * 1000:.0f} ms")  # fmt: skip


if __name__ == "__main__":
    main()
