"""What looks, yards, reports and checks make of a silence, as a user of ``vessel V voyages``."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim
from quaywatch.geo.water import WaterRouter
from quaywatch.stores.workspace import Workspace
from quaywatch.testing.activity_world import Ship, plant
from quaywatch.testing.voyage_world import BEGIN, CARRIER, ROADS
from quaywatch.voyages.heard import track_of
from quaywatch.voyages.voyage import LegGap
from quaywatch.workflows.case_recomputing import recomputing
from quaywatch.workflows.voyage_inputs import Known, known_of
from quaywatch.workflows.voyage_silent import gaps_of_known, spans_of
from quaywatch.workflows.voyage_witnesses import draught_witness, with_witnesses, witnesses_of
from quaywatch.workflows.voyages import METHOD

Run = Callable[..., Any]
NOW = datetime(2025, 6, 1, tzinfo=UTC)
SUBJECT = f"imo:{CARRIER.imo}"
STAY = (BEGIN + timedelta(hours=66), BEGIN + timedelta(hours=96))
"""Her second stay at the loading roads, in silence (``voyage_world``)."""
MIDST = STAY[0] + timedelta(hours=15)


def site() -> dict[str, Any]:
    """The loading roads drawn anew, with two berths and a yard."""
    lon, lat = ROADS["loading-roads"]

    def box(name: str, kind: str, off: float) -> dict[str, Any]:
        ring = [[lon + off + dx, lat + dy] for dx, dy in
                ((0, 0), (0.002, 0), (0.002, 0.0005), (0, 0.0005), (0, 0))]  # fmt: skip
        return {"type": "Feature", "properties": {"id": name, "kind": kind, "name": name},
                "geometry": {"type": "Polygon", "coordinates": [ring]}}  # fmt: skip

    features = [box("b1", "berth", -0.001), box("b2", "berth", 0.002)]
    return {"type": "FeatureCollection", "id": "loading-roads", "name": "Loading roads",
            "features": features}  # fmt: skip


def looked_at(
    sailed: Path, to: Path, ships: Sequence[Ship], looks: dict[datetime, bool]
) -> Workspace:
    """A copy of the sailed world in which the loading roads were looked at."""
    shutil.copytree(sailed / "w", to, symlinks=True)
    workspace = Workspace.open(to)
    plant(workspace, site(), ships, looks, known_at=NOW)
    return workspace


def hull(length_m: float, berth: str = "b1") -> Ship:
    """Some ship at the roads while the carrier was silent there."""
    return Ship(*STAY, berth, 10.0, length_m)


def loading(run: Run, workspace: Workspace) -> tuple[float, str, dict[str, Any]]:
    """What is said of the loading roads in the silence: probability, reason, and all."""
    told = run("vessel", CARRIER.name, "voyages", "--json", "--workspace", workspace.root).json
    (gap,) = told["gaps"]
    one = next(m for m in gap["may_hold"] if m["name"] == "Loading roads")
    return one["probability"], one["reason"], told


def fall() -> Claim:
    """A yard of the roads that lost stock between two looks about her stay."""
    change: dict[str, Any] = {"after": (STAY[0] - timedelta(hours=3)).isoformat(),
              "before": (STAY[1] + timedelta(hours=3)).isoformat(),
              "delta": -0.2, "probability": 0.97}  # fmt: skip
    return Claim(
        subject="site:loading-roads/yard:y", predicate="stock-changes", value={"changes": [change]},
        basis=Basis.INFERRED, method="stock-change@1",
    )  # fmt: skip


@pytest.fixture(scope="module")
def silent(sailed: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The same world without a look that can tell."""
    return looked_at(sailed, tmp_path_factory.mktemp("silent") / "w", [], {MIDST: False})


def test_a_look_and_a_yard_speak_for_a_hidden_call(
    sailed: Path, silent: Workspace, tmp_path: Path, run: Run
) -> None:
    """Her planted call: what was seen raises it, is named, is recomputed, and calls nobody."""
    base, reason, plain = loading(run, silent)
    assert "nothing but reach" in reason
    shown = looked_at(sailed, tmp_path / "w", [hull(144.0)], {MIDST: True})
    with_hull, reason, _ = loading(run, shown)
    assert "1 look shows a hull about as long as she is" in reason
    shown.evidence.append([fall()], known_at=NOW)
    both, reason, told = loading(run, shown)
    assert "lost stock" in reason
    assert base < with_hull < both < 0.95
    claim = shown.evidence.get(told["claim"])
    assert isinstance(claim, Claim)
    assert claim.method == METHOD
    inputs = [shown.evidence.get(name) for name in claim.inputs]
    predicates = [c.predicate for c in inputs if isinstance(c, Claim)]
    assert predicates.count("berth-state") == 2
    assert predicates.count("stock-changes") == 1
    router = WaterRouter(shown.cache_dir / "water", landmarks=False)
    assert recomputing(shown, router)[METHOD](claim, inputs).id == claim.id
    assert loading(run, shown)[2]["claim"] == told["claim"]
    assert plain["claim"] != told["claim"]


