"""Reception: what peers were heard with, and when that says nothing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quaywatch.ais.bins import CELL_DEG, cell_of
from quaywatch.ais.read import read_ais
from quaywatch.ais.reception import Reception, merged_counts, reception_counts, too_few
from quaywatch.ais.reception_build import exact_sum
from quaywatch.ais.reception_rates import leave_out, put_back
from quaywatch.ais.schema import POSITIONS_FRAME, conform
from quaywatch.ais.track import Tracks, tracks_of

START = datetime(2025, 1, 1, tzinfo=UTC)


def fleet(
    ships: int, *, minutes: float = 2.0, hours: float = 12.0, sog_kn: float = 8.0, lon: float = 1.25
) -> pl.DataFrame:
    """Ships that go east and west inside one cell, each heard every so many minutes."""
    rows = []
    for ship in range(ships):
        for k in range(int(hours * 60 / minutes)):
            at = START + timedelta(minutes=k * minutes + ship * 0.01)
            swing = (k % 20) * 0.005
            rows.append((100 + ship, at, lon + swing, 50.1 + ship * 0.002, sog_kn, 90.0, 0, "A"))
    names = ("mmsi", "at", "lon", "lat", "sog_kn", "cog_deg", "nav_status", "transponder")
    table = pl.DataFrame(rows, schema=names, orient="row")
    return conform(table, POSITIONS_FRAME).sort("mmsi", "at")


def tracks(frame: pl.DataFrame) -> Tracks:
    """The same as arrays."""
    return tracks_of(frame)


def reception(frame: pl.DataFrame) -> Reception:
    """Reception of one bucket."""
    return Reception.of(reception_counts(tracks(frame)))


def asked(lon: float = 1.25, lat: float = 50.1) -> pl.DataFrame:
    """One bin: class A at 3 to 14 kn."""
    return pl.DataFrame({"lon": [lon], "lat": [lat], "transponder": [1], "band": [2]})


def test_the_rate_is_that_of_the_peers() -> None:
    """A rate that is off by a factor makes every gap's evidence wrong by as much."""
    answer = reception(fleet(8)).rate_for(999, asked())

    assert answer["per_hour"][0] == pytest.approx(30.0, rel=0.02)
    assert answer["peers"][0] == 8
    assert answer["reason"][0] is None


@pytest.mark.parametrize("ships", [1, 3, 5])
def test_fewer_than_five_peers_is_unknown_with_its_reason(ships: int) -> None:
    """Reception that nobody measured must never count against a ship."""
    answer = reception(fleet(ships)).rate_for(100, asked())

    assert answer["per_hour"][0] is None
    assert answer["reason"][0] == too_few(ships - 1)


def test_nobody_is_her_own_peer() -> None:
    """A ship that shouts would otherwise raise what is expected of herself."""
    loud = fleet(1, minutes=0.1).with_columns(mmsi=pl.lit(999, pl.UInt32))
    whole = reception(pl.concat([fleet(8), loud]).sort("mmsi", "at"))

    assert whole.rate_for(999, asked())["per_hour"][0] == pytest.approx(30.0, rel=0.02)
    assert whole.rate_for(100, asked())["per_hour"][0] > 60.0


def test_leaving_out_and_putting_back_changes_nothing() -> None:
    """The rates are one array for all ships: a leak would judge one by another's absence."""
    found = reception(fleet(9))
    rates, blind = found.rates.copy(), found.blind.copy()
    rows = found.rows_of(103)
    place, own = found.peers.place[rows], found.peers.own[rows]
    kept = np.empty((len(place), 6, 3), np.float32)
    nominal = np.full((3, 5), 100.0)

    leave_out(
        found.peers.sums, nominal, found.spread.blind, found.spread.level, place, own, rates,
        blind, kept,
    )  # fmt: skip
    put_back(place, rates, blind, kept)

    np.testing.assert_array_equal(rates, found.rates)
    np.testing.assert_array_equal(blind, found.blind)


def test_time_unheard_lowers_the_rate() -> None:
    """Counting only time in which ships are heard, a cell half deaf would look as good as any."""
    heard = fleet(8, hours=12.0)
    deaf = heard.filter((pl.col("at").dt.hour() < 4) | (pl.col("at").dt.hour() >= 8))
    deaf = deaf.with_columns(sog_kn=pl.lit(0.5, pl.Float32), lon=pl.lit(1.25))
    whole = heard.with_columns(sog_kn=pl.lit(0.5, pl.Float32), lon=pl.lit(1.25))
    bins = asked().with_columns(band=pl.lit(1))

    full = reception(whole).rate_for(999, bins)["per_hour"][0]
    half = reception(deaf).rate_for(999, bins)["per_hour"][0]

    assert half == pytest.approx(full * 8 / 12, rel=0.05)


