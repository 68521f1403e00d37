"""Journal of changes to several files. `.segdsl/journal.json` lists the files before they are written; whoever opens
the workspace next finishes a decided change, and undoes an undecided one.

INVARIANT: once the workspace has been opened again, all files of a change are old, or all are new. A file that somebody
else has changed since is left alone, and reported.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from segdsl.diagnostics import Diagnostic, Refusal
from segdsl.files import atomic, locations, trusted
from segdsl.files.atomic import Content, Staged

NAME = "journal.json"
PATIENCE = 60  # seconds to wait for another change


class JournalError(Refusal):
    """A change can't begin, or an interrupted change can't be finished. Exit code 3."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Step:
    """A file to put in place, or to delete if `token` is "".

    `was`: hash of the file before; "" for no file.
    """

    target: Path
    token: str
    was: str

    @property
    def staged(self) -> Staged:
        return Staged(self.target, self.token)


def change(root: Path, contents: Mapping[Path, Content | None], read: Mapping[Path, str | None] | None = None) -> None:
    """Write files in this order, or delete those without content: all or none.

    `read`: texts that the change is based on, None for no file; where one differs by now, nothing is written. Raises
        `OSError`, and then all files are unchanged, and `JournalError` where an earlier change can't be finished.
    """
    if not contents:
        return
    with _locked(root):
        _settle(root)
        for path, text in (read or {}).items():
            _check_unchanged(path, text)
        steps = [_step(root, target, content) for target, content in contents.items()]
        _write(root, steps, decided=False)
        try:
            for step, content in zip(steps, contents.values(), strict=True):
                if content is not None:
                    atomic.folder(step.target.parent)
                    step.staged.write(content)
        except BaseException:
            _undo(steps)
            _end(root)
            raise
        _write(root, steps, decided=True)
        _do(steps)
        _end(root)


def settle(root: Path) -> tuple[Path, ...]:
    """Finish or undo an interrupted change; return the files that were put in place. Raises `JournalError`."""
    path = root / trusted.FOLDER / NAME
    if not path.is_symlink() and not path.exists():
        return ()
    try:
        with _locked(root):
            return _settle(root)
    except OSError as error:
        raise _error(root, f"{error.strerror or error}", "free the folder, and try again") from None


def _settle(root: Path) -> tuple[Path, ...]:
    steps, decided = _read(root)
    if not decided:
        _undo(steps)
        done: list[Step] = []
    else:
        done = [s for s in steps if _is_left(s)]
        changed_since = [s.target for s in done if _hash(s.target) != s.was]
        if changed_since:
            help = f"keep yours by deleting {root / trusted.FOLDER / NAME}, or bring the file back as it was, and try again"
            raise _error(root, f"{changed_since[0]} was changed since", help)
        _do(done)
    if steps:
        _end(root)
    return tuple(s.target for s in done)


def _is_left(step: Step) -> bool:
    return step.staged.aside.is_file() if step.token else step.target.exists()


def _do(steps: Sequence[Step]) -> None:
    for step in steps:
        if step.token:
            step.staged.put()
        else:
            atomic.remove(step.target)


def _undo(steps: Sequence[Step]) -> None:
    for step in steps:
        if step.token:
            step.staged.discard()


def _step(root: Path, target: Path, content: Content | None) -> Step:
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "a folder has that name")
    if locations.leads_out(root, target):
        raise PermissionError(errno.EPERM, "a link on the way leads out of the workspace")
    return Step(target, Staged.beside(target).token if content is not None else "", _hash(target))


def _check_unchanged(path: Path, text: str | None) -> None:
    """Raise `OSError` where a file differs from what was read, because another command or a person has changed it."""
    text_now = path.read_bytes().decode("utf-8-sig", "replace") if path.is_file() else None
    if text_now != text:
        raise OSError(errno.EBUSY, f"{path.name} was changed in the meantime; try again")


def _hash(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# -- the journal itself ------------------------------------------------------------------------------


@contextlib.contextmanager
def _locked(root: Path) -> Iterator[None]:
    import filelock

    folder = root / trusted.FOLDER
    why = trusted.planted(folder / NAME)
    if why:
        raise _error(root, why, f"take {trusted.FOLDER} out of the repository: git rm -r --cached {trusted.FOLDER}")
    trusted.own_folder(folder)
    try:
        with filelock.FileLock(folder / "journal.lock", timeout=PATIENCE):
            yield
    except filelock.Timeout:
        raise _error(root, f"another command has been writing for {PATIENCE} seconds", "try again later") from None


def _write(root: Path, steps: Sequence[Step], decided: bool) -> None:
    files = [{"path": locations.written(root, s.target), "token": s.token, "was": s.was} for s in steps]
    text = json.dumps({"decided": decided, "files": files}, indent=1, ensure_ascii=False)
    atomic.replace(root / trusted.FOLDER / NAME, text.encode())


def _end(root: Path) -> None:
    atomic.remove(root / trusted.FOLDER / NAME)


def _read(root: Path) -> tuple[list[Step], bool]:
    """(steps, whether the change is decided); no steps without a journal."""
    try:
        record = json.loads((root / trusted.FOLDER / NAME).read_bytes())
        steps = [_checked_step(root, str(f["path"]), str(f["token"]), str(f["was"])) for f in record["files"]]
        return steps, record["decided"] is True
    except FileNotFoundError:
        return [], False
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        help = f"delete {root / trusted.FOLDER / NAME}, and look with git at what changed"
        raise _error(root, f"its journal can't be read: {error}", help) from None


def _checked_step(root: Path, path: str, token: str, was: str) -> Step:
    """A step that a change could have written: a staged file, or a workspace file to delete. Raises `ValueError` for
    others.
    """
    return Step(locations.staged(root, path, token).target if token else locations.inside(root, path), token, was)


def _error(root: Path, why: str, help: str) -> JournalError:
    message = f"a change of {root.absolute().name} was interrupted and can't be finished, or none begun: {why}"
    return JournalError(Diagnostic("SEG0717", message, help=help))
