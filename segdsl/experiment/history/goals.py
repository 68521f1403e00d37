"""Goals measured: each `goal … measured by OUTCOME from 86% to 90% by …` at every outcome window that has closed.

A window begins at an origin, on which the population is taken as it was, and ends with the outcome. Windows follow one another
back from the end of the data without overlapping, as far as the tables that are read go back. What is measured of them:

- a yes or no: the share, with Wilson's interval;
- money: net retention, sum(y) / sum(x), where x is what the outcome brought in the window before and y what it brings in this one,
  over the customers who belonged to the population on the day on which the window before began, and brought something in it. Whoever
  has left since stays in the sum of x, and brings 0 to that of y from then on. So Snowflake defines it ("Net Revenue Retention Rate",
  annual report on Form 10-K: the cohort is taken at the first period's start, and its money of the second period is divided by that of
  the first, whoever has left). Gross retention is
  sum(min(y, x)) / sum(x): losses and contractions, which no growth makes up for (GP Bullhound, The CFO Handbook, "Gross Revenue
  Retention"). Both are ratios of sums, with the linearised variance n/(n-1) * sum (y - R x)^2 / (sum x)^2 (W. G. Cochran, Sampling
  Techniques, 3rd ed., 1977, equation 9A.3) and t with n - 1 degrees of freedom. Which one is judged: `model.goal.kind_of`. Where
  customers who stay bring nothing in the next window, money comes less often than windows do, and nothing is measured;
- another number: the mean, with t.

After a goal's day, the last window that closed by that day says whether it was reached; later ones are shown.

The rules of backtests hold: a population or an outcome that reads what was overwritten since isn't measured, and the goal says so.

Whether a goal is on track: a straight line through the windows, weighted by their precision, goes on to the last window that closes by
the goal's day. Its interval has the line's uncertainty (widened where the windows scatter about it by more than their own intervals
allow, with t) and that of one window. It says what happens if things go on as they did, and nothing else.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from scipy import special
from sqlglot import exp

from segdsl import engines
from segdsl.analyse.admissible import leaks_of, unclosed
from segdsl.diagnostics import Diagnostic
from segdsl.engines import Engine
from segdsl.experiment.shared.decide import MOST_MISSING
from segdsl.features.reads import reads
from segdsl.model import dependencies
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.ahead import closes
from segdsl.model.clock import Clock, day
from segdsl.model.goal import RETENTION, Kind, kind_of
from segdsl.model.segment import Metric, Model, Rule, Segment, Target
from segdsl.profile.counts import Part, is_in
from segdsl.profile.differences import Z, wilson
from segdsl.resolve.problems import nearest_help
from segdsl.run.errors import UsageError
from segdsl.run.evaluate import clock_for, source_config
from segdsl.run.recorded import with_recorded_runs
from segdsl.sql import spell as s
from segdsl.sql.plan import assignment, condition
from segdsl.sql.spell import Sql
from segdsl.words.plural import plural
from segdsl.workspace.config import SourceConfig
from segdsl.workspace.load import Workspace

WINDOWS = 8
"""Closed windows that are measured, the latest ones."""
FEWEST = 5
"""Customers with a known outcome, below which a window has no figure."""
LINE = 3
"""Windows from which a line through them says where they go."""
LEVEL = 0.95
_MOST = 1000
"""Windows before or after the latest that are looked at."""
SELDOM = 0.5
"""Share of the money of those who stay that nobody brings again in the next window, beyond which windows are too short for it."""
NOTED = 0.1
"""That share beyond which it is said."""
Standing = Literal["reached", "on track", "not on track", "open", "missed", "no target", "not measured"]


@dataclass(frozen=True, slots=True)
class Figure:
    """An estimate with its interval; `known` are the customers it is over."""

    estimate: float
    low: float
    high: float
    known: int

    @property
    def se(self) -> float:
        """Half the interval, in standard errors of a normal distribution."""
        return (self.high - self.low) / (2 * Z)


@dataclass(frozen=True, slots=True)
class Window:
    """One window: from the start of `origin` until that of `closed`.

    `customers`: the population as of the origin.
    `figure`: what the goal is measured by; None with fewer than `FEWEST` known outcomes.
    `other`: of money, the gross retention where `figure` is the net one, and the other way round.
    `before`: of money, the day on which the window before began; the population is of that day, not of the origin.
    `brought`, `silent`: of money, what was brought in the window before, and how much of that by customers who are still there at the
    window's end and brought nothing in it.
    """

    origin: dt.date
    closed: dt.date
    customers: int
    figure: Figure | None
    other: Figure | None = None
    before: dt.date | None = None
    brought: float = 0.0
    silent: float = 0.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """Where the line through the windows leads: the figure of the window that closes on `closed`."""

    closed: dt.date
    figure: Figure


@dataclass(frozen=True)
class Goal:
    """A goal with what was measured; `why` says why nothing was, or why its standing is open.

    `left`: windows that still begin and close by the goal's day.
    `over`: the goal's day has passed.
    `note`: what makes the figures doubtful.
    """

    rule: str
    goal: str
    entity: str
    target: Target
    kind: Kind
    currency: str
    windows: tuple[Window, ...]
    standing: Standing
    why: str = ""
    left: int = 0
    forecast: Forecast | None = None
    over: bool = False
    note: str = ""

    @property
    def latest(self) -> Window | None:
        """The latest window that has a figure."""
        return next((w for w in reversed(self.windows) if w.figure is not None), None)

    @property
    def judged(self) -> Window | None:
        """The window that says how the goal stands: the latest, or after the goal's day the last that closed by it."""
        by = self.target.by
        if not self.over or by is None:
            return self.latest
        return next((w for w in reversed(self.windows) if w.figure is not None and _is_by(w.closed, by)), None)

    @property
    def up(self) -> bool | None:
        """Whether more is better; None where the figures don't say."""
        start, end = self.start, self.end
        return None if start is None or end is None or start == end else end > start

    @property
    def start(self) -> float | None:
        return _number(self.target.start)

    @property
    def end(self) -> float | None:
        return _number(self.target.end)


