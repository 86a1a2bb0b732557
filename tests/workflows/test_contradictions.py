"""Contradictions of a workspace: found by watching, made again to the byte, never asked for."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import JsonValue

from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.likelihood import Group
from quaywatch.evidence.record import Basis, Claim, Finding
from quaywatch.fusion.contradiction_made import Told, impossible
from quaywatch.fusion.contradictions import Explanation, Kind, Weighed, contradiction_of
from quaywatch.fusion.two_places import Fix, Separation, two_places
from quaywatch.geo.position import Position
from quaywatch.geo.water import WaterRouter
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.case import build_case, new_case
from quaywatch.workflows.case_check import check_case
from quaywatch.workflows.contradictions import ContradictionsAgain, find_contradictions
from quaywatch.workflows.contradictions_shown import contradictions_geojson, contradictions_json
from quaywatch.workflows.contradictions_tables import placed
from quaywatch.workflows.ingest_ais import ingest_ais
from quaywatch.workflows.ingest_claims import ingest_claims
from quaywatch.workflows.receive import Terms
from quaywatch.workflows.watch import watch_workspace

NOW = datetime(2025, 6, 1, tzinfo=UTC)
START = datetime(2025, 2, 2, 12, tzinfo=UTC)
HEAD = "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,Length\n"
CLAIMS = """\
[source]
path = "document.txt"
title = "A document"
unknown = { licence = "none stated" }

[[claim]]
id = "seen"
subject = "imo:9074729"
name = "HULL ONE"
predicate = "loading-at"
time = "2025-02-03T00:16Z"
lon = 125.39
lat = 38.72
lines = "1"

[[claim]]
id = "honest"
subject = "imo:9125786"
name = "HULL TWO"
predicate = "sighted-at"
time = "2025-02-03T00:16Z"
lon = 123.0
lat = 36.0
lines = "2"
"""


def silent(_what: str, _share: float) -> None:
    """Tell nobody."""


def reports() -> Iterator[str]:
    """A ship said to be at sea while it loads, an honest one, and a number that two hulls send."""
    for step in range(48):
        at = f"{START + timedelta(minutes=30 * step):%Y-%m-%dT%H:%M:%S}"
        yield f"412000001,{at},{36.5 + 0.05 * step:.4f},124.0,6.0,0.0,0,HULL ONE,IMO9074729,140"
        yield f"412000002,{at},36.0,123.0,0.0,0.0,511,HULL TWO,IMO9125786,140"
        place = "34.0,123.0" if step % 2 else "34.6,131.4"
        yield f"412000003,{at},{place},0.0,0.0,511,SHARED,,90"


@pytest.fixture(scope="module")
def watched(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A watched workspace, on the land grid of the shared one."""
    root = tmp_path_factory.mktemp("odd")
    (root / "a.csv").write_text(HEAD + "\n".join(reports()) + "\n", encoding="utf-8")
    (root / "document.txt").write_text("HULL ONE loads at 00:16.\nHULL TWO lies at sea.\n")
    (root / "claims.toml").write_text(CLAIMS, encoding="utf-8")
    with Workspace.create(root / "w") as workspace:
        grid = base / "w" / "cache" / "water"
        shutil.copytree(grid, workspace.cache_dir / "water", dirs_exist_ok=True)
        ingest_ais(workspace, [root / "a.csv"], known_at=NOW, terms=Terms(), report=silent)
        ingest_claims(workspace, root / "claims.toml", known_at=NOW)
        watch_workspace(workspace, now=NOW, report=silent)
        yield workspace


def claims(workspace: Workspace) -> list[Claim]:
    """All contradictions claimed."""
    found = workspace.evidence.find("claim", predicate="contradiction")
    return [claim for claim in found if isinstance(claim, Claim)]


def test_watching_finds_what_nobody_asked_for(watched: Workspace) -> None:
    """A false position and a shared number are found; of the honest ship nothing is."""
    told = {(c.subject, c.parameters["kind"]) for c in claims(watched)}
    assert told == {
        ("imo:9074729", Kind.IN_PORT.value),
        ("mmsi:412000003", Kind.UNREACHABLE.value),
    }


def test_a_contradiction_blames_nobody_by_itself(watched: Workspace) -> None:
    """With no likeness, no image and no tell, each explanation keeps its prior."""
    (claim,) = [c for c in claims(watched) if c.subject == "imo:9074729"]
    told = contradiction_of(claim)
    assert told is not None
    assert told.concluded is None
    assert "cannot be told" in told.conclusion
    assert any("sisters are not excluded" in message for message in told.messages)


def test_a_broadcast_is_borne_out_by_three_reports(watched: Workspace) -> None:
    """One report may be garbled: what is cited are three of one run."""
    (claim,) = [c for c in claims(watched) if c.subject == "imo:9074729"]
    assert claim.parameters["parts"][:2] == [3, 1]  # type: ignore[index]  # a list, as written
    assert all(one.startswith("observation:") for one in claim.inputs[:3])


def test_every_claim_is_made_again_to_the_byte(watched: Workspace) -> None:
    """``case verify`` compares what is made from the inputs with what was written."""
    again = ContradictionsAgain(watched, WaterRouter(watched.cache_dir / "water"))
    for claim in claims(watched):
        inputs = [watched.evidence.get(record_id) for record_id in claim.inputs]
        assert again.again(claim, inputs).canonical() == claim.canonical()


