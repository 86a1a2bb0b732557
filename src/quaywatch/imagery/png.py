"""A picture as PNG bytes: the same picture gives the same bytes."""

from typing import Final

import numpy as np
from rasterio import Affine
from rasterio.io import MemoryFile

from quaywatch.imagery.draw import Picture

_SOMEWHERE: Final = Affine(2.0, 0.0, 0.0, 0.0, -2.0, 0.0)
"""A picture for the eye has no place on Earth, and PNG keeps none; but without one GDAL warns, and
a warning cannot be silenced in one thread alone."""


def enlarged(picture: Picture, *, at_least_px: int) -> Picture:
    """The picture with every pixel repeated until its shorter side is so long; never blurred."""
    times = max(1, -(-at_least_px // max(1, min(picture.shape[:2]))))
    return np.repeat(np.repeat(picture, times, axis=0), times, axis=1)


def png_bytes(picture: Picture) -> bytes:
    r"""Encode red, green, blue (y, x, 3) of 8 bits.

    Examples:
        >>> png_bytes(np.zeros((2, 3, 3), np.uint8))[:4]
        b'\x89PNG'

    """
    height, width, _ = picture.shape
    with MemoryFile() as memory:
        with memory.open(
            driver="PNG", width=width, height=height, count=3, dtype="uint8", zlevel=3,
            transform=_SOMEWHERE,
        ) as target:  # fmt: skip
            target.write(np.moveaxis(picture, -1, 0))
        return bytes(memory.read())
