"""What CI runs is run here: the action's steps on a pull request in a scratch repository, the hooks, the template, the plugin."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest
import yaml
from junitparser import JUnitXml

from tests.support.cli import call
from tests.support.git import git
from tests.support.paths import ROOT
from tests.support.small_workspace import RULES, TOML

pytestmark = pytest.mark.slow
BIN = str(Path(sys.executable).parent)


def yaml_of(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def sh(script: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """As a step of a workflow runs: bash, stopping at the first failure."""
    env = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "HOME": str(cwd), **environment}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture
def pull_request(tmp_path: Path) -> Path:
    """A repository with rules below its root, and a branch that moves a threshold, breaks a test and leaves a mistake."""
    root = tmp_path / "repository"
    rules = root / "segments"
    rules.mkdir(parents=True)
    (rules / "segdsl.toml").write_text(TOML, encoding="utf-8")
    (rules / "rules.seg").write_text(RULES, encoding="utf-8")
    call("fmt", cwd=rules)
    git(root, "init")
    git(root, "add", ".")
    git(root, "commit", "-m", "main")
    git(root, "update-ref", "refs/remotes/origin/main", "HEAD")
    git(root, "checkout", "-b", "change")
    text = (rules / "rules.seg").read_text(encoding="utf-8")
    changed = text.replace("in next 90 days", "in next 30 days").replace("arr >= 50_000", "arr >= 60_000")
    (rules / "rules.seg").write_text(changed, encoding="utf-8")
    git(root, "commit", "-am", "change")
    return root


def steps_of_action(
    root: Path, path: str = "", **inputs: str
) -> tuple[dict[str, subprocess.CompletedProcess[str]], Path]:
    """Runs the composite action's steps as the runner would, with its defaults and these inputs."""
    action = yaml_of(ROOT / "action.yml")
    given = {name: spec["default"] for name, spec in action["inputs"].items()} | inputs
    summary = root / "summary.md"
    ran = {}
    for step in action["runs"]["steps"]:
        if step.get("if", "") == "inputs.install == 'true'" and given["install"] != "true":
            continue
        if "promotions-base" in step.get("if", "") and not given["promotions-base"]:
            continue
        environment = {
            name: given[value.removeprefix("${{ inputs.").removesuffix(" }}")]
            for name, value in step.get("env", {}).items()
        }
        failed = any(r.returncode for r in ran.values())
        if failed and not step.get("if", "").startswith("always()"):
            continue
        ran[step["name"]] = sh(
            step["run"], root, GITHUB_STEP_SUMMARY=str(summary), GITHUB_WORKSPACE=str(root), GITHUB_BASE_REF="main", GITHUB_REF="refs/pull/7/merge",
            GITHUB_ACTION_PATH=str(ROOT), GITHUB_REPOSITORY="acme/rules", RUNNER_TEMP=str(root.parent), CI="true", **environment, **({"PATH": f"{path}:{BIN}:{os.environ['PATH']}"} if path else {}),
        )  # fmt: skip
    return ran, summary


def test_the_action_on_a_pull_request(pull_request: Path) -> None:
    ran, summary = steps_of_action(pull_request, workspace="segments", install="false", **{"mutate-fail-under": "100"})
    assert {name: r.returncode for name, r in ran.items()} == {"Check": 0, "Layout": 0, "Test": 1, "Reports": 0}, ran
    assert ran["Test"].stdout.startswith("::error title=test%3A quiet,file=segments/rules.seg,line=")
    reports = pull_request / "segdsl-reports"
    assert JUnitXml.fromfile(str(reports / "segdsl-junit.xml")).failures == 1
    assert json.loads((reports / "segdsl.sarif").read_text(encoding="utf-8"))["version"] == "2.1.0"
    text = summary.read_text(encoding="utf-8")
    assert text.startswith("### ") and "rules change; without data only possible moves are known" in text
    assert "### Rules: no findings" in text and "### Tests: 0 passed, **1 failed**" in text


