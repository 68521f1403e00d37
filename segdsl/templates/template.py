"""A template and the names of fields -> what is wrong with it; with their values -> the text of a message.

A template comes with the rules, so it may be a stranger's. It is Jinja (https://jinja.palletsprojects.com) in its sandbox, and of
Jinja only what `_ALLOWED`, `_TEXT`, `_SET` and `_TESTS` list: no attribute, no call, no arithmetic, no assignment, no other file, no
loop in a loop, and nothing that makes a long text of a short one. So a message takes time and room in proportion to its template
and its values.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from typing import Literal

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, Undefined, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from segdsl.bounds import A_TAG, MESSAGE, TEMPLATE
from segdsl.model import types as ty
from segdsl.model.clock import day

DEEPEST = 20
"""Levels of nesting; Python reads at most 20 blocks in one another."""


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a template, and where: the characters from `start` to `end`. `name` is an unknown field, if it is one."""

    message: str
    help: str
    start: int
    end: int
    name: str = ""


class CannotWrite(Exception):
    """A message can't be written for somebody; its text says why."""


class _Missing(StrictUndefined):
    """A field without a value: false in a condition, equal to nothing, replaced by `default`, and an error where it would be shown."""

    __slots__ = ()
    __bool__ = Undefined.__bool__  # type: ignore[assignment]
    __hash__ = Undefined.__hash__  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:  # type: ignore[override]
        return False

    def __ne__(self, other: object) -> bool:  # type: ignore[override]
        return True


_TEXT = ("capitalize", "default", "lower", "title", "trim", "upper")
_SET = ("first", "join", "last", "length")
"""Filters of a set; they follow a field itself."""
_TESTS = ("defined", "undefined")
_LOOP = ("first", "last", "index")
_ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.If,
    nodes.CondExpr,
    nodes.Not,
    nodes.And,
    nodes.Or,
    nodes.Compare,
    nodes.Operand,
    nodes.Filter,
    nodes.Test,
    nodes.For,
    nodes.Getattr,
    nodes.List,
    nodes.Tuple,
)
_NAMED_PLAINLY = (nodes.Name, nodes.Const)
_SAID = {
    nodes.Call: "a call",
    nodes.Getitem: "`[…]`",
    nodes.Concat: "`~`",
    nodes.Assign: "`set`",
    nodes.AssignBlock: "`set`",
    nodes.Macro: "`macro`",
    nodes.CallBlock: "`call`",
    nodes.FilterBlock: "`filter`",
    nodes.Include: "`include`",
    nodes.Import: "`import`",
    nodes.FromImport: "`import`",
    nodes.Extends: "`extends`",
    nodes.Block: "`block`",
    nodes.With: "`with`",
    nodes.ScopedEvalContextModifier: "`autoescape`",
}


def wrong_with(text: str, fields: Mapping[str, ty.Type]) -> list[Wrong]:
    """Finds what is wrong with a template of fields of these types; a link has that of its key."""
    if len(text) > TEMPLATE.most:
        return [Wrong(f"a template has at most {TEMPLATE}", TEMPLATE.help, 0, 1)]
    try:
        parsed = _environment(False).parse(text)
    except TemplateSyntaxError as error:
        start, end = _line(text, error.lineno)
        return [Wrong(f"this template can't be read: {_said(error)}", "fields stand in `{{ name }}`", start, end)]
    except RecursionError:
        return [Wrong(*_TOO_DEEP, 0, 1)]
    except ValueError:  # of Python, for a number of more than 4,300 digits
        return [Wrong(*_TOO_LARGE, 0, 1)]
    kinds = {name: kind_of(typed) for name, typed in fields.items()}
    sets = {name for name, kind in kinds.items() if kind == "set of texts"}
    wrong = list(dict.fromkeys(_wrong_in(parsed, text, {*fields}, sets)))
    return wrong or list(dict.fromkeys(_Kinds(text, kinds).wrong_in(parsed))) or _not_compiled(text)


