"""Likeness: a ratio over the hulls that might have been there, which sisters keep near one."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.evidence.likelihood import EXPERT_LIMIT, GROUP_CAP, Group
from quaywatch.fusion.likeness import (
    GROSS,
    TRAITS,
    Appearance,
    Likeness,
    compare,
    dimensions_log_ratio,
    trait_log_ratio,
)
from quaywatch.fusion.likeness_population import Member, Population, population_of
from quaywatch.fusion.likeness_said import bearings, messages
from quaywatch.imagery.hull_readings import Reading

NOBODY = population_of([], without="imo:1", described="")
UNASKED = Appearance(None, None, reason="there is one image")


def fleet(lengths: list[float], beam: float = 30.0) -> Population:
    """Listed hulls of some lengths."""
    members = [Member(f"imo:{i + 100}", f"SHIP {i}", m, beam) for i, m in enumerate(lengths)]
    return population_of(members, without="imo:1", described="listed hulls")


def sized(length: float, beam: float, sigma: float = 4.0) -> list[Reading]:
    """Readings of a hull."""
    return [Reading("length_m", length, sigma), Reading("beam_m", beam, 2.5)]


def asked(seen: list[Reading], said: list[Reading], crowd: Population = NOBODY) -> Likeness:
    """The likeness of two sets of readings, no pictures compared."""
    return compare(seen, said, crowd, UNASKED)


def test_length_says_what_the_method_allows() -> None:
    """METHODS 8: 4 m of error among ships spread by 30 m is worth 7.5 at most."""
    seen, said = Reading("length_m", 182.0, 4.0), Reading("length_m", 182.0, 0.0)

    ratio = math.exp(dimensions_log_ratio({"length_m": seen}, {"length_m": said}, NOBODY) or 0)

    assert ratio == pytest.approx((1 - GROSS) * math.hypot(4, 30) / 4 + GROSS, rel=1e-3)


def test_over_all_hulls_that_might_be_there_the_ratio_is_one_on_average() -> None:
    """E[ratio | another hull] = 1 defines a likelihood ratio; above it, strangers are accused."""
    crowd = fleet(list(np.linspace(120, 260, 60)))
    said = {"length_m": Reading("length_m", 190.0, 0.5)}
    kernel = math.hypot(crowd.kernels["length_m"], 5.0)
    grid = np.linspace(40, 340, 1201)
    density = np.mean(
        [np.exp(-0.5 * ((grid - m.length_m) / kernel) ** 2) for m in crowd.members], axis=0
    )
    ratios = [
        math.exp(dimensions_log_ratio({"length_m": Reading("length_m", x, 5.0)}, said, crowd) or 0)
        for x in grid
    ]

    assert np.average(ratios, weights=density) == pytest.approx(1.0, abs=0.01)


def test_sisters_are_not_told_apart_by_their_size() -> None:
    """Twenty hulls of one drawing: agreement with one of them is agreement with all."""
    crowd = fleet([190.0] * 20)

    found = asked(sized(190, 30), sized(190, 30, 0.5), crowd)

    assert found.ratio is not None
    assert found.ratio < 1.5
    assert len(crowd.sisters(190.0, 30.0)) == 20


def test_beam_says_little_once_length_is_known() -> None:
    """Ships of one length have one beam: multiplying both would count the same thing twice."""
    lengths = np.linspace(100, 300, 60)
    members = [Member(f"imo:{i + 100}", None, m, m / 6.2) for i, m in enumerate(lengths)]
    crowd = population_of(members, without="imo:1", described="")
    seen, said = (
        {r.name: r for r in sized(190, 190 / 6.2)},
        {r.name: r for r in sized(190, 190 / 6.2, 0.5)},
    )

    def alone(name: str) -> float:
        return dimensions_log_ratio({name: seen[name]}, {name: said[name]}, crowd) or 0.0

    both = dimensions_log_ratio(seen, said, crowd) or 0.0

    assert both < 0.8 * (alone("length_m") + alone("beam_m"))


@given(
    seen=st.floats(50, 350), said=st.floats(50, 350), sigma=st.floats(0.5, 40),
    house=st.floats(0.05, 0.3), look=st.floats(-20, 20),
)  # fmt: skip
def test_no_readings_say_more_than_the_caps(
    seen: float, said: float, sigma: float, house: float, look: float
) -> None:
    """Identity never adds more than ln 100, and one gross reading never excludes a ship."""
    readings = [*sized(seen, seen / 6, sigma), Reading("house_share", house, 0.02)]
    known = [*sized(said, said / 6, 0.5), Reading("house_share", 0.14, 0.02)]

    found = compare(readings, known, NOBODY, Appearance(0.5, look, 60, 600, measured=True))

    assert found.log_ratio is not None
    assert abs(found.log_ratio) <= GROUP_CAP[Group.IDENTITY]
    assert found.groups["dimensions"] >= math.log(GROSS) - 1e-9
    assert abs(found.groups["layout"]) <= math.log(EXPERT_LIMIT) + 1e-9


@given(seen=st.floats(50, 350), said=st.floats(50, 350))
def test_ten_metre_pixels_never_speak_for_a_ship(seen: float, said: float) -> None:
    """No identity at this resolution: an agreement there is no evidence, and none is made of it."""
    found = compare(
        [Reading("length_m", seen, 20.0)], [Reading("length_m", said, 0.5)], NOBODY, UNASKED,
        one_sided="no identity at this resolution",
    )  # fmt: skip

    assert found.log_ratio is not None
    assert -math.log(EXPERT_LIMIT) <= found.log_ratio <= 0


@given(first=st.floats(100, 300), second=st.floats(100, 300))
def test_which_hull_is_asked_about_does_not_matter(first: float, second: float) -> None:
    """Two measured hulls: the ratio is of the pair, so swapping them changes nothing."""
    crowd = fleet(list(np.linspace(110, 290, 40)))
    one = {"length_m": Reading("length_m", first, 6.0)}
    two = {"length_m": Reading("length_m", second, 6.0)}

    there = dimensions_log_ratio(one, two, crowd)

    assert there == pytest.approx(dimensions_log_ratio(two, one, crowd), abs=1e-9)


def test_what_was_not_read_is_not_compared() -> None:
    """An unread hatch count is unknown, never zero hatches."""
    seen = [*sized(182, 30), Reading("hatch_count", reason="pixels of 3 m do not show it")]
    known = [*sized(182, 30, 0.5), Reading("hatch_count", 5.0, 0.5)]

    found = asked(seen, known)
    hatches = next(c for c in found.compared if c.name == "hatch_count")

    assert (hatches.log_ratio, hatches.agrees, hatches.counted) == (None, None, False)
    assert found.log_ratio == asked(sized(182, 30), sized(182, 30, 0.5)).log_ratio


def test_nothing_read_is_no_ratio() -> None:
    """Nothing compared is not even odds: it is no answer, with its reason."""
    found = asked([Reading("length_m", reason="no hull was found")], sized(182, 30, 0.5))

    assert (found.ratio, found.verdict) == (None, "not-comparable")
    assert "no hull was found" in messages(found, "THE SHIP", [], 0)[0]
    assert bearings(found, "imo:1", {"scene": "ab"}) == []


@pytest.mark.parametrize("length", [182.0, 190.0, 260.0])
def test_two_hulls_are_never_said_to_match(length: float) -> None:
    """The word would claim what no ratio shows; how many others fit always stands beside it."""
    crowd = fleet(list(np.linspace(150, 220, 15)))
    found = asked(sized(length, 30), sized(182, 30, 0.5), crowd)

    told = " ".join(messages(found, "THE SHIP", [], crowd.fitting({"length_m": (length, 4.0)})))

    assert "match" not in told.lower()
    assert "would also fit" in told


def test_colour_counts_once() -> None:
    """How alike two pictures look holds their colours: beside it the colour only stands listed."""
    red = Reading("deck_red_green", 0.3, 0.08)
    both = [*sized(182, 30), red]
    looks = Appearance(0.8, 1.5, 60, 600, measured=True)

    with_looks = compare(both, both, NOBODY, looks)

    assert "colour" not in with_looks.groups
    assert "colour" in asked(both, both).groups


def test_a_trait_shared_by_all_says_nothing() -> None:
    """Nearly every bulk carrier has her house aft: that two have it there is no evidence."""
    aft = Reading("house_share", 0.145, 0.03)

    assert math.exp(trait_log_ratio(aft, aft, TRAITS["house_share"])) < 1.5


def test_unlisted_crowds_count_as_set_by_experts() -> None:
    """Where nobody counted the hulls there, whoever joins ratios must limit this one."""
    said = sized(182, 30, 0.5)

    assert not asked(sized(182, 30), said).measured
    assert asked(sized(182, 30), said, fleet(list(np.linspace(150, 220, 15)))).measured
