"""Whether others fall silent at the same place: the edge of a receiver's reach, not of one ship's.

Reception is known by cells of half a degree. Where the reach of a receiver ends inside a cell, a
ship beyond that edge is silent in a cell that as a whole is well heard, and her gap looks as if
reception did not explain it. But then others are silent there too: they leave, come back, appear
and disappear along the same edge. A gap with such company is never called significant.

Ends of ships at rest are no company: at a quay transponders lose power one by one, which says
nothing of reception and must not excuse a ship that goes silent on leaving it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from scipy.spatial import cKDTree

from quaywatch.ais.chains import chains_of, silences_of
from quaywatch.ais.prism import UNDER_WAY_KN
from quaywatch.ais.segments import Segmentation
from quaywatch.ais.track import Floats, Tracks

_EARTH_NM: Final = 3440.065
"""Mean radius of the Earth; within 2 nm of a place no other figure of it would show."""
ENDS_FRAME: Final = {"mmsi": pl.UInt32(), "lon": pl.Float64(), "lat": pl.Float64()}


@dataclass(frozen=True, slots=True)
class CompanyRules:
    """Who keeps a gap company."""

    hours: float = 2.0
    """Shorter silences of others do not count."""
    radius_nm: float = 2.0
    others: int = 5
    """So many other transponders at one end of a gap make an edge of it; as few as make reception
    known at all (METHODS section 2)."""


def ends_under_way(
    tracks: Tracks, segmentation: Segmentation | None, rules: CompanyRules | None = None
) -> pl.DataFrame:
    """Where ships under way were heard last, or first again: silences, and both ends of tracks.

    Args:
        tracks: the reports of a bucket.
        segmentation: of the same reports; None: each MMSI one ship.
        rules: the least silence.

    Returns:
        Columns ``ENDS_FRAME``, degrees, one row an end; the unknown speed counts as under way.

    """
    used = rules or CompanyRules()
    chains = chains_of(tracks, segmentation)
    if not len(chains):
        return pl.DataFrame(schema=ENDS_FRAME)
    pairs = silences_of(tracks, chains, used.hours)
    places = np.concatenate(
        [pairs[:, 1], pairs[:, 2], chains.starts[:-1], chains.starts[1:] - 1]
    )  # fmt: skip
    owner = np.concatenate([pairs[:, 0], pairs[:, 0], *[np.arange(len(chains))] * 2])
    ends = chains.order[places]
    moving = ~(tracks.sog_kn[ends] < UNDER_WAY_KN)
    return pl.DataFrame(
        {
            "mmsi": tracks.vessels[chains.vessel[owner[moving]]],
            "lon": tracks.lon[ends[moving]],
            "lat": tracks.lat[ends[moving]],
        },
        schema=ENDS_FRAME,
    )


def with_company(
    events: pl.DataFrame, ends: pl.DataFrame, rules: CompanyRules | None = None
) -> pl.DataFrame:
    """Gaps, those with company no longer ``significant`` but ``unusual``, with the reason.

    Args:
        events: kind ``gap``, columns of ``EVENTS_FRAME``.
        ends: of all ships, columns ``ENDS_FRAME``.
        rules: how near, and how many.

    Returns:
        The same rows in the same order.

    Examples:
        >>> from quaywatch.ais.events import as_events
        >>> gap = {"kind": ["gap"], "mmsi": [1], "verdict": ["significant"], "lon": [10.0],
        ...        "lat": [50.0], "end_lon": [10.9], "end_lat": [50.0]}
        >>> others = pl.DataFrame({"mmsi": range(2, 7), "lon": [10.9] * 5, "lat": [50.01] * 5},
        ...                       schema=ENDS_FRAME)
        >>> told = with_company(as_events(pl.DataFrame(gap)), others)
        >>> told["verdict"][0], told["reason"][0][:37]
        ('unusual', '5 other ships under way fell silent o')

    """
    used = rules or CompanyRules()
    asked = (events["verdict"] == "significant").fill_null(value=False).to_numpy()
    rows = np.flatnonzero(asked)
    if not len(rows) or ends.is_empty():
        return events
    tree = cKDTree(_on_sphere(ends["lon"].to_numpy(), ends["lat"].to_numpy()))
    mmsi = ends["mmsi"].to_numpy()
    some = events[rows.tolist()]
    own = some["mmsi"].to_numpy()
    most = np.zeros(len(rows), np.int64)
    for names in (("lon", "lat"), ("end_lon", "end_lat")):
        at = _on_sphere(*(some[name].to_numpy() for name in names))
        near = tree.query_ball_point(at, 2 * np.sin(used.radius_nm / _EARTH_NM / 2))
        number = [len(set(mmsi[n].tolist()) - {int(m)}) for n, m in zip(near, own, strict=True)]
        most = np.maximum(most, number)
    others = np.zeros(len(events), np.int64)
    others[rows] = most
    return _capped(events.with_columns(others=pl.Series(others)), used).drop("others")


def _capped(events: pl.DataFrame, rules: CompanyRules) -> pl.DataFrame:
    company = pl.col("others") >= rules.others
    why = pl.format(
        "{} other ships under way fell silent or were heard first within {} nm of one of its ends,"
        " as at the edge of a receiver's reach: never more than unusual.",
        "others",
        pl.lit(f"{rules.radius_nm:g}"),
    )
    return events.with_columns(
        verdict=pl.when(company).then(pl.lit("unusual")).otherwise("verdict"),
        reason=pl.when(company).then(why).otherwise("reason"),
    )


def _on_sphere(lon: Floats, lat: Floats) -> Floats:
    """Unit vectors, shape (n, 3): no seam at the antimeridian."""
    x, y = np.radians(lon), np.radians(lat)
    return np.column_stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)])
