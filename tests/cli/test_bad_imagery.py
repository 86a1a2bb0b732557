"""Images that are broken, contradict themselves or lie oddly on Earth: handled, or refused."""

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from rasterio.control import GroundControlPoint
from rasterio.transform import Affine

Run = Callable[..., Any]
Draw = Callable[[Path], object]
NORTH_UP = Affine(3.0, 0.0, 385_000.0, 0.0, -3.0, 3_736_000.0)
NAME = "20171018_175517_1005.tif"
TERMS = ("--licence", "CC0-1.0", "--credit", "nobody")
LOCAL = 'LOCAL_CS["a drawing",UNIT["metre",1]]'
BGRN, RGBN = ("blue", "green", "red", "nir"), ("red", "green", "blue", "nir")


def noise(bands: int, dtype: str = "uint8", size: tuple[int, int] = (90, 120)) -> NDArray[Any]:
    """Values that compress badly and are nowhere zero."""
    rng = np.random.default_rng(5)
    return rng.integers(1, 250, (bands, *size)).astype(dtype)


def put(
    path: Path,
    values: NDArray[Any],
    *,
    crs: str | None = "EPSG:32611",
    transform: Affine = NORTH_UP,
    called: tuple[str, ...] = (),
    driver: str = "GTiff",
    **more: object,
) -> Path:
    """Write bands as an image."""
    count, height, width = values.shape
    with rasterio.open(
        path, "w", driver=driver, width=width, height=height, count=count,
        dtype=values.dtype, crs=crs, transform=transform, **more,
    ) as target:  # fmt: skip
        target.write(values)
        for number, name in enumerate(called, start=1):
            target.set_band_description(number, name)
    return path


def cut_in_half(path: Path) -> None:
    """A download that broke off."""
    put(path, noise(3, size=(300, 300)), tiled=True, blockxsize=64, blockysize=64)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def broken_tile(path: Path) -> None:
    """One tile whose bytes were changed: what is packed in it no longer unpacks."""
    steps = np.arange(300) // 3 % 97 + 1
    smooth = np.broadcast_to(steps + steps[:, None], (3, 300, 300)).astype(np.uint8)
    put(path, smooth, tiled=True, blockxsize=64, blockysize=64, compress="deflate")
    whole = bytearray(path.read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + 200] = bytes(range(200))
    path.write_bytes(bytes(whole))


def control_points_only(path: Path) -> None:
    """Sentinel-1 products come so: placed by points, on no grid."""
    points = [GroundControlPoint(r, c, -118 + c / 1e4, 34 - r / 1e4)
              for r, c in ((0, 0), (0, 120), (90, 0), (90, 120))]  # fmt: skip
    put(path, noise(1), transform=Affine.identity(), crs=None)
    with rasterio.open(path, "r+") as target:
        target.gcps = (points, rasterio.CRS.from_epsg(4326))


def bomb(path: Path) -> None:
    """A few kilobytes that declare forty thousand million pixels."""
    with rasterio.open(
        path, "w", driver="GTiff", width=200_000, height=200_000, count=1, dtype="uint8",
        crs="EPSG:32611", transform=NORTH_UP, SPARSE_OK=True, tiled=True, blockxsize=4096,
        blockysize=4096, BIGTIFF="YES",
    ):  # fmt: skip
        pass


