"""Resolves `test` blocks into typed rows and expectations."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from fractions import Fraction

from segdsl.bounds import A_ROW, TooMuchWork
from segdsl.lang import tree
from segdsl.model import expr as k
from segdsl.model import segment as m
from segdsl.model import types as ty
from segdsl.model.play import Gets
from segdsl.model.schema import Field, Relation
from segdsl.resolve import cases
from segdsl.resolve.rules import Rules
from segdsl.resolve.scope import Scope

CellValue = k.Expr | frozenset[str] | None


@dataclass(frozen=True)
class _Context:
    rules: Rules
    givens: dict[str, k.Given]


def resolve_tests(d: tree.Test, rules: Rules) -> list[m.Test]:
    """Resolves a test, or one test per case. A test with mistakes is left out, and its mistakes are reported."""
    tests: list[m.Test | None] = []
    try:
        for single in rules.work.each(cases.expanded(d, rules.problems), A_ROW * cases.size(d)):
            tests.append(resolve_test(single, rules))
    except TooMuchWork:
        rules.problems.diagnostics.append(rules.work.finding(f"the test `{d.title.text}`", d.title.span))
    return [test for test in tests if test is not None]


def resolve_test(d: tree.Test, rules: Rules) -> m.Test | None:
    givens = _givens(d, rules)
    context = _Context(rules, givens)
    rows = [_row(g, context) for g in d.givens]
    typer = rules.typer(Scope(rules.schema, (), givens))
    expectations = [(typer.condition(e.condition, "what follows `expect`"), e) for e in d.expects]
    as_of = _as_of(d, rules)
    for condition, e in expectations:
        if e.because is not None and condition is not None and not _has_a_reason(condition):
            examples = (
                'acme in motion.save because "renewal_date"',
                f'({e.condition.span.text}) is missing because "…"',
            )
            help = f"as in `{examples[0]}` or `{examples[1]}`"
            rules.problems.add("SEG0508", "`because` needs one membership, or `is missing`", e, help=help)
    asked: list[tree.Expect | tree.ExpectPlay] = [*d.expects, *d.plays]
    for expected in asked:
        if expected.because is not None and not expected.because.strip():
            help = 'name a part of the reason, as in `because "consent"`'
            rules.problems.add("SEG0508", "`because` names no reason, so any would do", expected, help=help)
    gets = [_gets(e, context) for e in d.plays]
    if any(x is None for x in (*rows, *gets)) or any(c is None for c, _ in expectations):
        return None
    return m.Test(
        title=d.title.text,
        as_of=as_of,
        rows=tuple(r for r in rows if r is not None),
        expectations=tuple(m.Expectation(c, e.because, e.span) for c, e in expectations if c is not None),
        span=d.title.span,
        gets=tuple(g for g in gets if g is not None),
    )


def _gets(d: tree.ExpectPlay, context: _Context) -> Gets | None:
    """Resolves `acme gets exec_call`: the customer or recipient, and the play."""
    rules = context.rules
    customer = context.givens.get(d.key)
    if customer is None:
        rules.problems.unknown("SEG0507", "customer", tree.Name(d.key_span, d.key), context.givens, " in this test")
    if d.play.text not in rules.declared.plays:
        rules.problems.unknown("SEG0205", "play", d.play, rules.declared.plays)
    if customer is None or d.play.text not in rules.declared.plays:
        return None
    return Gets(customer.entity, customer.key, d.play.text, d.negated, d.because, d.span)


def _has_a_reason(condition: k.Expr) -> bool:
    """Tells whether a condition has a reason: a membership, its negation, or `is missing`."""
    inner = condition.item if isinstance(condition, k.Not) else condition
    return isinstance(inner, k.Member) or isinstance(condition, k.IsMissing)


def _as_of(d: tree.Test, rules: Rules) -> dt.date | dt.datetime | None:
    match d.as_of:
        case None:
            return None
        case tree.Date(_, day):
            return day
        case tree.Timestamp(_, instant):
            return instant
        case other:
            rules.problems.add(
                "SEG0503",
                "the as-of of a test must be a fixed day",
                other,
                label="this changes from day to day",
                help="as in `as of 2026-11-01`",
            )
            return None


def _givens(d: tree.Test, rules: Rules) -> dict[str, k.Given]:
    givens: dict[str, k.Given] = {}
    for g in d.givens:
        relation = rules.schema.relations.get(g.what.text)
        if not g.of_entity or relation is None or relation.kind != "entity":
            continue
        if g.key in givens:
            rules.problems.add("SEG0506", f"`{g.key}` is given twice", g.key_span, help="give it another name")
        elif g.key in rules.declared.names:
            rules.problems.add(
                "SEG0505",
                f"`{g.key}` already names something else",
                g.key_span,
                help="give the customer another name",
                related=((rules.declared.names[g.key], "it is declared here"),),
            )
        givens[g.key] = k.Given(relation.name, _key(g, relation, len(givens)))
    return givens


_MADE_UP = 1_000_000_000_000


def _key(g: tree.Given, relation: Relation, number: int) -> str | int:
    """Returns the key of a customer: its name, or a made-up number if keys are whole numbers and the name is not a number."""
    if relation.key is None or relation.fields[relation.key].type != ty.INTEGER:
        return g.key
    return int(g.key) if g.key.removeprefix("-").isdecimal() else _MADE_UP + number


def _key_literal(key: str | int) -> k.Expr:
    return k.Literal_(key, ty.TEXT) if isinstance(key, str) else k.Literal_(k.Ratio(key), ty.CONSTANT)


def _row(g: tree.Given, context: _Context) -> m.GivenRow | None:
    schema, problems = context.rules.schema, context.rules.problems
    relation = schema.relations.get(g.what.text)
    if relation is None:
        problems.unknown("SEG0202", "entity or table", g.what, schema.relations)
        return None
    cells: dict[str, CellValue] = {}
    metrics: dict[str, k.Expr | None] = {}
    if g.of_entity:
        if relation.kind != "entity" or relation.key is None:
            problems.add(
                "SEG0507",
                f"`{relation.name}` rows belong to a customer",
                g.what,
                help=f"write `{relation.name} of {g.key} {{ … }}`",
            )
            return None
        cells[relation.key] = _key_literal(context.givens[g.key].key)
    else:
        owner = context.givens.get(g.key)
        if owner is None or owner.entity != relation.of:
            entity = relation.of or relation.name
            mine = [n for n, customer in context.givens.items() if customer.entity == entity]
            name = tree.Name(g.key_span, g.key)
            problems.unknown("SEG0507", entity, name, mine, " in this test")
            return None
        cells[relation.by or ""] = _key_literal(owner.key)
    for cell in g.cells:
        _cell(cell, relation, context, cells, metrics)
    return m.GivenRow(relation.name, cells, metrics, g.span)


def _cell(
    cell: tree.Cell,
    relation: Relation,
    context: _Context,
    cells: dict[str, CellValue],
    metrics: dict[str, k.Expr | None],
) -> None:
    rules = context.rules
    name = _column(cell.name.text, relation, rules)
    field = relation.fields.get(name)
    if name == relation.key and name in cells:
        help = "leave it out"
        rules.problems.add("SEG0203", f"the word before `{{` is the `{name}` already", cell.name, help=help)
    elif name in cells or name in metrics:
        rules.problems.add("SEG0203", f"`{cell.name.text}` is given twice", cell.name, help="keep one")
    elif field is not None:
        cells[name] = _as_read(_value(cell, _as_key(field, rules), context))
    elif name in rules.metrics_of(relation.name):
        metric = rules.metric(name, cell.name)
        if metric is not None:
            value = _value(cell, Field(name, metric[1], cell.name.span), context)
            assert not isinstance(value, frozenset), "no metric is a set"
            metrics[name] = value
    else:
        choices = [*relation.fields, *rules.metrics_of(relation.name), *(["at"] if relation.at else [])]
        rules.problems.unknown("SEG0501", "field", cell.name, choices, f" of `{relation.name}`")


def _as_key(field: Field, rules: Rules) -> Field:
    """Returns a link's field with the type of the key that it holds, which may be a number."""
    if isinstance(field.type, ty.Link):
        target = rules.schema.relations.get(field.type.entity)  # None where its declaration has a mistake
        if target is not None and target.key is not None and target.fields[target.key].type == ty.INTEGER:
            return replace(field, type=ty.INTEGER)
    return field


