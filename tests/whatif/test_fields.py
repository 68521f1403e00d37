"""`segdsl fields`: what rules can read, and what the data has of it."""

from __future__ import annotations

from pathlib import Path

from tests.support.cli import as_json, call

MODEL = """
entity a { id: text key  email: text personal  plan: one of ("free", "pro")  arr: money(USD)  boss: link to a  gone: date }
table ev of a by id at t { n: integer }
segment big of a { when arr > 10 }
metric busyness "How busy" of a = count(ev)
segmentation g of a { segment busy { when count(ev) > 1 } otherwise rest }
"""
FILES = {
    "a.csv": "id,email,plan,arr,boss\nx,x@y.z,free,5.00,\ny,y@y.z,pro,,x\nz,,pro,5.00,x\nw,,free,7.50,\n",
    "ev.csv": "id,t,n\nx,2026-10-01 09:30,1\n",
    "m.seg": MODEL,
    "segdsl.toml": '[sources.default.tables]\na = "a.csv"\nev = "ev.csv"\n',
}


def workspace(folder: Path) -> Path:
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_what_there_is_by_field(tmp_path: Path) -> None:
    record = as_json(call("fields", "--as-of", "2026-11-01", "--format", "json", cwd=workspace(tmp_path)))
    entity, table = record["relations"]
    assert (entity["kind"], entity["name"], entity["rows"]) == ("entity", "a", 4)
    fields = {f["name"]: (f["type"], f["missing"], f["examples"], f["readers"]) for f in entity["fields"]}
    assert fields == {
        "id": ("text", 0, ['"w"', '"x"', '"y"'], ["g", "big"]),
        "email": ("text", 0.5, [], []),  # personal
        "plan": ('one of ("free", "pro")', 0, [], []),
        "arr": ("money in USD", 0.25, ["USD 5", "USD 7.50"], ["big"]),
        "boss": ("link to a", 0.5, ['"x"'], []),
        "gone": ("a date", None, [], []),  # the data has no such column
    }
    assert [(f["name"], f["examples"]) for f in table["fields"]][1:] == [("t", ["1 Oct 2026 09:30"]), ("n", ["1"])]
    assert entity["metrics"] == [{"name": "busyness", "type": "a whole number", "title": "How busy"}]


def test_one_of_them_as_text(tmp_path: Path) -> None:
    shown = call("fields", "ev", "--as-of", "2026-11-01", cwd=workspace(tmp_path)).output
    assert shown.startswith("table ev   1 row\n")
    assert "entity a" not in shown
    shown = call("fields", "a", "--as-of", "2026-11-01", cwd=tmp_path).output
    lines = [" ".join(line.split()) for line in shown.split("\n")]
    assert 'plan one of "free", "pro"' in lines and "busyness a whole number How busy" in lines
    refused = call("fields", "evv", cwd=tmp_path)
    assert refused.exit_code == 2
    assert "did you mean `ev`?" in refused.output


def test_keys_that_are_personal_are_not_shown_by_links_either(tmp_path: Path) -> None:
    workspace(tmp_path)
    (tmp_path / "m.seg").write_text(MODEL.replace("id: text key ", "id: text key personal "), encoding="utf-8")
    shown = call("fields", "--as-of", "2026-11-01", cwd=tmp_path).output
    assert '"x"' not in shown
    assert '"y"' not in shown


def test_ids_that_are_whole_numbers_are_shown_as_they_are(tmp_path: Path) -> None:
    workspace(tmp_path)
    (tmp_path / "m.seg").write_text("entity a { id: integer key  boss: link to a }\n", encoding="utf-8")
    (tmp_path / "a.csv").write_text("id,boss\n1000,\n2000,1000\n", encoding="utf-8")
    (tmp_path / "segdsl.toml").write_text('[sources.default.tables]\na = "a.csv"\n', encoding="utf-8")
    record = as_json(call("fields", "--as-of", "2026-11-01", "--format", "json", cwd=tmp_path))
    assert [f["examples"] for f in record["relations"][0]["fields"]] == [["1000", "2000"], ["1000"]]
