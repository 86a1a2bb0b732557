"""CSV and JSON: dialects, units, unknown values, and every row accounted for."""

import itertools
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quaywatch.ais.csv_rows import decode_csv
from quaywatch.ais.dialects import (
    DANISH,
    GFW,
    MARINECADASTRE,
    MARINECADASTRE_2025,
    SBARC,
    Dialect,
    declared_dialect,
    recognise,
)
from quaywatch.ais.json_rows import decode_json_array, decode_json_lines
from quaywatch.ais.nmea import NmeaContext
from quaywatch.ais.schema import AisBatch
from quaywatch.errors import DialectError, TimezoneMissingError

CONTEXT = NmeaContext("test", received_before=datetime(2026, 1, 1, tzinfo=UTC))
SBARC_HEADER = [
    "timestamp",
    "mmsi",
    "name",
    "ship_type",
    "sog",
    "lon",
    "lat",
    "cog",
    "heading",
    "nav_status",
    "msg_type",
]
DANISH_HEADER = [
    "# Timestamp",
    "Type of mobile",
    "MMSI",
    "Latitude",
    "Longitude",
    "Navigational status",
    "ROT",
    "SOG",
    "COG",
    "Heading",
    "IMO",
    "Callsign",
    "Name",
    "Ship type",
    "Cargo type",
    "Width",
    "Length",
    "Type of position fixing device",
    "Draught",
    "Destination",
    "ETA",
    "Data source type",
    "A",
    "B",
    "C",
    "D",
]


def merged(batches: Sequence[AisBatch]) -> AisBatch:
    """Several batches as one."""
    return AisBatch(
        positions=pl.concat([b.positions for b in batches]),
        statics=pl.concat([b.statics for b in batches]),
        rejects=pl.concat([b.rejects for b in batches]),
        records=sum(b.records for b in batches),
    )


def read(
    rows: list[str],
    header: list[str] = SBARC_HEADER,
    dialect: Dialect = SBARC,
    context: NmeaContext = CONTEXT,
) -> AisBatch:
    """Decode data rows as one block."""
    block = ("\n".join(rows) + "\n").encode()
    return merged(list(decode_csv([block], header=header, dialect=dialect, context=context)))


def sbarc(**changes: str) -> str:
    """A row of the sbarc layout, some cells changed."""
    cells = {
        "timestamp": "2018-06-01T00:00:00.633Z", "mmsi": "355658000", "name": "SM SEAHAWK",
        "ship_type": "80", "sog": "18", "lon": "-111.92278", "lat": "21.958637", "cog": "298.1",
        "heading": "300", "nav_status": "0", "msg_type": "1",
    }  # fmt: skip
    return ",".join((cells | changes).values())


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"sog": "102.3"}, "sog_kn"),
        ({"sog": "102.3000030518"}, "sog_kn"),
        ({"sog": "-0.1"}, "sog_kn"),
        ({"sog": "63", "msg_type": "27"}, "sog_kn"),
        ({"cog": "360"}, "cog_deg"),
        ({"cog": "360.0"}, "cog_deg"),
        ({"cog": "389.799987793"}, "cog_deg"),
        ({"heading": "511"}, "heading_deg"),
        ({"heading": "480"}, "heading_deg"),
        ({"nav_status": "15"}, "nav_status"),
        ({"lat": "91"}, "lon"),
        ({"lat": "91"}, "lat"),
        ({"lon": "181"}, "lat"),
        ({"lat": "NaN"}, "lon"),
        ({"lat": ""}, "lat"),
        ({"sog": ""}, "sog_kn"),
    ],
)
def test_not_available_is_null(changes: dict[str, str], column: str) -> None:
    """A table made by someone else carries the same sentinels, as decimal text."""
    batch = read([sbarc(**changes)])
    assert batch.positions[column].to_list() == [None]


