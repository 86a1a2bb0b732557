"""``quaywatch fleet F``: the voyages of many vessels, by vessel and together.

Sums are named: over voyages, and over ships. A vessel that is not found, one that stands in the
list twice, and one whose transponder is also another's are said; nothing is summed in silence.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from quaywatch.errors import VesselUnknownError
from quaywatch.evidence.record import Claim
from quaywatch.evidence.wording import counted
from quaywatch.stores.files import land_bytes
from quaywatch.stores.workspace import Workspace
from quaywatch.voyages.cadence import Cadence
from quaywatch.voyages.gazetteer import kept_gazetteer
from quaywatch.voyages.voyage import History, When
from quaywatch.workflows.cargo import CARRYING, cargo_of, worth_of
from quaywatch.workflows.cargo_claims import claim_cargo
from quaywatch.workflows.cargo_reported import reported_json
from quaywatch.workflows.fleet_claims import METHOD, fleet_claim
from quaywatch.workflows.fleet_figures import (
    COUNTED,
    cadence_of,
    call_events,
    cargo_events,
    counts,
    figures_of,
    known_in,
)
from quaywatch.workflows.fleet_list import FleetList, Member, read_fleet, save_fleet, saved_fleets
from quaywatch.workflows.names import subject_of
from quaywatch.workflows.vessel_voyages import write_ships
from quaywatch.workflows.voyages_carried import (
    Carriages,
    Carried,
    Valued,
    carried_by,
    router_of,
)
from quaywatch.workflows.voyages_drawn import chart_of
from quaywatch.workflows.voyages_shown import days_told, ship_json, stops_of, why_unheard
from quaywatch.workflows.write_out import DRAWN, form_of

LEAST_MONTHS: Final = 1.0
"""With less time in view no months are drawn."""
_ALL: Final = When(None, None)
Report = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Listed:
    """A vessel of the list, found in the workspace, with the entries that name it."""

    subject: str
    members: tuple[Member, ...]
    carried: Carried

    @property
    def span(self) -> When:
        """When its voyages count; no bounds: always."""
        first = self.members[0]
        return When(first.since, first.until)

    @property
    def history(self) -> History:
        """Of the vessel."""
        return self.carried.ship.told.history


@dataclass(frozen=True, slots=True)
class Fleet:
    """A list with what the workspace knows of its vessels."""

    listed: FleetList
    found: tuple[Listed, ...]
    missing: tuple[tuple[Member, str], ...]
    """Entries about which nothing is known here, and why."""
    notes: tuple[str, ...]

    @property
    def subject(self) -> str:
        """Of its claims."""
        return f"fleet:{self.listed.name}"

    @property
    def carriages(self) -> Carriages:
        """Of the voyages that count."""
        return [
            pair
            for one in self.found
            for pair in one.carried.carriages
            if counts(pair[0], one.span)
        ]


def fleet_voyages(
    workspace: Workspace,
    which: str,
    *,
    now: datetime | None,
    report: Report,
    home: str | None = None,
    valued: Valued | None = None,
    out: Path | None = None,
    chart: Path | None = None,
    save: str | None = None,
) -> dict[str, Any]:
    """The voyages of a fleet, as JSON; written to files where asked.

    Args:
        workspace: what is known.
        which: a file that lists vessels, or the name of a list saved here.
        now: when this is learned, aware: voyages, cargoes and the fleet's figures enter the ledger
            as claims; None: nothing is kept.
        report: told how far it is.
        home: ISO 3166-1 alpha-2 of the country whose ports are not foreign; None: as the list says.
        valued: how cargoes are valued.
        out: ``.csv``, ``.geojson``, ``.parquet``, or ``.png``/``.svg`` for the map.
        chart: ``.png`` or ``.svg``: months, and a lane a ship.
        save: keep the list under this name.

    Raises:
        FleetMissingError: no such file or saved list.
        FleetFileError: the list cannot be used.
        ArgumentError: a file of no known form, or no place to draw.

    Where no vessel of the list is known no file is written, and ``files`` is empty.

    """
    if out is not None:
        form_of(out)
    if chart is not None:
        form_of(chart, flag="--chart", forms=DRAWN)
    listed, path = read_fleet(workspace, which)
    asked = valued or Valued()
    fleet = fleet_of(workspace, listed, valued=asked, now=now, report=report)
    if save is not None:
        save_fleet(workspace, path, save)
    value = value_of(fleet, home=home or listed.home)
    spans = {one.subject: one.span for one in fleet.found if one.span != _ALL}
    rests_on = [one.carried.ship.claim for one in fleet.found]
    claim = fleet_claim(fleet.subject, value, rests_on, spans=spans, home=home or listed.home)
    if now is not None and not workspace.evidence.has(claim.id):
        workspace.evidence.append([claim], known_at=now)
    if now is not None:
        rests = {v.voyage_id: (one.carried.ship.claim,) for one in fleet.found
                 for v, _ in one.carried.carriages}  # fmt: skip
        claim_cargo(
            workspace, fleet.subject, fleet.carriages, now=now, inputs=rests,
            commodity=asked.commodity, price=asked.price,
        )  # fmt: skip
    files = _written(workspace, fleet, out, chart)
    said = _json(workspace, fleet, value, claim, asked, files)
    return {**said, "published_totals": reported_json(workspace, _subjects(fleet), now=now)}


def fleet_of(
    workspace: Workspace,
    listed: FleetList,
    *,
    valued: Valued,
    now: datetime | None,
    report: Report,
) -> Fleet:
    """Every vessel of a list with its voyages; each hull once."""
    notes: list[str] = [f"{m.label}: {m.note}" for m in listed.members if m.note]
    missing: list[tuple[Member, str]] = []
    subjects: dict[str, list[Member]] = {}
    for member in listed.members:
        try:
            subjects.setdefault(subject_of(workspace, member.text), []).append(member)
        except VesselUnknownError as err:
            missing.append((member, str(err)))
    ways, gazetteer = router_of(workspace), kept_gazetteer()
    found: list[Listed] = []
    for number, (subject, members) in enumerate(subjects.items()):
        report(members[0].label, number / len(subjects))
        weight = next((m.deadweight for m in members if m.deadweight), None)
        carried = carried_by(
            workspace, subject, ways=ways, valued=valued, now=now, deadweight=weight,
            gazetteer=gazetteer,
        )  # fmt: skip
        told = carried.ship.told
        if not told.known.reports and not told.known.claims:
            why = "Nothing here tells where it was: absence here is absence of data."
            missing += [(member, why) for member in members]
            continue
        found.append(Listed(subject, tuple(members), carried))
    kept, more = _each_once(found)
    return Fleet(
        listed, kept, tuple(missing), (*notes, *more, *_elsewhere(workspace, listed, kept))
    )


def _each_once(found: Sequence[Listed]) -> tuple[tuple[Listed, ...], list[str]]:
    """Vessels without those that are another entry's own transponder; overlaps in words."""
    notes = [
        f"{one.members[0].label} stands in the list {len(one.members)} times and is counted once."
        for one in found
        if len(one.members) > 1
    ]
    kept: list[Listed] = []
    hulls = sorted(found, key=lambda one: not one.subject.startswith("imo:"))
    for one in hulls:
        mine = set(one.carried.ship.told.known.mmsis)
        other = next((k for k in kept if mine & set(k.carried.ship.told.known.mmsis)), None)
        if other is not None and one.subject.startswith("mmsi:"):
            notes.append(
                f"{one.members[0].label} ({one.subject}) is a transponder of "
                f"{other.members[0].label} ({other.subject}), and is counted once, as that."
            )
            continue
        if other is not None:
            both = ", ".join(
                f"{m:09d}" for m in sorted(mine & set(other.carried.ship.told.known.mmsis))
            )
            notes.append(
                f"{one.members[0].label} and {other.members[0].label} both broadcast from {both}: "
                "what was heard from there counts for both, and sums may count it twice."
            )
        kept.append(one)
    order = [one.subject for one in found]
    return tuple(sorted(kept, key=lambda one: order.index(one.subject))), notes


