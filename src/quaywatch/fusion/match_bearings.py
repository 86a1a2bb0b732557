"""What a match says for or against hypotheses of a case."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from quaywatch.evidence.bearing import Bearing, Hypothesis
from quaywatch.evidence.likelihood import Group
from quaywatch.fusion.match import MATCHED_FROM, MatchVerdict
from quaywatch.fusion.match_scene import Matched
from quaywatch.fusion.match_weight import HeardShip, Sight

UNDER_WAY_MIN, STILL_MIN = 3.0, 180.0
"""Age of the nearest report from which a ship not found says nothing, as in ``fusion.presence``."""
IN_FRAME_FROM = 0.95
PIXELS_NEEDED = 15.0
STRONGEST = 50.0
"""No one scene says more."""


@dataclass(frozen=True, slots=True)
class Where:
    """Of which scene, and at which site a hull lay alongside."""

    scene: str
    """``scene:…``."""
    berths: dict[int, str]
    """By number of the hull: ``site:…`` where it lay at a berth."""


def bearings(
    found: Matched, ships: Sequence[HeardShip], sight: Sight, where: Where
) -> Iterator[Bearing]:
    """Bearings of a matched scene.

    For each ship ``P(scene | it was not where it said) / P(scene | it was)``, which is
    ``P(missed) / (1 - P_d P_in)``: below 1 where a hull is its, above where none is. A miss counts
    only where it must have been seen: a fresh report, well inside, clear, long in pixels, alone
    under its number. All of a scene share its cause.

    Bias: towards saying nothing of a miss. Recall is that of open water; a hull at a quay is
    missed more often, so a miss there weighs more than it should, and is capped as not measured.
    """
    control = min(1.0, (found.controls.found + 1.0) / (found.controls.expected + 1.0))
    for j, ship in enumerate(ships):
        about, ratio = f"mmsi:{ship.mmsi:09d}", float(found.against[j])
        mine = [
            i
            for i, hull in enumerate(found.hulls)
            if hull.verdict == MatchVerdict.MATCHED and hull.ranked[0] == j
        ]
        if mine and not ship.shared:
            yield from _seen(about, max(ratio, 1.0 / STRONGEST), where, mine[0])
        elif _should_be_seen(found, j, ship, sight):
            eff = float(found.weighed.p_detect[j] * sight.clear * found.weighed.p_in[j]) * control
            told = min(STRONGEST, float(found.p_missed[j]) / (1.0 - eff))
            if told > 1.0:
                yield _missed(about, told, eff, where)


def _seen(about: str, ratio: float, where: Where, hull: int) -> Iterator[Bearing]:
    cause = where.scene
    yield Bearing(
        hypothesis=Hypothesis.BROADCAST_FALSE, about=about, ratio=ratio,
        group=Group.IMAGERY_PRESENCE, cause=cause,
        because="A hull that fits lies where the ship's broadcasts put it.",
    )  # fmt: skip
    site = where.berths.get(hull)
    if site is not None and ratio < 1.0:
        yield Bearing(
            hypothesis=Hypothesis.CALLED, about=about, at=site, ratio=1.0 / ratio,
            group=Group.IMAGERY_PRESENCE, cause=cause,
            because="A hull that fits lies at a berth where the ship's broadcasts put it.",
        )  # fmt: skip


def _missed(about: str, ratio: float, eff: float, where: Where) -> Bearing:
    return Bearing(
        hypothesis=Hypothesis.BROADCAST_FALSE, about=about, ratio=ratio,
        group=Group.IMAGERY_PRESENCE, cause=where.scene,
        because=(
            "No hull of the scene is the ship, which its broadcasts put there; it would have been "
            f"found with {100 * eff:.0f}%."
        ),
    )  # fmt: skip


def _should_be_seen(found: Matched, j: int, ship: HeardShip, sight: Sight) -> bool:
    """Whether that a ship was not found says anything."""
    length = ship.size.length_m
    limit = STILL_MIN if ship.still and ship.sides == "both" else UNDER_WAY_MIN
    return (
        not ship.shared
        and not ship.long_range
        and float(found.p_missed[j]) >= MATCHED_FROM
        and float(found.weighed.p_in[j]) >= IN_FRAME_FROM
        and abs(ship.nearest.seconds) <= 60.0 * limit
        and length is not None
        and length >= PIXELS_NEEDED * sight.gsd_m
        and float(found.pairs[:, j].sum()) < 0.01
    )
