"""Looks laid on a reference: planted shifts on recorded ground, a real pair, and what a look costs.

Peers get the same pixels: OpenCV's ECC, OpenCV's and scikit-image's phase correlation, each over
the whole window, as they would be called. Processor time, one process.
"""

import importlib.util
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from quaywatch.errors import ArgumentError
from quaywatch.imagery.load import load_raster, load_scene
from quaywatch.imagery.look import look_at
from quaywatch.imagery.normalise import normalise
from quaywatch.imagery.read import Pixels, read_window
from quaywatch.imagery.reference import land_apart, read_reference
from quaywatch.imagery.registration import MOST_RESIDUAL_PX, brightness, register
from quaywatch.imagery.scene import Raster
from quaywatch.sites.facility import Site
from quaywatch.testing.bench.report import BenchReport, Progress, timed

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]
Shift = tuple[float, float]
Finder = Callable[[Plane, Plane], Shift | None]

COLUMNS = (
    "what", "cases", "accepted", "wrong", "error_median_px", "error_p95_px", "error_most_px",
    "cpu_ms",
)  # fmt: skip
MOST_SHIFT_PX = 12.0
KINDS = ("noise", "cloud told", "cloud missed", "land changed")
PLANET, PORTS = "planet_scenes", "sentinel2_ports"
_SITE = "long_beach.geojson"
_ECC = {"50 rounds, 1e-3": (50, 1e-3), "1000 rounds, 1e-6": (1000, 1e-6)}
"""Stops of ECC; at 1e-10 its rounding decides whether it rests in a second or in a minute."""


@dataclass(frozen=True)
class Planted:
    """A look made of a reference: moved, in another light, partly hidden or changed."""

    look: Pixels
    usable: Mask
    shift: Shift
    """Pixels that its content moved along x and y."""


def run(data: Path, progress: Progress, *, size: int = 12) -> BenchReport:
    """Measure registration, normalisation and the whole look.

    Args:
        data: folder of the recorded data.
        progress: told how far it is.
        size: windows taken of each kind of sensor; each is used for every kind of trouble.

    Raises:
        ArgumentError: the recorded scenes are not there.

    """
    folder = data / "imagery"
    scenes = {n: next((folder / PLANET).glob(f"scene_{n}_*.tif"), None) for n in (1, 2, 3)}
    if None in scenes.values():
        raise ArgumentError(
            flag="--data",
            fact=f"{data} holds no imagery/{PLANET}",
            remedy="docs/real-data.md says what it holds.",
        )
    fine = [load_raster([path]) for path in scenes.values() if path is not None]
    rows: list[dict[str, Any]] = []
    for name, sources, side in (
        ("3 m", fine, 900),
        ("10 m", [load_raster(files) for files in _ports(folder / PORTS)], 300),
    ):
        windows = list(_windows(sources, side, size))
        for number, kind in enumerate(KINDS):
            progress(f"{name}, {kind}", (number + 4 * (name == "10 m")) / 10)
            rows += _planted_rows(f"{name}, {kind}", windows, kind)
    progress("band against band", 0.8)
    rows += _between_bands([load_raster(files) for files in _ports(folder / PORTS)])
    progress("Long Beach", 0.85)
    rows += _pair_rows(fine[2], fine[1])
    progress("the whole look", 0.9)
    rows += _look_rows(folder)
    return BenchReport(
        name="imagery-look",
        data=f"recorded: imagery/{PLANET} (3 scenes) and imagery/{PORTS} (7 ports), shifts of up "
        f"to {MOST_SHIFT_PX:.0f} px planted; scenes 2 and 3 are a real pair",
        columns=COLUMNS,
        rows=rows,
        notes=_notes(),
    )


def _ports(folder: Path) -> Iterator[list[Path]]:
    """The bands of each port that go together."""
    for port in sorted(path for path in folder.iterdir() if path.is_dir()):
        bands = [p for name in ("B02", "B03", "B04", "B08") for p in port.glob(f"*_{name}_*.tiff")]
        if len(bands) == 4:
            yield bands


