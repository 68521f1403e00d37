"""The workload: customers with 20 columns, events, and rules over them, for segdsl and for whoever writes the same by hand.

The peers import this module in processes that are measured, so it needs the standard library alone.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

AS_OF = dt.date(2026, 11, 1)
KINDS = ("login", "ticket", "export", "invite", "review", "upload", "share", "comment")
WINDOWS = (7, 28, 56, 90, 14, 180, 365)
CATEGORIES = {
    "status": ("active", "trial", "paused", "churned"),
    "plan": ("free", "team", "business", "enterprise"),
    "region": ("EMEA", "APAC", "AMER", "LATAM"),
    "industry": ("retail", "health", "finance", "media", "public", "energy"),
    "route": ("direct", "partner", "online"),
    "size": ("small", "middle", "large"),
}
# each number is drawn evenly from 0 to below this
NUMBERS = {
    "seats": 500,
    "used": 400,
    "nps": 11,
    "health": 101,
    "employees": 5_000,
    "visits": 60,
    "age": 90,
    "credit": 1_000,
}
MONEY = {"arr": 100_000, "spend": 20_000}
# days before and after 1 November 2026
DATES = {"created": (-2_000, 0), "renewal": (-30, 365), "contacted": (-200, 0)}


def _texts(values: Sequence[str]) -> str:
    """Values as segdsl has them."""
    return ", ".join(f'"{v}"' for v in values)


def _literals(values: Sequence[str]) -> str:
    """Values as SQL has them."""
    return ", ".join(f"'{v}'" for v in values)


@dataclass(frozen=True)
class Condition:
    """One condition: `column` is in `values`, is at least `least`, or is a date in the next `days` days."""

    column: str
    values: tuple[str, ...] = ()
    least: int | None = None
    days: int | None = None

    def rule(self) -> str:
        """The condition as segdsl has it."""
        if self.values:
            return f"{self.column} in ({_texts(self.values)})"
        if self.days is not None:
            return f"{self.column} in next {self.days} days"
        return f"{self.column} >= {self.least}"

    def sql(self, as_of: dt.date) -> str:
        """The condition as SQL has it, in DuckDB and Spark."""
        if self.values:
            return f"{self.column} IN ({_literals(self.values)})"
        if self.days is not None:
            return f"({self.column} >= DATE '{as_of}' AND {self.column} < DATE '{as_of + dt.timedelta(self.days)}')"
        return f"{self.column} >= {self.least}"


@dataclass(frozen=True)
class Workload:
    """Sizes of a workload. The same sizes give the same data, rules and queries.

    `each`: events a customer. `counts`: counts of events by kind and window, up to 56. `arms` of the one segmentation, with three
    conditions each, and `segments` of one or two conditions.
    """

    customers: int = 1_000_000
    each: int = 16
    counts: int = 16
    arms: int = 20
    segments: int = 10

    @cached_property
    def aggregates(self) -> list[tuple[str, str, int]]:
        """Name, kind and days of each count; the first 16 are of four kinds and four windows."""
        pairs = [*itertools.product(KINDS[:4], WINDOWS[:4])]
        pairs += [p for p in itertools.product(KINDS, WINDOWS) if p not in pairs]
        return [(f"{kind}_{days}", kind, days) for kind, days in pairs[: self.counts]]

    @cached_property
    def conditions(self) -> list[tuple[Condition, ...]]:
        """The conditions of each arm, then of each segment."""
        rng = random.Random(7)
        return [tuple(self._condition(rng) for _ in range(3)) for _ in range(self.arms)] + [
            tuple(self._condition(rng) for _ in range(1 + i % 2)) for i in range(self.segments)
        ]

    def _condition(self, rng: random.Random) -> Condition:
        kind = rng.choice(("category", "number", "money", "date", "count", "count", "count"))
        if kind == "category":
            column = rng.choice([*CATEGORIES])
            return Condition(column, values=tuple(rng.sample(CATEGORIES[column], 2)))
        if kind == "date":
            return Condition("renewal", days=rng.choice((30, 60, 90, 120)))
        if kind == "count" and self.counts:
            name, _, days = rng.choice(self.aggregates)
            return Condition(name, least=rng.randint(1, 1 + days // 60))
        column = rng.choice([*MONEY]) if kind == "money" else rng.choice([*NUMBERS])
        top = (MONEY | NUMBERS)[column]
        return Condition(column, least=rng.choice((top // 4, top // 2, top * 3 // 4)))

    @property
    def answers(self) -> list[str]:
        """The columns of an answer: the customer, the arm, and each segment."""
        return ["account_id", "motion", *(f"s{i}" for i in range(self.segments))]

    # --- as segdsl has it

    def rules(self) -> str:
        """The rules as a `.seg` file."""
        fields = ["account_id: integer key", *(f"{c}: one of ({_texts(vs)})" for c, vs in CATEGORIES.items())]
        fields += [
            *(f"{c}: integer" for c in NUMBERS),
            *(f"{c}: money(USD)" for c in MONEY),
            *(f"{c}: date" for c in DATES),
        ]
        lines = ["entity account {", *(f"  {f}" for f in fields), "}"]
        kinds = _texts(KINDS)
        lines.append(f"table events of account by account_id at occurred_at {{ kind: one of ({kinds}) required }}")
        lines += [
            f'metric {name} of account = count(events in last {days} days where kind = "{kind}")'
            for name, kind, days in self.aggregates
        ]
        lines.append('segmentation motion of account where status in ("active", "trial", "paused") {')
        arms, segments = self.conditions[: self.arms], self.conditions[self.arms :]
        lines += [f"  segment a{i} {{ when {' and '.join(c.rule() for c in cs)} }}" for i, cs in enumerate(arms)]
        lines += ["  undecided check", "  otherwise steady", "}"]
        lines += [
            f"segment s{i} of account {{ when {' and '.join(c.rule() for c in cs)} }}" for i, cs in enumerate(segments)
        ]
        return "\n".join(lines) + "\n"

    def write_workspace(self, folder: Path, ending: str) -> None:
        """Write `segdsl.toml` and `rules/` over the tables that `make` writes, of files that end in `ending`."""
        (folder / "rules").mkdir(parents=True, exist_ok=True)
        (folder / "rules" / "motion.seg").write_text(self.rules(), encoding="utf-8")
        (folder / "segdsl.toml").write_text(
            '[workspace]\nname = "nightly"\nlanguage = 1\ntimezone = "UTC"\ninclude = ["rules"]\n\n[sources.default]\nengine = "duckdb"\n'
            f'timezone = "UTC"\ntables = {{ account = "account.{ending}", events = "events.{ending}" }}\n',
            encoding="utf-8",
        )

    # --- as one would write it by hand

    def query(self, account: str, events: str, as_of: dt.date) -> str:
        """One scan of the events, one GROUP BY with a FILTER a count, one CASE; for DuckDB and Spark.

        `account` and `events` stand behind FROM.
        """
        longest = max((days for _, _, days in self.aggregates), default=0)
        counts = ",\n  ".join(
            f"count(*) FILTER (WHERE kind = '{kind}' AND occurred_at >= TIMESTAMP '{as_of - dt.timedelta(days)} 00:00:00') AS {name}"
            for name, kind, days in self.aggregates
        )
        arms, segments = self.conditions[: self.arms], self.conditions[self.arms :]
        columns = [
            f"({' AND '.join(c.sql(as_of) for c in cs)}) AS {n}" for cs, n in zip(arms, self.arm_names, strict=True)
        ]
        columns += [f"({' AND '.join(c.sql(as_of) for c in cs)}) AS s{i}" for i, cs in enumerate(segments)]
        takes = " ".join(f"WHEN {n} THEN '{n}'" for n in self.arm_names)
        unknown = " OR ".join(f"{n} IS NULL" for n in self.arm_names)
        source = f"FROM {account} a"
        if self.aggregates:
            source = (
                f"FROM (SELECT a.*, {', '.join(f'coalesce({n}, 0) AS {n}' for n, _, _ in self.aggregates)} FROM {account} a LEFT JOIN (\n"
                f"  SELECT account_id AS account_of,\n  {counts}\n  FROM {events}\n  WHERE occurred_at >= TIMESTAMP '{as_of - dt.timedelta(longest)} 00:00:00'"
                f" AND occurred_at < TIMESTAMP '{as_of} 00:00:00' GROUP BY account_id) ON account_of = a.account_id) a"
            )
        return (
            f"SELECT account_id, CASE WHEN coalesce(status, 'churned') = 'churned' THEN NULL {takes} WHEN {unknown} THEN 'check' ELSE 'steady' END AS motion,\n"
            f"  {', '.join(f's{i}' for i in range(self.segments))}\nFROM (SELECT account_id, status, {', '.join(columns)} {source}) c"
        )

    @property
    def arm_names(self) -> list[str]:
        """Names of the arms, in order."""
        return [f"a{i}" for i in range(self.arms)]

    # --- the data

    def make(self, folder: Path, ending: str) -> None:
        """Write the two tables as Parquet or CSV files; needs DuckDB. One value in twenty of a number or date is missing, and no status."""
        import duckdb

        def draw(salt: int, below: int) -> str:
            return f"CAST(hash(i, {salt}) % {below} AS BIGINT)"

        salt = itertools.count(1)
        columns = ["i AS account_id"]
        columns += [f"{[*vs]}[1 + {draw(next(salt), len(vs))}] AS {c}" for c, vs in CATEGORIES.items()]
        columns += [
            f"CASE WHEN {draw(next(salt), 20)} > 0 THEN {draw(next(salt), top)} END AS {c}"
            for c, top in NUMBERS.items()
        ]
        columns += [
            f"CASE WHEN {draw(next(salt), 20)} > 0 THEN CAST({draw(next(salt), 100 * top)} / 100 AS DECIMAL(18, 2)) END AS {c}"
            for c, top in MONEY.items()
        ]
        columns += [
            f"CASE WHEN {draw(next(salt), 20)} > 0 THEN DATE '{AS_OF}' + CAST({low} + {draw(next(salt), high - low + 1)} AS INTEGER) END AS {c}"
            for c, (low, high) in DATES.items()
        ]
        total = self.customers * self.each
        events = (
            f"SELECT {draw(next(salt), self.customers)} AS account_id, {[*KINDS]}[1 + {draw(next(salt), len(KINDS))}] AS kind, "
            f"TIMESTAMP '{AS_OF + dt.timedelta(7)}' - to_seconds(1 + {draw(next(salt), 372 * 86_400)}) AS occurred_at FROM range({total}) t(i)"
        )
        how = "FORMAT parquet" if ending == "parquet" else "FORMAT csv, HEADER true"
        con = duckdb.connect()
        folder.mkdir(parents=True, exist_ok=True)
        for name, query in (
            ("account", f"SELECT {', '.join(columns)} FROM range({self.customers}) t(i)"),
            ("events", events),
        ):
            con.execute(f"COPY ({query}) TO '{folder / name}.{ending}' ({how})")
