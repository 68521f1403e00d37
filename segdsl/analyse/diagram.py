"""Decision diagrams over variables of finitely many values: sets of customers, told apart by what rules can see.

A set is a number: 0 is empty, 1 is everybody, any other names a node (variable, one child for each of its values).
Equal sets have equal numbers (R. E. Bryant, Graph-Based Algorithms for Boolean Function Manipulation, 1986, with more
than two values a variable).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

NOBODY, EVERYBODY = 0, 1
MOST_WORK = 6_000_000


class TooInvolved(Exception):
    """More work than a question may take."""


@dataclass
class Budget:
    """What one question, or several together, may take: a unit is a value of a node, some tenths of a microsecond.

    It is counted, not timed, so that the same question has the same answer on every machine.
    """

    left: int = MOST_WORK

    def spend(self, units: int) -> None:
        """Raises `TooInvolved` where nothing is left."""
        self.left -= units
        if self.left < 0:
            raise TooInvolved


class Diagrams:
    """Makes sets. `sizes[v]` is how many values variable v has; variables are asked in their order."""

    def __init__(self, budget: Budget | None = None) -> None:
        self.budget = budget or Budget()
        self.sizes: list[int] = []
        self._nodes: list[tuple[int, tuple[int, ...]]] = [(1 << 30, ()), (1 << 30, ())]
        self._known: dict[tuple[int, tuple[int, ...]], int] = {}
        self._both: dict[tuple[int, int], int] = {}
        self._none: dict[int, int] = {}

    def variable(self, size: int) -> int:
        self.sizes.append(size)
        return len(self.sizes) - 1

    def where(self, variable: int, holds: Iterable[bool]) -> int:
        """Those whose value of a variable is one of some."""
        return self._node(variable, tuple(EVERYBODY if h else NOBODY for h in holds))

    def both(self, *sets: int) -> int:
        return reduce(self._and, sorted(sets), EVERYBODY)

    def either(self, *sets: int) -> int:
        return self.other(self.both(*(self.other(s) for s in sets)))

    def node(self, of: int) -> tuple[int, tuple[int, ...]]:
        """(variable, one child for each of its values) of a set that is neither empty nor everybody."""
        return self._nodes[of]

    def way(self, of: int, choose: Callable[[Sequence[int]], int]) -> dict[int, int]:
        """Values of some variables that, whatever the others, put a customer into a set that isn't empty."""
        found = {}
        while of != EVERYBODY:
            variable, children = self._nodes[of]
            found[variable] = value = choose([i for i, child in enumerate(children) if child != NOBODY])
            of = children[value]
        return found

    def other(self, of: int) -> int:
        """Those who aren't in a set."""
        if of <= EVERYBODY:
            return 1 - of
        if of not in self._none:
            variable, children = self._nodes[of]
            self._none[of] = self._node(variable, tuple(self.other(c) for c in children))
        return self._none[of]

    def _and(self, a: int, b: int) -> int:
        if a == b or b == EVERYBODY:
            return a
        if a == EVERYBODY:
            return b
        if NOBODY in (a, b):
            return NOBODY
        key = (a, b) if a < b else (b, a)
        found = self._both.get(key)
        if found is None:
            (u, ours), (v, theirs) = self._nodes[a], self._nodes[b]
            first = min(u, v)
            one = ours if u == first else (a,) * self.sizes[first]
            other = theirs if v == first else (b,) * self.sizes[first]
            found = self._both[key] = self._node(first, tuple(map(self._and, one, other)))
        return found

    def _node(self, variable: int, children: tuple[int, ...]) -> int:
        self.budget.spend(len(children) + 5)
        if all(c == children[0] for c in children):
            return children[0]
        key = (variable, children)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = len(self._nodes)
            self._nodes.append(key)
        return found
