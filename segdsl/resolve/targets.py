"""The figures of a goal beside what it is measured by: a share and a retention are percentages, of which not all can be."""

from __future__ import annotations

from fractions import Fraction

from segdsl.lang import tree
from segdsl.model.goal import kind_of
from segdsl.model.segment import Metric
from segdsl.resolve.problems import Problems

_MOST_NET = 10
"""Net retention beyond which a figure is taken for an amount: ten times the money of the window before."""


def check_target(measured: tree.Measured, title: str, measure: Metric, problems: Problems) -> None:
    """Reports the first figure of a goal that its measure can't have."""
    kind = kind_of(measure, title)
    if kind == "mean":
        return
    most = _MOST_NET if kind == "net retention" else 1
    figures = [n for n in (measured.start, measured.end) if n is not None]
    wrong = next((n for n in figures if n.value > most), None)
    if wrong is None:
        return
    what = {
        "share": "a share of all, which is 100% at most",
        "gross retention": "gross retention, a share of what the window before brought, which is 100% at most",
        "net retention": "net retention, a share of what the window before brought",
    }[kind]
    as_percent = "" if wrong.percent else f", and {wrong.span.text} would be {_percent(wrong.value)}"
    message = f"`{measure.name}` is measured as {what}{as_percent}"
    problems.add("SEG0327", message, wrong, help=_help(measured, figures, kind, most))


def _help(measured: tree.Measured, figures: list[tree.Number], kind: str, most: int) -> str:
    by = f" by {measured.by.span.text}" if measured.by is not None else ""
    line = f"measured by {measured.measure.text} from {{}} to {{}}{by}"
    meant = [n.value / 100 if not n.percent and n.value > 1 else n.value for n in figures]
    # 86 stands for 86%, and 5_000 for no percentage
    if len(figures) == 2 and all(value <= min(most, 3) for value in meant):
        return f"write `{line.format(*map(_percent, meant))}`"
    if kind == "share":
        return f"write shares of all, as in `{line.format('80%', '90%')}`"
    example = line.format("80%", "90%") if kind == "gross retention" else line.format("95%", "105%")
    money = "for money itself, measure by a metric such as `sum(… in last 90 days)`, as an average of all"
    return f"write percentages, as in `{example}`; {money}"


def _percent(value: Fraction) -> str:
    return f"{float(value * 100):,.10g}%"
