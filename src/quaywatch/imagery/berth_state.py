"""Occupied, empty or unknown: what one look says about one berth, never more than its pixels do.

Two kinds of evidence: a detected hull whose centre or half lies in the berth, and the strip of
water itself, which a hull against the quay fills where the detector may not part it from the quay.
Nothing is called empty under cloud, nodata or beyond the footprint.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from quaywatch.imagery.berth_history import Occupancy, borrowed, occupancy
from quaywatch.imagery.berth_odds import CURVES, LOOK, chance, evidence, tells_empty
from quaywatch.imagery.berth_strip import BerthStrip
from quaywatch.imagery.detection import Detection
from quaywatch.imagery.read import Pixels, inside
from quaywatch.sites.facility import Facility
from quaywatch.sites.frame import LocalFrame

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

METHOD = "berth-look@4"
"""Name and version of what one look alone says; ``berth-state@1`` came before it."""
USABLE_NEEDED = 0.9
"""Share of a berth that must be seen before it can be called empty (METHODS section 5 step 5)."""
WATER_NEEDED = 0.85
"""Share of what was seen that must be water before it can be called empty: what is no hull by its
shape may still be cloud over one."""
SHORTEST_RUN_M = 50.0
"""Metres along the quay that must be filled before the strip alone says occupied."""
WORDS = {
    "cloud": "cloud",
    "shadow": "shadow of cloud",
    "haze": "haze",
    "snow_ice": "snow or ice",
    "nodata": "outside the scene or without data",
}
"""What hides a berth, by the class of ``Sky``."""
WORTH_NAMING = 0.05
"""Share of a berth from which what hides it is named."""
SOLID_NEEDED = 0.8
"""Share of a filled stretch that must be filled for the strip alone to say occupied."""
SLIMMEST = 2.5
"""A filled stretch shorter than this many times its depth is no hull: merchant ships are 4.5 to 8
times as long as wide, and cranes and shadow deepen the stretch, never lengthen it."""
COARSEST_PIXELS = 3.0
"""Pixels across the strip below which it says nothing."""


class BerthState(StrEnum):
    """What a look says about a berth."""

    OCCUPIED = "occupied"
    EMPTY = "empty"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not-applicable"
    """It cannot be seen from above: the site says so."""


P_OCCUPIED = {"hull and strip": 0.97, "hull": 0.90, "strip": 0.80, "empty": 0.03}
"""P(occupied) by evidence. Defaults, not calibrated: see docs/benchmarks/imagery.md for the counts
they were set against."""


@dataclass(frozen=True)
class Strip:
    """What fills a berth's strip of water."""

    usable_share: float
    """Seen, not cloud."""
    water_share: float | None
    """Water among the seen pixels out of a misplaced quay edge's reach; None if none was seen."""
    run_m: float
    """Longest stretch along the quay filled beyond that reach, metres."""
    depth_m: float
    """Median filled width of that stretch, metres."""
    solid_share: float | None
    """Share of that stretch that is filled: a hull is solid, crane booms are bars; None without a
    quay line."""
    shallow_run_m: float
    """Longest stretch filled wider than an ordinary error of the quay edge, metres."""
    found: Occupancy | None = None
    """What lies on the look's own water; None without open water or the bands to tell."""


@dataclass(frozen=True)
class StateOfBerth:
    """The answer and its evidence."""

    state: BerthState
    p_occupied: float | None
    reason: str
    evidence: str | None
    """A key of ``P_OCCUPIED``; None where unknown."""
    strip: Strip | None
    hulls: tuple[Detection, ...]
    length_m: float | None
    beam_m: float | None


def hull_outline(detection: Detection, frame: LocalFrame) -> BaseGeometry:
    """The rectangle of a detected hull, in metres of a local frame."""
    centre = frame.to_metres(shapely.Point(detection.lon, detection.lat))
    angle = math.radians(detection.heading_deg)
    along = np.array([math.sin(angle), math.cos(angle)]) * detection.length_m / 2
    across = np.array([math.cos(angle), -math.sin(angle)]) * detection.beam_m / 2
    middle = np.array([centre.x, centre.y])
    turns = ((1, 1), (1, -1), (-1, -1), (-1, 1))
    return Polygon([middle + i * along + j * across for i, j in turns])


