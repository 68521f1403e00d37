"""Files that can be read and yet mean something else than a person thinks: read right, or told with counts and examples."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from segdsl.data import contract, odd_rows
from segdsl.data.files import TextFile
from segdsl.data.odd_rows import circles_of
from segdsl.data.relations import idle
from segdsl.engines import DataRequest
from segdsl.engines.duckdb import DuckDB
from segdsl.model.dependencies import Needed
from segdsl.workspace.config import TableSource
from segdsl.workspace.load import load_workspace, sound
from tests.support.answers import clock_at
from tests.support.cli import as_json, call

pytestmark = pytest.mark.slow

MODEL = """
entity a { id: text key  boss: link to a  created_at: date  n: integer }
table ev of a by id at t: date { product: link to p }
entity p { sku: text key  price: integer }
segment s of a { when count(ev) >= 1 }
"""
TOML = """
[sources.default.tables]
a = "a.csv"
ev = "ev*.csv"
p = "p.csv"
"""
FILES = {
    "a.csv": "id,boss,created_at,n\nx,,2026-01-01,1\ny,x,2026-01-02,2\n",
    "ev.csv": "id,t,product\nx,2026-10-01,k\n",
    "p.csv": "sku,price\nk,1\n",
}
ODD = {
    "rows of the future": ({"ev.csv": "id,t,product\nx,2026-10-01,k\nx,2026-12-24,k\n"}, "1 row lies after as-of, the latest of 24 Dec 2026"),
    "copies": ({"ev.csv": "id,t,product\nx,2026-10-01,k\nx,2026-10-01,k\nx,2026-10-01,k\n"}, "2 rows of ev count, though they are copies of another, alike in every column, as `x, 2026-10-01, k (3 times)`"),
    "a link that says nothing is known": ({"ev.csv": "id,t,product\nx,2026-10-01,N/A\nx,2026-10-02,k\n"}, "1 row whose product is a word that may mean nothing is known, as `N/A`"),
    "keys in other capitals": ({"ev.csv": "id,t,product\nx,2026-10-01,K\nx,2026-10-02,kk\n"}, "1 of them differs from the key of a p in capitals alone"),
    "ids that a spreadsheet changed": ({"p.csv": "sku,price\nk,1\n7.0,1\n1E3,1\n2026-03-01,1\n"}, "3 keys of p look like a decimal or a day, unlike the others, as `1E3`, `2026-03-01`, `7.0`"),
    "a table without rows": ({"ev.csv": "id,t,product\n"}, "no row in ev"),
    "a circle of parents": ({"a.csv": "id,boss,created_at,n\nx,y,,1\ny,x,,2\nz,x,,2\n"}, "1 circle of boss: whoever is in one or below it has no topmost a, as `x → y → x`"),
    "its own parent": ({"a.csv": "id,boss,created_at,n\nx,x,,1\n"}, "as `x → x`"),
    "a customer of the future": ({"a.csv": "id,boss,created_at,n\nx,,2027-01-01,1\n"}, "1 row lies after as-of by created_at, and counts all the same"),
    "a table's link that leads nowhere": ({"ev.csv": "id,t,product\nx,2026-10-01,kk\n"}, "1 row whose product is no p, as `kk`"),
    "a column of some files": ({"ev-2.csv": "id,t\nx,2026-10-02\n"}, "`product` of `ev` is missing in the rows of ev-2.csv: 1 of 2 files have the column"),
}  # fmt: skip


def workspace(folder: Path, files: dict[str, str]) -> Path:
    for name, text in {"m.seg": MODEL, "segdsl.toml": TOML, **FILES, **files}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("case", ODD)
def test_told_with_examples(case: str, tmp_path: Path) -> None:
    files, message = ODD[case]
    clean = call("data", "check", "--as-of", "2026-11-01", cwd=workspace(tmp_path, {}))
    assert "the data keeps what the model promises" in clean.output
    assert message not in clean.output
    odd = call("data", "check", "--as-of", "2026-11-01", cwd=workspace(tmp_path, files))
    assert message in odd.output


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("most", [0, 1_000_000])
def test_copies_are_told_of_many_rows_and_of_files_with_types(
    kind: str, most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`more` is a column that no rule file declares: rows that differ in it are no copies."""
    monkeypatch.setattr(odd_rows, "_MANY", most)
    rows = "id,t,product,more\nx,2026-10-01,k,1\nx,2026-10-01,k,2\nx,2026-10-02,k,1\nx,2026-10-02,k,1\n"
    workspace(tmp_path, {"ev.csv": rows, "segdsl.toml": TOML.replace("ev*.csv", f"ev.{kind}")})
    with duckdb.connect() as con:
        con.execute(f"COPY (FROM read_csv('{tmp_path / 'ev.csv'}')) TO '{tmp_path / 'ev.parquet'}'")
    said = call("data", "check", "--as-of", "2026-11-01", cwd=tmp_path).output
    assert "1 row of ev counts, though it is a copy of another" in said
    (tmp_path / "ev.csv").write_text(rows.replace("02,k,1\n", "02,k,3\n", 1))
    with duckdb.connect() as con:
        con.execute(f"COPY (FROM read_csv('{tmp_path / 'ev.csv'}')) TO '{tmp_path / 'ev.parquet'}'")
    assert "copy" not in call("data", "check", "--as-of", "2026-11-01", cwd=tmp_path).output


