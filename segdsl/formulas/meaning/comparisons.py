"""Comparisons, lists and patterns of texts in formulas -> conditions, by what is compared."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from segdsl.formulas import tree
from segdsl.formulas.meaning.links import is_of_customers, link_called, to_many, to_one
from segdsl.formulas.meaning.queries import QueryTranslator
from segdsl.formulas.tree import parts_of
from segdsl.formulas.values import (
    COMPARE,
    MISSING,
    OR,
    PRIMARY,
    SUM,
    Beside,
    CannotSay,
    Length,
    Meaning,
    Rows,
    Series,
    Unclear,
    Value,
    fitted,
    joined,
    negated,
    number,
    text,
    together,
    truth,
)  # fmt: skip
from segdsl.model import types as ty
from segdsl.model.schema import Relation
from segdsl.phrasebook.measures import FLIPPED, NEGATED, WEEKDAY_NAMES


class ComparisonTranslator(QueryTranslator):
    """A translator of comparisons."""

    def compare(self, op: str, node_a: tree.Node, node_b: tree.Node) -> Value:
        node_a, node_b = self._version_of(node_a), self._version_of(node_b)
        a, b = self.meaning(node_a), self.meaning(node_b)
        a, b = self._as_version(a, b), self._as_version(b, a)
        for one, other, sign in ((a, b, op), (b, a, FLIPPED[op])):
            if isinstance(one, Beside):
                compared = one.compared(sign, other)
                if compared is not None:
                    self.changed = True
                    return compared
        if isinstance(a, Series) and isinstance(b, Series):
            raise Unclear
        if isinstance(a, Rows) and isinstance(b, Value) and b.literal is MISSING and op in ("=", "!="):
            found = self.any_of(a)
            return found if op == "!=" else negated(found)
        for one, other, sign in ((a, b, op), (b, a, FLIPPED[op])):
            if isinstance(one, Series) and isinstance(other, Value) and sign in ("=", "!="):
                if other.kind == "set":
                    raise Unclear  # any of them, or these and no others
                self.changed = True
                return self.within(other, one, sign == "!=")
            if isinstance(one, Length) and isinstance(other, Value) and other.difference is not None:
                return self._longer(FLIPPED[sign], other, one)
        x, y = self._side(a), self._side(b)
        if x.rows is not None and y.rows is None and y.own:
            y = self.from_outside(node_b)
        elif y.rows is not None and x.rows is None and x.own:
            x = self.from_outside(node_a)
        return self.compared(op, x, y)

    def _version_of(self, node: tree.Node) -> tree.Node:
        """The version in `tuple(map(int, app_version.split(".")))`, which is compared as it is."""
        inner, is_taken_apart = node, False
        while isinstance(inner, (tree.Call, tree.Each)):
            inside = inner.rows if isinstance(inner, tree.Each) else _of_figures(inner)
            if inside is None:
                return node
            is_taken_apart |= isinstance(inner, tree.Call) and inner.name == "split"
            inner = inside
        if not is_taken_apart or not isinstance(inner, tree.Name):
            return node
        value = self.meaning(inner)
        return inner if isinstance(value, Value) and isinstance(value.type, ty.Version) else node

    def _as_version(self, meaning: Meaning, beside: Meaning) -> Meaning:
        """`(10, 2)` beside a version as its text."""
        if not isinstance(meaning, Series) or not isinstance(beside, Value) or not isinstance(beside.type, ty.Version):
            return meaning
        if not meaning.items or any(not re.fullmatch(r"\d+", v.text) for v in meaning.items):
            return meaning
        self.changed = True
        self.note("a version stands in double quotes")
        return text(".".join(v.text for v in meaning.items))

    def _side(self, meaning: Meaning) -> Value:
        return self.alone(meaning)

    def _longer(self, op: str, difference: Value, length: Length) -> Value:
        """`a - b > 30 days` as `a > 30 days after b`."""
        assert difference.difference is not None
        end, start = difference.difference
        if end.moment:
            return self.compared(FLIPPED[op], start, self.moved(end, Length(-length.count, length.unit)))
        return self.compared(op, end, self.moved(start, length))

    def compared(self, op: str, a: Value, b: Value) -> Value:
        """A comparison of two values."""
        a, b = self.valued(a, b), self.valued(b, a)
        for one, other in ((a, b), (b, a)):
            answer = _choice_equals(one, other) if one.choices and op in ("=", "!=") else None
            if answer is not None:
                self.changed = True
                condition, is_so = answer
                return replace(condition, is_definite=True) if is_so == (op == "=") else self.opposite(condition)
            if one.parts and op in ("=", "!=") and isinstance(other.literal, str):
                self.changed = True
                same = self._taken_apart(one.parts, other.literal)
                return same if op == "=" else negated(same)
        for one, other, sign in ((a, b, op), (b, a, FLIPPED[op])):
            if sign in ("=", "!=") and (other.literal is MISSING or other.literal == ""):
                if one.known and one.known[-1].literal is not None and one.known[-1].literal != other.literal:
                    raise Unclear  # with a value in place of what is missing, it never is
                return self.is_missing(one, sign == "!=")
            if (
                sign in ("=", "!=")
                and one.kind == "bool"
                and (isinstance(other.literal, bool) or other.literal in (1, 0))
                and one.literal is None
            ):
                yes = bool(other.literal) == (sign == "=")
                return one if yes else negated(one)
            if one.kind == "set" and other.kind == "text" and sign in ("=", "!="):
                return self._has(one, other, sign == "!=")
        if a.literal is not None and b.literal is None:
            a, b, op = b, a, FLIPPED[op]
        rows = together(a, b)
        if a.moment == "until" and a.difference is not None and op in ("<", "<=") and isinstance(b.literal, Fraction):
            days = int(b.literal) + (op == "<=")
            is_said = a.difference[0].text in self.ahead  # `and renewal_date >= TODAY()`
            if (
                days > 0
                and b.literal.denominator == 1
                and not is_said
                and self.choose("of those ahead", "those gone by too") == 0
            ):
                return Value(f"{a.difference[0].text} in next {days} days", COMPARE, "bool", rows, own=True)
        at = None
        if rows is not None and a.path and a.path == rows.relation.at:
            at = (op, b)
        line = f"{fitted(a, SUM)} {op} {fitted(b, SUM)}"
        opposite = f"{fitted(a, SUM)} {NEGATED[op]} {fitted(b, SUM)}"
        reads = tuple(filter(self._may_lack, (a, b)))
        return Value(line, COMPARE, "bool", rows, own=a.own or b.own, negation=opposite, at=at, reads=reads)

    def _may_lack(self, value: Value) -> bool:
        """Whether a value is a field that may be missing."""
        relation = value.rows.relation if value.rows is not None else self.own
        field = relation.fields.get(value.path.rpartition(".")[2]) if relation is not None else None
        return bool(value.path) and not (field is not None and (field.required or field.name == relation.key))  # type: ignore[union-attr]

    def opposite(self, value: Value) -> Value:
        """The opposite of a condition that is false, where it was written, of who lacks a field: these left out, or taken in."""
        other = negated(value)
        if value.either:
            every = joined("and", [self.opposite(v) for v in value.either])
            return other if self.choice == 0 else replace(every, negation=value.text)
        if not value.reads or self.choose("whoever has no value is left out", "whoever has no value is taken in") == 0:
            return other
        return replace(joined("or", [other, *(self.is_missing(x, False) for x in value.reads)]), negation=value.text)

    def valued(self, value: Value, beside: Value) -> Value:
        """A literal as the field beside it has it: a date, or a value of a list whatever its capitals."""
        if (
            isinstance(beside.type, ty.Version)
            and value.kind == "number"
            and re.fullmatch(r"\d+(?:\.\d+)?", value.text)
        ):
            self.changed = True
            self.note("a version stands in double quotes")
            return text(value.text)
        if not isinstance(value.literal, str) or value.kind != "text":
            return value
        if isinstance(beside.type, ty.Version):
            return text(value.literal[1:]) if re.fullmatch(r"[vV]\d+(?:\.\d+)*", value.literal) else value
        if beside.kind == "time":
            days = days_of(value.literal)
            if not days:
                raise Unclear
            chosen = days[0] if len(days) == 1 else days[self.choose("the day first", "the month first")]
            return Value(chosen, PRIMARY, "time", literal=chosen)
        if isinstance(beside.type, ty.Enum):
            same = [v for v in beside.type.values if v.casefold() == value.literal.casefold()]
            return text(same[0]) if same else value
        if beside.kind == "number" and re.fullmatch(r"-?\d+(?:\.\d+)?", value.literal):
            return number(Fraction(value.literal))
        if beside.kind == "bool" and value.literal.lower() in ("true", "false", "yes", "no"):
            return truth(value.literal.lower() in ("true", "yes"))
        return value

    def is_missing(self, value: Value, is_negated: bool) -> Value:
        if value.added is not None:
            found = self.any_of(value.added)
            return found if is_negated else negated(found)
        if value.known and value.known[-1].literal == "":
            every = joined("and", [self.is_missing(v, False) for v in value.known[:-1]])
            return negated(every) if is_negated else every
        line, opposite = f"{fitted(value, SUM)} is missing", f"{fitted(value, SUM)} is not missing"
        if is_negated:
            line, opposite = opposite, line
        return Value(line, COMPARE, "bool", value.rows, own=value.own, negation=opposite)

    def _has(self, a: Value, b: Value, is_negated: bool) -> Value:
        line, opposite = f"{a.text} has {b.text}", f"{a.text} has none ({b.text})"
        if is_negated:
            line, opposite = opposite, line
        return Value(line, COMPARE, "bool", a.rows, own=a.own, negation=opposite)

    def _taken_apart(self, parts: Sequence[Value], whole: str) -> Value:
        """`plan & "-" & region = "team-DE"` as a comparison of each part."""
        found = _splits([p.literal if isinstance(p.literal, str) else p for p in parts], whole)
        if len(found) != 1:
            raise CannotSay("texts aren't joined here: compare each field with its own part of the text")
        return joined("and", [self.compared("=", p, text(piece)) for p, piece in found[0]])

    def concatenated(self, nodes: Sequence[tree.Node]) -> Value:
        """Texts joined by `&`, or conditions joined by it as in Python."""
        meanings = [self.meaning(n) for n in nodes]
        if all(
            (isinstance(m, Value) and m.kind == "bool") or (isinstance(m, Beside) and m.condition) for m in meanings
        ):
            self.changed = True
            return self.junction("and", [self.holds(m) for m in meanings])
        values = [self.alone(m) for m in meanings]
        parts = [p for v in values for p in (v.parts or (v,))]
        if any(p.kind == "bool" for p in parts):
            raise Unclear
        self.changed = True
        line = " & ".join(p.text for p in parts)
        return Value(
            line,
            OR,
            "text",
            together(*values),
            own=any(v.own for v in values),
            parts=tuple(parts),
        )

    def _on_weekdays(self, op: str, node: tree.Binary | tree.In) -> Value | None:
        """`weekday of created_at in ("Sat", "Sun")`: days by their abbreviations."""
        x, other = (node.x, node.values) if isinstance(node, tree.In) else (node.a, node.b)
        if not isinstance(x, tree.Call) or x.name != "weekday of":
            return None
        meaning = self.meaning(other)
        items = meaning.items if isinstance(meaning, Series) else (meaning,)
        said = [i.literal if isinstance(i, Value) and isinstance(i.literal, str) else "" for i in items]
        short = {d[:n]: d for d in WEEKDAY_NAMES for n in (2, 3, 4, 5)} | {d: d for d in WEEKDAY_NAMES}
        if all(s in WEEKDAY_NAMES for s in said) or not all(s.lower().rstrip(".") in short for s in said):
            return None
        self.changed = True
        self.note("a weekday is a word")
        value = self.value(x.arguments[0])
        days = [short[s.lower().rstrip(".")] for s in said]
        return self._on_days(f"weekday of {fitted(value, PRIMARY)}", days, value, op in ("!=", "not in"))

    def _in(self, node: tree.In) -> Meaning:
        values = node.values
        if (held := self._on_weekdays("not in" if node.negated else "in", node)) is not None:
            return held
        if isinstance(values, tree.Query):
            return self._in_query(node.x, values, node.negated)
        x = self.meaning(self._version_of(node.x))
        if isinstance(values, tree.Several) and any(isinstance(i, tree.Several) for i in values.items):
            items = [self._as_version(self.meaning(i), x) for i in values.items]  # `in ((10, 2), (10, 3))`
            values = replace(values, items=tuple(tree.Given(values.start, values.end, i) for i in items))
        many = self.meaning(values)
        if isinstance(x, Beside):
            compared = x.compared("not in" if node.negated else "in", many)
            if compared is not None:
                self.changed = True
                return compared
        if isinstance(many, Beside) and many.inner is not None:  # "corp" in name.lower()
            compared = many.compared("holds", x)
            if compared is not None:
                self.changed = True
                return negated(compared) if node.negated else compared
        one = self.alone(x)
        inside = isinstance(many, Value) and self.bare is not None and many.rows == self.bare
        a_text = isinstance(many, Value) and many.kind == "text" and (many.rows is None or inside)
        if isinstance(many, Value) and a_text and one.literal is not None:
            self.changed = True
            if isinstance(many.type, ty.Enum):
                return self.compared("!=" if node.negated else "=", many, one)
            return self.test("contains", many, one, ignoring=False, is_negated=node.negated)
        if isinstance(many, Value) and many.kind == "set":
            self.changed = True
            return self._has(many, one, node.negated)
        if isinstance(many, Value) and many.rows is not None:
            self.changed = True
            same = self.compared("=", many, one if not one.own else self.from_outside(node.x))
            found = self.any_of((same.rows or many.rows).where(same))
            return negated(found) if node.negated else found
        if isinstance(many, Value) and many.literal is not None:
            if one.kind in ("", "time") and isinstance(values, tree.Number):
                raise Unclear  # `signed up in 2025`
            many = Series((many,))
        if isinstance(many, Value) and not many.rows and many.path:
            many = Series((), many.text)
        if not isinstance(many, Series):
            raise Unclear
        if node.is_definite or not (
            isinstance(values, tree.Name) or self.text[values.start : values.end].startswith("(")
        ):
            self.changed = True
        return self.within(one, many, node.negated)

    def within(self, x: Value, many: Series, is_negated: bool, ignoring: str = "") -> Value:
        items = tuple(self.valued(v, x) for v in many.items)
        if any(v.literal is None or v.literal is MISSING for v in items) and not many.name:
            raise Unclear
        listed = many.name or f"({', '.join(v.text for v in items)})"
        line, opposite = f"{fitted(x, SUM)} in {listed}{ignoring}", f"{fitted(x, SUM)} not in {listed}{ignoring}"
        if is_negated:
            line, opposite = opposite, line
        reads = (x,) if self._may_lack(x) and not is_negated else ()
        return Value(line, COMPARE, "bool", x.rows, own=x.own, negation=opposite, reads=reads)

    def _list_of(self, query: tree.Query) -> str | None:
        """The list of which a query reads every row: `SELECT * FROM dach`."""
        rows = query.sources[0].rows if len(query.sources) == 1 else None
        plain = not (query.where or query.having or query.groups or query.also or query.named or query.most)
        name = rows.parts[-1].lower() if isinstance(rows, tree.Name) else ""
        return name if plain and name in self.names.lists else None

    def _in_query(self, x: tree.Node, query: tree.Query, is_negated: bool) -> Value:
        """`id IN (SELECT account_id FROM tickets WHERE …)`, or `'open' IN (SELECT status FROM tickets)`."""
        self.changed = True
        if (name := self._list_of(query)) is not None:
            self.note("a list is asked without a query")
            return self.within(self.value(x), Series((), name), is_negated)
        first = query.columns[0][0] if query.columns else None
        whole = len(query.sources) != 1 or query.having is not None or query.also or query.named or query.most
        if (
            whole
            and self.taken is not None
            and self.bare is None
            and self.own is not None
            and self.is_key(x, self.own)
            and self.is_key(first, self.own)
        ):
            with self.inside(None, {}):
                value = self.taken(self, query)
            return negated(value) if is_negated else value
        if self.is_key(x, self.own) and self.is_key(first, self.own) and (member := self._in_rule(query)) is not None:
            return negated(member) if is_negated else member
        if self.bare is None and is_of_customers(self, query) and self.own is not None:
            if self.is_key(x, self.own) and (link := link_called(self, first)):
                rows_ = to_many(self, query, link)
                if rows_ is not None:
                    found = self.any_of(self.rows_of_query(rows_))
                    return negated(found) if is_negated else found
            elif self.is_key(first, self.own) and (link := link_called(self, x)) and query.where is not None:
                held = self.behind_link(to_one(self, query, link), link)
                return negated(held) if is_negated else held
        rows = self.rows_of_query(query)
        if rows.name == self.population.name:
            if self.is_key(first, rows.relation) and rows.conditions and self.is_key(x, self.own):
                held = replace(joined("and", [replace(c, rows=None) for c in rows.conditions]), own=True)
                return negated(held) if is_negated else held
            raise Unclear
        if self.is_key(first, rows.relation) and (self.is_key(x, self.own) or self.bare is not None):
            found = self.any_of(rows)
        else:
            assert first is not None
            with self.inside(replace(rows, conditions=()), self._query_aliases(query)):
                column = self.value(first)
            one = self.value(x)
            if one.own:
                one = self.from_outside(x)
            same = self.compared("=", replace(column, rows=rows), one)
            found = self.any_of(rows.where(replace(same, rows=None)))
        return negated(found) if is_negated else found

    def _in_rule(self, query: tree.Query) -> Value | None:
        """`SELECT account_id FROM vips WHERE …`: a customer is in a segment or arm, and more; None where it reads something else."""
        rows = query.sources[0].rows if len(query.sources) == 1 else None
        member = self.member_of(rows.parts[-1].lower()) if isinstance(rows, tree.Name) else None
        if member is None or query.having or query.groups or query.also or query.named or query.most:
            return None
        more = [self.holds(self.meaning(p)) for p in parts_of("and", query.where)]
        return self.junction("and", [member, *more])

    def is_key(self, node: tree.Node | None, relation: Relation | None) -> bool:
        """Tells whether a name is that of a key, or of the owner of rows."""
        if not isinstance(node, tree.Name) or relation is None:
            return isinstance(node, (tree.Star, tree.Number))
        last = node.parts[-1].lower()
        own = self.own
        return last in {relation.by, relation.key, own.key if own else None, "id", f"{self.entity}_id"}

    def _between(self, x: tree.Node, low: tree.Node, high: tree.Node, is_negated: bool) -> Value:
        one = self.meaning(x)
        if isinstance(one, Beside):
            first, last = one.compared(">=", self.meaning(low)), one.compared("<=", self.meaning(high))
            if first is not None and last is not None:
                self.changed = True
                both = joined("and", [first, last])
                return negated(both) if is_negated else both
        value = self.alone(one)
        a, b = (self.alone(self._as_version(self.meaning(border), value)) for border in (low, high))
        if value.rows is not None and (a.own or b.own):
            a, b = self.from_outside(low), self.from_outside(high)
        a, b = self.valued(a, value), self.valued(b, value)
        rows = together(value, a, b)
        if (
            rows is not None
            and value.path
            and value.path == rows.relation.at
            and not is_negated
            and not rows.relation.by_date
        ):
            first, last = self.compared(">=", value, a), self.compared("<=", value, b)
            return replace(last, rows=(last.rows or rows).where(first))
        line = f"{fitted(value, SUM)} between {fitted(a, SUM)} and {fitted(b, SUM)}"
        opposite = f"{fitted(value, SUM)} not between {fitted(a, SUM)} and {fitted(b, SUM)}"
        if is_negated:
            line, opposite = opposite, line
        return Value(line, COMPARE, "bool", rows, own=value.own, negation=opposite)

    def _like(self, node: tree.Like) -> Value:
        native = node.kind in ("contains", "starts with", "ends with", "matches")
        if not native:
            self.changed = True
        if isinstance(node.pattern, tree.Pattern):  # /@gmail\.com$/i
            one, how = self.value(node.x), node.pattern
            return self.pattern(one, how.value, ignoring=node.ignoring or how.ignoring, is_negated=node.negated)
        x, b = self.meaning(node.x), self.meaning(node.pattern)
        ignoring = node.ignoring
        if isinstance(x, Beside):
            if x.inner is None or x.kind != "case":
                raise Unclear
            x, ignoring = x.inner, True
            self.changed = True
        value, pattern = self.alone(x), self.alone(b)
        if not isinstance(pattern.literal, str):
            if native and pattern.text:
                return self.test(node.kind, value, pattern, ignoring=ignoring, is_negated=node.negated)
            raise Unclear
        if native:
            return self.test(node.kind, value, pattern, ignoring=ignoring, is_negated=node.negated)
        if node.kind == "pattern":
            return self.pattern(value, pattern.literal, ignoring=ignoring, is_negated=node.negated)
        if node.kind == "similar":
            signs = {"%": ".*", "_": ".", ".": r"\.", "^": r"\^", "$": r"\$"}
            if "\\" in pattern.literal:
                raise Unclear
            regex = "".join(signs.get(c, c) for c in pattern.literal)
            return self.test("matches", value, text(regex), ignoring=ignoring, is_negated=node.negated)
        return self.like(
            value, pattern.literal, "%", "_", ignoring=ignoring, is_negated=node.negated, escape=node.escape
        )

    def like(
        self,
        x: Value,
        pattern: str,
        many: str,
        one: str,
        *,
        ignoring: bool,
        is_negated: bool = False,
        escape: str = "\\",
    ) -> Value:
        """A text with signs for any letters, by the test that says the same; the sign after `escape` means itself."""
        if len(escape) > 1:
            raise Unclear
        if many == "%" and re.search(r"\[[^\]]+\]", pattern):  # a range for some databases, for others a text
            raise CannotSay('letters of which one may stand there are asked with a pattern, as in `matches "[A-C].*"`')
        if not pattern:
            return self.is_missing(x, is_negated)
        pieces = re.findall(rf"{re.escape(escape)}.|[\s\S]" if escape else r"[\s\S]", pattern)
        signs = [(p[-1], "" if len(p) > 1 else {many: ".*", one: "."}.get(p, "")) for p in pieces]
        letters = "".join(c for c, sign in signs if sign != ".*")
        if not letters:
            return self.is_missing(x, not is_negated)
        starts, ends = signs[0][1] != ".*", signs[-1][1] != ".*"
        bare = list(itertools.dropwhile(lambda s: s[1] == ".*", signs))
        while bare[-1][1] == ".*":
            bare.pop()
        inner = "".join(c for c, _ in bare)
        if any(sign for _, sign in bare):
            regex = "".join(sign or (c if c.isspace() else re.escape(c)) for c, sign in signs)
            return self.test("matches", x, text(regex), ignoring=ignoring, is_negated=is_negated)
        if x.kind == "set" and not starts and not ends:
            return self._has(x, text(inner), is_negated)
        if starts and ends:
            if ignoring:
                line = f"{x.text} = {text(inner).text} ignoring case"
                same = Value(line, COMPARE, "bool", x.rows, own=x.own, negation=line.replace(" = ", " != ", 1))
            else:
                same = self.compared("=", x, text(inner))
            return negated(same) if is_negated else same
        kind = "starts with" if starts else "ends with" if ends else "contains"
        return self.test(kind, x, text(inner), ignoring=ignoring, is_negated=is_negated)

    def pattern(self, x: Value, regex: str, *, ignoring: bool = False, is_negated: bool = False) -> Value:
        if regex.startswith("(?i)"):
            regex, ignoring = regex.removeprefix("(?i)"), True
        self.note("a pattern in a part of a text is `contains pattern`")
        return self.test("contains pattern", x, text(regex), ignoring=ignoring, is_negated=is_negated)

    def test(self, kind: str, x: Value, value: Value, *, ignoring: bool, is_negated: bool = False) -> Value:
        """A test of a text."""
        if x.kind == "set" and kind == "contains":
            return self._has(x, value, is_negated)
        line = f"{fitted(x, SUM)} {kind} {fitted(value, SUM)}{' ignoring case' if ignoring else ''}"
        tested = Value(line, COMPARE, "bool", together(x, value), own=x.own)
        return negated(tested) if is_negated else tested


def days_of(written: str) -> list[str]:
    """The days that a text may mean, as the language writes them; two where day and month are open."""
    if match := re.fullmatch(r"(\d{4})[-/.]?(\d{1,2})[-/.]?(\d{1,2})", written):
        return _days([(match[1], match[2], match[3])])
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}[ T]00:00(?::00)?", written):
        return [written[:10]]
    if match := re.fullmatch(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(?::\d{2})?", written):
        return [f"{match[1]}T{match[2]}"]
    if match := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", written):
        dotted = "." in written
        first = (match[3], match[2], match[1])
        return _days([first] if dotted else [first, (match[3], match[1], match[2])])
    return []


def _days(candidates: Sequence[tuple[str, str, str]]) -> list[str]:
    import datetime as dt

    days = list[str]()
    for y, m, d in candidates:
        try:
            days.append(dt.date(int(y), int(m), int(d)).isoformat())
        except ValueError:
            continue
    return list(dict.fromkeys(days))


def _choice_equals(chosen: Value, other: Value) -> tuple[Value, bool] | None:
    """The condition under which an `if` has a value, and whether it is that or its opposite; None where several arms have a say."""
    if len(chosen.choices) != 1 or chosen.otherwise is None:
        return None
    condition, then = chosen.choices[0]
    otherwise = chosen.otherwise
    if other.literal is None or then.literal is None or otherwise.literal is None or then.literal == otherwise.literal:
        return None
    if then.literal == other.literal:
        return condition, True
    if otherwise.literal == other.literal:
        return condition, False
    return truth(False), True


def _splits(parts: Sequence[str | Value], whole: str) -> list[list[tuple[Value, str]]]:
    """The ways to split a text among fields with texts between them, where that is unambiguous by the texts between or a field's values."""
    if len(parts) > 6 or len(whole) > 80:
        return []
    if not parts:
        return [[]] if not whole else []
    first, *rest = parts
    if isinstance(first, str):
        return _splits(rest, whole[len(first) :]) if whole.startswith(first) else []
    ends = range(1, len(whole) + 1)
    if isinstance(first.type, ty.Enum):
        ends_ = [e for e in ends if whole[:e] in first.type.values]
    elif rest and isinstance(rest[0], str):
        ends_ = [i for i in ends if whole.startswith(rest[0], i)]
    else:
        ends_ = [len(whole)] if not rest else list(ends)
    return [[(first, whole[:e]), *more] for e in ends_ for more in _splits(rest, whole[e:])]


def _of_figures(node: tree.Call) -> tree.Node | None:
    """What is taken apart into numbers, step by step: `tuple(…)`, `map(int, …)`, `app_version.split(".")`."""
    every = node.arguments
    if node.name in ("tuple", "list") and len(every) == 1:
        return every[0]
    if node.name == "map" and len(every) == 2:
        made, of = (every[0], every[1]) if not node.method else (every[1], every[0])
        is_number = isinstance(made, tree.Name) and made.parts[-1].lower() in ("int", "number", "parseint")
        return of if is_number else None
    is_split = node.name == "split" and len(every) == 2 and isinstance(every[1], tree.Text) and every[1].value == "."
    return every[0] if is_split else None
