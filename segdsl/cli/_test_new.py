"""`segdsl test new`: customers for a person to judge."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli import _shared as shared

if TYPE_CHECKING:
    from segdsl.model.segment import Segment, Segmentation
    from segdsl.testing.customers.search import Example
    from segdsl.workspace.load import Workspace


@click.command("new")
@click.argument("rule", metavar="RULE")
@shared.workspace_option
@click.option(
    "--from",
    "customer",
    metavar="CUSTOMER",
    help="A real customer instead, by key or name, with its rows, under made-up names.",
)
@click.option("--name", metavar="NAME", help="The fixture's folder; else the rule's name.")
@shared.look_as_of_option
@shared.source_option
def new(
    rule: str, workspace: Path | None, customer: str | None, name: str | None, as_of: str | None, source: str | None
) -> None:
    """Write customers on every border of a rule as a fixture folder, ready to judge in a spreadsheet.

    Each row says what the rule makes of it today, and what is at stake. Read them one by one, and correct
    what isn't as it should be.
    """
    from segdsl.diagnostics import printable
    from segdsl.run.evaluate import chosen_rules, clock_for
    from segdsl.testing.fixtures import folder
    from segdsl.testing.suite import suite
    from segdsl.testing.suite.borders import borders
    from segdsl.words import values

    with shared.failing():
        loaded = shared.sound_workspace(workspace)
        (chosen,) = chosen_rules(loaded.model, [rule.partition(".")[0]])
        if customer is not None:
            examples = [_real(loaded, chosen, customer, as_of, source)]
        else:
            with shared.progress(f"customers on the borders of {chosen.name}"):
                collected = suite.suite_of(loaded)
                asked = clock_for(loaded.zone, as_of).as_of if as_of is not None else None
                has_day = asked is not None or any(t.as_of is not None for t in collected.tests)
                own = None if has_day else _own_day(loaded, source)
                examples = borders(collected, chosen, asked, own)
        if not examples:
            shared.note(f"no customer was found on a border of {chosen.name}")
            sys.exit(shared.FINDINGS)
        default = chosen.name if customer is None else f"{chosen.name}_real"
        written = folder.write(loaded, _folder_name(name or default), chosen, examples)
        day = values.day(examples[0].customer.as_of)
        shared.say_line(
            f"wrote {len(examples)} customer{'s' if len(examples) > 1 else ''} to {printable(str(written))}, as of {day}"
        )
        shared.say(
            f"the column expect.{chosen.name} has what the rule says today: correct it where that is wrong, then segdsl test {written.name}"
        )


def _own_day(loaded: Workspace, source: str | None) -> dt.date | None:
    """The day of old data, for customers that look like it; None without data, or where the data are of these days."""
    from segdsl.run.data_day import clock_to_look

    if (source or "default") not in loaded.config.sources:
        return None
    dated = clock_to_look(loaded, None, source)
    return dated.clock.today if dated.because else None


def _folder_name(name: str) -> str:
    if not name.replace("_", "").replace("-", "").isalnum():
        raise click.UsageError("--name is one word, of letters, digits, - and _")
    return name


def _real(loaded: Workspace, rule: Segment | Segmentation, key: str, as_of: str | None, source: str | None) -> Example:
    from segdsl.run.evaluate import clock_for, source_config
    from segdsl.run.recorded import with_recorded_runs
    from segdsl.testing.fixtures.pseudonyms import pseudonymise
    from segdsl.whatif.customers import CustomerLookup

    clock = clock_for(loaded.zone, shared.day_to_look(loaded, as_of, source))
    recorded = with_recorded_runs(loaded, source, clock)
    among = CustomerLookup.of(recorded, [rule], source_config(loaded, source), clock)
    (customer,) = among.customers(key)
    copy = pseudonymise(customer, rule)
    if copy.left_out:
        shared.note(f"personal fields that the rule reads stay out: {', '.join(copy.left_out)}")
    if not copy.same:
        otherwise = "the rule sees the copy otherwise than the customer"
        if copy.left_out:
            shared.note(f"without them {otherwise}: give them made-up values")
        else:
            shared.note(f"under another name and without others {otherwise}: judge it anew")
    return copy.example
