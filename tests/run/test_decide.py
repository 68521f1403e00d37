"""One customer at once: what `evaluate` says of it, from values as Python and JSON have them; and what is refused."""

from __future__ import annotations

import datetime as dt
import json
import os
import threading
from collections import Counter
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, assume, given, seed, settings

import segdsl
from segdsl import DataError, Refusal, RulesError
from segdsl.compiled.function import Compiled, compiled
from segdsl.model import types as ty
from segdsl.model import versions
from segdsl.model.clock import Clock
from segdsl.model.segment import Model
from segdsl.run import decide
from segdsl.run.decide import decider
from segdsl.run.errors import UsageError
from tests.support.answers import by_reference, model_of
from tests.support.worlds import SCHEMA, Case, cases

MODEL = """
entity account from created_at {
  account_id: text key
  created_at: date
  parent: link to account reverse children
  plan: one of ("free", "team")
  arr: money(USD)
  seats: integer from 0 to 1_000
  score: number
  ratio: real
  paying: boolean
  renewal: date
  seen: timestamp
  email: text personal
  tags: set of text
  app: version
}
entity user of account by account_id reverse users { user_id: integer key  role: text }
table logins of user by user_id at at { device: text }
table invoices of account by account_id at due: date { amount: money(USD) }
details billing of account by account_id { autopay: boolean }
list watched = ("x", "y")
"""


# -- the same as the other ways --------------------------------------------------------------

WORLDS = int(os.environ.get("SEGDSL_WORLDS", "120")) // 4


def as_python_has_it(cell: Any, typed: ty.Type) -> object:
    """A canonical cell as a caller has it."""
    if cell is None:
        return None
    match typed:
        case ty.Money(currency):
            return Decimal(cell) / ty.minor_units(currency)
        case ty.Number():
            return Decimal(cell).scaleb(-ty.NUMBER_PLACES)
        case ty.Version():
            return versions.decoded(cell)
        case ty.Timestamp():
            return cell.replace(tzinfo=dt.UTC).astimezone(ZoneInfo("Asia/Kathmandu"))
        case ty.Date():
            return cell.isoformat()
        case ty.SetOfText():
            return sorted(cell)
        case _:
            return cell


def given_rows(model: Model, rows: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, object]]]:
    relations = model.schema.relations
    return {
        name: [
            {
                f: as_python_has_it(cell, relations[name].fields[f].type)
                for f, cell in row.items()
                if f in relations[name].fields
            }
            for row in listed
        ]
        for name, listed in rows.items()
        if relations[name].kind != "list"
    }


@pytest.mark.slow
def test_each_customer_alone_is_where_the_reference_has_it() -> None:
    """Of generated worlds, by each rule that doesn't compare customers."""
    seen: Counter[object] = Counter()

    @seed(20261202)
    @settings(
        max_examples=WORLDS, deadline=None, database=None, suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink], print_blob=True,
    )  # fmt: skip
    @given(cases())
    def agree(case: Case) -> None:
        try:
            model = model_of(SCHEMA + case.rules, case.rows)
        except AssertionError as refused:
            assume("SEG0316" not in str(refused))  # too involved to be a query
            raise
        clock = Clock(case.now, ZoneInfo(case.zone))
        expected, rows = by_reference(model, "account", case.rows, clock), given_rows(model, case.rows)
        for rule in model.rules_of("account"):
            try:
                alone = decider(model, "account", [rule])
            except UsageError:
                seen["refused"] += 1
                continue
            for customer in rows["account"]:
                others = {**rows, "account": [a for a in rows["account"] if a is not customer]}
                place = alone.decide(customer, others, case.now.replace(tzinfo=dt.UTC))
                answer = expected.get(str(customer["account_id"]))
                if place is not None and answer is not None:
                    assert place.pop("entity_id") == customer["account_id"]
                    answer = {column: answer[column] for column in place}
                assert place == answer, f"as of {case.now} in {case.zone}\n{case.rules}"
                seen.update(["there", *place.values()] if place else ["not there"])

    agree()
    assert [what for what in (True, False, None, "assigned", "unknown", "refused", "not there") if not seen[what]] == []


