"""`segdsl overlap` of all segments at once, beside pandas on the same memberships."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.support.cli import as_json, call

RULES = """
entity account { id: text key  x: integer  y: integer required  z: integer required }
entity user of account by account reverse users { id: text key  account: text }
segment large of account { when x > 50 }
segment larger of account { when x > 52 }
segment other of account { when y > 60 }
segment nobody of account { when y > 1_000 }
segmentation m of account where z > 10 { segment low { when x < 20 } segment right { when y > 80 } undecided u otherwise rest }
segmentation new of account candidate of m { segment low { when x < 25 } otherwise rest }
segment admins of user { when id = "u1" }
"""
TOML = '[sources.default]\nsnapshot = 2026-11-01\n[sources.default.tables]\naccount = "a.csv"\nuser = "u.csv"\n'


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pd.DataFrame, pd.DataFrame]:
    """The workspace, who is in each set, and of whom it is unknown."""
    root, rng = tmp_path_factory.mktemp("sets"), np.random.default_rng(5)
    n = 400
    x = pd.array([None if rng.uniform() < 0.1 else int(v) for v in rng.integers(0, 100, n)], "Int64")
    a = pd.DataFrame(
        {"id": [f"a{i}" for i in range(n)], "x": x, "y": rng.integers(0, 100, n), "z": rng.integers(0, 100, n)}
    )
    a.to_csv(root / "a.csv", index=False)
    (root / "u.csv").write_text("id,account\nu1,a1\nu2,a1\n", encoding="utf-8")
    (root / "m.seg").write_text(RULES, encoding="utf-8")
    (root / "segdsl.toml").write_text(TOML, encoding="utf-8")
    f, unknown = a["x"].astype(float), a["x"].isna()
    inside = a["z"] > 10
    members = pd.DataFrame(
        {
            "large": f > 50, "larger": f > 52, "other": a["y"] > 60, "nobody": a["y"] > 1000, "m.low": inside & (f < 20), "m.right": inside & ~(f < 20) & (a["y"] > 80),
        }
    )  # fmt: skip
    nowhere = members["nobody"]
    return (
        root,
        members,
        pd.DataFrame(
            {"large": unknown, "larger": unknown, **dict.fromkeys(("other", "nobody", "m.low", "m.right"), nowhere)}
        ),
    )


def found(sets: tuple[Path, pd.DataFrame, pd.DataFrame]) -> Any:
    return as_json(call("overlap", "--as-of", "2026-11-01", "--format", "json", cwd=sets[0]))


def test_sizes_and_pairs(sets: tuple[Path, pd.DataFrame, pd.DataFrame]) -> None:
    record, (_, members, unknown) = found(sets), sets
    assert {(s["name"], s["customers"], s["unknown"]) for s in record["sets"]} == {
        (c, members[c].sum(), unknown[c].sum()) for c in members
    }
    assert [s["customers"] for s in record["sets"]] == sorted((int(members[c].sum()) for c in members), reverse=True)
    wanted = {}
    for a, b in combinations(members, 2):
        if both := int((members[a] & members[b]).sum()):
            wanted[frozenset((a, b))] = (both, pytest.approx(both / (members[a] | members[b]).sum()))
    assert {frozenset((s["first"], s["second"])): (s["both"], s["jaccard"]) for s in record["shared"]} == wanted
    assert record["nearly_the_same"] == [["large", "larger"]]
    assert [s["part_of_the_other"] for s in record["shared"] if {s["first"], s["second"]} == {"large", "larger"}] == [
        "larger"
    ]


def test_intersections_hold_each_customer_once(sets: tuple[Path, pd.DataFrame, pd.DataFrame]) -> None:
    record, (_, members, _) = found(sets), sets
    counts = members.groupby(list(members)).size()
    wanted = {frozenset(c for c, is_in in zip(members, key) if is_in): int(n) for key, n in counts.items()}  # type: ignore[arg-type]
    assert record["intersections"] == len(wanted) and record["customers"] == len(members)
    assert {frozenset(x["in"]): x["customers"] for x in record["largest"]}.items() <= wanted.items()
    sizes = [x["customers"] for x in record["largest"]]
    assert sizes == sorted(wanted.values(), reverse=True)[: len(sizes)]
    assert record["in_none"] == wanted[frozenset()]


def test_the_text_and_the_page(sets: tuple[Path, pd.DataFrame, pd.DataFrame]) -> None:
    text = call("overlap", "--as-of", "2026-11-01", cwd=sets[0]).stdout
    assert "400 accounts, 6 segments and arms; in none of them" in text
    assert "everybody in `larger` is in `large`, too" not in text and "`large` and `larger` are nearly the same" in text
    assert "nobody is in `nobody`" in text
    assert "new." not in text and "rest" not in text
    page = call("overlap", "--as-of", "2026-11-01", "--format", "html", cwd=sets[0]).stdout
    assert page.count("<svg") == 1 and len(page.encode()) < 100_000


def test_another_entity(sets: tuple[Path, pd.DataFrame, pd.DataFrame]) -> None:
    text = call("overlap", "--of", "user", "--as-of", "2026-11-01", cwd=sets[0]).stdout
    assert "2 users, 1 segment; in none of them 1 user" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--of", "usr"), "no segment is about `usr`"),
        (("--no-data",), "leave --no-data out"),
        (("large", "other", "--format", "html"), "leave the names out"),
        (("large", "other", "--of", "account"), "leave the names out"),
        (("large",), "segdsl overlap large m.low"),
        (("large", "large"), "segdsl overlap large m.low"),
        (("m.low",), "name another segment or arm"),
        (("lage",), "did you mean `large`?"),
        (("m.lo",), "did you mean `m.low`?"),
        (("m", "--no-data"), "leave --no-data out"),
    ],
)
def test_what_does_not_go_together(
    sets: tuple[Path, pd.DataFrame, pd.DataFrame],
    arguments: tuple[str, ...],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also without the traceback that tests ask for: it is no internal error."""
    monkeypatch.delenv("SEGDSL_TRACEBACK", raising=False)
    result = call("overlap", *arguments, cwd=sets[0])
    assert result.exit_code == 2 and said in result.stderr


