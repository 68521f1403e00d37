"""`segdsl drift`: a segmentation on two days, by the same rules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli import _shared as shared

if TYPE_CHECKING:
    from segdsl.compare.two_days import DriftReport


@click.command("drift")
@click.argument("name")
@click.option("--since", metavar="DATE", required=True, help="The earlier day.")
@click.option("--weeks", is_flag=True, help="Also how many move from week to week in between.")
@shared.workspace_option
@shared.as_of_option
@shared.source_option
@shared.format_option("text", "json")
def command(
    name: str, since: str, weeks: bool, workspace: Path | None, as_of: str | None, source: str | None, format_: str
) -> None:
    """Say how the segments of a segmentation moved between two days, and whether chance gives as much.

    As in: segdsl drift motion --since 2026-08-01 --as-of 2026-11-01
    """
    from segdsl.compare.two_days import compare_days

    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        with shared.progress("evaluating both days"):
            found = compare_days(loaded, name, since, as_of, source, weeks)
        if format_ == "json":
            shared.say_json(_record(found))
        else:
            _say(found)


def _say(f: DriftReport) -> None:
    from segdsl.compare.drift import in_words
    from segdsl.report.experiment import p_value, percent
    from segdsl.words import values

    d = f.drift
    shared.say(click.style(f.rule, bold=True) + f"   {values.as_of(f.then)}, and {values.as_of(f.now)}")
    for line in f.warnings:
        shared.say(line)
    if f.unknown_then:
        shared.say(f"as they are now, not as they were then: {', '.join(f.unknown_then)}")
    rows = []
    for place in d.places:
        then, now = (sum(n for pair, n in d.moves.items() if pair[side] == place) for side in (0, 1))
        rows.append(
            [
                place,
                f"{then:,}",
                f"{now:,}",
                f"{now - then:+,}".replace("-", "\u2212"),
                percent(now / d.customers if d.customers else 0),
            ]
        )
    shared.say(shared.table(["", "then", "now", "", "share now"], rows, right=(1, 2, 3, 4)))
    shared.say(
        f"{d.customers:,} {f.entity}s on both days, {d.moved:,} of them elsewhere; {d.came:,} came, {d.went:,} went"
    )
    shared.say(f"stability index {d.psi:.4f}: {in_words(d.psi, d.null)} (up to {d.null:.4f})")
    if d.came or d.went:
        shared.say(f"with those who came and went {d.psi_of_all:.4f}")
    if d.p is not None:
        shared.say(f"sizes the same? Stuart-Maxwell {d.chi2:.1f}, {p_value(d.p)}")
    for start, share in f.weekly:
        shared.say(f"  week from {start}: {percent(share)} move")


def _record(f: DriftReport) -> dict[str, object]:
    from segdsl.diagnostics import SCHEMA_VERSION

    d = f.drift
    return {
        "schema_version": SCHEMA_VERSION, "segmentation": f.rule, "since": f.then.now.isoformat() + "Z", "as_of": f.now.now.isoformat() + "Z",
        "customers": d.customers, "moved": d.moved, "came": d.came, "went": d.went, "psi": d.psi, "psi_by_chance": d.null, "psi_of_all": d.psi_of_all, "chi2": d.chi2, "p": d.p,
        "moves": [{"from": a, "to": b, "count": n} for (a, b), n in sorted(d.moves.items())], "not_as_it_was": list(f.unknown_then), "warnings": list(f.warnings),
        "weekly": [{"from": str(day), "moved": share} for day, share in f.weekly],
    }  # fmt: skip
