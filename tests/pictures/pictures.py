"""Commands on the demo's company -> pictures of what a terminal shows, and of the comment on a pull request."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from markdown_it import MarkdownIt
from rich.console import Console
from rich.text import Text

from tests.support.git import git
from tests.support.paths import ROOT

PICTURES = ROOT / "docs" / "images"
COLUMNS, LINES = 100, 45
CHANGED = ("seat_use >= 90%", "seat_use >= 75%")


def made(folder: Path) -> dict[str, str]:
    """File name -> SVG of every picture; the company lies in `folder`, where nothing else does."""
    shown = typed(folder, "demo")
    first, second = (lines for lines in _screens(shown))
    company = folder / "out" / "software_company"
    pictures = {
        "demo-1.svg": terminal(("segdsl demo",), first),
        "demo-2.svg": terminal((), second),
        "try.svg": _of(company, "try", "arr > 50_000 and none(logins in last 30 days)"),
        "explain.svg": _of(company, "explain", "northwind", "motion"),
        "moved.svg": _of(company, "runs", "last", "--of", "motion", most=20),
    }
    markdown = _comment(company)
    return pictures | {f"comment-{mode}.svg": comment(markdown, colours) for mode, colours in MODES.items()}


def typed(folder: Path, *arguments: str) -> str:
    """What `segdsl` shows on a terminal of 100 columns."""
    ours, terminal_of_command = pty.openpty()
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "COLUMNS": str(COLUMNS), "TERM": "xterm-256color"}
    command = [sys.executable, "-m", "segdsl", *arguments]
    with subprocess.Popen(
        command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=terminal_of_command, stderr=subprocess.PIPE
    ) as process:
        os.close(terminal_of_command)
        pieces = []
        with contextlib.suppress(OSError):  # which is how a terminal ends
            while piece := os.read(ours, 65_536):
                pieces.append(piece)
        os.close(ours)
        assert process.stderr is not None
        notes = process.stderr.read()
    assert process.returncode == 0, (arguments, notes)
    return b"".join(pieces).decode().replace("\r\n", "\n").strip("\n")


def _screens(shown: str) -> tuple[list[str], list[str]]:
    """The demo's two screens: its first questions, and those from the fourth on."""
    lines = shown.split("\n")
    middle = next(i for i, line in enumerate(lines) if "Big customers" in line)
    first, second = lines[: middle - 1], lines[middle:]
    assert max(len(first), len(second)) <= LINES, (len(first), len(second))
    return first, second


def _of(company: Path, *arguments: str, most: int = LINES) -> str:
    lines = typed(company, *arguments).split("\n")
    command = " ".join(["segdsl", *(f"'{a}'" if " " in a else a for a in arguments)])
    return terminal((command,), [*lines[:most], *(["  …"] if len(lines) > most else [])])


# -- a terminal -----------------------------------------------------------------------


def terminal(commands: Sequence[str], lines: Sequence[str]) -> str:
    """A terminal's window with commands and what they show."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True, color_system="truecolor")
        for command in commands:
            console.print(Text.assemble(("$ ", "green"), (command, "bold")))
        for line in lines:
            console.print(Text.from_ansi(line), soft_wrap=True)
        svg = console.export_svg(title="", unique_id="segdsl")
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)  # a picture in a page loads no font
    svg = svg.replace("Fira Code, monospace", "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace")
    return "\n".join(line.rstrip() for line in svg.split("\n"))


# -- a comment -------------------------------------------------------------------------


def _comment(company: Path) -> str:
    """What `segdsl diff` writes of a pull request that changes a threshold."""
    (company / ".gitignore").write_text("data/\nout/\n.segdsl/\n", encoding="utf-8")
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "rules"]):
        git(company, *command)
    rule = company / "rules" / "motion.seg"
    text = rule.read_text(encoding="utf-8")
    assert text.count(CHANGED[0]) == 1
    rule.write_text(text.replace(*CHANGED), encoding="utf-8")
    return typed(company, "diff", "main", "--as-of", "2026-11-01", "--format", "markdown")


MODES: Mapping[str, Mapping[str, str]] = {
    "light": {"ground": "#ffffff", "text": "#1f2328", "dim": "#59636e", "edge": "#d1d9e0", "head": "#f6f8fa"},
    "dark": {"ground": "#0d1117", "text": "#f0f6fc", "dim": "#9198a1", "edge": "#3d444d", "head": "#151b23"},
}
_WIDTH, _HEIGHT = 830, 540
_FONTS = "-apple-system, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif"


def comment(markdown: str, colours: Mapping[str, str]) -> str:
    """A comment on a page of a repository; what is folded stays folded."""
    html = MarkdownIt("commonmark", {"html": True, "xhtmlOut": True}).enable("table").render(markdown)
    c = colours
    style = f"""
      .comment {{ font: 14px/1.5 {_FONTS}; color: {c["text"]}; background: {c["ground"]}; border: 1px solid {c["edge"]};
                  border-radius: 6px; overflow: hidden; height: {_HEIGHT - 2}px; box-sizing: border-box; }}
      .who {{ background: {c["head"]}; color: {c["dim"]}; border-bottom: 1px solid {c["edge"]}; padding: 8px 16px; }}
      .who b {{ color: {c["text"]}; }}
      .body {{ padding: 4px 16px; }}
      h3 {{ font-size: 17.5px; margin: 12px 0; }}
      p, table, details {{ margin: 0 0 14px; }}
      code {{ font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; background: {c["head"]};
              border-radius: 6px; padding: 2px 5px; }}
      table {{ border-collapse: collapse; }}
      th, td {{ border: 1px solid {c["edge"]}; padding: 5px 12px; }}
      tr:nth-child(2n) td {{ background: {c["head"]}; }}
    """
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}">
  <foreignObject width="100%" height="100%">
    <div xmlns="http://www.w3.org/1999/xhtml" class="comment"><style>{style}</style>
      <div class="who"><b>github-actions</b> commented on this pull request</div>
      <div class="body">
{html}
      </div>
    </div>
  </foreignObject>
</svg>
"""
