"""`segdsl init`: a first workspace, from one's own exports or a small one to copy from."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli import _shared as shared

if TYPE_CHECKING:
    from segdsl.draft.profile import Profile
    from segdsl.workspace.config import SourceConfig
    from segdsl.workspace.load import Workspace

MOST_PROPOSED = 3  # questions to try first


class _Files(click.Command):
    """Lets `--from` take all the names that follow it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        spread: list[str] = []
        taking = False
        for arg in args:
            if arg == "--from":
                taking = True
            elif taking and not arg.startswith("-"):
                spread += ["--from", arg]
            else:
                taking = False
                spread.append(arg)
        return super().parse_args(ctx, spread)


@click.command("init", cls=_Files)
@click.option(
    "--from",
    "files",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE…",
    help="Your exports, or a folder of them: csv, xlsx, parquet, json, duckdb.",
)
@click.option(
    "--without", type=click.Path(path_type=Path), multiple=True, metavar="FILE", help="Leave a file of a folder out."
)
@click.option(
    "--workspace",
    "-w",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    metavar="DIR",
    help="Where to; else here.",
)
@click.option(
    "--force", is_flag=True, help="Draft anew over a model.seg and segdsl.toml; the old ones are kept beside."
)
@click.option(
    "--update",
    is_flag=True,
    help="Add the columns and values that newer exports have to the rules that are here; your own edits stay.",
)
@click.option("--github", is_flag=True, help="Only what GitHub needs to check and test the rules of this folder.")
def command(
    files: tuple[Path, ...], without: tuple[Path, ...], workspace: Path, force: bool, update: bool, github: bool
) -> None:
    """Begin a workspace: from your own exports, or a small runnable one.

    As in: segdsl init --from accounts.csv users.csv logins.csv
    Types, keys, links and formats are guessed from the data, each with its evidence, for you to confirm.
    """
    if github and files:
        raise click.UsageError("--github is a step of its own: begin the workspace first")
    if (force or without) and not (files or update):
        raise click.UsageError("--force and --without go with --from")
    if update and (force or github):
        raise click.UsageError("--update adds to what is here: take --force or --github off")
    with shared.failing():
        if github:
            _github(workspace)
            return
        if update:
            _update(files, without, workspace)
            return
        drafted = ("segdsl.toml", "model.seg")
        if force:
            shared.finish(workspace)
        else:
            _refuse_to_overwrite(workspace, drafted if files else (*drafted, "motion.seg", "data"))
        if files:
            _from(files, without, workspace)
        else:
            _small(workspace)


def _refuse_to_overwrite(workspace: Path, names: Sequence[str]) -> None:
    from segdsl.diagnostics import Diagnostic
    from segdsl.workspace.config import NotAWorkspace

    shared.finish(workspace)
    there = [n for n in names if _is_there(workspace / n)]
    if there:
        help = "draft anew with --force (the old files are kept beside), or go to an empty folder: --workspace my-rules"
        if "data" in names or "model.seg" not in names:
            help = "go to an empty folder, or name one: --workspace my-rules"
        raise NotAWorkspace(
            Diagnostic("SEG0610", f"{', '.join(there)} is here already, and nothing is overwritten", help=help)
        )


def _is_there(path: Path) -> bool:
    """A file, a link, or a folder with anything in it: an empty one is what an interrupted command leaves."""
    return any(path.iterdir()) if path.is_dir() and not path.is_symlink() else os.path.lexists(path)


def _write(
    root: Path, files: Mapping[str, bytes], shown: Path | None = None, read: Mapping[str, str] | None = None
) -> None:
    """All of them or none; first segdsl.toml, with which an interrupted one is found and finished.

    `read`: texts that must still be those of the files.
    """
    from segdsl.diagnostics import Diagnostic
    from segdsl.files import journal
    from segdsl.workspace.config import NotAWorkspace

    paths = sorted(files, key=lambda p: (p != "segdsl.toml", p))
    try:
        unchanged = {root / path: text for path, text in (read or {}).items()}
        journal.change(root, {root / path: files[path] for path in paths}, unchanged)
    except OSError as error:
        message = f"{root} can't be written: {error.strerror or error}"
        raise NotAWorkspace(Diagnostic("SEG0707", message, help="nothing was written")) from None
    for path in paths:
        shared.say_line(f"wrote {(root if shown is None else shown) / path}")


