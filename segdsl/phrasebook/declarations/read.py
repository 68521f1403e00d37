"""Reads a text in place of a declaration, by its kind and its parts, whatever their shape: the declaration as it should be written."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from segdsl.phrasebook.declarations.bands import BANDS_NOTE, with_bands
from segdsl.phrasebook.declarations.calendar_days import with_days
from segdsl.phrasebook.declarations.channels import channel
from segdsl.phrasebook.declarations.criteria import listed_under_a_title
from segdsl.phrasebook.declarations.data import table
from segdsl.phrasebook.declarations.given import test
from segdsl.phrasebook.declarations.heads import KINDS, STARTS, Head, entity_default, head, kind_at
from segdsl.phrasebook.declarations.outline import Entry, Unread, closing, outline, parts, text_of, tied
from segdsl.phrasebook.declarations.parts import Declared, entity_called, is_entity, named, plain, quoted, slug
from segdsl.phrasebook.declarations.pipes import piped
from segdsl.phrasebook.declarations.programs import assigned, looped, parametrized
from segdsl.phrasebook.declarations.prose import sentence
from segdsl.phrasebook.declarations.rules import segment, segmentation
from segdsl.phrasebook.declarations.scripts import unwrapped
from segdsl.phrasebook.declarations.spoken import calendar, deliveries, held_out, property_, suppressed
from segdsl.phrasebook.declarations.tables import tabled
from segdsl.phrasebook.declarations.values import list_, metric, play, score
from segdsl.phrasebook.names import Names
from segdsl.phrasebook.tokens import Token, cut, spaced

LONGEST = 1_500  # tokens
MOST = 20  # declarations of one text

_READERS: dict[str, Callable[[Head, Sequence[Entry], Names], Declared]] = {
    "segment": segment,
    "segmentation": segmentation,
    "metric": metric,
    "outcome": metric,
    "score": score,
    "play": play,
    "list": list_,
    "channel": channel,
    "table": table,
    "test": test,
}


_DOCSTRING = re.compile(r'\s*"""(.*?)"""[ \t]*\n', re.DOTALL)
"""A text in three double quotes before a declaration of Python, which is a remark."""


def declared(text: str, names: Names) -> list[Declared]:
    """Returns the declarations that a text means, each as it should be written; nothing where a part of it isn't read."""
    if (own := unwrapped(text)) is not None:
        return [Declared(own[0], (own[1],), entity_said(own[0], names))]
    if (remark := _DOCSTRING.match(text)) is not None:
        remarks = "".join(f"# {line.strip()}\n" for line in remark[1].strip().splitlines())
        every = declared(text[remark.end() :], names)
        return [replace(one, text=(remarks if i == 0 else "") + one.text) for i, one in enumerate(every)]
    tokens = tied(cut(text))
    if not 2 < len(tokens) <= LONGEST or names.schema is None:
        return []
    try:
        for reader_of_text in (piped, assigned, parametrized, _titled, _property, _banded):
            if (one := reader_of_text(text, names)) is not None:
                return [one]
        tokens = _closed(with_days(_with_case_in_line(tokens)))
    except (Unread, LookupError, ValueError, StopIteration):
        return []
    for reader in (_alone, _queried, _tabled, _outlined, _sentences, _equal):
        try:
            if found := reader(tokens, names):
                return found[:MOST] if len(found) <= MOST else []
        except (Unread, LookupError, ValueError, StopIteration):
            continue
    return []


def _alone(tokens: Sequence[Token], names: Names) -> list[Declared]:
    """What has readers of its own: who gets no play, properties, calendars, tables of what was delivered."""
    said = text_of(tokens).lower().strip(" .;")
    if written := suppressed(said, names):
        return [Declared(written, ("`suppress` keeps all plays from a segment",), "")]
    if written := held_out(said, names):
        return [Declared(written, ("the seed says who: any text, which stays as it is",), "")]
    own = replace(names, entity=entity_default(names))
    if written := property_(tokens, own):
        return [Declared(written, ("what never holds stands after `never`",), own.entity)]
    if written := calendar(tokens):
        return [Declared(written, ("the days off of a week stand after `weekend`",), "")]
    if written := deliveries(tokens, own):
        return [Declared(written, ("a table of what was sent is `from deliveries`",), own.entity)]
    return []


