"""What a match says for or against hypotheses of a case: that a hull lies where a ship says it is.

That none does is not argued here. A hull at a quay is missed often, day after day, and many small
ratios would make one large one; the presence check (``fusion.presence``) reads the pixels of the
place, and argues an absence only from open water.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from quaywatch.evidence.bearing import Bearing, Hypothesis
from quaywatch.evidence.likelihood import Group
from quaywatch.fusion.match import MatchVerdict
from quaywatch.fusion.match_scene import Matched
from quaywatch.fusion.match_weight import HeardShip

STRONGEST: Final = 50.0
"""No one scene says more."""


@dataclass(frozen=True, slots=True)
class Where:
    """Of which scene, and at which site a hull lay alongside."""

    scene: str
    """``scene:…``."""
    berths: dict[int, str]
    """By number of the hull: ``site:…`` where it lay at a berth."""


def bearings(found: Matched, ships: Sequence[HeardShip], where: Where) -> Iterator[Bearing]:
    """Bearings of a matched scene: for each matched hull, against a false broadcast.

    ``P(scene | the ship was not where it said) / P(scene | it was)`` is
    ``P(missed) / (1 - P_d P_in)``, over all joint assignments. All of a scene share its cause. A
    number under which several hulls send says nothing: which of them lies there is not known.

    Args:
        found: of ``match_scene``.
        ships: as given to it.
        where: the scene, and which hulls lay at berths.

    Examples:
        >>> from shapely.geometry import box
        >>> from quaywatch.fusion.match_scene import match_scene
        >>> from quaywatch.fusion.match_weight import Sight
        >>> nobody = match_scene([], [], Sight("planetscope", 3.0, box(0, 0, 9, 9), 7.0), [])
        >>> list(bearings(nobody, [], Where("scene:a", {})))
        []

    """
    for i, hull in enumerate(found.hulls):
        if hull.verdict != MatchVerdict.MATCHED:
            continue
        j = hull.ranked[0]
        if ships[j].shared:
            continue
        about = f"mmsi:{ships[j].mmsi:09d}"
        ratio = min(max(float(found.against[j]), 1.0 / STRONGEST), 1.0)
        yield Bearing(
            hypothesis=Hypothesis.BROADCAST_FALSE, about=about, ratio=_rounded(ratio),
            group=Group.IMAGERY_PRESENCE, cause=where.scene,
            because="A hull that fits lies where the ship's broadcasts put it.",
        )  # fmt: skip
        site = where.berths.get(i)
        if site is not None and ratio < 1.0:
            yield Bearing(
                hypothesis=Hypothesis.CALLED, about=about, at=site, ratio=_rounded(1.0 / ratio),
                group=Group.IMAGERY_PRESENCE, cause=where.scene,
                because="A hull that fits lies at a berth where the ship's broadcasts put it.",
            )  # fmt: skip


def _rounded(ratio: float) -> float:
    """To what it can mean, so that the same scene gives the same bytes anywhere."""
    return float(f"{ratio:.3g}")
