"""LEN, LEFT, MID, SEARCH, LOWER, CONTAINS, STARTSWITH, REGEXMATCH."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from typing import Any

from segdsl.formulas import tree
from segdsl.formulas.families.arrays import by_keys
from segdsl.formulas.table import Functions, To, function
from segdsl.formulas.table import Means as T
from segdsl.formulas.tree import Call as C
from segdsl.formulas.values import (
    COMPARE,
    Beside,
    CannotSay,
    Meaning,
    Rows,
    Series,
    Value,
    fitted,
    joined,
    negated,
    number,
    text,
    truth,
)
from segdsl.phrasebook.measures import FLIPPED, MONTHS

_PART = "a part of a text is asked with `contains`"


def _whole(value: Any) -> int | None:
    literal = value.literal if isinstance(value, Value) else None
    return int(literal) if isinstance(literal, Fraction) and literal.denominator == 1 else None


def _matching(t: T, x: Value, regex: str, kind: str = "matches") -> Value:
    return t.test(kind, x, text(regex), ignoring=False)


def _length(t: T, call: C) -> Meaning | None:
    """LEN of a text, in a comparison with a number; of rows and sets, how many there are."""
    meaning = t.meaning(call.arguments[0])
    if isinstance(meaning, Rows) or (isinstance(meaning, Value) and meaning.rows is not None and t.bare is None):
        return t.apply("count", [meaning], call)
    trimmed = isinstance(meaning, Beside) and meaning.inner is not None
    x = meaning.inner if isinstance(meaning, Beside) else meaning
    if not isinstance(x, Value):
        return None
    if x.kind == "set":
        return Value(f"size({x.text})", kind="number", own=True)
    if x.kind not in ("text", ""):
        return None

    def compared(op: str, other: Meaning) -> Value | None:
        n = _whole(other)
        if n is None or n < 0 or n > 900 or op not in FLIPPED:
            return None
        if (op, n) in ((("="), 0), ("<", 1), ("<=", 0)):
            return t.is_missing(x, False)
        if (op, n) in ((">", 0), (">=", 1), ("!=", 0)):
            return t.is_missing(x, True)
        if trimmed:
            return None
        if op in ("=", "!="):
            same = _matching(t, x, f".{{{n}}}")
            return same if op == "=" else negated(same)
        low, high = {">": (n + 1, ""), ">=": (n, ""), "<": (0, n - 1), "<=": (0, n)}[op]
        return _matching(t, x, f".{{{low},{high}}}")

    return Beside(
        'how long a text is, is asked by a pattern: `matches ".{21,}"` is of more than 20 signs',
        compared,
        inner=x,
        kind="length",
    )


def _first_letters(t: T, call: C) -> Meaning | None:
    return _letters(t, call.arguments[0], call.arguments[1] if len(call.arguments) > 1 else None, "starts with")


def _last_letters(t: T, call: C) -> Meaning | None:
    return _letters(t, call.arguments[0], call.arguments[1] if len(call.arguments) > 1 else None, "ends with")


def _letters(t: T, x: tree.Node, count: tree.Node | None, test: str) -> Meaning | None:
    value, ignoring = _text_of(t, x)
    n = 1 if count is None else _whole(t.value(count))
    if value is None or n is None:
        return None

    def compared(op: str, other: Meaning) -> Value | None:
        items = other.items if isinstance(other, Series) else (other,)
        if not all(isinstance(i, Value) and isinstance(i.literal, str) and len(i.literal) == n for i in items):
            return None
        if isinstance(other, Series) and op in ("in", "not in") and not ignoring:
            line = f"{value.text} {test} any of {other.text}"
            one = Value(line, COMPARE, "bool", value.rows, own=value.own)
        elif op in ("=", "!="):
            one = t.test(test, value, t.alone(other), ignoring=ignoring)
        else:
            return None
        return negated(one) if op in ("!=", "not in") else one

    return Beside(
        f'letters at the {"beginning" if test[0] == "s" else "end"} of a text are asked with `{test}`, as in `{value.text} {test} "Ac"`',
        compared,
        inner=value,
        kind="part",
    )


def _middle(t: T, call: C) -> Meaning | None:
    value, ignoring = _text_of(t, call.arguments[0])
    numbers = [_whole(t.value(a)) for a in call.arguments[1:]]
    if value is None or not numbers or numbers[0] is None:
        return None
    skipped = max(numbers[0] - 1, 0) if call.name != "substring_" else numbers[0]
    length = numbers[1] if len(numbers) > 1 else None
    if skipped == 0 and length is not None:
        return _letters(t, call.arguments[0], call.arguments[2], "starts with")

    def compared(op: str, other: Meaning) -> Value | None:
        if not isinstance(other, Value) or not isinstance(other.literal, str) or op not in ("=", "!="):
            return None
        if length is not None and len(other.literal) != length:
            return None
        ending = "$" if length is None else ""
        regex = f"^.{{{skipped}}}{re.escape(other.literal)}{ending}"
        one = t.test("contains pattern", value, text(regex), ignoring=ignoring)
        return one if op == "=" else negated(one)

    return Beside("a part of a text by its place is asked with `contains pattern`", compared, inner=value, kind="part")


_LISTS = {"map", "pluck", "list", "tuple", "array", "set", "unique", "distinct", "flatten", "sort", "sorted", "toarray"}


def _is_list(t: T, node: tree.Node, value: Meaning) -> bool:
    """Tells whether a node is all the values of rows, as in `logins.map(l => l.device)`, and no text of one row."""
    if not isinstance(value, Value) or value.rows is None:
        return False
    inside = t.bare is not None and t.bare.name == value.rows.name
    return not inside and (isinstance(node, tree.Each) or (isinstance(node, tree.Call) and node.name in _LISTS))


def _text_of(t: T, node: tree.Node) -> tuple[Value | None, bool]:
    """A text, and whether its capitals are left aside."""
    meaning = t.meaning(node)
    if _is_list(t, node, meaning):
        return None, False
    if isinstance(meaning, Beside) and meaning.inner is not None and meaning.kind in ("case", "spaces"):
        return meaning.inner, meaning.kind == "case"
    if isinstance(meaning, Beside):
        return None, False
    return (meaning, False) if isinstance(meaning, Value) else (None, False)


def _folded(what: str) -> To:
    """LOWER and UPPER, TRIM: capitals or blanks are left aside."""

    def to(t: T, call: C) -> Meaning | None:
        meaning = t.meaning(call.arguments[0])
        how = what
        if isinstance(meaning, Beside):
            if meaning.inner is None or meaning.kind not in ("case", "spaces", "case and spaces"):
                return None
            how = what if meaning.kind == what else "case and spaces"
            value = meaning.inner
        elif isinstance(meaning, Value):
            value = meaning
        else:
            return None
        if isinstance(value.literal, str):
            folded = {
                "case": value.literal.lower() if "low" in call.name or call.name == "lcase" else value.literal.upper(),
                "spaces": value.literal.strip(),
            }
            return text(folded.get(how, value.literal))
        t.note(f"{'capitals' if what == 'case' else 'blanks around a text'} are left aside with `ignoring {how}`")

        def compared(op: str, other: Meaning) -> Value | None:
            if op == "missing":
                return t.is_missing(value, False)
            if isinstance(other, Beside):
                other = other.inner or other
            if isinstance(other, Series) and op in ("in", "not in"):
                return t.within(value, other, op == "not in", f" ignoring {how}")
            if op == "holds" and isinstance(other, Value):
                return t.test("contains", value, other, ignoring="case" in how)
            if not isinstance(other, Value) or op not in ("=", "!="):
                return None
            if other.literal == "":
                if "spaces" in how and op == "=":
                    t.note("an empty text, or one of blanks, `is missing`")
                return t.is_missing(value, op == "!=")
            line = f"{value.text} = {other.text} ignoring {how}"
            return Value(
                line if op == "=" else line.replace(" = ", " != ", 1),
                COMPARE,
                "bool",
                value.rows,
                own=value.own,
                negation=line.replace(" = ", " != ", 1) if op == "=" else line,
            )

        return Beside(
            f"a text keeps its capitals and blanks: compare it with `ignoring {how}`",
            compared,
            value if what == "spaces" else None,
            inner=value,
            kind=how,
        )

    return to


def _found(t: T, call: C) -> Meaning | None:
    """SEARCH, FIND, INSTR and their like: where a text stands in another."""
    if len(call.arguments) == 1 and isinstance(call.arguments[0], tree.In):
        call = tree.Call(call.start, call.end, call.name, (call.arguments[0].x, call.arguments[0].values))
    a, b, *begin = call.arguments
    if any(not isinstance(n, tree.Number) or n.value != (0 if call.method else 1) for n in begin):
        return None  # it looks behind the beginning
    swapped = call.method or call.name == "instr"
    needle, hay = (b, a) if swapped else (a, b)
    if isinstance(hay, tree.Several):
        return None  # where in a list
    value, folded = _text_of(t, hay)
    sought, folded_too = _text_of(t, needle)
    if value is None or sought is None or not (isinstance(sought.literal, str) or sought.path):
        return None
    by_sheet = (
        call.name in ("search", "searchb") and not call.method
    )  # which leaves capitals aside and knows `*` and `?`
    if call.name == "search" and call.method and re.search(r"[^\w\s-]", str(sought.literal)):
        return None  # a pattern
    ignoring = by_sheet or folded or folded_too
    codes = _codes(value.literal) if sought.literal is None and sought.path else []
    offset = -1 if call.method or call.name == "indexof" else 0
    has = (
        t.within(sought, Series(tuple(text(code) for code in codes)), False, " ignoring case" if ignoring else "")
        if codes
        else t.test("contains", value, sought, ignoring=ignoring)
        if not (by_sheet and re.search(r"[*?~]", str(sought.literal)))
        else t.like(value, f"*{sought.literal}*", "*", "?", ignoring=ignoring, escape="~")
    )

    def compared(op: str, other: Meaning) -> Value | None:
        if op == "missing":
            return negated(has)
        n = None
        if isinstance(other, Value) and isinstance(other.literal, Fraction):
            n = int(other.literal) - offset
        if n is None:
            return None
        if (op, n) in ((">", 0), (">=", 1), ("!=", 0)):
            return has
        if (op, n) in (("=", 0), ("<", 1), ("<=", 0)):
            return negated(has)
        if (op, n) == ("=", 1):
            return t.test("starts with", value, sought, ignoring=ignoring)
        return None

    return Beside(
        "where in a text another stands can't be asked, only whether: `contains`",
        compared,
        condition=has,
        inner=value,
        kind="place",
    )


def _tested(test: str) -> To:
    """Whether a text contains another, begins or ends with it."""

    def to(t: T, call: C) -> Meaning | None:
        if len(call.arguments) != 2:
            return None
        listed = call.arguments[0]
        in_list = call.method and (isinstance(listed, tree.Several) or _names_list(t, listed))
        first = t.series(listed) if in_list else t.meaning(listed)
        settings = {k: v.value if isinstance(v, tree.Truth) else None for k, v in call.named}
        missing, is_pattern = settings.pop("na", None), settings.pop("regex", True)
        ignoring = settings.pop("case", True) is False
        if "flags" in settings and _flags(dict(call.named)["flags"]) == "i":
            ignoring, _ = True, settings.pop("flags")
        if settings:
            return None
        if isinstance(first, Series):
            return replace(t.within(t.value(call.arguments[1]), first, False), is_definite=True)
        if test == "contains" and _is_member(t, call, first):
            return _member(t, call.arguments[1], first)
        if isinstance(first, Rows) or (isinstance(first, Value) and first.rows is not None and first.kind != "text"):
            return None
        value, folded = _text_of(t, call.arguments[0])
        meaning = t.meaning(call.arguments[1])
        if value is None:
            return None
        if isinstance(meaning, Series):
            line = f"{value.text} {test} any of {meaning.text}"
            if value.kind == "set":
                line = f"{value.text} has any {meaning.text}"
            elif ignoring or folded:
                t.note("capitals are left aside with `ignoring case`")
                line += " ignoring case"
            return Value(line, COMPARE, "bool", value.rows, own=value.own)
        sought = meaning.inner if isinstance(meaning, Beside) and meaning.inner is not None else t.alone(meaning)
        if (
            test == "contains"
            and isinstance(sought.literal, str)
            and call.method
            and is_pattern
            and re.search(r"[|^$\\\[]", sought.literal)
        ):
            return _where_missing(t, value, t.pattern(value, sought.literal, ignoring=ignoring), missing)
        if test == "contains" and (codes := _codes(value.literal)) and sought.literal is None and sought.path:
            t.note("one of several values is asked with `in (…)`")
            return t.within(sought, Series(tuple(text(code) for code in codes)), False)
        if isinstance(sought.literal, str) and ";" in sought.literal and value.kind == "set":
            return t.test(test, value, sought, ignoring=False)
        if value.kind == "number":
            return None
        return _where_missing(t, value, t.test(test, value, sought, ignoring=ignoring or folded), missing)

    return to


def _codes(literal: object) -> list[str]:
    """The values that stand in one text, as in `"DE:AT:CH"`: of one length, with one sign between them."""
    if not isinstance(literal, str):
        return []
    signs = {*re.findall(r"[^\w]+", literal.strip(" ,;:|/"))}
    codes = re.findall(r"\w+", literal)
    sign = next(iter(signs), "") if len(signs) == 1 else ""
    is_list = sign.strip() in (",", ";", ":", "|", "/") or (sign == " " and all(code.isupper() for code in codes))
    alike = is_list and len({len(code) for code in codes}) == 1 and len({*codes}) == len(codes)
    return codes if alike and len(codes[0]) > 1 and len(codes) > 1 else []


def _names_list(t: T, node: tree.Node) -> bool:
    return isinstance(node, tree.Name) and len(node.parts) == 1 and node.parts[0].lower() in t.names.lists


def _set_test(words: str) -> To:
    """Whether a set has several values: `tags @> ARRAY['a', 'b']`, `tags && '{a,b}'`."""

    def to(t: T, call: C) -> Meaning | None:
        if len(call.arguments) != 2:
            return None
        value, many = t.value(call.arguments[0]), call.arguments[1]
        if isinstance(many, tree.Text) and re.fullmatch(r"\{[^{}]+\}", many.value):
            sought = [piece.strip().strip('"') for piece in many.value[1:-1].split(",")]
        else:
            literals = [v.literal for v in t.series(many).items]
            sought = [s for s in literals if isinstance(s, str)]
            if len(sought) != len(literals):
                return None
        if value.kind != "set" or not sought:
            return None
        listed = ", ".join(text(s).text for s in sought)
        line = f"{value.text} has {listed}" if len(sought) == 1 else f"{value.text} has {words} ({listed})"
        none = words == "any" or len(sought) == 1
        negation = f"{value.text} has none ({listed})" if none else ""
        return Value(line, COMPARE, "bool", value.rows, own=value.own, negation=negation)

    return to


def _own_values(t: T, call: C) -> Meaning | None:
    """`'beta' IN UNNEST(tags)`: the set itself."""
    return t.meaning(call.arguments[0]) if len(call.arguments) == 1 else None


_SPECIAL = re.compile(r"[\\^$.|?*+()\[\]{}]")


def _of_r(t: T, call: C) -> Meaning | None:
    """`str_detect(x, "a")`, `grepl("a", x, ignore.case = TRUE)`: patterns, or texts in `fixed(…)`."""
    plain = list[tree.Node]()
    settings = dict[str, bool]()
    for node in call.arguments:
        if isinstance(node, tree.Binary) and node.op == "=" and isinstance(node.a, tree.Name):
            if not isinstance(node.b, tree.Truth):
                return None
            settings[".".join(node.a.parts).lower()] = node.b.value
        else:
            plain.append(node)
    if len(plain) != 2 or settings.keys() - {"ignore.case", "fixed", "perl", "negate"}:
        return None
    x, pattern = plain if call.name != "grepl" else plain[::-1]
    ignoring, is_fixed = settings.get("ignore.case", False), settings.get("fixed", False)
    if isinstance(pattern, C) and pattern.name in ("fixed", "coll", "regex") and pattern.arguments:
        is_fixed = pattern.name != "regex"
        for more in pattern.arguments[1:]:
            if not isinstance(more, tree.Binary) or not isinstance(more.b, tree.Truth):
                return None
            ignoring = more.b.value
        pattern = pattern.arguments[0]
    value, folded = _text_of(t, x)
    if value is None or not isinstance(pattern, tree.Text):
        return None
    begins, ends = call.name in ("str_starts", "startswith"), call.name == "str_ends"
    if is_fixed or not _SPECIAL.search(pattern.value):
        test = "starts with" if begins else "ends with" if ends else "contains"
        found = t.test(test, value, text(pattern.value), ignoring=ignoring or folded)
    else:
        regex = f"^(?:{pattern.value})" if begins else f"(?:{pattern.value})$" if ends else pattern.value
        found = t.pattern(value, regex, ignoring=ignoring or folded)
    return negated(found) if settings.get("negate") else found


def _piece(t: T, call: C) -> Meaning | None:
    """SPLIT_PART(email, '@', 2) beside a text: what stands before or behind an `@`, of which an address has one."""
    if len(call.arguments) != 3:
        return _no_part(t, call)
    x, sign, which = call.arguments
    place = which.value if isinstance(which, tree.Number) else None
    if isinstance(which, tree.Unary) and which.op == "-" and isinstance(which.x, tree.Number):
        place = -which.x.value
    value, folded = _text_of(t, x)
    if value is None or not isinstance(sign, tree.Text) or not sign.value or place not in (1, 2, -1):
        return _no_part(t, call)
    if place == 2 and sign.value != "@":
        return _no_part(t, call)
    test = "starts with" if place == 1 else "ends with"
    known = value

    def one(sought: str) -> Value:
        beside = text(f"{sought}{sign.value}" if place == 1 else f"{sign.value}{sought}")
        tested = t.test(test, known, beside, ignoring=folded)
        if sign.value == "@" and place != 1:
            return tested
        whole = t.compared("=", known, text(sought))  # without the sign it is the whole text
        return joined("or", [whole, tested])

    def compared(op: str, other: Meaning) -> Value | None:
        many = other.items if isinstance(other, Series) and not other.name else (other,)
        sought = [v.literal for v in many if isinstance(v, Value) and isinstance(v.literal, str)]
        if op not in ("=", "!=", "in", "not in") or len(sought) != len(many) or not all(sought):
            return None
        if any(sign.value in s for s in sought) or (folded and sign.value != "@"):
            return None
        found = joined("or", [one(s) for s in sought])
        return negated(found) if op in ("!=", "not in") else found

    return Beside("a part of a text is asked with `starts with` or `ends with`", compared)


def _is_member(t: T, call: C, first: Meaning) -> bool:
    """Tells whether `x.includes(y)` asks the values of rows for one of them, and no text for a part."""
    if not isinstance(first, Value) or first.rows is None or (t.bare is not None and t.bare.name == first.rows.name):
        return False
    of_lists = call.name in ("includes", "include", "array_contains", "list_contains", "has_value", "has")
    return of_lists or _is_list(t, call.arguments[0], first)


def _member(t: T, sought: tree.Node, values: Meaning) -> Value | None:
    """Whether one of the values of rows is `sought`."""
    one = t.value(sought)
    if not isinstance(values, Value) or values.rows is None or one.rows is not None:
        return None
    if one.own:
        one = t.from_outside(sought)
    return t.any_of(values.rows.where(t.compared("=", replace(values, rows=None), one)))


def _where_missing(t: T, x: Value, tested: Value, is_so: bool | None) -> Value:
    """A test of a text that is true or false where the text is missing."""
    if is_so is None:
        return tested
    missing, filled = t.is_missing(x, False), t.is_missing(x, True)
    if is_so:
        return joined("or", [tested, missing])
    return replace(tested, negation=f"not {joined('and', [tested, filled]).text}".replace("not ", "not (", 1) + ")")


def _flags(node: tree.Node) -> str | None:
    """The letters of the flags of a pattern, as in `re.I` or "i"; None where they aren't known."""
    if isinstance(node, tree.Name) and node.parts[0].lower() == "re":
        return {"i": "i", "ignorecase": "i"}.get(node.parts[-1].lower())
    if isinstance(node, tree.Text) and node.value in ("i", "c", ""):
        return node.value.replace("c", "")
    return "" if isinstance(node, tree.Number) and node.value == 0 else None


