"""The film as a user asks for it: made once, traceable, and refused with a reason."""

import errno
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine

from quaywatch.errors import LooksMissingError
from quaywatch.stores.files import sha256_of
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.calendars import calendars
from quaywatch.workflows.looks import watch_looks
from quaywatch.workflows.scenes import ingest_imagery
from quaywatch.workflows.timelapse_looks import Wanted

Run = Callable[..., Any]
NOW = datetime(2024, 1, 1, tzinfo=UTC)
SITE = {
    "type": "FeatureCollection", "id": "quay", "name": "A quay", "features": [
        {"type": "Feature", "properties": {"id": "b1", "kind": "berth", "name": "One"},
         "geometry": {"type": "Polygon", "coordinates": [[
             [-118.2415, 33.757], [-118.239, 33.757], [-118.239, 33.7565], [-118.2415, 33.7565],
             [-118.2415, 33.757]]]}},
        {"type": "Feature", "properties": {"id": "far", "kind": "berth", "name": "Far"},
         "geometry": {"type": "Polygon", "coordinates": [[
             [-118.10, 33.757], [-118.099, 33.757], [-118.099, 33.7565], [-118.10, 33.7565],
             [-118.10, 33.757]]]}},
    ],
}  # fmt: skip
CLEAR = ("20171018_175517_1005", "20171019_175517_1005", "20171105_175517_1005")
CLOUDED = "20171025_175517_1005"
WITHHELD = "20171021_175517_1005"


