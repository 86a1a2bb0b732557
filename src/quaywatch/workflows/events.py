"""Events of the AIS lake: listed as known now or then, and put on record for a case."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from pydantic import JsonValue

from quaywatch.errors import ArgumentError, PlaceMissingError
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim
from quaywatch.stores.events import Pass
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.names import mmsis_of

EVENT_METHOD: Final = "ais-event@1"
"""Takes one event of a pass into the ledger as a claim; its own method is a parameter."""
KINDS: Final = (
    "gap", "jump", "two-tracks", "identity", "integrity", "port-call", "anchoring", "loitering",
    "encounter", "declared",
)  # fmt: skip
NOT_WATCHED: Final = "no pass over the AIS of this workspace yet: `quaywatch watch` makes one"
_SAYS_MUCH: Final = {
    "gap": {"significant", "unusual"},
    "integrity": {"tell"},
}
"""Verdicts of a kind that a case argues; of other kinds every event is put on record."""


def events_json(
    workspace: Workspace,
    *,
    subject: str | None = None,
    kinds: Sequence[str] = (),
    as_of: datetime | None = None,
    history: bool = False,
) -> dict[str, Any]:
    """Events of the workspace, or of one vessel, as known at a moment.

    Args:
        workspace: whose events.
        subject: ``imo:…`` or ``mmsi:…``; all if None.
        kinds: of these kinds; all if empty.
        as_of: known time, aware; now if None.
        history: every version, with when we knew it, rather than those in force.

    Raises:
        ArgumentError: a kind that is none.

    """
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        fact = f"{unknown[0]!r} is no kind of event"
        raise ArgumentError(flag="--kind", fact=fact, remedy=f"Known: {', '.join(KINDS)}.")
    mmsis = None if subject is None else mmsis_of(workspace, subject)
    wanted = list(kinds) or None
    passes = workspace.events.passes(as_of=as_of)
    if history:
        rows = workspace.events.history(mmsi=mmsis, kinds=wanted)
    else:
        rows = workspace.events.known(as_of=as_of, mmsi=mmsis, kinds=wanted)
    return {
        "subject": subject,
        "passes": len(passes),
        "known_at": passes[-1].known_at.isoformat() if passes else None,
        "reason": None if passes else NOT_WATCHED,
        "events": [event_json(row) for row in rows.iter_rows(named=True)],
    }


def event_json(row: dict[str, Any]) -> dict[str, Any]:
    """One event for scripts: times as ISO text, the detail opened, nothing rounded away."""
    shown: dict[str, Any] = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
    }
    shown["detail"] = json.loads(row["detail"]) if row["detail"] else {}
    return shown


def event_claims(workspace: Workspace, subjects: Sequence[str]) -> list[Claim]:
    """What the last pass found about these ships, as claims; none if there was no pass."""
    passes = workspace.events.passes()
    mmsis = sorted({mmsi for subject in subjects for mmsi in mmsis_of(workspace, subject)})
    if not passes or not mmsis:
        return []
    rows = workspace.events.known(mmsi=mmsis)
    by_number = {one.number: one for one in passes}
    return [
        event_claim(row, by_number[row["pass_number"]])
        for row in rows.iter_rows(named=True)
        if row["applicable"] is not False
        and row["verdict"] in _SAYS_MUCH.get(row["kind"], {row["verdict"]})
    ]


def event_claim(row: dict[str, Any], made_by: Pass) -> Claim:
    """One event as a claim that rests on the pass which first found it."""
    value = _value(row)
    if row["kind"] == "gap":
        value |= _gap_keys(row)
    return Claim(
        subject=f"mmsi:{row['mmsi']:09d}",
        predicate=f"ais-{row['kind']}",
        value=value,
        time=None if row["start"] is None else _interval(row["start"], row["end"]),
        basis=Basis.INFERRED,
        method=EVENT_METHOD,
        parameters={"event": row["event_id"], "method": row["method"]},
        inputs=(made_by.claim.id,),
    )


def _value(row: dict[str, Any]) -> dict[str, JsonValue]:
    kept = (
        "test", "segment", "other_mmsi", "other_segment", "lon", "lat", "end_lon", "end_lat",
        "verdict", "applicable", "reason", "statistic", "unit", "n", "p", "log_lr",
        "source_id", "record", "end_source_id", "end_record",
    )  # fmt: skip
    value: dict[str, JsonValue] = {name: row[name] for name in kept if row[name] is not None}
    if row["detail"]:
        value["detail"] = json.loads(row["detail"])
    return value


def _gap_keys(row: dict[str, Any]) -> dict[str, JsonValue]:
    """What ``reach`` reads of a gap, whichever version made it."""
    if row["end"] is None or row["end_lon"] is None:
        raise PlaceMissingError(record_id=str(row["event_id"]))
    return {
        "hours": round((row["end"] - row["start"]).total_seconds() / 3600, 3),
        "last": {"lon": row["lon"], "lat": row["lat"], "record": row["record"]},
        "next": {"lon": row["end_lon"], "lat": row["end_lat"], "record": row["end_record"]},
    }


def _interval(start: datetime, end: datetime | None) -> TimeInterval:
    return TimeInterval(start=start, end=end or start)
