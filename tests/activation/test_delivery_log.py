"""The delivery log: what it says, that nobody can cut or change it unseen, and that an export that was killed mends it."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from segdsl.activation.delivery import Delivery
from segdsl.activation.destinations.fates import Fates
from segdsl.activation.log.entries import Status
from segdsl.activation.log.store import Export, Log, LogError, NoExport
from segdsl.model.folding import fold
from segdsl.model.play import ADDRESSES_IGNORE
from tests.support.deliveries import DAY, EXPORT, MAIL, deliveries, delivery, put, say, statuses

pytestmark = pytest.mark.slow
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
LATER = Export(DAY.replace(day=3), (MAIL,), "0123456789abcdef")


def wrote(root: Path, rows: list[Delivery], *statuses: Status, export: Export = EXPORT, to: str = "crm") -> None:
    with Log.to_write(root, export) as log:
        for status in statuses:
            say(log, to, rows, status)


def files(root: Path) -> list[Path]:
    return sorted((root / ".segdsl" / "deliveries").glob("*.jsonl"))


def parsed(root: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in files(root) for line in path.read_text(encoding="utf-8").splitlines()]


def test_lines_in_full(tmp_path: Path) -> None:
    """A head with what all lines behind it have in common, a line a delivery, and one that says what became of them."""
    wrote(tmp_path, deliveries(2), "in doubt", "sent")
    head, first, second, sent = parsed(tmp_path)
    by = {"export": EXPORT.id, "day": "2026-03-02", "rules": "0123456789abcdef"}
    own = {"destination": "crm", "play": MAIL, "channel": "email", "entity": "account", "change": None}
    size = len(files(tmp_path)[0].read_bytes().splitlines(True)[1]) * 2
    assert without(head, "at", "sum") == {"n": 1, "lines": 2, "bytes": size, **own, "status": "in doubt", **by}
    assert without(first, "address", "content") == {
        "n": 1, "customer": "a00000", "recipient": "u00000", "key": delivery(0).key,
    }  # fmt: skip
    assert second["n"] == 2
    assert without(sent, "at", "sum") == {"n": 3, "of": [[1, 2]], "status": "sent", "answer": "", **by}
    assert files(tmp_path)[0].name.startswith("2026-03-02-")


def without(line: dict[str, Any], *members: str) -> dict[str, Any]:
    assert {*members} <= {*line}
    return {k: v for k, v in line.items() if k not in members}


def test_what_lines_say(tmp_path: Path) -> None:
    wrote(tmp_path, [delivery(0), delivery(1, recipient=None, address=None, change="left")], "in doubt", "sent")
    entries = Log.to_read(tmp_path).entries()
    assert [(e.n, e.line, e.customer, e.recipient, e.change, e.status) for e in entries] == [
        (1, 1, "a00000", "u00000", None, "in doubt"),
        (2, 2, "a00001", None, "left", "in doubt"),
        (3, 1, "a00000", "u00000", None, "sent"),
        (3, 2, "a00001", None, "left", "sent"),
    ]
    assert {(e.destination, e.play, e.channel, e.entity, e.export, e.day, e.rules) for e in entries} == {
        ("crm", MAIL, "email", "account", EXPORT.id, DAY, EXPORT.rules)
    }
    assert entries[1].address is None


@pytest.mark.long
@given(st.lists(st.tuples(TEXTS, st.none() | TEXTS, st.none() | TEXTS), min_size=1, max_size=6))
@example([('"ö\\\n\x7f\x00\u2028😀', "\x1f", "A@B\t")])
@settings(max_examples=60, deadline=None)
def test_any_names_come_back(rows: list[tuple[str, str | None, str | None]]) -> None:
    """Quotes, controls, what is no letter: a line is one line, and is read as it was meant, whoever wrote it."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        given = [delivery(n, customer=c, recipient=r, address=a) for n, (c, r, a) in enumerate(rows)]
        wrote(root, given, "in doubt", "sent")
        assert len(files(root)[0].read_bytes().splitlines()) == len(files(root)[0].read_bytes().split(b"\n")) - 1
        log = Log.to_read(root)
        assert {(e.key, e.customer, e.recipient, e.status) for e in log.latest()} == {
            (d.key, d.customer, d.recipient, "sent") for d in given
        }
        secret = json.loads((root / ".segdsl" / "deliveries" / "head.json").read_text(encoding="utf-8"))["secret"]
        for e, d in zip(log.latest(), given, strict=True):
            folded = None if d.address is None else fold(d.address, ADDRESSES_IGNORE)
            made = folded if folded is None else hmac.digest(secret.encode(), folded.encode(), "sha256").hex()[:32]
            assert e.address == made