@pytest.mark.parametrize("ships", [[], [hull(90.0), hull(210.0, "b2")]], ids=["empty", "others"])
def test_looks_that_lack_her_clear_an_honest_twin(
    sailed: Path, silent: Workspace, tmp_path: Path, run: Run, ships: list[Ship]
) -> None:
    """A twin with the same silence who was not there must be told less, not as much."""
    looks = {STAY[0] + timedelta(hours=2 * k): True for k in range(1, 15)}
    shown = looked_at(sailed, tmp_path / "w", ships, looks)
    clear, reason, _ = loading(run, shown)
    assert clear < loading(run, silent)[0]
    assert "speak against it" in reason


def test_a_twin_as_long_as_she_is_never_makes_a_call(
    sailed: Path, tmp_path: Path, run: Run
) -> None:
    """Another hull of her length in fourteen looks, and an emptied yard, must accuse nobody."""
    looks = {STAY[0] + timedelta(hours=2 * k): True for k in range(1, 15)}
    shown = looked_at(sailed, tmp_path / "w", [hull(145.0)], looks)
    shown.evidence.append([fall()], known_at=NOW)
    probability, reason, told = loading(run, shown)
    assert probability <= 0.94
    assert "one source that is no picture of the hull" in reason
    assert not any(c["seen_by"] == "hidden" and c["probability"] >= 0.95 for c in told["calls"])


def test_looks_that_cannot_tell_say_nothing(
    sailed: Path, silent: Workspace, tmp_path: Path, run: Run
) -> None:
    """Cloud is neither an empty berth nor a hull: the figure is that of no look at all."""
    clouded = looked_at(sailed, tmp_path / "w", [hull(145.0)], dict.fromkeys([MIDST], False))
    one, reason, told = loading(run, clouded)
    assert one == loading(run, silent)[0]
    assert "look" not in reason
    claim = clouded.evidence.get(told["claim"])
    assert isinstance(claim, Claim)
    kinds = {c.predicate for c in map(clouded.evidence.get, claim.inputs) if isinstance(c, Claim)}
    assert "berth-state" not in kinds


@pytest.fixture(scope="module")
def seen(sailed: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Known]:
    """What is known of the carrier where a hull of her length was seen."""
    folder = tmp_path_factory.mktemp("seen") / "w"
    workspace = looked_at(sailed, folder, [hull(144.0)], {MIDST: True})
    return workspace, with_witnesses(workspace, known_of(workspace, SUBJECT))


def kinds(known: Known) -> list[tuple[str, bool]]:
    """Kinds of what bears on her one silence, and whether each speaks for a call."""
    (span,) = spans_of(known, gaps_of_known(known))
    found = witnesses_of(known, span, span.start, span.end, [])
    return [(one.kind, one.log_lr > 0.0) for one in found]


def test_a_hull_that_another_ship_explains_says_nothing(seen: tuple[Workspace, Known]) -> None:
    """Where another ship of any length was heard lying, the hull in the look may well be it."""
    _, known = seen
    lon, lat = ROADS["loading-roads"]
    other = pl.DataFrame({"event_id": ["event:x"], "start": [STAY[0]], "end": [STAY[1]],
                          "lon": [lon], "lat": [lat]})  # fmt: skip
    assert kinds(known) == [("hull", True)]
    assert kinds(replace(known, others=other)) == []
    assert kinds(replace(known, length_m=None)) == [("image", False)]


