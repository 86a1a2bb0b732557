"""How detections at 10 m are held to what is known of the recorded ports."""

import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.imagery.detected import Detection
from quaywatch.testing.bench.imagery_ports import PORTS, scene_of
from quaywatch.testing.bench.port_truth import Vessel, count, f1, interval, mask_of, reviewed

LABELS = json.loads(
    files("quaywatch.testing").joinpath("labels", "port_hulls.json").read_text(encoding="utf-8")
)["ports"]


def found_at(x: float, y: float, length_m: float = 150.0) -> Detection:
    """A detection at a pixel."""
    return Detection(
        lon=0.0,
        lat=0.0,
        x_px=x,
        y_px=y,
        length_m=length_m,
        beam_m=25.0,
        heading_deg=170.0,
        score=0.9,
        position_sigma_m=None,
        length_sigma_m=15.0,
        beam_sigma_m=10.0,
        heading_sigma_deg=5.0,
        cut_by_edge=False,
        gsd_m=10.0,
        method="test@1",
    )


def vessel_at(x: float, y: float, *, asked: bool = True) -> Vessel:
    """A vessel of 150 m at a pixel, on an axis of 10 degrees."""
    return Vessel(x, y, 150.0, 25.0, 10.0, asked)


@given(st.lists(st.booleans(), min_size=12, max_size=12))
def test_outlines_come_back_from_their_runs(flat: list[bool]) -> None:
    """A mask read with rows and columns swapped would move every ship."""
    mask = np.array(flat).reshape(3, 4)
    down = mask.T.ravel()
    edges = np.flatnonzero(np.diff(down)) + 1
    runs = np.diff([0, *edges.tolist(), down.size]).tolist()
    counts = [0, *runs] if down[0] else runs
    assert np.array_equal(mask_of({"size": [3, 4], "counts": counts}), mask)


@given(st.permutations(range(4)))
def test_each_vessel_and_each_detection_counts_once(order: list[int]) -> None:
    """Two detections of one ship are one found and one false, whatever their order."""
    spots = [(10.0, 10.0), (11.0, 10.0), (80.0, 80.0), (200.0, 10.0)]
    found = [found_at(*spots[i]) for i in order]
    result = count(
        [vessel_at(10, 10), vessel_at(80, 81), vessel_at(140, 140)], found, 10.0, least_m=60
    )
    assert (result.asked, result.found, result.false) == (3, 2, 2)
    assert result.missed_m == (150.0,)


def test_a_doubtful_vessel_is_neither_missed_nor_false() -> None:
    """What a careful eye cannot decide must not be decided against a detector."""
    vessels = [vessel_at(10, 10, asked=False), vessel_at(90, 90, asked=False)]
    result = count(vessels, [found_at(10, 11)], 10.0, least_m=60)
    assert (result.asked, result.found, result.false) == (0, 0, 0)


def test_a_short_detection_is_never_false() -> None:
    """The figure is for 60 m and more; a launch that is found harms nothing."""
    assert count([], [found_at(10, 10, 50.0)], 10.0, least_m=60).false == 0


def test_an_axis_is_compared_round_the_half_turn() -> None:
    """Axes of 170 and 10 degrees are 20 apart, not 160."""
    result = count([vessel_at(10, 10)], [found_at(10, 10)], 10.0, least_m=60)
    assert result.turns_deg == (-20.0,)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)), min_size=1))
def test_scores_lie_between_nought_and_one(rows: list[tuple[int, int, int]]) -> None:
    """And their interval holds no port count that cannot be."""
    vessels = [vessel_at(100 * i, 0) for i in range(9)]
    counts = [
        count(
            vessels[:asked],
            [found_at(100 * i, 0) for i in range(min(hits, asked))]
            + [found_at(100 * i, 500) for i in range(false)],
            10.0,
            least_m=60,
        )
        for asked, hits, false in rows
    ]
    assert all(0 <= value <= 1 for value in f1(counts))
    low, high = interval(counts, np.random.default_rng(1))
    assert 0 <= low <= high <= 1


@pytest.mark.parametrize("port", PORTS)
def test_labels_are_whole(port: str) -> None:
    """A vessel listed twice would be asked for twice."""
    rows = LABELS[port]
    numbers = [row["outline"] for row in rows if row["outline"] is not None]
    assert numbers == list(range(1, len(numbers) + 1))
    assert {row["kind"] for row in rows} <= {"ship", "small", "doubtful"}
    assert all(20 < row["length_m"] < 420 for row in rows)
    assert len({(row["lon"], row["lat"]) for row in rows}) == len(rows)


@pytest.mark.realdata
@pytest.mark.parametrize("port", PORTS)
def test_labels_lie_on_the_outlines_of_the_recorded_ports(shared_data: Path, port: str) -> None:
    """Labels that point at other outlines than they were made from would judge the wrong ships."""
    folder = shared_data / "imagery" / "sentinel2_ports" / port
    scene = scene_of(folder)
    coco = folder / f"{port}_coco.json"
    vessels = reviewed(port, coco, scene.grid, least_m=60.0)
    assert len(vessels) == len(LABELS[port])
    for row, vessel in zip(LABELS[port], vessels, strict=True):
        x, y = scene.grid.pixel_of(row["lon"], row["lat"])
        assert np.hypot(float(x) - vessel.x_px, float(y) - vessel.y_px) * scene.gsd_m < 12
