"""Rules as English sentences, to be read aloud."""

from __future__ import annotations

import datetime as dt
import re
import string
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from segdsl import ops
from segdsl.diagnostics import series
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model import versions
from segdsl.model.clock import Clock, day
from segdsl.model.segment import Arm, Limit, Metric, Model, Segment, Segmentation
from segdsl.words.headers import singular
from segdsl.words.plural import plural

_VERBS = {"=": "is", "!=": "is not", "<": "is below", "<=": "is at most", ">": "is above", ">=": "is at least"}
_TIME_VERBS = {
    "=": "is",
    "!=": "is not",
    "<": "is before",
    "<=": "is not after",
    ">": "is after",
    ">=": "is not before",
}
_TEXT_VERBS = {
    "matches": "matches the pattern",
    "contains word": "contains the word",
    "contains pattern": "contains the pattern",
}
_FUNCTIONS = {
    k.Function.SUM: "the sum of",
    k.Function.AVERAGE: "the average of",
    k.Function.MEDIAN: "the median of",
    k.Function.MIN: "the smallest",
    k.Function.MAX: "the largest",
    k.Function.COUNT_DISTINCT: "the number of different",
    k.Function.MOST_COMMON: "the most common",
}


def of_rule(rule: Segment | Segmentation) -> list[str]:
    """Says a rule in sentences: its population, then each arm in order."""
    who = _many(rule.entity) + (f" for which {_if(rule.where)}" if rule.where is not None else "")
    if isinstance(rule, Segment):
        return [f"Of {who}: those for which {_if(rule.condition)}{_limited(rule.limit)}."]
    lines = [f"Of {who}, each goes to the first that fits:"]
    if rule.override is not None:
        lines.append(f"- the arm that the list {_words(rule.override.relation)} names;")
    lines += [f"- {_name(a)}, if {whom(a)}{_limited(a.limit)};" for a in rule.arms]
    if rule.undecided is not None:
        lines.append(f"- {_name(rule.undecided)}, if what decides is missing;")
    return [*lines, f"- {_name(rule.otherwise)}, if none does."]


def of_arm(rule: Segmentation, arm: Arm) -> str:
    """Says one arm of a segmentation in a sentence."""
    who = _many(rule.entity) + (f" for which {_if(rule.where)}" if rule.where is not None else "")
    if arm.condition is None:
        why = "for whom what decides is missing" if arm == rule.undecided else "whom no other arm takes"
        return f"Of {who}: those {why}."
    before = [_name(a) for a in rule.arms[: rule.arms.index(arm)]]
    unless = f", unless {series(before, 'or')} takes them" if before else ""
    return f"Of {who}: those for which {whom(arm)}{_limited(arm.limit)}{unless}."


def whom(arm: Arm) -> str:
    """Says the condition of an arm, and how long it keeps those who were in it."""
    assert arm.condition is not None
    if arm.by_data is None:
        return _if(arm.condition)
    how_long = series([_Words(dict(clause.args))["kept"] for clause in arm.keeps], "and")
    return f"{_if(arm.by_data)}; whoever the run before had in it is kept {how_long}"


def of_metric(metric: Metric) -> str:
    """Says a metric, as in `Seat use (“Share of the seats in use”) of each account: the …`."""
    title = f" (“{metric.title}”)" if metric.title else ""
    return f"{_words(metric.name).capitalize()}{title} of each {_one(metric.entity)}: {say(metric.body)}."


def periods(model: Model, roots: Iterable[k.Expr], clock: Clock) -> list[str]:
    """Says the dates of windows, as in `in the last 30 days: from 2 Oct 2026 until 1 Nov 2026`; not of those that rows decide.

    These are the windows of the roots and of the metrics and rules that they read. Those that are read as of another day say so.
    """
    said: dict[str, str] = {}
    for e, then in _at_their_times(model, roots, clock):
        window = e.rows.window if isinstance(e, k.Aggregate) else None
        if isinstance(e, k.Named) and e.phrase == "in_period":
            bounds = [b.right for b in k.children(e.body) if isinstance(b, k.Compare)]
            window, text = k.Window(*bounds), _period_of(str(dict(e.args)["period"]))
        elif window is not None:
            text = _window(window)
        if window is None or window.start is None or window.end is None:
            continue
        start, end = then.constant(window.start), then.constant(window.end)
        if start is not None and end is not None:
            text += "" if then == clock else f" (as of {_moment(then.now, clock)})"
            said[text] = f"{text}: from {_moment(start, clock)} until {_moment(end, clock)}"
    return list(said.values())


