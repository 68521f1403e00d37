"""Heads and clauses of declarations: names, owners, goals, limits, plays and lists as people set them out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from segdsl.lang.reserved import PLAY_CLAUSES
from segdsl.phrasebook.families.arms import slug
from segdsl.phrasebook.pattern import Match
from segdsl.phrasebook.row import Family, row
from segdsl.phrasebook.tokens import Token, joined

_KINDS = ("segment", "segmentation", "metric", "outcome", "score")
_SCALES = {"daily": "1 day", "weekly": "7 days", "monthly": "1 month", "quarterly": "3 months", "yearly": "12 months", "annually": "12 months"}  # fmt: skip
_PERIODS = {"day": "1 day", "week": "7 days", "month": "1 month", "quarter": "3 months", "year": "12 months"}


def _begins(match: Match, *kinds: str) -> bool:
    """Whether the declaration is of one of these kinds."""
    return match.around.lower(0) in (kinds or _KINDS)


def _at_start(line: str, *kinds: str) -> Callable[[Match], str | None]:
    """A meaning that applies at the head of a declaration alone."""
    return lambda m: line if m.start == 0 and (not kinds or m.words[0] in kinds) else None


def _in(line: str, *kinds: str) -> Callable[[Match], str | None]:
    """A meaning that applies inside declarations of some kinds."""
    return lambda m: line if _begins(m, *kinds) else None


def _of_entity(match: Match) -> str | None:
    """`for accounts` and `of all accounts` in a head."""
    entity = match.around.names.entity_called(match.text("e"))
    before = [t.lower for t in match.around.tokens[: match.start]]
    if (
        entity is None
        or not before
        or before[0] not in (*_KINDS, "table", "details", "list", "property")
        or "{" in before
        or "=" in before
    ):
        return None
    return None if match.words == ["of", entity] else f"of {entity}"


def _of_some(match: Match) -> str | None:
    """`for active customers`: a value of a field chooses them."""
    names = match.around.names
    before = [t.lower for t in match.around.tokens[: match.start]]
    entity = names.entity_called(match.text("e")) or (names.entity if match.text("e") in _CUSTOMERS else None)
    if entity != names.entity or not before or before[0] not in ("segment", "segmentation") or "{" in before:
        return None
    fields = [(f, v) for f in names.fields if (v := names.value(f, match.text("v"))) is not None]
    return f'of {entity} where {fields[0][0]} = "{fields[0][1]}"' if len(fields) == 1 else None


_CUSTOMERS = ("customer", "customers", "client", "clients")


def _of_segment(match: Match) -> str | None:
    """`segment huge of vips { when C }`: who is in another segment, and C."""
    names = match.around.names
    said = "".join(t.lower for t in match.slots["r"])
    rule, before = (
        names.rules.get(said, said if said in names.rules.values() else ""),
        match.words[: match.words.index("{")],
    )
    if (
        match.around.lower(0) != "segment"
        or match.start > 3
        or not rule
        or names.entity_called(said)
        or "where" in before
    ):
        return None
    condition = f"({joined(match.slots['c']).strip()})" if "or" in [t.lower for t in match.slots["c"]] else "{c}"
    return f"of {names.entity} {{ when {names.entity} in {rule} and {condition}" if names.entity else None


def _part(match: Match) -> str | None:
    """A part of a score with its weight in another place."""
    weight, name = match.text("w").rstrip("%"), match.text("n")
    is_part = match.around.lower(0) == "score" and name.lower() not in ("part", "weight", "under", "from", "to")
    begins = (
        match.words[0] == "part"
        or "\n" in match.around.tokens[match.start].gap
        or match.around.lower(match.start - 1) == "{"
    )
    return f"part {name} weight {weight} =" if is_part and begins else None


def _titled(match: Match) -> str | None:
    """`segment "Big accounts"`: a name, then the title."""
    kind, title = match.words[0], match.text("t")
    after = match.around.lower(match.end)
    if match.start or after not in ("of", "{", "where", "=", "for", "from"):
        return None
    name = slug(title[1:-1])
    return f"{kind} {name} {title}" if name != title[1:-1] else f"{kind} {name}"


def _about(match: Match) -> str | None:
    """A metric that doesn't say of what it is."""
    entity = match.around.names.entity
    return f"metric {match.text('n')} of {entity} =" if match.start == 0 and entity else None


def _in_braces(match: Match) -> str | None:
    inner = match.slots["b"][1:-1]
    if match.start or not inner or inner[0].lower in ("when", "where"):
        return None
    return (
        joined([*match.around.tokens[match.start : match.end - len(match.slots["b"])]]).rstrip(" :=")
        + f" = {joined(inner).strip()}"
    )


