"""Conformal p-values: calibrated among honest ships, and never smaller than n allows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.ais.integrity.combine import CAP, log_lr_of, merged
from quaywatch.ais.integrity.conformal import conformal


def slowly(score: list[float], mmsi: list[int], i: int) -> tuple[float, int]:
    """The definition, vessel by vessel."""
    others = sorted({m for m in mmsi if m != mmsi[i]})
    shares = [
        float(np.mean([s >= score[i] for s, n in zip(score, mmsi, strict=True) if n == m]))
        for m in others
    ]
    return (1 + sum(shares)) / (len(others) + 1), len(others)


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 12)), min_size=1, max_size=60))
def test_p_is_that_of_the_definition(rows: list[tuple[int, int]]) -> None:
    """A vessel with many windows must not outweigh the others, nor be its own reference."""
    score, mmsi = [float(s) for s, _ in rows], [m for _, m in rows]

    found = conformal(
        np.array(score), np.array(mmsi, np.uint32), np.zeros(len(rows), np.int64), fewest=1
    )

    for i in range(len(rows)):
        p, n = slowly(score, mmsi, i)
        if n:
            assert found.p[i] == pytest.approx(p)
            assert found.n[i] == n
            assert found.p[i] >= 1 / (n + 1) - 1e-12
        else:
            assert np.isnan(found.p[i])


def test_honest_ships_reach_a_hundredth_one_time_in_a_hundred() -> None:
    """That is what a p-value promises; more would be false alarms, fewer a blunt test."""
    rng = np.random.default_rng(2)
    low = 0
    for _ in range(50):
        score = rng.standard_normal(400)
        found = conformal(score, np.arange(400, dtype=np.uint32), np.zeros(400, np.int64))
        low += int((found.p <= 0.01).sum())

    assert low / 20_000 == pytest.approx(0.01, abs=0.002)


def test_too_few_others_is_no_answer() -> None:
    """With ten ships to compare with, even the oddest of them is one of eleven."""
    found = conformal(np.arange(10.0), np.arange(10, dtype=np.uint32), np.zeros(10, np.int64))

    assert np.isnan(found.p).all()


@given(st.lists(st.floats(1e-6, 1.0), min_size=1, max_size=20))
def test_many_tests_add_up_to_no_more_than_the_cap(p: list[float]) -> None:
    """Tests share their causes: their ratios are averaged, and AIS is capped at ln 10."""
    each = log_lr_of(np.array(p))

    (together,) = merged(each[np.newaxis])
    assert together <= min(CAP, float(each.max()) + 1e-9)
    assert together >= float(each.min()) - 1e-9
