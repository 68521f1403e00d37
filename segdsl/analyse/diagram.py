"""Decision diagrams: sets of customers over variables with finitely many values.

A set is a number: 0 is the empty set, 1 is everybody, and any other number is a node with a variable and a child for each of its
values. Equal sets have equal numbers (R. E. Bryant, Graph-Based Algorithms for Boolean Function Manipulation, 1986; here with more
than two values per variable).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

NOBODY, EVERYBODY = 0, 1
MOST_WORK = 6_000_000
MOST_SOLVED = 3_000_000


class TooInvolved(Exception):
    """A question that can't be answered; `reason` says why, for readers of rules."""

    def __init__(self, reason: str = "it is too complex") -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass
class Budget:
    """The work allowed for one or several questions, in units: a unit is a value of a node, some tenths of a microsecond.

    Work is counted, not timed, so that a question has the same answer on every machine. `solver_left` is a separate budget for z3:
    when it is used up, sets stay possible and the regions continue.
    """

    left: int = MOST_WORK
    solver_left: int = MOST_SOLVED

    def spend(self, units: int) -> None:
        """Takes units from the budget. Raises `TooInvolved` if there are not enough."""
        self.left -= units
        if self.left < 0:
            raise TooInvolved

    def afford(self, units: int) -> bool:
        """Takes units from the solver's budget; returns False if there are not enough."""
        if self.solver_left < units:
            return False
        self.solver_left -= units
        return True


class Diagrams:
    """Makes and combines sets. `sizes[v]` is the number of values of variable v; variables are ordered by number.

    A node whose children are all nobody or everybody is stored as a bit mask with a bit for each value. Most sets of one variable
    are such nodes, and two masks are intersected in one step.
    """

    def __init__(self, budget: Budget | None = None) -> None:
        self.budget = budget or Budget()
        self.sizes: list[int] = []
        self._nodes: list[tuple[int, int | tuple[int, ...]]] = [(1 << 30, 0), (1 << 30, 0)]
        self._numbers: dict[tuple[int, int | tuple[int, ...]], int] = {}
        self._children: dict[int, tuple[int, ...]] = {}
        self._intersections: dict[tuple[int, int], int] = {}
        self._complements: dict[int, int] = {}

    def variable(self, size: int) -> int:
        self.sizes.append(size)
        return len(self.sizes) - 1

    def where(self, variable: int, holds: Iterable[bool]) -> int:
        """Returns the set of customers with certain values of a variable."""
        return self.subset(variable, sum(1 << i for i, h in enumerate(holds) if h))

    def subset(self, variable: int, mask: int) -> int:
        """Returns the set of customers with certain values of a variable, given as a bit mask, lowest bit first."""
        self.budget.spend(self.sizes[variable] // 64 + 5)
        if not mask:
            return NOBODY
        return EVERYBODY if mask == self._all(variable) else self._number_of((variable, mask))

    def both(self, *sets: int) -> int:
        return reduce(self._and, sorted(sets), EVERYBODY)

    def either(self, *sets: int) -> int:
        return self.other(self.both(*(self.other(s) for s in sets)))

    def node(self, of: int) -> tuple[int, tuple[int, ...]]:
        """Returns the variable of a set and its children, one per value; the set must be neither empty nor everybody."""
        variable, children = self._nodes[of]
        if isinstance(children, tuple):
            return variable, children
        if of not in self._children:
            self._children[of] = tuple(children >> i & 1 for i in range(self.sizes[variable]))
        return variable, self._children[of]

    def variables(self, of: int) -> set[int]:
        """Returns the variables that a set depends on."""
        variables: set[int] = set()
        todo, visited = [of], {NOBODY, EVERYBODY}
        while todo:
            node = todo.pop()
            if node not in visited:
                visited.add(node)
                variable, children = self._nodes[node]
                variables.add(variable)
                todo += children if isinstance(children, tuple) else ()
        return variables

    def way(self, of: int, choose: Callable[[Sequence[int]], int]) -> dict[int, int]:
        """Returns values of some variables that put a customer into a non-empty set, whatever the other values are."""
        values = {}
        while of != EVERYBODY:
            variable, children = self.node(of)
            values[variable] = value = choose([i for i, child in enumerate(children) if child != NOBODY])
            of = children[value]
        return values

    def other(self, of: int) -> int:
        """Returns the complement of a set."""
        if of <= EVERYBODY:
            return 1 - of
        if of not in self._complements:
            variable, children = self._nodes[of]
            if isinstance(children, tuple):
                self._complements[of] = self._node(variable, tuple(self.other(c) for c in children))
            else:
                self._complements[of] = self.subset(variable, children ^ self._all(variable))
        return self._complements[of]

    def _and(self, a: int, b: int) -> int:
        if a == b or b == EVERYBODY:
            return a
        if a == EVERYBODY:
            return b
        if NOBODY in (a, b):
            return NOBODY
        key = (a, b) if a < b else (b, a)
        result = self._intersections.get(key)
        if result is None:
            result = self._intersections[key] = self._and_of(a, b)
        return result

    def _and_of(self, a: int, b: int) -> int:
        (u, ours), (v, theirs) = self._nodes[a], self._nodes[b]
        if u == v and not isinstance(ours, tuple) and not isinstance(theirs, tuple):
            return self.subset(u, ours & theirs)
        first = min(u, v)
        left_children = self.node(a)[1] if u == first else (a,) * self.sizes[first]
        right_children = self.node(b)[1] if v == first else (b,) * self.sizes[first]
        return self._node(first, tuple(map(self._and, left_children, right_children)))

    def _all(self, variable: int) -> int:
        return (1 << self.sizes[variable]) - 1

    def _node(self, variable: int, children: tuple[int, ...]) -> int:
        self.budget.spend(len(children) + 5)
        if children.count(children[0]) == len(children):
            return children[0]
        if max(children) <= EVERYBODY:
            return self._number_of((variable, sum(1 << i for i, child in enumerate(children) if child)))
        return self._number_of((variable, children))

    def _number_of(self, key: tuple[int, int | tuple[int, ...]]) -> int:
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._nodes)
            self._nodes.append(key)
        return number
