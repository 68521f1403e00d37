"""Territories from near to far."""

from __future__ import annotations

from collections.abc import Sequence

from segdsl.frameworks.known.framework import Framework, Slot

HOME = "DE"
NEAR = ("AT", "BE", "CH", "CZ", "DK", "FR", "LU", "NL", "PL")
EUROPE = ("ES", "FI", "GB", "IE", "IT", "NO", "PT", "SE")


def _listed(codes: Sequence[str]) -> str:
    return ", ".join(f'"{c}"' for c in codes)


def _tests(arm: str, codes: Sequence[str]) -> str:
    rows = "\n".join(f'  $entity in_{c.lower()} {{ $country: "{c}" }}' for c in codes)
    return rows + "\n" + "\n".join(f"  expect in_{c.lower()} in $name.{arm}" for c in codes)


FRAMEWORK = Framework(
    name="territories",
    about="territories from near to far: home, neighbours, Europe, the world",
    slots=(
        Slot(
            "country",
            "field",
            "the country, as a code of two letters",
            ("Text",),
            called=r"(^|_)(country|country_code|land|pays|pais)(_|$)",
            needs_name=True,
        ),
    ),
    text=f"""
# Territories, from near to far. Countries are codes of ISO 3166 with two letters.
# Put your own countries in: home is where you have people, near is where they can be in a day, Europe is one law and nearly one time. A
# territory is worth its name where somebody else answers, in another language or at another hour; else it is a field, not a segment.
# Where data have names of countries, write those; `ignoring case and spaces` already forgives " de".
segmentation $name "From near to far" of $entity {{
  goal "Somebody who knows the market answers"
  owner "you@yourcompany.example"
  basis geographic
  review every 365 days
  segment home {{ when $country = "{HOME}" ignoring case and spaces }}
  segment near {{ when $country in ({_listed(NEAR)}) ignoring case and spaces }}
  segment europe {{ when $country in ({_listed(EUROPE)}) ignoring case and spaces }}
  undecided unclear
  otherwise world
}}

test "$name: at home, however it is typed" as of $day {{
  $entity typed {{ $country: " {HOME.lower()} " }}
{_tests("home", (HOME,))}
  expect typed in $name.home
}}

test "$name: near" as of $day {{
{_tests("near", NEAR)}
}}

test "$name: in Europe" as of $day {{
{_tests("europe", EUROPE)}
}}

test "$name: elsewhere, and nobody knows where" as of $day {{
  $entity elsewhere {{ $country: "US" }}
  $entity nowhere {{}}
  expect elsewhere in $name.world
  expect nowhere in $name.unclear
}}
""",
)
