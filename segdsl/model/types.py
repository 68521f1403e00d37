"""The types of fields and expressions."""

from __future__ import annotations

from dataclasses import dataclass

NUMBER_PLACES = 9
NUMBER_SCALE: int = 10**NUMBER_PLACES


@dataclass(frozen=True, slots=True)
class Boolean:
    def __str__(self) -> str:
        return "true or false"


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number within 64 bits."""

    def __str__(self) -> str:
        return "a whole number"


@dataclass(frozen=True, slots=True)
class Number:
    """An exact decimal of up to 9 places, stored as a whole number of billionths."""

    def __str__(self) -> str:
        return "a number"


@dataclass(frozen=True, slots=True)
class Real:
    """An IEEE double."""

    def __str__(self) -> str:
        return "a real number"


@dataclass(frozen=True, slots=True)
class Constant:
    """A number written in a rule, such as 50 or 30%; it compares with money and with plain numbers."""

    def __str__(self) -> str:
        return "a number"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in one currency, stored as a whole number of minor units."""

    currency: str

    def __str__(self) -> str:
        return f"money in {self.currency}"


@dataclass(frozen=True, slots=True)
class Text:
    def __str__(self) -> str:
        return "text"


@dataclass(frozen=True, slots=True)
class Version:
    """A version such as 10.2.1, stored as a whole number (`model/versions.py`)."""

    def __str__(self) -> str:
        return "a version"


@dataclass(frozen=True, slots=True)
class Enum:
    """One of the listed texts; if `ordered`, they compare by their place in the list."""

    values: tuple[str, ...]
    ordered: bool = False

    def __str__(self) -> str:
        return f"one of {quoted(self.values)}"


@dataclass(frozen=True, slots=True)
class SetOfText:
    def __str__(self) -> str:
        return "a set of text"


@dataclass(frozen=True, slots=True)
class Date:
    def __str__(self) -> str:
        return "a date"


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A point in time, stored as naive UTC."""

    def __str__(self) -> str:
        return "a timestamp"


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time such as `30 days ago`: a date if compared with a date, a timestamp if compared with a timestamp."""

    def __str__(self) -> str:
        return "a point in time"


@dataclass(frozen=True, slots=True)
class Link:
    """The key of one `entity`."""

    entity: str

    def __str__(self) -> str:
        return f"a link to `{self.entity}`"


_Numbers = Integer | Number | Real | Constant | Money | Version
Type = Boolean | _Numbers | Text | Enum | SetOfText | Date | Timestamp | Moment | Link

BOOLEAN, INTEGER, NUMBER, REAL, CONSTANT = Boolean(), Integer(), Number(), Real(), Constant()
TEXT, DATE, TIMESTAMP, MOMENT, VERSION = Text(), Date(), Timestamp(), Moment(), Version()


def is_plain_number(t: Type) -> bool:
    return isinstance(t, Integer | Number | Real | Constant)


def is_measure(t: Type) -> bool:
    """Tells whether values of a type can be added up."""
    return is_plain_number(t) or isinstance(t, Money)


def is_numeric(t: Type) -> bool:
    """Tells whether values of a type are stored as numbers."""
    return is_measure(t) or isinstance(t, Version)


def is_time(t: Type) -> bool:
    return isinstance(t, Date | Timestamp | Moment)


def is_textual(t: Type) -> bool:
    return isinstance(t, Text | Enum | Link)


def quoted(values: tuple[str, ...], most: int = 12) -> str:
    first = ", ".join(f'"{v}"' for v in values[:most])
    return first if len(values) <= most else f"{first} and {len(values) - most} more"


_NO_MINOR = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"]
)
_THREE_PLACES = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])


def minor_units(currency: str) -> int:
    """Returns the number of minor units in one unit of a currency (ISO 4217): 100, or 1 or 1000."""
    return 1 if currency in _NO_MINOR else 1000 if currency in _THREE_PLACES else 100


def scale(t: Type) -> int:
    """Returns the number of stored units in one unit of a type: minor units, billionths, or 1."""
    return minor_units(t.currency) if isinstance(t, Money) else NUMBER_SCALE if t == NUMBER else 1


def range_of_data(t: Type) -> tuple[int, int]:
    """Returns the least stored value of a type of numbers, and the least that is too large: 64 bits, or 18 digits before the point."""
    largest = NUMBER_SCALE * 10**18 if t == NUMBER else 2**1024 if t in (REAL, CONSTANT) else 2**63
    return (1 - largest if t == NUMBER else -largest), largest


BLANKS = " \t\r\n\u00a0\ufeff"
"""Signs that make up a blank cell, which is missing like an empty one."""


def is_blank(text: str) -> bool:
    return text.strip(BLANKS) == ""