def entity_said(text: str, names: Names) -> str:
    """The entity that a declaration says it is of; empty where it says none."""
    match = re.search(r"\bof\s+(\w+)", text.partition("{")[0])
    return (names.entity_called(match[1]) or "") if match is not None else ""


def _titled(text: str, names: Names) -> Declared | None:
    """Criteria under a title as a segment."""
    found = listed_under_a_title(text)
    if found is None:
        return None
    name, said = found
    head_ = Head("segment", slug(name), quoted(name), entity_default(names))
    return Declared(
        f"{head_.written()} {{ when {said} }}", ("a rule is a `segment` with a condition after `when`",), head_.entity
    )


def _banded(text: str, names: Names) -> Declared | None:
    """A metric in bands, with the borders set out in another way."""
    written = with_bands(text) if len(text) <= LONGEST else ""
    return Declared(written, (BANDS_NOTE,), entity_said(written, names)) if written else None


_PROPERTY = re.compile(
    r"\s*property\s*:?\s*[“\"„«](?P<title>[^”\"“»\n]+)[”\"“»]\s*[:–—-]?\s*(?:for )?(?:every|each|all|any)\s+(?P<entity>\w+)\s+"
    r"(?:(?P<rule>in [\w.]+)|(?:with|where|whose|that has) (?P<where>[^,:]+?))\s*[,:]\s*(?P<said>[^{}]+?)\s*",
    re.IGNORECASE,
)


def _property(text: str, names: Names) -> Declared | None:
    """`property "T": for every account in vips, arr > 5`: what is never so."""
    said = _PROPERTY.fullmatch(text) if len(text) <= LONGEST else None
    if said is None or not is_entity(said["entity"], names):
        return None
    entity = entity_called(said["entity"], names)
    about = f"{entity} {said['rule']}" if said["rule"] else said["where"]
    return Declared(
        f"property {quoted(said['title'])} of {entity} {{ never {about} and not ({said['said']}) }}",
        ("what holds of all is written as what is `never` so",),
        entity,
    )


def _closed(tokens: list[Token]) -> list[Token]:
    """The tokens with the last brace, where that alone is lacking."""
    signs = [t.text for t in tokens if t.text in ("{", "}", "(", ")", "[", "]") and t.kind == "sign"]
    is_short = signs.count("{") == signs.count("}") + 1 and signs.count("(") == signs.count(")")
    return [*tokens, replace(tokens[-1], text="}", gap="\n", kind="sign")] if is_short else tokens


def _with_case_in_line(tokens: list[Token]) -> list[Token]:
    """`segmentation tiers of account AS` above `CASE … END`, also without AS, on one line, without brackets around it."""
    words = [t.lower for t in tokens]
    at = words.index("case") if "case" in words else 0
    if "segmentation" not in words[:3] or "{" in words[:at]:
        return tokens
    if "as" not in words[max(0, at - 2) : at]:
        is_below = at > 0 and "\n" in tokens[at].gap and words[at + 1 : at + 2] == ["when"]
        return [*tokens[: at + 1], *(replace(t, gap=" ") for t in tokens[at + 1 :])] if is_below else tokens
    begin = at - 1 if words[at - 1] == "as" else at - 2
    behind = tokens[begin + 1 :]
    if behind[0].text == "(" and closing(behind, 0) == len(behind) - 1:
        behind = behind[1:-1]
    return [*tokens[:begin], *(replace(t, gap=" ") for t in [tokens[begin], *behind])]


