"""Typed expressions of one customer's row -> lines of Python, each of which computes one value; None is unknown.

Compiled are conditions, texts, times, numbers, fields of the customer and of the rows to which its links lead, its metrics and its
membership. Aggregates, values as of other times, ranks, limits and the few other nodes that look beyond one row are asked of
the reference evaluator.

A number is a whole number over a denominator that is known beforehand where no step can exceed the bound of exact arithmetic.
All other numbers are the reference evaluator's own (`reference/quantity.py`), so that they leave exact arithmetic where it does.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, assert_never

from segdsl.compiled import tests_of_text
from segdsl.model import expr as k
from segdsl.model import folding, split, versions
from segdsl.model import types as ty
from segdsl.model.clock import Clock, business_days, elapsed, to_utc
from segdsl.model.clock import part as part_of
from segdsl.model.dependencies import everything
from segdsl.model.exact import BOUND, Exactness, column_denominator
from segdsl.model.segment import UTC, Model, Segment, Segmentation
from segdsl.reference import quantity as q
from segdsl.reference.evaluate import Evaluator

OfClock = Callable[[Evaluator], object]
"""Computes a value that depends on as-of alone, by an evaluator of that time without data."""

_SOME_CLOCK = Clock(dt.datetime(2026, 11, 1), UTC)
_OPERATORS = {"=": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_BITS = BOUND.bit_length() - 1
_COUNTED = 63  # bits of a count of units between two times


@dataclass(frozen=True, slots=True)
class Term:
    """A value in the source.

    `code` is a name.
    `known` says that it is never None.
    `over` is the denominator of a whole number, which has at most `bits` bits; None for values of other types and for quantities.
    `is_double` says that it is a double, as fields of type `real` are.
    """

    code: str
    known: bool = False
    over: int | None = None
    bits: int = 0
    is_double: bool = False


@dataclass(frozen=True, slots=True)
class OutcomeTerm:
    """The names of a customer's arm in a segmentation, and of its status."""

    arm: str
    status: str


