"""``site S stock`` as a user runs it: what left a yard, and what ships could have loaded of it."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine
from shapely.geometry import box, mapping

from quaywatch.cases.lint import lint_text
from quaywatch.cli.main import main
from quaywatch.evidence.record import Claim
from quaywatch.geo.water import WaterRouter
from quaywatch.stores.workspace import Workspace
from quaywatch.testing.bench.stock_worlds import (
    CONTROL,
    GRID,
    QUAY_ROW,
    SIZE,
    YARD,
    Box,
    Conditions,
    render,
)
from quaywatch.testing.voyage_world import HEADER
from quaywatch.workflows.case_recomputing import recomputing

Run = Callable[..., Any]
SHARES = (0.6, 0.6, 0.6, 0.6, 0.1, 0.1, 0.1)
"""Share of the yard under coal on 2, 6, 10, … June 2024."""
BERTH: Box = (QUAY_ROW, 30, QUAY_ROW + 15, 110)
ALONGSIDE = (datetime(2024, 6, 15, tzinfo=UTC), datetime(2024, 6, 16, 12, tzinfo=UTC))
"""Between the looks of 14 and 18 June, so that no look shows her."""
IMO = 9074729
REGISTER = """\
simulated = true
[source]
path = "register.txt"
title = "A register"
unknown = { licence = "none stated" }

[[claim]]
id = "dwt"
subject = "imo:9074729"
name = "SIM CARRIER"
predicate = "deadweight"
note = "13000 t"
lines = "1"
"""
REFERENCE = ("--dwt", "8,000-14,000", "--dwt-source", "a register of small bulkers")
KEYS = {
    "period", "reason", "reference", "ships", "calls_unseen", "calls_unseen_reason", "groups",
    "notes", "method",
}  # fmt: skip


def _feature(rows: Box, **properties: object) -> dict[str, Any]:
    area = GRID.to_lonlat(box(rows[1], rows[0], rows[3], rows[2]))
    return {"type": "Feature", "properties": properties, "geometry": mapping(area)}


def _drawn(name: str, *yards: dict[str, Any]) -> str:
    parts = [
        *yards,
        _feature(CONTROL, id="bare", kind="control"),
        _feature(BERTH, id="b", kind="berth"),
    ]
    return json.dumps({"type": "FeatureCollection", "id": name, "name": name, "features": parts})


def _heard() -> Iterator[str]:
    """A ship that lies at the berth between two looks, as a sheet of AIS."""
    yield ",".join(HEADER)
    where = GRID.to_lonlat(box(69, QUAY_ROW + 7, 71, QUAY_ROW + 8)).centroid
    at = ALONGSIDE[0]
    while at <= ALONGSIDE[1]:
        yield (
            f"299000010,{at:%Y-%m-%dT%H:%M:%S},{where.y:.6f},{where.x:.6f},0.0,180.0,511,"
            f"SIM CARRIER,IMO{IMO},,70,5,145,21,7.5"
        )
        at += timedelta(minutes=10)


@pytest.fixture(scope="module")
def pile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with looks at a yard that shrank, watched; no AIS."""
    root = tmp_path_factory.mktemp("pile")
    scenes = []
    for k, share in enumerate(SHARES):
        coal = np.zeros(SIZE)
        coal[YARD[0] : YARD[2], YARD[1] : YARD[1] + round(share * 80)] = 1.0
        pixels = render(coal, Conditions(), np.random.default_rng(k))
        scenes.append(root / f"202406{2 + 4 * k:02d}_020500_1001.tif")
        with rasterio.open(
            scenes[-1], "w", driver="GTiff", width=SIZE[1], height=SIZE[0], count=3,
            dtype="uint8", crs=GRID.crs, transform=Affine(*GRID.transform),
        ) as target:  # fmt: skip
            target.write(np.rint(pixels.values * 255).astype(np.uint8))
    (root / "ais.csv").write_text("\n".join(_heard()) + "\n")
    (root / "register.txt").write_text("SIM CARRIER, 13,000 tonnes deadweight.\n")
    (root / "claims.toml").write_text(REGISTER)
    _quietly("init", root / "w")
    coal_yard = _feature(YARD, id="open", kind="yard", storage="open", commodity="anthracite")
    bins = _feature((25, 112, 45, 130), id="bins", kind="yard", storage="bins")
    nameless = _feature(YARD, id="open", kind="yard", storage="open")
    sites = root / "w" / "sites"
    (sites / "pile.geojson").write_text(_drawn("pile", coal_yard, bins))
    (sites / "what.geojson").write_text(_drawn("what", nameless))
    terms = ("--licence", "CC0-1.0", "--credit", "nobody")
    _quietly("ingest", "imagery", *scenes, *terms, "--workspace", root / "w")
    _quietly("watch", "--workspace", root / "w")
    return root


