"""The light of one look made comparable with the reference's, band by band, or refused.

Ground that does not change (roofs, quays, roads) is brighter or darker from look to look with sun,
air and sensor: a line through it takes that out. What did change is kept from pulling the line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quaywatch.imagery.read import Pixels
from quaywatch.imagery.warp import coarser, lay

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

METHOD = "normalisation@1"
GAIN = (0.7, 1.4)
"""Gains beyond these are no change of light: refused (METHODS section 5 step 2)."""
LEAST_PIXELS = 200
"""Pixels that must keep most of their weight."""
LEAST_R2 = 0.5
"""Share of the reference's variance that the line must explain on them."""
MOST_PIXELS = 20_000
CELL_PX = 3
"""Pixels a side that are averaged first, so that half a pixel of misregistration weighs little."""
SATURATED = 0.98
"""A picture made for the eye has lost what is brighter."""
_HUBER = 1.345
_ROUNDS = 30


@dataclass(frozen=True)
class BandLine:
    """``reference = a * look + b`` for one band."""

    accepted: bool
    reason: str
    a: float | None = None
    b: float | None = None
    """In the reference's units."""
    n: int = 0
    """Averaged pixels of unchanged ground that the line rests on."""
    r2: float | None = None
    """Squared correlation of the two on them."""
    residual: float | None = None
    """Robust standard deviation about the line, in the reference's units."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"a": self.a, "b": self.b, "n": self.n, "r2": self.r2, "residual": self.residual}


@dataclass(frozen=True)
class Normalisation:
    """A line per band that both have, or why there is none."""

    reason: str
    bands: Mapping[str, BandLine]
    method: str = METHOD

    @property
    def accepted(self) -> bool:
        """Whether every band in common has its line."""
        return bool(self.bands) and all(line.accepted for line in self.bands.values())

    def to_json(self) -> dict[str, Any] | None:
        """The lines by band as JSON values; None unless every band has one."""
        if not self.accepted:
            return None
        return {name: line.to_json() for name, line in self.bands.items()}

    def apply(self, pixels: Pixels) -> NDArray[np.float32]:
        """The bands with a line, (band, y, x) in the order of ``bands``, in the reference's light.

        Bands whose line was refused are NaN: never the raw value under another name.
        """
        out = np.full((len(self.bands), *pixels.valid.shape), np.nan, np.float32)
        for place, (name, line) in enumerate(self.bands.items()):
            values = pixels.band(name)
            if line.accepted and values is not None and line.a is not None and line.b is not None:
                out[place] = np.float32(line.a) * values + np.float32(line.b)
        return out


def normalise(
    reference: Pixels,
    look: Pixels,
    *,
    stable: Mask | None = None,
    usable: Mask | None = None,
    shift_m: tuple[float, float] = (0.0, 0.0),
) -> Normalisation:
    """The line of each band in common that takes the look to the reference's light.

    Args:
        reference: the site's window in the reference look.
        look: the site's window in the look, on any grid.
        stable: (y, x) of the reference: land that may be compared; default all valid.
        usable: (y, x) of the look: valid and clear; default all valid.
        shift_m: of the look's registration, metres east and north.

    Source:
        Robust line with errors in both: weights of Huber (1964), doi:10.1214/aoms/1177703732,
        about a line of total least squares; the idea of unchanged pixels from Canty and Nielsen
        (2008), doi:10.1016/j.rse.2007.07.013.

    """
    if reference.radiometry != look.radiometry:
        why = f"the reference is in {reference.radiometry}, the look in {look.radiometry}"
        return Normalisation(why, {})
    names = [name for name in reference.bands if name in look.bands]
    if not names:
        return Normalisation("the two have no band in common", {})
    valid = reference.valid if stable is None else reference.valid & stable
    clear = look.valid if usable is None else look.valid & usable
    step = max(1, round(look.gsd_m / reference.gsd_m))
    back = max(1, round(step * reference.gsd_m / look.gsd_m))
    # Whole pixels: a sample between pixels is smoother than what it is compared with, which would
    # steepen the line; the cells take up the half pixel.
    middle = reference.grid.width / 2, reference.grid.height / 2
    back_px = np.linalg.solve(reference.grid.metres_per_pixel(*middle), shift_m) / step
    part = (-float(np.round(back_px[0])), -float(np.round(back_px[1])))
    lines: dict[str, BandLine] = {}
    for name in names:
        here, there = reference.band(name), look.band(name)
        if here is None or there is None:
            continue
        top = SATURATED if look.radiometry == "display" else np.inf
        fixed, good, grid = coarser(here, valid & (here < top), reference.grid, step)
        other, other_good, other_grid = coarser(there, clear & (there < top), look.grid, back)
        moving, moving_good = lay(other, other_good, other_grid, grid, moved_px=part)
        both_good = good & moving_good
        fixed, good, _ = coarser(fixed, both_good, grid, CELL_PX)
        moving, _, _ = coarser(moving, both_good, grid, CELL_PX)
        both = np.flatnonzero(good)
        chosen = both[:: max(1, -(-both.size // MOST_PIXELS))]
        lines[name] = fit_line(moving.ravel()[chosen], fixed.ravel()[chosen])
    refused = [name for name, line in lines.items() if not line.accepted]
    if refused:
        return Normalisation(f"{refused[0]}: {lines[refused[0]].reason}", lines)
    least = min(line.n for line in lines.values())
    return Normalisation(f"{len(lines)} bands over at least {least} unchanged cells", lines)


def unchanged(bands: Sequence[str]) -> Normalisation:
    """The light of the reference itself: every band as it is."""
    why = "it is the reference look"
    return Normalisation(why, {b: BandLine(accepted=True, reason=why, a=1.0, b=0.0) for b in bands})


def fit_line(look: NDArray[Any], reference: NDArray[Any]) -> BandLine:
    """The robust line from look to reference, or why there is none.

    Both have errors, so neither is regressed on the other, which would flatten the line; pixels
    that changed lose their weight.

    Args:
        look: values, any shape.
        reference: values of the same places.

    Examples:
        >>> truth = np.linspace(0.05, 0.6, 1000)
        >>> seen = (truth - 0.02) / 1.1
        >>> seen[::10] = 0.9  # a tenth changed
        >>> line = fit_line(seen, truth)
        >>> line.accepted, round(line.a, 3), round(line.b, 3)
        (True, 1.1, 0.02)

    """
    x, y = look.astype(np.float64).ravel(), reference.astype(np.float64).ravel()
    if x.size < LEAST_PIXELS:
        why = f"{x.size} cells of stable land are clear in both; {LEAST_PIXELS} are needed"
        return BandLine(accepted=False, reason=why, n=int(x.size))
    spread = min(float(np.subtract(*np.percentile(v, [90, 10]))) for v in (x, y))
    if spread <= 1e-6 * max(1.0, float(np.abs(y).max())):
        why = "the stable land is all of one brightness"
        return BandLine(accepted=False, reason=why, n=int(x.size))
    weight, a, b = _robust(x, y)
    off = (y - a * x - b) / np.hypot(1.0, a)
    kept = weight > 0.5
    n = int(kept.sum())
    residual = 1.4826 * float(np.median(np.abs(off[kept]))) * float(np.hypot(1.0, a))
    r2 = float(np.corrcoef(x[kept], y[kept])[0, 1] ** 2) if n > 2 else 0.0
    refusal = _refusal(a, n, r2)
    return BandLine(
        accepted=refusal is None,
        reason=refusal or f"{n} unchanged cells",
        residual=round(residual, 5),
        a=round(a, 4), b=round(b, 5), n=n, r2=round(r2, 3),
    )  # fmt: skip


def _refusal(a: float, n: int, r2: float) -> str | None:
    """Why a line is not used."""
    if n < LEAST_PIXELS:
        return f"{n} cells are unchanged; {LEAST_PIXELS} are needed"
    if r2 < LEAST_R2:
        return f"the line explains {100 * r2:.0f}% of the reference; {100 * LEAST_R2:.0f}% needed"
    if not GAIN[0] <= a <= GAIN[1]:
        return f"a gain of {a:.2f} is no change of light ({GAIN[0]} to {GAIN[1]})"
    return None


def _robust(x: Floats, y: Floats) -> tuple[Floats, float, float]:
    """Weights, slope and intercept: total least squares, reweighed until it rests.

    Huber's weights first, then a bisquare to which what lies far off is nothing at all.
    """
    weight = np.ones_like(x)
    a, b = _start(x, y)
    for turn in range(_ROUNDS):
        off = (y - a * x - b) / np.hypot(1.0, a)
        scale = max(1.4826 * float(np.median(np.abs(off))), 1e-9)
        far = np.abs(off) / scale
        weight = (
            np.minimum(1.0, _HUBER / np.maximum(far, 1e-12))
            if turn < _ROUNDS // 3
            else np.where(far < 4.685, (1 - (far / 4.685) ** 2) ** 2, 0.0)
        )
        before = a
        a, b = _total(x, y, weight)
        if turn > _ROUNDS // 3 and abs(a - before) < 1e-7:
            break
    return weight, a, b


def _start(x: Floats, y: Floats) -> tuple[float, float]:
    """A first line that changed pixels hardly move: through the middle halves."""
    low, mid, high = np.percentile(x, [25, 50, 75])
    lower, middle, upper = np.percentile(y, [25, 50, 75])
    a = float((upper - lower) / (high - low)) if high > low else 1.0
    return a, float(middle - a * mid)


def _total(x: Floats, y: Floats, weight: Floats) -> tuple[float, float]:
    """Weighted line of least squared distance across it."""
    # Sums, not @: BLAS adds in another order on another number of threads.
    total = float(weight.sum())
    mx, my = float((weight * x).sum()) / total, float((weight * y).sum()) / total
    dx, dy = x - mx, y - my
    wx, wy = weight * dx, weight * dy
    xx, yy, xy = float((wx * dx).sum()), float((wy * dy).sum()), float((wx * dy).sum())
    if abs(xy) < 1e-15:
        return 0.0, my
    a = (yy - xx + float(np.hypot(yy - xx, 2 * xy))) / (2 * xy)
    return a, my - a * mx
