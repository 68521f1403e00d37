"""A set of exports -> what the commands of its first day print, and whether that is right."""

from __future__ import annotations

import os
import re
import shlex
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import pandas as pd
from click.testing import CliRunner

from segdsl.cli import main
from tests.first_day.table import Ask, Case, Say

MOST_COMMANDS = 3  # to the first right count
FAULT = 70  # the exit code given to a command that had a fault of its own
Verdict = Literal["right", "wrong", "refused", "told", "silent", "fine", "not fine"]
_COUNT = re.compile(r"([\d,]+) of ([\d,]+) ")
_IDLE = re.compile(r"^true$|is not missing|^$")  # no question that a person asks
_UNKNOWN = re.compile(r"^ +([\d,]+) unknown", re.MULTILINE)


@dataclass(frozen=True)
class Printed:
    """What a command ended with, its standard output, and all that it said."""

    code: int
    stdout: str
    everything: str


@dataclass(frozen=True)
class Answer:
    """To one question: how many customers were taken, how many are unknown, of how many, as printed (if they were) and as pandas counts them."""

    printed: Printed
    counts: tuple[int, int, int] | None
    right: tuple[int, int, int] | None = None


@dataclass(frozen=True)
class Day:
    """The first day with one set: what `init` said; what `check` says with each line that it offers in segdsl.toml taken up; what it proposed to try,
    and that tried; the answers; what `data check` and other commands said."""

    init: Printed
    offers: Mapping[str, Printed]
    proposed: str
    proposal: Answer
    answers: tuple[Answer, ...]
    check: Printed
    others: Mapping[str, Printed]


_LIVED: dict[str, Day] = {}


@dataclass(frozen=True)
class Check:
    """One thing that must hold of a first day. `kind` is the fault by which it doesn't today."""

    name: str
    kind: str
    about: Literal["fault", "init", "first", "proposal", "readable", "offers"] | Say | tuple[int, Literal["count", "words"]]


def checks(case: Case) -> Iterator[Check]:
    yield Check("no command has a fault of its own", "", "fault")
    yield Check("init ends well", case.init, "init")
    yield Check(f"first count in {MOST_COMMANDS} commands", case.first, "first")
    yield Check("proposes a question that tells customers apart", case.first if case.proposal is None else case.proposal, "proposal")
    yield Check("every cell can be read as init guessed, or was named", case.unreadable, "readable")
    yield Check("every line offered in segdsl.toml can be taken up", case.offers, "offers")
    for say in case.says:
        yield Check(f"{say.command} {'never ' if say.never else ''}says {' … '.join(say.facts)}", say.fails, say)
    for i, ask in enumerate(case.asks):
        yield Check(f"try {ask.condition}", ask.fails, (i, "count"))
        if ask.says:
            yield Check(f"try {ask.condition}: says {' … '.join(ask.says)}", ask.unsaid, (i, "words"))


def judged(case: Case, check: Check) -> tuple[Verdict, str]:
    """A verdict, and what was seen."""
    lived = day_of(case)
    match check.about:
        case "fault":
            said = [lived.init, lived.check, lived.proposal.printed, *(a.printed for a in lived.answers), *lived.offers.values(), *lived.others.values()]
            faults = [printed.everything for printed in said if printed.code == FAULT]
            return ("not fine" if faults else "fine"), "\n".join(faults)
        case "init":
            return ("fine" if lived.init.code == 0 else "not fine"), lived.init.everything
        case "first":
            needed = commands(lived)
            tries = "\n".join(answer.printed.everything for answer in lived.answers)
            return ("fine" if needed is not None and needed <= MOST_COMMANDS else "not fine"), tries
        case "proposal":
            counts = lived.proposal.counts
            apart = counts is not None and 0 < counts[0] < counts[2] and not _IDLE.search(lived.proposed)
            return ("fine" if apart else "not fine"), f"{lived.proposed}\n{lived.proposal.printed.everything}"
        case "readable":
            unread = set(re.findall(r"cells? of (\w+) unreadable", lived.check.everything))
            named = set(re.findall(r"^  ! (\w+): ", lived.init.everything, re.MULTILINE))
            return ("fine" if unread <= named else "not fine"), lived.check.everything
        case "offers":
            bad = {line: printed for line, printed in lived.offers.items() if "SEG0602" in printed.everything}
            return ("not fine" if bad else "fine"), "\n".join(f"{line}\n{printed.everything}" for line, printed in bad.items())
        case Say() as say:
            printed = lived.init if say.command == "init" else lived.others[say.command]
            return ("told" if _is_told(printed, say.facts) != say.never else "silent"), printed.everything
        case (i, "count"):
            answer = lived.answers[i]
            verdict: Verdict = "refused" if answer.counts is None else "right" if answer.counts == answer.right else "wrong"
            assert answer.right is not None
            taken, unknown, of = answer.right
            return verdict, f"{answer.printed.everything}\nby pandas: {taken} of {of}, {unknown} unknown"
        case (i, _):
            printed = lived.answers[i].printed
            return ("told" if _is_told(printed, case.asks[i].says) else "silent"), printed.everything


