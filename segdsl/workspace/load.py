"""Load a workspace: a folder with `segdsl.toml` and `.seg` files, as a typed model or as findings."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from segdsl.bounds import RULE_FILES, Work, deep_stack, few
from segdsl.diagnostics import Diagnostic, Refusal, Source, Span, has_errors, in_file_order
from segdsl.files import journal
from segdsl.files.paths import leads_outside
from segdsl.lang import tree
from segdsl.lang.parse import LARGEST_FILE, parse
from segdsl.workspace.config import CONFIG, Config, NotAWorkspace, load_config

if TYPE_CHECKING:
    from segdsl.model.segment import Model

MOST_FILES = RULE_FILES.most


class RulesError(Refusal):
    """The rules have errors, or a requested rule, customer, source or day doesn't exist. Exit code 1.

    `diagnostics` has all findings on the rules, or the one on the request.
    """

    exit_code = 1


@dataclass(frozen=True)
class RuleFiles:
    """Rule files of a folder with their findings in file order; `files` are the syntax trees of `sources`."""

    root: Path
    config: Config
    files: tuple[tree.File, ...]
    sources: tuple[Source, ...]
    diagnostics: tuple[Diagnostic, ...] = field(repr=False)

    @property
    def zone(self) -> ZoneInfo:
        return self.config.zone

    @property
    def characters(self) -> int:
        """Size of all rule files, which scales the work budget."""
        return sum(len(source.text) for source in self.sources)


@dataclass(frozen=True)
class Workspace(RuleFiles):
    """A workspace without errors, and its model; `diagnostics` has warnings at most."""

    model: Model


@dataclass(frozen=True)
class BrokenWorkspace(RuleFiles):
    """A workspace with at least one error in `diagnostics`, and without a model."""


def sound(workspace: Workspace | BrokenWorkspace) -> Workspace:
    """Return a workspace without errors; raises `RulesError` with all findings otherwise."""
    if isinstance(workspace, BrokenWorkspace):
        raise RulesError(workspace.diagnostics)
    return workspace


def find_root(start: Path) -> Path:
    """Nearest folder upwards with a `segdsl.toml`; raises `NotAWorkspace`."""
    start = start.absolute()
    for folder in (start, *start.parents):
        if (folder / CONFIG).is_file():
            return folder
    raise NotAWorkspace(
        Diagnostic(
            "SEG0601",
            f"no {CONFIG} in {start} or above it",
            help="go to the rules' folder, or name it with --workspace",
        )
    )


NO_RULES = Diagnostic(
    "SEG0623",
    "there is no rule file",
    help="rules are files that end in .seg: were they moved, or is there a submodule that wasn't fetched?",
)
"""Finding for a workspace or folder without rule files: otherwise moving them all would remove every check."""


def load_workspace(root: Path, lists: Path | None = None) -> Workspace | BrokenWorkspace:
    """Read, parse and resolve all files, after finishing an interrupted change.

    `lists`: the folder of the files that lists and calendars name; else each lies beside its rule file, or below.

    Raises `NotAWorkspace` for a missing or broken `segdsl.toml`, and `JournalError`.
    """
    journal.settle(root)
    config = load_config(root)
    problems: list[Diagnostic] = []
    sources: list[Source] = []
    paths = list(rule_files(root, config.workspace.include))
    if not paths:
        problems.append(NO_RULES)
    for path in paths:
        source = read_rules(path, root, problems)
        if source is not None:
            sources.append(source)
    return build(root, config, sources, problems, lists)


def build(
    root: Path, config: Config, sources: list[Source], problems: list[Diagnostic], lists: Path | None = None
) -> Workspace | BrokenWorkspace:
    """Build a workspace from texts; `problems` are findings of reading them, `lists` is as of `load_workspace`."""
    from segdsl.model.segment import Outside  # these take longer to import than `fmt`, which needs none of them, to run
    from segdsl.resolve import resolve
    from segdsl.workspace.lists import Files

    with deep_stack():
        parsed = [parse(s) for s in sources]
        files = tuple(file for file, _ in parsed)
        syntax = [d for _, wrong in parsed for d in wrong]
        work = Work.of(sum(len(s.text) for s in sources))
        rule_data = Files(root, lambda path: read_rules(path, lists or root, problems), problems, work, lists)
        outside = Outside(
            config.workspace.fiscal_year_starts, config.zone, rule_data.holidays(files), rule_data.messages(files)
        )
        model, semantic = resolve(files, outside, work)
        if model is not None:
            model = replace(model, schema=replace(model.schema, listed=rule_data.lists(files, model)))
    findings = [*problems, *syntax, *_after_syntax(semantic, syntax)]
    if model is None or has_errors(findings):
        from segdsl.mend.messages import mended  # only where something is wrong

        with deep_stack():
            findings = mended(sources, files, findings, outside)
    diagnostics = few(in_file_order(findings))
    if model is None or has_errors(diagnostics):
        return BrokenWorkspace(root, config, files, tuple(sources), diagnostics)
    return Workspace(root, config, files, tuple(sources), diagnostics, model)


def _after_syntax(semantic: tuple[Diagnostic, ...], syntax: list[Diagnostic]) -> list[Diagnostic]:
    """Findings without unknown names whose declarations didn't parse."""
    unparsed = {m for d in syntax if d.span for m in re.findall(r"\w+", _declaration_head(d.span))}
    return [d for d in semantic if d.undeclared not in unparsed]