class Counted:
    """A connection that remembers what it is asked."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self.asked: list[str] = []

    def execute(self, sql: str, *parameters: object) -> duckdb.DuckDBPyConnection:
        self.asked.append(sql)
        return self._con.execute(sql, *parameters)


def test_how_often_a_table_is_read_for_its_checks(tmp_path: Path) -> None:
    """Sound data: its counts and days ahead are one scan of each table, and a link and copies one each; more is asked only of what is odd."""
    loaded = sound(load_workspace(workspace(tmp_path, {})))
    schema, clock = loaded.model.schema, clock_at("2026-11-01")
    fields = Needed({name: set(r.fields) for name, r in schema.relations.items()})
    engine = DuckDB.attach(DataRequest(schema, loaded.config.sources["default"], tmp_path, fields))
    con: Any = Counted(engine.con)
    for bound in engine.bounds.values():
        contract.check_keys(con, schema, bound)
    reads = {name: sum(f'"{name}"' in q or f'"read {name}"' in q for q in con.asked) for name in engine.bounds}
    assert reads == {"a": 2, "ev": 0, "p": 2}, con.asked  # looks of keys, and keys that are there twice
    con.asked.clear()
    contract.report(con, schema, engine.bounds, fields.columns, clock)
    reads = {
        name: sum(f'FROM "{name}"' in q or f'FROM "read {name}"' in q for q in con.asked) for name in engine.bounds
    }
    # counts with days ahead, and of each link those that lead nowhere; of keys their looks
    assert reads == {"a": 7, "ev": 4, "p": 4}, con.asked
    assert not any('"raw ' in q for q in con.asked), con.asked
    engine.close()


@pytest.mark.parametrize(
    ("links", "said"),
    [
        (["1", "2", "2", "", "?"], None),
        (["1", "3", "", "2"], "1 row whose id is no a, as `3`"),
        (["7", "3", "x", "7"], "3 rows whose id is no a, as `3`, `7`"),
    ],
)
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_links_of_whole_numbers_that_lead_nowhere(
    kind: str, links: list[str], said: str | None, tmp_path: Path
) -> None:
    model = MODEL.replace("id: text key", "id: integer key").replace("  boss: link to a", "")
    rows = "".join(f"{link},2026-10-0{i},k\n" for i, link in enumerate(links, 1))
    files = {
        "m.seg": model,
        "a.csv": "id,created_at,n\n1,2026-01-01,1\n2,2026-01-02,2\n",
        "ev.csv": f"id,t,product\n{rows}",
    }
    workspace(tmp_path, files | {"segdsl.toml": TOML.replace("ev*.csv", f"ev.{kind}")})
    with duckdb.connect() as con:
        con.execute(f"COPY (FROM read_csv('{tmp_path / 'ev.csv'}')) TO '{tmp_path / 'ev.parquet'}'")
    output = call("data", "check", "--as-of", "2026-11-01", cwd=tmp_path).output
    assert said in output if said is not None else "is no a" not in output


def test_rows_that_share_the_value_of_a_column_called_r_are_no_copies(tmp_path: Path) -> None:
    model = MODEL.replace("{ product", "{ r: integer  product")
    files = {"m.seg": model, "ev.csv": "id,t,product,r\nx,2026-10-01,k,1\nx,2026-10-02,k,1\nx,2026-10-02,k,1\n"}
    said = call("data", "check", "--as-of", "2026-11-01", cwd=workspace(tmp_path, files)).output
    assert "1 row of ev counts, though it is a copy of another" in said


def test_copies_are_told_without_what_is_personal_and_despite_their_lines(tmp_path: Path) -> None:
    """`id` holds keys of a customer, which are personal here; the lines of copies differ, and they are copies all the same."""
    model = MODEL.replace("id: text key", "id: text key personal").replace("{ product", "{ line: integer  product")
    toml = TOML.replace('ev = "ev*.csv"', 'ev = { path = "ev.csv", line_number = "line" }')
    files = {
        "m.seg": model,
        "segdsl.toml": toml,
        "ev.csv": "id,t,product\nx,2026-10-01,k\nx,2026-10-01,k\nx,2026-10-01,k\n",
    }
    said = call("data", "check", "--as-of", "2026-11-01", cwd=workspace(tmp_path, files)).output
    assert (
        "2 rows of ev count, though they are copies of another, alike in every column, as `2026-10-01, k (3 times)`"
        in said
    )


def test_keys_in_any_case(tmp_path: Path) -> None:
    toml = TOML + '[sources.default.formats]\nids = "any case"\n'
    files = {"segdsl.toml": toml, "ev.csv": "id,t,product\nX,2026-10-01,K\n"}
    said = call("data", "check", "--as-of", "2026-11-01", cwd=workspace(tmp_path, files)).output
    assert "the data keeps what the model promises" in said


def test_fresh_by_the_clock_also_where_as_of_is_the_datas_own_day(tmp_path: Path) -> None:
    files = {
        "m.seg": MODEL.replace("at t: date", "at t: date fresh within 5 days"),
        "ev.csv": "id,t,product\nx,2020-10-01,k\n",
        "a.csv": "id,boss,created_at,n\nx,,,1\n",
    }
    said = call("data", "check", cwd=workspace(tmp_path, files)).output
    assert "as of 2 Oct 2020" in said and "not fresh within 5 days: the newest row is of 2020-10-01" in said
    assert "not fresh" not in call("data", "check", "--as-of", "2020-10-02", cwd=tmp_path).output


def test_customers_that_are_not_there_yet(tmp_path: Path) -> None:
    model = MODEL.replace("entity a {", "entity a from created_at {")
    files = {"m.seg": model, "a.csv": "id,boss,created_at,n\nx,,2027-01-01,1\ny,,2026-01-01,1\n"}
    said = call("data", "check", "--as-of", "2026-11-01", cwd=workspace(tmp_path, files)).output
    assert "1 row begins after as-of, the latest on 1 Jan 2027: not there yet, and in no count" in said


def test_keys_of_another_type_are_not_called_missing(tmp_path: Path) -> None:
    files = {"m.seg": MODEL.replace("sku: text key", "sku: integer key"), "p.csv": "sku,price\n7,1\nk,1\n,1\n"}
    refused = call("data", "check", cwd=workspace(tmp_path, files))
    assert refused.exit_code == 3
    assert "`sku` is not a whole number in 1 row of `p`, as `k`" in refused.output
    assert "`sku` is missing in 1 row of `p`" in refused.output


def test_circles_are_told_once_each() -> None:
    parents = {"a": "b", "b": "a", "c": "a", "d": "d", "e": "f", "f": "g"}
    assert list(circles_of(parents)) == [("a", "b"), ("d",)]


def test_times_without_a_zone_beside_times_with_one(tmp_path: Path) -> None:
    """Both are 00:00 UTC: 01:00 in Rome, and 01:00+01:00."""
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as con:
        con.execute("SET timezone = 'UTC'")
        for name, value in (("c1", "TIMESTAMPTZ '2026-11-01 01:00+01'"), ("c2", "TIMESTAMP '2026-11-01 01:00'")):
            con.execute(f"COPY (SELECT '{name}' AS id, {value} AS t) TO '{tmp_path / name}.parquet' (FORMAT parquet)")
    (tmp_path / "m.seg").write_text(
        "entity c { id: text key  t: timestamp }  segment s of c { when hours since t = 0 }", encoding="utf-8"
    )
    (tmp_path / "segdsl.toml").write_text(
        '[sources.default]\ntimezone = "Europe/Rome"\n[sources.default.tables]\nc = "c*.parquet"\n', encoding="utf-8"
    )
    record = as_json(call("try", "t = 2026-11-01T00:00Z", "--as-of", "2026-11-02", "--format", "json", cwd=tmp_path))
    assert (record["taken"], record["total"]) == (2, 2)
    told = "`t` of `c` has no zone in c2.parquet, and one in other files: read in Europe/Rome"
    assert told in call("data", "check", cwd=tmp_path).output


def test_a_file_that_grows_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read of it may end with half a row."""
    from segdsl.data import relations

    root, query = workspace(tmp_path, {}), relations.text_query

    def and_grow(read: Sequence[TextFile]) -> str:
        for file in read:
            with file.path.open("a", encoding="utf-8") as more:
                more.write("x,2026")
        return query(read)

    monkeypatch.setattr(relations, "text_query", and_grow)
    refused = call("data", "check", cwd=root)
    assert refused.exit_code == 3 and "a.csv can't be read: it changed while it was read" in refused.output


