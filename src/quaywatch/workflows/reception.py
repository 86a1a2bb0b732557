"""Where and when silence means anything in the AIS of a workspace: a table, and a map of it."""

from typing import Any

import numpy as np
import polars as pl

from quaywatch.ais.bins import CELL_DEG
from quaywatch.ais.reception import METHOD, Reception, merged_counts, reception_counts, too_few
from quaywatch.ais.segments import segment
from quaywatch.ais.track import CLASS_A, CLASS_B, tracks_of
from quaywatch.cases.reception_map import Heard, draw_reception
from quaywatch.errors import AisMissingError, ArgumentError
from quaywatch.evidence.record import Source
from quaywatch.stores.ingested import INGEST_PREDICATE
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.ais_pass import Report
from quaywatch.workflows.case import land_of

CLASSES = {"A": CLASS_A, "B": CLASS_B}


def reception_of(workspace: Workspace, *, report: Report) -> Reception:
    """How ships are heard in this lake.

    Args:
        workspace: whose lake.
        report: told how far it is.

    Raises:
        AisMissingError: there are no positions in it.

    """
    counts = []
    for number, (positions, _) in enumerate(workspace.lake.passes()):
        report(f"reception, part {number + 1}", number / (number + 1))
        tracks = tracks_of(positions)
        counts.append(reception_counts(tracks, segment(tracks)))
    if not any(part.height for part in counts):
        raise AisMissingError(workspace=workspace.root.name)
    return Reception.of(merged_counts(counts))


def reception_json(reception: Reception, transponder: str) -> dict[str, Any]:
    """Messages an hour by cell, and the strength of the feed over time.

    Args:
        reception: of ``reception_of``.
        transponder: ``A`` or ``B``.

    Raises:
        ArgumentError: another class.

    """
    table = reception.map_table(_class(transponder))
    times = reception.over_time()
    return {
        "transponder": transponder.upper(),
        "cell_deg": CELL_DEG,
        "cells": [
            {**row, "reason": too_few(row["peers"]) if row["per_hour"] is None else None}
            for row in table.iter_rows(named=True)
        ],
        "half_hours": [
            {"at": row["at"].isoformat(), "strength": row["strength"]}
            for row in times.iter_rows(named=True)
        ],
        "method": METHOD,
    }


def reception_map(workspace: Workspace, reception: Reception, transponder: str) -> bytes | None:
    """The same as a map, SVG; None where no ship of that class was heard."""
    table = reception.map_table(_class(transponder))
    times = reception.over_time()
    ends = [f"{at:%Y-%m-%d %H:%M} UTC" for at in (times["at"][0], times["at"][-1])]
    ships = f"Class {transponder.upper()} ships at 3 to 14 kn"
    return draw_reception(
        Heard(
            lon=table["lon"].to_numpy(),
            lat=table["lat"].to_numpy(),
            per_hour=table["per_hour"].cast(pl.Float64).fill_null(np.nan).to_numpy(),
            peers=table["peers"].to_numpy(),
        ),
        land=land_of(workspace),
        title=f"{ships}, {ends[0][:10]} to {ends[1][:10]}",
        credit=_credit(workspace),
        strength=times["strength"].fill_null(np.nan).to_list(),
        times=(ends[0], ends[1]),
    )


def _class(transponder: str) -> int:
    try:
        return CLASSES[transponder.upper()]
    except KeyError as err:
        fact = f"{transponder!r} is neither A nor B"
        raise ArgumentError(flag="--transponder", fact=fact, remedy="Give A or B.") from err


def _credit(workspace: Workspace) -> str:
    """Whose AIS it is, as the sources say."""
    ingested = workspace.evidence.find("claim", predicate=INGEST_PREDICATE)
    sources = [workspace.evidence.get(claim.subject) for claim in ingested]  # type: ignore[attr-defined]  # ingest claims, by their predicate
    named = {one.credit or one.provider for one in sources if isinstance(one, Source)}
    known = sorted(name for name in named if name)
    return f"AIS: {', '.join(known)}" if known else "AIS: credit not stated"
