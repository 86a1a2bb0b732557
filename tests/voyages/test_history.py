"""From sightings to voyages: nothing dropped, nothing invented, contradictions said."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.ais.events import as_events
from quaywatch.evidence.likelihood import Group
from quaywatch.geo.geodesic import great_circle_nm
from quaywatch.geo.position import Position
from quaywatch.geo.water import WaterDistance
from quaywatch.testing.hidden_sim import straight
from quaywatch.voyages.calls import (
    berth_sign,
    call_in_images,
    draught_sign,
    role_of,
    stock_sign,
    with_signs,
)
from quaywatch.voyages.chain import chained
from quaywatch.voyages.gazetteer import Place
from quaywatch.voyages.heard import Track, track_of
from quaywatch.voyages.hidden_evidence import CAP, Basis
from quaywatch.voyages.history import history_of, voyages_of
from quaywatch.voyages.legs import detour_of, en_route_from_events, legs_of, reference_of
from quaywatch.voyages.voyage import (
    Call,
    CargoSign,
    EnRoute,
    Leg,
    LegGap,
    Role,
    RoleName,
    When,
    hours_between,
)
from quaywatch.voyages.voyage_tables import (
    CALLS_TABLE,
    FLEET_TABLE,
    LEGS_TABLE,
    VOYAGES_TABLE,
    calls_table,
    fleet_table,
    legs_table,
    voyages_table,
)

DAY = datetime(2025, 2, 1, tzinfo=UTC)
NAMPO, YANTAI, NAKHODKA = Position(125.4, 38.7), Position(121.4, 37.6), Position(132.9, 42.8)


def on(day: float) -> datetime:
    """So many days after the first."""
    return DAY + timedelta(days=day)


def call(
    at: Position, first: float, last: float, *, role: RoleName = "unknown", by: str = "ais"
) -> Call:
    """A call seen from one day to another, with bounds of an hour."""
    hour = timedelta(hours=1)
    shares = {"load-candidate": (0.8, 0.1, 0.1), "discharge-candidate": (0.1, 0.8, 0.1)}
    return Call(
        "imo:9999991",
        Place(at, f"{at.lat:.1f}", f"port {at.lat:.1f}", "KP" if at == NAMPO else "CN"),
        (by,),  # type: ignore[arg-type]  # one of the words
        When(on(first) - hour, on(first)),
        When(on(last), on(last) + hour),
        When(on(first), on(last)),
        None,
        evidence=(f"{at.lat}-{first}",),
        role=Role(role, *shares.get(role, (None, None, None))),
    )


roles = st.lists(
    st.tuples(
        st.sampled_from(["load-candidate", "discharge-candidate", "undecided", "unknown"]),
        st.sampled_from([NAMPO, YANTAI]),
    ),
    max_size=8,
)


@given(roles, st.booleans())
def test_every_leg_is_in_exactly_one_voyage(
    told: list[tuple[RoleName, Position]],
    known: bool,  # noqa: FBT001  # drawn by the test
) -> None:
    """A leg lost is a cargo lost; one counted twice is tonnes that never sailed."""
    calls = [call(at, 10 * k, 10 * k + 2, role=role) for k, (role, at) in enumerate(told)]
    span = When(on(-5), on(100)) if known else None

    history = history_of("imo:9999991", calls, straight, known=span)

    assert [leg for v in history.voyages for leg in v.legs] == list(history.legs)
    ends = max(0, len(calls) - 1) + (2 if known and calls else int(known))
    assert len(history.legs) == ends
    for voyage in history.voyages:
        if voyage.kind == "cargo":
            assert voyage.load is not None
            assert voyage.discharge is not None
            assert voyage.probability is not None
        if voyage.load is None and voyage.discharge is None:
            assert voyage.laden.probability is None
            assert voyage.laden.reason
    table = voyages_table([history])
    assert table.schema == VOYAGES_TABLE
    assert table["legs"].sum() == len(history.legs)


def test_a_load_and_a_discharge_make_a_cargo_voyage() -> None:
    """The plain case, with its way, its speed and its probability."""
    calls = [
        call(NAMPO, 0, 2, role="load-candidate"),
        call(YANTAI, 4, 6, role="discharge-candidate"),
        call(NAMPO, 10, 12, role="load-candidate"),
    ]

    history = history_of("imo:9999991", calls, straight)

    first, second = history.voyages
    assert (first.kind, second.kind) == ("cargo", "repositioning")
    assert first.probability == pytest.approx(0.64)
    assert first.laden.probability == pytest.approx(0.96)
    leg = first.legs[0]
    assert leg.water_nm is not None
    assert leg.hours[0] is not None
    assert leg.speed_kn[1] == pytest.approx(leg.water_nm / leg.hours[0])
    assert leg.speed_kn[0] is not None
    assert leg.speed_kn[1] is not None
    assert leg.speed_kn[0] <= leg.speed_kn[1]


def test_a_picture_sets_a_broadcast_call_aside() -> None:
    """A ship in Nampo by picture was not in Nakhodka, whatever it broadcast.

    The shape of a published case: imaged in port while it broadcast a stay in Russian waters.
    """
    picture = call_in_images(
        Place(NAMPO, name="Nampo"), [on(4)], vessel="imo:9999991", evidence=["look:1"]
    )
    claimed = call(NAKHODKA, 1, 8)

    chain = chained([claimed, picture])

    assert chain.calls == (picture,)
    assert chain.set_aside == (claimed,)
    assert "Nampo" in chain.reasons[0]


def test_an_unsure_picture_sets_nothing_aside() -> None:
    """A look that is only perhaps of this hull cannot make its broadcasts false."""
    perhaps = call_in_images(Place(NAMPO), [on(4)], vessel="imo:9999991", probability=0.6)

    chain = chained([call(NAKHODKA, 1, 8), perhaps])

    assert chain.set_aside == ()
    assert len(chain.broken) == 1


def test_the_other_ship_of_an_encounter_is_not_herself() -> None:
    """Rows name two ships in the order of their numbers, not of who is asked about."""
    rows = as_events(
        pl.DataFrame(
            {
                "kind": ["encounter"],
                "test": ["gfw"],
                "mmsi": [111],
                "other_mmsi": [222],
                "start": [DAY],
                "end": [on(0.2)],
                "lon": [0.0],
                "lat": [0.0],
                "verdict": ["met"],
            }
        )
    )

    assert en_route_from_events(rows, own=[222])[0].other == "mmsi:000000111"
    assert en_route_from_events(rows, own=[111])[0].other == "mmsi:000000222"


@pytest.mark.parametrize("days", [[0, 3, 30, 33], [0, 1, 2, 40]])
def test_every_impossible_pair_of_neighbours_is_found(days: list[int]) -> None:
    """Asking only neighbours and overlaps must not miss a pair."""
    calls = [call(at, d, d + 0.5) for at, d in zip([NAMPO, NAKHODKA] * 2, days, strict=True)]

    broken = chained(calls, fastest_kn=12.0).broken

    every = {
        (i, k)
        for i in range(4)
        for k in range(i + 1, 4)
        if great_circle_nm(calls[i].place.position, calls[k].place.position) - 5.0
        > 12.0 * 24.0 * (days[k] - days[i] - 0.5)
    }
    assert bool(broken) == bool(every)
    assert set(broken) <= every


def test_between_two_broadcasts_nothing_is_decided() -> None:
    """Two places at once without a picture: no legs are laid, and it is said."""
    calls = [call(NAKHODKA, 1, 8), call(YANTAI, 3, 5), call(NAMPO, 30, 31)]

    history = history_of("imo:9999991", calls, straight)

    assert len(history.calls) == 3
    assert history.legs == ()
    assert any("cannot both" in reason for reason in history.reasons)


def test_two_sightings_of_one_stay_are_one_call() -> None:
    """A ship seen by AIS and by a satellite did not call twice."""
    told = call(NAMPO, 1, 3)
    picture = call_in_images(
        Place(NAMPO), [on(2)], vessel="imo:9999991", absent_before=on(0), absent_after=on(4)
    )

    chain = chained([picture, told])

    assert len(chain.calls) == 1
    both = chain.calls[0]
    assert set(both.seen_by) == {"ais", "imagery"}
    assert both.arrived == told.arrived
    assert both.departed.latest == told.departed.latest


def test_seen_away_between_makes_two_calls() -> None:
    """A ship that left and came back loaded twice, if it loaded."""
    first = call(NAMPO, 1, 2)
    second = call(NAMPO, 5, 6)

    assert len(chained([first, second]).calls) == 2


def test_open_sides_keep_a_stay_in_pictures_together() -> None:
    """Two looks days apart with nothing between: one stay or two is not known; one is the fewer."""
    looks = [
        call_in_images(Place(NAMPO), [on(d)], vessel="imo:9999991", evidence=[f"look:{d}"])
        for d in (1, 9)
    ]

    chain = chained(looks)

    assert len(chain.calls) == 1
    assert chain.calls[0].arrived.earliest is None
    assert "bounds its arrival" in chain.calls[0].reasons[0]
    assert "8 days between two sightings" in chain.calls[0].reasons[-1]


@pytest.mark.parametrize("n", [0, 1])
def test_no_call_and_one_call_are_said(n: int) -> None:
    """A table without rows must say why it has none."""
    history = history_of("imo:9999991", [call(NAMPO, 1, 2)][:n], straight, known=When(on(0), on(9)))

    assert any("call is known" in reason for reason in history.reasons)
    assert len(history.legs) == n + 1
    assert all(leg.water_nm is None and leg.reasons for leg in history.legs)
    assert fleet_table([history])["calls_seen"].item() == n


def test_a_vessel_without_identity_keeps_its_calls() -> None:
    """Unidentified is not absent."""
    history = history_of(None, [], straight)

    assert history.reasons[0] == "The hull is not identified."
    assert fleet_table([history])["vessel"].item() is None


def test_a_call_of_no_length_gives_no_speed() -> None:
    """Nought hours would be infinite knots."""
    calls = [call(NAMPO, 0, 0), call(YANTAI, 0, 0)]
    calls[1] = call(Position(125.4, 38.6), 0.0, 0.0)

    legs = legs_of(chained(calls).calls, straight, vessel=None)

    assert all(leg.speed_kn[1] is None for leg in legs)


def test_no_way_by_water_is_said_on_the_leg() -> None:
    """A distance that is not known is no distance, not the great circle."""

    def dry(_a: Position, _b: Position) -> WaterDistance:
        return WaterDistance(200.0, None, None, "inland", None, None, (), "", "")

    leg = legs_of([call(NAMPO, 0, 1), call(YANTAI, 3, 4)], dry, vessel=None)[0]

    assert leg.water_nm is None
    assert leg.speed_kn == (None, None)
    assert legs_table([history_of(None, [], dry)]).schema == LEGS_TABLE
    assert leg.water_reason == "inland"


def test_heard_share_and_gaps_of_a_leg() -> None:
    """How much of a way was heard decides what may be said of it."""
    calls = [call(Position(0, 0), -1, 0), call(Position(2, 0), 1, 2)]
    at = [0, 0.02, 0.04, 0.5, 0.52, 1.0]
    track = track_of(
        [round(on(d).timestamp() * 1e6) for d in at], [0, 0.04, 0.08, 1.0, 1.04, 2.0], [0] * 6
    )

    leg = legs_of(calls, straight, vessel=None, track=track)[0]

    assert leg.seen_share == pytest.approx(0.06)
    assert [round(gap.hours, 1) for gap in leg.gaps] == [11.0, 11.5]
    assert leg.sailed_nm == pytest.approx(7.2, abs=0.1)
    assert leg.detour is not None
    assert leg.detour.ratio == pytest.approx(1.0, abs=0.01)
    assert leg.detour.circuitous is None


def test_a_detour_is_circuitous_only_beside_others_and_with_its_explanations() -> None:
    """'Circuitous' is a comparison; waiting and bunkering come before suspicion."""
    calls = [call(Position(0, 0), -1, 0), call(Position(2, 0), 2, 3)]
    waits = EnRoute("anchoring", on(0.5), on(1.2), Position(1, 1))

    def leg_by(height: float) -> tuple[Leg, Track]:
        n = 60
        lat = [height * (1 - abs(2 * k / n - 1)) for k in range(n + 1)]
        at = [round(on(2 * k / n).timestamp() * 1e6) for k in range(n + 1)]
        track = track_of(at, [2 * k / n for k in range(n + 1)], lat)
        leg = legs_of(calls, straight, vessel=None, track=track, en_route=[waits])[0]
        return leg, track

    others = reference_of([leg_by(0.01 * k)[0] for k in range(25)])
    leg, track = leg_by(2.0)
    found = detour_of(leg, track, straight, others)

    assert found is not None
    assert found.ratio == pytest.approx(2.2, abs=0.1)
    assert found.circuitous is True
    assert found.explanations[0].startswith("Waiting")
    assert "not looked into" in found.explanations[-1]


def test_signs_make_roles_and_set_ratios_are_limited() -> None:
    """Three things someone made up must not outweigh a measurement."""
    wild = CargoSign("reported", 50.0, -50.0, Group.REPORTED, "said so")
    role = role_of([wild])

    assert role.p_load is not None
    assert role.p_load < 0.85
    assert role_of([]).name == "unknown"
    assert role_of([draught_sign(0.1)]).name == "undecided"
    loaded = with_signs(
        call(NAMPO, 0, 1), [berth_sign("load", "coal pier"), stock_sign(2.0, "less")]
    )
    assert loaded.role.name == "load-candidate"


def test_hidden_calls_stay_with_their_gaps_until_likely() -> None:
    """A possible call must be visible on the leg and absent from the chain."""
    gap = LegGap(on(3), on(9), NAMPO, YANTAI, ("gap:1",))
    ends = [call(NAMPO, 0, 2), call(YANTAI, 10, 12)]
    maybe = Call(
        "imo:9999991",
        Place(NAKHODKA, name="Nakhodka"),
        ("hidden",),
        When(on(4), on(6)),
        When(on(6), on(8)),
        None,
        0.3,
        evidence=("gap:1",),
    )

    history = history_of("imo:9999991", ends, straight, gaps=[gap], hidden=[maybe])

    assert len(history.calls) == 2
    assert history.legs[0].gaps[0].hidden == (maybe,)
    assert fleet_table([history])["calls_hidden_expected"].item() == pytest.approx(0.3)
    assert "opportunity" in (voyages_table([history])["reason"].item() or "")


def test_a_silence_alone_makes_no_leg() -> None:
    """The most that AIS alone may say is even odds: not enough to draw a voyage by."""
    ends = [call(NAMPO, 0, 2), call(YANTAI, 20, 22)]
    gap = LegGap(on(3), on(19), NAMPO, YANTAI)
    shown = []
    for share in (CAP[Basis.AIS_ONLY], 0.9):
        maybe = Call(
            "imo:9999991", Place(NAKHODKA), ("hidden",), When(on(6), on(9)), When(on(9), on(14)),
            None, share,
        )  # fmt: skip
        shown.append(history_of("imo:9999991", ends, straight, gaps=[gap], hidden=[maybe]))

    assert [len(history.legs) for history in shown] == [1, 2]
    assert any("seen by nobody" in reason for v in shown[1].voyages for reason in v.reasons)


def test_ids_do_not_depend_on_which_object_stands_for_utc() -> None:
    """A table read from a file carries another UTC than one made by hand; it is the same call."""
    one = call(NAMPO, 0, 1)
    zone = ZoneInfo("UTC")
    other = replace(
        one,
        arrived=When(*(t.astimezone(zone) for t in (on(0) - timedelta(hours=1), on(0)))),
    )

    assert one.call_id == other.call_id


def test_tables_have_their_schema_even_when_empty() -> None:
    """A notebook joins on columns, also on the day when nothing was found."""
    assert calls_table([]).schema == CALLS_TABLE
    assert fleet_table([]).schema == FLEET_TABLE
    assert voyages_of([]) == ()


@given(st.lists(st.integers(0, 1000), min_size=4, max_size=4))
def test_hours_between_are_ordered_and_never_negative(days: list[int]) -> None:
    """An interval the wrong way round would make the fastest ship the slowest."""
    a, b = sorted(days[:2])
    c, d = sorted(days[2:])

    least, most = hours_between(When(on(a), on(b)), When(on(c), on(d)))

    assert least is not None
    assert most is not None
    assert 0.0 <= least <= most or most == 0.0
