"""Collects the mistakes found while rules are resolved."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import TypeVar

from segdsl.diagnostics import Diagnostic, Fix, Severity, Span
from segdsl.lang import tree
from segdsl.lang.letters import folded
from segdsl.lang.reserved import MEANT


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """Returns the choice that was most likely meant, by meaning before spelling; None if none is close."""
    among = set(choices)
    meant = MEANT.get(word.lower())
    if meant in among:
        return meant
    matches = difflib.get_close_matches(word, sorted(among), n=1, cutoff=0.6)
    return matches[0] if matches else _spelled_alike(word, among) or _beginning_with(word, among)


def _beginning_with(word: str, choices: Iterable[str]) -> str | None:
    """Returns the one choice that begins with a word of three letters or more, such as `saturday` with `Sat`."""
    longer = [choice for choice in choices if len(word) >= 3 and folded(choice).startswith(folded(word))]
    return longer[0] if len(longer) == 1 else None


def _spelled_alike(word: str, choices: Iterable[str]) -> str | None:
    """Returns the choice that differs by capitals and accents alone, such as `Köln` from `KOELN`."""
    wanted = folded(word)
    return next((choice for choice in sorted(choices) if folded(choice) == wanted), None)


def nearest_help(word: str, choices: Iterable[str], otherwise: str = "") -> str:
    """Returns help for an unknown name: the choice that was most likely meant, else `otherwise`."""
    return _did_you_mean(nearest(word, choices), otherwise)


def _did_you_mean(choice: str | None, otherwise: str) -> str:
    return f"did you mean `{choice}`?" if choice else otherwise


SHOWN = 8
"""Names that a message lists."""


def listed(names: Iterable[str], most: int = SHOWN) -> str:
    """Lists names, as in `` `a`, `b` and 3 more ``."""
    every = list(names)
    first = ", ".join(f"`{n}`" for n in every[:most])
    return first if len(every) <= most else f"{first} and {len(every) - most} more"


COMPARISONS = 50_000
"""Comparisons of an unknown name with a known name, some 30 microseconds each; nobody reads more guesses than these allow."""


class Guesses:
    """Guesses what unknown names were meant to be, within one budget of comparisons for all names."""

    def __init__(self) -> None:
        self.left = COMPARISONS

    def nearest(self, word: str, choices: Collection[str]) -> str | None:
        """Returns the choice that was most likely meant; None if none is close, or if no comparisons are left."""
        self.left -= len(choices)
        return nearest(word, choices) if self.left >= 0 else None

    def help(self, word: str, choices: Collection[str], otherwise: str = "") -> str:
        """Returns the help of `nearest_help`, within the budget."""
        return _did_you_mean(self.nearest(word, choices), otherwise)


N = TypeVar("N", bound=tree.Node)


def repeats(nodes: Iterable[N], text: Callable[[N], str]) -> Iterator[tuple[N, N]]:
    """Yields (first, repeated) for each node whose `text` an earlier node has."""
    first: dict[str, N] = {}
    for node in nodes:
        earlier = first.setdefault(text(node), node)
        if earlier is not node:
            yield earlier, node


class Problems:
    """The diagnostics of one run of the resolver. Every method returns None."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.guesses = Guesses()

    def add(
        self,
        code: str,
        message: str,
        at: tree.Node | Span | None,
        *,
        label: str = "",
        help: str = "",
        related: Sequence[tuple[Span, str]] = (),
        fix: Fix | None = None,
        severity: Severity = "error",
        undeclared: str = "",
    ) -> None:
        span = at.span if isinstance(at, tree.Node) else at
        self.diagnostics.append(
            Diagnostic(
                code,
                message,
                span,
                label=label,
                help=help,
                severity=severity,
                related=tuple(related),
                fix=fix,
                undeclared=undeclared,
            )
        )

    def not_yet(self, what: str, at: tree.Node | Span) -> None:
        self.add("SEG0901", f"{what} is not yet supported", at, help="the language has it, and support is planned")

    def unknown(
        self, code: str, what: str, name: tree.Name, choices: Iterable[str], of: str = "", *, help: str = ""
    ) -> None:
        """Reports an unknown name, with the nearest known name; `help` is used if there are no choices."""
        candidates = sorted(set(choices)) if self.guesses.left > 0 else []
        near = self.guesses.nearest(name.text, candidates)
        fix = Fix(name.span, near) if near else None
        known = f"known here: {listed(candidates)}"
        if what == "field" and len(candidates) > SHOWN:
            known = f"known here: {', '.join(f'`{n}`' for n in candidates[:SHOWN])} …; all of them: segdsl fields"
        help = _did_you_mean(near, known if candidates else help)
        self.add(code, f"unknown {what} `{name.text}`{of}", name, help=help, fix=fix, undeclared=name.text)
