"""The tile cache: built once, damaged safely, never mixed up between masks."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

from quaywatch.geo.land import LandMask
from quaywatch.geo.position import Position
from quaywatch.geo.water import WaterRouter

A, B = Position(lon=4.0, lat=4.0), Position(lon=5.5, lat=4.0)


class CountingMask(LandMask, Protocol):
    """A mask that says how often it was asked."""

    asked: int


Lands = Callable[[str], CountingMask]


def _router(cache: Path, lands: Lands, name: str = "gap") -> tuple[WaterRouter, CountingMask]:
    land = lands(name)
    return WaterRouter(cache, land=land, passages=(), landmarks=False), land


def test_a_second_process_asks_the_mask_nothing(tmp_path: Path, land_of: Lands) -> None:
    """The real mask takes 7 s to load; a warm question must not pay that."""
    first, _ = _router(tmp_path, land_of)
    expected = first.distance(A, B)
    second, land = _router(tmp_path, land_of)
    assert second.distance(A, B) == expected
    assert land.asked == 0


@pytest.mark.parametrize("damage", ["cut", "emptied", "garbled", "flipped"])
def test_a_damaged_tile_is_built_again(tmp_path: Path, land_of: Lands, damage: str) -> None:
    """A wrong distance from a torn file would be a finding made up by a crash."""
    first, _ = _router(tmp_path, land_of)
    expected = first.distance(A, B)
    for path in tmp_path.rglob("*.npz"):
        content = path.read_bytes()
        middle = len(content) // 2
        path.write_bytes(
            {
                "cut": content[:middle],
                "emptied": b"",
                "garbled": b"not a zip file at all",
                "flipped": content[:middle]
                + bytes([content[middle] ^ 0xFF])
                + content[middle + 1 :],
            }[damage]
        )
    second, land = _router(tmp_path, land_of)
    assert second.distance(A, B) == expected
    assert land.asked > 0
    third, land = _router(tmp_path, land_of)
    assert third.distance(A, B) == expected
    assert land.asked == 0


def test_masks_do_not_share_tiles(tmp_path: Path, land_of: Lands) -> None:
    """A newer coastline must not be answered from an older one's tiles."""
    walled, _ = _router(tmp_path, land_of)
    free, land = _router(tmp_path, land_of, "ocean")
    assert walled.distance(A, B).water_nm != free.distance(A, B).water_nm
    assert land.asked > 0
    assert walled.distance(A, B).grid != free.distance(A, B).grid


def test_nothing_half_written_stays(tmp_path: Path, land_of: Lands) -> None:
    """Files appear whole, by renaming; leftovers would fill a workspace."""
    router, _ = _router(tmp_path, land_of)
    router.distance(A, B)
    assert [path.suffix for path in tmp_path.rglob("*") if path.is_file()].count(".tmp") == 0


def test_a_cache_that_cannot_be_written_costs_time_only(tmp_path: Path, land_of: Lands) -> None:
    """A full disk must not change an answer."""
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    router, _ = _router(blocked, land_of)
    fine, _ = _router(tmp_path / "cache", land_of)
    assert router.distance(A, B).water_nm == fine.distance(A, B).water_nm
