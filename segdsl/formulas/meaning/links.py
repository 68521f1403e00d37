"""Queries over other customers that a link leads to, or that link to this one -> fields behind the link, or the rows that link here.

(SELECT p.arr FROM account p WHERE p.account_id = account.parent)    parent.arr
account_id IN (SELECT parent FROM account WHERE plan = 'free')       any(children where plan = "free")
"""

from __future__ import annotations

from dataclasses import replace

from segdsl.formulas import tree
from segdsl.formulas.meaning.base import BaseTranslator
from segdsl.model import types as ty


def to_one(t: BaseTranslator, query: tree.Query, link: str) -> tree.Query:
    """A query over the customer that a link leads to, with its fields behind the link: `arr` as `parent.arr`."""
    alias = _alias(query)

    def behind(node: tree.Node) -> tree.Node | None:
        if not isinstance(node, tree.Name):
            return None
        first, *rest = node.parts
        if rest and first.lower() == alias:
            return replace(node, parts=(link, *rest))
        return replace(node, parts=(link, first)) if not rest and t.names.field([first]) is not None else None

    where = None if query.where is None else tree.rebuilt(query.where, behind)
    columns = tuple((tree.rebuilt(column, behind), name) for column, name in query.columns)
    return replace(query, columns=columns, where=where)


def to_many(t: BaseTranslator, query: tree.Query, link: str) -> tree.Query | None:
    """A query over the customers that link to this one, as one over their rows; None where these have no name."""
    schema = t.names.schema
    by = schema.to_many.get(t.entity, {}) if schema is not None else {}
    name = next((n for n, hop in by.items() if hop.target == t.entity and hop.column == link), None)
    if name is None:
        return None
    source = query.sources[0]
    return replace(
        query, sources=(replace(source, rows=tree.Name(source.start, source.end, (name,)), alias=_alias(query)),)
    )


def link_called(t: BaseTranslator, node: tree.Node | None) -> str:
    """The link to a customer of the same kind that a name is; empty for anything else."""
    name = t.names.field([node.parts[-1]]) if isinstance(node, tree.Name) else None
    described = t.names.fields[name].type if name is not None else None
    return name if name is not None and isinstance(described, ty.Link) and described.entity == t.entity else ""


def is_of_customers(t: BaseTranslator, query: tree.Query) -> bool:
    """Tells whether a query reads customers of the same kind, and nothing else."""
    rows = query.sources[0].rows if len(query.sources) == 1 else None
    is_plain = not (query.having or query.groups or query.also or query.named or query.most)
    return is_plain and isinstance(rows, tree.Name) and t.is_entity(rows.parts[-1].lower())


def without_link(
    t: BaseTranslator, query: tree.Query, parts: list[tree.Node]
) -> tuple[str, bool, list[tree.Node]] | None:
    """Of the parts of WHERE, the one that joins by a link: the link, whether it leads to one customer, and the other parts."""
    alias = _alias(query)
    for part in parts:
        if not isinstance(part, tree.Binary) or part.op != "=":
            continue
        for inner, outer in ((part.a, part.b), (part.b, part.a)):
            if not isinstance(inner, tree.Name) or not isinstance(outer, tree.Name):
                continue
            is_inner = len(inner.parts) == 1 or inner.parts[0].lower() == alias
            if not is_inner or (len(outer.parts) > 1 and outer.parts[0].lower() == alias and query.sources[0].alias):
                continue
            rest = [p for p in parts if p is not part]
            if _is_own_key(t, inner) and (link := link_called(t, outer)):
                return link, True, rest
            if _is_own_key(t, outer) and len(outer.parts) > 1 and (link := link_called(t, inner)):
                return link, False, rest
    return None


def _is_own_key(t: BaseTranslator, node: tree.Name) -> bool:
    return t.own is not None and node.parts[-1].lower() in (t.own.key, "id")


def _alias(query: tree.Query) -> str:
    source = query.sources[0]
    assert isinstance(source.rows, tree.Name)
    return (source.alias or source.rows.parts[-1]).lower()
