"""Workspaces with plays, drawn from a seed: channels, plays, customers, people, deliveries, runs and pilots.

Values come from small pools, so that addresses are shared, people refuse, days lie on borders and rooms are full. A seed draws each value
with the share that is written here; Hypothesis would draw the simplest ones, of which nobody gets anything.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import duckdb
from sqlglot import exp

from segdsl.activation.account.facts import questions
from segdsl.activation.account.past import Past
from segdsl.activation.account.walk import Walk
from segdsl.engines.canonical import load
from segdsl.engines.shelf import Shelf
from segdsl.model.clock import Clock
from segdsl.model.folding import fold
from segdsl.model.play import ADDRESSES_IGNORE
from segdsl.reference.account import account
from segdsl.reference.evaluate import Evaluator
from segdsl.reference.today import Given, Today
from segdsl.reference.world import World
from segdsl.sql import dialect
from tests.support.answers import model_of

TODAY = dt.date(2026, 11, 10)  # a Tuesday
Rows = dict[str, list[dict[str, Any]]]

MODEL = """
entity account {
  account_id: text key
  size: integer
  plan: one of ("free", "team")
  region: text
  email: text
  ok: boolean
}
entity user of account by account_id reverse users {
  user_id: text key
  role: one of ("admin", "member")
  email: text
  ok: boolean
  seen: date
  name: text
}
entity lead {
  lead_id: text key
  email: text
  ok: boolean
  hot: boolean
  region: text
}
table large_runs of account from runs of large starting 2026-10-01
table motion_runs of account from runs of motion starting 2026-10-01
table deliveries of account from deliveries
table lead_deliveries of lead from deliveries
list barred of account from "barred.csv"
list bounced from "bounced.csv" { address: text }
segment large of account { when size > 2 play first }
segmentation motion of account {
  segment save { when plan = "team" and size > 1 play second }
  segment grow { when plan = "free" play third }
  otherwise rest
}
segmentation motion_v2 of account candidate of motion {
  segment save { when plan = "team" play third }
  segment grow { when plan = "free" and size > 2 play fifth }
  otherwise rest
}
segment wide of account { when size > 0 play third }
segment hot_leads of lead { when hot play fourth }
segment silent of user { when seen < 2026-11-01 }
segment small of account { when size < 2 }
suppress barred
"""

CONSENTS = ("opt in by ok", "opt in by ok, blank means yes", "opt out by ok, blank means no", "none needed")
TO = (
    "to users",
    'to users where role = "admin"',
    "to first of users where seen in last 30 days by seen",
    "to first of users by role",
)


@dataclass(frozen=True)
class Drawn:
    """A workspace: rules, rows in canonical form, those of lists, what was given on the same day, and who is in a pilot."""

    rules: str
    rows: Rows
    lists: Rows
    given: tuple[Given, ...]
    arms: dict[tuple[str, str], dict[str, str]]


DAYS = [TODAY - dt.timedelta(days=d) for d in (-1, 0, 1, 2, 6, 7, 8, 13, 14, 15, 29, 30, 31, 40)]
INSTANTS = [dt.datetime(2026, 10, 5), dt.datetime(2026, 10, 20), dt.datetime(2026, 11, 3), dt.datetime(2026, 11, 9, 12), dt.datetime(2026, 11, 10)]  # fmt: skip
ADDRESSES = (
    "a@x.example",
    " A@x. example",
    "b@x.example",
    "c@x.example",
    "d@x.example",
    "e@x.example",
    "f@x.example",
    " ",
    "",
)
STATUSES = ("sent", "sent", "in doubt", "would have been sent", "rejected", "withdrawn")


def workspace(seed: int) -> Drawn:
    """Returns the workspace of a seed."""
    return _Draw(Random(seed)).workspace()


def crowded(seed: int) -> Drawn:
    """Returns the workspace of a seed in which many are held out, many share an address, and there is little room. Nothing was given yet."""
    return replace(_Crowd(Random(seed)).workspace(), given=())


def small(of_first: str, customers: dict[str, tuple[int, str]], held_out: Sequence[str] = ()) -> Drawn:
    """A workspace with accounts of some size and address. All of a size above 2 get the play `first`, of which `of_first` says the rest."""
    others = "\n".join(f"play {name} {{ channel: letters }}" for name in ("second", "third", "fourth", "fifth"))
    channels = "\n".join(f"channel {name} {{ address: email  consent: none needed }}" for name in ("email", "letters"))
    rows: Rows = {name: [] for name in ("user", "lead", "deliveries", "lead_deliveries", "large_runs", "motion_runs")}
    rows["account"] = [
        {"account_id": key, "size": size, "plan": None, "region": None, "email": email, "ok": True}
        for key, (size, email) in customers.items()
    ]
    rules = f"{MODEL}\n{channels}\n{others}\nplay first {{ channel: email  {of_first} }}"
    arms = {("account", key): {"motion": ""} for key in held_out}
    return Drawn(rules, rows, {"barred": [], "bounced": []}, (), arms)


class _Draw:
    most: ClassVar = {"account": (1, 9), "user": (0, 14), "lead": (0, 4)}  # the least and the most rows
    addresses: Sequence[str] = ADDRESSES

    def __init__(self, random: Random) -> None:
        self.random = random

    def workspace(self) -> Drawn:
        texts = [MODEL, self.channel("email"), self.channel("letters")]
        texts += [
            self.play(n, "lead" if n == "fourth" else "account")
            for n in ("first", "second", "third", "fourth", "fifth")
        ]
        holdouts = ['holdout 30% of account seed "a"', 'holdout 30% of lead seed "c"']
        texts += self.often(*holdouts, *(['holdout 30% of user seed "b"'] if "  to " in "".join(texts[3:]) else []))
        accounts = [f"a{i}" for i in range(self.random.randint(*self.most["account"]))]
        users = [f"u{i}" for i in range(self.random.randint(*self.most["user"]))]
        leads = [f"a{i}" for i in range(self.random.randint(*self.most["lead"]))]
        rows: Rows = {
            "account": [
                {"account_id": a, "size": self.maybe((0, 1, 2, 3, 4, 5)), "plan": self.maybe(("free", "team", "team")), "region": self.maybe(("north", "south", "south")),
                 "email": self.maybe(self.addresses), "ok": self.maybe((True, True, True, True, True, False))}
                for a in accounts
            ],
            "user": [
                {"user_id": u, "account_id": self.maybe([*accounts, *accounts, "gone"], 10), "role": self.maybe(("admin", "member")), "email": self.maybe(self.addresses),
                 "ok": self.maybe((True, True, True, True, True, False)), "seen": self.maybe(DAYS), "name": self.maybe(("Ann", "Bo"), 6)}
                for u in users
            ],
            "lead": [{"lead_id": n, "email": self.maybe(self.addresses), "ok": self.maybe((True, True, False)), "hot": self.maybe((True, True, False)), "region": self.maybe(("north",), 2)} for n in leads],
            "deliveries": [self.delivery("account_id", [*accounts, "gone"], users, ("first", "second", "third")) for _ in range(self.random.randint(0, 6))],
            "lead_deliveries": [self.delivery("lead_id", leads, [], ("fourth",)) for _ in range(self.random.randint(0, 2))] if leads else [],
            "large_runs": [self.run(accounts, "member", (True, False)) for _ in range(self.random.randint(0, 6))],
            "motion_runs": [self.run(accounts, "arm", ("save", "grow", "rest")) for _ in range(self.random.randint(0, 6))],
        }  # fmt: skip
        lists: Rows = {
            "barred": [{"account_id": a} for a in accounts if self.random.random() < 0.1],
            "bounced": [{"address": a} for a in ("A@X.example", "b@x.example") if self.random.random() < 0.3],
        }
        given = [self.given(accounts, users) for _ in range(self.random.choice((0, 0, 1, 3)))]
        in_pilot = [a for a in accounts if self.random.random() < 0.3]
        arms = {("account", a): {"motion": self.random.choice(("motion_v2", "motion", ""))} for a in in_pilot}
        return Drawn("\n".join(texts), rows, lists, tuple(given), arms)

    def channel(self, name: str) -> str:
        clauses = [
            f"address: email  consent: {self.random.choice(CONSENTS)}",
            *self.some("cooldown 7 days", "suppress bounced"),
        ]
        clauses += self.at_most_one("capacity 1 per day", "capacity 2 per week", "capacity 1 per region per week")
        clauses += self.at_most_one("at most 2 plays per customer per day", "at most 1 play per customer per week")
        return f"channel {name} {{ {'  '.join(clauses)} }}"

    def play(self, name: str, entity: str) -> str:
        is_account = entity == "account"
        clauses = ["channel: " + self.random.choice(("email", "email", "letters", '"csm"'))]
        if is_account and self.random.random() < 0.6:
            clauses.append(self.random.choice(TO))
            clauses += self.some('merge name  message "Dear {{ name }}"', "suppress silent")
        clauses += self.at_most_one("every 30 days", "once per stay")
        clauses += self.at_most_one("cooldown 14 days", "cooldown 1 month")
        clauses += self.at_most_one("priority 5", "priority 10")
        if is_account:
            clauses += self.at_most_one("capacity 1 per day by size", "capacity 2 per region per week by size then by plan", "capacity 1 per plan per month")  # fmt: skip
            clauses += self.some('only when region != "north"', "suppress small")
        return f"play {name} {{ {'  '.join(clauses)} }}"

    def delivery(
        self, key: str, customers: Sequence[str], people: Sequence[str], plays: Sequence[str]
    ) -> dict[str, Any]:
        return {
            key: self.random.choice(customers),
            "day": self.maybe(DAYS, 12),
            "play": self.maybe(plays, 8),
            "channel": self.maybe(("email", "email", "letters", "csm"), 3),
            "recipient": self.maybe([*people, *customers, ""], 3),
            "status": self.maybe(STATUSES, 4),
        }

    def run(self, customers: Sequence[str], column: str, values: Sequence[Any]) -> dict[str, Any]:
        row = {
            "account_id": self.random.choice(customers),
            "as_of": self.random.choice(INSTANTS),
            column: self.maybe(values, 6),
        }
        return row | ({"by_data": row[column]} if column == "arm" else {})

    def given(self, customers: Sequence[str], people: Sequence[str]) -> Given:
        choice = self.random.choice
        play, channel = choice(("first", "second", "third")), choice(("email", "letters", "csm"))
        return Given(play, channel, "account", choice(customers), choice([None, *people]), choice(STATUSES[:4]))

    def maybe(self, values: Sequence[Any], of: int = 9) -> Any:
        """A value, missing once in `of` times."""
        return self.random.choice(values) if self.random.randrange(of) else None

    def some(self, *clauses: str) -> list[str]:
        return [c for c in clauses if self.random.random() < 0.35]

    def often(self, *clauses: str) -> list[str]:
        return self.some(*clauses)

    def at_most_one(self, *clauses: str) -> list[str]:
        return self.random.choice([[], [], *([c] for c in clauses)])


class _Crowd(_Draw):
    most: ClassVar = {"account": (6, 12), "user": (6, 16), "lead": (0, 6)}
    addresses = (*(f"{n}@x.example" for n in "abcdefghijkl"), "A@X.example")

    def channel(self, name: str) -> str:
        clauses = ["address: email  consent: none needed", *self.some("cooldown 7 days")]
        clauses += self.at_most_one("capacity 2 per day", "capacity 3 per week", "capacity 1 per region per week")
        clauses += self.at_most_one("at most 2 plays per customer per day", "at most 1 play per customer per week")
        return f"channel {name} {{ {'  '.join(clauses)} }}"

    def play(self, name: str, entity: str) -> str:
        clauses = ["channel: " + self.random.choice(("email", "email", "letters"))]
        if entity == "account":
            clauses += self.random.choice([[], ["to users"], ["to users"], ["to first of users by role"]])
            clauses += self.at_most_one(
                "capacity 1 per day by size", "capacity 2 per day", "capacity 1 per plan per month"
            )
        clauses += self.at_most_one("every 30 days", "cooldown 14 days")
        clauses += self.at_most_one("priority 5", "priority 10")
        return f"play {name} {{ {'  '.join(clauses)} }}"

    def often(self, *clauses: str) -> list[str]:
        return [c for c in clauses if self.random.random() < 0.9]

    def maybe(self, values: Sequence[Any], of: int = 9) -> Any:
        return super().maybe(values, of * 10)


# -- who gets what -----------------------------------------------------------------------

Lines = dict[tuple[str, str], Any]


class Loaded:
    """An engine over rows in canonical form."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.shelf = Shelf(con, Path(), contextlib.nullcontext)

    def hold(self, query: exp.Query) -> str:
        return self.shelf.put(dialect.duckdb(query))


