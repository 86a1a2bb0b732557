"""The picture of a look says what it shows, whoever cuts it out."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.cases.look_picture import LEAST_WIDTH, by_state, captioned

RED = (255, 40, 40)


@given(width=st.integers(40, 900), names=st.lists(st.text(max_size=30), max_size=12))
def test_the_pixels_are_left_as_they_are_and_the_words_stand_below(
    width: int, names: list[str]
) -> None:
    """Letters over a quay hide what the picture is for."""
    rng = np.random.default_rng(width)
    picture = rng.integers(0, 255, (30, width, 3), dtype=np.uint8)
    made = captioned(picture, "A quay, 2024-03-01", [(RED, "occupied", names)], ["a note"])
    left = (made.shape[1] - width) // 2
    assert made.shape[1] == max(width, LEAST_WIDTH)
    assert (made[:30, left : left + width] == picture).all()
    assert (made[30:] == RED).all(axis=2).any(), "the colour of the outline is in the key"


def test_every_berth_is_named_with_its_state() -> None:
    """A berth that is in no list was not looked at, as far as a reader can tell."""
    states = {"a": "empty", "b": "unknown", "c": "empty"}
    found = by_state(states, {"a": "One", "b": "Two", "c": ""})
    assert found == {"empty": ["One", "c"], "unknown": ["Two"]}