def test_a_ship_that_sails_out_is_present_beyond_the_edge() -> None:
    """Where ships go unheard must come out as silent, not as unknown or as good."""
    rows = []
    for ship in range(8):
        for k in range(60):
            at = START + timedelta(minutes=2 * k)
            rows.append((100 + ship, at, 1.3 + k * 0.01, 50.1 + ship * 0.01, 12.0, 90.0, 0, "A"))
        rows.append((100 + ship, START + timedelta(hours=20), 1.3, 50.1, 12.0, 270.0, 0, "A"))
    names = ("mmsi", "at", "lon", "lat", "sog_kn", "cog_deg", "nav_status", "transponder")
    frame = conform(pl.DataFrame(rows, schema=names, orient="row"), POSITIONS_FRAME)

    beyond = reception(frame.sort("mmsi", "at")).rate_for(999, asked(lon=2.4))

    assert beyond["peers"][0] >= 5
    assert beyond["per_hour"][0] == pytest.approx(0.0, abs=0.5)


def test_a_silence_of_the_feed_shows_in_time() -> None:
    """Else every ship heard before and after an outage would have a gap to explain."""
    frame = fleet(12, minutes=1.0)
    out = frame.filter((pl.col("at").dt.hour() < 5) | (pl.col("at").dt.hour() >= 8))
    found = reception(out.with_columns(sog_kn=pl.lit(0.5, pl.Float32), lon=pl.lit(1.25)))
    slots = found.alive[0, :, 0].astype(int)
    first = int(START.timestamp() // 1800) - found.first_slot

    assert (slots[first + 10 : first + 16] == 0).all()
    assert (slots[first + 2 : first + 8] >= 90).all()


@given(ships=st.integers(5, 9), parts=st.integers(1, 4))
@settings(max_examples=8)
def test_buckets_add_up_to_the_whole(ships: int, parts: int) -> None:
    """The pass goes bucket by bucket: how ships are dealt out must not change what is heard."""
    frame = fleet(ships, hours=3.0)
    whole = reception_counts(tracks(frame))
    dealt = merged_counts(
        [
            reception_counts(tracks(frame.filter(pl.col("mmsi") % parts == part)))
            for part in range(parts)
        ]
    )
    keys = ["part", "cell", "slot", "transponder", "band", "mmsi"]

    assert dealt.select(keys).equals(whole.select(keys))
    heard = [name for name in whole.columns if name.startswith("heard_")]
    assert dealt.select(heard).equals(whole.select(heard))


@given(st.lists(st.floats(0.0, 1e4, allow_nan=False), min_size=1, max_size=60), st.randoms())
def test_sums_do_not_hang_on_their_order(values: list[float], chance: Random) -> None:
    """Threads add in any order; a verdict that rests on the sum must recompute to the bit."""
    mixed = values.copy()
    chance.shuffle(mixed)
    sums = [
        pl.DataFrame({"h": part}).select(exact_sum(pl.col("h")))["h"][0] for part in (values, mixed)
    ]
    assert sums[0] == sums[1]
    assert sums[0] == pytest.approx(sum(values), abs=1e-6)


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_the_same_counts_in_another_order_are_the_same_reception(seed: int) -> None:
    """A case is verified on other machines, where rows come together in another order."""
    parts = [reception_counts(tracks(fleet(30, hours=2.0)))]
    one = Reception.of(merged_counts(parts))
    rows = pl.concat(parts).sample(fraction=1.0, shuffle=True, seed=seed)
    other = Reception.of(merged_counts([rows]))
    for name in ("rates", "alive", "totals", "blind"):
        assert np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True)
    assert np.array_equal(one.peers.sums, other.peers.sums)
    assert one.spread.k_between == other.spread.k_between
    assert np.array_equal(one.spread.k_within, other.spread.k_within)


@given(lon=st.floats(-180, 180), lat=st.floats(-90, 90))
def test_every_position_has_its_cell(lon: float, lat: float) -> None:
    """A cell off the map would read another cell's reception."""
    cell = cell_of(lon, lat)
    west, south = cell % 720 * CELL_DEG - 180.0, cell // 720 * CELL_DEG - 90.0

    assert 0 <= cell < 720 * 360
    assert south - 1e-9 <= lat <= south + CELL_DEG + 1e-9
    assert west - 1e-9 <= lon <= west + CELL_DEG + 1e-9 or abs(lon) == pytest.approx(180.0)


def test_stray_numbers_sail_nowhere() -> None:
    """One report under a garbled MMSI, carried on, would make good cells look deaf."""
    stray = fleet(1, hours=0.04).head(1).with_columns(mmsi=pl.lit(7, pl.UInt32))
    counts = reception_counts(tracks(pl.concat([fleet(6), stray]).sort("mmsi", "at")))

    hours = counts.filter((pl.col("part") == "peer") & (pl.col("mmsi") == 7))["hours"].sum()

    assert hours == 0.0


@pytest.mark.realdata
def test_the_feed_of_santa_barbara_has_a_middle_and_an_edge(shared_data: Path) -> None:
    """On recorded data the rates must fall from the receivers outward, or the map is wrong."""
    folder = shared_data / "ais" / "sbarc_2018"
    path = min(folder.glob("*.csv.gz"))
    frame = pl.concat([b.positions for b in read_ais(path, source_id="x")]).sort("mmsi", "at")
    found = reception(frame)
    middle = found.rate_for(1, asked(lon=-120.3, lat=34.2))["per_hour"][0]
    edge = found.rate_for(1, asked(lon=-122.3, lat=35.8))["per_hour"][0]

    assert middle > 50.0
    assert edge is None or edge < middle / 2
