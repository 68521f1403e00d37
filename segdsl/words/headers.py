"""Headers of columns and names of files -> names in the language, and what they speak of: a time, an amount, a customer."""

from __future__ import annotations

import re
from collections.abc import Iterable

from segdsl.lang.letters import plain
from segdsl.lang.reserved import RESERVED

_PERSONAL = re.compile(
    r"(^|_)(e_?mail|(phone|mobile|fax)(_?(number|no|nr))?|cell_?phone|(first|last|full|sur|given|family|contact|person)_?name|name"
    r"|address(_line)?(_\d)?|street|post_?code|zip(_?code)?|birth(day|date|_date)?|date_of_birth|dob|iban|passport|ssn"
    r"|vorname|nachname|strasse|plz|telefon|geburtsdatum|nom|prenom|adresse|telephone|code_postal|nombre|apellidos?|direccion|telefono)$"
)
_NAMED_THINGS = re.compile(
    r"(^|_)(product|sku|item|lineitem|line_item|plan|category|campaign|channel|event|feature|table|file|deal|opportunity|opp|subscription|ticket|cta|task|project|order|invoice"
    r"|segment|tag|list|page|host|domain|form|survey|artikel|produkt|veranstaltung|produit|article|producto|articulo)_name$"
)
_CODES = re.compile(
    r"((post(al)?|zip)_?code|zip|plz|code_postal|phone|mobile|telefon|telephone|telefono|fax|code|iban|vat|tax)(_?(number|no|nr|id))?$"
)
_NO_ID = re.compile(
    r"(^|_)((post(al)?|zip)_?code|zip|plz|code_postal|phone|mobile|telefon|telephone|telefono|fax|iban|vat|tax|ip|(country|currency|language|status|type|area)_?code)"
    r"(_?(number|no|nr|id))?$"
)
_TIMES = re.compile(
    r"(_at|_on|date|time|created|occurred|when)$|(date|time|created|occurred|datum|fecha|zeitpunkt)|^(t|ts|at|on|seit|am|le|jour|fecha)$|_(am|le|el)$"
)
_OWN_ACT = re.compile(
    r"(^|_)(sign(ed)?_?up|signed|joined|registered|registration|since|start(ed|s)?|first|opened|submitted|placed|ordered|order_date"
    r"|purchased?|activated|onboarded|acquired|enrolled|kunde_seit|seit|beginn|vertragsbeginn|anmeldung|anmeldedatum|registriert|bestelldatum|bestellt_am"
    r"|inscription|inscrit|depuis|date_commande|debut|alta|desde|inicio|fecha_pedido|sinds|besteldatum)(_|$)"
)
_STARTS = re.compile(r"(^|_)(starts?|begins?|valid_from|effective|beginn|vertragsbeginn|debut|inicio|desde)(_|$)")
_BEGINS = re.compile(
    r"(^|_)(created?(_?date)?|creation|added|open|occurred|received|logged|sent|raised|reported|issued?|invoice_date|event"
    r"|angelegt|erstellt|erstellung|erfasst|eroffnet|rechnungsdatum|belegdatum|kaufdatum|eingang|cree|ajoute|creado|factuurdatum|aangemaakt)(_|$)"
)
_GOES_ON = re.compile(
    r"(^|_)(last|latest|updated?|modified|changed|closed?|clos(e|ing)|end(s|ed|ing)?|churn(ed)?|cancel(l?ed)?|expir\w*|due"
    r"|resolved|solved|renewal|renews|next|deleted|required|shipped|ship|delivery|delivered|paid|completed|birth|birthday|dob|left|terminated|until|trial"
    r"|won|lost|expected|scheduled|seen|active|letzter?|letzte_\w+|geandert|faellig|fallig\w*|bezahlt|ende|gekundigt|kundigung|geschlossen|geburtsdatum|lieferdatum|versendet"
    r"|dernier|derniere|modifie|echeance|fin|cloture|ultimo|ultima|modificado|vencimiento|cierre|baja|gewijzigd|vervaldatum|laatste)(_|$)"
)
_ENDS = re.compile(
    r"(^|_)(churn(ed)?|cancel(l?ed)?|end(s|ed)?|terminated|deleted|left|closed|gekundigt|kundigung|vertragsende|resiliation|baja)(_|$)"
)
_CUSTOMERS = re.compile(
    r"(^|_)(customer|account|acct|client|company|companies|organi[sz]ation|org|member|subscriber|user|contact|person|people|patient|student|pupil|household|family|families|constituent|supporter|patron"
    r"|buyer|shopper|guest|donor|lead|tenant|workspace|merchant|kunde|kunden|debitor|mitglied|firma|firmen|mandant|klant|klanten|cliente|compte"
    r"|societe|entreprise|abonne|adherent|empresa|socio|usuario)s?(_|$)"
)
_STAFF_AND_GOODS = re.compile(
    r"(^|_)(product|sku|item|plan|category|categories|employee|agent|rep|owner|manager|team|country|region|currency|shipper|supplier|store"
    r"|campaign|channel|source|department|sales_?person|artikel|produkt|mitarbeiter|lieferant|filiale|produit|article|vendeur|producto|articulo|vendedor|tienda)s?(_|$)"
)
_MONEY = re.compile(
    r"(^|_)(amount|amt|arr|mrr|acv|tcv|revenue|price|cost|charges?|fee|spend|spent|income|salary|budget|sales|turnover|balance|ltv|clv|gmv|aov"
    r"|average_order_value|(net|gross|deal|order|contract|cart|lifetime|customer)_value|(order|invoice|grand|sub)_?total(_\w+)?"
    r"|total(_(paid|due|spent|amount|price|tax))?|paid|mnt_\w+|umsatz|betrag|preis|summe|netto|brutto|rechnungsbetrag|wert|saldo"
    r"|montant|prix|chiffre_d_affaires|ca_ht|ca_ttc|ht|ttc|importe|precio|ingresos|facturacion|bedrag|omzet|prijs)(_|$)"
)
_NO_MONEY = re.compile(
    r"(^|_)(count|number|num|qty|quantity|rate|ratio|score|share|percent|pct|days|months|id|rep|team|date|orders|sessions|events|items|tickets|users|visits|hours|minutes"
    r"|anzahl|menge|nombre|quantite|cantidad|aantal|tage|stunden)(_|$)"
)
_KEYS = re.compile(
    r"(^|_)(id|key|code|number|num|no|nr|nummer|numero|uuid|guid|gsid)s?$|^id_\w+$|nummer$"
    r"|(kunden|auftrags|rechnungs|bestell|artikel|vertrags|mitglieds)nr$"
)
_PARENTS = re.compile(
    r"(^|_)(parent|reports_to|supervisor|superior|boss|subsidiary_of|part_of|belongs_to|headquarters?|head_office|referred_by|referrer|invited_by|ultimate"
    r"|vorgesetzter?|muttergesellschaft|konzern|geworben_von|maison_mere|matriz)(_|$)|^manager(_id)?$"
)
_PACKED = re.compile(
    r"(^|_)(exports?|exported|dump|extract|list|data|all|full|latest|copy|csv|xlsx|report|raw|table|liste|daten)(?=_|$)"
)

