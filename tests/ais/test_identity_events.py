"""Events of identities: that nothing of them is scored, and what recorded ships give."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from quaywatch.ais.events import EVENTS_FRAME
from quaywatch.ais.identity_events import (
    VERDICTS,
    identities,
    identity_events,
    identity_summary,
    shared_identity_events,
)
from quaywatch.ais.read import read_ais
from quaywatch.ais.schema import POSITIONS_FRAME, STATICS_FRAME, conform

START = datetime(2025, 1, 1, tzinfo=UTC)
IMO = 9125786


def piece(mmsi: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Positions and messages of a ship that changes its name, and says another flag."""
    at = [START + timedelta(hours=k) for k in range(8)]
    base = pl.DataFrame({"mmsi": [mmsi] * 8, "at": at, "source_id": ["s"] * 8, "record": range(8)})
    positions = conform(base.with_columns(lon=pl.lit(5.0), lat=pl.lit(50.0)), POSITIONS_FRAME)
    said = base.with_columns(
        imo=pl.lit(IMO), name=pl.Series(["CASIO"] * 4 + ["CARTIER"] * 4),
        callsign=pl.lit("HOAB"), msg_type=pl.lit(5),
    )  # fmt: skip
    return positions, conform(said, STATICS_FRAME)


def test_nothing_said_is_scored() -> None:
    """Who changes a name or a flag has done nothing wrong; a likelihood would say otherwise."""
    pieces = [piece(412_000_001), piece(750_000_001)]
    found = [identities(positions, statics) for positions, statics in pieces]
    events = pl.concat(
        [*(own for own, _ in found), shared_identity_events([summary for _, summary in found])]
    )
    assert dict(events.schema) == EVENTS_FRAME
    assert sorted(events["verdict"].unique()) == ["flag-conflict", "imo-on-two-mmsis", "rename"]
    assert set(events["verdict"]) <= set(VERDICTS)
    assert events["log_lr"].null_count() == events.height
    flag = events.filter(pl.col("verdict") == "flag-conflict")
    assert flag["detail"].str.contains("never scored alone").all()


def test_in_one_go_and_apart_is_the_same() -> None:
    """Whoever reads the reports once must get what the two questions give apart."""
    positions, statics = piece(412_000_001)
    events, summary = identities(positions, statics)
    assert events.equals(identity_events(statics, positions))
    apart = identity_summary(positions, statics)
    assert summary.imos.equals(apart.imos)
    assert summary.heard.equals(apart.heard)


@pytest.mark.realdata
def test_ships_off_california_neither_change_nor_share_names(shared_data: Path) -> None:
    """Their source writes NOT NAMED until it knows; that must not become five hundred renames."""
    paths = sorted((shared_data / "ais" / "sbarc_2018").glob("*.csv.gz"))[:2]
    batches = [batch for path in paths for batch in read_ais(path, source_id=path.name)]
    positions = pl.concat([batch.positions for batch in batches]).sort("mmsi", "at")
    statics = pl.concat([batch.statics for batch in batches]).sort("mmsi", "at")
    assert identity_events(statics, positions).is_empty()
