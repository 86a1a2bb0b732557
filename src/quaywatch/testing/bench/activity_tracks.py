"""Real port calls thinned by a recorded cloud calendar: what the estimator makes of what is left.

Five days of recorded positions hold under two hundred stays at a few ports. Cargo ships lie there
for days, as at the berths that the estimator is for, work boats and ferries for hours and by
timetable, as nothing there does; they are told apart by their broadcast type. Besides at the pace
of life the calendar also runs faster: what counts is the time between looks beside a stay.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from quaywatch.ais.read import read_ais
from quaywatch.ais.segments import segment
from quaywatch.ais.track import tracks_of
from quaywatch.sites.exposure import (
    FAMILIES,
    DwellGrid,
    Family,
    Floats,
    dwell_grid,
    dwells_seen,
)
from quaywatch.sites.pattern import BerthRecord, Call, pattern_posterior
from quaywatch.testing.activity_sim import recorded_looks
from quaywatch.testing.bench.imagery_berths import recorded_sky
from quaywatch.testing.bench.reach import port_list
from quaywatch.testing.bench.recorded import parity, recorded
from quaywatch.testing.bench.report import BenchReport, Progress
from quaywatch.testing.bench.roc import share
from quaywatch.voyages.motion import motion_of
from quaywatch.voyages.port_calls import port_calls
from quaywatch.voyages.ports import anchorages, named_after, port_index
from quaywatch.voyages.spells import stationary_spells

SIZE: Final = 40
"""Calendars for each place, look rate, pace and prior."""
PACES: Final = ((1.0, (140, 220, 330)), (4.8, (55, 100, 140, 220, 440)))
"""Days of calendar in a day of tracks (at 4.8 ten hours stand for two days), and usable looks in a
year of calendar. Fewer would leave no two looks of five days."""
LEAST_CALLS: Final = 4
"""Arrivals at a place, fewer are left out."""
EDGE_H: Final = 1.0
"""A ship first heard this soon after the record begins was there before."""
MERCHANT: Final = (70, 89)
"""Broadcast ship types of cargo ships and tankers."""
WIDE: Final = (
    *((family, share) for family, share in FAMILIES),
    (Family("lognormal", 1.4), 0.25),
)
"""Forms of dwell for ports where tugs and tankers lie side by side."""
COLUMNS: Final = (
    "who", "what", "of", "runs", "looks", "truth", "seen", "in_90_percent", "median_over_truth",
    "naive_over_truth", "width_over_truth",
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """One half of the vessels of one kind at one port, as the record has them."""

    name: str
    who: str
    """``cargo ships`` or ``others``."""
    half: int
    """0 or 1: which vessels."""
    mmsi: tuple[int, ...]
    """Of each stay."""
    arrival: Floats
    """Days since the record begins; −∞: there before."""
    departure: Floats
    """Last heard there."""
    days: float
    whole: float
    """Share of stays of which both ends were heard."""

    @property
    def truth(self) -> int:
        """Arrivals in the record."""
        return int((self.arrival >= 0).sum())

    def at_pace(self, pace: float) -> "Place":
        """The same in days of a calendar that runs so many times as fast."""
        return replace(
            self,
            arrival=self.arrival * pace,
            departure=self.departure * pace,
            days=self.days * pace,
        )

    @property
    def dwells(self) -> tuple[Floats, Floats]:
        """Of every stay the least and the most that its dwell can have been."""
        heard = self.departure - np.maximum(self.arrival, 0.0)
        cut = ~np.isfinite(self.arrival) | (self.departure > 0.99 * self.days)
        return heard, np.where(cut, np.inf, heard + 1e-3 * self.days)


def run(data: Path, progress: Progress, *, size: int = SIZE) -> BenchReport:
    """Recover real numbers of port calls from what a cloudy calendar leaves of them.

    Args:
        data: the folder of recorded data.
        progress: told what is done.
        size: calendars for each place, look rate, pace and prior.

    Raises:
        SourceMissingError: the recorded AIS is not there.

    """
    progress("port calls", 0.0)
    places = places_of(data)
    sky = recorded_sky(data)
    results: list[dict[str, Any]] = []
    for number, place in enumerate(places):
        progress(f"{place.name}, {place.who}", (number + 1) / (len(places) + 1))
        others = [
            o for o in places
            if (o.name, o.who) == (place.name, place.who) and o.half != place.half
        ]  # fmt: skip
        for pace, rates in PACES:
            for prior, dwell in _priors(others, pace).items():
                told = {"who": place.who, "port": place.name, "half": place.half}
                told |= {"pace": pace, "prior": prior}
                for per_year in rates:
                    results += [
                        told | {"per_year": per_year} | result
                        for result in _trials(place.at_pace(pace), dwell, sky, per_year, size)
                    ]
    kept = sum(place.truth for place in places)
    return BenchReport(
        name="activity-tracks",
        data=(
            f"sbarc_2018, recorded, 5 days: {kept} arrivals at "
            f"{len({p.name for p in places})} ports, in {len(places)} places (port, kind and half "
            f"of the vessels); looks from a recorded series of cloud (68 dates)"
        ),
        columns=COLUMNS,
        rows=_rows(results),
        notes=[*NOTES, *_described(places)],
    )


NOTES: Final = (
    (
        "An interval covers if the recorded number of arrivals lies in it. Calendars of one place "
        "share its few arrivals: runs are not independent, so that the binomial 95 % in brackets "
        "is too narrow: the places are the sample."
    ),
    (
        "Nothing was fitted to these tracks but, where a row says so, the dwell: to stays of the "
        "other half of the vessels at that port, never to those that are counted."
    ),
)


def _trials(
    place: Place, dwell: DwellGrid, sky: tuple[Floats, Floats], per_year: int, size: int
) -> list[dict[str, Any]]:
    found = []
    for trial in range(size):
        seed = [trial, per_year, place.half, sum(place.name.encode()), len(place.who)]
        looks = recorded_looks(*sky, np.random.default_rng(seed), per_year, place.days)
        found.append(thinned(place, looks[(looks > 0) & (looks < place.days)], dwell))
    return found


def _priors(others: Sequence[Place], pace: float) -> dict[str, DwellGrid]:
    """Dwells held possible: those of any berth, and those that AIS of other ships there tells."""
    priors = {"usual dwell": dwell_grid()}
    if others:
        least, most = others[0].at_pace(pace).dwells
        wide = dwell_grid(log_sd=1.5, families=WIDE, size=97)
        priors["dwell by AIS"] = dwells_seen(least, most, wide)
    return priors


def places_of(data: Path) -> list[Place]:
    """Ports of the recorded waters with enough stays, by kind and half of their vessels."""
    positions = recorded(data, "sbarc_2018")
    tracks = tracks_of(positions)
    motion = motion_of(tracks, segment(tracks))
    spells = stationary_spells(motion)
    points = named_after(anchorages(spells, vessels=1, hours=2.0), port_list(data), within_km=12.0)
    calls = port_calls(motion, spells, port_index(points)).filter(
        ~pl.col("verdict").str.starts_with("passed")
    )
    begin, end = positions.select(pl.col("at").min(), last=pl.col("at").max()).row(0)
    since = (pl.col("start") - pl.lit(begin)).dt.total_microseconds() / 8.64e10
    merchant = _merchants(data)
    table = calls.select(
        "mmsi",
        port=pl.col("detail").str.json_path_match("$.port_name"),
        arrival=pl.when(since < EDGE_H / 24).then(-np.inf).otherwise(since),
        departure=since + pl.col("statistic") / 24.0,
        whole=pl.col("verdict") == "called",
        who=pl.when(pl.col("mmsi").is_in(merchant))
        .then(pl.lit("cargo ships"))
        .otherwise(pl.lit("others")),
    )
    table = table.with_columns(half=pl.Series(parity(table["mmsi"].to_numpy())))
    found = []
    for (name, who, half), own in table.sort("port", "who", "half", "arrival", "mmsi").group_by(
        "port", "who", "half", maintain_order=True
    ):
        place = Place(
            str(name),
            str(who),
            int(str(half)),
            tuple(own["mmsi"].to_list()),
            own["arrival"].to_numpy(),
            own["departure"].to_numpy(),
            (end - begin).total_seconds() / 86400.0,
            float(np.mean(own["whole"].to_numpy())),
        )
        if place.truth >= LEAST_CALLS:
            found.append(place)
    return sorted(found, key=lambda place: (place.who, place.name, place.half))


def _merchants(data: Path) -> list[int]:
    """Transponders that broadcast the type of a cargo ship or a tanker."""
    parts = [
        batch.statics.select("mmsi", "ship_type").filter(pl.col("ship_type").is_between(*MERCHANT))
        for path in sorted((data / "ais" / "sbarc_2018").glob("*.gz"))
        for batch in read_ais(path, source_id=path.name)
    ]
    return sorted(set(pl.concat(parts)["mmsi"].to_list()))


def thinned(place: Place, looks: Floats, dwell: DwellGrid) -> dict[str, Any]:
    """What the estimator says of a place from these looks, beside the truth.

    Args:
        place: with its true stays.
        looks: usable instants, ascending, days since its record begins.
        dwell: dwells held possible.

    """
    record = BerthRecord(looks, seen_calls(place, looks))
    posterior = pattern_posterior([record], 0.0, place.days, dwell)
    result: dict[str, Any] = {
        "looks": len(looks), "truth": place.truth, "seen": len(record.calls),
    }  # fmt: skip
    if posterior is None:
        return {**result, "low": None, "high": None, "median": None}
    low, high = posterior.calls_interval(0.9)
    return {**result, "low": low, "high": high, "median": int(posterior.calls_quantile(0.5))}


def seen_calls(place: Place, looks: Floats) -> tuple[Call, ...]:
    """Stays as looks show them: one ship in neighbouring looks is one call, whatever lay between.

    Args:
        place: with its true stays.
        looks: usable instants, ascending.

    Examples:
        >>> came, left = np.array([0.5, 2.5]), np.array([1.5, 3.5])
        >>> place = Place("p", "others", 0, (7, 7), came, left, 5.0, 1.0)
        >>> len(seen_calls(place, np.array([1.0, 3.0]))), len(
        ...     seen_calls(place, np.array([1.0, 2.0, 3.0])))
        (1, 2)

    """
    shown: dict[int, set[int]] = defaultdict(set)
    for mmsi, arrival, departure in zip(place.mmsi, place.arrival, place.departure, strict=True):
        first, end = np.searchsorted(looks, [arrival, departure], side="left")
        shown[mmsi] |= set(range(int(first), int(end)))
    edge = np.concatenate([[-np.inf], looks, [np.inf]])
    calls = []
    for mmsi in sorted(shown):
        at = sorted(shown[mmsi])
        starts = [n for k, n in enumerate(at) if not k or at[k - 1] != n - 1]
        for first in starts:
            last = first
            while last + 1 in shown[mmsi]:
                last += 1
            calls.append(Call(edge[first], looks[first], looks[last], edge[last + 2]))
    return tuple(sorted(calls, key=lambda call: (call.first, call.last)))


def _described(places: Sequence[Place]) -> list[str]:
    """How the arrivals of each port and kind differ from ships that come by chance."""
    said = []
    for who, name in dict.fromkeys((place.who, place.name) for place in places):
        own = [place for place in places if (place.who, place.name) == (who, name)]
        arrival = np.concatenate([place.arrival for place in own])
        departure = np.concatenate([place.departure for place in own])
        days = arrival[arrival >= 0]
        hours = (departure[arrival >= 0] - days) * 24.0
        daily = np.bincount(np.minimum(days.astype(int), 4), minlength=5)
        bunched = float(np.abs(np.exp(2j * np.pi * days).mean()))
        vessels, stays = np.unique([m for place in own for m in place.mmsi], return_counts=True)
        whole = float(np.average([p.whole for p in own], weights=[len(p.mmsi) for p in own]))
        said.append(
            f"{name}, {who}: {len(days)} arrivals ({', '.join(map(str, daily.tolist()))} a day) of "
            f"{len(vessels)} vessels, one of them {int(stays.max())}; stays of "
            f"{float(np.median(hours)):.1f} h in the median, one in ten under "
            f"{float(np.quantile(hours, 0.1)):.1f} h; both ends heard of {whole:.0%}; daily "
            f"arrivals vary {float(daily.var(ddof=1) / daily.mean()):.1f} times as much as by "
            f"chance; hours of arrival bunch by {bunched:.2f} (by chance "
            f"{0.89 / len(days) ** 0.5:.2f}, all at one hour 1)."
        )
    return said


def _rows(results: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """By look rate, port, half of the vessels, and all; cargo ships apart from others."""
    rows = []
    for who in dict.fromkeys(r["who"] for r in results):
        own = [r for r in results if r["who"] == who]
        groups: list[tuple[str, str, dict[str, object]]] = [
            (f"{prior}, pace {pace:g}", f"{rate} looks a year",
             {"prior": prior, "pace": pace, "per_year": rate})
            for prior in ("usual dwell", "dwell by AIS") for pace, rates in PACES for rate in rates
        ]  # fmt: skip
        for prior in ("usual dwell", "dwell by AIS"):
            ports = dict.fromkeys(r["port"] for r in own)
            groups += [(prior, port, {"prior": prior, "port": port}) for port in ports]
            groups += [(prior, f"half {h + 1}", {"prior": prior, "half": h}) for h in (0, 1)]
            groups.append((prior, "all", {"prior": prior}))
        rows += [{"who": who, **_row(what, of, own, where)} for what, of, where in groups]
    return [row for row in rows if row["runs"]]


def _row(
    what: str, of: str, results: Sequence[dict[str, Any]], where: dict[str, object]
) -> dict[str, Any]:
    own = [r for r in results if all(r[key] == value for key, value in where.items())]
    told = [r for r in own if r["low"] is not None]
    covered = share(sum(r["low"] <= r["truth"] <= r["high"] for r in told), len(told))

    def middle(values: Sequence[float]) -> float | None:
        return float(np.median(values)) if values else None

    return {
        "what": what,
        "of": of,
        "runs": len(own),
        "looks": middle([r["looks"] for r in own]),
        "truth": middle([r["truth"] for r in own]),
        "seen": middle([r["seen"] for r in own]),
        "in_90_percent": str(covered),
        "median_over_truth": middle([r["median"] / r["truth"] for r in told]),
        "naive_over_truth": middle([r["seen"] / r["truth"] for r in own]),
        "width_over_truth": middle([(r["high"] - r["low"]) / r["truth"] for r in told]),
    }
