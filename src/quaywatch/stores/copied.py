"""What the catalogue lists, for whoever copies a part of a workspace or asks whether it changed."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from quaywatch.stores.catalogue import LAKE_FILE, RECORD
from quaywatch.stores.events import ENDED, EVENTS
from quaywatch.stores.lake import ParquetLake

EVENT_TABLES = frozenset({EVENTS, ENDED})
"""Tables of events, as against those of AIS."""


def listed_files(lake: ParquetLake) -> list[dict[str, Any]]:
    """Every file of the lake as the catalogue lists it, in order of their paths."""
    query = sa.select(LAKE_FILE).order_by(LAKE_FILE.c.path)
    with lake.catalogue.reading() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def list_files(lake: ParquetLake, rows: Iterable[Mapping[str, Any]]) -> None:
    """List files that were copied into a lake; their claims and sources must be there."""
    kept = [dict(row) for row in rows]
    if kept:
        with lake.catalogue.writing() as connection:
            connection.execute(LAKE_FILE.insert(), kept)


def listed_records(lake: ParquetLake) -> Iterator[tuple[str, str | None]]:
    """Id and predicate of every record, without its content."""
    with lake.catalogue.reading() as connection:
        rows = connection.execute(sa.select(RECORD.c.id, RECORD.c.predicate)).all()
    yield from ((str(i), predicate) for i, predicate in rows)
