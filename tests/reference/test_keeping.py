"""Keeping, run by run: every evaluator does what a plain state machine of the definition does, and all agree on any history."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from segdsl.model.clock import Clock
from tests.support.answers import Answers, by_duckdb, by_reference, model_of

START = dt.date(2026, 10, 1)
DAY = dt.timedelta(days=1)
FORMS = {
    "until": "keep until health < 40",
    "lasting": "keep for 10 days",
    "monthly": "keep until end of calendar month",
    "later": "keep until end of next calendar month",
    "staying": "stay at least 7 days",
    "both": "keep for 3 days stay at least 5 days",
}
MODEL = """
entity account from created_at {
  account_id: text key
  created_at: timestamp
  health:     integer
  active:     boolean
}
""" + "\n".join(
    f"""
table {name}_runs of account from runs of {name} starting {START}
segmentation {name} of account where active {{
  segment top {{ when health > 80 }}
  segment good {{ when health > 60 {clauses} }}
  otherwise rest
}}"""
    for name, clauses in FORMS.items()
)


@dataclass
class Place:
    """Where one customer is by one rule: the arm, since when without a break, and when its data last said `good`."""

    arm: str | None = None
    since: dt.datetime | None = None
    said_good: dt.datetime | None = None


def month_after(moment: dt.datetime, months: int) -> dt.datetime:
    """The first instant of the month that is so many months after that of the moment."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return dt.datetime(year, month + 1, 1)


Still = Callable[[Place, dt.datetime, int], bool]
STILL: Mapping[str, Still] = {
    "until": lambda place, now, health: health >= 40,
    "lasting": lambda place, now, health: place.said_good is not None and now <= place.said_good + 10 * DAY,
    "monthly": lambda place, now, health: place.said_good is not None and now < month_after(place.said_good, 1),
    "later": lambda place, now, health: place.said_good is not None and now < month_after(place.said_good, 2),
    "staying": lambda place, now, health: place.since is not None and now < place.since + 7 * DAY,
    "both": lambda place, now, health: (
        (place.said_good is not None and now <= place.said_good + 3 * DAY)
        or (place.since is not None and now < place.since + 5 * DAY)
    ),
}


@dataclass
class Machine:
    """Enters, keeps and leaves, one run after another; knows nothing of rows."""

    still: Still
    places: dict[str, Place] = field(default_factory=dict)

    def run(self, key: str, now: dt.datetime, health: int | None, active: bool) -> tuple[str | None, str | None]:
        """Where the customer is after this run, and where the data of the run alone would have it."""
        place = self.places.setdefault(key, Place())
        by_data = "top" if health and health > 80 else "good" if health and health > 60 else "rest"
        arm: str | None = by_data
        if not active:
            arm, by_data = None, ""
        elif health is None:
            arm, by_data = None, ""  # what isn't known places nobody, and is not kept either: `until` can't be told
            if place.arm == "good" and self.still is not STILL["until"] and self.still(place, now, 0):
                arm = "good"
        elif by_data == "rest" and place.arm == "good" and self.still(place, now, health):
            arm = "good"
        if by_data == "good":
            place.said_good = now
        if arm != place.arm:
            place.arm, place.since = arm, now
        return arm, by_data or None


def days_of_runs(seed: random.Random, sparse: bool) -> list[dt.datetime]:
    first = dt.datetime.combine(START, dt.time())
    days = [first + n * DAY for n in range(75) if not sparse or n == 0 or seed.random() < 0.25]
    return [d + dt.timedelta(hours=seed.choice((0, 0, 0, 9))) for d in days]


def simulated(seed: random.Random, sparse: bool, evaluate: Callable[[dict[str, Any], Clock], Answers]) -> None:
    """Runs on many days, each of which remembers what it said, beside the machines."""
    machines = {name: Machine(still) for name, still in STILL.items()}
    customers = {f"c{n}": seed.choice((START, START, START + 20 * DAY)) for n in range(6)}
    health: dict[str, int | None] = {key: seed.randrange(30, 90) for key in customers}
    rows: dict[str, Any] = {f"{name}_runs": [] for name in FORMS}
    for now in days_of_runs(seed, sparse):
        for key in customers:
            before = health[key] if health[key] is not None else 50
            assert before is not None
            health[key] = None if seed.random() < 0.03 else min(95, max(25, before + seed.randrange(-14, 15)))
        active = {key: seed.random() > 0.04 for key in customers}
        rows["account"] = [
            {"account_id": key, "created_at": dt.datetime.combine(came, dt.time()), "health": health[key], "active": active[key]}
            for key, came in customers.items()
        ]  # fmt: skip
        answers = evaluate(rows, Clock(now, ZoneInfo("UTC")))
        for key, answer in answers.items():
            for name, machine in machines.items():
                expected = machine.run(key, now, health[key], active[key])
                said = answer[name], answer[f"{name}_by_data"]
                assert said == expected, f"{name} of {key} on {now}: {said}, and the machine says {expected}"
                row = {"account_id": key, "as_of": now, "arm": said[0], "by_data": said[1]}
                rows[f"{name}_runs"].append(row)


@pytest.mark.slow
@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_the_reference_does_what_the_machine_does(seed: int, sparse: bool) -> None:
    model = model_of(MODEL)
    simulated(random.Random(seed), sparse, lambda rows, clock: by_reference(model, "account", rows, clock))


@pytest.mark.long
def test_duckdb_does_what_the_machine_does(con: duckdb.DuckDBPyConnection) -> None:
    model = model_of(MODEL)
    simulated(random.Random(7), True, lambda rows, clock: by_duckdb(con, model, "account", rows, clock))
