"""Files to a scene: read to the end once, hashed, placed, dated, licensed, or refused.

Nothing is written beside the files, and nothing is kept open.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from quaywatch.errors import (
    CaptureTimeMissingError,
    LicenceMissingError,
    RasterEmptyError,
    RasterUnreadableError,
    SceneGridError,
    SensorUnknownError,
    SidecarError,
)
from quaywatch.imagery.bands import named_bands
from quaywatch.imagery.mask_file import KEY, load_mask
from quaywatch.imagery.names import home_of, read_name
from quaywatch.imagery.raster_file import MASK_SIDE, RasterFile, read_file
from quaywatch.imagery.scene import Asset, Raster, Scene, SceneMask
from quaywatch.imagery.sensors import SENSORS
from quaywatch.imagery.sidecar import Stated, parse_stated, read_sidecar, read_sidecars

NOT_STATED = "neither the file nor a sidecar or flag states it"
_FIRST_IMAGE = datetime(1959, 8, 14, tzinfo=UTC)
"""Explorer 6 took the first picture from orbit: an earlier capture time is a wrong one."""


def group_paths(paths: Iterable[Path]) -> list[tuple[Path, ...]]:
    """Files sorted into scenes: one-band files of one folder and capture belong together.

    The folders of a Sentinel-2 product's resolutions count as one. Of a band that is there in
    several resolutions the finest is taken: the others were resampled from it.

    Examples:
        >>> day = "2023-08-21-00:00_2023-08-21-23:59_Sentinel-2_L2A_{}_(Raw).tiff"
        >>> names = [Path(day.format(b)) for b in ("B04", "B02")] + [Path("other.tif")]
        >>> [len(group) for group in group_paths(names)]
        [2, 1]
        >>> tile = "IMG_DATA/R{0}/T11SLT_20230718T182921_{1}_{0}.jp2"
        >>> names = [tile.format(*of) for of in (("20m", "B04"), ("10m", "B04"), ("20m", "B11"))]
        >>> [[path.name[-11:] for path in group] for group in group_paths(map(Path, names))]
        [['B04_10m.jp2', 'B11_20m.jp2']]

    """
    groups: dict[object, list[Path]] = {}
    for path in paths:
        facts = read_name(path.name)
        together = facts.band is not None and facts.scene is not None
        groups.setdefault((home_of(path), facts.scene) if together else path, []).append(path)
    return [tuple(sorted(_finest(group))) for group in groups.values()]


def _finest(group: Sequence[Path]) -> list[Path]:
    """Of each band in a product's folders of several resolutions the finest."""
    if len({path.parent for path in group}) == 1:
        return list(group)
    kept: dict[str | None, Path] = {}
    for path in sorted(group, key=lambda p: (p.parent.name, p.name)):
        kept.setdefault(read_name(path.name).band, path)
    return list(kept.values())


def load_scene(
    paths: Sequence[Path],
    *,
    licence: str | None = None,
    credit: str | None = None,
    captured_at: tuple[datetime, datetime] | datetime | None = None,
    sensor: str | None = None,
    sidecar: Path | Mapping[str, Any] | None = None,
    terms_needed: bool = True,
    mask: Path | None = None,
    trust_mask: bool = True,
) -> Scene:
    """One scene from its file or files (one a band).

    A flag outranks the given sidecar, that outranks the sidecars beside the files, and those
    outrank what the file names say.

    Args:
        paths: the files of one capture.
        licence: under which licence it is used, for example an SPDX id.
        credit: the line to print beside it.
        captured_at: aware UTC instants [start, end), or one instant good to a second.
        sensor: a key of ``SENSORS``.
        sidecar: a sidecar file or its values.
        terms_needed: refuse a scene without licence and credit. False only where nothing of it
            is kept or shown: to detect, to check, never to store.
        mask: the provider's cloud mask (``mask_file.MaskFinder``); else the one that a sidecar
            names. It is no part of the scene's id: that is of the pixels.
        trust_mask: False leaves the provider's mask aside, also one that a sidecar names: cloud is
            then told by our own means.

    Raises:
        RasterUnreadableError: a file cannot be read to its end.
        RasterNoCrsError: a file is not georeferenced.
        RasterTooLargeError: a file declares more pixels than any scene has.
        RasterEmptyError: no pixel is valid.
        BandOrderError: which band is which is not said, or said twice and differently.
        SceneGridError: the files do not belong to one scene, or the mask not to them.
        CaptureTimeMissingError: no capture time, or one that cannot be.
        SensorUnknownError: no sensor, or one that is not known.
        LicenceMissingError: no licence or no credit line.
        SidecarError: a sidecar cannot be used.

    """
    if not paths:
        raise RasterUnreadableError(path="(no file)", fact="no file was given")
    ordered = [Path(p) for p in paths]
    stated = _flags(licence, credit, captured_at, sensor, str(ordered[0]))
    if isinstance(sidecar, Mapping):
        stated = stated.over(parse_stated(sidecar, path=f"the sidecar of {ordered[0].name}"))
    elif sidecar is not None:
        stated = stated.over(read_sidecar(sidecar))
    stated = stated.over(read_sidecars(ordered))
    files = [read_file(path, stated) for path in ordered]
    if not terms_needed:
        stated = stated.over(Stated(licence=NOT_STATED, credit=NOT_STATED))
    scene = _scene(_raster(files, stated), files, stated)
    if mask is None and stated.mask is not None:
        mask = ordered[0].with_name(stated.mask)
    return scene if mask is None or not trust_mask else _masked(scene, mask, stated)


