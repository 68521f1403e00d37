"""What was found -> the text of a rule file that passes `check` beside the others: rules, held-out figures, tests, an experiment."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from math import isfinite

from segdsl.diagnostics import Source, printable
from segdsl.discover import edit, wording
from segdsl.discover.discover import Discovery
from segdsl.discover.estimate import Held
from segdsl.discover.improve import Improved
from segdsl.discover.rows import RuleList
from segdsl.lang import tree
from segdsl.lang.format import format_text
from segdsl.lang.reserved import RESERVED
from segdsl.model import dependencies
from segdsl.model.segment import Model, Segment, Segmentation
from segdsl.testing.customers.block_text import Unwritable
from segdsl.testing.suite import suite
from segdsl.testing.suite.borders import borders
from segdsl.words.plural import plural
from segdsl.workspace.load import BrokenWorkspace, RulesError, Workspace, build

_LEAVING = re.compile(r"churn|cancel|left|leav|away|lost|lose|laps|quit|default|fail|complain|return|downgrad")
DETECT = "1%"  # smallest gain in skill that the experiment registers


def rule_file(workspace: Workspace, found: Discovery, path: str) -> str:
    """Return the text of a file at `path`, relative to the workspace. Raises `RulesError` if it wouldn't pass there."""
    rules = list(_rules(workspace, found))
    names = [name for name, _ in rules]
    text = "\n\n".join([_header(found), *(t for _, t in rules)])
    loaded = with_file(workspace, path, text)
    collected = suite.suite_of(loaded)
    tests: list[str] = []
    for name in names:
        rule = loaded.model.segmentations.get(name) or loaded.model.segments.get(name)
        if rule is not None and _has_borders(rule):
            tests += border_tests(loaded, collected, rule, found.as_of)
    if found.findings.improved is not None or (
        found.findings.learned is not None and found.findings.learned.rule is not None
    ):
        text = "\n\n".join([text, _experiment(workspace.model, found, names)])
    whole = "\n\n".join([text, *titled(tests, {t.title for t in workspace.model.tests})]) + "\n"
    whole = format_text(Source(path, whole))
    with_file(workspace, path, whole)
    return whole


def with_file(workspace: Workspace, path: str, text: str) -> Workspace:
    """Return the workspace with one more rule file. Raises `RulesError`."""
    loaded = build(workspace.root, workspace.config, [*workspace.sources, Source(path, text)], [])
    if isinstance(loaded, BrokenWorkspace):
        raise RulesError(loaded.diagnostics)
    return loaded


def _has_borders(rule: Segment | Segmentation) -> bool:
    return isinstance(rule, Segment) or bool(rule.arms)


def border_tests(
    loaded: Workspace, collected: suite.Suite, rule: Segment | Segmentation, day: dt.date
) -> Iterator[str]:
    """Yield a test for each border of a rule."""
    for example in borders(collected, rule, day):
        try:
            yield example.text(loaded.model)
        except Unwritable:
            continue


def titled(blocks: Sequence[str], taken: set[str]) -> Iterator[str]:
    """Yield tests with titles that aren't taken."""
    for block in blocks:
        match = re.match(r'test "((?:\\.|[^"\\])*)"', block)
        assert match is not None, "a block begins with its title"
        title = wording.unique(match[1], taken)
        taken.add(title)
        yield f'test "{title}"' + block[match.end() :]


# -- the rules ---------------------------------------------------------------------------


def names_taken(model: Model) -> set[str]:
    declared = (
        model.schema.relations,
        model.metrics,
        model.segments,
        model.segmentations,
        model.plays,
        model.experiments,
    )
    return {*RESERVED, *(name for names in declared for name in names)}