RULES = (
    MODEL
    + """
segment rich of account { when arr >= 100 and plan = "team" }
segment keen of account { when count(users.logins in last 7 days) >= 2 and billing.autopay }
segment billed of account { when sum(invoices.amount) > 50 and parent.plan = "team" }
segment tagged of account { when tags has any ("a", "b") and app >= "10.2" and score > 0.29 and ratio < 0.5 }
segmentation stage of account where paying { segment soon { when renewal in next 90 days } undecided unclear otherwise later }
"""
)
CUSTOMERS = [
    {"account_id": "a", "created_at": "2020-01-01", "parent": "b", "plan": "team", "arr": 100.0, "seats": 3, "score": 0.3, "ratio": 0.1,
     "paying": True, "renewal": "2026-12-01", "seen": "2026-10-31T23:30:00+02:00", "email": "a@example.com", "tags": ["a"], "app": "10.10"},
    {"account_id": "b", "created_at": "2020-01-01", "parent": None, "plan": "team", "arr": 99.99, "seats": 3, "score": 0.29, "ratio": 0.1,
     "paying": None, "renewal": None, "seen": None, "email": None, "tags": ["c"], "app": "9.9"},
    {"account_id": "c", "created_at": "2026-11-02", "parent": "a", "plan": None, "arr": None, "seats": None, "score": None, "ratio": None,
     "paying": False, "renewal": "2027-12-01", "seen": None, "email": None, "tags": None, "app": None},
]  # fmt: skip
ROWS: dict[str, list[dict[str, Any]]] = {
    "user": [{"user_id": 1, "account_id": "a", "role": "admin"}, {"user_id": 2, "account_id": "b", "role": None}],
    "logins": [{"user_id": u, "at": at, "device": None} for u, at in ((1, "2026-10-31"), (1, "2026-10-30"), (2, "2026-10-31"))],
    "invoices": [{"account_id": "a", "due": "2026-10-01", "amount": 20.5}, {"account_id": "a", "due": "2026-10-02", "amount": 30}],
    "billing": [{"account_id": "a", "autopay": True}],
}  # fmt: skip


@pytest.mark.parametrize("as_of", ["2026-11-01", "2026-11-05"])
def test_a_customer_is_the_row_of_a_frame(as_of: str) -> None:
    """Some as JSON has them, read by `evaluate` from frames."""
    rules = segdsl.loads(RULES)
    frames = {name: pd.DataFrame(rows) for name, rows in {"account": CUSTOMERS, **ROWS}.items()}
    frame = rules.evaluate(frames, as_of, entity="account").astype(object)
    expected = {row["entity_id"]: row for row in frame.where(frame.notna(), None).to_dict("records")}
    through_json = json.loads(json.dumps({"account": CUSTOMERS, **ROWS}))
    for customer in through_json["account"]:
        others = [c for c in through_json["account"] if c is not customer]
        assert rules.decide(customer, {**through_json, "account": others}, as_of) == expected.get(
            customer["account_id"]
        )
    assert len(expected) == (3 if as_of == "2026-11-05" else 2), "c begins in between"


# -- values ----------------------------------------------------------------------------------

BIG = MODEL.replace("from created_at ", "")