@dataclass(frozen=True)
class Goals:
    """All goals, and the rules whose goal is in words alone."""

    clock: Clock
    goals: tuple[Goal, ...]
    in_words: tuple[str, ...]


def goals(workspace: Workspace, names: Sequence[str], as_of: str | None, source: str | None) -> Goals:
    """Measure the goals of rules and arms: all, or those of the names. Raises `UsageError` and `DataError`."""
    config = source_config(workspace, source)
    clock = clock_for(workspace.zone, as_of if as_of is not None else config.snapshot)
    workspace = with_recorded_runs(workspace, source, clock)
    model = workspace.model
    declared = list(_declared(model))
    known = list(dict.fromkeys(name for name, *_ in declared))
    for name in names:
        if name not in known:
            help = nearest_help(
                name,
                known,
                f"goals are those of {', '.join(known)}" if known else 'write `goal "…" measured by OUTCOME`',
            )
            raise UsageError(Diagnostic("SEG0606", f"`{name}` has no goal", help=help))
    chosen = [d for d in declared if not names or d[0] in names]
    measured = [(name, rule, part, text, target) for name, rule, part, text, target in chosen if target is not None]
    results = []
    if measured:
        metrics = [model.metrics[target.measure] for *_, target in measured]
        needed = dependencies.of_rules(model, [*(rule for _, rule, *_ in measured), *metrics])
        engine = engines.attach(model.schema, needed, config, workspace.root, None, clock)
        for name, rule, part, text, target in measured:
            results.append(
                _measured(
                    Question(model, config, engine, clock, rule, part, model.metrics[target.measure], target, text),
                    name,
                )
            )
    return Goals(clock, tuple(results), tuple(name for name, *_, target in chosen if target is None))


