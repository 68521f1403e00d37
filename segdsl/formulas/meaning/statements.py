"""Whole queries as segments: SELECT … FROM … JOIN … GROUP BY … HAVING … LIMIT, =FILTER(…), and such clauses in a segment."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from segdsl.formulas import tree
from segdsl.formulas.cursor import Unreadable
from segdsl.formulas.meaning.links import link_called
from segdsl.formulas.meaning.translate import Translator
from segdsl.formulas.read import Reader
from segdsl.formulas.tokens import Token, cut
from segdsl.formulas.tree import parts_of
from segdsl.formulas.values import COMPARE, CannotSay, Rows, Unclear, Value, joined, negated
from segdsl.phrasebook.names import Names
from segdsl.phrasebook.slots import Tries

_GROWS = re.compile(
    r"(?:count|count_distinct|distinct_days|sum)\(.*\) (?:> [\d_.]+|>= [1-9][\d_.]*|= [1-9][\d_.]*)"
    r"|(?:average|max|min|median|last|first)\(.*\) [<>=!]{1,2} (?!.*\b(?:or|not)\b).*"
)
"""Conditions on groups that are never true of a customer without rows."""
_CLAUSES = (("group", "by"), ("order", "by"), ("sort", "by"))


@dataclass(frozen=True, slots=True)
class Statement:
    """A segment in place of the text from `start` to `end`, with notes on it."""

    start: int
    end: int
    line: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Rule:
    """The customers among whom others are compared, and whom of them a rule takes."""

    population: Value | None
    condition: Value | None

    def whole(self) -> Value:
        both = [v for v in (self.population, self.condition) if v is not None]
        if not both:
            raise Unclear
        return joined("and", both)


def statement(text: str, start: int, end: int, names: Names, tries: Tries) -> Statement | None:
    """Returns the segment that a declaration means that is a query, or has clauses of one; None where it is neither.

    Raises `CannotSay` where the language can't say it.
    """
    tokens = cut(text, start, end)
    if len(tokens) < 3:
        return None
    try:
        return _statement(text, tokens, names, tries)
    except (Unreadable, Unclear, RecursionError, IndexError):
        return None


def _statement(text: str, tokens: Sequence[Token], names: Names, tries: Tries) -> Statement | None:
    reader, translator = Reader(tokens, tries), Translator(text, names, tries, 0, taken)
    first = tokens[0]
    note = "a rule is a `segment` with a condition after `when`"
    if first.lower in ("select", "with"):
        if first.lower == "with" and (named := _with_segment(text, reader, translator)) is not None:
            return named
        reader.at = 0
        query = reader.query()
        return _segment(tokens, reader, translator, _rule(translator, query), "segment selected", note)
    if first.lower == "=" and tokens[1].kind == "word" and tokens[2].lower == "(":
        reader.next()
        call = reader.expression()
        return _segment(tokens, reader, translator, _of_sheet(translator, call, tries), "segment selected", note)
    if first.lower == "segment" and _has_clauses(tokens):
        return _with_clauses(text, tokens, reader, translator)
    return None


def _segment(
    tokens: Sequence[Token], reader: Reader, translator: Translator, rule: _Rule, head: str, note: str
) -> Statement:
    while reader.take(";") or reader.take("}"):
        pass
    play = ""
    if reader.take("play"):
        play = f"\n  play {reader.next().text}"
        reader.take("}")
    if reader.token.kind != "end":
        raise Unreadable
    if rule.condition is None and rule.population is None:
        raise Unclear
    condition, population = rule.condition, rule.population
    if condition is None:
        condition, population = population, None
    assert condition is not None
    where = f" where {population.text}" if population is not None else ""
    line = f"{head} of {translator.entity}{where} {{\n  when {condition.text}{play}\n}}\n"
    notes = tuple(dict.fromkeys([note, *translator.notes]))
    return Statement(tokens[0].start, reader.tokens[reader.at - 1].end, line, notes)


# -- segments with clauses of a query ----------------------------------------------------------


def _has_clauses(tokens: Sequence[Token]) -> bool:
    """Tells whether clauses of a query stand outside all round brackets."""
    depth = 0
    for i, token in enumerate(tokens[:-1]):
        lower = token.lower
        depth += (lower in ("(", "[")) - (lower in (")", "]"))
        if depth == 0 and lower in ("{", "when") and tokens[i + 1].lower == "select":
            return True
        if depth == 0 and (
            lower == "join" or (lower, tokens[i + 1].lower) in _CLAUSES or lower in ("having", "qualify")
        ):
            return True
    return False


def _with_clauses(text: str, tokens: Sequence[Token], reader: Reader, translator: Translator) -> Statement:
    reader.need("segment")
    name = reader.next().text.lower()
    title = f" {reader.next().text}" if reader.token.kind == "text" else ""
    entity = translator.entity
    if reader.take("of"):
        entity = reader.next().lower
    if translator.names.entity_called(entity) != translator.entity:
        raise Unreadable
    head = f"segment {name}{title}"
    if reader.is_("{", "select") or reader.is_("{", "when", "select"):
        reader.next()
        reader.take("when")
        rule = _rule(translator, reader.query())
        return _segment(tokens, reader, translator, rule, head, "a rule's condition stands after `when`")
    at = reader.token.start
    source = tree.Source(at, at, tree.Name(at, at, (entity,)), "")
    query = reader.clauses(tree.Query(at, at, (), (source,)))
    rule = _of_rows(translator, query) or _rule(translator, query)
    return _segment(
        tokens,
        reader,
        translator,
        rule,
        head,
        "details are read by their name, without a join"
        if translator.details
        else "customers are compared inside a condition"
        if _compares(query.having)
        else "the rows of a customer are counted and asked for inside a condition",
    )


def _of_rows(t: Translator, query: tree.Query) -> _Rule | None:
    """`when tickets in last 30 days where priority = "high" having count(*) > 3`: what is asked of rows; None without rows."""
    parts = parts_of("and", query.where)
    first = parts[0] if parts else None
    if (
        not isinstance(first, tree.Name | tree.During)
        or query.order
        or query.groups
        or query.most
        or len(query.sources) > 1
    ):
        return None
    rows = t.meaning(first)
    if not isinstance(rows, Rows) or rows.name == t.population.name:
        return None
    for part in parts[1:]:
        rows = t.filtered(rows, part)
    t.grouped = rows
    t.columns |= {name: tree.Given(first.start, first.end, t.field_of(rows, name)) for name in rows.relation.fields}
    held = [t.condition(p) for p in parts_of("and", query.having)]
    return _Rule(None, t.junction("and", held or [t.any_of(rows)]))


def _with_segment(text: str, reader: Reader, translator: Translator) -> Statement | None:
    """`WITH big AS (SELECT …) segment quiet of big { … }`: the query is the rule's `where`, or its columns stand in the rule."""
    reader.need("with")
    is_recursive = reader.take("recursive")
    name = reader.next().lower
    reader.need("as")
    reader.need("(")
    query = reader.query()
    reader.need(")")
    begin = reader.token.start
    if is_recursive and reader.token.lower in ("segment", "metric"):
        _name_family(translator, name, query)
        return _with_columns(text, reader, translator, name)
    if reader.token.lower in ("segment", "metric") and not _is_of(reader, name):
        counted = _one(translator, replace(query, also=(), named=()), {})
        if query.also or query.named or counted.population or _says_more(counted, translator):
            raise Unclear
        translator.derived.add(name)
        translator.note("what a query counts is counted where it is compared")
        return _with_columns(text, reader, translator, name)
    if not reader.take("segment"):
        return None
    reader.next()
    if reader.token.kind == "text":
        reader.next()
    reader.need("of")
    of = reader.next()
    if of.lower != name:
        raise Unreadable
    rule = _rule(translator, query).whole()
    opened = reader.at
    while reader.tokens[opened].lower != "{":
        if reader.tokens[opened].kind == "end" or reader.tokens[opened].lower == "where":
            raise Unreadable
        opened += 1
    line = f"{text[begin : of.start]}{translator.entity} where {rule.text} {{"
    return Statement(
        reader.tokens[0].start,
        reader.tokens[opened].end,
        line,
        ("the customers that a rule is about stand after its `where`",),
    )


