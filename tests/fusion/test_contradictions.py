"""Contradictions: nothing is held against an honest ship, and what is wrong is only weighed."""

import itertools
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quaywatch.errors import ProbabilityError
from quaywatch.evidence.likelihood import Group
from quaywatch.fusion.contradiction_evidence import (
    bearings_of_kind,
    clocks,
    hull_there,
    likeness,
    tells,
    two_tracks,
)
from quaywatch.fusion.contradiction_frames import Scan
from quaywatch.fusion.contradiction_posterior import (
    FALSE,
    HULL,
    MISTAKE,
    OTHER,
    RARE_PRIORS,
    SEEN_PRIORS,
    explained,
    priors_for,
)
from quaywatch.fusion.contradiction_routes import POINTS, same_routes
from quaywatch.fusion.contradiction_scan import Water, between_sightings, scan
from quaywatch.fusion.contradictions import Explanation, Kind, Weighed
from quaywatch.testing.twins_faults import FAULTS
from quaywatch.testing.twins_planted import planted
from quaywatch.testing.twins_sim import WAYS, Twin, World, as_world, simulated_twins
from quaywatch.vessels.spells import vessel_spells
from quaywatch.workflows.contradictions_tables import owners_of

CONDITIONS = len(FAULTS) + len(WAYS) + 2
EVIDENCE = (
    likeness(40.0, measured=True, source="A comparison"),
    hull_there(20.0, seen=False),
    tells(1.5),
    two_tracks(),
    clocks(30.0),
)


def scanned(world: World, seen: pl.DataFrame | None = None, water: Water | None = None) -> Scan:
    """A world against itself."""
    owners = owners_of(vessel_spells(world.statics), world.positions["mmsi"].unique().to_list())
    return scan(world.positions, owners, world.seen if seen is None else seen, water=water)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=6)
def test_no_honest_ship_is_contradicted(seed: int) -> None:
    """A false accusation is the worst bug: late clocks, garbled digits, sales and ferries."""
    found = scanned(as_world(simulated_twins(CONDITIONS, seed=seed))).found
    assert found.select("kind", "ship", "slack_h").rows() == []


@pytest.mark.parametrize("kind", ["two-places", "in-port-while-at-sea", "unreachable"])
def test_what_is_planted_far_off_is_found(kind: str) -> None:
    """A scan that forgives everything would be worth nothing."""
    cases = [planted(kind, number, seed=3, far_nm=300.0) for number in range(8)]
    world = as_world(cases)
    in_port = world.seen.with_columns(in_port=pl.lit(value=kind == "in-port-while-at-sea"))
    found = scanned(world, in_port).found
    assert set(found["kind"]) == {kind}
    assert found["mmsi"].n_unique() == 8


def test_an_hour_of_the_clock_is_forgiven() -> None:
    """Feeds stamp reports late; what an hour explains is no contradiction, and is counted."""
    world = as_world([planted("two-places", 1, seed=3, far_nm=20.0)])
    told = scanned(world)
    assert told.found.is_empty()
    assert told.controls["sighting: contradicted"] == 0


def test_a_day_without_an_hour_is_not_compared() -> None:
    """An image dated to the day may be of any hour of it, in any zone."""
    world = as_world([planted("two-places", 1, seed=3, far_nm=300.0)])
    start = pl.col("start").dt.truncate("1d")
    day = world.seen.with_columns(start=start, end=start.dt.offset_by("1d"))
    told = scanned(world, day)
    assert told.found.is_empty()
    assert told.controls["sighting: known to the day only, not compared"] == 1


def test_fewer_than_three_reports_exclude_nothing() -> None:
    """Two reports may be one garbled number; a third that follows from them hardly is."""
    world = as_world([planted("two-places", 1, seed=3, far_nm=300.0)])
    at = world.seen["start"][0]
    near = world.positions.sort((pl.col("at") - at).abs()).head(2).sort("mmsi", "at")
    few = World(near, world.statics, world.seen, world.condition_of)
    told = scanned(few)
    assert told.found.is_empty()
    assert told.controls["sighting: fewer than three reports, not compared"] == 1