def commands(lived: Day) -> int | None:
    """How many it took to the first right count: `init`, then each question until one is answered rightly."""
    if lived.init.code:
        return None
    return next((i for i, answer in enumerate(lived.answers, 2) if answer.counts == answer.right), None)


def _is_told(printed: Printed, facts: tuple[str, ...]) -> bool:
    return any(all(re.search(f, line, re.IGNORECASE) for f in facts) for line in printed.everything.splitlines())


def day_of(case: Case) -> Day:
    """Lived once for each set."""
    if case.name not in _LIVED:
        with tempfile.TemporaryDirectory() as folder:
            _LIVED[case.name] = _live(case, Path(folder))
    return _LIVED[case.name]


def _live(case: Case, folder: Path) -> Day:
    write(case, folder)
    frames = read(case, folder)
    init = call(folder, "init", "--from", *(case.given or case.files))
    offers = _offers(folder)
    for text in case.answers if init.code == 0 else ():
        _take_up(folder / "segdsl.toml", text)
    for name, text in case.added.items():
        (folder / name).write_text(_named(text, _tables(folder)), encoding="utf-8")
    said = re.search(r"segdsl try '(.*)'", init.stdout)
    proposed = said[1] if said else ""
    proposal = _answer(call(folder, "try", proposed))
    answers = tuple(_asked(folder, ask, frames) for ask in case.asks)
    check = call(folder, "data", "check")
    others = {say.command: call(folder, *shlex.split(_named(say.command, _tables(folder)))) for say in case.says if say.command != "init"}
    return Day(init, offers, proposed, proposal, answers, check, others)


def _offers(folder: Path) -> dict[str, Printed]:
    """Each line that stands behind a `#` in segdsl.toml, taken up alone."""
    config = folder / "segdsl.toml"
    written = config.read_text(encoding="utf-8") if config.exists() else ""
    said = {}
    for line in {x for x in written.split("\n") if x.startswith("#") and "=" in x}:
        config.write_text(written.replace(line, line.lstrip("# ")), encoding="utf-8")
        said[line] = call(folder, "check")
        config.write_text(written, encoding="utf-8")
    return said


def write(case: Case, folder: Path) -> None:
    """The set's files as they lie in a person's folder."""
    for name, content in case.files.items():
        match content:
            case str():
                (folder / name).write_text(content, encoding="utf-8", newline="")
            case bytes():
                (folder / name).write_bytes(content)
            case _:
                content(folder / name)


def read(case: Case, folder: Path) -> SimpleNamespace:
    """Each file, or sheet of a workbook, as a frame of texts (typed where the file is), by its name in lower case with `_` for what isn't a letter or digit."""
    frames: dict[str, pd.DataFrame] = {}
    for name in case.files:
        options: dict[str, Any] = dict(case.read.get(name, {}))
        path, kind = folder / name, Path(name).suffix
        if options.pop("no_data", False):
            continue
        if options.pop("as_workbook", False) or kind == ".xlsx":
            frames |= _sheets(path, options)
        elif kind == ".parquet":
            frames[plain(Path(name).stem)] = pd.read_parquet(path)
        elif kind in (".json", ".jsonl", ".ndjson"):
            frames[plain(Path(name).stem)] = pd.read_json(path, dtype=False, **({"lines": kind != ".json"} | options))
        else:
            frames[plain(Path(name).stem)] = pd.read_csv(path, **({"dtype": str, "keep_default_na": False} | options))
    return SimpleNamespace(**frames)


