"""What a change means: verdicts by hand, verdicts against odd customers, and the command on a scratch repository."""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import shutil
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from segdsl.analyse.questions import compared
from segdsl.compare.versions import difference
from segdsl.diagnostics import Source
from segdsl.model.segment import Outside
from segdsl.testing.customers.witness import MOST_SEARCHES, find_movers
from segdsl.workspace.config import Config
from segdsl.workspace.load import build, sound
from tests.conformance.conditions import CONDITIONS, DECLARATIONS
from tests.conformance.crowd import Crowd
from tests.conformance.run import clock
from tests.support.answers import by_reference, model_of
from tests.support.cli import call
from tests.support.declarations import WORKSPACE
from tests.support.git import git
from tests.support.paths import ROOT
from tests.support.worlds import SCHEMA

CHANGES = [
    ("arr > 50", "arr > 40", "wider"), ("arr > 50", "arr > 60", "narrower"), ("arr > 50", "50 < arr", "equivalent"), ("arr > 50", "arr < 50", "neither"),
    ("arr > 50 and paying", "paying and arr > 50", "equivalent"), ("arr > 50 and paying", "arr > 50", "wider"), ("arr > 50 or paying", "arr > 50", "narrower"),
    ("not (arr > 50 or paying)", "arr <= 50 and not paying", "equivalent"), ("seats > 5", "seats >= 6", "equivalent"), ("arr > 5", "arr >= 6", "narrower"),
    ("seats between 5 and 9", "seats >= 5 and seats <= 9", "equivalent"), ('status in ("trial", "active")', 'status != "churned"', "equivalent"),
    ('status = "trial" or status = "active"', 'status in ("active", "trial")', "equivalent"), ("use >= 90%", "used / seats >= 0.9", "equivalent"), ("use >= 90%", "use > 90%", "narrower"),
    ("use > 50%", "used > seats / 2", "wider"), ("any(logins in last 30 days)", "not none(logins in last 30 days)", "equivalent"),
    ("any(logins in last 30 days)", "any(logins in last 90 days)", "wider"), ("count(logins in last 30 days) > 5", "count(logins in last 7 days) > 5", "narrower"),
    ("renewal in next 30 days", "renewal in next 60 days", "wider"), ("renewal in next 1 month", "renewal in next 30 days", "neither"), ("renewal in next 1 month", "renewal in next 31 days", "wider"),
    ("days until renewal < 30 and renewal >= today", "renewal in next 30 days", "equivalent"), ('light = "green"', "arr >= 20", "equivalent"), ('light = "red"', "arr < 20", "wider"),
    ("account in big", "arr > 1_000", "equivalent"), ("account in size.large", "account in big", "equivalent"), ("paying", "paying or seats is missing", "wider"),
    ("seats > 5", "seats > 5 and seats is not missing", "equivalent"), ("arr in top 10%", "arr in top 20%", "unknown"), ("paying and arr > 5", "arr > 5 and paying and arr > 4", "equivalent"),
    ('tier > "bronze"', 'tier in ("silver", "gold")', "equivalent"), ("used > seats", "seats < used", "equivalent"), ("used > seats", "used >= seats", "wider"), ("arr * 2 > 100", "arr > 50", "equivalent"),
]  # fmt: skip


def segment(what: str) -> str:
    return WORKSPACE + f"segment x of account {{ when {what} }}"


@pytest.mark.parametrize(("old", "new", "verdict"), CHANGES)
def test_verdicts(old: str, new: str, verdict: str) -> None:
    assert compared(model_of(segment(old)), model_of(segment(new)), "x")[""].verdict == verdict


@pytest.mark.slow
@pytest.mark.parametrize(("old", "new", "verdict"), [c for c in CHANGES if c[2] not in ("equivalent", "unknown")])
def test_witnesses(old: str, new: str, verdict: str) -> None:
    """Whom a proof can't exclude is made up, and both versions say that it moves."""
    models = model_of(segment(old)), model_of(segment(new))
    found = find_movers(*models, "x", compared(*models, "x"), ZoneInfo("UTC"))
    came, left = any(w.goal == "in" for w in found), any(w.origin == "in" for w in found)
    assert (came, left) == {"wider": (True, False), "narrower": (False, True), "neither": (True, True)}[verdict]


