"""German, French and Spanish words for and, or, not, if and empty."""

from __future__ import annotations

from collections.abc import Callable

from segdsl.model import types as ty
from segdsl.phrasebook.families.comparisons import field_type
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
        return None if is_name else written

    return meant


FAMILY = Family(
    "German, French and Spanish",
    0,
    (
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
            "es_igual_a/es",
            to=_unless_a_name("="),
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
            note="`and` in English",
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
            note="`or` in English",
        ),
        row(
            "nicht",
            "non/pas",
            to=_unless_a_name("not"),
            examples=(("nicht autopay", "not autopay"), ("non autopay", "not autopay")),
            note="`not` in English",
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
            "no {p:path}",
            to=lambda m: "not {p}" if field_type(m, "p") == ty.BOOLEAN else None,
            examples=(("no autopay", "not autopay"),),
            note="`not` in English",
        ),
        row("wahr/vrai/verdadero", to=_unless_a_name("true"), examples=(("autopay = wahr", "autopay"),)),
        row("falsch/faux/falso", to=_unless_a_name("false"), examples=(("autopay = falsch", "not autopay"),)),
    ),
)
