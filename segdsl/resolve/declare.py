"""Collects declarations: the schema of relations and links, and the syntax tree of every other name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from segdsl.diagnostics import Fix, Span
from segdsl.lang import tree
from segdsl.model import types as ty
from segdsl.model.expr import EXACT
from segdsl.model.play import DAY_OF_DELIVERY, columns_of_deliveries
from segdsl.model.schema import Field, Relation, Schema, ToMany, ToOne
from segdsl.resolve.problems import Problems, nearest

_BASIS_NAMES = """
    demographic firmographic behavioural psychographic geographic value lifecycle health technographic needs
"""
BASES = tuple(_BASIS_NAMES.split())
_SCALARS: dict[str, ty.Type] = {
    "text": ty.TEXT,
    "integer": ty.INTEGER,
    "number": ty.NUMBER,
    "real": ty.REAL,
    "boolean": ty.BOOLEAN,
    "date": ty.DATE,
    "timestamp": ty.TIMESTAMP,
    "version": ty.VERSION,
}
_NAMES_IN_OTHER_LANGUAGES = {
    "text": ("string", "str", "varchar"),
    "integer": ("int", "bigint"),
    "real": ("float", "double"),
    "number": ("decimal", "numeric"),
    "boolean": ("bool",),
    "timestamp": ("datetime", "time"),
    "money(USD)": ("currency", "money"),
    'one of ("a", "b")': ("enum",),
    "set of text": ("array", "list"),
}
_TYPE_MEANT = {name: typed for typed, names in _NAMES_IN_OTHER_LANGUAGES.items() for name in names}


_AFTER_IN = {"top": "10%", "bottom": "10%", "last": "7 days", "next": "7 days"}

# columns that every list from a file may have: the first and last day on which a row counts, who added the row, and why
LIST_COLUMNS: dict[str, ty.Type] = {"from": ty.DATE, "expires": ty.DATE, "owner": ty.TEXT, "reason": ty.TEXT}


AS_OF_RUN = "as_of"
"""The column of the runs of a rule that says as of when they were."""


def _columns_of_runs(rule: tree.Segment | tree.Segmentation) -> list[tuple[str, ty.Type]]:
    """Returns the columns of the runs of a rule, beside the customer's key."""
    if isinstance(rule, tree.Segment):
        return [(AS_OF_RUN, ty.TIMESTAMP), ("member", ty.BOOLEAN)]
    rest = (rule.undecided, rule.otherwise) if rule.undecided is not None else (rule.otherwise,)
    arms = ty.Enum(tuple(dict.fromkeys(arm.name.text for arm in (*rule.arms, *rest))), False)
    return [(AS_OF_RUN, ty.TIMESTAMP), ("arm", arms), ("by_data", arms)]


@dataclass(frozen=True)
class Declared:
    """The schema, and the syntax trees of all other declarations by name. `twice` are the names declared more than once."""

    schema: Schema
    lists: dict[str, tree.ListDecl]
    files: dict[str, tree.ListFile]
    calendars: dict[str, tree.Calendar]
    metrics: dict[str, tree.Metric | tree.Score]
    plays: dict[str, tree.Play]
    channels: dict[str, tree.Channel]
    suppressions: list[tree.Suppress]
    holdouts: list[tree.HeldOut]
    segments: dict[str, tree.Segment]
    segmentations: dict[str, tree.Segmentation]
    tests: list[tree.Test]
    properties: list[tree.Property]
    experiments: list[tree.Experiment]
    names: dict[str, Span]
    twice: frozenset[str]


