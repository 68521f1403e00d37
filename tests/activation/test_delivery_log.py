"""The delivery log: what it says, that nobody can cut or change it unseen, and that an export that was killed mends it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from segdsl.activation.delivery import Delivery
from segdsl.activation.log.entries import Status
from segdsl.activation.log.store import Export, Log, LogError, NoExport
from tests.support.deliveries import DAY, EXPORT, MAIL, deliveries, delivery

pytestmark = pytest.mark.slow
STATUSES: tuple[Status, ...] = ("in doubt", "sent")
LATER = Export(DAY.replace(day=3), (MAIL,), "0123456789abcdef")


def wrote(root: Path, rows: list[Delivery], *statuses: Status, export: Export = EXPORT, to: str = "crm") -> None:
    with Log.to_write(root, export) as log:
        for status in statuses:
            log.write([d.fate(to, log, status) for d in rows])


def files(root: Path) -> list[Path]:
    return sorted((root / ".segdsl" / "deliveries").glob("*.jsonl"))


def test_a_line_in_full(tmp_path: Path) -> None:
    wrote(tmp_path, [delivery(0)], "in doubt", "sent")
    first, last = (json.loads(line) for line in files(tmp_path)[0].read_text(encoding="utf-8").splitlines())
    assert (first["status"], last["status"], first["n"], last["n"]) == ("in doubt", "sent", 1, 2)
    assert {k: v for k, v in last.items() if k not in ("sum", "at", "address", "content")} == {
        "destination": "crm", "play": MAIL, "channel": "email", "entity": "account", "change": None, "customer": "a00000", "recipient": "u00000", "key": delivery(0).key,
        "status": "sent", "answer": "", "n": 2, "export": EXPORT.id, "day": "2026-03-02", "rules": "0123456789abcdef",
    }  # fmt: skip
    assert files(tmp_path)[0].name.startswith("2026-03-02-")


def test_a_line_is_the_json_of_its_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many lines are written at once."""
    monkeypatch.setattr("segdsl.activation.log.store._AT_ONCE", 2)
    odd = delivery(3, customer='"ö\\\n\x7f', recipient=None, address=None, change="left")
    wrote(tmp_path, [*deliveries(3), odd], "in doubt", "sent")
    lines = files(tmp_path)[0].read_bytes().splitlines()
    entries = [*Log.to_read(tmp_path).entries()]
    assert [e.n for e in entries] == [*range(1, 9)]
    assert [line.rpartition(b',"sum":')[0] + b"}" for line in lines] == [msgspec.json.encode(e) for e in entries]


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
    assert [e.customer for e in log.in_doubt("crm")] == ["a00000"]
    assert log.in_doubt("sheets") == []
    assert log.status("crm", delivery(2).key) is None


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
    log = Log.to_read(tmp_path)
    assert [log.status("crm", delivery(n).key) for n in range(4)] == ["withdrawn", "sent", "rejected", "withdrawn"]
    assert files(tmp_path)[0].stat().st_size > size
    with (
        Log.to_write(tmp_path) as log,
        pytest.raises(NoExport, match="log has no export `2026-03-09-00000000`") as no_export,
    ):
        log.withdraw("2026-03-09-00000000")
    assert no_export.value.diagnostics[0].help == f"the latest are {EXPORT.id}, {LATER.id}"


