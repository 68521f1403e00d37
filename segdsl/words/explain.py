"""Explains where a rule puts one customer: the clauses with their values, and what is unknown and why."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from segdsl.diagnostics import printable
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.segment import Arm, Limit, Metric, Model, Segment, Segmentation
from segdsl.ops import score
from segdsl.reference.evaluate import Evaluator, Result, Unknown
from segdsl.reference.quantity import Quantity
from segdsl.reference.world import Row
from segdsl.words import english, keeping, values
from segdsl.words.plural import plural

Seen = set[tuple[str, int]]
"""Metrics and segments with the identity of the row."""
MARKS = {True: "✓", False: "✗", None: "?"}


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition as written.

    `truth` is None if the condition is unknown.
    `facts` are the values it read, as text.
    `parts` are the conditions joined by `joined_by`: and, or, not; for if the condition and the branch that decided; for `each time`
    and `some time` the condition as of each of several times.
    `role` is the place in an `if` or a score: if, then, else, or `cap 50 when`; of a condition as of other times its time.
    `values` are the values it read that are made of others, taken apart.
    """

    text: str
    truth: bool | None
    facts: tuple[str, ...] = ()
    parts: tuple[Clause, ...] = ()
    joined_by: str = ""
    role: str = ""
    values: tuple[Breakdown, ...] = ()


@dataclass(frozen=True, slots=True)
class Points:
    """What a part adds to a score: `points` are its value × (`weight` + `shared_out`) / `of`.

    `shared_out` is what it gets of the weights of missing parts.
    `points` of all parts add up to the score before caps, to the last of `DECIMALS`.
    """

    points: float
    weight: float
    shared_out: float
    of: float


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A value of one customer, taken apart.

    `text` is the expression as written, or the name of a metric or part.
    `facts` are the values it read, as text.
    `parts` are what it is made of: the parts and caps of a score, or the condition and the branch of an `if`, or values inside.
    `note` says what became of a missing part, and of a score by its caps.
    """

    text: str
    value: str
    facts: tuple[str, ...] = ()
    parts: tuple[Clause | Breakdown, ...] = ()
    role: str = ""
    note: str = ""
    points: Points | None = None


@dataclass(frozen=True, slots=True)
class ArmExplanation:
    """The explanation of one arm.

    `note` says that the arm's limit left no room, if it did.
    `words` is the condition in English.
    """

    name: str
    title: str
    clause: Clause
    note: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Flip:
    """A change of one value that would move a customer, everything else unchanged.

    `value` is the value today.
    `needed` is the value that would move the customer.
    `goal` is where the customer would be: an arm, in, out or unknown.
    """

    subject: str
    value: str
    needed: str
    goal: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The explanation of one customer and one rule.

    `status` is assigned, unknown or outside for a segmentation; in, out or unknown for a segment.
    `override` is the list that names the arm.
    `by_data` is where today's data alone would have the customer, an arm or a status; None for a rule that keeps nobody.
    `kept` says that the arm keeps the customer, whom today's data alone would not have brought there; `kept_since` is the day of
    the first run at which it did so without a break, empty if that is this one.
    `also` are the other arms whose condition is true, in order: they would take the customer if nothing came before.
    `compared` are the (arm, text, group) of ranks and limits that compare the customer with others.
    `flips` are the smallest changes of one value that would move the customer.
    `found_by` is the field that holds the name by which the customer was looked up; None for its key.
    `given` says what becomes of its play; empty where nothing more than the rule decides that, or it wasn't asked.
    `asked` are the arms that were asked for and aren't among `arms`, which end with the arm that took the customer.
    """

    entity: str
    key: str
    rule: str
    title: str
    status: str
    arm: str | None
    arm_title: str
    play: str | None
    population: Clause | None
    arms: tuple[ArmExplanation, ...]
    reasons: tuple[str, ...]
    override: str | None = None
    compared: tuple[tuple[str, str, str], ...] = ()
    flips: tuple[Flip, ...] = ()
    found_by: str | None = None
    also: tuple[str, ...] = ()
    by_data: str | None = None
    kept: bool = False
    kept_since: str = ""
    asked: tuple[ArmExplanation, ...] = ()
    given: str = ""


@dataclass(frozen=True, slots=True)
class MetricExplanation:
    """The explanation of one customer's value of a metric. `words` is its definition in English."""

    entity: str
    key: str
    metric: str
    title: str
    value: Breakdown
    words: str
    found_by: str | None = None


def explain_metric(evaluator: Evaluator, metric: Metric, row: Row) -> MetricExplanation:
    """Explains a metric of a customer: its value, taken apart."""
    of = k.MetricOf(k.This(), metric.entity, metric.name, metric.type)
    key = _key(evaluator, metric.entity, row)
    return MetricExplanation(
        metric.entity, key, metric.name, metric.title, breakdown(evaluator, of, row), english.say(metric.body)
    )


