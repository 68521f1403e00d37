"""An input -> what each command made of it, in a child process with bounds of its own."""

from __future__ import annotations

import itertools
import json
import os
import re
import resource
import shutil
import signal
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

from click.testing import CliRunner

from segdsl.cli import main
from segdsl.diagnostics import UNSEEN, Source
from segdsl.lang.parse import parse
from tests.fuzz.inputs import Corpus, Input, write

MOST_SECONDS, MOST_BYTES = 10, 1 << 30
"""Of CPU, and of memory at the most, for one command."""
_STYLE = re.compile(r"\x1b\[[0-9;]*m")
_MB = 1 << 20
Lines = frozenset[tuple[str, int, int]]
"""Steps from line to line: a file, from and to."""


class Watch(Protocol):
    """What is told of the lines that a command goes through, in the child."""

    def start(self) -> None: ...
    def new_steps(self) -> list[tuple[str, int, int]]: ...


@dataclass(frozen=True)
class Ran:
    """A command on an input: CPU seconds, memory at the most in bytes, and what was wrong with it, if anything."""

    input: Input
    command: tuple[str, ...]
    seconds: float
    memory: int
    exit: int
    fault: str = ""


@dataclass
class Tally:
    """What became of inputs: `kinds` counts them by how they were made, `parsed` those of rules without a mistake of syntax."""

    kinds: dict[str, int] = field(default_factory=dict)
    parsed: dict[str, int] = field(default_factory=dict)
    ran: list[Ran] = field(default_factory=list)
    steps: set[tuple[str, int, int]] = field(default_factory=set)

    @property
    def faults(self) -> list[Ran]:
        return [r for r in self.ran if r.fault]


def tried(inputs: Iterable[Input], scratch: Path, watch: Watch | None = None) -> Iterator[Tally]:
    """The tally after each input; it is one and the same."""
    tally = Tally()
    for given in inputs:
        tally.kinds[given.kind] = tally.kinds.get(given.kind, 0) + 1
        if given.rules:
            texts = [Source("x", r.decode("utf-8", "replace")) for r in given.rules]
            parses = not any(d.severity == "error" for source in texts for d in parse(source)[1])
            tally.parsed[given.kind] = tally.parsed.get(given.kind, 0) + parses
        ran, steps = on(given, scratch, watch)
        tally.ran += ran
        tally.steps |= steps
        yield tally


def on(given: Input, scratch: Path, watch: Watch | None = None) -> tuple[list[Ran], Lines]:
    """Runs an input's commands one after the other in a child, which dies of what takes too long."""
    base = _base(given.corpus, scratch)
    folder = scratch / "workspace"
    shutil.rmtree(folder, ignore_errors=True)
    write(folder, {**given.corpus.files, **given.changed})
    commands = [tuple(part.replace("{base}", os.path.relpath(base, folder)) for part in c) for c in given.commands]
    read, told = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            with os.fdopen(told, "w") as pipe:
                _in_child(folder, commands, pipe, watch)
        finally:
            os._exit(0)
    os.close(told)
    with os.fdopen(read) as pipe:
        lines = [json.loads(line) for line in pipe]
    _, status = os.waitpid(child, 0)
    ran = [Ran(given, c, **line) for c, line in zip(commands, (x for x in lines if "seconds" in x))]
    if len(ran) < len(commands):
        ended = (
            f"over {MOST_SECONDS} s of CPU"
            if os.WTERMSIG(status) == signal.SIGPROF
            else f"ended by signal {os.WTERMSIG(status)}"
        )
        ran.append(Ran(given, commands[len(ran)], MOST_SECONDS, 0, -1, ended))  # fmt: skip
    return ran, frozenset(tuple(step) for x in lines for step in x.get("steps", ()))


def _base(corpus: Corpus, scratch: Path) -> Path:
    folder = scratch / f"base-{abs(hash(tuple(corpus.files.items())))}"
    if not folder.exists():
        write(folder, corpus.files)
    return folder


def _in_child(folder: Path, commands: list[tuple[str, ...]], pipe: IO[str], watch: Watch | None) -> None:
    os.chdir(folder)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if watch is not None:
        watch.start()
    for command in commands:
        signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
        signal.alarm(60 * MOST_SECONDS)  # of the clock: a machine may have much to do
        before = _cpu()
        exit, fault = judged(command)
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        if not fault and used > MOST_BYTES:
            fault = f"{used // _MB} MB"
        print(json.dumps({"seconds": _cpu() - before, "memory": used, "exit": exit, "fault": fault}), file=pipe, flush=True)  # fmt: skip
    signal.setitimer(signal.ITIMER_PROF, 0)
    if watch is not None:
        print(json.dumps({"steps": watch.new_steps()}), file=pipe, flush=True)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def judged(command: tuple[str, ...]) -> tuple[int, str]:
    """A command's exit code, and what is wrong with how it ended or with what it printed."""
    result = CliRunner().invoke(main, list(command))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        where = [f for f in traceback.extract_tb(result.exception.__traceback__) if "/segdsl/" in f.filename]
        place = f" at {Path(where[-1].filename).name}:{where[-1].lineno}" if where else ""
        return result.exit_code, f"{type(result.exception).__name__}: {str(result.exception)[:200]}{place}"
    if result.exit_code not in (0, 1, 2, 3, 4):
        return result.exit_code, f"exit {result.exit_code}"
    output = _STYLE.sub("", result.stdout + result.stderr)
    unseen = {c for c in UNSEEN.findall(output) if c not in "\n"}
    if unseen:
        return result.exit_code, f"prints {', '.join(sorted(f'U+{ord(c):04X}' for c in unseen))}"
    return result.exit_code, ""


def slowest(ran: Iterable[Ran], most: int = 10) -> list[Ran]:
    """One of each input."""
    by_time = sorted(ran, key=lambda r: -r.seconds)
    first = {r.input.number: r for r in reversed(by_time)}
    return list(itertools.islice(sorted(first.values(), key=lambda r: -r.seconds), most))


def shown(value: Any) -> str:
    return str(value).encode("unicode_escape").decode()
