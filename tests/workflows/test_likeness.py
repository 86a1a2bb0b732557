"""Who else might have been there: read from the files named, and from nothing that came later."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from quaywatch.errors import SceneMissingError
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.ingest_ais import ingest_ais
from quaywatch.workflows.likeness import Spot, spot_from, spot_of
from quaywatch.workflows.likeness_population import (
    again,
    own_readings,
    population_claim,
    population_from,
)
from quaywatch.workflows.receive import Terms

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
SHIP = "imo:9074729"
PLACE = (125.4, 38.7)
HEAD = (
    "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,Status,"
    "Length,Width,Draft,Cargo,TransceiverClass\n"
)


def silent(_what: str, _share: float) -> None:
    """Progress that nobody reads."""


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace that heard twelve cargo ships near, one tug near and one ship far away."""
    with Workspace.create(tmp_path / "w") as made:
        heard(made, tmp_path / "a.csv", range(12))
        yield made


def heard(workspace: Workspace, path: Path, ships: range) -> None:
    """Enter broadcasts of some ships: number i is 150 + 5 i metres long."""
    rows = [
        f"{412000000 + i},2025-02-20T0{i % 9}:00:00,38.7,125.4,0.1,10.0,10,SHIP {i},,,70,5,"
        f"{150 + 5 * i},{24 + i % 3},9.0,70,A\n"
        for i in ships
    ]
    rows += [
        "412900001,2025-02-20T01:00:00,38.7,125.4,0.1,10.0,10,TUG,,,52,5,170,26,3.0,52,A\n",
        "412900002,2025-02-20T01:00:00,10.0,20.0,0.1,10.0,10,AFAR,,,70,5,170,26,9.0,70,A\n",
        "412900003,2025-02-20T02:00:00,38.7,125.4,0.1,10.0,10,SHE,IMO9074729,,70,5,171,26,9.0,70,A\n",
    ]
    path.write_text(HEAD + "".join(rows), encoding="utf-8")
    ingest_ais(workspace, [path], known_at=NOW, terms=Terms(), report=silent)


def scene() -> Claim:
    """The claim of a scene, as far as its time is asked."""
    day = TimeInterval.parse("2025-02-21T02:00Z")
    return Claim(subject="scene:x", predicate="scene", value={}, time=day, basis=Basis.OBSERVED,
                 method="scene@2")  # fmt: skip


def test_the_population_is_who_was_heard_there_and_is_of_a_size(workspace: Workspace) -> None:
    """Tugs and ships of another sea were no alternative; the ship herself is not her own rival."""
    claim = population_claim(workspace, SHIP, scene(), PLACE, 172.0)
    names = {m.name for m in population_from(claim).members}

    assert {f"SHIP {i}" for i in range(12)} == names
    assert [r.value for r in own_readings(claim)] == [171.0, 26.0]


def test_what_arrives_later_changes_no_claim(workspace: Workspace, tmp_path: Path) -> None:
    """A case verifies next year, when many more ships have been heard there."""
    asked = scene()
    claim = population_claim(workspace, SHIP, asked, PLACE, 172.0)
    workspace.evidence.append([asked], known_at=NOW)
    heard(workspace, tmp_path / "b.csv", range(20, 40))

    made = again(claim, [workspace.evidence.get(i) for i in claim.inputs], workspace)

    assert made.id == claim.id
    assert population_claim(workspace, SHIP, asked, PLACE, 172.0).id != claim.id


def test_an_unknown_ship_has_no_size(workspace: Workspace) -> None:
    """No register and no broadcast: unknown with a reason, and no size of anybody else's."""
    readings = own_readings(population_claim(workspace, "imo:9999993", scene(), PLACE, 172.0))

    assert [r.value for r in readings] == [None, None]
    assert all("no register" in str(r.reason) for r in readings)


def test_a_mark_by_hand_survives_the_claim() -> None:
    """Verified without it the claim would read another hull, or none."""
    marked = Spot(scene(), 125.4, 38.7, (146.0, 7.4, 21.0, 62.0))
    numbers: Any = marked.numbers

    assert spot_from(scene(), numbers) == marked
    assert spot_from(scene(), numbers[:2]) == Spot(scene(), 125.4, 38.7)


def test_a_scene_that_is_not_here_is_named(workspace: Workspace) -> None:
    """A slip in an id is told, with the scenes there are."""
    with pytest.raises(SceneMissingError):
        spot_of(workspace, "nowhere", 125.4, 38.7)
