"""A slice of `make fuzz`, the same each time; and each kind of fault, planted, is noticed."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TypeVar

import click
import pytest

from segdsl.cli import check
from segdsl.diagnostics import Source
from segdsl.lang.parse import parse
from tests.fuzz import run
from tests.fuzz.inputs import made, mistaken, small
from tests.fuzz.run import Input, Ran, Tally, on, tried
from tests.fuzz.seeds import seeds

NUMBER = 30
T = TypeVar("T")


def in_clean_process(function: Callable[..., T], *arguments: object) -> T:
    """The result of a function that forks, in a new interpreter: a child of one that has run other tests, and has threads, may crash."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def slice_of(seed: int, number: int, scratch: Path) -> Tally:
    *_, tally = tried((made(seed, n) for n in range(number)), scratch)
    return tally


@pytest.mark.long
def test_no_input_brings_a_command_down(tmp_path: Path) -> None:
    tally = in_clean_process(slice_of, 7, NUMBER, tmp_path)
    assert [f"input {r.input.number}: segdsl {' '.join(r.command)}: {r.fault}" for r in tally.faults] == []
    assert 2 * sum(tally.parsed.values()) >= sum(tally.kinds[kind] for kind in tally.parsed)
    assert len(tally.ran) > 2 * NUMBER


@pytest.mark.slow
def test_an_input_is_the_same_each_time() -> None:
    assert made(7, 3) == made(7, 3) != made(8, 3)


@pytest.mark.slow
def test_the_seeds_are_of_a_sound_model_and_parse(tmp_path: Path) -> None:
    (ran,), _ = in_clean_process(on, Input(0, mistaken(), {}, "sound", (("check",),)), tmp_path)
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


def planted_in(planted: Callable[[], None], most_bytes: int, scratch: Path) -> Ran:
    """What comes of `check` with a fault in the place of its command, within one second of CPU."""
    run.MOST_SECONDS, run.MOST_BYTES = 1, most_bytes
    check.command.callback = lambda **_: planted()
    (ran,), _ = on(Input(0, small(), {}, "planted", (("check",),)), scratch)
    return ran


@pytest.mark.sample(2)
@pytest.mark.parametrize(
    ("planted", "fault"),
    [(ends, "ValueError: of its own"), (prints, "prints U+202E"), (spins, "over 1 s of CPU"), (grows, " MB")],
)
@pytest.mark.slow
def test_a_planted_fault_is_noticed(planted: Callable[[], None], fault: str, tmp_path: Path) -> None:
    ran = in_clean_process(planted_in, planted, 300 << 20 if planted is grows else 1 << 40, tmp_path)
    assert fault in ran.fault
