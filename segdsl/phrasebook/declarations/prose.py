"""Rules in sentences: “Customers with … are …”, “If … then … otherwise …”, “We call an account … if …”."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from segdsl.phrasebook.declarations.heads import Head
from segdsl.phrasebook.declarations.outline import Entry, Unread, listed
from segdsl.phrasebook.declarations.parts import Declared, is_entity, named
from segdsl.phrasebook.declarations.rules import Arms
from segdsl.phrasebook.declarations.subjects import clause, subject
from segdsl.phrasebook.names import Names
from segdsl.phrasebook.tokens import Token, cut

_NO_NAMES = listed("play not no every each never always than by week month day year when if them it you us call calls")
_ALL = ("everyone", "everybody", "everything", "anyone", "anything", "all", "someone")
_WITH = ("with", "who", "whose", "that", "which", "where", "having", "on", "in", "when", "if")
_ARE = (
    "are",
    "is",
    "belong",
    "belongs",
    "go",
    "goes",
    "count",
    "counts",
    "fall",
    "falls",
    "make",
    "form",
    "become",
    "becomes",
    "should",
    "=",
    "->",
    "=>",
    ":",
    "get",
    "land",
    "will",
    "form",
    "constitute",
    "qualify",
    "qualifies",
    "means",
    "mean",
)
_CALLED = listed(
    """
    to in into as be the segment called labelled tagged up our segmented group a an audience considered grouped
    put for under end so-called known named go classified of
    """
)


def sentence(tokens: Sequence[Token], names: Names) -> Declared | None:
    """The segment or segmentation that a sentence means; None where it is none."""
    tokens = list(tokens)
    while tokens and tokens[-1].text in (".", ";"):
        tokens = tokens[:-1]
    if len(tokens) < 5:
        return None
    for reader in (_conditional, _called, _are, _turned):
        try:
            if (found := reader(tokens, names)) is not None:
                return found
        except Unread:
            continue
    return None


def _segment(name: Sequence[Token], said: str, entity: str, where: Sequence[str]) -> Declared:
    if any(t.kind == "word" and t.lower in _NO_NAMES for t in name):
        raise Unread
    head = Head("segment")
    head.name, head.title = named([t for t in name if t.text not in (",", ":")])
    head.entity = entity
    every = [*where, said] if said else [*where]
    body = " and ".join(f"({c})" if re.search(r"\bor\b", c) and len(every) > 1 else c for c in every)
    return Declared(
        f"{head.written()} {{ when {body} }}", ("a rule is a `segment` with a condition after `when`",), entity
    )


def _conditional(tokens: list[Token], names: Names) -> Declared | None:
    """`If C then segment is "strategic", otherwise if D then "core", otherwise "long tail"`."""
    if tokens[0].lower not in ("if", "when", "whenever"):
        return None
    head = Head("segmentation")
    own = head.about(names)
    reader = Arms(own)
    flat = [t for t in tokens if t.text not in ("{", "}")]
    starts = [0]
    for i, token in enumerate(flat):
        if i > starts[-1] and token.lower in ("otherwise", "else", "elif") and flat[i - 1].lower not in _ALL:
            starts.append(i)
        elif (i and token.text in (";", ".")) or (
            "\n" in token.gap and token.lower in ("if", "when", "everyone", "everybody", "the", "all")
        ):
            starts.append(i + (token.text in (";", ".")))
    for begin, end in zip(starts, [*starts[1:], len(flat)]):
        part = flat[begin:end]
        while part and part[-1].text in (",", ";", "."):
            part = part[:-1]
        while (
            part and part[0].lower in ("otherwise", "else") and len(part) > 1 and part[1].lower in ("if", "when", ",")
        ):
            part = part[1:]
        while part and part[0].text == ",":
            part = part[1:]
        if part:
            reader.line(Entry(tuple(_without_subject(part, own))))
    if any({*re.split("_", a.name)} & {*_NO_NAMES} and not a.title for a in reader.arms) or any(
        a.title.startswith('"Play ') for a in reader.arms
    ):
        raise Unread
    if len(reader.arms) == 1 and reader.rest is None:
        arm = reader.arms[0]
        head.kind, head.name, head.title = "segment", arm.name, arm.title
        return Declared(
            f"{head.written()} {{ when {arm.condition} }}",
            ("a rule is a `segment` with a condition after `when`",),
            head.entity,
        )
    head.name = "segments"
    body, notes = reader.written()
    lines = "".join(f"  {line}\n" for line in body)
    return Declared(f"{head.written()} {{\n{lines}}}", (*notes, "give it a name of your own"), head.entity)


def _without_subject(tokens: list[Token], names: Names) -> list[Token]:
    """A conditional without whom it is said of: `if an account has C then it is in the segment "core"` as `if C then "core"`."""
    if tokens[0].lower not in ("if", "when", "whenever"):
        return (
            [*tokens[:1], *_behind_subject(tokens[1:], names)] if tokens[0].lower in ("otherwise", "else") else tokens
        )
    at = next((i for i, t in enumerate(tokens) if t.lower == "then"), None)
    at = at or next((i for i in range(len(tokens) - 1, 0, -1) if tokens[i].text == ","), None)
    subjects = [
        i
        for i in range(2, len(tokens) - 2)
        if tokens[i].lower in ("it", "they", "this")
        and tokens[i + 1].lower in ("is", "are", "goes", "belongs", "becomes", "should")
    ]
    if at is None and not subjects:
        return tokens
    begin, end = (at, at + 1) if at is not None else (subjects[-1], subjects[-1])
    said = tokens[1:begin]
    about = subject(said, 0, names) or ((names.entity, [], 1) if said and said[0].lower in ("it", "they") else None)
    said = said if about is None or about[1] else said[about[2] :]
    while said and said[0].lower in ("has", "have"):
        said = said[1:]
    return [*tokens[:1], *said, *cut("then"), *_behind_subject(tokens[end:], names)]


def _behind_subject(rest: list[Token], names: Names) -> list[Token]:
    while rest and (
        rest[0].lower
        in (
            "the",
            "it",
            "they",
            "a",
            "an",
            "segment",
            "is",
            "are",
            "be",
            "its",
            "their",
            "put",
            "in",
            "to",
            "into",
            "should",
            "tier",
            "call",
            "them",
            "we",
            "=",
            ":",
            "as",
            "group",
            "goes",
            "go",
            "must",
            "will",
            "customer",
            "this",
            "belongs",
            "set",
            "assign",
            "label",
            "becomes",
        )
        or (rest[0].kind == "word" and is_entity(rest[0].text, names) and len(rest) > 1)
    ):
        rest = rest[1:]
    return rest


def _are(tokens: list[Token], names: Names) -> Declared | None:
    """`Customers with C are "Key accounts"`."""
    about = subject(tokens, 0, names)
    if about is None:
        return None
    entity, where, at = about
    own = replace(names, entity=entity)
    if at >= len(tokens) or tokens[at].lower not in (*_WITH, *_ARE):
        return None
    for end in range(len(tokens) - 1, at - 1, -1):
        if tokens[end].lower in _ARE:
            name = list(tokens[end + 1 :])
            while name and name[0].lower in _CALLED:
                name = name[1:]
            while name and name[-1].lower in ("segment", "group", "audience"):
                name = name[:-1]
            stop = end
            if not name or not all(t.kind in ("word", "text", "quoted") or t.text == "-" for t in name):
                continue
            texts = any(t.kind in ("text", "quoted") for t in name)
            if not texts and len(name) > 3:
                continue
            body = tokens[at:stop]
            said = clause(body, own) if body else ""
            if not said and not where:
                continue
            return _segment(name, said, entity, where)
    return None


def _turned(tokens: list[Token], names: Names) -> Declared | None:
    """`Key accounts are customers with C`, `"Key accounts": accounts where C`, `Define key accounts as accounts with C`."""
    if tokens[0].lower in ("define", "let", "create", "call"):
        tokens = tokens[1:]
    for at in range(1, min(7, len(tokens) - 2)):
        if tokens[at].lower not in (
            "are",
            "is",
            ":",
            "=",
            "means",
            "as",
            "includes",
            "contains",
            "mean",
            "refers",
            "-",
            "–",
        ):
            continue
        name, rest = tokens[:at], tokens[at + 1 :]
        while name and name[0].lower in ("the", "a", "an", "our", "segment"):
            name = name[1:]
        while name and name[-1].lower in ("segment", "group") and len(name) > 1:
            name = name[:-1]
        about = subject(rest, 0, names)
        if about is None or not name or (about[2] >= len(rest) and not about[1]):
            continue
        entity, where, end = about
        own = replace(names, entity=entity)
        if end < len(rest) and rest[end].lower not in _WITH:
            continue
        said = clause(rest[end:], own) if end < len(rest) else ""
        return _segment(name, said, entity, where)
    return None


def _called(tokens: list[Token], names: Names) -> Declared | None:
    """`We call an account "X" when C`, `An account is "X" if C`, `A customer counts as X when C`, `Put accounts with C into "X"`."""
    words = [t.lower for t in tokens]
    begin = next(
        (
            i
            for i, w in enumerate(words[:4])
            if w
            in (
                "call",
                "consider",
                "treat",
                "label",
                "tag",
                "mark",
                "put",
                "assign",
                "classify",
                "flag",
                "name",
                "segment",
                "move",
            )
        ),
        None,
    )
    start = 0 if begin is None else begin + 1
    if begin is not None and not {*words[:begin]} <= {"we", "please", "always", "i", "you"}:
        return None
    about = subject(tokens, start, names)
    if about is None:
        return None
    entity, where, at = about
    own = replace(names, entity=entity)
    rest = tokens[at:]
    if begin is not None and words[begin] in ("put", "assign", "move", "segment", "classify"):
        stop = next((i for i in range(len(rest) - 1, 0, -1) if rest[i].lower in ("into", "in", "to", "as")), None)
        if stop is None:
            return None
        name = rest[stop + 1 :]
        while name and name[0].lower in _CALLED:
            name = name[1:]
        return _segment(name, clause(rest[:stop], own), entity, where)
    when = next((i for i, t in enumerate(rest) if t.lower in ("if", "when", "whenever", "where", "once")), None)
    if when is None or when == 0:
        return None
    name = list(rest[:when])
    while name and (name[0].lower in (*_CALLED, *_ARE, "must", "be")):
        name = name[1:]
    while name and name[-1].lower in ("segment", "group", ","):
        name = name[:-1]
    return _segment(name, clause(rest[when + 1 :], own), entity, where)
