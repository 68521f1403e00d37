"""Reads expressions as people write them elsewhere: a parser by binding powers over tokens, for all habits at once.

    IF(AND(arr > 5, plan = "team"), …)      a.plan IN (SELECT …) AND x::date > NOW() - INTERVAL '3 days'
    any(t.open for t in tickets)            tickets.filter(t => t.open).length > 3

What can't be read, such as English between formulas, becomes `Words`: the smallest part between commas or `and` and `or`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from segdsl.formulas import tree
from segdsl.formulas.called import CALLED, DOTTED, TRUTHS
from segdsl.formulas.tokens import Token, cut
from segdsl.phrasebook.slots import Tries

DEEPEST = 60
UNITS = {
    alias: unit
    for unit, aliases in {
        "minute": "minute minutes minut mi n min",
        "hour": "hour hours hh h hr hrs",
        "day": "day days d dd dy dayofyear",
        "week": "week weeks w ww wk isoweek",
        "month": "month months mm mon m months",
        "quarter": "quarter quarters q qq qtr",
        "year": "year years yyyy yy y",
        "second": "second seconds s ss sec",
    }.items()
    for alias in aliases.split()
}
SIGNS = {"==": "=", "===": "=", "<>": "!=", "!==": "!=", "=<": "<=", "≠": "!=", "≤": "<=", "≥": ">=", "=>": ">="}
COMPARED = ("=", "!=", "<", "<=", ">", ">=")
_OR, _AND, _NOT, _COMPARE, _TEXTS, _SUM, _PRODUCT, _UNARY, _POWER = range(1, 10)
_ENDS = {
    "and", "or", "then", "else", "end", "when", "from", "where", "group", "having", "order", "limit", "union", "except",
    "intersect", "join", "inner", "left", "right", "full", "cross", "on", "as", "asc", "desc", "for", "if", "offset",
    "fetch", "is", "in", "not", "between", "like", "ilike", "over", "qualify", "xor", "div", "mod", "rlike", "regexp",
    "similar", "nulls", "using", "window", "isnull", "notnull", "contains", "starts", "ends", "matches", "has", "filter",
    "play", "goal", "owner", "segment", "otherwise", "undecided", "ignoring", "per", "since", "until", "ago", "of", "to",
}  # fmt: skip
"""Words that are no names where a value is due, or that end one."""
_CALLED = {
    "if", "and", "or", "not", "xor", "left", "right", "filter", "contains", "mod", "end", "regexp", "has", "isnull", "matches",
    "ends", "like", "ilike", "notnull",
}  # fmt: skip
"""Those of them that are functions, too."""
_NOTHING = {"null", "none", "undefined", "nil", "nan"}
_CLAUSES = {
    "where", "group", "having", "order", "limit", "union", "except", "intersect", "minus", "join", "inner", "left", "right",
    "full", "cross", "on", "offset", "fetch", "qualify", "when", "natural", "using", "as", "select", "play", "with", "window",
}  # fmt: skip


class Unreadable(Exception):
    """The text is no formula."""


class Reader:
    """Reads the tokens of one text."""

    def __init__(self, tokens: Sequence[Token], tries: Tries) -> None:
        self.tokens, self.at, self.tries, self.depth = tokens, 0, tries, 0

    # -- tokens --

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def peek(self, ahead: int = 1) -> Token:
        return self.tokens[min(self.at + ahead, len(self.tokens) - 1)]

    def next(self) -> Token:
        self.tries.spend()
        token = self.token
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def is_(self, *words: str) -> bool:
        """Tells whether the next tokens are these, in lower case."""
        return all(self.peek(i).lower == word for i, word in enumerate(words))

    def take(self, *words: str) -> bool:
        if self.is_(*words):
            for _ in words:
                self.next()
            return True
        return False

    def take_one(self, *words: str) -> str:
        """Takes one of several words; "" if none of them stands here."""
        return self.next().lower if self.token.lower in words else ""

    def need(self, *words: str) -> None:
        if not self.take(*words):
            raise Unreadable

    @property
    def before(self) -> int:
        """Where the last token that was taken ends."""
        return self.tokens[self.at - 1].end if self.at else self.token.start

    # -- expressions --

    def whole(self) -> tree.Node:
        """Reads all tokens. Parts that are no formula become `Words`."""
        return self.part(len(self.tokens) - 1)

    def part(self, stop: int) -> tree.Node:
        """Reads up to a token, in parts between `and` and `or` where it can't be read as a whole."""
        begin, depth = self.at, self.depth
        try:
            node = self.expression()
            if self.at == stop:
                return node
        except Unreadable:
            pass
        self.at, self.depth = begin, depth
        return self._in_parts(stop)

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
        joined = [_joined("and", group) for group in groups]
        return _joined("or", joined)

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
            x = self.expression(_NOT if lower == "not" else _UNARY)
            return tree.Unary(start, x.end, "not", x)
        if lower == "...":
            self.next()
            return self.prefix()
        if lower in ("-", "+", "--"):
            self.next()
            x = self.expression(_UNARY)
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
        if lower in ("or", "||") and power < _OR:
            if lower == "||" and (isinstance(a, tree.Text) or self.peek().kind == "text"):
                return self._binary(a, "&", _TEXTS)
            return self._binary(a, "or", _OR)
        if lower in ("and", "&&") and power < _AND:
            return self._binary(a, "and", _AND)
        if lower == "xor" and power < _OR:
            return self._binary(a, "xor", _OR)
        if power < _COMPARE and (following := self._comparison(a)) is not None:
            return following
        if lower in ("&", "|") and power < _TEXTS:
            return self._binary(a, "&" if lower == "&" else "or", _TEXTS)
        if lower in ("+", "-") and power < _SUM:
            return self._binary(a, lower, _SUM)
        if lower in ("*", "/", "//", "div") and power < _PRODUCT:
            return self._binary(a, "*" if lower == "*" else "/" if lower == "/" else "div", _PRODUCT)
        if lower in ("%", "mod") and power < _PRODUCT and self.peek().kind != "end":
            return self._binary(a, "mod", _PRODUCT)
        if lower in ("^", "**") and power < _POWER:
            return self._binary(a, "^", _POWER)
        if lower == "??" and power < _TEXTS:
            return self._binary(a, "??", _TEXTS)
        return None

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
            b = self.expression(_COMPARE)
            node: tree.Node = tree.Binary(a.start, b.end, op, a, b)
            while (again := SIGNS.get(self.token.lower, self.token.lower)) in ("<", "<=", ">", ">="):
                if op[0] in "<>" and again[0] != op[0]:
                    raise Unreadable  # `arr >= 100 <= 200`: two borders of the first value
                self.next()
                c = self.expression(_COMPARE)
                node = tree.Binary(a.start, c.end, "and", node, tree.Binary(b.start, c.end, again, b, c))
                b = c
            return node
        if lower == "<=>":
            return self._binary(a, "same", _COMPARE)
        if lower in ("~", "~*", "!~", "!~*", "=~"):
            self.next()
            b = self.expression(_COMPARE)
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
        if lower == "in":
            self.next()
            if self.token.kind in ("text", "quoted") and re.search("[,;|]", self.token.text):
                raise Unreadable  # several values in one text, or one: a row of the phrasebook says both
            values = self.expression(_COMPARE)
            return tree.In(a.start, values.end, a, values, negated)
        if lower == "between":
            self.next()
            low = self.expression(_COMPARE)
            self.need("and")
            high = self.expression(_COMPARE)
            return tree.Between(a.start, high.end, a, low, high, negated)
        if lower in ("like", "ilike", "rlike", "regexp", "similar"):
            self.next()
            if lower == "similar":
                self.need("to")
            b = self.expression(_COMPARE)
            escape = "\\"
            if self.take("escape"):
                escape = _unquoted(self.next().text)
            kind = {"like": "like", "ilike": "like", "similar": "similar"}.get(lower, "pattern")
            return tree.Like(a.start, self.before, a, b, kind, negated, lower == "ilike", escape)
        for words in (("starts", "with"), ("ends", "with"), ("contains",), ("matches",)):
            if self.is_(*words):
                self.take(*words)
                if self.token.lower in ("pattern", "word", "any"):
                    raise Unreadable
                b = self.expression(_COMPARE)
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
            b = self.expression(_COMPARE)
            same = tree.Binary(a.start, b.end, "same", a, b)
            return same if negated else tree.Unary(a.start, b.end, "not", same)
        if self.token.lower not in (*_NOTHING, "true", "false", "missing", "unknown"):
            raise Unreadable
        token = self.next()
        b = (
            tree.Nothing(token.start, token.end)
            if token.lower in (*_NOTHING, "missing", "unknown")
            else tree.Truth(token.start, token.end, token.lower == "true")
        )
        if isinstance(b, tree.Truth):
            return tree.Binary(a.start, token.end, "is not" if negated else "is", a, b)
        return tree.Binary(a.start, token.end, "!=" if negated else "=", a, b)

    # -- values --

    def primary(self) -> tree.Node:
        token = self.token
        start, lower = token.start, token.lower
        if token.kind == "number":
            return self._number()
        if token.kind == "text":
            self.next()
            if token.text[0] in "rRfFbB":
                return tree.Text(start, token.end, token.text[2:-1])
            return tree.Text(start, token.end, _unquoted(token.text))
        if token.kind == "date":
            self.next()
            return tree.Date(start, token.end, token.text)
        if token.kind == "pattern":
            self.next()
            body, _, flags = token.text[1:].rpartition("/")
            return tree.Pattern(start, token.end, body, "i" in flags)
        if token.kind == "name":
            self.next()
            return tree.Name(start, token.end, (token.text[1:-1],))
        if lower == "(":
            return self._brackets()
        if lower == "{":
            return self._several("{", "}")
        if lower == "[":
            return self._square()
        if lower == "*":
            self.next()
            return tree.Star(start, token.end)
        if token.kind == "word":
            return self._word()
        raise Unreadable

    def _number(self) -> tree.Node:
        token = self.next()
        said = re.sub(r"[$€£,_\s]", "", token.text)
        scale = Fraction(1)
        if said[-1:] in ("%", "k", "K", "m", "M"):
            scale = {"%": Fraction(1, 100), "k": Fraction(1000), "m": Fraction(1_000_000)}[said[-1].lower()]
            said = said[:-1]
        try:
            value = Fraction(said) * scale
        except ValueError:
            raise Unreadable from None
        unit = self.token.lower.rstrip("s")
        if unit in ("minute", "hour", "day", "week", "month", "year") and token.text.isdigit():
            following = self.peek().lower
            if following == "ago":
                self.next()
                self.next()
                length = tree.Length(token.start, self.before, int(token.text), unit)
                return tree.Call(token.start, self.before, "ago", (length,))
            if following in ("before", "after"):
                self.next()
                word = self.next().lower
                x = self.prefix()
                length = tree.Length(token.start, self.before, int(token.text), unit)
                return tree.Call(token.start, x.end, word, (x, length))
            raise Unreadable
        return tree.Number(token.start, token.end, value, token.text)

    def _brackets(self) -> tree.Node:
        start = self.next().start
        if self.is_("select") or self.is_("with"):
            query = self.query()
            self.need(")")
            return query
        if self._is_function():
            return self._arrow(start)
        items = [self._argument()]
        if self.token.lower == "for":
            return self._generator(start, items[0], ")")
        while self.take_one(",", ";"):
            if self.is_(")"):
                break
            items.append(self._argument())
        self.need(")")
        if self.is_("=>"):
            raise Unreadable
        if len(items) == 1 and not isinstance(items[0], (tree.Text, tree.Number, tree.Date)):
            return replace(items[0], start=start, end=self.before)
        return tree.Several(start, self.before, tuple(items))

    def _is_function(self) -> bool:
        """Tells whether the bracket that was taken opens the parameters of an arrow function."""
        close = self._close(self.at - 1)
        return close is not None and self.tokens[min(close + 1, len(self.tokens) - 1)].lower == "=>"

    def _arrow(self, start: int) -> tree.Node:
        variables = list[str]()
        while not self.take(")"):
            token = self.next()
            if token.kind == "end":
                raise Unreadable
            if token.kind == "word":
                variables.append(token.lower)
        self.need("=>")
        body = self.expression()
        return tree.Each(start, body.end, tuple(variables), body, None, None)

    def _several(self, opening: str, closing: str) -> tree.Node:
        start = self.token.start
        self.need(opening)
        items = list[tree.Node]()
        while not self.is_(closing):
            items.append(self._argument())
            if self.token.lower == "for":
                return self._generator(start, items[0], closing)
            if not self.take_one(",", ";", "\\"):
                break
        self.need(closing)
        return tree.Several(start, self.before, tuple(items))

    def _generator(self, start: int, body: tree.Node, closing: str) -> tree.Node:
        self.need("for")
        variables = [self.next().lower]
        while self.take(","):
            variables.append(self.next().lower)
        self.need("in")
        rows = self.expression(_OR)
        conditions = list[tree.Node]()
        while self.take("if"):
            conditions.append(self.expression())
        condition = _joined("and", conditions) if conditions else None
        if closing:
            self.need(closing)
        return tree.Each(start, self.before, tuple(variables), body, rows, condition)

    def _square(self) -> tree.Node:
        """A list, or a name in square brackets as in `[arr]`, `[@arr]` or `[@[Renewal date]]`."""
        start = self.token.start
        if self.peek().lower == "@" or (self.peek().kind == "word" and self._bracketed_name()):
            self.next()
            self.take("@")
            inner = self.take("[")
            name = self._words_until("]")
            if inner:
                self.need("]")
            return tree.Name(start, self.before, ("@", name))
        return self._several("[", "]")

    def _bracketed_name(self) -> bool:
        close = self._close(self.at)
        inside = [] if close is None else self.tokens[self.at + 1 : close]
        return bool(inside) and all(t.kind == "word" and t.lower not in _ENDS for t in inside)

    def _words_until(self, closing: str) -> str:
        words = list[str]()
        while not self.take(closing):
            token = self.next()
            if token.kind == "end" or len(words) > 8:
                raise Unreadable
            words.append(_unquoted(token.text) if token.kind == "text" else token.text)
        return "_".join(words)

    def _word(self) -> tree.Node:
        token = self.token
        start, lower = token.start, token.lower
        called = self.peek().lower == "("
        if lower in ("true", "false"):
            self.next()
            if self.take("("):
                self.need(")")
            return tree.Truth(start, self.before, lower == "true")
        if lower in _NOTHING and not called:
            self.next()
            return tree.Nothing(start, token.end)
        if lower == "case" and not called:
            return self._case()
        if lower == "if" and not called:
            return self._if()
        if lower == "interval":
            return self._interval()
        if lower == "exists" and called:
            self.next()
            inner = self.prefix()
            return tree.Call(start, self.before, "exists", (inner,))
        if lower in ("date", "timestamp") and self.peek().kind == "text":
            self.next()
            text = self.next()
            return tree.Text(start, text.end, _unquoted(text.text))
        if lower == "new" and self.peek().kind == "word":
            self.next()
            made = self._word()
            if isinstance(made, tree.Call) and made.name == "date" and len(made.arguments) < 2:
                return replace(made, name="new_date")
            return made
        if lower == "array" and self.peek().lower == "[":
            self.next()
            return self._several("[", "]")
        if lower == "lambda":
            return self._lambda()
        if self.peek().lower == "=>":
            self.next()
            self.next()
            body = self.expression()
            return tree.Each(start, body.end, (lower,), body, None, None)
        if lower in ("days", "weeks", "months", "years", "hours", "minutes") and self.peek().lower in (
            "since",
            "until",
        ):
            self.next()
            word = self.next().lower
            x = self.prefix()
            return tree.Call(start, x.end, f"{lower} {word}", (x,))
        if lower in ("days", "weeks", "months", "years", "hours", "minutes") and self.peek().lower == "from":
            self.next()
            self.next()
            x = self.prefix()
            self.need("to")
            y = self.prefix()
            return tree.Call(start, y.end, f"{lower} from", (x, y))
        if lower in ("year", "quarter", "month", "day", "weekday", "hour") and self.peek().lower == "of":
            self.next()
            self.next()
            x = self.prefix()
            return tree.Call(start, x.end, f"{lower} of", (x,))
        if lower in _ENDS and not (called and lower in _CALLED):
            raise Unreadable
        if called or (
            lower in _DOTTED and self.peek().lower == "." and "(" in (self.peek(3).lower, self.peek(5).lower)
        ):
            return self._call()
        if lower in TRUTHS:
            self.next()
            return tree.Truth(start, token.end, TRUTHS[lower])
        self.next()
        return tree.Name(start, token.end, (token.text,))

    def postfix(self, node: tree.Node) -> tree.Node:
        while True:
            lower = self.token.lower
            if lower in (".", "?.", "!") and self.peek().kind in ("word", "name", "text") and self.peek().lower != "":
                if lower == "!" and (not isinstance(node, tree.Name) or self.token.start != node.end):
                    return node
                self.next()
                node = self._member(node)
            elif lower == "." and self.peek().kind in ("name", "text"):
                self.next()
                token = self.next()
                node = _with_part(node, token.text.strip('`"'), token.end)
            elif lower == "." and self.peek().lower == "[" and isinstance(node, tree.Name):
                self.next()
                part = self._square()
                if not isinstance(part, tree.Name):
                    raise Unreadable
                node = _with_part(node, part.parts[-1], part.end)
            elif lower == "." and self.peek().lower == "*":
                self.next()
                node = replace(node, end=self.next().end)
            elif lower == "::":
                self.next()
                kind = self.next().lower
                if self.take("("):
                    self._words_until(")")
                node = tree.Call(node.start, self.before, f"::{kind}", (node,))
            elif lower == "[" and isinstance(node, (tree.Name, tree.Call)) and self.token.start == node.end:
                node = self._index(node)
            elif lower == "at" and self.is_("at", "time", "zone"):
                raise Unreadable
            elif lower == ":" and self._is_cells(node):
                self.next()
                node = _with_part(node, ":" + self.next().text, self.before)
            else:
                return node

    def _is_cells(self, node: tree.Node) -> bool:
        """Tells whether a colon stands between two cells or fields, as in H2:H100."""
        return (
            isinstance(node, tree.Name)
            and self.token.start == node.end
            and self.peek().kind == "word"
            and self.peek().start == self.token.end
        )

    def _member(self, node: tree.Node) -> tree.Node:
        token = self.token
        if self.peek().lower == "(":
            call = self._call()
            assert isinstance(call, (tree.Call, tree.Each))
            if isinstance(call, tree.Each):
                raise Unreadable
            prefix = ()  # type: tuple[tree.Node, ...]
            if isinstance(node, tree.Name) and node.parts[0].lower() in _MODULES:
                module = node.parts[0].lower()
                named_with_it = module == "re" or (module, call.name) == ("date", "now")
                name = f"{module}.{call.name}" if named_with_it else call.name
            else:
                prefix, name = (node,), call.name
            return tree.Call(
                node.start,
                self.before,
                name,
                (*prefix, *call.arguments),
                call.named,
                call.distinct,
                call.over,
                call.condition,
                bool(prefix),
            )
        self.next()
        if isinstance(node, tree.Name):
            return _with_part(node, token.text, token.end)
        if _is_newest(node):  # tickets[-1].priority
            assert isinstance(node, tree.Call) and isinstance(node.arguments[0], tree.Name)
            return tree.Call(node.start, token.end, "last", (_with_part(node.arguments[0], token.text, token.end),))
        return tree.Call(node.start, token.end, token.lower, (node,), method=True)

    def _index(self, node: tree.Node) -> tree.Node:
        """`account[arr]`, `df["arr"]`, `rows[0]`, `df[df.plan == "team"]`."""
        self.next()
        self.take("@")
        inner = self.take("[")
        token = self.token
        if token.kind in ("text", "word") and isinstance(node, tree.Name):
            begin = self.at
            try:
                name = self._words_until("]")
                if inner:
                    self.need("]")
                if re.fullmatch(r"[\w ]+", name):
                    return _with_part(node, name, self.before)
            except Unreadable:
                pass
            self.at = begin
        x = self.expression()
        if (
            self.take(",")
            and isinstance(node, tree.Name)
            and node.parts[-1].lower() == "loc"
            and self.token.kind == "text"
        ):
            node = tree.Name(node.start, node.end, (*node.parts[:-1], _unquoted(self.next().text)))
        self.need("]")
        if inner:
            self.need("]")
        return tree.Call(node.start, self.before, "filter", (node, x), method=True)

    def _call(self) -> tree.Node:
        token = self.next()
        name, start = token.lower, token.start
        while self.token.lower == "." and self.peek().kind == "word" and name.partition(".")[0] in _DOTTED:
            self.next()
            name = f"{name}.{self.next().lower}"
        self.need("(")
        name = CALLED.get(name, name)
        if name == "extract":
            return self._extract(start)
        if name in ("cast", "try_cast", "safe_cast"):
            x = self.expression()
            if not self.take("as"):
                self.need(",")
            self._type()
            return tree.Call(start, self.before, "cast", (x,))
        distinct = self.take("distinct") or self.take("unique")
        arguments, named = list[tree.Node](), list[tuple[str, tree.Node]]()
        condition: tree.Node | None = None
        while not self.is_(")"):
            if self.token.kind == "word" and self.peek().lower in ("=", ":") and self._is_named(name):
                key = self.next().lower
                self.next()
                named.append((key, self._argument()))
            elif self.token.lower in (",", ";"):
                arguments.append(tree.Nothing(self.token.start, self.token.start))
            else:
                arguments.append(self._argument())
            if name == "position" and self.take("in"):
                arguments.append(self.expression())
            if self.token.lower == "for" and len(arguments) == 1:
                arguments = [self._generator(start, arguments[0], "")]
                break
            if self.is_(
                "from",
            ) and name in ("trim", "substring", "overlay"):
                self.next()
                arguments.append(self.expression())
                if self.take("for"):
                    arguments.append(self.expression())
            if self.take("order", "by"):
                self._ordered()
            if self.take("where"):
                condition = self.expression()
            if not self.take_one(",", ";"):
                break
        self.need(")")
        if self.is_("filter", "(", "where"):
            for _ in range(3):
                self.next()
            condition = self.expression()
            self.need(")")
        if self.take("within", "group", "(", "order", "by"):
            arguments = [self._ordered()[0][0], *arguments]
            self.need(")")
        over = self._over() if self.take("over") else None
        return tree.Call(start, self.before, name, tuple(arguments), tuple(named), distinct, over, condition)

    def _is_named(self, call: str) -> bool:
        """Tells whether `x = y` in a call names an argument, as in Python, and isn't a comparison."""
        if self.peek().lower == ":":
            return (
                self.peek().start > self.token.end
                or self.peek(2).kind != "word"
                or self.peek(2).start > self.peek().end
            )
        return self.token.lower in _NAMED or (call in _BY_FIELDS and self.peek().text == "=")

    def _argument(self) -> tree.Node:
        """What stands up to a comma or bracket: an expression, or words."""
        begin = self.at
        depth = self.depth
        try:
            node = self.expression()
            if self.token.lower in (",", ";", ")", "]", "}", "for", "from", "in", "order", "where", "\\", "as"):
                return node
            if self.token.kind == "end":
                raise Unreadable
        except Unreadable:
            pass
        self.at, self.depth = begin, depth
        stop, nested = begin, 0
        while self.tokens[stop].kind != "end":
            self.tries.spend()
            lower = self.tokens[stop].lower
            if nested == 0 and lower in (",", ";", ")", "]", "}"):
                break
            nested += (lower in ("(", "[", "{")) - (lower in (")", "]", "}"))
            stop += 1
        if stop == begin or self.tokens[stop].kind == "end":
            raise Unreadable
        if depth > DEEPEST // 2:
            raise Unreadable
        return self._in_parts(stop)

    def _type(self) -> None:
        while not self.is_(")"):
            if self.token.kind == "end":
                raise Unreadable
            if self.next().text == "(":
                self._words_until(")")
        self.need(")")

    def _extract(self, start: int) -> tree.Node:
        unit = self.next()
        if not self.take("from"):
            self.need(",")
        x = self.expression()
        self.need(")")
        return tree.Call(start, self.before, "date_part", (tree.Text(unit.start, unit.end, unit.text.strip("'\"")), x))

    def _over(self) -> tree.Over:
        start = self.token.start
        self.need("(")
        groups, order = list[tree.Node](), list[tuple[tree.Node, bool]]()
        if self.take("partition", "by"):
            groups = [self.expression()]
            while self.take(","):
                groups.append(self.expression())
        if self.take("order", "by"):
            order = self._ordered()
        while not self.is_(")"):
            if self.next().kind == "end":
                raise Unreadable
        self.need(")")
        return tree.Over(start, self.before, tuple(groups), tuple(order))

    def _ordered(self) -> list[tuple[tree.Node, bool]]:
        order = list[tuple[tree.Node, bool]]()
        while True:
            x = self.expression()
            falls = self.take_one("asc", "desc") == "desc"
            if self.take("nulls"):
                self.next()
            order.append((x, falls))
            if not self.take(","):
                return order

    def _interval(self) -> tree.Node:
        start = self.next().start
        token = self.next()
        said = _unquoted(token.text) if token.kind == "text" else token.text
        match = re.fullmatch(r"\s*(\d{1,6})\s*([A-Za-z]*)\s*", said)
        if not match:
            raise Unreadable
        unit = match[2] or self.next().text
        length = length_of(Fraction(match[1]), unit)
        if length is None:
            raise Unreadable
        return tree.Length(start, self.before, *length)

    def _lambda(self) -> tree.Node:
        start = self.next().start
        variables = [self.next().lower]
        while self.take(","):
            variables.append(self.next().lower)
        self.need(":")
        body = self.expression()
        return tree.Each(start, body.end, tuple(variables), body, None, None)

    def _case(self) -> tree.Node:
        start = self.next().start
        subject = None if self.is_("when") else self.expression()
        arms = list[tuple[tree.Node, tree.Node]]()
        while self.take("when"):
            condition = self.expression()
            if subject is not None:
                condition = tree.Binary(condition.start, condition.end, "=", subject, condition)
            self.need("then")
            arms.append((condition, self.expression()))
        otherwise = self.expression() if self.take("else") else None
        self.need("end")
        if not arms:
            raise Unreadable
        return tree.Chosen(start, self.before, tuple(arms), otherwise)

    def _if(self) -> tree.Node:
        """`if … then … else … end`, the language's own."""
        start, arms = self.next().start, list[tuple[tree.Node, tree.Node]]()
        while True:
            condition = self.expression()
            self.need("then")
            arms.append((condition, self.expression()))
            if self.take("elseif") or self.take("elsif") or self.take("elif") or self.take("else", "if"):
                continue
            otherwise = self.expression() if self.take("else") else None
            self.take("end")
            return tree.Chosen(start, self.before, tuple(arms), otherwise)

    # -- queries --

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
            rows = tree.Name(token.start, self.before, (_unquoted(token.text),))
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


