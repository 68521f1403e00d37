"""What advice claims, held by the reference evaluator: rules are drawn, checked, and asked of customers that are drawn, too.

For each code: what it says is so of some customer, or of all, as it says; what it proposes can be written; and the
simplest mistake of its kind gets it.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from segdsl.diagnostics import Diagnostic, Source, Span, has_errors, render
from segdsl.lint.checks import checked
from segdsl.model.clock import Clock
from segdsl.model.dependencies import of_rules
from segdsl.model.segment import Model
from segdsl.reference.evaluate import Evaluator, where_is
from segdsl.reference.world import World
from segdsl.run.time_travel import warnings
from segdsl.workspace.config import About, Config, SourceConfig
from segdsl.workspace.load import build
from tests.support.answers import clock_at, model_of

pytestmark = pytest.mark.slow

MODEL = """
entity account from created_at {
  account_id: text key
  created_at: timestamp fixed
  arr: money(USD) required
  seats: integer
  paying: boolean
  plan: one of ("free", "team") required
  region: text fixed
  renewal: date
  seen: timestamp
  tags: set of text
  parent: link to account reverse children
  churned_at: date
  reason: text known at churned_at
}
details billing of account by acct { autopay: boolean }
entity user of account by account_id reverse users { user_id: text key  role: one of ("admin", "member")  live: boolean required }
entity site of account by account_id reverse sites { history from valid_from to valid_to  site_id: text key  size: integer }
table logins of account by account_id at happened_at { minutes: integer  device: text required }
table invoices of account by account_id at due: date { amount: integer required }
table meetings of account by account_id at held_at known at booked_at { level: text required }
table calls of account by account_id at called_at complete from 2026-09-01 { minutes: integer }
table visits of account by account_id at visited_on: date complete from 2026-09-01 { minutes: integer }
"""
NAMED = MODEL.count("\n") + 1
Rows = dict[str, list[dict[str, Any]]]
Answers = list[str]
"""Where each customer is, as of each clock: in, out, unknown, or an arm."""

AS_OFS = ("2026-11-01", "2026-09-03T10:30", "2026-10-26", "2026-10-25T12:00", "2026-10-05T09:00", "2026-03-09T00:30", "2026-11-02T05:00", "2028-02-29")  # fmt: skip
"""Around changes of clocks of `ZONES`, and around the day from which tables are complete."""
ZONES = ("UTC", "Europe/London", "America/New_York", "Australia/Lord_Howe")
CUSTOMERS = 40


# -- customers -------------------------------------------------------------------------------


class Customers:
    """Rows of the model as of a clock's instant, the promises of the model kept."""

    def __init__(self, at: Clock, seed: object) -> None:
        self.at, self.draw = at, random.Random(f"{seed} {at.now}")

    def any(self, *values: Any) -> Any:
        return self.draw.choice(values)

    def instant(self) -> dt.datetime:
        day = self.at.now - dt.timedelta(days=self.any(0, 1, 2, 6, 7, 8, 20, 29, 30, 31, 60, 89, 90, 100, 400))
        return day - dt.timedelta(hours=self.any(0, 1, 12, 23, 24, 25), minutes=self.any(0, 1))

    def day(self) -> dt.date:
        return self.at.today + dt.timedelta(days=self.any(-400, -90, -31, -30, -29, -7, -1, 0, 1, 7, 29, 30, 31, 90))

    def born(self) -> dt.datetime | None:
        begins = self.at.start_of_day(dt.date(2026, 9, 1))
        return self.any(None, dt.datetime(2019, 1, 1), dt.datetime(2019, 1, 1), self.instant(), self.instant(), begins, begins - dt.timedelta(days=1))  # fmt: skip

    def some(self, most: int) -> range:
        return range(self.any(0, 0, *range(most + 1)))

    def rows(self, customers: int = CUSTOMERS) -> Rows:
        keys = [f"a{i}" for i in range(customers)]
        accounts = [
            {
                "account_id": key, "created_at": self.born(), "arr": self.any(0, 100, 500, 1_000, 100_000), "seats": self.any(None, 0, 1, 3, 5, 6, 10, 50),
                "paying": self.any(None, True, False), "plan": self.any("free", "team"), "region": self.any(None, "eu", "us"), "renewal": self.any(None, self.day()),
                "seen": self.any(None, self.instant()), "tags": self.any(None, frozenset(), frozenset("x"), frozenset("xy"), frozenset("z")), "parent": self.any(None, *keys),
                "churned_at": self.any(None, self.day()), "reason": self.any(None, "price", "quality"),
            }
            for key in keys
        ]  # fmt: skip
        return {
            "account": accounts,
            "billing": [{"acct": k, "autopay": self.any(None, True, False)} for k in keys if self.any(True, False)],
            "user": [{"user_id": f"{k} u{i}", "account_id": k, "role": self.any(None, "admin", "member"), "live": self.any(True, False)} for k in keys for i in self.some(2)],
            "site": [row for k in keys for i in self.some(1) for row in self.site(k, f"{k} s{i}")],
            "logins": [{"account_id": k, "happened_at": self.instant(), "minutes": self.any(None, 0, 3, 6, 30), "device": self.any("web", "ios")} for k in keys for _ in self.some(3)],
            "invoices": [{"account_id": k, "due": self.day(), "amount": self.any(0, 5, 50)} for k in keys for _ in self.some(2)],
            "meetings": [{"account_id": k, "held_at": self.any(self.instant(), self.at.now + dt.timedelta(days=9)), "booked_at": self.instant(), "level": self.any("exec", "csm")} for k in keys for _ in self.some(2)],
            "calls": [{"account_id": k, "called_at": self.instant(), "minutes": self.any(None, 3, 30)} for k in keys for _ in self.some(2)],
            "visits": [{"account_id": k, "visited_on": self.day(), "minutes": self.any(None, 3, 30)} for k in keys for _ in self.some(2)],
        }  # fmt: skip

    def site(self, account: str, key: str) -> list[dict[str, Any]]:
        border = self.instant()
        return [
            {"site_id": key, "account_id": account, "valid_from": start, "valid_to": end, "size": self.any(None, 1, 5)}
            for start, end in ((None, border), (border, None))
        ]


