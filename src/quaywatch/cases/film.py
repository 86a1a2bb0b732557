"""Frames of a time-lapse: a picture, and under it everything a viewer must know of it.

Date, sensor, registration, credit and scale are burnt into every frame, below the picture so that
they hide no pixel of it, since a frame will be cut out and shown alone. What was not seen is
hatched. A stretch without a usable look is a plate that says so, never a picture held in silence.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from quaywatch.cases.chart import drawable

Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Colour = tuple[int, int, int]

PAPER: Final[Colour] = (20, 23, 26)
INK: Final[Colour] = (246, 246, 246)
MUTED: Final[Colour] = (176, 182, 188)
AMBER: Final[Colour] = (255, 190, 70)
RED: Final[Colour] = (196, 30, 30)
LEAST_WIDTH: Final = 640
"""Pixels; a narrower picture stands in the middle of a frame so wide, or no line would fit."""
_BAR_M: Final = tuple(m * 10**k for k in range(-1, 6) for m in (1, 2, 5))
_UNUSABLE: Final[Colour] = (112, 118, 124)


@dataclass(frozen=True, slots=True)
class Caption:
    """What is burnt in under one look."""

    when: str
    """The capture, such as ``2024-03-17 10:42 UTC``."""
    at: datetime
    """Where on the strip of time the look stands."""
    sensor: str
    """Sensor and size of its pixels."""
    registration: str
    registered: bool
    """False is set apart by colour: the picture may jump."""
    credit: str
    """Credit line and licence."""
    number: int
    """Of the look in the film, from 1."""
    since: str | None = None
    """How long before it nothing usable was seen, where that is long."""
    waited_days: float | None = None
    """The same as a number, for where there is no room."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of time without a usable look."""

    start: datetime
    end: datetime
    days: float
    reasons: Mapping[str, int]
    """What there was instead, with counts: ``clouded looks``, ``days without an image``."""


@dataclass(frozen=True, slots=True)
class Reel:
    """What all frames of a film share."""

    place: str
    """Site and, where one was chosen, its part."""
    looks: int
    """How many are shown."""
    gsd_m: float
    """True metres a pixel of the picture."""
    start: datetime
    end: datetime
    usable: tuple[datetime, ...]
    unusable: tuple[datetime, ...]
    stamps: tuple[str, ...] = ()
    """Burnt into the picture itself: SIMULATED, NOT FOR PUBLICATION."""


@cache
def font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """DejaVu Sans as matplotlib ships it.

    Set without the layout engine that a system may or may not have, so that it is alike everywhere.
    """
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    path = Path(mpl.get_data_path()) / "fonts" / "ttf" / name
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


def fitted(text: str, face: ImageFont.FreeTypeFont, width: float) -> str:
    """The text, cut with an ellipsis where it is wider than so many pixels.

    Examples:
        >>> fitted("Nampo", font(12), 400.0), fitted("Nampo coal terminal", font(12), 60.0)
        ('Nampo', 'Nampo…')

    """
    line = drawable(text, width=10_000).replace("\n", " ")
    if face.getlength(line) <= width:
        return line
    while line and face.getlength(line + "…") > width:
        line = line[:-1]
    return line.rstrip() + "…"


