"""Explains where a rule puts one customer: the clauses with their values, and what is unknown and why."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from segdsl.diagnostics import printable
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.segment import Arm, Limit, Segment, Segmentation
from segdsl.reference.evaluate import Evaluator, Result, Unknown
from segdsl.reference.world import Row
from segdsl.words import english, values

MARKS = {True: "✓", False: "✗", None: "?"}


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition as written.

    `truth` is None if the condition is unknown.
    `facts` are the values it read, as text.
    `parts` are the conditions joined by `joined_by`.
    """

    text: str
    truth: bool | None
    facts: tuple[str, ...] = ()
    parts: tuple[Clause, ...] = ()
    joined_by: str = ""


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
    `compared` are the (arm, text, group) of ranks and limits that compare the customer with others.
    `flips` are the smallest changes of one value that would move the customer.
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


def explain(evaluator: Evaluator, rule: Segment | Segmentation, row: Row) -> Explanation:
    """Explains a rule for a customer: every arm in order, up to the arm that took the customer."""
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
    )


def _explain_arms(evaluator: Evaluator, rule: Segmentation, row: Row, last: Arm | None) -> Iterator[ArmExplanation]:
    for number, arm in enumerate(rule.arms):
        assert arm.condition is not None
        explained = clause(evaluator, arm.condition, row)
        note = _no_room(arm.limit, explained.truth, evaluator.takes(rule, number, row))
        yield ArmExplanation(arm.name, arm.title, explained, note, english.say(arm.condition))
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


def clause(evaluator: Evaluator, e: k.Expr, row: Row) -> Clause:
    """Builds the tree of `and`, `or` and `not` as written; a phrase is a leaf with the facts it read."""
    truth = evaluator.truth(e, row)
    verdict = None if isinstance(truth, Unknown) else truth
    if isinstance(e, k.And | k.Or):
        parts = tuple(clause(evaluator, i, row) for i in e.items)
        return Clause(written(e), verdict, (), parts, "and" if isinstance(e, k.And) else "or")
    if isinstance(e, k.Not) and isinstance(e.item, k.And | k.Or):
        return Clause(written(e), verdict, (), (clause(evaluator, e.item, row),), "not")
    facts = tuple(dict.fromkeys(_facts(evaluator, e, row)))
    reasons = truth.reasons if isinstance(truth, Unknown) else ()
    return Clause(written(e), verdict, (*facts, *(r for r in reasons if not says(facts, r))))


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
    """Returns an expression as written in the file, on one line."""
    return " ".join(e.span.text.split()) if e.span is not None else "(made by the language)"


_STANDING = {"greater": "have more", "smaller": "have less", "ranked": "are compared"}
_STANDING_BY_TIES = {"greater": "stand above", "smaller": "stand below", "ranked": "are compared"}


def _facts(evaluator: Evaluator, e: k.Expr, row: Row) -> Iterator[str]:
    clock = evaluator.world.clock
    for node in k.walk(e):
        match node:
            case k.Column() | k.MetricOf():
                yield fact(evaluator, _name(node), node, row)
            case k.Aggregate(function=k.Function.TIMES_OF_COMMONEST, value=of):
                often = values.shown(evaluator.value(node, row), node.type, clock)
                yield f"{often} have it" if isinstance(of, k.If) else f"{often} have the most common"
            case k.Aggregate():
                if node.type != ty.BOOLEAN and node is not e:
                    yield fact(evaluator, written(node), node, row)
                yield from _window(evaluator, node, row)
            case k.Standing(of="greater" | "smaller" | "ranked" as of):
                yield fact(evaluator, english.say(node.value), node.value, row)
                count = evaluator.value(node, row)
                if not isinstance(count, Unknown):
                    yield f"{values.shown(count, node.type, clock)} {(_STANDING_BY_TIES if node.ties else _STANDING)[of]}"
            case k.At(item=item, moment=moment):
                on = values.shown(evaluator.value(moment, row), moment.type, clock)
                yield fact(evaluator, written(item), node, row, "was", f" as of {on}")
            case k.Rounded(item=item) if not isinstance(e, k.Rounded):
                yield from _facts(evaluator, item, row)
            case k.BusinessDays():
                yield fact(evaluator, written(node), node, row)
            case k.Elapsed() | k.Member():
                if node is not e:
                    yield fact(evaluator, written(node), node, row)
            case k.Named(phrase="in_period", body=k.And(items=(k.Compare(right=start), k.Compare(right=end)))):
                yield _period(evaluator, start, end, row, clock)
            case k.Literal_() | k.Missing() | k.Tally() | k.Standing() | k.Named():
                pass
            case k.AsOf() | k.StartOf() | k.Shift() | k.StartOfDay() | k.DateOf() | k.PartOf():
                pass
            case k.Arithmetic() | k.Rounded() | k.Distance() | k.Split() | k.RoundTo() | k.SizeOf() | k.If():
                pass
            case k.Compare() | k.IsMissing() | k.OneOf() | k.TextTest() | k.SetTest() | k.Not() | k.And() | k.Or():
                pass


