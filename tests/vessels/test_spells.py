"""Which vessel a transponder said it was, and what of that does not agree."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from quaywatch.vessels.across import imo_on_two_mmsis, imo_summary, mmsi_near_regular
from quaywatch.vessels.changes import ONE_SOURCE_EACH, identity_changes
from quaywatch.vessels.identifiers import callsign_country
from quaywatch.vessels.spells import CONCURRENT, NO_STATIC, SEVERAL, assign_segments, vessel_spells

START = datetime(2025, 1, 1, tzinfo=UTC)
IMO, OTHER = 9125786, 1059149
_TIME = pl.Datetime("us", "UTC")
_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "mmsi": pl.UInt32, "at": pl.Datetime("us", "UTC"), "imo": pl.UInt32, "name": pl.String,
    "callsign": pl.String, "msg_type": pl.UInt8, "source_id": pl.String, "record": pl.UInt64,
}  # fmt: skip


def statics(
    *runs: tuple[int | None, str | None, int], mmsi: int = 412_000_001, sign: str | None = None
) -> pl.DataFrame:
    """Reports one hour apart: so many of each (imo, name)."""
    said = [(imo, name) for imo, name, times in runs for _ in range(times)]
    rows = [
        {"mmsi": mmsi, "at": START + timedelta(hours=k), "imo": imo, "name": name, "callsign": sign,
         "msg_type": 5, "source_id": "s", "record": k}
        for k, (imo, name) in enumerate(said)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=_SCHEMA)


def verdicts(frame: pl.DataFrame) -> list[str]:
    """Words found."""
    return sorted(identity_changes(frame)["verdict"].to_list())


def test_a_rename_needs_more_than_one_report() -> None:
    """A name garbled once is not a rename; calling it one accuses a ship of hiding."""
    assert verdicts(statics((IMO, "CASIO", 9), (IMO, "CASIP", 1), (IMO, "CASIO", 9))) == []
    assert verdicts(statics((IMO, "CASIO", 9), (IMO, "CARTIER", 2))) == []
    found = identity_changes(statics((IMO, "CASIO", 9), (IMO, "CARTIER", 5)))
    assert found.select("verdict", "was", "now", "was_n", "now_n", "statistic").rows() == [
        ("rename", "CASIO", "CARTIER", 9, 5, 5.0)
    ]


def test_spelling_is_not_a_second_name() -> None:
    """Crews type NO.6 and NO6 in turn, and receivers leave what follows the @."""
    frame = statics(
        (None, "PEI YUH NO.6", 5), (None, "PEI YUH NO6", 6), (None, "PEI YUH NO.6@@BL", 4)
    )
    assert verdicts(frame) == []
    assert vessel_spells(frame)["vessel_id"].to_list() == ["mmsi:412000001/PEIYUHNO6/"]


def test_two_imos_at_once_are_not_a_change() -> None:
    """Two ships alternate under one number; a change has a before and an after."""
    assert verdicts(statics((IMO, "A1", 5), (OTHER, "A1", 5))) == ["imo-change"]
    found = identity_changes(statics((IMO, "A1", 5), (OTHER, "A1", 5), (IMO, "A1", 5)))
    assert found["verdict"].to_list() == ["two-imos"]
    assert found["message"][0].startswith(
        "IMO 1059149 is well formed; that does not show it belongs to this hull."
    )


def test_a_name_alone_does_not_tie_two_hulls() -> None:
    """Two ships may use one number in turn; calling that a rename accuses the wrong one."""
    assert verdicts(statics((None, "HONGDA8", 9), (None, "GUIHEYU33168", 9))) == ["other-name"]
    found = identity_changes(statics((IMO, "CASIO", 9), (IMO, "CARTIER", 9)))
    assert found.select("verdict", "kept").row(0) == ("rename", "imo")


def test_what_stands_for_no_name_is_no_name() -> None:
    """A source that writes NOT NAMED until it knows the name does not say that a ship changed."""
    assert verdicts(statics((None, "NOT NAMED", 9), (None, "REBEL", 9))) == []
    assert verdicts(statics((1_234_567, "REBEL", 9), (IMO, "REBEL", 9))) == []


def test_names_cut_short_are_no_second_name() -> None:
    """Some sources keep fewer letters; the IMO number shows that it is one ship."""
    assert verdicts(statics((IMO, "HOEGH BERL", 9), (IMO, "HOEGH BERLIN", 9))) == []
    frame = statics((IMO, "CASIO", 3), (IMO, "KASHIO", 3), (IMO, "CASIO", 3), (IMO, "KASHIO", 3))
    of_two = frame.with_columns(source_id=pl.col("name"))
    assert identity_changes(of_two).select("applicable", "reason").row(0) == (
        False,
        ONE_SOURCE_EACH,
    )
    assert verdicts(frame) == ["two-names"]


def test_a_number_with_many_names_is_told_once() -> None:
    """Default numbers carry dozens of names; dozens of events would bury the others."""
    found = identity_changes(statics(*((None, f"BOAT {name}", 4) for name in "ABCDEFG")))
    assert found.select("verdict", "values_n").rows() == [("two-names", 7)]


@pytest.mark.parametrize(("minutes", "found"), [(60, ["rename"]), (10, [])])
def test_identity_beside_positions_counts_while_it_was_written(
    minutes: int, found: list[str]
) -> None:
    """Rows are kept where they change: as one each, no rename shows; by positions, each slip."""
    frame = statics((IMO, "CASIO", 1), (IMO, "CARTIER", 1)).with_columns(
        msg_type=pl.lit(1, pl.UInt8)
    )
    at = [START + timedelta(minutes=k) for k in range(60 + minutes)]
    positions = pl.DataFrame(
        {"mmsi": [412_000_001] * len(at), "at": at, "source_id": ["s"] * len(at)},
        schema_overrides={"mmsi": pl.UInt32, "at": pl.Datetime("us", "UTC")},
    )
    assert identity_changes(frame, positions)["verdict"].to_list() == found
    assert identity_changes(frame)["verdict"].to_list() == []


def test_one_message_heard_by_several_stations_is_one() -> None:
    """Three stations that heard one garbled message are not three messages."""
    copies = statics((IMO, "CARTIER", 3)).with_columns(
        at=pl.Series([START + timedelta(days=1, seconds=s) for s in (0, 1, 2)]).cast(_TIME)
    )
    frame = pl.concat([statics((IMO, "CASIO", 9)), copies])
    assert verdicts(frame) == []


def test_words_are_no_call_signs_and_bermuda_is_british() -> None:
    """Yachts send words as call signs; taking DESTINY for a German station is a false flag."""
    for sign in ("DESTINY", "CASIO"):
        assert verdicts(statics((IMO, "CASIO", 4), sign=sign)) == []
    assert verdicts(statics((IMO, "CASIO", 4), sign="GABC", mmsi=310_000_001)) == []


def test_check_digits_are_told_with_counts() -> None:
    """123456789 in the field is a default setting, and is named as what it is."""
    found = identity_changes(statics((123_456_789, "TEST", 4)))
    assert found.select("verdict", "n").rows() == [("imo-check-digit", 4)]
    assert vessel_spells(statics((123_456_789, "TEST", 4)))["imo"].to_list() == [None]


def test_a_flag_is_never_scored_alone() -> None:
    """Country digits against a call sign say nothing about conduct."""
    found = identity_changes(statics((IMO, "CASIO", 4), sign="HOAB"))
    assert found["verdict"].to_list() == ["flag-conflict"]
    assert "never scored alone" in found["reason"][0]
    assert callsign_country("BM1234") is None, "B is shared by two administrations"


def test_one_imo_on_two_mmsis_counts_the_hours_together() -> None:
    """None is what a new flag looks like; many is what a copy looks like."""
    both = [imo_summary(statics((IMO, "CASIO", 9), mmsi=m)) for m in (412_000_001, 750_000_001)]
    found = imo_on_two_mmsis(pl.concat(both))
    assert found.select("mmsi", "other_mmsi", "statistic").rows() == [
        (412_000_001, 750_000_001, 8.0)
    ]
    assert imo_on_two_mmsis(both[0]).is_empty()


@pytest.mark.parametrize(
    ("times", "named", "found"), [(1, False, 1), (1, True, 0), (100, False, 0)]
)
def test_a_flipped_bit_is_no_new_vessel(times: int, named: bool, found: int) -> None:  # noqa: FBT001  # a parameter of cases
    """A number that named a ship, or is heard as often as its neighbour, is a ship of its own."""
    heard = pl.DataFrame(
        {
            "mmsi": [367_565_750, 367_565_751],
            "n": [1000, times],
            "first": [START] * 2,
            "last": [START] * 2,
            "west": [5.0] * 2, "east": [5.0] * 2, "south": [50.0] * 2, "north": [50.0] * 2,
            "named": [True, named], "source_id": ["s"] * 2, "record": [1, 2],
        }
    )  # fmt: skip
    assert mmsi_near_regular(heard).height == found


def test_segments_get_a_vessel_or_a_reason() -> None:
    """A static report carries no position: in concurrent segments it is nobody's."""
    hours = [START + timedelta(hours=h) for h in (0, 4, 5, 9, 20, 29)]
    segments = pl.DataFrame(
        {"mmsi": [412_000_001] * 4, "segment": [0, 1, 2, 3],
         "start": [hours[0], hours[2], hours[2], hours[4]],
         "end": [hours[1], hours[3], hours[3], hours[5]]},
        schema_overrides={"mmsi": pl.UInt32},
    )  # fmt: skip
    frame = statics((IMO, "CASIO", 25), (OTHER, "CARTIER", 5))
    told = assign_segments(segments, frame)
    assert told["vessel_id"].to_list() == [f"imo:{IMO}", None, None, None]
    assert told["vessel_reason"].to_list() == [None, CONCURRENT, CONCURRENT, SEVERAL]
    inline = pl.DataFrame(
        {"mmsi": [412_000_001], "source_id": ["s"], "record": [6], "segment": [2]},
        schema_overrides={"mmsi": pl.UInt32, "record": pl.UInt64},
    )
    assert assign_segments(segments, frame, attributed=inline)["vessel_id"][2] == f"imo:{IMO}"
    assert assign_segments(segments, frame.clear())["vessel_reason"].unique().to_list() == [
        NO_STATIC
    ]


