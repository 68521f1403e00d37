"""A fixture folder made in a spreadsheet -> the same tests as `test` blocks give."""

from __future__ import annotations

import datetime as dt
import os
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from segdsl.config import CONFIG
from segdsl.data.files import DataError, folded
from segdsl.diagnostics import Diagnostic, Refusal, Source, Span
from segdsl.lang import tree
from segdsl.lang.parse import parse_expression
from segdsl.model.schema import Relation
from segdsl.model.segment import Model, Segmentation, Test
from segdsl.resolve import Resolver
from segdsl.resolve.problems import listed, nearest
from segdsl.testing.cells import MISSING, Unreadable, literal, number
from segdsl.testing.mistakes import mistakes
from segdsl.testing.sheets import MOST_ROWS, Cell, Sheet, sheets

FOLDER, SETTINGS = "fixtures", "fixture.toml"
_ABOUT = (CONFIG, SETTINGS, "readme", "readme.md", "readme.txt")
_EXPECT, _BECAUSE, _TEST = "expect.", "because.", "test"
REMARKS = ("note", "notes", "remark", "comment")
_TOLERANCE = re.compile(r"(.+?)\s*(?:±|\+-|\+/-)\s*(.+)")
_COMPARISON = re.compile(r"(?:<=|>=|<|>|!=|=|between\b|in\b|not\b|is\b)")


@dataclass(frozen=True)
class Fixtures:
    """The tests of all folders that could be read, and what is wrong with the others."""

    tests: tuple[Test, ...] = ()
    problems: tuple[Diagnostic, ...] = ()


def load(root: Path, include: Sequence[str] | None, resolver: Resolver) -> Fixtures:
    """All folders below a `fixtures` folder of the workspace."""
    tests: list[Test] = []
    problems: list[Diagnostic] = []
    for folder in folders(root, include):
        found = _Folder(folder, root, resolver).read()
        tests += found.tests
        problems += found.problems
    return Fixtures(tuple(tests), tuple(problems))


def folders(root: Path, include: Sequence[str] | None) -> list[Path]:
    """`fixtures/NAME` of the workspace, and of every folder that holds rules."""
    tops = {root / FOLDER}
    for top in [root / part for part in include] if include is not None else [root]:
        for folder, names, _ in os.walk(top):
            names[:] = [n for n in names if not n.startswith(".") and not (Path(folder) / n / CONFIG).is_file()]
            if FOLDER in names:
                tops.add(Path(folder) / FOLDER)
                names.remove(FOLDER)
    return sorted(
        f for t in tops if t.is_dir() for f in t.iterdir() if f.is_dir() and not f.name.startswith((".", "_"))
    )


@dataclass
class _Group:
    """One world: the rows of a folder, or those of one `test` of it.

    What is expected comes with the customer's key, its row, and a text for the reader.
    """

    givens: list[tree.Given] = field(default_factory=list)
    expects: list[tuple[str, Span, tree.Expect, str]] = field(default_factory=list)


