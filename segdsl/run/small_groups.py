"""Shares of a group (`in top 10% per region`) where groups have too few for that share: the first of each is in all the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from sqlglot import exp

from segdsl.diagnostics import Diagnostic
from segdsl.engines import Engine
from segdsl.model import expr as k
from segdsl.model.clock import Clock
from segdsl.model.dependencies import everything
from segdsl.model.segment import Model, Rule, Segment
from segdsl.sql import spell as s
from segdsl.words.plural import plural

_SHOWN = 3


def small_groups(model: Model, rules: Iterable[Rule], clock: Clock, engine: Engine) -> Iterator[Diagnostic]:
    """A warning for each share of a group that is less than one customer of groups of which a rule takes somebody.

    Raises `DataError`.
    """
    readers: dict[k.Named, list[tuple[str, k.Expr]]] = {}
    for rule in rules:
        for taken in _conditions(rule):
            for node in everything(model, [taken]):
                if isinstance(node, k.Named) and node.phrase == "in_top":
                    readers.setdefault(node, []).append((rule.entity, taken))
    for node, taking in readers.items():
        yield from _small(model, node, taking, clock, engine)


def _conditions(rule: Rule) -> Iterator[k.Expr]:
    """The conditions that a customer fulfils who is taken: of the segment, or of each arm."""
    for part in [rule] if isinstance(rule, Segment) else rule.arms:
        every = tuple(c for c in (rule.where, part.condition) if c is not None)
        yield every[0] if len(every) == 1 else k.And(every)


def _small(
    model: Model, node: k.Named, taking: Sequence[tuple[str, k.Expr]], clock: Clock, engine: Engine
) -> Iterator[Diagnostic]:
    match node.body:
        case k.Compare(left=k.Arithmetic(op="/", left=k.Standing() as standing), right=k.Literal_(k.Ratio() as share)):
            pass
        case _:
            return  # a number of customers, not a share
    if standing.group is None:
        return
    # of a rule over another entity, who is taken says nothing of these groups
    own = [condition for entity, condition in taking if entity == standing.relation]
    sizes = _sizes(model, standing, own if len(own) == len(taking) else (), clock, engine)
    small = [name for name, n, is_taken in sizes if is_taken and n * share.numerator < share.denominator]
    if small:
        text = " ".join(node.span.text.split()) if node.span is not None else "a share"
        group = " ".join(standing.group.span.text.split()) if standing.group.span is not None else "the group"
        least = -(-share.denominator // share.numerator)
        shown = ", ".join(f"`{name}`" for name in small[:_SHOWN])
        of = f"{len(small):,} of {len(sizes):,} groups by {group}"
        message = f"`{text}`: {of} {'has' if len(small) == 1 else 'have'} fewer than {least} {plural(standing.relation)}, as {shown}"
        help = f"the first of each is in all the same; leave small groups out with `where`, or write `in top 1 per {group}`"
        yield Diagnostic("SEG0721", message, node.span, help=help, severity="warning")


def _sizes(
    model: Model, standing: k.Standing, taking: Sequence[k.Expr], clock: Clock, engine: Engine
) -> list[tuple[str, int, bool]]:
    """Of each group its name, the number of the customers compared with one another, and whether a condition takes one of it.

    Without conditions every group counts as taken.
    """
    from segdsl.sql.plan import condition

    assert standing.group is not None, "only groups have sizes"
    columns = {"grouped": standing.group, "compared": replace(standing, of="ranked")}
    columns |= {f"taken{i}": each for i, each in enumerate(taking)}
    query = condition(model, standing.relation, columns, clock).query.subquery("c")
    group, n = s.column("c", "grouped"), s.column("c", "compared")
    taken = [exp.Sum(this=s.cast(s.column("c", f"taken{i}"), "INT")) for i in range(len(taking))]
    sizes = exp.Select(expressions=[group, exp.Max(this=n), *taken]).from_(query)
    sizes = sizes.where(exp.Not(this=exp.Is(this=group.copy(), expression=exp.null()))).group_by(group.copy())
    return sorted(
        (str(name), int(size), not taking or any(counts)) for name, size, *counts in engine.rows(sizes) if size
    )
