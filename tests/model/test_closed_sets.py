"""Sets that ARCHITECTURE.md calls closed: what a new member must say of itself, and who must speak of it."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pytest

from segdsl.lang import tree
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.sql import plan
from tests.support.paths import GOLDENS, ROOT
from tests.support.types import copy_package, mypy

GOLDEN = GOLDENS / "closed_sets.txt"

# -- what a new member must say of itself ---------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Bare(k.Node):
    item: k.Expr


@dataclass(frozen=True, slots=True, eq=False)
class Several(k.Node):
    items: tuple[k.Expr, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Perhaps(k.Node):
    column: k.Column | None


@dataclass(frozen=True, slots=True, eq=False)
class TwoWays(k.Node):
    pair: tuple[k.Here, k.OfRows]


@dataclass(frozen=True, slots=True)
class OwnHash(k.Node):
    item: k.Here


@pytest.mark.parametrize(("node", "wrong"), [
    (Bare, "Bare.item holds an expression: say how"),
    (Several, "Several.items holds an expression: say how"),
    (Perhaps, "Perhaps.column holds an expression: say how"),
    (TwoWays, "TwoWays.pair is evaluated in more than one way"),
    (OwnHash, "OwnHash has a hash of its own"),
])  # fmt: skip
def test_a_node_says_how_what_it_holds_is_evaluated(node: type[k.Node], wrong: str) -> None:
    with pytest.raises(TypeError, match=wrong):
        k._declared(node)


# -- no match that passes a new member over -------------------------------------------------------

CLOSED = {
    "segdsl.model.expr": {c.__name__ for c in (*get_args(k.Expr), *get_args(k.Row), k.Function)},
    "segdsl.model.types": {c.__name__ for c in get_args(ty.Type)},
    "segdsl.sql.plan": {c.__name__ for c in get_args(plan.Key)},
    "segdsl.lang.tree": {c.__name__ for c in (*get_args(tree.Expr), *get_args(tree.Declaration))},
}
"""Module -> the classes of its closed sets."""

ALLOWED = {
    "segdsl/words/english.py _negated": "what is negated otherwise is said by `say`, which is exhaustive",
    "segdsl/resolve/experiments.py _Resolver._cluster": "one shape is told apart, and all others stay as they are",
    "segdsl/resolve/tests.py _as_of": "a day is written as a date or a time: all other expressions are refused",
    "segdsl/testing/mutants/operators.py negation": "where no edit is offered there is a mutant fewer",
    "segdsl/testing/mutants/operators.py _is_condition": "where no edit is offered there is a mutant fewer",
    "segdsl/analyse/as_ofs.py _position": "asked only of times that depend on as-of alone; anything else is a fault, and raised",
    "segdsl/lint/day_beside_time.py _advice": "advice on one shape: a literal day beside a time",
    "segdsl/run/small_groups.py _small": "a warning about one shape: a share of a group",
    "segdsl/run/not_in_the_data.py not_in_the_data": "a warning about a few shapes: a field beside a literal",
    "segdsl/data/contract.py _what": "of a type with a list of values what is odd is said otherwise, of all others in one way",
    "segdsl/facts/ranges.py range_of": "nothing is known of the values of other numbers, which is always right",
    "segdsl/facts/ranges.py Sizes._bits": "all other numbers are kept in 128 bits",
    "segdsl/facts/unknown.py Doubts.floors": "whatever computes with a count has no floor",
    "segdsl/mend/examples/declarations.py _given": "all others are numbers, or no test gives them",
    "segdsl/mend/examples/lines.py _of_value": "all others are numbers",
    "segdsl/phrasebook/families/filters.py _several_in_one": "a value of the other types is never several in one text",
    "segdsl/phrasebook/english/conditions.py Condition._of_type": "of the other types nothing helps, and the list of what can stand there is shown",
    "segdsl/phrasebook/english/things.py Noun.kinds": "all others are numbers",
    "segdsl/facts/unknown.py Doubts.guarded": "a condition that says nothing of its parts is no guard",
    "segdsl/facts/own_rows.py own_rows": "rows of others are read by ranks, counts of a rule's members, aggregates and links alone; tests/run/test_movers_alone.py holds it",
    "segdsl/resolve/plays.py Plays._channel_named": "a channel is a name or a text: all other settings are refused where they are read",
}
"""Where a match over a closed set may end in `case _`, and why."""


@pytest.mark.slow
def test_a_match_over_a_closed_set_names_every_member() -> None:
    """A guard on the last case is refused, too: mypy doesn't see that the match is not exhaustive."""
    unsure = {place for file in (ROOT / "segdsl").rglob("*.py") for place in _unsure(file)}
    assert unsure == set(ALLOWED)


def _unsure(file: Path) -> Iterator[str]:
    parsed = ast.parse(file.read_text(encoding="utf-8"))
    members = {name for pair in _names(parsed, file) for name in pair}
    for node in ast.walk(parsed):
        if isinstance(node, ast.Match) and members & {name for c in node.cases for name in _classes(c.pattern)}:
            last = node.cases[-1]
            anything = isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None
            if last.guard is not None or (anything and "assert_never" not in ast.unparse(last)):
                yield f"{file.relative_to(ROOT)} {_enclosing(parsed, node.lineno)}"


