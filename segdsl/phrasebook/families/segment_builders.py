"""Clauses of segment builders: days active, total of rows, random buckets, spent on, words in a text, `last seen > 14 days ago`."""

from __future__ import annotations

from segdsl.model import types as ty
from segdsl.phrasebook.families.logic import items_of
from segdsl.phrasebook.pattern import Match
from segdsl.phrasebook.row import Family, row

_SIGNS = {"more": ">", "over": ">", "least": ">=", "less": "<", "under": "<", "most": "<="}
_COMPARED = "more_than/over/at_least/less_than/under/at_most"


def _figure(match: Match, slot: str) -> int | None:
    said = match.text(slot).replace("_", "")
    return int(said) if said.isdigit() else None


def _in_bucket(match: Match) -> str | None:
    """`random bucket between 0 and 4999`, of 10,000: a share of a draw."""
    first, last = _figure(match, "a") if "a" in match.slots else 0, _figure(match, "b")
    if first is None or last is None or not first <= last < 10_000:
        return None
    low, high = f"{first / 100:g}%", f"{(last + 1) / 100:g}%"
    drawn = 'split("random bucket")'
    return f"{drawn} < {high}" if first == 0 else f"({drawn} >= {low} and {drawn} < {high})"


def _any_of_words(match: Match) -> str | None:
    """`contains at least one of the following words: refund invoice`."""
    names = match.around.names
    words = [match.text(slot) for slot in ("a", "b", "c", "d") if slot in match.slots]
    if any(w.lower() in (*_JOINS, *names.fields, *names.tables, *names.others) for w in words):
        return None
    if match.around.kind(match.end) == "word" and match.around.lower(match.end) not in _JOINS:
        return None  # there are more of them
    whole = "word " if "words" in match.words else ""
    return f"{{x}} contains {whole}any of ({', '.join(chr(34) + w + chr(34) for w in words)})"


_JOINS = ("and", "or", "not", "in", "where", "with", "is", "has", "then", "but", "play", "limit", "ignoring")


def _ago(match: Match) -> tuple[str, str] | None:
    """`last seen > 14 days ago`: longer ago, as these tools say it, or since then, as dates compare."""
    names = match.around.names
    field = names.field([match.text("a"), match.text("b")])
    if field is None or not ty.is_time(names.fields[field].type):
        return None
    sign = next(w for w in match.words if w in (">", "<", ">=", "<="))
    turned = {">": "<", "<": ">", ">=": "<=", "<=": ">="}[sign]
    return f"{field} {turned} {{d}} ago", f"{field} {sign} {{d}} ago"


def _total(match: Match) -> str | None:
    """`total logins <= 5`, `lifetime tickets is at least 3`."""
    behind = match.around.lower(match.end)
    return "count({r})" if behind in (">", "<", ">=", "<=", "=", "is", "are", "at", "more", "less", "fewer") else None


def _spent(match: Match) -> str | None:
    """`spent more than $5,000 on paid invoices in last 90 days`."""
    names, table = match.around.names, match.text("r")
    amount = names.only_amount(table) if table in names.tables else None
    found = names.field_with_value(table, match.text("v")) if amount is not None and "v" in match.slots else None
    if amount is None or ("v" in match.slots and found is None):
        return None
    sign = next(s for w, s in _SIGNS.items() if w in match.words)
    where = f' where {found[0]} = "{found[1]}"' if found is not None else ""
    window = " {w}" if "w" in match.slots else ""
    return f"sum({table}.{amount}{window}{where}) {sign} {{n}}"


def _days_active(match: Match) -> str | None:
    """`number of days active within last 30 days`: days with a login."""
    table = match.around.names.table(["logins"])
    return None if table is None else f"distinct_days({table} in last {{d}})"


def _not_value(match: Match) -> str | None:
    """`plan = "-free"` of Looker: anything but this value."""
    said = match.text("t")[1:-1]
    value = match.around.names.value(match.text("p").replace(" ", ""), said[1:]) if said.startswith("-") else None
    if value is None:
        return None
    return f'{{p}} {"=" if "!=" in match.words else "!="} "{value}"'


def _lasting(match: Match) -> str | None:
    """`stage_changes.stage = "onboarding" for more than 45 days`, and `stage = …` where rows of one table alone have a stage."""
    names, path = match.around.names, match.text("p").replace(" ", "")
    table, _, field = path.rpartition(".")
    if not table and field not in names.fields and field not in names.others:
        owners = names.owners(field)
        return f"last({owners[0]}.{field}) = {{t}} for {{d}}" if len(owners) == 1 else None
    relation = names.tables.get(table)
    return "last({p}) = {t} for {d}" if relation is not None and field in relation.fields and relation.at else None


_FOR = "for more_than/over/at_least/longer_than/the_last/the_past? {d:duration}"


def _not_followed(match: Match) -> str | None:
    """`where C and no logins within 3 days`; beside `or` it is open what was not followed."""
    before = [match.around.lower(i) for i in range(match.start)]
    return "not followed by {t} within {d}" if match.rows() is not None and "or" not in before else None


def _all_of(match: Match) -> str | None:
    """`all of: A, B, C` and `any of (A, B)`."""
    bound = match.slots["b"]
    items = items_of(match, bound[1:-1] if bound[0].text == "(" and bound[-1].text == ")" else bound)
    if items is None or len(items) < 2 or match.inside_call():
        return None
    line = f" {'or' if match.words[0] in ('any', 'either') else 'and'} ".join(items)
    is_alone = match.around.lower(match.start - 1) == "when" and match.around.lower(match.end) in (
        "",
        "}",
        "play",
        "limit",
    )
    return line if is_alone else f"({line})"


