"""Ships' stays at a berth and its silences, from states in looks: always as intervals.

A look says what lay there at one instant. A ship came after the last look that certainly lacked
her and before the first that shows her; looks that could not tell widen that, and never narrow it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any, Final

import numpy as np
import polars as pl
from scipy.optimize import linear_sum_assignment

from quaywatch.imagery.berth_verdict import size_class

METHOD: Final = "berth-visits@1"
LENGTH_WITHIN: Final = (12.0, 3.0, 0.12)
"""Metres, standard deviations and share by which lengths of one ship may differ, whichever is
most: cranes and cloud edges shorten what is measured."""
PLACE_WITHIN_M: Final = 30.0
"""Metres that a ship at a berth may warp along the quay between looks."""
BEAM_WITHIN_M: Final = 12.0
REPLACED_AFTER: Final = timedelta(days=4)
"""Unseen for so long, a ship may have been replaced by one like her; the visit says so."""
SHORTEST_QUIET_LOOKS: Final = 2
"""Empty looks in a row that make a quiet spell."""
VISITS: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "berth": pl.String,
    "arrival_after": pl.Datetime("us", "UTC"),
    "arrival_before": pl.Datetime("us", "UTC"),
    "departure_after": pl.Datetime("us", "UTC"),
    "departure_before": pl.Datetime("us", "UTC"),
    "stay_least_h": pl.Float64,
    "stay_most_h": pl.Float64,
    "length_m": pl.Float64,
    "length_sigma_m": pl.Float64,
    "beam_m": pl.Float64,
    "start_m": pl.Float64,
    "end_m": pl.Float64,
    "size_class": pl.String,
    "rafted": pl.Boolean,
    "looks_seen": pl.Int64,
    "looks_unknown": pl.Int64,
    "longest_unseen_h": pl.Float64,
    "looks": pl.List(pl.String),
    "alternatives": pl.List(pl.String),
}
"""Columns of ``visits``; None in a bound: no look says."""
QUIET: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "berth": pl.String,
    "from_after": pl.Datetime("us", "UTC"),
    "from_before": pl.Datetime("us", "UTC"),
    "until_after": pl.Datetime("us", "UTC"),
    "until_before": pl.Datetime("us", "UTC"),
    "days_least": pl.Float64,
    "days_most": pl.Float64,
    "looks_empty": pl.Int64,
    "looks_unknown": pl.Int64,
    "longest_unseen_h": pl.Float64,
}
"""Columns of ``quiet_spells``."""


@dataclass
class _Stay:
    """A ship while looks still show her."""

    arrival_after: datetime | None
    seen: list[datetime] = field(default_factory=list)
    ships: list[Mapping[str, Any]] = field(default_factory=list)
    looks: list[str] = field(default_factory=list)
    unknown: int = 0
    pending: int = 0
    longest: timedelta = timedelta(0)
    alternatives: list[str] = field(default_factory=list)

    @property
    def last(self) -> Mapping[str, Any]:
        return self.ships[-1]


def visits(states: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """The stays that states in looks show.

    Args:
        states: a mapping per berth and look with ``berth``, ``look`` (its id), ``captured_at``
            (aware), ``state`` (occupied, empty, unknown, not-applicable) and ``ships``: of each
            ``start_m``, ``end_m``, ``length_m``, ``length_sigma_m``, ``beam_m``, ``rafted``.

    Returns:
        A row per stay, see ``VISITS``: by berth, then by arrival. An arrival lies between
        ``arrival_after`` (the last look that shows her not there; None: there is none) and
        ``arrival_before`` (the first that shows her), a departure likewise. A ship that leaves and
        comes back between two looks is one stay: that no look can tell.

    Examples:
        >>> from datetime import UTC
        >>> ship = dict(start_m=0.0, end_m=150.0, length_m=150.0, length_sigma_m=5.0, beam_m=24.0)
        >>> rows = [("empty", ()), ("occupied", (ship,)), ("unknown", ()), ("empty", ())]
        >>> table = visits([
        ...     dict(berth="a", look=str(n), captured_at=datetime(2024, 6, n + 1, tzinfo=UTC),
        ...          state=state, ships=ships) for n, (state, ships) in enumerate(rows)])
        >>> table.select(pl.col("arrival_after", "departure_before").dt.day()).row(0)
        (1, 4)

    """
    rows: list[dict[str, Any]] = []
    for berth in sorted({str(s["berth"]) for s in states}):
        own = [s for s in states if s["berth"] == berth]
        rows += _of_berth(berth, sorted(own, key=lambda s: (s["captured_at"], str(s["look"]))))
    return pl.DataFrame(rows, schema=VISITS)


def _of_berth(berth: str, states: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The stays at one berth, states in time order."""
    known: datetime | None = None
    here: list[_Stay] = []
    done: list[dict[str, Any]] = []
    for state in states:
        at: datetime = state["captured_at"]
        if state["state"] == "unknown":
            for stay in here:
                stay.pending += 1
        if state["state"] not in {"occupied", "empty"}:
            continue
        ships = list(state["ships"]) if state["state"] == "occupied" else []
        if state["state"] == "occupied" and not ships:
            ships = [_unmeasured()]
        pairs = _matched(here, ships)
        for stay, ship in pairs:
            _seen(stay, ship, state)
        gone = [stay for stay in here if not any(stay is s for s, _ in pairs)]
        new = [ship for ship in ships if not any(ship is s for _, s in pairs)]
        came = [_Stay(arrival_after=known) for _ in new]
        for stay, ship in zip(came, new, strict=True):
            _seen(stay, ship, state)
            _say_overlap(stay, gone)
        done += [_row(berth, stay, before=at) for stay in gone]
        here = [stay for stay in here if not any(stay is g for g in gone)] + came
        known = at
    done += [_row(berth, stay, before=None) for stay in here]
    return sorted(done, key=lambda r: (r["arrival_before"], r["start_m"] or 0.0))