def test_a_report_of_the_day_is_a_second_source(seen: tuple[Workspace, Known]) -> None:
    """A sighting known to the day is no call; it is a report, and an image only where one shows."""
    _, known = seen
    lon, lat = ROADS["loading-roads"]
    day = STAY[0].replace(hour=0) + timedelta(days=1)
    when = TimeInterval(start=day, end=day + timedelta(days=1))
    value: dict[str, Any] = {"lon": lon, "lat": lat, "likelihood_ratio": 9.0}
    report = Claim(
        subject=SUBJECT, predicate="sighted-at", value=value, time=when, basis=Basis.REPORTED,
        method="reading@1", inputs=("source:" + "0" * 64,),
    )  # fmt: skip
    shown = Claim(
        subject=SUBJECT, predicate="sighting-image", value={"verdict": "hull there"}, time=when,
        basis=Basis.INFERRED, method="sighting-image@1", inputs=(report.id,),
    )  # fmt: skip
    told = replace(known, claims=(*known.claims, report))
    assert sorted(kinds(told)) == [("hull", True), ("reported", True)]
    borne_out = replace(known, claims=(*known.claims, report, shown))
    assert sorted(kinds(borne_out)) == [("hull", True), ("image", True)]


def test_a_draught_speaks_only_if_it_was_typed_about_the_silence(
    seen: tuple[Workspace, Known],
) -> None:
    """A draught of last month's call must not be taken for one of this silence."""
    _, known = seen
    start, end = STAY
    hour = timedelta(hours=1)
    deeper = replace(known, draughts=((start - hour, 4.0), (end + hour, 7.5)))
    assert draught_witness(deeper, start, end, []) is not None
    late = replace(known, draughts=((start - hour, 4.0), (end + 40 * hour, 7.5)))
    assert draught_witness(late, start, end, []) is None
    same = replace(known, draughts=((start - hour, 4.0), (end + hour, 4.1)))
    assert draught_witness(same, start, end, []) is None


def test_broadcasts_that_checks_contradict_are_asked_about(seen: tuple[Workspace, Known]) -> None:
    """A made-up track between two silences is one stretch with them, and doubted, not believed."""
    _, known = seen
    hour = timedelta(hours=1)
    at = [*range(24), *range(48, 96), *range(120, 144)]
    us = [round((BEGIN + k * hour).timestamp() * 1e6) for k in at]
    track = track_of(us, np.linspace(124.0, 125.0, len(at)), np.full(len(at), 36.0))
    check = Claim(
        subject=SUBJECT, predicate="two-places", value={"verdict": "impossible"},
        time=TimeInterval(start=BEGIN + 60 * hour, end=BEGIN + 61 * hour), basis=Basis.INFERRED,
        method="two-places@1",
    )  # fmt: skip
    here = known.sites[0].frame
    assert here is not None
    gaps = [
        LegGap(BEGIN + a * hour, BEGIN + b * hour, *_ends(track), evidence=(f"event:{a}",))
        for a, b in ((23, 48), (95, 120))
    ]
    told = replace(known, track=track, claims=(check,))
    (span,) = spans_of(told, gaps)
    assert (span.start, span.end) == (BEGIN + 23 * hour, BEGIN + 120 * hour)
    assert len(span.doubted) == 48
    assert 0.1 < span.p_falsified < 0.5
    assert [s.p_falsified for s in spans_of(replace(told, claims=()), gaps)] == [0.0, 0.0]


def _ends(track: Any) -> tuple[Any, Any]:  # noqa: ANN401 - a track
    from quaywatch.geo.position import Position  # noqa: PLC0415  # used here alone

    return Position(float(track.lon[0]), 36.0), Position(float(track.lon[-1]), 36.0)


def test_a_detour_is_held_against_the_legs_of_other_ships(
    sailed: Path, tmp_path: Path, run: Run
) -> None:
    """Nineteen legs are no reference and it says so; twenty are, and stand among the inputs."""
    for count in (19, 20):
        folder = tmp_path / str(count)
        shutil.copytree(sailed / "w", folder, symlinks=True)
        workspace = Workspace.open(folder)
        legs: list[Any] = [{"detour_ratio": 1.0 + k / 100} for k in range(count)]
        other = Claim(
            subject="imo:1111111", predicate="voyages", value={"legs": legs}, method=METHOD,
            basis=Basis.INFERRED, parameters={"mmsi": [299999999]},
        )  # fmt: skip
        workspace.evidence.append([other], known_at=NOW)
        told = loading(run, workspace)[2]
        claim = workspace.evidence.get(told["claim"])
        assert isinstance(claim, Claim)
        assert (other.id in claim.inputs) == (count == 20)
        said = [leg["circuitous"] for leg in told["legs"] if leg["detour_ratio"] is not None]
        assert all((one is None) == (count == 19) for one in said)
        lone = [leg["reason"] for leg in told["legs"] if leg["detour_ratio"] is not None]
        assert all(("20 are needed" in (r or "")) == (count == 19) for r in lone)
        assert json.dumps(claim.value)
