"""The profile of a segment, or of each arm of a segmentation: sizes, what marks the customers out, who is typical of them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from segdsl.analyse.admissible import leaks_of
from segdsl.diagnostics import Diagnostic
from segdsl.engines import Engine
from segdsl.features.reads import Reads, made_of, reads
from segdsl.features.recipe import Feature, LeftOut, features
from segdsl.model import dependencies
from segdsl.model import expr as k
from segdsl.model.clock import Clock
from segdsl.model.dependencies import Needed
from segdsl.model.segment import Model, Rule, Segment
from segdsl.profile import differences as d
from segdsl.profile.counts import Counted, Groups, Part, Sizes, Value, count
from segdsl.profile.typical import medoids
from segdsl.resolve.problems import nearest_help
from segdsl.run.data_day import open_to_look
from segdsl.run.empty_windows import of_rules_after_the_data
from segdsl.run.errors import UsageError
from segdsl.run.evaluate import chosen_rules, clock_for, source_config
from segdsl.workspace.config import SourceConfig
from segdsl.workspace.load import Workspace

if TYPE_CHECKING:
    pass

SAMPLED = 300
"""Customers of each group among whom the typical ones are looked for."""


@dataclass(frozen=True)
class Entry:
    """One value compared between a group and the others.

    `difference`, `lift` (of shares) and `q` (adjusted for false discoveries) are None where nothing can be tested; `q` too for a
    value that the rule reads, which differs by construction and isn't among the tests.
    """

    value: Value
    group: d.Summary
    others: d.Summary
    difference: d.Difference | None
    lift: d.Lift | None
    is_read: bool
    q: float | None = None

    @property
    def is_beyond_chance(self) -> bool:
        """Whether the difference is more than chance gives; of what the rule reads, by its interval."""
        return self.at_least > 0 if self.is_read else self.q is not None and self.q <= d.FALSE_DISCOVERIES

    @property
    def is_clear(self) -> bool:
        """Whether the difference is more than chance gives, and more than negligible."""
        return self.difference is not None and self.is_beyond_chance and abs(self.difference.effect) >= d.NEGLIGIBLE

    @property
    def at_least(self) -> float:
        """The least size of the difference, in standard units, that its interval leaves; 0 where it may have the other sign."""
        if self.difference is None:
            return 0.0
        low, high = self.difference.interval
        return 0.0 if low <= 0 <= high else min(abs(low), abs(high))


@dataclass(frozen=True)
class Typical:
    """A customer of the sample: the key or a pseudonym, the share of the sample whom it is nearest to, and its values by feature."""

    name: str
    share: float
    values: tuple[tuple[Feature, Any], ...]


@dataclass(frozen=True)
class Change:
    """A value of a group's customers of an earlier day, and of today's, who need not be the same; and of the others on both days.

    `effect` is the change beyond that of the others, in standard units: ((now - then) - the others') / S, with S as in
    `differences`. What the calendar alone does to everybody, such as a quarter's invoices, has none.
    """

    value: Value
    then: d.Summary
    now: d.Summary
    others_then: d.Summary
    others_now: d.Summary
    effect: float


@dataclass(frozen=True)
class Since:
    """What changed since an earlier day.

    `customers`: those of each group then, in the order of `Profile.names`.
    `changes`: of each group in `Profile.marks`, largest first, one of each family.
    `unknown_then`: fields whose values of that day aren't known, so that no feature that reads them is compared.
    `leaks`: fields of the rules themselves that have today's values, as sentences.
    """

    then: Clock
    customers: tuple[int, ...]
    changes: tuple[tuple[Change, ...], ...]
    unknown_then: tuple[str, ...]
    leaks: tuple[str, ...]


@dataclass(frozen=True)
class Marks:
    """What marks one group out, strongest first, and its typical customers."""

    name: str
    customers: int
    entries: tuple[Entry, ...]
    typical: tuple[Typical, ...]

    def strongest(self) -> list[Entry]:
        """Clear differences, the strongest of each family."""
        by_family: dict[str, Entry] = {}
        for entry in self.entries:
            if entry.is_clear:
                by_family.setdefault(entry.value.feature.family, entry)
        return list(by_family.values())


@dataclass(frozen=True)
class Profile:
    """`against` names what each group is compared with. Of `features` in the data, `compared` could be, in so many `tests`."""

    name: str
    entity: str
    clock: Clock
    because: str
    against: str
    sizes: Sizes
    names: tuple[str, ...]
    marks: tuple[Marks, ...]
    features: int
    compared: int
    tests: int
    left_out: tuple[LeftOut, ...]
    too_many: tuple[tuple[str, int], ...]
    is_personal: bool
    since: Since | None = None
    warnings: tuple[Diagnostic, ...] = ()


def profile(
    workspace: Workspace,
    name: str,
    against: str | None = None,
    as_of: dt.date | dt.datetime | str | None = None,
    source: str | None = None,
    personal: bool = False,
    since: str | None = None,
) -> Profile:
    """Profile a segment, an arm or each arm of a segmentation, compared with the others of its population or with `against`.

    Typical customers have pseudonyms unless `personal`. `since` adds what changed since that day. Raises `UsageError` and `DataError`.
    """
    model = workspace.model
    groups = groups_of(model, name, against)
    recipe = features(model, groups.entity, workspace.files)
    config = source_config(workspace, source)
    has_data, without = _with_data(model, recipe.features, config)
    needed, also = _needs(model, groups, has_data)
    dated, workspace, engine = open_to_look(workspace, needed, also, as_of, source)
    model = workspace.model
    chosen, absent = _in_the_data(model, engine, has_data)
    counted = count(engine, model, groups, chosen, dated.clock, SAMPLED)
    compared = (0,) if groups.rule is None else tuple(range(len(groups.names)))
    entries = _adjusted([list(_entries(model, counted, g, _reads(model, groups, g))) for g in compared])
    marks = []
    for g, of_group in zip(compared, entries):
        ranked = tuple(sorted(of_group, key=_rank))
        group = Marks(groups.names[g], counted.sizes.groups[g], ranked, ())
        marks.append(replace(group, typical=tuple(_typical(counted, g, chosen, groups.entity, personal))))
    return Profile(
        name=name,
        entity=groups.entity,
        clock=dated.clock,
        because=dated.because,
        against=groups.names[1] if groups.rule is None else "the other arms",
        sizes=counted.sizes,
        names=groups.names,
        marks=tuple(marks),
        features=len(chosen),
        compared=len({e.value.feature.text for of_group in entries for e in of_group if e.difference is not None}),
        tests=sum(e.q is not None for of_group in entries for e in of_group),
        left_out=(*recipe.left_out, *without, *absent),
        too_many=tuple(counted.too_many.items()),
        is_personal=personal,
        since=_since(workspace, engine, groups, chosen, dated.clock, counted, compared, since)
        if since is not None
        else None,
        warnings=of_rules_after_the_data(model, groups.rules, dated.clock, engine),
    )


# -- what is compared ----------------------------------------------------------------------


def groups_of(model: Model, name: str, against: str | None) -> Groups:
    """The groups that a name and `--against` mean; raises `UsageError` for names that don't fit."""
    whole = model.segmentations.get(name)
    if against in (None, "rest"):
        return Groups(rule=whole) if whole is not None else Groups(part=part(model, name))
    assert against is not None
    first, second = part(model, name), part(model, against)
    if first.rule.entity != second.rule.entity:
        message = f"`{name}` is about {first.rule.entity}s, `{against}` about {second.rule.entity}s"
        raise UsageError(Diagnostic("SEG0606", message, help="name two that are about one entity"))
    if first == second:
        raise UsageError(
            Diagnostic("SEG0606", f"`{name}` would be compared with itself", help="name two different ones")
        )
    return Groups(part=first, against=second)


def part(model: Model, name: str) -> Part:
    """A segment or an arm by its name; raises `UsageError` for another name, also of a segmentation without its arm."""
    first, _, arm = name.partition(".")
    (rule,) = chosen_rules(model, [first])
    if isinstance(rule, Segment):
        if arm:
            raise UsageError(
                Diagnostic("SEG0606", f"`{first}` is a segment, and has no arms", help=f"name `{first}` alone")
            )
        return Part(rule)
    arms = [a.name for a in rule.all_arms]
    if arm not in arms:
        help = nearest_help(arm, arms, f"arms are {', '.join(arms)}")
        said = (
            f"`{first}` has no arm `{arm}`"
            if arm
            else f"`{first}` has several arms: name one, as in `{first}.{arms[0]}`"
        )
        raise UsageError(Diagnostic("SEG0606", said, help=help))
    return Part(rule, arm)


def _with_data(model: Model, chosen: Sequence[Feature], config: SourceConfig) -> tuple[list[Feature], list[LeftOut]]:
    """Features all of whose tables have data, and the tables that have none."""
    fine, without = [], dict[str, LeftOut]()
    for feature in chosen:
        read = dependencies.columns(model, [feature.expr])
        absent = [r for r in read if model.schema.relations[r].kind != "list" and config.table(r) is None]
        without |= {r: LeftOut(r, "has no data") for r in absent}
        if not absent:
            fine.append(feature)
    return fine, list(without.values())


def _needs(model: Model, groups: Groups, chosen: Sequence[Feature]) -> tuple[Needed, dict[str, set[str]]]:
    """What the rules need, with the time zones of features; and the columns of features, which may be missing."""
    of_rules = dependencies.of_rules(model, groups.rules)
    of_features = dependencies.of_rules(model, (), [f.expr for f in chosen])
    needed = Needed(
        of_rules.columns, of_rules.zones | of_features.zones, of_rules.zone_columns | of_features.zone_columns
    )
    return needed, dict(of_features.columns)


def _in_the_data(model: Model, engine: Engine, chosen: Sequence[Feature]) -> tuple[list[Feature], list[LeftOut]]:
    """Features whose columns the data has, and the columns that it lacks."""
    there, absent = [], dict[str, LeftOut]()
    for feature in chosen:
        lacking = [
            f"{relation}.{column}"
            for relation, columns in dependencies.columns(model, [feature.expr]).items()
            if model.schema.relations[relation].kind != "list"
            for column in sorted(columns)
            if not engine.has(relation, column)
        ]
        absent |= {column: LeftOut(column, "isn't in the data") for column in lacking}
        if not lacking:
            there.append(feature)
    return there, list(absent.values())


def _reads(model: Model, groups: Groups, g: int) -> Reads:
    """What decides whether a customer is in a group: the conditions of its arm and of those before it, the population, and lists.

    Later arms are read for customers who are elsewhere already.
    """
    return reads(model, _deciding(model, groups, g))


def _deciding(model: Model, groups: Groups, g: int) -> list[k.Expr]:
    if groups.rule is not None:
        return of_place(model, groups.rule, groups.names[g])
    parts = [p for p in (groups.part, groups.against) if p is not None]
    return [e for p in parts for e in of_place(model, p.rule, p.arm)]


def of_place(model: Model, rule: Rule, arm: str | None) -> list[k.Expr]:
    """The expressions that decide who is in a segment, or in an arm of a segmentation."""
    if arm is None or isinstance(rule, Segment):
        return model.definition(rule.name)
    named = next((i for i, a in enumerate(rule.arms) if a.name == arm), len(rule.arms))
    return model.definition_of(replace(rule, arms=rule.arms[: named + 1]))


# -- what differs -----------------------------------------------------------------------------


def _entries(model: Model, counted: Counted, g: int, by_rules: Reads) -> Iterator[Entry]:
    by_text: dict[str, bool] = {}
    for value, summaries in counted.summaries.items():
        feature = value.feature
        if feature.text not in by_text:
            by_text[feature.text] = bool(made_of(model, feature.expr) & by_rules)
        group, others = summaries[g], _others(summaries, g)
        if value.kind == "number":
            difference, lift = d.of_numbers(group, others), None
        else:
            difference, lift = d.of_shares(group, others), d.lift(group, others)
        yield Entry(value, group, others, difference, lift, by_text[feature.text])


def _adjusted(entries: Sequence[Sequence[Entry]]) -> list[list[Entry]]:
    """Entries with their `q`, over the tests of all groups together."""
    tested = [
        (g, i)
        for g, group in enumerate(entries)
        for i, e in enumerate(group)
        if e.difference is not None and not e.is_read
    ]
    ps = [e.difference.p for g, i in tested if (e := entries[g][i]).difference is not None]
    qs = dict(zip(tested, d.adjusted(ps)))
    return [[replace(e, q=qs.get((g, i))) for i, e in enumerate(group)] for g, group in enumerate(entries)]


def _rank(entry: Entry) -> tuple[bool, float, float, str]:
    """Clear differences first, then by size; to nine digits, to which engines and runs agree."""
    effect = abs(entry.difference.effect) if entry.difference is not None else 0.0
    return (not entry.is_clear, -_rounded(entry.at_least), -_rounded(effect), entry.value.text)


def _rounded(x: float) -> float:
    return float(f"{x:.9g}")


# -- what changed ------------------------------------------------------------------------------


def _since(
    workspace: Workspace,
    engine: Engine,
    groups: Groups,
    chosen: Sequence[Feature],
    now: Clock,
    counted: Counted,
    compared: Sequence[int],
    since: str,
) -> Since:
    model, then = workspace.model, clock_for(workspace.zone, since)
    if then.now >= now.now:
        message = f"{then.today} isn't before {now.today}"
        raise UsageError(Diagnostic("SEG0604", message, help="--since is the earlier day"))
    leaking = {f.text: leaks_of(model, [f.expr]) for f in chosen}
    unknown = dict.fromkeys(f"{leak.relation}.{leak.field}" for of_feature in leaking.values() for leak in of_feature)
    before = count(engine, model, groups, [f for f in chosen if not leaking[f.text]], then)
    leaks = leaks_of(model, [e for g in compared for e in _deciding(model, groups, g)])
    changes = tuple(tuple(_changes(before, counted, g)) for g in compared)
    return Since(then, before.sizes.groups, changes, tuple(unknown), tuple(map(str, leaks)))


def _changes(before: Counted, after: Counted, g: int) -> list[Change]:
    """Changes of one group beyond the others' that aren't negligible, the largest of each family."""
    changes = []
    for value, then in before.summaries.items():
        now = after.summaries.get(value)
        if now is None or min(then[g].known, now[g].known) < d.FEWEST:
            continue
        others_then, others_now = _others(then, g), _others(now, g)
        if min(others_then.known, others_now.known) < d.FEWEST:
            continue
        unit = math.sqrt((then[g].variance + now[g].variance) / 2)
        beyond = (now[g].mean - then[g].mean) - (others_now.mean - others_then.mean)
        if unit and abs(beyond / unit) >= d.NEGLIGIBLE:
            changes.append(Change(value, then[g], now[g], others_then, others_now, beyond / unit))
    by_family: dict[str, Change] = {}
    for change in sorted(changes, key=lambda c: (-_rounded(abs(c.effect)), c.value.text)):
        by_family.setdefault(change.value.feature.family, change)
    return list(by_family.values())


def _others(summaries: Sequence[d.Summary], g: int) -> d.Summary:
    return summaries[1 - g] if len(summaries) == 2 else d.together(s for i, s in enumerate(summaries) if i != g)


def _typical(counted: Counted, g: int, chosen: Sequence[Feature], entity: str, personal: bool) -> Iterator[Typical]:
    """Typical customers by one feature of each family."""
    assert counted.sample is not None
    rows = counted.sample[counted.sample["?label"] == g].reset_index(drop=True)
    one_each = list({f.family: f for f in reversed(chosen)}.values())
    numbers = [f.text for f in one_each if f.kind != "category"]
    texts = [f.text for f in one_each if f.kind == "category"]
    for number, medoid in enumerate(medoids(rows, numbers, texts), 1):
        row = rows.iloc[medoid.row]
        name = str(row["entity_id"]) if personal else f"{entity}_{number}"
        yield Typical(name, medoid.share, tuple((f, _known(row[f.text])) for f in chosen))


def _known(value: Any) -> Any:
    """A number, a text, or None where it is missing."""
    if value is None or (isinstance(value, float) and math.isnan(value)) or value != value:
        return None
    return value if isinstance(value, str) else float(value)
