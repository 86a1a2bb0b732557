"""NMEA logs: joining, tag blocks, times, and every line accounted for."""

import itertools
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quaywatch.ais.lake import for_lake
from quaywatch.ais.nmea import NmeaContext, decode_nmea
from quaywatch.ais.schema import AisBatch
from quaywatch.ais.timestamps import local_to_utc
from quaywatch.errors import TimezoneMissingError, TimezoneUnknownError

Maker = Callable[..., str]
Armour = Callable[..., list[str]]
CONTEXT = NmeaContext("test", timezone="Europe/Paris")
VOYAGE = f"{5:06b}00{211_000_001:030b}" + "0" * 386


def decode(*lines: str, context: NmeaContext = CONTEXT) -> AisBatch:
    """All lines at once, as one batch."""
    return merged(decode_nmea([("\n".join(lines) + "\n").encode()], context))


def merged(batches: Iterable[AisBatch]) -> AisBatch:
    """Several batches as one."""
    every = list(batches)
    return AisBatch(
        positions=pl.concat([b.positions for b in every]),
        statics=pl.concat([b.statics for b in every]).sort("record"),
        rejects=pl.concat([b.rejects for b in every]).sort("record"),
        records=sum(b.records for b in every),
    )


@pytest.mark.parametrize(
    ("field", "raw", "column", "value"),
    [
        ("sog", 0, "sog_kn", 0.0),
        ("sog", 1022, "sog_kn", pytest.approx(102.2)),
        ("sog", 1023, "sog_kn", None),
        ("cog", 3599, "cog_deg", pytest.approx(359.9)),
        ("cog", 3600, "cog_deg", None),
        ("cog", 4000, "cog_deg", None),
        ("heading", 359, "heading_deg", 359.0),
        ("heading", 360, "heading_deg", None),
        ("heading", 511, "heading_deg", None),
        ("rot", -128, "rot_deg_min", None),
        ("rot", 127, "rot_deg_min", None),
        ("rot", -127, "rot_deg_min", None),
        ("rot", -126, "rot_deg_min", pytest.approx(-708.7, abs=0.05)),
        ("status", 15, "nav_status", None),
        ("status", 5, "nav_status", 5),
        ("lon", 181.0, "lat", None),
        ("lat", 91.0, "lon", None),
    ],
)
def test_not_available_is_null(
    report: Maker, sentences: Armour, field: str, raw: float, column: str, value: float | None
) -> None:
    """A sentinel that leaks becomes a ship at 102.3 kn or on the equator, and so a finding."""
    batch = decode(*sentences(report(**{field: raw})))
    assert batch.positions[column].to_list() == [value]


def test_half_a_position_is_none(report: Maker, sentences: Armour) -> None:
    """A latitude without a longitude would be drawn somewhere."""
    row = decode(*sentences(report(lat=91.0))).positions.row(0, named=True)
    assert (row["lon"], row["lat"], row["mmsi"]) == (None, None, 355_658_000)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"lat": 100.0}, "position-out-of-range"),
        ({"lon": -190.0}, "position-out-of-range"),
        ({"mmsi": 0}, "mmsi-invalid"),
        ({"mmsi": 1_000_000_000}, "mmsi-invalid"),
        ({"kind": 9}, "unsupported-type-9"),
        ({"kind": 60}, "unsupported-type-60"),
    ],
)
def test_impossible_content_is_rejected_with_its_reason(
    report: Maker, sentences: Armour, changes: dict[str, float], reason: str
) -> None:
    """What cannot be true is kept aside with its text, neither dropped nor mended."""
    (line,) = sentences(report(**changes))
    batch = decode(line)
    assert batch.positions.is_empty()
    assert batch.rejects.select("record", "reason", "raw").rows() == [(1, reason, line)]


def test_longitude_180_and_the_pole_are_positions(report: Maker, sentences: Armour) -> None:
    """The edges of the map are on it."""
    lines = [sentences(report(lon=lon, lat=lat))[0] for lon, lat in [(180, 90), (-180, -90)]]
    assert decode(*lines).positions.select("lon", "lat").rows() == [(180, 90), (-180, -90)]


