"""What each pair of hull and ship weighs: place, length, and the chance of having been found.

The weight of a pair over both being left alone is ``P_d N(z; x, P + R) f(length | L)`` over
``(1 - P_d P_in)`` and over the density of hulls at z that are none of the ships heard: the cost of
METHODS section 4 with its dummies "dark detection" and "missed vessel", as a ratio.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from quaywatch.fusion.match_cloud import Cloud
from quaywatch.fusion.match_length import (
    TYPICAL_M,
    TYPICAL_SD,
    bound_share,
    false_lengths,
    false_share,
    fit,
    length_sd,
    typical,
)
from quaywatch.fusion.match_motion import KN, Dimensions, Fix, Law, place_at
from quaywatch.imagery.azimuth import azimuth_shift
from quaywatch.imagery.recall import p_detect
from quaywatch.imagery.sensors import RadarGeometry

Floats = NDArray[np.float64]

GATE: Final = 13.8
"""Squared distance in standard deviations beyond which a pair is none: 99.9% of a plane normal."""
UNHEARD_SHARE: Final = 0.1
"""Prior share of ships in view that are none of those heard."""
AT_QUAY_SHARE: Final = 0.35
"""Of what is found on open water, found at a quay: 8 of 23 in recorded scenes where 21 of 21 are
found on open water (docs/benchmarks/imagery-hulls.md)."""
AGILE_M_S2: Final = 0.03
"""No ship changes its velocity faster for long: turning at ten knots or stopping in its length."""
LEAST_P_DETECT, MOST_P_DETECT = 0.1, 0.98
"""Recall tables end at 0 where nothing is argued from an absence; a short ship is found at times,
and none is found always."""
UNKNOWN_SIZE: Final = Dimensions()
USUAL: Final = Law()


@dataclass(frozen=True, slots=True)
class SeenHull:
    """A hull in the local frame of its scene."""

    x_m: float
    y_m: float
    """Centre, metres east and north."""
    length_m: float
    length_sigma_m: float
    sigma_m: float
    """Standard deviation of the centre per axis, geolocation of the scene included."""
    cut_by_edge: bool = False


@dataclass(frozen=True, slots=True)
class HeardShip:
    """A transponder, or one of the hulls that send under it, with its reports about the capture."""

    mmsi: int
    before: Fix | None
    after: Fix | None
    size: Dimensions = UNKNOWN_SIZE
    long_range: bool = False
    shared: bool = False

    @property
    def nearest(self) -> Fix:
        """The report nearest to the capture."""
        fixes = [fix for fix in (self.before, self.after) if fix is not None]
        return min(fixes, key=lambda fix: abs(fix.seconds))

    @property
    def sides(self) -> str:
        """``both``, ``before`` or ``after``."""
        if self.before is None:
            return "after"
        return "before" if self.after is None else "both"

    @property
    def still(self) -> bool:
        """It lay still by all reports used, and at one place."""
        if self.before is None or self.after is None:
            return self.nearest.still
        apart = math.hypot(self.before.x_m - self.after.x_m, self.before.y_m - self.after.y_m)
        return self.before.still and self.after.still and apart <= 350.0


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """The capture: its sensor, its clock, and the part of it that was searched."""

    sensor: str
    """A key of ``imagery.sensors.SENSORS``."""
    gsd_m: float
    area: BaseGeometry
    """Searched, metres of the local frame."""
    geolocation_sigma_m: float
    quays: BaseGeometry | None = None
    """Where hulls lie alongside and are found less often; None: nowhere known."""
    clear: float = 1.0
    """Share of it that could be seen."""
    half_width_s: float = 0.0
    """Half of the interval in which it was captured."""
    time_sigma_s: float = 1.0
    radar: RadarGeometry | None = None
    flight_deg: float | None = None
    """Of a radar's ground track; None: not known, and ships under way may lie anywhere along it."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What is assumed of ships and hulls; each of it stands in the claim."""

    law: Law = USUAL
    unheard_share: float = UNHEARD_SHARE
    false_share: float | None = None
    """Prior share of hulls found that are no ships; None: as counted for the kind of sensor."""
    gate: float = GATE


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """What joint assignments are made of."""

    weights: Floats
    """Shape (hulls, ships): over both being left alone; 0 outside the gate."""
    clouds: tuple[Cloud, ...]
    """Where each ship's hull is expected in the image."""
    p_in: Floats
    """Shape (ships,): P(its centre lies in the searched area)."""
    p_detect: Floats
    """Shape (ships,): P(found | there, in clear open water)."""
    distance_m: Floats
    sigma_m: Floats
    """Shape (hulls, ships): to the nearest part of the cloud, in its own standard deviations, and
    that standard deviation, the hull's included."""
    dark_share: Floats
    """Shape (hulls,): P(a ship bound to carry class A | none of those heard)."""
    bound: Floats
    """Shape (hulls,): P(as long as such a ship)."""
    length_sd: Floats
    """Shape (hulls,): standard deviation of the logarithm of the measured length."""


