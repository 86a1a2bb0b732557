"""Gaps weighed against peers, and sparsity: what is said, and above all what is not."""

import json
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quaywatch.ais.gaps import GapRules, censored_ends, gaps, with_records
from quaywatch.ais.prism import STEPS, WAY, numbers, sample_ways, step_of
from quaywatch.ais.reception import Reception, reception_counts
from quaywatch.ais.schema import POSITIONS_FRAME, conform
from quaywatch.ais.segments import segment
from quaywatch.ais.sparsity import sparsity
from quaywatch.ais.track import tracks_of
from quaywatch.geo.geodesic import great_circle_nm_many

START = datetime(2025, 1, 1, tzinfo=UTC)
NAMES = ("mmsi", "at", "lon", "lat", "sog_kn", "cog_deg", "nav_status", "transponder", "receiver")
WORDS = {"significant", "unusual", "not-informative", "unjudged"}


def sailing(
    mmsi: int,
    *,
    hours: float = 30.0,
    minutes: float = 2.0,
    silent: tuple[float, float] | None = None,
    receiver: str | None = None,
    kn: float = 10.0,
    lon: float = 1.0,
    lat: float = 50.0,
) -> list[tuple[Any, ...]]:
    """A ship that goes to and fro over 4 degrees of longitude, silent in one stretch of hours."""
    rows = []
    random = np.random.Generator(np.random.PCG64(mmsi))
    for k in range(int(hours * 60 / minutes)):
        hour = k * minutes / 60.0
        if silent is not None and silent[0] <= hour < silent[1]:
            continue
        degrees = (hour + mmsi * 0.7) * kn / 60.0 / math.cos(math.radians(lat))
        leg, along = divmod(degrees, 4.0)
        east = leg % 2 == 0
        at = START + timedelta(hours=hour, seconds=float(random.uniform(0, 50)))
        rows.append((
            mmsi, at, lon + (along if east else 4.0 - along), lat, kn, 90.0 if east else 270.0, 0,
            "A", receiver,
        ))  # fmt: skip
    return rows


def table(*ships: list[tuple[Any, ...]]) -> pl.DataFrame:
    """Their reports, sorted, with records."""
    rows = [row for ship in ships for row in ship]
    frame = pl.DataFrame(rows, schema=NAMES, orient="row").sort("mmsi", "at")
    frame = frame.with_columns(
        source_id=pl.lit("x"), record=pl.int_range(1, len(rows) + 1, dtype=pl.UInt64)
    )
    return conform(frame, POSITIONS_FRAME)


def judged(
    frame: pl.DataFrame,
    *,
    mmsi: int = 1,
    **options: Any,  # noqa: ANN401  # those of gaps
) -> pl.DataFrame:
    """Gaps of one ship, with the detail as columns."""
    tracks = tracks_of(frame)
    told = segment(tracks)
    found = gaps(tracks, told, Reception.of(reception_counts(tracks, told)), **options)
    one = found.filter(pl.col("mmsi") == mmsi)
    details = [json.loads(text) for text in one["detail"]]
    return one.with_columns(
        pl.Series(f"d_{key}", [detail.get(key) for detail in details], strict=False)
        for key in (details[0] if details else {})
    )


def fleet(
    ships: int,
    **options: Any,  # noqa: ANN401  # those of sailing
) -> list[list[tuple[Any, ...]]]:
    """Ships 10, 11, … that are heard throughout."""
    return [sailing(10 + ship, lat=50.0 + ship * 0.01, **options) for ship in range(ships)]


def sea(receiver: str | None = None) -> list[list[tuple[Any, ...]]]:
    """Ships all over the area that a ship can reach in some hours, not on one lane only."""
    return [
        sailing(100 + ship, lat=48.8 + 0.5 * (ship % 5) + ship * 0.002, receiver=receiver)
        for ship in range(40)
    ]


def test_silence_among_peers_who_are_heard_is_significant() -> None:
    """This is what the test is for: nothing of reception explains such a gap."""
    found = judged(table(sailing(1, silent=(5.0, 12.0)), *sea()))

    assert found["verdict"].to_list() == ["significant"]
    assert found["log_lr"][0] == pytest.approx(math.log(1000.0), abs=2.5)
    assert found["statistic"][0] == pytest.approx(210.0, rel=0.4)
    assert "would have produced about" in found["d_message"][0]