def _at_their_times(model: Model, roots: Iterable[k.Expr], clock: Clock) -> Iterator[tuple[k.Expr, Clock]]:
    """Yields what a sentence mentions and what that reads, each with the clock by which its days are counted.

    What a phrase reads as of other times is left out, as are the runs that a clause of keeping reads: no sentence mentions them.
    """
    todo = [(root, clock) for root in roots]
    visited = set[tuple[str, Clock]]()
    unsaid = set[k.Expr]()
    while todo:
        root, then = todo.pop(0)
        for e in k.walk(root):
            if isinstance(e, k.Named) and e.args:
                mentioned = {n for _, arg in e.args if not isinstance(arg, str) for n in k.walk(arg)}
                own = k.deep(e.body) if e.phrase == "keep" else (n for n in k.walk(e.body) if isinstance(n, k.At))
                unsaid |= {n for n in own if n not in mentioned}
            if (e in unsaid and e.span is None) or (isinstance(e, k.At) and e in unsaid):
                continue
            yield e, then
            if isinstance(e, k.At):
                moment = then.constant(e.moment)
                if moment is not None:
                    now = moment if isinstance(moment, dt.datetime) else then.start_of_day(moment)
                    todo.append((e.item, Clock(now, then.zone)))
                continue
            todo += [(part, then) for part in k.elsewhere(e)]
            if isinstance(e, k.MetricOf | k.Member | k.Tally) and (e.name, then) not in visited:
                visited.add((e.name, then))
                todo += [(part, then) for part in model.definition(e.name)]


def _moment(value: dt.date, clock: Clock) -> str:
    if not isinstance(value, dt.datetime):
        return day(value)
    local = clock.local(value)
    return day(local) + (f" {local:%H:%M}" if local.time() != dt.time() else "")


def _name(arm: Arm) -> str:
    return f"“{arm.title}”" if arm.title else _words(arm.name)


def _limited(limit: Limit | None) -> str:
    if limit is None:
        return ""
    group = f" of each {_bare(say(limit.group))}" if limit.group is not None else ""
    ties = f", equals in the order of {', then '.join(map(say, limit.ties))}" if limit.ties else ""
    return f", but only the {limit.count:,} with the largest {_bare(say(limit.by))}{ties}{group}"


