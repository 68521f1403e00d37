"""Rule text -> syntax tree and diagnostics; a mistake in one declaration doesn't hide the next."""

from __future__ import annotations

import gc
import re
import threading
import unicodedata
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from typing import cast

from lark import Lark, Token
from lark.exceptions import UnexpectedInput

from segdsl import bounds
from segdsl.diagnostics import UNSEEN, Diagnostic, Source, Span
from segdsl.lang import grammar, tree
from segdsl.lang.build import Builder
from segdsl.lang.syntax_errors import explain

DEEPEST = bounds.NESTING.most
LARGEST_FILE = bounds.RULE_BYTES.most
MOST_MISTAKES = bounds.MISTAKES.most
MOST_ODD = 10  # characters that can't be seen, told of one file
DECLARATIONS = (
    "entity", "details", "table", "list", "metric", "play", "segment", "segmentation", "test",
    "score", "outcome", "calendar", "experiment", "property",
)  # fmt: skip

_SCAN = re.compile(
    r'"(?:[^"\\\n]++|\\.)*+"?'  # text, also one that never ends: possessive, so that it keeps no state for each character
    r"|\#[^\n]*"
    r"|(?P<open>[({])|(?P<close>[)}])"
    r"|(?P<break>,|\b(?:and|or)\b)"
    r"|(?P<prefix>-|\b(?:not|if|since|until|after|before|of)\b)"
    r"|(?P<word>^[a-z]+\b)",
    re.MULTILINE,
)


@dataclass(frozen=True)
class _Parser:
    """One loaded grammar and its builder: a parse holds `lock`, since the builder keeps where it is."""

    lark: Lark
    builder: Builder
    lock: threading.Lock


@cache
def _parser() -> _Parser:
    builder = Builder()
    return _Parser(grammar.load(builder), builder, threading.Lock())


@dataclass(frozen=True, slots=True)
class _Chunk:
    """One declaration's stretch of text. `too_deep` is where nesting passes the limit.

    `at_margin` tells that it was found by its place alone, since brackets above it don't close.
    """

    start: int
    end: int
    too_deep: int | None
    at_margin: bool = False


def parse(source: Source) -> tuple[tree.File, tuple[Diagnostic, ...]]:
    """All declarations that parse, and a diagnostic for each that doesn't.

    The tree's size is linear in the text; nesting beyond `DEEPEST` is a diagnostic before anything is built.
    """
    whole = Span(source, 0, len(source.text))
    odd = _odd_characters(source)
    if odd:
        return tree.File(whole, ()), odd
    declarations: list[tree.Declaration] = []
    found: list[Diagnostic] = []
    with _without_gc():
        chunks = deque(_chunks(source.text))
        while chunks:
            chunk = chunks.popleft()
            parsed, wrong = _parse_chunk(source, chunk)
            declarations += parsed
            found += wrong
            if wrong and not parsed and not chunk.at_margin:
                chunks.extendleft(reversed(_at_margin(source.text, chunk)))
            if len(found) >= MOST_MISTAKES and chunks:
                found.append(_stopped(source, chunks[0]))
                break
    return tree.File(whole, tuple(declarations)), tuple(found)


def parse_expression(source: Source) -> tuple[tree.Expr | None, tuple[Diagnostic, ...]]:
    """One condition or value, as given on a command line; spans are places in `source`."""
    odd = _odd_characters(source)
    chunks = list(_chunks(source.text))
    if odd:
        return None, odd
    if len(chunks) != 1:
        return None, (Diagnostic("SEG0101", "one condition is needed here", Span(source, 0, len(source.text))),)
    if chunks[0].too_deep is not None:
        return None, (_too_deep(source, chunks[0].too_deep),)
    parser = _parser()
    with parser.lock:
        parser.builder.begin(source, -len(_AS_METRIC))
        try:
            parsed = cast(tuple[tree.Declaration, ...], parser.lark.parse(_AS_METRIC + source.text))
        except UnexpectedInput as error:
            return None, (explain(error, source, -len(_AS_METRIC), len(source.text)),)
        found = tuple(parser.builder.found)
    if len(parsed) != 1 or not isinstance(parsed[0], tree.Metric):
        return None, (Diagnostic("SEG0101", "one condition is needed here", Span(source, 0, len(source.text))),)
    return (None if found else parsed[0].body), found


