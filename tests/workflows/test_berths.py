"""Berths over the looks of a site: claimed once, on a history, and computed again to the bit."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from quaywatch.evidence.record import Claim
from quaywatch.imagery.detection import WaterContrastDetector
from quaywatch.stores.workspace import Workspace
from quaywatch.testing.berth_sim import BerthSeries
from quaywatch.testing.fleet import DAY_S
from quaywatch.testing.planted import seconds
from quaywatch.testing.scene_sim import write_scene
from quaywatch.testing.sky import Look, Weather
from quaywatch.workflows import berth_claims, berth_stays
from quaywatch.workflows.berths import berth_pass, looks_and_berths_json, states_of
from quaywatch.workflows.looks import watch_looks
from quaywatch.workflows.scenes import ingest_imagery

NOW = datetime(2025, 7, 1, tzinfo=UTC)
LOOKS = 26


def silent(what: str, share: float) -> None:
    """No progress wanted."""
    del what, share


@pytest.fixture(scope="module", autouse=True)
def _quick() -> Iterator[None]:
    """Without the network: most of a look's time, and the history does without it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("quaywatch.imagery.look.DEFAULT_DETECTOR", WaterContrastDetector())
        yield


@pytest.fixture(scope="module")
def series() -> BerthSeries:
    """A quay with its ships."""
    return BerthSeries(102)


@pytest.fixture(scope="module")
def watched(series: BerthSeries, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with its looks, gone through once. Read only."""
    root = tmp_path_factory.mktemp("berths")
    drawn = series.site.to_geojson()
    pier = {
        "type": "Feature",
        "properties": {
            "id": "covered", "kind": "berth", "observable": False, "reason": "a roof",
            "side": "left",
        },
        "geometry": drawn["features"][0]["geometry"],
    }  # fmt: skip
    drawn["features"] = [*drawn["features"], pier]
    with Workspace.create(root / "w") as workspace:
        (workspace.sites_dir / "quay.geojson").write_text(json.dumps(drawn), encoding="utf-8")
        enter(workspace, series, root, range(LOOKS))
        go(workspace)
    return root / "w"


@pytest.fixture
def copied(watched: Path, tmp_path: Path) -> Iterator[Workspace]:
    """A copy of it that a test may change."""
    shutil.copytree(watched, tmp_path / "w", symlinks=True)
    with Workspace.open(tmp_path / "w") as workspace:
        yield workspace


def enter(workspace: Workspace, series: BerthSeries, folder: Path, numbers: range) -> None:
    """Take and enter some looks, one every three weeks, the sixth under cloud."""
    paths = []
    for number in numbers:
        at = seconds("2023-07-05T02:00Z") + 21 * DAY_S * number
        weather = Weather(cloud=1.0 if number == 5 else 0.0, haze=0.05)
        rendered, _, _ = series.take(Look(at, weather), np.random.default_rng(number))
        stamp = datetime.fromtimestamp(at, UTC)
        path = folder / f"{stamp:%Y%m%d_%H%M%S}_{number:04x}_simulated.tif"
        write_scene(path, rendered, series.ground, at)
        paths.append(path)
    result = ingest_imagery(workspace, paths, known_at=NOW, stated={}, report=silent)
    assert result["scenes"] == len(paths), result


def go(workspace: Workspace) -> dict[str, int]:
    """A run over every look and berth."""
    watch_looks(workspace, now=NOW, site=None, report=silent)
    return berth_pass(workspace, now=NOW, site=None, report=silent)


def strips_claims(workspace: Workspace, series: BerthSeries) -> list[Claim]:
    """The strips of every look."""
    subject = f"site:{series.name}"
    found = workspace.evidence.find("claim", subject=subject, predicate="berth-strips")
    return [claim for claim in found if isinstance(claim, Claim)]


def test_states_rest_on_the_history_and_are_right(copied: Workspace, series: BerthSeries) -> None:
    """The fixed camera is what the record is for: it must say so and be right."""
    right = said = 0
    for claim in states_of(copied, series.name):
        if not claim.subject.endswith("berth:quay") or claim.time is None:
            continue
        value: Any = claim.value
        if value is None:
            assert claim.reason
            continue
        assert str(claim.parameters["evidence"]).startswith("history of ")
        assert value["built_from"]["looks"] >= 20
        at = claim.time.start.timestamp()
        truly = any(s.start_s <= at < s.end_s for s in series.stays)
        said += 1
        right += (value["state"] == "occupied") == truly
    assert said >= 18
    assert right >= said - 1


def test_a_covered_berth_is_never_told(copied: Workspace, series: BerthSeries) -> None:
    """A roof hides hulls, in every look and in every claim."""
    own = [c for c in states_of(copied, series.name) if c.subject.endswith(":covered")]
    assert len(own) == LOOKS
    for claim in own:
        assert isinstance(claim.value, dict)
        assert claim.value["state"] == "not-applicable"
        assert claim.probability is None


def test_a_second_run_adds_nothing_and_a_new_look_little(
    copied: Workspace, series: BerthSeries, tmp_path: Path
) -> None:
    """What was said stays; a run that finds nothing new writes nothing."""
    before = copied.evidence.head()
    assert go(copied) == {"strips": 0, "backgrounds": 0, "states": 0, "visits": 0}
    assert copied.evidence.head() == before
    enter(copied, series, tmp_path, range(LOOKS, LOOKS + 1))
    had = len(strips_claims(copied, series))
    counts = go(copied)
    assert len(strips_claims(copied, series)) == had + 1
    assert counts["strips"] == 0, "they are cut with the look, from one reading of its window"
    assert counts["backgrounds"] == 0
    assert counts["states"] == 2


def test_every_claim_comes_out_again(copied: Workspace) -> None:
    """A reader with the workspace can compute each of them anew, to the byte."""
    again = berth_claims.BerthsAgain(copied)
    makers = {
        berth_claims.STRIPS_METHOD: again.strips,
        berth_claims.BACKGROUND_METHOD: again.background,
        berth_claims.STATE_METHOD: again.state,
        berth_stays.VISITS_METHOD: berth_stays.again,
    }
    seen = set()
    for claim in list(copied.evidence.find("claim")):
        if isinstance(claim, Claim) and claim.method in makers:
            inputs = [copied.evidence.get(record_id) for record_id in claim.inputs]
            assert makers[claim.method](claim, inputs).id == claim.id, claim.method
            seen.add(claim.method)
    assert seen == set(makers)


def test_the_page_carries_state_chance_class_and_stays(
    copied: Workspace, series: BerthSeries
) -> None:
    """What the command prints is what was claimed, the look's own state beside it."""
    shown = looks_and_berths_json(copied, series.name)
    assert len(shown["looks"]) == LOOKS
    berth = next(b for look in shown["looks"] for b in look["berths"] if b["state"] == "occupied")
    assert berth["p_occupied"] >= 0.8
    assert berth["size_class"]
    assert berth["evidence"].startswith("history of")
    assert "state_of_look" in berth
    stays = shown["stays"]["quay"]["visits"]
    assert stays
    assert {"arrival_after", "arrival_before", "departure_after"} <= set(stays[0])
    assert shown["stays"]["covered"]["visits"] == []
    json.dumps(shown)
