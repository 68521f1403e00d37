"""Plays in large: what multiplies is paid for, so that a stranger's rules can't keep `check` busy. And what says nothing is an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from segdsl import bounds
from segdsl.diagnostics import Source
from segdsl.lint.checks import checked
from segdsl.workspace.config import Config
from segdsl.workspace.load import build, load_workspace

MODEL = "entity account { account_id: text key  arr: money(USD) required }\n"
MANY = {
    "templates": "".join(
        f'play p{i} {{ channel: "a"  merge arr  message file "m.md" }} segment s{i} of account {{ when arr > {i} play p{i} }}\n'
        for i in range(40)
    ),
    "lists × plays": "".join(f'list l{i} = ("a") suppress l{i} play p{i} {{ channel: "a" }}\n' for i in range(150)),
}


@pytest.mark.slow
@pytest.mark.parametrize("rules", MANY.values(), ids=MANY)
def test_what_multiplies_is_paid_for(rules: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "STEPS", 100_000)
    (tmp_path / "segdsl.toml").write_text("", encoding="utf-8")
    (tmp_path / "m.md").write_text("{{ arr }} " * 50, encoding="utf-8")
    (tmp_path / "rules.seg").write_text(MODEL + rules, encoding="utf-8")
    assert {d.code for d in load_workspace(tmp_path).diagnostics if d.severity == "error"} == {"SEG0112"}


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ('expect acme gets p because ""', "`because` names no reason, so any would do"),
        ('expect acme in s because " "', "`because` names no reason, so any would do"),
        ('expect acme in s } entity user { id: text key } holdout 5% of user seed "x"', "no play goes to `user`, so this holds nobody out"),
        ('expect acme in s } entity user { id: text key } holdout 5% of user seed "x" segment t of user { when id = "a" play p }', None),
    ],
)  # fmt: skip
def test_what_says_nothing_is_an_error(rules: str, said: str | None) -> None:
    rest = 'play p { channel: "a" } segment s of account { when arr > 3 play p }'
    text = f'{MODEL} {rest} test "t" {{ account acme {{ arr: 5 }} {rules} {"}" if "because" in rules else ""}'
    workspace = build(Path(), Config(), [Source("rules.seg", text)], [])
    errors = [d.message for d in checked(workspace) if d.severity == "error"]
    assert errors == ([said] if said is not None else [])
