"""Windows cut out of recorded tracks, with and without calls in them, and what is said of them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.segments import segment
from quaywatch.ais.track import tracks_of
from quaywatch.geo.position import Position
from quaywatch.testing.bench.reach import port_list
from quaywatch.testing.bench.recorded import parity, recorded
from quaywatch.testing.hidden_sim import straight
from quaywatch.voyages.call_prior import call_prior
from quaywatch.voyages.gazetteer import Place
from quaywatch.voyages.hidden_calls import HiddenAnswer, hidden_calls
from quaywatch.voyages.hidden_model import HiddenPort, Silence
from quaywatch.voyages.motion import Motion, motion_of
from quaywatch.voyages.port_calls import port_calls
from quaywatch.voyages.ports import anchorages, named_after, port_index
from quaywatch.voyages.prism import ReachSite, ceiling_of
from quaywatch.voyages.spells import stationary_spells

HOURS: Final = (12, 24, 36, 48, 72)
ANYWHERE, AROUND = 6, 4
"""Windows of one track at most, spread over it: anywhere, and around stops."""
_HOUR_US: Final = 3_600_000_000
UNDER_WAY_KN: Final = 3.0
NEAR_S: Final = 900
"""A fix must be this near to either end of the window."""
CANDIDATES: Final = 8
RADIUS_NM: Final = 3.0


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a recorded track taken away, and what the ship did in it."""

    mmsi: int
    half: int
    silence: Silence
    called: tuple[str, ...]
    """Ports that it stopped at within."""
    sites: dict[str, Position]
    """Every port of the data: shared, not copied."""


def windows_of(data: Path) -> list[Window]:
    """Windows of all hulls of ``sbarc_2018``; both ends under way."""
    tracks = tracks_of(recorded(data, "sbarc_2018"))
    motion = motion_of(tracks, segment(tracks))
    spells = stationary_spells(motion)
    found = anchorages(spells, vessels=1, hours=0.5)
    points = named_after(found, port_list(data), within_km=12.0)
    index = port_index(points)
    calls = port_calls(motion, spells, index)
    stops = calls.filter(~pl.col("verdict").str.starts_with("passed")).with_columns(
        port=pl.col("detail").str.json_path_match("$.port")
    )
    middles = points.group_by("port", maintain_order=True).agg(
        pl.col("lon").median(), pl.col("lat").median()
    )
    sites = {row["port"]: Position(row["lon"], row["lat"]) for row in middles.iter_rows(named=True)}
    by_hull: dict[int, list[dict[str, Any]]] = {}
    for row in stops.iter_rows(named=True):
        by_hull.setdefault(row["mmsi"], []).append(row)
    windows: list[Window] = []
    half = parity(motion.mmsi)
    for p in range(len(motion.mmsi)):
        mmsi = int(motion.mmsi[p])
        stops_here = by_hull.get(mmsi, [])
        around = list(_around(motion, p, stops_here))
        chosen = {*_spread(list(_cuts(motion, p)), ANYWHERE), *_spread(around, AROUND)}
        for i, j in sorted(chosen):
            silence = _silence(motion, p, i, j)
            called = _within(stops_here, silence)
            windows.append(Window(mmsi, int(half[p]), silence, called, sites))
    return windows


