"""Hulls in imagery: found, measured, placed on Earth, each with its errors.

A detector is anything with ``name`` and ``detect``; berth states and checks know no more of it. One
with ``search`` also tells what lies at the shore and cannot be parted from it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from quaywatch.imagery.detected import Alongside, Searched, Searcher
from quaywatch.imagery.detected import Detection as Detection  # noqa: PLC0414 (re-export)
from quaywatch.imagery.detected import HullDetector as HullDetector  # noqa: PLC0414 (re-export)
from quaywatch.imagery.edges import tightened, without_wake
from quaywatch.imagery.hull import LONGEST_M, WIDEST_M, Hull, hulls_in
from quaywatch.imagery.judge import chips_at, odds_by_length
from quaywatch.imagery.load import load_raster
from quaywatch.imagery.network import NETWORKS, Network
from quaywatch.imagery.proposals import best_apart, ends_odds, proposed, size_odds
from quaywatch.imagery.radar import RadarDetector
from quaywatch.imagery.read import Pixels, PixelWindow, read_window
from quaywatch.imagery.scene import Raster
from quaywatch.imagery.sensors import SENSORS
from quaywatch.imagery.shapes import connected
from quaywatch.imagery.water import water_mask

Mask = NDArray[np.bool_]

TILE_PX = 4096
"""Scenes larger than this a side are searched in parts that overlap by the longest ship."""


@dataclass(frozen=True)
class WaterContrastDetector:
    """Ship-like shapes that stand clear on water; no training, any optical sensor.

    Misses every ship that touches a quay.
    """

    least_score: float = 0.0

    @property
    def name(self) -> str:
        """Method and version."""
        return "water-contrast@1"

    def detect(self, pixels: Pixels, *, water: Mask | None = None) -> list[Detection]:
        """The hulls of a window; ``water`` where ``water_mask`` of it is already known."""
        water = water_mask(pixels) if water is None else water
        chance = clear_of_land(water, pixels.valid, pixels.gsd_m) * np.float32(0.75)
        hulls = hulls_in(
            chance,
            water,
            pixels.valid,
            _jacobian(pixels),
            shortest_m=shortest_m(pixels.gsd_m),
            least_water=0.8,
        )
        return [_placed(h, pixels, self.name) for h in hulls if h.score >= self.least_score]


@dataclass(frozen=True)
class NetworkDetector:
    """The trained network that fits the pixels, and water contrast where none does."""

    least_score: float | None = None
    """Lower scores are not reported; None takes each network's own bound."""
    networks: tuple[Network, ...] = NETWORKS

    @property
    def name(self) -> str:
        """Method and version."""
        return "hulls@3"

    def detect(self, pixels: Pixels, *, water: Mask | None = None) -> list[Detection]:
        """The hulls of a window; see ``search``."""
        return list(self.search(pixels, water=water).hulls)

    def search(self, pixels: Pixels, *, water: Mask | None = None) -> Searched:
        """The hulls of a window and, of a radar, the masses at its shore.

        Pixels finer than a network was trained on are averaged to its size first. A radar has no
        colours: ships in it are what stands out of the sea.

        Args:
            pixels: what ``read_window`` gave.
            water: ``water_mask`` of these pixels, (y, x), where it is already known.

        """
        if pixels.sensor is not None and SENSORS[pixels.sensor].radar:
            return RadarDetector(self.least_score or 0.0).search(pixels)
        return Searched(tuple(self._optical(pixels, water)))

    def _optical(self, pixels: Pixels, water: Mask | None) -> list[Detection]:
        """The hulls by the network that fits."""
        step = max(1, round(3.0 / pixels.gsd_m)) if pixels.gsd_m < 2.2 else 1
        coarse = pixels if step == 1 else averaged(pixels, step)
        if water is None or step > 1:
            water = water_mask(coarse)
        network = next((n for n in self.networks if n.fits(coarse)), None)
        if network is None:
            return WaterContrastDetector().detect(coarse, water=water)
        return self._by_network(network, coarse, water)

    def _by_network(self, network: Network, pixels: Pixels, water: Mask) -> list[Detection]:
        """Shapes of the network's map of chances that lie at water."""
        chances = network.chances(pixels, water)
        if network.judge is not None:
            return self._judged(network, network.judge, pixels, chances, water)
        if network.whole_shapes:
            chances = _whole(chances, clear_of_land(water, pixels.valid, pixels.gsd_m))
        hulls = hulls_in(
            chances,
            water,
            pixels.valid,
            _jacobian(pixels),
            shortest_m=shortest_m(pixels.gsd_m),
            least_water=network.least_water,
            infrared=pixels.band("nir") if network.whole_shapes else None,
        )
        weighed = [
            replace(h, score=h.score * network.blocked_end ** sum(e < 0.15 for e in h.end_water))
            for h in hulls
        ]
        least = network.least_score if self.least_score is None else self.least_score
        kept = sorted((h for h in weighed if h.score >= least), key=lambda h: -h.score)
        return [_placed(_less_blur(h, network, pixels.gsd_m), pixels, network.name) for h in kept]

    def _judged(
        self,
        network: Network,
        judge: str,
        pixels: Pixels,
        chances: NDArray[np.float32],
        water: NDArray[np.bool_],
    ) -> list[Detection]:
        """Every reading of the map of chances, weighed by a second look at its chip."""
        jacobian = _jacobian(pixels)
        readings = proposed(
            chances,
            water,
            pixels.valid,
            jacobian,
            shortest_m=shortest_m(pixels.gsd_m),
            least_water=network.least_water,
        )
        if not readings:
            return []
        centres = [(h.x_px, h.y_px) for h in readings]
        lengths = [h.length_m / pixels.gsd_m for h in readings]
        picture = network.picture(pixels)
        chips = chips_at(picture, centres, lengths)
        metres = [h.length_m for h in readings]
        odds = odds_by_length(chips, metres, judge, network.judge_short)
        worth = [float(o) + ends_odds(h) for o, h in zip(odds, readings, strict=True)]
        both = zip(worth, readings, strict=True)
        hulls = [
            replace(readings[i], score=round(1 / (1 + math.exp(-worth[i])), 4))
            for i in best_apart(readings, [w + size_odds(h) for w, h in both], chances.shape)
        ]
        least = network.least_score if self.least_score is None else self.least_score
        placed = []
        for hull in (h for h in hulls if h.score >= least):
            craft = without_wake(hull, picture, water, jacobian)
            if craft is hull:
                craft = tightened(hull, picture, water, chances, jacobian)
            if craft.length_m >= shortest_m(pixels.gsd_m):
                placed.append(_placed(craft, pixels, network.name))
        return placed


