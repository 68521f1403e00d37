"""What functions of spreadsheets are called in German, French, Spanish, Italian, Portuguese and Dutch."""

from __future__ import annotations

from collections.abc import Mapping

_CALLED = {
    "if": "wenn si", "ifs": "wenns si.conditions si.conjunto", "iferror": "wennfehler sierreur si.error", "ifna": "wennnv si.nd",
    "and": "und et y", "or": "oder ou o", "not": "nicht non no", "xor": "xoder",
    "switch": "erstersch si.multiple cambiar", "count": "anzahl nb contar", "counta": "anzahl2 nbval contara",
    "countif": "zählenwenn zaehlenwenn nb.si contar.si conta.se contar.se cont.se aantal.als",
    "countifs": "zählenwenns zaehlenwenns nb.si.ens contar.si.conjunto conta.più.se conta.piu.se contar.se.s cont.ses "
    "aantallen.als",
    "countblank": "anzahlleerezellen nb.vide contar.blanco", "sum": "summe somme suma sumar",
    "sumif": "summewenn somme.si sumar.si somma.se soma.se somase som.als",
    "sumifs": "summewenns somme.si.ens sumar.si.conjunto somma.più.se somma.piu.se soma.se.s somases sommen.als",
    "average": "mittelwert moyenne promedio",
    "averageif": "mittelwertwenn moyenne.si promedio.si media.se média.se médiase gemiddelde.als",
    "averageifs": "mittelwertwenns moyenne.si.ens promedio.si.conjunto media.più.se media.piu.se média.se.s médiases "
    "gemiddelden.als",
    "maxifs": "maxwenns max.si.ens max.si.conjunto", "minifs": "minwenns min.si.ens min.si.conjunto", "median": "mediane mediana",
    "sumproduct": "summenprodukt sommeprod sumaproducto", "unique": "eindeutig", "filter": "filtre filtrar",
    "rows": "zeilen lignes filas", "today": "heute aujourdhui hoy", "now": "jetzt maintenant ahora", "date": "datum fecha",
    "datedif": "sifecha", "days": "tage jours dias", "edate": "edatum mois.decaler fecha.mes",
    "eomonth": "monatsende fin.mois fin.mes", "year": "jahr annee année año", "month": "monat mois mes", "day": "tag jour dia día",
    "hour": "stunde heure hora", "weekday": "wochentag joursem diasem", "weeknum": "kalenderwoche no.semaine num.de.semana",
    "networkdays": "nettoarbeitstage nb.jours.ouvres dias.lab", "isblank": "istleer estvide esblanco",
    "isnumber": "istzahl estnum esnumero", "iserror": "istfehler esterreur eserror", "isna": "istnv estna esnod",
    "istext": "isttext esttexte estexto", "left": "links gauche izquierda", "right": "rechts droite derecha", "mid": "teil stxt extrae",
    "len": "länge nbcar largo", "search": "suchen cherche hallar", "find": "finden trouve encontrar",
    "upper": "gross majuscule mayusc", "lower": "klein minuscule minusc", "trim": "glätten supprespace espacios",
    "exact": "identisch igual", "concatenate": "verketten concatener concatenar",
    "vlookup": "sverweis recherchev buscarv cerca.vert procv vert.zoeken",
    "hlookup": "wverweis rechercheh buscarh", "lookup": "verweis recherche buscar", "choose": "wahl choisir elegir escolher",
    "index": "indice índice",
    "xlookup": "xverweis recherchex buscarx", "match": "vergleich equiv coincidir", "round": "runden arrondi redondear",
    "rounddown": "abrunden arrondi.inf redondear.menos", "roundup": "aufrunden arrondi.sup redondear.mas",
    "int": "ganzzahl ent entero", "mod": "rest residuo", "rank": "rang jerarquia", "large": "kgrösste grande.valeur k.esimo.mayor",
    "small": "kkleinste petite.valeur k.esimo.menor",
    "percentile": "quantil centile percentil percentiel quantil.inkl centile.inclure percentil.inc inc.percentile percentiel.inc "
    "quantil.exkl centile.exclure percentil.exc esc.percentile percentiel.exc",
    "quartile": "cuartil quartil kwartiel quartile.inkl quartile.inclure cuartil.inc quartil.inc inc.quartile kwartiel.inc "
    "quartile.exkl quartile.exclure cuartil.exc quartil.exc esc.quartile kwartiel.exc",
    "rank.eq": "rang.gleich equation.rang jerarquia.eqv rango.ug ordem.eq rang.gelijk",
    "percentrank": "quantilsrang rang.pourcentage rango.percentil quantilsrang.inkl rang.pourcentage.inclure "
    "rango.percentil.inc inc.percent.rango ordem.porcentual.inc percent.rang.inc",
    "mode": "modus modalwert moda modus.einf mode.simple moda.uno moda.un modus.enkelv",
}  # fmt: skip
CALLED: Mapping[str, str] = {word: name for name, words in _CALLED.items() for word in words.split()}
"""The name in English by the one in another language."""
DOTTED = {name.partition(".")[0] for name in CALLED if "." in name}
"""The beginnings of names with a point."""
JOINED: Mapping[str, str] = {
    "und": "and", "et": "and", "y": "and", "e": "and", "en": "and", "oder": "or", "ou": "or", "o": "or", "of": "or",
}  # fmt: skip
"""What joins conditions beside functions with such names."""
TRUTHS: Mapping[str, bool] = {
    "wahr": True, "vrai": True, "verdadero": True, "falsch": False, "faux": False, "falso": False,
}  # fmt: skip
EXAMPLES = (
    ("WENN(seats > 10; autopay; FALSCH)", "if seats > 10 then autopay else false end"),
    ("UND(seats > 10; NICHT(autopay))", "seats > 10 and not autopay"),
    ("ODER(seats > 10; autopay)", "seats > 10 or autopay"),
    ('ZÄHLENWENN(tickets; "urgent") > 2', 'count(tickets where priority = "urgent") > 2'),
    ('NB.SI.ENS(tickets.state; "open") > 2', 'count(tickets where state = "open") > 2'),
    ('SUMMEWENN(invoices.state; "paid"; invoices.amount) > 50', 'sum(invoices.amount where state = "paid") > 50'),
    ("MITTELWERT(invoices.amount) > 50", "average(invoices.amount) > 50"),
    ("signed_on < HEUTE()", "signed_on < today"),
    ("ISTLEER(country)", "country is missing"),
    (
        'CONTA.PIÙ.SE(tickets.state; "open"; tickets.priority; "high") > 2',
        'count(tickets where state = "open" and priority = "high") > 2',
    ),
    ('SOMMEN.ALS(invoices.amount; invoices.state; "paid") > 50', 'sum(invoices.amount where state = "paid") > 50'),
    ('NB.SI(tickets.state; "open") = 0 et arr > 10 000', 'count(tickets where state = "open") = 0 and arr > 10_000'),
    ('CONT.SE(tickets.state; "open") > 2 ou arr > 1.500', 'count(tickets where state = "open") > 2 or arr > 1_500'),
    ("ANZAHL(tickets) > 5", "count(tickets) > 5"),
    ("JAHR(signed_on) = 2025", "year of signed_on = 2025"),
    ("SI(ESTVIDE(country); FAUX; seats > 5)", "if country is missing then false else seats > 5 end"),
    ("Y(seats > 10; NO(autopay))", "seats > 10 and not autopay"),
)
"""Pairs of what is written and what is meant, as in the phrasebook; documentation and tests."""
