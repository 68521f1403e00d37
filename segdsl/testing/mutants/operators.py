"""Mutation operators: a fixed list of small mistakes in a rule's syntax tree, as edits of its text.

Each operator is a function from a node and its surroundings to replacements; `OPERATORS` lists them in the order of
reports. The list has the classic operators (Offutt et al., "An experimental determination of sufficient mutant
operators", 1996: relational, logical, absolute value and constant replacement), and operators for windows, rows and
missing values.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from fractions import Fraction

from segdsl.diagnostics import Span
from segdsl.lang import tree
from segdsl.testing.customers.block_text import decimal, quoted

Edits = Iterator[tuple[Span, str]]


@dataclass(frozen=True, slots=True)
class Mutation:
    """One edit: `replacement` takes the place of `span`.

    `name`: the declaration.
    `context`: the condition around the edit.
    """

    operator: str
    name: str
    span: Span
    replacement: str
    context: Span

    @property
    def texts(self) -> tuple[str, str]:
        """Text of the condition before and after, each on one line."""
        whole, text = self.context, self.context.source.text
        after = text[whole.start : self.span.start] + self.replacement + text[self.span.end : whole.end]
        return " ".join(whole.text.split()), " ".join(after.split())


@dataclass(frozen=True)
class Place:
    """A node with its ancestors, innermost last; `enums` maps a value to the next of its enum."""

    node: tree.Node
    above: tuple[tree.Node, ...]
    enums: Mapping[str, str]

    @property
    def parent(self) -> tree.Node | None:
        return self.above[-1] if self.above else None


def mutations(declaration: tree.Declaration, enums: Mapping[str, str]) -> Iterator[Mutation]:
    """All mutations of a declaration, in the order of the text, without those that change nothing."""
    assert not isinstance(declaration, tree.Test | tree.Property | tree.Suppress | tree.HeldOut)
    seen: set[tuple[int, int, str]] = set()
    for place in _places(declaration, (), enums):
        for name, operator in OPERATORS.items():
            for span, text in operator(place):
                key = (span.start, span.end, text)
                if text != span.text and key not in seen:
                    seen.add(key)
                    yield Mutation(name, declaration.name.text, span, text, _around(place, span))


_CONDITIONS = (
    tree.Compare,
    tree.Between,
    tree.IsMissing,
    tree.InValues,
    tree.InName,
    tree.InPeriod,
    tree.Has,
    tree.TextTest,
    tree.Aggregate,
    tree.Band,
)


def _around(place: Place, span: Span) -> Span:
    """The innermost condition around a change, or the change itself."""
    for node in (place.node, *reversed(place.above)):
        if isinstance(node, _CONDITIONS) and node.span.start <= span.start and span.end <= node.span.end:
            return node.span
    return span


def _places(node: tree.Node, above: tuple[tree.Node, ...], enums: Mapping[str, str]) -> Iterator[Place]:
    yield Place(node, above, enums)
    for part in fields(node):
        value = getattr(node, part.name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, tree.Node):
                yield from _places(item, (*above, node), enums)


# -- constants ----------------------------------------------------------------------------


def threshold(p: Place) -> Edits:
    """A number plus and minus one, and plus and minus a tenth; a date a day later and earlier."""
    if isinstance(p.node, tree.Date) and p.node.value is not None and not isinstance(p.parent, tree.Meta):
        for days in (1, -1):
            yield p.node.span, (p.node.value + dt.timedelta(days=days)).isoformat()
    if not isinstance(p.node, tree.Number) or isinstance(
        p.parent, tree.Rows | tree.Setting | tree.Argument | tree.Flag
    ):
        return
    value, step = p.node.value, Fraction(1, p.node.denominator if p.node.percent or p.node.denominator > 1 else 1)
    steps = [step, -step]
    if abs(value) >= 20 * step:
        tenth = Fraction(int(value / step / 10)) * step
        steps += [tenth, -tenth]
    for by in steps:
        yield p.node.span, _number(value + by, p.node.percent)


def _number(value: Fraction, percent: bool) -> str:
    return decimal(value * 100) + "%" if percent else decimal(value)


def enum_value(p: Place) -> Edits:
    """Another value of the same field; another text."""
    if isinstance(p.node, tree.Text) and any(
        isinstance(a, tree.Compare | tree.InValues | tree.Has | tree.TextTest) for a in p.above
    ):
        yield p.node.span, quoted(p.enums.get(p.node.value, p.node.value + "x"))


def list_member(p: Place) -> Edits:
    """A list without one of its values; after `in`, with one more of the field's values."""
    if not isinstance(p.node, tree.Values) or isinstance(p.parent, tree.EnumType | tree.Cell):
        return
    items = [item.span.text for item in p.node.items]
    for i in range(len(items)) if len(items) > 1 else ():
        yield p.node.span, f"({', '.join(items[:i] + items[i + 1 :])})"
    values = [item.value for item in p.node.items if isinstance(item, tree.Text)]
    more = next((n for v in reversed(values) if (n := p.enums.get(v)) is not None and n not in values), None)
    if more is not None and isinstance(p.parent, tree.InValues):
        yield p.node.span, f"({', '.join([*items, quoted(more)])})"


