"""A hull at a berth as its strip shows it: where it lies in a scene, from what was read off a quay.

A detector loses the ends of a hull against a quay; the strip along the quay does not. What it read
in the frame of the site is laid back into the scene as received.
"""

from dataclasses import dataclass

import numpy as np
import shapely

from quaywatch.imagery.berth_strip import quay_of
from quaywatch.imagery.detected import Detection
from quaywatch.sites.facility import Facility
from quaywatch.sites.frame import LocalFrame

METHOD = "berth-strip"
BEAM_SIGMA_M = 4.0
"""The strip tells how far a hull reaches off the quay, fenders and shadow included."""
AXIS_SIGMA_DEG = 1.5


@dataclass(frozen=True)
class Run:
    """A hull along a quay, as the state of a berth lists it."""

    start_m: float
    """Along the quay line from its first point, as ``end_m``."""
    end_m: float
    length_sigma_m: float
    beam_m: float


def hull_alongside(
    facility: Facility, frame: LocalFrame, run: Run, *, moved_m: tuple[float, float]
) -> Detection:
    """The hull as a detection in the scene as received.

    Args:
        facility: the berth.
        frame: metres of its site.
        run: of the hull.
        moved_m: metres east and north by which the scene was moved to fit the site.

    Returns:
        With the axis along the quay; pixels are left at 0, for the scene to say.

    """
    line, side, _ = quay_of(facility, frame)
    first, last = (
        np.array(line.interpolate(min(max(at, 0.0), line.length)).coords[0])
        for at in (run.start_m, run.end_m)
    )
    way = (last - first) / max(float(np.hypot(*(last - first))), 1e-6)
    out = np.array([-way[1], way[0]]) * side
    middle = (first + last) / 2 + out * run.beam_m / 2 - np.array(moved_m)
    there = frame.to_degrees(shapely.Point(*middle))
    axis = float(np.degrees(np.arctan2(way[0], way[1])) % 180.0)
    length = run.end_m - run.start_m
    return measured_at(float(there.x), float(there.y), length, run.length_sigma_m, run.beam_m, axis)


def measured_at(
    lon: float, lat: float, length_m: float, length_sigma_m: float, beam_m: float, axis_deg: float
) -> Detection:
    """A hull that was measured otherwise, as a detection; the scene says where its pixels are.

    Examples:
        >>> measured_at(125.39, 38.71, 146.0, 4.0, 24.0, 98.0).length_m
        146.0

    """
    return Detection(
        lon=lon,
        lat=lat,
        x_px=0.0,
        y_px=0.0,
        length_m=length_m,
        beam_m=beam_m,
        heading_deg=axis_deg,
        score=1.0,
        position_sigma_m=None,
        length_sigma_m=length_sigma_m,
        beam_sigma_m=BEAM_SIGMA_M,
        heading_sigma_deg=AXIS_SIGMA_DEG,
        cut_by_edge=False,
        gsd_m=0.0,
        method=METHOD,
    )
