"""Hatches and cranes of a hull at 1 m and finer: what repeats along the deck, and what stands up.

A hatch is a block of the deck that differs from what lies between hatches, and hatches come at one
spacing: the line of light along the deck, slow changes taken out, repeats at it. Fewer than two
repeats, or a weak one, is no count.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, signal

from quaywatch.imagery.hull_frame import ALONG, Chip
from quaywatch.imagery.hull_readings import Reading

FEWEST, MOST = 2, 11
"""Hatches of a ship that loads in bulk or general cargo."""
DECK = (0.10, 0.82)
"""Shares of the length from the bow between which hatches lie, the house being aft."""
CLEAR_REPEAT = 0.35
"""Autocorrelation at the spacing below which there is no telling."""
Line = NDArray[np.float64]


@dataclass(frozen=True)
class Hatches:
    """What was read of the hatches."""

    count: Reading
    step: Reading
    """Spacing of their middles, share of the length."""
    at: tuple[float, ...] | None


@dataclass(frozen=True)
class Cranes:
    """What was read of the cranes."""

    count: Reading
    at: tuple[float, ...] | None


def hatches_in(chip: Chip) -> Hatches:
    """Hatches along the deck of a chip, bow up.

    Examples:
        >>> from quaywatch.imagery.hull_frame import a_chip
        >>> hatches_in(a_chip(gsd_m=0.8)).count.reason
        'which end is the bow is open'

    """
    line, reason = _deck_line(chip)
    if line is None:
        return _no_hatches(reason)
    step, strength = _repeat(line)
    if step is None or strength < CLEAR_REPEAT:
        return _no_hatches("nothing repeats along the deck")
    at = _middles(line, step)
    if len(at) < FEWEST:
        return _no_hatches("fewer than two blocks at one spacing")
    share = (DECK[1] - DECK[0]) / line.size
    places = tuple(round(DECK[0] + (place + 0.5) * share, 4) for place in at)
    regular = np.diff(places)
    spread = float(np.std(regular)) if regular.size > 1 else 0.02
    sigma = 0.5 + (1.0 - min(strength, 1.0)) + (0.5 if spread > 0.25 * float(regular.mean()) else 0)
    return Hatches(
        Reading("hatch_count", float(len(at)), round(sigma, 3)),
        Reading("hatch_step_share", float(np.median(regular)), round(max(0.01, spread), 4)),
        places,
    )


def _no_hatches(reason: str) -> Hatches:
    return Hatches(
        Reading("hatch_count", reason=reason), Reading("hatch_step_share", reason=reason), None
    )


def _deck_line(chip: Chip) -> tuple[Line | None, str]:
    """Light along the deck between bow and house, slow changes taken out; or why not."""
    if not chip.bow_up:
        return None, "which end is the bow is open"
    rows, columns = chip.valid.shape
    half = max(1, round(0.25 * chip.beam_m / chip.row_m))
    ends = rows * (1 - 1 / ALONG) / 2
    top, bottom = (round(ends + share * rows / ALONG) for share in DECK)
    part = np.s_[top:bottom, columns // 2 - half : columns // 2 + half]
    if not chip.valid[part].all():
        return None, "a part of the deck was not seen"
    line = chip.values[:, *part].mean(axis=(0, 2)).astype(np.float64)
    slow = ndimage.gaussian_filter1d(line, line.size / 5, mode="nearest")
    return line - slow, ""


def _repeat(line: Line) -> tuple[float | None, float]:
    """Spacing at which a line repeats best, in rows, and how well (1: exactly)."""
    spread = float((line**2).sum())
    if spread <= 1e-9:
        return None, 0.0
    full = np.correlate(line, line, "full")[line.size - 1 :] / spread
    full = full / (1 - np.arange(line.size) / line.size)
    low, high = max(3, line.size // MOST), line.size // FEWEST
    part = full[low : high + 1]
    peaks, _ = signal.find_peaks(part)
    if not peaks.size:
        return None, 0.0
    best = int(peaks[np.argmax(part[peaks])])
    # The first peak nearly as high as the best is the spacing; the best may be a multiple of it.
    first = next(int(p) for p in peaks if part[p] >= 0.8 * part[best])
    return float(low + first), float(part[first])


def _middles(line: Line, step: float) -> list[float]:
    """Middles of the hatches at a spacing: of the two that alternate, the wider.

    Open holds are dark and shut covers light, so that either side of the mean may be hatches; but a
    hatch is longer than the deck before the next.
    """
    smooth = ndimage.gaussian_filter1d(line, step / 8, mode="nearest")
    found: list[NDArray[np.intp]] = []
    for side in (1.0, -1.0):
        peaks, _ = signal.find_peaks(
            side * smooth, distance=max(1, 0.6 * step), prominence=0.5 * float(smooth.std())
        )
        found.append(peaks)
    light, dark = found
    if not light.size or not dark.size:
        return [float(p) for p in max(found, key=len)]
    level = (float(np.median(line[light])) + float(np.median(line[dark]))) / 2
    first, last = min(light[0], dark[0]), max(light[-1], dark[-1])
    wider = light if float((line[first : last + 1] > level).mean()) > 0.5 else dark
    return [float(p) for p in wider]


def cranes_in(chip: Chip) -> Cranes:
    """Cranes along the middle line: narrow bright marks on the deck between hatches.

    Examples:
        >>> from quaywatch.imagery.hull_frame import a_chip
        >>> cranes_in(a_chip(gsd_m=0.8)).count.reason
        'which end is the bow is open'

    """
    line, reason = _deck_line(chip)
    if line is None:
        return Cranes(Reading("crane_count", reason=reason), None)
    rows, columns = chip.valid.shape
    middle = columns // 2
    ends = rows * (1 - 1 / ALONG) / 2
    top, bottom = (round(ends + share * rows / ALONG) for share in DECK)
    thin = chip.values[:, top:bottom, middle - 1 : middle + 1].mean(axis=(0, 2)).astype(np.float64)
    above = thin - ndimage.median_filter(thin, size=max(5, thin.size // 8), mode="nearest")
    noise = 1.4826 * float(np.median(np.abs(above))) + 1e-3
    peaks, _ = signal.find_peaks(
        above, height=max(6 * noise, 0.08), distance=max(3, thin.size // 12)
    )
    if not peaks.size:
        # No bright mark is no count of none: cranes in the deck's colour do not stand out.
        return Cranes(Reading("crane_count", reason="no mark stands out on the middle line"), None)
    share = (DECK[1] - DECK[0]) / thin.size
    at = tuple(round(DECK[0] + (float(p) + 0.5) * share, 4) for p in peaks)
    return Cranes(Reading("crane_count", float(len(at)), 1.0), at)
