"""Slots of patterns: the tokens that a value, rows, a window or a condition take as people write them.

A slot never crosses a bracket, and each try is counted, so that no text is expensive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from segdsl.lang.reserved import AGGREGATES, RESERVED
from segdsl.model.schema import Relation
from segdsl.phrasebook.measures import COMPARED, SPOKEN_UNITS
from segdsl.phrasebook.names import Names
from segdsl.phrasebook.tokens import Token, cut, placed

OPENING = {"(": ")", "[": "]", "{": "}"}
COMPARISONS = frozenset(COMPARED)
_STOPS = {"and", "or", "then", "else", "end", "when", "where", "having", "limit", "play", "otherwise", "because"}
_NOT_NAMES = {*RESERVED, *_STOPS} - {"now", "today", "true", "false", "missing"}
_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_NUMBERS = {word: i for i, word in enumerate(_ONES.split())} | {w: 10 * i for i, w in enumerate(_TENS.split(), 2)}
NEVER_BEFORE = {".", "+", "-", "*", "/", "by", "per", "latest", "all", "before", "after", "since", "until", "from"}
"""What never stands before the first value of a line: it would be a part of another."""
_NOT_VALUES = {"ago", "followed", "contains", "starts", "ends", "matches", "with", "until", "within"}
_LONGEST_VALUE = 200


class TooMuch(Exception):
    """The text takes more tries than a phrasebook is given."""


@dataclass
class Tries:
    """The number of tries left for all texts of a workspace."""

    left: int

    def spend(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise TooMuch


@dataclass(frozen=True)
class Around:
    """What a slot needs to know: all tokens, the names of the model, and the tries left."""

    tokens: Sequence[Token]
    names: Names
    tries: Tries

    def lower(self, at: int) -> str:
        return self.tokens[at].lower if 0 <= at < len(self.tokens) else ""

    def kind(self, at: int) -> str:
        return self.tokens[at].kind if 0 <= at < len(self.tokens) else ""

    def is_name(self, at: int) -> bool:
        return self.kind(at) == "word" and self.lower(at) not in _NOT_NAMES

    def closing(self, at: int) -> int | None:
        """Where the bracket at a place is closed."""
        return self._brackets.get(at)

    @property
    def _brackets(self) -> Mapping[int, int]:
        return _brackets(tuple(t.text if t.kind == "sign" else "" for t in self.tokens))

    def called_by(self, at: int) -> str:
        """The function inside whose brackets a token stands, as the first thing there; empty if it doesn't."""
        return self.lower(at - 2) if self.lower(at - 1) == "(" and self.kind(at - 2) == "word" else ""


@cache
def _brackets(signs: tuple[str, ...]) -> Mapping[int, int]:
    pairs, opened = dict[int, int](), list[int]()
    for i, sign in enumerate(signs):
        if sign in OPENING:
            opened.append(i)
        elif sign in OPENING.values() and opened and OPENING[signs[opened[-1]]] == sign:
            pairs[opened.pop()] = i
    return pairs


Bound = tuple[Token, ...]
Ends = Iterator[tuple[int, Bound]]


def _written(around: Around, start: int, end: int) -> tuple[int, Bound]:
    return end, tuple(around.tokens[start:end])


def _put(around: Around, text: str, start: int, end: int) -> tuple[int, Bound]:
    """A text in place of the tokens from `start` to `end`."""
    first, last = around.tokens[start], around.tokens[end - 1]
    return end, tuple(placed(cut(text), first.start, last.end))


def path_end(around: Around, at: int) -> int | None:
    """Where a path such as `logins.device` ends."""
    if not around.is_name(at) or around.lower(at) in ("now", "today", "true", "false", "missing"):
        return None
    while around.lower(at + 1) == "." and around.kind(at + 2) == "word":
        at += 2
    return at + 1


