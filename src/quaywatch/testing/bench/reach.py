"""Artificial gaps around real port calls: is the true port inside the reach prism, and who is out?

The fixes from some hours before arrival to some hours after departure are taken away, as if the
transponder had been silent; the highest speed of the hull is learned from what is left. A call
excluded is a ship cleared that was there: the error that must not happen. The share of *other*
ports excluded is what the prism is good for.
"""

import gzip
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import polars as pl
from scipy.stats import beta

from quaywatch.ais.segments import segment
from quaywatch.ais.track import tracks_of
from quaywatch.geo.geodesic import great_circle_nm_many
from quaywatch.geo.position import Position
from quaywatch.geo.water import WaterRouter
from quaywatch.testing.bench.recorded import recorded
from quaywatch.testing.bench.report import BenchReport, Progress
from quaywatch.voyages.motion import Motion, motion_of
from quaywatch.voyages.port_calls import port_calls
from quaywatch.voyages.ports import anchorages, named_after, port_index, ports_table
from quaywatch.voyages.prism import (
    RADIUS_NM,
    Distance,
    GapEnds,
    ReachSite,
    SiteReach,
    ceiling_of,
    reach_over,
)
from quaywatch.voyages.spells import stationary_spells

MARGINS_H: Final = (1.0, 3.0, 6.0, 12.0)
"""Hours cut away before arrival and after departure."""
CLASSES_H: Final = (6.0, 12.0, 24.0, 48.0, float("inf"))
"""Upper ends of the classes of gap length."""
LISTED_RADIUS_NM: Final = 6.5
"""The World Port Index gives one point, to an arc minute, for a whole harbour with its roads."""
OTHERS_NM: Final = 300.0
APART_NM: Final = 10.0
"""A port nearer to the true one than this is no *other* port."""
SAMPLE: Final = 8
"""Gaps a class on which the other ports are tried."""
WORLDWIDE: Final = 1000
"""``size`` from which ships elsewhere are cut as well: their seas take minutes to load."""
UNDER_WAY_KN: Final = 0.5
COLUMNS: Final = (
    "gap", "gaps", "hulls", "no way found", "anchorage inside", "95%", "by hull, 95%",
    "listed port inside", "listed gaps", "other ports out", "other ports",
)  # fmt: skip


NOTES: Final = (
    (
        "Gaps of one call, and calls of one hull, are not independent. The interval by hull "
        "counts a hull as missed if any of its gaps was; all are Clopper-Pearson. Where no way by "
        "water is found (rivers that the land mask does not show) nothing is excluded."
    ),
    (
        "Anchorages are where ships of this data lay (2 nm wide). Listed ports are those of "
        "the World Port Index within 12 km of one, 6.5 nm wide: a point for a harbour. A way "
        "point is a fix under way in the middle of a gap: no stay, no width."
    ),
    (
        f"Other ports: listed ones within {OTHERS_NM:.0f} nm of the stay, farther than "
        f"{APART_NM:.0f} nm from it, over at most {SAMPLE} gaps a class."
    ),
)


@dataclass(frozen=True, slots=True)
class Cut:
    """One artificial gap, and where the ship was in it."""

    mmsi: int
    port: str
    anchorage: Position
    """The nearest place of the table to where it lay."""
    stay: Position
    """Where it lay."""
    gap: GapEnds
    radius_nm: float = RADIUS_NM
    """Of the place."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the prism says of the port that the ship was at."""

    cut: Cut
    anchorage: SiteReach
    listed: SiteReach | None


