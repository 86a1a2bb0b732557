"""Voyages of a vessel: derived from all that the workspace knows of it, and kept as a claim.

The claim names the pass over the AIS, the sightings and the very events that it was made from, so
that it is made again from them when a case is verified, whatever was learned since. Nothing new
known, nothing new claimed.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import numpy as np
import polars as pl

from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim, Record
from quaywatch.geo.water import METHOD as WATER_METHOD
from quaywatch.stores.workspace import Workspace
from quaywatch.voyages.calls import calls_from_events
from quaywatch.voyages.gazetteer import Gazetteer, kept_gazetteer
from quaywatch.voyages.history import history_of
from quaywatch.voyages.legs import LEAST_REFERENCE, Reference, en_route_from_events
from quaywatch.voyages.voyage import Call, History, LegGap, When
from quaywatch.voyages.voyage_tables import calls_table, legs_table, voyages_table
from quaywatch.workflows.places import Router
from quaywatch.workflows.voyage_evidence import (
    at_drawn_sites,
    broadcast_signs,
    sighted_calls,
    with_use,
)
from quaywatch.workflows.voyage_hidden import hidden_in
from quaywatch.workflows.voyage_inputs import CoastMask, Known, Ways, known_again, known_of
from quaywatch.workflows.voyage_silent import gaps_of_known
from quaywatch.workflows.voyage_witnesses import others_again, with_witnesses

METHOD: Final = "vessel-voyages@2"
PREDICATE: Final = "voyages"
MOST_LEGS: Final = 60
"""Legs of other ships that are enough to say what is usual."""
NOT_JUDGED: Final = "`quaywatch watch` has not gone over this AIS yet: no call is known of it."
NO_AIS: Final = "No AIS here is of a transponder known to be its own."
_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Told:
    """The voyages of a vessel with what they were derived from."""

    known: Known
    history: History
    notes: tuple[str, ...]
    """What could not be used, and why, in sentences."""


def voyages_of(
    workspace: Workspace, subject: str, *, router: Router, gazetteer: Gazetteer | None = None
) -> Told:
    """The voyages of one vessel, derived now; nothing is kept.

    Args:
        workspace: what is known.
        subject: ``imo:…``, ``mmsi:…`` or ``name:…``.
        router: distances over water; give the same one for all vessels of a fleet.
        gazetteer: for names of ports; the kept one if None.

    """
    known = known_of(workspace, subject)
    mask = CoastMask(workspace.cache_dir / "water")
    ways = router if isinstance(router, Ways) else Ways(router, mask)
    known = _with_others(workspace, with_witnesses(workspace, known))
    told = derive(known, ways, gazetteer or kept_gazetteer())
    why = _without_ais(workspace, known)
    return Told(told.known, told.history, (*([why] if why else ()), *told.notes))


def ways_of(workspace: Workspace, router: Router) -> Ways:
    """Distances over water that are asked for once in a run."""
    return Ways(router, CoastMask(workspace.cache_dir / "water"))


def _without_ais(workspace: Workspace, known: Known) -> str | None:
    if not known.mmsis:
        return NO_AIS
    return None if workspace.events.passes() else NOT_JUDGED


def derive(known: Known, ways: Ways, gazetteer: Gazetteer) -> Told:
    """Calls, legs and voyages from what is known: the same in, the same out."""
    sighted, notes = sighted_calls(known, gazetteer)
    sighted = with_use(known, sighted)
    broadcast = calls_from_events(known.events, gazetteer, vessel=known.subject)
    broadcast = with_use(known, broadcast_signs(known, at_drawn_sites(known, broadcast)))
    gaps = gaps_of_known(known)
    hidden = hidden_in(known, gaps, [*broadcast, *sighted], ways, gazetteer)
    history = history_of(
        known.subject,
        [*broadcast, *sighted],
        ways,
        track=known.track,
        known=_span(known, sighted),
        gaps=gaps if known.track is not None else None,
        en_route=en_route_from_events(known.events),
        hidden=hidden,
        reference=_reference(known),
    )
    for start, end in known.doubtful:
        notes.append(
            f"From {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC its number was heard on two "
            "tracks at once: nothing heard then is taken as its own."
        )
    reported = [c for c in history.calls if c.seen_by[0] == "reported"]
    if reported:
        notes.append(
            f"{len(reported)} of {len(history.calls)} calls rest on what others report, and are "
            "taken as they say."
        )
    if len(known.mmsis) > 1:
        listed = ", ".join(f"{mmsi:09d}" for mmsi in known.mmsis)
        notes.append(f"Several transponders broadcast its IMO number, and all count: {listed}.")
    return Told(known, history, tuple(notes))


def _with_others(workspace: Workspace, known: Known) -> Known:
    """What is known, with voyages of other ships to hold its detours against, where enough are.

    The first claim of each, and no more of them than give ``MOST_LEGS`` ratios: a ratio rests on
    no other ship's, so that claims which name each other's do not change for ever.
    """
    if known.track is None:
        return known
    first: dict[str, Claim] = {}
    for claim in workspace.evidence.find("claim", predicate=PREDICATE):
        if isinstance(claim, Claim) and claim.method == METHOD and claim.subject not in first:
            first[claim.subject] = claim
    own = set(known.mmsis)
    chosen: list[Claim] = []
    for subject, claim in first.items():
        mmsis: Any = claim.parameters["mmsi"]
        if subject != known.subject and not own & set(mmsis) and _ratios([claim]):
            chosen.append(claim)
        if len(_ratios(chosen)) >= MOST_LEGS:
            break
    if len(_ratios(chosen)) < LEAST_REFERENCE:
        return known
    inputs = (*known.inputs, *(claim.id for claim in chosen))
    return replace(known, claims=(*known.claims, *chosen), inputs=inputs)


def _ratios(claims: Iterable[Claim]) -> list[float]:
    """Way sailed over way needed, of the legs of claimed voyages."""
    values: list[Any] = [c.value for c in claims if c.predicate == PREDICATE and c.value]
    return [
        float(leg["detour_ratio"])
        for value in values
        for leg in value["legs"]
        if leg["detour_ratio"] is not None
    ]


def _reference(known: Known) -> Reference | None:
    ratios = sorted(_ratios(known.claims))
    return Reference(np.array(ratios, np.float64)) if ratios else None


def _span(known: Known, sighted: Sequence[Call]) -> When | None:
    ends = [known.first, known.last]
    ends += [t for c in sighted if c.present for t in (c.present.earliest, c.present.latest)]
    times = [t for t in ends if t is not None]
    return When(min(times), max(times)) if times else None


def voyages_claim(told: Told) -> Claim:
    """The calls, legs and voyages of a vessel as a claim that can be made again."""
    history, known = told.history, told.known
    empty = not history.calls and not history.legs
    return Claim(
        subject=known.subject,
        predicate=PREDICATE,
        value=None if empty else value_of(history, told.notes),
        reason=" ".join((*history.reasons, *told.notes)) or "Nothing is known of it."
        if empty
        else None,
        time=None
        if history.known.earliest is None or history.known.latest is None
        else TimeInterval(start=history.known.earliest, end=history.known.latest),
        basis=Basis.INFERRED,
        method=METHOD,
        parameters={
            "mmsi": list(known.mmsis),
            "events": list(known.event_ids),
            "others": list(known.other_ids),
            "distance": WATER_METHOD,
            "without_ais": next((n for n in told.notes if n in {NO_AIS, NOT_JUDGED}), None),
        },
        inputs=known.inputs,
    )


def value_of(history: History, notes: Sequence[str]) -> dict[str, Any]:
    """A history as plain JSON: three tables and what is not known."""
    tables = {
        "calls": calls_table([history]),
        "legs": legs_table([history]),
        "voyages": voyages_table([history]),
    }
    return {
        **{name: plain_rows(table) for name, table in tables.items()},
        "gaps": [gap_json(gap) for gap in gaps_of(history)],
        "reasons": list(history.reasons),
        "notes": list(notes),
    }


class VoyagesAgain:
    """Derives voyages again for ``case verify``, each claim's once however many rest on it.

    Args:
        workspace: whose records.
        router: distances over water.

    """

    def __init__(self, workspace: Workspace, router: Router) -> None:
        self._workspace, self._router = workspace, router
        self._ways: Ways | None = None
        self._made: dict[str, Told] = {}

    def told(self, claim: Claim, inputs: Sequence[Record] | None = None) -> Told:
        """What a claim of voyages was made of, derived anew."""
        if claim.id not in self._made:
            if self._ways is None:
                self._ways = ways_of(self._workspace, self._router)
            records = inputs or [self._workspace.evidence.get(name) for name in claim.inputs]
            known = known_again(self._workspace, claim, records)
            others: Any = claim.parameters.get("others") or ()
            known = others_again(self._workspace, known, [str(one) for one in others])
            told = derive(known, self._ways, kept_gazetteer())
            why = claim.parameters.get("without_ais")
            notes = (*([str(why)] if why else ()), *told.notes)
            self._made[claim.id] = Told(known, told.history, notes)
        return self._made[claim.id]

    def again(self, claim: Claim, inputs: Sequence[Record]) -> Claim:
        """The claim anew from its inputs and the events that it names."""
        return voyages_claim(self.told(claim, inputs))


def claim_voyages(workspace: Workspace, told: Told, *, now: datetime) -> Claim:
    """Enter the claim; what is there already is not entered again."""
    claim = voyages_claim(told)
    if not workspace.evidence.has(claim.id):
        workspace.evidence.append([claim], known_at=now)
    return claim


def gaps_of(history: History) -> list[LegGap]:
    """Every gap once, though a call within it cuts it into two legs."""
    found = {(gap.start, gap.end): gap for leg in history.legs for gap in leg.gaps}
    return [found[key] for key in sorted(found)]


def gap_json(gap: LegGap) -> dict[str, Any]:
    """A gap; of a port asked about on both sides of a sighting, the likelier answer."""
    return {
        "start": gap.start.isoformat(),
        "end": gap.end.isoformat(),
        "hours": round(gap.hours, 2),
        "last": {"lon": gap.before.lon, "lat": gap.before.lat},
        "next": {"lon": gap.after.lon, "lat": gap.after.lat},
        "may_hold": [
            {
                "port": call.place.port,
                "name": call.place.name,
                "country": call.place.country,
                "lon": call.place.position.lon,
                "lat": call.place.position.lat,
                "probability": _plain(call.probability),
                "reason": " ".join(call.reasons) or None,
                "method": call.method,
            }
            for call in likeliest(gap.hidden)
        ],
    }


def likeliest(may: Iterable[Call]) -> list[Call]:
    """The likeliest hidden call at each place, the likeliest first."""
    best: dict[object, Call] = {}
    for call in may:
        key = call.place.port or call.place.position
        if key not in best or call.weight > best[key].weight:
            best[key] = call
    return sorted(best.values(), key=lambda c: (-c.weight, str(c.place.name)))


def plain_rows(table: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON values: times as ISO text, figures to six significant digits."""
    return [
        {name: _plain(value) for name, value in row.items()} for row in table.iter_rows(named=True)
    ]


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return float(f"{value:.{_DIGITS}g}")
    return value


def rests_on(told: Told, claim: Claim) -> Mapping[str, Sequence[str]]:
    """By voyage, the claim that it stands in: what its tonnes rest on."""
    return {voyage.voyage_id: (claim.id,) for voyage in told.history.voyages}
