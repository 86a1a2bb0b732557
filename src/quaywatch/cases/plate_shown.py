"""A plate as the page shows it: the picture that a claim cites, without repeated pixels.

Plates are kept enlarged by whole numbers, each pixel repeated. The page shows every pixel once and
lets the reader's machine enlarge it; light is rounded to six bits a band, two steps of 255 at
most, which nobody sees. The object itself stays in the store under its hash, which stands beside
the picture.
"""

import io
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SMALL_BYTES: Final = 60_000
"""Pictures up to this size are shown as they are."""
MOST_TIMES: Final = 12
WIDE_ENOUGH: Final = 480
"""Pixels of the longer side from which a picture is shown at its own size."""
STEP: Final = 4
"""Of light, out of 255: no value moves by more than half of it, and black and white stay."""

Picture = NDArray[np.uint8]


def repeated(picture: Picture) -> int:
    """How often each pixel is repeated along each side.

    Args:
        picture: (y, x, band).

    Examples:
        >>> small = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
        >>> repeated(np.repeat(np.repeat(small, 3, axis=0), 3, axis=1)), repeated(small)
        (3, 1)

    """
    high, wide = picture.shape[:2]
    for times in range(MOST_TIMES, 1, -1):
        if high % times or wide % times:
            continue
        few = picture[::times, ::times]
        if np.array_equal(np.repeat(np.repeat(few, times, axis=0), times, axis=1), picture):
            return times
    return 1


def shown(png: bytes) -> bytes:
    """The picture as the page holds it, as PNG; the bytes themselves where they are few.

    Args:
        png: of the object that the claim cites.

    """
    if len(png) <= SMALL_BYTES:
        return png
    with Image.open(io.BytesIO(png)) as image:
        picture = np.asarray(image.convert("RGB"))
    times = repeated(picture)
    few = picture[::times, ::times].astype(np.int16)
    light = np.minimum((few + STEP // 2) // STEP * STEP, 255)
    light[few >= 254] = 255
    out = io.BytesIO()
    Image.fromarray(light.astype(np.uint8)).save(out, format="PNG", compress_level=7)
    return min(png, out.getvalue(), key=len)


def is_coarse(png: bytes) -> bool:
    """Whether a picture is so small that a reader needs it enlarged."""
    with Image.open(io.BytesIO(png)) as image:
        return max(image.size) < WIDE_ENOUGH
