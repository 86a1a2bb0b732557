"""How honest the gap test is, and how fast: calibration, planted gaps, exits, and the splitter.

What a feed hears is learned on the first days, and scored on later ones; only how alive the feed
was at each half hour is taken from the scored days themselves, for it must be. ``quaywatch bench
ais-gaps``.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.bins import NM_PER_DEG, cell_of, east_of
from quaywatch.ais.chains import Chains, chains_of, silences_of
from quaywatch.ais.gap_company import ends_under_way, with_company
from quaywatch.ais.gaps import GapRules, gaps, silence_ends, weighed
from quaywatch.ais.reception import Reception, reception_counts
from quaywatch.ais.reception_spread import LEVELS
from quaywatch.ais.segments import Segmentation, segment
from quaywatch.ais.track import Floats, Indices, Tracks, tracks_of
from quaywatch.geo.geodesic import great_circle_nm_many
from quaywatch.testing.bench.gap_speed import speed_rows
from quaywatch.testing.bench.recorded import recorded
from quaywatch.testing.bench.report import BenchReport, Progress

SPLIT: Final = datetime(2018, 6, 4, tzinfo=UTC)
"""Reception is learned before, and scored from here on."""
CUT_H: Final = (2.0, 4.0, 8.0, 12.0)
OUTSIDE_H: Final = 3.0
"""A ship was leaving if after so long at her speed she is where hardly anyone is heard."""
_HOUR_US: Final = 3.6e9
_EVERY_MINUTES: Final = 20
_UNDER_WAY_KN: Final = 3.0
_PER: Final = 1000.0


@dataclass(frozen=True, slots=True)
class Days:
    """Some days of the data, with everything that a gap test needs."""

    frame: pl.DataFrame
    tracks: Tracks
    told: Segmentation
    counts: pl.DataFrame

    @classmethod
    def of(cls, frame: pl.DataFrame) -> "Days":
        """Segment and count."""
        tracks = tracks_of(frame)
        told = segment(tracks)
        return cls(frame, tracks, told, reception_counts(tracks, told))

    @property
    def vessel_days(self) -> float:
        """Days between the first and last report of each transponder, summed."""
        at, starts = self.tracks.at_us, self.tracks.starts
        return float((at[starts[1:] - 1] - at[starts[:-1]]).sum() / _HOUR_US / 24.0)


def run(data: Path, progress: Progress, *, size: int = 60_000) -> BenchReport:
    """Measure over ``sbarc_2018``.

    Args:
        data: folder of recorded data.
        progress: told what is being done.
        size: rows given to movingpandas (whole transponders), which is slow.

    """
    progress("reading", 0.0)
    frame = recorded(data, "sbarc_2018")
    learned, scored = (
        Days.of(frame.filter(pl.col("at") < SPLIT)),
        Days.of(frame.filter(pl.col("at") >= SPLIT)),
    )
    reception = reception_of(learned, scored)
    rows: list[dict[str, Any]] = []
    progress("calibration", 0.15)
    rows += _calibration(scored, reception)
    progress("real silences", 0.3)
    rows += _false_alarms(scored, reception)
    progress("planted gaps", 0.45)
    for hours in CUT_H:
        rows += _cut_rows(scored, reception, hours)
    progress("exits from coverage", 0.7)
    rows.append(_exit_row(scored, reception))
    progress("speed", 0.8)
    rows += speed_rows(frame, size)
    progress("done", 1.0)
    return BenchReport(
        name="ais-gaps",
        data=(
            f"sbarc_2018, recorded: {frame.height:,} positions of {frame['mmsi'].n_unique()} MMSIs "
            "off Southern California, 2018-06-01…05; reception learned on days 1–3, scored on 4–5"
        ),
        columns=("what", "n", "found", "low", "high", "unit"),
        rows=rows,
        notes=(
            "low and high: 95% Wilson interval of a share, or least and greatest of the repeats.",
            (
                "Nobody knows why the recorded silences came about: real switching off may be "
                "among them, so they bound false alarms from above."
            ),
            "Planted gaps are cut from tracks heard at least each half hour in the best cells.",
        ),
    )


def reception_of(learned: Days, scored: Days) -> Reception:
    """Rates and spreads of the days learned from, and the feed's strength on those scored."""
    when = Reception.of(scored.counts)
    return replace(
        Reception.of(learned.counts),
        zones=when.zones, alive=when.alive, first_slot=when.first_slot,
    )  # fmt: skip


