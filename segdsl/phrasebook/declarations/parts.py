"""What declarations are made of: names, titles, entities, values and conditions, read from however they are written."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from segdsl.lang import letters
from segdsl.lang.reserved import RESERVED
from segdsl.model import types as ty
from segdsl.phrasebook.declarations.outline import BULLETS, Entry, Unread, closing, listed, parts, text_of, tied
from segdsl.phrasebook.families.numbers_and_dates import SCALES
from segdsl.phrasebook.families.numbers_and_dates import amount as amount_of
from segdsl.phrasebook.names import Names
from segdsl.phrasebook.tokens import Token, cut, spaced

TITLES = ("title", "label", "display_name", "caption", "description", "desc", "comment", "doc", "docs", "docstring")
ENTITIES = listed(
    """
    of entity about object model base subject applies_to for_each object_type entity_type grain resource on
    """
)
CUSTOMERS = listed(
    """
    customer customers client clients company companies organisation organisations organization organizations
    """
)
_FILLERS = ("all", "every", "each", "the", "our", "any", "an", "a", "those")
_TRUE = ("true", "yes", "on", "y")
_FALSE = ("false", "no", "off", "n")


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration as it should be written, its conditions as they stand.

    `notes` say how it is written here, `entity` is what it is about.
    """

    text: str
    notes: tuple[str, ...]
    entity: str


def slug(words: str) -> str:
    """A name made of words."""
    name = re.sub(r"\W+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", letters.plain(words)).lower()).strip("_")
    if not name:
        raise Unread
    return f"n_{name}" if name[0].isdigit() or name in RESERVED else name


def plain(token: Token) -> str:
    """A text without its quotes, a word as it is."""
    if token.kind == "text":
        return re.sub(r'\\(["\\])', r"\1", token.text[1:-1])
    return token.text[1:-1] if token.kind == "quoted" or token.text[:1] in "'`" else token.text


def quoted(text: str) -> str:
    """A text as it is written."""
    return '"' + " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"') + '"'


def named(tokens: Sequence[Token]) -> tuple[str, str]:
    """The name and the title, with its quotes or empty, that words or a text make. Raises `Unread` where they are something else."""
    words = [t for t in tokens if t.kind in ("word", "number")]
    texts = [t for t in tokens if t.kind in ("text", "quoted")]
    dashes = [t for t in tokens if t.text in ("-", "–", ".", "/", "&", "`") and t.kind == "sign"]
    if (
        not tokens
        or len(words) + len(texts) + len(dashes) != len(tokens)
        or len(texts) > 1 + (not words)
        or len(words) > 6
    ):
        raise Unread
    if len(texts) == 2:  # a name and a title, both in quotes
        return slug(plain(texts[0])), quoted(plain(texts[1]))
    title = plain(texts[0]) if texts else ""
    name = slug(" ".join(t.text for t in words) if words else title)
    is_joined = all(t.text == "&" for t in dashes) or any(t.gap and t.kind == "word" for t in tokens[1:])
    if not title and len(words) > 1 and is_joined:
        title = text_of(tokens)
        title = title[0].upper() + title[1:]
    return name, quoted(title) if title and title != name else ""


def entity_of(tokens: Sequence[Token], names: Names) -> tuple[str, list[str]]:
    """The entity that words name, and the conditions that its adjectives are. Raises `Unread` for anything else."""
    words = [t for t in tokens if t.lower not in _FILLERS]
    if not words or any(t.kind not in ("word", "text", "quoted") for t in words) or names.schema is None:
        raise Unread
    *adjectives, noun = words
    entity = entity_called(plain(noun), names)
    about = replace(names, entity=entity)
    return entity, [adjective(plain(t), about) for t in adjectives]


def entity_called(word: str, names: Names) -> str:
    """The entity of a name, in singular or plural, or of one that is spelt nearly so."""
    word = word.lower().rpartition(".")[2]
    every = [] if names.schema is None else [r.name for r in names.schema.entities]
    if (entity := names.entity_called(word)) is not None:
        return entity
    near = difflib.get_close_matches(word, [*every, *(f"{e}s" for e in every)], 1, 0.8)
    if near:
        return near[0] if near[0] in every else near[0][:-1]
    if word in CUSTOMERS:
        return root_of(names)
    raise Unread


