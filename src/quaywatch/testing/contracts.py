"""What every store must do, as tests that any backend can subclass.

Subclass in a test module of your own and provide the fixtures; pytest then collects the rest::

    class TestMyEvidence(EvidenceStoreContract):
        @pytest.fixture
        def store(self): ...
        @pytest.fixture
        def reopen(self, store): ...      # a callable: the same store, as another process sees it

Nothing here imports a test framework, so shipping it costs nobody a dependency.
"""

from collections.abc import Callable
from datetime import timedelta

import polars as pl

from quaywatch.ais.schema import POSITIONS_FRAME, REJECTS_FRAME, STATICS_FRAME
from quaywatch.errors import (
    LakeSchemaError,
    ObjectMissingError,
    RecordContentError,
    RecordMissingError,
    TimeError,
)
from quaywatch.evidence.ledger import EvidenceStore, verify_chain
from quaywatch.evidence.record import Observation
from quaywatch.testing.contracts_given import (
    EMPTY,
    NOON,
    AisLake,
    a_source,
    an_observation,
    bring_in,
    bring_in_nothing,
    refused,
    some_positions,
    some_records,
    some_rejects,
    some_statics,
)


class EvidenceStoreContract:
    """Fixtures: ``store`` (empty), ``reopen`` (returns the store as another process sees it)."""

    def test_a_record_comes_back_as_it_went_in(self, store: EvidenceStore) -> None:
        """A record changed by storage would be another record under the old name."""
        records = some_records()
        assert store.append(records, known_at=NOON) == len(records)
        for record in records:
            assert store.get(record.id) == record
            assert store.get(record.id).id == record.id

    def test_saying_it_twice_says_it_once(self, store: EvidenceStore) -> None:
        """Running a command again must not double the evidence."""
        first, second = an_observation(1), an_observation(2)
        assert store.append([first, first], known_at=NOON) == 1
        assert store.append([first, second], known_at=NOON + timedelta(days=1)) == 1
        assert store.append([], known_at=NOON) == 0
        assert [entry.record_id for entry in store.entries()] == [first.id, second.id]
        assert [entry.known_at for entry in store.entries()] == [NOON, NOON + timedelta(days=1)]

    def test_the_same_bytes_are_one_source(self, store: EvidenceStore) -> None:
        """The first description of the bytes stands; a later one is no second source."""
        store.append([a_source()], known_at=NOON)
        assert store.append([a_source(name="renamed.csv")], known_at=NOON) == 0
        assert store.get(a_source().id) == a_source()

    def test_what_is_not_there_is_said(self, store: EvidenceStore) -> None:
        """An absent record must never look like an empty one."""
        with refused(RecordMissingError):
            store.get("claim:" + "0" * 64)
        assert list(store.find("claim")) == []
        assert list(store.entries()) == []

    def test_find_keeps_ledger_order_and_its_filters(self, store: EvidenceStore) -> None:
        """Findings list their evidence in the order in which it was learned."""
        ours = [an_observation(n) for n in (5, 1, 3)]
        other = an_observation(9, subject="mmsi:273000000")
        store.append([ours[0], *some_records(), other, *ours[1:]], known_at=NOON)
        found = list(store.find("observation", subject="mmsi:445123000"))
        assert found == [ours[0], an_observation(), *ours[1:]]
        assert list(store.find("observation", subject=other.subject)) == [other]
        assert [r.kind for r in store.find("claim", predicate="required-speed")] == ["claim"]
        assert list(store.find("claim", subject="imo:1059149", predicate="cargo")) == []
        assert len(list(store.find("observation", predicate="ais-position"))) == 5
        assert list(store.find("source", predicate="ais")) == [a_source()]

    def test_many_records_come_back_whole_and_in_order(self, store: EvidenceStore) -> None:
        """Reading in pages must neither skip nor repeat a record."""
        records = [an_observation(n) for n in range(1203)]
        assert store.append(records, known_at=NOON) == len(records)
        assert list(store.find("observation")) == records
        assert [entry.seq for entry in store.entries()] == list(range(1, 1204))

    def test_the_ledger_hashes_to_itself(self, store: EvidenceStore) -> None:
        """The chain is what makes a change detectable."""
        store.append(some_records(), known_at=NOON)
        store.append([an_observation(7)], known_at=NOON)
        entries = list(store.entries())
        assert verify_chain(entries) == entries[-1].hash

    def test_all_or_none(self, store: EvidenceStore) -> None:
        """Half a batch would be a finding without its evidence."""
        unwritable = Observation(source_id="s", what="w", subject="x", locator="\ud800")
        with refused(RecordContentError):
            store.append([an_observation(), unwritable], known_at=NOON)
        with refused(TimeError):
            store.append([an_observation()], known_at=NOON.replace(tzinfo=None))
        assert list(store.entries()) == []

    def test_what_was_acknowledged_is_there_for_others(
        self, store: EvidenceStore, reopen: Callable[[], EvidenceStore]
    ) -> None:
        """Acknowledged means kept, not remembered by this object."""
        store.append(some_records(), known_at=NOON)
        sha256 = store.put_object(b"coal")
        again = reopen()
        assert list(again.entries()) == list(store.entries())
        assert again.read_object(sha256) == b"coal"

    def test_bytes_come_back_by_their_hash(self, store: EvidenceStore) -> None:
        """Every source is read again from here when a case is verified."""
        for data in (b"", b"coal", bytes(range(256)) * 999):
            sha256 = store.put_object(data)
            assert store.put_object(data) == sha256
            assert store.read_object(sha256) == data
        with refused(ObjectMissingError):
            store.read_object("0" * 64)


