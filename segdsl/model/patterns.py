"""The patterns of `matches`: a subset of RE2 that means the same on every engine."""

from __future__ import annotations

import re

LONGEST = 500
# what RE2 has and other engines read differently, or not at all
_REFUSED = (
    (r"\(\?", "groups with `(?` are not part of it"),
    (r"\\[0-9]", "references to a group are not part of it"),
    (r"\\[pPXCQEAzZbBGkKRuxN]", "of the escapes only \\d \\w \\s, their opposites and escaped signs are part of it"),
    (r"\[\[:|\[[^\]]*\[", "a bracket inside [ ] must be escaped"),
    (r"[*+?}]\+", "a second `+` after a repetition is not part of it"),
    (r"\{[0-9]{4,}|\{[0-9]*,[0-9]{4,}", "a repetition counts to 999 at most"),
    (r"[^\x20-\x7e\u00a0-\U0010ffff]", "it holds a control character"),
)


def why_not(pattern: str) -> str | None:
    """Why a pattern can't be used, or None. Linear in its length."""
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
