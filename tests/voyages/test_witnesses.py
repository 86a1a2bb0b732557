"""Ratios of looks, yards and checks: bounded, monotone, and silent where nothing is known."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.errors import ProbabilityError
from quaywatch.voyages.hidden_evidence import Witness, weighed
from quaywatch.voyages.witnesses import (
    BerthSeen,
    look_log_ratio,
    p_falsified,
    stock_log_ratio,
)

chances = st.floats(0.0, 1.0)
hulls = st.lists(st.tuples(st.floats(20, 400), st.floats(0, 40)), max_size=3).map(tuple)
berths = st.lists(st.builds(BerthSeen, chances, hulls), max_size=5)


@given(berths, st.integers(0, 6), st.one_of(st.none(), st.floats(20, 400)))
def test_no_look_says_more_than_a_set_ratio_may(
    seen: list[BerthSeen], more: int, length: float | None
) -> None:
    """One look at a quay, whatever it shows, moves the odds by five at most; none moves none."""
    told = look_log_ratio(seen, drawn=len(seen) + more, length_m=length)
    assert (told is None) == (not seen)
    assert told is None or abs(told) <= math.log(5.0) + 1e-12
    if length is None and told is not None:
        assert told <= 1e-9


@given(st.integers(1, 5), st.integers(0, 5))
def test_empty_berths_clear_by_how_much_of_the_quay_was_seen(shown: int, unseen: int) -> None:
    """She may have lain at a berth that no look shows: the more of those, the less is cleared."""
    empty = [BerthSeen(0.01)] * shown
    told = look_log_ratio(empty, drawn=shown + unseen, length_m=140.0)
    less = look_log_ratio(empty, drawn=shown + unseen + 1, length_m=140.0)
    assert told is not None
    assert less is not None
    assert told < less < 0.0


@given(st.floats(60, 240), st.floats(0, 60))
def test_a_hull_that_fits_worse_speaks_less_for_her(length: float, off: float) -> None:
    """Of two hulls the one nearer to her length must never count for less."""
    near, far = (
        look_log_ratio([BerthSeen(0.99, ((length + d, 4.0),))], drawn=1, length_m=length)
        for d in (off / 2, off)
    )
    assert near is not None
    assert far is not None
    assert near >= far


@given(st.integers(1, 40))
def test_many_looks_at_one_hull_are_one_hull(count: int) -> None:
    """A ship that lies there for a month is in many looks, and is no more herself for it."""
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415  # used here alone

    begin = datetime(2025, 1, 1, tzinfo=UTC)
    at = [begin + timedelta(hours=k) for k in range(count)]
    looks = [Witness("hull", "a", t, t, math.log(5.0), "s", measured=False) for t in at]
    assert sum(one.log_lr for one in weighed(looks)) <= math.log(5.0) + 1e-9


def test_a_yard_speaks_only_of_a_fall() -> None:
    """Stock that comes says nothing of a ship that takes it away."""
    assert stock_log_ratio(0.2, 0.99) is None
    assert stock_log_ratio(-0.2, 0.99) == pytest.approx(math.log(1.99))


def test_checks_raise_the_doubt_and_never_settle_it() -> None:
    """AIS is weighed down by contradictions, not thrown away."""
    told = [("two-places", "impossible"), ("presence", "not-seen"), ("presence", "not-seen")]
    found = [p_falsified(told[:k]) for k in range(4)]
    assert found == sorted(found)
    assert found[0] == 0.0
    assert found[-1] < 0.95


def test_chances_out_of_range_are_refused() -> None:
    """A bad state in the ledger must stop, not vanish into a sum."""
    with pytest.raises(ProbabilityError):
        look_log_ratio([BerthSeen(1.2)], drawn=1, length_m=None)
    with pytest.raises(ProbabilityError):
        stock_log_ratio(-0.1, -0.5)
