"""Real tracks under the wrong name or at the wrong time: clones, replays, one route for several."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from quaywatch.errors import InjectionError
from quaywatch.testing.injections.plant import (
    EARTH_M,
    Injected,
    as_sent,
    clock_step_us,
    injected,
    placed,
)


def clone(track: pl.DataFrame, donor: pl.DataFrame) -> Injected:
    """Another hull's true track under this MMSI at the same time; the first goes on as it was.

    Args:
        track: one honest vessel; columns of ``POSITIONS``, sorted by ``at``.
        donor: another one; of it what lies within the time of ``track``.

    Raises:
        InjectionError: fewer than twelve reports of the donor fall into that time.

    """
    same = donor.filter(pl.col("at").is_between(track["at"][0], track["at"][-1]))
    placed(same)
    put = same.with_columns(mmsi=pl.lit(track["mmsi"][0]))
    return injected(
        track, put, np.ones(track.height, np.bool_), attack="clone",
        detail={"donor_mmsi": float(donor["mmsi"][0])},
    )  # fmt: skip


def replay(track: pl.DataFrame, archive: pl.DataFrame) -> Injected:
    """The whole track replaced by an archived one, sent again later by a whole number of seconds.

    Args:
        track: one honest vessel; columns of ``POSITIONS``, sorted by ``at``.
        archive: an earlier track of the same or another vessel; of it as much as there is time.

    Raises:
        InjectionError: ``archive`` is not earlier, or fewer than twelve reports fit.

    """
    if archive["at"][0] >= track["at"][0]:
        raise InjectionError(fact="the archive is not earlier than the track")  # fmt: skip
    later_s = int((track["at"][0] - archive["at"][0]).total_seconds())
    put = _later(archive, later_s, int(track["mmsi"][0]))
    put = put.filter(pl.col("at") <= track["at"][-1])
    placed(put)
    none = np.zeros(track.height, np.bool_)
    return injected(
        track, put, none, attack="replay",
        detail={"later_s": float(later_s), "archive_mmsi": float(archive["mmsi"][0])},
    )  # fmt: skip


def same_route(
    template: pl.DataFrame,
    hulls: Sequence[pl.DataFrame],
    rng: np.random.Generator,
    *,
    lag_s: tuple[int, int] = (600, 5400),
    jitter_m: float = 2.0,
) -> list[Injected]:
    """Several hulls replaced by one manoeuvre, each later than the one before.

    Args:
        template: the true track that they repeat; itself unchanged.
        hulls: honest vessels whose MMSIs are used.
        rng: lags and noise.
        lag_s: least and largest delay from one hull to the next.
        jitter_m: noise added to the places, each way, white.

    Raises:
        InjectionError: the template has fewer than twelve positions.

    """
    rows = placed(template)
    route = template[rows]
    found, late = [], 0
    for hull in hulls:
        late += int(rng.integers(*lag_s))
        put = _later(route, late, int(hull["mmsi"][0]))
        noise = np.degrees(jitter_m * rng.standard_normal((2, len(rows))) / EARTH_M)
        lat = put["lat"].to_numpy() + noise[1]
        lon = put["lon"].to_numpy() + noise[0] / np.cos(np.radians(lat))
        put = put.with_columns(
            lon=pl.Series(as_sent(lon, route["lon"])), lat=pl.Series(as_sent(lat, route["lat"]))
        )
        none = np.zeros(hull.height, np.bool_)
        made = {"later_s": float(late), "template_mmsi": float(template["mmsi"][0])}
        found.append(injected(hull, put, none, attack="same-route", detail=made))
    return found


def _later(archive: pl.DataFrame, later_s: int, mmsi: int) -> pl.DataFrame:
    step = clock_step_us(archive)
    at = archive["at"].dt.epoch("us") + later_s * 1_000_000 // step * step
    return archive.with_columns(
        mmsi=pl.lit(mmsi, dtype=pl.UInt32), at=at.cast(pl.Datetime("us", "UTC"))
    )
