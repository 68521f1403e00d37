"""Git: revisions, and files as they were committed. Nothing is checked out or archived, so no attribute, link or filter
of the repository can change what is read.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_ENVIRONMENT = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_REPLACE_OBJECTS": "1", "LC_ALL": "C"}
_SETTINGS = ("-c", "core.fsmonitor=false", "-c", "safe.bareRepository=explicit")
"""Settings that start no program named by the repository, and that don't take a folder of the checkout with the files
of a bare repository (`HEAD`, `objects`, `refs`), as a pull request can commit, for a repository.
"""
_PLACES = ("", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/")
"""Prefixes under which git looks for a name. Git takes the first match, so a tag `origin/main` would hide the origin's
branch.
"""
_KINDS: dict[bytes, Literal["link", "submodule"]] = {b"120000": "link", b"160000": "submodule"}
PATIENCE = 120  # seconds for one command


@dataclass(frozen=True, slots=True)
class Entry:
    """A revision's entry; `path` starts at the top of the repository, `oid` names the content."""

    path: str
    kind: Literal["file", "link", "submodule"]
    oid: str


class NoAnswer(Exception):
    """Git isn't installed, or refuses; `str` is its first line."""


def ask(folder: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """Output of a git command in a folder; raises `NoAnswer`."""
    command = ["git", "-C", str(folder), "--no-pager", *_SETTINGS, *arguments]
    try:
        process = subprocess.run(
            command, input=stdin, capture_output=True, env={**os.environ, **_ENVIRONMENT}, timeout=PATIENCE, check=False
        )
    except FileNotFoundError:
        raise NoAnswer("git isn't installed") from None
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise NoAnswer(str(error)) from None
    if process.returncode:
        raise NoAnswer(process.stderr.decode(errors="replace").strip().partition("\n")[0])
    return process.stdout


def commit(folder: Path, revision: str) -> str | None:
    """Hash of a branch's, tag's or revision's commit, None for an unknown name. Raises `NoAnswer` for an ambiguous
    name, and outside a repository.
    """
    ask(folder, "rev-parse", "--git-dir")
    commits = {place: oid for place in _PLACES if (oid := _resolved(folder, f"{place}{revision}")) is not None}
    if len(set(commits.values())) > 1:
        names = ", ".join(f"`{place}{revision}`" for place in commits if place)
        raise NoAnswer(f"it names several commits; write the one in full, of {names}")
    return next(iter(commits.values()), None)


def _resolved(folder: Path, name: str) -> str | None:
    try:
        return _line(ask(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"))
    except NoAnswer:
        return None


def common(folder: Path, one: str, other: str) -> str | None:
    """Merge base of two commits; None where git knows none."""
    try:
        return _line(ask(folder, "merge-base", one, other))
    except NoAnswer:
        return None


def is_shallow(folder: Path) -> bool:
    """Whether the clone lacks older history."""
    try:
        return _line(ask(folder, "rev-parse", "--is-shallow-repository")) == "true"
    except NoAnswer:
        return False


def prefix(folder: Path) -> str:
    """Path of a folder from the top of its repository, "" or ending in `/`; raises `NoAnswer`."""
    return os.fsdecode(ask(folder, "rev-parse", "--show-prefix").removesuffix(b"\n"))


def entries(folder: Path, revision: str) -> list[Entry]:
    """All files, links and submodules of a commit; raises `NoAnswer`."""
    result = []
    for line in ask(folder, "ls-tree", "-r", "-z", "--full-tree", revision).split(b"\0")[:-1]:
        about, _, path = line.partition(b"\t")
        mode, _, oid = about.split(b" ")
        result.append(Entry(os.fsdecode(path), _KINDS.get(mode, "file"), oid.decode()))
    return result


def sizes(folder: Path, oids: Sequence[str]) -> list[int | None]:
    """Size of each content in bytes; None for content that this clone lacks. Raises `NoAnswer`."""
    lines = ask(folder, "cat-file", "--batch-check=%(objectsize)", stdin=_lines(oids)).split(b"\n")[:-1]
    return [int(line) if line.isdigit() else None for line in lines]


def contents(folder: Path, oids: Sequence[str]) -> Iterator[bytes]:
    """Each content as committed; all must exist. Raises `NoAnswer`."""
    packed = ask(folder, "cat-file", "--batch=%(objectsize)", stdin=_lines(oids))
    start = 0
    for _ in oids:
        size, _, _ = packed[start : start + 100].partition(b"\n")
        start += len(size) + 1
        yield packed[start : start + int(size)]
        start += int(size) + 1


def tracks(folder: Path, path: Path) -> bool:
    """Whether git tracks a file below a folder, so that a checkout may have brought it.

    False outside a repository, and without git. Raises `NoAnswer` where there is a repository and git doesn't answer.
    """
    resolved = folder.resolve()
    if not any((above / ".git").exists() for above in (resolved, *resolved.parents)):
        return False
    try:
        return bool(ask(folder, "ls-files", "-z", "--", str(path)))
    except NoAnswer as refused:
        if "isn't installed" in str(refused):
            return False
        raise


def _line(answer: bytes) -> str:
    return answer.decode().strip()


def _lines(oids: Sequence[str]) -> bytes:
    return "".join(f"{oid}\n" for oid in oids).encode()
