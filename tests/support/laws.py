"""Answers that a law speaks of."""

from __future__ import annotations

from tests.laws.table import Law
from tests.support.answers import Answers


def kept(answers: Answers, law: Law) -> Answers:
    """Only what the law speaks of."""
    return {key: {rule: answer[rule] for rule in law.expected.get(key, answer)} for key, answer in answers.items()}
