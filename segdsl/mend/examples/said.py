"""What the words around a mistake say: names of the model, figures, texts, lengths of time, and how figures are compared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from segdsl.model import types as ty
from segdsl.phrasebook.declarations.outline import BULLETS
from segdsl.phrasebook.english.small_words import ADVERBS, ARTICLES, BE, DID, NOT, SELF
from segdsl.phrasebook.english.things import Noun, Scope, root, value_of, words_of
from segdsl.phrasebook.families.numbers_and_dates import amount
from segdsl.phrasebook.measures import BORDERS, FOREIGN_UNITS, SPOKEN_UNITS
from segdsl.phrasebook.tokens import Token

_LONGEST_NAME = 3  # words
JOINS = {"and", "but", ";", "when", "where", "having", "which", "und", "aber", "et", "mais", "pero"}
_SMALL = {
    *ARTICLES,
    *BE,
    *ADVERBS,
    *NOT,
    *SELF,
    *DID,
    "of",
    "in",
    "on",
    "at",
    "for",
    "no",
    "not",
    "than",
    "more",
    "less",
}


def clause_around(tokens: Sequence[Token], at: int) -> Sequence[Token]:
    """The tokens between the words that join clauses, around a place."""
    here = next((i for i, t in enumerate(tokens) if t.end > at), len(tokens) - 1)
    first = next((i + 1 for i in range(here, -1, -1) if i < here and _joins(tokens, i)), 0)
    last = next((i for i in range(max(here, first + 1), len(tokens)) if _joins(tokens, i)), len(tokens))
    return tokens[first:last]


def _joins(tokens: Sequence[Token], i: int) -> bool:
    """Whether a token joins two clauses; `or` may also stand between values, and between words such as `or equal`."""
    if tokens[i].text in BULLETS and "\n" in tokens[i].gap:
        return True
    if tokens[i].lower != "or":
        return tokens[i].lower in JOINS
    following = tokens[i + 1] if i + 1 < len(tokens) else None
    return following is not None and following.kind == "word" and following.lower not in _BEHIND_OR


def _first_words(sign: str) -> set[str]:
    """The first words of what is said for a sign, such as `more` of `more than`."""
    return {words[0] for words, of in BORDERS.items() if of == sign}


_BEHIND_OR = {"equal", "less", "more", "fewer", "later", "earlier", "higher", "lower", "greater", "not"}
_MORE = {
    *(*_first_words(">"), "above", "higher", "exceeds", "exceed", "bigger", "larger", "beyond", ">"),
    *("mehr", "über", "größer", "länger", "plus", "supérieur", "más", "mayor"),
}
_FEWER = {
    *(*_first_words("<"), "below", "lower", "smaller", "<"),
    *("weniger", "unter", "kleiner", "kürzer", "moins", "inférieur", "menos", "menor"),
}
_AHEAD = {
    *("next", "coming", "upcoming", "following", "ahead", "nächsten", "nächster", "nächstes", "kommenden"),
    *("prochain", "prochains", "prochaine", "prochaines", "próximo", "próximos", "próxima", "próximas"),
}
_UNITS = SPOKEN_UNITS | FOREIGN_UNITS
_BEFORE_UNITS = {
    "derniers",
    "dernières",
    "prochains",
    "prochaines",
    "últimos",
    "últimas",
    "próximos",
    "próximas",
    "full",
    "whole",
}
_PERCENT = {"%", "percent", "prozent"}
_PER_CENT = {("per", "cent"), ("pour", "cent"), ("por", "ciento")}
AVERAGES = {"average", "mean", "avg", "averages"}
MENTIONS = {"contains", "contain", "mentions", "mention", "includes", "include", "about", "containing", "mentioning"}


@dataclass(frozen=True)
class Said:
    """The figures, texts and durations that a clause says; `sign` compares its figures, `signs` each of them by itself.

    `several_durations`: which of them is whose isn't known.
    """

    numbers: tuple[str, ...]
    texts: tuple[str, ...]
    words: tuple[str, ...]
    duration: str
    sign: str = ">="
    signs: Mapping[str, str] = field(default_factory=dict, hash=False)
    several_durations: bool = False

    def sign_of(self, number: str) -> str:
        return self.signs.get(number, self.sign)

    @staticmethod
    def of(tokens: Sequence[Token]) -> Said:
        durations = dict[str, None]()
        for number, word in pairwise([t for t in tokens if t.lower not in _BEFORE_UNITS]):
            unit = _UNITS.get(word.lower, "")
            if unit and re.fullmatch(r"[1-9]\d{0,2}", number.text):
                durations[f"{number.text} {unit if number.text == '1' else unit + 's'}"] = None
        numbers = tuple(_numbers(tokens))
        texts = tuple(t.text.strip("\"'“”„’‘«»") for t in tokens if t.kind in ("text", "quoted"))
        texts = tuple(t.replace("\\", "").replace('"', "") for t in texts)
        signs = {n: _sign(_before(tokens, n)) for n in numbers}
        words, duration = tuple(t.text for t in tokens if t.kind == "word"), next(reversed(durations), "")
        return Said(numbers, texts, words, duration, _sign(tokens), signs, len(durations) > 1)

    @property
    def excepted(self) -> tuple[str, ...]:
        """The words behind one that makes an exception, as `except` or `unless`."""
        begin = next((i + 1 for i, w in enumerate(self.words) if w.lower() in _EXCEPT), len(self.words))
        return self.words[begin:]

    @property
    def says_change(self) -> bool:
        return bool(_CHANGES & {w.lower() for w in self.words})

    @property
    def says_rise(self) -> bool:
        return bool(_RISES & {w.lower() for w in self.words})

    @property
    def counts_days(self) -> bool:
        """Whether days are counted, beside those of a length of time: `number of days with logins in last 30 days`."""
        words = [w.lower() for w in self.words]
        own = words.count("days") - self.duration.endswith("days")
        return own > 0 and not {"since", "until", "between", "before", "after", "ago"} & {*words}

    @property
    def each(self) -> str:
        """`every week for 8 weeks`, where words say `each of the last 8 weeks`; an empty text where they don't."""
        unit = self.duration.rpartition(" ")[2].rstrip("s")
        is_so = _EACH.search(" ".join(w.lower() for w in self.words)) and not self.duration.startswith("1 ")
        return f"every {unit} for {self.duration}" if is_so and unit in ("day", "week", "month") else ""

    @property
    def says_none(self) -> bool:
        return bool(_NONE & {w.lower() for w in self.words}) or self.numbers == ("0",)

    @property
    def window(self) -> str:
        """A window as long as what is said; 30 days where nothing is."""
        ahead = bool(_AHEAD & {w.lower() for w in self.words})
        return f"in {'next' if ahead else 'last'} {self.duration or '30 days'}"

    def values(self, typed: ty.Type) -> tuple[str, ...]:
        """The values of an enumeration that are said."""
        said = (value_of(typed, w) for w in (*self.texts, *self.words))
        return tuple(dict.fromkeys(v for v in said if v))

    def value(self, typed: ty.Type) -> str:
        """The value of an enumeration that is said; else its first."""
        assert isinstance(typed, ty.Enum), "it has values"
        return next(iter(self.values(typed)), typed.values[0])


