"""Field-by-field agreement with the published outputs of gpsd and libais.

The differences that the assertions allow are those that docs/conformance/ais.md lists.
"""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from quaywatch.ais.read import read_ais
from quaywatch.ais.spec import LAYOUTS

SUPPORTED = {kind for layout in LAYOUTS for kind in layout.types}
GPSD = ("sample.aivdm", "ais-nmea.log", "ais-nmea-type6-fid55.log")
Row = dict[str, Any]


def read(path: Path) -> tuple[list[Row], list[Row], pl.DataFrame]:
    """Our position rows, static rows and rejects of a log."""
    batches = list(read_ais(path, source_id="test"))
    where = pl.concat([batch.positions for batch in batches])
    what = pl.concat([batch.statics for batch in batches])
    return where.to_dicts(), what.to_dicts(), pl.concat([batch.rejects for batch in batches])


def expected(path: Path) -> Iterator[Row]:
    """The other decoder's objects of the messages that we read."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("{") and (said := json.loads(line)).get("type") in SUPPORTED:
            yield said


def unscaled(said: Row) -> Row:
    """The unscaled output of gpsd in the units of its scaled one."""
    if said.get("scaled", True):
        return said
    units = 600 if said["type"] == 27 else 600_000
    tenth = 1 if said["type"] == 27 else 10
    scale = {"lon": units, "lat": units, "speed": tenth, "course": tenth, "draught": 10}
    out = {k: v / scale[k] if k in scale else v for k, v in said.items()}
    if isinstance(turn := said.get("turn"), int):
        # ROT_AIS = 4.733 x sqrt(ROT); 127 gives a direction only, -128 nothing.
        out["turn"] = math.copysign((turn / 4.733) ** 2, turn) if abs(turn) < 127 else None
    return out


def kinematics(said: Row) -> Row:
    """What the other decoder says of motion, its "not available" numbers made null."""
    out: Row = {"mmsi": said["mmsi"], "msg_type": said["type"]}
    given = said["lon"] < 180.5 and said["lat"] < 90.5
    out |= {"lon": said["lon"] if given else None, "lat": said["lat"] if given else None}
    if isinstance(said.get("status"), int):
        out["nav_status"] = said["status"] if said["status"] != 15 else None
    if "speed" in said:
        out["sog_kn"] = said["speed"] if said["speed"] < 102.25 else None
        out["cog_deg"] = said["course"] if said["course"] < 360 else None
    if "turn" in said:
        turn = said["turn"]  # "nan", "fastleft" and "fastright" are words for 128 and 127
        out["rot_deg_min"] = None if isinstance(turn, str) or turn is None else float(turn)
    if "heading" in said:
        out["heading_deg"] = said["heading"] if said["heading"] < 360 else None
    return out


def identity(said: Row) -> Row:
    """What the other decoder says of the ship, its "not available" values made null."""
    out: Row = {"mmsi": said["mmsi"], "msg_type": said["type"]}
    for ours, theirs in (("name", "shipname"), ("callsign", "callsign"), ("destination",) * 2):
        if theirs in said:
            out[ours] = said[theirs].rstrip() or None
    for ours, theirs in (("imo", "imo"), ("ship_type", "shiptype"), ("draught_m", "draught")):
        if theirs in said:
            out[ours] = float(said[theirs]) or None
    for a, b in (("to_bow", "to_stern"), ("to_port", "to_starboard")):
        if a in said:
            given = bool(said[a] or said[b])
            out |= {f"{name}_m": said[name] if given else None for name in (a, b)}
    if "eta" in said:
        month_day, time = said["eta"].rstrip("Z").split("T")
        dated, timed = "00" not in month_day.split("-"), time < "24" and time[3:] < "60"
        out["eta"] = (month_day + (f" {time}" if timed else "")) if dated else None
    return out


def assert_agree(ours: list[Row], theirs: list[Row], place: float, turn: float = 1e-3) -> int:
    """Every row of theirs, in order, is one of ours; the number of fields compared."""
    assert len(ours) == len(theirs)
    fields = 0
    for mine, said in zip(ours, theirs, strict=True):
        for name, value in said.items():
            # Ours are single precision; gpsd rounds a turn to whole degrees a minute.
            near = {"lon": place, "lat": place, "rot_deg_min": turn}.get(name, 1e-4)
            same = pytest.approx(value, abs=near) if isinstance(value, float) else value
            assert mine[name] == same, (name, said)
            fields += 1
    return fields


def position_rows(said: list[Row]) -> list[Row]:
    """What the other decoder says of motion, without positions that are not on Earth."""
    return [
        kinematics(row)
        for row in said
        if "lon" in row and not abs(row["lat"]) > 91.5 and not abs(row["lon"]) > 181.5
    ]


def checked(folder: Path, name: str) -> Path:
    """Where gpsd's scaled output of a log is."""
    return folder / (f"{name}.js.chk" if name == "sample.aivdm" else f"{name}.chk")