def _values(tokens: tuple[Token, ...]) -> str | None:
    """Values of a list, each in quotes."""
    items = list[str]()
    for part in re.split(
        r"\s*[,;|\n]\s*|\s+(?:and|or|und|et|y)\s+(?=[\"'“])", joined(tokens).strip().strip("()[]{}").strip()
    ):
        if not part:
            continue
        inner = part.strip().strip("\"'“”")
        if not re.fullmatch(r"[^\"'(){}\[\]=]{1,80}", inner) or re.search(r" (?:and|or) ", inner):
            return None
        items.append(inner if re.fullmatch(r"\d[\d_]*(\.\d+)?", inner) else f'"{inner}"')
    alone = len(items) == 1 and " " in items[0] and all(t.kind == "word" for t in tokens)
    return f"({', '.join(items)})" if items and not alone else None


def _list_of(match: Match) -> str | None:
    """A list by its values, whatever stands around them."""
    if match.start or any(t.lower == "from" for t in match.slots["v"]):
        return None
    if match.words[0] != "list" and match.slots["v"][0].text not in ("(", "["):
        return None
    values = _values(match.slots["v"])
    title = f" {match.text('t')}" if match.slots.get("t") else ""
    return None if values is None else f"list {match.text('n')}{title} = {values}"


def _implied(match: Match) -> str | None:
    """`if A then B must be 0` of a property: not A, or B."""
    around = match.around
    if (
        around.lower(0) != "property"
        or around.lower(match.start - 1) not in ("{", "always")
        or around.lower(match.end) != "}"
    ):
        return None
    first, then = joined(match.slots["a"]).strip(), joined(match.slots["b"]).strip()
    equal = re.fullmatch(r'([\w.]+) (=|!=) ("[^"]*"|[\d_.]+)', first)
    other = f"{equal[1]} {'=' if equal[2] == '!=' else '!='} {equal[3]}" if equal else f"not ({first})"
    then = re.sub(r"\b(?:must|has to|should|shall|needs to) (?:be|equal)(?: equal to)?\b", "=", then)
    always = "" if around.lower(match.start - 1) == "always" else "always "
    return f"{always}{other} or {f'({then})' if ' and ' in then else then}"


def _asserted(match: Match) -> str | None:
    """`assert c`, `must not c` of a property: what is always or never so."""
    around = match.around
    if around.lower(0) != "property" or around.lower(match.start - 1) != "{" or around.lower(match.end) != "}":
        return None
    said = match.slots["c"]
    if len(said) > 1 and said[0].text == "(" and said[-1].text == ")" and not _closes_before(said):
        said = said[1:-1]
    before = match.words[: match.words.index(match.slots["c"][0].lower)]
    return f"{'never' if 'not' in before or '!' in before else 'always'} {joined(said).strip()}"


def _closes_before(tokens: Sequence[Token]) -> bool:
    """Tells whether the bracket with which tokens begin is closed before their end."""
    depth = 0
    for i, token in enumerate(tokens):
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0:
            return i < len(tokens) - 1
    return True


def _review(match: Match) -> str | None:
    if not _begins(match, "segment", "segmentation"):
        return None
    word = match.words[-1].rstrip("s")
    every = _SCALES.get(match.words[-1]) or _PERIODS.get(word)
    return f"review every {every}" if every else None


def _limit(match: Match) -> str | None:
    """`limit to 50 order by arr desc, seats desc`."""
    if not _begins(match, "segment", "segmentation"):
        return None
    ties = f" then by {match.text('s')}" if match.slots.get("s") else ""
    return f"limit {match.text('n')} by {match.text('a')}{ties}"


def _limit_by_money(match: Match) -> str | None:
    """`limit 50` without an order: by the first amount, where there is one."""
    from segdsl.model.types import Money

    if not _begins(match, "segment", "segmentation") or match.around.lower(match.end) == "by":
        return None
    amounts = [n for n, f in match.around.names.fields.items() if isinstance(f.type, Money)]
    return f"limit {match.text('n')} by {amounts[0]}" if amounts else None


def _bullets(match: Match) -> str | None:
    """Conditions one below the other, with dashes or without a sign, are joined by `and`."""
    around, at = match.around, match.start
    after_and = around.lower(at - 1) in ("and", "or", "when", "where", "not", "(", ",", "=", ":")
    if around.lower(at - 1) == "{" and around.lower(at + 1) in ("when", "goal", "owner", "basis", "review", "segment"):
        return ""
    if around.lower(at) in ("-", "*", "•", "–"):
        begins = "\n" in around.tokens[at].gap and around.tokens[at + 1].gap if at + 1 < len(around.tokens) else ""
        if not begins or around.lower(at - 1) in ("+", "-", "*", "/", "=", "<", ">"):
            return None
        return "" if after_and else "and"
    return None


