"""The files of an export: a folder, or one archive, and a list that pins every byte of it.

    README.txt            what this is, and how to verify it
    bundle.json           what is in it, what is not, and why; SHA-256 of every other file
    bundle.sha256         of bundle.json: the one number to quote
    case/                 case.toml, dossier.html, dossier.pdf, manifest.json
    data/                 the case for machines
    records.jsonl         every record that it needs, one a line, as hashed
    ledger.jsonl          the chain from its beginning to the case's seal
    objects/ab/cdef…      bytes under their SHA-256
    lake/  sites/         tables and drawings that claims are computed from

An archive holds them uncompressed, in order of their names, without dates, so that there is one
archive of given files, and a changed byte between them is noticed too.
"""

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from pydantic import JsonValue

from quaywatch.errors import BundleError
from quaywatch.evidence.record import canonical_json

FORMAT = "quaywatch-bundle@1"
LIST_FILE, ROOT_FILE, README_FILE = "bundle.json", "bundle.sha256", "README.txt"
RECORDS_FILE, LEDGER_FILE = "records.jsonl", "ledger.jsonl"
CASE_DIR, DATA_DIR, OBJECTS_DIR, LAKE_DIR, SITES_DIR = "case", "data", "objects", "lake", "sites"
_CHUNK = 1 << 20
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_PLAIN = re.compile(r"[^\x00-\x1f\\:*?\"<>|]+\Z")


def listed(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file of a folder, by its name within, in order."""
    found = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if not p.is_dir()}
    yield from sorted(found.items())


def hash_of(path: Path) -> str:
    """SHA-256 of a file, in bounded memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_list(folder: Path) -> dict[str, JsonValue]:
    """SHA-256 and size of every file, save the list and its own hash."""
    return {
        name: {"sha256": hash_of(path), "size_bytes": path.stat().st_size}
        for name, path in listed(folder)
        if name not in {LIST_FILE, ROOT_FILE}
    }


def pin(folder: Path, told: Mapping[str, JsonValue]) -> str:
    """Write the list and its hash; returns that hash, in hex."""
    data = canonical_json({**told, "format": FORMAT, "files": files_list(folder)})
    (folder / LIST_FILE).write_bytes(data)
    root = hashlib.sha256(data).hexdigest()
    (folder / ROOT_FILE).write_text(f"{root}  {LIST_FILE}\n", encoding="ascii")
    return root


def read_list(folder: Path) -> tuple[dict[str, JsonValue], str]:
    """The list of an unpacked export, and its hash.

    Raises:
        BundleError: there is none, or it is not of this format.

    """
    try:
        data = (folder / LIST_FILE).read_bytes()
        told = json.loads(data)
    except (OSError, ValueError) as err:
        raise BundleError(path=str(folder), fact=f"{LIST_FILE} cannot be read") from err
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise BundleError(path=str(folder), fact=f"{LIST_FILE} is not of {FORMAT}")
    return told, hashlib.sha256(data).hexdigest()


def changed_files(folder: Path, told: Mapping[str, JsonValue], root: str) -> Iterator[str]:
    """What differs between the files and the list, one sentence each."""
    if (folder / LIST_FILE).read_bytes() != canonical_json(dict(told)):
        yield f"{LIST_FILE} is not as it was written"
    try:
        quoted = (folder / ROOT_FILE).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        quoted = ""
    if quoted != f"{root}  {LIST_FILE}\n":
        yield f"{ROOT_FILE} does not name this {LIST_FILE}"
    wanted = told.get("files")
    wanted = wanted if isinstance(wanted, dict) else {}
    found = dict(listed(folder))
    for name in sorted(set(found) - set(wanted) - {LIST_FILE, ROOT_FILE}):
        yield f"{name} does not belong to the export"
    for name, pinned in wanted.items():
        path = found.get(name)
        if path is None:
            yield f"{name} is missing"
        elif path.is_symlink() or pinned != {
            "sha256": hash_of(path),
            "size_bytes": path.stat().st_size,
        }:
            yield f"{name} is not the file that {LIST_FILE} names"


def write_archive(folder: Path, archive: Path) -> None:
    """The folder as the one archive that its files have."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as out:
        for name, path in listed(folder):
            entry = zipfile.ZipInfo(name, _FIRST_DAY)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            entry.file_size = path.stat().st_size
            with path.open("rb") as file, out.open(entry, "w") as into:
                while chunk := file.read(_CHUNK):
                    into.write(chunk)


def unpack_archive(archive: Path, folder: Path) -> bool:
    """Take an archive apart; whether it is the one archive of its files.

    Raises:
        BundleError: it is no archive, or a name in it leads out of it.

    """
    try:
        with zipfile.ZipFile(archive) as held:
            for entry in held.infolist():
                name = PurePosixPath(entry.filename)
                if name.is_absolute() or ".." in name.parts or not _PLAIN.match(entry.filename):
                    raise BundleError(path=str(archive), fact=f"{entry.filename!r} leads out of it")
                if entry.compress_type != zipfile.ZIP_STORED or entry.is_dir():
                    raise BundleError(path=str(archive), fact="it was packed by something else")
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                with held.open(entry) as file, path.open("wb") as into:
                    while chunk := file.read(_CHUNK):
                        into.write(chunk)
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError) as err:
        raise BundleError(path=str(archive), fact=f"it cannot be unpacked ({err})") from err
    again = folder.parent / "again.zip"
    write_archive(folder, again)
    same = hash_of(again) == hash_of(archive)
    again.unlink()
    return same
