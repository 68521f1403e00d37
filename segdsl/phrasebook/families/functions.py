"""Functions of spreadsheets and SQL: IF, AND, COUNTIF, COALESCE, DATEDIFF, and what other tools call an aggregate."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from segdsl.lang.reserved import AGGREGATES, MEANT
from segdsl.phrasebook.families.comparisons import is_time
from segdsl.phrasebook.families.windows import unit_of
from segdsl.phrasebook.pattern import Match
from segdsl.phrasebook.row import Family, row
from segdsl.phrasebook.tokens import Token


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


def _grouped(part: str) -> str:
    """A part of a condition, in brackets where it has an `and` or `or` of its own."""
    whole = re.fullmatch(r"\((?:[^()]|\([^()]*\))*\)", part)
    return f"({part})" if re.search(r"\b(?:and|or)\b", part, re.IGNORECASE) and not whole else part


def _junction(word: str) -> Callable[[Match], str | None]:
    def line(match: Match) -> str | None:
        parts = arguments(match)
        if not parts:
            return None
        line = f" {word} ".join(map(_grouped, parts))
        alone = len(parts) == 1 or _stands_alone(match, word)
        return line if alone else f"({line})"

    return line


def _stands_alone(match: Match, word: str) -> bool:
    before, after = match.around.lower(match.start - 1), match.around.lower(match.end)
    return before in ("", "when", "where", "having", "(", "if", "then", "else", "=", word, ",", ";") and after in (
        "",
        "}",
        ")",
        "limit",
        "play",
        "then",
        "else",
        "end",
        word,
        ",",
        ";",
    )


def _not(match: Match) -> str | None:
    parts = arguments(match)
    if not parts or len(parts) != 1:
        return None
    if missing := re.fullmatch(r"(.*) is missing", parts[0]):
        return f"{missing[1]} is not missing" if " and " not in missing[1] and " or " not in missing[1] else None
    return None


_TRUE, _FALSE = {"true", "1", '"yes"', "yes", "true()"}, {"false", "0", '"no"', "no", '""', "false()"}


def _nested(line: str) -> str:
    """What stands after `else`, in brackets where it begins with another `if`."""
    return f"({line})" if re.match(r"(?:if|ifs|iif|case)\b", line, re.IGNORECASE) else line


def _if(match: Match) -> str | None:
    parts = arguments(match)
    if not parts or len(parts) not in (2, 3):
        return None
    condition, then, otherwise = parts[0], parts[1], parts[2] if len(parts) == 3 else "false"
    after = match.around.lower(match.end)
    compared = match.around.lower(match.end + 1)
    if match.inside_call() and not {then.lower(), otherwise.lower()} <= {"true", "false"}:
        return f"if {condition} then {then} else {_nested(otherwise)} end"  # values of the formula around it
    if then.lower() in _TRUE and otherwise.lower() in _FALSE and after not in ("=", "!=", ">", "<", ">=", "<="):
        return condition
    if then.lower() in _FALSE and otherwise.lower() in _TRUE and after not in ("=", "!=", ">", "<", ">=", "<="):
        return f"not ({condition})"
    if then == compared and after == "=" and otherwise != then:
        return None  # read by the row of `IF(…) = 1`
    return f"if {condition} then {then} else {_nested(otherwise)} end"


def _if_equals(match: Match) -> str | None:
    """`IF(c, 1, 0) = 1`."""
    around = match.around
    close = around.closing(match.start + 1)
    if close is None or around.lower(close + 1) != "=" or close + 3 != match.end:
        return None
    inner = Match(match.start, close + 1, match.slots, around)
    parts = arguments(inner)
    value = around.tokens[close + 2].text
    if parts is None or len(parts) != 3 or value not in parts[1:] or parts[1] == parts[2]:
        return None
    alone = _stands_alone(match, "")
    return f"not ({parts[0]})" if parts[1] != value else parts[0] if alone else _grouped(parts[0])


def _ifs(match: Match) -> str | None:
    parts = arguments(match)
    if not parts or len(parts) < 2:
        return None
    *pairs, last = parts if len(parts) % 2 else [*parts, "false"]
    if len(pairs) >= 2 and pairs[-2].lower() in ("true", "true()"):
        last, pairs = pairs[-1], pairs[:-2]
    line = last
    for i in range(len(pairs) - 2, -1, -2):
        line = f"if {pairs[i]} then {pairs[i + 1]} else {_nested(line)} end"
    return line


def _case(match: Match) -> str | None:
    """`CASE WHEN … THEN … WHEN … THEN … ELSE … END`, or `CASE x WHEN …`."""
    parts, words, depth = list[str](), list[str](), 0
    for token in match.slots["k"][1:-1]:
        depth += (token.lower in ("case", "if", "(")) - (token.lower in ("end", ")"))
        if depth == 0 and token.lower in ("when", "then", "else"):
            words.append(token.lower)
            parts.append("")
        elif not words:
            words.append("")
            parts.append(token.text)
        else:
            parts[-1] += token.gap + token.text
    subject = parts.pop(0).strip() if words[:1] == [""] else ""
    words = [w for w in words if w]
    otherwise = parts.pop().strip() if words[-1:] == ["else"] else "false"
    if words[: len(parts)] != ["when", "then"] * (len(parts) // 2) or not parts:
        return None
    line = otherwise
    for i in range(len(parts) - 2, -1, -2):
        condition = f"{subject} = {parts[i].strip()}" if subject else parts[i].strip()
        line = f"if {condition} then {parts[i + 1].strip()} else {_nested(line)} end"
    return line


def _rows_with(match: Match, table: str, criterion: str, column: str = "") -> str | None:
    """A criterion of COUNTIF, such as `"urgent"` or `">5"`, as a condition of rows."""
    names = match.around.names
    compared = re.fullmatch(r'"(<>|>=|<=|=|>|<)(.*)"', criterion)
    op, value = ("=", criterion) if compared is None else ("!=" if compared[1] == "<>" else compared[1], compared[2])
    if compared is not None and not re.fullmatch(r"-?\d+(?:\.\d+)?%?|\d{4}-\d{2}-\d{2}", value):
        value = f'"{value}"'
    if not column:
        found = names.field_with_value(table, value.strip('"'))
        if found is None:
            return criterion if re.search(r"[=<>]", re.sub(r'"[^"]*"', "", criterion)) else None
        column, value = found[0], f'"{found[1]}"'
    return f"{column} {op} {value}"


def _column(match: Match, written: str) -> tuple[str, str] | None:
    """Table and field of `tickets.priority`; the field is empty where a table alone is named."""
    names = match.around.names
    first, _, field = written.replace(" ", "").partition(".")
    table = names.table([first])
    if table is None or (field and names.field([field], names.tables[table]) is None):
        return None
    return table, field.lower()


def _countif(match: Match) -> str | None:
    parts = arguments(match)
    if not parts or len(parts) < 2 or len(parts) % 2:
        return None
    conditions, table = list[str](), ""
    for written, criterion in zip(parts[::2], parts[1::2]):
        column = _column(match, written)
        condition = None if column is None else _rows_with(match, column[0], criterion, column[1])
        if column is None or condition is None or (table and column[0] != table):
            return None
        table = column[0]
        conditions.append(condition)
    return f"count({table} where {' and '.join(conditions)})"


def _sumif(function: str, *, values_first: bool) -> Callable[[Match], str | None]:
    def line(match: Match) -> str | None:
        parts = arguments(match)
        if not parts or len(parts) < 3 or (len(parts) - 1) % 2:
            return None
        values = _column(match, parts[0] if values_first else parts[-1])
        criteria = parts[1:] if values_first else parts[:-1]
        if values is None or not values[1]:
            return None
        conditions = list[str]()
        for written, criterion in zip(criteria[::2], criteria[1::2]):
            column = _column(match, written)
            condition = None if column is None else _rows_with(match, column[0], criterion, column[1])
            if column is None or column[0] != values[0] or condition is None:
                return None
            conditions.append(condition)
        return f"{function}({values[0]}.{values[1]} where {' and '.join(conditions)})"

    return line


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


def _difference(match: Match) -> Sequence[str] | str | None:
    """DATEDIFF with its unit first, DATEDIFF of MySQL, DAYS and DATEDIF of spreadsheets."""
    parts = arguments(match)
    name = match.words[0]
    if not parts:
        return None
    if len(parts) == 3 and name == "datedif":
        start, end, unit = parts[0], parts[1], unit_of(parts[2])
    elif len(parts) == 3:
        unit, start, end = unit_of(parts[0]), parts[1], parts[2]
    elif len(parts) == 2:
        unit, end, start = "day", parts[0], parts[1]
    else:
        return None
    if unit is None:
        return None
    if _is_now(end):
        return f"{unit}s since {start}"
    if _is_now(start):
        return f"{unit}s until {end}"
    return f"((days since {start}) - (days since {end}))" if unit == "day" else None


def _is_now(text: str) -> bool:
    return text.replace(" ", "").lower() in ("today", "now", "today()", "now()")


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


def _without_alias(match: Match) -> str | None:
    """`FROM invoices i WHERE i.status = …`: fields of rows stand without an alias."""
    alias, words = match.text("a").lower(), match.slots["w"]
    if alias in ("where", "join", "group", "order"):
        return None
    kept = [t for i, t in enumerate(words) if not _is_alias(words, i, alias)]
    return f"from {{t}} where {' '.join(t.text for t in kept).replace(' . ', '.')}"


def _is_alias(words: Sequence[Token], i: int, alias: str) -> bool:
    at_name = words[i].lower == alias and i + 1 < len(words) and words[i + 1].text == "."
    return at_name or (words[i].text == "." and i > 0 and words[i - 1].lower == alias)


def _exists(match: Match) -> str:
    function = "none" if match.words[0] == "not" else "any"
    return f"{function}({{t}} where {{w}})" if match.slots.get("w") else f"{function}({{t}})"


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
        row(
            "if/iif/wenn ( {a:argument} ,/; {b:argument} ,/; {c:argument} ) = {v:literal}",
            to=_if_equals,
            examples=(("IF(AND(autopay, seats > 10), 1, 0) = 1", "autopay and seats > 10"),),
            note="there is no `IF(…)` around a condition",
        ),
        row(
            "if/iif ( {a:argument} ,/; {b:argument} ,/; {c:argument} )",
            "if/iif ( {a:argument} ,/; {b:argument} )",
            to=_if,
            examples=(
                ("IF(seats > 100, TRUE, FALSE)", "seats > 100"),
                ('IF(plan = "team", seats > 5, seats > 50)', 'if plan = "team" then seats > 5 else seats > 50 end'),
            ),
            note="`IF(…)` is written `if … then … else … end`",
        ),
        row(
            "ifs ( {a:argument} ,/; {b:argument} )",
            "ifs ( {a:argument} ,/; {b:argument} ,/; {c:argument} ,/; {d:argument} )",
            "ifs ( {a:argument} ,/; {b:argument} ,/; {c:argument} ,/; {d:argument} ,/; {e:argument} ,/; {f:argument} )",
            "ifs ( {a:argument} ,/; {b:argument} ,/; {c:argument} ,/; {d:argument} ,/; {e:argument} ,/; {f:argument} ,/; {g:argument} ,/; {h:argument} )",
            to=_ifs,
            examples=(
                (
                    'IFS(plan = "team", seats > 5, TRUE, seats > 50)',
                    'if plan = "team" then seats > 5 else seats > 50 end',
                ),
            ),
            note="`IFS(…)` is written `if … then … else … end`",
        ),
        row(
            "and {l:list}",
            to=lambda m: _junction("and")(m) if _is_call(m) else None,
            examples=(('AND(plan <> "free", seats > 20)', 'plan != "free" and seats > 20'),),
            note="`AND(a, b)` is written `a and b`",
        ),
        row(
            "or {l:list}",
            to=lambda m: _junction("or")(m) if _is_call(m) else None,
            examples=(('OR(plan = "free", seats > 20)', 'plan = "free" or seats > 20'),),
            note="`OR(a, b)` is written `a or b`",
        ),
        row(
            "isblank/isempty/isnull/is_null ( {x:argument} )",
            "isna ( {x:argument} )",
            to="{x} is missing",
            examples=(("ISBLANK(country)", "country is missing"),),
            note="empty is written `is missing`",
        ),
        row(
            "notnull/isnotnull/is_not_null/known/isnumber/istext/isdate ( {x:argument} )",
            to=lambda m: None if m.around.lower(m.start + 2) in ("search", "find") else "{x} is not missing",
            note="filled in is written `is not missing`",
            examples=(("ISNUMBER(nps)", "nps is not missing"),),
        ),
        row("not ( {x:argument} )", to=_not, examples=(("NOT(ISBLANK(country))", "country is not missing"),)),
        row(
            "xor ( {a:argument} ,/; {b:argument} )",
            to="((({a}) and not ({b})) or (not ({a}) and ({b})))",
            examples=(("XOR(autopay, seats > 10)", "(autopay and not (seats > 10)) or (not autopay and seats > 10)"),),
            note="one of two and not both",
        ),
        row(
            "from {t:table} as? {a:name} where {w:condition}",
            to=_without_alias,
            examples=(
                ("EXISTS (SELECT 1 FROM invoices i WHERE i.state = 'failed')", 'any(invoices where state = "failed")'),
            ),
        ),
        row(
            "countif/countifs {l:list}",
            to=_countif,
            examples=(
                ('COUNTIF(tickets, "urgent") > 2', 'count(tickets where priority = "urgent") > 2'),
                (
                    'COUNTIFS(tickets.priority, "urgent", tickets.state, "open") > 2',
                    'count(tickets where priority = "urgent" and state = "open") > 2',
                ),
            ),
            note="rows are counted with `count(ROWS where …)`",
        ),
        row(
            "sumif {l:list}",
            to=_sumif("sum", values_first=False),
            examples=(
                (
                    'SUMIF(invoices.state, "paid", invoices.amount) > 500',
                    'sum(invoices.amount where state = "paid") > 500',
                ),
            ),
            note="rows are added up with `sum(ROWS where …)`",
        ),
        row(
            "averageif {l:list}",
            to=_sumif("average", values_first=False),
            examples=(
                (
                    'AVERAGEIF(invoices.state; "paid"; invoices.amount) > 100',
                    'average(invoices.amount where state = "paid") > 100',
                ),
            ),
        ),
        row(
            "sumifs {l:list}",
            to=_sumif("sum", values_first=True),
            examples=(
                (
                    'SUMIFS(invoices.amount, invoices.state, "paid") > 500',
                    'sum(invoices.amount where state = "paid") > 500',
                ),
            ),
        ),
        row(
            "averageifs {l:list}",
            to=_sumif("average", values_first=True),
            examples=(
                (
                    'AVERAGEIFS(invoices.amount, invoices.state, "paid") > 100',
                    'average(invoices.amount where state = "paid") > 100',
                ),
            ),
        ),
        row(
            "maxifs {l:list}",
            to=_sumif("max", values_first=True),
            examples=(
                (
                    'MAXIFS(invoices.amount, invoices.state, "paid") > 100',
                    'max(invoices.amount where state = "paid") > 100',
                ),
            ),
        ),
        row(
            "minifs {l:list}",
            to=_sumif("min", values_first=True),
            examples=(
                (
                    'MINIFS(invoices.amount, invoices.state, "paid") > 100',
                    'min(invoices.amount where state = "paid") > 100',
                ),
            ),
        ),
        # SQL
        row(
            "not? exists ( select {a:condition} from {t:table} where {w:condition} )",
            "not? exists ( select {a:condition} from {t:table} )",
            to=_exists,
            examples=(
                ("EXISTS (SELECT 1 FROM tickets WHERE priority = 'urgent')", 'any(tickets where priority = "urgent")'),
                ("NOT EXISTS (SELECT * FROM tickets)", "none(tickets)"),
            ),
            note="rows are asked for with `any(…)` and `none(…)`",
        ),
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
        row(
            "coalesce/ifnull/nvl/iferror/ifna/isnull ( {x:argument} ,/; {y:argument} )",
            "coalesce ( {x:argument} , {z:argument} , {y:argument} )",
            to=lambda m: "first_known({x}, {z}, {y})" if m.slots.get("z") else "first_known({x}, {y})",
            examples=(("COALESCE(nps, 0) < 7", "first_known(nps, 0) < 7"),),
            note="the first value that isn't missing is `first_known(…)`",
        ),
        row(
            'nullif ( {x:argument} , "" )', to="{x}", examples=(("NULLIF(country, '') IS NULL", "country is missing"),)
        ),
        row(
            "cast ( {x:value} as {y:name} )",
            "value/to_number/int/float ( {x:argument} )",
            to="{x}",
            examples=(("CAST(seats AS integer) > 10", "seats > 10"),),
            note="the model says of what type a field is",
        ),
        row(
            "{k:case}",
            to=_case,
            examples=(
                (
                    "CASE WHEN plan = 'team' THEN seats > 5 ELSE seats > 50 END",
                    'if plan = "team" then seats > 5 else seats > 50 end',
                ),
            ),
            note="`CASE WHEN` is written `if … then … else … end`",
        ),
        # dates
        row(
            "datediff/date_diff/datedif/days/timestampdiff {l:list}",
            to=lambda m: _difference(m) if _is_call(m) else None,
            examples=(
                ("DATEDIFF(day, signed_on, GETDATE()) > 30", "days since signed_on > 30"),
                ("DAYS(renewal_date, TODAY()) > 30", "days until renewal_date > 30"),
                ('DATEDIF(signed_on, TODAY(), "d") > 30', "days since signed_on > 30"),
            ),
            note="the time since a day is `days since …`, the time to it `days until …`",
        ),
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