FAMILY = Family(
    "Clauses of segment builders",
    0,
    (
        row(
            "and no/none {t:table} within {d:duration} after/afterwards/later/following?",
            to=_not_followed,
            note="what didn't come after is `not followed by`",
            examples=(
                (
                    'any(tickets where priority = "urgent" and no logins within 3 days)',
                    'any(tickets where priority = "urgent" not followed by logins within 3 days)',
                ),
            ),
        ),
        row(
            "all/any/either/every of these/the_following? conditions/criteria/filters? : {b:items}",
            "all/any/either/every of these/the_following? conditions/criteria/filters? {b:list}",
            to=_all_of,
            note="conditions are joined by `and` and `or`",
            examples=(
                ('all of: plan = "team", seats > 10', 'plan = "team" and seats > 10'),
                ("any of (seats > 10, nps > 8)", "seats > 10 or nps > 8"),
            ),
        ),
        row(
            "filled/fills out/in the/a/an/any? {r:table}",
            to="submitted {r}",
            sure=False,
            examples=(("has filled out a ticket in last 30 days", "any(tickets in last 30 days)"),),
        ),
        row(
            "random bucket number? between {a:figure} and {b:figure}",
            "random bucket number? <=/up_to {b:figure}",
            to=_in_bucket,
            note="customers are drawn by chance with `split(…)`, whose text names the draw",
            sure=False,
            examples=(("random bucket between 0 and 2499", 'split("random bucket") < 25%'),),
        ),
        row(
            *(
                "{x:value} contains/contain/includes/mentions at_least_one/any/one of the? following? words/keywords/terms :? "
                + " ,/or? ".join(slots)
                for slots in (
                    ("{a:word}", "{b:word}", "{c:word}", "{d:word}"),
                    ("{a:word}", "{b:word}", "{c:word}"),
                    ("{a:word}", "{b:word}"),
                )
            ),
            to=_any_of_words,
            note="a part of a text is asked with `contains`",
            sure=False,
            examples=(
                (
                    "name contains at least one of the following words: bank fund",
                    'name contains word any of ("bank", "fund")',
                ),
                (
                    "name contains any of the keywords bank, fund or trust",
                    'name contains any of ("bank", "fund", "trust")',
                ),
            ),
        ),
        row(
            "{a:word} {b:word} >/</>=/<= {d:duration} ago",
            to=_ago,
            note=("longer ago is written `<`", "since then is written `>`"),
            sure=False,
            examples=(("signed on > 90 days ago", "signed_on < 90 days ago"),),
        ),
        row(
            "total/overall/lifetime number_of? {r:table}",
            to=_total,
            note="rows are counted with `count(…)`",
            sure=False,
            examples=(("total logins <= 5", "count(logins) <= 5"),),
        ),
        row(
            *(
                f"spent {_COMPARED} {{n:{kind}}} on {rows}"
                for kind in ("amount", "figure")
                for rows in ("{v:word} {r:table} {w:window}", "{r:table} {w:window}", "{v:word} {r:table}", "{r:table}")
            ),
            to=_spent,
            note="values are added up with `sum(…)`",
            sure=False,
            examples=(
                (
                    "spent at least $500 on paid invoices in last 90 days",
                    'sum(invoices.amount in last 90 days where state = "paid") >= 500',
                ),
            ),
        ),
        row(
            "the? number_of? days active/with_activity in/within/during the? last/past {d:duration}",
            "the? number_of? active days in/within/during the? last/past {d:duration}",
            to=_days_active,
            note="different days are counted with `distinct_days(…)`",
            sure=False,
            examples=(
                ("number of days active within last 30 days > 10", "distinct_days(logins in last 30 days) > 10"),
            ),
        ),
        row(
            "{p:path} =/!= {t:text}",
            to=_not_value,
            note="not equal is written `!=`",
            sure=False,
            examples=(('plan = "-free"', 'plan != "free"'),),
        ),
        row(
            f"{{p:path}} =/is {{t:text}} {_FOR}",
            to=_lasting,
            note="a state that has lasted is `last(TABLE.FIELD) = … for 30 days`",
            sure=False,
            examples=(('tickets.state = "open" for more than 10 days', 'last(tickets.state) = "open" for 10 days'),),
        ),
        row(
            f"last ( {{p:path}} ) = {{t:text}} {_FOR}",
            to="last({p}) = {t} for {d}",
            note="a state that has lasted is `last(TABLE.FIELD) = … for 30 days`",
            sure=False,
            examples=(
                ('last(tickets.state) = "open" for at least 10 days', 'last(tickets.state) = "open" for 10 days'),
            ),
        ),
        row(
            "@ today/now",
            to=lambda m: m.words[-1],
            note="today's day is `today`",
            examples=(("renewal_date <= @today", "renewal_date <= today"),),
        ),
        row(
            "( case - insensitive )",
            "( case insensitive )",
            "( ignore/ignoring/ignores case )",
            "( not case - sensitive )",
            to="ignoring case",
            note="capitals are left aside with `ignoring case`",
            examples=(('name contains "bank" (case-insensitive)', 'name contains "bank" ignoring case'),),
        ),
    ),
)
