"""Measure how long `segdsl --help` and other commands take, as multiples of bare Python. Run: python benchmarks/startup.py"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.measure import medians, table

ROOT = Path(__file__).parent.parent
SCRIPT = str(Path(sys.executable).parent / "segdsl")


def command(*arguments: str):  # type: ignore[no-untyped-def]
    return lambda: subprocess.run(arguments, cwd=ROOT, capture_output=True, check=True)


if __name__ == "__main__":
    lines = sum(f.read_text(encoding="utf-8").count("\n") for f in ROOT.glob("rules/*.seg"))
    print(f"`rules/` has {lines} lines; medians of 21 rounds")
    found = medians(
        {
            "bare Python": command(sys.executable, "-I", "-S", "-c", "pass"),
            "Python with site": command(sys.executable, "-c", "pass"),
            "segdsl --help": command(SCRIPT, "--help"),
            "segdsl check": command(SCRIPT, "check"),
            "segdsl fmt --check": command(SCRIPT, "fmt", "--check"),
            "segdsl test": command(SCRIPT, "test"),
        },
        21,
    )
    print(table(found, "Python with site"))
