"""The ground that images show: built once at half the pixel size, then looked at many times."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer
from scipy import ndimage

from quaywatch.testing.sealanes import FloatArray
from quaywatch.testing.site_plan import (
    BERTHS,
    BIN_COUNT,
    CENTRE,
    CONTROL,
    PIER,
    QUAY_Y_M,
    SITE_ID,
    STABLE,
    YARDS,
    to_degrees,
)

GSD_M: Final = 3.0
"""Pixel of most images."""
SHARP_M: Final = 0.9
"""Pixel of the few in which decks can be read."""
MARGIN_M: Final = 72.0
"""Ground beyond each edge, so that a shifted image still shows some."""

Plane = NDArray[np.float32]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Ground:
    """One place as seen from above, without ships, coal, weather or sensor."""

    site: str
    epsg: int
    west_m: float
    """Stated easting of the image's left edge, UTM metres."""
    north_m: float
    """Stated northing of the image's upper edge."""
    width: int
    height: int
    fine: Plane
    """Red, green, blue, near infrared in 8-bit counts, then 1 on water; shape (H, W, 5)."""
    x_plan: Plane
    """Metres along the quay of each fine pixel; metres east of the middle in the open sea."""
    y_plan: Plane
    gsd_m: float = GSD_M

    @property
    def fine_m(self) -> float:
        """Side of a fine pixel: half an image pixel."""
        return self.gsd_m / 2

    @property
    def margin_px(self) -> int:
        """Fine pixels beyond each edge of the image."""
        return round(MARGIN_M / self.fine_m)

    def to_fine(self, lonlat: FloatArray) -> FloatArray:
        """Fine column and row (as floats, shape (n, 2)) of positions in degrees."""
        east, north = _transformer(self.epsg).transform(lonlat[:, 0], lonlat[:, 1])
        column = (np.asarray(east) - self.west_m) / self.fine_m + self.margin_px
        row = (self.north_m - np.asarray(north)) / self.fine_m + self.margin_px
        return np.column_stack([column, row])

    def contains(self, lonlat: FloatArray) -> NDArray[np.bool_]:
        """Whether positions lie inside the image."""
        at = self.to_fine(lonlat) - self.margin_px
        limit = np.array([self.width, self.height]) * 2.0
        return np.asarray(((at >= 0) & (at < limit)).all(axis=1))