def _queried(tokens: Sequence[Token], names: Names) -> list[Declared]:
    """`CREATE VIEW big AS SELECT …`, `segment big as select …`: one declaration by a query, on however many lines."""
    words = [t.lower for t in tokens]
    at = next((i for i in range(2, len(words)) if words[i] == "select" and words[i - 1] in ("as", "=", ":", "(")), None)
    if at is None or at > 12 or any(w in ("create", "{") for w in words[1:]):
        return []
    while tokens[-1].text == ";":
        tokens = tokens[:-1]
    found = _headed(Entry(tuple(tokens)), (), names)
    return [] if found is None else [found]


def _tabled(tokens: Sequence[Token], names: Names) -> list[Declared]:
    """A segmentation or a test as a table."""
    found = tabled(tokens, names)
    return [] if found is None else [found]


def _equal(tokens: Sequence[Token], names: Names) -> list[Declared]:
    """`tiers = CASE …` on several lines."""
    found = _equation(Entry(tuple(tokens)), (), names)
    return [] if found is None else [found]


def _sentences(tokens: Sequence[Token], names: Names) -> list[Declared]:
    """Each sentence as a rule of its own, or all of them as one; all of them, or none."""
    starts = [i for i, t in enumerate(tokens) if i == 0 or "\n" in t.gap or tokens[i - 1].text == "."]
    every = [sentence(tokens[a:b], names) for a, b in zip(starts, [*starts[1:], len(tokens)])]
    if len(every) > 1 and all(one is not None for one in every):
        return [one for one in every if one is not None]
    whole = sentence(tokens, names)
    return [] if whole is None else [whole]


def _outlined(tokens: Sequence[Token], names: Names) -> list[Declared]:
    is_test = _is_test(tokens)
    entries = outline(tokens, goes_on=not is_test)
    if len(entries) == 1 and not entries[0].tokens:
        entries = [*entries[0].inside]
    return [one for group in _groups(entries, names) for one in _several(group, names)]


def _is_test(tokens: Sequence[Token]) -> bool:
    words = [t.lower for t in tokens[:3]]
    return (
        words[0] in ("test", "scenario", "feature", "it", "describe")
        or (words[0] == "def" and words[1].startswith("test"))
        or kind_at(tokens, 0)[0] == "test"
    )


def _groups(entries: Sequence[Entry], names: Names) -> list[list[Entry]]:
    """The entries of each declaration: the one that says its kind, and those around it."""
    groups, begun = [list[Entry]()], False
    for entry in entries:
        begins = _begins(entry, names) or (not begun and bool(entry.value) and entry.key in KINDS)
        if (
            (begins and begun and entry.words[0] != "def")
            or (not entry.tokens and begun and not groups[-1][-1].tokens)
            or (begins and begun and groups[-1][-1].words[:1] != ("@",))
        ):
            groups.append([])
        groups[-1].append(entry)
        begun = begun or begins
    return groups


_OWN = tuple(_READERS)


def _begins(entry: Entry, names: Names) -> bool:
    """Tells whether an entry says the kind of a declaration."""
    if not entry.tokens:
        return False
    first = entry.words[0]
    if (first == "[" and _is_section(entry)) or first in ("def", "function", "class", "describe", "it", "export", "@"):
        return True
    if entry.key in ("kind", "type"):
        return KINDS.get("_".join(plain(t).lower() for t in entry.value)) is not None
    if entry.key:
        return entry.key in _OWN or entry.key.removesuffix("s") in _OWN or (entry.key in KINDS and bool(entry.inside))
    if first not in _OWN and first not in STARTS and KINDS.get(first) is None:
        return False
    found = head(entry.tokens, names)
    return found is not None and bool(found.name or found.title)


def _is_section(entry: Entry) -> bool:
    return (
        len(entry.tokens) > 2
        and entry.tokens[-1].text == "]"
        and all(t.kind in ("word", "text") or t.text in ("[", "]", ".") for t in entry.tokens)
    )


