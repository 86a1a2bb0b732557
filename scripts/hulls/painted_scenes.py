"""Copies of full scenes with more ships, piers and craft under way than were recorded there."""

import numpy as np
from afloat import Canvas, Patch, Plane, Shore, cut_ship, mix, room_for, shore_of
from numpy.typing import NDArray
from paint import painted_craft, painted_pier, painted_ship
from scipy import ndimage
from unet import Sample

PIERS, SHIPS, CRAFT = 14, 90, 30
"""Painted on each copy of a scene, if there is room."""
TRIES = 8
"""Places tried for each."""
SHORTEST_M, LONGEST_M = 36.0, 350.0
UNKNOWN = -1
"""Number of what nothing is learnt from."""


def painted_copy(
    pixels: Plane,
    ids: NDArray[np.int16],
    water: NDArray[np.bool_],
    ships: list[Sample],
    rng: np.random.Generator,
) -> Canvas:
    """A scene with more on it.

    Args:
        pixels: (band, y, x), 0 to 1.
        ids: numbers of the ships that are there, (y, x).
        water: (y, x).
        ships: outlined chips, to be set alongside.
        rng: what chance is drawn from.

    """
    busy = ndimage.binary_dilation(ids != 0, iterations=4)
    canvas = Canvas(pixels.copy(), ids.copy(), water & ~busy)
    inland = ~ndimage.binary_dilation(water | busy, iterations=4)
    land = pixels[:, inland][:, :: max(1, int(inland.sum()) // 5000)]
    shore = shore_of(canvas)
    for _ in range(PIERS):
        add_pier(canvas, shore, land, rng)
    shore = shore_of(canvas)
    for number in range(SHIPS):
        # The long ones first, while there is room.
        part = 1 - (number + rng.random()) / SHIPS
        size = SHORTEST_M * (LONGEST_M / SHORTEST_M) ** part
        for _ in range(TRIES):
            if add_ships(canvas, shore, ships, size, land, rng):
                break
    clear = np.argwhere(ndimage.distance_transform_edt(canvas.sea) > 10)
    for _ in range(CRAFT):
        turn = rng.uniform(0, 2 * np.pi)
        length, wake = rng.uniform(6, 38), rng.uniform(40, 260)
        patch = painted_craft(length, (np.cos(turn), np.sin(turn)), wake, rng)
        row, column = clear[rng.integers(len(clear))]
        paint(canvas, patch, (row, column), rng, number=UNKNOWN)
    return canvas


def add_pier(canvas: Canvas, shore: Shore, land: Plane, rng: np.random.Generator) -> None:
    """A pier off the shore, or at times a dock afloat."""
    quay, away, clear = shore
    for _ in range(TRIES):
        length, beam = rng.uniform(30, 220), rng.uniform(8, 45)
        at = int(rng.integers(len(quay)))
        down, right = away[at]
        row, column = quay[at] + away[at] * (0.42 * length / 3)
        if rng.random() < 0.15:
            row, column = clear[rng.integers(len(clear))]
        patch = painted_pier(length, beam, (right, down), land, rng)
        if paint(canvas, patch, (row, column), rng, number=0, most_dry=0.5):
            return


def add_ships(
    canvas: Canvas,
    shore: Shore,
    ships: list[Sample],
    size: float,
    land: Plane,
    rng: np.random.Generator,
) -> int:
    """One ship alongside or at sea, or two rafted or in line; how many were placed."""
    quay, away, clear = shore
    beam = float(np.clip(size / rng.uniform(4.6, 8.0), 8, 58))
    at_sea = rng.random() < 0.25
    if at_sea:
        turn = rng.uniform(0, 2 * np.pi)
        axis, side, off = (np.cos(turn), np.sin(turn)), np.zeros(2), 0.0
        spot = clear[rng.integers(len(clear))].astype(float)
    else:
        at = int(rng.integers(len(quay)))
        side = away[at]
        sign = rng.choice([-1.0, 1.0])
        axis = (-side[0] * sign, side[1] * sign)
        off = (beam / 2 + rng.uniform(-2, 7)) / 3
        spot = quay[at] + side * off
    sample = ships[rng.integers(len(ships))] if rng.random() < 0.4 else None
    places, kind = [spot], rng.random()
    if kind < 0.15 and not at_sea:
        places.append(spot + side * (beam + rng.uniform(0, 6)) / 3)
    elif kind < 0.35:
        places.append(spot + np.array([axis[1], axis[0]]) * (size + rng.uniform(6, 40)) / 3)
    done = 0
    for place in places:
        # The quay lies on the other side from the open water.
        facing = 0 if at_sea else int(np.sign(axis[1] * side[1] - axis[0] * side[0])) or 1
        if sample is None:
            patch = painted_ship(size, beam, axis, facing, land, rng)
        else:
            patch = cut_ship(sample, size, axis, rng)
        number = int(canvas.ids.max()) + 1
        if paint(canvas, patch, (place[0], place[1]), rng, number=number):
            done += 1
    return done


def paint(
    canvas: Canvas,
    patch: Patch,
    at: tuple[float, float],
    rng: np.random.Generator,
    *,
    number: int,
    most_dry: float = 0.12,
) -> bool:
    """Mix a patch in with its shadow, unless there is no room for it."""
    whole = (patch.hull if patch.hull.max() > 0.5 else patch.cover) > 0.5
    window = room_for(canvas, whole, at, most_dry)
    if window is None:
        return False
    depth = rng.uniform(0.2, 0.6)
    if patch.shade is not None:
        canvas.pixels[:, *window] *= 1 - depth * patch.shade
    mix(canvas, patch, window, rng, number=number)
    return True