DEFAULT_DETECTOR: HullDetector = NetworkDetector()


def shortest_m(gsd_m: float) -> float:
    """Shorter shapes are not reported: fewer than about five pixels have no shape.

    Examples:
        >>> shortest_m(3.0), shortest_m(10.0)
        (20.0, 45.0)

    """
    return max(20.0, 4.5 * gsd_m)


def detect_hulls(
    pixels: Pixels, detector: HullDetector | None = None, *, water: Mask | None = None
) -> list[Detection]:
    """The hulls of a window of pixels, highest score first.

    Args:
        pixels: what ``read_window`` gave.
        detector: default the trained networks.
        water: ``water_mask`` of these pixels, (y, x), where it is already known: saves time.

    """
    return list(search_hulls(pixels, detector, water=water).hulls)


def search_hulls(
    pixels: Pixels, detector: HullDetector | None = None, *, water: Mask | None = None
) -> Searched:
    """The hulls of a window of pixels and the masses at its shore; see ``detect_hulls``."""
    finder = detector or DEFAULT_DETECTOR
    if isinstance(finder, Searcher):
        return finder.search(pixels, water=water)
    return Searched(tuple(finder.detect(pixels)))


def detect_scene(scene: Raster, detector: HullDetector | None = None) -> list[Detection]:
    """The hulls of a whole scene, part by part if it is large, highest score first."""
    return list(search_scene(scene, detector).hulls)


