"""The workspace of a phrase's examples."""

from __future__ import annotations

from pathlib import Path

from segdsl.diagnostics import Source
from segdsl.ops.phrase import EXAMPLE_MODEL, Phrase
from segdsl.workspace.config import Config
from segdsl.workspace.load import Workspace, build, sound


def workspace_of(phrase: Phrase) -> Workspace:
    sources = [Source("model.seg", EXAMPLE_MODEL), Source(f"{phrase.name}.seg", phrase.examples)]
    return sound(build(Path(), Config(), sources, []))
