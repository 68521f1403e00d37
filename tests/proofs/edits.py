"""Random edits of `rules/`, metrics too: what `segdsl diff` says and counts, held to running both versions."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache

from segdsl.compare.memberships import OUT, UNKNOWN
from segdsl.compare.versions import NOBODY, difference, rules_of, with_moves
from segdsl.diagnostics import Source
from segdsl.lang import tree
from segdsl.model.segment import Segment
from segdsl.reference.evaluate import where_is
from segdsl.run.evaluate import evaluate_source
from segdsl.testing.customers.witness import rule_of
from segdsl.workspace.load import BrokenWorkspace, Workspace, build, load_workspace, sound
from tests.support.paths import ROOT

AS_OF = "2026-11-01"
MOST = 3  # edits at once
Edit = tuple[str, Callable[[re.Match[str], random.Random], str]]
EDITS: list[Edit] = [
    (r"(?<![\w.-])\d+(?=%| |\)|\n|,)", lambda m, d: str(max(0, int(m[0]) + d.choice([-1, 1, 7, -7])))),
    (r"(?<![\w.-])\d+_000", lambda m, d: f"{d.choice([1, 5, 30, 90])}_000"),
    (r">=", lambda m, d: d.choice([">", "<="])), (r"(?<![<>!])=(?= [\"\d])", lambda m, d: "!="), (r"!=", lambda m, d: "="),
    (r"\band (?!in\b)", lambda m, d: "or "), (r"\bor ", lambda m, d: "and "), (r"\bany\(", lambda m, d: "none("), (r"\bnone\(", lambda m, d: "any("),
    (r"last (\d+) days", lambda m, d: f"last {int(m[1]) * 2} days"), (r"(?<=when )(?=\w)", lambda m, d: "not "), (r"\bcount\(", lambda m, d: "1 + count("),
    (r"\n {5,}(and|or) [^\n]*", lambda m, d: ""), (r"weight (\d+)", lambda m, d: f"weight {int(m[1]) + 1}"), (r" < ", lambda m, d: " <= "), (r"(?<= )> ", lambda m, d: ">= "),
    (r"\n\n(?=\w)", lambda m, d: "\n# a remark\n\n"), (r'"[A-Z][^"]*"(?= of )', lambda m, d: '"Another title"'),
]  # fmt: skip


@dataclass
class Tally:
    edits: int = 0
    wrong_rules: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    moves: int = 0
    witnesses: int = 0
    differences: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.edits += other.edits
        self.wrong_rules += other.wrong_rules
        self.statuses += other.statuses
        self.verdicts += other.verdicts
        self.moves += other.moves
        self.witnesses += other.witnesses
        self.differences += other.differences


@cache
def base() -> Workspace:
    """The workspace of the repository without its tests."""
    loaded = load_workspace(ROOT)
    texts = []
    for file, source in zip(loaded.files, loaded.sources):
        text = source.text
        for declaration in reversed(file.declarations):
            if isinstance(declaration, tree.Test | tree.Property):
                text = text[: declaration.span.start] + text[declaration.span.end :]
        texts.append(Source(source.path, text))
    return sound(build(loaded.root, loaded.config, texts, []))


def edited(draw: random.Random) -> Workspace | BrokenWorkspace:
    texts = {s.path: s.text for s in base().sources if not s.path.endswith(("model.seg", "plays.seg"))}
    for _ in range(draw.randint(1, MOST)):
        path = draw.choice(sorted(texts))
        pattern, change = draw.choice(EDITS)
        places = list(re.finditer(pattern, texts[path]))
        if places:
            spot = draw.choice(places)
            texts[path] = texts[path][: spot.start()] + change(spot, draw) + texts[path][spot.end() :]
    sources = [replace(s, text=texts.get(s.path, s.text)) for s in base().sources]
    return build(base().root, base().config, sources, [])


@cache
def places_before() -> dict[str, dict[str, str]]:
    return places(base())


def places(workspace: Workspace) -> dict[str, dict[str, str]]:
    """Rule -> customer -> where it is, by a run of one version alone."""
    done = evaluate_source(workspace, list(rules_of(workspace.model)), AS_OF, None)
    found = {}
    for name, rule in rules_of(workspace.model).items():
        frame = done.frames[rule.entity]
        if isinstance(rule, Segment):
            told = [UNKNOWN if held is None or held != held else "in" if held else OUT for held in frame[name].astype(object).where(frame[name].notna(), None)]  # fmt: skip
        else:
            told = [arm if status == "assigned" else OUT if status == "outside" else UNKNOWN for arm, status in zip(frame[name], frame[f"{name}_status"])]  # fmt: skip
        found[name] = dict(zip(map(str, frame["entity_id"]), told))
    return found


def tried(seed: int) -> Tally:
    """One edit, and all that `diff` says of it against both runs."""
    draw = random.Random(seed)
    old, new = base(), edited(draw)
    if isinstance(new, BrokenWorkspace):
        return Tally(wrong_rules=1)
    tally = Tally(edits=1)
    found = difference(old, new)
    told = with_moves(found, old, new, AS_OF, None) if found.changed else found
    before, after = places_before(), places(new)
    for change in told.changes:
        tally.statuses[change.status] += 1
        tally.verdicts.update(v.verdict for v in change.verdicts.values())
        was, now = before.get(change.rule, {}), after.get(change.rule, {})
        keys = {**was, **now}
        moved = Counter((was.get(k, NOBODY), now.get(k, NOBODY)) for k in keys if was.get(k) != now.get(k))
        counted = {(m.origin, m.goal): m.count for m in change.moves}
        if counted != dict(moved):
            tally.differences.append(f"{seed}: {change.rule} ({change.status}) moves {dict(moved)}, not {counted}")
        tally.moves += sum(moved.values())
        for arm, verdict in change.verdicts.items():
            name = arm or "in"
            came = sum(n for (origin, goal), n in moved.items() if goal == name)
            left = sum(n for (origin, goal), n in moved.items() if origin == name)
            if (came and verdict.verdict in ("equivalent", "narrower")) or (left and verdict.verdict in ("equivalent", "wider")):  # fmt: skip
                tally.differences.append(f"{seed}: {change.rule}.{arm} is {verdict.verdict}, and {came} came, {left} left")  # fmt: skip
        for w in change.witnesses:
            tally.witnesses += 1
            seen = []
            for model in (old.model, new.model):
                evaluator = w.example.customer.evaluator(model)
                row = w.example.customer.row(evaluator)
                assert row is not None
                seen.append(where_is(evaluator, rule_of(model, change.rule), row))
            if seen != [w.origin, w.goal] or seen[0] == seen[1]:
                tally.differences.append(f"{seed}: the witness of {change.rule} goes from {seen[0]} to {seen[1]}")
    return tally


def block(seeds: range) -> Tally:
    tally = Tally()
    for seed in seeds:
        tally.add(tried(seed))
    return tally
