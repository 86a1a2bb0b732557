"""Volumes of heaps: bounds that hold, and an interval that holds the truth."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.errors import StockInputError
from quaywatch.imagery.stock import measure_stock
from quaywatch.imagery.stock_volume import (
    DENSITY_T_M3,
    cone_m3,
    ridge_m3,
    shadow_height_m,
    triangular_points,
    volume_of,
)
from quaywatch.testing.bench.stock_worlds import Conditions, heaps, render, yard_of_world


def disc(radius_px: float) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """A round footprint."""
    side = math.ceil(2 * radius_px) + 6
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    return np.asarray(np.hypot(x, y) <= radius_px)


@given(width=st.floats(5, 60), more=st.floats(0, 200), repose=st.floats(30, 38))
def test_no_ridge_holds_more_than_a_cone_of_its_area(
    width: float, more: float, repose: float
) -> None:
    """The cone is the upper bound that is quoted where only an area is known."""
    area = more * width + math.pi * width**2 / 4
    assert ridge_m3(width + more, width, repose) <= cone_m3(area, repose) * (1 + 1e-9)


def test_the_worked_example_of_the_method() -> None:
    """100 m by 40 m at 35° is 22,700 cubic metres, and 19,000 to 20,000 t of coal."""
    volume = ridge_m3(100, 40, 35)
    assert volume == pytest.approx(22_700, rel=0.01)
    assert 19_000 < volume * DENSITY_T_M3["anthracite"][1] < 20_500
    assert ridge_m3(100, 40, 30) / volume == pytest.approx(0.82, abs=0.01)
    assert ridge_m3(100, 40, 38) / volume == pytest.approx(1.12, abs=0.01)


@given(radius=st.floats(4, 25), gsd=st.floats(0.5, 10))
def test_the_interval_is_ordered_and_bounded(radius: float, gsd: float) -> None:
    """An interval upside down, or over what can stand there, would be printed."""
    volume = volume_of(disc(radius), gsd, commodity="coal")
    low, mid, high = volume.m3
    assert 0 < low <= mid <= high <= volume.most_m3 * (1 + 1e-9)
    assert volume.tonnes is not None
    assert volume.tonnes[0] <= volume.tonnes[1] <= volume.tonnes[2]
    assert volume == volume_of(disc(radius), gsd, commodity="coal")


@given(radius=st.integers(4, 20))
def test_a_larger_footprint_never_holds_less(radius: int) -> None:
    """Changes are read off differences: they must have the sign of the footprint's."""
    small, large = volume_of(disc(radius), 3.0), volume_of(disc(radius + 1), 3.0)
    assert all(a <= b for a, b in zip(small.m3, large.m3, strict=True))


def test_an_unsure_footprint_widens_the_interval() -> None:
    """Doubt about where it ends is doubt about how much there is."""
    sure, unsure = volume_of(disc(12), 3.0), volume_of(disc(12), 3.0, area_sigma=0.2)
    assert unsure.m3[0] < sure.m3[0]
    assert unsure.m3[2] > sure.m3[2]


def test_a_measured_height_narrows_it() -> None:
    """A shadow says how high it stands, and so how much it holds."""
    free = volume_of(disc(12), 3.0)
    low = volume_of(disc(12), 3.0, height_m=(3.0, 0.3))
    assert low.m3[2] < free.m3[2]
    assert low.m3[2] / low.m3[0] < free.m3[2] / free.m3[0]


def test_no_commodity_no_tonnes() -> None:
    """The first law: what it is was not told, so its weight is unknown, not guessed."""
    volume = volume_of(disc(10), 3.0)
    assert volume.tonnes is None
    assert volume.tonnes_reason


def test_nothing_is_nothing() -> None:
    """An empty footprint has no volume, and breaks nothing."""
    assert volume_of(np.zeros((5, 5), bool), 3.0).m3 == (0, 0, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: volume_of(disc(5), 0.0),
        lambda: volume_of(disc(5), 3.0, commodity="gold"),
        lambda: shadow_height_m(10, sun_elevation_deg=0, gsd_m=3),
        lambda: ridge_m3(10, 20, 35),
    ],
    ids=["pixel", "commodity", "sun", "ridge"],
)
def test_what_cannot_be_is_refused(wrong: Callable[[], object]) -> None:
    """Each would give a number that means nothing."""
    with pytest.raises(StockInputError) as caught:
        wrong()
    assert caught.value.code == "stock-input"


@given(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)).map(sorted))
def test_points_of_a_triangle_lie_in_it(corners: list[float]) -> None:
    """Quadrature outside the law would widen every interval."""
    low, mode, high = corners
    if high - low < 1e-6:
        return
    points = triangular_points(low, mode, high)
    assert (np.diff(points) >= 0).all()
    assert low - 1e-9 <= points[0] <= points[-1] <= high + 1e-9


def test_the_interval_holds_nine_heaps_of_ten() -> None:
    """Goal of the method, on rendered heaps of known volume; and it is not absurdly wide."""
    rng = np.random.default_rng(3)
    yard, inside, widths = yard_of_world(), [], []
    for heap in heaps(40, rng):
        pixels = render(heap.coal, Conditions(), rng)
        look = measure_stock(pixels, yard, usable=pixels.valid, position_sigma_m=2.0,
                             sun_elevation_deg=40.0)  # fmt: skip
        if look.volume is not None:
            inside.append(look.volume.m3[0] <= heap.volume_m3 <= look.volume.m3[2])
            widths.append(look.volume.m3[2] / max(look.volume.m3[0], 1))
    assert np.mean(inside) >= 0.9
    assert np.median(widths) < 5
