"""Declarations whose words stand in German, French, Spanish, Italian, Portuguese or Dutch: the same text with the language's own words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from segdsl.phrasebook.names import Names
from segdsl.phrasebook.tokens import Token, cut, joined, on_one_line

_WORDS = {
    "of": "von für van pour para voor de du des",
    "where": "wo donde dove onde waar où",
    "when": "wenn falls sobald quand lorsque cuando quando wanneer als",
    "and": "und et e en y",
    "or": "oder ou o of",
    "not": "nicht niet não",
    "otherwise": "sonst andernfalls sinon altrimenti anders senão",
    "none": "keine ninguno ninguna aucun aucune nessuno nessuna nenhum nenhuma geen",
    "any": "irgendein irgendeine alguno alguna quelque qualche algum",
    "count": "anzahl zähle contar nombre conta aantal",
    "sum": "summe somme suma somma soma som",
    "average": "durchschnitt mittelwert moyenne promedio media média gemiddelde",
    "undecided": "unklar indécis indeciso onbeslist",
    "score": "wertung puntuación punteggio pontuação",
    "segment": "segmento kundensegment",
    "segmentation": "segmentación segmentacion segmentierung segmentazione segmentação segmentatie",
    "play": "aktion maßnahme acción azione ação",
    "metric": "kennzahl metrik métrique métrica metrica",
}
_BACK = "letzten|vergangenen|últimos|últimas|ultimos|ultimas|ultimi|ultime|laatste|afgelopen"
_AHEAD = "nächsten|kommenden|próximos|próximas|proximos|prossimi|prossime|komende|volgende"
_BEFORE = "in den |in de |in |de |en los |en las |en |dans les |negli |nei |nos |au cours des |pendant les |les "
_WINDOWS = (
    (rf"(?:{_BEFORE})?(?:{_BACK}) (\d+) (\w+)", "in last {n} {u}"),
    (rf"(?:{_BEFORE})?(?:{_AHEAD}) (\d+) (\w+)", "in next {n} {u}"),
    (rf"(?:{_BEFORE})(\d+) derni(?:ers|ères) (\w+)", "in last {n} {u}"),
    (rf"(?:{_BEFORE})(\d+) prochaine?s (\w+)", "in next {n} {u}"),
)
_PHRASES = (
    (
        r"si no|de lo contrario|en caso contrario|dans le cas contraire|in caso contrario|caso contrário|im übrigen",
        "otherwise",
    ),
    (r"no es|n'est pas|ist nicht|non è|não é|is niet", "is not"),
)
"""Words that mean something else together than each by itself."""
_SINCE = re.compile(r"(?<!\w)(\w{1,20}) (?:seit|depuis|desde|da|sinds) (?=\w)", re.IGNORECASE)
_THOUSANDS = re.compile(r"(?<![\d.,])(\d[\d.,]{0,20}) ?(?:T ?€|TEUR|T ?EUR|Tsd\.? ?(?:€|EUR|Euro))")
_IN_QUOTES = re.compile(r'("[^"\n]*"|[„“«][^”“»\n]*[”“»])')
_UNITS = {
    "days": "tage tagen jours días dias giorni dagen",
    "weeks": "wochen semaines semanas settimane weken",
    "months": "monate monaten mois meses mesi maanden",
    "years": "jahre jahren ans années años anos anni jaar",
}
_ENGLISH = {word: english for english, words in _WORDS.items() for word in words.split()}
_UNIT = {word: unit for unit, words in _UNITS.items() for word in words.split()}
_SHORT = {
    "e",
    "en",
    "y",
    "o",
    "of",
    "ou",
    "et",
    "als",
    "nombre",
    "media",
    "som",
    "conta",
    "quando",
    "para",
    "de",
    "du",
    "des",
}
"""Words that are a language's only beside others that can be nothing else."""
MOST_PAIRS = 5


def in_english(text: str, names: Names) -> tuple[str, str]:
    """Returns a declaration with the language's own words, and a sentence on these; two empty texts where it has no foreign words."""
    pairs = dict[str, str]()
    pieces = _IN_QUOTES.split(text)
    windows = "".join(piece if i % 2 else _windows(piece, pairs) for i, piece in enumerate(pieces))
    tokens = cut(windows)
    foreign = [i for i, t in enumerate(tokens) if _is_foreign(tokens, i, names)]
    if not pairs and not any(tokens[i].lower not in _SHORT for i in foreign):
        return "", ""
    for i in foreign:
        pairs[tokens[i].text] = _ENGLISH[tokens[i].lower]
        tokens[i] = replace(tokens[i], text=_ENGLISH[tokens[i].lower])
    for i, token in enumerate(tokens):
        if token.kind == "number" and re.fullmatch(r"\d{1,3}(?:\.\d{3})+", token.text):
            pairs[token.text] = token.text.replace(".", "_")
            tokens[i] = replace(token, text=token.text.replace(".", "_"))
    said = [f"`{word}` is `{english}`" for word, english in [*pairs.items()][:MOST_PAIRS]]
    return joined(tokens), f"the words of the language are English: {', '.join(said)}"


def _windows(text: str, pairs: dict[str, str]) -> str:
    text = _SINCE.sub(lambda m: _since(m, pairs), text)
    text = _THOUSANDS.sub(lambda m: pairs.setdefault(m[0], f"{m[1]}k"), text)
    for pattern, line in _PHRASES:
        whole = rf"(?<!\w)(?:{pattern})(?!\w),?"
        text = re.sub(whole, partial(_phrase, line=line, pairs=pairs), text, flags=re.IGNORECASE)
    for pattern, line in _WINDOWS:
        text = re.sub(rf"(?<!\w){pattern}", partial(_window, line=line, pairs=pairs), text, flags=re.IGNORECASE)
    return text


def _phrase(match: re.Match[str], line: str, pairs: dict[str, str]) -> str:
    return pairs.setdefault(match[0].rstrip(","), line)


def _since(match: re.Match[str], pairs: dict[str, str]) -> str:
    unit = _UNIT.get(match[1].lower())
    return match[0] if unit is None else pairs.setdefault(match[0].strip(), f"{unit} since") + " "


def _window(match: re.Match[str], line: str, pairs: dict[str, str]) -> str:
    unit = _UNIT.get(match[2].lower())
    if unit is None:
        return match[0]
    meant = line.format(n=match[1], u=unit)
    pairs[on_one_line(cut(match[0]))] = meant
    return meant


def _is_foreign(tokens: Sequence[Token], i: int, names: Names) -> bool:
    token = tokens[i]
    if token.kind != "word" or token.lower not in _ENGLISH or token.lower == "of":
        return False
    behind = tokens[i - 1].lower if i else ""
    following = tokens[i + 1].text if i + 1 < len(tokens) else ""
    is_name = token.lower in names.fields or token.lower in names.tables or token.lower in names.others
    return (
        not is_name
        and behind not in ("segment", "metric", "score", "play", ".", "segmentation")
        and (following not in (".", ":") or _ENGLISH[token.lower] == "play")
    )
