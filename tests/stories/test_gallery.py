"""The thirty-seven definitions of `examples/gallery`: their edges on each evaluator, and how they read aloud.

`golden/gallery.txt` has each rule as written beside its English, written anew with UPDATE_GOLDEN=1.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from functools import cache

import duckdb
import pytest

from segdsl.diagnostics import render
from segdsl.testing.run.evaluator import clock_of
from segdsl.testing.run.runner import Evaluators, evaluator_for, run_tests
from segdsl.words import english
from segdsl.words.explain import as_text, explain
from segdsl.workspace.load import Workspace, load_workspace, sound
from tests.support.answers import by_duckdb, by_reference, clock_at
from tests.support.cli import call
from tests.support.paths import GOLDENS, ROOT

pytestmark = pytest.mark.slow

FOLDER = ROOT / "examples" / "gallery"
GOLDEN = GOLDENS / "gallery.txt"


@cache
def gallery() -> Workspace:
    return sound(load_workspace(FOLDER))


@pytest.mark.long
def test_the_edges_of_each_definition(evaluators: Evaluators) -> None:
    workspace = gallery()
    numbers = {int(m[1]) for t in workspace.model.tests if (m := re.match(r"(\d+):", t.title))}
    assert numbers == set(range(1, 38)), "a definition has no test"
    results = list(run_tests(workspace.model.tests, workspace.model, workspace.zone, evaluators))
    assert [(r.title, f.expected, f.actual) for r in results for f in r.failures] == []
    assert [render(d) for r in results for d in r.errors] == []


def test_usage_down_by_a_quarter_to_the_event(con: duckdb.DuckDBPyConnection) -> None:
    """Number 10 with real rows: 60 events and then 45 is exactly a quarter less, 46 isn't."""
    model = gallery().model
    born = dt.datetime(2025, 1, 1)
    earlier, later = dt.datetime(2026, 6, 1), dt.datetime(2026, 9, 1)

    def events(key: str, before: int, after: int) -> list[dict[str, object]]:
        times = [earlier + dt.timedelta(hours=i) for i in range(before)] + [
            later + dt.timedelta(hours=i) for i in range(after)
        ]
        return [{"account_id": key, "happened_at": t} for t in times]

    rows = {
        "account": [{"account_id": k, "created_at": born} for k in ("a", "b", "c")],
        "events": [*events("a", 60, 45), *events("b", 60, 46), *events("c", 49, 0)],
    }
    clock = clock_at("2026-11-01", "Europe/London")
    for answers in (by_reference(model, "account", rows, clock), by_duckdb(con, model, "account", rows, clock)):
        assert {key: a["falling"] for key, a in answers.items()} == {"a": True, "b": False, "c": None}


def test_each_definition_reads_aloud() -> None:
    model = gallery().model
    shown = []
    for rule in (*model.metrics.values(), *model.segments.values(), *model.segmentations.values()):
        assert rule.span is not None
        text = rule.span.source.text
        start = text.rfind("\n", 0, rule.span.start) + 1
        written = re.split(r"\n(?=\S)|\n\n", text[start:])[0].removesuffix("\n}")
        words = [english.of_metric(rule)] if rule.name in model.metrics else english.of_rule(rule)  # type: ignore[arg-type]
        shown.append("\n".join([written, *(f"  → {line}" for line in words)]))
    found = "\n\n".join(shown) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(found, encoding="utf-8")
    assert found == GOLDEN.read_text(encoding="utf-8")


def test_each_definition_of_a_playbook_names_its_source() -> None:
    text = (FOLDER / "playbooks.seg").read_text(encoding="utf-8")
    numbered = re.findall(r"^# (\d+): (.*)\n# (https://\S+)", text, re.MULTILINE)
    assert [int(number) for number, _, _ in numbered] == list(range(26, 38))


def test_the_gallery_has_no_findings() -> None:
    from segdsl.lint.checks import checked

    assert [render(d) for d in checked(gallery())] == []


@pytest.mark.long
def test_every_customer_of_the_edges_is_explained() -> None:
    """No rule is so new that `explain` stops at it; what decided is said."""
    model = gallery().model
    shown = []
    for test in model.tests:
        evaluator = evaluator_for(test, model, clock_of(test, gallery().zone))
        for rule in (*model.segmentations.values(), *model.segments.values()):
            shown += [as_text(explain(evaluator, rule, row)) for row in evaluator.world.rows(rule.entity)]
    text = "\n".join(shown)
    for words in ("have more", "as of", "in words:", "did not exist", "family arr is", "named"):
        assert words in text, words


def test_mistakes_in_them_are_tried() -> None:
    result = call("test", "--mutate", "--workspace", str(FOLDER), cwd=FOLDER)
    assert result.exit_code == 0, result.output
    assert "mistakes that the tests would notice" in result.output
