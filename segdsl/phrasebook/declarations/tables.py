"""Segmentations and tests set out as a table: a head, a line with the names of columns, and a line for each arm or customer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction

from segdsl.model import types as ty
from segdsl.phrasebook.declarations.given import as_test
from segdsl.phrasebook.declarations.heads import Head, head, kind_at
from segdsl.phrasebook.declarations.outline import Unread, listed, parts, text_of
from segdsl.phrasebook.declarations.parts import OPS, Declared, figure, is_entity, literal, plain, quoted, slug
from segdsl.phrasebook.declarations.rules import Arms, whole
from segdsl.phrasebook.names import Names
from segdsl.phrasebook.tokens import Token, cut

Cell = Sequence[Token]
_SIGNS = {word: sign for word, sign in OPS.items() if sign in ("<", "<=", ">", ">=")} | {
    word: sign
    for sign, words in {
        ">=": "from minimum ≥ starts_at starting_at or_more",
        ">": "above",
        "<=": "≤ up_to to maximum until through no_more_than",
        "<": "below",
    }.items()
    for word in words.split()
}
"""How cells are compared, by the words beside the name of a field at the head of a column."""
_OPEN_ENDS = ("to", "until", "up_to", "max", "maximum", "through")
"""Words that say an end, but not whether it belongs to what they end."""
_COMPARED = ("=", "<", ">", "<=", ">=", "!=")
_NOTHING = ("-", "–", "—", "∞", "")
_ANYTHING = ("any", "all", "*")
_NOT_GIVEN = ("none", "n/a")
"""No border, where a column has borders; elsewhere they may say that a value is missing."""
_SAYS = {
    *listed("not no non nor never neither either or and but except excluding including without unless other than"),
    *listed("any all every each like contains containing starts begins ends is isn't has between to from up above"),
    *listed("below over under least most more less missing unknown empty blank null anything everything"),
}
"""Words of a cell that say more than one value."""
_EXPECTED = listed("in is a an the expect expected expects should be member of segment arm ? ✓ result then outcome")
_YES = ("true", "yes", "y", "in", "1", "✓", "x")
_NO = ("false", "no", "n", "out", "0", "✗")


def tabled(tokens: Sequence[Token], names: Names) -> Declared | None:
    """The segmentation or test that a table is; None where there is none. Raises `Unread` where a part of it isn't read."""
    lines = _lines(tokens)
    kind = kind_at(lines[0], 0)[0] if lines else ""
    if kind not in ("segmentation", "test") or len(lines) < 3:
        return None
    first, rows = [*lines[0]], lines[1:]
    while first and first[-1].text in ("{", ":"):
        first = first[:-1]
    if [t.text for t in rows[-1]] == ["}"]:
        rows = rows[:-1]
    whose = rows[0] if kind == "test" and len(rows[0]) == 2 and is_entity(rows[0][0].text, names) else []
    rows = rows[1:] if whose else rows
    rows = [row for row in rows if not all(t.text in ("-", "|", "+", ":", "=") for t in row)]
    sign = next((s for s in (";", ",") if _is_divided(rows, s)), "|")
    cells = [_cells(row, sign) for row in rows]
    if len(cells) < 2 or len(cells[0]) < 2 or any(len(row) > len(cells[0]) for row in cells[1:]):
        return None
    columns, *others = cells
    if whose:  # one customer in several cases: each is one of its own
        columns = [whose[:1], *columns]
        others = [[[replace(whose[1], text=f"{whose[1].text}_{i}")], *row] for i, row in enumerate(others, 1)]
    padded = [[*row, *([()] * (len(columns) - len(row)))] for row in others]
    return _test(first, columns, padded, names) if kind == "test" else _arms(first, columns, padded, names)


def _lines(tokens: Sequence[Token]) -> list[list[Token]]:
    lines = list[list[Token]]()
    for token in tokens:
        if not lines or "\n" in token.gap:
            lines.append([])
        lines[-1] += [replace(token, text=";")] * 2 if token.text == ";;" else [token]  # an empty cell
    return lines