def weigh(
    hulls: Sequence[SeenHull], ships: Sequence[HeardShip], sight: Sight, rules: Rules | None = None
) -> Weighed:
    """Weights of all pairs of a scene.

    Bias:
        Errors of the scene's own place are taken as each hull's, though they are common to all.

    Args:
        hulls: found in the searched area.
        ships: with reports about the capture, those far away left out by the caller.
        sight: the capture.
        rules: what is assumed.

    Examples:
        >>> from shapely.geometry import box
        >>> port = Sight("planetscope", 3.0, box(-3e3, -3e3, 3e3, 3e3), 7.0)
        >>> here = Fix(-120.0, 0.0, 0.0, 0.0, None, 90.0, still=True)
        >>> there = Fix(120.0, 0.0, 0.0, 0.0, None, 90.0, still=True)
        >>> found = weigh([SeenHull(5.0, 5.0, 120.0, 5.0, 8.0)],
        ...               [HeardShip(1, here, there, Dimensions(60, 60, 9, 9))], port)
        >>> bool(found.weights[0, 0] > 1e3)
        True

    """
    used = rules or Rules()
    clouds = tuple(_imaged(ship, sight, used.law) for ship in ships)
    p_in = np.array([_share_inside(cloud, sight.area) for cloud in clouds])
    found = np.array([_found(ship.size.length_m, sight) for ship in ships])
    if sight.quays is not None:
        alongside = np.array([_share_inside(cloud, sight.quays) for cloud in clouds])
        found *= 1.0 - (1.0 - AT_QUAY_SHARE) * alongside
    shape = (len(hulls), len(ships))
    weights, away, sigma = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    length, sd, hull_sigma, xy = _columns(hulls, sight)
    none_of_them, dark, bound = _unheard(length, sd, hulls, sight, used)
    anyone = typical(length, sd)
    for j, (ship, cloud) in enumerate(zip(ships, clouds, strict=True)):
        density, away[:, j], sigma[:, j] = _density(cloud, xy, hull_sigma, used.gate)
        agree = fit(length, sd, ship.size.length_m)
        agree = np.where([hull.cut_by_edge for hull in hulls], anyone, agree)
        missed = 1.0 - found[j] * sight.clear * p_in[j]
        weights[:, j] = found[j] * sight.clear * density * agree / none_of_them / missed
    return Weighed(weights, clouds, p_in, found, away, sigma, dark, bound, sd)


def _columns(hulls: Sequence[SeenHull], sight: Sight) -> tuple[Floats, Floats, Floats, Floats]:
    """Lengths, standard deviations of their logarithms, position errors and centres of hulls."""
    length = np.array([max(hull.length_m, 1.0) for hull in hulls])
    told = np.array([hull.length_sigma_m for hull in hulls]) / np.maximum(length, 1.0)
    sd = np.maximum(told, length_sd(sight.gsd_m, radar=sight.radar is not None))
    sigma = np.array([hull.sigma_m for hull in hulls])
    xy = np.array([(hull.x_m, hull.y_m) for hull in hulls]).reshape(-1, 2)
    return length, sd, sigma, xy


def _unheard(
    length: Floats, sd: Floats, hulls: Sequence[SeenHull], sight: Sight, rules: Rules
) -> tuple[Floats, Floats, Floats]:
    """Density of hulls that are none of the ships heard, and the share of it that must broadcast.

    Per square metre and unit of log length; scaled to the hulls in view, so that a port and the
    open sea are judged alike.
    """
    per_m2 = (len(hulls) + 1.0) / max(sight.area.area, 1e4)
    ships = rules.unheard_share * per_m2 * typical(length, sd)
    wrong = rules.false_share
    if wrong is None:
        wrong = false_share(sight.gsd_m, radar=sight.radar is not None)
    rest = wrong * per_m2 * false_lengths(length)
    bound = np.array([bound_share(m, s) for m, s in zip(length.tolist(), sd.tolist(), strict=True)])
    total = ships + rest
    return total, ships * bound / total, bound


