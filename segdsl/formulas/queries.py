"""Queries of SQL -> `tree.Query`: what is selected, from where, and its clauses."""

from __future__ import annotations

from dataclasses import replace

from segdsl.formulas import tree
from segdsl.formulas.cursor import TokenReader, Unreadable

_CLAUSES = {
    "where", "group", "having", "order", "limit", "union", "except", "intersect", "minus", "join", "inner", "left", "right",
    "full", "cross", "on", "offset", "fetch", "qualify", "when", "natural", "using", "as", "select", "play", "with", "window",
}  # fmt: skip


class QueryReader(TokenReader):
    """Queries of SQL."""

    def query(self) -> tree.Query:
        """Reads SELECT …, or WITH … SELECT …; the clauses of a query in any order."""
        start = self.token.start
        named = list[tuple[str, tree.Query]]()
        if self.take("with"):
            self.take("recursive")
            while True:
                name = self.next().lower
                if self.take("("):
                    self._words_until(")")
                self.need("as")
                self.need("(")
                named.append((name, self.query()))
                self.need(")")
                if not self.take(","):
                    break
        self.need("select")
        query = self._select(start)
        also = list[tuple[str, tree.Query]]()
        while word := self.take_one("union", "except", "intersect", "minus"):
            self.take("all")
            self.take("distinct")
            bracket = self.take("(")
            self.need("select")
            also.append((word, self._select(self.before)))
            if bracket:
                self.need(")")
        return _replaced(query, end=self.before, also=tuple(also), named=tuple(named))

    def _select(self, start: int) -> tree.Query:
        distinct = self.take("distinct")
        most: int | None = None
        share = False
        if self.take("top"):
            bracket = self.take("(")
            most, share = self._count(), False
            if bracket:
                self.need(")")
            share = bool(self.take_one("percent"))
            self.take("with", "ties")
        columns = list[tuple[tree.Node, str]]()
        while True:
            x = self.expression()
            alias = ""
            if self.take("as") or (self.token.kind == "word" and self.token.lower not in _CLAUSES | {"from"}):
                alias = self.next().lower
            columns.append((x, alias))
            if not self.take(","):
                break
        sources = list[tree.Source]()
        if self.take("from"):
            sources.append(self.source())
            while self.take(","):
                sources.append(self.source())
        return self.clauses(
            tree.Query(
                start, self.before, tuple(columns), tuple(sources), most=most, most_is_share=share, distinct=distinct
            )
        )

    def _count(self) -> int:
        token = self.next()
        if token.kind != "number" or not token.text.replace("_", "").isdigit():
            raise Unreadable
        return int(token.text.replace("_", ""))

    def source(self) -> tree.Source:
        token = self.token
        rows: tree.Node
        if self.take("("):
            rows = self.query()
            self.need(")")
        elif token.kind in ("word", "name"):
            self.next()
            name = token.text.strip("`")
            while self.take("."):
                name = self.next().text
            rows = tree.Name(token.start, self.before, (name,))
        elif token.kind == "text":
            self.next()
            rows = tree.Name(token.start, self.before, (unquoted(token.text),))
        else:
            raise Unreadable
        alias = ""
        if self.take("as") or (self.token.kind == "word" and self.token.lower not in _CLAUSES):
            alias = self.next().lower
        return tree.Source(token.start, self.before, rows, alias)

    def clauses(self, query: tree.Query) -> tree.Query:
        """Reads JOIN, WHERE, GROUP BY, HAVING, ORDER BY and LIMIT, in any order and as often as they stand there."""
        while True:
            lower = self.token.lower
            if lower in ("join", "inner", "left", "right", "full", "cross", "outer", "natural"):
                outer = False
                while not self.is_("join"):
                    outer |= self.token.lower in ("left", "outer", "full")
                    if self.next().lower not in ("inner", "left", "right", "full", "cross", "outer", "natural"):
                        raise Unreadable
                self.next()
                source = self.source()
                on: tree.Node | None = None
                if self.take("on"):
                    on = self.expression()
                    if isinstance(on, tree.Name) and len(on.parts) == 1 and on.parts[0].lower().endswith("id"):
                        on = None  # a column that both sides have, as after USING
                elif self.take("using"):
                    self.need("(")
                    self._words_until(")")
                joined = tree.Source(source.start, self.before, source.rows, source.alias, on, outer)
                query = _replaced(query, sources=(*query.sources, joined))
            elif lower in ("where", "when"):
                self.next()
                query = _replaced(query, where=_and(query.where, self._condition()))
            elif self.take("group", "by"):
                groups = [self.expression()]
                while self.take(","):
                    groups.append(self.expression())
                query = _replaced(query, groups=tuple(groups))
            elif lower in ("having", "qualify"):
                self.next()
                query = _replaced(query, having=_and(query.having, self._condition()))
            elif self.take("order", "by") or self.take("sort", "by"):
                query = _replaced(query, order=tuple(self._ordered()))
            elif lower == "limit":
                self.next()
                query = _replaced(query, most=self._count())
            elif lower == "fetch":
                self.next()
                self.next()
                query = _replaced(query, most=self._count())
                while self.token.lower in ("row", "rows", "only", "with", "ties"):
                    self.next()
            elif lower in ("{", "}", ";") or (False):
                self.next()
            else:
                return _replaced(query, end=self.before)

    def _condition(self) -> tree.Node:
        return self.expression()


def _and(a: tree.Node | None, b: tree.Node) -> tree.Node:
    return b if a is None else tree.Binary(a.start, b.end, "and", a, b)


def _replaced(query: tree.Query, **changed: object) -> tree.Query:
    return replace(query, **changed)  # type: ignore[arg-type]  # its own fields


def unquoted(text: str) -> str:
    quote, inner = text[0], text[1:-1]
    return inner.replace(quote * 2, quote) if quote in "'\"" else inner