def _elsewhere(workspace: Workspace, listed: FleetList, kept: Sequence[Listed]) -> list[str]:
    """Ships that other saved lists hold too, however they name them: sums of both count twice."""
    mine = {one.subject: one.carried.ship.label for one in kept}
    notes = []
    for name, other in saved_fleets(workspace).items():
        if listed.name in {name, other.name}:
            continue
        theirs = {subject for m in other.members if (subject := _subject(workspace, m)) is not None}
        both = [label for subject, label in mine.items() if subject in theirs]
        if both:
            notes.append(
                f"{', '.join(both)} also in the saved fleet {name}: do not add the sums of both."
            )
    return notes


def _subject(workspace: Workspace, member: Member) -> str | None:
    """The hull that an entry names; None where nothing here is about it."""
    try:
        return subject_of(workspace, member.text)
    except VesselUnknownError:
        return None


def _subjects(fleet: Fleet) -> list[str]:
    """What a source may call the fleet or its ships, those too of which nothing else is known."""
    names = {fleet.listed.name, fleet.listed.name.replace("-", " ")}
    ships = [one.subject for one in fleet.found] + [m.text for m in fleet.listed.members]
    return [*dict.fromkeys(ships), *(f"name:{name}" for name in sorted(names))]


def value_of(fleet: Fleet, *, home: str | None) -> dict[str, Any]:
    """Vessels, foreign ports and cadence of a fleet, as plain JSON."""
    pairs = [(one.history, one.span) for one in fleet.found]
    return figures_of(pairs, home=home)