@pytest.fixture(scope="module")
def called(pile: Path) -> Path:
    """The same, and a ship of known deadweight in AIS at the berth while the yard shrank."""
    shutil.copytree(pile / "w", pile / "called", symlinks=True)
    here = ("--workspace", pile / "called")
    _quietly("ingest", "ais", pile / "ais.csv", "--timezone", "UTC", *here)
    _quietly("ingest", "claims", pile / "claims.toml", *here)
    _quietly("watch", *here)
    return pile / "called"


def _quietly(*arguments: object) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["quaywatch", *map(str, arguments)])
        main()


def _balance(run: Run, workspace: Path, *more: object, site: str = "pile") -> dict[str, Any]:
    got = run("site", site, "stock", *more, "--workspace", workspace, "--json")
    assert got.status == 0, got.err
    found: dict[str, Any] = got.json["mass_balance"]
    assert set(found) == KEYS
    return found


def test_calls_that_nobody_saw_leave_the_balance_open(run: Run, pile: Path) -> None:
    """Taken for none, they would turn what they carried into a remainder to accuse with."""
    told = _balance(run, pile / "w")
    group = told["groups"][0]
    assert told["ships"] == []
    assert told["calls_unseen"]["low"] == 0
    assert told["calls_unseen"]["high"] > 1
    assert not group["closed"]
    assert group["balance"]["remainder_t"] is None
    assert group["balance"]["left_without_ship_t"] == group["balance"]["left_t"]
    assert group["balance"]["left_with_ship_t"] is None
    assert "calls that nobody saw have no tonnes" in group["reason"]
    assert {c["interval_95"] for c in group["balance"]["candidates"]} == {None}


def test_with_a_deadweight_given_it_closes_and_names_its_source(run: Run, pile: Path) -> None:
    """The remainder rests on what the user gave, so that stands beside it."""
    told = _balance(run, pile / "w", *REFERENCE)
    group = told["groups"][0]
    found = group["balance"]
    assert group["closed"]
    assert told["reference"] == "8,000 to 14,000 t deadweight (a register of small bulkers)"
    assert found["unseen_t"]["interval_95"][0] == 0
    assert found["unseen_t"]["interval_95"][1] > 14_000
    assert found["remainder_t"]["mean"] < found["left_t"]["mean"]
    said = run("site", "pile", "stock", *REFERENCE, "--workspace", pile / "w").out
    for words in ("mass balance, 2024-06-02 to 2024-06-26", "a register of small bulkers",
                  "cannot tell them apart", "rail or road", "0 to"):  # fmt: skip
        assert words in said
    assert lint_text(group["message"], where="message") == ()


def test_a_ship_in_ais_counts_once_with_her_own_deadweight(run: Run, called: Path) -> None:
    """Her 13,000 t are known from a register: a reference is for the others."""
    told = _balance(run, called, *REFERENCE)
    (ship,) = told["ships"]
    assert (ship["ship"], ship["berth"], ship["seen_by"]) == (f"imo:{IMO}", "b", ["ais"])
    low, high = ship["tonnes"]["interval_95"]
    assert 0.8 * 13_000 < low < high < 13_000
    group = told["groups"][0]
    assert group["balance"]["left_without_ship_t"] is None
    assert group["balance"]["left_with_ship_t"] == group["balance"]["left_t"]
    assert group["balance"]["seen_t"]["interval_95"] == [low, high]