REFUSED: dict[str, tuple[Draw, tuple[str, ...], str]] = {
    "nothing in it": (lambda p: p.touch(), (), "raster-unreadable"),
    "cut in half": (cut_in_half, (), "raster-unreadable"),
    "a tile broken": (broken_tile, (), "raster-unreadable"),
    "bomb": (bomb, (), "raster-too-large"),
    "no crs": (lambda p: put(p, noise(3), crs=None), (), "raster-no-crs"),
    "local crs": (lambda p: put(p, noise(3), crs=LOCAL), (), "raster-no-crs"),
    "control points only": (control_points_only, (), "raster-no-crs"),
    "axes swapped": (
        lambda p: put(p, noise(3), transform=Affine(3, 0, 3_736_000, 0, -3, 385_000)),
        (), "raster-no-crs",
    ),
    "degrees swapped": (
        lambda p: put(p, noise(3), crs="EPSG:4326",
                      transform=Affine(1e-5, 0, 33.7, 0, -1e-5, -118.2)),
        (), "raster-no-crs",
    ),
    "flat transform": (
        lambda p: put(p, noise(3), transform=Affine(3, 3, 385_000, 3, 3, 3_736_000)),
        (), "raster-no-crs",
    ),
    "all nodata": (lambda p: put(p, noise(3) * 0 + 7, nodata=7), (), "raster-empty"),
    "all zero": (lambda p: put(p, noise(3) * 0), (), "raster-empty"),
    "all NaN": (
        lambda p: put(p, noise(4, "float32") * np.float32(np.nan)), (), "raster-empty"
    ),
    "two reds": (
        lambda p: put(p, noise(4, "uint16"), called=("red", "green", "red", "nir")),
        (), "band-order-unclear",
    ),
    "red where the table has blue": (
        lambda p: put(p, noise(4, "uint16"), called=("red", "", "", "")),
        (), "band-order-unclear",
    ),
    "four bands that come in two orders": (
        lambda p: put(p, noise(4, "uint16")), ("--sensor", "vhr"), "band-order-unclear"
    ),
}  # fmt: skip


def left_in(root: Path) -> tuple[object, ...]:
    """What a reader can see of a workspace: the ledger's head, and every file of the store."""
    from quaywatch.stores.workspace import Workspace  # noqa: PLC0415 - not at collection

    with Workspace.open(root) as opened:
        files = sorted(str(p.relative_to(root)) for p in (root / "store").rglob("*") if p.is_file())
        return opened.evidence.head(), tuple(files)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize("kind", REFUSED)
def test_a_bad_image_is_refused_whole(run: Run, workspace: Path, kind: str) -> None:
    """Half an image, or one that lies elsewhere, shows a harbour as empty that is not."""
    draw, flags, code = REFUSED[kind]
    path = workspace.parent / NAME
    draw(path)
    before = left_in(workspace)
    answer = run("ingest", "imagery", path, *TERMS, *flags, "--workspace", workspace, "--json")
    assert answer.json["rejected"] == {code: 1}
    (failure,) = answer.json["failures"]
    fact, _, remedy = failure["message"].partition(". ")
    assert NAME in fact
    assert remedy
    assert answer.status == 3
    assert left_in(workspace) == before
    detected = run("detect", path, *flags, "--json")
    assert detected.json["error"]["code"] == code
    assert sorted(p.name for p in path.parent.glob(f"{NAME}*")) == [NAME]


def test_one_bad_image_costs_not_the_others_and_is_taken_once_mended(
    run: Run, workspace: Path
) -> None:
    """A batch of a night must not stop at its first broken file, nor enter the rest twice."""
    folder = workspace.parent / "batch"
    folder.mkdir()
    put(folder / "20200101_010101_1005.tif", noise(4, "uint16"), called=RGBN)
    bad = put(folder / "20200102_010101_1005.tif", noise(4, "uint16"), called=("red",))
    ingest = ("ingest", "imagery", folder, *TERMS, "--workspace", workspace, "--json")
    assert run(*ingest).json["scenes"] == 1
    before = left_in(workspace)
    second = run(*ingest).json
    assert (second["scenes"], second["already"]) == (0, 1)
    assert left_in(workspace) == before
    bad.with_name(bad.name + ".json").write_text(json.dumps({"bands": RGBN}), encoding="utf-8")
    assert run(*ingest).json["rejected"] == {}


