"""Functions of spreadsheets and SQL: IF, AND, COUNTIF, COALESCE, DATEDIFF, and what other tools call an aggregate."""

from __future__ import annotations

from collections.abc import Sequence

from segdsl.lang.reserved import AGGREGATES, MEANT
from segdsl.phrasebook.families.comparisons import is_time
from segdsl.phrasebook.pattern import Match
from segdsl.phrasebook.row import Family, row


def arguments(match: Match) -> list[str] | None:
    """The arguments of a call, from the bracket after its name to the one that closes it."""
    around = match.around
    open_at = match.start + 1
    close = around.closing(open_at)
    if close is None or match.end != close + 1:
        return None
    parts, current, at = list[str](), list[str](), open_at + 1
    while at < close:
        inner = around.closing(at) if around.kind(at) == "sign" else None
        if inner is not None:
            current += [t.gap + t.text for t in around.tokens[at : inner + 1]]
            at = inner + 1
            continue
        token = around.tokens[at]
        if token.kind == "sign" and token.text in (",", ";"):
            parts.append("".join(current).strip())
            current = []
        else:
            current.append(token.gap + token.text)
        at += 1
    last = "".join(current).strip()
    return [*parts, last] if last else parts


def _meant(match: Match) -> str | None:
    """`mean(…)`, by what it is called here."""
    name = match.text("f").lower()
    meant = MEANT.get(name)
    if meant not in AGGREGATES or match.around.lower(match.start - 1) == ".":
        return None
    argument = match.around.lower(match.start + 2)
    return f"{meant}(" if match.around.names.table([argument]) is not None else None


def _of_table(match: Match) -> str | None:
    """`sum(invoices …)`, where one field of the rows can be added up."""
    amount = match.around.names.only_amount(match.text("t"))
    return None if amount is None else f"{match.words[0]}({match.text('t')}.{amount}"


def _added(match: Match) -> str | None:
    """`sum(arr, expansion)`: fields of one row."""
    parts = arguments(match)
    names = match.around.names
    if not parts or len(parts) < 2 or any(names.described(p.replace(" ", "")) is None or "." in p for p in parts):
        return None
    if match.words[0] in ("sum", "total"):
        return f"({' + '.join(parts)})"
    if match.words[0] in ("average", "avg", "mean"):
        return f"(({' + '.join(parts)}) / {len(parts)})"
    a, b, *rest = parts
    return None if rest else f"if {a} {'>' if match.words[0].startswith('max') else '<'} {b} then {a} else {b} end"


def _ahead(match: Match) -> Sequence[str] | str:
    """`renewal_date - TODAY() < 60`: also counted for days gone by, or only ahead."""
    count = match.text("n").replace("_", "")
    if (
        match.text("o") in ("<", "<=")
        and count.isdigit()
        and match.around.names.described(match.text("p").replace(" ", ""))
    ):
        days = int(count) + (match.text("o") == "<=")
        return f"{{p}} in next {days} days", "days until {p} {o} {n}"
    return "days until {p} {o} {n}"


def _shifted_by_days(match: Match) -> str | None:
    count = match.text("n")
    if not count.isdigit() or match.around.lower(match.end) in ("day", "days", "week", "weeks", "month", "months"):
        return None
    return f"{count} days {'before' if '-' in match.words else 'after'} {{p}}"


def _select(match: Match) -> str | None:
    """An aggregate of SQL over a table."""
    function, field = match.text("f").lower(), match.text("c").lower()
    function = MEANT.get(function, function)
    names, table = match.around.names, match.text("t")
    if function not in AGGREGATES:
        return None
    if "distinct" in match.words and function == "count":
        function = "count_distinct"
    column = names.field([field], names.tables[table])
    if function != "count" and column is None:
        return None
    read = table if function == "count" else f"{table}.{column}"
    where = " where {w}" if match.slots.get("w") else ""
    return f"{function}({read}{where})"


def _time_to_window(match: Match) -> str | None:
    """`where occurred_at >= 30 days ago` over rows: a window."""
    relation = match.around.names.tables[match.text("t")]
    if match.text("f").lower() != relation.at:
        return None
    rest = " where {w}" if match.slots.get("w") else ""
    return f"{{t}} in last {match.text('n')} {match.text('u')}{rest}"