_MODULES = {
    "math",
    "re",
    "np",
    "numpy",
    "pd",
    "datetime",
    "dt",
    "date",
    "statistics",
    "date_utils",
    "timezone",
    "json",
    "array",
    "object",
    "string",
    "number",
    "moment",
    "dayjs",
    "len",
}
_DOTTED = DOTTED | {
    "rank",
    "percentile",
    "quartile",
    "percentrank",
    "stdev",
    "mode",
    "networkdays",
    "workday",
    "ceiling",
    "floor",
    "var",
}
_BY_FIELDS = {"filter", "exclude", "filter_by"}
_NAMED = {
    "days",
    "weeks",
    "hours",
    "minutes",
    "months",
    "years",
    "ascending",
    "case",
    "regex",
    "na",
    "flags",
    "pct",
    "method",
    "key",
    "default",
    "axis",
    "skipna",
    "inclusive",
    "q",
    "n",
    "format",
    "dayfirst",
}


def _with_part(node: tree.Node, part: str, end: int) -> tree.Node:
    if isinstance(node, tree.Name):
        return tree.Name(node.start, end, (*node.parts, part))
    return tree.Call(node.start, end, part.lower(), (node,), method=True)


def _joined(op: str, nodes: Sequence[tree.Node]) -> tree.Node:
    node = nodes[0]
    for other in nodes[1:]:
        node = tree.Binary(node.start, other.end, op, node, other)
    return node