def _any_of(t: T, call: C) -> Meaning | None:
    """INCLUDES(tags, "a") of Salesforce: values of a set."""
    return _tested("contains")(t, call)


def _pattern(t: T, call: C) -> Meaning | None:
    arguments, name = list(call.arguments), call.name.removeprefix("re.")
    flags = [_flags(n) for n in (*arguments[2:], *(v for k, v in call.named if k == "flags"))]
    if len(arguments) < 2 or len(flags) > 1 or None in flags or any(k != "flags" for k, _ in call.named):
        return None
    ignoring = "i" in flags
    first_is_pattern = (
        (name in ("match", "search", "fullmatch", "test", "findall") and not call.method)
        or (name == "test" and call.method)
        or isinstance(arguments[0], tree.Pattern)
    )
    pattern, x = (arguments[0], arguments[1]) if first_is_pattern else (arguments[1], arguments[0])
    if isinstance(pattern, tree.Pattern):
        regex, ignoring = pattern.value, ignoring or pattern.ignoring
    elif isinstance(pattern, tree.Text):
        regex = pattern.value
    else:
        return None
    value, folded = _text_of(t, x)
    if value is None:
        return None
    if name == "fullmatch":
        return t.test("matches", value, text(regex), ignoring=ignoring or folded)
    if name == "match" and not isinstance(pattern, tree.Pattern) and not regex.startswith("^"):
        regex = f"^({regex})" if "|" in regex else f"^{regex}"
    return t.pattern(value, regex, ignoring=ignoring or folded)


