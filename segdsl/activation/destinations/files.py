"""Destination: files, one a play, as a whole list or as changes; the same bytes for the same export."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from segdsl.activation.delivery import Deliveries, Outcome, Plan
from segdsl.activation.destinations.fates import DestinationError, Fates, refusal
from segdsl.activation.destinations.layouts import LAYOUTS, Layout, Sheet, sheet
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

    def plan(self, deliveries: Deliveries, log: Log) -> Plan:
        rows = {play: sheet.count for play, sheet in self._sheets(deliveries).items()}
        steps = [f"write {as_written(self._target(play))}, {n:,} {plural('row', n)}" for play, n in rows.items()]
        return Fates(self.name, log, self._listed(deliveries)).plan(self.settings.folder, steps)

    def send(self, deliveries: Deliveries, log: Log) -> Outcome:
        """Write the files, also where every delivery was written before: they are the same then."""
        fates = Fates(self.name, log, self._listed(deliveries))
        staged = {play: Staged.alone(self._target(play).absolute()) for play in self.plays}
        put: dict[str, Path] = {}
        stopped = None
        written = {play: self._written(sheet) for play, sheet in self._sheets(deliveries).items()}
        try:
            write_aside(written, staged)
            del written
            fates.begin(fates.everything)
            for play, file in staged.items():
                file.put()
                put[play] = self._target(play)
        except CannotWrite as error:
            with contextlib.suppress(LogError):  # on the same full disk, where the files are what matters
                fates.begin(fates.everything)
                fates.not_sent(fates.everything)
            return fates.outcome(stopped=self._stopped(error.diagnostics[0].message))
        except OSError as error:
            fates.not_sent(fates.of_plays({*self.plays} - {*put}))
            stopped = self._stopped(f"{file.target} can't be written: {error.strerror or error}")
        finally:
            for file in staged.values():
                file.discard()
        fates.sent(fates.of_plays(put))
        return fates.outcome(list(put.values()), stopped)

    def _stopped(self, why: str) -> Diagnostic:
        return refusal(self.name, why, "free the folder or the disk, and export again")

    def _listed(self, deliveries: Deliveries) -> Deliveries:
        """Those that get a row: who left only among changes, and in no list of tasks."""
        if self.settings.mode == "whole" or (self.settings.layout != "plain" and self._layout.in_play is None):
            return deliveries.where(lambda rows: rows.change != "left")
        return deliveries.where(lambda rows: rows.change is not None)

    @property
    def _layout(self) -> Layout:
        return LAYOUTS[self.settings.layout]

    @property
    def targets(self) -> list[Path]:
        return [self._target(play) for play in self.plays]

    def _target(self, play: str) -> Path:
        return self.root / self.settings.folder / f"{play}.{self.settings.format}"

    def _sheets(self, deliveries: Deliveries) -> dict[str, Sheet]:
        """The rows of each play's file. Raises `DestinationError`."""
        if unknown := {rows.play for rows in deliveries.rows} - {*self.plays}:
            raise DestinationError(
                refusal(self.name, f"it has no file for `{min(unknown)}`", "name the play in `plays`")
            )
        settings, listed, sheets = self.settings, self._listed(deliveries), {}
        for play in self.plays:
            own = listed.where(lambda rows, play=play: rows.play == play)  # type: ignore[misc]
            made = sheet(self.name, self._layout, own, settings.columns, settings.left, settings.mode == "changes")
            if settings.format == "xlsx" and made.count > MOST_ROWS:
                why = f"{made.count:,} rows of `{play}` are more than a workbook has ({MOST_ROWS:,})"
                raise DestinationError(refusal(self.name, why, 'write format = "csv"'))
            sheets[play] = made
        return sheets

    def _written(self, sheet: Sheet) -> Columns | Callable[[], Path]:
        return (lambda: sheet.csv("output")) if self.settings.format == "csv" and sheet.parts else sheet.columns()
