"""Letters that no font here has: never an empty box, never nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.cases.chart import drawable
from quaywatch.cases.film import font
from quaywatch.cases.letters import legible

ASCII = range(0x20, 0x7F)


@given(st.text(max_size=40))
def test_only_letters_of_the_font_are_left(text: str) -> None:
    """An empty box in print reads as a fault of the whole picture."""
    assert all(ord(c) in ASCII or c.isspace() for c in legible(text, ASCII))


@given(st.text(st.sampled_from("남포대안부산청진海州大连ヨコハマ"), min_size=1, max_size=12))
def test_nothing_is_dropped_without_a_word(text: str) -> None:
    """A place whose name vanished would be some other place."""
    assert legible(text, ASCII).strip()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("남포항", "Nampohang"),
        ("Порт Восточный", "Порт Восточный"),
        ("Nampo 南浦, coal", "Nampo [2 Han], coal"),
        ("Gdańsk", "Gdańsk"),
    ],
    ids=["hangul", "cyrillic", "han", "polish"],
)
def test_names_as_a_film_shows_them(name: str, shown: str) -> None:
    """Frames are cut out and shown alone: the place must be read off them."""
    assert drawable(name, 100) == shown
    assert font(15).getlength(drawable(name)) > 0
