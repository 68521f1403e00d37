"""Rows of a table -> the lines of the file they begin in, as an editor or a spreadsheet program counts: blank lines are no rows."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Collection, Mapping

from segdsl.data import files
from segdsl.draft.profile import Profile
from segdsl.workspace.config import DELIMITERS


def lines_of(profile: Profile, rows: Collection[int]) -> Mapping[int, int]:
    """The line of each row, which are counted from 0; in a workbook blank rows aren't looked for."""
    plain = {row: row + profile.first_line for row in rows}
    if files.KINDS.get(profile.path.suffix.lower()) != "text" or not rows:
        return plain
    encoding = profile.source.formats.encoding or files.encoding_of(profile.path)
    try:
        with profile.path.open(encoding=encoding, newline="") as file:
            body = itertools.islice(file, profile.source.skip_rows, None)
            header = next(body, "")
            reader = csv.reader(body, delimiter=max(DELIMITERS, key=header.count))
            beginnings = []
            line = profile.source.skip_rows + 2
            for cells in reader:
                if cells:
                    beginnings.append(line)
                if len(beginnings) > max(rows):
                    break
                line = profile.source.skip_rows + 2 + reader.line_num
            return {row: beginnings[row] for row in rows if row < len(beginnings)}
    except (OSError, ValueError, csv.Error):
        return plain
