"""What voyages are made of, where a vessel's records are few, doubtful, or more than they were."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim
from quaywatch.geo.geodesic import great_circle_nm
from quaywatch.geo.position import Position
from quaywatch.geo.water import WaterDistance
from quaywatch.sites.facility import Site
from quaywatch.stores.events import VERSIONS_FRAME
from quaywatch.voyages.gazetteer import kept_gazetteer
from quaywatch.voyages.heard import track_of
from quaywatch.workflows.voyage_inputs import Known, Ways, _doubtful, _outside, _own
from quaywatch.workflows.voyages import derive, voyages_claim

DAY = datetime(2025, 2, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
HERE = (124.0, 36.9)


class Sea:
    """A mask without land."""

    version = "open-sea"

    def contains_many(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Water everywhere."""
        return np.zeros(np.broadcast(lon, lat).shape, bool)


def straight(one: Position, other: Position) -> WaterDistance:
    """The great circle, over open sea."""
    nm = great_circle_nm(one, other)
    return WaterDistance(nm, nm, nm, None, 0.0, 0.0, (one, other), "", "")


def ways() -> Ways:
    """Distances over a sea without land."""
    return Ways(straight, Sea())  # type: ignore[arg-type]  # a mask of its own


def sighting(at: datetime, *, place: tuple[float, float] = HERE, hours: float = 0.0) -> Claim:
    """A report that the ship lay at a place."""
    return Claim(
        subject="imo:9074729",
        predicate="sighted-at",
        value={"lon": place[0], "lat": place[1], "name": "ONE"},
        time=TimeInterval(start=at, end=at + hours * HOUR),
        basis=Basis.REPORTED,
        method="reading@1",
        inputs=(f"observation:{at.isoformat()}",),
    )


def known(claims: list[Claim], fixes: list[tuple[float, float, float]] | None = None) -> Known:
    """What is held: reports, and positions as hours, longitude, latitude."""
    track = first = last = None
    if fixes:
        at = [round((DAY + h * HOUR).timestamp() * 1e6) for h, _, _ in fixes]
        track = track_of(at, [x for _, x, _ in fixes], [y for _, _, y in fixes])
        first, last = DAY + fixes[0][0] * HOUR, DAY + fixes[-1][0] * HOUR
    return Known(
        "imo:9074729",
        (299000010,) if fixes else (),
        pl.DataFrame(schema=VERSIONS_FRAME),
        track,
        first,
        last,
        (),
        tuple(claims),
        tuple(claim.id for claim in claims),
        len(fixes or ()),
    )


def test_a_sighting_in_a_silence_is_bounded_by_the_silence() -> None:
    """Between two broadcasts that she can have sailed from and to, she came and left."""
    held = known([sighting(DAY + 40 * HOUR)], [(0, 124.0, 36.0), (90, 124.0, 36.0)])
    (call,) = derive(held, ways(), kept_gazetteer()).history.calls
    assert call.arrived.earliest == DAY
    assert call.departed.latest == DAY + 90 * HOUR
    assert call.seen_by == ("reported",)


def test_broadcasts_that_contradict_a_sighting_bound_nothing() -> None:
    """Seven minutes before the image, three hundred miles off: no bound may rest on that."""
    held = known([sighting(DAY + 40 * HOUR)], [(39.9, 129.0, 35.0), (90, 124.0, 36.0)])
    (call,) = derive(held, ways(), kept_gazetteer()).history.calls
    assert (call.arrived.earliest, call.departed.latest) == (None, None)
    assert any("contradict" in reason for reason in call.reasons)


