"""The map of reception: what cannot be judged must not look like what is deaf."""

import numpy as np
import pytest
from numpy.typing import NDArray

from quaywatch.cases.reception_map import COLOURS, STEPS, Heard, class_of, draw_reception


def no_land(_w: float, _s: float, _e: float, _n: float, _step: float) -> NDArray[np.bool_]:
    """Sea everywhere."""
    return np.zeros((8, 8), np.bool_)


def heard(*per_hour: float) -> Heard:
    """A row of cells."""
    n = len(per_hour)
    return Heard(
        lon=np.linspace(120.0, 119.5 + 0.5 * n, n),
        lat=np.full(n, 35.0),
        per_hour=np.array(per_hour),
        peers=np.full(n, 9),
    )


def test_every_class_has_its_colour() -> None:
    """A rate without a colour of its own would be drawn as another."""
    assert [class_of(low) for low in STEPS[:-1]] == list(range(len(COLOURS)))


def test_an_unjudged_cell_is_hatched_and_a_deaf_one_is_not() -> None:
    """A reader must see the difference between nobody heard and nobody there to tell."""
    deaf = draw_reception(heard(0.0, 30.0), land=no_land, title="t", credit="c")
    unknown = draw_reception(heard(float("nan"), 30.0), land=no_land, title="t", credit="c")

    assert deaf is not None
    assert unknown is not None
    colour = COLOURS[0].encode()
    assert deaf.count(colour) == unknown.count(colour) + 1  # the cell; the other is the legend's
    assert unknown.count(b"url(#h") == deaf.count(b"url(#h") + 1


@pytest.mark.parametrize("strength", [None, [1.0, float("nan"), 0.2, 3.0]])
def test_the_same_reception_gives_the_same_bytes(strength: list[float] | None) -> None:
    """A figure of a case is part of what is sealed."""
    first, second = (
        draw_reception(
            heard(0.0, 3.0, float("nan"), 99.0), land=no_land, title="Where", credit="us",
            strength=strength, times=("a", "b"),
        )
        for _ in range(2)
    )  # fmt: skip

    assert first == second
    assert first is not None
    assert first.startswith(b"<?xml")


def test_nothing_to_draw_draws_nothing() -> None:
    """An empty frame would read as a sea without ships."""
    nothing = Heard(np.empty(0), np.empty(0), np.empty(0), np.empty(0, np.int64))

    assert draw_reception(nothing, land=no_land, title="t", credit="c") is None