@cache
def drawn(zone: str = "UTC") -> tuple[tuple[Clock, Rows], ...]:
    clocks = [clock_at(as_of, zone) for as_of in AS_OFS]
    return tuple((at, Customers(at, "advice").rows()) for at in clocks)


def evaluators(model: Model, worlds: Iterable[tuple[Clock, Rows]]) -> list[Evaluator]:
    return [Evaluator(model, World(model.schema, rows, at)) for at, rows in worlds]


def answers(asked: Sequence[Evaluator], name: str) -> Answers:
    model = asked[0].model
    rule = model.segments.get(name) or model.segmentations[name]
    return [where_is(e, rule, row) for e in asked for row in e.world.rows("account")]


# -- rules and what is told of them ------------------------------------------------------------


def advice(lines: Sequence[str], *codes: str, zone: str = "UTC") -> dict[int, list[Diagnostic]]:
    """Line -> what is told of it, of these codes; a line is a rule and what it needs."""
    workspace = build(Path(), Config(About(timezone=zone)), [Source("rules.seg", MODEL + "\n".join(lines))], [])
    assert workspace.model is not None, "\n".join(render(d) for d in workspace.diagnostics if d.severity == "error")
    found: dict[int, list[Diagnostic]] = {n: [] for n in range(len(lines))}
    for d in checked(workspace):
        if d.code in codes:
            found[d.place[1] - NAMED].append(d)
    return found


def told(line: str, *codes: str) -> list[Diagnostic]:
    return advice([line], *codes)[0]


def numbered(conditions: Iterable[str], where: str = "") -> list[str]:
    return [f"segment x{i} of account {where}{{ when {c} }}" for i, c in enumerate(conditions)]


def changed(line: str, span: Span, replacement: str) -> str:
    """A line of rules with what stands at a place of the checked text replaced."""
    start = span.start - span.source.text.rindex("\n", 0, span.start) - 1
    assert line[start : start + span.end - span.start] == span.text
    return line[:start] + replacement + line[start + span.end - span.start :]


def model(lines: Iterable[str]) -> Model:
    return model_of(MODEL + "\n".join(lines))


def proposal(d: Diagnostic) -> str:
    """What the help says to write."""
    found = re.search(r"write `(.+?)`(;|,|$)", d.help)
    assert found is not None, d.help
    return found[1]


def none_of(wrong: Sequence[object], because: str = "") -> None:
    """Nothing is wrong, or it is shown a line each."""
    assert not wrong, "\n".join([because, *map(str, wrong)])


def mixed(pool: Sequence[str], seed: str, n: int) -> list[str]:
    """Conditions of one to three of a pool, joined at random."""
    draw = random.Random(seed)
    found = []
    for _ in range(n):
        parts = [f"not ({c})" if draw.random() < 0.25 else f"({c})" for c in draw.sample(pool, draw.choice([1, 2, 2, 3]))]  # fmt: skip
        found.append(draw.choice([" and ", " or "]).join(parts))
    return found


# -- SEG0803: a count compared with 0 ------------------------------------------------------------

COUNTED = [
    "users", "users where live", 'users where role = "admin"', 'users having role = "admin"', "logins in last 30 days", "logins where minutes > 5", 'logins where device = "web"', "logins since renewal",
    "calls", "calls in last 7 days", "calls in last 90 days where minutes > 5", "visits", "visits in last 1 month", "meetings in next 30 days", "sites where size > 1", "children", "parent.logins", "parent.calls in last 7 days",
    "latest 2 logins", "latest 1 logins where minutes > 5", "all account where seats > account.seats", "family(parent)", "invoices followed by logins within 7 days",
]  # fmt: skip
AGAINST_0 = ["> 0", ">= 1", "!= 0", "= 0", "< 1", "<= 0"]
PLACES = [
    "{}", "not ({})", "({}) and paying", "paying or ({})", "(if {} then paying else seats > 1 end)", "(if paying then {} else seats > 1 end)", "(({}) is missing)", "(every week for 2 weeks ({}))",
]  # fmt: skip


