"""What a destination answers, as messages and the log have it: one short line without secrets, and without anything of a delivery."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable
from urllib.parse import unquote, unquote_plus, urlsplit

from segdsl.activation.delivery import Delivery
from segdsl.diagnostics import printable

LONGEST = 200  # characters of an answer that are shown
READ = 2_000  # characters that are read
_LAYERS = 3  # of escapes around one another
_SHORTEST, _SHORTEST_STEP = 3, 8  # letters of what is a secret, and of a step of a path that is one
_MAIL = re.compile(r"[^\s<>\"',;:]+@[^\s<>\"',;:]+")
_UNITS = re.compile(r"(?<!\\)(?:\\+u[0-9a-fA-F]{4})+")
_QUOTED = re.compile(r"\\([\"'/\\])")
_OCTETS = re.compile(r"(?:%[0-9a-fA-F]{2})+")


def hidden(answer: str, secrets: Iterable[str]) -> str:
    """An answer as one line without secrets, however it writes them: escapes of JSON, HTML and addresses are undone."""
    longest_first = sorted({printable(s) for s in secrets if len(s) >= _SHORTEST}, key=len, reverse=True)

    def masked(text: str) -> str:
        text = printable(text)
        for own in longest_first:
            text = text.replace(own, "…")
        return text

    text = masked(answer[: 2 * READ].strip())
    for undo in _ESCAPES * _LAYERS:
        plainer = undo(text)
        text = masked(plainer) if plainer != text else text
    return text


def without_personal(answer: str, *deliveries: Delivery) -> str:
    """An answer as the log and messages have it: short, and without anything of the deliveries that it repeats."""
    if not answer or answer.isdigit():
        return answer
    parts = (part for d in deliveries for part in (d.address, d.subject, d.message, *d.fields.values()))
    return _MAIL.sub("…", hidden(answer, (part for part in parts if isinstance(part, str))))[:LONGEST]


def secrets_in(url: str) -> set[str]:
    """The parts of an address that may give somebody access: its path and long steps of it, its query and the values there."""
    parts = urlsplit(url)
    values = {value.partition("=")[2] for value in re.split("[&;]", parts.query)}
    steps = {step for step in parts.path.split("/") if len(step) >= _SHORTEST_STEP}
    found = {parts.path, parts.query, *values, *steps}
    return found | {unquote(text) for text in found} | {unquote_plus(text) for text in found}


def _from_units(escapes: re.Match[str]) -> str:
    units = bytes.fromhex(re.sub(r"\\+u", "", escapes[0]))
    return units.decode("utf-16-be", "surrogatepass")


def _from_octets(escapes: re.Match[str]) -> str:
    return bytes.fromhex(escapes[0].replace("%", "")).decode("utf-8", "replace")


_ESCAPES: tuple[Callable[[str], str], ...] = (
    lambda text: _UNITS.sub(_from_units, text),
    lambda text: _QUOTED.sub(r"\1", text),
    html.unescape,
    lambda text: _OCTETS.sub(_from_octets, text),
)
"""Each takes away one layer of the escapes of its kind."""
