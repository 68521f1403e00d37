"""`make fuzz`: inputs made from a seed until the time is up, each given to several commands; the report goes to results.txt.

Run: python -m tests.fuzz [--seconds N] [--seed N] [--results FILE] [--only NUMBER]. Ends with 1 where a command had a fault of its own, printed what isn't
seen, or took over 10 s of CPU or 1 GB. `--only` makes one input, says what each command made of it and leaves its workspace. Branches are counted where the package
`coverage` is there.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.fuzz.inputs import Input, made
from tests.fuzz.run import Ran, Tally, on, shown, slowest, tried
from tests.support.paths import PACKAGE

RESOLVE = PACKAGE / "resolve"


class Branches:
    """Steps between the lines of `segdsl/resolve`, as the package `coverage` sees them."""

    def __init__(self) -> None:
        import coverage

        self.seen: set[tuple[str, int, int]] = set()
        self._coverage: Any = coverage.Coverage(branch=True, source=[str(RESOLVE)], data_file=None, config_file=False)
        self._coverage.set_option("run:disable_warnings", ["no-data-collected"])  # where nothing was resolved

    def start(self) -> None:
        self._coverage.start()

    def new_steps(self) -> list[tuple[str, int, int]]:
        self._coverage.stop()
        data = self._coverage.get_data()
        return [step for file in data.measured_files() for arc in data.arcs(file) or () if (step := (file, *arc)) not in self.seen]  # fmt: skip

    def report(self) -> tuple[int, int, list[str]]:
        """Branches gone through, branches in all, and where others are, by file and line."""
        arcs: dict[str, list[tuple[int, int]]] = {str(p): [] for p in RESOLVE.glob("*.py")}
        for file, start, end in self.seen:
            arcs.setdefault(file, []).append((start, end))
        self._coverage.get_data().add_arcs(arcs)
        with tempfile.NamedTemporaryFile(suffix=".json") as aside:
            self._coverage.json_report(outfile=aside.name)
            told = json.loads(Path(aside.name).read_text(encoding="utf-8"))
        missed = [f"{Path(f).name}:{a}→{b}" for f, one in told["files"].items() for a, b in one["missing_branches"]]
        return told["totals"]["covered_branches"], told["totals"]["num_branches"], missed


def branches() -> Branches | None:
    try:
        return Branches()
    except ImportError:
        return None


def until(seconds: float, seed: int) -> Iterator[Input]:
    """Inputs by their numbers, until so many seconds are over."""
    end = time.monotonic() + seconds
    for number in itertools.count():
        if time.monotonic() > end:
            return
        yield made(seed, number)


def report(tally: Tally, watch: Branches | None, seed: int, seconds: float) -> str:
    rules = sum(tally.kinds[kind] for kind in tally.parsed)
    lines = [
        f"seed {seed}, {seconds:.0f} s: {sum(tally.kinds.values()):,} inputs, {len(tally.ran):,} commands on them, {len(tally.faults)} with a fault",
        f"rule files: {rules:,}, of which {sum(tally.parsed.values()) / max(1, rules):.0%} parse",
        *(f"  {n:6,}  {kind}{f', of which {tally.parsed[kind] / n:.0%} parse' if kind in tally.parsed else ''}" for kind, n in sorted(tally.kinds.items())),
    ]  # fmt: skip
    if watch is not None:
        covered, of, missed = watch.report()
        lines += [f"branches of segdsl/resolve: {covered:,} of {of:,} ({covered / of:.1%})", f"  others: {' '.join(missed)}"]  # fmt: skip
    codes = sorted({r.exit for r in tally.ran})
    lines.append("exit codes: " + ", ".join(f"{c}: {sum(r.exit == c for r in tally.ran):,}" for c in codes))
    lines += ["the slowest (CPU seconds, MB at the most in the process)", *map(_line, slowest(tally.ran))]
    lines += ["faults", *(f"{_line(r)}: {shown(r.fault)}" for r in tally.faults)] if tally.faults else ["faults: none"]
    return "\n".join(lines) + "\n"


def _line(r: Ran) -> str:
    return f"  {r.seconds:5.2f} s  {r.memory >> 20:5,} MB  input {r.input.number} ({r.input.corpus.name}, {r.input.kind}): {shown(' '.join(r.command))}"


def run() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=float, default=1_800)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--results", type=Path)
    options.add_argument("--only", type=int)
    given = options.parse_args()
    os.environ["SEGDSL_TRACEBACK"] = "1"
    scratch = Path(tempfile.mkdtemp(prefix="segdsl-fuzz-")).resolve()
    if given.only is not None:
        one = made(given.seed, given.only)
        for ran in on(one, scratch)[0]:
            print(f"{_line(ran)}: exit {ran.exit} {shown(ran.fault)}")
        print(f"{scratch / 'workspace'}: {', '.join(one.changed)}")
        return 0
    watch, started, tally = branches(), time.monotonic(), Tally()
    said = 0
    for tally in tried(until(given.seconds, given.seed), scratch, watch):
        if watch is not None:
            watch.seen = tally.steps
        for fault in tally.faults[said:]:
            print(f"{_line(fault)}: {shown(fault.fault)}", file=sys.stderr, flush=True)
        said = len(tally.faults)
    text = report(tally, watch, given.seed, time.monotonic() - started)
    print(text)
    if given.results is not None:
        given.results.write_text(text, encoding="utf-8")
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(run())