@pytest.mark.parametrize(("field", "value", "condition", "truth"), [
    ("arr", 100, "arr = 100", True),
    ("arr", Decimal("99.99"), "arr = 99.99", True),
    ("arr", 0.1 + 0.2, "arr = 0.3", True),
    ("arr", 0.125, "arr = 0.12", True),  # half to even, as from a file
    ("arr", "1234.56", "arr = 1234.56", True),
    ("arr", -5, "arr < 0", True),
    ("arr", float("nan"), "arr is missing", True),
    ("arr", np.float64(2.5), "arr = 2.5", True),
    ("seats", 7, "seats = 7", True),
    ("seats", 7.0, "seats = 7", True),
    ("seats", "7", "seats = 7", True),
    ("seats", np.int64(7), "seats = 7", True),
    ("seats", pd.NA, "seats is missing", True),
    ("seats", " ", "seats is missing", True),
    ("score", 0.29, "score = 29%", True),
    ("score", Decimal("0.333333333"), "score < 1 / 3", True),
    ("ratio", 0.1, "ratio = 0.1", True),
    ("ratio", "1e-3", "ratio = 0.001", True),
    ("paying", np.True_, "paying", True),
    ("paying", "False", "paying", False),
    ("paying", 1, "paying", True),
    ("plan", "team", 'plan = "team"', True),
    ("plan", "", "plan is missing", True),
    ("renewal", dt.date(2026, 11, 2), "renewal = 2026-11-02", True),
    ("renewal", dt.datetime(2026, 11, 2), "renewal = 2026-11-02", True),
    ("renewal", "2026-11-02T00:00:00+02:00", "renewal = 2026-11-02", True),
    ("renewal", pd.Timestamp("2026-11-02"), "renewal = 2026-11-02", True),
    ("renewal", pd.NaT, "renewal is missing", True),
    ("seen", "2026-10-31T22:00:00Z", "seen >= 2 hours ago", True),
    ("seen", dt.datetime(2026, 10, 31, 23, 59, tzinfo=ZoneInfo("Asia/Tokyo")), "seen >= 2 hours ago", False),
    ("seen", "2026-10-31 23:00", "seen >= 2 hours ago", True),
    ("seen", dt.date(2026, 10, 31), "seen >= 24 hours ago", True),
    ("email", "ann@example.com", 'email ends with "example.com"', True),
    ("email", 17, 'email = "17"', True),
    ("tags", {"x", "y"}, "size(tags) = 2", True),
    ("tags", [], "size(tags) = 0", True),
    ("tags", ["x", " "], 'tags has any ("x") and size(tags) = 1', True),
    ("tags", ("x",), "tags has any watched", True),
    ("app", "v10.10.1-rc", 'app < "10.10.1" and app > "10.9"', True),
    ("account_id", 17, 'account_id = "17"', True),
    ("account_id", " a ", 'account_id = "a"', True),
])  # fmt: skip
def test_a_value_is_read_as_it_is_meant(field: str, value: object, condition: str, truth: bool) -> None:
    rules = segdsl.loads(f"{BIG} segment it of account {{ when {condition} }}")
    decided = rules.decide({"account_id": "a", field: value}, as_of="2026-11-01")
    assert decided is not None and decided["it"] is truth


@pytest.mark.parametrize(("customer", "message"), [
    ({"arr": "$5"}, "`arr` of `account` is '$5', and should be a number"),
    ({"arr": True}, "should be a number"),
    ({"arr": float("inf")}, "should be a number"),
    ({"arr": 1e17}, "should be a smaller amount"),
    ({"score": 10**18}, "at most 18 digits before the point"),
    ({"seats": 1.5}, "`seats` of `account` is 1.5, and should be a whole number"),
    ({"seats": 1_001}, "`seats` of `account` is 1001, and should be a value from 0 to 1000"),
    ({"seats": float("inf")}, "should be a whole number"),
    ({"plan": "gold"}, '`plan` of `account` is \'gold\', and should be one of "free", "team"'),
    ({"paying": 2}, "should be true or false"),
    ({"renewal": "01/11/2026"}, "should be a day, as in 2026-11-01"),
    ({"renewal": dt.datetime(2026, 11, 1, 9)}, "should be a day"),
    ({"renewal": "2026-02-30"}, "should be a day"),
    ({"seen": 1_790_000_000}, "should be a time, as in 2026-11-01T09:30:00Z"),
    ({"seen": "2026-11-01T25:00"}, "should be a time"),
    ({"email": ["ann@example.com"]}, "`email` of `account` should be a text"),
    ({"tags": "a;b"}, "should be a list of texts"),
    ({"app": 10.1}, "should be a version, as a text such as 10.2.1"),
    ({"account_id": None}, "the customer has no `account_id`, which is its key"),
    ({"account_id": ""}, "the customer has no `account_id`"),
    ({"arr": ...}, "`account` is given without `arr`, which rules read"),
    (("account_id",), "a row of `account` is a tuple, and no dictionary"),
])  # fmt: skip
def test_what_cannot_be_read_is_refused(customer: Any, message: str) -> None:
    """And nothing personal is shown."""
    field = next((f for f in customer if f != "account_id"), "account_id")
    rules = segdsl.loads(f"{BIG} segment it of account {{ when {field} is missing }}")
    with pytest.raises(DataError) as refused:
        rules.decide(
            {f: v for f, v in {"account_id": "a", **customer}.items() if v is not ...}
            if isinstance(customer, dict)
            else customer
        )
    assert message in str(refused.value) and "ann@" not in str(refused.value)