def compared_with_0() -> list[str]:
    draw = random.Random("compared with 0")
    conditions = [draw.choice(PLACES).format(f"count({rows}) {end}") for rows in COUNTED for end in AGAINST_0]
    lines = numbered(conditions)
    lines += [f"metric m{i} of account = if count({rows}) = 0 then 1 else 2 end segment y{i} of account {{ when m{i} = 1 }}" for i, rows in enumerate(COUNTED)]  # fmt: skip
    return lines


def rule_of(line: str) -> str:
    (name,) = re.findall(r"\bsegment(?:ation)? (\w+) of", line)
    return str(name)


def test_a_fix_of_SEG0803_changes_nothing_and_its_proposal_decides_as_the_count_does() -> None:
    lines = compared_with_0()
    found = advice(lines, "SEG0803")
    fixes = 0
    worlds = drawn()[:3]
    before = evaluators(model(lines), worlds)
    fixed, written = list(lines), list(lines)
    for n, of_line in found.items():
        for d in of_line:
            assert d.span is not None
            fixes += d.fix is not None
            fixed[n] = changed(lines[n], d.fix.span, d.fix.replacement) if d.fix is not None else lines[n]
            written[n] = changed(lines[n], d.span, proposal(d))
    assert fixes > 10 and all(found.values()), [lines[n] for n, d in found.items() if not d]
    mended, proposed = evaluators(model(fixed), worlds), evaluators(model(written), worlds)
    wrong = []
    for n, line in enumerate(lines):
        name = rule_of(line)
        was = answers(before, name)
        if was != answers(mended, name):
            wrong.append(("the fix changes", line, fixed[n]))
        if "is missing" not in line and any({a, b} == {"in", "out"} for a, b in zip(was, answers(proposed, name))):
            wrong.append(("what is proposed decides otherwise", line, written[n]))
    none_of(wrong)


@pytest.mark.parametrize("condition", [
    "(bands count(logins) { under 1: 1, otherwise: 2 }) = 1", "(bands count(users where live) { under 1: 0, under 5: 1, otherwise: 2, missing: 3 }) > 1",
    "(bands count(calls in last 7 days) { under 0: 1, otherwise: 2 }) = 2",
])  # fmt: skip
def test_what_SEG0803_proposes_can_be_written(condition: str) -> None:
    (line,) = numbered([condition])
    for d in told(line, "SEG0803"):
        assert d.span is not None
        text = changed(line, d.span, proposal(d))
        built = build(Path(), Config(), [Source("rules.seg", MODEL + text)], [])
        assert not has_errors(built.diagnostics), (text, [render(e) for e in built.diagnostics])


# -- SEG0812: `all` over no rows -------------------------------------------------------------------

ALL_OVER = [
    ("logins", "minutes > 5"), ("logins in last 30 days", 'device = "web"'), ("users", "live"), ("users where live", 'role = "admin"'), ("invoices", "amount > 5"), ("invoices in last 3 months", "amount > 5"),
    ("children", "seats > 5"), ("sites", "size > 1"), ("meetings in next 30 days", 'level = "exec"'), ("calls in last 7 days", "minutes > 5"), ("latest 2 invoices", "amount > 5"),
]  # fmt: skip
SIMPLEST = ["{all}", "{all} and paying", "seats > 5 or {all}"]
AROUND_ALL = [
    *SIMPLEST,
    "paying and {all}", "any({rows}) and {all}", "count({rows}) >= 1 and {all}", "{all} and count({rows}) > 2", "(if any({rows}) then {all} else paying end)",
    "(if none({rows}) then paying else {all} end)", "(if count({rows}) = 0 then paying else {all} end)", "not ({all})", "not (none({rows})) and {all}", "(any({rows}) or paying) and {all}", "any({rows}) and (paying or {all})",
    "(if paying then {all} else seats > 5 end)", "none({rows}) or {all}", "not (not ({all}) or none({rows}))",
]  # fmt: skip


def without(rows: Rows, relation: str) -> Rows:
    gone = {"children": ("account", "parent"), "users": ("user", ""), "sites": ("site", "")}.get(relation, (relation, ""))  # fmt: skip
    if gone[1]:
        return rows | {gone[0]: [r | {gone[1]: None} for r in rows[gone[0]]]}
    return rows | {gone[0]: []}