def _term_ends(around: Around, at: int) -> list[int]:
    """Where a single value that begins at a place may end, furthest first."""
    around.tries.spend()
    kind, lower = around.kind(at), around.lower(at)
    if lower == "-":
        return _term_ends(around, at + 1)
    if lower == "(":
        close = around.closing(at)
        return [] if close is None or around.lower(at - 1) in AGGREGATES else [close + 1]
    if kind == "number":
        if around.lower(at + 1) in SPOKEN_UNITS:
            if around.lower(at + 2) == "ago":
                return [at + 3]
            if around.lower(at + 2) in ("after", "before"):
                return _term_ends(around, at + 3)
        return [at + 1]
    if kind in ("date", "text", "quoted"):
        return [at + 1]
    if lower in SPOKEN_UNITS and around.lower(at + 1) in ("since", "until", "of"):
        return _term_ends(around, at + 2)
    if lower in SPOKEN_UNITS and around.lower(at + 1) == "from":
        first = next(iter(_term_ends(around, at + 2)), None)
        return _term_ends(around, first + 1) if first is not None and around.lower(first) == "to" else []
    if lower == "if":
        end = _end_of_if(around, at)
        return [] if end is None else [end]
    if lower == "not" and around.lower(at + 1) == "(" and (close := around.closing(at + 1)) is not None:
        return [close + 1]
    if around.is_name(at) and lower in ("now", "today", "true", "false", "missing"):
        return [at + 1]
    if kind == "word" and around.lower(at + 1) == "(" and (close := around.closing(at + 1)) is not None:
        end = close + 1
        while around.lower(end) == "." and around.kind(end + 1) == "word":
            end += 2
        return [end]
    end_of_path = path_end(around, at)
    return [] if end_of_path is None else [end_of_path]


def _end_of_if(around: Around, at: int) -> int | None:
    depth = 0
    for i in range(at, min(len(around.tokens), at + 4 * _LONGEST_VALUE)):
        around.tries.spend()
        chained = around.lower(i - 1) == "else"  # a chain has one `end`
        depth += (around.lower(i) == "if" and not chained) - (around.lower(i) == "end")
        if depth == 0:
            return i + 1
    return None


def _value(around: Around, at: int) -> Ends:
    if around.lower(at) in _NOT_VALUES or (around.lower(at) in SPOKEN_UNITS and around.kind(at - 1) == "number"):
        return
    if around.lower(at) in around.names.tables and around.lower(at + 1) not in (".", "("):
        return
    ends = _term_ends(around, at)
    while ends and around.kind(ends[0]) == "sign" and around.lower(ends[0]) in ("+", "-", "*", "/"):
        if ends[0] - at > _LONGEST_VALUE or not (more := _term_ends(around, ends[0] + 1)):
            break
        ends = more + ends
    for end in ends:
        yield _written(around, at, end)


def _path(around: Around, at: int) -> Ends:
    if (
        (end := path_end(around, at)) is not None
        and around.lower(end) != "("
        and around.lower(at) not in around.names.tables
    ) or (end is not None and end - at > 1 and around.lower(end) != "("):
        yield _written(around, at, end)


def _column(around: Around, at: int) -> Ends:
    """A field of rows, as `logins.device`."""
    if around.lower(at - 1) != "." and (end := path_end(around, at)) is not None and around.lower(end) != "(":
        bound = around.tokens[at:end]
        table = around.names.table([around.tokens[at].text]) if end - at == 3 else None
        name = None if table is None else around.names.field([bound[-1].text], around.names.tables[table])
        if name is not None:
            yield _put(around, f"{table}.{name}", at, end)


def table_at(around: Around, at: int) -> tuple[int, str] | None:
    """Where a noun for a table ends, and the table."""
    if around.lower(at - 1) in (".", "by") or not around.is_name(at):
        return None
    for length in (3, 2, 1):
        words = around.tokens[at : at + length]
        is_noun = len(words) == length and all(w.kind == "word" for w in words) and around.lower(at + length) != "("
        if is_noun and (table := around.names.table([w.text for w in words])) is not None:
            return at + length, table
    return None


def _table(around: Around, at: int) -> Ends:
    if (named := table_at(around, at)) is not None:
        yield _put(around, named[1], at, named[0])


def _window_end(around: Around, at: int) -> int | None:
    """Where a window that begins at a place ends: `in last 30 days`, `since 2026-01-01`, `from … until …`."""
    lower = around.lower
    if lower(at) == "in" and lower(at + 1) in ("last", "next") and around.kind(at + 2) == "number":
        return at + 4 if lower(at + 3) in SPOKEN_UNITS else None
    if lower(at) == "in" and lower(at + 1) in ("this", "last", "next") and lower(at + 2) in ("calendar", "fiscal"):
        return at + 4
    if lower(at) in ("since", "before") and lower(at - 1) not in SPOKEN_UNITS:
        return next(iter(_term_ends(around, at + 1)), None)
    if lower(at) == "from" and (first := next(iter(_term_ends(around, at + 1)), None)) and lower(first) == "until":
        return next(iter(_term_ends(around, first + 1)), None)
    return None


def _window(around: Around, at: int) -> Ends:
    if (end := _window_end(around, at)) is not None:
        yield _written(around, at, end)


