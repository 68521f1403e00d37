"""What a change of rules means -> text, JSON, and markdown for a pull request: verdict first, no customer named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from segdsl.compare.memberships import Load
from segdsl.compare.versions import Change, Difference, MoveGroup
from segdsl.diagnostics import SCHEMA_VERSION, printable
from segdsl.report.markdown import code, folded
from segdsl.report.markdown import text as escaped
from segdsl.testing.customers.witness import Witness, shorten
from segdsl.words import values

FEW = 5  # a group below it isn't told in a comment
MOST = 30
LONGEST = 50_000  # characters of what is told of rules: a comment takes 65,536 with all that stands around it
_MARKS = {"added": "+", "removed": "−", "changed": "~", "same meaning": "="}


def headline(found: Difference, few: int = 0) -> str:
    """`2 rules change · 131 accounts move · arr, USD 2,100,000`; fewer than `few` aren't counted."""
    n = len(found.changed)
    if not n:
        return "no rule changes its meaning"
    parts = [f"{n} rule{'s' if n != 1 else ''} change{'s' if n == 1 else ''}"]
    if found.clock is None:
        return f"{parts[0]}; without data only possible moves are known"
    moved: dict[str, int] = {}
    for c in found.changed:
        moved[c.entity] = moved.get(c.entity, 0) + c.moved
    if not any(moved.values()):
        return f"{parts[0]} · nobody moves"
    if sum(moved.values()) < few:
        return f"{parts[0]} · fewer than {few} customers move"
    parts += [f"{m:,} {entity}{'s' if m != 1 else ''} move{'s' if m == 1 else ''}" for entity, m in moved.items()]
    worth = sum(c.worth for c in found.changes)
    return " · ".join([*parts, *([f"{found.money} {worth:,.0f}"] if found.money else [])])


def as_text(found: Difference) -> str:
    return "\n".join(printable(line) for line in _lines(found))


def _lines(found: Difference) -> Iterator[str]:
    yield headline(found) + (f"   as of {values.as_of(found.clock)}" if found.clock else "")
    for c in found.changed:
        yield ""
        yield f"{_MARKS[c.status]} {c.rule}: {c.verdict}".replace("`", "")
        width = max((len(f"{m.origin} → {m.goal}") for m in c.moves), default=0)
        for m in c.moves:
            way = f"{m.origin} → {m.goal}"
            worth = f"  {m.worth:>14,.0f}" if found.money else ""
            yield f"    {way:<{width}}  {m.count:>8,}{worth}{_because(m)}".replace("`", "")
        if found.clock and not c.moves:
            yield "    nobody moves"
        yield from _made_up(c)
    same = [c.rule for c in found.changes if c.status == "same meaning"]
    if same:
        yield ""
        yield f"= {len(same)} with the same meaning: {', '.join(same)}"
    for load in found.loads:
        yield f"  {load.play}: {load.before:,} → {load.after:,}{room(load)}"


def _because(m: MoveGroup) -> str:
    return "   " + "; ".join(text + ("" if n == m.count else f" ({n:,})") for text, n in m.reasons) if m.reasons else ""


def _made_up(c: Change) -> Iterator[str]:
    for w in possible_too(c):
        yield f"    for example (made up), from {w.origin} to {w.goal}{w.when}:"
        yield from (f"        {line}" for line in shorten(w.lines))


def possible_too(c: Change) -> list[Witness]:
    """Those who go where no customer of the data goes."""
    real = {(m.origin, m.goal) for m in c.moves}
    return [w for w in c.witnesses if (w.origin, w.goal) not in real]


def room(load: Load) -> str:
    return "" if load.capacity is None else f", room for {load.capacity:,}" + (" ✗" if load.is_over else "")


