"""`segdsl demo`: two screens of what segdsl says of a made-up company, and with `--all` everything else it can say."""

from __future__ import annotations

from pathlib import Path

import click

from segdsl.cli import _shared as shared


@click.command("demo")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("out"),
    show_default=True,
    metavar="DIR",
    help="Where the workspaces go.",
)
@click.option("--all", "everything", is_flag=True, help="All rules, experiments, and a second company with real data.")
@click.option(
    "--accounts",
    type=click.IntRange(50, 1_000_000),
    default=20_000,
    show_default=True,
    help="How many accounts the made-up company has.",
)
@click.option("--seed", type=int, default=7, show_default=True, help="Another number, another company.")
@click.option("--dirty", is_flag=True, help="Write the data as exports of three systems too: the source `dirty`.")
def command(output: Path, everything: bool, accounts: int, seed: int, dirty: bool) -> None:
    """Show what segdsl says of a made-up software company: who belongs where, who moved and why, what a change would do.

    With --all also its experiments, and the same of real purchases of 2,469 households (which needs the extra `examples`).
    Your own data is not touched.
    """
    from segdsl import demo
    from segdsl.cli import _demo_all
    from segdsl.cli import _demo_screens as screens
    from segdsl.workspace.load import load_workspace

    with shared.failing():
        root = output / "software_company"
        with shared.progress(f"making up {accounts:,} accounts"):
            world = demo.prepare_company(root, accounts, seed, dirty)
        screens.title("A made-up software company", f"{accounts:,} accounts, {world.events:,} events")
        workspace = screens.checked(load_workspace(root))
        rules = [] if everything else [screens.RULE]
        with shared.progress("as of 1 October"):
            screens.run(workspace, rules, demo.EARLIER, root / "out")
        with shared.progress("as of 1 November"):
            kept = screens.run(workspace, rules, demo.AS_OF, root / "out")
        screens.say_data(kept.result.tables)
        screens.who_belongs_where(workspace, kept)
        screens.who_moved(workspace, kept)
        screens.say_why(workspace, demo.AS_OF, demo.CUSTOMER, [screens.RULE])
        screens.how_many(workspace)
        screens.along_a_range(workspace)
        screens.what_a_change_does(workspace)
        if everything:
            _demo_all.rest_of_the_company(workspace, kept)
            _demo_all.grocer(output)
    shared.say()
    shared.say(f"yours to play with: cd {output / 'software_company'}")
    shared.say(
        "your own data:      segdsl init --from FOLDER"
        + ("" if everything else "     everything else: segdsl demo --all")
    )
