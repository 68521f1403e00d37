"""Parses rule text into a syntax tree and diagnostics; a mistake in one declaration doesn't hide the next."""

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
from typing import Any, cast

from lark import Lark, Token
from lark.exceptions import UnexpectedInput, UnexpectedToken
from lark.parsers.lalr_interactive_parser import InteractiveParser

from segdsl import bounds
from segdsl.diagnostics import UNSEEN, Diagnostic, Source, Span
from segdsl.lang import grammar, tree
from segdsl.lang.build import Builder
from segdsl.lang.reserved import DECLARATIONS
from segdsl.lang.syntax_errors import explain

DEEPEST = bounds.NESTING.most
LARGEST_FILE = bounds.RULE_BYTES.most
MOST_MISTAKES = bounds.MISTAKES.most
MOST_ODD = 10  # invisible characters that are reported for one file

_SCAN = re.compile(
    r'"(?:[^"\\\n]++|\\.)*+"?'  # text, with or without its end; possessive, so no state is stored for each character
    r"|\#[^\n]*"
    r"|(?P<open>[({])|(?P<close>[)}])"
    r"|(?P<break>,|\b(?:and|or)\b)"
    r"|(?P<prefix>-|\b(?:not|if|since|until|after|before|from|of)\b)"
    r"|(?P<word>^[a-z]+\b)",
    re.MULTILINE,
)


@dataclass(frozen=True)
class _Parser:
    """One loaded grammar and its builder. A parse holds `lock`, because the builder stores the position of the parse."""

    lark: Lark
    builder: Builder
    lock: threading.Lock


@cache
def _parser() -> _Parser:
    builder = Builder()
    return _Parser(grammar.load(builder), builder, threading.Lock())


@dataclass(frozen=True, slots=True)
class _Chunk:
    """The text of one declaration, from `start` to `end`.

    `too_deep` is the offset at which nesting passes the limit, None if it doesn't.
    `at_margin` says that the declaration was recognised only by its place at the margin, below brackets that don't close.
    """

    start: int
    end: int
    too_deep: int | None
    at_margin: bool = False


def parse(source: Source) -> tuple[tree.File, tuple[Diagnostic, ...]]:
    """Parses all declarations of a file, with a diagnostic for each declaration that doesn't parse, each once.

    The tree's size is linear in the text; nesting beyond `DEEPEST` is reported before anything is built.
    """
    return _parse(source, None)


def parse_tokens(source: Source) -> tuple[list[Token], tuple[Diagnostic, ...]]:
    """Parses a file as `parse` does; returns its tokens, which are all only if there are no diagnostics."""
    tokens: list[Token] = []
    _, problems = _parse(source, tokens)
    return tokens, problems


def _parse(source: Source, tokens: list[Token] | None) -> tuple[tree.File, tuple[Diagnostic, ...]]:
    """As `parse`; adds the tokens to `tokens`, if they are asked for."""
    whole = Span(source, 0, len(source.text))
    odd = _odd_characters(source)
    if odd:
        return tree.File(whole, ()), odd
    declarations: list[tree.Declaration] = []
    problems: list[Diagnostic] = []
    with _without_gc():
        chunks = deque(_chunks(source.text))
        while chunks:
            chunk = chunks.popleft()
            parsed, mistakes = _parse_chunk(source, chunk, tokens)
            declarations += parsed
            problems += mistakes
            if mistakes and not parsed and not chunk.at_margin:
                chunks.extendleft(reversed(_at_margin(source.text, chunk)))
            if len(problems) >= MOST_MISTAKES and chunks:
                problems.append(_stopped(source, chunks[0]))
                break
    return tree.File(whole, tuple(declarations)), tuple(dict.fromkeys(problems))


def parse_expression(source: Source) -> tuple[tree.Expr | None, tuple[Diagnostic, ...]]:
    """Parses one condition or value from a command line. Spans refer to `source`."""
    odd = _odd_characters(source)
    chunks = list(_chunks(source.text))
    if odd:
        return None, odd
    if len(chunks) != 1:
        return None, (Diagnostic("SEG0101", "expected one condition", Span(source, 0, len(source.text))),)
    if chunks[0].too_deep is not None:
        return None, (_too_deep(source, chunks[0].too_deep),)
    parser = _parser()
    with parser.lock:
        parser.builder.begin(source, -len(_AS_METRIC))
        try:
            parsed = cast(tuple[tree.Declaration, ...], parser.lark.parse(_AS_METRIC + source.text))
        except UnexpectedInput as error:
            start, whole = -len(_AS_METRIC), _AS_METRIC + source.text
            return None, (_mistake(parser, error, source, start, len(source.text), whole),)
        problems = tuple(parser.builder.problems)
    if len(parsed) != 1 or not isinstance(parsed[0], tree.Metric):
        return None, (Diagnostic("SEG0101", "expected one condition", Span(source, 0, len(source.text))),)
    return (None if problems else parsed[0].body), problems


_AS_METRIC = "metric x = "
_ODD = re.compile(rf"(?!\r?\n|\t){UNSEEN.pattern}")
_CONTROLS = {
    "\x00": "NULL",
    "\r": "CARRIAGE RETURN",
    "\x85": "NEXT LINE",
    "\x1b": "ESCAPE",
    "\x7f": "DELETE",
}
"""Names of the commonest control characters, which have no name in Unicode."""


