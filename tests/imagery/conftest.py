"""Small made-up rasters: dtype, nodata, CRS and rotation as a test asks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from rasterio.transform import Affine

Write = Callable[..., Path]
Harbour = Callable[..., NDArray[np.uint8]]

NORTH_UP = Affine(3.0, 0.0, 385_000.0, 0.0, -3.0, 3_736_000.0)
NAME = "20171018_175517_1005.tif"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write an array (band, y, x) as a GeoTIFF."""

    def writer(
        values: NDArray[Any],
        name: str = NAME,
        *,
        crs: str | None = "EPSG:32611",
        transform: Affine = NORTH_UP,
        **more: object,
    ) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        count, height, width = values.shape
        with rasterio.open(
            path, "w", driver="GTiff", width=width, height=height, count=count,
            dtype=values.dtype, crs=crs, transform=transform, **more,
        ) as target:  # fmt: skip
            target.write(values)
        return path

    return writer


@pytest.fixture
def harbour() -> Harbour:
    """Draw a harbour: see ``_harbour``."""
    return _harbour


def _harbour(
    size: tuple[int, int] = (260, 420), ships: tuple[tuple[int, int, int, int], ...] = ()
) -> NDArray[np.uint8]:
    """Land above, water below, and ships as bright boxes (row, column, height, width), seeded."""
    rng = np.random.default_rng(7)
    picture = np.empty((3, *size), np.float64)
    picture[:] = np.array([40, 62, 60])[:, None, None]
    picture[:, : size[0] // 3] = np.array([170, 155, 140])[:, None, None]
    picture[:, : size[0] // 3] += rng.normal(0, 25, (size[0] // 3, size[1]))
    for row, column, height, width in ships:
        picture[:, row : row + height, column : column + width] = np.array([185, 95, 80])[
            :, None, None
        ]
    picture += rng.normal(0, 1.5, picture.shape)
    return np.clip(picture, 1, 255).astype(np.uint8)
