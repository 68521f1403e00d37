"""English in the value of a metric: `values.tsv` has what is written and what is meant; one line of its message gives every customer the same value."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from segdsl.diagnostics import render
from segdsl.workspace.load import Workspace
from tests.support.whom import Customers, answers, workspace

HERE = Path(__file__).parent
MODEL = (HERE / "english.model").read_text(encoding="utf-8")
LINES = [line.split("\t") for line in (HERE / "values.tsv").read_text(encoding="utf-8").splitlines()]


def said(written: list[str]) -> dict[int, list[str]]:
    """The lines that the message about each metric says, by the metric's place."""
    rules = "".join(f"metric m{i} of account = {w}\n" for i, w in enumerate(written))
    found: dict[int, list[str]] = {}
    for d in workspace(MODEL, rules).diagnostics:
        if d.severity == "error" and d.span is not None:
            place = rules.count("\n", 0, d.span.start)
            found.setdefault(place, []).extend(re.findall(r"(?:write|or): `([^`]+)`", d.help))
    return found


def plain(metric: str, meant: str) -> str:
    """A metric as `same` takes it: a condition as a number."""
    is_condition = re.match(r"any\(", meant) or meant.endswith("is missing")
    return f"if {metric} then 1 else 0 end" if is_condition else metric


@pytest.mark.slow
def test_a_value_in_english_is_mended_from_its_message() -> None:
    lines = said([written for written, _ in LINES])
    parses = [i for i in range(len(LINES)) if i not in lines]  # its names are looked up where all parses
    lines |= {i: said([LINES[i][0]]).get(0, []) for i in parses}
    assert [LINES[i] for i in range(len(LINES)) if not lines.get(i)] == []
    rules = ""
    for i, (_, meant) in enumerate(LINES):
        rules += (
            f"metric meant{i} of account = {meant}\nsegment known{i} of account {{ when meant{i} is not missing }}\n"
        )
        for j, line in enumerate(lines[i]):
            rules += f"metric line{i}_{j} of account = {line}\n"
            rules += f"segment unlike{i}_{j} of account {{ when not same({plain(f'line{i}_{j}', meant)}, {plain(f'meant{i}', meant)}) }}\n"
    built = workspace(MODEL, rules)
    assert isinstance(built, Workspace), [render(d) for d in built.diagnostics if d.severity == "error"]
    customers = Customers(built.model.schema, rules).rows()
    accounts = customers["account"]
    for i, account in enumerate(accounts):
        account["parent"] = accounts[i // 3]["account_id"] if i % 4 else None
    whom = answers(built, customers)
    unlike = [all(whom[f"unlike{i}_{j}"] for j in range(len(lines[i]))) for i in range(len(LINES))]
    assert [line for line, is_unlike in zip(LINES, unlike) if is_unlike] == []
    assert [line for i, line in enumerate(LINES) if not whom[f"known{i}"]] == []


@pytest.mark.parametrize(
    "right",
    [
        "arr / seats_purchased",
        "days since created_at",
        'if arr > 5 then "a" else "b" end',
        "count(users) + 1",
        "arr > 5",
    ],
)
def test_what_is_right_stays_beside_a_mistake(right: str) -> None:
    """A mistake elsewhere in the file says nothing of a value that is right."""
    rules = f"metric m of account = {right}\nmetric n of account = number of open tickets\n"
    found = [d for d in workspace(MODEL, rules).diagnostics if d.severity == "error"]
    assert [rules.count("\n", 0, d.span.start) for d in found if d.span is not None] == [1]


@pytest.mark.parametrize(
    "unsaid",
    [
        "return rate",
        "the mood",
        "number of happy users",
        "longest time between logins",
        '"a" when arr is under 5, "b"',
        '"a" when arr is under 5, "b" when tier is huge, "c" for the rest',
        "region, or whatever",
        "place of birth",
        "rank by arr, smallest first",
    ],
)
def test_what_is_not_read_gets_no_line(unsaid: str) -> None:
    assert said([unsaid]).get(0) == []


def test_a_metric_of_rows_reads_their_fields() -> None:
    found = workspace(MODEL, "metric late of tickets = days since opened_at is more than 3\n").diagnostics
    assert [d.fix.replacement for d in found if d.fix is not None] == ["days since opened_at > 3"]
