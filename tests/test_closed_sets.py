"""Sets that ARCHITECTURE.md calls closed: what a new member must say of itself, and who must speak of it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from segdsl.model import expr as k


@dataclass(frozen=True, slots=True, eq=False)
class Bare(k.Node):
    item: k.Expr


@dataclass(frozen=True, slots=True, eq=False)
class Several(k.Node):
    items: tuple[k.Expr, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Perhaps(k.Node):
    column: k.Column | None


@dataclass(frozen=True, slots=True, eq=False)
class TwoWays(k.Node):
    pair: tuple[k.Here, k.OfRows]


@dataclass(frozen=True, slots=True)
class OwnHash(k.Node):
    item: k.Here


@pytest.mark.parametrize(("node", "wrong"), [
    (Bare, "Bare.item holds an expression: say how"),
    (Several, "Several.items holds an expression: say how"),
    (Perhaps, "Perhaps.column holds an expression: say how"),
    (TwoWays, "TwoWays.pair is evaluated in more than one way"),
    (OwnHash, "OwnHash has a hash of its own"),
])  # fmt: skip
def test_a_node_says_how_what_it_holds_is_evaluated(node: type[k.Node], wrong: str) -> None:
    with pytest.raises(TypeError, match=wrong):
        k._declared(node)
