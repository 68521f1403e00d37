"""Conditions and values with a name of the model, and with the figures and values that are said."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace

from segdsl.mend.examples.said import AVERAGES, MENTIONS, Said
from segdsl.model import types as ty
from segdsl.model.schema import Relation
from segdsl.phrasebook.english.things import Noun, Scope, root, value_of, words_of
from segdsl.phrasebook.measures import NEGATED

MOST_LINES = 2  # with each of them
RATIOS = {"share", "rate", "ratio", "percent", "use", "utilisation", "utilization", "adoption"}
_SUMS = {root(word) for word in ("total", "sum")}


def lines_with(subject: Noun | str, said: Said, scope: Scope) -> list[str]:
    """Returns conditions with a value or a table, those first that say what the words ask for."""
    if isinstance(subject, str) and scope.tables[subject].at is not None and (said.counts_days or said.each):
        return [_of_days(subject, scope, said)]
    if isinstance(subject, str):
        lines = [*_asked_of_rows(subject, scope, said), *_of_rows(subject, scope, said)]
    else:
        lines = [*_asked_of_value(subject, said), *_of_value(subject, said)]
    if said.several_durations:
        lines = [line for line in lines if said.duration not in line]  # another one may be meant
    return list(dict.fromkeys(lines))[:MOST_LINES]


def _of_days(table: str, scope: Scope, said: Said) -> str:
    """Days with rows, or rows in each of several weeks: a count of the rows or `any` of them would be something else."""
    rows = RowsSaid.of(table, scope, said)
    if said.each and not said.several_durations:
        function = "none" if said.says_none else "any"
        return f"{said.each} ({function}({rows.text(f'in last 1 {said.each.split()[1]}')}))"
    number = next((n for n in said.numbers if n.isdigit()), "3")
    window = said.window if said.duration and not said.several_durations else ""
    return f"distinct_days({rows.text(window)}) {said.sign} {number}"


_DISTINCT = {"different", "unique", "distinct", "various"}
_IN_A_ROW = {"consecutive", "consecutively", "row", "running", "straight", "successive"}
_SHARES = {"share", "percentage", "percent", "proportion", "majority", "half", "mostly"}
_LONG_AGO = {"older", "longer", "more", "over"}
_BETWEEN = {"since", "between", "tenure", "until", "till"}
_TOGETHER = {"together", "cumulative", "cumulated", "cumulatively", "pareto"}
_TOP = {"top", "best", "highest", "largest", "biggest"}
_BOTTOM = {"bottom", "worst", "lowest", "smallest"}
_PERCENTILES = {"percentile", "percentiles", "percentrank", "percent_rank"}
_STAYS = {"stay", "stays", "keep", "keeps", "kept", "remain", "remains"}
_EMPTY = {"empty", "blank", "missing", "filled", "known", "set", "unknown", "exists", "value"}


def _asked_of_rows(table: str, scope: Scope, said: Said) -> Iterator[str]:
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
    if words & AVERAGES and number:
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
        rows = RowsSaid.of(table, scope, replace(said, numbers=()))
        yield f"any({rows.text(f'before {said.duration} ago')})"
    if words & _LONG_AGO and {"ago", "since", "old"} & words and relation.at and not said.says_none:
        yield f"days since last({table}.{relation.at}) > {said.duration.split()[0] if said.duration else '30'}"


def _asked_of_value(noun: Noun, said: Said) -> Iterator[str]:
    """The constructs that words ask for, of a value."""
    words, name = {w.lower() for w in said.words}, noun.text
    if words & _EMPTY and noun.field is not None:
        yield from (f"{name} is missing", f"{name} is not missing")
    is_excepted = isinstance(noun.type, ty.Enum) and (
        words & {"neither", "nor", "without"}
        or any(value_of(noun.type, w) == said.value(noun.type) for w in said.excepted)
    )
    if is_excepted and isinstance(noun.type, ty.Enum):
        values = [said.value(noun.type), *(v for v in noun.type.values if v != said.value(noun.type))][:2]
        yield f"{name} not in ({', '.join(f'{chr(34)}{v}{chr(34)}' for v in values)})"
    share = next((n for n in said.numbers if n.endswith("%")), "")
    if words & _TOGETHER and share and (noun.type is None or ty.is_numeric(noun.type)):
        yield f"cumulative_share({name}) < {share}"
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
        if said.says_change:
            border = f"> {share or '20%'}" if said.says_rise else f"< -{share or '20%'}"
            yield f"change({name}, {said.duration or '28 days'}, floor: 0) {border}"


_PARTS_OF_TEXT = {
    **dict.fromkeys(("contain", "contains", "containing", "include", "includes", "including"), "contains"),
    **dict.fromkeys(("starts", "begins", "starting", "beginning"), "starts with"),
    **dict.fromkeys(("ends", "ending"), "ends with"),
}


def _of_text(name: str, texts: Sequence[str], words: Container[str]) -> list[str]:
    """A text asked by its parts, where words say so, or as a whole; each of several."""
    case = " ignoring case" if "case" in words else ""
    part = next((test for word, test in _PARTS_OF_TEXT.items() if word in words), "")
    parts = " or ".join(f'{name} {part or "contains"} "{text}"{case}' for text in texts)
    whole = _equal(name, texts) + case
    return [parts, whole] if part else [whole, parts]


def _of_set(name: str, texts: Sequence[str], said: Said) -> list[str]:
    """A set with any, all or none of several texts."""
    several = ", ".join(f'"{text}"' for text in texts)
    if len(texts) == 1:
        return [f'{name} has "{texts[0]}"', f'{name} has none ("{texts[0]}")']
    if said.says_none:
        return [f"{name} has none ({several})", f"not ({name} has all ({several}))"]
    return [f"{name} has any ({several})", f"{name} has all ({several})"]


def _of_value(noun: Noun, said: Said) -> list[str]:
    name, duration = noun.text, said.duration or "30 days"
    text = (said.texts or ("abc",))[0]
    match noun.type:
        case ty.Boolean():
            return [name, f"not {name}"]
        case ty.Enum(values):
            value = said.value(noun.type)
            other = next((v for v in (*said.values(noun.type), *values) if v != value), value)
            if said.says_none or any(value_of(noun.type, w) == value for w in said.excepted):
                return [f'{name} != "{value}"', f'{name} not in ("{value}", "{other}")']
            both = _equal(name, said.values(noun.type) if len(said.values(noun.type)) > 1 else (value, other))
            return [f'{name} = "{value}"', both]
        case ty.Text():
            return _of_text(name, said.texts or (text,), said.words)
        case ty.SetOfText():
            return _of_set(name, said.texts or (text,), said)
        case ty.Version():
            return [f'{name} >= "{(said.numbers or said.texts or ("10.2",))[0]}"', f"{name} is missing"]
        case ty.Date() | ty.Timestamp() | ty.Moment():
            sign = "<" if said.sign.startswith("<") and not said.duration else ">"
            ahead = [f"{name} in next {duration}", f"{name} {sign} today"]
            back = [f"{name} in last {duration}", f"{name} < {duration} ago"]
            return back if noun.direction == "back" else ahead if noun.direction == "ahead" else [ahead[0], back[0]]
        case ty.Link():
            return [f"{name} is missing", f"{name} is not missing"]
        case ty.Money():
            usual = "10_000"
        case _:
            usual = "50%" if RATIOS & {*name.split("_")} else "10"
    shares = isinstance(noun.type, ty.Money | ty.Integer) or said.says_change  # a share of these is another number
    fitting = [n for n in said.numbers if not (shares and n.endswith("%"))] or [usual]
    number = max(fitting, key=_size) if isinstance(noun.type, ty.Money) else fitting[0]
    if usual == "50%" and re.fullmatch(r"\d+", number) and int(number) > 1:
        number += "%"
    sign = said.sign_of(number)
    return [f"{name} {sign} {number}", f"{name} {NEGATED[sign]} {number}"]


def _of_rows(table: str, scope: Scope, said: Said) -> list[str]:
    rows = RowsSaid.of(table, scope, said)
    has_time = scope.tables[table].at is not None
    if has_time and said.several_durations:
        return []  # a line with the wrong one would be taken for what is meant
    if not has_time and said.duration:  # of a day that they have, or not at all: `none(users)` says too much
        days = [n for n, f in scope.tables[table].fields.items() if isinstance(f.type, ty.Date | ty.Timestamp)]
        if len(days) != 1:
            return []
        rows = replace(rows, conditions=(*rows.conditions, f"{days[0]} {said.window}"))
    is_asked = bool(said.duration) or not rows.conditions
    any_or_none = f"{'none' if said.says_none else 'any'}({rows.text(said.window if has_time and is_asked else '')})"
    window = said.window if has_time and is_asked and (said.duration or not said.numbers) else ""
    if rows.figure:
        usual = "10_000" if rows.is_money else "10"
        return [any_or_none, f"{rows.of_figure(window)} {said.sign} {next(iter(said.numbers), usual)}"]
    count = next((n for n in rows.numbers if n.isdigit()), "3")
    sign = (
        "="
        if count == "0"
        else said.sign
        if rows.numbers == said.numbers and len(said.numbers) < 2
        else said.sign_of(count)
    )
    return [any_or_none, f"count({rows.text(window)}) {sign} {count}"]


def figures_of(table: str, scope: Scope, said: Said) -> list[str]:
    rows = RowsSaid.of(table, scope, said)
    window = said.window if said.duration and scope.tables[table].at is not None else ""
    if said.counts_days and scope.tables[table].at is not None:
        return [f"distinct_days({rows.text(window)})"]
    figure = [rows.of_figure(window)] if rows.figure else []
    return [*figure, f"count({rows.text(window)})"]


@dataclass(frozen=True)
class RowsSaid:
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
    def of(table: str, scope: Scope, said: Said) -> RowsSaid:
        relation = scope.tables[table]
        rows = scope.within(relation) if relation.kind == "entity" else Scope(scope.names, relation)
        roots = {root(w) for w in said.words}
        amount = rows.amount
        asks = (roots & _SUMS) or ({w.lower() for w in said.words} & AVERAGES)
        is_money = amount is not None and isinstance(amount.type, ty.Money)
        names_amount = amount is not None and ({*words_of(amount.text)} & roots or asks)
        conditions, numbers = [*_of_fields(relation, said, roots)], said.numbers
        figure = None
        if amount is not None and asks:
            figure = ("average" if {w.lower() for w in said.words} & AVERAGES else "sum", amount.text)
        elif amount is not None and names_amount and {"than", scope.relation.name} <= {w.lower() for w in said.words}:
            conditions.append(f"{amount.text} {said.sign} {scope.relation.name}.{amount.text}")
        elif amount is not None and names_amount and numbers:
            largest = max(numbers, key=_size)
            conditions.append(f"{amount.text} {said.sign_of(largest)} {largest}")
            numbers = tuple(n for n in numbers if n != largest)
        elif amount is not None and names_amount:
            figure = ("sum" if is_money else "average", amount.text)
        return RowsSaid(table, tuple(conditions), figure, is_money, numbers)

    def text(self, window: str) -> str:
        return " ".join(filter(None, (self.table, window, self._where)))

    def of_figure(self, window: str) -> str:
        assert self.figure is not None, "it has one"
        function, field = self.figure
        return f"{function}({' '.join(filter(None, (f'{self.table}.{field}', window, self._where)))})"

    @property
    def _where(self) -> str:
        return f"where {' and '.join(self.conditions)}" if self.conditions else ""


def _of_fields(relation: Relation, said: Said, roots: set[str]) -> Iterator[str]:
    """Yields conditions of the fields of rows whose values or names are said."""
    texts = list(said.texts)
    for name, field in relation.fields.items():
        if isinstance(field.type, ty.Enum) and (values := said.values(field.type)):
            texts = [t for t in texts if value_of(field.type, t) is None]
            excepted = {v for w in said.excepted if (v := value_of(field.type, w))}
            named = [v for v in values if v not in excepted]
            yield from [_equal(name, named)] if named else []
            yield from [_unequal(name, sorted(excepted))] if excepted else []
    for name, field in relation.fields.items():
        if isinstance(field.type, ty.Text) and not field.key and texts and {*words_of(name)} <= roots:
            mentions = {w.lower() for w in said.words} & MENTIONS
            yield f'{name} contains "{texts[0]}"' if mentions else _equal(name, texts)
            texts = []


def _size(number: str) -> float:
    return float(number.strip("%").replace("_", ""))


def _unequal(name: str, values: Sequence[str]) -> str:
    return _equal(name, values).replace(" = ", " != ", 1).replace(" in ", " not in ", 1)


def _equal(name: str, values: Sequence[str]) -> str:
    if len(values) == 1:
        return f'{name} = "{values[0]}"'
    return f"{name} in ({', '.join(f'{chr(34)}{v}{chr(34)}' for v in values)})"
