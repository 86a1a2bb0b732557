"""On recorded traffic: ships that people can look up, where they were seen to go."""

from pathlib import Path

import polars as pl
import pytest
import shapely

from quaywatch.ais.read import read_ais
from quaywatch.ais.segments import segment
from quaywatch.ais.track import tracks_of
from quaywatch.voyages.areas import Area
from quaywatch.voyages.bucket import BucketVoyages, bucket_voyages
from quaywatch.voyages.encounters import encounters
from quaywatch.voyages.ports import PortIndex, port_index

pytestmark = pytest.mark.realdata

PORTS = pl.DataFrame(
    {
        "port": ["ventura", "scorpion", "hueneme", "long-beach", "san-diego", "santa-barbara"],
        "lon": [-119.264, -119.555, -119.206, -118.21, -117.16, -119.692],
        "lat": [34.243, 34.050, 34.149, 33.745, 32.70, 34.404],
        "radius_km": [0.0, 0.0, 1.0, 6.0, 6.0, 0.0],
    }
)
ISLANDER = 366813530


@pytest.fixture(scope="module")
def index() -> PortIndex:
    """A few ports of Southern California."""
    return port_index(PORTS)


@pytest.fixture(scope="module")
def statics(shared_data: Path) -> pl.DataFrame:
    """Names and types, sent inline."""
    paths = sorted((shared_data / "ais" / "sbarc_2018").glob("*.csv.gz"))
    return pl.concat([b.statics for p in paths for b in read_ais(p, source_id=p.name)])


@pytest.fixture(scope="module")
def found(shared_data: Path, index: PortIndex) -> BucketVoyages:
    """Five days off Southern California in June 2018."""
    paths = sorted((shared_data / "ais" / "sbarc_2018").glob("*.csv.gz"))
    frames = [b.positions for p in paths for b in read_ais(p, source_id=p.name)]
    positions = pl.concat(frames).sort("mmsi", "at", maintain_order=True)
    tracks = tracks_of(positions)
    return bucket_voyages(tracks, segment(tracks), ports=index, positions=positions)


def test_the_ferry_to_santa_cruz_island_calls_at_both_ends(found: BucketVoyages) -> None:
    """She sails from Ventura to Scorpion Anchorage and back, every day."""
    calls = found.events.filter(
        pl.col("kind") == "port-call", pl.col("mmsi") == ISLANDER, pl.col("verdict") != "passed"
    ).with_columns(port=pl.col("detail").str.json_path_match("$.port"))

    assert set(calls["port"]) == {"ventura", "scorpion"}
    assert calls.filter(pl.col("port") == "ventura").height >= 5
    assert calls["source_id"].null_count() == 0
    nights = calls.filter((pl.col("port") == "ventura") & (pl.col("statistic") > 12))
    crossed = nights.filter(pl.col("start").dt.date() != pl.col("end").dt.date())
    assert crossed.height == 1


def test_the_only_meetings_at_sea_are_tankers_that_lighter(
    found: BucketVoyages, index: PortIndex, statics: pl.DataFrame
) -> None:
    """Pairs off the ports, below 2 kn, for two hours: all are tankers."""
    met = encounters(found.slow, ports=index, ships=statics)

    assert met.height == 2
    types = met["detail"].str.json_path_match("$.ship_type").cast(pl.Int64)
    assert types.is_between(80, 89).all()
    assert set(met["verdict"]) == {"met"}


def test_nothing_in_a_harbour_passes_for_lightering(
    found: BucketVoyages, index: PortIndex, statics: pl.DataFrame
) -> None:
    """With the whole coast listed, everything near a quay must be explained by something."""
    coast = [Area("coast", shapely.box(-125, 30, -115, 36))]

    near = encounters(found.slow, ports=index, areas=coast, ships=statics)
    side = near.filter((pl.col("test") == "lightering") & (pl.col("verdict") == "met"))

    assert side.height >= 2
    assert side["detail"].str.json_path_match("$.off_anchorage").to_list() == ["true"] * side.height
