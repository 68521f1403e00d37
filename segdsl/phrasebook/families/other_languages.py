"""German, French and Spanish words for and, or, not, if and empty."""

from __future__ import annotations

import re
from collections.abc import Callable

from segdsl.model import types as ty
from segdsl.phrasebook.families.comparisons import field_type
from segdsl.phrasebook.measures import FOREIGN_UNITS
from segdsl.phrasebook.pattern import Match
from segdsl.phrasebook.row import Family, row
from segdsl.phrasebook.tokens import BEFORE_OPERANDS

_BEFORE_VALUES = BEFORE_OPERANDS | {"", "expect", "of", "in"}


def _unless_a_name(written: str) -> Callable[[Match], str | None]:
    def meant(match: Match) -> str | None:
        word = match.around.lower(match.start)
        names = match.around.names
        before, after = match.around.lower(match.start - 1), match.around.lower(match.end)
        is_name = word in names.fields or word in names.tables or word in names.others
        joins = written in ("and", "or")
        is_name = is_name or (joins and before in _BEFORE_VALUES) or before in (".", "of") or after in (".", ":")
        is_name = is_name or _is_code(match)
        return None if is_name else written

    return meant


def _is_code(match: Match) -> bool:
    """Whether a word is in capitals where others aren't, as `ES` in `country is ES`."""
    said = [t.text for t in match.around.tokens if t.kind == "word" and len(t.text) > 1]
    own = match.around.tokens[match.start].text
    return len(own) > 1 and own.isupper() and not all(word.isupper() for word in said)


def _of_days(line: str) -> Callable[[Match], str | None]:
    """A window, with its unit in English."""

    def meant(match: Match) -> str | None:
        unit = FOREIGN_UNITS.get(match.text("u").lower())
        return None if unit is None else line.replace("{u}", unit if "{n}" not in line else f"{unit}s")

    return meant


def _grouped(match: Match) -> str | None:
    """`größer als 50.000`: points between thousands."""
    figures = {slot: match.text(slot) for slot in ("n", "k") if match.slots.get(slot)}
    if not all(re.fullmatch(r"\d{1,3}(?:\.\d{3})+", f) for f in figures.values()):
        return None
    said = " ".join(w for w in match.words if not w[0].isdigit())
    plain = {slot: f.replace(".", "_") for slot, f in figures.items()}
    if "k" not in plain:
        return f"{said} {plain['n']}"
    first, second = said.split()
    return f"{first} {plain['n']} {second} {plain['k']}"


def _spaced(match: Match) -> str | None:
    """`50 000`: a blank between thousands."""
    a, b = match.text("a"), match.text("b")
    return f"{{o}} {a}_{b}" if len(a) <= 3 and len(b) == 3 and (a + b).isdigit() else None


_OF_THEM = """
    und oder nicht wenn falls kein keine keinen ist sind mit ohne den der letzten nächsten tagen monaten mehr als
    et ou quand lorsque pas aucun aucune est sont les des jours mois dans derniers prochains avec sans plus
    y o cuando no sin es son los las en de días meses últimos próximos con más que
"""
_TELLING = frozenset(_OF_THEM.split())


def _of_thousands(match: Match) -> str | tuple[str, str] | None:
    """`arr > 5.000` beside words of a language whose points stand between thousands."""
    figure, own = match.text("n"), {t.lower for t in match.around.tokens if t.kind == "word"}
    if not re.fullmatch(r"\d{1,3}(?:\.\d{3})+", figure) or not own & _TELLING or own & {"and", "or", "the", "is"}:
        return None
    whole = f"{{o}} {figure.replace('.', '_')}"
    if len(own & _TELLING) > 1 or figure.count(".") > 1:
        return whole
    return (whole, f"{{o}} {figure.rstrip('0').rstrip('.')}") if own & {"und", "oder", "y", "o", "et", "ou"} else None


def _in_blanks(match: Match) -> str | None:
    """`entre 10 000 et 50 000`: blanks between thousands."""
    a, b, word = match.text("a"), match.text("b"), match.words[0]
    return f"{word} {a}_{b}" if len(a) <= 3 and len(b) == 3 and (a + b).isdigit() else None


def _is_negated(match: Match) -> bool:
    """Whether a negation stands before a place."""
    return bool({"no", "not", "neither", "pas"} & {match.around.lower(at) for at in range(match.start)})