def say(e: k.Expr) -> str:
    """Says an expression in words, with brackets wherever `and` and `or` could be confused."""
    match e:
        case k.Literal_(value=value):
            return _figure(value, e.type)
        case k.Missing(because=because):
            return f"missing ({because})" if because else "missing"
        case k.Column(row=row, name=name):
            return f"{_whose(row)}{_words(name)}"
        case k.MetricOf(row=row, name=name):
            return f"{_whose(row)}{_words(name)}"
        case k.Member():
            return _member(e, "is")
        case k.Tally(name=name):
            return f"the number of customers in {_words(name)}"
        case k.AsOf(type=typed):
            return "today" if typed == ty.DATE else "now"
        case k.StartOf(period=period, offset=offset):
            return f"the start of {_which(offset)} {period}"
        case k.Shift(moment=moment, count=count, unit=unit):
            return _shifted(moment, count, unit)
        case k.StartOfDay(date=date):
            return say(date)
        case k.DateOf(moment=moment):
            return say(moment)
        case k.Elapsed(unit=unit, start=start, end=end):
            return _elapsed(unit, start, end)
        case k.BusinessDays(calendar=calendar, start=start, end=end):
            when = f"since {say(start)}" if isinstance(end, k.AsOf) else f"from {say(start)} to {say(end)}"
            return f"the number of business days ({_words(calendar.name)}) {when}"
        case k.PartOf(part=part, date=date):
            return f"the {'day of the month' if part == 'day' else part} of {say(date)}"
        case k.Arithmetic(op=op, left=left, right=right):
            sign = {"+": "plus", "-": "minus", "*": "times", "/": "divided by"}[op]
            return f"{_operand(left)} {sign} {_operand(right)}"
        case k.Rounded(item=item):
            return say(item)
        case k.Distance(places=places):
            return "the distance in km between " + ", ".join(map(say, places))
        case k.RoundTo(item=item):
            return f"{say(item)}, rounded"
        case k.SizeOf(subject=subject):
            return f"the number of {say(subject)}"
        case k.Split(salt=salt, by=by):
            return f'the share drawn for {say(by)} by the salt "{salt}"'
        case k.Compare():
            return _comparison(e)
        case k.IsMissing(item=item):
            return f"{say(item)} is missing"
        case k.OneOf(item=item, values=values, listed=listed):
            alternatives = _list(listed) or _either([_figure(v, item.type) for v in values])
            return f"{say(item)} is {'on ' if listed else ''}{alternatives}{_ignoring(e.ignoring)}"
        case k.TextTest(op=op, subject=subject, patterns=patterns, listed=listed):
            verb = _TEXT_VERBS.get(op, op)
            texts = f"something on {_list(listed)}" if listed else _either([say(p) for p in patterns])
            if e.each is not None:
                some = "one" if e.each == "any" else "none"
                return f"{say(subject)} have {some} that {verb} {texts}{_ignoring(e.ignoring)}"
            return f"{say(subject)} {verb} {texts}{_ignoring(e.ignoring)}"
        case k.SetTest(mode=mode, subject=subject, values=values, listed=listed, item=item):
            owned = say(subject)
            verb = "include" if _is_many(owned) else "includes"
            if item is not None:
                return f"{owned} {verb} {say(item)}{_ignoring(e.ignoring)}"
            texts = _list(listed) or ", ".join(f"“{v}”" for v in values)
            quantity = f"{mode} of " if len(values) != 1 or mode != "any" else ""
            return f"{owned} {verb} {quantity}{texts}{_ignoring(e.ignoring)}"
        case k.Not(item=item):
            return _negated(item)
        case k.And(items=items):
            return (", and " if len(items) > 2 else " and ").join(_clause(i) for i in items)
        case k.Or(items=items):
            return (", or " if len(items) > 2 else " or ").join(_clause(i) for i in items)
        case k.If(condition=condition, then=then, otherwise=otherwise):
            return f"{say(then)} if {_if(condition)}, else {say(otherwise)}"
        case k.Aggregate():
            return _aggregate(e)
        case k.Standing(of=of, value=value):
            return f"how {say(value)} stands ({of.replace('_', ' ')})"
        case k.At(item=item, moment=moment, ahead=ahead):
            return f"{say(item)}" if ahead else f"{_operand(item)} (as of {_as_of(moment)})"
        case k.Named():
            return _phrase(e)
        case _:
            assert_never(e)


# -- phrases of the library --------------------------------------------------------------


@dataclass(frozen=True)
class _Words:
    """The words that a phrase's English refers to: its arguments, and the rows of an argument."""

    args: dict[str, k.Expr | str]

    def __getitem__(self, key: str) -> str:
        if key == "score parts":
            named = {n.removeprefix("part "): v for n, v in self.args.items() if n.startswith("part ")}
            weighed = [f"{_words(n)} with weight {self[f'weight {n}']} ({_said(v)})" for n, v in named.items()]
            return series(weighed, "and")
        if key == "missing parts":
            return {
                "share": f"the weights of missing parts, up to {self['amount']} in all, fall to the others",
                "unknown": "missing if a part is missing",
                "count": f"a missing part counts as {self['amount']}",
            }[str(self.args[key])]
        if key == "caps":
            caps = [
                (self[f"most {n}"], self.args[f"cap {n}"])
                for n in [n.removeprefix("cap ") for n in self.args if n.startswith("cap ")]
            ]
            said = [f"at most {most} if {_if(condition)}" for most, condition in caps if not isinstance(condition, str)]
            return "".join(f"; {cap}" for cap in said)
        if key == "kept":
            return next(_how_long(what, clause) for what, clause in self.args.items() if what != "arm")
        if key == "bands":
            return ", ".join(_band(label, _said(v)) for label, v in self.args.items() if label != "subject")
        if key == "throughout":
            unit, over = self.args["unit"], str(self.args["over"])
            on = "on" if unit == "day" else "in"
            return f"{on} the last {unit}" if over == f"1 {unit}" else f"{on} every {unit} of the last {over}"
        if key == "on":
            return "on" if self.args["unit"] == "day" else "in"
        if key == "among group":
            return self["per group"].replace(" of the same", " among those of the same", 1)
        if key == "per group":
            group = self.args.get("group")
            ties = f", equals in the order of {self.args['ties']}" if "ties" in self.args else ""
            return (f" of the same {_bare(say(group))}" if isinstance(group, k.Expr) else "") + ties
        if key.endswith("rows of some"):
            some = self.args["some"]
            if not isinstance(some, k.Aggregate):
                return str(some)
            if key == "all rows of some":
                return f"all {_rows(some.rows, None)}" if some.rows.latest is None else _each(some.rows)
            return _no(some.rows, some.value) if key == "no rows of some" else _rows(some.rows, some.value)
        value = self.args[key]
        if isinstance(value, str):
            return _period_of(value) if key == "period" else value
        return _clause(value) if value.type == ty.BOOLEAN else _operand(value)


