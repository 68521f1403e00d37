"""Rows in words: at least 5 logins, never logged in, no tickets in, 50 % of logins have, the last login."""

from __future__ import annotations

from segdsl.lang.reserved import AGGREGATES, MEANT
from segdsl.model import types as ty
from segdsl.model.schema import Relation
from segdsl.phrasebook.pattern import Match
from segdsl.phrasebook.row import Family, row
from segdsl.phrasebook.slots import COMPARISONS
from segdsl.phrasebook.tokens import joined


def _filtered_with_where(match: Match) -> str | None:
    found = match.around.names.field_with_value(match.text("t"), match.text("v"))
    if found is None or match.around.called_by(match.start) not in AGGREGATES:
        return None
    window, end = " {w}" if match.slots.get("w") else "", " and" if match.words[-1] == "where" else ")"
    return f'{{t}}{window} where {found[0]} = "{found[1]}"{end}'


def _with_value(match: Match) -> str | None:
    """`any(tickets with priority "urgent")`."""
    relation = match.around.names.tables[match.text("t")]
    if match.around.called_by(match.start) not in AGGREGATES or match.text("f").lower() not in relation.fields:
        return None
    return f"{{t}}{' {w}' if match.slots.get('w') else ''} where {{f}} = {{v}}"


def _by_letter(match: Match) -> str | None:
    """`tickets t where t.priority = "urgent"`: rows need no letter."""
    letter, tokens = match.text("a").lower(), list(match.slots["c"])
    dotted = [i for i, t in enumerate(tokens[:-1]) if t.lower == letter and tokens[i + 1].text == "."]
    if not dotted or match.around.called_by(match.start) not in AGGREGATES:
        return None
    left = [t for i, t in enumerate(tokens) if i not in dotted and i - 1 not in dotted]
    window = " {w}" if match.slots.get("w") else ""
    return f"{{t}}{window} where {' '.join(joined(left).split())}"


def _where_behind(match: Match) -> str | None:
    """`count(tickets) where priority = "high" >= 2`: the filter stands inside the brackets."""
    names, function = match.around.names, match.words[0]
    relation, condition = names.tables[match.text("t")], [t.lower for t in match.slots["c"]]
    last = condition[max((i + 1 for i, word in enumerate(condition) if word in ("and", "or")), default=0) :]
    is_whole = bool(COMPARISONS & {*last[:-1]}) or (len(last) == 1 and _is_boolean(relation, last[0]))
    if function not in AGGREGATES or not is_whole or condition[0] not in relation.fields:
        return None
    window = " {w}" if match.slots.get("w") else ""
    return f"{function}({{t}}{window} where {{c}}) {{o}} {{n}}"


def _is_boolean(relation: Relation, name: str) -> bool:
    field = relation.fields.get(name)
    return field is not None and field.type == ty.BOOLEAN


def _window_last(match: Match) -> str | None:
    """A window after `where`, whose last condition is whole without it."""
    condition = [t.lower for t in match.slots["c"]]
    last = condition[max((i + 1 for i, word in enumerate(condition) if word in ("and", "or")), default=0) :]
    relation = match.around.names.tables[match.text("t")]
    whole = COMPARISONS & {*last} or {"missing", "has", "contains", "matches", "with"} & {*last} or last[-1:] == [")"]
    return "{t} {w} where {c}" if whole or (bool(last) and _is_boolean(relation, last[-1])) else None


def _named(match: Match) -> str | None:
    """`average invoices.amount in last 90 days`, without brackets."""
    function = match.text("g").lower()
    function = function if function in AGGREGATES else MEANT.get(function, "")
    if function not in AGGREGATES or function in ("count", "any", "none", "all", "share"):
        return None
    window = " {w}" if match.slots.get("w") else ""
    where = " where {c}" if match.slots.get("c") else ""
    return f"{function}({{k}}{window}{where})"


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


