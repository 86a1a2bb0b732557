"""The keys that scripts rely on, for each command, in the workspace of the session."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine

Run = Callable[..., Any]


def test_water_distance(run: Run, base: Path) -> None:
    """The bound excludes, so it may never be left out or pass the way by water."""
    places = ("--from", "lon=124.0,lat=36.5", "--to", "lon=125.39,lat=38.72")
    got = run("geo", "water-distance", *places, "--workspace", base, "--json").json
    assert 0 < got["great_circle_nm"] <= got["lower_bound_nm"] <= got["water_nm"]
    assert got["reason"] is None


def test_two_places(run: Run, base: Path) -> None:
    """Each figure stands on its own, so that a sceptic can recompute it."""
    answer = run(
        "check", "two-places", "--broadcast", "at=2025-02-03T00:09Z,lon=124.0,lat=36.5",
        "--sighting", "at=2025-02-03T00:16Z,lon=125.39,lat=38.72", "--workspace", base, "--json",
    )  # fmt: skip
    keys = {
        "great_circle_nm", "water_nm", "required_speed_kn", "required_speed_straight_kn",
        "clock_slack_h", "p_feasible", "verdict",
    }  # fmt: skip
    assert keys <= set(answer.json)
    assert answer.status == 0


def test_ingest_counts_every_record(run: Run, base: Path, workspace: Path) -> None:
    """Kept, duplicate or rejected: a record that is none of these was lost."""
    more = workspace.parent / "b.log"
    shutil.copy(base.parent / "a.log", more)
    more.write_text(more.read_text(encoding="utf-8") + more.read_text(encoding="utf-8"), "utf-8")
    zone = ("--timezone", "Europe/Paris", "--workspace", workspace, "--json")
    got = run("ingest", "ais", more, *zone).json
    assert got["records"] == got["kept"] + got["duplicates"] + sum(got["rejected"].values()) == 8
    assert got["rejected"] == {"checksum-mismatch": 2}
    assert got["kept"] == 0
    assert got["seconds"] >= 0


def test_ingest_imagery(run: Run, base: Path, workspace: Path) -> None:
    """A scene that is here already is neither new nor refused."""
    scene = next(base.parent.glob("*.tif"))
    terms = ("--licence", "CC0-1.0", "--credit", "nobody", "--workspace", workspace, "--json")
    got = run("ingest", "imagery", scene, *terms).json
    assert (got["scenes"], got["already"], got["rejected"]) == (0, 1, {})


def test_detect(run: Run, base: Path) -> None:
    """A hull has a place in the world, a place in the picture, and a size."""
    got = run("detect", next(base.parent.glob("*.tif")), "--json").json
    assert got["seconds"] > 0
    keys = {"lon", "lat", "x_px", "y_px", "length_m", "beam_m", "heading_deg", "score"}
    assert all(keys <= set(hull) for hull in got["detections"])
    assert got["alongside"] == [], "an optical image parts ships from quays, or shows them"


def radar_harbour(path: Path, *, quay: bool) -> Path:
    """Sea of 4.4 looks below uneven land, and a bright mass at its edge if asked for."""
    rng = np.random.default_rng(3)
    power = rng.gamma(4.4, 0.005 / 4.4, (220, 220))
    blocks = np.kron(rng.lognormal(0, 0.8, (12, 28)), np.ones((8, 8)))[:90, :220]
    power[:90] = 0.06 * np.minimum(blocks, 2) * rng.gamma(4.4, 1 / 4.4, (90, 220))
    if quay:
        power[89:94, 120:145] = 30.0
    here = Affine(10, 0, 500_000, 0, -10, 4_000_000)
    with rasterio.open(
        path, "w", driver="GTiff", width=220, height=220, count=1, dtype="float32",
        crs="EPSG:32631", transform=here,
    ) as target:  # fmt: skip
        target.write(power[None].astype(np.float32))
    return path


def test_detect_tells_what_radar_cannot_part_from_the_quay(run: Run, tmp_path: Path) -> None:
    """No hull is listed there; without this word the quay would read as empty."""
    with_quay = radar_harbour(tmp_path / "a.tif", quay=True)
    sensor = ("--sensor", "sentinel-1-grd")
    got = run("detect", with_quay, *sensor, "--json").json
    (mass,) = got["alongside"]
    assert set(mass) == {"lon", "lat", "x_px", "y_px", "extent_m", "reason"}
    assert abs(mass["x_px"] - 132.5) < 5
    assert abs(mass["y_px"] - 91.5) < 5
    assert mass["extent_m"] == pytest.approx(250, abs=40)
    assert "not separable" in mass["reason"]
    told = "1 bright mass at the shore: ships alongside cannot be told from the quay by radar."
    assert told in run("detect", with_quay, *sensor).out
    bare = radar_harbour(tmp_path / "b.tif", quay=False)
    assert run("detect", bare, *sensor, "--json").json["alongside"] == []
    assert "at the shore" not in run("detect", bare, *sensor).out


@pytest.mark.realdata
def test_detect_finds_anchored_ships(run: Run, shared_data: Path) -> None:
    """The scene shows several ships over 150 m at anchor; an empty list would be blindness."""
    scene = shared_data / "imagery/planet_scenes/scene_2_20171022_175534_100e.tif"
    hulls = run("detect", scene, "--json").json["detections"]
    assert sum(hull["length_m"] > 150 for hull in hulls) >= 4


def test_decode(run: Run, base: Path, tmp_path: Path) -> None:
    """Messages as columns, without a workspace, and nothing beside the files it names."""
    out = tmp_path / "f.parquet"
    got = run("decode", base.parent / "a.log", "--out", out, "--timezone", "UTC", "--json").json
    assert got["records"] == 4
    assert got["records"] == got["positions"] + got["statics"] + sum(got["rejected"].values())
    assert sorted(map(str, tmp_path.iterdir())) == sorted(got["files"])


def test_site_looks(run: Run, base: Path) -> None:
    """A berth that was not seen says unknown and why; it is never left out."""
    got = run("site", "quay", "looks", "--workspace", base, "--json").json
    (look,) = got["looks"]
    (berth,) = look["berths"]
    assert berth["state"] in {"occupied", "empty", "unknown"}
    assert berth["reason"] if berth["state"] == "unknown" else berth["p_occupied"] is not None


@pytest.mark.parametrize("called", ["9074729", "IMO 9074729", "imo:9074729", "hull one"])
def test_vessel(run: Run, base: Path, called: str) -> None:
    """A ship is found by number or by name, and what is not derived yet is null with a reason."""
    got = run("vessel", called, "--workspace", base, "--json").json
    assert got["subject"] == "imo:9074729"
    assert {"identity", "gaps", "contradictions", "port_calls", "voyages"} <= set(got)
    checks = [c for c in got["contradictions"] if c["check"] != "contradiction"]
    assert [c["verdict"] for c in checks] == ["impossible"]
    assert all(c["conclusion"] for c in got["contradictions"] if c not in checks)
    assert got["register"] is None
    assert got["reason"]["register"]
    assert got["port_calls"] is None
    assert got["reason"]["port_calls"]


def test_case_verify(run: Run, base: Path) -> None:
    """Exit status 0 is the promise that every number recomputes."""
    answer = run("case", "verify", "one", "--workspace", base, "--json")
    assert answer.status == 0, answer.json["failures"]
    assert answer.json["ok"] is True
    assert answer.json["checked"]["claims recomputed"] >= 1


def test_reach(run: Run, base: Path) -> None:
    """A gap of four days leaves time for Nampo; that is opportunity, and it says so."""
    got = run(
        "check", "reach", "--before", "at=2025-02-01T00:00Z,lon=124.0,lat=36.5",
        "--after", "at=2025-02-05T00:00Z,lon=124.0,lat=36.5", "--port", "lon=125.39,lat=38.72",
        "--workspace", base, "--json",
    ).json  # fmt: skip
    assert got["gap_h"] == 96
    assert "not evidence" in got["messages"][0]


def test_presence(run: Run, base: Path) -> None:
    """The hull drawn in the picture lies where this broadcast puts the ship."""
    here = "at=2017-10-18T17:55:17Z,lon=-118.2385,lat=33.7548,sog_kn=0,cog_deg=0"
    got = run(
        "check", "presence", "--broadcast", here, "--scene", next(base.parent.glob("*.tif")),
        "--moored", "--json",
    ).json  # fmt: skip
    assert got["verdict"] in {"seen", "not-seen", "not-observable"}
    assert {"p_would_have_seen", "lr", "clear_fraction", "search_radius_m"} <= set(got)


@pytest.mark.parametrize(
    "arguments",
    [
        "vessel nobody", "site nowhere looks", "case verify nothing", "case build nothing",
        "ingest claims nothing.toml", "detect nothing.tif", "check reach",
        "case new One! --question q --subject imo:9074729",
        "check presence --broadcast at=2025-02-03T00:09Z,lon=1,lat=1 --scene nothing",
        "check presence --broadcast at=2025-02-03,lon=1,lat=1 --scene {scene}",
        "decode {scene} --out {missing}/f.parquet", "watch --site nowhere",
        "watch --new-reference",
    ],
)  # fmt: skip
def test_an_error_has_one_shape(
    run: Run, base: Path, monkeypatch: pytest.MonkeyPatch, arguments: str
) -> None:
    """A script reads the code from standard output, a person the remedy from standard error."""
    monkeypatch.chdir(base)
    scene = next(base.parent.glob("*.tif"))
    words = arguments.format(scene=scene, missing=base / "missing").split()
    answer = run(*words, "--json")
    error = answer.json["error"]
    assert set(error) == {"code", "message"}
    assert answer.err.strip() == f"error[{error['code']}]: {error['message']}"
    assert answer.status in {2, 3, 4}
    assert error["message"].count(". ") >= 1, "a fact, then a remedy"
    assert error["message"].endswith(".")


def test_text_says_what_json_says(run: Run, base: Path) -> None:
    """People read the tables: every command that answers in JSON answers in words too."""
    for words, shows in (
        (("vessel", "9074729"), "impossible"),
        (("site", "quay", "looks"), "2017-10-18 17:55 UTC"),
        (("case", "verify", "one"), "verified"),
        (("watch",), "0 records new"),
    ):
        answer = run(*words, "--workspace", base)
        assert answer.status == 0, answer.err
        assert shows in answer.out