def fact(evaluator: Evaluator, name: str, e: k.Expr, row: Row, verb: str = "is", tail: str = "") -> str:
    """Says a value, as in `arr is USD 5,000`; for an unknown value also the reasons not said yet."""
    value = evaluator.value(e, row)
    fact = f"{name} {verb} {shown(value, e, evaluator.world.clock)}{tail}"
    if isinstance(value, Unknown) and isinstance(e, k.Column) and not tail:
        fact = next((r.replace("`", "") for r in value.reasons if r.startswith(f"`{name}` ")), fact)
    more = [r for r in value.reasons if not says((fact,), r)] if isinstance(value, Unknown) else []
    return f"{fact} ({'; '.join(more)})" if more else fact


def shown(value: Result, e: k.Expr, clock: Clock) -> str:
    """Writes the value of an expression; a condition without a value is `unknown`, anything else `missing`."""
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
    name = node.rows.hops[-1].name if node.rows.hops else f"all {node.rows.relation}"
    text = f"{name}: {len(selected):,} row{'' if len(selected) == 1 else 's'}"
    text += f", of {len(uncertain):,} more it is unknown" if uncertain else ""
    if window is not None and window.start is not None and window.end is not None and isinstance(clock, Clock):
        text += f", {_period(evaluator, window.start, window.end, row, clock)}"
        text += f" in {clock.zone.key}" if node.rows.zone is not None else ""
    yield text + _newest(evaluator, node.rows, selected, row)


def _newest(evaluator: Evaluator, rows: k.Rows, selected: Sequence[Row], row: Row) -> str:
    """Says when the latest row in the window was; if there is none, when the last row before it was."""
    word = ", the latest on"
    if not selected and rows.window is not None:
        all_rows = evaluator.rows(replace(rows, window=None), row)
        selected, word = ([], "") if isinstance(all_rows, Unknown) else (all_rows[0], ", the last one on")
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
    return f"{word} {values.day(date)}" + (f", {days} day{'' if days == 1 else 's'} ago" if days > 0 else "")


def _period(evaluator: Evaluator, start: k.Expr, end: k.Expr, row: Row, clock: Clock) -> str:
    first, last = (values.shown(evaluator.by(clock, b, row), b.type, clock) for b in (start, end))
    return f"from {first} until {last}"


# -- as text -------------------------------------------------------------------------


def as_text(e: Explanation) -> str:
    """Renders an explanation as a block of text; the first line says where the customer is."""
    lines = [_headline(e)]
    if e.override is not None:
        lines.append(f"  ✓ the list {e.override} names it")
    if e.population is not None and (e.status == "outside" or e.population.truth is not True):
        lines += ["  population", *_clause_lines(e.population, 2)]
    for arm in e.arms:
        title = f' "{arm.title}"' if arm.title else ""
        lines.append(f"  {MARKS[arm.clause.truth]} {arm.name}{title}" + (f"   {arm.note}" if arm.note else ""))
        lines += _clause_lines(arm.clause, 3)
    deciding = e.arms[-1] if e.arms and e.arms[-1].clause.truth and not e.arms[-1].note else None
    if deciding is not None:
        lines.append(f"  in words: {deciding.words}")
    if e.reasons and (e.status == "unknown" or not any(a.clause.truth for a in e.arms)):
        lines.append(f"  undecided because {', '.join(e.reasons)}")
    if e.flips:
        lines.append("  would be elsewhere, all else the same:")
        lines += [f"      {f.goal}, were {f.subject} {f.needed}   it is {f.value}" for f in e.flips]
    return "\n".join(map(printable, lines))


def _headline(e: Explanation) -> str:
    title = f' "{e.arm_title}"' if e.arm_title else ""
    play = f", play {e.play}" if e.play else ""
    match e.status:
        case "assigned":
            return f"{e.key} is in {e.rule}.{e.arm}{title}{play}"
        case "outside":
            return f"{e.key} is outside {e.rule}"
        case "in":
            return f"{e.key} is in {e.rule}{play}"
        case "out":
            return f"{e.key} is not in {e.rule}"
        case _:
            return f"it is unknown whether {e.key} is in {e.rule}" if e.arm is None and not e.arm_title else e.key


def _clause_lines(clause: Clause, depth: int) -> list[str]:
    pad = "  " * depth
    if clause.parts and depth == 3 and clause.joined_by == "and":
        return [line for part in clause.parts for line in _clause_lines(part, depth)]
    facts = f"   {'; '.join(clause.facts)}" if clause.facts else ""
    words = {"and": "all of", "or": "any of", "not": "not"}.get(clause.joined_by, "")
    head = f"{pad}{MARKS[clause.truth]} {words or clause.text}{facts}"
    return [head, *(line for part in clause.parts for line in _clause_lines(part, depth + 1))]
