"""Shows lines of the language made of a model's own names, for what the phrasebook can't read.

The lines claim to mean nothing of what was written: they show how conditions with the names around the mistake look, or
how a declaration of the kind does. Whoever shows them has checked that they parse and resolve.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from segdsl.lang.reserved import DECLARATIONS
from segdsl.mend.rewrite import conditions
from segdsl.model import types as ty
from segdsl.model.schema import Field, Relation
from segdsl.phrasebook.english.small_words import ADVERBS, ARTICLES, BE, DID, NOT, SELF
from segdsl.phrasebook.english.things import Noun, Scope, root, value_of, words_of
from segdsl.phrasebook.measures import BORDERS, NEGATED, SPOKEN_UNITS
from segdsl.phrasebook.names import Names
from segdsl.phrasebook.tokens import Token, cut

MOST_NAMES = 2  # of which lines are shown
MOST_LINES = 2  # with each of them
NAME_OF_EXAMPLES = "an_example"
"""The name of the segments that conditions are checked as."""
_LONGEST_NAME = 3  # words
_JOINS = {"and", "but", ";", "when", "where", "having"}
_SMALL = {
    *ARTICLES,
    *BE,
    *ADVERBS,
    *NOT,
    *SELF,
    *DID,
    "of",
    "in",
    "on",
    "at",
    "for",
    "no",
    "not",
    "than",
    "more",
    "less",
}
_NAMES_OF_VALUES = {"metric", "score"}
_RATIOS = {"share", "rate", "ratio", "percent", "use", "utilisation", "utilization", "adoption"}
_SUMS = {root(word) for word in ("total", "sum")}


@dataclass(frozen=True)
class Example:
    """A line of the language: `line` as it is shown, `declaration` as it is checked, `name` what it shows.

    `shows` says whether the line is a condition with that name, a value with it, or a declaration of that kind.
    """

    name: str
    line: str
    declaration: str
    shows: Literal["conditions", "values", "declaration"] = "conditions"


def examples(text: str, start: int, end: int, at: int, names: Names, *, is_condition: bool = False) -> list[Example]:
    """Returns lines for a mistake at `at` of a declaration from `start` to `end`, the nearest first.

    `names` are those of the entity that the declaration is about.
    """
    schema = names.schema
    if schema is None or names.entity not in schema.relations:
        return list(_declarations("", "", None, ()))
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
        return list(_declarations("segment", "", scope, tokens))
    own = tokens[head + 1].text if len(tokens) > head + 1 else ""
    is_name = re.fullmatch(r"[a-z_][a-z0-9_]*", own) and own not in names.others
    return list(_declarations(tokens[head].lower, own if is_name else "", scope, tokens[head + 1 :]))


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
    clause = _clause(tokens, at)
    said = _Said.of(clause)
    subjects = [*_subjects(clause, scope)] or [*_partly(clause, scope)]
    if not subjects:  # what is said is said of something else
        subjects, said = _most_usual(scope), _Said((), (), (), "")
    yield from _following(tokens, scope, kind)
    for name, lines in ((n, _lines(n, said, scope)) for n in subjects[:MOST_NAMES]):
        shown = name if isinstance(name, str) else name.text
        for line in lines:
            yield Example(shown, line, _declared(line, kind, scope.relation.name))


_AFTER = {"after", "afterwards", "followed", "follows", "following", "thereafter"}


def _following(tokens: Sequence[Token], scope: Scope, kind: str) -> Iterator[Example]:
    """Yields rows that others follow, where two tables are named and one comes after the other."""
    said = _Said.of(tokens)
    tables = [n for n in _subjects(tokens, scope) if isinstance(n, str) and scope.tables[n].at is not None]
    durations = [t for t in tokens if t.lower in SPOKEN_UNITS]
    if not _AFTER & {w.lower() for w in said.words} or len(tables) != 2 or not durations:
        return
    before = _Rows.of(tables[0], scope, replace(said, numbers=()))
    verb = "not followed by" if said.says_none else "followed by"
    line = f"any({before.text('')} {verb} {tables[1]} within {said.duration})"
    yield Example(tables[0], line, _declared(line, kind, scope.relation.name))


def _declared(line: str, kind: str, entity: str) -> str:
    """The declaration as which a condition is checked: it may look ahead in an outcome, and keep in an arm."""
    if kind == "outcome":
        return f"outcome {NAME_OF_EXAMPLES} of {entity} = {line}"
    if " keep until " in line and kind == "segmentation":
        runs = f"table {NAME_OF_EXAMPLES}_runs of {entity} from runs of {NAME_OF_EXAMPLES} starting 2026-10-01"
        return f"{runs} segmentation {NAME_OF_EXAMPLES} of {entity} {{ segment one {{ when {line} }} otherwise rest }}"
    return f"segment {NAME_OF_EXAMPLES} of {entity} {{ when {line} }}"


def _values(tokens: Sequence[Token], scope: Scope) -> Iterator[Example]:
    """Yields values of a metric with the names that its value names."""
    said = _Said.of(tokens)
    subjects = [*_subjects(tokens, scope)] or [*_partly(tokens, scope)] or _most_usual(scope)
    for subject in subjects[:MOST_NAMES]:
        name = subject if isinstance(subject, str) else subject.text
        if isinstance(subject, str):
            lines = _figures(subject, scope, said)
        else:
            lines = [*_choice(subject, said), f"days since {name}", f"{name} * 2", name]
        for line in lines[:MOST_LINES]:
            yield Example(name, line, f"metric {NAME_OF_EXAMPLES} of {scope.relation.name} = {line}", "values")


_CHOICES = {"if", "otherwise", "else", "when", "wenn", "si", "sinon", "sonst"}


def _choice(noun: Noun, said: _Said) -> Iterator[str]:
    """One of several texts, by the numbers that are said: `if arr > 5 then "large" else "small" end`."""
    if len(said.texts) < 2 or not said.numbers or not _CHOICES & {w.lower() for w in said.words}:
        return
    borders = [*said.numbers, said.numbers[-1]][: len(said.texts) - 1]
    when = [f'if {noun.text} {said.sign} {n} then "{t}"' for n, t in zip(borders, said.texts)]
    yield f'{" else ".join(when)} else "{said.texts[len(when)]}" end'


def _clause(tokens: Sequence[Token], at: int) -> Sequence[Token]:
    """The tokens between the words that join clauses, around a place."""
    here = next((i for i, t in enumerate(tokens) if t.end > at), len(tokens) - 1)
    first = next((i + 1 for i in range(here, -1, -1) if i < here and _joins(tokens, i)), 0)
    last = next((i for i in range(max(here, first + 1), len(tokens)) if _joins(tokens, i)), len(tokens))
    return tokens[first:last]


def _joins(tokens: Sequence[Token], i: int) -> bool:
    """Whether a token joins two clauses; `or` may also stand between values, and between words such as `or equal`."""
    if tokens[i].lower != "or":
        return tokens[i].lower in _JOINS
    following = tokens[i + 1] if i + 1 < len(tokens) else None
    return following is not None and following.kind == "word" and following.lower not in _BEHIND_OR


def _first_words(sign: str) -> set[str]:
    """The first words of what is said for a sign, such as `more` of `more than`."""
    return {words[0] for words, of in BORDERS.items() if of == sign}


_BEHIND_OR = {"equal", "less", "more", "fewer", "later", "earlier", "higher", "lower", "greater", "not"}
_MORE = {*_first_words(">"), "above", "higher", "exceeds", "exceed", "bigger", "larger", "beyond", ">"}
_FEWER = {*_first_words("<"), "below", "lower", "smaller", "<"}
_AHEAD = {"next", "coming", "upcoming", "following", "ahead"}
_AVERAGES = {"average", "mean", "avg", "averages"}
_MENTIONS = {"contains", "contain", "mentions", "mention", "includes", "include", "about", "containing", "mentioning"}


@dataclass(frozen=True)
class _Said:
    """The figures, texts and durations that a clause says; `sign` compares its figures."""

    numbers: tuple[str, ...]
    texts: tuple[str, ...]
    words: tuple[str, ...]
    duration: str
    sign: str = ">="

    @staticmethod
    def of(tokens: Sequence[Token]) -> _Said:
        years = {t.text for t in tokens if re.fullmatch(r"(?:19|20)\d\d", t.text)}
        numbers = tuple(t.text for t in tokens if t.kind == "number" and t.text not in years)
        duration = ""
        for number, word in pairwise(tokens):
            unit = SPOKEN_UNITS.get(word.lower, "")
            if unit and re.fullmatch(r"[1-9]\d{0,2}", number.text):
                duration = f"{number.text} {unit if number.text == '1' else unit + 's'}"
        numbers = tuple(n for n in numbers if not duration.startswith(f"{n} "))
        texts = tuple(t.text.strip("\"'“”„’‘«»") for t in tokens if t.kind in ("text", "quoted"))
        texts = tuple(t.replace("\\", "").replace('"', "") for t in texts)
        said = {t.lower for t in tokens}
        sign = ">" if said & _MORE else "<" if said & _FEWER else ">="
        if {"no", "not", "most", "equal", "maximum", "<=", ">="} & said:  # `no more than`, `more than or equal to`
            sign = "<=" if {"<=", "most", "maximum"} & said or ({"no", "not"} & said and sign == ">") else ">="
        return _Said(numbers, texts, tuple(t.text for t in tokens if t.kind == "word"), duration, sign)

    @property
    def says_none(self) -> bool:
        return bool(_NONE & {w.lower() for w in self.words}) or self.numbers == ("0",)

    @property
    def window(self) -> str:
        """A window as long as what is said; 30 days where nothing is."""
        ahead = bool(_AHEAD & {w.lower() for w in self.words})
        return f"in {'next' if ahead else 'last'} {self.duration or '30 days'}"

    def values(self, typed: ty.Type) -> tuple[str, ...]:
        """The values of an enumeration that are said."""
        said = (value_of(typed, w) for w in (*self.texts, *self.words))
        return tuple(dict.fromkeys(v for v in said if v))

    def value(self, typed: ty.Type) -> str:
        """The value of an enumeration that is said; else its first."""
        assert isinstance(typed, ty.Enum), "it has values"
        return next(iter(self.values(typed)), typed.values[0])


_NONE = {"none", "no", "never", "not", "without", "neither", "nor", "nobody"}
_LETTERS = {"upper", "lower", "ignore", "ignoring", "insensitive", "sensitive", "matter", "either"}
"""Words beside which a case is one of letters."""


def _subjects(tokens: Sequence[Token], scope: Scope) -> Iterator[Noun | str]:
    """Yields what the words name, each once, in their order, of names in each other the longest: values, and the names of tables."""
    words = [t for t in tokens if t.kind == "word"]
    seen, covered, said = set[str](), 0, {t.lower for t in words}
    for i in range(len(words)):
        for length in range(min(_LONGEST_NAME, len(words) - i), 0, -1):
            run = [t.lower for t in words[i : i + length]]
            if length == 1 and (run[0] in _SMALL or i < covered or (run[0] == "case" and _LETTERS & said)):
                continue
            table, nouns = scope.table(run), scope.nouns(run)
            valued = scope.valued(words[i].text) if length == 1 else None
            subject = table[0] if table else nouns[0] if nouns else valued[0] if valued else None
            if subject is None and length == 1:
                subject = _with_value(words[i].text, scope)
            if subject is None:
                continue
            covered = max(covered, i + length)
            name = subject if isinstance(subject, str) else subject.text
            if name not in seen:
                seen.add(name)
                yield subject
            break


def _with_value(word: str, scope: Scope) -> str | None:
    """The one table or entity of whose rows a word is a value: `admin` of users."""
    tables = [n for n, r in scope.tables.items() if any(value_of(f.type, word) for f in r.fields.values())]
    return tables[0] if len(tables) == 1 else None


def _partly(tokens: Sequence[Token], scope: Scope) -> Iterator[Noun | str]:
    """Yields the metrics, fields and tables of whose name or title a word is a part."""
    words = {w for t in tokens if t.kind == "word" for w in (t.lower, *t.lower.split("_"))}
    roots = {root(w) for w in words if w not in _SMALL and len(w) > 2}
    events = {n: r for n, r in scope.tables.items() if r.kind == "table"}
    if called := [
        n for n in events if {t.lower.rpartition("_")[2] for t in tokens if "_" in t.text} & {n, n.removesuffix("s")}
    ]:
        yield from called  # `last_login` for `logins`
    for name, title in scope.names.metrics.items():
        if roots & {*words_of(name), *words_of(re.sub(r"[^\w ]", " ", title))}:
            yield Noun(name, None)
    for name, field in scope.relation.fields.items():
        if roots & {*words_of(name)} and not field.key:
            yield Noun(name, field.type, field)
    yield from (name for name in scope.tables if roots & {*words_of(name)})


def _most_usual(scope: Scope) -> list[Noun | str]:
    """A field and a table, to show conditions where no name is said."""
    number = scope.amount or next(iter(scope.of_kind("number")), None)
    word = next(iter(scope.of_kind("text")), None)
    return [n for n in (number or word, _events(scope)) if n]


def _events(scope: Scope) -> str:
    """A table whose rows have a time; an empty text where there is none."""
    return next((name for name, relation in scope.tables.items() if relation.kind == "table"), "")


def _lines(subject: Noun | str, said: _Said, scope: Scope) -> list[str]:
    """Returns conditions with a value or a table, those first that say what the words ask for."""
    if isinstance(subject, str):
        lines = [*_asked_of_rows(subject, scope, said), *_of_rows(subject, scope, said)]
    else:
        lines = [*_asked_of_value(subject, said), *_of_value(subject, said)]
    return list(dict.fromkeys(lines))[:MOST_LINES]


_DISTINCT = {"different", "unique", "distinct", "various"}
_IN_A_ROW = {"consecutive", "consecutively", "row", "running", "straight", "successive"}
_SHARES = {"share", "percentage", "percent", "proportion", "majority", "half", "mostly"}
_LONG_AGO = {"older", "longer", "more", "over"}
_BETWEEN = {"since", "between", "tenure", "until", "till"}
_EXCEPT = {"neither", "nor", "except", "excluding", "other", "without"}
_TOP = {"top", "best", "highest", "largest", "biggest"}
_BOTTOM = {"bottom", "worst", "lowest", "smallest"}
_PERCENTILES = {"percentile", "percentiles", "percentrank", "percent_rank"}
_STAYS = {"stay", "stays", "keep", "keeps", "kept", "remain", "remains"}
_EMPTY = {"empty", "blank", "missing", "filled", "known", "set", "unknown", "exists", "value"}
_CHANGES = {
    *("changed", "change", "changes", "dropped", "drop", "drops", "fell", "grew", "growth", "rose"),
    *("increased", "decreased", "declined"),
}


def _asked_of_rows(table: str, scope: Scope, said: _Said) -> Iterator[str]:
    """The constructs that words ask for, of rows."""
    words, relation = {w.lower() for w in said.words}, scope.tables[table]
    fields = {n: f for n, f in relation.fields.items() if not f.key and n != relation.by}
    valued = [(n, f.type.values[0]) for n, f in fields.items() if isinstance(f.type, ty.Enum)]
    named = [n for n in fields if {n, f"{n}s"} & words]
    number = next((n for n, f in fields.items() if ty.is_numeric(f.type)), None)
    count = next((n for n in said.numbers if n.isdigit()), "3")
    counted = [*named, *(n for n, f in fields.items() if isinstance(f.type, ty.Text | ty.Enum))]
    if {"more", "than"} <= words:
        for name, field in fields.items():
            values = said.values(field.type)
            if len(values) == 2:
                of = [f'count({table} {said.window} where {name} = "{v}")' for v in values]
                yield f"{of[0]} > {of[1]}"
    if words & _DISTINCT and counted:
        yield f"count_distinct({table}.{counted[0]}) >= {count}"
    if words & _AVERAGES and number:
        yield f"average({table}.{number}) >= {count}"
    if words & _IN_A_ROW and valued:
        yield f'all(latest {count} {table} having {valued[0][0]} = "{valued[0][1]}")'
    if (words & _SHARES or any(n.endswith("%") for n in said.numbers)) and valued:
        share = next((n for n in said.numbers if n.endswith("%")), "50%")
        yield f'share({table} having {valued[0][0]} = "{valued[0][1]}") >= {share}'
    if "for" in words and said.duration and relation.kind == "table":
        held = [(n, v) for n, f in fields.items() for v in said.values(f.type)[:1]]
        yield from (f'last({table}.{n}) = "{v}" for {said.duration}' for n, v in held)
    if words & _LONG_AGO and "than" in words and said.duration and relation.at and not said.says_none:
        rows = _Rows.of(table, scope, replace(said, numbers=()))
        yield f"any({rows.text(f'before {said.duration} ago')})"
    if words & _LONG_AGO and {"ago", "since", "old"} & words and relation.at and not said.says_none:
        yield f"days since last({table}.{relation.at}) > {said.duration.split()[0] if said.duration else '30'}"


def _asked_of_value(noun: Noun, said: _Said) -> Iterator[str]:
    """The constructs that words ask for, of a value."""
    words, name = {w.lower() for w in said.words}, noun.text
    if words & _EMPTY and noun.field is not None:
        yield from (f"{name} is missing", f"{name} is not missing")
    if words & _EXCEPT and isinstance(noun.type, ty.Enum):
        values = [said.value(noun.type), *(v for v in noun.type.values if v != said.value(noun.type))][:2]
        yield f"{name} not in ({', '.join(f'{chr(34)}{v}{chr(34)}' for v in values)})"
    if words & _BETWEEN and isinstance(noun.type, ty.Date | ty.Timestamp | ty.Moment):
        yield f"{'days until' if noun.direction == 'ahead' else 'days since'} {name} >= 30"
    if noun.type is None or ty.is_numeric(noun.type) or isinstance(noun.type, ty.Money):
        few = next((n for n in reversed(said.numbers) if re.fullmatch(r"[1-9]\d{0,3}%?", n)), "10")
        if words & (_TOP | {"most", "limit", "cap"}) and few.isdigit() and len(said.numbers) > 1:
            yield f"{name} {said.sign if said.sign != '<=' else '>'} {said.numbers[0]} limit {few} by {name}"
        if words & (_TOP | _BOTTOM):
            yield f"{name} in {'top' if words & _TOP else 'bottom'} {few}"
        if words & _PERCENTILES:
            yield f"percentile({name}) {said.sign} 90%"
        if words & _STAYS:
            first, *_, last = said.numbers * 2 or ("10", "20")
            stay = f" stay at least {said.duration}" if said.duration else ""
            yield f"{name} < {first} keep until {name} >= {last}{stay}"
        if words & _CHANGES:
            yield f"change({name}, 28 days) < -20%"


def _of_value(noun: Noun, said: _Said) -> list[str]:
    name, duration = noun.text, said.duration or "30 days"
    text = (said.texts or ("abc",))[0]
    match noun.type:
        case ty.Boolean():
            return [name, f"not {name}"]
        case ty.Enum(values):
            value = said.value(noun.type)
            other = next((v for v in (*said.values(noun.type), *values) if v != value), value)
            if said.says_none:
                return [f'{name} != "{value}"', f'{name} not in ("{value}", "{other}")']
            both = _equal(name, said.values(noun.type) if len(said.values(noun.type)) > 1 else (value, other))
            return [f'{name} = "{value}"', both]
        case ty.Text():
            whole = _equal(name, said.texts or (text,)) + (" ignoring case" if "case" in said.words else "")
            return [whole, f'{name} contains "{text}"']
        case ty.SetOfText():
            return [f'{name} has "{text}"', f'{name} has none ("{text}")']
        case ty.Version():
            return [f'{name} >= "{(said.numbers or said.texts or ("10.2",))[0]}"', f"{name} is missing"]
        case ty.Date() | ty.Timestamp() | ty.Moment():
            ahead = [f"{name} in next {duration}", f"{name} > today"]
            back = [f"{name} in last {duration}", f"{name} < {duration} ago"]
            return back if noun.direction == "back" else ahead if noun.direction == "ahead" else [ahead[0], back[0]]
        case ty.Link():
            return [f"{name} is missing", f"{name} is not missing"]
        case ty.Money():
            usual = "10_000"
        case _:
            usual = "50%" if _RATIOS & {*name.split("_")} else "10"
    number = (said.numbers or (usual,))[0]
    if usual == "50%" and re.fullmatch(r"\d+", number) and int(number) > 1:
        number += "%"
    return [f"{name} {said.sign} {number}", f"{name} {NEGATED[said.sign]} {number}"]


def _of_rows(table: str, scope: Scope, said: _Said) -> list[str]:
    rows = _Rows.of(table, scope, said)
    has_time = scope.tables[table].at is not None
    any_or_none = f"{'none' if said.says_none else 'any'}({rows.text(said.window if has_time else '')})"
    window = said.window if has_time and (said.duration or not said.numbers) else ""
    if rows.figure:
        usual = "10_000" if rows.is_money else "10"
        return [any_or_none, f"{rows.of_figure(window)} {said.sign} {next(iter(said.numbers), usual)}"]
    count = next((n for n in rows.numbers if n.isdigit()), "3")
    return [any_or_none, f"count({rows.text(window)}) {'=' if count == '0' else said.sign} {count}"]


def _figures(table: str, scope: Scope, said: _Said) -> list[str]:
    rows = _Rows.of(table, scope, said)
    window = said.window if said.duration and scope.tables[table].at is not None else ""
    figure = [rows.of_figure(window)] if rows.figure else []
    return [*figure, f"count({rows.text(window)})"]


@dataclass(frozen=True)
class _Rows:
    """The rows that a clause speaks of, with the conditions that its words name.

    `figure`: the function and the number that it combines, as (`sum`, `amount`); None where rows are counted.
    `numbers`: figures that are said of no field of the rows.
    """

    table: str
    conditions: tuple[str, ...]
    figure: tuple[str, str] | None
    is_money: bool
    numbers: tuple[str, ...]

    @staticmethod
    def of(table: str, scope: Scope, said: _Said) -> _Rows:
        relation = scope.tables[table]
        rows = scope.within(relation) if relation.kind == "entity" else Scope(scope.names, relation)
        roots = {root(w) for w in said.words}
        amount = rows.amount
        asks = (roots & _SUMS) or ({w.lower() for w in said.words} & _AVERAGES)
        is_money = amount is not None and isinstance(amount.type, ty.Money)
        names_amount = amount is not None and ({*words_of(amount.text)} & roots or asks)
        conditions, numbers = [*_of_fields(relation, said, roots)], said.numbers
        figure = None
        if amount is not None and asks:
            figure = ("average" if {w.lower() for w in said.words} & _AVERAGES else "sum", amount.text)
        elif amount is not None and names_amount and {"than", scope.relation.name} <= {w.lower() for w in said.words}:
            conditions.append(f"{amount.text} {said.sign} {scope.relation.name}.{amount.text}")
        elif amount is not None and names_amount and numbers:
            largest = max(numbers, key=lambda n: float(n.strip("%").replace("_", "")))
            conditions.append(f"{amount.text} {said.sign} {largest}")
            numbers = tuple(n for n in numbers if n != largest)
        elif amount is not None and names_amount:
            figure = ("sum" if is_money else "average", amount.text)
        return _Rows(table, tuple(conditions), figure, is_money, numbers)

    def text(self, window: str) -> str:
        return " ".join(filter(None, (self.table, window, self._where)))

    def of_figure(self, window: str) -> str:
        assert self.figure is not None, "it has one"
        function, field = self.figure
        return f"{function}({' '.join(filter(None, (f'{self.table}.{field}', window, self._where)))})"

    @property
    def _where(self) -> str:
        return f"where {' and '.join(self.conditions)}" if self.conditions else ""


def _of_fields(relation: Relation, said: _Said, roots: set[str]) -> Iterator[str]:
    """Yields conditions of the fields of rows whose values or names are said."""
    texts = list(said.texts)
    for name, field in relation.fields.items():
        if isinstance(field.type, ty.Enum) and (values := said.values(field.type)):
            texts = [t for t in texts if value_of(field.type, t) is None]
            yield _equal(name, values)
    for name, field in relation.fields.items():
        if isinstance(field.type, ty.Text) and not field.key and texts and {*words_of(name)} <= roots:
            mentions = {w.lower() for w in said.words} & _MENTIONS
            yield f'{name} contains "{texts[0]}"' if mentions else _equal(name, texts)
            texts = []


def _equal(name: str, values: Sequence[str]) -> str:
    if len(values) == 1:
        return f'{name} = "{values[0]}"'
    return f"{name} in ({', '.join(f'{chr(34)}{v}{chr(34)}' for v in values)})"


# -- declarations ----------------------------------------------------------------------


def _declarations(kind: str, own: str, scope: Scope | None, tokens: Sequence[Token]) -> Iterator[Example]:
    """Yields a declaration of a kind with what its `tokens` name; `own` is the name that the person gave it."""
    if scope is None:
        line = 'entity account { account_id: text key  plan: one of ("free", "team") }'
        yield Example("entity", line, line, "declaration")
        return
    entity, key = scope.relation.name, scope.relation.key
    usual = [line for subject in _most_usual(scope) for line in _lines(subject, _Said((), (), (), ""), scope)]
    table = _events(scope)
    number = scope.amount or next(iter(scope.of_kind("number")), None)
    value = number.text if number else f"count({table} in last 30 days)"
    when = " and ".join(_of_body(tokens, scope)) or (usual or [f"{key} is not missing"])[0]
    name = own or "my_rule"
    missing = "count as 0" if {"count", "0"} <= {t.lower for t in tokens} else "unknown"
    lines = {
        "entity": [f"entity {own or 'customer'} {{ {own or 'customer'}_id: text key  plan: text }}"],
        "details": [f"details {own or 'contract'} of {entity} by {key} {{ signed_on: date }}"],
        "table": [
            f'table {own or "orders"} of {entity} by {key} at ordered_at '
            f'{{ amount: number paid: boolean channel: one of ("web", "sales") }}'
        ],
        "list": [f'list {own or "watched"} = ("DE", "FR")'],
        "metric": [f"metric {name} of {entity} = count({table} in last 30 days)", f"metric {name} of {entity} = {value}"],
        "play": [
            f'play {own or "call"} "Call them" {{ channel: "csm", cost: 20, currency: "USD" only when {when} }}',
            f'play {own or "call"} "Call them" {{ channel: "csm", cost: 20, currency: "USD" }}',
        ],
        "segment": [f'segment {name} "A title" of {entity} {{ when {when} }}'],
        "segmentation": [
            f'segmentation {name} "A title" of {entity} {{ goal "What it is for" owner "me@us.example" basis value review every 90 days '
            f'segment large "Large" {{ when {when} }} undecided unclear "Unclear" otherwise rest "The rest" }}',
            f"segmentation {name} of {entity} {{ segment large {{ when {when} }} undecided unclear otherwise rest }}",
        ],
        "score": [
            f"score {name} of {entity} {{ {' '.join(_parts(tokens, scope) or [_part('one', value, '100')])} missing parts: {missing} }}"
        ],
        "outcome": [f"outcome {name} of {entity} = any({table} in next 90 days)"],
        "calendar": [f"calendar {own or 'work'} {{ weekend saturday, sunday }}"],
        "property": [f'property "large ones" of {entity} {{ never {when} }}'],
        "test": [_test(entity, scope, path) for path in scope.names.rules.values()],
    }  # fmt: skip
    for line in lines.get(kind, ()):
        yield Example(kind, line, line, "declaration")


MOST_CLAUSES = 3


def _of_body(tokens: Sequence[Token], scope: Scope) -> list[str]:
    """Conditions with what the lines and clauses of a declaration's body name, each with its own figures."""
    braced = (i + 1 for i, t in enumerate(tokens) if t.text == "{")
    begin = next(braced, None) or next((i for i, t in enumerate(tokens) if "\n" in t.gap), len(tokens))
    pieces: list[list[Token]] = [[]]
    for token in tokens[begin:]:
        if "\n" in token.gap or token.lower in _JOINS:
            pieces.append([])
        if token.lower not in _JOINS and token.text not in ("{", "}"):
            pieces[-1].append(token)
    lines = dict[str, None]()
    numbered = dict[str, str]()
    for piece in pieces:
        is_numbered = len(piece) > 1 and piece[0].kind == "number" and piece[1].text in (".", ":", ")")
        own = piece[2:] if is_numbered else piece
        line = next(_of_piece(own, scope), None)
        if line is not None:
            lines[line] = None
            if is_numbered:
                numbered[piece[0].text] = line
    if numbered and (logic := _logic(tokens[begin:], numbered)):
        return [logic]
    return list(lines)[:MOST_CLAUSES]


