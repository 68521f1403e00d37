"""A row of the phrasebook: what people write, and the line that means it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from segdsl.phrasebook.pattern import Match, Pattern, pattern

Meaning = str | tuple[str, ...] | Callable[[Match], "str | Sequence[str] | None"]
"""The line that is meant, with slots in braces; several where the meaning is open; or a function for what a line can't say.
A function returns None where the row doesn't apply."""


Where = Literal["condition", "anywhere"]
Example = tuple[str, str]


@dataclass(frozen=True)
class Row:
    """One row.

    `written` are patterns of what people write.
    `meant` is the line in its place.
    `examples` are pairs of what is written and what is meant, conditions or declarations over `EXAMPLE_MODEL`; documentation and tests.
    `note` says in a few words how it is written here; where the meaning is open, one for each reading.
    `where` says in which part of a declaration the row applies.
    `sure` says that nothing is guessed, so that `segdsl check --fix` may write it.
    """

    written: tuple[str, ...]
    meant: Meaning
    examples: tuple[Example, ...] = ()
    note: str | tuple[str, ...] = ""
    where: Where = "condition"
    sure: bool = True

    @cached_property
    def patterns(self) -> tuple[Pattern, ...]:
        return tuple(map(pattern, self.written))

    def readings(self, match: Match) -> tuple[str, ...]:
        """What is meant by a match: one line, several where that is open, none where the row doesn't apply."""
        meant = self.meant(match) if callable(self.meant) else self.meant
        return () if meant is None else (meant,) if isinstance(meant, str) else tuple(meant)

    def note_of(self, reading: int) -> str:
        return self.note if isinstance(self.note, str) else self.note[reading] if reading < len(self.note) else ""


def row(
    *written: str,
    to: Meaning,
    examples: Sequence[Example] = (),
    note: str | tuple[str, ...] = "",
    where: Where = "condition",
    sure: bool = True,
) -> Row:
    return Row(written, to, tuple(examples), note, where, sure)


@dataclass(frozen=True, slots=True)
class Family:
    """Rows of one kind.

    `title` is the heading in the documentation.
    `stage` orders families: 0 for signs and characters, 1 for words, 2 for phrases made of them, 3 for whole declarations.
    """

    title: str
    stage: int
    rows: tuple[Row, ...]


EXAMPLE_MODEL = """
entity account "An organisation that pays us" {
  account_id:   text key
  name:         text
  status:       one of ("trial", "active", "churned") required
  plan:         one of ("free", "team", "business", "enterprise") required
  arr:          money(USD) required
  seats:        integer
  nps:          integer
  country:      text
  signed_on:    date
  renewal_date: date
  autopay:      boolean
  tags:         set of text
  app_version:  version
}
table logins of account by account_id at occurred_at { device: text  minutes: integer  mobile: boolean }
table tickets of account by account_id at opened_at { priority: one of ("low", "high", "urgent")  state: one of ("open", "closed") }
table invoices of account by account_id at issued_on: date { amount: money(USD)  state: one of ("paid", "open", "failed") }
list dach = ("DE", "AT", "CH")
segment vips "Very important" of account { when seats > 1_000 }
segmentation growth of account { segment stars { when seats > 100 } otherwise flat }
play exec_call { channel: "csm" }
"""
