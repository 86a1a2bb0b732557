"""Parquet in: our own, others' by their columns, and what is broken."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from quaywatch.ais.dialects import declared_dialect
from quaywatch.ais.read import AisFormat, read_ais
from quaywatch.ais.schema import (
    POSITIONS,
    POSITIONS_FRAME,
    STATICS,
    STATICS_FRAME,
    AisBatch,
    conform,
)
from quaywatch.errors import (
    DialectError,
    QuaywatchError,
    SourceEmptyError,
    SourceTruncatedError,
    TimezoneMissingError,
)

AT = datetime(2021, 1, 1, 0, 9, 5, tzinfo=UTC)
OURS = {
    "mmsi": [355658000, 366000001], "at": [AT, None], "lon": [1.5, None], "lat": [49.0, None],
    "sog_kn": [12.3, None], "msg_type": [1, 27], "transponder": ["A", None],
    "source_id": ["source:other"] * 2, "record": [77, 78],
}  # fmt: skip


def parquet(frame: pl.DataFrame, schema: pa.Schema | None = None, **how: Any) -> bytes:  # noqa: ANN401  # pyarrow's own
    """The frame as a Parquet file."""
    file = io.BytesIO()
    table = frame.to_arrow()
    pq.write_table(table if schema is None else table.cast(schema), file, **how)
    return file.getvalue()


def read(data: bytes, **how: Any) -> AisBatch:  # noqa: ANN401  # read_ais's own
    """The one batch of a file."""
    (batch,) = read_ais(io.BytesIO(data), source_id="test", **how)
    return batch


def ours(**changes: list[Any]) -> pl.DataFrame:
    """Two positions in our own columns."""
    return conform(pl.DataFrame(OURS | changes), POSITIONS_FRAME)


def test_our_own_positions_come_back_under_their_new_source() -> None:
    """What `quaywatch decode` wrote and what another lake holds are evidence like any other."""
    batch = read(parquet(ours(), POSITIONS))
    expected = ours(source_id=["test"] * 2, record=[1, 2])
    assert batch.positions.equals(expected)
    assert (batch.records, batch.rejects.height) == (2, 0)


@pytest.mark.parametrize("dictionary", [True, False])
def test_texts_may_be_kept_any_way(dictionary: bool) -> None:  # noqa: FBT001  # a parameter
    """Writers differ in how they store text; the columns are the same."""
    file = io.BytesIO()
    frame = ours()
    if dictionary:
        frame = frame.with_columns(pl.col(pl.String).cast(pl.Categorical))
    frame.write_parquet(file)
    assert read(file.getvalue()).positions["transponder"].to_list() == ["A", None]


def test_our_own_statics_come_back(tmp_path: Path) -> None:
    """A ship's names are in the file beside its positions."""
    row = {"mmsi": 1, "at": AT, "imo": 9125786, "name": "SOKONE", "part": "A", "record": 5}
    path = tmp_path / "x.parquet"
    pq.write_table(conform(pl.DataFrame([row]), STATICS_FRAME).to_arrow().cast(STATICS), path)
    (batch,) = read_ais(path, source_id="test")
    assert batch.statics.select("mmsi", "imo", "name", "part", "record").rows() == [
        (1, 9125786, "SOKONE", "A", 1)
    ]
    assert batch.positions.is_empty()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"mmsi": [0, 366000001]}, "mmsi-invalid"),
        ({"mmsi": [None, 366000001]}, "mmsi-invalid"),
        ({"lon": [200.0, None]}, "position-out-of-range"),
        ({"lat": [None, None]}, "position-out-of-range"),
        ({"sog_kn": [float("inf"), None]}, "cell-unreadable"),
        ({"at": [datetime(1999, 1, 1, tzinfo=UTC), AT]}, "time-implausible"),
    ],
)
def test_our_own_columns_are_no_warrant(changes: dict[str, list[Any]], reason: str) -> None:
    """Anyone can write our column names over nonsense; the lake must not take it on trust."""
    batch = read(parquet(ours(**changes), POSITIONS))
    assert batch.rejects.select("record", "reason").rows() == [(1, reason)]
    assert '"mmsi"' in str(batch.rejects["raw"][0])
    assert batch.positions["record"].to_list() == [2]
    assert batch.records == 2


THEIRS = {
    "ssvid": ["412331104", "412331105", "x"], "timestamp": [AT, AT, AT], "lon": [121.5, 181.0, 1.0],
    "lat": [38.9, 91.0, 2.0], "speed": [float("nan"), 102.3, 1.0], "shipname": ["A", None, "B"],
    "type": ["AIS.1", "AIS.18", "AIS.1"], "extra": [[1], [2], [3]],
}  # fmt: skip


