"""Resolves plays and channels: who gets a play, how, how often, and what is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Literal, TypeVar, cast

from segdsl.bounds import A_ROW, TooMuchWork
from segdsl.diagnostics import Diagnostic, Fix, Source, Span, series
from segdsl.lang import tree
from segdsl.lang.letters import folded
from segdsl.model import expr as k
from segdsl.model import play as p
from segdsl.model import types as ty
from segdsl.model.schema import Relation
from segdsl.resolve.expressions import Typer
from segdsl.resolve.figures import figure
from segdsl.resolve.problems import repeats
from segdsl.resolve.rules import Rules
from segdsl.resolve.scope import Scope

C = TypeVar("C", bound=tree.PlayClause | tree.ChannelClause)
_CLAUSES = {
    tree.OnlyWhen: "only when",
    tree.To: "to",
    tree.OncePerStay: "once per stay",
    tree.Repeat: "every",
    tree.Priority: "priority",
    tree.Cooldown: "cooldown",
    tree.Capacity: "capacity",
    tree.Merge: "merge",
    tree.Subject: "subject",
    tree.Message: "message",
    tree.Suppress: "suppress",
    tree.Address: "address",
    tree.Consent: "consent",
    tree.MostPlays: "at most",
}


_WITHOUT_COLON = {
    "to": "to users",
    "every": "every 90 days",
    "priority": "priority 10",
    "cooldown": "cooldown 30 days",
    "merge": "merge name, email",
    "subject": 'subject "Your renewal"',
    "message": 'message "Dear {{ name }}"',
    "suppress": "suppress do_not_contact",
}
"""Clauses of a play that a setting of that name could be taken for."""


class Plays:
    """Resolves the plays, channels, suppressions and holdouts of a workspace."""

    def __init__(self, rules: Rules) -> None:
        self.rules, self.declared = rules, rules.declared
        self.schema, self.problems = rules.schema, rules.problems
        self._users = rules.users_of_plays()
        self._spent = False
        self._lacking: set[tuple[str, str, str]] = set()
        self._drawn: set[str] = set()
        self.holdouts = self._holdouts()
        self.channels = {name: self._channel(d) for name, d in self.declared.channels.items()}

    # -- the workspace ---------------------------------------------------------------

    def _holdouts(self) -> dict[str, p.Holdout]:
        """Returns the holdout of each entity that has one."""
        holdouts: dict[str, p.Holdout] = {}
        for d in self.declared.holdouts:
            owner = self.rules.entity(d.entity, tree.Name(d.span, "holdout"))
            if owner is None:
                continue
            if owner.name in holdouts:
                first = holdouts[owner.name].span
                related = ((first, "the first is here"),) if first is not None else ()
                message = f"`{owner.name}` has two holdouts, and whoever is in one of them gets nothing"
                self.problems.add("SEG1010", message, d, help="keep one, with its seed", related=related)
            elif not 0 < d.share.value < 1:
                self.problems.add("SEG1010", "a holdout is a share above 0% and below 100%", d.share)
            else:
                holdouts[owner.name] = p.Holdout(owner.name, figure(d.share), d.seed.value, d.span)
        return holdouts

    def idle_holdouts(self) -> None:
        """Reports holdouts that hold nobody out, once all plays are resolved; without any play there is nothing to hold back."""
        for holdout in self.holdouts.values() if self.declared.plays else ():
            if holdout.entity not in self._drawn and holdout.span is not None:
                message = f"no play goes to `{holdout.entity}`, so this holds nobody out"
                help = "hold out those to whom the plays go, or to whom they belong"
                self.problems.diagnostics.append(Diagnostic("SEG1010", message, holdout.span, help=help))

    # -- channels --------------------------------------------------------------------

    def _channel(self, d: tree.Channel) -> p.Channel:
        self._once_each(d.clauses)
        address, consent = _clause(d.clauses, tree.Address), _clause(d.clauses, tree.Consent)
        most = _clause(d.clauses, tree.MostPlays)
        if address is not None and consent is None:
            help = "write `consent: opt in by FIELD`, `consent: opt out by FIELD` or `consent: none needed`"
            message = f"`{d.name.text}` has addresses, and doesn't say whose consent it needs"
            self.problems.add("SEG1004", message, d.name, help=help)
        return p.Channel(
            name=d.name.text,
            title=d.title.text if d.title else "",
            address=address.path.text if address is not None else None,
            consent=cast('Literal["opt in", "opt out", "none"]', consent.kind if consent is not None else "none"),
            consent_by=_text(consent.condition) if consent is not None else "",
            suppressed=tuple(n.text for c in d.clauses if isinstance(c, tree.Suppress) for n in c.names),
            blank=consent.blank if consent is not None else None,
            cooldown=self._days(_clause(d.clauses, tree.Cooldown)),
            capacity=self._capacity(_clause(d.clauses, tree.Capacity)),
            most_plays=self._whole(most.count, "at most", 1) if most is not None else 1,
            most_plays_per=cast(k.Period, most.period) if most is not None else "day",
            span=d.name.span,
        )

    # -- plays -----------------------------------------------------------------------

    def play(self, d: tree.Play) -> p.Play:
        """Resolves a play, for each entity whose rules name it."""
        self._once_each(d.clauses)
        settings = self._settings(d)
        channel = self._channel_named(d)
        every, cooldown = _clause(d.clauses, tree.Repeat), _clause(d.clauses, tree.Cooldown)
        self._how_often(d, every, cooldown)
        priority = _clause(d.clauses, tree.Priority)
        owners = self._users.get(d.name.text) or self.schema.entities[:1]
        uses = {owner.name: self._for(d, owner, channel) for owner in owners}
        return p.Play(
            name=d.name.text,
            title=d.title.text if d.title else "",
            settings=settings,
            span=d.name.span,
            channel=channel,
            every=self._days(every),
            priority=self._whole(priority.number, "priority", 0) if priority is not None else 0,
            cooldown=self._days(cooldown),
            capacity=self._capacity(_clause(d.clauses, tree.Capacity)),
            subject=self._said(d, _clause(d.clauses, tree.Subject), uses),
            message=self._said(d, _clause(d.clauses, tree.Message), uses),
            used_for=uses,
        )

    def _settings(self, d: tree.Play) -> dict[str, object]:
        settings: dict[str, object] = {}
        for s in d.settings:
            if s.name.text in settings:
                self.problems.add("SEG0203", f"`{s.name.text}` is given twice", s.name, help="keep one")
            elif s.name.text in _WITHOUT_COLON:
                message = f"`{s.name.text}` stands without a colon"
                self.problems.add("SEG1006", message, s, help=f"as in `{_WITHOUT_COLON[s.name.text]}`")
            elif isinstance(s.value, tree.Name) and s.name.text != "channel":
                help = f'write `{s.name.text}: "{s.value.text}"`'
                fix = Fix(s.value.span, f'"{s.value.text}"', sure=True)
                self.problems.add("SEG0302", f"`{s.name.text}` takes a number, a date or a text", s, help=help, fix=fix)
            elif (
                isinstance(s.value, tree.Number | tree.Date | tree.Timestamp | tree.Truth) and s.name.text == "channel"
            ):
                self.problems.add("SEG1001", "a channel is a name or a text", s, help='as in `channel: "csm"`')
            settings[s.name.text] = _plain(s.value)
        return settings

    def _channel_named(self, d: tree.Play) -> str | None:
        """Returns the channel of a play: a declared one by its name, or any other by a text."""
        setting = next((s for s in d.settings if s.name.text == "channel"), None)
        match setting.value if setting is not None else None:
            case tree.Name() as name:
                if name.text not in self.declared.channels:
                    help = f'declare it, or write `channel: "{name.text}"` if it needs no address and no consent'
                    near = self.problems.guesses.nearest(name.text, self.declared.channels)
                    fix = Fix(name.span, near) if near else None
                    help = f"did you mean `{near}`?" if near else help
                    self.problems.add(
                        "SEG1001", f"unknown channel `{name.text}`", name, help=help, fix=fix, undeclared=name.text
                    )
                return name.text
            case tree.Text() as text:
                return None if self._is_declared(text) else text.value
            case _:
                return None

    def _is_declared(self, text: tree.Text) -> bool:
        """Tells whether a text is a declared channel, whose consent nobody would ask for; reports that."""
        said = folded(text.value)
        for name, channel in self.declared.channels.items():
            if said in (folded(name), folded(channel.title.text if channel.title else name)):
                fix = Fix(text.span, name, sure=True)
                message = f"`{name}` is a channel, and in quotes its consent, cooldown and capacity don't count"
                self.problems.add("SEG1001", message, text, help=f"write `channel: {name}`", fix=fix)
                return True
        return False

    def _for(self, d: tree.Play, owner: Relation, channel: str | None) -> p.PlayFor:
        """Resolves what a play means for the customers of one entity."""
        typer = self.rules.typer(Scope.of(self.schema, owner))
        guard = _clause(d.clauses, tree.OnlyWhen)
        only_when = typer.condition(guard.condition, "what follows `only when`") if guard is not None else None
        to = _clause(d.clauses, tree.To)
        recipients, inside = self._recipients(typer, owner, to) if to is not None else (None, typer)
        use = p.PlayFor(owner.name, only_when, self._held_out(typer, self._belongs(owner)), recipients)
        if inside is None:
            return use
        if recipients is not None:
            asked = {way[-1] for way in self._belongs(owner)}
            ways = [way for way in self._belongs(self.schema.relations[recipients.entity]) if way[-1] not in asked]
            use = replace(use, recipient_held_out=self._held_out(inside, ways))
        declared = self.declared.channels.get(channel) if channel is not None else None
        capacity = _clause(d.clauses, tree.Capacity)
        if declared is not None:
            use = replace(
                use,
                address=self._address(inside, declared),
                consent=self._consent(inside, declared),
                channel_per=self._group(typer, _clause(declared.clauses, tree.Capacity)),
            )
        own, theirs = self._suppressions(typer, inside, owner, d, declared)
        return replace(
            use,
            suppressions=own,
            recipient_suppressions=theirs,
            by=self._by(typer, owner, capacity),
            per=self._group(typer, capacity),
            merge=self._merge(inside, _clause(d.clauses, tree.Merge)),
        )

    def _recipients(self, typer: Typer, owner: Relation, to: tree.To) -> tuple[p.Recipients | None, Typer | None]:
        """Resolves `to users where …`, with the typer of their rows; (None, None) where it names nobody."""
        hop = self.schema.to_many.get(owner.name, {}).get(to.path.parts[0].text)
        people = self.schema.relations[hop.target] if hop is not None else None
        if hop is None or people is None or people.kind != "entity" or len(to.path.parts) > 1:
            self._goes_nowhere(to, owner, people)
            return None, None
        inside = typer.within(typer.scope.inside(k.This(), (hop,)))
        where = inside.condition(to.where, "what follows `where`") if to.where is not None else None
        by = inside.ties(to.by) or ()
        return p.Recipients(hop, where, by), inside

    def _goes_nowhere(self, to: tree.To, owner: Relation, people: Relation | None) -> None:
        """Reports rows that no play can go to."""
        hops = self.schema.to_many.get(owner.name, {})
        groups = [n for n, h in hops.items() if self.schema.relations[h.target].kind == "entity"]
        first = to.path.parts[0]
        if people is None:
            near = self.problems.guesses.nearest(first.text, groups)
            message = f"`{first.text}` leads to nobody: `{owner.name}` has no such link"
            fix = Fix(first.span, near) if near else None
        elif people.kind != "entity":
            near, fix, message = (
                None,
                None,
                f"`{first.text}` are rows of a {people.kind}, and a play goes to rows of an entity",
            )
        else:
            near, fix = first.text if first.text in groups else None, None
            message = f"`{to.path.text}` goes over {len(to.path.parts)} links, and a play over one"
        help = f"it can go to {series([f'`{n}`' for n in groups], 'or')}"
        if not groups:
            help = f"declare who belongs to {owner.name}, as in `entity user of {owner.name} by {owner.key or 'id'} reverse users {{ … }}`"
        self.problems.add("SEG1002", message, to.path, help=f"did you mean `{near}`?" if near else help, fix=fix)

    def _address(self, inside: Typer, channel: tree.Channel) -> k.Expr | None:
        declared = _clause(channel.clauses, tree.Address)
        if declared is None:
            return None
        if not self._has(inside, declared.path, channel, "SEG1003"):
            return None
        address = inside.value(declared.path)
        if address is not None and not ty.is_textual(address.type):
            message = f"an address is a text, and `{declared.path.text}` is {address.type}"
            self.problems.add("SEG1003", message, declared.path)
            return None
        return address

    def _consent(self, inside: Typer, channel: tree.Channel) -> k.Expr | None:
        """Resolves who may be contacted: a condition that is unknown where nobody knows, and says what a blank means."""
        declared = _clause(channel.clauses, tree.Consent)
        if declared is None or declared.condition is None:
            return None
        if isinstance(declared.condition, tree.Path):
            if not self._has(inside, declared.condition, channel, "SEG1004"):
                return None
            field = inside.value(declared.condition)
            if field is None or not self._is_yes_or_no(field, declared):
                return None
        asked = inside.condition(declared.condition, f"what follows `{declared.kind} by`")
        if asked is None:
            return None
        consents = asked if declared.kind == "opt in" else k.Not(asked, span=declared.span)
        if declared.blank is None:
            return consents
        blank = k.Literal_(declared.blank == (declared.kind == "opt in"), ty.BOOLEAN)
        return k.If(k.IsMissing(asked), blank, consents, ty.BOOLEAN, span=declared.span)

    def _has(self, inside: Typer, path: tree.Path, channel: tree.Channel, code: str) -> bool:
        """Tells whether recipients have what a channel reads of them; reports that they don't, once for each entity."""
        relation, first = inside.scope.inner, path.parts[0].text
        assert relation is not None, "a recipient is a row"
        known = {*relation.fields, *self.schema.to_one.get(relation.name, {}), *self.rules.metrics_of(relation.name)}
        if first in known or first in (f.relation.name for f in inside.scope.frames):
            return True
        if self.problems.guesses.nearest(first, known) is not None:
            return True  # it is misspelled, which is said where it is read
        if (code, relation.name, path.text) not in self._lacking:
            self._lacking.add((code, relation.name, path.text))
            groups = [
                n
                for n, h in self.schema.to_many.get(relation.name, {}).items()
                if first in self.schema.relations[h.target].fields
            ]
            help = f"say in the play to whom it goes, as in `to {groups[0]}`" if groups else ""
            message = f"a play on `{channel.name.text}` goes to `{relation.name}`, which has no `{first}`"
            self.problems.add(code, message, path, help=help)
        return False

    def _is_yes_or_no(self, field: k.Expr, consent: tree.Consent) -> bool:
        if field.type == ty.BOOLEAN:
            return True
        assert isinstance(consent.condition, tree.Path)
        name, kind = consent.condition.text, consent.kind
        values = field.type.values if isinstance(field.type, ty.Enum) else ("yes",)
        help = f'say which value means it, as in `{kind} by {name} = "{values[0]}"`'
        help = help if ty.is_textual(field.type) else f"compare it, as in `{kind} by {name} > 0`"
        message = f"consent is a yes or no, and `{name}` is {field.type}"
        self.problems.add("SEG1004", message, consent.condition, help=help)
        return False

    def _held_out(self, typer: Typer, ways: Sequence[tuple[str, ...]]) -> k.Expr | None:
        """Returns whether the workspace holds a row out, or what it belongs to, by the ways that lead to these from it."""
        drawn: list[k.Expr] = []
        for path in ways:
            holdout = self.holdouts.get(path[-1])
            if holdout is None or holdout.span is None:
                continue
            span, entity = holdout.span, self.schema.relations[path[-1]]
            self._drawn.add(entity.name)
            names = (*path[1:], entity.key or "")
            by = tree.Argument(span, tree.Name(span, "by"), tree.Path(span, tuple(tree.Name(span, n) for n in names)))
            seed = tree.Argument(span, None, tree.Text(span, holdout.seed))
            call = tree.Call(span, tree.Name(span, "split"), (seed, by))
            share = tree.Number(span, holdout.share.numerator, holdout.share.denominator, True)
            condition = typer.condition(tree.Compare(span, "<", call, share, None))
            drawn += [condition] if condition is not None else []
        return None if not drawn else drawn[0] if len(drawn) == 1 else k.Or(tuple(drawn))

    def _belongs(self, owner: Relation) -> list[tuple[str, ...]]:
        """Returns the way from an entity to itself and to each entity that it belongs to, by their names."""
        way = [owner.name]
        ways: list[tuple[str, ...]] = [(owner.name,)]
        while (of := self.schema.relations[way[-1]].of) is not None and of in self.schema.relations and of not in way:
            way.append(of)
            ways.append(tuple(way))
        return ways

    def _suppressions(
        self, typer: Typer, inside: Typer, owner: Relation, d: tree.Play, channel: tree.Channel | None
    ) -> tuple[tuple[p.Suppression, ...], tuple[p.Suppression, ...]]:
        """Returns the suppressions of customers, and of recipients."""
        own: list[p.Suppression] = []
        theirs: list[p.Suppression] = []
        clauses = channel.clauses if channel is not None else ()
        every = [n for s in self.declared.suppressions for n in s.names]
        if not self._affords(
            A_ROW * len(every), f"what is suppressed, together with the plays before `{d.name.text}`,", d
        ):
            return (), ()
        general = [(n, True, None) for n in every]
        of_channel = [(n, False, None) for c in clauses if isinstance(c, tree.Suppress) for n in c.names]
        of_play = [(n, False, d.name.text) for c in d.clauses if isinstance(c, tree.Suppress) for n in c.names]
        for name, is_general, by_play in [*general, *of_channel, *of_play]:
            of = self._entity_of(name)
            if of is None:
                continue
            way = next((w for w in self._belongs(owner) if w[-1] == of), None)
            person = inside.scope.inner if inside is not typer else None
            if of == "" and channel is not None and (address := _clause(channel.clauses, tree.Address)) is not None:
                subject, asked, into = address.path, inside, theirs
            elif person is not None and of == person.name:
                subject, asked, into = _path(name, (of,)), inside, theirs
            elif way is not None:
                subject, asked, into = _path(name, way[1:] or way), typer, own
            else:
                if not is_general:
                    self._suppresses_nobody(name, of, owner, person)
                continue
            ignoring = p.ADDRESSES_IGNORE if of == "" else None
            condition = asked.condition(tree.InName(name.span, subject, tree.Path(name.span, (name,)), False, ignoring))
            if condition is not None and of == "" and (value := inside.value(subject)) is not None:
                condition = k.And((k.Not(k.IsMissing(value)), condition), span=name.span)
            if condition is not None:
                into.append(p.Suppression(name.text, condition, by_play))
        return tuple(own), tuple(theirs)

    def _entity_of(self, name: tree.Name) -> str | None:
        """Returns the entity that a list or segment is of, "" for a list of values; None, which is reported, for anything else."""
        if name.text in self.declared.lists:
            return ""
        if name.text in self.declared.files:
            relation = self.schema.relations.get(name.text)
            return None if relation is None else relation.of or ""
        if name.text in self.declared.segments:
            owner = self.rules.entity(self.declared.segments[name.text].entity, None)
            return None if owner is None else owner.name
        choices = [*self.declared.lists, *self.declared.files, *self.declared.segments]
        self.problems.unknown("SEG0202", "list or segment", name, choices)
        return None

    def _suppresses_nobody(self, name: tree.Name, of: str, owner: Relation, person: Relation | None) -> None:
        if of == "":
            message = f"`{name.text}` lists values, which are compared with addresses, and this channel has none"
            self.problems.add("SEG1009", message, name, help=f"make it a list of {owner.name}")
            return
        who = f"`{owner.name}`" if person is None else f"`{owner.name}` or `{person.name}`"
        self.problems.add("SEG1009", f"`{name.text}` is of `{of}`, and the play is for {who}", name)

    # -- times and numbers -----------------------------------------------------------

    def _by(self, typer: Typer, owner: Relation, capacity: tree.Capacity | None) -> tuple[k.Expr, ...]:
        """Returns by what customers come first: as said, else by the first amount that is required."""
        if capacity is not None and capacity.by:
            return typer.ties(capacity.by) or ()
        worth = next((n for n, f in owner.fields.items() if isinstance(f.type, ty.Money) and f.required), None)
        return () if worth is None else (k.Column(k.This(), owner.name, worth, owner.fields[worth].type),)

    def _group(self, typer: Typer, capacity: tree.Capacity | None) -> k.Expr | None:
        return typer.group(capacity.per) if capacity is not None and capacity.per is not None else None

    def _capacity(self, d: tree.Capacity | None) -> p.Capacity | None:
        if d is None:
            return None
        return p.Capacity(
            self._whole(d.count, "capacity", 1), cast(k.Period, d.period), d.per.text if d.per is not None else ""
        )

    def _whole(self, number: tree.Number, what: str, least: int) -> int:
        if number.percent or not number.whole or number.numerator < least:
            self.problems.add("SEG0314", f"`{what}` takes a whole number of at least {least}", number)
            return least
        return number.numerator

    def _days(self, d: tree.Repeat | tree.Cooldown | None) -> p.Days | None:
        if d is None:
            return None
        if d.duration.unit in k.EXACT:
            message = f"deliveries have days, so nothing can be counted in {d.duration.unit}s between them"
            self.problems.add("SEG0403", message, d.duration, help="count in days, weeks, months or years")
            return None
        if d.duration.count < 1:
            message = f"`{d.span.text}` keeps nothing apart: it needs at least 1 {d.duration.unit}"
            self.problems.add("SEG1005", message, d, help="leave it out, or say how long")
            return None
        return p.Days(d.duration.count, d.duration.unit)

    # -- what is said ----------------------------------------------------------------

    def _merge(self, inside: Typer, d: tree.Merge | None) -> tuple[p.MergeField, ...]:
        fields: list[p.MergeField] = []
        for field in d.fields if d is not None else ():
            name = field.label
            if name is None and isinstance(field.value, tree.Path):
                name = field.value.parts[-1]
            if name is None:
                help = f"write `{field.span.text} as NAME`"
                self.problems.add("SEG1008", "a message can't show this without a name", field, help=help)
                continue
            earlier = next((f for f in fields if f.name == name.text), None)
            if earlier is not None:
                help = f"write `{field.value.span.text} as OTHER_NAME`"
                self.problems.add("SEG0203", f"`{name.text}` is merged twice", field, help=help)
                continue
            value = inside.value(field.value)
            if value is not None:
                fields.append(p.MergeField(name.text, value))
        return tuple(fields)

    def _said(
        self, d: tree.Play, said: tree.Subject | tree.Message | None, uses: Mapping[str, p.PlayFor]
    ) -> p.Message | None:
        """Resolves a subject or message, and reports what is wrong with its template."""
        if said is None:
            return None
        is_file = isinstance(said, tree.Message) and said.is_file
        source = self.rules.outside.messages.get(d.name.text) if is_file else None
        if is_file and source is None:
            return p.Message("", said.text.value, said.text.span)
        text = source.text if source is not None else said.text.value
        for entity, use in uses.items():
            if _clause(d.clauses, tree.Merge) is not None and not use.merge:
                continue  # its fields have mistakes of their own
            self._check_template(d, text, source, said, entity, use)
        return p.Message(text, said.text.value if is_file else None, said.text.span)

    def _check_template(
        self,
        d: tree.Play,
        text: str,
        source: Source | None,
        said: tree.Subject | tree.Message,
        entity: str,
        use: p.PlayFor,
    ) -> None:
        from segdsl.templates.template import steps, wrong_with  # Jinja is loaded where there is a template

        if not self._affords(steps(text), f"the template of `{d.name.text}`, together with those before it,", said):
            return
        names = [f.name for f in use.merge]
        types = {f.name: self._shown(f.value.type) for f in use.merge}
        for wrong in wrong_with(text, types):
            span = Span(source, wrong.start, wrong.end) if source is not None else said.text.span
            if not wrong.name:
                self.problems.add("SEG1007", wrong.message, span, help=wrong.help)
                continue
            near = self.problems.guesses.nearest(wrong.name, names)
            help = f"did you mean `{near}`?" if near else self._merged_so(d, wrong.name, entity, use)
            fix = Fix(span, near) if near and source is not None else None
            self.problems.add("SEG1008", f"{wrong.message} of `{d.name.text}`", span, help=help, fix=fix)

    def _shown(self, typed: ty.Type) -> ty.Type:
        """Returns the type of what is shown: of a link that of its key."""
        if not isinstance(typed, ty.Link):
            return typed
        target = self.schema.relations[typed.entity]
        return target.fields[target.key or ""].type if target.key else ty.TEXT

    def _affords(self, steps: int, place: str, at: tree.Node) -> bool:
        """Tells whether the work of the workspace allows so many more steps; reports the first time that it doesn't."""
        if not self._spent:
            try:
                self.rules.work.spend(steps)
            except TooMuchWork:
                self._spent = True
                self.problems.diagnostics.append(self.rules.work.finding(place, at.span, "use fewer, or shorter ones"))
        return not self._spent

    def _merged_so(self, d: tree.Play, name: str, entity: str, use: p.PlayFor) -> str:
        """Says how a field is merged that a message shows: by its path from the recipient's row."""
        merge = _clause(d.clauses, tree.Merge)
        before = f"{merge.span.text}, " if merge is not None else "merge "
        for relation, path in ((use.recipient, name), (entity, f"{entity}.{name}")):
            if name in self.schema.relations[relation].fields or name in self.rules.metrics_of(relation):
                return f"write `{' '.join(before.split())} {path}`"
        return f"name it after `merge`, as in `{' '.join(before.split())} FIELD as {name}`"

    def _how_often(self, d: tree.Play, every: tree.Repeat | None, cooldown: tree.Cooldown | None) -> None:
        """Reports how often a play is given where two clauses say it."""
        once = _clause(d.clauses, tree.OncePerStay)
        if once is not None and every is not None:
            related = ((once.span, "and once per stay here"),)
            message = f"`{d.name.text}` is given once per stay and every {every.duration.span.text}"
            self.problems.add("SEG1005", message, every, help="keep one of the two", related=related)
        if every is not None and cooldown is not None and _is_shorter(every.duration, cooldown.duration):
            message = f"`{cooldown.span.text}` lets nobody get the play `{every.span.text}`"
            help = f"write `every {cooldown.duration.span.text}`, or a shorter cooldown"
            self.problems.add("SEG1005", message, every, help=help, related=((cooldown.span, "it is longer"),))

    def _once_each(self, clauses: Sequence[tree.PlayClause | tree.ChannelClause]) -> None:
        """Reports each kind of clause that is given twice; there may be several `suppress`."""
        single = [c for c in clauses if not isinstance(c, tree.Suppress)]
        for first, again in repeats(single, lambda c: _CLAUSES[type(c)]):
            name, related = _CLAUSES[type(again)], ((first.span, "the first is here"),)
            self.problems.add("SEG0203", f"`{name}` is given twice", again, help="keep one", related=related)


