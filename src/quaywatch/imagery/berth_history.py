"""A fixed camera over one berth: what it looks like empty, and what lies on that in a look.

The empty berth is learnt place by place from many looks (``background``), or borrowed from the
open water beside the berth in the look itself where there are too few. Against either, the places
that are not water are projected on the quay: runs of them are hulls, with a length and a beam.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from quaywatch.imagery.berth_strip import STEP_M, BerthStrip, off_m

Mask = NDArray[np.bool_]
Plane = NDArray[np.float32]
Floats = NDArray[np.float64]

METHOD = "berth-background@1"
LEAST_LOOKS = 20
"""Looks in which a place must have been seen to know it empty (METHODS section 5 step 3)."""
MOST_LOOKS = 60
"""Looks nearest in time that a background is built from."""
LEAST_EMPTY = 0.3
"""Share of looks in which a place must be empty, else the water beside the berth stands in."""
LEAST_SHARE = 0.9
"""Share of a berth to be clear before a look may serve a background, or say empty."""
LIKE_GSD = 1.7
"""Looks whose pixels differ by more than this factor do not share a background."""
FLOOR = {"nir": 0.015, "red": 0.02, "visible": 0.015, "ndwi": 0.03, "warmth": 0.015}
"""Least spread of a plane at a place: rounding, noise and the remains of registration."""
RISE = {"nir": 0.05, "red": 0.06, "visible": 0.06, "warmth": 0.04}
"""Brightness beyond the empty berth's below which a place is never taken for a hull."""
DROP_NDWI = 0.12
"""Half-NDWI below the empty berth's from which a place is no water."""
SIGMAS = 4.0
EDGE_M = 9.0
"""Nearer to the quay its own edge may lie in the background; beyond, an empty berth is water."""
COARSEST_RIDGE_M = 6.0
NARROWEST_PAIR_M = 30.0
"""Two merchant hulls side by side are wider."""
WATER_WITHIN = 0.08
"""How far an empty place beyond that may differ from open water in the first plane."""


@dataclass(frozen=True)
class Background:
    """An empty berth, place by place, relative to open water beside it."""

    planes: tuple[str, ...]
    level: Plane
    """(plane, off, along)."""
    sigma: Plane
    looks: int
    """Looks it was learnt from; 0 is borrowed from the look itself."""
    borrowed_share: float
    """Share of the water side at which open water stands in for what was seen too seldom empty."""
    gsd_m: float


@dataclass(frozen=True)
class Run:
    """One stretch of the quay with something alongside."""

    start_m: float
    end_m: float
    """Along the quay, from the first point of its line."""
    beam_m: float
    """Median width of what is not water, from the quay's side of it."""
    solid: float
    """Share of the places within its beam that are not water."""
    strength: float
    """Mean number of sigmas, capped at 20."""
    ridges: int | None
    """Bright lines along it: two hulls side by side show two. None where pixels are too coarse."""
    beyond: float
    """Share of what lies beyond the berth, abreast of it, that is not water: cloud goes on."""

    @property
    def length_m(self) -> float:
        """Along the quay, metres."""
        return self.end_m - self.start_m


@dataclass(frozen=True)
class Occupancy:
    """What lies at a berth in a look, against a background."""

    runs: tuple[Run, ...]
    """Longest first."""
    usable_share: float
    water_share: float
    """Of the usable places beyond the edge."""
    edge: float
    """Strength of the outer side of the longest run: change across it, in sigmas, at most 20."""
    looks: int
    """Of the background; 0: the look itself."""
    slack_m: float
    """Nothing nearer to the quay counts."""
    hidden_gap_m: float
    """Longest stretch of the quay of which less than half was seen."""
    length_m: float
    """Of the quay."""
    shallow_m: float = 0.0
    """Longest stretch of the quay filled wider than an ordinary error of its edge, slack or not:
    a narrow hull may lie within the slack, so such a berth is not called empty."""


