"""A text with `*` or `%` at an end, as for any letters elsewhere: here these are signs like any others."""

from __future__ import annotations

from collections.abc import Iterator

from segdsl.diagnostics import Diagnostic
from segdsl.model import expr as k
from segdsl.model.segment import Model

_SIGNS = "*%"


def find(model: Model) -> Iterator[Diagnostic]:
    for _, roots in model.definitions():
        for root in roots:
            for node in k.deep(root):
                if isinstance(node, k.Compare) and node.op in ("=", "!="):
                    yield from _advice(node)


def _advice(e: k.Compare) -> Iterator[Diagnostic]:
    for field, other in ((e.left, e.right), (e.right, e.left)):
        text = other.value if isinstance(other, k.Literal_) else None
        if not isinstance(field, k.Column) or not isinstance(text, str) or field.span is None or other.span is None:
            continue
        inner = text.strip(_SIGNS)
        if inner == text or not inner or any(sign in inner for sign in _SIGNS):
            continue
        starts, ends = text[0] not in _SIGNS, text[-1] not in _SIGNS
        test = "starts with" if starts else "ends with" if ends else "contains"
        line = f'{" ".join(field.span.text.split())} {test} "{inner}"'
        sign = text[-1] if starts else text[0]
        help = f"write `{line if e.op == '=' else f'not ({line})'}`"
        message = f"`{sign}` stands for itself here, not for any letters"
        yield Diagnostic("SEG0828", message, other.span, help=help, severity="warning")