def run(data: Path, progress: Progress, *, size: int = 600) -> BenchReport:
    """Cut up to ``size`` gaps and judge each; from ``WORLDWIDE`` on, ships elsewhere as well."""
    progress("reading", 0.0)
    listed = port_list(data)
    cuts, passed, lost, n = cuts_of(data, "sbarc_2018", listed, size, hours=0.5)
    far: list[Cut] = []
    if size >= WORLDWIDE:
        far = cuts_of(data, "gfw_segments", listed, size, hours=2.0)[0]
    with TemporaryDirectory() as folder:
        # Neighbouring gaps share ends, so a way once found is kept.
        distance = cache(WaterRouter(Path(folder)).distance)
        answers = []
        for k, cut in enumerate([*cuts, *far, *passed]):
            progress("true places", 0.1 + 0.6 * k / (len(cuts) + len(far) + len(passed)))
            answers.append(_answer(cut, listed, distance))
        power = _power(cuts, listed, distance, progress)
    near, elsewhere = answers[: len(cuts)], answers[len(cuts) : len(cuts) + len(far)]
    rows = [_row("any gap", near, list(power.values()))]
    for upper in CLASSES_H:
        mine = [one for one in near if _class(one.cut) == upper]
        rows.append(_row(_label(upper), mine, [power[upper]] if upper in power else []))
    if far:
        rows.append(_row("any gap, gfw_segments", elsewhere, []))
        rows.append(_row("any gap, both", near + elsewhere, []))
    rows.append(_row("way point, no stay", answers[len(cuts) + len(far) :], []))
    hulls, stays = {c.mmsi for c in cuts}, {(c.mmsi, c.stay) for c in cuts}
    return BenchReport(
        name="ais-reach",
        data=(
            f"sbarc_2018, recorded, 5 days, {n:,} positions; gaps cut around {len(stays)} calls "
            f"of {len(hulls)} hulls ({lost} more would have run out of the data)"
            + (f"; gfw_segments, recorded, worldwide, {len(far)} gaps" if far else "")
        ),
        columns=COLUMNS,
        rows=rows,
        notes=[*NOTES, *_missed(answers)],
    )


def cuts_of(
    data: Path, name: str, listed: pl.DataFrame, size: int, *, hours: float
) -> tuple[list[Cut], list[Cut], int, int]:
    """Gaps around calls and around way points of one recorded set; how many calls ran out of it.

    The last number is that of its positions.

    Args:
        data: the folder of recorded data.
        name: which set.
        listed: ports to name the anchorages after.
        size: gaps at most.
        hours: a shorter stay makes no anchorage.
    """
    tracks = tracks_of(recorded(data, name))
    motion = motion_of(tracks, segment(tracks))
    spells = stationary_spells(motion)
    points = named_after(anchorages(spells, vessels=1, hours=hours), listed, within_km=12.0)
    calls = port_calls(motion, spells, port_index(points)).filter(pl.col("verdict") == "called")
    cuts, lost = cut_gaps(calls, motion, points, size)
    return cuts, cut_ways(motion, size), lost, len(tracks)


def port_list(data: Path) -> pl.DataFrame:
    """The World Port Index as a table of ports."""
    path = data / "registry" / "wpi" / "UpdatedPub150.csv.gz"
    with gzip.open(path) as told:
        whole = pl.read_csv(told.read(), infer_schema_length=0)
    return ports_table(
        whole.select(
            port="World Port Index Number",
            name="Main Port Name",
            lon=pl.col("Longitude").cast(pl.Float64),
            lat=pl.col("Latitude").cast(pl.Float64),
            locode="UN/LOCODE",
        )
    )


def cut_gaps(
    calls: pl.DataFrame, motion: Motion, points: pl.DataFrame, size: int
) -> tuple[list[Cut], int]:
    """Gaps around calls, spread evenly over them; and how many ran out of the data."""
    pieces: dict[int, list[int]] = {}
    for p in range(len(motion.mmsi)):
        pieces.setdefault(int(motion.mmsi[p]), []).append(p)
    cuts: list[Cut] = []
    lost = 0
    for call in calls.iter_rows(named=True):
        for margin_h in MARGINS_H:
            tried = (_cut(call, margin_h, motion, p, points) for p in pieces[call["mmsi"]])
            cut = next((one for one in tried if one is not None), None)
            if cut is None:
                lost += 1
            else:
                cuts.append(cut)
    if len(cuts) > size:
        cuts = [cuts[k] for k in np.linspace(0, len(cuts) - 1, size).astype(int)]
    return cuts, lost