def _how_long(what: str, clause: k.Expr | str) -> str:
    """Says how long an arm keeps a customer, as in `until health is at least 60` or `for at least 14 days`."""
    if not isinstance(clause, str):
        return f"until {_clause(clause)}"
    if what == "at least":
        return f"for at least {clause}"
    *_, which, calendar, period = clause.split() if clause.startswith("until") else ("",) * 3
    if not period:
        return f"{clause} after the last run by whose data it was in"
    period = f"{'fiscal ' if calendar == 'fiscal' else 'calendar ' if period == 'year' else ''}{period}"
    of = f"the {period} of" if which == "this" else f"the {period} after that of"
    return f"until the end of {of} the last run by whose data it was in"


def _band(label: str, value: str) -> str:
    """Says a band, as in `“red” under 1,000`, from its label as written."""
    border = re.sub(r"(?<=\d)_(?=\d)", ",", re.sub(r"(?<=\d)%", " %", label))
    return {"otherwise": f"else {value}", "missing": f"{value} if it is missing"}.get(label, f"{value} {border}")


def _period_of(text: str) -> str:
    """Says a period as written, as in `in the next 90 days`."""
    return re.sub(r"^in (last|next) ", r"in the \1 ", text)


def _said(arg: k.Expr | str) -> str:
    return arg if isinstance(arg, str) else say(arg)


def _phrase(e: k.Named) -> str:
    phrase = ops.phrases().get(e.phrase)
    if e.phrase == "listed":
        args = dict(e.args)
        return f"the {args['subject']} is on {_list(str(args['list']))}"
    if _is_place(e) and isinstance(e.body, k.If) and isinstance(e.body.condition, k.Compare):
        return say(e.body.condition.left)
    if phrase is None or not e.args:
        return say(e.body)
    args = dict(e.args)
    if e.phrase == "same" and isinstance(args["b"], k.Literal_):
        return f"{_said(args['a'])} is {_said(args['b'])}"
    words = _Words(args | _chosen_from(e))
    return "".join(
        text + (words[name] if name is not None else "")
        for text, name, _, _ in string.Formatter().parse(phrase.english)
    )


def _chosen_from(e: k.Named) -> dict[str, k.Expr | str]:
    """Says the values of which a phrase takes one, as in `seats and 10`, and which one it takes."""
    if e.phrase not in ("larger", "smaller", "first_known"):
        return {}
    values, rest = [], e.body
    while isinstance(rest, k.If) and rest.span is None:  # one that is written is a value
        values.append(rest.otherwise)
        rest = rest.then
    values = [*values, rest] if e.phrase == "first_known" else [rest, *reversed(values)]
    which = {"larger": ("larger", "later"), "smaller": ("smaller", "earlier")}.get(e.phrase, ("", ""))
    extreme = which[ty.is_time(e.type)]
    return {
        "values": series([_operand(v) for v in values], "and"),
        "extreme": extreme if len(values) == 2 else _MOST.get(extreme, ""),
    }


_MOST = {"larger": "largest", "smaller": "smallest", "later": "latest", "earlier": "earliest"}


# -- rows -----------------------------------------------------------------------------------