def test_SEG0812_is_of_rules_that_take_customers_for_having_no_rows() -> None:
    """Told only where with `any(…) and` before the `all` somebody without rows would no longer be in; and of the simplest shapes."""
    cases = [(rows, having, around) for rows, having in ALL_OVER[:3] for around in AROUND_ALL]
    cases += [(rows, having, around) for rows, having in ALL_OVER[3:] for around in SIMPLEST]
    lines = numbered(around.format(all=f"all({rows} having {having})", rows=rows) for rows, having, around in cases)
    guarded = numbered(around.format(all=f"(any({rows}) and all({rows} having {having}))", rows=rows) for rows, having, around in cases)  # fmt: skip
    found = advice(lines, "SEG0812")
    with_all, with_both = model(lines), model(guarded)
    wrong, missed = [], []
    for rows, _ in ALL_OVER:
        empty = [(at, without(of_then, rows.removeprefix("latest 2 ").split()[0])) for at, of_then in drawn()[:2]]
        before, after = evaluators(with_all, empty), evaluators(with_both, empty)
        for n, case in enumerate(cases):
            if case[0] != rows:
                continue
            takes = any(a == "in" != b for a, b in zip(answers(before, f"x{n}"), answers(after, f"x{n}")))
            wrong += [lines[n]] if found[n] and not takes else []
            missed += [lines[n]] if takes and not found[n] and case[2] in SIMPLEST else []
    none_of(wrong, "nobody without rows is in because of the `all`")
    none_of(missed, "the simplest mistake gets no advice")


# -- SEG0814: younger than the window --------------------------------------------------------------

NOTHING_IN = [
    "logins in last 30 days", "logins in last 1 month", "logins in last 90 days", "meetings in last 7 days", 'logins in last 30 days where device = "web"', "logins from 31 days ago until 7 days ago", "logins since 30 days ago", "invoices in last 30 days",
    "logins before 30 days ago", 'meetings before 7 days ago where level = "exec"', "logins", "users where live", "logins in last calendar month",
]  # fmt: skip
AROUND_NONE = [
    "none({rows})", "not any({rows})", "none({rows}) and days since created_at >= 400", "any({table} in last 2 days) and none({rows})", "none({rows}) and created_at < 90 days ago", "none({rows}) and count(invoices) > 1",
    "(if days since created_at >= 400 then none({rows}) else seats > 1000 end)",
]  # fmt: skip


def since(rows: str, at: Clock) -> dt.datetime | None:
    """Since when a window looks; None where it has no beginning."""
    window = re.search(r"(?:in last|from|since) (\d+) (day|month)|in (last calendar month)", rows)
    if window is None:
        return None
    if window[3]:
        return at.start_of_day(at.start_of("month", -1))
    moment = at.shift(at.now, -int(window[1]), window[2])
    assert isinstance(moment, dt.datetime)
    return moment


def test_SEG0814_is_of_rules_that_take_the_young_for_a_window_with_a_beginning() -> None:
    cases = [
        (rows, around) for rows in NOTHING_IN for around in AROUND_NONE if "{table}" not in around or " from " in rows
    ]
    lines = numbered(around.format(rows=rows, table=rows.split()[0]) for rows, around in cases)
    found = advice(lines, "SEG0814")
    asked = evaluators(model(lines), drawn())
    wrong = []
    for n, (rows, _) in enumerate(cases):
        young = False
        for e in asked:
            begins = since(rows, e.world.clock)
            born = [(r, r["created_at"]) for r in e.world.rows("account") if r["created_at"] is not None]
            rule = e.model.segments[f"x{n}"]
            young |= begins is not None and any(b > begins and where_is(e, rule, r) == "in" for r, b in born)  # type: ignore[operator]
        if found[n] and not young:
            wrong.append(lines[n])
    none_of(wrong, "told of rules that take nobody who is younger than their window")
    plain = [n for n, (rows, around) in enumerate(cases) if around == AROUND_NONE[0] and since(rows, drawn()[0][0])]
    assert all(found[n] for n in plain), "the simplest mistake gets the advice"


def test_what_SEG0814_proposes_takes_out_the_young_alone() -> None:
    """Whoever is older than the window stays in with the age that the help says, and who is younger goes.

    A month has 28 to 31 days, so four more or less are left open; that of the calendar began 28 to 62 days ago.
    """
    windows = [rows for rows in NOTHING_IN if "calendar" not in rows]
    lines = numbered(f"none({rows})" for rows in windows)
    few = dt.timedelta(days=4)
    wrong = []
    for n, of_line in advice(lines, "SEG0814").items():
        for d in of_line:
            asks = re.search(r"as in `(.+?)`", d.help)
            assert asks is not None, d.help
            (line,) = numbered([f"none({windows[n]}) and {asks[1]}"])
            typed = model([line, f"segment before of account {{ when none({windows[n]}) }}"])
            for e in evaluators(typed, drawn()):
                begins = since(windows[n], e.world.clock)
                for row in e.world.rows("account") if begins is not None else ():
                    born = row["created_at"]
                    assert born is None or isinstance(born, dt.datetime)
                    old = born is None or born < begins - few
                    young = born is not None and born > begins + few
                    was, now = (where_is(e, e.model.segments[name], row) == "in" for name in ("before", "x0"))
                    if was and born is not None and ((old and not now) or (young and now)):
                        wrong.append((windows[n], asks[1], f"born {born} as of {e.world.clock.now}", "still in" if now else "out"))  # fmt: skip
    none_of(list({w[:2]: w for w in wrong}.values()))


# -- SEG0802: unassigned ---------------------------------------------------------------------------

