"""A larger sea out of a recorded one: the same tracks under other MMSIs, elsewhere, at other times.

Replica k of the five days off Southern California (``sbarc_2018``) is fleet ``k // blocks`` in
block ``k % blocks`` of five days, with at most six blocks (a month). Every replica has MMSIs of its
own (201,000,000 + 1,000 x k + rank), since a ship that went on from the end of its track to the
beginning would jump. Each lies 3.3 degrees west of the fleet before it and 0.6 of the block before:
a copy in its place would be a replay, and would meet itself. Times move by the block and by 137 ms
x fleet. Rows are in the order of time, as a provider's are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from quaywatch.ais.read import read_ais
from quaywatch.ais.schema import POSITIONS, POSITIONS_FRAME
from quaywatch.errors import SourceMissingError

BLOCK = timedelta(days=5)
MOST_BLOCKS = 6
SOURCE = "source:" + "0" * 64
_WRITTEN_AT_A_TIME = 400_000
_FIRST_MMSI, _FLEET = 201_000_000, 1_000
_FLEET_DEG, _BLOCK_DEG = 3.3, 0.61


@dataclass(frozen=True, slots=True)
class Sea:
    """How often the recorded days are repeated."""

    rows: int
    """Of the recording."""
    blocks: int
    fleets: int

    @property
    def total(self) -> int:
        """Positions in all."""
        return self.rows * self.blocks * self.fleets


def sea_of(rows: int, size: int) -> Sea:
    """The least repetition that has ``size`` positions.

    Examples:
        >>> sea_of(442_786, 1_000_000).total
        1328358

    """
    replicas = max(1, -(-size // rows))
    blocks = min(MOST_BLOCKS, replicas)
    return Sea(rows, blocks, -(-replicas // blocks))


def recorded(data: Path) -> pl.DataFrame:
    """The recorded positions in the order of time, and who each transponder says it is.

    Raises:
        SourceMissingError: the data is not there.

    """
    files = sorted((data / "ais" / "sbarc_2018").glob("*.csv.gz"))
    if not files:
        raise SourceMissingError(path=str(data / "ais" / "sbarc_2018"))
    batches = [batch for file in files for batch in read_ais(file, source_id=SOURCE)]
    statics = pl.concat([batch.statics for batch in batches]).unique("mmsi", keep="first")
    positions = pl.concat([batch.positions for batch in batches]).sort("at", maintain_order=True)
    names = statics.select("mmsi", "name", "ship_type")
    rank = (pl.col("mmsi").rank("dense") - 1).cast(pl.UInt32)
    return positions.join(names, on="mmsi", how="left", maintain_order="left").with_columns(
        mmsi=_FIRST_MMSI + rank
    )


def replicated(base: pl.DataFrame, sea: Sea, block: int) -> Iterator[pl.DataFrame]:
    """One block of the sea, piece by piece, in the order of time."""
    step = max(1, _WRITTEN_AT_A_TIME // sea.fleets)
    for begin in range(0, base.height, step):
        part = base[begin : begin + step]
        fleets = [
            part.with_columns(
                mmsi=(pl.col("mmsi") + _FLEET * (fleet * sea.blocks + block)).cast(pl.UInt32),
                lon=(pl.col("lon") + 180.0 - _FLEET_DEG * fleet - _BLOCK_DEG * block) % 360.0
                - 180.0,
                at=pl.col("at") + BLOCK * block + timedelta(milliseconds=137 * fleet),
            )
            for fleet in range(sea.fleets)
        ]
        yield pl.concat(fleets).sort("at", maintain_order=True)


def write_csv(base: pl.DataFrame, sea: Sea, path: Path) -> None:
    """The sea in the recording's own layout."""
    columns = [
        pl.col("at").dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").alias("timestamp"),
        "mmsi", "name", "ship_type", pl.col("sog_kn").round(1).alias("sog"), "lon", "lat",
        pl.col("cog_deg").round(1).alias("cog"),
        pl.col("heading_deg").cast(pl.UInt16).alias("heading"), "nav_status", "msg_type",
    ]  # fmt: skip
    with path.open("wb") as file:
        for block in range(sea.blocks):
            for number, part in enumerate(replicated(base, sea, block)):
                part.select(columns).write_csv(file, include_header=block == number == 0)


def write_parquet(base: pl.DataFrame, sea: Sea, folder: Path) -> list[Path]:
    """The sea as our contract's Parquet, a file a block."""
    paths = []
    for block in range(sea.blocks):
        paths.append(folder / f"block-{block}.parquet")
        record = 1
        with pq.ParquetWriter(paths[-1], POSITIONS, compression="zstd") as writer:
            for part in replicated(base, sea, block):
                numbered = part.select(POSITIONS_FRAME.keys()).with_columns(
                    record=pl.int_range(record, record + part.height, dtype=pl.UInt64)
                )
                writer.write_table(numbered.to_arrow().cast(POSITIONS), row_group_size=200_000)
                record += part.height
    return paths
