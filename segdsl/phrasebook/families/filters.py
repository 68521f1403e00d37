"""Filters of CRMs and of product analytics: dates as words with an underscore, properties in brackets."""

from __future__ import annotations

import re
from collections.abc import Callable

from segdsl.model import types as ty
from segdsl.phrasebook.measures import CALENDAR
from segdsl.phrasebook.pattern import Match
from segdsl.phrasebook.row import Family, row

_PERIODS = {f"{which}_{unit}": (which, unit) for which in ("this", "last", "next") for unit in CALENDAR}
_WORDS = "/".join(_PERIODS)


def _in_period(match: Match) -> str | None:
    """`= THIS_MONTH`, `< LAST_MONTH`: periods begin and end."""
    op, *said = match.words
    which, unit = _PERIODS["_".join(said)]
    length = "3 months" if unit == "quarter" else f"1 {unit}"
    after = {"last": f"start of this {unit}", "this": f"start of next {unit}"}.get(
        which, f"{length} after start of next {unit}"
    )
    if op == "=" or op == "equals":
        return f"in {which} calendar {unit}"
    if op in ("<", ">="):
        return f"{op} start of {which} {unit}"
    return f"{'>=' if op == '>' else '<'} {after}"


def _property(match: Match) -> str | None:
    return match.around.names.field([match.text("t")[1:-1]])


def _several_in_one(match: Match) -> str | tuple[str, str] | None:
    """`region in "DE, AT"`: several values in one text."""
    field = match.around.names.described(match.text("p").replace(" ", ""))
    whole = match.text("t").strip("\"'“”„’‘«»")
    pieces = [piece.strip() for piece in re.split(r"[,;|]", whole)]
    if field is None or len(pieces) < 2 or not all(pieces) or '"' in whole:
        return None
    outside, listed = "not" in match.words, "(" + ", ".join(f'"{piece}"' for piece in pieces) + ")"
    match field.type:
        case ty.Enum(values):
            named = [next((v for v in values if v.casefold() == piece.casefold()), None) for piece in pieces]
            values_listed = ", ".join(f'"{value}"' for value in named)
            return f"{{p}} {'not ' if outside else ''}in ({values_listed})" if None not in named else None
        case ty.SetOfText():
            if (
                ";" in whole
                and {"includes", "include"} & set(match.words)
                and not {"any", "one", "any_of", "one_of"} & set(match.words)
            ):
                return None  # all of them, in SOQL
            return f"{{p}} has {'none' if outside else 'any'} {listed}"
        case ty.Text() if "in" in match.words and match.words[-1] != ")":  # in brackets it is one text
            return f"{{p}} {'not ' if outside else ''}in {listed}", f'{{p}} {"!=" if outside else "="} "{whole}"'
    return None


_COMPANIES = "company/organization/organisation/workspace"
"""What tools call the customer that a user belongs to."""


def _of_company(match: Match) -> str | None:
    """`company.plan` of a user: a field of the entity that it belongs to."""
    names, called, name = match.around.names, match.words[0], match.text("n").lower()
    relation = names.schema.relations.get(names.entity) if names.schema is not None else None
    if relation is None or names.schema is None or called in names.schema.relations:
        return None
    owner = names.schema.relations.get(relation.of) if relation.of else relation
    if owner is None or called in names.fields or called in names.tables or called in names.others:
        return None
    path = name if owner is relation else f"{owner.name}.{name}"
    return path if name in owner.fields else None


_RULE_DATE = "rule_date/run_date/evaluation_date/execution_date/processing_date/as_of_date/rule_run_date"
_DAY_OF_RUN = "the day on which rules are asked is `today`"


def _unless_named(line: str) -> Callable[[Match], str | None]:
    """A line on the day on which rules are asked, where no field has this name."""

    def meant(match: Match) -> str | None:
        words = [t.lower for t in match.around.tokens[match.start : match.end] if t.kind == "word" and t.lower != "the"]
        names = match.around.names
        said = {"_".join(words[:n]) for n in (1, 2, 3)}
        before = match.around.lower(match.start - 1)
        return None if said & {*names.fields, *names.metrics, *names.others} or before == "." else line

    return meant


def _window_in_capitals(match: Match) -> str | None:
    """`NEXT_90_DAYS`, `LAST_30_DAYS`."""
    said = re.fullmatch(r"(last|next|past|previous)_(\d{1,4})_(day|week|month|year)s?", match.text("w").lower())
    if said is None or not (match.around.kind(match.start - 1) == "word" or len(match.words) > 1):
        return None
    way = "next" if said[1] == "next" else "last"
    return f"in {way} {int(said[2])} {said[3]}{'' if int(said[2]) == 1 else 's'}"


def _asked(match: Match) -> str | None:
    """`autopay? no`: what is true or false, of a customer or of what belongs to it."""
    names, name = match.around.names, match.text("x").lower()
    fields = [f for f, described in names.fields.items() if described.type == ty.BOOLEAN and f == name]
    schema = names.schema
    details = [r for r in schema.relations.values() if r.kind == "details" and r.of == names.entity] if schema else []
    fields += [
        f"{r.name}.{f}"
        for r in details
        for f, described in r.fields.items()
        if described.type == ty.BOOLEAN and f == name
    ]
    if len(fields) != 1:
        return None
    return fields[0] if match.words[-1] in ("yes", "true", "on") else f"not {fields[0]}"