Lines = list[bytes]
SPOILT: dict[str, tuple[Callable[[Lines, Lines], tuple[Lines, Lines]], str]] = {
    "a status changed": (lambda a, b: ([*a[:2], a[2].replace(b"sent", b"in doubt"), a[3]], b), "line 3 was changed"),
    "a customer changed in the last line": (
        lambda a, b: (a, [*b[:-1], b[-1].replace(b"a00001", b"a00009")]),
        "line 2 was changed",
    ),
    "a line taken out": (lambda a, b: (a[:1] + a[2:], b), "line 2 was changed, or one before it is missing"),
    "the first line taken out": (lambda a, b: (a[1:], b), "line 1 was changed, or one before it is missing"),
    "the last line taken out": (lambda a, b: (a, b[:-1]), "1 of its 6 lines are missing"),
    "lines of an earlier file taken out": (lambda a, b: (a[:2], b), "2 of its 6 lines are missing"),
    "a line cut in the middle": (lambda a, b: (a, [*b[:-1], b[-1][:40]]), "1 of its 6 lines are missing"),
    "a file emptied": (lambda a, b: ([], b), "4 of its 6 lines are missing"),
    "the files in each other's place": (lambda a, b: (b, a), "line 1 was changed"),
    "lines in another order": (lambda a, b: ([a[1], a[0], *a[2:]], b), "line 1 was changed"),
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
    with pytest.raises(LogError, match="2 of its 4 lines are missing"):
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


@pytest.mark.parametrize("left", [1, 40, 300, -1])
def test_what_a_kill_left_of_a_line_is_taken_away(left: int, tmp_path: Path) -> None:
    """A kill in the middle of writing: the head is older than the lines, the last of which is cut."""
    wrote(tmp_path, deliveries(2), "in doubt")
    folder = tmp_path / ".segdsl" / "deliveries"
    head, whole = (folder / "head.json").read_bytes(), files(tmp_path)[0].read_bytes()
    wrote(tmp_path, deliveries(1), "sent")
    line = files(tmp_path)[0].read_bytes()[len(whole) :]
    files(tmp_path)[0].write_bytes(whole + line[:left])
    (folder / "head.json").write_bytes(head)
    assert Log.to_read(tmp_path).status("crm", delivery(0).key) == "in doubt"
    wrote(tmp_path, deliveries(2), "sent")
    assert [e.status for e in Log.to_read(tmp_path).entries()] == ["in doubt", "in doubt", "sent", "sent"]


def test_a_kill_before_the_head_was_written(tmp_path: Path) -> None:
    wrote(tmp_path, deliveries(2), "in doubt")
    folder = tmp_path / ".segdsl" / "deliveries"
    head = (folder / "head.json").read_bytes()
    wrote(tmp_path, deliveries(2), "sent")
    (folder / "head.json").write_bytes(head)
    assert Log.to_read(tmp_path).status("crm", delivery(1).key) == "sent"


@pytest.mark.parametrize("left", [0, 5, 7])
def test_a_log_that_was_cut_after_a_kill_is_named(left: int, tmp_path: Path) -> None:
    """What an export that is under way has written is on the disk with its head: a kill leaves both as they are."""
    with Log.to_write(tmp_path / "w", EXPORT) as log:
        for status in STATUSES:
            log.write([d.fate("crm", log, status) for d in deliveries(4)])
        shutil.copytree(tmp_path / "w", tmp_path / "killed")
    (path,) = files(tmp_path / "killed")
    lines = path.read_bytes().splitlines(True)
    assert len(lines) == 8
    path.write_bytes(b"".join(lines[:left]))
    for opened in (Log.to_read, lambda root: wrote(root, deliveries(1), "sent")):
        with pytest.raises(LogError, match=f"{8 - left} of its 8 lines are missing"):
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
        assert Log.to_read(tmp_path).status("crm", "x") is None  # reading waits for nobody
        log.write([delivery(0).fate("crm", log, "sent")])
    assert "another export has been writing for 0 seconds" in refused[0].diagnostics[0].message


def test_an_error_of_the_export_is_its_own(tmp_path: Path) -> None:
    """An error within isn't taken for one of the log, and what was written stays."""

    def broken() -> None:
        with Log.to_write(tmp_path, EXPORT) as log:
            log.write([delivery(0).fate("crm", log, "in doubt")])
            raise OSError("the network")

    with pytest.raises(OSError, match="the network"):
        broken()
    assert Log.to_read(tmp_path).status("crm", delivery(0).key) == "in doubt"


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
            log.write([d.fate("crm", log, "sent") for d in deliveries(2)])
        monkeypatch.undo()
        assert files(tmp_path)[0].read_bytes() == before
        log.write([d.fate("crm", log, "sent") for d in deliveries(2)])
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
