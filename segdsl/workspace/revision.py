"""Workspaces of git revisions and folders. A revision's files are read as committed; anything that can't be read so is
an error.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from segdsl.bounds import deep_stack
from segdsl.diagnostics import Diagnostic, Refusal, Source
from segdsl.files import git
from segdsl.lang.parse import LARGEST_FILE, parse
from segdsl.resolve.problems import listed
from segdsl.workspace.config import CONFIG, NotAWorkspace, load_config
from segdsl.workspace.lists import files_named
from segdsl.workspace.load import MOST_FILES, BrokenWorkspace, Workspace, load_workspace


class RevisionError(Refusal):
    """The revision or folder doesn't exist, can't be read, or its rules have errors. Exit code 2."""

    exit_code = 2


@contextlib.contextmanager
def workspace_at(what: str, root: Path) -> Iterator[Workspace]:
    """Workspace as of a git revision, or of a folder written as a path (`./old`). Raises `RevisionError`."""
    if _is_path(what):
        if not os.path.isdir(what):
            raise _error(f"there is no folder `{what}`", "a branch, tag or commit of git is named without `./`")
        yield _sound(load_workspace(Path(what)), what)
        return
    with workspace_of(what, root) as workspace:
        yield workspace


@contextlib.contextmanager
def workspace_of(revision: str, root: Path) -> Iterator[Workspace]:
    """Workspace as of a git revision, whatever folders have its name. Raises `RevisionError`."""
    commit = _commit(revision, root)
    with tempfile.TemporaryDirectory(prefix="segdsl-", ignore_cleanup_errors=True) as folder:
        try:
            unpack = _Revision.of(revision, commit, root).unpack(Path(folder).resolve())
            yield _sound(load_workspace(unpack), revision)
        except git.NoAnswer as refused:
            raise _unreadable(revision, refused) from None
        except NotAWorkspace as wrong:
            message = wrong.diagnostics[0].message.replace(f"{Path(folder).resolve()}/", "")
            raise _error(f"the workspace of `{revision}` can't be read: {message}", "name a later revision") from None


def texts_of(revision: str, root: Path, folder: str, suffix: str) -> dict[str, str]:
    """Files of a workspace folder as of a revision, by name. Raises `RevisionError`."""
    try:
        files_of_revision = _Revision.of(revision, _commit(revision, root), root)
        top = f"{files_of_revision.prefix}{folder}/"
        names = [p.removeprefix(top) for p in files_of_revision.entries if p.startswith(top) and p.endswith(suffix)]
        paths = [top + name for name in names if "/" not in name]
        return {
            path.removeprefix(top): content.decode("utf-8", "replace")
            for path, content in files_of_revision.contents(paths)
        }
    except git.NoAnswer as refused:
        raise _unreadable(revision, refused) from None


def since_common(text: str, root: Path) -> tuple[str, str] | None:
    """(merge base, head) for `main...HEAD`, as in git; None for other texts.

    Raises `RevisionError`.
    """
    if _is_path(text) or "..." not in text:
        return None
    one, _, other = text.partition("...")
    one, other = one or "HEAD", other or "HEAD"
    commits = [_commit(r, root) for r in (one, other)]
    try:
        shallow, common = git.is_shallow(root), git.common(root, *commits)
    except git.NoAnswer as refused:
        raise _error(f"git doesn't say where `{one}` and `{other}` left each other: {refused}", _ASK_GIT) from None
    if shallow:
        raise _error(f"where `{one}` and `{other}` left each other isn't known: the clone is shallow", _FETCH)
    if common is None:
        raise _error(f"`{one}` and `{other}` have no commit in common", f"compare them as they are: {one} {other}")
    return common, other


_ASK_GIT = "the workspace has to lie in a repository of git, and the name to be that of one commit"
_COMMIT = (
    "it has no commit yet: `git add segdsl.toml '*.seg'` and `git commit -m rules`; changes from then on are compared"
)
_BEGIN = (
    "begin one with `git init`, `git add segdsl.toml '*.seg'` and `git commit -m rules`: changes from then on are compared; "
    "or name a folder by its path, as in `./old`"
)
_FETCH = "fetch its whole history: `git fetch --unshallow`, or `fetch-depth: 0` of the checkout"


def _is_path(what: str) -> bool:
    return (what.startswith((".", "/", "~")) and "..." not in what) or Path(what).is_absolute()


def _commit(revision: str, root: Path) -> str:
    try:
        oid, shallow = git.commit(root, revision), git.is_shallow(root)
        others = git.branches(root) if oid is None else []
        has_commits = oid is not None or git.commit(root, "HEAD") is not None
    except git.NoAnswer as refused:
        if "not a git repository" in str(refused):
            raise _error(f"`{revision}` is looked for in git, and this is no repository of git", _BEGIN) from None
        raise _error(f"git doesn't say what `{revision}` is: {refused}", _ASK_GIT) from None
    if oid is not None:
        return oid
    if shallow:
        raise _error(f"git knows no revision `{revision}` here: the clone is shallow", _FETCH)
    if os.path.isdir(revision):
        raise _error(_no(revision), f"for the folder of that name write `./{revision}`")
    raise _error(_no(revision), _others(others) if has_commits else _COMMIT)


def _no(revision: str) -> str:
    return f"this repository has no branch, tag or commit `{revision}`"


def _others(branches: Sequence[str]) -> str:
    """What a revision can be compared with, by the branches of a repository that has commits."""
    last = "compare with the last commit, `HEAD`"
    return f"{last}, or with a branch: {listed(branches, 4)}" if branches else last


def _error(message: str, help: str) -> RevisionError:
    return RevisionError(Diagnostic("SEG0614", message, help=help))


def _unreadable(revision: str, refused: git.NoAnswer) -> RevisionError:
    return _error(f"`{revision}` can't be read: {refused}", "is the clone whole? `git fsck` tells")


# -- from git to a folder ------------------------------------------------------------------------


@dataclass(frozen=True)
class _Revision:
    """Entries of a revision by path; `prefix` is the workspace's path in the repository, "" or ending in `/`."""

    name: str
    root: Path
    prefix: str
    entries: dict[str, git.Entry]

    @staticmethod
    def of(name: str, commit: str, root: Path) -> _Revision:
        return _Revision(name, root, git.prefix(root), {e.path: e for e in git.entries(root, commit)})

    def unpack(self, folder: Path) -> Path:
        """Write settings, rules and the files that rules name below `folder`; return the workspace's folder."""
        config = self.prefix + CONFIG
        if self._entry(config) is None:
            raise _error(f"`{self.name}` has no {config}", "the workspace came later: name a later revision")
        self._write([config], folder)
        workspace_folder = folder / self.prefix
        rules = self._rules(load_config(workspace_folder).workspace.include)
        self._write(rules, folder)
        paths_named = {path for rule in rules for path in _named(folder / rule, rule)}
        self._write(sorted(path for path in paths_named if self._entry(path) is not None), folder)
        return workspace_folder

    def _rules(self, include: Sequence[str] | None) -> list[str]:
        """Rule files that a checkout would read. A submodule among them is an error, since git doesn't have its rules."""
        paths: dict[str, None] = {}
        for part in include if include is not None else [""]:
            top = self._inside(posixpath.join(self.prefix, part), f"`include` names `{part}`")
            self._entry(top)
            paths |= dict.fromkeys(self._below("" if top == "." else f"{top}/"))
        if len(paths) > MOST_FILES:
            raise _error(f"`{self.name}` has more than {MOST_FILES:,} rule files", "name the folders in `include`")
        return list(paths)

    def _below(self, top: str) -> Iterator[str]:
        below = [p for p in self.entries if p.startswith(top) and not _is_hidden(p.removeprefix(top))]
        others = tuple(p.removesuffix(CONFIG) for p in below if p.endswith(f"/{CONFIG}") and p != top + CONFIG)
        for path in below:
            if path.endswith((".seg", f"/{CONFIG}")) or self.entries[path].kind == "submodule":
                self._entry(path)
            if path.endswith(".seg") and not path.startswith(others):
                yield path

    def _entry(self, path: str) -> git.Entry | None:
        """File at a path, None for no file; raises `RevisionError` for a link or submodule on the way."""
        parts = path.split("/")
        for n in range(1, len(parts) + 1):
            entry = self.entries.get("/".join(parts[:n]))
            if entry is not None and entry.kind != "file":
                what = {"link": "a link", "submodule": "a submodule"}[entry.kind]
                message = f"`{entry.path}` of `{self.name}` is {what}: what it leads to isn't in that revision"
                raise _error(message, "commit the rules themselves, or leave it out by `include` in segdsl.toml")
        return self.entries.get(path)

    def _inside(self, path: str, what: str) -> str:
        normal = posixpath.normpath(path)
        if normal.startswith(("../", "/")) or normal == "..":
            raise _error(f"{what} of `{self.name}`, which lies outside the repository", "keep the rules in it")
        return normal

    def contents(self, paths: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """(path, content) pairs. Raises `RevisionError` for links, submodules, missing and too large contents."""
        for path in paths:
            self._entry(path)
        oids = [self.entries[path].oid for path in paths]
        for path, size in zip(paths, git.sizes(self.root, oids), strict=True):
            if size is None:
                raise _error(f"`{path}` of `{self.name}` isn't in this clone", _FETCH)
            if size > LARGEST_FILE:
                raise _error(
                    f"`{path}` of `{self.name}` is larger than {LARGEST_FILE // 1_000_000} MB", "name a later revision"
                )
        return zip(paths, git.contents(self.root, oids), strict=True)

    def _write(self, paths: Sequence[str], folder: Path) -> None:
        if any(part in ("", ".", "..") for path in paths for part in path.split("/")):
            raise _error(f"`{self.name}` has paths that no checkout could have", "`git fsck` tells which")
        for path, content in self.contents(paths):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)


def _is_hidden(path: str) -> bool:
    return any(folder.startswith(".") for folder in path.split("/")[:-1])


def _named(file: Path, path: str) -> Iterator[str]:
    """Paths of the files that a rule file names."""
    text = file.read_bytes().decode("utf-8-sig", "replace")
    if not any(word in text for word in ("list", "calendar", "message")):
        return
    with deep_stack():
        parsed, _ = parse(Source(path, text))
    for d in parsed.declarations:
        for named in files_named(d):
            yield posixpath.normpath(posixpath.join(posixpath.dirname(path), named.value))


def _sound(workspace: Workspace | BrokenWorkspace, what: str) -> Workspace:
    if isinstance(workspace, BrokenWorkspace):
        errors = [d for d in workspace.diagnostics if d.severity == "error"]
        many = f"{len(errors)} error{'s' if len(errors) != 1 else ''}"
        file, line, _ = errors[0].place
        where = f" ({file}:{line})" if file else ""
        message = f"the rules of `{what}` have {many}, so they can't be compared: {errors[0].message}{where}"
        raise _error(message, "mend them there, or name another revision")
    return workspace
