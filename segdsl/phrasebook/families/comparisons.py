"""Comparisons in words: is more than, is one of, is not empty, older than."""

from __future__ import annotations

from collections.abc import Callable

from segdsl.model import types as ty
from segdsl.phrasebook.measures import COMPARED
from segdsl.phrasebook.pattern import Match
from segdsl.phrasebook.row import Family, row


def field_type(match: Match, slot: str) -> ty.Type | None:
    """The type of a field: of the rows in whose brackets it stands, or of the customer."""
    field = match.around.names.described(match.text(slot).replace(" ", ""), match.rows())
    return None if field is None else field.type


def is_time(match: Match, slot: str) -> bool:
    typed = field_type(match, slot)
    return typed is not None and ty.is_time(typed)


def _only_for(slot: str, fits: Callable[[ty.Type], bool], meant: str) -> Callable[[Match], str | None]:
    """A line for fields of a type alone."""

    def line(match: Match) -> str | None:
        typed = field_type(match, slot)
        return meant if typed is not None and fits(typed) else None

    return line


def _is_one_value(typed: ty.Type) -> bool:
    return not isinstance(typed, ty.SetOfText)


def _is_true(match: Match) -> str | None:
    """`autopay is true`, `= yes`, `= 1`: the field alone, or `not` with it."""
    typed = field_type(match, "x")
    said = match.text("v").strip('"').lower()
    if typed is not None and typed != ty.BOOLEAN:
        return None
    if typed is None and said not in ("true", "false"):
        return None
    negated = any(word in ("not", "!=", "isn't") for word in match.words)
    return "{x}" if (said in ("true", "yes", "1", "on", "checked")) != negated else "not {x}"


def _truth(match: Match) -> str | None:
    return _is_true(match) if match.text("v").strip('"').lower() in _TRUTHS else None


_TRUTHS = {"true", "false", "yes", "no", "1", "0", "on", "off", "checked", "unchecked"}


_FARTHER = ("greater", "higher", "more", "above", "over", ">", ">=")
_NEARER = ("less", "lower", "below", "under", "<", "<=")


def _by_list(match: Match) -> str | None:
    """`priority > "normal"`, of a field whose values have no order: those behind it in the list of the model."""
    schema, name, said = match.around.names.schema, match.slots["f"][-1].lower, match.text("v").strip('"').lower()
    owners = [] if schema is None else [r.fields[name].type for r in schema.relations.values() if name in r.fields]
    lists = {t.values for t in owners if isinstance(t, ty.Enum) and said in t.values}
    if len(lists) != 1 or any(isinstance(t, ty.Enum) and t.ordered for t in owners):
        return None
    values, own = [*lists.pop()], {*match.words}
    at = values.index(said)
    with_it = bool(own & {">=", "<="})
    if own & {*_FARTHER}:
        named = values[at + (not with_it) :]
    elif own & {*_NEARER}:
        named = values[: at + with_it]
    else:
        return None
    listed = [f'"{v}"' for v in named]
    return None if not listed else f"{{f}} = {listed[0]}" if len(listed) == 1 else f"{{f}} in ({', '.join(listed)})"


def _or_better(match: Match) -> str | None:
    """`tier = "silver" or better`, of a field whose values have an order."""
    typed = field_type(match, "f")
    has_order = isinstance(typed, ty.Version) or (isinstance(typed, ty.Enum) and typed.ordered)
    if typed is None or not (has_order or ty.is_numeric(typed) or ty.is_time(typed)):
        return None
    return "{f} <= {v}" if match.words[-1] in _LESS else "{f} >= {v}"


_LESS = {"worse", "lower", "below", "down", "less", "older", "earlier"}


def _by_colon(match: Match) -> str | None:
    """`plan: "team"`; in a search, conditions follow each other without a word between them."""
    names, around = match.around.names, match.around
    if names.described(match.text("p").replace(" ", "")) is None or match.inside_call():
        return None
    begins = around.lower(match.end + 1) in (":", *COMPARED)
    follows = begins and names.described(around.lower(match.end)) is not None
    return "{p} = {y} and" if follows else "{p} = {y}"