@pytest.mark.long
def test_the_action_comments_on_the_pull_request(pull_request: Path) -> None:
    """With a token, by the runner's own `gh`, which here only writes down what it is asked."""
    gh = pull_request / "bin" / "gh"
    gh.parent.mkdir()
    gh.write_text('#!/bin/sh\nprintf "%s " "$GH_TOKEN" "$@" > asked.txt\n', encoding="utf-8")
    gh.chmod(0o755)
    ran, _ = steps_of_action(
        pull_request, workspace="segments", install="false", path=str(gh.parent), **{"comment-token": "secret"}
    )
    assert ran["Reports"].returncode == 0, ran["Reports"].stderr
    asked = (pull_request / "asked.txt").read_text(encoding="utf-8").split()
    assert asked == [
        "secret",
        "pr",
        "comment",
        "7",
        "--repo",
        "acme/rules",
        "--edit-last",
        "--create-if-none",
        "--body-file",
        "segdsl-reports/segdsl-diff.md",
    ]
    comment = (pull_request / "segdsl-reports" / "segdsl-diff.md").read_text(encoding="utf-8")
    assert comment.startswith("### 2 rules change") and len(comment) < 64_000
    gh.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    ran, _ = steps_of_action(
        pull_request, workspace="segments", install="false", path=str(gh.parent), **{"comment-token": "secret"}
    )
    assert ran["Reports"].returncode == 0 and "::notice::segdsl could not comment" in ran["Reports"].stdout


def test_the_action_gates_what_the_branch_changed(pull_request: Path) -> None:
    rules = pull_request / "segments" / "rules.seg"
    rules.write_text(
        rules.read_text(encoding="utf-8").replace("renewal: 2026-12-15", "renewal: 2026-11-15"), encoding="utf-8"
    )
    ran, summary = steps_of_action(pull_request, workspace="segments", install="false", **{"mutate-fail-under": "100"})
    assert (ran["Test"].returncode, "mistakes would be noticed, 100.0% is asked for" in ran["Test"].stderr) == (1, True)
    assert "2 rules differ from origin/main" in ran["Test"].stderr
    assert "Mistakes that the tests would notice" in summary.read_text(encoding="utf-8")


@pytest.mark.long
def test_the_action_asks_for_a_record_of_what_live_rules_mean(pull_request: Path) -> None:
    ran, _ = steps_of_action(pull_request, workspace="segments", install="false", **{"promotions-base": "origin/main"})
    assert (
        ran["Promotions"].returncode == 1 and "means something else than in origin/main" in ran["Promotions"].stdout
    ), ran["Promotions"]
    git(pull_request, "checkout", "-q", "origin/main")
    ran, _ = steps_of_action(pull_request, workspace="segments", install="false", **{"promotions-base": "origin/main"})
    assert ran["Promotions"].returncode == 0, ran["Promotions"].stdout + ran["Promotions"].stderr


def test_a_mistake_in_the_rules_ends_the_check_and_not_the_reports(pull_request: Path) -> None:
    rules = pull_request / "segments" / "rules.seg"
    rules.write_text(
        rules.read_text(encoding="utf-8").replace('"value"', "").replace("arr >=", "ar >="), encoding="utf-8"
    )
    ran, _ = steps_of_action(pull_request, workspace="segments", install="false")
    assert {name: r.returncode for name, r in ran.items()} == {"Check": 1, "Layout": 0, "Test": 1, "Reports": 0}
    assert "title=SEG0201,file=segments/rules.seg" in ran["Check"].stdout
    found = json.loads((pull_request / "segdsl-reports" / "segdsl.sarif").read_text(encoding="utf-8"))
    assert [r["ruleId"] for r in found["runs"][0]["results"]] == ["SEG0201"]


REPORTS = ("segdsl.sarif", "segdsl-junit.xml", "segdsl-diff.md")


def test_reports_that_a_pull_request_committed_are_never_taken_for_those_of_the_action(pull_request: Path) -> None:
    """Not even where it names them as data, so that no output may take their place."""
    reports, rules = pull_request / "segdsl-reports", pull_request / "segments"
    reports.mkdir()
    for name in REPORTS:
        (reports / name).write_text("forged", encoding="utf-8")
    extra = "".join(f'forged{i} = "../segdsl-reports/{name}"\n' for i, name in enumerate(REPORTS))
    text = (rules / "segdsl.toml").read_text(encoding="utf-8")
    (rules / "segdsl.toml").write_text(f"{text}\n[sources.other.tables]\n{extra}", encoding="utf-8")
    ran, summary = steps_of_action(pull_request, workspace="segments", install="false")
    assert "is a file that the workspace reads" in ran["Reports"].stderr
    assert not any((reports / name).exists() for name in REPORTS)
    assert "segdsl could not say what this pull request changes" in summary.read_text(encoding="utf-8")