def _several(entries: Sequence[Entry], names: Names) -> list[Declared]:
    """The declarations of `segments:` above a list of them, or the one that entries are."""
    first, *others = entries
    kind = first.key.removesuffix("s") if first.key.endswith("s") else ""
    if kind in KINDS and not first.value and len(first.inside) > 1 and not others:
        items = first.inside
        if all(not e.tokens and e.is_item for e in items):
            return [_read(Head(KINDS[kind]), e.inside, names) for e in items]
        if all(e.key and (e.inside or len(e.value) > 2) for e in items):
            return [_one([Entry((*cut(f"{KINDS[kind]} "), *e.tokens), e.inside)], names) for e in items]
    return [_one(entries, names)]


def _one(entries: Sequence[Entry], names: Names) -> Declared:
    first, *others = entries
    while first.words[:1] == ("@",) and others:  # a decorator
        first, *others = others
    for reader in (looped, _class, _call, _function, _settings, _turned, _headed, _equation):
        found = reader(first, others, names)
        if found is not None:
            return found
    raise Unread


def _read(found: Head, entries: Sequence[Entry], names: Names) -> Declared:
    return _READERS[found.kind](found, entries, names)


def _headed(first: Entry, others: Sequence[Entry], names: Names) -> Declared | None:
    """`segment NAME of account` with its body on the line, in braces, or below."""
    if first.words[0] in ("it", "describe") and len(first.tokens) > 4:
        return _jest(first, others, names)
    found = head(first.tokens, names)
    if found is None:
        return None
    if others and first.is_closed:
        raise Unread  # it is complete
    if found.kind == "test":
        if first.words[1] == "(":
            return _jest(first, others, names)
        found = _test_head(first.tokens)
    elif found.kind in ("segment", "metric", "table") and any(t.lower == "select" for t in found.rest[:3]):
        found = _of_query(found, names)
        found.kind = "segment" if found.kind == "table" else found.kind
    entries = [*first.inside, *others]
    rest = found.rest
    if (
        len(rest) > 4
        and rest[0].text == "("
        and closing(rest, 0) == len(rest) - 1
        and rest[2].text in ("=", ":")
        and found.kind != "table"
    ):
        entries = [*(e for part in parts(rest[1:-1], ",") for e in outline(part, 1)), *entries]
        found.rest = []
    return _read(found, entries, names)


def _of_query(found: Head, names: Names) -> Head:
    """A head whose rest is a query: its FROM is the entity."""
    words = [t.lower for t in found.rest]
    at = words.index("from") if "from" in words else -1
    if 0 <= at < len(words) - 1 and is_entity(found.rest[at + 1].text, names):
        found.entity = entity_called(found.rest[at + 1].text, names)
    found.entity = found.entity or entity_default(names)
    return found


def _jest(first: Entry, others: Sequence[Entry], names: Names) -> Declared:
    """`it("does …", () => { … })`."""
    tokens = list(first.tokens)
    opened = next((i for i, t in enumerate(tokens) if t.text == "{"), None)
    if others or opened is None:
        raise Unread
    title = next(t for t in tokens[:opened] if t.kind in ("text", "quoted"))
    inside = outline(tokens[opened + 1 : closing(tokens, opened)], 1, goes_on=False)
    return _read(Head("test", title=quoted(plain(title))), inside, names)


def _class(first: Entry, others: Sequence[Entry], names: Names) -> Declared | None:
    """`class KeyAccounts(Segment):` above its settings."""
    words = [t.text for t in first.tokens]
    if words[0] != "class" or len(words) < 3:
        return None
    kinds = [KINDS[w.lower()] for w in words[2:] if w.lower() in KINDS]
    if len(kinds) != 1 or others:
        raise Unread
    found = Head(kinds[0])
    found.name = slug(words[1])
    owners = [entity_called(w, names) for w in words[2:] if is_entity(w, names)]
    found.entity = next(filter(None, owners), "")
    if found.kind == "table" and not found.name.endswith("s"):
        found.name += "s"  # a class is called by one of its rows
    return _read(found, first.inside, names)