OLD = """
entity account { id: text key }
table logins of account by id at t { x: text }
segment busy of account { when any(logins in last 30 days) }
segment quiet of account { when none(logins in last 30 days) }
segmentation m of account { segment quiet { when none(logins in last 30 days) } otherwise rest }
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """a and b have logged in within 30 days of the newest row, c hasn't; all that is years ago."""
    rows = "id,t,x\na,2021-03-31T00:00,x\nb,2021-03-20T00:00,x\nc,2021-01-01T00:00,x\n"
    toml = '[sources.default.tables]\naccount = "a.csv"\nlogins = "l.csv"\n'
    for name, text in {"m.seg": OLD, "a.csv": "id\na\nb\nc\n", "l.csv": rows, "segdsl.toml": toml}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("snapshot", ["", "[sources.default]\nsnapshot = 2021-04-01\n"])
@pytest.mark.parametrize(
    ("names", "said"),
    [
        ((), "everybody in"),
        (("m",), "quiet    1"),
        (("busy", "quiet"), "busy and quiet: nobody can be in both (proved)"),
        (("m.quiet", "quiet"), "in the data 1 account is (c)"),
    ],
)
def test_old_data_are_looked_at_on_their_day(names: tuple[str, ...], said: str, snapshot: str, old: Path) -> None:
    toml = (old / "segdsl.toml").read_text(encoding="utf-8")
    (old / "segdsl.toml").write_text(snapshot + toml, encoding="utf-8")
    result = call("overlap", *names, cwd=old)
    assert "as of 1 Apr 2021" in result.stdout and "as of 1 Apr 2021" in result.stderr, result.stderr
    assert ("snapshot" if snapshot else "the day after the newest row of `logins`") in result.stderr
    if names:
        assert said in result.stdout, result.stdout
        return
    sets = as_json(call("overlap", "--format", "json", cwd=old))["sets"]
    assert {s["name"]: s["customers"] for s in sets} == {"busy": 2, "quiet": 1, "m.quiet": 1}
    assert "`m.quiet` and `quiet` are exactly the same: 1 account" in result.stdout