def root_of(names: Names) -> str:
    """The one entity that belongs to no other."""
    roots = [] if names.schema is None else [r.name for r in names.schema.entities if r.of is None]
    if len(roots) != 1:
        raise Unread
    return roots[0]


def is_entity(word: str, names: Names) -> bool:
    try:
        entity_called(word, names)
    except Unread:
        return False
    return True


def adjective(word: str, names: Names) -> str:
    """A condition on the one field that has a value of this name, or that is true or false and has this name."""
    fields = names.fields
    if word.lower() in fields and fields[word.lower()].type == ty.BOOLEAN:
        return word.lower()
    having = [(f, v) for f in fields if (v := names.value(f, word)) is not None]
    if len(having) != 1:
        raise Unread
    return f"{having[0][0]} = {quoted(having[0][1])}"


# -- values ------------------------------------------------------------------------------


def literal(tokens: Sequence[Token], typed: ty.Type | None = None) -> str:
    """A value as it is written, by its type where that is known. Raises `Unread` where it is none."""
    while tokens and tokens[-1].text in (",", ";"):
        tokens = tokens[:-1]
    text = text_of(tokens)
    if typed is not None and isinstance(typed, ty.Enum):
        said = plain(tokens[0]) if len(tokens) == 1 else text
        value = next((v for v in typed.values if v.casefold() == said.casefold()), None)
        if value is None:
            raise Unread
        return quoted(value)
    if typed is not None and isinstance(typed, ty.SetOfText):
        inner = tokens[1:-1] if tokens and tokens[0].text in ("(", "[", "{") else tokens
        every = parts(inner, ",", ";", "and")
        if any(len(one) > 1 and any(t.kind != "word" or t.lower in _JOINS for t in one) for one in every):
            raise Unread
        return f"({', '.join(quoted(plain(one[0]) if len(one) == 1 else text_of(one)) for one in every)})"
    if not tokens:
        raise Unread
    first = tokens[0]
    if len(tokens) == 1 and first.kind in ("text", "quoted"):
        said = plain(first)
        bare = typed is not None and not isinstance(typed, ty.Text | ty.Version) and re.fullmatch(r"[\d.:TZ+_-]+", said)
        if bare and typed is not None and ty.is_numeric(typed):
            return _amount(cut(said), typed)
        return said if bare else quoted(said)
    if first.kind in ("number", "amount") or (first.text == "-" and len(tokens) == 2):
        return _amount(tokens, typed)
    if len(tokens) == 1 and first.kind == "date":
        return first.text
    if len(tokens) == 1 and first.lower in _TRUE + _FALSE and (typed is None or typed == ty.BOOLEAN):
        return "true" if first.lower in _TRUE else "false"
    if first.lower in ("none", "null", "missing", "nothing", "nil", "unknown", "empty") and len(tokens) == 1:
        return "missing"
    if first.lower in ("today", "now") and len(tokens) == 1:
        return first.lower
    if len(tokens) == 3 and first.kind == "number" and tokens[2].lower == "ago":
        return text
    if all(t.kind == "word" for t in tokens) and len(tokens) <= 3 and (typed is None or isinstance(typed, ty.Text)):
        return quoted(text)
    raise Unread


_SIGNS = {
    word: meant
    for meant, words in {
        "USD": "$ dollar dollars usd",
        "EUR": "€ eur euro euros",
        "GBP": "£ gbp pound pounds",
        "JPY": "¥ jpy yen",
        "CHF": "chf francs",
    }.items()
    for word in words.split()
}
_MONEY = re.compile(
    r"[$€£¥]|(?<![A-Za-z])(?:USD|EUR|GBP|CHF|JPY|dollars?|euros?|pounds?|francs|yen)(?![A-Za-z])", re.IGNORECASE
)


