"""Images of where a ship said it was: they clear whoever was there, and only then doubt anybody."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim
from quaywatch.fusion.attribution import Candidate, SeenHull, attribute
from quaywatch.fusion.whereabouts import Alongside
from quaywatch.geo.position import Position
from quaywatch.workflows.callers import pictured
from quaywatch.workflows.callers_said import value_of
from quaywatch.workflows.callers_stays import Stay
from quaywatch.workflows.callers_there import about, parted, seen_there

SEEN_AT = datetime(2025, 2, 8, 2, tzinfo=UTC)
STAY = Stay(
    subject="site:quay/berth:a", visits="claim:v", looks=("claim:l",), at=(SEEN_AT,),
    place=Alongside(Position(125.4, 38.7), 100.0), hull=SeenHull(150.0, 4.0),
)  # fmt: skip


def check(verdict: str, lr: float | None, *, hours: float = 0.0, scene: str = "s") -> Claim:
    """A presence check of one ship; a hull is in its disc unless nobody was seen."""
    feature = {
        "geometry": {"type": "Point", "coordinates": [127.0, 38.7]},
        "properties": {"role": "detection"},
    }
    hulls = [] if verdict == "not-seen" else [feature]
    value: dict[str, Any] = {
        "verdict": verdict, "lr": lr, "hulls_in_disc": len(hulls), "geometry": {"features": hulls},
    }  # fmt: skip
    return Claim(
        subject="mmsi:299000001", predicate="presence", value=value,
        time=TimeInterval.at(SEEN_AT + timedelta(hours=hours)), basis=Basis.INFERRED,
        method="presence@1", inputs=("observation:o", f"claim:{scene}"),
    )  # fmt: skip


def likeness(ratio: float | None, *, lon: float = 127.0, scene: str = "s") -> Claim:
    """A hull compared with the ship's pictures."""
    groups = {"dimensions": 9.0, "layout": ratio}
    asked = {"lon": lon, "lat": 38.7, "scene": "x"}
    value: dict[str, Any] = {"ratio": ratio, "groups": groups, "questioned": asked}
    return Claim(
        subject="imo:1", predicate="likeness", value=value, basis=Basis.INFERRED,
        method="likeness@1", inputs=("claim:p", f"claim:{scene}"),
    )  # fmt: skip


SHIPS = {"mmsi:299000001": "imo:1"}


@pytest.mark.parametrize(
    ("checks", "compared", "bounds"),
    [
        ([check("not-seen", 12.0)], [], (12.0, 12.0)),
        ([check("seen", 0.05)], [], (0.5, 0.6)),
        ([check("seen", 0.05)], [likeness(20.0)], (0.0, 0.05)),
        ([check("not-observable", None)], [likeness(0.1)], (4.0, 6.0)),
        ([check("not-seen", 12.0), check("not-seen", 9.0, scene="t")], [], (12.0, 12.0)),
        ([check("not-seen", 12.0), check("seen", 0.05, scene="t")], [], (0.5, 0.6)),
    ],
    ids=["empty", "size", "like", "unlike", "two-empty", "empty-and-seen"],
)
def test_what_images_of_the_broadcast_place_are_worth(
    checks: list[Claim], compared: list[Claim], bounds: tuple[float, float]
) -> None:
    """An absence doubts a broadcast as far as it would have shown; who is seen is believed."""
    assert bounds[0] <= seen_there(checks, compared, SHIPS)["mmsi:299000001"].ratio <= bounds[1]


def test_what_could_not_be_seen_says_nothing() -> None:
    """Cloud over an anchorage is no evidence against whoever lay there."""
    assert seen_there([check("not-observable", None)], [], SHIPS) == {}
    assert seen_there([check("not-observable", None)], [likeness(None)], SHIPS) == {}


@given(st.lists(st.floats(1.0, 30.0), min_size=1, max_size=5), st.floats(1.0, 100.0))
def test_a_hull_that_is_the_ship_outweighs_any_number_of_empty_images(
    absent: list[float], ratio: float
) -> None:
    """Empty images may share one fault; a ship that was recognised was there."""
    checks = [check("not-seen", lr, scene=f"e{i}") for i, lr in enumerate(absent)]
    found = seen_there([*checks, check("seen", 0.05)], [likeness(ratio)], SHIPS)
    assert found["mmsi:299000001"].ratio <= 0.5


