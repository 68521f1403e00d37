"""`segdsl test`: the workspace's tests, what they cover, and which mistakes they would notice."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli import _shared as shared
from segdsl.cli._default_group import DefaultGroup
from segdsl.cli._test_compare import compare
from segdsl.cli._test_new import new

if TYPE_CHECKING:
    from segdsl.testing.mutants.score import Score
    from segdsl.testing.suite.offers import Offer
    from segdsl.testing.suite.suite import Report, Suite
    from segdsl.workspace.load import Workspace


class Share(click.ParamType):  # type: ignore[type-arg]
    """`90` or `90%`."""

    name = "PERCENT"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            share = float(str(value).rstrip("%")) / 100
        except ValueError:
            self.fail(f"`{value}` is no percentage, as in 90", param, ctx)
        return share if 0 <= share <= 1 else self.fail("a percentage is between 0 and 100", param, ctx)


@click.group("test", cls=DefaultGroup, default="run")
def command() -> None:
    """Test the rules."""


command.add_command(new)
command.add_command(compare)


@command.command(
    "run",
    epilog="`segdsl test new` writes tests to judge, `segdsl test compare` holds a list made by hand against a rule.",
)
@click.argument("containing", default="", metavar="[TEXT]")
@shared.workspace_option
@click.option(
    "--engine",
    type=click.Choice(["reference", "duckdb"]),
    default="reference",
    show_default=True,
    help="What evaluates the rules.",
)
@click.option("--fail-fast", "-x", is_flag=True, help="Stop at the first test that doesn't pass.")
@click.option("--watch", is_flag=True, help="Run again whenever a file of the rules or fixtures changes.")
@click.option("--coverage", is_flag=True, help="List what no test saw, each with a test that would.")
@click.option("--fail-under", type=Share(), help="Fail where fewer conditions were seen true, false and unknown.")
@click.option("--mutate", is_flag=True, help="Which small mistakes in the rules would the tests notice?")
@click.option(
    "--changed-from",
    metavar="REV",
    help="Mutate only rules that differ from this git revision; in a pull request its base.",
)
@click.option("--all", "everything", is_flag=True, help="Mutate all rules, in a pull request too.")
@click.option("--mutate-fail-under", type=Share(), help="Fail where fewer mistakes would be noticed.")
@click.option("--write", is_flag=True, help="Write the tests that --coverage or --mutate offer beside their rules.")
@shared.format_option("tests")
@shared.output_option
def run(
    containing: str,
    workspace: Path | None,
    engine: str,
    fail_fast: bool,
    watch: bool,
    coverage: bool,
    fail_under: float | None,
    mutate: bool,
    changed_from: str | None,
    everything: bool,
    mutate_fail_under: float | None,
    write: bool,
    format_: str,
    output: Path | None,
) -> None:
    """Run all tests, or those whose title contains TEXT.

    Tests are `test` blocks, fixture folders made in a spreadsheet, and `property` statements. No test at all is
    a failure: ends with 0 if all passed, else 1.
    """
    from segdsl.report.content.suite_result import SuiteResult

    mutate = mutate or mutate_fail_under is not None
    if write and not (coverage or mutate):
        raise click.UsageError("--write goes with --coverage or --mutate: it writes the tests that they offer")
    if engine != "reference" and (coverage or fail_under is not None):
        raise click.UsageError("what tests cover is seen on the reference evaluator: leave out --engine")
    if watch:
        from segdsl.cli._watch import watch as watch_files

        watch_files(workspace, lambda loaded: _once(loaded, containing, engine, fail_fast))
        return
    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        suite, report = _tested(loaded, containing, engine, fail_fast)
        if mutate:
            report = replace(report, mutation=_mutated(suite, report, changed_from, everything))
        offers = _offers(suite, report, coverage, mutate, write) if format_ in ("text", "json") else []
        result = SuiteResult(report, loaded.root, containing, offers, coverage, mutate)
        shared.show("tests", format_, result, output=output, workspace=loaded)
        if write:
            _written(loaded, offers)
    low = report.coverage is not None and fail_under is not None and report.coverage.share < fail_under
    lower = report.mutation is not None and mutate_fail_under is not None and report.mutation.share < mutate_fail_under
    if low:
        assert report.coverage is not None
        shared.note(
            f"only {report.coverage.share:.1%} of what conditions can be was seen, {fail_under:.1%} is asked for"
        )
    if lower:
        assert report.mutation is not None
        shared.note(
            f"only {report.mutation.share:.1%} of the mistakes would be noticed, {mutate_fail_under:.1%} is asked for"
        )
    if not report.ok or low or lower:
        sys.exit(shared.FINDINGS)


def _tested(loaded: Workspace, containing: str, engine: str, fail_fast: bool) -> tuple[Suite, Report]:
    from segdsl.testing.suite import suite as suites

    suite = suites.suite_of(loaded).containing(containing)
    if engine == "reference":
        return suite, suites.run(suite, None, fail_fast)
    from segdsl.testing.run.engine import on_duckdb

    with shared.progress(f"{len(suite.tests):,} tests on DuckDB"):
        return suite, suites.run(suite, on_duckdb(loaded), fail_fast)


def _mutated(suite: Suite, report: Report, changed_from: str | None, everything: bool) -> Score | None:
    """None where a test fails as it is, since then nothing can be told from one that does."""
    from segdsl.testing.mutants.mutants import declarations
    from segdsl.testing.mutants.score import score
    from segdsl.testing.suite import changed_rules

    if not report.ok:
        shared.note("the tests must pass before mistakes are tried on them")
        return None
    workspace = suite.workspace
    base = None if everything else changed_from or changed_rules.base_in_ci()
    chosen = declarations(workspace.files)
    if base is not None:
        names = changed_rules.changed_names(workspace, base)
        chosen = [d for d in chosen if d.name.text in names]
        shared.note(f"{len(chosen)} rules differ from {base}" if len(chosen) != 1 else f"one rule differs from {base}")
    with shared.progress(f"mistakes in {len(chosen)} rules"):
        return score(chosen, suite.tests, suite.resolver, workspace.zone)


# -- what the report offers ------------------------------------------------------------------

MOST_OFFERS = 10  # each takes a search; `--write` asks for all


def _offers(suite: Suite, report: Report, coverage: bool, mutate: bool, write: bool) -> list[Offer]:
    from segdsl.testing.suite.offers import closers, killers

    most = None if write else MOST_OFFERS
    offers: list[Offer] = []
    with shared.progress("tests for what is missing"):
        if coverage and report.coverage is not None:
            offers += closers(suite, report.coverage, most)
        if mutate and report.mutation is not None:
            offers += killers(suite, report.mutation, most)
    return offers


def _written(loaded: Workspace, offers: list[Offer]) -> None:
    from segdsl.testing.customers.append import append

    for path, count in append(loaded, list(dict.fromkeys(o.text for o in offers if o.text))):
        shared.note(
            f"wrote {count} test{'s' if count > 1 else ''} to {path}: read each one, and correct what it expects"
        )


def _once(loaded: Workspace, containing: str, engine: str, fail_fast: bool) -> None:
    from segdsl.report.content.suite_result import SuiteResult

    _, report = _tested(loaded, containing, engine, fail_fast)
    shared.show("tests", "text", SuiteResult(report, loaded.root, containing))
