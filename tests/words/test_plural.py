"""Names as sentences have them."""

from __future__ import annotations

import pytest

from segdsl.words.plural import plural


@pytest.mark.parametrize(
    ("name", "many"),
    [
        ("account", "accounts"),
        ("company", "companies"),
        ("day", "days"),
        ("box", "boxes"),
        ("branch", "branches"),
        ("marketing_campaign", "marketing_campaigns"),
        ("party_y", "party_ys"),
        ("contact_person", "contact_people"),
        ("customers", "customers"),
        ("status", "statuses"),
        ("address", "addresses"),
        ("bus", "buses"),
        ("citizen", "citizens"),
        ("api_token", "api_tokens"),
        ("kunde", "kunden"),
        ("kunden", "kunden"),
        ("debitoren", "debitoren"),
        ("leden", "leden"),
        ("cliente", "clientes"),
        ("clientes", "clientes"),
        ("clients", "clients"),
        ("entreprise", "entreprises"),
    ],
)
def test_plural(name: str, many: str) -> None:
    assert plural(name) == plural(name, 0) == many
    assert plural(name, 1) == name