def _find(t: T, call: C) -> Meaning | None:
    if call.method and isinstance(call.arguments[0], tree.Several):
        return t.apply_row("findindex", call)
    if len(call.arguments) > 1 and isinstance(call.arguments[1], tree.Each):
        return t.apply_row("filter", call)
    if isinstance(call.arguments[0], tree.Pattern) or (
        len(call.arguments) > 1 and isinstance(call.arguments[1], tree.Pattern)
    ):
        return _pattern(t, call)
    return _found(t, call)


def _match(t: T, call: C) -> Meaning | None:
    """`re.match(…)` and `x.match(/…/)` are of texts, MATCH(x, list, 0) looks up."""
    nodes = call.arguments[:2]
    if any(isinstance(n, tree.Pattern) for n in nodes) or (nodes and isinstance(nodes[0], tree.Text)):
        return _pattern(t, call)
    return t.apply_row("lookup match", call)


def _like(t: T, call: C) -> Meaning | None:
    pattern = t.value(call.arguments[1])
    value, folded = _text_of(t, call.arguments[0])
    if value is None or not isinstance(pattern.literal, str):
        return None
    return t.like(value, pattern.literal, "%", "_", ignoring=folded or call.name == "ilike")


def _exact(t: T, call: C) -> Meaning | None:
    return t.compare("=", *call.arguments) if len(call.arguments) == 2 else None


