"""Hypothesis strategies for the values that the science must survive.

Hypothesis is needed only here, and only by who tests: it is imported when a strategy is asked
for, so the installed program never needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from quaywatch.errors import HypothesisMissingError
from quaywatch.geo.position import Position
from quaywatch.testing.sky import Weather

if TYPE_CHECKING:
    from types import ModuleType

    from hypothesis.strategies import SearchStrategy

    from quaywatch.testing.sealanes import FloatArray

HARD_LONS = (-180.0, -179.9999, 0.0, 179.9999, 125.4)
HARD_LATS = (-90.0, -89.9999, 0.0, 89.9999, 90.0, 38.7)
EPOCH_S = (0.0, 951_782_400.0, 1_735_689_600.0)
"""Instants to start from: 1970, a leap day, and 2025."""


def positions() -> SearchStrategy[Position]:
    """Positions anywhere, the antimeridian, the poles and the equator among them often."""
    st = _strategies()
    lons = st.sampled_from(HARD_LONS) | st.floats(-180.0, 180.0, exclude_max=True)
    lats = st.sampled_from(HARD_LATS) | st.floats(-90.0, 90.0)
    found: SearchStrategy[Position] = st.builds(Position, lon=lons, lat=lats)
    return found


def tracks(*, min_size: int = 0, max_size: int = 40) -> SearchStrategy[FloatArray]:
    """Tracks as rows of ``at_s, lon, lat`` in time order.

    Steps may be nothing (two reports at one instant), a duplicate of the report before, or a
    jump; tracks start at the antimeridian and the poles as often as elsewhere. Longitudes are
    folded into [-180, 180).
    """
    st = _strategies()
    step = st.tuples(
        st.sampled_from([0.0, 0.0, 2.0, 10.0, 180.0, 3600.0, 86400.0]),
        st.floats(-0.2, 0.2),
        st.floats(-0.2, 0.2),
    )
    steps = st.lists(step, min_size=max(min_size - 1, 0), max_size=max(max_size - 1, 0))
    start = st.tuples(st.sampled_from(EPOCH_S), positions())
    full: SearchStrategy[FloatArray] = st.builds(_walk, start, steps)
    if min_size > 0:
        return full
    nothing: SearchStrategy[FloatArray] = st.builds(lambda: np.empty((0, 3)))
    return nothing | full


def weathers() -> SearchStrategy[Weather]:
    """Skies from clear to overcast, dry, wet and snowed under."""
    st = _strategies()
    found: SearchStrategy[Weather] = st.builds(
        Weather,
        cloud=st.sampled_from([0.0, 1.0]) | st.floats(0.0, 1.0),
        haze=st.floats(0.0, 0.4),
        wet=st.booleans(),
        snow=st.booleans(),
    )
    return found


def scene_parameters() -> SearchStrategy[dict[str, Any]]:
    """What a rendered scene may vary in: seed, weather, stock and one hull's size and heading."""
    st = _strategies()
    found: SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
        {
            "seed": st.integers(0, 2**31 - 1),
            "weather": weathers(),
            "stock": st.floats(0.0, 1.0),
            "length_m": st.floats(40.0, 300.0),
            "heading_deg": st.floats(0.0, 360.0, exclude_max=True),
        }
    )
    return found


def _walk(start: tuple[float, Position], steps: list[tuple[float, float, float]]) -> FloatArray:
    at_s, place = start
    rows = [(at_s, place.lon, place.lat)]
    for wait, east, north in steps:
        before_s, lon, lat = rows[-1]
        lon = (lon + east + 180.0) % 360.0 - 180.0
        rows.append((before_s + wait, lon, float(np.clip(lat + north, -90.0, 90.0))))
    return np.array(rows, dtype=np.float64)


def _strategies() -> ModuleType:
    try:
        from hypothesis import strategies  # noqa: PLC0415 (a development dependency)
    except ModuleNotFoundError as err:
        raise HypothesisMissingError from err
    return strategies
