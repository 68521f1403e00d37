"""Lists, holidays and messages that rules name, read with the rules and reviewed in the same pull request.

Only files inside the workspace are read. A cell that doesn't fit is an error with its line: nothing is skipped
silently.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from segdsl.bounds import A_LISTED, WRONG_ROWS, TooMuchWork, Work
from segdsl.diagnostics import Diagnostic, Source, Span
from segdsl.files.paths import cells_in_words, is_file, leads_outside
from segdsl.lang import tree
from segdsl.model import types as ty
from segdsl.model import versions
from segdsl.model.clock import EARLIEST, LATEST
from segdsl.model.schema import Relation
from segdsl.model.segment import Model, Segmentation

Read = Callable[[Path], Source | None]
"""Reads a text file of the workspace, or reports why it can't and returns None."""
_TRUTHS = {"true": True, "yes": True, "false": False, "no": False}


def files_named(d: tree.Declaration) -> Iterator[tree.Text]:
    """Each file that a declaration names: of a list, of holidays, of a message."""
    if isinstance(d, tree.ListFile):
        yield d.path
    elif isinstance(d, tree.Calendar) and d.holidays is not None:
        yield d.holidays
    elif isinstance(d, tree.Play):
        yield from (c.text for c in d.clauses if isinstance(c, tree.Message) and c.is_file)


@dataclass(frozen=True)
class Files:
    """Reads the files that declarations name, each once, within the work budget.

    `problems` collects the findings.
    `folder` has all files, if somebody names one; else each lies beside the rule file that names it, or below.
    """

    root: Path
    read: Read
    problems: list[Diagnostic]
    work: Work
    folder: Path | None = None
    _sources: dict[Path, Source | None] = field(default_factory=dict)

    def holidays(self, files: Sequence[tree.File]) -> dict[str, tuple[dt.date, ...]]:
        """Days of each calendar's file, ascending: the first column, with or without a heading."""
        declared = [d for f in files for d in f.declarations if isinstance(d, tree.Calendar) and d.holidays is not None]
        return {d.name.text: self._days(d.holidays) for d in declared if d.holidays is not None}

    def messages(self, files: Sequence[tree.File]) -> dict[str, Source]:
        """The file that each play's message is in, by play."""
        plays = [d for f in files for d in f.declarations if isinstance(d, tree.Play)]
        named = {d.name.text: c.text for d in plays for c in d.clauses if isinstance(c, tree.Message) and c.is_file}
        sources = {play: self._source(text) for play, text in named.items()}
        return {play: source for play, source in sources.items() if source is not None}

    def _days(self, named: tree.Text) -> tuple[dt.date, ...]:
        file = self._file(named)
        days: set[dt.date] = set()
        for i, (line, row) in enumerate(file.rows() if file is not None else ()):
            day = _date(row[0].strip()) if row else None
            if day is not None:
                days.add(day)
            elif file is not None and (i or any(c.isdigit() for c in row[0])):
                file.wrong(line, f"`{row[0]}` is no day", "holidays are written YEAR-MONTH-DAY, one a line")
        return tuple(sorted(days))

    def lists(self, files: Sequence[tree.File], model: Model) -> dict[str, tuple[Mapping[str, Any], ...]]:
        """Rows of each list, in canonical form."""
        rows: dict[str, tuple[Mapping[str, Any], ...]] = {}
        for d in (d for f in files for d in f.declarations if isinstance(d, tree.ListFile)):
            relation = model.schema.relations.get(d.name.text)
            file = self._file(d.path) if relation is not None else None
            if relation is not None and file is not None:
                rows[relation.name] = tuple(_List(relation, model, file).rows())
        return rows

    def _file(self, named: tree.Text) -> _File | None:
        source = self._source(named)
        return _File(source, named.span, self.problems, self.work) if source is not None else None

    def _source(self, named: tree.Text) -> Source | None:
        """Text of a named file, never outside the workspace or the folder of the lists."""
        beside_the_rules = self.folder is None
        path = (self.folder or (self.root / named.span.source.path).parent) / named.value
        if "\0" in named.value or leads_outside(path, self.folder or self.root):
            place = "the workspace" if beside_the_rules else "the folder of the lists"
            help = "put it beside the rules" if beside_the_rules else "put it there"
            self.problems.append(Diagnostic("SEG0612", f"this file lies outside {place}", named.span, help=help))
            return None
        if not is_file(path):
            looked_for = f"it is looked for in {self.folder}; lists= names another folder"
            help = "a path is relative to the rule file" if beside_the_rules else looked_for
            self.problems.append(Diagnostic("SEG0612", f"no file `{named.value}`", named.span, help=help))
            return None
        if path not in self._sources:
            source = self._sources[path] = self.read(path)
            self.work.more(len(source.text) if source is not None else 0)
        return self._sources[path]


