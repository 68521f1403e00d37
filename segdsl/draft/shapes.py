"""Shapes of cells, as patterns; how the cells of a column are spread over them is what guesses are made from."""

from __future__ import annotations

from segdsl.data.numbers import THOUSANDS_OR_THOUSANDTHS

_NUMBER = r"[+-]?([0-9]{1,17}(\.[0-9]{1,20})?|\.[0-9]{1,20})([eE][+-]?[0-9]{1,2})?"
_AMOUNT = r"[(+-]*(US|CA|AU)?[$€£¥₹] ?[0-9.,' ]+\)?-?|[+-]?[0-9.,' ]+ ?[$€£¥₹]"
_GROUPS = r"([0-9]{1,3}([., '\x{a0}\x{202f}][0-9]{3})*|[0-9]{1,2}(,[0-9]{2})+,[0-9]{3})"  # the latter in India
_GROUPED = rf"[(+\x{{2212}}-]*[$€£¥₹]? ?{_GROUPS}([.,][0-9]+)?\)?-?"
_TO_12, _OVER_12, _END = "(0?[1-9]|1[0-2])", "(1[3-9]|[23][0-9])", "([ ,T].*)?"
CURRENCIES = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR"}
SHAPES = {
    "integer": r"[+-]?(0|[1-9][0-9]{0,17})",
    "leading zero": r"0[0-9]+",
    "whole": r"(0|[1-9][0-9]{0,17})\.0{1,2}",
    "number": _NUMBER,
    "three places": THOUSANDS_OR_THOUSANDTHS,
    "comma": r".*[0-9],[0-9].*",
    "amount": _AMOUNT,
    "percent": r"[+-]?[0-9.,]+ ?%",
    "grouped": _GROUPED,
    "written number": f"{_NUMBER}|{_AMOUNT}|{_GROUPED}|[+-]?[0-9]+,[0-9]+",
    "time": r".*[0-9]{1,2}:[0-9]{2}.*",
    "midnight": r".*[ T]00:00(:00(\.0+)?)?( ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?))?",
    "zone name": r".*[0-9] ?[PMCE][SD]T",
    "iso": r"[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}([ T].*)?",
    "iso to 12": rf"[0-9]{{4}}[-/.][0-9]{{1,2}}[-/.]{_TO_12}([ T].*)?",
    "written": r"[0-9]{1,2}[ -][A-Za-z]{3,9}[ -][0-9]{4}.*|[A-Za-z]{3,9} [0-9]{1,2},? [0-9]{4}.*",
    "short month": r"[0-9]{1,2}[/ -][A-Za-z]{3}[/ -][0-9]{2}( .*)?",
    "compact": "(19|20)[0-9]{2}(0[1-9]|1[0-2])([0-2][0-9]|3[01])",
    "parts": rf"[0-9]{{1,2}}([/.-])[0-9]{{1,2}}[/.-]([0-9]{{4}}|[0-9]{{2}}){_END}",
    "short year": rf"[0-9]{{1,2}}[/.-][0-9]{{1,2}}[/.-][0-9]{{2}}{_END}",
    "first over 12": rf"{_OVER_12}[/.-][0-9]{{1,2}}[/.-].*",
    "second over 12": rf"[0-9]{{1,2}}[/.-]{_OVER_12}[/.-].*",
    "both to 12": rf"{_TO_12}[/.-]{_TO_12}[/.-].*",
    "both to 12, zeros": rf"0[1-9][/.-]{_TO_12}[/.-].*|{_TO_12}[/.-]0[1-9][/.-].*",
    "over 12, zeros": rf"{_OVER_12}[/.-]0[1-9][/.-].*|0[1-9][/.-]{_OVER_12}[/.-].*",
    "slash": ".*/.*",
    "dot": r".*\..*",
    "unix": r"1[0-9]{9}(\.[0-9]{1,9})?",
    "unix ms": r"1[0-9]{12}(\.[0-9]{1,9})?",
    "excel": r"[345][0-9]{4}(\.[0-9]+)?",
    "lost sign": r"[?\x{fffd}]+ ?-?[0-9][0-9.,]*",
    "with unit": r"[+-]?[$€£¥₹]?[0-9][0-9.,]* ?[A-Za-z°]{1,7}\.?",
    "exponent": r"[0-9](\.[0-9]+)?[eE][+-]?[0-9]+",
    "email": r"[^@ ]+@[^@ ]+\.[A-Za-z]+",
    "separated": r"[^;|]+([;|][^;|]*)+",
    "quoted": r"\"[^\"]*\"( ?[,;|] ?\"[^\"]*\")*",
    "json list": r"\[.*\]",
    "divided": r".*[0-9][., '\x{a0}\x{202f}][0-9].*",
    **{sign: f".*[{sign}].*" for sign in CURRENCIES},
}
