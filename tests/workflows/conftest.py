"""A workspace with a built case, made once in a run and copied by each test that changes it."""

import fcntl
import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine

from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.case import build_case, new_case
from quaywatch.workflows.ingest_ais import ingest_ais
from quaywatch.workflows.ingest_claims import ingest_claims
from quaywatch.workflows.receive import Terms
from quaywatch.workflows.scenes import ingest_imagery
from quaywatch.workflows.watch import watch_workspace

NOW = datetime(2025, 6, 1, tzinfo=UTC)
SCENE = "20171018_175517_1005.tif"
CSV = """\
MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,Length
338148873,2022-01-03T00:00:00,33.6,-117.9,0.0,280.0,511,CAZADOR,,37
338148873,2022-01-04T00:01:00,33.7,-117.9,0.0,280.0,511,CAZADOR,,37
oops,2022-01-04T00:01:00,33.7,-117.9,0.0,280.0,511,CAZADOR,,37
"""
DOCUMENT = "The image of 00:16 shows HULL ONE at the coal pier.\nIts AIS said 36.5 N at 00:09.\n"
CLAIMS = """\
[source]
path = "document.txt"
title = "A document"
unknown = { licence = "none stated" }

[[claim]]
id = "said"
subject = "imo:9074729"
name = "HULL ONE"
predicate = "ais-broadcast-at"
time = "2025-02-03T00:09Z"
lon = 124.0
lat = 36.5
lines = "2"

[[claim]]
id = "seen"
subject = "imo:9074729"
name = "HULL ONE"
predicate = "sighted-at"
time = "2025-02-03T00:16Z"
lon = 125.39
lat = 38.72
lines = "1"
"""
SITE = {
    "type": "FeatureCollection", "id": "quay", "name": "A quay", "features": [{
        "type": "Feature", "properties": {"id": "b1", "kind": "berth", "name": "One"},
        "geometry": {"type": "Polygon", "coordinates": [[
            [-118.2415, 33.757], [-118.239, 33.757], [-118.239, 33.7565], [-118.2415, 33.7565],
            [-118.2415, 33.757]]]},
    }],
}  # fmt: skip


def silent(_what: str, _share: float) -> None:
    """Progress that nobody watches."""


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with what was ingested; the workspace is ``w`` in it. Read only."""
    parent = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        parent = parent.parent
    root = parent / "shared-workflows"
    with (parent / "shared.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / "built").exists():
            shutil.rmtree(root, ignore_errors=True)
            _build(root, parent / "shared-water")
            (root / "built").touch()
    return root


@pytest.fixture
def copied(base: Path, tmp_path: Path) -> Path:
    """A copy of the workspace that a test may change."""
    target = tmp_path / "w"
    shutil.copytree(base / "w", target, symlinks=True, ignore=shutil.ignore_patterns("scenes"))
    return target


def _build(root: Path, water: Path) -> None:
    """Make it; the land grid is left in ``water`` for the other workspaces of this run."""
    root.mkdir()
    for name, text in {"a.csv": CSV, "document.txt": DOCUMENT, "claims.toml": CLAIMS}.items():
        (root / name).write_text(text, encoding="utf-8")
    _write_scene(root / SCENE)
    stated = {"licence": "CC0-1.0", "credit": "nobody"}
    with Workspace.create(root / "w") as workspace:
        kept = workspace.cache_dir / "water"
        if water.is_dir():
            shutil.copytree(water, kept)
        (workspace.sites_dir / "quay.geojson").write_text(json.dumps(SITE), encoding="utf-8")
        ingest_ais(workspace, [root / "a.csv"], known_at=NOW, terms=Terms(), report=silent)
        ingest_imagery(workspace, [root / SCENE], known_at=NOW, stated=stated, report=silent)
        ingest_claims(workspace, root / "claims.toml", known_at=NOW)
        watch_workspace(workspace, now=NOW, report=silent)
        subjects = ["imo:9074729"]
        new_case(workspace, "one", title="One", question="One hull?", subjects=subjects)
        build_case(workspace, "one", now=NOW)
    if not water.is_dir():
        shutil.copytree(kept, water)


def _write_scene(path: Path) -> None:
    picture = np.random.default_rng(7).normal(50, 2, (3, 200, 300)).clip(1, 255)
    picture[:, 90:100, 60:130] = 200
    with rasterio.open(
        path, "w", driver="GTiff", width=300, height=200, count=3, dtype="uint8",
        crs="EPSG:32611", transform=Affine(3.0, 0.0, 385_000.0, 0.0, -3.0, 3_736_000.0),
    ) as target:  # fmt: skip
        target.write(picture.astype(np.uint8))
