"""Still pictures of many looks: the contact sheet of all, and the plate of before and after."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from quaywatch.cases.film import Caption, Colour, bar_label, bar_m, fitted, font, hatch

Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]

WHITE: Final[Colour] = (255, 255, 255)
BLACK: Final[Colour] = (24, 24, 24)
GREY: Final[Colour] = (96, 96, 96)
WARNING: Final[Colour] = (168, 66, 0)
STAMP: Final[Colour] = (176, 20, 20)
THUMB_PX: Final = 300
"""Longer side of a picture on the contact sheet."""
GUTTER: Final = 14
LEAST_PX: Final = 1100
"""Width of a sheet at least: its words need it."""
SHEET_PX: Final = 2400
"""About the width of a contact sheet: a page at 300 dots an inch."""


@dataclass(frozen=True, slots=True)
class Words:
    """What stands around the pictures of a sheet or plate."""

    title: str
    lines: tuple[str, ...]
    """Under the title: how many looks of how many, what was left out."""
    credits: tuple[str, ...]
    """Each credit line with its licence, once."""
    gsd_m: float
    """True metres a pixel of the pictures."""
    stamps: tuple[str, ...] = ()


def png(image: Image.Image) -> bytes:
    """PNG without times or names of programs: the same picture, the same bytes."""
    out = io.BytesIO()
    image.save(out, format="PNG", compress_level=6)
    return out.getvalue()


class ContactSheet:
    """Every look small, in order, with how long after the one before it where that is long.

    Only the thumbnails are kept.

    Args:
        shape: height and width of the pictures to come.
        looks: how many, where that is known: few are shown larger, so that they fill the sheet.

    """

    def __init__(self, shape: tuple[int, int], looks: int | None = None) -> None:
        height, width = shape
        room = (LEAST_PX - GUTTER) // looks - GUTTER if looks else THUMB_PX
        self._times = min(1.0, max(THUMB_PX, room) / max(height, width))
        self._size = (max(1, round(width * self._times)), max(1, round(height * self._times)))
        self._cells: list[tuple[Image.Image, Caption]] = []

    def add(self, picture: Picture, seen: Mask, caption: Caption) -> None:
        """One look (y, x, 3), with what of it was seen."""
        shown = np.where(seen[..., None], picture, hatch(*seen.shape, step=28))
        small = Image.fromarray(shown).resize(self._size, Image.Resampling.BOX)
        self._cells.append((small, caption))

    def png(self, words: Words) -> bytes:
        """The sheet."""
        wide, high = self._size
        gutter, text = GUTTER, 62
        cell = max(wide, 236)
        across = max(1, min(len(self._cells), (SHEET_PX - gutter) // (cell + gutter)))
        down = -(-len(self._cells) // across)
        width = max(across * (cell + gutter) + gutter, LEAST_PX)
        head, foot = _head_height(words), 40 + 24 * len(words.credits)
        body = down * (high + text + gutter)
        sheet = Image.new("RGB", (width, head + body + foot), WHITE)
        pen = ImageDraw.Draw(sheet)
        _head(pen, words, width)
        if any(caption.waited_days is not None for _, caption in self._cells):
            said = "+n d: days since the usable look before it, where nothing else was seen"
            pen.text((width - 14 - font(14).getlength(said), head - 22), said, WARNING, font(14))
        for number, (small, caption) in enumerate(self._cells):
            row, column = divmod(number, across)
            x = gutter + column * (cell + gutter)
            y = head + row * (high + text + gutter)
            sheet.paste(small, (x, y))
            _label(pen, caption, (x, y + high), cell)
        _foot(pen, words, (width, head + body), words.gsd_m / self._times, wide)
        return png(sheet)


def _label(pen: ImageDraw.ImageDraw, caption: Caption, place: tuple[int, int], width: int) -> None:
    """Date and doubt under a thumbnail."""
    x, y = place
    pen.text((x, y + 3), caption.when, BLACK, font(16, bold=True))
    if caption.waited_days is not None:
        after = f"+{caption.waited_days:.0f} d"
        left = x + width - font(14, bold=True).getlength(after)
        pen.text((left, y + 5), after, WARNING, font(14, bold=True))
    pen.text((x, y + 24), fitted(caption.sensor, font(13), width), GREY, font(13))
    colour = GREY if caption.registered else WARNING
    pen.text((x, y + 41), fitted(caption.registration, font(13), width), colour, font(13))


def plate(
    before: tuple[Picture, Mask, Caption], after: tuple[Picture, Mask, Caption], words: Words
) -> bytes:
    """Two looks beside each other, or one over the other where they are wide: a PNG.

    Args:
        before: picture (y, x, 3), what of it was seen (y, x), and its caption.
        after: likewise, of the same size.
        words: around them.

    """
    height, width, _ = before[0].shape
    beside = width <= 1.6 * height
    gutter, text, margin = 24, 96, 36
    panel_w = max(width, 560)
    total_w = margin * 2 + (2 * panel_w + gutter if beside else panel_w)
    total_w = max(total_w, 1000)
    head = _head_height(words)
    rows = 1 if beside else 2
    body = rows * (height + text) + (rows - 1) * gutter
    foot = 44 + 24 * len(words.credits)
    sheet = Image.new("RGB", (total_w, head + body + foot), WHITE)
    pen = ImageDraw.Draw(sheet)
    _head(pen, words, total_w, margin)
    for number, (name, (picture, seen, caption)) in enumerate(
        (("Before", before), ("After", after))
    ):
        x = margin + (number * (panel_w + gutter) if beside else 0)
        y = head + (0 if beside else number * (height + text + gutter))
        shown = np.where(seen[..., None], picture, hatch(*seen.shape))
        sheet.paste(Image.fromarray(shown), (x, y))
        pen.text((x, y + height + 8), f"{name}: {caption.when}", BLACK, font(24, bold=True))
        said = f"{caption.sensor}, {caption.registration}"
        colour = GREY if caption.registered else WARNING
        pen.text((x, y + height + 42), fitted(said, font(16), panel_w), colour, font(16))
        credit = fitted(caption.credit, font(14), panel_w)
        pen.text((x, y + height + 66), credit, GREY, font(14))
    _foot(pen, words, (total_w, head + body), words.gsd_m, width, margin)
    return png(sheet)


def _head_height(words: Words) -> int:
    return 66 + 26 * len(words.lines)


def _head(pen: ImageDraw.ImageDraw, words: Words, width: int, margin: int = 14) -> None:
    face = font(30, bold=True)
    pen.text((margin, 14), fitted(words.title, face, width - 2 * margin), BLACK, face)
    for number, line in enumerate(words.lines):
        said = fitted(line, font(17), width - 2 * margin)
        pen.text((margin, 54 + 26 * number), said, GREY, font(17))
    if words.stamps:
        face = font(20, bold=True)
        text = " · ".join(words.stamps)
        wide = face.getlength(text) + 24
        pen.rectangle((width - wide, 0, width, 36), fill=STAMP)
        pen.text((width - wide + 12, 6), text, WHITE, face)


def _foot(
    pen: ImageDraw.ImageDraw,
    words: Words,
    corner: tuple[int, int],
    gsd_m: float,
    width: int,
    margin: int = 14,
) -> None:
    """Scale bar, north, and whose pictures these are."""
    right, y = corner
    metres = bar_m(gsd_m, width)
    length = metres / gsd_m
    pen.rectangle((margin, y + 14, margin + length, y + 21), fill=BLACK)
    pen.rectangle((margin + length / 2, y + 16, margin + length - 2, y + 19), fill=WHITE)
    said = f"{bar_label(metres)}, north up; striped: not seen"
    pen.text((margin + length + 12, y + 8), said, BLACK, font(16))
    for number, credit in enumerate(words.credits):
        line = fitted(credit, font(15), right - 2 * margin)
        pen.text((margin, y + 36 + 24 * number), line, GREY, font(15))


def contact_sheet(shots: Sequence[tuple[Picture, Mask, Caption]], words: Words) -> bytes:
    """A contact sheet of looks that are all at hand: a PNG.

    Raises:
        ValueError: there are none.

    """
    if not shots:
        msg = "a contact sheet needs at least one look"
        raise ValueError(msg)
    height, width, _ = shots[0][0].shape
    sheet = ContactSheet((height, width), len(shots))
    for shot in shots:
        sheet.add(*shot)
    return sheet.png(words)
