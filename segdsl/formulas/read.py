"""Reads expressions as people write them elsewhere: a parser by binding powers over tokens, for all habits at once.

    IF(AND(arr > 5, plan = "team"), …)      a.plan IN (SELECT …) AND x::date > NOW() - INTERVAL '3 days'
    any(t.open for t in tickets)            tickets.filter(t => t.open).length > 3

What can't be read, such as English between formulas, becomes `Words`: the smallest part between commas or `and` and `or`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from segdsl.formulas import tree
from segdsl.formulas.calls import DEEPEST
from segdsl.formulas.cursor import Unreadable
from segdsl.formulas.primaries import (
    AND,
    COMPARE,
    NOT,
    NOTHING,
    OR,
    POWER,
    PRODUCT,
    SUM,
    TEXTS,
    UNARY,
    PrimaryReader,
    joined_by,
)
from segdsl.formulas.queries import unquoted
from segdsl.formulas.tokens import Token, cut
from segdsl.phrasebook.measures import COMPARED, SIGNS
from segdsl.phrasebook.slots import Tries


class Reader(PrimaryReader):
    """Reads the tokens of one text."""

    def whole(self) -> tree.Node:
        """Reads all tokens. Parts that are no formula become `Words`."""
        return self.part(len(self.tokens) - 1)

    def part(self, stop: int) -> tree.Node:
        """Reads up to a token, in parts between `and` and `or` where it can't be read as a whole."""
        begin, depth = self.at, self.depth
        try:
            node = self.expression()
            if self.is_("from") and any(isinstance(n, tree.Call) for n in tree.walk(node)):
                node = self._of_table(node)
            if self.is_("where") and isinstance(node, tree.Call) and node.condition is None and not node.method:
                self.next()
                node = replace(node, condition=self.expression(), end=self.before)
            if self.at == stop:
                return node
        except Unreadable:
            pass
        self.at, self.depth = begin, depth
        return self._in_parts(stop)

    def _of_table(self, value: tree.Node) -> tree.Node:
        """`count(*) / 2 FROM tickets WHERE …`: a query without its SELECT; with HAVING it says who is in a group."""
        self.need("from")
        query = self.clauses(tree.Query(value.start, self.before, ((value, ""),), (self.source(),)))
        if len(query.groups) != 1 or query.having is None:
            return query
        return tree.In(query.start, query.end, query.groups[0], replace(query, columns=((query.groups[0], ""),)), False)

    def _in_parts(self, stop: int) -> tree.Node:
        begin, parts, joins = self.at, list[tuple[int, int]](), list[str]()
        depth, between = 0, False
        first = begin
        for i in range(begin, stop):
            self.tries.spend()
            lower = self.tokens[i].lower
            depth += (lower in ("(", "[", "{")) - (lower in (")", "]", "}"))
            if depth == 0 and lower == "between":
                between = True
            elif depth == 0 and lower in ("and", "or", "&&", "||"):
                if between and lower == "and":
                    between = False
                    continue
                parts.append((first, i))
                joins.append("and" if lower in ("and", "&&") else "or")
                first = i + 1
        parts.append((first, stop))
        nodes = [self._readable(a, b) for a, b in parts]
        self.at = stop
        groups = [[nodes[0]]]
        for join, node in zip(joins, nodes[1:]):
            if join == "and":
                groups[-1].append(node)
            else:
                groups.append([node])
        joined = [joined_by("and", group) for group in groups]
        return joined_by("or", joined)

    def _readable(self, begin: int, stop: int) -> tree.Node:
        if begin >= stop:
            raise Unreadable
        try:
            reader = Reader([*self.tokens[begin:stop], Token("end", "", self.tokens[stop - 1].end, 0)], self.tries)
            reader.depth = self.depth + 1
            if reader.depth > DEEPEST:
                raise Unreadable
            node = reader.expression()
            if reader.token.kind == "end":
                return node
        except Unreadable:
            pass
        return tree.Words(self.tokens[begin].start, self.tokens[stop - 1].end)

    def expression(self, power: int = 0) -> tree.Node:
        """Reads an expression whose operators bind tighter than `power`."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unreadable
        node = self.prefix()
        while (following := self.infix(node, power)) is not None:
            node = following
        self.depth -= 1
        if power == 0 and self.is_("?"):
            node = self._ternary(node)
        if power == 0 and self.is_("if"):
            node = self._if_after(node)
        return node

    def _if_after(self, then: tree.Node) -> tree.Node:
        """`a if c else b` of Python."""
        begin, depth = self.at, self.depth
        try:
            self.need("if")
            condition = self.expression()
            self.need("else")
            otherwise = self.expression()
        except Unreadable:
            self.at, self.depth = begin, depth
            return then
        return tree.Chosen(then.start, otherwise.end, ((condition, then),), otherwise)

    def _ternary(self, condition: tree.Node) -> tree.Node:
        self.need("?")
        then = self.expression()
        self.need(":")
        otherwise = self.expression()
        return tree.Chosen(condition.start, otherwise.end, ((condition, then),), otherwise)

    def prefix(self) -> tree.Node:
        token = self.token
        start, lower = token.start, token.lower
        if lower in ("not", "!", "~") and not (lower == "not" and self.peek().lower == "(" and self._is_call()):
            self.next()
            if lower == "not" and self.is_("exists"):
                return tree.Unary(start, self.before, "not", self.prefix())
            x = self.expression(NOT if lower == "not" else UNARY)
            return tree.Unary(start, x.end, "not", x)
        if lower == "...":
            self.next()
            return self.prefix()
        if lower in ("-", "+", "--"):
            self.next()
            x = self.expression(UNARY)
            return tree.Unary(start, x.end, "-", x) if lower == "-" else x
        return self.postfix(self.primary())

    def _is_call(self) -> bool:
        """Tells whether `NOT(` is a function of a spreadsheet: nothing but a joining word follows its bracket."""
        close = self._close(self.at + 1)
        return close is not None and self.peek().start == self.token.end and self.token.text.isupper()

    def _close(self, at: int) -> int | None:
        depth = 0
        for i in range(at, len(self.tokens)):
            self.tries.spend()
            lower = self.tokens[i].lower
            depth += (lower in ("(", "[", "{")) - (lower in (")", "]", "}"))
            if depth == 0:
                return i
        return None

    def infix(self, a: tree.Node, power: int) -> tree.Node | None:
        """Reads an operator and what follows it; None where none follows that binds tighter than `power`."""
        lower = self.token.lower
        if lower == "@>" and power < COMPARE:
            return self._of_sets(a, "array_contains_all")
        if lower == "<@" and power < COMPARE and isinstance(a, tree.Several):
            return self._of_sets(a, "array_within")
        if lower == "&&" and power < COMPARE and (self.peek().lower == "array" or self.peek().text[:2] == "'{"):
            return self._of_sets(a, "arrays_overlap")
        if lower in ("or", "||") and power < OR:
            if lower == "||" and (isinstance(a, tree.Text) or self.peek().kind == "text"):
                return self._binary(a, "&", TEXTS)
            return self._binary(a, "or", OR)
        if lower in ("and", "&&") and power < AND:
            return self._binary(a, "and", AND)
        if lower == "xor" and power < OR:
            return self._binary(a, "xor", OR)
        if power < COMPARE and (following := self._comparison(a)) is not None:
            return following
        if lower in ("&", "|") and self.in_arm:
            loose = AND if lower == "&" else OR
            return self._binary(a, "and" if lower == "&" else "or", loose) if power < loose else None
        if lower in ("&", "|") and power < AND and _is_condition(a):  # in R they bind loosely
            return self._binary(a, "and" if lower == "&" else "or", AND if lower == "&" else OR)
        is_border = isinstance(a, (tree.Number, tree.Truth, tree.Date)) and power >= COMPARE
        if lower in ("&", "|") and is_border and self.peek().kind != "text":
            return None  # `arr > 5 & plan == "team"` of R
        if lower in ("&", "|") and power < TEXTS:
            return self._binary(a, "&" if lower == "&" else "or", TEXTS)
        if lower in ("+", "-") and power < SUM:
            return self._binary(a, lower, SUM)
        if lower in ("*", "/", "//", "div") and power < PRODUCT:
            return self._binary(a, "*" if lower == "*" else "/" if lower == "/" else "div", PRODUCT)
        if self.is_("%", "in", "%") and power < COMPARE:  # of R
            self.take("%", "in", "%")
            values = self.expression(TEXTS)  # before `&` of R
            return tree.In(a.start, values.end, a, values, False, is_definite=True)
        if lower in ("%", "mod") and power < PRODUCT and self.peek().kind != "end":
            return self._binary(a, "mod", PRODUCT)
        if lower in ("^", "**") and power < POWER:
            return self._binary(a, "^", POWER)
        if lower == "??" and power < TEXTS:
            return self._binary(a, "??", TEXTS)
        return None

    def _of_sets(self, a: tree.Node, name: str) -> tree.Node:
        """`tags @> ARRAY['a', 'b']`, `ARRAY['a'] <@ tags`, `tags && '{a,b}'` of PostgreSQL."""
        self.next()
        b = self.expression(COMPARE)
        both = (b, a) if name == "array_within" else (a, b)
        return tree.Call(a.start, b.end, name.replace("_within", "_contains_all"), both)

    def _binary(self, a: tree.Node, op: str, power: int) -> tree.Node:
        self.next()
        b = self.expression(power)
        return tree.Binary(a.start, b.end, op, a, b)

    def _comparison(self, a: tree.Node) -> tree.Node | None:
        lower = self.token.lower
        op = SIGNS.get(lower, lower)
        if op in COMPARED and lower != "=>":
            self.next()
            if self.token.lower in ("any", "some", "all") and self.peek().lower == "(" and op in ("=", "!="):
                if op == "=" and self.token.lower != "all":
                    self.next()
                    return tree.In(a.start, self.before, a, self.prefix(), False)
                if op == "!=" and self.token.lower == "all":
                    self.next()
                    return tree.In(a.start, self.before, a, self.prefix(), True)
            b = self.expression(COMPARE)
            if lower == "!==" and isinstance(b, tree.Truth):  # of JavaScript: nothing is neither true nor false
                return tree.Binary(a.start, b.end, "is not", a, b)
            node: tree.Node = tree.Binary(a.start, b.end, op, a, b)
            while (again := SIGNS.get(self.token.lower, self.token.lower)) in ("<", "<=", ">", ">="):
                if op[0] in "<>" and again[0] != op[0]:
                    raise Unreadable  # `arr >= 100 <= 200`: two borders of the first value
                self.next()
                c = self.expression(COMPARE)
                node = tree.Binary(a.start, c.end, "and", node, tree.Binary(b.start, c.end, again, b, c))
                b = c
            return node
        if lower == "<=>":
            return self._binary(a, "same", COMPARE)
        if lower in ("~", "~*", "!~", "!~*", "=~") and not (lower == "~" and self.in_arm):
            self.next()
            b = self.expression(COMPARE)
            return tree.Like(a.start, b.end, a, b, "pattern", lower.startswith("!"), lower.endswith("*"))
        if lower in ("is", "isnull", "notnull"):
            return self._is(a)
        negated = lower == "not" and self.peek().lower in (
            "in",
            "like",
            "ilike",
            "between",
            "rlike",
            "regexp",
            "similar",
        )
        if negated:
            self.next()
            lower = self.token.lower
        end = self.before
        if not negated and (window := self.window()):
            return tree.During(a.start, self.before, a, window)
        if lower == "in":
            self.next()
            if self.token.kind in ("text", "quoted") and re.search("[,;|]", self.token.text):
                raise Unreadable  # several values in one text, or one: a row of the phrasebook says both
            values = self.expression(COMPARE)
            return tree.In(a.start, values.end, a, values, negated)
        if lower == "between":
            self.next()
            low = self.expression(COMPARE)
            self.need("and")
            high = self.expression(COMPARE)
            return tree.Between(a.start, high.end, a, low, high, negated)
        if lower in ("like", "ilike", "rlike", "regexp", "similar"):
            self.next()
            if lower == "similar":
                self.need("to")
            b = self.expression(COMPARE)
            escape = "\\"
            if self.take("escape"):
                escape = unquoted(self.next().text)
            kind = {"like": "like", "ilike": "like", "similar": "similar"}.get(lower, "pattern")
            return tree.Like(a.start, self.before, a, b, kind, negated, lower == "ilike", escape)
        for words in (("starts", "with"), ("ends", "with"), ("contains",), ("matches",)):
            if self.is_(*words):
                self.take(*words)
                if self.token.lower in ("pattern", "word", "any"):
                    raise Unreadable
                b = self.expression(COMPARE)
                ignoring = self.take("ignoring", "case")
                return tree.Like(a.start, max(b.end, self.before), a, b, " ".join(words), False, ignoring)
        if negated or end < 0:
            raise Unreadable
        return None

    def _is(self, a: tree.Node) -> tree.Node:
        word = self.next().lower
        if word in ("isnull", "notnull"):
            end = self.before
            return tree.Binary(a.start, end, "=" if word == "isnull" else "!=", a, tree.Nothing(end, end))
        negated = self.take("not")
        if self.take("distinct", "from"):
            b = self.expression(COMPARE)
            same = tree.Binary(a.start, b.end, "same", a, b)
            return same if negated else tree.Unary(a.start, b.end, "not", same)
        if self.token.lower not in (*NOTHING, "true", "false", "missing", "unknown"):
            raise Unreadable
        token = self.next()
        b = (
            tree.Nothing(token.start, token.end)
            if token.lower in (*NOTHING, "missing", "unknown")
            else tree.Truth(token.start, token.end, token.lower == "true")
        )
        if isinstance(b, tree.Truth) and token.text != token.lower:  # in lower case it may be English
            return tree.Binary(a.start, token.end, "is not" if negated else "is", a, b)
        return tree.Binary(a.start, token.end, "!=" if negated else "=", a, b)


def _is_condition(node: tree.Node) -> bool:
    """Tells whether a node is true or false, whatever its parts are."""
    match node:
        case tree.In() | tree.Like() | tree.Between():
            return True
        case tree.Unary(_, _, op, _):
            return op == "not"
        case tree.Binary(_, _, op, _, _):
            return op in COMPARED or op in ("and", "or", "is", "is not")
        case tree.Call(_, _, name):
            return name == "is.na"
        case _:
            return False


Read = Callable[[Reader], tree.Node]


def read(text: str, start: int, end: int, tries: Tries) -> tree.Node:
    """Reads an expression. Raises `Unreadable` where nothing of it is a formula."""
    tokens = cut(text, start, end)
    if len(tokens) < 2:
        raise Unreadable
    if tokens[0].lower == "=":
        tokens = tokens[1:]
    return Reader(tokens, tries).whole()
