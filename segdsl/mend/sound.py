"""Which rewrites of declarations parse and resolve: all are put into the files and checked together, one reading of each at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from segdsl.diagnostics import Diagnostic, Source
from segdsl.lang import parse, tree
from segdsl.mend.examples.example import NAME_OF_EXAMPLES
from segdsl.mend.rewrite import Reading, Step
from segdsl.phrasebook.tokens import Token, before, cut, joined, placed, spaced

MOST_PATCHES = 2  # rounds in which what is left is mended by the findings themselves

Sources = Mapping[Source, tree.File]
"""The rule files with their syntax trees."""
Check = Callable[[Sequence[tree.File]], Sequence[Diagnostic]]
"""Says what is wrong with files that parse."""


@dataclass(frozen=True, slots=True)
class Place:
    """A declaration with an error: where it stands in its source. `number` counts the queries that stand where a declaration should."""

    source: Source
    start: int
    end: int
    number: int = 0


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A declaration rewritten; `tokens` are those of the reading, `text` is what was checked."""

    reading: Reading
    text: str


Wrong = tuple[Diagnostic, int]
"""A finding on a rewrite, and where in its text."""


def sound_of(
    sources: Sources,
    proposed: Mapping[Place, Sequence[Rewrite]],
    check: Check,
    settled: Mapping[Place, Sequence[Rewrite]],
) -> tuple[dict[Place, list[Rewrite]], dict[Place, list[Wrong]]]:
    """Returns the rewrites that parse and resolve, and what is wrong with the first reading of each declaration.

    They are tried together: the first reading of each declaration, the second, …; beside them stand those that are sound,
    also the `settled` ones of other declarations.
    """
    sound: dict[Place, list[Rewrite]] = {}
    first: dict[Place, list[Wrong]] = {}
    for reading in range(max(map(len, proposed.values()), default=0)):
        tried = {place: every[reading] for place, every in proposed.items() if reading < len(every)}
        wrong = errors_of(sources, tried, check, {**settled, **sound})
        for place, rewrite in tried.items():
            if not wrong[place]:
                sound.setdefault(place, []).append(rewrite)
        first = first or wrong
        for _ in range(MOST_PATCHES):
            tried = {place: patch for place, rewrite in tried.items() if (patch := _patched(rewrite, wrong[place]))}
            if not tried:
                break
            wrong = errors_of(sources, tried, check, {**settled, **sound})
            for place, rewrite in tried.items():
                if not wrong[place]:
                    sound.setdefault(place, []).append(rewrite)
    return sound, first


def _patched(rewrite: Rewrite, wrong: Sequence[Wrong]) -> Rewrite | None:
    """A rewrite with what its own findings mend, such as a misspelt name; None where one of them mends nothing."""
    tokens, steps = list(rewrite.reading.tokens), list(rewrite.reading.steps)
    for d, at in sorted(wrong, key=lambda pair: pair[1], reverse=True):
        if d.fix is None or d.span is None or d.span.text.lower() in _NO_MISSPELLING:
            return None
        begin = at + d.fix.span.start - d.span.start
        first, last = tokens_at(tokens, begin, begin + d.fix.span.end - d.fix.span.start)
        taken = tokens[first:last]
        if not taken:
            return None
        start, end = min(t.start for t in taken), max(t.end for t in taken)
        tokens[first:last] = spaced(placed(cut(d.fix.replacement), start, end), taken[0].gap)
        steps.append(Step(start, end, _MENDS.get(d.code, d.message), sure=False, by_row=False))
    return Rewrite(Reading(tuple(tokens), tuple(steps)), joined(tokens)) if wrong else None


_NO_MISSPELLING = {"birthday", "birthdays", "age", "ages"}
"""Words that are near the name of a date and mean something else."""
_MENDS = {"SEG0301": "brackets say which belong together"}


def tokens_at(tokens: Sequence[Token], start: int, end: int) -> tuple[int, int]:
    """The tokens from one offset of the text that they make to another."""
    length, inside = 0, list[int]()
    for i in range(len(tokens)):
        begins = length + len(before(tokens, i))
        length = begins + len(tokens[i].text)
        if start < length and begins < end:
            inside.append(i)
    return (inside[0], inside[-1] + 1) if inside else (0, 0)


_LACKS = {"SEG0326"}
"""That a declaration lacks another one, which the next check shows: no fault of the line."""


def errors_of(
    sources: Sources, tried: Mapping[Place, Rewrite], check: Check, settled: Mapping[Place, Sequence[Rewrite]]
) -> dict[Place, list[Wrong]]:
    """Returns what is wrong with each rewrite, with where in it; the first of the `settled` rewrites of others stands beside them."""
    files, placed, problems = put_in(sources, {p: every[0] for p, every in settled.items()} | {**tried})
    problems += check(files)
    errors = [d for d in problems if d.severity == "error" and d.span is not None and d.code not in _LACKS]

    return {
        place: [
            (d, d.span.start - start)
            for d in errors
            if d.span is not None and d.span.source.path == path and start <= d.span.start <= end
        ]
        for place, (path, start, end) in placed.items()
        if place in tried
    }


def put_in(
    sources: Sources, rewrites: Mapping[Place, Rewrite]
) -> tuple[list[tree.File], dict[Place, tuple[str, int, int]], list[Diagnostic]]:
    """The files with rewrites in their places, from where to where each stands then, and what doesn't parse of the changed files."""
    files, placed, problems = list[tree.File](), dict[Place, tuple[str, int, int]](), list[Diagnostic]()
    changed = {place.source.path for place in rewrites}
    for source, parsed in sources.items():
        if source.path not in changed:
            files.append(parsed)
            continue
        text, at = "", 0
        for place in sorted((p for p in rewrites if p.source is source), key=lambda p: p.start):
            text += source.text[at : place.start]
            placed[place] = (source.path, len(text), len(text) + len(rewrites[place].text))
            text += rewrites[place].text + "\n"
            at = place.end
        file, wrong = parse.parse(Source(source.path, text + source.text[at:]))
        files.append(file)
        problems += wrong
    return files, placed, problems


def sound_lines(lines: Sequence[str], files: Iterable[tree.File], check: Check) -> set[str]:
    """The declarations that parse and resolve beside the files."""
    if not lines:
        return set()
    texts = [line.replace(NAME_OF_EXAMPLES, f"{NAME_OF_EXAMPLES}_{i}") for i, line in enumerate(lines)]
    file, wrong = parse.parse(Source("examples", "\n".join(texts) + "\n"))
    problems = [*wrong, *check([*files, file])]
    bad = {
        d.span.source.text.count("\n", 0, d.span.start)
        for d in problems
        if d.severity == "error" and d.span is not None and d.span.source.path == "examples"
    }
    return {line for i, line in enumerate(lines) if i not in bad}
