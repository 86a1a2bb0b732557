"""The AIS part of the lake's contract: three tables, as Arrow and as polars schemas.

Null is unknown, never a sentinel. Units are in the names. ``record`` is the 1-based line of the
source at which the report starts (for a message in several sentences: the line of part 1; for a
JSON array: the index of the element), so that every row can be walked back to its bytes.
"""

from dataclasses import dataclass
from typing import cast

import polars as pl
import pyarrow as pa

_AT = pa.timestamp("us", tz="UTC")

_ORIGIN: list[tuple[str, pa.DataType]] = [
    ("transponder", pa.string()),
    ("receiver", pa.string()),
    ("station", pa.string()),
    ("received_at", _AT),
    ("source_id", pa.string()),
    ("record", pa.uint64()),
]

POSITIONS: pa.Schema = pa.schema(
    [
        ("mmsi", pa.uint32()),
        ("at", _AT),
        ("lon", pa.float64()),
        ("lat", pa.float64()),
        ("sog_kn", pa.float32()),
        ("cog_deg", pa.float32()),
        ("heading_deg", pa.float32()),
        ("rot_deg_min", pa.float32()),
        ("nav_status", pa.uint8()),
        ("msg_type", pa.uint8()),
        *_ORIGIN,
    ]
)
"""Where a transponder said it was.

``lon`` and ``lat`` are both known or both null: a report without a position is still evidence
that the transponder was heard. ``transponder`` is ``A``, ``B`` or null (base stations, and
message 27, which both classes send); ``receiver`` is ``terrestrial``, ``satellite`` or null.
``rot_deg_min`` is positive to starboard; +-708.7 means "that or more".
"""

STATICS: pa.Schema = pa.schema(
    [
        ("mmsi", pa.uint32()),
        ("at", _AT),
        ("imo", pa.uint32()),
        ("name", pa.string()),
        ("callsign", pa.string()),
        ("ship_type", pa.uint8()),
        ("to_bow_m", pa.uint16()),
        ("to_stern_m", pa.uint16()),
        ("to_port_m", pa.uint16()),
        ("to_starboard_m", pa.uint16()),
        ("draught_m", pa.float32()),
        ("destination", pa.string()),
        ("eta", pa.string()),
        ("msg_type", pa.uint8()),
        ("part", pa.string()),
        *_ORIGIN,
    ]
)
"""What a transponder said it is.

``eta`` is text, ``MM-DD HH:MM`` UTC (``MM-DD`` where the time was not given): AIS carries no
year, and a timestamp would invent one. ``part`` is ``A`` or ``B`` for message 24, else null.
``to_bow_m`` = 0 with ``to_stern_m`` > 0 says that the length is known and the place of the
antenna is not (ITU-R M.1371-5, figure 41); likewise ``to_port_m`` = 0 for the beam. An axis
sent as 0/0 is null.
"""

REJECTS: pa.Schema = pa.schema(
    [
        ("source_id", pa.string()),
        ("record", pa.uint64()),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("raw", pa.string()),
    ]
)
"""Every record that was not taken, with its reason code and its text.

Bytes of ``raw`` that are not UTF-8 are written as backslash escapes, so none is lost.
"""


def _polars(schema: pa.Schema) -> dict[str, pl.DataType]:
    # Not ``schema.empty_table()``: making its arrays imports pandas where that is installed, which
    # takes longer than all the rest of a command.
    frame = pl.from_arrow(pa.Table.from_batches([], schema=schema))
    return dict(cast("pl.DataFrame", frame).schema)


POSITIONS_FRAME: dict[str, pl.DataType] = _polars(POSITIONS)
STATICS_FRAME: dict[str, pl.DataType] = _polars(STATICS)
REJECTS_FRAME: dict[str, pl.DataType] = _polars(REJECTS)


@dataclass(frozen=True, slots=True)
class AisBatch:
    """Some consecutive records of one source, taken or rejected.

    Examples:
        >>> AisBatch.empty().records
        0

    """

    positions: pl.DataFrame
    """Columns of ``POSITIONS``."""
    statics: pl.DataFrame
    """Columns of ``STATICS``."""
    rejects: pl.DataFrame
    """Columns of ``REJECTS``."""
    records: int
    """Messages or rows taken, plus rejects. Blank lines and comments are no records."""

    @classmethod
    def empty(cls) -> "AisBatch":
        """A batch of nothing, with the right columns."""
        return cls(
            positions=pl.DataFrame(schema=POSITIONS_FRAME),
            statics=pl.DataFrame(schema=STATICS_FRAME),
            rejects=pl.DataFrame(schema=REJECTS_FRAME),
            records=0,
        )

    @property
    def kept(self) -> int:
        """Records taken."""
        return self.records - self.rejects.height


def conform(frame: pl.DataFrame, schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """Give ``frame`` exactly the columns of ``schema``; a column it lacks becomes null.

    Raises:
        polars.exceptions.InvalidOperationError: a value does not fit its column.

    Examples:
        >>> conform(pl.DataFrame({"record": [1]}), REJECTS_FRAME).columns
        ['source_id', 'record', 'reason', 'detail', 'raw']

    """
    present = set(frame.columns)
    return frame.select(
        pl.col(name).cast(dtype) if name in present else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in schema.items()
    )