def test_a_way_round_land_is_asked_only_where_land_lies_between() -> None:
    """Routes are slow, and straight on excludes nearly everything; a peninsula must still count."""
    twin = planted("two-places", 1, seed=3, far_nm=60.0)
    world = as_world([twin])
    asked: list[tuple[float, ...]] = []

    def bound_nm(*ends: float) -> float | None:
        asked.append(ends)
        return 900.0

    # Seen when it is too near in a straight line to be excluded.
    seen = world.seen.with_columns(lon=pl.col("lon") - 0.7)
    open_sea = Water(lambda lon, *_: np.ones(len(lon), bool), bound_nm)
    assert scanned(world, seen, open_sea).found.is_empty()
    assert asked == []
    behind = Water(lambda lon, *_: np.zeros(len(lon), bool), bound_nm)
    found = scanned(world, seen, behind).found
    assert asked
    assert found["rests_on"].to_list() == ["water"]


def test_two_images_too_far_apart_are_at_odds_and_others_agree() -> None:
    """Two sightings of one ship can contradict each other with no broadcast at all."""
    seen = pl.concat([as_world(simulated_twins(1, seed=1)).seen] * 2)
    start = datetime(2025, 1, 1, tzinfo=UTC)
    rows = seen.head(2).with_columns(
        seen=pl.Series(["a", "b"]), start=pl.lit(start), end=pl.lit(start),
        lon=pl.Series([0.0, 5.0]), lat=pl.lit(0.0),
    )  # fmt: skip
    told = between_sightings(rows, ceiling_kn=25.0)
    assert told.found.select("seen", "other_seen").rows() == [("a", "b")]
    near = between_sightings(rows.with_columns(lon=pl.lit(0.0)), ceiling_kn=25.0)
    assert near.controls["two sightings: agreed"] == 1


def test_impossible_alone_tells_nothing() -> None:
    """Kinematics excludes only that all is true of one hull: without more, the prior stands."""
    answer = explained([], SEEN_PRIORS)
    assert answer.concluded is None
    for row in answer.posterior:
        assert row.posterior == pytest.approx(row.prior, abs=1e-3)
    assert "cannot be told" in answer.conclusion


@given(order=st.permutations(EVIDENCE), some=st.integers(0, len(EVIDENCE)))
@settings(max_examples=40)
def test_the_order_of_evidence_does_not_matter(order: list[Weighed], some: int) -> None:
    """Same input, same bits: what is found first must not weigh more."""
    first = explained(order[:some], SEEN_PRIORS)
    again = explained(sorted(order[:some], key=lambda e: e.name), SEEN_PRIORS)
    assert first == again
    for row in first.posterior:
        assert sum(row.posterior.values()) == pytest.approx(1.0, abs=0.04)
        assert all(0.01 <= p <= 0.99 for p in row.posterior.values())


def test_what_nobody_measured_counts_five_at_most() -> None:
    """An article may claim a likeness of a thousand to one; it counts like one of five."""
    thousand = explained([likeness(1000.0, measured=False, source="It")], SEEN_PRIORS)
    five = explained([likeness(5.0, measured=False, source="It")], SEEN_PRIORS)
    assert thousand.posterior == five.posterior
    assert thousand.concluded is None


def test_a_hull_at_the_broadcast_position_clears_the_broadcast() -> None:
    """Somebody was there to send it: then another hull broadcast, or another was seen."""
    known = [likeness(60.0, measured=True, source="It"), hull_there(0.03, seen=True)]
    for row in explained([*known, clocks(30.0)], SEEN_PRIORS).posterior:
        assert row.posterior[FALSE] < 0.2 < row.posterior[OTHER]
    unlike = [likeness(0.02, measured=True, source="It"), hull_there(0.03, seen=True)]
    assert explained(unlike, SEEN_PRIORS).concluded is HULL


def test_empty_sea_and_a_known_hull_leave_the_broadcast() -> None:
    """The case the rule is for: known hull in port, nobody where it broadcasts."""
    told = explained([likeness(60.0, measured=True, source="It"), hull_there(20.0, seen=False)],
                     SEEN_PRIORS)  # fmt: skip
    assert told.concluded is FALSE
    assert told.together is not None


@pytest.mark.parametrize("images", [1, 2])
def test_an_empty_image_or_two_conclude_nothing(images: int) -> None:
    """One ship in twenty is overlooked: absences alone never say that a broadcast is false."""
    told = explained([hull_there(19.6, seen=False)] * images, RARE_PRIORS, alone=True)
    assert told.concluded is None
    assert "cannot be told from this alone" in told.conclusion


def test_an_absence_days_away_counts_five_at_most() -> None:
    """It is of another broadcast: that this one was false too is somebody's guess."""
    near, far = hull_there(900.0, seen=False), hull_there(900.0, seen=False, days=5.0)
    assert near.measured
    assert not far.measured