def _call(first: Entry, others: Sequence[Entry], names: Names) -> Declared | None:
    """`segment(name="big", when="arr > 5")`, `big = Segment("Big", when="arr > 5")`."""
    tokens = list(first.tokens)
    name = ""
    if len(tokens) > 4 and tokens[1].text == "=" and tokens[0].kind == "word":
        name, tokens = slug(tokens[0].text), tokens[2:]
    while tokens and tokens[0].lower in ("new", "return"):
        tokens = tokens[1:]
    if (
        len(tokens) < 4
        or tokens[1].text != "("
        or KINDS.get(tokens[0].lower) is None
        or closing(tokens, 1) < len(tokens) - 2
    ):
        return None
    found = Head(KINDS[tokens[0].lower], name)
    if found.kind == "test" or others or first.inside:
        return None
    entries = list[Entry]()
    inner = tokens[2 : closing(tokens, 1)]
    if inner and inner[0].text == "{" and closing(inner, 0) == len(inner) - 1:
        inner = inner[1:-1]
    for part in parts(inner, ","):
        inside = outline(part, 1)
        if len(part) == 1 and part[0].kind in ("text", "quoted"):
            if found.name:
                found.set_title(part)
            else:
                found.name, found.title = named(part)
        elif len(inside) == 1 and inside[0].key:
            entries.append(inside[0])
        else:
            raise Unread
    return _read(found, entries, names)


def _turned(first: Entry, others: Sequence[Entry], names: Names) -> Declared | None:
    """`health score = …`, `key accounts segment: …`: the name before the kind."""
    at = next(
        (i for i, t in enumerate(first.tokens[:6]) if t.text in (":", "=", ":=") or t.lower in ("is", "for", "of")),
        None,
    )
    if at is None or at < 2 or first.tokens[at - 1].lower not in _OWN or first.tokens[0].lower in (*_OWN, *STARTS):
        return None
    name = [replace(t, gap=" ") for t in first.tokens[: at - 1]]
    found = head([*cut(first.tokens[at - 1].lower), *name, *first.tokens[at:]], names)
    return None if found is None or found.kind == "test" else _read(found, [*first.inside, *others], names)


def _equation(first: Entry, others: Sequence[Entry], names: Names) -> Declared | None:
    """`let big = …`: a value, a condition, or a list, by what stands behind the sign."""
    tokens = list(first.tokens)
    while tokens and tokens[0].lower in ("let", "const", "var", "set", "define"):
        tokens = tokens[1:]
    at = next((i for i, t in enumerate(tokens[:5]) if t.text in ("=", ":=", "<-")), None)
    if at is None or at == 0 or others or kind_at(tokens, 0)[0] in _OWN:
        return None
    name, title = named(tokens[:at])
    value = tokens[at + 1 :]
    if kind_at(value, 0)[0] in ("segment", "metric", "segmentation") and len(value) > 2:  # `var big = segment of …`
        behind = kind_at(value, 0)[1]
        return _headed(replace(first, tokens=(*value[:behind], *tokens[:at], *value[behind:])), others, names)
    if first.inside and not value and all(not e.inside and len(e.tokens) == 1 for e in first.inside):
        value = [t for e in first.inside for t in (*e.tokens, *cut(","))]
        return list_(Head("list", name, title, rest=value), (), names)
    if (
        value
        and value[0].text in ("(", "[", "{")
        and closing(value, 0) == len(value) - 1
        and all(len(p) == 1 and p[0].kind in ("text", "quoted", "number", "word") for p in parts(value[1:-1], ","))
    ):
        return list_(Head("list", name, title, rest=[*value]), (), names)
    while value and value[-1].text == ";":
        value = value[:-1]
    if not value or first.inside:
        raise Unread
    text = text_of(value)
    entity = entity_default(names)
    titled = f" {title}" if title else ""
    if _is_condition(text):
        return Declared(
            f"segment {name}{titled} of {entity} {{ when {text} }}",
            ("a rule is a `segment` with a condition after `when`",),
            entity,
        )
    return Declared(f"metric {name}{titled} of {entity} = {text}", ("a value with a name is a `metric`",), entity)


