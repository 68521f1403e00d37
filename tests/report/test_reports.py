"""Findings and test results for other programs: read back by libraries that know the formats, hostile text and all."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import attr
import pytest
import sarif_om
from junitparser import Error, Failure, JUnitXml

from segdsl.diagnostics import Diagnostic, Source, Span
from segdsl.report.content.suite_result import SuiteResult
from segdsl.report.formats import render
from segdsl.testing.run.runner import Failure as Unmet
from segdsl.testing.run.runner import TestResult as Outcome
from segdsl.testing.suite.suite import Report
from tests.support.cli import as_json, call
from tests.support.small_workspace import RULES
from tests.support.small_workspace import workspace as workspace

HOSTILE = "a]]> <b>&\"' ::error::x\n## h [l](x) @all `c` | \x1b[31m é \u202e % %0A"


def broken(workspace: Path) -> Path:
    (workspace / "rules.seg").write_text(RULES.replace("2026-12-15 }", "2027-12-15 }"), encoding="utf-8")
    return workspace


def hostile_report() -> Report:
    span = Span(Source("rules/über rules.seg", f'test "{HOSTILE}"\n'), 0, 4)
    failed = Outcome(HOSTILE, span, None, (Unmet(HOSTILE, HOSTILE, span),), ())
    wrong = Outcome("w", span, None, (), (Diagnostic("SEG0503", HOSTILE, span, label=HOSTILE, help=HOSTILE),))
    return Report((failed, wrong), (Diagnostic("SEG0512", HOSTILE),))


# -- JUnit ----------------------------------------------------------------------------------


def test_junit_is_read_by_a_library(workspace: Path) -> None:
    call("test", "--format", "junit", "-o", "out/junit.xml", cwd=broken(workspace))
    found = JUnitXml.fromfile(str(workspace / "out" / "junit.xml"))
    assert (found.tests, found.failures, found.errors) == (1, 1, 0)
    (suite,) = list(found)
    (case,) = list(suite)
    assert (suite.name, case.name, case.classname) == ("rules.seg", "quiet", "rules.seg")
    (failure,) = case.result
    assert isinstance(failure, Failure) and "✗ renewal in next 90 days" in failure.text
    assert failure.message == "expected acme in motion.save"


def test_junit_holds_any_text() -> None:
    found = JUnitXml.fromstring(render("tests", "junit", SuiteResult(hostile_report(), Path())).encode())
    cases = [c for s in found for c in s]
    assert [type(r) for c in cases for r in c.result] == [Failure, Error, Error]
    assert "\\u{1b}" in cases[0].name and "<b>" in cases[0].name
    assert (found.tests, found.failures, found.errors) == (3, 1, 2)


# -- SARIF: the object model that Microsoft generates from the schema knows each property and which are required --------

_CLASSES = {
    "runs": sarif_om.Run, "tool": sarif_om.Tool, "driver": sarif_om.ToolComponent, "rules": sarif_om.ReportingDescriptor,
    "shortDescription": sarif_om.MultiformatMessageString, "help": sarif_om.MultiformatMessageString, "results": sarif_om.Result,
    "message": sarif_om.Message, "locations": sarif_om.Location, "physicalLocation": sarif_om.PhysicalLocation,
    "artifactLocation": sarif_om.ArtifactLocation, "region": sarif_om.Region,
}  # fmt: skip


def wrong_in(node: dict[str, Any], known: type, path: str) -> list[str]:
    fields = {f.metadata["schema_property_name"]: f for f in attr.fields(known)}
    found = [f"{path}: unknown {name}" for name in node if name not in fields and name != "$schema"]
    found += [f"{path}: no {n}" for n, f in fields.items() if f.default is attr.NOTHING and n not in node]
    for name, value in node.items():
        if name == "originalUriBaseIds":
            found += [w for v in value.values() for w in wrong_in(v, sarif_om.ArtifactLocation, f"{path}.{name}")]
            continue
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                found += wrong_in(item, _CLASSES[name], f"{path}.{name}")
    return found


def test_sarif_is_what_the_schema_says(workspace: Path) -> None:
    (workspace / "rules.seg").write_text(
        RULES + 'segment x of account { when plam = "team" and "é" = region }', encoding="utf-8"
    )
    result = call("check", "--format", "sarif", cwd=workspace)
    assert result.exit_code == 1
    record = as_json(result)
    assert wrong_in(record, sarif_om.SarifLog, "") == []
    (run,) = record["runs"]
    assert record["version"] == "2.1.0" and record["$schema"].endswith("sarif-schema-2.1.0.json")
    assert {r["level"] for r in run["results"]} <= {"none", "note", "warning", "error"}
    for found in run["results"]:
        assert run["tool"]["driver"]["rules"][found["ruleIndex"]]["id"] == found["ruleId"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "rules.seg", "uriBaseId": "WORKSPACE"}
    lines = (workspace / "rules.seg").read_text(encoding="utf-8").split("\n")
    region = place["region"]
    assert lines[region["startLine"] - 1][region["startColumn"] - 1 : region["endColumn"] - 1] == "plam"
    assert run["originalUriBaseIds"]["WORKSPACE"]["uri"] == workspace.resolve().as_uri() + "/"


def test_sarif_names_any_file(tmp_path: Path) -> None:
    """Names of files are octets; Python has those that are no UTF-8 as halves of surrogates."""
    source = Source("rules/\udcff é.seg", "x")
    found = json.loads(render("findings", "sarif", [Diagnostic("SEG0101", "odd", Span(source, 0, 1))], 1, tmp_path))
    (place,) = found["runs"][0]["results"][0]["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "rules/%FF%20%C3%A9.seg"


def test_sarif_of_nothing_is_whole_and_of_anything_is_json(tmp_path: Path) -> None:
    assert wrong_in(json.loads(render("findings", "sarif", [], 0, tmp_path)), sarif_om.SarifLog, "") == []
    found = json.loads(render("findings", "sarif", hostile_report().results[1].errors, 1, tmp_path))
    assert (
        found["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        == "rules/%C3%BCber%20rules.seg"
    )


# -- GitHub ----------------------------------------------------------------------------------------


def test_annotations_stand_beside_the_lines(workspace: Path) -> None:
    result = call("test", "--format", "github", cwd=broken(workspace))
    line = next(
        i for i, text in enumerate((workspace / "rules.seg").read_text().split("\n"), 1) if "expect acme" in text
    )
    assert result.exit_code == 1
    assert result.output.startswith(f"::error title=test%3A quiet,file=rules.seg,line={line},endLine={line},col=3,")
    assert "%0A" in result.output and result.output.count("\n") == 1


def test_a_workspace_below_the_checkout_has_paths_from_there(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(workspace.parent))
    result = call("test", "--format", "github", cwd=broken(workspace))
    assert f"file={workspace.name}/rules.seg," in result.output


def test_worst_first_and_how_many_are_left_out() -> None:
    span = Span(Source("r.seg", "x" * 50), 0, 1)
    found = [Diagnostic("SEG0801", f"w{i}", span, severity="warning") for i in range(12)]
    found += [Diagnostic("SEG0201", f"e{i}", span) for i in range(10)]
    lines = render("findings", "github", found, 1, Path()).split("\n")
    assert [line.split(" ")[0] for line in lines] == ["::error"] * 10 + ["::warning"] * 10
    assert "w8" in lines[18] and "::3 more are left out, since GitHub shows 10 of a kind" in lines[19]


def test_no_text_ends_an_annotation_or_begins_another() -> None:
    text = render("tests", "github", SuiteResult(hostile_report(), Path()))
    lines = text.split("\n")
    assert len(lines) == 3 and all(re.match(r"::error title=[^:]*?(,file=[^:]*)?::", line) for line in lines)
    assert "\x1b" not in text and "\u202e" not in text
    assert "%250A" in text


# -- markdown ------------------------------------------------------------------------------------------


def test_markdown_says_the_verdict_first(workspace: Path) -> None:
    result = call("test", "--format", "markdown", cwd=broken(workspace))
    assert result.output.startswith("### Tests: 0 passed, **1 failed**\n")
    assert "✗ renewal in next 90 days" in result.output and "Conditions seen true, false and unknown: " in result.output
    fine = call("check", "--format", "markdown", cwd=workspace)
    assert fine.output.startswith("### Rules: no findings\n")


def test_no_text_makes_markup() -> None:
    text = render("tests", "markdown", SuiteResult(hostile_report(), Path()))
    outside = re.sub(r"(`{3,})text\n.*?\n\1", "", text, flags=re.DOTALL)
    assert "<b>" not in outside and "[l](x)" not in outside and "@all" not in outside.replace("\\@all", "")
    assert "\x1b" not in text
    row = render("findings", "markdown", [Diagnostic("SEG0201", HOSTILE)], 1, Path()).split("\n")[6]
    assert len(re.findall(r"(?<!\\)\|", row)) == 6, row


# -- JSON -------------------------------------------------------------------------------------------------


def test_json_tells_coverage_and_survivors(workspace: Path) -> None:
    record = as_json(call("test", "--mutate", "--coverage", "--format", "json", cwd=workspace))
    assert record["totals"] == {"tests": 1, "passed": 1, "failed": 0, "errors": 0}
    of = {(c["text"], c["arm"]): c for c in record["coverage"]["conditions"]}
    assert of["renewal in next 90 days", "save"]["seen"] == ["true"]
    missing = of["renewal in next 90 days", "save"]["missing"]
    assert [m["truth"] for m in missing] == ["false", "unknown"] and all("test" in m for m in missing)
    assert record["coverage"]["untested"] == ["big"]
    mutation = record["mutation"]
    assert mutation["of"] == mutation["killed"] + len(mutation["survivors"])
    assert 0 < mutation["score"] < 1
    assert {"operator", "rule", "file", "line", "before", "after", "test"} == set(mutation["survivors"][0])
