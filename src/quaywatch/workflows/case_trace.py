"""What a verification reads: the records, bytes and tables that an export must carry.

Methods look things up beyond what a claim cites (which ingests there are, what a ship was called).
Rather than to guess, a case is verified once on stores that write down what they are asked for.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from quaywatch.evidence.record import Record
from quaywatch.stores.events import ParquetEvents, Pass
from quaywatch.stores.lake import ParquetLake
from quaywatch.stores.sqlite import SqliteEvidence
from quaywatch.stores.workspace import Workspace


@dataclass(slots=True)
class Trace:
    """What was asked for."""

    records: dict[str, None] = field(default_factory=dict)
    """Ids, in the order in which they were first asked for."""
    objects: set[str] = field(default_factory=set)
    lake: set[str] = field(default_factory=set)
    """Paths of AIS tables within the lake."""
    events: bool = False
    """Whether the tables of events were read."""


class TracedEvidence(SqliteEvidence):
    """Evidence that writes down what is read of it."""

    def __init__(self, workspace: Workspace, trace: Trace) -> None:
        super().__init__(workspace.lake.catalogue, workspace.auditor.objects)
        self._trace = trace

    def get(self, record_id: str) -> Record:
        """As ever."""
        self._trace.records[record_id] = None
        return super().get(record_id)

    def has(self, record_id: str) -> bool:
        """As ever."""
        found = super().has(record_id)
        if found:
            self._trace.records[record_id] = None
        return found

    def find(
        self, kind: str, *, subject: str | None = None, predicate: str | None = None
    ) -> Iterator[Record]:
        """As ever."""
        for record in super().find(kind, subject=subject, predicate=predicate):
            self._trace.records[record.id] = None
            yield record

    def read_object(self, sha256: str) -> bytes:
        """As ever."""
        self._trace.objects.add(sha256)
        return super().read_object(sha256)

    def open_object(self, sha256: str) -> Path:
        """As ever."""
        self._trace.objects.add(sha256)
        return super().open_object(sha256)


class TracedLake(ParquetLake):
    """A lake that writes down which of its files are read."""

    def __init__(self, lake: ParquetLake, evidence: SqliteEvidence, trace: Trace) -> None:
        super().__init__(
            lake.root, buckets=lake.buckets, catalogue=lake.catalogue, evidence=evidence
        )
        self._trace = trace

    def _paths(self, table: str, **wanted: Any) -> list[str]:  # noqa: ANN401  (handed on as it is)
        paths = super()._paths(table, **wanted)
        self._trace.lake.update(paths)
        return paths


class TracedEvents(ParquetEvents):
    """Events that write down that they were read."""

    def __init__(self, lake: ParquetLake, trace: Trace) -> None:
        super().__init__(lake)
        self._trace = trace

    def _scan(
        self, table: str, schema: Mapping[str, pl.DataType], passes: Sequence[Pass]
    ) -> pl.LazyFrame:
        self._trace.events = True
        return super()._scan(table, schema, passes)


def traced(workspace: Workspace) -> tuple[Workspace, Trace]:
    """The same workspace, read through stores that write down what is asked of them."""
    trace = Trace()
    seen = copy.copy(workspace)
    seen.evidence = TracedEvidence(workspace, trace)
    seen.lake = TracedLake(workspace.lake, seen.evidence, trace)
    seen.events = TracedEvents(seen.lake, trace)
    return seen, trace