def by_reference(drawn: Drawn) -> Lines:
    model = model_of(drawn.rules, drawn.lists)
    world = World(model.schema, drawn.rows, Clock.at(TODAY, model.outside.zone))
    lines: Lines = {}
    for one in account(Evaluator(model, world), Today(model, [*drawn.given], drawn.arms)):
        own = {key: (d.line, d.is_held_out) for key, d in one.decisions.items()}
        people = {(key, str(r.key)): (r.line, r.is_held_out) for key, d in one.decisions.items() for r in d.recipients}
        lines[one.play.name, one.use.entity] = own, people
    return lines


def by_engine(drawn: Drawn) -> Lines:
    model = model_of(drawn.rules, drawn.lists)
    clock = Clock.at(TODAY, model.outside.zone)
    lines: Lines = {}
    with duckdb.connect() as con:
        load(con, model.schema, drawn.rows)
        engine: Any = Loaded(con)
        today = Today(model, arms=drawn.arms)
        answers = questions(model, today.piloted).answered(model, engine, clock)
        columns = ("play", "of", "customer", "channel", "status", "recipient")
        given = engine.shelf.put_rows({c: [getattr(g, c) for g in drawn.given] for c in columns})
        walk = Walk(model, engine, clock, Past.of(model, engine, clock), answers, given, today)
        for one in walk.lines():
            own = {
                key: (line, held)
                for key, line, held in con.execute(f"SELECT key, line, held_out FROM {one.customers}").fetchall()
            }
            people = con.execute(f"SELECT customer, key, line, held_out FROM {one.recipients}").fetchall()
            lines[one.play.name, one.use.entity] = own, {(c, k): (line, held) for c, k, line, held in people}
    return lines


