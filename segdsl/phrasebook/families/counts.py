"""Rows in words: at least 5 logins, never logged in, no tickets in, 50 % of logins have, the last login."""

from __future__ import annotations

from collections.abc import Callable

from segdsl.lang.reserved import AGGREGATES, MEANT
from segdsl.model import types as ty
from segdsl.phrasebook.pattern import Match
from segdsl.phrasebook.row import Family, row
from segdsl.phrasebook.slots import COMPARISONS

_VERB = "was/were/has/have/had/been/did/does/do/got/made/placed/opened/raised/filed/created/submitted/reported/used/sent/paid/held"
_A = "a/an/any/the/some/at_least_one/one"


def _filtered(match: Match) -> str | None:
    """`urgent tickets`: an adjective that is a value of one field of the rows."""
    names, table = match.around.names, match.text("t")
    found = names.field_with_value(table, match.text("v"))
    if found is None or match.around.lower(match.start - 1) in (".", "=", "!="):
        return None
    after = match.around.lower(match.end)
    condition = f'{found[0]} = "{found[1]}"'
    return f"{{t}} where {condition} and" if after == "where" and "w" in match.slots else f"{{t}} where {condition}"


def _filtered_with_where(match: Match) -> str | None:
    found = match.around.names.field_with_value(match.text("t"), match.text("v"))
    return None if found is None else f'{{t}} where {found[0]} = "{found[1]}" and'


def _with_field(match: Match) -> str | None:
    """`tickets with priority "urgent"`."""
    table, field = match.text("t"), match.text("f").lower()
    names = match.around.names
    if names.field([field], names.tables[table]) is None:
        return None
    value = match.text("v")
    known = names.value(field, value.strip('"'), names.tables[table])
    if known is not None:
        value = f'"{known}"'
    elif match.slots["v"][0].kind == "word":
        return None
    return f"{{t}} where {field} = {value}"


def _with_condition(match: Match) -> str | None:
    names = match.around.names
    field = names.field([match.text("f")], names.tables[match.text("t")])
    return None if field is None else f"{{t}} where {field}"


def _window_last(match: Match) -> str | None:
    """A window after `where`, whose last condition is whole without it."""
    condition = [t.lower for t in match.slots["c"]]
    last = condition[max((i + 1 for i, word in enumerate(condition) if word in ("and", "or")), default=0) :]
    relation = match.around.names.tables[match.text("t")]
    field = relation.fields.get(last[-1]) if last else None
    whole = COMPARISONS & {*last} or {"missing", "has", "contains", "matches", "with"} & {*last} or last[-1:] == [")"]
    return "{t} {w} where {c}" if whole or (field is not None and field.type == ty.BOOLEAN) else None


def _of_rows(match: Match) -> str | None:
    """`average amount of invoices`."""
    names = match.around.names
    function = match.text("g").lower()
    function = function if function in AGGREGATES else MEANT.get(function, "")
    table = match.slots["r"][0].text
    field = names.field([match.text("f")], names.tables[table])
    if function not in AGGREGATES or field is None:
        return None
    rest = match.slots["r"][1:]
    return f"{function}({table}.{field}{''.join(t.gap + t.text for t in rest)})"


def _named(match: Match) -> str | None:
    """`average invoices.amount in last 90 days`, without brackets."""
    function = match.text("g").lower()
    function = function if function in AGGREGATES else MEANT.get(function, "")
    if function not in AGGREGATES or function in ("count", "any", "none", "all", "share"):
        return None
    window = " {w}" if match.slots.get("w") else ""
    where = " where {c}" if match.slots.get("c") else ""
    return f"{function}({{k}}{window}{where})"


_BESIDE_DATES = {"before": "<", "after": ">", "on": "=", "since": ">="}