_AS_METRIC = "metric x = "
_ODD = re.compile(rf"(?!\r?\n|\t){UNSEEN.pattern}")
_CONTROLS = {
    "\x00": "NULL",
    "\r": "CARRIAGE RETURN",
    "\x85": "NEXT LINE",
    "\x1b": "ESCAPE",
    "\x7f": "DELETE",
}  # which Unicode names not


def tokens(source: Source) -> list[Token]:
    """The tokens of a text that parses, as the contextual lexer sees them; raises `UnexpectedInput` otherwise."""
    parser = _parser()
    with parser.lock:
        parser.builder.begin(source, 0)
        return list(parser.lark.parse_interactive(source.text).iter_parse())


def _parse_chunk(source: Source, chunk: _Chunk) -> tuple[tuple[tree.Declaration, ...], list[Diagnostic]]:
    if chunk.too_deep is not None:
        return (), [_too_deep(source, chunk.too_deep)]
    parser = _parser()
    with parser.lock:
        parser.builder.begin(source, chunk.start)
        try:
            parsed = cast(tuple[tree.Declaration, ...], parser.lark.parse(source.text[chunk.start : chunk.end]))
            return parsed, parser.builder.found
        except UnexpectedInput as error:
            first = explain(error, source, chunk.start, chunk.end)
    return (), [first]


def _too_deep(source: Source, at: int) -> Diagnostic:
    return Diagnostic(
        "SEG0104",
        f"nested deeper than {DEEPEST} levels",
        Span(source, at, at + 1),
        label="this level is one too many",
        help="name the inner part as a metric or segment of its own",
    )


def _stopped(source: Source, chunk: _Chunk) -> Diagnostic:
    place = Span(source, chunk.start, chunk.start + 1)
    return bounds.MISTAKES.stopped(place)


def _at_margin(text: str, chunk: _Chunk) -> list[_Chunk]:
    """After a declaration that lacks its `}`: what follows, split at each line that starts one at the margin."""
    starts = [
        match.start()
        for match in _SCAN.finditer(text, chunk.start + 1, chunk.end)
        if match["word"] in DECLARATIONS and not _is_arm(text, chunk, match["word"])
    ]
    pieces = zip(starts, [*starts[1:], chunk.end])
    return [replace(c, at_margin=True) for start, end in pieces for c in _chunks(text, start, end)]


def _is_arm(text: str, chunk: _Chunk, word: str) -> bool:
    """An arm of a segmentation that isn't indented."""
    return word == "segment" and text.startswith("segmentation", chunk.start)


def _chunks(text: str, start: int = 0, end: int | None = None) -> Iterator[_Chunk]:
    """Splits a text where a declaration starts outside all brackets.

    A declaration ends where the next one starts, so what stands between them is read with the first.
    """
    end = len(text) if end is None else end
    begin, depth, prefixes, too_deep = start, 0, 0, None
    for match in _SCAN.finditer(text, start, end):
        kind = match.lastgroup
        if kind == "open":
            depth, prefixes = depth + 1, 0
        elif kind == "close":
            depth, prefixes = max(0, depth - 1), 0
        elif kind == "break":
            prefixes = 0
        elif kind == "prefix":
            prefixes += 1
        elif kind == "word" and depth == 0 and match["word"] in DECLARATIONS and text[begin : match.start()].strip():
            yield _Chunk(begin, match.start(), too_deep)
            begin, prefixes, too_deep = match.start(), 0, None
        if too_deep is None and depth + prefixes > DEEPEST:
            too_deep = match.start()
    if text[begin:end].strip():
        yield _Chunk(begin, end, too_deep)


def _odd_characters(source: Source) -> tuple[Diagnostic, ...]:
    """Characters that aren't seen, wherever they stand: a reviewer would read another rule than is meant. A few of them, the first ones."""
    found = islice(_ODD.finditer(source.text), MOST_ODD)
    return tuple(
        Diagnostic(
            "SEG0102",
            f"a character that can't be seen stands in the text: {_in_words(match[0])}",
            Span(source, match.start(), match.end()),
            help="delete it; if a value of your data has it, put that value into the file of a list",
        )
        for match in found
    )


def _in_words(character: str) -> str:
    """`U+202E RIGHT-TO-LEFT OVERRIDE`."""
    name = _CONTROLS.get(character) or unicodedata.name(character, "control character")
    return f"U+{ord(character):04X} {name}"


@contextmanager
def _without_gc() -> Iterator[None]:
    """Parsing makes only live objects; collecting meanwhile costs 2.4 times the parse."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
