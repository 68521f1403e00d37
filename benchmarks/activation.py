"""Measure `segdsl export` beside `segdsl run` on the same rules and data, each as a whole process, in turns.

    python -m benchmarks.activation --customers 1000000 --each 0 16 --rounds 3 --json activation.json

Three plays: calls with room for 40 a week and owner, mails to the first admin of an account, and mails to all of its people. They have consent,
shared addresses, a suppression list, a cooldown, a holdout and merge fields; `--messages` lets the mails say something as well. Who gets
what is compared with a query by hand before a time is printed, and so are the bytes of a repetition.
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
import json
import shutil
import statistics
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from benchmarks.nightly.__main__ import Measurement, measure

AS_OF = dt.date(2026, 11, 1)
PLAYS = ("renewal_call", "upgrade_mail", "training_mail")
OWNERS, ROOM = 200, 40

RULES = """
entity account {
  account_id: integer key
  name: text personal
  status: one of ("active", "trial", "churned")
  plan: one of ("free", "team", "business")
  region: text
  owner: text
  seats: integer
  used: integer
  arr: money(USD)
  renewal: date
}
entity user of account by account_id reverse users {
  user_id: integer key
  first_name: text personal
  email: text personal
  role: one of ("admin", "member")
  mails: boolean
  seen: date
}
table events of account by account_id at occurred_at { kind: one of ("login", "ticket", "export", "invite") required }
list bounced from "bounced.csv" { email: text }

metric logins of account = count(events in last 28 days where kind = "login")
metric tickets of account = count(events in last 28 days where kind = "ticket")

segmentation motion of account where status != "churned" {
  segment save { when renewal in next 60 days and CALM play renewal_call }
  segment grow { when used >= seats * 80% and plan in ("free", "team") play upgrade_mail }
  segment start { when (used < seats * 40% and status = "trial") or BUSY play training_mail }
  otherwise steady
}

