"""Where deliveries go: a file a kind of destination, each of them a `Destination` of `activation/delivery.py`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from segdsl.activation.delivery import Destination
from segdsl.activation.destinations.files import Files
from segdsl.activation.destinations.postgres import Postgres
from segdsl.activation.destinations.webhook import Webhook
from segdsl.diagnostics import Diagnostic
from segdsl.resolve.problems import nearest
from segdsl.run.errors import UsageError
from segdsl.workspace.destinations import FilesSettings, PostgresSettings, WebhookSettings
from segdsl.workspace.inputs import refuse_over_inputs
from segdsl.workspace.load import Workspace


def destination(workspace: Workspace, name: str, plays: Sequence[str]) -> Destination:
    """The destination `[destinations.NAME]`, for those of `plays` that go there.

    Raises `UsageError` for a name that `segdsl.toml` hasn't, and `Refusal` for files over the workspace's own.
    """
    declared = workspace.config.destinations
    if name not in declared:
        near = nearest(name, declared)
        known = f"it has {', '.join(declared)}" if declared else f'write [destinations.{name}] with kind = "files"'
        message = f"segdsl.toml has no destination `{name}`"
        raise UsageError(Diagnostic("SEG0752", message, help=f"did you mean `{near}`?" if near else known))
    settings = declared[name]
    own = tuple(p for p in plays if not settings.plays or p in settings.plays)
    match settings:
        case FilesSettings():
            files = Files(name, settings, workspace.root, own)
            refuse_over_inputs(workspace, files.targets)
            return files
        case PostgresSettings():
            return Postgres(name, settings, own)
        case WebhookSettings():
            return Webhook(name, settings)
        case _:
            assert_never(settings)
