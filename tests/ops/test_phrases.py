"""Every phrase of the library: its examples hold on each evaluator, and it says what a reader needs."""

from __future__ import annotations

import pytest

from segdsl import ops
from segdsl.diagnostics import render
from segdsl.ops.phrase import Phrase
from segdsl.testing.run.runner import Evaluators, run_tests
from tests.support.phrases import workspace_of

PHRASES = list(ops.phrases().values())


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda p: p.name)
def test_examples_hold(phrase: Phrase, evaluators: Evaluators) -> None:
    made = workspace_of(phrase)
    results = list(run_tests(made.model.tests, made.model, made.zone, evaluators))
    assert results, "examples without a test show nothing"
    wrong = [(r.title, f.expected, f.actual) for r in results for f in r.failures]
    errors = [render(d) for r in results for d in r.errors]
    assert not wrong and not errors, (wrong, "\n".join(errors))


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda p: p.name)
def test_it_says_what_a_reader_needs(phrase: Phrase) -> None:
    assert phrase.signature and phrase.english and phrase.meaning.endswith(".")
    assert phrase.name in phrase.signature or not phrase.parameters