def search_scene(scene: Raster, detector: HullDetector | None = None) -> Searched:
    """The hulls of a whole scene and the masses at its shore; see ``search_window``."""
    return search_window(scene, (0, 0, scene.grid.width, scene.grid.height), detector)


def detect_window(
    scene: Raster, window: PixelWindow, detector: HullDetector | None = None
) -> list[Detection]:
    """The hulls whose centre lies in a window of a scene, highest score first.

    Args:
        scene: what to read from.
        window: first column and row, width and height, in pixels of the scene.
        detector: default the trained networks.

    """
    return list(search_window(scene, window, detector).hulls)


def search_window(
    scene: Raster, window: PixelWindow, detector: HullDetector | None = None
) -> Searched:
    """The hulls and the masses at the shore whose middle lies in a window of a scene.

    Hulls come highest score first, masses longest first. A large window is searched part by part; a
    mass longer than the parts overlap may be told of once in each, with the extent seen there.

    Args:
        scene: what to read from.
        window: first column and row, width and height, in pixels of the scene.
        detector: default the trained networks.

    """
    overlap = math.ceil(LONGEST_M / scene.gsd_m)
    left, top, width, height = window
    hulls: list[Detection] = []
    masses: list[Alongside] = []
    for y0 in range(top, top + height, TILE_PX):
        for x0 in range(left, left + width, TILE_PX):
            x1, y1 = min(x0 + TILE_PX, left + width), min(y0 + TILE_PX, top + height)
            core = (x0, y0, x1 - x0, y1 - y0)
            pixels = read_window(scene, window=core, margin_px=overlap)
            part = search_hulls(pixels, detector)
            hulls += [d for d in part.hulls if x0 <= d.x_px < x1 and y0 <= d.y_px < y1]
            masses += [m for m in part.alongside if x0 <= m.x_px < x1 and y0 <= m.y_px < y1]
    return Searched(
        tuple(sorted(hulls, key=lambda d: (-d.score, d.y_px, d.x_px))),
        tuple(sorted(masses, key=lambda m: (-m.extent_m, m.y_px, m.x_px))),
    )


def detect_file(paths: Sequence[Path], *, sensor: str | None = None) -> list[Detection]:
    """The hulls in the file or files of one capture; nothing is kept.

    Args:
        paths: the files, one a band or one in all.
        sensor: a key of ``SENSORS``, where the file name does not say.

    Raises:
        SourceError: a file cannot be used; see ``load_raster``.

    """
    return detect_scene(load_raster(paths, sensor=sensor))


def clear_of_land(
    water: NDArray[np.bool_], valid: NDArray[np.bool_], gsd_m: float
) -> NDArray[np.float32]:
    """1 where a shape no larger than a ship stands on water, else 0, (y, x)."""
    other = ndimage.binary_closing(~water & valid)
    marks = connected(other)
    sizes = np.bincount(marks.ravel())
    keep = (sizes <= LONGEST_M * WIDEST_M / gsd_m**2) & (sizes >= 4)
    keep[0] = False
    kept: NDArray[np.float32] = ndimage.binary_fill_holes(keep[marks]).astype(np.float32)
    return kept


def _whole(chances: NDArray[np.float32], clear: NDArray[np.float32]) -> NDArray[np.float32]:
    """Chances raised over every shape clear on water that is surely hull somewhere."""
    marks = connected(clear > 0)
    count = int(marks.max())
    if count == 0:
        return chances
    best = np.asarray(ndimage.maximum(chances, marks, np.arange(1, count + 1)))
    sure = np.concatenate([[False], best >= 0.9])
    raised: NDArray[np.float32] = np.where(sure[marks], np.maximum(chances, 0.7), chances)
    return raised


