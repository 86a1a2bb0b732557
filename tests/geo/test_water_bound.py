"""The lower bound against brute force: on made-up coasts no water path may undercut it."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from quaywatch.geo.frame import Frame
from quaywatch.geo.geodesic import great_circle_nm_many
from quaywatch.geo.position import Position
from quaywatch.geo.surface import Surface
from quaywatch.geo.tiles import SAMPLES_PER_DEG, TileStore

SIDE = 200
"""Samples along each side of a made-up coast: one degree."""


class Coast:
    """Land given sample by sample around (0 E, ``south``); open sea elsewhere is not asked for."""

    def __init__(self, land: NDArray[np.bool_], south: float) -> None:
        self.version, self.land, self.south = "coast", land, south

    def contains_many(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """True where land; all land outside the drawn part."""
        row = np.floor((lat - self.south) * SAMPLES_PER_DEG).astype(int)
        col = np.floor(lon * SAMPLES_PER_DEG).astype(int)
        inside = (row >= 0) & (row < SIDE) & (col >= 0) & (col < SIDE)
        out = np.ones(lon.shape, np.bool_)
        out[inside] = self.land[row[inside], col[inside]]
        return out


class Untiled(TileStore):
    """Asks the mask window by window: whole tiles would take a second each."""

    def window(self, row: int, col: int, rows: int, cols: int) -> NDArray[np.uint8]:
        """Samples from (row, col), 1 where land."""
        lon = (col + np.arange(cols) + 0.5) / SAMPLES_PER_DEG - 180.0
        lat = (row + np.arange(rows) + 0.5) / SAMPLES_PER_DEG - 90.0
        land = self._land.contains_many(np.tile(lon, rows), np.repeat(lat, cols))
        return land.reshape(rows, cols).astype(np.uint8)


def _surface(tmp: Path, land: NDArray[np.bool_], south: float, size: int) -> Surface:
    row, col = round((south + 90) * SAMPLES_PER_DEG), 180 * SAMPLES_PER_DEG
    frame = Frame(row, col, SIDE // size, SIDE // size, size)
    return Surface.of_window(Untiled(tmp, Coast(land, south)), frame, ())


def _walk(land: NDArray[np.bool_], south: float, start: tuple[int, int]) -> NDArray[np.float64]:
    """Length of the shortest walk over water samples by moves of up to five samples.

    Every walk is a water path (two samples that touch at a corner count as joined), so the true
    shortest path is no longer.
    """
    water = ~land
    number = np.arange(land.size).reshape(land.shape)
    lat = south + (np.arange(SIDE) + 0.5) / SAMPLES_PER_DEG
    froms, tos, nm = [], [], []
    for dx in range(-5, 6):
        for dy in range(6):
            if (dy == 0 and dx <= 0) or np.gcd(dx, dy) != 1:
                continue
            steps = 8 * max(abs(dx), dy)
            crossed = {(round(k * dy / steps), round(k * dx / steps)) for k in range(steps + 1)}
            rows = np.arange(SIDE - dy)
            cols = np.arange(max(0, -dx), SIDE - max(0, dx))
            free = np.ones((len(rows), len(cols)), np.bool_)
            for up, along in crossed:
                free &= water[np.ix_(rows + up, cols + along)]
            r, c = np.nonzero(free)
            r, c = rows[r], cols[c]
            froms.append(number[r, c])
            tos.append(number[r + dy, c + dx])
            nm.append(
                great_circle_nm_many(0.0, lat, dx / SAMPLES_PER_DEG, lat + dy / SAMPLES_PER_DEG)[r]
            )
    graph = coo_array(
        (np.concatenate(nm), (np.concatenate(froms), np.concatenate(tos))), shape=(land.size,) * 2
    ).tocsr()
    return np.asarray(dijkstra(graph, directed=False, indices=number[start]), np.float64).reshape(
        land.shape
    )


def _coast(seed: int, roughness: float, share: float) -> NDArray[np.bool_]:
    height = gaussian_filter(np.random.default_rng(seed).normal(size=(SIDE, SIDE)), roughness)
    return np.asarray(height < np.quantile(height, share))


def _at(row: int, col: int, south: float) -> Position:
    return Position(lon=(col + 0.5) / SAMPLES_PER_DEG, lat=south + (row + 0.5) / SAMPLES_PER_DEG)


@pytest.mark.parametrize("size", [2, 8, 10, 20])
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    seed=st.integers(0, 10**6),
    roughness=st.sampled_from([0.8, 2.0, 5.0, 10.0]),
    share=st.floats(0.15, 0.6),
    south=st.sampled_from([-1.0, 38.0, 60.0, 75.0]),
)
def test_no_walk_over_water_undercuts_the_bound(
    tmp_path: Path, size: int, seed: int, roughness: float, share: float, south: float
) -> None:
    """An exclusion rests on this alone: a bound above a way that exists excludes wrongly."""
    land = _coast(seed, roughness, share)
    surface = _surface(tmp_path, land, south, size)
    choose = np.random.default_rng(seed + 1)
    wet = np.argwhere(~land)
    start = wet[choose.integers(len(wet))]
    walked = _walk(land, south, (int(start[0]), int(start[1])))
    a = _at(int(start[0]), int(start[1]), south)
    for end in wet[choose.integers(len(wet), size=12)]:
        true = walked[tuple(end)]
        if np.isfinite(true):
            assert (
                surface.bound_nm(a, _at(int(end[0]), int(end[1]), south), 0.0, 0.0) <= true + 1e-6
            )


def _bound(tmp: Path, land: NDArray[np.bool_], size: int, ends: tuple[int, int, int, int]) -> float:
    surface = _surface(tmp, land, 38.0, size)
    return surface.bound_nm(_at(ends[0], ends[1], 38.0), _at(ends[2], ends[3], 38.0), 0.0, 0.0)


@pytest.mark.parametrize("size", [2, 8, 10, 20])
@pytest.mark.parametrize("bend", [0.0, 0.35, 1.0])
def test_a_channel_of_one_sample_stays_open(tmp_path: Path, size: int, bend: float) -> None:
    """A cut closed by large squares would put the far side out of reach."""
    land = np.zeros((SIDE, SIDE), np.bool_)
    land[80:120] = True
    for row in range(80, 120):
        land[row, 90 + round(bend * (row - 80))] = False
    assert _bound(tmp_path, land, size, (60, 95, 140, 110)) < 40.0


@pytest.mark.parametrize("size", [2, 8, 10, 20])
@pytest.mark.parametrize("first", [80, 83, 87])
def test_a_neck_stays_shut_once_it_is_wider_than_the_erosion(
    tmp_path: Path, size: int, first: int
) -> None:
    """Land of three samples is no way, wherever the squares fall; two may be its fault."""
    land = np.zeros((SIDE, SIDE), np.bool_)
    ends = (first - 6, 5, first + 8, 5)
    land[first : first + 3, :190] = True
    assert _bound(tmp_path, land, size, ends) > 75.0
    land[first + 2] = False
    assert _bound(tmp_path, land, size, ends) < 6.0
