"""Destination: a table of a PostgreSQL database, filled in one transaction that also records the export.

The table has a row a delivery, with `key` as its primary key. It is made where it isn't there. `segdsl_exports`, in the
same schema, has a row for each transaction: so after a kill or a lost connection the database itself says whether the
rows in doubt are there.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from segdsl.activation.delivery import Deliveries, Delivery, Outcome, Plan, Value
from segdsl.activation.destinations.fates import DestinationError, Fates, refusal, refuse_without, secret
from segdsl.activation.log.store import Log
from segdsl.diagnostics import Diagnostic, printable
from segdsl.workspace.destinations import PostgresSettings

if TYPE_CHECKING:
    import psycopg
    from psycopg.sql import Composed, Identifier

EXPORTS = "segdsl_exports"
_PATIENCE = "60s"  # for another transaction that has the table
_LONGEST = "1h"  # for one statement
_FIXED = {
    "key": "text", "play": "text", "channel": "text", "day": "date", "customer": "text", "recipient": "text",
    "address": "text", "subject": "text", "message": "text", "change": "text",
}  # fmt: skip
_BIGGEST = 2**63


@dataclass(frozen=True)
class Postgres:
    """A table, and what of it belongs to `plays`."""

    name: str
    settings: PostgresSettings
    plays: tuple[str, ...]

    def plan(self, deliveries: Deliveries, log: Log) -> Plan:
        listed = self._listed(deliveries)
        self._columns(listed)
        fates = Fates(self.name, log, listed)
        steps = [f"add or update {len(listed):,} rows of {self.settings.table}, in one transaction"]
        if self.settings.mode == "mirror":
            steps.append(f"delete its rows of {', '.join(self.plays)} that aren't among them")
        return fates.plan(self.settings.table, steps)

    def send(self, deliveries: Deliveries, log: Log) -> Outcome:
        refuse_without(self.name, "postgres", "psycopg")
        import psycopg

        listed = self._listed(deliveries)
        columns = self._columns(listed)
        fates = Fates(self.name, log, listed)
        if not fates.pending and self.settings.mode == "upsert":
            return fates.outcome()
        url = secret(self.name, "url", self.settings.url)
        rows = [*listed] if self.settings.mode == "mirror" else fates.read(fates.everything)
        assert log.export is not None, "it was opened for an export"
        digest = _digest(rows, columns)
        fates.begin(fates.everything)
        committing = False
        try:
            with contextlib.closing(psycopg.connect(url, connect_timeout=20)) as con:
                self._write(con, rows, columns, log.export.id, log.export.day, digest)
                committing = True
                con.commit()
        except (psycopg.Error, UnicodeError) as error:
            if not committing:
                fates.not_sent(fates.everything)
            return fates.outcome(stopped=self._stopped(error, committing))
        fates.sent(fates.everything)
        return fates.outcome()

    def _listed(self, deliveries: Deliveries) -> Deliveries:
        """Those that get a row: whoever left has none in a mirror."""
        return deliveries.where(lambda rows: self.settings.mode == "upsert" or rows.change != "left")

    def _columns(self, deliveries: Deliveries) -> dict[str, str]:
        """Column by merge field; raises `DestinationError` where two things would have one column."""
        fields = deliveries.names
        own = {f: self.settings.columns.get(f, f) for f in fields}
        for f, column in own.items():
            if column in _FIXED or list(own.values()).count(column) > 1:
                why = f"two columns would be called `{printable(column)}`, one of them the merge field `{printable(f)}`"
                raise DestinationError(
                    refusal(self.name, why, f'give the field another one: columns = {{ {f} = "…" }}')
                )
        return own

    # -- the transaction -------------------------------------------------------------------

    def _write(
        self,
        con: psycopg.Connection[Any],
        rows: Sequence[Delivery],
        columns: Mapping[str, str],
        export: str,
        day: dt.date,
        digest: str,
    ) -> None:
        """Everything but the commit; nothing where this very transaction has been committed before."""
        from psycopg import sql

        table, exports = self._table(), self._beside(EXPORTS)
        con.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'".encode())
        con.execute(f"SET LOCAL statement_timeout = '{_LONGEST}'".encode())
        con.execute(
            sql.SQL(
                """CREATE TABLE IF NOT EXISTS {} (export text, destination text, digest text, day date, rows bigint,
                at timestamptz DEFAULT now(), PRIMARY KEY (export, destination, digest))"""
            ).format(exports)
        )
        once = """INSERT INTO {} (export, destination, digest, day, rows) VALUES (%s, %s, %s, %s, %s)
            ON CONFLICT DO NOTHING"""
        new = con.execute(sql.SQL(once).format(exports), [export, self.name, digest, day, len(rows)])
        if not new.rowcount and self.settings.mode == "upsert":
            return
        types = {column: _type(d.fields.get(f) for d in rows) for f, column in columns.items()}
        every = list(map(sql.Identifier, (*_FIXED, *types)))
        declared = sql.SQL(", ").join(
            sql.SQL("{} {}").format(sql.Identifier(c), sql.SQL(t)) for c, t in (*_FIXED.items(), *types.items())
        )
        con.execute(sql.SQL("CREATE TABLE IF NOT EXISTS {} ({}, PRIMARY KEY (key))").format(table, declared))
        listed = sql.SQL(", ").join(every)
        con.execute(
            sql.SQL("CREATE TEMP TABLE segdsl_incoming ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA").format(
                listed, table
            )
        )
        with (
            con.cursor() as cursor,
            cursor.copy(sql.SQL("COPY segdsl_incoming ({}) FROM STDIN").format(listed)) as copy,
        ):
            for d in rows:
                copy.write_row([getattr(d, c) for c in _FIXED] + [_value(d.fields.get(f)) for f in columns])
        con.execute(self._upsert(table, every))
        if self.settings.mode == "mirror":
            con.execute(
                sql.SQL(
                    "DELETE FROM {} t WHERE play = ANY(%s) AND NOT EXISTS (SELECT FROM segdsl_incoming i WHERE i.key = t.key)"
                ).format(table),
                [list(self.plays)],
            )

    def _upsert(self, table: Composed | Identifier, columns: Sequence[Identifier]) -> Composed:
        """Rows that are as they were aren't touched."""
        from psycopg import sql

        new = sql.SQL(", ").join(sql.SQL("excluded.{}").format(c) for c in columns)
        old = sql.SQL(", ").join(sql.SQL("t.{}").format(c) for c in columns)
        sets = sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(c) for c in columns)
        listed = sql.SQL(", ").join(columns)
        return sql.SQL(
            """INSERT INTO {} AS t ({}) SELECT {} FROM segdsl_incoming
            ON CONFLICT (key) DO UPDATE SET {} WHERE ({}) IS DISTINCT FROM ({})"""
        ).format(table, listed, listed, sets, old, new)

    def _table(self) -> Identifier:
        from psycopg.sql import Identifier

        return Identifier(*self.settings.table.split("."))

    def _beside(self, other: str) -> Identifier:
        """Another table of the same schema."""
        from psycopg.sql import Identifier

        return Identifier(*self.settings.table.split(".")[:-1], other)

    def _stopped(self, error: psycopg.Error | UnicodeError, committing: bool) -> Diagnostic:
        """Why nothing was written, or that it is unknown; without values, addresses and secrets."""
        import psycopg

        if committing:
            return refusal(
                self.name,
                "the connection was lost at the end",
                "export again: the database knows whether the rows are there",
            )
        match error:
            case psycopg.errors.UndefinedColumn() | psycopg.errors.InvalidColumnReference():
                why = printable(error.diag.message_primary or "a column is missing")
                help = f"the table needs `key` as its primary key, and a column for each of {', '.join(_FIXED)} and the merge fields"
            case psycopg.DataError() | UnicodeError() if (
                not isinstance(error, psycopg.Error) or error.diag.sqlstate is None
            ):
                why, help = (
                    "a text has a character that PostgreSQL doesn't store",
                    "nothing was written; clean the text, or leave its field out",
                )
            case psycopg.Error() if error.diag.sqlstate is not None:
                why = _without_values(error)
                help = "nothing was written; the table's columns must take the values, and its user must have the right to write"
            case _:
                why, help = "the database can't be reached", "check its url, and whether it runs; nothing was written"
        return refusal(self.name, why, help)


