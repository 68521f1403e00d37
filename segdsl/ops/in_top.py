"""`x in top 10% per g`, `x in bottom 20`: whether a value is among the largest or smallest of a population."""

from __future__ import annotations

from dataclasses import replace

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.ops.phrase import Phrase, figure
from segdsl.ops.rank import words


def lower(standing: k.Standing, side: str, amount: k.Ratio) -> k.Expr:
    beyond: k.Expr = replace(standing, of="greater" if side == "top" else "smaller")
    if amount.percent:
        beyond = k.Arithmetic("/", beyond, replace(standing, of="ranked"), ty.NUMBER)
    inside = k.Compare("<", beyond, figure(amount))
    return k.Named("in_top", inside, (*words(standing), ("side", side), ("amount", amount.text)))


PHRASE = Phrase(
    name="in_top",
    signature="VALUE in top N|P% [then by VALUE] [per GROUP], VALUE in bottom N|P% [then by VALUE] [per GROUP]",
    english="{value} is in the {side} {amount}{per group}",
    meaning="In the top N are those with fewer than N strictly greater; in the top P% those with less than that share "
    "strictly greater. Equal values land together, so the border may hold a few more. Over the customers of the rule's "
    "`where`; in a metric over all.",
    lower=lower,
    examples="""
segment largest of account where plan = "team" { when arr in top 2 }
segment top_quarter of account { when arr in top 25% per region }
test "ties at the border are all in, and only those of the population are ranked" {
  account a { plan: "team", arr: 900 }
  account b { plan: "team", arr: 500 }
  account c { plan: "team", arr: 500 }
  account d { plan: "team", arr: 100 }
  account other { plan: "free", arr: 9_999 }
  account unknown_arr { plan: "team" }
  expect a in largest
  expect b in largest
  expect c in largest
  expect not (d in largest)
  expect not (other in largest)
  expect (unknown_arr in largest) is missing
}
segment one of account { when arr in top 1 then by account_id }
segment last_one of account { when arr in bottom 1 then by account_id }
test "the border holds no more where `then by` tells equal values apart" {
  account a { arr: 500 }
  account b { arr: 500 }
  expect a in one
  expect not (b in one)
  expect b in last_one
  expect not (a in last_one)
}
test "a quarter of four is one, in each region; without a region nobody knows" {
  account e1 { region: "eu", arr: 4 }
  account e2 { region: "eu", arr: 3 }
  account e3 { region: "eu", arr: 2 }
  account e4 { region: "eu", arr: 1 }
  account u1 { region: "us", arr: 1 }
  account nowhere { arr: 99 }
  expect e1 in top_quarter
  expect not (e2 in top_quarter)
  expect u1 in top_quarter
  expect (nowhere in top_quarter) is missing
}
""",
)
