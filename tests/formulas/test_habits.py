"""Formulas in the habits of spreadsheets, SQL, Python, pandas, JavaScript and CRMs: each is mended by one edit from its message.

`conditions.tsv` and `declarations.tsv` were written before the reader was; a row is what is written and what is meant.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from segdsl.diagnostics import render
from segdsl.workspace.load import Workspace
from tests.support.whom import Customers, answers, mended, unlike, workspace

HERE = Path(__file__).parent
MODEL = (HERE / "habits.model").read_text(encoding="utf-8")
AT_ONCE = 30


def table(name: str) -> list[tuple[str, str]]:
    lines = (HERE / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    pairs = [line.replace("\\n", "\n").split("\t") for line in lines]
    return [(written, meant) for written, meant in pairs]


CONDITIONS = table("conditions")


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, len(CONDITIONS), AT_ONCE))
def test_a_condition_is_mended_and_means_what_is_meant(first: int) -> None:
    assert list(unlike(MODEL, CONDITIONS[first : first + AT_ONCE])) == []


@pytest.mark.slow
@pytest.mark.parametrize(("written", "meant"), table("declarations"))
def test_a_declaration_is_mended_and_means_what_is_meant(written: str, meant: str) -> None:
    wanted, edited = workspace(MODEL, meant), workspace(MODEL, mended(MODEL, written)[0])
    assert isinstance(wanted, Workspace) and isinstance(edited, Workspace), [render(d) for d in edited.diagnostics]
    rows = Customers(wanted.model.schema, written + meant).rows()
    ours = [who for name, who in answers(edited, rows).items() if name not in ("vips", "motion")]
    theirs = [who for name, who in answers(wanted, rows).items() if name not in ("vips", "motion")]
    assert ours == theirs