@pytest.mark.parametrize("talker", ["AIVDM", "AIVDO", "BSVDM", "--VDM", "SSVDM"])
def test_any_talker_is_read(report: Maker, sentences: Armour, talker: str) -> None:
    """Base stations and satellites have their own talker; the payload is the same."""
    assert decode(*sentences(report(), talker=talker)).positions.height == 1


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda s: s[:-2] + "00" if s[-2:] != "00" else s[:-2] + "01", "checksum-mismatch"),
        (lambda s: s[:-3], "checksum-missing"),
        (lambda s: s[1:], "not-a-sentence"),
        (lambda _: "$GPGGA,1*00", "not-ais"),
        (lambda _: "!AIVDM,1,1,,B,,0*25", "payload-empty"),
        (lambda s: "yesterday " + s, "timestamp-unreadable"),
        (lambda s: "\\s:x,c:1*00\\" + s, "tag-block-checksum"),
        (lambda s: "\\s:x,c:1\\" + s, "tag-block-malformed"),
    ],
)
def test_damaged_sentences_are_rejected_with_their_reason(
    report: Maker, sentences: Armour, damage: Callable[[str], str], reason: str
) -> None:
    """A flipped bit in a position is a jump: a bad checksum must never pass."""
    line = damage(sentences(report())[0])
    batch = decode(line)
    assert batch.rejects.select("reason", "raw").rows() == [(reason, line)]
    assert (batch.records, batch.kept) == (1, 0)


def test_too_short_says_how_short(report: Maker, sentences: Armour) -> None:
    """Fields beyond the end would read as zeros: 0°N 0°E at 0 kn."""
    (line,) = sentences(report()[:150])
    (row,) = decode(line).rejects.to_dicts()
    assert row["reason"] == "payload-too-short"
    assert row["detail"].startswith("150 bits")


def test_appended_characters_do_not_matter(report: Maker, sentences: Armour) -> None:
    """Some providers append to the payload; what the transponder sent comes first."""
    plain, longer = (decode(*sentences(report() + more)) for more in ("", "101010" * 3))
    assert plain.positions.equals(longer.positions)


def test_blank_lines_and_comments_are_no_records(report: Maker, sentences: Armour) -> None:
    """Otherwise the count of rejects would speak of layout, not of data."""
    batch = decode("# a comment", "", "   ", *sentences(report()))
    assert (batch.records, batch.positions["record"][0]) == (1, 4)


def test_bytes_that_are_not_text_are_kept_as_escapes() -> None:
    """The reject must show what was there."""
    (batch,) = decode_nmea([b"\xff\xfeabc\n"], CONTEXT)
    assert batch.rejects["raw"].to_list() == ["\\xff\\xfeabc"]


# Several sentences


def test_parts_join_when_interleaved_and_out_of_order(sentences: Armour) -> None:
    """Two channels share the line; a network delivers part 2 first."""
    a = sentences(VOYAGE, sequence=3, channel="A")
    b = sentences(VOYAGE.replace("1", "1", 1), sequence=3, channel="B")
    batch = decode(a[0], b[1], b[0], a[1])
    assert batch.statics["record"].to_list() == [1, 3]
    assert batch.rejects.is_empty()


def test_a_part_without_its_other_is_rejected(sentences: Armour) -> None:
    """Half a voyage report must not be read as a whole one with zeros."""
    first, _ = sentences(VOYAGE)
    batch = decode(first, first)
    assert batch.rejects["reason"].to_list() == ["multipart-incomplete"] * 2
    assert batch.statics.is_empty()


@pytest.mark.parametrize(("apart", "joined"), [(100, 1), (300, 0)])
def test_sequence_numbers_come_round(
    report: Maker, sentences: Armour, apart: int, joined: int
) -> None:
    """A part far away carries the same number by chance and belongs to another message."""
    first, second = sentences(VOYAGE)
    between = sentences(report()) * apart
    assert decode(first, *between, second).statics.height == joined


