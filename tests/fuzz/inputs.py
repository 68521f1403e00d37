"""A seed -> a workspace with something odd in it, and the commands that it is given to."""

from __future__ import annotations

import io
import json
import random
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from segdsl.codes import known_codes, page
from tests.faults import kinds
from tests.faults.__main__ import done
from tests.fuzz import seeds
from tests.fuzz.pieces import Pieces, mangled
from tests.proofs import workspaces
from tests.support.paths import GOLDENS, ROOT
from tests.support.sources import LATER

Command = tuple[str, ...]
ALWAYS: list[Command] = [("check",), ("fmt", "--check")]
ON_RULES: list[Command] = [
    ("test",), ("test", "--coverage"), ("check", "--strict", "--format", "json"), ("check", "--format", "github"), ("diff", "{base}", "--no-data"),
    ("diff", "{base}", "--no-data", "--format", "markdown"), ("overlap", "{rule}", "{rule}", "--no-data"), ("explain", "a1", "--as-of", "2026-11-01"), ("experiment", "design", "{experiment}"),
]  # fmt: skip
ON_DATA: list[Command] = [
    ("run", "--as-of", "2026-03-02", "--no-ledger"), ("run", "--as-of", "2026-03-02", "-o", "out/"), ("run", "--as-of", "2026-03-02", "--explain-unknown", "--format", "json"), ("data", "check", "--as-of", "2026-03-02"),
    ("explain", "a01", "--as-of", "2026-03-02"), ("explain", "--near", "{rule}", "--as-of", "2026-03-02"), ("diff", "{base}", "--as-of", "2026-03-02"), ("overlap", "{rule}", "{rule}", "--as-of", "2026-03-02"),
    ("attrition", "{rule}", "--as-of", "2026-03-02"), ("drift", "{rule}", "--since", "2026-01-02", "--as-of", "2026-03-02"), ("experiment", "design", "{experiment}"), ("experiment", "run", "{experiment}"),
    ("experiment", "assign", "{experiment}"), ("experiment", "compare", "{rule}"), ("try", "level = 1", "--as-of", "2026-03-02"), ("new",), ("new", "value_tiers", "--field", "amount=level", "--borders", "from", "data"), ("new", "rfm", "--field", "amount=calls.minutes"), ("try", "{rule} = 1", "--as-of", "2026-03-02"), ("snapshot", "--as-of", "2026-03-02", "-o", "snap"), ("promote", "{rule}", "--because", "x"),
    ("overlap", "--as-of", "2026-03-02"), ("goals", "--as-of", "2026-03-02"), ("profile", "{rule}", "--as-of", "2026-03-02"), ("profile", "{rule}", "--as-of", "2026-03-02", "--since", "2026-01-02", "--format", "json"), ("discover", "--outcome", "left_30d", "--as-of", "2026-03-02", "-o", "found.seg"), ("discover", "--outcome", "left_30d", "--improve", "{rule}", "--as-of", "2026-03-02", "-o", "improved.seg"), ("discover", "--groups", "--as-of", "2026-03-02", "-o", "groups.seg"), ("promotions",), ("rollback", "{rule}", "--because", "y"), ("runs",), ("runs", "prune", "--keep", "1"), ("test",), ("sql", "{rule}", "--as-of", "2026-03-02"), ("sql", "{rule}", "--for", "dbt", "--as-of", "2026-03-02", "--until", "2026-03-05"),
    ("list", "{rule}", "--with", "level, count(calls)", "--since", "2026-01-02", "--why", "--as-of", "2026-03-02"), ("list", "level = 1", "--as-of", "2026-03-02", "-o", "list.xlsx"), ("plays",), ("plays", "--format", "json"), ("plays", "show", "{play}", "a01", "--as-of", "2026-03-02"),
]  # fmt: skip


@dataclass(frozen=True)
class Corpus:
    """A sound workspace: files by their path, of which some are rules; `kin` are texts whose names are the same, of which a file gets so many `at_once`."""

    name: str
    files: Mapping[str, bytes]
    commands: tuple[Command, ...]
    kin: tuple[str, ...] = ()
    at_once: int = 1

    @property
    def rules(self) -> list[str]:
        return [path for path in self.files if path.endswith(".seg")]

    @property
    def readers(self) -> list[str]:
        return [path for path in self.files if not path.endswith(".seg")]


@dataclass(frozen=True)
class Input:
    """`changed` are the files that differ from the corpus, `kind` says how they were made."""

    number: int
    corpus: Corpus
    changed: Mapping[str, bytes]
    kind: str
    commands: tuple[Command, ...]

    @property
    def rules(self) -> list[bytes]:
        return [content for path, content in self.changed.items() if path.endswith(".seg")]