def test_a_silence_at_one_place_is_never_significant() -> None:
    """In port the power goes off for reasons of its own; that is no sign of hiding."""
    lies = [(*row[:2], 3.0, 50.0, 0.0, *row[5:]) for row in sailing(1, silent=(5.0, 17.0))]
    (found,) = judged(table(lies, *sea())).iter_rows(named=True)

    assert found["d_at_rest"]
    assert found["log_lr"] > GapRules().significant
    assert found["verdict"] == "unusual"
    assert "same place" in found["reason"]


@pytest.mark.parametrize("peers", [0, 2, 4])
def test_silence_without_five_peers_is_unjudged(peers: int) -> None:
    """A lone ship in an empty sea proves nothing by being unheard."""
    found = judged(table(sailing(1, silent=(10.0, 17.0)), *fleet(peers)))

    assert found["verdict"].to_list() == ["unjudged"]
    assert not found["applicable"][0]
    assert "peers" in found["reason"][0] or "judged" in found["reason"][0]
    assert found["p"][0] is None


def test_a_silence_of_the_whole_feed_accuses_nobody() -> None:
    """A receiver that was down would otherwise make a gap of every ship in its range."""
    out = (10.0, 17.0)
    found = judged(table(sailing(1, silent=out), *fleet(12, silent=out)))

    assert found["verdict"].to_list() == ["not-informative"]
    assert found["statistic"][0] < 10.0


def test_a_feed_that_hears_little_is_not_informative() -> None:
    """Where peers leave a message every four hours, seven silent hours are no news."""
    found = judged(table(sailing(1, silent=(10.0, 17.0)), *fleet(12, minutes=240.0)))

    assert found["verdict"].to_list() in (["not-informative"], ["unjudged"])


def test_a_ship_that_leaves_coverage_is_not_accused() -> None:
    """Most gaps of a coastal feed are ships that sail out of its range and come back."""

    def outward(mmsi: int, lat: float) -> list[tuple[Any, ...]]:
        rows = []
        for k in range(20 * 30):
            hour = k / 30.0
            lon = 1.0 + (hour if hour <= 10 else 20 - hour) * 0.26
            if lon < 2.4:
                course = 90.0 if hour <= 10 else 270.0
                at = START + timedelta(hours=hour, seconds=mmsi)
                rows.append((mmsi, at, lon, lat, 10.0, course, 0, "A", None))
        return rows

    ships = [outward(mmsi, 50.0 + mmsi * 0.005) for mmsi in range(1, 14)]
    found = judged(table(*ships))

    assert found.height == 1
    assert found["verdict"][0] in {"not-informative", "unjudged"}


def test_satellite_only_gaps_under_half_a_day_stay_unusual() -> None:
    """The number of satellites overhead has a cycle of 12 hours (METHODS section 2)."""
    ship = sailing(1, silent=(5.0, 12.0), receiver="satellite")
    found = judged(table(ship, *sea(receiver="satellite")))

    assert found["verdict"].to_list() == ["unusual"]
    assert "satellite" in found["reason"][0]


def test_a_ship_that_was_always_weak_is_expected_less() -> None:
    """A poor transponder must not be measured by strong ones."""
    strong = judged(table(sailing(1, silent=(20.0, 27.0)), *fleet(12)))
    weak = judged(table(sailing(1, silent=(20.0, 27.0), minutes=20.0), *fleet(12)))

    assert weak["d_quality"][0] < 0.5 < strong["d_quality"][0]
    assert weak["statistic"][0] < 0.5 * strong["statistic"][0]


def test_off_and_on_in_two_segments_is_said() -> None:
    """Two segments may be two hulls: a gap between them is a guess that must be visible."""
    found = judged(table(sailing(1, silent=(10.0, 21.0)), *fleet(12)))

    assert found["d_same_segment"].to_list() == [False]
    assert found["segment"][0] != found["other_segment"][0]
    assert "different segments" in found["d_message"][0]


