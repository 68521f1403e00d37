"""Groups that were found -> the text of a rule file that passes `check` beside the others: a segmentation and a test on each border."""

from __future__ import annotations

from segdsl.diagnostics import Source, printable
from segdsl.discover import wording
from segdsl.discover.groups.groups import Grouping
from segdsl.discover.groups.wording import marks_text, names, often
from segdsl.discover.write import border_tests, meta, names_taken, percent, titled, with_file
from segdsl.lang.format import format_text
from segdsl.lang.reserved import RESERVED
from segdsl.testing.suite import suite
from segdsl.words.plural import plural
from segdsl.workspace.load import Workspace


def rule_file(workspace: Workspace, found: Grouping, path: str) -> str:
    """Return the text of a file at `path`, relative to the workspace. Raises `RulesError` if it wouldn't pass there."""
    name = wording.unique(f"{found.entity}_groups", names_taken(workspace.model))
    text = f"{_header(found)}\n\n{_segmentation(found, name)}"
    loaded = with_file(workspace, path, text)
    tests = border_tests(loaded, suite.suite_of(loaded), loaded.model.segmentations[name], found.as_of)
    whole = "\n\n".join([text, *titled(list(tests), {t.title for t in workspace.model.tests})]) + "\n"
    whole = format_text(Source(path, whole))
    with_file(workspace, path, whole)
    return whole


def _segmentation(found: Grouping, name: str) -> str:
    learned = found.learned
    rules = learned.rules
    assert rules is not None
    *arms, rest = names(learned, found.read, RESERVED)
    unclear = wording.unique("undecided_yet", {*RESERVED, *arms, rest})
    bases = [found.read[c.feature].basis for arm in rules.rule.arms for c in arm.clauses]
    basis = ", ".join(dict.fromkeys(b for b in bases if b)) or "behavioural"
    lines = [f"segmentation {name} of {found.entity} {{", meta(basis)]
    for arm_name, arm, i in zip(arms, rules.rule.arms, range(len(arms)), strict=True):
        lines.append(f"# {_figures(found, i)}")
        lines.append(f"segment {arm_name} {{ when {wording.condition(arm, found.read)} }}")
    lines += [f"# {_undecided(found)}", f"undecided {unclear}", f"# {_figures(found, len(arms))}", f"otherwise {rest}"]
    return "\n ".join(lines) + "\n}"


def _figures(found: Grouping, place: int) -> str:
    group, n = found.learned.groups[place], found.counted[2]
    said = marks_text(group, found.read)
    line = f"held out: {group.customers:,} of {n:,} {plural(found.entity, n)}{f'; {said}' if said else ''}"
    return printable(line)


def _undecided(found: Grouping) -> str:
    n = found.learned.undecided
    return f"held out: {n:,} of {found.counted[2]:,} {plural(found.entity, found.counted[2])}"


def _header(found: Grouping) -> str:
    r, decision, same = found.request, found.learned.decision, found.learned.fidelity
    assert decision is not None and same is not None
    who = plural(found.entity)
    basis = f" --basis {', '.join(r.basis)}" if r.basis else ""
    clustered, decided, others = found.counted
    lines = [
        f"Found by segdsl discover --groups {found.entity}{basis} --as-of {found.as_of} --seed {r.seed}",
        f"Made of {len(found.learned.numbers)} numbers of {clustered:,} {who}, decided by {decided:,} others, and made anew of both:",
        f"one group would look as much like several in {often(decision.p)} cases, over all numbers of groups.",
        f"Of {others:,} further {who}, which neither groups nor rules had seen, the rules put {percent(same.share)} into their group",
        f"(95% interval {percent(same.low)} to {percent(same.high)}). What follows each group is of these, too.",
        "What a group is worth is another question: an outcome, and segdsl profile, answer it.",
    ]
    if found.sampled < 1:
        lines.append(f"Read from a sample of {percent(found.sampled)} of the {who}, drawn by a hash of their keys.")
    return "\n".join(f"# {printable(line)}" for line in lines)
