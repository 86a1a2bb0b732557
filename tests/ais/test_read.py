"""Opening sources: compression, format, damage. A bad file never half-lands unnoticed."""

import gzip
import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from quaywatch.ais.lake import for_lake
from quaywatch.ais.read import AisFormat, detect_format, read_ais
from quaywatch.ais.schema import POSITIONS, POSITIONS_FRAME, REJECTS_FRAME, STATICS_FRAME
from quaywatch.errors import (
    DialectError,
    FormatUnknownError,
    QuaywatchError,
    SourceEmptyError,
    SourceTruncatedError,
)

HEADER = b"timestamp,mmsi,name,ship_type,sog,lon,lat,cog,heading,nav_status,msg_type\n"
ROW = b"2018-06-01T00:00:00.633Z,355658000,SM SEAHAWK,80,18,-111.92278,21.958637,298.1,300,0,1\n"
CSV = HEADER + ROW * 1000
Compress = Callable[[bytes], bytes]


def unchanged(data: bytes) -> bytes:
    """No compression."""
    return data


def zstd(data: bytes) -> bytes:
    """One zstd frame."""
    return zstandard.ZstdCompressor().compress(data)


def two_frames(data: bytes) -> bytes:
    """Two zstd frames in a row."""
    half = len(data) // 2
    return zstd(data[:half]) + zstd(data[half:])


def two_members(data: bytes) -> bytes:
    """Two gzip members in a row."""
    half = len(data) // 2
    return gzip.compress(data[:half]) + gzip.compress(data[half:])


@pytest.mark.parametrize("compress", [unchanged, gzip.compress, zstd, two_frames, two_members])
def test_compression_is_told_from_the_bytes(compress: Compress, tmp_path: Path) -> None:
    """A wrong suffix, or none, is common; concatenated archives are too."""
    path = tmp_path / "no-suffix"
    path.write_bytes(compress(CSV))
    batches = list(read_ais(path, source_id="test", block_bytes=4096))
    assert sum(batch.positions.height for batch in batches) == 1000
    assert len(batches) > 1
    assert sum(batch.statics.height for batch in batches) == 1


