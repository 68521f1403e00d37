"""Promoters, passives and detractors."""

from __future__ import annotations

from segdsl.frameworks.known.framework import Framework, Slot

FRAMEWORK = Framework(
    name="nps",
    about="promoters, passives and detractors, by the latest answer",
    slots=(
        Slot(
            "answer",
            "rows",
            "how likely they would recommend you, from 0 to 10",
            ("Integer", "Number"),
            called=r"(^|_)(nps|net_promoter|recommend\w*|likelihood|promoter_score)(_|$)",
            table=r"(^|_)nps(_|$)",
            needs_name=True,
            highest=(10,),
        ),
    ),
    names=("latest_answer",),
    by_owner=True,
    text="""
# NPS: whoever answers 9 or 10 is a promoter, 7 or 8 passive, 0 to 6 a detractor (Reichheld, "The One Number You Need to Grow", 2003).
# These borders are the method's; others can't be compared with anybody's. Choose how old an answer may be by how often you ask: here it
# counts for 12 months. Whoever was asked and said nothing is no passive, but silent.
metric $latest_answer "The latest answer of 12 months" of $entity = last($answer in last 12 months $answer_known)

segmentation $name "Would they recommend us?" of $entity {
  goal "Know whom to ask for a reference, and whom to call"
  owner "you@yourcompany.example"
  basis psychographic
  review every 90 days
  segment promoter { when $latest_answer >= 9 }
  segment passive { when $latest_answer >= 7 }
  undecided silent
  otherwise detractor
}

test "$name: each answer on a border, and none" as of $day {
  $entity nine { $latest_answer: 9 }
  $entity eight { $latest_answer: 8 }
  $entity seven { $latest_answer: 7 }
  $entity six { $latest_answer: 6 }
  $entity none_given { $latest_answer: missing }
  expect nine in $name.promoter
  expect eight in $name.passive
  expect seven in $name.passive
  expect six in $name.detractor
  expect none_given in $name.silent
}

test "$name: the latest answer counts, for twelve months" as of $day {
  $entity changed {}
  row changed answer 2026-08-01 $answer_field 9
  row changed answer 2026-09-01 $answer_field 2
  row changed answer 2026-10-30 $answer_field 8
gap answer:  row changed answer 2026-10-31
  $entity year_old {}
  row year_old answer 2025-11-01 $answer_field 9
  $entity too_old {}
  row too_old answer 2025-10-31 $answer_field 9
  expect changed.$latest_answer = 8
  expect year_old.$latest_answer = 9
  expect too_old.$latest_answer is missing
}
""",
)