def _at_start(match: Match) -> str | None:
    """A word that the condition begins with, and that isn't said."""
    names = match.around.names
    word = match.around.lower(match.start)
    before = match.around.lower(match.start - 1)
    return (
        ""
        if before in ("when", "where", "having", "") and word not in names.fields and word not in names.others
        else None
    )


_IN_ENGLISH = "conditions are joined in English: `and`, `or`, `not`"
_WORDS = (
    (
        "no",
        "kein/keine/keinen/keinem/keiner/keinerlei/ohne",
        "aucun/aucune/pas_de/pas_d_'/sans",
        "ningún/ninguna/ningun/ninguno/sin",
        "keine tickets",
        "none(tickets)",
    ),
    (
        "at least",
        "mindestens/wenigstens",
        "au_moins",
        "al_menos/por_lo_menos/como_mínimo",
        "mindestens 3 tickets",
        "count(tickets) >= 3",
    ),
    (
        "at most",
        "höchstens/maximal",
        "au_plus/au_maximum",
        "como_máximo/a_lo_sumo",
        "höchstens 3 tickets",
        "count(tickets) <= 3",
    ),
    ("exactly", "genau", "exactement", "exactamente", "genau 3 tickets", "count(tickets) = 3"),
    ("never", "nie/niemals/noch_nie", "jamais", "nunca/jamás", "hat nie eingeloggt", "none(logins)"),
    (
        "has",
        "hat/haben/hatte/hatten",
        "a_eu/ont/ont_eu",
        "tiene/tienen/ha/han",
        "hat mindestens 3 tickets",
        "count(tickets) >= 3",
    ),
    ("was", "wurde/wurden/war", "a_été/était", "fue/fueron", "signed_on war vor 2025-01-01", "signed_on < 2025-01-01"),
    (
        "logged in",
        "eingeloggt/angemeldet/eingelogged",
        "connecté/connectés/connectée",
        "conectado/conectados/iniciado_sesión",
        "hat nie eingeloggt",
        "none(logins)",
    ),
    ("between", "zwischen", "entre", "entre", "seats zwischen 5 und 10", "seats between 5 and 10"),
    (
        "before",
        "vor_dem/vor",
        "avant/avant_le",
        "antes_de/antes_del",
        "signed_on avant 2025-01-01",
        "signed_on < 2025-01-01",
    ),
    (
        "until",
        "bis_zum/bis",
        "jusqu_'_au/jusqu_'_à",
        "hasta_el/hasta",
        "signed_on bis 2025-01-31",
        "signed_on <= 2025-01-31",
    ),
    (
        "since",
        "seit",
        "depuis/depuis_le",
        "desde/desde_el",
        "keine tickets seit 2026-01-01",
        "none(tickets since 2026-01-01)",
    ),
    (
        "after",
        "nach_dem",
        "après/après_le",
        "después_de/después_del",
        "signed_on après 2025-01-01",
        "signed_on > 2025-01-01",
    ),
    (
        "yesterday",
        "gestern",
        "hier",
        "ayer",
        "keine tickets gestern",
        "none(tickets from 1 day before today until today)",
    ),
    (
        "open",
        "offen/offene/offenen/offenes",
        "ouvert/ouverts/ouverte/ouvertes",
        "abierto/abiertos/abierta/abiertas",
        "mehr als 2 offene tickets",
        'count(tickets where state = "open") > 2',
    ),
    (
        "closed",
        "geschlossen/geschlossene/geschlossenen",
        "fermé/fermés",
        "cerrado/cerrados",
        "alle tickets sind geschlossen",
        'all(tickets having state = "closed")',
    ),
    (
        "urgent",
        "dringend/dringende/dringenden",
        "urgents/urgente/urgentes",
        "urgentes",
        "keine dringenden tickets",
        'none(tickets where priority = "urgent")',
    ),
    (
        "paid",
        "bezahlt/bezahlte",
        "payé/payée/payées/payés",
        "pagado/pagada/pagadas/pagados",
        "alle invoices sind bezahlt",
        'all(invoices having state = "paid")',
    ),
    ("are", "sind", "sont", "son/están/estan", "alle tickets sind geschlossen", 'all(tickets having state = "closed")'),
    (
        "all",
        "alle/jede/jeder/jedes",
        "tous_les/toutes_les/chaque",
        "todos_los/todas_las/cada",
        "alle tickets sind geschlossen",
        'all(tickets having state = "closed")',
    ),
    (
        "tickets",
        "fälle/anfragen",
        "demandes",
        "incidencias",
        "keine offenen anfragen",
        'none(tickets where state = "open")',
    ),
    (
        "logins",
        "anmeldungen/logins",
        "connexions",
        "conexiones/inicios_de_sesión",
        "keine anmeldungen seit 2026-01-01",
        "none(logins since 2026-01-01)",
    ),
    (
        "invoices",
        "rechnungen/rechnung",
        "factures/facture",
        "facturas/factura",
        "alle rechnungen sind bezahlt",
        'all(invoices having state = "paid")',
    ),
    (
        "last",
        "letzter/letzte/letztes",
        "dernier/dernière",
        "último/última",
        "letzter login war vor 2026-01-01",
        "last(logins.occurred_at) < 2026-01-01",
    ),
    ("over", "über", "au-dessus_de", "por_encima_de", "seats über 10", "seats > 10"),
    ("under", "unter", "en-dessous_de/au-dessous_de", "por_debajo_de", "seats unter 10", "seats < 10"),
    ("or more", "oder_mehr", "ou_plus", "o_más", "seats ist 10 oder mehr", "seats >= 10"),
    ("or less", "oder_weniger", "ou_moins", "o_menos", "seats ist 10 oder weniger", "seats <= 10"),
    ("but", "aber", "mais", "pero", "seats > 10 aber autopay", "seats > 10 and autopay"),
    (
        "set",
        "gesetzt/bekannt/ausgefüllt/angegeben/vorhanden/hinterlegt",
        "renseigné/défini/connu",
        "definido/conocido/rellenado",
        "country ist nicht gesetzt",
        "country is missing",
    ),
    ("empty", "leer", "vide", "vacío/vacía", "country ist nicht leer", "country is not missing"),
    (
        "unknown",
        "unbekannt",
        "inconnu/inconnue",
        "desconocido/desconocida",
        "country ist unbekannt",
        "country is missing",
    ),
    ("two", "zwei", "deux", "dos", "mindestens zwei tickets", "count(tickets) >= 2"),
    ("three", "drei", "trois", "tres", "mindestens drei tickets", "count(tickets) >= 3"),
    ("five", "fünf", "cinq", "cinco", "höchstens fünf tickets", "count(tickets) <= 5"),
    ("percent", "prozent", "pour_cent", "por_ciento", "seats / nps > 80 prozent", "seats / nps > 80%"),
    (
        "active",
        "aktiv/aktive/aktiven/aktiver",
        "actif/actifs/actives",
        "activo/activa/activos/activas",
        "status ist aktiv",
        'status = "active"',
    ),
    (
        "half of",
        "die_hälfte_der/die_hälfte_aller",
        "la_moitié_des",
        "la_mitad_de_los/la_mitad_de_las",
        "mehr als die hälfte der tickets sind offen",
        'share(tickets having state = "open") > 50%',
    ),
    (
        "average",
        "durchschnittlicher/durchschnittliche/durchschnittliches/durchschnittlichen",
        "",
        "",
        "durchschnittliche invoices unter 50",
        "average(invoices.amount) < 50",
    ),
    ("country", "land", "le_pays", "país", "land ist DE", 'country = "DE"'),
    (
        "enabled",
        "eingeschaltet/aktiviert",
        "activé/activée",
        "activado/activada",
        "autopay ist eingeschaltet",
        "autopay",
    ),
    (
        "disabled",
        "ausgeschaltet/deaktiviert/aus",
        "désactivé/désactivée",
        "desactivado/desactivada",
        "autopay ist ausgeschaltet",
        "not autopay",
    ),
    ("more than", "mehr_als", "plus_de", "más_de/mas_de", "mehr als 3 tickets", "count(tickets) > 3"),
    ("fewer than", "weniger_als", "moins_de", "menos_de", "weniger als 3 tickets", "count(tickets) < 3"),
)
"""English, German, French and Spanish, with an example."""


