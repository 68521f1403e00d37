"""An export -> a terminal: the account of each play, line by line, and what destinations did or would do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import click

from segdsl.activation.account.account import PlayAccount
from segdsl.activation.delivery import Outcome, Plan
from segdsl.activation.export.export import Exported
from segdsl.diagnostics import printable
from segdsl.files.paths import as_written
from segdsl.report.layout.terminal import styled
from segdsl.words import values
from segdsl.words.plural import plural

CUSTOMERS = {
    "only when": "for whom `only when` isn't true",
    "suppressed": "suppressed",
    "cooling down": "who got it too short a time ago",
    "given already": "who got it already",
    "enough plays": "who get enough other plays on the channel",
    "nobody to reach": "with nobody to reach",
    "no room": "for whom there is no room",
    "gets": "get it",
}
RECIPIENTS = {
    "suppressed": "suppressed",
    "refused": "without consent",
    "consent unknown": "of unknown consent",
    "no address": "without an address",
    "no message": "to whom the message can't be written",
    "cooling down": "contacted too short a time ago",
    "same address": "with the address of another",
    "waiting": "whose {customer} doesn't get it",
    "held out": "held out",
    "gets": "get it",
}


def render(exported: Exported, names: bool) -> str:
    return "\n".join(_lines(exported, names))


def _lines(exported: Exported, names: bool) -> Iterator[str]:
    account = exported.account
    yield click.style(f"export {exported.id}", bold=True) + f"   as of {values.as_of(account.clock)}"
    for p in account.plays:
        if p.play in exported.plays:
            yield ""
            yield from _play_lines(exported, p, names)
    if exported.plans or exported.outcomes:
        yield ""
    for outcome in exported.outcomes:
        yield from _outcome_lines(outcome)
    for plan in exported.plans:
        yield from _plan_lines(plan)
    if not exported.plans and not exported.outcomes:
        yield ""
        yield "nothing was delivered: --output DIR writes files, and segdsl.toml names destinations"
    yield from map(styled, account.warnings)


def _play_lines(exported: Exported, p: PlayAccount, names: bool) -> Iterator[str]:
    by = f" by {p.channel}" if p.channel is not None else ""
    yield click.style(printable(f"{p.play}{by}"), bold=True)
    width = len(f"{-max(p.members, p.audience):,}")
    more = f", and {p.unknown:,} of whom that is unknown, who get nothing" if p.unknown else ""
    yield f"  {p.members:>{width},} {plural(p.entity, p.members)} in it{more}"
    held = sum(n for line, n in p.held_out.items() if line != "unknown")
    if held:
        would = p.held_out.get("gets", 0)
        yield f"  {-held:>{width},} held out, of whom {would:,} would have got it"
    yield from _counted(p.customers, CUSTOMERS, width)
    if p.recipient != p.entity and p.audience:
        yield f"  {p.audience:>{width},} {plural(p.recipient, p.audience)} of {plural(p.entity)} that may get it"
        said = {line: words.replace("{customer}", p.entity) for line, words in RECIPIENTS.items()}
        yield from _counted(p.recipients, said, width)
    if names:
        yield from _names(exported, p)


def _counted(counts: Mapping[str, int], words: Mapping[str, str], width: int) -> Iterator[str]:
    """Who gets it comes last, and the others are taken from all."""
    for line, said in words.items():
        if count := counts.get(line, 0):
            text = f"  {count if line == 'gets' else -count:>{width},} {said}"
            yield click.style(text, bold=True) if line == "gets" else text


def _names(exported: Exported, p: PlayAccount) -> Iterator[str]:
    said = {"gets": "gets it", "waiting": f"its {p.entity} doesn't get it"}
    for customer, recipient, line, detail, held in exported.account.names(p):
        who = customer if recipient is None else f"{customer} {recipient}"
        before = "held out, else " if held and line != "held out" else ""
        of = "capacity of the " if line == "no room" else ""
        yield printable(f"    {who}: {before}{said.get(line, line)}{f' ({of}{detail})' if detail else ''}")


def _outcome_lines(o: Outcome) -> Iterator[str]:
    parts = [f"{o.sent:,} sent"]
    parts += [f"{n:,} {word}" for n, word in ((o.repeated, "sent before"), (len(o.rejected), "rejected")) if n]
    parts += [f"{n:,} {word}" for n, word in ((len(o.in_doubt), "in doubt"), (len(o.not_sent), "not sent")) if n]
    yield printable(f"{o.destination}: {', '.join(parts)}")
    for path in o.files:
        yield f"  wrote {printable(str(as_written(path)))}"
    if o.unsettled:
        yield f"  {len(o.unsettled):,} of earlier exports are in doubt still"
    if o.stopped is not None:
        yield styled(o.stopped)


def _plan_lines(p: Plan) -> Iterator[str]:
    yield printable(
        f"{p.destination}: {p.rows:,} would go to {p.place}{f', {p.repeated:,} went there before' if p.repeated else ''}"
    )
    for step in p.steps:
        yield printable(f"  {step}")
