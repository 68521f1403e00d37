"""Single values, such as numbers, texts, names with what is behind them, lists and brackets -> nodes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from segdsl.formulas import tree
from segdsl.formulas.called import TRUTHS
from segdsl.formulas.calls import BEFORE_POINTS, CallReader
from segdsl.formulas.cursor import Unreadable
from segdsl.formulas.queries import unquoted
from segdsl.formulas.tokens import THOUSANDS

OR, AND, NOT, COMPARE, TEXTS, SUM, PRODUCT, UNARY, POWER = range(1, 10)
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
    "ends", "like", "ilike", "notnull", "desc", "offset", "between",
}  # fmt: skip
"""Those of them that are functions, too."""
_IN_TWO_WORDS = {
    ("most", "frequent"): "most_common",
    ("most", "common"): "most_common",
    ("count", "distinct"): "count_distinct",
    ("distinct", "count"): "count_distinct",
    ("unique", "count"): "count_distinct",
    ("count", "unique"): "count_distinct",
}
"""Functions whose names are two words."""
NOTHING = {"null", "none", "undefined", "nil", "nan"}
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
    "_",
    "lodash",
}


class PrimaryReader(CallReader):
    """Single values, such as numbers, texts, names with what is behind them, lists and brackets."""

    def primary(self) -> tree.Node:
        token = self.token
        start, lower = token.start, token.lower
        if token.kind == "number":
            return self._number()
        if lower == "." and self.peek().kind == "number" and self.peek().start == token.end:  # .75
            self.next()
            figure = self._number()
            if not isinstance(figure, tree.Number) or not figure.text.isdigit():
                raise Unreadable
            return tree.Number(start, figure.end, Fraction(f"0.{figure.text}"), f"0.{figure.text}")
        if token.kind == "text":
            self.next()
            is_part = self.is_(".") and self.peek().kind in ("word", "name", "text") and self.peek(2).lower != "("
            if is_part and re.fullmatch(r'"[A-Za-z_]\w*"', token.text):
                return tree.Name(start, token.end, (token.text[1:-1],))  # "account"."arr", as PostgreSQL quotes names
            if token.text[0] in "rRfFbB":
                return tree.Text(start, token.end, token.text[2:-1])
            return tree.Text(start, token.end, unquoted(token.text), self.is_localised)
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
            return self._fixed() if self.peek().lower == "fixed" else self._several("{", "}")
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
        is_open = self.is_localised and THOUSANDS.fullmatch(token.text) is not None
        return tree.Number(token.start, token.end, value, token.text, is_open)

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
        if isinstance(items[0], (tree.Name, tree.During)) and self.take("where"):
            condition = self.expression()
            items = [tree.Call(items[0].start, condition.end, "filter", (items[0], condition))]
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
        variables, is_taken_apart = list[str](), self.is_("{")
        while not self.take(")"):
            token = self.next()
            if token.kind == "end":
                raise Unreadable
            if token.kind == "word":
                variables.append(token.lower)
        if is_taken_apart:  # `({ status }) => …`: fields by their own names
            variables = [""]
        self.need("=>")
        body = self.expression()
        return tree.Each(start, body.end, tuple(variables), body, None, None)

    def _several(self, opening: str, closing: str) -> tree.Node:
        start = self.token.start
        self.need(opening)
        items, first, is_dict = list[tree.Node](), self.at, False
        breaks = list[int]()
        while not self.is_(closing):
            begin = self.at
            items.append(self._key() if closing == "}" and self.peek().lower == ":" else self._argument())
            if closing == "}" and self.take(":") and len(items) % 2:
                items.append(self._argument())
                is_dict = is_dict or begin == first
            elif is_dict:
                raise Unreadable
            if self.token.lower == "for":
                each = self._generator(start, items[0], closing)
                return tree.Call(start, self.before, "set", (each,)) if closing == "}" else each
            between = self.take_one(",", ";", "\\") or ("." if closing == "}" and self._is_next_column() else "")
            if not between:
                break
            if between == ";":
                breaks.append(len(items))
        self.need(closing)
        if is_dict:
            return tree.Call(start, self.before, "dict", tuple(items))
        return tree.Several(start, self.before, tuple(items), tuple(breaks))

    def _fixed(self) -> tree.Node:
        """`{FIXED [account_id]: COUNTD([device])}` of Tableau: a figure of each customer, by its key."""
        start = self.next().start
        self.next()
        key = self.primary()
        self.need(":")
        figure = self.expression()
        self.need("}")
        return tree.Call(start, self.before, "fixed", (key, figure))

    def _is_next_column(self) -> bool:
        """Takes the point between two columns of an array, as a sheet in German has it: `{"a".1;"b".2}`."""
        return self.tokens[self.at - 1].kind == "text" and self.peek().kind == "number" and self.take(".")

    def _key(self) -> tree.Node:
        """A key of `{"a": 1, b: 2}`, which is a text also without quotes."""
        token = self.token
        if token.kind != "word":
            return self.primary()
        self.next()
        return tree.Text(token.start, token.end, token.text)

    def _generator(self, start: int, body: tree.Node, closing: str) -> tree.Node:
        self.need("for")
        variables = [self.next().lower]
        while self.take(","):
            variables.append(self.next().lower)
        self.need("in")
        rows = self.expression(OR)
        conditions = list[tree.Node]()
        while self.take("if"):
            conditions.append(self.expression())
        condition = joined_by("and", conditions) if conditions else None
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
            words.append(unquoted(token.text) if token.kind == "text" else token.text)
        return "_".join(words)

    def _word(self) -> tree.Node:
        token = self.token
        start, lower = token.start, token.lower
        if (lower, self.peek().lower) in _IN_TWO_WORDS and self.peek(2).lower == "(":
            self.next()
            name = _IN_TWO_WORDS[lower, self.token.lower]
            call = self._call()
            if not isinstance(call, tree.Call):
                raise Unreadable
            return replace(call, start=start, name=name)
        called = self.peek().lower == "("
        if lower in ("true", "false"):
            self.next()
            if self.take("("):
                self.need(")")
            return tree.Truth(start, self.before, lower == "true")
        if lower in NOTHING and not called:
            self.next()
            return tree.Nothing(start, token.end)
        if lower == "case" and not called:
            return self._case()
        if lower == "if" and not called:
            return self._if()
        if lower in ("switch", "match") and (self.is_("switch", "(") or self.peek().kind == "word"):
            begin = self.at
            try:
                return self._switched()
            except Unreadable:
                self.at = begin
        if lower == "interval":
            return self._interval()
        if lower == "exists" and called:
            self.next()
            inner = self.prefix()
            return tree.Call(start, self.before, "exists", (inner,))
        if lower in ("date", "timestamp") and self.peek().kind == "text":
            self.next()
            text = self.next()
            return tree.Text(start, text.end, unquoted(text.text))
        if lower == "new" and self.peek().kind == "word":
            self.next()
            made = self._word()
            if isinstance(made, tree.Call) and made.name == "date" and len(made.arguments) < 2:
                return replace(made, name="new_date")
            return made
        if lower == "array" and self.peek().lower == "[":
            self.next()
            return self._several("[", "]")
        if lower in ("var", "let", "const") and self.peek().kind == "word" and self.peek(2).lower == "=":
            return self._named_values(start, ("var", "let", "const"))
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
        dotted = lower in BEFORE_POINTS and self.peek().lower == "." and "(" in (self.peek(3).lower, self.peek(5).lower)
        if lower in _ENDS and not dotted and not (called and lower in _CALLED):
            raise Unreadable
        if lower in ("c", "dict") and called and self._is_keyed():
            return self._keyed()
        if lower == "c" and called:  # a list in R
            self.next()
            return replace(self._several("(", ")"), start=start)
        if called or dotted:
            return self._call()
        if lower in TRUTHS:
            self.next()
            return tree.Truth(start, token.end, TRUTHS[lower])
        self.next()
        return tree.Name(start, token.end, (token.text,))

    def postfix(self, node: tree.Node) -> tree.Node:
        while True:
            lower = self.token.lower
            if (
                lower in (".", "?.", "!", "$")
                and self.peek().kind in ("word", "name", "text")
                and self.peek().lower != ""
            ):
                if lower in ("!", "$") and (not isinstance(node, tree.Name) or self.token.start != node.end):
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
            elif lower == "|>" or self.is_("%", ">", "%"):  # pipes of R
                for _ in range(1 if lower == "|>" else 3):
                    self.next()
                node = self._piped(node)
            elif lower == "[" and isinstance(node, (tree.Name, tree.Call)) and self.token.start == node.end:
                node = self._index(node)
            elif lower == "at" and self.is_("at", "time", "zone"):
                raise Unreadable
            elif lower == ":" and self._is_cells(node):
                self.next()
                node = _with_part(node, ":" + self.next().text, self.before)
            else:
                return node

    def _piped(self, node: tree.Node) -> tree.Node:
        """What a pipe leads to: a call, before whose arguments it puts what stands before the pipe."""
        if self.token.kind != "word" or self.peek().lower != "(":
            raise Unreadable
        if self.token.lower in ("recode", "case_match"):
            name = self.next().lower
            self.need("(")
            return self._recoded(node.start, name, node)
        call = self._call()
        if not isinstance(call, tree.Call):
            raise Unreadable
        return replace(call, start=node.start, arguments=(node, *call.arguments), method=True)

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
            return _with_part(node, token.text.strip('`"'), token.end)
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
        if self.is_("-") and self.peek(2).lower == ":" and self.peek(3).lower == "]":  # invoices[-3:]
            self.next()
            count = self._number()
            self.need(":")
            self.need("]")
            return tree.Call(node.start, self.before, "tail", (node, count), method=True)
        if self.is_(":") and self.peek().kind == "number":  # invoices[:3]
            self.next()
            count = self._number()
            self.need("]")
            return tree.Call(node.start, self.before, "head", (node, count), method=True)
        if isinstance(node, tree.Call) and node.name in ("split", "dict"):
            return self._picked(node)
        x = self.expression()
        if (
            self.take(",")
            and isinstance(node, tree.Name)
            and node.parts[-1].lower() == "loc"
            and self.token.kind == "text"
        ):
            node = tree.Name(node.start, node.end, (*node.parts[:-1], unquoted(self.next().text)))
        self.need("]")
        if inner:
            self.need("]")
        return tree.Call(node.start, self.before, "filter", (node, x), method=True)

    def _picked(self, node: tree.Call) -> tree.Node:
        """`{"a": 1}[plan]`, `email.split("@")[1]`, `SPLIT(email, '@')[OFFSET(1)]`."""
        word = self.take_one("offset", "safe_offset", "ordinal", "safe_ordinal") if self.peek().lower == "(" else ""
        x = self.expression()
        self.need("]")
        if node.name == "dict":
            return tree.Call(node.start, self.before, "get", (node, x), method=True)
        if isinstance(x, tree.Several) and len(x.items) == 1:
            x = x.items[0]
        sign, figure = (-1, x.x) if isinstance(x, tree.Unary) and x.op == "-" else (1, x)
        if not isinstance(figure, tree.Number) or len(node.arguments) != 2:
            raise Unreadable
        place = sign * figure.value + (0 if sign < 0 or word.endswith("ordinal") else 1)
        which = tree.Number(x.start, x.end, place, str(place))
        return tree.Call(node.start, self.before, "split_part", (*node.arguments, which))


def _with_part(node: tree.Node, part: str, end: int) -> tree.Node:
    if isinstance(node, tree.Name):
        return tree.Name(node.start, end, (*node.parts, part))
    return tree.Call(node.start, end, part.lower(), (node,), method=True)


def joined_by(op: str, nodes: Sequence[tree.Node]) -> tree.Node:
    node = nodes[0]
    for other in nodes[1:]:
        node = tree.Binary(node.start, other.end, op, node, other)
    return node


def _is_newest(node: tree.Node) -> bool:
    """Tells whether a node is the last of rows: `tickets[-1]`, `tickets.at(-1)`, `tickets.iloc[-1]`."""
    if not isinstance(node, tree.Call) or node.name not in ("filter", "at") or len(node.arguments) != 2:
        return False
    rows, which = node.arguments
    is_one = isinstance(which, tree.Unary) and which.op == "-" and isinstance(which.x, tree.Number)
    return isinstance(rows, tree.Name) and is_one and which.x.value == 1  # type: ignore[attr-defined]  # a number