def wrapped(text: str, face: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """The text in lines of so many pixels: a credit is never cut short.

    Examples:
        >>> wrapped("one two", font(12), 30)
        ['one', 'two']

    """
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and face.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def hatch(height: int, width: int, *, dark: int = 88, light: int = 118, step: int = 18) -> Picture:
    """Diagonal stripes (y, x, 3): what was not seen; no ground or water looks so."""
    y, x = np.ogrid[:height, :width]
    stripes = ((x + y) // max(2, step // 2)) % 2 == 0
    return np.repeat(np.where(stripes, dark, light).astype(np.uint8)[..., None], 3, axis=2)


def bar_m(gsd_m: float, width_px: int) -> float:
    """Length of a scale bar in metres: round, and about a fifth of the width.

    Examples:
        >>> bar_m(3.0, 1300)
        1000.0

    """
    target = gsd_m * width_px / 5
    return float(min(_BAR_M, key=lambda m: abs(math.log(m / target))))


def bar_label(metres: float) -> str:
    """A length as a scale bar says it.

    Examples:
        >>> bar_label(500.0), bar_label(2000.0)
        ('500 m', '2 km')

    """
    return f"{metres:g} m" if metres < 1000 else f"{metres / 1000:g} km"


class Lettering:
    """Sets the pictures of one reel, all of one size.

    Args:
        reel: what the frames share.
        height: of the pictures, pixels.
        width: of the pictures, pixels.

    """

    def __init__(self, reel: Reel, height: int, width: int) -> None:
        self.reel, self.height, self.width = reel, height, width
        self.frame_width = max(width, LEAST_WIDTH)
        self.frame_width += self.frame_width % 2
        unit = min(1.9, max(0.8, self.frame_width / 1150))
        self._unit = unit
        self._pad = round(14 * unit)
        self.band = round(124 * unit)
        self.band += (height + self.band) % 2
        self._unseen = hatch(height, width)
        self._left = (self.frame_width - width) // 2
        self._base = self._drawn_base()

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of a frame, pixels; both even, as H.264 with 4:2:0 wants."""
        return self.height + self.band, self.frame_width

    def look(self, picture: Picture, seen: Mask, caption: Caption) -> Picture:
        """The frame of a look.

        Args:
            picture: (y, x, 3).
            seen: (y, x); the rest is hatched.
            caption: of the look.

        """
        shown = picture if seen.all() else np.where(seen[..., None], picture, self._unseen)
        band = self._base.copy()
        pen = ImageDraw.Draw(band)
        u, pad, wide = self._unit, self._pad, self.frame_width
        pen.text((pad, round(9 * u)), caption.when, INK, font(round(25 * u), bold=True))
        if caption.since is not None:
            left = pad + font(round(25 * u), bold=True).getlength(caption.when) + 16 * u
            line = fitted(caption.since, font(round(14 * u)), 0.62 * wide - left)
            pen.text((left, round(19 * u)), line, AMBER, font(round(14 * u)))
        face, y = font(round(15 * u)), round(43 * u)
        sensor = fitted(caption.sensor + ",", face, 0.62 * wide)
        pen.text((pad, y), sensor, INK, face)
        left = pad + face.getlength(sensor + " ")
        said = fitted(caption.registration, face, 0.68 * wide - left)
        pen.text((left, y), said, INK if caption.registered else AMBER, face)
        small = font(round(13 * u))
        credit = fitted(caption.credit, small, 0.68 * wide)
        pen.text((pad, round(68 * u)), credit, MUTED, small)
        count = f"look {caption.number} of {self.reel.looks}"
        if not seen.all():
            count = f"striped: not seen   {count}"
        self._right(pen, count, round(68 * u), small, MUTED)
        self._cursor(pen, caption.at, caption.at)
        return self._joined(shown, band)

    def gap(self, gap: Gap, last: Picture | None) -> Picture:
        """The plate of a stretch without a usable look.

        Args:
            gap: when, how long, and what there was instead.
            last: the picture before it, which is left as a grey shadow so that the film does not
                flash; None leaves stripes alone.

        """
        stripes = self._unseen.astype(np.uint16)
        if last is not None:
            grey = last.mean(axis=2, keepdims=True).astype(np.uint16)
            stripes = (3 * stripes + grey) // 4
        plate = Image.fromarray(stripes.astype(np.uint8))
        self._notice(plate, gap)
        band = self._base.copy()
        pen = ImageDraw.Draw(band)
        u, pad = self._unit, self._pad
        span = f"{gap.start:%Y-%m-%d} to {gap.end:%Y-%m-%d}"
        pen.text((pad, round(9 * u)), span, AMBER, font(round(25 * u), bold=True))
        line = "nothing here was seen in this time; the shadow is the look before it"
        face = font(round(15 * u))
        pen.text((pad, round(43 * u)), fitted(line, face, 0.68 * self.frame_width), MUTED, face)
        self._cursor(pen, gap.start, gap.end)
        return self._joined(np.asarray(plate), band)

    def _notice(self, plate: Image.Image, gap: Gap) -> None:
        """The words in the middle of a plate."""
        u = min(self._unit, self.width / 700)
        days = f"{gap.days:.0f} day{'' if round(gap.days) == 1 else 's'}"
        lines = [(f"No usable look: {days}", font(round(34 * u), bold=True), INK)]
        face = font(round(18 * u))
        lines += [
            (f"{what}: {count}", face, INK) for what, count in gap.reasons.items() if count > 0
        ]
        widths = [f.getlength(text) for text, f, _ in lines]
        heights = [round(f.size * 1.5) for _, f, _ in lines]
        wide, high = max(widths) + 48 * u, sum(heights) + 32 * u
        x, y = (self.width - wide) / 2, (self.height - high) / 2
        pen = ImageDraw.Draw(plate)
        pen.rectangle((x, y, x + wide, y + high), fill=PAPER)
        at = y + 16 * u
        for (text, f, colour), width, height in zip(lines, widths, heights, strict=True):
            pen.text(((self.width - width) / 2, at), text, colour, f)
            at += height

    def _joined(self, picture: Picture, band: Image.Image) -> Picture:
        frame: Picture = np.empty((*self.shape, 3), np.uint8)
        frame[: self.height] = PAPER
        frame[: self.height, self._left : self._left + self.width] = picture
        frame[self.height :] = np.asarray(band)
        if self.reel.stamps:
            self._stamped(frame)
        return frame

    def _stamped(self, frame: Picture) -> None:
        """The stamps in the upper left corner, in place."""
        face = font(round(17 * self._unit), bold=True)
        text = " · ".join(self.reel.stamps)
        wide, high = round(face.getlength(text) + 20 * self._unit), round(face.size * 1.7)
        tag = Image.new("RGB", (min(wide, self.frame_width), high), RED)
        place = (10 * self._unit, 0.28 * face.size)
        ImageDraw.Draw(tag).text(place, text, INK, face)
        high = min(high, self.height)
        frame[:high, : tag.width] = np.asarray(tag)[:high]

    def _right(
        self, pen: ImageDraw.ImageDraw, text: str, y: int, face: ImageFont.FreeTypeFont, c: Colour
    ) -> None:
        pen.text((self.frame_width - self._pad - face.getlength(text), y), text, c, face)

    def _drawn_base(self) -> Image.Image:
        """The band under every picture: place, scale, and the strip of time."""
        u, pad, wide = self._unit, self._pad, self.frame_width
        band = Image.new("RGB", (wide, self.band), PAPER)
        pen = ImageDraw.Draw(band)
        face = font(round(17 * u), bold=True)
        place = fitted(self.reel.place, face, 0.36 * wide)
        self._right(pen, place, round(13 * u), face, INK)
        self._scale(pen)
        y, low = self._strip_y
        pen.line((pad, low, wide - pad, low), MUTED, max(1, round(u)))
        for moments, colour, high in (
            (self.reel.unusable, _UNUSABLE, 0.45), (self.reel.usable, INK, 1.0),
        ):  # fmt: skip
            for at in moments:
                x = self._x(at)
                pen.line((x, low - round(high * (low - y)), x, low), colour, max(1, round(u)))
        tiny = font(round(11 * u))
        for text, x in ((f"{self.reel.start:%Y-%m-%d}", float(pad)),
                        (f"{self.reel.end:%Y-%m-%d}",
                         wide - pad - tiny.getlength("2000-00-00"))):  # fmt: skip
            pen.text((x, low + 2 * u), text, MUTED, tiny)
        for year in range(self.reel.start.year + 1, self.reel.end.year + 1):
            x = self._x(datetime(year, 1, 1, tzinfo=self.reel.start.tzinfo))
            half = tiny.getlength("2000") / 2
            pen.line((x, low, x, low + 3 * u), MUTED, max(1, round(u)))
            if pad + 6 * u * 13 < x < wide - pad - 6 * u * 13:
                pen.text((x - half, low + 2 * u), str(year), MUTED, tiny)
        key = "tall: usable looks   short: clouded or hidden"
        half = tiny.getlength(key) / 2
        if wide > 900 and self.reel.start.year == self.reel.end.year:
            pen.text((wide / 2 - half, low + 2 * u), key, MUTED, tiny)
        return band

    def _scale(self, pen: ImageDraw.ImageDraw) -> None:
        """A bar of round true metres, and which way is north."""
        u, right = self._unit, self.frame_width - self._pad
        metres = bar_m(self.reel.gsd_m, min(self.width, round(0.8 * self.frame_width)))
        length = metres / self.reel.gsd_m
        face, y = font(round(14 * u)), round(52 * u)
        arrow = 9 * u
        x1 = right - 3.2 * arrow
        x0 = x1 - length
        pen.rectangle((x0, y, x1, y + 5 * u), fill=INK)
        pen.rectangle(((x0 + x1) / 2, y + u, x1 - u, y + 4 * u), fill=PAPER)
        label = bar_label(metres)
        pen.text((x0 - face.getlength(label) - 8 * u, round(45 * u)), label, INK, face)
        tip, low = (right - arrow * 0.6, 41 * u), 60 * u
        pen.polygon([tip, (tip[0] - 0.5 * arrow, low), (tip[0], low - 0.5 * arrow),
                     (tip[0] + 0.5 * arrow, low)], fill=INK)  # fmt: skip
        north = font(round(11 * u), bold=True)
        pen.text((tip[0] - 1.7 * arrow, 45 * u), "N", INK, north)

    @property
    def _strip_y(self) -> tuple[int, int]:
        """Top and foot of the ticks on the strip of time."""
        return self.band - round(31 * self._unit), self.band - round(17 * self._unit)

    def _x(self, at: datetime) -> float:
        span = (self.reel.end - self.reel.start).total_seconds()
        share = (at - self.reel.start).total_seconds() / span if span > 0 else 0.5
        return self._pad + min(1.0, max(0.0, share)) * (self.frame_width - 2 * self._pad)

    def _cursor(self, pen: ImageDraw.ImageDraw, start: datetime, end: datetime) -> None:
        """Where on the strip we are: a line for a look, a bar for a gap."""
        top, low = self._strip_y
        half = max(1.0, 1.5 * self._unit)
        a, b = self._x(start) - half, self._x(end) + half
        pen.rectangle((a, top - 3 * self._unit, b, low), fill=AMBER)


def smaller(picture: Picture, seen: Mask, size: tuple[int, int]) -> tuple[Picture, Mask]:
    """A picture and its mask at a lesser height and width: each pixel the mean of those under it.

    Only what was wholly seen counts as seen.
    """
    if seen.shape == size:
        return picture, seen
    height, width = size
    box = Image.Resampling.BOX
    small = np.asarray(Image.fromarray(picture).resize((width, height), box))
    share = np.asarray(Image.fromarray(seen.astype(np.uint8) * 255).resize((width, height), box))
    return small, share == 255
