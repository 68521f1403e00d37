"""Records of promotions: what was promoted, on what evidence, and what it replaced; one TOML file each, for git and
people.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from segdsl.data.files import DataError
from segdsl.diagnostics import UNSEEN, Diagnostic, printable
from segdsl.files import locations
from segdsl.promotion.swap import Change, Piece
from segdsl.testing.customers.append import change_texts
from segdsl.workspace.config import read_toml
from segdsl.workspace.load import Workspace

FOLDER = "experiments/promotions"
NOT_EVIDENCE = "not evidence"
_KINDS = ("promotion", "rollback", "retirement")


@dataclass(frozen=True)
class Record:
    """Record of a promotion, rollback or retirement.

    `kind`: "promotion", "rollback" or "retirement".
    `evidence`: "backtest" and the like, or `NOT_EVIDENCE` with a reason, which needs approval.
    `meaning`: fingerprint of the segmentation from then on; empty for a retirement.
    `before`: fingerprint before.
    `results`: the evidence's record.
    `taken_out`: declarations that were removed.
    `reads`: fingerprints of what it depended on, as in `evidence.reads`; empty in older records.
    """

    segmentation: str
    kind: str
    on: dt.date
    sentence: str
    evidence: str
    meaning: str
    before: str
    candidate: str = ""
    because: str = ""
    approved_by: str = ""
    results: Mapping[str, Any] = field(default_factory=dict)
    taken_out: tuple[Piece, ...] = ()
    file: str = ""
    reads: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_approved(self) -> bool:
        """Whether somebody's name stands in it."""
        return any(c.isalnum() and not UNSEEN.match(c) for c in self.approved_by)

    @property
    def needs_approval(self) -> bool:
        return self.evidence == NOT_EVIDENCE and not self.is_approved

    def follows(self, before: Record) -> bool:
        """Whether the record equals `before`, apart from a later approval."""
        return self == (replace(before, approved_by=self.approved_by) if before.needs_approval else before)

    @property
    def retires(self) -> bool:
        return self.kind == "retirement"


def load_all(root: Path) -> list[Record]:
    """All records in the order of writing; raises `DataError` for a malformed file."""
    folder = root / FOLDER
    records = [_load(root, path) for path in sorted(folder.glob("*.toml"))] if folder.is_dir() else []
    return sorted(records, key=lambda r: (r.on, _nth(Path(r.file))))


def _nth(path: Path) -> int:
    """1 for `2026-11-26-motion.toml`, 2 for `2026-11-26-motion-2.toml`."""
    last = path.stem.rpartition("-")[2]
    return int(last) if last.isdigit() else 1


def altered(root: Path, before: Mapping[str, str]) -> list[str]:
    """Names of records that differ from `before` (texts by name, at a revision). A record is history: only an approval
    may be added.

    Raises `DataError`.
    """
    now = {r.file: r for r in load_all(root)}
    then = {name: _record(root, root / FOLDER / name, text) for name, text in before.items()}
    return [name for name, r in then.items() if name not in now or not now[name].follows(r)]


def _load(root: Path, path: Path) -> Record:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise _no_record(path, str(error)) from None
    return _record(root, path, text)


def _record(root: Path, path: Path, text: str) -> Record:
    try:
        settings = read_toml(text)
        pieces = tuple(
            Piece(str(p["what"]), _rule_file(root, str(p["file"])), str(p["text"]))
            for p in settings.get("taken_out", ())
        )
        if not isinstance(settings["on"], dt.date):
            raise ValueError("`on` is no date")
        if settings["kind"] not in _KINDS:
            raise ValueError(f"`kind` is one of {', '.join(_KINDS)}")
        texts = [
            _text_setting(settings, name)
            for name in ("segmentation", "kind", "sentence", "evidence", "meaning", "before")
        ]
        candidate, because, approved_by = (
            _text_setting({name: "", **settings}, name) for name in ("candidate", "because", "approved_by")
        )
        segmentation, kind, sentence, evidence, meaning, before = texts
        return Record(
            segmentation=segmentation,
            kind=kind,
            on=settings["on"],
            sentence=sentence,
            evidence=evidence,
            meaning=meaning,
            before=before,
            candidate=candidate,
            because=because,
            approved_by=approved_by,
            results=dict(settings.get("found", {})),
            taken_out=pieces,
            file=path.name,
            reads={str(n): str(v) for n, v in dict(settings.get("reads", {})).items()},
        )
    except (ValueError, KeyError, TypeError) as error:
        raise _no_record(path, f"`{error.args[0]}` is missing" if isinstance(error, KeyError) else str(error)) from None