def _calibration(days: Days, reception: Reception) -> list[dict[str, Any]]:
    """At moments spread evenly over each ship's time: P(nothing until her next report)."""
    p, judged, still = waits(days, reception, every_minutes=_EVERY_MINUTES)
    rows = []
    for name, which in (
        ("all", judged),
        ("under way", judged & ~still),
        ("at rest", judged & still),
    ):
        share = p[which]
        rows += [
            _share_row(
                f"waits with P ≤ {limit:g}, {name} ({100 * limit:g}% if honest)",
                int((share <= limit).sum()), len(share),
            )
            for limit in (0.5, 0.1, 0.01, 0.001)
        ]  # fmt: skip
        steps = np.arange(0.1, 1.0, 0.1)
        found = np.searchsorted(np.sort(share), steps, side="right") / max(len(share), 1)
        rows.append(
            {"what": f"waits, {name}: shares below P = 0.1, 0.2, … 0.9", "n": len(share),
             "found": " ".join(f"{x:.2f}" for x in found)}
        )  # fmt: skip
    return rows


def waits(
    days: Days, reception: Reception, *, every_minutes: int
) -> tuple[Floats, NDArray[np.bool_], NDArray[np.bool_]]:
    """P of waits from evenly spread moments; which could be judged; which ships lay still.

    Where the ship was at such a moment is taken from the line between the reports around it.
    """
    tracks, chains = days.tracks, chains_of(days.tracks, days.told)
    pairs, since = _moments(tracks, chains, every_minutes)
    unique, back = np.unique(pairs, axis=0, return_inverse=True)
    one_ends, one_kinds, one_before = silence_ends(tracks, chains, unique, reception)
    ends, kinds, before = one_ends[back], one_kinds[back], one_before[back]
    off, on = chains.order[pairs[:, 1]], chains.order[pairs[:, 2]]
    share = (since - tracks.at_us[off]) / np.maximum(tracks.at_us[on] - tracks.at_us[off], 1)
    east = np.array([east_of(a, b) for a, b in zip(ends[:, 0], ends[:, 2], strict=True)])
    ends[:, 0] = (ends[:, 0] + share * east + 540.0) % 360.0 - 180.0
    ends[:, 1] += share * (ends[:, 3] - ends[:, 1])
    ends[:, 4] *= 1.0 - share
    numbers = weighed(reception, tracks.mmsi[off], ends, since, kinds, before, GapRules(ways=16))
    judged = (numbers[:, 2] > 0.9) & (numbers[:, 0] > 0.0)
    return numbers[:, 1], judged, ~(ends[:, 6] >= _UNDER_WAY_KN)


def _moments(tracks: Tracks, chains: Chains, every_minutes: int) -> tuple[Indices, Indices]:
    """Moments each so many minutes of each chain, with the reports around them."""
    rows: list[NDArray[np.int64]] = []
    when: list[NDArray[np.int64]] = []
    step = every_minutes * 60_000_000
    for c in range(len(chains)):
        first, end = int(chains.starts[c]), int(chains.starts[c + 1])
        at = tracks.at_us[chains.order[first:end]]
        # The offset is the MMSI's own, so that no moment falls on a round hour for everyone.
        moments = np.arange(at[0] + int(tracks.mmsi[chains.order[first]]) % step, at[-1], step)
        k = np.searchsorted(at, moments, side="right") - 1
        rows.append(np.column_stack([np.full(len(k), c), first + k, first + k + 1]))
        when.append(moments)
    return np.concatenate(rows).astype(np.int64), np.concatenate(when).astype(np.int64)


def _false_alarms(days: Days, reception: Reception) -> list[dict[str, Any]]:
    """Significant gaps per 1,000 vessel-days of ships that nobody accuses."""
    rows = []
    rules = GapRules(hours=2.0)
    found = _beside_others(days, gaps(days.tracks, days.told, reception, rules=rules))
    found = found.filter(pl.col("applicable") | (pl.col("verdict") == "unjudged"))
    rest = found["detail"].str.json_path_match("$.at_rest") == "true"
    for name, some in (("", found), (", ship not at one place", found.filter(~rest))):
        strong = some.filter(pl.col("verdict") == "significant").height
        rows.append(_rate_row(f"recorded silences ≥ 2 h called significant{name}", strong, days))
    for word in ("unusual", "not-informative", "unjudged"):
        number = found.filter(pl.col("verdict") == word).height
        rows.append(_share_row(f"recorded silences ≥ 2 h called {word}", number, found.height))
    rows.append(
        _rate_row("the same, each ship with another's quality: significant",
                  _exchanged(days, reception, rules), days)
    )  # fmt: skip
    return rows