def _next_line(match: Match) -> str | None:
    """A condition that begins on a line of its own."""
    around, at = match.around, match.start + 1
    before, first = around.tokens[match.start], around.tokens[at]
    ends = before.kind in ("text", "number", "date", "amount", "word", "quoted") or before.text in (")", "%")
    if not ends or "\n" not in first.gap or around.lower(at) not in around.names.fields:
        return None
    if around.lower(match.start) in (
        "and",
        "or",
        "not",
        "when",
        "where",
        "having",
        "by",
        "then",
        "than",
        "is",
        "in",
        "of",
        "since",
    ):
        return None
    return (
        f"{before.text} and {first.text}"
        if around.kind(at + 1) == "sign" or around.lower(at + 1) in ("is", "in", "not", "between", "contains", "has")
        else None
    )


_CLAUSES = ("goal", "owner", "basis", "review", "overrides", "when", "limit", "play")
_ORDER = {"limit": 2, "play": 3, "when": 1}


def _ordered(match: Match) -> str | None:
    """Clauses of a segment in their order: goal, owner, basis and review, then the condition, the limit and the play."""
    inner = match.slots["b"][1:-1]
    if match.start and match.around.lower(0) != "segmentation":
        return None
    depth, starts = 0, list[int]()
    for i, token in enumerate(inner):
        depth -= token.text in (")", "}", "]")
        before = inner[i - 1].lower if i else ""
        if (
            depth == 0
            and token.kind == "word"
            and token.lower in _CLAUSES
            and before not in ("and", "or", "not", "last", "by", "then", "only")
        ):
            starts.append(i)
        depth += token.text in ("(", "{", "[")
    if not starts or starts[0] or sum(inner[i].lower == "when" for i in starts) != 1:
        return None
    parts = [inner[a:b] for a, b in zip(starts, [*starts[1:], len(inner)])]
    ordered = sorted(parts, key=lambda part: _ORDER.get(part[0].lower, 0))
    if ordered == parts:
        return None
    head = joined(match.around.tokens[match.start : match.end - len(match.slots["b"])])
    return head + " { " + " ".join(joined(part).strip() for part in ordered) + " }"


# -- plays ---------------------------------------------------------------------------------


def _setting(match: Match) -> str | None:
    """A setting of a play: `channel = email`, `cost $120`."""
    around = match.around
    if around.lower(0) != "play" or (
        around.lower(match.start - 1) not in ("{", ",", "}")
        and around.kind(match.start - 1) not in ("text", "number", "word", "amount", "quoted")
    ):
        return None
    if (
        match.start < 2
        or around.lower(match.start) in ("only", "when", "play")
        or around.lower(match.start - 1) in ("play", "when", ":", "=")
    ):
        return None
    if any(_is_clause(around.tokens, i) for i in range(1, match.start + 1)):
        return None
    if match.text("k").lower() not in ("channel", "cost", "currency") and around.lower(match.start + 1) == ":":
        return None  # what isn't a setting doesn't become one by quotes
    value = match.slots["v"][0]
    if value.kind == "word" and match.text("k").lower() == "channel" and around.lower(match.start + 1) == ":":
        return None  # a channel by its name
    written = match.around.tokens[match.end - 1]
    text = f'"{value.text}"' if value.kind == "word" and value.lower not in ("true", "false") else value.text
    behind = ""
    if written.kind == "amount":
        figures = re.sub(r"[^\d.]", "", written.text)
        currency = next(
            (
                c
                for sign, c in (
                    ("$", "USD"),
                    ("€", "EUR"),
                    ("£", "GBP"),
                    ("USD", "USD"),
                    ("EUR", "EUR"),
                    ("GBP", "GBP"),
                )
                if sign in written.text
            ),
            "",
        )
        text, behind = figures, f', currency: "{currency}"' if currency else ""
    return f"{match.text('k')}: {text}{behind}"


def _is_clause(tokens: Sequence[Token], at: int) -> bool:
    """Tells whether a clause of a play begins with a token, behind which there are no settings to mend."""
    following = tokens[at + 1].text if at + 1 < len(tokens) else ""
    return tokens[at].kind == "word" and tokens[at].lower in PLAY_CLAUSES and following not in (":", "=")


def _play_in_braces(match: Match) -> str | None:
    return (
        f"play {match.text('n')} {{ {joined(match.slots['x'])} }}"
        if match.start == 0 and not any(t.text in ("{", "}") for t in match.slots["x"])
        else None
    )


# -- tables --------------------------------------------------------------------------------


