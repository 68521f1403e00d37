"""An incumbent and its change -> the text of the candidate: the incumbent as it is written, with the one change, and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from segdsl.diagnostics import Span
from segdsl.discover import wording
from segdsl.discover.improve import Change
from segdsl.discover.incumbent import Incumbent
from segdsl.discover.rows import Arm, AtLeast, Below, Clause, Missing
from segdsl.facts.unknown import can_be_unknown
from segdsl.features.recipe import Feature
from segdsl.lang import tree
from segdsl.lang.reserved import RESERVED
from segdsl.lint import undecided
from segdsl.model.segment import Model

UNDECIDED = "undecided_yet"
_ALONE = (
    *(tree.IsMissing, tree.InValues, tree.InPeriod, tree.InName, tree.Has, tree.TextTest, tree.Between),
    *(tree.Aggregate, tree.Call, tree.Path),
)


def new_arm(incumbent: Incumbent, change: Change, features: Mapping[str, Feature]) -> str:
    """The name of the arm that a split adds."""
    written = incumbent.written
    rests = [r.name.text for r in (written.undecided, written.otherwise) if r is not None]
    taken = {*RESERVED, UNDECIDED, *(a.name.text for a in written.arms), *rests}
    return wording.arm_name(Arm(new_clauses(change)), features, taken)


def adds_undecided(incumbent: Incumbent, change: Change, features: Mapping[str, Feature], model: Model) -> bool:
    """Whether the candidate gets an arm that the incumbent lacks, for those of whom a clause, new or old, may be unknown."""
    if incumbent.written.undecided is not None:
        return False
    if any(d.span == incumbent.rule.span for d in undecided.find(model)):
        return True
    if change.kind == "border":
        return False
    new = [c for c in new_clauses(change) if not isinstance(c, Missing)]
    return any(can_be_unknown(model, features[c.feature].expr) for c in new)


def new_clauses(change: Change) -> tuple[Clause, ...]:
    return tuple(change.rule.arms[change.arm].clauses[place] for place in change.clauses)


def arms(incumbent: Incumbent, change: Change, features: Mapping[str, Feature], with_undecided: bool) -> list[str]:
    """The names of all places of the changed list, in its order; "" for `undecided` where the candidate has no such arm."""
    written = incumbent.written
    names = [a.name.text for a in written.arms]
    if change.kind == "split":
        names.insert(change.arm, new_arm(incumbent, change, features))
    added = UNDECIDED if with_undecided else ""
    return [*names, written.otherwise.name.text, added if written.undecided is None else written.undecided.name.text]


def in_words(incumbent: Incumbent, change: Change, features: Mapping[str, Feature]) -> str:
    """The change in a clause, with the names of arms and the rules' own words in backticks."""
    written = incumbent.written
    if change.kind == "border":
        (place,) = change.clauses
        part = incumbent.clauses[change.arm][place]
        return f"`{written.arms[change.arm].name.text}` asks for `{_moved(incumbent, change)}` instead of `{_line(part.span.text)}`"
    added = wording.condition(Arm(new_clauses(change)), features)
    if change.kind == "clause":
        return f"`{written.arms[change.arm].name.text}` takes only those with `{added}`"
    of = written.arms[change.arm].name.text if change.arm < len(written.arms) else written.otherwise.name.text
    return f"those of `{of}` with `{added}` get an arm of their own"


def edited(
    incumbent: Incumbent,
    change: Change,
    features: Mapping[str, Feature],
    name: str,
    comments: Sequence[str],
    bases: Sequence[str],
    with_undecided: bool,
) -> str:
    """The text of the candidate `name`.

    `comments`: one of each place of the changed list. `bases`: those that the new clauses read.
    `with_undecided`: add an arm for those for whom a new clause is unknown, where the incumbent has none.
    """
    written = incumbent.written
    text = _Edited(written.span)
    text.put(written.name.span, name)
    if written.candidate_of is None:
        head = max(p.span.end for p in (written.name, written.title, written.entity, written.where) if p is not None)
        text.insert(head, f" candidate of {incumbent.rule.name}")
    declared = [n for m in written.metas if m.kind == "basis" for n in m.names]
    if declared:
        new = [b for b in dict.fromkeys(bases) if b and b not in {n.text for n in declared}]
        text.insert(declared[-1].span.end, "".join(f", {b}" for b in new))
    _change(text, incumbent, change, features, comments)
    for number, arm in enumerate(written.arms):
        text.line(arm.span.start, f"# {comments[change.home[number]]}")
    if written.undecided is not None:
        text.line(written.undecided.span.start, f"# {comments[change.rule.undecided]}")
    elif with_undecided:
        text.line(written.otherwise.span.start, f"# {comments[change.rule.undecided]}")
        text.line(written.otherwise.span.start, f"undecided {UNDECIDED}")
    text.line(written.otherwise.span.start, f"# {comments[change.rule.otherwise]}")
    return text.text


