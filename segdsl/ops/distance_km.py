"""`distance_km(lat, lon, 51.5, -0.13)`: the distance between two places."""

from __future__ import annotations

from segdsl.model import expr as k
from segdsl.model.schema import Relation
from segdsl.ops.phrase import Parameter, Phrase


def lower(_relation: Relation, latitude: k.Expr, longitude: k.Expr, latitude_2: k.Expr, longitude_2: k.Expr) -> k.Expr:
    places = (latitude, longitude, latitude_2, longitude_2)
    words = (("latitude", latitude), ("longitude", longitude), ("latitude_2", latitude_2), ("longitude_2", longitude_2))
    return k.Named("distance_km", k.Distance(places), words)


PHRASE = Phrase(
    name="distance_km",
    signature="distance_km(LATITUDE, LONGITUDE, LATITUDE, LONGITUDE)",
    english="the distance in km from ({latitude}, {longitude}) to ({latitude_2}, {longitude_2})",
    meaning="Along the surface of a sphere of radius 6371.0088 km (haversine), in double precision, to a millimetre. "
    "Missing where a coordinate is, or lies outside its range.",
    parameters=tuple(Parameter(n, "number") for n in ("latitude", "longitude", "latitude_2", "longitude_2")),
    lower=lower,
    examples="""
metric to_london of account = distance_km(latitude, longitude, 51.5074, -0.1278)
segment near_london of account { when to_london <= 30 }
test "Croydon is near London, Paris is 344 km away, and half a place is none" {
  account croydon { latitude: 51.3762, longitude: -0.0982 }
  account paris { latitude: 48.8566, longitude: 2.3522 }
  account half { latitude: 51.5 }
  account nowhere { latitude: 91, longitude: 0 }
  expect croydon in near_london
  expect not (paris in near_london)
  expect paris.to_london between 343 and 344
  expect (half in near_london) is missing
  expect (nowhere in near_london) is missing
}
""",
)