def _last_of_rows(match: Match) -> str | None:
    names = match.around.names
    function = "first" if match.words[0] in ("first", "oldest", "earliest") or "first" in match.words[:2] else "last"
    field = names.field([match.text("f")], names.tables[match.text("t")])
    return None if field is None else f"{function}({{t}}.{field})"


def _column_alone(match: Match) -> tuple[str, str] | None:
    """`tickets.priority = "urgent"`: of any row, or of the last one."""
    table, field = match.text("c").replace(" ", "").split(".")
    if match.around.lower(match.start - 1) in (",", "(") and match.inside_call():
        return None
    op = "{o}" if match.slots.get("o") else "="
    return f"any({table} where {field} {op} {{v}})", f"last({table}.{field}) {op} {{v}}"


def _of_the_same(match: Match) -> str | None:
    """`count(accounts with the same csm)`."""
    names = match.around.names
    field = names.field([match.text("f")])
    is_own = names.entity_called(match.text("e")) == names.entity or match.text("e").lower().startswith(
        ("customer", "client", "compan", "account")
    )
    return f"count(all {names.entity} per {field})" if field is not None and is_own else None


def _and_more(match: Match) -> str | None:
    """`3+ tickets`, where the sign stands by the number and nothing is added."""
    plus = match.around.tokens[match.start + 1]
    before = match.around.lower(match.start - 1)
    if (
        plus.gap
        or not match.around.tokens[match.start + 2].gap
        or before not in ("and", "or", "(", "when", "where", "", ",")
    ):
        return None
    return "at least {n} {t}"


def _of_family(match: Match) -> str | None:
    """`sum(arr of parent and all children)`."""
    names = match.around.names
    links = names.schema.to_one.get(names.entity, {}) if names.schema is not None else {}
    field = names.field([match.text("f")])
    own = [name for name, link in links.items() if link.target == names.entity]
    if field is None or len(own) != 1 or (match.slots.get("p") and match.text("p").lower() != own[0]):
        return None
    return f"{match.words[0]}(family({own[0]}).{field})"


def _until_rows(match: Match) -> str | None:
    """`created_at until first login in days`."""
    names, words = match.around.names, match.words
    described = names.described(match.text("x").replace(" ", ""))
    at = names.tables[match.text("t")].at
    if described is None or not ty.is_time(described.type) or at is None:
        return None
    unit = words[-1] if words[-1] in ("days", "weeks", "months") else "days"
    return f"{unit} from {{x}} to {'first' if 'first' in words else 'last'}({{t}}.{at})"