DECIDED_BY = [
    "arr > 5", 'plan = "team"', "seats > 5", "paying", 'region = "eu"', "renewal in next 30 days", "seen in last 7 days", "days since created_at > 30", 'tags has "x"', "billing.autopay", "parent.arr > 5", 'reason = "price"', "root(parent).arr > 5",
    "seats is missing", "paying is missing or paying", "(if seats is missing then arr > 5 else seats > 5 end)", "first_known(seats, 3) > 5", "count(logins) > 1", "count(logins since renewal) > 0", "any(logins)", 'any(logins where device = "web")', "any(logins where minutes > 5)",
    "count(logins where minutes > 5) > 1", "none(logins where minutes > 5)", "all(logins having minutes > 5)", 'all(logins having device = "web")', "sum(logins.minutes) > 5", "sum(invoices.amount) > 5", "average(invoices.amount) > 5", "max(logins.minutes) > 5", "share(users having live) > 50%", "last(logins.device) = \"web\"",
    "count(calls) > 0", "count(calls) = 0", "any(calls)", "none(calls in last 90 days)", "count(calls in last 400 days) > 1", "sum(visits.minutes) > 1", "count_distinct(calls.minutes) > 1", "distinct_days(visits) >= 1", "count(users where count(account.calls) > 0) > 0",
    "any(sites where size > 1)", "count(users where role = \"admin\") > 0", "any(users where role = \"admin\")", "arr in top 10%", "seats in top 3", "(count(logins) > 0 as of 7 days ago)", "every week for 2 weeks (any(logins))", "arr / seats > 3", "any(meetings in next 30 days)", "count(parent.logins) > 0",
    "(bands count(calls) { under 1: 1, otherwise: 2, missing: 3 }) = 3", "count(calls) is missing", "split(\"s\") < 50%",
]  # fmt: skip


def test_SEG0802_is_of_segmentations_that_leave_somebody_unassigned() -> None:
    """Told exactly where some customer that keeps the model's promises stays unassigned."""
    draw = random.Random("unassigned")
    lines = [f"segmentation x{i} of account {{ segment a {{ when {c} }} otherwise rest }}" for i, c in enumerate(DECIDED_BY)]  # fmt: skip
    for i in range(len(DECIDED_BY), 2 * len(DECIDED_BY)):
        one, other, third = draw.sample(DECIDED_BY, 3)
        where = draw.choice(["", "", f"where {third} "])
        lines.append(f"segmentation x{i} of account {where}{{ segment a {{ when {one} }} segment b {{ when {other} }} otherwise rest }}")  # fmt: skip
    found = advice(lines, "SEG0802")
    asked = evaluators(model(lines), drawn())
    unassigned = {n: "unknown" in answers(asked, f"x{n}") for n in range(len(lines))}
    wrong = [("nobody is", lines[n]) for n in found if found[n] and not unassigned[n] and n < len(DECIDED_BY)]
    wrong += [("somebody is, and nothing is told", lines[n]) for n in found if unassigned[n] and not found[n]]
    none_of(wrong, "unassigned")


def test_SEG0802_is_mended_by_an_arm() -> None:
    lines = [f"segmentation x{i} of account {{ segment a {{ when {c} }} undecided unsure otherwise rest }}" for i, c in enumerate(DECIDED_BY)]  # fmt: skip
    assert not any(advice(lines, "SEG0802").values())
    asked = evaluators(model(lines), drawn()[:2])
    assert "unknown" not in {a for i in range(len(lines)) for a in answers(asked, f"x{i}")}


# -- SEG0804: a field asked as of an earlier time ----------------------------------------------------

EARLIER = [
    "seats > 5", "arr > 5 and paying", 'region = "eu"', 'plan = "team"', "renewal in next 30 days", "seen in last 7 days", 'tags has "x"', "billing.autopay", "parent.arr > 5", 'parent.region = "eu"', 'reason = "price"', "days since created_at > 30", "count(logins) > 0",
    "count(logins where minutes > 5) > 0", "any(users where live)", "count(users where role = \"admin\") > 1", "count(users) > 0", "any(sites where size > 1)", "any(invoices having amount > 5)", "logins_per_seat > 1", "account in large", "sum(invoices.amount) > 5 or seats is missing",
    "any(logins since renewal)", "any(children where seats > 5)", "count(calls) > 0", "split(\"s\") < 50%",
]  # fmt: skip
METRICS = "metric logins_per_seat of account = count(logins) / seats segment large of account { when arr > 5 } "
MAY_CHANGE = {
    "account": {"arr": [0, 100_000], "seats": [None, 0, 3, 50], "paying": [None, True, False], "plan": ["free", "team"], "renewal": [None, dt.date(2026, 11, 5), dt.date(2026, 8, 1)], "seen": [None, dt.datetime(2026, 10, 20), dt.datetime(2020, 1, 1)], "tags": [None, frozenset("x"), frozenset()], "parent": [None, "a0", "a1", "a2"]},
    "billing": {"autopay": [None, True, False]}, "user": {"live": [True, False], "role": [None, "admin", "member"]},
}  # fmt: skip
"""What isn't `fixed`, has no history and isn't filled in once."""