# -- comparisons and logic -------------------------------------------------------------------

_FLIPS = {">=": (">", "<"), ">": (">=", "<="), "<": ("<=", ">="), "<=": ("<", ">"), "=": ("!=",), "!=": ("=",)}


def comparison(p: Place) -> Edits:
    """`>=` to `>` and to `<`, and so on; `between` negated."""
    if isinstance(p.node, tree.Compare):
        between = Span(p.node.span.source, p.node.left.span.end, p.node.right.span.start)
        for op in _FLIPS[p.node.op]:
            yield between, re.sub(r"[<>=!]+", op, between.text, count=1)
    elif isinstance(p.node, tree.Between):
        yield from _reworded(
            p.node,
            p.node.subject,
            r"\bnot\s+between\b" if p.node.negated else r"\bbetween\b",
            "between" if p.node.negated else "not between",
        )


def and_or(p: Place) -> Edits:
    """`and` to `or`, `or` to `and`."""
    if isinstance(p.node, tree.And | tree.Or):
        yield (
            p.node.span,
            "(" + f" {'or' if isinstance(p.node, tree.And) else 'and'} ".join(i.span.text for i in p.node.items) + ")",
        )


def negation(p: Place) -> Edits:
    """A `not` dropped, or added to a bare condition."""
    match p.node:
        case tree.Not(_, item):
            yield p.node.span, item.span.text
        case tree.InValues() | tree.InName():
            yield from _reworded(
                p.node,
                p.node.subject,
                r"\bnot\s+in\b" if p.node.negated else r"\bin\b",
                "in" if p.node.negated else "not in",
            )
        case tree.IsMissing(_, subject, negated):
            yield from _reworded(
                p.node, subject, r"\bis\s+not\b" if negated else r"\bis\b", "is" if negated else "is not"
            )
        case tree.Has() | tree.TextTest() | tree.InPeriod():
            yield p.node.span, f"not ({p.node.span.text})"
        case tree.Path() if _is_condition(p) and not isinstance(p.parent, tree.Not):
            yield p.node.span, f"not {p.node.span.text}"
        case _:
            pass


def _is_condition(p: Place) -> bool:
    """Whether a name stands where only a condition can."""
    match p.parent:
        case tree.And() | tree.Or():
            return True
        case tree.Rows() as rows:
            return p.node is rows.where or p.node is rows.having
        case tree.If() as chosen:
            return p.node is chosen.condition
        case tree.Arm() as arm:
            return p.node is arm.condition
        case tree.Segment() | tree.Segmentation() as rule:
            return p.node is rule.where
        case tree.Bracketed():
            return _is_condition(Place(p.parent, p.above[:-1], p.enums))
        case _:
            return False


def _reworded(node: tree.Node, subject: tree.Node, old: str, new: str) -> Edits:
    rest = Span(node.span.source, subject.span.end, node.span.end)
    yield rest, re.sub(old, new, rest.text, count=1)


