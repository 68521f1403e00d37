"""`python -m tests.check_law SIDE NAME`: ends with 0 where a law holds, 1 where it doesn't, else crashes."""

from __future__ import annotations

import sys

import duckdb

from tests.conftest import by_duckdb, by_reference, clock_at, model_of
from tests.laws import LAWS, SCHEMA
from tests.test_meaning import kept


def main(side: str, name: str) -> int:
    law = next(x for x in LAWS if x.name == name)
    model = model_of(SCHEMA + law.rules, law.rows)
    clock = clock_at(law.as_of, law.zone)
    if side == "reference":
        answers = by_reference(model, "account", law.rows, clock)
    else:
        answers = by_duckdb(duckdb.connect(), model, "account", law.rows, clock)
    return 0 if kept(answers, law) == law.expected else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
