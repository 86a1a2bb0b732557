"""Where and when an image could show something of a hypothesis, and what it would show."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import polars as pl

from quaywatch.cases.asked import CUSTOM, AskedHypothesis
from quaywatch.evidence.bearing import Hypothesis
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Claim
from quaywatch.fusion.value_of_looking import EYES, Eye, Predicts, p_found
from quaywatch.imagery.recall import p_detect
from quaywatch.imagery.sensors import SENSORS
from quaywatch.sites.overpass import local_solar_hours
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.looks import looks_of, sites_of
from quaywatch.workflows.names import mmsis_of
from quaywatch.workflows.presence import STILL_WITHIN, lay_still

LENGTH_M: Final = 140.0
"""Taken where nobody says how long the ship is: a handy-size bulk carrier."""
DWELL: Final = timedelta(days=2)
BUSY: Final = 0.3
"""Share of the time that some hull of her size lies there, where no look tells."""
LOADS: Final = 0.5
"""Of ships that lie there without having loaded at that call: they discharge, or wait."""
ASTRAY: Final = 0.05
"""A hull of her size at a place at sea, hers or not, that nothing puts there."""
NEAR_FIX: Final = timedelta(minutes=10)
MOST_DAYS: Final = 400
MOMENT: Final = timedelta(hours=36)
"""A time known no better than this is no moment."""
_AT_SITE: Final = frozenset(
    {Hypothesis.CALLED, Hypothesis.LOADED, Hypothesis.SAME_HULL, Hypothesis.OTHER_HULL_SEEN}
)
_AT_BROADCAST: Final = frozenset({Hypothesis.BROADCAST_FALSE, Hypothesis.OTHER_BROADCASTER})


@dataclass(frozen=True)
class DayLook:
    """One day, one kind of image."""

    day: date
    hour_utc: float
    lon: float
    lat: float
    sensor: str
    found: float
    predicts: Predicts
    because: str


@dataclass(frozen=True)
class Place:
    """Where images would be of."""

    id: str
    name: str
    days: tuple[DayLook, ...]
    months: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    """Calendar month → looks that could tell, and all looks."""
    held: int = 0
    """Days and kinds of image left out because a look as good is held."""


def places_of(
    workspace: Workspace, asked: AskedHypothesis, items: Sequence[Claim]
) -> tuple[list[Place], str | None]:
    """Places and days at which images could bear on a hypothesis, or why none could.

    Args:
        workspace: whose sites, looks and broadcasts.
        asked: the hypothesis.
        items: claims that bear on it.

    """
    refused = _refused(asked)
    if refused is not None or asked.period is None:
        return [], refused
    period = TimeInterval.parse(asked.period)
    length_m = _length(workspace, asked, items)
    if asked.kind in _AT_SITE:
        return _at_site(workspace, asked, items, period, length_m)
    found = tuple(_at_broadcasts(workspace, asked, period, length_m))
    if not found:
        return [], (
            "No broadcast of it in that period tells where it was at a pass: no image is predicted."
        )
    return [Place("broadcast", "where its broadcasts put it", found)], None


def _refused(asked: AskedHypothesis) -> str | None:
    """Why no image could bear on a hypothesis, whatever is held here; None: one could."""
    if asked.kind == Hypothesis.COMMON_CONTROL:
        return "It predicts no image: what would be seen is the same whether it is true or not."
    if asked.kind == CUSTOM:
        return "It predicts no image that is known here: its kind does not say who lay where."
    if asked.period is None:
        return "It names no period, so no day is predicted. Give it one in the case file."
    if TimeInterval.parse(asked.period).duration > timedelta(days=MOST_DAYS):
        return f"Its period is longer than {MOST_DAYS} days: no day of it is predicted."
    return None


def _at_site(
    workspace: Workspace,
    asked: AskedHypothesis,
    items: Sequence[Claim],
    period: TimeInterval,
    length_m: float,
) -> tuple[list[Place], str | None]:
    name = (asked.site or "").removeprefix("site:")
    drawn = sites_of(workspace).get(name)
    if drawn is None:
        return [], f"No site {asked.at or 'is named, and none'} is drawn here: nowhere to look."
    site, _ = drawn
    frame = site.frame
    looks = looks_of(workspace, name)
    moments = _moments(asked, items)
    held = _held(looks)
    taken, days = 0, []
    for eye in EYES:
        found = p_found(
            eye, length_m=length_m, p_open=p_detect(length_m, eye.gsd_m, eye.sensor),
            alongside=True,
        )  # fmt: skip
        for at in _passes(period, eye, frame.lon):
            if held.get(at.date(), math.inf) <= eye.gsd_m:
                taken += 1
                continue
            predicts = _who(asked.kind, at, period, moments, _busy(looks))
            days.append(
                DayLook(
                    day=at.date(), hour_utc=at.hour + at.minute / 60, lon=frame.lon,
                    lat=frame.lat, sensor=eye.sensor, found=found, predicts=predicts,
                    because=_why(at, moments),
                )
            )  # fmt: skip
    return [Place(f"site:{name}", site.name, tuple(days), _months(looks), taken)], None


def _passes(period: TimeInterval, eye: Eye, lon: float) -> Iterator[datetime]:
    """The pass of each day of a period, by its mean local solar hour."""
    shift = float(local_solar_hours([0.0], lon)[0])
    hour = (eye.hour - shift) % 24
    day = datetime(period.start.year, period.start.month, period.start.day, tzinfo=UTC)
    while day <= period.end:
        at = day + timedelta(minutes=round(60 * hour))
        if period.start <= at <= period.end and at.year >= eye.since:
            yield at
        day += timedelta(days=1)


def _who(
    kind: object,
    at: datetime,
    period: TimeInterval,
    moments: Sequence[datetime],
    busy: float,
) -> Predicts:
    """Who would lie there at an instant, if the hypothesis is true and if not."""
    there = _there(at, period, moments)
    if kind == Hypothesis.CALLED:
        return Predicts(there, 0.0, busy, busy)
    if kind == Hypothesis.LOADED:
        # Lying there is needed to load, and not enough: she may have called without.
        return Predicts(there, there * LOADS, busy, busy)
    # Of whose hull it is: some hull of her size lies there either way.
    both = 1 - (1 - there) * (1 - busy)
    if kind == Hypothesis.SAME_HULL:
        return Predicts(there, 0.0, busy, both)
    return Predicts(0.0, there, both, busy)


def _there(at: datetime, period: TimeInterval, moments: Sequence[datetime]) -> float:
    """P(she lies there at an instant | she called in the period).

    About a moment at which she is said to have lain there a stay decays either way; without one
    her arrival is as probable at any time of the period.
    """
    if not period.start <= at <= period.end:
        return 0.0
    if moments:
        return max(math.exp(-abs(at - one) / DWELL) for one in moments)
    span = max(period.duration / DWELL, 1e-9)
    return (1 - math.exp(-((at - period.start) / DWELL))) / max(span, 1.0)


def _why(at: datetime, moments: Sequence[datetime]) -> str:
    if not moments:
        return "It may have lain there on any day of the period."
    nearest = min(moments, key=lambda one: (abs(at - one), one))
    hours = abs(at - nearest) / timedelta(hours=1)
    side = "before" if at > nearest else "after"
    return f"It is said to have lain there {hours:.0f} hours {side} it."


def _moments(asked: AskedHypothesis, items: Sequence[Claim]) -> list[datetime]:
    """When the ship is said or shown to have lain at the site, known to a day and a half."""
    found = {
        claim.time.midpoint
        for claim in items
        if claim.predicate in {"sighted-at", "loading-at", "likeness", "match"}
        and claim.time is not None
        and claim.time.duration <= MOMENT
    }
    if asked.period is None:
        return sorted(found)
    period = TimeInterval.parse(asked.period)
    return sorted(at for at in found if period.start <= at <= period.end)


def _held(looks: Sequence[Claim]) -> dict[date, float]:
    """Finest pixels of the looks of each day that could tell of a berth, metres."""
    found: dict[date, float] = {}
    for look in looks:
        value: Any = look.value
        if look.time is None or not _tells(value):
            continue
        sensor = SENSORS.get(str(value.get("sensor")))
        day = look.time.start.date()
        if sensor is not None:
            found[day] = min(found.get(day, math.inf), sensor.gsd_m)
    return found


def _tells(value: Mapping[str, Any]) -> bool:
    return any(berth["state"] in {"occupied", "empty"} for berth in value["berths"])


def _months(looks: Sequence[Claim]) -> dict[int, tuple[int, int]]:
    """Of each calendar month: looks that could tell of a berth, and all looks of it."""
    found: dict[int, tuple[int, int]] = {}
    for look in looks:
        if look.time is not None:
            value: Any = look.value
            usable, every = found.get(look.time.start.month, (0, 0))
            found[look.time.start.month] = usable + _tells(value), every + 1
    return found


def _busy(looks: Sequence[Claim]) -> float:
    """Share of looks that could tell in which some berth was occupied."""
    told = [look.value for look in looks if isinstance(look.value, dict) and _tells(look.value)]
    if not told:
        return BUSY
    occupied = sum(any(berth["state"] == "occupied" for berth in _berths(value)) for value in told)
    return (occupied + 0.5) / (len(told) + 1)


def _berths(value: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    berths: Sequence[Mapping[str, Any]] = value["berths"]
    return berths


def _length(workspace: Workspace, asked: AskedHypothesis, items: Sequence[Claim]) -> float:
    """How long the ship is: as broadcast, else as reported, else a usual length."""
    mmsis = mmsis_of(workspace, asked.about) if asked.about else []
    if mmsis:
        said = workspace.lake.statics(mmsi=mmsis).select(
            (pl.col("to_bow_m").cast(pl.Float64) + pl.col("to_stern_m")).alias("length")
        )
        median = said.filter(pl.col("length") > 20).collect()["length"].median()
        if isinstance(median, int | float):
            return float(median)
    for claim in items:
        length = claim.value.get("length_m") if isinstance(claim.value, dict) else None
        if isinstance(length, int | float) and length > 0:
            return float(length)
    return LENGTH_M


def _at_broadcasts(
    workspace: Workspace, asked: AskedHypothesis, period: TimeInterval, length_m: float
) -> Iterator[DayLook]:
    """Images of where the ship's own reports put it, at passes within minutes of one."""
    mmsis = mmsis_of(workspace, asked.about) if asked.about else []
    if not mmsis:
        return
    reports = (
        workspace.lake.positions(mmsi=mmsis, start=period.start, end=period.end)
        .filter(pl.col("lon").is_not_null() & pl.col("lat").is_not_null())
        .select("at", "lon", "lat", "sog_kn", "nav_status")
        .sort("at", "lon", "lat")
        .collect()
    )
    if reports.is_empty():
        return
    other = asked.kind == Hypothesis.OTHER_BROADCASTER
    predicts = (
        Predicts(ASTRAY, 1 - ASTRAY, 1 - ASTRAY, ASTRAY)
        if other
        else Predicts(ASTRAY, 1 - ASTRAY, ASTRAY, ASTRAY)
    )
    for eye in EYES:
        found = p_found(
            eye, length_m=length_m, p_open=p_detect(length_m, eye.gsd_m, eye.sensor),
            alongside=False,
        )  # fmt: skip
        for at, row, because in _passes_along(eye, reports):
            yield DayLook(
                day=at.date(), hour_utc=at.hour + at.minute / 60, lon=row["lon"], lat=row["lat"],
                sensor=eye.sensor, found=found, predicts=predicts, because=because,
            )  # fmt: skip


