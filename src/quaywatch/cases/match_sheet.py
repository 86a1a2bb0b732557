"""The hulls of a matched scene, one beside the other: bow up where settled, one scale, one credit.

Cut, turned and lettered, so a derivative: where the licence is not known to allow that there is no
sheet, and the reason is returned.
"""

from collections.abc import Sequence
from typing import Final

from PIL import Image, ImageDraw

from quaywatch.cases.film import fitted, font, wrapped
from quaywatch.cases.film_sheet import BLACK, GREY, WHITE, png
from quaywatch.cases.plates import MARGIN, TALL, WIDE, Side, panel, scale_bar, terms_of

SMALL: Final = 0.42
"""Size of a panel here over that on a plate."""
ACROSS: Final = 6
_LINE: Final = 15
_GAP: Final = 12


def match_sheet(
    hulls: Sequence[tuple[Side, Sequence[str]]], *, title: str
) -> tuple[bytes | None, str]:
    """The sheet as PNG, and the terms under which it may be shown; or None and why.

    Args:
        hulls: each with the lines that stand under it, the first of them bold.
        title: over all.

    """
    for side, _ in hulls:
        allowed = terms_of(side)
        if not allowed.allowed:
            return None, allowed.why
    if not hulls:
        return None, "no hull was read"
    metres_px = max(side.chip_m for side, _ in hulls) / TALL
    wide, high = round(WIDE * SMALL), round(TALL * SMALL)
    across = min(ACROSS, len(hulls))
    down = -(-len(hulls) // across)
    width = max(2 * MARGIN + across * (wide + _GAP) - _GAP, 480)
    lines = max(len(told) for _, told in hulls)
    row_high = high + 8 + _LINE * lines + 10
    credit = dict.fromkeys(f"{s.sensor}, {s.when}. {s.credit} ({s.licence})" for s, _ in hulls)
    sources = [line for text in credit for line in wrapped(text, font(12), width - 2 * MARGIN)]
    head, foot = 44, 30 + 16 * len(sources)
    page = Image.new("RGB", (width, head + down * row_high + foot), WHITE)
    pen = ImageDraw.Draw(page)
    bold = font(15, bold=True)
    pen.text((MARGIN, 14), fitted(title, bold, width - 2 * MARGIN), BLACK, bold)
    for number, (side, told) in enumerate(hulls):
        row, column = divmod(number, across)
        x, y = MARGIN + column * (wide + _GAP), head + row * row_high
        one = panel(side, metres_px, ticks=False)
        page.paste(one.resize((wide, high), Image.Resampling.BOX), (x, y))
        for k, text in enumerate(told):
            face = font(12, bold=k == 0)
            place = (x, y + high + 4 + _LINE * k)
            pen.text(place, fitted(text, face, wide), BLACK if k == 0 else GREY, face)
    below = head + down * row_high
    scale_bar(pen, (MARGIN, below), metres_px / SMALL, width)
    for k, line in enumerate(sources):
        pen.text((MARGIN, below + 20 + 16 * k), line, GREY, font(12))
    conditions = dict.fromkeys(c for s, _ in hulls if (c := terms_of(s).condition))
    return png(page), "; ".join(conditions) or "its licence allows it"
