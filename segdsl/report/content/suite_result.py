"""The results of a workspace's tests, with what is to be shown of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segdsl.testing.suite.offers import Offer
    from segdsl.testing.suite.suite import Report


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """`root` is the folder of the workspace, `containing` the text that titles had to hold, `offers` tests for what is missing.

    On a terminal, gaps of coverage and survivors are listed only where `lists_coverage` and `lists_mutation` say so.
    """

    report: Report
    root: Path
    containing: str = ""
    offers: Sequence[Offer] = ()
    lists_coverage: bool = False
    lists_mutation: bool = False
