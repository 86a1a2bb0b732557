"""Take a file in: keep its bytes under their hash, and say where they came from."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from quaywatch.errors import SourceChangedError, SourceMissingError
from quaywatch.evidence.record import Source
from quaywatch.stores.files import sha256_of
from quaywatch.stores.workspace import Workspace

NOT_STATED = "not stated when it was ingested"


@dataclass(frozen=True, slots=True)
class Terms:
    """Who provided a file and on what terms; None is unknown."""

    provider: str | None = None
    licence: str | None = None
    credit: str | None = None
    redistributable: bool | None = None


def receive(
    workspace: Workspace, path: Path, *, media: str, received_at: datetime, terms: Terms
) -> Source:
    """Keep a file's bytes and describe them; nothing is entered in the ledger yet.

    Raises:
        SourceMissingError: there is no such file.
        DiskFullError: no room; nothing half-landed.

    """
    source = describe(workspace, path, media=media, received_at=received_at, terms=terms)
    keep(workspace, path, source)
    return source


def keep(workspace: Workspace, path: Path, source: Source) -> None:
    """Keep the bytes of a file that was described.

    Raises:
        SourceChangedError: the file was written to in between.
        DiskFullError: no room; nothing half-landed.

    """
    if workspace.evidence.put_file(path, expected=source.sha256) != source.sha256:
        raise SourceChangedError(path=str(path))


def describe(
    workspace: Workspace, path: Path, *, media: str, received_at: datetime, terms: Terms
) -> Source:
    """Describe a file by its hash and terms; nothing is kept yet.

    Raises:
        SourceMissingError: there is no such file.

    """
    if not path.is_file():
        raise SourceMissingError(path=str(path))
    sha256 = sha256_of(path)
    unknown = {
        name: NOT_STATED
        for name in ("provider", "licence", "credit", "redistributable")
        if getattr(terms, name) is None
    }
    return Source(
        sha256=sha256,
        size_bytes=path.stat().st_size,
        name=path.name,
        media=media,
        received_at=received_at,
        provider=terms.provider,
        licence=terms.licence,
        credit=terms.credit,
        redistributable=terms.redistributable,
        simulated=workspace.config.simulated,
        unknown=unknown,
    )


def expand(paths: list[Path], *, suffixes: tuple[str, ...]) -> list[Path]:
    """Files as named; a folder stands for the files below it with these endings, sorted.

    Raises:
        SourceMissingError: a folder has no such file.

    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = (p for p in path.rglob("*") if p.is_file())
            chosen = sorted(p for p in inside if p.name.lower().endswith(suffixes))
            if not chosen:
                endings = ", ".join(suffixes)
                raise SourceMissingError(path=f"below {path} whose name ends in one of {endings}")
            found.extend(chosen)
        else:
            found.append(path)
    return found
