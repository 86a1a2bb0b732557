"""What was planted, and how a position report is written so that it looks sent.

Whatever an injection changes goes through the same rounding as a true report (ITU-R M.1371-5:
1/10 000 minute, 0.1 knot, 0.1 degree, whole degrees of heading) and the rounding of the file that
it came from. A test that told true from false by the rounding would measure this module.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.schema import POSITIONS_FRAME, conform
from quaywatch.errors import InjectionError

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]
OnWater = Callable[[Floats, Floats], Flags]
"""Says for longitudes and latitudes in WGS84 degrees which lie on water."""

EARTH_M: Final = 6_371_008.8
"""Mean radius. A planted speed is off by up to 0.6%, far less than SOG's own noise."""
KNOT_M_S: Final = 1852 / 3600
LATTICE: Final = 600_000.0
"""Steps of 1/10 000 minute in a degree."""
TRIES: Final = 60
"""Draws of a place before we say that there is no water for it."""


@dataclass(frozen=True, slots=True)
class Planted:
    """One falsification: what, on whom, when."""

    attack: str
    mmsi: int
    start: datetime
    """First false report, or the last one before a silence."""
    end: datetime
    """Last false report, or the first one after a silence."""
    blame: bool = True
    """False where what happened is not the ship's doing: nothing may be held against her."""
    detail: dict[str, float] = field(default_factory=dict)
    """What the attack was made with; units in the names."""


@dataclass(frozen=True, slots=True)
class Injected:
    """A falsified track and its truth."""

    positions: pl.DataFrame
    """Columns of ``POSITIONS``, sorted by ``at``, one MMSI."""
    false: Flags
    """Per row: planted here. Every other row is an untouched row of the honest track."""
    removed: int
    """Rows of the honest track that are no longer there."""
    truth: Planted


@dataclass(frozen=True, slots=True)
class Reports:
    """Reports to be written under one MMSI, as arrays of one length; NaN is unknown."""

    at_us: Indices
    lon: Floats
    lat: Floats
    sog_kn: Floats
    cog_deg: Floats
    heading_deg: Floats
    nav_status: NDArray[np.uint8]
    msg_type: NDArray[np.uint8]


def placed(track: pl.DataFrame, *, least: int = 12) -> Indices:
    """Rows that have a position.

    Raises:
        InjectionError: there are fewer than ``least`` of them.

    """
    rows = np.flatnonzero(track["lon"].is_not_null().to_numpy())
    if len(rows) < least:
        raise InjectionError(fact=f"the track has {len(rows)} positions")
    return rows


def stretch(
    track: pl.DataFrame,
    rng: np.random.Generator,
    *,
    share: tuple[float, float],
    least: int = 12,
) -> slice:
    """Consecutive rows that span such a share of the time between first and last position.

    Args:
        track: one vessel, sorted by ``at``.
        rng: where in the track, and how long.
        share: least and largest share of its duration, 0 to 1.
        least: positions in the stretch.

    Raises:
        InjectionError: no stretch of so many positions was found.

    Examples:
        >>> from datetime import datetime
        >>> track = pl.DataFrame({"at": [datetime(2025, 1, 1, h) for h in range(20)],
        ...                       "lon": [0.0] * 20})
        >>> stretch(track, np.random.default_rng(1), share=(1.0, 1.0))
        slice(0, 20, None)

    """
    rows = placed(track, least=least)
    at = track["at"].dt.epoch("us").to_numpy()
    first, last = int(at[rows[0]]), int(at[rows[-1]])
    for _ in range(TRIES):
        length = (last - first) * float(rng.uniform(*share))
        begin = first + float(rng.uniform(0.0, max(last - first - length, 0.0)))
        low = int(np.searchsorted(at, np.floor(begin), side="left"))
        high = int(np.searchsorted(at, np.ceil(begin + length), side="right"))
        if int(((rows >= low) & (rows < high)).sum()) >= least:
            return slice(low, high)
    raise InjectionError(fact=f"no stretch of {least} positions in {len(rows)}")


def carried(lon: Floats, lat: Floats, to_lon: float, to_lat: float) -> tuple[Floats, Floats]:
    """The same motion in metres, begun elsewhere: steps east and north are kept, one by one."""
    steps_lat = np.diff(lat)
    steps_lon = (np.diff(lon) + 180.0) % 360.0 - 180.0
    new_lat = to_lat + np.concatenate(([0.0], np.cumsum(steps_lat)))
    narrowing = np.cos(np.radians(lat[1:])) / np.cos(np.radians(new_lat[1:]))
    new_lon = to_lon + np.concatenate(([0.0], np.cumsum(steps_lon * narrowing)))
    return wrapped(new_lon), new_lat


