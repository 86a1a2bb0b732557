"""Several hulls under one MMSI told apart, and what is said of it."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quaywatch.ais.schema import POSITIONS_FRAME, conform
from quaywatch.ais.segments import (
    LINK_REASONS,
    REASONS,
    Segmentation,
    predecessors,
    segment,
    segments_table,
)
from quaywatch.ais.track import Tracks, tracks_of
from quaywatch.ais.two_tracks import jumps, two_tracks
from quaywatch.testing.bench.segments import agreement

START = datetime(2025, 1, 1, tzinfo=UTC)
Fix = tuple[float, float, float, float, float]
"""Minutes, lon, lat, sog_kn, cog_deg."""


def frame_of(fixes: list[Fix], mmsi: int = 412_000_001, **more: object) -> pl.DataFrame:
    """Reports of one transponder, in time."""
    rows = [
        {"mmsi": mmsi, "at": START + timedelta(minutes=m), "lon": (x + 180) % 360 - 180, "lat": y,
         "sog_kn": s, "cog_deg": c, "source_id": "s", "record": k, **more}
        for k, (m, x, y, s, c) in enumerate(sorted(fixes))
    ]  # fmt: skip
    return conform(pl.DataFrame(rows), POSITIONS_FRAME)


def eastward(lon: float, lat: float, minutes: range, sog_kn: float = 12.0) -> list[Fix]:
    """A ship on a parallel, going east."""
    step = sog_kn / 60 / 60 / np.cos(np.radians(lat))
    return [(float(m), lon + step * m, lat, sog_kn, 90.0) for m in minutes]


def told_of(frame: pl.DataFrame) -> tuple[Tracks, Segmentation]:
    """Its tracks and segments."""
    tracks = tracks_of(frame)
    return tracks, segment(tracks)


def why(told: Segmentation) -> list[str]:
    """Link reasons of the segments."""
    return [LINK_REASONS[code] for code in told.found[:, 6]]


@given(
    fixes=st.lists(
        st.tuples(
            st.integers(0, 5000).map(float), st.floats(-180, 180), st.floats(-89, 89),
            st.one_of(st.just(float("nan")), st.floats(0, 102)),
            st.one_of(st.just(float("nan")), st.floats(0, 359)),
        ),
        min_size=1, max_size=60,
    )
)  # fmt: skip
@settings(max_examples=60)
def test_every_report_has_a_segment_or_a_reason(fixes: list[Fix]) -> None:
    """A report lost without a reason is a silent gap in coverage."""
    tracks, told = told_of(frame_of(fixes))
    assert ((told.segment >= 0) == (told.reason == 0)).all()
    assert told.reason.max() < len(REASONS)
    table = segments_table(tracks, told)
    assert table["n"].sum() == (told.segment >= 0).sum()
    assert table["segment"].to_list() == list(range(table.height))
    assert table["start"].is_sorted()
    assert (table["previous"].is_null() | (table["previous"] < table["segment"])).all()


@given(st.floats(-180, 180), st.floats(-75, 75), st.floats(0, 24))
@settings(max_examples=40)
def test_one_hull_is_one_segment_anywhere(lon: float, lat: float, sog_kn: float) -> None:
    """The antimeridian is no place where a ship becomes two."""
    _, told = told_of(frame_of(eastward(lon, lat, range(0, 300, 7), sog_kn)))
    assert (told.segment == 0).all()
    assert why(told) == ["first"]


@pytest.mark.parametrize("apart_deg", [1.0, 30.0, 170.0])
def test_two_hulls_are_two_segments_and_an_event(apart_deg: float) -> None:
    """Attributing both to one ship is the false accusation that this exists to prevent."""
    both = eastward(120.0, 30.0, range(0, 600, 5)) + [
        (m + 1.0, x, y, s, c)
        for m, x, y, s, c in eastward(120.0 + apart_deg, 30.0, range(0, 600, 5))
    ]
    frame = frame_of(both)
    tracks, told = told_of(frame)
    assert np.array_equal(told.segment, np.arange(240) % 2)
    events = two_tracks(tracks, told, frame)
    pair = events.filter(pl.col("verdict") == "two-places")
    assert pair["n"].to_list() == [120]
    assert pair["detail"][0].count(
        "MMSI 412000001 carries two simultaneous tracks; results are per segment and not"
        " attributed to one hull."
    )
    assert pair["record"].null_count() == 0


def test_hulls_in_one_port_are_not_two_places() -> None:
    """Two tugs 20 km apart under one number share it; nobody is in two places at once."""
    both = [(float(m), 120.0 + 0.2 * (m % 2), 30.0, 0.0, 0.0) for m in range(0, 3000, 3)]
    frame = frame_of(both)
    events = two_tracks(*told_of(frame), frame)
    assert events["verdict"].to_list() == ["shared-mmsi"]
    assert events["statistic"][0] == pytest.approx(2.0, abs=0.01)


def test_a_silence_makes_two_segments_and_a_link() -> None:
    """Nine days later the same hull is plausible, and a gap may be judged; never silently."""
    away = [
        (m + 9 * 1440.0, x + 1.0, y, s, c)
        for m, x, y, s, c in eastward(120.0, 30.0, range(0, 60, 5))
    ]
    tracks, told = told_of(frame_of(eastward(120.0, 30.0, range(0, 60, 5)) + away))
    assert why(told) == ["first", ""]
    assert predecessors(tracks, told).tolist() == [-1, *range(23)]


def test_no_link_where_no_ship_could_have_sailed() -> None:
    """Nine hours and 60 degrees: whoever that is, the gap is not hers."""
    away = eastward(180.0, 30.0, range(600, 660, 5))
    frame = frame_of(eastward(120.0, 30.0, range(0, 60, 5)) + away)
    tracks, told = told_of(frame)
    assert why(told) == ["first", "too-fast"]
    assert predecessors(tracks, told)[12] == -1
    assert jumps(tracks, told, frame)["verdict"].to_list() == ["too-fast"]


def test_a_stray_report_is_kept_as_a_jump() -> None:
    """One report elsewhere splits no track; it is the first trace of a clone, or a flipped bit."""
    frame = frame_of([*eastward(120.0, 30.0, range(0, 60, 5)), (31.0, -40.0, 30.0, 12.0, 90.0)])
    tracks, told = told_of(frame)
    assert [REASONS[code] for code in told.reason if code] == ["stray"]
    found = jumps(tracks, told, frame)
    assert found["verdict"].to_list() == ["stray"]
    assert found["statistic"][0] > 10_000
    assert (found["record"][0], found["end_record"][0]) == (6, 7)


def test_a_moored_ship_repeats_honestly() -> None:
    """At the quay every report is the same; rejecting them would invent a silence."""
    _, told = told_of(frame_of([(float(m), 120.0, 30.0, 0.1, 90.0) for m in range(0, 600, 3)]))
    assert (told.segment == 0).all()


def test_noise_is_told_from_tracks() -> None:
    """Speeds that receivers make up, reports heard twice, and coarse ones beside fine ones."""
    fixes = eastward(120.0, 30.0, range(0, 60, 5))
    fixes[3] = (*fixes[3][:3], 102.3, 90.0)
    fixes.append((fixes[5][0] + 0.1, *fixes[5][1:]))
    frame = frame_of(fixes).with_columns(
        msg_type=pl.when(pl.col("record") == 9).then(27).otherwise(1).cast(pl.UInt8)
    )
    _, told = told_of(frame)
    assert [REASONS[code] for code in told.reason if code] == [
        "sog-artefact", "repeat", "long-range-near-normal",
    ]  # fmt: skip


def test_unknown_course_is_no_reason_to_reject() -> None:
    """A fix whose course is unknown is still a fix."""
    fixes = [(m, x, y, s, float("nan")) for m, x, y, s, _ in eastward(120.0, 30.0, range(0, 60, 5))]
    frame = frame_of(fixes).with_columns(pl.col("cog_deg").fill_nan(None))
    assert (told_of(frame)[1].segment == 0).all()


def test_transponders_do_not_touch() -> None:
    """Segments count from 0 in each MMSI, and links never cross from one to another."""
    frame = pl.concat(
        [frame_of(eastward(x, 30.0, range(0, 60, 5)), mmsi=m) for m, x in ((1, 0.0), (2, 9.0))]
    )
    tracks, told = told_of(frame)
    assert told.found[:, :2].tolist() == [[0, 0], [1, 0]]
    assert predecessors(tracks, told)[12] == -1


def test_nothing_makes_nothing() -> None:
    """An empty bucket is a bucket."""
    frame = pl.DataFrame(schema=POSITIONS_FRAME)
    tracks, told = told_of(frame)
    assert segments_table(tracks, told).is_empty()
    assert two_tracks(tracks, told, frame).is_empty()
    assert jumps(tracks, told, frame).is_empty()


def test_agreement_counts_pairs() -> None:
    """An index that calls chance agreement would prove nothing."""
    one = pl.Series([0, 0, 1, 1])
    assert agreement(one, pl.Series(["a", "b", "a", "b"])) < 0.01
    assert agreement(one, one) == 1.0
