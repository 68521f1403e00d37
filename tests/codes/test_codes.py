"""The page of each code: its bad example gives just that message, its good one none; the codes are all known."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from segdsl.codes import known_codes, page
from segdsl.diagnostics import Diagnostic, Source, render
from segdsl.lint.checks import checked
from segdsl.workspace.config import Config
from segdsl.workspace.load import build
from tests.support.paths import GOLDENS, PACKAGE

PAGES = PACKAGE / "codes"
MODEL = (GOLDENS / "model.seg").read_text(encoding="utf-8")
BLOCK = re.compile(r"## Not like this\n\n```seg\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)
GOOD = re.compile(r"## But like this\n\n```seg\n(.*?)```", re.DOTALL)
# codes about files, configuration and data: tests/cli/test_bad_input.py shows their messages
ELSEWHERE = {
    c
    for c in known_codes()
    if re.match(r"SEG0[67]|SEG051[1245]|SEG0405|SEG081[78]|SEG082[01]|SEG010[247-9]|SEG011[012]|SEG031[67]", c)
}


def findings(text: str, code: str) -> list[Diagnostic]:
    """On a page about something else, what nothing uses is no matter."""
    workspace = build(Path(), Config(), [Source("model.seg", MODEL), Source("rules.seg", text)], [])
    return [d for d in checked(workspace) if d.code == code or d.code != "SEG0810"]


@pytest.mark.parametrize("code", [c for c in known_codes() if c not in ELSEWHERE])
def test_the_bad_example_gives_the_message_on_the_page(code: str) -> None:
    text = page(code)
    assert text is not None
    match = BLOCK.search(text)
    assert match is not None, f"the page of {code} has no bad example"
    found = findings(match[1], code)
    rendered = "\n".join(render(d) for d in found) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        (PAGES / f"{code}.md").write_text(text[: match.start(2)] + rendered + text[match.end(2) :], encoding="utf-8")
    assert {d.code for d in found} == {code}
    assert rendered == match[2] or os.environ.get("UPDATE_GOLDEN")


@pytest.mark.parametrize("code", known_codes())
def test_the_good_example_is_good(code: str) -> None:
    match = GOOD.search(page(code) or "")
    if match is not None:
        assert [render(d) for d in findings(match[1], code)] == []


def test_every_code_in_the_source_has_a_page_and_the_other_way_round() -> None:
    source = "".join(p.read_text(encoding="utf-8") for p in (PAGES.parent).rglob("*.py"))
    assert set(re.findall(r'"(SEG\d{4})"', source)) == set(known_codes())
