"""Parts of SQL that several questions about a play have."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from segdsl.activation.account.facts import Answers
from segdsl.data.sql_text import text
from segdsl.model import expr as k
from segdsl.model.play import ADDRESSES_IGNORE, Suppression
from segdsl.sql import spell

NO_DAYS = "SELECT NULL::VARCHAR AS customer, NULL::DATE AS day WHERE false"
NO_CONTACTS = "SELECT NULL::VARCHAR AS key, NULL::DATE AS day WHERE false"
NO_OTHERS = (
    "SELECT NULL::VARCHAR AS key, NULL::VARCHAR AS list, NULL::BOOLEAN AS refused, NULL::DATE AS day WHERE false"
)


def folded(address: str) -> str:
    """An address as it is compared, as SQL; NULL for one without a letter."""
    return f"nullif({spell.folded(exp.var(address), ADDRESSES_IGNORE).sql('duckdb')}, '')"


def suppression(suppressions: Sequence[Suppression], answers: Answers, row: str) -> str:
    """The first list or segment that a row is in, or of which that is unknown."""
    cases = [f"WHEN {answers.of(s.condition, row)} IS DISTINCT FROM false THEN {text(s.name)}" for s in suppressions]
    return f"CASE {' '.join(cases)} END" if cases else "NULL::VARCHAR"


def part_of(answers: Answers, per: k.Expr | None) -> str:
    """The part of the customers in which a capacity counts, as a text."""
    return "''" if per is None else f"CAST({answers.of(per, 'c')} AS VARCHAR)"


def first_line(lines: Sequence[tuple[str, str, str]]) -> str:
    """`line` and `detail` of the first of (condition, line, detail) that holds, else `gets`."""
    line = " ".join(f"WHEN {c} THEN {text(n)}" for c, n, _ in lines)
    detail = " ".join(f"WHEN {c} THEN {d}" for c, _, d in lines)
    return f"CASE {line} ELSE 'gets' END AS line, CASE {detail} ELSE NULL END AS detail"


def any_holds(lines: Sequence[tuple[str, str, str]]) -> str:
    return f"({' OR '.join(c for c, _, _ in lines)})"


def date(day: object) -> str:
    return f"DATE {text(str(day))}"
