"""What may be asked for and isn't there."""

from __future__ import annotations

from segdsl.diagnostics import Refusal


class UsageError(Refusal):
    """Something asked for that isn't there."""

    exit_code = 2