def _read(*patterns: str, root: Path = ROOT, most: int = 60_000) -> dict[str, bytes]:
    """Files of a folder by their path in it; of long tables the first rows."""
    found = {}
    for path in sorted(p for pattern in patterns for p in root.glob(pattern) if p.is_file()):
        content = path.read_bytes()
        if path.suffix == ".csv" and len(content) > most // 20:
            content = b"".join(content.splitlines(keepends=True)[:40])
        found[path.relative_to(root).as_posix()] = content
    return found


@cache
def company() -> Corpus:
    """The example's rules, with the first rows of its data."""
    files = _read("segdsl.toml", "rules/*.seg", "experiments/*.seg", "rules/data/*.csv", "rules/fixtures/*/*")
    return Corpus("company", files, (*ON_RULES, *ON_DATA))


@cache
def gallery() -> Corpus:
    return Corpus("gallery", _read("segdsl.toml", "*.seg", "lists/*", root=ROOT / "examples/gallery"), tuple(ON_RULES))


@cache
def journey() -> Corpus:
    """Groceries: the other example, whose rules have experiments that replay and backtest."""
    return Corpus("journey", _read("segdsl.toml", "*.seg", "fixtures/*/*", root=ROOT / "examples/complete_journey"), tuple(ON_RULES))  # fmt: skip


@cache
def pages() -> tuple[str, ...]:
    """The examples of all pages of messages, wrong and right."""
    return tuple(
        text for code in known_codes() for text in re.findall(r"```seg\n(.*?)```", page(code) or "", re.DOTALL)
    )


@cache
def language() -> Corpus:
    """The tests' model with all that the language has: what pages and docs show speaks of it."""
    model = (GOLDENS / "model.seg").read_text(encoding="utf-8")
    docs = re.findall(r"```seg\n(.*?)```", (ROOT / "docs/language.md").read_text(encoding="utf-8"), re.DOTALL)
    files = {
        "segdsl.toml": b'[workspace]\nname = "t"\ntimezone = "Europe/London"\n',
        "model.seg": model.encode(),
        "rules.seg": b"",
    }
    return Corpus("language", files, tuple(ON_RULES), (*pages(), *docs, LATER))


@cache
def mistaken() -> Corpus:
    """The tests' model and more beside it, and rules with one mistake each."""
    files = {
        **language().files, "model.seg": language().files["model.seg"] + seeds.MORE.encode(), "names.csv": b"name\na\n", "counts.csv": b"n\n5\n",
        "strategic.csv": b"account_id,arm\na,save\n", "days.csv": b"2026-12-25\n",
    }  # fmt: skip
    return Corpus("mistaken", files, (*ON_RULES, ("test", "--mutate")), seeds.seeds(), at_once=20)


@cache
def small() -> Corpus:
    """Thirty accounts, an incumbent, a candidate and an experiment; the same table as a file of every kind."""
    toml = kinds.TOML.replace("accounts.csv", "{accounts}")
    rows = [{"account_id": f"a{i:02}", "created_at": "2024-01-01", "ended_at": None, "level": 1 + i % 5, "flag": bool(i % 3)} for i in range(30)]  # fmt: skip
    frame = pd.DataFrame(rows)
    book, arrow = io.BytesIO(), io.BytesIO()
    frame.to_excel(book, index=False)
    frame.to_parquet(arrow)
    csv = frame.to_csv(index=False).encode()
    files = {
        "segdsl.toml": toml.encode(), "accounts.csv": csv, "accounts.json": json.dumps(rows).encode(), "accounts.ndjson": "\n".join(map(json.dumps, rows)).encode(),
        "accounts.xlsx": book.getvalue(), "accounts.parquet": arrow.getvalue(), "calls.csv": b"account_id,called_at,minutes\na01,2026-02-01,3\n", "rules/names.csv": b"name,from,expires\neu,,\nuk,2026-01-01,\n", "rules/days.csv": b"2026-12-25\n2026-12-26\n",
        "rules/model.seg": kinds.MODEL.encode() + b'list names from "names.csv" { name: text }\ncalendar work { weekend saturday holidays from "days.csv" }\nmetric late of account = work business days since created_at\n'
        + b'table motion_runs of account from runs of motion starting 2026-01-01\nsegment again of account { when any(motion_runs since 2026-01-01 where arm = "low") }\n'
        + b'channel post { address: account_id  consent: opt in by flag, blank means no  cooldown 7 days }\nplay nudge { channel: post  cooldown 9 days  capacity 4 per week by level  merge level  message file "nudge.md" }\n'
        + b'table deliveries of account from deliveries\nholdout 5% seed "2026"\nsegment nudged of account { when level = 2 play nudge }\n',
        "rules/nudge.md": b"Level {{ level }}{% if level > 1 %}!{% endif %}\n",
        "rules/motion.seg": kinds.RULES.encode(), "experiments/v2.seg": kinds.CANDIDATE.encode(), "experiments/trial.seg": kinds.EXPERIMENT.encode(),
        "rules/fixtures/low/account.csv": b"account_id,level,flag,expect.motion\na,1,true,low\nb,5,,rest\n",
        "rules/fixtures/low/fixture.toml": b'as_of = 2026-03-02\ntitle = "low"\n',
    }  # fmt: skip
    return Corpus("small", files, tuple(ON_DATA))