def _declared(model: Model) -> Iterator[tuple[str, Rule, Part | None, str, Target | None]]:
    """Yields each rule but candidates, and each arm, that has a goal: its name, the rule, its part (None: the population), and the goal."""
    segmentations = [r for r in model.segmentations.values() if r.candidate_of is None]
    rules: list[Rule] = [*segmentations, *model.segments.values()]
    for rule in rules:
        if rule.meta.goal or rule.meta.target is not None:
            part = Part(rule) if isinstance(rule, Segment) else None
            yield rule.name, rule, part, rule.meta.goal, rule.meta.target
        if not isinstance(rule, Segment):
            for arm in rule.all_arms:
                if arm.meta.goal or arm.meta.target is not None:
                    yield f"{rule.name}.{arm.name}", rule, Part(rule, arm.name), arm.meta.goal, arm.meta.target


def _number(ratio: k.Ratio | None) -> float | None:
    return None if ratio is None else ratio.numerator / ratio.denominator


# -- one goal -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Question:
    """A goal's population, its measure and the data."""

    model: Model
    config: SourceConfig
    engine: Engine
    clock: Clock
    rule: Rule
    part: Part | None
    measure: Metric
    target: Target
    title: str

    @property
    def population(self) -> list[k.Expr]:
        """What decides who belongs to it."""
        if self.part is None:
            return [self.rule.where] if self.rule.where is not None else []
        return self.model.definition(self.rule.name)

    @property
    def kind(self) -> Kind:
        return kind_of(self.measure, self.title)

    @property
    def over(self) -> bool:
        """Whether the goal's day has passed."""
        return self.target.by is not None and self.target.by < self.clock.today

    def at(self, origin: dt.date) -> Clock:
        return Clock.at(origin, self.clock.zone)

    def closes(self, origin: dt.date) -> dt.date:
        """The day by whose start the window of an origin has passed; the origin, of what doesn't look ahead."""
        return closes(self.model, [self.measure.body], self.at(origin)) or origin


def _measured(q: Question, name: str) -> Goal:
    typed = q.measure.type
    currency = typed.currency if isinstance(typed, ty.Money) else ""
    goal = Goal(name, q.title, q.rule.entity, q.target, q.kind, currency, (), "not measured", over=q.over)
    if why := _refused(q):
        return replace(goal, why=why)
    windows = tuple(_window(q, origin) for origin in _origins(q))
    if why := _too_seldom(q, windows, SELDOM):
        return replace(goal, why=why)
    if why := _of_leavers_alone(q, windows):
        return replace(goal, why=why)
    goal = replace(goal, windows=windows, note=_too_seldom(q, windows, NOTED) or _of_how_many(q, windows))
    if goal.latest is None:
        few = (
            f"no window that has closed has {FEWEST} known outcomes" if windows else "no window has closed in the data"
        )
        return replace(goal, why=few)
    return _judged(q, goal)


def _too_seldom(q: Question, windows: Sequence[Window], most: float) -> str:
    """Says that money comes less often than windows do, where more than so much of it isn't brought again by those who stay."""
    brought, silent = sum(w.brought for w in windows), sum(w.silent for w in windows)
    if silent <= most * brought:
        return ""
    who, length = plural(q.rule.entity), (windows[-1].closed - windows[-1].origin).days
    so_much = (
        f"{silent / brought * 100:.0f}% of the money is from {who} who stay and bring nothing in the next {length} days"
    )
    advice = "measure it over a year, as in `in next 12 months`"
    return f"{so_much}: bills that come less often, such as once a year, don't fit windows of {length} days; {advice}"


def _unknown(q: Question, windows: Sequence[Window]) -> str:
    """Of how many a yes or no or a number is unknown in the windows, as a part of a sentence; "" where of hardly any."""
    measured = [w for w in windows if w.figure is not None] if q.kind not in RETENTION else []
    everybody = sum(w.customers for w in measured)
    unknown = everybody - sum(w.figure.known for w in measured if w.figure is not None)
    if unknown <= MOST_MISSING * everybody:
        return ""
    return f"`{q.measure.name}` is unknown of {unknown:,} of {everybody:,} {plural(q.rule.entity)} in these windows"


