"""A vessel: what it called itself, where it was silent, and what contradicts it."""

import re
from dataclasses import asdict
from typing import Any

import polars as pl

from quaywatch.ais.silence import METHOD, silences
from quaywatch.errors import VesselUnknownError
from quaywatch.evidence.record import Claim
from quaywatch.geo.geodesic import great_circle_nm_many
from quaywatch.stores.workspace import Workspace
from quaywatch.vessels.identifiers import imo_check
from quaywatch.vessels.identity import identity_spells
from quaywatch.workflows.names import mmsis_of, name_of

NOT_YET = "not in this version: calls and voyages are not derived yet"
_IMO_DIGITS, _MMSI_DIGITS = 7, 9


def subject_of(workspace: Workspace, text: str) -> str:
    """The subject that a user means by an IMO number, an MMSI or a name.

    Raises:
        VesselUnknownError: nothing in the workspace is called so, or several ships are.

    """
    wanted = text.strip()
    kind, colon, number = wanted.lower().partition(":")
    if colon and kind in {"imo", "mmsi"} and number.isdigit():
        return f"{kind}:{int(number):09d}" if kind == "mmsi" else f"imo:{int(number)}"
    digits = re.sub(r"(?i)^(imo|mmsi)\s*", "", wanted)
    if digits.isdigit() and len(digits) == _IMO_DIGITS:
        return f"imo:{digits}"
    if digits.isdigit() and len(digits) == _MMSI_DIGITS:
        return f"mmsi:{digits}"
    named = _subjects_named(workspace, wanted)
    if len(named) != 1:
        raise VesselUnknownError(text=wanted, found=", ".join(named))
    return named[0]


def _subjects_named(workspace: Workspace, name: str) -> list[str]:
    upper = name.upper()
    said = workspace.lake.statics().filter(pl.col("name").str.to_uppercase() == upper).collect()
    subjects = {f"imo:{imo}" for imo in said["imo"].drop_nulls().unique().to_list()}
    without = said.filter(~pl.col("mmsi").is_in(said.filter(pl.col("imo").is_not_null())["mmsi"]))
    subjects |= {f"mmsi:{mmsi:09d}" for mmsi in without["mmsi"].unique().to_list()}
    for claim in workspace.evidence.find("claim"):
        value = claim.value if isinstance(claim, Claim) else None
        if isinstance(value, dict) and str(value.get("name", "")).upper() == upper:
            subjects.add(claim.subject)  # type: ignore[attr-defined]  # a Claim, as value shows
    return sorted(subjects)


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
    if (
        (heard is None or heard.is_empty())
        and not contradictions
        and not _claimed(workspace, subject)
    ):
        raise VesselUnknownError(text=text, found="")
    return {
        "subject": subject,
        "name": name_of(workspace, subject),
        "mmsi": mmsis,
        "identity": _identity(workspace, mmsis),
        "heard": _heard(heard),
        "gap_hours": hours,
        "gaps": [] if heard is None else gaps(heard, longer_than_h=hours),
        "contradictions": [c for c in contradictions if c["contradicts"]],
        "checks": contradictions,
        "port_calls": None,
        "voyages": None,
        "reason": {"port_calls": NOT_YET, "voyages": NOT_YET},
        "notes": _notes(mmsis),
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
            "reason": "reception there and then is not judged in this version",
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


def _claimed(workspace: Workspace, subject: str) -> bool:
    return next(iter(workspace.evidence.find("claim", subject=subject)), None) is not None


def _notes(mmsis: list[int]) -> list[str]:
    notes = ["An MMSI is a transponder, not a vessel; a gap is not a transponder switched off."]
    if len(mmsis) > 1:
        listed = ", ".join(f"{mmsi:09d}" for mmsi in mmsis)
        notes.append(f"Several transponders broadcast this IMO number: {listed}.")
    return notes