def declare(files: Sequence[tree.File], problems: Problems) -> Declared:
    declarations = [d for f in files for d in f.declarations]
    names, twice = _one_namespace(declarations, problems)
    _check_words_after_in(declarations, problems)
    unique = [d for d in declarations if (name := _name(d)) is None or names[name.text] is name.span]
    schema = _Schema(
        [d for d in unique if isinstance(d, tree.Entity)],
        [d for d in unique if isinstance(d, tree.Table)],
        [d for d in unique if isinstance(d, tree.Details)],
        [d for d in unique if isinstance(d, tree.ListFile)],
        [d for d in unique if isinstance(d, tree.RunsTable)],
        [d for d in unique if isinstance(d, tree.DeliveriesTable)],
        [d.name.text for d in unique if isinstance(d, tree.Play)],
        {d.name.text: d for d in unique if isinstance(d, tree.Segment | tree.Segmentation)},
        problems,
    ).build()
    return Declared(
        schema=schema,
        lists={d.name.text: d for d in unique if isinstance(d, tree.ListDecl)},
        files={d.name.text: d for d in unique if isinstance(d, tree.ListFile)},
        calendars={d.name.text: d for d in unique if isinstance(d, tree.Calendar)},
        metrics={d.name.text: d for d in unique if isinstance(d, tree.Metric | tree.Score)},
        plays={d.name.text: d for d in unique if isinstance(d, tree.Play)},
        channels={d.name.text: d for d in unique if isinstance(d, tree.Channel)},
        suppressions=[d for d in unique if isinstance(d, tree.Suppress)],
        holdouts=[d for d in unique if isinstance(d, tree.HeldOut)],
        segments={d.name.text: d for d in unique if isinstance(d, tree.Segment)},
        segmentations={d.name.text: d for d in unique if isinstance(d, tree.Segmentation)},
        tests=[d for d in unique if isinstance(d, tree.Test)],
        properties=[d for d in unique if isinstance(d, tree.Property)],
        experiments=[d for d in unique if isinstance(d, tree.Experiment)],
        names=names,
        twice=twice,
    )


def _name(d: tree.Declaration) -> tree.Name | None:
    """Returns the name that a declaration adds to the name space; None for tests, properties, experiments and what holds for all."""
    if isinstance(d, tree.Test | tree.Property | tree.Experiment | tree.Suppress | tree.HeldOut):
        return None
    return d.name


def _one_namespace(
    declarations: Iterable[tree.Declaration], problems: Problems
) -> tuple[dict[str, Span], frozenset[str]]:
    """Returns where each name is first declared, and the names that are declared again."""
    first: dict[str, Span] = {}
    twice: set[str] = set()
    for d in declarations:
        name = _name(d)
        if name is None:
            continue
        earlier = first.setdefault(name.text, name.span)
        if earlier is not name.span:
            twice.add(name.text)
            problems.add(
                "SEG0203",
                f"`{name.text}` is declared twice",
                name,
                label="declared again here",
                help="rename one of them",
                related=((earlier, f"`{name.text}` is first declared here"),),
            )
    return first, frozenset(twice)


def _check_words_after_in(declarations: Iterable[tree.Declaration], problems: Problems) -> None:
    """Reports segments and lists with a name that has another meaning after `in`."""
    for d in declarations:
        if isinstance(d, tree.Segment | tree.Segmentation | tree.ListDecl | tree.ListFile) and d.name.text in _AFTER_IN:
            name = d.name.text
            problems.add(
                "SEG0215",
                f"`{name}` can't be the name of a segment or list",
                d.name,
                label=f"`in {name}` is read as in `in {name} {_AFTER_IN[name]}`",
                help=f"give it another name, as `{name}_ones`",
            )


