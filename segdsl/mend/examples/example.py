"""A line of the language that is shown beside a mistake, with the declaration as which it is checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

NAME_OF_EXAMPLES = "an_example"
"""The name of the segments that conditions are checked as."""


@dataclass(frozen=True)
class Example:
    """A line of the language: `line` as it is shown, `declaration` as it is checked, `name` what it shows.

    `shows` says whether the line is a condition with that name, a value with it, or a declaration of that kind.
    """

    name: str
    line: str
    declaration: str
    shows: Literal["conditions", "values", "declaration"] = "conditions"
