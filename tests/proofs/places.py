"""What the encoder says of odd customers, against what the reference evaluator says."""

from __future__ import annotations

from segdsl.analyse import facts
from segdsl.analyse.arithmetic import ruled_out
from segdsl.analyse.locate import inside, place
from segdsl.analyse.regions import Regions
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.reference.evaluate import Evaluator, Unknown
from segdsl.reference.world import Row, World
from tests.conformance.crowd import Crowd
from tests.conformance.run import asked_model, clock, complete_of


def places(regions: Regions, evaluator: Evaluator, row: Row) -> dict[int, int]:
    """Variable -> the one cell in which the customer is."""
    found = {}
    for s in regions.subjects.values():
        at = place(evaluator, s, row)
        assert at is not None, (s.of, s.cells)
        found[s.variable] = at
    return found


def checked(i: int, customers: int, pack: str) -> int:
    """How many answers the encoder and the reference agree on as of the i-th clock; each of the facts holds of each customer."""
    at = clock(i)
    complete = complete_of(i, at)
    rows = Crowd(at, customers, f"proofs {i}", complete).rows()
    model = asked_model(pack, rows, at, complete)
    world = World(model.schema, rows, at)
    evaluator = Evaluator(model, world)
    compared = 0
    for rule in [r for e in model.schema.entities for r in model.rules_of(e.name)]:
        (regions,) = Regions.of([(model, model.definition(rule.name))], at)
        can_be = facts.possible(regions)
        empty: dict[k.Expr, list[bool]] = {}
        for row in world.rows(rule.entity):
            where = places(regions, evaluator, row)
            assert inside(regions, can_be, where), (rule.name, "a fact excludes a customer that is there")
            for condition in model.definition(rule.name):
                if condition.type != ty.BOOLEAN:
                    continue
                known = regions.truth(condition)
                nobody = empty.setdefault(condition, [ruled_out(regions, s) for s in (known.true, known.false)])
                assert not any(n and inside(regions, s, where) for n, s in zip(nobody, (known.true, known.false))), row
                found = (
                    True
                    if inside(regions, known.true, where)
                    else False
                    if inside(regions, known.false, where)
                    else None
                )
                told = evaluator.truth(condition, row)
                assert found == (None if isinstance(told, Unknown) else told), (rule.name, condition.span, at, row)
                compared += 1
    return compared