_OWN_NUMBER = re.compile(r"\d[\d_]*(?:\.\d+)?%?")
_OPEN_NUMBER = re.compile(r"[1-9]\d{0,2}\.\d{3}%?")
"""`50.000`: fifty, or fifty thousand."""
_OTHER_NUMBER = re.compile(
    r"\d{1,3}(?:[,'’\u00a0\u202f]\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3}){2,}|\d{1,3}(?:\.\d{3})+,\d{1,2}"
    r"|\d[\d_]*(?:\.\d{1,2})?\s?(?P<scale>[A-Za-z]+)|\d+(?:\.\d+)?[eE][+-]?\d{1,2}"
)


def figure(tokens: Sequence[Token]) -> tuple[str, str]:
    """One number, and its currency or an empty text. Raises `Unread` where it isn't clearly one, as `10-50`, `1,5`, `50.000`, `50+`."""
    text = text_of(tokens)
    currencies = _MONEY.findall(text)
    bare = re.sub(r"\s+%", "%", _MONEY.sub("", text).strip())
    minus = "-" if bare.startswith("-") else ""
    bare = bare.removeprefix("-").strip()
    read: str | None = bare
    if len(currencies) > 1 or _OPEN_NUMBER.fullmatch(bare):
        raise Unread
    if not _OWN_NUMBER.fullmatch(bare):
        other = _OTHER_NUMBER.fullmatch(bare)
        if other is None or (other["scale"] and other["scale"].lower() not in SCALES):
            raise Unread
        read = amount_of(bare)
    if read is None:
        raise Unread
    return minus + read, _SIGNS[currencies[0].lower()] if currencies else ""


def _amount(tokens: Sequence[Token], typed: ty.Type | None) -> str:
    """A number of a type. Raises `Unread` where it has another currency, or is a share of what isn't one."""
    read, currency = figure(tokens)
    if currency and isinstance(typed, ty.Money) and typed.currency != currency:
        raise Unread
    if read.endswith("%") and isinstance(typed, ty.Money | ty.Integer):
        raise Unread
    return read


# -- conditions --------------------------------------------------------------------------

_ALL = listed(
    """
    all and all_of must every conditions criteria rules filters children when where if $and match_all allof
    clauses
    """
)
_ANY = ("any", "or", "any_of", "should", "either", "one_of", "$or", "match_any", "anyof")
NONE = ("none", "not", "must_not", "none_of", "exclude", "excluding", "except", "$not", "noneof", "unless")
_FIELD = (
    "field",
    "property",
    "attribute",
    "column",
    "fact",
    "name",
    "key",
    "property_name",
    "fieldname",
    "member",
    "dimension",
    "lhs",
)
_OPERATOR = ("op", "operator", "comparison", "comparator", "condition", "operation", "is", "predicate", "relation")
_VALUE = ("value", "values", "rhs", "target", "val")
OPS = {
    word: meant
    for meant, words in {
        "=": "= == === eq equals equal is is_equal_to equal_to",
        "!=": "!= <> !== ne neq not_equals not_equal notequals is_not is_not_equal_to not_equal_to does_not_equal",
        ">": "> gt greater_than greaterthan over more_than after",
        ">=": ">= gte ge greater_than_or_equal greater_than_or_equal_to greater_than_inclusive min at_least",
        "<": "< lt less_than lessthan under before",
        "<=": "<= lte le less_than_or_equal less_than_or_equal_to less_than_inclusive max at_most",
        "in": "in is_any_of any_of one_of is_one_of",
        "not in": "not_in notin nin is_none_of none_of",
        "contains": "contains",
        "starts with": "starts_with begins_with",
        "ends with": "ends_with",
    }.items()
    for word in words.split()
}
_UNARY = {
    word: meant
    for meant, words in {
        "is missing": "is_null is_empty is_missing not_exists is_unknown not_set",
        "is not missing": "is_not_null is_not_empty exists is_known set",
    }.items()
    for word in words.split()
}


_COMBINED = ("combinator", "operator", "condition", "match", "conjunction", "logic", "op", "join")
_JOINS = ("and", "or", "all", "any")


def joined_by(join: str, conditions: Sequence[str]) -> str:
    """Conditions joined by a word, each in brackets where it needs them."""
    conditions = [c for c in conditions if c]
    if not conditions:
        raise Unread
    if len(conditions) == 1:
        return conditions[0]
    return f" {join} ".join(f"({c})" if _is_other(c, join) else c for c in conditions)


