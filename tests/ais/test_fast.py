"""The short way reads a log exactly as the general way does."""

import gzip
import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quaywatch.ais.context import NmeaContext
from quaywatch.ais.general import decode_lines
from quaywatch.ais.nmea import decode_nmea
from quaywatch.ais.schema import AisBatch

Maker = Callable[..., str]
Armour = Callable[..., list[str]]
CONTEXT = NmeaContext(
    "test", timezone="Europe/Paris", received_before=datetime(2030, 1, 1, tzinfo=UTC)
)


def by_the_general_way(text: bytes, context: NmeaContext = CONTEXT) -> AisBatch:
    """Every line by the general way."""
    line_of = np.arange(1, text.count(b"\n") + 2)
    return decode_lines(text, line_of, last=True, context=context)[0]


def by_the_short_way(text: bytes, context: NmeaContext = CONTEXT) -> AisBatch:
    """As ``read_ais`` decodes it, all in one table."""
    batches = list(decode_nmea([text], context))
    return AisBatch(
        positions=pl.concat([batch.positions for batch in batches]),
        statics=pl.concat([b.statics for b in batches]).sort("record", maintain_order=True),
        rejects=pl.concat([b.rejects for b in batches]).sort("record", maintain_order=True),
        records=sum(batch.records for batch in batches),
    )


def sorted_rows(table: pl.DataFrame) -> pl.DataFrame:
    """In the order of the source; two rejects of one line may come in different batches."""
    by = ["record", "reason", "raw"] if "reason" in table.columns else ["record"]
    return table.sort(by, maintain_order=True)


def assert_same(text: bytes, context: NmeaContext = CONTEXT) -> AisBatch:
    """Both ways give the same tables, to the last bit; what the short way gave."""
    short, general = by_the_short_way(text, context), by_the_general_way(text, context)
    assert short.records == general.records
    for name in ("positions", "statics", "rejects"):
        ours, theirs = sorted_rows(getattr(short, name)), sorted_rows(getattr(general, name))
        assert ours.schema == theirs.schema
        assert ours.equals(theirs), (name, ours.head(3), theirs.head(3))
    return short


def put(bits: str, offset: int, width: int, value: int) -> str:
    """``bits`` with a number written over some of them."""
    return bits[:offset] + f"{value % (1 << width):0{width}b}" + bits[offset + width :]


PLACES = {1: (61, 28, 89, 27), 4: (79, 28, 107, 27), 18: (57, 28, 85, 27), 27: (44, 18, 62, 17)}


@st.composite
def payloads(draw: st.DrawFn) -> str:
    """Random bits of any message, with edges of position and MMSI, of any length."""
    kind = draw(st.sampled_from([0, 1, 2, 3, 4, 4, 5, 18, 18, 19, 20, 21, 24, 24, 27, 27, 28, 63]))
    size = draw(st.sampled_from([168, 168, 168, 163, 162, 160, 96, 90, 312, 174, 200, 360, 424, 6]))
    bits = f"{draw(st.integers(0, (1 << size) - 1)):0{size}b}"
    bits = put(bits, 0, 6, kind)[:size]
    if size >= 168:
        mmsi = draw(st.integers(1, 999_999_999) | st.sampled_from([0, 999_999_999, 1_000_000_000]))
        bits = put(bits, 8, 30, mmsi)
        if kind in PLACES and draw(st.integers(0, 9)):
            units = 600 if kind == 27 else 600_000
            at, wide, also_at, also_wide = PLACES[kind]
            edges = st.sampled_from([-181, -180, -91, -90, 0, 90, 91, 180, 181])
            lon = draw(st.integers(-180 * units, 180 * units) | edges.map(lambda d: d * units))
            lat = draw(st.integers(-90 * units, 90 * units) | edges.map(lambda d: d * units))
            bits = put(put(bits, at, wide, lon), also_at, also_wide, lat)
    return bits


PREFIXES = [
    "2016-03-31 00:00:01, ",
    "2016-03-31 00:59:59, ",
    "2016-03-31 12:00:60, ",
    "2016-03-31 23:59:59,",
    "2016-03-31 23:59:59 ",
    "2016-03-27 02:30:00, ",
    "2016-10-30 02:30:00, ",
    "2016-10-30 02:59:59, ",
    "2016-10-30 03:00:00, ",
    "2016-02-30 03:00:00, ",
    "2016/03/31 00:00:01, ",
    "2016-03-31T00:00:01Z ",
    "2016-03-31T00:00:01.250+02:00 ",
    "1970-01-01 00:00:01, ",
    "2031-01-01 00:00:01, ",
    "1459512000 ",
    "1459512000.5,",
    ", ",
    "",
    "",
    "  ",
    "junk ",
    "\\c:1459512000*56\\",
    "\\g:1-2-7,c:1459512000*04\\",
    "\\g:2-2-7*59\\",
    "$PGHP,1,2010,6,11,11,46,11,390,231,45,992190934,1,00*00\n",
]
TAILS = ["", "", "", "\r", " ", ",b003669710,1272412827", ",x", " !AIVDM,1,1,,B,,0*25"]


