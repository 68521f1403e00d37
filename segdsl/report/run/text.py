"""What a run gave -> a terminal: the data as it was read, then each rule's sizes, and who came and went since the run before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from segdsl.diagnostics import printable, series
from segdsl.ledger.moves import Move
from segdsl.ledger.store import Border, Run
from segdsl.model.clock import Clock
from segdsl.model.segment import Segment, Segmentation
from segdsl.report.data.text import table_lines
from segdsl.report.layout.terminal import styled, table
from segdsl.run.keeping import UNKNOWN, Elsewhere, elsewhere
from segdsl.run.record import RecordedRun
from segdsl.words import values
from segdsl.words.plural import plural

if TYPE_CHECKING:
    import pandas as pd

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
    for place in elsewhere(rule, record.result.frames[rule.entity]):
        yield _elsewhere(place)
    for line in _borders([b for b in record.borders if b.rule == rule.name]):
        yield click.style(line, dim=True)


def _sizes(rule: Segment | Segmentation, record: RecordedRun) -> str:
    """Each arm with its count, share, money, and moves; undecided, unassigned and outside included."""
    frame = record.result.frames[rule.entity]
    amounts = record.result.amounts.get(rule.entity)
    since = record.since if record.since is not None and rule.name in record.since.fingerprints else None
    rows = []
    for name, title, place, mask in _groups(rule, frame):
        n = int(mask.sum())
        row = [name, title, f"{n:,}", f"{n / len(frame):.1%}" if len(frame) else ""]
        row += [amounts.total(mask)] if amounts is not None else []
        rows.append([*row, _came_and_went(record.moves, rule.name, place)] if since else row)
    headers = ["", "", plural(rule.entity), ""] + ([amounts.heading] if amounts is not None else [])
    headers += [f"since {_day(since)}"] if since else []
    return table(headers, rows, right=(2, 3, 4) if amounts is not None else (2, 3))


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


def _came_and_went(moves: Sequence[Move], rule: str, place: str) -> str:
    came = sum(m.rule == rule and m.goal == place for m in moves)
    went = sum(m.rule == rule and m.origin == place for m in moves)
    return " ".join([*([f"+{came:,}"] if came else []), *([f"\u2212{went:,}"] if went else [])])


def _day(run: Run) -> str:
    return values.day(Clock(run.as_of, ZoneInfo(run.zone)).today)


def _groups(rule: Segment | Segmentation, frame: pd.DataFrame) -> list[tuple[str, str, str, pd.Series[bool]]]:
    """(name, title, place, who) of each arm, and of those that are in none where there are any."""
    column = frame[rule.name]
    if isinstance(rule, Segment):
        rest = [
            ("not in", "", "out", column.eq(False).fillna(False)),
            ("unknown", "", "unknown", column.isna()),
        ]
        return [("in", "", "in", column.eq(True).fillna(False)), *(g for g in rest if g[3].any())]
    status = frame[f"{rule.name}_status"]
    rest = [
        ("(unknown)", "not assigned", "unknown", status.eq("unknown")),
        ("(outside)", "not in the population", "outside", status.eq("outside")),
    ]
    return [(a.name, a.title, a.name, column.eq(a.name)) for a in rule.all_arms] + [g for g in rest if g[3].any()]