def _is_other(condition: str, join: str) -> bool:
    """Whether a condition is joined by another word."""
    outside = re.sub(r'"[^"]*"|\bbetween\b[^()]*?\band\b', "", condition)
    words = (
        r"\b(?:or|unless|but|except|either|nor|neither)\b|\|\|"
        if join == "and"
        else r"\b(?:and|unless|but|except|both|nor|neither)\b|&&"
    )
    return re.search(words, outside, re.IGNORECASE) is not None


def condition(tokens: Sequence[Token], inside: Sequence[Entry], names: Names, join: str = "and") -> str:
    """A condition that stands behind its word, on the same line, in a list, or in entries below it."""
    every = list[str]()
    tokens = without_fillers(tokens)
    if any(goes_on(a, b) for a, b in pairwise(inside)):
        raise Unread
    if tokens and tokens[0].text == "[" and closing(tokens, 0) == len(tokens) - 1:
        inner = [Entry(tuple(tied(item))) for item in parts(tokens[1:-1], ",")]
        every += [_entry(_braced(item), names) for item in inner]
    elif tokens:
        every.append(_verbatim(tokens))
    if any(e.key in _COMBINED and not e.inside and plain(e.value[0]).lower() in _JOINS for e in inside if e.value):
        every.append(_mapping(inside, names))
    else:
        every += [_entry(entry, names) for entry in inside]
    return joined_by(join, every)


def goes_on(entry: Entry, behind: Entry) -> bool:
    """Tells whether what is left out goes on behind a comma: `exclude: plan = "team", tier = "gold"` is cut there."""
    if (entry.key or (entry.words[0] if entry.words else "")) not in NONE or entry.inside or not behind.tokens:
        return False
    return 0 < behind.tokens[0].start - entry.tokens[-1].end <= len(", ")


def left_out(word: str, value: Sequence[Token], inside: Sequence[Entry], names: Names) -> str:
    """What `none:` and `exclude:` leave: nobody for whom any of the conditions holds; `not:` over settings, for whom all do."""
    tokens = without_fillers(value)
    several = parts(tokens, ",", ";") if tokens and tokens[0].text not in ("[", "{") else []
    if len(several) > 1:  # a comma is another `or` here
        if inside or not all(is_value(one[0].lower, names) and len(one) > 2 for one in several):
            raise Unread
        return f"not ({joined_by('or', [_verbatim(one) for one in several])})"
    settings = [e for e in inside if e.key and not e.is_item and e.tokens[len(e.tokens) - len(e.value) - 1].text == ":"]
    is_mapping = len(settings) == len(inside)
    return f"not ({condition(value, inside, names, 'and' if word in ('not', '$not') and is_mapping else 'or')})"


def _braced(entry: Entry) -> Entry:
    from segdsl.phrasebook.declarations.outline import outline

    found = outline(entry.tokens, 1)
    return found[0] if len(found) == 1 else Entry((), tuple(found))


def without_fillers(tokens: Sequence[Token]) -> Sequence[Token]:
    """Tokens without the words and signs that only say that a condition follows."""
    while tokens and (
        tokens[0].lower in ("when", "if", "where", "that", "whenever", "filter")
        or tokens[0].text in (":", *BULLETS, "|")
    ):
        tokens = tokens[1:]
    while tokens and tokens[-1].text in (",", ";", ".", ";;"):
        tokens = tokens[:-1]
    return tokens


def _verbatim(tokens: Sequence[Token]) -> str:
    if len(tokens) == 1 and tokens[0].kind in ("text", "quoted"):
        return re.sub(r"\s+", " ", plain(tokens[0])).strip()
    if any(t.text in (";", ";;", "{", "}", "\f") for t in tokens) and not any(t.lower == "bands" for t in tokens):
        raise Unread
    return text_of(tokens)


