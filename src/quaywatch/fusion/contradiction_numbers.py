"""Runs of reports under one number that no one hull can have sent, each against every other."""

from collections import Counter
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.track import Floats, Indices
from quaywatch.fusion.contradiction_frames import (
    AIS_CLOCK_S,
    AIS_M,
    CLOCK_H,
    EPISODE_D,
    HOUR_US,
    THIN_REPORTS,
    THIN_SHARE,
    TRACKS_MAX,
    WITHIN_H,
    Scan,
    as_found,
    slack,
    with_reports,
)
from quaywatch.fusion.contradiction_runs import LONG_RANGE, REPORTS_MIN, Far, Runs
from quaywatch.fusion.contradictions import Kind
from quaywatch.fusion.two_places import NM_M
from quaywatch.geo.geodesic import great_circle_nm_many

RUN_MIN: Final = 5
"""A run of fewer is not held against another of its number: with no image beside it there is
nothing else that tells a garbled digit from a second hull."""
ECHO_DEG: Final = 0.2
"""How exactly a garbled place keeps off the true one: what is sailed between reports."""
ECHO_REPORTS: Final = 50
ECHO_SHARE: Final = 0.8
"""Of a garbled run so many reports must be told so."""


def among_runs(runs: Runs, positions: pl.DataFrame, owners: pl.DataFrame) -> Scan:
    """Every run of a number against every other that it is within two days of.

    Args:
        runs: of the positions.
        positions: the frame that they came from.
        owners: columns of ``OWNERS_FRAME``.

    Examples:
        >>> from quaywatch.ais.schema import POSITIONS_FRAME
        >>> from quaywatch.fusion.contradiction_frames import OWNERS_FRAME
        >>> from quaywatch.fusion.contradiction_runs import runs_of
        >>> nothing = pl.DataFrame(schema=POSITIONS_FRAME)
        >>> among_runs(runs_of(nothing), nothing, pl.DataFrame(schema=OWNERS_FRAME)).found.height
        0

    """
    table = runs.table().filter(pl.col("n") >= RUN_MIN)
    many = table.group_by("mmsi").len().filter(pl.col("len") > TRACKS_MAX)
    counts: Counter[str] = Counter({"number: more runs than can be compared": many.height})
    table = table.join(many, on="mmsi", how="anti")
    reach = int(WITHIN_H * HOUR_US)
    other = table.select("mmsi", "run", "first_us", "last_us", "n")
    pairs = table.join(other, on="mmsi", suffix="_b").filter(
        (pl.col("run") != pl.col("run_b"))
        & (pl.col("first_us") <= pl.col("last_us_b") + reach)
        & (pl.col("first_us_b") <= pl.col("last_us") + reach)
    )  # fmt: skip
    thin = (pl.col("n") < THIN_REPORTS) & (pl.col("n") < THIN_SHARE * pl.col("n_b"))
    noise = pairs.filter(thin)["run"].unique()
    counts["number: runs too thin beside another"] += len(noise)
    # Nor beside each other: garbled reports of one ship make several such runs.
    noisy = pl.col("run").is_in(noise.implode()) | pl.col("run_b").is_in(noise.implode())
    worst = _worst_of_runs(runs, pairs.filter(~noisy))
    counts["number: pairs of runs compared"] += worst.height
    apart = worst.filter(pl.col("slack_h") > 0)
    echoes = sorted(_echoes(runs, apart))
    odd = apart.filter(~(pl.col("run").is_in(echoes) | pl.col("run_b").is_in(echoes)))
    counts["number: a garbled digit explains it"] += apart.height - odd.height
    firm = odd.filter(
        pl.Series([_firm(runs, row) for row in odd.iter_rows(named=True)], dtype=pl.Boolean)
    )
    counts["number: one report at odds with its own run"] += odd.height - firm.height
    kept, passed_on = _of_one_ship(firm, owners)
    counts["number: passed on to another ship"] += passed_on
    counts["number: contradicted"] += kept.height
    counts["number: agreed"] += worst.height - apart.height
    return Scan(_rows_of_runs(runs, positions, _episodes(kept)), counts)


