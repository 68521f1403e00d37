"""What commands share: options, loading a workspace, printing diagnostics, exit codes."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from segdsl.report.formats import formats, render

if TYPE_CHECKING:
    import datetime as dt

    from segdsl.diagnostics import Diagnostic
    from segdsl.model.clock import Clock
    from segdsl.workspace.load import BrokenWorkspace, RuleFiles, Workspace

_NO_TEXT = (".xlsx", ".xls", ".parquet", ".docx", ".pdf", ".png", ".duckdb", ".zip")
FINDINGS, USAGE, DATA = 1, 2, 3  # a `Refusal` brings its own
F = TypeVar("F", bound=Callable[..., Any])


def workspace_option(command: F) -> F:
    return click.option(
        "--workspace",
        "-w",
        type=click.Path(path_type=Path),
        default=None,
        metavar="DIR",
        help="Folder with the segdsl.toml; else the nearest one upwards.",
    )(command)


def as_of_option(command: F) -> F:
    """The day of a command that publishes."""
    help = "Evaluate as of this day (or today, yesterday); else the start of today."
    return click.option("--as-of", metavar="DATE", default=None, help=help)(command)


def look_as_of_option(command: F) -> F:
    """The day of a command that only looks: that of the data, where it is old (`day_to_look`)."""
    help = (
        "Look as of this day (or today, yesterday); else today, or the day after the newest row where the data are old."
    )
    return click.option("--as-of", metavar="DATE", default=None, help=help)(command)


def source_option(command: F) -> F:
    return click.option(
        "--source", metavar="NAME", default=None, help="A [sources.NAME] of segdsl.toml; else default."
    )(command)


def format_option(*results: str) -> Callable[[F], F]:
    """`--format`, with the formats that all of these results have: folders of `report`."""
    choice = click.Choice(formats(*results))
    return click.option("--format", "format_", type=choice, default="text", show_default=True, help="How to print.")


def output_option(command: F) -> F:
    return click.option(
        "--output",
        "-o",
        type=click.Path(path_type=Path),
        default=None,
        metavar="FILE",
        help="Write to this file instead.",
    )(command)


class Folder(click.Path):
    """A folder by its name. An empty name, as of a variable that isn't set, would be the folder where the command runs."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, file_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not str(value).strip():
            self.fail("it has no name; write . for the folder that you are in", param, ctx)
        return super().convert(value, param, ctx)


# -- the terminal ------------------------------------------------------------------


def colour() -> bool:
    """Colour only on a terminal; NO_COLOR wins over everything."""
    if os.environ.get("NO_COLOR"):
        return False
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


_STYLE = re.compile(r"(\x1b\[[0-9;]*m)")
_COMMAND = re.compile(r"^(\s*(?:\x1b\[[0-9;]*m)*\s*)(?=::)", re.MULTILINE)


def _at_the_door(text: str) -> str:
    """What leaves through here shows every character, but for our own styles, and holds no workflow command of GitHub.

    Whoever puts text of a rule or of data into a line has made it `printable`: a line of its own can't be told here any more.
    """
    from segdsl.diagnostics import UNSEEN, printable

    pieces = _STYLE.split(text)
    pieces[::2] = (UNSEEN.sub(lambda m: m[0] if m[0] in "\n\t" else printable(m[0]), p) for p in pieces[::2])
    return _COMMAND.sub(r"\1\\", "".join(pieces)).replace("##[", r"##\[")


def say(text: str = "", nl: bool = True) -> None:
    """A block to standard output; styles only where `colour`."""
    click.echo(_at_the_door(text), color=colour(), nl=nl)


def say_line(text: str) -> None:
    """One line to standard output, whatever stands in it; it has no styles."""
    from segdsl.diagnostics import printable

    say(printable(text))


def note(text: str) -> None:
    """One line to standard error, for people."""
    from segdsl.diagnostics import printable

    click.echo(_at_the_door(printable(text)), err=True)


def day_to_look(workspace: Workspace, as_of: str | None, source: str | None) -> dt.date | dt.datetime:
    """As-of of a command that only looks: as said, else that of the data, which is noted. Raises `UsageError`."""
    from segdsl.run.data_day import clock_to_look

    dated = clock_to_look(workspace, as_of, source)
    note_day(dated.clock, dated.because)
    return dated.clock.as_of


def note_lacking_runs(
    workspace: Workspace, names: Sequence[str], source: str | None, as_of: dt.date | dt.datetime | str | None
) -> None:
    """Recorded runs that lack for rules or metrics, all rules without names, where the command's result has no warnings."""
    from segdsl.run.evaluate import chosen_rules, clock_for
    from segdsl.run.recorded import lacking_runs

    model = workspace.model
    rules = [model.metrics[n] for n in names if n in model.metrics]
    of_rules = [n for n in names if n in model.segmentations or n in model.segments]
    read = [*rules, *(chosen_rules(model, of_rules) if of_rules or not names else [])]
    for lacking in lacking_runs(workspace, read, source, clock_for(workspace.zone, as_of)):
        note(f"{lacking.message}; {lacking.help}")


def note_day(clock: Clock, because: str) -> None:
    """Where as-of comes from, if nobody said it."""
    from segdsl.words import values

    if because:
        note(f"as of {values.as_of(clock)}: {because}")


def say_commands(text: str) -> None:
    """Workflow commands of `report/layout/annotations.py`, which escapes what stands in them."""
    click.echo(text, color=False)


def say_rules(text: str) -> None:
    """A rule file's text as it is, for the program that asked for it."""
    click.echo(text, color=False, nl=False)


