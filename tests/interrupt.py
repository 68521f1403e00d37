"""Kills `segdsl run` again and again, and looks at what is left. Run: interrupt.py BEFORE AFTER steps|moments

BEFORE is a workspace with one run and new data, AFTER the same once the second run is done. Each time a child process
runs, and is killed by a signal that can't be caught: at each step it takes on the disk, or at any moment. The run
after it must then end where it would have ended anyway. Prints {"killed", "wrong"}.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
import pandas  # noqa: F401  what a child would import, once for all of them

import segdsl.ledger.store as store
import segdsl.run.causes
import segdsl.run.kept
import segdsl.sql.plan
import segdsl.workspace  # noqa: F401
from segdsl.cli import main

NOV = "2026-11-01"
FILES = ("account.csv",)
MOMENTS = int(os.environ.get("SEGDSL_MOMENTS", "40"))


class Steps:
    """Counts steps and kills the process at one of them."""

    def __init__(self, fatal: int) -> None:
        self.fatal, self.taken = fatal, 0

    def step(self) -> None:
        self.taken += 1
        if self.taken == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, act: Any) -> Any:
        def wrapped(*args: Any, **named: Any) -> Any:
            self.step()
            result = act(*args, **named)
            self.step()
            return result

        return wrapped


class Watched:
    """A connection whose statements are steps."""

    def __init__(self, con: duckdb.DuckDBPyConnection, steps: Steps) -> None:
        self._con, self.execute, self.close = con, steps.around(con.execute), steps.around(con.close)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._con, name)


def killed_at_a_moment(folder: Path, seconds: float) -> bool:
    child = os.fork()
    if child == 0:
        _run(folder)
        os._exit(0)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def interrupted(folder: Path, fatal: int) -> bool:
    """Whether a run in a child process was killed at the step; False where it ended before."""
    child = os.fork()
    if child == 0:
        steps = Steps(fatal)
        connect = store._connect
        store._connect = lambda *args, **named: Watched(connect(*args, **named), steps)  # type: ignore[assignment,return-value]
        os.replace, os.fsync = steps.around(os.replace), steps.around(os.fsync)
        _run(folder)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def completed(folder: Path) -> None:
    child = os.fork()
    if child == 0:
        _run(folder)
        os._exit(0)
    os.waitpid(child, 0)


def _run(folder: Path) -> None:
    os.chdir(folder)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        main(["run", "--as-of", NOV, "-o", "out/"])


def seen(folder: Path) -> dict[str, Any]:
    """All that a ledger and an output hold, but for times of the clock."""
    child_safe = f"""
import duckdb, json
con = duckdb.connect({str(folder / ".segdsl" / "ledger.duckdb")!r})
ask = lambda sql: [list(map(str, row)) for row in con.execute(sql).fetchall()]
print(json.dumps([ask("SELECT run_id, as_of, source, fingerprints, sizes, data, keeps_history FROM runs ORDER BY ALL"),
    ask("SELECT * FROM assignments ORDER BY ALL"), ask("SELECT * FROM history ORDER BY ALL"), ask("SELECT * FROM moves ORDER BY ALL"),
    ask("SELECT * FROM publications")]))
"""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        os.dup2(write, 1)
        sys.stdout = os.fdopen(1, "w")
        exec(child_safe, {})
        sys.stdout.flush()
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        ledger = json.loads(pipe.read())
    os.waitpid(child, 0)
    out = folder / "out"
    return {"ledger": ledger, "files": {p.name: p.read_bytes().decode() for p in out.iterdir()}}


def report(before: Path, after: Path, how: str) -> dict[str, Any]:
    old, new = seen(before), seen(after)
    killed, wrong = 0, []
    random.seed(3)
    with tempfile.TemporaryDirectory() as scratch:
        for n in range(1, 1_000 if how == "steps" else MOMENTS + 1):
            folder = Path(scratch) / str(n)
            shutil.copytree(before, folder)
            was_killed = (
                interrupted(folder, n) if how == "steps" else killed_at_a_moment(folder, random.uniform(0.02, 0.5))
            )
            killed += was_killed
            for name in FILES:
                left = (folder / "out" / name).read_bytes().decode()
                if left not in (old["files"][name], new["files"][name]):
                    wrong.append([n, "half a file", name])
                if left == new["files"][name] and seen(folder)["ledger"][1] != new["ledger"][1]:
                    wrong.append([n, "published, but not in the ledger", name])
            completed(folder)
            finished = seen(folder)
            if finished != new:
                wrong.append([n, "differs", [k for k in new if finished[k] != new[k]]])
            shutil.rmtree(folder)
            if wrong or (how == "steps" and not was_killed):
                break
    return {"killed": killed, "wrong": wrong}


if __name__ == "__main__":
    print(json.dumps(report(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])))
