"""A film of 100 frames, beside encoding the very same frames where they lie ready as PNGs.

The film reads GeoTIFFs, lays each on the common grid twice (once for its brightness, once to be
shown), letters it and encodes it. The peer decodes PNGs and encodes: same size, same settings of
x264. ``quaywatch bench imagery-timelapse``.
"""

import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.transform import Affine
from scipy import ndimage
from shapely.geometry import box, mapping

from quaywatch.cases.film_files import THREADS, TICKS, X264, Mp4
from quaywatch.cases.film_terms import permission
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim
from quaywatch.imagery.load import load_scene
from quaywatch.imagery.png import png_bytes
from quaywatch.imagery.scene import Scene
from quaywatch.sites.facility import Site
from quaywatch.testing.bench.report import BenchReport, Progress
from quaywatch.workflows.timelapse_draw import draw_moving, stretches
from quaywatch.workflows.timelapse_looks import USABLE, Candidate, Wanted
from quaywatch.workflows.timelapse_plan import MARGIN_M, Making, Plan, planned

SIDE_PX: Final = 1300
GSD_M: Final = 3.0
SCENES: Final = 10
"""Different scenes; each is read anew for every frame that shows it."""
_START: Final = datetime(2024, 1, 1, 10, 0, tzinfo=UTC)
_ORIGIN: Final = (385_000.0, 3_736_000.0)
_SETTINGS: Final = ["-c:v", "libx264", *(w for k, v in X264.items() for w in (f"-{k}", v))]


def run(data: Path, progress: Progress, *, size: int = 100) -> BenchReport:
    """Measure one film and its peer.

    Args:
        data: not used: scenes are made.
        progress: told what is being done.
        size: frames.

    """
    del data
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        progress("making scenes", 0.0)
        plan = _plan(folder, size)
        film = folder / "film.mp4"
        progress("the film", 0.1)
        ours = _spent(lambda: _film(plan, film))
        frames = _pngs(film, plan, folder, lambda share: progress("PNGs", 0.4 + 0.2 * share))
        progress("the peer", 0.6)
        peers = _peers(folder, frames)
        height, width = frames[1]
        least = next(iter(peers.values()))
        rows = [_row("quaywatch: GeoTIFFs to a lettered film", ours, film, least)]
        rows += [_row(what, spent, folder / "peer.mp4", least) for what, spent in peers.items()]
    return BenchReport(
        name="imagery-timelapse",
        data=f"{size} frames, made: {SCENES} scenes of 1,500 × 1,500 px, RGB, 8 bits; pictures of "
        f"{SIDE_PX:,} × {SIDE_PX:,} px, frames of {width:,} × {height:,} px with their letters",
        columns=("what", "cpu_s", "wall_s", "cpu_ratio", "wall_ratio", "mb"),
        rows=rows,
        notes=(
            f"x264: {' '.join(_SETTINGS[2:])}, {THREADS} threads, for all; the goal is at most 3.",
            "Ratios of processor time do not depend on what else runs here; those of the clock do.",
        ),
    )  # fmt: skip


def _film(plan: Plan, path: Path) -> None:
    def quiet(_what: str, _share: float) -> None:
        return

    draw_moving(plan, {"mp4": path}, stretches(plan, quiet), quiet)


def _spent(work: Callable[[], object]) -> tuple[float, float]:
    """Processor seconds, children's too, and seconds of the clock."""
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)

    def cpu() -> float:
        used = [resource.getrusage(one) for one in who]
        return sum(one.ru_utime + one.ru_stime for one in used)

    started, clock = cpu(), time.perf_counter()
    work()
    return cpu() - started, time.perf_counter() - clock


def _row(
    what: str, spent: tuple[float, float], path: Path, peer: tuple[float, float]
) -> dict[str, Any]:
    return {
        "what": what,
        "cpu_s": round(spent[0], 1),
        "wall_s": round(spent[1], 1),
        "cpu_ratio": round(spent[0] / peer[0], 2),
        "wall_ratio": round(spent[1] / peer[1], 2),
        "mb": round(path.stat().st_size / 1e6, 1),
    }


def _pngs(
    film: Path, plan: Plan, folder: Path, told: Callable[[float], None]
) -> tuple[list[Path], tuple[int, int]]:
    """The frames of the film as PNGs, and their height and width."""
    paths, shape = [], (0, 0)
    with av.open(str(film)) as opened:
        for number, frame in enumerate(opened.decode(video=0)):
            told(number / len(plan.shown))
            path = folder / f"{number:04d}.png"
            path.write_bytes(png_bytes(frame.to_ndarray(format="rgb24").astype(np.uint8)))
            paths.append(path)
            shape = (frame.height, frame.width)
    return paths, shape


