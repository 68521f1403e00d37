"""Ten rules with a fault each, and what their owner had: which of coverage, mutation and properties would have found it.

`python -m tests.testing.suite.planted_rules` prints the table. The harness sees the faulty rule, the owner's tests (which pass) and the
owner's property, never what was meant. A fault is found where one of the customers that it offers is treated otherwise
by the rule that was meant: the person who judges that customer sees the fault.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from segdsl.diagnostics import Source
from segdsl.testing.mutants.mutants import declarations
from segdsl.testing.mutants.score import score
from segdsl.testing.suite import offers, suite
from segdsl.testing.suite.properties import as_test, counterexample
from segdsl.testing.suite.suite import Suite
from segdsl.workspace.config import Config
from segdsl.workspace.load import build, sound

MODEL = """
entity account { account_id: text key  plan: one of ("free", "team", "business") required  arr: money(USD) required
                 seats: integer from 0 to 10_000  region: text  renewal: date  signed_up: date required }
entity user of account by account_id reverse users { user_id: text key  role: one of ("admin", "member") required  active: boolean required }
table logins of user by user_id at occurred_at { }
table surveys of account by account_id at answered_at { nps: integer from 0 to 10 }
"""


@dataclass(frozen=True)
class Planted:
    """`meant` became `is` somewhere in the rule."""

    fault: str
    rule: str
    meant: str
    written: str
    tests: str
    owners_property: str = ""

    @property
    def faulty(self) -> str:
        assert self.rule.count(self.meant) == 1
        return self.rule.replace(self.meant, self.written)


PLANTED = [
    Planted(
        "boundary off by one",
        "segment large of account { when seats >= 100 }", ">=", ">",
        """test "large" { account a { seats: 500 } expect a in large }
           test "small" { account a { seats: 5 } expect not (a in large) }""",
        'property "a hundred seats is large" of account { never seats = 100 and not (account in large) }',
    ),
    Planted(
        "dropped clause",
        'segment upsell of account { when arr > 1_000 and plan != "free" and count(users) >= 3 }', ' and plan != "free"', "",
        """test "three people" { account a { arr: 5_000, plan: "team" } user u { account_id: a } user v { account_id: a } user w { account_id: a }
             expect a in upsell }
           test "alone" { account a { arr: 5_000, plan: "team" } user u { account_id: a } expect not (a in upsell) }""",
        'property "no free plan is sold more" of account { never plan = "free" and account in upsell }',
    ),
    Planted(
        "swapped arms",
        """segmentation care of account { segment vip { when arr >= 50_000 } segment growing { when seats >= 50 } undecided unclear otherwise standard }""",
        'segment vip { when arr >= 50_000 } segment growing { when seats >= 50 }', 'segment growing { when seats >= 50 } segment vip { when arr >= 50_000 }',
        """test "vip" { account a { arr: 90_000, seats: 5 } expect a in care.vip }
           test "growing" { account a { arr: 900, seats: 80 } expect a in care.growing }
           test "standard" { account a { arr: 900, seats: 8 } expect a in care.standard }""",
        'property "a vip has no other care" of account { never arr >= 50_000 and account in care.growing }',
    ),
    Planted(
        "missing value treated as false",
        """segmentation office of account { segment europe { when region = "eu" } undecided ask otherwise elsewhere }""",
        'region = "eu"', 'region is not missing and region = "eu"',
        """test "eu" { account a { region: "eu" } expect a in office.europe }
           test "us" { account a { region: "us" } expect a in office.elsewhere }""",
        'property "who has no region is asked" of account { never region is missing and account in office.elsewhere }',
    ),
    Planted(
        "window too short",
        "segment quiet of account { when none(users.logins in last 60 days) }", "60 days", "30 days",
        """test "never there" as of 2026-11-01 { account a { } user u { account_id: a } expect a in quiet }
           test "there yesterday" as of 2026-11-01 { account a { } user u { account_id: a } logins of u { at: 2026-10-31 } expect not (a in quiet) }""",
    ),
    Planted(
        "or for and",
        """segment risk of account { when renewal in next 90 days and last(surveys.nps) <= 6 }""", " and ", " or ",
        """test "both" as of 2026-11-01 { account a { renewal: 2026-12-01 } surveys of a { at: 2026-10-01, nps: 3 } expect a in risk }
           test "neither" as of 2026-11-01 { account a { renewal: 2027-12-01 } surveys of a { at: 2026-10-01, nps: 9 } expect not (a in risk) }""",
        'property "a promoter is no risk" of account { never last(surveys.nps) >= 9 and account in risk }',
    ),
    Planted(
        "any for all",
        "segment deserted of account { when count(users) > 0 and none(users where active) }",
        "none(users where active)", "any(users where not active)",
        """test "all have left" { account a { } user u { account_id: a, active: false } expect a in deserted }
           test "somebody works" { account a { } user u { account_id: a, active: true } expect not (a in deserted) }""",
        'property "who works there has not left" of account { never any(users where active) and account in deserted }',
    ),
    Planted(
        "a value left out of a list",
        """segment paying of account { when plan in ("team", "business") }""", '("team", "business")', '("team")',
        """test "team" { account a { plan: "team" } expect a in paying }
           test "free" { account a { plan: "free" } expect not (a in paying) }""",
    ),
    Planted(
        "a slip in a percentage",
        "metric in_use of account = count(users where active) / seats segment full of account { when in_use >= 90% }", "90%", "9%",
        """test "nobody" { account a { seats: 20 } expect not (a in full) }
           test "everybody" { account a { seats: 1 } user u { account_id: a, active: true } expect a in full }""",
        'property "a half empty house is not full" of account { never in_use <= 50% and account in full }',
    ),
    Planted(
        "the first answer for the last",
        "segment promoter of account { when last(surveys.nps) >= 9 }", "last(", "first(",
        """test "happy" as of 2026-11-01 { account a { } surveys of a { at: 2026-10-01, nps: 10 } expect a in promoter }
           test "unhappy" as of 2026-11-01 { account a { } surveys of a { at: 2026-10-01, nps: 1 } expect not (a in promoter) }""",
        'property "promoters answered" of account { never account in promoter and none(surveys) }',
    ),
]  # fmt: skip


def workspace(*texts: str) -> Suite:
    sources = [Source("model.seg", MODEL), Source("rules.seg", "\n".join(texts))]
    return suite.suite_of(sound(build(Path("/nowhere"), Config(), sources, [])))


def found_by(planted: Planted) -> dict[str, bool | None]:
    """None for a property that the owner didn't state."""
    faulty = workspace(planted.faulty, planted.tests)
    report = suite.run(faulty)
    assert report.ok and suite.run(workspace(planted.rule, planted.tests)).ok, (
        f"the owner's tests pass: {planted.fault}"
    )
    assert report.coverage is not None
    result = score(declarations(faulty.workspace.files), faulty.tests, faulty.resolver, ZoneInfo("UTC"))
    return {
        "coverage": _told_apart(planted, (o.text for o in offers.closers(faulty, report.coverage))),
        "mutation": _told_apart(planted, (o.text for o in offers.killers(faulty, result))),
        "property": _spoken_against(planted) if planted.owners_property else None,
    }


def _told_apart(planted: Planted, texts: Iterator[str]) -> bool:
    """Whether what was meant treats one of the customers otherwise."""
    return any(not suite.run(workspace(planted.rule, text)).ok for text in texts if text)


def _spoken_against(planted: Planted) -> bool:
    made = workspace(planted.faulty, planted.owners_property).workspace.model
    meant = workspace(planted.rule, planted.owners_property).workspace.model
    day, zone = dt.date(2026, 11, 1), ZoneInfo("UTC")
    assert counterexample(meant.properties[0], meant, day, zone) is None, f"what was meant holds: {planted.fault}"
    found = counterexample(made.properties[0], made, day, zone)
    return found is not None and bool(as_test(made.properties[0], found, made))


def table() -> str:
    words = {True: "found", False: "-", None: "none stated"}
    rows = [(p.fault, *(words[found] for found in found_by(p).values())) for p in PLANTED]
    lines = [("fault", "coverage", "mutation", "property"), *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(4)]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(line, widths)).rstrip() for line in lines) + "\n"


if __name__ == "__main__":
    print(table(), end="")
