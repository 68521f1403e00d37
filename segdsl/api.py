"""Python API: load rules once; pandas frames in, pandas frames out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from segdsl.data.files import DataError
from segdsl.diagnostics import Diagnostic, Refusal
from segdsl.words.explain import Explanation
from segdsl.workspace.config import NotAWorkspace, SourceConfig
from segdsl.workspace.load import BrokenWorkspace, RulesError, Workspace, sound

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DataError", "NotAWorkspace", "Refusal", "Rules", "RulesError"]

AsOf = str | dt.date | dt.datetime | None


@dataclass(frozen=True)
class Rules:
    """A loaded workspace. Its rules may have errors: `check` returns them, and all other methods raise `RulesError`."""

    workspace: Workspace | BrokenWorkspace

    def check(self) -> tuple[Diagnostic, ...]:
        """All findings on the rules, errors and warnings, in file order; nothing is evaluated."""
        from segdsl.lint.checks import checked

        return checked(self.workspace)

    def evaluate(
        self,
        frames: Mapping[str, pd.DataFrame] | None = None,
        as_of: AsOf = None,
        *,
        entity: str | None = None,
        rules: Sequence[str] = (),
        source: str | None = None,
    ) -> pd.DataFrame:
        """Assign every customer of one entity.

        `frames`: rows of each entity and table, by name; without frames, the source of `segdsl.toml` is read.
        `as_of`: a date (the start of that day in the workspace's zone) or a time; today by default.
        `entity`: the entity to assign; required where the rules are about several.
        `rules`: names of some rules; all but candidates by default.
        `source`: a source of `segdsl.toml`, in place of `default`.

        Returns one row for each customer that exists at `as_of`, sorted by key: `entity_id`; for each segmentation
        its arm and `<name>_status` (assigned, unknown, outside); for each segment a nullable boolean.
        Raises `RulesError` for rules with errors and unknown names, `DataError` for data that can't be used.
        """
        from segdsl.run.errors import UsageError
        from segdsl.run.evaluate import attach, chosen_rules, clock_for, evaluate, source_config

        workspace = sound(self.workspace)
        try:
            chosen = chosen_rules(workspace.model, rules)
            config = source_config(workspace, source) if frames is None else SourceConfig()
            clock = clock_for(workspace.zone, as_of)
        except UsageError as error:
            raise RulesError(error.diagnostics) from None
        entities = list(dict.fromkeys(r.entity for r in chosen))
        if entity is None and len(entities) != 1:
            help = f"say entity={entities[0]!r}" if entities else "declare a segment or segmentation"
            about = f"{len(entities)} entities" if entities else "no entity"
            raise RulesError([Diagnostic("SEG0606", f"the rules are about {about}", help=help)])
        wanted = entity or entities[0]
        chosen = [r for r in chosen if r.entity == wanted]
        engine = attach(workspace, chosen, config, clock, frames)
        return evaluate(workspace.model, chosen, engine, clock)[wanted]

    def explain(
        self,
        key: str,
        frames: Mapping[str, pd.DataFrame] | None = None,
        as_of: AsOf = None,
        *,
        rules: Sequence[str] = (),
        source: str | None = None,
    ) -> list[Explanation]:
        """Explain a customer's place by each rule: clauses with their values and reasons.

        `key`: the customer's key, or its name as a text field has it.
        Other arguments and errors are those of `evaluate`; an unknown key raises `RulesError`.
        """
        from segdsl.run.errors import UsageError
        from segdsl.whatif.customers import explanations

        workspace = sound(self.workspace)
        try:
            return explanations(workspace, key, rules, as_of, source, frames)[1]
        except UsageError as error:
            raise RulesError(error.diagnostics) from None