def _change(
    text: _Edited, incumbent: Incumbent, change: Change, features: Mapping[str, Feature], comments: Sequence[str]
) -> None:
    written = incumbent.written
    if change.kind == "border":
        (place,) = change.clauses
        text.put(incumbent.numbers[change.arm, place].span, _number(incumbent, change))
        return
    condition = _joined(incumbent, change, features)
    if change.kind == "clause":
        text.put(written.arms[change.arm].condition.span, condition)
        return
    rest = written.undecided or written.otherwise
    before = written.arms[change.arm] if change.arm < len(written.arms) else rest
    text.line(before.span.start, f"# {comments[change.arm]}")
    text.line(before.span.start, f"segment {new_arm(incumbent, change, features)} {{ when {condition} }}")


def _joined(incumbent: Incumbent, change: Change, features: Mapping[str, Feature]) -> str:
    """An arm's condition with the new clauses, without clauses that these include."""
    new = new_clauses(change)
    parts = incumbent.clauses[change.arm] if change.arm < len(incumbent.clauses) else ()
    others = [p for p in parts if not any(_includes(clause, p, features) for clause in new)]
    added = [wording.clause_text(clause, features[clause.feature]) for clause in new]
    return "\n and ".join([*(p.span.text if _stands(p) else f"({p.span.text})" for p in others), *added])


def _includes(clause: Clause, part: tree.Expr, features: Mapping[str, Feature]) -> bool:
    """Whether a clause asks the same as one that is there, at a stricter border: it was searched among those who pass that one."""
    if not isinstance(part, tree.Compare) or not isinstance(part.right, tree.Number):
        return False
    is_same = _line(part.left.span.text) == features[clause.feature].text
    ops = {AtLeast: (">", ">="), Below: ("<", "<=")}.get(type(clause), ())
    return is_same and part.op in ops


def _stands(part: tree.Expr) -> bool:
    """Whether a clause reads the same with `and` after it."""
    if isinstance(part, tree.Compare):
        return not isinstance(part.right, tree.If | tree.Bands)
    return isinstance(part, _ALONE)


def _number(incumbent: Incumbent, change: Change) -> str:
    (place,) = change.clauses
    clause = change.rule.arms[change.arm].clauses[place]
    assert isinstance(clause, AtLeast | Below)
    border = -clause.border if clause.feature in incumbent.negated else clause.border
    if incumbent.numbers[change.arm, place].percent:
        return f"{wording.number(border * 100)}%"
    return wording.number(border)


def _moved(incumbent: Incumbent, change: Change) -> str:
    (place,) = change.clauses
    part = incumbent.clauses[change.arm][place]
    text = _Edited(part.span)
    text.put(incumbent.numbers[change.arm, place].span, _number(incumbent, change))
    return _line(text.text)


def _line(text: str) -> str:
    return " ".join(text.split())


class _Edited:
    """A part of a source with edits, of which those at one place stand in the order in which they were made."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self._edits: list[tuple[int, int, str]] = []

    def put(self, span: Span, text: str) -> None:
        self._edits.append((span.start, span.end, text))

    def insert(self, at: int, text: str) -> None:
        self._edits.append((at, at, text))

    def line(self, at: int, text: str) -> None:
        """Put a line of its own before what begins at a place."""
        before = self._span.source.text[self._span.start : at].rpartition("\n")[2]
        is_inside = bool(before.strip()) and not any(start == at for start, _, _ in self._edits)
        self.insert(at, f"{chr(10) if is_inside else ''}{text}\n  ")

    @property
    def text(self) -> str:
        done, at = "", self._span.start
        for start, end, text in sorted(self._edits, key=lambda e: e[0]):
            done += self._span.source.text[at:start] + text
            at = end
        return done + self._span.source.text[at : self._span.end]
