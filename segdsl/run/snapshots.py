"""Copies of a source: as of a day, or without personal data for CI."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlglot import exp

from segdsl import engines
from segdsl.data.cells import version_as_text
from segdsl.data.files import DataError
from segdsl.data.relations import key_type
from segdsl.data.sql_text import name, text
from segdsl.diagnostics import Diagnostic
from segdsl.engines import Engine
from segdsl.files import atomic, journal, trusted
from segdsl.files.atomic import Content
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.dependencies import Needed, of_rules
from segdsl.model.schema import Field, Relation, Schema
from segdsl.run.evaluate import chosen_rules, clock_for, source_config
from segdsl.run.recorded import with_recorded_runs
from segdsl.sql import spell as s
from segdsl.sql.plan import ROW
from segdsl.workspace.inputs import refuse_over_inputs
from segdsl.workspace.load import Workspace

SALT = Path(".segdsl") / "salt"


@dataclass(frozen=True)
class Snapshot:
    """The files written, by table.

    `left_out`: personal fields that rules read.
    `toml`: the settings that read the copy.
    """

    files: Mapping[str, Path]
    rows: Mapping[str, int]
    left_out: tuple[str, ...]
    toml: str


def snapshot(workspace: Workspace, as_of: str | None, source: str | None, folder: Path, for_ci: bool) -> Snapshot:
    """Copy every table of a source, and tables of runs unless runs are lacking; `for_ci` copies only columns that rules read,
    without personal fields, and with salted keys.

    Raises `UsageError` and `DataError`; then no file is new or changed.
    """
    config, clock = source_config(workspace, source), clock_for(workspace.zone, as_of)
    workspace = with_recorded_runs(workspace, source, clock)
    schema = workspace.model.schema
    lacking = {r.name for r in schema.relations.values() if r.recorded is not None and r.recorded.note is not None}
    everything = {
        r.name: set(r.fields)
        for r in schema.relations.values()
        if config.table(r.name) is not None or (r.recorded is not None and r.name not in lacking)
    }
    refuse_over_inputs(workspace, [folder / f"{name}.parquet" for name in everything], config)
    needed = of_rules(workspace.model, chosen_rules(workspace.model, ())) if for_ci else Needed({})
    copied = needed.columns if for_ci else everything
    read = {name: fields for name, fields in copied.items() if name not in lacking}
    engine = engines.attach(schema, needed, config, workspace.root, None, clock, read)
    salt = _salt(workspace.root) if for_ci else None
    files: dict[str, Path] = {}
    exported: dict[str, Path] = {}
    rows: dict[str, int] = {}
    left_out: list[str] = []
    for relation_name in read:
        relation = schema.relations[relation_name]
        columns = []
        for f, described in relation.fields.items():
            if not engine.has(relation_name, f):
                continue
            if for_ci and described.personal and not described.key:
                left_out.append(f"{relation_name}.{f}")
                columns.append(f"CAST(NULL AS VARCHAR) AS {name(f)}")
            else:
                columns.append(f"{_as_exported(schema, described, salt)} AS {name(f)}")
        held = engine.hold(_known_then(engine, relation, clock))
        query = f"SELECT {', '.join(columns)} FROM {held} ORDER BY ALL"
        exported[relation_name] = engine.shelf.write(query, f"{relation_name}.parquet")
        files[relation_name] = folder / f"{relation_name}.parquet"
        rows[relation_name] = int(engine.shelf.rows(f"SELECT count(*) FROM {held}")[0][0])
        engine.shelf.drop(held)
    try:
        journal.change(workspace.root, {files[name]: _copy_of(path) for name, path in exported.items()})
    except OSError as error:
        message = f"{folder} can't be written: {error.strerror or error}"
        raise DataError(Diagnostic("SEG0707", message, help="nothing was changed")) from None
    return Snapshot(files, rows, tuple(left_out), _toml(workspace, files, clock, for_ci))


def _known_then(engine: Engine, relation: Relation, clock: Clock) -> exp.Query:
    """Query for the rows of a relation that were known at as-of; exact numbers as texts, which come whole from any engine."""
    columns = [
        s.named(s.cast(s.column(ROW, f), "TEXT"), f) if _is_wide(engine.schema, described) else s.column(ROW, f)
        for f, described in relation.fields.items()
        if engine.has(relation.name, f)
    ]
    query = exp.Select(expressions=columns).from_(s.table(relation.name, ROW), copy=False)
    known = relation.known_at or relation.at
    if known is None:
        return query
    border = clock.today if relation.by_date and relation.known_at is None else clock.now
    return query.where(s.binary("<", s.column(ROW, known), s.moment(border)), copy=False)


def _is_wide(schema: Schema, described: Field) -> bool:
    return isinstance(key_type(schema, described), ty.Number | ty.Version)


def _copy_of(source: Path) -> Content:
    def write(path: Path) -> None:
        shutil.copyfile(source, path)

    return write


def _as_exported(schema: Schema, described: Field, salt: str | None) -> str:
    """SQL of a canonical value in a file's form: dollars instead of cents; keys and links hashed with the salt."""
    column, typed = name(described.name), key_type(schema, described)
    if _is_wide(schema, described):
        column = f"CAST({column} AS HUGEINT)"
    if salt is not None and (described.key or isinstance(described.type, ty.Link)):
        digest = f"sha256({text(salt)} || CAST({column} AS VARCHAR))"
        if typed == ty.INTEGER:
            return f"CASE WHEN {column} IS NOT NULL THEN CAST('0x' || left({digest}, 13) AS BIGINT) END"
        return f"CASE WHEN {column} IS NOT NULL THEN left({digest}, 20) END"
    match typed:
        case ty.Money(currency) if (units := ty.minor_units(currency)) > 1:
            places = len(str(units)) - 1
            return f"CAST({column} AS DECIMAL(19, 0)) * CAST({1 / units:.{places}f} AS DECIMAL({places}, {places}))"
        case ty.Number():  # a product of decimals is exact; a quotient would be a double
            return f"CAST({column} AS DECIMAL(27, 0)) * CAST(0.000000001 AS DECIMAL(9, 9))"
        case ty.Version():
            return version_as_text(column)
        case (
            ty.Money()
            | ty.Integer()
            | ty.Real()
            | ty.Constant()
            | ty.Boolean()
            | ty.Text()
            | ty.Enum()
            | ty.SetOfText()
            | ty.Date()
            | ty.Timestamp()
            | ty.Moment()
            | ty.Link()
        ):
            return column


def _salt(root: Path) -> str:
    """The workspace's salt, made once. It must stay out of the repository, since keys could be guessed with it."""
    path = root / SALT
    why = trusted.planted(path)
    if why:
        help = "whoever knows the salt can guess keys: take it out of the repository, and make the snapshot anew"
        raise DataError(Diagnostic("SEG0711", f"the salt {path} can't be used: {why}", help=help))
    if not path.is_file():
        trusted.own_folder(path.parent)
        atomic.replace(path, secrets.token_hex(32).encode(), mode=0o600)
    return path.read_text(encoding="utf-8").strip()


def _toml(workspace: Workspace, files: Mapping[str, Path], clock: Clock, for_ci: bool) -> str:
    shown = {
        t: (
            f.absolute().relative_to(workspace.root.absolute())
            if f.absolute().is_relative_to(workspace.root.absolute())
            else f
        )
        for t, f in files.items()
    }
    name_ = "ci" if for_ci else f"snapshot-{clock.today}"
    lines = [f"[sources.{name_}]", f"snapshot = {clock.today}", "", f"[sources.{name_}.tables]"]
    return "\n".join([*lines, *(f"{t} = {json.dumps(p.as_posix(), ensure_ascii=False)}" for t, p in shown.items())])
