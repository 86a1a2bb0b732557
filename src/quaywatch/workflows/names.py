"""Names of ships as broadcast or reported, and which transponders go with which IMO number."""

import re

import polars as pl

from quaywatch.errors import VesselUnknownError
from quaywatch.evidence.record import Claim
from quaywatch.stores.workspace import Workspace
from quaywatch.vessels.register import VESSEL
from quaywatch.workflows.vessel_register import in_force

MOST_NAMED = 10
"""Ships of one name that an error tells; the rest are counted."""
_IMO_DIGITS, _MMSI_DIGITS = 7, 9


def subject_of(workspace: Workspace, text: str) -> str:
    """The subject that a user means by an IMO number, an MMSI or a name.

    Raises:
        VesselUnknownError: nothing in the workspace is called so, or several ships are.

    """
    wanted = text.strip()
    if not wanted:
        raise VesselUnknownError(text=wanted, found="")
    kind, colon, number = wanted.lower().partition(":")
    if colon and kind in {"imo", "mmsi"} and number.isdigit():
        return f"{kind}:{int(number):09d}" if kind == "mmsi" else f"imo:{int(number)}"
    if kind == "entry" and colon:
        return wanted
    digits = re.sub(r"(?i)^(imo|mmsi)\s*", "", wanted)
    if digits.isdigit() and len(digits) == _IMO_DIGITS:
        return f"imo:{digits}"
    if digits.isdigit() and len(digits) == _MMSI_DIGITS:
        return f"mmsi:{digits}"
    named = _subjects_named(workspace, wanted)
    if len(named) != 1:
        more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
        raise VesselUnknownError(text=wanted, found=", ".join(named[:MOST_NAMED]) + more)
    return named[0]


def _subjects_named(workspace: Workspace, name: str) -> list[str]:
    upper = name.upper()
    said = workspace.lake.statics().filter(pl.col("name").str.to_uppercase() == upper).collect()
    subjects = {f"imo:{imo}" for imo in said["imo"].drop_nulls().unique().to_list()}
    numbered = said.filter(pl.col("imo").is_not_null())["mmsi"].unique()
    without = said.filter(~pl.col("mmsi").is_in(numbered.implode()))
    subjects |= {f"mmsi:{mmsi:09d}" for mmsi in without["mmsi"].unique().to_list()}
    told = [c for c in workspace.evidence.claims_naming(name) if isinstance(c, Claim)]
    for claim in in_force(workspace, told):
        # A company of a register is no vessel, whatever it is called.
        if isinstance(claim.value, dict) and claim.value.get("schema", VESSEL) == VESSEL:
            subjects.add(claim.subject)
    return sorted(subjects)


def name_of(workspace: Workspace, subject: str) -> str | None:
    """The latest name that a ship broadcast, else one that a source gives it, else None."""
    said = _statics(workspace, subject).filter(pl.col("name").is_not_null())
    if said.height:
        return str(said.sort("at")["name"][-1])
    return next(iter(_given(workspace, subject)), None)


def names_of(workspace: Workspace, subject: str) -> list[str | None]:
    """Every name that a ship ever broadcast here or was given by a source, and none at all."""
    said = _statics(workspace, subject)["name"].drop_nulls().unique().to_list()
    return [*sorted({*said, *_given(workspace, subject)}), None]


def mmsis_of(workspace: Workspace, subject: str) -> list[int]:
    """Transponders that are the subject, or that ever broadcast its IMO number."""
    kind, _, number = subject.partition(":")
    if kind == "mmsi":
        return [int(number)]
    if kind != "imo":
        return []
    said = workspace.lake.statics().filter(pl.col("imo") == int(number)).collect()
    return sorted(said["mmsi"].unique().to_list())


def _given(workspace: Workspace, subject: str) -> list[str]:
    """Names that sources give a ship, as their files were read last."""
    about = workspace.evidence.find("claim", subject=subject)
    told = in_force(workspace, [claim for claim in about if isinstance(claim, Claim)])
    names = [claim.value.get("name") for claim in told if isinstance(claim.value, dict)]
    return [name for name in names if isinstance(name, str)]


def _statics(workspace: Workspace, subject: str) -> pl.DataFrame:
    mmsis = mmsis_of(workspace, subject)
    if not mmsis:
        return workspace.lake.statics().limit(0).collect()
    return workspace.lake.statics(mmsi=mmsis).collect()
