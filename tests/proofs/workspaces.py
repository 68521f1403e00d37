"""A seed -> a small workspace as text, and an edit of it: every type and construct of docs/language.md.

The conditions of one workspace are about a few subjects with a few borders, and many are near-twins of others:
weakened, negated, repeated, with 24 hours for a day or `now` for `today`. Most of what is proved is proved of such.
"""

from __future__ import annotations

import random
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ZONES = (
    "UTC", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "Africa/Casablanca",
)  # fmt: skip
FILES = {
    "strategic.csv": "account_id,arm,weight,from,expires\na0,first,1,,\na1,second,5,2026-03-01,\na2,rest,,,2026-06-30\naccount_1,first,3,,\na3,rest,2,,\n",
    "risky.csv": "name,from,expires\neu,,\nUS,2026-03-29,\nuk,,2026-03-31\na b,,\n",
    "offices.csv": "place,lat,lon\nLondon,51.5,-0.13\nNowhere,0,0\n",
    "holidays.csv": "2026-01-01\n2026-03-30\n2026-04-03\n2026-12-25\n",
}


@dataclass(frozen=True)
class Made:
    """Two versions of a workspace, the texts of one rule file each, and what `segdsl.toml` says."""

    seed: int
    zone: str
    fiscal_year_starts: int
    text: str
    edited: str


@cache
def folder() -> Path:
    """Where the lists lie that workspaces name."""
    root = Path(tempfile.mkdtemp(prefix="segdsl-workspaces-"))
    for name, text in FILES.items():
        (root / name).write_text(text, encoding="utf-8")
    return root


def workspace(seed: int) -> Made:
    draw = random.Random(seed)
    writer = Writer(draw)
    rules = writer.rules()
    zone, fiscal = draw.choice(ZONES), draw.choice([1, 1, 2, 4, 10])
    others = edited(rules, writer)
    model = list(needed(writer.model, "\n".join([*rules, *others])))
    return Made(seed, zone, fiscal, "\n".join([*model, *rules]), "\n".join([*model, *others]))


_ALWAYS = {"account_id", "user_id", "site_id", "history", "parent", "created_at"}
_CALLED = {"user": "users|user|logins", "site": "sites|site", "account": "account"}


def needed(model: Sequence[str], rules: str) -> Iterator[str]:
    """The declarations, and in each the fields, that rules speak of: small workspaces are read faster."""
    words = set(re.findall(r"\w+", rules))
    for declared in model:
        name = declared.split()[1]
        if not words & set(_CALLED.get(name, name).split("|")):
            continue
        head, *lines = declared.split("\n")
        own = set(
            re.findall(r"known at (\w+)", "\n".join(line for line in lines if line.split()[0].strip(":") in words))
        )
        own |= _ALWAYS | words | set(re.findall(r"\w+", head))
        yield "\n".join([head, *(line for line in lines if line.strip() == "}" or line.split()[0].strip(":") in own)])


# -- words and borders ---------------------------------------------------------------------------

NEAR = [
    ("1 day", "24 hours"), ("2 days", "48 hours"), ("7 days", "168 hours"), ("1 day", "25 hours"), ("1 week", "168 hours"), ("0 days", "0 hours"),
    ("7 days", "1 week"), ("28 days", "4 weeks"), ("30 days", "1 month"), ("1 year", "12 months"), ("90 days", "3 months"), ("365 days", "1 year"),
    ("1 month", "31 days"), ("2 months", "60 days"), ("1 week", "8 days"), ("6 months", "2 months"), ("1 month", "4 weeks"),
]  # fmt: skip
DAYS = ["2026-01-31", "2026-02-28", "2026-03-29", "2026-03-30", "2024-02-29", "2026-10-25", "2026-11-01", "2026-04-05", "2027-01-01"]  # fmt: skip
PERIODS = [f"{w} calendar {p}" for w in ("this", "last", "next") for p in ("week", "month", "quarter", "year")] + [
    f"{w} fiscal {p}" for w in ("this", "last", "next") for p in ("quarter", "year")
]
COMPARE = ["=", "!=", "<", "<=", ">", ">="]
PLANS, TIERS, ROLES = ["free", "team", "business"], ["bronze", "silver", "gold"], ["admin", "member"]
STATUSES, LEVELS = ["paid", "open"], ["csm", "exec"]
TEXTS = ["eu", "US", "EU", "uk", "a b", "ß"]

# -- conditions ------------------------------------------------------------------------------------

