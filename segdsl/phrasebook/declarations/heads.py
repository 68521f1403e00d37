"""The head of a declaration, however it is set out: kind, name, title, entity, and whom of them it is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from segdsl.phrasebook.declarations.outline import Entry, Unread, listed, text_of
from segdsl.phrasebook.declarations.parts import (
    ENTITIES,
    TITLES,
    entity_of,
    is_entity,
    named,
    plain,
    quoted,
    root_of,
)
from segdsl.phrasebook.names import Names
from segdsl.phrasebook.tokens import Token

KINDS = {
    word: kind
    for kind, words in {
        "segment": "segment audience cohort rule view smart_list saved_filter persona",
        "segmentation": "segmentation tiering classification bucketing",
        "metric": "metric measure kpi calculated_field indicator calculated_measure dimension",
        "score": "score health_score scorecard",
        "play": "play playbook campaign",
        "list": "list picklist lookup_list value_list",
        "channel": "channel",
        "table": "table events event event_table",
        "test": "test scenario unit_test scenario_outline",
        "outcome": "outcome",
    }.items()
    for word in words.split()
}
STARTS = listed(
    """
    create define new make declare build add let a an the or replace export const materialized resource data
    please if not exists temporary temp static
    """
)
_ABOUT = ("of", "for", "on", "about", "over", "among", "from", "per")
_WITHOUT = ("except", "excluding", "unless")
_WHERE = ("where", "with", "who", "whose", "that", "which", "having")


@dataclass
class Head:
    """A head; `rest` are the tokens behind it, `where` conditions on whom it is about, `said` whether the entity was said."""

    kind: str
    name: str = ""
    title: str = ""
    entity: str = ""
    where: list[str] = field(default_factory=list)
    rest: list[Token] = field(default_factory=list)
    alias: dict[str, str] = field(default_factory=dict)
    candidate: str = ""  # of which segmentation

    def about(self, names: Names) -> Names:
        """The names of the entity that it is about."""
        self.entity = self.entity or entity_default(names)
        return replace(names, entity=self.entity)

    def written(self, *, with_where: bool = True) -> str:
        """The head as it is written."""
        if not self.name:
            raise Unread
        title = f" {self.title}" if self.title and self.title != quoted(self.name) else ""
        where = f" where {' and '.join(self.where)}" if self.where and with_where else ""
        return f"{self.kind} {self.name}{title} of {self.entity}{where}{self.candidate}"

    def set_title(self, tokens: Sequence[Token]) -> None:
        said = quoted(" ".join(plain(t) for t in tokens))
        if self.title and self.title != said:
            first, second = self.title[1:-1].rstrip(". "), said[1:-1]
            said = f'"{first}: {second}"'
        self.title = said


def entity_default(names: Names) -> str:
    """The only entity, or the one that the others belong to."""
    every = [] if names.schema is None else [r.name for r in names.schema.entities]
    return every[0] if len(every) == 1 else root_of(names)


def kind_at(tokens: Sequence[Token], at: int) -> tuple[str, int]:
    """The kind of declaration that the words at a place name, and where they end; empty where they name none."""
    for length in (2, 1):
        word = "_".join(plain(t).lower() for t in tokens[at : at + length])
        if word in KINDS and all(t.kind in ("word", "text") for t in tokens[at : at + length]):
            return KINDS[word], at + length
    return "", at


def head(tokens: Sequence[Token], names: Names) -> Head | None:
    """The head of a declaration that begins with its kind; None where it doesn't."""
    at = 0
    while at < len(tokens) and tokens[at].lower in STARTS and kind_at(tokens, at)[0] == "":
        at += 1
    kind, at = kind_at(tokens, at)
    if not kind or at >= len(tokens):
        return None
    found = Head(kind)
    if tokens[at].lower == "name" and at + 1 < len(tokens) and tokens[at + 1].text in (":", "="):
        at += 1  # `Segment name: …`
    if tokens[at].text in (":", "=") or tokens[at].lower in ("called", "named"):
        at += 1
    if [t.lower for t in tokens[at : at + 3]] == ["if", "not", "exists"]:
        at += 3
    if tokens[at : at + 1] and tokens[at].lower == "of" and kind in ("segment", "segmentation", "metric", "score"):
        return _entity_first(found, tokens[at:], names)
    tokens = _without_incumbent(found, tokens, at)
    begin = at
    while (
        at < len(tokens)
        and _is_of_name(tokens, at, begin)
        and not (at == begin and tokens[at].lower in ("case", "select", "if", "when"))
    ):
        at += 1
    if at > begin:
        found.name, found.title = named(tokens[begin:at])
    _rest(found, list(tokens[at:]), names)
    return found