def clause_dropped(p: Place) -> Edits:
    """One condition fewer; a population, `where` or `having` dropped."""
    if isinstance(p.node, tree.And | tree.Or):
        for i, item in enumerate(p.node.items):
            if not _is_guard(item):
                yield _without_item(p.node, i)
    elif isinstance(p.node, tree.Rows):
        yield from _without_words(p.node.span, "where", p.node.where)
        yield from _without_words(p.node.span, "having", p.node.having)
    elif isinstance(p.node, tree.Segment | tree.Segmentation):
        yield from _without_words(p.node.span, "where", p.node.where)


def guard_dropped(p: Place) -> Edits:
    """An `is missing` or `is not missing` fewer; the `missing` of `bands` dropped."""
    if isinstance(p.node, tree.And | tree.Or):
        for i, item in enumerate(p.node.items):
            if _is_guard(item):
                yield _without_item(p.node, i)
    elif isinstance(p.node, tree.Bands):
        for band in p.node.bands:
            if band.kind == "missing":
                text, start = p.node.span.source.text, band.span.start
                before = re.search(r",\s*$", text[p.node.span.start : start])
                begin = p.node.span.start + before.start() if before else start
                yield Span(p.node.span.source, begin, band.span.end), ""


def _is_guard(item: tree.Node) -> bool:
    return isinstance(item.item if isinstance(item, tree.Not | tree.Bracketed) else item, tree.IsMissing)


def _without_item(node: tree.And | tree.Or, i: int) -> tuple[Span, str]:
    """Span of an item and of the word that joins it to its neighbour."""
    items, source = node.items, node.span.source
    start = items[i - 1].span.end if i else items[0].span.start
    end = items[i].span.end if i else items[1].span.start
    return Span(source, start, end), ""


def _without_words(span: Span, word: str, condition: tree.Node | None) -> Edits:
    if condition is not None:
        before = span.source.text[span.start : condition.span.start]
        start = span.start + len(before[: before.rindex(word)].rstrip())
        yield Span(span.source, start, condition.span.end), ""


# -- time -------------------------------------------------------------------------------------


def window_resized(p: Place) -> Edits:
    """A duration one unit longer and one shorter."""
    if isinstance(p.node, tree.Duration) and not isinstance(p.parent, tree.Meta | tree.Table):
        for count in (p.node.count + 1, p.node.count - 1):
            if count > 0:
                yield p.node.span, re.sub(r"[0-9][0-9_]*", str(count), p.node.span.text, count=1)


def window_shifted(p: Place) -> Edits:
    """A window of equal length one unit earlier or later; another calendar period."""
    if not isinstance(p.node, tree.Window):
        return
    window, span = p.node, p.node.span
    if window.kind == "calendar" and window.words is not None:
        for which in ("this", "last", "next"):
            yield span, re.sub(rf"\b{window.words[0]}\b", which, span.text, count=1)
    ends = [e for e in (window.start, window.end) if e is not None]
    if window.kind == "between" and all(isinstance(e, tree.Ago) for e in ends):
        yield span, re.sub(r"[0-9][0-9_]*(?= \w+ ago)", lambda m: str(int(m[0]) + 1), span.text)
    elif window.duration is not None and isinstance(p.parent, tree.Rows):
        n, unit = window.duration.count, window.duration.unit
        yield (
            span,
            (
                f"from {n + 1} {unit}s ago until 1 {unit} ago"
                if window.kind == "last"
                else f"from 1 {unit} from now until {n + 1} {unit}s from now"
            ),
        )
    elif window.duration is not None and isinstance(p.parent, tree.InPeriod):
        n, unit, subject = window.duration.count, window.duration.unit, p.parent.subject.span.text
        start, end = (
            (f"{n + 1} {unit}s ago", f"1 {unit} ago")
            if window.kind == "last"
            else (f"1 {unit} from now", f"{n + 1} {unit}s from now")
        )
        yield p.parent.span, f"({subject} >= {start} and {subject} < {end})"