def _beside_others(days: Days, found: pl.DataFrame) -> pl.DataFrame:
    return with_company(found, ends_under_way(days.tracks, days.told))


def _exchanged(days: Days, reception: Reception, rules: GapRules) -> int:
    """Significant silences if how well each ship was heard before is that of another ship."""
    chains = chains_of(days.tracks, days.told)
    pairs = silences_of(days.tracks, chains, rules.hours)
    ends, kinds, before = silence_ends(days.tracks, chains, pairs, reception)
    other = np.random.Generator(np.random.PCG64(7)).permutation(len(before))
    before = np.column_stack([before[other, :3], before[:, 3:]])
    off = chains.order[pairs[:, 1]]
    numbers = weighed(
        reception, days.tracks.mmsi[off], ends, days.tracks.at_us[off], kinds, before, rules
    )
    return int(significant(numbers, before, ends[:, 4], rules).sum())


def significant(
    numbers: Floats, before: Floats, hours: Floats, rules: GapRules
) -> NDArray[np.bool_]:
    """The verdict of ``gap_verdict`` on columns ``JUDGED`` and ``BEFORE``, terrestrial."""
    looks = np.maximum(before[:, 4] / hours, 1.0)
    p = numbers[:, 1]
    strong: NDArray[np.bool_] = (
        (numbers[:, 0] >= rules.expected)
        & (-np.log(np.maximum(p, 1e-12)) >= rules.significant)
        & (p * looks <= rules.chance)
    )
    return strong


def _cut_rows(days: Days, reception: Reception, hours: float) -> list[dict[str, Any]]:
    """Gaps cut into tracks that are heard well: how many are found."""
    kept, made = cut(days, reception, hours, seed=round(hours))
    cut_days = tracks_of(days.frame[kept])
    found = gaps(cut_days, segment(cut_days), reception, rules=GapRules(hours=hours * 0.95))
    # The ends of the other cuts are no company: only what was recorded is.
    found = _beside_others(days, found)
    joined = made.join(found, on=["mmsi", "start"], how="left")
    rows = []
    for name, which in (("under way", joined["under_way"]), ("at rest", ~joined["under_way"])):
        some = joined.filter(which)
        strong = some.filter(pl.col("verdict") == "significant").height
        rows.append(_share_row(f"gap of {hours:g} h cut, {name}: significant", strong, some.height))
    unusual = joined.filter(pl.col("verdict").is_in(["significant", "unusual"])).height
    rows.append(
        _share_row(f"gap of {hours:g} h cut: unusual or significant", unusual, joined.height)
    )
    return rows


def cut(
    days: Days, reception: Reception, hours: float, *, seed: int
) -> tuple[Indices, pl.DataFrame]:
    """Rows that are left, and the gaps made: one a ship, where she is heard in the best cells."""
    tracks = days.tracks
    random = np.random.Generator(np.random.PCG64(seed))
    gone = np.zeros(days.frame.height, bool)
    made = []
    for v in range(len(tracks.starts) - 1):
        first, end = int(tracks.starts[v]), int(tracks.starts[v + 1])
        at = tracks.at_us[first:end] / _HOUR_US
        for _ in range(5):
            if at[-1] - at[0] < hours + 2.0:
                break
            start = random.uniform(at[0] + 1.0, at[-1] - hours - 1.0)
            i, j = np.searchsorted(at, start) - 1, np.searchsorted(at, start + hours)
            if j < len(at) and _well_heard(tracks, reception, first + i, first + j):
                gone[tracks.row[first + i + 1 : first + j]] = True
                speed = float(np.nanmedian(tracks.sog_kn[first + i : first + j]))
                made.append((tracks.mmsi[first], tracks.at_us[first + i], speed >= _UNDER_WAY_KN))
                break
    table = pl.DataFrame(
        made, schema={"mmsi": pl.UInt32, "us": pl.Int64, "under_way": pl.Boolean}, orient="row"
    )
    stamped = table.with_columns(start=pl.col("us").cast(pl.Datetime("us", "UTC")))
    return np.flatnonzero(~gone), stamped


def _well_heard(tracks: Tracks, reception: Reception, i: int, j: int) -> bool:
    if np.diff(tracks.at_us[i : j + 1]).max() > _HOUR_US / 2:
        return False
    cells = [cell_of(tracks.lon[k], tracks.lat[k]) for k in range(i, j + 1, 5)]
    place = reception.peers.index[cells]
    return bool((place >= 0).all() and (reception.spread.level[place, 1] == 0).all())


