"""Claims paired with claims, and lines found again in the files they came from."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import zstandard

from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.broadcasts import nearest_in_time, observations
from quaywatch.workflows.ingest_ais import ingest_ais
from quaywatch.workflows.receive import Terms
from quaywatch.workflows.reported import PAIRED_WITHIN, absence_claim, absences, pairs

NOON = datetime(2025, 3, 10, 12, tzinfo=UTC)
NMEA = """\
2016-04-04 00:00:02, !AIVDM,1,1,,A,402:LD1v11n0206b5HL5GbQ0281N,0*58
2016-04-04 00:00:03, !AIVDM,1,1,,A,240Uv2h000P6l:@L5pfa9l4000Rt,0*50
2016-04-04 00:00:08, !AIVDM,1,1,,B,240Uv2h000P6l:BL5pfI9l4:084q,0*18
"""
CSV = """\
MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,Length
338148873,2022-01-03T00:00:00,33.6,-117.9,0.0,280.0,511,"A, B",,37
338148873,2022-01-03T00:01:00,33.7,-117.9,0.0,280.0,511,"A, B",,37
"""


def claim(predicate: str, hours: float = 0.0, *, alias: str = "x", **value: object) -> Claim:
    """A reported claim so many hours after noon."""
    return Claim(
        subject=str(value.pop("subject", "imo:9074729")), predicate=predicate,
        value={"lon": 1.0, "lat": 1.0, **value},  # type: ignore[dict-item]  # JSON
        time=TimeInterval.at(NOON + timedelta(hours=hours)), basis=Basis.REPORTED,
        method="reading@1", parameters={"alias": alias}, inputs=(),
    )  # fmt: skip


def test_a_sighting_goes_with_the_nearest_broadcast_of_its_ship() -> None:
    """The nearest says most; that of another ship says nothing."""
    seen = claim("sighted-at", alias="seen")
    near, far = claim("ais-broadcast-at", -3), claim("ais-broadcast-at", -30)
    other = claim("ais-broadcast-at", -1, subject="imo:9999993")
    assert list(pairs([far, seen, other, near])) == [(near, seen)]


def test_a_broadcast_told_from_the_sighting_goes_first() -> None:
    """The source itself says that these two belong together."""
    seen = claim("loading-at", alias="seen")
    near = claim("ais-broadcast-at", -1)
    told = claim("ais-broadcast-at", -9, relative={"to": "seen", "hours": -4, "plus_minus_h": 0})
    elsewhere = claim(
        "ais-broadcast-at", 0, relative={"to": "another", "hours": -4, "plus_minus_h": 0}
    )
    assert list(pairs([seen, near, told, elsewhere])) == [(told, seen)]


def test_too_far_apart_is_no_pair() -> None:
    """In days a ship can be anywhere."""
    apart = PAIRED_WITHIN / timedelta(hours=1) + 1
    assert list(pairs([claim("sighted-at"), claim("ais-broadcast-at", apart)])) == []
    assert list(absences([claim("not-seen-at"), claim("ais-broadcast-at", apart)])) == []


def test_a_reported_absence_computes_no_ratio() -> None:
    """Without the image nobody can say whether the ship would have been seen."""
    empty, said = claim("not-seen-at"), claim("ais-broadcast-at", 1)
    assert list(absences([empty, said])) == [(said, empty)]
    made = absence_claim(said, empty)
    assert isinstance(made.value, dict)
    assert made.value["verdict"] == "not-observable"
    assert made.value["lr"] is None
    assert made.inputs == (said.id, empty.id)


def test_an_absence_whose_image_is_named_is_left_to_its_pixels() -> None:
    """What can be looked at is not argued from hearsay."""
    said = claim("ais-broadcast-at", 1)
    assert list(absences([claim("not-seen-at", scene="image.tif"), said])) == []


@pytest.mark.parametrize(
    ("name", "data", "reports", "line"),
    [
        ("a.log", NMEA.encode(), 3, None),
        ("a.log", NMEA.replace("\n", "\r\n").encode(), 3, None),
        ("a.csv.gz", gzip.compress(CSV.encode()), 2, CSV.splitlines()[2]),
        ("a.csv.zst", zstandard.compress(CSV.encode()), 2, CSV.splitlines()[2]),
    ],
)
def test_a_report_leads_back_to_its_line(
    tmp_path: Path, name: str, data: bytes, reports: int, line: str | None
) -> None:
    """A sceptic opens the file at that line and reads what the number came from."""
    path = tmp_path / name
    path.write_bytes(data)
    with Workspace.create(tmp_path / "w") as workspace:
        ingest_ais(
            workspace, [path], known_at=NOON, terms=Terms(), timezone="UTC",
            report=lambda _what, _share: None,
        )  # fmt: skip
        rows = workspace.lake.positions().collect().sort("at")
        assert rows.height == reports
        last = observations(workspace, rows)[-1]
        wanted = line or NMEA.splitlines()[2]
        assert last.raw == wanted
        assert last.locator == f"record {rows['record'][-1]}"
        shown = nearest_in_time(
            workspace, rows["mmsi"].unique().to_list(), rows["at"][0], within=timedelta(hours=1)
        )
        assert shown["at"].to_list() == rows["at"].to_list()[:2]
