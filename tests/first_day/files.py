"""Files as people have them, whatever wrote them."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from tests.first_day.table import AS_OF, Ask, Case, Say, back, book, clock, day, json_lines, known, num, once, parquet, per, recent, sheet, total, when

# -- a workbook of twelve sheets -------------------------------------------------------------------

BOOK_ACCOUNTS = [(f"AC-{i:03}", f"Acc {i}", ("EMEA", "AMER", "APAC")[i % 3], 1000.0 * i, dt.datetime(2025, 1, 1) + dt.timedelta(i * 6)) for i in range(40)]
BOOK_CALLS = [(f"C{i}", f"AC-{i * 7 % 38:03}", dt.datetime.fromisoformat(f"{back(i)} {clock(i)}"), ("good", "bad")[i % 2]) for i in range(80)]
WORKBOOK = Case(
    "workbook of twelve sheets",
    "a title above each table, empty, hidden and pivot sheets, notes",
    {
        "Book1.xlsx": book(
            {
                "README": [("What is in here",), ("Ask Jo",)],
                "Accounts": [("Accounts of the region",), ("as of 31 Oct 2025",), (), ("Account ID", "Name", "Region", "ARR", "Created"), *BOOK_ACCOUNTS, ("Total", None, None, 780000.0, None)],
                "Calls": [("Call ID", "Account ID", "Called at", "Mood"), *BOOK_CALLS],
                "Pivot": [(), ("Row Labels", "Sum of ARR"), ("EMEA", 273000.0), ("AMER", 247000.0), ("(blank)", None), ("Grand Total", 780000.0)],
                "Lists": [("Region", "Lead"), ("EMEA", "Ann"), ("AMER", "Bo"), ("APAC", "Cy")],
                "Sheet6": [], "Sheet7": [], "Sheet8": [],
                "Notes": [(f"note {i}",) for i in range(5)],
                "Chart data": [(None, "Jan", "Feb"), ("EMEA", 1, 2)],
                "Old": [("x", "y"), (None, None)],
                "Contacts": [("Contact ID", "Account ID", "E-mail"), *((f"P{i}", f"AC-{i * 3 % 40:03}", f"x{i}@example.com") for i in range(50))],
            },
            hidden=("Lists",),
        )
    },
    (
        Ask('region = "EMEA"', "Accounts", lambda t: t.accounts.Region == "EMEA", as_of=AS_OF, fails="A3, B3"),
        Ask("arr > 20_000 and none({calls} in last 30 days)", "Accounts", lambda t: (num(t.accounts.ARR) > 20000) & (per(t.accounts["Account ID"], t.calls["Account ID"][recent(pd.to_datetime(t.calls["Called at"]), 30)]) == 0), as_of=AS_OF, fails="A3, B3"),
    ),
    (
        Say("init", ("Accounts", r"\b3\b", "above"), "A3"),
        Say("init", ("Accounts", "below|total"), "A3"),
        Say("init", ("Pivot", "left out|no table|pivot table|not read"), "A3"),
        Say("init", ("Sheet6", "Sheet7", "Sheet8"), "A3"),
        Say("init", ("Lists", "hidden"), "A3"),
        Say("init", ("Notes",), "A3"),
    ),
    {"Book1.xlsx": {"sheets": {"Accounts": {"header": 3, "nrows": 40}, "Calls": {}}}},
    first="A3, B3",
    init="A3",
)  # fmt: skip

# -- a German export ----------------------------------------------------------------------------------

GERMAN = Case(
    "German export",
    "semicolons, decimal commas, words for yes and no, (€) in a header",
    {
        "kunden.csv": sheet(
            "Kunden-Nr|Firma|Größe (€)|Aktiv|Seit|Rabatt",
            [
                (
                    f"K{i:03}",
                    f"Müller & Söhne {i}",
                    f"{i * 1.234:.3f}".replace(".", ",") if i % 7 == 0 else f"{i}.{i * 37 % 1000:03},50",
                    ("ja", "nein")[i % 3 == 0],
                    f"{day(i * 4, '2024-12-20'):%d.%m.%Y}",
                    f"{i % 20},5 %",
                )
                for i in range(1, 46)
            ],
            sep=";",
        ),
        "rechnungen.csv": sheet(
            "Rechnung|Kunden-Nr|Datum|Betrag|Bezahlt",
            [(f"R{i}", f"K{1 + i * 4 % 43:03}", f"{back(i):%d.%m.%Y}", f"{1 + i % 3}.{i * 7 % 1000:03},00 €", ("ja", "nein")[i % 4 == 0]) for i in range(90)],
            sep=";",
        ),
    },
    (
        Ask("seit >= 2025-03-01", "kunden", lambda t: when(t.kunden.Seit, "%d.%m.%Y") >= "2025-03-01", as_of=AS_OF),
        Ask(
            "sum({rechnungen}.betrag) > 4_000",
            "kunden",
            lambda t: (
                total(t.kunden["Kunden-Nr"], t.rechnungen["Kunden-Nr"], num(t.rechnungen.Betrag.str.rstrip(" €").str.replace(".", "").str.replace(",", ".")))
                > 4000
            ),
            as_of=AS_OF,
        ),
        Ask("aktiv", "kunden", lambda t: t.kunden.Aktiv == "ja", as_of=AS_OF, fails="C16"),
        Ask(
            "any({rechnungen} in last 30 days where not bezahlt)",
            "kunden",
            lambda t: (
                per(t.kunden["Kunden-Nr"], t.rechnungen["Kunden-Nr"][recent(when(t.rechnungen.Datum, "%d.%m.%Y"), 30) & (t.rechnungen.Bezahlt == "nein")]) > 0
            ),
            as_of=AS_OF,
            fails="C16",
        ),
        Ask("rabatt > 10%", "kunden", lambda t: num(t.kunden.Rabatt.str.rstrip(" %").str.replace(",", ".")) > 10, as_of=AS_OF),
    ),
    (Say("init", (r"\?", "rabatt", "%|percent"), "A8"), Say("init", ("grosse|grose|große|groe", "€|EUR|currency"), "C17")),
    {"kunden.csv": {"sep": ";"}, "rechnungen.csv": {"sep": ";"}},
)

# -- JSON -----------------------------------------------------------------------------------------------

JSON = Case(
    "JSON with a mark, lines, and an empty file",
    "a byte order mark, lists, nothing",
    {
        "accounts.json": (
            "\ufeff["
            + json_lines(
                {
                    "id": f"j{i}",
                    "tier": ("gold", "silver")[i % 2],
                    "seats": None if i % 6 == 0 else i,
                    "tags": ["a", "b"][: i % 3],
                    "created": f"{day(i * 5)}T{clock(i)}Z",
                }
                for i in range(40)
            )
            .strip()
            .replace("\n", ",")
            + "]"
        ).encode(),
        "logins.jsonl": json_lines({"id": f"j{i * 7 % 38}", "at": f"{back(i)}T{clock(i)}+02:00"} for i in range(80)),
        "churned.json": "[]",
    },
    (
        Ask('tier = "gold"', "accounts", lambda t: t.accounts.tier == "gold", as_of=AS_OF, fails="N12"),
        Ask("seats > 20", "accounts", lambda t: num(t.accounts.seats) > 20, as_of=AS_OF, fails="N12"),
        Ask(
            "none({logins} in last 14 days)",
            "accounts",
            lambda t: per(t.accounts.id, t.logins.id[recent(when(t.logins["at"]).dt.tz_convert("UTC").dt.tz_localize(None), 14)]) == 0,
            as_of=AS_OF,
            fails="N12",
        ),
    ),
    (Say("init", ("churned.json", "empty|no rows|nothing|left out"), "N12"),),
    {"accounts.json": {"encoding": "utf-8-sig"}, "churned.json": {"no_data": True}},
    first="N12",
)

# -- weekly exports of one table ---------------------------------------------------------------------------

WEEKS = [[(f"w{i:03}", ("free", "pro")[i % 2], *((i % 3 == 0,) if week == 1 else ())) for i in range(30 * week, 30 * week + 30)] for week in (0, 1)]
WEEKLY = Case(
    "two weeks of one export",
    "the same columns but one, in two files",
    {
        "users-2025-10-20.csv": sheet("user_id|plan", WEEKS[0]),
        "users-2025-10-27.csv": sheet("user_id|plan|beta", WEEKS[1]),
    },
    (
        Ask('plan = "pro"', "users", lambda t: pd.concat([t.users_2025_10_20, t.users_2025_10_27]).plan == "pro", as_of=AS_OF, fails="N13"),
        Ask("beta", "users", lambda t: pd.concat([t.users_2025_10_20, t.users_2025_10_27]).beta.map({"True": True, "False": False}), as_of=AS_OF, fails="N13"),
    ),
    (
        Say("init", ("beta", "users-2025-10-20"), "R25"),
        Say("data check", ("beta", "users-2025-10-20"), "R25"),
        Say("init --update --from users-2025-10-20.csv users-2025-10-27.csv", ("beta|nothing new|unchanged",), "S4"),
    ),
    first="N13",
    proposal="",
)

ZONES = Case(
    "Parquet with a zone and without",
    "one table, two files",
    {
        "customers.csv": sheet("id|name", [(f"z{i}", f"Z {i}") for i in range(20)]),
        "events-1.parquet": parquet('id VARCHAR, "at" TIMESTAMPTZ', [(f"z{i}", f"{back(i)} 12:00:00+02") for i in range(20)]),
        "events-2.parquet": parquet('id VARCHAR, "at" TIMESTAMP', [(f"z{i}", f"{back(i)} 12:00:00") for i in range(10)]),
    },
    (Ask("count({events}) >= 2", "customers", lambda t: per(t.customers.id, pd.concat([t.events_1.id, t.events_2.id])) >= 2, as_of=AS_OF, fails="N13"),),
    (Say("init", ("events-2.parquet", "zone"), "R24"), Say("data check", ("events", "zone"), "R24")),
    first="N13",
)

# -- a folder ------------------------------------------------------------------------------------------------

FOLDER = Case(
    "a folder of files, two the same",
    "copies, a picture, a note",
    {
        "accounts.csv": (TWICE := sheet("account_id|region", [(f"f{i}", ("north", "south")[i % 2]) for i in range(30)])),
        "accounts (1).csv": TWICE,
        "visits.csv": sheet("visit_id|account_id|visited_on", [(f"v{i}", f"f{i * 7 % 30}", str(back(i))) for i in range(40)]),
        "notes.docx": b"PK\x03\x04 no table",
        ".DS_Store": b"\x00\x01",
        "logo.png": b"\x89PNG",
    },
    (Ask('region = "north" and count({visits}) >= 1', "accounts", lambda t: (t.accounts.region == "north") & (per(t.accounts.account_id, t.visits.account_id) >= 1), as_of=AS_OF, fails="C13"),),
    (Say("init", (r"accounts \(1\).csv", "same|copy|twice"), "C13"), Say("init", ("notes.docx",), "C13"), Say("init", (".DS_Store",), never=True)),
    {name: {"no_data": True} for name in ("notes.docx", ".DS_Store", "logo.png")},
    given=(".",),
    first="C13",
    init="C13",
)  # fmt: skip

# -- odd headers ------------------------------------------------------------------------------------------------

HEADERS = Case(
    "headers that are words of the language",
    "from, where, at, none, Größe (€), 200 letters",
    {
        "things.csv": sheet(
            "id|from|where|at|count|any|Größe (€)|Größe €||1st|" + "a very long name " * 13 + "|select|is missing",
            [
                (f"h{i}", f"{day(i)}", ("here", "there")[i % 2], f"{back(i)} {clock(i)}", i, str(i % 2 == 0).lower(), i * 10, i * 20, "", i % 9, i, "x", "y")
                for i in range(40)
            ],
        )
    },
    (
        Ask("count > 20", "things", lambda t: num(t.things["count"]) > 20, as_of=AS_OF),
        Ask("n_1st >= 5", "things", lambda t: num(t.things["1st"]) >= 5, as_of=AS_OF),
        Ask(
            "grosse > 100 and grosse_2 > 400",
            "things",
            lambda t: (num(t.things["Größe (€)"]) > 100) & (num(t.things["Größe €"]) > 400),
            as_of=AS_OF,
            fails="N14",
        ),
    ),
    (Say("init", (".{200}",), "N14", never=True),),
)

# -- keys -----------------------------------------------------------------------------------------------------------

LONG_IDS = Case(
    "ids of a workbook",
    "numbers beyond 2^53, zeros by number format",
    {
        "keys.xlsx": book({"keys": [("id", "name"), *[(i, f"N {i}") for i in range(7, 40)], (123456789012345678, "long")]}, formats={"A": "000"}),
        "events.csv": sheet("event|id|at", [(f"e{i}", "123456789012345678" if i == 9 else f"{7 + i % 30:03}", f"{back(i)}") for i in range(60)]),
    },
    (Ask('name != ""', "keys", lambda t: t.keys.name != "", as_of=AS_OF),),
    (
        Say("init", ("`id`", "15 digits", "round"), "R29"),
        Say("data check", ("`id`", "15 digits", "round"), "R29"),
        Say("init", ("`id`", "shown", "zeros to 3 digits"), "R30"),
    ),
    proposal="C15",
)

ODD_KEYS = Case(
    "keys that are decimals, days and mixed",
    "what a spreadsheet made of ids",
    {
        "parts.csv": sheet(
            "part|kind|only",
            [
                (k, ("x", "y")[i % 2], "same")
                for i, k in enumerate(
                    [
                        *(f"{i}.0" for i in range(10)),
                        *(f"2025-03-{i:02}" for i in range(1, 11)),
                        *(f"MAR-{i}" for i in range(10)),
                        *(f"1E{i}" for i in range(3)),
                    ]
                )
            ],
        ),
        "uses.csv": sheet("use|part|on", [(f"u{i}", f"{i % 10}", str(back(i))) for i in range(30)]),
    },
    (Ask('kind = "x"', "parts", lambda t: t.parts.kind == "x", as_of=AS_OF),),
    (Say("init", ("part", r"`?0\.0|1E0|2025-03-01", "spreadsheet|decimal|days"), "N18"), Say("init", ("part", "0 of 10"), "N18")),
)

# -- dates ----------------------------------------------------------------------------------------------------------

DATES = Case(
    "days that don't exist, and the year 202",
    "a format, and cells against it",
    {
        "trials.csv": sheet(
            "trial_id|began|ends|renewal|only",
            [
                (
                    f"t{i}",
                    {4: "29/02/2025", 9: "31/04/2025", 15: "31/06/2025", 22: "31/09/2025"}.get(i) or f"{day(i * 5):%d/%m/%Y}",
                    f"0202-05-{1 + i:02}" if i in (3, 8) else f"{day(i, '2025-10-20')}",
                    f"{day(i, '2025-10-20')}T00:00:00.000+0200",
                    "on",
                )
                for i in range(28)
            ],
        )
    },
    (
        Ask("began >= 2025-03-01", "trials", lambda t: known((w := when(t.trials.began, "%d/%m/%Y")) >= "2025-03-01", w.notna()), as_of=AS_OF, fails="R16"),
        Ask(
            "ends in next 10 days",
            "trials",
            lambda t: known((w := pd.to_datetime(t.trials.ends, errors="coerce")).ge("2025-11-01") & w.lt("2025-11-11"), ~t.trials.ends.str.startswith("02")),
            as_of=AS_OF,
        ),
        Ask("renewal >= 2025-11-01", "trials", lambda t: pd.to_datetime(t.trials.renewal.str[:10]) >= "2025-11-01", as_of=AS_OF, fails="N15"),
    ),
    (Say("data check", ("began", r"\b4\b", "29/02/2025")), Say("data check", ("ends", r"\b2\b", "0202"), "R16"), Say("init", ("ends", "0202"), "N15")),
    proposal="C15",
)

FORMATS = Case(
    "numbers decided, dates not",
    "a line offered below one that is there",
    {"clients.csv": sheet("client_id|mrr|last_login", [(f"c{i}", f"{i * 100 + 950:,}.50", f"{1 + i % 12:02}/{1 + i * 5 % 12:02}/2025") for i in range(40)])},
    (
        Ask("mrr > 2_000", "clients", lambda t: num(t.clients.mrr.str.replace(",", "")) > 2000, as_of=AS_OF, fails="B4"),
        Ask("last_login >= 2025-06-01", "clients", lambda t: when(t.clients.last_login, "%m/%d/%Y") >= "2025-06-01", as_of=AS_OF, fails="B4"),
    ),
    (Say("init", (r"\?", "last_login", "DD/MM/YYYY", "MM/DD/YYYY")), Say("init", ("mrr", "currency"), "C17")),
    answers=('date = "MM/DD/YYYY"',),
    first="B4",
    offers="B4",
)

# -- the model's own words --------------------------------------------------------------------------------------------

PARENTS = Case(
    "parents in a circle, lists that match nobody, groups of one",
    "what rules stand on",
    {
        "accounts.csv": sheet(
            "account_id|parent_id|region|arr",
            [
                (
                    f"p{i:02}",
                    {1: "p02", 2: "p03", 3: "p01", 7: "p07"}.get(i, "p00" if i % 5 == 0 and i else ""),
                    f"region {i // 2}" if i < 30 else "rest",
                    100 * i,
                )
                for i in range(40)
            ],
        )
    },
    (Ask("arr > 1_000", "accounts", lambda t: num(t.accounts.arr) > 1000, as_of=AS_OF),),
    (
        Say("init", ("parent_id", "link")),
        Say("data check", ("p01", "p02", "p03"), "N16"),
        Say("data check", ("vip", r"\b2\b", "p99|nobody"), "R36"),
        Say("data check", ("region", r"\b15\b|\b1[0-9]\b", "group|one|two"), "N17"),
    ),
    added={
        "lists.seg": 'list vip of {accounts} from "vip.csv" { note: text }\nsegment named of {accounts} { when {accounts} in vip }\nsegment best of {accounts} { when arr in top 10% per region }\n',
        "vip.csv": "account_id,note\np01,x\np99,x\nnobody,x\n",
    },
)

# -- what databases and data frames write -------------------------------------------------------------

DUMP = Case(
    "MySQL dump",
    "backslash N, days of zeros",
    {
        "users.tsv": sheet(
            "user_id|region|mrr|created_at|deleted_at",
            [
                (
                    i + 1,
                    ("\\N", "EU", "US")[i % 3],
                    "\\N" if i % 10 == 0 else i * 10,
                    f"{day(i * 4)} {clock(i)}",
                    "0000-00-00 00:00:00" if i % 4 else f"{back(i)} {clock(i)}",
                )
                for i in range(60)
            ],
            sep="\t",
        )
    },
    (
        Ask("region is missing", "users", lambda t: t.users.region == "\\N", as_of=AS_OF, fails="N24"),
        Ask("mrr > 300", "users", lambda t: num(t.users.mrr) > 300, as_of=AS_OF, fails="N24"),
        Ask("deleted_at is missing", "users", lambda t: t.users.deleted_at.str.startswith("0000"), as_of=AS_OF),
    ),
    (
        Say("init", ("region", r"\\N", r"\b20\b"), "N24"),
        Say("init", ("deleted_at", "0000-00-00", r"\b45\b"), "N24"),
    ),
    {"users.tsv": {"sep": "\t"}},
    first="N24",
    proposal="",
    unreadable="N24",
)

FRAME = Case(
    "ids that became decimals",
    "a link column with gaps, written by pandas",
    {
        "customers.csv": sheet("customer_id|tier", [(1001 + i, ("gold", "silver")[i % 2]) for i in range(30)]),
        "orders.csv": sheet(
            "|order_id|customer_id|ordered_at|amount",
            [(i, f"o{i}", "" if i % 9 == 0 else f"{1001 + i * 7 % 28}.0", f"{back(i)} {clock(i)}", i * 1.5) for i in range(80)],
        ),
    },
    (
        Ask('tier = "gold"', "customers", lambda t: t.customers.tier == "gold", as_of=AS_OF),
        Ask(
            "count({orders}) >= 3",
            "customers",
            lambda t: per(t.customers.customer_id, t.orders.customer_id.str.removesuffix(".0")) >= 3,
            as_of=AS_OF,
            fails="N18",
        ),
    ),
    (Say("init", ("customer_id", "4 of 4", "decimals"), "N18"),),
)

MONTHLY = Case(
    "a balance a month",
    "every customer on twelve rows, no file of customers",
    {
        "mrr.csv": sheet(
            "account_id|month|mrr|plan",
            [(f"a{i % 20:02}", f"2025-{1 + i // 20:02}-01", 100 * (i % 20) + i // 20, ("basic", "pro")[i % 20 > 9 and i % 3 == 0]) for i in range(180)],
        )
    },
    (
        Ask("last({mrr}.mrr) > 1_000", "mrr:account_id", lambda t: num(t.mrr.mrr[t.mrr.month == "2025-09-01"]) > 1000, as_of=AS_OF, fails="B7"),
        Ask(
            'count({mrr} where plan = "pro") >= 3',
            "mrr:account_id",
            lambda t: per(once(t.mrr.account_id), t.mrr.account_id[t.mrr.plan == "pro"]) >= 3,
            as_of=AS_OF,
            fails="B7",
        ),
    ),
    (Say("init", ("account_id", r"\b20\b", "repeat|distinct|entity"), "B7"),),
    first="B7",
)

# -- what people's own workbooks have ------------------------------------------------------------------


def _half_read(n: int) -> object:
    """A day as a spreadsheet takes it in that expects the month first: a day of another month, or a text."""
    d = day(n * 5)
    return dt.datetime(d.year, d.day, d.month) if d.day <= 12 else f"{d:%d/%m/%Y}"


HALF_READ = Case(
    "days that a spreadsheet half read",
    "days up to the twelfth with day and month changed, the others texts",
    {"clients.xlsx": book({"clients": [("client_id", "tier", "joined"), *((f"c{i}", ("gold", "silver")[i % 2], _half_read(i)) for i in range(50))]})},
    (Ask('tier = "gold"', "clients", lambda t: t.clients.tier == "gold"),),
    (
        Say("init", (r"\?", "joined", r"\b21\b", r"\b29\b"), "N21"),
        Say("init", (r"DD/MM/YY\b",), "N21", never=True),
    ),
)

BY_HAND = Case(
    "a sheet kept by hand",
    "values in other case, percent by number format, counts of 0 and 1",
    {
        "portfolio.xlsx": book(
            {
                "portfolio": [
                    ("client_id", "Health", "Stage", "Open tickets", "Renewal"),
                    *(
                        (
                            f"c{i}",
                            0.2 + i % 40 * 0.02,
                            ("Customer", "customer", "Lead", "CUSTOMER ")[i % 4],
                            int(i % 3 == 0),
                            dt.datetime(2025, 10, 20) + dt.timedelta(i),
                        )
                        for i in range(60)
                    ),
                ]
            },
            formats={"B": "0%"},
        )
    },
    (
        Ask("health < 60%", "portfolio", lambda t: num(t.portfolio.Health) < 0.6, as_of=AS_OF),
        Ask("open_tickets >= 1", "portfolio", lambda t: num(t.portfolio["Open tickets"]) >= 1, as_of=AS_OF, fails="N23"),
        Ask("renewal in next 30 days", "portfolio", lambda t: pd.to_datetime(t.portfolio.Renewal).between("2025-11-01", "2025-11-30"), as_of=AS_OF),
    ),
    (
        Say("init", ("stage", "Customer", "(?-i:customer)", "case|capital"), "N22"),
        Say("init", (r"\?", "health", "%|percent"), "A8"),
        Say("init", ("open_tickets", "0/1|0 and 1", "count|number"), "N23"),
    ),
)

ZONE_NAMES = Case(
    "times with PDT and PST",
    "names of zones",
    {
        "accounts.csv": sheet("account_id|tier", [(f"a{i}", ("gold", "silver")[i % 2]) for i in range(30)]),
        "calls.csv": sheet("call_id|account_id|called_at", [(f"k{i}", f"a{i * 7 % 30}", f"{back(i)} {clock(i)} PDT") for i in range(60)]),
    },
    (
        Ask('tier = "gold"', "accounts", lambda t: t.accounts.tier == "gold", as_of=AS_OF),
        Ask(
            "none({calls} in last 20 days)",
            "accounts",
            lambda t: per(t.accounts.account_id, t.calls.account_id[recent(when(t.calls.called_at.str.removesuffix(" PDT")) + pd.Timedelta(hours=7), 20)]) == 0,
            as_of=AS_OF,
            fails="N20",
        ),
    ),
    (Say("init", (r"\?", "called_at", "PDT"), "N20"),),
    unreadable="N20",
)

# -- nothing to say ------------------------------------------------------------------------------------------------------

TODAY = dt.date.today()
FRESH = Case(
    "clean and fresh",
    "nothing to be said",
    {
        "accounts.csv": sheet("account_id|plan|created_on", [(f"ok{i:02}", ("free", "pro")[i % 2], TODAY - dt.timedelta(400 + i)) for i in range(30)]),
        "logins.csv": sheet(
            "login_id|account_id|logged_in_at", [(f"l{i}", f"ok{i * 7 % 28:02}", f"{TODAY - dt.timedelta(1 + i // 2)} {clock(i)}") for i in range(60)]
        ),
    },
    (
        Ask('plan = "pro"', "accounts", lambda t: t.accounts.plan == "pro"),
        Ask(
            "none({logins} in last 7 days)",
            "accounts",
            lambda t: per(t.accounts.account_id, t.logins.account_id[recent(when(t.logins.logged_in_at), 7, str(TODAY))]) == 0,
        ),
    ),
    (
        Say("init", (r"^ *\?",), never=True),
        Say("data check", ("keeps what the model promises",)),
        Say("data check", ("warning",), never=True),
        Say("fields {accounts}", ("plan", "free.*pro"), "C7"),
        Say("try 'plan = \"pro\"' --as-of today", ("15 of 30",), "S4"),
        Say("run --output list.xlsx", ("wrote.*list.xlsx",), "S4"),
    ),
    added={"quiet.seg": "segment quiet of {accounts} { when none({logins} in last 7 days) }\n"},
)

NAMED_CSV = Case(
    "a workbook named .csv",
    "what some portals send",
    {"export.csv": book({"Export": [("client_id", "plan"), *((f"n{i}", ("free", "pro")[i % 2]) for i in range(30))]})},
    (Ask('plan = "pro"', "export", lambda t: t.export.plan == "pro", fails="C13"),),
    (Say("init", ("export.csv", "workbook|xlsx"), "C13"),),
    {"export.csv": {"as_workbook": True}},
    first="C13",
    init="C13",
)

CASES = (
    WORKBOOK,
    GERMAN,
    JSON,
    WEEKLY,
    ZONES,
    FOLDER,
    HEADERS,
    LONG_IDS,
    ODD_KEYS,
    DATES,
    FORMATS,
    PARENTS,
    DUMP,
    FRAME,
    MONTHLY,
    HALF_READ,
    BY_HAND,
    ZONE_NAMES,
    FRESH,
    NAMED_CSV,
)