def _passes_along(
    eye: Eye, reports: pl.DataFrame
) -> Iterator[tuple[datetime, Mapping[str, Any], str]]:
    """Of each day the pass over the ship's own place: when, the report nearest to it, and why.

    As the presence check will ask: within minutes of a report, or between two from one place where
    the ship lay still.
    """
    rows = list(reports.iter_rows(named=True))
    days: dict[date, list[int]] = {}
    for number, row in enumerate(rows):
        days.setdefault(_pass(eye, row["at"], row["lon"]).date(), []).append(number)
    for day, own in days.items():
        if day.year < eye.since:
            continue
        passes = {k: _pass(eye, rows[k]["at"], rows[k]["lon"]) for k in own}
        best = min(own, key=lambda k: (abs(rows[k]["at"] - passes[k]), k))
        at = passes[best]
        if abs(rows[best]["at"] - at) <= NEAR_FIX:
            yield rows[best]["at"], rows[best], "It broadcast that it was there then."
            continue
        ends = [k for k in (best - 1, best, best + 1) if 0 <= k < len(rows)]
        before = [rows[k] for k in ends if rows[k]["at"] <= at][-1:]
        after = [rows[k] for k in ends if rows[k]["at"] > at][:1]
        near = all(abs(row["at"] - at) <= STILL_WITHIN for row in (*before, *after))
        if before and after and near and lay_still(before[0], after[0]):
            yield at, rows[best], "It broadcast that it lay there, before and after."


def _pass(eye: Eye, about: datetime, lon: float) -> datetime:
    """The pass of a kind of image over a meridian that is nearest to an instant, UTC."""
    midnight = datetime(about.year, about.month, about.day, tzinfo=UTC)
    own = midnight + timedelta(hours=(eye.hour - lon / 15.0) % 24.0)
    day = timedelta(days=1)
    return min((own - day, own, own + day), key=lambda at: abs(at - about))