def hulls_at(
    berth: BaseGeometry, frame: LocalFrame, hulls: Sequence[Detection]
) -> tuple[Detection, ...]:
    """The hulls of which the centre or at least half lies in a berth.

    Args:
        berth: WGS84 degrees.
        frame: local metres.
        hulls: detections; each berth is widened by that detection's position error.

    """
    shape = frame.to_metres(berth)
    found = []
    for hull in hulls:
        outline = hull_outline(hull, frame)
        near = shape.buffer(hull.position_sigma_m or 0.0)
        half = near.intersection(outline).area >= 0.5 * outline.area
        if half or near.contains(outline.centroid):
            found.append(hull)
    return tuple(found)


def measure_strip(
    facility: Facility,
    pixels: Pixels,
    water: Mask,
    usable: Mask,
    frame: LocalFrame,
    laid: BerthStrip | None,
) -> Strip:
    """What fills the strip of a berth.

    Args:
        facility: a berth.
        pixels: a window that reaches over it.
        water: (y, x).
        usable: (y, x): valid and not cloud.
        frame: local metres.
        laid: the same strip laid straight, ``berth_strip.cut_strips``; None where it has none.

    """
    own = inside(pixels, facility.area)
    count = _expected_pixels(facility.area, frame, pixels)
    usable_share = min(1.0, float((own & usable).sum()) / max(count, 1.0))
    rows, columns = np.nonzero(own & usable)
    if rows.size == 0:
        return Strip(usable_share, None, 0.0, 0.0, None, 0.0)
    found = None if laid is None else occupancy(laid, borrowed(laid))
    along, off, step = _along(facility, pixels, frame, rows, columns)
    filled = ~water[rows, columns]
    bins = np.floor(along / step).astype(int)
    bins -= bins.min()
    slack = edge_slack_m(pixels)

    def width(of: Mask) -> Floats:
        counts: Floats = np.bincount(bins, weights=of.astype(np.float64)).astype(np.float64)
        return counts * (pixels.gsd_m**2 / step)

    beyond = off > slack
    far, total = width(filled & beyond), width(filled)
    run_m, depth, best = _longest(far >= max(6.0, pixels.gsd_m), total, step)
    edge = max(8.0, 0.75 * (pixels.geolocation_sigma_m or 0.0) + 0.5 * pixels.gsd_m)
    shallow, _, _ = _longest(total >= edge, total, step)
    within = best[bins] & (off > min(slack, 0.4 * depth)) & (off < 0.8 * depth)
    solid = float(filled[within].mean()) if within.any() and np.isfinite(off).all() else None
    share = 1 - float(filled[beyond].mean()) if beyond.any() else 1 - float(filled.mean())
    return Strip(usable_share, share, run_m, depth, solid, shallow, found)


def edge_slack_m(pixels: Pixels) -> float:
    """Metres that a misplaced quay may reach into the strip: 1.5 sigma and half a pixel."""
    return 1.5 * (pixels.geolocation_sigma_m or 0.0) + 0.5 * pixels.gsd_m


def _expected_pixels(area: BaseGeometry, frame: LocalFrame, pixels: Pixels) -> float:
    """How many pixels the berth has, in the window or not."""
    return float(frame.to_metres(area).area) / pixels.gsd_m**2


def _along(
    facility: Facility,
    pixels: Pixels,
    frame: LocalFrame,
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
) -> tuple[Floats, Floats, float]:
    """Metres along the quay and off it of each pixel, and the width of the bins to use.

    A berth drawn as a polygon is all water: its pixels are taken to lie clear of the quay.
    """
    lon, lat = pixels.grid.lonlat_of(columns + 0.5, rows + 0.5)
    places = frame.to_metres(shapely.MultiPoint(np.column_stack([lon, lat])))
    xy = shapely.get_coordinates(places)
    step = max(pixels.gsd_m * 1.5, 5.0)
    if facility.quay is not None:
        quay, points = frame.to_metres(facility.quay), shapely.points(xy)
        along: Floats = shapely.line_locate_point(quay, points)
        off: Floats = shapely.distance(quay, points)
        return along, off, step
    box = frame.to_metres(facility.area).minimum_rotated_rectangle
    corners = shapely.get_coordinates(box)
    sides = np.diff(corners[:3], axis=0)
    longer = sides[int(np.argmax(np.hypot(*sides.T)))]
    return xy @ (longer / np.hypot(*longer)), np.full(len(xy), np.inf), step