def _rows(around: Around, at: int) -> Ends:
    """Rows of a table, with a window and a `where`."""
    if around.called_by(at) in AGGREGATES or around.lower(at - 1) in ("by", "latest", "from", "."):
        return
    if around.kind(at - 1) == "number" and around.lower(at - 2) == "latest":
        return
    if (named := table_at(around, at)) is None or around.lower(named[0]) == ".":
        return
    end = _window_end(around, named[0]) or named[0]
    first, last = around.tokens[at], around.tokens[named[0] - 1]
    head = placed(cut(named[1]), first.start, last.end)
    if around.lower(end) == "where":
        for stop in _where_ends(around, end + 1, around.names.tables[named[1]]):
            yield stop, (*head, *around.tokens[named[0] : stop])
    yield end, (*head, *around.tokens[named[0] : end])


def _where_ends(around: Around, at: int, relation: Relation) -> list[int]:
    """Where the `where` of rows may end: before each `and` that is followed by something else than a field of them."""
    ends, place, compared = list[int](), at, False
    while place < min(len(around.tokens), at + _LONGEST_VALUE):
        around.tries.spend()
        lower = around.lower(place)
        if lower in OPENING and around.kind(place) == "sign":
            if lower == "{" or (close := around.closing(place)) is None:
                break
            place = close + 1
            ends.append(place)
            continue
        if lower in (")", "}", "]", ",", ";") or (lower in _STOPS and lower not in ("and", "or")):
            break
        if lower in ("and", "or"):
            after = place + 1 + (around.lower(place + 1) == "not")
            if around.lower(place - 2) != "between" and around.names.field([around.lower(after)], relation) is None:
                break
            compared = False
        if (around.kind(place) == "sign" and lower in COMPARISONS) or lower in ("is", "are"):
            if compared:
                break
            compared = True
        place += 1
        ends.append(place)
    return [e for e in reversed(ends) if around.lower(e - 1) not in ("and", "or", "not", "is", *COMPARISONS)]


def _number(around: Around, at: int) -> Ends:
    sign = around.lower(at) == "-"
    place = at + sign
    if around.kind(place) == "number" and not around.tokens[place].text.endswith("%"):
        yield _written(around, at, place + 1)
    elif around.lower(place) in _NUMBERS and not sign:
        end, count = place + 1, _NUMBERS[around.lower(place)]
        if count >= 20 and 0 < _NUMBERS.get(around.lower(end), 0) < 10:
            end, count = end + 1, count + _NUMBERS[around.lower(end)]
        thousands = {"hundred": 100, "thousand": 1000, "million": 1_000_000}.get(around.lower(end))
        yield _put(around, f"{count * (thousands or 1):_}", at, end + (thousands is not None))


def _duration(around: Around, at: int) -> Ends:
    if around.lower(at) in ("a", "an", "one") and around.lower(at + 1) in SPOKEN_UNITS:
        yield _put(around, f"1 {around.lower(at + 1)}", at, at + 2)
        return
    for end, number in _number(around, at):
        if around.lower(end) in SPOKEN_UNITS:
            unit = around.lower(end).rstrip("s")
            count = int(number[0].text.replace("_", "")) if number[0].text.replace("_", "").isdigit() else 0
            if unit == "quarter":
                unit, count = "month", 3 * count
            if count:
                yield _put(around, f"{count} {unit}{'s' if count != 1 else ''}", at, end + 1)


def _literal(around: Around, at: int) -> Ends:
    minus = around.lower(at) == "-"
    if around.kind(at + minus) in ("number", "date", "text") or around.lower(at) in ("true", "false"):
        yield _written(around, at, at + 1 + minus)


def _literals(around: Around, at: int) -> Ends:
    """Values one after the other, with commas, `or` or `and` between them, as a list."""
    bracket = around.lower(at) == "(" and around.kind(at) == "sign"
    place, items = at + bracket, list[Bound]()
    ends = list[tuple[int, Bound]]()
    while (item := next(_literal(around, place), None)) is not None:
        place = item[0]
        items.append(item[1])
        inside = ", ".join("".join(t.text for t in i) for i in items)
        if not bracket or around.lower(place) == ")":
            ends.append(_put(around, f"({inside})", at, place + bracket))
        if around.lower(place) in (",", ";", "or", "and", "/", "|"):
            place += 1 + (around.lower(place + 1) in ("or", "and"))
    yield from reversed(ends)


def _case(around: Around, at: int) -> Ends:
    """`case … end` of SQL."""
    if around.lower(at) != "case":
        return
    depth = 0
    for i in range(at, min(len(around.tokens), at + 4 * _LONGEST_VALUE)):
        around.tries.spend()
        depth += (around.lower(i) in ("case", "if")) - (around.lower(i) == "end")
        if depth == 0:
            yield _written(around, at, i + 1)
            return


