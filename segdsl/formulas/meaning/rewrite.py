"""Puts what formulas mean into a declaration: which parts of its text are replaced, and what can't be said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from segdsl.formulas import tree
from segdsl.formulas.cursor import Unreadable
from segdsl.formulas.families import functions
from segdsl.formulas.meaning.base import as_written
from segdsl.formulas.meaning.statements import statement, taken
from segdsl.formulas.meaning.translate import Translator, in_words
from segdsl.formulas.read import read
from segdsl.formulas.tree import parts_of
from segdsl.formulas.values import AND, OR, PRIMARY, CannotSay, Meaning, Unclear, Value, joined
from segdsl.phrasebook.names import Names
from segdsl.phrasebook.slots import TooMuch, Tries
from segdsl.phrasebook.tokens import cut

MOST_TRIES = 100_000
"""Tries of tokens and names for one declaration."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A line in place of the text from `start` to `end`."""

    start: int
    end: int
    line: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A sentence on what can't be said, about the text from `start` to `end`."""

    start: int
    end: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Meant:
    """What formulas of a text mean: the edits of each of its readings, and what can't be said."""

    readings: tuple[tuple[Edit, ...], ...] = ()
    refusals: tuple[Refusal, ...] = ()


def meant(
    text: str,
    extents: Sequence[tuple[int, int, bool]],
    names: Names,
    tries: Tries,
    whole: tuple[int, int] | None = None,
) -> Meant:
    """Returns what the formulas between the offsets of `extents` mean; each says whether a condition stands there, or any value.

    `whole` are the offsets of a declaration, which may be a query.
    """
    own = Tries(min(MOST_TRIES, tries.left))
    given = own.left
    try:
        return _meant(text, extents, names, own, whole)
    except TooMuch:
        return Meant()
    finally:
        tries.left -= given - max(own.left, 0)


def _meant(
    text: str, extents: Sequence[tuple[int, int, bool]], names: Names, tries: Tries, whole: tuple[int, int] | None
) -> Meant:
    every, refusals = list[list[Edit]](), list[Refusal]()
    if whole is not None:
        try:
            if (one := statement(text, *whole, names, tries)) is not None:
                return Meant(((Edit(one.start, one.end, one.line, one.notes),),))
        except CannotSay as reason:
            begin, stop = reason.args[1:] or whole
            refusals.append(Refusal(begin, stop, reason.args[0]))
    for start, end, is_condition in extents:
        lines, refused = _expression(text, start, end, names, tries, is_condition)
        refusals += refused
        if lines:
            every.append(lines)
    several = max((len(lines) for lines in every), default=0)
    readings = tuple(tuple(lines[min(i, len(lines) - 1)] for lines in every) for i in range(several))
    return Meant(readings, tuple(refusals))


def _expression(
    text: str, start: int, end: int, names: Names, tries: Tries, is_condition: bool
) -> tuple[list[Edit], list[Refusal]]:
    constant = set[tuple[int, int]]()
    try:
        node = _with_constants(read(text, start, end, tries), names, tries, constant)
    except (Unreadable, RecursionError):
        return [], []
    first, refusals, is_open = _put(text, start, end, node, names, tries, is_condition, 0, constant)
    if first is None:
        return [], refusals
    lines = [first]
    if is_open:
        second, _, _ = _put(text, start, end, node, names, tries, is_condition, 1, constant)
        if second is not None and second.line != first.line:
            lines.append(second)
        elif second is not None:  # what is open makes no difference
            lines = [replace(first, notes=tuple(n for n in first.notes if n in second.notes))]
    return lines, refusals


def _with_constants(node: tree.Node, names: Names, tries: Tries, put: set[tuple[int, int]]) -> tree.Node:
    """A tree with the values in place of names that stand for them outside of the rules: `BIG`, `$B$1`, `POINTS[plan]`.

    `put` gets the places of these names.
    """
    if not names.constants:
        return node

    def changed(one: tree.Node) -> tree.Node | None:
        if not isinstance(one, tree.Name) or len(one.parts) > 2:
            return None
        name, *rest = (part.replace("$", "").lower() for part in one.parts)
        said = names.constants.get(name)
        if said is None or name in names.fields or names.table([name]) is not None or name in names.lists:
            return None
        value = read(said, 0, len(said), tries)
        is_dict = isinstance(value, tree.Call) and value.name == "dict"
        if rest and not is_dict:
            return None
        if rest:
            value = tree.Call(
                one.start, one.end, "get", (value, tree.Name(one.start, one.end, (rest[0],))), method=True
            )
        put.add((one.start, one.end))
        return tree.placed(value, one.start, one.end)

    return tree.rebuilt(node, changed)


