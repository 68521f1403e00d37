"""A health score from use, and its traffic light."""

from __future__ import annotations

from segdsl.frameworks.known.framework import Border, Framework
from segdsl.frameworks.known.lifecycle import ACTIVITY

FRAMEWORK = Framework(
    name="health",
    about="a score of 0 to 100 from how much, how often and how lately, and its traffic light",
    slots=(ACTIVITY,),
    names=("uses", "days_used", "days_quiet", "health_score"),
    borders=(Border("busy", 20, "uses", 0.6, least=2), Border("often", 10, "days_used", 0.6, least=2)),
    text="""
# Health: a score from 0 to 100 of how much, how often and how lately the customer was active, and a traffic light.
# Choose the full marks (here: busy and often) at what a healthy customer does, not the busiest. Choose the weights by what went before
# past losses, and the borders of the light by how many red ones your people can call in a week.
# Add a part for what you also know, as in   part payments weight 20 = if any(invoices … where status = "failed") then 0 else 100 end
metric $uses "How much in 30 days" of $entity = count($activity in last 30 days)
metric $days_used "On how many days of 30" of $entity = distinct_days($activity in last 30 days)
metric $days_quiet "Days since the last activity" of $entity = days since last($activity_time)

score $health_score "0 to 100" of $entity {
  part much weight 40 = bands $uses { under 1: 0, under $busy: 50, otherwise: 100 }
  part habit weight 40 = bands $days_used { under 1: 0, under $often: 50, otherwise: 100 }
  part lately weight 20 = bands $days_quiet { under 8: 100, under 31: 50, otherwise: 0 }
  missing parts: share out up to 20
}

segmentation $name "Red, amber or green" of $entity {
  goal "Notice trouble before the renewal"
  owner "you@yourcompany.example"
  basis behavioural
  review every 90 days
  segment red { when $health_score < 50 }
  segment amber { when $health_score < 75 }
  undecided unclear
  otherwise green
}

test "$name: each part on its borders, with the others at nothing" as of $day {
  $entity a { $uses: much, $days_used: often, $days_quiet: quiet }
  case { much: 0, often: 0, quiet: 31, points: 0 }
  case { much: 1, often: 0, quiet: 31, points: 20 }
  case { much: $busy_less, often: 0, quiet: 31, points: 20 }
  case { much: $busy, often: 0, quiet: 31, points: 40 }
  case { much: 0, often: 1, quiet: 31, points: 20 }
  case { much: 0, often: $often_less, quiet: 31, points: 20 }
  case { much: 0, often: $often, quiet: 31, points: 40 }
  case { much: 0, often: 0, quiet: 30, points: 10 }
  case { much: 0, often: 0, quiet: 8, points: 10 }
  case { much: 0, often: 0, quiet: 7, points: 20 }
  case { much: $busy, often: $often, quiet: 7, points: 100 }
  case { much: $busy, often: $often, quiet: missing, points: 100 }
  expect a.$health_score = points
}

test "$name: the borders of the light" as of $day {
  $entity r { $health_score: 49 }
  $entity a1 { $health_score: 50 }
  $entity a2 { $health_score: 74 }
  $entity g { $health_score: 75 }
  $entity u { $health_score: missing }
  expect r in $name.red
  expect a1 in $name.amber
  expect a2 in $name.amber
  expect g in $name.green
  expect u in $name.unclear
}

test "$name: what counts as activity" as of $day {
  $entity a {}
  row a activity 2026-10-02
  row a activity 2026-10-31
  row a activity 2026-10-31
  $entity of_31_days {}
  row of_31_days activity 2026-10-01
  $entity never {}
  expect a.$uses = 3
  expect a.$days_used = 2
  expect a.$days_quiet = 1
  expect of_31_days.$uses = 0
  expect of_31_days.$days_used = 0
  expect never.$days_quiet is missing
}
""",
)
