"""Comparisons in words: is more than, is one of, is not empty, older than."""

from __future__ import annotations

from collections.abc import Callable

from segdsl.model import types as ty
from segdsl.phrasebook.pattern import Match
from segdsl.phrasebook.row import Family, row
from segdsl.phrasebook.slots import path_end


def field_type(match: Match, slot: str) -> ty.Type | None:
    field = match.around.names.described(match.text(slot).replace(" ", ""))
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


def _is_text(typed: ty.Type) -> bool:
    return isinstance(typed, ty.Enum) or typed == ty.TEXT


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


def _word_for_value(match: Match) -> str | None:
    """A value without its quotes, such as `plan = team`, or in other capitals."""
    path, said = match.text("p").replace(" ", ""), match.text("w").strip('"')
    names = match.around.names
    quoted = match.text("w").startswith('"')
    if not quoted and (
        said.lower() in names.fields
        or said.lower() in names.others
        or said in ("true", "false", "missing", "now", "today")
    ):
        return None
    value = _value_of(match, path, said)
    if value is not None:
        return None if quoted and value == said else f'{{p}} {{o}} "{value}"'
    typed = field_type(match, "p")
    follows = match.around.lower(match.end)
    if quoted or typed != ty.TEXT or follows in ("(", ".") or said == said.lower():
        return None
    return f'{{p}} {{o}} "{said}"'


def _words_for_value(match: Match) -> str | None:
    """A value of several words without its quotes."""
    words = [match.text(slot) for slot in "wvu" if match.slots.get(slot)]
    path, said = match.text("p").replace(" ", ""), " ".join(words)
    value = _value_of(match, path, said)
    if (
        value is None
        and field_type(match, "p") == ty.TEXT
        and all(w[0].isupper() and w.lower() not in ("and", "or") for w in words)
    ):
        value = said
    return None if value is None else f'{{p}} {{o}} "{value}"'


def _names_as_values(match: Match) -> str | None:
    """`country is US or CA`."""
    path = match.text("p").replace(" ", "")
    said = [match.text(slot) for slot in "abc" if match.slots.get(slot)]
    if any(word.lower() in match.around.names.fields for word in said) or match.around.lower(match.end) in (
        "=",
        "is",
        ".",
    ):
        return None
    if field_type(match, "p") == ty.TEXT and all(word[0].isupper() for word in said):
        values: list[str | None] = [*said]
    else:
        values = [_value_of(match, path, word) for word in said]
    return f"{{p}} in ({', '.join(f'{chr(34)}{v}{chr(34)}' for v in values)})" if all(values) else None


def _value_of(match: Match, path: str, said: str) -> str | None:
    """The value of a field; inside a `where` also of a field of the rows."""
    names = match.around.names
    value = names.value(path, said)
    if value is None and "." not in path and names.described(path) is None:
        owners = {v for r in names.tables.values() if (v := names.value(path, said, r)) is not None}
        return owners.pop() if len(owners) == 1 else None
    return value


def _listed(match: Match) -> str | None:
    """Values in a list without their quotes."""
    around, items, changed = match.around, list[str](), False
    path = match.text("p").replace(" ", "")
    typed = field_type(match, "p")
    open_at = next(i for i in range(match.start, match.end) if around.lower(i) == "(")
    close = around.closing(open_at)
    if close is None or close != match.end - 1 or not (isinstance(typed, ty.Enum) or typed == ty.TEXT):
        return None
    if any(around.lower(i) in ("select", "(", ".") for i in range(open_at + 1, close)):
        return None
    said = " ".join(around.tokens[i].text for i in range(open_at + 1, close))
    for item in said.split(","):
        word = item.strip()
        value = _value_of(match, path, word.strip('"'))
        changed = changed or not word.startswith('"') or (value is not None and value != word.strip('"'))
        if not word.startswith('"') and value is None and (not word or not word[0].isupper()):
            return None
        items.append(f'"{value or word.strip(chr(34))}"')
    words = " ".join(
        around.lower(i) for i in range(open_at - 2, open_at) if around.lower(i) in ("not", "in", "any", "of")
    )
    return f"{{p}} {words} ({', '.join(items)})" if changed else None


def _elapsed(word: str, op: str) -> Callable[[Match], str]:
    """`more than 60 days away`: counted in the unit that was said."""

    def line(match: Match) -> str:
        count, unit = match.text("d").split()
        unit = unit if unit.endswith("s") else unit + "s"
        return f"{unit} {word} {{p}} {op} {count}"

    return line


