"""Port calls: when a ship came within reach of a port, whether it stopped there, and at what berth.

Global Fishing Watch's rules (entry within 3 km of a point, exit beyond 4 km of every point, a
stop below 0.2 kn, a silence of four hours), segment by segment, with what was *not* seen said
beside what was: a call that runs on at the end of the data has no end, and a reason. Berths drawn
as polygons are a second layer.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.compiled import compiled
from quaywatch.ais.events import EVENTS_FRAME, as_events
from quaywatch.sites.facility import Site
from quaywatch.voyages.berths import berths_of, beside
from quaywatch.voyages.motion import Motion, apart_m, segments_between
from quaywatch.voyages.origins import with_origins
from quaywatch.voyages.ports import ENTRY_KM, EXIT_KM, PortIndex, nearest, nearest_port

METHOD: Final = "port-call@2"
GAP_H: Final = 4.0
"""A silence in port at least this long counts as GFW's port gap."""
LEAST_STOP_H: Final = 1 / 6
"""A stop that cannot have lasted longer than this is none: one noisy speed of a passing ship."""
_DETAIL: Final = [
    "port", "port_name", "port_m", "confidence", "stopped_h", "stops", "longest_silence_h",
    "entry_open_h", "exit_open_h", "other_ports", "berth", "berth_m", "berth_margin_m",
    "berths_near", "entry_seen", "exit_seen", "last_in_port", "continues", "segments",
    "stop_lon", "stop_lat", "rest_from", "rest_to",
]  # fmt: skip