def test_SEG0804_names_the_fields_whose_value_of_now_decides() -> None:
    conditions = [f"({c} as of {ago} ago)" for c, ago in zip(EARLIER, itertools.cycle(["7 days", "3 months"]))]
    lines = [METRICS, *numbered(conditions)]
    found = advice(lines, "SEG0804")
    typed = model(lines)
    worlds = drawn()[:2]
    was = {n: answers(evaluators(typed, worlds), f"x{n}") for n in range(len(conditions))}
    decide: dict[int, set[str]] = {n: set() for n in was}
    for relation, fields in MAY_CHANGE.items():
        for field, values in fields.items():
            for value in values:
                other = evaluators(typed, [(at, rows | {relation: [r | {field: value} for r in rows[relation]]}) for at, rows in worlds])  # fmt: skip
                for n, before in was.items():
                    if answers(other, f"x{n}") != before:
                        decide[n].add(field)
    wrong = []
    for n, of_now in decide.items():
        named = {f for d in found[n + 1] for f in re.findall(r"`(\w+)`", d.message)}
        if named != of_now:
            wrong.append((conditions[n], "names", sorted(named), "and what decides is", sorted(of_now)))
    none_of(wrong)


# -- SEG0405: the data is of another day ---------------------------------------------------------------

HELD = """
entity account from created_at {
  account_id: text key
  created_at: timestamp
  seats: integer
  plan: text
  region: text fixed
  churned_at: date
  reason: text known at churned_at
}
details billing of account by acct { autopay: boolean }
entity site of account by account_id reverse sites { history from valid_from to valid_to  site_id: text key  size: integer  kind: text known at seen_at  seen_at: date }
table logins of account by account_id at happened_at { minutes: integer }
table meetings of account by account_id at held_at known at booked_at { level: text }
"""
READS = [
    "seats > 5", 'plan = "team"', 'region = "eu"', 'reason = "price"', "billing.autopay", "any(sites where size > 1)", 'any(sites where kind = "shop")', "count(logins where minutes > 5) > 0", 'any(meetings where level = "exec")', "days since created_at > 30",
]  # fmt: skip
EXPORTED, ASKED = dt.date(2026, 11, 1), dt.date(2026, 10, 1)


def exported(day: dt.date, seed: int) -> Rows:
    """A source's rows as they are on a day: fields that change do so in between, what is filled in later is missing before."""
    draw = random.Random(seed)
    at = dt.datetime.combine(day, dt.time())
    found: Rows = {"account": [], "billing": [], "site": [], "logins": [], "meetings": []}

    def of_then(first: Any, then: Any) -> Any:
        changes = draw.choice([dt.date(2026, 10, 15), dt.date(2026, 9, 1), dt.date(2027, 1, 1)])
        return then if changes <= day else first

    for n in range(30):
        key, born = f"a{n}", draw.choice([dt.datetime(2020, 1, 1), dt.datetime(2026, 9, 20), dt.datetime(2026, 10, 20)])
        churned, reason = draw.choice([None, dt.date(2026, 9, 10), dt.date(2026, 10, 10)]), draw.choice(["price", "quality"])  # fmt: skip
        gone = churned is not None and churned < day
        seats, plan, autopay = of_then(draw.choice([1, 9]), draw.choice([1, 9])), of_then("free", "team"), of_then(False, True)  # fmt: skip
        region = draw.choice(["eu", "us"])
        moved, sizes, kind = draw.choice([dt.datetime(2026, 9, 5), dt.datetime(2026, 10, 5)]), (draw.choice([1, 9]), draw.choice([1, 9])), draw.choice(["shop", "office"])  # fmt: skip
        seen = draw.choice([dt.date(2026, 9, 10), dt.date(2026, 10, 10)])
        rows = [(dt.datetime(2026, 9, 1) + dt.timedelta(days=draw.randrange(60)), draw.choice([1, 9])) for _ in range(2)]  # fmt: skip
        booked = [(when, when + dt.timedelta(days=20), draw.choice(["exec", "csm"])) for when, _ in rows]
        if born >= at:
            continue
        found["account"].append({"account_id": key, "created_at": born, "seats": seats, "plan": plan, "region": region, "churned_at": churned if gone else None, "reason": reason if gone else None})  # fmt: skip
        found["billing"].append({"acct": key, "autopay": autopay})
        ends = moved if moved < at else None
        known = {"kind": kind if seen < day else None, "seen_at": seen if seen < day else None}
        found["site"].append({"site_id": f"s{n}", "account_id": key, "valid_from": born, "valid_to": ends, "size": sizes[0], **known})  # fmt: skip
        if ends is not None and moved > born:
            found["site"].append({"site_id": f"s{n}", "account_id": key, "valid_from": ends, "valid_to": None, "size": sizes[1], **known})  # fmt: skip
        found["logins"] += [{"account_id": key, "happened_at": w, "minutes": m} for w, m in rows if w < at]
        found["meetings"] += [{"account_id": key, "held_at": h, "booked_at": b, "level": level} for b, h, level in booked if b < at]  # fmt: skip
    return found