def test_a_second_run_adds_nothing_and_the_claim_is_made_again(run: Run, called: Path) -> None:
    """A figure in an article is worth what can be recomputed of it, years on."""
    group = _balance(run, called, *REFERENCE)["groups"][0]
    with Workspace.open(called) as workspace:
        before = workspace.evidence.head()
        claim = workspace.evidence.get(group["claim"])
        assert isinstance(claim, Claim)
        inputs = [workspace.evidence.get(record_id) for record_id in claim.inputs]
        kinds = {c.predicate for c in inputs if isinstance(c, Claim)}
        assert kinds == {"stock", "activity", "berth-visits", "deadweight"}
        again = recomputing(workspace, WaterRouter(workspace.cache_dir / "water"))[claim.method]
        assert again(claim, inputs).id == claim.id
        lighter = [c for c in inputs if not isinstance(c, Claim) or c.predicate != "activity"]
        assert again(claim, lighter).value == claim.value
        swollen: Any = json.loads(json.dumps(claim.parameters))
        swollen["ledger"]["unseen"]["calls"] = {"low": 0.0, "mid": 0.0, "high": 0.0}
        swollen["ledger"]["seen"][0]["deadweight"]["high"] = 90_000
        forged = claim.model_copy(update={"parameters": swollen})
        assert again(forged, inputs).id == claim.id != forged.id
    assert _balance(run, called, *REFERENCE)["groups"][0]["claim"] == group["claim"]
    with Workspace.open(called) as workspace:
        assert workspace.evidence.head() == before


def test_bins_are_refused_and_stand_beside_the_open_yard(run: Run, pile: Path) -> None:
    """What bins held is not known: told apart, and a place that coal may have gone to."""
    told = _balance(run, pile / "w", *REFERENCE)
    one, bins = told["groups"]
    assert (one["storage"], one["yards"], bins["yards"]) == ("open", ["open"], ["bins"])
    assert bins["balance"] is None
    assert "under cover" in bins["reason"]
    assert bins["claim"] is None
    assert "under-cover" in {c["name"] for c in one["balance"]["candidates"]}
    assert any("under cover (bins)" in note for note in one["balance"]["notes"])
    said = run("site", "pile", "stock", "--workspace", pile / "w").out
    assert "Bins yards (bins): no mass balance." in said


def test_what_has_no_tonnes_is_said(run: Run, pile: Path, tmp_path: Path) -> None:
    """Dark material that nobody has named has no weight, and no site gets a balance of nothing."""
    (group,) = _balance(run, pile / "w", *REFERENCE, site="what")["groups"]
    assert group["balance"] is None
    assert "no tonnes are balanced" in group["message"]
    _quietly("init", tmp_path / "w")
    (tmp_path / "w" / "sites" / "bare.geojson").write_text(_drawn("bare"))
    bare = _balance(run, tmp_path / "w", site="bare")
    assert (bare["period"], bare["reason"]) == (None, "The site draws no yard.")


def test_a_period_without_the_change_has_nothing_to_balance(run: Run, pile: Path) -> None:
    """A change that reaches beyond the time asked for is counted, and not cut in two."""
    told = _balance(run, pile / "w", "--from", "2024-06-16", "--to", "2024-06-30")
    group = told["groups"][0]
    assert (group["changes"], group["changes_beyond"]) == (0, 1)
    assert group["reason"] == "No change of stock is known: nothing to balance."
    said = run("site", "pile", "stock", "--from", "2024-06-16", "--workspace", pile / "w").out
    assert "nothing to balance" in said


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("--dwt", "8000-14000"), "--dwt-source"),
        (("--dwt", "big", "--dwt-source", "me"), "8000-14000"),
        (("--dwt", "14000-8000", "--dwt-source", "me"), "lesser first"),
        (("--from", "2025", "--to", "2024"), "earlier day first"),
    ],
    ids=["no-source", "no-range", "backwards", "no-time"],
)
def test_what_cannot_be_taken_is_refused(
    run: Run, pile: Path, arguments: tuple[str, ...], names: str
) -> None:
    """Fact and remedy by a stable code, before anything is claimed."""
    got = run("site", "pile", "stock", *arguments, "--workspace", pile / "w", "--json")
    assert (got.status, got.json["error"]["code"]) == (2, "argument-invalid")
    assert names in got.json["error"]["message"]
