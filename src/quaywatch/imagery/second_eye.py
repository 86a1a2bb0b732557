"""A second eye for absences: what stands clear on the water and the first detector left out.

A network finds what is like the ships that it has learnt. Of open water we ask more before we say
that nobody is there: any shape of a ship's size that is not water keeps an absence from being
called, whatever a network thinks of it.
"""

from dataclasses import dataclass

from quaywatch.geo.geodesic import great_circle_nm
from quaywatch.geo.position import Position
from quaywatch.imagery.detection import Detection, HullDetector, WaterContrastDetector
from quaywatch.imagery.read import Pixels

_OPTICAL = "red"
"""Shapes on water are told by colour; radar has a detector of that kind already."""


@dataclass(frozen=True)
class SecondEye:
    """The hulls of a detector, and shapes on water where it has none.

    Bias:
        Towards a ship: buoys, boats and foam of twenty metres are shapes too.
    """

    first: HullDetector

    @property
    def name(self) -> str:
        """Both methods and versions."""
        return f"{self.first.name} and {WaterContrastDetector().name}"

    def detect(self, pixels: Pixels) -> list[Detection]:
        """The hulls of a window, the first detector's before the others."""
        hulls = self.first.detect(pixels)
        if _OPTICAL not in pixels.bands:
            return hulls
        shapes = WaterContrastDetector().detect(pixels)
        return hulls + [shape for shape in shapes if not any(_same(shape, h) for h in hulls)]


def _same(one: Detection, other: Detection) -> bool:
    """Whether the middle of one lies within half a length of the other's."""
    here, there = (Position(lon=hull.lon, lat=hull.lat) for hull in (one, other))
    return great_circle_nm(here, there) * 1852.0 <= max(one.length_m, other.length_m) / 2
