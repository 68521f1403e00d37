"""Generated workspaces through every command that proves: nothing may crash, and the reference evaluator may contradict no claim.

What `check`, `overlap`, `diff`, properties and mutants say becomes claims about every customer. Each is asked of a crowd
of odd customers as of odd instants, and of customers that are aimed at what would contradict it.
"""

from __future__ import annotations

import datetime as dt
import random
import re
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from segdsl.analyse.questions import Overlap, overlap, speaks_against
from segdsl.compare.overlap import overlaps
from segdsl.compare.versions import difference, rules_of
from segdsl.diagnostics import Diagnostic, Source, render
from segdsl.facts.unknown import can_be_unknown
from segdsl.lint.checks import checked
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.segment import Model, Segment, Segmentation
from segdsl.reference.evaluate import Evaluator, Unknown, where_is
from segdsl.reference.world import Row, World
from segdsl.resolve import Resolver
from segdsl.testing.customers.aim import Aim
from segdsl.testing.customers.draft import Draft
from segdsl.testing.mutants.mutants import Mutable, Mutant, declarations, mutants
from segdsl.testing.mutants.operators import Mutation
from segdsl.testing.mutants.score import score
from segdsl.testing.suite.offers import closers
from segdsl.testing.suite.suite import run, suite_of
from segdsl.whatif.flips import flips
from segdsl.words.explain import Breakdown, Clause, all_facts, as_text, explain, leaves, says, written
from segdsl.words.explain import clause as clause_of
from segdsl.workspace.config import About, Config
from segdsl.workspace.load import Workspace, build
from tests.proofs.customers import Crowd, Pools, Rows, instants, lawful, unlawful
from tests.proofs.workspaces import Made, folder, workspace

AS_OFS = 2  # crowds of each workspace
AIMED = 7  # claims of each as-of at whose contrary a customer is aimed
CUSTOMERS = 10
FOR_ONE = 20  # customers aimed at where a finding says that there can be one
T = TypeVar("T")
P = ParamSpec("P")
Rule = Segment | Segmentation

# -- claims ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """One world, and both versions of the rules over it."""

    old: Evaluator
    new: Evaluator


@dataclass(frozen=True)
class Claim:
    """What was said of every customer of an entity; `contradicted` is whether one says otherwise.

    `contrary` are conditions and truths that, where one customer has them all, contradict it: so one is looked for.
    """

    kind: str
    said: str
    entity: str
    contradicted: Callable[[Case, Row], bool]
    contrary: tuple[tuple[k.Expr, bool | None], ...] = ()


@dataclass(frozen=True)
class Fault:
    """A crash, or a claim and the customer that contradicts it."""

    kind: str
    said: str
    seed: int
    zone: str
    fiscal_year_starts: int
    text: str
    edited: str
    clock: Clock | None = None
    key: object = None
    rows: Rows = field(default_factory=dict)

    def __str__(self) -> str:
        at = f", as of {self.clock.now} UTC in {self.zone}, {self.key}" if self.clock is not None else ""
        return f"{self.kind} (workspace {self.seed}{at}): {self.said}"


@dataclass
class Tally:
    """`claims` by kind, and of how many customers each kind was asked; `constructs` of workspaces that are right."""

    workspaces: int = 0
    right: int = 0
    customers: int = 0
    unlawful: Counter[str] = field(default_factory=Counter)
    claims: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    constructs: Counter[str] = field(default_factory=Counter)
    unseen: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.workspaces += other.workspaces
        self.right += other.right
        self.customers += other.customers
        for mine, its in ((self.unlawful, other.unlawful), (self.claims, other.claims), (self.asked, other.asked), (self.constructs, other.constructs)):  # fmt: skip
            mine.update(its)
        self.unseen += other.unseen
        self.faults += other.faults


def block(seeds: range) -> Tally:
    tally = Tally()
    for seed in seeds:
        tally.add(tried(workspace(seed)))
    return tally


