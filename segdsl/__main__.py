"""`python -m segdsl` is `segdsl`."""

from segdsl.cli import main

main()
