"""Companies by their size."""

from __future__ import annotations

from segdsl.frameworks.known.framework import Border, Framework, Slot

FRAMEWORK = Framework(
    name="firmographic",
    about="companies by size: large, medium, small, micro",
    slots=(
        Slot(
            "employees",
            "field",
            "how many people work there",
            ("Integer", "Number"),
            called=r"(^|_)(employees?|employee_count|headcount|staff|fte|company_size|workforce|mitarbeiter)(_|$)",
            needs_name=True,
        ),
    ),
    names=("people",),
    borders=(
        Border("large", 250, "people", 0.9),
        Border("medium", 50, "people", 0.6),
        Border("small", 10, "people", 0.3),
    ),
    text="""
# Firmographic: companies by the number of people who work there.
# The usual borders are those of the European Commission's recommendation 2003/361/EC (10, 50, 250), without its limits of turnover. Choose
# others where you sell otherwise to companies on both sides: at which size does somebody else sign? Size is easy to look up and says little
# of what a customer wants; cross it with use or value before you act on it.
metric $people "People who work there" of $entity = $employees

segmentation $name "Companies by size" of $entity {
  goal "An offer of the right size"
  owner "you@yourcompany.example"
  basis firmographic
  review every 365 days
  segment large { when $people >= $large }
  segment medium { when $people >= $medium }
  segment small { when $people >= $small }
  undecided unclear
  otherwise micro
}

test "$name: on each border, one below, and unknown" as of $day {
  $entity large_1 { $people: $large }
  $entity medium_2 { $people: $large_less }
  $entity medium_1 { $people: $medium }
  $entity small_2 { $people: $medium_less }
  $entity small_1 { $people: $small }
  $entity micro_1 { $people: $small_less }
  $entity nobody_knows { $people: missing }
  expect large_1 in $name.large
  expect medium_2 in $name.medium
  expect medium_1 in $name.medium
  expect small_2 in $name.small
  expect small_1 in $name.small
  expect micro_1 in $name.micro
  expect nobody_knows in $name.unclear
}
""",
)
