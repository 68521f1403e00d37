"""Statements of programs that mark customers or give them a value: loops with a condition, and columns of a frame."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from segdsl.phrasebook.declarations.heads import entity_default
from segdsl.phrasebook.declarations.outline import Entry, Unread, text_of
from segdsl.phrasebook.declarations.parts import Declared, is_entity, slug
from segdsl.phrasebook.names import Names
from segdsl.phrasebook.tokens import Token, cut

_RULE = "a rule is a `segment` with a condition after `when`"
_VALUE = "a value with a name is a `metric`"
_FRAMES = ("df", "data", "frame", "customers")
_MARKED = re.compile(
    r"""\s*(?P<frame>\w+)\.loc\[(?P<condition>.+),\s*["']\w+["']\s*\]\s*=\s*(?P<name>"[^"\n]+"|'[^'\n]+')\s*;?\s*""",
    re.DOTALL,
)
_COLUMN = re.compile(
    r"""\s*(?P<frame>\w+)(?:\[\s*["'](?P<name>\w+)["']\s*\]|\$(?P<short>\w+))\s*(?:=(?!=)|<-)\s*(?P<value>[^=].*?)\s*;?\s*""",
    re.DOTALL,
)
_ADDED = re.compile(
    r"""\s*(?:\w+\s*(?:<-|=)\s*)?(?P<frame>\w+)\s*(?:%>%|\|>)\s*(?:dplyr::)?mutate\s*\(\s*(?P<name>\w+)\s*=(?!=)\s*(?P<value>.+)\)\s*""",
    re.DOTALL,
)
_WORDS = re.compile(r"[\"'][A-Za-z][\w \-]*[\"']")


def assigned(text: str, names: Names) -> Declared | None:
    """The segment or metric that a column of a frame is: `df.loc[df.arr > 5, "segment"] = "big"`, `df["tier"] = …`; None for others."""
    if (marked := _MARKED.fullmatch(text)) is not None and _is_frame(marked["frame"], names):
        entity = names.entity_called(marked["frame"]) or entity_default(names)
        name = slug(marked["name"][1:-1])
        return Declared(f"segment {name} of {entity} {{ when {_in_line(marked['condition'])} }}", (_RULE,), entity)
    found = _COLUMN.fullmatch(text) or _ADDED.fullmatch(text)
    if found is None or not _is_frame(found["frame"], names):
        return None
    name = found["name"] or found["short"]
    entity = names.entity_called(found["frame"]) or entity_default(names)
    if name.lower() in names.fields or _closes_early(found["value"]):
        return None
    return Declared(f"metric {slug(name)} of {entity} = {_in_line(found['value'])}", (_VALUE,), entity)


def _in_line(text: str) -> str:
    return text_of(cut(text)).strip()


def _closes_early(value: str) -> bool:
    """Tells whether a bracket closes that opens before a value, as behind the first of two steps of a pipe."""
    depth = 0
    for token in cut(value):
        depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
        if depth < 0:
            return True
    return False


def _is_frame(word: str, names: Names) -> bool:
    return word in _FRAMES or is_entity(word, names)


def looped(first: Entry, others: Sequence[Entry], names: Names) -> Declared | None:
    """`for u in users: if u.role == "admin": flag(account, "x")`: a segment of whom the condition holds; None for no loop or `if`."""
    if first.words[0] not in ("for", "if"):
        return None
    if others:
        raise Unread
    conditions, loops, entry = list[str](), list[tuple[str, str]](), first
    while entry.words[0] in ("for", "if"):
        tokens = [t for t in entry.tokens[1:] if t.text != ":" or t is not entry.tokens[-1]]
        tokens = tokens[1:-1] if tokens and tokens[0].text == "(" and tokens[-1].text == ")" else tokens
        if entry.words[0] == "if":
            conditions.append(text_of(tokens))
        else:
            loops.append(_loop(tokens))
        if len(entry.inside) != 1:
            raise Unread
        (entry,) = entry.inside
    name = _marked(entry.tokens)
    if not conditions or entry.inside or len(loops) > 2:
        raise Unread
    entity = _whom(entry.tokens, dict(loops), names)
    aliases = [variable for variable, said in loops if names.entity_called(said) == entity]
    rows = [(variable, said) for variable, said in loops if variable not in aliases]
    if len(rows) > 1:
        raise Unread
    condition = " and ".join(conditions if len(conditions) == 1 else [f"({c})" for c in conditions])
    if rows:
        variable, said = rows[0]
        condition = f"any({condition} for {variable} in {said})"
    for alias in aliases:
        condition = re.sub(rf"(?<![\w.\"]){re.escape(alias)}\.(?=[A-Za-z_])", "", condition)
    return Declared(f"segment {slug(name)} of {entity} {{ when {condition} }}", (_RULE,), entity)


def _whom(tokens: Sequence[Token], loops: Mapping[str, str], names: Names) -> str:
    """The entity that a statement marks: by its name, or by the variable of a loop."""
    words = [t.text for t in tokens if t.kind == "word"]
    named = [names.entity_called(loops.get(word, word)) for word in words]
    return next(filter(None, named), "") or entity_default(names)


def _loop(tokens: Sequence[Token]) -> tuple[str, str]:
    """The variable of a loop, and what it goes through: `u in users`, `const t of account.tickets`."""
    words = [t.text for t in tokens if t.lower not in ("const", "let", "var")]
    if len(words) < 3 or words[1] not in ("in", "of") or not all(re.fullmatch(r"\w+|\.", w) for w in words):
        raise Unread
    return words[0], "".join(words[2:])


def _marked(tokens: Sequence[Token]) -> str:
    """The name with which a statement marks a customer: `flag(account, "x")`, `account.segment = "x"`, `tags.push("x")`."""
    tokens = [t for t in tokens if t.text != ";"]
    texts = [t.text for t in tokens if t.kind in ("text", "quoted") and _WORDS.fullmatch(t.text)]
    calls = sum(t.text == "(" for t in tokens)
    is_set = len(tokens) > 2 and tokens[-2].text in ("=", "<-") and not calls
    keys = [t.text for t in tokens[:-2]] if is_set else []
    if is_set and len(texts) == 2 and "[" in keys:  # account["segment"] = "x"
        texts = texts[1:]
    if len(texts) != 1 or not (is_set or (calls == 1 and tokens[-1].text == ")")):
        raise Unread
    if any(t.kind == "word" and t.lower in ("not", "remove", "delete", "pop", "discard") for t in tokens):
        raise Unread
    return texts[0][1:-1]


_PARAMETRIZED = re.compile(
    r"""\s*@pytest\.mark\.parametrize\(\s*(?P<names>"[\w, ]+"|'[\w, ]+'|[(\[][^)\]]*[)\]])\s*,\s*\[(?P<rows>[^\[\]]*)\]\s*,?\s*\)\s*"""
)


def parametrized(text: str, names: Names) -> Declared | None:
    """A test below `@pytest.mark.parametrize("amount, inside", [(1, True), …])`: with a `case` for each row; None for others."""
    said = _PARAMETRIZED.match(text)
    if said is None:
        return None
    test = text[said.end() :].strip()
    keys = re.findall(r"\w+", said["names"])
    rows = [[t for t in cut(row) if t.text != ","] for row in re.findall(r"\(([^()]*)\)", said["rows"])]
    rows = rows or [[t] for t in cut(said["rows"]) if t.text != ","]
    at = re.search(r"^[ \t]*expect\b", test, re.MULTILINE)
    if not test.startswith("test ") or at is None or not rows or any(len(row) != len(keys) for row in rows):
        raise Unread
    cases = "".join(f"  case {{ {', '.join(f'{k}: {_literal(t)}' for k, t in zip(keys, row))} }}\n" for row in rows)
    return Declared(
        f"{test[: at.start()]}{cases}{test[at.start() :]}",
        ("each `case` gives the names in a test their values",),
        names.entity,
    )


def _literal(token: Token) -> str:
    """A value of Python as it is written here."""
    if token.kind in ("text", "quoted"):
        return f'"{token.text[1:-1]}"'
    return token.lower if token.lower in ("true", "false") else token.text