def _is_divided(rows: Sequence[Sequence[Token]], sign: str) -> bool:
    """Tells whether lines are those of a file of values with a sign between them: words at first, and as many on each line."""
    counts = {sum(t.text == sign for t in row) for row in rows}
    if not rows or counts == {0} or len(counts) > 1 or any(t.text == "|" for t in rows[0]):
        return False
    return all(t.kind == "word" or t.text in (sign, *_COMPARED) for t in rows[0])


def _cells(line: Sequence[Token], sign: str = "|") -> Sequence[Cell]:
    """The cells of a line: between upright strokes, or another sign, tabs, or two blanks and more."""
    cells: list[list[Token]] = [[]]
    if any(t.text == sign for t in line):
        for token in line:
            if token.text == sign:
                cells.append([])
            else:
                cells[-1].append(token)
        if sign != "|":
            return cells
        cells = cells[1:] if line[0].text == "|" else cells
        return cells[:-1] if line[-1].text == "|" and len(cells) > 1 else cells
    for i, token in enumerate(line):
        blanks = token.gap.rpartition("\n")[2] if i else ""
        cells += [[] for _ in range(blanks.count("\t") or len(blanks) > 1)]
        cells[-1].append(token)
    return cells


def _word(cell: Cell) -> str:
    return "_".join(t.text.strip("\"'").lower() for t in cell)


def _is_nothing(cell: Cell) -> bool:
    return text_of(cell).lower() in (*_NOTHING, *_ANYTHING, *_NOT_GIVEN)


# -- segmentations -----------------------------------------------------------------------


def _arms(first: Sequence[Token], columns: Sequence[Cell], rows: Sequence[Sequence[Cell]], names: Names) -> Declared:
    """Arms by their names, in the first column, and the borders of fields in the others; an arm without borders is whoever is left."""
    found = head(first, names)
    if found is None or found.rest or any(c and c[0].text.isdigit() for c in columns):
        raise Unread
    own = found.about(names)
    if any(_word(column) in _CONDITIONS for column in columns):
        return _arms_by_rules(found, columns, rows, own)
    columns, rows = _name_first(columns, rows, own)
    asked = [_asked(column, own) for column in columns[1:]]
    if _meet(asked, rows):
        raise Unread
    reader = Arms(own)
    for name, *cells in _narrow_first(asked, rows):
        said = [_said(path, sign, cell, own) for (path, sign), cell in zip(asked, cells)]
        if not name:
            raise Unread
        reader.add(name, " and ".join(filter(None, said)))
    body, notes = reader.written()
    lines = "".join(f"  {line}\n" for line in body)
    return Declared(f"{found.written()} {{\n{lines}}}", notes, found.entity)


_CONDITIONS = listed("rule rules condition conditions criteria criterion when definition filter filters logic if where")
_ARM_COLUMNS = listed("segment arm name tier group bucket class level category cohort audience label band")
_TITLES = listed("title description meaning display_name")
_PLAYS = listed("play action playbook")
_NUMBERS = listed("# no nr number order priority rank step")


def _arms_by_rules(found: Head, columns: Sequence[Cell], rows: Sequence[Sequence[Cell]], names: Names) -> Declared:
    """Arms by their names and their conditions, each in a column; `everything else` is a condition, too."""
    words = [_word(column) for column in columns]
    whens = [i for i, w in enumerate(words) if w in _CONDITIONS]
    called = [i for i, w in enumerate(words) if w in _ARM_COLUMNS] or [i for i in (0,) if 0 not in whens]
    others = {
        kind: [i for i, w in enumerate(words) if w in those and i not in (*whens[:1], *called[:1])]
        for kind, those in (("title", _TITLES), ("play", _PLAYS), ("number", _NUMBERS))
    }
    if len(whens) != 1 or len(called) != 1 or 2 + sum(map(len, others.values())) != len(columns):
        raise Unread
    if any(len(own) > 1 for own in others.values()):
        raise Unread
    reader = Arms(names)
    for row in rows:
        name, when = row[called[0]], row[whens[0]]
        if not name:
            raise Unread
        title = [t for i in others["title"] for t in cut(quoted(text_of([replace(t, text=plain(t)) for t in row[i]])))]
        play = [row[i] for i in others["play"] if row[i] and not _is_nothing(row[i])]
        if any(len(cell) != 1 for cell in play):
            raise Unread
        behind = f" play {slug(plain(play[0][0]))}" if play else ""
        reader.place = next((whole(row[i]) for i in others["number"]), None)
        texts = any(t.kind in ("text", "quoted") for t in name)
        reader.arm([*name, *([] if texts else title)], () if _is_nothing(when) else when, behind)
    body, notes = reader.written()
    lines = "".join(f"  {line}\n" for line in body)
    return Declared(f"{found.written()} {{\n{lines}}}", notes, found.entity)