def sailed(lon: float, lat: float, east_m: Floats, north_m: Floats) -> tuple[Floats, Floats]:
    """Degrees of points given in metres east and north along a path from ``lon``, ``lat``."""
    new_lat = lat + np.degrees(north_m / EARTH_M)
    steps = np.diff(east_m, prepend=0.0) / np.cos(np.radians(new_lat))
    return wrapped(lon + np.degrees(np.cumsum(steps) / EARTH_M)), new_lat


def wrapped(lon: Floats) -> Floats:
    """Longitudes in [-180, 180)."""
    return (lon + 180.0) % 360.0 - 180.0


def as_sent(degrees: Floats, like: pl.Series) -> Floats:
    """Rounded as AIS rounds positions, then to as many decimals as ``like`` was written with.

    Examples:
        >>> as_sent(np.array([1.23456789]), pl.Series([0.123457, 4.5])).tolist()
        [1.234568]

    """
    known = like.drop_nulls().to_numpy()
    steps = np.round(degrees * LATTICE) / LATTICE
    for decimals in (4, 5, 6, 7, 8, 9, 10):
        if len(known) and np.abs(known - np.round(known, decimals)).max() < 1e-12:
            return np.asarray(np.round(steps, decimals))
    return np.asarray(steps)


def tenths(values: Floats) -> Floats:
    """Rounded to 0.1, as SOG and COG are sent."""
    return np.asarray(np.round(values * 10.0) / 10.0)


def clock_step_us(track: pl.DataFrame) -> int:
    """Finest step of this file's times: a second, a millisecond or a microsecond."""
    at = track["at"].dt.epoch("us").to_numpy()
    return next((step for step in (1_000_000, 1_000) if not (at % step).any()), 1)


def written(track: pl.DataFrame, reports: Reports) -> pl.DataFrame:
    """Rows of ``track``'s MMSI that say what ``reports`` say, rounded as sent.

    Transponder, receiver, station and source are those of the honest report nearest in time, as a
    feed that hears both would give. What the honest track never reports stays null.
    """
    at = track["at"].dt.epoch("us").to_numpy()
    after = np.clip(np.searchsorted(at, reports.at_us), 1, len(at) - 1) if len(at) > 1 else None
    if after is None:
        near = np.zeros(len(reports.at_us), np.int64)
    else:
        early = reports.at_us - at[after - 1] < at[after] - reports.at_us
        near = np.where(early, after - 1, after)
    mute_heading = track["heading_deg"].null_count() == track.height
    cog = tenths(reports.cog_deg % 360.0) % 360.0
    heading = np.round(reports.heading_deg % 360.0) % 360.0
    step = clock_step_us(track)
    rows = track[near].with_columns(
        pl.Series("at", reports.at_us // step * step).cast(pl.Datetime("us", "UTC")),
        pl.Series("lon", as_sent(reports.lon, track["lon"])),
        pl.Series("lat", as_sent(reports.lat, track["lat"])),
        pl.Series("sog_kn", np.minimum(tenths(reports.sog_kn), 102.2)),
        pl.Series("cog_deg", cog),
        pl.Series("heading_deg", np.full_like(heading, np.nan) if mute_heading else heading),
        pl.Series("nav_status", reports.nav_status),
        pl.Series("msg_type", reports.msg_type),
    )
    rows = rows.with_columns(pl.col("sog_kn", "cog_deg", "heading_deg").fill_nan(None))
    return conform(rows, POSITIONS_FRAME)


def injected(
    track: pl.DataFrame,
    put: pl.DataFrame,
    keep: Flags,
    *,
    attack: str,
    detail: dict[str, float],
    blame: bool = True,
) -> Injected:
    """The kept rows of ``track`` and the false rows ``put``, in time order, with the truth."""
    honest = conform(track.filter(keep), POSITIONS_FRAME).with_columns(false=pl.lit(value=False))
    false = conform(put, POSITIONS_FRAME).with_columns(false=pl.lit(value=True))
    whole = pl.concat([honest, false]).sort("at", maintain_order=True)
    return Injected(
        positions=whole.drop("false"),
        false=whole["false"].to_numpy(),
        removed=int((~keep).sum()),
        truth=Planted(
            attack=attack,
            mmsi=int(track["mmsi"][0]),
            start=put["at"].min(),  # type: ignore[arg-type]  # a column of times has times
            end=put["at"].max(),  # type: ignore[arg-type]  # as above
            blame=blame,
            detail=detail,
        ),
    )


def refuse_land(lon: Floats, lat: Floats, on_water: OnWater | None, *, share: float = 0.99) -> bool:
    """Whether too little of this lies on water to be a ship's track."""
    return on_water is not None and float(on_water(lon, lat).mean()) < share


def no_water(attack: str) -> InjectionError:
    """The error for a track that finds no sea."""
    return InjectionError(fact=f"no water for attack {attack} in {TRIES} draws")
