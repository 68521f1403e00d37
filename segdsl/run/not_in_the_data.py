"""Values that a condition compares with and no row has: a text in another case, a border beyond all numbers of a field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlglot import exp

from segdsl.diagnostics import Diagnostic
from segdsl.engines import Engine
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.dependencies import everything
from segdsl.model.exact import column_denominator
from segdsl.model.segment import Model
from segdsl.reference.quantity import exact
from segdsl.resolve.problems import nearest
from segdsl.sql import spell as s
from segdsl.words import values

_MOST_VALUES = 1_000  # of a text field, among which the one that is meant is looked for


def not_in_the_data(model: Model, roots: Iterable[k.Expr], clock: Clock, engine: Engine) -> Iterator[Diagnostic]:
    """A warning for each comparison with such a value; of personal fields nothing is shown. Raises `DataError`."""
    for node in everything(model, roots):
        match node:
            case k.Compare(
                op="=" | "!=", left=k.Column() as column, right=k.Literal_(value=str() as text), ignoring=None
            ):
                yield from _texts(model, column, (text,), node, engine)
            case k.OneOf(item=k.Column() as column, values=texts, ignoring=None, listed=None) if column.type == ty.TEXT:
                yield from _texts(model, column, [t for t in texts if isinstance(t, str)], node, engine)
            case k.Compare(left=k.Column() as column, right=k.Literal_(value=k.Ratio() as border)):
                yield from _border(model, column, border, node, clock, engine)
            case _:
                pass


def _texts(model: Model, column: k.Column, texts: Iterable[str], node: k.Expr, engine: Engine) -> Iterator[Diagnostic]:
    if column.type != ty.TEXT or not engine.has(column.relation, column.name):
        return
    for text in texts:
        if text and not _rows_with(column, text, engine):
            message = f'no row of `{column.relation}` has the {column.name} "{text}"'
            help = "" if _is_personal(model, column) else _instead(text, _values(column, engine))
            yield Diagnostic("SEG0723", message, node.span, help=help, severity="warning")


def _rows_with(column: k.Column, text: str, engine: Engine) -> bool:
    c = s.column("t", column.name)
    query = (
        exp.Select(expressions=[s.whole(1)]).from_(s.table(column.relation, "t")).where(s.binary("=", c, s.text(text)))
    )
    return bool(engine.rows(query.limit(1)))


def _values(column: k.Column, engine: Engine) -> list[str]:
    """The different values of a text field, sorted; none where there are too many to look through."""
    c = s.column("t", column.name)
    query = exp.Select(expressions=[c]).distinct().from_(s.table(column.relation, "t")).limit(_MOST_VALUES + 1)
    known = sorted(row[0] for row in engine.rows(query) if row[0] is not None)
    return known if len(known) <= _MOST_VALUES else []


def _instead(text: str, known: Sequence[str]) -> str:
    same = {value.casefold().strip(): value for value in known}
    near = same.get(text.casefold().strip()) or nearest(text, known)
    shown = ", ".join(f'"{value}"' for value in known[:5])
    return f'did you mean "{near}"?' if near else f"it has {shown}{' …' if len(known) > 5 else ''}" if known else ""


def _border(
    model: Model, column: k.Column, border: k.Ratio, node: k.Expr, clock: Clock, engine: Engine
) -> Iterator[Diagnostic]:
    """A border other than 0 that lies beyond all values; all or none are on its one side."""
    numeric = ty.is_numeric(column.type) and column.type != ty.REAL and border.numerator != 0
    if not numeric or not engine.has(column.relation, column.name) or _is_personal(model, column):
        return
    c = s.column("t", column.name)
    query = exp.Select(expressions=[exp.Min(this=c), exp.Max(this=c.copy())]).from_(s.table(column.relation, "t"))
    ((least, most),) = engine.rows(query)
    scale = column_denominator(column.type)
    if least is None or int(least) * border.denominator <= border.numerator * scale <= int(most) * border.denominator:
        return
    if isinstance(column.type, ty.Number) and int(most) <= scale and border.numerator > border.denominator:
        return  # percentages, of which `percents` speaks
    low, high = (values.shown(exact(int(v), scale), column.type, clock) for v in (least, most))
    between = f"are from {low} to {high}" if low != high else f"are {low}"
    message = f"all values of `{column.name}` in the data {between}"
    yield Diagnostic("SEG0723", message, node.span, severity="warning")


def _is_personal(model: Model, column: k.Column) -> bool:
    return model.schema.is_personal(model.schema.relations[column.relation], column.name)
