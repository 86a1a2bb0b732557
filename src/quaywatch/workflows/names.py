"""Names of ships as broadcast or reported, and which transponders go with which IMO number."""

import polars as pl

from quaywatch.evidence.record import Claim
from quaywatch.stores.workspace import Workspace


def name_of(workspace: Workspace, subject: str) -> str | None:
    """The latest name that a ship broadcast, else one that a source gives it, else None."""
    said = _statics(workspace, subject).filter(pl.col("name").is_not_null())
    if said.height:
        return str(said.sort("at")["name"][-1])
    for claim in workspace.evidence.find("claim", subject=subject):
        value = claim.value if isinstance(claim, Claim) else None
        if isinstance(value, dict) and isinstance(value.get("name"), str):
            return str(value["name"])
    return None


def names_of(workspace: Workspace, subject: str) -> list[str | None]:
    """Every name that a ship ever broadcast here or was given by a source, and none at all."""
    said = _statics(workspace, subject)["name"].drop_nulls().unique().to_list()
    given = [
        claim.value["name"]
        for claim in workspace.evidence.find("claim", subject=subject)
        if isinstance(claim, Claim)
        and isinstance(claim.value, dict)
        and isinstance(claim.value.get("name"), str)
    ]
    return [*sorted({*said, *map(str, given)}), None]


def mmsis_of(workspace: Workspace, subject: str) -> list[int]:
    """Transponders that are the subject, or that ever broadcast its IMO number."""
    kind, _, number = subject.partition(":")
    if kind == "mmsi":
        return [int(number)]
    if kind != "imo":
        return []
    said = workspace.lake.statics().filter(pl.col("imo") == int(number)).collect()
    return sorted(said["mmsi"].unique().to_list())


def _statics(workspace: Workspace, subject: str) -> pl.DataFrame:
    mmsis = mmsis_of(workspace, subject)
    if not mmsis:
        return workspace.lake.statics().limit(0).collect()
    return workspace.lake.statics(mmsi=mmsis).collect()