def _names(parsed: ast.Module, file: Path) -> Iterator[set[str]]:
    """How a file spells the members of closed sets: `k.And`, `And`."""
    own = ".".join(file.relative_to(ROOT).with_suffix("").parts)
    yield CLOSED.get(own, set())
    for node in ast.walk(parsed):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            for name in node.names:
                yield {f"{name.asname or name.name}.{m}" for m in CLOSED.get(f"{node.module}.{name.name}", set())}
                yield {name.asname or name.name} if name.name in CLOSED.get(node.module, set()) else set()


def _classes(pattern: ast.pattern) -> Iterator[str]:
    for node in ast.walk(pattern):
        if isinstance(node, ast.MatchClass):
            yield ast.unparse(node.cls)
        elif isinstance(node, ast.MatchValue) and isinstance(node.value, ast.Attribute):
            yield ast.unparse(node.value.value)  # of an enum's member, the enum


def _enclosing(parsed: ast.Module, line: int) -> str:
    """`Class.method` around a line."""
    around = [
        n
        for n in ast.walk(parsed)
        if isinstance(n, ast.FunctionDef | ast.ClassDef) and n.lineno <= line <= (n.end_lineno or n.lineno)
    ]
    return ".".join(n.name for n in sorted(around, key=lambda n: n.lineno))


# -- who must speak of a new member ---------------------------------------------------------------


@dataclass(frozen=True)
class Plant:
    """A new member of a closed set: its name in mypy's errors, and what is `written` where `place` stands in `file`."""

    title: str
    name: str
    file: str
    place: str
    written: str


def member(title: str, name: str, file: str, union: str, base: str = "", body: str = "pass", eq: bool = True) -> Plant:
    """A class in front of a union, and its name as the first of the union."""
    head = f"@dataclass(frozen=True, slots=True{'' if eq else ', eq=False'})\nclass {name}{base}:\n    {body}\n\n\n"
    return Plant(title, name, file, rf"^{union} = (\(\s+)?", rf"{head}\g<0>{name} | ")


PLANTS = (
    member(
        "a node of the kernel",
        "PlantedNode",
        "segdsl/model/expr.py",
        "Expr",
        "(Node)",
        "item: Here\n\n    @property\n    def type(self) -> Type:\n        return BOOLEAN",
        eq=False,
    ),
    member("a row that an expression is asked of", "PlantedRow", "segdsl/model/expr.py", "Row"),
    Plant(
        "a function of an aggregate",
        "Function.PLANTED",
        "segdsl/model/expr.py",
        "^    COUNT = ",
        r'    PLANTED = "planted"\n\g<0>',
    ),
    member("a type", "PlantedType", "segdsl/model/types.py", "Type"),
    member("a declaration of the language", "PlantedDeclaration", "segdsl/lang/tree.py", "Declaration", "(Node)"),
    member("a column of a query", "PlantedKey", "segdsl/sql/plan.py", "Key", body="view: DataView"),
)

CONSUMERS = (
    "segdsl/words/english.py say",
    "segdsl/words/explain.py _facts",
    "segdsl/model/clock.py Clock.constant",
    "segdsl/model/cost.py Costs._number",
    "segdsl/model/cost.py Costs._plain",
    "segdsl/model/exact.py Exactness._denominator",
    "segdsl/model/exact.py Exactness._is_real",
    "segdsl/reference/evaluate.py Evaluator.value",
    "segdsl/sql/conditions.py Conditions.value",
    "segdsl/testing/customers/aim.py Aim._truth",
    "segdsl/testing/customers/aim.py Aim.missing",
    "segdsl/testing/customers/aim.py Aim.present",
    "segdsl/testing/customers/aim.py Aim.value",
)
"""Those that a new node of the kernel concerns, whatever else becomes of the golden file."""


@pytest.mark.long
def test_mypy_names_everyone_whom_a_new_member_concerns(tmp_path: Path) -> None:
    """`golden/closed_sets.txt` is written anew with UPDATE_GOLDEN=1."""
    copy_package(tmp_path)
    for plant in PLANTS:
        file = tmp_path / plant.file
        text, times = re.subn(plant.place, plant.written, file.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert times == 1, f"{plant.title}: {plant.place!r} stands {times} times in {plant.file}"
        file.write_text(text, encoding="utf-8")
    output = mypy(tmp_path)
    told = {plant: sorted(_told(output, plant, tmp_path)) for plant in PLANTS}
    assert set(CONSUMERS) <= set(told[PLANTS[0]])
    text = "\n".join(f"{plant.title}\n" + "".join(f"  {place}\n" for place in told[plant]) for plant in PLANTS)
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def _told(output: str, plant: Plant, folder: Path) -> set[str]:
    errors = re.findall(rf"^(\S+?):(\d+): error: .*\b{re.escape(plant.name)}\b", output, re.MULTILINE)
    return {
        f"{name} {_enclosing(ast.parse((folder / name).read_text(encoding='utf-8')), int(line))}"
        for name, line in errors
    }