def _is_of(reader: Reader, name: str) -> bool:
    """Tells whether the declaration that begins here is of a name."""
    words = [reader.peek(i).lower for i in range(8)]
    return ("of", name) in itertools.pairwise(words)


def _says_more(rule: _Rule, t: Translator) -> bool:
    """Tells whether a query says more of its customers than that they have the rows that it counts."""
    return t.grouped is None or (rule.condition is not None and rule.condition.text != t.any_of(t.grouped).text)


def _name_family(t: Translator, name: str, query: tree.Query) -> None:
    """Gives a recursive query its rows: those of one family. Raises `CannotSay` for customers at any depth below another."""
    names = [node for node in tree.walk(query) if isinstance(node, tree.Name)]
    links = list(dict.fromkeys(filter(None, (link_called(t, node) for node in names))))
    if len(links) != 1:
        raise Unclear
    from_top = isinstance(query.where, tree.Binary) and isinstance(query.where.b, tree.Nothing)
    if not from_top or query.where.op != "=" or not link_called(t, query.where.a):  # type: ignore[union-attr]  # it is binary
        raise CannotSay(
            f"customers under one another at any depth are those of a family: `family({links[0]})` are all under the topmost one"
        )
    t.note(f"`family({links[0]})` are all under the same topmost {t.entity}, at any depth")
    t.aliases[name] = replace(t.population, name=f"family({links[0]})")