def write(path: Path, *, cloud: bool, seed: int) -> Path:
    """Water with a hull in it, or cloud all over."""
    rng = np.random.default_rng(seed)
    picture = rng.normal(50, 2, (3, 200, 300))
    picture[:, 90:100, 60:130] = 200
    if cloud:
        picture = rng.normal(250, 1, (3, 200, 300))
    place = Affine(3.0, 0.0, 385_000.0, 0.0, -3.0, 3_736_000.0)
    with rasterio.open(
        path, "w", driver="GTiff", width=300, height=200, count=3, dtype="uint8",
        crs="EPSG:32611", transform=place,
    ) as target:  # fmt: skip
        target.write(picture.clip(1, 255).astype(np.uint8))
    return path


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with three clear looks, a clouded one, and one that may not be shown."""
    root = tmp_path_factory.mktemp("film")
    free = [write(root / f"{name}.tif", cloud=False, seed=n) for n, name in enumerate(CLEAR)]
    free.append(write(root / f"{CLOUDED}.tif", cloud=True, seed=8))
    closed = [write(root / f"{WITHHELD}.tif", cloud=False, seed=9)]
    with Workspace.create(root / "w") as workspace:
        (workspace.sites_dir / "quay.geojson").write_text(json.dumps(SITE), encoding="utf-8")
        for paths, licence in ((free, "CC-BY-4.0"), (closed, "CC-BY-ND-4.0")):
            stated = {"licence": licence, "credit": "a provider"}
            ingest_imagery(workspace, paths, known_at=NOW, stated=stated, report=lambda *_: None)
        watch_looks(workspace, now=NOW, site=None, report=lambda *_: None)
    return root / "w"


@pytest.fixture
def film(run: Run, looked: Path, tmp_path: Path) -> Callable[..., Any]:
    """``site quay timelapse`` over berth b1, into a folder of its own."""

    def asked(*words: object) -> Any:  # noqa: ANN401  # what a command leaves is JSON
        there = ("--part", "b1", "--workspace", looked, "--out", tmp_path / "out", "--json")
        return run("site", "quay", "timelapse", *words, *there)

    return asked


def test_a_film_names_every_look_it_shows_and_every_look_it_does_not(
    film: Callable[..., Any], looked: Path
) -> None:
    """A look left out in silence is a gap in coverage that nobody can find."""
    told = film().json
    assert [frame["scene"].startswith(n) for frame, n in zip(told["frames"], CLEAR, strict=True)]
    assert {o["why"] for o in told["others"]} == set(told["left_out"])
    assert sum(told["left_out"].values()) == len(told["others"]) == 2
    assert told["left_out"]["looks withheld by their licence"] == 1
    assert "no derivatives" in next(o["terms"] for o in told["others"] if "ND" in o["licence"])
    path = Path(told["paths"]["mp4"])
    assert sha256_of(path) == told["files"][path.name]
    with av.open(str(path)) as opened:
        assert len(list(opened.decode(video=0))) == 3
    with Workspace.open(looked) as workspace:
        claim: Any = workspace.evidence.get(told["claims"][0])
        assert claim.value["sha256"] == told["files"][path.name]
        assert list(claim.inputs) == [frame["look"] for frame in told["frames"]]
        for frame in told["frames"]:
            assert all(workspace.evidence.open_object(h).is_file() for h in frame["files"].values())


def test_a_second_run_makes_nothing_and_a_lost_film_comes_back_alike(
    film: Callable[..., Any],
) -> None:
    """The ledger holds the hash: bytes that differ would look like tampering."""
    first = film("--format", "mp4,gif,sheet,pair").json
    assert first["new"] == ["mp4", "gif", "sheet", "pair"]
    second = film("--format", "mp4,gif,sheet,pair").json
    assert second["new"] == []
    assert second["claims"] == first["claims"]
    for path in first["paths"].values():
        Path(path).unlink()
    third = film("--format", "mp4,gif,sheet,pair").json
    assert third["files"] == first["files"]
    assert third["claims"] == first["claims"]
    assert film("--fps", "2").json["files"] != {
        k: v for k, v in first["files"].items() if ".mp4" in k
    }


def test_true_time_says_how_long_and_why_nothing_was_seen(film: Callable[..., Any]) -> None:
    """Seventeen days held as one picture would say that nothing moved in them."""
    told = film("--pacing", "true-time", "--days-per-second", "10").json
    (gap,) = told["gaps"]
    assert round(gap["days"]) == 17
    assert sum(gap["reasons"].values()) == 16
    with av.open(told["paths"]["mp4"]) as opened:
        assert len(list(opened.decode(video=0))) == 4
        duration = float((opened.duration or 0) / av.time_base)
    assert duration == pytest.approx(0.1 + 1.7 + 1.5, abs=0.09)


def test_for_own_use_shows_what_may_not_be_shown_and_says_so(film: Callable[..., Any]) -> None:
    """Whoever cuts a frame out of it carries the warning along."""
    told = film("--for-own-use").json
    assert len(told["frames"]) == 4
    assert told["stamps"] == ["NOT FOR PUBLICATION"]
    allowed = film("--permission", "letter of 3 May 2024").json
    assert allowed["stamps"] == []
    assert "letter of 3 May 2024" in {
        f["terms"].removeprefix("permission: ") for f in allowed["frames"]
    }


def test_before_and_after_take_the_looks_next_to_the_dates(film: Callable[..., Any]) -> None:
    """A plate that shows another day than asked for misdates a ship."""
    told = film("--before", "2017-10-20", "--after", "2017-10-22").json
    days = [frame["captured_start"][:10] for frame in told["frames"]]
    assert days == ["2017-10-19", "2017-11-05"]
    assert list(told["paths"]) == ["pair"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--part", "b9"), "argument-invalid"),
        (("--from", "2030-01-01"), "looks-missing"),
        (("--sensor", "landsat"), "looks-missing"),
        (("--from", "2017-10-24", "--to", "2017-10-26"), "looks-unusable"),
        (("--part", "far"), "looks-unusable"),
        (("--from", "2017-11-01"), "look-single"),
        (("--from", "2017-10-19", "--to", "2017-10-22"), "licence-forbids"),
        (("--format", "avi"), "argument-invalid"),
        (("--fps", "0"), "argument-invalid"),
        (("--min-clear", "90"), "argument-invalid"),
        (("--pacing", "slow"), "argument-invalid"),
        (("--before", "2017-10-01"), "argument-invalid"),
        (("--from", "2017-11-01", "--to", "2017-10-01"), "argument-invalid"),
        (("--from", "yesterday"), "time-invalid"),
    ],
)
def test_what_cannot_be_filmed_is_refused_with_its_code(
    run: Run, looked: Path, tmp_path: Path, words: tuple[str, ...], code: str
) -> None:
    """An empty film would say that nothing happened."""
    part = () if "--part" in words else ("--part", "b1")
    out = tmp_path / "out"
    where = ("--workspace", looked, "--out", out, "--json")
    answer = run("site", "quay", "timelapse", *part, *words, *where)
    assert answer.json["error"]["code"] == code
    assert answer.status == 2
    assert not out.exists()


def test_a_film_that_finds_no_room_leaves_nothing(
    film: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a film looks like a whole one that ends early."""

    def fails(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("quaywatch.cases.film_files.Mp4.add", fails)
    answer = film()
    assert answer.status == 4
    assert answer.json["error"]["code"] == "disk-full"
    assert [p.name for p in (tmp_path / "out").iterdir()] == []


def test_what_a_killed_run_left_is_swept_and_what_a_living_one_writes_is_not(
    film: Callable[..., Any], tmp_path: Path
) -> None:
    """Half films pile up, hundreds of megabytes each, under names that nobody opens."""
    out = tmp_path / "out"
    out.mkdir()
    gone = subprocess.Popen(["/bin/true"])
    gone.wait()
    dead, living = out / f".incoming-{gone.pid}-00.mp4", out / f".incoming-{os.getpid()}-00.mp4"
    dead.touch()
    living.touch()
    assert film("--format", "sheet").status == 0
    assert not dead.exists()
    assert living.exists()


def test_calendars_repeat_and_are_whole_svg(run: Run, looked: Path, tmp_path: Path) -> None:
    """A newspaper sets them as they are, and the next run must not differ."""
    told = run("site", "quay", "calendar", "--workspace", looked, "--out", tmp_path, "--json").json
    assert sorted(Path(p).suffix for p in told["paths"]) == [".png", ".png", ".svg", ".svg"]
    before = {path: Path(path).read_bytes() for path in told["paths"]}
    run("site", "quay", "calendar", "--workspace", looked, "--out", tmp_path)
    assert before == {path: Path(path).read_bytes() for path in told["paths"]}
    for path, data in before.items():
        if path.endswith(".svg"):
            assert data.rstrip().endswith(b"</svg>")
            assert b"<script" not in data
    chart = tmp_path / "seen.svg"
    looks = ("site", "quay", "looks", "--chart", chart, "--workspace", looked)
    assert run(*looks, "--json").json["pictures"] == [str(chart)]
    assert run("site", "quay", "looks", "--chart", "a.jpg", "--workspace", looked).status == 2


def test_a_calendar_of_no_look_is_refused(looked: Path, tmp_path: Path) -> None:
    """An empty calendar would read as an empty harbour."""
    shutil.copytree(looked, tmp_path / "w")
    with Workspace.open(tmp_path / "w") as workspace:
        none = Wanted(sensor="landsat")
        with pytest.raises(LooksMissingError):
            calendars(workspace, "quay", none, tmp_path / "out")
