"""One image file: opened, placed on Earth, read to its end once, hashed, or refused.

Nothing is written beside the file, and nothing is kept open.
"""

import hashlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.enums import ColorInterp
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.windows import Window

from quaywatch.errors import RasterNoCrsError, RasterTooLargeError, RasterUnreadableError
from quaywatch.imagery.grid import Grid
from quaywatch.imagery.names import NameFacts, read_name
from quaywatch.imagery.read import fill_areas, valid_pixels
from quaywatch.imagery.sidecar import Stated

MASK_SIDE = 1024
"""The hull of valid pixels is drawn on at most about this many cells a side."""
MOST_PIXELS = 1 << 33
"""A header that declares more (a square of 92,000) is broken or a bomb: read strip by strip it
would keep a processor for hours."""
FAR_DEG = 12.0
GCPS_ONLY = (
    "it has ground control points only, whose heights move a place by hundreds of metres; take a "
    "terrain corrected product, or warp it yourself (gdalwarp -tps -t_srs EPSG:326xx) and say in "
    "a sidecar how well it lies (geolocation_sigma_m)"
)
"""No affine grid fits a swath of 250 km, and the points of radar products carry the heights of the
terrain: at 35 degrees of incidence 100 m of height is 140 m on the ground, and a file does not say
how high its sea points were taken to be."""
AT_ONCE = 1 << 26
"""Values read at once at most: 256 MB in 32 bits."""


@dataclass(frozen=True)
class RasterFile:
    """One file, read to its end."""

    path: Path
    facts: NameFacts
    grid: Grid
    bands: tuple[int, ...]
    dtype: str
    valid: NDArray[np.bool_]
    """Coarse (y, x): a cell with any valid pixel."""
    sha256: str
    size: int
    said: tuple[str, ...] = ()
    """What the file calls each measured band: its description, else the colour it is marked as,
    else nothing. The colours that GDAL gives to bands of 8 bits unasked are nothing."""


@contextmanager
def quiet_gdal() -> Iterator[None]:
    """GDAL without side files and without a warning for what is raised as an error here."""
    with warnings.catch_warnings(), rasterio.Env(GDAL_PAM_ENABLED="NO"):
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        yield


def read_file(path: Path, stated: Stated) -> RasterFile:
    """One file: opened, placed, read to its end, hashed.

    Raises:
        RasterUnreadableError: it cannot be read to its end.
        RasterTooLargeError: it declares more pixels than any scene has.
        RasterNoCrsError: it does not say where on Earth it is.

    """
    try:
        with path.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        size = path.stat().st_size
        with quiet_gdal(), rasterio.open(path) as source:
            _bounded(source, path)
            grid = _grid(source, path)
            kept = _measured(source, stated)
            valid = _coarse_valid(source, kept, stated.nodata)
            dtype = str(source.dtypes[0])
            said = _said(source, kept)
    except OSError as err:
        fact = str(err.__cause__ or err) if isinstance(err, RasterioError) else err.strerror
        raise RasterUnreadableError(path=str(path), fact=fact or str(err)) from err
    except RasterioError as err:
        # rasterio says "see previous exception" where GDAL said what is broken.
        raise RasterUnreadableError(path=str(path), fact=str(err.__cause__ or err)) from err
    return RasterFile(path, read_name(path.name), grid, kept, dtype, valid, sha256, size, said)


def _measured(source: Any, stated: Stated) -> tuple[int, ...]:  # noqa: ANN401 (rasterio ships no types)
    """The bands that are measurements: an alpha band is not, unless it is one in name only.

    GDAL marks the fourth of four 8-bit bands as alpha where a writer says nothing, be it near
    infrared. A true alpha is opaque or clear nearly everywhere.
    """
    alphas = [
        i for i, c in zip(source.indexes, source.colorinterp, strict=True) if c is ColorInterp.alpha
    ]
    everything = tuple(source.indexes)
    if not alphas or (stated.bands is not None and len(stated.bands) == source.count):
        return everything
    shape = (min(source.height, 512), min(source.width, 512))
    values = source.read(alphas[0], out_shape=shape)
    top = np.iinfo(values.dtype).max if values.dtype.kind in "ui" else 1
    if ((values != 0) & (values != top)).mean() > 0.05:
        return everything
    return tuple(i for i in everything if i not in alphas)


