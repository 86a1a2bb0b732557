"""Changes of a level: told only where looks bear them out, dated to the looks around them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quaywatch.errors import StockInputError
from quaywatch.imagery.change_checks import cusum, pelt_changes, slow_change
from quaywatch.imagery.change_points import changes, noise_factor, odd_looks


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    at=st.integers(5, 24),
    level=st.floats(0.0, 0.4),
    size=st.floats(0.25, 0.5),
)
def test_a_clear_step_is_told_between_the_looks_around_it(
    seed: int, at: int, level: float, size: float
) -> None:
    """The claim is an interval; the truth must lie in it."""
    rng = np.random.default_rng(seed)
    days = np.cumsum(rng.uniform(1, 9, 30))
    y = np.where(np.arange(30) < at, level, level + size) + 0.02 * rng.standard_normal(30)
    found = changes(days.tolist(), y.tolist(), [0.02] * 30)
    assert len(found) == 1
    assert found[0].after < at <= found[0].before
    assert found[0].delta == pytest.approx(size, abs=0.08)
    assert found[0].probability >= 0.9


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000), n=st.integers(3, 60), sigma=st.floats(0.01, 0.08))
def test_noise_alone_is_hardly_ever_a_change(seed: int, n: int, sigma: float) -> None:
    """A false change accuses a port; noise of the stated size must not make one."""
    rng = np.random.default_rng(seed)
    days = np.cumsum(rng.uniform(1, 9, n))
    y = 0.3 + sigma * rng.standard_normal(n)
    assert changes(days.tolist(), y.tolist(), [sigma] * n) == []


@given(at=st.integers(3, 16), size=st.floats(-0.9, 0.9))
def test_one_look_alone_moves_nothing(at: int, size: float) -> None:
    """A shadow or a thin cloud that no mask found must not be a coming and going of coal."""
    y = np.full(20, 0.1)
    y[at] += size
    assert changes(range(0, 80, 4), y.tolist(), [0.02] * 20) == []
    odd = odd_looks(range(0, 80, 4), y.tolist(), [0.02] * 20)
    assert all(p < 0.5 for k, p in enumerate(odd) if k != at)
    assert odd[at] > 0.5 or abs(size) < 0.25


def test_the_same_series_gives_the_same_bits() -> None:
    """Otherwise no claim of a change would recompute."""
    rng = np.random.default_rng(0)
    y = (np.repeat([0.1, 0.5], 20) + 0.03 * rng.standard_normal(40)).tolist()
    assert changes(range(40), y, [0.03] * 40) == changes(range(40), y, [0.03] * 40)


def test_a_month_without_a_look_widens_the_bracket_and_not_the_claim() -> None:
    """Nothing is known between the looks: the bracket is all of it."""
    days = [0, 3, 6, 9, 12, 45, 48, 51, 54]
    found = changes(days, [0.1] * 5 + [0.5] * 4, [0.02] * 9)
    assert [(c.after, c.before) for c in found] == [(4, 5)]


def test_it_is_told_only_once_a_second_look_bears_it_out() -> None:
    """Online: what could still be one bad look is not told."""
    days, y = list(range(0, 60, 4)), [0.1] * 12 + [0.6] * 3
    assert changes(days[:13], y[:13], [0.02] * 13) == []
    found = changes(days[:14], y[:14], [0.02] * 14)
    assert [(c.after, c.before, c.detected) for c in found] == [(11, 12, 13)]


def test_scatter_beyond_the_stated_error_is_taken_into_account() -> None:
    """Errors too small would make every wiggle a change."""
    rng = np.random.default_rng(5)
    y = 0.3 + 0.06 * rng.standard_normal(60)
    assert noise_factor(y, np.full(60, 0.03)) == pytest.approx(2.0, abs=0.6)
    assert changes(range(0, 240, 4), y.tolist(), [0.03] * 60) == []


def test_too_few_looks_tell_nothing() -> None:
    """Two looks differ; that is no series."""
    assert changes([0, 5], [0.1, 0.9], [0.02, 0.02]) == []
    assert changes([], [], []) == []


@pytest.mark.parametrize("bad", ["lengths", "order", "nan", "sigma"])
def test_what_is_no_series_is_refused(bad: str) -> None:
    """Silence about a broken series would read as "no change"."""
    days, y, sigma = [0.0, 1.0, 2.0], [0.1, 0.1, 0.1], [0.1, 0.1, 0.1]
    if bad == "lengths":
        y = y[:2]
    elif bad == "order":
        days = [0.0, 2.0, 1.0]
    elif bad == "nan":
        y = [0.1, float("nan"), 0.1]
    else:
        sigma = [0.1, 0.0, 0.1]
    with pytest.raises(StockInputError):
        changes(days, y, sigma)


@given(seed=st.integers(0, 1000), at=st.integers(6, 20))
def test_the_cross_checks_see_a_plain_step(seed: int, at: int) -> None:
    """They confirm; were they blind, their silence would mean nothing."""
    rng = np.random.default_rng(seed)
    y = np.where(np.arange(30) < at, 0.1, 0.6) + 0.01 * rng.standard_normal(30)
    assert pelt_changes(y, np.full(30, 0.02)) == [at]
    assert any(at <= alarm.look <= at + 3 for alarm in cusum(y, np.full(30, 0.02)))


def test_a_slow_rise_is_a_drift_and_no_step() -> None:
    """What no bracket can date must not be dated."""
    days = list(range(0, 120, 4))
    y = [0.1 + 0.0015 * d for d in days]
    assert changes(days, y, [0.03] * 30) == []
    trend = slow_change(days, y, [0.03] * 30)
    assert trend is not None
    assert trend.per_30_days == pytest.approx(0.045, abs=0.005)
    assert slow_change(days, [0.1] * 30, [0.03] * 30) is None
