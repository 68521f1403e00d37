"""Destination: files, one a play, as a whole list or as changes; the same bytes for the same export."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from segdsl.activation.delivery import Delivery, Outcome, Plan
from segdsl.activation.destinations.fates import DestinationError, Fates, refusal
from segdsl.activation.destinations.layouts import LAYOUTS, Layout, columns
from segdsl.activation.log.store import Log, LogError
from segdsl.diagnostics import Diagnostic
from segdsl.files.atomic import Staged
from segdsl.files.paths import as_written
from segdsl.run.output import MOST_ROWS, CannotWrite, Columns, write_aside
from segdsl.words.plural import plural
from segdsl.workspace.destinations import FilesSettings


@dataclass(frozen=True)
class Files:
    """A folder with a file for each of `plays`; one without deliveries gets a file without rows."""

    name: str
    settings: FilesSettings
    root: Path
    plays: tuple[str, ...]

    def plan(self, deliveries: Sequence[Delivery], log: Log) -> Plan:
        rows = {play: len(next(iter(columns.values()))) for play, columns in self._columns(deliveries).items()}
        steps = [f"write {as_written(self._target(play))}, {n:,} {plural('row', n)}" for play, n in rows.items()]
        return Fates(self.name, log, self._listed(deliveries)).plan(self.settings.folder, steps)

    def send(self, deliveries: Sequence[Delivery], log: Log) -> Outcome:
        """Write the files, also where every delivery was written before: they are the same then."""
        fates = Fates(self.name, log, self._listed(deliveries))
        staged = {play: Staged.alone(self._target(play).absolute()) for play in self.plays}
        put: dict[str, Path] = {}
        stopped = None
        by_play = self._columns(deliveries)
        try:
            write_aside(by_play, staged)
            del by_play
            fates.begin(fates.pending)
            for play, file in staged.items():
                file.put()
                put[play] = self._target(play)
        except CannotWrite as error:
            with contextlib.suppress(LogError):  # on the same full disk, where the files are what matters
                fates.begin(fates.pending)
                fates.not_sent(fates.pending)
            return fates.outcome(stopped=self._stopped(error.diagnostics[0].message))
        except OSError as error:
            fates.not_sent([d for d in fates.pending if d.play not in put])
            stopped = self._stopped(f"{file.target} can't be written: {error.strerror or error}")
        finally:
            for file in staged.values():
                file.discard()
        fates.sent([d for d in fates.pending if d.play in put])
        return fates.outcome(list(put.values()), stopped)

    def _stopped(self, why: str) -> Diagnostic:
        return refusal(self.name, why, "free the folder or the disk, and export again")

    def _listed(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Those that get a row: who left only among changes, and in no list of tasks."""
        if self.settings.mode == "whole" or (self.settings.layout != "plain" and self._layout.in_play is None):
            return [d for d in deliveries if d.change != "left"]
        return [d for d in deliveries if d.change is not None]

    @property
    def _layout(self) -> Layout:
        return LAYOUTS[self.settings.layout]

    @property
    def targets(self) -> list[Path]:
        return [self._target(play) for play in self.plays]

    def _target(self, play: str) -> Path:
        return self.root / self.settings.folder / f"{play}.{self.settings.format}"

    def _by_play(self, deliveries: Sequence[Delivery]) -> dict[str, list[Delivery]]:
        """The deliveries that get a row, by play, in an order that is the same for the same deliveries. Raises `DestinationError`."""
        by_play: dict[str, list[Delivery]] = {play: [] for play in self.plays}
        if unknown := {d.play for d in deliveries} - set(by_play):
            raise DestinationError(
                refusal(self.name, f"it has no file for `{min(unknown)}`", "name the play in `plays`")
            )
        for d in self._listed(deliveries):
            by_play[d.play].append(d)
        return {play: sorted(of_play, key=_order) for play, of_play in by_play.items()}

    def _columns(self, deliveries: Sequence[Delivery]) -> dict[str, Columns]:
        """The columns of each play's file. Raises `DestinationError`."""
        by_play: dict[str, Columns] = {}
        for play, of_play in self._by_play(deliveries).items():
            values = columns(self.name, self._layout, of_play, self.settings.columns, self.settings.left)
            if self.settings.mode == "whole":
                values.pop("change", None)
            if self.settings.format == "xlsx" and len(of_play) > MOST_ROWS:
                why = f"{len(of_play):,} rows of `{play}` are more than a workbook has ({MOST_ROWS:,})"
                raise DestinationError(refusal(self.name, why, 'write format = "csv"'))
            by_play[play] = values
        return by_play


def _order(d: Delivery) -> tuple[str, str, str]:
    return d.customer, d.recipient or "", d.key