def _with_columns(text: str, reader: Reader, t: Translator, name: str) -> Statement:
    """A declaration in which columns of the query before it stand: `recent.n >= 5`."""
    begin, is_metric = reader.token.start, reader.token.lower == "metric"
    opens = "=" if is_metric else "when"
    while not reader.take(opens):
        if reader.next().kind == "end":
            raise Unreadable
    at = reader.token.start
    node = reader.expression()
    value = t.value(node) if is_metric else t.condition(node)
    if not any(isinstance(n, tree.Name) and n.parts[0].lower() == name for n in tree.walk(node)):
        raise Unclear
    last = reader.tokens[-2].end
    line = f"{text[begin:at]}{value.text}{text[node.end : last]}"
    return Statement(reader.tokens[0].start, last, line, tuple(t.notes))


def _of_sheet(translator: Translator, node: tree.Node, tries: Tries) -> _Rule:
    """=FILTER(account, condition, …), =QUERY(account, "select * where …"), =TAKE(SORT(…), n)."""
    if not isinstance(node, tree.Call) or len(node.arguments) < 2:
        raise Unclear
    rows, *rest = node.arguments
    if not isinstance(rows, tree.Name) or not translator.is_entity(rows.parts[0].lower()):
        raise Unclear
    if node.name == "filter":
        values = [translator.condition(c) for c in rest if not isinstance(c, tree.Text)]
        return _Rule(None, translator.junction("and", values))
    if node.name == "query" and isinstance(rest[0], tree.Text):
        tokens = cut(rest[0].value, 0, len(rest[0].value))
        inner = Translator(rest[0].value, translator.names, tries, 0, taken)
        reader = Reader(tokens, tries)
        query = reader.query()
        if not query.sources:
            source = tree.Source(0, 0, tree.Name(0, 0, (translator.entity,)), "")
            query = reader.clauses(replace(query, sources=(source,)))
        return _rule(inner, query)
    raise Unclear


