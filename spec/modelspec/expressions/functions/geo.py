"""Geography: distances on a sphere."""

from math import asin, cos, pi, radians, sin, sqrt

from modelspec.expressions.operation import Domain, Exactness, Operation
from modelspec.expressions.types import Range

GROUP = "Geo"

EARTH_RADIUS = 6371.0088
"""Kilometers; the mean radius of the Earth."""

LATITUDE = Domain(-90.0, 90.0)
LONGITUDE = Domain(-180.0, 180.0)


def haversine(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Return the distance in kilometers of two points, given in degrees."""
    height = sin(radians(lat2 - lat1) / 2.0)
    width = sin(radians(lon2 - lon1) / 2.0)
    square = height * height + cos(radians(lat1)) * cos(radians(lat2)) * (width * width)
    # Rounding can push the square of antipodes over 1.
    return 2.0 * EARTH_RADIUS * asin(min(sqrt(square), 1.0))


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "haversine_km(lat1: float64, lon1: float64, lat2: float64, lon2: float64) -> float64?",
        "The great-circle distance in kilometers of two points, given in degrees, on a sphere of"
        " radius 6371.0088 km.",
        (
            ("haversine_km(52.52, 13.405, 52.52, 13.405)", 0.0),
            ("haversine_km(0.0, 0.0, 0.0, 180.0)", EARTH_RADIUS * pi),
            ("haversine_km(91.0, 0.0, 0.0, 0.0)", None),
        ),
        group=GROUP,
        null="null for a latitude outside -90 to 90 or a longitude outside -180 to 180",
        scalar=haversine,
        domain={"lat1": LATITUDE, "lon1": LONGITUDE, "lat2": LATITUDE, "lon2": LONGITUDE},
        range=Range(0.0, EARTH_RADIUS * pi),
        exactness=Exactness.ROUNDED,
        cost=20,
    ),
)
