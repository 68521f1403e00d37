"""Whom a sentence is about, and what it says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from segdsl.phrasebook.declarations.heads import entity_default
from segdsl.phrasebook.declarations.outline import Unread, text_of
from segdsl.phrasebook.declarations.parts import adjective, entity_called, is_entity
from segdsl.phrasebook.names import Names
from segdsl.phrasebook.tokens import Token

ANYONE = ("anyone", "everyone", "whoever", "anybody", "everybody", "those")


def subject(tokens: Sequence[Token], at: int, names: Names) -> tuple[str, list[str], int] | None:
    """The entity, the conditions of its adjectives, and where it ends."""
    place = at
    adjectives = list[Token]()
    if at < len(tokens) and tokens[at].lower in ANYONE:
        return entity_default(names), [], at + 1
    while place < len(tokens) and tokens[place].lower in (
        "all",
        "every",
        "any",
        "each",
        "the",
        "our",
        "those",
        "an",
        "a",
    ):
        place += 1
    while (
        place < len(tokens)
        and tokens[place].kind == "word"
        and not is_entity(tokens[place].text, names)
        and len(adjectives) < 3
    ):
        adjectives.append(tokens[place])
        place += 1
    if place >= len(tokens):
        return None
    if tokens[place].kind != "word" or not is_entity(tokens[place].text, names):
        return None
    if place + 1 < len(tokens) and tokens[place + 1].text == "(":
        return None  # a call, as in `count(logins)`
    entity = entity_called(tokens[place].text, names)
    own = replace(names, entity=entity)
    return entity, [adjective(t.text, own) for t in adjectives if t.lower not in ("and", ",")], place + 1


def clause(tokens: Sequence[Token], names: Names) -> str:
    """A condition behind `with` or `who`, with `and` where a phrase of another field follows without one."""
    tokens = list(tokens)
    while tokens and tokens[0].lower in (
        "with",
        "who",
        "whose",
        "that",
        "which",
        "where",
        "having",
        "when",
        "if",
        "have",
        "an",
        "a",
        "they",
        "it",
        "its",
        "their",
        "are",
        "is",
        ",",
    ):
        if tokens[0].lower in ("are", "is", "have", "a", "an") and len(tokens) > 1 and tokens[0].lower in ("are", "is"):
            break
        tokens = tokens[1:]
    while tokens and tokens[-1].text in (",", "."):
        tokens = tokens[:-1]
    if not tokens:
        raise Unread
    done = list[str]()
    run = list[Token]()
    for i, token in enumerate(tokens):
        plan = (
            token.lower == "on"
            and i
            and i + 2 < len(tokens)
            and any(t.lower in names.fields for t in tokens[i + 2 : i + 4])
            and tokens[i - 1].lower not in ("and", "or", ",", "not")
        )
        if plan and run and run[-1].lower not in ("is", "are", "not"):
            done.append(text_of(run))
            run = []
        run.append(token)
    done.append(text_of(run))
    return " and ".join(d.strip(" ,") for d in done)
