"""The distance between two places on a sphere, in steps that give the same doubles on every engine.

Formula: R. W. Sinnott, "Virtues of the haversine", Sky and Telescope 68(2), 1984; mean radius of the Earth by IUGG.
"""

from __future__ import annotations

import math

RADIUS_KM = 6371.0088
RADIANS = math.pi / 180
MILLIMETRES = 1e6  # in a kilometre: rounding to them hides how libraries differ in the last digit of a sine


def kilometres(latitude: float, longitude: float, latitude_2: float, longitude_2: float) -> float | None:
    """Returns the distance in kilometres, to a millimetre; None if a coordinate, in degrees, is out of range."""
    if not (abs(latitude) <= 90 and abs(latitude_2) <= 90 and abs(longitude) <= 180 and abs(longitude_2) <= 180):
        return None
    a = math.sin((latitude_2 - latitude) * RADIANS / 2)
    b = math.sin((longitude_2 - longitude) * RADIANS / 2)
    chord = a * a + math.cos(latitude * RADIANS) * math.cos(latitude_2 * RADIANS) * (b * b)
    arc = 2 * math.asin(math.sqrt(min(1.0, chord)))
    return math.floor(RADIUS_KM * arc * MILLIMETRES + 0.5) / MILLIMETRES
