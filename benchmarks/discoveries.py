"""Compare `discover` with what one would use instead: a decision tree, pysubgroup, and rules of imodels, in worlds with a planted group.

By hand, in an environment of its own, since the project needs none of these libraries:

    python -m venv /somewhere && /somewhere/bin/pip install -r benchmarks/discoveries.requirements.txt
    /somewhere/bin/python -m benchmarks.discoveries 20 > benchmarks/discoveries.txt

Names of methods after the number of worlds, such as "decision tree", compare with these alone.

Each method gets the same customers to learn from: the searched and the deciding ones, 75 %. `discover` uses the rest for its
printed figures; the others don't get them, since they have no figures to hold out. Quality is that of 20,000 further customers:
the area under the ROC curve (AUC) of the learned rates, and the share of all outcomes that is among the fifth of the customers
with the highest rates (ties at the border count in proportion). Each is allowed as many leaves, rules or subgroups as `discover`
wrote places or arms in that world, and at least two leaves; "tree, as long" is allowed leaves until its paths
have as many conditions, "tree, decided" has to pass the gate of `discover`, "tree, own size" chooses its leaves by cross-validation. pysubgroup
is allowed two conditions a group, as many as the planted groups have. Other settings are the libraries' own. RuleFit is left
out: its sums of weighted rules are no groups. Length is the number of conditions that a person reads: of a tree each path from the root to a leaf, without
repeats of one border on one feature and direction, and without the longest, which is "all others".

`where shorter`: in the worlds in which the other's rules are shorter, or in which it has none, how much better `discover` is, and how many
these are.

Stated before the run: `discover` is not worse than a method where the 95 % interval of the mean difference in AUC, paired by
world, lies above -0.01. Where `discover` finds nothing it has an AUC of 0.5 and no rule, and that counts.
"""

from __future__ import annotations

import importlib.metadata
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from segdsl.discover import learn
from segdsl.discover.decide import LEVEL, learned_rates
from segdsl.discover.rows import Numbers, Rows, together
from tests.simulate.discoveries import NOTHING, SHAPES, World, drawn, groups

MARGIN = 0.01  # of AUC
FURTHER = 20_000
CELLS = ((1_000, 0.3), (1_000, 0.12))  # (customers, rate of the planted group, against 4 %)
_FEWEST = 15
Floats = npt.NDArray[np.float64]
Scores = Callable[[Rows], Floats]


@dataclass(frozen=True)
class Model:
    """`scores`: a score of each row; `rules`: how many arms, paths, rules or subgroups; `clauses`: conditions in them."""

    scores: Scores
    rules: int
    clauses: int


def table(rows: Rows, with_gaps: bool) -> tuple[Floats, list[str]]:
    """Numbers as they are, each value of a text as a column of its own; gaps as NaN, or as the median and a column of gaps."""
    columns: list[Floats] = []
    names: list[str] = []
    for name, feature in rows.features.items():
        if not isinstance(feature, Numbers):
            for code, value in enumerate(feature.names):
                columns.append((feature.codes == code).astype(float))
                names.append(f"{name}={value}")
            continue
        gaps = feature.missing
        filled = feature.values if with_gaps else np.where(gaps, 0.0, feature.values)
        columns.append(filled)
        names.append(name)
        if not with_gaps and name in _WITH_GAPS:
            columns.append(gaps.astype(float))
            names.append(f"{name} missing")
    return np.column_stack(columns), names


_WITH_GAPS = {"spend", *(f"noise{i}" for i in range(3, 200, 7))}


def ours(known: learn.Groups, learned: Rows, given: Model) -> Model:
    found = learn.learn(known, np.random.default_rng(0))
    rule = found.rule
    if rule is None:
        return Model(lambda rows: np.full(len(rows), learned.outcome.mean()), 0, 0)
    rates = learned_rates(rule, learned)
    return Model(lambda rows: rates[rule.places(rows)], len(rule.arms), rule.clauses)


