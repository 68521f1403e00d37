"""`last(changes.stage) = "onboarding" for 45 days`: whether a state that rows change has held all that time."""

from __future__ import annotations

from dataclasses import replace

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.ops.phrase import Phrase


def lower(asked: k.Compare | k.OneOf, of: k.Aggregate, at: k.Column, moment: k.Expr, over: str) -> k.Expr:
    """Builds the phrase.

    `asked` is the condition on the state, and `of` the `last(…)` in it.
    `at` is the time of a row.
    `moment` is the instant, or the day, from which the state has to hold.
    """
    assert of.value is not None, "a state is a value of rows"
    until_then, since = k.Compare("<=", at, moment), k.Compare(">", at, moment)
    then = replace(of, rows=replace(of.rows, where=_both(of.rows.where, until_then)))
    window = k.Window(moment, k.AsOf(at.type))
    changes = replace(of.rows, latest=None, window=window, where=_both(of.rows.where, since))
    another = k.Not(_of(asked, of, of.value), span=asked.span)
    changed = k.Aggregate(k.Function.ANY, changes, another, ty.BOOLEAN)
    body = k.And((_of(asked, of, then), k.Not(changed, span=asked.span)))
    return k.Named("lasting", body, (("asked", asked), ("over", over)))


def _of(asked: k.Compare | k.OneOf, of: k.Expr, instead: k.Expr) -> k.Expr:
    if isinstance(asked, k.OneOf):
        return replace(asked, item=instead)
    return replace(asked, left=instead) if asked.left is of else replace(asked, right=instead)


def _both(where: k.Expr | None, condition: k.Expr) -> k.Expr:
    return condition if where is None else k.And((where, condition))


PHRASE = Phrase(
    name="lasting",
    signature="last(ROWS.FIELD) = VALUE for DURATION, last(ROWS.FIELD) in (VALUES) for DURATION",
    english="{asked} and has been so for {over}",
    meaning="Whether a state that rows change was this at the beginning of the duration, and no row since then says another. Whoever "
    "came into the state exactly that long ago is in. Unknown without a row from before, and where a row since then has no value.",
    lower=lower,
    examples="""
segment settled of account { when last(trials.product) = "chat" for 45 days }
test "since 45 days ago, without another in between" as of 2026-11-01 {
  account exactly {}
  trials of exactly { at: 2026-09-17, product: "chat" }
  account a_minute_less {}
  trials of a_minute_less { at: 2026-09-01, product: "mail" }
  trials of a_minute_less { at: 2026-09-17T00:01, product: "chat" }
  account again {}
  trials of again { at: 2026-09-01, product: "chat" }
  trials of again { at: 2026-10-01, product: "chat" }
  account left {}
  trials of left { at: 2026-09-01, product: "chat" }
  trials of left { at: 2026-10-01, product: "mail" }
  trials of left { at: 2026-10-02, product: "chat" }
  account never {}
  expect exactly in settled
  expect not (a_minute_less in settled)
  expect again in settled
  expect not (left in settled)
  expect (never in settled) is missing
}
""",
)