def _compound(match: Match) -> str | None:
    """`exec-Meeting`: a word and the rows that it is said of, as two words."""
    names, (first, dash, second) = match.around.names, match.around.tokens[match.start : match.end]
    field = names.fields.get(first.lower)
    if dash.gap or second.gap or first.lower in {*names.metrics, *names.tables}:
        return None  # perhaps a difference
    if field is not None and not isinstance(field.type, ty.Text | ty.Enum):
        return None
    if second.lower in names.fields or second.lower in names.metrics:
        return None
    tables = {t for t in names.tables if second.lower in (t, t.removesuffix("s"))}
    return "{a} {b}" if len(tables) == 1 else None


_OF_PEOPLE = {
    "users": "nutzer/benutzer/anwender/nutzern/benutzern utilisateurs/utilisateur usuarios/usuario",
    "inactive": "inaktiv/inaktive/inaktiven inactif/inactifs/inactives inactivo/inactiva/inactivos/inactivas",
    "meetings": "termine/treffen/termin réunions/réunion reuniones/reunión",
}
_PEOPLE = {word: english for english, words in _OF_PEOPLE.items() for word in re.split(r"[/ ]", words)}
_USERS = "entity user of account by account_id reverse users {{ user_id: text key active: boolean }}\nsegment quiet of account {{ when {} }}"