def _text(t: T, call: C) -> Meaning | None:
    """TEXT(x, "dddd"), or TEXT(x) of Salesforce."""
    value = t.value(call.arguments[0])
    if len(call.arguments) == 1:
        return value
    shape = call.arguments[1]
    said = shape.value.lower() if isinstance(shape, tree.Text) else ""
    if value.kind == "time" and said in ("dddd", "ddd", "day", "dy", "fmday"):
        return t.weekday_by_name(value)
    if value.kind == "time" and said in ("mmm", "mmmm", "mon", "month", "fmmonth", "%b"):
        return _month_by_name(t, value)
    units = {
        "yyyy": "year",
        "yy": "year",
        "m": "month",
        "mm": "month",
        "d": "day",
        "dd": "day",
        "q": "quarter",
        "h": "hour",
        "hh": "hour",
        "hh24": "hour",
        "%y": "year",
        "%m": "month",
    }
    if value.kind == "time" and said in units and said != "yy":
        return Value(f"{units[said]} of {fitted(value, 7)}", kind="number", rows=value.rows, own=value.own)
    if value.kind == "time" and said in ("yyyy-mm", "yyyymm", "mm/yyyy", "yyyy/mm", "%y-%m"):
        return _month(t, value, said)
    if value.kind == "time" and said in ("yyyy-mm-dd", "yyyymmdd", "%y-%m-%d"):
        return t.day_of_time(value)
    raise CannotSay("texts aren't put into another shape here: compare the field itself")


