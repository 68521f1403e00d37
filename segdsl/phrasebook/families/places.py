"""Words of the language in another place: a window behind the bracket, `where` behind a comparison, a group after a call."""

from __future__ import annotations

from segdsl.lang.reserved import AGGREGATES
from segdsl.model import types as ty
from segdsl.phrasebook.measures import SHORT_UNITS
from segdsl.phrasebook.pattern import Match
from segdsl.phrasebook.row import Family, row
from segdsl.phrasebook.slots import COMPARISONS
from segdsl.phrasebook.tokens import Token, on_one_line

_ALL = "/".join(AGGREGATES)
_NUMBERS = "/".join(
    a for a in AGGREGATES if a not in ("first", "last", "min", "max", "most_common")
)  # the others may be days
_STARTS = ("", "when", "where", "and", "or", "not", "(", "having", "if", "then", "else", "expect", "never", "always")


def _short_unit(match: Match) -> str | None:
    """`30d`."""
    unit = match.around.tokens[match.end - 1]
    count = match.text("n")
    if unit.gap or unit.lower not in SHORT_UNITS or not count.isdigit():
        return None
    return f"{count} {SHORT_UNITS[unit.lower]}{'' if count == '1' else 's'}"


def _compared_inside(match: Match) -> str | None:
    """`count(logins in last 30 days > 5)`."""
    inner = match.slots["x"]
    at = next((i for i, t in enumerate(inner) if t.kind == "sign" and t.text in COMPARISONS), None)
    if at is None or any(t.lower in ("where", "having", ".") for t in inner[:at]) or len(inner) != at + 2:
        return None
    rows = on_one_line(inner[:at])
    if match.around.names.table([inner[0].text]) is None or (
        at > 1 and inner[1].lower not in ("in", "since", "from", "before")
    ):
        return None
    return f"{match.words[0]}({rows}) {inner[at].text} {inner[at + 1].text}"


def _between_ago(match: Match) -> str | None:
    first, last = sorted((int(match.text(s)) for s in "ab" if match.text(s).isdigit()), reverse=True)
    unit = match.words[-2].rstrip("s") + "s"
    is_rows = match.around.names.table([match.around.tokens[match.start - 1].text]) if match.start else None
    return (
        f"from {first} {unit} ago until {last} {unit} ago"
        if is_rows
        else f"between {first} {unit} ago and {last} {unit} ago"
    )


def _ranked(match: Match) -> str | None:
    group = f" per {match.text('g')}" if match.slots.get("g") else ""
    parts = f", {match.text('n')}" if match.slots.get("n") else ""
    line = f"{match.words[0]}({match.text('a')}{parts}{group})"
    return None if "asc" in match.words or "ascending" in match.words else line


def _in_top(match: Match) -> str | None:
    words = match.words
    side = "bottom" if {"bottom", "lowest", "smallest", "last"} & {*words[:4]} else "top"
    group = f" per {match.text('g')}" if match.slots.get("g") else ""
    number = match.text("n") + ("%" if "percent" in words or "%" in words else "")
    return f"{match.text('a')} in {side} {number}{group}"


def _each_of(match: Match) -> str | None:
    """`industry or country is not filled in`."""
    no = "not" in match.words or any(w.endswith("n't") for w in match.words)
    is_missing = (match.words[-1] in ("empty", "blank", "missing", "null", "unset")) != no
    test = "is missing" if is_missing else "is not missing"
    word = "and" if "and" in match.words or "nor" in match.words else "or"
    fields = match.around.names
    if no and any(match.around.lower(i) in ("both", "all") for i in range(match.start, match.end)):
        return None  # one of them may be missing
    known = all(fields.described(match.text(x)) is not None for x in "ab")
    return f"{{a}} {test} {word} {{b}} {test}" if known else None


def _hour(match: Match) -> str | None:
    count = int(match.text("n")) % 12 + (12 if match.words[-1] == "pm" else 0) if match.text("n").isdigit() else None
    early = {"before", "until", "<", "<="} & {*match.words}
    return None if count is None else f"hour of {{a}} {'<' if early else '>='} {count}"


def _days(match: Match) -> str | None:
    behind = match.around.lower(match.end)
    units = ("day", "week", "month", "year", "hour", "minute", "quarter")
    scaled = (
        match.around.lower(match.end).rstrip("s") in units
        or behind in SHORT_UNITS
        or behind in ("calendar", "fiscal", "%", "per")
    )
    return None if scaled or not match.text("n").isdigit() else f"in {match.words[1]} {match.text('n')} days"


