"""What is said of one berth in one look: its state with P(occupied), ships, length, and on what.

Three states always, and never one for a berth that cannot be seen from above. Nothing is said
under cloud: with less than 90% of the berth clear it is unknown, and unknown is not empty.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quaywatch.imagery.berth_history import Background, Occupancy, Run, borrowed, like, occupancy
from quaywatch.imagery.berth_odds import CURVES, HISTORY, LOOK, chance, evidence, tells_empty
from quaywatch.imagery.berth_state import COARSEST_PIXELS, BerthState, hidden_by
from quaywatch.imagery.berth_strip import BerthStrip
from quaywatch.imagery.detection import Detection
from quaywatch.sites.facility import Facility, FacilityKind, Site

METHOD = "berth-state@3"
CLEAR_NEEDED = 0.9
"""Share of the berth's water that must be clear (METHODS section 5 step 5)."""
SHORTEST_SHIP_M = 40.0
"""Shorter stretches are not counted as ships, nor as a second one."""
RAFTED_SLIM = 4.8
"""A stretch less than so many times as long as wide, with two ridges, is two hulls abreast:
merchant ships are 5.5 to 8 times as long as wide."""
CLASSES = (
    (0.0, "under 90 m"),
    (90.0, "90-150 m"),
    (150.0, "150-200 m"),
    (200.0, "200-250 m"),
    (250.0, "250 m and more"),
)
"""Lower bound and name of each class of length. Length says nothing of what a ship carries."""


@dataclass(frozen=True)
class Alongside:
    """One ship at a quay, as far as it can be told."""

    start_m: float
    end_m: float
    """Along the quay, from the first point of its line."""
    beam_m: float
    """At most: blur, shadow, cranes and the error of the quay's place all widen it."""
    length_sigma_m: float
    rafted: bool | None
    """Whether it is two hulls abreast; None where pixels are too coarse to tell."""

    @property
    def length_m(self) -> float:
        """Of the hull, or of the longer of two abreast."""
        return self.end_m - self.start_m

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "start_m": round(self.start_m, 1),
            "end_m": round(self.end_m, 1),
            "length_m": round(self.length_m, 1),
            "length_sigma_m": round(self.length_sigma_m, 1),
            "beam_m": round(self.beam_m, 1),
            "rafted": self.rafted,
        }


@dataclass(frozen=True)
class BerthVerdict:
    """The answer and its evidence."""

    berth: str
    state: BerthState
    p_occupied: float | None
    """None where the look says nothing of the berth."""
    reason: str
    evidence: str | None
    """``history of N looks`` or ``detector and strip``."""
    usable_share: float | None
    ships: tuple[Alongside, ...]
    """Longest first; only where occupied."""

    @property
    def length_m(self) -> float | None:
        """Of the longest ship."""
        return self.ships[0].length_m if self.ships else None

    @property
    def beam_m(self) -> float | None:
        """Width of the longest, of both hulls where two lie abreast."""
        return self.ships[0].beam_m if self.ships else None

    @property
    def ship_count(self) -> int | None:
        """Ships that can be told apart; None where it is not occupied."""
        if self.state is not BerthState.OCCUPIED:
            return None
        return sum(2 if ship.rafted else 1 for ship in self.ships) or 1

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        longest = self.ships[0] if self.ships else None
        return {
            "state": str(self.state),
            "p_occupied": None if self.p_occupied is None else round(self.p_occupied, 3),
            "reason": self.reason,
            "evidence": self.evidence,
            "usable_share": None if self.usable_share is None else round(self.usable_share, 3),
            "ship_count": self.ship_count,
            "ships": [ship.to_json() for ship in self.ships],
            "length_m": None if longest is None else round(longest.length_m, 1),
            "beam_m": None if longest is None else round(longest.beam_m, 1),
            "size_class": None
            if longest is None
            else size_class(longest.length_m, longest.length_sigma_m),
            "method": METHOD,
        }


def size_class(length_m: float, sigma_m: float) -> str:
    """The class of a length, or the two that it may be in.

    Examples:
        >>> size_class(120.0, 5.0), size_class(148.0, 5.0)
        ('90-150 m', '90-150 m or 150-200 m')

    """

    def named(length: float) -> str:
        return [name for low, name in CLASSES if length >= low or low == 0][-1]

    low, high = named(max(length_m - sigma_m, 0.0)), named(length_m + sigma_m)
    return low if low == high else f"{low} or {high}"


def verdict(
    facility: Facility,
    strip: BerthStrip | None,
    empty: Background | None,
    hulls: Sequence[Detection],
    *,
    unseen: str = "the look does not show it with open water beside it",
    shares: Mapping[str, float] | None = None,
) -> BerthVerdict:
    """What a look says of a berth.

    Args:
        facility: a berth.
        strip: of it in the look; None where there is none.
        empty: what it looks like empty, from its history; None takes the look's own water.
        hulls: detected at the berth.
        unseen: why there is no strip.
        shares: of what lies before it in the look (``Clarity.shares``), to say what hides it.

    """
    if not facility.observable:
        why = facility.reason or "it cannot be seen from above"
        return _without(facility, BerthState.NOT_APPLICABLE, why, None)
    if strip is None:
        return _without(facility, BerthState.UNKNOWN, unseen, None)
    share = strip.usable_share
    if strip.width_m < COARSEST_PIXELS * strip.gsd_m:
        why = f"pixels of {strip.gsd_m:.0f} m are too coarse for a strip {strip.width_m:.0f} m wide"
        return _without(facility, BerthState.UNKNOWN, why, share)
    if share < CLEAR_NEEDED:
        return _without(facility, BerthState.UNKNOWN, hidden_by(share, shares), share)
    return _judged(facility, strip, empty, hulls)


