"""Comparisons and times by the signs and words of people, spreadsheets, SQL and programs -> as they are written here.

The one place where these are listed: patterns, English clauses and formulas look them up here.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping

# -- comparisons -----------------------------------------------------------------------------

COMPARED = ("=", "!=", "<", "<=", ">", ">=")
SIGNS = {"==": "=", "===": "=", "<>": "!=", "!==": "!=", "=<": "<=", "≠": "!=", "≤": "<=", "≥": ">=", "=>": ">="}
"""How other languages spell them."""
FLIPPED = {"=": "=", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
"""The same comparison with its sides exchanged."""
NEGATED = {"=": "!=", "!=": "=", "<": ">=", ">": "<=", "<=": ">", ">=": "<"}
_SHORT = {"=": "exact", "!=": "ne", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
CALLED = {word: sign for sign, word in _SHORT.items()}
"""The names of comparisons in queries of programs."""
_BORDERS = {
    ">": "more than, longer than, greater than, over",
    ">=": "at least, no less than, no fewer than, not less than, not fewer than",
    "<": "less than, fewer than, under",
    "<=": "at most, up to, no more than, not more than, no longer than",
}
BORDERS: Mapping[tuple[str, ...], str] = dict(
    sorted(
        ((tuple(words.split()), sign) for sign, every in _BORDERS.items() for words in every.split(", ")),
        key=lambda pair: -len(pair[0]),
    )
)
"""Words before a number or a length of time, the longest first."""
BEHIND: Mapping[tuple[str, str], str] = {("or", "more"): ">=", ("or", "fewer"): "<=", ("or", "less"): "<="}
"""Words behind a number."""

# -- times -----------------------------------------------------------------------------------

_UNITS = {
    "second": ("second seconds", "", "s ss sec", ""),
    "minute": ("minute minutes", "", "minut mi n min", ""),
    "hour": ("hour hours", "h hr hrs", "hh", ""),
    "day": ("day days", "d", "dd dy dayofyear", "tag tage tagen tages jour jours día días dia dias"),
    "week": ("week weeks", "w wk wks", "ww isoweek", "woche wochen semaine semaines semana semanas"),
    "month": ("month months", "mo mos mth", "m mm mon", "monat monate monaten monats mois mes meses"),
    "quarter": ("quarter quarters", "", "q qq qtr", "quartal quartale quartals trimestre trimestres"),
    "year": ("year years", "y yr yrs", "yy yyyy", "jahr jahre jahren jahres an ans année années annee annees año años"),
}
"""The words for each unit: its own, what is short for it behind a number, what stands for it in functions, in other languages."""
UNITS = tuple(unit for unit in _UNITS if unit != "second")
"""The units of the language, the shortest first."""
CALENDAR = ("week", "month", "quarter", "year")
"""Those with a beginning of their own: `this week`, `last quarter`."""
SPOKEN_UNITS = {word: unit for unit in UNITS for word in _UNITS[unit][0].split()}
SHORT_UNITS = {word: unit for unit in UNITS for word in _UNITS[unit][1].split()}
UNITS_OF_FUNCTIONS = {word: unit for unit, words in _UNITS.items() for part in words[:3] for word in part.split()}
FOREIGN_UNITS = {word: unit for unit in UNITS for word in _UNITS[unit][3].split()}
MONTH_NAMES = tuple(name.lower() for name in calendar.month_name[1:])
MONTHS = {name[:length]: i for i, name in enumerate(MONTH_NAMES, 1) for length in (3, len(name))} | {"sept": 9}
_FOREIGN_MONTHS = (
    "januar janvier enero ene",
    "februar février fevrier febrero",
    "märz maerz mars marzo",
    "avril abril abr",
    "mai mayo",
    "juni juin junio",
    "juli juillet julio",
    "août aout agosto ago",
    "septembre septiembre",
    "oktober okt octobre octubre",
    "novembre noviembre",
    "dezember dez décembre decembre diciembre dic",
)
FOREIGN_MONTHS = {word: i for i, words in enumerate(_FOREIGN_MONTHS, 1) for word in words.split()}
WEEKDAY_NAMES = tuple(name.lower() for name in calendar.day_name)
WEEKDAYS = {name + s: name for name in WEEKDAY_NAMES for s in ("", "s")}
