"""A slice of `make fuzz`, the same each time; and each kind of fault, planted, is noticed."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from segdsl.cli import check
from segdsl.diagnostics import Source
from segdsl.lang.parse import parse
from tests.fuzz import run
from tests.fuzz.inputs import made, mistaken, small
from tests.fuzz.run import Input, on, tried
from tests.fuzz.seeds import seeds

NUMBER = 30


@pytest.mark.slow
def test_no_input_brings_a_command_down(tmp_path: Path) -> None:
    *_, tally = tried((made(7, n) for n in range(NUMBER)), tmp_path)
    assert [f"input {r.input.number}: segdsl {' '.join(r.command)}: {r.fault}" for r in tally.faults] == []
    assert 2 * sum(tally.parsed.values()) >= sum(tally.kinds[kind] for kind in tally.parsed)
    assert len(tally.ran) > 2 * NUMBER


@pytest.mark.slow
def test_an_input_is_the_same_each_time() -> None:
    assert made(7, 3) == made(7, 3) != made(8, 3)


def test_the_seeds_are_of_a_sound_model_and_parse(tmp_path: Path) -> None:
    (ran,), _ = on(Input(0, mistaken(), {}, "sound", (("check",),)), tmp_path)
    assert (ran.exit, ran.fault) == (0, "")
    wrong = [seed for seed in seeds() if any(d.severity == "error" for d in parse(Source("x", seed))[1])]
    assert [s for s in wrong if "2026-02-30" not in s] == []


def ends() -> None:
    raise ValueError("of its own")


def prints() -> None:
    click.echo("a\u202eb")


def spins() -> None:
    until = time.process_time() + 60
    while time.process_time() < until:
        pass


def grows() -> None:
    bytearray(300 << 20)


@pytest.mark.parametrize(
    ("planted", "fault"),
    [(ends, "ValueError: of its own"), (prints, "prints U+202E"), (spins, "over 1 s of CPU"), (grows, " MB")],
)
def test_a_planted_fault_is_noticed(
    planted: Callable[[], None], fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "MOST_SECONDS", 1)
    monkeypatch.setattr(run, "MOST_BYTES", 300 << 20 if planted is grows else 1 << 40)
    monkeypatch.setattr(check.command, "callback", lambda **_: planted())
    (ran,), _ = on(Input(0, small(), {}, "planted", (("check",),)), tmp_path)
    assert fault in ran.fault