def _column(name: str, relation: Relation, rules: Rules) -> str:
    """Returns the column of a cell: `at` is the time of a table, and a link's name stands for its column."""
    if name == "at" and relation.at is not None:
        return relation.at
    link = rules.schema.to_one.get(relation.name, {}).get(name)
    return link.column if link is not None and name not in relation.fields else name


def _value(cell: tree.Cell, field: Field, context: _Context) -> CellValue:
    rules, node = context.rules, cell.value
    typer = rules.typer(Scope(rules.schema, (), {}))
    if isinstance(node, tree.Values):
        return _set_value(cell, node, field, context)
    if isinstance(node, tree.Name):
        if field.type == ty.INTEGER and node.text in context.givens:
            return _key_literal(context.givens[node.text].key)
        if isinstance(field.type, ty.Link):
            return k.Literal_(node.text, ty.TEXT)
        _wrong(cell, field, context, _truth_help(node.text, field) or f'put text in quotes: "{node.text}"')
        return None
    if isinstance(node, tree.Path):
        context.rules.problems.add("SEG0502", f"`{field.name}` is {field.type}", node, label="this is not")
        return None
    if isinstance(node, tree.MissingValue):
        return None
    value = typer.expr(node)
    if value is None:
        return None
    if ty.is_time(field.type) and ty.is_time(value.type):
        return typer.at_type(value, field.type, node)
    if isinstance(field.type, ty.Enum) and isinstance(value, k.Literal_):
        column = k.Column(k.This(), "", field.name, field.type, span=cell.name.span)
        if not typer._in_enum(column, value, node):
            return None
    if field.type == ty.VERSION and value.type == ty.TEXT:
        return typer.version(value, node)
    fits = (
        (ty.is_measure(field.type) and value.type == ty.CONSTANT)
        or (ty.is_textual(field.type) and value.type == ty.TEXT)
        or field.type == value.type
    )
    if not fits or (field.type == ty.INTEGER and not _is_whole_number(value)):
        _wrong(cell, field, context, _value_help(node.span.text, field))
        return None
    if not _is_in_range(value, field.type):
        help = "data can hold whole numbers and amounts below 9.2 × 10^18 (in cents), and decimals below 10^18"
        _wrong(cell, field, context, help)
        return None
    return value


