"""Fields of a table -> in which currency their amounts are, by a column beside them, by their header, or a question; percentages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from segdsl.draft.drafts import FieldDraft
from segdsl.draft.profile import Column
from segdsl.draft.reading import Question
from segdsl.draft.shapes import CURRENCIES
from segdsl.words import headers

_CODES = frozenset(
    re.findall(
        r"\w+",
        "USD EUR GBP JPY CHF CAD AUD NZD SEK NOK DKK PLN CZK HUF RON BGN TRY ILS AED SAR QAR ZAR INR CNY HKD "
        "TWD SGD KRW THB IDR MYR PHP VND BRL MXN ARS CLP COP PEN UAH KZT EGP NGN KES MAD",
    )
)
_ENDINGS = frozenset({"USD", "EUR", "GBP", "CHF", "JPY"})
"""Currencies that a header names in small letters, too; their codes are words of no language."""
_CURRENCY = re.compile(r"(^|_)(currency|currencies|waehrung|wahrung|devise|moneda|divisa|valuta)(_|$)")
_WORD = re.compile(r"[A-Z]{3}|[$€£¥₹]")
_SCALES = {
    "thousands": re.compile(
        r"(?<![A-Za-z])[kKT] ?([$€£¥₹]|EUR|USD|GBP|CHF)|[$€£] ?[kK](?![A-Za-z])"
        r"|(?i:thousand|tausend|millier|\bmiles de\b)|(?<![0-9][,.])\b000'?s?\b"
    ),
    "millions": re.compile(r"(?i:million|\bmio\b|\bmln\b)|(?<![A-Za-z])(M|MM|m) ?[$€£¥₹]|[$€£] ?(M|MM|m)(?![A-Za-z])"),
    "hundredths": re.compile(r"(?i:(?<![A-Za-z])(cents?|centimes|pence|minor[ _]units?)(?![A-Za-z]))"),
}
"""How a header says that its amounts stand for a multiple of themselves: `Revenue (k€)`, `ARR in thousands`, `price_cents`."""


def with_currencies(fields: Sequence[FieldDraft], columns: Sequence[Column]) -> list[FieldDraft]:
    """The fields, amounts among them in their currency as far as the table says it."""
    by_header = {c.header: c for c in columns}
    said = next((found for f in fields if (found := _currencies(f, by_header[f.header]))), None)
    return [_amount(f, said) if _may_be_money(f) else _percent(f, by_header[f.header]) for f in fields]


def _percent(f: FieldDraft, column: Column) -> FieldDraft:
    """How percentages are compared, which a person may expect to be points."""
    if not column.shapes["percent"] or f.type != "number":
        return f
    example = next((v for v in column.values if v.endswith("%")), "85%")
    share = f"{float(example.rstrip('% ').replace(',', '.')) / 100:g}"
    text = f"`{example}` is read as {share}, a share and no number of points: write `{f.name} < 60%`, since `{f.name} < 60` is true of all"
    return replace(f, questions=(*f.questions, Question(text)), evidence=f.evidence.partition(":")[0])


def _currencies(f: FieldDraft, column: Column) -> tuple[str, dict[str, int]] | None:
    """(name of the field, number of rows of each currency) of a column of currencies."""
    if not _CURRENCY.search(headers.identifier(column.header)) or column.distinct > 20 or not column.values:
        return None
    counts = {v.upper(): n for v, n in column.values.items()}
    name = f.name if not column.missing else f"{f.name}, where it isn't empty,"
    return (name, counts) if set(counts) <= _CODES and len(counts) == column.distinct else None


def _may_be_money(f: FieldDraft) -> bool:
    plain = f.type in ("integer", "number") and "percent" not in f.evidence and "key" not in f.flags
    return plain and (headers.is_money(f.header) or _of_header(f.header) is not None)


def _scale_of(header: str) -> str | None:
    """`thousands` of `Revenue (k€)`: what a header says that its amounts are counted in."""
    return next((scale for scale, words in _SCALES.items() if words.search(header)), None)


def _in_multiples(f: FieldDraft, scale: str) -> Question:
    """How amounts are compared that aren't whole units of a currency. Money would take 50 thousands for 50."""
    one = {"thousands": "50_000 is `50`", "millions": "50_000_000 is `50`", "hundredths": "50 is `5_000`"}[scale]
    return Question(
        f"amounts in {scale}, by its header: they are compared as they stand, so in a rule {one}; "
        "to have segments say what they are worth, export whole units"
    )


def _of_header(header: str) -> str | None:
    """`Betrag (EUR)`, `Größe (€)`, `total_usd`: the one currency that a header names."""
    named = {CURRENCIES.get(w, w) for w in _WORD.findall(header)} & _CODES
    named |= {w.upper() for w in headers.identifier(header).split("_")} & _ENDINGS
    return named.pop() if len(named) == 1 else None


def _amount(f: FieldDraft, said: tuple[str, dict[str, int]] | None) -> FieldDraft:
    named = _of_header(f.header)
    scale = _scale_of(f.header)
    if scale is not None:
        return replace(f, questions=(*f.questions, _in_multiples(f, scale)))
    if named is not None:
        return replace(f, type=f"money({named})", evidence=f"{f.evidence}; in {named}, as its header says")
    if said is None:
        return replace(f, questions=(*f.questions, _in_which_currency()))
    name, counts = said
    if len(counts) > 1:
        listed = ", ".join(f"{c} ({n:,} row{'' if n == 1 else 's'})" for c, n in counts.items())
        one = f'`where {name} = "{next(iter(counts))}"`'
        text = f"in several currencies, by {name}: {listed}: a sum of them means nothing, so ask for one at a time, as in {one}"
        return replace(f, questions=(*f.questions, Question(text)))
    (currency,) = counts
    if f.type == "integer":
        text = f"in {currency}, by {name}: whole, or in hundredths, as some programs export it? If whole"
        return replace(f, questions=(*f.questions, Question(text, types=(f"money({currency})",))))
    return replace(f, type=f"money({currency})", evidence=f"{f.evidence}; in {currency}, as {name} says")


def _in_which_currency() -> Question:
    return Question(
        "money, by its name: in which currency? Then segments say what they are worth",
        types=("money(USD)", "money(EUR)", "money(GBP)"),
    )