def _same_subject(match: Match) -> str | None:
    """`seats > 5 and < 10`: the field of the comparison before."""
    around, at = match.around, match.start - 1
    while at >= 0 and around.lower(at) not in (
        "when",
        "where",
        "having",
        "and",
        "or",
        "not",
        "(",
        "if",
        "then",
        "else",
    ):
        at -= 1
    end = path_end(around, at + 1)
    if end is None or end >= match.start:
        return None
    subject = "".join(t.text for t in around.tokens[at + 1 : end])
    slots, said = match.slots, " ".join(match.words[1:])
    rest = (
        "{o} {y}"
        if slots.get("o")
        else ("not in {l}" if "not" in match.words[:2] else "in {l}")
        if slots.get("l")
        else said
    )
    return f"{match.words[0]} {subject} {rest}"


def _or_values(match: Match) -> str | None:
    """`plan = "team" or "business"`."""
    joined_by_and = "and" in match.words
    after = match.around.lower(match.end)
    if after in ("=", "!=", "<", "<=", ">", ">=", "is", "in", ".", "+", "-", "*", "/") or len(match.slots["l"]) < 5:
        return None
    negated = "!=" in match.words or "not" in match.words
    if joined_by_and and not negated:
        return None
    return "{p} not in {l}" if negated else "{p} in {l}"