def _exit_row(days: Days, reception: Reception) -> dict[str, Any]:
    """Ships that leave coverage under way, joined to others that come in: gaps with a reason."""
    ends, kinds, off, before = exits(days, reception)
    numbers = weighed(
        reception, days.tracks.mmsi[off], ends, days.tracks.at_us[off], kinds, before, GapRules()
    )
    strong = int(significant(numbers, before, ends[:, 4], GapRules()).sum())
    return _share_row("exits from coverage and returns, 4–48 h: significant", strong, len(ends))


def exits(days: Days, reception: Reception) -> tuple[Floats, Indices, Indices, Floats]:
    """Real last reports joined to real first reports of other ships that could be the same.

    One ship was on her way out of coverage, the other came in from outside, 4 to 48 h later and
    within 40 nm: as one ship, one that sailed out and came back, whom nobody could hear.
    """
    tracks, chains = days.tracks, chains_of(days.tracks, days.told)
    long = np.diff(chains.starts) >= 20  # a garbled number is no ship
    last = chains.order[chains.starts[1:] - 1][long]
    first = chains.order[chains.starts[:-1]][long]
    out = last[_outside(tracks, reception, last, hours=OUTSIDE_H)]
    back = first[_outside(tracks, reception, first, hours=-OUTSIDE_H)]
    a, b = np.repeat(out, len(back)), np.tile(back, len(out))
    hours = (tracks.at_us[b] - tracks.at_us[a]) / _HOUR_US
    nm = great_circle_nm_many(tracks.lon[a], tracks.lat[a], tracks.lon[b], tracks.lat[b])
    good = (hours >= 4.0) & (hours <= 48.0) & (nm <= np.minimum(12.0 * hours, 40.0))
    order = np.flatnonzero(good)[np.argsort(tracks.mmsi[a[good]], kind="stable")]
    a, b, hours = a[order], b[order], hours[order]
    ends = np.column_stack(
        [tracks.lon[a], tracks.lat[a], tracks.lon[b], tracks.lat[b], hours,
         np.full(len(a), 15.0), tracks.sog_kn[a], tracks.cog_deg[a], tracks.sog_kn[b],
         tracks.cog_deg[b]]
    ).astype(np.float64)  # fmt: skip
    kinds = np.column_stack([tracks.transponder[a], tracks.nav_status[a]]).astype(np.int64)
    return ends, kinds, a, np.zeros((len(a), 6))


def _outside(
    tracks: Tracks, reception: Reception, reports: Indices, *, hours: float
) -> NDArray[np.bool_]:
    """Whether ships under way, carried on (or back) so long, are in cells of the worst level."""
    course = np.radians(tracks.cog_deg[reports].astype(np.float64))
    nm = tracks.sog_kn[reports].astype(np.float64) * hours
    lat = tracks.lat[reports] + nm * np.cos(course) / NM_PER_DEG
    narrow = np.cos(np.radians(tracks.lat[reports]))
    lon = tracks.lon[reports] + nm * np.sin(course) / NM_PER_DEG / narrow
    known = (tracks.sog_kn[reports] >= _UNDER_WAY_KN) & np.isfinite(lon + lat)
    cells = [cell_of(x, y) if ok else 0 for x, y, ok in zip(lon, lat, known, strict=True)]
    place = reception.peers.index[cells]
    worst = (place < 0) | (reception.spread.level[place, 1] == LEVELS - 1)
    since = (tracks.at_us.max() - tracks.at_us[reports]) / _HOUR_US
    before = (tracks.at_us[reports] - tracks.at_us.min()) / _HOUR_US
    inside: NDArray[np.bool_] = (since if hours > 0 else before) > abs(hours)
    leaving: NDArray[np.bool_] = known & worst & inside
    return leaving


def _share_row(what: str, found: int, n: int) -> dict[str, Any]:
    if n == 0:
        return {"what": what, "n": 0, "found": None, "unit": "%"}
    low, high = _wilson(found, n)
    return {"what": what, "n": n, "found": 100.0 * found / n, "low": 100.0 * low,
            "high": 100.0 * high, "unit": "%"}  # fmt: skip


def _rate_row(what: str, found: int, days: Days) -> dict[str, Any]:
    per = _PER / days.vessel_days
    spread = 1.96 * np.sqrt(found + 1.0)
    return {"what": what, "n": found, "found": found * per,
            "low": max(found - spread, 0.0) * per, "high": (found + spread) * per,
            "unit": "per 1,000 vessel-days"}  # fmt: skip


def _wilson(found: int, n: int) -> tuple[float, float]:
    z = 1.96
    middle = (found + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * float(np.sqrt(found * (n - found) / n + z * z / 4))
    return max(middle - half, 0.0), min(middle + half, 1.0)
