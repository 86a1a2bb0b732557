"""Who a hull may be: odds that never accuse for want of anybody else."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.errors import ProbabilityError
from quaywatch.fusion.attribution import (
    NAMED,
    UNPICTURED_AT_MOST,
    Candidate,
    SeenHull,
    Whereabouts,
    attribute,
)

HULL = SeenHull(length_m=146.0, length_sigma_m=4.0)
WHERE: Sequence[Whereabouts] = ("here", "silent", "elsewhere", "out-of-reach", "unheard")

ships = st.builds(
    Candidate,
    subject=st.uuids().map(str),
    length_m=st.none() | st.floats(60, 300),
    beam_m=st.none() | st.floats(10, 45),
    whereabouts=st.sampled_from(WHERE),
    silent_share=st.none() | st.floats(0, 1),
    likeness=st.none() | st.floats(1e-3, 1e3),
    tells=st.floats(1e-3, 1e3),
    shared=st.booleans(),
)


@given(st.lists(ships, max_size=8, unique_by=lambda ship: ship.subject))
def test_some_odds_are_always_left_to_a_ship_in_no_list(listed: list[Candidate]) -> None:
    """The true ship may never have broadcast: a list is never the whole world."""
    answer = attribute(HULL, listed)
    assert answer.p_unlisted >= 0.01
    assert answer.p_unlisted_low <= answer.p_unlisted <= answer.p_unlisted_high
    assert all(0.01 <= one.low <= one.probability <= one.high <= 0.99 for one in answer.candidates)
    assert (answer.named is None) == (answer.reason is not None)


@given(st.lists(ships, min_size=1, max_size=6, unique_by=lambda ship: ship.subject), ships)
def test_one_more_ship_makes_no_other_more_probable_than_alone(
    listed: list[Candidate], more: Candidate
) -> None:
    """Evidence for a second ship must never read as evidence for the first."""
    alone = {one.subject: one.probability for one in attribute(HULL, listed).candidates}
    beside = {one.subject: one.probability for one in attribute(HULL, [*listed, more]).candidates}
    assert all(beside[subject] <= p + 1e-9 for subject, p in alone.items())


@given(st.floats(100, 200), st.floats(0, 0.2))
def test_nobody_is_named_for_size_and_silence(length_m: float, share: float) -> None:
    """An honest ship of the same size may be silent just then: that names nobody."""
    hull = SeenHull(length_m=length_m, length_sigma_m=2.0)
    answer = attribute(hull, [Candidate("imo:1", length_m, None, "silent", share)])
    assert answer.named is None
    assert answer.candidates[0].probability <= UNPICTURED_AT_MOST
    assert answer.p_unlisted >= 1 - UNPICTURED_AT_MOST - 0.01


@given(st.floats(0.01, 100), st.floats(1.01, 10))
def test_pictures_that_speak_louder_never_count_less(likeness: float, louder: float) -> None:
    """Better evidence must move the odds the way it points."""
    twin = Candidate("imo:2", 146.0, None, "silent", 0.1, likeness=1.0)
    less, more = (
        attribute(HULL, [Candidate("imo:1", 146.0, None, "silent", 0.1, likeness=r), twin])
        for r in (likeness, likeness * louder)
    )
    found = [{c.subject: c.probability for c in a.candidates}["imo:1"] for a in (less, more)]
    assert found[1] >= found[0] - 1e-9


def test_a_look_alike_that_pictures_contradict_is_not_named() -> None:
    """The honest ship of the same size, silent by chance, is the one most easily wronged."""
    schemer = Candidate("imo:1", 146.0, 22.0, "elsewhere", 0.1, likeness=60.0, tells=10.0)
    honest = Candidate("imo:2", 146.5, 22.0, "silent", 0.05, likeness=0.05)
    answer = attribute(HULL, [schemer, honest])
    odds = {one.subject: one.probability for one in answer.candidates}
    assert odds["imo:1"] > odds["imo:2"]
    assert odds["imo:2"] < 0.2


def test_a_look_alike_that_pictures_do_not_tell_apart_is_not_named() -> None:
    """Sisters have one layout: pictures that fit both name neither, whoever was silent."""
    schemer = Candidate("imo:1", 146.0, 22.0, "elsewhere", 0.1, likeness=11.0)
    honest = Candidate("imo:2", 146.5, 22.0, "silent", 0.08, likeness=9.0)
    answer = attribute(HULL, [schemer, honest])
    assert answer.named is None
    assert answer.candidates[0].probability <= UNPICTURED_AT_MOST


def test_who_broadcasts_from_the_berth_is_named() -> None:
    """The positive control: an honest caller must come out as what it is."""
    others = [Candidate(f"imo:{n}", 140.0 + n, None, "elsewhere", 0.1) for n in range(2, 30)]
    answer = attribute(HULL, [Candidate("imo:1", 145.0, None, "here", 0.1), *others])
    assert answer.named == "imo:1"
    assert answer.candidates[0].low >= NAMED


def test_a_shared_number_says_nothing_of_this_hull() -> None:
    """Two hulls under one number: what it broadcasts elsewhere excludes neither of them."""
    alone, shared = (
        attribute(HULL, [Candidate("imo:1", None, None, "elsewhere", 0.1, shared=two)])
        for two in (False, True)
    )
    assert shared.candidates[0].probability > alone.candidates[0].probability


@pytest.mark.parametrize("likeness", [0.0, -1.0, math.inf, math.nan])
def test_a_likeness_that_is_no_ratio_is_refused(likeness: float) -> None:
    """A number that means nothing must not end up as odds."""
    with pytest.raises(ProbabilityError):
        attribute(HULL, [Candidate("imo:1", 146.0, None, "silent", 0.1, likeness=likeness)])


@given(st.floats(1.0, 1e4), st.floats(0.0, 0.3))
def test_images_of_its_broadcast_place_count_only_for_a_ship_that_broadcast_elsewhere(
    there: float, share: float
) -> None:
    """A ship that was silent sent no place that an image could find empty."""
    silent = Candidate("imo:1", 146.0, None, "silent", share, there=there)
    away = Candidate("imo:1", 146.0, None, "elsewhere", share, there=there)
    plain = (Candidate("imo:1", 146.0, None, w, share) for w in ("silent", "elsewhere"))
    (s,), (e,), (ps,), (pe,) = (attribute(HULL, [c]).candidates for c in (silent, away, *plain))
    assert s.probability == ps.probability
    assert e.probability >= pe.probability
    assert e.record_ratio <= 30 * pe.record_ratio * (1 + 1e-9)


@given(st.none() | st.floats(0.0, 1.0), st.sampled_from(["elsewhere", "out-of-reach"]))
def test_being_heard_elsewhere_never_speaks_for_a_ship_by_itself(
    share: float | None, where: Whereabouts
) -> None:
    """Ships of a thin feed, heard a hundred miles off, once gained odds by being heard at all."""
    (one,) = attribute(HULL, [Candidate("imo:1", 146.0, None, where, share)]).candidates
    assert one.record_ratio <= 0.25