def _table(match: Match) -> str | None:
    """A table that says among its fields to whom rows belong and when they were."""
    schema, inner = match.around.names.schema, list(match.slots["b"][1:-1])
    owner = match.around.names.entity_called(match.text("e"))
    if match.start or schema is None or owner is None:
        return None
    head = match.around.tokens[match.start : match.end - len(match.slots["b"])]
    words = [t.lower for t in head]
    key = schema.relations[owner].key or ""
    fields = [i for i, t in enumerate(inner) if t.kind == "word" and i + 1 < len(inner) and inner[i + 1].text == ":"]
    parts = [inner[a:b] for a, b in zip(fields, [*fields[1:], len(inner)])]
    by = (
        match.text("k")
        if "by" in words
        else next((p[0].text for p in parts if p[0].lower in (key, owner, f"{owner}_id")), key)
    )
    timed = [p for p in parts if len(p) > 2 and p[2].lower in ("timestamp", "date", "datetime", "time")]
    if "at" in words:
        at = words[words.index("at") + 1]
        by_day = joined(head).partition(" at ")[2].partition(":")[2].strip() == "date"
    elif len(timed) >= 1:
        at, by_day = timed[0][0].text, timed[0][2].lower == "date"
    else:
        return None
    rest = [p for p in parts if p[0].text not in (by, at)]
    title = f" {match.text('t')}" if match.slots.get("t") else ""
    inside = " ".join(joined(p).strip().rstrip(",") for p in rest)
    return (
        f"table {match.text('n')}{title} of {owner} by {by} at {at}{': date' if by_day else ''} {{ {inside} }}".replace(
            "{  }", "{ }"
        )
    )


def _closed_round(match: Match) -> str | None:
    """A bracket that is missing before the last brace."""
    inner = match.around.tokens[: match.start]
    opened = sum((t.text == "(") - (t.text == ")") for t in inner)
    return ")" * opened + " }" if opened == 1 and match.end == len(match.around.tokens) else None


def _closed(match: Match) -> str | None:
    """A last brace that is missing."""
    opens = sum(t.text == "{" for t in match.around.tokens)
    closes = sum(t.text == "}" for t in match.around.tokens)
    last = match.start == len(match.around.tokens) - 1
    return f"{match.around.tokens[match.start].text} }}" if last and opens == closes + 1 and _begins(match) else None


def _no_braces(match: Match) -> str | None:
    """`segment large of account when arr > 10`."""
    around = match.around
    if around.lower(0) != "segment" or any(t.text in ("{", "}", "=") for t in around.tokens[: match.start]):
        return None
    if any(t.text in ("{", "}") for t in around.tokens) or around.lower(match.start - 1) in (
        "and",
        "or",
        "where",
        "when",
    ):
        return None
    return f"{{ when {joined(match.slots['c']).strip()} }}"


def _play_behind(match: Match) -> str | None:
    return f"play {match.text('p')} }}" if _begins(match, "segment") and match.end == len(match.around.tokens) else None


_BIG = "segment large of account { when seats > 10 }"
_TWO = 'segment large of account { when seats > 10 and plan = "team" }'

