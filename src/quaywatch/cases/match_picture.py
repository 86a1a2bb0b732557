"""Names beside hulls in a picture of a scene, each where it covers no other."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from quaywatch.cases.chart import drawable
from quaywatch.cases.film import Colour, fitted, font

Picture = NDArray[np.uint8]

SIZE: Final = 13
HALO: Final = (0, 0, 0)
WIDEST: Final = 340
"""Pixels of a label."""


@dataclass(frozen=True, slots=True)
class Label:
    """What is written at a point of a picture."""

    x_px: float
    y_px: float
    """Of what it names, pixels of the picture."""
    text: str
    colour: Colour
    reach_px: float = 8.0
    """How far what it names stretches: labels keep off so much."""


Box = tuple[float, float, float, float]


def labelled(picture: Picture, labels: Sequence[Label]) -> Picture:
    """The picture with a label beside each point and a line to it.

    Labels keep clear of each other and of the points as long as there is room; those first in the
    list get the best places. One for which there is no place at all is drawn where it covers least.

    Args:
        picture: (y, x, 3).
        labels: in order of weight.

    Examples:
        >>> bare = np.zeros((200, 300, 3), np.uint8)
        >>> bool(labelled(bare, [Label(150, 100, "h01 matched", (60, 230, 90))]).any())
        True

    """
    face = font(SIZE)
    image = Image.fromarray(picture)
    pen = ImageDraw.Draw(image)
    points: list[Box] = [
        (x.x_px - x.reach_px, x.y_px - x.reach_px, x.x_px + x.reach_px, x.y_px + x.reach_px)
        for x in labels
    ]
    taken: list[Box] = []
    for label in labels:
        text = fitted(drawable(label.text, 200), face, WIDEST)
        place = _place(label, text, face, picture.shape, taken, points)
        taken.append(place)
        end = (
            min(max(label.x_px, place[0]), place[2]),
            min(max(label.y_px, place[1]), place[3]),
        )
        pen.line((label.x_px, label.y_px, *end), fill=label.colour, width=1)
        pen.text(place[:2], text, label.colour, face, stroke_width=2, stroke_fill=HALO)
    return np.asarray(image).copy()


def _place(
    label: Label,
    text: str,
    face: ImageFont.FreeTypeFont,
    shape: tuple[int, ...],
    taken: Sequence[Box],
    points: Sequence[Box],
) -> Box:
    """The box about the point that covers least."""
    wide, high = face.getlength(text), SIZE + 5.0
    tried: list[tuple[float, Box]] = []
    for away, (right, down) in product(
        [label.reach_px + away for away in (6.0, 20.0, 45.0, 80.0, 120.0)],
        ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)),
    ):
        left = label.x_px + right * away - (0.0 if right > 0 else wide if right < 0 else wide / 2)
        top = label.y_px + down * away - (0.0 if down > 0 else high if down < 0 else high / 2)
        left = min(max(left, 2.0), shape[1] - wide - 2.0)
        top = min(max(top, 2.0), shape[0] - high - 2.0)
        box = (left, top, left + wide, top + high)
        cost = away + sum(_overlap(box, other) for other in taken)
        cost += 0.5 * sum(_overlap(box, other) for other in points)
        tried.append((cost, box))
    return min(tried, key=lambda one: one[0])[1]


def _overlap(a: Box, b: Box) -> float:
    """Square pixels that two boxes share."""
    wide = min(a[2], b[2]) - max(a[0], b[0])
    high = min(a[3], b[3]) - max(a[1], b[1])
    return max(wide, 0.0) * max(high, 0.0)
