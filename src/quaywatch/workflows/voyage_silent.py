"""Stretches in which it is not known where a vessel was: silences, and broadcasts in doubt.

Where a check contradicts what was broadcast, the run of broadcasts about it is doubted as one, from
the break before it to the break after it, and is asked about together with the silences that it
borders: whoever makes up a track makes up its ends too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np

from quaywatch.evidence.record import Claim
from quaywatch.geo.geodesic import great_circle_nm
from quaywatch.geo.position import Position
from quaywatch.voyages.gap_reach import LEAST_GAP_H
from quaywatch.voyages.heard import Track
from quaywatch.voyages.legs import GAP_H, gaps_from_events
from quaywatch.voyages.prism import FASTEST_KN
from quaywatch.voyages.voyage import LegGap
from quaywatch.voyages.witnesses import p_falsified
from quaywatch.workflows.voyage_inputs import Known

CHECKS: Final = frozenset({"two-places", "presence"})
CONTRADICTING: Final = frozenset({"impossible", "implausible", "not-seen"})
LONGEST: Final = timedelta(days=60)
"""A longer run of broadcasts without a break is not doubted as one: what a check contradicts is
then no more than a part of it, and which part is not known."""
_MOST_FIXES: Final = 60
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch to ask about."""

    start: datetime
    end: datetime
    before: Position
    after: Position
    evidence: tuple[str, ...]
    """Events of its silences, and the checks that doubt what was heard in it."""
    doubted: tuple[tuple[datetime, Position], ...] = ()
    p_falsified: float = 0.0
    checks: int = 0
    """Occasions on which what was broadcast in it is contradicted."""

    @property
    def hours(self) -> float:
        """Length."""
        return (self.end - self.start) / _HOUR


def gaps_of_known(known: Known) -> list[LegGap]:
    """Gaps of the vessel: of a transponder, while no other of its own was heard."""
    found = gaps_from_events(known.events)
    track = known.track
    if track is None or len(known.mmsis) < 2:
        return found
    kept = []
    for gap in found:
        first, last = _us(gap.start), _us(gap.end)
        if len(track.between(first + 1, last - 1)) == 0:
            kept.append(gap)
    return kept


def spans_of(known: Known, gaps: Sequence[LegGap]) -> list[Span]:
    """Stretches long enough to call somewhere, in time order; each silence is in one of them.

    Args:
        known: of the vessel; its claims hold the checks.
        gaps: its silences. A doubted run of broadcasts that borders none of them is not among
            the answers: nothing would show what it may hide.

    """
    runs = _runs(known)
    found = [
        Span(gap.start, gap.end, gap.before, gap.after, gap.evidence)
        for gap in gaps
        if not any(run.start <= gap.start and gap.end <= run.end for run in runs)
    ]
    for run in runs:
        mine = [g for g in gaps if run.start <= g.start and g.end <= run.end]
        if mine:
            events = tuple(e for gap in mine for e in gap.evidence)
            found.append(
                Span(
                    run.start, run.end, run.before, run.after, (*events, *run.evidence),
                    run.doubted, run.p_falsified, run.checks,
                )
            )  # fmt: skip
    return sorted((s for s in found if s.hours >= LEAST_GAP_H), key=lambda s: (s.start, s.end))


def _runs(known: Known) -> list[Span]:
    """Runs of broadcasts in doubt, joined where one borders the next."""
    track = known.track
    checks = [c for c in known.claims if contradicts(c)]
    if track is None or len(track) < 3 or not checks:
        return []
    breaks = _breaks(track)
    marked: dict[tuple[int, int], list[Claim]] = {}
    for claim in checks:
        if claim.time is None:
            continue
        k = _nearest(track, claim.time.start)
        first = int(breaks[breaks <= k].max(initial=0))
        last = int(breaks[breaks > k].min(initial=len(track))) - 1
        whole = timedelta(microseconds=int(track.at_us[last] - track.at_us[first]))
        if first > 0 and last < len(track) - 1 and whole <= LONGEST:
            marked.setdefault((first, last), []).append(claim)
    joined: list[tuple[int, int, list[Claim]]] = []
    for (first, last), mine in sorted(marked.items(), key=lambda item: item[0]):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = joined[-1][0], last, [*joined[-1][2], *mine]
        else:
            joined.append((first, last, mine))
    return [_run(track, first, last, mine) for first, last, mine in joined]


def contradicts(claim: Claim) -> bool:
    """Whether a claim is a check that contradicts what was broadcast."""
    value: Any = claim.value
    return (
        claim.predicate in CHECKS
        and isinstance(value, dict)
        and value.get("verdict") in CONTRADICTING
    )


def _run(track: Track, first: int, last: int, checks: Sequence[Claim]) -> Span:
    # One occasion is one check, however many broadcasts and versions it was made with.
    occasions: dict[tuple[str, object], str] = {}
    for claim in checks:
        value: Any = claim.value
        day = None if claim.time is None else claim.time.midpoint.date()
        occasions[claim.predicate, day] = str(value["verdict"])
    chosen = np.unique(np.linspace(first, last, min(_MOST_FIXES, last - first + 1)).astype(int))
    return Span(
        _at(track, first - 1),
        _at(track, last + 1),
        _where(track, first - 1),
        _where(track, last + 1),
        tuple(sorted(claim.id for claim in checks)),
        tuple((_at(track, k), _where(track, k)) for k in chosen.tolist()),
        p_falsified([(predicate, said) for (predicate, _), said in occasions.items()]),
        len(occasions),
    )


def _breaks(track: Track) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Fixes before which it was silent for six hours, or which no ship reaches from the last."""
    hours = np.diff(track.at_us) / 3.6e9
    jumps = [
        k
        for k in range(len(track) - 1)
        if hours[k] < GAP_H
        and max(abs(track.lat[k + 1] - track.lat[k]), abs(track.lon[k + 1] - track.lon[k])) > 0.1
        and great_circle_nm(_where(track, k), _where(track, k + 1)) > FASTEST_KN * hours[k] + 5.0
    ]
    silent = np.flatnonzero(hours >= GAP_H)
    return np.unique(np.concatenate([silent, np.array(jumps, np.int64)])).astype(np.int64) + 1


def _nearest(track: Track, at: datetime) -> int:
    return int(np.argmin(np.abs(track.at_us - _us(at))))


def _where(track: Track, k: int) -> Position:
    return Position(float(track.lon[k]), float(track.lat[k]))


def _at(track: Track, k: int) -> datetime:
    return datetime.fromisoformat("1970-01-01T00:00:00+00:00") + timedelta(
        microseconds=int(track.at_us[k])
    )


def _us(at: datetime) -> int:
    return round(at.timestamp() * 1e6)