def _month_by_name(t: T, value: Value) -> Meaning:
    """The month of a time, beside names of months."""
    month = Value(f"month of {fitted(value, 7)}", kind="number", rows=value.rows, own=value.own)

    def compared(op: str, other: Meaning) -> Value | None:
        items = other.items if isinstance(other, Series) else (other,)
        said = [i.literal.lower().strip() if isinstance(i, Value) and isinstance(i.literal, str) else "" for i in items]
        numbers = [MONTHS[word] for word in said if word in MONTHS]
        if len(numbers) != len(items):
            return None
        if op in ("in", "not in"):
            return t.within(month, Series(tuple(number(n) for n in numbers)), op == "not in")
        return t.compared(op, month, number(numbers[0])) if op in ("=", "!=") and len(numbers) == 1 else None

    return Beside(f"a month is a number here: `{month.text} = 10`", compared)


def _month(t: T, value: Value, shape: str) -> Meaning:
    """A month of a year as a text, beside one in the same shape."""
    truncated = t.truncated(value, "month")
    if isinstance(truncated, Value):
        return truncated  # of today

    def compared(op: str, other: Meaning) -> Value | None:
        if not isinstance(other, Value) or not isinstance(other.literal, str):
            return truncated.compared(op, other) if isinstance(truncated, Beside) else None
        turned = shape == "mm/yyyy"
        found = re.fullmatch(r"(\d\d)/(\d{4})" if turned else r"(\d{4})[-/]?(\d\d)", other.literal)
        if found is None or op not in ("=", "!="):
            return None
        year, month = (int(n) for n in (found.groups()[::-1] if turned else found.groups()))
        pairs = (("year", year), ("month", month))
        parts = [
            t.compared(
                "=", Value(f"{u} of {fitted(value, 7)}", kind="number", rows=value.rows, own=value.own), number(n)
            )
            for u, n in pairs
        ]
        both = t.junction("and", parts)
        return both if op == "=" else negated(both)

    return Beside("a month of a year is asked with `year of` and `month of`", compared)


