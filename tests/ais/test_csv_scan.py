"""The compiled scan of CSV says what the long way says, whatever the rows are like."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from quaywatch.ais.csv_rows import decode_csv
from quaywatch.ais.dialects import (
    DANISH,
    MARINECADASTRE,
    SBARC,
    Dialect,
    declared_dialect,
)
from quaywatch.ais.nmea import NmeaContext
from quaywatch.ais.schema import AisBatch

CONTEXT = NmeaContext("test", received_before=datetime(2026, 1, 1, tzinfo=UTC))
LOCAL = declared_dialect(
    {
        "columns": {
            "mmsi": "id", "at": "t", "lon": "x", "lat": "y", "name": "n", "imo": "i",
            "sog_kn": {"name": "v", "scale": 1.943844}, "station": "s", "received_at": "r",
            "transponder": {"name": "k", "meanings": {"Big": "A", "small one": "B"}},
        },
        "time_formats": ["epoch", "%Y-%m-%d %H:%M:%S%.f"], "timezone": "Europe/Paris",
        "delimiter": ";", "decimal": ",", "unknown": ["", "n/a", "-1"],
    }
)  # fmt: skip

Row = dict[str, str]
PLAIN: dict[str, tuple[Dialect, Row]] = {
    "sbarc": (
        SBARC,
        {
            "timestamp": "2018-06-01T00:00:00.633Z", "mmsi": "355658000", "name": "SM SEAHAWK",
            "ship_type": "80", "sog": "18", "lon": "-111.92278", "lat": "21.958637",
            "cog": "298.1", "heading": "300", "nav_status": "0", "msg_type": "1",
        },
    ),
    "noaa": (
        MARINECADASTRE,
        {
            "MMSI": "367379190", "BaseDateTime": "2022-01-03T00:00:00", "LAT": "30.3706",
            "LON": "-88.56408", "SOG": "0.0", "COG": "336.2", "Heading": "511",
            "VesselName": "EAGLE", "IMO": "IMO8207721", "CallSign": "WTD4583",
            "VesselType": "31", "Status": "0", "Length": "28", "Width": "11", "Draft": "3.3",
            "Cargo": "52", "TransceiverClass": "A",
        },
    ),
    "danish": (
        DANISH,
        {
            "# Timestamp": "15/07/2023 10:00:00", "Type of mobile": "Class A",
            "MMSI": "219005465", "Latitude": "56.1", "Longitude": "11.2",
            "Navigational status": "At anchor", "ROT": "-2.5", "SOG": "0.1", "COG": "10.0",
            "Heading": "12", "IMO": "Unknown", "Name": "BEACHWAY", "Ship type": "Cargo", "A": "20",
            "B": "10", "Draught": "3.2", "ETA": "16/07/2023 04:30:00",
        },
    ),
    "local": (
        LOCAL,
        {
            "id": "257000001", "t": "2023-07-01 12:00:00", "x": "5,5", "y": "60,25", "n": "A",
            "i": "", "v": "10", "s": "north", "r": "2023-07-01 12:00:05,5", "k": "Big",
        },
    ),
}  # fmt: skip

CELLS = st.sampled_from(
    [
        "", " ", "0", "1", "-1", "5", "24", "27", "19", "21", "15", "63", "102.2", "102.3", "91",
        "181", "360", "511", "180.0001", "-180", "-0.0", "1e2", ".5", "5.", "+7", "007", "nan",
        "NaN", "null", "None", "Unknown", "inf", "n/a", "12,5", "A", "b", "Class B", "AtoN", "Big",
        "small one", "x", '"x"', '""', '"a""b"', '"a', 'a"b', "a,b", "a;b", '"a,b"', "IMO 9125786",
        "AIS.18", "355658000", "355658000.0", "1072211352", "0.30000000000000004",
        "123456789012345678", "-118.123456789012345", "yesterday", "1970-01-01T00:00:00Z",
        "2038-01-19T03:14:07Z", "2018-02-30T00:00:00Z", "2016-02-29T23:59:60Z",
        "2018-06-01T00:00:00.1234567Z", "2018-06-01T00:00:00+02:00", "2018-06-01 00:00:00",
        "2018-06-01T00:00:00", "31/12/2019 23:59:59", "1600000000", "1600000000.5", "99999999999",
        "2023-10-29 02:30:00", "2023-03-26 02:30:00", "ÅLAND", "Å\u2003", "a\rb", "\t5",
    ]
)  # fmt: skip


def merged(batches: Sequence[AisBatch]) -> tuple[list[pl.DataFrame], int]:
    """Several batches as one: positions, statics, rejects, and how many records."""
    frames = [
        pl.concat([b.positions for b in batches]),
        pl.concat([b.statics for b in batches]),
        pl.concat([b.rejects for b in batches]),
    ]
    return frames, sum(b.records for b in batches)


def both_ways(blocks: list[bytes], *, header: list[str], dialect: Dialect) -> None:
    """Decode by the scan and the long way, and compare every cell."""
    fast, slow = (
        merged(list(decode_csv(blocks, header=header, dialect=dialect, context=CONTEXT, fast=way)))
        for way in (True, False)
    )
    for name, a, b in zip(("positions", "statics", "rejects"), fast[0], slow[0], strict=True):
        assert a.equals(b), (name, a.rows(), b.rows())
    assert fast[1] == slow[1]


@st.composite
def files(draw: st.DrawFn) -> tuple[Dialect, list[str], list[bytes]]:
    """Rows of some layout, a few cells of each changed, cut into blocks."""
    dialect, row = PLAIN[draw(st.sampled_from(sorted(PLAIN)))]
    end = draw(st.sampled_from(["\n", "\r\n"]))
    lines = []
    for _ in range(draw(st.integers(1, 8))):
        changes = draw(st.dictionaries(st.sampled_from(sorted(row)), CELLS, max_size=3))
        line = dialect.delimiter.join((row | changes).values())
        kind = draw(st.integers(0, 12))
        line = {0: "", 1: " ", 2: line + dialect.delimiter, 3: line[:20], 4: "  "}.get(kind, line)
        coded = (line + end).encode(
            "latin-1" if kind == 5 and line.isascii() is False and "\u2003" not in line else "utf-8"
        )
        lines.append(coded)
    cuts = sorted(draw(st.sets(st.integers(0, len(lines)))) | {0, len(lines)})
    blocks = [b"".join(lines[a:b]) for a, b in itertools.pairwise(cuts) if b > a]
    return dialect, list(row), blocks


@settings(deadline=None, max_examples=100)
@given(made=files())
def test_the_scan_reads_as_the_long_way(made: tuple[Dialect, list[str], list[bytes]]) -> None:
    """A fast way that reads one cell otherwise would put a ship elsewhere, unseen."""
    dialect, header, blocks = made
    both_ways(blocks, header=header, dialect=dialect)


@settings(deadline=None, max_examples=60)
@given(text=st.from_regex(r"-?[0-9]{1,9}(\.[0-9]{1,12})?", fullmatch=True))
@example(text="0.1")
@example(text="-0")
@example(text="9007199254740993")
def test_numbers_are_read_to_the_bit(text: str) -> None:
    """A coordinate that differs in its last bit is another message, kept twice."""
    header = ["timestamp", "mmsi", "lon", "lat"]
    row = f"2018-06-01T00:00:00Z,355658000,1.5,{text}\n".encode()
    (batch,) = decode_csv([row], header=header, dialect=SBARC, context=CONTEXT)
    if -90 <= float(text) <= 90:
        assert batch.positions["lat"].to_list() == [float(text)]


@settings(deadline=None, max_examples=40)
@given(at=st.datetimes(datetime(2000, 1, 1), datetime(2025, 12, 31)), digits=st.integers(0, 6))  # noqa: DTZ001  # walls of UTC
def test_times_are_read_to_the_microsecond(at: datetime, digits: int) -> None:
    """A leap day read as the next day moves every ship."""
    fraction = f".{at.microsecond:06d}"[: digits + 1] if digits else ""
    row = f"{at:%Y-%m-%dT%H:%M:%S}{fraction}Z,355658000,1,2\n".encode()
    header = ["timestamp", "mmsi", "lon", "lat"]
    (batch,) = decode_csv([row], header=header, dialect=SBARC, context=CONTEXT)
    kept = int(f"{at.microsecond:06d}"[:digits].ljust(6, "0")) if digits else 0
    assert batch.positions["at"].to_list() == [at.replace(microsecond=kept, tzinfo=UTC)]


def test_a_quote_inside_a_cell_swallows_no_row() -> None:
    """Two quotes in one line can still leave a cell open to the end of the file."""
    dialect, row = PLAIN["sbarc"]
    good = ",".join(row.values())
    bad = ",".join((row | {"name": 'x"y', "ship_type": '"z'}).values())
    (batch,) = decode_csv(
        [f"{good}\n{bad}\n{good}\n".encode()], header=list(row), dialect=dialect, context=CONTEXT
    )
    assert batch.positions["record"].to_list() == [2, 4]
    assert batch.rejects.select("record", "reason").rows() == [(3, "row-ragged")]


@pytest.mark.parametrize("where", ["IMO", "VesselType", "Draft"])
def test_an_identity_that_cannot_be_read_bars_every_row_that_has_it(where: str) -> None:
    """The scan looks at identity once; a row like a refused one must be refused too."""
    dialect, row = PLAIN["noaa"]
    row = row | {where: "IMOx" if where == "IMO" else "??"}
    lines = f"{','.join(row.values())}\n".encode() * 5
    both_ways([lines, lines], header=list(row), dialect=dialect)


def test_more_words_than_the_scan_counts_are_read_all_the_same() -> None:
    """A station column can hold anything."""
    _, row = PLAIN["local"]
    lines = [";".join((row | {"s": f"station {n}"}).values()) for n in range(400)]
    both_ways([("\n".join(lines) + "\n").encode()], header=list(row), dialect=LOCAL)


def test_many_transponders_are_told_apart() -> None:
    """The table of identities grows; nothing is forgotten but to be asked again."""
    _, row = PLAIN["sbarc"]
    lines = [",".join((row | {"mmsi": str(201_000_000 + n)}).values()) for n in range(45_000)]
    block = ("\n".join(lines) + "\n").encode()
    both_ways([block, block], header=list(row), dialect=SBARC)
