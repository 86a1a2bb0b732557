"""Tracks for the tests of the battery: believable ships, and what is done to them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from quaywatch.ais.integrity.examples import START_US
from quaywatch.ais.track import NO_STATUS, Floats, Tracks

DEG_M = 111_195.0


def laid(
    seconds: Floats,
    east_m: Floats,
    north_m: Floats,
    *,
    mmsi: int,
    lon: float,
    lat: float,
    sog_kn: Floats,
    cog_deg: Floats,
) -> Tracks:
    """A track given in metres from a start."""
    count = len(seconds)
    north = lat + north_m / DEG_M
    return Tracks(
        mmsi=np.full(count, mmsi, np.uint32),
        at_us=(START_US + np.rint(seconds * 1e6)).astype(np.int64),
        lon=(lon + east_m / (DEG_M * np.cos(np.radians(north))) + 180.0) % 360.0 - 180.0,
        lat=north,
        sog_kn=np.round(sog_kn, 1).astype(np.float32),
        cog_deg=np.round(cog_deg % 360.0, 1).astype(np.float32),
        heading_deg=np.round((cog_deg + 4.0) % 360.0).astype(np.float32),
        rot_deg_min=np.full(count, np.nan, np.float32),
        nav_status=np.full(count, NO_STATUS, np.uint8),
        msg_type=np.ones(count, np.uint8),
        transponder=np.ones(count, np.uint8),
        receiver=np.zeros(count, np.uint8),
        row=np.arange(count),
        starts=np.array([0, count]),
    )


def ship(
    mmsi: int,
    *,
    hours: float = 12.0,
    every_s: float = 30.0,
    lon: float = 5.0,
    lat: float = 40.0,
    seed: int | None = None,
) -> Tracks:
    """A ship that wanders in speed and course, turns at times, and is heard unevenly."""
    rng = np.random.default_rng(mmsi if seed is None else seed)
    seconds = np.cumsum(rng.exponential(every_s - 5.0, int(hours * 3600 / every_s)) + 5.0)
    steps = np.diff(seconds, prepend=0.0)
    speed = 6.0 + np.cumsum(0.02 * rng.standard_normal(len(seconds)) * np.sqrt(steps / 30.0))
    speed = np.clip(speed, 4.0, 9.0)
    turns = np.where(rng.uniform(size=len(seconds)) < steps / 5400.0, rng.uniform(-60, 60), 0.0)
    course = rng.uniform(0, 360) + np.cumsum(turns + 0.3 * rng.standard_normal(len(seconds)))
    noise = 3.0 * rng.standard_normal((2, len(seconds)))
    east = np.cumsum(speed * np.sin(np.radians(course)) * steps) + noise[0]
    north = np.cumsum(speed * np.cos(np.radians(course)) * steps) + noise[1]
    said = speed * 3600 / 1852 + 0.1 * rng.standard_normal(len(seconds))
    return laid(
        seconds, east, north, mmsi=mmsi, lon=lon, lat=lat, sog_kn=said,
        cog_deg=course + rng.standard_normal(len(seconds)),
    )  # fmt: skip


def fleet(tracks: list[Tracks]) -> Tracks:
    """Several transponders as one; ordered by MMSI."""
    ordered = sorted(tracks, key=lambda one: int(one.mmsi[0]))
    whole = {
        name: np.concatenate([getattr(one, name) for one in ordered])
        for name in Tracks.__slots__
        if name not in {"starts", "row"}
    }
    sizes = np.cumsum([0] + [len(one) for one in ordered])
    return Tracks(**whole, row=np.arange(sizes[-1]), starts=sizes)


@pytest.fixture(scope="session")
def sea() -> Callable[..., Tracks]:
    """Function that gives so many honest ships, with others added."""

    def together(*others: Tracks, count: int = 25, first: int = 100) -> Tracks:
        ships = [ship(first + i, lon=5.0 + 0.5 * i) for i in range(count)]
        return fleet([*ships, *others])

    return together


@pytest.fixture(scope="session")
def one_ship() -> Callable[..., Tracks]:
    """Function that gives one honest ship."""
    return ship


@pytest.fixture(scope="session")
def put() -> Callable[..., Tracks]:
    """Function that lays a track given in metres."""
    return laid


@pytest.fixture(scope="session")
def all_of() -> Callable[[list[Tracks]], Tracks]:
    """Function that joins transponders."""
    return fleet


@pytest.fixture(scope="session")
def later() -> Callable[..., Tracks]:
    """Function that moves a track in time, in longitude, or to another number."""

    def moved(
        track: Tracks, *, seconds: float = 0.0, east_deg: float = 0.0, mmsi: int | None = None
    ) -> Tracks:
        number = track.mmsi if mmsi is None else np.full(len(track), mmsi, np.uint32)
        return replace(
            track,
            mmsi=number,
            at_us=track.at_us + int(seconds * 1e6),
            lon=(track.lon + east_deg + 180.0) % 360.0 - 180.0,
        )

    return moved