def cut_ways(motion: Motion, size: int) -> list[Cut]:
    """Gaps around fixes under way, one or two a track: no stay gives time, so these are hardest."""
    found: list[Cut] = []
    for p in range(len(motion.mmsi)):
        begins, ends = int(motion.starts[p]), int(motion.starts[p + 1])
        for turn, share in enumerate((0.4, 0.6)):
            k = begins + int(share * (ends - begins))
            margin_us = round(MARGINS_H[(p + turn) % len(MARGINS_H)] * 3.6e9)
            left, right = motion.at_us[k] - margin_us, motion.at_us[k] + margin_us
            at = motion.at_us[begins:ends]
            if not (motion.speed_kn[k] > UNDER_WAY_KN and at[0] <= left and right <= at[-1]):
                continue
            i = begins + int(np.searchsorted(at, left, side="right")) - 1
            j = begins + int(np.searchsorted(at, right, side="left"))
            here = _at(motion, k)
            found.append(
                Cut(int(motion.mmsi[p]), "", here, here, _gap(motion, begins, i, j, ends), 0.0)
            )
    if len(found) > size:
        found = [found[k] for k in np.linspace(0, len(found) - 1, size).astype(int)]
    return found


def _at(motion: Motion, k: int) -> Position:
    return Position(lon=float(motion.lon[k]), lat=float(motion.lat[k]))