def _aggregate(e: k.Aggregate) -> str:
    rows = e.rows
    match e.function:
        case k.Function.ANY:
            return _some(rows, e.value)
        case k.Function.COUNT:
            if rows.latest is not None and e.value is not None:
                return f"the number where {_clause(e.value)} among {_among(rows)}"
            return f"the number of {_rows(rows, e.value)}"
        case k.Function.TIMES_OF_COMMONEST:
            assert e.value is not None
            return f"how many {_rows(rows, None)} have the most common {say(e.value)}"
        case k.Function.SHARE:
            if e.value is None:
                return "the share"
            return (
                f"the share of {_rows(rows, None)} where {_clause(e.value)}"
                if rows.where is None and rows.latest is None
                else f"the share where {_clause(e.value)} among {_among(rows)}"
            )
        case k.Function.PICK:
            assert e.value is not None
            return f"{_picked(e.value)} of {_latest(rows)}"
        case k.Function.COUNT_DISTINCT:
            assert e.value is not None
            counted = _days(e.value)
            return f"{_FUNCTIONS[e.function]} {counted} {'with' if counted == 'days' else 'of'} {_rows(rows, None)}"
        case k.Function.SUM | k.Function.AVERAGE | k.Function.MEDIAN | k.Function.MIN | k.Function.MAX:
            assert e.value is not None
            return f"{_FUNCTIONS[e.function]} {_after(e.function, say(e.value))} of {_rows(rows, None)}"
        case k.Function.MOST_COMMON:
            assert e.value is not None
            value = _bare(say(e.value))
            return f"{_FUNCTIONS[e.function]} {value} of {_rows(rows, None)}"


def _some(rows: k.Rows, having: k.Expr | None) -> str:
    """Says that there is a row, as in `there are users where …` or `the latest survey is one where nps is at most 6`."""
    if rows.latest is None or having is None:
        return f"there are {_rows(replace(rows, latest=None), having).removeprefix('all ')}"
    if rows.latest > 1:
        return f"at least one of {_rows(rows, None)} is one where {_clause(having)}"
    return f"{_latest(rows)} is one where {_clause(having)}"


def _no(rows: k.Rows, having: k.Expr | None) -> str:
    """Says that there is no row, as in `there are no users where …` or `none of the latest 3 surveys is one where …`."""
    if rows.latest is None or having is None:
        return f"there are no {_rows(replace(rows, latest=None), having)}"
    if rows.latest > 1:
        return f"none of {_rows(rows, None)} is one where {_clause(having)}"
    return f"it is not so that {_latest(rows)} is one where {_clause(having)}"


def _each(rows: k.Rows) -> str:
    return f"each of {_rows(rows, None)}" if rows.latest != 1 else _latest(rows)


def _among(rows: k.Rows) -> str:
    return _rows(rows, None) if rows.latest != 1 else _latest(rows)


def _latest(rows: k.Rows) -> str:
    """Says the one row that comes last, or first, as in `the latest survey` or `the latest of the account's surveys`."""
    which = "first" if rows.earliest else "latest"
    every = replace(rows, latest=None)
    return f"the {which} of {_rows(every, None)}" if _whose(rows.anchor) else f"the {which} {_rows(every, None, _one)}"


def _picked(value: k.Expr) -> str:
    """Says the field of a row, as in `the amount`; of a time called `bought_on` or `as_of`, which is no noun, `the date (bought on)`."""
    if isinstance(value, k.Column) and ty.is_time(value.type) and value.name.endswith(("_at", "_on", "_of")):
        return f"the {'date' if value.type == ty.DATE else 'time'} ({say(value)})"
    return f"the {_bare(say(value))}"


def _after(function: k.Function, value: str) -> str:
    return _bare(value) if function in (k.Function.MIN, k.Function.MAX) else value


def _days(e: k.Expr) -> str:
    """Says what `count_distinct` counts. The rows' own time, which rules don't write, is said as `days`."""
    if e.type != ty.DATE:
        return _many(_bare(say(e))) if isinstance(e, k.Column) else _bare(say(e))
    moment = e.moment if isinstance(e, k.DateOf) else e
    return "days" if moment.span is None else f"days of {say(moment)}"


