"""Trees of expressions as people write them elsewhere. A node knows from where to where it stands in the text, as two offsets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from typing import Any


@dataclass(frozen=True, slots=True)
class Node:
    start: int = field(compare=False)
    end: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Number(Node):
    """`is_open` says that its point may stand between thousands, too."""

    value: Fraction
    text: str
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Text(Node):
    """`is_localised` says that a number in it may have a decimal comma."""

    value: str
    is_localised: bool = False


@dataclass(frozen=True, slots=True)
class Pattern(Node):
    """A pattern between slashes, as in JavaScript."""

    value: str
    ignoring: bool


@dataclass(frozen=True, slots=True)
class Date(Node):
    text: str


@dataclass(frozen=True, slots=True)
class Truth(Node):
    value: bool


@dataclass(frozen=True, slots=True)
class Nothing(Node):
    """NULL, None, undefined."""


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A name of one or several parts, as in `tickets.priority`, `account[arr]` or `billing!credit`."""

    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Star(Node):
    """The `*` of `COUNT(*)`."""


@dataclass(frozen=True, slots=True)
class Length(Node):
    """A length of time, such as INTERVAL '30 days'."""

    count: int
    unit: str


@dataclass(frozen=True, slots=True)
class Over(Node):
    """What stands after OVER: the groups, and the order as pairs of a value and whether it falls."""

    groups: tuple[Node, ...]
    order: tuple[tuple[Node, bool], ...]


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A call of a function or method, whose receiver is its first argument. `named` are arguments with a name."""

    name: str
    arguments: tuple[Node, ...]
    named: tuple[tuple[str, Node], ...] = ()
    distinct: bool = False
    over: Over | None = None
    condition: Node | None = None
    method: bool = False


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """`not`, `-` or `+`."""

    op: str
    x: Node


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """`and`, `or`, a comparison by the language's own sign, `same`, a calculation, `&` or `||` of texts, or `??`."""

    op: str
    a: Node
    b: Node


@dataclass(frozen=True, slots=True)
class In(Node):
    """`is_definite` says that it is false of a missing value, as in R."""

    x: Node
    values: Node
    negated: bool
    is_definite: bool = False


@dataclass(frozen=True, slots=True)
class Between(Node):
    x: Node
    low: Node
    high: Node
    negated: bool


@dataclass(frozen=True, slots=True)
class During(Node):
    """Rows, a value of them or an aggregate in a window of the language: `logins.device in last 28 days`."""

    x: Node
    window: str


@dataclass(frozen=True, slots=True)
class Like(Node):
    """A test of text: `kind` is like, pattern, contains, starts with, ends with or matches.

    `escape` stands before a sign that means itself.
    """

    x: Node
    pattern: Node
    kind: str
    negated: bool
    ignoring: bool
    escape: str = "\\"


@dataclass(frozen=True, slots=True)
class Several(Node):
    """Values in brackets or braces; `breaks` says behind how many of them each row of an array ends, as in `{"a",1;"b",2}`."""

    items: tuple[Node, ...]
    breaks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Chosen(Node):
    """CASE WHEN, or `a if c else b`: pairs of condition and value, and the value otherwise."""

    arms: tuple[tuple[Node, Node], ...]
    otherwise: Node | None


@dataclass(frozen=True, slots=True)
class Each(Node):
    """A comprehension or the function given to `filter`: `body` for each `variable` in `rows` where `condition`.

    `rows` is None for a function by itself.
    """

    variables: tuple[str, ...]
    body: Node
    rows: Node | None
    condition: Node | None


@dataclass(frozen=True, slots=True)
class Source(Node):
    """A table of a query with its alias; `rows` is a name or a query; `on` and `outer` are those of a JOIN."""

    rows: Node
    alias: str
    on: Node | None = None
    outer: bool = False


@dataclass(frozen=True, slots=True)
class Query(Node):
    """SELECT … FROM … WHERE …; `also` are queries joined by union, except or intersect."""

    columns: tuple[tuple[Node, str], ...]
    sources: tuple[Source, ...]
    where: Node | None = None
    groups: tuple[Node, ...] = ()
    having: Node | None = None
    order: tuple[tuple[Node, bool], ...] = ()
    most: int | None = None
    most_is_share: bool = False
    distinct: bool = False
    also: tuple[tuple[str, Query], ...] = ()
    named: tuple[tuple[str, Query], ...] = ()


@dataclass(frozen=True, slots=True)
class Words(Node):
    """What isn't a formula: left as it is written."""


@dataclass(frozen=True, slots=True)
class Given(Node):
    """A part whose meaning is known already."""

    meaning: object


def walk(node: Node) -> Iterator[Node]:
    """Yields a node and all below it."""
    left: list[object] = [node]
    while left:
        one = left.pop()
        if isinstance(one, Node):
            yield one
            left += [getattr(one, f.name) for f in fields(one)]
        elif isinstance(one, tuple):
            left += one


def rebuilt(node: Node, changed: Callable[[Node], Node | None]) -> Node:
    """A tree in which other nodes stand in place of some: what `changed` returns, or None for one that stays."""
    if (other := changed(node)) is not None:
        return other
    parts: dict[str, Any] = {f.name: _rebuilt(getattr(node, f.name), changed) for f in fields(node)}
    return replace(node, **{name: part for name, part in parts.items() if part is not getattr(node, name)})


def placed(node: Node, start: int, end: int) -> Node:
    """A tree all of whose nodes stand at one place of a text, such as that of a name that means it."""
    parts = {f.name: _placed(getattr(node, f.name), start, end) for f in fields(node)}
    return replace(node, **{**parts, "start": start, "end": end})


def _placed(part: object, start: int, end: int) -> Any:
    if isinstance(part, Node):
        return placed(part, start, end)
    return tuple(_placed(p, start, end) for p in part) if isinstance(part, tuple) else part


def _rebuilt(part: object, changed: Callable[[Node], Node | None]) -> object:
    if isinstance(part, Node):
        return rebuilt(part, changed)
    if isinstance(part, tuple):
        return tuple(_rebuilt(p, changed) for p in part)
    return part


def parts_of(op: str, node: Node | None) -> list[Node]:
    """The parts of a condition that `and` or `or` joins."""
    if node is None:
        return []
    parts, left = list[Node](), [node]
    while left:
        one = left.pop()
        if isinstance(one, Binary) and one.op == op:
            left += [one.b, one.a]
        else:
            parts.append(one)
    return parts
