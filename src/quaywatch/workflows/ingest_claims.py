"""Claims of others into the ledger, with the document they come from."""

from datetime import datetime
from pathlib import Path
from typing import Any

from quaywatch.errors import SourceMissingError
from quaywatch.evidence.reported import DocumentEntry, parse_claims, records_of
from quaywatch.stores.workspace import Workspace


def ingest_claims(
    workspace: Workspace, path: Path, *, known_at: datetime, document: Path | None = None
) -> dict[str, Any]:
    """Enter a claims file; all of it or nothing, and twice is once.

    Where the document is not beside the file but notes of it are, those are entered in its place,
    as what they are.

    Args:
        workspace: where to.
        path: the claims file.
        known_at: now, aware UTC.
        document: the document, where it is not at the path that the file names.

    Raises:
        SourceMissingError: the file or its document is not there.
        ClaimsFileError: the file cannot be entered.

    """
    if not path.is_file():
        raise SourceMissingError(path=str(path))
    text = path.read_bytes()
    parsed = parse_claims(text, name=path.name)
    from_path = document or _beside(path, parsed.source)
    if not from_path.is_file():
        raise SourceMissingError(path=str(from_path))
    body = from_path.read_bytes()
    records = records_of(
        parsed, name=path.name, claims_bytes=text, document=body, received_at=known_at
    )
    for data in (text, body):
        workspace.evidence.put_object(data)
    new = workspace.evidence.append(records, known_at=known_at)
    return {"claims": len(parsed.claim), "new_records": new, "document": from_path.name}


def _beside(path: Path, entry: DocumentEntry) -> Path:
    """Where the document lies; where it does not, the notes of it, if there are any."""
    document = path.parent / entry.path
    if entry.notes is not None and not document.is_file():
        return path.parent / entry.notes.path
    return document
