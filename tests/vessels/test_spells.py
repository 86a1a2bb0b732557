"""Which vessel a transponder said it was, and what of that does not agree."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from quaywatch.vessels.changes import (
    identity_changes,
    imo_on_two_mmsis,
    imo_summary,
    mmsi_near_regular,
)
from quaywatch.vessels.identifiers import callsign_country
from quaywatch.vessels.spells import CONCURRENT, NO_STATIC, SEVERAL, assign_segments, vessel_spells

START = datetime(2025, 1, 1, tzinfo=UTC)
IMO, OTHER = 9125786, 1059149
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
    assert (
        found["message"][0]
        == "IMO 1059149 is well formed; that does not show it belongs to this hull."
    )


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


@pytest.mark.parametrize(("times", "found"), [(1, 1), (100, 0)])
def test_a_flipped_bit_is_no_new_vessel(times: int, found: int) -> None:
    """A number heard as often as its neighbour is a ship of its own."""
    heard = pl.DataFrame(
        {
            "mmsi": [367_565_750, 367_565_751],
            "n": [1000, times],
            "first": [START] * 2,
            "last": [START] * 2,
        }
    )
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