def _not_compiled(text: str) -> list[Wrong]:
    """Finds what Jinja notices only when it compiles a template."""
    try:
        _environment(False).compile(text)
    except TemplateSyntaxError as error:
        return [Wrong(f"this template can't be read: {_said(error)}", "", *_line(text, error.lineno))]
    except (RecursionError, SyntaxError, MemoryError):  # the last where Python finds it too deep
        return [Wrong(*_TOO_DEEP, 0, 1)]
    return []


def steps(text: str) -> int:
    """The work of finding what is wrong with a template, in steps (`bounds.Work`)."""
    return len(text) + A_TAG * text.count("{")


_TOO_LARGE = ("a number in this template is too large", "a number has at most 18 digits")
_TOO_DEEP = ("this template is nested too deeply", "make it shorter")


def _said(error: TemplateSyntaxError) -> str:
    return (error.message or "there is a mistake of syntax").rstrip(".")


def _wrong_in(parsed: nodes.Template, text: str, fields: set[str], sets: set[str]) -> Iterator[Wrong]:
    todo: list[tuple[nodes.Node, int, frozenset[str]]] = [(parsed, 0, frozenset())]
    while todo:
        node, depth, local = todo.pop()
        if depth > DEEPEST:
            yield Wrong(*_TOO_DEEP, *_line(text, node.lineno))
            return
        yield from _wrong_at(node, text, fields, sets, local)
        if isinstance(node, nodes.For):
            inside = local | {"loop", *([node.target.name] if isinstance(node.target, nodes.Name) else [])}
            todo += [(child, depth + 1, inside) for child in reversed(node.body)]
            todo += [(child, depth + 1, inside - {"loop"}) for child in ([node.test] if node.test else [])]
            todo += [(child, depth + 1, local) for child in node.else_]
        elif isinstance(node, _ALLOWED) and not isinstance(node, nodes.Getattr):
            todo += [(child, depth + 1, local) for child in node.iter_child_nodes()]


def _wrong_at(node: nodes.Node, text: str, fields: set[str], sets: set[str], local: frozenset[str]) -> Iterator[Wrong]:
    """Finds what is wrong with one node, its parts left aside; `local` are the names of the loops around it."""
    if not isinstance(node, _ALLOWED):
        what = _SAID.get(type(node), "a calculation" if isinstance(node, nodes.Expr) else "this")
        help = "compute it among the merge fields, as in `days until renewal_date as days_left`"
        help = help if isinstance(node, nodes.Expr) else "a message has fields, `if` and `for`"
        yield Wrong(f"{what} can't stand in a message", help, *_line(text, node.lineno))
    elif isinstance(node, nodes.Name) and node.ctx == "load" and node.name not in fields | local:
        yield Wrong(f"`{node.name}` is no merge field", "", *_word(text, node.lineno, node.name), node.name)
    elif isinstance(node, nodes.Name) and node.name == "loop" and "loop" in local:
        place = _word(text, node.lineno, "loop")
        yield Wrong("`loop` can't stand alone", "there are `loop.index`, `loop.first` and `loop.last`", *place)
    elif isinstance(node, nodes.Getattr) and not _of_loop(node, local):
        owner = node.node.name if isinstance(node.node, nodes.Name) else "…"
        help = f"merge the value under a name of its own, as in `{owner}.{node.attr} as NAME`"
        place = _word(text, node.lineno, node.attr)
        yield Wrong(f"`.{node.attr}` can't stand in a message: merge fields have no parts", help, *place)
    elif isinstance(node, nodes.Filter):
        yield from _wrong_with_filter(node, text)
    elif isinstance(node, nodes.List | nodes.Tuple) and not all(isinstance(i, nodes.Const) for i in node.items):
        help = 'as in `{% if plan in ("team", "business") %}`'
        yield Wrong("a list in a message has texts and numbers", help, *_line(text, node.lineno))
    elif isinstance(node, nodes.Test) and node.name not in _TESTS:
        help = "there are `is defined` and `is undefined`"
        yield Wrong(f"unknown test `is {node.name}`", help, *_word(text, node.lineno, node.name))
    elif isinstance(node, nodes.For):
        if local:
            yield Wrong("a loop in a loop can't stand in a message", "use one loop", *_line(text, node.lineno))
        elif not isinstance(node.iter, nodes.Name) or node.iter.name not in sets or node.recursive:
            help = "as in `{% for topic in interests %}`, where `interests` is a set of text"
            yield Wrong("a loop goes over a merge field that is a set", help, *_line(text, node.lineno))
        elif not isinstance(node.target, nodes.Name):
            help = f"as in `{{% for topic in {node.iter.name} %}}`"
            yield Wrong("a loop gives each text of a set one name", help, *_line(text, node.lineno))