def _unmeasured() -> dict[str, Any]:
    """A ship that is there but was not measured."""
    return dict.fromkeys(("start_m", "end_m", "length_m", "length_sigma_m", "beam_m", "rafted"))


def _seen(stay: _Stay, ship: Mapping[str, Any], state: Mapping[str, Any]) -> None:
    """One more look shows her."""
    at: datetime = state["captured_at"]
    if stay.seen:
        unseen = at - stay.seen[-1]
        stay.longest = max(stay.longest, unseen)
        if unseen > REPLACED_AFTER:
            stay.alternatives.append(
                f"another ship of like size may have taken her place between "
                f"{stay.seen[-1]:%Y-%m-%d} and {at:%Y-%m-%d}: no look tells"
            )
    stay.unknown += stay.pending
    stay.pending = 0
    stay.seen.append(at)
    stay.ships.append(ship)
    stay.looks.append(str(state["look"]))


def _matched(
    here: Sequence[_Stay], ships: Sequence[Mapping[str, Any]]
) -> list[tuple[_Stay, Mapping[str, Any]]]:
    """Which ship of a look is which of those that lay there: least misfit in all."""
    if not here or not ships:
        return []
    cost = np.array([[_misfit(stay, ship) for ship in ships] for stay in here])
    rows, columns = linear_sum_assignment(np.minimum(cost, 1e3))
    pairs = []
    for row, column in zip(rows, columns, strict=True):
        if cost[row, column] > 1.0:
            continue
        pairs.append((here[row], ships[column]))
        others = [c for k, c in enumerate(cost[row]) if k != column and c <= 1.0]
        if others:
            here[row].alternatives.append("another ship at the quay fits her as well in one look")
    return pairs


def _misfit(stay: _Stay, ship: Mapping[str, Any]) -> float:
    """How badly a ship fits one that lay there: over 1 is another ship.

    Length and width are compared with the medians so far, the place with the last look.
    """
    if ship["length_m"] is None or stay.last["length_m"] is None:
        return 0.5
    lengths = [s["length_m"] for s in stay.ships if s["length_m"] is not None]
    beams = [s["beam_m"] for s in stay.ships if s["beam_m"] is not None]
    least, sigmas, share = LENGTH_WITHIN
    sigma = float(np.hypot(ship["length_sigma_m"] or 0.0, stay.last["length_sigma_m"] or 0.0))
    length = median(lengths)
    within = max(least, sigmas * sigma, share * length)
    off = abs(ship["length_m"] - length) / within
    middle = (ship["start_m"] + ship["end_m"] - stay.last["start_m"] - stay.last["end_m"]) / 2
    warped = abs(middle) / max(PLACE_WITHIN_M, within)
    wider = abs((ship["beam_m"] or 0.0) - median(beams)) / max(BEAM_WITHIN_M, 0.5 * median(beams))
    return float(max(off, warped, wider))


def _say_overlap(stay: _Stay, gone: Sequence[_Stay]) -> None:
    """On the place of one no longer told she may be the same, measured otherwise."""
    ship = stay.last
    for other in gone:
        last = other.last
        if ship["start_m"] is None or last["start_m"] is None:
            continue
        shared = min(ship["end_m"], last["end_m"]) - max(ship["start_m"], last["start_m"])
        if shared > 0.6 * min(ship["length_m"], last["length_m"]):
            said = (
                f"on {other.seen[-1]:%Y-%m-%d} {last['length_m']:.0f} m lay here and on "
                f"{stay.seen[0]:%Y-%m-%d} {ship['length_m']:.0f} m: "
                "one ship measured otherwise is not excluded"
            )
            stay.alternatives.append(said)
            other.alternatives.append(said)


