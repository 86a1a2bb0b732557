"""Names of ships as broadcast or reported, and which transponders go with which IMO number."""

import polars as pl

from quaywatch.evidence.record import Claim
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.vessel_register import in_force


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
