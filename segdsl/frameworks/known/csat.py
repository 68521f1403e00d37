"""Satisfaction: the share of good answers."""

from __future__ import annotations

from segdsl.frameworks.known.framework import Framework, Slot

FRAMEWORK = Framework(
    name="csat",
    about="satisfaction: the share of the two best answers",
    slots=(
        Slot(
            "answer",
            "rows",
            "how satisfied they were, on a scale to 5, 6, 7 or 10",
            ("Integer", "Number"),
            called=r"(^|_)(csat|satisfaction|rating|stars|score)(_|$)",
            table=r"(^|_)(csat|satisfaction|ratings?|reviews?|feedback)(_|$)",
            needs_name=True,
            highest=(5, 6, 7, 10),
        ),
    ),
    names=("satisfied",),
    by_owner=True,
    text="""
# CSAT: the share of answers of $answer_good or $answer_best on a scale to $answer_best, in 90 days.
# The two best answers are the method's. Choose the borders above and below your own average of last year: companies of
# other trades have other averages. With fewer than five answers one bad day decides; ask for a number where that matters:
# if count($answer_rows in last 90 days) >= 5 then … else missing "fewer than 5 answers" end
metric $satisfied "Share of answers of $answer_good and $answer_best in 90 days" of $entity
  = share($answer_rows in last 90 days having $answer_field >= $answer_good)

segmentation $name "Are they satisfied?" of $entity {
  goal "Nobody leaves angry"
  owner "you@yourcompany.example"
  basis psychographic
  review every 90 days
  segment happy { when $satisfied >= 80% }
  segment mixed { when $satisfied >= 60% }
  undecided silent
  otherwise unhappy
}

test "$name: on each border, one below, and no answer" as of $day {
  $entity happy_1 { $satisfied: 80% }
  $entity mixed_2 { $satisfied: 79% }
  $entity mixed_1 { $satisfied: 60% }
  $entity unhappy_1 { $satisfied: 59% }
  $entity nobody_asked { $satisfied: missing }
  expect happy_1 in $name.happy
  expect mixed_2 in $name.mixed
  expect mixed_1 in $name.mixed
  expect unhappy_1 in $name.unhappy
  expect nobody_asked in $name.silent
}

test "$name: $answer_good is satisfied and $answer_less isn't, for ninety days" as of $day {
  $entity a {}
  row a answer 2026-08-02 $answer_field $answer_less
  row a answer 2026-08-03 $answer_field $answer_good
  row a answer 2026-10-31 $answer_field $answer_less
  row a answer 2026-10-31 $answer_field $answer_best
  row a answer 2026-10-31 $answer_field $answer_best
  $entity unread {}
  row unread answer 2026-10-31 $answer_field missing
  expect a.$satisfied = 75%
  expect unread.$satisfied is missing
}
""",
)
