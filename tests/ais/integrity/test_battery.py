"""The battery: what honest ships must never be told, and what false tracks must."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from quaywatch.ais.events import EVENTS_FRAME
from quaywatch.ais.integrity import battery, measure, scores
from quaywatch.ais.integrity.examples import steady
from quaywatch.ais.integrity.single import TESTS
from quaywatch.ais.read import read_ais
from quaywatch.ais.segments import segment
from quaywatch.ais.track import Tracks, tracks_of
from quaywatch.evidence.likelihood import GROUP_CAP, Group

Sea = Callable[..., Tracks]


def judged(tracks: Tracks) -> pl.DataFrame:
    """Events of all the tests that need no mask and no stations."""
    return battery(measure(tracks, segment(tracks)))


def tells(events: pl.DataFrame) -> pl.DataFrame:
    """What is held against someone."""
    return events.filter((pl.col("verdict") == "tell") & (pl.col("test") != "combined"))


@pytest.fixture(scope="module")
def honest(sea: Sea) -> pl.DataFrame:
    """Events of honest ships."""
    return judged(sea())


def test_honest_ships_are_told_nothing(honest: pl.DataFrame) -> None:
    """A false accusation is the worst that this program can do."""
    assert tells(honest).is_empty()


def test_every_row_is_an_event_that_says_whether_it_was_judged(honest: pl.DataFrame) -> None:
    """A test that was not run must never look like one that was passed."""
    assert dict(honest.schema) == EVENTS_FRAME
    not_run = honest.filter(~pl.col("applicable"))
    assert not_run["reason"].null_count() == 0
    assert not_run["p"].null_count() == not_run["verdict"].null_count() == not_run.height
    receiver = honest.filter(pl.col("test") == "receiver")
    assert set(receiver["reason"]) == {
        "Receiver identity is not in this file: receiver test not run."
    }


def test_no_p_is_smaller_than_the_ships_allow(honest: pl.DataFrame) -> None:
    """With 24 others nothing can be rarer than 1 in 25, whatever the numbers look like."""
    assert (honest["p"] * (honest["n"] + 1)).min() == pytest.approx(1.0)


def test_ais_alone_never_exceeds_its_cap_or_likely(sea: Sea) -> None:
    """Words above 'likely' need a sensor that is not the ship's own transponder."""
    events = judged(sea(steady(mmsi=9, hours=12, every_s=60, lat=40.0), count=130))

    assert events["log_lr"].max() <= GROUP_CAP[Group.AIS_INTEGRITY]  # type: ignore[operator]  # it has numbers
    words = {
        json.loads(detail)["word"]
        for detail in events.filter(pl.col("test") == "combined")["detail"]
    }
    assert not words & {"very likely", "almost certain"}


def test_the_innocent_explanation_is_of_a_tell(sea: Sea) -> None:
    """What explains another result explains nothing of what a ship is told of."""
    events = judged(sea(steady(mmsi=9, hours=12, every_s=60, lat=40.0), count=130))
    innocent = {test.name: test.innocent for test in TESTS}
    found = events.filter((pl.col("test") == "combined") & (pl.col("verdict") == "tell"))

    assert found.height
    for detail in map(json.loads, found["detail"]):
        assert detail["innocent"] in {innocent[tell] for tell in detail["tells"]}


def test_a_ruler_is_told_from_a_ship(sea: Sea) -> None:
    """A constant speed on a straight line is what a naive simulator writes."""
    events = judged(sea(steady(mmsi=9, hours=12, every_s=60, lat=40.0), count=130))
    found = tells(events)

    assert set(found["mmsi"]) == {9}
    assert {"smoothness", "speed-constant"} <= set(found["test"])
    smooth = found.filter(pl.col("test") == "smoothness").row(0, named=True)
    message = json.loads(smooth["detail"])["message"]
    assert message == (
        f"Track is unusually smooth (p = {smooth['p']:.2g} among {smooth['n']} class A ships like "
        "it). This alone cannot show falsification."
    )


def test_when_and_where_east_does_not_matter(sea: Sea, later: Sea) -> None:
    """A track over the antimeridian, or on another day, is the same track."""
    here = sea(steady(mmsi=9, hours=12, every_s=60, lat=40.0))
    there = later(here, seconds=40_000.0, east_deg=170.0)

    a, b = (scores(measure(tracks, segment(tracks))) for tracks in (here, there))

    assert a["mmsi"].to_list() == b["mmsi"].to_list()
    names = [name for name in a.columns if name not in {"start", "end", "same-second"}]
    for name in names:
        both = zip(a[name].to_list(), b[name].to_list(), strict=True)
        assert all(x == pytest.approx(y, abs=0.02) for x, y in both), name


def test_the_numbers_of_ships_do_not_matter(sea: Sea, all_of: Sea, later: Sea) -> None:
    """Judged in another order of MMSI, every ship is judged the same."""
    tracks = sea()
    parts = [
        Tracks(**{
            name: getattr(tracks, name)[low:high] if name != "starts" else np.array([0, high - low])
            for name in Tracks.__slots__
        })
        for low, high in zip(tracks.starts[:-1], tracks.starts[1:], strict=True)
    ]  # fmt: skip
    turned = all_of([later(one, mmsi=999 - int(one.mmsi[0])) for one in parts])

    a = scores(measure(tracks, segment(tracks))).sort("mmsi")
    b = scores(measure(turned, segment(turned))).sort("mmsi", descending=True)

    assert a["combined"].to_list() == pytest.approx(b["combined"].to_list())


def test_a_moored_ship_and_one_that_swings_draw_no_circle(sea: Sea, put: Sea) -> None:
    """Ships at anchor swing on an arc for days; nobody spoofs them."""
    seconds = np.arange(0.0, 86_400.0, 60.0)
    angle = 2.0 * np.sin(2 * np.pi * seconds / 22_000.0)
    still = np.zeros(len(seconds))
    noise = np.random.default_rng(1).normal(0, 3.0, (2, len(seconds)))
    swinging = put(
        seconds, 300 * np.sin(angle) + noise[0], 300 * np.cos(angle) + noise[1],
        mmsi=7, lon=5.0, lat=40.0, sog_kn=still, cog_deg=still,
    )  # fmt: skip
    moored = put(
        seconds, noise[0], noise[1], mmsi=8, lon=5.1, lat=40.0, sog_kn=still, cog_deg=still
    )
    tracks = sea(swinging, moored)

    assert measure(tracks, segment(tracks)).circles.is_empty()
    assert tells(judged(tracks)).is_empty()


@pytest.mark.realdata
def test_recorded_ships_are_left_alone(shared_data: Path) -> None:
    """Five days off California hold one number that two hulls use, and nothing else to tell."""
    files = sorted((shared_data / "ais" / "sbarc_2018").glob("*.gz"))
    frame = pl.concat(
        batch.positions for path in files for batch in read_ais(path, source_id=path.name)
    )
    events = judged(tracks_of(frame.sort("mmsi", "at", "record")))
    found = tells(events)

    assert set(found["test"]) <= {"jump"}
    assert found["mmsi"].n_unique() <= 1