FAMILY = Family(
    "Spreadsheet and SQL functions",
    2,
    (
        # SQL
        row(
            "( select {f:word} ( distinct? {c:word} ) from {t:table} where {w:condition} )",
            "( select {f:word} ( distinct? {c:word} ) from {t:table} )",
            "( select {f:word} ( * ) from {t:table} where {w:condition} )",
            "( select {f:word} ( * ) from {t:table} )",
            "{f:word} ( * ) from {t:table}",
            "{f:word} ( distinct? {c:word} ) from {t:table}",
            to=_select,
            examples=(
                (
                    "(SELECT COUNT(*) FROM tickets WHERE priority = 'urgent') > 3",
                    'count(tickets where priority = "urgent") > 3',
                ),
                ("(SELECT MAX(amount) FROM invoices) > 500", "max(invoices.amount) > 500"),
                ("COUNT(*) FROM tickets > 3", "count(tickets) > 3"),
            ),
            note="rows are read with `count(ROWS where …)`",
        ),
        row(
            "{t:table} where {f:name} >=/> {n:figure} {u:unit} ago and {w:condition}",
            "{t:table} where {f:name} >=/> {n:figure} {u:unit} ago",
            to=_time_to_window,
            examples=(
                (
                    "EXISTS (SELECT 1 FROM logins WHERE occurred_at >= NOW() - INTERVAL '30 days')",
                    "any(logins in last 30 days)",
                ),
            ),
            note="the time of rows is asked with a window",
        ),
        row(
            "count ( distinct {c:column} )",
            "count distinct ( {c:column} )",
            "count_distinct {c:column}",
            to="count_distinct({c})",
            examples=(("COUNT(DISTINCT logins.device) > 1", "count_distinct(logins.device) > 1"),),
            note="different values are counted with `count_distinct(…)`",
        ),
        # dates
        row(
            "{p:path} - today {o:op} {n:figure}",
            to=_ahead,
            examples=(("renewal_date - TODAY() > 60", "days until renewal_date > 60"),),
            note=("of those ahead", "those gone by too"),
        ),
        row(
            "{p:path} - today/now",
            to=lambda m: "days until {p}" if m.around.lower(m.end) not in ("<", "<=") else None,
            examples=(("renewal_date - TODAY() >= 60", "days until renewal_date >= 60"),),
        ),
        row(
            "today/now - {p:path}",
            to=lambda m: "days since {p}" if m.around.lower(m.start - 1) != "of" else None,
            examples=(("TODAY() - signed_on > 365", "days since signed_on > 365"),),
            note="the days since a day are `days since …`",
        ),
        row(
            "{p:path} -/+ {n:figure}",
            to=lambda m: _shifted_by_days(m) if is_time(m, "p") else None,
            examples=(("TODAY() >= renewal_date - 90", "today >= 90 days before renewal_date"),),
            note="a day before another is written as in `90 days before renewal_date`",
        ),
        row(
            "{p:path} - {q:path}",
            to=lambda m: "days from {q} to {p}" if _times(m, "p") and _times(m, "q") else None,
            examples=(("renewal_date - signed_on > 365", "days from signed_on to renewal_date > 365"),),
            note="days between two dates are `days from … to …`",
        ),
        # aggregates by other names
        row(
            "{f:word} (",
            to=_meant,
            examples=(
                ("AVG(invoices.amount) > 100", "average(invoices.amount) > 100"),
                ("mean(invoices.amount) > 100", "average(invoices.amount) > 100"),
                ("total(invoices.amount) > 100", "sum(invoices.amount) > 100"),
            ),
            note="by the language's own name",
        ),
        row(
            "sum/average/avg/mean/max/min/total/maximum/minimum {l:list}",
            to=lambda m: _added(m) if _is_call(m) else None,
            examples=(
                ("sum(seats, nps) > 100", "seats + nps > 100"),
                ("MAX(seats, nps) > 100", "if seats > nps then seats > 100 else nps > 100 end"),
            ),
            note="fields of one row are calculated with",
        ),
        row(
            "sum/average/max/min/median ( {t:table}",
            to=lambda m: _of_table(m) if m.around.lower(m.end) != "." else None,
            examples=(("sum(invoices) > 100", "sum(invoices.amount) > 100"),),
        ),
        row(
            "{f:word} ( {t:table} ) . {c:name}",
            to=lambda m: f"{m.text('f')}({{t}}.{{c}})" if m.text("f").lower() in AGGREGATES else None,
            examples=(('last(logins).device = "web"', 'last(logins.device) = "web"'),),
            note="the field stands inside the brackets",
        ),
        row(
            "{t:table} . count/length/size ( )",
            "{t:table} . count/length/size",
            "len/size/length ( {t:table} )",
            to=lambda m: "count({t})" if "count" not in m.around.names.tables[m.text("t")].fields else None,
            examples=(("tickets.count > 10", "count(tickets) > 10"),),
            note="rows are counted with `count(…)`",
        ),
    ),
)


def _is_call(match: Match) -> bool:
    """Tells whether what stands in brackets are the arguments of a function: written close to it, or with commas between them."""
    opened = match.around.tokens[match.start + 1]
    before = match.around.lower(match.start - 1)
    if match.words[0] in ("and", "or") and before not in (
        "",
        "when",
        "where",
        "having",
        "(",
        "if",
        "then",
        "else",
        "=",
        "not",
        ",",
        ";",
        "and",
        "or",
    ):
        return False
    return opened.text == "(" and (
        not opened.gap or match.words[0] not in ("and", "or") or len(arguments(match) or ()) > 1
    )


def _times(match: Match, slot: str) -> bool:
    return is_time(match, slot)
