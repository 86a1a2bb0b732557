"""Voyages shown: what is said of a vessel and its voyages, as JSON and in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from quaywatch.cases.calendar_page import spoken
from quaywatch.evidence.record import Claim, Source
from quaywatch.evidence.wording import counted
from quaywatch.geo.geodesic import great_circle_nm
from quaywatch.geo.position import Position
from quaywatch.stores.workspace import Workspace
from quaywatch.voyages.voyage import Call, EnRoute, Voyage
from quaywatch.voyages.voyage_tables import calls_table, legs_table, voyages_table
from quaywatch.workflows.names import name_of
from quaywatch.workflows.voyage_inputs import SAME_PLACE_NM, Known
from quaywatch.workflows.voyages import METHOD, Told, gap_json, gaps_of, plain_rows

CONTRADICTING: Final = frozenset({"impossible", "implausible", "not-seen"})
UNNAMED: Final = "unnamed"


@dataclass(frozen=True, slots=True)
class Ship:
    """A vessel with its voyages and what they carried."""

    told: Told
    name: str | None
    claim: str
    """Id of the claim of its voyages."""
    cargo: Mapping[str, Any]
    """By voyage id, tonnes as ``workflows.cargo.cargo_of`` gives them."""
    worth: Mapping[str, Any]
    """By voyage id, value as ``workflows.cargo.worth_of`` gives it."""
    contradicted: int = 0
    """Checks in the ledger that contradict what it broadcast."""

    @property
    def subject(self) -> str:
        """Of its claims."""
        return self.told.known.subject

    @property
    def label(self) -> str:
        """Its name, else its number."""
        return self.name or self.subject


def contradictions(workspace: Workspace, told: Told) -> int:
    """How many checks in the ledger contradict what a vessel broadcast."""
    subjects = {told.known.subject, *(f"mmsi:{mmsi:09d}" for mmsi in told.known.mmsis)}
    return sum(
        isinstance(claim, Claim)
        and claim.predicate in {"two-places", "presence"}
        and isinstance(claim.value, dict)
        and claim.value.get("verdict") in CONTRADICTING
        for subject in sorted(subjects)
        for claim in workspace.evidence.find("claim", subject=subject)
    )


def label_of(workspace: Workspace, subject: str) -> str | None:
    """The name that a vessel last broadcast, or was given."""
    return name_of(workspace, subject)


def ship_json(ship: Ship) -> dict[str, Any]:
    """One vessel for scripts: its voyages with their tonnes, calls, legs and gaps."""
    history, known = ship.told.history, ship.told.known
    calls, legs = (plain_rows(t) for t in (calls_table([history]), legs_table([history])))
    return {
        "subject": ship.subject,
        "name": ship.name,
        "mmsi": list(known.mmsis),
        "known": {"from": _iso(history.known.earliest), "to": _iso(history.known.latest)},
        "voyages": voyages_json(ship),
        "calls": calls,
        "legs": legs,
        "stops": stops_json(ship),
        "gaps": [gap_json(gap) for gap in gaps_of(history)],
        "contradicted_by": ship.contradicted,
        "reasons": list(history.reasons),
        "notes": [*ship.told.notes, *doubts_of(ship)],
        "claim": ship.claim,
        "method": METHOD,
    }


def voyages_json(ship: Ship) -> list[dict[str, Any]]:
    """Voyages with their calls by id, tonnes and value; what is unknown is null with its reason."""
    history = ship.told.history
    rows = plain_rows(voyages_table([history]))
    return [
        row | {"calls": [c.call_id for c in _calls_on(voyage)]} | carried_json(ship, voyage)
        for row, voyage in zip(rows, history.voyages, strict=True)
    ]


def carried_json(ship: Ship, voyage: Voyage) -> dict[str, Any]:
    """Tonnes and value of one voyage; null with the reason where none are stated."""
    cargo = ship.cargo.get(voyage.voyage_id, {})
    worth = ship.worth.get(voyage.voyage_id, {})
    return {
        "tonnes": cargo.get("tonnes"),
        "tonnes_if_laden": cargo.get("tonnes_if_laden"),
        "tonnes_reason": cargo.get("reason"),
        "cargo_notes": cargo.get("notes", []),
        "cargo_drivers": cargo.get("drivers", []),
        "value_usd": worth.get("value"),
        "value_reason": worth.get("reason"),
    }


def _calls_on(voyage: Voyage) -> list[Call]:
    ends = [leg.origin for leg in voyage.legs] + [voyage.legs[-1].destination]
    return [call for call in ends if call is not None]


def doubts_of(ship: Ship) -> list[str]:
    """What must stand beside every drawing of what it broadcast."""
    if not ship.contradicted:
        return []
    checks = counted(ship.contradicted, "check")
    said = "contradicts" if ship.contradicted == 1 else "contradict"
    shown = "lines show what was broadcast, not where it was."
    return [f"{checks} in the ledger {said} what it broadcast: {shown}"]


def title_of(ship: Ship) -> str:
    """A headline of what is known of one vessel."""
    history = ship.told.history
    seen = [call for call in history.calls if not call.hidden]
    first, last = history.known.earliest, history.known.latest
    when = "" if first is None or last is None else f", {days_told(first, last)}"
    told = f"{counted(len(seen), 'call')} at {counted(len(set(places_of(seen))), 'place')}"
    stops = stops_of(ship)
    if not seen and stops:
        told = f"no call at a known port, {counted(len(stops), 'stop')} elsewhere"
    return f"{ship.label}: {told}{when}"


def stops_of(ship: Ship) -> list[EnRoute]:
    """Stays at rest of an hour or more outside every call, each once."""
    found = {
        one.start: one
        for leg in ship.told.history.legs
        for one in leg.en_route
        if one.kind == "anchoring"
    }
    return [found[start] for start in sorted(found)]


def why_unheard(known: Known) -> str | None:
    """Why nothing heard counts as a ship's own; None where something does."""
    if known.first is not None:
        return None
    if known.reports and known.doubtful:
        return "heard on two tracks at once: not told apart"
    return "heard, but not gone over" if known.reports else "never heard"


