"""The example's workspace with its data as typed Parquet files, as an export of a warehouse has them."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.support.cli import call
from tests.support.paths import ROOT


def example_on_parquet(folder: Path) -> Path:
    """Copy the example to a folder, where the source `typed` has Parquet files."""
    shutil.copytree(ROOT / "rules", folder / "rules")
    shutil.copytree(ROOT / "experiments", folder / "experiments", ignore=shutil.ignore_patterns("evidence"))
    shutil.copy(ROOT / "segdsl.toml", folder)
    made = call("snapshot", "--as-of", "2026-11-01", cwd=folder)
    assert made.exit_code == 0, made.output
    sources = made.stdout[made.stdout.index("[sources.") :].replace("sources.snapshot-2026-11-01", "sources.typed")
    with (folder / "segdsl.toml").open("a", encoding="utf-8") as file:
        file.write("\n" + sources)
    return folder