def _of_leavers_alone(q: Question, windows: Sequence[Window]) -> str:
    """Says that the outcome is known of those alone who leave at some time, so that its share among them is no share of all."""
    relation = q.model.schema.relations[q.rule.entity]
    end = relation.lives_to
    if (relation.name, end) not in reads(q.model, [q.measure.body]):
        return ""
    if not (unknown := _unknown(q, windows)):
        return ""
    return f"{unknown}: nobody who stays has a `{end}`; write `{end} is not missing and …`"


def _of_how_many(q: Question, windows: Sequence[Window]) -> str:
    """Says that figures are not over all, since the measure is unknown of many."""
    unknown = _unknown(q, windows)
    return f"{unknown}, who aren't counted; the others may differ from them" if unknown else ""


def _refused(q: Question) -> str:
    """Why a goal can't be measured; "" where it can."""
    if not (q.measure.type == ty.BOOLEAN or ty.is_measure(q.measure.type)):
        return f"`{q.measure.name}` is {q.measure.type}: measure by a yes or no, a number or money"
    past = leaks_of(q.model, q.population)
    if past and q.measure.outcome:
        return f"who belonged to `{q.rule.name}` on an earlier day isn't known: {'; '.join(map(str, past))}"
    if q.measure.outcome and (open_ := unclosed(q.model, q.measure.name)):
        return f"`{q.measure.name}` reads how things are now: {'; '.join(map(str, open_))}"
    if q.measure.outcome and closes(q.model, [q.measure.body], q.clock) is None:
        return f"`{q.measure.name}` names no end, so no window closes"
    relation = q.model.schema.relations[q.rule.entity]
    if q.measure.outcome and relation.lives_from is None:
        missed = "those who were there and are gone would be left out"
        return f"`{relation.name}` has no life, so {missed}: declare it, as in `entity {relation.name} from … to …`"
    return ""


def _origins(q: Question) -> list[dt.date]:
    """Origins whose windows have closed, earliest first; of what doesn't look ahead, the day of the data alone.

    They are the latest, and after the goal's day also the one whose window was the last to close by it.
    """
    if not q.measure.outcome:
        return [*([q.target.by] if _is_known_then(q) and q.target.by is not None else []), q.clock.today]
    first = _first_of_data(q)
    origins: list[dt.date] = []
    closed = _end_of_data(q)
    for number in range(_MOST):
        origin = _origin_before(q, closed)
        needed = _origin_before(q, origin) if q.kind in RETENTION else origin
        if first is not None and needed < first:
            break
        is_last = q.over and q.target.by is not None and _is_by(closed, q.target.by)
        if number < WINDOWS or is_last:
            origins.append(origin)
        if number + 1 >= WINDOWS and (is_last or not q.over):
            break
        closed = origin
    return origins[::-1]


def _is_known_then(q: Question) -> bool:
    """Whether a metric's figure on the goal's day, which has passed, is known."""
    return q.over and not leaks_of(q.model, [*q.population, q.measure.body])


def _is_by(closed: dt.date, by: dt.date) -> bool:
    """Whether a window has closed when a day ends; it closes at the start of `closed`."""
    return closed <= by + dt.timedelta(days=1)


def _origin_before(q: Question, closed: dt.date) -> dt.date:
    """The latest origin whose window has closed by the start of a day."""
    origin = closed - (q.closes(closed) - closed)
    while q.closes(origin) > closed:
        origin -= dt.timedelta(days=1)
    while q.closes(origin + dt.timedelta(days=1)) <= closed:
        origin += dt.timedelta(days=1)
    return origin


def _tables(q: Question, roots: Sequence[k.Expr]) -> list[tuple[str, str]]:
    """Tables with a time that expressions read, and the column of the time."""
    read = dependencies.columns(q.model, roots)
    relations = (q.model.schema.relations[name] for name in read)
    return [(r.name, r.at) for r in relations if r.kind == "table" and r.at is not None]