def test_groups_too_small_for_a_share(tmp_path: Path) -> None:
    """Of 8 regions one has 10 customers, whose first is 10%; the others have 1, who is 100%, and in. A number is no share."""
    rows = "".join(f"k{i},{'big' if i < 10 else f'r{i}'},{i}\n" for i in range(17))
    (tmp_path / "c.csv").write_text(f"id,region,n\n{rows}", encoding="utf-8")
    (tmp_path / "segdsl.toml").write_text('[sources.default.tables]\nc = "c.csv"\n', encoding="utf-8")
    rule = "entity c { id: text key  region: text  n: integer }  segment s of c { when n in top 10% per region }"
    (tmp_path / "m.seg").write_text(rule, encoding="utf-8")
    told = "`n in top 10% per region`: 7 of 8 groups by region have fewer than 10 cs, as `r10`, `r11`, `r12`"
    assert told in call("data", "check", cwd=tmp_path).output
    assert told in call("run", "--no-ledger", cwd=tmp_path).output
    (tmp_path / "m.seg").write_text(rule.replace("10%", "1"), encoding="utf-8")
    assert "SEG0721" not in call("data", "check", cwd=tmp_path).output


def test_of_groups_that_the_rule_leaves_out_nothing_is_said(tmp_path: Path) -> None:
    """Of y, which has nine, nobody is in: neither a warning nor a border. Of those who aren't in the top it is the border of x."""
    rows = "".join(f"x{i},x,{100 + i}\n" for i in range(20)) + "".join(f"y{i},y,{i}\n" for i in range(9))
    (tmp_path / "c.csv").write_text(f"id,region,n\n{rows}", encoding="utf-8")
    (tmp_path / "segdsl.toml").write_text('[sources.default.tables]\nc = "c.csv"\n', encoding="utf-8")
    rule = "entity c { id: text key  region: text  n: integer }  segment s of c { when n in top 10% per region and count(all c per region) >= 10 }"
    for written, small, border in [
        (rule, 0, "the border was 118 in x"), (rule.replace(">= 10", ">= 9"), 1, "the border was 118 in x, 8 in y"),
        (rule.replace("n in", "not n in"), 0, "the border was 118 in x"),
    ]:  # fmt: skip
        (tmp_path / "m.seg").write_text(written, encoding="utf-8")
        for command in (["data", "check"], ["run", "--no-ledger"]):
            output = call(*command, cwd=tmp_path).output
            assert output.count("1 of 2 groups by region has fewer than 10 cs, as `y`") == small, output
        assert f"n is in the top 10 % of the same region; {border}\n" in output, output