def say_query(text: str) -> None:
    """A query for the program that runs it; raises `Refusal` where a screen wouldn't show what it says."""
    from segdsl.diagnostics import Diagnostic
    from segdsl.run.errors import UsageError

    if _at_the_door(text) != text:
        message = (
            "a text of the rules has characters that aren't seen, or looks like a command to whoever reads it here"
        )
        raise UsageError(Diagnostic("SEG0607", message, help="write the query to a file: --output query.sql"))
    click.echo(text, color=False)


def put(
    output: Path | None,
    text: str,
    workspace: RuleFiles | None = None,
    has_commands: bool = False,
    is_query: bool = False,
) -> None:
    """To a file, as plain text, or to standard output; over nothing that the workspace reads: raises `Refusal`.

    `has_commands` says that the text is workflow commands, `is_query` that a program runs it as it is.
    """
    if output is None:
        if text:
            (say_query if is_query else say_commands if has_commands else say)(text.removesuffix("\n"))
        return
    from segdsl.files import atomic
    from segdsl.workspace.inputs import refuse_over_inputs

    if output.suffix.lower() in _NO_TEXT:
        from segdsl.diagnostics import Diagnostic
        from segdsl.run.errors import UsageError

        help = "end it in .txt, .md, .html or .json"
        raise UsageError(
            Diagnostic("SEG0607", f"{output} would be a text under the name of another kind of file", help=help)
        )
    if workspace is not None:
        refuse_over_inputs(workspace, [output])
    try:
        plain = text if is_query else click.unstyle(text)
        atomic.replace(output, (plain.removesuffix("\n") + "\n").encode())
    except OSError as error:
        note(f"{output} can't be written: {error.strerror or error}")
        sys.exit(DATA)
    note(f"wrote {output}")


def show(
    result: str, format_: str, *values: object, output: Path | None = None, workspace: RuleFiles | None = None
) -> None:
    """A result of `report` in a format, to where `put` puts it; `values` are what the formats of that result take.

    A terminal gets its long lines broken between words.
    """
    from segdsl.report.layout.terminal import wrapped

    text = render(result, format_, *values)
    if format_ == "text" and output is None and sys.stdout.isatty():
        text = wrapped(text, shutil.get_terminal_size().columns)
    put(output, text, workspace, has_commands=format_ == "github")


@contextlib.contextmanager
def progress(what: str) -> Iterator[None]:
    """A spinner on standard error while something takes longer than a moment; only on a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True, no_color=not colour()).status(what):
        yield


@contextlib.contextmanager
def steps(first: str) -> Iterator[Callable[[str], None]]:
    """As `progress`, for what has several steps: what is given is called with the words for each."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True, no_color=not colour()).status(first) as status:
        yield status.update


def say_diagnostics(diagnostics: Sequence[Diagnostic]) -> None:
    from segdsl.report.layout.terminal import styled

    for diagnostic in diagnostics:
        say(styled(diagnostic))
        say()


# -- workspaces and what can go wrong -------------------------------------------------


def _drop_output() -> None:
    """Discard what is left in the buffer of standard output: written once more at exit, it would fail again, with Python's own words."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextlib.contextmanager
def failing(format_: str = "text") -> Iterator[None]:
    """Turns the errors a command may meet into diagnostics and the contract's exit codes, and closes what was opened."""
    from segdsl.closing import closing
    from segdsl.diagnostics import Refusal

    try:
        with closing():
            yield
    except Refusal as refused:
        stop(refused.diagnostics, refused.exit_code, format_)
    except click.ClickException:
        raise  # of how the command is used: click says it
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        if os.environ.get("SEGDSL_TRACEBACK"):
            raise
        where = f"{error.filename}: " if error.filename else ""
        note(f"the system refuses: {where}{error.strerror or error}")
        _drop_output()
        sys.exit(DATA)
    except MemoryError:
        note("the system refuses: there isn't enough memory; nothing was finished")
        sys.exit(DATA)
    except Exception as error:
        if os.environ.get("SEGDSL_TRACEBACK"):
            raise
        note(f"internal error in segdsl: {type(error).__name__}: {str(error)[:300]}")
        note("please report it; with SEGDSL_TRACEBACK=1 it says where")
        sys.exit(DATA)


def stop(diagnostics: Sequence[Diagnostic], code: int, format_: str) -> NoReturn:
    """Machines are told on standard output, people on standard error."""
    from segdsl.report.layout.terminal import styled

    if format_ in ("github", "json"):
        show("findings", format_, diagnostics, 0, Path.cwd())
    else:
        for diagnostic in diagnostics:
            click.echo(_at_the_door(styled(diagnostic)), err=True, color=colour() and sys.stderr.isatty())
    sys.exit(code)


def root_of(folder: Path | None) -> Path:
    """The folder itself, or the nearest with a `segdsl.toml` upwards, once what was interrupted there is finished."""
    from segdsl.workspace.load import find_root

    root = folder if folder is not None else find_root(Path.cwd())
    finish(root)
    return root


def open_workspace(folder: Path | None) -> Workspace | BrokenWorkspace:
    """The workspace of a folder, or of the nearest `segdsl.toml` upwards."""
    from segdsl.workspace.load import load_workspace

    return load_workspace(root_of(folder))


def finish(root: Path) -> None:
    """What a command before this one was interrupted in."""
    from segdsl.files import journal

    for path in journal.settle(root):
        note(f"the command before this one was interrupted; {path} was put in place")


def sound_workspace(folder: Path | None) -> Workspace:
    """A workspace without errors; raises `RulesError`, so that `failing` prints them and ends with exit code 1."""
    from segdsl.workspace.load import sound

    return sound(open_workspace(folder))
