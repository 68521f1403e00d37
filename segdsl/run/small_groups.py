"""Shares of a group (`in top 10% per region`) where groups have too few for that share: the first of each is in all the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sqlglot import exp

from segdsl.diagnostics import Diagnostic
from segdsl.engines import Engine
from segdsl.model import expr as k
from segdsl.model.clock import Clock
from segdsl.model.dependencies import everything
from segdsl.model.segment import Model
from segdsl.sql import spell as s
from segdsl.words.plural import plural

_SHOWN = 3


def small_groups(model: Model, roots: Iterable[k.Expr], clock: Clock, engine: Engine) -> Iterator[Diagnostic]:
    """A warning for each share of a group that is less than one customer of some groups. Raises `DataError`."""
    for node in everything(model, roots):
        if isinstance(node, k.Named) and node.phrase == "in_top":
            yield from _small(model, node, clock, engine)


def _small(model: Model, node: k.Named, clock: Clock, engine: Engine) -> Iterator[Diagnostic]:
    match node.body:
        case k.Compare(left=k.Arithmetic(op="/", left=k.Standing() as standing), right=k.Literal_(k.Ratio() as share)):
            pass
        case _:
            return  # a number of customers, not a share
    if standing.group is None:
        return
    sizes = _sizes(model, standing, clock, engine)
    small = [name for name, n in sizes if n * share.numerator < share.denominator]
    if small:
        text = " ".join(node.span.text.split()) if node.span is not None else "a share"
        group = " ".join(standing.group.span.text.split()) if standing.group.span is not None else "the group"
        least = -(-share.denominator // share.numerator)
        shown = ", ".join(f"`{name}`" for name in small[:_SHOWN])
        of = f"{len(small):,} of {len(sizes):,} groups by {group}"
        message = f"`{text}`: {of} have fewer than {least} {plural(standing.relation)}, as {shown}"
        help = f"the first of each is in all the same; leave small groups out with `where`, or write `in top 1 per {group}`"
        yield Diagnostic("SEG0721", message, node.span, help=help, severity="warning")


def _sizes(model: Model, standing: k.Standing, clock: Clock, engine: Engine) -> list[tuple[str, int]]:
    """Name and number of the customers compared with one another, of each group."""
    from segdsl.sql.plan import condition

    assert standing.group is not None, "only groups have sizes"
    columns = {"grouped": standing.group, "compared": replace(standing, of="ranked")}
    query = condition(model, standing.relation, columns, clock).query.subquery("c")
    group, n = s.column("c", "grouped"), s.column("c", "compared")
    sizes = exp.Select(expressions=[group, exp.Max(this=n)]).from_(query)
    sizes = sizes.where(exp.Not(this=exp.Is(this=group.copy(), expression=exp.null()))).group_by(group.copy())
    return sorted((str(name), int(size)) for name, size in engine.rows(sizes) if size)