def test_a_made_up_mover_is_of_the_day_asked_for() -> None:
    models = model_of(segment("renewal in next 30 days")), model_of(segment("renewal in next 60 days"))
    day = dt.date(2018, 1, 1)
    for asked, when in ((day, ""), (dt.date(1850, 1, 1), " as of 1 Nov 2026 00:00 UTC")):
        (found,) = find_movers(*models, "x", compared(*models, "x", asked), ZoneInfo("UTC"), asked)
        assert found.when == when
        assert ("2018-" in " ".join(found.lines), "2026-" in " ".join(found.lines)) == (asked == day, asked != day)


def test_an_arm_is_compared_with_what_stands_before_it() -> None:
    old, new = (
        model_of(
            WORKSPACE
            + f"segmentation x of account {{ segment a {{ when arr > {n} }} segment b {{ when seats > 5 }} undecided u otherwise c }}"
        )
        for n in (50, 40)
    )
    found = {arm: c.verdict for arm, c in compared(old, new, "x").items()}
    assert found == {"a": "wider", "b": "narrower", "u": "narrower", "c": "narrower"}


def test_what_lies_around_the_rules_must_be_the_same() -> None:
    old = segment("seats > 5")
    new = old.replace("seats: integer from 0 to 100_000", "seats: integer")
    assert (
        compared(model_of(old), model_of(new), "x")[""].reason
        == "the data or a list that it reads is declared differently now"
    )


MODEL = "entity account from created_at { account_id: text key  created_at: timestamp  seats: integer from 0 to 100 }\ntable calls of account by account_id at t complete from 2024-01-01 { }\n"
RULE = "segment x of account { when none(calls in last 7 days) and seats > 50 }"


@pytest.mark.parametrize(("old", "new"), [(" complete from 2024-01-01", ""), ("2024-01-01", "2026-01-01"), (" from created_at", ""), ("from 0 to 100", "from 0 to 60"), ("at t ", "at t known at u ")])  # fmt: skip
def test_a_declaration_that_changes_under_a_rule_is_no_same_meaning(old: str, new: str) -> None:
    versions = [
        sound(build(Path(), Config(), [Source("r.seg", m + RULE)], [])) for m in (MODEL, MODEL.replace(old, new))
    ]
    assert [c.status for c in difference(versions[0], versions[0], witnesses=False).changes] == ["same meaning"]
    assert [c.status for c in difference(*versions, witnesses=False).changes] == ["changed"]


# -- against odd customers --------------------------------------------------------------------


def edited(condition: str, draw: random.Random) -> str:
    """A condition with something changed, as a person would."""
    edits = [
        (r"\d+(?=%| |\)|$)", lambda m: str(int(m[0]) + draw.choice([-1, 1, 7]))), (">=", lambda m: draw.choice([">", "<="])), (r"(?<![<>!])=", lambda m: "!="),
        (" and ", lambda m: " or "), (" or ", lambda m: " and "), ("any", lambda m: "none"), ("none", lambda m: "any"), (r"^", lambda m: "not (") ,
        (r"last (\d+) days", lambda m: f"last {int(m[1]) * 2} days"), (r"^", lambda m: "paying and ("), (r"^", lambda m: "paying or ("), ("<", lambda m: "<="), (">", lambda m: ">="),
    ]  # fmt: skip
    for _ in range(20):
        pattern, change = draw.choice(edits)
        places = list(re.finditer(pattern, condition))
        if places:
            place = draw.choice(places)
            text = condition[: place.start()] + change(place) + condition[place.end() :]  # type: ignore[no-untyped-call]
            return text + ")" if pattern == "^" else text
    return condition


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("block", range(4))
def test_a_verdict_holds_of_odd_customers(block: int) -> None:
    """Equivalent: nobody differs. Wider: nobody leaves. Narrower: nobody comes. `make proofs` asks of many more."""
    draw = random.Random(block)
    at = clock(block)
    rows = Crowd(at, 60, f"diff {block}").rows()
    verdicts: dict[str, int] = {}
    written = [c for family in CONDITIONS.values() for c in family if "scale" not in c]
    for _ in range(100):
        old = draw.choice(written)
        new = edited(old, draw)
        try:
            models = [
                model_of(SCHEMA + DECLARATIONS + f"segment x of account {{ when {c} }}", rows, Outside(zone=at.zone))
                for c in (old, new)
            ]
        except AssertionError:
            continue
        verdict = compared(models[0], models[1], "x")[""].verdict
        verdicts[verdict] = verdicts.get(verdict, 0) + 1
        before, after = ({c for c, a in by_reference(m, "account", rows, at).items() if a["x"] is True} for m in models)
        assert verdict not in ("equivalent", "narrower") or after <= before, (old, new, verdict)
        assert verdict not in ("equivalent", "wider") or before <= after, (old, new, verdict)
    assert sum(verdicts.values()) > 50 and verdicts["wider"] and verdicts["narrower"] and verdicts["neither"]


