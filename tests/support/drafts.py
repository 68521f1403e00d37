"""A workspace drafted from exports: what `init` said, the model it wrote, and counts on the data."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.cli import as_json, call


def init(folder: Path, *files: str | Path) -> str:
    result = call("init", "--from", *map(str, files), cwd=folder)
    assert result.exit_code == 0, result.output
    return result.output


def model(folder: Path) -> str:
    """Without comments, on one blank."""
    text = (folder / "model.seg").read_text(encoding="utf-8")
    return re.sub(r"\s+", " ", re.sub(r"\s+#.*", "", text))


def suggested(output: str) -> str:
    found = re.search(r"segdsl try '(.*)'", output)
    assert found is not None
    return found[1]


def counts(folder: Path, condition: str, *more: str) -> tuple[int, int, int]:
    record = as_json(call("try", condition, "--as-of", "2026-11-01", "--format", "json", *more, cwd=folder))
    return record["taken"], record["unknown"], record["total"]
