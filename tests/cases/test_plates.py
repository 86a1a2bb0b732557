"""Plates and line-up sheets: one scale, nothing that tells, and nothing a licence forbids."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from quaywatch.cases.lineup import lineup_sheet
from quaywatch.cases.plates import MARGIN, TALL, WIDE, Side, plate


def side(title: str = "the hull in question", length_m: float = 180.0, **more: object) -> Side:
    """A light hull on dark water."""
    values = np.full((3, 96, 32), 0.1, np.float32)
    values[:, 8:-8, 9:-9] = 0.7
    plain = Side(
        title=title,
        values=values,
        seen=values[0] >= 0,
        length_m=length_m,
        chip_m=1.2 * length_m,
        bow="open: shown one of two ways",
        when="2017-10-18 17:55 UTC",
        sensor="PlanetScope, 3.0 m",
        credit="Planet Labs PBC",
        licence="CC-BY-SA-4.0",
    )
    return replace(plain, **more)  # type: ignore[arg-type]  # fields of the test's choice


@pytest.mark.parametrize("licence", ["CC-BY-ND-4.0", "Planet EULA"])
def test_a_licence_without_derivatives_gives_no_plate(licence: str) -> None:
    """A plate is cut, turned and lettered: where that is not known to be allowed, none is made."""
    made = plate(side("the ship"), side(licence=licence), title="The same ship?")

    assert made.png is None
    assert licence in made.why


def test_a_plate_is_the_same_bytes_every_time() -> None:
    """A case verifies to the byte, its pictures too."""
    first, second = (plate(side("the ship"), side(), title="The same ship?") for _ in range(2))

    assert first.png == second.png
    assert first.credit == "Planet Labs PBC"
    assert "share" not in first.caption
    assert "CC-BY-SA-4.0" in first.why


def test_both_hulls_stand_at_one_scale() -> None:
    """A shorter ship must look shorter: scaled to one height any two hulls look alike."""
    made = plate(side("the ship", 200.0), side(length_m=100.0), title="The same ship?")
    assert made.png is not None
    page = np.asarray(Image.open(io.BytesIO(made.png)).convert("L"), float)
    heights = []
    for number in range(2):
        middle = MARGIN + number * (WIDE + MARGIN) + WIDE // 2
        column = page[58 : 58 + TALL, middle]
        heights.append(int(((column > 150) & (column < 200)).sum()))

    assert heights[1] == pytest.approx(heights[0] / 2, rel=0.06)


def test_a_sheet_tells_neither_date_nor_which() -> None:
    """An examiner who could read dates off the sheet would not need to look at the hulls."""
    hulls = [side(length_m=170.0 + i) for i in range(7)]
    dated = [replace(h, when=f"20{i}0-01-01", title=f"secret {i}") for i, h in enumerate(hulls)]

    plain, _ = lineup_sheet(side("the ship"), hulls, lineup="ab12cd34")
    secret, _ = lineup_sheet(side("the ship"), dated, lineup="ab12cd34")

    assert plain is not None
    assert plain == secret


def test_a_sheet_with_one_forbidden_hull_is_not_made() -> None:
    """One foil that may not be shown is enough."""
    hulls = [side() for _ in range(6)] + [side(licence="CC-BY-ND-4.0")]

    sheet, why = lineup_sheet(side("the ship"), hulls, lineup="ab12cd34")

    assert sheet is None
    assert "no derivatives" in why
