"""Trust in the tool's own files in a workspace (ledger, journal, salt): only files that no checkout can have brought."""

from __future__ import annotations

from pathlib import Path

from segdsl.files import atomic, git

FOLDER = ".segdsl"


def planted(path: Path) -> str:
    """Reason why one of the tool's own files may be somebody else's; "" for a trusted one.

    A ledger or journal names files to replace, so it must come neither with a repository nor over a link.
    """
    link = next((p for p in _path_to_check(path.absolute()) if p.is_symlink()), None)
    if link is not None:
        return f"{link} is a link"
    irregular = next((p for p in _companions(path) if p.exists() and not p.is_file()), None)
    if irregular is not None:
        return f"{irregular} is no file"
    if not path.parent.is_dir():
        return ""
    try:
        tracked = git.tracks(path.parent, Path(f"{path.name}*"))
    except git.NoAnswer as refused:
        return f"git doesn't say whether the repository brought it ({refused})"
    return "git tracks it: it came with the repository" if tracked else ""


def _path_to_check(path: Path) -> list[Path]:
    """The file with its companions, and the folders up to the workspace or repository; outside both, its own folder."""
    companions = _companions(path)
    folders: list[Path] = []
    for folder in path.parents:
        if (folder / "segdsl.toml").is_file() or (folder / ".git").exists():
            return [*companions, *folders]
        folders.append(folder)
    return [*companions, *folders[:1]]


def _companions(path: Path) -> list[Path]:
    """The file, and the files that an engine writes next to it."""
    return [path, path.with_name(f"{path.name}.wal"), path.with_suffix(".lock")]


def own_folder(path: Path) -> None:
    """Make a folder that git ignores; raises `OSError`."""
    atomic.folder(path)
    if not (path / ".gitignore").is_file():
        atomic.replace(path / ".gitignore", b"*\n")
