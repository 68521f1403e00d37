"""How broadly and how deeply a customer uses the product."""

from __future__ import annotations

from segdsl.frameworks.known.framework import Border, Framework, Slot

FRAMEWORK = Framework(
    name="adoption",
    about="breadth and depth of use: how many features, on how many days",
    slots=(
        Slot(
            "feature",
            "rows",
            "what was used, in rows of use",
            ("Text", "Enum"),
            called=r"(^|_)(features?|modules?|products?|function|tool|app|screen|page|action|event(_name|_type)?)(_|$)",
            table=r"(^|_)(features?|uses?|usage|events?|activit(y|ies)|logins?|sessions?|page_?views?)(_|$)",
            own_name=True,
            least_values=5,
        ),
    ),
    names=("breadth", "depth"),
    borders=(Border("broad", 5, "breadth", 0.6, values_of="feature"), Border("deep", 10, "depth", 0.6)),
    text="""
# Adoption: how many features a customer uses (breadth), and on how many days (depth), in 30 days.
# Choose the borders where customers who stay part from those who leave; without that knowledge, above the middle of today's customers.
# Leave features out of the count that everybody meets without wanting to, such as the start page: where $feature_field != "home".
metric $breadth "Features used in 30 days" of $entity = count_distinct($feature in last 30 days)
metric $depth "Days of use in 30" of $entity = distinct_days($feature_rows in last 30 days)

segmentation $name "How broadly and how deeply the product is used" of $entity {
  goal "Use that lasts"
  owner "you@yourcompany.example"
  basis behavioural
  review every 90 days
  segment at_home { when $breadth >= $broad and $depth >= $deep }
  segment trying_out { when $breadth >= $broad }
  segment one_use { when $depth >= $deep }
  otherwise little
}

test "$name: on each border, and one below" as of $day {
  $entity home { $breadth: $broad, $depth: $deep }
  $entity tries { $breadth: $broad, $depth: $deep_less }
  $entity one { $breadth: $broad_less, $depth: $deep }
  $entity few { $breadth: $broad_less, $depth: $deep_less }
  expect home in $name.at_home
  expect tries in $name.trying_out
  expect one in $name.one_use
  expect few in $name.little
}

test "$name: two features on one day, and the first day of thirty" as of $day {
  $entity a {}
  row a feature 2026-10-01 $feature_field $feature_other
  row a feature 2026-10-31 $feature_field $feature_value
  row a feature 2026-10-31 $feature_field $feature_value
  $entity b {}
  row b feature 2026-10-02 $feature_field $feature_other
  row b feature 2026-10-31 $feature_field $feature_value
  row b feature 2026-10-31 $feature_field $feature_other
  expect a.$breadth = 1
  expect a.$depth = 1
  expect b.$breadth = 2
  expect b.$depth = 2
}

test "$name: a feature of the first day alone" as of $day {
  $entity a {}
  row a feature 2026-10-02 $feature_field $feature_value
  $entity b {}
  row b feature 2026-10-31 $feature_field $feature_value
  $entity c {}
  row c feature 2026-10-01 $feature_field $feature_value
  expect a.$breadth = 1
  expect b.$breadth = 1
  expect c.$breadth = 0
  expect c.$depth = 0
}
""",
)