def like(strip: BerthStrip, other: BerthStrip) -> bool:
    """Whether two strips can share a background: the same planes, shape and kind of pixel."""
    coarse = max(strip.gsd_m, other.gsd_m) / min(strip.gsd_m, other.gsd_m)
    alike = strip.planes == other.planes and strip.cells.shape == other.cells.shape
    return alike and coarse < LIKE_GSD


def background(strips: Sequence[BerthStrip]) -> Background | None:
    """The empty berth as many looks show it, or None with fewer than ``LEAST_LOOKS``.

    Args:
        strips: of one berth, ``like`` one another, registered; order does not matter.

    Returns:
        Level and spread of the dark cluster of each place: a hull only ever brightens the first
        plane. Biased towards water where a berth is hardly ever empty: open water stands in.

    """
    clear = [s for s in strips if s.usable_share >= LEAST_SHARE]
    if len(clear) < LEAST_LOOKS:
        return None
    names = clear[0].planes
    stack = np.stack([s.values for s in clear])
    key = stack[:, 0]
    seen = np.isfinite(key)
    count = seen.sum(axis=0)
    order = np.where(seen, key, np.inf)
    order.sort(axis=0)
    low = _at_rank(order, 0.2, count)
    middle = _at_rank(order, 0.4, count)
    reach = np.clip(3.5 * np.abs(middle - low), 2.5 * FLOOR[names[0]], 0.08)
    member = seen & (np.abs(key - low) <= reach)
    share = member.sum(axis=0) / np.maximum(count, 1)
    inside = np.where(member[:, None], stack, np.nan)
    level, sigma = _middle(inside)
    off = off_m(key.shape[1])
    astray = (np.abs(level[0]) > WATER_WITHIN) & (off > EDGE_M)[:, None]
    lend: Mask = (
        np.asarray(share < LEAST_EMPTY) | (count < LEAST_LOOKS) | astray | ~np.isfinite(level[0])
    )
    floor = np.array([FLOOR[name] for name in names], np.float32)[:, None, None]
    spread = np.median([s.spread for s in clear], axis=0).astype(np.float32)[:, None, None]
    level = np.where(lend[None], 0.0, level).astype(np.float32)
    sigma = np.where(lend[None], np.maximum(spread, floor), np.maximum(sigma, floor))
    return Background(
        planes=names,
        level=level,
        sigma=sigma.astype(np.float32),
        looks=len(clear),
        borrowed_share=float(lend[off > 0].mean()),
        gsd_m=float(np.median([s.gsd_m for s in clear])),
    )


def _at_rank(order: Plane, share: float, count: NDArray[np.intp]) -> Plane:
    """The value at a share of the seen looks, of values sorted along the first axis."""
    rank = np.clip((share * (count - 1)).astype(int), 0, None)
    found: Plane = np.take_along_axis(order, rank[None], axis=0)[0]
    return np.where(np.isfinite(found), found, np.float32(0.0)).astype(np.float32)


def _middle(values: Plane) -> tuple[Plane, Plane]:
    """Median over the first axis and 1.4826 times the median deviation, NaN where nothing is."""
    some: Mask = np.asarray(np.isfinite(values).any(axis=0))
    filled = np.where(some[None], values, np.float32(0.0))
    level = np.nanmedian(filled, axis=0)
    away = 1.4826 * np.nanmedian(np.abs(filled - level[None]), axis=0)
    return (
        np.where(some, level, np.nan).astype(np.float32),
        np.where(some, away, np.nan).astype(np.float32),
    )


def borrowed(strip: BerthStrip) -> Background:
    """Open water beside the berth in the same look, for want of a history."""
    shape = strip.cells.shape
    sigma = [
        max(spread, FLOOR[name]) for name, spread in zip(strip.planes, strip.spread, strict=True)
    ]
    return Background(
        planes=strip.planes,
        level=np.zeros(shape, np.float32),
        sigma=np.broadcast_to(np.array(sigma, np.float32)[:, None, None], shape).copy(),
        looks=0,
        borrowed_share=1.0,
        gsd_m=strip.gsd_m,
    )