class Writer:
    """Writes lines for one entity's rules.

    `lines` compute what was asked for, in order.
    `constants` are the objects that the lines name.
    `of_clock` are the values named `t[0]`, `t[1]`, …
    `asks` says whether a line asks the reference evaluator.
    """

    def __init__(self, model: Model, entity: str) -> None:
        self.model, self.entity = model, entity
        self.lines: list[str] = []
        self.constants: dict[str, Any] = {}
        self.of_clock: list[OfClock] = []
        self.asks = False
        self._exactness = Exactness(model.metrics)
        self._terms: dict[k.Expr, Term] = {}
        self._quantities: dict[k.Expr, Term] = {}
        self._rows: dict[k.Row, str | None] = {}
        self._outcomes: dict[str, OutcomeTerm] = {}
        self._names: dict[tuple[type, object], str] = {}
        self._variables = 0

    # -- rules ---------------------------------------------------------------------

    def item(self, name: str, code: str) -> str:
        """Returns an item of the result."""
        return f"{self._constant(name)}: {code}"

    def segment(self, rule: Segment) -> Term:
        """Writes the truth of a segment."""
        if rule.limit is not None:
            return self._ask(k.Member(k.This(), rule.entity, rule.name, None))
        return self._and((rule.condition,) if rule.where is None else (rule.where, rule.condition))

    def outcome(self, rule: Segmentation) -> OutcomeTerm:
        """Writes the place of a customer in a segmentation: what applies first is assigned last."""
        if rule.name not in self._outcomes:
            self._outcomes[rule.name] = self._outcome(rule)
        return self._outcomes[rule.name]

    def _outcome(self, rule: Segmentation) -> OutcomeTerm:
        arm, status = self._new(), self._new()
        if any(a.limit is not None for a in rule.arms):
            self.asks = True
            self.lines.append(f"{arm}, {status} = ask.outcome({self._object(rule)})")
            return OutcomeTerm(arm, status)
        where = self.term(rule.where) if rule.where is not None else None
        override = self.term(rule.override) if rule.override is not None else None
        conditions = [self.term(a.condition) for a in rule.arms if a.condition is not None]
        unassigned = ("None", "unknown")
        if rule.undecided is not None:
            unassigned = (self._constant(rule.undecided.name), "assigned")

        def place(condition: str, name: str, status_of_it: str) -> None:
            self.lines.append(f"{condition}{arm} = {name}; {status} = {self._constant(status_of_it)}")

        place("", self._constant(rule.otherwise.name), "assigned")
        if unknown := [c.code for c in conditions if not c.known]:
            place(f"if {_any_is('None', unknown)}: ", *unassigned)
        for a, condition in reversed(list(zip(rule.arms, conditions))):
            place(f"if {condition.code}: ", self._constant(a.name), "assigned")
        if override is not None:
            arms = self._object(frozenset(a.name for a in rule.all_arms))
            place(f"if {override.code} in {arms}: ", override.code, "assigned")
        if where is not None:
            place(f"if {where.code} is None: ", *unassigned)
            place(f"if {where.code} is False: ", "None", "outside")
        return OutcomeTerm(arm, status)

    # -- values --------------------------------------------------------------------

    def term(self, e: k.Expr) -> Term:
        """Writes an expression for the customer's row, once."""
        if e not in self._terms:
            self._terms[e] = self._term(e)
        return self._terms[e]

    def _term(self, e: k.Expr) -> Term:
        if _SOME_CLOCK.constant(e) is not None:
            return self._as_of(lambda evaluator: evaluator.world.clock.constant(e))
        match e:
            case k.Literal_(value=k.Ratio(numerator, denominator)):
                if abs(numerator) < BOUND and denominator < BOUND:
                    return Term(self._constant(numerator), True, denominator, numerator.bit_length())
                return Term(self._object(q.exact(numerator, denominator)), True)
            case k.Literal_(value=value):
                return Term(self._constant(value), True)
            case k.Missing():
                return Term("None")
            case k.Column():
                return self._column(e)
            case k.MetricOf(row=k.This(), name=name):
                return self.term(self.model.metrics[name].body)
            case k.Member(row=k.This()):
                return self._member(e)
            case k.Shift(moment=moment, count=count, unit=unit):
                return self._of([moment], f"clock.shift({{0}}, {self._constant(count)}, {self._constant(unit)})")
            case k.StartOfDay(date=date):
                return self._of([date], "clock.start_of_day({0})")
            case k.DateOf(moment=moment, zone=None):
                return self._of([moment], "clock.date_of({0})")
            case k.Elapsed(unit=unit, start=start, end=end):
                counted = f"{self._object(elapsed)}({self._constant(unit)}, {{0}}, {{1}})"
                return self._of([start, end], counted, 1, _COUNTED)
            case k.BusinessDays(calendar=calendar, start=start, end=end):
                counted = f"{self._object(business_days)}({self._object(calendar)}, {{0}}, {{1}})"
                return self._of([start, end], counted, 1, _COUNTED)
            case k.PartOf(part=part, date=date):
                return self._of([date], f"{self._object(_part)}({self._constant(part)}, {{0}}, clock)", 1, _COUNTED)
            case k.Arithmetic():
                return self._arithmetic(e)
            case k.SizeOf(subject=subject):
                return self._of([subject], f"{self._object(len)}({{0}})", 1, _COUNTED)
            case k.Split(salt=salt, by=by):
                return self._split(e, salt, by)
            case k.Compare():
                return self._compare(e)
            case k.IsMissing(item=item):
                return self._new_term(f"{self.term(item).code} is None", known=True)
            case k.OneOf():
                return self._one_of(e)
            case k.TextTest(subject=subject):
                test = tests_of_text.of_text(e)
                return self._ask(e) if test is None else self._of([subject], f"{self._object(test)}({{0}})")
            case k.SetTest(subject=subject, item=item, listed=listed):
                if listed is not None:
                    return self._ask(e)
                test_of_set = self._object(tests_of_text.of_set(e))
                items = [subject] if item is None else [subject, item]
                return self._of(items, f"{test_of_set}({', '.join(f'{{{i}}}' for i in range(len(items)))})")
            case k.Not(item=item):
                return self._of([item], "not {0}")
            case k.And(items=items):
                return self._and(items)
            case k.Or(items=items):
                return self._or(items)
            case k.If():
                return self._if(e)
            case k.Named(body=body):
                return self.term(body)
            case k.MetricOf() | k.Member() | k.Tally() | k.DateOf() | k.AsOf() | k.StartOf() | k.Rounded():
                return self._ask(e)
            case k.Distance() | k.RoundTo() | k.Aggregate() | k.Standing() | k.At():
                return self._ask(e)
            case _:
                assert_never(e)

    def _column(self, e: k.Column) -> Term:
        row = self._row(e.row)
        if row is None:
            return self._ask(e)
        name = self._constant(e.name)
        if row == "row":
            cell = self._new_term(f"get({name})").code
        else:
            cell = self._new_term(f"None if {row} is None else {row}.get({name})").code
        if e.type == ty.REAL:
            double = self._new_term(f"None if {cell} is None else {self._object(_finite)}({cell})")
            return replace(double, is_double=True)
        return Term(cell, False, column_denominator(e.type), _bits(e.type)) if ty.is_numeric(e.type) else Term(cell)

    def _row(self, of: k.Row) -> str | None:
        """Writes the row to which links lead, and returns its name; None if the reference evaluator has to find it."""
        if of not in self._rows:
            self._rows[of] = self._linked(of)
        return self._rows[of]

    def _linked(self, of: k.Row) -> str | None:
        match of:
            case k.This():
                return "row"
            case k.Via(row=start_of, link=link):
                start = self._row(start_of)
                if start is None:
                    return None
                found = f"world.by_key({self._constant(link.target)}, {start}.get({self._constant(link.column)}))"
                return self._new_term(found if start == "row" else f"None if {start} is None else {found}").code
            case k.Topmost() | k.Given() | k.Outer():
                return None
            case _:
                assert_never(of)

    def _member(self, e: k.Member) -> Term:
        if e.name in self.model.segments:
            return self.segment(self.model.segments[e.name])
        outcome = self.outcome(self.model.segmentations[e.name])
        unknown, arm = self._constant("unknown"), self._constant(e.arm)
        return self._new_term(f"None if {outcome.status} == {unknown} else {outcome.arm} == {arm}")

    def _if(self, e: k.If) -> Term:
        condition, branches = self.term(e.condition), [self.term(e.then), self.term(e.otherwise)]
        over, bits = None, 0
        if ty.is_numeric(e.type):
            overs = {b.over for b in branches if b.code != "None"}
            over = overs.pop() if len(overs) == 1 else None
            if over is None or self._exactness.real(e):
                return self._quantity(e)
            bits = max(b.bits for b in branches)
        return self._new_term(
            self._chosen(condition, *branches), condition.known and all(b.known for b in branches), over, bits
        )

    def _chosen(self, condition: Term, then: Term, otherwise: Term) -> str:
        chosen = f"{then.code} if {condition.code} else {otherwise.code}"
        return chosen if condition.known else f"None if {condition.code} is None else {chosen}"

    def _and(self, items: Sequence[k.Expr]) -> Term:
        terms = [self.term(item) for item in items]
        if all(t.known for t in terms):
            return self._new_term(" and ".join(t.code for t in terms), known=True)
        false, unknown = _any_is("False", [t.code for t in terms]), [t.code for t in terms if not t.known]
        return self._new_term(f"False if {false} else None if {_any_is('None', unknown)} else True")

    def _or(self, items: Sequence[k.Expr]) -> Term:
        terms = [self.term(item) for item in items]
        true, unknown = " or ".join(t.code for t in terms), [t.code for t in terms if not t.known]
        if not unknown:
            return self._new_term(true, known=True)
        return self._new_term(f"True if {true} else None if {_any_is('None', unknown)} else False")

    # -- numbers -------------------------------------------------------------------

    def _arithmetic(self, e: k.Arithmetic) -> Term:
        """Writes a step of whole numbers, or of quantities where one of the numbers it computes with may exceed the bound."""
        a, b = self.term(e.left), self.term(e.right)
        if a.over is None or b.over is None:
            return self._quantity(e)
        if e.op == "/":
            return self._quotient(e, a, a.over, b, b.over)
        if e.op == "*":
            code, over, bits = "{0} * {1}", a.over * b.over, a.bits + b.bits
        elif self._exactness.same_denominator(e.left, e.right):
            code, over, bits = f"{{0}} {e.op} {{1}}", a.over, max(a.bits, b.bits) + 1
        else:
            a_over, b_over = a.over, b.over
            left, right = a.bits + b_over.bit_length(), b.bits + a_over.bit_length()
            code, over, bits = f"{{0}} {e.op} {{1}}", a_over * b_over, max(left, right) + 1
            if bits > _BITS:
                return self._quantity(e)
            a, b = self._times(a, b_over), self._times(b, a_over)
        return self._of_terms([a, b], code, over, bits) if bits <= _BITS and over < BOUND else self._quantity(e)

    def _quotient(self, e: k.Arithmetic, a: Term, a_over: int, b: Term, b_over: int) -> Term:
        """Writes a quotient of whole numbers, if the divisor is a constant, so that its denominator is known."""
        divisor = self.constants.get(b.code)
        bits = a.bits + b_over.bit_length()
        if not isinstance(divisor, int) or divisor == 0 or bits > _BITS or a_over * abs(divisor) >= BOUND:
            return self._quantity(e)
        return replace(self._times(a, b_over if divisor > 0 else -b_over), over=a_over * abs(divisor), bits=bits)

    def _quantity(self, e: k.Expr) -> Term:
        """Writes a number as a quantity, whose double is computed step by step, as the reference evaluator does."""
        if e not in self._quantities:
            self._quantities[e] = self._as_quantity(e)
        return self._quantities[e]

    def _as_quantity(self, e: k.Expr) -> Term:
        if isinstance(e, k.Named):
            return self._quantity(e.body)
        if isinstance(e, k.MetricOf) and isinstance(e.row, k.This):
            return self._quantity(self.model.metrics[e.name].body)
        if isinstance(e, k.Arithmetic):
            operands = [self._quantity(e.left), self._quantity(e.right)]
            same = self._constant(self._exactness.same_denominator(e.left, e.right))
            computed = self._of_terms(
                operands, f"{self._object(q.arithmetic)}({self._constant(e.op)}, {{0}}, {{1}}, {same})"
            )
            return Term(computed.code)  # also of known numbers: by zero, or without end
        if isinstance(e, k.If):
            branches = [self._quantity(e.then), self._quantity(e.otherwise)]
            chosen = self._new_term(self._chosen(self.term(e.condition), *branches))
            return self._of_terms([chosen], f"{self._object(q.rounded)}({{0}})") if self._exactness.real(e) else chosen
        number = self.term(e)
        if number.is_double:
            return self._of_terms([number], f"{self._object(q.real)}({{0}})")
        if number.over is None:
            return number
        if isinstance(numerator := self.constants.get(number.code), int):
            return Term(self._object(q.exact(numerator, number.over)), True)
        return self._of_terms([number], f"{self._object(q.exact)}({{0}}, {self._constant(number.over)})")

    def _split(self, e: k.Split, salt: str, by: k.Expr) -> Term:
        key = self.term(by)
        if ty.is_numeric(by.type) and key.over is None:
            return self._ask(e)
        drawn = f"{self._object(_drawn)}({self._constant(salt)}, {{0}})"
        return self._of_terms([key], drawn, split.SCALE, split.SCALE.bit_length())

    # -- comparisons ---------------------------------------------------------------

    def _compare(self, e: k.Compare) -> Term:
        if not ty.is_numeric(e.left.type):
            ordered = f"{self._folded('{0}', e.ignoring)} {_OPERATORS[e.op]} {self._folded('{1}', e.ignoring)}"
            return self._of([e.left, e.right], ordered)
        if self._may_be_bounded(e.left, e.right):
            return self._ask(e)
        a, b = self.term(e.left), self.term(e.right)
        same = self._exactness.same_denominator(e.left, e.right)
        if a.over is not None and b.over is not None:
            if same:
                return self._of_terms([a, b], f"{{0}} {_OPERATORS[e.op]} {{1}}")
            if max(a.bits + b.over.bit_length(), b.bits + a.over.bit_length()) <= _BITS:
                left, right = (a, b) if a.over == b.over else (self._times(a, b.over), self._times(b, a.over))
                return self._of_terms([left, right], f"{{0}} {_OPERATORS[e.op]} {{1}}")
        if a.is_double or b.is_double:
            doubles = [self._double(e.left), self._double(e.right)]
            return self._of_terms(doubles, f"{{0}} {_OPERATORS[e.op]} {{1}}")
        compared = f"{self._object(q.compare)}({self._constant(e.op)}, {{0}}, {{1}}, {self._constant(same)})[0]"
        return self._of_terms([self._quantity(e.left), self._quantity(e.right)], compared)

    def _times(self, number: Term, factor: int) -> Term:
        """Writes the product of a whole number with a factor; of a constant it is one, too."""
        if isinstance(constant := self.constants.get(number.code), int):
            return Term(self._constant(constant * factor), True)
        return number if factor == 1 else self._of_terms([number], f"{{0}} * {self._constant(factor)}")

    def _double(self, e: k.Expr) -> Term:
        """Writes a number as the double that it is compared with a double by."""
        number = self.term(e)
        if number.is_double:
            return number
        quantity = self._quantity(e)
        if isinstance(constant := self.constants.get(quantity.code), q.Quantity):
            return Term(self._constant(constant.double), True)
        return self._of_terms([quantity], "{0}.double")

    def _may_be_bounded(self, *numbers: k.Expr) -> bool:
        """Tells whether a comparison may have to know of a count that is unknown how large it is at least."""
        relations = self.model.schema.relations
        return any(
            isinstance(n, k.Aggregate) and relations[n.rows.relation].complete_from is not None
            for n in everything(self.model, numbers)
        )

    def _one_of(self, e: k.OneOf) -> Term:
        if ty.is_numeric(e.item.type):
            return self._one_of_numbers(e)
        item, values, listed, ignoring = self.term(e.item), e.values, e.listed, e.ignoring
        among: str
        if ty.is_textual(e.item.type):
            if listed is None:
                among = self._object(frozenset(folding.fold(v, ignoring) for v in values if isinstance(v, str)))
            else:
                among = self._as_of(lambda evaluator: _texts_of(evaluator, values, listed, ignoring)).code
        elif listed is not None:
            return self._ask(e)
        elif any(isinstance(v, dt.date) for v in values):
            is_instant = e.item.type == ty.TIMESTAMP
            among = self._as_of(lambda evaluator: _times_of(evaluator.world.clock, values, is_instant)).code
        else:
            among = self._object(frozenset(values))
        return self._of_terms([item], f"{self._folded('{0}', ignoring)} in {among}")

    def _folded(self, text: str, ignoring: k.Ignoring | None) -> str:
        return text if ignoring is None else f"{self._object(folding.fold)}({text}, {self._constant(ignoring)})"

    def _one_of_numbers(self, e: k.OneOf) -> Term:
        item = self.term(e.item)
        ratios = [v for v in e.values if isinstance(v, k.Ratio)]
        if item.over is None or e.listed is not None or self._may_be_bounded(e.item):
            return self._ask(e)
        widest = max((v.denominator.bit_length() for v in ratios), default=0)
        longest = max((v.numerator.bit_length() for v in ratios), default=0)
        if max(item.bits + widest, longest + item.over.bit_length()) > _BITS:
            return self._ask(e)
        scaled = [(v.numerator * item.over, v.denominator) for v in ratios]
        among = frozenset(top // under for top, under in scaled if top % under == 0)
        return self._of_terms([item], f"{{0}} in {self._object(among)}")

    # -- lines ---------------------------------------------------------------------

    def _of(self, parts: Sequence[k.Expr], code: str, over: int | None = None, bits: int = 0) -> Term:
        """Writes a value of several parts, each named by its number in `code`; unknown if one of them is."""
        return self._of_terms([self.term(p) for p in parts], code, over, bits)

    def _of_terms(self, terms: Sequence[Term], code: str, over: int | None = None, bits: int = 0) -> Term:
        unknown = [t.code for t in terms if not t.known]
        computed = code.format(*(t.code for t in terms))
        if unknown:
            computed = f"None if {_any_is('None', unknown)} else {computed}"
        return self._new_term(computed, not unknown, over, bits)

    def _ask(self, e: k.Expr) -> Term:
        """Has the reference evaluator evaluate an expression: its numbers are quantities."""
        self.asks = True
        return self._new_term(f"ask.value({self._object(e)})")

    def _as_of(self, value: OfClock) -> Term:
        self.of_clock.append(value)
        return self._new_term(f"t[{len(self.of_clock) - 1}]", known=True)

    def _new_term(self, code: str, known: bool = False, over: int | None = None, bits: int = 0) -> Term:
        name = self._new()
        self.lines.append(f"{name} = {code}")
        return Term(name, known, over, bits)

    def _new(self) -> str:
        self._variables += 1
        return f"v{self._variables - 1}"

    def _constant(self, value: Any) -> str:
        """Returns the name of a value of a simple type: equal ones have one name."""
        key = (type(value), value)
        if key not in self._names:
            self._names[key] = self._object(value)
        return self._names[key]

    def _object(self, value: Any) -> str:
        name = f"k{len(self.constants)}"
        self.constants[name] = value
        return name


# -- what the lines call -------------------------------------------------------------


def _finite(cell: Any) -> float | None:
    return float(cell) if math.isfinite(cell) else None


def _part(part: k.Part, moment: dt.date, clock: Clock) -> int:
    return part_of(part, clock.local(moment) if isinstance(moment, dt.datetime) else moment)


def _drawn(salt: str, key: object) -> int:
    return split.drawn(salt, str(key))


def _texts_of(
    evaluator: Evaluator, values: Sequence[k.Scalar], listed: str, ignoring: k.Ignoring | None
) -> frozenset[str]:
    texts = [*values, *evaluator.values_of_list(listed)]
    return frozenset(folding.fold(v, ignoring) for v in texts if isinstance(v, str))


def _times_of(clock: Clock, values: Sequence[k.Scalar], is_instant: bool) -> frozenset[dt.date]:
    times = (to_utc(v, clock.zone) if isinstance(v, dt.datetime) else v for v in values if isinstance(v, dt.date))
    if not is_instant:
        return frozenset(times)
    return frozenset(v if isinstance(v, dt.datetime) else clock.start_of_day(v) for v in times)


# -- helpers -------------------------------------------------------------------------


def _any_is(what: str, names: Sequence[str]) -> str:
    return " or ".join(f"{name} is {what}" for name in dict.fromkeys(names))


def _bits(t: ty.Type) -> int:
    """Returns a bound on the bits of a field's values, whatever its range."""
    if t == ty.VERSION:
        return versions.BITS
    return 91 if t == ty.NUMBER else 64
