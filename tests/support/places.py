"""Where rules put customers as of several days, asked of one session with the data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from segdsl.run.evaluate import attach, chosen_rules, clock_for, evaluate, source_config
from segdsl.workspace.load import load_workspace


def placed(root: Path, rules: Sequence[str], days: Sequence[str]) -> dict[str, pd.DataFrame]:
    """By day, one row a customer, as `segdsl run` writes it, with the key as index."""
    workspace = load_workspace(root)
    chosen = chosen_rules(workspace.model, rules)
    clocks = {day: clock_for(workspace.zone, day) for day in days}
    engine = attach(workspace, chosen, source_config(workspace, None), clocks[days[0]])
    frames = {day: evaluate(workspace.model, chosen, engine, clock) for day, clock in clocks.items()}
    return {day: frame.set_index("entity_id") for day, (frame,) in ((d, f.values()) for d, f in frames.items())}