def occupancy(strip: BerthStrip, empty: Background) -> Occupancy:
    """What lies at the berth in a look.

    Args:
        strip: the look.
        empty: a background ``like`` it.

    """
    off = off_m(strip.cells.shape[1])
    slack = slack_m(strip, empty)
    beyond = strip.berth_rows & (off > slack)
    hull, sigmas = _not_water(strip, empty)
    part, usable = hull[beyond], strip.usable[beyond]
    depth = part.sum(axis=0) * STEP_M
    near = hull[strip.berth_rows].sum(axis=0) * STEP_M
    least = max(6.0, 0.9 * strip.gsd_m)
    runs = [
        _run(span, hull, sigmas, strip, off, slack)
        for span in _spans(depth >= least, max(1, round(strip.gsd_m / STEP_M)))
    ]
    runs = sorted(
        (r for r in runs if r.length_m >= max(24.0, 2.5 * strip.gsd_m)),
        key=lambda r: (-r.length_m, r.start_m),
    )
    return Occupancy(
        runs=tuple(runs),
        usable_share=strip.usable_share,
        water_share=1 - float(part[usable].mean()) if usable.any() else 0.0,
        edge=_outer_edge(runs[0], strip, empty, off) if runs else 0.0,
        looks=empty.looks,
        slack_m=slack,
        hidden_gap_m=_longest(usable.mean(axis=0) < 0.5) * STEP_M if usable.size else 0.0,
        length_m=strip.length_m,
        shallow_m=0.0 if empty.looks else _longest(near >= max(8.0, 0.75 * slack)) * STEP_M,
    )


def slack_m(strip: BerthStrip, empty: Background) -> float:
    """Metres next to the quay in which a misplaced quay edge may pass for a hull.

    A history knows the edge to what registration leaves; a look alone only to its geolocation.
    """
    sigma = 0.0 if strip.sigma_m is None else strip.sigma_m
    known = 0.0 if empty.looks else 1.0
    return max(0.5 * strip.gsd_m, min(1.5 * sigma * known + 0.5 * strip.gsd_m * known, 15.0))


def _not_water(strip: BerthStrip, empty: Background) -> tuple[Mask, Plane]:
    """(off, along): where something lies on the empty berth, and by how many sigmas."""
    away = strip.values - empty.level
    sigmas = np.nan_to_num(away / empty.sigma)
    away = np.nan_to_num(away)
    hull: Mask = np.zeros(away.shape[1:], bool)
    most = np.zeros(away.shape[1:], np.float32)
    for number, name in enumerate(strip.planes):
        if name == "ndwi":
            # Dark water has no colour to speak of: the index alone is noise there.
            lit = away[0] > 0.3 * RISE["nir"]
            found = (sigmas[number] < -SIGMAS) & (away[number] < -DROP_NDWI) & lit
            most = np.maximum(most, np.where(lit, -sigmas[number], 0))
        else:
            found = (sigmas[number] > SIGMAS) & (away[number] > RISE[name])
            most = np.maximum(most, sigmas[number])
        hull |= found
    return hull & strip.usable, np.clip(most, 0, 20).astype(np.float32)


def _spans(filled: Mask, bridge: int) -> list[tuple[int, int]]:
    """First and past-the-last column of each filled stretch; gaps of ``bridge`` are closed."""
    marks, count = ndimage.label(filled)
    spans = [(int(where.start), int(where.stop)) for (where,) in ndimage.find_objects(marks, count)]
    joined: list[tuple[int, int]] = []
    for start, stop in spans:
        if joined and start - joined[-1][1] <= bridge:
            joined[-1] = (joined[-1][0], stop)
        else:
            joined.append((start, stop))
    return joined


