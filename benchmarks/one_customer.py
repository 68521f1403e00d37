"""One customer, and 10,000 in a frame: `decide` and `evaluate` beside plain Python, rule-engine, zen-engine and pandas masks.

By hand, in an environment of its own, since the project needs none of these libraries:

    python -m venv /somewhere && /somewhere/bin/pip install . -r benchmarks/one_customer.requirements.txt
    /somewhere/bin/python -m benchmarks.one_customer

30 segments of 4 conditions on 6 fields, none of them missing; all alternatives first give the same answers for 2,000 customers.
"""

from __future__ import annotations

import importlib
import random
import sys
import time
from collections.abc import Callable
from typing import Any

import pandas as pd

import segdsl
from benchmarks.measure import medians, table

ROUNDS = 15
AS_OF = "2026-11-01"
MODEL = """
entity account {
  account_id: text key  arr: integer  seats: integer  logins: integer  region: text  plan: one of ("free", "team", "pro")  paying: boolean
}
"""
Clause = tuple[str, str, Any]
Customer = dict[str, Any]


def drawn_rules(drawn: random.Random) -> list[list[Clause]]:
    """Segments of four clauses each."""
    return [
        [
            ("arr", drawn.choice([">", "<="]), drawn.randrange(0, 3_000)),
            ("seats", drawn.choice([">=", "<"]), drawn.randrange(1, 40)),
            drawn.choice([("region", "=", drawn.choice(["north", "south"])), ("logins", ">", drawn.randrange(0, 20))]),
            ("plan", drawn.choice(["=", "!="]), drawn.choice(["free", "team", "pro"])),
        ]
        for _ in range(30)
    ]


def drawn_customers(drawn: random.Random, number: int) -> list[Customer]:
    return [
        {
            "account_id": f"a{i}", "arr": drawn.randrange(3_000), "seats": drawn.randrange(1, 40), "logins": drawn.randrange(20),
            "region": drawn.choice(["north", "south", "west"]), "plan": drawn.choice(["free", "team", "pro"]), "paying": drawn.random() < 0.8,
        }
        for i in range(number)
    ]  # fmt: skip


def written(clauses: list[Clause], equal: str, field: Callable[[str], str], text: Callable[[str], str]) -> str:
    operators = {"=": equal}
    return " and ".join(
        f"{field(f)} {operators.get(op, op)} {text(v) if isinstance(v, str) else v}" for f, op, v in clauses
    )


def by_python(rules: list[list[Clause]]) -> Callable[[Customer], list[bool]]:
    source = ", ".join(written(r, "==", lambda f: f"c[{f!r}]", repr) for r in rules)
    places: Callable[[Customer], list[bool]] = eval(f"lambda c: [{source}]")
    return places


def by_rule_engine(rules: list[list[Clause]]) -> Callable[[Customer], list[bool]]:
    engine: Any = importlib.import_module("rule_engine")
    compiled = [engine.Rule(written(r, "==", str, repr)) for r in rules]
    return lambda c: [rule.matches(c) for rule in compiled]


def by_zen(rules: list[list[Clause]]) -> Callable[[Customer], list[bool]]:
    engine: Any = importlib.import_module("zen")
    compiled = [engine.compile_expression(written(r, "==", str, repr)) for r in rules]
    return lambda c: [rule.evaluate(c) for rule in compiled]


def by_masks(rules: list[list[Clause]], frame: pd.DataFrame) -> pd.DataFrame:
    compare: dict[str, Callable[[Any, Any], Any]] = {
        "=": lambda a, b: a == b, "!=": lambda a, b: a != b, ">": lambda a, b: a > b,
        "<": lambda a, b: a < b, ">=": lambda a, b: a >= b, "<=": lambda a, b: a <= b,
    }  # fmt: skip
    places = {}
    for i, clauses in enumerate(rules):
        mask = True
        for f, op, v in clauses:
            mask &= compare[op](frame[f], v)
        places[f"s{i}"] = mask
    return pd.DataFrame(places)


def main() -> None:
    drawn = random.Random(1)
    clauses, customers = drawn_rules(drawn), drawn_customers(drawn, 10_000)
    segments = (
        f"segment s{i} of account {{ when {written(c, '=', str, lambda v: f'{chr(34)}{v}{chr(34)}')} }}"
        for i, c in enumerate(clauses)
    )
    rules = segdsl.loads("\n".join([MODEL, *segments]))
    frame = pd.DataFrame(customers)
    alone: dict[str, Callable[[Customer], Any]] = {
        "plain Python": by_python(clauses),
        "rule-engine": by_rule_engine(clauses),
        "zen-engine": by_zen(clauses),
    }
    expected = by_masks(clauses, frame)
    by_engine = rules.evaluate({"account": frame}, AS_OF).set_index("entity_id").loc[frame["account_id"]]
    assert (by_engine.to_numpy(dtype=bool) == expected.to_numpy()).all()
    for customer, row in zip(customers[:2_000], expected.to_numpy().tolist()):
        decided = rules.decide(customer, as_of=AS_OF)
        assert decided is not None and [decided[f"s{i}"] for i in range(len(clauses))] == row
        assert all(place(customer) == row for place in alone.values())

    some = customers[:200]
    alone["segdsl decide"] = lambda c: rules.decide(c, as_of=AS_OF)
    asked = {name: lambda place=place: [place(c) for c in some] for name, place in alone.items()}
    seconds = {name: 1_000_000 * s / len(some) for name, s in medians(asked, ROUNDS, time.process_time).items()}
    sys.stdout.write(
        f"One customer, medians of {ROUNDS} rounds of {len(some)} customers, in microseconds of the processor\n"
    )
    sys.stdout.write(table(seconds, "segdsl decide").replace("| seconds |", "| µs |") + "\n\n")
    frames = {
        "segdsl evaluate": lambda: rules.evaluate({"account": frame}, AS_OF),
        "segdsl decide, one by one": lambda: [rules.decide(c, as_of=AS_OF) for c in customers],
        "pandas masks": lambda: by_masks(clauses, frame),
    }
    sys.stdout.write(f"{len(customers):,} customers, medians of {ROUNDS} rounds, in seconds of the processor\n")
    sys.stdout.write(table(medians(frames, ROUNDS, time.process_time), "pandas masks") + "\n")


if __name__ == "__main__":
    main()