def _text_setting(settings: Mapping[str, Any], name: str) -> str:
    if not isinstance(settings[name], str):
        raise ValueError(f"`{name}` is no text")
    return str(settings[name])


def _no_record(path: Path, what: str) -> DataError:
    return DataError(
        Diagnostic("SEG0619", f"{path} is no record of a promotion: {what}", help="bring it back from git")
    )


def _rule_file(root: Path, file: str) -> str:
    """Check the path of a rule file inside the workspace, to which a rollback writes; raises `ValueError`."""
    if locations.inside(root, file).suffix != ".seg":
        raise ValueError(f"`{file}` is no rule file")
    return file


def save(workspace: Workspace, record: Record, change: Change) -> Path:
    """Write the record under a unique name together with the changed rules, all or nothing.

    Raises `DataError`, for example if the segmentation has a record of a later day, which would take precedence.
    """
    root = workspace.root
    later = next((r for r in load_all(root) if r.segmentation == record.segmentation and r.on > record.on), None)
    if later is not None:
        message = f"the record {later.file} is of {later.on}, and today is {record.on}"
        help = "set the clock right; if it was wrong then, bring the rules of before and their records back from git"
        raise DataError(Diagnostic("SEG0619", message, help=help))
    folder = root / FOLDER
    path = next(p for p in _free(folder, f"{record.on}-{record.segmentation}") if not p.exists())
    change_texts(workspace, {path.relative_to(root).as_posix(): as_toml(record), **change.texts})
    return path


def _free(folder: Path, stem: str) -> Iterator[Path]:
    yield folder / f"{stem}.toml"
    n = 2
    while True:
        yield folder / f"{stem}-{n}.toml"
        n += 1


def as_toml(r: Record) -> str:
    lines = [f"# {_plain(line)}" for line in _headline(r)]
    lines += ["", f"segmentation = {_text(r.segmentation)}", f"kind = {_text(r.kind)}", f"on = {r.on.isoformat()}"]
    lines += [f"candidate = {_text(r.candidate)}"] if r.candidate else []
    lines += [f"sentence = {_text(r.sentence)}", f"evidence = {_text(r.evidence)}"]
    if r.because or r.evidence == NOT_EVIDENCE:
        lines.append(f"because = {_text(r.because)}")
    if r.evidence == NOT_EVIDENCE:
        lines.append(f"approved_by = {_text(r.approved_by)}  # whoever approves it writes their name here")
    lines += ["", "# what it means from now on, and what it meant: `segdsl promote --check` holds the rules to it"]
    lines += [f"meaning = {_text(r.meaning)}", f"before = {_text(r.before)}"]
    if r.reads:
        lines += ["", "# what that reads was declared to be, and where its days begin", "[reads]"]
        lines += [f"{_text(n)} = {_text(v)}" for n, v in r.reads.items()]
    if r.results:
        lines += ["", "[found]", *(f"{k} = {_value(v)}" for k, v in r.results.items() if v is not None)]
    for piece in r.taken_out:
        lines += [
            "",
            "[[taken_out]]",
            f"what = {_text(piece.what)}",
            f"file = {_text(piece.file)}",
            f"text = {_block(piece.text)}",
        ]
    return "\n".join(lines) + "\n"


def _headline(r: Record) -> Sequence[str]:
    if r.kind == "rollback":
        return [f"{r.segmentation} put back on {r.on}", r.sentence]
    if r.retires:
        return [f"{r.segmentation} retired on {r.on}", r.sentence]
    return [f"{r.candidate} in the place of {r.segmentation} from {r.on}", r.sentence]


def _plain(text: str) -> str:
    """Text on one line, for a comment."""
    return printable(" ".join(text.split()))


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return _text(str(value))


def _text(value: str) -> str:
    """A TOML basic string; JSON's escapes are valid in TOML."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _block(text: str) -> str:
    """A literal block, where the text allows it."""
    if "'''" in text or any((ord(c) < 32 and c not in "\n\t") or ord(c) == 127 for c in text) or text.endswith("'"):
        return _text(text)
    return f"'''\n{text}'''"