@st.composite
def logs(draw: st.DrawFn, armour: Armour) -> bytes:
    """Lines of every shape, some with a byte changed."""
    lines: list[str] = []
    for i in range(draw(st.integers(1, 12))):
        bits = draw(payloads())
        made = armour(
            bits,
            sequence=draw(st.integers(0, 2)),
            channel=draw(st.sampled_from(["A", "A", "B", "1", ""])),
            talker=draw(st.sampled_from(["AIVDM", "AIVDM", "AIVDO", "BSVDM", "--VDM", "AIVDN"])),
        )
        if len(made) > 1 and draw(st.integers(0, 3)) == 0:
            made = draw(st.permutations(made))[: draw(st.integers(1, len(made)))]
        prefix = draw(st.sampled_from(PREFIXES))
        for line in made:
            text = prefix + line + draw(st.sampled_from(TAILS))
            if draw(st.integers(0, 7)) == 0:
                at = draw(st.integers(0, len(text) - 1))
                changed = draw(st.characters(max_codepoint=126) | st.sampled_from("!,*\\\n$"))
                text = text[:at] + changed + text[at + draw(st.integers(0, 1)) :]
            lines.append(text)
        lines += draw(st.sampled_from([[], [], [], [""], ["# note"], ["$GPGGA,1*00"], [f"x{i}"]]))
    end = draw(st.sampled_from(["\n", "\n", ""]))
    return ("\n".join(lines) + end).encode("utf-8")


def test_any_log_is_read_the_same_both_ways(sentences: Armour) -> None:
    """A fast reader that differs in one bit would be a second truth about the same file."""

    @settings(deadline=None, max_examples=200)
    @given(text=logs(sentences))
    def same(text: bytes) -> None:
        assert_same(text)
        assert_same(text * 3)

    same()


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_blocks_do_not_change_what_the_short_way_reads(
    data: st.DataObject, sentences: Armour
) -> None:
    """Where a file is cut into blocks is chance; line numbers and joins must survive it."""
    text = data.draw(logs(sentences))
    pieces = text.splitlines(keepends=True)
    if b"\\g:" in text:
        return  # groups are looked up within a block
    cuts = sorted(data.draw(st.sets(st.integers(0, len(pieces)))) | {0, len(pieces)})
    blocks = [b"".join(pieces[a:b]) for a, b in itertools.pairwise(cuts) if b > a]
    batches = list(decode_nmea(blocks, CONTEXT))
    whole = by_the_general_way(text)
    assert sum(batch.records for batch in batches) == whole.records
    for name in ("positions", "statics", "rejects"):
        parts = pl.concat([getattr(batch, name) for batch in batches])
        assert sorted_rows(parts).equals(sorted_rows(getattr(whole, name)))


def test_a_text_without_a_usual_line_is_read(sentences: Armour, report: Maker) -> None:
    """Where most lines are of another shape, the short way steps aside for the whole block."""
    line = sentences(report())[0]
    text = "".join(f"{line},r003669946,{1_325_394_060 + k}\n" for k in range(3000)).encode()
    assert assert_same(text).positions.height == 3000


@pytest.mark.realdata
def test_the_seine_is_read_the_same_both_ways(shared_data: Path) -> None:
    """Three days as a receiver wrote them: times, base stations, parts, unread messages."""
    for path in sorted((shared_data / "ais" / "nmea_seine").glob("*.gz")):
        got = assert_same(gzip.decompress(path.read_bytes()))
        assert got.records > 40_000


@pytest.mark.realdata
def test_the_conformance_corpus_is_read_the_same_both_ways(shared_data: Path) -> None:
    """Malformed and rare lines are what the two ways could differ in."""
    seen = 0
    for path in sorted((shared_data / "ais" / "nmea_conformance").glob("*/*")):
        text = path.read_bytes()
        if b"VDM," in text:
            assert_same(text)
            seen += 1
    assert seen > 20