class _Schema:
    def __init__(
        self,
        entities: Sequence[tree.Entity],
        tables: Sequence[tree.Table],
        details: Sequence[tree.Details],
        lists: Sequence[tree.ListFile],
        runs: Sequence[tree.RunsTable],
        deliveries: Sequence[tree.DeliveriesTable],
        plays: Sequence[str],
        rules: Mapping[str, tree.Segment | tree.Segmentation],
        problems: Problems,
    ) -> None:
        self.entities = {e.name.text: e for e in entities}
        self.tables, self.details, self.lists, self.runs, self.rules = tables, details, lists, runs, rules
        self.deliveries, self.plays = deliveries, plays
        self.problems = problems
        self.relations: dict[str, Relation] = {}
        self.to_one: dict[str, dict[str, ToOne]] = {}
        self.to_many: dict[str, dict[str, ToMany]] = {}

    def build(self) -> Schema:
        for entity in self.entities.values():
            self._entity(entity)
        for table in self.tables:
            self._table(table)
        for details in self.details:
            self._details(details)
        for listed in self.lists:
            self._list(listed)
        for runs in self.runs:
            self._runs(runs)
        for delivered in self.deliveries:
            self._deliveries(delivered)
        for entity in self.entities.values():
            self._links(entity)
        for table in self.tables:
            if table.name.text in self.relations:
                self._belongs(table.name, table.belongs)
                self._outward(table.name, table.fields)
        recorded: list[tree.RunsTable | tree.DeliveriesTable] = [*self.runs, *self.deliveries]
        for rows in recorded:
            if (relation := self.relations.get(rows.name.text)) is not None:
                by = tree.Name(rows.entity.span, relation.by or "")
                self._belongs(rows.name, tree.Belongs(rows.entity.span, rows.entity, by, None))
        return Schema(self.relations, self.to_one, self.to_many)

    # -- relations -------------------------------------------------------------

    def _entity(self, e: tree.Entity) -> None:
        fields = self._fields(e.fields)
        keys = [f.name for f in fields.values() if f.key]
        if len(keys) != 1:
            what = "has no key" if not keys else f"has {len(keys)} keys"
            self.problems.add(
                "SEG0213",
                f"entity `{e.name.text}` {what}",
                e.name,
                label="an entity needs exactly one key",
                help="mark one field, as in `account_id: text key`",
            )
        for life in (e.lives_from, e.lives_to):
            if life is not None:
                self._time_field(life, fields, e.name.text)
        for bound in e.history or ():
            fields.setdefault(bound.text, Field(bound.text, ty.TIMESTAMP, bound.span, fixed=True))
            self._time_field(bound, fields, e.name.text)
        if e.belongs is not None and e.belongs.by.text not in fields:
            fields[e.belongs.by.text] = Field(e.belongs.by.text, ty.Link(e.belongs.entity.text), e.belongs.by.span)
        valid_from, valid_to = e.history or (None, None)
        self.relations[e.name.text] = Relation(
            e.name.text,
            "entity",
            e.name.span,
            fields,
            _text(e.title),
            key=keys[0] if keys else None,
            of=e.belongs.entity.text if e.belongs else None,
            by=e.belongs.by.text if e.belongs else None,
            lives_from=_name_text(e.lives_from),
            lives_to=_name_text(e.lives_to),
            valid_from=_name_text(valid_from),
            valid_to=_name_text(valid_to),
        )

    def _table(self, d: tree.Table) -> None:
        declared = self._fields(d.fields)
        fields = {d.belongs.by.text: Field(d.belongs.by.text, ty.Link(d.belongs.entity.text), d.belongs.by.span)}
        if d.at is not None:
            fields[d.at.text] = Field(d.at.text, ty.DATE if d.by_date else ty.TIMESTAMP, d.at.span)
        if d.known_at is not None:
            fields.setdefault(d.known_at.text, Field(d.known_at.text, ty.TIMESTAMP, d.known_at.span))
        fields |= {name: f for name, f in declared.items() if name not in fields}
        if self._known_entity(d.belongs.entity):
            self.relations[d.name.text] = Relation(
                d.name.text,
                "table",
                d.name.span,
                fields,
                _text(d.title),
                of=d.belongs.entity.text,
                by=d.belongs.by.text,
                at=_name_text(d.at),
                by_date=d.by_date,
                known_at=_name_text(d.known_at),
                complete_from=self._complete(d),
                fresh=self._fresh(d),
            )

    def _runs(self, d: tree.RunsTable) -> None:
        """Adds the table of the runs of a rule: whose row it is, as of when, and where the rule placed the customer."""
        rule = self.rules.get(d.rule.text)
        if not self._known_entity(d.entity):
            return
        if rule is None:
            self.problems.unknown("SEG0202", "segmentation or segment", d.rule, self.rules)
            return
        entity = rule.entity.text if rule.entity is not None else next(iter(self.entities), "")
        if entity != d.entity.text and (rule.entity is not None or len(self.entities) == 1):
            starting = d.starting.span.text
            self.problems.add(
                "SEG0324",
                f"`{d.rule.text}` places each `{entity}`, so its runs are rows of `{entity}`",
                d.entity,
                help=f"write `table {d.name.text} of {entity} from runs of {d.rule.text} starting {starting}`",
            )
            return
        earlier = next((r for r in self.relations.values() if r.runs_of == d.rule.text), None)
        if self._is_second(d.name, earlier, f"the runs of `{d.rule.text}`"):
            return
        fields = self._with_owner(d.entity, d.name, _columns_of_runs(rule), "the runs of a rule")
        self.relations[d.name.text] = Relation(
            d.name.text,
            "table",
            d.name.span,
            fields,
            _text(d.title),
            of=d.entity.text,
            by=next(iter(fields)),
            at=AS_OF_RUN,
            complete_from=d.starting.value,
            runs_of=d.rule.text,
        )

    def _deliveries(self, d: tree.DeliveriesTable) -> None:
        """Adds the table of what was delivered: to whom, on which day, by which play, and what became of it."""
        if not self._known_entity(d.entity):
            return
        earlier = next((r for r in self.relations.values() if r.deliveries and r.of == d.entity.text), None)
        if self._is_second(d.name, earlier, f"the deliveries to each `{d.entity.text}`"):
            return
        fields = self._with_owner(d.entity, d.name, columns_of_deliveries(self.plays), "deliveries")
        self.relations[d.name.text] = Relation(
            d.name.text,
            "table",
            d.name.span,
            fields,
            _text(d.title),
            of=d.entity.text,
            by=next(iter(fields)),
            at=DAY_OF_DELIVERY,
            by_date=True,
            complete_from=d.starting.value if d.starting is not None else None,
            deliveries=True,
        )

    def _is_second(self, name: tree.Name, earlier: Relation | None, what: str) -> bool:
        """Reports a second table of what the tool itself remembers; `earlier` is the first, if there is one."""
        if earlier is None:
            return False
        self.problems.add(
            "SEG0203",
            f"{what} are `{earlier.name}` already",
            name,
            help="keep one of the two tables",
            related=((earlier.span, "the first is declared here"),),
        )
        return True

    def _with_owner(
        self, entity: tree.Name, table: tree.Name, columns: Sequence[tuple[str, ty.Type]], of: str
    ) -> dict[str, Field]:
        """Returns the fields of a table that the tool itself remembers: the link to its entity, then its columns."""
        owner = self.relations[entity.text]
        key = owner.key or "key"
        fields = {key: Field(key, ty.Link(owner.name), entity.span)}
        fields |= {column: Field(column, typed, table.span) for column, typed in columns}
        if len(fields) == len(columns):
            help = f"give the key of `{owner.name}` another name"
            self.problems.add("SEG0203", f"`{key}` is a column of {of} already", entity, help=help)
        return fields

    def _complete(self, d: tree.Table) -> dt.date | None:
        if d.complete_from is not None and d.at is None:
            self.problems.add(
                "SEG0401",
                f"`{d.name.text}` has no time, so `complete from` has no meaning",
                d.complete_from,
                help="say which field is the time, as in `at occurred_at`",
            )
        return d.complete_from.value if d.complete_from is not None else None

    def _fresh(self, d: tree.Table) -> tuple[int, str] | None:
        if d.fresh is None:
            return None
        if d.at is None:
            self.problems.add(
                "SEG0401",
                f"`{d.name.text}` has no time, so it is never fresh",
                d.fresh,
                help="say which field is the time, as in `at occurred_at`",
            )
        elif d.by_date and d.fresh.unit in EXACT:
            self.problems.add(
                "SEG0403",
                f"`{d.name.text}` has dates, so its age can't be counted in {d.fresh.unit}s",
                d.fresh,
                help="count in days",
            )
        return d.fresh.count, d.fresh.unit

    def _details(self, d: tree.Details) -> None:
        by = d.belongs.by
        fields = {by.text: Field(by.text, ty.Link(d.belongs.entity.text), by.span, key=True)}
        fields |= {name: f for name, f in self._fields(d.fields).items() if name not in fields}
        if self._known_entity(d.belongs.entity):
            owner = self.relations[d.belongs.entity.text]
            self.relations[d.name.text] = Relation(
                d.name.text, "details", d.name.span, fields, _text(d.title), key=by.text, of=owner.name, by=by.text
            )
            self._add_to_one(d.name, ToOne(d.name.text, owner.name, owner.key or "", d.name.text))
            self._add_to_one(None, ToOne(owner.name, d.name.text, by.text, owner.name))

    def _list(self, d: tree.ListFile) -> None:
        """Adds a list. The rows of a list `of` an entity are details of that entity."""
        declared = self._fields(d.fields)
        fields: dict[str, Field] = {}
        owner = None
        if d.entity is not None:
            if not self._known_entity(d.entity):
                return
            owner = self.relations[d.entity.text]
            key = owner.fields[owner.key or ""] if owner.key else None
            name = key.name if key is not None else "key"
            fields[name] = Field(name, ty.Link(owner.name), d.entity.span, key=True)
        fields |= {name: f for name, f in declared.items() if name not in fields}
        if owner is None and not [n for n in fields if n not in LIST_COLUMNS]:
            fields = {"value": Field("value", ty.TEXT, d.name.span), **fields}
        if owner is None:
            fields = dict(sorted(fields.items(), key=lambda f: f[0] in LIST_COLUMNS))
        for name, typed in LIST_COLUMNS.items():
            fields.setdefault(name, Field(name, typed, d.name.span))
            if fields[name].type != typed:
                self.problems.add(
                    "SEG0209",
                    f"the column `{name}` of a list must be {typed}",
                    fields[name].span,
                    help="leave the column out: every list has it",
                )
        by = next(iter(fields)) if owner is not None else None
        self.relations[d.name.text] = Relation(
            d.name.text,
            "list",
            d.name.span,
            fields,
            _text(d.title),
            key=by,
            of=owner.name if owner else None,
            by=by,
            lives_from="from",
            lives_to="expires",
        )
        if owner is not None:
            self._add_to_one(d.name, ToOne(d.name.text, owner.name, owner.key or "", d.name.text))
            self._add_to_one(None, ToOne(owner.name, d.name.text, by or "", owner.name))

    def _time_field(self, name: tree.Name, fields: dict[str, Field], entity: str) -> None:
        field = fields.get(name.text)
        if field is None:
            self.problems.unknown("SEG0201", "field", name, fields, f" of `{entity}`")
        elif not isinstance(field.type, ty.Date | ty.Timestamp):
            self.problems.add(
                "SEG0310",
                f"`{name.text}` is {field.type}, not a time",
                name,
                help="the life of an entity begins and ends at a date or timestamp",
            )

    # -- fields ----------------------------------------------------------------

    def _fields(self, declared: Iterable[tree.Field]) -> dict[str, Field]:
        fields: dict[str, Field] = {}
        for f in declared:
            if f.name.text in fields:
                self.problems.add(
                    "SEG0203",
                    f"`{f.name.text}` is declared twice",
                    f.name,
                    label="declared again here",
                    help="rename one of them",
                    related=((fields[f.name.text].span, f"`{f.name.text}` is first declared here"),),
                )
            elif (typed := self._type(f.type)) is not None:
                fields[f.name.text] = self._field(f, typed)
        self._known_at(declared, fields)
        return fields

    def _known_at(self, declared: Iterable[tree.Field], fields: dict[str, Field]) -> None:
        """Reports each `known at` that doesn't name a date or timestamp of the same row."""
        for flag in (flag for f in declared for flag in f.flags if flag.kind == "known at" and flag.name is not None):
            assert flag.name is not None
            field = fields.get(flag.name.text)
            if field is None:
                self.problems.unknown("SEG0201", "field", flag.name, fields)
            elif not isinstance(field.type, ty.Date | ty.Timestamp):
                self.problems.add(
                    "SEG0310",
                    f"`{flag.name.text}` is {field.type}, not a time",
                    flag.name,
                    help="name a field that says when the value was known",
                )

    def _field(self, f: tree.Field, typed: ty.Type) -> Field:
        words = {flag.kind for flag in f.flags}
        low = high = None
        basis, known_at = "", None
        for flag in f.flags:
            if flag.kind == "range":
                low, high = self._bound(flag.low, typed), self._bound(flag.high, typed)
            elif flag.kind == "basis" and flag.name is not None:
                basis = basis_name(flag.name, self.problems)
            elif flag.kind == "known at" and flag.name is not None:
                known_at = flag.name.text
        return Field(
            name=f.name.text,
            type=typed,
            span=f.name.span,
            doc=_text(f.doc),
            key="key" in words,
            required="required" in words or "key" in words,
            personal="personal" in words,
            fixed="fixed" in words,
            basis=basis,
            low=low,
            high=high,
            known_at=known_at,
        )

    def _bound(self, node: tree.Expr | None, typed: ty.Type) -> Fraction | None:
        negative = isinstance(node, tree.Negate)
        literal = node.item if isinstance(node, tree.Negate) else node
        if isinstance(literal, tree.Number) and ty.is_measure(typed):
            return -literal.value if negative else literal.value
        if node is not None:
            self.problems.add(
                "SEG0305",
                "a field of this type has no range",
                node,
                label=f"the field is {typed}",
                help="only numbers and money have ranges",
            )
        return None

    def _type(self, t: tree.TypeExpr) -> ty.Type | None:
        match t:
            case tree.ScalarType(_, name, None) if name.text in _SCALARS:
                return _SCALARS[name.text]
            case tree.ScalarType(_, name, currency) if name.text == "money" and currency is not None:
                return ty.Money(currency.text)
            case tree.ScalarType(_, name, _):
                link = f"link to {name.text}" if name.text in self.entities else ""
                instead = link or _TYPE_MEANT.get(name.text) or nearest(name.text, [*_SCALARS, "money"])
                types = f"types are {', '.join(_SCALARS)}, money(USD), one of, set of text, link to"
                help = f"write `{instead}`" if instead else types
                is_whole = instead in _SCALARS or instead == link
                fix = Fix(name.span, instead, sure=name.text in _TYPE_MEANT) if instead and is_whole else None
                self.problems.add("SEG0209", f"unknown type `{name.text}`", t, help=help, fix=fix)
                return _SCALARS.get(instead or "")  # so that the field is there for whatever follows
            case tree.EnumType(_, values, ordered):
                texts = tuple(v.value for v in values.items if isinstance(v, tree.Text))
                if (
                    len(texts) == len(values.items)
                    and len(set(texts)) == len(texts)
                    and not any(map(ty.is_blank, texts))
                ):
                    return ty.Enum(texts, ordered)
                if any(map(ty.is_blank, texts)):
                    message = "an empty cell is missing, so no value of `one of` is empty"
                    self.problems.add("SEG0209", message, values, help="leave it out; test for it with `is missing`")
                    return None
                self.problems.add(
                    "SEG0209", "`one of` needs texts, each once", values, help='as in one of ("free", "team")'
                )
            case tree.SetType(_, element):
                if element.text == "text":
                    return ty.SetOfText()
                self.problems.add("SEG0209", f"unknown type `set of {element.text}`", t, help="write `set of text`")
            case tree.LinkType(_, entity, _):
                if self._known_entity(entity):
                    return ty.Link(entity.text)
        return None

    # -- links -----------------------------------------------------------------

    def _known_entity(self, name: tree.Name) -> bool:
        if name.text not in self.entities:
            self.problems.unknown("SEG0202", "entity", name, self.entities)
        return name.text in self.entities

    def _links(self, e: tree.Entity) -> None:
        if e.belongs is not None and self._known_entity(e.belongs.entity):
            self._belongs(e.name, e.belongs)
        for f in e.fields:
            if isinstance(f.type, tree.LinkType) and f.type.entity.text in self.relations:
                link = ToOne(f.name.text, e.name.text, f.name.text, f.type.entity.text)
                self.to_one.setdefault(link.source, {})[link.name] = link
                if f.type.reverse is not None:
                    many = ToMany(f.type.reverse.text, link.target, link.source, link.column)
                    self._add_to_many(f.type.reverse, many)

    def _outward(self, name: tree.Name, fields: Sequence[tree.Field]) -> None:
        """Links of a table's rows to one row each, such as a ticket's product; `reverse` names the way back to the rows."""
        for f in fields:
            if isinstance(f.type, tree.LinkType) and f.type.entity.text in self.entities:
                link = ToOne(f.name.text, name.text, f.name.text, f.type.entity.text)
                self._add_to_one(None, link)
                if f.type.reverse is not None:
                    many = ToMany(f.type.reverse.text, link.target, link.source, link.column)
                    self._add_to_many(f.type.reverse, many)

    def _belongs(self, name: tree.Name, belongs: tree.Belongs) -> None:
        one = ToOne(belongs.entity.text, name.text, belongs.by.text, belongs.entity.text)
        self._add_to_one(None, one)
        many_name = belongs.reverse or name
        self._add_to_many(many_name, ToMany(many_name.text, belongs.entity.text, name.text, belongs.by.text))

    def _add_to_one(self, name: tree.Name | None, link: ToOne) -> None:
        if name is not None:
            self._check_free(name, link.source)
        self.to_one.setdefault(link.source, {}).setdefault(link.name, link)

    def _add_to_many(self, name: tree.Name, link: ToMany) -> None:
        self._check_free(name, link.source)
        self.to_many.setdefault(link.source, {}).setdefault(link.name, link)

    def _check_free(self, name: tree.Name, relation: str) -> None:
        field = self.relations[relation].fields.get(name.text)
        link = self.to_many.get(relation, {}).get(name.text)
        if field is not None or link is not None:
            first = field.span if field else self.relations[link.target].span if link else name.span
            self.problems.add(
                "SEG0203",
                f"`{relation}` already has a `{name.text}`",
                name,
                help="give the link another name, as in `reverse team`",
                related=((first, "the first is declared here"),),
            )


def basis_of(text: str) -> str:
    """Returns a basis in British spelling."""
    return {"behavioral": "behavioural"}.get(text, text)


def basis_name(name: tree.Name, problems: Problems) -> str:
    """Returns a basis in British spelling; an unknown basis is reported."""
    text = basis_of(name.text)
    if text not in BASES:
        problems.unknown("SEG0214", "basis", name, BASES)
    return text


def _name_text(name: tree.Name | None) -> str | None:
    return name.text if name else None


def _text(title: tree.Title | None) -> str:
    return title.text if title else ""