def _rules(workspace: Workspace, found: Discovery) -> Iterator[tuple[str, str]]:
    taken = names_taken(workspace.model)
    where = _where(workspace, found)
    if found.findings.improved is not None:
        name = wording.unique(f"{found.request.incumbent}_improved", taken)
        yield name, _improved(workspace, found, name)
        return
    if found.findings.learned is not None and found.findings.learned.rule is not None:
        rule, held = found.findings.learned.rule, found.findings.learned.held
        incumbent = found.request.incumbent
        if incumbent is None:
            incumbent = wording.unique(f"{found.request.outcome}_alike", taken)
            taken.add(incumbent)
            yield incumbent, _everybody(found, incumbent)
        name = wording.unique(f"{found.request.outcome}_found", taken)
        yield name, _segmentation(workspace.model, found, rule, held, name, incumbent, where)
        return
    for group in found.findings.subgroups:
        arm = group.rule.arms[0]
        name = wording.arm_name(arm, found.read, taken)
        taken.add(name)
        meta = f'owner "{_OWNER}"\n basis {_basis(workspace.model, found, group.rule)}'
        yield (
            name,
            f"# {figures(group.held, found.entity)}\nsegment {name} of {found.entity}{where} {{\n {meta}\n "
            f"when {wording.condition(arm, found.read)}\n}}",
        )


_GOAL, _OWNER = "FILL IN: what these groups are for", "FILL IN: who answers for them"


def meta(basis: str) -> str:
    """Return what a segmentation says of itself, goal and owner to be filled in."""
    return f'goal "{_GOAL}"\n owner "{_OWNER}"\n basis {basis}\n review every 90 days'


def _everybody(found: Discovery, name: str) -> str:
    return (
        f"# No segmentation was named to improve on, so the experiment compares with none: everybody alike.\n"
        f"segmentation {name} of {found.entity} {{\n {meta('behavioural')}\n otherwise everybody\n}}"
    )


def _segmentation(
    model: Model, found: Discovery, rule: RuleList, held: Sequence[Held], name: str, incumbent: str, where: str
) -> str:
    taken: set[str] = set(RESERVED)
    arms = []
    for arm, figure in zip(rule.arms, held, strict=False):
        arm_name = wording.arm_name(arm, found.read, taken)
        taken.add(arm_name)
        arms.append(
            f"# {figures(figure, found.entity)}\n segment {arm_name} {{ when {wording.condition(arm, found.read)} }}"
        )
    rest = held[rule.otherwise], held[rule.undecided]
    unclear, others = wording.unique("undecided_yet", taken), wording.unique("others", taken)
    return (
        "\n ".join(
            [
                f"segmentation {name} of {found.entity}{where} candidate of {incumbent} {{",
                meta(_basis(model, found, rule)),
                *arms,
                f"# {figures(rest[1], found.entity, with_ratio=False)}\n undecided {unclear}",
                f"# {figures(rest[0], found.entity, with_ratio=False)}\n otherwise {others}",
            ]
        )
        + "\n}"
    )


def _improved(workspace: Workspace, found: Discovery, name: str) -> str:
    """The incumbent with the change; with an arm for those of whom it can't be known, where the check would ask for one."""
    assert (
        found.incumbent is not None
        and found.findings.improved is not None
        and found.findings.improved.change is not None
    )
    change, held = found.findings.improved.change, found.findings.improved.held
    comments = [figures(h, found.entity, with_ratio=False) for h in held]
    bases = [found.read[c.feature].basis for c in edit.new_clauses(change)] if change.kind != "border" else []

    return edit.edited(found.incumbent, change, found.read, name, comments, bases, found.findings.adds_undecided)


def _basis(model: Model, found: Discovery, rule: RuleList) -> str:
    """The bases of what the arms and the population read."""
    read = [found.read[c.feature].basis for a in rule.arms for c in a.clauses]
    incumbent = model.segmentations.get(found.request.incumbent or "")
    if incumbent is not None and incumbent.where is not None:
        fields = dependencies.columns(model, [incumbent.where])
        read += [model.schema.relations[r].fields[n].basis for r, names in fields.items() for n in sorted(names)]
    return ", ".join(dict.fromkeys(b for b in read if b)) or "behavioural"


