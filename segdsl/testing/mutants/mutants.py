"""Mutants of a workspace: its rules with one small mistake each, resolved like any rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from segdsl.analyse.diagram import Budget
from segdsl.analyse.questions import overlap
from segdsl.diagnostics import Source
from segdsl.facts.unknown import Known, can_be_unknown, guarded
from segdsl.lang import tree
from segdsl.lang.parse import parse
from segdsl.model import dependencies
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.segment import Metric, Model, Segment, Segmentation
from segdsl.resolve import Resolver
from segdsl.testing.mutants.operators import Mutation, mutations

Mutable = tree.Metric | tree.Segment | tree.Segmentation | tree.ListDecl


@dataclass(frozen=True)
class Mutant:
    """A mutation with its model; `rules` are the names whose meaning it may change."""

    mutation: Mutation
    model: Model
    rules: frozenset[str]

    @property
    def diff(self) -> tuple[str, str]:
        """Changed lines of the file, before and after."""
        span, source = self.mutation.span, self.mutation.span.source
        first, last = source.position(span.start)[0], source.position(max(span.start, span.end - 1))[0]
        begin = span.start - (source.position(span.start)[1] - 1)
        end = source.text.find("\n", span.end)
        end = len(source.text) if end < 0 else end
        before = "\n".join(source.line_text(n) for n in range(first, last + 1))
        after = source.text[begin : span.start] + self.mutation.replacement + source.text[span.end : end]
        return before.rstrip(), after.rstrip()


def declarations(files: Sequence[tree.File]) -> list[Mutable]:
    """Declarations that can be mutated, in the order of the files."""
    return [d for f in files for d in f.declarations if isinstance(d, Mutable)]


def mutants(declaration: Mutable, resolver: Resolver) -> Iterator[tuple[Mutation, Mutant | None]]:
    """Each mutation with its mutant; None for a mutant proved equivalent. Mutations that don't resolve are left out."""
    name, budget = declaration.name.text, Budget()
    concerned = frozenset(_concerned(resolver.model, name, declaration))
    for mutation in mutations(declaration, _enums(resolver.model)):
        changed = _parsed(declaration, mutation)
        model = resolver.changed(changed) if changed is not None else None
        if model is None:
            continue
        same = _only_order(resolver.model, model, name, budget) or all(
            _meaning(model, n) == _meaning(resolver.model, n) for n in concerned
        )
        yield mutation, None if same else Mutant(mutation, model, concerned)


def _parsed(declaration: Mutable, mutation: Mutation) -> tree.Declaration | None:
    whole, cut = declaration.span, mutation.span
    text = whole.source.text
    source = Source(whole.source.path, text[whole.start : cut.start] + mutation.replacement + text[cut.end : whole.end])
    file, wrong = parse(source)
    return file.declarations[0] if not wrong and len(file.declarations) == 1 else None


def _concerned(model: Model, name: str, declaration: Mutable) -> Iterator[str]:
    """Names that a mutation may affect: the declaration itself, or for a list everything that reads it."""
    if not isinstance(declaration, tree.ListDecl):
        yield name
        return
    for other in (*model.metrics, *model.segments, *model.segmentations):
        if any(name in (n.span.text if n.span else "") for e in model.definition(other) for n in k.deep(e)):
            yield other


def _enums(model: Model) -> dict[str, str]:
    """Next value of the same enum, by value."""
    next_values: dict[str, str] = {}
    for relation in model.schema.relations.values():
        for field in relation.fields.values():
            if isinstance(field.type, ty.Enum):
                values = field.type.values
                next_values |= {v: values[(i + 1) % len(values)] for i, v in enumerate(values)}
    return next_values


# -- what is shown to be the same -----------------------------------------------------------


def _meaning(model: Model, name: str) -> object:
    """Normal form of a rule: equal for rules that can't differ on any customer."""
    if name in model.metrics:
        metric: Metric = model.metrics[name]
        return _simple(model, metric.body, frozenset())
    rule: Segment | Segmentation = model.segments.get(name) or model.segmentations[name]
    parts = [_simple(model, e, frozenset()) for e in model.definition(name)]
    if isinstance(rule, Segment):
        return rule.where is not None, parts, rule.limit
    undecided = rule.undecided.name if rule.undecided is not None else None
    arms = [(a.name, a.limit) for a in rule.arms]
    return rule.where is not None, parts, arms, undecided, rule.otherwise.name


def _only_order(model: Model, mutated: Model, name: str, budget: Budget) -> bool:
    """Whether the only difference is the order of two arms that are proved disjoint."""
    if name not in model.segmentations:
        return False
    rule, after = model.segmentations[name], mutated.segmentations[name].arms
    moved = [a for a, b in zip(rule.arms, after) if a.name != b.name]
    if len(moved) != 2:
        return False
    conditions = [e for e in (rule.where, *(a.condition for a in moved)) if e is not None]
    return overlap(model, conditions, budget).verdict == "disjoint"


def _simple(model: Model, e: k.Expr, known: Known) -> k.Expr:
    """Drop branches of `if` that a value which can't be missing never takes."""
    if isinstance(e, k.Named):
        return replace(e, body=_simple(model, e.body, known))
    if isinstance(e, k.If):
        if isinstance(e.condition, k.IsMissing) and not can_be_unknown(model, e.condition.item, known):
            return _simple(model, e.otherwise, known)
        then = _simple(model, e.then, known | guarded(model, e.condition, True))
        otherwise = _simple(model, e.otherwise, known | guarded(model, e.condition, False))
        return replace(e, then=then, otherwise=otherwise)
    return e


def dependents(model: Model, names: frozenset[str]) -> list[Segment | Segmentation]:
    """Rules whose answers may change with these names."""
    rules: list[Segment | Segmentation] = [*model.segmentations.values(), *model.segments.values()]
    return [r for r in rules if r.name in names or names & _reads(model, r.name)]


def _reads(model: Model, name: str) -> set[str]:
    return {
        n.name for n in dependencies.everything(model, model.definition(name)) if isinstance(n, k.MetricOf | k.Member)
    }
