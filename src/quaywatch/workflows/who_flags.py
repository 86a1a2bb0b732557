"""Flags of a ship as its radio, registers, lists, reports and registries state them."""

from typing import Any

import polars as pl

from quaywatch.stores.workspace import Workspace
from quaywatch.vessels.flag import FlagHistory, claimed_statement, flag_history, radio_statement
from quaywatch.workflows.names import mmsis_of
from quaywatch.workflows.who_said import FLAG_PREDICATES, WhoSaid, stated


def flags_of(workspace: Workspace, subject: str) -> FlagHistory:
    """Everything that this workspace says of a ship's flag."""
    said = WhoSaid(workspace)
    told = [
        statement
        for claim in stated(workspace, FLAG_PREDICATES, subject=subject)
        if (statement := claimed_statement(claim, said.one(claim))) is not None
    ]
    mmsis = mmsis_of(workspace, subject)
    if mmsis:
        heard = (
            workspace.lake.positions(mmsi=mmsis)
            .group_by("mmsi")
            .agg(pl.col("at").min().alias("first"), pl.col("at").max().alias("last"))
            .sort("mmsi")
            .collect()
        )
        for row in heard.iter_rows(named=True):
            first, last = (f"{row[end]:%Y-%m-%d}" for end in ("first", "last"))
            statement = radio_statement(row["mmsi"], first, last)
            told += [] if statement is None else [statement]
    return flag_history(told)


def flags_json(workspace: Workspace, subject: str) -> dict[str, Any]:
    """The same for ``--json``: standing, sentences, and every statement with its source."""
    history = flags_of(workspace, subject)
    return {
        "standing": history.standing,
        "sentences": list(history.sentences),
        "statements": [
            {
                "country": one.country, "kind": one.kind, "origin": one.origin,
                "printed": one.printed, "from": one.since, "until": one.until,
                "as_of": one.as_of, "said": one.said, "claim": one.claim,
            }
            for one in history.statements
        ],
    }  # fmt: skip