def utm_epsg(lon: float) -> int:
    """EPSG code of the northern UTM zone.

    Examples:
        >>> utm_epsg(125.4)
        32651

    """
    return 32601 + int((lon + 180.0) // 6)


def _transformer(epsg: int) -> Transformer:
    return Transformer.from_crs("EPSG:4326", f"EPSG:{epsg}", always_xy=True)


def site_ground(
    rng: np.random.Generator, *, width: int = 500, height: int = 400, gsd_m: float = GSD_M
) -> Ground:
    """The fictional port, so many pixels of so many metres about its middle."""
    epsg = utm_epsg(CENTRE[0])
    plan = np.array([[0.0, 0.0], [1000.0, 0.0], [0.0, 1000.0]])
    x, y, west, north = _frame(CENTRE, epsg, width, height, plan, gsd_m)
    fine = _land_and_water(y > QUAY_Y_M, x, y, rng)
    _paint_port(fine, x, y, rng)
    return Ground(SITE_ID, epsg, west, north, width, height, fine, x, y, gsd_m)


def sharper(ground: Ground, *, width: int, height: int, gsd_m: float = SHARP_M) -> Ground:
    """The same ground about its middle under smaller pixels, as smooth as it was drawn.

    The same roofs and scrub lie in it, so that looks of either kind can be laid on each other.
    """
    plan = np.array([[0.0, 0.0], [1000.0, 0.0], [0.0, 1000.0]])
    x, y, west, north = _frame(CENTRE, ground.epsg, width, height, plan, gsd_m)
    fine_m, margin = gsd_m / 2, round(MARGIN_M / (gsd_m / 2))
    # Fine pixels by their middles: from the new grid to metres, and from metres to the old one.
    first = np.array([
        (ground.north_m - north + (0.5 - margin) * fine_m) / ground.fine_m,
        (west - ground.west_m + (0.5 - margin) * fine_m) / ground.fine_m,
    ]) + ground.margin_px - 0.5  # fmt: skip
    step = fine_m / ground.fine_m
    planes = [
        ndimage.affine_transform(
            ground.fine[..., band], (step, step), first, x.shape, order=1, mode="nearest"
        )
        for band in range(ground.fine.shape[2])
    ]
    fine: Plane = np.stack(planes, axis=-1).astype(np.float32)
    return Ground(ground.site, ground.epsg, west, north, width, height, fine, x, y, gsd_m)


def sea_ground(
    name: str, middle: tuple[float, float], rng: np.random.Generator, *, size: int = 600
) -> Ground:
    """Open sea around a position."""
    epsg = utm_epsg(middle[0])
    x, y, west, north = _frame(middle, epsg, size, size, None)
    fine = _land_and_water(np.zeros(x.shape, bool), x, y, rng)
    return Ground(name, epsg, west, north, size, size, fine, x, y)


def quay_ground(
    name: str,
    middle: tuple[float, float],
    heading_deg: float,
    half_beam_m: float,
    rng: np.random.Generator,
    *,
    size: int = 400,
) -> Ground:
    """A plain straight quay to port of a berthed hull whose middle is given."""
    epsg = utm_epsg(middle[0])
    x, y, west, north = _frame(middle, epsg, size, size, None)
    turn = np.radians(heading_deg)
    port_side = y * np.float32(np.sin(turn)) - x * np.float32(np.cos(turn))
    fine = _land_and_water(port_side > half_beam_m + 2.0, x, y, rng)
    apron = (port_side > half_beam_m + 2.0) & (port_side < half_beam_m + 60.0)
    _fill(fine, apron, (176, 168, 154, 165), 5.0, rng)
    coal = (port_side > half_beam_m + 85) & (port_side < half_beam_m + 170)
    along = x * np.float32(np.sin(turn)) + y * np.float32(np.cos(turn))
    _fill(fine, coal & (np.abs(along) < 190), (44, 42, 43, 50), 4.0, rng)
    return Ground(name, epsg, west, north, size, size, fine, x, y)


def smooth_noise(shape: tuple[int, int], scale_px: float, rng: np.random.Generator) -> Plane:
    """Correlated noise of unit standard deviation; ``scale_px`` is its correlation length."""
    step = max(1, int(scale_px / 2))
    coarse = rng.standard_normal((shape[0] // step + 4, shape[1] // step + 4), dtype=np.float32)
    coarse = ndimage.gaussian_filter(coarse, scale_px / step / 2, mode="wrap")
    if step > 1:
        coarse = ndimage.zoom(coarse, step, order=1)
    field: Plane = coarse[: shape[0], : shape[1]]
    field = field - field.mean()
    return field / max(float(field.std()), 1e-6)


def _frame(
    middle: tuple[float, float],
    epsg: int,
    width: int,
    height: int,
    plan: FloatArray | None,
    gsd_m: float = GSD_M,
) -> tuple[Plane, Plane, float, float]:
    """Plan coordinates of every fine pixel, and the image's upper left corner in UTM."""
    transform = _transformer(epsg)
    east0, north0 = transform.transform(*middle)
    west = round((east0 - width * gsd_m / 2) / gsd_m) * gsd_m
    north = round((north0 + height * gsd_m / 2) / gsd_m) * gsd_m
    fine_m = gsd_m / 2
    margin = round(MARGIN_M / fine_m)
    columns = np.arange(2 * width + 2 * margin)
    rows = np.arange(2 * height + 2 * margin)
    east = west + (columns - margin + 0.5) * fine_m - east0
    up = north - (rows - margin + 0.5) * fine_m - north0
    grid_e, grid_n = np.meshgrid(east, up)
    if plan is None:
        return grid_e.astype(np.float32), grid_n.astype(np.float32), west, north
    lonlat = to_degrees(plan[:, 0], plan[:, 1])
    e, n = transform.transform(lonlat[:, 0], lonlat[:, 1])
    basis = np.array([[e[1] - e[0], e[2] - e[0]], [n[1] - n[0], n[2] - n[0]]]) / 1000.0
    inverse = np.linalg.inv(basis)
    x = inverse[0, 0] * grid_e + inverse[0, 1] * grid_n
    y = inverse[1, 0] * grid_e + inverse[1, 1] * grid_n
    return x.astype(np.float32), y.astype(np.float32), west, north


def _land_and_water(land: NDArray[np.bool_], x: Plane, y: Plane, rng: np.random.Generator) -> Plane:
    """Soil with scrub, and turbid water: colours read off public 3 m imagery."""
    del x, y
    shape = land.shape
    fine = np.empty((*shape, 5), np.float32)
    mottle = smooth_noise(shape, 220.0, rng)
    for band, level in enumerate((36.0, 57.0, 58.0, 21.0)):
        fine[..., band] = level + (1.6 if band < 3 else 0.7) * mottle
    fine[..., 4] = 1.0
    if land.any():
        grain = 5.0 * rng.standard_normal(shape, dtype=np.float32)
        patches = smooth_noise(shape, 26.0, rng)
        scrub = (smooth_noise(shape, 60.0, rng) > 0.4)[..., None]
        soil = np.array([158, 143, 121, 152], np.float32) + (9.0 * patches + grain)[..., None]
        green = np.array([92, 102, 76, 168], np.float32) + (8.0 * patches + grain)[..., None]
        fine[..., :4] = np.where(land[..., None], np.where(scrub, green, soil), fine[..., :4])
        fine[..., 4] = np.where(land, 0.0, 1.0)
    return fine


def _fill(
    fine: Plane,
    where: NDArray[np.bool_],
    colour: tuple[float, float, float, float],
    grain: float,
    rng: np.random.Generator,
) -> None:
    count = int(where.sum())
    noise = grain * rng.standard_normal((count, 1), dtype=np.float32)
    fine[where, :4] = np.array(colour, np.float32) + noise
    fine[where, 4] = 0.0


def _inside(x: Plane, y: Plane, box: Box) -> NDArray[np.bool_]:
    west, south, east, north = box
    return (x >= west) & (x < east) & (y >= south) & (y < north)


def _paint_port(fine: Plane, x: Plane, y: Plane, rng: np.random.Generator) -> None:
    """Apron, roads, buildings, yards, rail, conveyor, cranes and the covered pier."""
    everywhere = (-900.0, QUAY_Y_M, 900.0, 148.0)
    _fill(fine, _inside(x, y, everywhere), (179, 171, 157, 166), 4.0, rng)
    joints = _inside(x, y, everywhere) & ((x % 45.0 < 1.6) | (y % 30.0 < 1.6))
    _fill(fine, joints, (160, 152, 139, 150), 3.0, rng)
    _fill(fine, _inside(x, y, (-900, 300, 900, 322)), (138, 135, 130, 138), 3.0, rng)
    _fill(fine, _inside(x, y, (-900, 336, 320, 344)), (104, 96, 88, 104), 6.0, rng)
    for cross in (-450.0, 130.0, 445.0):
        _fill(fine, _inside(x, y, (cross, 148, cross + 12, 620)), (142, 138, 132, 140), 3.0, rng)
    _buildings(fine, x, y, rng)
    for storage, box in YARDS.values():
        floor = (124, 117, 107, 128) if storage != "covered" else (205, 208, 206, 200)
        _fill(fine, _inside(x, y, box), floor, 5.0, rng)
        if storage == "covered":
            ribs = _inside(x, y, box) & (y % 12.0 < 2.0)
            _fill(fine, ribs, (176, 180, 180, 172), 3.0, rng)
    west, south, east, north = YARDS["yard-bins"][1]
    pitch = (east - west) / BIN_COUNT
    walls = _inside(x, y, (west, south, east, north)) & (
        ((x - west) % pitch < 3.0) | (x > east - 3.0) | (y > north - 3.0)
    )
    _fill(fine, walls, (196, 190, 180, 182), 4.0, rng)
    _fill(fine, _inside(x, y, (-254, 70, -246, 150)), (96, 92, 90, 96), 4.0, rng)
    for crane in (-295.0, -50.0):
        _fill(fine, _inside(x, y, (crane - 7, 62, crane + 7, 76)), (70, 74, 82, 84), 5.0, rng)
        _fill(fine, _inside(x, y, (crane - 2, 62, crane + 2, 112)), (206, 178, 92, 168), 5.0, rng)
    _fill(fine, _inside(x, y, CONTROL), (182, 174, 160, 168), 4.0, rng)
    for berth in BERTHS.values():
        for bollard in np.arange(berth["x"][0], berth["x"][1] + 1, 25.0):
            box = (bollard - 1.5, 61.0, bollard + 1.5, 64.0)
            _fill(fine, _inside(x, y, box), (90, 84, 78, 92), 3.0, rng)
    west, south, east, north = PIER
    roof = _inside(x, y, (west - 12, south, east + 36, north + 12))
    _fill(fine, roof, (176, 188, 196, 176), 3.0, rng)
    _fill(fine, roof & (y % 16.0 < 2.5), (150, 162, 171, 152), 3.0, rng)


def _buildings(fine: Plane, x: Plane, y: Plane, rng: np.random.Generator) -> None:
    """Roofs with a dark shadow to the north-west, more of them where images are registered."""
    roofs = ((214, 210, 203, 196), (112, 142, 178, 150), (168, 112, 92, 158), (150, 150, 148, 150))
    boxes: list[Box] = []
    for west, south, east, north in STABLE.values():
        for _ in range(6):
            w, h = rng.uniform(16, 52), rng.uniform(12, 34)
            left, low = rng.uniform(west, east - w), rng.uniform(south, north - h)
            boxes.append((left, low, left + w, low + h))
    for _ in range(70):
        w, h = rng.uniform(10, 40), rng.uniform(8, 26)
        left, low = rng.uniform(-820, 800), rng.uniform(350, 620)
        boxes.append((left, low, left + w, low + h))
    for west, south, east, north in boxes:
        _fill(
            fine,
            _inside(x, y, (west - 5, south + 3, east - 2, north + 5)),
            (62, 58, 54, 62),
            3,
            rng,
        )
        _fill(fine, _inside(x, y, (west, south, east, north)), roofs[int(rng.integers(4))], 4, rng)
