"""Collects what is wrong, in the words of the language."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Sequence

from segdsl.diagnostics import Diagnostic, Fix, Severity, Span
from segdsl.lang import tree


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The choice that was most likely meant, if any is close."""
    found = difflib.get_close_matches(word, sorted(set(choices)), n=1, cutoff=0.6)
    return found[0] if found else None


def nearest_help(word: str, choices: Iterable[str], otherwise: str = "") -> str:
    """Help on a name that isn't there: the choice that was most likely meant, else what is said `otherwise`."""
    near = nearest(word, choices)
    return f"did you mean `{near}`?" if near else otherwise


def listed(names: Iterable[str], most: int = 8) -> str:
    """`` `a`, `b` and 3 more ``."""
    every = list(names)
    shown = ", ".join(f"`{n}`" for n in every[:most])
    return shown if len(every) <= most else f"{shown} and {len(every) - most} more"


COMPARISONS = 50_000
"""Of a wrong name with one that is there, some 30 microseconds each: beyond that nobody reads the guesses."""


class Guesses:
    """What was most likely meant by wrong names, as long as there are comparisons left for all of them together."""

    def __init__(self) -> None:
        self.left = COMPARISONS

    def nearest(self, word: str, choices: Collection[str]) -> str | None:
        """The choice that is close, if any; None, too, where none are left."""
        self.left -= len(choices)
        return nearest(word, choices) if self.left >= 0 else None

    def help(self, word: str, choices: Collection[str], otherwise: str = "") -> str:
        """As `nearest_help`."""
        near = self.nearest(word, choices)
        return f"did you mean `{near}`?" if near else otherwise


class Problems:
    """The diagnostics of one resolve. Every method returns None, so that `return problems.add(…)` reads well."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []
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
        self.found.append(
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
        self.add("SEG0901", f"{what} is not yet supported", at, help="it is part of the language, and planned")

    def unknown(
        self, code: str, what: str, name: tree.Name, choices: Iterable[str], of: str = "", *, help: str = ""
    ) -> None:
        """An unknown name, with the nearest known one; `help` is for where there are no choices."""
        known = sorted(set(choices)) if self.guesses.left > 0 else []
        near = self.guesses.nearest(name.text, known)
        fix = Fix(name.span, near) if near else None
        if near:
            help = f"did you mean `{near}`?"
        elif known:
            help = f"known here: {listed(known)}"
        self.add(code, f"unknown {what} `{name.text}`{of}", name, help=help, fix=fix, undeclared=name.text)