def stops_json(ship: Ship) -> list[dict[str, Any]]:
    """Stops where no port is known, or on the way."""
    return [
        {
            "start": stop.start.isoformat(),
            "end": _iso(stop.end),
            "hours": None
            if stop.end is None
            else round((stop.end - stop.start).total_seconds() / 3600, 2),
            "lon": stop.position.lon,
            "lat": stop.position.lat,
            "how": stop.verdict,
            "reason": stop.reason,
            "evidence": list(stop.evidence),
        }
        for stop in stops_of(ship)
    ]


def days_told(start: datetime, end: datetime) -> str:
    """Two times as a newspaper writes their days."""
    first, last = start.date(), end.date()
    if first == last:
        return spoken(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{spoken(last)}"
    if first.year == last.year:
        return f"{first.day} {first:%b} – {spoken(last)}"
    return f"{spoken(first)} – {spoken(last)}"


def places_of(calls: Sequence[Call]) -> list[str]:
    """A name for the place of each call: its port's, else where it lies; one for one harbour."""
    unnamed: list[tuple[Position, str]] = []
    found = []
    for call in calls:
        at = call.place.position
        if call.place.name is not None:
            found.append(call.place.name)
            continue
        near = next((name for p, name in unnamed if great_circle_nm(p, at) <= SAME_PLACE_NM), None)
        if near is None:
            near = f"{UNNAMED}, {spoken_position(at)}"
            unnamed.append((at, near))
        found.append(near)
    return found


def spoken_position(at: Position) -> str:
    """A position to a tenth of a degree, as an atlas writes it.

    Examples:
        >>> spoken_position(Position(-118.25, 33.74))
        '33.7° N 118.2° W'

    """
    ns, ew = "S" if at.lat < 0 else "N", "W" if at.lon < 0 else "E"
    return f"{abs(at.lat):.1f}° {ns} {abs(at.lon):.1f}° {ew}"


def ais_credit(workspace: Workspace) -> str:
    """Whose AIS it is, as the sources say."""
    named = {
        one.credit or one.provider
        for one in workspace.evidence.find("source")
        if isinstance(one, Source) and one.media == "ais"
    }
    known = sorted(name for name in named if name)
    return f"AIS: {', '.join(known)}" if known else "AIS: credit not stated"


def about(ships: Sequence[Ship], workspace: Workspace) -> dict[str, Any]:
    """What holds for a whole table of voyages."""
    return {
        "method": METHOD,
        "claims": [ship.claim for ship in ships],
        "ais": ais_credit(workspace),
        "simulated": workspace.config.simulated,
        "notes": [
            f"{ship.label}: {note}"
            for ship in ships
            for note in (*ship.told.history.reasons, *ship.told.notes, *doubts_of(ship))
        ],
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