def _row(berth: str, stay: _Stay, *, before: datetime | None) -> dict[str, Any]:
    """A stay as a row of ``VISITS``."""
    first, last = stay.seen[0], stay.seen[-1]
    of = {
        name: [s[name] for s in stay.ships if s[name] is not None]
        for name in ("length_m", "length_sigma_m", "beam_m", "start_m", "end_m")
    }
    length = median(of["length_m"]) if of["length_m"] else None
    sigma = median(of["length_sigma_m"]) if of["length_sigma_m"] else None
    told = [s["rafted"] for s in stay.ships if s.get("rafted") is not None]
    most = None
    if before is not None and stay.arrival_after is not None:
        most = (before - stay.arrival_after).total_seconds() / 3600
    return {
        "berth": berth,
        "arrival_after": stay.arrival_after,
        "arrival_before": first,
        "departure_after": last,
        "departure_before": before,
        "stay_least_h": (last - first).total_seconds() / 3600,
        "stay_most_h": most,
        "length_m": length,
        "length_sigma_m": sigma,
        "beam_m": median(of["beam_m"]) if of["beam_m"] else None,
        "start_m": median(of["start_m"]) if of["start_m"] else None,
        "end_m": median(of["end_m"]) if of["end_m"] else None,
        "size_class": None if length is None else size_class(length, sigma or 0.0),
        "rafted": None if not told else sum(told) * 2 > len(told),
        "looks_seen": len(stay.seen),
        "looks_unknown": stay.unknown,
        "longest_unseen_h": stay.longest.total_seconds() / 3600,
        "looks": stay.looks,
        "alternatives": list(dict.fromkeys(stay.alternatives)),
    }


def quiet_spells(states: Sequence[Mapping[str, Any]], *, name: str | None = None) -> pl.DataFrame:
    """The times without a ship, as intervals bracketed by looks.

    Args:
        states: as for ``visits``; of one berth or of several. Of several, a look is empty only if
            every berth that can be observed is empty in it, and busy if one is occupied.
        name: what to call them in the column ``berth``; default the berth, or ``all``.

    Returns:
        A row per spell of at least two empty looks without an occupied one, see ``QUIET``: it
        began after ``from_after`` (the last look with a ship; None: there is none) and before
        ``from_before`` (the first empty one), and ended likewise. A ship may have come and gone in
        ``longest_unseen_h``, the longest time without a look that tells.

    """
    berths = sorted({str(s["berth"]) for s in states})
    called = name or (berths[0] if len(berths) == 1 else "all")
    rows: list[dict[str, Any]] = []
    busy: datetime | None = None
    empty: list[datetime] = []
    unknown = pending = 0
    for at, state in _together(states):
        if state == "unknown":
            pending += bool(empty)
        elif state == "empty":
            unknown += pending if empty else 0
            pending = 0
            empty.append(at)
        else:
            rows += _spell(called, busy, empty, unknown, at)
            busy, empty, unknown, pending = at, [], 0, 0
    rows += _spell(called, busy, empty, unknown, None)
    return pl.DataFrame(rows, schema=QUIET)


def _together(states: Sequence[Mapping[str, Any]]) -> list[tuple[datetime, str]]:
    """One state per look for all berths, in time order; what cannot be observed is left out."""
    looks: dict[tuple[datetime, str], list[str]] = {}
    for state in states:
        if state["state"] != "not-applicable":
            looks.setdefault((state["captured_at"], str(state["look"])), []).append(state["state"])
    told = []
    for (at, _), own in sorted(looks.items()):
        if "occupied" in own:
            told.append((at, "occupied"))
        else:
            told.append((at, "unknown" if "unknown" in own else "empty"))
    return told


def _spell(
    called: str,
    busy: datetime | None,
    empty: Sequence[datetime],
    unknown: int,
    until: datetime | None,
) -> list[dict[str, Any]]:
    """The spell of some empty looks in a row, if they make one."""
    if len(empty) < SHORTEST_QUIET_LOOKS:
        return []
    told = [*([busy] if busy else []), *empty, *([until] if until else [])]
    longest = max(b - a for a, b in pairwise(told))
    most = (until - busy).total_seconds() / 86400 if until and busy else None
    return [
        {
            "berth": called,
            "from_after": busy,
            "from_before": empty[0],
            "until_after": empty[-1],
            "until_before": until,
            "days_least": (empty[-1] - empty[0]).total_seconds() / 86400,
            "days_most": most,
            "looks_empty": len(empty),
            "looks_unknown": unknown,
            "longest_unseen_h": longest.total_seconds() / 3600,
        }
    ]
