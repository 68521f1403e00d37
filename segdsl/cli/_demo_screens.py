"""The two screens of `segdsl demo`: what segdsl says of one rule of the company, a question at a time."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli import _shared as shared

if TYPE_CHECKING:
    from segdsl.data.contract import TableReport
    from segdsl.run.record import RecordedRun
    from segdsl.workspace.load import BrokenWorkspace, Workspace

RULE = "motion"
QUESTION = "arr > 50_000 and none(logins in last 30 days)"
RANGE = "seat_use > 60%..100%"
CHANGE = ("seat_use >= 90%", "seat_use >= 75%")
WIDTH = 100  # columns of a screen
WAYS = 2  # shown with their reasons


def title(name: str, what: str) -> None:
    shared.say(click.style(name, bold=True) + f"   {what}")


def question(asked: str, typed: str) -> None:
    shared.say()
    shared.say(click.style(asked, bold=True) + "   " + click.style(typed, fg="cyan"))


def say_wrapped(text: str) -> None:
    from segdsl.report.layout.terminal import wrapped

    shared.say(wrapped(text, WIDTH))


def checked(workspace: Workspace | BrokenWorkspace) -> Workspace:
    """Rules without errors, tests without failures; else the demo ends."""
    from segdsl.lint.checks import checked as findings_of
    from segdsl.report.content.suite_result import SuiteResult
    from segdsl.report.tests.text import verdict
    from segdsl.testing.suite import suite
    from segdsl.workspace.load import BrokenWorkspace

    findings = findings_of(workspace)
    shared.say_diagnostics(findings)
    if isinstance(workspace, BrokenWorkspace):
        sys.exit(shared.FINDINGS)
    report = suite.run(suite.suite_of(workspace))
    if not report.ok:
        shared.show("tests", "text", SuiteResult(report, workspace.root))
        sys.exit(shared.FINDINGS)
    shared.say(f"rules  {len(workspace.sources)} files, {len(findings) or 'no'} findings · tests {verdict(report)}")
    return workspace


def run(workspace: Workspace, rules: Sequence[str], as_of: str, output: Path) -> RecordedRun:
    from segdsl.run.record import run_and_record

    ledger = workspace.root / workspace.config.workspace.ledger
    return run_and_record(workspace, rules, as_of, None, output, ledger=ledger)


def say_data(tables: Sequence[TableReport]) -> None:
    """`9 tables, 1,741,160 rows · 12 orphans · 40 out of range`"""
    total = sum(t.rows for t in tables)
    counts: Counter[str] = Counter()
    for t in tables:
        for f in t.findings:
            if f.severity != "info":
                counts[f.kind] += f.count
    words = "".join(f" · {n:,} {kind}" for kind, n in counts.items())
    shared.say(f"data   {len(tables)} tables, {total:,} rows{words}")


def who_belongs_where(workspace: Workspace, kept: RecordedRun) -> None:
    from segdsl.report.run.text import rule_lines

    question("Who belongs where?", f"segdsl run {RULE} --as-of {kept.result.clock.today}")
    for line in list(rule_lines(workspace.model.segmentations[RULE], kept))[2:]:
        shared.say(line)


def who_moved(workspace: Workspace, kept: RecordedRun) -> None:
    """The commonest ways from arm to arm, with the reason of most and a few who went."""
    from segdsl.ledger.moves import between
    from segdsl.ledger.store import Ledger

    with Ledger.to_read(workspace.root / workspace.config.workspace.ledger) as ledger:
        assert ledger is not None and kept.since is not None and kept.run is not None, "the demo has run twice"
        moves = between(ledger, kept.since, kept.run, [RULE])
    question("Who moved since 1 October, and why?", f"segdsl runs last --of {RULE}")
    ways = Counter((m.origin, m.goal) for m in moves if m.clause).most_common(WAYS)
    for (origin, goal), n in ways:
        own = [m for m in moves if (m.origin, m.goal) == (origin, goal)]
        clause, count = Counter(m.clause for m in own).most_common(1)[0]
        names = [m.entity_id for m in own if m.clause == clause][:3]
        shared.say(f"  {origin} → {goal}   {n:,}; the commonest reason ({count:,}): {clause}")
        shared.say(click.style(f"      {', '.join(names)} and others", dim=True))
    shared.say(f"  and {len(moves) - sum(n for _, n in ways):,} more")


def say_why(workspace: Workspace, as_of: str, customer: str, rules: Sequence[str]) -> None:
    from segdsl.report.explanation.text import clauses
    from segdsl.whatif.customers import explanations

    question(f"Why is {customer} there?", f"segdsl explain {customer} {' '.join(rules)}")
    for reason in explanations(workspace, customer, rules, as_of)[1]:
        say_wrapped(clauses(reason))


def how_many(workspace: Workspace) -> None:
    from segdsl.demo import AS_OF
    from segdsl.report.trial.text import render
    from segdsl.whatif.trial import try_condition

    question("Big customers who fell silent?", f"segdsl try '{QUESTION}'")
    with shared.progress("counting"):
        trial = try_condition(workspace, QUESTION, None, AS_OF, None)
    say_wrapped(render(trial))


def along_a_range(workspace: Workspace) -> None:
    from segdsl.demo import AS_OF
    from segdsl.report.sweep.text import render
    from segdsl.whatif.trial import try_sweep

    question("Where should the line be?", f"segdsl try '{RANGE}'")
    with shared.progress("counting"):
        swept = try_sweep(workspace, RANGE, None, AS_OF, None)
    shared.say(render(*swept))


def what_a_change_does(workspace: Workspace) -> None:
    """The rule with another threshold, as a colleague would propose it."""
    from segdsl.compare.versions import difference, with_moves
    from segdsl.demo import AS_OF
    from segdsl.diagnostics import Source
    from segdsl.report.diff.text import render
    from segdsl.workspace.load import build, sound

    question(f"What if {CHANGE[0]} became {CHANGE[1].rpartition(' ')[2]}?", "in a git repository: segdsl diff main")
    sources = [Source(s.path, s.text.replace(*CHANGE)) for s in workspace.sources]
    proposed = sound(build(workspace.root, workspace.config, sources, []))
    with shared.progress("evaluating both versions"):
        change = with_moves(difference(workspace, proposed, witnesses=False), workspace, proposed, AS_OF, None)
    say_wrapped(render(change, names_customers=False))