def test_102_2_knots_is_a_speed() -> None:
    """102.2 is the last value that means a speed."""
    assert read([sbarc(sog="102.2")]).positions["sog_kn"][0] == pytest.approx(102.2)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sog": "fast"}, "cell-unreadable"),
        ({"lat": "inf"}, "cell-unreadable"),
        ({"mmsi": "35565800x"}, "cell-unreadable"),
        ({"mmsi": ""}, "mmsi-invalid"),
        ({"mmsi": "0"}, "mmsi-invalid"),
        ({"mmsi": "1072211352"}, "mmsi-invalid"),
        ({"lat": "95.5"}, "position-out-of-range"),
        ({"lon": "-190"}, "position-out-of-range"),
        ({"timestamp": "yesterday"}, "timestamp-unreadable"),
        ({"timestamp": "1970-01-01T00:00:00Z"}, "time-implausible"),
        ({"timestamp": "2038-01-19T03:14:07Z"}, "time-implausible"),
        ({"msg_type": "21"}, "unsupported-type-21"),
        ({"name": "a,b"}, "row-ragged"),
    ],
)
def test_bad_rows_are_rejected_with_reason_and_text(changes: dict[str, str], reason: str) -> None:
    """A row that cannot be used is kept aside whole; its neighbours are taken."""
    bad = sbarc(**changes)
    batch = read([sbarc(), bad, sbarc(mmsi="366000001")])
    assert batch.rejects.select("record", "reason", "raw").rows() == [(3, reason, bad)]
    assert batch.positions["record"].to_list() == [2, 4]
    assert batch.records == 3


def test_an_unreadable_cell_is_named() -> None:
    """Whoever mends the file needs the column."""
    assert read([sbarc(sog="fast")]).rejects["detail"].to_list() == ["sog=fast"]


def test_lines_in_another_encoding_are_rejected_not_garbled() -> None:
    """A wrong letter in a name is a wrong ship; and nothing else in the file need suffer."""
    good = sbarc(name="ÅLAND").encode()
    bad = sbarc(name="ÅLAND").encode("latin-1")
    block = b"\n".join([good, bad, good]) + b"\n"
    (batch,) = decode_csv([block], header=SBARC_HEADER, dialect=SBARC, context=CONTEXT)
    assert batch.rejects.select("record", "reason").rows() == [(3, "encoding")]
    assert "\\xc5LAND" in batch.rejects["raw"][0]
    assert batch.positions["record"].to_list() == [2, 4]
    (batch,) = decode_csv(
        [bad + b"\n"], header=SBARC_HEADER, dialect=SBARC, context=CONTEXT, encoding="latin-1"
    )
    assert batch.statics["name"].to_list() == ["ÅLAND"]


def test_quoted_commas_are_no_separators() -> None:
    """Names contain commas."""
    assert read([sbarc(name='"BOSTON, USA"')]).statics["name"].to_list() == ["BOSTON, USA"]


@pytest.mark.parametrize("name", ['"A', 'A"', '"A\nB"'])
def test_an_open_quote_costs_its_own_lines_only(name: str) -> None:
    """A quote in a name must not swallow the rest of the day."""
    batch = read([sbarc(), sbarc(name=name), sbarc(), sbarc()])
    assert set(batch.rejects["reason"]) == {"row-ragged"}
    assert batch.positions.height == 3
    assert batch.records == 4 + name.count("\n")
    assert batch.positions["record"].to_list()[-1] == batch.records + 1


def test_blank_lines_are_no_records() -> None:
    """A trailing newline is not a bad row, and line numbers stay exact."""
    batch = read([sbarc(), "", sbarc(), ""])
    assert (batch.records, batch.positions["record"].to_list()) == (2, [2, 4])


def test_identity_beside_positions_gives_a_row_per_change() -> None:
    """A name painted over at sea must show as a change, and a name repeated must not swell."""
    rows = [sbarc(name=name) for name in ("A", "A", "B", "B", "A")] + [sbarc(name="", ship_type="")]
    batch = read([*rows, sbarc(mmsi="366000001", name="A"), sbarc(name="A")])
    assert batch.statics.select("record", "name").rows() == [
        (2, "A"), (4, "B"), (6, "A"), (8, "A"),
    ]  # fmt: skip
    assert batch.positions.height == 8


@settings(deadline=None, max_examples=30)
@given(names=st.lists(st.sampled_from("AB"), min_size=1, max_size=8), data=st.data())
def test_blocks_do_not_change_what_is_read(names: list[str], data: st.DataObject) -> None:
    """A change of name across two blocks is the same change."""
    lines = [f"{sbarc(name=name)}\n".encode() for name in names]
    cuts = sorted(data.draw(st.sets(st.integers(0, len(lines)))) | {0, len(lines)})
    blocks = [b"".join(lines[a:b]) for a, b in itertools.pairwise(cuts) if b > a]

    def decoded(given_: list[bytes]) -> AisBatch:
        return merged(list(decode_csv(given_, header=SBARC_HEADER, dialect=SBARC, context=CONTEXT)))

    whole, cut = decoded([b"".join(lines)]), decoded(blocks)
    assert cut.positions.equals(whole.positions)
    assert cut.statics.equals(whole.statics)