def _entity_first(found: Head, tokens: Sequence[Token], names: Names) -> Head | None:
    """`Segment of users: inactive = …`: the entity before the name."""
    at = next((i for i, t in enumerate(tokens[:4]) if t.text == ":"), 0)
    if at < 2 or not _names_entity(tokens[1:at], names):
        return None
    found.entity, more = entity_of(tokens[1:at], names)
    found.where += more
    end = next((i for i in range(at + 1, min(at + 6, len(tokens))) if tokens[i].text in ("=", ":", "{")), 0)
    if end <= at + 1:
        return None
    found.name, found.title = named(tokens[at + 1 : end])
    found.rest = list(tokens[end + (tokens[end].text != "{") :])
    return found


def _without_incumbent(found: Head, tokens: Sequence[Token], at: int) -> Sequence[Token]:
    """The tokens without `candidate of NAME`, wherever that stands in the head of a segmentation."""
    words = [t.lower for t in tokens]
    i = words.index("candidate", at + 1) if "candidate" in words[at + 1 :] else 0
    if found.kind != "segmentation" or not i or i + 2 >= len(tokens) or words[i + 1] not in ("of", "for", "to"):
        return tokens
    if tokens[i + 2].kind != "word" or "{" in words[:i]:
        return tokens
    found.candidate = f" candidate of {words[i + 2]}"
    begin, end = i, i + 3
    if words[i - 1] == "(" and words[end : end + 1] == [")"]:
        begin, end = i - 1, end + 1
    return [*tokens[:begin], *tokens[end:]]


_NOT_NAMES = (
    *_ABOUT,
    *_WHERE,
    *listed("is are as contains contain by via when if includes holds means = in"),
    *listed("costs select case then given has and"),
)


def _is_of_name(tokens: Sequence[Token], at: int, begin: int) -> bool:
    token = tokens[at]
    if token.kind in ("text", "quoted"):
        return sum(t.kind in ("text", "quoted") for t in tokens[begin:at]) < 2
    if token.kind == "word":
        if any(t.kind in ("text", "quoted") for t in tokens[begin:at]):
            return False
        return at == begin or token.lower not in _NOT_NAMES
    joins = (
        token.text in ("-", ".", "/", "&")
        and at > begin
        and at + 1 < len(tokens)
        and bool(token.gap) == bool(tokens[at + 1].gap)
        and (not token.gap or (token.text == "&" and tokens[at + 1].kind == "word" and "\n" not in tokens[at + 1].gap))
    )
    begins_scale = token.text == "0" and at + 1 < len(tokens) and tokens[at + 1].lower in ("..", "-", "–", "to")
    return joins or (token.kind == "number" and at > begin and not begins_scale)


def _rest(found: Head, rest: list[Token], names: Names) -> None:
    """What stands behind the name: the entity, conditions, and whatever else."""
    if found.kind == "test":
        found.rest = rest
        return
    while rest and rest[0].lower in _ABOUT and len(rest) > 1:
        end = 1
        while (
            end < len(rest)
            and rest[end].kind in ("word", "text")
            and rest[end].lower not in (*_WHERE, "as", "by", "when", "if", "is", "are")
        ):
            end += 1
        taken = next((i for i in range(end, 1, -1) if _names_entity(rest[1:i], names)), None)
        if taken is None:
            break
        found.entity, more = entity_of(rest[1:taken], names)
        found.where += more
        rest = rest[taken:]
        if (
            rest
            and rest[0].kind == "word"
            and len(rest[0].text) <= 3
            and rest[0].lower not in (*_WHERE, "as", "by", "is", "if", "at", "of", "in")
        ):
            found.alias[rest[0].lower] = ""
            rest = rest[1:]
        rest = _more_aliases(found, rest, names)
    if rest and rest[0].lower == "where" and found.kind in ("segment", "segmentation"):
        stop = next(
            (i for i in range(1, len(rest)) if rest[i].lower in ("when", ":", "if") or _is_as_case(rest, i)), len(rest)
        )
        if text := text_of(rest[1:stop]):
            found.where.append(text)
            rest = rest[stop:]
    elif rest and rest[0].lower in _WITHOUT and found.kind in ("segment", "segmentation") and found.entity:
        behind = rest[2:] if len(rest) > 2 and rest[1].lower in ("where", "when", "if", "those", "for") else rest[1:]
        stop = next((i for i, t in enumerate(behind) if t.lower in ("when", ":")), len(behind))
        if text := text_of(behind[:stop]):
            found.where.append(f"not ({text})")
            behind = behind[stop:]
        rest = behind
    found.rest = rest