def _json(
    workspace: Workspace,
    fleet: Fleet,
    value: Mapping[str, Any],
    claim: Claim,
    asked: Valued,
    files: Sequence[Path],
) -> dict[str, Any]:
    worth = worth_of(workspace, fleet.carriages, commodity=asked.commodity, price=asked.price)
    kinds = Counter(
        v.kind for one in fleet.found for v, _ in one.carried.carriages if counts(v, one.span)
    )
    return {
        "fleet": fleet.listed.name,
        "listed": len(fleet.listed.members),
        "distinct": len(fleet.found) + len({m.text for m, _ in fleet.missing}),
        "found": len(fleet.found),
        "simulated": workspace.config.simulated,
        "missing": [{"vessel": m.label, "reason": why} for m, why in fleet.missing],
        "totals": {
            "vessels": len(fleet.found),
            "voyages": sum(kinds.values()),
            "voyages_by_kind": dict(sorted(kinds.items())),
            "cargo": cargo_of(fleet.carriages)["total"],
            "worth": {name: worth[name] for name in ("totals", "without_value")},
        },
        "vessels": [
            row | _own(one)
            for row, one in zip(value["vessels"], fleet.found, strict=True)
        ],
        "ports": value["ports"],
        "cadence": value["cadence"],
        "voyages": [v for one in fleet.found for v in ship_json(one.carried.ship)["voyages"]],
        "calls": [c for one in fleet.found for c in ship_json(one.carried.ship)["calls"]],
        "reasons": _reasons(fleet),
        "notes": list(fleet.notes),
        "claim": claim.id,
        "method": METHOD,
        "files": [str(path) for path in files],
    }  # fmt: skip


def _own(one: Listed) -> dict[str, Any]:
    """What a vessel's row holds beside its history: stops, weighed voyages, why it is empty."""
    ship = one.carried.ship
    chances = [
        v.laden.probability for v, _ in one.carried.carriages
        if v.kind in CARRYING and counts(v, one.span)
    ]  # fmt: skip
    known = ship.told.known
    return {
        "name": ship.name,
        "mmsi": list(known.mmsis),
        "reports": known.reports,
        "unheard_reason": why_unheard(known),
        "stops": len(stops_of(ship)),
        "cargo_voyages_expected": round(sum(1.0 if p is None else p for p in chances), 2),
        "cargo": _cargo_of(one),
    }


def _cargo_of(one: Listed) -> dict[str, Any]:
    mine = [pair for pair in one.carried.carriages if counts(pair[0], one.span)]
    total: dict[str, Any] = cargo_of(mine)["total"]
    return total


def _reasons(fleet: Fleet) -> list[str]:
    return [
        f"{one.carried.ship.label}: {text}"
        for one in fleet.found
        for text in (
            *one.history.reasons,
            *one.carried.ship.told.notes,
        )
    ]


def _written(
    workspace: Workspace, fleet: Fleet, out: Path | None, chart: Path | None
) -> list[Path]:
    ships = [one.carried.ship for one in fleet.found]
    if not ships:
        return []
    paths = []
    if out is not None:
        paths.append(write_ships(workspace, ships, out, _title(fleet)))
    if chart is not None:
        pairs = [(one.history, one.span) for one in fleet.found]
        cargo, calls = cargo_events(pairs)[0], call_events(pairs)[0]
        which, events = ("cargo_voyages", cargo) if cargo else ("calls", calls)
        found = cadence_of(pairs, events)
        if found is not None and found.exposure < LEAST_MONTHS:
            found = None
        made = chart_of(
            workspace, ships, title=_title(fleet), form=form_of(chart), cadence=found,
            lines=_rate_told(found, which), counted=COUNTED[which].capitalize(),
        )  # fmt: skip
        land_bytes(made, chart.absolute())
        paths.append(chart)
    return paths


def _title(fleet: Fleet) -> str:
    calls = sum(not c.hidden for one in fleet.found for c in one.history.calls)
    spans = [known_in(one.history.known, one.span) for one in fleet.found]
    known = [span for span in spans if span is not None]
    when = days_told(min(a for a, _ in known), max(b for _, b in known)) if known else ""
    ships = counted(len(fleet.found), "ship")
    return f"{fleet.listed.name}: {ships}, {counted(calls, 'call')}{', ' + when if when else ''}"


def _rate_told(found: Cadence | None, which: str) -> list[str]:
    """What was counted, and the rate of a ship in view: never that of ships nobody saw."""
    if found is None or found.per_month is None or found.low is None or found.high is None:
        return [] if found is None or found.reason is None else [found.reason]
    interval = f"{100 * found.level:.0f}% interval {found.low:.1f} to {found.high:.1f}"
    rate = f"{found.per_month:.1f} a month and ship in view ({interval})"
    what = f"{COUNTED[which].capitalize()}: {found.events:.0f} counted"
    return [f"{what}; {rate}. What gaps hide is not among them."]


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
