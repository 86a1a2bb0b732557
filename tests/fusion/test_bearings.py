"""What older claims bear on: as little as they show, and nothing where they cannot tell."""

from datetime import UTC, datetime
from typing import Any

import pytest

from quaywatch.evidence.bearing import Bearing, Hypothesis, as_values
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.likelihood import EXPERT_LIMIT, Group
from quaywatch.evidence.record import Basis, Claim
from quaywatch.fusion.bearings_of_claims import bearings_for
from quaywatch.fusion.bearings_told import About, Told

SHIP = "imo:9074729"
PERIOD = TimeInterval.parse("2025-02-01/2025-02-05")
ABOUT = About(SHIP, frozenset({SHIP}), "site:quay", PERIOD)
NOON = datetime(2025, 2, 3, 12, tzinfo=UTC)


def claim(predicate: str, *, subject: str = SHIP, method: str = "test@1", **value: Any) -> Claim:  # noqa: ANN401  # JSON
    """A claim of that value."""
    return Claim(
        subject=subject, predicate=predicate, value=value or {"note": ""}, basis=Basis.INFERRED,
        method=method, time=TimeInterval.at(NOON),
    )  # fmt: skip


def said(made: Claim, *inputs: Claim, site: str | None = "site:quay") -> dict[str, float]:
    """Hypothesis → ratio."""
    found = bearings_for(Told(made, inputs, site=site), ABOUT)
    return {one.hypothesis.value: one.ratio for one in found}


@pytest.mark.parametrize(
    ("predicate", "value"),
    [
        ("two-places", {"verdict": "feasible", "p_feasible": 0.9}),
        ("two-places", {"verdict": "cannot-compare"}),
        ("presence", {"verdict": "not-observable", "lr": None}),
        ("presence", {"verdict": "not-seen", "lr": None}),
        ("reach", {"verdict": "compatible-with-loading"}),
        ("ais-gap", {"verdict": "significant", "log_lr": 6.0}),
        ("ais-encounter", {"verdict": "met"}),
        ("activity", {"calls": 12}),
        ("ais-integrity", {"verdict": "no-tell", "log_lr": 3.0}),
    ],
    ids=lambda v: v if isinstance(v, str) else str(v.get("verdict", "amount")),
)
def test_what_cannot_tell_bears_on_nothing(predicate: str, value: dict[str, Any]) -> None:
    """Unknown is not a value: a check that could not be made must not move a hypothesis."""
    assert said(claim(predicate, **value)) == {}


def test_a_pair_of_places_speaks_for_a_false_broadcast_as_far_as_the_hull_is_known() -> None:
    """Two places rule out one hull; which side is wrong hangs on whose hull the image shows."""
    pair = claim("two-places", verdict="impossible", p_feasible=0.0)
    unknown = said(pair, claim("sighted-at", lon=1.0))
    known = said(pair, claim("sighted-at", likelihood_ratio=12.0))

    assert unknown["broadcast-false"] < 2 < known["broadcast-false"] <= EXPERT_LIMIT
    assert unknown["other-hull-seen"] > known["other-hull-seen"]


def test_nobody_there_counts_by_its_own_ratio_and_somebody_there_speaks_against() -> None:
    """The positive control must weigh against as the absence weighs for."""
    assert said(claim("presence", verdict="not-seen", lr=20.0)) == {"broadcast-false": 20.0}
    assert said(claim("presence", verdict="seen", lr=0.03)) == {"broadcast-false": 0.5}


def test_a_silence_counts_only_where_reception_does_not_explain_it() -> None:
    """A port within reach of a silence is opportunity, not a visit."""
    reach = claim("reach", verdict="possible")
    heard_badly = claim("ais-gap", verdict="not-informative")
    at_rest = claim("ais-gap", verdict="significant", detail={"at_rest": True})
    unexplained = claim("ais-gap", verdict="significant", detail={"at_rest": False})

    assert said(reach, heard_badly) == said(reach, at_rest) == {}
    assert said(reach, unexplained) == {"called": 2.0}
    assert said(claim("reach", verdict="excluded"), heard_badly) == {"called": 1 / EXPERT_LIMIT}
    assert said(reach, unexplained, site=None) == {}