def test_priors_that_are_none_are_refused() -> None:
    """A prior that does not sum to one would be passed on as a probability."""
    with pytest.raises(ProbabilityError):
        explained([], {"odd": {FALSE: 0.5, MISTAKE: 0.6}})
    zero = Weighed(
        name="x", likelihood={FALSE: 0.0}, group=Group.IDENTITY, measured=True, because="x"
    )
    with pytest.raises(ProbabilityError):
        explained([zero], SEEN_PRIORS)


@pytest.mark.parametrize("kind", list(Kind), ids=str)
def test_every_kind_has_three_priors_that_sum_to_one(kind: Kind) -> None:
    """A conclusion holds only under two of three; there must be three."""
    priors = priors_for(kind)
    assert len(priors) == 3
    for prior in priors.values():
        assert sum(prior.values()) == pytest.approx(1.0)
        assert set(prior) <= set(Explanation)


def test_a_shared_identity_does_not_bear_on_falsehood() -> None:
    """Two hulls that send one number are no evidence that either lies."""
    told = bearings_of_kind(Kind.UNREACHABLE, "mmsi:412000001", cause="ais", ratio=None,
                            measured=False, shared=True)  # fmt: skip
    assert [b.hypothesis.value for b in told] == ["other-broadcaster"]


def legs(count: int, copies: int) -> pl.DataFrame:
    """Ships of one lane, half a mile apart, and copies of the first one's way."""
    rng = np.random.default_rng(4)
    share = np.linspace(0.0, 1.0, POINTS)
    lane = np.column_stack((121.0 + 3.0 * share, 34.0 + share))
    own = [lane + rng.normal(0.0, 0.012, 2) + rng.normal(0.0, 0.002, (POINTS, 2))
           for _ in range(count)]  # fmt: skip
    shape = np.array([*own, *(own[0] + 1e-5 * k for k in range(1, copies + 1))])
    at = pl.Series([datetime(2025, 1, 1, tzinfo=UTC)] * len(shape)).cast(pl.Datetime("us", "UTC"))
    return pl.DataFrame({
        "mmsi": np.arange(1, len(shape) + 1, dtype=np.uint32), "start": at, "end": at,
        "length_nm": [175.0] * len(shape),
        "lon": pl.Series(shape[..., 0], dtype=pl.Array(pl.Float64(), POINTS)),
        "lat": pl.Series(shape[..., 1], dtype=pl.Array(pl.Float64(), POINTS)),
    })  # fmt: skip


def test_a_copied_route_is_closer_than_a_lane() -> None:
    """Ships of a lane sail alike; a copy is closer than they are to each other."""
    found, peers = same_routes(legs(160, 2), frozenset({161, 162}))
    assert peers == 160
    assert set(found["mmsi"]) == {161, 162}


def test_routes_are_not_judged_without_peers_or_suspicion() -> None:
    """On an empty sea any two ways are alike; and a route alone accuses nobody."""
    few, peers = same_routes(legs(50, 2), frozenset({51, 52}))
    assert few.is_empty()
    assert peers == 50
    nobody, _ = same_routes(legs(160, 2), frozenset())
    assert nobody.is_empty()


def test_a_number_sold_belongs_to_each_owner_in_turn() -> None:
    """What the next owner sends must not be held against the ship that had the number before."""
    sold = [t for t in simulated_twins(CONDITIONS, seed=8) if t.condition.startswith("number")]
    world = as_world(sold)
    owners = owners_of(vessel_spells(world.statics), world.positions["mmsi"].unique().to_list())
    named = owners.filter(pl.col("ship") == f"imo:{sold[0].imo}").sort("start")
    assert named.height == 2
    for (_, _, _, end, _), (_, _, start, _, _) in itertools.pairwise(
        owners.filter(pl.col("mmsi") == named["mmsi"][0], pl.col("ship").str.starts_with("imo"))
        .sort("start")
        .iter_rows()
    ):
        assert end <= start


def test_two_hulls_of_one_identity_are_said_to_share_it() -> None:
    """A mistyped IMO number: the pair is at odds, and nothing is said against either."""
    base = planted("two-places", 1, seed=3, far_nm=300.0)
    mmsi, sent = base.sent[0]
    twice = Twin(base.condition, base.imo, base.name, base.sent, base.seen_at, base.seen_lon,
                 base.seen_lat, also_says=((mmsi + 1, sent.at_s),))  # fmt: skip
    found = scanned(as_world([twice])).found
    assert found["shared"].to_list() == [True]
