"""A text whose mistakes are mended one after the other, so that all of them are told at once, where they stand in the text as written."""

from __future__ import annotations

from dataclasses import replace

from segdsl.diagnostics import Diagnostic, Fix, Source, Span


class Mended:
    """The text as mended so far; `longer` is by how many characters it is longer than as written."""

    def __init__(self, source: Source) -> None:
        self.written = self.source = source
        self.longer = 0
        self._edits: list[
            tuple[int, int, int]
        ] = []  # (place, length before, length after), each in the text of its time

    def mend(self, fix: Fix) -> None:
        """Apply a fix to the text as mended so far."""
        start, end, text = fix.span.start, fix.span.end, self.source.text
        self.source = Source(self.source.path, f"{text[:start]}{fix.replacement}{text[end:]}")
        self._edits.append((start, end - start, len(fix.replacement)))
        self.longer += len(fix.replacement) - (end - start)

    def as_written(self, d: Diagnostic) -> Diagnostic:
        """The diagnostic with its places in the text as written."""
        fix = None if d.fix is None else Fix(self._place(d.fix.span), d.fix.replacement)
        related = tuple((self._place(span), note) for span, note in d.related)
        return replace(d, span=None if d.span is None else self._place(d.span), related=related, fix=fix)

    def _place(self, span: Span) -> Span:
        start = self._back(span.start)
        return Span(self.written, start, max(start, self._back(span.end)))

    def _back(self, place: int) -> int:
        for start, before, after in reversed(self._edits):
            if place >= start + after:
                place += before - after
            elif place > start:
                place = min(place, start + before)
        return place