def _rows(rows: k.Rows, having: k.Expr | None, number: Callable[[str], str] | None = None) -> str:
    """Says rows, as in `logins in the last 30 days where …`; `number` makes the name singular or plural."""
    number = number or _many
    name = number(rows.hops[-1].name) if rows.hops else f"all {_many(rows.relation)}"
    whose = _whose(rows.anchor)
    parts = [f"{whose}{name}"]
    if rows.latest is not None:
        of = (
            " of"
            if whose or (rows.where is not None and not rows.hops)
            else " of the"
            if rows.where is not None
            else ""
        )
        parts.insert(0, f"the {'first' if rows.earliest else 'latest'} {rows.latest}{of}")
    per = rows.everyone.per if rows.everyone is not None else None
    if per is not None:
        is_family = isinstance(per, k.Column) and isinstance(per.row, k.Topmost)
        parts.append("of the same family" if is_family else f"of the same {_bare(say(per))}")
    if rows.window is not None:
        parts.append(_window(rows.window))
    if rows.zone is not None:
        parts.append(f"(by the days of the time zone in {say(rows.zone)})")
    conditions = [c for c in (rows.where, having) if c is not None]
    if conditions and isinstance(conditions[0], k.Named) and conditions[0].phrase == "followed_by":
        parts.append(say(conditions.pop(0)))
    if conditions:
        parts.append(f"where {_all_of(conditions)}")
    return " ".join(parts)


def _window(window: k.Window) -> str:
    start, end = window.start, window.end
    if isinstance(end, k.AsOf) and isinstance(start, k.Shift) and isinstance(start.moment, k.AsOf) and start.count < 0:
        return f"in the last {_duration(-start.count, start.unit)}"
    if isinstance(start, k.AsOf) and isinstance(end, k.Shift) and end.count > 0:
        return f"in the next {_duration(end.count, end.unit)}"
    if start is not None and (end is None or isinstance(end, k.AsOf)):
        return f"since {say(start)}"
    if start is None:
        return f"before {say(end)}" if end is not None else ""
    return f"from {say(start)} until {say(end)}" if end is not None else ""


def _all_of(conditions: Sequence[k.Expr]) -> str:
    """Says conditions on rows, in brackets where several could be taken for clauses of the sentence."""
    text = " and ".join(map(_clause, conditions))
    return f"({text})" if len(conditions) > 1 else text


# -- helpers ---------------------------------------------------------------------------


def _elapsed(unit: str, start: k.Expr, end: k.Expr) -> str:
    if isinstance(end, k.AsOf):
        return f"the number of {unit}s since {say(start)}"
    which = f"until {say(end)}" if isinstance(start, k.AsOf) else f"from {say(start)} to {say(end)}"
    return f"the number of {unit}s {which}"


def _comparison(e: k.Compare) -> str:
    times = ty.is_time(e.left.type) or ty.is_time(e.right.type)
    verb = (_TIME_VERBS if times else _VERBS)[e.op]
    left, right = (_side(side, other) for side, other in ((e.left, e.right), (e.right, e.left)))
    return f"{left} {verb} {right}{_ignoring(e.ignoring)}"


def _side(e: k.Expr, other: k.Expr) -> str:
    """Says a side of a comparison: a plain figure beside money is an amount, a condition stands in brackets."""
    if isinstance(e, k.Literal_) and _is_place(other) and e.span is not None:
        value = e.span.text.strip('"')
        return f"“{value}”"
    if isinstance(e, k.Literal_) and isinstance(other.type, ty.Money):
        return f"{other.type.currency} {say(e)}"
    if isinstance(e, k.Literal_) and isinstance(other, k.PartOf) and isinstance(e.value, k.Ratio):
        return f"{e.value.numerator}"
    return f"({say(e)})" if isinstance(e, k.Compare | k.And | k.Or | k.If) else say(e)


def _is_place(e: k.Expr) -> bool:
    """Whether this is the place of a value in the list of its `ordered one of`."""
    return isinstance(e, k.Named) and e.phrase == "place in list"


