"""Events in two times: a report of last month must read today as it read then."""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quaywatch.ais.events import as_events, event_ids
from quaywatch.errors import IngestSessionError, ObjectChangedError, RecordMissingError, TimeError
from quaywatch.evidence.record import Claim
from quaywatch.stores.workspace import Workspace

FIRST = datetime(2025, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def events_of(numbers: set[int]) -> pl.DataFrame:
    """One gap per number."""
    return as_events(
        pl.DataFrame(
            {
                "kind": ["gap"] * len(numbers),
                "mmsi": sorted(numbers),
                "start": [FIRST] * len(numbers),
                "statistic": [0.1 * number for number in sorted(numbers)],
            },
            schema_overrides={"mmsi": pl.UInt32(), "statistic": pl.Float64()},
        )
    )


def carry_out(workspace: Workspace, numbers: set[int], known_at: datetime) -> Claim:
    """One pass that finds these."""
    with workspace.events.session() as session:
        session.add(events_of(numbers))
        return session.commit(inputs=(), parameters={"gap_h": 6.0}, known_at=known_at)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """An empty one."""
    with Workspace.create(tmp_path / "w") as made:
        yield made


@settings(max_examples=15)
@given(passes=st.lists(st.sets(st.integers(1, 6)), min_size=1, max_size=5))
def test_what_was_known_then_is_what_that_pass_found(passes: list[set[int]]) -> None:
    """Late AIS adds versions; if one replaced another, yesterday's report could not be redone."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Workspace.create(Path(folder) / "w") as workspace,
    ):
        for day, found in enumerate(passes):
            carry_out(workspace, found, FIRST + day * DAY)
        assert workspace.events.known(as_of=FIRST - DAY).is_empty()
        for day, found in enumerate(passes):
            then = workspace.events.known(as_of=FIRST + day * DAY)
            assert set(then["mmsi"]) == found
        history = workspace.events.history()
        for day, found in enumerate(passes):
            at = FIRST + day * DAY
            held = history.filter(
                (pl.col("known_at") <= at)
                & (pl.col("known_until").is_null() | (pl.col("known_until") > at))
            )
            assert sorted(held["mmsi"]) == sorted(found)
        assert not list(workspace.auditor.problems())


def test_a_pass_that_breaks_leaves_nothing(workspace: Workspace) -> None:
    """Half a pass would end events that still hold."""
    carry_out(workspace, {1, 2}, FIRST)
    before = sorted(workspace.lake.root.rglob("*.parquet"))
    with workspace.events.session() as session:
        session.add(events_of({3}))
    assert sorted(workspace.lake.root.rglob("*.parquet")) == before
    assert set(workspace.events.known()["mmsi"]) == {1, 2}
    with pytest.raises(IngestSessionError):
        session.add(events_of({3}))


def test_a_changed_byte_in_an_event_is_found(workspace: Workspace) -> None:
    """An event is evidence as a report is; it must not be edited unseen."""
    carry_out(workspace, {1}, FIRST)
    (file,) = (workspace.lake.root / "events").glob("*.parquet")
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    assert ObjectChangedError in {type(problem) for problem in workspace.auditor.problems()}


def test_the_claim_says_what_changed(workspace: Workspace) -> None:
    """A reader must see that a pass ended events without opening a Parquet file."""
    carry_out(workspace, {1, 2}, FIRST)
    value = carry_out(workspace, {2, 3}, FIRST + DAY).value
    assert isinstance(value, dict)
    assert (value["added"], value["ended"], value["events"]) == (1, 1, 2)
    assert value["kinds"] == {"gap": 2}


def test_asking_for_what_is_not_there(workspace: Workspace) -> None:
    """A wrong id or a time without a zone is said, not answered with nothing."""
    carry_out(workspace, {1}, FIRST)
    one = event_ids(events_of({1}))[0]
    assert workspace.events.event(one)["mmsi"] == 1
    with pytest.raises(RecordMissingError):
        workspace.events.event("event:0")
    with pytest.raises(TimeError):
        workspace.events.known(as_of=datetime(2025, 3, 1))  # noqa: DTZ001  # the point of the test