def port_calls(
    motion: Motion,
    spells: pl.DataFrame,
    ports: PortIndex,
    *,
    berths: Sequence[Site] | None = None,
    positions: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Calls of one bucket as events of kind ``port-call``.

    ``verdict`` is ``called`` (GFW confidence 4: entry and exit seen, and a stop or a silence of
    four hours between), ``called-partly-seen`` (3: one of entry and exit), ``stayed`` (2:
    neither), ``passed`` (1: no stop and no silence) or ``passed-then-silent`` (no stop, but not
    heard for four hours after its last fix in port: GFW counts that as time in port, and
    ``confidence`` follows it; the verdict does not claim a call). ``start`` is the first fix
    within reach, ``end`` the last; ``end`` is null where the segment ends in port
    (``last_in_port`` says when it was last heard there), and ``reason`` says which of arrival and
    departure was not seen. ``lon`` and ``lat`` are those of that first fix, as is its record:
    where the hull *lay* is in ``stop_lon`` and ``stop_lat`` (mean of its longest stop at a point
    of the port, else of its longest), and when in ``rest_from`` and ``rest_to`` (from the first
    stop to the end of the last, cut to the visit; null where it made none).
    ``statistic`` is the time between those two fixes, a lower bound of the stay, in hours.
    ``entry_open_h`` and ``exit_open_h`` say how long before the first (after the last) such fix
    the ship was last (next) heard elsewhere: the times are known no better than that. A call
    that rests on segments of which one plausibly continues the other names them in ``segments``;
    where unlinked ones end and begin in the same port they stay two events, and ``continues``
    says so.

    Args:
        motion: one bucket, from ``motion_of``.
        spells: its ``stationary_spells``.
        ports: from ``port_index``.
        berths: sites whose berths are looked up for each stop, within 300 m.
        positions: the frame that the tracks came from; gives the ends their ``source_id``.

    Bias: a ship that enters and leaves between two fixes is not seen at all: that is a question
    of reach, not of calls. A silence of four hours in port may hide an absence.

    Source:
        Global Fishing Watch, pipe-anchorages (thresholds and confidence levels).

    Examples:
        >>> from quaywatch.voyages.motion import drawn, motion_of
        >>> from quaywatch.voyages.ports import port_index
        >>> from quaywatch.voyages.spells import stationary_spells
        >>> way = [(0, 0.2, 0.0, 12.0), (3600, 0.0, 0.0, 0.0), (36000, 0.0, 0.0, 0.0)]
        >>> motion = motion_of(drawn({1: [*way, (39600, 0.2, 0.0, 12.0)]}))
        >>> index = port_index(pl.DataFrame({"port": ["a"], "lon": [0.0], "lat": [0.0]}))
        >>> port_calls(motion, stationary_spells(motion), index).select(
        ...     "verdict", "statistic").row(0)
        ('called', 9.0)

    """
    visits = _visits(motion, ports)
    if not visits.height:
        return pl.DataFrame(schema=EVENTS_FRAME)
    stops = _stops_in(visits, spells, ports, berths)
    calls = visits.join(stops, on="visit", how="left")
    calls = _judged(_named(calls, ports))
    calls = with_origins(calls, positions)
    return as_events(calls, detail=_DETAIL)


def _visits(motion: Motion, ports: PortIndex) -> pl.DataFrame:
    """Stays within reach of any point, before stops are laid to them."""
    found = _walk(
        motion.at_us,
        motion.lon,
        motion.lat,
        motion.starts,
        ports.slots,
        ports.offsets,
        ports.members,
        ports.lon,
        ports.lat,
        ports.radius_m,
    )
    piece, first, last = found[:, 0], found[:, 1], found[:, 2]
    at, begins, ends = motion.at_us, motion.starts[piece], motion.starts[piece + 1]
    entry, exits = first > begins, last + 1 < ends
    before = at[first] - at[np.maximum(first - 1, 0)]
    after = at[np.minimum(last + 1, len(at) - 1)] - at[last]
    return pl.DataFrame(
        {
            "visit": np.arange(len(found), dtype=np.uint32),
            "mmsi": motion.mmsi[piece],
            "segment": motion.segment[first].astype(np.uint32),
            "chain": motion.segment[begins].astype(np.uint32),
            "segments": segments_between(motion, first, last),
            "first": at[first],
            "last": at[last],
            "entry_seen": entry,
            "exit_seen": exits,
            "entry_open_h": np.where(entry, before, np.nan) / 3.6e9,
            "exit_open_h": np.where(exits, after, np.nan) / 3.6e9,
            "longest_silence_h": found[:, 3] / 3.6e9,
            "n": last - first + 1,
            "passed_point": found[:, 4],
            "passed_m": found[:, 5] / 1000.0,
            "lon": motion.lon[first],
            "lat": motion.lat[first],
            "end_lon": motion.lon[last],
            "end_lat": motion.lat[last],
            "row": motion.row[first],
            "end_row": motion.row[last],
        },
        schema_overrides={"segments": pl.String},
    ).with_columns(
        pl.from_epoch("first", "us").dt.replace_time_zone("UTC"),
        pl.from_epoch("last", "us").dt.replace_time_zone("UTC"),
        pl.col("entry_open_h", "exit_open_h").fill_nan(None),
    )


def _stops_in(
    visits: pl.DataFrame, spells: pl.DataFrame, ports: PortIndex, berths: Sequence[Site] | None
) -> pl.DataFrame:
    """What the stops of each visit say: how long, at which point, at which berth."""
    held = (
        visits.select("visit", "mmsi", "chain", "first", "last")
        .join(spells, on=["mmsi", "chain"])
        .filter((pl.col("start") <= pl.col("last")) & (pl.col("end") >= pl.col("first")))
        .with_columns(
            hours=(pl.col("end") - pl.col("start")).dt.total_microseconds() / 3.6e9,
            _most=(
                pl.coalesce("after", "end") - pl.coalesce("before", "start")
            ).dt.total_microseconds()
            / 3.6e9,
        )
        # A single fix at the very edge of the data tells nothing of its length; it is kept.
        .filter(
            (pl.col("_most") >= LEAST_STOP_H)
            | pl.col("before").is_null()
            | pl.col("after").is_null()
        )
    )
    point, metres = nearest_port(ports, held["lon"].to_numpy(), held["lat"].to_numpy())
    held = held.with_columns(point=pl.Series(point), port_m=pl.Series(metres))
    held = held.hstack(beside(berths_of(berths or ()), held["lon"], held["lat"]))
    held = held.sort("visit", "hours", "start", descending=[False, True, False])
    alongside = pl.col("berths_near").is_not_null()
    near = pl.col("point") >= 0
    return held.group_by("visit", maintain_order=True).agg(
        stops=pl.len(),
        stopped_h=pl.col("hours").sum(),
        stop_point=pl.col("point").filter(pl.col("point") >= 0).first(),
        stop_m=pl.col("port_m").filter(pl.col("point") >= 0).first(),
        points=pl.col("point").filter(pl.col("point") >= 0),
        stop_lon=pl.coalesce(pl.col("lon").filter(near).first(), pl.col("lon").first()),
        stop_lat=pl.coalesce(pl.col("lat").filter(near).first(), pl.col("lat").first()),
        rest_from=pl.max_horizontal(pl.col("start").min(), pl.col("first").first()),
        rest_to=pl.min_horizontal(pl.col("end").max(), pl.col("last").first()),
        berth=pl.col("berth").filter(alongside).first(),
        berth_m=pl.col("berth_m").filter(alongside).first(),
        berth_margin_m=pl.col("berth_margin_m").filter(alongside).first(),
        berths_near=pl.col("berths_near").filter(alongside).first(),
    )


def _named(calls: pl.DataFrame, ports: PortIndex) -> pl.DataFrame:
    """Which port: that of the longest stop, else the nearest point that was passed."""
    point = pl.coalesce(pl.col("stop_point"), pl.col("passed_point"))
    calls = calls.with_columns(
        point=point, port_m=pl.coalesce(pl.col("stop_m"), pl.col("passed_m"))
    )
    ids, names = ports.table["port"], ports.table["name"]
    which = calls["point"].to_list()
    others = []
    for here, points in zip(which, calls["points"].to_list(), strict=True):
        more = sorted({ids[p] for p in points or () if ids[p] != ids[here]})
        others.append(", ".join(more) if more else None)
    return calls.with_columns(
        port=ids.gather(which),
        port_name=names.gather(which),
        other_ports=pl.Series(others, dtype=pl.String),
    )


def _judged(calls: pl.DataFrame) -> pl.DataFrame:
    rested = pl.col("stops").is_not_null() | (pl.col("longest_silence_h") >= GAP_H)
    # GFW counts a silence that follows the last fix in port as time in port. It may have been.
    hidden = ~rested & (pl.col("exit_open_h").fill_null(0.0) >= GAP_H)
    seen = pl.col("entry_seen").cast(pl.Int32) + pl.col("exit_seen").cast(pl.Int32)
    confidence = pl.when(~(rested | hidden)).then(1).otherwise(seen + 2)
    verdicts = {4: "called", 3: "called-partly-seen", 2: "stayed", 1: "passed"}
    begins = pl.when(~pl.col("entry_seen")).then(
        pl.lit("Arrival not seen: the segment begins in port.")
    )
    ends = pl.when(~pl.col("exit_seen")).then(
        pl.lit("Departure not seen: the segment ends in port.")
    )
    silent = pl.when(hidden).then(
        pl.format(
            "Seen to pass, then not heard for {} h: it may have called. Judge the gap.",
            pl.col("exit_open_h").round(1),
        )
    )
    single = pl.when(pl.col("n") == 1).then(pl.lit("It rests on one fix."))
    calls = calls.sort("mmsi", "first").with_columns(
        confidence=confidence,
        lower_h=(pl.col("last") - pl.col("first")).dt.total_microseconds() / 3.6e9,
    )
    following = pl.col("segment").shift(-1).over("mmsi")
    goes_on = (
        ~pl.col("exit_seen")
        & (pl.col("port").shift(-1).over("mmsi") == pl.col("port"))
        & ~pl.col("entry_seen").shift(-1).over("mmsi")
    )
    hours = (pl.col("first").shift(-1).over("mmsi") - pl.col("last")).dt.total_minutes() / 60.0
    return calls.with_columns(
        kind=pl.lit("port-call"),
        verdict=pl.when(hidden)
        .then(pl.lit("passed-then-silent"))
        .otherwise(confidence.replace_strict(verdicts, return_dtype=pl.String)),
        applicable=pl.lit(value=True),
        start=pl.col("first"),
        last_in_port=pl.col("last").dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        rest_from=pl.col("rest_from").dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        rest_to=pl.col("rest_to").dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        end=pl.when("exit_seen").then("last"),
        statistic=pl.col("lower_h"),
        unit=pl.lit("h"),
        method=pl.lit(METHOD),
        stops=pl.col("stops").fill_null(0),
        stopped_h=pl.col("stopped_h").fill_null(0.0),
        continues=pl.when(goes_on).then(
            pl.format("segment {} begins here {} h later", following, hours.round(1))
        ),
        reason=pl.concat_str(
            [begins, ends, silent, single], separator=" ", ignore_nulls=True
        ).replace("", None),
    )


@compiled
def _walk(  # noqa: C901, PLR0912  # one kernel over all fixes
    at: NDArray[np.int64],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    starts: NDArray[np.int64],
    slots: NDArray[np.int32],
    offsets: NDArray[np.int64],
    members: NDArray[np.int32],
    port_lon: NDArray[np.float64],
    port_lat: NDArray[np.float64],
    radius_m: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Visits: piece, first and last fix inside, longest silence (us), nearest point, its mm.

    The distance to the nearest point is known to change by no more than the ship moved, so it
    is sought again only where that leaves the answer open.
    """
    entry_m, exit_m = ENTRY_KM * 1000.0, EXIT_KM * 1000.0
    found = np.empty((len(at) + 1, 6), np.int64)
    count = 0
    for p in range(len(starts) - 1):
        inside, first, last, silent, best, best_m = False, 0, 0, 0, -1, np.inf
        ref_lon, ref_lat, ref_m = np.nan, np.nan, np.inf
        for i in range(starts[p], starts[p + 1]):
            low, high = 0.0, np.inf
            if not np.isnan(ref_lon):
                moved = 1.01 * apart_m(lon[i], lat[i], ref_lon, ref_lat)
                if inside:
                    high = ref_m + moved
                    # Nearer points are looked for every few hundred metres.
                    if moved > 800.0:
                        high = np.inf
                else:
                    low = ref_m - moved
            if inside and high < exit_m:
                metres = high
            elif not inside and low > entry_m:
                metres = low
            else:
                point, metres = nearest(
                    lon[i], lat[i], slots, offsets, members, port_lon, port_lat, radius_m
                )
                # Where none is within reach, the cell vouches for that distance and no more.
                ref_lon, ref_lat, ref_m = lon[i], lat[i], min(metres, exit_m)
                if metres < best_m and (inside or metres <= entry_m):
                    best, best_m = point, metres
            if inside and metres < exit_m:
                silent = max(silent, at[i] - at[last])
                last = i
            elif inside:
                found[count, 0], found[count, 1], found[count, 2] = p, first, last
                found[count, 3], found[count, 4] = silent, best
                found[count, 5] = round(best_m * 1000.0)
                count += 1
                inside, best, best_m = False, -1, np.inf
            elif metres <= entry_m:
                inside, first, last, silent = True, i, i, 0
        if inside:
            found[count, 0], found[count, 1], found[count, 2] = p, first, last
            found[count, 3], found[count, 4] = silent, best
            found[count, 5] = round(best_m * 1000.0)
            count += 1
    return found[:count].copy()
