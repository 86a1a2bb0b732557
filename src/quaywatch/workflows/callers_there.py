"""What images of where a ship's broadcasts put it say of its lying at a berth instead.

A ship that broadcasts from elsewhere while a hull lies here is that hull only if its broadcasts are
false. An image of that place tells: nobody there, a hull of its size, or a hull that is another.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from quaywatch.evidence.record import Claim
from quaywatch.fusion.attribution import P_OTHER_HULL
from quaywatch.fusion.whereabouts import M_IN_NM
from quaywatch.geo.geodesic import great_circle_nm
from quaywatch.geo.position import Position
from quaywatch.workflows.callers_stays import Stay

ABOUT: Final = timedelta(hours=6)
"""An image of the broadcast place so long before or after the looks of a stay still counts."""
AWAY: Final = frozenset({"elsewhere", "out-of-reach"})
"""Whereabouts of ships that broadcast from another place than the berth."""
BESIDE_M: Final = 60.0
"""A hull compared so far beyond the end of a berth, or from one found, is still the same."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What images of the broadcast place come to."""

    ratio: float
    """P(shown | its broadcasts are false) / P(shown | they are true)."""
    why: str


def about(checks: Iterable[Claim], stay: Stay) -> list[Claim]:
    """Checks made while the hull of a stay lay at its berth, or within hours of it."""
    first, last = stay.at[0] - ABOUT, stay.at[-1] + ABOUT
    return [c for c in checks if c.time is not None and first <= c.time.midpoint <= last]


def parted(compared: Iterable[Claim], stay: Stay) -> tuple[list[Claim], list[Claim]]:
    """Comparisons of the hull at the berth, and those of hulls elsewhere."""
    here: list[Claim] = []
    away: list[Claim] = []
    for claim in compared:
        (here if at_berth(claim, stay) else away).append(claim)
    return here, away


def at_berth(claim: Claim, stay: Stay) -> bool:
    """Whether a comparison of hulls asked about one at the berth of a stay."""
    place = _asked(claim)
    if place is None:
        return False
    apart_m = M_IN_NM * great_circle_nm(place, stay.place.middle)
    return apart_m <= stay.place.half_m + BESIDE_M


def _asked(compared: Claim) -> Position | None:
    """Where the hull lay that a comparison asked about."""
    value: Any = compared.value
    asked = value.get("questioned") if isinstance(value, dict) else None
    if not isinstance(asked, dict) or asked.get("lon") is None:
        return None
    return Position(float(asked["lon"]), float(asked["lat"]))


def seen_there(
    checks: Sequence[Claim], compared: Sequence[Claim], ships: Mapping[str, str]
) -> dict[str, Seen]:
    """Transponder (``mmsi:…``) → what images of where it says to be say of its being false.

    A ship once seen where it said it was is believed; of several absences one counts, since what
    one image misses another may miss for the same reason.

    Args:
        checks: presence checks, of one stay's time.
        compared: likenesses of hulls in those scenes to the ship that broadcast there.
        ships: number (``mmsi:…``) that a check is about → subject of the ship.

    """
    found: dict[str, list[Seen]] = defaultdict(list)
    for check in checks:
        ship = ships.get(check.subject, check.subject)
        own = [c for c in compared if c.subject == ship and of_hull(c, check)]
        seen = _of(check, own)
        if seen is not None:
            found[check.subject].append(seen)
    return {number: _joined(each) for number, each in found.items()}


def of_hull(compared: Claim, check: Claim) -> bool:
    """Whether a comparison asked about the one hull that a check found in that scene."""
    place, asked = lone_hull(check), _asked(compared)
    # A likeness rests on the hulls it was weighed among, then on the scene asked about.
    if place is None or asked is None or compared.inputs[1] != check.inputs[1]:
        return False
    return M_IN_NM * great_circle_nm(Position(*place), asked) <= BESIDE_M


def _of(check: Claim, compared: Sequence[Claim]) -> Seen | None:
    value: Any = check.value
    told = [ratio for claim in compared if (ratio := _same_hull(claim)) is not None]
    if told:
        # The hull there is the ship, or is one that sends under its name.
        ratio = P_OTHER_HULL / max(told)
        said = "is like it" if max(told) >= 1 else "differs from it"
        return Seen(ratio, f"A hull where its broadcasts put it {said} ({max(told):.2g}).")
    lr = value.get("lr")
    if not isinstance(lr, int | float):
        return None
    if value["verdict"] == "not-seen":
        return Seen(float(lr), f"Nobody was seen where its broadcasts put it ({lr:.2g}).")
    if value["verdict"] == "seen":
        ratio = P_OTHER_HULL + (1 - P_OTHER_HULL) * min(1.0, float(lr))
        why = f"A hull of its size was seen where its broadcasts put it ({ratio:.2g})."
        return Seen(ratio, why)
    return None


def _same_hull(claim: Claim) -> float | None:
    """How much better one hull explains a comparison than a hull that sends for another does.

    Who sends a track for a ship is of like size, or would be found out: size speaks only against.
    """
    value: Any = claim.value
    if not isinstance(value, dict) or value.get("ratio") is None:
        return None
    groups = {name: float(ratio) for name, ratio in value["groups"].items()}
    groups["dimensions"] = min(groups.get("dimensions", 1.0), 1.0)
    return math.prod(groups.values())


def _joined(each: Sequence[Seen]) -> Seen:
    least = min(each, key=lambda seen: (seen.ratio, seen.why))
    if least.ratio < 1:
        return least
    return max(each, key=lambda seen: (seen.ratio, seen.why))


def lone_hull(check: Claim) -> tuple[float, float] | None:
    """Longitude and latitude of the one hull found where a ship's broadcasts put it."""
    value: Any = check.value
    hulls = [
        feature["geometry"]["coordinates"]
        for feature in value.get("geometry", {}).get("features", ())
        if feature["properties"]["role"] == "detection"
    ]
    if value.get("hulls_in_disc") != 1 or len(hulls) != 1:
        return None
    return float(hulls[0][0]), float(hulls[0][1])