def _and(a: tree.Node | None, b: tree.Node) -> tree.Node:
    return b if a is None else tree.Binary(a.start, b.end, "and", a, b)


def _replaced(query: tree.Query, **changed: object) -> tree.Query:
    return replace(query, **changed)  # type: ignore[arg-type]  # its own fields


def _is_newest(node: tree.Node) -> bool:
    """Tells whether a node is the last of rows: `tickets[-1]`, `tickets.at(-1)`, `tickets.iloc[-1]`."""
    if not isinstance(node, tree.Call) or node.name not in ("filter", "at") or len(node.arguments) != 2:
        return False
    rows, which = node.arguments
    is_one = isinstance(which, tree.Unary) and which.op == "-" and isinstance(which.x, tree.Number)
    return isinstance(rows, tree.Name) and is_one and which.x.value == 1  # type: ignore[attr-defined]  # a number


def _unquoted(text: str) -> str:
    quote, inner = text[0], text[1:-1]
    return inner.replace(quote * 2, quote) if quote in "'\"" else inner


def length_of(count: Fraction, unit: str) -> tuple[int, str] | None:
    """A length of time in a unit of the language; None where there is none."""
    known = UNITS.get(unit.lower().strip("'\" "))
    if known is None or count.denominator != 1 or count > 100_000:
        return None
    if known == "quarter":
        return 3 * int(count), "month"
    if known == "second":
        return (int(count) // 60, "minute") if count % 60 == 0 else None
    return int(count), known


Read = Callable[[Reader], tree.Node]


def read(text: str, start: int, end: int, tries: Tries) -> tree.Node:
    """Reads an expression. Raises `Unreadable` where nothing of it is a formula."""
    tokens = cut(text, start, end)
    if len(tokens) < 2:
        raise Unreadable
    if tokens[0].lower == "=":
        tokens = tokens[1:]
    return Reader(tokens, tries).whole()
