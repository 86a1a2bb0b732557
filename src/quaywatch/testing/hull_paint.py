"""Ships as they look from above: tapered bow, hatches, superstructure aft, and a shadow."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from quaywatch.testing.fleet import Hull
from quaywatch.testing.ground import GSD_M, Plane

DECKS: Final = (
    (178.0, 98.0, 82.0, 128.0),
    (92.0, 128.0, 104.0, 104.0),
    (146.0, 146.0, 142.0, 140.0),
    (84.0, 94.0, 110.0, 92.0),
    (172.0, 140.0, 100.0, 142.0),
)
"""Deck colours in 8-bit counts: oxide red, green, grey, blue grey, ochre."""
FREEBOARD_M: Final = 9.0
BRIDGE_M: Final = 20.0
WATER, SHADE = 4, 5
"""Channel numbers after the four bands."""


def half_beam(u: Plane, length_m: float, beam_m: float) -> Plane:
    """Half the breadth at ``u`` metres forward of the middle; negative beyond the ends.

    Examples:
        >>> half_beam(np.array([0.0, 75.0, 80.0], np.float32), 150.0, 24.0).tolist()
        [12.0, 0.0, -1.0]

    """
    half = length_m / 2
    entrance, run = 0.13 * length_m, 0.05 * length_m
    bow = np.sqrt(np.clip(1.0 - np.clip((u - (half - entrance)) / entrance, 0.0, 1.0) ** 2.2, 0, 1))
    stern = 1.0 - 0.28 * np.clip((-(half - run) - u) / run, 0.0, 1.0)
    breadth = beam_m / 2 * bow * stern
    return np.where(np.abs(u) > half, np.float32(-1.0), breadth).astype(np.float32)


def paint_hull(
    canvas: Plane,
    at: tuple[float, float],
    hull: Hull,
    turn_deg: float,
    *,
    sun: tuple[float, float],
    loading: bool,
    rng: np.random.Generator,
    fine_m: float = GSD_M / 2,
) -> None:
    """Draw one ship on the fine canvas.

    Args:
        canvas: (H, W, 6): four bands, water share, shade factor; changed in place.
        at: fine column and row of the ship's middle.
        hull: its size and looks.
        turn_deg: heading measured clockwise from the image's up direction.
        sun: elevation and azimuth in degrees, azimuth from the image's up direction.
        loading: holds open.
        rng: for grain.
        fine_m: side of a fine pixel.

    """
    reach = int((hull.length_m / 2 + 70.0) / fine_m) + 2
    top, left = max(0, int(at[1]) - reach), max(0, int(at[0]) - reach)
    window = canvas[top : int(at[1]) + reach + 1, left : int(at[0]) + reach + 1]
    if window.size == 0:
        return
    rows = (np.arange(window.shape[0]) + top + 0.5 - at[1]) * fine_m
    columns = (np.arange(window.shape[1]) + left + 0.5 - at[0]) * fine_m
    east, south = np.meshgrid(columns.astype(np.float32), rows.astype(np.float32))
    turn = np.radians(turn_deg)
    sin, cos = np.float32(np.sin(turn)), np.float32(np.cos(turn))
    u, v = east * sin - south * cos, east * cos + south * sin
    _shadow(window, u, v, hull, turn, sun)
    on_deck = np.abs(v) <= half_beam(u, hull.length_m, hull.beam_m)
    window[on_deck, :4] = _deck_colours(u, v, hull, loading=loading, rng=rng)[on_deck]
    window[on_deck, WATER] = 0.0
    window[on_deck, SHADE] = 1.0


def paint_boat(
    canvas: Plane,
    at: tuple[float, float],
    length_m: float,
    turn_deg: float,
    *,
    fine_m: float = GSD_M / 2,
) -> None:
    """Draw a small craft: a bright speck longer than wide."""
    reach = int(length_m / fine_m) + 2
    top, left = max(0, int(at[1]) - reach), max(0, int(at[0]) - reach)
    window = canvas[top : int(at[1]) + reach + 1, left : int(at[0]) + reach + 1]
    rows = (np.arange(window.shape[0]) + top + 0.5 - at[1]) * fine_m
    columns = (np.arange(window.shape[1]) + left + 0.5 - at[0]) * fine_m
    east, south = np.meshgrid(columns, rows)
    turn = np.radians(turn_deg)
    u = east * np.sin(turn) - south * np.cos(turn)
    v = east * np.cos(turn) + south * np.sin(turn)
    inside = (u / (length_m / 2)) ** 2 + (v / (length_m / 7)) ** 2 <= 1.0
    window[inside, :4] = (168.0, 166.0, 160.0, 140.0)
    window[inside, WATER] = 0.0


def _shadow(
    window: Plane, u: Plane, v: Plane, hull: Hull, turn: float, sun: tuple[float, float]
) -> None:
    """The hull's and the bridge's shadow, swept from the waterline to its far edge."""
    elevation, azimuth = np.radians(sun[0]), np.radians(sun[1])
    stretch = 1.0 / np.tan(max(elevation, 0.12))
    away = azimuth + np.pi - turn
    bridge_from, bridge_to = _bridge(hull)
    dark = np.zeros(u.shape, bool)
    for share in (0.25, 0.5, 0.75, 1.0):
        for height, is_bridge in ((FREEBOARD_M, False), (BRIDGE_M, True)):
            reach = min(height * stretch, 60.0) * share
            u0 = u - np.float32(reach * np.cos(away))
            v0 = v - np.float32(reach * np.sin(away))
            covered = np.abs(v0) <= half_beam(u0, hull.length_m, hull.beam_m)
            if is_bridge:
                covered &= (u0 > bridge_from) & (u0 < bridge_to)
            dark |= covered
    window[dark, SHADE] *= 0.58


def _bridge(hull: Hull) -> tuple[float, float]:
    start = -0.5 * hull.length_m + hull.house_from * hull.length_m
    return start, start + hull.bridge_share * hull.length_m * 0.7


def _deck_colours(
    u: Plane, v: Plane, hull: Hull, *, loading: bool, rng: np.random.Generator
) -> NDArray[np.float32]:
    deck = np.array(DECKS[hull.deck], np.float32)
    colours = np.broadcast_to(deck, (*u.shape, 4)).copy()
    colours += 5.0 * rng.standard_normal(u.shape, dtype=np.float32)[..., None]
    edge = np.abs(v) > half_beam(u, hull.length_m, hull.beam_m) - 2.2
    colours[edge] = deck * 0.72
    house_to = hull.house_from + 0.7 * hull.bridge_share
    taken = max(hull.bridge_share, house_to)
    fore, aft = 0.40 * hull.length_m, -0.5 * hull.length_m + taken * hull.length_m
    pitch = (fore - aft) / hull.hatches
    along = (u - aft) / pitch
    in_hold = (u > aft) & (u < fore) & (np.abs(v) < 0.32 * hull.beam_m)
    hatch = in_hold & (np.abs(along % 1.0 - 0.5) < 0.36)
    colours[hatch] = (34.0, 33.0, 34.0, 38.0) if loading else np.minimum(deck * 1.22 + 8.0, 235.0)
    if hull.hatches >= 4:
        crane = (np.abs(along % 1.0) < 2.6 / pitch) & (np.abs(v) < 3.0) & (u > aft) & (u < fore)
        colours[crane] = (222.0, 204.0, 148.0, 182.0)
    bridge_from, bridge_to = _bridge(hull)
    house = (u > bridge_from) & (u < bridge_to) & (np.abs(v) < 0.42 * hull.beam_m)
    colours[house] = (226.0, 224.0, 218.0, 196.0)
    funnel = (u > bridge_from) & (u < bridge_from + 5.0) & (np.abs(v) < 3.0)
    colours[funnel] = (74.0, 66.0, 62.0, 70.0)
    mast = (u > 0.43 * hull.length_m) & (np.abs(v) < 2.5)
    colours[mast] = (206.0, 200.0, 190.0, 170.0)
    return colours
