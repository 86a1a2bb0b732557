"""Sorting, merging and comparing a source's rows, against the plain way of saying it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quaywatch.ais.schema import POSITIONS_FRAME, STATICS_FRAME, conform
from quaywatch.stores import bucket_files, chunks
from quaywatch.stores.partition import message_columns
from quaywatch.stores.workspace import Workspace
from quaywatch.testing.contracts_given import (
    EMPTY,
    NOON,
    a_source,
    bring_in,
)

COUNT = iter(range(10**6))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the workspaces of this module go."""
    return tmp_path_factory.mktemp("merging")


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small enough that a few rows make several pieces, row groups and threads."""
    monkeypatch.setattr(bucket_files, "MERGE_ROWS", 3)
    monkeypatch.setattr(bucket_files, "ROW_GROUP_ROWS", 4)
    monkeypatch.setattr("quaywatch.stores.ingest._PARALLEL_ROWS", 5)


@st.composite
def positions(draw: st.DrawFn) -> pl.DataFrame:
    """Few ships, few instants in several months, few values: many equals and near-equals."""
    n = draw(st.integers(1, 40))
    rows = [
        {
            "mmsi": draw(st.sampled_from([1, 2, 3, 999_999_999])),
            "at": draw(st.sampled_from([None, *(NOON + timedelta(days=20 * d) for d in range(3))])),
            "lon": draw(st.sampled_from([None, 0.0, -0.0, 1.5])),
            "nav_status": draw(st.sampled_from([None, 0, 5])),
            "transponder": draw(st.sampled_from([None, "A", "B"])),
            "station": draw(st.sampled_from([None, "x", "y"])),
            "record": number + 1,
        }
        for number in range(n)
    ]
    return conform(pl.DataFrame(rows, infer_schema_length=None), POSITIONS_FRAME)


def expected(sources: list[pl.DataFrame]) -> pl.DataFrame:
    """What a lake should hold: the first of each set of equal messages, and all undated rows."""
    rows = pl.concat(
        [
            frame.with_columns(
                source_id=pl.lit(a_source(number).id),
                # Adding zero, polars would leave -0.0 as it is.
                lon=pl.when(pl.col("lon") == 0).then(0.0).otherwise("lon"),
            )
            for number, frame in enumerate(sources)
        ]
    )
    dated = rows.filter(pl.col("at").is_not_null())
    dated = dated.unique(message_columns("positions"), keep="first", maintain_order=True)
    whole = pl.concat([dated, rows.filter(pl.col("at").is_null())])
    return whole.sort("mmsi", "at", "source_id", "record")


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sources=st.lists(positions(), min_size=1, max_size=3), spill=st.sampled_from([1, 7, 1000]))
def test_the_lake_holds_each_message_once(
    root: Path, sources: list[pl.DataFrame], spill: int
) -> None:
    """A message kept twice doubles a rate; one lost invents a gap; however it was cut up."""
    with Workspace.create(root / str(next(COUNT))) as workspace:
        lake = workspace.lake
        for number, frame in enumerate(sources):
            result = bring_in(lake, a_source(number), frame, step=5, spill_rows=spill)
            assert result.records == frame.height
            assert result.kept + result.duplicates == frame.height
        held = lake.positions().collect().sort("mmsi", "at", "source_id", "record")
        assert held.equals(expected(sources))
        assert lake.count()["positions"] == held.height
        passed = list(lake.tracks(rows_at_a_time=4))
        assert pl.concat(passed).sort("mmsi", maintain_order=True).equals(held)
        ships = [frame["mmsi"].unique().to_list() for frame in passed]
        assert sum(map(len, ships)) == held["mmsi"].n_unique()
        workspace.verify()


def test_a_clock_that_stands_still_is_compared_all_the_same(root: Path) -> None:
    """Hundreds of different messages at one instant, each sent twice, in two sources."""
    n = 300
    rows = conform(
        pl.DataFrame(
            {
                "mmsi": [7] * 2 * n, "at": [NOON] * 2 * n, "record": range(1, 2 * n + 1),
                "lon": [i / n for i in range(n)] * 2,
            }
        ),
        POSITIONS_FRAME,
    )  # fmt: skip
    with Workspace.create(root / str(next(COUNT))) as workspace:
        first = bring_in(workspace.lake, a_source(1), rows)
        assert (first.kept, first.duplicates) == (n, n)
        more = rows.with_columns(lon=pl.when(pl.col("record") == 1).then(-1.0).otherwise("lon"))
        second = bring_in(workspace.lake, a_source(2), more)
        assert (second.kept, second.duplicates) == (1, 2 * n - 1)


@pytest.fixture
def workspace(root: Path) -> Iterator[Workspace]:
    """A lake of three ships, two of which say who they are."""
    with Workspace.create(root / str(next(COUNT))) as made:
        n = 60
        rows = pl.DataFrame(
            {
                "mmsi": [10 + i % 3 for i in range(n)],
                "at": [NOON + timedelta(hours=i) for i in range(n)],
                "record": range(1, n + 1),
            }
        )
        said = pl.DataFrame(
            {
                "mmsi": [11, 10, 10, 99], "at": [NOON, NOON + timedelta(1), NOON, NOON],
                "name": list("ABCD"), "record": [1, 2, 3, 4],
            }
        )  # fmt: skip
        statics = conform(said, STATICS_FRAME)
        bring_in(made.lake, a_source(1), conform(rows, POSITIONS_FRAME), statics)
        yield made


@pytest.mark.parametrize("size", [1, 25, 10**6])
def test_a_pass_gives_each_ship_once_with_what_it_said(workspace: Workspace, size: int) -> None:
    """A ship split over two pieces would have a gap between them that is ours."""
    seen: list[int] = []
    for positions, statics in workspace.lake.passes(rows_at_a_time=size):
        ships = positions["mmsi"].unique().to_list()
        assert not set(ships) & set(seen)
        seen += ships
        assert positions.equals(positions.sort("mmsi", "at"))
        assert set(statics["mmsi"]) <= set(ships)
        assert statics.equals(statics.sort("mmsi", "at"))
        names = {10: ["C", "B"], 11: ["A"]}
        for ship in ships:
            assert statics.filter(pl.col("mmsi") == ship)["name"].to_list() == names.get(ship, [])
    assert sorted(seen) == [10, 11, 12]


def test_pieces_are_no_larger_than_asked(workspace: Workspace) -> None:
    """Memory is bounded by the piece, not by the lake."""
    sizes = [frame.height for frame in workspace.lake.tracks(rows_at_a_time=20)]
    assert sizes == [20, 20, 20]
    files = list((workspace.root / "store" / "lake").rglob("positions/**/*.parquet"))
    assert chunks.edges(files, 10**6) == [0, 2**32]


def test_the_files_of_a_source_are_the_same_bytes_again(root: Path) -> None:
    """The ledger seals the files' hashes: the same input must give the same seal."""
    hashes = []
    for _ in range(2):
        with Workspace.create(root / str(next(COUNT))) as made:
            start = datetime(2024, 1, 1, tzinfo=UTC)
            rows = pl.DataFrame(
                {
                    "mmsi": [i % 7 + 1 for i in range(500)],
                    "name": [f"SHIP {i % 50}" for i in range(500)],
                    "at": [start + timedelta(hours=i) for i in range(500)],
                    "record": range(1, 501),
                }
            )
            bring_in(made.lake, a_source(1), EMPTY.positions, conform(rows, STATICS_FRAME))
            hashes.append(made.evidence.head()[1])
    assert hashes[0] == hashes[1]