@pytest.mark.parametrize("order", [BGRN, RGBN])
@pytest.mark.parametrize("words", ["{}", "Band {n} ({})", "sr_{}_b{n}"])
def test_what_a_file_calls_its_bands_is_believed(
    run: Run, workspace: Path, order: tuple[str, ...], words: str
) -> None:
    """Red taken for blue paints coal as water; the file said which is which."""
    called = tuple(words.format(name, n=n) for n, name in enumerate(order, start=1))
    path = put(workspace.parent / NAME, noise(4, "uint16"), called=called)
    assert [b["name"] for b in _scene(run, workspace, path)["bands"]] == list(order)


@pytest.mark.parametrize(
    ("dtype", "called", "sensor", "scale", "offset", "radiometry"),
    [
        ("uint8", (), "planetscope", 1 / 255, 0.0, "display"),
        ("uint16", BGRN, "planetscope", 1e-4, 0.0, "reflectance"),
        ("float32", BGRN, "planetscope", 1.0, 0.0, "reflectance"),
        ("uint16", (*BGRN, "swir16", "swir22"), "landsat", 2.75e-5, -0.2, "reflectance"),
        ("uint16", RGBN, "vhr", 1 / 65535, 0.0, "counts"),
        ("uint16", ("vv", "vh"), "sentinel-1-grd", 1 / 65535, 0.0, "amplitude"),
        ("float32", ("vv",), "sentinel-1-grd", 1.0, 0.0, "power"),
    ],
)
def test_counts_mean_what_their_sensor_says(
    run: Run, workspace: Path, dtype: str, called: tuple[str, ...], sensor: str, scale: float,
    offset: float, radiometry: str,
) -> None:  # fmt: skip
    """A picture for the eye read as reflectance turns every quay into snow."""
    path = put(workspace.parent / NAME, noise(len(called) or 3, dtype), called=called)
    stac = _scene(run, workspace, path, "--sensor", sensor)
    assert {(b["raster:scale"], b["raster:offset"]) for b in stac["bands"]} == {(scale, offset)}
    assert stac["radiometry"] == radiometry


def _scene(run: Run, workspace: Path, path: Path, *flags: str) -> dict[str, Any]:
    """Enter an image; the bands of its only asset and its radiometry, as kept."""
    from quaywatch.stores.workspace import Workspace  # noqa: PLC0415 - not at collection
    from quaywatch.workflows.scenes import scene_claims  # noqa: PLC0415 - not at collection

    answer = run("ingest", "imagery", path, *TERMS, *flags, "--workspace", workspace, "--json")
    assert answer.json["rejected"] == {}, answer.json
    with Workspace.open(workspace) as opened:
        kept: list[Any] = [claim.value for claim in scene_claims(opened)]
    size = path.stat().st_size
    stac = next(v["stac"] for v in kept if v["stac"]["assets"]["data"]["file:size"] == size)
    return {**stac["assets"]["data"], "radiometry": stac["properties"]["quaywatch:radiometry"]}


GRIDS = {
    "north up": Affine.scale(10, -10),
    "south up": Affine.scale(10, 10),
    "turned by 30 degrees": Affine.rotation(30) @ Affine.scale(10, -10),
    "turned and mirrored": Affine.rotation(200) @ Affine.scale(-10, -10),
    "sheared": Affine(10, 4, 0, 0, -10, 0),
    "oblong": Affine.scale(10, -14),
}


