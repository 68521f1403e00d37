"""Lists of criteria in a document: filters in columns, `must have:` and `must not have:`, `two of three:`, labels before conditions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

from segdsl.phrasebook.declarations.outline import Entry, Unread, parts, text_of
from segdsl.phrasebook.declarations.parts import condition, is_value, joined_by, without_fillers
from segdsl.phrasebook.names import Names
from segdsl.phrasebook.tokens import Token

LONGEST = 4_000  # signs of criteria under a title
MOST_OF_SEVERAL = 10  # conditions joined by `or`, for `two of five`
_COUNTS = {w: n for n, w in enumerate(["one", "two", "three", "four", "five", "six"], 1)} | {
    str(n): n for n in range(1, 7)
}
_OF_SEVERAL = re.compile(
    r"(?:when |if )?(?:(?:at least|any|min|minimum|match|matches|meets)_? ?){0,2}(\w+) of (?:the |these )?(?:following )?"
    r"(?P<all>\w+)?(?: (?:conditions|criteria|signals|are true|apply|hold|is true|met|true))*"
)
_MUST = re.compile(
    r"(?:must|should|has to|have to|needs?)(?: to)?(?: have| be| match)?|has|have|include|includes|required?|with"
)
_MUST_NOT = re.compile(
    r"(?:must|should|may|can) not(?: have| be)?|(?:mustn|shouldn)'t(?: have| be)?|has no|have no|without|no|excludes?|excluded|never"
)
_GROUP = re.compile(r"(?:(?:filter|criteria|condition) )?(?:group|set|block) \d+")


def several(words: str, inside: Sequence[Entry], names: Names) -> str:
    """What stands below `two of three:` or `at least 2 of the following:`; empty where the words say something else."""
    said = _OF_SEVERAL.fullmatch(words.replace("_", " ").rstrip(" :"))
    count = _COUNTS.get(said[1]) if said is not None else None
    if said is None or count is None or len(inside) < 2 or not 0 < count <= len(inside):
        return ""
    if _COUNTS.get(said["all"] or "", len(inside)) != len(inside):
        raise Unread  # not all of them are there
    every = [condition((), (entry,), names) for entry in inside]
    groups = [joined_by("and", group) for group in combinations(every, count)]
    if len(groups) > MOST_OF_SEVERAL:
        raise Unread
    return joined_by("or", groups)


def required(key: str, value: Sequence[Token], inside: Sequence[Entry], names: Names) -> str:
    """What `must have: a, b` and `must not have: a, b` say; empty where the key says something else."""
    words = key.replace("_", " ")
    items = parts(list(without_fillers(value)), ",", ";", "and") if not inside else [list(e.tokens) for e in inside]
    if any(e.inside for e in inside) or not items:
        return ""
    if _MUST_NOT.fullmatch(words):
        return joined_by("and", [_not(item, names) for item in items])
    if _MUST.fullmatch(words):
        return joined_by("and", [condition(item, (), names) for item in items])
    return ""


def _not(item: Sequence[Token], names: Names) -> str:
    text = text_of(item)
    is_comparison = any(t.text in ("=", "<", ">", "<=", ">=", "!=") for t in item) or is_value(item[0].lower, names)
    return f"not ({text})" if is_comparison else f"no {text}"


def is_label(entry: Entry, names: Names) -> bool:
    """Tells whether a condition stands behind words of one's own, as in `Recency: paid invoice in last 30 days`."""
    words = entry.key.split("_")
    return (
        len(entry.key) > 2
        and not entry.inside
        and len(entry.value) > 1
        and entry.tokens[len(entry.tokens) - len(entry.value) - 1].text == ":"
        and words[0] not in _NO_LABELS
        and not is_value(words[0], names)
    )


_NO_LABELS = {
    "when",
    "if",
    "where",
    "and",
    "or",
    "not",
    "unless",
    "then",
    "play",
    "logic",
    "exclude",
    "except",
    "none",
    "limit",
}


def of_group(entry: Entry) -> Sequence[Token]:
    """What stands behind `Filter group 1:`, of groups any of which is enough; nothing for any other entry."""
    at = next((i for i, t in enumerate(entry.tokens[:5]) if t.text == ":"), 0)
    return entry.tokens[at + 1 :] if at and _GROUP.fullmatch(text_of(entry.tokens[:at]).lower()) else ()


_TITLED = re.compile(
    r"(?:criteria|definition|rules?|filters?|conditions|requirements) (?:for|of) (?:the )?(?:segment )?"
    r"(?P<name>[“\"„«'][^”\"“»'\n]+[”\"“»']|[\w -]{1,40}?)"
    r" ?(?P<aside>\([^()\n]*\))? ?(?::|–|—|$)",
    re.IGNORECASE,
)
_HEADED = re.compile(r"#{1,6} *(?:segment|rule|audience) *[:–—-] *(?P<name>[\w][\w ]{0,39})(?P<aside>)", re.IGNORECASE)
"""A heading of Markdown: `## Segment: Low usage`."""
_IN_BOLD = re.compile(
    r"(?:[-•*] +)?\*\*(?:who|which|condition|conditions|criteria|filter|rule)s? *:? *\*\* *:? *", re.IGNORECASE
)
_NUMBERED = re.compile(
    r"\s*(?:\(?(?:\d{1,2}|[a-h])[.)]|[-•*–])\s+(?P<said>.*?)\s*[;,]?\s*(?P<join>\b(?:and|or))?\s*[.;,]?\s*"
)


def listed_under_a_title(text: str) -> tuple[str, str] | None:
    """`Criteria for “Strategic” (page 12):` above numbered conditions, each with its `and` or `or`: the name and the condition."""
    first, *lines = [line for line in text.strip().splitlines() if line.strip()] or [""]
    title = (_TITLED.fullmatch(first.strip()) or _HEADED.fullmatch(first.strip())) if len(text) <= LONGEST else None
    if title is None:
        return None
    lines = [f"- {_IN_BOLD.sub('', line.strip())}" if _IN_BOLD.match(line.strip()) else line for line in lines]
    items = [m for line in lines if (m := _NUMBERED.fullmatch(line)) is not None]
    if len(items) < 2 or len(items) != len(lines):
        return None
    name = title["name"].strip("“”\"„«»' ")
    joins = [m["join"] for m in items[:-1]]
    last = next((j for j in reversed(joins) if j), "and").lower()
    said = [_LABEL.sub(r"\1 is ", m["said"]) for m in items]
    parts_ = [f"{one} {(join or last).lower()}" for one, join in zip(said, joins)]
    return name, " ".join([*parts_, said[-1]])


_LABEL = re.compile(r"^(?:named |specific |given )?(\w+): (?=[A-Z\"“])")
"""`industry: Banking, Insurance`."""