@pytest.mark.parametrize("together", [1, 2])
def test_SEG0405_names_fields_whose_value_of_then_is_not_in_the_export(together: int) -> None:
    """A run as of an earlier day, on the export of that day and on a later one: where they differ for somebody, and only there, a field is named."""
    draw = random.Random("earlier")
    conditions = READS if together == 1 else [" and ".join(draw.sample(READS, 2)) for _ in range(20)]
    typed = model_of(HELD + "\n".join(numbered(conditions)))
    at = clock_at(str(ASKED))
    source = SourceConfig(snapshot=EXPORTED)
    differ: dict[str, bool] = {}
    for seed in range(8):
        both = evaluators(typed, [(at, exported(ASKED, seed)), (at, exported(EXPORTED, seed))])
        for rule in typed.segments.values():
            then, later = ({r["account_id"]: where_is(e, rule, r) for r in e.world.rows("account")} for e in both)
            differ[rule.name] = differ.get(rule.name, False) or then != later
    wrong = []
    for rule in typed.segments.values():
        found = list(warnings(typed.schema, of_rules(typed, [rule]).columns, source, at))
        if bool(found) != differ[rule.name]:
            wrong.append((conditions[int(rule.name[1:])], "differs" if differ[rule.name] else "is known", [d.message for d in found]))  # fmt: skip
    none_of(wrong)


def test_SEG0405_says_nothing_where_the_data_is_of_the_day() -> None:
    typed = model_of(HELD + "\n".join(numbered(READS)))
    read = of_rules(typed, typed.segments.values()).columns
    assert list(warnings(typed.schema, read, SourceConfig(snapshot=ASKED), clock_at(str(ASKED)))) == []


# -- SEG0805, 0806, 0807, 0808, 0811, 0819: what is proved -----------------------------------------------

ASKED_ALIKE = [
    "seats > 5", "seats >= 6", "seats <= 5", "seats is missing", "seats between 1 and 5", "seats > 50", "arr > 5", "arr <= 5", "arr >= 1_000", 'plan = "team"', 'plan != "free"', 'plan = "free"', "paying", "not paying",
    "seen in last 1 day", "seen in last 24 hours", "seen in last 7 days", "seen > 1 day ago", "days since seen < 1", "hours since seen < 24", "renewal in last 30 days", "renewal in last 1 month", "renewal in next 30 days", "renewal in (2026-10-31)",
    'tags has "x"', 'tags has any ("x", "y")', 'tags has none ("x")', "tags is missing",
    "count(logins) >= 1", "any(logins)", "any(logins in last 1 day)", "any(logins in last 24 hours)", "count(logins in last 7 days) >= 2", "count(logins in last 30 days) >= 2", "none(logins in last 7 days)", "count(logins) >= 0", "count(logins in last 1 day) > count(logins in last 24 hours)",
    "count(calls) >= 0", "count(calls) >= 1", "any(calls)", "none(calls)", "count(calls) = 0", "count(calls in last 7 days) >= 0", "count(visits) < 0", "count_distinct(calls.minutes) >= 0", "distinct_days(visits) >= 0", "count(calls in last 90 days) <= 1", "sum(invoices.amount) >= 5", "min(invoices.amount) <= 5",
    "count(calls before 90 days ago) >= 1", "any(calls before 90 days ago)", "average(invoices.amount) >= 0", "count(users where live) >= 1", "any(users where live)", "count(parent.logins) >= 0", "count(parent.calls) >= 0", "parent is missing",
]  # fmt: skip
PROVED = ("SEG0805", "SEG0806", "SEG0807", "SEG0808", "SEG0811", "SEG0819")


