"""The table of planted bugs: each, put into a copy of the package, is noticed by a law, or by an operator's edges."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.laws import warm
from tests.support.paths import PACKAGE, TESTS


@dataclass(frozen=True)
class Bug:
    name: str
    side: str
    file: str
    old: str
    new: str
    law: str


REF, FUN, SQL, PG = "reference", "compiled", "duckdb", "postgres"
HALF_OPEN = "a window is half-open: its start is in, its end is not"
DECIDED = "what the rows seen decide of a count is decided, whatever rows are lacking"
NAMED = "a count that may lack rows is the same by name, chosen, and as of then; and is no figure to compute with"
YOUNG = "whoever began when the table was complete lacks nothing, and who always existed may"
WEEK = "a week of Los Angeles isn't that of London"
WAY = "rows on the way have days of their own zone, and one of no known zone leaves it open"
REACH = "a zone decides whether a window reaches back before a table is complete; that of rows on the way might, in any zone"
NOTHING = "a sum of nothing is over the denominator that a sum of something has, and a double where that is one"
KEPT = "an arm keeps whoever the last run had in it until the condition is true; what isn't known doesn't keep"
STAY = "a stay begins at its first run after the last run with another place, however far apart runs are"
EXACT = "50 % means 50 %: ratios are exact"
BUGS = [
    Bug("a stay of just that long not long enough", REF, "ops/keep.py", 'k.Compare("<=", runs.at, moment)', 'k.Compare("<", runs.at, moment)', STAY),
    Bug("a stay since the first run ever", SQL, "ops/keep.py", "long_enough = k.And((was_there, k.Not(elsewhere_since)))", "long_enough = was_there", STAY),
    Bug("kept wherever the last run had it", REF, "ops/keep.py", "k.And((_if_read(runs, was_in), still))", "k.And((still,))", KEPT),
    Bug("any run for the last", SQL, "ops/keep.py", "k.Window(runs.start, _NOW), latest=1)\n    was_in", "k.Window(runs.start, _NOW))\n    was_in", KEPT),
    Bug("where a run placed it for what its data said", SQL, "ops/keep.py", "by_data = _is(runs.by_data, arm)", "by_data = _is(runs.arm, arm)", "an arm keeps for as long after the last run by whose data it was the arm; that long ago is in"),
    Bug("this period for the next", REF, "resolve/keeping.py", '-1 if which == "next" else 0', "0", "an arm keeps until the end of the period of that run, or of the period after it"),
    Bug("nobody was anywhere before the start", SQL, "ops/keep.py", 'k.If(k.Compare("<", _NOW, runs.start), unread, of_runs, ty.BOOLEAN)', "of_runs", "before the starting day nobody knows who was where; on it, and for who came after it, nobody was"),
    Bug("nobody in by its data before the start", SQL, "ops/keep.py", "_if_read(runs, since_start)", "since_start", "before the starting day every clause that keeps is unknown; as of that day none keeps"),
    Bug("today's data with what is kept", SQL, "model/segment.py", "replace(a, condition=a.by_data, by_data=None)", "replace(a, by_data=None)", KEPT),
    Bug("a window closed at its end", REF, "reference/evaluate.py", "(end is None or at < end)", "(end is None or at <= end)", HALF_OPEN),
    Bug("a window closed at its end", SQL, "sql/aggregates.py", 'inside.append(s.binary("<", at', 'inside.append(s.binary("<=", at', HALF_OPEN),
    Bug("a window open at its start", SQL, "sql/aggregates.py", 'inside.append(s.binary(">=", at', 'inside.append(s.binary(">", at', HALF_OPEN),
    Bug("rows of the future seen", REF, "reference/world.py", "        return value < clock.now\n", "        return True\n", "a row at as-of or later doesn't exist, not even for ever"),
    Bug("rows of the future seen", SQL, "sql/life.py", 'return [s.binary("<", s.column("r", relation.at)', 'return [s.binary(">", s.column("r", relation.at)', "a row at as-of or later doesn't exist, not even for ever"),
    Bug("known future rows lost", SQL, "sql/life.py", 's.binary("<", s.column("r", known_at), _now(relation, known_at, clock))', 's.binary("<", s.column("r", relation.at), _now(relation, known_at, clock))', "rows planned ahead count where the window reaches past as-of, and rows of which nobody knows yet nowhere"),
    Bug("missing taken for false", REF, "reference/evaluate.py", "            return Unknown(_few(reasons))\n        if isinstance(a, q.Quantity)", "            return False\n        if isinstance(a, q.Quantity)", "missing is neither equal nor unequal, and neither is its negation"),
    Bug("missing taken for false", SQL, "sql/conditions.py", "return s.binary(e.op, left, right)", "return s.coalesce(s.binary(e.op, left, right), s.FALSE)", "missing is neither equal nor unequal, and neither is its negation"),
    Bug("the sign of a divisor dropped", SQL, "sql/numbers.py", 's.binary("*", scaled.sql, s.call("sign", b.numerator))', "scaled.sql", "a negative divisor turns nothing round"),
    Bug("the sign of a divisor dropped", REF, "reference/quantity.py", "sign = 1 if bn > 0 else -1", "sign = 1", "a negative divisor turns nothing round"),
    Bug("the sign of a divisor dropped", FUN, "compiled/write.py", "b_over if divisor > 0 else -b_over", "b_over", "a figure divides exactly, whatever its sign"),
    Bug("unknown before false", FUN, "compiled/write.py", "False if {false} else None if {_any_is('None', unknown)} else True", "None if {_any_is('None', unknown)} else False if {false} else True", "false and unknown is false, true or unknown is true"),
    Bug("a count that may lack rows taken for nothing known", FUN, "compiled/write.py", "        if self._may_be_bounded(e.left, e.right):", "        if False:", DECIDED),
    Bug("a chosen number left exact", FUN, "compiled/write.py", "if self._exactness.real(e) else chosen", "if False else chosen", "what may be a double is one, whichever is chosen"),
    Bug("the guard against 0 dropped", SQL, "sql/numbers.py", 's.call("nullif", s.call("abs", b.numerator), s.whole(0)), b.bits', 's.call("abs", b.numerator), b.bits', "division by zero is missing"),
    Bug("ratios compared in doubles", SQL, "sql/numbers.py", "    exact = s.binary(op, left.sql, right.sql)", "    return in_double\n    exact = s.binary(op, left.sql, right.sql)", EXACT),
    Bug("ratios compared in doubles", REF, "reference/quantity.py", "    if a.pair is not None and b.pair is not None:\n        left, right", "    if False:\n        left, right", EXACT),
    Bug("a tie broken by chance", SQL, "sql/aggregates.py", "for c in keys]\n        order", "for c in keys[:1]]\n        order", "one order of rows: time, then the columns, missing first"),
    Bug("the latest time is the earliest", SQL, "sql/aggregates.py", "function=k.Function.MIN if a.rows.earliest else k.Function.MAX)", "function=k.Function.MAX if a.rows.earliest else k.Function.MIN)", "the time of the latest row is the latest time, that of the first the earliest, and of no row none"),
    Bug("missing sorted last", REF, "reference/evaluate.py", "(False, 0) if c is None", "(True, \"~\") if c is None", "one order of rows: time, then the columns, missing first"),
    Bug("where after latest", REF, "reference/evaluate.py", "        selected: list[Row] = []\n", "        within = sorted(within, key=lambda r: self._order(rows.relation, r))[-(rows.latest or len(within)):]\n        selected: list[Row] = []\n", "latest are the latest of those that pass where"),
    Bug("where after latest", SQL, "sql/aggregates.py", "is_selected = s.case((selection.yes, s.whole(1)), default=s.whole(0))", "is_selected = s.whole(1)", "latest are the latest of those that pass where"),
    Bug("an uncertain row among the latest overlooked", SQL, "sql/aggregates.py", 's.binary("<", rank, most)', 's.binary("<", rank, s.whole(0))', "latest is unknown where a row that could be among them is unknown"),
    Bug("any coalesced before unknown is told from false", SQL, "sql/aggregates.py", "(s.column(alias, unknown), s.NULL), default=s.FALSE", "(s.column(alias, unknown), s.FALSE), default=s.FALSE", "any is unknown where a row might do, for a customer with other rows and without"),
    Bug("a missing bound forgotten", SQL, "sql/plan.py", "bounds = [by.sql(b) for b in _bounds(aggregate.rows) if by.clock.constant(b) is None]", "bounds: list[Sql] = []", "a missing bound makes it unknown, with rows and without"),
    Bug("28 times 24 hours for 28 days", REF, "model/clock.py", "        local = self.local(moment)\n", "        if unit == \"day\":\n            return moment + dt.timedelta(days=count)\n        local = self.local(moment)\n", "28 days are civil days across the change of clocks, not 28 times 24 hours"),
    Bug("undecided skipped", REF, "reference/evaluate.py", "        if reasons:\n            return self._unassigned(rule, _few(reasons))\n", "", "whoever passes an unknown arm goes to undecided, never to otherwise"),
    Bug("undecided skipped", SQL, "sql/arms.py", "whens = [*outside, *no_population, *arm_cases, *passed_on]", "whens = [*outside, *no_population, *arm_cases]", "whoever passes an unknown arm goes to undecided, never to otherwise"),
    Bug("a sum of nothing missing", SQL, "sql/aggregates.py", "value = s.case((none, s.big(0)), default=s.column(alias, total))", "value = s.column(alias, total)", "no rows: a count and a sum are 0, the others missing; all of them missing: so is the sum"),
    Bug("the unknown counted in a share", SQL, "sql/aggregates.py", "s.all_of([selection.yes, s.not_(s.is_null(condition))])", "selection.yes", "share leaves the unknown out of both counts, and is missing over nothing"),
    Bug("the dead still reached", SQL, "sql/life.py", "    exists = _exists(relation, clock, ahead)\n", "    exists: list[Sql] = []\n", "rows of someone who is gone are not reached"),
    Bug("overflow unnoticed", SQL, "sql/numbers.py", "    out = _either(left.out, right.out)\n    return exact if out is None", "    out = None\n    return exact if out is None", "beyond 128 bits a row is decided in doubles, not lost"),
    Bug('ties torn apart', REF, 'reference/evaluate.py', 'len(values) - bisect_right(values, value)', 'len(values) - bisect_left(values, value)', 'equal values land together, and only those of the population are ranked'),
    Bug('the whole base ranked', REF, 'reference/evaluate.py', 'if e.among is None or self.truth(e.among, r) is True]', 'if True]', 'equal values land together, and only those of the population are ranked'),
    Bug('the whole base ranked', SQL, 'sql/standing.py', '([s.is_true(self.among)] if self.among is not None else [])', '([])', 'equal values land together, and only those of the population are ranked'),
    Bug('the group overlooked', SQL, 'sql/standing.py', 'if self.group is not None:\n            window', 'if False:\n            window', 'equal values land together, and only those of the population are ranked'),
    Bug('debts counted as revenue', SQL, 'sql/standing.py', 's.binary(">", p.value, s.whole(0))', 's.binary(">", p.value, s.whole(-100))', 'a quantile never tears equal values apart, and a cumulative share counts those strictly above'),
    Bug('a quantile one too high', REF, 'reference/evaluate.py', 'e.parts * smaller // len(values)', '(e.parts * smaller + 1) // len(values)', 'a quantile never tears equal values apart, and a cumulative share counts those strictly above'),
    Bug('the present asked for the past', SQL, 'sql/plan.py', 'DataView(instant, e.ahead)', 'DataView(view.now, e.ahead)', 'as of then, nobody who came later exists, and rows of later are unseen'),
    Bug('the present asked for the past', REF, 'reference/evaluate.py', 'world = self.world.at(instant, e.ahead)', 'world = self.world', 'as of then, nobody who came later exists, and rows of later are unseen'),
    Bug('the outer shift forgotten', SQL, 'sql/plan.py', 'instant = self.clock(view).constant(e.moment)', 'instant = self.clock(self.now).constant(e.moment)', 'a shift of a shift is their sum'),
    Bug('one week too few', REF, 'ops/every_for.py', 'for i in range(1, times)', 'for i in range(2, times)', 'every week asks as of each week, the present one first'),
    Bug('the deadline left out', SQL, 'resolve/rows.py', '"<=", _like(happens, deadline.type)', '"<", _like(happens, deadline.type)', "an answer up to the deadline counts, one after it doesn't, and until then nobody knows"),
    Bug('silence before the deadline taken for none', REF, 'ops/followed_by.py', 'body: k.Expr = k.Or((answered, undecided))', 'body: k.Expr = answered', "an answer up to the deadline counts, one after it doesn't, and until then nobody knows"),
    Bug('a row answers itself', REF, 'reference/evaluate.py', 'if rows.other and r is row:', 'if False:', "a row doesn't answer itself"),
    Bug('a row answers itself', SQL, 'sql/plan.py', '        if first.other:\n', '        if False:\n', "a row doesn't answer itself"),
    Bug('rows of others joined', SQL, 'sql/plan.py', 'conditions.append(s.binary("=", anchor, self._belongs_to(rows, first)))', 'pass', 'rows inside rows are those of the same customer, and see the row around them'),
    Bug('a loop has a root', REF, 'reference/world.py', '            elif at not in path:\n', '            else:\n', 'a family is everyone under one root, and a loop has none'),
    Bug('families of two generations', SQL, 'sql/plan.py', 'below = exp.Select(expressions=[s.column(ROW, key), s.column("t", HIERARCHY_TOP)])', 'below = exp.Select(expressions=[s.column(ROW, key), s.column("t", HIERARCHY_KEY)])', 'a family is everyone under one root, and a loop has none'),
    Bug('a tie decided by chance', SQL, 'sql/aggregates.py', 'return s.case((s.binary("=", least, greatest), least))', 'return least', 'the most common is missing where two are equally common'),
    Bug('a tie decided by chance', REF, 'reference/evaluate.py', 'if len(most) == 2 and most[0][1] == most[1][1]:', 'if False:', 'the most common is missing where two are equally common'),
    Bug('limited among those taken before', SQL, 'sql/arms.py', '*(s.not_(s.is_true(arm)) for arm in earlier_arms)', '*([] if earlier_arms else [])', "of those the arm would take, the largest; ties are all in, the rest pass on, and who can't be placed is unknown"),
    Bug('limited among those taken before', REF, 'reference/evaluate.py', 'return not any(self.takes(rule, earlier, row) is True for earlier in range(number))', 'return True', "of those the arm would take, the largest; ties are all in, the rest pass on, and who can't be placed is unknown"),
    Bug('an expired row counts', REF, 'model/lists.py', '(last is None or last >= clock.today)', 'True', 'a list names the arm while its row counts, within the population'),
    Bug('an expired row counts', SQL, 'sql/life.py', 'return [_or_missing("from", has_begun), _or_missing("expires", has_not_expired)]', 'return [_or_missing("from", has_begun)]', 'a list names the arm while its row counts, within the population'),
    Bug('what is lacking taken for none', SQL, 'sql/plan.py', '        if relation.complete_from is None:\n', '        if True:\n', 'what a table may lack leaves it open, unless the rows that are there decide'),
    Bug('what is lacking taken for none', REF, 'reference/evaluate.py', '        if relation.complete_from is None:\n', '        if True:\n', 'what a table may lack leaves it open, unless the rows that are there decide'),
    Bug('all of history at once', SQL, 'sql/life.py', 'for begin, end in ((relation.lives_from, relation.lives_to), (relation.valid_from, relation.valid_to)):', 'for begin, end in ((relation.lives_from, relation.lives_to),):', 'of an entity with history, the row that is valid then'),
    Bug('known before it was said', REF, 'reference/world.py', '        if self.ahead or not known_at:\n', '        if True:\n', 'a field is missing until it was known'),
    Bug('known before it was said', SQL, 'sql/life.py', 'if ahead or field is None or field.known_at is None:', 'if True or field is None:', 'a field is missing until it was known'),
    Bug('the day itself counted', SQL, 'sql/calendars.py', 'between = s.binary("-", _until(calendar, end), _until(calendar, start))', 'between = s.binary("+", s.binary("-", _until(calendar, end), _until(calendar, start)), s.whole(1))', 'business days leave out weekends, and the day itself'),
    Bug('the zone overlooked', SQL, 'sql/conditions.py', 's.cast(s.local(self.sql(moment), self.rows.zone(self.sql(zone)).name), "DATE")', 's.cast(self.sql(moment), "DATE")', 'days are those of the zone that a field names, and of no zone nothing is known'),
    Bug('the zone overlooked', REF, 'reference/evaluate.py', 'clock = self._clock if e.zone is None else self._clock_in(e.zone, row)', 'clock = self._clock', 'days are those of the zone that a field names, and of no zone nothing is known'),
    Bug('at least taken for more than', REF, 'reference/evaluate.py', '">=" if op in (">=", "<") else ">"', '">"', DECIDED),
    Bug('more than taken for at least', REF, 'reference/evaluate.py', '">=" if op in (">=", "<") else ">"', '">="', DECIDED),
    Bug('at least taken for more than', SQL, 'sql/numbers.py', '">=" if op in (">=", "<") else ">"', '">"', DECIDED),
    Bug('more than taken for at least', SQL, 'sql/numbers.py', '">=" if op in (">=", "<") else ">"', '">="', DECIDED),
    Bug('sides not exchanged', REF, 'reference/evaluate.py', '(k.MIRRORED[e.op], b, a)', '(e.op, b, a)', DECIDED),
    Bug('sides not exchanged', SQL, 'sql/numbers.py', '_by_floor(k.MIRRORED[op], b, a)', '_by_floor(op, b, a)', DECIDED),
    Bug('one of them not excluded', REF, 'reference/evaluate.py', 'return False if excluded else Unknown(item.reasons)', 'return Unknown(item.reasons)', 'a count that may lack rows, beside any number'),
    Bug('distinct ones forgotten', REF, 'reference/evaluate.py', '                count = self._different(e, selected)\n', '                return gap\n', "distinct counts can only grow, too; sums and shares can't be told"),
    Bug('distinct ones forgotten', SQL, 'sql/aggregates.py', 'if a.function in (k.Function.COUNT, k.Function.COUNT_DISTINCT):', 'if a.function == k.Function.COUNT:', "distinct counts can only grow, too; sums and shares can't be told"),
    Bug('forgotten by name', SQL, 'sql/aggregates.py', 'return replace(stored, floor=s.column("e", column)), [*columns', 'return stored, [*columns', NAMED),
    Bug('forgotten by choice', SQL, 'sql/numbers.py', 'floor = pick(then.floor or s.NULL, otherwise.floor or s.NULL)', 'pass', NAMED),
    Bug('forgotten once rounded', SQL, 'sql/plan.py', 'replace(n.leaf(*n.summand(number)), floor=number.floor) if', 'n.leaf(*n.summand(number)) if', NAMED),
    Bug('at least so much once rounded', REF, 'reference/evaluate.py', 'return Unknown(number.reasons)  # what is at least', 'return number  # what is at least', NAMED),
    Bug('figured with', REF, 'reference/evaluate.py', '        operands = self._operands(e.left, e.right, row)\n        if isinstance(operands, Unknown):\n            return operands\n        a, b = operands\n        assert', '        operands = self._operands(e.left, e.right, row)\n        if isinstance(operands, Unknown):\n            return self.value(e.left, row)\n        a, b = operands\n        assert', NAMED),
    Bug('the latest filled up from nowhere', REF, 'reference/evaluate.py', 'if len(selected) == e.rows.latest and not e.rows.earliest:', 'if not e.rows.earliest:', "rows of before could only fill up the latest, and rows that might count don't"),
    Bug('the latest never filled', SQL, 'sql/aggregates.py', 'return s.any_of([is_complete, all_present])', 'return is_complete', "rows of before could only fill up the latest, and rows that might count don't"),
    Bug('the young taken for old', REF, 'reference/evaluate.py', ' or self._began(rows, row, relation.complete_from):', ':', YOUNG),
    Bug('the young taken for old', SQL, 'sql/plan.py', 'return s.any_of([late, s.binary(">=", birth, s.moment(first))])', 'return late', YOUNG),
    Bug('born the day after', SQL, 'sql/plan.py', 's.any_of([late, s.binary(">=", birth', 's.any_of([late, s.binary(">", birth', YOUNG),
    Bug('born at midnight elsewhere', REF, 'reference/evaluate.py', 'return birth >= self.world.clock.start_of_day(first)', 'return birth.date() >= first', YOUNG),
    Bug('a date of birth forgotten', REF, 'reference/evaluate.py', 'return isinstance(birth, dt.date) and birth >= first', 'return False', "it is the life of the one whose rows they are that counts, not of those on the way"),
    Bug('a window of the workspace', REF, 'reference/evaluate.py', 'return None if zone is None else self._clock_in(zone, row)', 'return self.world.clock', WEEK),
    Bug('a window of the workspace', SQL, 'sql/conditions.py', 'return Plain(s.moment(constant) if self.by is None else self.by.border(e))', 'return Plain(s.moment(constant))', WEEK),
    Bug('a written zone overlooked', SQL, 'sql/plan.py', 'return None if zone_info is None else Clock(view.now, zone_info)', 'return self.clock(view)', WEEK),
    Bug('today of the workspace', REF, 'reference/evaluate.py', 'constant = self._clock.constant(e)', 'constant = self.world.clock.constant(e)', "today is that of the zone: on its Sunday the last week is the one before"),
    Bug('days begin at midnight UTC', SQL, 'sql/conditions.py', 'return s.text(self.clock.zone.key) if self.by is None else self.by.name', 'return s.text(self.clock.zone.key)', "one of 25 hours, too; a date begins where the zone's day does"),
    Bug('days begin at midnight UTC', REF, 'reference/evaluate.py', 'else self._clock.start_of_day(_time(day))', 'else self.world.clock.start_of_day(_time(day))', "one of 25 hours, too; a date begins where the zone's day does"),
    Bug('no zone is nothing', SQL, 'sql/plan.py', 'return bounds if by.by is None else [by.by.name, *bounds]', 'return bounds', "without a time zone, or with one that isn't, nothing is known, with rows and without"),
    Bug('no zone is nothing without rows', REF, 'model/windows.py', '    if not all(_is_reachable(row, back) for row in k.rows_of(rows.zone)):\n', '    if next(iter(k.rows_of(rows.zone)), None) is not None:\n', "without a time zone, or with one that isn't, nothing is known, with rows and without"),
    Bug('rows of no zone left out', SQL, 'sql/aggregates.py', 'uncertain = [self._zoneless(back.rows)] if a.rows.zone is not None and outer_zone is None else []', 'uncertain: list[str] = []', WAY),
    Bug('rows of no zone left out', REF, 'reference/evaluate.py', '        if reasons:\n            return Unknown(_few(reasons))\n        return [r for r, w', '        return [r for r, w', WAY),
    Bug('the earliest zone forgotten', REF, 'reference/evaluate.py', 'return windows.earliest(self.world.clock.now, rows.window.start)', 'return self.world.clock.constant(rows.window.start)', REACH),
    Bug('the earliest zone forgotten', SQL, 'sql/plan.py', 'earliest = windows.earliest(query.view.now, start)', 'earliest = query.conditions.clock.constant(start)', REACH),
    Bug('back by the days of the workspace', SQL, 'sql/plan.py', '        by = query.conditions_by(zone)\n        constant', '        by = query.conditions\n        constant', REACH),
    Bug('half an hour of summer time lost', REF, 'reference/evaluate.py', 'self._clock.shift(_time(start), count, unit)', 'self.world.clock.shift(_time(start), count, unit)', "on Lord Howe clocks change by half an hour"),
    Bug('the day that was left out given back', REF, 'model/clock.py', 'return max(', 'return min(', "the day that Samoa left out is empty, and is one of those that have passed"),
    Bug('zones without an hour', PG, 'sql/plan.py', 'table = exp.values([(z, *(_iso(m[z])', 'table = exp.values([(z, *(_iso(m["UTC"])', WEEK),
    Bug('months of ten to the year', PG, 'sql/dialect.py', '* 12"', '* 10"', 'years since renewal >= 18'),
    Bug('found at place 0', PG, 'sql/dialect.py', 'POSITION({1} IN {0}) > 0', 'POSITION({1} IN {0}) >= 0', 'region contains "_"'),
    Bug('the other end', PG, 'sql/dialect.py', 'RIGHT({0}, LENGTH({1}))', 'LEFT({0}, LENGTH({1}))', 'region ends with "ab"'),
    Bug('a part of the text matches', PG, 'sql/dialect.py', 'f"^(?:{_ascii_classes(inner)})$"', 'f"(?:{_ascii_classes(inner)})"', 'region matches "[A-Z]{2}[0-9]+"'),
    Bug('words end at a digit', PG, 'sql/dialect.py', '"[^[:alnum:]_]"', '"[^[:alpha:]_]"', 'region contains word "sec"'),
    Bug('all where any', PG, 'sql/dialect.py', '({0} && CAST({1} AS TEXT[]))', '({0} @> CAST({1} AS TEXT[]))', 'tags has none ("x", "y")'),
    Bug('any where all', PG, 'sql/dialect.py', '({0} @> CAST({1} AS TEXT[]))', '({0} && CAST({1} AS TEXT[]))', 'tags has all ("x", "y")'),
    Bug('the least is the first that comes', PG, 'sql/dialect.py', 'AS t(x) ORDER BY x) END', 'AS t(x)) END', 'max(invoices.weight) - min(invoices.weight) > 1'),
    Bug('the median of one half', PG, 'sql/dialect.py', 's.call("percentile_disc", a[1])', 's.call("percentile_disc", s.whole(0))', 'median(invoices.amount) = 1.50'),
    Bug('division with a rest', PG, 'sql/dialect.py', '"DIV({0}, {1})"', '"({0} / {1})"', 'quantile(arr, 2) = 1'),
    Bug('64 bits for 128', PG, 'sql/dialect.py', 'exp.DataType.build("DECIMAL")', 'exp.DataType.build("BIGINT")', 'active * active > 0'),
    Bug('the first of two equal hours', REF, 'model/clock.py', 'return max(', 'return min(', "a time that clocks show twice is the second, one that they leave out is as if they hadn't been set"),
    Bug('no list is an error', PG, 'sql/dialect.py', 'IMMUTABLE STRICT AS', 'IMMUTABLE AS', 'average(invoices.weight) > 1'),
    Bug('no list taken for an empty one', PG, 'sql/dialect.py', 'CASE WHEN {0} IS NOT NULL THEN ARRAY(', 'CASE WHEN true THEN ARRAY(', 'average(invoices.weight) > 1'),
    Bug('a sum of nothing known is 0', SQL, 'sql/aggregates.py', 's.double(s.whole(0))), default=sum_of_known)', 's.double(s.whole(0))), default=total())', 'sum(invoices.weight) < 1'),
    Bug('salt and key run together', PG, 'sql/dialect.py', "DECODE('00', 'hex') || ", '', 'split("s") < 0.75'),
    Bug('months for years', PG, 'sql/dialect.py', '"month": _part("MONTH")', '"month": _part("YEAR")', 'month of renewal = 2'),
    Bug('a thousandth of an hour', PG, 'sql/dialect.py', '* 1000000 AS BIGINT', '* 1000 AS BIGINT', 'hours since seen >= 24'),
    Bug('weeks of a day', PG, 'sql/dialect.py', '"to_days": _interval("days")', '"to_days": _interval("weeks")', 'any(meetings where level = "exec" not followed by logins within 3 days)'),
    Bug('nothing counted in dollars', REF, 'reference/evaluate.py', 'nothing = q.exact(0, self._exactness.denominator(e) or 1)', 'nothing = q.exact(0, 1)', NOTHING),
    Bug('nothing is exact', REF, 'reference/evaluate.py', 'return q.rounded(nothing) if self._exactness.real(e) else nothing', 'return nothing', NOTHING),
    Bug('exact where it is chosen', REF, 'reference/evaluate.py', 'return q.rounded(value) if isinstance(value, q.Quantity) and self._exactness.real(e) else value', 'return value', "what may be a double is one, whichever is chosen"),
    Bug('medians multiplied out', REF, 'model/exact.py', 'return _within_bound(2 * (self.denominator(value) or QUOTIENT_SCALE))', 'return None', "two medians over one denominator are compared exactly"),
    Bug('the middle leaves its range', PG, 'sql/aggregates.py', 'middle_sum = s.finite(s.binary("+", lower, upper))', 'middle_sum = s.binary("+", lower, upper)', "a median of doubles whose middle is too large is missing"),
    Bug('the most common of all', SQL, 'sql/aggregates.py', 'exp.Count(this=s.case((is_known, s.whole(1))))', 'exp.Count(this=exp.Star())', "the most common of the latest is that of those alone"),
    Bug('nobody has no rows', SQL, 'sql/plan.py', '            if first.outer is not None and first.anchor != k.This():\n', '            if False:\n', "rows of nobody are unknown, whichever window they are asked in"),
    Bug('all rows asked of their own relation', PG, 'sql/plan.py', 'rows.hops[0].source if rows.hops else relation', 'rows.hops[0].source if rows.hops else rows.relation', "what all rows come to is the same for whoever asks, a list's rows too"),
]  # fmt: skip


def source_with(bug: Bug | Planted) -> str:
    return (PACKAGE / bug.file).read_text(encoding="utf-8").replace(bug.old, bug.new)


@pytest.mark.long
@pytest.mark.parametrize("bug", BUGS, ids=lambda b: f"{b.name} ({b.side})")
def test_each_planted_bug_is_noticed(bug: Bug, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    database = request.getfixturevalue("postgres_url") if bug.side == PG else ""
    environment = {"SEGDSL_TEST_DATABASE": database}
    check = "tests.laws.check_law:main"
    code, output = warm.call(tmp_path, bug.file, source_with(bug), check, bug.side, bug.law, environment=environment)
    assert "Traceback" not in output, output[-2000:]
    assert code == 1, "no law noticed"


@dataclass(frozen=True)
class Planted:
    """A bug anywhere in the package and the test that notices it; the one case where a test has many."""

    name: str
    file: str
    old: str
    new: str
    test: str


ELSEWHERE = [
    Planted("day and month exchanged", "data/dates.py", '"DD": ("[0-9]{1,2}", "%d")', '"DD": ("[0-9]{1,2}", "%m")', "data/test_cells.py::test_formats[-'date'-'11/01/2026'-]"),
    Planted("an ambiguous date guessed",
        "data/unclear.py",
        "    if not n:\n        if date_format",
        "    if True:\n        if date_format",
        "data/test_cells.py::test_what_can_be_read_in_two_ways_is_asked_for"),
    Planted("thousands taken for thousandths", "data/unclear.py", "if three and not other else []", "if False else []", "data/test_cells.py::test_what_can_be_read_in_two_ways_is_asked_for"),
    Planted("brackets overlooked", "data/numbers.py", '".*[(\\x{2212}-].*"', '".*[\\x{2212}-].*"', "data/test_cells.py::test_text['usd'-'(12.00)'--1200]"),
    Planted("percent taken as it stands", "data/numbers.py", "THEN {exact} // 100 ELSE", "THEN {exact} ELSE", "data/test_cells.py::test_text['number'-'85%'-850000000]"),
    Planted("a zone of times overlooked", "data/dates.py", "    return naive if zone ==", "    return naive if True or zone ==", "data/test_cells.py::test_text['timestamp'-'2026-11-01T09:30'-datetime.datetime(2026, 11, 1, 8, 30)]"),
    Planted("unreadable cells not counted", "data/cells.py", "IS NOT NULL AND ({value}) IS NULL", "IS NULL AND ({value}) IS NULL", "data/test_cells.py::test_what_cannot_be_read_is_counted_with_examples"),
    Planted("files joined by place, not by name", "data/relations.py", '" UNION ALL BY NAME ".join(queries)\n', '" UNION ALL ".join(queries)\n', "data/test_exports.py::test_each_is_read_right_or_says_so[two files, their columns in another order]"),
    Planted("personal examples shown", "data/contract.py", "() if described.personal else", "() if False else", "data/test_cells.py::test_examples_of_personal_fields_are_not_shown"),
    Planted("stale data published", "run/freshness.py", "if stale and not allow_stale:", "if False:", "ledger/test_ledger.py::test_stale_data_is_not_published"),
    Planted("fields of today for fields of then", "run/causes.py", "with engine.as_it_was(then, changed):", "with engine.as_it_was(then, {}):", "ledger/test_ledger.py::test_each_move_has_its_cause_and_its_clause"),
    Planted("rows of later seen then", "engines/duckdb.py", "    return f\"{_name(known)} < {border}\"", "    return \"true\"", "ledger/test_ledger.py::test_each_move_has_its_cause_and_its_clause"),
    Planted("runs of another source counted", "ledger/recorded.py", "and r.source == source ", "", "run/test_recorded_runs.py::test_only_runs_of_the_rule_by_the_source_since_the_starting_day_count"),
    Planted("the run published first counted", "ledger/recorded.py", "key=lambda r: (r.started_at, r.run_id))", "key=lambda r: (r.started_at, r.run_id), reverse=True)", "run/test_recorded_runs.py::test_of_several_runs_as_of_one_instant_the_one_that_was_published_last_counts"),
    Planted("nobody for runs that lack", "ledger/recorded.py", "return self.first if self.first is not None else LATEST", "return self.starting", "run/test_recorded_runs.py::test_what_is_not_recorded_is_unknown_and_says_what_to_do"),
    Planted("a run of meanwhile overlooked", "run/record.py", "not recorded.is_current(ledger)", "False", "run/test_recorded_runs.py::test_a_run_that_was_recorded_meanwhile_is_not_overlooked"),
    Planted("the arm by data lost in an older ledger", "ledger/renewal.py", "if version >= 4 else \"arm\"", "if version >= 4 else \"NULL\"", "ledger/test_ledger.py::test_a_renewed_ledger_says_what_it_said"),
    Planted("the arm by data recorded as the arm", "run/assigned.py", "name(by_data_column(rule) or rule.name)", "name(rule.name)", "stories/test_daily_runs.py::test_what_a_person_reads"),
    Planted("supposed runs remember the arm as what the data said", "run/as_if_run.py", "by_data=frame[by_data_column(rule) or rule.name]", "by_data=frame[rule.name]", "run/test_as_if_run.py::test_each_run_sees_the_export_of_its_day"),
    Planted("supposed runs begin on the declared day", "run/as_if_run.py", "replace(d, starting=replace(d.starting, value=since)) if isinstance(d, tree.RunsTable) else d", "d", "compare/test_diff.py::test_each_version_as_if_it_had_been_run"),
    Planted("no longer kept told of who rose", "run/keeping.py", "return order.index(now) > order.index(was)", "return order.index(now) < order.index(was)", "stories/test_daily_runs.py::test_what_a_person_reads"),
    Planted("history left open", "ledger/timelines.py", "                WHERE since < {instant}\"\"\"", "                WHERE false\"\"\"", "ledger/test_ledger.py::test_history_is_of_type_2_and_of_the_fields_that_rules_read"),
    Planted("what another command is writing taken for a leftover", "files/atomic.py", "        except OSError:\n            return False\n", "        except OSError:\n            return True\n", "files/test_writing.py::test_what_a_killed_command_left_of_a_file_goes_when_it_is_written_again"),
    Planted("a leftover never taken away", "files/atomic.py", "        _sweep(self.target)\n", "", "files/test_writing.py::test_what_a_killed_command_left_of_a_file_goes_when_it_is_written_again"),
    Planted("files renamed before the run is kept", "run/record.py", "        write_aside(assigned.tables, staged)\n", "        write_aside(assigned.tables, staged)\n        ledger.keep_publications()\n        ledger.settle()\n", "ledger/test_ledger.py::test_a_run_that_the_ledger_could_not_take_publishes_nothing"),
    Planted("keys of a snapshot unsalted", "run/snapshots.py", "if salt is not None and (", "if False and (", "run/test_snapshots.py::test_a_snapshot_for_ci_has_no_customer_in_it_and_the_same_answers"),
    Planted('at least taken for more than', 'analyse/regions.py', '">=": lambda s: s.at | s.above', '">=": lambda s: s.above', "proofs/test_witnesses.py::test_no_witness_differs[0]"),
    Planted('missing taken for false', 'analyse/regions.py', 'false_mask = ((1 << with_value) - 1) & ~true_mask', 'false_mask = ((1 << len(cut.cells)) - 1) & ~true_mask', "proofs/test_witnesses.py::test_no_witness_differs[0]"),
    Planted('not overlooked', 'analyse/regions.py', 'return Truth(inner.false, inner.true)', 'return Truth(inner.true, inner.false)', "proofs/test_witnesses.py::test_no_witness_differs[0]"),
    Planted('a sign lost', 'analyse/regions.py', 'return subject, (-f, left - o)', 'return subject, (f, left - o)', "proofs/test_witnesses.py::test_no_witness_differs[0]"),
    Planted('a comparison not turned round', 'analyse/regions.py', 'return subject, op if factor > 0 else k.MIRRORED[op],', 'return subject, op,', "proofs/test_witnesses.py::test_no_witness_differs[0]"),
    Planted('days counted the wrong way', 'analyse/regions.py', 'return e.start, k.MIRRORED[op], end - days', 'return e.start, k.MIRRORED[op], end + days', "proofs/test_witnesses.py::test_no_witness_differs[1]"),
    Planted('an unknown or taken for false', 'analyse/regions.py', 'return Truth(d.either(*(p.true for p in parts)), d.both(*(p.false for p in parts)))', 'return Truth(d.either(*(p.true for p in parts)), d.other(d.either(*(p.true for p in parts))))', "proofs/test_witnesses.py::test_no_witness_differs[0]"),
    Planted('a choice turned round', 'analyse/regions.py', 'return k.If(choice.condition, replace(e, left=choice.then), replace(e, left=choice.otherwise), ty.BOOLEAN)', 'return k.If(choice.condition, replace(e, left=choice.otherwise), replace(e, left=choice.then), ty.BOOLEAN)', "proofs/test_witnesses.py::test_no_witness_differs[0]"),
    Planted('an unknown arm taken for false', 'analyse/regions.py', 'all_false = d.both(all_false, condition.false)', 'all_false = d.both(all_false, d.other(condition.true))', "proofs/test_witnesses.py::test_no_witness_differs[1]"),
    Planted('a population overlooked', 'analyse/regions.py', 'return Truth(arms[arm], d.either(self.population(rule).false, *other_arms))', 'return Truth(arms[arm], d.either(*other_arms))', "proofs/test_witnesses.py::test_no_witness_differs[3]"),
    Planted('a border outside its gap', 'analyse/cells.py', '    below = (1 << place) - 1', '    below = (1 << place + is_border) - 1', "proofs/test_witnesses.py::test_no_witness_differs[0]"),
    Planted('a fact about equal counts', 'analyse/facts.py', 'return bool(a.low <= b.high if a.point and b.point else a.low < b.high)', 'return bool(a.low < b.high)', "proofs/test_witnesses.py::test_no_witness_differs[1]"),
    Planted('a fact that overlooks conditions', 'analyse/facts.py', 'return in_window and _conditions(many) <= _conditions(few)', 'return in_window', "proofs/test_witnesses.py::test_no_witness_differs[1]"),
    Planted('a fact with windows turned round', 'analyse/facts.py', 'if ours > theirs if is_end else ours < theirs:', 'if ours < theirs if is_end else ours > theirs:', "analyse/test_analyse.py::test_sixty_more_over_the_example[never-segment x of account { when none(logins in last 30 days) and count(logins in last 7 days) >= 1 }-segment x of account { when none(logins in last 7 days) and count(logins in last 30 days) >= 1 }]"),
    Planted("a quotient turned round", "analyse/arithmetic.py", "quotient * b == a", "quotient * a == b", "proofs/test_witnesses.py::test_no_witness_differs[3]"),
    Planted("less taken for more by arithmetic", "analyse/arithmetic.py", '"<": value < 0', '"<": value > 0', "analyse/test_analyse.py::test_a_solver_without_means_leaves_sets_open_and_the_regions_go_on"),
    Planted("wider taken for narrower", "analyse/questions.py", 'return "wider" if more else "narrower"', 'return "narrower" if more else "wider"', "compare/test_diff.py::test_verdicts[arr > 50-arr > 40-wider]"),
    Planted("arms before overlooked", "analyse/questions.py", "if not facts and self._nobody(remaining, truth.true):", "if not facts and self._nobody(inside, truth.true):", "analyse/test_analyse.py::test_the_faulty_one_is_told_from_its_twin"),
    Planted("one day for all", "analyse/as_ofs.py", "    for instant in dict.fromkeys(candidates):", "    for instant in []:", "compare/test_diff.py::test_verdicts[renewal in next 1 month-renewal in next 30 days-neither]"),
    Planted("clock changes overlooked", "analyse/as_ofs.py", "        candidates += _around_changes(moving, zone, times)\n", "        pass\n", "analyse/test_as_ofs.py::test_what_is_left_open_has_examples_of_both_orders"),
    Planted("now taken for the start of today", "analyse/as_ofs.py", "    return sorted({*meeting, *between})", "    return [0]", "analyse/test_analyse.py::test_no_claim_too_many[UTC-since < now-since < today--]"),
    Planted("borders that meet on few days", "analyse/as_ofs.py", "block = 1 if regular else 366 * years + 1", "block = 1", "analyse/test_analyse.py::test_no_claim_too_many[UTC-renewal >= 12 months ago and renewal < 365 days ago-arr > 5--]"),
    Planted("several answers about as-of taken for one", "analyse/regions.py", "            tuple(self._answers),", "            set(self._answers).__len__(),", "analyse/test_analyse.py::test_no_claim_too_many[UTC-10 years before today = 3651 days before today and 4 years before today = 1461 days before today-arr > 5--]"),
    Planted("gaps overlooked", "facts/unknown.py", "            yield Doubt(e, Why.GAP)\n", "            pass\n", "analyse/test_analyse.py::test_no_claim_too_many"),
    Planted("a floor carried through arithmetic", "analyse/regions.py", "as_compared=subject in (e.left, e.right)", "as_compared=True", "analyse/test_analyse.py::test_no_claim_too_many[UTC-count(calls) + 0 >= 3-count(calls) >= 3--]"),
    Planted("figures too long taken for exact", "analyse/regions.py", "        return self.costs.exact(left, right)\n", "        return True\n", "analyse/test_analyse.py::test_no_claim_too_many[UTC-ratio / 3 = 0.33333333333333333333333333333-arr > 5--]"),
    Planted("an average of doubles between its values", "analyse/facts.py", "if low.value is None or low.value.type == ty.REAL:", "if low.value is None:", "analyse/test_analyse.py::test_no_claim_too_many[UTC-average(meetings.minutes) > 0.1 and max(meetings.minutes) <= 0.1-arr > 5--]"),
    Planted("a missing bound taken for none", "analyse/facts.py", "(a.missing and sure)", "a.missing", "analyse/test_analyse.py::test_no_claim_too_many[UTC-any(meetings) or none(meetings since renewal)-arr > 5--]"),
    Planted("a fact that overlooks zones", "analyse/facts.py", "!= (b.anchor, b.hops, b.everyone, b.outer, b.zone)", "!= (b.anchor, b.hops, b.everyone, b.outer, a.zone)", "analyse/test_analyse.py::test_no_claim_too_many[UTC-any(meetings in last 7 days, zone: account.tz) and none(meetings in last 7 days)-arr > 5--]"),
    Planted("history taken for overwritten", "facts/past.py", "or field.known_at is not None or relation.history or", "or field.known_at is not None or", "facts/test_facts.py::test_what_is_known_of_an_earlier_value"),
    Planted("a later guard overlooked", "facts/unknown.py", "                yield from self._all(items, sure)\n", "                yield from self._all(items, facts)\n", "facts/test_facts.py::test_why_a_condition_may_be_unknown"),
    Planted("a share taken for a whole number", "facts/ranges.py", "return Range(Fraction(0), Fraction(1))", "return Range(Fraction(0), Fraction(1), Fraction(1))", "facts/test_facts.py::test_ranges"),
    Planted("clusters taken for customers", "experiment/shared/cells.py", ") GROUP BY cluster\"", ") GROUP BY cluster, gain0\"", "experiment/history/test_backtest.py::test_the_figures_are_those_of_pandas[gone-y-False]"),
    Planted("rates learned from what they predict", "experiment/history/backtest.py", "    learned = cells(engine, q, before)\n", "    learned = cells(engine, q, at)\n", "experiment/history/test_backtest.py::test_the_figures_are_those_of_pandas[gone-y-False]"),
    Planted("the candidate's error for the incumbent's", "experiment/shared/cells.py", 'exp.Sub(this=first, expression=second)', 'exp.Sub(this=second, expression=first)', "experiment/history/test_backtest.py::test_the_figures_are_those_of_pandas[gone-y-False]"),
    Planted("a factor for few clusters forgotten", "experiment/shared/gain.py", "np.sqrt(clusters / (clusters - 1) *", "np.sqrt(", "oracles/test_gain.py::test_the_clustered_error_is_that_of_statsmodels"),
    Planted("one side for two", "experiment/shared/gain.py", "float(2 * special.stdtr(clusters - 1, -abs(delta / se)))", "float(special.stdtr(clusters - 1, -abs(delta / se)))", "oracles/test_gain.py::test_the_clustered_error_is_that_of_statsmodels"),
    Planted("the seen signs left out", "experiment/shared/gain.py", ">= abs(total - value * n) - 1e-12 * scale", "> abs(total - value * n) + 1e-12 * scale", "oracles/test_gain.py::test_signs_are_flipped_as_scipy_flips_them"),
    Planted("small segments not drawn to the average", "experiment/shared/gain.py", "return (n * mean + m * overall) / (n + m)", "return mean", "oracles/test_gain.py::test_rates_are_drawn_to_the_average"),
    Planted("a discovery tested against each list alone", "discover/decide.py", "np.asarray(sums / spread).max(axis=1)", "np.asarray(sums / spread).min(axis=1)", "discover/test_decide.py::test_p_is_that_of_all_assignments"),
    Planted("one group drawn without its correlations", "discover/groups/decide.py", "rng.standard_normal((n, d)) @ root.T", "rng.standard_normal((n, d))", "discover/groups/test_decide.py::test_draws_of_one_group_keep_values_facts_and_rank_correlations"),
    Planted("a single number with two peaks taken for groups", "discover/groups/decide.py", "numbers[p, j] = known[j][_ranks(means[p, j] + size)]", "numbers[p, j] = drawn[p, j]", "discover/groups/test_decide.py::test_groups_of_one_number_alone_are_none"),
    Planted("the widest direction taken for the one that matters", "discover/groups/clusters.py", "    return _root(covariance, -0.5)\n", "    return np.eye(len(covariance))\n", "discover/groups/test_decide.py::test_clusters_are_those_that_were_planted_not_the_widest_direction"),
    Planted("a customer at four origins counted four times", "discover/estimate.py", "here = n / _inflation(inside, rows)", "here = float(n)", "discover/test_estimate.py::test_customers_who_recur_count_once"),
    Planted("what an incumbent knows taken for a gain", "discover/improve.py", "        within=within,\n", "        within=None,\n", "discover/test_improve.py::test_an_incumbent_that_says_all_is_left_alone"),
    Planted("a list that turns round taken for found", "discover/decide.py", "(largest >= s - 1e-9)", "(largest >= abs(s) - 1e-9)", "discover/test_decide.py::test_what_comes_true_is_chosen_and_what_turns_round_is_not"),
    Planted("Holm's steps forgotten", "experiment/shared/gain.py", "stopped = stopped or ps[name] > level", "stopped = False", "oracles/test_gain.py::test_holm_is_that_of_statsmodels"),
    Planted("overwritten fields let through", "analyse/admissible.py", '    return "is overwritten"\n', '    return ""\n', "experiment/history/test_backtest.py::test_what_cannot_be_judged_has_no_figure[overwritten]"),
    Planted("the end of a life let through", "analyse/admissible.py", 'return "" if of_outcome else "is only known once it has happened"', 'return ""', "experiment/history/test_backtest.py::test_what_cannot_be_judged_has_no_figure[ends]"),
    Planted("links let through", "facts/past.py", "            yield row.link.source, row.link.column\n", "            pass\n", "experiment/history/test_backtest.py::test_what_cannot_be_judged_has_no_figure[linked]"),
    Planted("outcomes that aren't over", "experiment/history/backtest.py", "matured = until + dt.timedelta(days=e.reported_days)", "matured = until - dt.timedelta(days=99)", "experiment/history/test_backtest.py::test_what_cannot_be_judged_has_no_figure[immature]"),
    Planted("missing outcomes left out", "experiment/shared/decide.py", "missing <= MOST_MISSING * of", "True", "experiment/history/test_backtest.py::test_what_cannot_be_judged_has_no_figure[missing_outcomes]"),
    Planted("harm overlooked", "experiment/shared/decide.py", "if f.high < 0 or f.harmed:", "if f.harmed:", "experiment/shared/test_decide.py::test_each_row"),
    Planted("a pilot skipped", "experiment/shared/decide.py", '"backtest": Verdict("PROMOTE TO PILOT")', '"backtest": Verdict("PROMOTE")', "experiment/shared/test_decide.py::test_each_row"),
    Planted("a pooled gain is enough", "experiment/shared/gain.py", 'between(gains, ses, alpha)[0] > 0', 'between(gains, ses, alpha)[0] > -np.inf', "simulate/test_simulated.py::test_shocks_that_are_equal_on_average"),
    Planted("changes after the start unseen", "experiment/shared/evidence.py", "return before is not None and before.registered.shown", "return False and before", "experiment/history/test_backtest.py::test_a_change_after_the_first_run_is_exploratory"),
    Planted("a registration used up by nothing", "experiment/shared/evidence.py", 'record["verdict"] not in SHOW_NOTHING', 'record["verdict"]', "experiment/history/test_backtest.py::test_a_run_that_shows_no_outcome_leaves_the_registration_open"),
    Planted("one error for gains of any size", "experiment/history/expected.py", "self._distances(self._worth(size,", "self._distances(self._worth(self.seen,", "experiment/planning/test_power.py::test_the_error_grows_with_the_gain"),
    Planted("rates that learn from nobody they are judged by", "experiment/history/expected.py", "if self.follows else slice(origins, None)", "if not self.follows else slice(origins, None)", "experiment/planning/test_power.py::test_what_teaches_an_origin_is_what_the_one_before_was_judged_by"),
    Planted("what is judged read beforehand", "experiment/history/backtest.py", "data.clock(data.earlier(design.origins[0])))\n    level", "data.clock(design.origins[0]))\n    level", "experiment/history/test_backtest.py::test_what_comes_after_the_first_origin_changes_no_power[uses-other_logins-0.01%]"),
    Planted("a gain below the registered kept back", "experiment/shared/decide.py", "if f.low > 0 and all(f.guardrails)", "if f.low > 0 and f.estimate > f.detect and all(f.guardrails)", "experiment/shared/test_decide.py::test_each_row"),
    Planted("harm to whom nobody treated", "experiment/shared/decide.py", 'if f.evidence in ("pilot", "replay") else "predicts worse"', 'if f.evidence else "predicts worse"', "experiment/shared/test_decide.py::test_each_row"),
    Planted("one window is enough", "experiment/shared/decide.py", '"crossfit": Verdict("KEEP", "one window is no test out of time")', '"crossfit": Verdict("PROMOTE TO PILOT")', "experiment/shared/test_decide.py::test_neither_one_window_nor_a_changed_declaration_promotes"),
    Planted("the gain seen before forgotten", "experiment/history/expected.py", "self.chance(self.seen) if self.seen > 0 else 0.0", "0.0", "experiment/planning/test_power.py::test_only_a_no_to_both_is_a_reason_to_refuse"),
    Planted("a gain at every origin asked for", "experiment/shared/gain.py", "np.asarray((by_shrink > 0).all(-1))", "np.asarray((by_shrink > 0).all(-1) & (gains > 0).all(-1))", "oracles/test_gain.py::test_one_origin_without_a_gain_stands_against_nothing"),
    Planted("whoever left since left out beforehand", "experiment/history/backtest.py", "inside(origins[0].scored[0]))", "inside(origins[-1].scored[0]))", "experiment/history/test_backtest.py::test_what_comes_after_the_first_origin_changes_no_power[gone-other_ends-0.01%]"),
    Planted("rates of nobody", "experiment/history/judge.py", "return n >= gain.LEARNERS and", "return n >= 0 and", "experiment/history/test_backtest.py::test_rates_of_too_few_are_none[outcomes1-False]"),
    Planted("a fixed field that tells the future", "experiment/history/fixed_fields.py", "if p < CHANCE and", "if p < 0 and", "experiment/history/test_backtest.py::test_a_fixed_field_that_was_written_later_is_found[1.0-INVALID]"),
    Planted("an earlier export overlooked", "experiment/history/fixed_fields.py", "fromisoformat(days[0])", "fromisoformat(days[-2])", "experiment/history/test_backtest.py::test_a_fixed_field_that_was_another_in_the_oldest_export_is_found[3-0-3 accounts had another `account.region` in the export of 1 Mar 2025: what changes isn't `fixed`]"),
    Planted("fixed fields forgotten by runs", "facts/past.py", "not relation.history and name != relation.key", "not relation.fields[name].fixed and name != relation.key", "facts/test_facts.py::test_what_is_known_of_an_earlier_value"),
    Planted("what the data is declared to be unregistered", "experiment/shared/evidence.py", "if _asks_the_past(e.design) else None", "if False else None", "experiment/shared/test_registration.py::test_what_the_data_is_declared_to_be_is_registered_where_it_is_asked_of_the_past"),
    Planted("several candidates sized as one", "experiment/planning/plan.py", "return float(e.alpha) / len(e.candidates)", "return float(e.alpha)", "experiment/pilot/test_assign.py::test_several_candidates_are_sized_at_the_level_of_the_worst"),
    Planted("guardrails forgotten in a pilot's power", "experiment/pilot/power.py", "above * prod(guardrail.chance(margin, each * t, z) for", "above * prod(1.0 for", "experiment/planning/test_power.py::test_guardrails_have_to_hold_too"),
    Planted("looks left counted from all pilots", "experiment/pilot/power.py", "left = [(promoted[-1] - p) / o if o > 1e-9 else 0.0 for", "left = [(promoted[-1] - p) for", "experiment/planning/test_power.py::test_with_two_looks_it_is_that_of_two_correlated_tests"),
    Planted("a margin of those who differ", "experiment/pilot/results.py", '(abs(of_base) if size.unit == "share" else 1.0) / d', '(abs(of_d) if size.unit == "share" else 1.0) / d', "experiment/pilot/test_pilot.py::test_a_margin_in_per_cent_is_of_the_mean_it_names"),
    Planted("harm by any of many guardrails", "experiment/pilot/results.py", "alpha / max(1, len(between.settings.guardrails))", "alpha", "experiment/pilot/test_pilot.py::test_harm_by_one_of_several_guardrails_is_shared_by_their_number"),
    Planted("a chance asked for that draws can't show", "experiment/pilot/results.py", "max(settings.alpha, LEAST_CHANCE)", "settings.alpha", "experiment/pilot/test_pilot.py::test_the_first_of_many_looks_can_promote"),
    Planted("a covariate left out in silence", "experiment/pilot/results.py", "elif main.method.startswith(SCORE):", "elif False:", "experiment/pilot/test_pilot.py::test_few_events_take_no_covariate_and_say_so"),
    Planted("a p without its border", "report/content/pilot.py", '''return f"{p_value(p)} ({'unusual; ' if SRM_P <= p < UNUSUAL_P else ''}below {SRM_P:g} is INVALID)"''', "return p_value(p)", "experiment/pilot/test_pilot.py::test_a_check_says_its_border"),
    Planted("a relative margin by Welch's interval", "experiment/pilot/effect.py", "if units.is_share and any(", "if scale == 1 and units.is_share and any(", "oracles/test_effect.py::test_a_relative_margin_of_few_events_keeps_its_error"),
    Planted("small strata of all cells together", "experiment/pilot/effect.py", "if units.cell is not None:", "if False:", "oracles/test_effect.py::test_small_strata_are_joined_within_their_cell"),
    Planted("octets for JavaScript's code units", "experiment/pilot/randomise.py", 'zip(units[::2], units[1::2])', 'zip(text.encode(), bytes(len(text.encode())))', "experiment/pilot/test_randomise.py::test_other_letters_are_hashed_as_javascript_hashes_them"),
    Planted("who came and went left out of the index", "compare/two_days.py", "psi_of_all=psi(*sizes)", "psi_of_all=found.psi", "compare/test_drift.py::test_two_days_by_pandas"),
    Planted("days taken for accounts", "report/content/backtest.py", "of {j.estimate.clusters:,} {of}", "of {j.customers:,} {of}", "experiment/history/test_backtest.py::test_a_segment_that_nobody_was_in_is_named"),
    Planted("evidence of other rules", "promotion/gate.py", "then.get(name) != evidence.meaning(model, name):", "False:", "promotion/test_promotion.py::test_evidence_is_of_the_rules_as_they_are"),
    Planted("all customers for those who differ", "experiment/pilot/results.py", "return self.both & self.differs\n", "return self.both\n", "experiment/pilot/test_pilot.py::test_the_effect_is_among_those_who_differ"),
    Planted("the good side forgotten", "experiment/pilot/effect.py", "if better == \"higher\" else (-self.estimate", "if better else (-self.estimate", "experiment/pilot/test_pilot.py::test_the_good_side_is_the_one_that_was_registered"),
    Planted("arms of any size taken", "experiment/pilot/results.py", "SRM_P = 0.001", "SRM_P = 0.0", "experiment/pilot/test_pilot.py::test_what_cannot_be_judged_has_no_figure"),
    Planted("the planned share forgotten", "experiment/pilot/draw_checks.py", "[n * (1 - share), n * share]", "[n / 2, n / 2]", "experiment/pilot/test_pilot.py::test_sample_ratios[arms3-0.25-False-0.6474]"),
    Planted("arms that ran at different times taken", "experiment/pilot/results.py", "    yield from _same_days(c)\n", "", "experiment/pilot/test_elsewhere.py::test_arms_that_chance_did_not_draw_are_invalid[one after the other]"),
    Planted("arms by turns taken", "experiment/pilot/draw_checks.py", "for length in (7, 1)", "for length in (9999,)", "experiment/pilot/test_elsewhere.py::test_days_of_arms_that_ran_otherwise_are_refused[day by day]"),
    Planted("days of few customers by their number", "experiment/pilot/draw_checks.py", "LEAST_EXPECTED * len(arm) / min(", "len(arm) / max(", "experiment/pilot/test_elsewhere.py::test_days_of_arms_drawn_by_a_coin_are_refused_as_seldom_as_said[600-0.1-mostly on one day]"),
    Planted("cells taken for as large as planned", "experiment/pilot/results.py", "worst = min(sizes, key=", "worst = max(sizes, key=", "experiment/pilot/test_elsewhere.py::test_arms_that_chance_did_not_draw_are_invalid[by what the rules read]"),
    Planted("arms by what was known before taken", "experiment/pilot/results.py", "    yield from _balance(c)\n", "", "experiment/pilot/test_elsewhere.py::test_arms_that_chance_did_not_draw_are_invalid[by a size no rule reads]"),
    Planted("amounts for their ranks", "experiment/pilot/effect.py", "stats.rankdata(units.y / np.maximum(units.x, 1e-12))", "(units.y / np.maximum(units.x, 1e-12))", "experiment/pilot/test_elsewhere.py::test_amounts_that_chose_the_arms_are_refused[400]"),
    Planted("strata of what was known before forgotten", "experiment/pilot/effect.py", "np.square(ranks - pooled[groups.stratum])", "np.square(ranks - ranks.mean())", "experiment/pilot/test_elsewhere.py::test_amounts_are_compared_within_strata"),
    Planted("skill by the windows that are judged", "experiment/history/judge.py", "spread(_all(o.learned))[2] for o in origins", "spread(_all(o.scored))[2] for o in origins", "experiment/history/test_backtest.py::test_the_figures_are_those_of_pandas[gone-y-False]"),
    Planted("words of the difference of two means", "report/content/pilot_in_words.py", "by[0].upper() + by[1:]", "of[0].upper() + of[1:]", "report/test_in_words.py::test_the_difference_that_decides_is_said_with_its_range"),
    Planted("a range that isn't said", "report/content/pilot_in_words.py", "between {_further(main.low)} and {_further(main.high)}", "about that", "report/test_in_words.py::test_the_difference_that_decides_is_said_with_its_range"),
    Planted("worse where it is better", "report/content/pilot_in_words.py", "'better' if worst > 0 else 'worse'", "'worse'", "report/test_in_words.py::test_the_worst_that_may_be_has_its_side"),
    Planted("a chance of nothing in particular", "report/content/design.py", "'to show a margin ' if q.margin is not None else ''", "''", "report/test_in_words.py::test_the_chances_of_a_table_say_what_of"),
    Planted("a promise rounded up", "report/content/design.py", 'f"{int(power * 100 + 1e-9)}%"', 'f"{power:.0%}"', "report/test_in_words.py::test_a_chance_is_rounded_down"),
    Planted("the confidence of one look", "report/content/pilot_in_words.py", "/ len(r.experiment.candidates) if r.looks else r.piloted.alpha", "/ len(r.experiment.candidates) if False else r.piloted.alpha", "report/test_in_words.py::test_a_confidence_is_that_of_the_whole_procedure"),
    Planted("what nobody wants offered instead", "report/content/design.py", "min(MOST_LESS, (q.detect", "min(0.99, (q.detect", "report/test_in_words.py::test_what_is_offered_instead_makes_sense"),
    Planted("a margin as large as what there is offered", "report/content/design.py", "        if least < bad:\n", "        if least > 0:\n", "report/test_in_words.py::test_what_is_offered_instead_makes_sense"),
    Planted("less than was asked for in silence", "report/content/pilot.py", "if p.primary is None or p.detect is None or p.primary.good", "if True or p.detect is None or p.primary.good", "report/test_in_words.py::test_better_by_less_than_was_asked_for_is_said"),
    Planted("a covariate that saves by few events", "experiment/pilot/power.py", "(self.more != 1 and not has_few(share, n))", "self.more != 1", "experiment/planning/test_power.py::test_a_covariate_saves_nothing_of_few_events"),
    Planted("a margin for an effect", "experiment/pilot/power.py", "(share, -min(effect, 1.0)) if self.no_worse else", "(share + effect, 0.0) if self.no_worse else", "experiment/planning/test_power.py::test_the_power_of_a_yes_or_no_is_that_of_the_test_that_run_uses"),
    Planted("one an arm too many", "experiment/pilot/power.py", "while enough - few > 1:", "while enough - few > 2:", "experiment/planning/test_power.py::test_as_many_are_asked_for_as_find_it"),
    Planted("power on both sides", "experiment/pilot/effect.py", "@ stats.binom.sf(enough - 1, n, share_b))", "@ (stats.binom.sf(enough - 1, n, share_b) + stats.binom.cdf(2 * yes_a - enough, n, share_b)))", "experiment/planning/test_power.py::test_no_effect_is_found_as_seldom_as_its_error"),
    Planted("the tenth of all days together in words", "report/content/backtest_in_words.py", 'on = " on each day" if len(j.origins) > 1 else ""', 'on = ""', "report/test_in_words.py::test_a_backtest_says_it_in_customers_first"),
    Planted("a margin larger than what there is", "experiment/pilot/results.py", "arm.n, min(g.margin, 1.0))) < SRM_P:", "arm.n, min(g.margin, 1.0))) < 0:", "experiment/pilot/test_no_worse.py::test_a_margin_larger_than_the_outcome_is_none"),
    Planted("money of a ratio by the ratio", "experiment/pilot/results.py", "    if primary.per is not None:\n        main =", "    if False:\n        main =", "experiment/pilot/test_elsewhere.py::test_money_of_a_ratio_is_that_of_its_outcome"),
    Planted("weeks of entering forgotten elsewhere", "experiment/pilot/external.py", 'weeks=inside.days.map(_week) if design.at is not None else ""', 'weeks=""', "experiment/pilot/test_pilot.py::test_what_came_before_somebody_was_in_an_arm_doesnt_count[date]"),
    Planted("strata forgotten", "experiment/pilot/results.py", "part[is_known] if stratified else np.zeros(n, np.int64) for part", "np.zeros(n, np.int64) for part", "oracles/test_recomputed.py::test_an_effect_in_strata"),
    Planted("weights for their squares", "experiment/pilot/effect.py", "parts = np.square(self.weights) * variances", "parts = self.weights * variances", "oracles/test_effect.py::test_strata_are_weighted_by_their_units"),
    Planted("a ratio's denominator taken for fixed", "experiment/pilot/effect.py", "z = (units.y - means[groups.side] * units.x)", "z = units.y - means[groups.side] * float(units.x.mean())\n    z = z * 1.0 + 0 * (units.x)", "oracles/test_effect.py::test_a_ratio_is_that_of_the_totals_with_the_error_of_the_jackknife"),
    Planted("adjusted the wrong way", "experiment/pilot/effect.py", "difference -= theta *", "difference += theta *", "oracles/test_effect.py::test_a_covariate_is_adjusted_for_as_in_a_regression"),
    Planted("clusters taken for customers in a pilot", "experiment/pilot/results.py", "len(self.cluster) > 0 and int", "False and int", "experiment/pilot/test_assign.py::test_customers_of_one_parent_are_one_unit"),
    Planted("a factor of Miettinen and Nurminen's", "experiment/pilot/effect.py", "* n / (n - 1))\n", "* 1.0)\n", "oracles/test_effect.py::test_few_events_have_miettinen_and_nurminens_interval"),
    Planted("the draw that there was left out", "experiment/pilot/effect.py", ">= abs(seen) - 1e-12", "> abs(seen) + 1e-12", "oracles/test_effect.py::test_arms_of_numbers_are_drawn_anew_where_there_are_few"),
    Planted("error spent at once", "experiment/pilot/looks.py", "stats.norm.isf(alpha / 4) / sqrt(min(fraction, 1.0))", "stats.norm.isf(alpha / 4)", "oracles/test_looks.py::test_borders_are_those_of_lan_and_demets"),
    Planted("looks taken for independent", "experiment/pilot/looks.py", "        walk = walk.on(size, z)\n        before = now\n", "        before = now\n", "oracles/test_looks.py::test_borders_are_those_of_lan_and_demets"),
    Planted("the last look like the others", "experiment/pilot/interim.py", "fractions.append(1.0 if is_last else size / planned)", "fractions.append(0.5 * size / planned)", "oracles/test_recomputed.py::test_looks_by_integrals"),
    Planted("all look at the first", "experiment/pilot/interim.py", "_of_pair(p, p.customers.ripe(day), candidate)", "_of_pair(p, p.customers, candidate)", "experiment/pilot/test_assign.py::test_looks_are_those_registered_whenever_it_is_asked"),
    Planted("pairs of places forgotten among those held out", "experiment/pilot/interim.py", "strata=entrants.clusters.map(strata),", 'strata="",', "experiment/pilot/test_held_out.py::test_whom_there_is_no_room_for_leaves_the_rest_comparable"),
    Planted("those held out for an arm", "experiment/pilot/interim.py", "HOLDOUT, INCUMBENT, CANDIDATE)", "HOLDOUT, CANDIDATE, INCUMBENT)", "experiment/pilot/test_held_out.py::test_a_known_effect_is_that_of_stratified_means"),
    Planted("whom plays have made differ compared with those held out", "experiment/pilot/interim.py", "[x for x in entries if x.entered == first], _elsewhere", "[x for x in entries if x.entered >= first], _elsewhere", "experiment/pilot/test_held_out.py::test_it_is_said_once_the_pilot_has_ended_of_those_of_the_first_day"),
    Planted("those held out looked at early", "experiment/pilot/interim.py", "looks=(*result.looks, look), unbiased=unbiased)", "looks=(*result.looks, look), unbiased=unbiased, held_out=p.held_out)", "experiment/pilot/test_held_out.py::test_it_is_said_once_the_pilot_has_ended_of_those_of_the_first_day"),
    Planted("nothing too few", "experiment/pilot/holdouts.py", "self.smallest > most", "self.smallest > 99 * most", "experiment/pilot/test_held_out.py::test_too_few_say_so_with_their_number"),
    Planted("blocks begun anew", "experiment/pilot/randomise.py", "sum(already.values()), None", "0, None", "experiment/pilot/test_randomise.py::test_who_comes_later_goes_on_with_the_block"),
    Planted("one order for all blocks", "experiment/pilot/randomise.py", "stratum, str(number), str(i))", "str(i))", "experiment/pilot/test_randomise.py::test_arms_are_independent_of_order_and_differ_by_seed_and_stratum"),
    Planted("somebody in two pilots", "experiment/pilot/assign.py", "x.layer == pilot.layer and x.until > day", "False", "experiment/pilot/test_assign.py::test_nobody_is_in_two_pilots_of_one_layer"),
    Planted("a row changed unseen", "experiment/pilot/assign.py", "if arm_of[x.cluster] != x.arm]", "if False]", "experiment/pilot/test_assign.py::test_who_was_put_into_another_arm_by_hand_is_named"),
    Planted("the missing taken for good", "experiment/pilot/results.py", "bad = 0.0 if m.better == \"higher\" else 1.0", "bad = 1.0 if m.better == \"higher\" else 0.0", "experiment/pilot/test_pilot.py::test_what_the_missing_could_change_decides_nothing"),
    Planted("whoever left forgotten", "experiment/pilot/external.py", "rows(without_lifetime(context), engine, clock", "rows(context, engine, clock", "experiment/pilot/test_pilot.py::test_what_came_before_somebody_was_in_an_arm_doesnt_count[date]"),
    Planted("propensities forgotten", "experiment/pilot/replay.py", "np.where(actual == p, 1 / chance, 0.0)", "np.where(actual == p, 1.0, 0.0)", "experiment/pilot/test_replay.py::test_the_estimate_is_that_of_the_definition[visited-visit-True]"),
    Planted("a weight for its square", "experiment/pilot/replay.py", "        return np.asarray(w * (self.y - mean) / w.sum())\n", "        return np.asarray(np.sqrt(w) * (self.y - mean) / w.sum())\n", "experiment/pilot/test_replay.py::test_the_estimate_is_that_of_the_definition[visited-visit-False]"),
    Planted("a play that nobody got", "experiment/pilot/replay.py", "    if lacking:\n", "    if False:\n", "experiment/pilot/test_replay.py::test_what_cannot_be_judged_has_no_figure"),
    Planted("a play that some could not get", "experiment/pilot/replay.py", "p = float(stats.norm.cdf((mean - 1) / se))", "p = float(stats.norm.sf((mean - 1) / se))", "experiment/pilot/test_replay.py::test_a_play_that_some_could_not_have_got_is_found_by_the_weights"),
    Planted("what is left of the outcome forgotten", "experiment/pilot/replay.py", "return second - first + self.weight[1] * (self.y - second) - self.weight[0] * (self.y - first)", "return second - first", "experiment/pilot/test_replay.py::test_the_doubly_robust_estimate_is_that_of_its_definition"),
    Planted("months taken for days", "analyse/as_ofs.py", 'regular = inner.regular and unit in ("day", "week")', 'regular = inner.regular and unit in ("day", "week", "month")', "compare/test_diff.py::test_verdicts[renewal in next 1 month-renewal in next 30 days-neither]"),
]  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("bug", ELSEWHERE, ids=lambda b: b.name)
def test_each_bug_in_the_data_is_noticed(bug: Planted, tmp_path: Path) -> None:
    shutil.copytree(PACKAGE.parent / "rules", tmp_path / "rules")
    shutil.copy(PACKAGE.parent / "segdsl.toml", tmp_path)
    options = ["-x", "-p", "no:cacheprovider", "-p", "no:unraisableexception", "-p", "no:xdist", str(TESTS / bug.test)]
    code, output = warm.call(tmp_path, bug.file, source_with(bug), "pytest:main", options)
    assert code == pytest.ExitCode.TESTS_FAILED, output[-4000:]


def test_each_bug_has_its_place() -> None:
    """The text that a bug replaces stands once in its file; this names at once all rows that a change of the package broke."""
    texts = {bug.file: (PACKAGE / bug.file).read_text(encoding="utf-8") for bug in (*BUGS, *ELSEWHERE)}
    assert [(bug.name, bug.file, bug.old) for bug in (*BUGS, *ELSEWHERE) if texts[bug.file].count(bug.old) != 1] == []