def test_a_link_of_a_pull_request_takes_no_report_out_of_the_checkout(pull_request: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (pull_request / "segdsl-reports").symlink_to(elsewhere)
    ran, _ = steps_of_action(pull_request, workspace="segments", install="false")
    assert ran["Reports"].returncode == 1 and "leads out of the checkout" in ran["Reports"].stdout
    assert not list(elsewhere.iterdir())


def test_reports_that_a_pull_request_committed_are_never_taken_for_those_of_the_template(tmp_path: Path) -> None:
    call("init", cwd=tmp_path)
    call("init", "--github", cwd=tmp_path)
    for name in REPORTS:
        (tmp_path / name).write_text("forged", encoding="utf-8")
    toml = (tmp_path / "segdsl.toml").read_text(encoding="utf-8")
    extra = '[sources.other.tables]\na = "segdsl.sarif"\nb = "segdsl-junit.xml"\n'
    (tmp_path / "segdsl.toml").write_text(f"{toml}\n{extra}", encoding="utf-8")
    steps = yaml_of(tmp_path / ".github" / "workflows" / "segdsl.yml")["jobs"]["rules"]["steps"]
    (script,) = (step["run"] for step in steps if step.get("name") == "Summary")
    sh(script, tmp_path, GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md"))
    assert not (tmp_path / "segdsl.sarif").exists() and not (tmp_path / "segdsl-junit.xml").exists()


def test_action_and_workflow_are_valid(tmp_path: Path) -> None:
    """By the schemas that check-jsonschema brings."""
    call_checker = [sys.executable, "-m", "check_jsonschema"]
    workflow = ROOT / "segdsl" / "draft" / "github" / ".github" / "workflows" / "segdsl.yml"
    for schema, path in (("vendor.github-actions", ROOT / "action.yml"), ("vendor.github-workflows", workflow)):
        done = subprocess.run([*call_checker, "--builtin-schema", schema, str(path)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


WORKFLOWS = [ROOT / "action.yml", *sorted((ROOT / "segdsl" / "draft" / "github" / ".github" / "workflows").glob("*.yml")), *sorted((ROOT / ".github").rglob("*.yml"))]  # fmt: skip


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.name)
def test_a_linter_of_workflows_finds_nothing(path: Path) -> None:
    """zizmor at its strictest: actions by commit, least permissions, no credentials left behind, nothing that ends up in a script."""
    done = sh(f"zizmor --offline --no-progress --persona auditor '{path}'", ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.name)
def test_workflows_end_in_time_and_import_nothing_of_the_checkout(path: Path) -> None:
    """What zizmor doesn't ask for. Each commit was compared with the tag in the action's own repository, and with other repositories that name it."""
    text = path.read_text(encoding="utf-8")
    assert all("timeout-minutes" in job for job in yaml_of(path).get("jobs", {}).values())
    assert all(re.search(r"@[0-9a-f]{40}  # v\d+\.\d+\.\d+$", line) for line in text.split("\n") if "uses:" in line)
    assert all(line.strip().removeprefix("run: ").startswith("python -P -m pip install") for line in text.split("\n") if "pip install" in line)  # fmt: skip


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.name)
def test_a_folder_named_pip_is_not_run(path: Path, tmp_path: Path) -> None:
    """The step that installs, as written, in a checkout that brings a `pip` of its own."""
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip" / "__init__.py").touch()
    (tmp_path / "pip" / "__main__.py").write_text('print("PWNED")\n', encoding="utf-8")
    parts = yaml_of(path)
    steps = parts["runs"]["steps"] if "runs" in parts else parts["jobs"]["rules"]["steps"]
    for step in (s for s in steps if s.get("name") == "Install"):
        offline = step["run"].replace("pip install", "pip --version").split(" --quiet")[0].split(" --find-links")[0]
        done = sh(offline, tmp_path, RUNNER_TEMP=str(tmp_path))
        assert done.stdout.startswith("pip ") and "PWNED" not in done.stdout, done.stdout + done.stderr


def test_what_is_installed_in_ci_is_what_is_tested_here() -> None:
    """`make constraints` writes all three: of the pins of everything, those of the action, and of a repository of rules."""
    pins = [
        {m[1]: m[2] for m in re.finditer(r"^([a-z0-9.-]+)==(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE)}
        for path in (ROOT / "constraints.txt", ROOT / "requirements.txt", ROOT / "segdsl" / "draft" / "github" / ".github" / "segdsl-constraints.txt")
    ]  # fmt: skip
    assert (
        pins[1].items() <= pins[0].items() and pins[2] == pins[1] and {"duckdb", "hatchling", "lark"} <= pins[1].keys()
    )
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert len(re.findall(r"==\S+ \\\n +--hash=sha256:", text)) == len(pins[1])


def test_inputs_reach_the_shell_as_environment_only() -> None:
    """A branch's name or an input can't become part of a script."""
    for step in yaml_of(ROOT / "action.yml")["runs"]["steps"]:
        assert "${{" not in step["run"]


def test_the_hooks_run(pull_request: Path) -> None:
    rules = pull_request / "segments"
    for hook in yaml_of(ROOT / ".pre-commit-hooks.yaml"):
        done = sh(hook["entry"], rules)
        assert done.returncode == (1 if hook["id"] == "segdsl-test" else 0), (hook, done.stdout, done.stderr)


def test_the_template_for_a_repository_of_rules(tmp_path: Path) -> None:
    assert call("init", cwd=tmp_path).exit_code == 0
    result = call("init", "--github", cwd=tmp_path)
    assert result.exit_code == 0, result.output
    workflow = yaml_of(tmp_path / ".github" / "workflows" / "segdsl.yml")
    json.loads((tmp_path / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    summary = tmp_path / "summary.md"
    git(tmp_path, "init")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "rules")
    for step in workflow["jobs"]["rules"]["steps"]:
        if "run" in step and step["name"] != "Install":
            done = sh(step["run"], tmp_path, GITHUB_STEP_SUMMARY=str(summary), GITHUB_WORKSPACE=str(tmp_path))
            assert done.returncode == 0, (step, done.stdout, done.stderr)
    assert "Mistakes that the tests would notice" in summary.read_text(encoding="utf-8")
    assert JUnitXml.fromfile(str(tmp_path / "segdsl-junit.xml")).tests == 2
    ignored = sh("git status --porcelain --ignored", tmp_path).stdout
    assert "!! segdsl.sarif" in ignored
    again = call("init", "--github", cwd=tmp_path)
    assert (again.exit_code, "nothing is overwritten" in again.output) == (2, True)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Segdsl's wheel, as `init --github` says to build it."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "--wheel-dir", str(folder), str(ROOT)]
    done = subprocess.run(build, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("segdsl-*.whl")
    return built


@pytest.mark.long
def test_every_step_of_the_workflow_of_a_fresh_repository(tmp_path: Path, wheel: Path) -> None:
    """The steps as `init --github` wrote them, in an environment that has nothing but Python: what actions would do is done here, the rest is run."""
    origin, checkout, temp, python = (tmp_path / name for name in ("origin", "checkout", "temp", "python"))
    temp.mkdir()
    assert call("init", "--workspace", str(origin)).exit_code == 0
    assert call("init", "--github", "--workspace", str(origin)).exit_code == 0
    shutil.copy(wheel, origin / ".github")
    for command in (["init"], ["add", "--all"], ["commit", "-m", "rules"]):
        git(origin, *command)
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "GIT_"))}
    env = {
        **own,
        "PATH": f"{python / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin",
        "GITHUB_STEP_SUMMARY": str(temp / "summary.md"),
        "GITHUB_WORKSPACE": str(checkout),
        "CI": "true",
    }
    job = yaml_of(origin / ".github" / "workflows" / "segdsl.yml")["jobs"]["rules"]
    ran = []
    for step in job["steps"]:
        action, _, _ = step.get("uses", "").partition("@")
        assert step.get("if", "always()").startswith("always()"), step
        match action:
            case "actions/checkout":
                git(tmp_path, "clone", "--quiet", str(origin), str(checkout))
            case "actions/setup-python":
                venv.create(python, with_pip=True)
                text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
                assert f"Python :: {step['with']['python-version']}" in text
            case "github/codeql-action/upload-sarif":
                sarif = json.loads((checkout / step["with"]["sarif_file"]).read_text(encoding="utf-8"))
                assert sarif["version"] == "2.1.0"
            case "actions/upload-artifact":
                assert JUnitXml.fromfile(str(checkout / step["with"]["path"])).tests == 2
            case "":
                folder = step.get("working-directory", str(checkout)).replace("${{ runner.temp }}", str(temp))
                script = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
                done = subprocess.run(script, cwd=folder, env=env, capture_output=True, text=True, timeout=600)
                assert done.returncode == 0, (step, done.stdout, done.stderr)
            case _:
                pytest.fail(f"nothing here does what {action} does")
        ran.append(step.get("name", action))
    assert ran == [
        "actions/checkout", "actions/setup-python", "Install", "Check", "Layout", "Test", "Summary",
        "github/codeql-action/upload-sarif", "actions/upload-artifact",
    ]  # fmt: skip
    summary = (temp / "summary.md").read_text(encoding="utf-8")
    assert "### Rules: no findings" in summary and "Mistakes that the tests would notice" in summary
    where = subprocess.run(
        [str(python / "bin" / "python"), "-P", "-c", "import segdsl; print(segdsl.__file__)"],
        cwd=checkout, env=env, capture_output=True, text=True,
    )  # fmt: skip
    assert str(python) in where.stdout, "what ran is the installed wheel"


# -- pytest ------------------------------------------------------------------------------------


def pytest_in(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-v", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120)


def test_the_plugin_collects_tests_and_fixtures_and_only_when_asked(tmp_path: Path) -> None:
    call("init", cwd=tmp_path)
    folder = tmp_path / "fixtures" / "first"
    folder.mkdir(parents=True)
    (folder / "account.csv").write_text(
        "account_id,plan,arr,expect.motion\na,business,5,check_data\nb,business,6,save\n", encoding="utf-8"
    )
    (folder / "fixture.toml").write_text("as_of = 2026-11-01\n", encoding="utf-8")
    (tmp_path / "test_it.py").write_text("def test_it():\n    pass\n", encoding="utf-8")
    alone = pytest_in(tmp_path)
    assert "1 passed" in alone.stdout
    done = pytest_in(tmp_path, "-p", "segdsl.pytest_plugin")
    assert done.returncode == 1 and "1 failed, 4 passed" in done.stdout, done.stdout
    assert "motion.seg::quiet and near its renewal: save PASSED" in done.stdout
    assert "fixtures/first/account.csv::first: b FAILED" in done.stdout
    assert "expected b: motion save" in done.stdout and "renewal_date is missing" in done.stdout
    assert "Traceback" not in done.stdout


def test_the_plugin_names_what_can_not_be_collected(tmp_path: Path) -> None:
    call("init", cwd=tmp_path)
    folder = tmp_path / "fixtures" / "first"
    folder.mkdir(parents=True)
    (folder / "account.csv").write_text("account_id,plan,arr,expect.motion\na,business,five,steady\n", encoding="utf-8")
    done = pytest_in(tmp_path, "-p", "segdsl.pytest_plugin")
    assert done.returncode != 0 and "SEG0511" in done.stdout
    (tmp_path / "motion.seg").write_text("segment {", encoding="utf-8")
    assert "SEG0101" in pytest_in(tmp_path, "-p", "segdsl.pytest_plugin").stdout


# -- the tutorial -----------------------------------------------------------------------------------


def test_the_tutorial_is_what_happens(tmp_path: Path) -> None:
    """From an empty folder to a failing and then passing spreadsheet: each command and file of docs/testing.md, in order."""
    import re

    text = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8").partition("\n## Sheets")[0]
    ran = 0
    for kind, block in re.findall(r"```(console|csv|toml)\n(.*?)```", text, re.DOTALL):
        if kind == "csv":
            folder = tmp_path / "fixtures" / "first"
            folder.mkdir(parents=True)
            (folder / "account.csv").write_text(block, encoding="utf-8")
        elif kind == "toml":
            (tmp_path / "fixtures" / "first" / "fixture.toml").write_text(block, encoding="utf-8")
        else:
            output = ""
            for line in block.strip("\n").split("\n"):
                if line.startswith("$ "):
                    output = call(*line.split()[2:], cwd=tmp_path).output
                    ran += 1
                elif line.strip():
                    assert line in output.split("\n"), (line, output)
            if "calm: motion save" in block:
                sheet = tmp_path / "fixtures" / "first" / "account.csv"
                sheet.write_text(
                    sheet.read_text(encoding="utf-8").replace("2027-12-01,save", "2027-12-01,steady"), encoding="utf-8"
                )
    assert ran == 4