def test_a_report_counts_by_the_ratio_it_states_and_its_image_stands_in_for_it() -> None:
    """What the image held shows is better than what is said of it, and no more than is said."""
    report = claim("loading-at", likelihood_ratio=8.0)

    assert said(report) == {
        "same-hull": 8.0, "other-hull-seen": 1 / 8.0, "called": 8.0, "loaded": 2.0,
    }  # fmt: skip
    assert said(claim("sighting-image", verdict="hull there"), report)["called"] == 8.0
    assert said(claim("sighting-image", verdict="no hull found"), report) == {"called": 0.5}


def test_a_quiet_site_speaks_against_a_call_only_over_the_whole_period() -> None:
    """Empty on three days of four leaves the fourth."""
    spell = {
        "from_before": "2025-01-20T00:00:00+00:00", "until_after": "2025-02-10T00:00:00+00:00",
        "longest_unseen_h": 24.0, "looks_empty": 9,
    }  # fmt: skip
    short = {**spell, "until_after": "2025-02-04T00:00:00+00:00"}

    whole = said(claim("berth-visits", subject="site:quay", quiet=[spell]))
    assert whole == {"called": pytest.approx(24 / 72)}
    assert said(claim("berth-visits", subject="site:quay", quiet=[short])) == {}
    assert said(claim("berth-visits", subject="site:other", quiet=[spell])) == {}


def test_a_yard_that_grew_says_nothing_and_one_that_fell_little() -> None:
    """Stock comes and goes by rail."""
    change = {
        "after": "2025-02-02T00:00:00+00:00", "before": "2025-02-04T00:00:00+00:00",
        "delta": -0.3, "probability": 0.97,
    }  # fmt: skip
    yard = "site:quay/yard:a"

    fell = said(claim("stock-changes", subject=yard, changes=[change]))
    assert 1 < fell["loaded"] <= 2
    assert said(claim("stock-changes", subject=yard, changes=[{**change, "delta": 0.3}])) == {}


def test_a_claim_speaks_for_itself_where_it_carries_its_bearings() -> None:
    """Whoever made it knows best; an adapter must not say it again."""
    own = Bearing(
        hypothesis=Hypothesis.BROADCAST_FALSE, about=SHIP, ratio=3.0, group=Group.IDENTITY,
        cause="scene:a", because="Said.",
    )  # fmt: skip
    other = own.model_copy(update={"about": "imo:1"})

    made = claim("presence", verdict="not-seen", lr=20.0, bearings=as_values([own, other]))
    assert said(made) == {"broadcast-false": 3.0}


def test_odd_tracks_and_shared_numbers_are_held_to_what_ais_may_say() -> None:
    """What anyone can write into a feed is set, and small."""
    odd = bearings_for(Told(claim("ais-integrity", verdict="tell", log_lr=9.0)), ABOUT)
    shared = said(claim("ais-two-tracks", verdict="shared-mmsi"))

    assert [one.measured for one in odd] == [False]
    assert odd[0].group is Group.AIS_INTEGRITY
    assert shared == {"other-broadcaster": EXPERT_LIMIT}


@pytest.mark.parametrize(
    ("asked_at", "said_at", "ratio", "bears"),
    [
        ("site:quay", "site:quay/berth:a", 9.0, True),
        ("site:quay/berth:a", "site:quay/berth:a", 9.0, True),
        ("site:quay/berth:a", "site:quay/berth:b", 9.0, False),
        ("site:quay/berth:a", "site:quay", 9.0, False),
        ("site:quay/berth:a", "site:quay", 0.1, True),
        ("site:quay", "site:quays/berth:a", 9.0, False),
        ("site:quay", "site:quay/berth:a", 0.1, False),
    ],
)
def test_a_call_at_one_berth_makes_nobody_the_hull_at_another(
    asked_at: str, said_at: str, ratio: float, *, bears: bool
) -> None:
    """Who lay openly at one berth was once given another ship's hull at the next."""
    bearing = Bearing(
        hypothesis=Hypothesis.CALLED, about=SHIP, at=said_at, ratio=ratio,
        group=Group.IMAGERY_PRESENCE, cause="scene:x", because="-",
    )  # fmt: skip
    about = About(SHIP, frozenset({SHIP}), asked_at, PERIOD)
    told = Told(claim("attribution", bearings=as_values([bearing])), (), site=None)
    assert bool(bearings_for(told, about)) is bears