@pytest.mark.parametrize(
    ("purpose", "role"),
    [("load", "load-candidate"), ("discharge", "discharge-candidate"), (None, "unknown")],
)
def test_the_drawn_use_of_a_berth_speaks_for_who_lay_there(purpose: str | None, role: str) -> None:
    """What a pier is for is the analyst's word; without it nothing is known of the cargo."""
    lon, lat = HERE
    ring = [[lon + dx, lat + dy] for dx, dy in ((0, 0), (0.002, 0), (0.002, 0.001), (0, 0))]
    told = {"id": "p1", "kind": "berth", "name": "Pier"} | ({"purpose": purpose} if purpose else {})
    drawn = {
        "type": "FeatureCollection", "id": "quay", "name": "A quay", "features": [{
            "type": "Feature", "properties": told,
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }],
    }  # fmt: skip
    held = replace(known([sighting(DAY)]), sites=(Site.from_geojson(drawn),))
    (call,) = derive(held, ways(), kept_gazetteer()).history.calls
    assert (call.place.name, call.berth, call.role.name) == ("A quay", "quay/p1", role)


def test_a_day_is_no_hour() -> None:
    """A bare date cannot be laid before or after a broadcast of that day; it is said."""
    told = derive(known([sighting(DAY, hours=24)]), ways(), kept_gazetteer())
    assert told.history.calls == ()
    assert any("day only" in note for note in told.notes)


def test_nothing_known_is_a_claim_with_its_reason() -> None:
    """An empty table without a reason reads as a ship that did not sail."""
    claim = voyages_claim(derive(known([]), ways(), kept_gazetteer()))
    assert claim.value is None
    assert claim.reason


def test_same_in_same_out() -> None:
    """What a dossier cites must come out to the byte, on any day."""
    made = [
        voyages_claim(
            derive(
                known([sighting(DAY + 40 * HOUR)], [(0, 124.0, 36.0), (90, 124.0, 36.0)]),
                ways(), kept_gazetteer(),
            )
        ).id
        for _ in range(2)
    ]  # fmt: skip
    assert made[0] == made[1]


def events(*rows: dict[str, Any]) -> pl.DataFrame:
    """Events with what is given of them."""
    return pl.DataFrame(list(rows), schema_overrides=VERSIONS_FRAME).select(
        pl.col(name) if any(name in row for row in rows) else pl.lit(None, kind).alias(name)
        for name, kind in VERSIONS_FRAME.items()
    )


def test_nothing_heard_on_two_tracks_is_taken_as_hers() -> None:
    """Calls of another hull under her number would be charged to her."""
    table = events(
        {"kind": "two-tracks", "mmsi": 1, "start": DAY, "end": DAY + 10 * HOUR, "event_id": "a"},
        {"kind": "port-call", "mmsi": 1, "start": DAY + 2 * HOUR, "end": DAY + 3 * HOUR,
         "event_id": "b"},
        {"kind": "port-call", "mmsi": 1, "start": DAY + 20 * HOUR, "end": None, "event_id": "c"},
    )  # fmt: skip
    spans = _doubtful(table)
    assert spans == ((DAY, DAY + 10 * HOUR),)
    assert _outside(table, spans)["event_id"].to_list() == ["c"]


def test_an_encounter_is_told_from_her_side() -> None:
    """The other ship of a meeting must not be she herself."""
    table = events({"kind": "encounter", "mmsi": 1, "other_mmsi": 2, "start": DAY, "event_id": "a"})
    assert _own(table, [2]).select("mmsi", "other_mmsi").row(0) == (2, 1)


def test_kept_distances_are_read_again_and_a_torn_line_is_not(tmp_path: Path) -> None:
    """A cache that a killed process left half written must not become a distance."""
    asked: list[int] = []

    def router(one: Position, other: Position) -> WaterDistance:
        asked.append(1)
        return straight(one, other)

    kept = tmp_path / "ways.jsonl"
    one, other = Position(120.0, 30.0), Position(124.0, 36.0)
    first = Ways(router, Sea(), kept)(one, other)  # type: ignore[arg-type]  # a mask of its own
    kept.write_text(kept.read_text() + '{"method": "wat', encoding="utf-8")
    again = Ways(router, Sea(), kept)(one, other)  # type: ignore[arg-type]  # a mask of its own
    assert len(asked) == 1
    assert again.water_nm == pytest.approx(first.water_nm)
    assert json.loads(kept.read_text().splitlines()[0])["from"] == [120.0, 30.0]
