"""Test results as a terminal shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from segdsl.diagnostics import Span, printable, render

if TYPE_CHECKING:
    from segdsl.testing.mutants.mutants import Mutant
    from segdsl.testing.mutants.score import Score
    from segdsl.testing.run.coverage import Coverage
    from segdsl.testing.run.runner import TestResult
    from segdsl.testing.suite.judgements import Difference
    from segdsl.testing.suite.offers import Offer
    from segdsl.testing.suite.suite import Report

MOST, WIDEST = 100, 400  # mistakes listed, and characters of a line
_MARKS = {"✓": "green", "✗": "red", "?": "yellow"}


def rendered(report: Report, containing: str, offers: list[Offer], coverage: bool, mutate: bool) -> str:
    lines = [line for p in report.problems for line in (render(p), "")]
    for result in report.results:
        if result.status != "passed":
            lines += [*_failed(result), ""]
    lines.append(verdict(report, containing))
    if report.coverage is not None and report.results:
        lines += _coverage(report.coverage, offers) if coverage else [_coverage_line(report.coverage)]
    if mutate and report.mutation is not None:
        lines += ["", *_mutation(report.mutation, offers)]
    return "\n".join(lines)


def verdict(report: Report, containing: str = "") -> str:
    """`17 passed`, `16 passed, 1 failed`, or that there was nothing to run."""
    passed, bad = report.count("passed"), len(report.results) - report.count("passed") + len(report.problems)
    if not report.results and not report.problems:
        return f"no test has `{containing}` in its title" if containing else "no tests found; write one beside a rule"
    if bad:
        return f"{passed} passed, " + click.style(f"{bad} failed", fg="red")
    return click.style(f"{passed} passed", fg="green")


def _place(span: Span | None) -> str:
    return f"{printable(span.source.path)}:{span.source.position(span.start)[0]}" if span is not None else ""


def _failed(result: TestResult) -> Iterator[str]:
    when = f" as of {result.as_of}" if result.as_of else ""
    yield (
        click.style(f"{result.status}: ", fg="red", bold=True)
        + f"{printable(result.title)}{when}  {_place(result.span)}"
    )
    for error in result.errors:
        yield render(error)
    for failure in result.failures:
        yield f"  expected {printable(failure.expected)}"
        for line in failure.actual.split("\n"):
            yield f"    {_marked(printable(line))}"


def _marked(line: str) -> str:
    for mark, hue in _MARKS.items():
        head, found, rest = line.partition(f"{mark} ")
        if found and not head.strip(" abcdefghijklmnopqrstuvwxyz0123456789_:"):
            return head + click.style(mark, fg=hue) + " " + rest
    return line


# -- coverage --------------------------------------------------------------------------------


def _coverage_line(found: Coverage) -> str:
    more = "" if found.share == 1 else "   segdsl test --coverage lists the rest"
    return f"conditions seen true, false and unknown: {found.seen} of {found.wanted}{more}"


def _coverage(found: Coverage, offers: list[Offer]) -> Iterator[str]:
    from segdsl.testing.run.coverage import WORDS

    yield f"conditions seen true, false and unknown: {found.seen} of {found.wanted} ({found.share:.1%})"
    misses = list(found.misses())
    for condition, truth in misses[:MOST]:
        place = f"{condition.of}.{condition.arm}" if condition.arm else condition.of
        yield f"  never {WORDS[truth]:<8}{printable(condition.text)}   {place}, {_place(condition.span)}"
    if len(misses) > MOST:
        yield f"  … and {len(misses) - MOST:,} more; --format json has them all"
    for rule, arm in found.unreached:
        yield f"  no test reaches {rule}.{arm}"
    for rule in found.untested:
        yield f"  no test asks for {rule}"
    texts = [o.text for o in offers if isinstance(o.miss, tuple) and o.text]
    for text in texts:
        yield ""
        yield from (f"  {printable(line)}" for line in text.rstrip().split("\n"))
    if texts:
        yield ""
        yield f"{'these tests' if len(texts) > 1 else 'this test'} would see more; --write adds all there are, to be read and corrected"


# -- mutation ---------------------------------------------------------------------------------


def _mutation(score: Score, offers: list[Offer]) -> Iterator[str]:
    yield f"mistakes that the tests would notice: {score.killed} of {score.total} ({score.share:.1%})"
    width = max((len(name) for name in score.counts), default=0)
    for name, (killed, survived, same) in score.counts.items():
        equal = f"   {same} left out: no change in meaning" if same else ""
        yield f"  {name:<{width}}  {killed:>4} of {killed + survived:<4}{f'{killed / (killed + survived):>5.0%}' if killed + survived else '':>5}{equal}"
    if score.left_out:
        yield f"  left out, at least in part, as it would take too long: {', '.join(score.left_out)}"
    offered = {id(o.miss): o.text for o in offers}
    for survivor in score.survivors[:MOST]:
        yield ""
        yield from _survivor(survivor, offered.get(id(survivor)))
    if len(score.survivors) > MOST:
        yield f"\n… and {len(score.survivors) - MOST:,} more; --format json has them all"


def _short(line: str) -> str:
    text = printable(line.strip())
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def _survivor(survivor: Mutant, offer: str | None) -> Iterator[str]:
    """Its lines as they are and as they would be, and who would notice; `offer` is "" where nobody was found."""
    before, after = survivor.diff
    yield f"not noticed: {survivor.mutation.operator}   {_place(survivor.mutation.span)}"
    yield from (click.style(f"  - {_short(line)}", fg="red") for line in before.split("\n"))
    yield from (click.style(f"  + {_short(line)}", fg="green") for line in after.split("\n"))
    if offer:
        yield from (f"    {printable(line)}" for line in offer.rstrip().split("\n"))
    elif offer == "":
        yield "    no customer was found whom it would treat otherwise: it may mean the same"


# -- a list made by hand -----------------------------------------------------------------------


def compared(judged: int, found: Sequence[Difference]) -> str:
    lines: list[str] = []
    for d in found:
        j = d.judgement
        if d.found is None:
            lines += [f"{printable(j.key)}: nobody has this key", ""]
            continue
        lines.append(click.style(f"{printable(j.key)}: judged {j.judged}, {j.rule} says {d.found}", bold=True))
        lines += [f"  {_marked(printable(line))}" for line in d.why.split("\n")[1:]]
        lines += [f"  nearest: {printable(d.nearest)}"] if d.nearest else []
        lines.append("")
    agreed = judged - len(found)
    return "\n".join([*lines, f"{agreed:,} of {judged:,} judgements agree with the rules"])
