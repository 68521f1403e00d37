"""A syntax tree -> the same tree with some of its nodes replaced; spans stay where they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any, TypeVar

from segdsl.lang import tree

N = TypeVar("N", bound=tree.Node)
Visit = Callable[[tree.Node], tree.Node | None]


def rewrite(node: N, visit: Visit) -> N:
    """`visit` gives what stands in a node's place, or None to look further inside; outermost first."""
    found = visit(node)
    if found is not None:
        return found  # type: ignore[return-value]
    changes: dict[str, Any] = {}
    for part in fields(node):
        value = getattr(node, part.name)
        if isinstance(value, tree.Node):
            new = rewrite(value, visit)
            if new is not value:
                changes[part.name] = new
        elif isinstance(value, tuple) and value and isinstance(value[0], tree.Node):
            items = tuple(rewrite(v, visit) for v in value)
            if any(a is not b for a, b in zip(items, value)):
                changes[part.name] = items
    return replace(node, **changes) if changes else node


def replaced(node: N, old: tree.Node, new: tree.Node) -> N:
    """With one node, that very one, replaced."""
    return rewrite(node, lambda n: new if n is old else None)


def nodes(node: tree.Node) -> Iterator[tree.Node]:
    """A node and all inside it, outermost first, in written order."""
    yield node
    for part in fields(node):
        value = getattr(node, part.name)
        inside = value if isinstance(value, tuple) else (value,)
        for item in inside:
            if isinstance(item, tree.Node):
                yield from nodes(item)