@pytest.mark.realdata
@pytest.mark.parametrize("name", GPSD)
def test_positions_agree_with_gpsd(shared_data: Path, name: str) -> None:
    """A decoder in use for fifteen years is the best judge of our bit offsets on real traffic."""
    folder = shared_data / "ais" / "nmea_conformance" / "gpsd"
    where, _, _ = read(folder / name)
    said = [unscaled(row) for row in expected(checked(folder, name))]
    # gpsd prints message 27 to a tenth of a degree; the unscaled file has all its digits.
    fields = assert_agree(where, position_rows(said), place=0.05 if "sample" in name else 1e-6)
    assert fields > 80


@pytest.mark.realdata
@pytest.mark.parametrize("name", GPSD)
def test_statics_agree_with_gpsd(shared_data: Path, name: str) -> None:
    """Names and dimensions are read character by character: compare them all."""
    folder = shared_data / "ais" / "nmea_conformance" / "gpsd"
    _, what, _ = read(folder / name)
    said = [unscaled(row) for row in expected(checked(folder, name))]
    whole = [row for row in what if row["msg_type"] != 24]
    assert_agree(whole, [identity(row) for row in said if row["type"] in {5, 19}], place=0)
    # gpsd waits for parts A and B of message 24 and gives one object; we give each part a row.
    halves = [row for row in what if row["msg_type"] == 24]
    for row in (identity(row) for row in said if row["type"] == 24):
        mine = [half for half in halves if half["mmsi"] == row["mmsi"]]
        for name_, value in row.items():
            assert value in {half[name_] for half in mine}, (name_, row)


@pytest.mark.realdata
def test_unscaled_and_scaled_gpsd_output_say_the_same(shared_data: Path) -> None:
    """The unscaled file holds message 27 to its last digit, which the scaled one rounds away."""
    folder = shared_data / "ais" / "nmea_conformance" / "gpsd"
    where, _, _ = read(folder / "sample.aivdm")
    said = [unscaled(row) for row in expected(folder / "sample.aivdm.ju.chk")]
    assert assert_agree(where, position_rows(said), place=1e-6) > 80


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["typeexamples", "tagblock"])
def test_libais_examples_agree(shared_data: Path, name: str) -> None:
    """The library libais is the decoder behind most published research data."""
    folder = shared_data / "ais" / "nmea_conformance" / "libais"
    where, what, rejects = read(folder / f"{name}.nmea")
    said = list(expected(folder / f"{name}.json"))
    # libais passes positions beyond the pole; we reject them.
    assert_agree(where, position_rows(said), place=2e-5)  # theirs: single precision
    ours = {(row["mmsi"], row["msg_type"]): row for row in what}
    for row in (identity(row) for row in said if "shipname" in row and row["type"] in SUPPORTED):
        assert_agree([ours[row["mmsi"], row["msg_type"]]], [row], place=0)
    assert "checksum-mismatch" not in rejects["reason"].to_list()


@pytest.mark.realdata
def test_libais_tag_blocks_give_time_and_station(shared_data: Path) -> None:
    """Time and station of the first sentence of a group are those of the message."""
    folder = shared_data / "ais" / "nmea_conformance" / "libais"
    where, what, _ = read(folder / "tagblock.nmea")
    said = {row["tagblock_timestamp"]: row for row in expected(folder / "tagblock.json")}
    assert len(said) == len(where) + len(what)
    for row in where + what:
        other = said[row["at"].strftime("%Y-%m-%dT%H:%M:%S.%fZ")]
        assert (row["mmsi"], row["station"]) == (other["mmsi"], other["tagblock_station"])


@pytest.mark.realdata
def test_every_conformance_file_is_read_or_refused(shared_data: Path) -> None:
    """Malformed input is what these files are for: each record is kept or rejected, none lost."""
    folder = shared_data / "ais" / "nmea_conformance"
    logs = [
        path
        for path in sorted(folder.glob("*/*"))
        if path.suffix not in {".chk", ".json"} and path.name != "COPYING"
    ]
    assert len(logs) > 20
    for path in logs:
        for batch in read_ais(path, source_id="test"):
            rows = set(batch.positions["record"]) | set(batch.statics["record"])
            assert len(rows) <= batch.kept
            assert batch.kept <= batch.positions.height + batch.statics.height
