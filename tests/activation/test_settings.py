"""Addresses in `segdsl.toml`: which of them have a secret in them, and which nobody can have."""

from __future__ import annotations

import pytest

from segdsl.workspace.destinations import has_password, unsafe

PASSWORDS = [
    "postgresql://me:hush@dwh/crm",
    "postgresql://me:hu/sh@dwh/crm",
    "postgresql://me:hu?sh@dwh/crm",
    "postgresql://me:hu@sh@dwh/crm",
    "postgresql://me:hu/sh?x@dwh/crm",
    "postgresql://me:12/34@dwh/crm",
    "postgresql://me:hush@[::1]:5432/crm",
    "postgresql://dwh/crm?user=me&password=hush",
    "host=dwh password=hush",
    "host=dwh password = hush",
    "host=dwh password\t='hush'",
    "host=dwh sslpassword=hush",
]
NO_PASSWORDS = [
    "env:PG_URL",
    "postgresql://dwh/crm",
    "postgresql://me@dwh:5432/crm",
    "postgresql://dwh:5432/crm?user=me@corp",
    "postgresql://[::1]/crm?user=me@corp",
    "postgresql://one:5432,two:5433/crm",
    "host=dwh port=5432 user=me",
]


@pytest.mark.parametrize("url", PASSWORDS)
def test_a_password_in_an_address(url: str) -> None:
    assert has_password(url)
    assert has_password(url, as_variable=True)


@pytest.mark.parametrize("url", NO_PASSWORDS)
def test_addresses_without_a_password(url: str) -> None:
    assert not has_password(url)


@pytest.mark.parametrize(
    "url", ["postgresql://me:${PW}@dwh/crm", "host=dwh password=${PW}", "host=dwh password = ${PW}"]
)
def test_a_password_that_is_a_variable(url: str) -> None:
    """A source may name it within its address; a destination's address is one variable as a whole."""
    assert has_password(url)
    assert not has_password(url, as_variable=True)


@pytest.mark.parametrize(
    "url",
    [
        "https://a..b/x",
        f"https://{'a' * 70}.example/x",
        "https://ü..x/",
        "https://[bad/x",
        "https://h:port/x",
        "https:///x",
    ],
)
def test_addresses_that_nobody_has(url: str) -> None:
    wrong = unsafe(url)
    assert wrong is not None
    assert wrong[0].startswith("is no address")