def explain(evaluator: Evaluator, rule: Segment | Segmentation, row: Row, asked: Collection[str] = ()) -> Explanation:
    """Explains a rule for a customer: every arm in order, up to the arm that took the customer, and those that are `asked`."""
    key = str(row.get(evaluator.model.schema.relations[rule.entity].key or ""))
    population = clause(evaluator, rule.where, row) if rule.where is not None else None
    if isinstance(rule, Segment):
        truth = evaluator.in_segment(rule, row)
        status = "unknown" if isinstance(truth, Unknown) else "in" if truth else "out"
        reasons = truth.reasons if isinstance(truth, Unknown) else ()
        explained = clause(evaluator, rule.condition, row)
        note = _no_room(rule.limit, explained.truth, truth)
        only = (ArmExplanation(rule.name, rule.title, explained, note, english.say(rule.condition)),)
        return Explanation(
            entity=rule.entity,
            key=key,
            rule=rule.name,
            title=rule.title,
            status=status,
            arm=None,
            arm_title="",
            play=rule.play,
            population=population,
            arms=only,
            reasons=reasons,
        )
    outcome = evaluator.outcome(rule, row)
    arm = rule.arm(outcome.arm) if outcome.arm is not None else None
    is_overridden = outcome.status != "outside" and evaluator.override(rule, row) is not None
    override = rule.override.relation if is_overridden and rule.override is not None else None
    arms = tuple(_explain_arms(evaluator, rule, row, arm)) if outcome.status != "outside" and not is_overridden else ()
    shadow = rule.by_data()
    by_data = evaluator.outcome(shadow, row) if shadow is not None else None
    kept = not is_overridden and arm is not None and _is_kept(evaluator, arm, row)
    explained_arms = {a.name for a in arms}
    return Explanation(
        entity=rule.entity,
        key=key,
        rule=rule.name,
        title=rule.title,
        status=outcome.status,
        arm=outcome.arm,
        arm_title=arm.title if arm else "",
        play=arm.play if arm else None,
        population=population,
        arms=arms,
        reasons=outcome.reasons,
        override=override,
        also=() if outcome.status == "outside" else tuple(_others(evaluator, rule, row, arm)),
        by_data=None if by_data is None else by_data.arm or by_data.status,
        kept=kept,
        kept_since=keeping.since(evaluator, arm.keeps[0], row) if kept and arm is not None else "",
        asked=tuple(a for a in _explain_arms(evaluator, rule, row, None) if a.name in {*asked} - explained_arms),
    )


def _is_kept(evaluator: Evaluator, arm: Arm, row: Row) -> bool:
    """Tells whether an arm that took a customer did so by a clause that keeps, not by its data."""
    return arm.by_data is not None and evaluator.truth(arm.by_data, row) is not True


def _others(evaluator: Evaluator, rule: Segmentation, row: Row, winner: Arm | None) -> Iterator[str]:
    for arm in rule.arms:
        if arm != winner and arm.condition is not None and evaluator.truth(arm.condition, row) is True:
            yield arm.name


def _explain_arms(evaluator: Evaluator, rule: Segmentation, row: Row, last: Arm | None) -> Iterator[ArmExplanation]:
    for number, arm in enumerate(rule.arms):
        assert arm.condition is not None
        explained = clause(evaluator, arm.condition, row)
        note = _no_room(arm.limit, explained.truth, evaluator.takes(rule, number, row))
        yield ArmExplanation(arm.name, arm.title, explained, note, english.whom(arm))
        if last is not None and arm.name == last.name:
            return


def _no_room(limit: Limit | None, truth: bool | None, takes: bool | Unknown) -> str:
    """Says why an arm doesn't take a customer for whom its condition is true; empty if it does."""
    if limit is None or truth is not True or takes is True:
        return ""
    if isinstance(takes, Unknown):
        return f"its rank for the limit is unknown: {', '.join(takes.reasons)}"
    more = "more" if not limit.ties else "more, or as much and a higher place in the order"
    return f"but the limit of {limit.count:,} is filled by customers with {more}: {english.say(limit.by)}"


def clause(evaluator: Evaluator, e: k.Expr, row: Row, seen: Seen | None = None) -> Clause:
    """Builds the tree of `and`, `or`, `not` and `if` as written; a phrase is a leaf with the facts it read.

    `seen` are the metrics and segments taken apart already, which are not taken apart again.
    """
    seen = set() if seen is None else seen
    truth = evaluator.truth(e, row)
    verdict = None if isinstance(truth, Unknown) else truth
    if isinstance(e, k.And | k.Or):
        parts = tuple(clause(evaluator, i, row, seen) for i in e.items)
        return Clause(written(e), verdict, (), parts, "and" if isinstance(e, k.And) else "or")
    if isinstance(e, k.Not) and (isinstance(e.item, k.And | k.Or) or _times(e.item)):
        return Clause(written(e), verdict, (), (clause(evaluator, e.item, row, seen),), "not")
    if times := _times(e):
        joined_by = "some time" if isinstance(e, k.Named) and e.phrase == "any_for" else "each time"
        return Clause(written(e), verdict, (), tuple(_as_of(evaluator, t, row, seen) for t in times), joined_by)
    if isinstance(e, k.If):
        return Clause(written(e), verdict, (), tuple(_decided(evaluator, e, row, seen)), "if")
    facts = tuple(dict.fromkeys(_facts(evaluator, e, row)))
    facts, apart = _with_insides(facts, _taken_apart(evaluator, e, row, seen))
    told = [*facts, *(f for b in apart for f in all_facts(b))]
    reasons = truth.reasons if isinstance(truth, Unknown) else ()
    return Clause(written(e), verdict, (*facts, *(r for r in reasons if not says(told, r))), values=apart)


def _times(e: k.Expr) -> tuple[k.Expr, ...]:
    """Returns the condition as of each of the times at which it is asked; none for a condition of now alone."""
    if isinstance(e, k.At) and e.type == ty.BOOLEAN:
        return (e,)
    is_repeated = isinstance(e, k.Named) and e.phrase in ("every_for", "any_for")
    return e.body.items if is_repeated and isinstance(e, k.Named) and isinstance(e.body, k.And | k.Or) else ()


def _as_of(evaluator: Evaluator, e: k.Expr, row: Row, seen: Seen) -> Clause:
    """Explains a condition as of now, or with what was known at another time."""
    if not isinstance(e, k.At):
        return replace(clause(evaluator, e, row, seen), role="now")
    on = f"as of {values.shown(evaluator.value(e.moment, row), e.moment.type, evaluator.world.clock)}"
    then = evaluator.as_of(e, row)
    if isinstance(then, Unknown):
        return Clause(written(e.item), None, then.reasons, role=on)
    return replace(_undated(clause(then[0], e.item, then[1], seen)), role=on)


def _undated(e: Clause) -> Clause:
    """Leaves out how long ago the latest row was: as of another time that isn't as long ago as it says."""
    values = tuple(map(_undated_value, e.values))
    return replace(e, facts=_without_ago(e.facts), parts=tuple(map(_undated, e.parts)), values=values)