def _test_head(tokens: Sequence[Token]) -> Head:
    """`test "title" as of …`, `Scenario: the title`, `it("does …", () => `."""
    found = Head("test")
    rest = list(tokens[1:])
    while (rest and rest[0].text in (":", "(", "=")) or (rest and rest[0].lower in ("outline", "case")):
        rest = rest[1:]
    if rest and rest[0].kind in ("text", "quoted"):
        found.title, found.rest = quoted(plain(rest[0])), rest[1:]
        return found
    end = 0
    while (
        end < len(rest)
        and rest[end].text not in (":", "{", "(")
        and not (
            rest[end].lower in ("as", "on")
            and end + 1 < len(rest)
            and (rest[end + 1].kind == "date" or rest[end + 1].lower == "of")
        )
    ):
        end += 1
    if not end:
        raise Unread
    found.title, found.rest = quoted(text_of(rest[:end]).replace("_", " ")), rest[end:]
    return found


# -- settings ----------------------------------------------------------------------------


def _settings(first: Entry, others: Sequence[Entry], names: Names) -> Declared | None:
    """YAML, JSON and TOML: `segment: NAME` with settings below or beside it, `segments:` with one entry, `[segment.NAME]`."""
    tokens = first.tokens
    if tokens and tokens[0].text == "[" and _is_section(first):
        return _section([t for t in tokens if t.text not in ("[", "]")], [*first.inside, *others], names)
    key = first.key
    if key in ("kind", "type") and KINDS.get("_".join(plain(t).lower() for t in first.value)):
        found = Head(KINDS["_".join(plain(t).lower() for t in first.value)])
        return _read(found, _flat([*first.inside, *others]), names)
    kind = KINDS.get(key) or KINDS.get(key.removesuffix("s"))
    kind = "segment" if key == "segments" else kind
    if kind is None or not key:
        return _typed(first, others, names)
    if first.value:
        if len(first.value) > 8 or kind == "test":
            return None
        named_so = head([*cut(kind), *first.value], names)
        return None if named_so is None else _read(named_so, [*first.inside, *others], names)
    inside = first.inside
    if len(inside) == 1 and not others and kind != "test":
        only = inside[0]
        if not only.tokens:
            return _read(Head(kind), only.inside, names)
        if only.inside and not only.value and only.key:
            found = Head(kind, *_name_of(only.key))
            return _read(found, only.inside, names)
    return _read(Head(kind), [*inside, *others], names)


def _flat(entries: Sequence[Entry]) -> list[Entry]:
    """Settings without the layers around them."""
    layers = ("spec", "properties", "config", "metadata", "attributes", "settings")
    return [inner for e in entries for inner in (e.inside if e.key in layers and not e.value else (e,))]


def _name_of(key: str) -> tuple[str, str]:
    return named(cut(key.replace("-", "_")))


def _section(tokens: Sequence[Token], entries: Sequence[Entry], names: Names) -> Declared:
    """`[segment.big]`."""
    words = [plain(t) for t in tokens if t.text != "."]
    kind = KINDS.get(words[0].lower()) or KINDS.get(words[0].lower().removesuffix("s"))
    if kind is None:
        raise Unread
    found = Head(kind)
    if len(words) > 1:
        found.name, found.title = _name_of("_".join(words[1:]))
    return _read(found, entries, names)


def _typed(first: Entry, others: Sequence[Entry], names: Names) -> Declared | None:
    """`big:` above `type: segment`, and entries of which one says the kind."""
    every = [*first.inside] if first.inside and not first.value and not others else [first, *others]
    for entry in every:
        said = (
            KINDS.get(plain(entry.value[0]).lower())
            if entry.key in ("type", "kind") and len(entry.value) == 1
            else None
        )
        inner = KINDS.get(entry.key) if entry.value and not entry.inside and entry is not first else None
        if said is not None:
            found = Head(said)
            if first.inside and every is not others and not first.value and not others and first.key:
                found.name, found.title = _name_of(first.key)
            return _read(found, _flat([e for e in every if e is not entry]), names)
        if inner is not None and others:
            return _settings(entry, [e for e in every if e is not entry], names)
    keys = {e.key for e in every}
    if "name" in keys and keys & {"when", "where", "conditions", "filter", "filters", "criteria"}:
        return _read(Head("segment"), _flat(every), names)
    return None