def _small(workspace: Path) -> None:
    template = Path(__file__).parent.parent / "draft" / "template"
    files = [p for p in template.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    _write(workspace, {p.relative_to(template).as_posix(): p.read_bytes() for p in files})
    here = "" if workspace == Path() else f"cd {workspace} && "
    shared.say_line(f"next: {here}segdsl test && segdsl run --as-of 2026-11-01")


def _github(workspace: Path) -> None:
    """A workflow, a development container and a list of what git leaves out, for rules that are here already."""
    from segdsl.version import __version__

    root = shared.root_of(workspace if (workspace / "segdsl.toml").is_file() else None)
    template = Path(__file__).parent.parent / "draft" / "github"
    paths = sorted(p.relative_to(template) for p in template.rglob("*") if p.is_file())
    _refuse_to_overwrite(root, [p.as_posix() for p in paths if p.name != ".gitignore"])
    for path in (p for p in paths if (root / p).exists()):
        shared.say(f"left {path} as it is")
    texts = {p: (template / p).read_text(encoding="utf-8").replace("SEGDSL_VERSION", __version__) for p in paths}
    _write(root, {p.as_posix(): text.encode() for p, text in texts.items() if not (root / p).exists()}, Path())
    shared.say("next: put segdsl's wheel beside them, since it isn't on PyPI yet:")
    shared.say("          pip wheel --no-deps --wheel-dir .github PATH-OF-YOUR-CLONE-OF-SEGDSL")
    shared.say("      then commit, and open a pull request")


def _from(files: tuple[Path, ...], without: tuple[Path, ...], workspace: Path) -> None:
    import tempfile

    import duckdb

    from segdsl.data.sheet_cache import folder_of
    from segdsl.draft import tries
    from segdsl.draft.exports import look_at
    from segdsl.draft.model import draft
    from segdsl.draft.write import config_text, model_text

    with (
        tempfile.TemporaryDirectory() as aside,
        duckdb.connect() as con,
        shared.steps("looking at every row") as report,
    ):
        looked = look_at(con, files, Path(aside), without, report, folder_of(workspace))
        report("looking for keys, links and types")
        drafts = draft(con, looked.profiles, looked.left_out)
    shared.show("draft", "text", drafts)
    shared.say()
    texts = {
        "segdsl.toml": config_text(drafts.tables, workspace.absolute().name, workspace),
        "model.seg": _formatted(model_text(drafts.tables, files)),
    }
    written = {path: text.encode() for path, text in texts.items()}
    _write(workspace, {**_kept_beside(workspace, texts), **written, **_ignored(workspace, files)})
    loaded = _check(workspace)
    _say_next(_worth_trying(loaded, tries.questions(drafts.tables)), workspace)


def _update(files: tuple[Path, ...], without: tuple[Path, ...], workspace: Path) -> None:
    import tempfile

    import duckdb

    from segdsl.data.sheet_cache import folder_of
    from segdsl.diagnostics import printable
    from segdsl.draft.exports import look_at
    from segdsl.draft.update import update
    from segdsl.run.evaluate import source_config

    loaded = shared.sound_workspace(workspace if workspace != Path() else None)
    source = source_config(loaded, None)
    paths = files or _paths_of(source, loaded.root)
    if not paths:
        raise click.UsageError("no file that segdsl.toml names is there: say the newer exports after --from")
    with (
        tempfile.TemporaryDirectory() as aside,
        duckdb.connect() as con,
        shared.steps("looking at every row") as report,
    ):
        looked = look_at(con, paths, Path(aside), without, report, folder_of(loaded.root))
        found = update(con, loaded, looked.profiles, source)
    for line in found.added:
        shared.say(f"+ {printable(line)}")
    for line in found.gone:
        shared.say(f"- {printable(line)}")
    for profile in found.strange:
        shared.say(f"left out {printable(profile.label)}: no table of segdsl.toml has its name")
    for reason in looked.left_out:
        shared.say(f"left out {printable(reason)}")
    if found.strange:
        _say_how_to_add(found.strange, _paths_of(source, loaded.root))
    ignored = _ignored(loaded.root, paths) if (loaded.root / ".gitignore").exists() else {}
    if not found.added:
        rest = " in the other files" if found.strange else ""
        if len(found.strange) < len(looked.profiles):
            shared.say(f"nothing new{rest}: the rules declare every column and every value of a `one of`")
        _write(loaded.root, ignored)
        return
    changed = {path: text.encode() for path, text in found.texts.items() if text != found.read[path]}
    _write(loaded.root, {**changed, **ignored}, read={path: found.read[path] for path in changed})
    _check(loaded.root)
    shared.say("next: read what is new in model.seg, then segdsl data check")


def _ignored(root: Path, exports: Sequence[Path]) -> dict[str, bytes]:
    """The .gitignore, where it doesn't leave all exports out yet."""
    from segdsl.draft.ignored import ignored

    path = root / ".gitignore"
    there = path.read_text(encoding="utf-8", errors="surrogateescape") if path.is_file() else None
    text = ignored(exports, root, there)
    return {} if text == there else {".gitignore": text.encode(errors="surrogateescape")}


def _paths_of(source: SourceConfig, root: Path) -> tuple[Path, ...]:
    """The files of a source's tables, each once."""
    tables = [table for name in source.tables if (table := source.table(name)) is not None]
    found = [Path(p) for t in tables for p in sorted(glob.glob(str(root / t.path))) if Path(p).is_file()]
    return tuple(dict.fromkeys(found))


def _say_how_to_add(strange: Sequence[Profile], known: Sequence[Path]) -> None:
    """The command that drafts files of no table beside the rules: links are found among all files together."""
    import shlex

    from segdsl.diagnostics import printable

    paths = dict.fromkeys([*(os.path.relpath(p) for p in known), *(os.path.relpath(p.path) for p in strange)])
    labels = ", ".join(p.label for p in strange)
    shared.say(
        f"to add {printable(labels)}, draft all files in a folder of its own, and copy what is new from its files into yours:"
    )
    shared.say(f"    segdsl init --workspace drafted --from {printable(shlex.join(paths))}")


def _kept_beside(workspace: Path, names: Iterable[str]) -> dict[str, bytes]:
    """What a draft takes the place of, under a name that is free: `model.seg.before`, `model.seg.before_2`."""
    from segdsl.words.headers import unused

    there = [p.name for p in workspace.iterdir()] if workspace.is_dir() else []
    return {unused(f"{n}.before", there): (workspace / n).read_bytes() for n in names if (workspace / n).is_file()}


def _say_next(conditions: Sequence[str], workspace: Path) -> None:
    where = "" if workspace == Path() else f" -w {workspace}"
    shared.say()
    if not conditions:
        shared.say_line("next: read model.seg and correct it")
    for i, condition in enumerate(conditions):
        start = "next: read model.seg and correct it, then   " if i == 0 else " " * 44
        shared.say_line(f"{start}segdsl try '{condition}'{where}")
    shared.say_line(f"      what is wrong with the data itself:    segdsl data check{where}")


def _formatted(text: str) -> str:
    """In the one layout; a draft that doesn't parse is shown as it is, for `check` to say why."""
    from segdsl.diagnostics import Source
    from segdsl.lang.format import format_text

    return format_text(Source("model.seg", text))


def _check(workspace: Path) -> Workspace | None:
    """What the rules' checker says of the draft: nothing, or it names the place. The workspace where it is sound."""
    from segdsl.lint.checks import checked
    from segdsl.workspace.load import BrokenWorkspace, load_workspace

    loaded = load_workspace(workspace)
    shared.say_diagnostics(checked(loaded))
    return None if isinstance(loaded, BrokenWorkspace) else loaded


def _worth_trying(workspace: Workspace | None, questions: Sequence[Sequence[str]]) -> list[str]:
    """Of each kind of question the first variant that tells customers apart on the data, three at most."""
    from segdsl.whatif.apart import tell_apart, why_refused

    if workspace is None or not questions:
        return []
    with shared.progress("asking first questions"):
        telling = tell_apart(workspace, [q for variants in questions for q in variants])
        refused = () if telling else why_refused(workspace, questions[0][0])
    shared.say_diagnostics(refused)
    best = [next((q for q in variants if q in telling), None) for variants in questions]
    return [q for q in best if q is not None][:MOST_PROPOSED]