channel email { address: email  consent: opt in by mails  cooldown 7 days  suppress bounced }
play renewal_call { channel: "csm"  capacity 40 per owner per week by arr  merge name, owner, arr, renewal }
play upgrade_mail {
  channel: email  to first of users where role = "admin" by seen  merge first_name, account.name as company, account.seats as seats
}
play training_mail { channel: email  to users where seen in last 90 days  merge first_name, account.name as company }
holdout 5% of account seed "2026"
"""
MESSAGES = {
    "upgrade_mail": 'subject "{{ company }} is growing"  message "Dear {{ first_name | default(\\"colleague\\") }}, all {{ seats }} seats are in use."',
    "training_mail": 'message "Dear {{ first_name | default(\\"colleague\\") }}, at {{ company }} you can begin with this."',
}


@dataclass(frozen=True)
class Workload:
    """What is measured. `each`: events a customer, 0 for rules that read none; `messages`: whether mails have them."""

    customers: int
    each: int
    messages: bool

    def rules(self) -> str:
        text = RULES.replace("CALM", "logins < 3" if self.each else "used > 20")
        text = text.replace("BUSY", "tickets >= 2" if self.each else '(plan = "business" and used < 20)')
        for play, said in MESSAGES.items() if self.messages else ():
            text = text.replace(f"play {play} {{", f"play {play} {{ {said} ")
        lines = text.splitlines()
        if not self.each:
            lines = [line for line in lines if not line.startswith(("table events", "metric"))]
        return "\n".join(lines) + "\n"

    def make(self, folder: Path) -> None:
        """Write a workspace with its data. One value in twenty of a number or date is missing; of 100 users one shares its address."""

        salts = itertools.count(1)

        def draw(below: int) -> str:
            return f"CAST(hash(i, {next(salts)}) % {below} AS BIGINT)"

        def some(value: str, of: int = 20) -> str:
            return f"CASE WHEN {draw(of)} > 0 THEN {value} END"

        def one(*values: str) -> str:
            return f"{[*values]}[1 + {draw(len(values))}]"

        def day(low: int, high: int) -> str:
            return f"DATE '{AS_OF}' + CAST({low} + {draw(high - low)} AS INTEGER)"

        accounts = (
            f"SELECT i AS account_id, 'Company ' || i AS name, {one('active', 'active', 'trial', 'churned')} AS status,"
            f" {one('free', 'team', 'business')} AS plan, {one('EMEA', 'APAC', 'AMER')} AS region, 'csm' || {draw(OWNERS)} AS owner,"
            f" {some(draw(100))} AS seats, {some(draw(100))} AS used, {some(f'CAST({draw(10_000_000)} / 100 AS DECIMAL(18, 2))')} AS arr,"
            f" {some(day(-30, 365))} AS renewal FROM range({self.customers}) t(i)"
        )
        users = self.customers * 6 // 5
        people = (
            f"SELECT i AS user_id, i % {self.customers} AS account_id, {some(one('Ann', 'Bob', 'Çağla', 'Dee', 'Eve'))} AS first_name,"
            f" {some(f'''concat('u', CASE WHEN {draw(100)} > 0 THEN i ELSE {draw(max(1, self.customers // 100))} END, '@example.com')''')} AS email,"
            f" {one('admin', 'admin', 'member')} AS role, {some(f'{draw(5)} > 0')} AS mails, {some(day(-120, 0))} AS seen"
            f" FROM range({users}) t(i)"
        )
        events = (
            f"SELECT {draw(self.customers)} AS account_id, {one('login', 'ticket', 'export', 'invite')} AS kind,"
            f" TIMESTAMP '{AS_OF}' - to_seconds(1 + {draw(120 * 86_400)}) AS occurred_at FROM range({self.customers * self.each}) t(i)"
        )
        bounced = f"SELECT email FROM '{folder}/user.parquet' WHERE hash(user_id, {next(salts)}) % 200 = 0 AND email IS NOT NULL"
        folder.mkdir(parents=True, exist_ok=True)
        tables = {"account": accounts, "user": people} | ({"events": events} if self.each else {})
        with duckdb.connect() as con:
            for name, query in tables.items():
                con.execute(f"COPY ({query}) TO '{folder / name}.parquet' (FORMAT parquet)")
            (folder / "rules").mkdir(exist_ok=True)
            con.execute(f"COPY ({bounced}) TO '{folder / 'rules' / 'bounced.csv'}' (FORMAT csv, HEADER true)")
        (folder / "rules" / "motion.seg").write_text(self.rules(), encoding="utf-8")
        files = ", ".join(f'{name} = "{name}.parquet"' for name in tables)
        (folder / "segdsl.toml").write_text(
            '[workspace]\nname = "benchmark"\nlanguage = 1\ntimezone = "UTC"\ninclude = ["rules"]\n\n[sources.default]\nengine = "duckdb"\n'
            f'timezone = "UTC"\ntables = {{ {files} }}\n',
            encoding="utf-8",
        )

    def by_hand(self, folder: Path) -> str:
        """Query of who gets what: `play`, `customer`, `recipient`."""
        held_out = "('0x' || md5('2026' || chr(0) || account_id)[:13])::BIGINT < 0.05 * 2.0 ** 52"
        logins, tickets = (f"(coalesce(e.{kind}, 0))" if self.each else "NULL" for kind in ("logins", "tickets"))
        calm = f"{logins} < 3" if self.each else "used > 20"
        busy = f"{tickets} >= 2" if self.each else "plan = 'business' AND used < 20"
        counted = (
            f" LEFT JOIN (SELECT account_id, count(*) FILTER (kind = 'login') AS logins, count(*) FILTER (kind = 'ticket') AS tickets"
            f" FROM '{folder}/events.parquet' WHERE occurred_at >= TIMESTAMP '{AS_OF - dt.timedelta(28)}' AND occurred_at < TIMESTAMP '{AS_OF}'"
            " GROUP BY 1) e USING (account_id)"
            if self.each
            else ""
        )
        save = f"renewal >= DATE '{AS_OF}' AND renewal < DATE '{AS_OF + dt.timedelta(60)}' AND {calm}"
        grow = "used >= seats * 0.8 AND plan IN ('free', 'team')"
        start = f"used < seats * 0.4 AND status = 'trial' OR {busy}"
        arm = f"CASE WHEN {save} THEN 'save' WHEN {grow} THEN 'grow' WHEN {start} THEN 'start' END"
        users = f"'{folder}/user.parquet'"
        refused = f"SELECT email FROM {users} WHERE mails = false UNION SELECT email FROM read_csv('{folder}/rules/bounced.csv')"
        mail = (
            "SELECT play, customer, user_id, email FROM asked WHERE mails AND email IS NOT NULL"
            " AND email NOT IN (SELECT email FROM refused WHERE email IS NOT NULL)"
            " QUALIFY row_number() OVER (PARTITION BY play, email ORDER BY customer, user_id) = 1"
        )
        return f"""
        WITH placed AS (SELECT a.*, {arm} AS arm, {held_out} AS held_out FROM '{folder}/account.parquet' a{counted} WHERE status <> 'churned'),
        refused AS ({refused}),
        calls AS (SELECT account_id FROM placed WHERE arm = 'save' AND NOT held_out
                  QUALIFY row_number() OVER (PARTITION BY owner ORDER BY arr DESC NULLS LAST, account_id) <= {ROOM}),
        asked AS (SELECT 'upgrade_mail' AS play, p.account_id AS customer, u.* EXCLUDE (account_id) FROM placed p JOIN {users} u USING (account_id)
                  WHERE p.arm = 'grow' AND NOT held_out AND role = 'admin' QUALIFY row_number() OVER (PARTITION BY p.account_id ORDER BY seen DESC NULLS LAST, user_id) = 1
                  UNION ALL SELECT 'training_mail', p.account_id, u.* EXCLUDE (account_id) FROM placed p JOIN {users} u USING (account_id)
                  WHERE p.arm = 'start' AND NOT held_out AND seen >= DATE '{AS_OF - dt.timedelta(90)}' AND seen < DATE '{AS_OF}'),
        mails AS ({mail}),
        first_mails AS (SELECT * FROM mails WHERE play = 'upgrade_mail')
        SELECT 'renewal_call' AS play, CAST(account_id AS VARCHAR) AS customer, NULL AS recipient FROM calls
        UNION ALL SELECT play, CAST(customer AS VARCHAR), CAST(user_id AS VARCHAR) FROM first_mails
        UNION ALL SELECT play, CAST(customer AS VARCHAR), CAST(user_id AS VARCHAR) FROM mails
                  WHERE play = 'training_mail' AND email NOT IN (SELECT email FROM first_mails)
        """


def given(folder: Path) -> str:
    """Query of who got what by the files of an export, as `Workload.by_hand` has it."""
    files = [
        f"SELECT '{play}' AS play, customer, nullif(recipient, '') AS recipient FROM read_csv('{folder}/{play}.csv', all_varchar = true)"
        for play in PLAYS
    ]
    return " UNION ALL ".join(files)


def rounds(work: Workload, folder: Path, count: int) -> tuple[int, dict[str, list[Measurement]]]:
    """(how many deliveries, what each alternative took) of `count` rounds. Raises RuntimeError where answers differ."""
    work.make(folder)
    out, state = folder / "out", folder / ".segdsl"
    segdsl, place = [sys.executable, "-m", "segdsl"], ["--workspace", str(folder), "--as-of", AS_OF.isoformat()]
    run = [*segdsl, "run", *place, "--output", str(folder / "run.csv")]
    export = [*segdsl, "export", *place, "--output", str(out)]
    measured: dict[str, list[Measurement]] = {}

    def note(name: str, command: list[str]) -> None:
        measured.setdefault(name, []).append(measure(command, folder))
        print(f"  {name}: {measured[name][-1].processor:.2f}", file=sys.stderr, flush=True)

    sent = 0
    for _ in range(count):
        shutil.rmtree(state, ignore_errors=True)
        note("run, no ledger", [*run, "--no-ledger"])
        note("run", run)
        note("export, dry run", [*export, "--dry-run"])
        note("export", export)
        first = {play: (out / f"{play}.csv").read_bytes() for play in PLAYS}
        logged = _size(state / "deliveries")
        note("export again", export)
        if (
            first != {play: (out / f"{play}.csv").read_bytes() for play in PLAYS}
            or _size(state / "deliveries") != logged
        ):
            raise RuntimeError("a repetition wrote other bytes, or more of the log")
        if not sent:
            sent = _compare(work, folder, out)
    return sent, measured


def _size(log: Path) -> int:
    return sum(path.stat().st_size for path in log.glob("*.jsonl"))


def _compare(work: Workload, folder: Path, out: Path) -> int:
    """How many deliveries there are. Raises RuntimeError where the files and the query by hand differ."""
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE hand AS {work.by_hand(folder)}")
        con.execute(f"CREATE TABLE files AS {given(out)}")
        for a, b in (("hand", "files"), ("files", "hand")):
            differing = con.execute(f"SELECT * FROM (FROM {a} EXCEPT ALL FROM {b}) LIMIT 5").fetchall()
            if differing:
                raise RuntimeError(f"in {a} and not in {b}, among others: {differing}")
        by_play = con.execute("SELECT play, count(*) FROM files GROUP BY 1 ORDER BY 1").fetchall()
    print(f"  {by_play}", file=sys.stderr, flush=True)
    return sum(n for _, n in by_play)


def main() -> None:
    """Measure what the arguments say, print a table for each workload, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--each", type=int, nargs="+", default=[0, 16], help="events a customer")
    parser.add_argument("--messages", action="store_true", help="mails with messages")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--folder", type=Path, help="where to make the workspaces, which stay there; else they are temporary"
    )
    parser.add_argument("--json", type=Path, help="where to write all figures")
    arguments = parser.parse_args()
    kept = []
    for each in arguments.each:
        work = Workload(arguments.customers, each, arguments.messages)
        with tempfile.TemporaryDirectory() as temporary:
            folder = arguments.folder / f"{each} events" if arguments.folder else Path(temporary)
            sent, measured = rounds(work, folder, arguments.rounds)
        print(_table(work, sent, measured, arguments.rounds), flush=True)
        kept.append(asdict(work) | {"sent": sent} | {n: [asdict(m) for m in ms] for n, ms in measured.items()})
    if arguments.json:
        arguments.json.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def _table(work: Workload, sent: int, measured: dict[str, list[Measurement]], count: int) -> str:
    """A Markdown table of medians, with ratios to the run."""
    median = {
        name: [statistics.median(getattr(m, what) for m in ms) for what in ("processor", "seconds", "memory")]
        for name, ms in measured.items()
    }
    lines = [
        f"{work.customers:,} customers, {work.customers * 6 // 5:,} users, {work.customers * work.each:,} events, {sent:,} rows delivered"
        f"{', with messages' if work.messages else ''}; medians of {count}; the answers are those by hand",
        "| whole process | processor | times | seconds | MB |",
        "|---|---|---|---|---|",
        *(f"| {n} | {p:.2f} | {p / median['run'][0]:.2f} | {s:.2f} | {m:,.0f} |" for n, (p, s, m) in median.items()),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