def tree(known: learn.Groups, learned: Rows, given: Model) -> Model:
    from sklearn.tree import DecisionTreeClassifier

    x, _ = table(learned, with_gaps=True)
    fitted = DecisionTreeClassifier(max_leaf_nodes=given.rules + 1, min_samples_leaf=_FEWEST, random_state=0).fit(
        x, learned.outcome
    )
    return Model(lambda rows: fitted.predict_proba(table(rows, True)[0])[:, 1], *_length(fitted.tree_))


def longer_tree(known: learn.Groups, learned: Rows, given: Model) -> Model:
    """The fewest leaves whose paths have at least as many conditions as `discover` wrote."""
    return next(
        fitted
        for leaves in range(given.rules, 9)
        if (fitted := tree(known, learned, Model(given.scores, leaves, 0))).clauses >= given.clauses or leaves == 8
    )


def decided_tree(known: learn.Groups, learned: Rows, given: Model) -> Model:
    """The tree behind the gate of `discover`: learned on the searched, it counts only if its rates come true among the deciding
    customers (outcomes shuffled, 2.5 %), and is then learned on both."""
    searched, y = tree(known, known.searched, given), known.validation.outcome
    rates = searched.scores(known.validation)
    shuffled = np.random.default_rng(0).permuted(np.tile(y, (1_999, 1)), axis=1)
    reached = int((shuffled @ rates >= y @ rates - 1e-9).sum())
    if (1 + reached) / 2_000 > LEVEL:
        return Model(lambda rows: np.full(len(rows), learned.outcome.mean()), 0, 0)
    return tree(known, learned, given)


def chosen_tree(known: learn.Groups, learned: Rows, given: Model) -> Model:
    """Of 2 to 8 leaves, by the AUC of five-fold cross-validation."""
    from sklearn.model_selection import GridSearchCV
    from sklearn.tree import DecisionTreeClassifier

    x, _ = table(learned, with_gaps=True)
    each = DecisionTreeClassifier(min_samples_leaf=_FEWEST, random_state=0)
    fitted = GridSearchCV(each, {"max_leaf_nodes": list(range(2, 9))}, scoring="roc_auc", cv=5).fit(x, learned.outcome)
    return Model(lambda rows: fitted.predict_proba(table(rows, True)[0])[:, 1], *_length(fitted.best_estimator_.tree_))


def _length(nodes: Any) -> tuple[int, int]:
    """Arms and conditions of a tree written as ordered arms, of which the longest is left out as all others."""
    paths: list[int] = []

    def walk(node: int, asked: frozenset[tuple[int, bool]]) -> None:
        if nodes.children_left[node] < 0:
            paths.append(len(asked))
            return
        walk(nodes.children_left[node], asked | {(nodes.feature[node], True)})
        walk(nodes.children_right[node], asked | {(nodes.feature[node], False)})

    walk(0, frozenset())
    return len(paths) - 1, sum(paths) - max(paths)


def figs(known: learn.Groups, learned: Rows, given: Model) -> Model:
    """Sums of small trees; `max_rules` counts their splits, one less than leaves."""
    from imodels import FIGSClassifier

    x, names = table(learned, with_gaps=False)
    fitted = FIGSClassifier(max_rules=given.rules, random_state=0).fit(
        x, learned.outcome.astype(int), feature_names=names
    )
    lengths = []

    def walk(node: Any, asked: frozenset[tuple[int, bool]], paths: list[int]) -> None:
        if node.left is None and node.right is None:
            paths.append(len(asked))
            return
        walk(node.left, asked | {(node.feature, True)}, paths)
        walk(node.right, asked | {(node.feature, False)}, paths)

    for root in fitted.trees_:
        paths: list[int] = []
        walk(root, frozenset(), paths)
        lengths.append((len(paths) - 1, sum(paths) - max(paths)))
    rules, clauses = (sum(x) for x in zip(*lengths, strict=True)) if lengths else (0, 0)
    return Model(lambda rows: fitted.predict_proba(table(rows, False)[0])[:, 1], rules, clauses)