def rules_in(construct: str, text: str) -> str:
    """The part of a workspace where a construct stands: that of the model for what the model declares."""
    model, _, rules = text.partition("\nmetric m0")
    return model if construct in OF_THE_MODEL else rules.partition("\ntest ")[0]


def lines(tally: Tally) -> list[str]:
    """A tally for results.txt."""
    contradicted = Counter(f.kind for f in tally.faults)
    often = ", ".join(f"{name} {n:,}" for name, n in tally.constructs.most_common())
    return [
        f"{tally.workspaces:,} generated workspaces, {tally.right:,} of them right ({tally.right / max(1, tally.workspaces):.0%}), through check, overlap, diff, explain, test and test --mutate",
        f"{tally.customers:,} customers of theirs, odd or aimed at the contrary of a claim; {sum(tally.claims.values()):,} claims:",
        *(f"  {kind}: {n:,} claims, held to {tally.asked[kind]:,} customers, {contradicted[kind]} contradicted" for kind, n in tally.claims.most_common()),
        f"workspaces with each construct: {often}",
        f"crashes and contradicted claims: {len(tally.faults)}",
        *map(str, tally.faults[:20]),
    ]  # fmt: skip


def tried(made: Made) -> Tally:
    """One workspace through every command that proves."""
    tally = Tally(workspaces=1)
    trial = Trial(made, tally)
    old = trial.guarded("build", built, made, made.text)
    if old is None:
        return tally
    tally.right = 1
    tally.constructs.update(
        name for name, pattern in CONSTRUCTS.items() if re.search(pattern, made.text.partition("\ntest ")[0], re.M)
    )
    new = trial.guarded("build", built, made, made.edited) if made.edited != made.text else None
    trial.hold(old, new)
    return tally


def built(made: Made, text: str) -> Workspace | None:
    """None where it has an error, which `check` tells."""
    about = About(timezone=made.zone, fiscal_year_starts=made.fiscal_year_starts)
    found = build(folder(), Config(about), [Source("rules.seg", text)], [])
    if isinstance(found, Workspace):
        return found
    assert all(map(render, checked(found)))
    return None


