"""Signs, quotes and capitals of elsewhere."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from segdsl.lang import letters
from segdsl.lang.reserved import AGGREGATES, MEANT, RESERVED
from segdsl.model import types as ty
from segdsl.phrasebook.names import stem
from segdsl.phrasebook.pattern import Match
from segdsl.phrasebook.row import Family, row

_KEYWORDS = """
    last next this since before from until ago days day weeks week months month years year hours calendar fiscal contains starts
    ends with of when then limit play per top bottom ignoring case followed by within share latest segment segmentation
    otherwise undecided metric entity table list test expect account
"""
_WORDS = {*_KEYWORDS.split()}


_BEFORE_CODES = {"=", "!=", "is", "are", "isn't", "not", "in", "(", ",", "or", "nor", "either", "neither", "from"}
_LIGATURE = re.compile("[\ufb00-\ufb06]")


def _in_quotes(match: Match) -> str:
    written = _LIGATURE.sub(lambda m: unicodedata.normalize("NFKC", m[0]), match.text("q")[1:-1])
    inner = written.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inner}"'


def _lower(match: Match) -> str | None:
    """A word of the language or the model in capitals."""
    word = match.text("w")
    lower = word.lower()
    names = match.around.names
    known = lower in RESERVED or lower in _WORDS or lower in AGGREGATES or lower in MEANT
    known = known or lower in names.fields or lower in names.tables or lower in names.others
    if (word == "NO" or len(word) == 1) and match.around.lower(match.start - 1) in _BEFORE_CODES:
        return None  # Norway, or a grade
    if word == lower or not known or (match.around.lower(match.start + 1) == "." and lower not in names.tables):
        return None
    return lower


def _plain(match: Match) -> str | None:
    """A word without ligatures or wide letters."""
    word = match.text("w")
    plain = unicodedata.normalize("NFKC", word)
    return plain if plain != word and plain.isascii() else None


def _without_accents(match: Match) -> str | None:
    """A name with accents, where it is declared and where it is used."""
    word, names = match.text("n"), match.around.names
    name = letters.plain(word).lower()
    is_new = len(match.words) > 1
    if (
        word.isascii()
        or not re.fullmatch(r"[a-z]\w*", name)
        or name in RESERVED
        or not (is_new or name in names.others)
    ):
        return None
    return f"{match.words[0]} {name}" if is_new else name


def _value_of_metric(match: Match) -> str | None:
    """A word in capitals that a metric is compared with, and that is no name."""
    names, word = match.around.names, match.text("v")
    known = word.lower() in names.fields or word.lower() in names.tables or word.lower() in names.others
    if match.text("m").lower() not in names.metrics or known or not word[0].isupper() or word.lower() in _NO_TEXTS:
        return None
    return f'{match.text("m").lower()} {match.words[1]} "{word}"'


_NO_TEXTS = {"true", "false", "yes", "no", "null", "none", "missing", "today", "now", "if", "not", "case"}


def _as_of(match: Match) -> str | None:
    """`seats 30 days ago`: a number as it was."""
    names, word = match.around.names, match.text("w").lower()
    described = names.described(word)
    is_number = word in names.metrics or (described is not None and ty.is_numeric(described.type))
    return "({w} as of {d} ago)" if is_number else None


def _not_value(match: Match) -> str | None:
    """`NOT Plan = Free`."""
    path = match.text("p").replace(" ", "").lower()
    value = match.around.names.value(path, match.text("w"))
    return None if value is None else f'{path} != "{value}"'


def _unquoted(match: Match) -> str | None:
    """A column in quotes before what is said of it in words."""
    before, said = match.around.lower(match.start - 1), match.text("t")[1:-1]
    if before not in ("when", "where", "and", "or", "not", "(", "", "{") or not re.fullmatch(r"[A-Za-z][\w -]*", said):
        return None
    words = said.split()
    names = match.around.names
    field = names.field(words) or next((f for f in names.fields if _is_date_of(f, words)), None)
    if match.words[-1] in ("none", "zero", "nil"):
        return f"{said} is 0" if words[0].lower() in ("number", "count", "total") else f"{field or said} is missing"
    return f"{field or said} {' '.join(match.words[1:])}"


def _is_date_of(field: str, words: Sequence[str]) -> bool:
    """`Create date` for `created_at`, where a date is said."""
    verb = field.rpartition("_")[0]
    return (
        field.endswith(("_at", "_on", "_date"))
        and len(words) == 2
        and words[1].lower() in ("date", "time", "day", "at", "on")
        and stem(words[0]) == stem(verb)
    )


def _arm_by_title(match: Match) -> str | None:
    """`motion “Save”`: an arm by its title."""
    whole, names = match.text("m").lower(), match.around.names
    path = names.rules.get(match.text("t")[1:-1].lower(), "")
    return path if path.startswith(f"{whole}.") else None


def _field_in_words(match: Match) -> str | None:
    words = [t.text for name in ("a", "b", "c") for t in match.slots.get(name, ())]
    if words[-1].lower() == "at" and match.around.lower(match.end) in ("least", "most"):
        return None  # `created at least 30 days ago`
    return match.around.names.field(words)


def _quoted_field(match: Match) -> str | None:
    """A column in quotes before a comparison, or how many rows there are."""
    names, title = match.around.names, match.text("t")[1:-1]
    if (name := names.field([title])) is not None:
        return name
    counted = re.fullmatch(r"(?i)(?:number|count|#) of (?:associated |related |all )?([\w ]+)", title)
    table = names.table(counted[1].split()) if counted else None
    return None if table is None else f"count({table})"


def _after_nothing(match: Match) -> str | None:
    """An `=` with which a formula begins."""
    before = match.around.lower(match.start - 1)
    return "{x}" if before in ("", "when", "where", "and", "or", "(", "having") else None


def _instead(meant: str, sign: str) -> str:
    return f"write `{meant}` instead of `{sign}`"


def _custom(match: Match) -> str | None:
    """`Renewal_Date__c` of Salesforce: the name of a field or of rows with an ending that says who made it."""
    name = match.text("w").lower()
    if not name.endswith(("__c", "__r")):
        return None
    names, own = match.around.names, name[:-3]
    before = match.around.lower(match.start - 1)
    if before == ".":
        return own if names.described(f"{match.around.lower(match.start - 2)}.{own}") is not None else None
    return own if names.field([own]) or own in names.tables else names.table([own])


def _remark(match: Match) -> str | None:
    """A remark; None for a division of Python, as in `arr // 1000`."""
    said = match.text("r")
    divisor = re.fullmatch(r"//\s*([\w.]+)\s*", said)
    if divisor is not None and match.around.kind(match.start - 1) in ("word", "number") and match.start:
        names = match.around.names
        if re.fullmatch(r"[\d_.]+", divisor[1]) or names.described(divisor[1]) is not None:
            return None
    return "# " + said.strip("-/* \n").replace("\n", " ")


FAMILY = Family(
    "Signs, quotes and capitals",
    0,
    (
        row(
            "{b:blank}",
            to="",
            note="that blank isn't an ordinary one",
            where="anywhere",
            examples=(("seats\xa0> 10", "seats > 10"),),
        ),
        row(
            "–",
            "—",
            "−",
            to="-",
            note="a minus is written `-`",
            where="anywhere",
            examples=(("seats – 3 > 5", "seats - 3 > 5"),),
        ),
        row(
            "{w:word}",
            to=_plain,
            note="letters are written one by one",
            where="anywhere",
            examples=(("ﬁrst_known(nps, 0) > 3", "first_known(nps, 0) > 3"),),
        ),
        row(
            "{w:word}",
            to=_custom,
            note="names stand without `__c`",
            where="anywhere",
            examples=(("Renewal_Date__c is missing", "renewal_date is missing"),),
        ),
        row(
            "{q:quoted}",
            to=_in_quotes,
            examples=(("plan = 'team'", 'plan = "team"'), ("plan = “team”", 'plan = "team"')),
            note='text stands in straight double quotes: "…"',
            where="anywhere",
        ),
        row(
            "{r:remark}",
            to=_remark,
            note="a remark begins with `#`",
            where="anywhere",
            examples=(("seats > 10 -- the large ones", "seats > 10"),),
        ),
        row("×", to="*", examples=(("seats × 2 > 20", "seats * 2 > 20"),), note="times is written `*`"),
        row("÷", to="/", examples=(("seats ÷ 2 > 20", "seats / 2 > 20"),), note="divided by is written `/`"),
        row("==", to="=", examples=(("seats == 10", "seats = 10"),), note="equal is written `=`"),
        row("<>/≠", to="!=", examples=(('plan <> "free"', 'plan != "free"'),), note="not equal is written `!=`"),
        *(
            row(sign, to=meant, examples=((f"seats {sign} 10", f"seats {meant} 10"),), note=_instead(meant, sign))
            for sign, meant in (("≥", ">="), ("=>", ">="), ("≤", "<="), ("=<", "<="))
        ),
        *(
            row(
                sign,
                to=meant,
                examples=((f"seats > 10 {sign} autopay", f"seats > 10 {meant} autopay"),),
                note=_instead(meant, sign),
            )
            for sign, meant in (("&&", "and"), ("&", "and"), ("||", "or"), ("|", "or"))
        ),
        row("! {x:value}", to="not {x}", examples=(("!autopay", "not autopay"),), note=_instead("not", "!")),
        row(
            "= {x:value}",
            to=_after_nothing,
            examples=(("=seats > 10", "seats > 10"),),
            note="a condition begins without `=`",
        ),
        row(
            "` {n:name} `",
            to="{n}",
            note="names stand without quotes",
            examples=(("`seats` > 10", "seats > 10"),),
        ),
        row(
            "[ {n:name} ]",
            to=lambda m: m.around.names.field([m.text("n")]),
            note="names stand without brackets",
            examples=(("[seats] > 10", "seats > 10"),),
        ),
        row(
            "then/->/→/=> create/run/start/launch/trigger/open/do/use/call? a/an/the? play/cta/playbook/action? :? {n:word}",
            to=lambda m: f"play {m.text('n').lower()}" if m.text("n").lower() in m.around.names.plays else None,
            note="what somebody gets is `play NAME`, behind the condition",
            where="anywhere",
            examples=(
                (
                    "segment big of account { when seats > 10 -> exec_call }",
                    "segment big of account { when seats > 10 play exec_call }",
                ),
                (
                    "segment big of account { when seats > 10 then play exec_call }",
                    "segment big of account { when seats > 10 play exec_call }",
                ),
            ),
        ),
        row(
            "•",
            "·",
            to=lambda m: (
                "and"
                if m.around.lower(m.start - 1) not in ("when", "where", "and", "or", "(", "", ",", ":", "{")
                else None
            ),
            note="two conditions are joined by `and`",
            examples=(("seats > 5 • nps > 7", "seats > 5 and nps > 7"),),
        ),
        row(
            "{p:path} : within/in/under/over/above/below/between/at/more/less/fewer/before/after/is/up/≤/≥/</<=/>/>=",
            to=lambda m: (
                f"{{p}} {m.words[-1]}"
                if not m.inside_call() and m.around.names.described(m.text("p").replace(" ", "").lower()) is not None
                else None
            ),
            note="a condition stands without a colon",
            examples=(("seats: over 5 and plan: team", 'seats > 5 and plan = "team"'),),
        ),
        row(
            "not {p:path} =/is {w:word}",
            "{m:word} =/!= {v:word}",
            to=lambda m: _value_of_metric(m) if m.slots.get("m") else _not_value(m),
            note="values stand in double quotes",
            examples=(("NOT Plan = Free", 'plan != "free"'),),
        ),
        row(
            "{t:text} is none/zero/nil",
            "{t:text} is/isn't/has/contains/starts/begins/ends/equals/between/before/after",
            to=_unquoted,
            note="names stand without quotes",
            examples=(('"Renewal date" is before 2026-12-31', "renewal_date < 2026-12-31"),),
        ),
        row(
            "{m:word} {t:text}",
            "{m:word} {t:quoted}",
            "{m:word} . {t:text}",
            to=_arm_by_title,
            note="an arm is `SEGMENTATION.ARM`",
            examples=(('account in growth "Stars"', "account in growth.stars"),),
        ),
        row(
            ", max/maximum/at_most/limit/limited_to/up_to/only {n:figure} accounts/customers/clients? ,? highest/largest/biggest/most {x:path} first",
            ", max/maximum/at_most/limit/limited_to/up_to/only {n:figure} accounts/customers/clients? per {g:path} ,? highest/largest/biggest/most {x:path} first",
            to=lambda m: (
                f"limit {{n}} by {{x}}{' per {g}' if m.slots.get('g') else ''}"
                if m.around.lower(0) in ("segment", "segmentation")
                else None
            ),
            note="`limit N by X` takes those with the largest X",
            where="anywhere",
            examples=(
                (
                    "segment big of account { when seats > 10, max 25 accounts per country, highest arr first }",
                    "segment big of account { when seats > 10 limit 25 by arr per country }",
                ),
            ),
        ),
        row(
            "and? then/afterwards {t:table} within",
            to=lambda m: "followed by {t} within" if m.inside_call() else None,
            note="what came after is asked with `followed by`",
            examples=(("any(tickets then logins within 7 days)", "any(tickets followed by logins within 7 days)"),),
        ),
        row(
            "followed by no/none/zero {t:table}",
            to="not followed by {t}",
            note="`not followed by`",
            examples=(
                (
                    "any(tickets followed by no logins within 7 days)",
                    "any(tickets not followed by logins within 7 days)",
                ),
            ),
        ),
        row(
            "count/any/none ( {t:table} , {n:figure} days/d? )",
            to=lambda m: f"{m.words[0]}({{t}} in last {{n}} days)" if m.text("n").isdigit() else None,
            note="a window back is written as in `in last 30 days`",
            sure=False,
            examples=(("count(logins, 30) = 0", "count(logins in last 30 days) = 0"),),
        ),
        row(
            "{w:word} {d:duration} ago",
            to=_as_of,
            note="what it was on another day is `(VALUE as of 90 days ago)`",
            examples=(("seats 30 days ago > 5", "(seats as of 30 days ago) > 5"),),
        ),
        row(
            "[ {x:anything} ]",
            to="({x})",
            examples=(('plan in ["free", "team"]', 'plan in ("free", "team")'),),
            note="lists stand in round brackets",
        ),
        row(
            "{t:text} {o:op}",
            to=lambda m: f"{f} {{o}}" if (f := _quoted_field(m)) else None,
            examples=(
                ('"country" = "US"', 'country = "US"'),
                ('"Number of associated tickets" >= 10', "count(tickets) >= 10"),
            ),
            note="names stand without quotes",
        ),
        row(
            "{v:value} :: {t:name} ( {n:figure} )",
            "{v:value} :: {t:name}",
            to="{v}",
            examples=(("arr::numeric > 1000", "arr > 1000"),),
            note="the model says of what type a field is",
        ),
        row(
            "segment/segmentation/metric/score/list/play/otherwise/undecided/outcome {n:word}",
            "{n:word}",
            to=_without_accents,
            note="names have the letters a to z",
            where="anywhere",
            examples=(
                ("segment größe of account { when seats > 10 }", "segment grosse of account { when seats > 10 }"),
            ),
        ),
        row(
            "{w:word}",
            to=_lower,
            examples=(("seats > 10 AND autopay = TRUE", "seats > 10 and autopay"), ("Seats > 10", "seats > 10")),
            note="words and names are written in lower case",
            where="anywhere",
        ),
        row(
            "segment/segmentation/metric/score/list/play/entity/table/outcome {n:word}",
            to=lambda m: f"{m.words[0]} {m.text('n').lower()}" if m.text("n").isupper() else None,
            note="words and names are written in lower case",
            where="anywhere",
            examples=(
                ("SEGMENT LARGE OF account { WHEN seats > 10 }", "segment large of account { when seats > 10 }"),
            ),
        ),
        row(
            "{a:word} {b:word} {c:word}",
            "{a:word} {b:word}",
            "{a:word} - {b:word}",
            to=_field_in_words,
            examples=(("Renewal Date is missing", "renewal_date is missing"),),
            note="names have `_` for a blank",
        ),
    ),
)
