"""The tutorial and the cheat sheet: what they show is checked, and its tests are run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from segdsl.diagnostics import Source, render
from segdsl.lint.checks import checked
from segdsl.testing.run.runner import Evaluators, run_tests
from segdsl.workspace.config import Config
from segdsl.workspace.load import BrokenWorkspace, Workspace, build, sound
from tests.support.lists import LISTS
from tests.support.paths import ROOT

pytestmark = pytest.mark.slow

DOCS = ROOT / "docs"


def seg_blocks(name: str) -> str:
    return "\n".join(re.findall(r"```seg\n(.*?)```", (DOCS / name).read_text(encoding="utf-8"), re.DOTALL))


def built(text: str, folder: Path = Path()) -> Workspace | BrokenWorkspace:
    return build(folder, Config(), [Source("rules.seg", text)], [])


def test_the_tutorial_is_right_and_its_tests_hold(evaluators: Evaluators) -> None:
    workspace = sound(built(seg_blocks("tutorial.md")))
    assert [render(d) for d in checked(workspace)] == []
    results = list(run_tests(workspace.model.tests, workspace.model, workspace.zone, evaluators))
    assert [r.title for r in results if r.status != "passed"] == []
    assert len(results) == 2


SHEET = (DOCS / "cheatsheet.md").read_text(encoding="utf-8")
CONDITIONS = [
    piece
    for row in re.findall(r"^\| [a-z][^|]* \| (.*) \|$", SHEET.partition("| declaration |")[0], re.MULTILINE)
    for piece in re.findall(r"`([^`]+)`", row)
    if "…" not in piece
    and re.search(r"[=<>]| in | is |has |within|contains|starts|matches|^count\(|^sum\(|^any\(|^rank|^quantile", piece)
]
SAYS = """
metric x_sheet of account = count(logins)
table trials of account by account_id at started_at { product: text }
table activations of account by account_id at activated_at { product: text }
"""


@pytest.mark.parametrize("piece", CONDITIONS)
def test_the_cheat_sheet_is_said_right(piece: str, tmp_path: Path) -> None:
    """Each piece is understood, as a condition or as a value, over the model of language.md."""
    for name, text in LISTS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    for part, subject in (("in bottom", "arr"), ("in ", "renewal_date"), ("has ", "interests")):
        if piece.startswith(part):
            piece = f"{subject} {piece}"
    text = seg_blocks("language.md") + SAYS
    tried = [
        built(f"{text}\nsegment probe of account {{ when {piece} }}", tmp_path),
        built(f"{text}\nmetric probe of account = {piece}", tmp_path),
    ]
    assert any(isinstance(w, Workspace) for w in tried), "\n".join(render(d) for d in tried[0].diagnostics)