def _wrong_with_filter(node: nodes.Filter, text: str) -> Iterator[Wrong]:
    place = _word(text, node.lineno, node.name)
    known = sorted((*_TEXT, *_SET, *_OWN))
    values = [*node.args]
    if node.name not in known:
        yield Wrong(f"unknown filter `{node.name}`", f"there are {', '.join(f'`{n}`' for n in known)}", *place)
    elif node.name in _SET and not isinstance(node.node, nodes.Name):
        yield Wrong(f"`{node.name}` follows a field", f"as in `{{{{ interests | {node.name} }}}}`", *place)
    elif node.dyn_args or node.dyn_kwargs or node.kwargs or not all(isinstance(v, _NAMED_PLAINLY) for v in values):
        yield Wrong(f"`{node.name}` takes a text or a number", 'as in `default("customer")`', *place)
    elif node.name != "default" and not all(isinstance(v, nodes.Const) for v in values):
        yield Wrong(f"`{node.name}` takes a text or a number", 'as in `join(", ")`', *place)


Kind = Literal["text", "number", "yes or no", "day", "time", "set of texts", "one or the other"]
"""What a value is to a template; the last of `default`, `or` and `if`, where the values differ."""


def kind_of(typed: ty.Type) -> Kind:
    """Returns what the values of a type are to a template."""
    match typed:
        case ty.Boolean():
            return "yes or no"
        case ty.Integer() | ty.Number() | ty.Real() | ty.Constant() | ty.Money():
            return "number"
        case ty.SetOfText():
            return "set of texts"
        case ty.Date():
            return "day"
        case ty.Timestamp() | ty.Moment():
            return "time"
        case ty.Text() | ty.Enum() | ty.Version() | ty.Link():
            return "text"


@dataclass(frozen=True)
class _Filter:
    """What a filter takes and gives, and how many texts or numbers at least and at most stand in its brackets."""

    takes: tuple[Kind, ...]
    gives: Kind
    least: int = 0
    most: int = 0


_FILTERS: Mapping[str, _Filter] = {
    **{name: _Filter(("text",), "text") for name in _TEXT if name != "default"},
    "day": _Filter(("day", "time"), "text"),
    "thousands": _Filter(("number",), "text"),
    "first": _Filter(("set of texts",), "text"),
    "last": _Filter(("set of texts",), "text"),
    "length": _Filter(("set of texts",), "number"),
    "join": _Filter(("set of texts",), "text", 0, 1),
}
_IN_ORDER: tuple[Kind, ...] = ("number", "day", "time")


