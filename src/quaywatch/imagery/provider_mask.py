"""What a provider's own mask says of each pixel, in our classes.

Sources: Planet, "Usable Data Mask" (docs.planet.com/data/imagery/udm); ESA, "Sentinel-2 Products
Specification Document", scene classification; USGS, LSDS-1619 "Landsat 8-9 Collection 2 Level 2
Science Product Guide" and LSDS-1618 for 4-7, QA_PIXEL.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio import Affine
from rasterio.errors import RasterioError
from rasterio.warp import Resampling, reproject, transform
from rasterio.windows import Window

from quaywatch.errors import BandMissingError, RasterUnreadableError
from quaywatch.imagery.grid import Grid
from quaywatch.imagery.sensors import ProviderMask
from quaywatch.imagery.sky import Classes, Sky

EDGE_POINTS = 21
"""Points along each edge of a window by which its place in a mask is found."""
BAND_COUNT: Mapping[ProviderMask, int] = {
    ProviderMask.UDM2: 8,
    ProviderMask.UDM: 1,
    ProviderMask.SCL: 1,
    ProviderMask.QA_PIXEL: 1,
}
"""Bands of a mask file that are read."""

UDM2_BANDS = (
    (2, Sky.SNOW_ICE),
    (4, Sky.HAZE),  # light haze; since November 2023 all haze
    (5, Sky.HAZE),  # heavy haze
    (3, Sky.SHADOW),
    (6, Sky.CLOUD),
)
"""Band of an UDM2 file, counted from 1, and what a 1 in it says; later ones outrank earlier.
Band 1 is clear, 7 the confidence, 8 the old mask with fill in its first bit."""

SCL_CLASSES = {
    0: Sky.NODATA,
    1: Sky.NODATA,  # saturated or defective
    2: Sky.CLEAR,  # dark area: in a port asphalt, coal and the shade of sheds
    3: Sky.SHADOW,
    4: Sky.CLEAR,  # vegetation
    5: Sky.CLEAR,  # bare
    6: Sky.CLEAR,  # water
    7: Sky.CLEAR,  # unclassified
    8: Sky.CLOUD,  # medium probability
    9: Sky.CLOUD,  # high probability
    10: Sky.HAZE,  # thin cirrus
    11: Sky.SNOW_ICE,
}
"""Value of the Sentinel-2 scene classification."""

QA_PIXEL_BITS = (
    (5, Sky.SNOW_ICE),
    (2, Sky.HAZE),  # cirrus, high confidence
    (4, Sky.SHADOW),
    (1, Sky.CLOUD),  # dilated cloud
    (3, Sky.CLOUD),
    (0, Sky.NODATA),  # fill
)
"""Bit of Landsat's QA_PIXEL and what a 1 says; later ones outrank earlier. 6 is clear, 7 water,
8 to 15 confidences."""

CANNOT_TELL: Mapping[ProviderMask, tuple[str, ...]] = {
    ProviderMask.UDM2: (),
    ProviderMask.UDM: ("haze and shadow (it calls them clear)", "snow from cloud", "small cloud"),
    ProviderMask.SCL: ("cloud from bright roofs and white ships, always", "thin haze"),
    ProviderMask.QA_PIXEL: ("cirrus before Landsat 8", "cloud from bright roofs, always"),
}
"""What each kind of mask is known not to tell."""


def provider_classes(kind: ProviderMask, mask: NDArray[Any]) -> Classes:
    """A provider's mask in our classes.

    Args:
        kind: which mask it is.
        mask: (band, y, x), or (y, x) for masks of one band.

    Returns:
        (y, x). What the table of a mask does not name is no data: it is not taken for clear.

    Raises:
        BandMissingError: it has fewer bands than such a mask has.

    Examples:
        >>> provider_classes(ProviderMask.SCL, np.array([[6, 9, 3, 200]])).tolist()
        [[0, 1, 2, 5]]
        >>> provider_classes(ProviderMask.QA_PIXEL, np.array([[21824, 22280, 1]])).tolist()
        [[0, 1, 5]]

    """
    bands = mask[None] if mask.ndim == 2 else mask
    _counted(kind, len(bands))
    return _READERS[kind](bands)


def read_provider(path: Path, kind: ProviderMask, grid: Grid) -> Classes:
    """A mask file, laid on the pixels of a window; nearest neighbour, no data beyond the file.

    Args:
        path: the mask.
        kind: which mask it is.
        grid: of the window, as ``Pixels.grid``.

    Raises:
        RasterUnreadableError: the file cannot be read or is not georeferenced.
        BandMissingError: it has fewer bands than such a mask has.

    """
    try:
        with rasterio.Env(GDAL_PAM_ENABLED="NO"), rasterio.open(path) as source:
            if source.crs is None:
                raise RasterUnreadableError(path=str(path), fact="it has no CRS")
            out = np.full((grid.height, grid.width), Sky.NODATA, np.uint8)
            _counted(kind, source.count)
            part = _window(source, grid)
            if part is None:
                return out
            classes = provider_classes(kind, source.read(window=part))
            corner = Affine.translation(part.col_off, part.row_off)
            # Classes go in one up, so that none is the zero that the warp takes for nothing.
            reproject(
                classes + 1, out, src_transform=source.transform @ corner, src_crs=source.crs,
                dst_transform=Affine(*grid.transform), dst_crs=grid.crs,
                resampling=Resampling.nearest, src_nodata=0, dst_nodata=0, init_dest_nodata=True,
            )  # fmt: skip
    except (OSError, RasterioError) as err:
        raise RasterUnreadableError(path=str(path), fact=str(err)) from err
    return np.where(out == 0, np.uint8(Sky.NODATA), out - 1).astype(np.uint8)


def _counted(kind: ProviderMask, count: int) -> None:
    if count < BAND_COUNT[kind]:
        needs = f"{BAND_COUNT[kind]} bands of an {kind} mask"
        raise BandMissingError(scene="its mask", needs=needs, has=str(count))


def _window(source: Any, grid: Grid) -> Window | None:  # noqa: ANN401 (rasterio ships no types)
    """The part of a mask file that a window needs, whatever the two are turned by."""
    along = np.linspace(0.0, 1.0, EDGE_POINTS)
    zero, one = np.zeros(EDGE_POINTS), np.ones(EDGE_POINTS)
    x = np.concatenate([along, along, zero, one]) * grid.width
    y = np.concatenate([zero, one, along, along]) * grid.height
    there = transform(grid.crs, source.crs, *(Affine(*grid.transform) @ (x, y)))
    columns, rows = ~source.transform @ (np.asarray(there[0]), np.asarray(there[1]))
    left, right = _span(columns, source.width)
    top, bottom = _span(rows, source.height)
    if right <= left or bottom <= top:
        return None
    return Window(left, top, right - left, bottom - top)


def _span(at: NDArray[np.float64], size: int) -> tuple[int, int]:
    """First and last but one pixel, with two to spare, as far as the file goes."""
    if not np.isfinite(at).all():
        return 0, size
    return max(0, int(np.floor(at.min())) - 2), min(size, int(np.ceil(at.max())) + 2)


def _udm2(bands: NDArray[Any]) -> Classes:
    out = np.full(bands.shape[1:], Sky.NODATA, np.uint8)
    out[bands[0] == 1] = Sky.CLEAR
    for number, sky in UDM2_BANDS:
        out[bands[number - 1] == 1] = sky
    out[(bands[7].astype(np.int64) & 1) > 0] = Sky.NODATA
    return out


def _udm(bands: NDArray[Any]) -> Classes:
    bits = bands[0].astype(np.int64)
    out = np.full(bits.shape, Sky.CLEAR, np.uint8)
    out[(bits & 2) > 0] = Sky.CLOUD
    out[(bits & ~2) != 0] = Sky.NODATA  # blackfill, or a band missing or suspect
    return out


def _scl(bands: NDArray[Any]) -> Classes:
    out = np.full(bands.shape[1:], Sky.NODATA, np.uint8)
    for value, sky in SCL_CLASSES.items():
        out[bands[0] == value] = sky
    return out


def _qa_pixel(bands: NDArray[Any]) -> Classes:
    bits = bands[0].astype(np.int64)
    out = np.full(bits.shape, Sky.CLEAR, np.uint8)
    for bit, sky in QA_PIXEL_BITS:
        out[(bits >> bit) & 1 > 0] = sky
    return out


_READERS = {
    ProviderMask.UDM2: _udm2,
    ProviderMask.UDM: _udm,
    ProviderMask.SCL: _scl,
    ProviderMask.QA_PIXEL: _qa_pixel,
}
