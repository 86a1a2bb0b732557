"""Receivers: a station hears what is near it, and a network's name says nothing."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.integrity.receivers import RECEIVERS_FRAME, unheard_of


def heard(station: str, lon: NDArray[np.float64], mmsi: int = 100) -> pl.DataFrame:
    """One window a ship on the equator."""
    x = np.radians(lon)
    return pl.DataFrame(
        {
            "mmsi": np.arange(mmsi, mmsi + len(lon)), "segment": 0, "window": 0,
            "station": station, "n": 5, "x": np.cos(x), "y": np.sin(x), "z": 0.0,
        }
    ).select(pl.col(name).cast(kind) for name, kind in RECEIVERS_FRAME.items())  # fmt: skip


def test_a_ship_far_from_the_station_that_heard_it_is_seen() -> None:
    """The receiver is the one witness that a false position does not command."""
    near = heard("north pier", np.linspace(179.5, 180.5, 30))
    far = heard("north pier", np.array([190.0]), mmsi=9)

    found = unheard_of(pl.concat([near, far])).filter(pl.col("beyond_km") > 0)

    assert found["mmsi"].to_list() == [9]
    assert 650 < found["beyond_km"].item() < 800


def test_the_name_of_a_network_is_no_station() -> None:
    """Providers put one name on all the world; every ship would be far from its centre."""
    assert unheard_of(heard("network", np.linspace(0.0, 120.0, 60))).is_empty()


def test_few_ships_do_not_place_a_station() -> None:
    """With five ships heard nobody knows how far a station hears."""
    assert unheard_of(heard("pier", np.linspace(0.0, 20.0, 5))).is_empty()
