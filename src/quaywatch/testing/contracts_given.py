"""What the contracts of stores bring in: made-up sources, records and rows, and how."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import polars as pl

from quaywatch.ais.schema import POSITIONS_FRAME, REJECTS_FRAME, STATICS_FRAME, AisBatch, conform
from quaywatch.errors import QuaywatchError
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim, Finding, Observation, Record, Rival, Source
from quaywatch.stores.ingested import IngestResult

NOON = datetime(2025, 2, 3, 12, tzinfo=UTC)


class AisLakeSession(Protocol):
    """What the lake's contract asks of an ingest."""

    @property
    def already(self) -> bool:
        """Whether the source is in the lake."""
        ...

    def add(
        self,
        positions: pl.DataFrame,
        statics: pl.DataFrame,
        rejects: pl.DataFrame,
        *,
        records: int,
    ) -> None:
        """Take the next records."""
        ...

    def commit(self, extra_records: Sequence[Record] = ..., *, known_at: datetime) -> IngestResult:
        """Make the source visible."""
        ...


class AisLake(Protocol):
    """What the lake's contract asks of a lake; ``stores.lake.ParquetLake`` documents it."""

    def ingest(
        self, source: Source, *, spill_rows: int = ...
    ) -> AbstractContextManager[AisLakeSession]:
        """Open a session that brings one source in."""
        ...

    def positions(
        self,
        mmsi: int | Sequence[int] | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        bbox: tuple[float, float, float, float] | None = None,
    ) -> pl.LazyFrame:
        """Position reports."""
        ...

    def statics(
        self,
        mmsi: int | Sequence[int] | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> pl.LazyFrame:
        """Static reports."""
        ...

    def rejects(self, source_id: str | None = None) -> pl.LazyFrame:
        """Records not taken."""
        ...

    def tracks(self) -> Iterator[pl.DataFrame]:
        """All positions, no vessel in two frames."""
        ...

    def vessels(self) -> pl.DataFrame:
        """A row per transponder."""
        ...

    def count(self) -> dict[str, int]:
        """Rows in each table."""
        ...


@contextmanager
def refused(error: type[QuaywatchError]) -> Iterator[None]:
    """Expect ``error``; anything else, silence included, fails the test."""
    try:
        yield
    except error:
        return
    message = f"expected {error.__name__}, but nothing was raised"
    raise AssertionError(message)


def a_source(number: int = 0, **changes: object) -> Source:
    """A source of made-up bytes.

    Examples:
        >>> a_source(1).id == a_source(1, name="other.csv").id
        True

    """
    fields: dict[str, Any] = {
        "sha256": f"{number:064x}",
        "size_bytes": 10,
        "name": f"ais-{number}.csv",
        "media": "ais",
        "received_at": NOON,
        "provider": "simulator",
        "licence": "CC0-1.0",
        "credit": "simulated",
        "redistributable": True,
        "simulated": True,
    }
    return Source(**(fields | changes))


def an_observation(number: int = 0, *, subject: str = "mmsi:445123000") -> Observation:
    """An observation with every field filled."""
    return Observation(
        source_id=a_source().id,
        what="ais-position",
        subject=subject,
        locator=f"record {number}",
        time=TimeInterval.at(NOON + timedelta(minutes=number)),
        raw="!AIVDM,남포,\\x00",
        values={"lon": 125.39, "lat": 38.72, "sog_kn": None, "flags": [1, True, "é"]},
    )


def some_records() -> list[Record]:
    """One record of each kind."""
    claim = Claim(
        subject="imo:1059149",
        predicate="required-speed",
        value=114.0,
        unit="kn",
        low=80.0,
        time=TimeInterval.parse("2025-02-03"),
        probability=0.99,
        basis=Basis.INFERRED,
        method="two-places@1",
        inputs=(an_observation().id,),
    )
    finding = Finding(
        subject="imo:1059149",
        statement="It was not where it broadcast.",
        claims=(claim.id,),
        argument="No ship is that fast.",
        assumptions=("both clocks are right to 12 h",),
        rivals=(Rival(statement="A clock was wrong.", stands="unlikely", because="by 5 h?"),),
        would_refute=("a second image",),
        reason="not yet computed",
        source_confidence="Two independent sources.",
    )
    return [a_source(), an_observation(), claim, finding]


def some_positions(n: int = 6, *, first: int = 1, mmsi: int = 445123000) -> pl.DataFrame:
    """Reports a minute apart, the last without a position; record numbers from ``first``."""
    return conform(
        pl.DataFrame(
            {
                "mmsi": [mmsi + i % 3 for i in range(n)],
                "at": [NOON + timedelta(minutes=first + i) for i in range(n)],
                "lon": [*(125.0 + 0.001 * i for i in range(n - 1)), None],
                "lat": [*(38.5 + 0.001 * i for i in range(n - 1)), None],
                "sog_kn": [0.1 * i for i in range(n)],
                "msg_type": [1] * n,
                "transponder": ["A"] * n,
                "record": list(range(first, first + n)),
            }
        ),
        POSITIONS_FRAME,
    )


def some_statics(record: int) -> pl.DataFrame:
    """One static report."""
    row = {"mmsi": 445123000, "at": NOON, "imo": 1059149, "name": "YI LI 1", "record": record}
    return conform(pl.DataFrame([row]), STATICS_FRAME)


def some_rejects(*reasons: str, first: int) -> pl.DataFrame:
    """Rejected records, a reason each."""
    rows = [{"record": first + i, "reason": r, "raw": f"raw {i}"} for i, r in enumerate(reasons)]
    return conform(pl.DataFrame(rows), REJECTS_FRAME)


EMPTY = AisBatch.empty()


def bring_in(
    lake: AisLake,
    source: Source,
    positions: pl.DataFrame = EMPTY.positions,
    statics: pl.DataFrame = EMPTY.statics,
    rejects: pl.DataFrame = EMPTY.rejects,
    *,
    step: int | None = None,
    spill_rows: int = 1000,
) -> IngestResult:
    """Ingest a source, its positions in calls of ``step`` rows; returns the result."""
    with lake.ingest(source, spill_rows=spill_rows) as session:
        for begin in range(0, positions.height, step or positions.height or 1):
            part = positions[begin : begin + (step or positions.height)]
            session.add(part, EMPTY.statics, EMPTY.rejects, records=part.height)
        rest = statics.height + rejects.height
        session.add(EMPTY.positions, statics, rejects, records=rest)
        return session.commit(known_at=NOON)


def bring_in_nothing(lake: AisLake, source: Source) -> IngestResult:
    """Open a session for a source and commit at once."""
    with lake.ingest(source) as session:
        return session.commit(known_at=NOON)