def _worst_of_runs(runs: Runs, pairs: pl.DataFrame) -> pl.DataFrame:
    """Each pair of runs once, at the ends where it fits least."""
    tried = []
    run_b = pairs["run_b"].to_numpy()
    for end in ("first_us", "last_us"):
        at = pairs[end].to_numpy()
        own = runs.after(pairs["run"].to_numpy(), at) if end == "first_us" else runs.before(
            pairs["run"].to_numpy(), at
        )  # fmt: skip
        for place_b in (runs.before(run_b, at), runs.after(run_b, at)):
            has = place_b >= 0
            tried.append(_pair(runs, pairs.filter(pl.Series(has)), own[has], place_b[has]))
    if not tried:
        return pairs
    low, high = pl.min_horizontal("run", "run_b"), pl.max_horizontal("run", "run_b")
    return (
        pl.concat(tried)
        .filter(pl.col("hours") <= WITHIN_H)
        .with_columns(low=low, high=high)
        .sort("slack_h", "low", "high", descending=[True, False, False], maintain_order=True)
        .unique(["low", "high"], keep="first", maintain_order=True)
    )


def _pair(runs: Runs, rows: pl.DataFrame, own: Indices, other: Indices) -> pl.DataFrame:
    tracks = runs.tracks
    a, b = runs.order[own], runs.order[other]
    radius = [np.where(tracks.msg_type[i] == LONG_RANGE, 0.2 * NM_M, AIS_M) for i in (a, b)]
    apart = great_circle_nm_many(tracks.lon[a], tracks.lat[a], tracks.lon[b], tracks.lat[b])
    hours = np.abs(tracks.at_us[a] - tracks.at_us[b]) / HOUR_US
    table = rows.select("mmsi", "run", "run_b", "ceiling_kn", "first_us", "last_us", "first_us_b",
                        "last_us_b")  # fmt: skip
    overlap = pl.min_horizontal("last_us", "last_us_b") - pl.max_horizontal(
        "first_us", "first_us_b"
    )
    return table.with_columns(
        place=own,
        place_b=other,
        at_us=tracks.at_us[a],
        other_us=tracks.at_us[b],
        great_circle_nm=apart,
        bound_nm=apart,
        hours=hours,
        errors_nm=(radius[0] + radius[1]) / NM_M,
        allowed_h=hours + 2 * AIS_CLOCK_S / 3600 + CLOCK_H,
    ).with_columns(slack_h=slack(pl.col("great_circle_nm")), concurrent=overlap > 0)


def _firm(runs: Runs, row: dict[str, Any]) -> bool:
    """Whether three reports of either run are too far from the other."""
    tracks = runs.tracks
    sides = ((row["place"], row["place_b"]), (row["place_b"], row["place"]))
    for mine, theirs in sides:
        at = int(runs.order[theirs])
        far = Far(
            float(tracks.lon[at]), float(tracks.lat[at]), int(tracks.at_us[at]), 1.0,
            row["ceiling_kn"], CLOCK_H,
        )  # fmt: skip
        if not runs.borne_out(mine, far):
            return False
    return True


def _echoes(runs: Runs, pairs: pl.DataFrame) -> set[int]:
    """Runs that are another run of the number with a digit or a sign of each place misread."""
    found: set[int] = set()
    for one, other in pairs.select("run", "run_b").iter_rows():
        sizes = [int(runs.starts[k + 1] - runs.starts[k]) for k in (one, other)]
        longer, shorter = (one, other) if sizes[0] >= sizes[1] else (other, one)
        if shorter not in found and _echo(runs, longer, shorter):
            found.add(shorter)
    return found


