"""`most_common(logins.device) = "web"`: whether a value leads, which a tie among others doesn't leave open."""

from __future__ import annotations

from dataclasses import replace

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.ops.phrase import Phrase


def lower(equal: k.Compare | k.OneOf, commonest: k.Aggregate | k.MetricOf, of: k.Aggregate) -> k.Expr:
    """Builds the meaning of `equal`, which compares `commonest` with values that a rule writes. `of` is what `commonest` stands for."""
    assert of.value is not None, "the most common of values"
    if isinstance(equal, k.Compare):
        is_named: k.Expr = replace(equal, op="=", left=of.value, right=_other(equal, commonest))
    else:
        is_named = replace(equal, item=of.value)
    named = k.If(is_named, of.value, k.Missing("another value", of.value.type), of.value.type)
    times = replace(of, function=k.Function.TIMES_OF_COMMONEST, type=ty.INTEGER, span=equal.span)
    leads = k.Compare(">=", replace(times, value=named), times, span=equal.span)
    tied = k.And((leads, equal), span=equal.span)
    if isinstance(commonest, k.Aggregate):
        return k.Named("most_common", tied, _words(equal))
    return k.Named("most_common", k.If(k.IsMissing(commonest), tied, equal, ty.BOOLEAN), _words(equal))


def _other(equal: k.Compare, commonest: k.Expr) -> k.Expr:
    return equal.right if equal.left is commonest else equal.left


def _words(equal: k.Expr) -> tuple[tuple[str, k.Expr | str], ...]:
    return (("equal", equal),)


PHRASE = Phrase(
    name="most_common",
    signature="most_common(ROWS.FIELD) = VALUE, most_common(ROWS.FIELD) in (VALUES)",
    english="{equal}",
    meaning="False where another value is more common than each of the values, also where others tie. Unknown where one of them "
    "ties for the first place, and without rows. By itself, and beside a value of the data, `most_common` is missing on a tie.",
    lower=lower,
    examples="""
segment on_chat of account { when most_common(trials.product) = "chat" }
metric product of account = most_common(trials.product)
segment on_mail of account { when product in ("mail", "post") }
segment not_on_chat of account { when most_common(trials.product) != "chat" }
test "others that tie leave nothing open" as of 2026-11-01 {
  account a {}
  trials of a { at: 2026-10-01, product: "chat" }
  trials of a { at: 2026-10-02, product: "mail" }
  trials of a { at: 2026-10-03, product: "mail" }
  trials of a { at: 2026-10-04, product: "desk" }
  trials of a { at: 2026-10-05, product: "desk" }
  account b {}
  trials of b { at: 2026-10-01, product: "chat" }
  account c {}
  expect not (a in on_chat)
  expect a in not_on_chat
  expect (a in on_mail) is missing
  expect a.product is missing
  expect b in on_chat
  expect not (b in on_mail)
  expect (c in on_chat) is missing
}
""",
)