_REST = listed(
    "rest others other else otherwise everyone_else everything_else the_rest all_others default remaining fallback"
)


def _name_first(
    columns: Sequence[Cell], rows: Sequence[Sequence[Cell]], names: Names
) -> tuple[Sequence[Cell], Sequence[Sequence[Cell]]]:
    """A table with the names of its arms before what is asked for, and without `(rest)` in a row that asks for nothing."""
    said = [i for i, column in enumerate(columns) if _word(column) in _ARM_COLUMNS]
    said = said if len(said) < 2 else [i for i in said if _word(columns[i]) not in names.fields]
    at = said[0] if len(said) == 1 else 0
    turned = [[row[at], *row[:at], *row[at + 1 :]] for row in [columns, *rows]]
    for row in turned[1:]:
        asked = [cell for cell in row[1:] if not _is_nothing(cell)]
        if len(asked) == 1 and _word([t for t in asked[0] if t.text not in ("(", ")", "*")]) in _REST:
            row[1:] = [() for _ in row[1:]]
    return turned[0], turned[1:]


def _asked(column: Cell, names: Names) -> tuple[str, str]:
    """The field of a column, and how its cells are compared with it."""
    for length in range(len(column), 0, -1):
        for begin in (0, len(column) - length):
            path = _word(column[begin : begin + length])
            others = _word([*column[:begin], *column[begin + length :]])
            if path in names.fields or path in names.metrics:
                if others and others not in _SIGNS:
                    raise Unread
                return path, "to" if others in _OPEN_ENDS else _SIGNS.get(others, "=")
    raise Unread


def _meet(asked: Sequence[tuple[str, str]], rows: Sequence[Sequence[Cell]]) -> bool:
    """Tells whether an end is the beginning of another row, so that it isn't clear to which of them it belongs."""
    cells = [(p, s, text_of(r[i])) for r in rows for i, (p, s) in enumerate(asked, 1) if not _is_nothing(r[i])]
    starts, ends = ({(p, text) for p, s, text in cells if s == sign} for sign in (">=", "to"))
    return bool(starts & ends)


def _narrow_first(asked: Sequence[tuple[str, str]], rows: Sequence[Sequence[Cell]]) -> list[Sequence[Cell]]:
    """The rows with each before those whose borders take its customers in, too: the first arm that fits has a customer."""
    ordered = list[Sequence[Cell]]()
    for row in rows:
        at = next((i for i, other in enumerate(ordered) if _takes_in(asked, other, row)), len(ordered))
        ordered.insert(at, row)
    return ordered


def _takes_in(asked: Sequence[tuple[str, str]], wide: Sequence[Cell], narrow: Sequence[Cell]) -> bool:
    """Whether whoever is within the borders of a row is within those of another. Raises `Unread` where both have the same."""
    if all(map(_is_nothing, wide[1:])):
        return False  # whoever is left
    if [text_of(c).casefold() for c in wide[1:]] == [text_of(c).casefold() for c in narrow[1:]]:
        raise Unread
    for (_, own), outer, inner in zip(asked, wide[1:], narrow[1:]):
        (sign, a), (other, b) = _with_sign(own, outer), _with_sign(own, inner)
        same = _is_nothing(outer) or text_of(outer).casefold() == text_of(inner).casefold()
        low, high = _border(a), _border(b)
        if same or low is None or high is None or sign != other:
            wider = same
        elif sign in (">", ">="):
            wider = low <= high
        else:
            wider = sign in ("<", "<=", "to") and low >= high
        if not wider:
            return False
    return True


def _with_sign(sign: str, cell: Cell) -> tuple[str, Cell]:
    """How a cell compares, by its own sign or by its column, and what with."""
    return (cell[0].text, cell[1:]) if cell and cell[0].text in _COMPARED else (sign, cell)