def _echo(runs: Runs, one: int, other: int) -> bool:
    """Whether reports of ``other`` keep off ``one``, while that is heard, by a step of a digit."""
    tracks = runs.tracks
    mine, theirs = (runs.order[int(runs.starts[k]) : int(runs.starts[k + 1])] for k in (one, other))
    at_us = tracks.at_us
    while_heard = (at_us[theirs] >= at_us[mine[0]]) & (at_us[theirs] <= at_us[mine[-1]])
    during = theirs[while_heard][:ECHO_REPORTS]
    if len(during) < REPORTS_MIN:
        return False
    on = np.degrees(np.unwrap(np.radians(tracks.lon[mine])))
    lat = np.interp(at_us[during], at_us[mine], tracks.lat[mine])
    lon = np.interp(at_us[during], at_us[mine], on)
    north, east = tracks.lat[during] - lat, (tracks.lon[during] - lon + 180.0) % 360.0 - 180.0
    turned = [np.abs(tracks.lon[during] + lon), np.abs(tracks.lat[during] + lat)]
    of_lon = (np.abs(north) < ECHO_DEG) & (_is_step(east) | (turned[0] < ECHO_DEG))
    of_lat = (np.abs(east) < ECHO_DEG) & (_is_step(north) | (turned[1] < ECHO_DEG))
    misread = of_lon | of_lat
    return float(misread.mean()) >= ECHO_SHARE


def _is_step(off: Floats) -> NDArray[np.bool_]:
    """Whether coordinates differ by one digit of the degrees."""
    steps = np.array([digit * unit for unit in (1.0, 10.0) for digit in range(1, 10)] + [100.0])
    return np.asarray(np.abs(np.abs(off)[:, None] - steps[None]).min(axis=1) < ECHO_DEG)


def _of_one_ship(odd: pl.DataFrame, owners: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Pairs of runs of one ship, and how many a change of ship explains.

    Where the number named several ships over time, both reports must fall into the time of one.
    """
    named = owners.filter(~pl.col("ship").str.starts_with("mmsi:")).with_columns(
        from_us=pl.col("start").dt.epoch("us"), to_us=pl.col("end").dt.epoch("us")
    )
    several = named.select("mmsi").unique()
    rows = odd.with_row_index("_pair")
    plain = rows.join(several, on="mmsi", how="anti").with_columns(
        ship=pl.format("mmsi:{}", pl.col("mmsi").cast(pl.String).str.zfill(9)),
        shared=pl.lit(value=False),
    )
    within = [pl.col(at).is_between("from_us", "to_us") for at in ("at_us", "other_us")]
    both = (
        rows.join(named.select("mmsi", "ship", "shared", "from_us", "to_us"), on="mmsi")
        .filter(*within)
        .drop("from_us", "to_us")
        .unique("_pair", keep="first", maintain_order=True)
    )
    kept = pl.concat([plain.select(both.columns), both])
    return kept.drop("_pair"), rows.height - kept.height


def _episodes(rows: pl.DataFrame) -> pl.DataFrame:
    """One row for all pairs of a number that follow within ``EPISODE_D``: the widest apart."""
    gap = int(EPISODE_D * 24 * HOUR_US)
    ordered = rows.sort("mmsi", "at_us", "low", "high", maintain_order=True)
    begins = (pl.col("at_us") - pl.col("at_us").shift(1) > gap) | (
        pl.col("mmsi") != pl.col("mmsi").shift(1)
    )
    return (
        ordered.with_columns(_episode=begins.fill_null(value=True).cum_sum())
        .with_columns(
            pairs=pl.len().over("_episode"), concurrent=pl.col("concurrent").any().over("_episode")
        )
        .sort("slack_h", "low", "high", descending=[True, False, False], maintain_order=True)
        .unique("_episode", keep="first", maintain_order=True)
        .sort("mmsi", "at_us")
    )


def _rows_of_runs(runs: Runs, positions: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    told = rows.with_columns(
        kind=pl.lit(str(Kind.UNREACHABLE)),
        at=pl.from_epoch("at_us", "us").dt.replace_time_zone("UTC"),
        other_at=pl.from_epoch("other_us", "us").dt.replace_time_zone("UTC"),
        rests_on=pl.lit("great-circle"),
    )
    told = with_reports(runs, positions, told, "place", "")
    return as_found(with_reports(runs, positions, told, "place_b", "other_"))