FAMILY = Family(
    "Comparisons in words",
    5,
    (
        # of several
        row(
            "{x:value} is/are/was not one_of/any_of/in/among/either {l:literals}",
            "{x:value} isn't one_of/any_of/in/among {l:literals}",
            "{x:value} is/are none_of {l:literals}",
            "{x:value} is? neither {l:literals}",
            "{x:value} not one_of/any_of/among {l:literals}",
            "{x:value} not_equal_to/!= any_of {l:literals}",
            to=lambda m: "{x} not in {l}",
            examples=(
                ('plan is not one of "free" or "team"', 'plan not in ("free", "team")'),
                ('plan is none of "free", "team"', 'plan not in ("free", "team")'),
            ),
            note="none of several values is written `not in (…)`",
        ),
        row(
            "{x:value} is/are/was/= one_of/any_of/in/among/either {l:literals}",
            "{x:value} one_of/any_of/among {l:literals}",
            to="{x} in {l}",
            examples=(
                ('plan is one of "team", "business"', 'plan in ("team", "business")'),
                ('plan is any of "team" or "business"', 'plan in ("team", "business")'),
            ),
            note="one of several values is written `in (…)`",
        ),
        row(
            "{p:path} not? in {l:literals}",
            to=lambda m: (
                None
                if m.around.lower(m.end - 1) == ")"
                else "{p} not in {l}"
                if m.around.lower(m.start + len(m.slots["p"])) == "not"
                else "{p} in {l}"
            ),
            examples=(('plan in "team", "business"', 'plan in ("team", "business")'),),
            note="lists stand in round brackets",
        ),
        row(
            "{p:path} = {l:literals}",
            "{p:path} != {l:literals}",
            "{p:path} is not? {l:literals}",
            to=_or_values,
            examples=(
                ('plan = "team" or "business"', 'plan in ("team", "business")'),
                ('plan is "team" or "business"', 'plan in ("team", "business")'),
            ),
            note="one of several values is written `in (…)`",
        ),
        row(
            "{x:value} is_not/isn't missing/empty/blank/null or missing/empty/blank/null",
            to="{x} is not missing",
            examples=(("country is not empty or null", "country is not missing"),),
            note="filled in is written `is not missing`",
        ),
        row(
            "{x:value} is missing/empty/blank/null or empty/blank/null/missing",
            to="{x} is missing",
            examples=(("country is empty or null", "country is missing"),),
            note="empty is written `is missing`",
        ),
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
        # empty, and not
        row(
            "{x:value} is/are/was not empty/blank/null/nil/none/unknown/undefined/na/unset/nan",
            "{x:value} isn't/aren't empty/blank/null/none/unknown/missing/unset",
            "{x:value} is/are known/set/present/filled/filled_in/given/available/defined/provided/populated/not_missing",
            "{x:value} has any/a value",
            "{x:value} exists/is_there",
            "{x:value} != null/nil/none/undefined/missing",
            "{x:value} is_not/isn't/not = null/missing",
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
            '{x:path} is not ""',
            '{x:path} != ""',
            to=_only_for("x", _is_text, "{x} is not missing"),
            examples=(('country <> ""', "country is not missing"),),
            note="empty is written `is missing`",
        ),
        row(
            '{x:path} = ""',
            '{x:path} is ""',
            to=_only_for("x", _is_text, "{x} is missing"),
            examples=(("country = ''", "country is missing"),),
            note="empty is written `is missing`",
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
            "{x:path} is not? {v:word}",
            "{x:path} isn't {v:word}",
            "{x:path} is {v:figure}",
            "{x:path} equals/equal_to {v:word}",
            to=_truth,
            examples=(
                ("autopay is true", "autopay"),
                ("autopay is false", "not autopay"),
                ("autopay is not true", "not autopay"),
            ),
            note="what is true or false stands alone",
        ),
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
        row(
            "{p:path} falls/lies/occurs/comes/happens/ends within/in/on/before/after/between",
            to=lambda m: f"{{p}} {m.words[-1]}" if is_time(m, "p") else None,
            examples=(("renewal_date falls in next 90 days", "renewal_date in next 90 days"),),
        ),
        row(
            "{p:value} is? coming_up/coming/due/scheduled/expected within/in/on/before/after/between",
            to=lambda m: f"{{p}} {m.words[-1]}",
            examples=(("renewal_date is coming up in next 60 days", "renewal_date in next 60 days"),),
        ),
        # the same field, said once
        row(
            "and/or {o:op} {y:value}",
            "and/or not? in {l:list}",
            "and/or is not? missing/empty/blank/null/unknown",
            "and/or is? more_than/greater_than/less_than/fewer_than/higher_than/lower_than/larger_than/smaller_than/at_least/at_most/above/below/over/under/exactly {z:value}",
            to=_same_subject,
            examples=(
                ("seats > 5 and < 10", "seats > 5 and seats < 10"),
                ("nps is missing or less than 5", "nps is missing or nps < 5"),
            ),
            note="each comparison names its field",
        ),
        # ages
        row(
            "{p:value} is/was? older_than {d:duration}",
            to="{p} < {d} ago",
            examples=(("signed_on older than 60 days", "signed_on < 60 days ago"),),
            note="before is written `<`",
        ),
        row(
            "{p:value} is/was? newer_than/younger_than/more_recent_than {d:duration}",
            to="{p} > {d} ago",
            examples=(("signed_on newer than 60 days", "signed_on > 60 days ago"),),
            note="after is written `>`",
        ),
        row(
            "{p:value} is/was? more_than/over/longer_than/greater_than {d:duration} ago/old/back",
            to="{p} < {d} ago",
            examples=(("signed_on is more than 90 days ago", "signed_on < 90 days ago"),),
            note="before is written `<`",
        ),
        row(
            "{p:value} is/was? less_than/under/fewer_than {d:duration} ago/old/back",
            to="{p} > {d} ago",
            examples=(("signed_on is less than 90 days ago", "signed_on > 90 days ago"),),
            note="after is written `>`",
        ),
        row(
            "{p:value} is/was? at_least {d:duration} ago/old",
            to="{p} <= {d} ago",
            examples=(("signed_on at least 90 days ago", "signed_on <= 90 days ago"),),
        ),
        row(
            "{p:value} is/was? at_most {d:duration} ago/old",
            to="{p} >= {d} ago",
            examples=(("signed_on at most 90 days ago", "signed_on >= 90 days ago"),),
        ),
        row(
            "{p:value} is? more_than/over/at_least/greater_than {d:duration} away/ahead/out/from_now/from_today/in_the_future",
            to=lambda m: _elapsed("until", ">=" if "least" in m.words else ">")(m),
            examples=(("renewal_date is more than 60 days away", "days until renewal_date > 60"),),
            note="the days to a date are `days until …`",
        ),
        row(
            "{p:value} is? less_than/under/within/fewer_than {d:duration} away/ahead/out/from_now/from_today/in_the_future",
            to="{p} in next {d}",
            examples=(("renewal_date is less than 60 days away", "renewal_date in next 60 days"),),
            note="the days ahead are `in next …`",
        ),
        row(
            "{p:path} is/=/equals {a:name} or {b:name} or {c:name}",
            "{p:path} is/=/equals {a:name} or {b:name}",
            "{p:path} is/=/equals {a:name} , {b:name} or {c:name}",
            to=_names_as_values,
            examples=(
                ("country is US or CA", 'country in ("US", "CA")'),
                ("plan is team or business", 'plan in ("team", "business")'),
            ),
            note="one of several values is written `in (…)`, with quotes",
        ),
        # more and less
        row(
            "{x:value} is/are? not greater/more/larger/higher/bigger than",
            "{x:value} is? no more/greater/higher/larger than",
            to="{x} <=",
            examples=(("seats is not more than 10", "seats <= 10"),),
            note="at most is written `<=`",
        ),
        row(
            "{x:value} is/are? not less/fewer/lower/smaller than",
            "{x:value} is? no less/fewer/lower/smaller than",
            to="{x} >=",
            examples=(("seats is no less than 10", "seats >= 10"),),
            note="at least is written `>=`",
        ),
        row(
            "{x:value} is/are? not above/over",
            to="{x} <=",
            examples=(("seats is not above 10", "seats <= 10"),),
        ),
        row(
            "{x:value} is/are? not below/under",
            to="{x} >=",
            examples=(("seats is not below 10", "seats >= 10"),),
        ),
        row(
            "{x:value} is/are/was? greater/more/larger/higher/bigger than or equal to?",
            "{x:value} is/are/was? greater_or_equal/greater_than_or_equal/greater_or_equal_to",
            "{x:value} is/are/was? at_least/no_less_than/not_less_than/a_minimum_of/minimum",
            to="{x} >=",
            examples=(("seats is greater than or equal to 10", "seats >= 10"), ("seats is at least 10", "seats >= 10")),
            note="at least is written `>=`",
        ),
        row(
            "{x:value} is/are/was? less/fewer/lower/smaller than or equal to?",
            "{x:value} is/are/was? less_or_equal/less_than_or_equal/less_or_equal_to",
            "{x:value} is/are/was? at_most/no_more_than/not_more_than/up_to/a_maximum_of/maximum",
            to="{x} <=",
            examples=(("seats is less than or equal to 10", "seats <= 10"), ("seats is at most 10", "seats <= 10")),
            note="at most is written `<=`",
        ),
        row(
            "{x:value} is/are/was/=? {n:number} or more/greater/higher/above/over/larger",
            "{x:value} >= {n:number} or more",
            to="{x} >= {n}",
            examples=(("seats is 10 or more", "seats >= 10"),),
            note="at least is written `>=`",
        ),
        row(
            "{x:value} is/are/was/=? {n:number} or less/fewer/lower/below/under/smaller",
            to="{x} <= {n}",
            examples=(("seats is 10 or less", "seats <= 10"),),
            note="at most is written `<=`",
        ),
        row(
            "{x:value} is/are/was? greater/more/larger/higher/bigger than",
            "{x:value} is/are/was? above/over/exceeds/exceed/exceeding/beyond/gt",
            to="{x} >",
            examples=(("seats is more than 10", "seats > 10"), ("arr above 50_000", "arr > 50_000")),
            note="more than is written `>`",
        ),
        row(
            "{x:value} is/are/was? less/fewer/lower/smaller than",
            "{x:value} is/are/was? below/under/lt",
            to="{x} <",
            examples=(("seats is less than 10", "seats < 10"), ("seats below 10", "seats < 10")),
            note="less than is written `<`",
        ),
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
            "{x:value} is/are? not between {a:value} and/to/-/& {b:value}",
            "{x:value} isn't between {a:value} and/to {b:value}",
            to=lambda m: (
                None
                if m.around.lower(m.start + len(m.slots["x"])) == "not" and "and" in m.words
                else "{x} not between {a} and {b}"
            ),
            examples=(("seats is not between 5 and 10", "seats not between 5 and 10"),),
        ),
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
        row(
            "{x:value} is/was? not before/earlier_than {y:value}",
            "{x:value} is/was? on or after {y:value}",
            "{x:value} is/was? on_or_after/from/starting/no_earlier_than {y:value}",
            "{x:value} since {y:value}",
            to=lambda m: "{x} >= {y}" if m.around.lower(m.start - 1) not in ("from",) else None,
            examples=(
                ("signed_on is on or after 2026-01-01", "signed_on >= 2026-01-01"),
                ("signed_on since 2026-01-01", "signed_on >= 2026-01-01"),
            ),
            note="from a day on is written `>=`",
        ),
        row(
            "{x:value} is/was? not after/later_than {y:value}",
            "{x:value} is/was? on or before {y:value}",
            "{x:value} is/was? on_or_before/by/until/no_later_than {y:value}",
            to=lambda m: None if m.around.lower(m.start - 1) == "from" else "{x} <= {y}",
            examples=(("signed_on is on or before 2026-01-01", "signed_on <= 2026-01-01"),),
            note="up to a day is written `<=`",
        ),
        row(
            "{x:value} is/was? before/earlier_than/prior_to {y:value}",
            "{x:value} is earlier than {y:value}",
            to="{x} < {y}",
            examples=(("renewal_date before 2027-01-01", "renewal_date < 2027-01-01"),),
            note="before is written `<`",
        ),
        row(
            "{x:value} is/was? after/later_than/past {y:value}",
            to="{x} > {y}",
            examples=(("renewal_date is after 2027-01-01", "renewal_date > 2027-01-01"),),
            note="after is written `>`",
        ),
        row(
            "{x:path} is/was? on {y:date}",
            to="{x} = {y}",
            examples=(("signed_on is on 2026-01-01", "signed_on = 2026-01-01"),),
        ),
        # equal
        row(
            "{x:value} is? not_equal_to/not_equals/does_not_equal/doesn't_equal/different_from/other_than/ne/not_equal/unequal_to/differs_from",
            "{x:value} is not the_same_as/equal_to/exactly/equal",
            "{x:value} isn't equal_to/exactly?",
            "{x:value} is anything but",
            "{x:value} isn't",
            "{x:value} not =",
            to="{x} !=",
            examples=(('plan does not equal "free"', 'plan != "free"'), ('plan isn\'t "free"', 'plan != "free"')),
            note="not equal is written `!=`",
        ),
        row(
            "{x:value} is? equal_to/equals/equal/exactly/the_same_as/eq/precisely",
            "{x:value} is =",
            to="{x} =",
            examples=(('plan equals "team"', 'plan = "team"'), ("seats is exactly 10", "seats = 10")),
            note="equal is written `=`",
        ),
        row(
            "{x:value} is {o:op}",
            to="{x} {o}",
            examples=(("seats is >= 10", "seats >= 10"),),
        ),
        row(
            "{x:value} is not {y:value}",
            "{x:value} are not {y:value}",
            to=lambda m: None if m.text("y") == "missing" else "{x} != {y}",
            examples=(('status is not "churned"', 'status != "churned"'),),
            note="not equal is written `!=`",
        ),
        row(
            "{x:value} is/are {y:value}",
            to=lambda m: None if m.text("y") == "missing" else "{x} = {y}",
            examples=(('plan is "team"', 'plan = "team"'),),
            note="equal is written `=`",
        ),
        row(
            "{p:path} : {y:literal}",
            "{p:path} : {y:name}",
            to=lambda m: (
                "{p} = {y}"
                if m.around.names.described(m.text("p").replace(" ", "")) is not None and not m.inside_call()
                else None
            ),
            examples=(('plan: "team"', 'plan = "team"'),),
            note="equal is written `=`",
        ),
        # values
        row(
            "{p:path} {o:op} {w:name} {v:name} {u:name}",
            "{p:path} {o:op} {w:name} {v:name}",
            to=_words_for_value,
            examples=(("country = United Kingdom", 'country = "United Kingdom"'),),
            note="values stand in double quotes",
        ),
        row(
            "{p:path} {o:op} {w:name}",
            to=_word_for_value,
            examples=(("plan = team", 'plan = "team"'), ("country = DE", 'country = "DE"')),
            note="values stand in double quotes",
        ),
        row(
            "{p:path} {o:op} {w:text}",
            to=_word_for_value,
            examples=(('plan = "Enterprise"', 'plan = "enterprise"'),),
            note="capitals count in values",
        ),
        row(
            "{p:path} in {l:list}",
            "{p:path} not in {l:list}",
            to=_listed,
            examples=(("plan in (Free, team)", 'plan in ("free", "team")'),),
            note="values stand in double quotes",
        ),
        # not
        row(
            "{p:path} not in last {d:duration}",
            to="not ({p} in last {d})",
            examples=(("signed_on not in last 30 days", "not (signed_on in last 30 days)"),),
        ),
        row(
            "{p:path} not in next {d:duration}",
            to="not ({p} in next {d})",
            examples=(("renewal_date not in next 30 days", "not (renewal_date in next 30 days)"),),
        ),
        row(
            "{p:path} is in",
            to="{p} in",
            examples=(("renewal_date is in next 45 days", "renewal_date in next 45 days"),),
        ),
    ),
)