def _is_as_case(tokens: Sequence[Token], at: int) -> bool:
    """Tells whether `AS CASE …` begins at a place, or `CASE …` on a line of its own."""
    if tokens[at].lower == "as":
        return at + 1 == len(tokens) or tokens[at + 1].lower == "case"
    return tokens[at].lower == "case" and "\n" in tokens[at].gap and tokens[at - 1].lower != "as"


def _more_aliases(found: Head, rest: list[Token], names: Names) -> list[Token]:
    """`, billing b`: other sources of the entity, by another name."""
    schema = names.schema
    while len(rest) >= 3 and rest[0].text == "," and rest[1].kind == rest[2].kind == "word" and schema is not None:
        name = rest[1].lower
        if name not in schema.relations:
            break
        found.alias[rest[2].lower] = f"{name}."
        rest = rest[3:]
    return rest


def _names_entity(tokens: Sequence[Token], names: Names) -> bool:
    try:
        entity_of(tokens, names)
    except Unread:
        return False
    return True


def setting_of_head(found: Head, entry: Entry, names: Names) -> bool:
    """Reads an entry of a body that belongs to the head, such as `title: …` or `of: account`; whether it is one."""
    key, value = entry.key, entry.value
    if not key and entry.tokens and len(entry.tokens) > 1 and entry.tokens[1].kind in ("text", "quoted"):
        key, value = entry.words[0], entry.tokens[1:]
    if key in TITLES or (key == "name" and value and value[0].kind in ("text", "quoted") and found.name):
        if entry.inside or not value or not all(t.text not in ("{", "}", "[") for t in value):
            raise Unread
        said = [value[0]] if len(value) == 1 else None
        if said is not None:
            found.set_title(said)
        else:
            found.title = quoted(text_of(value))
        return True
    if key in ("name", "id", "key", "slug", "identifier", found.kind) and value and not found.name:
        found.name, title = named(value)
        found.title = found.title or title
        return True
    if key in ENTITIES and value and not entry.inside:
        found.entity, more = entity_of(value, names)
        found.where += more
        return True
    if (
        key in ("for", "from", "source", "table", "data")
        and len(value) <= 2
        and value
        and not entry.inside
        and is_entity(plain(value[-1]), names)
    ):
        found.entity, more = entity_of(value, names)
        found.where += more
        return True
    return (
        key in ("type", "kind", "version", "apiversion", "enabled", "active", "status", "language", "id")
        and len(value) == 1
        and _says_nothing(key, plain(value[0]).lower(), found)
    )


def _says_nothing(key: str, said: str, found: Head) -> bool:
    """Whether a setting only says what is said already."""
    if key in ("type", "kind"):
        return KINDS.get(said) == found.kind or said in ("dynamic", "derived", "number", "simple")
    return key in ("version", "apiversion", "language", "id") or said in ("true", "yes", "active", "published", "on")


_METAS = ("goal", "owner", "basis", "review", "objective", "purpose", "owned_by", "bases")
_SPOKEN_METAS: dict[tuple[str, ...], str] = {
    ("goal", "is"): "goal",
    ("owned", "by"): "owner",
    ("owner", "is"): "owner",
    ("belongs", "to"): "owner",
}
_SCALES = {
    word: meant
    for meant, words in {
        "1 day": "daily day",
        "7 days": "weekly week",
        "1 month": "monthly month",
        "3 months": "quarterly quarter",
        "12 months": "yearly annually year",
    }.items()
    for word in words.split()
}


