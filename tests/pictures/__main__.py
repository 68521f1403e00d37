"""Makes the pictures again: `python -m tests.pictures`."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.pictures.pictures import PICTURES, made


def main() -> None:
    with TemporaryDirectory() as folder:
        for name, svg in made(Path(folder)).items():
            (PICTURES / name).write_text(svg, encoding="utf-8")
            print(f"wrote {PICTURES / name}")


main()