def _concatenated(t: T, call: C) -> Meaning | None:
    return t.concatenated(call.arguments) if len(call.arguments) > 1 else t.meaning(call.arguments[0])


def _same(t: T, call: C) -> Meaning | None:
    """What means nothing here, such as VALUE(x) or T(x)."""
    return t.meaning(call.arguments[0]) if call.arguments else None


def _picklist(t: T, call: C) -> Meaning | None:
    return t.compare("=", *call.arguments) if len(call.arguments) == 2 else None


def _without_spaces(t: T, call: C) -> Meaning | None:
    """SUBSTITUTE(x, " ", "") beside a text: blanks are left aside, in the text also."""
    x, *rest = call.arguments
    blank, nothing = (a.value if isinstance(a, tree.Text) else None for a in rest[:2]) if len(rest) == 2 else ("", None)
    if blank != " " or nothing != "":
        return _no_part(t, call)
    t.note("blanks are left aside with `ignoring spaces`")
    folded = t.apply_row("trim", tree.Call(call.start, call.end, "trim", (x,)))
    if not isinstance(folded, Beside):
        return folded
    inner = folded

    def compared(op: str, other: Meaning) -> Value | None:
        literal = other.literal if isinstance(other, Value) else None
        if isinstance(literal, str) and " " in literal and op in ("=", "!="):
            return truth(op == "!=")  # what has no blanks never equals a text with one
        return inner.compared(op, other)

    return replace(inner, compared=compared)


