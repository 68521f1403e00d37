"""What a person sees is what is read: no text of rules or data adds a line, a command or markup to any output, and none hides."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from pathlib import Path
from xml.etree import ElementTree as xml

import pytest

from segdsl.cli import _shared
from segdsl.diagnostics import UNSEEN, Source, json_text, printable
from segdsl.lang.parse import MOST_ODD, parse
from tests.support.cli import call
from tests.support.git import git
from tests.support.paths import PACKAGE

pytestmark = pytest.mark.slow

# -- one character -----------------------------------------------------------------------------------


def test_every_character_that_is_not_seen_is_known() -> None:
    """By Unicode's categories of this Python: controls, formats, separators of lines and paragraphs, halves of pairs."""
    wanted = {
        c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs")
    }
    assert {f"U+{ord(c):04X}" for c in wanted if not UNSEEN.fullmatch(c)} == set()
    ordinary = "Zoë Ñandú 株式会社 Ωμέγα שלום عميل ❤\ufe0f e\u0301 \u00a0 – “x” 𝒳 🇩🇪"
    assert printable(ordinary) == ordinary


def test_a_letter_has_no_other_look_that_is_not_seen() -> None:
    """`"DE\ufe0f"` looks like `"DE"`, and is another text."""
    assert printable("DE\ufe0f é\ufe0e") == "DE\\u{fe0f} é\\u{fe0e}"
    assert printable("❤\ufe0f 1\ufe0f\u20e3 ℹ\ufe0f") == "❤\ufe0f 1\ufe0f\u20e3 ℹ\ufe0f"


def test_what_is_printable_can_stand_in_xml_and_json() -> None:
    """Of XML 1.0: Char ::= #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF]."""
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    shown = printable(every)
    assert not re.search(r"[^\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", shown) and not UNSEEN.search(shown)
    whole = re.sub(r"[\ud800-\udfff]", "", every)
    text = json_text({"all": whole, "half": "\udcff"})
    assert json.loads(text) == {"all": whole, "half": "\udcff"} and not UNSEEN.search(text.replace("\n", ""))


@pytest.mark.parametrize(
    ("character", "words"),
    {
        "\x00": "U+0000 NULL", "\x1b": "U+001B ESCAPE", "\x85": "U+0085 NEXT LINE", "\x9b": "U+009B control character", "\r": "U+000D CARRIAGE RETURN",
        "\u200b": "U+200B ZERO WIDTH SPACE", "\u200f": "U+200F RIGHT-TO-LEFT MARK", "\u202e": "U+202E RIGHT-TO-LEFT OVERRIDE", "\u2028": "U+2028 LINE SEPARATOR",
        "\u2029": "U+2029 PARAGRAPH SEPARATOR", "\u2066": "U+2066 LEFT-TO-RIGHT ISOLATE", "\u2060": "U+2060 WORD JOINER", "\ufeff": "U+FEFF ZERO WIDTH NO-BREAK SPACE",
        "\u00ad": "U+00AD SOFT HYPHEN", "\u2800": "U+2800 BRAILLE PATTERN BLANK", "\U000e0041": "U+E0041 TAG LATIN CAPITAL LETTER A",
    }.items(),
    ids=lambda x: x if "U+" in x else "",
)  # fmt: skip
@pytest.mark.parametrize(
    "rule",
    ['segment s of a {{ when x = "o{0}k" }}', "# off {0}segment hidden of a {{ when x > 1 }}", "segment s of a {{{0} when x > 1 }}", "{0}"],
    ids=["text", "comment", "between", "alone"],
)  # fmt: skip
def test_a_rule_file_holds_none_of_them(character: str, words: str, rule: str) -> None:
    text = "metric first of a = 1\n" + rule.format(character)
    _, (found,) = parse(Source("r.seg", text))
    assert (found.code, found.message.rpartition(": ")[2]) == ("SEG0102", words)
    assert found.span is not None and found.span.text == character


def test_lines_that_end_as_on_windows_and_tabs_are_fine_and_few_findings_are_enough() -> None:
    assert parse(Source("r.seg", "metric x of a = 1\r\n\tmetric y of a = 2\r\n"))[1] == ()
    assert len(parse(Source("r.seg", "\u200b" * 500))[1]) == MOST_ODD


# -- every output ------------------------------------------------------------------------------------

