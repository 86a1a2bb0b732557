"""The radar detector on recorded images: found, missed and false by size, and what is measured.

Two sets, neither in the package: tiles of about 3 m with the ships painted by hand, and chips of
Sentinel-1 about ships that AIS names. What the figures were set on is kept apart from what they are
scored on: tiles by scene, chips by scene.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import rasterio
from numpy.typing import NDArray
from scipy import ndimage

from quaywatch.imagery.detected import Detection
from quaywatch.imagery.grid import Grid
from quaywatch.imagery.radar import search_radar
from quaywatch.imagery.raster_file import quiet_gdal
from quaywatch.imagery.read import Pixels
from quaywatch.testing.bench.radar_chips import Chip, read_chips, shift_left
from quaywatch.testing.bench.report import BenchReport, Progress, timed

SET_ON_TILES: Final = ("P0001", "P0003", "P0005", "P0007")
"""Scenes of tiles that the thresholds were set on; the others are scored."""
SET_ON_CHIPS: Final = "20160131T101646"
"""Scene of chips that the correction for bloom was fitted to."""
TILE_GSD_M: Final = 3.0
"""The tiles do not say; their ships have the sizes of ships at 3 m."""
CLASSES: Final = ((0, 45), (45, 80), (80, 150), (150, 1000))
COLUMNS: Final = (
    "set", "ships", "found", "recall", "false", "precision", "F1", "length_bias_m", "length_mae_m",
    "axis_median_deg",
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What became of one ship, or of one detection without a ship."""

    length_m: float | None
    """Of the ship as known; None for a false detection."""
    hull: Detection | None
    axis_deg: float | None = None


def run(data: Path, progress: Progress, *, size: int = 1000) -> BenchReport:
    """Score tiles and chips, and count false ships on planted empty sea.

    Args:
        data: folder that holds ``imagery/sar_tiles`` and ``imagery/sentinel1_ship_chips``.
        progress: told how far it is.
        size: side of the planted sea in pixels.

    """
    rows: list[dict[str, Any]] = []
    progress("radar: tiles", 0.0)
    outcomes: dict[bool, list[Outcome]] = {True: [], False: []}
    for scene, picture, ships in _tiles(data / "imagery" / "sar_tiles"):
        outcomes[scene in SET_ON_TILES] += _judged(picture, ships)
    rows += _by_class("tiles, scored", outcomes[False])
    rows.append(_row("tiles the thresholds were set on", outcomes[True]))
    progress("radar: chips", 0.4)
    chips = read_chips(data / "imagery" / "sentinel1_ship_chips")
    scored = [_chip(c) for c in chips if c.scene != SET_ON_CHIPS]
    rows += _by_class("Sentinel-1 chips, scored", scored)
    fitted = [_chip(c) for c in chips if c.scene == SET_ON_CHIPS]
    rows.append(_row("Sentinel-1 chips the bloom was fitted to", fitted))
    progress("radar: sea", 0.8)
    planted = as_pixels(_sea(size)[None], 10.0, ("vv",), "power")
    false = len(search_radar(planted).hulls)
    spent, *_ = timed(lambda: search_radar(planted))
    area_km2 = (size * 0.01) ** 2
    progress("radar", 1.0)
    painted = sum(o.length_m is not None for group in outcomes.values() for o in group)
    sea = f"{false} false ships on {area_km2:,.0f} km² of planted empty sea (4.4 looks)"
    return BenchReport(
        "imagery-radar",
        f"recorded: 24 tiles of about 3 m with {painted} ships, {len(chips)} Sentinel-1 chips of "
        f"4 scenes; planted: {area_km2:,.0f} km² of empty sea",
        COLUMNS,
        rows,
        notes=(
            *_shifts(chips),
            f"{sea}; {spent * 1e6 / size**2:.2f} s of processor a million pixels.",
            "Chips show ships that somebody had seen: recall on them is flattered.",
            "Ships at a quay count as missed: they are told of as alongside, not told apart.",
        ),
    )


def as_pixels(
    values: NDArray[np.float32], gsd_m: float, bands: tuple[str, ...], radiometry: str
) -> Pixels:
    """Values (band, y, x) without a place as a window somewhere on a plain grid."""
    height, width = values.shape[1:]
    grid = Grid("EPSG:32631", (gsd_m, 0.0, 500_000.0, 0.0, -gsd_m, 4_000_000.0), width, height)
    return Pixels(
        values=values,
        valid=np.ones((height, width), bool),
        bands=bands,
        grid=grid,
        window=(0, 0, width, height),
        radiometry=radiometry,
        sensor="sentinel-1-grd",
        geolocation_sigma_m=7.0,
    )


def _sea(size: int) -> NDArray[np.float32]:
    return np.random.default_rng(20).gamma(4.4, 0.005 / 4.4, (size, size)).astype(np.float32)


Ship = tuple[float, float, float, float]
"""x, y (pixels), length (m) and axis (degrees) of a painted ship."""


