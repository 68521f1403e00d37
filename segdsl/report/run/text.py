"""What a run gave -> a terminal: the data as it was read, then each rule's sizes, and who came and went since the run before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from zoneinfo import ZoneInfo

import click

from segdsl.diagnostics import printable, series
from segdsl.ledger.moves import Way
from segdsl.ledger.store import Border, Run
from segdsl.model.clock import Clock
from segdsl.model.segment import Segment, Segmentation
from segdsl.report.data.text import table_lines
from segdsl.report.layout.terminal import styled, table
from segdsl.run.assigned import Place, by_data
from segdsl.run.keeping import UNKNOWN, Elsewhere, elsewhere_of
from segdsl.run.record import RecordedRun
from segdsl.words import values
from segdsl.words.plural import plural

MOST_BORDERS = 5


def render(rules: Sequence[Segment | Segmentation], record: RecordedRun) -> str:
    result = record.result
    lines = [
        f"as of  {values.as_of(result.clock)}",
        *table_lines(result.tables, result.clock),
        *(f"{styled(d)}\n" for d in result.warnings),
        *(line for rule in rules for line in rule_lines(rule, record)),
    ]
    return "\n".join(lines)


def rule_lines(rule: Segment | Segmentation, record: RecordedRun) -> Iterator[str]:
    yield ""
    yield click.style(rule.name, bold=True) + (f"   {printable(rule.title)}" if rule.title else "")
    yield _sizes(rule, record)
    for place in elsewhere_of(rule, by_data(record.result.places[rule.name])):
        yield _elsewhere(place)
    for line in _borders([b for b in record.borders if b.rule == rule.name]):
        yield click.style(line, dim=True)


def _sizes(rule: Segment | Segmentation, record: RecordedRun) -> str:
    """Each arm with its count, share, money, and moves; undecided, unassigned and outside included."""
    result = record.result
    worth = result.worth.get(rule.entity)
    since = record.since if record.since is not None and rule.name in record.since.fingerprints else None
    customers = sum(p.count for p in result.places[rule.name])
    rows = []
    for name, title, place, own in _groups(rule, result.places[rule.name]):
        n = sum(p.count for p in own)
        row = [name, title, f"{n:,}", f"{n / customers:.1%}" if customers else ""]
        row += [f"{round(sum((p.worth or 0 for p in own), Fraction())):,}"] if worth is not None else []
        rows.append([*row, _came_and_went(record.moves, rule.name, place)] if since else row)
    headers = ["", "", plural(rule.entity), ""] + ([worth.heading] if worth is not None else [])
    headers += [f"since {_day(since)}"] if since else []
    return table(headers, rows, right=(2, 3, 4) if worth is not None else (2, 3))


def _elsewhere(place: Elsewhere) -> str:
    """`gold: 7 are kept; by today's data they would be in silver (5) or base (2)`"""
    n, where = place.count, would_be(place.by_data)
    name = "(unknown)" if place.place == UNKNOWN else place.place
    if not place.keeps:
        return f"  {name}: {n:,} who by today's data {where}"
    return f"  {name}: {n:,} {'is' if n == 1 else 'are'} kept; by today's data {'it' if n == 1 else 'they'} {where}"


def would_be(by_data: Mapping[str, int]) -> str:
    """Where data alone would have customers: `would be in silver (5) or base (2)`."""
    if len(by_data) == 1:
        (arm,) = by_data
        return "would be unknown" if arm == UNKNOWN else f"would be in {arm}"
    ways = [f"{'unknown' if arm == UNKNOWN else f'in {arm}'} ({n:,})" for arm, n in by_data.items()]
    return f"would be {series(ways, 'or')}"


def _borders(drawn: Sequence[Border]) -> Iterator[str]:
    """Where ranks and limits drew the line; of many groups only how many."""
    by_line: dict[tuple[str, str], list[Border]] = {}
    for border in drawn:
        by_line.setdefault((border.arm, border.text), []).append(border)
    for (arm, text), own in by_line.items():
        shown = [border_text(b) for b in own[:MOST_BORDERS]]
        more = f" and {len(own) - MOST_BORDERS:,} more" if len(own) > MOST_BORDERS else ""
        yield printable(f"  {arm}: {text}; the border was {', '.join(shown)}{more}")


def border_text(border: Border) -> str:
    """`USD 39,800 in eu (211 taken: 61 more than 150, equal at the border)`."""
    of = f" in {border.group}" if border.group else ""
    if not border.excess:
        return f"{border.value}{of}"
    over = f"{border.excess:,} more than {border.room:,}, equal at the border"
    return f"{border.value}{of} ({border.inside:,} taken: {over})"


def _came_and_went(ways: Sequence[Way], rule: str, place: str) -> str:
    came = sum(w.count for w in ways if w.rule == rule and w.goal == place)
    went = sum(w.count for w in ways if w.rule == rule and w.origin == place)
    return " ".join([*([f"+{came:,}"] if came else []), *([f"\u2212{went:,}"] if went else [])])


def _day(run: Run) -> str:
    return values.day(Clock(run.as_of, ZoneInfo(run.zone)).today)


def _groups(rule: Segment | Segmentation, places: Sequence[Place]) -> list[tuple[str, str, str, Sequence[Place]]]:
    """(name, title, place, who) of each arm, and of those that are in none where there are any."""

    def of_status(status: str) -> list[Place]:
        return [p for p in places if p.status == status]

    if isinstance(rule, Segment):
        rest = [("not in", "", "out", of_status("out")), ("unknown", "", "unknown", of_status("unknown"))]
        return [("in", "", "in", of_status("in")), *(g for g in rest if g[3])]
    arms = [(a.name, a.title, a.name, [p for p in places if p.arm == a.name]) for a in rule.all_arms]
    rest = [
        ("(unknown)", "not assigned", "unknown", of_status("unknown")),
        ("(outside)", "not in the population", "outside", of_status("outside")),
    ]
    return [*arms, *(g for g in rest if g[3])]