def _border(cell: Cell) -> Fraction | None:
    """A border as a number, a day by its ordinal; None where it is neither."""
    if len(cell) == 1 and cell[0].kind == "date":
        return Fraction(date.fromisoformat(cell[0].text[:10]).toordinal())
    try:
        read = figure(cell)[0] if cell else ""
    except Unread:
        return None
    return Fraction(read.removesuffix("%").replace("_", "")) / (100 if read.endswith("%") else 1) if read else None


def _said(path: str, sign: str, cell: Cell, names: Names) -> str:
    """What a cell asks of a field, empty for nothing. Raises `Unread` where it isn't one value, or clearly several."""
    typed = names.fields[path].type if path in names.fields else None
    values = [v.casefold() for v in typed.values] if isinstance(typed, ty.Enum) else []
    word = text_of(cell).lower()
    if word in _NOTHING or (word in _ANYTHING and word not in values):
        return ""
    if word in _NOT_GIVEN and word not in values:
        return "" if sign != "=" else _raise()
    if cell[0].text in _COMPARED:
        if sign != "=" or len(cell) < 2:
            raise Unread
        return f"{path} {cell[0].text} {_value(cell[1:], typed)}"
    if sign in ("to", "<=", "<", ">", ">="):
        if cell[0].kind not in ("number", "amount", "date"):
            raise Unread
        return f"{path} {'<=' if sign == 'to' else sign} {_value(cell, typed)}"
    every = parts(cell, ",", ";", "or", "/") if isinstance(typed, ty.Enum) else [cell]
    said = [_value(one, typed) for one in every]
    return f"{path} in ({', '.join(said)})" if len(said) > 1 else f"{path} = {said[0]}"


def _value(cell: Cell, typed: ty.Type | None) -> str:
    """One value. Raises `Unread` where its words say more than that."""
    is_words = all(t.kind == "word" for t in cell)
    if isinstance(typed, ty.SetOfText) or (
        is_words and not isinstance(typed, ty.Enum) and _SAYS & {t.lower for t in cell}
    ):
        raise Unread
    if is_words and len(cell) > 1 and typed is None:
        raise Unread
    return literal(cell, typed)


def _raise() -> str:
    raise Unread


# -- tests -------------------------------------------------------------------------------


def _test(first: Sequence[Token], columns: Sequence[Cell], rows: Sequence[Sequence[Cell]], names: Names) -> Declared:
    """A customer on each line, with its fields and what is expected of it."""
    title, behind = next((t for t in first[1:2] if t.kind in ("text", "quoted")), None), first[2:]
    if title is None:
        raise Unread
    lines = list[tuple[Cell, dict[str, Cell], list[tuple[str, bool]]]]()
    asked = [_expected(column, names) for column in columns[1:]]
    for name, *cells in rows:
        fields, expected = dict[str, Cell](), list[tuple[str, bool]]()
        for column, rule, cell in zip(columns[1:], asked, cells):
            if rule is None:
                fields |= {_word(column): cell} if cell else {}
            elif cell:
                expected.append(_outcome(rule, _word(cell), names))
        lines.append((name, fields, expected))
    return as_test(title, behind, columns[0], lines, names)


def _expected(column: Cell, names: Names) -> str | None:
    """The rule that a column asks about, empty for one whose cells name rules; None for a field."""
    every = [t for t in column if t.lower not in _EXPECTED]
    path = re.sub(r"_\._", ".", _word(every))
    whole = {p.partition(".")[0] for p in names.rules.values() if "." in p}
    if _word(column) in names.fields:
        return None
    if len(every) < len(column) and not every:
        return ""
    if path in names.rules:
        return names.rules[path]
    if path in names.rules.values() or path in whole:
        return path
    if len(every) != len(column):
        raise Unread
    return None


def _outcome(rule: str, said: str, names: Names) -> tuple[str, bool]:
    """What a cell expects: the rule, whether the customer is in it."""
    paths = {*names.rules.values()}
    if rule in paths and said in _YES + _NO:
        return rule, said in _YES
    said = re.sub(r"_\._", ".", said)
    path = f"{rule}.{said}" if rule else names.rules.get(said, said)
    if path not in paths:
        raise Unread
    return path, True