FAMILY = Family(
    "Heads and clauses",
    3,
    (
        row(
            "define/create/make/add/declare/new a?/an?/new? segment/segmentation/metric/list/play/test",
            to=lambda m: m.words[-1] if m.start == 0 else None,
            note="a declaration begins with its kind",
            where="anywhere",
            examples=(("create segment large of account { when seats > 10 }", _BIG),),
        ),
        row(
            "measure/kpi/calculate/metrics",
            to=_at_start("metric"),
            note="a number with a name is a `metric`",
            where="anywhere",
            examples=(("kpi size of account = seats", "metric size of account = seats"),),
        ),
        row(
            "of/for/on/from/in all/every/each? {e:word}",
            "of the {e:word}",
            to=_of_entity,
            note="the entity stands after `of`",
            where="anywhere",
            examples=(("segment large of all accounts { when seats > 10 }", _BIG), ("segment large for account { when seats > 10 }", _BIG)),
        ),
        row(
            "of/for/on all/the? {v:word} {e:word}",
            to=_of_some,
            note="whom a rule is about is said with `where`",
            where="anywhere",
            examples=(("segment large for active accounts { when seats > 10 }", 'segment large of account where status = "active" { when seats > 10 }'),),
        ),
        row(
            "of/from/in/within the? {r:path} { when {c:condition}",
            to=_of_segment,
            note="a segment is of customers; who is in another is asked with `in`",
            where="anywhere",
            examples=(
                (
                    "segment huge of vips { when seats > 10 or autopay }",
                    "segment huge of account { when account in vips and (seats > 10 or autopay) }",
                ),
            ),
        ),
        row(
            "part? {n:name} {w:figure} =/:",
            "part? {n:name} ( {w:figure} ) =/:",
            "part? {n:name} weight :/= {w:figure} =/:",
            "part? {n:name} weight {w:figure} :",
            to=_part,
            note="a part is `part NAME weight N = NUMBER`",
            where="anywhere",
            examples=(
                (
                    "score use of account { part size 60% = seats part mood 40% = nps missing parts: unknown }",
                    "score use of account { part size weight 60 = seats part mood weight 40 = nps missing parts: unknown }",
                ),
            ),
        ),
        row(
            "missing parts? :? ignore/skip/ignored/skipped/left_out/share_out",
            to=lambda m: "missing parts: share out up to 100" if m.around.lower(0) == "score" and m.around.lower(m.end) != "up" else None,
            note="the weights of missing parts are shared out among the others",
            where="anywhere",
            sure=False,
            examples=(
                (
                    "score use of account { part size weight 60 = seats part mood weight 40 = nps missing parts: ignore }",
                    "score use of account { part size weight 60 = seats part mood weight 40 = nps missing parts: share out up to 100 }",
                ),
            ),
        ),
        row(
            "cap at/to/:? {n:figure} if/when/where",
            to=lambda m: "cap {n} when" if m.around.lower(0) == "score" else None,
            note="a cap is `cap N when CONDITION`",
            where="anywhere",
            examples=(
                (
                    "score use of account { part size weight 60 = seats missing parts: unknown cap at 30 if nps < 3 }",
                    "score use of account { part size weight 60 = seats missing parts: unknown cap 30 when nps < 3 }",
                ),
            ),
        ),
        row(
            "segment/segmentation/metric/play/list/score/test {t:text}",
            to=lambda m: None if m.words[0] == "test" else _titled(m),
            note="a name comes first, then the title in quotes",
            where="anywhere",
            examples=(('segment "Large ones" of account { when seats > 10 }', 'segment large_ones "Large ones" of account { when seats > 10 }'),),
        ),
        row(
            "segment {n:name} as/is/: {c:condition}",
            to=lambda m: f"segment {m.text('n')} of {m.around.names.entity} {{ when {m.text('c')} }}" if m.start == 0 else None,
            note="a condition stands after `when`, in braces",
            where="anywhere",
            examples=(("segment large as seats > 10", _BIG),),
        ),
        row(
            "( when {c:condition} )",
            to=lambda m: "{ when {c} }" if _begins(m, "segment") else None,
            note="a condition stands after `when`, in braces",
            where="anywhere",
            examples=(("segment large of account ( when seats > 10 )", _BIG),),
        ),
        row(
            ": when/where/if {c:condition}",
            "when/where/if/: {c:condition}",
            "that/who/which {c:condition}",
            to=_no_braces,
            note="a condition stands after `when`, in braces",
            where="anywhere",
            examples=(("segment large of account when seats > 10", _BIG),),
        ),
        row(
            "owner {a:name} -/. {b:name}",
            "owner {a:name}",
            to=lambda m: f'owner "{joined([*m.around.tokens[m.start + 1 : m.end]]).strip()}"' if _begins(m, "segment", "segmentation") and not any(t.gap for t in m.around.tokens[m.start + 2 : m.end]) else None,
            note="an owner stands in quotes",
            where="anywhere",
            examples=(("segment large of account { owner cs-ops when seats > 10 }", 'segment large of account { owner "cs-ops" when seats > 10 }'),),
        ),
        row(
            "goal/owner/basis/play :/=",
            to=lambda m: m.words[0] if _begins(m, "segment", "segmentation") else None,
            note="nothing stands between `owner` and the text",
            where="anywhere",
            examples=(('segment large of account { owner: "cs-ops" when seats > 10 }', 'segment large of account { owner "cs-ops" when seats > 10 }'),),
        ),
        row(
            "{ description/title/name/label/doc :/=? {t:text}",
            to=lambda m: "{" if _begins(m, "segment", "segmentation") and m.around.kind(m.start - 1) != "text" else None,
            where="anywhere",
            sure=False,
            note="a title stands after the name",
            examples=(('segment large of account { description "The large ones" when seats > 10 }', _BIG),),
        ),
        row(
            "basis {a:word} and/& {b:word}",
            to=_in("basis {a}, {b}", "segment", "segmentation"),
            note="several bases stand with commas",
            where="anywhere",
            examples=(("segment large of account { basis value and lifecycle when seats > 10 }", "segment large of account { basis value, lifecycle when seats > 10 }"),),
        ),
        row(
            "review :/=? every? day/week/month/quarter/year/daily/weekly/monthly/quarterly/yearly/annually",
            to=_review,
            note="a review is due `every N days` or months",
            where="anywhere",
            examples=(("segment large of account { review quarterly when seats > 10 }", "segment large of account { review every 3 months when seats > 10 }"),),
        ),
        row(
            "segment/arm {n:name} {t:text} { all? everybody_else/everyone_else/the_rest/rest/others/all_others/the_others/everything_else/else/otherwise/anyone_else }",
            "segment/arm {n:name} { all? everybody_else/everyone_else/the_rest/rest/others/all_others/the_others/everything_else/else/otherwise/anyone_else }",
            to=lambda m: f"otherwise {m.text('n')}{' ' + m.text('t') if m.slots.get('t') else ''}" if m.around.lower(0) == "segmentation" and m.end == len(m.around.tokens) - 1 else None,
            note="the last line begins with `otherwise`",
            where="anywhere",
            examples=(('segmentation sizes of account { segment large { when seats > 10 } segment small "Small" { everybody else } }', 'segmentation sizes of account { segment large { when seats > 10 } otherwise small "Small" }'),),
        ),
        row(
            "if {a:condition} then {b:condition}",
            "whenever/where/when/for {a:condition} ,/: {b:condition}",
            to=_implied,
            note="where one holds the other must: `always not (…) or …`",
            where="anywhere",
            examples=(('property "free brings nothing" of account { if plan = "free" then arr must be 0 }', 'property "free brings nothing" of account { always plan != "free" or arr = 0 }'),),
        ),
        row(
            "assert/require/requires/ensure/invariant/check/expect/must/should not/! ( {c:condition} ) ;?",
            "must/should not :? {c:condition} ;?",
            "assert/require/requires/ensure/invariant/check/expect/must/should :? {c:condition} ;?",
            to=_asserted,
            note="a property is `always` or `never` true",
            where="anywhere",
            examples=(
                ('property "free brings nothing" of account { assert not (plan = "free" and arr > 0) }', 'property "free brings nothing" of account { never plan = "free" and arr > 0 }'),
                ('property "no debt" of account { assert arr >= 0 }', 'property "no debt" of account { always arr >= 0 }'),
            ),
        ),
        row(
            "then/and when",
            to=lambda m: "and" if m.words[0] == "and" else "when",
            where="anywhere",
            note="one `when`, and its conditions joined by `and`",
            examples=(('segment large of account { when seats > 10 and when plan = "team" }', _TWO),),
        ),
        row(
            "-/*/•/–",
            to=_bullets,
            where="anywhere",
            note="conditions are joined by `and`",
            sure=False,
            examples=(('segment large of account {\n when\n - seats > 10\n - plan = "team"\n}', _TWO),),
        ),
        row(
            "{a:anything} {b:word}",
            to=lambda m: _next_line(m) if m.end - m.start == 2 else None,
            note="conditions are joined by `and`",
            sure=False,
            examples=(('segment large of account { when seats > 10\n plan = "team" }', _TWO),),
        ),
        row(
            "segment {n:name} {t:text} of {e:name} {b:braces}",
            "segment {n:name} of {e:name} {b:braces}",
            "segment {n:name} {t:text} {b:braces}",
            "segment {n:name} {b:braces}",
            to=_ordered,
            note="goal, owner, basis and review come before `when`, limit and play after it",
            where="anywhere",
            examples=(('segment large of account { when seats > 10 owner "cs-ops" }', 'segment large of account { owner "cs-ops" when seats > 10 }'),),
        ),
        row(
            "only if/for/where/to when/if?",
            "{ when/if/where",
            to=lambda m: (("only when" if m.words[0] == "only" else "{ only when") if m.around.lower(0) == "play" else None),
            note="a guard of a play is `only when CONDITION`",
            where="anywhere",
            examples=(('play calls { only if plan = "team" }', 'play calls { only when plan = "team" }'),),
        ),
        row(
            "when/if {c:condition} }",
            to=lambda m: "only when {c} }" if m.around.lower(0) == "play" and m.around.lower(m.start - 1) != "only" else None,
            note="a guard of a play is `only when CONDITION`",
            where="anywhere",
            examples=(('play calls { channel: "csm" when plan = "team" }', 'play calls { channel: "csm" only when plan = "team" }'),),
        ),
        row(
            "play {n:name} : {x:everything}",
            to=_play_in_braces,
            note="the settings of a play stand in braces",
            where="anywhere",
            examples=(('play calls: channel "csm"', 'play calls { channel: "csm" }'),),
        ),
        row(
            "{k:word} =/:/is? {v:text}",
            "{k:word} =/:/is? {v:figure}",
            "{k:word} =/:/is? {v:amount}",
            "{k:word} =/:/is {v:word}",
            to=_setting,
            note="a setting is `NAME: VALUE`, its text in quotes",
            where="anywhere",
            examples=(("play calls { channel = csm }", 'play calls { channel: "csm" }'),),
        ),
        row(
            "table {n:name} {t:text} of {e:name} by {k:name} at {a:name} : {y:word} {b:braces}",
            "table {n:name} of {e:name} by {k:name} at {a:name} : {y:word} {b:braces}",
            "table {n:name} {t:text} of {e:name} by {k:name} at {a:name} {b:braces}",
            "table {n:name} of {e:name} by {k:name} at {a:name} {b:braces}",
            "table {n:name} {t:text} of {e:name} by {k:name} {b:braces}",
            "table {n:name} of {e:name} by {k:name} {b:braces}",
            "table {n:name} {t:text} of {e:name} at {a:name} {b:braces}",
            "table {n:name} of {e:name} at {a:name} {b:braces}",
            "table {n:name} {t:text} of {e:name} {b:braces}",
            "table {n:name} of {e:name} {b:braces}",
            to=_table,
            note="`by` names the column with the owner's key, `at` the time of a row",
            where="anywhere",
            sure=False,
            examples=(
                (
                    "table calls of account { account_id: text called_at: timestamp minutes: integer }",
                    "table calls of account by account_id at called_at { minutes: integer }",
                ),
            ),
        ),
        row(
            "limit/top/first/max/only to/the? {n:figure} by/ordered_by/order_by/sorted_by/sort_by/with_highest {a:value} desc/descending/highest_first/first? ,/then_by/and {s:value} desc/descending?",
            "limit/top/first/max/only to/the? {n:figure} by/ordered_by/order_by/sorted_by/sort_by/with_highest {a:value} desc/descending/highest_first",
            "limit/top/first/max to {n:figure} by {a:value}",
            "limit {n:figure} ordered_by/order_by/sorted_by/sort_by {a:value}",
            "order_by/sort_by/ordered_by {a:value} desc/descending? ,/then_by {s:value} desc/descending? limit/top/first to? {n:figure}",
            "order_by/sort_by/ordered_by {a:value} desc/descending? limit/top/first to? {n:figure}",
            "top/first {n:figure} by {a:value}",
            to=lambda m: _limit(m) if m.around.lower(m.start - 1) not in ("in", "when", "and", "or", "not", "(", "the", "our", "only", "just") else None,
            note="the greatest first: `limit 50 by FIELD then by FIELD`",
            where="anywhere",
            examples=(
                ("segment large of account { when seats > 10 limit to 50 order by arr desc, seats desc }", "segment large of account { when seats > 10 limit 50 by arr then by seats }"),
                ("segment large of account { when seats > 10 order by arr desc limit 50 }", "segment large of account { when seats > 10 limit 50 by arr }"),
            ),
        ),
        row(
            *(
                f",/and/but at_most/no_more_than/up_to/maximum/max/limited_to/limit_to/only the? {{n:figure}} in_each/in_every/per/for_each/of_each/for_every {{g:path}} ,/and? {order}"
                for order in (
                    "the? biggest/largest/highest/greatest/top {a:value} first",
                    "starting_with/beginning_with the? biggest/largest/highest/greatest {a:value}",
                )
            ),
            to="limit {n} by {a} per {g}",
            where="anywhere",
            note="the greatest first: `limit 50 by FIELD per GROUP`",
            examples=(
                (
                    "segment large of account { when seats > 10, at most 40 in each country, biggest arr first }",
                    "segment large of account { when seats > 10 limit 40 by arr per country }",
                ),
            ),
        ),
        row(
            ",/and/but but/and? only/just/take/keep? only? the/our? {n:figure} biggest/largest/highest/greatest/top accounts/customers/ones? by {a:value}",
            ",/and/but but/and? only/just/take/keep? only? the/our? top/first/best/biggest/largest {n:figure} accounts/customers/ones? by {a:value}",
            "only/just the/our? {n:figure} biggest/largest/highest/greatest/top accounts/customers/ones? by {a:value}",
            "only/just the/our? top/first/best/biggest/largest {n:figure} accounts/customers/ones? by {a:value}",
            ",/and/but but/and? limit/limited/at_most/no_more_than/max/maximum/up_to/capped to/at/the? {n:figure} accounts/customers/of_them? by {a:value}",
            to=lambda m: _limit(m) if {"only", "just", "take", "keep", "limit", "limited", "at", "no", "max", "maximum", "up", "capped", "but"} & {*m.words} else None,
            note="the greatest first: `limit 50 by FIELD`",
            where="anywhere",
            examples=(
                (
                    "segment large of account { when seats > 10, but only the 50 biggest by arr }",
                    "segment large of account { when seats > 10 limit 50 by arr }",
                ),
                (
                    "segment large of account { when seats > 10, at most 50 by arr }",
                    "segment large of account { when seats > 10 limit 50 by arr }",
                ),
            ),
        ),
        row(
            "limit {n:figure}",
            to=_limit_by_money,
            where="anywhere",
            sure=False,
            note="a limit says by what",
            examples=(("segment large of account { when seats > 10 limit 50 }", "segment large of account { when seats > 10 limit 50 by arr }"),),
        ),
        row(
            "replaces/replacing/to_replace/may_replace/might_replace/could_replace/instead_of/in_place_of/successor_of/successor_to/candidate_for/a_candidate_for/as_a_candidate_for/challenger_of/challenger_to/alternative_to/version_of/new_version_of {n:name} {b:braces}",
            "candidate :? {n:name} {b:braces}",
            to=lambda m: "candidate of {n} {b}" if m.around.lower(0) == "segmentation" and m.text("n") in m.around.names.others else None,
            note="a new version is `candidate of` the segmentation that it may replace",
            where="anywhere",
            sure=False,
            examples=(
                (
                    "segmentation sizes of account { segment large { when seats > 50 } otherwise small }\nsegmentation sizes_2 of account replaces sizes { segment large { when seats > 60 } otherwise small }",
                    "segmentation sizes of account { segment large { when seats > 50 } otherwise small }\nsegmentation sizes_2 of account candidate of sizes { segment large { when seats > 60 } otherwise small }",
                ),
            ),
        ),
        row(
            "from the? recorded? runs of {n:name} since/from/beginning/beginning_on/starting_on/starting_from/as_of/after/on {d:date}",
            "from the? recorded? runs of {n:name} {d:date}",
            to="from runs of {n} starting {d}",
            note="recorded runs are `from runs of` a rule, `starting` on a day",
            where="anywhere",
            examples=(
                (
                    "segmentation sizes of account { segment large { when seats > 50 } otherwise small } table r of account from runs of sizes since 2026-10-01",
                    "segmentation sizes of account { segment large { when seats > 50 } otherwise small } table r of account from runs of sizes starting 2026-10-01",
                ),
            ),
        ),
        row(
            "run/start/launch/trigger/execute/assign/then the? play/playbook {p:name}",
            to=lambda m: "play {p}" if m.text("p") in m.around.names.plays and m.around.lower(m.start - 1) != "then" else None,
            note="who gets a play is said by `play NAME`",
            where="anywhere",
            examples=(
                (
                    "segment large of account { when seats > 10 run play exec_call }",
                    "segment large of account { when seats > 10 play exec_call }",
                ),
            ),
        ),
        row(
            "} play :? {p:name}",
            to=_play_behind,
            note="`play` stands inside the braces",
            where="anywhere",
            examples=(("segment large of account { when seats > 10 } play exec_call", "segment large of account { when seats > 10 play exec_call }"),),
        ),
        row(
            "and/or/, }",
            to="}",
            where="anywhere",
            sure=False,
            note="nothing follows it",
            examples=(("segment large of account { when seats > 10 and }", _BIG),),
        ),
        row(
            "}",
            to=_closed_round,
            where="anywhere",
            sure=False,
            note="the last bracket is missing",
            examples=(('segment large of account { when (seats > 10 and plan = "team" }', 'segment large of account { when (seats > 10 and plan = "team") }'),),
        ),
        row(
            "{x:everything}",
            to=_closed,
            where="anywhere",
            sure=False,
            note="the last brace is missing",
            examples=(("segment large of account { when seats > 10", _BIG),),
        ),
        row(
            "metric {n:name} :/= ",
            "metric {n:name} is",
            to=_about,
            note="a metric says of what it is",
            where="anywhere",
            sure=False,
            examples=(("metric size = seats", "metric size of account = seats"),),
        ),
        row(
            "list {n:name} {t:text} =/:/is/are/contains/of {v:everything}",
            "list {n:name} =/:/is/are/contains {v:everything}",
            "list {n:name} {v:bracketed}",
            "list {n:name} {v:list}",
            "{n:name} = {v:list}",
            "{n:name} = {v:bracketed}",
            to=_list_of,
            note="the values of a list stand in round brackets, each in quotes",
            where="anywhere",
            examples=(('list nordics = "SE", "NO"', 'list nordics = ("SE", "NO")'), ("list nordics = [SE, NO]", 'list nordics = ("SE", "NO")'), ('list nordics "North" is "SE" and "NO"', 'list nordics "North" = ("SE", "NO")')),
        ),
        row(
            "metric {n:name} of {e:name} is/as/:_=/->/:",
            "metric {n:name} {t:text} of {e:name} is/as/:_=/->/:",
            to=lambda m: f"metric {m.text('n')}{' ' + m.text('t') if m.slots.get('t') else ''} of {m.text('e')} =",
            note="a metric's value stands after `=`",
            where="anywhere",
            examples=(("metric size of account is seats", "metric size of account = seats"),),
        ),
        row(
            "metric {n:name} of {e:name} =? {b:braces}",
            to=_in_braces,
            note="a metric's value stands after `=`, without braces",
            where="anywhere",
            examples=(("metric size of account { seats }", "metric size of account = seats"),),
        ),
    ),
)  # fmt: skip