def _tiles(folder: Path) -> Iterator[tuple[str, NDArray[np.float32], list[Ship]]]:
    """Scene, picture and painted ships of every tile."""
    for path in sorted((folder / "images").glob("*.jpg")):
        with quiet_gdal(), rasterio.open(path) as source:
            picture = source.read(1).astype(np.float32) / 255
        with quiet_gdal(), rasterio.open(folder / "masks" / f"{path.stem}.png") as source:
            paint = source.read()
        green = (paint[1] > 128) & (paint[0] < 128)
        whole = ndimage.binary_closing(np.pad(green, 3), iterations=2)[3:-3, 3:-3]
        marks, count = ndimage.label(whole, np.ones((3, 3)))
        ships = [_painted(marks == number) for number in range(1, count + 1)]
        yield path.name[:5], picture, [ship for ship in ships if ship is not None]


def _painted(mask: NDArray[np.bool_]) -> Ship | None:
    """Centre, length and axis by moments; specks under 20 pixels are parts of others."""
    rows, columns = np.nonzero(mask)
    if rows.size < 20:
        return None
    values, vectors = np.linalg.eigh(np.cov(np.stack([columns, -rows])))
    axis = math.degrees(math.atan2(vectors[0, 1], vectors[1, 1])) % 180
    length = math.sqrt(12 * float(values[1])) * TILE_GSD_M
    return float(columns.mean()) + 0.5, float(rows.mean()) + 0.5, length, axis


def _judged(picture: NDArray[np.float32], ships: Sequence[Ship]) -> list[Outcome]:
    """Every painted ship with the hull that is it, and every hull that is none."""
    hulls = list(search_radar(as_pixels(picture[None], TILE_GSD_M, ("vv",), "amplitude")).hulls)
    outcomes = []
    for x, y, length, axis in ships:
        best: Detection | None = None
        for hull in hulls:
            away = math.hypot(hull.x_px - x, hull.y_px - y) * TILE_GSD_M
            if away <= max(40.0, 0.4 * max(length, hull.length_m)):
                best = hull
                break
        if best is not None:
            hulls.remove(best)
        outcomes.append(Outcome(length, best, None if best is None else _apart(best, axis)))
    return [*outcomes, *(Outcome(None, hull) for hull in hulls)]


def _apart(hull: Detection, axis_deg: float) -> float:
    """Degrees between two axes."""
    return abs((hull.heading_deg - axis_deg + 90) % 180 - 90)


def _chip(chip: Chip) -> Outcome:
    """The ship of one chip."""
    pixels = as_pixels(chip.power, 10.0, ("vh", "vv"), "power")
    middle = chip.power.shape[1] / 2
    reach = max(60.0, 0.4 * chip.length_m)
    near = [
        d
        for d in search_radar(pixels).hulls
        if math.hypot(d.x_px - middle, d.y_px - middle) * 10 < reach
    ]
    best = max(near, key=lambda d: d.length_m, default=None)
    axis = None if best is None else _apart(best, chip.axis_deg)
    return Outcome(chip.length_m, best, axis)


def _by_class(name: str, outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """One row in all and one a class of length; false ones by the length they pretend."""
    rows = [_row(name, outcomes)]
    parts: dict[tuple[int, int], list[Outcome]] = defaultdict(list)
    for one in outcomes:
        length = one.length_m
        if length is None and one.hull is not None:
            length = one.hull.length_m
        for low, high in CLASSES:
            if length is not None and low <= length < high:
                parts[low, high].append(one)
    for low, high in CLASSES:
        label = f"{name}, {low} to {high} m" if high < 1000 else f"{name}, from {low} m"
        if parts[low, high]:
            rows.append(_row(label, parts[low, high]))
    return rows


def _row(name: str, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Counts and errors of a class."""
    ships = [o for o in outcomes if o.length_m is not None]
    found = [o for o in ships if o.hull is not None]
    false = len(outcomes) - len(ships)
    errors = np.array([o.hull.length_m - o.length_m for o in found if o.hull and o.length_m])
    axes = [o.axis_deg for o in found if o.axis_deg is not None]
    recall = len(found) / len(ships) if ships else None
    precision = len(found) / (len(found) + false) if found or false else None
    f1 = 2 * len(found) / (len(ships) + len(found) + false) if outcomes else None
    return {
        "set": name,
        "ships": len(ships),
        "found": len(found),
        "recall": recall,
        "false": false,
        "precision": precision,
        "F1": f1,
        "length_bias_m": float(errors.mean()) if errors.size else None,
        "length_mae_m": float(np.abs(errors).mean()) if errors.size else None,
        "axis_median_deg": float(np.median(axes)) if axes else None,
    }


def _shifts(chips: Sequence[Chip]) -> tuple[str, ...]:
    """How far ships under way lie from their broadcasts along the flight, and with the shift."""
    left = [pair for pair in (shift_left(chip) for chip in chips) if pair is not None]
    if not left:
        return ()
    before, after = np.median(np.abs(np.array(left)), axis=0)
    under_way = f"{len(left)} ships of more than 3 kn with a broadcast at most 10 min off"
    apart = f"{before:.0f} m (median) along the flight from where they said, {after:.0f} m"
    return (f"Azimuth shift: {under_way} lie {apart} once the shift is taken off.",)
