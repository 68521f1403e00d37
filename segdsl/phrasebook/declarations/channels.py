"""Channels by their settings, and the clauses that plays and channels share: how often, how many, and who gets nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from segdsl.lang.reserved import PLAY_CLAUSES
from segdsl.phrasebook.declarations.gaps import read_or_gap
from segdsl.phrasebook.declarations.heads import Head, entity_default
from segdsl.phrasebook.declarations.outline import Entry, Unread, text_of
from segdsl.phrasebook.declarations.parts import Declared
from segdsl.phrasebook.declarations.spoken import clause_of_channel, suppressed
from segdsl.phrasebook.names import Names

_UNIT = r"(?:day|week|month|quarter|year)"
_LENGTH = r"(?P<n>\d+ )?(?P<unit>(?:hour|day|week|month|year)s?)"
_AGAIN = re.compile(
    rf"(?:frequency|repeats?|cadence|recurrence|resend|send again|again|re-?entry)(?:\s*[:=])? (?:at most |max )?(?:once )?"
    rf"(?:every|per|each|after) {_LENGTH}"
)
_LENGTHS = {"daily": "1 day", "weekly": "1 week", "monthly": "1 month", "quarterly": "3 months", "yearly": "1 year"}
_OFTEN = re.compile(rf"(?:frequency|repeats?|cadence|recurrence)(?:\s*[:=])? (?P<how>{'|'.join(_LENGTHS)})")
_NOT_TO = re.compile(
    r"(?:excludes?|excluding|suppress(?:es)?|suppressed|not for|not to|never to|skip|suppression)(?: the)?"
    r"(?: (?:segment|list|audience|members of|customers in|accounts in|suppression list))?(?:\s*[:=])? (?P<name>[\w.]+)"
)
_RATE = re.compile(
    rf"(?:rate[ _]?limit|send[ _]limit|sending limit|throttle|daily limit|limit|quota|max(?:imum)?|volume|cap)(?:\s*[:=])? "
    rf"(?:at most |max )?(?P<n>\d[\d_]*)(?: (?:sends?|e?mails?|messages?|deliveries))? (?:per|a|each|/) (?P<unit>{_UNIT})"
)
_REST = re.compile(
    rf"(?:frequency[ _](?:cap|limit)|cool[ _-]?down|quiet period|min(?:imum)? gap|gap|pause|spacing)(?:\s*[:=])? "
    rf"(?:1 |once |one )?(?:(?:per|every|in|each|of) )?{_LENGTH}"
)


def shared_clause(entry: Entry, names: Names) -> str:
    """`frequency: once every 90 days`, `exclude segment: vips` as clauses of a play; empty for anything else."""
    said = text_of(entry.tokens).lower()
    if entry.inside:
        return ""
    if (again := _AGAIN.fullmatch(said)) is not None:
        return f"every {_length(again)}"
    if (often := _OFTEN.fullmatch(said)) is not None:
        return f"every {_LENGTHS[often['how']]}"
    if (left := _NOT_TO.fullmatch(said)) is not None:
        name = left["name"]
        path = names.rules.get(name) or (name if name in names.lists or name in names.rules.values() else "")
        return f"suppress {path}" if path else ""
    return ""


def _length(match: re.Match[str]) -> str:
    count = (match["n"] or "1 ").strip()
    unit = match["unit"].rstrip("s")
    return f"{count} {unit}{'' if count == '1' else 's'}"


def channel(head: Head, entries: Sequence[Entry], names: Names) -> Declared:
    """A channel by its settings. Raises `Unread` where one isn't read."""
    if head.rest or head.where or head.entity or not head.name or not entries:
        raise Unread
    reader = _Channel(names)
    for entry in entries:
        read_or_gap(reader, entry, reader.setting)
    title = f" {head.title}" if head.title else ""
    lines = "".join(f"  {line}\n" for line in [*reader.lines, *reader.gaps])
    return Declared(
        f"channel {head.name}{title} {{\n{lines}}}",
        ("a channel says its `address`, `consent`, `capacity` and `cooldown`",),
        "",
    )


class _Channel:
    def __init__(self, names: Names) -> None:
        self.names, self.lines, self.gaps = names, list[str](), list[str]()

    def setting(self, entry: Entry) -> None:
        said = text_of(entry.tokens)
        first = entry.words[0]
        if entry.inside:
            raise Unread
        if line := shared_clause(entry, self.names):
            if not line.startswith("suppress"):
                raise Unread
            self.lines.append(line)
        elif (rate := _RATE.fullmatch(said.lower())) is not None:
            self.lines.append(f"capacity {rate['n']} per {rate['unit']}")
        elif (rest := _REST.fullmatch(said.lower())) is not None:
            self.lines.append(f"cooldown {_length(rest)}")
        elif left_out := suppressed(said.lower().rstrip(" ."), self.names):
            self.lines.append(left_out)
        elif spoken := self._spoken(entry):
            self.lines.append(spoken)
        elif (entry.key in ("address", "consent") and entry.words[1] == ":" and entry.value) or (
            first in PLAY_CLAUSES and entry.words[1:2] and entry.words[1] not in (":", "=")
        ):
            self.lines.append(said)
        else:
            raise Unread

    def _spoken(self, entry: Entry) -> str:
        """A clause said in a sentence; empty for anything else."""
        try:
            return clause_of_channel(entry, replace(self.names, entity=entity_default(self.names)))
        except Unread:
            return ""