def load_raster(
    paths: Sequence[Path], *, sensor: str | None = None, sidecar: Mapping[str, Any] | None = None
) -> Raster:
    """Files as pixels to read and detect in; neither capture time nor licence is asked for.

    What is to be kept, matched or shown is loaded as a scene.

    Args:
        paths: the files of one capture.
        sensor: a key of ``SENSORS``; not needed.
        sidecar: values that outrank those of the sidecars beside the files.

    Raises:
        RasterUnreadableError: a file cannot be read to its end.
        RasterNoCrsError: a file is not georeferenced.
        RasterTooLargeError: a file declares more pixels than any scene has.
        RasterEmptyError: no pixel is valid.
        BandOrderError: which band is which is not said, or said twice and differently.
        SceneGridError: the files do not belong to one scene.
        SensorUnknownError: the sensor named is not known.
        SidecarError: a sidecar cannot be used.

    """
    if not paths:
        raise RasterUnreadableError(path="(no file)", fact="no file was given")
    ordered = [Path(p) for p in paths]
    stated = Stated(sensor=sensor)
    if sidecar is not None:
        stated = stated.over(parse_stated(sidecar, path=f"the sidecar of {ordered[0].name}"))
    stated = stated.over(read_sidecars(ordered))
    return _raster([read_file(path, stated) for path in ordered], stated)


def _flags(
    licence: str | None,
    credit: str | None,
    captured_at: tuple[datetime, datetime] | datetime | None,
    sensor: str | None,
    path: str,
) -> Stated:
    """The flags as statements."""
    if isinstance(captured_at, datetime):
        captured_at = captured_at, captured_at + timedelta(seconds=1)
    start, end = captured_at or (None, None)
    for at in (start, end):
        if at is not None and at.tzinfo is None:
            fact = f"the capture time {at.isoformat()} has no offset from UTC"
            raise CaptureTimeMissingError(path=path, fact=fact)
    return Stated(
        captured_start=start,
        captured_end=end,
        sensor=sensor,
        licence=(licence or "").strip() or None,
        credit=(credit or "").strip() or None,
    )


def _raster(files: list[RasterFile], stated: Stated) -> Raster:
    """The pixels of files that belong together."""
    finest = max(files, key=lambda f: f.grid.width * f.grid.height)
    for other in files:
        _same_place(finest, other)
    first = str(files[0].path)
    sensor_id = _one([stated.sensor] if stated.sensor else [f.facts.sensor for f in files], first)
    if sensor_id is not None and sensor_id not in SENSORS:
        given = f"the sensor {sensor_id!r} is not known"
        raise SensorUnknownError(path=first, given=given, known=", ".join(sorted(SENSORS)))
    sensor = None if sensor_id is None else SENSORS[sensor_id]
    assets = tuple(Asset(_key(f, files), f.path, f.sha256, f.size) for f in files)
    bands, radiometry = named_bands(files, assets, sensor, stated)
    named = _one([f.facts.scene for f in files], first) or files[0].path.stem
    digest = hashlib.sha256("".join(sorted(f.sha256 for f in files)).encode()).hexdigest()
    sigma = None if sensor is None else sensor.geolocation_sigma_m
    return Raster(
        id=f"{named}-{digest[:8]}",
        sensor=sensor,
        assets=assets,
        bands=bands,
        grid=finest.grid,
        footprint=_footprint(files, finest),
        radiometry=radiometry,
        geolocation_sigma_m=stated.geolocation_sigma_m or sigma,
        nodata=stated.nodata,
    )


