"""Rules in R: `loyal <- account %>% filter(plan == "team", arr > 5000)`, `account %>% filter(…) %>% mutate(segment = "loyal")`."""

from __future__ import annotations

import re

from segdsl.phrasebook.declarations.heads import entity_default
from segdsl.phrasebook.declarations.outline import Unread, closing, listed, parts, text_of
from segdsl.phrasebook.declarations.parts import Declared, entity_called, is_entity, joined_by, slug
from segdsl.phrasebook.names import Names
from segdsl.phrasebook.tokens import cut

_HEAD = re.compile(
    r"""\s*(?:(?:(?:segment|audience|cohort)\s+)?(?P<name>[A-Za-z][\w.]*)(?P<title>\s+"[^"\n]*")?\s*(?:<-|:?=|of|of\s+all)\s*)?(?P<entity>\w+)\s*"""
)
_NAMED = re.compile(
    r"""\s*(?:%>%|\|>)\s*(?:dplyr::)?(?:mutate|transmute)\s*\(\s*(?:segment|name|group|label|cohort|audience)\s*=\s*["'](?P<name>[^"'\n]+)["']\s*\)"""
)
"""The last step of a pipe, which writes the segment's name into a column."""
_ALONE = re.compile(
    r"""\s*(?:segment|audience|cohort)\s+(?P<name>[A-Za-z][\w.]*)(?P<title>\s+"[^"\n]*")?\s*(?=%>%|\|>)"""
)
_OF_EACH = listed(
    """
    c is.na grepl str_detect str_starts str_ends startsWith endsWith tolower toupper str_to_lower str_to_upper trimws nchar
    str_length year month day quarter wday Sys.Date today as.Date ymd days weeks months years difftime as.numeric between near
    if_else ifelse case_when coalesce abs round floor ceiling is.null xor and or not
    """
)
"""What is asked of a customer alone, whoever else is left; `mean(arr)` behind a filter is of those that it left."""
_PIPE = re.compile(r"\s*(?:%>%|\|>)\s*(?:dplyr::)?filter\s*(?=\()")


def piped(text: str, names: Names) -> Declared | None:
    """The segment that a pipe of R means, whose steps are all `filter(…)`; None where it is none. Raises `Unread`."""
    head = _HEAD.match(text)
    if head is None or not _PIPE.match(text, head.end()):
        head = _ALONE.match(text)
    if head is None or not _PIPE.match(text, head.end()):
        return None
    said = head.groupdict().get("entity")
    if said is not None and not is_entity(said, names):
        raise Unread
    entity, at, conditions = entity_called(said, names) if said else entity_default(names), head.end(), list[str]()
    while step := _PIPE.match(text, at):
        tokens = cut(text, step.end())
        close = closing(tokens, 0)
        said = "".join(t.gap + t.text for t in tokens[1:close] if t.kind not in ("text", "quoted"))
        if conditions and any(called not in _OF_EACH for called in re.findall(r"([A-Za-z][\w.]*)\s*\(", said)):
            raise Unread
        conditions += [text_of(part) for part in parts(tokens[1:close], ",")]
        at = tokens[close].end
    name = head["name"]
    if (said_so := _NAMED.match(text, at)) is not None and name is None:
        name, at = said_so["name"], said_so.end()
    if text[at:].strip(" \n\t;}") or not conditions or not all(conditions) or name is None:
        raise Unread
    if len(conditions) > 1:
        conditions = [f"({one})" if re.search(r"\||\bor\b", one) else one for one in conditions]
    title = f" {head['title'].strip()}" if head["title"] else ""
    return Declared(
        f"segment {slug(name)}{title} of {entity} {{ when {joined_by('and', conditions)} }}",
        ("a rule is a `segment` with a condition after `when`",),
        entity,
    )
