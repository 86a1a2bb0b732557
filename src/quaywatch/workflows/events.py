"""Events of the AIS lake, listed as known now or then."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from quaywatch.errors import ArgumentError
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.names import mmsis_of

KINDS: Final = (
    "gap", "jump", "two-tracks", "identity", "integrity", "port-call", "anchoring", "loitering",
    "encounter", "declared", "reach",
)  # fmt: skip
NOT_WATCHED: Final = "no pass over the AIS of this workspace yet: `quaywatch watch` makes one"


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