def test_a_second_scan_adds_nothing(watched: Workspace) -> None:
    """What was claimed before is not claimed again."""
    found = find_contradictions(watched, WaterRouter(watched.cache_dir / "water"), report=silent)
    assert {claim.id for claim in found.claims} == {claim.id for claim in claims(watched)}
    before = watched.evidence.head()
    watched.evidence.append(found.records, known_at=NOW)
    assert watched.evidence.head() == before


def test_what_agreed_is_counted_beside(watched: Workspace) -> None:
    """Contradictions alone would say that the method finds some wherever it looks."""
    found = find_contradictions(watched, WaterRouter(watched.cache_dir / "water"), report=silent)
    assert found.controls["sighting: agreed"] == 1
    assert found.controls["sighting: contradicted"] == 1


def concluded(claim: Claim) -> Claim:
    """The same contradiction, had the hull been known and the sea been seen empty."""
    weighed = [
        Weighed(
            name=name, likelihood=dict.fromkeys(Explanation, 1.0) | likelihood,
            group=group, measured=True, because="As measured.",
        )
        for name, likelihood, group in (
            ("likeness", {Explanation.OTHER_HULL_SEEN: 0.01}, Group.IDENTITY),
            ("empty sea", {Explanation.BROADCAST_FALSE: 60.0}, Group.IMAGERY_PRESENCE),
        )
    ]  # fmt: skip
    answer = two_places(
        Fix.broadcast(Position(124.0, 36.5), TimeInterval.parse("2025-02-03T00:09Z")),
        Fix.sighting(Position(125.39, 38.72), TimeInterval.parse("2025-02-03T00:16Z")),
        Separation(149.3, 190.0, 186.0),
    )
    made = impossible(Kind.IN_PORT, answer, Told(claim.subject, "a", evidence=weighed))
    assert made.concluded is Explanation.BROADCAST_FALSE
    return claim.model_copy(update={"value": made.model_dump(mode="json")})


def test_a_case_argues_a_contradiction_in_place_of_the_check_behind_it(
    watched: Workspace, tmp_path: Path
) -> None:
    """A concluded contradiction must not stop a case, nor its pair be told as two findings."""
    shutil.copytree(watched.root, tmp_path / "w")
    with Workspace.open(tmp_path / "w") as workspace:
        (claim,) = [c for c in claims(workspace) if c.subject == "imo:9074729"]
        workspace.evidence.append([concluded(claim)], known_at=NOW)
        new_case(workspace, "one", title="One", question="Where was it?", subjects=["imo:9074729"])
        case, dossier = build_case(workspace, "one", now=NOW)
        findings = [workspace.evidence.get(finding_id) for finding_id in case.findings]
        told = [f.statement for f in findings if isinstance(f, Finding)]
    assert sum("were not both of one hull" in statement for statement in told) == 1
    assert any("that the broadcast does not tell where the ship was" in text for text in told)
    assert "Which part is wrong: probability of each explanation, by prior" in dossier.html


def test_a_case_of_what_was_found_verifies(watched: Workspace, tmp_path: Path) -> None:
    """What a case says of a contradiction is argued again from its claim, and nothing differs."""
    shutil.copytree(watched.root, tmp_path / "w")
    with Workspace.open(tmp_path / "w") as workspace:
        new_case(
            workspace, "two", title="Two", question="Which?",
            subjects=["imo:9074729", "mmsi:412000003"],
        )  # fmt: skip
        build_case(workspace, "two", now=NOW)
        report = check_case(workspace, "two")
    assert report.ok, report.failures


def test_the_list_narrows_by_kind_ship_and_time(watched: Workspace) -> None:
    """Each filter leaves out only what it names."""
    whole = contradictions_json(watched)["contradictions"]
    assert len(whole) == 2
    only = contradictions_json(watched, kinds=("unreachable",))["contradictions"]
    assert [one["kind"] for one in only] == ["unreachable"]
    ship = contradictions_json(watched, subject="imo:9074729")["contradictions"]
    assert [one["subject"] for one in ship] == ["imo:9074729"]
    late = contradictions_json(watched, since=NOW)["contradictions"]
    assert late == []


def test_every_place_on_the_map_names_its_contradiction(watched: Workspace) -> None:
    """A point without its claim cannot be walked back."""
    features = contradictions_geojson(contradictions_json(watched))["features"]
    assert {f["properties"]["claim"] for f in features} == {c.id for c in claims(watched)}
    assert {f["geometry"]["type"] for f in features} >= {"Point", "LineString"}


def test_a_likeness_worked_out_here_places_a_ship() -> None:
    """A hull known by its likeness contradicts a broadcast as a report of others does."""
    at = TimeInterval.parse("2025-02-03T00:16Z")
    asked: JsonValue = {
        "scene": "scene:a", "captured_at": "2025-02-03T00:16:00+00:00", "lon": 125.39, "lat": 38.72
    }  # fmt: skip
    value: dict[str, JsonValue] = {
        "verdict": "consistent", "ratio": 20.0, "measured": True, "questioned": asked
    }  # fmt: skip
    claim = Claim(subject="imo:9074729", predicate="likeness", value=value, time=at,
                  basis=Basis.INFERRED, method="likeness@1")  # fmt: skip
    where = placed(claim)
    assert where is not None
    assert where[1] == at
    weak = claim.model_copy(update={"value": {**value, "ratio": 2.0}})
    assert placed(weak) is None


def test_nothing_is_found_where_nothing_was_heard(tmp_path: Path) -> None:
    """An empty workspace has no contradictions, and no crash."""
    with Workspace.create(tmp_path / "w") as workspace:
        found = find_contradictions(
            workspace, WaterRouter(workspace.cache_dir / "water"), report=silent
        )
        assert found.claims == []
        assert contradictions_json(workspace)["reason"]
