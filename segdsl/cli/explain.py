"""`segdsl explain`: why a customer is where it is, or what a code means."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli import _shared as shared

if TYPE_CHECKING:
    from segdsl.ledger.moves import Since
    from segdsl.ledger.store import Border
    from segdsl.model.clock import Clock
    from segdsl.model.segment import Segmentation
    from segdsl.words.explain import Explanation


@click.command("explain")
@click.argument("what", metavar="CUSTOMER|RULE|CODE", default="")
@click.argument("names", nargs=-1, metavar="[RULE|ARM|METRIC…]")
@click.option("--near", metavar="NAME", help="Instead: who is one clause away from a segment or SEGMENTATION.ARM.")
@shared.workspace_option
@shared.look_as_of_option
@shared.source_option
@shared.format_option("explanation", "near", "rule")
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

    CUSTOMER is a key or a name, as in `segdsl explain acme motion` or `acme motion.save`. RULE, an arm or a metric by itself is read
    aloud, with its size and a few members, as in `segdsl explain motion.save`. CODE is that of a message, as in
    `segdsl explain SEG0204`, and prints its page.
    """
    if bool(what) is (near is not None):
        raise click.UsageError(
            "give a customer's key or name, a rule, the code of a message, or --near a segment or arm"
        )
    if near is not None:
        _say_near(near, workspace, as_of, source, format_)
        return
    if re.fullmatch(r"(?i)SEG\d{4}", what):
        sys.exit(_page(what.upper()))
    from segdsl.activation.plays import with_plays
    from segdsl.experiment.pilot.plays import arms_of_pilots
    from segdsl.whatif.customers import explanations
    from segdsl.whatif.read_aloud import is_rule, read_aloud

    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        if not names and is_rule(loaded.model, what):
            has_data = (source or "default") in loaded.config.sources
            with shared.progress("looking"):
                rule = read_aloud(
                    loaded, what, shared.day_to_look(loaded, as_of, source) if has_data else as_of, source
                )
            if has_data:
                shared.note_lacking_runs(loaded, [what.partition(".")[0]], source, rule.clock.as_of)
            shared.show("rule", format_, rule)
            return
        with shared.progress("looking"):
            day = shared.day_to_look(loaded, as_of, source)
            clock, reasons, metrics = explanations(loaded, what, names, day, source)
            reasons = with_plays(loaded, reasons, clock, source, arms_of_pilots(loaded, clock.today))
            since, borders = _remembered(loaded.root / loaded.config.workspace.ledger, reasons, clock)
            since = {name: _with_former(known, loaded.model.segmentations.get(name)) for name, known in since.items()}
        shared.note_lacking_runs(loaded, names, source, day)
        shared.show("explanation", format_, clock, reasons, metrics, since, borders)


MOST_NEAR = 5  # of each clause


def _say_near(name: str, workspace: Path | None, as_of: str | None, source: str | None, format_: str) -> None:
    from segdsl.whatif.attrition import attrition

    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        with shared.progress("looking"):
            costs = attrition(loaded, name, shared.day_to_look(loaded, as_of, source), source, MOST_NEAR)
        shared.show("near", format_, costs)


def _with_former(since: Since, rule: Segmentation | None) -> Since:
    """Whether an arm of an earlier run is one that the rule no longer has."""
    from dataclasses import replace

    places = () if rule is None else (*(a.name for a in rule.all_arms), "outside", "unknown")
    return replace(since, is_former=bool(places) and since.place not in places)


def _remembered(
    ledger: Path, reasons: Sequence[Explanation], clock: Clock
) -> tuple[dict[str, Since], dict[str, list[Border]]]:
    """What the ledger knows of each rule: since when, and where its last run drew lines that concern the customer.

    Nothing where it can't be looked into just now.
    """
    from segdsl.ledger.moves import since_when
    from segdsl.ledger.store import Ledger, LedgerError

    since: dict[str, Since] = {}
    borders: dict[str, list[Border]] = {e.rule: [] for e in reasons}
    try:
        with Ledger.to_read(ledger) as opened:
            for e in reasons if opened is not None else ():
                assert opened is not None
                known = since_when(opened, e.entity, e.key, e.rule, clock.now)
                if known is not None:
                    since[e.rule] = known
                    drawn = opened.borders(known.last.run_id)
                    borders[e.rule] = [b for b in drawn if b.rule == e.rule and (b.arm, b.text, b.group) in e.compared]
    except LedgerError as error:
        shared.note(f"since when is not known: {error.diagnostics[0].message}")
        return {}, {e.rule: [] for e in reasons}
    return since, borders


def _page(code: str) -> int:
    from segdsl.codes import known_codes, page

    text = page(code)
    if text is None:
        shared.note(f"no code {code}; codes run from {known_codes()[0]} to {known_codes()[-1]}")
        return shared.USAGE
    shared.say(text)
    return 0