def proved_lines(seed: int, n: int) -> list[str]:
    conditions = mixed(ASKED_ALIKE, f"proved {seed}", n)
    draw = random.Random(seed)
    lines = numbered(conditions[: n // 2])
    for i in range(n // 2, n):
        one, other = conditions[i], draw.choice(conditions)
        lines.append(f"segmentation x{i} of account {{ segment a {{ when {one} }} segment b {{ when {other} }} undecided unsure otherwise rest }}")  # fmt: skip
    return lines


def contradictions(lines: Sequence[str], found: dict[int, list[Diagnostic]], zone: str) -> Iterator[str]:
    """What a customer of a workspace in a zone says against what is told of a rule."""
    asked = evaluators(model(lines), drawn(zone))
    for n, of_line in found.items():
        for d in of_line:
            if any(_speak_against(d, lines, n, asked)):
                yield f"{d.code}: {d.message}: {lines[n]}"


def _speak_against(d: Diagnostic, lines: Sequence[str], n: int, asked: Sequence[Evaluator]) -> Iterator[bool]:
    """Of an arm it is said of those whom no arm before it takes."""
    name = rule_of(lines[n])
    places = answers(asked, name)
    arm = next(iter(re.findall(rf"`{name}\.(\w+)`", d.message)), "in")
    arms = ["in"] if arm == "in" else [a.name for a in asked[0].model.segmentations[name].arms]
    taken = arms[: arms.index(arm) + 1]
    match d.code:
        case "SEG0805" | "SEG0806":
            yield from (p == arm for p in places)
        case "SEG0807":
            yield from (p not in taken for p in places)
        case "SEG0819":
            yield from (p in ("out", "rest") for p in places)
            names = re.findall(r"`(.+?)`", d.message)[1:]
            if names:
                known = " and ".join(f"({name}) is not missing" for name in names)
                typed = model([*lines, f"segment known of account {{ when {known} }}"])
                there = answers([Evaluator(typed, e.world) for e in asked], "known")
                yield from (k == "in" and p not in taken for p, k in zip(places, there))
        case "SEG0811":
            other = re.findall(r"`(\w+)`", d.message)[1]
            yield from ((a == "in") != (b == "in") for a, b in zip(places, answers(asked, other)))
        case _:
            assert d.code == "SEG0808" and d.span is not None
            kept = []
            for constant in ("(account_id is not missing)", "(account_id is missing)"):
                line = changed(lines[n], d.span, constant)
                other_model = model([line if i == n else old for i, old in enumerate(lines)])
                kept.append(answers([Evaluator(other_model, e.world) for e in asked], name) == places)
            yield not any(kept)


@pytest.mark.parametrize("zone", ZONES)
def test_no_customer_speaks_against_what_is_proved(zone: str) -> None:
    lines = proved_lines(ZONES.index(zone), 40)
    found = advice(lines, *PROVED, zone=zone)
    assert sum(map(len, found.values())) > 3
    none_of(list(contradictions(lines, found, zone)))


@pytest.mark.parametrize("pair", [
    ("count(calls) >= 0", "count(calls) < 0 or arr > 5"), ("count(calls before 90 days ago) >= 1", "any(calls before 90 days ago)"), ("seen in last 1 day", "seen in last 24 hours"), ("seen > 1 day ago and seen <= 24 hours ago", "arr < 0"),
    ("any(logins in last 1 day) and none(logins in last 24 hours)", "none(logins in last 1 day) and any(logins in last 24 hours)"), ("renewal in last 30 days", "renewal in last 1 month"), ("count(visits) >= 0 and arr > 5", "arr > 5"),
    ("seen in (2026-10-31) and seen > 2026-10-01", "seen in (2026-10-31)"), ('tags has none ("x")', 'not (tags has "x")'), ("count_distinct(calls.minutes) >= 0", "distinct_days(calls) >= 0"), ("count(parent.logins) >= 0", "parent is not missing"),
])  # fmt: skip
def test_no_customer_speaks_against_what_is_said_of_rules_that_were_proved_wrongly(pair: tuple[str, str]) -> None:
    lines = numbered(pair)
    for zone in ("Europe/London", "Australia/Lord_Howe"):
        none_of(list(contradictions(lines, advice(lines, *PROVED, zone=zone), zone)), zone)


def planted(seed: int) -> list[tuple[str, str]]:
    """(code, rules): the simplest mistake of each kind, its figures drawn."""
    draw = random.Random(seed)
    low, high = sorted(draw.sample(range(1, 1000), 2))
    field = draw.choice(["seats", "count(logins)", "count(logins in last 7 days)", "days since renewal", "sum(invoices.amount)"])  # fmt: skip
    known = draw.choice(["arr", "count(logins)", "count(users where live)"])
    arms = "segmentation x of account {{ segment a {{ when {} }} segment b {{ when {} }} undecided u otherwise rest }}"
    return [
        ("SEG0805", f"segment x of account {{ when {field} > {high} and {field} < {low} }}"),
        ("SEG0806", arms.format(f"{known} > {low}", f"{known} > {high}")),
        ("SEG0807", f"segment x of account {{ when {known} > {low} or {known} < {high} }}"),
        ("SEG0808", f"segment x of account {{ when {field} > {high} and {field} > {low} }}"),
        ("SEG0811", f"segment w of account {{ when {field} > {low} }} segment x of account {{ when not ({field} <= {low}) }}"),
        ("SEG0819", f"segment x of account {{ when seats > {low} or seats < {high} }}"),
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_the_simplest_mistake_of_each_kind_gets_its_advice(seed: int) -> None:
    for code, line in planted(seed):
        assert [d.code for d in told(line, *PROVED)] == [code], line


def test_a_wrong_claim_is_noticed() -> None:
    """The oracle of these properties: each claim, made of a rule of which it isn't so."""
    line = "segment x0 of account { when seats > 5 }"
    other = "segment x1 of account { when seats > 6 }"
    (d,) = told("segment x0 of account { when seats > 5 and seats > 4 }", "SEG0808")
    assert d.span is not None
    for code, message in (
        ("SEG0805", "nobody can ever be in `x0`"), ("SEG0807", "everybody is in `x0`, whatever the data"), ("SEG0811", "`x0` takes the same customers as `x1`"),
        ("SEG0819", "`x0` takes everybody whose `seats` is known: it is never false"), ("SEG0808", "this clause of `x0` has no effect"),
    ):  # fmt: skip
        source = Source("rules.seg", MODEL + line)
        claim = replace(d, code=code, message=message, span=Span(source, len(MODEL) + line.index("seats"), len(MODEL) + line.index(" }")))  # fmt: skip
        assert list(contradictions([line, other], {0: [claim]}, "UTC")), code
