"""The distance between two places, in the same steps as `model/haversine.py`."""

from __future__ import annotations

from segdsl.model.haversine import MILLIMETRES, RADIANS, RADIUS_KM
from segdsl.sql import spell as s
from segdsl.sql.spell import Sql


def haversine(latitude: Sql, longitude: Sql, latitude_2: Sql, longitude_2: Sql) -> Sql:
    def radians(degrees: Sql) -> Sql:
        return s.binary("*", degrees, s.real(RADIANS))

    def half_sine(end: Sql, start: Sql) -> Sql:
        return s.call("sin", s.binary("/", radians(s.paren(s.binary("-", end, start))), s.real(2)))

    a, b = half_sine(latitude_2, latitude), half_sine(longitude_2, longitude)
    cosines = s.binary("*", s.call("cos", radians(latitude)), s.call("cos", radians(latitude_2)))
    chord = s.binary("+", s.binary("*", a, a), s.binary("*", cosines, s.paren(s.binary("*", b, b))))
    arc = s.binary("*", s.real(2), s.call("asin", s.call("sqrt", s.call("least", s.real(1), chord))))
    length = s.binary("+", s.binary("*", s.binary("*", s.real(RADIUS_KM), arc), s.real(MILLIMETRES)), s.real(0.5))
    within = [
        s.binary("<=", s.call("abs", x), s.real(most))
        for x, most in ((latitude, 90), (latitude_2, 90), (longitude, 180), (longitude_2, 180))
    ]
    return s.case((s.all_of(within), s.binary("/", s.call("floor", length), s.real(MILLIMETRES))))