def taken(translator: Translator, query: tree.Query) -> Value:
    """Whom a query inside a condition takes."""
    return _rule(translator, query).whole()


# -- what a query takes -------------------------------------------------------------------------


def _rule(t: Translator, query: tree.Query, named: Mapping[str, tree.Query] | None = None) -> _Rule:
    """Whom a query takes. Raises `Unclear` or `CannotSay`."""
    known = {**(named or {}), **dict(query.named)}
    rule = _one(t, replace(query, also=(), named=()), known)
    for word, other in query.also:
        a, b = rule.whole(), _one(t, other, known).whole()
        both = joined("or", [a, b]) if word == "union" else joined("and", [a, b if word == "intersect" else negated(b)])
        rule = _Rule(None, both)
    return rule


def _one(t: Translator, query: tree.Query, named: Mapping[str, tree.Query], depth: int = 0) -> _Rule:
    if depth > 8 or not query.sources:
        raise Unclear
    first, *others = query.sources
    inner = first.rows if isinstance(first.rows, tree.Query) else None
    if isinstance(first.rows, tree.Name) and first.rows.parts[-1].lower() in named:
        inner = named[first.rows.parts[-1].lower()]
    if inner is not None:
        return _of_inner(t, query, inner, first, others, named, depth)
    aliases, tables = dict[str, Rows | None](), list[tuple[str, Rows, tree.Source]]()
    more = list[Value]()
    for source in query.sources:
        other = source.rows if isinstance(source.rows, tree.Query) else None
        if isinstance(source.rows, tree.Name):
            other = named.get(source.rows.parts[-1].lower())
        if other is not None:
            rule = _one(t, other, named, depth + 1)
            more += [v for v in (rule.population, rule.condition) if v is not None and not source.outer]
            t.derived.add(source.alias or (source.rows.parts[-1].lower() if isinstance(source.rows, tree.Name) else ""))
            continue
        if not isinstance(source.rows, tree.Name):
            raise Unclear
        name = source.rows.parts[-1].lower()
        if t.is_entity(name):
            rows = None
        else:
            found = t.rows_called(name)
            if found is None and (details := t.details_called(name)):
                t.details[source.alias or name] = details
                continue
            if found is None and (member := t.member_of(name)) is not None and not source.outer:
                more.append(member)
                aliases[source.alias or name] = None
                continue
            if found is None:
                raise CannotSay(t.no_rows(name), source.start, source.end)
            rows = found
            tables.append((source.alias or name, rows, source))
        aliases[source.alias or name] = aliases[name] = rows
    tables, above = _lowest(tables)
    aliases |= above
    t.aliases = {**t.aliases, **aliases}
    if len(tables) == 1 and not any(r is None for r in aliases.values()):
        t.bare = replace(tables[0][1], conditions=())
    plain, masks, absent, maybe = _conditions(t, query, tables)
    t.bare = None
    present = dict[str, Rows]()
    for name in masks:
        if all(rows.name != name for _, rows, _ in tables) and (rows_ := t.rows_called(name)) is not None:
            tables.append((name, rows_, tree.Source(query.start, query.start, tree.Nothing(0, 0), name)))
    for _, rows, _ in tables:
        present[rows.name] = rows.where(*masks.get(rows.name, ()))
    t.aliases = {**t.aliases, **{alias: present[rows.name] for alias, rows, _ in tables}}
    t.aliases |= {rows.name: present[rows.name] for _, rows, _ in tables}
    if not any(r is None for r in aliases.values()) and tables:
        only = present[tables[0][1].name]
        t.columns |= {
            name: tree.Given(query.start, query.start, t.field_of(only, name)) for name in only.relation.fields
        }
    for column, alias in query.columns:
        if alias:
            t.columns[alias] = _known(t, column)
    counted = next((present[rows.name] for _, rows, _ in tables), None)
    t.grouped = counted or _of_same_group(t, query, plain)
    held = more
    used = set[str]()
    for part in parts_of("and", query.having):
        condition = t.condition(part)
        if _GROWS.fullmatch(condition.text):  # false of those without rows
            used |= _tables_in(t, part, counted)
        held.append(condition)
    for _, rows, _ in tables:
        if rows.name in absent:
            held.append(negated(t.any_of(present[rows.name])))
        elif rows.name not in used and rows.name not in maybe:
            held.append(t.any_of(present[rows.name]))
    if query.most is not None and query.order:
        return _largest(t, query, plain, held)
    if query.most is not None:
        raise CannotSay("a number of customers is taken by a value here, as in `arr in top 10`: say by which")
    every = [*plain, *held]
    if plain and held and _compares(query.having):  # whom WHERE takes are compared
        return _Rule(t.junction("and", plain), t.junction("and", held))
    return _Rule(None, t.junction("and", every) if every else None)