def _put(
    text: str,
    start: int,
    end: int,
    node: tree.Node,
    names: Names,
    tries: Tries,
    is_condition: bool,
    choice: int,
    constant: set[tuple[int, int]],
) -> tuple[Edit | None, list[Refusal], bool]:
    """The whole expression with each part that is a formula as it is written here; `constant` are places of names put in."""
    translator = Translator(text, names, tries, choice, taken)
    notes, refusals = list[str](), list[Refusal]()
    changed = False

    def part(one: tree.Node) -> Value:
        nonlocal changed
        translator.changed, translator.notes = False, []
        if isinstance(one, tree.Words) and (near := _near(one, text)) is not None:
            refusals.append(near)
        try:
            meaning = translator.meaning(one)
            if isinstance(one, tree.Name) and is_condition and _is_beside_words(node, text) and _is_said_of(meaning):
                raise Unclear  # `industry or country is not filled in`
            value = translator.about_customer(translator.holds(meaning)) if is_condition else translator.alone(meaning)
        except CannotSay as reason:
            begin, stop = reason.args[1:] or (one.start, one.end)
            refusals.append(Refusal(begin, stop, reason.args[0]))
            return translator.words(one.start, one.end)
        except (Unclear, RecursionError):
            if (near := _near(one, text)) is not None:
                refusals.append(near)
            return translator.words(one.start, one.end)
        if not translator.changed and not any((n.start, n.end) in constant for n in tree.walk(one)):
            return _as_written(text, one, value)
        changed = True
        notes.extend(n for n in (*translator.first_notes, *translator.notes) if n not in notes)
        translator.first_notes = []
        return value

    def whole(one: tree.Node) -> Value:
        if isinstance(one, tree.Binary) and one.op in ("and", "or") and is_condition:
            parts = parts_of(one.op, one)
            return joined("and" if one.op == "and" else "or", [whole(p) for p in parts])
        return part(one)

    value = part(node) if not _mixed(node) else whole(node)
    if not changed and isinstance(node, tree.Binary) and node.op in ("and", "or") and is_condition:
        value = whole(node)
    if not changed:
        return None, refusals, False
    line = value.text
    if [t.text for t in cut(line)] == [t.text for t in cut(text, start, end)]:
        return None, refusals, False
    if translator.cells:
        return None, [*refusals, _cells(translator.cells, line)], False
    begin, stop = start + len(text[start:end]) - len(text[start:end].lstrip()), start + len(text[start:end].rstrip())
    return Edit(begin, stop, line, tuple(notes)), refusals, translator.open


def _is_beside_words(node: tree.Node, text: str) -> bool:
    """Whether English stands in an expression."""
    return in_words(text[node.start : node.end]) or any(isinstance(one, tree.Words) for one in tree.walk(node))


def _is_said_of(meaning: Meaning) -> bool:
    """Whether a value by itself is no condition, so that what is said of it may stand elsewhere."""
    return isinstance(meaning, Value) and meaning.kind not in ("bool", "")


def _cells(cells: Sequence[tuple[str, int, int]], line: str) -> Refusal:
    """Cells of a sheet, with the line in which the names of fields belong in their places."""
    names = list(dict.fromkeys(f"`{cell}`" for cell, _, _ in cells))
    several = len(names) > 1
    said = f"{', '.join(names[:-1])} and {names[-1]} are cells" if several else f"{names[0]} is a cell"
    which = "which fields stand there" if several else "which field stands there"
    place = "the fields' names in their places" if several else "the field's name in its place"
    where = f" in `{line}`" if len(line) <= 200 else ""
    return Refusal(
        cells[0][1], cells[0][2], f"{said} of a sheet, and {which} can't be known here: write {place}{where}"
    )


_CALLED = re.compile(r"\b([A-Z][A-Z_]+)\(")


def _near(node: tree.Node, text: str) -> Refusal | None:
    """What comes near a function of elsewhere that is used in a way that has no meaning here."""
    for one in tree.walk(node):
        if isinstance(one, tree.Words):
            for call in _CALLED.finditer(text, one.start, one.end):
                if (row := functions().get(call[1].lower())) is not None and row.note:
                    sentence = f"what `{call[1]}(…)` is meant to say here isn't clear; {row.note}"
                    return Refusal(call.start(), call.end() - 1, sentence)
        if isinstance(one, tree.Call) and (row := functions().get(one.name)) is not None and row.note:
            written = text[one.start : one.end].partition("(")[0]
            if written.isidentifier() and written != written.lower():
                return Refusal(one.start, one.end, f"what `{written}(…)` is meant to say here isn't clear; {row.note}")
        if isinstance(one, tree.Query) and one.columns[0][0].start != one.start:
            return Refusal(
                one.start,
                one.end,
                "this query can't be put into one condition; rows are read with `any(ROWS where …)` and `count(ROWS where …)`",
            )
    return None


def _mixed(node: tree.Node) -> bool:
    """Tells whether there are words among the formulas."""
    return any(isinstance(n, tree.Words) for n in tree.walk(node))


def _as_written(text: str, node: tree.Node, value: Value) -> Value:
    """What isn't changed stays as it is written."""
    written = as_written(text, node.start, node.end)
    level = PRIMARY if _in_brackets(written) else value.level
    if isinstance(node, tree.Binary) and node.op in ("and", "or") and level != PRIMARY:
        level = AND if node.op == "and" else OR
    return Value(written, level, value.kind, own=True)


def _in_brackets(written: str) -> bool:
    """Tells whether one pair of brackets stands around all that is written."""
    depth = 0
    for i, sign in enumerate(written):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return sign == ")" and i == len(written) - 1
    return False
