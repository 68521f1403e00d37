"""Plays in large: what multiplies is paid for, so that a stranger's rules can't keep `check` busy."""

from __future__ import annotations

from pathlib import Path

import pytest

from segdsl import bounds
from segdsl.workspace.load import load_workspace

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
