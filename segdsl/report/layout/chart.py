"""Figures -> small SVG pictures that need nothing else: they take the page's colours and say in words what they show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from segdsl.report.layout.page import text

_WIDTH = 640.0
_LETTER = 7.5  # of a name, on average, at 13 px


def _svg(height: float, said: str, parts: Sequence[str]) -> str:
    body = "\n".join(parts)
    return f'<svg viewBox="0 0 {_WIDTH:g} {height:g}" role="img" aria-label="{text(said)}">\n{body}\n</svg>'


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    span = (high - low) or 1.0
    return lambda v: start + (min(max(v, low), high) - low) / span * (end - start)


def intervals(
    said: str,
    rows: Sequence[tuple[str, float, float, float]],
    shown: Callable[[float], str],
    wanted: float | None = None,
) -> str:
    """One line each: a name, a value, and from where to where it may lie. Zero is drawn, and what was `wanted`."""
    finite = [v for _, *values in rows for v in values if abs(v) != float("inf")]
    low, high = min(0.0, *finite), max(0.0, wanted or 0.0, *finite)
    pad = (high - low) * 0.05 or 1.0
    x = _scale(low - pad, high + pad, 150, 520)
    parts = []
    height = 26.0 * len(rows) + 30
    for value, name, dash in ((0.0, "0", ""), *(((wanted, "wanted", "4 3"),) if wanted else ())):
        at = x(value)
        parts.append(
            f'<line x1="{at:.1f}" x2="{at:.1f}" y1="4" y2="{height - 22:.1f}" class="axis" stroke-dasharray="{dash}"/>'
        )
        parts.append(f'<text x="{at:.1f}" y="{height - 8:.1f}" class="tick" text-anchor="middle">{name}</text>')
    for i, (name, mid, lowest, highest) in enumerate(rows):
        y = 18 + 26 * i
        bold = ' class="total"' if i == len(rows) - 1 and len(rows) > 1 else ""
        parts.append(f'<g{bold}><text x="0" y="{y + 4}">{text(name)}</text>')
        parts.append(
            f'<line x1="{x(lowest):.1f}" x2="{x(highest):.1f}" y1="{y}" y2="{y}" class="whisker"/>'
            f'<circle cx="{x(mid):.1f}" cy="{y}" r="4.5" class="dot"/>'
        )
        parts.append(f'<text x="{_WIDTH:g}" y="{y + 4}" text-anchor="end">{text(shown(mid))}</text></g>')
    return _svg(height, said, parts)


def whisker(said: str, low: float, mid: float, high: float, least: float, most: float) -> str:
    """An interval small enough for a cell of a table, on a scale that all rows share; 0 is drawn.

    What lies beyond the scale is cut: an arrow at the edge stands for an end, and no dot is drawn for a value.
    """
    x = _scale(least, most, 6, 154)
    parts = [
        f'<line x1="{x(0):.1f}" x2="{x(0):.1f}" y1="0" y2="18" class="axis"/>',
        f'<line x1="{x(low):.1f}" x2="{x(high):.1f}" y1="9" y2="9" class="whisker"/>',
    ]
    if least <= mid <= most:
        parts.append(f'<circle cx="{x(mid):.1f}" cy="9" r="4.5" class="dot"/>')
    if min(low, mid) < least:
        parts.append('<path d="M0 9 L8 4 V14 Z" class="dot beyond"/>')
    if max(high, mid) > most:
        parts.append('<path d="M160 9 L152 4 V14 Z" class="dot beyond"/>')
    body = "".join(parts)
    return f'<svg viewBox="0 0 160 18" role="img" aria-label="{text(said)}" style="width:10rem;margin:.1rem 0">{body}</svg>'


def scale(reach: float, shown: Callable[[float], str]) -> str:
    """The scale of `whisker` from -reach to reach, with its ends and its middle named."""
    x = _scale(-reach, reach, 6, 154)
    parts = ['<line x1="6" x2="154" y1="16" y2="16" class="axis"/>']
    for value, anchor in ((-reach, "start"), (0.0, "middle"), (reach, "end")):
        at = 0 if anchor == "start" else 160 if anchor == "end" else x(value)
        parts.append(f'<line x1="{x(value):.1f}" x2="{x(value):.1f}" y1="13" y2="19" class="axis"/>')
        parts.append(f'<text x="{at:.1f}" y="11" class="tick" text-anchor="{anchor}">{text(shown(value))}</text>')
    body = "".join(parts)
    return f'<svg viewBox="0 0 160 20" role="img" aria-label="scale" style="width:10rem;margin:.1rem 0">{body}</svg>'


def curves(
    said: str,
    lines: Sequence[tuple[str, bool, Sequence[tuple[float, float]]]],
    across: str,
    shown: Callable[[float], str],
    marks: Sequence[tuple[float, str]] = (),
    wanted: float | None = None,
) -> str:
    """Chances (up, 0 to 1) by size (across, whose title is `across`).

    A line has its name, whether it is the one asked for, and its points by size; names stand at the ends, in the order in which
    the lines rise. `marks` are sizes with a name, `wanted` a chance that is drawn through.
    """
    lines = sorted(lines, key=lambda line: -sum(chance for _, chance in line[2]))
    top = max((size for _, _, points in lines for size, _ in points), default=1.0) or 1.0
    x, y = _scale(0, top, 60, 500), _scale(0, 1, 230, 12)
    parts = [f'<line x1="60" x2="500" y1="{y(0):.1f}" y2="{y(0):.1f}" class="axis"/>']
    for chance in (0.0, 0.5, 1.0):
        parts.append(f'<text x="52" y="{y(chance) + 4:.1f}" class="tick" text-anchor="end">{chance:.0%}</text>')
    if wanted is not None:
        parts.append(
            f'<line x1="60" x2="500" y1="{y(wanted):.1f}" y2="{y(wanted):.1f}" class="axis" stroke-dasharray="4 3"/>'
        )
        parts.append(f'<text x="60" y="{y(wanted) - 5:.1f}" class="tick">{wanted:.0%}</text>')
    for size, name in marks:
        parts.append(
            f'<line x1="{x(size):.1f}" x2="{x(size):.1f}" y1="12" y2="{y(0):.1f}" class="axis" stroke-dasharray="4 3"/>'
        )
        parts.append(f'<text x="{x(size) + 4:.1f}" y="{y(0) - 5:.1f}" class="tick">{text(name)}</text>')
    for part in (0.0, 0.5, 1.0):
        parts.append(
            f'<text x="{x(top * part):.1f}" y="248" class="tick" text-anchor="middle">{text(shown(top * part))}</text>'
        )
    parts.append(f'<text x="280" y="266" class="tick" text-anchor="middle">{text(across)}</text>')
    room = _apart([y(points[-1][1]) + 4 for _, _, points in lines])
    for (name, is_asked, points), at in zip(lines, room):
        path = " L".join(f"{x(size):.1f} {y(chance):.1f}" for size, chance in points)
        kind, weight = ("curve", "total") if is_asked else ("curve other", "tick")
        parts.append(f'<path d="M{path}" class="{kind}"><title>{text(name)}</title></path>')
        parts.append(f'<text x="{x(points[-1][0]) + 8:.1f}" y="{at:.1f}" class="{weight}">{text(name)}</text>')
    return _svg(272, said, parts)


def _apart(heights: Sequence[float], least: float = 14.0) -> list[float]:
    """The same, moved down as far as names need room below each other; and up again where that leaves the picture."""
    apart: list[float] = []
    for height in heights:
        apart.append(max(height, apart[-1] + least) if apart else height)
    over = max(0.0, max(apart, default=0.0) - 228.0)
    return [h - over for h in apart]


def calibration(
    said: str, rows: Sequence[tuple[str, bool, float, float, float, float]], shown: Callable[[float], str]
) -> str:
    """Predicted (across) against observed (up) with its interval: whoever lies on the line was predicted right.

    A row is a name, whether it is of the second rule, what was predicted, what was observed, from where, to where.
    """
    top = max((max(r[2], r[5]) for r in rows), default=1.0) * 1.08 or 1.0
    x, y = _scale(0, top, 60, 460), _scale(0, top, 300, 12)
    parts = [
        f'<line x1="{x(0):.1f}" y1="{y(0):.1f}" x2="{x(top):.1f}" y2="{y(top):.1f}" class="axis" stroke-dasharray="4 3"/>'
    ]
    for share in (0.0, 0.5, 1.0):
        v = top * share
        parts.append(f'<text x="{x(v):.1f}" y="318" class="tick" text-anchor="middle">{text(shown(v))}</text>')
        parts.append(f'<text x="52" y="{y(v) + 4:.1f}" class="tick" text-anchor="end">{text(shown(v))}</text>')
    parts.append('<text x="260" y="338" class="tick" text-anchor="middle">predicted</text>')
    parts.append('<text x="8" y="90" class="tick" text-anchor="middle" transform="rotate(-90 8 90)">observed</text>')
    for name, second, expected, observed, low, high in rows:
        kind = "dot" if second else "ring"
        parts.append(
            f"<g><title>{text(name)}: {text(shown(expected))} predicted, {text(shown(observed))} observed</title>"
        )
        parts.append(
            f'<line x1="{x(expected):.1f}" x2="{x(expected):.1f}" y1="{y(low):.1f}" y2="{y(high):.1f}" class="whisker"/>'
        )
        parts.append(f'<circle cx="{x(expected):.1f}" cy="{y(observed):.1f}" r="4.5" class="{kind}"/>')
        parts.append(f'<text x="{x(expected) + 8:.1f}" y="{y(observed) + 4:.1f}" class="tick">{text(name)}</text></g>')
    return _svg(344, said, parts)


def flow(said: str, moves: Mapping[tuple[str, str], int], left: Sequence[str], right: Sequence[str]) -> str:
    """Where customers are by one rule, and by another: as wide as they are many."""
    total = sum(moves.values()) or 1
    height, gap = 260.0, 10.0
    room = height - gap * max(len(left), len(right), 1)
    starts = _stacked([(n, sum(c for (a, _), c in moves.items() if a == n)) for n in left], room / total, gap)
    ends = _stacked([(n, sum(c for (_, b), c in moves.items() if b == n)) for n in right], room / total, gap)
    parts, used_left, used_right = [], dict.fromkeys(left, 0.0), dict.fromkeys(right, 0.0)
    for a in left:
        for b in right:
            thick = moves.get((a, b), 0) * room / total
            if thick > 0:
                y1, y2 = starts[a][0] + used_left[a] + thick / 2, ends[b][0] + used_right[b] + thick / 2
                used_left[a], used_right[b] = used_left[a] + thick, used_right[b] + thick
                kind = "stays" if a == b else "moves"
                parts.append(
                    f'<path d="M150 {y1:.1f} C 320 {y1:.1f}, 320 {y2:.1f}, 490 {y2:.1f}" class="{kind}" '
                    f'stroke-width="{max(thick, 0.6):.1f}">'
                    f"<title>{text(a)} to {text(b)}: {moves[a, b]:,}</title></path>"
                )
    for side, x, anchor, stacked in ((0, 142, "end", starts), (1, 498, "start", ends)):
        for name, (y, thick) in stacked.items():
            n = sum(c for place, c in moves.items() if place[side] == name)
            parts.append(
                f'<text x="{x}" y="{y + thick / 2 + 4:.1f}" text-anchor="{anchor}">{text(name)} <tspan class="tick">{n:,}</tspan></text>'
            )
    return _svg(height + 8, said, parts)


def _stacked(sizes: Sequence[tuple[str, int]], scale: float, gap: float) -> dict[str, tuple[float, float]]:
    """Name -> (top, thickness), one below the other."""
    bars, y = {}, 4.0
    for name, n in sizes:
        bars[name] = (y, n * scale)
        y += n * scale + gap
    return bars


def upset(said: str, names: Sequence[tuple[str, int]], columns: Sequence[tuple[Sequence[str], int]]) -> str:
    """Sets in rows, with their sizes; intersections in columns, as bars over the dots of the sets that they are in.

    The picture has the size of its text, however narrow the page: it is meant to scroll.
    """
    longest = max((len(name) + len(f" {size:,}") for name, size in names), default=0)
    left, top, step, width = longest * _LETTER + 18, 110.0, 22.0, 38.0
    tallest = max((n for _, n in columns), default=1) or 1
    bottom = top + 14
    parts = []
    for row, (name, size) in enumerate(names):
        y = bottom + step * row + step / 2
        parts.append(
            f'<line x1="{left:g}" x2="{left + width * len(columns):.1f}" y1="{y:.1f}" y2="{y:.1f}" class="axis"/>'
        )
        parts.append(
            f'<text x="{left - 12:g}" y="{y + 4:.1f}" text-anchor="end">{text(name)} <tspan class="tick">{size:,}</tspan></text>'
        )
    for column, (inside, n) in enumerate(columns):
        x = left + width * column + width / 2
        peak = top - max((top - 22) * n / tallest, 1)
        bar = f'class="whisker" style="stroke-width:{width * 0.55:.1f}"'
        label = f"{', '.join(inside) or 'in none'}: {n:,}"
        parts.append(f"<g><title>{text(label)}</title>")
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top:g}" y2="{peak:.1f}" {bar}/>')
        parts.append(f'<text x="{x:.1f}" y="{peak - 5:.1f}" class="tick" text-anchor="middle">{n:,}</text>')
        rows = [row for row, (name, _) in enumerate(names) if name in inside]
        ys = [bottom + step * row + step / 2 for row in rows]
        if len(ys) > 1:
            parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{ys[0]:.1f}" y2="{ys[-1]:.1f}" class="whisker"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" class="dot"/>' for y in ys]
        parts.append("</g>")
    across, down = left + width * len(columns) + 6, bottom + step * len(names) + 6
    body = "\n".join(parts)
    shape = f'width="{across:g}" height="{down:g}" viewBox="0 0 {across:g} {down:g}" style="width:{across:g}px"'
    return f'<svg class="chart" {shape} role="img" aria-label="{text(said)}">\n{body}\n</svg>'
