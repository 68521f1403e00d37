"""The command `segdsl`: one command a file in this folder, imported when it is used."""

from __future__ import annotations

import gc
import importlib
import os
import sys
import time
from typing import Any

import click

from segdsl.version import __version__

COMMANDS = {
    "demo": "Show what segdsl says of a made-up software company: who belongs where, who moved and why, what a change would do.",
    "init": "Begin a workspace: from your own exports, or a small runnable one.",
    "new": "Write a framework as rules with their tests: RFM, lifecycle, health, value tiers and more.",
    "try": "Try a condition on the data: how many, how much, ten of them, how many unknown and why.",
    "check": "Check all rules: names, types, units, values and time, before anything runs.",
    "fmt": "Lay out rule files in the one way; every word and comment stays.",
    "test": "Test the rules.",
    "data": "Look at the data itself.",
    "fields": "List the fields that rules can read: type, share missing, examples, and which rules read them.",
    "run": "Assign every customer: all rules, or those named.",
    "sql": "Print the query that says who is in a rule, for the engine's own client.",
    "runs": "List the runs that the ledger remembers, by when they ran; or, with a run's number or `last`, say who moved and why.",
    "snapshot": "Copy the data of a source as it is known as of a day, as Parquet files.",
    "explain": "Say why a customer is where it is: every clause with its values, and what would take it elsewhere.",
    "list": "List who is in a segment, an arm or a condition, those worth most first.",
    "plays": "List the plays: who gets each, by which channel, how often; and `show` one to a customer.",
    "export": "Deliver plays: who gets what today, with an account that adds up; or withdraw an export.",
    "diff": "Compare two versions of the rules: what changed in meaning, and who moves.",
    "overlap": "Say whether two segments, or arms by their conditions, can have a customer in common, and how many have.",
    "profile": "Say what marks the customers of a segment, or of each arm, out from the others.",
    "goals": "Measure each goal at every outcome window that has closed, and say whether it is on track.",
    "attrition": "Say what each clause of a segment or arm costs: alone, in turn, and left out.",
    "discover": "Look for groups of customers whose outcome differs from others', or who stand apart, and write them as rules.",
    "experiment": "Compare a candidate segmentation with the incumbent.",
    "drift": "Say how the segments of a segmentation moved between two days, and whether chance gives as much.",
    "promote": "Put a candidate in the incumbent's place, and write a record of why.",
    "promotions": "List what was promoted, put back and retired, the latest last.",
    "rollback": "Put a segmentation back as it was before it was last promoted or retired, with its tests, and write a record of it.",
    "retire": "Take a live segmentation out of the rules, with the tests that hold no more, and write a record of it.",
}
"""What `--help` says of each command, in its order: what its own help begins with, so that no command is imported to be listed."""


_COLLECT = (50_000, 20, 100)
"""When garbage is looked for. A command makes little, and Python's own thresholds look through all rules again and again."""


class Commands(click.Group):
    """The files of this folder that don't start with `_`, which `COMMANDS` lists."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        # A stream may be closed by the caller, as with `>&-`; the next file opened would get its number.
        for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
            if getattr(sys, name) is None:
                setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
        _refuse_a_clock_far_ahead()
        gc.set_threshold(*_COLLECT)
        return super().main(*args, **kwargs)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS]  # `list` is a command of this package

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        limit = formatter.width - 6 - max(map(len, COMMANDS))
        listed = [(n, click.Command(n, help=help).get_short_help_str(limit)) for n, help in COMMANDS.items()]
        with formatter.section("Commands"):
            formatter.write_dl(listed)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"segdsl.cli.{cmd_name}_" if cmd_name == "try" else f"segdsl.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from segdsl.resolve.problems import nearest_help

            help = nearest_help(args[0], COMMANDS)
            ctx.fail(f"no command `{args[0]}`" + (f"; {help}" if help else ""))
        return super().resolve_command(ctx, args)


def _refuse_a_clock_far_ahead() -> None:
    """Python itself doesn't begin at a time that it has no number for."""
    try:
        time.time()
    except OverflowError:
        from segdsl.cli import _shared as shared

        shared.note(
            "the clock of this machine stands after April 2262, which no program here can count: set it, and run again"
        )
        sys.exit(shared.DATA)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="segdsl")
def main() -> None:
    """Rules as code for customer segmentation: checked, tested, evaluated and explained.

    \b
    Start with   segdsl demo
    then         segdsl check     in a folder with a segdsl.toml
    """


if __name__ == "__main__":
    main()