@pytest.mark.parametrize("names", [(), ("m",), ("m.quiet", "quiet")])
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_day_long_after_the_data_is_warned_of(names: tuple[str, ...], form: str, old: Path) -> None:
    text = call("overlap", *names, "--as-of", "2099-01-01", "--format", form, cwd=old).stdout
    assert "no row of `logins` is in the window" in text
    text = call("overlap", *names, "--as-of", "2021-04-01", "--format", form, cwd=old).stdout
    assert "no row of `logins`" not in text


def many(tmp_path: Path, borders: list[int]) -> Path:
    """Segments of 50 customers, each of those above a border."""
    rules = "\n".join(f"segment s{i} of a {{ when n >= {n} }}" for i, n in enumerate(borders))
    for name, text in {
        "m.seg": f"entity a {{ id: text key  n: integer required }}\n{rules}",
        "a.csv": "id,n\n" + "".join(f"k{i},{i}\n" for i in range(50)),
        "segdsl.toml": '[sources.default.tables]\na = "a.csv"\n',
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_equal_sets_are_said_to_be_exactly_the_same_and_no_pair_is_hidden(tmp_path: Path) -> None:
    """s0, s1 and s2 have all 50; s3 to s6 have 49 to 46, so that all ten pairs of one of the three and these are nearly the same."""
    root = many(tmp_path, [0, 0, -1, 1, 2, 3, 4])
    lines = call("overlap", cwd=root).stdout.split("\n")
    assert "`s0`, `s1` and `s2` are exactly the same: 50 as" in lines
    near = [line for line in lines if "nearly the same" in line]
    assert len(near) == 6 and near[-1] == "and 5 more pairs that are nearly the same, with --format json"
    assert "1.00" not in "".join(near)
    record = as_json(call("overlap", "--format", "json", cwd=root))
    assert record["exactly_the_same"] == [["s0", "s1", "s2"]] and len(record["nearly_the_same"]) == 21


def test_names_are_as_they_are_on_the_page(tmp_path: Path) -> None:
    page = call("overlap", "--format", "html", cwd=many(tmp_path, [0, 0, 1])).stdout
    assert "<p>s0 and s1 are exactly the same: 50 as.</p>" in page and "S0" not in page


def test_sixty_segments_and_nobody(tmp_path: Path) -> None:
    rules = "entity a { id: text key  n: integer required }\n" + "\n".join(
        f"segment s{i} of a {{ when n > {i} }}" for i in range(60)
    )
    for name, text in {
        "m.seg": rules,
        "a.csv": "id,n\n" + "".join(f"k{i},{i}\n" for i in range(50)),
        "segdsl.toml": '[sources.default.tables]\na = "a.csv"\n',
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    result = call("overlap", cwd=tmp_path)
    assert result.exit_code == 0 and result.stdout.count("\n") < 60 and "and 37 smaller ones" in result.stdout
    (tmp_path / "a.csv").write_text("id,n\n", encoding="utf-8")
    for form in ("text", "json", "html"):
        assert call("overlap", "--format", form, cwd=tmp_path).exit_code == 0


def test_the_page_names_the_sets_of_a_bar_that_have_no_row(tmp_path: Path) -> None:
    """Thirteen nested segments, and rows for twelve: five customers are in all of them, the others in fewer."""
    page = call("overlap", "--format", "html", cwd=many(tmp_path, [*range(12), 45])).stdout
    assert "<p>In segments without a row here, too: bar 2 in s12.</p>".replace("<p>", '<p class="dim">') in page
