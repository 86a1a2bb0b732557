"""A picture of a look with words under it: cut out and shown alone, it still says what it is."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from quaywatch.cases.chart import drawable
from quaywatch.cases.film import INK, MUTED, PAPER, Colour, fitted, font

Picture = NDArray[np.uint8]

STEP: Final = 20
"""Pixels from line to line."""
LEAST_WIDTH: Final = 640
"""Pixels; a narrower picture stands in the middle of so much."""


def captioned(
    picture: Picture,
    title: str,
    key: Sequence[tuple[Colour, str, Sequence[str]]],
    notes: Sequence[str],
) -> Picture:
    """The picture on a band that says when and where it was, and what each colour means.

    Args:
        picture: (y, x, 3).
        title: place, date, sensor.
        key: colour of an outline, what it means, and the names of the parts drawn so.
        notes: what else must be known of it.

    Returns:
        (y, x, 3), taller by the band.

    Examples:
        >>> bare = np.zeros((100, 700, 3), np.uint8)
        >>> captioned(bare, "A quay, 2024-03-01", [((255, 0, 0), "occupied", ["b1"])], []).shape
        (154, 700, 3)

    """
    wide = max(picture.shape[1], LEAST_WIDTH)
    bold, face = font(16, bold=True), font(13)
    keyed = []
    for colour, meaning, names in key:
        said = f"{meaning}: {'; '.join(names)}" if names else meaning
        first, *more = _wrapped(said, face, wide - 48)
        keyed += [(first, colour), *((line, None) for line in more)]
    noted = [line for note in notes for line in _wrapped(note, face, wide - 24)]
    band = Image.new("RGB", (wide, 14 + STEP * (1 + len(keyed) + len(noted))), PAPER)
    pen = ImageDraw.Draw(band)
    pen.text((12, 8), fitted(title, bold, wide - 24), INK, bold)
    y = 8
    for line, mark in keyed:
        y += STEP
        if mark is not None:
            pen.rectangle((12, y + 3, 26, y + 13), outline=mark, width=2)
        pen.text((36, y), line, INK, face)
    for line in noted:
        y += STEP
        pen.text((12, y), line, MUTED, face)
    left = (wide - picture.shape[1]) // 2
    framed = np.empty((picture.shape[0], wide, 3), np.uint8)
    framed[:] = PAPER
    framed[:, left : left + picture.shape[1]] = picture
    return np.concatenate([framed, np.asarray(band)])


def by_state(states: Mapping[str, str], names: Mapping[str, str]) -> dict[str, list[str]]:
    """Names of berths by their state, in the order drawn.

    Examples:
        >>> by_state({"a": "empty", "b": "unknown", "c": "empty"}, {"a": "One", "c": "Three"})
        {'empty': ['One', 'Three'], 'unknown': ['b']}

    """
    found: dict[str, list[str]] = {}
    for berth, state in states.items():
        found.setdefault(state, []).append(names.get(berth) or berth)
    return found


def _wrapped(text: str, face: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """Lines of at most so many pixels, broken between words."""
    lines = [""]
    for word in drawable(text, 10_000).split():
        longer = f"{lines[-1]} {word}".strip()
        if face.getlength(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return [fitted(line, face, width) for line in lines]
