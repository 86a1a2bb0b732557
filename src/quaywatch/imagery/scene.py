"""A scene: one capture by one sensor, described as a STAC Item; pixels stay in their files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pystac
import shapely
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from quaywatch.errors import SidecarError
from quaywatch.imagery.grid import Grid, cut_antimeridian
from quaywatch.imagery.sensors import SENSORS, ProviderMask, Sensor
from quaywatch.sites.frame import unwrap

EXTENSIONS = (
    "https://stac-extensions.github.io/projection/v2.0.0/schema.json",
    "https://stac-extensions.github.io/view/v1.0.0/schema.json",
    "https://stac-extensions.github.io/file/v2.1.0/schema.json",
)
_OWN = "quaywatch:"
_MASK_KIND = f"{_OWN}mask_kind"
MASK_ROLES = ("cloud", "data-mask")
"""Roles of a provider's mask among the assets of an item (STAC best practices)."""


@dataclass(frozen=True)
class Band:
    """One band of a scene and where its pixels are."""

    name: str
    """STAC common name where it has one: red, green, blue, nir, swir16, vv, vh."""
    asset: str
    index: int
    """1-based, as GDAL counts."""
    scale: float
    offset: float
    """Value = count * scale + offset."""


@dataclass(frozen=True)
class Asset:
    """One file of a scene."""

    key: str
    path: Path
    sha256: str
    size: int
    """Bytes."""


@dataclass(frozen=True)
class SceneMask:
    """The provider's own word on cloud, delivered with the scene."""

    kind: ProviderMask
    asset: str
    """Key of its file among the assets."""
    grid: Grid
    """The scene's grid as received. Registration moves ``Scene.grid`` and not this one, so that
    pixel and mask stay together."""


@dataclass(frozen=True, kw_only=True)
class Raster:
    """Georeferenced pixels in files: all that reading and detecting need."""

    id: str
    sensor: Sensor | None
    assets: tuple[Asset, ...]
    bands: tuple[Band, ...]
    grid: Grid
    footprint: BaseGeometry
    """Hull of the valid pixels, WGS84 degrees, longitudes continuous."""
    radiometry: str
    """reflectance, display (stretched for the eye) or counts."""
    geolocation_sigma_m: float | None
    """Standard deviation of absolute position per axis, metres; None where no sensor is named."""
    nodata: float | None = None
    """Overrides what the files declare; None leaves it to them."""

    @property
    def gsd_m(self) -> float:
        """True ground sample distance at the middle of the scene, metres."""
        return self.grid.gsd_m

    @property
    def band_names(self) -> tuple[str, ...]:
        """The names of the bands in order."""
        return tuple(band.name for band in self.bands)

    @cached_property
    def by_key(self) -> Mapping[str, Asset]:
        """Assets by key."""
        return {asset.key: asset for asset in self.assets}


