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


# Ends lie at the entrances; lengths are those of the canal or strait itself, to about 2 nm. Through
# routes that take a ship of 60 m or more.
DEFAULT_PASSAGES: tuple[Passage, ...] = (
    _passage("Suez Canal", (32.32, 31.28), (32.56, 29.91), 104.0),
    _passage("Panama Canal", (-79.92, 9.38), (-79.54, 8.90), 44.0),
    _passage("Kiel Canal", (9.13, 53.88), (10.17, 54.38), 53.0),
    _passage("Corinth Canal", (22.95, 37.96), (23.01, 37.91), 4.0),
    _passage("Bosphorus", (29.00, 40.99), (29.13, 41.24), 18.0),
    _passage("Dardanelles", (26.17, 40.01), (26.75, 40.43), 36.0),
    _passage("Cape Cod Canal", (-70.65, 41.73), (-70.49, 41.78), 9.0),
    _passage("Chesapeake and Delaware Canal", (-75.94, 39.50), (-75.57, 39.56), 17.0),
    _passage("Kanmon Strait", (131.02, 33.96), (130.86, 33.99), 12.0),
    _passage("Volga-Baltic and Volga-Don", (30.20, 59.96), (39.27, 47.08), 1600.0, sea_going=False),
    _passage("White Sea Canal", (30.20, 59.96), (34.81, 64.54), 480.0, sea_going=False),
    _passage("Rhine-Main-Danube", (4.08, 51.98), (29.76, 45.15), 1880.0, sea_going=False),
)