FAMILY = Family(
    "German, French and Spanish",
    0,
    (
        row(
            "{a:word} - {b:word}",
            to=_compound,
            examples=(
                ("keine high-tickets seit 2026-01-01", 'none(tickets since 2026-01-01 where priority = "high")'),
            ),
        ),
        row(
            "{o:op} {n:figure}",
            to=_of_thousands,
            examples=(
                ("seats > 5.000 und autopay", "seats > 5_000 and autopay"),
                (
                    "sin tickets en los últimos 60 días y seats > 5.000",
                    "none(tickets in last 60 days) and seats > 5_000",
                ),
            ),
            note=("thousands are written with `_`", "decimals stand after the point"),
            sure=False,
        ),
        row(
            "entre/et/y/zwischen/und/que/als/de/à/über/unter {a:figure} {b:figure}",
            to=_in_blanks,
            examples=(("seats entre 10 000 et 50 000", "seats between 10_000 and 50_000"),),
            note="thousands are written with `_`",
        ),
        row(
            "größer_als/kleiner_als/mehr_als/weniger_als/über/unter/ab/mindestens/höchstens/mayor_que/menor_que/más_de/menos_de {n:figure}",
            "zwischen {n:figure} und {k:figure}",
            "entre {n:figure} y/et {k:figure}",
            to=_grouped,
            examples=(("seats größer als 10.000", "seats > 10_000"),),
            note="thousands are written with `_`",
        ),
        row(
            "in den letzten/vergangenen/vorigen {n:figure} {u:word}",
            "während/innerhalb der letzten/vergangenen {n:figure} {u:word}",
            "dans/pendant/durant/sur les {n:figure} derniers/dernières {u:word}",
            "au cours des {n:figure} derniers/dernières {u:word}",
            "depuis {n:figure} {u:word}",
            "en/durante los/las últimos/últimas/ultimos/ultimas {n:figure} {u:word}",
            "seit {n:figure} {u:word}",
            "desde hace {n:figure} {u:word}",
            to=_of_days("in last {n} {u}"),
            examples=(
                ("keine tickets in den letzten 30 Tagen", "none(tickets in last 30 days)"),
                ("aucun ticket dans les 30 derniers jours", "none(tickets in last 30 days)"),
                ("ningún ticket en los últimos 30 días", "none(tickets in last 30 days)"),
            ),
            note="a window back is written as in `in last 30 days`",
        ),
        row(
            "in den nächsten/kommenden {n:figure} {u:word}",
            "dans les {n:figure} prochains/prochaines {u:word}",
            "en los/las próximos/próximas/proximos/proximas {n:figure} {u:word}",
            to=_of_days("in next {n} {u}"),
            examples=(("renewal_date in den nächsten 90 Tagen", "renewal_date in next 90 days"),),
            note="a window ahead is written as in `in next 30 days`",
        ),
        row(
            "d ' ici {n:figure} {u:word}",
            "d ' ici à {n:figure} {u:word}",
            "dentro_de {n:figure} {u:word}",
            to=_of_days("in next {n} {u}"),
            examples=(("renewal_date d'ici 90 jours", "renewal_date in next 90 days"),),
            note="a window ahead is written as in `in next 30 days`",
        ),
        row(
            "dans moins de {n:figure} {u:word}",
            "in weniger als {n:figure} {u:word}",
            "en menos de {n:figure} {u:word}",
            to=_of_days("in less than {n} {u}"),
            examples=(
                ("renewal_date in weniger als 90 Tagen", "renewal_date in next 90 days"),
                ("renewal_date est dans moins de 90 jours", "renewal_date in next 90 days"),
            ),
        ),
        row(
            "dans les {n:figure} {u:word}",
            "dans/sous {n:figure} {u:word}",
            "innerhalb/binnen {n:figure} {u:word}",
            "innerhalb von {n:figure} {u:word}",
            "en_un_plazo_de/en_los/en_las/en {n:figure} {u:word}",
            "in {n:figure} {u:word}",
            to=_of_days("within {n} {u}"),
            examples=(
                ("renewal_date dans les 90 jours", "renewal_date in next 90 days"),
                ("renewal_date innerhalb von 90 Tagen", "renewal_date in next 90 days"),
                ("aucun ticket dans les 30 jours", "none(tickets in last 30 days)"),
            ),
            note="a window ahead is written as in `in next 30 days`",
        ),
        row(
            "vor mehr als {n:figure} {u:word}",
            "il y a plus de {n:figure} {u:word}",
            "hace más/mas de {n:figure} {u:word}",
            to=_of_days("more than {n} {u} ago"),
            examples=(("signed_on war vor mehr als 30 Tagen", "signed_on < 30 days ago"),),
        ),
        row(
            "vor {n:figure} {u:word}",
            "il y a {n:figure} {u:word}",
            "hace {n:figure} {u:word}",
            to=_of_days("{n} {u} ago"),
            examples=(("signed_on war vor 30 Tagen", "signed_on = 30 days ago"),),
        ),
        row(
            "in? diesem/diesen/dieser/dieses {u:word}",
            "ce/cet/cette {u:word} - ci",
            "ce/cet/cette {u:word}",
            "este/esta {u:word}",
            to=_of_days("in this {u}"),
            examples=(("keine tickets diesen Monat", "none(tickets in this calendar month)"),),
            note="whole weeks, months, quarters and years are `calendar` ones",
        ),
        row(
            "im? letzten/letzte/letztes/vorigen {u:word}",
            "le mois dernier/passé",
            "el mes pasado",
            to=lambda m: _of_days("last {u}")(m) if m.slots.get("u") else "last month",
            examples=(("keine tickets letzten Monat", "none(tickets in last calendar month)"),),
        ),
        row(
            "n ' est/était ni",
            "no es/está/esta/fue ni",
            to="is neither",
            examples=(
                ("plan n'est ni free ni team", 'plan not in ("free", "team")'),
                ("plan no es ni free ni team", 'plan not in ("free", "team")'),
            ),
            note="“neither” is `not … and not …`",
        ),
        row(
            "ni",
            to=lambda m: "nor" if _is_negated(m) else None,
            examples=(("plan no es free ni team", 'plan not in ("free", "team")'),),
        ),
        row(
            "weder {a:condition} noch {b:condition}",
            "ni {a:condition} ni {b:condition}",
            to="neither {a} nor {b}",
            examples=(('weder plan = "free" noch autopay', 'not plan = "free" and not autopay'),),
            note="“neither” is `not … and not …`",
        ),
        row(
            "nicht_gleich/nicht_identisch_mit/ungleich",
            "est? différent_de/different_de/différente_de",
            "es? distinto_de/diferente_de/distinta_de",
            to="is not",
            examples=(("plan ungleich free", 'plan != "free"'), ("plan est différent de free", 'plan != "free"')),
        ),
        row(
            "ist/sind/war nicht",
            "n ' est/était pas",
            "no es/está/esta/fue",
            to="is not",
            examples=(("plan ist nicht free", 'plan != "free"'), ("plan no es free", 'plan != "free"')),
        ),
        *(
            row(
                *(w for w in words if w),
                to=_unless_a_name(english),
                examples=((written, meant),),
            )
            for english, *words, written, meant in _WORDS
        ),
        row(
            "/".join(_PEOPLE),
            to=lambda m: _unless_a_name(_PEOPLE[m.around.lower(m.start)])(m),
            examples=((_USERS.format("alle nutzer sind inaktiv"), _USERS.format("all(users having not active)")),),
        ),
        row(
            "at_least/at_most/exactly/more_than/fewer_than ein/eine/einen/einem/un/une/una",
            to=lambda m: f"{' '.join(m.words[:-1])} one",
            examples=(("mindestens ein ticket", "count(tickets) >= 1"),),
        ),
        row(
            "{o:op} {a:figure} {b:figure}",
            to=_spaced,
            examples=(("seats > 50 000", "seats > 50_000"),),
            note="thousands are written with `_`",
        ),
        row(
            "ist/sind nicht leer",
            "n ' est pas vide",
            "no_está_vacío/no_esta_vacio/no_está_vacía",
            to="is not missing",
            examples=(("country ist nicht leer", "country is not missing"),),
        ),
        row(
            "ist/sind leer",
            "est_vide/est_nul/sont_vides",
            "está_vacío/esta_vacio/está_vacía",
            to="is missing",
            examples=(("country ist leer", "country is missing"), ("country est vide", "country is missing")),
        ),
        row(
            "größer_oder_gleich",
            "supérieur_ou_égal_à",
            "mayor_o_igual_que",
            to=">=",
            examples=(("seats größer oder gleich 10", "seats >= 10"),),
        ),
        row(
            "ist? größer_als/groesser_als/mehr_als",
            "est? supérieur_à/superieur_a/plus_grand_que/plus_de",
            "es? mayor_que/más_de/mayor_a",
            to=">",
            examples=(("seats größer als 10", "seats > 10"), ("seats est supérieur à 10", "seats > 10")),
        ),
        row(
            "ist? kleiner_als/weniger_als",
            "est? inférieur_à/inferieur_a/moins_de",
            "es? menor_que/menos_de/menor_a",
            to="<",
            examples=(("seats menor que 10", "seats < 10"),),
        ),
        row(
            "ist_gleich/ist",
            "est_égal_à/est",
            "es_igual_a/es/está/esta",
            to=_unless_a_name("is"),
            examples=(('plan ist "team"', 'plan = "team"'),),
        ),
        row(
            "und",
            "et",
            "y",
            to=_unless_a_name("and"),
            examples=(
                ("seats > 10 und autopay", "seats > 10 and autopay"),
                ("seats > 10 et autopay", "seats > 10 and autopay"),
                ("seats > 10 y autopay", "seats > 10 and autopay"),
            ),
            note=_IN_ENGLISH,
        ),
        row(
            "oder",
            "ou",
            "o",
            to=_unless_a_name("or"),
            examples=(
                ("seats > 10 oder autopay", "seats > 10 or autopay"),
                ("seats > 10 ou autopay", "seats > 10 or autopay"),
            ),
            note=_IN_ENGLISH,
        ),
        row(
            "nicht",
            "non/pas",
            to=_unless_a_name("not"),
            examples=(("nicht autopay", "not autopay"), ("non autopay", "not autopay")),
            note=_IN_ENGLISH,
        ),
        row(
            "wenn {a:condition} dann {b:condition} sonst {c:condition} ende?",
            "si {a:condition} alors {b:condition} sinon {c:condition} fin?",
            "si {a:condition} entonces {b:condition} sino {c:condition} fin?",
            to="if {a} then {b} else {c} end",
            examples=(
                (
                    'wenn plan = "team" dann seats > 5 sonst seats > 50',
                    'if plan = "team" then seats > 5 else seats > 50 end',
                ),
            ),
        ),
        row(
            "wenn/falls/sofern",
            "si/quand/lorsque/lorsqu_'",
            "cuando",
            to=_at_start,
            examples=(("wenn seats > 10", "seats > 10"),),
        ),
        row(
            "no {p:path} {o:op}",
            to=lambda m: "not {p} {o}" if m.around.lower(m.start - 1) in BEFORE_OPERANDS | {"", "y", "o"} else None,
            examples=(('seats > 10 y no plan = "free"', 'seats > 10 and not plan = "free"'),),
            note=_IN_ENGLISH,
        ),
        row(
            "no {p:path}",
            to=lambda m: "not {p}" if field_type(m, "p") == ty.BOOLEAN else None,
            examples=(("no autopay", "not autopay"),),
            note=_IN_ENGLISH,
        ),
        row("wahr/vrai/verdadero", to=_unless_a_name("true"), examples=(("autopay = wahr", "autopay"),)),
        row("falsch/faux/falso", to=_unless_a_name("false"), examples=(("autopay = falsch", "not autopay"),)),
    ),
)
