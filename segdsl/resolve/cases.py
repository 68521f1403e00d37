"""Expands a test with `case` lines into one test per case, with the case's values in the place of its names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from segdsl.lang import tree
from segdsl.lang.rewrite import nodes, rewrite
from segdsl.resolve.problems import Problems, listed

CellValue = tree.Expr | tree.Values | tree.Name


def expanded(test: tree.Test, problems: Problems) -> Iterator[tree.Test]:
    """Yields one test per case, or the test itself if it has no cases."""
    if not test.cases:
        yield test
        return
    expected = {c.name.text for c in test.cases[0].cells}
    for case in test.cases:
        names = [c.name.text for c in case.cells]
        if set(names) != expected or len(names) != len(expected):
            problems.add(
                "SEG0509",
                f"each case must give {listed(sorted(expected))}, once",
                case,
                label=f"this case gives {listed(names)}",
            )
            return
    unused = expected - set(_names_in(test)) - {name for e in test.plays for name in (e.key, e.play.text)}
    if unused:
        at = next(c.name for c in test.cases[0].cells if c.name.text in unused)
        help = f"use it where its value belongs, as in `arr: {at.text}` or `expect acme in {at.text}`"
        problems.add("SEG0509", f"no row and no expectation uses `{at.text}`", at, help=help)
        return
    misplaced = next(_misplaced(test), None)
    if misplaced is not None:
        cell, message, help = misplaced
        problems.add("SEG0509", message, cell.value, help=help)
        return
    for case in test.cases:
        yield _filled(test, case)


def _misplaced(test: tree.Test) -> Iterator[tuple[tree.Cell, str, str]]:
    """Yields values that can't stand where an expectation has their name, each with a message and its help."""
    asked = [node for e in test.expects for node in nodes(e)]
    values = {node.text for node in asked if isinstance(node, tree.Path)}
    sets = {node.name.text for node in asked if isinstance(node, tree.InName)}
    texts = {n.values.text for n in asked if isinstance(n, tree.Has) and isinstance(n.values, tree.Path)}
    for cell in (c for case in test.cases for c in case.cells):
        name = cell.name.text
        if isinstance(cell.value, tree.Values) and name in values:
            yield cell, f"`{name}` is a list, and `expect` asks about it", "a list is for rows; write it in `expect`"
        elif name in sets and not isinstance(cell.value, tree.Path | tree.Name):
            yield cell, f"`in {name}` asks for a segment or an arm", "name one in each case, as in `motion.save`"
        elif name in texts and not isinstance(cell.value, tree.Path | tree.Name | tree.Text):
            yield cell, f"`has {name}` asks for a text", 'write one in each case, as in `"vip"`'


def size(test: tree.Test) -> int:
    """Counts the rows, cells and expectations of each case."""
    return sum(1 + len(g.cells) for g in test.givens) + len(test.expects) + len(test.plays) if test.cases else 0


def _names_in(test: tree.Test) -> Iterator[str]:
    for part in (*test.givens, *test.expects):
        for node in nodes(part):
            if isinstance(node, tree.Path) and len(node.parts) == 1:
                yield node.text
            elif isinstance(node, tree.Cell) and isinstance(node.value, tree.Name):
                yield node.value.text


def _filled(test: tree.Test, case: tree.Case) -> tree.Test:
    values = {c.name.text: c.value for c in case.cells}

    def visit(node: tree.Node) -> tree.Node | None:
        if isinstance(node, tree.Cell):
            return replace(node, value=_value(node.value, values))
        if isinstance(node, tree.InName) and node.name.text in values and isinstance(values[node.name.text], tree.Path):
            return replace(node, name=values[node.name.text])  # type: ignore[arg-type]
        if isinstance(node, tree.InName) and isinstance(name := values.get(node.name.text), tree.Name):
            return replace(node, name=tree.Path(name.span, (name,)))
        if isinstance(node, tree.Path) and node.text in values:
            value = values[node.text]
            return tree.Path(value.span, (value,)) if isinstance(value, tree.Name) else value
        return None

    values_in_words = ", ".join(f"{name} {' '.join(value.span.text.split())}" for name, value in values.items())
    title = replace(test.title, text=f"{test.title.text} ({values_in_words})", span=case.span)
    return replace(
        test,
        title=title,
        cases=(),
        givens=tuple(rewrite(g, visit) for g in test.givens),
        expects=tuple(rewrite(e, visit) for e in test.expects),
        plays=tuple(_named(e, values) for e in test.plays),
    )


def _named(e: tree.ExpectPlay, values: Mapping[str, CellValue]) -> tree.ExpectPlay:
    """Returns an expectation of a play with the customer and the play that a case names."""
    customer, play = (values.get(name) for name in (e.key, e.play.text))
    key = (
        customer.text
        if isinstance(customer, tree.Name)
        else customer.value
        if isinstance(customer, tree.Text)
        else e.key
    )
    return replace(e, key=key, play=play if isinstance(play, tree.Name) else e.play)


def _value(value: CellValue, values: dict[str, CellValue]) -> CellValue:
    return values.get(value.text, value) if isinstance(value, tree.Name) else value