@pytest.mark.parametrize("kind", GRIDS)
def test_a_ship_has_its_length_and_axis_on_any_grid(run: Run, tmp_path: Path, kind: str) -> None:
    """A ship that is longer in one image than in the next is taken for two."""
    linear = GRIDS[kind]
    centre = np.array([linear.a * 90 + linear.b * 80, linear.d * 90 + linear.e * 80])
    transform = Affine.translation(*(np.array([400_000, 3_700_000]) - centre)) @ linear
    rows, columns = np.mgrid[:160, :180] + 0.5
    east = transform.a * columns + transform.b * rows + transform.c - 400_000
    north = transform.d * columns + transform.e * rows + transform.f - 3_700_000
    angle = math.radians(60.0)
    along = east * math.sin(angle) + north * math.cos(angle)
    across = east * math.cos(angle) - north * math.sin(angle)
    power = np.random.default_rng(2).gamma(4.4, 0.005 / 4.4, rows.shape)
    power[(np.abs(along) < 120) & (np.abs(across) < 20)] = 0.5
    path = put(tmp_path / "x.tif", power[None].astype(np.float32), transform=transform)
    (ship,) = run("detect", path, "--sensor", "sentinel-1-grd", "--json").json["detections"]
    # The planted ship does not bloom, so about 30 m too much is taken off its length.
    assert ship["length_m"] == pytest.approx(240 - 30, abs=22)
    assert abs((ship["heading_deg"] - 60.0 + 90) % 180 - 90) < 6
    grid = rasterio.warp.transform("EPSG:32611", "EPSG:4326", [400_000], [3_700_000])
    assert ship["lon"] == pytest.approx(grid[0][0], abs=3e-4)
    assert ship["lat"] == pytest.approx(grid[1][0], abs=3e-4)


def test_a_scene_and_a_site_across_the_antimeridian(run: Run, workspace: Path) -> None:
    """Fiji and the Bering Strait are on Earth too: nothing may fall off the map's edge there."""
    # Zone 60, at 52 degrees north: 180 degrees lies at 705,877 m east.
    rng = np.random.default_rng(7)
    picture = rng.normal(50, 2, (3, 200, 300)).clip(1, 255)
    picture[:, 90:100, 60:130] = 200
    transform = Affine(3.0, 0.0, 705_430.0, 0.0, -3.0, 5_765_000.0)
    path = put(workspace.parent / "20200101_010101_1006.tif", picture.astype(np.uint8),
               crs="EPSG:32660", transform=transform)  # fmt: skip
    with rasterio.open(path) as source:
        corners = rasterio.warp.transform(
            source.crs,
            "EPSG:4326",
            *zip(*(transform @ xy for xy in ((0, 0), (300, 200))), strict=True),
        )
    west, east = corners[0]
    assert west > 0 > east, "the planted scene crosses 180 degrees"
    south, north = sorted(corners[1])
    quay = workspace / "sites" / "quay.geojson"
    drawn = json.loads(quay.read_text(encoding="utf-8"))
    drawn["id"] = "edge"
    middle = (south + north) / 2
    ring = [[179.999, middle - 3e-4], [180.001, middle - 3e-4], [180.001, middle + 3e-4],
            [179.999, middle + 3e-4], [179.999, middle - 3e-4]]  # fmt: skip
    drawn["features"][0]["geometry"]["coordinates"] = [ring]
    (workspace / "sites" / "edge.geojson").write_text(json.dumps(drawn), encoding="utf-8")
    answer = run("ingest", "imagery", path, *TERMS, "--workspace", workspace, "--json")
    assert answer.json["rejected"] == {}
    run("watch", "--workspace", workspace, "--json")
    looks = run("site", "edge", "looks", "--workspace", workspace, "--json").json["looks"]
    (berth,) = (b for look in looks for b in look["berths"] if "1006" in look["scene"])
    assert "outside the footprint" not in (berth["reason"] or "")
    shutil.rmtree(workspace)


def test_jpeg_2000_bands_of_a_product_are_one_scene(run: Run, tmp_path: Path) -> None:
    """Sentinel-2 comes as one JPEG 2000 a band, in folders by resolution."""
    day = "T11SLT_20230718T182921_{}_10m.jp2"
    values = noise(1, "uint16", (64, 64)) + 1000
    paths = [
        put(tmp_path / day.format(band), values, driver="JP2OpenJPEG", QUALITY="100",
            REVERSIBLE="YES", transform=Affine(10, 0, 385_000, 0, -10, 3_736_000))
        for band in ("B02", "B03", "B04", "B08")
    ]  # fmt: skip
    answer = run("detect", *paths, "--json")
    assert answer.status == 0
    paths[1].write_bytes(paths[1].read_bytes()[:900])
    assert run("detect", *paths, "--json").json["error"]["code"] == "raster-unreadable"
