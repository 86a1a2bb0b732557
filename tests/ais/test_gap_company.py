"""Whether others fall silent at the same place: what the edge of a receiver's reach must not do."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from quaywatch.ais.events import EVENTS_FRAME, as_events
from quaywatch.ais.gap_company import ENDS_FRAME, ends_under_way, with_company
from quaywatch.ais.gaps import gaps
from quaywatch.ais.reception import Reception, reception_counts
from quaywatch.ais.schema import POSITIONS_FRAME, conform
from quaywatch.ais.track import tracks_of

START = datetime(2025, 3, 1, tzinfo=UTC)
EDGE_LON = 10.30
"""Nothing is heard east of it: in the middle of a cell of half a degree."""


def gap_event(verdict: str, lon: float, end_lon: float, lat: float = 50.0) -> pl.DataFrame:
    """One gap."""
    row = {"kind": "gap", "mmsi": 1, "verdict": verdict, "lon": lon, "lat": lat}
    return as_events(pl.DataFrame([{**row, "end_lon": end_lon, "end_lat": lat}]))


def ends(*mmsi: int, lon: float, lat: float = 50.0) -> pl.DataFrame:
    """Ends of others at one place."""
    rows = [{"mmsi": m, "lon": lon, "lat": lat} for m in mmsi]
    return pl.DataFrame(rows, schema=ENDS_FRAME)


@pytest.mark.parametrize("lon", [10.0, 179.999, -179.999])
@pytest.mark.parametrize("end", ["first", "last"])
def test_company_at_either_end_takes_the_word_away(lon: float, end: str) -> None:
    """An edge met on leaving or on coming back excuses alike, on the antimeridian too."""
    gap = gap_event("significant", lon, 0.0) if end == "first" else gap_event("significant", 0, lon)
    near = (lon + 0.01 + 180) % 360 - 180

    told = with_company(gap, ends(2, 3, 4, 5, 6, lon=near))

    assert told["verdict"].to_list() == ["unusual"]
    assert told["reason"][0].startswith("5 other ships under way fell silent")


def test_one_ship_that_comes_and_goes_is_no_company() -> None:
    """Her own ends, and one other's many, say nothing of reception."""
    alone = ends(1, 1, 1, 1, 1, 2, 2, 2, 2, 2, lon=10.0)

    assert with_company(gap_event("significant", 10.0, 11.0), alone)["verdict"][0] == "significant"


def test_other_words_and_rows_stay_as_they_are() -> None:
    """The rule takes away; it never adds, and an empty table is no error."""
    kept = pl.concat([gap_event("unusual", 10.0, 10.0), gap_event("not-informative", 10.0, 10.0)])
    crowd = ends(2, 3, 4, 5, 6, 7, lon=10.0)

    assert with_company(kept, crowd).equals(kept)
    assert with_company(pl.DataFrame(schema=EVENTS_FRAME), crowd).height == 0
    assert with_company(kept, pl.DataFrame(schema=ENDS_FRAME)).equals(kept)


def shuttle(mmsi: int, rng: np.random.Generator, *, hours: float, edge: bool) -> pl.DataFrame:
    """A ship between 10.05 and 10.45 E at 8 kn, reporting each two minutes where she is heard."""
    h = np.arange(0.0, hours, 1 / 30) + rng.uniform(0, 1 / 30)
    way = (rng.uniform(0, 1) + h * 8.0 / 60 / 0.64 / 0.8) % 1.0
    lon = 10.05 + 0.40 * np.abs(2 * way - 1.0)
    heard = lon < EDGE_LON if edge else np.ones(len(h), bool)
    return pl.DataFrame(
        {
            "mmsi": np.full(len(h), mmsi), "lon": lon, "lat": np.full(len(h), 50.2),
            "at": [START + timedelta(hours=float(x)) for x in h],
            "sog_kn": np.full(len(h), 8.0), "nav_status": np.zeros(len(h), np.uint8),
            "msg_type": np.ones(len(h), np.uint8), "transponder": ["A"] * len(h),
        },
        schema_overrides={"mmsi": pl.UInt32(), "at": pl.Datetime("us", "UTC")},
    ).filter(pl.Series(heard))  # fmt: skip


def test_the_ends_of_ships_at_rest_are_no_company() -> None:
    """Transponders lose power at a quay: that must not excuse a ship which goes silent off it."""
    rng = np.random.default_rng(3)
    frame = conform(shuttle(7, rng, hours=30.0, edge=True), POSITIONS_FRAME).sort("mmsi", "at")
    still = frame.with_columns(sog_kn=pl.lit(0.1, pl.Float32))

    assert ends_under_way(tracks_of(frame), None)["mmsi"].to_list()[:1] == [7]
    assert ends_under_way(tracks_of(still), None).is_empty()


def test_beyond_the_edge_of_a_receiver_nobody_is_significant() -> None:
    """A cell half of which is deaf: a longer stay in that half must not make a ship suspect."""
    rng = np.random.default_rng(5)
    fleet = [shuttle(100 + k, rng, hours=48.0, edge=True) for k in range(30)]
    long = fleet[0].filter(
        ~pl.col("at").is_between(START + timedelta(hours=12), START + timedelta(hours=26))
    )
    frame = conform(pl.concat([long, *fleet[1:]]), POSITIONS_FRAME).sort("mmsi", "at")
    tracks = tracks_of(frame)
    found = gaps(tracks, None, Reception.of(reception_counts(tracks)))
    found = found.with_columns(verdict=pl.lit("significant"))  # whatever reception says of it

    told = with_company(found, ends_under_way(tracks, None))

    off_edge = (pl.col("lon") > EDGE_LON - 0.03) | (pl.col("end_lon") > EDGE_LON - 0.03)
    at_edge = told.filter(off_edge)
    assert at_edge.height >= 1
    assert set(at_edge["verdict"]) == {"unusual"}