def _gap(motion: Motion, begins: int, i: int, j: int, ends: int) -> GapEnds:
    """The gap from fix i to fix j of a track; the hull's speed is learned from the rest of it."""
    left = np.concatenate((np.arange(begins, i + 1), np.arange(j, ends)))
    sailing = left[motion.sog_kn[left] > UNDER_WAY_KN]
    under_way = motion.sog_kn[sailing]
    clock = len(np.unique(motion.at_us[sailing] // 3_600_000_000))
    p99 = float(np.quantile(under_way, 0.99)) if len(under_way) else None
    hours = float(motion.at_us[j] - motion.at_us[i]) / 3.6e9
    return GapEnds(_at(motion, i), _at(motion, j), hours, ceiling_of(p99, clock))


def _cut(
    call: dict[str, Any], margin_h: float, motion: Motion, piece: int, points: pl.DataFrame
) -> Cut | None:
    """The gap that hides a call and so many hours about it, if the track is longer than that."""
    begins, ends = int(motion.starts[piece]), int(motion.starts[piece + 1])
    at = motion.at_us[begins:ends]
    first, last = (round(call[k].timestamp() * 1e6) for k in ("start", "end"))
    margin_us = round(margin_h * 3.6e9)
    if at[0] > first - margin_us or at[-1] < last + margin_us:
        return None
    if first not in at:
        return None
    i = begins + int(np.searchsorted(at, first - margin_us, side="right")) - 1
    j = begins + int(np.searchsorted(at, last + margin_us, side="left"))
    inside = np.arange(np.searchsorted(at, first), np.searchsorted(at, last) + 1) + begins
    rested = inside[np.argmin(np.nan_to_num(motion.speed_kn[inside], nan=99.0))]
    stay = _at(motion, int(rested))
    apart = great_circle_nm_many(points["lon"], points["lat"], stay.lon, stay.lat)
    nearest = points.row(int(apart.argmin()), named=True)
    return Cut(
        mmsi=call["mmsi"],
        port=nearest["port"],
        anchorage=Position(lon=nearest["lon"], lat=nearest["lat"]),
        stay=stay,
        gap=_gap(motion, begins, i, j, ends),
    )


def _answer(cut: Cut, listed: pl.DataFrame, distance: Distance) -> Answer:
    sites = [ReachSite("anchorage", cut.anchorage, cut.radius_nm)]
    true = listed.filter(pl.col("port") == cut.port)
    if true.height:
        where = Position(lon=true["lon"][0], lat=true["lat"][0])
        sites.append(ReachSite("listed", where, radius_nm=LISTED_RADIUS_NM))
    found = reach_over(cut.gap, sites, distance)
    return Answer(cut, found[0], found[1] if len(found) > 1 else None)


def _power(
    cuts: list[Cut], listed: pl.DataFrame, distance: Distance, progress: Progress
) -> dict[float, tuple[int, int]]:
    """Other ports excluded, and how many there were, by class of gap length."""
    counted: dict[float, tuple[int, int]] = {}
    for number, upper in enumerate(CLASSES_H):
        progress("other ports", 0.7 + 0.3 * number / len(CLASSES_H))
        mine = [cut for cut in cuts if _class(cut) == upper]
        chosen = (
            [mine[k] for k in np.unique(np.linspace(0, len(mine) - 1, SAMPLE).astype(int))]
            if mine
            else []
        )
        out = total = 0
        for cut in chosen:
            apart = great_circle_nm_many(listed["lon"], listed["lat"], cut.stay.lon, cut.stay.lat)
            others = listed.filter(pl.Series((apart > APART_NM) & (apart <= OTHERS_NM)))
            sites = [
                ReachSite(row["port"], Position(lon=row["lon"], lat=row["lat"]), LISTED_RADIUS_NM)
                for row in others.iter_rows(named=True)
            ]
            found = reach_over(cut.gap, sites, distance)
            out += sum(one.reach.verdict == "excluded" for one in found)
            total += len(found)
        counted[upper] = (out, total)
    return counted


def _class(cut: Cut) -> float:
    return next(upper for upper in CLASSES_H if cut.gap.gap_h < upper)


def _label(upper: float) -> str:
    lower = max((one for one in CLASSES_H if one < upper), default=0.0)
    return f"over {lower:g} h" if upper == float("inf") else f"{lower:g} to {upper:g} h"


def _row(label: str, answers: list[Answer], power: list[tuple[int, int]]) -> dict[str, Any]:
    total_gaps, answers = len(answers), [a for a in answers if _judged(a.anchorage)]
    near = [one.anchorage for one in answers]
    far = [one.listed for one in answers if one.listed is not None and _judged(one.listed)]
    missed_hulls = {a.cut.mmsi for a in answers if a.anchorage.reach.verdict == "excluded"}
    hulls = {a.cut.mmsi for a in answers}
    out, total = (sum(part) for part in zip(*power, strict=True)) if power else (0, 0)
    return dict(
        zip(
            COLUMNS,
            (
                label,
                total_gaps,
                len(hulls),
                total_gaps - len(near),
                _inside(near),
                _interval(sum(one.reach.verdict == "excluded" for one in near), len(near)),
                _interval(len(missed_hulls), len(hulls)),
                _inside(far),
                len(far),
                f"{out / total:.0%}" if total else None,
                total,
            ),
            strict=True,
        )
    )


def _judged(found: SiteReach) -> bool:
    return found.reach.verdict != "unknown"


def _inside(found: list[SiteReach]) -> str | None:
    if not found:
        return None
    return f"{sum(one.reach.verdict != 'excluded' for one in found) / len(found):.2%}"


def _interval(missed: int, of: int) -> str | None:
    """Clopper-Pearson for the share that was not missed."""
    if not of:
        return None
    low = beta.ppf(0.025, of - missed, missed + 1) if missed < of else 0.0
    high = beta.ppf(0.975, of - missed + 1, missed) if missed else 1.0
    return f"{low:.1%} to {high:.1%}"


def _missed(answers: list[Answer]) -> list[str]:
    return [
        f"Missed: MMSI {one.cut.mmsi}, {site} of {one.cut.port}, gap {one.cut.gap.gap_h:.1f} h, "
        f"ceiling {one.cut.gap.ceiling_kn:.1f} kn. {' '.join(found.reach.messages)}"
        for one in answers
        for site, found in (("anchorage", one.anchorage), ("listed port", one.listed))
        if found is not None and found.reach.verdict == "excluded"
    ]
