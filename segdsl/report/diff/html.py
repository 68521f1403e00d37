"""What a change of rules means -> one HTML page for a reviewer: the verdict first, no customer named."""

from __future__ import annotations

from collections.abc import Iterator

from segdsl.compare.versions import Change, Difference, MoveGroup
from segdsl.report.content.diff import (
    FEW,
    because,
    count_shown,
    headline,
    play_change,
    possible_too,
    sizes_to_show,
    supposed,
)
from segdsl.report.layout.page import bar, page, table, text
from segdsl.testing.customers.witness import shorten
from segdsl.words import values
from segdsl.words.plural import plural


def render(difference: Difference, names_customers: bool) -> str:
    return page(headline(difference, FEW), _parts(difference))


def _parts(difference: Difference) -> Iterator[str]:
    if difference.clock:
        how = f"As of {values.as_of(difference.clock)}. {supposed(difference)}".rstrip()
        yield f'<p class="dim">{text(how)} Groups under {FEW} are told together.</p>'
    for change in difference.changed:
        yield f"<h2>{text(change.rule)}</h2>\n<p>{text(change.verdict.replace('`', ''))}</p>"
        if change.moves:
            yield _sizes(change)
            yield _moves(change, difference.money)
        elif difference.clock:
            yield "<p>Nobody moves.</p>"
        made_up = possible_too(change)
        if made_up:
            lines = [line for w in made_up for line in (f"# from {w.origin} to {w.goal}{w.when}", *shorten(w.lines))]
            shown = "\n".join(map(text, lines))
            yield f"<details><summary>Made-up customers that would move too</summary><pre>{shown}</pre></details>"
    for play in difference.plays:
        yield f"<h2>{text(play.name)}</h2>\n<p>{text(play_change(play))}</p>"
    if difference.loads:
        rows = []
        for x in difference.loads:
            room = "" if x.capacity is None else f"{x.capacity:,}"
            after = f'<span class="warn">{count_shown(x.after)} ✗</span>' if x.is_over else count_shown(x.after)
            rows.append([text(x.play), count_shown(x.before), after, room])
        yield "<h2>Plays</h2>" + table(
            "How many get each play", ["play", "before", "after", "room for"], rows, right=(1, 2, 3)
        )
    same = [c.rule for c in difference.changes if c.status == "same meaning"]
    if same:
        yield f'<p class="dim">{len(same)} with the same meaning: {text(", ".join(same))}</p>'


def _sizes(change: Change) -> str:
    rows = [[text(place), before, after] for place, before, after in sizes_to_show(change)]
    return table("Sizes before and after", ["", "before", "after"], rows, right=(1, 2)) if rows else ""


def _moves(change: Change, money: str) -> str:
    shown = [m for m in change.moves if m.count >= FEW]
    most = max((m.count for m in shown), default=1)
    rows = [_row(m, most, money) for m in shown]
    if len(shown) < len(change.moves):
        rows.append(["other", "ways", f"fewer than {FEW} each", *([""] if money else []), "", ""])
    heads = ["from", "to", plural(change.entity), *([money] if money else []), "", "because"]
    return table(
        f"Who moves, of {change.total:,} {plural(change.entity)}", heads, rows, right=(2, 3) if money else (2,)
    )


def _row(m: MoveGroup, most: int, money: str) -> list[str]:
    why = "; ".join(f"{text(t.replace('`', ''))}" + ("" if n == m.count else f" ({n:,})") for t, n in because(m))
    worth = [f"{m.worth:,.0f}"] if money else []
    return [text(m.origin), text(m.goal), f"{m.count:,}", *worth, bar(m.count / most), why]