def last_next(p: Place) -> Edits:
    """Past and future exchanged: `in last` and `in next`, `since` and `until`."""
    swaps = {"last": "next", "next": "last"}
    if isinstance(p.node, tree.Window) and p.node.kind in swaps:
        yield p.node.span, re.sub(rf"\b{p.node.kind}\b", swaps[p.node.kind], p.node.span.text, count=1)
    elif isinstance(p.node, tree.Elapsed):
        old, new = ("since", "until") if p.node.sign > 0 else ("until", "since")
        head = Span(p.node.span.source, p.node.span.start, p.node.moment.span.start)
        yield head, head.text.replace(old, new)


# -- rows --------------------------------------------------------------------------------------

_QUANTIFIERS = {"any": ("none", "all"), "none": ("any",), "all": ("any", "none")}
_FUNCTIONS = {
    "sum": ("average", "max"),
    "average": ("sum", "median"),
    "median": ("average",),
    "min": ("max",),
    "max": ("min",),
    "first": ("last",),
    "last": ("first",),
    "count": ("distinct_days",),
    "count_distinct": ("count",),
    "distinct_days": ("count",),
}


def quantifier(p: Place) -> Edits:
    """`any`, `none` and `all` exchanged; `any(… where c)` as `all(… having c)`."""
    if isinstance(p.node, tree.Aggregate):
        function, rows = p.node.function, p.node.rows
        for word in _QUANTIFIERS.get(function.text, ()):
            yield function.span, word
        if function.text == "any" and rows.where is not None and rows.having is None:
            head = Span(function.span.source, function.span.start, rows.where.span.start)
            yield head, "all" + re.sub(r"\bwhere(\s*)$", r"having\1", head.text[len("any") :])


def aggregate(p: Place) -> Edits:
    """Another function over the same rows."""
    if isinstance(p.node, tree.Aggregate):
        for word in _FUNCTIONS.get(p.node.function.text, ()):
            yield p.node.function.span, word


def latest(p: Place) -> Edits:
    """`latest N` with one row more and one fewer."""
    if isinstance(p.node, tree.Rows) and p.node.latest is not None:
        for count in (p.node.latest.numerator + 1, p.node.latest.numerator - 1):
            if count > 0:
                yield p.node.latest.span, str(count)


# -- arms ---------------------------------------------------------------------------------------


def arm_order(p: Place) -> Edits:
    """Two neighbouring arms exchanged."""
    if isinstance(p.node, tree.Segmentation):
        for first, second in zip(p.node.arms, p.node.arms[1:]):
            span = first.span.to(second.span)
            middle = span.source.text[first.span.end : second.span.start]
            yield span, second.span.text + middle + first.span.text


def rest_arms(p: Place) -> Edits:
    """`undecided` dropped; `undecided` and `otherwise` exchanged."""
    if isinstance(p.node, tree.Segmentation) and p.node.undecided is not None:
        one, other = p.node.undecided, p.node.otherwise
        yield one.span, ""
        span = one.name.span.to(other.name.span)
        yield span, other.name.text + span.source.text[one.name.span.end : other.name.span.start] + one.name.text


def keeping(p: Place) -> Edits:
    """A `keep` or `stay` dropped; the end of this period for that of the next, and the other way round."""
    if isinstance(p.node, tree.Keep):
        yield p.node.span, ""
        if p.node.words is not None:
            which, calendar, period = p.node.words
            other = "this" if which == "next" else "next"
            yield p.node.span, f"keep until end of {other} {calendar} {period}"


Operator = Callable[[Place], Edits]
OPERATORS: Mapping[str, Operator] = {
    "threshold": threshold,
    "comparison": comparison,
    "and/or": and_or,
    "negation": negation,
    "clause dropped": clause_dropped,
    "guard dropped": guard_dropped,
    "window resized": window_resized,
    "window shifted": window_shifted,
    "last/next": last_next,
    "any/none/all": quantifier,
    "aggregate": aggregate,
    "latest N": latest,
    "arm order": arm_order,
    "undecided/otherwise": rest_arms,
    "keeping": keeping,
    "enum value": enum_value,
    "list member": list_member,
}
