"""Python API: load rules once; pandas frames in, pandas frames out, and results that a notebook shows as text."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, overload

import click

from segdsl.closing import closing
from segdsl.data.files import DataError
from segdsl.diagnostics import Diagnostic, Refusal, render
from segdsl.model.clock import Clock
from segdsl.report.explanation import text as explanation_text
from segdsl.resolve.problems import nearest_help
from segdsl.run.errors import UsageError
from segdsl.testing.run.runner import TestResult
from segdsl.testing.suite.suite import Report
from segdsl.words.explain import Explanation, MetricExplanation
from segdsl.workspace.config import NotAWorkspace, SourceConfig
from segdsl.workspace.load import BrokenWorkspace, RulesError, Workspace, sound

if TYPE_CHECKING:
    import pandas as pd

    from segdsl.activation.members import Members
    from segdsl.data.arrow import ArrowFrame, Assigned
    from segdsl.engines import Engine
    from segdsl.model.segment import Model, Rule
    from segdsl.run.decide import Decider
    from segdsl.testing.run.coverage import Coverage

__all__ = [
    "DataError",
    "Delivered",
    "Explanations",
    "Findings",
    "Listing",
    "NotAWorkspace",
    "Refusal",
    "Rules",
    "RulesError",
    "TestResults",
]

AsOf = str | dt.date | dt.datetime | None
EngineName = Literal["reference", "duckdb", "postgres"]
_ENGINES = ("reference", "duckdb", "postgres")
_TESTED_ON = ("reference", "duckdb")


class Findings(tuple[Diagnostic, ...]):
    """Errors and warnings, in file order; shown as `segdsl check` prints them."""

    def __repr__(self) -> str:
        return "\n\n".join(map(render, self)) or "no findings"


class Explanations(list[Explanation | MetricExplanation]):
    """Why a customer is where it is, one item for each rule or metric; shown as `segdsl explain` prints them."""

    def __init__(self, clock: Clock, items: Sequence[Explanation | MetricExplanation]) -> None:
        super().__init__(items)
        self.clock = clock

    def __repr__(self) -> str:
        rules = [e for e in self if isinstance(e, Explanation)]
        metrics = [e for e in self if not isinstance(e, Explanation)]
        return click.unstyle(explanation_text.render(self.clock, rules, metrics, {}, {e.rule: () for e in rules}))


@dataclass(frozen=True, repr=False)
class Listing:
    """Who is in a selection, or their contacts, with the values that were asked for; shown as `segdsl list` prints them."""

    members: Members

    def frame(self) -> pd.DataFrame:
        """One row for each customer or contact, with the columns and cells that a file has."""
        from segdsl.activation.files import frame_of

        return frame_of(self.members)

    def __len__(self) -> int:
        return len(self.members.rows)

    def __repr__(self) -> str:
        from segdsl.report.members.text import render as shown
        from segdsl.words import values

        members = self.members
        day = f"as of {values.as_of(members.clock)}: {members.because}\n" if members.because else ""
        return day + click.unstyle(shown(members))


@dataclass(frozen=True, repr=False)
class Delivered:
    """What became of an export, true if everything arrived where it was sent to; shown as `segdsl export` prints it.

    `id` names the export in the delivery log.
    `plays` are those that were delivered.
    `ok` says that nothing was rejected, is in doubt or couldn't be sent.
    `details` are what `segdsl export --format json` prints.
    `text` is what it prints.
    """

    id: str
    plays: tuple[str, ...]
    ok: bool
    details: Mapping[str, Any]
    text: str

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True, repr=False)
class TestResults(Sequence[TestResult]):
    """What became of the tests, in the order in which they ran; shown as `segdsl test` prints them, and true if all passed.

    Each item has a `title`, a `status` (passed, failed, error), the `seconds` it took, its `failures` and its `errors`.
    A failure has what was `expected`, what is `actual`, and the reasons why that is `unknown`, if it is. An error is a
    mistake of the test itself.
    """

    __test__: ClassVar[bool] = False  # no class of tests, whatever pytest thinks of its name

    report: Report
    containing: str = ""

    @property
    def ok(self) -> bool:
        """Whether there was a test, all passed, and every fixture folder could be used."""
        return self.report.ok

    @property
    def passed(self) -> tuple[TestResult, ...]:
        return tuple(r for r in self if r.status == "passed")

    @property
    def failed(self) -> tuple[TestResult, ...]:
        """Tests that didn't pass, those with a mistake of their own included."""
        return tuple(r for r in self if r.status != "passed")

    @property
    def unknown(self) -> tuple[TestResult, ...]:
        """Failed tests that expect what the rules leave unknown, so that a value is missing in the test, or in the rule."""
        return tuple(r for r in self if any(f.unknown for f in r.failures))

    @property
    def problems(self) -> Findings:
        """Fixture folders that can't be used."""
        return Findings(self.report.problems)

    @property
    def coverage(self) -> Coverage | None:
        """Which conditions the tests saw true, false and unknown; None on an engine, which doesn't say."""
        return self.report.coverage

    def frame(self) -> pd.DataFrame:
        """One row for each test: `title`, `status`, `as_of`, `place` (file and line), `message` (empty where it passed)
        and `seconds`.
        """
        import pandas as pd

        rows = [(r.title, r.status, r.as_of, _place(r), _message(r), r.seconds) for r in self]
        return pd.DataFrame(rows, columns=["title", "status", "as_of", "place", "message", "seconds"])

    def __bool__(self) -> bool:
        return self.ok

    def __len__(self) -> int:
        return len(self.report.results)

    def __iter__(self) -> Iterator[TestResult]:
        return iter(self.report.results)

    def __getitem__(self, place):  # type: ignore[no-untyped-def]
        return self.report.results[place]

    def __repr__(self) -> str:
        from segdsl.report.tests.text import results_and_verdict

        return click.unstyle("\n".join(results_and_verdict(self.report, self.containing)))


