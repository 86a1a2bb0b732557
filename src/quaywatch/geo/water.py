"""Shortest distance over water, with a lower bound that exclusion may rest on.

``lower_bound_nm`` <= true shortest water path; ``great_circle_nm`` <= ``lower_bound_nm`` <=
``water_nm``. ``water_nm`` is an estimate (the length of an actual path drawn over the samples);
"impossible" is said against ``lower_bound_nm`` only. Depth, ice, traffic rules and permission to
pass are not considered: they make real voyages longer, never shorter.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from quaywatch.geo.approach import Approach, approach, fine_frame, starts
from quaywatch.geo.frame import Frame
from quaywatch.geo.geodesic import METRES_PER_NM, great_circle_nm
from quaywatch.geo.land import LandMask, RoaringLand
from quaywatch.geo.passages import DEFAULT_PASSAGES, Passage
from quaywatch.geo.position import Position
from quaywatch.geo.region import Region, Seas, find_seas, with_landmarks
from quaywatch.geo.search import costs_from, trace
from quaywatch.geo.sight import Chart, straighten
from quaywatch.geo.surface import Surface, surface_frame
from quaywatch.geo.tiles import TILE, TILES_Y, TileStore
from quaywatch.geo.water_search import Ends, Found, over_grid, same_bodies, unreachable
from quaywatch.geo.window import frame_of, holds, land_grid, needed_box, tiles_of

METHOD = "water-distance@2"
_FINEST = 10
"""Samples in a coarse cell where the region is not very large."""
_NEAR_NM = 60.0
_NEAR_LAT = 80.0
_KEPT, _KEPT_NEAR = 64, 8


@dataclass(frozen=True, slots=True)
class WaterDistance:
    """How far two positions are apart over water. Distances in nautical miles."""

    great_circle_nm: float
    """Length of the WGS84 geodesic."""
    water_nm: float | None
    """Best estimate of the shortest path over water, snaps included; None if there is none."""
    lower_bound_nm: float | None
    """No path over water is shorter; None exactly where ``water_nm`` is."""
    reason: str | None
    """Why there is no distance; None where there is one."""
    snap_from_nm: float | None
    """From the first position to the water cell where the path starts; 0.0 if it lies in one."""
    snap_to_nm: float | None
    """The same at the other end."""
    path: tuple[Position, ...]
    """The path whose length is ``water_nm``, both positions included; empty if there is none."""
    method: str
    grid: str
    """Identifies the land mask, its sampling and the cell size used."""
    passages: tuple[str, ...] = ()
    """Canals and straits that the estimate goes through."""


class WaterRouter:
    """Answers water distances from land samples cached in a folder.

    The first question about a sea builds its tiles (some 3 s for the shorelines, then hundredths
    of a second each); after that they are not loaded again, in this process or another. Not for
    use by several threads.

    Args:
        cache_dir: Folder for the tiles; made if absent.
        land: The land mask; GSHHG at full resolution by default.
        sites: Positions whose surroundings to make ready with ``warm``. Cells of 0.01 degrees
            within ``refine_km`` are used at both ends of every path, site or not.
        passages: Canals, straits and locks that the mask does not show.
        snap_limit_km: A position farther than this from navigable water is unreachable.
        refine_km: Radius of the fine cells around each end.
        landmarks: Spend a second or two, at a region's second question in a process, on making
            later ones quick. The answers are the same.

    Examples:
        >>> from tempfile import mkdtemp
        >>> class Ocean:
        ...     version = "ocean-1"
        ...     def contains_many(self, lon, lat):
        ...         return np.zeros(lon.shape, bool)
        >>> router = WaterRouter(Path(mkdtemp()), land=Ocean(), passages=())
        >>> found = router.distance(Position(lon=0, lat=0.01), Position(lon=3, lat=0.01))
        >>> round(found.water_nm), round(found.lower_bound_nm), found.reason is None
        (180, 180, True)

    """

    def __init__(
        self,
        cache_dir: Path,
        *,
        land: LandMask | None = None,
        sites: Sequence[Position] = (),
        passages: Sequence[Passage] = DEFAULT_PASSAGES,
        snap_limit_km: float = 10.0,
        refine_km: float = 30.0,
        landmarks: bool = True,
    ) -> None:
        self._store = TileStore(cache_dir, land if land is not None else RoaringLand())
        self._sites, self._passages = tuple(sites), tuple(passages)
        self._limit_nm = snap_limit_km * 1000.0 / METRES_PER_NM
        self._refine_km, self._landmarks = refine_km, landmarks
        self._marked: set[Frame] = set()
        self._asked: set[Frame] = set()
        self._regions: OrderedDict[Frame, Region] = OrderedDict()
        self._seas: dict[Frame, Seas] = {}
        self._surfaces: dict[Frame, Surface] = {}
        self._near: OrderedDict[Frame, Surface] = OrderedDict()
        self._charts: dict[Frame, Chart] = {}
        self._fine: OrderedDict[Frame, Region] = OrderedDict()
        self._approaches: OrderedDict[tuple[Position, Frame], Approach] = OrderedDict()

    def warm(self) -> None:
        """Build and load what the sites need, so that the first question about them is quick."""
        for site in self._sites:
            self._region(site, site, 600.0)

    def distance(self, a: Position, b: Position) -> WaterDistance:
        """Shortest path over water from ``a`` to ``b``, and its guaranteed lower bound.

        The search runs in a rectangle of tiles that holds every position x with
        d(a, x) + d(x, b) <= U, d being the geodesic. A path shorter than U cannot leave that set,
        so a path found with length <= U is the shortest on the whole grid; if it is longer, the
        rectangle for its own length is searched.
        """
        straight = great_circle_nm(a, b)
        if a == b:
            return WaterDistance(0.0, 0.0, 0.0, None, 0.0, 0.0, (a, b), METHOD, self._store.grid_id)
        for which, p in (("first", a), ("second", b)):
            if not self._near_water(p):
                near = f"no water within {self._limit_nm * METRES_PER_NM / 1000.0:.0f} km of it"
                dry = f"the {which} position cannot be reached by water: {near}"
                return WaterDistance(
                    straight, None, None, dry, None, None, (), METHOD, self._store.grid_id
                )
        budget = 1.25 * straight + 120.0
        while True:
            region = self._region(a, b, budget)
            ends = self._ends(region, a, b)
            reason = unreachable(ends)
            if reason is not None:
                return self._unreachable(straight, reason, region)
            found = self._search(ends, a, b, straight)
            whole = region.frame.wrap and region.frame.rows * region.frame.size >= TILE * TILES_Y
            if found.nm <= budget or (whole and found.nm < inf):
                break
            if whole:
                reason = "they lie in separate waters: no way over water joins them"
                return self._unreachable(straight, reason, region)
            if found.nm < inf and holds(region.frame, needed_box(a, b, found.nm)):
                break
            budget = found.nm + 1.0 if found.nm < inf else 1.8 * budget
        return self._answer(region, ends, found, a, b, straight)

    def land_grid(
        self, *, west: float, south: float, east: float, north: float, step_deg: float
    ) -> NDArray[np.bool_]:
        """Land as a raster for drawing: row 0 is the north; see ``window.land_grid``."""
        return land_grid(
            self._store, west=west, south=south, east=east, north=north, step_deg=step_deg
        )

    def _near_water(self, p: Position) -> bool:
        """Whether any water lies near, before a whole region is loaded to find that none does."""
        fine = self._fine_region(fine_frame(p, self._refine_km, _FINEST))
        water = np.arange(len(fine.layer.sizes)) > 0
        return not isinstance(starts(fine, water, p, self._limit_nm), str)

    def _answer(
        self, region: Region, ends: Ends, found: Found, a: Position, b: Position, straight: float
    ) -> WaterDistance:
        if self._landmarks:
            self._mark(region)
        water, path = self._draw(region, found, a, b)
        water = max(water, straight)
        bound = self._bound(region, a, b)
        return WaterDistance(
            great_circle_nm=straight,
            water_nm=water,
            lower_bound_nm=max(straight, min(bound, water)),
            reason=None,
            snap_from_nm=ends.a.snap_nm,
            snap_to_nm=ends.b.snap_nm,
            path=path,
            method=METHOD,
            grid=self._grid(region),
            passages=tuple(name for name, _ in found.hops),
        )

    def _unreachable(self, straight: float, reason: str, region: Region) -> WaterDistance:
        return WaterDistance(
            straight, None, None, reason, None, None, (), METHOD, self._grid(region)
        )

    def _grid(self, region: Region) -> str:
        return f"{self._store.grid_id}/{region.frame.size / 200:g}deg"

    def _region(self, a: Position, b: Position, budget: float) -> Region:
        """The loaded region that holds the ellipse, the finest and largest first; or a new one."""
        needed = needed_box(a, b, budget)
        fitting = [
            frame
            for frame in self._regions
            if holds(frame, needed) and frame.size == frame_of(needed).size
        ]
        if fitting:
            frame = max(fitting, key=lambda f: f.rows * f.cols)
            self._regions.move_to_end(frame)
            return self._regions[frame]
        frame = frame_of(needed)
        region = Region.of_tiles(self._store, frame)
        self._regions[frame] = region
        if len(self._regions) > 4:
            old, _ = self._regions.popitem(last=False)
            self._charts.pop(old, None)
            self._marked.discard(old)
            self._asked.discard(old)
            self._seas.pop(old, None)
            self._surfaces.pop(old, None)
            self._approaches.clear()
        return region

    def _sea(self, region: Region) -> Seas:
        if region.frame not in self._seas:
            self._seas[region.frame] = find_seas(region, self._passages)
        return self._seas[region.frame]

    def _mark(self, region: Region) -> None:
        """Add landmarks to a region that is asked about again; one question does not repay them."""
        if region.frame in self._marked:
            return
        if region.frame not in self._asked:
            self._asked.add(region.frame)
            return
        self._marked.add(region.frame)
        self._seas[region.frame] = with_landmarks(region, self._sea(region))
        self._surface(region.frame).mark()

    def _fine_region(self, frame: Frame) -> Region:
        if frame not in self._fine:
            self._fine[frame] = Region.of_window(self._store, frame)
            if len(self._fine) > _KEPT:
                self._fine.popitem(last=False)
        self._fine.move_to_end(frame)
        return self._fine[frame]

    def _approach(self, region: Region, p: Position) -> Approach:
        key = (p, region.frame)
        if key not in self._approaches:
            fine = self._fine_region(fine_frame(p, self._refine_km, region.frame.size))
            self._approaches[key] = approach(fine, region, self._sea(region), p, self._limit_nm)
            if len(self._approaches) > _KEPT:
                self._approaches.popitem(last=False)
        self._approaches.move_to_end(key)
        return self._approaches[key]

    def _ends(self, region: Region, a: Position, b: Position) -> Ends:
        return Ends(
            region,
            self._sea(region),
            self._approach(region, a),
            self._approach(region, b),
        )

    def _search(self, ends: Ends, a: Position, b: Position, straight: float) -> Found:
        """The shorter of the path over the coarse grid and, if near, over fine cells alone."""
        found = over_grid(ends, b)
        if straight <= _NEAR_NM:
            direct = self._direct(ends.region, a, b, straight)
            if direct.nm <= found.nm:
                return direct
        return found

    def _bound(self, region: Region, a: Position, b: Position) -> float:
        """Lower bound before it is clamped; 0.0 if none is known. See ``surface``."""
        ends = self._ends(region, a, b)
        gaps = (ends.a.snap_nm or 0.0, ends.b.snap_nm or 0.0)
        bound = self._surface(region.frame).bound_nm(a, b, *gaps)
        straight = great_circle_nm(a, b)
        if straight <= _NEAR_NM and max(abs(a.lat), abs(b.lat)) <= _NEAR_LAT:
            # A path either stays in a window around the first position or leaves it and returns.
            frame = fine_frame(a, self._refine_km + straight * 1.852, region.frame.size)
            inside = self._near_surface(frame).bound_nm(a, b, *gaps)
            around = straight + 2.0 * self._refine_km * 1000.0 / METRES_PER_NM
            near = min(inside, around)
            bound = max(bound, near) if bound < inf else near
        return bound if bound < inf else 0.0

    def _surface(self, frame: Frame) -> Surface:
        """What the bound is sought on, over the same tiles as a region."""
        if frame not in self._surfaces:
            self._surfaces[frame] = Surface.of_tiles(
                self._store, surface_frame(frame), self._passages
            )
        return self._surfaces[frame]

    def _near_surface(self, frame: Frame) -> Surface:
        if frame not in self._near:
            self._near[frame] = Surface.of_window(self._store, frame, self._passages)
            if len(self._near) > _KEPT_NEAR:
                self._near.popitem(last=False)
        self._near.move_to_end(frame)
        return self._near[frame]

    def _direct(self, region: Region, a: Position, b: Position, straight: float) -> Found:
        """A path over fine cells only, in a window that holds both positions."""
        radius = self._refine_km + straight * 1.852
        fine = self._fine_region(fine_frame(a, radius, region.frame.size))
        if fine.frame.cell(b) is None:
            return Found()
        layer = fine.layer
        good = same_bodies(fine, layer.label, self._ends(region, a, b), len(layer.sizes))
        first = starts(fine, good, a, self._limit_nm)
        last = starts(fine, good, b, self._limit_nm)
        if isinstance(first, str) or isinstance(last, str):
            return Found()
        cost, parent = costs_from(
            layer.moves_ok, layer.lengths, first[0], first[1], wrap=fine.frame.wrap
        )
        total = cost[last[0]] + last[1]
        best = int(np.argmin(total))
        if not np.isfinite(total[best]):
            return Found()
        cells = trace(parent, int(last[0][best]))
        return Found(float(total[best]), (tuple(fine.rep(cell) for cell in cells),))

    def _draw(
        self, region: Region, found: Found, a: Position, b: Position
    ) -> tuple[float, tuple[Position, ...]]:
        """Straighten the path, and measure it along the geodesics between its points."""
        if region.frame not in self._charts:
            self._charts[region.frame] = Chart(self._store, tiles_of(region.frame))
        chart = self._charts[region.frame]
        legs = [list(leg) for leg in found.legs]
        legs[0].insert(0, (a.lon, a.lat))
        legs[-1].append((b.lon, b.lat))
        total = 0.0
        path: list[Position] = []
        for number, leg in enumerate(legs):
            drawn = straighten(chart, np.array(leg)) if len(leg) > 1 else np.array(leg)
            points = [Position(lon=float(lon), lat=float(lat)) for lon, lat in drawn]
            total += sum(great_circle_nm(p, q) for p, q in pairwise(points))
            if number:
                gap = great_circle_nm(path[-1], points[0])
                total += max(gap, found.hops[number - 1][1])
            path.extend(points)
        return total, tuple(path)