@pytest.mark.parametrize("at_once", [1, 2, 3, 50_000])
def test_blocks_of_any_size(at_once: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segdsl.activation.log.store._AT_ONCE", at_once)
    wrote(tmp_path, deliveries(5), "in doubt", "sent")
    assert [e.n for e in Log.to_read(tmp_path).entries("n <= 5")] == [1, 2, 3, 4, 5]
    assert statuses(Log.to_read(tmp_path), "crm") == dict.fromkeys([d.key for d in deliveries(5)], "sent")
    assert sum("lines" in line for line in parsed(tmp_path)) == -(-5 // at_once)


def as_before(root: Path) -> None:
    """A log as exports wrote it before there were blocks: each line is whole, and has a checksum."""
    folder = root / ".segdsl" / "deliveries"
    folder.mkdir(parents=True)
    said = [(0, "in doubt", ""), (1, "in doubt", ""), (0, "sent", "200"), (1, "rejected", '410 "gone"')]
    before, lines, secret = hashlib.sha256(EXPORT.id.encode()).hexdigest(), [], "0" * 64
    for n, (which, status, answer) in enumerate(said, 1):
        d = delivery(which)
        entry = {
            "destination": "crm", "play": MAIL, "channel": "email", "entity": "account", "customer": d.customer, "recipient": d.recipient,
            "key": d.key, "address": None, "content": "c" * 32, "status": status, "change": None, "answer": answer, "n": n,
            "export": EXPORT.id, "day": "2026-03-02", "rules": "0123456789abcdef", "at": "2026-03-02T07:00:00Z",
        }  # fmt: skip
        body = json.dumps(entry, separators=(",", ":"))[:-1]
        before = hashlib.sha256((before + body).encode()).hexdigest()
        lines.append(f'{body},"sum":"{before}"}}\n')
    (folder / f"{EXPORT.id}.jsonl").write_text("".join(lines), encoding="utf-8")
    (folder / "head.json").write_text(json.dumps({"n": 4, "sum": before, "secret": secret}), encoding="utf-8")


def test_a_log_of_before_is_read_and_goes_on(tmp_path: Path) -> None:
    as_before(tmp_path)
    log = Log.to_read(tmp_path)
    assert [(e.n, e.customer, e.status, e.answer) for e in log.latest()] == [
        (3, "a00000", "sent", "200"), (4, "a00001", "rejected", '410 "gone"'),
    ]  # fmt: skip
    wrote(tmp_path, [delivery(1), delivery(2)], "in doubt", "sent")
    assert [(e.n, e.customer, e.status) for e in Log.to_read(tmp_path).latest()] == [
        (3, "a00000", "sent"), (7, "a00001", "sent"), (7, "a00002", "sent"),
    ]  # fmt: skip
    with Log.to_write(tmp_path) as log:
        assert log.withdraw(EXPORT.id) == 3
    path = files(tmp_path)[0]
    path.write_bytes(path.read_bytes().replace(b'"status":"rejected"', b'"status":"sent"'))
    with pytest.raises(LogError, match="line 4 was changed, or one before it is missing"):
        Log.to_read(tmp_path)


def test_no_address_is_in_it(tmp_path: Path) -> None:
    """A fingerprint is the same for the same address, however it is written, and another one in another workspace."""
    same = [delivery(0), delivery(1, address=" USER0@customer.example "), delivery(2), delivery(3, address=None)]
    wrote(tmp_path / "a", same, "sent")
    wrote(tmp_path / "b", same, "sent")
    a, b = ([e.address for e in Log.to_read(tmp_path / w).entries()] for w in "ab")
    assert a[0] == a[1] != a[2]
    assert a[3] is None
    assert set(a[:3]).isdisjoint(b[:3])
    text = "".join(p.read_text(encoding="utf-8") for p in tmp_path.rglob("*") if p.is_file())
    assert "customer.example" not in text.lower()
    assert "Your renewal" not in text


def test_what_was_last_counts(tmp_path: Path) -> None:
    wrote(tmp_path, deliveries(2), "in doubt", "not sent")
    wrote(tmp_path, [delivery(0)], "in doubt", export=LATER)
    wrote(tmp_path, [delivery(1)], "sent", to="sheets")
    log = Log.to_read(tmp_path)
    assert [(e.destination, e.customer, e.status) for e in log.latest()] == [
        ("crm", "a00001", "not sent"), ("crm", "a00000", "in doubt"), ("sheets", "a00001", "sent"),
    ]  # fmt: skip
    assert statuses(log, "crm") == {delivery(0).key: "in doubt", delivery(1).key: "not sent"}


def test_an_export_is_known_by_its_day_and_plays() -> None:
    assert EXPORT.id == Export(DAY, (MAIL,), "other rules").id != LATER.id
    assert Export(DAY, ("a", "b"), "").id == Export(DAY, ("b", "a"), "").id != Export(DAY, ("a",), "").id


def test_withdrawing(tmp_path: Path) -> None:
    """What was withdrawn may be sent again; what was rejected has nothing to be withdrawn."""
    wrote(tmp_path, deliveries(3), "sent")
    wrote(tmp_path, [delivery(2)], "rejected")
    wrote(tmp_path, [delivery(3)], "would have been sent")
    wrote(tmp_path, [delivery(1)], "sent", export=LATER)  # said by a later export, which isn't withdrawn
    size = files(tmp_path)[0].stat().st_size
    with Log.to_write(tmp_path) as log:
        assert log.withdraw(EXPORT.id) == 2
        assert log.withdraw(EXPORT.id) == 0
    known = statuses(Log.to_read(tmp_path), "crm")
    assert [known[delivery(n).key] for n in range(4)] == ["withdrawn", "sent", "rejected", "withdrawn"]
    assert files(tmp_path)[0].stat().st_size > size
    with (
        Log.to_write(tmp_path) as log,
        pytest.raises(NoExport, match="log has no export `2026-03-09-00000000`") as no_export,
    ):
        log.withdraw("2026-03-09-00000000")
    assert no_export.value.diagnostics[0].help == f"the latest are {EXPORT.id}, {LATER.id}"


Lines = list[bytes]
SPOILT: dict[str, tuple[Callable[[Lines, Lines], tuple[Lines, Lines]], str]] = {
    "a status changed": (lambda a, b: ([*a[:3], a[3].replace(b"sent", b"in doubt")], b), "line 4 was changed"),
    "a customer changed": (
        lambda a, b: (a, [*b[:2], b[2].replace(b"a00001", b"a00009"), b[3]]),
        "one of lines 1 to 3 was changed, or one before them is missing",
    ),
    "a head changed": (
        lambda a, b: (a, [b[0].replace(b"sheets", b"shelfs"), *b[1:]]),
        "one of lines 1 to 3 was changed",
    ),
    "a line taken out": (lambda a, b: (a[:1] + a[2:], b), "one of lines 1 to 3 was changed"),
    "the first line taken out": (lambda a, b: (a[1:], b), "line 1 was changed, or one before it is missing"),
    "the last line taken out": (lambda a, b: (a, b[:-1]), "1 of its 6 lines are missing"),
    "lines of an earlier file taken out": (lambda a, b: (a[:3], b), "1 of its 6 lines are missing"),
    "a line cut in the middle": (lambda a, b: (a, [*b[:-1], b[-1][:40]]), "1 of its 6 lines are missing"),
    "a block cut": (lambda a, b: (a, b[:2]), "3 of its 6 lines are missing"),
    "a file emptied": (lambda a, b: ([], b), "3 of its 6 lines are missing"),
    "the files in each other's place": (lambda a, b: (b, a), "one of lines 1 to 3 was changed"),
    "lines in another order": (lambda a, b: ([a[0], a[2], a[1], a[3]], b), "one of lines 1 to 3 was changed"),
    "a line twice": (lambda a, b: ([*a, a[-1]], b), "line 5 was changed"),
    "a line of another kind": (lambda a, b: ([*a, b"hello\n"], b), "line 5 was changed"),
    "a blank line": (lambda a, b: ([*a, b"\n"], b), "line 5 was changed"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_log_that_was_cut_or_edited_is_named_and_nothing_is_sent(name: str, tmp_path: Path) -> None:
    wrote(tmp_path, deliveries(2), "in doubt", "sent")
    wrote(tmp_path, deliveries(2), "sent", export=LATER, to="sheets")
    first, second = files(tmp_path)
    change, why = SPOILT[name]
    lines = change(first.read_bytes().splitlines(True), second.read_bytes().splitlines(True))
    for path, content in zip((first, second), lines, strict=True):
        path.write_bytes(b"".join(content))
    for opened in (lambda: Log.to_read(tmp_path), lambda: wrote(tmp_path, deliveries(3), "sent")):
        with pytest.raises(LogError) as refused:
            opened()
        assert why in refused.value.diagnostics[0].message
        assert "bring the files back from a copy" in refused.value.diagnostics[0].help
        assert refused.value.exit_code == 3


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    wrote(tmp_path, deliveries(2), "sent")
    wrote(tmp_path, deliveries(2), "sent", export=LATER)
    files(tmp_path)[0].unlink()
    with pytest.raises(LogError, match="3 of its 6 lines are missing"):
        Log.to_read(tmp_path)


@pytest.mark.parametrize("head", [None, b"", b"{}", b'{"n": "1", "sum": "", "secret": ""}', b"[" * 100_000])
def test_a_head_that_is_gone_or_none(head: bytes | None, tmp_path: Path) -> None:
    wrote(tmp_path, deliveries(2), "sent")
    path = tmp_path / ".segdsl" / "deliveries" / "head.json"
    path.unlink() if head is None else path.write_bytes(head)
    with pytest.raises(LogError, match=r"head.json is (missing|none that an export wrote)"):
        Log.to_read(tmp_path)


def test_lines_computed_anew_are_noticed_by_the_head(tmp_path: Path) -> None:
    """Somebody who computes the checksums again, too, has to change the head."""
    wrote(tmp_path / "a", deliveries(2), "sent")
    wrote(tmp_path / "b", deliveries(2), "not sent")
    files(tmp_path / "a")[0].write_bytes(files(tmp_path / "b")[0].read_bytes())
    with pytest.raises(LogError, match="isn't the file that was written"):
        Log.to_read(tmp_path / "a")


@pytest.mark.parametrize("left", [1, 40, 300, 500, -1])
def test_what_a_kill_left_is_taken_away(left: int, tmp_path: Path) -> None:
    """A kill in the middle of writing: the head is older than the lines, the last of which is cut."""
    wrote(tmp_path, deliveries(2), "in doubt")
    folder = tmp_path / ".segdsl" / "deliveries"
    head, whole = (folder / "head.json").read_bytes(), files(tmp_path)[0].read_bytes()
    wrote(tmp_path, deliveries(1), "in doubt")
    block = files(tmp_path)[0].read_bytes()[len(whole) :]
    files(tmp_path)[0].write_bytes(whole + block[:left])
    (folder / "head.json").write_bytes(head)
    assert statuses(Log.to_read(tmp_path), "crm") == dict.fromkeys([d.key for d in deliveries(2)], "in doubt")
    wrote(tmp_path, deliveries(1), "in doubt")
    assert [(e.n, e.customer) for e in Log.to_read(tmp_path).entries()] == [(1, "a00000"), (2, "a00001"), (3, "a00000")]


def test_a_kill_before_the_head_was_written(tmp_path: Path) -> None:
    wrote(tmp_path, deliveries(2), "in doubt")
    folder = tmp_path / ".segdsl" / "deliveries"
    head = (folder / "head.json").read_bytes()
    wrote(tmp_path, deliveries(2), "sent")
    (folder / "head.json").write_bytes(head)
    assert statuses(Log.to_read(tmp_path), "crm")[delivery(1).key] == "sent"


@pytest.mark.parametrize(("left", "lost"), [(0, 5), (3, 5), (5, 1)])
def test_a_log_that_was_cut_after_a_kill_is_named(left: int, lost: int, tmp_path: Path) -> None:
    """What an export that is under way has written is on the disk with its head: a kill leaves both as they are."""
    with Log.to_write(tmp_path / "w", EXPORT) as log:
        fates = Fates("crm", log, put(deliveries(4)))
        fates.begin(fates.everything)
        fates.sent(fates.everything)
        shutil.copytree(tmp_path / "w", tmp_path / "killed")
    (path,) = files(tmp_path / "killed")
    lines = path.read_bytes().splitlines(True)
    assert len(lines) == 6
    path.write_bytes(b"".join(lines[:left]))
    for opened in (Log.to_read, lambda root: wrote(root, deliveries(1), "sent")):
        with pytest.raises(LogError, match=f"{lost} of its 5 lines are missing"):
            opened(tmp_path / "killed")


def test_a_second_export_at_once_is_refused_after_a_while(tmp_path: Path) -> None:
    def second() -> None:
        try:
            with Log.to_write(tmp_path, EXPORT, patience=0.1):
                pass
        except LogError as error:
            refused.append(error)

    refused: list[LogError] = []
    with Log.to_write(tmp_path, EXPORT) as log:
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
        assert Log.to_read(tmp_path).latest() == []  # reading waits for nobody
        say(log, "crm", [delivery(0)], "sent")
    assert "another export has been writing for 0 seconds" in refused[0].diagnostics[0].message


def test_an_error_of_the_export_is_its_own(tmp_path: Path) -> None:
    """An error within isn't taken for one of the log, and what was written stays."""

    def broken() -> None:
        with Log.to_write(tmp_path, EXPORT) as log:
            say(log, "crm", [delivery(0)], "in doubt")
            raise OSError("the network")

    with pytest.raises(OSError, match="the network"):
        broken()
    assert statuses(Log.to_read(tmp_path), "crm") == {delivery(0).key: "in doubt"}


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines are written whole or not at all."""
    wrote(tmp_path, deliveries(2), "in doubt")
    before = files(tmp_path)[0].read_bytes()
    write = os.write

    def full(handle: int, data: bytes) -> int:
        if len(data) < 200:
            raise OSError(28, "No space left on device")
        return write(handle, data[: len(data) // 2])

    with Log.to_write(tmp_path, EXPORT) as log:
        monkeypatch.setattr(os, "write", full)
        with pytest.raises(LogError, match="No space left on device"):
            say(log, "crm", deliveries(2), "in doubt")
        monkeypatch.undo()
        assert files(tmp_path)[0].read_bytes() == before
        say(log, "crm", deliveries(2), "in doubt")
    assert [e.n for e in Log.to_read(tmp_path).entries()] == [1, 2, 3, 4]


@pytest.mark.parametrize("how", ["tracked", "a link", "a link for a folder"])
def test_a_log_that_a_repository_brought_is_refused(how: str, tmp_path: Path) -> None:
    root = tmp_path / "w"
    wrote(root, deliveries(1), "sent")
    (root / "segdsl.toml").write_text("", encoding="utf-8")
    folder = root / ".segdsl" / "deliveries"
    if how == "tracked":
        for command in (["init", "-q"], ["add", "-f", str(files(root)[0])]):
            subprocess.run(["git", "-C", str(root), *command], check=True)
    elif how == "a link":
        files(root)[0].rename(tmp_path / "x.jsonl")
        (folder / "2026-03-02-00000000.jsonl").symlink_to(tmp_path / "x.jsonl")
    else:
        folder.rename(tmp_path / "elsewhere")
        folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LogError, match=r"git tracks it|is a link"):
        Log.to_read(root)