_RISES = {"grew", "growth", "growing", "rose", "increased"}
_CHANGES = {*_RISES, "changed", "change", "changes", "dropped", "drop", "drops", "fell", "decreased", "declined"}


def _numbers(tokens: Sequence[Token]) -> Iterator[str]:
    """Yields the numbers that are neither years nor times, and of which it is certain how large they are."""
    for i, token in enumerate(tokens):
        behind = tokens[i - 1] if i else None
        after, second = [*(t.lower for t in tokens[i + 1 : i + 3]), "", ""][:2]
        after = second if after in _BEFORE_UNITS else after
        if token.kind == "amount" and (plain := amount(token.text)):
            yield plain
        is_year = re.fullmatch(r"(?:19|20)\d\d", token.text)
        in_groups = re.fullmatch(r"\d{1,3}(?:\.\d{3})+", token.text) or re.fullmatch(r"\d{3}", after)
        in_groups = in_groups or (re.fullmatch(r"\d{3}", second) if after == "," else None)
        is_group = (
            behind is not None
            and (behind.kind == "number" or behind.text == ",")
            and re.fullmatch(r"\d{3}", token.text)
        )
        if token.kind != "number" or is_year or in_groups or is_group or after in _UNITS or after in _SCALES | _CLOCK:
            continue
        is_share = after in _PERCENT or (after, second) in _PER_CENT
        yield f"{token.text}%" if is_share and not token.text.endswith("%") else token.text


def _before(tokens: Sequence[Token], number: str) -> Sequence[Token]:
    """A number that was said, with the words before it that compare it."""
    at = next(
        (i for i, t in enumerate(tokens) if t.text == number.rstrip("%") or amount(t.text) == number), len(tokens)
    )
    return tokens[max(0, at - 3) : at + 3]


def _sign(tokens: Sequence[Token]) -> str:
    """How words compare a number."""
    words = [t.lower for t in tokens]
    said, pairs = {*words}, {*pairwise(words)}
    if {("au", "moins"), ("al", "menos")} & pairs:
        return ">="
    sign = ">" if said & _MORE else "<" if said & _FEWER else ">="
    if {"<=", "most", "maximum", "höchstens"} & said or (sign == ">" and _NOT_MORE & pairs):
        return "<="
    if sign == "<" and _NOT_MORE & pairs:
        return ">="
    return f"{sign[0]}=" if {"equal", "gleich", "égal", "igual"} & said else ">=" if ">=" in said else sign


