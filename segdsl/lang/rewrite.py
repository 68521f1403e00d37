"""Replaces nodes of a syntax tree; the spans of all other nodes stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any, TypeVar

from segdsl.lang import tree

N = TypeVar("N", bound=tree.Node)
Visit = Callable[[tree.Node], tree.Node | None]


def rewrite(node: N, visit: Visit) -> N:
    """Replaces nodes, outermost first: `visit` returns a node's replacement, or None to continue inside the node."""
    replacement = visit(node)
    if replacement is not None:
        return replacement  # type: ignore[return-value]
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
    """Replaces one node, recognised by identity."""
    return rewrite(node, lambda n: new if n is old else None)


def nodes(node: tree.Node) -> Iterator[tree.Node]:
    """Yields a node and all nodes inside it, outermost first, in written order."""
    yield node
    for part in fields(node):
        value = getattr(node, part.name)
        inside = value if isinstance(value, tuple) else (value,)
        for item in inside:
            if isinstance(item, tree.Node):
                yield from nodes(item)