FAMILY = Family(
    "Filters of CRMs",
    0,
    (
        row(
            f"the? {_RULE_DATE} -/minus {{n:figure}} {{u:unit}}",
            to=_unless_named("{n} {u} before today"),
            examples=(("signed_on >= Rule Date - 30 days", "signed_on >= 30 days before today"),),
            note=_DAY_OF_RUN,
        ),
        row(
            f"the? {_RULE_DATE} +/plus {{n:figure}} {{u:unit}}",
            to=_unless_named("{n} {u} after today"),
            examples=(("renewal_date <= run_date + 30 days", "renewal_date <= 30 days after today"),),
            note=_DAY_OF_RUN,
        ),
        row(
            f"the? {_RULE_DATE}",
            to=_unless_named("today"),
            examples=(("signed_on < Rule Date", "signed_on < today"),),
            note=_DAY_OF_RUN,
        ),
        row(
            "is/are? not? in/on the? list {n:name}",
            to=lambda m: f"{'not ' if 'not' in m.words else ''}in {m.text('n')}",
            note="a list is asked with `in`",
            examples=(
                ("country is in the list dach", "country in dach"),
                ("country is not in the list dach", "country not in dach"),
            ),
        ),
        row(
            "{p:path} not? in/includes/include/contains any_of/any/one_of? {t:text}",
            "{p:path} not? in/includes/include/contains any_of/any/one_of? {t:quoted}",
            "{p:path} not? in/includes/include/contains any_of/any/one_of? ( {t:text} )",
            "{p:path} not? in/includes/include/contains any_of/any/one_of? ( {t:quoted} )",
            to=_several_in_one,
            note=("values in a list stand with commas", "one text"),
            sure=False,
            examples=(
                ('country in "DE, AT"', 'country in ("DE", "AT")'),
                ("plan includes ('free;team')", 'plan in ("free", "team")'),
            ),
        ),
        row(
            "=/equals/in/is? {w:word}",
            to=_window_in_capitals,
            examples=(
                ("renewal_date = NEXT_90_DAYS", "renewal_date in next 90 days"),
                ("signed_on in LAST_2_WEEKS", "signed_on in last 2 weeks"),
            ),
            note="a window is written as in `in last 30 days`",
        ),
        row(
            "{x:path} in/is/like/matches/= {w:word} / *",
            "{x:path} in/is/like/matches/= {w:word} *",
            to=lambda m: (
                f'{{x}} starts with "{m.text("w")}{"/" if "/" in m.words else ""}"'
                if isinstance(getattr(m.around.names.described(m.text("x").replace(" ", "")), "type", None), ty.Text)
                and m.around.lower(m.end) not in ("(",)
                and m.around.kind(m.end) != "number"
                else None
            ),
            examples=(("country in Europe/*", 'country starts with "Europe/"'),),
            note="how a text begins is asked with `starts with`",
        ),
        row(
            "{x:word} ? yes/no/true/false/on/off",
            to=_asked,
            examples=(("autopay? no", "not autopay"),),
            note="what is true or false stands alone",
        ),
        row(
            "=/equals/in? last_n_days : {n:figure}",
            to="in last {n} days",
            examples=(("signed_on = LAST_N_DAYS:30", "signed_on in last 30 days"),),
            note="a window back is written as in `in last 30 days`",
        ),
        row(
            "=/equals/in? next_n_days : {n:figure}",
            to="in next {n} days",
            examples=(("renewal_date = NEXT_N_DAYS:90", "renewal_date in next 90 days"),),
            note="a window ahead is written as in `in next 30 days`",
        ),
        row(
            "=/equals/in? last_n_months : {n:figure}",
            to="in last {n} months",
            examples=(("signed_on = LAST_N_MONTHS:3", "signed_on in last 3 months"),),
        ),
        row(
            "n_days_ago : {n:figure}",
            to="{n} days ago",
            examples=(("signed_on > N_DAYS_AGO:30", "signed_on > 30 days ago"),),
        ),
        row(
            f"=/equals/</>/<=/>= {_WORDS}",
            to=_in_period,
            examples=(
                ("signed_on = THIS_MONTH", "signed_on in this calendar month"),
                ("signed_on < LAST_MONTH", "signed_on < start of last month"),
                ("renewal_date > next quarter", "renewal_date >= 3 months after start of next quarter"),
            ),
            note="whole weeks, months, quarters and years are `calendar` ones",
        ),
        row(
            "{o:op} - {n:figure} d/w",
            to=lambda m: f"{{o}} {{n}} {'days' if m.words[-1] == 'd' else 'weeks'} ago",
            examples=(("signed_on >= -14d", "signed_on >= 14 days ago"),),
            note="a day back is written as in `14 days ago`",
        ),
        row(
            "=/equals/in? last_fiscal_quarter/this_fiscal_quarter/next_fiscal_quarter/last_fiscal_year/this_fiscal_year/next_fiscal_year",
            to=lambda m: f"in {m.words[-1].replace('_', ' ')}" if "_" in m.words[-1] else None,
            examples=(("signed_on = THIS_FISCAL_YEAR", "signed_on in this fiscal year"),),
            note="a fiscal period is written as in `in this fiscal year`",
        ),
        row(
            f"than/before/after/since/until {_WORDS}",
            to=lambda m: " ".join(m.words).replace("_", " "),
            examples=(("signed_on before LAST_MONTH", "signed_on < start of last month"),),
        ),
        row(
            f"{_COMPANIES} . {{n:word}}",
            to=_of_company,
            note="before a field stands the name of the entity that has it, unless it is the rule's own",
            examples=(("company.seats > 10", "seats > 10"),),
        ),
        row(
            "properties/props/traits/attributes/user/customer/account/event [ {t:text} ]",
            to=_property,
            examples=(('properties["plan"] == "team"', 'plan = "team"'),),
            note="a field stands by its name alone",
        ),
    ),
)
