"""English clauses, filters of CRMs and the same in German, French and Spanish, written down before their reader existed.

Each line of `english.tsv` and of `phrases.tsv` (over `EXAMPLE_MODEL`) is what is written, and what is meant: after one edit from its
message, both take the same customers.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from segdsl.diagnostics import render
from segdsl.phrasebook.row import EXAMPLE_MODEL
from segdsl.workspace.load import Workspace
from tests.support.whom import Customers, answers, mended, segment, workspace

HERE = Path(__file__).parent
MODEL = (HERE / "english.model").read_text(encoding="utf-8")
AT_ONCE = 40


def lines(name: str) -> list[list[str]]:
    return [line.split("\t") for line in (HERE / f"{name}.tsv").read_text(encoding="utf-8").splitlines()]


PARTS = [
    (model, every[start : start + AT_ONCE])
    for model, every in ((MODEL, lines("english")), (EXAMPLE_MODEL, lines("phrases")))
    for start in range(0, len(every), AT_ONCE)
]


def segments(conditions: list[str]) -> str:
    return "".join(segment(c).replace("segment s", f"segment s{i}", 1) for i, c in enumerate(conditions))


@pytest.mark.sample(4)
@pytest.mark.slow
@pytest.mark.parametrize(("model", "part"), PARTS)
def test_a_clause_is_mended_from_its_message(model: str, part: list[list[str]]) -> None:
    written, meant = segments([w for w, _ in part]), segments([m for _, m in part])
    wanted = workspace(model, meant)
    assert isinstance(wanted, Workspace), [render(d) for d in wanted.diagnostics]
    edited = [workspace(model, text) for text in mended(model, written)]
    assert [render(d) for e in edited for d in e.diagnostics if d.severity == "error"] == []
    customers = Customers(wanted.model.schema, written + meant).rows()
    whom = answers(wanted, customers)
    got = [answers(e, customers) for e in edited if isinstance(e, Workspace)]
    assert [line for i, line in enumerate(part) if all(g[f"s{i}"] != whom[f"s{i}"] for g in got)] == []


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("logged in recently", "how long is `recently`?"),
        ("has a lot of tickets", "how many is `a lot of`?"),
        ("is likely to churn", "not what is likely"),
        ("arr is high", "`high` needs a border"),
        ("the renewal is soon", "how near is `soon`?"),
        ("logs in often", "how often is `often`?"),
        ("arr dropped by half", "since when?"),
        ("is unhappy", "the data doesn't hold `unhappy`"),
        ("plan is business or higher", "the values of `plan` have no order"),
        ("plan has never been enterprise", "a field holds its present value alone"),
        ("has been on trial for 14 days", "since when a field has had its value"),
        ("plan is platinum", '`plan` is one of "free", "team", "business", "enterprise"'),
        ("NPS is a detractor", "`last(surveys.nps)` is a number"),
    ],
)
def test_what_cannot_be_said_is_answered_in_a_sentence(written: str, said: str) -> None:
    """And never with a line that means something else."""
    found = [d for d in workspace(MODEL, segment(written)).diagnostics if d.severity == "error"]
    assert any(said in d.help and not d.label for d in found), [(d.label, d.help) for d in found]
    assert all(d.fix is None and "write: `" not in d.help for d in found)


@pytest.mark.parametrize(
    ("written", "note"),
    [
        ("renewal_date < 12/31/2026", "the day first"),
        ("renewal_date < 2026/11/12", "the day first"),
        ("tickets other than low", "needs a border"),
        ("born before 1990", "1990"),
        ("age at least 18", "18"),
        ("discount > .5", ">= 5"),
        ("new: created less than 90 days ago", "needs a border"),
        ("arr frobs changed in a year", "since when"),
        ("the last survey is below the one before", "is a time"),
        ("arr is more than 100 per frob", "is a number"),
        ("twice as many frobs as logins", "how many"),
    ],
)
def test_a_note_that_does_not_belong_is_not_said(written: str, note: str) -> None:
    assert not [d.help for d in workspace(MODEL, segment(written)).diagnostics if note in d.help]


@pytest.mark.parametrize(
    "written",
    [
        "country is in the list nordics",
        "country is not in the table nordics",
        "country is the segment nordics",
        "account_name looks like test",
        "industry is in the last 2 invoices",
        "no meeting is scheduled",
        "seats_used over seats_purchased is at least 90%",
    ],
)
def test_what_is_not_read_is_no_text_and_gets_no_line(written: str) -> None:
    """A list that isn't there, a verb that isn't known, rows that lie ahead without an end."""
    found = [d for d in workspace(MODEL, segment(written)).diagnostics if d.severity == "error"]
    assert found and all(d.fix is None and "write: `" not in d.help for d in found), [d.help for d in found]


@pytest.mark.parametrize(
    "written",
    [
        "never not paid an invoice",
        "tickets both urgent and high",
        "logged in only on mobile",
        "customer is over 30 years old",
        "customer older than 65 years",
        "birthday in the next 7 days",
        "age at least 18",
        "last 3 logins more than 5",
        "has had unpaid invoices for 30 days",
        "csm changed",
        "csm ist gepflegt",
        "country is not neither ES nor PT",
        "more logins than in the last 30 days",
        "more tickets than tickets last month",
        "logged in between 9 and 17",
        "owes us more than 5000",
        "never made it past adoption",
        "exactly two of these: arr over 5, plan is team, tier is gold",
        "at least two of these: arr, plan is team, tier is gold",
        "arr above 20k even if tier is bronze",
        "gave us a present",
        "count(tickets in the 30 days before that) > 2",
        "seats purchased above 50, but only the 20 largest",
        "arr above 20k, but only the 20 nicest per csm",
        "plan is team, but only if it is worth it",
        "plan is team unless somebody asked and arr is above 20k",
        "renewal_date in next 90 days (120 days for others)",
        "a failed invoice and nobody noticed within 7 days",
        "interests has 3",
        "discount is half of arr",
        "will renew",
        "arr over 10k (in dollars)",
    ],
)
def test_what_would_change_its_meaning_gets_no_line(written: str) -> None:
    """Two negations, `both` and `only` of one row, years of a person where the model has both a birth and a beginning."""
    model = MODEL.replace("account_name:", "birth_date: date\n  account_name:", 1)
    found = [d for d in workspace(model, segment(written)).diagnostics if d.severity == "error"]
    assert found and all(d.fix is None and "write: `" not in d.help for d in found), [d.help for d in found]


@pytest.mark.parametrize(
    "written", ["arr fell a bit", "plan has never been enterprise", "is likely to churn", "the fee is high"]
)
def test_no_example_has_names_that_the_model_lacks(written: str) -> None:
    model = 'entity account { account_id: text key  plan: one of ("free", "enterprise")  fee: number }'
    found = [d for d in workspace(model, segment(written)).diagnostics if d.severity == "error"]
    said = " ".join(d.help for d in found)
    assert said and not re.search(r"stage_changes|\barr >|change\(seats|logins|nps", said), said


def test_no_word_of_a_line_that_is_not_shown_is_blamed() -> None:
    found = workspace(MODEL, segment("renewal_date >= last calendar month")).diagnostics
    assert all("`in` can't stand here" not in d.message for d in found)


@pytest.mark.parametrize(
    ("written", "readings"),
    [
        ("renewal_date is within 30 days", ("renewal_date in next 30 days", "renewal_date in last 30 days")),
        ("tickets were opened in the last month", ("any(tickets in last 1 month)", "any(tickets in last calendar month)")),
        ("renewal_date > 3 months", ("renewal_date > 3 months after today` (ahead), or: `renewal_date < 3 months before today` (ago",)),
        ("last login > 30 days ago", ("last(logins.occurred_at) > 30 days ago", "last(logins.occurred_at) < 30 days ago")),
        ("arr of 20.000 or more", ("arr >= 20_000", "arr >= 20")),
        ('region in "DE, AT"', ('region in ("DE", "AT")', 'region = "DE, AT"')),
        ("renewal_date < 03/04/2026", ("renewal_date < 2026-04-03` (the day first), or: `renewal_date < 2026-03-04` (the month first)",)),
        ("invoice amount is above 500", ("any(invoices where amount > 500)", "last(invoices.amount) > 500")),
        ("more than 5 tickets or meetings", ("count(tickets) + count(meetings) > 5", "(count(tickets) > 5 or count(meetings) > 5)")),
        ("no tickets and no logins this month", ("none(tickets in this calendar month) and none(logins in this calendar month)", "none(tickets) and none(logins in this calendar month)")),
        ("no credit", ("billing.credit = 0", "billing.credit is missing")),
        ("two invoices failed", ('count(invoices where status = "failed") >= 2', 'count(invoices where status = "failed") = 2')),
        ("the last login was more than 30 days ago", ("last(logins.occurred_at) < 30 days ago", "none(logins in last 30 days)")),
        ("plan is team and arr > 5_000 or region is DE", ('(plan = "team" and arr > 5_000) or region = "DE"', 'plan = "team" and (arr > 5_000 or region = "DE")')),
    ],
)  # fmt: skip
def test_both_readings_are_said_where_two_are_possible(written: str, readings: tuple[str, ...]) -> None:
    found = [d for d in workspace(MODEL, segment(written)).diagnostics if d.severity == "error"]
    assert [d.help for d in found if all(f"`{r}" in d.help for r in readings)], [d.help for d in found]