Condition = str | tuple[str, tuple["Condition", ...]]
"""A text, or ("and" | "or" | "not" | "if", conditions)."""


def written(c: Condition) -> str:
    if isinstance(c, str):
        return c
    word, parts = c
    told = [written(p) if isinstance(p, str) and not p.startswith("not ") else f"({written(p)})" for p in parts]
    if word == "not":
        return f"not {told[0]}"
    if word == "if":
        return f"(if {written(parts[0])} then {written(parts[1])} else {written(parts[2])} end)"
    return f" {word} ".join(told)


@dataclass
class Subject:
    """Something that may be asked about, and how: `atom` writes a condition on it."""

    atom: Callable[[], str]


@dataclass
class Writer:
    """Writes one workspace; `model` are its declarations of data."""

    draw: random.Random
    model: list[str] = field(default_factory=list)
    metrics: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    flags: dict[str, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.durations = [*self.draw.choice(NEAR), self.draw.choice(self.draw.choice(NEAR))]
        self.days = self.draw.sample(DAYS, 2)
        self.numbers = self.draw.choice(
            [["0", "1", "2"], ["1", "5", "10"], ["0", "50", "100"], ["0.5", "1", "29%"], ["-1", "0", "3"]]
        )
        self.model = self._model()

    def maybe(self, of: int = 2) -> bool:
        return self.draw.randrange(of) == 0

    def one(self, *options: str) -> str:
        return self.draw.choice(options)

    # -- the model of the data --------------------------------------------------------------------

    def _flag(self, text: str, of: int = 3) -> str:
        return f" {text}" if self.maybe(of) else ""

    def _range(self, *ranges: str) -> str:
        return f" from {self.draw.choice(ranges)}" if self.maybe() else ""

    def _model(self) -> list[str]:
        life = self.one("", " from created_at", " from created_at", " from created_at to closed_at")
        history = " history from valid_from to valid_to\n" if self.maybe(8) else ""
        r = self._flag
        whole, part = ("0 to 100", "1 to 50", "-5 to 100_000"), ("0 to 1", "0 to 100", "0.5 to 29")
        money = ("0 to 100", "0 to 1_000_000", "1 to 50")
        complete = [f" complete from {d}" if self.maybe(4) else "" for d in self.draw.choices(DAYS, k=4)]
        return [
            f"entity account{life} {{\n{history}"
            f" account_id: text key\n created_at: {self.one('timestamp', 'date')}{r('fixed')}{r('required')}\n closed_at: {self.one('timestamp', 'date')}\n"
            f" parent: link to account reverse children{r('required', 6)}\n plan: one of {listing(PLANS)}{r('required')}\n"
            f" tier: ordered one of {listing(TIERS)}{r('required')}{r('fixed')}\n"
            f" seats: integer{self._range(*whole)}{r('required')}\n used: integer{self._range(*whole)}{r('required')}\n"
            f" score: number{self._range(*part)}{r('required')}\n ratio: real{self._range(*part)}{r('required')}\n"
            f" arr: money(USD){self._range(*money)}{r('required')}{r('basis value', 6)}\n fee: money(JPY){r('required')}\n paying: boolean{r('required')}\n"
            f" renewal: date{r('required')}{r('fixed')}\n signed: date{r('known at seen', 6)}\n seen: timestamp{r('required')}\n"
            f" region: text{r('required')}\n tags: set of text{r('required')}\n grade: integer known at {self.one('seen', 'renewal')}\n tz: text{r('required')}{r('personal', 5)}\n}}",
            f"entity user of account by account_id reverse users {{\n user_id: text key\n role: one of {listing(ROLES)}{r('required')}\n age: integer{self._range(*whole)}\n live: boolean{r('required')}\n}}",
            "entity site of account by account_id reverse sites {\n history from valid_from to valid_to\n site_id: text key\n size: integer\n kind: text\n churned_on: date\n reason: text known at churned_on\n}",
            f"details billing of account by acct {{\n total: money(USD){r('required')}\n note: text\n autopay: boolean{r('required')}\n}}",
            f"table logins of {self.one('user by user_id', 'account by account_id')} at occurred_at{complete[0]}{r('fresh within 2 days', 6)} {{\n device: text\n minutes: number{r('required')}\n zone: text\n}}",
            f"table usage of account by account_id at day: date{complete[1]} {{\n amount: integer{self._range(*whole)}{r('required')}\n kind: text\n}}",
            f"table meetings of account by account_id at {self.one('held_at', 'held_at', 'held_on: date')} known at booked_at{complete[2]} {{\n level: one of {listing(LEVELS)}{r('required')}\n cost: money(USD)\n}}",
            f"table invoices of account by account_id at due: date{complete[3]} {{\n amount: money(USD){r('required')}\n status: one of {listing(STATUSES)}{r('required')}\n weight: real\n}}",
            'list regions = ("eu", "US", "uk")',
            'list strategic of account from "strategic.csv" { arm: text weight: integer }',
            'list risky from "risky.csv" { name: text }',
            'list offices from "offices.csv" { place: text lat: number lon: number }',
            f'calendar work {{ weekend saturday, sunday {self.one("", "holidays from " + chr(34) + "holidays.csv" + chr(34))} }}',
        ]  # fmt: skip

    # -- atoms ------------------------------------------------------------------------------------

    def number_atom(self, e: str, borders: Sequence[str] | None = None) -> str:
        b = borders or self.numbers
        x, y = sorted(self.draw.choices(b, k=2), key=_figure)
        return self.draw.choices(
            [
                f"{e} {self.one(*COMPARE)} {self.draw.choice(b)}", f"{self.draw.choice(b)} {self.one(*COMPARE)} {e}",
                f"{e} between {x} and {y}", f"{e} not between {x} and {y}", f"{e} in ({x}, {y})", f"{e} not in ({x}, {y})",
                f"{e} is missing", f"{e} is not missing",
            ],
            [10, 2, 2, 1, 1, 1, 1, 2],
        )[0]  # fmt: skip

    def enum_atom(self, e: str, values: Sequence[str], ordered: bool = False) -> str:
        v = f'"{self.draw.choice(values)}"'
        some = self.draw.sample(list(values), self.draw.randint(1, len(values)))
        told = [f"{e} {self.one('=', '!=')} {v}", f"{e} {self.one('in', 'not in')} {listing(some)}", f"{e} is {self.one('', 'not ')}missing"]  # fmt: skip
        return self.draw.choice([*told, *([f"{e} {self.one('<', '<=', '>', '>=')} {v}"] * 2 if ordered else [])])

    def text_atom(self, e: str) -> str:
        v = f'"{self.draw.choice(TEXTS)}"'
        some = listing(self.draw.sample(TEXTS, 2))
        ignoring = self.one("", "", " ignoring case", " ignoring case and spaces")
        return self.one(
            f"{e} {self.one('=', '!=')} {v}{ignoring}", f"{e} {self.one('=', '!=')} {v}", f"{e} {self.one('in', 'not in')} {some}{ignoring}", f"{e} {self.one('in', 'not in')} {self.one('regions', 'risky')}",
            f"{e} {self.one('starts with', 'ends with', 'contains', 'contains word')} {v}{ignoring}", f"{e} starts with any of {self.one('risky', some)}", f'{e} matches "[a-z]+"', f"{e} is {self.one('', 'not ')}missing",
        )  # fmt: skip

    def bool_atom(self, e: str) -> str:
        return self.one(e, e, f"not {e}", f"{e} is {self.one('', 'not ')}missing", f"{e} {self.one('=', '!=')} {self.one('true', 'false')}")  # fmt: skip

    def set_atom(self, e: str) -> str:
        some = self.one('("x")', '("x", "y")', '("y", "z")')
        return self.one(f'{e} has "{self.one("x", "y")}"', f"{e} has {self.one('any', 'all', 'none')} {some}", f"{e} has any {some}", f"{e} has {self.one('any', 'none')} risky", f"{e} is {self.one('', 'not ')}missing")  # fmt: skip

    def duration(self, hours: bool = True) -> str:
        return self.draw.choice([d for d in self.durations if hours or "hour" not in d] or ["7 days"])

    def moment(self, hours: bool = True) -> str:
        """A time that no row is needed for."""
        return self.one(
            "today", "now", f"{self.duration(hours)} ago", f"{self.duration(hours)} from now", self.draw.choice(self.days),
            f"start of {self.one('this', 'last', 'next')} {self.one('week', 'month', 'quarter', 'year')}", f"{self.duration(hours)} before today",
        )  # fmt: skip

    def time_atom(self, e: str, date: bool) -> str:
        d = self.duration(not date)
        fields = [f for f in ("renewal", "signed", "seen", "created_at") if f != e]
        last = f"{self.one('days', 'weeks', 'months', 'years')} {self.one('since', 'until')} {e} {self.one(*COMPARE)} {self.one('0', '1', '7', '30', '12')}"
        return self.one(
            f"{e} in {self.one('last', 'next')} {d}", f"{e} in {self.one('last', 'next')} {d}", f"{e} in {self.draw.choice(PERIODS)}",
            f"{e} {self.one(*COMPARE)} {self.moment(not date)}", f"{e} {self.one(*COMPARE)} {self.moment(not date)}",
            f"{e} {self.one(*COMPARE)} {self.one(*fields)}", f"{d} {self.one('after', 'before')} {e} {self.one('<', '<=', '>', '>=')} {self.moment(not date)}",
            f"{e} between {self.draw.choice(self.days)} and {self.moment(False)}", f"{e} is {self.one('', 'not ')}missing", last,
            f"{self.one('year', 'month')} of {e} {self.one(*COMPARE)} {self.one('2026', '3', '12')}",
        )  # fmt: skip

    # -- rows -------------------------------------------------------------------------------------

    def window(self, rows: str, bounds: Sequence[str]) -> str:
        dated = rows in ("usage", "invoices") or (rows == "meetings" and "held_on" in self.model[6])
        d, e = self.duration(not dated), self.duration(not dated)
        some = [
            f" in last {d}", f" in last {d}", f" in last {d}", f" in {self.draw.choice([p for p in PERIODS if rows == 'meetings' or 'next' not in p])}", f" since {self.moment(not dated)}", f" before {self.moment(not dated)}",
            f" from {d} ago until {self.one('now', 'today', e + ' ago')}", f" from {self.draw.choice(self.days)} until {self.moment(not dated)}", f" since {self.draw.choice(self.days)}", "",
        ]  # fmt: skip
        if bounds:
            b = self.draw.choice(bounds)
            some += [f" since {b}", f" before {b}", f" from {b} until now", f" from {d} before {b} until {b}"]
        if rows == "meetings":
            some += [f" in next {d}", f" from now until {d} from now"]
        return self.draw.choice(some)

    def row_atom(self, rows: str) -> str:
        """A condition inside rows."""
        match rows.split(".")[-1]:
            case "logins":
                return self.one(self.text_atom("device"), self.number_atom("minutes"), self.number_atom("minutes"), "any(account.meetings from occurred_at until 7 days after occurred_at)" if "account by" in self.model[4] else self.number_atom("minutes"))  # fmt: skip
            case "usage":
                return self.one(self.number_atom("amount"), self.number_atom("amount"), self.text_atom("kind"), "amount > account.seats", "count(account.usage before day) > 0")  # fmt: skip
            case "meetings":
                return self.one(self.enum_atom("level", LEVELS), self.number_atom("cost"), self.enum_atom("level", LEVELS), 'count(account.meetings where level = meetings.level) > 1')  # fmt: skip
            case "invoices":
                return self.one(self.enum_atom("status", STATUSES), self.number_atom("amount"), self.number_atom("weight"), "amount > account.arr")  # fmt: skip
            case "users":
                return self.one(self.enum_atom("role", ROLES), self.bool_atom("live"), self.number_atom("age"), "any(logins)" if "user by" in self.model[4] else "live", "account.paying")  # fmt: skip
            case "sites":
                return self.one(self.number_atom("size"), self.text_atom("kind"), "reason is missing")
            case "children":
                return self.one(self.number_atom("seats"), self.bool_atom("paying"), self.number_atom("arr"))
            case _:
                return self.one(self.number_atom("seats"), "region = account.region", "arr > account.arr")

    def aggregate(self) -> Subject:
        """Aggregates over one kind of rows, with two windows and two conditions among them."""
        rows = self.draw.choice(["logins", "logins", "logins", "usage", "usage", "meetings", "meetings", "invoices", "users", "sites", "children", "users.logins", "all account per plan", "family(parent)"])  # fmt: skip
        if rows == "users.logins" and "user by" not in self.model[4]:
            rows = "usage"
        if rows == "logins" and "user by" in self.model[4] and self.maybe():
            rows = "users.logins"
        timed = rows in ("logins", "usage", "meetings", "invoices", "users.logins")
        bounds = ["renewal", "seen", "created_at", "signed"] if rows in ("logins", "usage", "meetings", "invoices") and self.maybe(3) else []  # fmt: skip
        windows = [self.window(rows, bounds) for _ in range(self.draw.choice([1, 2, 2, 3]))] if timed else [""]
        wheres = ["", self.row_atom(rows), self.row_atom(rows)]
        wheres.append(f"{wheres[1]} and {wheres[2]}")
        values = {
            "logins": ("minutes", "device"), "usage": ("amount", "kind"), "meetings": ("cost", "level"), "invoices": ("amount", "status"),
            "users": ("age", "role"), "sites": ("size", "kind"),
        }.get(rows.split(".")[-1], ("seats", "region"))  # fmt: skip
        dotted = not rows.startswith("all ")

        def text(value: str = "", having: bool = False, latest: bool = True) -> str:
            where = self.draw.choice(wheres[: self.draw.choice([1, 2, 2, 4])])
            head = f"latest {self.one('1', '2', '3')} " if timed and latest and self.maybe(8) else ""
            path = rows.replace("all account", f"all account{value}") if value and not dotted else rows + value
            after = ""
            if timed and "." not in rows and rows != "meetings" and self.maybe(10):
                after = (
                    f" {self.one('', 'not ')}followed by {self.one('usage', 'invoices')} within {self.duration(False)}"
                )
            tail = f" having {self.row_atom(rows)}" if having else ""
            return f"{head}{path}{self.draw.choice(windows)}{f' where {where}' if where else ''}{after}{tail}"

        def atom() -> str:
            kind = self.draw.choice(["any", "none", "any having", "all", "count", "count", "count", "share", "value", "value", "distinct", "text", "days", "sum"])  # fmt: skip
            match kind:
                case "any" | "none":
                    return f"{kind}({text()})"
                case "any having":
                    return f"{self.one('any', 'none')}({text(having=True)})"
                case "all":
                    return f"all({text(having=True)})"
                case "count":
                    return self.number_atom(f"count({text()})", ["0", "1", "2"])
                case "share":
                    return self.number_atom(f"share({text(having=True)})", ["0", "0.5", "100%"])
                case "distinct":
                    return self.number_atom(f"count_distinct({text(f'.{self.draw.choice(values)}')})", ["0", "1", "2"])
                case "days" if timed:
                    zone = self.one("", "", ", zone: zone") if rows in ("logins", "users.logins") else ""
                    return self.number_atom(f"distinct_days({text()}{zone})", ["0", "1", "2"])
                case "text" if timed and values[1] in ("device", "kind", "status", "level"):
                    function = self.one("first", "last", "most_common")
                    e = f"{function}({text(f'.{values[1]}', latest=function == 'most_common')})"
                    known = {"status": STATUSES, "level": LEVELS}.get(values[1])
                    return self.enum_atom(e, known) if known else self.text_atom(e)
                case "sum":
                    return self.number_atom(f"sum({text(f'.{values[0]}')})")
                case _:
                    function = self.draw.choice(["average", "median", "min", "max", "min", "max"])
                    return self.number_atom(f"{function}({text(f'.{values[0]}')})")

        return Subject(atom)

    # -- subjects ---------------------------------------------------------------------------------

    def subject(self) -> Subject:
        kind = self.draw.choices(
            ["aggregate", "number", "date", "text", "enum", "truth", "set", "made", "then", "ranked", "named", "pair"],
            [18, 4, 6, 2, 3, 2, 2, 6, 3, 2, 3, 2],
        )[0]  # fmt: skip
        match kind:
            case "aggregate":
                return self.aggregate()
            case "number":
                e = self.one("seats", "seats", "used", "score", "ratio", "arr", "arr", "fee", "grade", "parent.seats", "billing.total", "strategic.weight", "root(parent).seats")  # fmt: skip
                return Subject(lambda: self.number_atom(e))
            case "date":
                e = self.one("renewal", "renewal", "signed", "seen", "seen", "created_at", "parent.renewal")
                return Subject(lambda: self.time_atom(e, e in ("renewal", "signed", "parent.renewal")))
            case "text":
                e = self.one("region", "region", "tz", "parent.region", "billing.note", "strategic.arm", "root(parent).region")  # fmt: skip
                return Subject(lambda: self.text_atom(e))
            case "enum":
                return Subject(lambda: self.one(self.enum_atom("plan", PLANS), self.enum_atom("tier", TIERS, True)))
            case "truth":
                e = self.one("paying", "paying", "billing.autopay", "parent.paying")
                return Subject(lambda: self.bool_atom(e))
            case "set":
                return Subject(lambda: self.set_atom("tags"))
            case "made":
                return self._made()
            case "then":
                of = self.draw.choice([self.aggregate(), Subject(lambda: self.number_atom("seats")), Subject(lambda: self.text_atom("region"))])  # fmt: skip
                d, unit = self.duration(False), self.one("day for 2 days", "week for 3 weeks", "month for 2 months")
                return Subject(lambda: self.one(f"({of.atom()} as of {self.one(d + ' ago', self.days[0])})", f"{self.one('every', 'any')} {unit} ({of.atom()})", of.atom()))  # fmt: skip
            case "ranked":
                e = self.one("arr", "seats", "score")
                per = self.one("", "", " per plan", " per region")
                return Subject(lambda: self.one(f"{e} in {self.one('top', 'bottom')} {self.one('1', '2', '50%')}{per}", f"rank({e}{per}) <= {self.one('1', '2')}", f"percentile({e}{per}) < 50%", f"quantile({e}, 4{per}) >= {self.one('1', '4')}", f"cumulative_share(arr{per}) < 70%"))  # fmt: skip
            case "named":
                return Subject(lambda: self.draw.choice([*self.named, "account in strategic", "account not in strategic", "parent is missing", 'split("s") < 50%', 'split("s", by: root(parent)) >= 50%']))  # fmt: skip
            case _:
                a, b = self.draw.sample(["seats", "used", "score", "grade"], 2)
                return Subject(lambda: self.one(f"{a} {self.one(*COMPARE)} {b}", f"{b} {self.one(*COMPARE)} {a}", self.number_atom(f"{a} / {b}"), self.number_atom(f"{a} - {b}"), f"{a} / {b} {self.one('<', '>=')} 1", self.number_atom(b)))  # fmt: skip

    def _made(self) -> Subject:
        """A number that is made of others."""
        e = self.one(
            "(if paying then seats else used end)", "(if seats is missing then 0 else seats end)", "bands seats { under 1: 0, under 50: 1, otherwise: 2 }", "bands arr { under 1: 0, otherwise: 1, missing: 2 }",
            "scale(seats, 0: 0, 50: 100)", "first_known(seats, used)", "change(count(usage in last 7 days), 7 days, floor: 1)", "change(seats, 1 month, floor: 0)", "distance_km(score, score, 51.5, -0.13)",
            "work business days since renewal", "health", "m0", "m1", "2 * seats", "seats * score", "arr / 3", "count(all account per plan)", "sum(family(parent).seats)", "seats / (used + 1)", "hours since seen", "days since seen", "days until renewal", "months since signed",
        )  # fmt: skip
        return Subject(lambda: self.number_atom(e))

    # -- rules ------------------------------------------------------------------------------------

    def condition(self, subjects: Sequence[Subject], depth: int = 2) -> Condition:
        if depth == 0 or self.maybe(4):
            return self.draw.choice(subjects).atom()
        parts = tuple(self.condition(subjects, depth - 1) for _ in range(self.draw.choice([2, 2, 3])))
        word = self.draw.choices(["and", "or", "not", "if"], [6, 5, 2, 1])[0]
        if word == "if" and len(parts) < 3:
            word = "and"
        return (word, parts[:1] if word == "not" else parts)

    def twin(self, c: Condition, subjects: Sequence[Subject]) -> Condition:
        """Nearly the same: the same, wider, narrower, the opposite, or another on the same subjects."""
        atom = self.draw.choice(subjects).atom
        match self.draw.randrange(12):
            case 0:
                return ("not", (c,))
            case 1:
                return ("not", (("not", (c,)),))
            case 2:
                return ("and", (c, atom()))
            case 3:
                return ("or", (c, atom()))
            case 4 if not isinstance(c, str) and c[0] in ("and", "or"):
                other = "or" if c[0] == "and" else "and"
                return ("not", ((other, tuple(("not", (p,)) for p in c[1])),))
            case 5 if not isinstance(c, str):
                return (c[0], tuple(self.twin(p, subjects) if self.maybe() else p for p in c[1]))
            case 6 if not isinstance(c, str) and c[0] in ("and", "or"):
                return (c[0], c[1][::-1])
            case 7 if not isinstance(c, str) and c[0] in ("and", "or") and len(c[1]) > 1:
                return c[1][0] if len(c[1]) == 2 else (c[0], c[1][1:])
            case 8:
                return ("or", (("and", (c, atom())), c))
            case 9:
                return c
            case _:
                return self.changed(c)

    def changed(self, c: Condition) -> Condition:
        """With another word in one of its atoms."""
        if not isinstance(c, str):
            i = self.draw.randrange(len(c[1]))
            return (c[0], tuple(self.changed(p) if j == i else p for j, p in enumerate(c[1])))
        return reworded(c, self.draw)

    def rules(self) -> list[str]:
        subjects = [self.subject() for _ in range(self.draw.choice([1, 2, 2, 3]))]
        rules = [
            f"metric m0 of account = {self.one('used / seats', 'seats - used', 'count(usage in last ' + self.duration(False) + ')', 'max(usage.amount)', 'if paying then seats else 0 end')}",
            f"metric m1 {self.one('', chr(34) + 'A title' + chr(34) + ' ')}of account = {self.one('m0 + 1', 'seats / 2', 'first_known(seats, 0)', 'count(users)', 'sum(usage.amount)')}",
            f'metric light of account = bands {self.one("seats", "m0", "arr")} {{ under 1: "red", under 50: "amber", otherwise: "green"{self.one("", ", missing: " + chr(34) + "red" + chr(34))} }}',
            f"score health of account {{ part a weight 3 = {self.one('seats', 'score', 'used / seats')} part b weight 1.5 = scale(seats, 0: 0, 50: 100) missing parts: {self.one('unknown', 'count as 0', 'share out up to 3')}{self.one('', ' cap 50 when paying')} }}",
        ]  # fmt: skip
        if self.maybe(3):
            rules.append('metric owed of invoices = if status = "open" then amount else 0 end')
            subjects.append(Subject(lambda: self.number_atom("sum(invoices.owed)")))
        if self.maybe(4):
            subjects.append(Subject(lambda: self.enum_atom("light", ["red", "amber", "green"])))
        base = self.condition(subjects)
        pool = [base]
        where = self.one("", "", f" where {written(self.condition(subjects, 1))}", " where paying")
        for i in range(self.draw.choice([2, 3, 3, 4])):
            c = base if i == 0 else self.twin(self.draw.choice(pool), subjects)
            pool.append(c)
            limit = f" limit {self.one('1', '2')} by {self.one('arr', 'seats')}" if self.maybe(15) else ""
            rules.append(f"segment s{i} of account{where if self.maybe(3) else ''} {{ when {written(c)}{limit} }}")
            self.named.append(f"account {self.one('in', 'not in')} s{i}")
        rules.append(self._segmentation("motion", pool, subjects, where))
        self.named += ["account in motion.first", "account in motion.rest"]
        if self.maybe(6):
            rules.append(self._segmentation("motion_v2", pool, subjects, where, " candidate of motion"))
        if self.maybe(4):
            mine = self.one("live", 'role = "admin"', "age > 5", "account.paying", "any(logins in last 7 days)" if "user by" in self.model[4] else "live")  # fmt: skip
            rules.append(f"segment people of user {{ when {mine} and (account in s0 or not account in s0) }}")
        if self.maybe(3):
            rules.append(f"segment last_one of account {{ when {self.draw.choice(self.named)} and {written(self._bracketed(self.twin(base, subjects)))} }}")  # fmt: skip
        other = self.twin(base, subjects)
        rules.append(f'property "p0" of account {{ {self.one("never", "always")} {written(other)} }}')
        rules.append(f'property "p1" of account {{ never ({written(base)}) and not ({written(other)}) }}')
        if self.maybe(3):
            rules.append(f'play call {{ channel: "csm" only when {written(self.twin(base, subjects))} }}')
            rules.append("segment called of account { when paying play call }")
        if self.maybe(5):
            rules.append('outcome renewed of account = any(invoices in next 90 days where status = "paid")')
        rules.append('test "t" as of 2026-11-01 { account acme { plan: "team", tier: "gold", seats: 5, used: 5, paying: true, renewal: 2026-12-01 } expect count(s0) <= 1 expect count(motion.first) <= 1 }')  # fmt: skip
        return rules

    def _bracketed(self, c: Condition) -> Condition:
        return c if isinstance(c, str) else ("not", (("not", (c,)),))

    def _segmentation(
        self, name: str, pool: list[Condition], subjects: Sequence[Subject], where: str, of: str = ""
    ) -> str:
        names = ["first", "second", "third", "fourth"][: self.draw.choice([2, 3, 3, 4])]
        arms = ""
        for arm in names:
            c = self.twin(self.draw.choice(pool), subjects)
            pool.append(c)
            limit = f" limit {self.one('1', '2')} by {self.one('arr', 'seats')}{self.one('', ' per plan')}" if self.maybe(15) else ""  # fmt: skip
            arms += f" segment {arm} {{ when {written(c)}{limit} }}\n"
        undecided = " undecided unsure" if self.maybe() else ""
        overrides = " overrides from strategic\n" if self.maybe(8) else ""
        return f"segmentation {name} of account{where if self.maybe() else ''}{of} {{\n{overrides}{arms}{undecided} otherwise rest\n}}"


def listing(values: Sequence[str]) -> str:
    return f"({', '.join(chr(34) + v + chr(34) for v in values)})"


def _figure(text: str) -> float:
    return float(text.rstrip("%")) / (100 if text.endswith("%") else 1)


# -- edits -----------------------------------------------------------------------------------------

Change = tuple[str, Callable[[re.Match[str], random.Random], str]]
_SAME_LENGTH = {a: b for pair in NEAR for a, b in (pair, pair[::-1])}
CHANGES: list[Change] = [
    ("|".join(rf"\b{d}\b" for d in _SAME_LENGTH), lambda m, d: _SAME_LENGTH[m[0]]),
    ("|".join(rf"\b{d}\b" for d in _SAME_LENGTH), lambda m, d: _SAME_LENGTH[m[0]]),
    (r"\b(now|today)\b", lambda m, d: "today" if m[0] == "now" else "now"),
    (r"in last (\d+ \w+)", lambda m, d: d.choice([f"since {m[1]} ago", f"from {m[1]} ago until now", f"from {m[1]} ago until today"])),
    (r"(?<![<>!])(>=|<=|>|<)", lambda m, d: {">": ">=", ">=": ">", "<": "<=", "<=": "<"}[m[1]]),
    (r"(?<![\w.:-])(\d+)(?= and|\)|$| or|,)", lambda m, d: str(max(0, int(m[1]) + d.choice([1, -1])))),
    (r"\bany\(", lambda m, d: "none("), (r"\bnone\(", lambda m, d: "any("), (r"\bcount\(([^()]*)\) (?:> 0|>= 1)", lambda m, d: f"any({m[1]})"),
    (r"\bany\(([^()]*)\)", lambda m, d: f"count({m[1]}) >= 1"), (r"\bnone\(([^()]*)\)", lambda m, d: f"count({m[1]}) = 0"),
    (r" is missing", lambda m, d: " is not missing"), (r"(\w+) != ", lambda m, d: f"{m[1]} = "), (r"(?<!not) in \(", lambda m, d: " not in ("),
    (r"this calendar", lambda m, d: "last calendar"), (r"calendar (quarter|year)", lambda m, d: f"fiscal {m[1]}"), (r" where [^()]*(?=\))", lambda m, d: ""),
    (r"2026-03-29", lambda m, d: "2026-03-30"), (r"\bmin\(", lambda m, d: "max("), (r"\baverage\(", lambda m, d: "median("), (r"latest (\d)", lambda m, d: f"latest {int(m[1]) + 1}"),
]  # fmt: skip


TIMELY = 4  # of the changes: those of durations, and of now and today


def reworded(text: str, draw: random.Random) -> str:
    """With one word changed, where one can be; of time, half of the times."""
    first = draw.sample(CHANGES[:TIMELY], TIMELY) if draw.randrange(2) else []
    for pattern, change in (*first, *draw.sample(CHANGES, len(CHANGES))):
        places = list(re.finditer(pattern, text))
        if places:
            spot = draw.choice(places)
            return text[: spot.start()] + change(spot, draw) + text[spot.end() :]
    return text


def edited(rules: Sequence[str], writer: Writer) -> list[str]:
    """With one or two of the rules changed."""
    draw, new = writer.draw, list(rules)
    for _ in range(draw.choice([1, 1, 2])):
        i = draw.choice([i for i, r in enumerate(new) if r.startswith(("segment", "metric"))])
        head, when, rest = new[i].partition("when ")
        new[i] = head + when + reworded(rest, draw) if when else reworded(new[i], draw)
        if (
            when
            and draw.randrange(4) == 0
            and " limit " not in rest
            and new[i].startswith("segment ")
            and " play " not in rest
        ):
            body = new[i][len(head + when) :].rstrip(" }")
            new[i] = f"{head}{when}not (not ({body})) }}"
    return new
