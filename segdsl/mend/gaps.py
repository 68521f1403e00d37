"""Reads a condition clause by clause: what is read as it should be written, and a gap with the person's own words for what isn't.

A clause is read beside a gap only where its meaning can't depend on the gap: it has a subject and a comparison of its own,
stands in no bracket with the other, and no word such as `neither`, `either` or `unless` goes before. A gap stands between
signs that no rule may contain, so that a line with a gap never passes a check.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from segdsl.lang import tree
from segdsl.mend.examples.example import NAME_OF_EXAMPLES
from segdsl.mend.rewrite import LONGEST, Reading, readings
from segdsl.mend.sound import Check, Place, Rewrite, sound_lines
from segdsl.model.schema import Relation
from segdsl.phrasebook.conditions import conditions
from segdsl.phrasebook.declarations.gaps import gap
from segdsl.phrasebook.declarations.outline import listed
from segdsl.phrasebook.declarations.parts import slug
from segdsl.phrasebook.names import Names
from segdsl.phrasebook.slots import Tries
from segdsl.phrasebook.tokens import Token, cut, joined, on_one_line, placed

FILL_IN = "write, and fill in what stands in ‹ ›"
FILL_IN_LINES = "fill in what stands in ‹ ›, and write"
HINTS = {
    "play": "a play says `channel`, `cost` and `currency`, to whom it goes with `to ROWS`, how often with `every 90 days`, how many on a "
    "day with `capacity 20 per day by FIELD`, and for whom it is with `only when CONDITION`",
    "channel": "a channel says `address: FIELD`, `consent: opt in by FIELD` or `consent: none needed`, `cooldown 7 days` between two "
    "deliveries, and `capacity 5 per FIELD per week`",
    "table": "a field is `NAME: TYPE`, its type `text`, `integer`, `number`, `boolean`, `date`, `timestamp`, `money(USD)` or "
    '`one of ("…", "…")`',
    "score": "a part is `part NAME weight 60 = VALUE`, its value from 0 to 100, as with `scale(FIELD, 0: 0, 100: 100)` or "
    "`if CONDITION then 100 else 20 end`",
    "test": "a customer or a row is `TABLE of NAME { FIELD: VALUE }`, and what is expected `expect NAME in RULE`",
}
"""How the parts of a declaration look, by its kind."""
MOST_CLAUSES = 12
_JOINS = {"and": "and", "or": "or", "&&": "and", "||": "or", "&": "and", "but": "and"}
_BINDS = {"either", "both", "unless", "except", "if", "then", "else", "case", "whether", "not only", "while", "without"}
"""Words by which what a clause means may depend on what stands beside it."""
_SIGNS = {"=", "!=", "<", "<=", ">", ">=", "==", "===", "<>", "≥", "≤", "≠"}
_COMPARES = _SIGNS | {
    *listed("is are was were has have had isn't aren't equals contains starts ends between exceeds includes"),
    *listed("over under above below beyond before after least most more less"),
}
_GOES_ON = {
    *listed(
        "higher lower more less fewer better worse above below over under up down later earlier older newer than at"
    )
}
_CALLS = {"any", "none", "all", "count", "sum", "average", "last", "share", "not"}


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of a condition; `join` is the word before it, empty for the first."""

    tokens: tuple[Token, ...]
    join: str

    @property
    def text(self) -> str:
        return joined(self.tokens)


def clauses_of(tokens: Sequence[Token], names: Names) -> list[Clause]:
    """Returns the clauses of a condition, joined by one and the same word; none where it can't be cut without a doubt."""
    every = list(_cut(tokens))
    joins = {join for _, join in every if join}
    if not 1 < len(every) <= MOST_CLAUSES or len(joins) != 1 or any(not part for part, _ in every):
        return []
    return [Clause(tuple(_named(part, names)), join) for part, join in every]


def _cut(tokens: Sequence[Token]) -> Iterator[tuple[list[Token], str]]:
    part, join, depth, is_range = list[Token](), "", 0, False
    for token in tokens:
        lower = token.lower if token.kind in ("word", "sign") else ""
        depth += (lower in ("(", "[", "{")) - (lower in (")", "]", "}"))
        is_range = is_range or (depth == 0 and lower == "between")
        if depth == 0 and lower in _JOINS and not (is_range and lower == "and"):
            yield part, join
            part, join = [], _JOINS[lower]
        else:
            part.append(token)
        is_range = is_range and not (depth == 0 and lower == "and")
    yield part, join


def _named(tokens: Sequence[Token], names: Names) -> list[Token]:
    """The tokens with the name of a field for a text at the beginning that is this name: `"Renewal Date" > …`."""
    first, *rest = tokens
    if first.kind not in ("text", "quoted") or not rest or rest[0].text == ",":
        return [*tokens]
    words = re.sub(r"\W+", " ", first.text).strip()
    name = slug(words) if words else ""
    if name in names.fields or name in names.metrics:
        return [replace(first, kind="word", text=name), *rest]
    return [*tokens]


def stands_alone(clause: Clause, names: Names) -> bool:
    """Tells whether a clause has a subject and a comparison of its own, so that it means the same beside anything."""
    words = [t.lower for t in clause.tokens]
    if _BINDS & {*words}:
        return False
    first = words[0]
    named = first in names.fields or first in names.metrics or first in names.tables or first in _CALLS
    named = named or any(first in r.fields or first == r.name for r in _relations(names))
    if first == "not":
        return len(words) > 1 and words[1] in names.fields
    if first in _CALLS:
        return len(words) > 1 and words[1] == "("
    is_window = len(words) > 2 and words[1] in ("in", "within", "not") and first in names.fields
    return (named and bool(_COMPARES & {*words[1:]} or is_window)) or bool(_SIGNS & {*words})