def test_ids_of_a_workbook(tmp_path: Path) -> None:
    """7 shown as 007 is 007; what a double can't hold stops the run, as a key that was rounded."""
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["id", "n"])
    for i in (7, 8):
        book.active.append([i, i])
        book.active.cell(book.active.max_row, 1).number_format = "000"
    book.save(tmp_path / "c.xlsx")
    (tmp_path / "m.seg").write_text("entity c { id: text key  n: integer }", encoding="utf-8")
    (tmp_path / "segdsl.toml").write_text('[sources.default.tables]\nc = "c.xlsx"\n', encoding="utf-8")
    assert "007, 008" in call("try", "n >= 7", "--as-of", "2026-11-01", cwd=tmp_path).output
    shown = "c.xlsx, sheet `Sheet`: numbers of `id` are read as they are shown, with zeros to 3 digits"
    assert shown in call("data", "check", cwd=tmp_path).output
    book.active.append([123456789012345678.0, 1])
    book.save(tmp_path / "c.xlsx")
    looked = call("try", "n >= 7", "--as-of", "2026-11-01", cwd=tmp_path)
    assert (looked.exit_code, "2 of 3" in looked.output, "rounded by a spreadsheet" in looked.output) == (0, True, True)
    (tmp_path / "m.seg").write_text(
        "entity c { id: text key  n: integer } segment s of c { when n >= 7 }", encoding="utf-8"
    )
    refused = call("run", "--as-of", "2026-11-01", "-o", "out.csv", cwd=tmp_path)
    assert (refused.exit_code, "rounded by a spreadsheet" in refused.output) == (3, True)
    assert not (tmp_path / "out.csv").exists()


