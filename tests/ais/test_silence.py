"""Silences: a report lost or doubled here would invent a gap, and so a suspicion."""

import itertools
import random
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.ais.schema import POSITIONS_FRAME, conform
from quaywatch.ais.silence import silences

START = datetime(2025, 1, 1, tzinfo=UTC)


def track(minutes: list[int], *, mmsi: int = 1, placed: bool = True) -> pl.DataFrame:
    """Reports of one transponder at so many minutes."""
    where = 0.0 if placed else None
    rows = [
        {"mmsi": mmsi, "at": START + timedelta(minutes=m), "lon": where, "lat": where, "record": i}
        for i, m in enumerate(minutes)
    ]
    return conform(
        pl.DataFrame(rows, schema_overrides={"lon": pl.Float64, "lat": pl.Float64}), POSITIONS_FRAME
    )


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=40), st.randoms())
def test_silences_are_the_long_steps_of_the_sorted_track(
    minutes: list[int], shuffler: random.Random
) -> None:
    """Order of arrival must not matter: late reports are common and must not open a gap."""
    ordered = sorted(minutes)
    long_steps = [(a, b) for a, b in itertools.pairwise(ordered) if b - a > 6 * 60]
    shuffler.shuffle(minutes)

    found = silences(track(minutes))

    assert found["hours"].to_list() == pytest.approx([(b - a) / 60 for a, b in long_steps])


def test_two_transponders_never_share_a_silence() -> None:
    """A gap from one ship to the next would place a ship where it never was."""
    both = pl.concat([track([0, 10]), track([5000, 5010], mmsi=2)])

    assert silences(both).is_empty()


def test_a_report_without_a_position_neither_ends_nor_starts_a_silence() -> None:
    """It does not say where the ship was, so no reach can be computed from it."""
    reports = pl.concat([track([0, 3000]), track([1500], placed=False)])

    assert silences(reports)["hours"].to_list() == [50.0]
