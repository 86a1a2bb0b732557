"""What is planted is known to the row: scored against a wrong truth, a benchmark says nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from quaywatch.ais.schema import POSITIONS_FRAME, conform
from quaywatch.ais.track import tracks_of
from quaywatch.errors import InjectionError
from quaywatch.geo.geodesic import great_circle_nm_many
from quaywatch.testing.injections.borrowed import clone, replay, same_route
from quaywatch.testing.injections.clock import FeedClock, feed_clock
from quaywatch.testing.injections.moved import circle, interference, offset, teleport
from quaywatch.testing.injections.plant import LATTICE, Injected, Planted
from quaywatch.testing.injections.silence import gap, sparse, thinned
from quaywatch.testing.injections.simulated import heard_times, ou_simulator, straight_simulator

Attack = Callable[[pl.DataFrame, np.random.Generator], Injected]
BEGIN = datetime(2025, 3, 1, tzinfo=UTC)
SEEDS = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=40)
"""Each example plants a whole track."""


def vessel(
    mmsi: int = 412000001,
    *,
    seed: int = 0,
    begin: datetime = BEGIN,
    hours: float = 9.0,
    lon: float = 124.0,
    lat: float = 36.5,
    step_s: float = 90.0,
) -> pl.DataFrame:
    """An honest ship on a bent course, with a report without a position in between."""
    rng = np.random.default_rng(seed)
    count = int(hours * 3600 / step_s)
    at_s = np.sort(np.round(step_s * (np.arange(count) + rng.uniform(-0.4, 0.4, count)), 3))
    course = np.radians(40 + 30 * np.sin(at_s / 9000))
    run = 6.0 * np.diff(at_s, prepend=0.0)
    north = np.cumsum(run * np.cos(course)) / 111_195
    east = np.cumsum(run * np.sin(course)) / 111_195 / np.cos(np.radians(lat))
    frame = pl.DataFrame(
        {
            "mmsi": np.full(count, mmsi),
            "at": [begin + timedelta(milliseconds=round(1000 * s)) for s in at_s - at_s[0]],
            "lon": np.round(np.round((lon + east) * LATTICE) / LATTICE, 6),
            "lat": np.round(np.round((lat + north) * LATTICE) / LATTICE, 6),
            "sog_kn": np.round(11.7 + 0.1 * rng.standard_normal(count), 1),
            "cog_deg": np.round(np.degrees(course), 1),
            "heading_deg": np.round(np.degrees(course) + rng.standard_normal(count)),
            "nav_status": np.zeros(count),
            "msg_type": rng.choice([1, 1, 1, 3], count),
            "transponder": ["A"] * count,
            "source_id": ["honest"] * count,
            "record": np.arange(count),
        }
    )
    mute = pl.int_range(pl.len()) == count // 3
    frame = frame.with_columns(
        pl.when(mute).then(None).otherwise(pl.col(name)).alias(name) for name in ("lon", "lat")
    )
    return conform(frame, POSITIONS_FRAME)


def _clone(track: pl.DataFrame, rng: np.random.Generator) -> Injected:
    return clone(track, vessel(412000002, seed=int(rng.integers(1_000_000)), lon=131.0))


def _replay(track: pl.DataFrame, rng: np.random.Generator) -> Injected:
    early = BEGIN - timedelta(days=3, seconds=int(rng.integers(5000)))
    return replay(
        track, vessel(412000003, seed=int(rng.integers(1_000_000)), begin=early, lat=37.0)
    )


ATTACKS: dict[str, Attack] = {
    "teleport": teleport,
    "offset": offset,
    "circle": circle,
    "clone": _clone,
    "replay": _replay,
    "straight": straight_simulator,
    "ou": ou_simulator,
    "gap": gap,
    "sparse": sparse,
}


@pytest.fixture(params=sorted(ATTACKS))
def attack(request: pytest.FixtureRequest) -> Attack:
    """Each attack on one vessel."""
    return ATTACKS[request.param]


@FEW
@given(seed=SEEDS, name=st.sampled_from(sorted(ATTACKS)))
def test_what_is_not_planted_is_untouched(seed: int, name: str) -> None:
    """A changed honest row would be scored as honest, and found."""
    track = vessel(seed=seed % 7)
    done = ATTACKS[name](track, np.random.default_rng(seed))
    honest = done.positions.filter(~pl.Series(done.false))
    assert honest.height == track.height - done.removed
    assert honest.join(track, on=track.columns, how="semi", nulls_equal=True).equals(honest)


@FEW
@given(seed=SEEDS, name=st.sampled_from(sorted(ATTACKS)))
def test_the_planted_truth_is_exact(seed: int, name: str) -> None:
    """Found or missed is decided by these times, so they must be those of the false rows."""
    track = vessel(seed=seed % 7)
    done = ATTACKS[name](track, np.random.default_rng(seed))
    truth, false = done.truth, done.positions.filter(pl.Series(done.false))
    assert (truth.attack, truth.mmsi, truth.blame) == (name, 412000001, True)
    if name in {"gap", "sparse"}:
        assert false.is_empty()
        assert done.removed > 0
        ends = done.positions.filter(pl.col("at").is_in([truth.start, truth.end]))
        assert ends.height == 2
    else:
        assert false.height >= 12
        assert (truth.start, truth.end) == (false["at"].min(), false["at"].max())


@FEW
@given(seed=SEEDS, name=st.sampled_from(sorted(ATTACKS)))
def test_false_reports_are_in_order_and_rounded_as_sent(seed: int, name: str) -> None:
    """Told apart by the rounding or by the order of the rows, an attack would measure its maker."""
    track = vessel(seed=seed % 7)
    done = ATTACKS[name](track, np.random.default_rng(seed))
    frame = done.positions
    assert frame.schema == pl.Schema(POSITIONS_FRAME)
    assert set(frame["mmsi"]) == {412000001}
    assert frame["at"].is_sorted()
    tracks_of(frame)
    for column in ("lon", "lat"):
        said = frame[column].drop_nulls().to_numpy()
        assert np.allclose(said, np.round(np.round(said * LATTICE) / LATTICE, 6), atol=1e-12)
    for column in ("sog_kn", "cog_deg"):
        tenth = 10 * frame[column].drop_nulls().to_numpy().astype(np.float64)
        assert np.allclose(tenth, np.round(tenth), atol=1e-3)
    assert frame["cog_deg"].max() < 360  # type: ignore[operator]  # a column of numbers has one
    assert (frame["at"].dt.epoch("us") % 1000 == 0).all()


@FEW
@given(seed=SEEDS)
def test_the_same_seed_plants_the_same(seed: int) -> None:
    """A benchmark that nobody can run again proves nothing."""
    track = vessel()
    for attack in ATTACKS.values():
        one, other = (attack(track, np.random.default_rng(seed)) for _ in range(2))
        assert one.positions.equals(other.positions)
        assert one.truth == other.truth


@pytest.mark.parametrize("attack", [teleport, offset, straight_simulator, ou_simulator])
@FEW
@given(seed=SEEDS)
def test_false_tracks_stay_at_sea(attack: Callable[..., Injected], seed: int) -> None:
    """A fake over land is found by the land test, and says nothing of the others."""

    def on_water(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
        return np.asarray(lat > 35.0)

    done = attack(vessel(), np.random.default_rng(seed), on_water=on_water)
    false = done.positions.filter(pl.Series(done.false))
    assert (false["lat"] > 35.0).mean() >= 0.99  # type: ignore[operator]  # rows are never none


def test_where_there_is_no_water_nothing_is_planted() -> None:
    """Better no attack than one that drives ashore."""

    def dry(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
        return np.zeros(len(lon), np.bool_)

    with pytest.raises(InjectionError, match="no water"):
        teleport(vessel(), np.random.default_rng(1), on_water=dry)


def test_a_track_too_short_is_refused(attack: Attack) -> None:
    """A victim of three reports would count as missed, whatever the test."""
    with pytest.raises(InjectionError):
        attack(vessel(hours=0.05), np.random.default_rng(1))


@FEW
@given(seed=SEEDS)
def test_a_displaced_stretch_keeps_its_motion(seed: int) -> None:
    """The attack is a false place with a true motion: else speed tests would find the motion."""
    track = vessel()
    done = teleport(track, np.random.default_rng(seed))
    false = done.positions.filter(pl.Series(done.false))
    true = track.filter(pl.col("record").is_in(false["record"]))
    steps = [_steps_nm(frame) for frame in (true, false)]
    assert np.allclose(steps[0], steps[1], atol=2e-3)
    away = great_circle_nm_many(*(f[c].to_numpy() for f in (true, false) for c in ("lon", "lat")))
    assert away[0] == pytest.approx(done.truth.detail["distance_nm"], rel=0.02)


def _steps_nm(frame: pl.DataFrame) -> NDArray[np.float64]:
    lon, lat = frame["lon"].to_numpy(), frame["lat"].to_numpy()
    return great_circle_nm_many(lon[:-1], lat[:-1], lon[1:], lat[1:])


def test_interference_takes_every_ship_there_and_blames_none() -> None:
    """Receivers of a whole roadstead circle at once: no ship may be accused of it."""
    ships = {m: vessel(m, seed=m % 9, lon=124 + m % 9 / 50) for m in range(412000001, 412000006)}
    start, end = BEGIN + timedelta(hours=3), BEGIN + timedelta(hours=5)
    for circling in (True, False):
        done = interference(
            ships, np.random.default_rng(3), start=start, end=end, circling=circling
        )
        assert [one.truth.mmsi for one in done] == list(ships)
        assert not any(one.truth.blame for one in done)
        false = pl.concat([one.positions.filter(pl.Series(one.false)) for one in done])
        assert false["at"].is_between(start, end).all()
        spread = np.ptp(false["lat"].to_numpy())
        assert spread * 111_195 == pytest.approx(1200 if circling else 10, abs=40)


def test_several_hulls_repeat_one_manoeuvre() -> None:
    """The lag of each must be known, for a test that aligns them is scored on it."""
    hulls = [vessel(m, seed=m % 9) for m in range(412000010, 412000013)]
    template = vessel(412000001, seed=5, lat=35.0)
    done = same_route(template, hulls, np.random.default_rng(2))
    lags = [one.truth.detail["later_s"] for one in done]
    assert lags == sorted(lags)
    for one, lag in zip(done, lags, strict=True):
        assert one.truth.start == template["at"][0] + timedelta(seconds=lag)
        shown = template.drop_nulls("lon")
        assert (one.positions["lat"] - shown["lat"]).abs().max() < 2e-4  # type: ignore[operator]


def test_a_replay_keeps_every_interval_of_the_archive() -> None:
    """Only the date is false: that is what makes a replay hard to find."""
    early = vessel(412000003, begin=BEGIN - timedelta(days=2), lat=37.0)
    done = replay(vessel(hours=30.0), early)
    assert done.positions["at"].diff().drop_nulls().equals(early["at"].diff().drop_nulls())
    assert done.positions["lon"].equals(early["lon"])


@FEW
@given(seed=SEEDS, speed=st.floats(1.0, 30.0))
def test_a_simulated_ship_is_heard_no_better_than_the_true_one(seed: int, speed: float) -> None:
    """Heard too well or too evenly, a simulator would be found by its reception."""
    track = vessel(step_s=40.0)
    silent = pl.col("at").is_between(BEGIN + timedelta(hours=4), BEGIN + timedelta(hours=6))
    track = track.filter(~silent)
    at_us = heard_times(track, np.random.default_rng(seed), speed)
    assert (np.diff(at_us) >= 0).all()
    hours = (at_us - at_us[0]) / 3.6e9
    assert not ((hours > 4.3) & (hours < 5.7)).any()
    assert len(at_us) < 6 * track.height


def test_the_error_of_a_feeds_clock_is_measured() -> None:
    """Injected with exact times into a feed that has none, any fake would be told by its clock."""
    clock = FeedClock(sd_s=8.0, memory_s=90.0)
    rng = np.random.default_rng(6)
    ships = [
        ou_simulator(vessel(412000001 + k, step_s=20.0), rng, clock=clock).positions
        for k in range(6)
    ]
    found = feed_clock(pl.concat(ships))
    assert found.sd_s == pytest.approx(8.0, rel=0.25)
    assert found.memory_s == pytest.approx(90.0, rel=0.4)
    assert feed_clock(pl.concat([vessel(step_s=20.0)])).sd_s < 2.0


@FEW
@given(seed=SEEDS, sd_s=st.floats(0, 20), memory_s=st.floats(0, 300))
def test_reports_are_sent_in_the_order_in_which_they_are_heard(
    seed: int, sd_s: float, memory_s: float
) -> None:
    """A ship that seems to sail backwards would be found by that."""
    at_us = np.sort(np.random.default_rng(seed).integers(0, 10**10, 50))
    sent = FeedClock(sd_s, memory_s).sent_s(at_us, np.random.default_rng(seed))
    assert (np.diff(sent) >= 0).all()


def test_thinning_keeps_the_share_asked_for() -> None:
    """The table's columns are named by it."""
    track = vessel(hours=200.0)
    assert thinned(track, np.random.default_rng(1), 1.0).equals(track)
    kept = thinned(track, np.random.default_rng(1), 0.1).height / track.height
    assert kept == pytest.approx(0.1, abs=0.01)


def test_a_truth_says_what_it_was_made_with() -> None:
    """Without the sizes, a missed attack cannot be told from an invisible one."""
    done = gap(vessel(), np.random.default_rng(4))
    assert isinstance(done.truth, Planted)
    assert 2.0 <= done.truth.detail["hours"] <= 8.0