def test_parts_far_apart_in_time_do_not_join(sentences: Armour, tagged: Maker) -> None:
    """Quiet stations log minutes between neighbouring lines."""
    first, second = sentences(VOYAGE)
    near = decode(tagged("c:1600000000", first), tagged("c:1600000010", second))
    far = decode(tagged("c:1600000000", first), tagged("c:1600000100", second))
    assert (near.statics.height, far.statics.height) == (1, 0)


def test_stations_do_not_share_messages(sentences: Armour, tagged: Maker) -> None:
    """Two receivers hear different halves under one sequence number."""
    first, second = sentences(VOYAGE)
    lines = tagged("s:a,c:1600000000", first), tagged("s:b,c:1600000000", second)
    assert decode(*lines).statics.is_empty()


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_blocks_do_not_change_what_is_read(
    data: st.DataObject, report: Maker, sentences: Armour
) -> None:
    """A message that spans two blocks must survive, at the line where it began."""
    kinds = st.sampled_from(["position", "voyage", "rubbish", "stamped", "half"])
    lines: list[str] = []
    for i, kind in enumerate(data.draw(st.lists(kinds, min_size=1, max_size=12))):
        voyage = sentences(VOYAGE, sequence=i % 10)
        pghp = "$PGHP,1,2010,6,11,11,46,11,390,231,45,992190934,1,"
        (single,) = sentences(report(mmsi=355_000_000 + i))
        lines += {
            "position": [single],
            "voyage": voyage,
            "rubbish": ["rubbish"],
            "stamped": [f"{pghp}{single[-2:]}*00", single],
            "half": voyage[:1],
        }[kind]
    text = [f"{line}\n".encode() for line in lines]
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)))) | {0, len(text)})
    blocks = [b"".join(text[a:b]) for a, b in itertools.pairwise(cuts) if b > a]
    whole = merged(decode_nmea([b"".join(text)], CONTEXT))
    cut = merged(decode_nmea(blocks, CONTEXT))
    assert cut.records == whole.records
    assert cut.positions.equals(whole.positions)
    assert cut.statics.equals(whole.statics)
    columns = ["record", "reason", "raw"]
    assert cut.rejects.select(columns).equals(whole.rejects.select(columns))


# When

NOON = datetime(2016, 4, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "prefix",
    [
        "2016-04-01 14:00:00, ",
        "2016-04-01T14:00:00 ",
        "2016/04/01 14:00:00.000,",
        "2016-04-01T12:00:00Z ",
        "2016-04-01T21:00:00+09:00,",
        "2016-04-01 08:00:00-0400 ",
        "1459512000,",
        "1459512000.000 ",
        "1459512000000 ",
    ],
)
def test_leading_times_are_read(report: Maker, sentences: Armour, prefix: str) -> None:
    """Two hours of error between log and clock would be a false impossibility."""
    batch = decode(prefix + sentences(report())[0])
    assert batch.positions["at"].to_list() == [NOON]


def test_a_local_time_needs_a_zone(report: Maker, sentences: Armour) -> None:
    """Guessing UTC would move every report by the offset, silently."""
    line = "2016-04-01 14:00:00, " + sentences(report())[0]
    with pytest.raises(TimezoneMissingError, match="2016-04-01 14:00:00"):
        decode(line, context=NmeaContext("test"))
    with pytest.raises(TimezoneUnknownError, match="Europe/Pariss"):
        decode(line, context=NmeaContext("test", timezone="Europe/Pariss"))


@pytest.mark.parametrize(
    ("local", "reason"),
    [
        ("2016-03-27 02:30:00", "time-nonexistent"),
        ("2016-10-30 02:30:00", "time-ambiguous"),
        ("1970-01-01 10:00:00", "time-implausible"),
        ("2038-01-19 04:14:07", "time-implausible"),
    ],
)
def test_times_that_cannot_be_placed_are_rejected(
    report: Maker, sentences: Armour, local: str, reason: str
) -> None:
    """An hour that happened twice, or a clock that was never set, dates nothing."""
    context = NmeaContext(
        "test", timezone="Europe/Paris", received_before=datetime(2026, 1, 1, tzinfo=UTC)
    )
    batch = decode(f"{local}, {sentences(report())[0]}", context=context)
    assert batch.rejects["reason"].to_list() == [reason]