def _negated(item: k.Expr) -> str:
    match item:
        case k.IsMissing(item=inner):
            return f"{say(inner)} is known"
        case k.Column() | k.MetricOf():
            return f"{say(item)} is false"
        case k.Compare(op="="):
            return say(replace(item, op="!="))
        case k.Named(phrase="most_common", args=(("equal", k.Compare(op="=") as equal), *_)):
            return say(replace(equal, op="!="))
        case k.Named(phrase="same", args=(("a", a), ("b", b))):
            is_figure = isinstance(b, k.Literal_)
            return (
                f"{_said(a)} is missing or not {_said(b)}"
                if is_figure
                else f"{_said(a)} and {_said(b)} are not the same"
            )
        case k.Member():
            return _member(item, "is not")
        case k.At(item=k.Member() as member, moment=moment, ahead=False):
            return f"{_member(member, 'is not')} (as of {_as_of(moment)})"
        case _:
            return f"it is not so that {_clause(item)}"


def _member(e: k.Member, verb: str) -> str:
    who = re.sub("'s?$", "", _whose(e.row).rstrip()) or f"the {_words(e.entity)}"
    return f"{who} {verb} in {_words(e.name)}" + (f" as {_words(e.arm)}" if e.arm else "")


def _if(e: k.Expr) -> str:
    """Says a condition; of a field alone that it is true."""
    return f"{say(e)} is true" if isinstance(e, k.Column | k.MetricOf) else say(e)


def _clause(e: k.Expr) -> str:
    """Says a condition beside others, in brackets if it is one of several itself."""
    inner = e.body if isinstance(e, k.Named) and not e.args else e
    return f"({_if(e)})" if isinstance(inner, k.And | k.Or | k.If) else _if(e)


def _operand(e: k.Expr) -> str:
    """Says an operand, in brackets if it contains a condition, arithmetic or a choice."""
    inner = e.body if isinstance(e, k.Named) and not e.args else e
    text = say(e)
    is_long = isinstance(inner, k.And | k.Or | k.If | k.Arithmetic | k.Compare)
    holds_condition = isinstance(inner, k.Aggregate) and (
        inner.rows.where is not None or inner.function is k.Function.SHARE
    )
    return f"({text})" if is_long or holds_condition else text


def _shifted(moment: k.Expr, count: int, unit: str) -> str:
    if isinstance(moment, k.AsOf):
        return f"{_duration(abs(count), unit)} {'ago' if count < 0 else 'from now'}" if count else "now"
    return f"{_duration(abs(count), unit)} {'before' if count < 0 else 'after'} {say(moment)}"


def _as_of(moment: k.Expr) -> str:
    return say(moment)


def _duration(count: int, unit: str) -> str:
    return f"{count:,} {unit}{'s' * (count != 1)}"


def _which(offset: int) -> str:
    return {0: "this", -1: "last", 1: "next"}.get(offset, f"the {abs(offset)}. {'earlier' if offset < 0 else 'later'}")


def _whose(row: k.Row) -> str:
    match row:
        case k.This():
            return ""
        case k.Outer():
            return "its own "
        case k.Given(key=key):
            return f"{key}'s "
        case k.Topmost(row=inner):
            return f"{_whose(inner) or 'the '}family head's "
        case k.Via(row=inner, link=link):
            return f"{_whose(inner) or 'the '}{_possessive(_words(link.name.removeprefix('by_')))} "


def _possessive(name: str) -> str:
    return f"{name}'" if _is_many(name) else f"{name}'s"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _bare(text: str) -> str:
    """Takes off the article, for a place that has one already."""
    return text.removeprefix("the ")


def _is_many(name: str) -> bool:
    return name.endswith("s") and not name.endswith("ss")


def _many(name: str) -> str:
    """Says the name of several, whether it is declared as one or as several."""
    return _words(name if _is_many(name) else plural(name))


def _one(name: str) -> str:
    """Says the name of one, whether it is declared as one or as several."""
    return _words(singular(name))


def _figure(value: k.Scalar, typed: ty.Type) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case k.Ratio(numerator=numerator):
            return versions.decoded(numerator) if typed == ty.VERSION else value.text
        case dt.datetime():
            return f"{day(value)} {value:%H:%M}"
        case dt.date():
            return day(value)
        case str():
            return f"“{value}”"


def _either(words: Sequence[str]) -> str:
    if len(words) > 12:
        words = [*words[:10], f"{len(words) - 10} more"]
    return series(words, "or") or "nothing"


def _list(name: str | None) -> str:
    return f"the list {_words(name)}" if name else ""


def _ignoring(ignoring: str | None) -> str:
    return f" (ignoring {ignoring})" if ignoring else ""