def test_halves_of_message_24_are_one_vessel() -> None:
    """Class B sends name and call sign apart; that is not two identities."""
    halves = statics((None, "CASIO", 1), (None, None, 1), (None, "CASIO", 1), (None, None, 1))
    halves = halves.with_columns(
        msg_type=pl.lit(24, pl.UInt8), callsign=pl.Series([None, "XSAB", None, "XSAB"])
    )
    assert vessel_spells(halves)["vessel_id"].to_list() == ["mmsi:412000001/CASIO/XSAB"]


def test_identity_beside_positions_names_every_segment_it_spans() -> None:
    """One row a change names a ship for months; its later segments are hers as well."""
    hours = [START + timedelta(hours=h) for h in range(31)]
    positions = pl.DataFrame(
        {"mmsi": [412_000_001] * 31, "at": hours, "source_id": ["s"] * 31},
        schema_overrides={"mmsi": pl.UInt32, "at": _TIME},
    )
    inline = statics((IMO, "CASIO", 1)).with_columns(msg_type=pl.lit(1, pl.UInt8))
    segments = pl.DataFrame(
        {"mmsi": [412_000_001] * 4, "segment": [0, 1, 2, 3],
         "start": [hours[0], hours[10], hours[20], hours[22]],
         "end": [hours[4], hours[15], hours[28], hours[30]]},
        schema_overrides={"mmsi": pl.UInt32},
    )  # fmt: skip
    told = assign_segments(segments, inline, positions)
    assert told["vessel_id"].to_list() == [f"imo:{IMO}", f"imo:{IMO}", None, None]
    assert told["vessel_reason"].to_list() == [None, None, CONCURRENT, CONCURRENT]


def test_one_garbled_message_takes_no_name_from_a_segment() -> None:
    """A slip must not make a ship of known name unknown."""
    segments = pl.DataFrame(
        {"mmsi": [412_000_001], "segment": [0], "start": [START],
         "end": [START + timedelta(hours=40)]},
        schema_overrides={"mmsi": pl.UInt32},
    )  # fmt: skip
    frame = statics((IMO, "CASIO", 9), (OTHER, "CASIO", 1), (IMO, "CASIO", 9))
    assert assign_segments(segments, frame)["vessel_id"].to_list() == [f"imo:{IMO}"]