def _where(workspace: Workspace, found: Discovery) -> str:
    """The population of the incumbent, as it is written."""
    for file in workspace.files:
        for d in file.declarations:
            if isinstance(d, tree.Segmentation) and d.name.text == found.request.incumbent and d.where is not None:
                return f" where {d.where.span.text}"
    return ""


def _experiment(model: Model, found: Discovery, names: Sequence[str]) -> str:
    incumbent = found.request.incumbent or names[0]
    name = wording.unique(names[-1], set(model.experiments))
    days = ", ".join(map(str, found.origins.experiment))
    better, note = _better(model, found.request.outcome)
    waits = found.origins.experiment[-1] >= found.as_of
    lines = [
        "# On days that neither the search nor the figures above have read.",
        *(["# Its window is still open: run it once it has closed."] if waits else []),
        *note,
        f'experiment {name} "Do these groups tell {found.request.outcome} better?" {{',
        f"incumbent {incumbent}\n candidate {names[-1]}",
        f"backtest as of {days}",
        f"primary {found.request.outcome}, {better} is better, detect {DETECT}",
        "}",
    ]
    return "\n".join(lines)


def _better(model: Model, outcome: str) -> tuple[str, list[str]]:
    """Which is better, and a comment where that is a guess from the name."""
    for experiment in model.experiments.values():
        for measure in experiment.measures:
            if measure.outcome == outcome:
                return measure.better, []
    guess = "lower" if _LEAVING.search(outcome) else "higher"
    return guess, [f"# `{guess} is better` is a guess from the name: correct it if it is wrong."]


# -- comments ----------------------------------------------------------------------------


def _header(found: Discovery) -> str:
    r, o, c = found.request, found.origins, found.counted
    who = plural(found.entity)
    options = "".join(
        [
            f" --basis {', '.join(r.basis)}" if r.basis else "",
            f" --assume-fixed {', '.join(r.assume_fixed)}" if r.assume_fixed else "",
            f" --candidate-of {r.candidate_of}" if r.candidate_of else "",
            f" --improve {r.improve}" if r.improve else "",
            f" --top {r.top}" if r.top is not None else "",
        ]
    )
    what = "borders" if found.findings.improved is not None else "clauses and borders"
    also = f"; {what} also from those of the next line" if found.findings.subgroups == () else ""
    lines = [
        f"Found by segdsl discover --outcome {r.outcome}{options} --as-of {found.as_of} --seed {r.seed}",
        f"Learned from {c['searched'].customers:,} {who} as of {_days(o.searched)}{also}.",
        f"Decided by {c['validation'].customers:,} other {who} as of {o.validation}: {_decision(found)}.",
        f"The figures are of {c['report'].customers:,} further {who} as of {_days(o.report)}, which neither had seen:",
        "customers, how many of them had the outcome, and 95% intervals for customers like these in such a period.",
    ]
    if found.findings.improved is not None:
        lines += improvement(found)
    if found.findings.learned is not None and found.findings.learned.rule is not None:
        lines.append(f"Rounding the borders cost {_share(found.findings.learned.cost)} of what they explain.")
    if found.exploratory:
        lines.append(
            f"EXPLORATORY: {', '.join(r.assume_fixed)} had their value of today at every origin, by assumption. "
            "If they change, these groups may know the outcome already."
        )
    if found.sampled < 1:
        lines.append(f"Read from a sample of {_share(found.sampled)} of the {who}, drawn by a hash of their keys.")
    return "\n".join(f"# {printable(line)}" for line in lines)