def _is_date(match: Match, slot: str) -> bool:
    described = match.around.names.described(match.text(slot))
    return described is not None and ty.is_time(described.type)


def _date_against_duration(match: Match) -> str | tuple[str, ...] | None:
    """`renewal_date < 90 days`: ahead, or ago. Days are exact; whole months until a day are not."""
    if (
        not _is_date(match, "a")
        or match.around.lower(match.end) in ("ago", "from", "before", "after", "old", "away", "out", "ahead", "back")
        or match.around.lower(match.start - 1) in ("since", "until", "of", ".")
    ):
        return None
    number, unit = match.slots["d"][0].text, match.slots["d"][-1].text
    units = unit.rstrip("s") + "s"
    op = match.text("o")
    if op in ("<", "<="):
        return (f"{{a}} in next {number} {unit}", f"{{a}} in last {number} {unit}")
    if op in (">", ">="):
        return (f"{{a}} {op} {number} {unit} after today", f"{{a}} {op.replace('>', '<')} {number} {unit} before today")
    return (f"{units} until {{a}} {op} {number}", f"{units} since {{a}} {op} {number}")


def _field_of_rows(match: Match) -> str | None:
    """`sum(amount of invoices)`."""
    table, name = match.text("t"), match.text("f")
    relation = match.around.names.tables.get(table)
    return f"{match.words[0]}({table}.{name}" if relation is not None and name in relation.fields else None


def _in_call(match: Match) -> str | None:
    """`sum(invoices.amount, last 90 days)`."""
    return f"{match.words[0]}({{x}} in {'next' if 'next' in match.words else 'last'} {{d}}"


def _where_in_call(match: Match) -> str | None:
    """`count(tickets, priority = "urgent")`."""
    first = match.slots["x"]
    table = match.around.names.table([first[0].text])
    inner = on_one_line(_without(match.slots["c"], first[0].text))
    compares = any(t.text in COMPARISONS or t.lower in ("in", "is", "not", "and", "or") for t in match.slots["c"])
    if table is None or not compares:
        return None
    word = "having" if match.words[0] in ("share", "all") else "where"
    return f"{match.words[0]}({on_one_line(first)} {word} {inner})"


def _without(tokens: tuple[Token, ...], table: str) -> list[Token]:
    """Tokens without the table's name before its fields."""
    kept, i = list[Token](), 0
    while i < len(tokens):
        if tokens[i].text == table and i + 1 < len(tokens) and tokens[i + 1].text == ".":
            i += 2
            continue
        kept.append(tokens[i])
        i += 1
    return kept


def _condition_in_call(match: Match) -> str | None:
    """`any(tickets.priority = "urgent")`."""
    inner = match.slots["x"]
    table = match.around.names.table([inner[0].text])
    compares = any(t.kind == "sign" and t.text in (*COMPARISONS, "==") for t in inner)
    if (
        table is None
        or len(inner) < 4
        or inner[1].text != "."
        or not compares
        or any(t.lower in ("where", "having") for t in inner)
    ):
        return None
    word = "having" if match.words[0] in ("share", "all") else "where"
    return f"{match.words[0]}({table} {word} {on_one_line(_without(inner, inner[0].text))})"


def _where_behind(match: Match) -> str | None:
    """`count(tickets) > 2 where priority = "urgent"`."""
    if any(t.lower in ("where", "having") for t in match.slots["x"]):
        return None
    return f"{match.words[0]}({on_one_line(match.slots['x'])} where {{c}}) {{o}} {{v}}"


def _united(match: Match) -> str | None:
    """`vips UNION motion.expand`: those of one rule, of both, or of one and not the other."""
    names = match.around.names
    a, b, e = match.text("a").replace(" ", ""), match.text("b").replace(" ", ""), names.entity
    if not {a, b} <= {*names.rules.values()} or not e:
        return None
    join = {"union": "or", "intersect": "and", "intersection": "and"}.get(match.words[len(match.slots["a"])])
    return f"{e} in {a} {join} {e} in {b}" if join else f"{e} in {a} and {e} not in {b}"


def _member(match: Match) -> str | None:
    """A rule's name where a condition stands."""
    around, said = match.around, match.text("r").lower()
    path = around.names.rules.get(said)
    before, after = around.lower(match.start - 1), around.lower(match.end)
    if before == "not" and match.words[0] == "in":
        return None
    if (
        path is None
        or (path != match.text("r") and said not in around.names.rules)
        or before not in _STARTS
        or after in (".", "(", ":", "of", "{", "=")
        or (before == "not" and around.lower(match.start - 2) == around.names.entity)
    ):
        return None
    if said in around.names.fields or said in around.names.tables or around.lower(0) == "test":
        return None
    no = "not " if "not" in match.words or any(w.endswith("n't") for w in match.words) else ""
    return f"{around.names.entity} {no}in {path}"


