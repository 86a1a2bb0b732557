"""A picture as PNG bytes: the same picture gives the same bytes."""

import warnings

import numpy as np
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile

from quaywatch.imagery.draw import Picture


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
    with warnings.catch_warnings():
        # A picture for the eye has no place on Earth.
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with MemoryFile() as memory:
            with memory.open(
                driver="PNG", width=width, height=height, count=3, dtype="uint8", zlevel=3
            ) as target:
                target.write(np.moveaxis(picture, -1, 0))
            return bytes(memory.read())