class _Kinds:
    """What is wrong with the kinds of values in a template whose parts are all allowed."""

    def __init__(self, text: str, fields: Mapping[str, Kind]) -> None:
        self.text, self.fields = text, fields
        self.wrong: list[Wrong] = []

    def wrong_in(self, parsed: nodes.Template) -> list[Wrong]:
        for node in parsed.body:
            self._statement(node)
        return self.wrong

    def _statement(self, node: nodes.Node) -> None:
        match node:
            case nodes.Output():
                for shown in node.nodes:
                    if not isinstance(shown, nodes.TemplateData):
                        self._kind(shown)
            case nodes.If():
                self._kind(node.test)
                for inner in (*node.body, *node.elif_, *node.else_):
                    self._statement(inner)
            case nodes.For():
                assert isinstance(node.target, nodes.Name), "a loop has one name"
                within = _Kinds(self.text, {**self.fields, node.target.name: "text"})
                within.wrong = self.wrong
                if node.test is not None:
                    within._kind(node.test)
                for inner in node.body:
                    within._statement(inner)
                for inner in node.else_:
                    self._statement(inner)
            case _:
                raise AssertionError(f"{type(node).__name__} is no statement of a template that was looked at")

    def _kind(self, node: nodes.Node) -> Kind:
        """Returns what an expression gives, and reports what is wrong in it."""
        match node:
            case nodes.Const():
                return self._constant(node)
            case nodes.Name():
                return self.fields[node.name]
            case nodes.Getattr():
                return "number" if node.attr == "index" else "yes or no"
            case nodes.Not() | nodes.Test():
                self._kind(node.node)
                return "yes or no"
            case nodes.And() | nodes.Or():
                return _either(self._kind(node.left), self._kind(node.right))
            case nodes.CondExpr():
                self._kind(node.test)
                first = self._kind(node.expr1)
                return first if node.expr2 is None else _either(first, self._kind(node.expr2))
            case nodes.Compare():
                self._compared(node)
                return "yes or no"
            case nodes.Filter() if node.node is not None:
                return self._filtered(node, self._kind(node.node))
            case _:
                self._report(node, "a list stands only after `in`", 'as in `{% if plan in ("team", "business") %}`')
                return "one or the other"

    def _constant(self, node: nodes.Const) -> Kind:
        match node.value:
            case None:
                help = "`{% if name is defined %}` asks whether a field has a value"
                self._report(node, "`none` can't stand in a message", help)
                return "one or the other"
            case bool():
                return "yes or no"
            case str():
                return "text"
            case number:
                if not abs(number) < 10**18:
                    self._report(node, *_TOO_LARGE)
                return "number"

    def _compared(self, node: nodes.Compare) -> None:
        left, one = node.expr, self._kind(node.expr)
        for operand in node.ops:
            right = operand.expr
            is_in = operand.op in ("in", "notin")
            if is_in and isinstance(right, nodes.List | nodes.Tuple):
                others = [self._kind(item) for item in right.items]
                if any(other != one for other in others):
                    self._differ(
                        node, left, one, "list of other values" if len({*others}) > 1 else f"list with a {others[0]}"
                    )
                return
            other = self._kind(right)
            if is_in:
                is_part = other == "text" and isinstance(left, nodes.Const)
                if one != "text" or not (is_part or other == "set of texts"):
                    help = 'as in `{% if "sales" in interests %}`'
                    self._report(node, "`in` looks for a text in a set or a list", help)
            elif one != other or one == "one or the other":
                self._differ(node, left, one, other)
            elif operand.op not in ("eq", "ne") and one not in _IN_ORDER:
                help = "`<` and `>` are for numbers, days and times; compare by `==`, or among the merge fields"
                self._report(node, f"{_named(left)} is a {one}, which has no order in a message", help)
            left, one = right, other

    def _differ(self, node: nodes.Node, left: nodes.Node, one: Kind, other: str) -> None:
        message = f"{_named(left)} is {_a(one)}, and is compared with {_a(other)}"
        self._report(node, message, "compare values of one kind, or compare them among the merge fields")

    def _filtered(self, node: nodes.Filter, given: Kind) -> Kind:
        arguments = [self._kind(a) for a in node.args]
        if node.name == "default":
            if len(arguments) != 1:
                self._report(node, "`default` says one thing", 'as in `default("customer")`', node.name)
                return given
            return _either(given, arguments[0])
        known = _FILTERS[node.name]
        if given not in known.takes:
            wanted = " or ".join(_a(kind) for kind in known.takes)
            assert node.node is not None, "a filter of a block isn't allowed"
            message = f"`{node.name}` is for {wanted}, and {_named(node.node)} is {_a(given)}"
            self._report(node, message, _MEANT.get((node.name, given), ""), node.name)
        elif not known.least <= len(arguments) <= known.most or any(a != "text" for a in arguments):
            takes = 'takes a text, as in `join(", ")`' if known.most else "stands without brackets"
            self._report(node, f"`{node.name}` {takes}", "", node.name)
        return known.gives

    def _report(self, node: nodes.Node, message: str, help: str, word: str = "") -> None:
        place = _word(self.text, node.lineno, word) if word else _line(self.text, node.lineno)
        self.wrong.append(Wrong(message, help, *place))


