"""The command line, called in the process of the test."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from segdsl.cli import main


def call(*arguments: str, cwd: Path | None = None) -> Result:
    """Runs `segdsl` in this process; an exception other than an exit is a failure of the test."""
    before = Path.cwd()
    os.chdir(cwd or before)
    try:
        result = CliRunner().invoke(main, list(arguments))
    finally:
        os.chdir(before)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def as_json(result: Result) -> Any:
    return json.loads(result.stdout)