def _windows(sources: Sequence[Raster], side: int, count: int) -> Iterator[tuple[Pixels, Mask]]:
    """Windows with land, and which land is off the water; the same ones every time."""
    rng = np.random.default_rng(17)
    taken = 0
    for turn in range(20 * count):
        source = sources[turn % len(sources)]
        width, height = min(side, source.grid.width), min(side, source.grid.height)
        x = int(rng.integers(0, source.grid.width - width + 1))
        y = int(rng.integers(0, source.grid.height - height + 1))
        pixels = read_window(source, window=(x, y, width, height))
        land = land_apart(pixels)
        if land.mean() > 0.15:
            yield pixels, land
            taken += 1
        if taken == count:
            return


def plant(pixels: Pixels, kind: str, rng: np.random.Generator) -> Planted:
    """A look of the same ground, of one kind of trouble."""
    shift = tuple(float(v) for v in rng.uniform(-MOST_SHIFT_PX, MOST_SHIFT_PX, 2))
    base = np.nan_to_num(pixels.values)
    moved = np.stack([ndimage.shift(b, shift[::-1], order=3, mode="nearest") for b in base])
    spread = float(base.std())
    look = moved * rng.uniform(0.7, 1.4) + rng.uniform(-0.1, 0.1) * spread
    shape = pixels.valid.shape
    usable = np.ones(shape, bool)
    if kind.startswith("cloud"):
        soft = ndimage.gaussian_filter(rng.standard_normal(shape), 0.05 * shape[0])
        cloud = soft > np.quantile(soft, 0.6)
        veil = ndimage.gaussian_filter(rng.standard_normal(shape), 2.0)
        look[:, cloud] = (3.0 * spread + spread * veil)[cloud]
        if kind == "cloud told":
            usable = ~ndimage.binary_dilation(cloud, iterations=3)
    if kind == "land changed":
        for _ in range(shape[0] * shape[1] // 1500):
            y, x = (int(rng.integers(0, n)) for n in shape)
            h, w = rng.integers(3, 25, 2)
            look[:, y : y + h, x : x + w] = rng.uniform(0, 4 * spread)
    look += rng.normal(0, 0.1 * spread, look.shape)
    made = replace(pixels, values=look.astype(np.float32), valid=np.ones(shape, bool))
    return Planted(made, usable, (shift[0], shift[1]))


def _planted_rows(
    what: str, windows: Sequence[tuple[Pixels, Mask]], kind: str
) -> list[dict[str, Any]]:
    """Ourselves and the peers on the same planted looks."""
    rng = np.random.default_rng(len(kind))
    cases = [(pixels, land, plant(pixels, kind, rng)) for pixels, land in windows]
    ours: list[float | None] = []
    started = time.process_time()
    for pixels, land, made in cases:
        found = register(pixels, made.look, stable=land, usable=made.usable)
        told = found.accepted and found.shift_x_px is not None and found.shift_y_px is not None
        ours.append(
            float(np.hypot(found.shift_x_px + made.shift[0], found.shift_y_px + made.shift[1]))  # type: ignore[operator]  # told: neither is None
            if told
            else None
        )
    rows = [_row(what, ours, time.process_time() - started)]
    for name, finder in _peers().items():
        theirs: list[float | None] = []
        spent = 0.0
        for pixels, _, made in cases:
            bands = tuple(b for b in ("red", "green", "blue") if b in pixels.bands)
            fixed, moving = (np.nan_to_num(brightness(p, bands)) for p in (pixels, made.look))
            started = time.process_time()
            place = finder(fixed, moving)
            spent += time.process_time() - started
            theirs.append(
                None
                if place is None
                else float(np.hypot(place[0] - made.shift[0], place[1] - made.shift[1]))
            )
        rows.append(_row(f"… {name}", theirs, spent))
    return rows


def _row(what: str, errors: Sequence[float | None], spent_s: float) -> dict[str, Any]:
    """How often a shift was given, how often it was wrong, and by how much."""
    given = np.array([e for e in errors if e is not None])
    some = given.size > 0
    return {
        "what": what,
        "cases": len(errors),
        "accepted": int(given.size),
        "wrong": int((given > MOST_RESIDUAL_PX).sum()),
        "error_median_px": float(np.median(given)) if some else None,
        "error_p95_px": float(np.percentile(given, 95)) if some else None,
        "error_most_px": float(given.max()) if some else None,
        "cpu_ms": 1000 * spent_s / max(1, len(errors)),
    }


def _peers() -> dict[str, Finder]:
    """What else finds a shift here: name → where the second plane's content moved, pixels."""
    found: dict[str, Finder] = {}
    if _here("cv2"):
        found["cv2 ECC, 50 rounds, 1e-3"] = lambda a, b: _ecc(a, b, _ECC["50 rounds, 1e-3"])
        found["cv2 phaseCorrelate"] = _cv2_phase
    if _here("skimage"):
        found["skimage, as it comes"] = lambda a, b: _skimage(a, b, "phase")
        found["skimage, not normalised"] = lambda a, b: _skimage(a, b, None)
    return found


def _here(module: str) -> bool:
    """Whether a peer can be imported; its name in a registry is another."""
    return importlib.util.find_spec(module) is not None


def _ecc(fixed: Plane, moving: Plane, rounds: tuple[int, float]) -> Shift | None:
    """OpenCV's enhanced correlation, translation only."""
    import cv2  # noqa: PLC0415  # a peer: needed by nothing else

    warp = np.eye(2, 3, dtype=np.float32)
    stop = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, *rounds)
    try:
        # Its own documentation takes None for no mask; its types do not.
        _, warp = cv2.findTransformECC(  # type: ignore[call-overload, unused-ignore]
            fixed, moving, warp, cv2.MOTION_TRANSLATION, stop, None, 5
        )
    except cv2.error:
        return None
    return float(warp[0, 2]), float(warp[1, 2])