def _peers(
    folder: Path, frames: tuple[list[Path], tuple[int, int]]
) -> dict[str, tuple[float, float]]:
    """The program ffmpeg first, where it is installed; and PyAV's bare loop."""
    paths, shape = frames
    out = folder / "peer.mp4"
    spent = {}
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is not None:
        read = ["-v", "error", "-y", "-framerate", "4", "-i", str(folder / "%04d.png")]
        write = [*_SETTINGS, "-pix_fmt", "yuv420p", "-threads", str(THREADS), str(out)]
        command = [ffmpeg, *read, *write]
        spent["ffmpeg: ready PNGs"] = _spent(lambda: subprocess.run(command, check=True))  # noqa: S603  # our own words
    spent["PyAV alone: ready PNGs"] = _spent(lambda: _bare(paths, shape, folder / "bare.mp4"))
    if ffmpeg is None:
        (folder / "bare.mp4").replace(out)
    return spent


def _bare(paths: list[Path], shape: tuple[int, int], out: Path) -> None:
    with Mp4(out, shape) as film:
        for path in paths:
            with av.open(str(path)) as opened:
                frame = next(opened.decode(video=0))
            film.add(frame.to_ndarray(format="rgb24").astype(np.uint8), seconds=6 / TICKS)


def _plan(folder: Path, size: int) -> Plan:
    """So many looks of a made port."""
    scenes = [_scene(folder, number) for number in range(SCENES)]
    left, top = scenes[0].grid.lonlat_of(750.0, 750.0)
    half = (SIDE_PX * GSD_M / 2 - MARGIN_M) / 111_320
    tall = half / 1.0
    wide = half / np.cos(np.radians(float(top)))
    yard = {
        "type": "Feature",
        "properties": {"id": "yard", "kind": "yard"},
        "geometry": mapping(box(left - wide, top - tall, left + wide, top + tall)),
    }
    site = Site.from_geojson({"type": "FeatureCollection", "id": "made", "features": [yard]})
    looks = [_look(scenes[number % SCENES], number) for number in range(size)]
    making = Making(size_px=SIDE_PX)
    return planned(site, Wanted(), making, looks, looks, simulated=True)


def _look(scene: Scene, number: int) -> Candidate:
    at = _START + timedelta(days=3 * number)
    moved = Scene(**{**vars(scene), "captured_start": at, "captured_end": at})
    claim = Claim(
        subject="site:made", predicate="look", value={"number": number},
        time=TimeInterval.at(at), basis=Basis.OBSERVED, method="look@1",
    )  # fmt: skip
    return Candidate(claim, claim, moved, 1.0, USABLE, permission("CC0-1.0"))


def _scene(folder: Path, number: int, side: int = 1500) -> Scene:
    """A GeoTIFF with the texture of a port: water, sheds, ships, and a sensor's noise."""
    ground = np.random.default_rng(1)
    height: NDArray[np.float64] = ndimage.gaussian_filter(ground.normal(size=(side, side)), 60)
    land = height > np.percentile(height, 45)
    picture = np.where(land, 110.0, 40.0) + 6 * ndimage.zoom(ground.normal(size=(150, 150)), 10)
    for y, x, a, b, tone in ground.integers((0, 0, 8, 8, 60), (1450, 1450, 50, 50, 250), (900, 5)):
        if land[y, x]:
            picture[y : y + a, x : x + b] = tone
    own = np.random.default_rng(number)
    for y, x in own.integers(50, 1400, (60, 2)):
        if not land[y, x]:
            picture[y : y + 8, x : x + 50] = 190
    shape = (3, side, side)
    values = picture * own.uniform(0.9, 1.1) + own.normal(0, 2.5, shape)
    path = folder / f"{number}.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=side, height=side, count=3, dtype="uint8",
        crs="EPSG:32611", transform=Affine(GSD_M, 0, _ORIGIN[0], 0, -GSD_M, _ORIGIN[1]),
        tiled=True, compress="deflate", zlevel=1,
    ) as target:  # fmt: skip
        target.write(values.clip(1, 255).astype(np.uint8))
    return load_scene(
        [path], licence="CC0-1.0", credit="made", captured_at=_START, sensor="planetscope"
    )