def _end_of_data(q: Question) -> dt.date:
    """The first day of which the data may lack something: as-of, the snapshot, or the day after the newest row of the outcome's tables."""
    if q.config.snapshot is not None:
        return min(q.config.snapshot, q.clock.today)
    tables = {name for name, _ in _tables(q, [q.measure.body])}
    newest = [t.newest for t in q.engine.report(q.clock) if t.newest is not None and (t.name in tables or not tables)]
    days = [q.clock.date_of(n) if isinstance(n, dt.datetime) else n for n in newest]
    return min(q.clock.today, max(days) + dt.timedelta(days=1)) if days else q.clock.today


def _first_of_data(q: Question) -> dt.date | None:
    """The day of the first row of the tables read, where the latest of them begins; None without such a table."""
    days = []
    for name, column in _tables(q, [*q.population, q.measure.body]):
        query = exp.Select(expressions=[exp.Min(this=s.column("t", column))]).from_(s.table(name, "t"))
        ((first,),) = q.engine.rows(query)
        if first is not None:
            days.append(q.clock.date_of(first) if isinstance(first, dt.datetime) else first)
    return max(days, default=None)


# -- one window -----------------------------------------------------------------------------


def _window(q: Question, origin: dt.date) -> Window:
    closed = q.closes(origin)
    if q.kind in RETENTION:
        return _of_money(q, _origin_before(q, origin), origin, closed)
    base, y = _population(q, origin), s.column("b", "y")
    columns = [exp.Count(this=exp.Star()), exp.Count(this=y), exp.Avg(this=y.copy()), s.call("VAR_POP", y.copy())]
    ((customers, known, mean, variance),) = q.engine.rows(_over(base, columns))
    return Window(origin, closed, int(customers), _figure(q.kind, int(known), mean, variance))


def _population(q: Question, origin: dt.date) -> exp.Select:
    """Who belongs as of a day: `key`, and the measure as of that day, `y`."""
    each = assignment(q.model, q.rule.entity, [q.rule], q.at(origin), {"?y": q.measure.body}).query
    each.set("order", None)
    y = s.column("r", "?y")
    y = s.case((y, s.real(1.0)), (s.not_(y.copy()), s.real(0.0))) if q.kind == "share" else s.double(y)
    inside = exp.Select(expressions=[s.named(s.column("r", "entity_id"), "key"), s.named(y, "y")])
    return inside.from_(each.subquery(s.name("r"))).where(_belongs(q))


def _figure(kind: Kind, known: int, mean: float | None, variance: float | None) -> Figure | None:
    if known < FEWEST or mean is None or variance is None:
        return None
    if kind == "share":
        return Figure(mean, *wilson(round(known * mean), known), known)
    half = float(special.stdtrit(known - 1, 0.5 + LEVEL / 2)) * math.sqrt(variance / (known - 1))
    return Figure(mean, mean - half, mean + half, known)


def _belongs(q: Question) -> Sql:
    if q.part is not None:
        return is_in(q.part)
    return s.binary("!=", s.column("r", f"{q.rule.name}_status"), s.text("outside"))


def _over(base: exp.Query, columns: Sequence[Sql]) -> exp.Select:
    return exp.Select(expressions=[s.named(c, f"c{i}") for i, c in enumerate(columns)]).from_(
        base.copy().subquery(s.name("b"))
    )