def _declaration_head(span: Span) -> str:
    """First line of the declaration at a position."""
    above = span.source.text[: span.start + 1]
    starts = [m.start() for m in re.finditer(r"^[a-z]+ \w+", above, re.MULTILINE)]
    return span.source.text[starts[-1] :].partition("\n")[0][:200] if starts else ""


# -- reading ---------------------------------------------------------------------


def rule_files(root: Path, include: list[str] | None) -> Iterator[Path]:
    """All `.seg` files below `root`, sorted; a subfolder with its own `segdsl.toml` is another workspace. Raises
    `NotAWorkspace`.
    """
    tops = [root / part for part in include] if include is not None else [root]
    seen = 0
    for top in tops:
        by_name = Path(os.path.abspath(top)).is_relative_to(os.path.abspath(root))
        if by_name and leads_outside(top, root):
            message = f"`{top.relative_to(root).as_posix()}`, which `include` names, is a link that leads outside the workspace"
            raise NotAWorkspace(Diagnostic("SEG0602", message, help="name the folder itself, or move it here"))
        for folder, folders, names in os.walk(top):
            folders[:] = sorted(
                f for f in folders if not f.startswith(".") and not (Path(folder) / f / CONFIG).is_file()
            )
            for name in sorted(n for n in names if n.lower().endswith(".seg")):
                seen += 1
                if not name.endswith(".seg"):
                    message = f"{Path(folder) / name} isn't read: rules are files that end in .seg, in small letters"
                    raise NotAWorkspace(Diagnostic("SEG0602", message, help="rename it"))
                if seen > MOST_FILES:
                    raise NotAWorkspace(
                        Diagnostic(
                            "SEG0602",
                            f"more than {MOST_FILES:,} .seg files below {root}",
                            help="name the folders to read in `include`",
                        )
                    )
                yield Path(folder) / name


def read_rules(path: Path, root: Path, problems: list[Diagnostic]) -> Source | None:
    """Text of a rule file, its path relative to `root`; None for an unreadable file, with the reason added to `found`."""
    shown = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
    place = Span(Source(shown, ""), 0, 0)
    try:
        if not path.is_file():
            raise OSError("it is no ordinary file")
        if path.is_symlink() and leads_outside(path, root):
            raise OSError("it leads outside the workspace")
        size = path.stat().st_size
        if size > LARGEST_FILE:
            problems.append(
                Diagnostic(
                    "SEG0108",
                    f"the file is larger than {LARGEST_FILE // 1_000_000} MB",
                    place,
                    label=f"{size:,} bytes",
                    help="split it",
                )
            )
            return None
        data = path.read_bytes()
    except OSError as error:
        problems.append(Diagnostic("SEG0110", f"the file can't be read: {error.strerror or error}", place))
        return None
    try:
        return Source(shown, data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        start = error.start - (data[: error.start].rfind(b"\n") + 1)
        text = data[: error.start].decode("utf-8-sig", "replace") + "\ufffd"
        at = Span(Source(shown, text), len(text) - 1, len(text))
        help = "save it as UTF-8 (Excel and Notepad: “Save as”, encoding UTF-8)"
        problems.append(
            Diagnostic(
                "SEG0107",
                f"the file is not UTF-8: byte {data[error.start]:#04x} on line {line}, column {start + 1}",
                at,
                help=help,
            )
        )
        return None
