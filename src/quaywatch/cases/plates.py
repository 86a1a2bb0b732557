"""Two hulls side by side: bow up, one scale, each with its sensor, date, credit and licence.

A plate is cut, turned and lettered, so it is a derivative: where the licence of either image is
not known to allow that, there is no plate and the reason is returned.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from quaywatch.cases.film import bar_label, bar_m, fitted, font, hatch
from quaywatch.cases.film_sheet import BLACK, GREY, WHITE, png
from quaywatch.cases.film_terms import Permission, permission

Planes = NDArray[np.float32]
Mask = NDArray[np.bool_]

TALL: Final = 620
"""Pixels of the longest hull's chip."""
WIDE: Final = 330
"""Pixels of a panel."""
MARGIN: Final = 26
TICK: Final = (200, 30, 30)
MARKED: Final = (20, 90, 190)
ALONG_SHARE: Final = 1 / 1.2
"""Share of a chip that the hull takes (``imagery.hull_frame.ALONG``)."""


@dataclass(frozen=True)
class Side:
    """One hull of a plate."""

    title: str
    """What it is to the question: the ship named, or the hull in question."""
    values: Planes
    """Red, green and blue or one band, 0 to 1, (band, along, across), upper end first."""
    seen: Mask
    """(along, across)."""
    length_m: float
    chip_m: float
    """Metres along the chip."""
    bow: str
    """What settles which end is up, or that it is open."""
    when: str
    sensor: str
    credit: str
    licence: str
    redistributable: bool | None = None
    marks: tuple[float, ...] = ()
    """Hatches: shares of the length from the upper end."""
    house: float | None = None
    """Middle of the house, share of the length from the lower end."""


@dataclass(frozen=True)
class Plate:
    """A plate, or why there is none."""

    png: bytes | None
    why: str
    caption: str = ""
    credit: str = ""
    licence: str = ""


def plate(known: Side, questioned: Side, *, title: str) -> Plate:
    """Both hulls at one scale, as PNG; or why their licences do not allow it.

    Args:
        known: the ship named, in an image known to show it.
        questioned: the hull asked about.
        title: over both.

    Examples:
        >>> light = np.full((3, 96, 32), 0.5, np.float32)
        >>> side = Side("known", light, light[0] > 0, 180.0, 216.0, "open", "2017-10-18",
        ...             "PlanetScope, 3 m", "Planet Labs PBC", "Planet EULA")
        >>> plate(side, side, title="The same ship?").why
        "nothing here says that 'Planet EULA' allows it"

    """
    allowed = [terms_of(side) for side in (known, questioned)]
    refused = next((p for p in allowed if not p.allowed), None)
    if refused is not None:
        return Plate(None, refused.why)
    metres_px = max(s.chip_m for s in (known, questioned)) / TALL
    panels = [panel(s, metres_px) for s in (known, questioned)]
    page = _page(panels, title, metres_px, [_under(s) for s in (known, questioned)])
    conditions = dict.fromkeys(p.condition for p in allowed if p.condition)
    credits_ = dict.fromkeys(s.credit for s in (known, questioned))
    licences = dict.fromkeys(s.licence for s in (known, questioned))
    caption = (
        f"{title} Left: {known.title}, {known.sensor}, {known.when}. Right: {questioned.title}, "
        f"{questioned.sensor}, {questioned.when}. One scale, turned bow up where that is settled, "
        "resampled; red: ends as measured, blue: features as read."
    )
    return Plate(
        png(page),
        "; ".join(conditions) or "both licences allow it",
        caption,
        "; ".join(credits_),
        "; ".join(licences),
    )


def terms_of(side: Side) -> Permission:
    """Whether a side may be cut, turned and shown."""
    return permission(side.licence, redistributable=side.redistributable)


def panel(side: Side, metres_px: float, *, ticks: bool = True) -> Image.Image:
    """One hull on its panel of ``WIDE`` by ``TALL`` pixels, at a scale.

    Args:
        side: the hull.
        metres_px: metres a pixel.
        ticks: whether its ends and features are marked.

    """
    rows, columns = side.seen.shape
    high = max(1, round(side.chip_m / metres_px))
    wide = max(1, round(side.chip_m / metres_px * columns / rows))
    bands = side.values if len(side.values) == 3 else np.repeat(side.values[:1], 3, axis=0)
    picture = (np.clip(np.nan_to_num(bands), 0, 1) * 255).astype(np.uint8).transpose(1, 2, 0)
    shown = np.where(side.seen[..., None], picture, hatch(rows, columns, step=6))
    big = Image.fromarray(shown).resize((wide, high), Image.Resampling.BICUBIC)
    base = Image.new("RGB", (WIDE, TALL), (236, 236, 236))
    left, top = (WIDE - wide) // 2, (TALL - high) // 2
    base.paste(big, (left, top))
    if ticks:
        _ticks(ImageDraw.Draw(base), side, metres_px, (left, wide))
    return base


def _ticks(pen: ImageDraw.ImageDraw, side: Side, metres_px: float, span: tuple[int, int]) -> None:
    left, wide = span
    long = side.length_m / metres_px
    top = TALL / 2 - long / 2
    for y in (top, top + long):
        pen.line([(left - 16, y), (left - 3, y)], TICK, 2)
    pen.line([(left - 10, top), (left - 10, top + long)], TICK, 1)
    right = left + wide
    for share in side.marks:
        y = top + share * long
        pen.line([(right + 3, y), (right + 16, y)], MARKED, 2)
    if side.house is not None:
        y = top + (1 - side.house) * long
        pen.polygon([(right + 3, y), (right + 16, y - 6), (right + 16, y + 6)], MARKED)


def _under(side: Side) -> list[tuple[str, bool]]:
    """Lines under a panel, and whether they are bold."""
    return [
        (side.title, True),
        (side.when, False),
        (side.sensor, False),
        (f"bow: {side.bow}", False),
        (f"{side.credit} ({side.licence})", False),
    ]


def _page(
    panels: Sequence[Image.Image],
    title: str,
    metres_px: float,
    lines: Sequence[Sequence[tuple[str, bool]]],
) -> Image.Image:
    """Panels side by side with words under each and one scale bar."""
    width = MARGIN + len(panels) * (WIDE + MARGIN)
    head, foot = 58, 30 + 21 * max(map(len, lines)) + 44
    page = Image.new("RGB", (width, head + TALL + foot), WHITE)
    pen = ImageDraw.Draw(page)
    pen.text((MARGIN, 16), fitted(title, font(19, bold=True), width - 2 * MARGIN), BLACK,
             font(19, bold=True))  # fmt: skip
    for number, (one, under) in enumerate(zip(panels, lines, strict=True)):
        x = MARGIN + number * (WIDE + MARGIN)
        page.paste(one, (x, head))
        for row, (text, bold) in enumerate(under):
            face = font(15 if bold else 13, bold=bold)
            y = head + TALL + 10 + 21 * row
            pen.text((x, y), fitted(text, face, WIDE), BLACK if bold else GREY, face)
    scale_bar(pen, (MARGIN, page.height - 40), metres_px, width)
    return page


def scale_bar(
    pen: ImageDraw.ImageDraw, place: tuple[int, int], metres_px: float, width: int
) -> None:
    """A bar of a round length, with its label."""
    metres = bar_m(metres_px, width)
    x, y = place
    long = metres / metres_px
    pen.rectangle([x, y, x + long, y + 6], BLACK)
    pen.text((x + long + 10, y - 6), bar_label(metres), BLACK, font(14))