def _of_money(q: Question, before: dt.date, origin: dt.date, closed: dt.date) -> Window:
    """Net and gross retention, over the customers of the day `before` who brought some money in the window that begins then."""
    base = _population(q, before)
    later = condition(q.model, q.rule.entity, {"?y": q.measure.body}, q.at(origin)).query
    stay = assignment(q.model, q.rule.entity, [], q.at(closed)).query
    is_gone = s.is_null(s.column("later", "entity_id"))
    x, y = s.column("b", "y"), s.case((is_gone, s.real(0.0)), default=s.double(s.column("later", "?y")))
    is_silent = s.all_of([s.not_(s.is_null(s.column("stay", "entity_id"))), s.binary("<=", y.copy(), s.real(0.0))])
    values = {
        "y": y,
        "x": x,
        "least": s.call("least", y.copy(), x.copy()),
        "silent": s.case((is_silent, x.copy()), default=s.real(0.0)),
    }
    each = exp.Select(expressions=[s.named(value, n) for n, value in values.items()])
    each = each.from_(base.copy().subquery(s.name("b")))
    each.set("joins", [_beside(later, "later"), _beside(stay, "stay")])
    had_some = s.all_of([s.not_(s.is_null(y.copy())), s.binary(">", x.copy(), s.real(0.0))])
    stored = q.engine.store(each.where(had_some))
    ((customers,),) = q.engine.rows(_over(base, [exp.Count(this=exp.Star())]))
    names = [s.column("b", n) for n in ("y", "least", "x", "silent")]
    ((known, sum_y, sum_least, sum_x, silent),) = q.engine.rows(
        _over(stored, [exp.Count(this=exp.Star()), *(exp.Sum(this=n) for n in names)])
    )
    window = Window(origin, closed, int(customers), None, before=before)
    if known < FEWEST:
        return window
    window = replace(window, brought=float(sum_x), silent=float(silent))
    ratios = [float(total) / float(sum_x) for total in (sum_y, sum_least)]
    squares = [exp.Sum(this=_square(s.column("b", n), ratio)) for n, ratio in zip(("y", "least"), ratios)]
    (sums,) = q.engine.rows(_over(stored, squares))
    net, gross = (_ratio(ratio, float(square), float(sum_x), int(known)) for ratio, square in zip(ratios, sums))
    if q.kind == "gross retention":
        net, gross = gross, net
    return replace(window, figure=net, other=gross)


def _beside(query: exp.Query, alias: str) -> exp.Join:
    """Customers as of another day beside those of the population, where they are there."""
    query.set("order", None)
    on = s.binary("=", s.column(alias, "entity_id"), s.column("b", "key"))
    return exp.Join(this=query.subquery(s.name(alias)), on=on, side="LEFT")


def _square(y: Sql, ratio: float) -> Sql:
    rest = exp.Paren(this=exp.Sub(this=y, expression=exp.Mul(this=s.real(ratio), expression=s.column("b", "x"))))
    return exp.Mul(this=rest, expression=rest.copy())


def _ratio(ratio: float, squares: float, total: float, n: int) -> Figure:
    error = math.sqrt(n / (n - 1) * squares) / total
    half = float(special.stdtrit(n - 1, 0.5 + LEVEL / 2)) * error
    return Figure(ratio, ratio - half, ratio + half, n)


# -- on track or not ----------------------------------------------------------------------


def _judged(q: Question, goal: Goal) -> Goal:
    latest = goal.latest
    assert latest is not None and latest.figure is not None
    if goal.end is None:
        return replace(goal, standing="no target", why="no target: add `from … to … by …`")
    up = goal.up
    if up is None:
        return replace(
            goal, standing="no target", why="from and to are the same, which doesn't say which way is better"
        )
    if goal.over:
        return _judged_after(q, goal, latest, up)
    if _is_beyond(latest.figure, goal.end, up):
        return replace(goal, standing="reached")
    left, last = _windows_left(q, latest, goal.target.by)
    if last is None:
        return _without_windows(q, goal, latest.figure, up)
    forecast = _forecast(goal.windows, last, goal.kind)
    if isinstance(forecast, str):
        return replace(goal, standing="open", why=forecast, left=left)
    if _is_beyond(forecast.figure, goal.end, up):
        standing: Standing = "on track"
    elif _is_beyond(forecast.figure, goal.end, not up):
        standing = "not on track"
    else:
        standing = "open"
    why = "going on as it did, it may reach the target or not" if standing == "open" else ""
    return replace(goal, standing=standing, why=why, left=left, forecast=forecast)


def _judged_after(q: Question, goal: Goal, latest: Window, up: bool) -> Goal:
    """A goal whose day has passed: by the last window that closed by then, if the data go as far."""
    by, end = goal.target.by, _end_of_data(q)
    assert by is not None and goal.end is not None
    if _windows_left(q, latest, by)[0] and not _is_by(by, end):
        why = f"its day has passed, but the data end on {day(end)}, before it"
        return replace(goal, standing="open", why=why)
    judged = goal.judged
    if judged is None or judged.figure is None:
        known = q.measure.outcome or _is_known_then(q)
        none = (
            "no window with a figure had closed by its day" if known else "its figure on its day isn't known any more"
        )
        return replace(goal, standing="open", why=none)
    if _is_beyond(judged.figure, goal.end, up):
        return replace(goal, standing="reached")
    return replace(goal, standing="missed" if _is_beyond(judged.figure, goal.end, not up) else "open")


