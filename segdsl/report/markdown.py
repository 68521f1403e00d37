"""Findings and test results -> markdown, for a job's summary or a comment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from segdsl.diagnostics import Diagnostic, Span, printable, summary
from segdsl.testing.mutants.score import Score
from segdsl.testing.run.coverage import WORDS, Coverage
from segdsl.testing.suite.suite import Report

MOST = 20  # of a kind; a summary is read, not searched
Said = Sequence[tuple[str, str]]
"""A result in words: labels, and what is said under each."""


def of_words(said: Said) -> str:
    return "\n".join(f"- **{label}**: {text(words)}" for label, words in said) + "\n"


def of_diagnostics(found: Sequence[Diagnostic], files: int) -> str:
    head = f"### Rules: {summary(found) or 'no findings'}\n\n{files} rule file{'s' if files != 1 else ''} checked.\n"
    rows = [
        f"| {d.severity} | {_place(d.span)} | {text(d.message)} | {text(d.help)} | {d.code} |" for d in found[:MOST]
    ]
    if not rows:
        return head
    return head + "\n" + _table(("", "where", "what", "help", "code"), rows) + _left_out(len(found))


def of_tests(report: Report) -> str:
    """Verdict first, then each failure folded, coverage and mutation where they were asked for."""
    parts = [f"### Tests: {_verdict(report)}\n"]
    failed = [r for r in report.results if r.status != "passed"]
    parts += [f"- {text(d.message)} ({text(d.help)})" for d in report.problems[:MOST]]
    for result in failed[:MOST]:
        lines = [
            line
            for f in result.failures
            for line in (f"expected {f.expected}", *(f"  {x}" for x in f.actual.split("\n")))
        ]
        lines += [d.message + (f" ({d.help})" if d.help else "") for d in result.errors]
        parts.append(folded(f"✗ {html(result.title)} · <code>{html(_written_place(result.span))}</code>", lines))
    parts.append(_left_out(len(failed)))
    if report.coverage is not None:
        parts.append(of_coverage(report.coverage))
    if report.mutation is not None:
        parts.append(of_mutation(report.mutation))
    return "\n".join(p for p in parts if p).rstrip() + "\n"


def _verdict(report: Report) -> str:
    bad = len(report.results) - report.count("passed") + len(report.problems)
    if not report.results and not report.problems:
        return "none found"
    return f"{report.count('passed')} passed" + (f", **{bad} failed**" if bad else "")


def of_coverage(found: Coverage) -> str:
    head = f"Conditions seen true, false and unknown: {found.seen} of {found.wanted} ({found.share:.0%})\n"
    misses = list(found.misses())
    rows = [f"| {_place(c.span)} | {code(c.text)} | never {WORDS[t]} |" for c, t in misses[:MOST]]
    rows_text = "\n" + _table(("where", "condition", ""), rows) + _left_out(len(misses)) if rows else ""
    arms = ", ".join(f"`{rule}.{arm}`" for rule, arm in found.unreached)
    untested = ", ".join(f"`{rule}`" for rule in found.untested)
    return (
        head
        + rows_text
        + (f"\nNo test reaches {arms}.\n" if arms else "")
        + (f"\nNo test asks for {untested}.\n" if untested else "")
    )


def of_mutation(score: Score) -> str:
    head = f"Mistakes that the tests would notice: {score.killed} of {score.total} ({score.share:.0%})\n"
    rows = [
        f"| {name} | {killed} | {killed + survived} | {same or ''} |"
        for name, (killed, survived, same) in score.counts.items()
    ]
    return head + "\n" + _table(("mistake", "noticed", "of", "no change in meaning"), rows)


# -- pieces -----------------------------------------------------------------------------


def _table(headers: Sequence[str], rows: Iterable[str]) -> str:
    return "\n".join([f"| {' | '.join(headers)} |", "|" + "---|" * len(headers), *rows]) + "\n"


def _left_out(count: int) -> str:
    return f"\n… and {count - MOST} more\n" if count > MOST else ""


def _place(span: Span | None) -> str:
    return code(_written_place(span)) if span is not None else ""


def _written_place(span: Span) -> str:
    return f"{span.source.path}:{span.source.position(span.start)[0]}"


# what GitHub makes a mention, a reference or a link of wherever it stands, also behind a backslash: parted by a space of no width,
# as Renovate and Dependabot part it
_LINKED = re.compile(r"[@#]|:(?=//)|www(?=\.)", re.IGNORECASE)


def text(written: str) -> str:
    """Text from a rule or from data as part of a line: it can't make markup, a link, a mention or a line of its own."""
    escaped = re.sub(r"([\\`*_{}\[\]()#+!|<>@&~])", r"\\\1", printable(written))
    return _LINKED.sub(r"\g<0>&#8203;", escaped)


def code(written: str) -> str:
    """As code: in as many backticks as it takes."""
    flat = printable(" ".join(written.split())).replace("|", "\\|")
    ticks = "`" * (max((len(m) for m in re.findall("`+", flat)), default=0) + 1)
    pad = " " if "`" in flat else ""
    return f"{ticks}{pad}{flat}{pad}{ticks}"


def html(written: str) -> str:
    """Text as part of a line of HTML that stands in markdown: as plain in the one as in the other."""
    parted = _LINKED.sub("\\g<0>\u200b", printable(written))
    return re.sub(r"[\\`*_{}\[\]()#+!|<>@&~\u200b]", lambda m: f"&#{ord(m[0])};", parted)


def folded(head: str, lines: Sequence[str]) -> str:
    """Lines from rules or data as a block of code, which none of them can leave, under a `head` in HTML of one line."""
    body = "\n".join(map(printable, lines))
    ticks = "`" * max(3, max((len(m) + 1 for m in re.findall("`+", body)), default=0))
    return f"<details><summary>{head}</summary>\n\n{ticks}text\n{body}\n{ticks}\n\n</details>\n"