def _braces(around: Around, at: int) -> Ends:
    """All that stands in braces, with them."""
    if around.lower(at) == "{" and (close := around.closing(at)) is not None:
        yield _written(around, at, close + 1)


def _bracketed(around: Around, at: int) -> Ends:
    """All that stands in braces or square brackets, with them."""
    if around.lower(at) in ("{", "[") and (close := around.closing(at)) is not None:
        yield _written(around, at, close + 1)


def _anything(around: Around, at: int) -> Ends:
    """Whatever stands here, the shortest first."""
    for end in range(at + 1, min(len(around.tokens), at + _LONGEST_VALUE)):
        around.tries.spend()
        yield _written(around, at, end)


def _everything(around: Around, at: int) -> Ends:
    """All that stands from here to the end."""
    if at < len(around.tokens):
        yield _written(around, at, len(around.tokens))


def _list(around: Around, at: int) -> Ends:
    """All that stands in round brackets, with them."""
    if around.lower(at) == "(" and around.kind(at) == "sign" and (close := around.closing(at)) is not None:
        yield _written(around, at, close + 1)


def _argument(around: Around, at: int) -> Ends:
    """What stands between two commas."""
    place = at
    while place < len(around.tokens):
        around.tries.spend()
        lower = around.lower(place)
        if around.kind(place) == "sign" and lower in OPENING:
            if (close := around.closing(place)) is None:
                return
            place = close + 1
            continue
        if around.kind(place) == "sign" and lower in (",", ";", ")", "]", "}"):
            break
        place += 1
    if place > at:
        yield _written(around, at, place)


def _condition(around: Around, at: int) -> Ends:
    """A condition with its `and`s and `or`s, up to what ends it."""
    place, ends = at, list[int]()
    while place < min(len(around.tokens), at + 2 * _LONGEST_VALUE):
        around.tries.spend()
        lower = around.lower(place)
        if around.kind(place) == "sign" and lower in OPENING:
            if lower == "{" or (close := around.closing(place)) is None:
                break
            place = close + 1
        elif (around.kind(place) == "sign" and lower in (",", ";", ")", "]", "}")) or (
            lower in _STOPS and lower not in ("and", "or")
        ):
            break
        else:
            place += 1
        ends.append(place)
    for end in reversed(ends):
        yield _written(around, at, end)


def _items(around: Around, at: int) -> Ends:
    """Conditions with commas between them, up to what ends the last."""
    place = at
    while True:
        end = next((end for end, _ in _condition(around, place)), None)
        if end is None:
            return
        place = end
        if around.lower(place) not in (",", ";"):
            yield _written(around, at, place)
            return
        place += 1


def _of_kind(*kinds: str) -> Callable[[Around, int], Ends]:
    def slot(around: Around, at: int) -> Ends:
        if around.kind(at) in kinds:
            yield _written(around, at, at + 1)

    return slot


def _name(around: Around, at: int) -> Ends:
    if around.is_name(at):
        yield _written(around, at, at + 1)


def _compared(around: Around, at: int) -> Ends:
    if around.kind(at) == "sign" and around.lower(at) in COMPARISONS:
        yield _written(around, at, at + 1)


def _calculation(around: Around, at: int) -> Ends:
    if around.kind(at) == "sign" and around.lower(at) in ("*", "/", "+", "-"):
        yield _written(around, at, at + 1)


def _unit(around: Around, at: int) -> Ends:
    if around.lower(at) in SPOKEN_UNITS:
        yield _written(around, at, at + 1)


SLOTS: Mapping[str, Callable[[Around, int], Ends]] = {
    "value": _value,
    "path": _path,
    "column": _column,
    "table": _table,
    "rows": _rows,
    "window": _window,
    "number": _number,
    "duration": _duration,
    "literal": _literal,
    "literals": _literals,
    "list": _list,
    "case": _case,
    "braces": _braces,
    "bracketed": _bracketed,
    "anything": _anything,
    "everything": _everything,
    "text": _of_kind("text"),
    "date": _of_kind("date"),
    "figure": _of_kind("number"),
    "amount": _of_kind("amount"),
    "day": _of_kind("day"),
    "quoted": _of_kind("quoted"),
    "blank": _of_kind("blank"),
    "remark": _of_kind("remark"),
    "name": _name,
    "word": _of_kind("word"),
    "op": _compared,
    "calculation": _calculation,
    "unit": _unit,
    "argument": _argument,
    "condition": _condition,
    "items": _items,
}
"""Slots by kind: where the tokens from a place on may end, likeliest first."""