def _without_windows(q: Question, goal: Goal, figure: Figure, up: bool) -> Goal:
    """A goal by whose day, which is to come, no further window closes."""
    if not q.measure.outcome:
        why = "a metric has the figure of one day, which says nothing of where it goes"
        return replace(goal, standing="open", why=why)
    assert goal.end is not None
    why = "no further window closes by then"
    return replace(goal, standing="not on track" if _is_beyond(figure, goal.end, not up) else "open", why=why)


def _is_beyond(figure: Figure, end: float, up: bool) -> bool:
    """Whether the whole interval lies on the target's far side, or on it."""
    return figure.low >= end if up else figure.high <= end


def _windows_left(q: Question, latest: Window, by: dt.date | None) -> tuple[int, dt.date | None]:
    """How many more windows close by a day, and when the last of them does."""
    left, closed = 0, latest.closed
    while by is not None and q.measure.outcome and left < _MOST:
        following = q.closes(closed)
        if not _is_by(following, by):
            break
        left, closed = left + 1, following
    return left, closed if left else None


def _forecast(windows: Sequence[Window], closed: dt.date, kind: Kind) -> Forecast | str:
    """The straight line through the windows' figures, weighted by their precision, at a later window; or why there is none."""
    figures = [((w.closed - closed).days, w.figure) for w in windows if w.figure is not None]
    if len(figures) < LINE:
        return f"fewer than {LINE} windows say nothing of where it goes"
    errors = _errors([f for _, f in figures], kind)
    if not all(errors):
        return "the figures have no spread, so nothing says how far from a straight line the next may lie"
    points = [(t, f.estimate, error) for (t, f), error in zip(figures, errors)]
    weights = [1 / error**2 for *_, error in points]
    total = sum(weights)
    middle = sum(w * t for w, (t, _, _) in zip(weights, points)) / total
    mean = sum(w * y for w, (_, y, _) in zip(weights, points)) / total
    spread = sum(w * (t - middle) ** 2 for w, (t, _, _) in zip(weights, points))
    slope = sum(w * (t - middle) * (y - mean) for w, (t, y, _) in zip(weights, points)) / spread
    apart = sum(w * (y - mean - slope * (t - middle)) ** 2 for w, (t, y, _) in zip(weights, points))
    scatter = apart / (len(points) - 2)
    reach = Z if scatter <= 1 else float(special.stdtrit(len(points) - 2, 0.5 + LEVEL / 2))
    variance = (1 / total + middle**2 / spread + points[-1][2] ** 2) * max(1.0, scatter)
    estimate, half = mean - slope * middle, reach * math.sqrt(variance)
    middle, low, high = estimate, estimate - half, estimate + half
    if kind == "share":
        middle, low, high = (min(1.0, max(0.0, x)) for x in (middle, low, high))
    return Forecast(closed, Figure(middle, low, high, figures[-1][1].known))


def _errors(figures: Sequence[Figure], kind: Kind) -> list[float]:
    """Standard errors. Of shares all by the share of all together, so that a window without a yes isn't taken for a precise one.

    Another figure without a spread has that of the others, on average of their squares; all are 0 where no figure has one.
    """
    if kind != "share":
        spread = [f.se for f in figures if f.se > 0]
        usual = math.sqrt(sum(e * e for e in spread) / len(spread)) if spread else 0.0
        return [f.se or usual for f in figures]
    known = sum(f.known for f in figures)
    share = sum(f.known * f.estimate for f in figures) / known if known else 0.0
    if share in (0.0, 1.0):
        return [f.se for f in figures]
    return [math.sqrt(share * (1 - share) / f.known) for f in figures]