def in_columns(tokens: Sequence[Token]) -> list[Token]:
    """`Plan | is any of | Team, Business` as one condition; other tokens as they are."""
    if tokens and tokens[0].text == "|":
        tokens = tokens[1:]
    if tokens and tokens[-1].text == "|":
        tokens = tokens[:-1]
    columns = parts(list(tokens), "|")
    if len(columns) not in (2, 3) or sum(t.text == "|" for t in tokens) != len(columns) - 1 or not all(columns):
        return list(tokens)
    if (
        text_of(columns[1]).lower().split()[0] in _OF_TEXTS
        and len(columns) == 3
        and columns[2][0].kind not in ("text", "quoted")
    ):
        columns[2] = spaced(cut(quoted(text_of(columns[2]))), " ")
    return [t for column in columns for t in column]


_OF_TEXTS = ("contains", "starts", "begins", "ends", "includes")


def _entry(entry: Entry, names: Names) -> str:
    """One entry of a list of conditions."""
    key, value = entry.key.strip("'"), without_fillers(entry.value)
    if not entry.tokens:
        return _mapping(entry.inside, names)
    if key in _ANY or (not key and entry.inside and entry.words[0] in _ANY and len(entry.tokens) == 1):
        return condition(value if key else (), entry.inside, names, "or")
    if key in ("sql", "expression", "expr") and not entry.inside:
        return _verbatim(value)
    if key in NONE:
        return left_out(key, value, entry.inside, names)
    if key in _ALL:
        return condition(value, entry.inside, names)
    if key and is_value(key, names):
        return compared(key, value, entry.inside)
    if entry.inside:
        raise Unread
    tokens = without_fillers(in_columns(entry.tokens))
    if tokens and tokens[0].lower in ("and", "or"):
        raise Unread
    if not tokens:
        raise Unread
    return _verbatim(tokens)


def is_value(name: str, names: Names) -> bool:
    """Tells whether a name is that of a field, a metric, or rows."""
    first = name.partition(".")[0]
    return (
        name in names.fields
        or first in names.tables
        or name in names.metrics
        or names.described(name) is not None
        or name in _owned(names)
    )


def _owned(names: Names) -> set[str]:
    schema = names.schema
    return (
        set()
        if schema is None
        else {f for r in schema.relations.values() if r.kind == "details" and r.of == names.entity for f in r.fields}
    )


def _mapping(entries: Sequence[Entry], names: Names) -> str:
    """`{ field: arr, operator: gt, value: 5 }`, or a comparison for each field."""
    by_key = {e.key: e for e in entries}
    field = next((by_key[k] for k in _FIELD if k in by_key and not is_value(k, names)), None)
    if field is None:
        joins = by_key.get("operator") or by_key.get("condition") or by_key.get("match") or by_key.get("combinator")
        if joins is not None and [t.lower.strip("\"'").lower() for t in joins.value] in (
            ["and"],
            ["or"],
            ["all"],
            ["any"],
        ):
            word = joins.value[0].text.strip("\"'").lower()
            rest = [e for e in entries if e is not joins]
            if len(rest) == 1 and rest[0].key in _ALL:
                return condition(rest[0].value, rest[0].inside, names, "and" if word in ("and", "all") else "or")
            raise Unread
        return joined_by("and", [_entry(e, names) for e in entries])
    operator = next((by_key[k] for k in _OPERATOR if k in by_key), None)
    value = next((by_key[k] for k in _VALUE if k in by_key), None)
    if (
        {e.key for e in entries} - {*_FIELD, *_OPERATOR, *_VALUE, "type", "id"}
        or len(by_key) != len(entries)
        or field.inside
    ):
        raise Unread
    spelt = "_".join(plain(t) for t in operator.value) if operator is not None else "="
    word = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", spelt).lower().replace(" ", "_")
    name = "".join(plain(t) for t in field.value)
    if value is None or (not value.value and not value.inside):
        return f"{name} {_UNARY[word]}" if word in _UNARY else _raise()
    return _with(name, word, value.value)


def _raise() -> str:
    raise Unread


