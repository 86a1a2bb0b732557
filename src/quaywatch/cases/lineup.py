"""The sheet of a blind line-up: the ship named, and six or more hulls among which to look for it.

Nothing on the sheet tells which hull is asked about: no date, no place, one scale, one light where
the foils come from the same scene; credits stand together. What may not be shown is not shown.
"""

from collections.abc import Sequence
from typing import Final

from PIL import Image, ImageDraw

from quaywatch.cases.film import fitted, font, wrapped
from quaywatch.cases.film_sheet import BLACK, GREY, WHITE, png
from quaywatch.cases.plates import MARGIN, TALL, WIDE, Side, panel, scale_bar, terms_of

SMALL: Final = 0.62
"""Size of a panel on the sheet over that on a plate."""
ACROSS: Final = 4
ASKED: Final = (
    "Which of the numbered hulls is the ship on the left? Answer a number, or none. "
    "It need not be among them."
)


def lineup_sheet(known: Side, hulls: Sequence[Side], *, lineup: str) -> tuple[bytes | None, str]:
    """The sheet as PNG, and the terms under which it may be shown; or None and why.

    Args:
        known: the ship named, in its image.
        hulls: in the order in which they are numbered from 1.
        lineup: its id, printed on the sheet.

    """
    for side in (known, *hulls):
        allowed = terms_of(side)
        if not allowed.allowed:
            return None, allowed.why
    metres_px = max(s.chip_m for s in (known, *hulls)) / TALL
    wide, high = (round(v * SMALL) for v in (WIDE, TALL))
    across = min(ACROSS, len(hulls))
    down = -(-len(hulls) // across)
    width = MARGIN + (across + 1) * (wide + MARGIN) + MARGIN
    credit = dict.fromkeys(f"{s.credit} ({s.licence})" for s in (known, *hulls))
    sources = [line for text in credit for line in wrapped(text, font(12), width - 2 * MARGIN)]
    head, row_high = 84, high + 34
    page = Image.new("RGB", (width, head + down * row_high + 60 + 18 * len(sources)), WHITE)
    pen = ImageDraw.Draw(page)
    pen.text((MARGIN, 14), f"Line-up {lineup}", BLACK, font(19, bold=True))
    pen.text((MARGIN, 44), fitted(ASKED, font(14), width - 2 * MARGIN), GREY, font(14))
    _put(page, pen, known, (MARGIN, head), metres_px, "the ship named")
    pen.line([(2 * MARGIN + wide, head), (2 * MARGIN + wide, head + down * row_high - 10)], GREY, 1)
    for number, hull in enumerate(hulls):
        row, column = divmod(number, across)
        place = (3 * MARGIN + wide + column * (wide + MARGIN), head + row * row_high)
        _put(page, pen, hull, place, metres_px, str(number + 1))
    foot = head + down * row_high + 14
    scale_bar(pen, (MARGIN, foot), metres_px / SMALL, width)
    for row, line in enumerate(sources):
        pen.text((MARGIN, foot + 26 + 18 * row), line, GREY, font(12))
    return png(page), "; ".join(
        dict.fromkeys(c for s in (known, *hulls) if (c := terms_of(s).condition))
    )


def _put(
    page: Image.Image,
    pen: ImageDraw.ImageDraw,
    side: Side,
    place: tuple[int, int],
    metres_px: float,
    label: str,
) -> None:
    one = panel(side, metres_px, ticks=False)
    small = one.resize((round(one.width * SMALL), round(one.height * SMALL)), Image.Resampling.BOX)
    page.paste(small, place)
    pen.text((place[0], place[1] + small.height + 4), label, BLACK, font(17, bold=True))