def test_a_hull_of_the_right_size_is_no_proof_that_the_ship_was_there() -> None:
    """Who sends a false track for a ship takes one of its size."""
    like = likeness(1.0)
    found = seen_there([check("seen", 0.05)], [like], SHIPS)
    assert found["mmsi:299000001"].ratio == pytest.approx(0.5)


def test_only_images_of_that_time_count() -> None:
    """Where a ship was a week later does not tell whose hull lay here."""
    early, late = check("not-seen", 9.0, hours=-5), check("not-seen", 9.0, hours=30)
    assert about([early, late], STAY) == [early]


def test_the_hull_at_the_berth_is_not_the_one_elsewhere() -> None:
    """A comparison of the wrong hull would clear or accuse a ship by another's picture."""
    at_berth, away = likeness(3.0, lon=125.4), likeness(3.0, lon=127.0)
    assert parted([at_berth, away], STAY) == ([at_berth], [away])


def test_a_hull_elsewhere_in_the_scene_says_nothing_of_the_one_where_broadcasts_put_the_ship() -> (
    None
):
    """Every ship of the size is compared with the hulls at the berths of the same scene."""
    found = seen_there([check("seen", 0.05)], [likeness(0.05, lon=127.01)], SHIPS)
    assert found["mmsi:299000001"].ratio < 1


def test_two_transponders_of_one_number_are_not_one_place() -> None:
    """A thief's false place must not be laid at the door of the ship whose number it borrows."""
    ships = {**SHIPS, "mmsi:299000002": "imo:1"}
    assert set(seen_there([check("not-seen", 12.0)], [], ships)) == {"mmsi:299000001"}


def ratios(there: float, **more: Any) -> dict[str, float]:  # noqa: ANN401  # of a candidate
    """What a stay says of one ship that broadcast elsewhere: hypothesis to ratio."""
    told: dict[str, Any] = {"likeness": 4.0, "there": there, **more}
    one = Candidate("imo:1", None, None, "elsewhere", 0.05, **told)
    value: Any = value_of(STAY, attribute(STAY.hull, [one]), [one], {})
    return {b["hypothesis"]: b["ratio"] for b in value["bearings"]}


def test_a_ship_recognised_where_it_said_it_was_is_believed() -> None:
    """An alibi that left the accusation as it was would be none."""
    plain, empty, seen = ratios(1.0), ratios(10.0), ratios(1 / 30)
    assert empty["broadcast-false"] > plain["broadcast-false"] > seen["broadcast-false"]
    assert empty["called"] > plain["called"] > seen["called"]
    free = ratios(1 / 30, at_best="silent")["broadcast-false"]
    assert free == pytest.approx(seen["broadcast-false"])


def test_what_ais_alone_tells_is_left_to_its_own_claims() -> None:
    """Said again through the hull it would count twice, and beyond the cap of AIS."""
    assert ratios(1.0, tells=10.0)["broadcast-false"] == pytest.approx(
        ratios(1.0)["broadcast-false"]
    )


def test_many_hulls_that_a_ship_might_be_are_one_reason() -> None:
    """Sixteen hulls of common size once made a call of ships that never came within 85 miles."""
    one = Candidate("imo:1", None, None, "elsewhere", 0.05, likeness=4.0)
    stays = [replace(STAY, looks=(look,)) for look in ("claim:a", "claim:b")]
    values: list[Any] = [value_of(s, attribute(s.hull, [one]), [one], {}) for s in stays]
    assert len({b["cause"] for v in values for b in v["bearings"]}) == 1


def test_a_picture_in_which_only_size_was_read_does_not_hide_one_that_shows_more() -> None:
    """A sharp but unreadable picture once took the place of a coarser one that told the ship."""

    def pair(gsd_m: float, **groups: float) -> Claim:
        value: Any = likeness(1.0, lon=125.4).value
        return likeness(1.0, lon=125.4).model_copy(
            update={
                "value": {
                    **value,
                    "groups": {"dimensions": 9.0, **groups},
                    "questioned": {**value["questioned"], "gsd_m": gsd_m},
                    "reference": {"gsd_m": gsd_m},
                }
            }
        )

    assert pictured([pair(0.9), pair(3.0, layout=2.0)]) == {"imo:1": pytest.approx(2.0)}
    assert pictured([pair(0.9)]) == {}