@pytest.mark.parametrize("compress", [gzip.compress, zstd])
def test_a_cut_off_archive_is_an_error(compress: Compress) -> None:
    """The rest of the day would look like silence at sea."""
    data = compress(
        HEADER + b"".join(ROW.replace(b"00:00:00", b"00:%02d:00" % i) for i in range(60))
    )
    for cut in (len(data) - 1, len(data) - 9, len(data) // 2, 20):
        with pytest.raises(SourceTruncatedError, match="none of it was taken"):
            list(read_ais(io.BytesIO(data[:cut]), source_id="test"))


def test_a_damaged_archive_is_an_error() -> None:
    """A flipped byte inside gzip is caught by its own checksum."""
    data = bytearray(gzip.compress(CSV))
    data[len(data) // 2] ^= 0xFF
    with pytest.raises(SourceTruncatedError):
        list(read_ais(io.BytesIO(bytes(data)), source_id="test"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n \n",
        # The moment of compression is in a gzip's header: fixed, since it names the test.
        gzip.compress(b"", mtime=0),
        zstd(b""),
        HEADER,
        HEADER[:-1],
        b"# !AIVDM,1, only a comment\n",
    ],
)
def test_a_source_without_records_is_an_error(content: bytes) -> None:
    """An empty AIS file never makes ships dark."""
    with pytest.raises(SourceEmptyError):
        list(read_ais(io.BytesIO(content), source_id="test"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (bytes(range(256)) * 10, "binary data"),
        (CSV.decode().encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04rest", "zip archive"),
        (b"a,b,c\n1,2,3\n", "it begins 'a,b,c'"),
        (b'{"fields": [1]}', "it begins"),
        (b"<html>503</html>", "it begins '<html>"),
    ],
)
def test_what_is_not_ais_is_refused_with_what_would_be(content: bytes, said: str) -> None:
    """A saved error page must not become an empty sea."""
    with pytest.raises(FormatUnknownError, match="Understood: NMEA sentences") as caught:
        list(read_ais(io.BytesIO(content), source_id="test"))
    assert said in str(caught.value)
    assert caught.value.code == "format-unknown"


def test_an_array_that_does_not_end_is_an_error() -> None:
    """Half a download of JSON is as silent as half an archive."""
    text = b'[{"ssvid": "1", "timestamp": 1600000000, "lon": 1, "lat": 2}, {"ssvid"'
    with pytest.raises(SourceTruncatedError):
        list(read_ais(io.BytesIO(text), source_id="test"))


def test_a_csv_of_unknown_columns_asks_for_a_mapping() -> None:
    """Forcing the format does not make the columns known."""
    with pytest.raises(DialectError, match="Declare"):
        list(read_ais(io.BytesIO(b"a,b\n1,2\n"), source_id="test", file_format=AisFormat.CSV))


def test_format_is_found_behind_comments_and_a_byte_order_mark() -> None:
    """Logs begin with remarks, spreadsheets with a mark."""
    log = b"# our station\n\n" * 100 + b"!AIVDM,1,1,,A,15N4cJ`005Jrek0H@9n`DW5608EP,0*10\n"
    assert detect_format(log, source="x") is AisFormat.NMEA
    assert detect_format(b"\xef\xbb\xbf" + CSV, source="x") is AisFormat.CSV


def test_a_stream_stays_open_and_need_not_seek() -> None:
    """Standard input and sockets are streams too."""

    class OneWay(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise io.UnsupportedOperation

    stream = OneWay(gzip.compress(CSV))
    (batch,) = read_ais(stream, source_id="test")
    assert batch.records == 1000
    assert not stream.closed


def test_columns_are_those_of_the_contract() -> None:
    """The lake refuses a file whose columns differ from the file beside it."""
    (batch,) = read_ais(io.BytesIO(CSV), source_id="test")
    assert dict(batch.positions.schema) == POSITIONS_FRAME
    assert dict(batch.statics.schema) == STATICS_FRAME
    assert dict(batch.rejects.schema) == REJECTS_FRAME
    assert batch.positions.to_arrow().schema.names == POSITIONS.names


@settings(deadline=None, max_examples=150)
@given(
    data=st.binary(max_size=400) | st.text("!AIVDM,*\\12:cg-\n$ {[", max_size=300).map(str.encode)
)
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    """Whatever arrives is rows, rejects, or one of our errors."""
    for forced in (None, *AisFormat):
        try:
            batches = list(
                read_ais(
                    io.BytesIO(data),
                    source_id="t",
                    file_format=forced,
                    timezone="UTC",
                    received_before=datetime(2026, 1, 1, tzinfo=UTC),
                )
            )
        except QuaywatchError:
            continue
        for batch in batches:
            assert batch.records >= batch.rejects.height
            assert for_lake(batch).positions["at"].null_count() == 0


# Recorded data


def totals(paths: list[Path], timezone: str | None = None) -> dict[str, int]:
    """Records, kept and rows of files; each record kept or rejected, none twice."""
    found = {"records": 0, "kept": 0, "positions": 0, "statics": 0, "rejects": 0}
    for path in paths:
        batches = list(read_ais(path, source_id=path.name, timezone=timezone))
        for batch in batches:
            for name, value in found.items():
                more = getattr(batch, name)
                found[name] = value + (more.height if isinstance(more, pl.DataFrame) else more)
        where = pl.concat([batch.positions for batch in batches])
        assert where["lon"].is_between(-180, 180).all()
        assert where["sog_kn"].is_between(0, 102.25).all()
        assert where["cog_deg"].is_between(0, 360, closed="left").all()
        assert where["heading_deg"].is_between(0, 360, closed="left").all()
        assert where["at"].null_count() == 0
    return found


@pytest.mark.realdata
def test_three_days_on_the_seine(shared_data: Path) -> None:
    """Every line of a real log becomes a message, part of one, or a reject."""
    paths = sorted((shared_data / "ais" / "nmea_seine").glob("*.log.gz"))
    found = totals(paths, "Europe/Paris")
    lines = sum(gzip.decompress(path.read_bytes()).count(b"\n") for path in paths)
    assert found["records"] + found["statics"] == lines  # each voyage report took two lines
    assert found["kept"] == found["positions"] + found["statics"]
    assert found["kept"] > 0.85 * found["records"]


@pytest.mark.realdata
@pytest.mark.parametrize("folder", ["sbarc_2018", "noaa_2022"])
def test_every_row_of_real_tables_is_kept_or_rejected(shared_data: Path, folder: str) -> None:
    """A row lost on the way in is a gap invented."""
    paths = sorted((shared_data / "ais" / folder).glob("*.csv.gz"))
    found = totals(paths)
    lines = sum(gzip.decompress(path.read_bytes()).count(b"\n") for path in paths)
    assert found["records"] == lines - len(paths)
    assert found["positions"] + found["rejects"] == found["records"]
    assert found["rejects"] < 0.001 * found["records"]


@pytest.mark.realdata
def test_every_message_of_real_json_is_kept(shared_data: Path) -> None:
    """These files were chosen for being noisy; their noise is in the tracks, not the text."""
    found = totals(sorted((shared_data / "ais" / "gfw_segments").glob("*.json.gz")))
    assert found["records"] == 60_355
    assert found["kept"] == found["records"]
