"""JSON files -> a query for their records. An object's values are columns of their own: `properties.company_id`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import msgspec

from segdsl.bounds import JSON_KEYS
from segdsl.data.files import DataError, without_mark
from segdsl.data.sql_text import name, text, texts

_NUMBERS = ("BIGINT", "DOUBLE", "HUGEINT", "UBIGINT")
_PAGE = 100_000_000  # bytes of a file up to which it may be one object around its records
_MAP = 200  # values of an object from which its keys are data and no columns, as DuckDB has it


@dataclass(frozen=True)
class Records:
    """The records of JSON files. `query` has them as text; `numbers` are the columns that hold numbers and no text."""

    query: str
    numbers: frozenset[str]


def file_of_records(path: Path, aside: Path) -> Path:
    """A file whose records are read: the one named; for an interface's answer, `{"tickets": [{…}, …], "count": 2}`, a copy of its list."""
    plain = without_mark(path, aside)
    lists = list(lists_inside(plain).values())
    if len(lists) != 1:
        return plain
    target = aside / f"{path.stem}-{sum(1 for _ in aside.iterdir())}.json"
    target.write_bytes(lists[0])
    return target


def lists_inside(path: Path) -> dict[str, bytes]:
    """The lists of records in a JSON file that is one object, by key; none in a file of several objects."""
    if path.stat().st_size > _PAGE:
        return {}
    content = path.read_bytes()
    if not content.lstrip().startswith(b"{"):
        return {}
    try:
        inside = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
        return {key: bytes(value) for key, value in inside.items() if _are_records(value)}
    except msgspec.DecodeError:  # several objects one after the other
        return {}


def _are_records(value: msgspec.Raw) -> bool:
    if not bytes(value).startswith(b"["):
        return False
    records = msgspec.json.decode(value, type=list[msgspec.Raw])
    return bool(records) and all(bytes(r).startswith(b"{") for r in records)


def records_of(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> Records:
    """Raises `DataError` where the records have too many keys."""
    listed = f"[{texts(list(map(str, paths)))}]"
    types = _types(con, paths, listed)
    columns = ", ".join(f"{text(c)}: 'VARCHAR'" for c in types)
    query = f"SELECT * FROM read_json({listed}, columns = {{{columns}}})"
    numbers = {c for c, t in types.items() if t in _NUMBERS}
    for column in (c for c, t in types.items() if t.startswith("STRUCT")):
        inside = _values_of(con, f"SELECT {name(column)} AS v FROM ({query})", column)
        if inside.keys() & types.keys() or not 0 < len(inside) <= _MAP:
            continue
        pointers = texts([pointer for pointer, _ in inside.values()])
        aside = name(f"values inside {column}")
        values = ", ".join(f"{aside}[{i}] AS {name(c)}" for i, c in enumerate(inside, start=1))
        extracted = f"SELECT *, json_extract_string({name(column)}, [{pointers}]) AS {aside} FROM ({query})"
        query = f"SELECT * EXCLUDE ({name(column)}, {aside}), {values} FROM ({extracted})"
        numbers |= {c for c, (_, t) in inside.items() if t in _NUMBERS}
    return Records(query, frozenset(numbers))


def _types(con: duckdb.DuckDBPyConnection, paths: Sequence[Path], listed: str) -> dict[str, str]:
    """Type of each key's values. Keys are counted first: DuckDB takes the product of rows and keys to detect types."""
    keys = f"SELECT DISTINCT unnest(json_keys(json)) FROM read_json_objects({listed})"
    ((count,),) = con.execute(f"SELECT count(*) FROM ({keys})").fetchall()
    if count > JSON_KEYS.most:
        raise DataError(JSON_KEYS.finding(str(paths[0]), count))
    read = (
        f"read_json({listed}, sample_size = -1, union_by_name = true, maximum_depth = 2, map_inference_threshold = -1)"
    )
    return {str(row[0]): str(row[1]) for row in con.execute(f"DESCRIBE SELECT * FROM {read}").fetchall()}


def _values_of(con: duckdb.DuckDBPyConnection, objects: str, column: str) -> dict[str, tuple[str, str]]:
    """Column -> (JSON pointer, type) of each value inside objects, also of objects inside them."""
    ((structure,),) = con.execute(f"SELECT json_group_structure(CAST(v AS JSON)) FROM ({objects})").fetchall()
    found = json.loads(structure)
    return {c: (pointer, t) for c, pointer, t in _leaves(found, column, "")} if isinstance(found, dict) else {}


def _leaves(structure: Mapping[str, object], column: str, pointer: str) -> Iterator[tuple[str, str, str]]:
    for key, inside in structure.items():
        below = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
        if isinstance(inside, dict):
            yield from _leaves(inside, f"{column}.{key}", below)
        else:
            yield f"{column}.{key}", below, str(inside)