FAMILY = Family(
    "Rows in words",
    3,
    (
        # rows with a filter
        row(
            "{x:path} until/to the? first/last/latest {t:table} in? days/weeks/months?",
            "sum/average/max/min/count ( {f:word} of {p:word} and all/its/the? all? {c:word} )",
            "sum/average/max/min/count ( {f:word} of the? whole/entire family/group/hierarchy )",
            to=lambda m: _of_family(m) if m.slots.get("f") else _until_rows(m),
            note="the time between two days is `days from … to …`, all of a family are `family(LINK)`",
            examples=(
                ("signed_on until first login in days > 14", "days from signed_on to first(logins.occurred_at) > 14"),
            ),
        ),
        row(
            "{n:figure} + {t:table}",
            to=_and_more,
            examples=(
                ("(seats > 5 and 3+ tickets in last 30 days)", "(seats > 5 and count(tickets in last 30 days) >= 3)"),
            ),
            note="rows are counted with `count(…)`",
        ),
        row(
            "count ( all? {e:word} with/in/having/sharing/from/of the/its/their? same/its/their {f:word} )",
            to=_of_the_same,
            examples=(("count(accounts with the same country) > 40", "count(all account per country) > 40"),),
            note="customers with the same value are counted with `count(all ENTITY per FIELD)`",
        ),
        row(
            "{v:name} {t:table} {w:window} where",
            "{v:name} {t:table} where",
            "{v:name} {t:table} {w:window} )",
            "{v:name} {t:table} )",
            to=_filtered_with_where,
            note="a filter of rows stands after `where`",
            examples=(
                (
                    "any(urgent tickets in last 30 days)",
                    'any(tickets in last 30 days where priority = "urgent")',
                ),
                (
                    'any(urgent tickets where state = "open")',
                    'any(tickets where priority = "urgent" and state = "open")',
                ),
            ),
        ),
        row(
            "{t:table} {w:window} with {f:name} {v:literal}",
            "{t:table} with {f:name} {v:literal}",
            to=_with_value,
            note="a filter of rows stands after `where`",
            examples=(
                (
                    'any(tickets in last 30 days with priority "urgent")',
                    'any(tickets in last 30 days where priority = "urgent")',
                ),
            ),
        ),
        row(
            "{t:table} as? {a:name} {w:window} where {c:condition}",
            "{t:table} as? {a:name} where {c:condition}",
            to=_by_letter,
            note="rows need no letter: their fields are named alone",
            examples=(
                (
                    'any(tickets t where t.priority = "urgent" and t.state = "open")',
                    'any(tickets where priority = "urgent" and state = "open")',
                ),
            ),
        ),
        row(
            "{g:word} ( {t:table} {w:window} ) where {c:condition} {o:op} {n:number}",
            "{g:word} ( {t:table} ) where {c:condition} {o:op} {n:number}",
            to=_where_behind,
            note="a filter of rows stands inside the brackets",
            examples=(
                (
                    'count(tickets in last 30 days) where priority = "urgent" >= 2',
                    'count(tickets in last 30 days where priority = "urgent") >= 2',
                ),
            ),
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
            "the? last/latest/newest/most_recent/first/oldest/earliest {t:table} . {f:name}",
            "the? last/latest/first {t:table} 's {f:name}",
            to=_last_of_rows,
            note="a field of the last row is `last(TABLE.FIELD)`",
            examples=(('the latest ticket.priority = "urgent"', 'last(tickets.priority) = "urgent"'),),
        ),
        # figures of rows
        row(
            "the? number_of/count_of/amount_of days/weeks/months/years/hours since/until/to",
            to=lambda m: f"{m.words[-2]} {'since' if m.words[-1] == 'since' else 'until'}",
            examples=(("number of days since signed_on > 30", "days since signed_on > 30"),),
            note="lengths of time are written as in `days since …`",
        ),
        row(
            "the? number_of/count_of/how_many {r:rows}",
            to=lambda m: (
                "count({r})"
                if m.around.lower(m.end) in ("divided", "/", "*", "times", "over", "per")
                or m.around.lower(m.start - 1) in ("by", "/", "*", "times", "over")
                else None
            ),
            examples=(("count of tickets / seats > 2", "count(tickets) / seats > 2"),),
            note="rows are counted with `count(…)`",
        ),
        row(
            "divided_by",
            "multiplied_by/times",
            to=lambda m: "/" if m.words[0] == "divided" else "*" if m.words[0] == "multiplied" else None,
            examples=(("arr divided by seats > 100", "arr / seats > 100"),),
            note="divided by is written `/`",
        ),
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
            "the? last/latest/newest/most_recent {t:table} is/was {v:text}",
            to=_last_is,
            examples=(('the last ticket was "urgent"', 'last(tickets.priority) = "urgent"'),),
            note="a field of the last row is `last(TABLE.FIELD)`",
        ),
        # how many
        row(
            "{f:word} ( {t:table} ) {o:op} {n:number} {w:window}",
            to=lambda m: "{f}({t} {w}) {o} {n}" if m.text("f").lower() in AGGREGATES else None,
            examples=(("number of logins >= 5 in last 30 days", "count(logins in last 30 days) >= 5"),),
            note="the window stands with the rows",
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
        # none and some
        # shares
        # change
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
            "{c:column} {o:op} {v:literal}",
            "{c:column} is {v:literal}",
            to=_column_alone,
            examples=(('tickets.priority = "urgent"', 'any(tickets where priority = "urgent")'),),
            note=("of any row", "of the newest row"),
        ),
    ),
)