def averaged(pixels: Pixels, step: int) -> Pixels:
    """The same window in pixels ``step`` times as large: means, valid where all parts are."""
    height, width = pixels.valid.shape[0] // step, pixels.valid.shape[1] // step
    cut = slice(0, height * step), slice(0, width * step)
    blocks = pixels.values[:, *cut].reshape(-1, height, step, width, step)
    parts = pixels.valid[cut].reshape(height, step, width, step)
    valid: NDArray[np.bool_] = np.all(parts, axis=(1, 3))
    a, b, c, d, e, f = pixels.grid.transform
    larger = (a * step, b * step, c, d * step, e * step, f)
    return replace(
        pixels,
        values=blocks.mean(axis=(2, 4)),
        valid=valid,
        grid=replace(pixels.grid, transform=larger, width=width, height=height),
        step=pixels.step * step,
    )


def _jacobian(pixels: Pixels) -> NDArray[np.float64]:
    return pixels.grid.metres_per_pixel(pixels.grid.width / 2, pixels.grid.height / 2)


def _less_blur(hull: Hull, network: Network, gsd_m: float) -> Hull:
    """A hull without the blur that the outlines of its network took in; at least a pixel wide."""
    if network.outline_m == 0.0:
        return hull
    length, beam = (max(m - network.outline_m, gsd_m) for m in (hull.length_m, hull.beam_m))
    return replace(hull, length_m=max(length, beam), beam_m=min(beam, length))


def _placed(hull: Hull, pixels: Pixels, method: str) -> Detection:
    """A hull on Earth, with its errors; see ``_sigmas``."""
    lon, lat = pixels.grid.lonlat_of(hull.x_px, hull.y_px)
    gsd = pixels.gsd_m
    geolocation = pixels.geolocation_sigma_m
    heading = math.degrees(math.atan2(hull.axis[0], hull.axis[1])) % 180.0
    length_sigma, beam_sigma, heading_sigma, place = _sigmas(hull, gsd)
    return Detection(
        lon=(float(lon) + 180) % 360 - 180,
        lat=float(lat),
        x_px=pixels.window[0] + hull.x_px * pixels.step,
        y_px=pixels.window[1] + hull.y_px * pixels.step,
        length_m=hull.length_m,
        beam_m=hull.beam_m,
        heading_deg=0.0 if heading >= 180.0 else heading,
        score=hull.score,
        position_sigma_m=None if geolocation is None else math.hypot(geolocation, place),
        length_sigma_m=length_sigma,
        beam_sigma_m=beam_sigma,
        heading_sigma_deg=heading_sigma,
        cut_by_edge=hull.cut_by_edge,
        gsd_m=gsd / pixels.step,
        method=method,
    )


def _sigmas(hull: Hull, gsd: float) -> tuple[float, float, float, float]:
    """Standard deviations of length, beam (metres), axis (degrees) and place (metres an axis).

    At 10 m: of length 1.5 pixels or 15%; of beam a pixel; of place half a pixel; of the axis one
    pixel over the length and a degree (METHODS section 4 step 3 and section 5 step 4). At 3 m, in
    the open: 2 pixels and 3% of the length together, from ends marked by eye. Where an end or the
    side meets something else (a quay, a wake, a neighbour) a part may be hidden or too much taken
    in: 20% of the length, from 12 such ships.
    """
    axis = math.degrees(math.atan2(gsd, hull.length_m)) + 1.0
    if gsd >= 5:
        return max(1.5 * gsd, 0.15 * hull.length_m), gsd, axis, 0.5 * gsd
    if hull.end_water[0] >= 0.5 and hull.water_share >= 0.6:
        return math.hypot(2 * gsd, 0.03 * hull.length_m), 1.3 * gsd, axis, 0.7 * gsd
    joined = math.hypot(2 * gsd, 0.2 * hull.length_m)
    return joined, 2.5 * gsd, axis + 2.0, math.hypot(gsd, 0.3 * joined)
