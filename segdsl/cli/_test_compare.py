"""`segdsl test compare`: a list that a person made, held against the rules."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from segdsl.cli import _shared as shared


@click.command("compare")
@click.argument("list_", metavar="LIST", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@shared.workspace_option
@shared.as_of_option
@shared.source_option
@shared.format_option("judgements")
def compare(list_: Path, workspace: Path | None, as_of: str | None, source: str | None, format_: str) -> None:
    """Hold a list made by hand against the rules: who differs, by which clause, and how near the border is.

    LIST is a .csv or .xlsx with a column of keys or names and one `expect.RULE` for each rule judged. Ends with 1 if
    somebody differs.
    """
    from segdsl.run.evaluate import chosen_rules, clock_for, source_config
    from segdsl.run.recorded import with_recorded_runs
    from segdsl.testing.suite import judgements as judged
    from segdsl.whatif.customers import CustomerLookup

    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        judgements = judged.read(list_, loaded.model)
        rules = chosen_rules(loaded.model, list(dict.fromkeys(j.rule for j in judgements)))
        with shared.progress(f"{len(judgements):,} judgements"):
            clock = clock_for(loaded.zone, as_of)
            recorded = with_recorded_runs(loaded, source, clock)
            among = CustomerLookup.of(recorded, rules, source_config(loaded, source), clock)
            differences = list(judged.differences(judgements, among))
        shared.show("judgements", format_, len(judgements), differences)
    if differences or not judgements:
        sys.exit(shared.FINDINGS)