_LISTS = re.compile(r"(^|_)(tags|labels|keywords|interests|schlagworte|etiquetas|etiquettes|mots_cles)$")

_SENSITIVE = re.compile(
    r"(^|_)(gender|sex|race|racial\w*|ethnic\w*|religio\w*|faith|belief|caste|skin_colou?r|nationality|citizenship|native_language"
    r"|mother_tongue|disab\w*|handicap\w*|pregnan\w*|maternity|sexual\w*|marital\w*|marriage|married|spouse|politic\w*|trade_union|union_member\w*"
    r"|diagnos\w*|medical\w*|illness\w*|disease\w*|genetic\w*|biometric\w*|birth\w*|dob|criminal\w*|conviction\w*|veteran\w*"
    r"|geschlecht|geburt\w*|religionszugehoerigkeit|staatsangehoerigkeit|familienstand|sexe|genero|sexo|naissance|nacimiento|geslacht)(_|$)"
    r"|^((customer|person|user|member|client)_)?age(_(group|band|years|range|bracket))?$|^senior_citizen$"
)

OWN = frozenset(
    {
        "id",
        "key",
        "no",
        "nr",
        "number",
        "row",
        "row_id",
        "line",
        "index",
        "uuid",
        "guid",
        "record_id",
        "n",
        "pos",
        "code",
        "position",
    }
)
"""Names that a key has in any table, so that they speak of no other."""