@cache
def used() -> Corpus:
    """What commands leave behind them: a ledger, outputs, records of promotions, customers who were assigned."""
    first = {**small().files, "segdsl.toml": kinds.TOML.encode()}
    with tempfile.TemporaryDirectory(prefix="segdsl-fuzz-") as scratch:
        root = Path(scratch).resolve()
        write(root, first)
        for command in (kinds.RUN, kinds.ASSIGN, kinds.SNAPSHOT, kinds.PROMOTE):
            done(root, command)
        files = {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}
    assert {".segdsl/ledger.duckdb"} <= files.keys() and len(files) >= len(first) + 5, sorted(files)
    return Corpus("used", files, tuple(ON_DATA))


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def generated(seed: int) -> Corpus:
    """A workspace that `tests.proofs` makes up."""
    made = workspaces.workspace(seed)
    files = {
        "segdsl.toml": f'[workspace]\nname = "t"\ntimezone = "{made.zone}"\n'.encode(),
        "rules.seg": made.text.encode(),
    }
    files |= {name: text.encode() for name, text in workspaces.FILES.items()}
    return Corpus("generated", files, tuple(ON_RULES), (made.edited,))


@cache
def _pieces(name: str, texts: tuple[str, ...]) -> Pieces:
    return Pieces.of(texts)


def made(seed: int, number: int) -> Input:
    """The input of a run by its number."""
    draw = random.Random(f"{seed} {number}")
    if draw.random() < 0.3:
        return _odd_file(number, draw)
    corpus = draw.choices([company(), gallery(), journey(), language(), mistaken(), small(), generated(draw.randrange(200))], [2, 2, 2, 4, 6, 3, 3])[0]  # fmt: skip
    texts = (*(corpus.files[p].decode() for p in corpus.rules), *corpus.kin)
    pieces = _pieces(corpus.name, texts)
    path = draw.choice(corpus.rules)
    text, beside = corpus.files[path].decode(), ""
    if corpus.kin and (not text or draw.random() < 0.7):
        beside, text = text, "".join(draw.sample(corpus.kin, corpus.at_once))
    if draw.random() < 0.12:
        odd, kind = mangled(text.encode(), draw), "rules by bytes"
    else:
        odd, kind = (
            pieces.mutated(text, draw, draw.choice([1, 1, 2, 3])).encode("utf-8", "replace"),
            "rules by the grammar",
        )
    return _input(number, corpus, {path: beside.encode() + odd}, kind, draw)


def _odd_file(number: int, draw: random.Random) -> Input:
    """A file that isn't rules, by bytes; the workspace names it."""
    corpus = draw.choice([small(), small(), used(), company(), gallery()])
    left = [path for path in corpus.readers if path not in small().files]
    path = draw.choice(left if corpus.name == "used" else corpus.readers)
    changed = {path: mangled(corpus.files[path], draw)}
    if path.startswith("accounts."):
        changed["segdsl.toml"] = corpus.files["segdsl.toml"].replace(b"{accounts}", path.encode())
    return _input(number, corpus, changed, f"{path.rsplit('.', 1)[-1]} by bytes", draw)


def _input(number: int, corpus: Corpus, changed: dict[str, bytes], kind: str, draw: random.Random) -> Input:
    if b"{accounts}" in (changed.get("segdsl.toml") or corpus.files["segdsl.toml"]):
        changed["segdsl.toml"] = (changed.get("segdsl.toml") or corpus.files["segdsl.toml"]).replace(b"{accounts}", b"accounts.csv")  # fmt: skip
    text = b"\n".join(changed.get(p, corpus.files[p]) for p in corpus.rules).decode("utf-8", "replace")
    rules = re.findall(r"^segment(?:ation)?\s+([a-z_]\w*)", text, re.MULTILINE) or ["x"]
    experiments = re.findall(r"^experiment\s+([a-z_]\w*)", text, re.MULTILINE) or ["x"]
    plays = re.findall(r"^play\s+([a-z_]\w*)", text, re.MULTILINE) or ["x"]

    def filled(part: str) -> str:
        return (
            part.replace("{rule}", draw.choice(rules))
            .replace("{experiment}", draw.choice(experiments))
            .replace("{play}", draw.choice(plays))
        )

    several = draw.choice([0, 1, 1, 2, 3]) if kind.startswith("rules") else draw.choice([2, 3, 4])
    chosen = [tuple(map(filled, c)) for c in draw.sample(corpus.commands, several)]
    return Input(number, corpus, changed, kind, (*ALWAYS, *chosen))