# Dialects


def test_marinecadastre_old_and_new_layouts_say_the_same() -> None:
    """The 2025 layout renamed and reordered every column."""
    old = "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,Status,"
    old += "Length,Width,Draft,Cargo,TransceiverClass"
    new = "mmsi,base_date_time,longitude,latitude,sog,cog,heading,vessel_name,imo,call_sign,"
    new += "vessel_type,status,length,width,draft,cargo,transceiver"
    rows = [
        (old, "2022-01-03T00:00:00,30.3706,-88.56408"),
        (new, "2022-01-03 00:00:00,-88.56408,30.3706"),
    ]
    said = []
    for header, place in rows:
        names = header.split(",")
        dialect = recognise(names)
        assert dialect in [MARINECADASTRE, MARINECADASTRE_2025]
        assert dialect is not None
        row = f"367379190,{place},0.0,336.2,511,EAGLE,IMO8207721,WTD4583,31,0,28,11,3.3,52,A"
        batch = read([row], names, dialect)
        said.append((batch.positions.to_dicts(), batch.statics.to_dicts()))
    assert said[0] == said[1]
    static = said[0][1][0]
    assert (static["imo"], static["transponder"]) == (8_207_721, "A")
    # Length and beam without the place of the antenna, by the convention of M.1371.
    assert [static[f"to_{side}_m"] for side in ("bow", "stern", "port", "starboard")] == [
        0, 28, 0, 11,
    ]  # fmt: skip


def danish(**changes: str) -> str:
    """A row of the Danish layout, some cells changed."""
    cells = dict.fromkeys(DANISH_HEADER, "") | {
        "# Timestamp": "15/07/2023 10:00:00", "Type of mobile": "Class A", "MMSI": "219005465",
        "Latitude": "56.1", "Longitude": "11.2", "Navigational status": "At anchor",
        "ROT": "-2.5", "SOG": "0.1", "COG": "10.0", "Heading": "12", "IMO": "Unknown",
        "Callsign": "Unknown", "Name": "BEACHWAY", "Ship type": "Cargo",
        "Cargo type": "No additional information", "Width": "9", "Length": "30",
        "Draught": "3.2", "Destination": "AARHUS", "ETA": "16/07/2023 04:30:00",
        "A": "20", "B": "10", "C": "4", "D": "5",
    }  # fmt: skip
    return ",".join((cells | changes).values())


def test_danish_rows_are_read() -> None:
    """Day before month, words for numbers: 07/08 read the American way is a month off."""
    assert recognise(DANISH_HEADER) is DANISH
    batch = read([danish()], DANISH_HEADER, DANISH)
    position, static = batch.positions.row(0, named=True), batch.statics.row(0, named=True)
    assert position["at"] == datetime(2023, 7, 15, 10, 0, tzinfo=UTC)
    assert (position["lon"], position["nav_status"], position["rot_deg_min"]) == (11.2, 1, -2.5)
    assert (static["imo"], static["callsign"], static["ship_type"]) == (None, None, 70)
    assert (static["to_bow_m"], static["to_starboard_m"], static["eta"]) == (20, 5, "07-16 04:30")


@pytest.mark.parametrize(
    ("mobile", "reason"),
    [("AtoN", "unsupported-station-aton"), ("SAR Airborne", "unsupported-station-aircraft")],
)
def test_danish_stations_that_are_no_ships_are_set_aside(mobile: str, reason: str) -> None:
    """A buoy does not sail, and an aircraft at 200 kn is no spoofed ship."""
    batch = read([danish(**{"Type of mobile": mobile})], DANISH_HEADER, DANISH)
    assert batch.rejects["reason"].to_list() == [reason]


def test_danish_base_stations_have_no_class() -> None:
    """A base station is neither class A nor B."""
    batch = read([danish(**{"Type of mobile": "Base Station"})], DANISH_HEADER, DANISH)
    assert batch.positions["transponder"].to_list() == [None]


