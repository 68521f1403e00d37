"""A fixture folder made in a spreadsheet -> the same tests as `test` blocks give."""

from __future__ import annotations

import datetime as dt
import os
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from segdsl.bounds import A_ROW, FIXTURE_ROWS, FIXTURE_SETTINGS, TooMuchWork, Work
from segdsl.config import CONFIG, read_toml
from segdsl.data.files import DataError, folded
from segdsl.diagnostics import Diagnostic, Refusal, Source, Span
from segdsl.lang import tree
from segdsl.lang.parse import parse_expression
from segdsl.model.segment import Model, Test
from segdsl.paths import is_file, leads_outside
from segdsl.resolve import Resolver
from segdsl.resolve.problems import listed, nearest_help
from segdsl.testing.columns import Columns, Group, metrics_of
from segdsl.testing.mistakes import mistakes
from segdsl.testing.sheets import Sheet, sheets

FOLDER, SETTINGS = "fixtures", "fixture.toml"
_ABOUT = (CONFIG, SETTINGS, "readme", "readme.md", "readme.txt")


@dataclass(frozen=True)
class Fixtures:
    """The tests of all folders that could be read, of so many characters, and what is wrong with the others."""

    tests: tuple[Test, ...] = ()
    problems: tuple[Diagnostic, ...] = ()
    characters: int = 0


def load(root: Path, include: Sequence[str] | None, resolver: Resolver, work: Work) -> Fixtures:
    """All folders below a `fixtures` folder of the workspace, as many as there is work for."""
    tests: list[Test] = []
    problems: list[Diagnostic] = []
    characters = 0
    for folder in folders(root, include):
        found = _Folder(folder, root, resolver, work).read()
        tests += found.tests
        problems += found.problems
        characters += found.characters
    return Fixtures(tuple(tests), tuple(problems), characters)


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


class _Folder:
    def __init__(self, path: Path, root: Path, resolver: Resolver, work: Work) -> None:
        self.path, self.root, self.resolver, self.work = path, root, resolver, work
        self.shown = path.relative_to(root).as_posix()
        self.model: Model = replace(resolver.model, work=work)
        self.problems: list[Diagnostic] = []

    def read(self) -> Fixtures:
        try:
            settings = self._settings()
            found = self._sheets()
            characters = sum(len(sheet.header[0].span.source.text) for sheet in found.values())
            self.work.more(characters)
            groups = self._groups(found)
            for expect in settings.expects:
                for group in groups.values():
                    group.expects.append(("", expect.span, expect, ""))
            tests = [] if self.problems else [t for n, g in groups.items() for t in self._tests(n, g, settings)]
        except TooMuchWork:
            return Fixtures((), (self.work.finding(self.shown),))
        except Refusal as refused:
            return Fixtures((), refused.diagnostics)
        if not tests and not self.problems:
            help = f"add a column such as `expect.{next(iter([*self.model.segmentations, *self.model.segments]), 'SEGMENT')}` to the sheet of customers"
            self._wrong("SEG0513", f"{self.shown} expects nothing", None, help)
        return Fixtures(tuple(tests), tuple(self.problems), characters)

    def _wrong(self, code: str, message: str, at: Span | None, help: str = "") -> None:
        self.problems.append(Diagnostic(code, message, at, help=help))

    # -- files -------------------------------------------------------------------------

    def _settings(self) -> _Settings:
        path = self.path / SETTINGS
        if not is_file(path) or leads_outside(path, self.root):
            return _Settings()
        shown = f"{self.shown}/{SETTINGS}"
        size = path.stat().st_size
        if size > FIXTURE_SETTINGS.most:
            raise DataError(FIXTURE_SETTINGS.finding(shown, size))
        try:
            text = path.read_bytes().decode("utf-8-sig")
            said = read_toml(text)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise DataError(
                Diagnostic("SEG0512", f"{shown} can't be read: {error}", help="as in `as_of = 2026-11-01`")
            ) from None
        source = Source(shown, text)
        for name in said:
            if name not in ("as_of", "expect", "title"):
                help = nearest_help(name, ("as_of", "expect", "title"), "it can say `as_of`, `title` and `expect`")
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
            if leads_outside(path, self.root):
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
        if rows > FIXTURE_ROWS.most:
            raise DataError(FIXTURE_ROWS.finding(self.shown, rows))
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
        relations = self.model.schema.relations
        return nearest_help(stem, relations, f"there are {listed(relations)}")

    def _wanted(self, relation: str) -> list[str]:
        return [
            folded(n) for n in (*self.model.schema.relations[relation].fields, *metrics_of(self.model, relation), "at")
        ]

    # -- rows ---------------------------------------------------------------------------

    def _groups(self, found: dict[str, Sheet]) -> dict[str, Group]:
        """The worlds by the name of their test; rows without one belong to each."""
        groups: dict[str, Group] = {}
        shared = Group()
        for relation, sheet in found.items():
            columns = Columns(
                self.model, self.model.schema.relations[relation], sheet, self.problems, self.resolver.guesses
            )
            for row in sheet.rows:
                name = row[columns.test].text if columns.test in row else ""
                group = groups.setdefault(name, Group()) if name else shared
                columns.add(row, group)
        if not groups:
            return {"": shared}
        for group in self.work.each(groups.values(), A_ROW * len(shared.givens) + len(shared.expects)):
            group.givens = shared.givens + group.givens
            group.expects = shared.expects + group.expects
        return groups

    def _tests(self, name: str, group: Group, settings: _Settings) -> Iterator[Test]:
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