# -- the command -------------------------------------------------------------------------------


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "segdsl.toml", tmp_path)
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "rules"]):
        git(tmp_path, *command)
    return tmp_path


def edit(folder: Path, old: str, new: str) -> None:
    path = folder / "rules" / "motion.seg"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def diff(folder: Path, *more: str) -> Any:
    return call("diff", "main", "--as-of", "2026-11-01", *more, cwd=folder)


def test_nothing_changed(repository: Path) -> None:
    edit(repository, "segmentation motion", "# a comment\n\nsegmentation motion")
    result = diff(repository)
    assert result.exit_code == 0 and result.output.startswith("no rule changes its meaning\n"), result.output


@pytest.mark.slow
def test_a_threshold(repository: Path) -> None:
    edit(repository, "seat_use >= 90%", "seat_use >= 50%")
    found = json.loads(diff(repository, "--format", "json", "--customers").output)
    (changed,) = [r for r in found["rules"] if r["status"] == "changed"]
    assert changed["rule"] == "motion" and changed["arms"]["expand"]["verdict"] == "wider"
    before, after = by_run(repository, "main"), by_run(repository, None)
    moved = {k: (before[k], after[k]) for k in before if before[k] != after[k]}
    told = {key: (m["from"], m["to"]) for m in changed["moves"] for key in m["customers"]}
    assert told == moved and moved and changed["moved"] == len(moved)
    assert {r["clause"] for m in changed["moves"] for r in m["reasons"]} == {
        "seat_use >= 90% was not true, seat_use >= 50% is"
    }


def by_run(folder: Path, revision: str | None) -> dict[str, str]:
    """Customer -> arm of motion, by `segdsl run` of one version."""
    if revision is not None:
        git(folder, "stash", "-q")
    result = call("run", "motion", "--as-of", "2026-11-01", "--no-ledger", "--output", "out/x.csv", cwd=folder)
    assert result.exit_code == 0, result.output
    if revision is not None:
        git(folder, "stash", "pop", "-q")
    lines = (folder / "out" / "x.csv").read_text(encoding="utf-8").splitlines()[1:]
    return {k: arm if status == "assigned" else {"outside": "out"}.get(status, "unknown") for k, arm, status in (x.split(",") for x in lines)}  # fmt: skip


@pytest.mark.slow
def test_the_comment_names_nobody_and_tells_no_small_group(repository: Path) -> None:
    edit(repository, "seat_use >= 90%", "seat_use >= 50%")
    result = diff(repository, "--format", "markdown")
    assert result.output.startswith("### 1 rule changes · ") and "| steady | expand | " in result.output
    assert not re.search(r"A0\d{4}", result.output)
    assert not re.search(r"\| [1-4] \|", result.output)