def _undated_value(e: Breakdown) -> Breakdown:
    parts = tuple(_undated(p) if isinstance(p, Clause) else _undated_value(p) for p in e.parts)
    return replace(e, facts=_without_ago(e.facts), parts=parts)


def _without_ago(facts: Iterable[str]) -> tuple[str, ...]:
    return tuple(re.sub(r", [\d,]+ days? ago$", "", fact) for fact in facts)


def _with_insides(facts: tuple[str, ...], values: Iterable[Breakdown]) -> tuple[tuple[str, ...], tuple[Breakdown, ...]]:
    """Returns facts with those of values that are made of facts alone, and the other values."""
    every = list(values)
    more = (f for v in every if not v.parts for f in v.facts)
    return tuple(dict.fromkeys((*facts, *more))), tuple(v for v in every if v.parts)


def _decided(evaluator: Evaluator, e: k.If, row: Row, seen: Seen, role: str = "if") -> Iterator[Clause]:
    """Yields the conditions of an `if` between conditions up to the one that decides, and the branch that it leads to; of an unknown
    one nothing more.
    """
    condition = clause(evaluator, e.condition, row, seen)
    yield replace(condition, role=role)
    if condition.truth is False and isinstance(e.otherwise, k.If):
        yield from _decided(evaluator, e.otherwise, row, seen, "else if")
    elif condition.truth is not None:
        branch = e.then if condition.truth else e.otherwise
        yield replace(clause(evaluator, branch, row, seen), role="then" if condition.truth else "else")


def all_facts(explained: Clause | Breakdown) -> Iterator[str]:
    """Yields the facts of a clause or value, and of all inside."""
    yield from explained.facts
    inside = (*explained.parts, *(explained.values if isinstance(explained, Clause) else ()))
    for part in inside:
        yield from all_facts(part)


# -- values taken apart ------------------------------------------------------------------

DECIMALS = 4
MOST_APART = 100  # metrics and segments in one clause
_ADDED = "its parts add up to"
_NUMBERS_OF = (k.Arithmetic, k.Distance, k.Split, k.PartOf, k.Named, k.Shift)
"""Operands with a value of their own, beside the values they are made of."""


def breakdown(evaluator: Evaluator, e: k.Expr, row: Row, seen: Seen | None = None) -> Breakdown:
    """Takes a value apart: a score into its parts, an `if` into the branch that decided, a metric into what defines it.

    `seen` as in `clause`.
    """
    seen = set() if seen is None else seen
    text = _text(e)
    value = evaluator.value(e, row)
    told = shown(value, e, evaluator.world.clock)
    if isinstance(e, k.MetricOf):
        metric, target = evaluator.model.metrics[e.name], evaluator.reached(e.row, row)
        if target is None or (metric.entity, _key(evaluator, metric.entity, target), e.name) in evaluator.given:
            return Breakdown(text, told, _reasons(value) or ("the test gives it",))
        return replace(breakdown(evaluator, metric.body, target, seen), text=text, value=told)
    if isinstance(e, k.Rounded):
        return breakdown(evaluator, e.item, row, seen)
    if isinstance(e, k.Missing):
        return Breakdown(told, told, _reasons(value))
    if isinstance(e, k.Named) and e.phrase == "score":
        scored = _score(evaluator, e, row, seen)
        silent = tuple(r for r in _reasons(value) if not says(all_facts(scored), r))
        return replace(scored, text=text, value=told, facts=silent if scored.note.startswith(_ADDED) else ())
    if isinstance(e, k.If):
        return Breakdown(text, told, (), tuple(_branch(evaluator, e, row, seen)))
    facts = tuple(f for f in dict.fromkeys(_facts(evaluator, e, row)) if f != f"{text} is {told}")
    facts, apart = _with_insides(facts, _taken_apart(evaluator, e, row, seen))
    said = [*facts, *(f for b in apart for f in all_facts(b))]
    return Breakdown(text, told, (*facts, *(r for r in _reasons(value) if not says(said, r))), apart)


def _reasons(value: Result) -> tuple[str, ...]:
    return value.reasons if isinstance(value, Unknown) else ()


def _branch(
    evaluator: Evaluator, e: k.If, row: Row, seen: Seen, whole: k.If | None = None
) -> Iterator[Clause | Breakdown]:
    """Yields the conditions of a choice up to the one that decides, and what it gives; `whole` is the choice that this is the `else` of."""
    condition = clause(evaluator, e.condition, row, seen)
    yield replace(condition, role="if" if whole is None else "else if")
    whole = whole if whole is not None else e
    if condition.truth is False and isinstance(e.otherwise, k.If):
        yield from _branch(evaluator, e.otherwise, row, seen, whole)
    elif condition.truth is not None:
        chosen = e.then if condition.truth else e.otherwise
        branch = breakdown(evaluator, chosen, row, seen)
        value = shown(evaluator.value(whole, row), whole, evaluator.world.clock)  # a plain 0 is money beside money
        text = value if isinstance(chosen, k.Literal_) else branch.text
        yield replace(branch, text=text, value=value, role="then" if condition.truth else "else")


def _taken_apart(evaluator: Evaluator, e: k.Expr, row: Row, seen: Seen) -> Iterator[Breakdown]:
    """Yields the values in an expression that are made of others worth a line: scores, choices, and metrics of such."""
    for node in dict.fromkeys(_told(e)):
        if isinstance(node, k.MetricOf | k.Member):
            key = (node.name, id(evaluator.reached(node.row, row)))
            if key in seen or len(seen) == MOST_APART:
                continue
            seen.add(key)
        if isinstance(node, k.Member) and node.name in evaluator.model.segments:
            yield from _segment(evaluator, node, row, seen)
        elif (_is_choice(node) and node is not e) or (
            isinstance(node, k.MetricOf) and _is_composed(evaluator.model, node.name)
        ):
            yield breakdown(evaluator, node, row, seen)