def _place(result: TestResult) -> str:
    source = result.span.source
    return f"{source.path}:{source.position(result.span.start)[0]}"


def _message(result: TestResult) -> str:
    lines = [render(e) for e in result.errors]
    return "\n".join([*lines, *(f"expected {f.expected}\n{f.actual}" for f in result.failures)])


@dataclass(frozen=True, repr=False)
class Rules:
    """A loaded workspace. Its rules may have errors: `check` returns them, and all other methods raise `RulesError`."""

    workspace: Workspace | BrokenWorkspace
    _deciders: dict[tuple[str | None, tuple[str, ...]], Decider] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __repr__(self) -> str:
        severities = Counter(d.severity for d in self.workspace.diagnostics)
        findings = [_counted(severities[s], s) for s in ("error", "warning") if severities[s]]
        if isinstance(self.workspace, BrokenWorkspace):
            return f"<Rules with {' and '.join(findings)}: check() says what is wrong>"
        model = self.workspace.model
        parts = {
            "segmentation": len(model.segmentations),
            "segment": len(model.segments),
            "metric": len(model.metrics),
            "test": len(model.tests),
        }
        contents = ", ".join(_counted(n, what) for what, n in parts.items() if n) or "nothing declared"
        return f"<Rules: {contents}{'; ' + ' and '.join(findings) if findings else ''}>"

    def check(self) -> Findings:
        """All findings on the rules, errors and warnings, in file order; nothing is evaluated."""
        from segdsl.lint.checks import checked

        return Findings(checked(self.workspace))

    def test(
        self,
        containing: str = "",
        *,
        engine: Literal["reference", "duckdb"] = "reference",
        fail_fast: bool = False,
    ) -> TestResults:
        """Run the tests, with the results of `segdsl test`: `test` blocks, fixture folders and `property` statements.

        `containing`: only tests whose title contains this text, in any case.
        `engine`: what evaluates the rules. "duckdb" runs no `property`, and says nothing of coverage.
        `fail_fast`: stop at the first test that doesn't pass.

        No test at all is a failure. Raises `RulesError` for rules with errors.

        >>> import segdsl
        >>> rules = segdsl.loads('''
        ... entity account { account_id: text key  arr: integer }
        ... segment big of account { when arr > 10_000 }
        ... test "on the border" { account a { arr: 10_000 } expect a not in big }
        ... ''')
        >>> rules.test()
        1 passed
        """
        from segdsl.testing.run.engine import on_duckdb
        from segdsl.testing.suite import suite

        workspace = sound(self.workspace)
        if engine not in _TESTED_ON:
            raise RulesError(_no_engine(engine, _TESTED_ON, "tests run on"))
        with closing():
            chosen = suite.suite_of(workspace).containing(containing)
            evaluators = on_duckdb(workspace) if engine == "duckdb" else None
            return TestResults(suite.run(chosen, evaluators, fail_fast), containing)

    @overload
    def evaluate(  # type: ignore[overload-overlap]  # frames of pandas have the interface, too
        self,
        frames: Mapping[str, pd.DataFrame] | None = None,
        as_of: AsOf = None,
        *,
        entity: str | None = None,
        rules: Sequence[str] = (),
        source: str | None = None,
        engine: EngineName | None = None,
    ) -> pd.DataFrame: ...

    @overload
    def evaluate(
        self,
        frames: Mapping[str, ArrowFrame],
        as_of: AsOf = None,
        *,
        entity: str | None = None,
        rules: Sequence[str] = (),
        source: str | None = None,
        engine: EngineName | None = None,
    ) -> Assigned: ...

    def evaluate(
        self,
        frames: Mapping[str, pd.DataFrame] | Mapping[str, ArrowFrame] | None = None,
        as_of: AsOf = None,
        *,
        entity: str | None = None,
        rules: Sequence[str] = (),
        source: str | None = None,
        engine: EngineName | None = None,
    ) -> pd.DataFrame | Assigned:
        """Assign every customer of one entity.

        `frames`: rows of each entity and table, by name, as frames of pandas or whatever has the Arrow PyCapsule interface (polars,
            pyarrow, a relation of DuckDB); without frames, the source of `segdsl.toml` is read. Tables `from runs
            of` a rule that have no frame, and no file in the source, are read from the ledger.
        `as_of`: a date (the start of that day in the workspace's zone) or a time; today by default.
        `entity`: the entity to assign; required where the rules are about several.
        `rules`: names of some rules; all but candidates by default.
        `source`: a source of `segdsl.toml`, in place of `default`.
        `engine`: what evaluates the rules: that of the source by default, and "duckdb" for frames. "reference" is the
        evaluator that defines what rules mean; it gives the same frame, some hundred times slower.

        Returns one row for each customer that exists at `as_of`, sorted by key: `entity_id` (text, or whole numbers
        where the key is `integer`); for each segmentation its arm and `<name>_status` (assigned, unknown, outside), and
        where arms keep customers `<name>_by_data`, the arm by today's data alone; for each segment a nullable boolean.
        It is a frame of pandas, or where a frame is of another library an object with the Arrow interface: `polars.DataFrame(result)`.
        Raises `RulesError` for rules with errors and unknown names, `DataError` for data that can't be used, `Refusal` for
        a ledger that can't be read.
        """
        from segdsl.run.evaluate import attach, chosen_rules, clock_for, source_config
        from segdsl.run.recorded import with_recorded_runs

        workspace = sound(self.workspace)
        _check_frames(frames)
        try:
            chosen = chosen_rules(workspace.model, rules)
            config = source_config(workspace, source) if frames is None else SourceConfig()
            clock = clock_for(workspace.zone, as_of)
            workspace = with_recorded_runs(workspace, source, clock, frames or ())
        except UsageError as error:
            raise RulesError(error.diagnostics) from None
        _check_engine(engine, config, frames is not None, source)
        wanted = _wanted_entity(chosen, entity)
        chosen = [r for r in chosen if r.entity == wanted]
        with closing():
            attached = attach(workspace, chosen, config, clock, frames)
            if frames is not None and _are_of_arrow(frames):
                return _assigned_as_arrow(workspace.model, wanted, chosen, attached, clock, engine)
            return _assigned(workspace.model, wanted, chosen, attached, clock, engine)

    def decide(
        self,
        customer: Mapping[str, object],
        rows: Mapping[str, Iterable[Mapping[str, object]]] | None = None,
        as_of: AsOf = None,
        *,
        entity: str | None = None,
        rules: Sequence[str] = (),
    ) -> dict[str, bool | int | str | None] | None:
        """Assign one customer, for a web service or whatever else asks about somebody at once: in microseconds, by rules that are
        compiled at the first call.

        `customer`: its fields by name. Of those that rules read none may be left out; a missing one is None.
        `rows`: by name of the entity, details or table, all rows of them that belong to the customer, or to which its links lead;
            other customers to whom they lead under the name of its own entity. A row of the customer's needn't say whose it is.
        `as_of`, `entity`, `rules`: as for `evaluate`. A row of the very day counts as of a time, such as `datetime.now()` to the second.

        Values are Python's or JSON's: days and times may be ISO texts (without a zone in UTC), numbers `Decimal` or texts, a set a
        list. Amounts with more decimals than their currency are rounded, half to even.

        Returns the row that `evaluate` has of the customer, as a dictionary in which None is unknown, and missing; None if the
        customer doesn't exist at `as_of`. Raises `RulesError` for rules with errors, for unknown names, and for rules that compare
        customers, such as `in top 10%` and `limit`; `DataError` for what is left out, and for values that can't be read, which
        `evaluate` counts as missing.

        >>> import segdsl
        >>> rules = segdsl.loads('''
        ... entity account { account_id: text key  arr: money(USD) }
        ... table logins of account by account_id at at { }
        ... segment quiet of account { when arr > 10_000 and none(logins in last 30 days) }
        ... ''')
        >>> rules.decide({"account_id": "a", "arr": 20_000}, {"logins": [{"at": "2026-09-01"}]}, "2026-11-01")
        {'entity_id': 'a', 'quiet': True}
        """
        names = (entity, tuple(rules))
        decider = self._deciders.get(names)
        try:
            if decider is None:
                decider = self._deciders[names] = self._decider(entity, rules)
            return decider.decide(customer, rows or {}, as_of)
        except UsageError as error:
            raise RulesError(error.diagnostics) from None

    def _decider(self, entity: str | None, names: Sequence[str]) -> Decider:
        """Compiles rules of one entity. Raises `RulesError` and `UsageError`."""
        from segdsl.run.decide import decider
        from segdsl.run.evaluate import chosen_rules

        model = sound(self.workspace).model
        chosen = chosen_rules(model, names)
        wanted = _wanted_entity(chosen, entity)
        return decider(model, wanted, [r for r in chosen if r.entity == wanted])

    def explain(
        self,
        key: str,
        frames: Mapping[str, pd.DataFrame] | None = None,
        as_of: AsOf = None,
        *,
        rules: Sequence[str] = (),
        source: str | None = None,
    ) -> Explanations:
        """Explain a customer's place by each rule: clauses with their values and reasons.

        `key`: the customer's key, or its name as a text field has it.
        `rules`: names of some rules, or of metrics, which are taken apart.
        Other arguments and errors are those of `evaluate`; an unknown key raises `RulesError`.
        """
        from segdsl.whatif.customers import explanations

        workspace = sound(self.workspace)
        _check_frames(frames)
        try:
            with closing():
                clock, of_rules, of_metrics = explanations(workspace, key, rules, as_of, source, frames)
        except UsageError as error:
            raise RulesError(error.diagnostics) from None
        return Explanations(clock, [*of_rules, *of_metrics])

    def export(
        self,
        *plays: str,
        output: str | Path | None = None,
        to: str | Sequence[str] = (),
        send: bool = False,
        dry_run: bool = False,
        allow_stale: bool = False,
        names: bool = False,
        as_of: AsOf = None,
        source: str | None = None,
    ) -> Delivered:
        """Decide who gets which play on a day, and deliver it, as `segdsl export` does; all plays without `plays`.

        `output`: a folder for one CSV file a play.
        `to`: names of destinations of segdsl.toml.
        `send`: send to destinations that aren't files, too; else they are only looked at.
        `dry_run`: write and send nothing.
        `allow_stale`: deliver although a table is older than its `fresh within` says.
        `names`: name everybody in each line, with what keeps the play from them.

        The same export of the same day writes the same files, and sends nothing again. Raises `RulesError` for rules with errors and
        for what doesn't exist, `DataError` for data that can't be used, `Refusal` for a log or destination that can't be used.
        """
        from segdsl.activation.export.export import export
        from segdsl.experiment.pilot.plays import arms_of_pilots
        from segdsl.report.export import json as export_json
        from segdsl.report.export import text as export_text
        from segdsl.run.evaluate import clock_for, source_config

        workspace = sound(self.workspace)
        places = (to,) if isinstance(to, str) else tuple(dict.fromkeys(to))
        with _asking():
            source_config(workspace, source)  # before anything is written
            folder = _path(output)
            pilots = arms_of_pilots(workspace, clock_for(workspace.zone, as_of).today)
            exported = export(workspace, plays, as_of, source, folder, places, send, dry_run, pilots, allow_stale)
            details = json.loads(export_json.render(exported, names))
            text = click.unstyle(export_text.render(exported, names))
            return Delivered(exported.id, exported.plays, exported.is_complete, details, text)

    def list(
        self,
        what: str,
        *,
        with_: str | Sequence[str] = (),
        to: str | None = None,
        since: str | None = None,
        why: bool = False,
        of: str | None = None,
        output: str | Path | None = None,
        as_of: AsOf = None,
        source: str | None = None,
    ) -> Listing:
        """List who is in a segment (`vips`), an arm (`motion.save`) or a condition (`arr > 50_000`), those worth most first, as
        `segdsl list` does.

        `with_`: what to show, as in "name, csm.email, arr"; personal fields are shown where they are named.
        `to`: their contacts instead, as in 'users where role = "admin"'.
        `since`: who entered and who left since an earlier day.
        `why`: a further column with the values that decided.
        `of`: the entity that a condition is about, else the first one declared.
        `output`: a .xlsx, .csv, .parquet or .json file to write.

        Raises `RulesError` for rules with errors and for mistakes in what is asked for, `DataError` for data that can't be used,
        `Refusal` for a file that can't be written.
        """
        from segdsl.activation.files import refuse_output, write_members
        from segdsl.activation.members import list_members

        workspace = sound(self.workspace)
        shown = (with_,) if isinstance(with_, str) else tuple(with_)
        with _asking():
            file = _path(output)
            if file is not None:
                refuse_output(workspace, file)
            members = list_members(workspace, what, of, shown, to, since, why, as_of, source)
            return Listing(members if file is None else write_members(members, file))


