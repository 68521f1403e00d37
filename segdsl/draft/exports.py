"""Files and folders that a person names -> the profiles of the tables in them, and which files hold none, with the reason."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from segdsl.data import files
from segdsl.diagnostics import Diagnostic
from segdsl.draft.profile import Profile
from segdsl.draft.tables import read_tables

_LARGE = 50_000_000  # bytes of a file that are worth a word while it is read


@dataclass(frozen=True)
class Looked:
    """The tables of a person's files, and which files or sheets hold none, with the reason."""

    profiles: tuple[Profile, ...]
    left_out: tuple[str, ...] = ()


def look_at(
    con: duckdb.DuckDBPyConnection,
    paths: Sequence[Path],
    aside: Path,
    without: Sequence[Path] = (),
    report: Callable[[str], None] = lambda _: None,
    kept: Path | None = None,
) -> Looked:
    """The tables of files and folders, but for files in `without`; `report` is told what is being read.

    `kept`: folder of sheets that were read before.

    Raises `DataError` for a file that isn't there, and where no file can be read.
    """
    left_out: list[str] = []
    refused: list[files.DataError] = []
    profiles: list[Profile] = []
    for group in _tables(list(_readable(paths, without, left_out, refused))):
        report(_in_words(group))
        try:
            tables, empty = read_tables(con, group, pattern_of(group[0]), aside, len(profiles), kept)
        except files.DataError as error:
            refused.append(error)
            continue
        profiles += tables
        left_out += empty
    if not profiles:
        raise refused[0] if refused else _no_table(left_out)
    return Looked(tuple(profiles), (*left_out, *(d.message for error in refused for d in error.diagnostics)))


def _no_table(left_out: Sequence[str]) -> files.DataError:
    message = "no file has a table with rows" + (f": {'; '.join(left_out[:5])}" if left_out else "")
    return files.DataError(Diagnostic("SEG0701", message, help=files.READS))


def _in_words(group: Sequence[Path]) -> str:
    size = sum(p.stat().st_size for p in group)
    return f"looking at every row of {group[0].name}" + (f" ({size // 1_000_000:,} MB)" if size > _LARGE else "")


# -- which files ------------------------------------------------------------------------


def _readable(
    paths: Sequence[Path], without: Sequence[Path], left_out: list[str], refused: list[files.DataError]
) -> Iterator[Path]:
    """Files of a kind that is read, each content once. Raises `DataError` for one that was named and isn't there."""
    seen: dict[str, Path] = {}
    unwanted = {p.resolve() for p in without}
    for path, is_named in _files(paths):
        if path.resolve() in unwanted:
            left_out.append(f"{path.name}: as asked")
            continue
        if not path.is_file():
            raise files.unreadable(path, "no such file")
        if files.kind_of(path) is None:
            if is_named:
                refused.append(files.unknown_kind(path))
            else:
                why = "it is packed, so unpack it first" if files.is_packed(path) else "unknown kind of file"
                left_out.append(f"{path.name}: {why}")
            continue
        content = _digest(path)
        if content in seen:
            left_out.append(f"{path.name}: the same as {seen[content].name}")
        else:
            seen[content] = path
            yield path


def _files(paths: Sequence[Path]) -> Iterator[tuple[Path, bool]]:
    """Each file, and whether it was named itself; of a folder all that lies there, by name, but for hidden ones and segdsl's own."""
    for path in paths:
        if not path.is_dir():
            yield path, True
            continue
        for inner in sorted(path.iterdir(), key=lambda p: (len(p.name), p.name)):  # a copy has the longer name
            if (
                inner.is_file()
                and not inner.name.startswith((".", "~$"))
                and inner.suffix not in (".seg", ".toml", ".md")
            ):
                yield inner, False


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# -- which of them are one table ----------------------------------------------------------


def _tables(paths: Sequence[Path]) -> list[tuple[Path, ...]]:
    """Files that are parts of one table together: `logins-2025.csv` and `logins-2026.csv`, where no other file has such a name."""
    groups: dict[tuple[Path, str], list[Path]] = {}
    for path in paths:
        groups.setdefault((path.parent, pattern_of(path)), []).append(path)
    parted: list[tuple[Path, ...]] = []
    for (folder, pattern), group in groups.items():
        kinds = {files.kind_of(path) for path in group}
        whole = len(group) > 1 and kinds in ({"text"}, {"parquet"})
        if whole and sorted(p for p in folder.glob(pattern) if p.is_file()) == sorted(group):
            parted.append(tuple(group))
        else:
            parted += [(path,) for path in group]
    return sorted(parted, key=lambda g: paths.index(g[0]))


def pattern_of(path: Path) -> str:
    """The name with `*` for the digits that it ends with: a part's number, or a date."""
    stem = re.sub(r"\d[\d_.-]*$", "*", path.stem)
    return stem + path.suffix if stem != "*" else path.name
