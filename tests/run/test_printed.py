"""Printed queries: run by the engine's own client, they have the rows of a run; as a model of dbt, on each day that day's."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from segdsl.run.evaluate import evaluate_source
from segdsl.run.printed import in_pieces, printed, seen
from segdsl.workspace.load import Workspace, load_workspace, sound
from tests.support.cli import call
from tests.support.parquet import example_on_parquet
from tests.support.paths import ROOT

DAY = "2026-11-01"


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return sound(load_workspace(example_on_parquet(tmp_path_factory.mktemp("example"))))


def by_client(text: str) -> pd.DataFrame:
    """Rows by DuckDB's own client, in a session of its own."""
    with duckdb.connect() as con:
        frame: pd.DataFrame = con.execute(text).df()
        return frame


def by_run(workspace: Workspace, name: str, source: str, day: str) -> pd.DataFrame:
    (frame,) = evaluate_source(workspace, [name], day, source).frames.values()
    return frame.astype({c: object for c in frame.columns if str(frame[c].dtype) == "boolean"})


def same(own: pd.DataFrame, theirs: pd.DataFrame) -> None:
    objects = (frame.astype(object).where(frame.notna(), None) for frame in (own, theirs))
    assert_frame_equal(*objects)


# -- DuckDB ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_rule_of_the_example(example: Workspace) -> None:
    names = [*example.model.segmentations, *example.model.segments]
    for name in names:
        expected = by_run(example, name, "typed", DAY)
        same(by_client(printed(example, name, "typed", DAY).text), expected)
        assert len(expected) > 100
    assert len(names) > 10


RULES = """
list strategic of account from "strategic.csv" {{ arm: text }}
entity account {{ account_id: text key  plan: one of ("free", "team")  arr: money(USD)  tags: set of text  note: text }}
table logins of account by account_id at occurred_at {{ device: text }}
segmentation motion of account {{
  goal "Keep them" owner "cs@acme.example" basis value review every 90 days
  overrides from strategic
  segment save {{ when none(logins since start of this month) and note != "{note}" }}
  segment quiet {{ when count(logins in last 30 days) < 3 or tags has any ("it's", "b") }}
  otherwise steady
}}
"""
NOTE = "{{ 7 * 7 }} {% raw %} #} '%' {"
TOML = """[workspace]
name = "t"
timezone = "Europe/London"
[sources.default.tables]
account = {account}
logins = {logins}
"""


def small(folder: Path, account: str = '"account.parquet"', logins: str = '"logins-*.parquet"') -> Workspace:
    """Two customers and their logins, in files of which there may be more tomorrow."""
    texts = {
        "rules.seg": RULES.format(note=NOTE), "segdsl.toml": TOML.format(account=account, logins=logins),
        "strategic.csv": "account_id,arm,expires\nzeta,steady,2026-10-31\n",
    }  # fmt: skip
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    rows = f"""(VALUES ('acme', 'team', 1.5, ['b'], 'x'), ('zeta', ' free\u00a0', NULL, NULL, '{NOTE.replace("'", "''")}'), ('\u200bodd', 'gold', 3, [], NULL))
        v(account_id, plan, arr, tags, note)"""
    with duckdb.connect(folder / "warehouse.duckdb") as con:
        con.execute(f"CREATE TABLE account AS SELECT * FROM {rows}")
        con.execute(f"COPY account TO '{folder}/account.parquet'")
        for i, day in enumerate(("2026-10-30", "2026-11-02")):
            login = f"SELECT 'acme' AS account_id, TIMESTAMPTZ '{day} 10:00:00+00' AS occurred_at, 'x' AS device"
            con.execute(f"COPY ({login}) TO '{folder}/logins-{i}.parquet'")
    return sound(load_workspace(folder))


def test_files_that_come_later_are_read(tmp_path: Path) -> None:
    workspace = small(tmp_path)
    text = printed(workspace, "motion", "default", "2026-11-03").text
    same(by_client(text), by_run(workspace, "motion", "default", "2026-11-03"))
    (tmp_path / "logins-1.parquet").rename(tmp_path / "logins-2.parquet")
    assert by_client(text)["motion"].tolist() == by_run(workspace, "motion", "default", "2026-11-03")["motion"].tolist()


def test_a_database_file_is_attached(tmp_path: Path) -> None:
    workspace = small(tmp_path, '{ path = "warehouse.duckdb", table = "account" }')
    same(by_client(printed(workspace, "motion", None, DAY).text), by_run(workspace, "motion", "default", DAY))


def test_copies_of_a_row_are_one_customer(tmp_path: Path) -> None:
    small(tmp_path)
    path = tmp_path / "account.parquet"
    duckdb.sql(f"SELECT * FROM '{path}' UNION ALL SELECT * FROM '{path}'").write_parquet(f"{path}.new")
    Path(f"{path}.new").replace(path)
    workspace = sound(load_workspace(tmp_path))
    own = by_client(printed(workspace, "motion", None, DAY).text)
    assert len(own) == 3
    same(own, by_run(workspace, "motion", "default", DAY))