LINE = "x\\n::error title=forged::PWNED\\n\\n# PWNED ##[error]PWNED ![i](https://evil.example/p) <img src=x> @all ``` | www.evil.example #1"
IN_RULES = LINE.replace("\\n", "\n")
IN_DATA = IN_RULES + "\x1b[31mPWNED \x85 \u2028 \u202e \u200b \U000e0041 \ufffe \x9b31m"
RULES = f"""
entity account "{LINE}" {{
  account_id: text key
  plan:       one of ("free", "team", "{LINE}") required "{LINE}"
  arr:        money(USD) "{LINE}"
  region:     text
  parent:     link to account reverse children
}}
table logins "{LINE}" of account by account_id at occurred_at {{ device: text }}
metric size "{LINE}" of account = if region is missing then missing "{LINE}" else arr end
play call "{LINE}" {{ capacity: 1 }}
channel post "{LINE}" {{ address: region  consent: none needed  at most 5 plays per customer per day }}
play letter "{LINE}" {{ channel: post, note: "{LINE}"  merge plan, region as address  subject "{LINE} {{{{ plan }}}}"  message "{LINE} {{{{ address }}}}\\n{LINE}" }}
holdout 1% of account seed "{LINE}"
outcome kept "{LINE}" of account = any(logins in next 30 days)
segmentation motion "{LINE}" of account {{
  goal "{LINE}" measured by kept from 10% to 20% by 2027-01-01 owner "{LINE}" basis value review every 90 days
  segment save "{LINE}" {{ when plan = "{LINE}" or size > 10 play call }}
  undecided check "{LINE}"
  otherwise steady "{LINE}"
}}
segmentation newer "{LINE}" of account candidate of motion {{
  goal "{LINE}" owner "{LINE}" basis value review every 90 days
  segment save "{LINE}" {{ when plan = "{LINE}" or size > 20 play call }}
  undecided check "{LINE}"
  otherwise steady "{LINE}"
}}
segment big "{LINE}" of account {{ when arr >= 50 and region != "{LINE}" and plan = "team" play letter }}
segment everybody "{LINE}" of account {{ when arr > 0 play letter }}
test "{LINE}" as of 2026-11-01 {{
  account a {{ plan: "{LINE}", arr: 5, region: "{LINE}" }}
  expect a in big because "{LINE}"
  expect a in motion.steady
}}
test "passes {LINE}" as of 2026-11-01 {{ account a {{ plan: "team", arr: 50, region: "x" }} expect a in big }}
property "{LINE}" of account {{ never account in big }}
"""
TOML = '[workspace]\nname = "x"\n[sources.default]\nsnapshot = 2026-11-01\n[sources.default.tables]\naccount = "accounts.csv"\nlogins = "logins.csv"\n[sources.typed.tables]\naccount = "typed/account.parquet"\nlogins = "typed/logins.parquet"\n'


def cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose every text, key, cell, heading and file name would like to be something else; it has been run twice."""
    root = tmp_path_factory.mktemp("hostile")
    rows = [["account_id", "plan", "arr", "region", "parent", IN_DATA], [IN_DATA, IN_RULES, "60", IN_DATA, "", ""], [IN_DATA + "2", IN_DATA, IN_DATA, "", "nobody" + IN_DATA, ""], ["a", "team", "55", "x", "", ""]]  # fmt: skip
    fixture = [["account_id", "plan", "arr", "expect.motion"], [IN_DATA, IN_RULES, "5", "steady"], ["b", IN_DATA, "7", "save"]]  # fmt: skip
    files = {
        "segdsl.toml": TOML, "rules/a.seg": RULES, "rules/y\n::add-mask::z.seg": "metric   y of account = arr + 1\n", "logins.csv": f"account_id,occurred_at,device\na,2026-10-20,{cell(IN_DATA)}\n",
        "accounts.csv": "\n".join(",".join(map(cell, row)) for row in rows), "fixtures/f\n::add-mask::g/account.csv": "\n".join(",".join(map(cell, row)) for row in fixture),
        "fixtures/f\n::add-mask::g/fixture.toml": "as_of = 2026-11-01\n", "export/x\n::add-mask::y.csv": "\n".join(",".join(map(cell, row)) for row in [*rows, *[[f"k{i}", IN_DATA, str(i), "", "", IN_DATA] for i in range(20)]]),
    }  # fmt: skip
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    copied = call("snapshot", "--as-of", "2026-11-01", "-o", "typed", cwd=root)
    assert copied.exit_code == 0, copied.output
    git(root, "init")
    git(root, "add", ".")
    git(root, "commit", "-m", "rules")
    rules = root / "rules" / "a.seg"
    rules.write_text(RULES.replace("size > 10", "size > 30").replace("arr >= 50", "arr >= 5"), encoding="utf-8")
    return root


COMMANDS = [
    *(f"check --strict --format {f}" for f in ("text", "json", "github", "sarif", "markdown")),
    *(f"test --coverage --mutate --format {f}" for f in ("text", "json", "github", "junit", "markdown")),
    "fmt --check", "fmt --diff", "fields", "fields --format json", "data check", "data check --format json", "data check --format markdown", "run", "run --format json", "run --explain-unknown", "runs", "runs last", "runs last --format json", "sql motion --as-of 2026-11-01", "sql motion --source typed --as-of 2026-11-01", "sql motion --source typed --for dbt --as-of 2026-11-01", "sql NOBODY",
    "explain KEY", "explain KEY --format json", "explain KEY big size --format json", "explain big", "explain motion.save --format json", "explain NOBODY", "explain --near big", "explain --near motion.save", "try REGION", "try arr>5..50", "try BROKEN",
    *(f"diff HEAD --format {f}" for f in ("text", "json", "markdown", "html")), "diff HEAD --no-data", "diff NOBODY", "diff HEAD --write-test", "overlap big motion.save", "overlap motion", *(f"overlap --format {f}" for f in ("text", "json", "html")), "overlap motion --format json", "overlap big motion.save --format json",
    "attrition motion.save", "attrition motion.save --format json", "discover --outcome kept", "discover --outcome kept --format json", "discover --outcome kept --improve motion", "discover --outcome kept --improve motion --format json", "discover --outcome kept --improve NOBODY", "discover --groups", "discover --groups REGION", "discover --groups --format json", "experiment compare motion newer", "drift motion --since 2026-10-01", "promote newer --check", "promote newer --because KEY", "promote --check",
    "promote --check --format json", "promotions", "promotions --format json", "rollback motion --because KEY", "retire motion --because KEY", "snapshot -o SNAPSHOT", "test new big", "test new big --from KEY --name real", "test compare JUDGED",
    *(f"profile {name} --personal --since 2026-10-20 --format {f}" for name in ("big", "motion") for f in ("text", "json", "html")), "profile NOBODY", "list motion.save", "list big --with region,plan,arr --why", "list REGION --with region --format json", "list big --since 2026-10-20 --why", "list NOBODY", "list big --with NOBODY", "list big --to NOBODY", "plays", "plays --format json", "plays show letter KEY", "plays show letter KEY --format json", "plays show NOBODY KEY", "plays show letter NOBODY", "goals", "goals motion --format json", "goals NOBODY",
    "init --from EXPORT -w DRAFT", "check -w NOBODY",
]  # fmt: skip
SGR = re.compile(r"\x1b\[[0-9;]*m")


def arguments(command: str, root: Path) -> list[str]:
    words = {
        "KEY": IN_DATA, "NOBODY": f"zz{IN_DATA}".replace("\ufffe", ""), "REGION": 'region != "' + LINE + '"', "BROKEN": f"region = {IN_RULES}", "SNAPSHOT": "snap\n::error::x",
        "JUDGED": str(root / "judged.csv"), "EXPORT": str(root / "export" / "x\n::add-mask::y.csv"), "DRAFT": str(root.parent / "draft\n::error::x"),
    }  # fmt: skip
    return [words.get(word, word) for word in command.split(" ")]


@pytest.mark.parametrize("command", COMMANDS)
def test_no_output_holds_what_is_not_its_own(command: str, hostile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a terminal with colours, where anything that is let through has an effect."""
    monkeypatch.setattr(_shared, "colour", lambda: True)
    (hostile / "judged.csv").write_text(f"account_id,expect.motion\n{cell(IN_DATA)},steady\na,save\n", encoding="utf-8", newline="")  # fmt: skip
    result = call(*arguments(command, hostile), cwd=hostile)
    said = result.stdout + result.stderr
    assert "internal error" not in said and "Traceback" not in said, said
    assert "\x1b[31mPWNED" not in said
    plain = SGR.sub("", said)
    assert not UNSEEN.search(re.sub(r"[\n\t]", "", plain)), plain
    lines = [line.strip() for line in plain.split("\n")]
    if "github" in command:
        assert all(
            re.match(r"::(error|warning|notice) title=(?!forged)", line) for line in result.stdout.splitlines()
        ), plain
        return
    assert "##[" not in plain
    assert not [line for line in lines if line.lstrip("\\").startswith(("::", "# PWNED"))], plain
    if "json" in command or "sarif" in command:
        json.loads(result.stdout)
    if "junit" in command:
        xml.fromstring(result.stdout)
    if "html" in command:
        assert "<img" not in plain
    if "markdown" in command:
        outside = re.sub(r"(?sm)^(`{3,})text\n.*?\n\1$", "", result.stdout)
        text = re.sub(r"(?<![`\\])(`+)(?!`) ?.*?(?<!`)\1(?!`)|&#\d+;|^### ", " ", outside)
        assert not re.search(r"(?<!\\)<(?!/?(details|summary|code)>)|(?<!\\)\]\(|[@#]\w|://|www\.", text), text


def test_there_is_one_door() -> None:
    """Nothing else in the package prints; `click` says itself what is wrong with a command's own arguments."""
    package = PACKAGE
    said = re.compile(r"\bprint\(|click\.s?echo\(|sys\.(stdout|stderr)\.write|console\.print")
    doors = {
        p.relative_to(package).as_posix() for p in package.rglob("*.py") if said.search(p.read_text(encoding="utf-8"))
    }
    assert doors == {"cli/_shared.py"}