FAMILY = Family(
    "Comparisons in words",
    5,
    (
        # of several
        row(
            "{x:value} is not distinct from {y:value}",
            to="{x} = {y}",
            examples=(("plan IS NOT DISTINCT FROM 'free'", 'plan = "free"'),),
            note="equal is written `=`",
        ),
        row(
            "{x:value} is distinct from {y:value}",
            to="({x} != {y} or {x} is missing)",
            examples=(("country IS DISTINCT FROM 'US'", 'country != "US" or country is missing'),),
            note="a missing value is asked for by itself",
        ),
        row(
            "{x:value} is/are none/zero/nil",
            to=lambda m: "{x} = 0" if m.text("x").startswith("count") else None,
            examples=(("count(tickets) is none", "count(tickets) = 0"),),
            note="equal is written `=`",
        ),
        # empty, and not
        row(
            "{x:value} is/are/was not empty/blank/null/nil/none/unknown/undefined/na/unset/nan",
            "{x:value} isn't/aren't empty/blank/null/none/unknown/missing/unset",
            "{x:value} is/are known/set/present/filled/filled_in/given/available/defined/provided/populated/not_missing",
            "{x:value} has any/a value",
            "{x:value} exists/is_there",
            "{x:value} != null/nil/none/undefined/missing",
            "{x:value} is_not/isn't/not = null/missing",
            "{x:value} !=/≠/<>/is_not/isn't ( blank/empty/null/none/missing )",
            to=lambda m: None if m.words[-3:] == ["is", "not", "missing"] else "{x} is not missing",
            examples=(
                ("renewal_date is not empty", "renewal_date is not missing"),
                ("country is known", "country is not missing"),
                ("country IS NOT NULL", "country is not missing"),
                ("country has any value", "country is not missing"),
                ("country != null", "country is not missing"),
            ),
            note="filled in is written `is not missing`",
        ),
        row(
            "{x:value} is/are/was empty/blank/null/nil/none/unknown/undefined/na/unset/nan/not_set/not_known/not_filled_in/not_present/not_given/not_available",
            "{x:value} isn't/aren't known/set/present/filled_in/filled/given/available",
            "{x:value} has no value",
            "{x:value} doesn't/does_not exist",
            "{x:value} = null/nil/none/undefined/missing",
            "{x:value} =/is ( blank/empty/null/none/missing )",
            to="{x} is missing",
            examples=(
                ("country is empty", "country is missing"),
                ("country is unknown", "country is missing"),
                ("country has no value", "country is missing"),
                ("country = NULL", "country is missing"),
            ),
            note="empty is written `is missing`",
        ),
        row(
            '{x:path} = ""',
            '{x:path} is ""',
            to=_only_for("x", _is_one_value, "{x} is missing"),
            examples=(("country = ''", "country is missing"), ('signed_on == ""', "signed_on is missing")),
            note="empty is written `is missing`",
        ),
        row(
            '{x:path} != ""',
            '{x:path} <> ""',
            '{x:path} is_not/isn\'t ""',
            to=_only_for("x", _is_one_value, "{x} is not missing"),
            examples=(("country <> ''", "country is not missing"), ('signed_on<>""', "signed_on is not missing")),
            note="filled in is written `is not missing`",
        ),
        row(
            "is missing = true",
            "is missing is true",
            to="is missing",
            examples=(("ISBLANK(country) = TRUE", "country is missing"),),
        ),
        row(
            "is missing = false",
            "is missing is false",
            to="is not missing",
            examples=(("ISBLANK(country) = FALSE", "country is not missing"),),
            note="filled in is written `is not missing`",
        ),
        # true and false
        row(
            "{x:path} = {v:figure}",
            "{x:path} != {v:figure}",
            "{x:path} = {v:text}",
            "{x:path} = yes/no",
            "{x:path} = {v:word}",
            "{x:path} != {v:word}",
            to=lambda m: _truth(m) if field_type(m, "x") == ty.BOOLEAN else None,
            examples=(("autopay = TRUE", "autopay"), ("autopay = 1", "autopay"), ('autopay = "Yes"', "autopay")),
            note="what is true or false stands alone",
        ),
        # the same field, said once
        # ages
        # more and less
        row(
            "{x:value} gte/ge",
            to="{x} >=",
            examples=(("seats gte 10", "seats >= 10"),),
        ),
        row(
            "{x:value} lte/le",
            to="{x} <=",
            examples=(("seats lte 10", "seats <= 10"),),
        ),
        # between
        row(
            "{x:value} is/are between {a:value} and/to/& {b:value}",
            "{x:value} between {a:value} to/& {b:value}",
            "{x:value} between ( {a:value} , {b:value} )",
            "{x:value} in_between {a:value} and {b:value}",
            "{x:value} is/are? in? from {a:value} to/until/.. {b:value}",
            "{x:value} in/is/between/=? ( {a:number} .. {b:number} )",
            "{x:value} in/is/between/= [ {a:number} .. {b:number} ]",
            "{x:value} in/is/between/=? {a:number} .. {b:number}",
            "{x:value} in/is/ranges_from {a:number} to {b:number}",
            "{x:value} is between {a:value} - {b:value}",
            to="{x} between {a} and {b}",
            examples=(
                ("arr is between 10_000 and 20_000", "arr between 10_000 and 20_000"),
                ("arr from 10_000 to 50_000", "arr between 10_000 and 50_000"),
                ("seats in (1..10)", "seats between 1 and 10"),
            ),
            note="a range is written `between … and …`",
        ),
        # dates
        # of values in a list
        row(
            "{f:path} >/>=/</<= {v:text}",
            "{f:path} >/>=/</<= {v:word}",
            "{f:path} is/are? greater/higher/more/less/lower than {v:word}",
            "{f:path} is/are? above/over/below/under {v:word}",
            to=_by_list,
            examples=(
                ('any(tickets where priority > "low")', 'any(tickets where priority in ("high", "urgent"))'),
                ("any(tickets where priority is lower than urgent)", 'any(tickets where priority in ("low", "high"))'),
            ),
            note="only numbers, dates and ordered lists have an order: the values that are meant are named",
            sure=False,
        ),
        row(
            "{f:path} =/== {v:literal} or/and better/higher/above/up/upwards/more/newer/later",
            "{f:path} =/== {v:literal} or/and worse/lower/below/down/less/older/earlier",
            to=_or_better,
            examples=(
                ("seats = 10 or more", "seats >= 10"),
                ('app_version = "10.2" or newer', 'app_version >= "10.2"'),
            ),
            note="at least is `>=`, at most `<=`",
        ),
        # equal
        row(
            "{p:path} : {y:literal}",
            "{p:path} : {y:name}",
            to=_by_colon,
            examples=(('plan: "team"', 'plan = "team"'), ("plan:team country:DE", 'plan = "team" and country = "DE"')),
            note="equal is written `=`",
        ),
        # values
        # not
    ),
)