@given(at=st.datetimes(datetime(2000, 1, 2), datetime(2037, 1, 1)))  # noqa: DTZ001 - wall clock
def test_local_times_come_back(at: datetime) -> None:
    """Whatever instant a resolved wall-clock time denotes shows that time on that wall."""
    found, reason = local_to_utc(pl.Series([at]), "Europe/Paris")
    if reason[0] is None:
        back = found.dt.convert_time_zone("Europe/Paris").dt.replace_time_zone(None)
        assert back.to_list() == [at]
    else:
        assert found[0] is None


@pytest.mark.parametrize(
    ("tag", "tail", "leading", "year"),
    [
        ("c:1577880000", ",r1,1546344000", "2016-04-01T12:00:00Z ", 2020),
        (None, ",r1,1546344000", "2016-04-01T12:00:00Z ", 2019),
        (None, "", "2016-04-01T12:00:00Z ", 2016),
        ("c:1577880000123", "", "", 2020),
    ],
)
def test_the_time_nearest_the_receiver_wins(
    report: Maker, sentences: Armour, tagged: Maker, tag: str, tail: str, leading: str, year: int
) -> None:
    """A logger's clock says when it was written down, the receiver's when it was heard."""
    line = sentences(report())[0] + tail
    line = leading + (tagged(tag, line) if tag else line)
    assert decode(line).positions["at"].dt.year().to_list() == [year]


def test_a_group_shares_its_time_and_station(
    report: Maker, sentences: Armour, tagged: Maker
) -> None:
    """Providers write the time once per group; later sentences inherit it."""
    first, second = (sentences(report(mmsi=m))[0] for m in (111_222_333, 111_222_334))
    lines = tagged("g:1-2-77,s:sat,c:1600000000", first), tagged("g:2-2-77", second)
    rows = decode(*lines).positions.select("at", "station").rows()
    assert rows[0] == rows[1]
    assert rows[1][1] == "sat"


def test_uscg_fields_give_station_and_time(report: Maker, sentences: Armour) -> None:
    """The first count after the station is the receiver's; a second one is the logger's."""
    line = sentences(report())[0] + ",d-109,S2105,t050056.00,T56.1,r003669946,1325394060,1325394001"
    row = decode(line).positions.row(0, named=True)
    assert row["station"] == "r003669946"
    assert row["at"] == datetime.fromtimestamp(1_325_394_060, tz=UTC)


def test_a_wrapper_line_stamps_only_the_sentence_it_announces(
    report: Maker, sentences: Armour
) -> None:
    """$PGHP names the checksum of its sentence: a stray one must not date another."""
    (line,) = sentences(report())
    wrapper = "$PGHP,1,2010,6,11,11,46,11,390,231,45,992190934,1,{}*00"
    other = "00" if line[-2:] != "00" else "01"
    right, wrong = (decode(wrapper.format(c), line) for c in (line[-2:], other))
    assert right.positions["at"][0] == datetime(2010, 6, 11, 11, 46, 11, 390_000, tzinfo=UTC)
    assert wrong.positions["at"].to_list() == [None]
    assert right.records == 1


def test_undated_records_are_decoded_but_kept_out_of_the_lake(
    report: Maker, sentences: Armour
) -> None:
    """Content without a time is worth reading, and cannot be placed on a timeline."""
    batch = decode(*sentences(report()), *sentences(VOYAGE))
    stored = for_lake(batch)
    assert batch.positions.height + batch.statics.height == 2
    assert stored.rejects["reason"].to_list() == ["no-timestamp"] * 2
    assert stored.records == batch.records == stored.rejects.height


def test_two_reports_at_one_moment_are_both_kept(report: Maker, sentences: Armour) -> None:
    """Equal times are how two receivers, or two hulls with one number, show themselves."""
    lines = [f"1600000000 {sentences(report(lat=lat))[0]}" for lat in (10.0, 20.0)]
    assert decode(*lines).positions["lat"].to_list() == [10.0, 20.0]