def _cv2_phase(fixed: Plane, moving: Plane) -> Shift:
    import cv2  # noqa: PLC0415  # a peer: needed by nothing else

    window = cv2.createHanningWindow((fixed.shape[1], fixed.shape[0]), cv2.CV_32F)
    (x, y), _ = cv2.phaseCorrelate(fixed, moving, window)
    return float(x), float(y)


def _skimage(fixed: Plane, moving: Plane, normalization: str | None) -> Shift:
    from skimage import registration  # noqa: PLC0415  # a peer, and slow to load

    find: Any = registration.phase_cross_correlation
    shift, _, _ = find(fixed, moving, upsample_factor=20, normalization=normalization)
    return -float(shift[1]), -float(shift[0])


def _between_bands(sources: Sequence[Raster]) -> list[dict[str, Any]]:
    """One band as the reference of another, of one capture: the truth is within 0.3 px of none."""
    rows = []
    for other in ("green", "blue", "nir"):
        errors: list[float | None] = []
        started = time.process_time()
        for source in sources:
            width, height = min(500, source.grid.width), min(500, source.grid.height)
            at = (source.grid.width - width) // 2, (source.grid.height - height) // 2, width, height
            pixels = read_window(source, window=at)
            red = replace(pixels, values=_one(pixels, "red"), bands=("red",))
            as_red = replace(pixels, values=_one(pixels, other), bands=("red",))
            found = register(red, as_red, stable=land_apart(pixels))
            errors.append(
                float(np.hypot(found.shift_x_px or 0.0, found.shift_y_px or 0.0))
                if found.accepted
                else None
            )
        rows.append(_row(f"10 m, {other} laid on red", errors, time.process_time() - started))
    return rows


def _one(pixels: Pixels, name: str) -> Plane:
    return pixels.values[[pixels.bands.index(name)]]


