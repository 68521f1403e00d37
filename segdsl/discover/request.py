"""What is asked of `discover`: an outcome, bases, an incumbent, by their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segdsl.diagnostics import Diagnostic
from segdsl.model import types as ty
from segdsl.model.segment import Metric, Model, Segmentation
from segdsl.resolve.declare import BASES, basis_of
from segdsl.resolve.problems import nearest_help
from segdsl.run.errors import UsageError


@dataclass(frozen=True)
class Request:
    """What is asked: `basis` and `assume_fixed` are names as written; `top` asks for that many groups instead of a list.

    `improve`: instead of new groups, the smallest change of that segmentation.
    """

    outcome: str
    basis: tuple[str, ...] = ()
    assume_fixed: tuple[str, ...] = ()
    candidate_of: str | None = None
    top: int | None = None
    seed: int = 0
    improve: str | None = None

    @property
    def incumbent(self) -> str | None:
        """The segmentation whose customers are searched, and with which the experiment compares."""
        return self.improve or self.candidate_of


def outcome_of(model: Model, name: str) -> Metric:
    known = {n: m for n, m in model.metrics.items() if m.outcome}
    if name not in known:
        example = "declare one, as in: outcome churned_90d of account = ended_at in next 90 days"
        help = nearest_help(name, known, f"outcomes are {', '.join(known)}" if known else example)
        raise UsageError(Diagnostic("SEG0606", f"no outcome `{name}`", help=help))
    if known[name].type != ty.BOOLEAN:
        raise UsageError(
            Diagnostic(
                "SEG0606",
                f"`{name}` is no yes or no, and segments are looked for by how many have the outcome",
                help=f"say from when on it counts, as in: outcome high_{name} of {known[name].entity} = {name} > 100",
            )
        )
    return known[name]


def bases(names: Sequence[str]) -> tuple[str, ...]:
    """The bases that are named, in the spelling of features; raises `UsageError` for one that there isn't."""
    spelt = tuple(basis_of(n) for n in names)
    for name in spelt:
        if name not in BASES:
            help = nearest_help(name, BASES, f"bases are {', '.join(BASES)}")
            raise UsageError(Diagnostic("SEG0606", f"--basis: there is no basis `{name}`", help=help))
    return spelt


def incumbent_of(model: Model, name: str | None, entity: str) -> Segmentation | None:
    if name is None:
        return None
    of_entity = {n: r for n, r in model.segmentations.items() if r.entity == entity}
    if name not in of_entity:
        help = nearest_help(name, of_entity, f"segmentations of {entity} are {', '.join(of_entity) or 'none'}")
        raise UsageError(Diagnostic("SEG0606", f"no segmentation `{name}` of {entity}", help=help))
    return of_entity[name]


def refuse_candidate(request: Request, named: Segmentation | None) -> None:
    if request.candidate_of is not None and named is not None and named.candidate_of is not None:
        help = f"--candidate-of {named.candidate_of} compares with what is run; --improve {named.name} changes this candidate"
        raise UsageError(Diagnostic("SEG0606", f"`{named.name}` is itself a candidate", help=help))
