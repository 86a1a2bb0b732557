"""Commands run as a user runs them, in a workspace that all tests of a run share."""

import fcntl
import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine

from quaywatch.cli.main import main
from quaywatch.testing.voyage_world import build

SCENE = "20171018_175517_1005.tif"
"""Named as PlanetScope files are: the capture time stands in it."""
NMEA = """\
2016-04-04 00:00:02, !AIVDM,1,1,,A,402:LD1v11n0206b5HL5GbQ0281N,0*58
2016-04-04 00:00:03, !AIVDM,1,1,,A,240Uv2h000P6l:@L5pfa9l4000Rt,0*50
2016-04-04 00:00:08, !AIVDM,1,1,,B,240Uv2h000P6l:BL5pfI9l4:084q,0*18
2016-04-04 00:00:09, !AIVDM,1,1,,B,240Uv2h000P6l:BL5pfI9l4:084q,0*19
"""
"""Two positions, a base station and a broken checksum."""
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


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON is any value
        """Its output as JSON; NaN and infinities are no JSON."""
        return json.loads(self.out, parse_constant=_no_constant)


def _no_constant(name: str) -> None:
    msg = f"{name} is no JSON"
    raise ValueError(msg)


Run = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``quaywatch`` with these arguments, in this process."""

    def runner(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["quaywatch", *map(str, arguments)])
        capsys.readouterr()
        status = 0
        try:
            main()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
        said = capsys.readouterr()
        return Ran(status, said.out, said.err)

    return runner


def write_scene(path: Path, *, crs: str | None = "EPSG:32611") -> Path:
    """A small picture of water with a bright hull in it, where the site is drawn."""
    rng = np.random.default_rng(7)
    picture = rng.normal(50, 2, (3, 200, 300)).clip(1, 255)
    picture[:, 90:100, 60:130] = 200
    options: dict[str, Any] = {} if crs is None else {
        "crs": crs, "transform": Affine(3.0, 0.0, 385_000.0, 0.0, -3.0, 3_736_000.0)
    }  # fmt: skip
    with rasterio.open(
        path, "w", driver="GTiff", width=300, height=200, count=3, dtype="uint8", **options
    ) as target:
        target.write(picture.astype(np.uint8))
    return path


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with AIS, a scene, a site and claims, watched, and a case built and sealed.

    It is built once in a run, however many processes test; tests that change it copy it.
    """
    parent = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        parent = parent.parent
    root = parent / "shared-cli"
    with (parent / "shared.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / "built").exists():
            shutil.rmtree(root, ignore_errors=True)
            _build(root, parent / "shared-water")
            (root / "built").touch()
    return root / "w"


def _build(root: Path, water: Path) -> None:
    """Make it; the land grid is left in ``water`` for the other workspaces of this run."""
    root.mkdir()
    files = {"a.log": NMEA, "document.txt": DOCUMENT, "claims.toml": CLAIMS}
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")
    write_scene(root / SCENE)
    here = root / "w"
    _quietly("init", here)
    if water.is_dir():
        shutil.copytree(water, here / "cache" / "water")
    (here / "sites" / "quay.geojson").write_text(json.dumps(SITE), encoding="utf-8")
    _quietly("ingest", "ais", root / "a.log", "--timezone", "Europe/Paris", "--workspace", here)
    terms = ("--licence", "CC0-1.0", "--credit", "nobody")
    _quietly("ingest", "imagery", root / SCENE, *terms, "--workspace", here)
    _quietly("ingest", "claims", root / "claims.toml", "--workspace", here)
    _quietly("watch", "--workspace", here)
    case = ("--question", "One hull?", "--subject", "HULL ONE")
    _quietly("case", "new", "one", *case, "--workspace", here)
    _quietly("case", "build", "one", "--workspace", here)
    if not water.is_dir():
        shutil.copytree(here / "cache" / "water", water)


def _quietly(*arguments: object) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["quaywatch", *map(str, arguments)])
        main()


@pytest.fixture(scope="session")
def sailed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small world of known voyages; its workspace, watched, is ``w`` in it."""
    parent = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        parent = parent.parent
    root = parent / "shared-sailed"
    with (parent / "sailed.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / "built").exists():
            shutil.rmtree(root, ignore_errors=True)
            world = build(root)
            _quietly("init", root / "w")
            for site in world.sites:
                shutil.copy(site, root / "w" / "sites")
            here = ("--workspace", root / "w")
            _quietly("ingest", "ais", world.ais, "--timezone", "UTC", *here)
            _quietly("ingest", "claims", world.claims, *here)
            _quietly("watch", *here)
            (root / "built").touch()
    return root


@pytest.fixture
def workspace(base: Path, tmp_path: Path) -> Path:
    """A copy of the shared workspace that a test may change."""
    copy = tmp_path / "w"
    shutil.copytree(base, copy, symlinks=True, ignore=shutil.ignore_patterns("scenes"))
    return copy