def _without_values(error: psycopg.Error) -> str:
    """A message of the database; those about a value quote it."""
    import psycopg

    if isinstance(error, psycopg.DataError | psycopg.IntegrityError):
        place = error.diag.column_name or error.diag.constraint_name
        where = f" (`{printable(place)}`)" if place else ""
        return f"a value doesn't fit into its column{where}: {type(error).__name__}"
    return printable(error.diag.message_primary or type(error).__name__)


def _digest(rows: Sequence[Delivery], columns: Mapping[str, str]) -> str:
    """What a transaction writes, in 64 hexadecimal digits."""
    digest = hashlib.sha256(repr(sorted(columns.items())).encode())
    for d in sorted(rows, key=lambda d: d.key):
        digest.update(repr((*(getattr(d, c) for c in _FIXED), *d.fields.items())).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _type(values: Iterator[Value]) -> str:
    """The type of a new column that takes all of some values."""
    kinds = set()
    for value in values:
        if value is not None:
            kinds.add("numeric" if type(value) is int and abs(value) >= _BIGGEST else _TYPES[type(value)])
    if len(kinds) == 1:
        return kinds.pop()
    if kinds and kinds <= {"bigint", "numeric"}:
        return "numeric"
    return "double precision" if kinds and kinds <= {"bigint", "numeric", "double precision"} else "text"


_TYPES: Mapping[type, str] = {
    bool: "boolean", int: "bigint", float: "double precision", Decimal: "numeric", str: "text", dt.date: "date",
    dt.datetime: "timestamp", tuple: "text[]",
}  # fmt: skip


def _value(value: Value) -> object:
    return list(value) if isinstance(value, tuple) else value