def _sheets(path: Path, options: dict[str, Any]) -> dict[str, pd.DataFrame]:
    """Those named under `sheets` with how each is read, else all; the first stands under the file's name, too."""
    named: Mapping[str, Mapping[str, Any]] = options.pop("sheets", None) or dict.fromkeys(pd.ExcelFile(path).sheet_names, options)
    cells: dict[str, Any] = {"dtype": object, "keep_default_na": False, "na_values": [""]}
    read = {plain(sheet): pd.read_excel(path, sheet_name=sheet, **(cells | how)) for sheet, how in named.items()}
    return {plain(path.stem): next(iter(read.values()))} | read


def plain(name: str) -> str:
    return re.sub(r"\W+", "_", name.lower()).strip("_")


def call(folder: Path, *arguments: str) -> Printed:
    """`segdsl` as typed in a folder; a fault of its own counts as an end with `FAULT`."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        result = CliRunner().invoke(main, list(arguments))
    finally:
        os.chdir(before)
    fault = "" if result.exception is None or isinstance(result.exception, SystemExit) else f"\nfault: {result.exception!r}"
    return Printed(FAULT if fault else result.exit_code, result.stdout, result.output + fault)


def _take_up(config: Path, text: str) -> None:
    """Takes the `#` off the line that has a text, if it was offered."""
    lines = config.read_text(encoding="utf-8").split("\n")
    config.write_text("\n".join(line.lstrip("# ") if line.startswith("#") and text in line else line for line in lines), encoding="utf-8")


def _tables(folder: Path) -> dict[str, str]:
    """File (or sheet) -> the table that `init` drafted from it; `file:column` -> the entity it made of a column's values."""
    try:
        said = tomllib.loads((folder / "segdsl.toml").read_text(encoding="utf-8"))
        model = (folder / "model.seg").read_text(encoding="utf-8")
    except (OSError, tomllib.TOMLDecodeError):
        return {}
    named: dict[str, str] = {}
    for table, source in said.get("sources", {}).get("default", {}).get("tables", {}).items():
        settings: Mapping[str, Any] = source if isinstance(source, dict) else {"path": source}
        stem = plain(Path(settings["path"]).stem)
        if settings.get("distinct"):
            named[f"{stem}:{plain(_key_of(table, model, settings))}"] = table
            continue
        named.setdefault(stem, table)
        if "sheet" in settings:
            named[plain(settings["sheet"])] = table
    return named


def _key_of(entity: str, model: str, settings: Mapping[str, Any]) -> str:
    """The column that identifies an entity's rows, by the name that the file has for it."""
    declared = re.search(rf"^entity {entity}\b[^{{]*\{{(.*?)^\}}", model, re.MULTILINE | re.DOTALL)
    key = re.search(r"^ *(\w+): .*\bkey\b", declared[1] if declared else "", re.MULTILINE)
    field = key[1] if key else ""
    said = settings.get("columns", {}).get(field, field)
    return str(said.get("header", field) if isinstance(said, Mapping) else said)


def _named(text: str, tables: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda m: tables.get(m[1], m[1]), text)


def _asked(folder: Path, ask: Ask, frames: SimpleNamespace) -> Answer:
    truth = ask.right(frames).astype("boolean")
    right = int(truth.sum()), int(truth.isna().sum()), len(truth)
    tables = _tables(folder)
    stem, _, column = ask.of.partition(":")
    of = tables.get(f"{plain(stem)}:{plain(column)}" if column else plain(stem))
    if of is None:
        return Answer(Printed(2, "", f"init drafted no table of {ask.of}"), None, right)
    as_of = ("--as-of", ask.as_of) if ask.as_of else ()
    return replace(_answer(call(folder, "try", _named(ask.condition, tables), "--of", of, *as_of)), right=right)


def _answer(printed: Printed) -> Answer:
    counted = _COUNT.match(printed.stdout) if printed.code == 0 else None
    if counted is None:
        return Answer(printed, None)
    unknown = _UNKNOWN.search(printed.stdout)
    taken, of, not_known = (int(x.replace(",", "")) for x in (counted[1], counted[2], unknown[1] if unknown else "0"))
    return Answer(printed, (taken, not_known, of))