def _grid(source: Any, path: Path) -> Grid:  # noqa: ANN401 (rasterio ships no types)
    """The grid of an open raster."""
    if source.crs is None:
        fact = GCPS_ONLY if source.gcps[0] else "no CRS"
        raise RasterNoCrsError(path=str(path), fact=fact)
    if source.transform.is_identity or source.transform.is_degenerate:
        raise RasterNoCrsError(path=str(path), fact="a CRS but no transform from its pixels")
    code = source.crs.to_epsg()
    crs = f"EPSG:{code}" if code else source.crs.to_wkt()
    if not (CRS.from_user_input(crs).is_projected or CRS.from_user_input(crs).is_geographic):
        raise RasterNoCrsError(path=str(path), fact="its CRS is local, not tied to the Earth")
    a, b, c, d, e, f = (float(v) for v in tuple(source.transform)[:6])
    grid = Grid(crs, (a, b, c, d, e, f), source.width, source.height)
    corners = np.array(grid.lonlat_of([0, grid.width] * 2, [0, 0, grid.height, grid.height]))
    if not np.isfinite(corners).all() or np.abs(corners[1]).max() > 90 or grid.gsd_m <= 0:
        raise RasterNoCrsError(path=str(path), fact="its corners are not on Earth")
    if _far_from_use(CRS.from_user_input(crs), corners):
        fact = (
            f"its corners lie far outside the area that {source.crs} is for: are its axes swapped?"
        )
        raise RasterNoCrsError(path=str(path), fact=fact)
    return grid


def _far_from_use(crs: CRS, corners: NDArray[np.float64]) -> bool:
    """Whether every corner lies more than 12 degrees outside where the CRS is used."""
    area = crs.area_of_use
    if area is None:
        return False
    lon, lat = corners
    width = (area.east - area.west) % 360.0 or 360.0
    over = (lon - area.west) % 360.0
    beyond = np.where(over <= width, 0.0, np.minimum(over - width, 360.0 - over))
    away = np.maximum.reduce([beyond, area.south - lat, lat - area.north])
    return bool((away > FAR_DEG).all())


def _bounded(source: Any, path: Path) -> None:  # noqa: ANN401 (rasterio ships no types)
    """Refuse what no scene is, before anything of its size is asked for."""
    pixels = source.width * source.height * max(source.count, 1)
    if pixels > MOST_PIXELS:
        raise RasterTooLargeError(
            path=str(path), width=source.width, height=source.height, bands=source.count
        )


def _said(source: Any, bands: tuple[int, ...]) -> tuple[str, ...]:  # noqa: ANN401 (rasterio ships no types)
    """What the file calls each band."""
    told = [(source.descriptions[i - 1] or "").strip().lower() for i in bands]
    colours = {ColorInterp.red: "red", ColorInterp.green: "green", ColorInterp.blue: "blue"}
    marked = [colours.get(source.colorinterp[i - 1], "") for i in bands]
    # GDAL marks the first three of three or four bands of 8 bits so, whatever they hold.
    unasked = source.dtypes[0] == "uint8" and marked[:3] == ["red", "green", "blue"]
    return tuple(t or ("" if unasked else m) for t, m in zip(told, marked, strict=True))


def _coarse_valid(source: Any, bands: tuple[int, ...], nodata: float | None) -> NDArray[np.bool_]:  # noqa: ANN401 (rasterio ships no types)
    """Cells with any valid pixel, read strip by strip to the file's end."""
    factor = max(1, -(-max(source.height, source.width) // MASK_SIDE))
    rows = max(1, AT_ONCE // (source.width * len(bands)))
    strip = max(1, min(rows, 512) // factor) * factor if rows >= factor else rows
    shape = -(-source.height // factor), -(-source.width // factor)
    cells: NDArray[np.bool_] = np.zeros(shape, bool)
    for top in range(0, source.height, strip):
        window = Window(0, top, source.width, min(strip, source.height - top))
        values = source.read(bands, window=window)
        valid, zero = valid_pixels(source, bands, window, values, nodata, measured=bands)
        valid &= ~fill_areas(zero)
        across = np.logical_or.reduceat(valid, np.arange(0, valid.shape[1], factor), axis=1)
        whole = (top + np.arange(valid.shape[0])) // factor
        np.logical_or.at(cells, whole, across)
    return cells