def test_a_return_that_no_ship_could_sail_is_unjudged() -> None:
    """A jump over an ocean is another hull, not a gap of this one."""
    here, there = sailing(1, hours=8.0), sailing(1, hours=30.0, silent=(0.0, 20.0), lon=120.0)
    found = judged(table(here, there, *fleet(12)))

    assert found["verdict"].to_list() == ["unjudged"]
    assert "different segments" in found["reason"][0]


def test_a_ship_that_never_returns_has_no_gap_but_an_end() -> None:
    """The end of the data is not the end of a silence."""
    frame = table(sailing(1, hours=10.0), *fleet(6))
    ends = censored_ends(tracks_of(frame), segment(tracks_of(frame)))

    assert judged(frame).height == 0
    one = ends.filter(pl.col("mmsi") == 1)
    assert one["hours_to_end"][0] == pytest.approx(20.0, abs=0.2)


def test_welch_stands_beside_and_knows_what_it_does_not_know() -> None:
    """Comparability asks for the published rule; an unknown criterion is neither met nor failed."""
    frame = table(sailing(1, silent=(10.0, 17.0)), *fleet(12))
    without = judged(frame)
    near = judged(frame, shore_nm=lambda lon, _: np.full(len(lon), 5.0))

    assert without["d_welch_shore_nm"].to_list() == [None]
    assert without["d_welch_hours"][0] == pytest.approx(7.0, abs=0.1)
    assert near["d_welch"].to_list() == [False]
    assert near["verdict"].to_list() == without["verdict"].to_list()


