"""`segdsl explain`: why a customer is where it is, or what a code means."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli import _shared as shared

if TYPE_CHECKING:
    from segdsl.ledger.moves import Since
    from segdsl.ledger.store import Border
    from segdsl.model.clock import Clock
    from segdsl.words.explain import Explanation


@click.command("explain")
@click.argument("what", metavar="CUSTOMER|CODE", default="")
@click.argument("names", nargs=-1, metavar="[RULE…]")
@click.option("--near", metavar="NAME", help="Instead: who is one clause away from a segment or SEGMENTATION.ARM.")
@shared.workspace_option
@shared.as_of_option
@shared.source_option
@shared.format_option("text", "json")
def command(
    what: str,
    names: tuple[str, ...],
    near: str | None,
    workspace: Path | None,
    as_of: str | None,
    source: str | None,
    format_: str,
) -> None:
    """Say why a customer is where it is: every clause with its values, and what would take it elsewhere.

    CUSTOMER is a key, as in `segdsl explain acme motion`. CODE is that of a message, as in
    `segdsl explain SEG0204`, and prints its page.
    """
    if bool(what) is (near is not None):
        raise click.UsageError("give a customer's key, the code of a message, or --near a segment or arm")
    if near is not None:
        _say_near(near, workspace, as_of, source, format_)
        return
    if re.fullmatch(r"(?i)SEG\d{4}", what):
        sys.exit(_page(what.upper()))
    from segdsl.whatif.customers import explanations
    from segdsl.words import explain as explaining
    from segdsl.words import values

    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        with shared.progress("looking"):
            clock, found = explanations(loaded, what, names, as_of, source)
            since, borders = _remembered(loaded.root / loaded.config.workspace.ledger, found, clock)
        if format_ == "json":
            rules = [
                _record(e) | {"since": _since_record(since.get(e.rule)), "borders": list(map(asdict, borders[e.rule]))}
                for e in found
            ]
            shared.say_json({"as_of": clock.now.isoformat() + "Z", "timezone": clock.zone.key, "rules": rules})
            return
        shared.say(f"as of {values.as_of(clock)}")
        for explanation in found:
            shared.say()
            shared.say(coloured(explaining.as_text(explanation)))
            for border in borders[explanation.rule]:
                shared.say(click.style(f"  {_border_text(border, since[explanation.rule])}", dim=True))
            if explanation.rule in since:
                shared.say(click.style(f"  {_since_text(explanation, since[explanation.rule])}", dim=True))


MOST_NEAR = 5  # of each clause


def _say_near(name: str, workspace: Path | None, as_of: str | None, source: str | None, format_: str) -> None:
    from segdsl.cli.attrition import record
    from segdsl.diagnostics import printable
    from segdsl.whatif.attrition import attrition
    from segdsl.words import values

    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        with shared.progress("looking"):
            found = attrition(loaded, name, as_of, source, MOST_NEAR)
        if format_ == "json":
            shared.say_json(record(found))
            return
        n = found.inside.count
        inside = f"1 {found.entity} is" if n == 1 else f"{n:,} {found.entity}s are"
        shared.say(f"as of {values.as_of(found.clock)}, {inside} in {name} by its clauses")
        for cost in found.costs:
            worth = f", {found.money} {cost.near.worth:,.0f}" if cost.near.worth else ""
            shared.say()
            n = cost.near.count
            who = f"{n:,} {found.entity}s lack" if n > 1 else f"1 {found.entity} lacks" if n else "nobody lacks"
            shared.say(click.style(f"{who} only this{worth}", bold=True))
            shared.say(f"  {printable(cost.clause)}")
            for customer in cost.examples:
                shared.say(f"    {printable(customer.entity_id)}   {printable('; '.join(customer.facts))}")


def coloured(text: str) -> str:
    from segdsl.diagnostics import printable

    head, *lines = (printable(line) for line in text.split("\n"))
    return "\n".join([click.style(head, bold=True), *map(_mark, lines)])


def _mark(line: str) -> str:
    hues = {"✓": "green", "✗": "red", "?": "yellow"}
    mark = line.lstrip()[:1]
    return line.replace(mark, click.style(mark, fg=hues[mark]), 1) if mark in hues else line


def _remembered(
    ledger: Path, found: Sequence[Explanation], clock: Clock
) -> tuple[dict[str, Since], dict[str, list[Border]]]:
    """What the ledger knows of each rule: since when, and where its last run drew lines that concern the customer.

    Nothing where it can't be looked into just now.
    """
    from segdsl.ledger.moves import since_when
    from segdsl.ledger.store import Ledger, LedgerError

    since: dict[str, Since] = {}
    borders: dict[str, list[Border]] = {e.rule: [] for e in found}
    try:
        with Ledger.to_read(ledger) as opened:
            for e in found if opened is not None else ():
                assert opened is not None
                known = since_when(opened, e.entity, e.key, e.rule, clock.now)
                if known is not None:
                    since[e.rule] = known
                    drawn = opened.borders(known.last.run_id)
                    borders[e.rule] = [b for b in drawn if b.rule == e.rule and (b.arm, b.text, b.group) in e.compared]
    except LedgerError as error:
        shared.note(f"since when is not known: {error.diagnostics[0].message}")
        return {}, {e.rule: [] for e in found}
    return since, borders


def _border_text(border: Border, since: Since) -> str:
    from zoneinfo import ZoneInfo

    from segdsl.cli.run import border_text
    from segdsl.diagnostics import printable
    from segdsl.model.clock import Clock
    from segdsl.words import values

    day = values.day(Clock(since.last.as_of, ZoneInfo(since.last.zone)).today)
    return printable(f"{border.arm}: {border.text}; on {day} the border was {border_text(border)}")


def _since_text(e: Explanation, since: Since) -> str:
    from zoneinfo import ZoneInfo

    from segdsl.diagnostics import printable
    from segdsl.model.clock import Clock
    from segdsl.words import values

    day = values.day(Clock(since.first, ZoneInfo(since.zone)).today)
    if since.place != (e.arm or e.status):
        return f"the last run had it in {since.place}, since {day}"
    if since.before is None:
        return f"since {day} or before, the first run"
    why = " and ".join(since.causes) + (f" ({printable(since.clause)})" if since.clause else "")
    return f"since {day}, before that {since.before}" + (f": {why}" if why else "")


def _since_record(since: Since | None) -> dict[str, object] | None:
    if since is None:
        return None
    return {
        "place": since.place, "first": since.first.isoformat() + "Z", "before": since.before, "causes": list(since.causes), "clause": since.clause,
    }  # fmt: skip


def _page(code: str) -> int:
    from segdsl.codes import known_codes, page

    text = page(code)
    if text is None:
        shared.note(f"no code {code}; codes run from {known_codes()[0]} to {known_codes()[-1]}")
        return shared.USAGE
    shared.say(text)
    return 0


def _record(e: Explanation) -> dict[str, object]:
    import dataclasses

    return {"schema_version": 1, **dataclasses.asdict(e)}