def greedy(known: learn.Groups, learned: Rows, given: Model) -> Model:
    from imodels import GreedyRuleListClassifier

    x, names = table(learned, with_gaps=False)
    fitted = GreedyRuleListClassifier(max_depth=given.rules).fit(x, learned.outcome.astype(int), feature_names=names)
    rules = sum(1 for rule in fitted.rules_ if "index_col" in rule or "col" in rule)
    return Model(lambda rows: np.asarray(fitted.predict_proba(table(rows, False)[0]))[:, 1], rules, rules)


def subgroups(known: learn.Groups, learned: Rows, given: Model) -> Model:
    """The best subgroups by weighted relative accuracy, of up to two conditions; a customer has the rate of the first that fits."""
    import pandas as pd
    import pysubgroup as ps

    def frame(rows: Rows) -> Any:
        columns = {
            n: f.values if isinstance(f, Numbers) else np.array([*f.names, None], object)[f.codes]
            for n, f in rows.features.items()
        }
        return pd.DataFrame(columns)

    data = frame(learned).assign(y=learned.outcome)
    target = ps.BinaryTarget("y", True)
    space = ps.create_selectors(data, nbins=5, intervals_only=False, ignore=["y"])
    task = ps.SubgroupDiscoveryTask(
        data, target, space, result_set_size=given.rules, depth=2, qf=ps.WRAccQF(), min_quality=0
    )
    found = ps.BeamSearch(beam_width=30).execute(task).to_descriptions()
    conditions = [rule for _, rule in found]
    overall, rates, left = learned.outcome.mean(), [], np.ones(len(learned), np.bool_)
    for rule in conditions:
        inside = np.asarray(rule.covers(data), np.bool_) & left
        rates.append((learned.outcome[inside].sum() + 20 * overall) / (inside.sum() + 20))
        left &= ~inside
    rest = (learned.outcome[left].sum() + 20 * overall) / (left.sum() + 20)

    def scores(rows: Rows) -> Floats:
        given = frame(rows)
        result = np.full(len(rows), rest)
        for rule, rate in reversed(list(zip(conditions, rates, strict=True))):
            result[np.asarray(rule.covers(given), np.bool_)] = rate
        return result

    return Model(scores, len(conditions), sum(len(rule.selectors) for rule in conditions))


METHODS: dict[str, Callable[[learn.Groups, Rows, Model], Model]] = {
    "discover": ours,
    "decision tree": tree,
    "tree, as long": longer_tree,
    "tree, decided": decided_tree,
    "tree, own size": chosen_tree,
    "pysubgroup": subgroups,
    "FIGS": figs,
    "greedy rule list": greedy,
}


def auc(scores: Floats, outcome: npt.NDArray[np.bool_]) -> float:
    ranks = stats.rankdata(scores)
    n, m = int(outcome.sum()), int((~outcome).sum())
    return float((ranks[outcome].sum() - n * (n + 1) / 2) / (n * m))


def captured(scores: Floats, outcome: npt.NDArray[np.bool_], share: float = 0.2) -> float:
    """The share of all outcomes among the customers with the highest scores; those with the same score count in proportion."""
    most = share * len(scores)
    got = 0.0
    for value in np.unique(scores)[::-1]:
        here = scores == value
        taken = min(1.0, most / here.sum())
        got += taken * outcome[here].sum()
        most -= taken * here.sum()
        if most <= 0:
            break
    return float(got / outcome.sum())


@dataclass
class Results:
    """One row a world, one column a method."""

    aucs: list[list[float]]
    captures: list[list[float]]
    rules: list[list[int]]
    clauses: list[list[int]]
    seconds: list[list[float]]


def compare(world: World, worlds: int, results: Results) -> None:
    for i in range(worlds):
        rng = np.random.default_rng([11, i, world.customers])
        known = groups(world, rng)
        learned = together(known.searched, known.validation)
        further = drawn(world, rng, FURTHER, 1)
        rows: list[list[float]] = [[], [], [], [], []]
        given = Model(np.zeros, 1, 1)
        for name, method in METHODS.items():
            start = time.perf_counter()
            model = method(known, learned, given)
            seconds = time.perf_counter() - start
            if name == "discover" and model.rules:
                given = model
            scores = model.scores(further)
            for row, value in zip(
                rows,
                (auc(scores, further.outcome), captured(scores, further.outcome), model.rules, model.clauses, seconds),
                strict=True,
            ):
                row.append(value)
        for values, row in zip(vars(results).values(), rows, strict=True):
            values.append(row)