def as_markdown(found: Difference) -> str:
    parts = [f"### {escaped(headline(found, FEW))}\n"]
    if found.clock:
        parts.append(f"As of {values.as_of(found.clock)}.\n")
    length, left_out = 0, 0
    for n, c in enumerate(found.changed):
        section = _section(c, found.money)
        length += len(section)
        if n == MOST or length > LONGEST:
            left_out = len(found.changed) - n
            break
        parts.append(section)
    if left_out:
        parts.append(f"and {left_out} more\n")
    same = sum(c.status == "same meaning" for c in found.changes)
    if same:
        parts.append(f"{same} other rule{'s keep their' if same != 1 else ' keeps its'} meaning.\n")
    if found.loads:
        rows = [f"| {escaped(x.play)} | {told(x.before)} | {told(x.after)}{room(x)} |" for x in found.loads[:MOST]]
        parts.append("| play | before | after |\n|---|--:|--:|\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _section(c: Change, money: str) -> str:
    words = re.split(r"`(\w+)`", c.verdict)  # an arm's name, in every other place
    verdict = "".join(code(word) if i % 2 else escaped(word) for i, word in enumerate(words))
    parts = [f"{code(c.rule)}: {verdict}\n"]
    if c.moves:
        parts.append(_matrix(c, money))
    if possible_too(c):
        parts.append(_made_up_folded(possible_too(c)))
    return "\n".join(parts)


def _made_up_folded(witnesses: Sequence[Witness]) -> str:
    lines = [line for w in witnesses for line in (f"# from {w.origin} to {w.goal}{w.when}", *shorten(w.lines))]
    return folded("made-up customers that would move too", lines)


def told(n: int) -> str:
    return f"{n:,}" if n >= FEW or not n else f"fewer than {FEW}"


def _matrix(c: Change, money: str) -> str:
    """From the largest group; small ones are told together, so that nobody can be picked out."""
    head = f"| from | to | {escaped(c.entity)}s |" + (f" {escaped(money)} |" if money else "") + " because |"
    rows = [head, "|---|---|--:|" + ("--:|" if money else "") + "---|"]
    for m in (m for m in c.moves[:MOST] if m.count >= FEW):
        rows.append(
            f"| {escaped(m.origin)} | {escaped(m.goal)} | {m.count:,} |"
            + (f" {m.worth:,.0f} |" if money else "")
            + f" {_why(m)} |"
        )
    if any(m.count < FEW for m in c.moves):
        rows.append(f"| other | ways | fewer than {FEW} each |" + (" |" if money else "") + " |")
    return "\n".join(rows) + "\n"


def _why(m: MoveGroup) -> str:
    return "; ".join(_clause(text) + ("" if n == m.count else f" ({n:,})") for text, n in because(m))


def because(m: MoveGroup) -> list[tuple[str, int]]:
    """The clauses that see to it; of one that holds for few of the group nothing is told."""
    return [(text, n) for text, n in m.reasons if n >= FEW]


def _clause(text: str) -> str:
    """A clause in a cell of a table: no text of a rule leaves it."""
    return escaped(text.replace("`", ""))


def as_json(found: Difference, customers: bool) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "as_of": found.clock.now.isoformat() + "Z" if found.clock else None,
        "money": found.money or None,
        "rules": [
            {
                "rule": c.rule, "entity": c.entity, "status": c.status, "verdict": c.verdict.replace("`", ""),
                "arms": {arm or c.rule: {"verdict": v.verdict, "reason": v.reason} for arm, v in c.verdicts.items()},
                "customers": c.total, "moved": c.moved,
                "moves": [
                    {"from": m.origin, "to": m.goal, "count": m.count, "worth": round(m.worth, 2), "reasons": [{"clause": t.replace("`", ""), "count": n} for t, n in m.reasons]} | ({"customers": list(m.customers)} if customers else {})
                    for m in c.moves
                ],
                "witnesses": [{"from": w.origin, "to": w.goal, "given": list(w.lines)} for w in c.witnesses],
            }
            for c in found.changes
        ],
        "plays": [{"play": x.play, "before": x.before, "after": x.after, "capacity": x.capacity} for x in found.loads],
    }  # fmt: skip
