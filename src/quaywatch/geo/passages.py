"""Canals and straits that a raster of land does not show, as data.

A canal left out would make a distance too long, and "impossible" false. So the lower bound takes
every passage, at no more than the geodesic between its ends; the estimate takes those that
ordinary sea-going ships use, at their sailed length. A harbour behind a lock that the mask closes
is one more entry: pass your own list to the router.
"""

from dataclasses import dataclass

from quaywatch.geo.position import Position


@dataclass(frozen=True, slots=True)
class Passage:
    """Two positions in open water joined by a way that the land mask does not show.

    Examples:
        >>> DEFAULT_PASSAGES[0].name
        'Suez Canal'

    """

    name: str
    a: Position
    b: Position
    length_nm: float
    """Sailed length between the two positions."""
    sea_going: bool = True
    """False: river-sea craft only; it enters the lower bound but not the estimate."""


def _passage(
    name: str, a: tuple[float, float], b: tuple[float, float], nm: float, *, sea_going: bool = True
) -> Passage:
    return Passage(
        name=name,
        a=Position(lon=a[0], lat=a[1]),
        b=Position(lon=b[0], lat=b[1]),
        length_nm=nm,
        sea_going=sea_going,
    )


# Ends lie off the entrances, in open water; lengths are the canal's own length plus the approach,
# to about 2 nm. Through routes that take a ship of 60 m or more.
DEFAULT_PASSAGES: tuple[Passage, ...] = (
    _passage("Suez Canal", (32.40, 31.40), (32.53, 29.80), 109.0),
    _passage("Panama Canal", (-79.93, 9.45), (-79.50, 8.80), 52.0),
    _passage("Kiel Canal", (8.90, 53.95), (10.25, 54.45), 66.0),
    _passage("Corinth Canal", (22.90, 37.97), (23.05, 37.88), 8.0),
    _passage("Bosphorus", (29.00, 40.95), (29.15, 41.27), 21.0),
    _passage("Dardanelles", (26.10, 40.00), (26.85, 40.47), 46.0),
    _passage("Cape Cod Canal", (-70.68, 41.68), (-70.43, 41.80), 14.0),
    _passage("Chesapeake and Delaware Canal", (-76.10, 39.42), (-75.55, 39.53), 27.0),
    _passage("Kanmon Strait", (131.10, 33.95), (130.82, 34.02), 18.0),
    _passage("Volga-Baltic and Volga-Don", (29.95, 59.95), (39.10, 47.10), 1600.0, sea_going=False),
    _passage("White Sea Canal", (29.95, 59.95), (34.90, 64.60), 480.0, sea_going=False),
    _passage("Rhine-Main-Danube", (3.95, 52.00), (29.85, 45.15), 1880.0, sea_going=False),
)