def _left_out(match: Match) -> str | None:
    """`C exclude vips`: C, and not in the segment."""
    names, said = match.around.names, "".join(t.lower for t in match.slots["r"])
    path = names.rules.get(said, said if said in names.rules.values() else "")
    if (
        not path
        or not names.entity
        or said in names.fields
        or match.around.lower(match.end) in (".", "(", *COMPARISONS)
    ):
        return None
    joint = "" if match.around.lower(match.start - 1) in ("when", "where", "and", "or", "(") else "and "
    return f"{joint}{names.entity} not in {path}"


def _in_list(match: Match) -> str | None:
    """`dach contains country`: the list has the value of a field."""
    names = match.around.names
    field = names.described(match.text("p").replace(" ", ""), match.rows())
    return "{p} in {l}" if match.text("l") in names.lists and field is not None else None


def _arm(match: Match) -> str | None:
    """`motion = "save"`."""
    path = match.around.names.rules.get(match.text("v").strip('"').lower(), "")
    no = "not " if {"!=", "not", "<>"} & {*match.words} else ""
    return f"{match.around.names.entity} {no}in {path}" if path.startswith(f"{match.text('s')}.") else None


def _capitals(match: Match) -> str | None:
    """`plan = "Team"`: a value in other capitals."""
    names, path, said = match.around.names, match.text("p"), match.text("t")[1:-1]
    value = names.value(path, said)
    if value is None and "." not in path and names.described(path) is None:
        of_rows = {v for r in names.tables.values() if (v := names.value(path, said, r)) is not None}
        value = of_rows.pop() if len(of_rows) == 1 else None
    return None if value is None or value == said else f'{{p}} {{o}} "{value}"'


def _every(match: Match) -> str | None:
    return None if match.slots["c"][0].text == "(" else f"{match.words[0]} {match.words[1]} for {{d}} ({{c}})"


def _chained(match: Match) -> str | None:
    ops = [t.text for t in match.around.tokens[match.start : match.end] if t.kind == "sign" and t.text in COMPARISONS]
    turned = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
    if len(ops) != 2 or ops[0][0] != ops[1][0] or ops[0] not in turned:
        return None
    return f"{{x}} {turned[ops[0]]} {{a}} and {{x}} {ops[1]} {{b}}"


def _listed(match: Match) -> str | None:
    """Values in brackets with other signs between them."""
    inner = match.slots["l"][1:-1]
    items = [t.text for t in inner if t.kind in ("text", "number", "date")]
    between = [t for t in inner if t.kind not in ("text", "number", "date")]
    if not items or any(t.lower not in (",", "or", "and", ";", "|", "/") for t in between):
        return None
    commas = [t.text for t in between] == [","] * (len(items) - 1)
    return None if commas else f"{' '.join(match.words[: -len(match.slots['l'])])} ({', '.join(items)})"