def _figure_of_rows(match: Match) -> str | None:
    """`the biggest invoice`: of the one field of rows that can be added up."""
    function, rows = MEANT.get(match.text("g").lower(), match.text("g").lower()), match.slots["r"]
    amount = match.around.names.only_amount(rows[0].text)
    if function not in ("max", "min", "average", "median") or amount is None:
        return None
    rest = "".join(t.gap + t.text for t in rows[1:])
    return f"{function}({rows[0].text}.{amount}{rest}) {'{o} {n}' if match.slots.get('o') else match.words[-1]}"


def _field_of_table(match: Match) -> str | None:
    """`total invoice amount`."""
    function = MEANT.get(match.text("g").lower(), match.text("g").lower())
    field = match.around.names.field([match.text("f")], match.around.names.tables[match.text("t")])
    window = " {w}" if match.slots.get("w") else ""
    return (
        f"{function}({{t}}.{field}{window})"
        if function in ("sum", "average", "max", "min", "median") and field
        else None
    )


def _all_are(match: Match) -> str | None:
    found = match.around.names.field_with_value(match.slots["r"][0].text, match.text("v"))
    return None if found is None else f'all({{r}} having {found[0]} = "{found[1]}")'


def _last_is(match: Match) -> str | None:
    found = match.around.names.field_with_value(match.text("t"), match.text("v")[1:-1])
    return None if found is None else f'last({{t}}.{found[0]}) = "{found[1]}"'


def _calculated(match: Match) -> str | None:
    """`sum(lines.price * amount)`: the calculation gets a name."""
    table, field = match.text("c").replace(" ", "").split(".")
    function = match.text("g").lower()
    if function not in AGGREGATES:
        return None
    name, sign, other = f"{field}_of_row", match.text("s"), match.text("x").replace(" . ", ".").replace(f"{table}.", "")
    window = " {w}" if match.slots.get("w") else ""
    where = " where {q}" if match.slots.get("q") else ""
    return f"{function}({table}.{name}{window}{where}) \f metric {name} of {table} = {field} {sign} {other}"


def _last_time(match: Match) -> str:
    return f"days since last({{t}}.{match.around.names.tables[match.text('t')].at})"


def _last_field(match: Match) -> str | None:
    """`the last login was on device "mobile"`."""
    names, table = match.around.names, match.text("t")
    field = names.field([match.text("f")], names.tables[table])
    return None if field is None else f"last({{t}}.{field}) ="


def _last_of_rows(match: Match) -> str | None:
    names = match.around.names
    function = "first" if match.words[0] in ("first", "oldest", "earliest") or "first" in match.words[:2] else "last"
    field = names.field([match.text("f")], names.tables[match.text("t")])
    return None if field is None else f"{function}({{t}}.{field})"


def _change(op: str) -> Callable[[Match], str | None]:
    def line(match: Match) -> str | None:
        """A change of a count against the same time before."""
        window = next((i for i, t in enumerate(match.slots["r"]) if t.text == "last"), None)
        if window is None:
            return None
        length = " ".join(t.text for t in match.slots["r"][window + 1 : window + 3])
        sign = "-" if op == "<=" else ""
        return f"change(count({{r}}), {length}, floor: 1) {op} {sign}{match.text('n')}"

    return line


def _change_of_field(op: str) -> Callable[[Match], str | None]:
    def line(match: Match) -> str:
        sign = "-" if op == "<=" else ""
        return f"change({{p}}, {{d}}, floor: 1) {op} {sign}{match.text('n')}"

    return line


def _column_alone(match: Match) -> tuple[str, str] | None:
    """`tickets.priority = "urgent"`: of any row, or of the last one."""
    table, field = match.text("c").replace(" ", "").split(".")
    if match.around.lower(match.start - 1) in (",", "(") and match.inside_call():
        return None
    return f"any({table} where {field} {{o}} {{v}})", f"last({table}.{field}) {{o}} {{v}}"


_COMPARED = {
    "more",
    "greater",
    "higher",
    "less",
    "fewer",
    "lower",
    "at",
    "above",
    "below",
    "over",
    "under",
    "exactly",
    "equal",
    "between",
}


