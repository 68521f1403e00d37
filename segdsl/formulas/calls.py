"""Calls, with what stands in their brackets, and CASE, IF and lambdas -> nodes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from segdsl.diagnostics import Source
from segdsl.formulas import tree
from segdsl.formulas.called import CALLED, DOTTED
from segdsl.formulas.cursor import Unreadable
from segdsl.formulas.queries import QueryReader, unquoted
from segdsl.formulas.values import Kind, Value
from segdsl.lang import tree as language
from segdsl.lang.parse import parse_expression
from segdsl.phrasebook.measures import UNITS_OF_FUNCTIONS

DEEPEST = 60
BEFORE_POINTS = DOTTED | {
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
    "is",
    "sys",
    "as",
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
    "labels",
    "bins",
    "breaks",
    "right",
    "include_lowest",
    "include.lowest",
    "periods",
    "units",
    "reverse",
    "by",
    "format",
    "dayfirst",
}


_AGGREGATES = {
    "any": True, "none": True, "all": True, "count": False, "sum": False, "average": False, "median": False,
    "share": False, "count_distinct": False, "distinct_days": False,
}  # fmt: skip
"""Aggregates of the language, and whether their value is true or false."""
_OF_ROWS = {"in", "where", "having", "since", "before", "latest"}
_MOST_TOKENS = 60
_SPACES = re.compile(r" ?([(.]) | ([),.])")


class CallReader(QueryReader):
    """Calls, with what stands in their brackets, and CASE, IF and lambdas."""

    def _call(self) -> tree.Node:
        if (own := self._of_the_language()) is not None:
            return own
        token = self.next()
        name, start = token.lower, token.start
        while self.token.lower == "." and self.peek().kind == "word" and name.partition(".")[0] in BEFORE_POINTS:
            self.next()
            name = f"{name}.{self.next().lower}"
        self.need("(")
        name = CALLED.get(name, name)
        if name == "case_when":
            return self._arms(start)
        if name in ("recode", "case_match"):
            return self._recoded(start, name)
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
            elif len(arguments) == 1 and (window := self.window(is_argument=True)):
                arguments = [tree.During(arguments[0].start, self.before, arguments[0], window)]
            elif self.is_("na", ".", "rm", "=") or self.is_("include", ".", "lowest", "="):
                first, _, second, _ = (self.next() for _ in range(4))
                named.append((f"{first.lower}.{second.lower}", self._argument()))
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

    def _of_the_language(self) -> tree.Node | None:
        """Reads an aggregate that is written as in the language, as in `AND(arr > 5, none(logins in last 30 days))`; None otherwise."""
        if self.token.lower not in _AGGREGATES or self.peek().lower != "(":
            return None
        end, depth = self.at, 0
        while self.tokens[end].kind != "end":
            depth += (self.tokens[end].lower == "(") - (self.tokens[end].lower == ")")
            end += 1
            if depth == 0 and self.tokens[end - 1].lower == ")":
                break
        written = self.tokens[self.at : end]
        behind = [t.lower for t in self.tokens[end : end + 2]]
        if not {t.lower for t in written} & _OF_ROWS or len(written) > _MOST_TOKENS or behind == ["filter", "("]:
            return None
        text = _SPACES.sub(r"\1\2", " ".join(t.text for t in written))
        node, _ = parse_expression(Source("formula", text))
        if not isinstance(node, language.Aggregate):
            return None
        start = self.token.start
        for _ in written:
            self.next()
        kind: Kind = "bool" if _AGGREGATES[written[0].lower] else "number"
        return tree.Given(start, self.before, Value(text, kind=kind, own=True))

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
            if self.token.lower == "." and isinstance(node, tree.Text) and self.peek().kind == "number":
                return node  # of an array in German: `{"a".1;"b".2}`
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
        said = unquoted(token.text) if token.kind == "text" else token.text
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

    def _switched(self) -> tree.Node:
        """`switch (plan) { case "team": 2; break; default: 1; }`, `match plan { "team" => 2, _ => 1 }`, also with `match plan:`."""
        start = self.next().start
        subject = self.primary()
        braces = self.take("{") or not self.take(":")
        if braces and self.tokens[self.at - 1].lower != "{":
            raise Unreadable
        arms, otherwise = list[tuple[tree.Node, tree.Node]](), None
        waiting = list[tree.Node]()
        while not (self.is_("}") or self.token.kind == "end"):
            is_other = self.is_("default") or self.is_("_") or self.is_("else") or self.is_("case", "_")
            if is_other:
                self.take("case")
                self.next()
            elif self.take("case") or not arms or braces:
                said = self.primary()
                while self.take("|"):
                    waiting.append(tree.Binary(said.start, said.end, "=", subject, said))
                    said = self.primary()
                waiting.append(tree.Binary(said.start, said.end, "=", subject, said))
            else:
                raise Unreadable
            if not self.take_one(":", "=>", ">=", "->"):  # `=> 2`, which elsewhere is `>=`
                raise Unreadable
            if not is_other and self.is_("case"):
                continue  # the next label has the same value
            self.take("return")
            value = self.expression()
            self.take_one(";", ",")
            if self.take("break"):
                self.take(";")
            if is_other:
                otherwise = value
                break
            arms.append((joined_or(waiting), value))
            waiting = []
        if braces:
            self.need("}")
        if not arms or waiting:
            raise Unreadable
        self.take(";")
        return tree.Chosen(start, self.before, tuple(arms), otherwise)

    def _arms(self, start: int) -> tree.Node:
        """`case_when(a ~ x, b ~ y, TRUE ~ z)` of R; its value otherwise may stand behind `.default =`."""
        arms, otherwise = list[tuple[tree.Node, tree.Node]](), None
        while not self.is_(")"):
            if self.take(".", "default", "="):
                otherwise = self.expression()
            else:
                before, self.in_arm = self.in_arm, True
                condition = self.expression()
                self.in_arm = before
                self.need("~")
                value = self.expression()
                if isinstance(condition, tree.Truth) and condition.value:
                    otherwise = value
                elif otherwise is not None:
                    raise Unreadable  # it is never reached
                else:
                    arms.append((condition, value))
            if not self.take(","):
                break
        self.need(")")
        if not arms:
            raise Unreadable
        return tree.Chosen(start, self.before, tuple(arms), otherwise)

    def _recoded(self, start: int, name: str, piped: tree.Node | None = None) -> tree.Node:
        """`recode(plan, free = 0, .default = 2)` and `case_match(plan, "free" ~ 0)` of R: a call with its keys and values."""
        x, pairs, named = piped or self.expression(), list[tree.Node](), list[tuple[str, tree.Node]]()
        begin, is_first = self.before, piped is not None
        while is_first or self.take(","):
            is_first = False
            if self.take("."):
                named.append((self.next().lower, self._behind("=")))
            elif name == "recode":
                pairs += self._pair()
            else:
                before, self.in_arm = self.in_arm, True
                said = self.expression()
                self.in_arm = before
                is_nothing = isinstance(said, tree.Name) and said.parts[0].lower() in ("na", "na_character_")
                pairs += [tree.Nothing(said.start, said.end) if is_nothing else said, self._behind("~")]
        self.need(")")
        if any(key not in ("default", "missing") for key, _ in named):
            raise Unreadable
        choices = tree.Call(begin, self.before, "dict", tuple(pairs))
        return tree.Call(start, self.before, name, (x, choices), tuple(named))

    def _pair(self) -> tuple[tree.Node, tree.Node]:
        """`free = 0` as a key, which is a text also without quotes, and its value."""
        key = self.next()
        if key.kind not in ("word", "name", "text", "number"):
            raise Unreadable
        said = key.text if key.kind in ("word", "number") else unquoted(key.text).strip("`")
        return tree.Text(key.start, key.end, said), self._behind("=")

    def _is_keyed(self) -> bool:
        """Whether `free = 0` stands behind a bracket that opens next."""
        return self.peek(2).kind in ("word", "text", "name") and self.peek(3).lower == "="

    def _keyed(self) -> tree.Node:
        """`dict(free=0, team=1)` of Python and `c(free = 0, team = 1)` of R as a dictionary."""
        start, pairs = self.next().start, list[tree.Node]()
        self.need("(")
        while not self.take(")"):
            pairs += self._pair()
            if not self.take(",") and not self.is_(")"):
                raise Unreadable
        return tree.Call(start, self.before, "dict", tuple(pairs))

    def _behind(self, sign: str) -> tree.Node:
        self.need(sign)
        return self.expression()

    def _named_values(self, start: int, end_words: tuple[str, ...]) -> tree.Node:
        """`VAR x = a VAR y = b RETURN x > y` of DAX, `let x = a; return x > 3`: a LET with its names and what they are."""
        parts = list[tree.Node]()
        while self.take_one(*end_words):
            name = self.next()
            self.need("=")
            parts += [tree.Name(name.start, name.end, (name.text,)), self.expression()]
            self.take(";")
        self.need("return")
        body = self.expression()
        self.take(";")
        return tree.Call(start, self.before, "let", (*parts, body))

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


def joined_or(nodes: Sequence[tree.Node]) -> tree.Node:
    """Conditions of which one holds."""
    node = nodes[0]
    for other in nodes[1:]:
        node = tree.Binary(node.start, other.end, "or", node, other)
    return node


def length_of(count: Fraction, unit: str) -> tuple[int, str] | None:
    """A length of time in a unit of the language; None where there is none."""
    known = UNITS_OF_FUNCTIONS.get(unit.lower().strip("'\" "))
    if known is None or count.denominator != 1 or count > 100_000:
        return None
    if known == "quarter":
        return 3 * int(count), "month"
    if known == "second":
        return (int(count) // 60, "minute") if count % 60 == 0 else None
    return int(count), known
