"""Headers of columns and names of files -> names in the language, and what they speak of: a time, an amount, a customer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from segdsl.lang.syntax_errors import RESERVED

_PERSONAL = re.compile(
    r"(^|_)(e_?mail|(phone|mobile|fax)(_?(number|no|nr))?|cell_?phone|(first|last|full|sur|given|family|contact|person)_?name|name"
    r"|address(_line)?(_\d)?|street|post_?code|zip(_?code)?|birth(day|date|_date)?|date_of_birth|dob|iban|passport|ssn)$"
)
_CODES = re.compile(r"(post_?code|zip(_code)?|phone|mobile|fax|code|iban|vat|tax)(_?(number|no|nr|id))?$")
_TIMES = re.compile(r"(_at|_on|date|time|created|occurred|when)$|(date|time|created|occurred)|^(ts|at|on)$")
_BEGINS = re.compile(
    r"(^|_)(created?(_?date)?|creation|sign(ed)?_?up|signed|joined|registered|registration|since|start(ed|s)?|first|opened|open"
    r"|submitted|placed|ordered|order_date|purchased?|occurred|received|logged|sent|raised|reported|activated|onboarded|acquired"
    r"|enrolled|issued?|invoice_date|event)(_|$)"
)
_GOES_ON = re.compile(
    r"(^|_)(last|latest|updated?|modified|changed|closed?|clos(e|ing)|end(s|ed|ing)?|churn(ed)?|cancel(l?ed)?|expir\w*|due"
    r"|resolved|solved|renewal|renews"
    r"|next|deleted|required|shipped|delivered|paid|completed|birth|birthday|dob|left|terminated|until|trial)(_|$)"
)
_ENDS = re.compile(r"(^|_)(churn(ed)?|cancel(l?ed)?|end(s|ed)?|terminated|deleted|left|closed)(_|$)")
_CUSTOMERS = re.compile(
    r"(^|_)(customer|account|client|company|companies|organi[sz]ation|org|member|subscriber|user|contact|person|patient|student|household"
    r"|buyer|shopper|guest|donor|lead|tenant|workspace|merchant|kunde|kunden|klant|cliente)s?(_|$)"
)
_STAFF_AND_GOODS = re.compile(
    r"(^|_)(product|sku|item|plan|category|categories|employee|agent|rep|owner|manager|team|country|region|currency|shipper|supplier|store"
    r"|campaign|channel|source|department|sales_?person)s?(_|$)"
)
_MONEY = re.compile(
    r"(^|_)(amount|amt|arr|mrr|acv|tcv|revenue|price|cost|charges?|fee|spend|spent|income|salary|budget|sales|turnover|balance|ltv|gmv|aov"
    r"|total_(paid|due|spent)|mnt_\w+)(_|$)"
)
_NO_MONEY = re.compile(
    r"(^|_)(count|number|num|qty|quantity|rate|ratio|score|share|percent|pct|days|months|id|rep|team)(_|$)"
)


_STATE = re.compile(
    r"^(is|has|had|have|was|were|can|may|did|does|do|should|will|wants?|needs?|uses?|allows?|accepts?)_"
    r"|(^|_)(flag|bool|boolean|yes_no|y_n|active|inactive|senior|citizen|partner|dependents|complain|complaint|response|vip|paid|trial|churn|male|female"
    r"|opt_?in|opt_?out|bounced?|test|demo|default|primary|public|private|internal|manual|auto|beta|admin|owner|new|open|won|lost|closed|done)$"
    r"|(^|_)\w{2,}(ed|able|ible)(_\w+)?(_?\d)?$|(^|_)accepted_?cmp_?\d*$"
)
_COUNT = re.compile(
    r"(^|_)(count|counts|number|num|nr|no|n|qty|quantity|total|sum|times|amount|score|rank|rating|level|age|days)(_|$)"
)


_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "Æ": "AE",
        "ø": "o",
        "Ø": "O",
        "œ": "oe",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "þ": "th",
        "#": " number ",
    }
)


def identifier(text: str) -> str:
    """`Customer ID` and `customerID` as customer_id; letters of other scripts are left out, accents taken off."""
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS)).encode("ascii", "ignore").decode()
    split = re.sub(r"([a-z0-9])([A-Z])|([A-Z]+)([A-Z][a-z])", r"\1\3_\2\4", plain)
    name = re.sub(r"[^a-z0-9]+", "_", split.lower()).strip("_")[:40].strip("_")
    return f"n_{name}" if name[:1].isdigit() else name


def allowed(name: str) -> str:
    """The name, or another where the language has a meaning for it."""
    return f"{name}_value" if name in RESERVED else name or "column"


def unused(name: str, used: Iterable[str]) -> str:
    """The name, with a number where it is used already."""
    names = set(used)
    candidates = [name, *(f"{name}_{n}" for n in range(2, len(names) + 3))]
    return next(c for c in candidates if c not in names)


def singular(name: str) -> str:
    if name.endswith("ies") and len(name) > 4:
        return name[:-3] + "y"
    if name.endswith(("sses", "xes", "ches")):
        return name[:-2]
    return name[:-1] if name.endswith("s") and not name.endswith(("ss", "us", "is")) else name


def is_plural(title: str) -> bool:
    return singular(identifier(title)) != identifier(title)


def is_personal(header: str) -> bool:
    return bool(_PERSONAL.search(identifier(header)))


def is_code(header: str) -> bool:
    """Digits under such a name are no number: a postcode, a phone number."""
    return bool(_CODES.search(identifier(header)))


def is_time(header: str) -> bool:
    return bool(_TIMES.search(identifier(header)))


def is_beginning(header: str) -> bool:
    """`created_at`, `Signup Date`: when a row came to be, and not what became of it later."""
    name = identifier(header)
    return bool(_BEGINS.search(name)) and not _GOES_ON.search(name)


def is_later(header: str) -> bool:
    """`closed_at`, `due_date`: what becomes of a row after it came to be."""
    return bool(_GOES_ON.search(identifier(header)))


def is_state(header: str) -> bool:
    """0 and 1 under such a name are no and yes: `is_trial`, `Complain`, `AcceptedCmp1`."""
    name = identifier(header)
    return bool(_STATE.search(name)) and not is_count(header)


def is_count(header: str) -> bool:
    """0 and 1 under such a name count something: `number_of_logins`."""
    return bool(_COUNT.search(identifier(header)))


def is_end(header: str) -> bool:
    """`churn_date`, `cancelled_at`: when a row may have ceased to be."""
    return bool(_ENDS.search(identifier(header)))


def is_money(header: str) -> bool:
    name = identifier(header)
    return bool(_MONEY.search(name)) and not _NO_MONEY.search(name)


def likeness_to_customers(name: str) -> int:
    """2 for what a name calls customers, 0 for goods and staff, 1 for all else."""
    plain = identifier(name)
    return 2 if _CUSTOMERS.search(plain) else 0 if _STAFF_AND_GOODS.search(plain) else 1


def is_key(header: str) -> bool:
    return bool(re.search(r"(^|_)(id|key|code|number|no|nr|nummer|uuid|guid)$", identifier(header)))
