"""Files of one table that are of two regions: what 12.500 means in one, it may not mean in the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import call


@pytest.mark.parametrize(
    ("delimiters", "format", "warns"), [(";,", "1.234,56", True), (";;", "1.234,56", False), (";,", None, False)]
)
def test_files_of_two_regions_read_in_one_format(
    delimiters: str, format: str | None, warns: bool, tmp_path: Path
) -> None:
    for i, delimiter in enumerate(delimiters):
        rows = [f"o{i}{n}{delimiter}{n}" for n in range(3)]
        (tmp_path / f"orders-{i}.csv").write_text("\n".join([f"id{delimiter}amount", *rows, ""]), encoding="utf-8")
    (tmp_path / "model.seg").write_text("entity order { id: text key  amount: number }", encoding="utf-8")
    formats = f'formats = {{ number = "{format}" }}' if format else ""
    config = f'[workspace]\nname = "x"\n[sources.default.tables.order]\npath = "orders-*.csv"\n{formats}\n'
    (tmp_path / "segdsl.toml").write_text(config, encoding="utf-8")
    said = call("data", "check", cwd=tmp_path).output
    assert ("orders-0.csv by `;`, orders-1.csv by `,`" in said) == warns and "order: 6 rows" in said, said
