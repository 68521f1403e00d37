"""The files of a person's exports -> a .gitignore that keeps them, and what runs write of them, out of git."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path

from segdsl.data import files

_HEAD = "# customers' data doesn't belong in git"
_WRITTEN = (".segdsl/", "out/", "snapshots/", "segdsl.sarif", "segdsl-junit.xml")
_RULES = (".seg", ".toml", ".py", ".sql")  # beside these lies what git is to have


def ignored(exports: Sequence[Path], root: Path, there: str | None) -> str:
    """The text of the .gitignore: a new one, or the one that is there with the exports that it doesn't leave out."""
    lines = [] if there is None else there.splitlines()
    new = [place for place in _places(exports, root) if not _is_left_out(place, lines)]
    if there is None:
        return "\n".join([_HEAD, *new, *_WRITTEN, ""])
    start = f"{there}\n" if there and not there.endswith("\n") else there
    return start + "".join(f"{place}\n" for place in new)


def _places(exports: Sequence[Path], root: Path) -> list[str]:
    """Folders of exports, so that next week's are left out, too; single files where rules lie beside them."""
    top = root.resolve()
    return sorted({place for path in exports for place in _place(path.resolve(), top)})


def _place(path: Path, top: Path) -> Iterator[str]:
    folder = path if path.is_dir() else path.parent
    if not folder.is_relative_to(top):
        return
    if folder != top and not any(p.suffix in _RULES for p in folder.iterdir()):
        yield f"/{folder.relative_to(top).as_posix()}/"
        return
    for file in [path] if path.is_file() else folder.iterdir():
        is_export = file.is_file() and not file.name.startswith(".") and file.suffix not in _RULES
        if is_export and (files.kind_of(file) is not None or files.is_packed(file)):
            yield f"/{file.relative_to(top).as_posix()}"


def _is_left_out(place: str, lines: Iterable[str]) -> bool:
    """Whether a line names a file or folder, one that it lies in, or all files of such names."""
    path = Path(place.strip("/"))
    above = {p.as_posix() for p in (path, *path.parents)}
    patterns = [line.strip() for line in lines if not line.startswith(("#", "!"))]
    return any(p.removesuffix("/*").strip("/") in above or fnmatch(path.name, p) for p in patterns if p)