_NOT_MORE = {(no, more) for no in ("no", "not", "nicht", "pas", "no") for more in (*_MORE, *_FEWER)}
_EACH = re.compile(r"\b(?:each|every)(?: one)?(?: of(?: the)? (?:last|past|previous)\b| (?:day|week|month)\b)")
_CLOCK = {"am", "pm", "o'clock", "oclock", "uhr", "h", ":"}
_SCALES = {
    *(
        "k",
        "m",
        "thousand",
        "million",
        "millions",
        "tausend",
        "tsd",
        "mio",
        "millionen",
        "mille",
        "milliers",
        "mil",
        "millones",
    ),
    *("hundred", "hundert", "cent", "cien", "billion"),
}
_NONE = {
    *("none", "no", "never", "not", "without", "neither", "nor", "nobody", "lack", "lacks", *NOT),
    *("kein", "keine", "keinen", "keinem", "keiner", "nie", "niemals", "niemand", "ohne", "weder", "nicht"),
    *("aucun", "aucune", "jamais", "sans", "personne", "pas", "ni"),
    *("ningún", "ninguna", "ninguno", "nunca", "jamás", "nadie", "sin"),
}
_EXCEPT = {
    "except",
    "excepting",
    "excluding",
    "unless",
    "besides",
    "other",
    "apart",
    "aside",
    "außer",
    "sauf",
    "excepto",
    "salvo",
}
_LETTERS = {"upper", "lower", "ignore", "ignoring", "insensitive", "sensitive", "matter", "either"}
"""Words beside which a case is one of letters."""


def find_subjects(tokens: Sequence[Token], scope: Scope) -> Iterator[Noun | str]:
    """Yields what the words name, each once, in their order, of names in each other the longest: values, and the names of tables."""
    words = [t for t in tokens if t.kind == "word"]
    seen, covered, said = set[str](), 0, {t.lower for t in words}
    for i in range(len(words)):
        for length in range(min(_LONGEST_NAME, len(words) - i), 0, -1):
            run = [t.lower for t in words[i : i + length]]
            if length == 1 and (run[0] in _SMALL or i < covered or (run[0] == "case" and _LETTERS & said)):
                continue
            table, nouns = scope.table(run), scope.nouns(run)
            valued = scope.valued(words[i].text) if length == 1 else None
            subject = table[0] if table else nouns[0] if nouns else valued[0] if valued else None
            if subject is None and length == 1:
                subject = _with_value(words[i].text, scope)
            if subject is None:
                continue
            covered = max(covered, i + length)
            name = subject if isinstance(subject, str) else subject.text
            if name not in seen:
                seen.add(name)
                yield subject
            break


def _with_value(word: str, scope: Scope) -> str | None:
    """The one table or entity of whose rows a word is a value: `admin` of users."""
    tables = [n for n, r in scope.tables.items() if any(value_of(f.type, word) for f in r.fields.values())]
    return tables[0] if len(tables) == 1 else None


def find_partly_named(tokens: Sequence[Token], scope: Scope) -> Iterator[Noun | str]:
    """Yields the metrics, fields and tables of whose name or title a word is a part."""
    words = {w for t in tokens if t.kind == "word" for w in (t.lower, *t.lower.split("_"))}
    roots = {root(w) for w in words if w not in _SMALL and w not in _UNITS and len(w) > 2}
    events = {n: r for n, r in scope.tables.items() if r.kind == "table"}
    if called := [
        n for n in events if {t.lower.rpartition("_")[2] for t in tokens if "_" in t.text} & {n, n.removesuffix("s")}
    ]:
        yield from called  # `last_login` for `logins`
    for name, title in scope.names.metrics.items():
        if roots & {*words_of(name), *words_of(re.sub(r"[^\w ]", " ", title))}:
            yield Noun(name, None)
    for name, described in scope.relation.fields.items():
        if roots & {*words_of(name)} and not described.key:
            yield Noun(name, described.type, described)
    yield from (name for name in scope.tables if roots & {*words_of(name)})


def most_usual(scope: Scope) -> list[Noun | str]:
    """A field and a table, to show conditions where no name is said."""
    number = scope.amount or next(iter(scope.of_kind("number")), None)
    word = next(iter(scope.of_kind("text")), None)
    return [n for n in (number or word, events(scope)) if n]


def events(scope: Scope) -> str:
    """A table whose rows have a time; an empty text where there is none."""
    return next((name for name, relation in scope.tables.items() if relation.kind == "table"), "")
