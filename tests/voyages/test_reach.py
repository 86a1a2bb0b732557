"""Reach: an exclusion must survive the shortest way and the fastest ship."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.errors import TrackOrderError
from quaywatch.voyages.reach import Leg, reach


@given(
    there=st.floats(0, 2000),
    back=st.floats(0, 2000),
    stay_h=st.floats(0, 500),
    speed_kn=st.floats(5, 15),
    lock_h=st.floats(0, 8),
)
def test_a_port_that_was_called_at_is_never_excluded(
    there: float, back: float, stay_h: float, speed_kn: float, lock_h: float
) -> None:
    """Excluding a true call would clear a ship that loaded; METHODS 2 wants this in every case."""
    gap_h = (there + back) / speed_kn + lock_h + stay_h + 1e-6

    answer = reach(gap_h=gap_h, there=Leg(there, there), back=Leg(back, back), lock_h=lock_h)

    assert answer.verdict != "excluded"
    assert answer.verdict == "compatible-with-loading" or stay_h < 12


def test_an_exclusion_uses_the_lower_bound_not_the_estimate() -> None:
    """The estimate may be long by a coarse grid; only the bound may exclude."""
    leg = Leg(water_nm=200.0, lower_bound_nm=150.0)

    assert reach(gap_h=20.5, there=leg, back=leg).verdict == "possible"
    assert reach(gap_h=19.5, there=leg, back=leg).verdict == "excluded"


def test_no_way_by_water_is_unknown() -> None:
    """No path in a mask is not proof that there is none."""
    answer = reach(gap_h=100, there=Leg(None, None, "landlocked"), back=Leg(1, 1))

    assert answer.verdict == "unknown"
    assert "landlocked" in answer.messages[0]


def test_reports_out_of_order_are_refused() -> None:
    """A negative gap would exclude every port on Earth."""
    with pytest.raises(TrackOrderError):
        reach(gap_h=-1, there=Leg(1, 1), back=Leg(1, 1))
