"""Errors of usage."""

from __future__ import annotations

from segdsl.diagnostics import Refusal


class UsageError(Refusal):
    """A request for something that doesn't exist, such as an unknown rule or source. Exit code 2."""

    exit_code = 2
