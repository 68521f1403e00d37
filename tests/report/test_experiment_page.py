"""The pages of an experiment, before and after: verdict first, self-contained, small, safe, and drawn by a real browser."""

from __future__ import annotations

import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.support.backtests import EXPERIMENT, MODEL, RULES, data, made
from tests.support.cli import call

HOSTILE = 'experiment e "<script>alert(1)</script> & \\"x\\"" {'
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One with figures, one without, one of two candidates."""
    found = {}
    other = (
        RULES[RULES.index("segmentation new") :]
        .replace("segmentation new", "segmentation newer")
        .replace("<= 2", "<= 4")
    )
    texts = {
        "shown": MODEL + RULES + EXPERIMENT.replace("detect 5%", "detect 40%").replace("experiment e {", HOSTILE),
        "invalid": MODEL + RULES.replace("none(logins in last 30 days)", 'plan = "free"') + EXPERIMENT,
        "two": MODEL
        + RULES
        + other
        + EXPERIMENT.replace("detect 5%", "detect 40%").replace("candidate new", "candidate new, newer"),
    }
    for name, text in texts.items():
        folder = made(tmp_path_factory.mktemp(name), data(), text)
        call("experiment", "run", "e", "--format", "html", "-o", "page.html", cwd=folder)
        found[name] = folder / "page.html"
    return found


PILOT = """experiment tried { incumbent old candidate new pilot seed "s" starts 2026-02-02 until 2026-03-02
  primary gone, lower is better, detect 4 points in D  looks as of 2026-05-20, 2026-06-20  at most 60 weeks, 900 accounts }
"""


@pytest.fixture(scope="module")
def designs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What could be found: by a backtest and a pilot after it, by a pilot with looks, and where the data can't be used."""
    found = {}
    whole = MODEL + RULES + EXPERIMENT.replace("detect 5%", "detect 4%") + PILOT
    for name, experiment, text in (
        ("backtest", "e", whole), ("pilot", "tried", whole), ("unusable", "e", whole.replace("none(logins in last 30 days)", 'plan = "free"')),
    ):  # fmt: skip
        folder = made(tmp_path_factory.mktemp(name), data(), text)
        call("experiment", "design", experiment, "--format", "html", "-o", "page.html", cwd=folder)
        found[name] = folder / "page.html"
    return found


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.links += [v for k, v in attrs if k in ("href", "src") and v]
        if tag not in ("meta", "line", "circle", "br", "wbr"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", ["shown", "invalid", "two"])
def test_it_is_whole_small_and_needs_nothing(pages: dict[str, Path], name: str) -> None:
    text = pages[name].read_text(encoding="utf-8")
    _needs_nothing(text)
    assert text.index('class="verdict') < text.index("Can it be trusted?")


def _needs_nothing(text: str) -> None:
    assert len(text.encode()) < 100_000
    tags = Tags()
    tags.feed(text)
    assert tags.open == [] and tags.links == [] and "script" not in tags.seen and "default-src 'none'" in text
    assert all('aria-label="' in svg for svg in re.findall("<svg [^>]*>", text))
    assert "prefers-color-scheme: dark" in text and "@media print" in text


def test_what_a_rule_says_cannot_be_markup(pages: dict[str, Path]) -> None:
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;x&quot;" in pages["shown"].read_text(encoding="utf-8")


def test_without_an_answer_there_is_no_figure(pages: dict[str, Path]) -> None:
    text = pages["invalid"].read_text(encoding="utf-8")
    assert (
        "INVALID" in text
        and "account.plan is overwritten" in text
        and "<svg" not in text
        and "gain in skill" not in text
    )


def test_two_candidates_have_a_verdict_each(pages: dict[str, Path]) -> None:
    text = pages["two"].read_text(encoding="utf-8")
    assert text.count('class="verdict') == 2 and "new against old" in text and "newer against old" in text


@pytest.mark.parametrize(("name", "pictures", "said"), [
    ("backtest", 2, ("4.00%", "5 origins", "26 weeks", "The smallest gain in skill that is found")),
    ("pilot", 1, ("4 points", "20 May 2026", "left if it goes on", "on one day")),
    ("unusable", 0, ("INVALID", "account.plan is overwritten")),
])  # fmt: skip
def test_what_could_be_found_is_a_page_too(
    designs: dict[str, Path], name: str, pictures: int, said: tuple[str, ...]
) -> None:
    text = designs[name].read_text(encoding="utf-8")
    _needs_nothing(text)
    assert text.count("<svg") == pictures and [s for s in said if s not in text] == []


def test_a_curve_goes_through_what_the_table_says(designs: dict[str, Path]) -> None:
    """The pilot's, of the weeks that were declared: at the registered effect, half across, as high as the sentence says."""
    text = designs["pilot"].read_text(encoding="utf-8")
    (path,) = re.findall(r'<path d="M([^"]*)" class="curve">', text)
    points = [tuple(map(float, point.split())) for point in path.split(" L")]
    chance = re.search(r"is found with a chance of (\d+)%", text)
    assert chance is not None
    at = {round(x): y for x, y in points}
    (registered,) = re.findall(r'<line x1="([0-9.]+)" x2="\1"', text)
    drawn = (230 - at[round(float(registered))]) / 218
    assert -0.001 < drawn - int(chance[1]) / 100 < 0.011  # the sentence rounds down
    assert [y for _, y in points] == sorted((y for _, y in points), reverse=True)


def test_a_browser_draws_both(pages: dict[str, Path], designs: dict[str, Path], browser: str, tmp_path: Path) -> None:
    command = [
        browser,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path / 'profile'}",
        "--window-size=1000,2400",
    ]
    page = pages["shown"].as_uri()
    image = tmp_path / "design.png"
    subprocess.run(
        [*command, f"--screenshot={image}", designs["pilot"].as_uri()], capture_output=True, timeout=120, check=True
    )
    assert image.stat().st_size > 40_000
    dom = subprocess.run([*command, "--dump-dom", page], capture_output=True, text=True, timeout=120, check=True).stdout
    assert "What an improvement has to show" in dom and dom.count("<svg") == 3 and "<script" not in dom
    image = tmp_path / "page.png"
    subprocess.run([*command, f"--screenshot={image}", page], capture_output=True, timeout=120, check=True)
    assert image.stat().st_size > 40_000  # a blank page has 8,000
    pdf = tmp_path / "page.pdf"
    subprocess.run([*command, f"--print-to-pdf={pdf}", page], capture_output=True, timeout=120, check=True)
    assert pdf.read_bytes().startswith(b"%PDF") and pdf.stat().st_size > 20_000