# -- functions ---------------------------------------------------------------------------


def _function(first: Entry, others: Sequence[Entry], names: Names) -> Declared | None:
    """`def seats_free(account): return …`, `seats_free = lambda account: …`, `const f = (account) => …`, `function f(a) { … }`."""
    tokens = list(first.tokens)
    words = [t.lower for t in tokens]
    if words[:1] == ["def"] and words[1].startswith("test_"):
        found = Head("test", title=quoted(words[1].removeprefix("test_").replace("_", " ")))
        return _read(found, [*first.inside, *others], names)
    if words[0] in ("describe", "it") and len(words) > 1:
        return None
    while words and words[0] in ("export", "const", "let", "var", "async"):
        tokens, words = tokens[1:], words[1:]
    opened = words.index("(") if "(" in words else -1
    if words[:1] in (["def"], ["function"], ["fn"], ["func"]) and opened == 2:
        name, close = tokens[1].text, closing(tokens, opened)
        parameters, body = tokens[opened + 1 : close], tokens[close + 1 :]
    elif "lambda" in words[1:4]:
        at = words.index("lambda")
        colon = words.index(":", at)
        name, parameters, body = tokens[0].text, tokens[at + 1 : colon], tokens[colon + 1 :]
    elif "=>" in words and words[1:2] == ["="]:
        arrow = words.index("=>")
        name, parameters, body = (
            tokens[0].text,
            [t for t in tokens[2:arrow] if t.text not in ("(", ")")],
            tokens[arrow + 1 :],
        )
    else:
        return None
    if others or not parameters:
        raise Unread
    parameter = parameters[0].text
    annotated = next((t.text for t in parameters[1:] if t.kind == "word" and is_entity(t.text, names)), "")
    if [t for t in parameters if t.text == ","]:
        raise Unread
    entity = (
        entity_called(annotated or parameter, names)
        if annotated or is_entity(parameter, names)
        else entity_default(names)
    )
    title, steps = "", list[Entry]()
    for entry in first.inside:
        if len(entry.tokens) == 1 and entry.tokens[0].kind in ("text", "quoted") and not title:
            title = quoted(plain(entry.tokens[0]).strip(" \"'").rstrip("."))
        elif (
            len(entry.tokens) == 3 and all(t.kind in ("text", "quoted") for t in entry.tokens) and not title
        ):  # """…"""
            title = quoted(plain(entry.tokens[1]).rstrip("."))
        else:
            steps.append(entry)
    while body and (
        body[0].text in (":", "->", "{")
        or (
            body[0].kind == "word"
            and body[0].lower in ("bool", "float", "int", "str", "number", "boolean", "string", "return")
        )
    ):
        body = body[1:]
    while body and body[-1].text in (":", ";", "}"):
        body = body[:-1]
    value = _of_parameter(body, parameter) if body else _returned(_put_in(steps), parameter)
    if not value or (body and steps):
        raise Unread
    is_rule = name.startswith(("is_", "has_", "in_")) or _is_condition(value)
    kind = "segment" if is_rule else "metric"
    own = f" {title}" if title else ""
    text = (
        f"segment {slug(name)}{own} of {entity} {{ when {value} }}"
        if is_rule
        else f"metric {slug(name)}{own} of {entity} = {value}"
    )
    note = (
        "a rule is a `segment` with a condition after `when`"
        if kind == "segment"
        else "a value with a name is a `metric`"
    )
    return Declared(text, (note,), entity)