@dataclass
class _File:
    """Rows of a file named by rules, with the findings."""

    source: Source
    named: Span
    problems: list[Diagnostic]
    work: Work
    _wrong: int = 0

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """(line number, cells) of each non-empty row; the delimiter is a comma or a semicolon, by the heading.

        Ends with a finding after too many wrong rows, or without remaining work.
        """
        head = self.source.text.partition("\n")[0]
        reader = csv.reader(io.StringIO(self.source.text), delimiter=";" if head.count(";") > head.count(",") else ",")
        try:
            for row in reader:
                self.work.spend(len(row) + A_LISTED)
                if any(c.strip() for c in row):
                    yield reader.line_num, row
                if self._wrong >= WRONG_ROWS.most:
                    self.problems.append(WRONG_ROWS.stopped(self._line(reader.line_num)))
                    return
        except csv.Error as error:
            self.wrong(
                max(1, reader.line_num), f"the file can't be read from here: {cells_in_words(error)}", "mend this line"
            )
        except TooMuchWork:
            self.problems.append(self.work.finding(f"`{self.source.path}`, after the lists before it,", self.named))

    def wrong(self, line: int, message: str, help: str) -> None:
        self._wrong += 1
        self.problems.append(Diagnostic("SEG0613", message, self._line(line), help=help))

    def _line(self, line: int) -> Span:
        start, end = self.source.line_bounds(line)
        return Span(self.source, start, max(start + 1, end))


_Days = tuple[dt.date, dt.date, int]
"""First and last day of a row, and its line number."""


