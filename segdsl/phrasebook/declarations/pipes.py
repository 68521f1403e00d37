"""Rules in R: `loyal <- account %>% filter(plan == "team", arr > 5000)`."""

from __future__ import annotations

import re

from segdsl.phrasebook.declarations.heads import entity_default
from segdsl.phrasebook.declarations.outline import Unread, closing, parts, text_of
from segdsl.phrasebook.declarations.parts import Declared, entity_called, is_entity, joined_by, slug
from segdsl.phrasebook.names import Names
from segdsl.phrasebook.tokens import cut

_HEAD = re.compile(
    r"""\s*(?:(?:segment|audience|cohort)\s+)?(?P<name>[A-Za-z][\w.]*)(?P<title>\s+"[^"\n]*")?\s*(?:<-|:?=|of|of\s+all)\s*(?P<entity>\w+)\s*"""
)
_PIPE = re.compile(r"\s*(?:%>%|\|>)\s*(?:dplyr::)?filter\s*(?=\()")


def piped(text: str, names: Names) -> Declared | None:
    """The segment that a pipe of R means, whose steps are all `filter(…)`; None where it is none. Raises `Unread`."""
    head = _HEAD.match(text)
    if head is None or not _PIPE.match(text, head.end()):
        return None
    if not is_entity(head["entity"], names):
        raise Unread
    entity, at, conditions = entity_called(head["entity"], names) or entity_default(names), head.end(), list[str]()
    while step := _PIPE.match(text, at):
        tokens = cut(text, step.end())
        close = closing(tokens, 0)
        conditions += [text_of(part) for part in parts(tokens[1:close], ",")]
        at = tokens[close].end
    if text[at:].strip(" \n\t;}") or not conditions or not all(conditions):
        raise Unread
    if len(conditions) > 1:
        conditions = [f"({one})" if re.search(r"\||\bor\b", one) else one for one in conditions]
    title = f" {head['title'].strip()}" if head["title"] else ""
    return Declared(
        f"segment {slug(head['name'])}{title} of {entity} {{ when {joined_by('and', conditions)} }}",
        ("a rule is a `segment` with a condition after `when`",),
        entity,
    )