def test_ways_over_land_do_not_count() -> None:
    """A ship cannot have left coverage over a mountain."""
    frame = table(sailing(1, silent=(10.0, 17.0)), *fleet(12))
    asked: list[int] = []

    def on_land(lon: np.ndarray[Any, Any], lat: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        asked.append(len(lon))
        return np.asarray((lat < 49.9) | (lat > 50.3))

    found = judged(frame, on_land=on_land)

    assert asked
    assert 0 < found["d_ways"][0] < GapRules().ways


def test_a_silence_on_a_river_is_never_significant() -> None:
    """Where the mask has no water, no way is a way: barges that moor upstream are not accused."""
    frame = table(sailing(1, silent=(5.0, 12.0)), *sea())
    assert judged(frame)["verdict"].to_list() == ["significant"]

    found = judged(frame, on_land=lambda lon, _: np.ones(len(lon), np.bool_))

    assert found["verdict"].to_list() == ["unusual"]
    assert "on land by our mask" in found["reason"][0]
    assert found["d_share_of_ways_afloat"][0] == 0.0


def test_the_same_seed_gives_the_same_numbers() -> None:
    """A figure in a dossier must come out again."""
    frame = table(sailing(1, silent=(10.0, 17.0)), *fleet(12))

    assert judged(frame)["p"][0] == judged(frame)["p"][0]
    assert judged(frame)["p"][0] != judged(frame, rules=GapRules(seed=1))["p"][0]


def test_ends_lead_back_to_their_records() -> None:
    """A gap without its two reports cannot be checked by anyone."""
    frame = table(sailing(1, silent=(10.0, 17.0)), *fleet(6))
    tracks = tracks_of(frame)
    found = gaps(tracks, None, Reception.of(reception_counts(tracks)))
    one = with_records(found, frame).filter(pl.col("mmsi") == 1)
    rows = frame.filter(pl.col("record").is_in([one["record"][0], one["end_record"][0]]))

    assert rows["at"].to_list() == [one["start"][0], one["end"][0]]


@given(
    lon=st.floats(-180, 179.9), lat=st.floats(-70, 70), east=st.floats(-2, 2),
    north=st.floats(-2, 2), hours=st.floats(1, 200), sog=st.floats(0, 20), cog=st.floats(0, 359),
)  # fmt: skip
@settings(max_examples=60)
def test_every_way_keeps_to_the_speed_and_the_time(  # one draw each
    lon: float, lat: float, east: float, north: float, hours: float, sog: float, cog: float
) -> None:
    """A way that is too fast, or too short in time, would explain what no ship could do."""
    lon2 = (lon + east + 540.0) % 360.0 - 180.0
    nm = float(great_circle_nm_many([lon], [lat], [lon2], [lat + north])[0])
    top = max(15.0, 1.02 * nm / hours)
    ends = np.array([[lon, lat, lon2, lat + north, hours, top, sog, cog, sog, cog]])
    ways = np.empty((1, 48, WAY))
    sample_ways(ends, numbers(48, 0), ways)
    step, lasted = np.empty(5), np.zeros(48)
    for j in range(48):
        for s in range(STEPS):
            step_of(ends[0], ways[0, j], s, step)
            lasted[j] += step[3]
            assert -1e-6 <= step[2] <= hours + 1e-6
    legs = great_circle_nm_many(ends[:, 0], ends[:, 1], ways[0, :, 0], ways[0, :, 1])
    legs = legs + great_circle_nm_many(ways[0, :, 0], ways[0, :, 1], ends[:, 2], ends[:, 3])

    np.testing.assert_allclose(lasted, hours, rtol=1e-6)
    assert (ways[0, :, 2] >= 0).all()
    # The plane on which turning points are drawn is not the earth; far ways may be some too long.
    assert (legs <= top * hours * 1.25 + 1.0).mean() >= 0.9


@given(silent=st.floats(2.5, 12.0), start=st.floats(3.0, 12.0), peers=st.integers(0, 10))
@settings(max_examples=10)
def test_whatever_the_gap_its_numbers_agree_with_its_word(
    silent: float, start: float, peers: int
) -> None:
    """Word and numbers are read apart; they must never say different things."""
    frame = table(sailing(1, silent=(start, start + silent)), *fleet(peers))
    for row in judged(frame, rules=GapRules(hours=2.0)).iter_rows(named=True):
        assert row["verdict"] in WORDS
        assert row["applicable"] == (row["verdict"] != "unjudged")
        assert (row["p"] is None) == (row["verdict"] == "unjudged")
        if row["verdict"] == "significant":
            assert row["log_lr"] >= math.log(100.0)
            assert row["statistic"] >= 10.0
            assert peers >= 5


def test_an_empty_bucket_has_no_gaps() -> None:
    """Nothing read must be nothing found, not an error."""
    tracks = tracks_of(pl.DataFrame(schema=POSITIONS_FRAME))

    assert gaps(tracks, None, Reception.of(reception_counts(tracks))).height == 0
    assert sparsity(tracks, None, Reception.of(reception_counts(tracks))).height == 0


def sparse_events(frame: pl.DataFrame, mmsi: int) -> dict[str, dict[str, Any]]:
    """Both tests of one ship."""
    tracks = tracks_of(frame)
    found = sparsity(tracks, None, Reception.of(reception_counts(tracks)))
    rows = found.filter(pl.col("mmsi") == mmsi).iter_rows(named=True)
    return {row["test"]: row for row in rows}


def test_sparse_that_turns_regular_is_told() -> None:
    """A track that was thin until a moment and full after it changed its way of sending."""
    early = [row for row in sailing(1, hours=30.0) if row[1] < START + timedelta(hours=15)]
    late = [row for row in sailing(1, hours=30.0) if row[1] >= START + timedelta(hours=15)]
    found = sparse_events(table(early[::20] + late, *fleet(25)), 1)

    assert found["reception-changed"]["verdict"] == "tell"
    assert found["reception-changed"]["statistic"] > 5.0


def test_a_ship_like_her_peers_is_within_normal() -> None:
    """Most ships are ordinary; a test that says otherwise is useless."""
    found = sparse_events(table(*fleet(25)), 12)

    assert found["sparse"]["verdict"] == "within-normal"
    assert found["reception-changed"]["verdict"] == "within-normal"


def test_without_peers_sparsity_is_not_applicable() -> None:
    """No peers, no measure: unknown, with its reason."""
    found = sparse_events(table(sailing(1), *fleet(3)), 1)

    assert found["sparse"]["verdict"] is None
    assert not found["sparse"]["applicable"]
    assert "peers" in found["sparse"]["reason"]


def test_a_ship_heard_a_few_times_before_is_never_significant() -> None:
    """Nobody knows how well such a ship is heard at all: her silence accuses nobody."""
    whole = sailing(1, silent=(5.0, 12.0))
    gap = judged(table([row for row in whole if row[1] > START + timedelta(hours=4.8)], *sea()))

    assert gap["d_heard_before"][0] < 10
    assert gap["verdict"].to_list() == ["unusual"]
    assert "too few to know how well she is heard" in gap["reason"][0]