def meta(entry: Entry, names: Names) -> str | None:
    """`owner: "cs-ops"`, `review every quarter`, as it is written; None where an entry is none of these."""
    key = entry.key or (entry.words[0] if entry.words else "")
    value = entry.value if entry.key else entry.tokens[1:]
    if not entry.key and (spoken := _SPOKEN_METAS.get(entry.words[:2])) is not None:
        key, value = spoken, entry.tokens[2:]
        value = value[1:] if key == "goal" and [t.lower for t in value[:1]] == ["to"] else value
    if not entry.key and key == "reviewed":
        key = "review"
    if key not in _METAS or (entry.inside and key not in ("basis", "bases")):
        return None
    if key in ("goal", "objective", "purpose", "owner", "owned_by"):
        word = "owner" if key.startswith("own") else "goal"
        if not value:
            raise Unread
        if value[0].kind == "text":
            return f"{word} {value[0].text}{_measured(value[1:])}"
        if any(t.kind in ("text", "quoted") for t in value) and len(value) > 1:
            raise Unread
        return f"{word} {quoted(plain(value[0]) if len(value) == 1 else text_of(value))}"
    if key in ("basis", "bases"):
        words = [plain(t).lower() for e in entry.inside for t in e.tokens] or [
            plain(t).lower() for t in value if t.text not in (",", "and", "&", "[", "]", ";", "/")
        ]
        return f"basis {', '.join(words)}" if words else None
    value, since = _since(list(value))
    words = [t.lower.strip("\"'") for t in value if t.lower != "every"]
    if len(words) == 1 and words[0] in _SCALES:
        return f"review every {_SCALES[words[0]]}{since}"
    if not value:
        raise Unread
    return f"review every {text_of([t for t in value if t.lower != 'every'])}{since}"


_BRINGS = re.compile(
    r"(?:measured by|bring(?:ing)?|raise|raising|lift(?:ing)?|increas(?:e|ing)|tak(?:e|ing)|mov(?:e|ing)|get(?:ting)?|grow(?:ing)?"
    r"|lower(?:ing)?|reduc(?:e|ing)|cut(?:ting)?|push(?:ing)?|measure:?)? ?(?P<outcome>\w+):? from (?P<a>\S+?) ?(?P<pa>percent|%)? to "
    r"(?P<b>\S+?) ?(?P<pb>percent|%)?,? (?:by|until|till) (?:the )?(?:(?P<day>\d{4}-\d\d-\d\d)|end of (?P<year>\d{4}))"
)


def _measured(said: Sequence[Token]) -> str:
    """Behind a goal, `: bring renewed from 86% to 90% by end of 2026` as it is written; nothing behind it is nothing."""
    text = text_of(said).strip(" :,;.()-–—")
    match = _BRINGS.fullmatch(text)
    if match is None:
        if text and not text.startswith("measured by"):
            raise Unread
        return f" {text}" if text else ""
    a, b = (f"{match[n]}{'%' * (match['p' + n] is not None)}" for n in "ab")
    return f" measured by {match['outcome']} from {a} to {b} by {match['day'] or match['year'] + '-12-31'}"


def _since(value: Sequence[Token]) -> tuple[tuple[Token, ...], str]:
    """`every quarter starting 2026-10-01`: what stands before, and the day as it is written."""
    at = next(
        (i for i, t in enumerate(value) if i and t.lower in ("starting", "from", "beginning", "since", "last", ",")),
        None,
    )
    if at is None or value[-1].kind != "date" or any(t.lower not in _BEFORE_DAYS for t in value[at:-1]):
        return tuple(value), ""
    return tuple(value[:at]), f", last on {value[-1].text}"


BASES = listed("value behavioural behavioral lifecycle geographic demographic firmographic needs risk usage product")
"""What a segmentation may be based on."""
_BEFORE_DAYS = ("starting", "from", "beginning", "since", "last", ",", "on", "reviewed", "done", "in", ":")


def is_where(entry: Entry) -> bool:
    """Whether an entry says whom a rule is about."""
    return (entry.key or (entry.words[0] if entry.words else "")) in (
        "where",
        "population",
        "among",
        "universe",
        "scope",
        "base_filter",
        "audience",
        "within",
    )