def _no_part(t: T, call: C) -> Meaning | None:
    raise CannotSay(
        "texts aren't changed or cut here: ask with `starts with`, `ends with`, `contains` or `contains pattern`"
    )


def _beside_sign(t: T, call: C) -> Meaning | None:
    """TEXTAFTER(email, "@") and TEXTBEFORE(code, "-")."""
    if len(call.arguments) != 2:
        return None
    place = 2 if call.name == "textafter" else 1
    which = tree.Number(call.start, call.end, Fraction(place), str(place))
    return t.apply_row("split_part", replace(call, name="split_part", arguments=(*call.arguments, which)))


def _split(t: T, call: C) -> Meaning | None:
    """SPLIT(interests, ","): a set of texts is taken apart already."""
    value = t.value(call.arguments[0])
    return value if value.kind == "set" else _no_part(t, call)


def _replaced(t: T, call: C) -> Value | None:
    """`df["plan"].replace({"team": "some"})`: other values stay."""
    x, *rest = call.arguments
    return by_keys(t, call, rest[0], x, keeps=True) if call.name == "replace" and len(rest) == 1 else None


FAMILY = Functions(
    "Functions of texts",
    (
        function(
            "len length char_length character_length strlen datalength size len_ array_length array_size cardinality nchar str_length",
            _length,
            [
                ("LEN(country) = 0", "country is missing"),
                ("LEN(country) > 0", "country is not missing"),
                ("LEN(name) > 20", 'name matches ".{21,}"'),
                ("LENGTH(name) <= 3", 'name matches ".{0,3}"'),
                ("tickets.length > 10", "count(tickets) > 10"),
            ],
            "how long a text is, is asked by a pattern, with `matches`",
        ),
        function(
            "left",
            _first_letters,
            [('LEFT(name, 4) = "Acme"', 'name starts with "Acme"')],
            "the first letters are asked with `starts with`",
        ),
        function(
            "right",
            _last_letters,
            [('RIGHT(name, 3) = "Ltd"', 'name ends with "Ltd"')],
            "the last letters are asked with `ends with`",
        ),
        function(
            "mid substr substring",
            _middle,
            [
                ('MID(name, 1, 4) = "Acme"', 'name starts with "Acme"'),
                ('MID(country, 4, 2) = "NW"', 'country contains pattern "^.{3}NW"'),
            ],
            "a part of a text by its place is asked with `contains pattern`",
        ),
        function(
            "lower upper lcase ucase proper initcap tolower toupper tolowercase touppercase casefold",
            _folded("case"),
            [
                ('LOWER(country) = "de"', 'country = "de" ignoring case'),
                ("LOWER(country) IN ('de', 'at')", 'country in ("de", "at") ignoring case'),
                ("LOWER(name) LIKE '%bank%'", 'name contains "bank" ignoring case'),
            ],
        ),
        function(
            "trim strip ltrim rtrim btrim clean",
            _folded("spaces"),
            [('TRIM(country) = "DE"', 'country = "DE" ignoring spaces')],
        ),
        function(
            "search find findb searchb instr indexof charindex strpos position locate",
            _find,
            [
                ('ISNUMBER(SEARCH("bank", name))', 'name contains "bank" ignoring case'),
                ('FIND("Acme", name) = 1', 'name starts with "Acme"'),
                ("POSITION('corp' IN name) > 0", 'name contains "corp"'),
            ],
            _PART,
        ),
        function(
            "contains includes include contains_string text_contains has",
            _tested("contains"),
            [
                ('CONTAINS(name, "bank")', 'name contains "bank"'),
                ('name.includes("bank")', 'name contains "bank"'),
                ('INCLUDES(tags, "beta")', 'tags has "beta"'),
                ('["team", "business"].includes(plan)', 'plan in ("team", "business")'),
                ("dach.includes(country)", "country in dach"),
                ('logins.map(l => l.device).includes("web")', 'any(logins where device = "web")'),
            ],
            _PART,
        ),
        function(
            "array_contains list_contains has_value",
            _any_of,
            [('ARRAY_CONTAINS(tags, "beta")', 'tags has "beta"')],
            "a set of texts is asked with `has`",
        ),
        function(
            "startswith starts_with begins beginswith begins_with",
            _tested("starts with"),
            [('STARTSWITH(name, "A")', 'name starts with "A"'), ('name.startswith("A")', 'name starts with "A"')],
        ),
        function("endswith ends_with", _tested("ends with"), [('ENDSWITH(name, "Ltd")', 'name ends with "Ltd"')]),
        function(
            "regexmatch regexp_like regexp_contains regex_match regexp_matches regextest fullmatch test rlike regex",
            _pattern,
            [
                ('REGEXMATCH(name, "^A[0-9]+")', 'name contains pattern "^A[0-9]+"'),
                ("/^DE/.test(country)", 'country contains pattern "^DE"'),
            ],
            "a pattern in a part of a text is `contains pattern`",
        ),
        function(
            "re.search re.match re.fullmatch re.findall",
            _pattern,
            [
                ('re.search("^gm", name)', 'name contains pattern "^gm"'),
                ('re.search("gm", name, re.I)', 'name contains pattern "gm" ignoring case'),
                ('re.fullmatch("gm.*", name)', 'name matches "gm.*"'),
            ],
            "a pattern in a part of a text is `contains pattern`",
        ),
        function("match", _match, [('re.match(r"^DE", country)', 'country contains pattern "^DE"')]),
        function(
            "str_detect grepl str_starts str_ends",
            _of_r,
            [
                ('str_detect(name, "bank")', 'name contains "bank"'),
                ('grepl("^Acme [0-9]", name)', 'name contains pattern "^Acme [0-9]"'),
                ('grepl("bank", name, ignore.case = TRUE)', 'name contains "bank" ignoring case'),
                ('!str_starts(name, "Acme")', 'not (name starts with "Acme")'),
            ],
            "a pattern in a part of a text is `contains pattern`",
        ),
        function(
            "split_part",
            _piece,
            [
                ("SPLIT_PART(name, '@', 2) = 'acme.example'", 'name ends with "@acme.example"'),
                ("SPLIT_PART(country, '-', 1) = 'DE'", 'country = "DE" or country starts with "DE-"'),
                ('name.split("@")[1] == "acme.example"', 'name ends with "@acme.example"'),
            ],
            refused=[("SPLIT_PART(name, '-', 3) = 'x'", "aren't changed")],
        ),
        function(
            "array_contains_all has_all contains_all",
            _set_test("all"),
            [
                ("tags @> ARRAY['beta', 'pilot']", 'tags has all ("beta", "pilot")'),
                ("tags @> '{beta}'", 'tags has "beta"'),
            ],
            "a set of texts is asked with `has`",
        ),
        function(
            "arrays_overlap array_overlap has_any contains_any",
            _set_test("any"),
            [("tags && ARRAY['beta', 'pilot']", 'tags has any ("beta", "pilot")')],
            "a set of texts is asked with `has`",
        ),
        function(
            "unnest", _own_values, [("'beta' IN UNNEST(tags)", 'tags has "beta"')], "a set of texts is asked with `has`"
        ),
        function("like ilike", _like, [("LIKE(name, 'A%')", 'name starts with "A"')]),
        function("exact", _exact, [('EXACT(country, "DE")', 'country = "DE"')]),
        function("ispickval", _picklist, [('ISPICKVAL(plan, "team")', 'plan = "team"')]),
        function(
            "text to_char format date_format strftime format_date",
            _text,
            [
                ('TEXT(signed_on, "dddd") = "Monday"', 'weekday of signed_on = "monday"'),
                ('TEXT(signed_on, "mmm") = "Oct"', "month of signed_on = 10"),
                ('TEXT(signed_on, "yyyy-mm") = "2026-12"', "year of signed_on = 2026 and month of signed_on = 12"),
            ],
        ),
        function(
            "concat concatenate textjoin_ concat_",
            _concatenated,
            [('CONCATENATE(plan, "-", country) = "team-DE"', 'plan = "team" and country = "DE"')],
            "each part of a text is compared by itself",
        ),
        function(
            "value t to_number float str string number tonumber tostring to_text numbervalue cast n parseint parsefloat "
            "toint tofloat astype",
            _same,
            [("VALUE(seats) > 10", "seats > 10"), ("CAST(seats AS integer) > 10", "seats > 10")],
            "the model says of what type a field is",
        ),
        function(
            "substitute replace",
            lambda t, c: _replaced(t, c) or _without_spaces(t, c),
            [('SUBSTITUTE(country, " ", "") = "DE"', 'country = "DE" ignoring spaces')],
            refused=[('SUBSTITUTE(name, "a", "b") = "x"', "aren't changed")],
        ),
        function(
            "textafter textbefore",
            _beside_sign,
            [('TEXTAFTER(name, "@") = "acme.example"', 'name ends with "@acme.example"')],
        ),
        function(
            "split textsplit",
            _split,
            [('COUNTA(SPLIT(tags, ",")) > 2', "size(tags) > 2")],
            "a set of texts is taken apart already: `size(…)` is how many it has",
            refused=[('SPLIT(name, " ") = "x"', "aren't changed")],
        ),
        function(
            "textjoin rept regexextract regexreplace regexp_replace regexp_extract "
            "reverse translate lpad rpad char code ",
            _no_part,
            refused=[('REVERSE(name) = "x"', "aren't changed")],
        ),
    ),
)