@pytest.mark.slow
def test_the_page_is_one_file_that_names_nobody_and_runs_nothing(repository: Path) -> None:
    edit(repository, "seat_use >= 90%", "seat_use >= 50%")
    edit(repository, "in next 90 days", "in next 60 days")
    edit(
        repository,
        "segmentation motion",
        'segment odd of account { when name = "</pre><script>alert(1)</script>" }\nsegmentation motion',
    )
    assert diff(repository, "--format", "html", "--output", "page.html").exit_code == 0
    assert diff(repository, "--format", "json", "--output", "page.json").stdout == ""
    assert len(json.loads((repository / "page.json").read_text(encoding="utf-8"))["rules"]) >= 2
    page = (repository / "page.html").read_text(encoding="utf-8")
    assert (
        "<h1>2 rules change · " in page
        and "seat_use &gt;= 90% was not true, seat_use &gt;= 50% is" in page
        and "exec_call" in page
    )
    assert not re.search(r"A0\d{4}|<script|src=|https?:", page) and len(page) < 100_000
    assert "default-src 'none'" in page and page.count("<table>") == page.count("</table>") >= 2


@pytest.mark.slow
def test_made_up_customers_show_what_a_change_can_do_and_become_tests(repository: Path) -> None:
    edit(repository, "seat_use >= 90%", "seat_use >= 50%")
    shown = diff(repository, "--no-data").output
    assert (
        "expand can only gain" in shown
        and "    for example (made up), from steady to expand:\n        account " in shown
    )
    comment = diff(repository, "--no-data", "--format", "markdown").output
    assert (
        "<details><summary>made-up customers that would move too</summary>\n\n```text\n# from steady to expand\naccount "
        in comment
    )
    told = diff(repository, "--no-data", "--write-test")
    assert told.exit_code == 0 and "wrote 2 tests to rules/motion.seg" in told.output, told.output
    tested = call("test", "before a change", cwd=repository)
    assert tested.exit_code == 0 and "2 passed" in tested.output, tested.output
    assert diff(repository, "HEAD", "--write-test").exit_code == 2


def test_a_comment_is_never_longer_than_may_be() -> None:
    from segdsl.analyse.questions import Compared
    from segdsl.compare.versions import Change, Difference, MoveGroup
    from segdsl.report.diff.markdown import render

    moves = tuple(
        MoveGroup(f"from_{i}", "to", 100 - i, reasons=(("`" + "x" * 300 + "` was not true", 100 - i),))
        for i in range(40)
    )
    changes = tuple(
        Change(f"rule_{i}", "account", "changed", {"": Compared("unknown", "so")}, moves) for i in range(40)
    )
    text = render(Difference(changes), names_customers=False)
    assert 20_000 < len(text) < 64_000 and re.search(r"and \d+ more\n", text)
    assert text.count("\n`rule_") + int(re.findall(r"and (\d+) more", text)[-1]) == 40


@pytest.mark.slow
def test_of_very_many_arms_a_few_examples_are_made_up() -> None:
    def shifted(by: int) -> Any:
        arms = " ".join(
            f"segment a{i} {{ when seats >= {200 - i + by} and seats < {201 - i + by} }}" for i in range(100)
        )
        return model_of(WORKSPACE + f"segmentation x of account {{ {arms} undecided u otherwise rest }}")

    models = shifted(0), shifted(1)
    found = find_movers(*models, "x", compared(*models, "x"), ZoneInfo("UTC"))
    assert 4 < len(found) <= MOST_SEARCHES


@pytest.mark.slow
def test_added_and_removed(repository: Path) -> None:
    edit(repository, "segmentation motion", "segment wealthy of account { when arr > 100_000 }\nsegmentation motion")
    result = diff(repository)
    assert "+ wealthy: added" in result.output and "not there → in" in result.output, result.output
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "wealthy")
    edit(repository, "segment wealthy of account { when arr > 100_000 }\n", "")
    assert "− wealthy: removed" in diff(repository).output


