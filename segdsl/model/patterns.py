"""The patterns of `matches`: a subset of RE2 that means the same on every engine."""

from __future__ import annotations

import re

LONGEST = 500
# syntax of RE2 that other engines read differently, or not at all
_REFUSED = (
    (r"\(\?", "groups with `(?` are not supported"),
    (r"\\[0-9]", "references to a group are not supported"),
    (r"\\[pPXCQEAzZbBGkKRuxN]", "the only escapes supported are \\d \\w \\s, their opposites and escaped signs"),
    (r"\[\[:|\[[^\]]*\[", "a bracket inside [ ] must be escaped"),
    (r"[*+?}]\+", "a second `+` after a repetition is not supported"),
    (r"\{[0-9]{4,}|\{[0-9]*,[0-9]{4,}", "a repetition goes up to 999"),
    (r"[^\x20-\x7e\u00a0-\U0010ffff]", "it contains a control character"),
)


def why_not(pattern: str) -> str | None:
    """Returns why a pattern can't be used, None if it can. Takes time linear in the pattern's length."""
    if len(pattern) > LONGEST:
        return f"it is longer than {LONGEST} characters"
    for refused, reason in _REFUSED:
        if re.search(refused, pattern):
            return reason
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else "it can't be read"
        return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
    return None