@dataclass
class Trial:
    """One workspace's way through the commands. Each step that raises is a fault, and the others are tried all the same."""

    made: Made
    tally: Tally

    def __post_init__(self) -> None:
        self.draw = random.Random(f"claims {self.made.seed}")

    def guarded(self, step: str, do: Callable[P, T], *args: P.args, **named: P.kwargs) -> T | None:
        try:
            return do(*args, **named)
        except Exception as error:
            where = [f"{f.filename.rpartition('/segdsl/')[2]}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)[-3:]]  # fmt: skip
            self.fault(f"crash of {step}", f"{type(error).__name__}: {str(error)[:200]} at {' < '.join(reversed(where))}")  # fmt: skip
            return None

    def fault(self, kind: str, said: str, **where: Any) -> None:
        m = self.made
        self.tally.faults.append(Fault(kind, said, m.seed, m.zone, m.fiscal_year_starts, m.text, m.edited, **where))

    def hold(self, old: Workspace, new: Workspace | None) -> None:
        """Gathers all claims, and asks customers."""
        model = old.model
        claims = list(self.claims(old, new))
        self.tally.claims.update(c.kind for c in claims)
        self.guarded("test --mutate", self.mutated, old)
        after = new.model if new is not None else model
        for clock in instants(self.made.text, old.zone, self.draw, AS_OFS):
            crowd = Crowd(
                model, clock, self.draw, Pools.of(self.made.text + self.made.edited, clock, self.draw), CUSTOMERS
            )
            self.ask(claims, model, after, clock, crowd.rows())
            able = [c for c in claims if c.contrary]
            for claim in self.draw.sample(able, min(AIMED, len(able))):
                rows = self.guarded("aim", aimed, claim, model, clock, self.draw)
                if rows is not None:
                    self.ask([claim], model, after, clock, rows)

    # -- what is said ------------------------------------------------------------------------------

    def claims(self, old: Workspace, new: Workspace | None) -> Iterator[Claim]:
        model = old.model
        day = DAY if self.made.seed % 5 == 0 else None
        found = self.guarded("check", checked, old, day) or ()
        for d in found:
            self.guarded("check", render, d)
            yield from of_finding(model, d)
            yield from self.mended(model, d)
        self.shown(model, found, old.zone)
        yield from silences(model, found)
        yield from never_unknown(model)
        yield from self.of_overlaps(old, model)
        if new is not None:
            yield from self.of_diff(old, new)
        for statement in model.properties:
            answer = self.guarded("test", speaks_against, model, statement)
            if answer == "nobody":
                yield always(
                    "property proved", statement.title, statement.entity, statement.condition, not statement.always
                )
        if self.made.seed % 100 == 0:
            self.guarded("test", self.tested, old)
        yield from self.of_mutants(old, model)

    def tested(self, workspace: Workspace) -> None:
        """`segdsl test --coverage`, properties and all, and a few of the tests that it offers."""
        suite = suite_of(workspace)
        report = run(suite)
        assert report.coverage is not None
        closers(suite, report.coverage, 3)

    def of_overlaps(self, workspace: Workspace, model: Model) -> Iterator[Claim]:
        names = [n for n, s in model.segments.items() if s.entity == "account"]
        names += [f"{n}.{a.name}" for n, s in model.segmentations.items() for a in s.arms]
        pairs = list(combinations(names, 2))
        for pair in self.draw.sample(pairs, min(3, len(pairs))):
            parts = [part for name in pair for part in part_of(model, name)]
            if self.made.seed % 10 == 3:  # with somebody made up who is in both
                told = self.guarded("overlap", _overlap_with_somebody, workspace, pair)
            else:
                told = self.guarded("overlap", overlap, model, parts)
            if told is not None and told.verdict == "disjoint":

                def both(case: Case, row: Row, parts: Sequence[k.Expr] = parts) -> bool:
                    return all(case.old.truth(p, row) is True for p in parts)

                yield Claim("overlap disjoint", " and ".join(pair), "account", both, tuple((p, True) for p in parts))

    def of_diff(self, old: Workspace, new: Workspace) -> Iterator[Claim]:
        told = self.guarded("diff", difference, old, new, witnesses=self.made.seed % 10 == 0)
        for change in told.changes if told is not None else ():
            if change.status == "same meaning":
                yield moves("diff same meaning", change.rule, old.model, new.model, None, ("came", "left"))
            for arm, verdict in change.verdicts.items():
                wrong = {"equivalent": ("came", "left"), "wider": ("left",), "narrower": ("came",)}.get(verdict.verdict)
                if wrong is not None:
                    yield moves(f"diff {verdict.verdict}", change.rule, old.model, new.model, arm or "in", wrong)

    def mended(self, model: Model, d: Diagnostic) -> Iterator[Claim]:
        """What `check --fix` writes means the same."""
        if self.made.seed % 4 or d.fix is None or d.severity == "error" or d.fix.span.source.text != self.made.text:
            return
        text = self.made.text[: d.fix.span.start] + d.fix.replacement + self.made.text[d.fix.span.end :]
        other = self.guarded("check --fix", built, self.made, text)
        if other is None:
            self.fault("crash of check --fix", f"{d.message}: {d.fix.replacement}")
            return
        for name in rules_of(model):
            yield same_elsewhere(f"{d.code} mended", f"{d.fix.replacement} in {name}", name, model, other.model)

    def shown(self, model: Model, found: Sequence[Diagnostic], zone: ZoneInfo) -> None:
        """SEG0802 and SEG0814 say that there can be somebody: one is looked for, and counted where one is found."""
        clock = Clock.at(DAY, zone)
        for d in found:
            if d.code == "SEG0802":
                rule = model.segmentations[re.findall(r"`([^`]*)`", d.message)[-1]]
                conditions = [(a.condition, None) for a in rule.arms if a.condition is not None]
                place = "unknown"
            elif d.code == "SEG0814":
                name = re.findall(r"`([^`]*)`", d.message)[0]
                *_, condition = part_of(model, name)
                conditions, place, rule = [(condition, True)], "", rules_of(model)[name.partition(".")[0]]  # type: ignore[list-item, assignment]
            else:
                continue
            self.tally.claims[f"{d.code} there can be"] += 1
            for _ in range(FOR_ONE):
                claim = Claim("", "", rule.entity, lambda case, row: True, (self.draw.choice(conditions),))
                rows = self.guarded("aim", aimed, claim, model, clock, self.draw)
                if rows is None:
                    break
                if d.code == "SEG0814" and (born := model.schema.relations[rule.entity].lives_from) is not None:
                    early = clock.now - dt.timedelta(hours=25)
                    typed = model.schema.relations[rule.entity].fields[born].type
                    rows[rule.entity][0][born] = early if isinstance(typed, ty.Timestamp) else early.date()
                evaluator = Evaluator(model, World(model.schema, rows, clock))
                if any(where_is(evaluator, rule, row) == place if place else truth_of(evaluator, conditions[0][0], row) is True for row in evaluator.world.rows(rule.entity)):  # fmt: skip
                    self.tally.asked[f"{d.code} there can be"] += 1
                    break
            else:
                self.tally.unseen.append(f"{self.made.seed}: {d.message}")

    def of_mutants(self, workspace: Workspace, model: Model) -> Iterator[Claim]:
        """Mistakes that are shown to mean the same."""
        suite = self.guarded("test", suite_of, workspace)
        if suite is None:
            return
        resolver = suite.resolver
        chosen = [d for d in declarations(workspace.files) if d.name.text in (*model.segments, *model.segmentations, *model.metrics)]  # fmt: skip
        if self.made.seed % 8 or not chosen:
            return
        declaration = self.draw.choice(chosen)
        name = declaration.name.text
        for mutation, mutant in self.guarded("test --mutate", _mutants, declaration, resolver) or ():
            if mutant is None and name in rules_of(model):
                text = (
                    self.made.text[: mutation.span.start] + mutation.replacement + self.made.text[mutation.span.end :]
                )
                other = self.guarded("build", built, self.made, text)
                if other is not None:
                    yield same_elsewhere("mutant the same", f"`{mutation.texts[0]}` for `{mutation.texts[1]}` in {name}", name, model, other.model)  # fmt: skip

    def mutated(self, workspace: Workspace) -> None:
        if self.made.seed % 8 == 4:
            suite = suite_of(workspace)
            chosen = declarations(workspace.files)
            score([self.draw.choice(chosen)], suite.tests, suite.resolver, workspace.zone)

    # -- who is asked ------------------------------------------------------------------------------

    def ask(self, claims: Sequence[Claim], model: Model, after: Model, clock: Clock, rows: Rows) -> None:
        if wrong := unlawful(model, rows):
            self.tally.unlawful[re.sub(r":.*", "", wrong)] += 1
            return
        world = World(model.schema, rows, clock)
        case = Case(Evaluator(model, world), Evaluator(after, world))
        for entity in dict.fromkeys(c.entity for c in claims):
            for row in world.rows(entity):
                self.tally.customers += 1
                for claim in claims:
                    if claim.entity == entity:
                        self.tally.asked[claim.kind] += 1
                        if self.guarded("evaluation", claim.contradicted, case, row):
                            key = row[model.schema.relations[entity].key or ""]
                            self.fault(claim.kind, claim.said, clock=clock, key=key, rows=rows)
        if len(claims) > 1 and self.draw.randrange(AS_OFS) == 0:
            self.explained(model, case.old, world)

    def explained(self, model: Model, evaluator: Evaluator, world: World) -> None:
        for row in world.rows("account")[:1]:
            for rule in rules_of(model).values():
                if rule.entity == "account":
                    self.guarded("explain", self._explained, evaluator, rule, row)

    def _explained(self, evaluator: Evaluator, rule: Rule, row: Row) -> None:
        told = replace(explain(evaluator, rule, row), flips=flips(evaluator, rule, row))
        assert as_text(told)
        at = where_is(evaluator, rule, row)
        place = told.arm or {"outside": "out"}.get(told.status, told.status)
        clauses = [a.clause for a in told.arms] + ([told.population] if told.population is not None else [])
        silent = [e for part in evaluator.model.definition(rule.name) for e in _silent(evaluator, part, row)]
        self.tally.claims["explain"] += 1
        self.tally.asked["explain"] += 1
        if place != at or silent or not all(map(adds_up, clauses)):
            self.fault("explain", f"{rule.name}: {place}, by the reference {at}; without a reason {silent}", clock=evaluator.world.clock, key=row["account_id"], rows=dict(evaluator.world.data))  # fmt: skip


def _overlap_with_somebody(workspace: Workspace, names: Sequence[str]) -> Overlap:
    return overlaps(workspace, names).pairs[0].proof


def _mutants(declaration: Mutable, resolver: Resolver) -> list[tuple[Mutation, Mutant | None]]:
    return list(mutants(declaration, resolver))


def _silent(evaluator: Evaluator, condition: k.Expr, row: Row) -> Iterator[str]:
    """The clauses that are unknown and don't say why."""
    for e in leaves(condition) if condition.type == ty.BOOLEAN else ():
        held = evaluator.truth(e, row)
        told = list(all_facts(clause_of(evaluator, e, row)))
        if isinstance(held, Unknown) and not (told and all(says(told, r) for r in held.reasons)):
            yield written(e)


def adds_up(clause: Clause) -> bool:
    """Whether a clause's truth is that of its parts, joined as it says."""
    truths = [p.truth for p in clause.parts]
    inside = [p for v in clause.values for p in parts_of(v) if isinstance(p, Clause)]
    if not all(map(adds_up, inside)):
        return False
    if not truths:
        return True
    if clause.joined_by == "if":
        asked = [p for p in clause.parts if p.role not in ("then", "else")]
        last = asked[-1].truth
        roles = ["if", *["else if"] * (len(asked) - 1), *{True: ["then"], False: ["else"], None: []}[last]]
        is_chain = [p.role for p in clause.parts] == roles and all(p.truth is False for p in asked[:-1])
        expected = None if last is None else truths[-1]
        return is_chain and clause.truth == expected and all(map(adds_up, clause.parts))
    if clause.joined_by == "not":
        expected = None if truths[0] is None else not truths[0]
    else:
        decides = clause.joined_by in ("or", "some time")
        expected = decides if decides in truths else None if None in truths else not decides
    return clause.truth == expected and all(map(adds_up, clause.parts))


def parts_of(value: Breakdown) -> Iterator[Clause | Breakdown]:
    """What a value is made of, and what that is made of, as far as it is values."""
    for part in value.parts:
        yield part
        if isinstance(part, Breakdown):
            yield from parts_of(part)


DAY = dt.date(2026, 11, 1)


def aimed(claim: Claim, model: Model, clock: Clock, draw: random.Random) -> Rows:
    """Rows with one customer that may contradict a claim."""
    draft = Draft(model, clock, lambda options: options[draw.randrange(len(options))], may_replace_metrics=False)
    focus = draft.new(claim.entity)
    aim = Aim(draft)
    for _ in range(2):  # what is done for one may undo another
        for condition, truth in claim.contrary:
            aim.truth(condition, truth, focus)
    return lawful(model, draft.rows)


# -- findings of `check` ---------------------------------------------------------------------------


def truth_of(evaluator: Evaluator, e: k.Expr | None, row: Row) -> bool | None:
    held = evaluator.truth(e, row) if e is not None else True
    return None if isinstance(held, Unknown) else held


def part_of(model: Model, name: str) -> list[k.Expr]:
    """Population and condition of a segment or arm."""
    rule, _, arm = name.partition(".")
    whole = rules_of(model)[rule]
    condition = whole.arm(arm).condition if isinstance(whole, Segmentation) else whole.condition
    return [e for e in (whole.where, condition) if e is not None]


def always(
    kind: str, said: str, entity: str, condition: k.Expr, excluded: bool | None, where: k.Expr | None = None
) -> Claim:
    """That of a population nobody has a condition so."""

    def contradicted(case: Case, row: Row) -> bool:
        return truth_of(case.old, where, row) is True and truth_of(case.old, condition, row) is excluded

    inside = ((where, True),) if where is not None else ()
    return Claim(kind, said, entity, contradicted, (*inside, (condition, excluded)))


def of_finding(model: Model, d: Diagnostic) -> Iterator[Claim]:
    """What a finding claims of every customer."""
    named = re.findall(r"`([\w.]+)`", d.message)
    if d.code == "SEG0807":
        named = named[-1:]  # what it is in; before it stands who
    if d.code in ("SEG0805", "SEG0806", "SEG0807", "SEG0808", "SEG0819"):
        rule = rules_of(model)[named[0].partition(".")[0]]
        *_, condition = part_of(model, named[0])
        yield from _of_arm(model, d, rule, named, condition)
    if d.code == "SEG0811":
        name, first = named
        yield same(d, model, name, first)
    if d.code == "SEG0812":
        yield from _all_of_none(model, d)


def _of_arm(model: Model, d: Diagnostic, rule: Rule, named: list[str], condition: k.Expr) -> Iterator[Claim]:
    kind, said = d.code, f"{d.message}: {d.span.text if d.span else ''}"
    match d.code:
        case "SEG0805":
            yield always(kind, said, rule.entity, condition, True, rule.where)
        case "SEG0807":
            yield always(kind, said, rule.entity, condition, False, rule.where)
            yield always(kind, said, rule.entity, condition, None, rule.where)
        case "SEG0819":
            yield always(kind, said, rule.entity, condition, False, rule.where)
            if "`data`" not in d.message and " data is" not in d.message:
                yield _whose_values_are_known(said, rule, condition)
        case "SEG0806":
            takers = [part_of(model, f"{rule.name}.{name}")[-1] for name in named[1:]]
            arm = named[0].partition(".")[2]

            def reached(case: Case, row: Row) -> bool:
                inside = truth_of(case.old, rule.where, row) is True and truth_of(case.old, condition, row) is True
                return inside and not any(truth_of(case.old, t, row) is True for t in takers)

            yield Claim(kind, said, rule.entity, reached, tuple((e, True) for e in (rule.where, condition) if e is not None) + tuple((t, False) for t in takers))  # fmt: skip

            def assigned(case: Case, row: Row) -> bool:
                assert isinstance(rule, Segmentation)
                return where_is(case.old, rule, row) == arm and case.old.override(rule, row) is None

            yield Claim(kind, said, rule.entity, assigned)
        case "SEG0808":
            rest = without(condition, d)
            if rest is not None:

                def differs(case: Case, row: Row) -> bool:
                    inside = truth_of(case.old, rule.where, row) is True
                    return inside and truth_of(case.old, condition, row) is not truth_of(case.old, rest, row)

                inside = ((rule.where, True),) if rule.where is not None else ()
                for one, other in ((condition, rest), (rest, condition)):
                    yield Claim(kind, said, rule.entity, differs, (*inside, (one, True), (other, False)))


def _whose_values_are_known(said: str, rule: Rule, condition: k.Expr) -> Claim:
    """SEG0819 says too that it takes everybody for whom the values named are known."""
    named = re.findall(r"`([^`]*)`", said.partition(": it is never false")[0])[1:]
    read = [n for n in k.walk(condition) if _written(n) in named]

    def left(case: Case, row: Row) -> bool:
        known = all(not isinstance(case.old.value(n, row), Unknown) for n in read)
        return known and truth_of(case.old, rule.where, row) is True and truth_of(case.old, condition, row) is not True

    return Claim("SEG0819 where known", said, rule.entity, left)


def _written(e: k.Expr) -> str:
    if isinstance(e, k.Column | k.MetricOf) and e.row == k.This():
        return e.name
    return " ".join(e.span.text.split()) if e.span is not None else ""


def without(e: k.Expr, d: Diagnostic) -> k.Expr | None:
    """A condition without the clause at a place; None where it isn't found."""
    if isinstance(e, k.And | k.Or):
        if any(i.span == d.span for i in e.items):
            left = tuple(i for i in e.items if i.span != d.span)
            return left[0] if len(left) == 1 else type(e)(left) if left else None
        for i, item in enumerate(e.items):
            inner = without(item, d)
            if inner is not None:
                return type(e)((*e.items[:i], inner, *e.items[i + 1 :]))
    if isinstance(e, k.Named):
        return without(e.body, d)
    return None


def same(d: Diagnostic, model: Model, name: str, first: str) -> Claim:
    one, other = model.segments[name], model.segments[first]

    def differs(case: Case, row: Row) -> bool:
        return (case.old.in_segment(one, row) is True) is not (case.old.in_segment(other, row) is True)

    parts = [(p, True) for p in part_of(model, name)] + [(other.condition, False)]
    return Claim(d.code, d.message, one.entity, differs, tuple(parts))


def _all_of_none(model: Model, d: Diagnostic) -> Iterator[Claim]:
    for rule in rules_of(model).values():
        for root in model.definition(rule.name):
            for node in k.walk(root):
                if isinstance(node, k.Named) and node.phrase == "all" and node.span == d.span:
                    (some,) = [n for n in k.walk(node.body) if isinstance(n, k.Aggregate)][:1]

                    def open_(case: Case, row: Row, node: k.Expr = node, some: k.Aggregate = some) -> bool:
                        none_there = case.old.rows(some.rows, row) == ([], [])
                        counted = k.Aggregate(k.Function.COUNT, some.rows, None, ty.INTEGER)
                        if "if no row is lacking" in d.message and isinstance(case.old.value(counted, row), Unknown):
                            return False
                        return none_there and truth_of(case.old, node, row) is not True

                    yield Claim("SEG0812", d.message, rule.entity, open_)


def silences(model: Model, found: Sequence[Diagnostic]) -> Iterator[Claim]:
    """A segmentation without `undecided` of which nothing was said leaves nobody unassigned."""
    told = {re.findall(r"`([^`]*)`", d.message)[-1] for d in found if d.code == "SEG0802"}
    for rule in model.segmentations.values():
        if rule.undecided is None and rule.name not in told:

            def left(case: Case, row: Row, rule: Segmentation = rule) -> bool:
                return where_is(case.old, rule, row) == "unknown"

            conditions = [a.condition for a in rule.arms if a.condition is not None]
            yield Claim("no SEG0802", f"{rule.name} leaves nobody unassigned", rule.entity, left, tuple((c, None) for c in conditions))  # fmt: skip


MOST_EXPRESSIONS = 60


def never_unknown(model: Model) -> Iterator[Claim]:
    """Expressions of which it is said that they can't be unknown."""
    by_entity: dict[str, dict[k.Expr, None]] = {}
    for name, entity in [(r.name, r.entity) for r in rules_of(model).values()] + [(m.name, m.entity) for m in model.metrics.values()]:  # fmt: skip
        if model.schema.relations[entity].kind == "entity":
            for root in model.definition(name):
                by_entity.setdefault(entity, {}).update((n, None) for n in k.walk(root) if not isinstance(n, k.Literal_ | k.AsOf | k.IsMissing))  # fmt: skip
    for entity, nodes in by_entity.items():
        for node in list(nodes)[:MOST_EXPRESSIONS]:
            if not can_be_unknown(model, node):

                def unknown(case: Case, row: Row, node: k.Expr = node) -> bool:
                    return isinstance(case.old.value(node, row), Unknown)

                said = " ".join(node.span.text.split()) if node.span is not None else str(node)[:200]
                yield Claim("can't be unknown", said, entity, unknown)


# -- two versions ------------------------------------------------------------------------------------


def moves(kind: str, name: str, old: Model, new: Model, at: str | None, excluded: tuple[str, ...]) -> Claim:
    """That nobody comes to a place, or leaves it; with None, that everybody stays where it is."""
    before, after = rules_of(old)[name], rules_of(new)[name]

    def contradicted(case: Case, row: Row) -> bool:
        was, now = where_is(case.old, before, row), where_is(case.new, after, row)
        if at is None:
            return was != now
        return was != now and (("came" in excluded and now == at) or ("left" in excluded and was == at))

    contrary: tuple[tuple[k.Expr, bool | None], ...] = ()
    if isinstance(before, Segment) and isinstance(after, Segment) and "came" not in excluded:
        contrary = ((before.condition, True), (after.condition, False))
    elif isinstance(before, Segment) and isinstance(after, Segment):
        contrary = ((after.condition, True), (before.condition, False))
    return Claim(kind, f"{name}{'.' + at if at else ''}", before.entity, contradicted, contrary)


def same_elsewhere(kind: str, said: str, name: str, old: Model, other: Model) -> Claim:
    """That a rule written otherwise means the same."""
    before, after = rules_of(old)[name], rules_of(other)[name]
    evaluators: dict[int, Evaluator] = {}

    def contradicted(case: Case, row: Row) -> bool:
        if id(case) not in evaluators:
            evaluators.clear()
            evaluators[id(case)] = Evaluator(other, case.old.world)
        return where_is(case.old, before, row) != where_is(evaluators[id(case)], after, row)

    return Claim(kind, said, before.entity, contradicted)


# -- what occurs ---------------------------------------------------------------------------------------

CONSTRUCTS: Mapping[str, str] = {
    "and": r" and ", "or": r" or ", "not": r"\bnot ", "if": r"\bif ", "bands in a rule": r"when [^}]*\bbands", "between": r" between ", "in (…)": r"\bin \(", "contains": r" contains ", "matches": r" matches ", "sets": r"tags has",
    "list": r"in regions", "list from file": r"\brisky\b.*\brisky\b|account (not )?in strategic|strategic\.", "complete from": r"complete from", "field known at": r"grade [<>=!i]", "table known at": r"\(meetings", "history of accounts": r"entity account[^{]*\{\s*history", "lives to": r"created_at to closed_at",
    "links": r"parent\.", "reverse": r"\(children", "metric in a rule": r"\bm[01] [<>=]", "metric of a table": r"invoices\.owed", "latest": r"latest \d", "having": r" having ", "followed by": r"followed by", "ranks": r" in top | in bottom |rank\(", "quantile": r"quantile\(", "cumulative_share": r"cumulative_share",
    "limit": r" limit ", "overrides": r"overrides from", "candidate": r"candidate of", "family": r"family\(", "root": r"root\(", "as of": r"\(.* as of \S+( \w+)? ago|\(.* as of 20", "every … for": r"every \w+ for", "any … for": r"any \w+ for", "change": r"change\(", "score in a rule": r"\bhealth [<>=]", "split": r"split\(",
    "distance_km": r"distance_km", "zone:": r", zone: ", "business days": r"business days", "only when": r"only when", "outcome": r"^outcome", "hours": r"\d hours?", "calendar periods": r"calendar (week|month|quarter|year)", "fiscal periods": r"fiscal (quarter|year)", "from … until": r" from .{3,40} until ", "since": r"\w since \w", "before": r" before ",
    "bounds that are fields": r"(?<!days )(?<!weeks )(?<!months )(?<!years )(?<!hours )(since|before|from) (renewal|seen|created_at|signed)", "all account": r"all account", "membership": r"account (not )?in (s\d|motion)",
    **{f"{f}(": rf"\b{f}\(" for f in ("any", "none", "all", "count", "share", "sum", "average", "median", "min", "max", "first", "last", "most_common", "count_distinct", "distinct_days")},
}  # fmt: skip
OF_THE_MODEL = ("complete from", "history of accounts", "lives to")