def _clause(clauses: Sequence[tree.PlayClause | tree.ChannelClause], kind: type[C]) -> C | None:
    """Returns the first clause of a kind."""
    return next((c for c in clauses if isinstance(c, kind)), None)


_LENGTHS = {"day": 1, "week": 7, "month": 28, "year": 365}
"""The least number of days of each civil unit."""


def _is_shorter(one: tree.Duration, other: tree.Duration) -> bool:
    """Tells whether one time is shorter than the other, whatever the months and years are."""
    if one.unit == other.unit:
        return one.count < other.count
    days = one.count * _LENGTHS.get(one.unit, 1) * (1 if one.unit in ("day", "week") else 1.11)
    return days < other.count * _LENGTHS.get(other.unit, 1)


def _path(at: tree.Node, names: Sequence[str]) -> tree.Path:
    return tree.Path(at.span, tuple(tree.Name(at.span, n) for n in names))


def _text(node: tree.Node | None) -> str:
    """Returns a node as written, on one line."""
    return "" if node is None else " ".join(node.span.text.split())


def _plain(literal: tree.Number | tree.Text | tree.Date | tree.Timestamp | tree.Truth | tree.Name) -> object:
    match literal:
        case tree.Number():
            value: Fraction = literal.value
            return int(value) if value.denominator == 1 else float(value)
        case tree.Name():
            return literal.text
        case tree.Text() | tree.Date() | tree.Timestamp() | tree.Truth():
            return literal.value
