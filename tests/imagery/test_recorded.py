"""Recorded scenes: the figures of docs/benchmarks/imagery.md, as lower bounds."""

from pathlib import Path
from typing import Any

import pytest

from quaywatch.imagery.berth_state import BerthState
from quaywatch.imagery.detection import detect_scene
from quaywatch.imagery.load import load_raster, load_scene
from quaywatch.imagery.look import look_at
from quaywatch.sites.facility import Site
from quaywatch.testing.bench.imagery_hulls import FOLDS, fold_detector
from quaywatch.testing.hull_labels import completed_labels, matched

pytestmark = pytest.mark.realdata
SITES = Path(__file__).resolve().parents[2] / "examples" / "sites"
TERMS: dict[str, Any] = {"licence": "CC-BY-SA-4.0", "credit": "Planet Labs PBC"}


@pytest.mark.parametrize(("port", "most_false"), [("san-francisco", 3), ("long-beach", 1)])
def test_every_large_ship_on_open_water_is_found(
    shared_data: Path, port: str, most_false: int
) -> None:
    """At anchor or under way, by networks that learnt from nothing of that port or week."""
    folder = shared_data / "imagery" / "planet_scenes"
    false = 0
    for name in FOLDS[port]:
        (path,) = folder.glob(f"*{name}.tif")
        found = detect_scene(load_raster([path]), fold_detector(port))
        labels = completed_labels()[name]
        pairs = matched(labels, [d for d in found if d.length_m >= 40], 3.0)
        missed = [s for i, s in enumerate(labels.ships) if i not in pairs.pairs]
        assert [s for s in missed if s.where in {"open", "way"}] == []
        false += len(pairs.false)
    assert false <= most_false


def test_long_beach_four_days_apart(shared_data: Path) -> None:
    """The same berths in two scenes; which are taken was read off the pictures by eye."""
    folder = shared_data / "imagery" / "planet_scenes"
    site = Site.read(SITES / "long_beach.geojson")
    states = {}
    for number in (2, 3):
        (path,) = folder.glob(f"scene_{number}_*.tif")
        look = look_at(load_scene([path], **TERMS), site)
        states[number] = {berth.id: berth.state for berth in look.berths}
    first, later = states[3], states[2]
    assert first["cruise-terminal"] is BerthState.EMPTY
    assert later["cruise-terminal"] is BerthState.OCCUPIED
    # She lies in a basin: beyond her is a mole, as beyond no other ship, and chance falls.
    assert first["museum-ship"] is BerthState.OCCUPIED
    assert later["museum-ship"] is not BerthState.EMPTY
    assert first["j-slip-south-east"] is BerthState.OCCUPIED
    assert later["j-slip-south-east"] is not BerthState.OCCUPIED
    assert later["j-north"] is BerthState.UNKNOWN
    for name in ("g-bulk-north", "g-bulk-south", "j-north", "t-tanker", "j-slip-south-west"):
        assert first[name] is BerthState.OCCUPIED, name
    for name in ("g-slip-west", "j-slip-north-west"):
        assert first[name] is BerthState.EMPTY, name


def test_durban_has_two_ships_at_the_coal_quay(shared_data: Path) -> None:
    """The founding question, at a port where the answer is known."""
    folder = shared_data / "imagery" / "sentinel2_ports" / "durban"
    scene = load_scene(sorted(folder.glob("*_B*.tiff")), licence="Copernicus", credit="ESA")
    assert scene.capture_width_s == 86400
    assert scene.gsd_m == pytest.approx(8.65, abs=0.02)
    look = look_at(scene, Site.read(SITES / "durban.geojson"))
    states = {berth.id: berth.state for berth in look.berths}
    assert states["coal-south"] is states["coal-north"] is BerthState.OCCUPIED
    for name in ("coal-shore", "maydon-north"):
        assert states[name] is BerthState.EMPTY, name
    # Empty too; but what lies next to its line is as narrow as this scene may be off its place.
    assert states["naval-south"] is not BerthState.OCCUPIED
