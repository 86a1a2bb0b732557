"""What may enter the lake: a report without a time cannot be placed, and is set aside."""

import polars as pl

from quaywatch.ais.schema import AisBatch

NO_TIMESTAMP = "no-timestamp"


def _undated(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col("at").is_null()).select(
        "source_id",
        "record",
        reason=pl.lit(NO_TIMESTAMP),
        detail=pl.format("message {} of MMSI {}", pl.col("msg_type"), pl.col("mmsi")),
        raw=pl.lit(None, dtype=pl.String),
    )


def for_lake(batch: AisBatch) -> AisBatch:
    """The batch with its undated records moved to the rejects, reason ``no-timestamp``.

    Their text is not repeated: ``record`` finds it in the source.

    Examples:
        >>> from quaywatch.ais.nmea import NmeaContext, decode_nmea
        >>> line = b"!AIVDM,1,1,,B,15N4cJ`005Jrek0H@9n`DW5608EP,0*13"
        >>> (batch,) = map(for_lake, decode_nmea([line], NmeaContext("example")))
        >>> batch.positions.height, batch.rejects["reason"].to_list()
        (0, ['no-timestamp'])

    """
    dated = pl.col("at").is_not_null()
    undated = pl.concat([_undated(batch.positions), _undated(batch.statics)]).unique(
        maintain_order=True
    )
    if undated.is_empty():
        return batch
    return AisBatch(
        positions=batch.positions.filter(dated),
        statics=batch.statics.filter(dated),
        rejects=pl.concat([batch.rejects, undated]).sort("record", maintain_order=True),
        records=batch.records,
    )