def exported(drawn: Drawn, lines: Lines) -> Drawn:
    """The workspace later on the same day, when everything was delivered."""
    model = model_of(drawn.rules, drawn.lists)
    given = [
        Given(
            play,
            model.plays[play].channel,
            entity,
            customer,
            None if model.plays[play].used_for[entity].recipients is None else key,
            "would have been sent" if held or own[customer][1] else "sent",
        )
        for (play, entity), (own, people) in lines.items()
        for (customer, key), (line, held) in people.items()
        if line == "gets" and own[customer][0] == "gets"
    ]
    return replace(drawn, given=tuple(given))


def part_of(made: Drawn, seed: int) -> Drawn:
    """The workspace where only a part of an export was made: one play, or some rows, or of some rows nobody knows whether they were sent."""
    random = Random(seed)
    plays = sorted({g.play for g in made.given})
    one = random.choice(plays) if plays else None
    parts = (
        made.given,
        [g for g in made.given if g.play == one],
        [g for g in made.given if random.random() < 0.5],
        [replace(g, status="in doubt") if g.status == "sent" and random.random() < 0.5 else g for g in made.given],
    )
    return replace(made, given=tuple(random.choice(parts)))


def changed(drawn: Drawn, seed: int) -> Drawn:
    """The workspace when customers and people have come, gone and changed."""
    random, other = Random(seed), _Crowd(Random(seed)).workspace().rows
    rows = dict(drawn.rows)
    for entity, key in (("account", "account_id"), ("user", "user_id"), ("lead", "lead_id")):
        stay = {r[key]: r for r in rows[entity] if random.random() < 0.9}
        rows[entity] = [*(stay | {r[key]: r for r in other[entity] if random.random() < 0.7}).values()]
    return replace(drawn, rows=rows)


