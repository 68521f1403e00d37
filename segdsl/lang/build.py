"""Builds syntax tree nodes from Lark's reductions: one method for each rule of `grammar.lark`."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any

from lark import Token, Transformer

from segdsl.diagnostics import Diagnostic, Source, Span
from segdsl.lang import tree as t

LONGEST_NUMBER = 30  # digits; 2**126 has 38, and a comparison multiplies two of them
LONGEST = {"minute": 522_000_000, "hour": 8_700_000, "day": 360_000, "week": 51_000, "month": 11_900, "year": 990}
Children = list[Any]
_Rule = tuple[t.Expr, t.Limit | None, tuple[t.Keep, ...], t.Name | None]


class Builder(Transformer[Any, Any]):
    """Builds nodes bottom-up while the parser reduces, so deeply nested rules need no deep stack.

    Call `begin` before each parse. Afterwards `problems` holds the mistakes inside literals, such as a date that doesn't exist.
    """

    def __init__(self) -> None:
        super().__init__(visit_tokens=False)
        self.begin(Source("", ""), 0)

    def begin(self, source: Source, offset: int) -> None:
        self._source, self._offset = source, offset
        self.problems: list[Diagnostic] = []

    # -- spans ---------------------------------------------------------------

    def _span(self, c: Iterable[Any]) -> Span:
        present = [x for x in c if x is not None]
        return Span(self._source, self._start(present[0]), self._end(present[-1]))

    def _start(self, x: Any) -> int:
        if isinstance(x, tuple):
            return self._start(x[0])
        start: int = self._offset + (x.start_pos or 0) if isinstance(x, Token) else x.span.start
        return start

    def _end(self, x: Any) -> int:
        if isinstance(x, tuple):
            return self._end(x[-1])
        end: int = self._offset + (x.end_pos or 0) if isinstance(x, Token) else x.span.end
        return end

    def _name(self, token: Token | None) -> t.Name | None:
        return None if token is None else self._name_of(token)

    def _name_of(self, token: Token) -> t.Name:
        return t.Name(self._span([token]), str(token))

    def _title(self, token: Token | None) -> t.Title | None:
        return None if token is None else t.Title(self._span([token]), unescape(token))

    def _wrong(self, span: Span, code: str, message: str, *, label: str = "", help: str) -> None:
        self.problems.append(Diagnostic(code, message, span, label=label, help=help))

    # -- the model -----------------------------------------------------------

    def start(self, c: Children) -> tuple[t.Declaration, ...]:
        return tuple(c)

    def entity(self, c: Children) -> t.Entity:
        members = c[6:-1]
        histories = [x for x in members if isinstance(x, tuple)]
        for again in histories[1:]:
            self._wrong(again[0].span, "SEG0203", "`history` is given twice", help="keep one")
        fields = tuple(x for x in members if isinstance(x, t.Field))
        first, last = c[4] or (None, None)
        history = histories[0] if histories else None
        return t.Entity(self._span(c), self._name_of(c[1]), self._title(c[2]), c[3], first, last, history, fields)

    def belongs(self, c: Children) -> t.Belongs:
        return t.Belongs(self._span(c), self._name_of(c[1]), self._name_of(c[3]), self._name(c[5]))

    def life(self, c: Children) -> tuple[t.Name, t.Name | None]:
        return self._name_of(c[1]), self._name(c[3])

    def history(self, c: Children) -> tuple[t.Name, t.Name]:
        return self._name_of(c[1]), self._name_of(c[3])

    def details(self, c: Children) -> t.Details:
        belongs = t.Belongs(self._span(c[3:7]), self._name_of(c[4]), self._name_of(c[6]), None)
        return t.Details(self._span(c), self._name_of(c[1]), self._title(c[2]), belongs, tuple(c[8:-1]))

    def table(self, c: Children) -> t.Table:
        belongs = t.Belongs(self._span(c[3:7]), self._name_of(c[4]), self._name_of(c[6]), None)
        at, by_date = c[7] or (None, False)
        known = c[8].name if c[8] else None
        name, title, fields = self._name_of(c[1]), self._title(c[2]), tuple(c[12:-1])
        return t.Table(self._span(c), name, title, belongs, at, by_date, known, c[9], c[10], fields)

    def runs_table(self, c: Children) -> t.RunsTable:
        entity, rule, starting = self._name_of(c[4]), self._name_of(c[6]), self.date([c[8]])
        return t.RunsTable(self._span(c), self._name_of(c[1]), self._title(c[2]), entity, rule, starting)

    def deliveries_table(self, c: Children) -> t.DeliveriesTable:
        starting = self.date([c[7]]) if c[7] is not None else None
        return t.DeliveriesTable(self._span(c), self._name_of(c[1]), self._title(c[2]), self._name_of(c[4]), starting)

    def row_time(self, c: Children) -> tuple[t.Name, bool]:
        return self._name_of(c[1]), c[3] is not None

    def complete(self, c: Children) -> t.Date:
        return self.date([c[1]])

    def fresh(self, c: Children) -> t.Duration:
        duration: t.Duration = c[1]
        return duration

    def known(self, c: Children) -> t.Flag:
        return t.Flag(self._span(c), "known at", self._name_of(c[1]))

    def field(self, c: Children) -> t.Field:
        *head, doc, _comma = c
        return t.Field(self._span(c[:-1]), self._name_of(c[0]), c[2], tuple(head[3:]), self._title(doc))

    def scalar_type(self, c: Children) -> t.ScalarType:
        return t.ScalarType(self._span(c), self._name_of(c[0]), self._name(c[2]))

    def date_type(self, c: Children) -> t.ScalarType:
        return t.ScalarType(self._span(c), self._name_of(c[0]), None)

    def enum_type(self, c: Children) -> t.EnumType:
        return t.EnumType(self._span(c), c[2], c[0] is not None)

    def set_type(self, c: Children) -> t.SetType:
        return t.SetType(self._span(c), self._name_of(c[1]))

    def link_type(self, c: Children) -> t.LinkType:
        return t.LinkType(self._span(c), self._name_of(c[1]), self._name(c[3]))

    def word_flag(self, c: Children) -> t.Flag:
        return t.Flag(self._span(c), str(c[0]))

    def basis_flag(self, c: Children) -> t.Flag:
        return t.Flag(self._span(c), "basis", self._name_of(c[1]))

    def range_flag(self, c: Children) -> t.Flag:
        return t.Flag(self._span(c), "range", None, c[1], c[3])

    def list_values(self, c: Children) -> t.ListDecl:
        return t.ListDecl(self._span(c), self._name_of(c[1]), self._title(c[2]), c[4])

    # -- named values --------------------------------------------------------

    def metric(self, c: Children) -> t.Metric:
        return t.Metric(self._span(c), self._name_of(c[1]), self._title(c[2]), self._name(c[4]), c[6])

    # -- plays and channels --------------------------------------------------

    def play(self, c: Children) -> t.Play:
        settings = tuple(x for x in c[4:-1] if isinstance(x, t.Setting))
        clauses = tuple(x for x in c[4:-1] if not isinstance(x, t.Setting))
        return t.Play(self._span(c), self._name_of(c[1]), self._title(c[2]), settings, clauses)

    def setting_pair(self, c: Children) -> t.Setting:
        value = self._name_of(c[2]) if isinstance(c[2], Token) else c[2]
        return t.Setting(self._span(c[:3]), self._name_of(c[0]), value)

    def only_when(self, c: Children) -> t.OnlyWhen:
        return t.OnlyWhen(self._span(c[:-1]), c[1])

    def to(self, c: Children) -> t.To:
        by = () if c[5] is None else (c[5], *(c[6] or ()))
        return t.To(self._span(c[:-1]), c[2], c[3], c[1] is not None, by)

    def once(self, c: Children) -> t.OncePerStay:
        return t.OncePerStay(self._span(c[:-1]))

    def repeat(self, c: Children) -> t.Repeat:
        return t.Repeat(self._span(c[:-1]), c[1])

    def priority(self, c: Children) -> t.Priority:
        return t.Priority(self._span(c[:-1]), c[1])

    def cooldown(self, c: Children) -> t.Cooldown:
        return t.Cooldown(self._span(c[:-1]), c[1])

    def capacity(self, c: Children) -> t.Capacity:
        by = () if c[5] is None else (c[5], *(c[6] or ()))
        return t.Capacity(self._span(c[:-1]), c[1], c[2], c[3].split()[1], by)

    def merge(self, c: Children) -> t.Merge:
        return t.Merge(self._span(c), tuple(x for x in c if isinstance(x, t.MergeField)))

    def merge_field(self, c: Children) -> t.MergeField:
        return t.MergeField(self._span(c), c[0], self._name(c[2]))

    def subject(self, c: Children) -> t.Subject:
        return t.Subject(self._span(c[:-1]), self.text([c[1]]))

    def message(self, c: Children) -> t.Message:
        return t.Message(self._span(c[:-1]), self.text([c[1]]), c[0].type == "MESSAGE_FILE")

    def suppress(self, c: Children) -> t.Suppress:
        return t.Suppress(self._span(c), tuple(self._name_of(x) for x in c[1::2]))

    suppression = suppress

    def channel(self, c: Children) -> t.Channel:
        return t.Channel(self._span(c), self._name_of(c[1]), self._title(c[2]), tuple(c[4:-1]))

    def address(self, c: Children) -> t.Address:
        return t.Address(self._span(c[:-1]), c[2])

    def consent(self, c: Children) -> t.Consent:
        span = self._span(c[:-1])
        if c[2].type == "NONE_NEEDED":
            return t.Consent(span, "none", None, None)
        blank = None if c[5] is None else c[5].split()[-1] == "yes"
        return t.Consent(span, " ".join(c[2].split()[:2]), c[3], blank)

    def most_plays(self, c: Children) -> t.MostPlays:
        return t.MostPlays(self._span(c[:-1]), c[1], c[3].split()[1])

    def held_out(self, c: Children) -> t.HeldOut:
        return t.HeldOut(self._span(c), self.percent([c[1]]), self._name(c[3]), self.text([c[5]]))

    # -- segments ------------------------------------------------------------

    def segment(self, c: Children) -> t.Segment:
        arm = self._arm(c, c[7:-2], c[-2])
        return t.Segment(self._span(c), arm, self._name(c[4]), c[5])

    def segmentation(self, c: Children) -> t.Segmentation:
        metas = tuple(x for x in c if isinstance(x, t.Meta))
        arms = tuple(x for x in c if isinstance(x, t.Arm))
        overrides, undecided, otherwise = c[9 + len(metas)], c[-3], c[-2]
        return t.Segmentation(
            span=self._span(c),
            name=self._name_of(c[1]),
            title=self._title(c[2]),
            entity=self._name(c[4]),
            where=c[5],
            candidate_of=self._name(c[7]),
            metas=metas,
            overrides=overrides,
            arms=arms,
            undecided=undecided,
            otherwise=otherwise,
        )

    def arm(self, c: Children) -> t.Arm:
        return self._arm(c, c[4:-2], c[-2])

    def _arm(self, c: Children, metas: Children, rule: _Rule) -> t.Arm:
        name, title = self._name_of(c[1]), self._title(c[2])
        return t.Arm(self._span(c), name, title, tuple(metas), *rule)

    def rule(self, c: Children) -> _Rule:
        return c[1], c[2], tuple(c[3:-1]), c[-1]

    def keep_until(self, c: Children) -> t.Keep:
        return t.Keep(self._span(c), "until", condition=c[1])

    def keep_for(self, c: Children) -> t.Keep:
        return t.Keep(self._span(c), "for", duration=c[1])

    def keep_until_end(self, c: Children) -> t.Keep:
        *which, calendar, period = c[0].split()[4:]
        return t.Keep(self._span(c), "end", words=(which[0] if which else "this", calendar, period))

    def stay(self, c: Children) -> t.Keep:
        return t.Keep(self._span(c), "stay", duration=c[1])

    def limit(self, c: Children) -> t.Limit:
        return t.Limit(self._span(c), c[1], c[3], c[4] or (), c[5])

    def ties(self, c: Children) -> tuple[t.Expr, ...]:
        return tuple(c[1::2])

    def per(self, c: Children) -> t.Path:
        path: t.Path = c[1]
        return path

    def use_play(self, c: Children) -> t.Name:
        return self._name_of(c[1])

    def overrides(self, c: Children) -> t.Name:
        return self._name_of(c[1])

    def undecided(self, c: Children) -> t.Rest:
        keeps = tuple(x for x in c if isinstance(x, t.Keep))
        return t.Rest(self._span(c), self._name_of(c[1]), self._title(c[2]), keeps, c[-2])

    otherwise = undecided

    def goal(self, c: Children) -> t.Meta:
        measured = None
        if c[2] is not None:
            by = self.date([c[9]]) if c[9] is not None else None
            measured = t.Measured(self._span(c[2:]), self._name_of(c[3]), c[5], c[7], by)
        return t.Meta(self._span(c), "goal", unescape(c[1]), measured=measured)

    def owner(self, c: Children) -> t.Meta:
        return t.Meta(self._span(c), "owner", unescape(c[1]))

    def basis(self, c: Children) -> t.Meta:
        return t.Meta(self._span(c), "basis", names=c[1])

    def review(self, c: Children) -> t.Meta:
        last = self.date([c[5]]) if c[5] else None
        return t.Meta(self._span(c), "review", every=c[2], last=last)

    def names(self, c: Children) -> tuple[t.Name, ...]:
        return tuple(self._name_of(x) for x in c if x is not None and x.type == "NAME")

    # -- tests ---------------------------------------------------------------

    def test(self, c: Children) -> t.Test:
        givens = tuple(x for x in c if isinstance(x, t.Given))
        expects = tuple(x for x in c if isinstance(x, t.Expect))
        plays = tuple(x for x in c if isinstance(x, t.ExpectPlay))
        cases = tuple(x for x in c if isinstance(x, t.Case))
        title = t.Title(self._span([c[1]]), unescape(c[1]))
        return t.Test(self._span(c), title, c[3], givens, expects, cases, plays)

    def case(self, c: Children) -> t.Case:
        return t.Case(self._span([c[0], _Spanned(c[1][0])]), c[1][1])

    def property(self, c: Children) -> t.Property:
        title = t.Title(self._span([c[1]]), unescape(c[1]))
        return t.Property(self._span(c), title, self._name(c[3]), str(c[5]), c[6])

    def given_entity(self, c: Children) -> t.Given:
        return self._given_row(c, c[1], c[2], True)

    def given_row(self, c: Children) -> t.Given:
        return self._given_row(c, c[2], c[3], False)

    def _given_row(self, c: Children, key: t.Name | t.Text, cells: Any, of_entity: bool) -> t.Given:
        text = key.text if isinstance(key, t.Name) else key.value
        return t.Given(self._span([c[0], _Spanned(cells[0])]), self._name_of(c[0]), text, key.span, cells[1], of_entity)

    def key_name(self, c: Children) -> t.Name:
        return self._name_of(c[0])

    def cells(self, c: Children) -> tuple[Span, tuple[t.Cell, ...]]:
        return self._span(c), tuple(c[1:-1])

    def cell(self, c: Children) -> t.Cell:
        return t.Cell(self._span(c[:3]), self._name_of(c[0]), c[2])

    def cell_name(self, c: Children) -> t.Name:
        return self._name_of(c[0])

    def expect(self, c: Children) -> t.Expect:
        because = unescape(c[3]) if c[3] is not None else None
        return t.Expect(self._span(c), c[1], because)

    def expect_play(self, c: Children) -> t.ExpectPlay:
        key = c[1].text if isinstance(c[1], t.Name) else c[1].value
        because = unescape(c[5]) if c[5] is not None else None
        negated = c[2].type == "DOESNT_GET"
        return t.ExpectPlay(self._span(c), key, c[1].span, self._name_of(c[3]), negated, because)

    # -- more named values -----------------------------------------------------

    def outcome(self, c: Children) -> t.Metric:
        return t.Metric(self._span(c), self._name_of(c[1]), self._title(c[2]), self._name(c[4]), c[6], outcome=True)

    def score(self, c: Children) -> t.Score:
        parts = tuple(x for x in c if isinstance(x, t.Part))
        caps = tuple(x for x in c if isinstance(x, t.Cap))
        policy = next(x for x in c if isinstance(x, t.MissingPolicy))
        return t.Score(self._span(c), self._name_of(c[1]), self._title(c[2]), self._name(c[4]), parts, policy, caps)

    def part(self, c: Children) -> t.Part:
        return t.Part(self._span(c), self._name_of(c[1]), c[3], c[5])

    def missing_policy(self, c: Children) -> t.MissingPolicy:
        return t.MissingPolicy(self._span(c), c[2].split()[0], c[3] if len(c) > 3 else None)

    def cap(self, c: Children) -> t.Cap:
        return t.Cap(self._span(c), c[1], c[3])

    def calendar(self, c: Children) -> t.Calendar:
        holidays = self.text([c[7]]) if c[7] is not None else None
        return t.Calendar(self._span(c), self._name_of(c[1]), self._title(c[2]), c[5], holidays)

    def list_file(self, c: Children) -> t.ListFile:
        fields = tuple(x for x in c if isinstance(x, t.Field))
        path = self.text([c[6]])
        return t.ListFile(self._span(c), self._name_of(c[1]), self._title(c[2]), self._name(c[4]), path, fields)

    # -- experiments ---------------------------------------------------------

    def experiment(self, c: Children) -> t.Experiment:
        settings = tuple(x for x in c if isinstance(x, t.ExperimentSetting))
        measures = tuple(x for x in c if isinstance(x, t.Measure))
        return t.Experiment(self._span(c), self._name_of(c[1]), self._title(c[2]), settings, measures)

    def incumbent(self, c: Children) -> t.ExperimentSetting:
        return t.ExperimentSetting(self._span(c), "incumbent", names=(self._name_of(c[1]),))

    def candidates(self, c: Children) -> t.ExperimentSetting:
        return t.ExperimentSetting(self._span([c[0], c[1][-1]]), "candidate", names=tuple(c[1]))

    def cluster(self, c: Children) -> t.ExperimentSetting:
        return t.ExperimentSetting(self._span(c), "cluster", path=c[2])

    def backtest(self, c: Children) -> t.ExperimentSetting:
        return t.ExperimentSetting(self._span(c), "backtest", dates=tuple(self.date([d]) for d in c[2::2]))

    def as_if_run(self, c: Children) -> t.ExperimentSetting:
        every = c[2] if isinstance(c[2], t.Duration) else t.Duration(self._span([c[2]]), 1, str(c[2]))
        return t.ExperimentSetting(self._span(c), "as if run", dates=(self.date([c[4]]),), duration=every)

    def looks(self, c: Children) -> t.ExperimentSetting:
        return t.ExperimentSetting(self._span(c), "looks", dates=tuple(self.date([d]) for d in c[2::2]))

    def pilot(self, c: Children) -> t.ExperimentSetting:
        if isinstance(c[2], t.Call):
            return t.ExperimentSetting(self._span([c[0]]), "pilot", call=c[2])
        parts = [x for x in c if x is not None]
        dates = tuple(self.date([x]) for x in parts if isinstance(x, Token) and x.type == "DATE")
        names = tuple(self._name_of(x) for x in parts if isinstance(x, Token) and x.type == "NAME")
        return t.ExperimentSetting(self._span(parts), "pilot", names=names, dates=dates, text=self.text([c[2]]))

    def replay(self, c: Children) -> t.ExperimentSetting:
        dates = tuple(self.date([x]) for x in c if isinstance(x, Token) and x.type == "DATE")
        return t.ExperimentSetting(self._span([c[0]]), "replay", call=c[2], dates=dates)

    def holdout(self, c: Children) -> t.ExperimentSetting:
        return t.ExperimentSetting(self._span(c), "holdout", number=self.percent([c[1]]), text=self.text([c[3]]))

    def layer(self, c: Children) -> t.ExperimentSetting:
        return t.ExperimentSetting(self._span(c), "layer", text=self.text([c[1]]))

    def adjust(self, c: Children) -> t.ExperimentSetting:
        return t.ExperimentSetting(self._span(c), "adjust by", names=(self._name_of(c[1]),))

    def winsorise(self, c: Children) -> t.ExperimentSetting:
        return t.ExperimentSetting(self._span(c), "winsorise at", number=self.percent([c[1]]))

    def delivery(self, c: Children) -> t.ExperimentSetting:
        return t.ExperimentSetting(self._span(c), "delivery", names=(self._name_of(c[1]),))

    def at_most(self, c: Children) -> t.ExperimentSetting:
        duration = c[1] if isinstance(c[1], t.Duration) else None
        units = c[-1] if isinstance(c[-1], Token) and c[-1].type == "NAME" else None
        names = (self._name_of(units),) if units is not None else ()
        count = int(c[-2].replace("_", "")) if units is not None else None
        return t.ExperimentSetting(
            self._span([x for x in c if x is not None]), "at most", names=names, duration=duration, count=count
        )

    def reported(self, c: Children) -> t.ExperimentSetting:
        return t.ExperimentSetting(self._span(c), "reported within", duration=c[1])

    def _share(self, c: Children) -> t.ExperimentSetting:
        return t.ExperimentSetting(self._span(c), str(c[0]), number=self.percent([c[1]]))

    alpha = power = _share

    def measure(self, c: Children) -> t.Measure:
        return t.Measure(self._span(c), str(c[0]), self._name_of(c[1]), tuple(x for x in c if isinstance(x, t.Wish)))

    def wish(self, c: Children) -> t.Wish:
        kind = {"HIGHER_IS_BETTER": "higher", "LOWER_IS_BETTER": "lower", "DETECT": "detect"}.get(c[0].type, "margin")
        parts = [x for x in c if x is not None]
        if len(c) == 1:
            return t.Wish(self._span(parts), kind)
        if c[0].type == "PER":
            return t.Wish(self._span(parts), "per", name=self._name_of(c[1]))
        if c[0].type == "WORTH":
            return t.Wish(self._span(parts), "worth", c[1], name=self._name_of(c[2]))
        if c[1] is not None and isinstance(c[1], Token):
            return t.Wish(self._span(parts), kind)
        return t.Wish(self._span(parts), kind, c[1], c[2] is not None, c[3] is not None)

    # -- expressions ---------------------------------------------------------

    def or_(self, c: Children) -> t.Or:
        return t.Or(self._span(c), tuple(c[::2]))

    def and_(self, c: Children) -> t.And:
        return t.And(self._span(c), tuple(c[::2]))

    def not_(self, c: Children) -> t.Not:
        return t.Not(self._span(c), c[1])

    def compare(self, c: Children) -> t.Compare | t.Lasting:
        asked = t.Compare(self._span(c[:4]), str(c[1]), c[0], c[2], _ignoring(c[3]))
        return asked if c[4] is None else t.Lasting(self._span(c), asked, c[4])

    def lasts(self, c: Children) -> t.Duration:
        duration: t.Duration = c[1]
        return duration

    def between(self, c: Children) -> t.Between:
        return t.Between(self._span(c), c[0], c[2], c[4], c[1].type == "NOT_BETWEEN")

    def is_missing(self, c: Children) -> t.IsMissing:
        return t.IsMissing(self._span(c), c[0], c[1].type == "IS_NOT_MISSING")

    def in_values(self, c: Children) -> t.InValues | t.Lasting:
        asked = t.InValues(self._span(c[:4]), c[0], c[2], c[1].type == "NOT_IN", _ignoring(c[3]))
        return asked if c[4] is None else t.Lasting(self._span(c), asked, c[4])

    def in_name(self, c: Children) -> t.InName:
        return t.InName(self._span(c), c[0], c[2], c[1].type == "NOT_IN", _ignoring(c[3]))

    def in_period_of(self, c: Children) -> t.InPeriod:
        return t.InPeriod(self._span(c), c[0], c[1])

    def has(self, c: Children) -> t.Has:
        words = c[1].split()
        return t.Has(self._span(c), c[0], words[1] if len(words) == 2 else "one", c[2], _ignoring(c[3]))

    def text_test(self, c: Children) -> t.TextTest:
        each = None if c[1] is None else c[1].split()[1]
        words = " ".join(c[2].split())
        any_of = words.endswith(" any of")
        return t.TextTest(self._span(c), words.removesuffix(" any of"), c[0], c[3], any_of, _ignoring(c[4]), each)

    def sum_(self, c: Children) -> t.Chain:
        return t.Chain(self._span(c), tuple(c[::2]), tuple(map(str, c[1::2])))

    product_ = sum_

    def negate(self, c: Children) -> t.Negate:
        return t.Negate(self._span(c), c[1])

    def bracketed(self, c: Children) -> t.Bracketed:
        return t.Bracketed(self._span(c), c[1])

    def missing_value(self, c: Children) -> t.MissingValue:
        because = unescape(c[1]) if len(c) > 1 and c[1] is not None else None
        return t.MissingValue(self._span(c), because)

    def conditional(self, c: Children) -> t.If:
        choice: t.Expr = c[-2]
        for i in range(len(c) - 7, -1, -4):  # from the last condition back to the first
            word, condition, _then, then = c[i : i + 4]
            start = self._end(word) - len("if")
            choice = t.If(Span(self._source, start, self._end(c[-1])), condition, then, choice)
        assert isinstance(choice, t.If)
        return choice

    def bands(self, c: Children) -> t.Bands:
        return t.Bands(self._span(c), c[1], tuple(x for x in c if isinstance(x, t.Band)))

    def band_under(self, c: Children) -> t.Band:
        return t.Band(self._span(c), "under", c[1], c[3])

    def band_otherwise(self, c: Children) -> t.Band:
        return t.Band(self._span(c), str(c[0]), None, c[2])

    band_missing = band_otherwise

    def elapsed(self, c: Children) -> t.Elapsed | t.PartOf:
        unit, word = c[0].split()
        if word == "of":
            return t.PartOf(self._span(c), unit, c[1])
        return t.Elapsed(self._span(c), unit.removesuffix("s"), 1 if word == "since" else -1, c[1])

    def elapsed_from(self, c: Children) -> t.ElapsedFrom:
        return t.ElapsedFrom(self._span(c), c[0].split()[0].removesuffix("s"), c[1], c[3])

    def business_days(self, c: Children) -> t.BusinessDays:
        return t.BusinessDays(self._span(c), self._name_of(c[0]), c[2])

    def business_days_from(self, c: Children) -> t.BusinessDays:
        return t.BusinessDays(self._span(c), self._name_of(c[0]), c[2], c[4])

    def as_of(self, c: Children) -> t.AsOf:
        return t.AsOf(self._span(c), c[1], c[3])

    def quantifier(self, c: Children) -> t.Quantifier:
        mode, unit, _for = c[0].split()
        return t.Quantifier(self._span(c), mode, unit, c[1], c[3])

    def rank(self, c: Children) -> t.Rank:
        parts = self.integer([c[5]]) if c[5] is not None else None
        return t.Rank(self._span(c), self._name_of(c[0]), c[2], c[3] or (), parts, c[6])

    def in_rank(self, c: Children) -> t.InRank:
        return t.InRank(self._span(c), c[0], c[1].split()[1], c[2], c[3] or (), c[4])

    def ago(self, c: Children) -> t.Ago:
        return t.Ago(self._span(c), c[0], -1 if c[1].type == "AGO" else 1)

    def shifted(self, c: Children) -> t.Shifted:
        return t.Shifted(self._span(c), c[0], 1 if c[1].type == "AFTER" else -1, c[2])

    def start_of(self, c: Children) -> t.StartOf:
        return t.StartOf(self._span(c), c[0].split()[-1], str(c[1]))

    def call(self, c: Children) -> t.Call:
        nodes = [x for x in c[2:] if isinstance(x, t.Node)]
        arguments = tuple(x if isinstance(x, t.Argument) else t.Argument(x.span, None, x) for x in nodes)  # type: ignore[arg-type]
        path = tuple(self._name_of(x) for x in c[2:] if isinstance(x, Token) and x.type == "NAME")
        return t.Call(self._span(c), self._name_of(c[0]), arguments, path)

    def named_argument(self, c: Children) -> t.Argument:
        label = self._name_of(c[0]) if isinstance(c[0], Token) else c[0]
        return t.Argument(self._span(c), label, c[2])

    def aggregate(self, c: Children) -> t.Aggregate:
        option = t.Argument(self._span(c[4:7]), self._name_of(c[4]), c[6]) if c[4] is not None else None
        return t.Aggregate(self._span(c), self._name_of(c[0]), c[2], option)

    def source(self, c: Children) -> t.Rows:
        latest = self.integer([c[1]]) if c[1] is not None else None
        root, window, where, follow, having = c[2:7]
        return t.Rows(self._span(c), root, latest, window, where, follow, having)

    def population(self, c: Children) -> t.Population:
        path = tuple(self._name_of(x) for x in c[2:] if isinstance(x, Token) and x.type == "NAME")
        return t.Population(self._span(c), self._name_of(c[1]), path, c[-1])

    def follow(self, c: Children) -> t.Follow:
        return t.Follow(self._span(c), c[1], c[2], c[4], c[0].startswith("not"))

    def where(self, c: Children) -> t.Expr:
        condition: t.Expr = c[1]
        return condition

    having = where

    # -- time ----------------------------------------------------------------

    def duration(self, c: Children) -> t.Duration:
        span, unit = self._span(c), c[1].removesuffix("s")
        count = self.integer([c[0]]).numerator
        if count > LONGEST[unit]:
            self._wrong(
                span,
                "SEG0404",
                "this duration is too long",
                label=f"at most {LONGEST[unit]:,} {unit}s",
                help="shorten it",
            )
            count = 0
        return t.Duration(span, count, unit)

    def in_last(self, c: Children) -> t.Window:
        return t.Window(self._span(c), "last", duration=c[1])

    def in_next(self, c: Children) -> t.Window:
        return t.Window(self._span(c), "next", duration=c[1])

    def in_calendar(self, c: Children) -> t.Window:
        _in, which, calendar, period = c[0].split()
        return t.Window(self._span(c), "calendar", words=(which, calendar, period))

    def since_window(self, c: Children) -> t.Window:
        return t.Window(self._span(c), "since", start=c[1])

    def before_window(self, c: Children) -> t.Window:
        return t.Window(self._span(c), "before", end=c[1])

    def between_window(self, c: Children) -> t.Window:
        return t.Window(self._span(c), "between", start=c[1], end=c[3])

    def now(self, c: Children) -> t.Now:
        return t.Now(self._span(c))

    def today(self, c: Children) -> t.Today:
        return t.Today(self._span(c))

    # -- values --------------------------------------------------------------

    def path(self, c: Children) -> t.Path:
        return t.Path(self._span(c), tuple(self._name_of(x) for x in c if x.type == "NAME"))

    def path_of_key(self, c: Children) -> t.Path:
        key = t.Name(self._span([c[0]]), unescape(c[0]))
        return t.Path(self._span(c), (key, *(self._name_of(x) for x in c[2::2])))

    def values(self, c: Children) -> t.Values:
        return t.Values(self._span(c), tuple(x for x in c[1:-1] if isinstance(x, t.Node)))  # type: ignore[misc]

    def text(self, c: Children) -> t.Text:
        return t.Text(self._span(c), unescape(c[0]))

    def true(self, c: Children) -> t.Truth:
        return t.Truth(self._span(c), True)

    def false(self, c: Children) -> t.Truth:
        return t.Truth(self._span(c), False)

    def integer(self, c: Children) -> t.Number:
        return self._number(c, str(c[0]), percent=False)

    def decimal(self, c: Children) -> t.Number:
        return self._number(c, str(c[0]), percent=False)

    def percent(self, c: Children) -> t.Number:
        return self._number(c, c[0].rstrip("%"), percent=True)

    def _is_part_of_a_date(self, span: Span) -> bool:
        """Tells whether a number stands beside a `/`, as in 03/04/2026, which is answered where it is compared."""
        text = span.source.text
        return text[span.end : span.end + 1] == "/" or (span.start > 0 and text[span.start - 1] == "/")

    def _number(self, c: Children, digits: str, percent: bool) -> t.Number:
        span = self._span(c)
        integer_part, _, decimals = digits.replace("_", "").partition(".")
        if len(integer_part) > 1 and integer_part.startswith("0") and not self._is_part_of_a_date(span):
            help = "`_` separates thousands, as in 50_000: with a comma these are two numbers"
            label = "a number begins with its first digit other than 0"
            self._wrong(span, "SEG0105", "this number begins with zeros", label=label, help=help)
            return t.Number(span, 0, 1, percent)
        if len(integer_part) + len(decimals) > LONGEST_NUMBER:
            self._wrong(
                span,
                "SEG0105",
                "this number is too long",
                label=f"more than {LONGEST_NUMBER} digits",
                help="shorten it",
            )
            return t.Number(span, 0, 1, percent)
        return t.Number(span, int(integer_part + decimals), 10 ** len(decimals) * (100 if percent else 1), percent)

    def date(self, c: Children) -> t.Date:
        span = self._span(c)
        try:
            return t.Date(span, dt.date.fromisoformat(str(c[0])))
        except ValueError:
            self._wrong(
                span, "SEG0106", f"`{c[0]}` is not a date in the calendar", help="dates are written YEAR-MONTH-DAY"
            )
            return t.Date(span, None)

    def timestamp(self, c: Children) -> t.Timestamp:
        span = self._span(c)
        try:
            return t.Timestamp(span, dt.datetime.fromisoformat(str(c[0])))
        except ValueError:
            self._wrong(
                span, "SEG0106", f"`{c[0]}` is not a valid date and time", help="write it as in 2026-11-01T09:30"
            )
            return t.Timestamp(span, None)


class _Spanned:
    """Wraps a bare span for `_span`, which reads the `span` of whatever it is given."""

    def __init__(self, span: Span) -> None:
        self.span = span


def _ignoring(token: Token | None) -> str | None:
    """Returns what a comparison ignores: `case`, `spaces` or `case and spaces`."""
    return None if token is None else " ".join(token.split()[1:])


def unescape(token: str) -> str:
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), token[1:-1])