def _with(name: str, operator: str, value: Sequence[Token]) -> str:
    sign = OPS.get(operator)
    if sign is None:
        return f"{name} {operator.replace('_', ' ')} {text_of(value)}"
    inner = values(value) if value[0].text in ("[", "(") else None
    if inner is not None:
        sign = {"=": "in", "!=": "not in"}.get(sign, sign)
        return f"{name} {sign} ({', '.join(inner)})"
    text = text_of(value)
    if len(value) == 1 and value[0].kind in ("text", "quoted"):
        bare = re.sub(r"^'(.*)'$", r"\1", plain(value[0]))
        if _OPEN_NUMBER.fullmatch(bare) and sign not in ("contains", "starts with", "ends with"):
            raise Unread
        numeric = re.fullmatch(r"-?\d[\d_]*(?:\.\d+)?%?|\d{4}-\d\d-\d\d|true|false", bare) and sign not in (
            "contains",
            "starts with",
            "ends with",
        )
        text = bare if numeric else quoted(bare)
    return f"{name} {sign} ({text})" if sign in ("in", "not in") else f"{name} {sign} {text}"


def filter_of(tokens: Sequence[Token], names: Names) -> str:
    """`Status EQUALS open`, `amount greater than 5`: a filter of a field, by the words of its operator; empty for anything else."""
    name = tokens[0].lower if tokens else ""
    if name not in names.fields:
        return ""
    for length in (5, 4, 3, 2, 1):
        sign = OPS.get("_".join(t.lower for t in tokens[1 : 1 + length]))
        value = tokens[1 + length :]
        if sign is None or not value:
            continue
        said = plain(value[0]) if len(value) == 1 else text_of(value)
        every = [names.value(name, one.strip()) for one in said.split(",")]
        if len(every) > 1 and sign in ("=", "!=") and value[0].kind in ("text", "quoted"):  # any of them
            known = [quoted(one) for one in every if one is not None]
            return (
                f"{name} {'in' if sign == '=' else 'not in'} ({', '.join(known)})" if len(known) == len(every) else ""
            )
        one = names.value(name, said) if all(t.kind == "word" for t in value) else None
        return f"{name} {sign} {quoted(one)}" if one is not None else _with(name, sign, value)
    return ""


def values(tokens: Sequence[Token]) -> list[str]:
    """Values one after the other, in brackets or not, each as it is written."""
    if tokens and tokens[0].text in ("(", "[", "{") and closing(tokens, 0) == len(tokens) - 1:
        tokens = tokens[1:-1]
    every = parts(tokens, ",", ";", "and", "or", "|")
    if not every:
        raise Unread
    return [value_of(one) for one in every]


def value_of(one: Sequence[Token]) -> str:
    while one and one[0].text in BULLETS and len(one) > 1 and one[1].kind != "number":
        one = one[1:]
    if one and all(t.kind == "word" for t in one):
        return quoted(text_of(one)) if [t.lower for t in one] not in (["true"], ["false"]) else one[0].lower
    return literal(one)


def compared(name: str, value: Sequence[Token], inside: Sequence[Entry]) -> str:
    """`arr: ">10"`, `plan: team`, `arr: { gte: 5 }`."""
    if inside:
        if value:
            raise Unread
        if all(e.is_item and not e.key and not e.inside for e in inside):
            return f"{name} in ({', '.join(literal(e.tokens) for e in inside)})"
        return joined_by("and", [_with(name, e.key.lstrip("$"), e.value) for e in inside if e.key or _raise()])
    if not value:
        raise Unread
    if value[0].text in ("[", "("):
        return _with(name, "in", value)
    if value[0].text in ("=", "<", ">", "<=", ">=", "!=", "==", "<>"):
        return f"{name} {text_of(value)}"
    if len(value) == 1 and value[0].kind in ("text", "quoted"):
        inner = plain(value[0]).strip()
        if signed := re.fullmatch(r"(>=|<=|!=|==|=|>|<|<>)\s*(.+)", inner):
            return _with(name, signed[1], cut(quoted(signed[2])))
        return f"{name} = {quoted(inner)}"
    if len(value) == 1 and value[0].lower in _TRUE + _FALSE:
        return name if value[0].lower in _TRUE else f"not {name}"
    if len(value) == 1 and value[0].kind in ("number", "date", "amount"):
        return f"{name} = {value[0].text}"
    if len(value) == 1 and value[0].kind == "word":
        return f"{name} = {quoted(value[0].text)}"
    return f"{name} {text_of(value)}"