def _relations(names: Names) -> Iterable[Relation]:
    return () if names.schema is None else names.schema.relations.values()


def binds(clause: Clause) -> bool:
    """Tells whether a clause that isn't read may change what the others mean."""
    words = [t.lower for t in clause.tokens]
    goes_on = len(words) < 2 or words[0] in _GOES_ON  # `or higher`
    return goes_on or bool(_BINDS & {*words}) or "between" in words or words[0] in ("neither", "not")


# -- conditions, one by one ------------------------------------------------------------

_OF_CONDITIONS = {"segment", "segmentation", "play", "property", "goal"}
"""Kinds of declarations whose conditions mean the same beside anything else in them."""


@dataclass(frozen=True)
class Condition:
    """A condition of a declaration, from `start` to `end` of its source.

    `rewrites` are what all of it may mean. `draft` is the condition with gaps, `gaps` what stands in them; a condition of
    which nothing is read has no draft and one gap. One that is right has neither.
    """

    start: int
    end: int
    rewrites: tuple[Rewrite, ...] = ()
    draft: str = ""
    gaps: tuple[Clause, ...] = ()


def one_by_one(
    files: Sequence[tree.File], places: Mapping[Place, Names], tries: Tries, check: Check
) -> dict[Place, list[Condition]]:
    """Reads the conditions of each declaration, each by itself. `places` has the names for each."""
    read = {place: found for place, names in places.items() if (found := list(_read(place, names, tries)))}
    lines = [line for every in read.values() for one in every for line in one.lines()]
    sound = sound_lines(list(dict.fromkeys(lines)), files, check)
    return {place: [one.judged(sound) for one in every] for place, every in read.items()}


@dataclass(frozen=True)
class _Read:
    """A condition with its readings, and those of its clauses, before any is checked."""

    entity: str
    tokens: tuple[Token, ...]
    readings: tuple[Reading, ...]
    clauses: tuple[tuple[Clause, tuple[str, ...]], ...]

    def lines(self) -> Iterator[str]:
        yield self._line(joined(self.tokens))
        yield from (self._line(joined(r.tokens)) for r in self.readings)
        yield from (self._line(text) for _, texts in self.clauses for text in texts)

    def _line(self, condition: str) -> str:
        text = " ".join(condition.split())
        return f"segment {NAME_OF_EXAMPLES} of {self.entity} {{ when {text} }}"

    def judged(self, sound: Container[str]) -> Condition:
        start, end = self.tokens[0].start, self.tokens[-1].end
        if self._line(joined(self.tokens)) in sound:
            return Condition(start, end)
        rewrites = [Rewrite(r, joined(r.tokens)) for r in self.readings if self._line(joined(r.tokens)) in sound]
        if rewrites:
            return Condition(start, end, tuple(rewrites))
        whole = Clause(self.tokens, "")
        parts, gaps = list[str](), list[Clause]()
        for clause, texts in self.clauses:
            own = [t for t in texts if self._line(t) in sound]
            gaps += [] if len(own) == 1 else [clause]
            parts.append(f"{clause.join} {own[0] if len(own) == 1 else gap(clause.tokens)}".strip())
        if parts and not gaps:
            tokens = placed(cut(" ".join(parts)), start, end)
            return Condition(start, end, (Rewrite(Reading(tuple(tokens)), joined(tokens)),))
        as_it_was = len(gaps) < 2 and " ".join(parts) == " ".join(
            f"{c.join} {gap(c.tokens) if c in gaps else on_one_line(c.tokens)}".strip() for c, _ in self.clauses
        )
        if as_it_was or len(gaps) == len(parts) or any(binds(clause) for clause in gaps):
            return Condition(start, end, gaps=(whole,))
        return Condition(start, end, draft=" ".join(parts), gaps=tuple(gaps))


def _read(place: Place, names: Names, tries: Tries) -> Iterator[_Read]:
    tokens = [t for t in cut(place.source.text, place.start, place.end) if t.kind not in ("comment", "remark")]
    if not tokens or tokens[0].lower not in _OF_CONDITIONS or len(tokens) > LONGEST:
        return
    for is_condition, run in groupby(zip(tokens, conditions(tokens)), key=lambda pair: pair[1]):
        own = tuple(token for token, _ in run)
        behind = tokens[tokens.index(own[0]) - 1] if own[0] is not tokens[0] else own[0]
        if not is_condition or behind.text == "=":
            continue
        every = clauses_of(own, names)
        parts = [(c, tuple(_texts(c, names, tries)) if stands_alone(c, names) else ()) for c in every]
        named = _named(own, names)
        yield _Read(names.entity, own, tuple(_readings(named, names, tries)), tuple(parts))


def _readings(tokens: Sequence[Token], names: Names, tries: Tries) -> list[Reading]:
    """What tokens may mean as a condition, in their places."""
    text, first = joined(tokens), tokens[0].start
    every = readings(text, 0, len(text), names, tries, is_condition=True)
    end = tokens[-1].end
    return [
        Reading(tuple(placed(r.tokens, first, end)), tuple(replace(s, start=first, end=end) for s in r.steps), r.reads)
        for r in every
    ]


def _texts(clause: Clause, names: Names, tries: Tries) -> list[str]:
    """What a clause may mean, or the clause as it stands."""
    read = readings(clause.text, 0, len(clause.text), names, tries, is_condition=True)
    return [on_one_line(r.tokens) for r in read] or [on_one_line(clause.tokens)]
