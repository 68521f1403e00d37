"""Makes the small data of this workspace, what tests and `segdsl run` read: python rules/data/generate.py"""

from pathlib import Path

from segdsl.demo.exports import SEEN, write
from segdsl.demo.world import generate

ACCOUNTS, SEED = 300, 7


def main(folder: Path = Path(__file__).parent) -> None:
    write(generate(ACCOUNTS, SEED), folder, "csv", SEEN)


if __name__ == "__main__":
    main()
