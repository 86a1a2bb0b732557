"""A vessel: what it and registers say of it, its silences and calls, and what cannot be."""

from dataclasses import asdict
from typing import Any

import polars as pl

from quaywatch.ais.silence import METHOD, silences
from quaywatch.errors import VesselUnknownError
from quaywatch.evidence.record import Claim
from quaywatch.fusion.contradictions import PREDICATE, contradiction_of
from quaywatch.geo.geodesic import great_circle_nm_many
from quaywatch.stores.workspace import Workspace
from quaywatch.vessels.identifiers import imo_check
from quaywatch.vessels.identity import identity_spells
from quaywatch.workflows.events import event_json
from quaywatch.workflows.names import mmsis_of, name_of, subject_of
from quaywatch.workflows.vessel_register import register_json, snapshots_in_force
from quaywatch.workflows.voyages_carried import Valued, carried_by, router_of
from quaywatch.workflows.voyages_shown import Ship, voyages_json

NOT_JUDGED = "`quaywatch watch` has not gone over this AIS yet"
_JUDGED = ("port_calls", "encounters", "integrity", "tracks", "reach")


def vessel_json(
    workspace: Workspace, text: str, *, gap_hours: float | None = None
) -> dict[str, Any]:
    """Everything here about one vessel.

    Raises:
        VesselUnknownError: no such vessel here.

    """
    subject = subject_of(workspace, text)
    hours = workspace.config.watch.gap_hours if gap_hours is None else gap_hours
    mmsis = mmsis_of(workspace, subject)
    heard = workspace.lake.positions(mmsi=mmsis).collect() if mmsis else None
    contradictions = _checks(workspace, subject, mmsis)
    events = _events(workspace, mmsis)
    known = bool(contradictions) or _claimed(workspace, subject)
    if (heard is None or heard.is_empty()) and not known and not snapshots_in_force(workspace):
        raise VesselUnknownError(text=text, found="")
    listed = register_json(workspace, subject, _names_heard(workspace, mmsis), mmsis)
    carried = carried_by(workspace, subject, ways=router_of(workspace), valued=Valued(), now=None)
    return {
        "subject": subject,
        "name": name_of(workspace, subject),
        "mmsi": mmsis,
        "identity": _identity(workspace, mmsis),
        "heard": _heard(heard),
        "gap_hours": hours,
        "gaps": _gaps(heard, events, hours),
        "register": listed["register"],
        "listings": listed["listings"],
        "lists_searched": listed["searched"],
        "possible_listings": listed["possible"],
        "contradictions": [
            *(c for c in contradictions if c["contradicts"]),
            *_contradictions(workspace, subject, mmsis),
        ],
        "checks": contradictions,
        "port_calls": None if events is None else _calls(events),
        "encounters": None if events is None else _of_kind(events, "encounter"),
        "integrity": None if events is None else _integrity(events),
        "tracks": None if events is None else _of_kind(events, "two-tracks"),
        "reach": None if events is None else _of_kind(events, "reach"),
        "voyages": voyages_json(carried.ship),
        "reason": {
            **_no_voyages(carried.ship),
            **listed["reason"],
            **({} if events is not None else dict.fromkeys(_JUDGED, _why_not(mmsis))),
        },
        "notes": _notes(mmsis),
    }


def _no_voyages(ship: Ship) -> dict[str, str]:
    """Why the list of voyages is empty, if it is."""
    told = ship.told
    if told.history.voyages:
        return {}
    return {"voyages": " ".join((*told.notes, *told.history.reasons))}


def _events(workspace: Workspace, mmsis: list[int]) -> list[dict[str, Any]] | None:
    """What the passes so far found of these transponders; None where none was made of any."""
    if not mmsis or not workspace.events.passes():
        return None
    rows = workspace.events.known(mmsi=mmsis)
    return [event_json(row) for row in rows.iter_rows(named=True)]


def _why_not(mmsis: list[int]) -> str:
    return NOT_JUDGED if mmsis else "no AIS here is of a transponder known to be hers"


def _of_kind(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in events if event["kind"] == kind]