@contextlib.contextmanager
def _asking() -> Iterator[None]:
    """Close what is opened within, and raise `RulesError` for mistakes in what is asked for."""
    from segdsl.whatif.trial import TrialError

    try:
        with closing():
            yield
    except (UsageError, TrialError) as error:
        raise RulesError(error.diagnostics) from None


def _path(output: str | Path | None) -> Path | None:
    """Raises `UsageError` for an empty name, which would be the folder where the program runs."""
    if output is not None and not str(output).strip():
        raise UsageError(Diagnostic("SEG0607", "the output has no name", help="write . for the folder that you are in"))
    return None if output is None else Path(output)


def _assigned(
    model: Model, entity: str, rules: Sequence[Rule], attached: Engine, clock: Clock, engine: EngineName | None
) -> pd.DataFrame:
    from segdsl.run.evaluate import evaluate
    from segdsl.run.on_reference import evaluate_by_reference

    if engine == "reference":
        return evaluate_by_reference(model, entity, rules, attached, clock)
    return evaluate(model, rules, attached, clock)[entity]


def _are_of_arrow(frames: Mapping[str, object]) -> bool:
    import pandas as pd

    return any(not isinstance(frame, pd.DataFrame) for frame in frames.values() if frame is not None)


def _assigned_as_arrow(
    model: Model, entity: str, rules: Sequence[Rule], attached: Engine, clock: Clock, engine: EngineName | None
) -> Assigned:
    from segdsl.data.arrow import Assigned
    from segdsl.sql.plan import assignment

    if engine == "reference":
        return Assigned.of(_assigned(model, entity, rules, attached, clock, engine))
    held = attached.hold(assignment(model, entity, [*rules], clock, in_order=False).query)
    with attached.shelf.asking():
        return Assigned.of(attached.shelf.con.sql(f"SELECT * FROM {held}"))


