"""Stays and silences of a site as claims, from the states in force, and the page about them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl

from quaywatch.evidence.record import Basis, Claim, Record
from quaywatch.imagery.visits import METHOD, quiet_spells, visits
from quaywatch.stores.workspace import Workspace

VISITS_METHOD = METHOD


def visits_claims(name: str, states: Sequence[Claim]) -> list[Claim]:
    """A claim of stays and silences per berth, and one of the silences of the whole site.

    Args:
        name: of the site.
        states: in force, of every berth.

    """
    subjects = list(dict.fromkeys(claim.subject for claim in states))
    made = [stays_claim(s, [c for c in states if c.subject == s]) for s in subjects]
    return [*made, stays_claim(f"site:{name}", states)] if len(subjects) > 1 else made


def stays_claim(subject: str, states: Sequence[Claim]) -> Claim:
    """Stays and silences at a berth, or the silences of a site, as a claim."""
    rows = [state_row(claim) for claim in states]
    whole = "/berth:" not in subject
    value: dict[str, Any] = {"quiet": _plain(quiet_spells(rows))}
    if not whole:
        value["visits"] = _plain(visits(rows))
    return Claim(
        subject=subject,
        predicate="berth-visits",
        value=value,
        basis=Basis.INFERRED,
        method=VISITS_METHOD,
        inputs=tuple(claim.id for claim in states),
    )


def again(claim: Claim, inputs: Sequence[Record]) -> Claim:
    """Stays and silences anew from their states."""
    return stays_claim(claim.subject, [record for record in inputs if isinstance(record, Claim)])


def state_row(claim: Claim) -> dict[str, Any]:
    """A state as ``visits`` takes it."""
    value: Any = claim.value
    return {
        "berth": claim.subject.rpartition(":")[2],
        "look": claim.inputs[0],
        "captured_at": claim.time.midpoint if claim.time is not None else None,
        "state": "unknown" if value is None else value["state"],
        "ships": [] if value is None else value["ships"],
    }


def _plain(table: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain JSON values, numbers to a tenth."""
    return [
        {name: _json(value) for name, value in row.items()} for row in table.iter_rows(named=True)
    ]


def _json(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return round(value, 1) if isinstance(value, float) else value


def last_stays(workspace: Workspace, subject: str) -> Mapping[str, Any]:
    """The stays and silences last claimed of a berth or a site; empty where there are none."""
    found: Mapping[str, Any] = {}
    for claim in workspace.evidence.find("claim", subject=subject, predicate="berth-visits"):
        if isinstance(claim, Claim) and isinstance(claim.value, dict):
            found = {**claim.value, "claim": claim.id}
    return found
