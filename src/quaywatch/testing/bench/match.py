"""Hulls of simulated scenes over recorded tracks matched with thinned AIS, and radar recounted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import beta

from quaywatch.ais.read import read_ais
from quaywatch.ais.reception import Reception, merged_counts, reception_counts
from quaywatch.ais.segments import segment
from quaywatch.ais.track import tracks_of
from quaywatch.errors import SourceMissingError
from quaywatch.fusion.match_clock import clock_sigma_s
from quaywatch.fusion.match_gate import NONE, around
from quaywatch.fusion.match_hearing import HEARD_NEEDED, WINDOW_H, hearing_at
from quaywatch.fusion.match_motion import Law
from quaywatch.fusion.match_weight import Rules
from quaywatch.testing.bench.recorded import recorded
from quaywatch.testing.bench.report import BenchReport, Progress, timed
from quaywatch.testing.match_score import Tally, calibration_error, reliability, score
from quaywatch.testing.match_sim import Sea, Setting, cases, sea_of

FIRST_DAY: Final = datetime(2018, 6, 1, tzinfo=UTC)
LEARNT_DAYS: Final = 2
"""1 and 2 June 2018 were learnt on; 3 to 5 June are scored."""
DAYS: Final = 5
PER_TIME: Final = 3
SEED: Final = 5
PORT: Final = (-118.30, 33.60, -118.05, 33.80)
"""Los Angeles and Long Beach and their anchorages."""
_SENSORS: Final = (
    ("3 m", "planetscope", 3.0),
    ("10 m", "sentinel-2", 10.0),
    ("radar", "sentinel-1-grd", 10.0),
)


def settings() -> list[Setting]:
    """The ways of thinning that are scored."""
    found = [
        Setting(name, sensor, gsd, age)
        for name, sensor, gsd in _SENSORS
        for age in (2.0, 10.0, 30.0, 60.0, 180.0)
    ]
    three, _, radar = (Setting(name, sensor, gsd, 10.0) for name, sensor, gsd in _SENSORS)
    found += [
        replace(three, name="3 m, reports before only", age_min=30.0, sides="before"),
        replace(radar, name="radar, reports before only", age_min=30.0, sides="before"),
        replace(radar, name="radar, reports after only", age_min=30.0, sides="after"),
    ]
    found += [
        replace(one, name=f"{one.name}, port", age_min=age, half_side_m=6000.0, within=PORT)
        for one in (three, radar)
        for age in (10.0, 60.0)
    ]
    found += [
        replace(
            one, name=f"{one.name}, otherwise than assumed", age_min=30.0, p_detect=0.8,
            long_by=1.15, dropped=0.4, false_share=0.3,
        )
        for one in (three, radar)
    ]  # fmt: skip
    return found


def run(data: Path, progress: Progress, *, size: int = 90) -> BenchReport:
    """Match simulated scenes over ``sbarc_2018``; recount ``radarsat2_matches``.

    Args:
        data: the folder that docs/real-data.md describes.
        progress: told how far it is.
        size: capture times a row; three scenes each.

    """
    progress("reading AIS", 0.0)
    positions = recorded(data, "sbarc_2018")
    kinds = _kinds(data)
    sea = sea_of(positions, kinds)
    learnt = positions.filter(pl.col("at") < FIRST_DAY + timedelta(days=LEARNT_DAYS))
    rules = Rules(law=Law(clock_s=clock_sigma_s(tracks_of(learnt))))
    times = _times(size)
    rows, whole, spent = [], Tally(), 0.0
    every = settings()
    for number, setting in enumerate(every):
        progress(setting.name, 0.05 + 0.85 * number / len(every))
        tally = Tally()
        seconds, _, _ = timed(
            lambda s=setting, t=tally: t.add(  # type: ignore[misc]  # bound now, called now
                score(cases(sea, s, times, per_time=PER_TIME, seed=SEED), rules, kinds)
            ),
            repeats=1,
        )
        spent += seconds
        rows.append(_row(setting, tally))
        whole.add(tally)
    progress("reception", 0.92)
    every_one, likeliest = (whole.said, whole.so), (whole.top, whole.top_so)
    errors = [calibration_error(*pair) for pair in (every_one, likeliest)]
    together = (
        f"All rows together: {whole.scenes:,} scenes, {whole.hulls:,} hulls, ECE of every outcome "
        f"{errors[0]:.3f}, of the likeliest {errors[1]:.3f}; {spent:.0f} s of processor time."
    )
    notes = [
        together,
        *(
            f"Said {r['said']}: {r['n']} outcomes, mean {r['mean said']}, so {r['was so']}."
            for r in reliability(whole.said, whole.so)
        ),
        _heard(positions, sea, times),
        *_radarsat(data),
    ]
    return BenchReport(
        name="match",
        data=(
            f"sbarc_2018, recorded; true places of {len(sea.mmsi)} ships between reports no more "
            f"than 180 s apart, on 3 to 5 June 2018 (1 and 2 June were learnt on); lengths, hulls, "
            f"misses and false hulls simulated, {size} times and {PER_TIME} scenes each a row; "
            "radarsat2_matches, recorded"
        ),
        columns=tuple(rows[0]),
        rows=rows,
        notes=notes,
    )


def _kinds(data: Path) -> dict[int, int]:
    """Ship types as broadcast."""
    files = sorted((data / "ais" / "sbarc_2018").glob("*.gz"))
    said = pl.concat([b.statics for path in files for b in read_ais(path, source_id=path.name)])
    known = said.select("mmsi", "ship_type").drop_nulls().group_by("mmsi")
    return dict(known.agg(pl.col("ship_type").mode().min()).sort("mmsi").iter_rows())


def _times(size: int) -> NDArray[np.int64]:
    """Capture times over the scored days, an hour within them."""
    first = FIRST_DAY + timedelta(days=LEARNT_DAYS, hours=1)
    last = FIRST_DAY + timedelta(days=DAYS, hours=-1)
    ends = np.array([first.timestamp(), last.timestamp()]) * 1e6
    return np.linspace(ends[0], ends[1], size).astype(np.int64)


def _row(setting: Setting, tally: Tally) -> dict[str, Any]:
    return {
        "scenes": setting.name,
        "nearest report (min)": setting.age_min,
        "n": tally.scenes,
        "hulls": tally.hulls,
        "ECE": round(calibration_error(tally.said, tally.so), 3),
        "ECE of likeliest": round(calibration_error(tally.top, tally.top_so), 3),
        "matched, right": f"{tally.matched_right} of {tally.matched}",
        "of those heard": tally.could_match,
        "none of those heard, right": f"{tally.alone_right} of {tally.alone}",
        "of unheard": tally.could_alone,
        "dark, right": f"{tally.dark_right} of {tally.dark}",
        "of withheld ≥ 45 m": tally.could_dark,
        "broadcasters called dark": tally.accused,
    }


def _heard(positions: pl.DataFrame, sea: Sea, times: NDArray[np.int64]) -> str:
    """How often ships known to be there by reports hours apart were heard, beside what was said."""
    tracks = tracks_of(positions)
    reception = Reception.of(merged_counts([reception_counts(tracks, segment(tracks))]))
    within = int(WINDOW_H * 3.6e9)
    told: dict[bool | None, list[bool]] = {True: [], False: [], None: []}
    for at in times[::6].tolist():
        before = around(sea.reports, np.array([at - within]))[0][:, 0]
        first = around(sea.reports, np.array([at - within]))[1][:, 0]
        after = around(sea.reports, np.array([at + within]))[1][:, 0]
        for v in np.flatnonzero((before != NONE) & (after != NONE)):
            ends = sea.reports.at_us[[before[v], after[v]]]
            if (ends[1] - ends[0]) / 3.6e9 > 12.0 or sea.kind[v] // 10 not in {7, 8}:
                continue
            share = (at - ends[0]) / (ends[1] - ends[0])
            lon, lat = (
                float(x[before[v]] + share * (x[after[v]] - x[before[v]]))
                for x in (sea.reports.lon, sea.reports.lat)
            )
            said = hearing_at(reception, lon, lat, at)
            key = None if said.p_heard is None else said.adequate
            told[key].append(bool(sea.reports.at_us[first[v]] < at + within))
    return (
        f"Reception: of cargo ships and tankers known to be there by reports up to 12 h apart, "
        f"within {WINDOW_H:g} h {_share(told[True])} were heard where it is called adequate "
        f"({100 * HEARD_NEEDED:.0f}% said), {_share(told[False])} where it is not, and "
        f"{_share(told[None])} where too few peers tell."
    )


def _share(heard: Sequence[bool]) -> str:
    return f"{sum(heard)} of {len(heard)}"


def _radarsat(data: Path) -> list[str]:
    """Length error and recall of the reviewed RADARSAT-2 pairs."""
    path = data / "ais" / "radarsat2_matches" / "all_detections_and_vessels.csv"
    if not path.is_file():
        raise SourceMissingError(path=str(path))
    table = pl.read_csv(path, infer_schema_length=None)
    table = table.with_columns(pl.col("match_review").str.strip_chars())
    yes = table.filter(pl.col("match_review") == "yes").drop_nulls(["gfw_length", "sar_length"])
    notes = []
    for low, high in ((0, 45), (45, 100), (100, 200)):
        part = yes.filter(pl.col("gfw_length").is_between(low, high, closed="left"))
        off = (part["sar_length"] - part["gfw_length"]).to_numpy()
        ratio = np.log((part["sar_length"] / part["gfw_length"]).to_numpy())
        notes.append(
            f"RADARSAT-2 length, {low} to {high} m: bias {off.mean():+.0f} m, sd "
            f"{off.std(ddof=1):.0f} m, log ratio {ratio.mean():+.2f} ± {ratio.std(ddof=1):.2f}, "
            f"n = {part.height}."
        )
    inside = table.filter(pl.col("ssvid").is_not_null() & pl.col("within_footprint_5km"))
    for low, high in ((0, 30), (30, 45), (45, 60), (60, 120), (120, 1000)):
        part = inside.filter(pl.col("gfw_length").is_between(low, high, closed="left"))
        found = part.filter(pl.col("match_review").is_in(["yes", "yes_amb"])).height
        due = float(part["likelihood_in"].sum())
        low_p, high_p = beta.ppf([0.025, 0.975], found + 0.5, max(due - found, 0.0) + 0.5)
        notes.append(
            f"RADARSAT-2 recall, {low} to {high} m: {found} of {due:.0f} due, "
            f"{found / due:.2f} ({low_p:.2f} to {high_p:.2f})."
        )
    return notes
