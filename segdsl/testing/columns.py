"""The columns of a fixture's sheet -> what its rows give, and what they expect."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from segdsl.data.files import folded
from segdsl.diagnostics import Diagnostic, Source, Span
from segdsl.lang import tree
from segdsl.lang.parse import parse_expression
from segdsl.lang.rewrite import rewrite
from segdsl.model.schema import Relation
from segdsl.model.segment import Metric, Model, Segmentation
from segdsl.model.types import BOOLEAN
from segdsl.resolve.problems import Guesses, listed
from segdsl.testing.cells import MISSING, Unreadable, literal, number
from segdsl.testing.sheets import Cell, Sheet

_EXPECT, _BECAUSE, _TEST = "expect.", "because.", "test"
REMARKS = ("note", "notes", "remark", "comment")
_TOLERANCE = re.compile(r"(.+?)\s*(?:±|\+-|\+/-)\s*(.+)")
_COMPARISON = re.compile(r"(?:<=|>=|<|>|!=|=|between\b|in\b|not\b|is\b)")


@dataclass
class Group:
    """One world: the rows of a folder, or those of one `test` of it.

    What is expected comes with the customer's key, its row, and a text for the reader.
    """

    givens: list[tree.Given] = field(default_factory=list)
    expects: list[tuple[str, Span, tree.Expect, str]] = field(default_factory=list)


def metrics_of(model: Model, relation: str) -> dict[str, Metric]:
    return {n: m for n, m in model.metrics.items() if m.entity == relation}


class Columns:
    """What each column of one sheet means; unknown ones are reported, once."""

    def __init__(
        self, model: Model, relation: Relation, sheet: Sheet, problems: list[Diagnostic], guesses: Guesses
    ) -> None:
        self.model, self.relation, self.problems, self.guesses = model, relation, problems, guesses
        self.key = relation.key if relation.kind == "entity" else relation.by
        self.test = self.key_column = ""
        self._arms: dict[str, dict[str, str]] = {}
        self.fields: dict[str, str] = {}
        self.spans = {h.text: h.span for h in sheet.header}
        self.expects: dict[str, str] = {}
        self.because: dict[str, str] = {}
        known = {folded(f): f for f in (*relation.fields, *metrics_of(model, relation.name))}
        if relation.at is not None:
            known["at"] = relation.at
        known |= {
            folded(name): link.column
            for name, link in self.model.schema.to_one.get(relation.name, {}).items()
            if folded(name) not in known
        }
        for header in sheet.header:
            self._column(header, known)
        if not self.key_column:
            self._wrong(
                "SEG0512",
                f"the sheet has no column `{self.key}`",
                sheet.header[0].span,
                f"each row names its {relation.of or relation.name} there",
            )

    def _wrong(self, code: str, message: str, at: Span, help: str = "") -> None:
        self.problems.append(Diagnostic(code, message, at, help=help))

    def _column(self, header: Cell, known: dict[str, str]) -> None:
        name, low = header.text, header.text.lower()
        if low.startswith(_EXPECT) and self.relation.kind == "entity":
            self._expected(header, name[len(_EXPECT) :].strip(), self.expects)
        elif low.startswith(_BECAUSE) and self.relation.kind == "entity":
            self._expected(header, name[len(_BECAUSE) :].strip(), self.because)
        elif folded(name) in known:
            field = known[folded(name)]
            if field == self.key:
                self.key_column = name
            elif field in self.fields.values():
                self._wrong("SEG0203", f"two columns are `{field}`", header.span, "keep one")
            else:
                self.fields[name] = field
        elif low == _TEST:
            self.test = name
        elif low not in REMARKS:
            choices = [*self.relation.fields, *metrics_of(self.model, self.relation.name), REMARKS[0]]
            otherwise = f"known here: {listed(choices)}; remarks go into a column `{REMARKS[0]}`"
            help = self.guesses.help(low, choices, otherwise)
            self._wrong("SEG0501", f"unknown column `{name}` of `{self.relation.name}`", header.span, help)

    def _expected(self, header: Cell, name: str, into: dict[str, str]) -> None:
        rules = {r.name for r in self.model.rules_of(self.relation.name)}
        metrics = metrics_of(self.model, self.relation.name)
        if name in rules or name in metrics:
            into[header.text] = name
            return
        otherwise = f"rules and metrics of `{self.relation.name}` are {listed([*sorted(rules), *metrics])}"
        help = self.guesses.help(name, [*rules, *metrics], otherwise)
        self._wrong("SEG0514", f"`{header.text}`: there is no rule or metric `{name}`", header.span, help)

    # -- one row -------------------------------------------------------------------------

    def add(self, row: dict[str, Cell], group: Group) -> None:
        line = row[""].span
        if self.key_column not in row:
            if self.key_column:
                self._wrong("SEG0512", f"this row has no `{self.key_column}`", line, "each row names its customer")
            return
        key = row[self.key_column]
        cells = [c for c in (self._cell(row, header, name) for header, name in self.fields.items()) if c is not None]
        what = tree.Name(line, self.relation.name)
        group.givens.append(tree.Given(line, what, key.text, key.span, tuple(cells), self.relation.kind == "entity"))
        for header, name in self.expects.items():
            if header in row:
                because = next((row[h].text for h, n in self.because.items() if n == name and h in row), None)
                condition = self._condition(row[header], header, name, key)
                if condition is not None:
                    expect = tree.Expect(row[header].span, condition, because)
                    group.expects.append((key.text, line, expect, f"{key.text}: {name} {row[header].text}"))
        for header, name in self.because.items():
            if header in row and not any(h in row for h, n in self.expects.items() if n == name):
                self._wrong(
                    "SEG0514",
                    f"a reason without an expectation of `{name}`",
                    row[header].span,
                    f"fill in `{_EXPECT}{name}`",
                )

    def _cell(self, row: dict[str, Cell], header: str, name: str) -> tree.Cell | None:
        if header not in row:
            return None
        cell = row[header]
        typed = self.relation.fields[name].type if name in self.relation.fields else self.model.metrics[name].type
        shown = "at" if name == self.relation.at else name
        try:
            return tree.Cell(cell.span, tree.Name(self.spans[header], shown), literal(cell, header, typed))
        except Unreadable as error:
            self.problems.append(error.diagnostic)
            return None

    # -- expectations ----------------------------------------------------------------------

    def _condition(self, cell: Cell, header: str, name: str, key: Cell) -> tree.Expr | None:
        customer = tree.Path(cell.span, (tree.Name(cell.span, key.text),))
        try:
            if name in self.model.segmentations:
                return self._arm(cell, self.model.segmentations[name], customer)
            if name in self.model.segments:
                return self._segment(cell, header, name, customer)
            return self._value(cell, header, name, customer)
        except Unreadable as error:
            self.problems.append(error.diagnostic)
            return None

    def _arm(self, cell: Cell, rule: Segmentation, customer: tree.Path) -> tree.Expr:
        def member(arm: str) -> tree.Expr:
            return _member(cell, customer, rule.name, arm)

        if rule.name not in self._arms:
            self._arms[rule.name] = arm_words(rule)
        names = self._arms[rule.name]
        wanted = folded(cell.text)
        if wanted in names:
            return member(names[wanted])
        if wanted == "unknown":
            return tree.IsMissing(cell.span, tree.Bracketed(cell.span, member(rule.otherwise.name)), False)
        if wanted == "outside":
            self.model.work.spend(len(rule.all_arms))
            return tree.And(cell.span, tuple(tree.Not(cell.span, member(a.name)) for a in rule.all_arms))
        choices = [a.name for a in rule.all_arms]
        otherwise = f"it has {listed(choices)}; or say `outside` or `unknown`"
        help = self.guesses.help(cell.text.lower(), choices, otherwise)
        raise Unreadable(Diagnostic("SEG0514", f"`{rule.name}` has no arm `{cell.text[:60]}`", cell.span, help=help))

    def _segment(self, cell: Cell, header: str, name: str, customer: tree.Path) -> tree.Expr:
        member = _member(cell, customer, name, None)
        if cell.text.lower() in ("unknown", *MISSING):
            return tree.IsMissing(cell.span, tree.Bracketed(cell.span, member), False)
        held = literal(cell, header, BOOLEAN)
        assert isinstance(held, tree.Truth)
        return member if held.value else tree.Not(cell.span, tree.Bracketed(cell.span, member))

    def _value(self, cell: Cell, header: str, name: str, customer: tree.Path) -> tree.Expr:
        """`50%`, `missing`, `74 ± 0.5`, or a comparison such as `between 74 and 75`."""
        path = tree.Path(cell.span, (*customer.parts, tree.Name(cell.span, name)))
        if cell.text.lower() in ("unknown", *MISSING):
            return tree.IsMissing(cell.span, path, False)
        about = _TOLERANCE.fullmatch(cell.text)
        middle, width = (number(cell.span, p.strip()) for p in about.groups()) if about else (None, None)
        if middle is not None and width is not None:
            low, high = (tree.Chain(cell.span, (middle, width), (op,)) for op in "-+")
            return tree.Between(cell.span, path, low, high, False)
        if _COMPARISON.match(cell.text):
            return self._parsed(cell, path)
        value = literal(cell, header, self.model.metrics[name].type)
        assert not isinstance(value, tree.Values | tree.Name)
        return tree.Compare(cell.span, "=", path, value, None)

    def _parsed(self, cell: Cell, path: tree.Path) -> tree.Expr:
        node, found = parse_expression(Source("cell", f"it {cell.text}"))
        if node is None:
            raise Unreadable(replace(found[0], span=cell.span))

        def visit(n: tree.Node) -> tree.Node | None:
            return path if isinstance(n, tree.Path) and n.text == "it" else None

        return replace(rewrite(node, visit), span=cell.span)


def arm_words(rule: Segmentation) -> dict[str, str]:
    """What a cell may say for each arm, folded: its name, or its title."""
    titles = {folded(a.title): a.name for a in rule.all_arms if a.title}
    return titles | {folded(a.name): a.name for a in rule.all_arms}


def _member(cell: Cell, customer: tree.Path, rule: str, arm: str | None) -> tree.Expr:
    parts = [tree.Name(cell.span, p) for p in (rule, arm) if p is not None]
    return tree.InName(cell.span, customer, tree.Path(cell.span, tuple(parts)), False, None)