class _Folder:
    def __init__(self, path: Path, root: Path, resolver: Resolver) -> None:
        self.path, self.root, self.resolver = path, root, resolver
        self.shown = path.relative_to(root).as_posix()
        self.model: Model = resolver.model
        self.problems: list[Diagnostic] = []

    def read(self) -> Fixtures:
        try:
            settings = self._settings()
            groups = self._groups(self._sheets())
        except Refusal as refused:
            return Fixtures((), refused.diagnostics)
        for expect in settings.expects:
            for group in groups.values():
                group.expects.append(("", expect.span, expect, ""))
        tests = (
            [t for name, group in groups.items() for t in self._tests(name, group, settings)]
            if not self.problems
            else []
        )
        if not tests and not self.problems:
            help = f"add a column such as `expect.{next(iter([*self.model.segmentations, *self.model.segments]), 'SEGMENT')}` to the sheet of customers"
            self._wrong("SEG0513", f"{self.shown} expects nothing", None, help)
        return Fixtures(tuple(tests), tuple(self.problems))

    def _wrong(self, code: str, message: str, at: Span | None, help: str = "") -> None:
        self.problems.append(Diagnostic(code, message, at, "", help))

    # -- files -------------------------------------------------------------------------

    def _settings(self) -> _Settings:
        path = self.path / SETTINGS
        if not path.is_file() or not path.resolve().is_relative_to(self.root.resolve()):
            return _Settings()
        shown = f"{self.shown}/{SETTINGS}"
        try:
            text = path.read_bytes().decode("utf-8-sig")
            said = tomllib.loads(text)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise DataError(
                Diagnostic("SEG0512", f"{shown} can't be read: {error}", help="as in `as_of = 2026-11-01`")
            ) from None
        source = Source(shown, text)
        for name in said:
            if name not in ("as_of", "expect", "title"):
                near = nearest(name, ("as_of", "expect", "title"))
                help = f"did you mean `{near}`?" if near else "it can say `as_of`, `title` and `expect`"
                raise DataError(
                    Diagnostic("SEG0512", f"{shown}: unknown setting `{name}`", _place(source, name), help=help)
                )
        as_of = said.get("as_of")
        if as_of is not None and not isinstance(as_of, dt.date):
            raise DataError(
                Diagnostic(
                    "SEG0512",
                    f"{shown}: `as_of` is a day",
                    _place(source, "as_of"),
                    help="without quotes, as in `as_of = 2026-11-01`",
                )
            )
        expect = said.get("expect", [])
        if not isinstance(expect, list) or not all(isinstance(e, str) for e in expect):
            raise DataError(
                Diagnostic(
                    "SEG0512",
                    f"{shown}: `expect` is a list of conditions",
                    _place(source, "expect"),
                    help='as in `expect = ["count(motion.save) = 3"]`',
                )
            )
        return _Settings(as_of, str(said.get("title", "")), tuple(self._condition(e, source) for e in expect))

    def _condition(self, text: str, source: Source) -> tree.Expect:
        node, found = parse_expression(Source(source.path, text))
        if node is None:
            raise DataError([replace(d, message=f"{source.path}: {d.message}") for d in found])
        return tree.Expect(node.span, node, None)

    def _sheets(self) -> dict[str, Sheet]:
        """By the relation they are of; raises `Refusal`."""
        found: dict[str, Sheet] = {}
        names = self._names()
        files = [p for p in sorted(self.path.iterdir()) if p.is_file() and p.name.lower() not in _ABOUT]
        files = [p for p in files if not p.name.startswith((".", "~$"))]
        for path in files:
            shown = f"{self.shown}/{path.name}"
            if not path.resolve().is_relative_to(self.root.resolve()):
                raise DataError(
                    Diagnostic("SEG0512", f"{shown} leads outside the workspace", help="put the file itself here")
                )
            relation = names.get(folded(path.stem))
            if relation is None and path.suffix.lower() not in (".xlsx", ".xlsm"):
                raise DataError(
                    Diagnostic("SEG0512", f"{shown} is no entity's and no table's", help=self._which(path.stem))
                )
            for sheet in sheets(path, shown, list(names), self._wanted(relation) if relation else ()):
                of = names[folded(sheet.name)]
                if of in found:
                    raise DataError(Diagnostic("SEG0512", f"{self.shown} has two sheets of `{of}`", help="keep one"))
                found[of] = sheet
                self.problems += [n for n in sheet.notes if n.severity == "error"]
        if not found:
            entity = next(iter(self.model.schema.entities)).name if self.model.schema.entities else "account"
            raise DataError(
                Diagnostic(
                    "SEG0512",
                    f"{self.shown} is empty",
                    help=f"put a sheet of customers into it: {entity}.csv or {entity}.xlsx",
                )
            )
        rows = sum(len(s.rows) for s in found.values())
        if rows > MOST_ROWS:
            raise DataError(
                Diagnostic(
                    "SEG0515",
                    f"{self.shown} has {rows:,} rows; the most is {MOST_ROWS:,}",
                    help="a fixture is a few customers made by hand",
                )
            )
        return found

    def _names(self) -> dict[str, str]:
        """What a file may be called, folded -> the relation."""
        schema = self.model.schema
        names = {folded(r + "s"): r for r in schema.relations}
        names |= {
            folded(many.name): many.target
            for hops in schema.to_many.values()
            for many in hops.values()
            if many.target != many.source
        }
        return names | {folded(r): r for r in schema.relations}

    def _which(self, stem: str) -> str:
        near = nearest(stem, self.model.schema.relations)
        return f"did you mean `{near}`?" if near else f"there are {listed(self.model.schema.relations)}"

    def _wanted(self, relation: str) -> list[str]:
        return [folded(n) for n in (*self.model.schema.relations[relation].fields, *self._metrics(relation), "at")]

    def _metrics(self, relation: str) -> dict[str, Any]:
        return {n: m for n, m in self.model.metrics.items() if m.entity == relation}

    # -- rows ---------------------------------------------------------------------------

    def _groups(self, found: dict[str, Sheet]) -> dict[str, _Group]:
        """The worlds by the name of their test; rows without one belong to each."""
        groups: dict[str, _Group] = {}
        shared = _Group()
        for relation, sheet in found.items():
            columns = _Columns(self, self.model.schema.relations[relation], sheet)
            for row in sheet.rows:
                name = row[columns.test].text if columns.test in row else ""
                group = groups.setdefault(name, _Group()) if name else shared
                columns.add(row, group)
        if not groups:
            return {"": shared}
        for group in groups.values():
            group.givens = shared.givens + group.givens
            group.expects = shared.expects + group.expects
        return groups

    def _tests(self, name: str, group: _Group, settings: _Settings) -> Iterator[Test]:
        """One test for each row that expects something, all of one world; counts are a test of their own."""
        if not group.expects:
            if name:
                self._wrong(
                    "SEG0513",
                    f"the test `{name}` of {self.shown} expects nothing",
                    group.givens[0].span,
                    "fill in a column such as `expect.motion`",
                )
            return
        title = ": ".join(p for p in (settings.title or self.path.name, name) if p)
        place = group.expects[0][1]
        as_of = tree.Date(place, settings.as_of) if settings.as_of is not None else None
        written = tree.Test(
            place, tree.Title(place, title), as_of, tuple(group.givens), tuple(e for *_, e, _ in group.expects)
        )
        whole, problems = self.resolver.test(written)
        self.problems += problems
        if whole is None:
            return
        whole = replace(whole, as_of=settings.as_of, checked=True)
        if wrong := tuple(_as_in_a_folder(d) for d in mistakes(whole, self.model)):
            self.problems += wrong
            return
        by_row: dict[str, list[int]] = {}
        for i, (key, *_) in enumerate(group.expects):
            by_row.setdefault(key, []).append(i)
        for key, indexes in by_row.items():
            span = group.expects[indexes[0]][1]
            yield replace(
                whole, title=f"{title}: {key}" if key else title, span=span,
                expectations=tuple(replace(whole.expectations[i], text=group.expects[i][3]) for i in indexes),
            )  # fmt: skip


