"""Arithmetic: sets that the regions can't show to be empty, but that z3 can.

Regions treats `used / seats` and `used` as independent values. If a rule compares values that are computed from each other, this
module translates them for z3: exact numbers as reals and whole numbers, dates as days, and for each value whether it is known. z3 is
an optional extra; without it such sets count as possible.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from typing import Any

from segdsl.analyse.cells import Cell
from segdsl.analyse.diagram import EVERYBODY, NOBODY
from segdsl.analyse.regions import Kind, Regions, Subject
from segdsl.facts.ranges import range_of
from segdsl.model import expr as k
from segdsl.model import types as ty

WORK = 200_000  # z3's units (rlimit) for one question, so that the answer is the same on every machine
SECONDS = 5  # a last resort, if a unit ever took so long
EASY = 20_000  # units of the budget for a question that z3 decides; any other question takes `WORK`
MOST_STEPS = 9  # of arithmetic on whole numbers and money: it stays within 128 bits


@cache
def available() -> bool:
    return importlib.util.find_spec("z3") is not None


def ruled_out(regions: Regions, who: int) -> bool:
    """Tells whether a set is proved to be empty; False if it isn't proved, or if z3 isn't installed."""
    if who <= EVERYBODY:
        return who == NOBODY
    variables = regions.diagrams.variables(who)
    subjects = [s for s in regions.subjects.values() if s.variable in variables]
    budget = regions.diagrams.budget
    if not (_are_related(subjects) and available() and budget.afford(EASY)):
        return False
    decided = _Solver(regions).nobody(who, subjects)
    if decided is None:
        budget.afford(min(WORK, budget.solver_left))
    return decided is True


def _are_related(subjects: list[Subject]) -> bool:
    """Tells whether two subjects are computed from a common number; otherwise the regions are exact."""
    values: set[k.Expr] = set()
    for subject in subjects:
        parts = set(_parts(subject.of))
        if any(_numeric(p) for p in values & parts):
            return True
        values |= parts
    return False


def _parts(e: k.Expr) -> Iterator[k.Expr]:
    """Yields the values that an expression is computed from."""
    if isinstance(e, k.Arithmetic | k.Compare):
        yield from _parts(e.left)
        yield from _parts(e.right)
    elif not isinstance(e, k.Literal_):
        yield e


class _Solver:
    """One question to z3. Each cell of a subject is a Boolean that implies its bounds on the numbers."""

    def __init__(self, regions: Regions) -> None:
        import z3

        self.z3, self.regions = z3, regions
        self.solver = z3.Solver()
        self.solver.set("rlimit", WORK)
        self.solver.set("timeout", SECONDS * 1000)
        self._terms: dict[k.Expr, tuple[Any, Any]] = {}

    def nobody(self, who: int, subjects: list[Subject]) -> bool | None:
        """Tells whether a set is empty; None if z3 doesn't decide it."""
        z3 = self.z3
        cells = {s.variable: self._cells(s) for s in subjects}
        nodes: dict[int, Any] = {NOBODY: z3.BoolVal(False), EVERYBODY: z3.BoolVal(True)}

        def truth(of: int) -> Any:
            if of not in nodes:
                variable, children = self.regions.diagrams.node(of)
                ways: dict[int, list[Any]] = {}
                for cell, child in zip(cells[variable], children):
                    if child != NOBODY:
                        ways.setdefault(child, []).append(cell)
                nodes[of] = z3.Or([z3.And(z3.Or(some), truth(child)) for child, some in ways.items()])
            return nodes[of]

        self.solver.add(truth(who))
        answer = self.solver.check()
        return None if answer == z3.unknown else bool(answer == z3.unsat)

    def _cells(self, subject: Subject) -> list[Any]:
        """Returns a Boolean for each cell of a subject, exactly one of which is true."""
        z3 = self.z3
        booleans = [z3.Bool(f"cell {subject.variable} {i}") for i in range(len(subject.cells))]
        self.solver.add(z3.PbEq([(s, 1) for s in booleans], 1))
        terms = self._number_cut(subject)
        for cell, is_cell in zip(subject.cells, booleans) if terms is not None else ():
            assert terms is not None
            self.solver.add(z3.Implies(is_cell, self._lies(subject, cell, *terms)))
        return booleans

    def _number_cut(self, subject: Subject) -> tuple[Any, Any] | None:
        """Returns the number that the cells cut, and whether it is known; None for a subject without numbers."""
        e = subject.of
        if subject.kind is Kind.PAIR and isinstance(e, k.Compare) and _numeric(e.left) and _numeric(e.right):
            if not self.regions.costs.exact(e.left, e.right) or any(cell.floor for cell in subject.cells):
                return None  # the order of an unknown count may still be known
            left, right = self._term(e.left), self._term(e.right)
            return left[0] - right[0], self.z3.And(left[1], right[1])
        return self._term(e) if subject.kind is Kind.ORDERED and _numeric(e) else None

    def _lies(self, subject: Subject, cell: Cell, value: Any, known: Any) -> Any:
        z3 = self.z3
        if cell.missing or cell.floor:
            return z3.Not(known)
        if subject.kind is Kind.PAIR:
            return z3.And(known, {"<": value < 0, "=": value == 0, ">": value > 0}[str(cell.low)])
        if cell.point:
            return z3.And(known, value == _number(z3, cell.low))
        bounds = [known]
        if cell.low is not None:
            bounds.append(value > _number(z3, cell.low))
        if cell.high is not None:
            bounds.append(value < _number(z3, cell.high))
        return z3.And(bounds)

    def _term(self, e: k.Expr) -> tuple[Any, Any]:
        if e not in self._terms:
            self._terms[e] = self._translate(e)
        return self._terms[e]

    def _translate(self, e: k.Expr) -> tuple[Any, Any]:
        z3 = self.z3
        constant = self.regions.constant(e)
        if constant is not None:
            return _number(z3, constant), z3.BoolVal(True)
        if isinstance(e, k.Arithmetic) and _numeric(e.left) and _numeric(e.right):
            (a, knows_a), (b, knows_b) = self._term(e.left), self._term(e.right)
            if e.op == "/":
                quotient = z3.Real(f"quotient {len(self._terms)} of {len(self.solver.assertions())}")
                is_known = z3.And(knows_a, knows_b, b != 0)
                self.solver.add(z3.Implies(is_known, quotient * b == a))
                return quotient, is_known
            result = {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b}[e.op]()
            return result, z3.And(knows_a, knows_b)
        name = f"value {len(self._terms)}"
        is_whole = isinstance(e.type, ty.Integer | ty.Date)
        value = z3.Int(name) if is_whole else z3.Real(name)
        if not isinstance(e.type, ty.Date):
            within = range_of(self.regions.model, e)
            self.solver.add([value >= _number(z3, within.low)] if within.low is not None else [])
            self.solver.add([value <= _number(z3, within.high)] if within.high is not None else [])
        may_lack = next(self.regions.doubts.of(e), None) is not None
        return value, z3.Bool(f"known {name}") if may_lack else z3.BoolVal(True)


def _numeric(e: k.Expr) -> bool:
    """Tells whether an expression is made of whole numbers, money and dates in a few steps. Doubles are excluded: they round."""
    leaves = list(_parts(e))
    small = all(isinstance(p.type, ty.Integer | ty.Money | ty.Date | ty.Constant) for p in leaves)
    return small and sum(1 for _ in k.walk(e)) <= MOST_STEPS and (len(leaves) == 1 or not _has_product(e))


def _has_product(e: k.Expr) -> bool:
    """Tells whether an expression multiplies two values that are not constants, so that it isn't linear."""
    return any(
        isinstance(n, k.Arithmetic) and n.op == "*" and list(_parts(n.left)) and list(_parts(n.right))
        for n in k.walk(e)
    )


def _number(z3: Any, value: Any) -> Any:
    """Translates a number; whole numbers stay whole, which z3 decides more easily."""
    if isinstance(value, dt.date):
        return z3.IntVal(value.toordinal())
    fraction = Fraction(value)
    is_whole = fraction.denominator == 1
    return z3.IntVal(fraction.numerator) if is_whole else z3.RealVal(f"{fraction.numerator}/{fraction.denominator}")