def _segment(evaluator: Evaluator, e: k.Member, row: Row, seen: Seen) -> Iterator[Breakdown]:
    """Takes the membership in a segment apart into its clauses."""
    target, segment = evaluator.reached(e.row, row), evaluator.model.segments[e.name]
    if target is not None:
        conditions = (c for c in (segment.where, segment.condition) if c is not None)
        value = evaluator.in_segment(segment, target)
        told = "unknown" if isinstance(value, Unknown) else "true" if value else "false"
        yield Breakdown(_text(e), told, (), tuple(clause(evaluator, c, target, seen) for c in conditions))


def _is_choice(e: k.Expr) -> bool:
    """Tells whether an expression is an `if` that is written in a rule; phrases are made of others."""
    return isinstance(e, k.If) and e.span is not None


def _told(e: k.Expr) -> Iterator[k.Expr]:
    """Yields an expression and its parts, but not those of an `if`, which is taken apart on lines of its own."""
    yield e
    parts = () if _is_choice(e) else tuple(k.children(e))
    if isinstance(e, k.Named) and e.phrase == "in_period":
        parts = tuple(b.left for b in k.children(e.body) if isinstance(b, k.Compare))[:1]  # its dates are told together
    if isinstance(e, k.Named) and e.phrase == "lasting":
        parts = ()  # its rows of now and of then
    if isinstance(e, k.Named) and e.phrase == "keep":
        parts = tuple(arg for name, arg in e.args if name == "until" and not isinstance(arg, str))  # its runs too
    for part in parts:
        yield from _told(part)


def _is_composed(model: Model, name: str) -> bool:
    """Tells whether a metric, or one that it reads, is a score, a choice, or compares customers."""
    todo, seen = [name], set[str]()
    while todo:
        seen.add(metric := todo.pop())
        for node in k.walk(model.metrics[metric].body):
            if _is_choice(node) or isinstance(node, k.Standing | k.Distance | k.Split):
                return True
            if isinstance(node, k.Named) and node.phrase in ("score", "bands", "change"):
                return True
            if isinstance(node, k.MetricOf) and node.name not in seen:
                todo.append(node.name)
    return False


def _key(evaluator: Evaluator, entity: str, row: Row) -> str:
    return str(row.get(evaluator.model.schema.relations[entity].key or ""))


def _score(evaluator: Evaluator, e: k.Named, row: Row, seen: Seen) -> Breakdown:
    """Takes a score apart into what each part adds, and what the caps do."""
    parts, policy, caps = score.declaration(e)
    assert isinstance(e.body, k.Rounded)
    values_of_parts = [evaluator.value(k.Rounded(e.body.relation, p.value), row) for p in parts]
    counted = _fraction(policy.amount) if policy.kind == "count" else None
    numbers = [counted if isinstance(v, Unknown) else _number(v) for v in values_of_parts]
    weights = [_fraction(p.weight) for p in parts]
    missing = sum((w for w, n in zip(weights, numbers) if n is None), Fraction())
    note = _lacking(policy, missing, sum(weights, Fraction()) - missing)
    points = [None] * len(parts) if note else _points(weights, numbers)
    apart: list[Clause | Breakdown] = []
    for part, value, weight, added in zip(parts, values_of_parts, weights, points):
        of_part = (
            f"its weight is {_figure(weight)}"
            if note
            else _of_missing(policy, weight)
            if isinstance(value, Unknown)
            else ""
        )
        told = breakdown(evaluator, part.value, row, seen)
        apart.append(replace(told, text=f"part {part.name}", points=added, note=of_part))
    if not note:
        together = sum((_shortened(p.points) for p in points if p is not None), Fraction())
        note = f"{_ADDED} {_figure(together)}{_of_caps(evaluator, caps, together, row)}"
    for cap in sorted(caps, key=lambda c: _fraction(c.most)):
        role = f"cap {_figure(_fraction(cap.most))} when"
        apart.append(replace(clause(evaluator, cap.condition, row, seen), role=role))
    return Breakdown("", "", (), tuple(apart), note=note)


def _points(weights: Sequence[Fraction], numbers: Sequence[Fraction | None]) -> list[Points | None]:
    """Returns what each part adds to a score; None for a part whose weight the others share."""
    total = sum(weights, Fraction())
    known = total - sum((w for w, n in zip(weights, numbers) if n is None), Fraction())
    added = iter(_adding_up([w * n / known for w, n in zip(weights, numbers) if n is not None]))
    return [
        None
        if n is None
        else Points(*(float(round(x, DECIMALS)) for x in (next(added), w, w * total / known - w, total)))
        for w, n in zip(weights, numbers)
    ]


def _of_missing(policy: score.MissingPolicy, weight: Fraction) -> str:
    if policy.kind == "count":
        return f"counted as {_figure(_fraction(policy.amount))}"
    return f"its weight of {_figure(weight)} falls to the others"


def _shortened(amount: float) -> Fraction:
    """Returns an amount of `DECIMALS` as it is written."""
    return round(Fraction(amount), DECIMALS)


def _of_caps(evaluator: Evaluator, caps: Sequence[score.Cap], together: Fraction, row: Row) -> str:
    """Says which cap holds a score down, or may."""
    for cap in sorted(caps, key=lambda c: _fraction(c.most)):
        truth = evaluator.truth(cap.condition, row) if _fraction(cap.most) < together else False
        if truth is not False:
            most = _figure(_fraction(cap.most))
            return (
                f", and the cap of {most} holds"
                if truth is True
                else f", and whether the cap of {most} holds is unknown"
            )
    return ""


def _lacking(policy: score.MissingPolicy, missing: Fraction, known: Fraction) -> str:
    """Says why a score is missing, by the weights of its missing and of its known parts; empty if it isn't."""
    if not known:
        return "all its parts are missing"
    if policy.kind == "share" and missing > _fraction(policy.amount):
        most = _figure(_fraction(policy.amount))
        return f"a weight of {_figure(missing)} is missing, and at most {most} is shared out"
    return "a part is missing" if policy.kind == "unknown" and missing else ""


