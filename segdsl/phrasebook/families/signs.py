"""Signs, quotes and capitals of elsewhere."""

from __future__ import annotations

import re
import unicodedata

from segdsl.lang.reserved import AGGREGATES, MEANT, RESERVED
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
    if word == "NO" and match.around.lower(match.start - 1) in _BEFORE_CODES:
        return None  # Norway
    if word == lower or not known or (match.around.lower(match.start + 1) == "." and lower not in names.tables):
        return None
    return lower


def _plain(match: Match) -> str | None:
    """A word without ligatures or wide letters."""
    word = match.text("w")
    plain = unicodedata.normalize("NFKC", word)
    return plain if plain != word and plain.isascii() else None


def _field_in_words(match: Match) -> str | None:
    words = [t.text for name in ("a", "b", "c") for t in match.slots.get(name, ())]
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