# -- what is needed, and what one customer doesn't decide ------------------------------------


@pytest.mark.parametrize(("rule", "rows", "message"), [
    ("when any(users.logins)", {"user": []}, "no rows of `logins`, which rules read\n  = help: give them: rows={\"logins\": [...]}, an empty list"),
    ("when billing.autopay", {}, "no rows of `billing`"),
    ("when parent.paying", {}, "rules read other rows of `account`, to which links of the customer lead"),
    ("when count(children) > 1", {}, "rules read other rows of `account`"),
    ("when root(parent).paying", {}, "rules read other rows of `account`"),
    ("when any(users where account.paying)", {"user": []}, None),
    ("when any(users.logins)", {"user": [{"user_id": 1}], "logins": [{"user_id": 1}]}, "`logins` is given without `at`"),
    ("when any(users.logins)", {"user": [{}], "logins": []}, "`user` is given without `user_id`"),
    ("when any(users.logins)", {"user": [{"user_id": 1}], "logins": [{"at": "2026-10-31"}]}, "`logins` is given without `user_id`"),
    ("when any(users)", {"user": [{"user_id": 1}, {"user_id": "1"}]}, "a row of `user` has no `user_id`, or the one that another has"),
    ("when parent.paying", {"account": [{"account_id": "a", "parent": None, "paying": True}]}, "the customer itself is given once"),
    ("when any(users)", {"user": [None]}, "a row of `user` is a NoneType"),
])  # fmt: skip
def test_rows_that_rules_read_are_given(rule: str, rows: Any, message: str | None) -> None:
    rules = segdsl.loads(f"{BIG} segment it of account {{ {rule} }}")
    customer = {"account_id": "a", "parent": None, "paying": True}
    if message is None:
        assert rules.decide(customer, rows) == {"entity_id": "a", "it": False}
        return
    with pytest.raises(DataError) as refused:
        rules.decide(customer, rows)
    assert message in str(refused.value)


def test_a_row_of_the_customer_need_not_say_whose_it_is() -> None:
    rules = segdsl.loads(f"{BIG} segment it of account {{ when sum(invoices.amount) > 5 and billing.autopay }}")
    rows = {
        "invoices": [{"due": "2026-10-01", "amount": 6}, {"due": "2026-10-01", "amount": 9, "account_id": "b"}],
        "billing": [{"autopay": True}],
    }
    assert rules.decide({"account_id": "a"}, rows, "2026-11-01") == {"entity_id": "a", "it": True}
    rows["invoices"][0]["amount"] = 5
    assert rules.decide({"account_id": "a"}, rows, "2026-11-01") == {"entity_id": "a", "it": False}


@pytest.mark.parametrize(("text", "message"), [
    ("segment it of account { when arr in top 10% }", "`it` ranks the customer among all, which one customer alone doesn't decide"),
    ("segment it of account { when rank(arr) = 1 }", "`it` ranks the customer among all"),
    ("metric place of account = percentile(arr) segment it of account { when place > 0.5 }", "`it` ranks the customer among all"),
    ("segment it of account { when count(all account per plan) > 2 }", "`it` asks something of all rows of `account`"),
    ("segment it of account { when count(all user) > 2 }", "`it` asks something of all rows of `user`"),
    ("segment it of account { when arr > 5 limit 10 by arr }", "`it` has a limit"),
    ("segmentation it of account { segment big { when arr > 5 limit 10 by arr } otherwise small }", "`it` has a limit"),
    ("segment best of account { when arr > 5 limit 10 by arr } segment it of account { when account in best }", "`it` asks for `best`, which has a limit"),
])  # fmt: skip
def test_rules_that_compare_customers_are_refused_by_name(text: str, message: str) -> None:
    rules = segdsl.loads(f"{BIG} {text} segment small of account {{ when arr < 5 }}")
    with pytest.raises(RulesError) as refused:
        rules.decide({"account_id": "a", "arr": 6})
    assert [d.code for d in refused.value.diagnostics if message in d.message] == ["SEG0624"]
    assert "give all customers to evaluate(); or name the other rules: rules=['small']" in str(refused.value)
    assert rules.decide({"account_id": "a", "arr": 6}, rules=["small"]) == {"entity_id": "a", "small": False}


