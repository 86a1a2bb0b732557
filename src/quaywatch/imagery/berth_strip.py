"""The strip of water off a quay, laid straight: the same places in every look, in a few kilobytes.

Rows run off the quay (from a little inland to the far side of the strip), columns along it.
Values are differences from the look's own open water beside the berth, so that haze, season and
sensor gain matter less, kept in eight bits: a history is read from these, never from the scenes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage
from shapely.geometry import LineString

from quaywatch.imagery.read import Pixels
from quaywatch.sites.facility import Facility, FacilityKind, Site
from quaywatch.sites.frame import LocalFrame

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]

METHOD = "berth-strips@2"
"""The second is cut from the very window that its look was read in."""
STEP_M = 3.0
"""Metres between places, both ways, whatever the pixels: strips of all sensors lie alike."""
INLAND_M = 12.0
"""Metres of quay kept landwards of the drawn line."""
BEYOND_M = 30.0
"""Metres kept beyond the far side of the strip: a hull ends before it, cloud does not."""
BESIDE_M = (45.0, 230.0)
"""From the far side of the strip: where the open water beside the berth is looked for, metres."""
WATER_ALIKE = 0.06
"""How far water beside a berth may differ from most of it in the window, in the first plane."""
LEAST_WATER = 40
"""Pixels of water beside the berth below which the strip is not used."""
HIDDEN = 255
_LOW, _HIGH = -0.2, 0.6
_SPAN = {"display": 1.0, "reflectance": 0.4}
"""What counts as one unit of brightness: a picture's white is about 0.4 of reflectance."""
INFRARED = ("nir", "visible", "ndwi")
COLOURS = ("red", "visible", "warmth")
"""The planes of a strip with and without a near-infrared band. ``ndwi`` is halved."""


