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
    if files.kind_of(profile.path) != "text" or not rows:
        return plain
    encoding = profile.source.formats.encoding or files.encoding_of(profile.path)
    try:
        with profile.path.open(encoding=encoding, newline="") as file:
            body = itertools.islice(file, profile.source.skip_rows, None)
            first = next(body, "")
            reader = csv.reader(itertools.chain([first], body), delimiter=max(DELIMITERS, key=first.count))
            above = profile.source.header_rows + profile.source.skip_below_header
            beginnings: list[int] = []
            line = profile.source.skip_rows + 1
            for cells in reader:
                if cells:
                    beginnings.append(line)
                if len(beginnings) > above + max(rows):
                    break
                line = profile.source.skip_rows + 1 + reader.line_num
            return {row: beginnings[above + row] for row in rows if above + row < len(beginnings)}
    except (OSError, ValueError, csv.Error):
        return plain