def declarations(text: str) -> list[tuple[int, int]]:
    """Returns from where to where each declaration stands in a text, broken ones included."""
    return [(chunk.start, chunk.end) for chunk in _chunks(text)]


def tokens(source: Source) -> list[Token]:
    """Returns the tokens of a text, as the contextual lexer reads them. Raises `UnexpectedInput` if the text doesn't parse."""
    parser = _parser()
    with parser.lock:
        parser.builder.begin(source, 0)
        return list(parser.lark.parse_interactive(source.text).iter_parse())


def _parse_chunk(
    source: Source, chunk: _Chunk, tokens: list[Token] | None
) -> tuple[tuple[tree.Declaration, ...], list[Diagnostic]]:
    if chunk.too_deep is not None:
        return (), [_too_deep(source, chunk.too_deep)]
    parser = _parser()
    text = source.text[chunk.start : chunk.end]
    with parser.lock:
        parser.builder.begin(source, chunk.start)
        try:
            if tokens is None:
                parsed = parser.lark.parse(text)
            else:
                parsed = _keep_tokens(parser.lark.parse_interactive(text), chunk.start, tokens)
            return cast(tuple[tree.Declaration, ...], parsed), parser.builder.problems
        except UnexpectedInput as error:
            return (), [_mistake(parser, error, source, chunk.start, chunk.end, text)]


def _keep_tokens(reading: InteractiveParser, start: int, tokens: list[Token]) -> Any:
    """Parses a text that stands at `start` of its source, and adds its tokens to `tokens`, with their places in the source."""
    read = list(reading.iter_parse())
    parsed = reading.feed_eof(read[-1] if read else None)  # type: ignore[no-untyped-call]
    for token in read:
        token.start_pos, token.end_pos = start + (token.start_pos or 0), start + (token.end_pos or 0)
    tokens += read
    return parsed


def _mistake(parser: _Parser, error: UnexpectedInput, source: Source, start: int, end: int, text: str) -> Diagnostic:
    """The first mistake of a text that doesn't parse; in its source the text stands from `start` to `end`."""
    return explain(error, source, start, end, _accepted(parser, source, start, text))


def _accepted(parser: _Parser, source: Source, start: int, text: str) -> set[str]:
    """The terminals that could stand where a text stops to parse, without those that only seem so to the table.

    A wrong token may have ended what stands before it, so the text is read once more, up to that token.
    """
    parser.builder.begin(source, start)
    reading, tokens = parser.lark.parse_interactive(text), list[Token]()
    try:
        tokens.extend(reading.iter_parse())
    except UnexpectedInput as error:
        if isinstance(error, UnexpectedToken) and tokens and error.token is tokens[-1]:
            reading = parser.lark.parse_interactive(text)
            for _ in islice(reading.iter_parse(), len(tokens)):
                pass
    return set(reading.accepts())  # type: ignore[no-untyped-call]  # lark gives it no type


def _too_deep(source: Source, at: int) -> Diagnostic:
    return Diagnostic(
        "SEG0104",
        f"nested deeper than {DEEPEST} levels",
        Span(source, at, at + 1),
        label="one level too many",
        help="name the inner part as a metric or segment of its own",
    )


def _stopped(source: Source, chunk: _Chunk) -> Diagnostic:
    place = Span(source, chunk.start, chunk.start + 1)
    return bounds.MISTAKES.stopped(place)


def _at_margin(text: str, chunk: _Chunk) -> list[_Chunk]:
    """Splits what follows a declaration without its `}` at each line that starts a declaration at the margin."""
    starts = [
        match.start()
        for match in _SCAN.finditer(text, chunk.start + 1, chunk.end)
        if match["word"] in DECLARATIONS and not _is_arm(text, chunk, match["word"])
    ]
    pieces = zip(starts, [*starts[1:], chunk.end])
    return [replace(c, at_margin=True) for start, end in pieces for c in _chunks(text, start, end)]


def _is_arm(text: str, chunk: _Chunk, word: str) -> bool:
    """Tells whether a keyword at the margin starts an arm of a segmentation that isn't indented."""
    return word == "segment" and text.startswith("segmentation", chunk.start)


def _chunks(text: str, start: int = 0, end: int | None = None) -> Iterator[_Chunk]:
    """Splits a text at each declaration that starts outside all brackets.

    A declaration ends where the next declaration starts, so anything between the two is parsed with the first.
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
    """Reports the first invisible characters of a file: with them a reviewer reads a rule that is not the rule that runs."""
    matches = islice(_ODD.finditer(source.text), MOST_ODD)
    return tuple(
        Diagnostic(
            "SEG0102",
            f"the text contains an invisible character: {_in_words(match[0])}",
            Span(source, match.start(), match.end()),
            help="delete it; if a value in your data contains it, put that value into a list's file",
        )
        for match in matches
    )


def _in_words(character: str) -> str:
    """Names a character, as in `U+202E RIGHT-TO-LEFT OVERRIDE`."""
    name = _CONTROLS.get(character) or unicodedata.name(character, "control character")
    return f"U+{ord(character):04X} {name}"


@contextmanager
def _without_gc() -> Iterator[None]:
    """Switches garbage collection off: parsing creates no garbage, and collecting takes 2.4 times as long as the parse."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