def _of_parameter(tokens: Sequence[Token], parameter: str) -> str:
    """An expression without the name of the parameter before its fields."""
    text = text_of(tokens)
    text = re.sub(rf"(?<![\w.\"]){re.escape(parameter)}\s*\[\s*[\"'](\w+)[\"']\s*\]", r"\1", text)
    text = re.sub(rf"(?<![\w.\"]){re.escape(parameter)}\.get\(\s*[\"'](\w+)[\"']\s*\)", r"\1", text)
    text = re.sub(rf"(?<![\w.\"]){re.escape(parameter)}\.(?=[A-Za-z_])", "", text)
    if re.search(rf"(?<![\w.\"]){re.escape(parameter)}(?![\w\"])", text) and parameter not in ("account",):
        raise Unread
    return text.rstrip(";").strip()


def _put_in(steps: Sequence[Entry]) -> list[Entry]:
    """The steps of a body without `name = …` before them: what each name stands for is put in its place."""
    left = list(steps)
    while len(left) > 1 and _is_given(left[0]):
        name, value = left[0].tokens[0].text, left[0].value
        alone = len(value) == 1 or (value[0].text in ("[", "(") and closing(value, 0) == len(value) - 1)
        given = [*value] if alone else [*cut("("), *value, *cut(")")]
        left = [_with_given(step, name, given) for step in left[1:]]
    return left


def _is_given(entry: Entry) -> bool:
    """Tells whether an entry says what a name stands for."""
    signs = [t.text for t in entry.tokens[:2]]
    return len(entry.tokens) > 2 and entry.tokens[0].kind == "word" and signs[1] == "=" and not entry.inside


def _with_given(entry: Entry, name: str, given: Sequence[Token]) -> Entry:
    tokens = list[Token]()
    for i, token in enumerate(entry.tokens):
        of_other = i > 0 and entry.tokens[i - 1].text == "."
        if token.kind == "word" and token.text == name and not of_other:
            if i + 1 < len(entry.tokens) and entry.tokens[i + 1].text == "=":
                raise Unread  # it is given anew
            tokens += spaced(given, token.gap)
        else:
            tokens.append(token)
    return replace(entry, tokens=tuple(tokens), inside=tuple(_with_given(e, name, given) for e in entry.inside))


def _returned(steps: Sequence[Entry], parameter: str) -> str:
    """`return …`, or a chain of `if …: return …`."""
    if not steps:
        raise Unread
    first, *rest = steps
    words = first.words
    if words[0] == "return" and not rest and not first.inside:
        return _of_parameter(first.tokens[1:], parameter)
    if words[0] == "else" and not rest and first.inside:
        return _returned(first.inside, parameter)
    if words[0] in ("if", "elif") and rest:
        tokens = list(first.tokens[1:])
        if first.inside:
            said, value = tokens[:-1] if tokens[-1].text == ":" else tokens, _returned(first.inside, parameter)
        else:
            of_script = tokens[0].text == "(" and tokens[-1].text != ":"  # `if (a) return b`
            at = closing(tokens, 0) if of_script else next(i for i, t in enumerate(tokens) if t.text == ":")
            said = tokens[1:at] if of_script else tokens[:at]
            value = _returned([Entry(tuple(tokens[at + 1 :]))], parameter)
        other = _returned(rest, parameter)
        other = other.removesuffix(" end")
        return f"if {_of_parameter(said, parameter)} then {value} else {other} end"
    raise Unread


def _is_condition(value: str) -> bool:
    """Whether an expression is true or false, by the signs outside its brackets."""
    if re.match(r"(?:if|case)\b", value, re.IGNORECASE):
        return False
    depth, outside = 0, list[str]()
    for token in cut(value):
        depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        if depth == 0 and token.kind in ("word", "sign"):
            outside.append(token.lower)
    if "?" in outside or "if" in outside:
        return False
    return bool(
        {*outside} & {"=", "==", "!=", "<", ">", "<=", ">=", "and", "or", "not", "in", "is", "&&", "||", "===", "!=="}
    )