@dataclass(frozen=True)
class _Settings:
    as_of: dt.date | dt.datetime | None = None
    title: str = ""
    expects: tuple[tree.Expect, ...] = ()


def _as_in_a_folder(d: Diagnostic) -> Diagnostic:
    """A mistake of a test, with what mends it in a sheet."""
    help = {
        "SEG0503": f"in {SETTINGS} beside the sheets: as_of = 2026-11-01",
        "SEG0504": "fill it in, or write `missing` into the cell",
    }
    return replace(d, help=help.get(d.code, d.help))


def _place(source: Source, word: str) -> Span | None:
    at = re.search(rf"^\s*({re.escape(word)})", source.text, re.MULTILINE)
    return Span(source, at.start(1), at.end(1)) if at else None


class _Columns:
    """What each column of one sheet means; unknown ones are reported, once."""

    def __init__(self, folder: _Folder, relation: Relation, sheet: Sheet) -> None:
        self.folder, self.relation, self.model = folder, relation, folder.model
        self.key = relation.key if relation.kind == "entity" else relation.by
        self.test = self.key_column = ""
        self.fields: dict[str, str] = {}
        self.spans = {h.text: h.span for h in sheet.header}
        self.expects: dict[str, str] = {}
        self.because: dict[str, str] = {}
        known = {folded(f): f for f in (*relation.fields, *folder._metrics(relation.name))}
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
        self.folder._wrong(code, message, at, help)

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
            choices = [*self.relation.fields, *self.folder._metrics(self.relation.name), REMARKS[0]]
            near = nearest(low, choices)
            help = (
                f"did you mean `{near}`?"
                if near
                else f"known here: {listed(choices)}; remarks go into a column `{REMARKS[0]}`"
            )
            self._wrong("SEG0501", f"unknown column `{name}` of `{self.relation.name}`", header.span, help)

    def _expected(self, header: Cell, name: str, into: dict[str, str]) -> None:
        rules = {r.name for r in self.model.rules_of(self.relation.name)}
        metrics = self.folder._metrics(self.relation.name)
        if name in rules or name in metrics:
            into[header.text] = name
            return
        near = nearest(name, [*rules, *metrics])
        help = (
            f"did you mean `{near}`?"
            if near
            else f"rules and metrics of `{self.relation.name}` are {listed([*sorted(rules), *metrics])}"
        )
        self._wrong("SEG0514", f"`{header.text}`: there is no rule or metric `{name}`", header.span, help)

    # -- one row -------------------------------------------------------------------------

    def add(self, row: dict[str, Cell], group: _Group) -> None:
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
            self.folder.problems.append(error.diagnostic)
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
            self.folder.problems.append(error.diagnostic)
            return None

    def _arm(self, cell: Cell, rule: Segmentation, customer: tree.Path) -> tree.Expr:
        def member(arm: str) -> tree.Expr:
            return _member(cell, customer, rule.name, arm)

        names = {folded(a.title): a.name for a in rule.all_arms if a.title} | {
            folded(a.name): a.name for a in rule.all_arms
        }
        wanted = folded(cell.text)
        if wanted in names:
            return member(names[wanted])
        if wanted == "unknown":
            return tree.IsMissing(cell.span, tree.Bracketed(cell.span, member(rule.otherwise.name)), False)
        if wanted == "outside":
            return tree.And(cell.span, tuple(tree.Not(cell.span, member(a.name)) for a in rule.all_arms))
        choices = [a.name for a in rule.all_arms]
        near = nearest(cell.text.lower(), choices)
        help = f"did you mean `{near}`?" if near else f"it has {listed(choices)}; or say `outside` or `unknown`"
        raise Unreadable(Diagnostic("SEG0514", f"`{rule.name}` has no arm `{cell.text[:60]}`", cell.span, "", help))

    def _segment(self, cell: Cell, header: str, name: str, customer: tree.Path) -> tree.Expr:
        member = _member(cell, customer, name, None)
        if cell.text.lower() in ("unknown", *MISSING):
            return tree.IsMissing(cell.span, tree.Bracketed(cell.span, member), False)
        from segdsl.model.types import BOOLEAN

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
        from segdsl.lang.rewrite import rewrite

        node, found = parse_expression(Source("cell", f"it {cell.text}"))
        if node is None:
            raise Unreadable(replace(found[0], span=cell.span))

        def visit(n: tree.Node) -> tree.Node | None:
            return path if isinstance(n, tree.Path) and n.text == "it" else None

        return replace(rewrite(node, visit), span=cell.span)


def _member(cell: Cell, customer: tree.Path, rule: str, arm: str | None) -> tree.Expr:
    parts = [tree.Name(cell.span, p) for p in (rule, arm) if p is not None]
    return tree.InName(cell.span, customer, tree.Path(cell.span, tuple(parts)), False, None)
