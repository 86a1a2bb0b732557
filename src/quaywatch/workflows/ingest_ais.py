"""AIS files into the lake: each file whole or not at all, and the same file twice adds nothing."""

import json
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from quaywatch.ais.dialects import declared_dialect
from quaywatch.ais.lake import for_lake
from quaywatch.ais.read import AisFormat, read_ais
from quaywatch.ais.schema import AisBatch
from quaywatch.errors import ArgumentError, QuaywatchError
from quaywatch.evidence.record import Basis, Claim, Source
from quaywatch.stores.ingested import IngestResult
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.receive import Terms, describe, expand, keep

SUFFIXES = (
    ".nmea", ".nmea.gz", ".ais", ".log", ".log.gz", ".csv", ".csv.gz", ".csv.zst", ".json",
    ".json.gz", ".jsonl", ".jsonl.gz", ".txt", ".nm4", ".zst", ".parquet",
)  # fmt: skip
Report = Callable[[str, float], None]
READING_METHOD = "ais-reading@1"


def ingest_ais(
    workspace: Workspace,
    paths: Sequence[Path],
    *,
    known_at: datetime,
    terms: Terms,
    timezone: str | None = None,
    file_format: str | None = None,
    mapping: Path | None = None,
    receiver: str | None = None,
    report: Report,
) -> dict[str, Any]:
    """Ingest AIS files and say what became of every record.

    A file that cannot be read lands not at all; the others still do.

    Args:
        workspace: where to.
        paths: files, or folders of files.
        known_at: now, aware UTC; no report can be later.
        terms: provider, licence and credit of all of them.
        timezone: IANA zone of times that name none.
        file_format: ``nmea``, ``csv``, ``jsonl``, ``json`` or ``parquet``; told from the
            content if None.
        mapping: TOML file that says which column holds what, for an unknown CSV.
        receiver: ``terrestrial`` or ``satellite``.
        report: told how far it is.

    Raises:
        ArgumentError: a format that is none, or a mapping that cannot be read.

    """
    started = time.perf_counter()
    options = {
        "format": file_format,
        "mapping": _mapping(mapping),
        "timezone": timezone,
        "receiver": receiver,
    }
    reader_options(options)  # refused before any file is touched
    rejected: Counter[str] = Counter()
    totals = Counter(records=0, kept=0, duplicates=0, positions=0, statics=0)
    files, failures = [], []
    found = expand(list(paths), suffixes=SUFFIXES)
    for number, path in enumerate(found):
        report(path.name, number / len(found))
        try:
            source = describe(workspace, path, media="ais", received_at=known_at, terms=terms)
            result = _ingest_one(
                workspace,
                path,
                source,
                known_at=known_at,
                options=options,
            )
        except QuaywatchError as err:
            failures.append({"file": path.name, "code": err.code, "message": str(err)})
            continue
        files.append({"file": path.name, **_shown(result)})
        totals.update(_counted(result))
        if not result.already:
            rejected.update(result.rejected)
    return {
        **totals,
        "rejected": dict(sorted(rejected.items())),
        "seconds": round(time.perf_counter() - started, 3),
        "files": files,
        "failures": failures,
    }


def _ingest_one(
    workspace: Workspace,
    path: Path,
    source: Source,
    *,
    known_at: datetime,
    options: dict[str, Any],
) -> IngestResult:
    # How the bytes were read is claimed with them, so that they can be read so again.
    reading = reading_claim(source, options)
    with workspace.lake.ingest(source) as session:
        if session.already:
            return session.commit(known_at=known_at)
        batches = read_ais(
            path, source_id=source.id, received_before=known_at, **reader_options(options)
        )
        for batch in _ahead(batches):
            dated = for_lake(batch)
            session.add(dated.positions, dated.statics, dated.rejects, records=dated.records)
        # Only now: of a file that is refused nothing stays, not even its bytes.
        keep(workspace, path, source)
        return session.commit([reading], known_at=known_at)


def _ahead(batches: Iterator[AisBatch]) -> Iterator[AisBatch]:
    """The same, each read while the one before is being stored."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = reader.submit(next, batches, None)
            yield batch


def _counted(result: IngestResult) -> dict[str, int]:
    """What a result adds to the totals; a file that was here adds its records as duplicates."""
    if result.already:
        return {"records": result.records, "duplicates": result.records}
    return {
        "records": result.records,
        "kept": result.kept,
        "duplicates": result.duplicates,
        "positions": result.positions,
        "statics": result.statics,
    }


def _shown(result: IngestResult) -> dict[str, Any]:
    return {
        "already": result.already,
        "records": result.records,
        "kept": result.kept,
        "duplicates": result.duplicates,
        "rejected": dict(result.rejected),
        "source": result.source_id,
    }


def _format(name: str | None) -> AisFormat | None:
    if name is None:
        return None
    try:
        return AisFormat(name)
    except ValueError as err:
        known = ", ".join(AisFormat)
        fact, remedy = f"{name!r} is none of {known}", "Leave it out, and the content tells."
        raise ArgumentError(flag="--format", fact=fact, remedy=remedy) from err


def _mapping(mapping: Path | None) -> dict[str, Any] | None:
    if mapping is None:
        return None
    try:
        return tomllib.loads(mapping.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as err:
        raise ArgumentError(flag="--mapping", fact=f"{mapping}: {err}") from err


def reader_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """What ``read_ais`` wants, from what a user stated or a reading claim kept.

    Raises:
        ArgumentError: no such format.
        DialectError: a mapping that cannot be used.

    """
    mapping = options.get("mapping")
    return {
        "file_format": _format(options.get("format")),
        "dialect": None if mapping is None else declared_dialect(mapping),
        "timezone": options.get("timezone"),
        "receiver": options.get("receiver"),
    }


def reading_claim(source: Source, options: dict[str, Any]) -> Claim:
    """How a source was read, as a claim, so that it can be read so again."""
    stated = {name: value for name, value in options.items() if value is not None}
    return Claim(
        subject=source.id,
        predicate="ais-reading",
        value=json.loads(json.dumps(stated, default=str)),
        basis=Basis.OBSERVED,
        method=READING_METHOD,
        inputs=(source.id,),
    )