def _pair_rows(first: Raster, later: Raster) -> list[dict[str, Any]]:
    """Long Beach four days apart: there, back, and what others say of it."""
    x, y = later.grid.pixel_of(*first.grid.lonlat_of(1442.0, 0.0))
    here = read_window(first, window=(1442, 0, 951, 1437))
    there = read_window(later, window=(round(float(x)), round(float(y)), 951, 1437))
    land = {id(p): land_apart(p) for p in (here, there)}
    rows: list[dict[str, Any]] = []

    def said(what: str, shift: Shift | None, spent: float) -> None:
        text = "nothing" if shift is None else f"{shift[0]:+.2f}, {shift[1]:+.2f} px"
        rows.append({"what": f"pair, {what}: {text}", "cpu_ms": 1000 * spent})

    for name, a, b in (("18th to 22nd", here, there), ("22nd to 18th", there, here)):
        found = register(a, b, stable=land[id(a)])
        spent, _, _ = timed(lambda a=a, b=b: register(a, b, stable=land[id(a)]))  # type: ignore[misc]  # bound at once
        shift = (
            (-found.shift_x_px, -found.shift_y_px)
            if found.shift_x_px is not None and found.shift_y_px is not None
            else None
        )
        said(f"{name}, residual {found.residual_px} px over {found.chips_used} chips", shift, spent)
        light = normalise(
            a, b, stable=land[id(a)], shift_m=(found.shift_x_m or 0.0, found.shift_y_m or 0.0)
        )
        gains = ", ".join(f"{k} {v.a}" for k, v in light.bands.items())
        rows.append({"what": f"pair, {name}, gains: {gains}"})
    fixed, moving = (np.nan_to_num(brightness(p, p.bands)) for p in (here, there))
    for name, finder in _peers().items():
        spent, _, _ = timed(lambda finder=finder: finder(fixed, moving))  # type: ignore[misc]  # bound at once
        said(name, finder(fixed, moving), spent)
    return rows


def _look_rows(folder: Path) -> list[dict[str, Any]]:
    """Processor time of whole looks at Long Beach, and of ECC alone on the overlap."""
    drawn = Path(__file__).parents[4] / "examples" / "sites" / _SITE
    if not drawn.is_file():
        return []
    site = Site.read(drawn)
    terms = {"licence": "CC-BY-SA-4.0", "credit": "Planet Labs PBC"}
    scenes = {
        n: load_scene([next((folder / PLANET).glob(f"scene_{n}_*.tif"))], **terms)  # type: ignore[arg-type]  # terms are text
        for n in (2, 3)
    }
    reference = read_reference(scenes[3], site)
    spent, _, _ = timed(lambda: read_reference(scenes[3], site))
    rows = [{"what": "reading the reference, once a run", "cpu_ms": 1000 * spent}]
    look_at(scenes[2], site, reference=reference)  # the network is loaded once a process
    for n, what in ((2, "look at scene 2 on the reference"), (3, "look at scene 3, all of it")):
        spent, _, _ = timed(lambda n=n: look_at(scenes[n], site, reference=reference))  # type: ignore[misc]  # bound at once
        rows.append({"what": what, "cpu_ms": 1000 * spent})
    here = read_window(scenes[3], window=(1442, 0, 951, 1437))
    there = read_window(scenes[2], window=(0, 150, 951, 1437))
    fixed, moving = (np.nan_to_num(brightness(p, p.bands)) for p in (here, there))
    if _here("cv2"):
        for name, stop in _ECC.items():
            spent, _, _ = timed(lambda stop=stop: _ecc(fixed, moving, stop))  # type: ignore[misc]  # bound at once
            rows.append({"what": f"cv2 ECC alone, {name}", "cpu_ms": 1000 * spent})
    return rows


def _notes() -> list[str]:
    """What a reader must know."""
    missing = [
        name for name, there in (("OpenCV", "cv2"), ("scikit-image", "skimage")) if not _here(there)
    ]
    return [
        "wrong: a shift was given and is off by more than half a pixel; a refusal is not wrong",
        "peers are given the whole window and no mask, and never refuse but where ECC fails",
        "cpu_ms: processor time of one call, threads counted",
        *(f"{name} is not installed here" for name in missing),
    ]