def _of_same_group(t: Translator, query: tree.Query, plain: Sequence[Value]) -> Rows | None:
    """The customers that are grouped with this one, as `GROUP BY country` says, of those that a query reads; None without."""
    fields = [t.names.field([g.parts[-1]]) for g in query.groups if isinstance(g, tree.Name)]
    if len(fields) != 1 or len(query.groups) != 1 or fields[0] is None:
        return None
    return replace(t.population, per=fields[0], conditions=tuple(plain))


def _compares(node: tree.Node | None) -> bool:
    """Tells whether customers are compared with others by `OVER (…)`."""
    return node is not None and any(isinstance(n, tree.Call) and n.over is not None for n in tree.walk(node))


def _known(t: Translator, column: tree.Node) -> tree.Node:
    """A column with its meaning, where it has one by itself."""
    try:
        return tree.Given(column.start, column.end, t.meaning(column))
    except (Unclear, CannotSay):
        return column


_Tables = list[tuple[str, Rows, tree.Source]]


def _lowest(tables: _Tables) -> tuple[_Tables, dict[str, Rows | None]]:
    """The tables that own no other of them, and the aliases of those that do, whose fields are read by way of the rows they own."""
    left, above = list(tables), dict[str, Rows | None]()
    for one in tables:
        owned = [o for o in tables if o[1].relation.of == one[1].relation.name]
        if not owned:
            continue
        if len(owned) > 1:
            raise Unclear
        left.remove(one)
        above[one[0]] = replace(one[1], below=(owned[0][1],))
    return left, above


def _of_inner(
    t: Translator,
    query: tree.Query,
    inner: tree.Query,
    first: tree.Source,
    others: Sequence[tree.Source],
    named: Mapping[str, tree.Query],
    depth: int,
) -> _Rule:
    """A query over another: its columns are those of the other, its conditions come on top."""
    if others:
        raise Unclear
    rule = _one(t, inner, named, depth + 1)
    if first.alias:
        t.aliases[first.alias] = None
    more = [t.condition(p) for part in (query.where, query.having) for p in parts_of("and", part)]
    own = [v for v in (rule.population, rule.condition) if v is not None]
    if own and more and any(_compares(column) for column, _ in inner.columns) and query.most is None:
        return _Rule(joined("and", own), joined("and", more))  # whom the inner query takes are compared
    whole = [*own, *more]
    if query.most is not None and query.order:
        return _largest(t, query, whole, [])
    return _Rule(None, joined("and", whole) if whole else None)


