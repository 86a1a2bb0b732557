"""Cloud and shadow against labelled tiles, and how often clear ground is refused, by method."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from quaywatch.imagery.clarity import clarity
from quaywatch.imagery.cloud_network import CloudNetwork, kept_network
from quaywatch.imagery.grid import Grid
from quaywatch.imagery.load import group_paths, load_raster
from quaywatch.imagery.read import Pixels, read_window
from quaywatch.imagery.sky import Classes, Mask, Sky
from quaywatch.testing.bench.report import BenchReport, Progress

Plane = NDArray[np.float32]

TILES: Final = ("sentinel2", "landsat5", "landsat7")
BANDS: Final = ("blue", "green", "red", "nir", "swir16", "swir22")
RGB: Final = (2, 1, 0)
TILE_GSD_M: Final = 30.0
SHADOW, CLOUD = 0, 4
"""Labels of the tiles."""
BOX_M: Final = (60.0, 200.0)
"""A berth, across and along."""
HIDDEN_SHARE: Final = 0.10
"""Of a box that is labelled cloud or shadow: more must not be called clear."""
CLEAR_SHARE: Final = 0.90
"""Of a box that must be told clear for it to be used."""
PORTS: Final = (
    "athens",
    "cartagena",
    "casablanca",
    "durban",
    "gdynia",
    "genoa",
    "hedland",
    "klang",
)
OLD: Final = "bright-white-blobs@1"
COLUMNS: Final = (
    "on", "method", "cloud_p", "cloud_r", "shadow_p", "shadow_r",
    "boxes_used", "used_but_hidden_pct", "boxes_clear", "clear_but_refused_pct", "cpu_s",
)  # fmt: skip


def run(data: Path, progress: Progress, *, size: int = 3) -> BenchReport:
    """Judge the tiles, clouds laid on clear 3 m scenes, and clear ports.

    Args:
        data: folder of recorded data.
        progress: told what is being done.
        size: scenes of 3 m that are judged, at most three.

    """
    rows: list[dict[str, Any]] = []
    network = kept_network()
    for at, name in enumerate(TILES):
        progress(f"tile {name}", 0.1 * at)
        rows += tile_rows(data, name, network)
    opacity = _opacity(data)
    scenes = sorted((data / "imagery/planet_scenes").glob("*.tif"))[:size]
    for at, path in enumerate(scenes):
        progress(f"3 m {path.stem}", 0.3 + 0.15 * at)
        rows += scene_rows(path, opacity, network)
    for at, port in enumerate(PORTS):
        progress(port, 0.75 + 0.03 * at)
        rows += port_rows(data / "imagery/sentinel2_ports" / port, network)
    return BenchReport(
        name="imagery-clarity",
        data=f"{len(TILES)} labelled tiles of 512 × 512 at 30 m; {len(scenes)} clear PlanetScope "
        f"scenes with recorded cloud laid on them; {len(PORTS)} Sentinel-2 ports; recorded",
        columns=COLUMNS,
        rows=rows,
        notes=(
            "A box is a berth of 60 × 200 m (at 30 m: 60 × 210 m), either way, on a lattice.",
            "Used: at least 90 % told clear. Clear: nothing labelled.",
            "Hidden: over 10 % labelled cloud or shadow, or laid-on cloud of mean opacity > 0.1.",
            "Ports were clear to the eye but Cartagena, which lies under haze with small cloud.",
            *(() if network else ("ukis-csmask is not installed: its rows are missing.",)),
        ),
    )


def tile_rows(data: Path, name: str, network: CloudNetwork | None) -> Iterator[dict[str, Any]]:
    """One labelled tile by every method, as six bands and as three."""
    with np.load(data / f"imagery/cloud/{name}.npz") as held:
        planes = np.moveaxis(held["img"], -1, 0).astype(np.float32)
        labels = held["msk"][..., 0]
    cloud, shadow = labels == CLOUD, labels == SHADOW
    whole = _pixels(planes, BANDS, "reflectance", TILE_GSD_M)
    colours = _pixels(planes[list(RGB)], ("red", "green", "blue"), "reflectance", TILE_GSD_M)
    four = _pixels(planes[:4], BANDS[:4], "reflectance", TILE_GSD_M)
    for label, pixels, used in (
        ("six bands", whole, network),
        ("four bands", four, network),
        ("six bands", whole, None),
        ("four bands", four, None),
        ("three bands", colours, None),
    ):
        told, method, spent = _judged(pixels, used)
        yield {
            "on": f"{name}, {label}",
            "method": method,
            **_precision(told, Sky.CLOUD, cloud, "cloud"),
            **_precision(told, Sky.SHADOW, shadow, "shadow"),
            **_boxes(told == Sky.CLEAR, (cloud | shadow).astype(np.float32), TILE_GSD_M),
            "cpu_s": spent,
        }
    if network is not None:
        yield {"on": f"{name}, six bands", **_peer_row(planes, cloud, shadow)}
    yield {"on": f"{name}, three bands", **_old_row(colours, cloud, shadow)}


def _peer_row(planes: Plane, cloud: Mask, shadow: Mask) -> dict[str, Any]:
    """The package itself, as it comes: its own tiling, and its own margin for what is valid."""
    from ukis_csmask.mask import CSmask  # type: ignore[import-untyped]  # noqa: PLC0415  # a peer

    started = time.process_time()
    made = CSmask(
        np.ascontiguousarray(np.moveaxis(planes, 0, -1)), list(BANDS), product_level="l2a",
        intra_op_num_threads=1, inter_op_num_threads=1, providers=["CPUExecutionProvider"],
    )  # fmt: skip
    told = made.csm[..., 0]
    return {
        "method": "ukis-csmask 1.0.0 itself",
        **_precision(told, 1, cloud, "cloud"),
        **_precision(told, 2, shadow, "shadow"),
        **_boxes(made.valid[..., 0] > 0, (cloud | shadow).astype(np.float32), TILE_GSD_M),
        "cpu_s": time.process_time() - started,
    }


def _old_row(pixels: Pixels, cloud: Mask, shadow: Mask) -> dict[str, Any]:
    """What everything was measured against before: bright white blobs alone."""
    colours = np.nan_to_num(pixels.values)
    darkest, brightest = colours.min(axis=0), colours.max(axis=0)
    white = (darkest > 0.24) & (brightest - darkest < 0.18 * brightest)
    side = max(2, round(110.0 / pixels.gsd_m))
    told = ndimage.binary_dilation(
        ndimage.binary_opening(white, np.ones((side, side))), iterations=2
    )
    return {
        "method": OLD,
        **_precision(told.astype(np.uint8), 1, cloud, "cloud"),
        **_boxes(~told, (cloud | shadow).astype(np.float32), pixels.gsd_m),
    }


def scene_rows(
    path: Path, opacity: Plane, network: CloudNetwork | None
) -> Iterator[dict[str, Any]]:
    """A clear scene of 3 m as it is, and with recorded cloud laid on it."""
    clear = read_window(load_raster([path]))
    none = np.zeros(clear.valid.shape, np.float32)
    fine: Plane = np.asarray(ndimage.zoom(opacity, 4, order=1), np.float32)
    laid = np.empty_like(none)
    laid[:] = np.tile(fine, (2, 2))[: len(none), : len(none[0])]
    for label, veil in (("as it is", none), ("cloud laid on", laid)):
        values = (clear.values * (1 - veil) + 0.92 * veil).astype(np.float32)
        pixels = _pixels(values, clear.bands, clear.radiometry, clear.gsd_m, clear.valid)
        told, method, spent = _judged(pixels, network)
        seen = clear.valid
        yield {
            "on": f"{path.stem[:7]} at 3 m, {label}",
            "method": method,
            **(_precision(told[seen], Sky.CLOUD, veil[seen] > 0.5, "cloud") if veil.any() else {}),
            **_boxes(told == Sky.CLEAR, np.where(seen, veil, np.nan), clear.gsd_m),
            "cpu_s": spent,
        }


def port_rows(folder: Path, network: CloudNetwork | None) -> Iterator[dict[str, Any]]:
    """A Sentinel-2 port by network and tests, and by tests alone."""
    paths = sorted(p for p in folder.glob("*(Raw).tiff"))
    pixels = read_window(load_raster(group_paths(paths)[0], sensor="sentinel-2"))
    for used in (network, None) if network else (None,):
        told, method, spent = _judged(pixels, used)
        yield {
            "on": f"{folder.name} at 10 m",
            "method": method,
            **_boxes(
                told == Sky.CLEAR,
                np.where(pixels.valid, 0, np.nan).astype(np.float32),
                pixels.gsd_m,
            ),
            "cpu_s": spent,
        }


def _judged(pixels: Pixels, network: CloudNetwork | None) -> tuple[Classes, str, float]:
    """Classes, who told them, and the processor seconds it took."""
    started = time.process_time()
    seen = clarity(pixels, network=network)
    spent = time.process_time() - started
    classes = seen.classes if seen.classes is not None else np.full(pixels.valid.shape, Sky.NODATA)
    return classes.astype(np.uint8), seen.method, spent


def _precision(told: Classes, value: int, truth: Mask, name: str) -> dict[str, Any]:
    """Precision and recall per pixel; None where there is nothing to divide by."""
    said = told == value
    both = float((said & truth).sum())
    return {
        f"{name}_p": both / float(said.sum()) if said.any() else None,
        f"{name}_r": both / float(truth.sum()) if truth.any() else None,
    }


def _boxes(clear: Mask, hidden: Plane, gsd_m: float) -> dict[str, Any]:
    """Boxes of a berth's size: used though hidden, and clear though refused.

    Args:
        clear: (y, x) told clear.
        hidden: (y, x) share hidden in truth; NaN where nothing was measured.
        gsd_m: of a pixel.

    """
    used = hidden_used = bare = refused = 0
    for sides in (BOX_M, BOX_M[::-1]):
        down, across = (max(1, round(side / gsd_m)) for side in sides)
        told, truth = (_block(a, down, across) for a in (clear.astype(np.float32), hidden))
        known = np.isfinite(truth)
        taken = known & (told >= CLEAR_SHARE)
        used += int(taken.sum())
        hidden_used += int((truth[taken] > HIDDEN_SHARE).sum())
        free = known & (truth == 0)
        bare += int(free.sum())
        refused += int((free & ~taken).sum())
    return {
        "boxes_used": used,
        "used_but_hidden_pct": 100 * hidden_used / used if used else None,
        "boxes_clear": bare,
        "clear_but_refused_pct": 100 * refused / bare if bare else None,
    }


def _block(plane: Plane, down: int, across: int) -> Plane:
    """Means of whole blocks; NaN where any pixel is."""
    rows, columns = plane.shape[0] // down, plane.shape[1] // across
    cut = plane[: rows * down, : columns * across].reshape(rows, down, columns, across)
    means: Plane = cut.mean(axis=(1, 3))
    return means


def _opacity(data: Path) -> Plane:
    """Opacity of recorded cloud, 0 to 1, from the brightness of what is labelled cloud."""
    with np.load(data / "imagery/cloud/sentinel2.npz") as held:
        darkest = held["img"][..., :3].min(axis=-1)
        cloud = ndimage.binary_dilation(held["msk"][..., 0] == CLOUD, iterations=2)
    return np.where(cloud, np.clip((darkest - 0.12) / 0.28, 0, 1), 0).astype(np.float32)


def _pixels(
    values: Plane, bands: tuple[str, ...], radiometry: str, gsd_m: float, valid: Mask | None = None
) -> Pixels:
    """An array as a window of a scene near the equator, north up."""
    height, width = values.shape[1:]
    grid = Grid("EPSG:32631", (gsd_m, 0.0, 5e5, 0.0, -gsd_m, 1e5), width, height)
    return Pixels(
        values=values,
        valid=np.ones((height, width), bool) if valid is None else valid,
        bands=bands,
        grid=grid,
        window=(0, 0, width, height),
        radiometry=radiometry,
        sensor=None,
        geolocation_sigma_m=None,
    )
