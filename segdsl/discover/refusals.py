"""Why the data can't bear a search: whom it would leave out, what isn't known of an earlier day, what is the same for everybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from segdsl.analyse.admissible import leaks_of, unclosed
from segdsl.diagnostics import Diagnostic, Refusal
from segdsl.discover import origins
from segdsl.discover.admissible import NO_ROWS, OF_ANOTHER_BASIS, TOO_SHORT, Excluded, written
from segdsl.discover.incumbent import Incumbent
from segdsl.discover.reading import Counted
from segdsl.discover.request import Request
from segdsl.experiment.shared.decide import MOST_MISSING
from segdsl.features.recipe import LeftOut
from segdsl.model import expr as k
from segdsl.model.schema import Relation
from segdsl.model.segment import Metric, Model, Segmentation


class TooLittle(Refusal):
    """The data can't bear a search at all. Exit code 3."""

    exit_code = 3


def refuse_unknown_beginnings(relation: Relation) -> None:
    if relation.lives_from is None:
        raise TooLittle(
            Diagnostic(
                "SEG0741",
                f"it isn't known which {relation.name} was there on an earlier day, so those who have left would be left out",
                help=f"say since when and until when one is there: entity {relation.name} from created_at to ended_at {{ … }}",
            )
        )


def refuse_open_outcome(model: Model, outcome: Metric) -> None:
    if open_ := unclosed(model, outcome.name):
        raise TooLittle(
            Diagnostic(
                "SEG0743",
                f"`{outcome.name}` reads how things are now, not what happened: {'; '.join(map(str, open_))}",
                help="make it of rows that happened, or of a time that is known, as in: "
                "ended_at is not missing and ended_at in next 90 days",
            )
        )


def refuse_leaking_population(
    model: Model, request: Request, incumbent: Segmentation | None, population: Sequence[k.Expr]
) -> None:
    assumed = set(request.assume_fixed)
    leaking = [x for x in leaks_of(model, population) if written(model, x) not in assumed]
    if incumbent is not None and leaking:
        raise TooLittle(
            Diagnostic(
                "SEG0743",
                f"whom `{incumbent.name}` was about on an earlier day isn't known: {'; '.join(map(str, leaking))}",
                help=f"--assume-fixed {', '.join(written(model, x) for x in leaking)} takes it as it is now, to explore",
            )
        )


def refuse_leaking_arms(model: Model, request: Request, said: Incumbent) -> None:
    leaking = [
        x for x in leaks_of(model, [f.expr for f in said.columns]) if written(model, x) not in request.assume_fixed
    ]
    if leaking:
        raise TooLittle(
            Diagnostic(
                "SEG0743",
                f"which arm of `{said.rule.name}` a customer was in on an earlier day isn't known: {'; '.join(map(str, leaking))}",
                help=f"--assume-fixed {', '.join(written(model, x) for x in leaking)} takes it as it is now, to explore",
            )
        )


def refuse_unknown_outcomes(outcome: Metric, unknown: int, known: int) -> None:
    """A backtest refuses the same: whoever has no known outcome may be the very ones to whom it didn't happen."""
    if unknown > MOST_MISSING * (unknown + known):
        raise TooLittle(
            Diagnostic(
                "SEG0742",
                f"`{outcome.name}` is unknown of {unknown:,} of {unknown + known:,} customers and days, "
                "and those of whom it is known may differ from them",
                help="say what it is where a field is missing, as in: ended_at is not missing and ended_at in next 90 days",
            )
        )


def refuse_constant(outcome: Metric, counted: Mapping[str, Counted]) -> None:
    rows, events = (sum(getattr(c, name) for c in counted.values()) for name in ("rows", "events"))
    if events in (0, rows):
        who = "nobody" if events == 0 else "everybody"
        raise TooLittle(
            Diagnostic(
                "SEG0742",
                f"`{outcome.name}` is true of {who} at every origin ({rows:,} customers and days), so nothing tells customers apart",
                help="look for an outcome that is true of some customers and not of others",
            )
        )


def no_feature(entity: str, request: Request, excluded: Sequence[Excluded], left_out: Sequence[LeftOut]) -> TooLittle:
    """Why nothing is left to search, which isn't always the past."""
    line = next((e for e in excluded if e.line), None)
    message = f"nothing is known of an earlier day about {entity}, so there is nothing to search"
    help = "declare tables of what happened, fields that never change as `fixed`, or keep their history"
    if line is not None:
        help = f"if `{line.name}` never changes, say so: {line.line}"
    if request.basis and any(x.because.endswith(OF_ANOTHER_BASIS) for x in left_out):
        message = f"no feature of {entity} that is known of an earlier day is of the basis {' or '.join(request.basis)}"
        help = "leave --basis out for all"
    elif short := [x for x in left_out if x.because.startswith((NO_ROWS, TOO_SHORT))]:
        message = f"what is known of {entity} doesn't go back far enough: `{short[0].name}` {short[0].because}"
        help = "wait until there is more history, or look at a later day"
    return TooLittle(Diagnostic("SEG0743", message, help=help))


def all_suspicious(entity: str, suspicious: Iterable[str]) -> TooLittle:
    names = ", ".join(f"`{n}`" for n in suspicious)
    message = f"all that is known of an earlier day about {entity} is the outcome under another name, or made of the same: {names}"
    return TooLittle(Diagnostic("SEG0743", message, help="look at when that is written, and under which day"))


def endless(outcome: Metric) -> TooLittle:
    return TooLittle(
        Diagnostic(
            "SEG0742",
            f"`{outcome.name}` looks at no later time, so it isn't known when it has come about",
            help=f"say until when, as in: outcome {outcome.name} of {outcome.entity} = any(… in next 90 days)",
        )
    )


def too_short(outcome: Metric, days: int, window: int) -> TooLittle:
    """`days`: how many windows have closed; `window`: how long one is, in days."""
    return TooLittle(
        Diagnostic(
            "SEG0742",
            f"the history is too short: {days} window{'' if days == 1 else 's'} of `{outcome.name}` "
            f"({window} days each) {'has' if days == 1 else 'have'} closed, and {origins.FEWEST} are needed: "
            "one to search, one to decide and one to report",
            help=f"wait, or look for an outcome of fewer days: an outcome of {max(window // 3, 1)} days takes a third of the history",
        )
    )