def test_a_new_table_and_a_new_column_are_of_the_new_rules_alone(tmp_path: Path) -> None:
    toml = '[sources.default]\nsnapshot = 2026-11-01\n[sources.default.tables]\naccount = { path = "a.csv", columns = { arr = "ARR"%s } }\n'
    rules = "entity account { account_id: text key  arr: integer%s }\nsegment big of account { when arr > %s }\n"
    more = "\nentity seat { seat_id: text key }"
    files = {
        "segdsl.toml": toml % "",
        "a.seg": rules % ("", "1"),
        "a.csv": "account_id,ARR,Where\nx,2,DE\n",
        "s.csv": "seat_id\n1\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "rules"]):
        git(tmp_path, *command)
    (tmp_path / "segdsl.toml").write_text(toml % ', region = "Where"' + 'seat = "s.csv"\n', encoding="utf-8")
    (tmp_path / "a.seg").write_text(rules % ("  region: text", "5") + more, encoding="utf-8")
    result = diff(tmp_path)
    assert result.exit_code == 0 and "in → out" in result.output, result.output


@pytest.mark.slow
def test_limits(repository: Path) -> None:
    edit(repository, "seat_use >= 90%", "seat_use >= 50%")
    assert diff(repository, "--fail-if", "moved > 99%").exit_code == 0
    assert diff(repository, "--fail-if", "moved > 0.1%").exit_code == 1
    assert diff(repository, "--needs-approval-if", "moved worth > 1_000").exit_code == 4
    wrong = diff(repository, "--fail-if", "many")
    assert wrong.exit_code == 2 and "write it as in" in wrong.output


def test_the_last_commit_is_compared_with_unless_another_is_named(tmp_path: Path) -> None:
    """Without a repository, and without a commit, the message says how to begin."""
    rules, settings = tmp_path / "rules.seg", tmp_path / "segdsl.toml"
    rules.write_text("entity a { id: text key  arr: integer }\nsegment s of a { when arr > 5 }\n", encoding="utf-8")
    settings.write_text("", encoding="utf-8")
    apart = call("diff", "--no-data", cwd=tmp_path)
    assert apart.exit_code == 2 and "this is no repository of git" in apart.output and "`git init`" in apart.output
    git(tmp_path, "init", "-qb", "main")
    empty = call("diff", "--no-data", cwd=tmp_path)
    assert empty.exit_code == 2 and "it has no commit yet: `git add segdsl.toml '*.seg'`" in empty.output, empty.output
    git(tmp_path, "add", "segdsl.toml", "rules.seg")
    git(tmp_path, "commit", "-qm", "rules")
    rules.write_text(rules.read_text(encoding="utf-8").replace("arr > 5", "arr > 9"), encoding="utf-8")
    since = call("diff", "--no-data", cwd=tmp_path)
    assert since.exit_code == 0 and since.output.startswith("compared with the last commit, `HEAD`\n"), since.output
    assert "can only lose" in since.output
    assert "or with a branch: `main`" in call("diff", "origin/main", cwd=tmp_path).output


@pytest.mark.slow
def test_nothing_to_compare_with(repository: Path) -> None:
    for what in ("nothing", "--output=x", "HEAD~5"):
        result = call("diff", "--", what, cwd=repository)
        assert result.exit_code == 2 and "this repository has no branch, tag or commit" in result.output, result.output
        assert "compare with the last commit, `HEAD`, or with a branch: `main`" in result.output
    edit(repository, "segmentation motion", "segmentation motion of of")
    assert diff(repository).exit_code == 1  # the rules here have errors


@pytest.mark.slow
def test_rules_below_the_root_of_the_repository(repository: Path) -> None:
    (repository / "segments").mkdir()
    git(repository, "mv", "rules", "segdsl.toml", "segments")
    git(repository, "commit", "-qm", "below")
    path = repository / "segments" / "rules" / "motion.seg"
    path.write_text(path.read_text(encoding="utf-8").replace("seat_use >= 90%", "seat_use >= 50%"), encoding="utf-8")
    result = diff(repository / "segments", "--no-data")
    assert "`expand` can only gain" in result.output or "expand can only gain" in result.output, result.output


@pytest.mark.slow
def test_without_data(repository: Path) -> None:
    edit(repository, "seat_use >= 90%", "seat_use >= 50%")
    assert "without data only possible moves are known" in diff(repository, "--no-data").output


@pytest.mark.parametrize(
    "condition",
    ["(busy as of 7 days ago) > 5", 'label starts with "a"', "parent.busy > 5", "count(children where busy > 5) > 1", "(account in lively as of 7 days ago)"],
)  # fmt: skip
def test_a_metric_that_changed_is_seen_wherever_it_is_read(condition: str) -> None:
    """Also where it isn't written out: nothing may be called the same that reads something else now."""
    text = WORKSPACE.replace("  region: text", "  region: text\n  parent: link to account reverse children")
    old, new = (
        model_of(
            f"{text}metric busy of account = count(logins in last {n} days)\n"
            f'metric label of account = if arr > {n} then region else "a" end\n'
            f"segment lively of account {{ when busy > {n} }}\nsegment x of account {{ when {condition} }}"
        )
        for n in (7, 28)
    )
    assert compared(old, new, "x")[""].verdict in ("unknown", "neither")


def test_arms_that_change_places_are_seen_at_another_time_too() -> None:
    old, new = (
        model_of(
            f"{WORKSPACE}segmentation y of account {{ segment {a} {{ when arr > 50 }} segment {b} {{ when arr > 10 }} otherwise r }}\n"
            "segment x of account { when (account in y.a as of 7 days ago) }"
        )
        for a, b in (("a", "b"), ("b", "a"))
    )
    assert compared(old, new, "x")[""].verdict == "unknown"


def test_totals_before_and_after_and_names_when_asked(tmp_path: Path) -> None:
    """By hand: of 4, 10 and 30 seats, `big` from 20 takes one, from 10 two; an arm that is new has no size before."""
    rules = 'entity account {{ account_id: text key  seats: integer }}\nsegmentation size of account {{ goal "x" owner "a@b.example" basis value review every 90 days\n{} otherwise small }}\n'
    big, huge = "segment big {{ when seats >= {} }}", "segment huge { when seats >= 1_000 }"
    (tmp_path / "segdsl.toml").write_text('[sources.default.tables]\naccount = "a.csv"\n', encoding="utf-8")
    (tmp_path / "a.csv").write_text("account_id,seats\nfour,4\nten,10\nthirty,30\n", encoding="utf-8")
    (tmp_path / "a.seg").write_text(rules.format(big.format(20)), encoding="utf-8")
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "rules"]):
        git(tmp_path, *command)
    (tmp_path / "a.seg").write_text(rules.format(big.format(10)), encoding="utf-8")
    shown = diff(tmp_path, "--customers").output
    lines = [" ".join(line.split()) for line in shown.split("\n")]
    assert "big 1 → 2 +1" in lines and "small 2 → 1 −1" in lines and "ten" in lines, shown
    assert "ten" not in diff(tmp_path).output.split()
    page = diff(tmp_path, "--format", "html", "--output", "page.html")
    assert "wrote page.html" in page.stderr and not page.stdout
    (tmp_path / "a.seg").write_text(rules.format(huge + big.format(20)), encoding="utf-8")
    found = json.loads(diff(tmp_path, "--format", "json").output)["rules"][0]
    assert found["sizes"] == [
        {"place": "huge", "before": None, "after": 0},
        {"place": "big", "before": 1, "after": 1},
        {"place": "small", "before": 2, "after": 2},
    ]