def wrongly_given(drawn: Drawn, lines: Lines) -> list[str]:
    """Deliveries that may not be, whatever the plays say: to an address twice, or to whoever is barred or held out of a pilot."""
    users = {u["user_id"]: u for u in drawn.rows["user"]}
    owners = {
        "account": {a["account_id"]: a for a in drawn.rows["account"]},
        "lead": {n["lead_id"]: n for n in drawn.rows["lead"]},
    }
    barred = {r["account_id"] for r in drawn.lists["barred"]}
    wrong = []
    for (play, entity), (own, people) in lines.items():
        given = {c for c, (line, held) in own.items() if line == "gets" and not held}
        wrong += [f"{play} to {c}, who is barred" for c in given & barred if entity == "account"]
        wrong += [
            f"{play} to {c}, whom a pilot holds out" for c in given if "" in drawn.arms.get((entity, c), {}).values()
        ]
        reached = [k for (c, k), (line, held) in people.items() if c in given and line == "gets" and not held]
        addresses = [fold((users.get(k) or owners[entity][k])["email"] or k, ADDRESSES_IGNORE) for k in reached]
        channel = drawn.rules.partition(f"play {play} {{")[2].partition("}")[0]
        if "csm" not in channel and len(set(addresses)) < len(addresses):
            wrong.append(f"{play} to an address twice")
    return wrong