def _longest(filled: Mask, width: Floats, step: float) -> tuple[float, float, Mask]:
    """The longest run of filled bins: metres, median width, which bins; a gap of one is bridged.

    Wider gaps are not: crane booms over an empty quay are bars with water between.
    """
    bridged = filled | (np.roll(np.pad(filled, 1), 1) & np.roll(np.pad(filled, 1), -1))[1:-1]
    marks, count = ndimage.label(bridged)
    if count == 0:
        return 0.0, 0.0, np.zeros_like(filled)
    sizes = np.bincount(marks)[1:]
    best = int(np.argmax(sizes)) + 1
    run = marks == best
    return float(sizes[best - 1]) * step, float(np.median(width[run])), run


def state_of_berth(
    facility: Facility,
    strip: Strip | None,
    hulls: Sequence[Detection],
    *,
    gsd_m: float,
    strip_width_m: float,
    shares: Mapping[str, float] | None = None,
) -> StateOfBerth:
    """The state that follows from the strip and the hulls in it.

    Args:
        facility: a berth.
        strip: None where nothing of it was read.
        hulls: those at the berth, see ``hulls_at``.
        gsd_m: true ground sample distance.
        strip_width_m: of the strip of water.
        shares: of what lies before the berth (``Clarity.shares``), to say what hides it.

    """
    if not facility.observable:
        why = facility.reason or "it cannot be seen from above"
        return _state(BerthState.NOT_APPLICABLE, None, why, strip, ())
    if strip_width_m < COARSEST_PIXELS * gsd_m:
        why = f"pixels of {gsd_m:.0f} m are too coarse for a strip {strip_width_m:.0f} m wide"
        return _state(BerthState.UNKNOWN, None, why, strip, ())
    if strip is None:
        return _state(BerthState.UNKNOWN, None, "the scene does not show it", None, ())
    if strip.found is not None:
        return _by_chance(strip, strip.found, hulls, shares)
    if hulls:
        full = strip.run_m >= SHORTEST_RUN_M
        evidence = "hull and strip" if full else "hull"
        lengths = " and ".join(f"{h.length_m:.0f} m" for h in hulls)
        why = f"{len(hulls)} hull{'s'[: len(hulls) > 1]} detected in it ({lengths})"
        return _state(BerthState.OCCUPIED, evidence, why, strip, hulls)
    return _by_strip(strip, gsd_m, shares)


def hidden_by(usable_share: float, shares: Mapping[str, float] | None) -> str:
    """How much of a berth was not seen and what hid it, in words.

    Args:
        usable_share: share of it that was seen clear.
        shares: share of it under each class of ``Sky``, by name in lower case; None is not known.

    Examples:
        >>> hidden_by(0.0, {"clear": 0.0, "nodata": 1.0})
        '100% of the berth is hidden (outside the scene or without data): unknown, not empty'
        >>> hidden_by(0.4, {"clear": 0.4, "cloud": 0.5, "shadow": 0.1, "nodata": 0.0})
        '60% of the berth is hidden (50% cloud, 10% shadow of cloud): unknown, not empty'

    """
    there = [(share, WORDS[name]) for name, share in (shares or {}).items()
             if name in WORDS and share >= WORTH_NAMING]  # fmt: skip
    there.sort(key=lambda one: -one[0])
    named = ", ".join(f"{100 * share:.0f}% {word}" for share, word in there)
    if len(there) == 1:
        named = there[0][1]
    why = named or "cloud, no data or outside the scene"
    return f"{100 * (1 - usable_share):.0f}% of the berth is hidden ({why}): unknown, not empty"


