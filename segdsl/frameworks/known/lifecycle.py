"""Where a customer stands: onboarding, active, returned, slipping or dormant."""

from __future__ import annotations

from segdsl.frameworks.known.framework import Framework, Slot

ACTIVITY = Slot(
    "activity",
    "table",
    "rows that say that the customer was active",
    table=r"(^|_)(logins?|sessions?|activit(y|ies)|visits?|events?|page_?views?|usage|anmeldung(en)?)(_|$)",
    needs_name=True,
)
FRAMEWORK = Framework(
    name="lifecycle",
    about="onboarding, active, returned, slipping or dormant, by age and activity",
    slots=(
        ACTIVITY,
        Slot(
            "began",
            "field",
            "when the customer became one",
            ("Date", "Timestamp"),
            called=r"(^|_)(created|signed|signup|joined|registered|since|started?|began|onboarded|customer_since)(_|$)",
            needs_name=True,
        ),
    ),
    text="""
# Lifecycle: where a customer stands, by its age and its activity.
# Choose the 90 days by how long it takes until a customer uses the product as usual, and the 30 by how often a good customer comes: the
# longest gap that is still normal. Where customers come once a quarter, 30 days make everybody dormant.
segmentation $name "Where a customer stands" of $entity {
  goal "The right help at the right time"
  owner "you@yourcompany.example"
  basis lifecycle, behavioural
  review every 90 days
  segment onboarding { when days since $began < 90 }
  segment returned "Active after at least 60 quiet days" {
  born: # segdsl: ignore SEG0814 because onboarding takes the younger ones
    when any($activity in last 30 days) and none($activity from 90 days ago until 30 days ago)
  }
  segment active { when any($activity in last 30 days) }
  segment slipping { when any($activity in last 90 days) }
  undecided unclear
  otherwise dormant
}

test "$name: on the first and the last day of each window" as of $day {
  $entity young { $began: 2026-08-04 }
  row young activity 2026-10-15
  $entity of_90_days { $began: 2026-08-03 }
  $entity back { $began: 2025-01-01 }
  row back activity 2026-10-02
  row back activity 2026-08-02
  $entity back_today { $began: 2025-01-01 }
  row back_today activity 2026-10-31
  $entity seldom { $began: 2025-01-01 }
  row seldom activity 2026-10-02
  row seldom activity 2026-09-02
  $entity busy { $began: 2025-01-01 }
  row busy activity 2026-10-31
  row busy activity 2026-08-03
  $entity busy_before { $began: 2025-01-01 }
  row busy_before activity 2026-10-31
  row busy_before activity 2026-10-01
  $entity gone_31_days { $began: 2025-01-01 }
  row gone_31_days activity 2026-10-01
  $entity gone_90_days { $began: 2025-01-01 }
  row gone_90_days activity 2026-08-03
  $entity gone_91_days { $began: 2025-01-01 }
  row gone_91_days activity 2026-08-02
  $entity undated {}
  expect young in $name.onboarding
  expect of_90_days in $name.dormant
  expect back in $name.returned
  expect back_today in $name.returned
  expect seldom in $name.active
  expect busy in $name.active
  expect busy_before in $name.active
  expect gone_31_days in $name.slipping
  expect gone_90_days in $name.slipping
  expect gone_91_days in $name.dormant
  expect undated in $name.unclear
}
""",
)
