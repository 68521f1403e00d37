"""Rules as if they had been run: the same as runs that were, day by day, and as the reference evaluator, also in PostgreSQL."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import psycopg
import pytest

from segdsl.model.as_if_run import AsIfRun
from segdsl.model.clock import Clock
from segdsl.model.segment import Segment
from segdsl.promotion import swap
from segdsl.reference.evaluate import Evaluator, Unknown
from segdsl.reference.world import World
from segdsl.run.as_if_run import as_if_run, evaluate_as_if_run, rules_run, run_on
from segdsl.run.errors import UsageError
from segdsl.run.evaluate import attach, clock_for, evaluate, source_config
from segdsl.run.record import run_and_record
from segdsl.workspace.load import Workspace, load_workspace, sound

SINCE, UNTIL = dt.date(2026, 3, 20), dt.date(2026, 5, 8)
TOML = """[workspace]
name = "t"
timezone = "Europe/Berlin"
[sources.default.tables]
account = "accounts.csv"
logins = "logins.csv"
orders = "orders.csv"
"""
RULES = """
entity account from created_at to ended_at {
  account_id: text key  created_at: timestamp fixed  ended_at: timestamp  arr: money(USD) fixed  region: text fixed
}
table logins of account by account_id at occurred_at { }
table orders of account by account_id at ordered_at { amount: integer required }
list named of account from "named.csv" { arm: text }
table tier_runs of account from runs of tiers starting 2026-03-20
table motion_runs of account from runs of motion starting 2026-03-20
table vip_runs of account from runs of vips starting 2026-03-20
metric n of account = count(logins in last 10 days)
metric often_gold of account = count(latest 3 tier_runs having arm = "gold")
segmentation tiers of account where any(logins in last 40 days) {
  overrides from named
  segment gold { when sum(orders.amount in last 20 days) >= 60 limit 3 by arr per region keep until end of next calendar month }
  segment at_risk { when n < 2 keep until n >= 4 stay at least 8 days }
  segment engaged { when n > 5 keep for 9 days }
  undecided unsure
  otherwise base
}
segmentation tiers_2 of account where any(logins in last 40 days) candidate of tiers {
  segment platinum { when sum(orders.amount in last 20 days) >= 90 keep for 15 days }
  segment gold { when sum(orders.amount in last 20 days) >= 40 and often_gold < 3 keep until end of this calendar month }
  segment at_risk { when n < 3 stay at least 15 days }
  otherwise base
}
segmentation motion of account {
  segment loyal { when often_gold >= 2 keep for 14 days }
  segment save { when account in tiers.at_risk or all(latest 2 tier_runs having by_data = "at_risk") stay at least 12 days }
  otherwise rest
}
segment vips of account { when account in tiers.gold and none(vip_runs in last 14 days where member) }
"""
RHYTHMS = (AsIfRun(SINCE, 3, "day"), AsIfRun(SINCE, 1, "week"), AsIfRun(SINCE, 1, "month"))


def made(folder: Path, seed: int, rules: str = RULES, toml: str = TOML) -> Workspace:
    """A workspace of 25 accounts whose habits change from fortnight to fortnight."""
    draw = random.Random(seed)
    keys = [f"a{i:02}" for i in range(25)]
    first = dt.datetime(2026, 1, 20)

    def moment(day: float) -> str:
        return str(first + dt.timedelta(minutes=round(day * 1440)))

    born = {key: draw.choice([0, 0, 0, draw.uniform(0, 90)]) for key in keys}
    ends = {key: moment(born[key] + draw.uniform(20, 90)) if draw.random() < 0.2 else None for key in keys}
    accounts = [
        (key, moment(born[key]), ends[key], draw.choice([None, 100, 100, 500, 900]), draw.choice(["n", "s", None]))
        for key in keys
    ]
    logins, orders = [], []
    for key in keys:
        for fortnight in range(8):
            for _ in range(draw.choice([0, 1, 3, 8, 12])):
                logins.append((key, moment(fortnight * 14 + draw.uniform(0, 14))))
            for _ in range(draw.choice([0, 0, 1, 2])):
                orders.append((key, moment(fortnight * 14 + draw.uniform(0, 14)), draw.choice([20, 50, 90])))
    tables: Mapping[str, tuple[list[Any], list[str]]] = {
        "accounts": (accounts, ["account_id", "created_at", "ended_at", "arr", "region"]),
        "logins": (logins, ["account_id", "occurred_at"]),
        "orders": (orders, ["account_id", "ordered_at", "amount"]),
        "named": ([("a03", "gold"), ("a04", "base")], ["account_id", "arm"]),
    }
    folder.mkdir(exist_ok=True)
    for name, (rows, columns) in tables.items():
        pd.DataFrame(rows, columns=columns).astype({"arr": "Int64"} if "arr" in columns else {}).to_csv(
            folder / f"{name}.csv", index=False
        )
    (folder / "segdsl.toml").write_text(toml, encoding="utf-8")
    (folder / "rules.seg").write_text(rules, encoding="utf-8")
    return sound(load_workspace(folder))


def silent(_: str) -> None:
    pass


def answers(frame: pd.DataFrame, *columns: str) -> dict[str, dict[str, object]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return {
        str(row["entity_id"]): {c: v for c, v in row.items() if c in (columns or plain.columns[1:])}
        for row in plain.to_dict("records")
    }


def supposed(workspace: Workspace, runs: AsIfRun, as_of: dt.date, *names: str) -> dict[str, dict[str, object]]:
    evaluated = evaluate_as_if_run(workspace, names, runs, str(as_of), None, silent)
    return answers(evaluated.frames["account"])


# -- oracles ---------------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize(
    ("seed", "runs"), [pytest.param(1, RHYTHMS[0], marks=pytest.mark.long), (2, RHYTHMS[1]), (3, RHYTHMS[2])]
)
def test_it_is_what_runs_day_by_day_record(tmp_path: Path, seed: int, runs: AsIfRun) -> None:
    workspace = made(tmp_path, seed)
    ledger = tmp_path / ".segdsl" / "ledger.duckdb"
    days = list(runs.days(clock_for(workspace.zone, str(UNTIL))))
    recorded = {}
    for day in [*days, UNTIL]:
        run_and_record(workspace, [], day, None, tmp_path / "out.parquet", ledger=ledger)
        recorded[day] = pd.read_parquet(tmp_path / "out.parquet")
    elsewhere = made(tmp_path / "elsewhere", seed, RULES.replace("starting 2026-03-20", "starting 2026-06-01"))
    kept = 0
    for day in [days[1], days[-1], UNTIL]:
        assert supposed(elsewhere, runs, day) == answers(recorded[day]), day
        kept += int((recorded[day]["tiers"] != recorded[day]["tiers_by_data"]).sum())
    assert kept, "somebody is kept"
    assert not (tmp_path / "elsewhere" / ".segdsl").exists(), "no run is recorded, and none was read"


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "runs"), [(4, RHYTHMS[1]), (5, AsIfRun(SINCE, 4, "day"))])
def test_engines_and_the_reference_agree_run_by_run(tmp_path: Path, seed: int, runs: AsIfRun) -> None:
    workspace = as_if_run(made(tmp_path, seed), runs)
    model = workspace.model
    rules = [*model.segmentations.values(), *model.segments.values()]
    until = clock_for(workspace.zone, str(UNTIL))
    engine = attach(workspace, rules, source_config(workspace, None), until)
    rows: dict[str, list[dict[str, Any]]] = {
        name: engine.relation_rows(name) for name in ("account", "logins", "orders")
    }
    rows |= {"named": list(model.schema.listed["named"]), "tier_runs": [], "motion_runs": [], "vip_runs": []}
    run_on(model, rules_run(model, rules), engine, runs, until, silent)
    for day in [*runs.days(until), UNTIL]:
        clock = Clock.at(day, workspace.zone)
        told = by_reference(model, rows, clock)
        seen = answers(evaluate(model, rules, engine, clock)["account"])
        assert seen == told, day
        for key, answer in told.items():
            at = {"account_id": key, "as_of": clock.now}
            for table, rule in (("tier_runs", "tiers"), ("motion_runs", "motion")):
                rows[table].append({**at, "arm": answer[rule], "by_data": answer[f"{rule}_by_data"]})
            rows["vip_runs"].append({**at, "member": answer["vips"]})


def by_reference(model: Any, rows: Mapping[str, list[dict[str, Any]]], clock: Clock) -> dict[str, dict[str, object]]:
    world = World(model.schema, rows, clock)
    evaluator = Evaluator(model, world)
    told: dict[str, dict[str, object]] = {}
    for row in world.rows("account"):
        answer = told[str(row["account_id"])] = {}
        for rule in [*model.segmentations.values(), *model.segments.values()]:
            if isinstance(rule, Segment):
                held = evaluator.in_segment(rule, row)
                answer[rule.name] = None if isinstance(held, Unknown) else held
                continue
            outcome = evaluator.outcome(rule, row)
            answer |= {rule.name: outcome.arm, f"{rule.name}_status": outcome.status}
            if (by_data := rule.by_data()) is not None:
                answer[f"{rule.name}_by_data"] = evaluator.outcome(by_data, row).arm
    return told


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "runs"), [(6, RHYTHMS[0]), (7, RHYTHMS[1])])
def test_a_candidate_in_its_place_is_what_it_will_be_once_promoted(tmp_path: Path, seed: int, runs: AsIfRun) -> None:
    """Also where it keeps in an arm that the incumbent lacks, and reads the incumbent's runs through a metric."""
    workspace = made(tmp_path, seed)
    until = clock_for(workspace.zone, str(UNTIL))
    placed = as_if_run(workspace, runs, ["tiers_2"])
    rules = [placed.model.segmentations[n] for n in ("tiers", "tiers_2")]
    behind = rules_run(placed.model, rules)
    assert {r.name for r in behind} == {"tiers", "tiers_2"}
    engine = attach(placed, behind, source_config(placed, None), until)
    run_on(placed.model, behind, engine, runs, until, silent)
    both = evaluate(placed.model, rules, engine, until)["account"]

    promoted = sound(swap.promote(workspace, "tiers", "tiers_2").after)
    after = supposed(promoted, runs, UNTIL, "tiers")
    own = ("tiers_2", "tiers_2_status", "tiers_2_by_data")
    assert [tuple(a.values()) for a in answers(both, *own).values()] == [
        tuple(a[c] for c in ("tiers", "tiers_status", "tiers_by_data")) for a in after.values()
    ]
    own = ("tiers", "tiers_status", "tiers_by_data")
    assert answers(both, *own) == {key: {c: a[c] for c in own} for key, a in supposed(workspace, runs, UNTIL).items()}
    assert (both["tiers_2"] == "platinum").sum() > (both["tiers_2_by_data"] == "platinum").sum()