def improvement(found: Discovery) -> list[str]:
    """What changes, whom it moves, and what that is worth, in a few lines."""
    assert found.incumbent is not None and found.findings.improved is not None
    change, moved, gain = found.findings.improved.change, found.findings.improved.moved, found.findings.improved.gain
    assert change is not None and moved is not None
    lines = [f"One change of `{found.incumbent.rule.name}`: {edit.in_words(found.incumbent, change, found.read)}."]
    if moved.rows:
        per_row = moved.rows == moved.customers
        who = plural(found.entity, moved.rows) if per_row else f"{plural(found.entity)} and days"
        line = (
            f"It moves {moved.rows:,} {who}: {percent(moved.rate)} with {found.request.outcome} "
            f"({percent(moved.low)} to {percent(moved.high)})"
        )
        if isfinite(moved.times):
            high = _times(moved.times_high) if isfinite(moved.times_high) else "any number"
            line += f", {_times(moved.times)} times the rate of those who stay where they were ({_times(moved.times_low)} to {high})"
        lines.append(f"{line}.")
    else:
        lines.append(f"None of the last {plural(found.entity)} is moved by it, so what it is worth isn't known.")
    lines += _unclear(found, found.findings.improved)
    if gain is not None:
        lines.append(f"Gain in skill: {percent(gain.estimate)} ({percent(gain.low)} to {percent(gain.high)}).")
    if not found.findings.improved.is_borne_out:
        lines.append(_not_borne_out(found.entity, found.findings.improved))
    return lines


def _not_borne_out(entity: str, improved: Improved) -> str:
    """Why the held-out figures say nothing for a change, and what to do then."""
    if not (improved.gain and improved.moved and improved.moved.rows):
        why = f"they are of too few {plural(entity)} to say what it is worth"
    elif improved.gain.high < 0:
        why = "by them the segmentation says less with it than without"
    else:
        why = "by them it may gain nothing"
    return f"The held-out figures don't bear it out: {why}. Don't promote it; wait until there is another origin, and look again."


def _unclear(found: Discovery, improved: Improved) -> Iterator[str]:
    """Who becomes undecided, and in which arm."""
    assert found.incumbent is not None and improved.unclear is not None
    written, unclear = found.incumbent.written.undecided, improved.unclear
    if found.findings.adds_undecided:
        go = f"are put into `{edit.UNDECIDED}`, an arm that is added for them"
    elif written is not None:
        go = f"are put into `{written.name.text}`"
    else:
        go = "are in no arm any more"
    if unclear.rows:
        per_row = unclear.rows == unclear.customers
        who = plural(found.entity, unclear.rows) if per_row else f"{plural(found.entity)} and days"
        yield f"{unclear.rows:,} more {who}, of whom what it asks isn't known, {go}: {unclear.events:,} with {found.request.outcome}."
    elif found.findings.adds_undecided:
        yield f"Customers of whom what it asks isn't known {go}."


def _decision(found: Discovery) -> str:
    if found.findings.learned is not None or found.findings.improved is not None:
        what = "lists" if found.findings.improved is None else "changes"
        return f"p {'< 0.001' if found.findings.p < 0.001 else f'= {found.findings.p:.3f}'}, one-sided, over all {what} that were looked at"
    return "each p at most 2.5%, one-sided, over all groups that were looked at"


def _days(days: Sequence[object]) -> str:
    return ", ".join(map(str, days))


def figures(held: Held, entity: str, with_ratio: bool = True) -> str:
    """A place's held-out figures in a line."""
    if not held.rows:
        return f"held out: no {entity}"
    per_row = held.rows == held.customers
    who = plural(entity, held.rows) if per_row else f"{plural(entity)} and days"
    line = f"held out: {held.events:,} of {held.rows:,} {who}, {percent(held.rate)} ({percent(held.low)} to {percent(held.high)})"
    if with_ratio and isfinite(held.times):
        high = f"{held.times_high:.1f}" if isfinite(held.times_high) else "any number"
        line += f"; {held.times:.1f} times the rate of the rest ({held.times_low:.1f} to {high})"
    return line


def _times(ratio: float) -> str:
    return f"{ratio:.1f}" if ratio >= 1 else f"{ratio:.2f}"


def percent(share: float) -> str:
    return f"{share * 100:.1f}%"


def _share(share: float) -> str:
    return "less than 0.1%" if 0 < share < 0.001 else f"{share * 100:.1f}%"
