"""`segdsl discover --groups` on riders of three kinds, and of one kind whose numbers go together as much.

What is printed and written is golden: `golden/groups.txt`, written anew with UPDATE_GOLDEN=1.
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import numpy as np
import pytest

from segdsl.diagnostics import Source
from segdsl.lang.format import format_text
from tests.discover.groups import riders
from tests.support.cli import as_json, call
from tests.support.paths import GOLDENS

pytestmark = pytest.mark.long
GOLDEN = GOLDENS / "groups.txt"
ASKED = ("discover", "--groups")


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("kinds")
    riders.write(root)
    return root


@pytest.fixture(scope="module")
def one_kind(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("one")
    riders.write(root, planted=False)
    return root


def test_what_was_planted_is_found_and_written_as_rules(kinds: Path, one_kind: Path) -> None:
    """The file passes `check --strict` and its own tests where it stands."""
    result = call(*ASKED, "-o", "found.seg", cwd=kinds)
    written = (kinds / "found.seg").read_text(encoding="utf-8")
    nothing = call(*ASKED, "-o", "found.seg", cwd=one_kind)
    text = f"{result.stdout}\n--- found.seg\n\n{written}\n--- riders of one kind\n\n{nothing.stdout}"
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert (result.exit_code, nothing.exit_code) == (0, 1)
    assert text == GOLDEN.read_text(encoding="utf-8")
    assert not (one_kind / "found.seg").exists()
    try:
        assert call("check", "--strict", cwd=kinds).exit_code == 0
        assert call("test", cwd=kinds).exit_code == 0
        assert format_text(Source("found.seg", written)) == written
    finally:
        (kinds / "found.seg").unlink()


def test_the_same_answer_twice_taken_names_get_a_number_and_another_seed_draws_others(kinds: Path) -> None:
    first = as_json(call(*ASKED, "--format", "json", cwd=kinds))
    assert len(first["groups"]) == 3 and first["fidelity"]["low"] > 0.9
    assert sum(first["customers"].values()) == 700
    (kinds / "first.seg").write_text('segment rider_groups of rider { when plan = "year" }\n', encoding="utf-8")
    try:
        again = as_json(call(*ASKED, "rider", "--format", "json", cwd=kinds))
    finally:
        (kinds / "first.seg").unlink()
    assert "segmentation rider_groups_2 of rider" in again.pop("rules")
    del first["rules"]
    assert first == again
    other = as_json(call(*ASKED, "--seed", "1", "--format", "json", cwd=kinds))
    assert other["customers"] != first["customers"] and len(other["groups"]) == 3
    left_out = {x["name"]: x["because"] for x in first["left_out"]}
    assert (left_out["email"], left_out["religion"]) == ("is personal", "is sensitive")
    assert "personal" not in str(first["groups"]) and "helmet" in first["facts"]


def made(root: Path, fields: dict[str, tuple[str, list[str]]], tables: str = "", entity: str = "rider") -> Path:
    """A workspace of one entity with these fields: by name, the declared type and the cells."""
    cells = {name: values for name, (_, values) in fields.items()}
    n = len(next(iter(cells.values())))
    declared = "\n".join(f"  {name}: {typed}" for name, (typed, _) in fields.items())
    root.mkdir(exist_ok=True)
    (root / "model.seg").write_text(
        f"entity {entity} {{\n  rider_id: text key\n{declared}\n}}\n{tables}", encoding="utf-8"
    )
    toml = riders.TOML.replace('rides = "rides.csv"\n', "").replace("rider = ", f"{entity} = ")
    (root / "segdsl.toml").write_text(toml, encoding="utf-8")
    lines = [",".join(["rider_id", *cells])] + [
        ",".join([f"r{i:05}", *(c[i] for c in cells.values())]) for i in range(n)
    ]
    (root / "riders.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return root


def normal(n: int, seed: int) -> tuple[str, list[str]]:
    return "number", [f"{x:.2f}" for x in np.random.default_rng(seed).normal(50, 10, n)]


def days(n: int, seed: int) -> tuple[str, list[str]]:
    since = np.random.default_rng(seed).integers(1, 2_000, n)
    return "date", [f"{riders.DAY - dt.timedelta(days=int(d))}" for d in since]


BAD = {
    "no field but the key and a personal one": ({"email": ("text personal", ["x@y.org"] * 200)}, 3, "too little is known"),
    "eight customers": ({"a": normal(8, 1), "b": normal(8, 2)}, 1, "it takes 100 at least"),
    "one number": ({"a": normal(200, 1)}, 3, "at least two numbers"),
    "all missing": ({"a": ("number", [""] * 200), "b": ("number", [""] * 200)}, 3, "at least two numbers"),
    "all the same": ({"a": ("number", ["1"] * 200), "b": ("number", ["2"] * 200)}, 3, "at least two numbers"),
    "one customer a category": (
        {"a": normal(200, 1), "b": normal(200, 2), "name": ("text", [f"n{i}" for i in range(200)])},
        1,
        "left out: name, which has more than 12 different values",
    ),
    "categories with 10,000 values": (
        {"a": normal(10_000, 1), "b": normal(10_000, 2), "town": ("text", [f"n{i}" for i in range(10_000)])},
        1,
        "read from a sample: 40.0% of the riders",
    ),
    "dates only": ({"a": days(200, 1), "b": days(200, 2), "c": days(200, 3)}, 1, "no groups found"),
    "no numbers but yes and no": (
        {f"a{i}": ("boolean", ["true" if (j >> i) % 2 else "false" for j in range(200)]) for i in range(6)},
        3,
        "at least two numbers",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_data_with_nothing_in_it(tmp_path: Path, case: str) -> None:
    fields, code, said = BAD[case]
    result = call(*ASKED, cwd=made(tmp_path, fields))
    assert result.exit_code == code, result.stdout + result.stderr
    assert said in result.stdout + result.stderr


def test_two_thousand_features(tmp_path: Path) -> None:
    """Some hundred of them are the same number under another name."""
    fields = {f"x{i}": normal(300, i if i < 1_900 else 1) for i in range(2_000)}
    found = as_json(call(*ASKED, "--format", "json", cwd=made(tmp_path, fields)))
    assert not found["found"] and len(found["numbers"]) <= 24
    assert len(found["left_out"]) + len(found["numbers"]) == 2_000
    assert {"name": "x1999", "because": "says nearly what `x1` says"} in found["left_out"]


@pytest.mark.parametrize(
    ("arguments", "exit", "said"),
    [
        (("--groups", "ridr"), 2, "did you mean `rider`?"),
        (("--groups", "--outcome", "x"), 2, "either --outcome NAME or --groups"),
        ((), 2, "either --outcome NAME or --groups"),
        (("--groups", "--top", "3"), 2, "--top goes with --outcome"),
        (("--groups", "--basis", "psychographic"), 3, "of the basis psychographic"),
        (("--groups", "-o", "model.seg"), 2, "model.seg is here already"),
        (("--groups", "-o", "found.txt"), 2, "found.txt isn't read as rules"),
        (("--groups", "--as-of", "2026-10-01"), 3, "leave --as-of out"),
    ],
)
def test_bad_arguments(tmp_path: Path, arguments: tuple[str, ...], exit: int, said: str) -> None:
    root = made(tmp_path, {"a": normal(200, 1), "b": normal(200, 2)})
    result = call("discover", *arguments, cwd=root)
    assert result.exit_code == exit, result.stdout + result.stderr
    assert said in result.stdout + result.stderr


def test_of_several_entities_one_is_named(tmp_path: Path) -> None:
    root = made(tmp_path, {"a": normal(200, 1), "b": normal(200, 2)})
    with (root / "model.seg").open("a", encoding="utf-8") as file:
        file.write("entity firm { firm_id: text key }\n")
    result = call(*ASKED, cwd=root)
    assert result.exit_code == 2 and "groups of which: rider, firm?" in result.stderr