FAMILY = Family(
    "Words in another place",
    1,
    (
        row(
            "{n:figure} {u:word}",
            to=_short_unit,
            note="units are written out",
            examples=(("any(logins in last 30d)", "any(logins in last 30 days)"),),
        ),
        row(
            f"{_NUMBERS} ( {{x:argument}} ) {{w:window}}",
            to=lambda m: None if any(t.lower in ("where", "having") for t in m.slots["x"]) else f"{m.words[0]}({{x}} {{w}})",
            note="a window stands inside the brackets",
            examples=(("count(logins) in last 30 days > 5", "count(logins in last 30 days) > 5"),),
        ),
        row(
            f"{_ALL} ( {{x:argument}} ) {{o:op}} {{v:literal}} where {{c:condition}}",
            to=_where_behind,
            note="`where` stands inside the brackets",
            examples=(('count(tickets) > 2 where priority = "urgent"', 'count(tickets where priority = "urgent") > 2'),),
        ),
        row(
            "count/any/none ( {x:argument} )",
            to=_compared_inside,
            note="the comparison stands behind the brackets",
            examples=(("count(logins in last 30 days > 5)", "count(logins in last 30 days) > 5"),),
        ),
        row(
            f"{_ALL} ( {{x:argument}} )",
            to=_condition_in_call,
            note="rows are chosen by `where`",
            examples=(('any(tickets.priority = "urgent")', 'any(tickets where priority = "urgent")'),),
        ),
        row(
            f"{_ALL} ( {{x:path}} , in?_last/past/the_last/last/next/in_the_last/within {{d:duration}}",
            f"{_ALL} ( {{x:path}} , last/past/next/in_last/in_the_last/within {{d:duration}}",
            f"{_ALL} ( {{x:table}} , last/past/next/in_last/in_the_last/within {{d:duration}}",
            to=_in_call,
            note="a window stands behind the rows",
            examples=(("sum(invoices.amount, last 90 days) > 5", "sum(invoices.amount in last 90 days) > 5"),),
        ),
        row(
            f"{_ALL} ( {{x:path}} , {{c:condition}} )",
            f"{_ALL} ( {{x:table}} , {{c:condition}} )",
            to=_where_in_call,
            note="rows are chosen by `where`",
            examples=(('count(tickets, priority = "urgent") > 2', 'count(tickets where priority = "urgent") > 2'),),
        ),
        row(
            "sum/average/median/min/max/first/last/count_distinct/most_common ( {f:name} of/from/in/for/across the?/all? {t:table}",
            "sum/average/median/min/max/first/last/count_distinct/most_common ( {f:name} of/from/in/for/across {t:table}",
            to=_field_of_rows,
            note="a field of rows is `ROWS.FIELD`",
            examples=(("sum(amount of invoices in last 90 days) > 5", "sum(invoices.amount in last 90 days) > 5"),),
        ),
        row(
            "share ( {t:table} where {c:condition} )",
            to=lambda m: "share({t} having {c})" if not any(t.lower == "having" for t in m.slots["c"]) else None,
            note="the share of rows that fulfil it is asked with `having`",
            examples=(('share(tickets where priority = "urgent") > 20%', 'share(tickets having priority = "urgent") > 20%'),),
        ),
        row(
            "last ( {t:table} where {f:name} = {v:literal} )",
            to=lambda m: "last({t}.{f}) = {v}" if m.around.lower(m.end) not in COMPARISONS else None,
            note="what the last row says",
            sure=False,
            examples=(('last(invoices where state = "failed")', 'last(invoices.state) = "failed"'),),
        ),
        row(
            "between {a:figure} and/to/- {b:figure} day/days/week/weeks/month/months/year/years ago",
            to=lambda m: _between_ago(m) if m.text("a").isdigit() and m.text("b").isdigit() else None,
            note="the earlier end first",
            examples=(("any(logins between 60 and 30 days ago)", "any(logins from 60 days ago until 30 days ago)"),),
        ),
        row(
            "rank/percentile/cumulative_share ( {a:value} ,? desc/descending/highest_first ) by/per/within/in/over {g:path}",
            "rank/percentile/cumulative_share ( {a:value} , desc/descending/highest_first )",
            "rank/percentile/cumulative_share ( {a:value} ) by/per/within/over {g:path}",
            "rank/percentile/cumulative_share ( {a:value} by/within/over/, {g:path} )",
            "quantile ( {a:value} , {n:figure} ) by/per/within/over {g:path}",
            to=_ranked,
            note="the greatest has rank 1, and `per` stands inside the brackets",
            examples=(("rank(arr, desc) by country <= 3", "rank(arr per country) <= 3"),),
        ),
        row(
            "is/are/account? in/among/within the? top/bottom/lowest/highest {n:figure} percent? by/of/on/for/in_terms_of/ranked_by {a:path} per/by/in_each/within/in_its/of_its/of_each {g:path}",
            "in/among/within/is_in the? top/bottom/lowest/highest {n:figure} percent? by/of/on/for/in_terms_of/ranked_by {a:path} per/by/in_each/within/in_its/of_its/of_each {g:path}",
            "the? top/bottom/lowest/highest {n:figure} percent? by/of/on/for/in_terms_of/ranked_by {a:path} per/by/in_each/within/in_its/of_its/of_each {g:path}",
            "in/among/within/is_in the? top/bottom/lowest/highest {n:figure} percent? by/of/on/for/in_terms_of/ranked_by {a:path}",
            "the? top/bottom/lowest/highest {n:figure} percent? by/of/on/for/in_terms_of/ranked_by {a:path}",
            "top/bottom {n:figure} percent? {a:path} desc/descending",
            "top/bottom {n:figure} percent {a:path}",
            to=lambda m: _in_top(m) if m.around.lower(m.start - 1) in (*_STARTS, "is", "are") else None,
            note="a value is in the top of all: `FIELD in top N per GROUP`",
            examples=(("in top 10 by arr per country", "arr in top 10 per country"), ("top 10% by arr", "arr in top 10%")),
        ),
        row(
            "{o:op} {a:path} {d:duration} ago",
            "{o:op} {a:path} as_of/of/from {d:duration} ago",
            to="{o} ({a} as of {d} ago)",
            note="a value of then is `(FIELD as of 4 weeks ago)`",
            examples=(("seats < seats 4 weeks ago * 0.8", "seats < (seats as of 4 weeks ago) * 0.8"),),
        ),
        row(
            "{a:path} after/at/from/since/past/>=/> {n:figure} am/pm",
            "{a:path} before/until/</<= {n:figure} am/pm",
            to=_hour,
            note="the hour of a time is a number from 0 to 23",
            examples=(("any(logins where occurred_at after 10pm)", "any(logins where hour of occurred_at >= 22)"),),
        ),
        row(
            "{a:path} or/and/nor {b:path} is/are/isn't/aren't not? filled_in/filled/set/known/given/empty/blank/missing/null/unset",
            to=_each_of,
            note="it is asked of each",
            examples=(("name or country is not filled in", "name is missing or country is missing"),),
        ),
        row(
            "{p:path} {o:op} {t:text}",
            to=_capitals,
            note="capitals count in values",
            examples=(('plan = "Team"', 'plan = "team"'),),
        ),
        row(
            "in last/next {n:figure}",
            to=_days,
            note="a duration has a unit",
            sure=False,
            examples=(("renewal_date in next 90", "renewal_date in next 90 days"),),
        ),
        row(
            "{a:path} {o:op} {d:duration}",
            to=_date_against_duration,
            note=("ahead", "ago"),
            sure=False,
            examples=(
                ("renewal_date < 90 days", "renewal_date in next 90 days"),
                ("renewal_date > 3 months", "renewal_date > 3 months after today"),
            ),
        ),
        row(
            "{a:path} union all? {b:path}",
            "{a:path} intersect/intersection/minus {b:path}",
            to=_united,
            note="where a customer belongs is asked with `in`",
            where="anywhere",
            examples=(
                ("vips UNION growth.stars", "account in vips or account in growth.stars"),
                ("vips MINUS growth.stars", "account in vips and account not in growth.stars"),
            ),
        ),
        row(
            "and? exclude/excluding/except/minus/leaving_out/but_not/not_including members_of? the? {r:path}",
            to=_left_out,
            note="who is in a rule is asked with `in`",
            examples=(("seats > 5 exclude vips", "seats > 5 and account not in vips"),),
        ),
        row(
            "{l:name} contains/contain/includes/include/has {p:path}",
            to=_in_list,
            note="whether a value is on a list is asked with `in`",
            examples=(("dach contains country", "country in dach"),),
        ),
        row(
            "is/is_a/is_an/is_in/in/belongs_to/is_part_of not? a/an/the? {r:name}",
            "is_not/isn't/not_in/is_not_in/isn't_in a/an/the? {r:name}",
            "{r:name}",
            to=_member,
            note="who is in a rule is asked with `in`",
            examples=(("vips and seats > 5", "account in vips and seats > 5"), ("in vips", "account in vips")),
        ),
        row(
            "{s:name} =/==/is/!=/<> not? {v:text}",
            "{s:name} =/==/is/!=/<> not? {v:name}",
            to=_arm,
            note="an arm is asked with `in`",
            examples=(("growth = \"stars\"", "account in growth.stars"),),
        ),
        row(
            "every/any day/week/month/quarter for {d:duration} {c:condition}",
            to=_every,
            note="the condition stands in brackets",
            examples=(("every week for 4 weeks any(logins in last 7 days)", "every week for 4 weeks (any(logins in last 7 days))"),),
        ),
        row(
            "{a:literal} {o:op} {x:path} {p:op} {b:literal}",
            to=_chained,
            note="each border is compared by itself",
            examples=(("10 < seats < 20", "seats > 10 and seats < 20"),),
        ),
        row(
            "if {c:condition} then true/yes/1 }",
            to="{c} }",
            where="anywhere",
            note="a condition stands by itself",
            examples=(("segment large of account { when if seats > 10 then true }", "segment large of account { when seats > 10 }"),),
        ),
        row(
            "in {l:list}",
            "not in {l:list}",
            to=_listed,
            note="values in a list stand with commas",
            examples=(('country in ("DE" or "AT")', 'country in ("DE", "AT")'), ('country in ("DE" "AT")', 'country in ("DE", "AT")')),
        ),
    ),
)  # fmt: skip
