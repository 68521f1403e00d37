"""A pattern of RE2 -> the text that means the same in `java.util.regex`, or why there is none."""

from __future__ import annotations

import re

from segdsl.diagnostics import Diagnostic, Refusal

_CLASSES = {"d": "0-9", "w": "A-Za-z0-9_", "s": r"\t\n\f\r "}
_ESCAPES = {"v": r"\x0B", "a": r"\x07"}  # `\v` is a class of six characters in Java
_REPETITION = re.compile(r"\{[0-9]+(?:,[0-9]*)?\}")


def java(pattern: str) -> str:
    """A pattern of `model/patterns.py`, or of a word, in RE2's notation -> the same in that of `java.util.regex`.

    In Java `$` stands before a line break at the end, too, `\\s` takes a vertical tab, `\\v` is a class of its own, and in brackets `[` and
    `&&` have a meaning. Raises `Refusal` where Java may search without end.
    """
    if _repeats_a_choice(pattern):
        message = f"the pattern `{pattern}` repeats a group with a repetition or a choice in it, which Java may search without end"
        help = "on Spark, write it without the outer repetition, or as several patterns"
        raise Refusal(Diagnostic("SEG0728", message, help=help))
    out, i = [], 0
    while i < len(pattern):
        c = pattern[i]
        if c == "\\":
            out.append(_escaped(pattern[i + 1]))
            i += 2
        elif c == "[":
            i, of_class = _bracket(pattern, i)
            out.append(of_class)
        elif c == "{" and (repetition := _REPETITION.match(pattern, i)):
            out.append(repetition[0])
            i = repetition.end()
        else:
            out.append({"$": r"\z", "^": r"\A", "{": r"\{", "}": r"\}"}.get(c, c))
            i += 1
    return "".join(out)


def _escaped(letter: str) -> str:
    """An escape outside of brackets, as `\\d`: of ASCII, without the vertical tab that Java counts among the blanks."""
    if letter.lower() in _CLASSES:
        return f"[{'^' if letter.isupper() else ''}{_CLASSES[letter.lower()]}]"
    return _ESCAPES.get(letter, "\\" + letter)


def _bracket(pattern: str, start: int) -> tuple[int, str]:
    """The place after the `]` that closes a bracket, and what Java reads alike: it takes `&&`, `[` and `#` for signs of its own."""
    out, i = ["["], start + 1
    if pattern[i] == "^":
        out.append("^")
        i += 1
    first = True
    while pattern[i] != "]" or first:
        c = pattern[i]
        if c == "\\":
            letter = pattern[i + 1]
            if letter in _CLASSES:
                out.append(_CLASSES[letter])
            elif letter == "S":
                out.append(r"\S\x0B")
            else:
                out.append(_ESCAPES.get(letter, "\\" + letter))
            i += 2
        else:
            out.append("\\" + c if c in "]&[^" else c)
            i += 1
        first = False
    return i + 1, "".join([*out, "]"])


def _repeats_a_choice(pattern: str) -> bool:
    """Whether a group is repeated that has a repetition or a choice in it: Java goes back over all ways to divide a text among them."""
    plain = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", "x", pattern, flags=re.DOTALL)
    open_groups: list[bool] = []
    i = 0
    while i < len(plain):
        c = plain[i]
        if c == "(":
            open_groups.append(False)
        elif c == ")" and open_groups:
            inner = open_groups.pop()
            after = plain[i + 1 :]
            repeated = after[:1] in ("*", "+") or _REPETITION.match(after) is not None
            if inner and repeated:
                return True
            if open_groups:
                open_groups[-1] = open_groups[-1] or inner or repeated
        elif open_groups and (c in "*+?|" or _REPETITION.match(plain, i)):
            open_groups[-1] = True
        i += 1
    return False