_STATE = re.compile(
    r"^(is|has|had|have|was|were|can|may|did|does|do|should|will|wants?|needs?|uses?|allows?|accepts?)_"
    r"|(^|_)(flag|bool|boolean|yes_no|y_n|active|inactive|senior|citizen|partner|dependents|complain|complaint|response|vip|paid|trial|churn|male|female"
    r"|opt_?in|opt_?out|bounced?|test|demo|default|primary|public|private|internal|manual|auto|beta|admin|owner|new|open|won|lost|closed|done)$"
    r"|(^|_)\w{2,}(ed|able|ible)(_\w+)?(_?\d)?$|(^|_)accepted_?cmp_?\d*$"
)
_COUNT = re.compile(
    r"(^|_)(count|counts|number|num|nr|no|n|qty|quantity|total|sum|times|amount|score|rank|rating|level|age|days)(_|$)"
)


def identifier(text: str) -> str:
    """`Customer ID` and `customerID` as customer_id; letters of other scripts are left out, accents taken off."""
    words = re.sub(
        r"([A-Z]{2,})s(?![A-Za-z])", lambda m: m[1].capitalize() + "s", plain(text.replace("#", " number "))
    )  # IDs
    split = re.sub(r"([a-z0-9])([A-Z])|([A-Z]+)([A-Z][a-z])", r"\1\3_\2\4", words)
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
    if name == "people" or name.endswith("_people"):
        return name.removesuffix("people") + "person"
    if name.endswith("ies") and len(name) > 4:
        return name[:-3] + "y"
    if name.endswith(("sses", "xes", "ches")):
        return name[:-2]
    is_short = not re.search("[aeiouy]", name)  # nps, sms
    return name[:-1] if name.endswith("s") and not name.endswith(("ss", "us", "is")) and not is_short else name


def title(name: str) -> str:
    """What a file is about, by its name: `customers_export` is about customers."""
    plain = identifier(name)
    return _PACKED.sub("", plain).strip("_") or plain


def is_plural(title: str) -> bool:
    return singular(identifier(title)) != identifier(title)


def is_personal(header: str) -> bool:
    name = identifier(header)
    return bool(_PERSONAL.search(name)) and not _NAMED_THINGS.search(name)


def is_sensitive(header: str) -> bool:
    """`gender`, `religion`, `date_of_birth`: characteristics that the law protects from being a ground for treatment.

    They are those of article 9 of the GDPR and of article 21 of the Charter of Fundamental Rights of the European Union.
    """
    return bool(_SENSITIVE.search(identifier(header)))


def is_code(header: str) -> bool:
    """Digits under such a name are no number: a postcode, a phone number."""
    return bool(_CODES.search(identifier(header)))


def is_time(header: str) -> bool:
    return bool(_TIMES.search(identifier(header)))


def is_beginning(header: str) -> bool:
    """`created_at`, `Signup Date`: when a row came to be, and not what became of it later."""
    name = identifier(header)
    return bool(_BEGINS.search(name) or _OWN_ACT.search(name)) and not _GOES_ON.search(name)


def is_own_act(header: str) -> bool:
    """`signed_up_at`, `customer since`: when somebody began, and not when a record of it was made."""
    return is_beginning(header) and bool(_OWN_ACT.search(identifier(header)))


def may_lie_ahead(header: str) -> bool:
    """`start_date`, `valid from`: a beginning that is often said before it comes."""
    return bool(_STARTS.search(identifier(header)))


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


def is_list(header: str) -> bool:
    """`Tags`: a cell may hold several values."""
    return bool(_LISTS.search(identifier(header)))


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
    return bool(_KEYS.search(identifier(header)))


def is_no_id(header: str) -> bool:
    """A postcode or a phone number, which identifies nobody though it may differ in every row."""
    return bool(_NO_ID.search(identifier(header)))


def is_parent(header: str) -> bool:
    """`reports_to`, `parent account`: another row of the same table."""
    return bool(_PARENTS.search(identifier(header)))