def test_a_declared_mapping_reads_any_layout() -> None:
    """Units, time, decimal comma and local zone are what providers vary."""
    dialect = declared_dialect(
        {
            "columns": {
                "mmsi": "id", "at": "tid", "lon": "x", "lat": "y",
                "sog_kn": {"name": "v", "scale": 1.943844},
                "transponder": {"name": "klass", "meanings": {"Stor": "A"}},
            },
            "time_format": "%d.%m.%Y %H:%M", "timezone": "Europe/Oslo", "delimiter": ";",
            "decimal": ",", "unknown": ["", "ukjent"],
        }
    )  # fmt: skip
    header = ["id", "tid", "x", "y", "v", "klass"]
    row = read(
        ["257000001;01.07.2023 12:00;5,5;60,25;10;stor", "257000001;01.07.2023 12:01;5;60;ukjent;"],
        header, dialect,
    ).positions  # fmt: skip
    assert row["at"][0] == datetime(2023, 7, 1, 10, 0, tzinfo=UTC)
    assert row["lon"][0] == 5.5
    assert row["sog_kn"].to_list() == [pytest.approx(19.43844), None]
    assert row["transponder"].to_list() == ["A", None]


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ({"columns": {"mmsi": "a", "at": "b", "lon": "c"}}, "lat"),
        ({"columns": {"speed": "a"}}, "speed"),
        ({"columns": {}, "colour": 1}, "colour"),
        ({"columns": {"mmsi": {"scale": 2}}}, "mmsi"),
    ],
)
def test_a_mapping_that_cannot_work_says_what_is_wrong(mapping: dict[str, Any], said: str) -> None:
    """A misspelt key that is ignored would silently lose a column."""
    with pytest.raises(DialectError, match=said):
        declared_dialect(mapping)


def test_a_mapping_without_a_zone_does_not_guess() -> None:
    """Local times of unknown zone are not UTC."""
    mapping = {"columns": {name: name for name in ("mmsi", "at", "lon", "lat")}}
    rows = ["257000001,2023-07-01 12:00:00,5,60"]
    with pytest.raises(TimezoneMissingError):
        read(rows, ["mmsi", "at", "lon", "lat"], declared_dialect(mapping))


def test_a_missing_column_is_named() -> None:
    """The remedy needs the name."""
    with pytest.raises(DialectError, match="lat"):
        read(["x"], ["mmsi", "timestamp", "lon"])


# JSON

MESSAGE = {
    "type": "AIS.5", "ssvid": "663092000", "timestamp": "2021-01-01T00:09:05+00:00",
    "lon": float("nan"), "lat": float("nan"), "speed": float("nan"), "shipname": "SOKONE",
    "callsign": "6WKG", "imo": "9125786", "shiptype": "Cargo, Hazardous category A",
    "receiver_type": "satellite", "receiver": "rORBCOMM000", "length": 100.0, "width": 20.0,
    "status": 7.0,
}  # fmt: skip


def test_json_statics_and_nan() -> None:
    """NaN says "not in this message", never a position."""
    (batch,) = decode_json_lines([json.dumps(MESSAGE).encode()], dialect=GFW, context=CONTEXT)
    row = batch.statics.row(0, named=True)
    assert (row["ship_type"], row["receiver"], row["station"]) == (71, "satellite", "rORBCOMM000")
    assert (row["imo"], row["to_stern_m"], row["transponder"]) == (9_125_786, 100, "A")
    assert batch.positions.is_empty()


def test_json_lines_and_array_say_the_same() -> None:
    """The same provider ships both."""
    messages = [MESSAGE | {"type": "AIS.1", "lon": 1.0, "lat": 2.0, "timestamp": 1_609_459_745.0}]
    messages *= 3
    lines = "\n".join(map(json.dumps, messages)).encode()
    array = json.dumps(messages, indent=2).encode()
    pieces = [array[i : i + 7] for i in range(0, len(array), 7)]
    (a,) = decode_json_lines([lines], dialect=GFW, context=CONTEXT)
    (b,) = decode_json_array(pieces, dialect=GFW, context=CONTEXT)
    assert a.positions.equals(b.positions)
    assert a.positions.height == 3


def test_broken_json_lines_are_rejected() -> None:
    """One broken line must not cost the file, nor pass unseen."""
    lines = [json.dumps(MESSAGE), '{"ssvid": ', "[1]", '{"ssvid": "x"}']
    (batch,) = decode_json_lines(["\n".join(lines).encode()], dialect=GFW, context=CONTEXT)
    assert batch.rejects.select("record", "reason").rows() == [
        (2, "json-unreadable"), (3, "json-unreadable"), (4, "cell-unreadable"),
    ]  # fmt: skip
    assert batch.records == 4