def test_what_is_asked_for_exists() -> None:
    rules = segdsl.loads(
        f'{BIG} segment it of account {{ when arr > 5 }} segment admin of user {{ when role = "admin" }}'
    )
    customer = {"account_id": "a", "arr": 6}
    for options, message in (
        ({}, "2 entities"),
        ({"rules": ["x"]}, "no segment or segmentation `x`"),
        ({"entity": "x"}, "no rule is about"),
    ):
        with pytest.raises(RulesError, match=message):
            rules.decide(customer, **options)  # type: ignore[arg-type]
    with pytest.raises(RulesError, match="is no date"):
        rules.decide(customer, as_of="soon", entity="account")
    with pytest.raises(Refusal, match="arr"):
        segdsl.loads("segment x of account { when arr > 5 }").decide(customer)
    assert rules.decide({"user_id": 1, "role": "admin"}, entity="user") == {"entity_id": 1, "admin": True}


# -- as of, and again ------------------------------------------------------------------------


def test_each_call_has_its_own_time() -> None:
    rules = segdsl.loads(
        f"{BIG} segment it of account {{ when renewal = today and seen < now }}", timezone="America/New_York"
    )
    customer = {"account_id": "a", "renewal": "2026-11-01", "seen": "2026-11-01T05:00:00Z"}
    times = {
        "2026-11-01": False,
        dt.datetime(2026, 11, 1, 2): True,
        "2026-11-02": False,
        dt.datetime(2026, 11, 1, 2, tzinfo=dt.UTC): False,
    }
    for as_of, truth in [*times.items(), *times.items()]:
        decided = rules.decide(customer, as_of=as_of)
        assert decided is not None and decided["it"] is truth, as_of
    zone = ZoneInfo("America/New_York")
    today = {**customer, "renewal": dt.datetime.now(zone).date(), "seen": "2026-11-01"}
    assert rules.decide(today) == rules.decide(today, as_of="today") == {"entity_id": "a", "it": True}


def test_rules_are_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compilations: list[object] = []

    def counted(*arguments: Any) -> Compiled:
        compilations.append(arguments)
        return compiled(*arguments)

    monkeypatch.setattr(decide, "compiled", counted)
    rules = segdsl.loads(f"{BIG} segment it of account {{ when arr > 5 }} segment other of account {{ when arr < 5 }}")
    for arr in range(20):
        assert rules.decide({"account_id": "a", "arr": arr}) == {"entity_id": "a", "it": arr > 5, "other": arr < 5}
        assert rules.decide({"account_id": "a", "arr": arr}, rules=["it"]) == {"entity_id": "a", "it": arr > 5}
    assert len(compilations) == 2


def test_several_threads_ask_at_once() -> None:
    rules = segdsl.loads(
        f"{BIG} segment it of account {{ when sum(invoices.amount) > arr and renewal in next 3 days }}"
    )
    wrong: list[object] = []

    def ask(number: int) -> None:
        for day in range(1, 28):
            customer = {"account_id": "a", "arr": number, "renewal": dt.date(2026, 11, day)}
            rows = {"invoices": [{"due": "2026-10-01", "amount": day}]}
            decided = rules.decide(customer, rows, dt.date(2026, 11, number))
            if decided != {"entity_id": "a", "it": day > number and number <= day < number + 3}:
                wrong.append((number, day, decided))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
