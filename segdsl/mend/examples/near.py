"""Shows lines of the language made of a model's own names, for what the phrasebook can't read.

The lines claim to mean nothing of what was written: they show how conditions with the names around the mistake look, or
how a declaration of the kind does. Whoever shows them has checked that they parse and resolve.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from segdsl.lang.reserved import DECLARATIONS
from segdsl.mend.examples.declarations import declarations
from segdsl.mend.examples.example import NAME_OF_EXAMPLES, Example
from segdsl.mend.examples.lines import MOST_LINES, RowsSaid, figures_of, lines_with
from segdsl.mend.examples.said import Said, clause_around, find_partly_named, find_subjects, most_usual
from segdsl.phrasebook.conditions import conditions
from segdsl.phrasebook.english.things import Noun, Scope
from segdsl.phrasebook.measures import SPOKEN_UNITS
from segdsl.phrasebook.names import Names
from segdsl.phrasebook.tokens import Token, cut

MOST_NAMES = 2  # of which lines are shown
_NAMES_OF_VALUES = {"metric", "score"}


def examples(text: str, start: int, end: int, at: int, names: Names, *, is_condition: bool = False) -> list[Example]:
    """Returns lines for a mistake at `at` of a declaration from `start` to `end`, the nearest first.

    `names` are those of the entity that the declaration is about.
    """
    schema = names.schema
    if schema is None or names.entity not in schema.relations:
        return list(declarations("", "", None, ()))
    tokens = cut(text, start, end)
    scope = Scope(names, schema.relations[names.entity])
    if is_condition:
        return list(_conditions(tokens, at, scope))
    inside = conditions(tokens)
    here = next((i for i, t in enumerate(tokens) if t.start <= at < t.end), len(tokens))
    if tokens and tokens[0].lower != "test" and (run := _run(inside, here)) is not None:
        first, last = run
        if tokens[0].lower in _NAMES_OF_VALUES and tokens[first - 1].text == "=":
            return list(_values(tokens[first:last], scope))
        return list(_conditions(tokens[first:last], at, scope, tokens[0].lower))
    head = next((i for i, t in enumerate(tokens[:_LONGEST_HEAD]) if t.lower in DECLARATIONS), None)
    if head is None:
        return list(declarations("segment", "", scope, tokens))
    own = tokens[head + 1].text if len(tokens) > head + 1 else ""
    is_name = re.fullmatch(r"[a-z_][a-z0-9_]*", own) and own not in names.others and own not in _NO_NAMES
    return list(declarations(tokens[head].lower, own if is_name else "", scope, tokens[head + 1 :]))


_NO_NAMES = {"of", "where", "when", "as", "is", "for", "with"}
_LONGEST_HEAD = 4  # tokens up to the word for what is declared, as in `CREATE OR REPLACE LIST`


def _run(inside: Sequence[bool], here: int) -> tuple[int, int] | None:
    """From where to where the condition stands that a token is part of, or that ends before it; None beside no condition."""
    within = here if here < len(inside) and inside[here] else here - 1
    if within < 0 or not inside[within]:
        return None
    first = max((i for i in range(within) if not inside[i]), default=-1) + 1
    last = next((i for i in range(within, len(inside)) if not inside[i]), len(inside))
    return first, last


# -- conditions ------------------------------------------------------------------------


def _conditions(tokens: Sequence[Token], at: int, scope: Scope, kind: str = "segment") -> Iterator[Example]:
    """Yields lines with the names of the clause around a place of a declaration of a kind."""
    clause = clause_around(tokens, at)
    said = Said.of(clause)
    subjects = [*find_subjects(clause, scope)] or [*find_partly_named(clause, scope)]
    if not subjects and (subjects := [*find_subjects(tokens, scope)]):  # named in another clause
        clause = tokens
    if not subjects:  # what is said is said of something else
        subjects, said = most_usual(scope), Said((), (), (), "")
    yield from _following(tokens, scope, kind)
    for name, lines in ((n, lines_with(n, _beside(n, subjects, clause, said), scope)) for n in subjects[:MOST_NAMES]):
        shown = name if isinstance(name, str) else name.text
        for line in lines:
            yield Example(shown, line, _as_declared(line, kind, scope.relation.name))


def _beside(subject: Noun | str, subjects: Sequence[Noun | str], clause: Sequence[Token], said: Said) -> Said:
    """What is said of one of several values by their names: the figures behind its own, before the next."""
    names = [n.text for n in subjects if isinstance(n, Noun)]
    places = [next((i for i, t in enumerate(clause) if t.text == name), -1) for name in names]
    if not isinstance(subject, Noun) or len(names) < 2 or len(names) < len(subjects) or -1 in places:
        return said
    begin = places[names.index(subject.text)]
    end = min((p for p in places if p > begin), default=len(clause))
    own = Said.of(clause[begin:end])
    return replace(said, numbers=own.numbers, sign=own.sign, signs=own.signs)


_AFTER = {"after", "afterwards", "followed", "follows", "following", "thereafter"}


def _following(tokens: Sequence[Token], scope: Scope, kind: str) -> Iterator[Example]:
    """Yields rows that others follow, where two tables are named and one comes after the other."""
    said = Said.of(tokens)
    tables = [n for n in find_subjects(tokens, scope) if isinstance(n, str) and scope.tables[n].at is not None]
    durations = [t for t in tokens if t.lower in SPOKEN_UNITS]
    if not _AFTER & {w.lower() for w in said.words} or len(tables) != 2 or not durations or said.several_durations:
        return
    before = RowsSaid.of(tables[0], scope, replace(said, numbers=()))
    verb = "not followed by" if said.says_none else "followed by"
    line = f"any({before.text('')} {verb} {tables[1]} within {said.duration})"
    yield Example(tables[0], line, _as_declared(line, kind, scope.relation.name))


def _as_declared(line: str, kind: str, entity: str) -> str:
    """The declaration as which a condition is checked: it may look ahead in an outcome, and keep in an arm."""
    if kind == "outcome":
        return f"outcome {NAME_OF_EXAMPLES} of {entity} = {line}"
    if " keep until " in line and kind == "segmentation":
        runs = f"table {NAME_OF_EXAMPLES}_runs of {entity} from runs of {NAME_OF_EXAMPLES} starting 2026-10-01"
        return f"{runs} segmentation {NAME_OF_EXAMPLES} of {entity} {{ segment one {{ when {line} }} otherwise rest }}"
    return f"segment {NAME_OF_EXAMPLES} of {entity} {{ when {line} }}"


def _values(tokens: Sequence[Token], scope: Scope) -> Iterator[Example]:
    """Yields values of a metric with the names that its value names."""
    said = Said.of(tokens)
    subjects = [*find_subjects(tokens, scope)] or [*find_partly_named(tokens, scope)] or most_usual(scope)
    for subject in subjects[:MOST_NAMES]:
        name = subject if isinstance(subject, str) else subject.text
        if isinstance(subject, str):
            lines = figures_of(subject, scope, said)
        else:
            changed = [f"change({name}, {said.duration or '28 days'}, floor: 0)"] if said.says_change else []
            lines = [*_choice(subject, said), *changed, f"days since {name}", f"{name} * 2", name]
        for line in lines[:MOST_LINES]:
            yield Example(name, line, f"metric {NAME_OF_EXAMPLES} of {scope.relation.name} = {line}", "values")


_CHOICES = {"if", "otherwise", "else", "when", "wenn", "si", "sinon", "sonst"}


def _choice(noun: Noun, said: Said) -> Iterator[str]:
    """One of several texts, by the numbers that are said: `if arr > 5 then "large" else "small" end`."""
    if len(said.texts) < 2 or not said.numbers or not _CHOICES & {w.lower() for w in said.words}:
        return
    borders = [*said.numbers, said.numbers[-1]][: len(said.texts) - 1]
    when = [f'if {noun.text} {said.sign} {n} then "{t}"' for n, t in zip(borders, said.texts)]
    yield f'{" else ".join(when)} else "{said.texts[len(when)]}" end'


def in_words(sound: Sequence[Example]) -> str:
    """Says how lines look that parse and resolve; an empty text where none does."""
    if not sound:
        return ""
    if sound[0].shows == "declaration":
        article = "an" if sound[0].name[0] in "aeiou" else "a"
        return f"{article} {sound[0].name} looks like `{sound[0].line}`"
    by_name: dict[str, list[str]] = {}
    for example in sound:
        by_name.setdefault(example.name, []).append(f"`{example.line}`")
    (first, lines), *others = by_name.items()
    more = [f"with `{name}` like {' or '.join(lines)}" for name, lines in others]
    return ", ".join([f"{sound[0].shows} with `{first}` look like {' or '.join(lines)}", *more])
