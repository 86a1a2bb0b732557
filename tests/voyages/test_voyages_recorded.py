"""Recorded ships: their legs are drawn where they were heard, and never over land."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from quaywatch.ais.events import event_ids
from quaywatch.ais.segments import segment
from quaywatch.ais.track import tracks_of
from quaywatch.geo.land import RoaringLand
from quaywatch.testing.bench.recorded import recorded
from quaywatch.testing.bench.voyages import world_port_index
from quaywatch.testing.hidden_sim import straight
from quaywatch.voyages.calls import calls_from_events
from quaywatch.voyages.gazetteer import gazetteer_of
from quaywatch.voyages.heard import track_of
from quaywatch.voyages.history import history_of
from quaywatch.voyages.legs import leg_features
from quaywatch.voyages.motion import motion_of
from quaywatch.voyages.port_calls import port_calls
from quaywatch.voyages.ports import anchorages, port_index
from quaywatch.voyages.spells import stationary_spells
from quaywatch.voyages.voyage_tables import calls_table, legs_table

pytestmark = pytest.mark.realdata


def test_recorded_ships_have_legs_over_water_and_ports_with_names(shared_data: Path) -> None:
    """From recorded positions to legs: no drawn line has its middle on land.

    The 24 hulls heard most; distances are great circles here, for speed.
    """
    positions = recorded(shared_data, "sbarc_2018")
    counts = positions["mmsi"].value_counts().sort("count", "mmsi", descending=True)
    some = counts["mmsi"].head(24)
    positions = positions.filter(pl.col("mmsi").is_in(some.implode()))
    tracks = tracks_of(positions)
    motion = motion_of(tracks, segment(tracks))
    spells = stationary_spells(motion)
    index = port_index(anchorages(spells, vessels=1, hours=0.5))
    events = port_calls(motion, spells, index)
    events = events.with_columns(event_ids(events))
    gazetteer = gazetteer_of(world_port_index(shared_data), source="WPI")
    land = RoaringLand()
    histories, drawn = [], 0
    for mmsi in events["mmsi"].unique().sort().to_list():
        mine = positions.filter(pl.col("mmsi") == mmsi)
        track = track_of(
            mine["at"].dt.epoch("us").to_numpy(), mine["lon"].to_numpy(), mine["lat"].to_numpy()
        )
        calls = calls_from_events(
            events.filter(pl.col("mmsi") == mmsi), gazetteer, vessel=f"mmsi:{mmsi:09d}"
        )
        history = history_of(f"mmsi:{mmsi:09d}", calls, straight, track=track)
        histories.append(history)
        for leg in history.legs[:2]:
            for feature in leg_features(leg, track, land=land):
                if feature["properties"]["kind"] != "heard":
                    continue
                for line in feature["geometry"]["coordinates"]:
                    points = np.array(line)
                    middles = (points[1:] + points[:-1]) / 2
                    assert not land.contains_many(*np.ascontiguousarray(middles.T)).any()
                    drawn += len(middles)

    legs, calls_found = legs_table(histories), calls_table(histories)
    assert drawn > 1000
    assert legs["water_nm"].null_count() == 0
    assert legs["speed_kn_least"].drop_nulls().max() < 40  # type: ignore[operator]  # a number
    assert set(calls_found["country"].drop_nulls()) <= {"US", "MX"}
    assert calls_found.filter(pl.col("name").is_null())["reason"].null_count() == 0