def _spread(found: list[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """At most so many of them, evenly."""
    if len(found) <= most:
        return found
    return [found[k] for k in np.unique(np.linspace(0, len(found) - 1, most).astype(int))]


def _cuts(motion: Motion, p: int) -> Iterator[tuple[int, int]]:
    """Fixes i and j, both under way, of windows that begin every four hours of the track."""
    at, good, begin = _piece(motion, p)
    for turn, start in enumerate(range(int(at[0]), int(at[-1]), 4 * _HOUR_US)):
        i = _near(at, good, start)
        j = None if i is None else _near(at, good, int(at[i]) + HOURS[turn % 5] * _HOUR_US)
        if i is not None and j is not None and j > i:
            yield begin + i, begin + j


def _around(motion: Motion, p: int, stops: Sequence[dict[str, Any]]) -> Iterator[tuple[int, int]]:
    """The same around each stop, in the shortest window that leaves two hours and more over."""
    at, good, begin = _piece(motion, p)
    for turn, stop in enumerate(stops):
        first, last = (
            round((stop[k] or stop["start"]).timestamp() * 1e6) for k in ("start", "end")
        )
        fitting = [h for h in HOURS if h * _HOUR_US >= last - first + 2 * _HOUR_US]
        if not fitting:
            continue
        hours = fitting[turn % len(fitting)]
        # Where in the window the call lies is turned about as well.
        before = (hours * _HOUR_US - (last - first)) * (1 + turn % 3) // 4
        i, j = _near(at, good, first - before), _near(at, good, first - before + hours * _HOUR_US)
        if i is not None and j is not None and j > i:
            yield begin + i, begin + j


def _piece(motion: Motion, p: int) -> tuple[NDArray[np.int64], NDArray[np.bool_], int]:
    begin, end = int(motion.starts[p]), int(motion.starts[p + 1])
    return motion.at_us[begin:end], motion.speed_kn[begin:end] > UNDER_WAY_KN, begin


def _near(at: NDArray[np.int64], good: NDArray[np.bool_], when: int) -> int | None:
    low, high = np.searchsorted(at, [when - NEAR_S * 10**6, when + NEAR_S * 10**6])
    fit = np.flatnonzero(good[low:high])
    return int(low + fit[0]) if len(fit) else None


def _silence(motion: Motion, p: int, i: int, j: int) -> Silence:
    begin, end = int(motion.starts[p]), int(motion.starts[p + 1])
    left = np.concatenate((np.arange(begin, i + 1), np.arange(j, end)))
    sailing = left[motion.sog_kn[left] > 0.5]
    p99 = float(np.quantile(motion.sog_kn[sailing], 0.99)) if len(sailing) else None
    hours = len(np.unique(motion.at_us[sailing] // 3_600_000_000))
    first, last = (
        datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(motion.at_us[k]))
        for k in (i, j)
    )
    a, b = (Position(float(motion.lon[k]), float(motion.lat[k])) for k in (i, j))
    return Silence(first, last, a, b, ceiling_of(p99, hours))


def _within(stops: Sequence[dict[str, Any]], silence: Silence) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            row["port"]
            for row in stops
            if row["start"] >= silence.start and (row["end"] or row["start"]) <= silence.end
        )
    )


def judged_windows(
    windows: Sequence[Window], others: Sequence[Window]
) -> Iterator[tuple[Window, HiddenAnswer]]:
    """Each window with the answer, by the habits of other hulls.

    Candidates are the ports that the others called at most; where a ship called elsewhere, that
    is no call at a listed port.
    """
    counts = _counts(others)
    usual = [port for port, _ in counts.most_common() if port is not None][:CANDIDATES]
    for window in windows:
        own = [
            one
            for one in windows
            if one.mmsi == window.mmsi
            and (one.silence.end <= window.silence.start or one.silence.start >= window.silence.end)
        ]
        # A hull's own ports are candidates as well.
        mine = _counts(own)
        ids = list(dict.fromkeys([*usual, *(port for port in mine if port is not None)]))
        prior = call_prior(ids, own=_plain(mine), fleet=_plain(counts))
        ports = [
            HiddenPort(
                ReachSite(port, window.sites[port], RADIUS_NM),
                Place(window.sites[port], port),
                stay_h=8.0,
                stay_sigma=1.5,
            )
            for port in ids
        ]
        yield window, hidden_calls(window.silence, ports, prior, straight, steps=48)


def _counts(windows: Sequence[Window]) -> Counter[str | None]:
    """What windows held: each port that was called at, or nothing."""
    found: Counter[str | None] = Counter()
    for one in windows:
        found.update(one.called or (None,))
    return found


def _plain(counts: Counter[str | None]) -> dict[str | None, float]:
    return {port: float(n) for port, n in counts.items()}