def test_other_providers_columns_are_known_by_name() -> None:
    """Global Fishing Watch ships Parquet with the names of its JSON."""
    batch = read(parquet(pl.DataFrame(THEIRS)))
    assert batch.positions.select("mmsi", "lon", "lat", "sog_kn", "transponder").rows() == [
        (412331104, 121.5, 38.9, None, "A"),
        (412331105, None, None, None, "B"),
    ]
    assert batch.statics["name"].to_list() == ["A"]
    assert batch.rejects.select("record", "reason", "detail").rows() == [
        (3, "cell-unreadable", "ssvid=x")
    ]


@pytest.mark.parametrize(
    "times",
    [
        [AT.timestamp()] * 3,
        [int(AT.timestamp())] * 3,
        ["2021-01-01T00:09:05Z"] * 3,
        pl.Series([AT] * 3).cast(pl.Datetime("ns", "UTC")),
        pl.Series([AT] * 3).dt.convert_time_zone("Europe/Paris"),
    ],
)
def test_instants_in_any_type_are_the_same_instant(times: Any) -> None:  # noqa: ANN401  # any column
    """Seconds, texts, nanoseconds, zones: one moment."""
    batch = read(parquet(pl.DataFrame(THEIRS | {"timestamp": times})))
    assert batch.positions["at"].to_list() == [AT, AT]


def test_local_instants_need_a_zone() -> None:
    """A timestamp without a zone is not UTC because Parquet says nothing."""
    frame = pl.DataFrame(THEIRS).with_columns(pl.col("timestamp").dt.replace_time_zone(None))
    mapping = {"columns": {"mmsi": "ssvid", "at": "timestamp", "lon": "lon", "lat": "lat"}}
    dialect = declared_dialect(mapping)
    with pytest.raises(TimezoneMissingError):
        read(parquet(frame), dialect=dialect)
    batch = read(parquet(frame), dialect=dialect, timezone="Europe/Paris")
    assert batch.positions["at"][0].hour == 23


def test_the_same_rows_say_the_same_as_csv(tmp_path: Path) -> None:
    """A provider that changes its format has not changed its ships."""
    text = "timestamp,mmsi,name,ship_type,sog,lon,lat,cog,heading,nav_status,msg_type\n"
    rows = [
        f"2018-06-01T00:00:{n:02d}Z,{355658000 + n % 3},S{n // 7},80,{n}.5,{n},2.25,9,511,15,1"
        for n in range(50)
    ]
    csv = tmp_path / "a.csv"
    csv.write_text(text + "\n".join(rows) + "\n")
    pl.read_csv(csv, try_parse_dates=True).write_parquet(tmp_path / "a.parquet", row_group_size=7)
    (a,), (b,) = (list(read_ais(path, source_id="t")) for path in (csv, tmp_path / "a.parquet"))
    assert a.positions.drop("record").equals(b.positions.drop("record"))
    assert a.statics.drop("record").equals(b.statics.drop("record"))


def cut(data: bytes) -> bytes:
    """The end is missing."""
    return data[: len(data) // 2]


def flipped(data: bytes) -> bytes:
    """A page is damaged."""
    return data[:40] + bytes(b ^ 0xFF for b in data[40:140]) + data[140:]


@pytest.mark.parametrize("damage", [cut, flipped, lambda d: d[:4], lambda d: d + b"x"])
def test_a_damaged_file_is_an_error(damage: Callable[[bytes], bytes]) -> None:
    """Half a table would look like silence at sea."""
    data = parquet(ours(), POSITIONS, write_page_checksum=True)
    with pytest.raises(QuaywatchError) as caught:
        read(damage(data))
    assert caught.value.code in {"source-truncated", "format-unknown"}


def test_what_is_no_parquet_is_not_read_as_it() -> None:
    """A forced format does not make it one."""
    with pytest.raises(SourceTruncatedError):
        read(b"MMSI,LAT\n1,2\n", file_format=AisFormat.PARQUET)


def test_a_table_without_rows_is_an_error() -> None:
    """An empty AIS file never makes ships dark."""
    with pytest.raises(SourceEmptyError):
        list(read_ais(io.BytesIO(parquet(ours()[:0], POSITIONS)), source_id="test"))


@pytest.mark.parametrize(
    "frame", [pl.DataFrame({"a": [1]}), pl.DataFrame(THEIRS).with_columns(lon=pl.col("extra"))]
)
def test_columns_that_are_none_are_named(frame: pl.DataFrame) -> None:
    """The remedy needs the names."""
    with pytest.raises(DialectError):
        read(parquet(frame))