def _adding_up(amounts: Sequence[Fraction]) -> list[Fraction]:
    """Rounds amounts so that they add up to their rounded sum: those that lose most by rounding down are rounded up."""
    scale = 10**DECIMALS
    down = [amount * scale // 1 for amount in amounts]
    lacking = round(sum(amounts, Fraction()) * scale) - sum(down)
    most_lost = sorted(range(len(amounts)), key=lambda i: down[i] - amounts[i] * scale)[:lacking]
    return [Fraction(d + (i in most_lost), scale) for i, d in enumerate(down)]


def _number(value: Result) -> Fraction:
    assert isinstance(value, Quantity)
    return Fraction(*value.pair) if value.pair is not None else Fraction(value.double)


def _fraction(ratio: k.Ratio) -> Fraction:
    return Fraction(ratio.numerator, ratio.denominator)


def _figure(amount: Fraction) -> str:
    return f"{float(amount):,.{DECIMALS}f}".rstrip("0").rstrip(".")


def _text(e: k.Expr) -> str:
    return _name(e) if isinstance(e, k.Column | k.MetricOf) else written(e) if e.span is not None else english.say(e)


# -- facts -------------------------------------------------------------------------------


def says(facts: Iterable[str], reason: str) -> bool:
    """Tells whether one of the facts already gives a reason."""
    words = rf"(?<!\w){re.escape(reason.replace('`', ''))}(?!\w)"
    return any(re.search(words, fact.replace("`", "")) for fact in facts)


def leaves(e: k.Expr) -> Iterator[k.Expr]:
    """Yields the leaves of a clause's tree."""
    if isinstance(e, k.And | k.Or):
        for item in e.items:
            yield from leaves(item)
    elif isinstance(e, k.Not) and isinstance(e.item, k.And | k.Or):
        yield from leaves(e.item)
    else:
        yield e


def written(e: k.Expr) -> str:
    """Returns an expression as written in the file, on one line; what keeps a customer stands beside `when` with an `or`."""
    if isinstance(e, k.Or) and any(isinstance(i, k.Named) and i.phrase == "keep" for i in e.items):
        return " or ".join(map(written, e.items))
    return " ".join(e.span.text.split()) if e.span is not None else "(made by the language)"


def beside_percents(e: k.Expr) -> set[k.Expr]:
    """Returns the values that are compared with a number that is written in percent, as in `seat_use > 50%`."""
    compared = [n for n in k.walk(e) if isinstance(n, k.Compare)]
    sides = [pair for c in compared for pair in ((c.left, c.right), (c.right, c.left))]
    return {value for value, other in sides if _is_in_percent(other)}


def _is_in_percent(e: k.Expr) -> bool:
    return isinstance(e, k.Literal_) and e.span is not None and e.span.text.endswith("%")


def _facts(evaluator: Evaluator, e: k.Expr, row: Row) -> Iterator[str]:
    clock, percents = evaluator.world.clock, beside_percents(e)
    for node in _told(e):
        for operand in _operands(node):
            yield f"{_text(operand)} is {shown(evaluator.value(operand, row), operand, clock, operand in percents)}"
        match node:
            case k.Column(row=k.Topmost(link=link), name=name) if (
                name == evaluator.model.schema.relations[link.target].key
            ):
                yield f"the head of its family is {values.shown(evaluator.value(node, row), node.type, clock)}"
            case k.Column() | k.MetricOf():
                yield fact(evaluator, _name(node), node, row, in_percent=node in percents)
            case k.Aggregate(function=k.Function.TIMES_OF_COMMONEST, value=of):
                often = values.shown(evaluator.value(node, row), node.type, clock)
                rows_have = f"{often} {'row has' if often == '1' else 'rows have'}"
                yield f"{rows_have} it" if isinstance(of, k.If) else f"{rows_have} the most common"
            case k.Aggregate():
                if node.type != ty.BOOLEAN and node is not e:
                    yield fact(evaluator, written(node), node, row, in_percent=node in percents)
                yield from _window(evaluator, node, row)
            case k.Standing():
                yield from _standing(evaluator, node, row)
            case k.Named(phrase="lasting", body=k.And(items=(begun, k.Not(item=k.Aggregate() as changed)))):
                yield from _lasting(evaluator, begun, changed, row)
            case k.Named(phrase="bands"):
                yield from _band(evaluator, node, row)
            case k.At(item=item, moment=moment):
                on = values.shown(evaluator.value(moment, row), moment.type, clock)
                yield fact(evaluator, written(item), node, row, "was", f" as of {on}")
            case k.Rounded(item=item) if not isinstance(e, k.Rounded):
                yield from _facts(evaluator, item, row)
            case k.BusinessDays():
                yield fact(evaluator, written(node), node, row)
            case k.Member():
                yield from _place(evaluator, node, row)
            case k.Elapsed():
                if node is not e:
                    yield fact(evaluator, written(node), node, row)
            case k.Named(phrase="keep"):
                yield from keeping.facts(evaluator, node, row)
            case k.Named(phrase="in_period", body=k.And(items=(k.Compare(right=start), k.Compare(right=end)))):
                yield _period(evaluator, start, end, row, clock)
            case k.Literal_() | k.Missing() | k.Tally() | k.Named():
                pass
            case k.AsOf() | k.StartOf() | k.Shift() | k.StartOfDay() | k.DateOf() | k.PartOf():
                pass
            case k.Arithmetic() | k.Rounded() | k.Distance() | k.Split() | k.RoundTo() | k.SizeOf() | k.If():
                pass
            case k.Compare() | k.IsMissing() | k.OneOf() | k.TextTest() | k.SetTest() | k.Not() | k.And() | k.Or():
                pass


def _lasting(evaluator: Evaluator, begun: k.Expr, changed: k.Aggregate, row: Row) -> Iterator[str]:
    """Says what the state is now, what it was where the time begins, and which rows have come since then."""
    window, then = changed.rows.window, next(n for n in k.walk(begun) if isinstance(n, k.Aggregate))
    assert window is not None and window.start is not None and changed.value is not None
    clock, since = evaluator.world.clock, evaluator.value(window.start, row)
    on = values.shown(since, window.start.type, clock)
    now = replace(then, rows=replace(then.rows, where=_all_but_last(then.rows.where)))
    yield fact(evaluator, written(then), now, row)
    yield fact(evaluator, "it", then, row, "was", f" on {on}")
    rows = evaluator.rows(changed.rows, row)
    others = evaluator.rows(replace(changed.rows, where=_both(changed.rows.where, changed.value)), row)
    if isinstance(rows, Unknown) or isinstance(others, Unknown):
        return
    count, at = len(rows[0]), evaluator.model.schema.relations[changed.rows.relation].at
    text = f"since then {count:,} row{'' if count == 1 else 's'}"
    if count:
        days = [t for r in others[0] if at is not None and isinstance(t := r.get(at), dt.date)]
        first = (
            f", the first on {values.day(clock.date_of(d) if isinstance(d := min(days), dt.datetime) else d)}"
            if days
            else ""
        )
        text += f", {len(others[0]):,} of another value{first}"
    yield text


def _all_but_last(where: k.Expr | None) -> k.Expr | None:
    """Returns a condition without what `lasting` added to it."""
    return where.items[0] if isinstance(where, k.And) else None


def _both(where: k.Expr | None, condition: k.Expr) -> k.Expr:
    return condition if where is None else k.And((where, condition))


def _place(evaluator: Evaluator, e: k.Member, row: Row) -> Iterator[str]:
    """Says where a segmentation has a customer, as in `size: small`."""
    target = evaluator.reached(e.row, row)
    if e.arm is not None and target is not None:
        outcome = evaluator.outcome(evaluator.model.segmentations[e.name], target)
        yield f"{e.name}: {outcome.arm or outcome.status}"


def _operands(e: k.Expr) -> Iterator[k.Expr]:
    """Yields the operands of a condition that have a value of their own, beside those of the fields they read."""
    if not isinstance(e, k.Compare | k.OneOf | k.IsMissing | k.TextTest | k.SetTest):
        return
    for side in k.children(e):
        side = side.date if isinstance(side, k.StartOfDay) else side
        is_day = isinstance(side, k.StartOf) or (isinstance(side, k.Shift) and isinstance(e, k.Compare))
        is_told = isinstance(side, _NUMBERS_OF) and any(_reads(n) for n in k.walk(side))
        if (is_day or is_told) and side.span is not None:
            yield side


def _reads(e: k.Expr) -> bool:
    return isinstance(e, k.Column | k.MetricOf | k.Aggregate | k.Standing | k.At | k.Rounded | k.Member)


_STANDINGS = {
    "greater": "{} have more",
    "smaller": "{} have less",
    "ranked": "{} are compared",
    "greater_sum": "those with more have {}",
    "positive_sum": "all together have {}",
}
_STANDINGS_BY_TIES = {
    **_STANDINGS,
    "greater": "{} stand above",
    "smaller": "{} stand below",
    "greater_sum": "those above have {}",
}
_ONE = {" have ": " has ", " are ": " is ", " stand ": " stands "}


def _standing(evaluator: Evaluator, e: k.Standing, row: Row) -> Iterator[str]:
    """Says what is compared, and how it stands; of a quantile the two counts that make it."""
    yield fact(evaluator, english.say(e.value), e.value, row)
    if e.group is not None:
        yield fact(evaluator, english.say(e.group), e.group, row)
    counts = [replace(e, of=of) for of in ("smaller", "ranked")] if e.of == "quantile" else [e]
    for counted in counts:
        count = evaluator.value(counted, row)
        if not isinstance(count, Unknown):
            told = values.shown(count, counted.type, evaluator.world.clock)
            text = (_STANDINGS_BY_TIES if e.ties else _STANDINGS)[counted.of].format(told)
            for several, one in _ONE.items() if told == "1" else ():
                text = text.replace(several, one, 1)
            yield text


def _band(evaluator: Evaluator, e: k.Named, row: Row) -> Iterator[str]:
    """Says which band decided, as in `seats is under 50, and in no band before`."""
    subject = dict(e.args)["subject"]
    body, before = e.body, False
    while isinstance(body, k.If) and not isinstance(subject, str):
        truth = evaluator.truth(body.condition, row)
        if truth is True and isinstance(body.condition, k.Compare):
            border = _text(body.condition.right)
            yield f"{_text(subject)} is under {border}" + (", and in no band before" if before else "")
        if truth is not False:
            return
        before, body = before or isinstance(body.condition, k.Compare), body.otherwise
    if before and not isinstance(subject, str):
        yield f"{_text(subject)} is in the last band"


def fact(
    evaluator: Evaluator, name: str, e: k.Expr, row: Row, verb: str = "is", tail: str = "", in_percent: bool = False
) -> str:
    """Says a value, as in `arr is USD 5,000`; for an unknown value also the reasons not said yet."""
    value = evaluator.value(e, row)
    fact = f"{name} {verb} {shown(value, e, evaluator.world.clock, in_percent)}{tail}"
    if isinstance(value, Unknown) and isinstance(e, k.Column) and not tail:
        fact = next((r.replace("`", "") for r in value.reasons if r.startswith(f"`{name}` ")), fact)
    more = [r for r in value.reasons if not says((fact,), r)] if isinstance(value, Unknown) else []
    return f"{fact} ({'; '.join(more)})" if more else fact


def shown(value: Result, e: k.Expr, clock: Clock, in_percent: bool = False) -> str:
    """Writes the value of an expression; a condition without a value is `unknown`, anything else `missing`."""
    if in_percent and isinstance(value, Quantity):
        return values.percent(value)
    if isinstance(e, k.PartOf) and isinstance(value, Quantity):
        return f"{value.double:.0f}"  # 2026, not 2,026
    condition = e.type == ty.BOOLEAN and not isinstance(e, k.Column)
    return "unknown" if condition and isinstance(value, Unknown) else values.shown(value, e.type, clock)


def _name(node: k.Column | k.MetricOf) -> str:
    return written(node) if node.span is not None and len(written(node)) < 60 else node.name


def _window(evaluator: Evaluator, node: k.Aggregate, row: Row) -> Iterator[str]:
    """Says the dates of a window, the number of rows in it, and the number of uncertain rows."""
    rows = evaluator.rows(node.rows, row)
    if isinstance(rows, Unknown):
        return
    selected, uncertain = rows
    window, clock = node.rows.window, evaluator.clock_of(node.rows, row)
    matching = _matching(evaluator, node, selected, row) if selected else ""
    text = f"{_name_of_rows(node.rows)}: {_how_many(evaluator, node.rows, len(selected), row, verb=not matching)}{matching}"
    more = " more" if node.rows.where is None or node.rows.latest is not None else ""  # they aren't in the number above
    text += f", of {len(uncertain):,}{more} it is unknown" if uncertain else ""
    if window is not None and window.start is not None and window.end is not None and isinstance(clock, Clock):
        text += f", {_period(evaluator, window.start, window.end, row, clock)}"
        text += f" in {clock.zone.key}" if node.rows.zone is not None else ""
    yield text + _newest(evaluator, node.rows, selected, row)


def _name_of_rows(rows: k.Rows) -> str:
    if rows.hops:
        return rows.hops[-1].name
    per = rows.everyone.per if rows.everyone is not None else None
    return (
        "its family" if isinstance(per, k.Column) and isinstance(per.row, k.Topmost) else f"all {plural(rows.relation)}"
    )


def _how_many(evaluator: Evaluator, rows: k.Rows, count: int, row: Row, verb: bool) -> str:
    """Says how many rows there are, as in `2 rows`, or `1 of 3 rows matches` where `where` leaves some out; `verb` says so."""
    if rows.latest is not None and count > rows.latest:
        return f"the {'first' if rows.earliest else 'latest'} {rows.latest} of {count:,} rows"
    every = evaluator.rows(replace(rows, where=None), row) if rows.where is not None else None
    total = len(every[0]) if every is not None and not isinstance(every, Unknown) else count
    noun = "row" if total == 1 else "rows"
    if total == count:
        return f"{count:,} {noun}"
    return f"{count:,} of {total:,} {noun}" + (f" match{'es' if 1 in (count, total) else ''}" if verb else "")


def _matching(evaluator: Evaluator, node: k.Aggregate, selected: Sequence[Row], row: Row) -> str:
    """Says for how many of an aggregate's rows its condition is true, of `all` how many are exceptions, and of how many it is unknown."""
    if node.value is None or node.function not in (k.Function.ANY, k.Function.COUNT, k.Function.SHARE):
        return ""
    is_exception = isinstance(node.value, k.Not) and node.value.span is None
    of_all = "not matching" if is_exception else "matching"
    opposite = k.Not(node.value)
    matching, others = (_counted(evaluator, node.rows, c, row) for c in (node.value, opposite))
    if matching is None or others is None:
        return ""
    among = len(selected) if node.rows.latest is None else min(len(selected), node.rows.latest)
    unclear = among - matching - others
    return f", {matching:,} {of_all}" + (f", {unclear:,} unknown" if unclear else "")


def _counted(evaluator: Evaluator, rows: k.Rows, condition: k.Expr, row: Row) -> int | None:
    """Returns for how many rows a condition is true; None if that is unknown."""
    count = evaluator.value(k.Aggregate(k.Function.COUNT, rows, condition, ty.INTEGER), row)
    return None if isinstance(count, Unknown) else int(_number(count))


def _newest(evaluator: Evaluator, rows: k.Rows, selected: Sequence[Row], row: Row) -> str:
    """Says when the latest row in the window was; if there is none, when the last row before or after it was."""
    outside = not selected and rows.window is not None
    if outside:
        all_rows = evaluator.rows(replace(rows, window=None), row)
        selected = [] if isinstance(all_rows, Unknown) else all_rows[0]
    at = evaluator.model.schema.relations[rows.relation].at
    times = [(t, r) for r in selected if at is not None and isinstance(t := r.get(at), dt.date)]
    if not times:
        return ""
    newest, of = max(times, key=lambda pair: pair[0])
    clock = evaluator.clock_of_row(rows, of, row)
    if isinstance(clock, Unknown):
        return ""
    date = clock.date_of(newest) if isinstance(newest, dt.datetime) else newest
    days = (clock.today - date).days
    word = f", the last one {_side(evaluator, rows, newest, row)} on" if outside else ", the latest on"
    return f"{word} {values.day(date)}" + (f", {days} day{'' if days == 1 else 's'} ago" if days > 0 else "")


def _side(evaluator: Evaluator, rows: k.Rows, time: dt.date, row: Row) -> str:
    """Says on which side of a window a time outside of it lies."""
    start = rows.window.start if rows.window is not None else None
    clock = evaluator.clock_of(rows, row)
    if not isinstance(clock, Clock):
        return "outside of it"
    first = evaluator.by(clock, start, row) if start is not None else None
    return "before that" if isinstance(first, dt.date) and time < first else "after that"


def _period(evaluator: Evaluator, start: k.Expr, end: k.Expr, row: Row, clock: Clock) -> str:
    first, last = (values.shown(evaluator.by(clock, b, row), b.type, clock) for b in (start, end))
    return f"from {first} until {last}"


# -- as text -------------------------------------------------------------------------


def as_text(e: Explanation) -> str:
    """Renders an explanation as a block of text; the first line says where the customer is."""
    lines = [_headline(e)]
    if e.given:
        lines.append(f"  {e.given}")
    if e.override is not None:
        lines.append(f"  ✓ the list {e.override} names it")
    if e.population is not None and (e.status == "outside" or e.population.truth is not True):
        lines += ["  population", *clause_lines(e.population, 2, set())]
    said: set[Breakdown] = set()
    for arm in e.arms:
        title = f' "{arm.title}"' if arm.title else ""
        lines.append(f"  {MARKS[arm.clause.truth]} {arm.name}{title}" + (f"   {arm.note}" if arm.note else ""))
        lines += clause_lines(arm.clause, 3, said)
    for arm in e.asked:
        title = f' "{arm.title}"' if arm.title else ""
        lines.append(f"  {MARKS[arm.clause.truth]} {arm.name}{title}   {_not_reached(e)}")
        lines += clause_lines(arm.clause, 3, said)
    shown_above = {arm.name for arm in (*e.arms, *e.asked)}  # one of them may be full
    later = [name for name in e.also if name not in shown_above]
    if later:
        first = "the list" if e.override is not None else e.arm
        lines.append(f"  fits too: {', '.join(later)}; {first} comes first")
    deciding = e.arms[-1] if e.arms and e.arms[-1].clause.truth and not e.arms[-1].note else None
    if deciding is not None:
        lines.append(f"  in words: {deciding.words}")
    if e.reasons and (e.status == "unknown" or not any(a.clause.truth for a in e.arms)):
        lines.append(f"  undecided because {', '.join(e.reasons)}")
    if e.flips:
        lines.append("  would be elsewhere, all else the same:")
        lines += [f"      {f.goal}, were {f.subject} {f.needed}   it is {f.value}" for f in e.flips]
    return "\n".join(map(printable, lines))


def _not_reached(e: Explanation) -> str:
    """Says why an arm that was asked for has no say."""
    if e.override is not None:
        return "the list comes first"
    return f"{e.arm} comes first" if e.arm is not None else "outside, no arm is asked"


def metric_as_text(e: MetricExplanation) -> str:
    """Renders the explanation of a metric; the first line says its value."""
    value = replace(e.value, text=f"{e.metric} of {e.key}")
    head, *lines = value_lines(value, 0, set())
    head, gap, facts = head.partition("   ")
    return "\n".join(map(printable, [head, *(["  " + facts] if gap else []), *lines, f"  in words: {e.words}"]))


def _headline(e: Explanation) -> str:
    title = f' "{e.arm_title}"' if e.arm_title else ""
    play = f", play {e.play}" if e.play else ""
    match e.status:
        case "assigned":
            return f"{e.key} is in {e.rule}.{e.arm}{title}{_kept(e)}{play}"
        case "outside":
            return f"{e.key} is outside {e.rule}"
        case "in":
            return f"{e.key} is in {e.rule}{play}"
        case "out":
            return f"{e.key} is not in {e.rule}"
        case _:
            return f"it is unknown whether {e.key} is in {e.rule}" if e.arm is None and not e.arm_title else e.key


def _kept(e: Explanation) -> str:
    """Says that an arm keeps a customer, and where today's data would have it."""
    if e.by_data is None or (not e.kept and e.by_data == e.arm):
        return ""
    kept = f", kept since {e.kept_since}" if e.kept_since else ", kept" if e.kept else ""
    return f"{kept}; by today's data {e.by_data}"


_BY_TIME = ("each time", "some time")
_JOINED = {"and": "all of", "or": "any of", "not": "not", "if": "if … then … else …"}


def clause_lines(clause: Clause, depth: int, said: set[Breakdown], decides: bool = True) -> list[str]:
    """Writes a clause and what is inside; its values are taken apart if it decides what it is part of.

    `said` are the values that have been taken apart above.
    """
    pad = "  " * depth
    if clause.parts and depth == 3 and clause.joined_by == "and":
        return [ln for p in clause.parts for ln in clause_lines(p, depth, said, decides and _decides(p, clause))]
    facts = f"   {'; '.join(clause.facts)}" if clause.facts else ""
    words = " ".join(w for w in (clause.role, _JOINED.get(clause.joined_by, clause.text)) if w)
    lines = [f"{pad}{MARKS[clause.truth]} {words}{facts}"]
    for part in clause.parts:
        part = replace(part, text="") if clause.joined_by in _BY_TIME else part  # the line above says it
        lines += clause_lines(part, depth + 1, said, decides and _decides(part, clause))
    return [*lines, *(_inside(clause.values, depth + 1, said) if decides else ())]


def _decides(part: Clause, of: Clause) -> bool:
    """Tells whether a part of a clause decides: beside others, a part that is true, false or unknown as the whole is."""
    return of.joined_by not in ("and", "or", *_BY_TIME) or part.truth is of.truth


def _inside(parts: Sequence[Clause | Breakdown], depth: int, said: set[Breakdown]) -> Iterator[str]:
    for part in parts:
        yield from clause_lines(part, depth, said) if isinstance(part, Clause) else value_lines(part, depth, said)


def value_lines(value: Breakdown, depth: int, said: set[Breakdown]) -> Iterator[str]:
    """Writes a value and what it is made of; one that is in `said` is not taken apart again."""
    pad = "  " * depth
    again = value in said and bool(value.parts)
    facts = f"   {'; '.join(value.facts)}" if value.facts and not again else ""
    points = f"+ {_figure_of(value.points.points)}   " if value.points is not None else ""
    weight = _weight(value.points) if value.points is not None else ""
    said_of_it = ", as above" if again else f": {value.note}" if value.note else ""
    role = f"{value.role} " if value.role else ""
    what = value.text if value.text == value.value else f"{value.text} is {value.value}"
    yield f"{pad}{role}{points}{what}{weight}{said_of_it}{facts}"
    said.add(value)
    yield from _inside(value.parts, depth + 1, said) if not again else ()


def _weight(p: Points) -> str:
    shared_out = f" ({_figure_of(p.shared_out)} of it from missing parts)" if p.shared_out else ""
    return f", weight {_figure_of(round(p.weight + p.shared_out, DECIMALS))} of {_figure_of(p.of)}{shared_out}"


def _figure_of(amount: float) -> str:
    return _figure(Fraction(amount))
