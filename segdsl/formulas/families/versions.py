"""Versions as programs write them: `Version("10.2")`, `version.parse("10.2")`, `semver.lt(app_version, "10.2")`."""

from __future__ import annotations

from fractions import Fraction

from segdsl.formulas import tree
from segdsl.formulas.table import Functions, To, function
from segdsl.formulas.table import Means as T
from segdsl.formulas.tree import Call as C
from segdsl.formulas.values import Meaning, Value, text
from segdsl.model import types as ty
from segdsl.phrasebook.measures import FLIPPED

_QUOTED = "a version stands in double quotes"
_MODULES = {"version", "semver", "packaging", "looseversion", "pkg_resources", "semantic_version"}


def _is_module(node: tree.Node) -> bool:
    return isinstance(node, tree.Name) and node.parts[-1].lower() in _MODULES


def _version(t: T, call: C) -> Meaning | None:
    """The text of a version, or the field that is one."""
    arguments = call.arguments[1:] if call.arguments and _is_module(call.arguments[0]) else call.arguments
    if call.name in ("parse", "coerce") and len(arguments) == len(call.arguments):
        return None
    values = [t.value(a) for a in arguments]
    if len(values) == 1 and (isinstance(values[0].type, ty.Version) or isinstance(values[0].literal, str)):
        return values[0]
    return text(".".join(v.text for v in values)) if values and all(_is_whole(v) for v in values) else None


def _is_whole(value: Value) -> bool:
    return isinstance(value.literal, Fraction) and value.literal.denominator == 1 and value.literal >= 0


def _compared(op: str) -> To:
    """`semver.lt(a, b)`, and `df.arr.lt(5)` of pandas."""

    def to(t: T, call: C) -> Meaning | None:
        of_module = bool(call.arguments) and _is_module(call.arguments[0])
        both = call.arguments[1:] if of_module else call.arguments
        return t.compare(op, *both) if len(both) == 2 else None

    return to


def _signed(t: T, call: C) -> Meaning | None:
    """`version_compare(app_version, "10.2", "<")` of PHP."""
    a, b, sign = call.arguments
    return t.compare(sign.value, a, b) if isinstance(sign, tree.Text) and sign.value in FLIPPED else None


FAMILY = Functions(
    "Versions",
    (
        function(
            "version parse_version looseversion strictversion legacyversion numeric_version package_version semver "
            "to_version parse coerce",
            _version,
            [
                ('Version(app_version) < Version("10.2")', 'app_version < "10.2"'),
                ("app_version >= version.parse('9.4.1')", 'app_version >= "9.4.1"'),
                ("app_version < (10, 2)", 'app_version < "10.2"'),
            ],
            _QUOTED,
        ),
        function("lt", _compared("<"), [('semver.lt(app_version, "10.2.0")', 'app_version < "10.2.0"')]),
        function("lte le", _compared("<="), [('semver.lte(app_version, "10.2.0")', 'app_version <= "10.2.0"')]),
        function(
            "gt",
            _compared(">"),
            [('semver.gt(app_version, "10.2.0")', 'app_version > "10.2.0"'), ("df.seats.gt(10)", "seats > 10")],
        ),
        function("gte ge", _compared(">="), [('semver.gte(app_version, "10.2.0")', 'app_version >= "10.2.0"')]),
        function("ne", _compared("!="), [('df.plan.ne("team")', 'plan != "team"')]),
        function(
            "version_compare",
            _signed,
            [("version_compare(app_version, '10.2', '<')", 'app_version < "10.2"')],
            _QUOTED,
        ),
    ),
)