def test_a_day_that_there_is_not_in_a_declared_format(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("id,d\nx,29/02/2018\ny,28/02/2018\n", encoding="utf-8")
    (tmp_path / "m.seg").write_text("entity c { id: text key  d: date }", encoding="utf-8")
    (tmp_path / "segdsl.toml").write_text(
        '[sources.default.tables.c]\npath = "c.csv"\nformats.date = "DD/MM/YYYY"\n', encoding="utf-8"
    )
    checked = call("data", "check", "--as-of", "2026-11-01", cwd=tmp_path)
    assert "1 cell of d unreadable, kept as missing, as `29/02/2018`" in checked.output
    (tmp_path / "c.csv").write_text("id,d\nx,02/29/2018\ny,28/02/2018\n", encoding="utf-8")
    refused = call("data", "check", "--as-of", "2026-11-01", cwd=tmp_path)
    assert (refused.exit_code, "SEG0708" in refused.output) == (3, True)


def test_lists_and_overrides_that_match_nobody(tmp_path: Path) -> None:
    """Keys without their zeros, and in another case."""
    texts = {
        "c.csv": "id,n\n007,1\nB,2\nc,3\n",
        "vip.csv": "id,note\n7,x\nB,x\n",
        "ov.csv": "id,arm\n7,hi\nzzz,lo\n",
        "m.seg": """entity c { id: text key  n: integer }
            list vip of c from "vip.csv" { note: text }
            list ov of c from "ov.csv" { arm: text }
            segment v of c { when c in vip }
            segmentation g of c { overrides from ov  segment lo { when n < 2 } undecided u otherwise hi }""",
        "segdsl.toml": '[sources.default.tables]\nc = "c.csv"\n',
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    for command in (("data", "check"), ("run",)):
        shown = call(*command, "--as-of", "2026-11-01", cwd=tmp_path).output
        assert "1 of 2 keys of the list `vip` are no c, such as `7`" in shown
        assert "2 of 2 keys of the list `ov` are no c, such as `7`, `zzz`" in shown


@pytest.mark.parametrize(
    ("rows", "refused"),
    [
        ("7,1\n7,1\n8,2\n", False),  # copies
        ("7,1\n7,2\n8,2\n", True),
        ("7,1\n+7,1\n8,2\n", True),  # one key, written in two ways
        ("7,1\n+7,2\n8,2\n", True),
    ],
)
def test_only_copies_of_a_row_count_once(rows: str, refused: bool, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(f"id,n\n{rows}", encoding="utf-8")
    (tmp_path / "m.seg").write_text("entity c { id: integer key  n: integer }", encoding="utf-8")
    (tmp_path / "segdsl.toml").write_text('[sources.default.tables]\nc = "c.csv"\n', encoding="utf-8")
    result = call("try", "n >= 1", "--as-of", "2026-11-01", "--format", "json", cwd=tmp_path)
    assert result.exit_code == (3 if refused else 0), result.output
    assert refused or as_json(result)["total"] == 2


def test_lines_of_a_customer_are_no_copies(tmp_path: Path) -> None:
    """With `distinct` a file that repeats its customers is as it should be."""
    (tmp_path / "c.csv").write_text("id,n\nx,1\nx,2\ny,3\n", encoding="utf-8")
    (tmp_path / "m.seg").write_text("entity c { id: text key }", encoding="utf-8")
    toml = '[sources.default.tables.c]\npath = "c.csv"\ndistinct = true\n'
    (tmp_path / "segdsl.toml").write_text(toml, encoding="utf-8")
    checked = call("data", "check", "--as-of", "2026-11-01", cwd=tmp_path).output
    assert "data   c: 2 rows" in checked
    assert "copy" not in checked


def test_settings_of_files_are_none_of_postgres() -> None:
    source = TableSource("t", distinct=True, line_number="line")
    assert [d.message.split("`")[1] for d in idle("t", source, "postgres")] == ["distinct", "line_number"]
    assert idle("t", source, "text") == []