def test_characters_that_are_not_seen_are_numbers() -> None:
    assert (
        seen("SELECT 'a\u200bb', \"x\u200b\", 'it''s\n'")
        == "SELECT ('a' || chr(8203) || 'b'), \"x\u200b\", ('it''s' || chr(10))"
    )
    assert duckdb.sql(seen("SELECT '\u200b\u2028', 'x\ufe0f'")).fetchall() == [("\u200b\u2028", "x\ufe0f")]


def test_pieces_are_the_whole_text() -> None:
    text = """SELECT "a 1" + 1.5e3, 'it''s', e1 FROM t2 -- 7"""
    fixed, literals = in_pieces(text)
    assert literals == ["1.5", "'it''s'", "7"] and "".join(a + b for a, b in zip(fixed, [*literals, ""])) == text


# -- dbt ---------------------------------------------------------------------------------------


class OtherDay(Exception):
    """What dbt's compiler raises."""


def rendered(model: str, as_of: Any, places: dict[str, str]) -> str:
    """A model as dbt renders it: the statements of its hooks, then its query."""
    hooks: list[str] = []

    def refuse(message: str) -> None:
        raise OtherDay(message)

    def config(materialized: str, pre_hook: list[str]) -> str:
        assert materialized == "table"
        hooks.extend(jinja2.Environment().from_string(h).render() for h in pre_hook)
        return ""

    query = jinja2.Environment().from_string(model).render(
        var={"as_of": as_of}.__getitem__, source=lambda _, table: places[table], config=config,
        exceptions={"raise_compiler_error": refuse},
    )  # fmt: skip
    return ";\n".join([*hooks, query.strip()])


def test_a_model_gives_each_day_its_own_rows(tmp_path: Path) -> None:
    """Over the end of summer time, into another month, and past the last day of a row of a list."""
    workspace = small(tmp_path)
    model = printed(workspace, "motion", None, "2026-10-24", "2026-11-04", for_dbt=True).text
    places = {"account": f"'{tmp_path}/account.parquet'", "logins": f"read_parquet('{tmp_path}/logins-*.parquet')"}
    answers = []
    for i in range(12):
        day = dt.date(2026, 10, 24) + dt.timedelta(days=i)
        expected = by_run(workspace, "motion", "default", str(day))
        same(by_client(rendered(model, day, places)), expected)
        answers.append(tuple(expected["motion"].astype(object).where(expected["motion"].notna(), None)))
    assert len(set(answers)) >= 3
    assert (
        f"'{tmp_path}" not in model and model.count("{% elif") == 1
    )  # the list's row counts no more, which is no literal
    with pytest.raises(OtherDay, match="as_of is 2026-11-05, and this model was printed for 2026-10-24 to 2026-11-04"):
        rendered(model, "2026-11-05", places)


@pytest.mark.slow
def test_every_rule_of_the_example_as_a_model(example: Workspace) -> None:
    places = {
        n: f"'{example.root / 'snapshots' / DAY / f'{n}.parquet'}'" for n in example.config.sources["typed"].tables
    }
    for name in [*example.model.segmentations, *example.model.segments]:
        model = printed(example, name, "typed", "2026-10-25", DAY, for_dbt=True).text
        for day in ("2026-10-25", "2026-10-26", DAY):
            same(by_client(rendered(model, day, places)), by_run(example, name, "typed", day))


@pytest.mark.slow
def test_the_recipe_of_the_documentation(dbt: str, example: Workspace, tmp_path: Path) -> None:
    """The project of `docs/schedulers.md`, as it stands there, in a copy of its own: its model and its tests of keys."""
    text = (ROOT / "docs" / "schedulers.md").read_text(encoding="utf-8")
    files = re.findall(r"^`([\w/.]+)`[^\n]*:\n\n```yaml\n(.*?)```$", text, re.DOTALL | re.MULTILINE)
    assert [name for name, _ in files] == ["dbt_project.yml", "profiles.yml", "models/sources.yml"]
    for name, content in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    shutil.copytree(example.root / "snapshots" / DAY, tmp_path / "exports")
    days = ("--as-of", "2026-10-31", "--until", DAY)
    model = tmp_path / "models" / "motion.sql"
    printed_to = call("sql", "motion", "--for", "dbt", "--source", "typed", *days, "-o", str(model), cwd=example.root)
    assert printed_to.exit_code == 0, printed_to.output
    for day, code in (("2026-10-31", 0), (DAY, 0), ("2026-11-02", 2)):
        command = [dbt, "build", "--no-version-check", "--vars", f"{{as_of: {day}}}", "--profiles-dir", "."]
        env = {**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False, env=env)
        assert done.returncode == code, done.stdout + done.stderr
        if code:
            assert "this model was printed for 2026-10-31 to 2026-11-01" in done.stdout
            continue
        assert "PASS=5" in done.stdout, done.stdout  # the model, and two tests of each key
        with duckdb.connect(tmp_path / "segments.duckdb") as con:
            same(con.execute("SELECT * FROM motion ORDER BY entity_id").df(), by_run(example, "motion", "typed", day))