class AisLakeContract:
    """Fixtures: ``lake`` (empty), ``reopen_lake`` (the lake as another process sees it)."""

    def test_an_empty_lake_has_its_columns(self, lake: AisLake) -> None:
        """No data must be an empty table: an error, or missing columns, would read as dark."""
        assert lake.positions().collect().schema == pl.Schema(POSITIONS_FRAME)
        assert lake.positions(445123000, NOON).collect().is_empty()
        assert lake.statics().collect().schema == pl.Schema(STATICS_FRAME)
        assert lake.rejects().collect().schema == pl.Schema(REJECTS_FRAME)
        assert lake.vessels().is_empty()
        assert lake.count() == {"positions": 0, "statics": 0, "rejects": 0}

    def test_rows_come_back_as_they_went_in(
        self, lake: AisLake, reopen_lake: Callable[[], AisLake]
    ) -> None:
        """Nulls stay null and numbers keep their bits, or nothing recomputes."""
        source = a_source()
        result = bring_in(
            lake,
            source,
            some_positions(),
            some_statics(7),
            some_rejects("checksum", "checksum", "no-time", first=8),
        )
        assert (result.records, result.kept, result.duplicates) == (10, 7, 0)
        assert result.rejected == {"checksum": 2, "no-time": 1}
        again = reopen_lake()
        owned = pl.lit(source.id).alias("source_id")
        stored = again.positions().collect().sort("record")
        assert stored.equals(some_positions().with_columns(owned))
        assert again.statics().collect().equals(some_statics(7).with_columns(owned))
        rejects = again.rejects(source.id).collect()
        assert rejects["raw"].to_list() == ["raw 0", "raw 1", "raw 2"]
        assert again.count() == {"positions": 6, "statics": 1, "rejects": 3}

    def test_nothing_is_visible_before_commit(self, lake: AisLake) -> None:
        """A source half in would show ships vanishing where the file was cut."""
        with lake.ingest(a_source(), spill_rows=1) as session:
            session.add(some_positions(), EMPTY.statics, EMPTY.rejects, records=6)
            assert lake.positions().collect().is_empty()
        assert lake.positions().collect().is_empty()
        assert lake.count()["positions"] == 0
        assert bring_in(lake, a_source(), some_positions()).kept == 6

    def test_an_error_inside_leaves_nothing(self, lake: AisLake) -> None:
        """A bad file never half-lands."""
        with refused(LakeSchemaError), lake.ingest(a_source(), spill_rows=1) as session:
            session.add(some_positions(), EMPTY.statics, EMPTY.rejects, records=6)
            session.add(pl.DataFrame({"speed": [1.0]}), EMPTY.statics, EMPTY.rejects, records=1)
        assert lake.count()["positions"] == 0
        assert not bring_in(lake, a_source(), some_positions()).already

    def test_the_same_source_twice_adds_nothing(self, lake: AisLake) -> None:
        """Running a command again must not double the traffic."""
        first = bring_in(lake, a_source(), some_positions(), rejects=some_rejects("x", first=7))
        with lake.ingest(a_source()) as session:
            assert session.already
            second = session.commit(known_at=NOON + timedelta(days=1))
        assert second.already
        assert not first.already
        assert (second.records, second.kept, second.rejected) == (7, 6, {"x": 1})
        assert lake.count() == {"positions": 6, "statics": 0, "rejects": 1}

    def test_a_source_without_rows_is_remembered(self, lake: AisLake) -> None:
        """Otherwise an empty file would be read for ever."""
        bring_in(lake, a_source())
        assert bring_in_nothing(lake, a_source()).already

    def test_a_message_heard_twice_is_kept_once(self, lake: AisLake) -> None:
        """Doubled reports would double message rates, and so hide or invent gaps."""
        twice = pl.concat([some_positions(), some_positions().with_columns(station=pl.lit("B"))])
        twice = twice.with_columns(pl.int_range(1, 13, dtype=pl.UInt64).alias("record"))
        for number, spill_rows in enumerate((1000, 1)):
            first = 100 * number
            shifted = twice.with_columns(pl.col("at") + timedelta(hours=first))
            result = bring_in(lake, a_source(number), shifted, step=2, spill_rows=spill_rows)
            assert (result.records, result.kept, result.duplicates) == (12, 6, 6)
        later = bring_in(lake, a_source(2), some_positions(7))
        # One more row, and the sixth now has a position, so it is another message.
        assert (later.kept, later.duplicates) == (2, 5)
        assert lake.positions().collect()["station"].null_count() == 14

    def test_a_report_without_a_time_is_never_a_duplicate(self, lake: AisLake) -> None:
        """Whether two undated reports are one cannot be known, so both stay."""
        undated = some_positions(1).with_columns(pl.lit(None, pl.Datetime("us", "UTC")).alias("at"))
        result = bring_in(lake, a_source(), pl.concat([undated, undated]))
        assert lake.positions().collect().height == 2
        assert result.positions == 2
        assert lake.positions(start=NOON - timedelta(days=9999)).collect().is_empty()

    def test_how_it_is_cut_changes_nothing(self, lake: AisLake) -> None:
        """What is stored depends on the file, not on the size of our batches."""
        spread = pl.concat([some_positions(9), some_positions(9, first=4)])
        spread = spread.with_columns(pl.int_range(1, 19, dtype=pl.UInt64).alias("record"))
        seen = []
        for number, (step, spill_rows) in enumerate(((18, 1000), (1, 1), (5, 7))):
            moved = spread.with_columns(pl.col("mmsi") + 1000 * number)
            result = bring_in(lake, a_source(number), moved, step=step, spill_rows=spill_rows)
            rows = lake.positions().filter(pl.col("source_id") == a_source(number).id).collect()
            seen.append((result.kept, result.duplicates, sorted(rows["record"].to_list())))
        assert seen[0] == seen[1] == seen[2]

    def test_reading_is_by_vessel_time_and_box(self, lake: AisLake) -> None:
        """An edge taken twice or not at all is a ship in two ports or in none."""
        bring_in(lake, a_source(), some_positions(30), step=7, spill_rows=7)
        one = lake.positions(445123001).collect()
        assert one["mmsi"].unique().to_list() == [445123001]
        assert one["at"].is_sorted()
        assert one.height == 10
        pair = lake.positions([445123002, 445123000]).collect()
        assert pair.height == 20
        assert pair.equals(pair.sort("mmsi", "at"))
        cut = NOON + timedelta(minutes=11)
        early, late = lake.positions(end=cut).collect(), lake.positions(start=cut).collect()
        assert (early.height, late.height) == (10, 20)
        assert lake.positions([]).collect().is_empty()
        assert lake.positions(bbox=(125.0, 38.0, 125.0045, 39.0)).collect().height == 5
        assert lake.positions(bbox=(179.0, 38.0, -179.0, 39.0)).collect().is_empty()
        assert lake.positions(bbox=(125.001, 38.0, -179.0, 39.0)).collect().height == 28
        with refused(TimeError):
            lake.positions(start=NOON.replace(tzinfo=None))

    def test_a_pass_over_vessels_meets_each_once(self, lake: AisLake) -> None:
        """A track cut in two would have a gap that is ours."""
        for number in range(3):
            bring_in(lake, a_source(number), some_positions(40, first=1 + 25 * number, mmsi=200))
        frames = list(lake.tracks())
        vessels = [v for frame in frames for v in frame["mmsi"].unique().to_list()]
        assert sorted(vessels) == [200, 201, 202]
        assert all(frame.equals(frame.sort("mmsi", "at")) for frame in frames)
        assert sum(frame.height for frame in frames) == lake.count()["positions"]
        summary = lake.vessels()
        assert summary["positions"].sum() == lake.count()["positions"]
        assert summary["first_at"].min() == NOON + timedelta(minutes=1)

    def test_what_does_not_fit_is_refused(self, lake: AisLake) -> None:
        """A sentinel or a NaN let in here would be computed with for ever."""
        good = some_positions()
        for bad in (
            good.with_columns(pl.lit(float("nan")).alias("lon")),
            good.with_columns(pl.lit(float("inf"), pl.Float32).alias("sog_kn")),
            good.with_columns(pl.lit(None, pl.UInt32).alias("mmsi")),
            good.with_columns(pl.lit("source:other").alias("source_id")),
            good.with_columns(pl.lit(-1).alias("mmsi")),
            good.with_columns(pl.lit(1.0).alias("speed")),
            good.drop("at"),
        ):
            with refused(LakeSchemaError):
                bring_in(lake, a_source(), bad)
        assert lake.count()["positions"] == 0