def _by_chance(
    strip: Strip,
    found: Occupancy,
    hulls: Sequence[Detection],
    shares: Mapping[str, float] | None,
) -> StateOfBerth:
    """The state by its calibrated chance, where open water beside the berth gives the measure."""
    if found.usable_share < USABLE_NEEDED:
        why = hidden_by(found.usable_share, shares)
        return _state(BerthState.UNKNOWN, None, why, strip, hulls)
    curve = CURVES[LOOK]
    p = chance(evidence(found, max((h.score for h in hulls), default=0.0)), curve)
    run = found.runs[0] if found.runs else None
    lies = "nothing lies alongside" if run is None else f"what lies over {run.length_m:.0f} m of it"
    if p >= curve.high:
        more = " and a hull was detected in it" if hulls else ""
        state, why = BerthState.OCCUPIED, f"{lies} stands out from the water{more}"
    elif p <= curve.low and tells_empty(found):
        share = 100 * found.water_share
        state, why = BerthState.EMPTY, f"{share:.0f}% of the strip is water; {lies}"
    else:
        state = BerthState.UNKNOWN
        doubt = (
            "nothing stands out alongside, but too little shows as water to call it empty"
            if run is None
            else f"{lies} may be a hull, or cranes and boats over an empty quay"
        )
        why = f"P(occupied) {p:.2f}: {doubt}"
    told = replace(_state(state, None, why, strip, hulls), p_occupied=p, evidence=LOOK)
    if state is not BerthState.OCCUPIED:
        return replace(told, length_m=None, beam_m=None)
    if run is None:
        return told
    return replace(told, length_m=run.length_m, beam_m=run.beam_m)


def _by_strip(strip: Strip, gsd_m: float, shares: Mapping[str, float] | None) -> StateOfBerth:
    """The state where no hull was detected."""
    least = max(SHORTEST_RUN_M, 5 * gsd_m)
    long = strip.water_share is not None and strip.run_m >= least
    bars = strip.solid_share is not None and strip.solid_share < SOLID_NEEDED
    if long and (bars or strip.run_m < SLIMMEST * strip.depth_m):
        why = (
            f"what fills the strip over {strip.run_m:.0f} m, {strip.depth_m:.0f} m deep, is not "
            "shaped like a hull: crane booms over an empty quay look so, and so may a small ship"
        )
        return _state(BerthState.UNKNOWN, None, why, strip, ())
    if long and strip.depth_m <= 80:
        why = (
            f"no hull told from the quay, but the strip is filled over {strip.run_m:.0f} m "
            f"to a depth of {strip.depth_m:.0f} m"
        )
        return _state(BerthState.OCCUPIED, "strip", why, strip, ())
    if strip.usable_share < USABLE_NEEDED:
        why = hidden_by(strip.usable_share, shares)
        return _state(BerthState.UNKNOWN, None, why, strip, ())
    water = strip.water_share or 0.0
    if water >= WATER_NEEDED and strip.shallow_run_m < least:
        why = f"{100 * water:.0f}% of the strip is water and no hull was detected"
        return _state(BerthState.EMPTY, "empty", why, strip, ())
    why = (
        f"{100 * water:.0f}% of the strip is water; what fills the rest (longest run "
        f"{strip.shallow_run_m:.0f} m) may be the quay's edge within the geolocation error"
    )
    return _state(BerthState.UNKNOWN, None, why, strip, ())


def _state(
    state: BerthState,
    evidence: str | None,
    reason: str,
    strip: Strip | None,
    hulls: Sequence[Detection],
) -> StateOfBerth:
    """The answer with the length and beam of its largest hull, or of the filled stretch."""
    length = beam = None
    solid = strip is not None and (strip.solid_share is None or strip.solid_share >= SOLID_NEEDED)
    if hulls:
        largest = max(hulls, key=lambda h: h.length_m)
        length, beam = largest.length_m, largest.beam_m
        if len(hulls) == 1 and strip is not None and solid and strip.run_m > 1.5 * length:
            # Cranes over a hull leave the detector a part of it; the strip shows the whole.
            length, beam = strip.run_m, strip.depth_m
    elif state is BerthState.OCCUPIED and strip is not None:
        length, beam = strip.run_m, strip.depth_m
    p = None if evidence is None else P_OCCUPIED[evidence]
    return StateOfBerth(state, p, reason, evidence, strip, tuple(hulls), length, beam)