def _counted_rows(match: Match) -> str | None:
    """Rows that are compared in words."""
    compared = match.around.lower(match.end) in _COMPARED
    return f"count({{r}}) {match.words[-1]}" if compared and _bare(match) is not None else None


def _bare(match: Match) -> str | None:
    """Rows compared with a number."""
    where = [i for i, t in enumerate(match.slots["r"]) if t.text == "where"]
    last = match.slots["r"][-1].lower
    names = match.around.names
    table = match.slots["r"][0].text
    if (
        where
        and names.field([last], names.tables[table]) is not None
        and last in [t.lower for t in match.slots["r"][where[-1] + 1 :]]
    ):
        return None  # the comparison is one of the rows
    return "count({r}) {o} {n}"


def _alone(match: Match) -> str | None:
    """Rows that stand alone as a condition."""
    before, after = match.around.lower(match.start - 1), match.around.lower(match.end)
    ends = after in ("", "and", "or", "}", ")", "limit", "play", "then", "else", "end")
    return "any({r})" if ends and before in ("when", "and", "or", "", "(", "if", "then", "else") else None


FAMILY = Family(
    "Rows in words",
    3,
    (
        # rows with a filter
        row(
            "{v:name} {t:table} where",
            to=_filtered_with_where,
            note="a filter of rows stands after `where`",
            examples=(
                (
                    'any(urgent tickets where state = "open")',
                    'any(tickets where priority = "urgent" and state = "open")',
                ),
            ),
        ),
        row(
            "{v:name} {t:table}",
            to=_filtered,
            examples=(("more than 2 urgent tickets", 'count(tickets where priority = "urgent") > 2'),),
            note="a filter of rows stands after `where`",
        ),
        row(
            "{t:table} with/whose/of/where/having/on/by {f:name} of/is/=/equal_to? {v:text}",
            "{t:table} with/whose/of/where/having/on/by {f:name} of/is/=/equal_to {v:name}",
            to=lambda m: None if m.words[len(m.slots["t"]) :][:1] in (["where"], ["having"]) else _with_field(m),
            examples=(
                (
                    'no tickets with priority "urgent" in last 90 days',
                    'none(tickets in last 90 days where priority = "urgent")',
                ),
            ),
            note="a filter of rows stands after `where`",
        ),
        row(
            "{t:table} with/whose/that_have/which_have/that_are/who_are/that_were/which_are/filtered_by {f:name}",
            to=_with_condition,
            note="a filter of rows stands after `where`",
            examples=(("no logins with mobile", "none(logins where mobile)"),),
        ),
        row(
            "{t:table} that/which/who are/is/were/have_been {v:name}",
            to=_filtered,
            note="a filter of rows stands after `where`",
            examples=(("no tickets that are open", 'none(tickets where state = "open")'),),
        ),
        row(
            "{t:table} where {c:condition} {w:window}",
            to=_window_last,
            examples=(
                (
                    'any(tickets where priority = "urgent" in last 60 days)',
                    'any(tickets in last 60 days where priority = "urgent")',
                ),
            ),
            note="the window stands before `where`",
        ),
        # the last row
        row(
            "the? last/latest/newest/most_recent {t:table} is/was? older_than {d:duration}",
            "the? last/latest/newest/most_recent {t:table} is/was? more_than/over/longer_than {d:duration} ago",
            "last {t:table} date? is/was? before {d:duration} ago",
            to="none({t} in last {d})",
            examples=(
                ("last login older than 60 days", "none(logins in last 60 days)"),
                ("last login more than 30 days ago", "none(logins in last 30 days)"),
            ),
            note="a last row that is older is one without rows since",
        ),
        row(
            "the? last/latest/newest/most_recent {t:table} is/was? newer_than/within/in {d:duration}",
            "the? last/latest/newest/most_recent {t:table} is/was? less_than {d:duration} ago",
            "the? last/latest/newest {t:table} is/was? in last {d:duration}",
            to="any({t} in last {d})",
            examples=(("last login less than 30 days ago", "any(logins in last 30 days)"),),
        ),
        row(
            "days since the? last/latest/newest/most_recent {t:table}",
            to=_last_time,
            examples=(("days since last login > 14", "days since last(logins.occurred_at) > 14"),),
            note="the last row's time is `last(TABLE.TIME)`",
        ),
        row(
            "the? last/latest/newest/most_recent {t:table} is/was? on/with/by/had {f:name} is/=?",
            to=_last_field,
            examples=(('the last login was on device "mobile"', 'last(logins.device) = "mobile"'),),
            note="a field of the last row is `last(TABLE.FIELD)`",
        ),
        row(
            "the? last/latest/newest/most_recent/first/oldest/earliest {t:table} . {f:name}",
            "the? last/latest/first {t:table} 's {f:name}",
            to=_last_of_rows,
            note="a field of the last row is `last(TABLE.FIELD)`",
            examples=(('the latest ticket.priority = "urgent"', 'last(tickets.priority) = "urgent"'),),
        ),
        row(
            "{f:word} of the? last/latest/newest {t:table}",
            to=_last_of_rows,
            note="a field of the last row is `last(TABLE.FIELD)`",
            examples=(('priority of the last ticket = "urgent"', 'last(tickets.priority) = "urgent"'),),
        ),
        # figures of rows
        row(
            "count distinct/unique {f:name} in/of {r:rows}",
            "the? number_of/count distinct/different/unique {f:name} of/in {r:rows}",
            to=lambda m: (
                f"count_distinct({m.slots['r'][0].text}.{m.text('f')}{''.join(t.gap + t.text for t in m.slots['r'][1:])})"
            ),
            examples=(
                (
                    "count distinct device in logins in last 30 days > 2",
                    "count_distinct(logins.device in last 30 days) > 2",
                ),
            ),
            note="different values are counted with `count_distinct(…)`",
        ),
        row(
            "the? {g:word} {f:name} of/in/from/across all? {r:rows}",
            "the? {g:word} of {f:name} of/in {r:rows}",
            to=_of_rows,
            examples=(
                (
                    "average amount of invoices in last 6 months > 500",
                    "average(invoices.amount in last 6 months) > 500",
                ),
                ("total amount of invoices > 500", "sum(invoices.amount) > 500"),
            ),
            note="figures of rows stand in brackets, as in `sum(TABLE.FIELD …)`",
        ),
        row(
            "the? {g:word} of? {k:column} {w:window} where {c:condition}",
            "the? {g:word} of? {k:column} {w:window}",
            "the? {g:word} of? {k:column}",
            to=_named,
            examples=(
                ("average invoices.amount in last 90 days > 100", "average(invoices.amount in last 90 days) > 100"),
            ),
            note="figures of rows stand in brackets, as in `sum(TABLE.FIELD …)`",
        ),
        row(
            "{g:word} ( {c:column} {s:calculation} {x:value} )",
            "{g:word} ( {c:column} {s:calculation} {x:value} {w:window} )",
            "{g:word} ( {c:column} {s:calculation} {x:value} where {q:condition} )",
            "{g:word} ( {c:column} {s:calculation} {x:value} {w:window} where {q:condition} )",
            to=_calculated,
            note="a calculation over rows is a metric of them",
            sure=False,
            examples=(
                (
                    "segment large of account { when sum(invoices.amount * 2) > 500 }",
                    "segment large of account { when sum(invoices.amount_of_row) > 500 } metric amount_of_row of invoices = amount * 2",
                ),
            ),
        ),
        row(
            "the? last/latest/newest/most_recent {t:table} date/time/day/timestamp/at",
            to=lambda m: f"last({{t}}.{m.around.names.tables[m.text('t')].at})",
            examples=(("last login date is before 2026-09-01", "last(logins.occurred_at) < 2026-09-01"),),
            note="the last row's time is `last(TABLE.TIME)`",
        ),
        row(
            "the? last/latest/newest/most_recent {t:table} is/was? before/after/on/since {y:date}",
            to=lambda m: f"last({{t}}.{m.around.names.tables[m.text('t')].at}) {_BESIDE_DATES[m.words[-2]]} {{y}}",
            examples=(("last login before 2026-09-01", "last(logins.occurred_at) < 2026-09-01"),),
            note="the last row's time is `last(TABLE.TIME)`",
        ),
        row(
            "the? {g:word} {r:rows} {o:op} {n:number}",
            "the? {g:word} {r:rows} is/was",
            to=_figure_of_rows,
            examples=(("the biggest invoice is over 1000", "max(invoices.amount) > 1000"),),
            note="figures of rows stand in brackets, as in `sum(TABLE.FIELD …)`",
        ),
        row(
            "the? last/latest/newest/most_recent/first/oldest/earliest {t:table} {f:name}",
            to=_last_of_rows,
            examples=(("last invoice amount is greater than 500", "last(invoices.amount) > 500"),),
            note="a field of the last row is `last(TABLE.FIELD)`",
        ),
        row(
            "the? {g:word} {t:table} {f:name} {w:window}",
            "the? {g:word} {t:table} {f:name}",
            to=_field_of_table,
            examples=(("total invoices amount > 500", "sum(invoices.amount) > 500"),),
            note="figures of rows stand in brackets, as in `sum(TABLE.FIELD …)`",
        ),
        row(
            "all of? the? {r:rows} are/were {v:name}",
            "every {r:rows} is/was {v:name}",
            to=_all_are,
            examples=(("all tickets are closed", 'all(tickets having state = "closed")'),),
            note="all rows are asked with `all(ROWS having …)`",
        ),
        row(
            "{t:table} was/were/got/been opened/created/raised/made/sent/filed/submitted/issued/placed/held/paid/received",
            to=lambda m: None if m.around.names.field_with_value(m.text("t"), m.words[-1]) else "{t}",
            examples=(("more than one ticket was opened in last 7 days", "count(tickets in last 7 days) > 1"),),
        ),
        row(
            "the? {e:name} has/have/had/did/does/never/hasn't/didn't/doesn't",
            to=lambda m: m.words[-1] if m.text("e").lower() == m.around.names.entity else None,
            examples=(("the account has at least 3 tickets", "count(tickets) >= 3"),),
        ),
        row(
            "{t:table} count",
            to=lambda m: "count({t})" if m.around.lower(m.end) != "(" else None,
            examples=(("ticket count is greater than 5", "count(tickets) > 5"),),
            note="rows are counted with `count(…)`",
        ),
        row(
            "the? last/latest/newest/most_recent {t:table} is/was {v:text}",
            to=_last_is,
            examples=(('the last ticket was "urgent"', 'last(tickets.priority) = "urgent"'),),
            note="a field of the last row is `last(TABLE.FIELD)`",
        ),
        # how many
        row(
            f"{_VERB}? at_least {_A}? {{n:number}} {{r:rows}}",
            "{n:number} or more {r:rows}",
            "{n:number} + {r:rows}",
            "not_less/no_less/no_fewer/not_fewer than {n:number} {r:rows}",
            "a? minimum of {n:number} {r:rows}",
            to="count({r}) >= {n}",
            examples=(("at least 5 logins in last 30 days", "count(logins in last 30 days) >= 5"),),
            note="rows are counted with `count(…)`",
        ),
        row(
            f"{_VERB}? more/greater than {{n:number}} {{r:rows}}",
            f"{_VERB}? over/above/exceeding {{n:number}} {{r:rows}}",
            to="count({r}) > {n}",
            examples=(("more than 3 tickets in the last 14 days", "count(tickets in last 14 days) > 3"),),
            note="rows are counted with `count(…)`",
        ),
        row(
            f"{_VERB}? fewer/less than {{n:number}} {{r:rows}}",
            f"{_VERB}? under/below {{n:number}} {{r:rows}}",
            to="count({r}) < {n}",
            examples=(("fewer than 2 logins in last 30 days", "count(logins in last 30 days) < 2"),),
            note="rows are counted with `count(…)`",
        ),
        row(
            f"{_VERB}? at_most/no_more_than/not_more_than/up_to/a_maximum_of {{n:number}} {{r:rows}}",
            "{n:number} or less/fewer {r:rows}",
            to="count({r}) <= {n}",
            examples=(("at most 1 login in last 2 weeks", "count(logins in last 2 weeks) <= 1"),),
            note="rows are counted with `count(…)`",
        ),
        row(
            f"{_VERB}? exactly/precisely {{n:number}} {{r:rows}}",
            to="count({r}) = {n}",
            examples=(("exactly 2 invoices in last 30 days", "count(invoices in last 30 days) = 2"),),
            note="rows are counted with `count(…)`",
        ),
        row(
            "{t:table} at_least {n:number} times {w:window}",
            "{t:table} {n:number} or more times {w:window}",
            "{t:table} {n:number} times or more {w:window}",
            to="count({t} {w}) >= {n}",
            examples=(("logged in at least 5 times in last 30 days", "count(logins in last 30 days) >= 5"),),
            note="rows are counted with `count(…)`",
        ),
        row(
            "{t:table} more_than/over {n:number} times {w:window}",
            to="count({t} {w}) > {n}",
            examples=(("logged in more than 5 times in last 30 days", "count(logins in last 30 days) > 5"),),
            note="rows are counted with `count(…)`",
        ),
        row(
            "{t:table} fewer_than/less_than/under {n:number} times {w:window}",
            to="count({t} {w}) < {n}",
            examples=(("logged in less than 5 times in last 30 days", "count(logins in last 30 days) < 5"),),
            note="rows are counted with `count(…)`",
        ),
        row(
            "{t:table} at_most/no_more_than {n:number} times {w:window}",
            to="count({t} {w}) <= {n}",
            examples=(("logged in at most 5 times in last 30 days", "count(logins in last 30 days) <= 5"),),
        ),
        row(
            "{t:table} exactly {n:number} times {w:window}",
            to="count({t} {w}) = {n}",
            examples=(("logged in exactly 2 times in last 30 days", "count(logins in last 30 days) = 2"),),
        ),
        row(
            "{t:table} at_least {n:number} times",
            "{t:table} {n:number} or more times",
            to="count({t}) >= {n}",
            examples=(("logged in at least 3 times", "count(logins) >= 3"),),
        ),
        row(
            "{t:table} more_than {n:number} times",
            to="count({t}) > {n}",
            examples=(("logged in more than 3 times", "count(logins) > 3"),),
        ),
        row(
            "{t:table} fewer_than/less_than {n:number} times",
            to="count({t}) < {n}",
            examples=(("logged in less than 3 times", "count(logins) < 3"),),
        ),
        row(
            "{t:table} at_most {n:number} times",
            to="count({t}) <= {n}",
            examples=(("logged in at most 3 times", "count(logins) <= 3"),),
        ),
        row(
            "{t:table} at_least once {w:window}",
            "{t:table} once {w:window}",
            to="any({t} {w})",
            examples=(("logged in at least once in last 30 days", "any(logins in last 30 days)"),),
        ),
        row(
            "the? number/count/amount of {r:rows}",
            "how many {r:rows}",
            "number_of {r:rows}",
            to="count({r})",
            examples=(("number of tickets in last 30 days > 3", "count(tickets in last 30 days) > 3"),),
            note="rows are counted with `count(…)`",
        ),
        row(
            "count of? {r:rows}",
            to=lambda m: "count({r})",
            note="rows are counted with `count(…)`",
            examples=(("count of tickets > 3", "count(tickets) > 3"),),
        ),
        row(
            "{f:word} ( {t:table} ) {o:op} {n:number} {w:window}",
            to=lambda m: "{f}({t} {w}) {o} {n}" if m.text("f").lower() in AGGREGATES else None,
            examples=(("number of logins >= 5 in last 30 days", "count(logins in last 30 days) >= 5"),),
            note="the window stands with the rows",
        ),
        row(
            "{r:rows} is/are/was/were",
            to=_counted_rows,
            examples=(("tickets in last 30 days is greater than 3", "count(tickets in last 30 days) > 3"),),
            note="rows are counted with `count(…)`",
        ),
        row(
            "{o:op} {r:rows}",
            to=lambda m: "{o} count({r})" if m.around.lower(m.start - 1) == ")" else None,
            note="rows are counted with `count(…)`",
            examples=(
                (
                    "count(tickets in last 30 days) > tickets in last 90 days",
                    "count(tickets in last 30 days) > count(tickets in last 90 days)",
                ),
            ),
        ),
        row(
            "{r:rows} {o:op} {s:rows}",
            to="count({r}) {o} count({s})",
            examples=(
                (
                    "tickets in last 30 days > tickets in last 90 days / 3",
                    "count(tickets in last 30 days) > count(tickets in last 90 days) / 3",
                ),
            ),
            note="rows are counted with `count(…)`",
        ),
        row(
            "{r:rows} {o:op} {n:number}",
            to=_bare,
            examples=(
                ("logins in last 30 days >= 5", "count(logins in last 30 days) >= 5"),
                ('tickets where priority is "high" is at least 2', 'count(tickets where priority = "high") >= 2'),
            ),
            note="rows are counted with `count(…)`",
        ),
        # none and some
        row(
            "no/zero/without/without_any/lacks {r:rows}",
            "has/have/had/there_are/there_were no {r:rows}",
            f"has/have/had/did/does/do not {_VERB}? {_A}? {{r:rows}}",
            f"hasn't/haven't/didn't/doesn't/hadn't/don't {_VERB}? {_A}? {{r:rows}}",
            "there are/were not any {r:rows}",
            to="none({r})",
            examples=(
                ("no logins in last 30 days", "none(logins in last 30 days)"),
                ("did not log in during the last 3 weeks", "none(logins in last 3 weeks)"),
                ("has not logged in since 2026-10-01", "none(logins since 2026-10-01)"),
            ),
            note="“no …” is written `none(…)`",
        ),
        row(
            f"have/has/had? never {_VERB}? {_A}? {{r:rows}}",
            f"not ever? {_VERB}? {_A}? {{r:rows}}",
            to="none({r})",
            examples=(("never logged in", "none(logins)"), ("has never opened a ticket", "none(tickets)")),
            note="“never” is written `none(…)`",
        ),
        row(
            f"has/have/had/there_is/there_are/there_was/there_were {_A}? {{r:rows}}",
            f"opened/raised/filed/created/submitted/placed/made/sent/held/paid/did {_A}? {{r:rows}}",
            to="any({r})",
            examples=(
                ("has logged in since 2026-10-01", "any(logins since 2026-10-01)"),
                ("opened an urgent ticket in last 30 days", 'any(tickets in last 30 days where priority = "urgent")'),
            ),
            note="some rows are asked for with `any(…)`",
        ),
        row(
            "{r:rows} exist/exists",
            to="any({r})",
            examples=(("tickets in last 30 days exist", "any(tickets in last 30 days)"),),
        ),
        row(
            "{r:rows}",
            to=_alone,
            examples=(("logged in since 2026-10-01", "any(logins since 2026-10-01)"),),
            note="some rows are asked for with `any(…)`",
        ),
        # shares
        row(
            "more_than/over {n:figure} of the? {r:rows} have/had/has/are/were/is/with/where {c:condition}",
            to=lambda m: "share({r} having {c}) > {n}" if m.text("n").endswith("%") else None,
            examples=(
                ('more than 50% of logins have device = "mobile"', 'share(logins having device = "mobile") > 50%'),
            ),
            note="a share of rows is `share(ROWS having …)`",
        ),
        row(
            "less_than/under/fewer_than {n:figure} of the? {r:rows} have/had/has/are/were/is/with/where {c:condition}",
            to=lambda m: "share({r} having {c}) < {n}" if m.text("n").endswith("%") else None,
            note="a share of rows is `share(ROWS having …)`",
            examples=(('less than 50% of tickets have state = "open"', 'share(tickets having state = "open") < 50%'),),
        ),
        row(
            "at_least? {n:figure} of the? {r:rows} have/had/has/are/were/is/with/where {c:condition}",
            to=lambda m: "share({r} having {c}) >= {n}" if m.text("n").endswith("%") else None,
            examples=(
                (
                    '50% of logins in last 30 days have device = "mobile"',
                    'share(logins in last 30 days having device = "mobile") >= 50%',
                ),
            ),
            note="a share of rows is `share(ROWS having …)`",
        ),
        row(
            "more than half of the? {r:rows} have/had/are/with/where {c:condition}",
            "most {r:rows} have/had/are/with {c:condition}",
            to="share({r} having {c}) > 50%",
            note="a share of rows is `share(ROWS having …)`",
            examples=(('most tickets have state = "open"', 'share(tickets having state = "open") > 50%'),),
        ),
        row(
            "all of? the? {r:rows} have/had/are/were {c:condition}",
            "every {r:rows} has/had/is/was {c:condition}",
            to="all({r} having {c})",
            examples=(('all tickets have state = "closed"', 'all(tickets having state = "closed")'),),
            note="all rows are asked with `all(ROWS having …)`",
        ),
        # change
        row(
            "{r:rows} is/are? down/dropped/fell/fallen/declined/decreased by? at_least? {n:figure} from/vs/versus/against/compared_to/compared_with/than the? previous/prior/preceding/last {d:duration} before?",
            "{r:rows} is/are? down/dropped/fell/fallen/declined/decreased by? at_least? {n:figure}",
            to=_change("<="),
            examples=(
                (
                    "logins in last 30 days down 50% from previous 30 days",
                    "change(count(logins in last 30 days), 30 days, floor: 1) <= -50%",
                ),
            ),
            note="a fall against the time before is `change(VALUE, DURATION, floor: 1)`",
        ),
        row(
            "{r:rows} is/are? up/grew/grown/rose/increased by? at_least? {n:figure} from/vs/versus/against/compared_to/compared_with/than the? previous/prior/preceding/last {d:duration} before?",
            "{r:rows} is/are? up/grew/grown/rose/increased by? at_least? {n:figure}",
            to=_change(">="),
            note="a rise against the time before is `change(VALUE, DURATION, floor: 1)`",
            examples=(
                (
                    "logins in last 30 days up 50% from previous 30 days",
                    "change(count(logins in last 30 days), 30 days, floor: 1) >= 50%",
                ),
            ),
        ),
        row(
            "{p:path} is? down/dropped/fell/declined/decreased by? at_least? {n:figure} from/vs/since/in/over the? last? {d:duration} ago?",
            to=_change_of_field("<="),
            examples=(("seats down 20% from 90 days ago", "change(seats, 90 days, floor: 1) <= -20%"),),
            note="a fall against an earlier day is `change(VALUE, DURATION, floor: 1)`",
        ),
        row(
            "{p:path} is? up/grew/rose/increased by? at_least? {n:figure} from/vs/since/in/over the? last? {d:duration} ago?",
            to=_change_of_field(">="),
            note="a rise against an earlier day is `change(VALUE, DURATION, floor: 1)`",
            examples=(("seats up 20% from 90 days ago", "change(seats, 90 days, floor: 1) >= 20%"),),
        ),
        # rows as one value
        row(
            "{a:column} {o:op} {b:column}",
            to="last({a}) {o} last({b})",
            examples=(
                ("invoices.issued_on > tickets.opened_at", "last(invoices.issued_on) > last(tickets.opened_at)"),
            ),
            note="of each the newest row",
        ),
        row(
            "{c:column} {o:op} {v:literal}",
            to=_column_alone,
            examples=(('tickets.priority = "urgent"', 'any(tickets where priority = "urgent")'),),
            note=("of any row", "of the newest row"),
        ),
    ),
)
