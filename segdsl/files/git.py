"""Git: revisions, and files as they were committed. Nothing is checked out or archived, so no attribute, link or filter
of the repository can change what is read.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal

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
PATIENCE = 120  # seconds for one answer
MOST = 200_000_000  # bytes of one answer: a tree of a million files, twice
_MOST_SAID = 1_000_000  # bytes beside an answer, of which one line is shown
_SHOWN = 300  # characters of that line


@dataclass(frozen=True, slots=True)
class Entry:
    """A revision's entry; `path` starts at the top of the repository, `oid` names the content."""

    path: str
    kind: Literal["file", "link", "submodule"]
    oid: str


class NoAnswer(Exception):
    """git isn't there, answers in no time or in another way than git does, or refuses; `str` says which."""


class Refuses(NoAnswer):
    """git's own no; `str` is its first line."""


def ask(folder: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """Output of a git command in a folder, at most `MOST` bytes within `PATIENCE` seconds; raises `NoAnswer`."""
    command = ["git", "-C", str(folder), "--no-pager", *_SETTINGS, *arguments]
    try:
        with tempfile.TemporaryFile() as question:
            question.write(stdin)
            question.seek(0)
            process = subprocess.Popen(
                command,
                stdin=question,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**os.environ, **_ENVIRONMENT},
                start_new_session=True,
            )
    except FileNotFoundError:
        raise NoAnswer("git isn't installed") from None
    except (OSError, ValueError) as error:
        raise NoAnswer(str(error)) from None
    try:
        answer, message = _listened(process)
    except BaseException:
        _end(process)
        raise
    if process.returncode < 0:
        raise NoAnswer("git was stopped")
    if process.returncode:
        raise Refuses(message.decode(errors="replace").strip().partition("\n")[0][:_SHOWN])
    return answer


@dataclass
class _Ear:
    """A thread that takes in what comes out of a stream, up to so many bytes; the others are left there."""

    stream: IO[bytes]
    most: int
    heard: bytes = b""
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self) -> None:
        self.heard = self.stream.read(self.most)
        self.stream.close()


def _listened(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """What a program prints, and what it says of it, once it has ended; raises `NoAnswer`."""
    assert process.stdout is not None and process.stderr is not None
    until = time.monotonic() + PATIENCE
    ears = _Ear(process.stdout, MOST + 1), _Ear(process.stderr, _MOST_SAID)
    for ear in ears:
        ear.thread.join(until - time.monotonic())
        if len(ear.heard) > MOST:
            raise NoAnswer(f"git's answer is larger than {MOST // 1_000_000:,} MB")
    try:
        process.wait(max(0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise NoAnswer(f"git hasn't answered in {PATIENCE} seconds") from None
    if any(ear.thread.is_alive() for ear in ears):
        raise NoAnswer(f"what git began hasn't ended in {PATIENCE} seconds")
    return ears[0].heard, ears[1].heard


def _end(process: subprocess.Popen[bytes]) -> None:
    """A program and all that it began."""
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


@contextlib.contextmanager
def _as_git_writes() -> Iterator[None]:
    """Raises `NoAnswer` where an answer has another shape than git's."""
    try:
        yield
    except ValueError:
        raise NoAnswer("what answers as `git` isn't git: it writes in another way") from None


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
    except Refuses:
        return None


def branches(folder: Path) -> list[str]:
    """Branches of a repository and of its origins, the latest commit first; raises `NoAnswer`."""
    order = ("--sort=-committerdate", "--format=%(refname:lstrip=2)")
    names = os.fsdecode(ask(folder, "for-each-ref", *order, "refs/heads", "refs/remotes")).splitlines()
    return [name for name in names if not name.endswith("/HEAD")]


def common(folder: Path, one: str, other: str) -> str | None:
    """The commit where two branches left each other; None where git knows none. Raises `NoAnswer`."""
    try:
        return _line(ask(folder, "merge-base", one, other))
    except Refuses:
        return None


def is_shallow(folder: Path) -> bool:
    """Whether a clone lacks the older part of its history; raises `NoAnswer`."""
    try:
        return _line(ask(folder, "rev-parse", "--is-shallow-repository")) == "true"
    except Refuses:
        return False


def prefix(folder: Path) -> str:
    """Path of a folder from the top of its repository, "" or ending in `/`; raises `NoAnswer`."""
    return os.fsdecode(ask(folder, "rev-parse", "--show-prefix").removesuffix(b"\n"))


def entries(folder: Path, revision: str) -> list[Entry]:
    """All files, links and submodules of a commit; raises `NoAnswer`."""
    result = []
    answer = ask(folder, "ls-tree", "-r", "-z", "--full-tree", revision)
    with _as_git_writes():
        *lines, rest = answer.split(b"\0")
        if rest:
            raise ValueError("it ends early")
        for line in lines:
            about, _, path = line.partition(b"\t")
            mode, _, oid = about.split(b" ")
            result.append(Entry(os.fsdecode(path), _KINDS.get(mode, "file"), oid.decode("ascii")))
    return result


def sizes(folder: Path, oids: Sequence[str]) -> list[int | None]:
    """The octets of each content; None for one that this clone lacks. Raises `NoAnswer`."""
    lines = ask(folder, "cat-file", "--batch-check=%(objectsize)", stdin=_lines(oids)).split(b"\n")[:-1]
    with _as_git_writes():
        return [int(line) if line.isdigit() else None for line, _ in zip(lines, oids, strict=True)]


def contents(folder: Path, oids: Sequence[str]) -> Iterator[bytes]:
    """Each content as committed; all must exist. Raises `NoAnswer`."""
    packed = ask(folder, "cat-file", "--batch=%(objectsize)", stdin=_lines(oids))
    start = 0
    with _as_git_writes():
        for _ in oids:
            size, _, _ = packed[start : start + 100].partition(b"\n")
            start += len(size) + 1
            content = packed[start : start + int(size)]
            if len(content) != int(size):
                raise ValueError("it ends early")
            start += int(size) + 1
            yield content


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
    with _as_git_writes():
        return answer.decode("ascii").strip()


def _lines(oids: Sequence[str]) -> bytes:
    return "".join(f"{oid}\n" for oid in oids).encode()
