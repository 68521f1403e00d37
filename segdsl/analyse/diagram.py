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
MOST_SOLVED = 3_000_000


class TooInvolved(Exception):
    """A question that isn't answered; `reason` says why, in the words of a reader of rules."""

    def __init__(self, reason: str = "it is too involved") -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass
class Budget:
    """What one question, or several together, may take: a unit is a value of a node, some tenths of a microsecond.

    It is counted, not timed, so that the same question has the same answer on every machine.
    """

    left: int = MOST_WORK
    solver_left: int = MOST_SOLVED  # beside it: a solver without means leaves a set open, and the regions go on

    def spend(self, units: int) -> None:
        """Raises `TooInvolved` where nothing is left."""
        self.left -= units
        if self.left < 0:
            raise TooInvolved

    def afford(self, units: int) -> bool:
        """Whether the solver may still take so much; then it is taken."""
        if self.solver_left < units:
            return False
        self.solver_left -= units
        return True


class Diagrams:
    """Makes sets. `sizes[v]` is how many values variable v has; variables are asked in their order.

    A node whose children are nobody or everybody is kept as a mask, a bit for each value: most sets of one variable are
    such, and whole masks are joined in one step.
    """

    def __init__(self, budget: Budget | None = None) -> None:
        self.budget = budget or Budget()
        self.sizes: list[int] = []
        self._nodes: list[tuple[int, int | tuple[int, ...]]] = [(1 << 30, 0), (1 << 30, 0)]
        self._known: dict[tuple[int, int | tuple[int, ...]], int] = {}
        self._children: dict[int, tuple[int, ...]] = {}
        self._both: dict[tuple[int, int], int] = {}
        self._none: dict[int, int] = {}

    def variable(self, size: int) -> int:
        self.sizes.append(size)
        return len(self.sizes) - 1

    def where(self, variable: int, holds: Iterable[bool]) -> int:
        """Those whose value of a variable is one of some."""
        return self.subset(variable, sum(1 << i for i, h in enumerate(holds) if h))

    def subset(self, variable: int, mask: int) -> int:
        """The same, as a bit for each value, the first the lowest."""
        self.budget.spend(self.sizes[variable] // 64 + 5)
        if not mask:
            return NOBODY
        return EVERYBODY if mask == self._all(variable) else self._kept((variable, mask))

    def both(self, *sets: int) -> int:
        return reduce(self._and, sorted(sets), EVERYBODY)

    def either(self, *sets: int) -> int:
        return self.other(self.both(*(self.other(s) for s in sets)))

    def node(self, of: int) -> tuple[int, tuple[int, ...]]:
        """(variable, one child for each of its values) of a set that is neither empty nor everybody."""
        variable, children = self._nodes[of]
        if isinstance(children, tuple):
            return variable, children
        if of not in self._children:
            self._children[of] = tuple(children >> i & 1 for i in range(self.sizes[variable]))
        return variable, self._children[of]

    def variables(self, of: int) -> set[int]:
        """Those that a set depends on."""
        found: set[int] = set()
        todo, seen = [of], {NOBODY, EVERYBODY}
        while todo:
            node = todo.pop()
            if node not in seen:
                seen.add(node)
                variable, children = self._nodes[node]
                found.add(variable)
                todo += children if isinstance(children, tuple) else ()
        return found

    def way(self, of: int, choose: Callable[[Sequence[int]], int]) -> dict[int, int]:
        """Values of some variables that, whatever the others, put a customer into a set that isn't empty."""
        found = {}
        while of != EVERYBODY:
            variable, children = self.node(of)
            found[variable] = value = choose([i for i, child in enumerate(children) if child != NOBODY])
            of = children[value]
        return found

    def other(self, of: int) -> int:
        """Those who aren't in a set."""
        if of <= EVERYBODY:
            return 1 - of
        if of not in self._none:
            variable, children = self._nodes[of]
            if isinstance(children, tuple):
                self._none[of] = self._node(variable, tuple(self.other(c) for c in children))
            else:
                self._none[of] = self.subset(variable, children ^ self._all(variable))
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
            found = self._both[key] = self._and_of(a, b)
        return found

    def _and_of(self, a: int, b: int) -> int:
        (u, ours), (v, theirs) = self._nodes[a], self._nodes[b]
        if u == v and not isinstance(ours, tuple) and not isinstance(theirs, tuple):
            return self.subset(u, ours & theirs)
        first = min(u, v)
        one = self.node(a)[1] if u == first else (a,) * self.sizes[first]
        other = self.node(b)[1] if v == first else (b,) * self.sizes[first]
        return self._node(first, tuple(map(self._and, one, other)))

    def _all(self, variable: int) -> int:
        return (1 << self.sizes[variable]) - 1

    def _node(self, variable: int, children: tuple[int, ...]) -> int:
        self.budget.spend(len(children) + 5)
        if children.count(children[0]) == len(children):
            return children[0]
        if max(children) <= EVERYBODY:
            return self._kept((variable, sum(1 << i for i, child in enumerate(children) if child)))
        return self._kept((variable, children))

    def _kept(self, key: tuple[int, int | tuple[int, ...]]) -> int:
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = len(self._nodes)
            self._nodes.append(key)
        return found
