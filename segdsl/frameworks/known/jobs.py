"""Jobs to be done: what customers say they want, as audiences."""

from __future__ import annotations

from segdsl.frameworks.known.framework import Framework, Slot

FRAMEWORK = Framework(
    name="jobs",
    about="jobs to be done: an audience for each answer to a survey",
    slots=(
        Slot(
            "answer",
            "rows",
            "what they want to get done, one of a few answers to a survey",
            ("Enum",),
            called=r"(^|_)(jobs?|goal|priority|reason|objective|use_case|need|purpose|motivation)(_|$)",
            table=r"(^|_)(surveys?|answers?|responses?|interviews?|feedback|questionnaires?)(_|$)",
            needs_name=True,
        ),
    ),
    names=("wanted",),
    by_owner=True,
    text="""
# Jobs to be done: what customers hire the product for, as they said in their latest answer (Christensen, "Competing Against Luck", 2016).
# A job is what somebody wants to get done, not who he is, so these audiences may cut across tiers and trades. Choose the answers from
# interviews first, and ask with those; an answer that most people give tells nobody apart. An answer counts for 12 months.
metric $wanted "The job named in the latest answer of 12 months" of $entity = last($answer in last 12 months $answer_known)

each answer: segment $${name}_$arm of $$entity { basis psychographic when $$wanted = $value }

test "$name: by the answer, and without one" as of $day {
each answer:   $$entity of_$arm { $$wanted: $value }
  $entity silent { $wanted: missing }
each answer:   expect of_$arm in $${name}_$arm
each answer:   expect (silent in $${name}_$arm) is missing
each answer:   expect count($${name}_$arm) = 1
}

test "$name: the latest answer counts, for twelve months" as of $day {
  $entity changed {}
  row changed answer 2026-08-01 $answer_field $answer_value
  row changed answer 2026-09-01 $answer_field $answer_value
  row changed answer 2026-10-30 $answer_field $answer_other
gap answer:  row changed answer 2026-10-31
  $entity year_old {}
  row year_old answer 2025-11-01 $answer_field $answer_value
  $entity too_old {}
  row too_old answer 2025-10-31 $answer_field $answer_value
  expect changed.$wanted = $answer_other
  expect year_old.$wanted = $answer_value
  expect too_old.$wanted is missing
}
""",
)
