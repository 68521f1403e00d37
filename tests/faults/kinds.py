"""Every command that writes, with a workspace in which it has something to write."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

DAY = "2026-03-02"
TOML = f"""[workspace]
name = "t"
timezone = "UTC"
[sources.default]
snapshot = "{DAY}"
[sources.default.tables]
account = "accounts.csv"
calls = "calls.csv"
"""
MODEL = """entity account from created_at to ended_at {
  account_id: text key
  created_at: date
  ended_at: date
  level: integer fixed
  flag: boolean
}
table calls of account by account_id at called_at {
  minutes: number
}
outcome left_30d of account = ended_at is not missing and ended_at in next 30 days
play mail { channel: "email" }
play call { channel: "csm" }
"""
RULES = """segmentation motion of account {
  segment low { when level <= 2 play mail }
  undecided unclear
  otherwise rest
}
test "level 1 is low" as of 2026-03-02 {
  account a { level: 1  created_at: 2024-01-01 }
  expect a in motion.low
}
"""
CANDIDATE = """segmentation motion_v2 of account candidate of motion {
  segment lowest { when level = 1 play call }
  segment low { when level = 2 play mail }
  undecided unclear
  otherwise rest
}
"""
EXPERIMENT = """experiment trial {
  incumbent motion
  candidate motion_v2
  pilot seed "trial" starts 2026-03-02
  primary left_30d, lower is better
}
"""
FLAGS = "segment flag{n} of account {{ when flag = true and level > {n} }}\n"


def workspace(root: Path, level: int = 0) -> None:
    """Thirty accounts, an incumbent, a candidate and an experiment, in a file each."""
    rows = "".join(f"a{i:02},2024-01-01,,{1 + (i + level) % 5},{'true' if i % 3 else 'false'}\n" for i in range(30))
    texts = {
        "segdsl.toml": TOML, "accounts.csv": "account_id,created_at,ended_at,level,flag\n" + rows, "calls.csv": "account_id,called_at,minutes\na01,2026-02-01,3\n",
        "rules/model.seg": MODEL, "rules/motion.seg": RULES, "experiments/v2.seg": CANDIDATE, "experiments/trial.seg": EXPERIMENT,
    }  # fmt: skip
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def flags(root: Path) -> None:
    workspace(root)
    for n in (1, 2):
        (root / f"rules/flag{n}.seg").write_text(FLAGS.format(n=n), encoding="utf-8")


def exports(root: Path) -> None:
    workspace(root)
    for path in [*root.rglob("*.seg"), root / "segdsl.toml"]:
        path.unlink()
    for folder in ("rules", "experiments"):
        (root / folder).rmdir()


def alone(root: Path) -> None:
    """Without what names the incumbent."""
    workspace(root)
    shutil.rmtree(root / "experiments")


def base(root: Path) -> None:
    workspace(root)
    old = root / ".base"
    shutil.copytree(root, old, ignore=shutil.ignore_patterns(".base"))
    (old / "rules/motion.seg").write_text(RULES.replace("level <= 2", "level <= 1"), encoding="utf-8")
    (old / "experiments/v2.seg").write_text(CANDIDATE.replace("level = 2", "level = 3"), encoding="utf-8")


def outcomes(root: Path) -> None:
    """A month later: who has left is known."""
    workspace(root)
    rows = (root / "accounts.csv").read_text(encoding="utf-8").replace("2024-01-01,,1", "2024-01-01,2026-03-20,1")
    (root / "accounts.csv").write_text(rows, encoding="utf-8")
    (root / "segdsl.toml").write_text(TOML.replace(DAY, "2026-05-20"), encoding="utf-8")


@dataclass(frozen=True)
class Kind:
    """A command, what was made ready for it, and what had been done `before`. `again`: the next command is itself; else one that only looks.

    `share` is how many times it is killed, by how many times others are.
    """

    name: str
    command: tuple[str, ...]
    made: Callable[[Path], None] = workspace
    before: tuple[tuple[str, ...], ...] = ()
    changed: Callable[[Path], None] = lambda root: None
    again: bool = False
    share: float = 1


def other_data(root: Path) -> None:
    workspace(root, 1)


def empty(root: Path) -> None:
    root.mkdir(exist_ok=True)


PROMOTE = ("promote", "motion_v2", "--because", "x")
RETIRE = ("retire", "motion", "--because", "z")
ROLLBACK = ("rollback", "motion", "--because", "y")
RUN = ("run", "--as-of", DAY, "-o", "out/")
EARLIER_RUN = ("run", "--as-of", "2026-03-01", "-o", "out/")
RUN_TO_FILE = ("run", "motion", "--as-of", DAY, "-o", "motion.csv")
RUN_ALONE = ("run", "--as-of", DAY, "--no-ledger", "-o", "motion.parquet")
SNAPSHOT = ("snapshot", "--as-of", DAY, "-o", "snap")
FOR_CI = ("snapshot", "--for-ci", "--as-of", DAY)
ASSIGN = ("experiment", "assign", "trial")
LISTS = (*ASSIGN, "-o", "lists")
EXPERIMENT_RUN = ("experiment", "run", "trial", "--format", "html", "-o", "trial.html")
EXPERIMENT_JSON = ("experiment", "run", "trial", "--format", "json", "-o", "trial.json")
REPORT = ("check", "-o", "report.txt")
DIFF = ("diff", "./.base", "--no-data")
KINDS = (
    Kind("promote", PROMOTE),
    Kind("rollback", ROLLBACK, before=(PROMOTE,)),
    Kind("retire", RETIRE, alone),
    Kind("rollback of retire", ROLLBACK, alone, before=(RETIRE,)),
    Kind("snapshot", SNAPSHOT, before=(SNAPSHOT,), changed=other_data),
    Kind("snapshot --for-ci", FOR_CI, before=(FOR_CI,), changed=other_data),  # the salt is there already
    Kind("experiment assign", ASSIGN, again=True),
    Kind("experiment assign --output", LISTS, before=(ASSIGN,), again=True),
    Kind("experiment run", EXPERIMENT_RUN, before=(ASSIGN,), again=True),
    Kind("experiment run, anew", EXPERIMENT_JSON, before=(ASSIGN, EXPERIMENT_JSON), changed=outcomes, again=True),
    Kind("experiment design --output", ("experiment", "design", "trial", "-o", "design.txt"), again=True),
    Kind("list --output", ("list", "motion.low", "--as-of", DAY, "-o", "list.csv"), again=True),
    Kind("test --write", ("test", "--coverage", "--write"), flags),
    Kind("test --mutate --write", ("test", "--mutate", "--write"), flags),
    Kind("test new", ("test", "new", "motion")),
    Kind("test --output", ("test", "-o", "report.txt"), again=True),
    Kind("diff --write-test", (*DIFF, "--write-test"), base),
    Kind("diff --output", (*DIFF, "--format", "html", "-o", "diff.html"), base, again=True),
    Kind("check --fix", ("check", "--fix"), flags),
    Kind("check --output", REPORT, before=(REPORT,), changed=flags, again=True),
    Kind("fmt", ("fmt",), again=True),
    Kind("init", ("init",), empty, again=True),
    Kind("init --github", ("init", "--github")),
    Kind("init --from", ("init", "--from", "accounts.csv", "calls.csv"), exports, again=True),
    Kind("new", ("new", "value_tiers", "--field", "amount=level", "--borders", "from", "data")),
    Kind("run", RUN, before=(RUN,), changed=other_data, again=True),
    Kind("run to a file", RUN_TO_FILE, before=(RUN_TO_FILE,), changed=other_data, again=True),
    Kind("run --no-ledger", RUN_ALONE, before=(RUN_ALONE,), changed=other_data, again=True),
    Kind("runs --take-out", ("runs", "last", "--take-out"), before=(RUN,)),
    Kind("runs prune", ("runs", "prune", "--keep", "1"), before=(EARLIER_RUN, RUN)),
    Kind("demo", ("demo", "--accounts", "50"), empty, again=True, share=0.25),
)