@dataclass(frozen=True)
class _List:
    """Rows of one list, read by their declared types."""

    relation: Relation
    model: Model
    file: _File

    def rows(self) -> Iterator[dict[str, Any]]:
        lines = self.file.rows()
        first = next(lines, None)
        columns = self._columns(first[1] if first is not None else [])
        if columns is None:
            return
        seen: dict[object, list[_Days]] = {}
        overriding = [
            r for r in self.model.segmentations.values() if r.override and r.override.relation == self.relation.name
        ]
        for line, cells in lines:
            row = self._row(line, cells, columns)
            if row is None or not self._is_unique(row, line, seen):
                continue
            for rule in overriding:
                self._known_arm(rule, row, line)
            yield row

    def _columns(self, heading: Sequence[str]) -> dict[str, int] | None:
        """Position of each declared column; None where a required one is missing."""
        places = {_folded(h): i for i, h in enumerate(heading)}
        places_of_columns = {c: places[_folded(c)] for c in self.relation.fields if _folded(c) in places}
        lacking = [
            c
            for c in self.relation.fields
            if c not in places_of_columns and c not in ("from", "expires", "owner", "reason")
        ]
        if lacking:
            have = ", ".join(f"`{h}`" for h in heading[:8]) or "nothing"
            help = f"`{self.relation.name}` declares it, so the first line has its name; it has {have}"
            self.file.wrong(1, f"no column `{lacking[0]}`", help)
            return None
        return places_of_columns

    def _row(self, line: int, cells: Sequence[str], columns: Mapping[str, int]) -> dict[str, Any] | None:
        row: dict[str, Any] = dict.fromkeys(self.relation.fields)
        for column, place in columns.items():
            written = cells[place] if place < len(cells) else ""
            typed = self._type(column)
            value = read_cell(written, typed)
            if value is None and written.strip():
                self.file.wrong(line, f"`{written}` of `{column}` is not {typed}", _help(typed))
                return None
            row[column] = value
        if row[self.relation.listed_column] is None:
            self.file.wrong(line, f"`{self.relation.listed_column}` is empty", "every row of a list names something")
            return None
        return row

    def _type(self, column: str) -> ty.Type:
        typed = self.relation.fields[column].type
        if isinstance(typed, ty.Link):
            target = self.model.schema.relations[typed.entity]
            key_type = target.fields[target.key or ""].type
            return key_type if key_type == ty.INTEGER else ty.TEXT
        return typed

    def _is_unique(self, row: Mapping[str, Any], line: int, seen: dict[object, list[_Days]]) -> bool:
        """Whether no other row has the customer on the same days."""
        start, end = row["from"] or dt.date.min, row["expires"] or dt.date.max
        if start > end:
            self.file.wrong(line, "this row expires before it counts", "`from` is the first day, `expires` the last")
            return False
        if self.relation.of is None:
            return True
        key = row[self.relation.listed_column]
        days = seen.setdefault(key, [])  # ascending, without overlaps
        place = bisect_left(days, (start, end, line))
        overlapping = [n for a, b, n in days[max(0, place - 1) : place + 1] if a <= end and start <= b]
        if overlapping:
            self.file.wrong(
                line,
                f"`{key}` stands on line {min(overlapping)} too, for the same days",
                "keep one, or let one expire before",
            )
            return False
        days.insert(place, (start, end, line))
        return True

    def _known_arm(self, rule: Segmentation, row: Mapping[str, Any], line: int) -> None:
        """Check that a segmentation with overrides from this list has the arm."""
        arms = [a.name for a in rule.all_arms]
        if row["arm"] is not None and row["arm"] not in arms:
            self.file.wrong(line, f"`{row['arm']}` is no arm of `{rule.name}`", f"arms are {', '.join(arms)}")


def read_cell(written: str, typed: ty.Type) -> Any:
    """Cell in canonical form; None for an empty cell, and one that doesn't fit its type."""
    text = written.strip()
    if not text:
        return None
    match typed:
        case ty.Text():
            return written if written.strip() == written else text
        case ty.Enum(values=values):
            return text if text in values else None
        case ty.Boolean():
            return _TRUTHS.get(text.lower())
        case ty.SetOfText():
            return frozenset(p.strip() for p in text.split(";") if p.strip())
        case ty.Date():
            return _date(text)
        case ty.Timestamp():
            return _instant(text)
        case ty.Version():
            return versions.encoded(text)
        case ty.Real():
            return _number(text, None)
        case ty.Integer() | ty.Number() | ty.Money() | ty.Constant() | ty.Moment() | ty.Link():
            return _number(text, ty.scale(typed))


def _number(text: str, scale: int | None) -> int | float | None:
    try:
        number = Decimal(text.replace("_", ""))
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) >= Decimal(10) ** 18:
        return None
    if scale is None:
        return float(number)
    scaled = number * scale
    return int(scaled) if scaled == scaled.to_integral_value() else None


def _date(text: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST and len(text) == 10 else None


def _instant(text: str) -> dt.datetime | None:
    """Timestamp with its offset, otherwise in UTC."""
    try:
        instant = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant.astimezone(dt.UTC).replace(tzinfo=None) if instant.tzinfo is not None else instant


def _folded(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())


def _help(typed: ty.Type) -> str:
    match typed:
        case ty.Date():
            return "dates are written YEAR-MONTH-DAY, as in 2026-11-01"
        case ty.Boolean():
            return "true or false"
        case ty.Enum(values=values):
            return f"one of {ty.quoted(values)}"
        case ty.Version():
            return "up to four numbers, as in 10.2 or 10.2.1-beta"
        case ty.Integer() | ty.Number() | ty.Real() | ty.Money() | ty.Constant():
            return "numbers are written plainly, as in 1234.5"
        case ty.Text() | ty.SetOfText() | ty.Timestamp() | ty.Moment() | ty.Link():
            return ""