_MEANT: Mapping[tuple[str, Kind], str] = {
    ("join", "text"): "`{{ name }}` shows it as it is",
    ("upper", "set of texts"): 'join it first, as in `{{ interests | join(", ") | upper }}`',
    ("day", "text"): "`{{ name }}` shows it as it is; a day is a field whose type is `date`",
    ("thousands", "text"): "`{{ name }}` shows it as it is; a number is a field whose type is `number` or `money`",
}
"""What whoever writes a filter may have meant, by the filter and what it is given."""


def _either(one: Kind, other: Kind) -> Kind:
    return one if one == other else "one or the other"


def _named(node: nodes.Node) -> str:
    return f"`{node.name}`" if isinstance(node, nodes.Name) else "what stands before it"


def _a(kind: str) -> str:
    return kind if kind == "one or the other" else f"a {kind}"


def _of_loop(node: nodes.Getattr, local: frozenset[str]) -> bool:
    return isinstance(node.node, nodes.Name) and node.node.name == "loop" and "loop" in local and node.attr in _LOOP


def _line(text: str, number: int | None) -> tuple[int, int]:
    """Where a line of a text starts and ends, the first if it isn't known; its blanks at both ends are left out."""
    number = number or 1
    lines = text.splitlines(keepends=True)
    before = sum(map(len, lines[: number - 1]))
    line = lines[number - 1] if number <= len(lines) else ""
    start = before + len(line) - len(line.lstrip())
    return start, max(start + 1, before + len(line.rstrip()))


def _word(text: str, number: int | None, word: str) -> tuple[int, int]:
    """Where a word first stands in a line of a text; else the line."""
    start, end = _line(text, number)
    match = re.compile(rf"\b{re.escape(word)}\b").search(text, start, end)
    return (match.start(), match.end()) if match is not None else (start, end)


def write(text: str, fields: Mapping[str, object], *, html: bool = False, one_line: bool = False) -> str:
    """Writes the message of a template that was checked, for somebody's values; None, sets and tuples may be among them.

    `html`: values are escaped, for a template of HTML. `one_line`: line breaks become blanks, as in a subject.

    Raises `CannotWrite` for a value that is missing where it is shown, and for a message that is too long.
    """
    try:
        template = _template(text, html)
        values = {name: _value(name, value) for name, value in fields.items()}
        parts, size = list[str](), 0
        for part in template.generate(values):
            parts.append(part)
            size += len(part)
            if size > MESSAGE.most:
                raise CannotWrite(f"the message is longer than {MESSAGE}")
    except TemplateError as error:
        raise CannotWrite(str(error)) from error
    except TypeError as error:
        raise CannotWrite(f"its template does with a value what can't be done: {error}") from error
    message = "".join(parts)
    return " ".join(message.split()) if one_line else message


def _value(name: str, value: object) -> object:
    if value is None:
        return _Missing(f"`{name}` is missing")
    return sorted(map(str, value)) if isinstance(value, set | frozenset | tuple) else value


def _shown(value: object) -> object:
    """A value as a message shows it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def _day(value: object) -> object:
    """A day in words, as in 1 Dec 2026."""
    if isinstance(value, Undefined):
        return value
    if not isinstance(value, dt.date):
        raise CannotWrite("`day` is for days and times")
    return day(value.date() if isinstance(value, dt.datetime) else value)


def _thousands(value: object) -> object:
    """A number with its thousands apart, as in 12,000.50."""
    if isinstance(value, Undefined):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise CannotWrite("`thousands` is for numbers")
    return f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"


_OWN: Mapping[str, Callable[[object], object]] = {"day": _day, "thousands": _thousands}


@lru_cache(64)
def _template(text: str, html: bool) -> Template:
    """The template as a function, made once for all who get its message."""
    return _environment(html).from_string(text)


@cache
def _environment(html: bool) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=_Missing, autoescape=html, finalize=_shown, keep_trailing_newline=True
    )
    environment.globals.clear()
    environment.filters = {n: f for n, f in environment.filters.items() if n in (*_TEXT, *_SET)} | {**_OWN}
    environment.tests = {n: t for n, t in environment.tests.items() if n in _TESTS}
    return environment