@dataclass(frozen=True)
class BerthStrip:
    """One berth in one look, laid straight."""

    berth: str
    planes: tuple[str, ...]
    """``INFRARED`` or ``COLOURS``."""
    cells: Bytes
    """(plane, off the quay, along it); ``HIDDEN`` where it was not seen or is not clear."""
    width_m: float
    """Of the strip of water that is the berth; rows beyond it show what lies outside."""
    spread: tuple[float, ...]
    """Of each plane over the open water beside the berth: 1.4826 times its median deviation."""
    gsd_m: float
    """Of the pixels it was sampled from."""
    sigma_m: float | None
    """How far it may lie off per axis; None is not known."""

    @property
    def length_m(self) -> float:
        """Length of the quay, to a step."""
        return float(self.cells.shape[2]) * STEP_M

    @property
    def usable(self) -> Mask:
        """(off, along): seen and clear."""
        seen: Mask = (self.cells != HIDDEN).all(axis=0)
        return seen

    @property
    def values(self) -> NDArray[np.float32]:
        """(plane, off, along): brighter than water by so much; NaN where not usable."""
        values = _LOW + self.cells.astype(np.float32) * np.float32((_HIGH - _LOW) / 254)
        values[:, ~self.usable] = np.nan
        return values

    @property
    def usable_share(self) -> float:
        """Share of the berth's water that is usable, 0 to 1."""
        own = self.usable[self.berth_rows]
        return float(own.mean()) if own.size else 0.0

    @property
    def berth_rows(self) -> Mask:
        """(off,): the rows on the water side, up to the width of the berth."""
        off = off_m(self.cells.shape[1])
        own: Mask = (off > 0) & (off < self.width_m)
        return own

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values of all but the cells, whose bytes are kept beside."""
        return {
            "berth": self.berth,
            "planes": list(self.planes),
            "shape": list(self.cells.shape),
            "spread": [round(value, 5) for value in self.spread],
            "width_m": round(self.width_m, 1),
            "gsd_m": round(self.gsd_m, 3),
            "sigma_m": None if self.sigma_m is None else round(self.sigma_m, 2),
        }

    @property
    def data(self) -> bytes:
        """The cells as bytes, rows of planes in order."""
        return np.ascontiguousarray(self.cells).tobytes()

    @staticmethod
    def from_json(kept: dict[str, Any], data: bytes) -> "BerthStrip":
        """The strip that ``to_json`` and ``data`` kept.

        Examples:
            >>> cells = np.arange(12, dtype=np.uint8).reshape(3, 2, 2)
            >>> strip = BerthStrip("a", INFRARED, cells, 60.0, (0.01, 0.01, 0.02), 3.0, None)
            >>> again = BerthStrip.from_json(strip.to_json(), strip.data)
            >>> bool((again.cells == cells).all())
            True

        """
        return BerthStrip(
            berth=str(kept["berth"]),
            planes=tuple(kept["planes"]),
            cells=np.frombuffer(data, np.uint8).reshape(tuple(kept["shape"])),
            width_m=float(kept["width_m"]),
            spread=tuple(float(value) for value in kept["spread"]),
            gsd_m=float(kept["gsd_m"]),
            sigma_m=None if kept["sigma_m"] is None else float(kept["sigma_m"]),
        )


def off_m(rows: int) -> Floats:
    """Metres off the quay of each row's middle, negative inland.

    Examples:
        >>> off_m(6)
        array([-10.5,  -7.5,  -4.5,  -1.5,   1.5,   4.5])

    """
    middles: Floats = STEP_M * (np.arange(rows, dtype=np.float64) + 0.5) - INLAND_M
    return middles


def cut_strips(site: Site, pixels: Pixels, usable: Mask, water: Mask) -> dict[str, BerthStrip]:
    """The strips of a site's berths in one look, by the id of the berth.

    Berths that cannot be observed have none, nor those outside the window, nor those without open
    water beside them in the look, nor those in a scene that lacks the bands.

    Args:
        site: its berths.
        pixels: a window that reaches about 300 m beyond them, registered if it can be.
        usable: (y, x): valid and clear.
        water: (y, x): taken for water; only to find the level of open water.

    """
    strips = {}
    level = open_water(pixels, usable & water)
    for facility in site.of_kind(FacilityKind.BERTH):
        if not _reaches(pixels, facility):
            continue
        strip = cut_strip(facility, site.frame, pixels, usable, level)
        if strip is not None:
            strips[facility.id] = strip
    return strips


def _reaches(pixels: Pixels, facility: Facility) -> bool:
    """Whether a window holds any of a berth."""
    west, north, east, south = pixels.grid.to_pixels(facility.area).bounds
    return bool(west < pixels.grid.width and north < pixels.grid.height and east > 0 and south > 0)


@dataclass(frozen=True)
class OpenWater:
    """The clear water of a window, worked out once for all its berths."""

    water: Mask
    """(y, x): all of it."""
    alike: Mask
    """(y, x): of that, about as dark as most. In a narrow basin a ship opposite may have been
    taken for water, and against that no hull would stand out."""


def open_water(pixels: Pixels, water: Mask) -> OpenWater | None:
    """What may stand for open water beside a berth; None where there is too little.

    Args:
        pixels: the window.
        water: (y, x): valid, clear and taken for water.

    """
    names = _planes(pixels)
    if names is None or int(water.sum()) < LEAST_WATER:
        return None
    first = pixels.values[pixels.bands.index(_needed(names)[-1 if names == INFRARED else 0])]
    most = float(np.median(first[water]))
    alike = water & (np.abs(first - most) < WATER_ALIKE * _SPAN[pixels.radiometry])
    return OpenWater(water, alike)


def cut_strip(
    facility: Facility,
    frame: LocalFrame,
    pixels: Pixels,
    usable: Mask,
    level_of: OpenWater | None,
) -> BerthStrip | None:
    """The strip of one berth in one look, or None; see ``cut_strips``."""
    names = _planes(pixels)
    if names is None or not facility.observable or level_of is None:
        return None
    line, side, width = quay_of(facility, frame)
    rows = int(np.ceil((INLAND_M + width + BEYOND_M) / STEP_M))
    columns = max(1, round(line.length / STEP_M))
    far = np.arange(width + BESIDE_M[0], width + BESIDE_M[1], 2 * STEP_M)
    beside = _sample(line, side, far, columns, frame, pixels)
    blank = _beside(beside, pixels, names, level_of)
    if blank is None:
        return None
    level = np.median(blank, axis=1).astype(np.float32)
    away = np.median(np.abs(blank - level[:, None]), axis=1)
    x, y = _sample(line, side, off_m(rows), columns, frame, pixels)
    seen = _nearest(usable, x, y)
    bands = _interpolated(pixels, _needed(names), x, y)
    values = _features(names, bands, _SPAN[pixels.radiometry])
    scaled = (values - level[:, None, None] - _LOW) * (254 / (_HIGH - _LOW))
    cells = np.clip(np.rint(scaled), 0, 254).astype(np.uint8)
    cells[:, ~seen] = HIDDEN
    return BerthStrip(
        berth=facility.id,
        planes=names,
        cells=cells,
        width_m=width,
        spread=tuple(1.4826 * float(value) for value in away),
        gsd_m=pixels.gsd_m,
        sigma_m=pixels.geolocation_sigma_m,
    )


def _planes(pixels: Pixels) -> tuple[str, ...] | None:
    """Which planes a window can give; None where it lacks the bands or is not in brightness."""
    if pixels.radiometry not in _SPAN or not {"red", "green", "blue"} <= set(pixels.bands):
        return None
    return INFRARED if "nir" in pixels.bands else COLOURS


def _needed(names: tuple[str, ...]) -> tuple[str, ...]:
    return ("red", "green", "blue", "nir") if names == INFRARED else ("red", "green", "blue")


def _features(
    names: tuple[str, ...], bands: Mapping[str, NDArray[np.float32]], span: float
) -> NDArray[np.float32]:
    """(plane, …) in units of brightness, from bands of any shape."""
    at = {name: bands[name] / np.float32(span) for name in _needed(names)}
    visible = (at["red"] + at["green"] + at["blue"]) / np.float32(3)
    if names == COLOURS:
        return np.stack([at["red"], visible, at["red"] - at["blue"]])
    total = np.maximum(at["green"] + at["nir"], np.float32(0.02))
    return np.stack([at["nir"], visible, (at["green"] - at["nir"]) / total / np.float32(2)])


def quay_of(facility: Facility, frame: LocalFrame) -> tuple[LineString, float, float]:
    """The quay line in metres, its water side (+1 left, -1 right), and the width of the strip.

    A berth drawn as a polygon is taken along its longer middle line, half its width inland.
    """
    if facility.quay is not None:
        line = frame.to_metres(facility.quay)
        return line, 1.0 if facility.side == "left" else -1.0, float(facility.width_m or 60.0)
    box = frame.to_metres(facility.area).minimum_rotated_rectangle
    corners = shapely.get_coordinates(box)[:4]
    first, second = np.diff(corners[:3], axis=0)
    longer = float(np.hypot(*first)) >= float(np.hypot(*second))
    ends = corners[:2] if longer else corners[1:3]
    across = second if longer else -first
    inside = shapely.Point(ends.mean(axis=0) + across / 2)
    line = LineString(ends)
    turn = np.cross(np.append(ends[1] - ends[0], 0), np.append(inside.coords[0] - ends[0], 0))[2]
    return line, 1.0 if turn > 0 else -1.0, float(np.hypot(*across))


def _sample(
    line: LineString,
    side: float,
    off: Floats,
    columns: int,
    frame: LocalFrame,
    pixels: Pixels,
) -> tuple[Floats, Floats]:
    """Pixel coordinates (off, along) of places off a quay line, at right angles to it."""
    along = (np.arange(columns) + 0.5) * (line.length / columns)
    here = shapely.get_coordinates(shapely.line_interpolate_point(line, along))
    ahead = shapely.get_coordinates(
        shapely.line_interpolate_point(line, np.minimum(along + 1.0, line.length))
    )
    behind = shapely.get_coordinates(
        shapely.line_interpolate_point(line, np.maximum(along - 1.0, 0.0))
    )
    way = ahead - behind
    way /= np.hypot(*way.T)[:, None]
    out = np.column_stack([-way[:, 1], way[:, 0]]) * side
    places = here[None] + off[:, None, None] * out[None]
    # One line through all of them: thousands of points are slow to make.
    degrees = frame.to_degrees(LineString(places.reshape(-1, 2)))
    lonlat = shapely.get_coordinates(degrees)
    x, y = pixels.grid.pixel_of(lonlat[:, 0], lonlat[:, 1])
    return x.reshape(len(off), columns), y.reshape(len(off), columns)


def _nearest(mask: Mask, x: Floats, y: Floats) -> Mask:
    """The mask at pixel coordinates; False outside the window."""
    column, row = np.floor(x).astype(int), np.floor(y).astype(int)
    within = (row >= 0) & (row < mask.shape[0]) & (column >= 0) & (column < mask.shape[1])
    found = np.zeros(x.shape, bool)
    found[within] = mask[row[within], column[within]]
    return found


def _interpolated(
    pixels: Pixels, names: tuple[str, ...], x: Floats, y: Floats
) -> dict[str, NDArray[np.float32]]:
    """Bands between the pixels at pixel coordinates; 0 outside the window.

    Only the rows and columns about the places are touched: a window holds a dozen berths.
    """
    tall, wide = pixels.valid.shape
    top, left = (max(0, int(np.floor(at.min())) - 2) for at in (y, x))
    bottom, right = int(np.ceil(y.max())) + 2, int(np.ceil(x.max())) + 2
    part = (slice(min(top, tall), max(bottom, 0)), slice(min(left, wide), max(right, 0)))
    at = [y - 0.5 - top, x - 0.5 - left]
    if not pixels.valid[part].size:
        return {name: np.zeros(x.shape, np.float32) for name in names}
    return {
        name: ndimage.map_coordinates(
            np.nan_to_num(pixels.values[pixels.bands.index(name)][part]), at, order=1
        )
        for name in names
    }


def _beside(
    at: tuple[Floats, Floats], pixels: Pixels, names: tuple[str, ...], level: OpenWater
) -> NDArray[np.float32] | None:
    """(plane, place): open water beside the berth, or anywhere in the window if it has none."""
    seen = _nearest(level.alike, *at)
    if int(seen.sum()) < LEAST_WATER:
        if int(level.water.sum()) < 10 * LEAST_WATER:
            return None
        row, column = np.nonzero(level.water)
    else:
        column, row = np.floor(at[0][seen]).astype(int), np.floor(at[1][seen]).astype(int)
    bands = {n: pixels.values[pixels.bands.index(n)][row, column] for n in _needed(names)}
    return _features(names, bands, _SPAN[pixels.radiometry])
