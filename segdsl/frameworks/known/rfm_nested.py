"""RFM with fifths of each measure within those of the one before."""

from __future__ import annotations

from segdsl.frameworks.known import rfm
from segdsl.frameworks.known.framework import Framework

_FIFTHS = range(1, 6)


def _bands(subject: str, values: list[str]) -> str:
    under = "".join(f" under {i + 2}: {value}," for i, value in enumerate(values[:-1]))
    return f'bands {subject} {{{under} otherwise: {values[-1]}, missing: "none" }}'


def _cells() -> str:
    return _bands("$recency", [_bands("$frequency", [f'"{r}{f}"' for f in _FIFTHS]) for r in _FIFTHS])


def _cases() -> str:
    return "\n".join(f'  case {{ r: {r}, f: {f}, both: "{r}{f}" }}' for r in _FIFTHS for f in _FIFTHS)


def _missing() -> str:
    given = [f"m{r} {{ $recency: {r}, $frequency: missing }}" for r in _FIFTHS] + [
        "m { $recency: missing, $frequency: 3 }"
    ]
    keys = [customer.split()[0] for customer in given]
    rows = [f"  $entity {customer}" for customer in given]
    return "\n".join([*rows, *(f'  expect {key}.$recency_and_frequency = "none"' for key in keys)])


FRAMEWORK = Framework(
    name="rfm_nested",
    about="recency, frequency and money, each in fifths within the one before",
    slots=rfm.SLOTS,
    own_will="often",
    names=(*rfm.NAMES, "away_fifth", "recency_and_frequency"),
    text=f"""
# RFM, nested: how lately, how often and for how much a customer came, each from 1 to 5. Frequency is in fifths of those with the same
# recency, money in fifths of those with the same recency and frequency, so that all groups are of about one size, but for equal values; a 5
# of one group isn't a 5 of another. segdsl new rfm takes each measure by itself.
{rfm.OF_BILLS.replace("$framework", "rfm_nested").strip()}
# Choose the window (12 months) so that most customers come at least twice in it. There are 125 groups: with fewer than some thousand
# customers take segdsl new rfm.
{rfm.MEASURES}
metric $away_fifth "From 1 to 5: 1 for the fifth that came last" of $entity = quantile($days_away, 5)
metric $recency "From 1 to 5: 5 for the fifth that came last" of $entity = 6 - $away_fifth
metric $frequency "From 1 to 5: 5 for the fifth that came most often, of their recency" of $entity = quantile($bought, 5 per $away_fifth)
metric $recency_and_frequency "Both as one text, as in 54" of $entity = {_cells()}
metric $monetary "From 1 to 5: 5 for the fifth that paid most, of their recency and frequency" of $entity
  = quantile($paid, 5 per $recency_and_frequency)

segmentation $name "Recency, frequency and money, nested" of $entity {{{rfm.CHARTER}{rfm.ARMS}}}
{rfm.OF_MEASURES}
test "$name: six buyers in fifths" as of $day {{
  $entity a {{ $days_away: 10 }}
  $entity b {{ $days_away: 20 }}
  $entity c {{ $days_away: 30 }}
  $entity d {{ $days_away: 40 }}
  $entity e {{ $days_away: 50 }}
  $entity f {{ $days_away: 60 }}
  expect a.$away_fifth = 1
  expect f.$away_fifth = 5
  expect a.$recency = 5
  expect f.$recency = 1
}}

test "$name: the same purchases among those who bought lately, and among those who didn't" as of $day {{
  $entity a {{ $away_fifth: 1, $bought: 1, $recency_and_frequency: "51", $paid: 10 }}
  $entity b {{ $away_fifth: 1, $bought: 2, $recency_and_frequency: "51", $paid: 20 }}
  $entity c {{ $away_fifth: 1, $bought: 3, $recency_and_frequency: "51", $paid: 30 }}
  $entity d {{ $away_fifth: 1, $bought: 4, $recency_and_frequency: "51", $paid: 40 }}
  $entity e {{ $away_fifth: 1, $bought: 5, $recency_and_frequency: "51", $paid: 50 }}
  $entity f {{ $away_fifth: 1, $bought: 6, $recency_and_frequency: "51", $paid: 60 }}
  $entity alone {{ $away_fifth: 5, $bought: 6, $recency_and_frequency: "11", $paid: 60 }}
  expect a.$frequency = 1
  expect f.$frequency = 5
  expect alone.$frequency = 1
  expect a.$monetary = 1
  expect f.$monetary = 5
  expect alone.$monetary = 1
}}

test "$name: both as one text" as of $day {{
  $entity a {{ $recency: r, $frequency: f }}
{_cases()}
  expect a.$recency_and_frequency = both
}}

test "$name: where one is missing there is no text of both" as of $day {{
{_missing()}
}}
{rfm.OF_ARMS}
""",
)