def line(results: Results, chosen: npt.NDArray[np.bool_]) -> list[str]:
    """A line a method: means, and the paired difference in AUC with its 95 % interval."""
    aucs, captures, rules, clauses, seconds = (np.array(v, float)[chosen] for v in vars(results).values())
    lines = []
    for j, name in enumerate(METHODS):
        apart = aucs[:, 0] - aucs[:, j]
        half = stats.t.ppf(0.975, len(apart) - 1) * apart.std(ddof=1) / np.sqrt(len(apart))
        low = apart.mean() - half
        verdict = (
            "" if j == 0 else "not worse" if low > -MARGIN else "worse" if apart.mean() + half < -MARGIN else "open"
        )
        difference = "" if j == 0 else f"{apart.mean():+.3f} ({low:+.3f} to {apart.mean() + half:+.3f})"
        shorter = "" if j == 0 else f"{(clauses[:, 0] <= clauses[:, j]).mean():.0%}"
        theirs = clauses[:, j] < clauses[:, 0]
        where = f"{apart[theirs].mean():+.3f} ({theirs.sum()})" if theirs.any() else ""
        lines.append(
            f"  {name:18} {aucs[:, j].mean():6.3f} {captures[:, j].mean():9.1%} {difference:>27} {verdict:>10} "
            f"{rules[:, j].mean():6.1f} {clauses[:, j].mean():8.1f} {shorter:>13} {where:>14} {seconds[:, j].mean():8.2f}"
        )
    return lines


def heads(title: str) -> str:
    return (
        f"\n{title}\n  {'':18} {'AUC':>6} {'captured':>9} {'discover better by (AUC)':>27} {'verdict':>10} {'rules':>6} "
        f"{'clauses':>8} {'ours ≤ theirs':>13} {'where shorter':>14} {'seconds':>8}"
    )


def main(worlds: int, named: Sequence[str]) -> None:
    for name in set(METHODS) - {"discover", *named} if named else ():
        del METHODS[name]
    warnings.filterwarnings("ignore")
    versions = ", ".join(
        f"{n} {importlib.metadata.version(n)}" for n in ("scikit-learn", "pysubgroup", "imodels", "numpy", "scipy")
    )
    print(
        f"python -m benchmarks.discoveries {' '.join([str(worlds), *named])}: {worlds} worlds of each kind; {versions}"
    )
    everything = Results([], [], [], [], [])
    for customers, inside in CELLS:
        cell = Results([], [], [], [], [])
        for shape in SHAPES:
            compare(World(customers, shape, 0.04, inside), worlds, cell)
        for whole, part in zip(vars(everything).values(), vars(cell).values(), strict=True):
            whole.extend(part)
        found = np.array(cell.rules)[:, 0] > 0
        print(
            heads(
                f"{customers:,} customers, {inside:.0%} in a planted group against 4%, 5 shapes: discover found something in {found.mean():.0%}"
            )
        )
        print("\n".join(line(cell, np.ones(len(found), np.bool_))), flush=True)
    found = np.array(everything.rules)[:, 0] > 0
    print(heads(f"all {len(found):,} worlds"))
    print("\n".join(line(everything, np.ones(len(found), np.bool_))))
    print(heads(f"the {found.sum():,} worlds in which discover found something"))
    print("\n".join(line(everything, found)))
    nothing(worlds * 3)


def nothing(worlds: int) -> None:
    """How often each method hands over a rule where there is nothing to find."""
    results = Results([], [], [], [], [])
    compare(NOTHING["1,000 customers, 5%"], worlds, results)
    rules = np.array(results.rules)
    print(f"\n{worlds} worlds with nothing in them: a rule is handed over in")
    for j, name in enumerate(METHODS):
        print(f"  {name:18} {(rules[:, j] > 0).mean():6.1%}, of {rules[:, j].mean():.1f} rules on average", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20, sys.argv[2:])
