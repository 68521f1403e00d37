"""Kills each command that writes, by a signal that can't be caught, at each step that it takes on the disk or at any moment, and looks at what is left.

Run: python -m tests.faults [--most N] [--only KIND] [--results FILE]; N kills in all, spread over the kinds. A step is before and after each file that is made, each half of
what is written, each sync, rename and removal, each folder and each statement of the ledger. Ends with 1 where something was lost or half done.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import math
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas  # noqa: F401  what a child would import, once for all of them

import segdsl.cli._demo_screens
import segdsl.demo.exports
import segdsl.draft.drafts
import segdsl.draft.exports
import segdsl.experiment.pilot.assign
import segdsl.ledger.store as store
import segdsl.promotion.gate
import segdsl.run.causes
import segdsl.run.record
import segdsl.sql.plan
import segdsl.testing.suite.borders
import segdsl.testing.suite.offers
from segdsl.cli import main
from tests.faults.kinds import KINDS, Kind
from tests.support.ledgers import assigned, stretches

Seen = dict[str, bytes]
NAME = "shop"  # of each folder, since `init --from` calls a workspace by its folder's name
PATIENCE = 120  # seconds for a command, which stands still if it takes longer


def without_looks() -> None:
    """Leaves out of the demo what only looks; its two runs are of one day, so that each file has one new content."""
    screens: Any = segdsl.cli._demo_screens
    screens.checked = lambda workspace: workspace
    screens.who_moved = screens.say_why = screens.how_many = screens.along_a_range = lambda *_: None
    screens.what_a_change_does = lambda *_: None
    segdsl.demo.EARLIER = segdsl.demo.AS_OF


class Steps:
    """Counts the steps that a command takes on the disk below a folder, and kills the process at one of them."""

    def __init__(self, folder: Path, fatal: int) -> None:
        self.folder, self.fatal, self.taken = str(folder), fatal, 0

    def step(self) -> None:
        self.taken += 1
        if self.taken == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, act: Callable[..., Any], counts: Callable[..., bool] = lambda *_: True) -> Callable[..., Any]:
        def wrapped(*args: Any, **named: Any) -> Any:
            if not counts(*args):
                return act(*args, **named)
            self.step()
            result = act(*args, **named)
            self.step()
            return result

        return wrapped

    def here(self, path: Any, *_: Any) -> bool:
        return isinstance(path, str | os.PathLike) and os.path.abspath(path).startswith(self.folder)

    def makes(self, path: Any, flags: int = 0, *_: Any) -> bool:
        return bool(flags & os.O_CREAT) and self.here(path)

    def watch(self) -> None:
        """From here on in this process."""
        for name in ("replace", "unlink", "mkdir", "rename"):
            setattr(os, name, self.around(getattr(os, name), self.here))
        os.fsync, os.open = self.around(os.fsync), self.around(os.open, self.makes)
        opened = os.fdopen
        os.fdopen = lambda *args, **named: Halves(opened(*args, **named), self)  # type: ignore[assignment]
        connect = store._connect
        store._connect = lambda *args, **named: Watched(connect(*args, **named), self)  # type: ignore[assignment,return-value]


class Halves:
    """An open file that is written in two steps."""

    def __init__(self, file: Any, steps: Steps) -> None:
        self._file, self._steps = file, steps

    def write(self, content: Any) -> None:
        half = len(content) // 2
        for part in (content[:half], content[half:]):
            self._file.write(part)
            self._file.flush()
            self._steps.step()

    def __enter__(self) -> Halves:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class Watched:
    """A connection whose statements are steps."""

    def __init__(self, con: duckdb.DuckDBPyConnection, steps: Steps) -> None:
        self._con, self.execute, self.close = con, steps.around(con.execute), steps.around(con.close)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._con, name)


def nothing() -> object:
    return None


def done(
    folder: Path,
    command: tuple[str, ...],
    first: Callable[[], object] = nothing,
    last: Callable[[], object] = nothing,
    until: float | None = None,
) -> bool:
    """Runs a command in a child process, and in it what comes first and last; gives whether it was killed, at `until` seconds at the latest."""
    child = os.fork()
    if child == 0:
        try:
            signal.alarm(PATIENCE)
            _do(folder, command, first)
            last()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
        os._exit(1)
    if until is not None:
        time.sleep(until)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert status in (0, signal.SIGKILL), f"{' '.join(command)} in {folder} ends with {status}"
    return status == signal.SIGKILL


def _do(folder: Path, command: tuple[str, ...], first: Callable[[], object]) -> None:
    os.chdir(folder)
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        contextlib.suppress(SystemExit),
    ):
        first()
        main(list(command))


def seen(folder: Path) -> Seen:
    """All files that a person sees, what was left beside them apart."""
    files = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    return {n: p.read_bytes() for n, p in files.items() if ".segdsl" not in p.parts and not n.endswith("~")}


def remembered(folder: Path) -> Any:
    """All that a ledger holds, but for times of the clock; read in a child, since an engine's threads don't survive a fork."""
    ledger = next(folder.rglob(".segdsl/ledger.duckdb"), None)
    if ledger is None:
        return None
    read, write = os.pipe()
    if os.fork() == 0:
        con = duckdb.connect(str(ledger))
        tables = [
            "SELECT run_id, as_of, source, fingerprints, sizes, data, keeps_history FROM runs",
            "SELECT * FROM moves",
            "SELECT * FROM publications",
        ]
        is_begun = con.execute("SELECT count(*) FROM duckdb_tables()").fetchall() != [(0,)]
        told = [
            [list(map(str, row)) for row in con.execute(f"{t} ORDER BY ALL").fetchall()] for t in tables if is_begun
        ]
        if is_begun:
            told += [[list(map(str, row)) for row in rows(store.Ledger(con, ledger))] for rows in (assigned, stretches)]
        with os.fdopen(write, "w") as pipe:
            json.dump(told, pipe)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        told = json.loads(pipe.read())
    os.wait()
    return told or None


@dataclass(frozen=True)
class State:
    """What a person sees in a folder, and what its ledger holds."""

    files: Seen
    kept: Any

    @staticmethod
    def of(folder: Path) -> State:
        return State(seen(folder), remembered(folder))

    def other(self, than: State) -> list[str]:
        names = [n for n in {**self.files, **than.files} if self.files.get(n) != than.files.get(n)]
        return sorted(names) or ["another ledger"]


class Trial:
    """One kind of command, in folders that are as they were before it; `counts` what became of those that were killed."""

    def __init__(self, kind: Kind, scratch: Path) -> None:
        self.kind, self.scratch, self.before = kind, scratch, scratch / "before" / NAME
        self.before.mkdir(parents=True)
        kind.made(self.before)
        for command in kind.before:
            done(self.before, command)
        kind.changed(self.before)
        after = self._copy("after")
        start, count = time.monotonic(), scratch / "steps"
        steps = Steps(after, 0)
        assert not done(after, kind.command, steps.watch, lambda: count.write_text(str(steps.taken)))
        self.seconds, self.steps = time.monotonic() - start, int(count.read_text())
        self.old, self.new = State.of(self.before), State.of(after)
        assert self.old != self.new, f"{kind.name} writes nothing"
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []

    def _copy(self, name: str) -> Path:
        return shutil.copytree(self.before, self.scratch / name / NAME)

    def at_step(self, n: int) -> None:
        folder = self._copy(f"step{n}")
        was_killed = done(folder, self.kind.command, Steps(folder, n).watch)
        self._judge(folder, was_killed, f"step {n} of {self.steps}")

    def at_moment(self, share: float) -> None:
        folder = self._copy("moment")
        seconds = self.seconds * share
        self._judge(folder, done(folder, self.kind.command, until=seconds), f"after {share:.0%} of its time")

    def _judge(self, folder: Path, was_killed: bool, when: str) -> None:
        """Each file is an old or a new one at once; and all are, once the next command is done."""
        if was_killed:
            self.counts["killed"] += 1
            self._judge_files(State.of(folder), when)
            done(folder, self.kind.command if self.kind.again else ("promotions",))
            left = State.of(folder)
            if left == self.new:
                self.counts["as after it"] += 1
            elif left == self.old and not self.kind.again:
                self.counts["as before it"] += 1
            else:
                self._wrong("half", f"{when}: the next command leaves {', '.join(left.other(self.new))}")
            self.counts["left beside"] += any(".segdsl" not in p.parts for p in folder.rglob("*~"))
        shutil.rmtree(folder.parent)

    def _judge_files(self, now: State, when: str) -> None:
        old, new = self.old, self.new
        for name, content in now.files.items():
            if content not in (old.files.get(name), new.files.get(name)):
                self._wrong("half", f"{when}: {name} is neither old nor new")
        for name in set(old.files) & set(new.files) - set(now.files):
            self._wrong("lost", f"{when}: {name} is gone")
        if new.kept and now.files == new.files != old.files and (now.kept or [[], []])[1] != new.kept[1]:
            self._wrong("half", f"{when}: the output is published, and its run isn't in the ledger")

    def _wrong(self, what: str, words: str) -> None:
        self.counts[what] += 1
        self.wrong.append(f"{self.kind.name}, {words}")


def killed(kind: Kind, most: int, rng: random.Random) -> Trial:
    """At all steps, or as many of them; where there is room for more, at moments."""
    with tempfile.TemporaryDirectory(prefix="segdsl-faults-") as scratch:
        trial = Trial(kind, Path(scratch).resolve())
        steps = range(1, trial.steps + 1)
        for n in steps if len(steps) <= most else sorted(rng.sample(steps, most)):
            trial.at_step(n)
        for _ in range(2 * most):
            if trial.counts["killed"] >= most:
                break
            trial.at_moment(rng.uniform(0.05, 1.0))
    return trial


COLUMNS = ("killed", "as before it", "as after it", "lost", "half", "left beside")


def table(trials: list[Trial]) -> str:
    rows = [["command", *COLUMNS], *([t.kind.name, *(str(t.counts[c]) for c in COLUMNS)] for t in trials)]
    rows.append(["all", *(str(sum(t.counts[c] for t in trials)) for c in COLUMNS)])
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(c.ljust(w) if not i else c.rjust(w) for i, (c, w) in enumerate(zip(r, widths))).rstrip() for r in rows
    )


def run() -> int:
    asked = argparse.ArgumentParser()
    asked.add_argument("--most", type=int, default=2_000)
    asked.add_argument("--only", default="")
    asked.add_argument("--seed", type=int, default=3)
    asked.add_argument("--results", type=Path)
    given = asked.parse_args()
    rng = random.Random(given.seed)
    kinds = [k for k in KINDS if not given.only or k.name == given.only]
    shares = sum(k.share for k in kinds)
    times = {k.name: math.ceil(given.most * k.share / shares) for k in kinds}
    trials = []
    without_looks()
    for kind in [k for k in kinds if times[k.name] > 1]:  # making one ready takes longer than a kill
        trials.append(killed(kind, times[kind.name], rng))
        print(table(trials).splitlines()[-2], file=sys.stderr, flush=True)
    text = table(trials)
    print("\n".join([text, *(w for t in trials for w in t.wrong)]))
    if given.results is not None:
        given.results.write_text(f"{text}\n", encoding="utf-8")
    return 1 if any(t.wrong for t in trials) else 0


if __name__ == "__main__":
    sys.exit(run())
