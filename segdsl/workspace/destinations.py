"""Settings of destinations: the sections `[destinations.NAME]` of `segdsl.toml`, and what is wrong in them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

FROM_ENVIRONMENT = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")
"""A setting that is one variable as a whole. The url of a source may have some within it (`engines/postgres.py`, `address`)."""
OUTPUT = "output"
"""The destination of `segdsl export --output`, in the log; none of `segdsl.toml` has its name."""
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,40}")
_TABLE = re.compile(r'[^\s."]+(\.[^\s."]+)?')

Layout = Literal[
    "plain", "hubspot contacts", "hubspot tasks", "salesforce contacts", "salesforce tasks", "salesforce updates"
]


class _Settings(msgspec.Struct, tag_field="kind", forbid_unknown_fields=True, frozen=True):
    """What all destinations have. `plays`: those that go there; all without any."""

    plays: tuple[str, ...] = ()


class FilesSettings(_Settings, tag="files", forbid_unknown_fields=True, frozen=True):
    """Files, one a play.

    `folder`: relative to the workspace.
    `layout`: the columns; those of a vendor's import, or `plain`.
    `mode`: the whole list, or who entered, left and was updated.
    `columns`: header by merge field.
    `left`: what the column of the play says of somebody who left it.
    """

    folder: str = ""
    format: Literal["csv", "xlsx", "parquet", "json"] = "csv"
    layout: Layout = "plain"
    mode: Literal["whole", "changes"] = "whole"
    columns: dict[str, str] = {}
    left: str = "none"


class PostgresSettings(_Settings, tag="postgres", forbid_unknown_fields=True, frozen=True):
    """A table of a PostgreSQL database.

    `mode`: `upsert` adds rows and updates them by key; `mirror` also deletes the rows of a play that aren't in the export.
    `columns`: column by merge field.
    """

    url: str = ""
    table: str = ""
    mode: Literal["upsert", "mirror"] = "upsert"
    columns: dict[str, str] = {}


class WebhookSettings(_Settings, tag="webhook", forbid_unknown_fields=True, frozen=True):
    """An address that takes rows as JSON.

    `batch`: rows a request; `rate`: requests a second.
    `token`: sent as a bearer token; `sign`: the secret of the signature.
    `timeout`: seconds for a request; `patience`: seconds of an export that may go into attempts that fail.
    """

    url: str = ""
    batch: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 100
    rate: Annotated[float, msgspec.Meta(ge=0.01, le=1_000)] = 10.0
    token: str = ""
    sign: str = ""
    timeout: Annotated[float, msgspec.Meta(ge=0.1, le=600)] = 30.0
    patience: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 300.0


DestinationSettings = FilesSettings | PostgresSettings | WebhookSettings


def problems(destinations: Mapping[str, DestinationSettings]) -> Iterator[tuple[str, str]]:
    """(problem, help) of each setting that can't be meant."""
    for name, settings in destinations.items():
        where = f"[destinations.{name}]"
        if name == OUTPUT:
            yield (
                f"`{name}` is what --output is called in the log",
                "call the destination otherwise, as in [destinations.crm]",
            )
        if not _NAME.fullmatch(name):
            yield (
                f"`{name}` is no name of a destination",
                "small letters, digits, `_` and `-`, as in [destinations.crm]",
            )
        match settings:
            case FilesSettings(folder=folder):
                if not folder.strip():
                    yield f"the setting `folder` is missing in {where}", 'as in folder = "out"'
                yield from _columns(settings.columns, where)
            case PostgresSettings(url=url, table=table):
                if not url:
                    yield f"the setting `url` is missing in {where}", 'as in url = "env:PG_URL"'
                if has_password(url):
                    yield f"the url in {where} has a password in it", 'take it from the environment: url = "env:PG_URL"'
                if not table:
                    yield f"the setting `table` is missing in {where}", 'as in table = "crm.audience"'
                elif not _TABLE.fullmatch(table):
                    yield f"`{table}` in {where} is no table", 'as in table = "crm.audience"'
                yield from _columns(settings.columns, where)
            case WebhookSettings(url=url):
                if not url:
                    yield f"the setting `url` is missing in {where}", 'as in url = "https://example.com/hook"'
                elif not FROM_ENVIRONMENT.fullmatch(url) and (wrong := unsafe(url)):
                    yield f"the url in {where} {wrong[0]}", wrong[1]
                elif not FROM_ENVIRONMENT.fullmatch(url) and urlsplit(url).query:
                    help = f'take the whole url from the environment: url = "env:{name.upper().replace("-", "_")}_URL"'
                    yield f"what stands behind `?` in the url in {where} may be a secret", help
                for setting in ("token", "sign"):
                    secret = getattr(settings, setting)
                    if secret and not FROM_ENVIRONMENT.fullmatch(secret):
                        help = (
                            f'name the variable of the environment that has it: {setting} = "env:CRM_{setting.upper()}"'
                        )
                        yield f"the setting `{setting}` in {where} has the secret itself in it", help


def _columns(columns: Mapping[str, str], where: str) -> Iterator[tuple[str, str]]:
    names = list(columns.values())
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice is not None:
        yield f"two fields get the column `{twice}` in {where}", "give each a column of its own"
    if any(not n.strip() for n in names):
        yield f"a column in {where} has no name", 'as in columns = { renewal_date = "Renewal date" }'


def has_password(url: str, *, as_variable: bool = False) -> bool:
    """Whether the address of a database, as a URL or as libpq's `name=value`, has a password in it.

    `as_variable`: one that is `${NAME}` is none. A password with a `/`, `?` or `@` that isn't escaped is one, too.
    """
    variable = r"(?!\s*\$\{)" if as_variable else ""
    in_url = rf"://(?!{_HOST_ALONE})[^@/]*:{variable}[^@]+@"
    return re.search(rf"{in_url}|password\s*={variable}", url, re.IGNORECASE) is not None


_HOST_ALONE = r"[^@/?]*(?::\d+|\])/[^@?]*\?"  # and a database; an `@` behind the `?` is of another setting


def unsafe(url: str) -> tuple[str, str] | None:
    """(problem, help) of an address that data about customers can't be sent to; None of one that is fine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
        host.encode("idna")
    except ValueError:  # a `UnicodeError` of a name that nobody has, such as `a..b`, is one, too
        return "is no address", 'as in url = "https://example.com/hook"'
    if parts.scheme not in ("https", "http") or not host or any(c.isspace() or c == "\\" for c in url):
        return "is no address of the web", 'as in url = "https://example.com/hook"'
    if parts.username or parts.password:
        return "has a user or a password in it", 'take it from the environment: token = "env:CRM_TOKEN"'
    if parts.scheme == "http" and not _is_loopback(host):
        return "begins with http, so everybody on the way could read it", f'write "https://{parts.netloc}{parts.path}"'
    return None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