# -- as if run -------------------------------------------------------------------------------

KEEPS = """
entity account { account_id: text key  plan: text }
table logins of account by account_id at at { }
table tier_runs of account from runs of tiers starting 2026-10-25
segmentation tiers of account { segment busy { when count(logins in last 7 days) >= 2 keep for 10 days } otherwise rest }
segment small of account { when plan = "free" }
"""
LOGINS = (
    "early,2026-10-01",
    "early,2026-10-02",
    "late,2026-10-20",
    "late,2026-10-21",
    "lately,2026-10-12",
    "lately,2026-10-13",
)


@pytest.fixture
def keeps(tmp_path: Path) -> Path:
    """`early` was busy until 8 October, `lately` until 19 October, and `late` until 27 October; then 10 or 20 days are kept."""
    files = {
        "segdsl.toml": '[sources.default]\nsnapshot = 2026-11-01\n[sources.default.tables]\naccount = "a.csv"\nlogins = "l.csv"\n',
        "rules.seg": KEEPS,
        "a.csv": "account_id,plan\nearly,free\nlately,\nlate,\nnever,\n",
        "l.csv": "account_id,at\n" + "\n".join(LOGINS) + "\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "rules"]):
        git(tmp_path, *command)
    (tmp_path / "rules.seg").write_text(KEEPS.replace("10 days", "20 days"), encoding="utf-8")
    return tmp_path


def test_each_version_as_if_it_had_been_run(keeps: Path) -> None:
    result = diff(keeps, "--as-if-run-since", "2026-10-01", "--customers")
    assert result.stdout.split("\n")[:2] == [
        "1 rule changes · 1 account moves   as of 1 Nov 2026 00:00 UTC",
        "As if each version had been run every day since 1 Oct 2026, with nobody in any arm before.",
    ]
    assert re.search(r"rest → busy +1 .*is busy, kept; by today's data rest.*\n +lately\n", result.stdout), (
        result.stdout
    )
    assert "SEG0726" not in result.output and "no run of" not in result.output
    assert not (keeps / ".segdsl").exists()


def test_the_rhythm_of_supposed_runs(keeps: Path) -> None:
    """Weekly runs of 1, 8, … October see `lately` busy on the 15th alone, so that 10 days and 20 days differ for it as daily ones do."""
    told = json.loads(diff(keeps, "--as-if-run-since", "2026-10-01", "--every", "week", "--format", "json").stdout)
    assert told["as_if_run"] == {"since": "2026-10-01", "every": {"count": 1, "unit": "week"}}
    assert told["warnings"] == []
    sizes = {s["place"]: (s["before"], s["after"]) for r in told["rules"] if r["rule"] == "tiers" for s in r["sizes"]}
    assert sizes == {"busy": (1, 2), "rest": (3, 2)}
    told = json.loads(diff(keeps, "--as-if-run-since", "2026-10-20", "--every", "2 weeks", "--format", "json").stdout)
    sizes = {s["place"]: (s["before"], s["after"]) for r in told["rules"] if r["rule"] == "tiers" for s in r["sizes"]}
    assert sizes == {"busy": (0, 0), "rest": (4, 4)}, "nobody was busy on 20 October"
    markdown = diff(keeps, "--as-if-run-since", "2026-10-01", "--every", "month", "--format", "markdown").stdout
    assert "As of 1 Nov 2026 00:00 UTC. As if each version had been run every month since 1 Oct 2026, with" in markdown
    page = diff(keeps, "--as-if-run-since", "2026-10-01", "--every", "month", "--format", "html").stdout
    assert "As if each version had been run every month since 1 Oct 2026, with nobody in any arm before. Groups" in page


def test_fields_that_were_others_are_warned_of_and_rules_that_read_no_runs_said(keeps: Path) -> None:
    (keeps / "rules.seg").write_text(KEEPS.replace("keep for", "and plan is missing keep for"), encoding="utf-8")
    told = diff(keeps, "--as-if-run-since", "2026-10-01")
    assert "as of 1 Oct 2026, but these fields are as they are on 1 Nov 2026: account (plan)" in told.stderr
    (keeps / "rules.seg").write_text(KEEPS.replace('"free"', '"team"'), encoding="utf-8")
    told = diff(keeps, "--as-if-run-since", "2026-10-01")
    assert "nothing depends on --as-if-run-since" in told.stderr and "As if" not in told.stdout


@pytest.mark.parametrize(("options", "said"), [
    (("--every", "week"), "name the first day with --as-if-run-since"),
    (("--as-if-run-since", "2026-10-01", "--every", "weeks"), "`weeks` isn't how often rules are run"),
    (("--as-if-run-since", "2026-10-01", "--every", "0 days"), "`0 days` isn't how often"),
    (("--as-if-run-since", "2026-10-01", "--every", "3 hours"), "`3 hours` isn't how often"),
    (("--as-if-run-since", "2026-10-01", "--no-data"), "doesn't go with --no-data"),
    (("--as-if-run-since", "2026-11-01"), "the first run, on 1 Nov 2026, isn't before 1 Nov 2026"),
    (("--as-if-run-since", "2020-11-01"), "a diff as if run has more than 1,000 runs"),
    (("--as-if-run-since", "Tuesday"), "`Tuesday` is no date"),
])  # fmt: skip
def test_what_cannot_be_supposed(keeps: Path, options: tuple[str, ...], said: str) -> None:
    result = diff(keeps, *options)
    assert said in result.output and result.exit_code == 2, result.output