_YES = {"yes", "y", "true", "t", "on", "1", "x", "ja", "j", "oui", "si", "sí"}
_NO = {"no", "n", "false", "f", "off", "0", "nein", "non"}


def _truth_help(text: str, field: Field) -> str:
    """Returns how a boolean field's value is written, by the word that stands for it; "" for fields of other types."""
    if field.type != ty.BOOLEAN:
        return ""
    word = text.casefold()
    return "write `true`" if word in _YES else "write `false`" if word in _NO else "write `true` or `false`"


def _value_help(written: str, field: Field) -> str:
    """Returns how a field's value is written, by what was written for it; "" where that says nothing."""
    inner = written.strip('"')
    if isinstance(field.type, ty.SetOfText):
        return f"write `{field.name}: ({written})`" if written.startswith('"') else ""
    bare = re.sub(r"[,_\s]", "", inner)
    if written.startswith('"') and ty.is_numeric(field.type) and re.fullmatch(r"-?\d+(\.\d+)?", bare):
        return f"write `{field.name}: {bare}`, without quotes"
    if written.startswith('"') and ty.is_time(field.type) and re.fullmatch(r"\d{4}-\d\d-\d\d(T[\d:]+Z?)?", inner):
        return f"write `{field.name}: {inner}`, without quotes"
    if ty.is_textual(field.type) and re.fullmatch(r"[\w.+-]+", written):
        return f'write `{field.name}: "{written}"`'
    return _truth_help(inner, field)


def _as_read(value: CellValue) -> CellValue:
    """Returns a field's value as data would have it: an empty text is missing."""
    if isinstance(value, frozenset):
        return frozenset(v for v in value if not ty.is_blank(v))
    return (
        None if isinstance(value, k.Literal_) and isinstance(value.value, str) and ty.is_blank(value.value) else value
    )


def _is_in_range(value: k.Expr, typed: ty.Type) -> bool:
    """Tells whether a field's data could have a value."""
    if not isinstance(value, k.Literal_) or not isinstance(value.value, k.Ratio):
        return True
    least, least_beyond = ty.range_of_data(typed)
    return least <= Fraction(value.value.numerator, value.value.denominator) * ty.scale(typed) < least_beyond


def _is_whole_number(value: k.Expr) -> bool:
    return (
        isinstance(value, k.Literal_)
        and isinstance(value.value, k.Ratio)
        and value.value.numerator % value.value.denominator == 0
    )


def _set_value(cell: tree.Cell, values: tree.Values, field: Field, context: _Context) -> frozenset[str] | None:
    texts = [v.value for v in values.items if isinstance(v, tree.Text)]
    if not isinstance(field.type, ty.SetOfText) or len(texts) != len(values.items):
        help = "" if isinstance(field.type, ty.SetOfText) else "one value, without brackets"
        _wrong(cell, field, context, help)
        return None
    return frozenset(texts)


def _wrong(cell: tree.Cell, field: Field, context: _Context, help: str) -> None:
    context.rules.problems.add("SEG0502", f"`{field.name}` is {field.type}", cell.value, label="this is not", help=help)
