"""The committed pictures are what the commands say today, and the README shows them all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.pictures.pictures import CHANGED, MODES, PICTURES, comment, made, terminal
from tests.support.paths import ROOT

NAMES = sorted(p.name for p in PICTURES.glob("*.svg"))


@pytest.mark.long
def test_the_pictures_are_what_the_commands_say(tmp_path: Path) -> None:
    """`make pictures` makes them again."""
    pictures = made(tmp_path)
    assert sorted(pictures) == NAMES
    for name, svg in pictures.items():
        assert svg == (PICTURES / name).read_text(encoding="utf-8"), f"{name}: make pictures, and look at it"


def test_the_readme_shows_every_picture() -> None:
    shown = re.findall(r"docs/images/([\w-]+\.svg)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert sorted(set(shown)) == NAMES and len(NAMES) >= 7


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_loads_nothing_and_names_no_machine(name: str) -> None:
    svg = (PICTURES / name).read_text(encoding="utf-8")
    assert not re.search(r"url\((?!#)|href=|<script|@import", svg)
    assert not re.search(r"/(home|root|tmp|Users|var|opt)/", svg) and str(ROOT) not in svg


def test_a_terminal_shows_each_line_and_escapes_it() -> None:
    svg = terminal(("segdsl try 'a < b'",), ["\x1b[1mbold\x1b[0m & plain"])
    assert "&lt;" in svg and "&amp;" in svg and "bold" in svg and "\x1b" not in svg
    assert svg == terminal(("segdsl try 'a < b'",), ["\x1b[1mbold\x1b[0m & plain"])


@pytest.mark.parametrize("mode", MODES)
def test_a_comment_is_sound_xml(mode: str) -> None:
    from xml.etree import ElementTree

    shown = comment(f"### `{CHANGED[0]}`\n\n| a | b |\n|---|--:|\n| x | 1 |\n", MODES[mode])
    heads = [e.tag.rpartition("}")[2] for e in ElementTree.fromstring(shown).iter()]
    assert {"foreignObject", "h3", "table", "td"} <= set(heads)