def _check_frames(frames: object) -> None:
    """Raises `DataError` unless these are data frames of pandas or of Arrow by name, or None."""
    import pandas as pd

    if frames is None:
        return
    if not isinstance(frames, Mapping):
        kind = "one data frame" if isinstance(frames, pd.DataFrame) else f"a {type(frames).__name__}"
        message = f"frames are given by the name of their entity or table, and this is {kind}"
        raise DataError(Diagnostic("SEG0702", message, help='write {"NAME": frame}'))
    for name, frame in frames.items():
        is_frame = isinstance(frame, pd.DataFrame) or (
            hasattr(frame, "__arrow_c_stream__") and not isinstance(frame, pd.Series)
        )
        if frame is not None and not is_frame:
            message = f"the data of `{name}` are a {type(frame).__name__}, and no data frame of pandas"
            raise DataError(Diagnostic("SEG0702", message, help="make one of its rows: pandas.DataFrame(rows)"))


def _wanted_entity(rules: Sequence[Rule], entity: str | None) -> str:
    """The entity to assign; raises `RulesError` where the rules leave it open, and where none of them is about it."""
    entities = list(dict.fromkeys(r.entity for r in rules))
    if entity is None and len(entities) != 1:
        help = f"say entity={entities[0]!r}" if entities else "declare a segment or segmentation"
        about = f"{len(entities)} entities" if entities else "no entity"
        raise RulesError([Diagnostic("SEG0606", f"the rules are about {about}", help=help)])
    if entity is not None and entity not in entities:
        help = nearest_help(entity, entities, f"say entity={entities[0]!r}")
        raise RulesError([Diagnostic("SEG0606", f"no rule is about `{entity}`", help=help)])
    return entity or entities[0]


def _check_engine(engine: str | None, config: SourceConfig, are_frames: bool, source: str | None) -> None:
    """Raises `RulesError` where an engine isn't there, or can't evaluate what a source holds."""
    if engine is None or engine == "reference" or (engine == config.engine and engine in _ENGINES):
        return
    if engine not in _ENGINES:
        raise RulesError(_no_engine(engine, _ENGINES, "engines are"))
    if are_frames:
        help = 'leave out engine; or leave out the frames, and name the database with source="NAME"'
        raise RulesError([Diagnostic("SEG0605", f"frames are evaluated by duckdb, not by {engine}", help=help)])
    message = f"the source `{source or 'default'}` is read by {config.engine}, not by {engine}"
    raise RulesError([Diagnostic("SEG0605", message, help="leave out engine, or name another source")])


def _no_engine(engine: object, engines: Sequence[str], are: str) -> list[Diagnostic]:
    help = nearest_help(str(engine), engines, f"{are} {', '.join(engines)}")
    return [Diagnostic("SEG0605", f"no engine `{engine}`", help=help)]


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number != 1 else ''}"