IN_POSTGRES = """[workspace]
name = "t"
timezone = "Europe/Berlin"
[sources.default]
engine = "postgres"
url = "${RUNS_URL}"
[sources.default.tables]
account = "as_if.account"
logins = "as_if.logins"
orders = "as_if.orders"
"""


@pytest.mark.slow
def test_postgres_gives_the_same(
    tmp_path: Path, pg: psycopg.Connection[Any], postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNS_URL", postgres_url)
    workspace = made(tmp_path, 9)
    pg.execute("DROP SCHEMA IF EXISTS as_if CASCADE; CREATE SCHEMA as_if")
    types = {
        "arr": "NUMERIC",
        "amount": "INT",
        **dict.fromkeys(("created_at", "ended_at", "occurred_at", "ordered_at"), "TIMESTAMP"),
    }
    for table in ("account", "logins", "orders"):
        frame = pd.read_csv(tmp_path / f"{table}{'s' if table == 'account' else ''}.csv", dtype=object)
        columns = ", ".join(f"{c} {types.get(c, 'TEXT')}" for c in frame.columns)
        pg.execute(f"CREATE TABLE as_if.{table} ({columns})".encode())
        with pg.cursor() as cursor, cursor.copy(f"COPY as_if.{table} FROM STDIN".encode()) as copy:
            for row in frame.where(frame.notna(), None).itertuples(index=False, name=None):
                copy.write_row(row)
    there = made(tmp_path / "there", 9, toml=IN_POSTGRES)
    assert supposed(there, RHYTHMS[1], UNTIL) == supposed(workspace, RHYTHMS[1], UNTIL)


# -- data of each day --------------------------------------------------------------------------


def test_each_run_sees_the_export_of_its_day(tmp_path: Path) -> None:
    toml = '[workspace]\nname = "t"\n[sources.default.tables]\naccount = "accounts-{as_of}.csv"\n'
    rules = """
entity account { account_id: text key  spend: integer }
table tier_runs of account from runs of tiers starting 2026-03-01
segmentation tiers of account { segment gold { when spend > 10 keep for 7 days } otherwise rest }
"""
    (tmp_path / "segdsl.toml").write_text(toml, encoding="utf-8")
    (tmp_path / "rules.seg").write_text(rules, encoding="utf-8")
    for day, spend in {"2026-03-01": 20, "2026-03-04": 5, "2026-03-07": 5, "2026-03-10": 5}.items():
        (tmp_path / f"accounts-{day}.csv").write_text(f"account_id,spend\na,{spend}\nb,20\n", encoding="utf-8")
    workspace = sound(load_workspace(tmp_path))
    runs = AsIfRun(dt.date(2026, 3, 1), 3, "day")
    assert supposed(workspace, runs, dt.date(2026, 3, 7))["a"]["tiers"] == "gold"
    assert supposed(workspace, runs, dt.date(2026, 3, 10))["a"]["tiers"] == "rest"
    assert supposed(workspace, runs, dt.date(2026, 3, 10))["b"]["tiers"] == "gold"


def test_a_file_named_for_the_runs_is_not_read(tmp_path: Path) -> None:
    workspace = made(tmp_path, 8)
    named = made(tmp_path / "named", 8, toml=TOML + 'tier_runs = "nowhere.csv"\n')
    assert supposed(named, RHYTHMS[2], UNTIL) == supposed(workspace, RHYTHMS[2], UNTIL)


# -- days --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("runs", "before", "days"), [
    (AsIfRun(dt.date(2026, 1, 31), 1, "month"), "2026-04-30", ["2026-01-31", "2026-02-28", "2026-03-31"]),
    (AsIfRun(dt.date(2026, 1, 31), 1, "month"), "2026-05-01", ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]),
    (AsIfRun(dt.date(2026, 1, 1), 2, "week"), "2026-01-29T12:00", ["2026-01-01", "2026-01-15", "2026-01-29"]),
    (AsIfRun(dt.date(2024, 2, 29), 1, "year"), "2026-02-28", ["2024-02-29", "2025-02-28"]),
    (AsIfRun(dt.date(2026, 1, 1), 1, "quarter"), "2026-07-01", ["2026-01-01", "2026-04-01"]),
    (AsIfRun(dt.date(2026, 1, 1)), "2026-01-01", []),
])  # fmt: skip
def test_the_days_of_runs(runs: AsIfRun, before: str, days: list[str]) -> None:
    assert [str(d) for d in runs.days(clock_for(ZoneInfo("Europe/Berlin"), before))] == days


@pytest.mark.parametrize(("runs", "code", "said"), [
    (AsIfRun(dt.date(2026, 5, 8)), "SEG0604", "the first run, on 8 May 2026, isn't before 8 May 2026"),
    (AsIfRun(dt.date(2023, 5, 8)), "SEG0727", "a diff as if run has more than 1,000 runs"),
])  # fmt: skip
def test_too_late_and_too_many(tmp_path: Path, runs: AsIfRun, code: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        supposed(made(tmp_path, 1), runs, UNTIL)
    assert (caught.value.diagnostics[0].code, caught.value.diagnostics[0].message) == (code, said)


def test_the_words() -> None:
    assert str(replace(RHYTHMS[1], count=2)) == "as if run every 2 weeks since 2026-03-20"
    assert RHYTHMS[1].words == "as if run every week since 20 Mar 2026"
