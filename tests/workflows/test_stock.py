"""Stock of yards, claimed look by look and over the series, and claimed anew to the bit."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine
from shapely.geometry import box, mapping

from quaywatch.errors import SiteMissingError
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
from quaywatch.workflows.case_recomputing import recomputing
from quaywatch.workflows.looks import watch_looks
from quaywatch.workflows.scenes import ingest_imagery
from quaywatch.workflows.stock import stock_json, watch_stock

NOW = datetime(2025, 6, 1, tzinfo=UTC)
SHARES = (0.1, 0.1, 0.1, 0.1, 0.5, 0.5, 0.5, None)
"""Share of the yard under coal on 2, 6, 10, … June 2024; None is a look under cloud."""
SHED: Box = (25, 112, 45, 130)


def silent(_what: str, _share: float) -> None:
    """Progress that nobody watches."""


def feature(rows: Box, **properties: object) -> dict[str, Any]:
    """A part of the site drawn by rows and columns."""
    area = GRID.to_lonlat(box(rows[1], rows[0], rows[3], rows[2]))
    return {"type": "Feature", "properties": properties, "geometry": mapping(area)}


def drawn() -> dict[str, Any]:
    """A yard, a shed, bare ground and the water's edge."""
    return {
        "type": "FeatureCollection", "id": "pile", "name": "A pile", "features": [
            feature(YARD, id="open", kind="yard", storage="open", commodity="anthracite"),
            feature(SHED, id="shed", kind="yard", storage="covered"),
            feature(CONTROL, id="bare", kind="control"),
            feature((QUAY_ROW, 30, QUAY_ROW + 15, 110), id="b", kind="berth"),
        ],
    }  # fmt: skip


def write(path: Path, share: float | None, seed: int) -> None:
    """One look as a PlanetScope file."""
    coal = np.zeros(SIZE)
    coal[YARD[0] : YARD[2], YARD[1] : YARD[1] + round((share or 0.0) * 80)] = 1.0
    pixels = render(coal, Conditions(), np.random.default_rng(seed))
    counts = np.rint(pixels.values * 255).astype(np.uint8)
    if share is None:
        counts[:] = 245
    with rasterio.open(
        path, "w", driver="GTiff", width=SIZE[1], height=SIZE[0], count=3, dtype="uint8",
        crs=GRID.crs, transform=Affine(*GRID.transform),
    ) as target:  # fmt: skip
        target.write(counts)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with eight looks, watched once. Read only, but for claims."""
    root = tmp_path_factory.mktemp("stock")
    paths = [root / f"202406{2 + 4 * k:02d}_020500_1001.tif" for k in range(len(SHARES))]
    for k, (path, share) in enumerate(zip(paths, SHARES, strict=True)):
        write(path, share, k)
    with Workspace.create(root / "w") as workspace:
        (workspace.sites_dir / "pile.geojson").write_text(json.dumps(drawn()))
        stated = {"licence": "CC0-1.0", "credit": "nobody"}
        ingest_imagery(workspace, paths, known_at=NOW, stated=stated, report=silent)
        watch_looks(workspace, now=NOW, site=None, report=silent)
        made = watch_stock(workspace, now=NOW, site=None, report=silent)
    assert made == {"stock": 16, "stock_changes": 2}
    return root / "w"


def test_a_second_run_adds_nothing(watched: Path) -> None:
    """Watching every morning must not fill the ledger with what it knows."""
    with Workspace.open(watched) as workspace:
        before = workspace.evidence.head()
        assert watch_stock(workspace, now=NOW, site=None, report=silent) == {
            "stock": 0,
            "stock_changes": 0,
        }
        assert workspace.evidence.head() == before


def test_the_step_is_dated_to_the_looks_around_it(watched: Path) -> None:
    """What the newsroom prints: between 14 and 18 June, with what else it may be."""
    with Workspace.open(watched) as workspace:
        shown = stock_json(workspace, "pile")
    json.dumps(shown, allow_nan=False)
    yard = shown["yards"][0]
    (change,) = yard["changes"]
    assert (change["after"][:10], change["before"][:10]) == ("2024-06-14", "2024-06-18")
    assert change["delta_ha"][0] < 0.4 * 40 * 80 * 9 / 1e4 < change["delta_ha"][2]
    assert change["probability"] > 0.9
    assert change["kind"] == "grew"
    assert any("rain" in said for said in change["alternatives"])
    assert "between the looks of 14 June 2024 and 18 June 2024" in change["message"]


def test_every_look_has_its_row_and_the_hidden_one_its_reason(watched: Path) -> None:
    """A look that is left out of a table reads as one that never was."""
    with Workspace.open(watched) as workspace:
        open_yard, shed = stock_json(workspace, "pile")["yards"]
    looks = open_yard["looks"]
    assert [look["state"] for look in looks] == ["some"] * 7 + ["unknown"]
    assert looks[-1]["y"] is None
    assert looks[-1]["reason"]
    assert looks[0]["tonnes"][0] < looks[0]["tonnes"][2] < looks[4]["tonnes"][2]
    assert looks[0]["commodity"] == "anthracite"
    assert {look["state"] for look in shed["looks"]} == {"unknown"}
    assert "covered" in shed["reason"]
    assert shed["changes"] == []
    assert "usable looks" in shed["changes_reason"]


def test_every_claim_comes_out_the_same_again(watched: Path, tmp_path: Path) -> None:
    """A number that does not recompute is no evidence."""
    with Workspace.open(watched) as workspace:
        again = recomputing(workspace, WaterRouter(tmp_path / "water"))
        claims = [
            c
            for what in ("stock", "stock-changes")
            for c in workspace.evidence.find("claim", predicate=what)
            if isinstance(c, Claim)
        ]
        assert len(claims) == 18
        for claim in claims:
            inputs = [workspace.evidence.get(i) for i in claim.inputs]
            assert again[claim.method](claim, inputs).id == claim.id


def test_a_site_that_is_not_here_is_said_so(watched: Path) -> None:
    """An empty table would read as an empty yard."""
    with Workspace.open(watched) as workspace, pytest.raises(SiteMissingError):
        stock_json(workspace, "elsewhere")