def _run(
    span: tuple[int, int],
    hull: Mask,
    sigmas: Plane,
    strip: BerthStrip,
    off: Floats,
    slack: float,
) -> Run:
    """What one filled stretch measures."""
    columns = slice(*span)
    side = strip.berth_rows & (off > min(slack, 3.0) - STEP_M)
    part = hull[side, columns]
    depth = part.sum(axis=0) * STEP_M
    rows = np.flatnonzero(part.mean(axis=1) >= 0.5)
    box = part[rows.min() : rows.max() + 1] if rows.size else part
    inside = sigmas[side, columns][part]
    outside = hull[off > strip.width_m, columns]
    start, end = _ends(strip, span, side)
    return Run(
        start_m=start,
        end_m=end,
        beam_m=float(np.median(depth)),
        solid=float(box.mean()),
        strength=float(inside.mean()) if inside.size else 0.0,
        ridges=_ridges(strip.values[1][side, columns], part, strip.gsd_m),
        beyond=float(outside.mean()) if outside.size else 0.0,
    )


def _ends(strip: BerthStrip, span: tuple[int, int], side: Mask) -> tuple[float, float]:
    """Where a stretch rises to half its own brightness: blur moves the foot of it, not that."""
    values = np.nan_to_num(strip.values[0][side])
    light = np.sort(values, axis=0)[-max(1, round(9.0 / STEP_M)) :].mean(axis=0)
    first, last = span
    half = 0.5 * float(np.median(light[first:last]))
    while first < last - 1 and light[first] < half:
        first += 1
    while last > first + 1 and light[last - 1] < half:
        last -= 1
    start = float(first)
    if first > 0 and light[first - 1] < half <= light[first]:
        start = first + 0.5 - (light[first] - half) / max(light[first] - light[first - 1], 1e-6)
    end = float(last)
    if last < len(light) and light[last] < half <= light[last - 1]:
        end = last - 0.5 + (light[last - 1] - half) / max(light[last - 1] - light[last], 1e-6)
    return float(start) * STEP_M, float(end) * STEP_M


def _ridges(light: Plane, part: Mask, gsd_m: float) -> int | None:
    """Bright lines along a stretch, parted by a darker one: hulls side by side.

    The profile across is the median along the middle of the stretch; a valley counts that is a
    quarter darker than the lower of its two shoulders, with nine metres of hull on either side.
    """
    if gsd_m > COARSEST_RIDGE_M:
        return None
    middle = slice(part.shape[1] // 5, max(part.shape[1] - part.shape[1] // 5, 1))
    rows = np.flatnonzero(part[:, middle].mean(axis=1) >= 0.3)
    if rows.size * STEP_M < NARROWEST_PAIR_M:
        return 1
    profile = np.nan_to_num(np.median(light[rows.min() : rows.max() + 1, middle], axis=1))
    least = round(9.0 / STEP_M)
    best = 0.0
    for cut in range(least, len(profile) - least):
        shoulder = min(profile[:cut].max(), profile[cut + 1 :].max())
        best = max(best, float(shoulder - profile[cut]) / max(float(shoulder), 0.05))
    return 2 if best >= 0.25 else 1


def _outer_edge(run: Run, strip: BerthStrip, empty: Background, off: Floats) -> float:
    """Change across the outer side of a stretch, averaged along it: a hull has a straight one."""
    columns = slice(int(run.start_m / STEP_M), max(int(run.end_m / STEP_M), 1))
    away = np.nan_to_num((strip.values[0] - empty.level[0]) / empty.sigma[0])[:, columns]
    profile = away.mean(axis=1)[strip.berth_rows | (off > strip.width_m)]
    if len(profile) < 3:
        return 0.0
    return float(np.clip((profile[:-2] - profile[2:]).max(), 0.0, 20.0))


def _longest(flags: Mask) -> int:
    """Longest unbroken stretch of True."""
    marks, count = ndimage.label(flags)
    return int(np.bincount(marks)[1:].max()) if count else 0