def too_many(drawn: Drawn, lines: Lines) -> list[str]:
    """What a day has too much of, by exports before and these lines together: customers in a room of the day, plays of a customer on a
    channel, and deliveries to one address of a play, or of a channel that cools down.
    """
    model = model_of(drawn.rules, drawn.lists)
    now = {replace(g, status="sent") for g in exported(drawn, lines).given if g.status == "sent"}
    before = {replace(g, status="sent") for g in drawn.given if g.status != "would have been sent"}
    rows = {e: {r[f"{e}_id"]: r for r in drawn.rows[e]} for e in ("account", "user", "lead")}
    reached: dict[tuple[str, str], set[tuple[Given, bool]]] = {}
    for g in now | before:
        entity, key = g.goes_to(model) or ("", "")
        address = fold(rows[entity].get(key, {}).get("email") or "", ADDRESSES_IGNORE) or f"{entity} {key}"
        channel = model.channels[g.channel or ""]
        for what in (g.play, *([channel.name] if channel.cooldown is not None else [])):
            reached.setdefault((what, address), set()).add((g, g in before))
    wrong = [
        f"{what} to {a} twice" for (what, a), to in reached.items() if len(to) > 1 and not all(old for _, old in to)
    ]
    for one in (*model.channels.values(), *model.plays.values()):
        inside = {(g.of, g.customer) for g in now | before if one.name in (g.play, g.channel)}
        is_daily = one.capacity is not None and one.capacity.period == "day"
        if is_daily and one.capacity is not None and len(inside) > one.capacity.count:
            wrong.append(f"{len(inside)} customers get {one.name}")
    for channel in model.channels.values():
        plays = Counter({(g.of, g.customer, g.play): 1 for g in now | before if g.channel == channel.name})
        most = Counter((of, customer) for of, customer, _ in plays)
        wrong += [f"{n} plays by {channel.name} to {c}" for c, n in most.items() if n > channel.most_plays]
    return wrong