def _of_piece(tokens: Sequence[Token], scope: Scope) -> Iterator[str]:
    """Yields a condition that a clause names: of a rule, or of a value or rows."""
    rules = scope.names.rules
    path = next((rules[w] for t in tokens if (w := t.lower) in rules), None)
    if path is not None:
        yield f"{scope.relation.name} in {path}"
    subject = next(_subjects(tokens, scope), None)
    if subject is not None:
        yield _lines(subject, _Said.of(tokens), scope)[0]


def _logic(tokens: Sequence[Token], numbered: Mapping[str, str]) -> str:
    """Puts numbered conditions where their numbers stand, as in `1 AND (2 OR 3)`; an empty text where something else stands there."""
    words = [t.lower for t in tokens]
    start = next((i + 1 for i in range(len(words) - 1, -1, -1) if words[i] in ("when", "filter", "logic", ":")), 0)
    end = next((i for i in range(start, len(words)) if words[i] == "}"), len(words))
    said = words[start:end]
    if not said or not all(w in numbered or w in ("and", "or", "not", "(", ")") for w in said):
        return ""
    line = " ".join(numbered.get(w, w) for w in said)
    return line.replace("( ", "(").replace(" )", ")")


def _parts(tokens: Sequence[Token], scope: Scope) -> list[str]:
    """Parts of a score with the numbers that its body names, each with the weight of its line; none where a part isn't known."""
    begin = next((i + 1 for i, t in enumerate(tokens) if t.text == "{"), len(tokens))
    lines: list[list[Token]] = [[]]
    for token in tokens[begin:]:
        if "\n" in token.gap:
            lines.append([])
        lines[-1].append(token)
    named = list[tuple[Noun, str]]()
    for line in lines:
        shares = [t.text.rstrip("%") for t in line if t.kind == "number" and t.text.endswith("%")]
        nouns = [n for n in _subjects(line, scope) if isinstance(n, Noun) and (n.type is None or ty.is_numeric(n.type))]
        is_of_missing = "missing" in {t.lower for t in line}
        if len(shares) > 1 or (shares and not nouns and not is_of_missing):
            return []  # an example that lacks one of the parts would be taken for all of them
        named += [(n, next(iter(shares), "")) for n in nouns if n.text not in {m.text for m, _ in named}]
    named = named[:MOST_CLAUSES]
    equal = str(100 // max(1, len(named)))
    return [_part(re.sub(r"\W+", "_", n.text).strip("_"), n.text, weight or equal) for n, weight in named]


def _part(name: str, value: str, weight: str) -> str:
    most = "100%" if _RATIOS & {*value.split("_")} else "100"
    return f"part {name} weight {weight} = scale({value}, 0: 0, {most}: 100)"


def _test(entity: str, scope: Scope, path: str) -> str:
    """A test of a rule that gives one customer the fields that every customer has."""
    given = [
        f"{name}: {v}" for name, f in scope.relation.fields.items() if f.required and not f.key and (v := _given(f))
    ]
    return (
        f'test "what it is to show" as of 2026-11-01 {{ {entity} acme {{ {", ".join(given)} }} expect acme in {path} }}'
    )


def rows_of(words: str, names: Names) -> str:
    """Says how the rows of a table that words name stand in a test, with their owner; an empty text where they name none."""
    schema = names.schema
    tables = {} if schema is None else {n: r for n, r in schema.relations.items() if r.kind == "table" and r.of}
    table = next((tables[w] for w in re.findall(r"\w+", words.lower()) if w in tables), None)
    if schema is None or table is None or table.of is None:
        return ""
    owner = schema.relations[table.of]
    day = "2026-11-01"
    row = f"`{table.name} of one {{ {', '.join(['at: ' + day, *_needed(table)])} }}`"
    own = [f"{owner.by}: acme"] if owner.of and owner.by else []
    return f"rows stand as {row}, and whose they are as `{owner.name} one {{ {', '.join([*own, *_needed(owner)])} }}`"


def _needed(relation: Relation) -> list[str]:
    """The cells that every row has."""
    return [f"{n}: {v}" for n, f in relation.fields.items() if f.required and not f.key and (v := _given(f))]


def _given(field: Field) -> str:
    """A value that a test may give."""
    match field.type:
        case ty.Boolean():
            return "true"
        case ty.Enum(values):
            return f'"{values[0]}"'
        case ty.Date():
            return "2026-10-01"
        case ty.Timestamp():
            return "2026-10-01T09:00"
        case ty.Text():
            return '"abc"'
        case _:
            return "10" if ty.is_numeric(field.type) else ""


# -- what is said ----------------------------------------------------------------------


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
