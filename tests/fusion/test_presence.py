"""The presence test: an empty picture counts only as far as the ship would have been seen."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.fusion.presence import Hull, Presence, position_growth_m, predict, presence


def look(**changes: Any) -> Presence:  # noqa: ANN401 - each test varies another argument
    """A clear look at a moored 140 m ship, changed as the test says."""
    arguments: dict[str, Any] = {
        "prediction": predict(
            minutes_from_fix=3, moored=True, velocity_known=True, geolocation_sigma_m=10
        ),
        "length_m": 140.0,
        "gsd_m": 3.0,
        "p_detect": 0.96,
        "clear_fraction": 1.0,
        "open_fraction": 1.0,
        "disc_inside_scene": True,
        "hulls": (),
        "hulls_per_km2": 0.1,
        **changes,
    }
    prediction = arguments.pop("prediction")
    return presence(prediction, **arguments)


@pytest.mark.parametrize(("p_eff", "ratio"), [(0.80, 4.9), (0.95, 19.6), (0.98, 49.0)])
def test_the_ratio_is_that_of_the_method(p_eff: float, ratio: float) -> None:
    """METHODS 4 gives these three pairs; a slip here misstates every absence."""
    answer = look(p_detect=p_eff / 0.99)

    assert answer.p_would_have_seen == pytest.approx(p_eff)
    assert answer.lr == pytest.approx(ratio, rel=0.01)


@given(clear=st.floats(0, 0.899))
def test_a_clouded_disc_is_never_an_absence(clear: float) -> None:
    """A clouded berth is never empty, and a clouded sea never lacks a ship."""
    answer = look(clear_fraction=clear)

    assert answer.verdict == "not-observable"
    assert answer.lr is None
    assert "clear over" in answer.messages[0]


def test_a_misfitting_hull_spoils_the_absence() -> None:
    """A crowded anchorage destroys the claim: any unexplained hull may be the ship, mismeasured."""
    answer = look(hulls=(Hull(length_m=40.0, length_sigma_m=4.0, offset_m=30.0),))

    assert answer.verdict == "not-observable"


def test_a_hull_that_another_ship_explains_is_neither_seen_nor_absence() -> None:
    """A tug or a bunker barge alongside may take a hull for its own; the ship may lie there too."""
    answer = look(hulls=(Hull(140.0, 4.0, 10.0, explained=True),))

    assert answer.verdict == "not-observable"


def test_a_fitting_hull_is_seen_and_speaks_for_the_broadcast() -> None:
    """The honest twin: a ship where it says it is must come out as seen, with LR below 1."""
    answer = look(hulls=(Hull(138.0, 8.0, 20.0),))

    assert answer.verdict == "seen"
    assert answer.lr is not None
    assert answer.lr < 1


def test_an_old_fix_of_a_moving_ship_says_nothing() -> None:
    """After an hour a ship may be anywhere in the picture; neither a hull nor none is news."""
    old = predict(minutes_from_fix=60, moored=False, velocity_known=True, geolocation_sigma_m=10)

    assert look(prediction=old).verdict == "not-observable"
    assert look(prediction=old, hulls=(Hull(140.0, 8.0, 20.0),)).verdict == "not-observable"


@pytest.mark.parametrize("length_m", [None, 30.0])
def test_a_hull_too_small_or_unknown_is_not_missed(length_m: float | None) -> None:
    """A ten-pixel hull is missed by detectors too often for its absence to mean anything."""
    assert look(length_m=length_m, p_detect=None if length_m is None else 0.5).verdict == (
        "not-observable"
    )


def test_a_disc_cut_by_the_scene_is_not_observable() -> None:
    """The hull may lie just outside the picture."""
    assert look(disc_inside_scene=False).verdict == "not-observable"


@given(share=st.floats(0, 0.949))
def test_a_ship_alongside_is_never_called_absent(share: float) -> None:
    """Detectors lose hulls against a quay; an absence there would accuse a ship that lies there."""
    assert look(open_fraction=share).verdict == "not-observable"


@given(a=st.floats(0, 2000), b=st.floats(0, 2000))
def test_doubt_about_position_only_grows(a: float, b: float) -> None:
    """A search disc that shrank with time would invent absences."""
    early, late = sorted((a, b))

    assert position_growth_m(early) <= position_growth_m(late) + 1e-9
