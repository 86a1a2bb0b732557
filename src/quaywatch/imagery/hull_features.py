"""What a chip of a hull shows of it, as far as its pixels bear: readings, each with its error.

At 3 m length, beam, the end at which the house stands and how light runs along the deck; at 1 m
and finer also hatches, cranes and the colour of the deck; at 10 m length alone. What cannot be
read says why.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from quaywatch.imagery.hull_frame import ALONG, SMALLEST_SEEN, Chip
from quaywatch.imagery.hull_marks import cranes_in, hatches_in
from quaywatch.imagery.hull_readings import Finesse, Reading, finesse_of

METHOD = "hull-readings@1"
BINS = 16
"""Parts of a hull along which its light is told."""
CLEAR_END = 1.3
"""How many times brighter than the deck an end must be, over the water, to be taken for a house."""
OTHER_END = 1.25
"""And than the other end. Of 120 pairs of recorded chips minutes apart 36 are so settled in both,
and all 36 the same way."""
CALM_RIM = 0.25
"""Spread of the rim of a chip over the hull's contrast to it, above which more than water is
about the hull."""
HOUSE_SIGMA_PX = 0.8
"""Two readings of one hull differ by 0.8 of it (36 pairs minutes apart, 31 days apart)."""
DECK_SIGMA = 0.06
"""Of the log of two bands: one light and one haze lie over a whole deck. Pictures of one hull in
simulated worlds differ by 0.03; real light is less even, and no recorded set here is so fine."""
LEAST_DECK_PX = 12
BY_HOUSE = "the white end taken for the house, aft"

Line = NDArray[np.float64]


@dataclass(frozen=True)
class HullRead:
    """One hull as an image shows it."""

    finesse: Finesse
    readings: tuple[Reading, ...]
    profile: tuple[float, ...] | None
    """Light over the water along the hull from the upper end, mean 1, ``BINS`` parts; None where
    the pixels do not bear it."""
    hatches: tuple[float, ...] | None = None
    """Middles of the hatches from the bow, share of the length, where they are read."""
    cranes: tuple[float, ...] | None = None
    chip: Chip | None = None
    """The chip, bow up where that is settled."""

    def of(self, name: str) -> Reading | None:
        """One reading."""
        return next((r for r in self.readings if r.name == name), None)


def read_hull(chip: Chip, *, radar: bool = False) -> HullRead:
    """The readings of a chip.

    Args:
        chip: from ``chip_of``.
        radar: whether its values are echoes.

    Examples:
        >>> from quaywatch.imagery.hull_frame import a_chip
        >>> at_3_m = read_hull(a_chip())
        >>> [(r.name, r.value is not None) for r in at_3_m.readings][:4]
        [('length_m', True), ('beam_m', True), ('house_share', True), ('hatch_count', False)]
        >>> read_hull(a_chip(gsd_m=10.0)).of("beam_m").reason
        'pixels of 10 m do not show it: no identity at this resolution'

    """
    finesse = finesse_of(chip.gsd_m, radar=radar)
    unread = f"pixels of {chip.gsd_m:.0f} m do not show it"
    if finesse is Finesse.NONE:
        return HullRead(finesse, _nothing(unread), None, chip=chip)
    if chip.seen < SMALLEST_SEEN:
        share = f"only {100 * chip.seen:.0f}% of the hull and its rim was seen"
        return HullRead(finesse, _nothing(share), None, chip=chip)
    if finesse is Finesse.COARSE:
        rest = f"{unread}: no identity at this resolution"
        return HullRead(finesse, (_length(chip), *_nothing(rest)[1:]), None, chip=chip)
    length, beam = _length(chip), Reading("beam_m", chip.beam_m, chip.beam_sigma_m)
    if finesse is Finesse.RADAR:
        rest = "radar echoes do not show it"
        return HullRead(finesse, (length, beam, *_nothing(rest)[2:]), _profile(chip), chip=chip)
    chip, house = _house(chip)
    if finesse is Finesse.MEDIUM:
        rest_of = _nothing(unread)[3:]
        readings = (length, beam, house, *rest_of)
        return HullRead(finesse, readings, _profile(chip), chip=chip)
    hatches, cranes = hatches_in(chip), cranes_in(chip)
    deck = _deck(chip, hatches.at)
    return HullRead(
        finesse,
        (length, beam, house, hatches.count, hatches.step, cranes.count, *deck),
        _profile(chip),
        hatches=hatches.at,
        cranes=cranes.at,
        chip=chip,
    )


NAMES = (
    "length_m",
    "beam_m",
    "house_share",
    "hatch_count",
    "hatch_step_share",
    "crane_count",
    "deck_red_green",
    "deck_blue_green",
)


def _nothing(reason: str) -> tuple[Reading, ...]:
    return tuple(Reading(name, reason=reason) for name in NAMES)


def _length(chip: Chip) -> Reading:
    if chip.cut_by_edge:
        return Reading("length_m", reason="the hull is cut by the edge of what was seen")
    return Reading("length_m", chip.length_m, chip.length_sigma_m)


def light_along(chip: Chip) -> Line:
    """Light of the middle of the hull over the water beside it, one value a row of the chip.

    The rows are those between its ends; the middle is half the beam, so that a hull a little off
    its axis is still met.
    """
    rows, columns = chip.valid.shape
    # The darkest band: a house is white, a deck has a colour and so is dark in one of them.
    light = np.where(chip.valid, np.nan_to_num(chip.values).min(axis=0), np.nan)
    half = max(1, round(0.25 * chip.beam_m / chip.row_m))
    ends = round(rows * (1 - 1 / ALONG) / 2)
    rim = chip.valid.copy()
    rim[4:-4, 4:-4] = False
    water = float(np.nanmedian(light[rim])) if rim.any() else 0.0
    middle = light[ends : rows - ends, columns // 2 - half : columns // 2 + half]
    seen = chip.valid[ends : rows - ends, columns // 2 - half : columns // 2 + half]
    line = np.array([
        float(np.mean(r[s])) if s.any() else math.nan for r, s in zip(middle, seen, strict=True)
    ])  # fmt: skip
    return np.abs(line - water)


def stands_free(chip: Chip) -> bool:
    """Whether nothing but even water is about a hull: no quay, no neighbour, no wake.

    Examples:
        >>> from quaywatch.imagery.hull_frame import a_chip
        >>> stands_free(a_chip())
        True

    """
    rows, columns = chip.valid.shape
    rim = chip.valid.copy()
    rim[rows // 16 : -rows // 16, columns // 8 : -columns // 8] = False
    if rim.sum() < 20:
        return False
    light = np.nan_to_num(chip.values).mean(axis=0)
    water = float(np.median(light[rim]))
    contrast = float(np.median(np.abs(light_along(chip)))) + 1e-6
    # The rim's worst tenth: a quay takes up a part of it.
    off = float(np.percentile(np.abs(light[rim] - water), 90))
    return off <= CALM_RIM * contrast


def _profile(chip: Chip) -> tuple[float, ...] | None:
    line = light_along(chip)
    if np.isnan(line).mean() > 1 - SMALLEST_SEEN:
        return None
    line = np.where(np.isnan(line), np.nanmean(line), line)
    parts = np.array([part.mean() for part in np.array_split(line, BINS)])
    mean = float(parts.mean())
    if mean <= 0:
        return None
    return tuple(round(float(v), 4) for v in parts / mean)


def _house(chip: Chip) -> tuple[Chip, Reading]:
    """Where the house stands, from the after end as a share of the length, and the chip bow up.

    The house is the brightest block near one end: cargo ships other than those with the house
    forward carry it aft. Which end is the bow stays open where neither end is clearly brighter,
    and where the house stands is then open too.
    """
    line = light_along(chip)
    if np.isnan(line).any():
        return chip, Reading("house_share", reason="a part of the deck was not seen")
    width = max(3, round(0.08 * line.size))
    smooth = np.convolve(line, np.ones(width) / width, mode="same")
    third = line.size // 3
    fore, aft = float(smooth[:third].max()), float(smooth[-third:].max())
    deck = float(np.median(line)) + 1e-6
    bright = max(fore, aft)
    if bright < CLEAR_END * deck or bright < OTHER_END * min(fore, aft):
        why = "neither end stands out from the deck, so which is the bow is open"
        return chip, Reading("house_share", reason=why)
    own = chip if aft >= fore else chip.turned()
    if chip.bow_up is not None:
        own = chip
        if (aft >= fore) != chip.bow_up:
            return chip, Reading("house_share", reason="the bright end is the bow by its heading")
    along = smooth if own is chip else smooth[::-1]
    weight = along[-third:] - deck
    weight = np.where(weight > 0.5 * weight.max(), weight, 0.0)
    at = float((np.arange(third)[::-1] + 0.5) @ weight / weight.sum()) / line.size
    sigma = HOUSE_SIGMA_PX * chip.gsd_m / chip.length_m + 0.005
    if own.bow_up is None:
        own = replace(own, bow_up=True, settled_by=BY_HOUSE)
    return own, Reading("house_share", round(at, 4), round(sigma, 4))


def _deck(chip: Chip, hatches: tuple[float, ...] | None) -> tuple[Reading, Reading]:
    """Colour of the deck between hatches: log of red and of blue over green.

    Open holds are black and hatch covers have a paint of their own, so that the middle of a hull
    says little of its deck.
    """
    names = ("deck_red_green", "deck_blue_green")
    why = _no_deck(chip, hatches)
    if why is not None or hatches is None:
        return Reading(names[0], reason=why), Reading(names[1], reason=why)
    rows, columns = chip.valid.shape
    ends = rows * (1 - 1 / ALONG) / 2
    gap = float(np.median(np.diff(hatches)))
    marks = np.array([round(ends + at * rows / ALONG) for at in hatches])
    between = _narrower(chip, marks, round(gap * rows / ALONG))
    thick = max(1, round(0.07 * gap * rows / ALONG))
    across = np.abs(np.arange(columns) + 0.5 - columns / 2) * chip.row_m / chip.beam_m
    # Clear of the middle line, where cranes stand, and of the ship's side.
    wanted = np.zeros_like(chip.valid)
    for row in between:
        wanted[max(row - thick, 0) : row + thick + 1] = (across > 0.16) & (across < 0.36)
    seen = chip.valid & wanted
    if seen.sum() < LEAST_DECK_PX:
        why = "too little of the deck between hatches was seen"
        return Reading(names[0], reason=why), Reading(names[1], reason=why)
    red, green, blue = (chip.values[chip.bands.index(b)][seen] for b in ("red", "green", "blue"))
    floor = 1e-3
    tones = [np.log((c + floor) / (green + floor)) for c in (red, blue)]
    # One light and one haze over all pixels: their error does not shrink with the number of them.
    return (
        Reading(names[0], float(np.median(tones[0])), DECK_SIGMA),
        Reading(names[1], float(np.median(tones[1])), DECK_SIGMA),
    )


def _narrower(chip: Chip, marks: NDArray[np.int_], step: int) -> list[int]:
    """Rows of the deck between hatches: of what alternates along the hull, the narrower part.

    What was counted may be the hatches or the strips between them: which of the two stands out
    depends on whether the holds are open.
    """
    rows, columns = chip.valid.shape
    half = max(1, round(0.25 * chip.beam_m / chip.row_m))
    light = np.nan_to_num(chip.values).mean(axis=0)[:, columns // 2 - half : columns // 2 + half]
    line = light.mean(axis=1)
    other = marks[:-1] + step // 2
    here, there = float(np.median(line[marks])), float(np.median(line[other]))
    whole = line[marks[0] : marks[-1] + 1]
    nearer = np.abs(whole - here) < np.abs(whole - there)
    chosen = marks if nearer.mean() < 0.5 else other
    return [int(row) for row in chosen if 0 <= row < rows]


def _no_deck(chip: Chip, hatches: tuple[float, ...] | None) -> str | None:
    """Why the colour of the deck is not read, if so."""
    if not {"red", "green", "blue"} <= set(chip.bands):
        return "it has no colours"
    if hatches is None or len(hatches) < 2:
        return "no deck between hatches is told apart"
    return None