@dataclass(frozen=True, kw_only=True)
class Scene(Raster):
    """One capture: when, by what, where, how exactly, and under which licence."""

    sensor: Sensor
    geolocation_sigma_m: float
    captured_start: datetime
    """First instant in which it may have been taken, aware UTC."""
    captured_end: datetime
    """First instant after it: the interval is [start, end)."""
    licence: str
    credit: str
    off_nadir_deg: float | None = None
    sun_azimuth_deg: float | None = None
    sun_elevation_deg: float | None = None
    unknown: Mapping[str, str] = field(default_factory=dict)
    """Why a value that is None is not known."""
    mask: SceneMask | None = None
    """None where no mask of the provider came with it."""

    @property
    def capture_width_s(self) -> float:
        """Seconds between the bounds of the capture time: 86,400 if only the day is known."""
        return (self.captured_end - self.captured_start).total_seconds()

    def to_stac(self, base_dir: Path | None = None) -> pystac.Item:
        """The scene as a STAC Item.

        Args:
            base_dir: file addresses are written relative to it where they lie below it.

        """
        footprint = cut_antimeridian(self.footprint)
        item = pystac.Item(
            id=self.id,
            geometry=mapping(footprint),
            bbox=_bbox(self.footprint),
            datetime=None,
            start_datetime=self.captured_start,
            end_datetime=self.captured_end,
            properties=self._properties(),
            stac_extensions=list(EXTENSIONS),
        )
        for asset in self.assets:
            item.add_asset(asset.key, self._stac_asset(asset, base_dir))
        return item

    def _properties(self) -> dict[str, Any]:
        """Item properties: standard names first, ours prefixed."""
        crs = self.grid.crs
        stated = {
            "view:off_nadir": self.off_nadir_deg,
            "view:sun_azimuth": self.sun_azimuth_deg,
            "view:sun_elevation": self.sun_elevation_deg,
        }
        return {
            "platform": self.sensor.platform,
            "instruments": [self.sensor.id],
            "gsd": round(self.gsd_m, 4),
            "license": self.licence,
            **{key: value for key, value in stated.items() if value is not None},
            "proj:code" if crs.startswith("EPSG:") else f"{_OWN}crs": crs,
            "proj:shape": [self.grid.height, self.grid.width],
            "proj:transform": [*self.grid.transform, 0.0, 0.0, 1.0],
            f"{_OWN}sensor": self.sensor.id,
            f"{_OWN}credit": self.credit,
            f"{_OWN}radiometry": self.radiometry,
            f"{_OWN}geolocation_sigma_m": self.geolocation_sigma_m,
            f"{_OWN}nodata": self.nodata,
            f"{_OWN}unknown": dict(self.unknown),
        }

    def _stac_asset(self, asset: Asset, base_dir: Path | None) -> pystac.Asset:
        """One file with its hash and bands."""
        href = asset.path
        if base_dir is not None and href.is_relative_to(base_dir):
            href = href.relative_to(base_dir)
        bands = [
            {
                "name": band.name,
                "raster:scale": band.scale,
                "raster:offset": band.offset,
                f"{_OWN}index": band.index,
            }
            for band in self.bands
            if band.asset == asset.key
        ]
        extra = {"file:size": asset.size, "file:checksum": "1220" + asset.sha256, "bands": bands}
        if self.mask is not None and asset.key == self.mask.asset:
            jp2 = asset.path.suffix.lower() == ".jp2"
            return pystac.Asset(
                href=href.as_posix(),
                media_type=pystac.MediaType.JPEG2000 if jp2 else pystac.MediaType.GEOTIFF,
                roles=list(MASK_ROLES),
                extra_fields={**extra, _MASK_KIND: str(self.mask.kind)},
            )
        return pystac.Asset(
            href=href.as_posix(),
            media_type=pystac.MediaType.GEOTIFF,
            roles=["data"],
            extra_fields=extra,
        )

    @classmethod
    def from_stac(cls, item: pystac.Item, base_dir: Path | None = None) -> "Scene":
        """The scene that ``to_stac`` wrote.

        Raises:
            SidecarError: the item lacks what a scene needs.

        """
        try:
            return _from_stac(item, base_dir)
        except (KeyError, TypeError, ValueError) as err:
            fact = f"it is not a scene as quaywatch writes it ({type(err).__name__}: {err})"
            raise SidecarError(path=f"STAC item {item.id}", fact=fact) from err

    @classmethod
    def from_json(cls, item: dict[str, Any], base_dir: Path | None = None) -> "Scene":
        """The scene of a STAC Item as JSON values; files are looked for in ``base_dir``.

        Raises:
            SidecarError: the item lacks what a scene needs.

        """
        return cls.from_stac(pystac.Item.from_dict(item), base_dir)

    def to_json(self) -> dict[str, Any]:
        """The STAC Item as plain JSON values."""
        return self.to_stac().to_dict(include_self_link=False)


def _bbox(footprint: BaseGeometry) -> list[float]:
    """RFC 7946 bounds: west is greater than east where the footprint crosses the antimeridian."""
    west, south, east, north = footprint.bounds
    return [(west + 180) % 360 - 180, south, east - 360 if east > 180 else east, north]


def _from_stac(item: pystac.Item, base_dir: Path | None) -> Scene:
    """Read back what ``Scene.to_stac`` wrote."""
    own = item.properties
    height, width = own["proj:shape"]
    a, b, c, d, e, f = (float(v) for v in own["proj:transform"][:6])
    crs = own.get("proj:code") or own[f"{_OWN}crs"]
    grid = Grid(crs, (a, b, c, d, e, f), int(width), int(height))
    assets, bands, mask = [], [], None
    for key, asset in item.assets.items():
        href = Path(asset.href)
        path = base_dir / href if base_dir is not None and not href.is_absolute() else href
        extra = asset.extra_fields
        checksum = str(extra["file:checksum"]).removeprefix("1220")
        assets.append(Asset(key, path, checksum, int(extra["file:size"])))
        if _MASK_KIND in extra:
            mask = SceneMask(ProviderMask(extra[_MASK_KIND]), key, grid)
        for band in extra["bands"]:
            scale, offset = float(band["raster:scale"]), float(band["raster:offset"])
            bands.append(Band(band["name"], key, int(band[f"{_OWN}index"]), scale, offset))
    start, end = (pystac.utils.str_to_datetime(own[f"{at}_datetime"]) for at in ("start", "end"))
    centre, _ = grid.lonlat_of(grid.width / 2, grid.height / 2)
    pieces = unwrap(shape(item.geometry), near=float(centre))
    return Scene(
        id=item.id,
        captured_start=start,
        captured_end=end,
        sensor=SENSORS[own[f"{_OWN}sensor"]],
        assets=tuple(assets),
        bands=tuple(bands),
        grid=grid,
        footprint=shapely.union_all(pieces),
        radiometry=own[f"{_OWN}radiometry"],
        geolocation_sigma_m=own[f"{_OWN}geolocation_sigma_m"],
        licence=own["license"],
        credit=own[f"{_OWN}credit"],
        off_nadir_deg=own.get("view:off_nadir"),
        sun_azimuth_deg=own.get("view:sun_azimuth"),
        sun_elevation_deg=own.get("view:sun_elevation"),
        nodata=own[f"{_OWN}nodata"],
        unknown=own[f"{_OWN}unknown"],
        mask=mask,
    )
