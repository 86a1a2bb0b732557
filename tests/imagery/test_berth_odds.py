"""Chances of a berth: monotone, kept off certainty, and no better than what they were fitted on."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.imagery.berth_odds import CURVES, Curve, chance, monotone

shares = st.floats(0.0, 1.0, allow_nan=False)


@given(st.lists(st.tuples(shares, st.booleans()), min_size=1, max_size=60))
def test_steps_rise(cases: list[tuple[float, bool]]) -> None:
    """A chance that falls where the evidence rises would turn an empty berth into a ship."""
    p, true = np.array([c[0] for c in cases]), np.array([c[1] for c in cases])
    steps = monotone(p, true)
    at, said = np.array(steps).T
    assert (np.diff(said) > 0).all()
    assert (np.diff(at) >= 0).all()
    assert said.min() >= 0
    assert said.max() <= 1


@given(st.lists(st.floats(-20, 20), min_size=10, max_size=10))
def test_a_chance_is_never_certain(x: list[float]) -> None:
    """A few hundred cases do not bear out one in a thousand."""
    for curve in CURVES.values():
        p = chance(np.array(x), curve)
        assert curve.least <= p <= 1 - curve.least


def test_steps_replace_the_chance_of_the_curve() -> None:
    """What is said is what was borne out, not what the curve alone makes of it."""
    bare = Curve(weights=(1.0,), low=0.2, high=0.8, least=0.01)
    stepped = Curve(weights=(1.0,), low=0.2, high=0.8, least=0.01, steps=((0.4, 0.0), (0.6, 0.3)))
    assert round(chance(np.zeros(1), bare), 6) == 0.5
    assert round(chance(np.zeros(1), stepped), 6) == 0.15