def _calls(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Port calls as scripts want them: what port, which berth, how sure; passings are none."""
    return [
        {
            "mmsi": event["mmsi"],
            "port": event["detail"].get("port"),
            "name": event["detail"].get("name"),
            "berth": event["detail"].get("berth"),
            "start": event["start"],
            "end": event["end"],
            "hours": event["statistic"],
            "confidence": event["detail"].get("confidence"),
            "verdict": event["verdict"],
            "reason": event["reason"],
            "event": event["event_id"],
        }
        for event in _of_kind(events, "port-call")
        if event["verdict"] != "passed"
    ]


def _integrity(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every window's combined result, and the single tests worth a look."""
    return [event for event in events if event["kind"] in {"integrity", "jump"}]


def _gaps(
    heard: pl.DataFrame | None, events: list[dict[str, Any]] | None, hours: float
) -> list[dict[str, Any]]:
    """Gaps as the last pass judged them; where none was made, silences that nobody judged."""
    if heard is None:
        return []
    listed = gaps(heard, longer_than_h=hours)
    if events is None:
        return listed
    told = {(e["mmsi"], e["start"], e["end"]): e for e in _of_kind(events, "gap")}
    return [_judged(gap, told.get((gap["mmsi"], gap["start"], gap["end"]))) for gap in listed]


def _judged(gap: dict[str, Any], event: dict[str, Any] | None) -> dict[str, Any]:
    if event is None:
        return {**gap, "reason": "not a gap of one track: see tracks, or shorter than is judged"}
    detail = event["detail"]
    return {
        **gap,
        "judged": event["verdict"],
        "reason": event["reason"],
        "expected_messages": event["statistic"],
        "peers": event["n"],
        "p": event["p"],
        "log_lr": event["log_lr"],
        "welch": detail.get("welch"),
        "message": detail.get("message"),
        "method": event["method"],
        "event": event["event_id"],
    }


def gaps(positions: pl.DataFrame, *, longer_than_h: float) -> list[dict[str, Any]]:
    """Silences as JSON, with how far apart their ends lie."""
    found = silences(positions, longer_than_h=longer_than_h)
    apart_nm = great_circle_nm_many(
        found["lon"].to_numpy(), found["lat"].to_numpy(),
        found["next_lon"].to_numpy(), found["next_lat"].to_numpy(),
    )  # fmt: skip
    return [
        {
            "mmsi": row["mmsi"],
            "start": row["start"].isoformat(),
            "end": row["end"].isoformat(),
            "hours": round(row["hours"], 2),
            "from": {"lon": row["lon"], "lat": row["lat"], "record": row["record"]},
            "to": {"lon": row["next_lon"], "lat": row["next_lat"], "record": row["next_record"]},
            "apart_nm": round(float(nm), 2),
            "implied_speed_kn": round(float(nm) / row["hours"], 2),
            "judged": None,
            "reason": NOT_JUDGED,
            "method": METHOD,
        }
        for row, nm in zip(found.iter_rows(named=True), apart_nm, strict=True)
    ]


def _identity(workspace: Workspace, mmsis: list[int]) -> list[dict[str, Any]]:
    listed = []
    for mmsi in mmsis:
        for spell in identity_spells(workspace.lake.statics(mmsi=mmsi).collect()):
            shown: dict[str, Any] = {"mmsi": mmsi, **asdict(spell)}
            shown["first_at"], shown["last_at"] = (
                spell.first_at.isoformat(), spell.last_at.isoformat(),
            )  # fmt: skip
            if spell.field == "imo":
                shown["check_digit_valid"] = imo_check(int(spell.value))
            listed.append(shown)
    return listed


def _heard(heard: pl.DataFrame | None) -> dict[str, Any] | None:
    if heard is None or heard.is_empty():
        return None
    first, last = heard.select(pl.col("at").min(), pl.col("at").max().alias("last")).row(0)
    return {"positions": heard.height, "first": first.isoformat(), "last": last.isoformat()}


def _checks(workspace: Workspace, subject: str, mmsis: list[int]) -> list[dict[str, Any]]:
    subjects = {subject, *(f"mmsi:{mmsi:09d}" for mmsi in mmsis)}
    found = []
    for name in sorted(subjects):
        for claim in workspace.evidence.find("claim", subject=name):
            if not isinstance(claim, Claim) or claim.predicate not in {"two-places", "presence"}:
                continue
            value = claim.value if isinstance(claim.value, dict) else {}
            verdict = value.get("verdict")
            found.append({
                "check": claim.predicate,
                "verdict": verdict,
                "contradicts": verdict in {"impossible", "implausible", "not-seen"},
                "start": claim.time.start.isoformat() if claim.time else None,
                "end": claim.time.end.isoformat() if claim.time else None,
                "required_speed_kn": value.get("required_speed_kn"),
                "p_feasible": value.get("p_feasible"),
                "p_would_have_seen": value.get("p_would_have_seen"),
                "lr": value.get("lr"),
                "claim": claim.id,
            })  # fmt: skip
    return sorted(found, key=lambda check: (str(check["start"]), str(check["claim"])))


def _contradictions(workspace: Workspace, subject: str, mmsis: list[int]) -> list[dict[str, Any]]:
    """What cannot all be true of one hull, the last word on each question."""
    last: dict[tuple[str, ...], dict[str, Any]] = {}
    for name in sorted({subject, *(f"mmsi:{mmsi:09d}" for mmsi in mmsis)}):
        for claim in workspace.evidence.find("claim", subject=name, predicate=PREDICATE):
            told = contradiction_of(claim) if isinstance(claim, Claim) else None
            if not isinstance(claim, Claim) or told is None:
                continue
            last[told.kind, name, *claim.inputs[:1]] = {
                "check": PREDICATE,
                "kind": told.kind.value,
                "verdict": told.verdict,
                "contradicts": True,
                "start": claim.time.start.isoformat() if claim.time else None,
                "end": claim.time.end.isoformat() if claim.time else None,
                "required_speed_kn": told.required_speed_kn,
                "lr": told.lr,
                "conclusion": told.conclusion,
                "concluded": None if told.concluded is None else told.concluded.value,
                "term": told.term,
                "claim": claim.id,
            }
    return sorted(last.values(), key=lambda one: (str(one["start"]), str(one["claim"])))


def _names_heard(workspace: Workspace, mmsis: list[int]) -> list[str]:
    if not mmsis:
        return []
    said = workspace.lake.statics(mmsi=mmsis).select(pl.col("name").drop_nulls().unique())
    return sorted(said.collect()["name"].to_list())


def _claimed(workspace: Workspace, subject: str) -> bool:
    return next(iter(workspace.evidence.find("claim", subject=subject)), None) is not None


def _notes(mmsis: list[int]) -> list[str]:
    notes = ["An MMSI is a transponder, not a vessel; a gap is not a transponder switched off."]
    if len(mmsis) > 1:
        listed = ", ".join(f"{mmsi:09d}" for mmsi in mmsis)
        notes.append(f"Several transponders broadcast this IMO number: {listed}.")
    return notes
