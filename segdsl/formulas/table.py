"""The table of functions of elsewhere: what each is called, and what it means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Example = tuple[str, str]
To = Callable[[Any, Any], Any]
"""Takes the `Translator` and the `Call`, and returns the `Meaning`; None where the row doesn't apply."""


@dataclass(frozen=True, slots=True)
class Function:
    """One row.

    `names` are what the function is called, in lower case.
    `to` is what a call means.
    `examples` are pairs of what is written and what is meant, as in the phrasebook; documentation and tests.
    `note` says in a few words how it is written here; `refused` are examples of what can't be said, with a part of the sentence.
    """

    names: tuple[str, ...]
    to: To
    examples: tuple[Example, ...] = ()
    note: str = ""
    refused: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Functions:
    """Functions of one kind; `title` is the heading in the documentation."""

    title: str
    rows: tuple[Function, ...]


def function(
    names: str, to: To, examples: Sequence[Example] = (), note: str = "", refused: Sequence[Example] = ()
) -> Function:
    return Function(tuple(names.split()), to, tuple(examples), note, tuple(refused))
