"""Records of JSON files -> columns: the values inside an object are columns, too."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from segdsl.data.json_files import file_of_records, records_of

NESTED = [
    ({"a": {"b": 1}}, {"a.b": "1"}),
    ({"a": {"b": {"c": "x", "d": None}}}, {"a.b.c": "x", "a.b.d": None}),
    ({"a": {"b": None}}, {"a.b": None}),
    ({"a": {'it"s': "x", "b/c~d": "y", "$e": "z"}}, {'a.it"s': "x", "a.b/c~d": "y", "a.$e": "z"}),
    ({"a": {"b": [1, 2]}, "c": [{"d": 1}]}, {"a.b": "[1,2]", "c": '[{"d":1}]'}),
    ({"a": {"b": "007", "c": True, "d": "2026-01-02T03:04:05Z"}}, {"a.b": "007", "a.c": "true", "a.d": "2026-01-02T03:04:05Z"}),
    ({"a": {"b": 1}, "a.b": 2}, {"a": '{"b":1}', "a.b": "2"}),  # two of one name
    ({"a": {}}, {"a": "{}"}),
    ({"a": {"b": 1}, "inside": 2}, {"inside": "2", "a.b": "1"}),
    ({"a": {f"k{i}": i for i in range(201)}}, {"a": json.dumps({f"k{i}": i for i in range(201)}, separators=(",", ":"))}),
]  # fmt: skip


@pytest.mark.parametrize(("record", "cells"), NESTED, ids=lambda x: json.dumps(x)[:40])
def test_values_inside_objects(record: dict[str, object], cells: dict[str, str | None], tmp_path: Path) -> None:
    path = tmp_path / "it's.json"
    path.write_text(json.dumps(record) + "\n" + json.dumps(record), encoding="utf-8")
    assert _rows(path) == [cells, cells]


def test_objects_that_differ_from_row_to_row(tmp_path: Path) -> None:
    path = tmp_path / "events.json"
    events: list[dict[str, object]] = [
        {"n": 1, "p": {"x": 1.5}},
        {"n": 2, "p": None},
        {"n": 3, "p": {"y": "z"}},
        {"n": 4},
    ]
    path.write_text(json.dumps(events), encoding="utf-8")
    xs, ys = ["1.5", None, None, None], [None, None, "z", None]
    assert _rows(path) == [{"n": str(n), "p.x": x, "p.y": y} for n, x, y in zip(range(1, 5), xs, ys)]
    assert records_of(duckdb.connect(), [path]).numbers == {"n", "p.x"}


def _rows(path: Path) -> list[dict[str, object]]:
    found = duckdb.connect().execute(records_of(duckdb.connect(), [path]).query)
    names = [d[0] for d in found.description or ()]
    return [dict(zip(names, row)) for row in found.fetchall()]


PAGES = [
    ('{"tickets": [{"n": 1.5}, {"n": 2}], "next": null, "count": 2, "meta": {"a": [1]}}', [{"n": "1.5"}, {"n": "2"}]),
    ('{"tickets": [{"n": 1}], "users": [{"n": 2}]}', 1),  # which of the two?
    ('{"tickets": [1, 2]}', 1),
    ('{"n": 1, "lines": [{"m": 2}]}\n{"n": 3, "lines": [{"m": 4}]}', 2),  # one object a line
    ('\ufeff{"tickets": [{"n": 7}]}', [{"n": "7"}]),
]


@pytest.mark.parametrize(("content", "rows"), PAGES, ids=lambda x: str(x)[:30])
def test_the_list_inside_an_interfaces_answer(content: str, rows: list[dict[str, str]] | int, tmp_path: Path) -> None:
    (tmp_path / "aside").mkdir()
    (tmp_path / "page.json").write_text(content, encoding="utf-8")
    found = _rows(file_of_records(tmp_path / "page.json", tmp_path / "aside"))
    assert found == rows or len(found) == rows