def _found(length_m: float | None, sight: Sight) -> float:
    """P(found | there); of a ship that does not say how long it is, the mean over usual ones."""
    if length_m is None:
        steps = np.exp(TYPICAL_SD * np.linspace(-1.5, 1.5, 7)) * TYPICAL_M
        return float(np.mean([_found(float(m), sight) for m in steps]))
    recall = p_detect(length_m, sight.gsd_m, sight.sensor)
    return min(max(recall, LEAST_P_DETECT), MOST_P_DETECT)


def _imaged(ship: HeardShip, sight: Sight, law: Law) -> Cloud:
    """Where the image shows the ship, if it shows it: radar shift and clock included."""
    cloud = place_at(ship.before, ship.after, ship.size, law)
    clock_s = math.hypot(sight.time_sigma_s, sight.half_width_s / math.sqrt(3.0))
    east, north, spread = cloud.speed_m_s.T
    way = np.column_stack([east, north]) * clock_s
    cov = cloud.cov + way[:, :, None] * way[:, None, :]
    if sight.radar is None:
        return replace(cloud, cov=cov)
    speed = np.hypot(east, north)
    if sight.flight_deg is None:
        off = sight.radar.range_over_speed_s[1] * np.hypot(speed, spread) / 2.0
        return replace(cloud, cov=cov + off[:, None, None] ** 2 * np.eye(2))
    shifts = np.array(
        [_shift(sight.radar, e, n, s, sight.flight_deg) for e, n, s in cloud.speed_m_s]
    )
    flight = math.radians(sight.flight_deg)
    along = shifts[:, 2, None] * np.array([math.sin(flight), math.cos(flight)])
    return replace(
        cloud,
        x_m=cloud.x_m + shifts[:, 0],
        y_m=cloud.y_m + shifts[:, 1],
        cov=cov + along[:, :, None] * along[:, None, :],
    )


def _shift(
    radar: RadarGeometry, east: float, north: float, spread: float, flight_deg: float
) -> tuple[float, float, float]:
    """How far a ship of this velocity is drawn off, east and north, and the error along flight."""
    shift = azimuth_shift(
        radar,
        sog_kn=math.hypot(east, north) / KN,
        cog_deg=math.degrees(math.atan2(east, north)) % 360.0,
        flight_deg=flight_deg,
    )
    middle = sum(radar.range_over_speed_s) / 2.0
    slant = math.sin(math.radians(sum(radar.incidence_deg) / 2.0))
    return shift.east_m, shift.north_m, math.hypot(shift.sigma_m, middle * slant * spread)


def _density(
    cloud: Cloud, xy: Floats, hull_sigma: Floats, gate: float
) -> tuple[Floats, Floats, Floats]:
    """Density of a cloud at hulls per square metre, 0 outside the gate of all its parts."""
    off = np.stack([xy[:, 0, None] - cloud.x_m, xy[:, 1, None] - cloud.y_m], axis=-1)
    cov = cloud.cov + hull_sigma[:, None, None, None] ** 2 * np.eye(2)
    size = np.linalg.det(cov)
    squared = np.einsum("hki,hkij,hkj->hk", off, np.linalg.inv(cov), off)
    each = cloud.weight * np.exp(-0.5 * squared) / (2.0 * math.pi * np.sqrt(size))
    inside = (squared <= gate).any(axis=1)
    near = squared.argmin(axis=1)
    rows = np.arange(len(xy))
    away = np.hypot(off[..., 0], off[..., 1])[rows, near]
    return np.where(inside, each.sum(axis=1), 0.0), away, size[rows, near] ** 0.25


def _lattice() -> Floats:
    """Sixty-one points of equal weight of a standard plane normal, in a sunflower."""
    number = np.arange(61) + 0.5
    radius = np.sqrt(-2.0 * np.log1p(-number / 61.0))
    angle = number * math.pi * (3.0 - math.sqrt(5.0))
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


_POINTS: Final = _lattice()


def _share_inside(cloud: Cloud, area: BaseGeometry) -> float:
    """P(the centre lies in the searched area), to a sixty-first."""
    share = 0.0
    shapely.prepare(area)
    for weight, x, y, sigma in zip(cloud.weight, cloud.x_m, cloud.y_m, cloud.sigma_m, strict=True):
        points = _POINTS * sigma + (x, y)
        share += float(weight) * float(shapely.contains_xy(area, points[:, 0], points[:, 1]).mean())
    return share