def _without(facility: Facility, state: BerthState, why: str, share: float | None) -> BerthVerdict:
    return BerthVerdict(facility.id, state, None, why, None, share, ())


def _judged(
    facility: Facility,
    strip: BerthStrip,
    empty: Background | None,
    hulls: Sequence[Detection],
) -> BerthVerdict:
    """The state of a berth that was seen."""
    kind = LOOK if empty is None else HISTORY
    ground = borrowed(strip) if empty is None else empty
    found = occupancy(strip, ground)
    score = max((hull.score for hull in hulls), default=0.0)
    curve = CURVES[kind]
    p = chance(evidence(found, score), curve)
    rests = kind if empty is None else f"history of {ground.looks} looks"
    ships: tuple[Alongside, ...] = ()
    if p >= curve.high:
        state, ships = BerthState.OCCUPIED, _ships(found, strip.gsd_m)
    elif p <= curve.low and tells_empty(found):
        state = BerthState.EMPTY
    else:
        state = BerthState.UNKNOWN
    why = _reason(state, found, ships, p)
    return BerthVerdict(facility.id, state, p, why, rests, strip.usable_share, ships)


def _ships(found: Occupancy, gsd_m: float) -> tuple[Alongside, ...]:
    """The stretches long enough to be ships; the longest always."""
    kept = [run for run in found.runs[1:] if run.length_m >= SHORTEST_SHIP_M and _hull_like(run)]
    return tuple(
        Alongside(
            start_m=run.start_m,
            end_m=run.end_m,
            beam_m=run.beam_m,
            length_sigma_m=max(1.5 * gsd_m, 0.03 * run.length_m),
            rafted=None
            if run.ridges is None
            else run.ridges >= 2 and run.length_m < RAFTED_SLIM * run.beam_m,
        )
        for run in (*found.runs[:1], *kept)
    )


def _hull_like(run: Run) -> bool:
    """Long for its width and solid: crane booms and boats beside a ship are neither."""
    return run.length_m >= 2.5 * run.beam_m and run.solid >= 0.7


def _reason(state: BerthState, found: Occupancy, ships: Sequence[Alongside], p: float) -> str:
    """In words, what the state rests on."""
    if state is BerthState.OCCUPIED:
        sizes = " and ".join(
            f"{s.length_m:.0f} m long and at most {s.beam_m:.0f} m wide" for s in ships
        )
        abreast = ", two hulls abreast" if any(s.rafted for s in ships) else ""
        return f"{sizes or 'a hull'} on the water of the berth{abreast}"
    if state is BerthState.EMPTY:
        return f"{100 * found.water_share:.0f}% of the berth is water and nothing lies alongside"
    if found.shallow_m > 0 and not found.runs:
        return (
            f"what lies next to the quay over {found.shallow_m:.0f} m of it may be its edge, by "
            "the error of its place, or a narrow hull"
        )
    if not found.runs:
        return f"P(occupied) {p:.2f}: {100 * found.water_share:.0f}% is water, too little to tell"
    run = found.runs[0]
    return (
        f"P(occupied) {p:.2f}: what lies over {run.length_m:.0f} m of it, {run.beam_m:.0f} m "
        "wide, may be a hull, cranes or boats over an empty quay, or cloud that was not told"
    )


def berth_states(
    site: Site,
    strips: Mapping[str, BerthStrip],
    backgrounds: Mapping[str, Background],
    hulls: Mapping[str, Sequence[Detection]],
    *,
    unseen: str = "the look does not show it with open water beside it",
) -> list[BerthVerdict]:
    """What a look says of each berth of a site, in the order drawn.

    Args:
        site: its berths; those that cannot be observed are always not applicable.
        strips: by berth, from ``cut_strips``.
        backgrounds: by berth; a berth without one, or unlike its strip, is judged by the look.
        hulls: detected at each berth, see ``hulls_at``.
        unseen: why a berth has no strip.

    """
    said = []
    for facility in site.of_kind(FacilityKind.BERTH):
        strip, empty = strips.get(facility.id), backgrounds.get(facility.id)
        fits = empty is not None and strip is not None and serves(empty, strip)
        own = hulls.get(facility.id, ())
        said.append(verdict(facility, strip, empty if fits else None, own, unseen=unseen))
    return said


def serves(empty: Background, strip: BerthStrip) -> bool:
    """Whether a background was learnt on pixels like those of a strip."""
    stand_in = BerthStrip(
        berth=strip.berth,
        planes=empty.planes,
        cells=strip.cells,
        width_m=strip.width_m,
        spread=strip.spread,
        gsd_m=empty.gsd_m,
        sigma_m=strip.sigma_m,
    )
    return empty.level.shape == strip.cells.shape and like(stand_in, strip)