def _scene(raster: Raster, files: list[RasterFile], stated: Stated) -> Scene:
    """The scene of a raster: dated, named, licensed, or refused."""
    first = str(files[0].path)
    start, end = _capture(files, stated, first)
    if raster.sensor is None or raster.geolocation_sigma_m is None:
        known = ", ".join(sorted(SENSORS))
        raise SensorUnknownError(path=first, given="no sensor is named", known=known)
    if stated.licence is None or stated.credit is None:
        lacks = [k for k in ("licence", "credit") if getattr(stated, k) is None]
        raise LicenceMissingError(path=first, lacks=" and ".join(lacks))
    optional = ("off_nadir_deg", "sun_azimuth_deg", "sun_elevation_deg")
    return Scene(
        id=raster.id,
        captured_start=start,
        captured_end=end,
        sensor=raster.sensor,
        assets=raster.assets,
        bands=raster.bands,
        grid=raster.grid,
        footprint=raster.footprint,
        radiometry=raster.radiometry,
        geolocation_sigma_m=raster.geolocation_sigma_m,
        licence=stated.licence,
        credit=stated.credit,
        off_nadir_deg=stated.off_nadir_deg,
        sun_azimuth_deg=stated.sun_azimuth_deg,
        sun_elevation_deg=stated.sun_elevation_deg,
        nodata=raster.nodata,
        unknown={key: NOT_STATED for key in optional if getattr(stated, key) is None},
    )


def _masked(scene: Scene, path: Path, stated: Stated) -> Scene:
    """The scene with its provider's mask."""
    if any(path.name == asset.path.name for asset in scene.assets):
        raise SidecarError(path=str(path), fact="it is named as its own mask")
    kind, file = load_mask(path, stated, scene.grid)
    asset = Asset(KEY, path, file.sha256, file.size)
    own = SceneMask(kind, asset.key, scene.grid)
    return replace(scene, assets=(*scene.assets, asset), mask=own)


def _same_place(finest: RasterFile, other: RasterFile) -> None:
    """One CRS and one rectangle; a coarser band may lie on a coarser grid."""
    path = str(other.path)
    if other.grid.crs != finest.grid.crs:
        raise SceneGridError(path=path, fact=f"{other.grid.crs} against {finest.grid.crs}")
    x, y = finest.grid.pixel_of(
        *other.grid.lonlat_of([0, other.grid.width], [0, other.grid.height])
    )
    step = max(finest.grid.width / other.grid.width, finest.grid.height / other.grid.height)
    wanted = np.array([[0, finest.grid.width], [0, finest.grid.height]])
    if np.abs(np.array([x, y]) - wanted).max() > step:
        raise SceneGridError(path=path, fact="its corners lie elsewhere")
    if other.facts.scene != finest.facts.scene:
        fact = f"it names the scene {other.facts.scene}, not {finest.facts.scene}"
        raise SceneGridError(path=path, fact=fact)


def _capture(files: list[RasterFile], stated: Stated, path: str) -> tuple[datetime, datetime]:
    """The capture interval, checked."""
    start = stated.captured_start or files[0].facts.start
    end = stated.captured_end or (files[0].facts.end if stated.captured_start is None else None)
    if start is None or end is None:
        lacks = "nothing says when it was taken" if start is None else "nothing ends its interval"
        raise CaptureTimeMissingError(path=path, fact=lacks)
    if not start < end:
        fact = f"the capture interval {start.isoformat()} to {end.isoformat()} is empty"
        raise CaptureTimeMissingError(path=path, fact=fact)
    if start < _FIRST_IMAGE:
        fact = f"the capture time {start.isoformat()} is before the first image from orbit"
        raise CaptureTimeMissingError(path=path, fact=fact)
    return start.astimezone(UTC), end.astimezone(UTC)


def _one(values: list[str | None], path: str) -> str | None:
    """The value all files agree on."""
    distinct = {value for value in values if value is not None}
    if len(distinct) > 1:
        raise SceneGridError(path=path, fact=f"the files name {' and '.join(sorted(distinct))}")
    return next(iter(distinct), None)


def _key(file: RasterFile, files: list[RasterFile]) -> str:
    """The asset's key: its band, or data."""
    return file.facts.band or ("data" if len(files) == 1 else file.path.stem)


def _footprint(files: list[RasterFile], finest: RasterFile) -> BaseGeometry:
    """The hull of the pixels that are valid in every file, in degrees."""
    shapes = {f.valid.shape for f in files}
    valid = np.logical_and.reduce([f.valid for f in files]) if len(shapes) == 1 else finest.valid
    if not valid.any():
        raise RasterEmptyError(path=str(files[0].path))
    if valid.all():
        return finest.grid.outline()
    rows, columns = np.nonzero(valid)
    factor = max(1, -(-max(finest.grid.height, finest.grid.width) // MASK_SIDE))
    corners = np.concatenate(
        [np.column_stack([columns + i, rows + j]) for i in (0, 1) for j in (0, 1)]
    )
    limit = [finest.grid.width, finest.grid.height]
    hull = shapely.MultiPoint(np.minimum(corners * factor, limit)).convex_hull
    return finest.grid.outline(hull)