def _conditions(
    t: Translator, query: tree.Query, tables: Sequence[tuple[str, Rows, tree.Source]]
) -> tuple[list[Value], dict[str, list[Value]], set[str], set[str]]:
    """The conditions of WHERE and ON: of the customer, and of the rows of each table.

    Then the tables of which there must be no row, and those that an outer join alone speaks of, so that there may be none.
    """
    plain, masks, absent = list[Value](), dict[str, list[Value]](), set[str]()
    parts = [(part, False) for part in parts_of("and", query.where)]
    parts += [(part, source.outer) for source in query.sources for part in parts_of("and", source.on)]
    outer = {rows.name for _, rows, source in tables if source.outer}
    maybe = set(outer)
    for part, is_outer in parts:
        if _is_link(t, part, tables):
            continue
        if (rows := _is_absent(t, part, tables)) is not None and rows.name in outer:
            absent.add(rows.name)
            continue
        value = t.holds(t.meaning(part))
        if value.rows is None and is_outer:
            raise Unclear
        if value.rows is None:
            plain.append(value)
        else:
            maybe -= set() if is_outer else {value.rows.name}
            masks.setdefault(value.rows.name, []).extend(
                (*value.rows.conditions, replace(value, rows=replace(value.rows, conditions=())))
            )
    return plain, masks, absent, maybe


def _is_link(t: Translator, part: tree.Node, tables: Sequence[tuple[str, Rows, tree.Source]]) -> bool:
    """Tells whether a condition only joins rows to their customer."""
    if (
        not isinstance(part, tree.Binary)
        or part.op != "="
        or not isinstance(part.a, tree.Name)
        or not isinstance(part.b, tree.Name)
    ):
        return False
    relations = [rows.relation for _, rows, _ in tables]
    owners = {r.by for r in relations}
    if part.a.parts != part.b.parts and t.is_key(part.a, t.own) and t.is_key(part.b, t.own):
        return True
    if part.a.parts[-1].lower() == part.b.parts[-1].lower() and part.a.parts[-1].lower() in owners:
        return True
    return any(t.is_key(part.a, r) for r in relations) and any(t.is_key(part.b, r) for r in relations)


def _is_absent(t: Translator, part: tree.Node, tables: Sequence[tuple[str, Rows, tree.Source]]) -> Rows | None:
    """The rows of which `l.account_id IS NULL` says that there are none."""
    if (
        not isinstance(part, tree.Binary)
        or part.op != "="
        or not isinstance(part.b, tree.Nothing)
        or not isinstance(part.a, tree.Name)
    ):
        return None
    rows = t.aliases.get(part.a.parts[0].lower())
    if rows is None or len(part.a.parts) < 2:
        return None
    last = part.a.parts[-1].lower()
    field = rows.relation.fields.get(last)
    return (
        rows
        if t.is_key(part.a, rows.relation) or last == rows.relation.at or (field is not None and field.required)
        else None
    )


def _tables_in(t: Translator, node: tree.Node, counted: Rows | None) -> set[str]:
    """The tables whose rows a condition on groups reads."""
    found = set[str]()
    for one in tree.walk(node):
        if isinstance(one, tree.Name):
            rows = t.aliases.get(one.parts[0].lower())
            if rows is not None:
                found.add(rows.name)
            column = t.columns.get(one.parts[0].lower()) if len(one.parts) == 1 else None
            if isinstance(column, tree.Given):
                found |= {v.rows.name for v in (column.meaning,) if isinstance(v, Value) and v.rows is not None}
            elif column is not None and column is not node:
                found |= _tables_in(t, column, counted)
        elif isinstance(one, tree.Call) and one.name == "count" and counted is not None:
            found.add(counted.name)
    return found


def _largest(t: Translator, query: tree.Query, plain: Sequence[Value], held: Sequence[Value]) -> _Rule:
    node, falls = query.order[0]
    value = t.value(node)
    if value.rows is not None:
        raise Unclear
    many = f"{query.most}%" if query.most_is_share else f"{query.most}"
    top = Value(
        f"{value.text if value.level > COMPARE else f'({value.text})'} in {'top' if falls else 'bottom'} {many}",
        COMPARE,
        "bool",
        own=True,
    )
    t.note("the largest are asked with `in top 10`, among those of the rule's `where`")
    among = [*plain, *held]
    return _Rule(t.junction("and", among) if among else None, top)
