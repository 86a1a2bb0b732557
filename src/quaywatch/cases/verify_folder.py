"""The files of a built case, read and held against its manifest."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from quaywatch.cases.case import Case, read_case
from quaywatch.cases.dossier import CASE_FILE, DOSSIER_FILE, FORMAT, MANIFEST_FILE, PDF_FILE
from quaywatch.cases.verify_report import VerifyReport
from quaywatch.errors import QuaywatchError
from quaywatch.evidence.record import canonical_json

UNREADABLE = (QuaywatchError, ValueError, LookupError, TypeError)
"""What reading something damaged may raise."""
_FILES = (CASE_FILE, DOSSIER_FILE, MANIFEST_FILE)
_MAY_BE = (PDF_FILE,)


@dataclass(frozen=True, slots=True)
class CaseFolder:
    """The files of a built case, read."""

    case: Case
    html: str
    manifest: dict[str, JsonValue]
    manifest_bytes: bytes


def _read_files(case_dir: Path, report: VerifyReport) -> dict[str, bytes] | None:
    """The three files and no other; None if one is missing."""
    data: dict[str, bytes] = {}
    for path in sorted(case_dir.rglob("*")):
        name = path.relative_to(case_dir).as_posix()
        if name not in {*_FILES, *_MAY_BE}:
            report.fail("file-extra", f"{name} does not belong to the case", f"Take {name} away.")
    for name in _FILES:
        try:
            data[name] = (case_dir / name).read_bytes()
            report.count("files")
        except OSError:
            report.fail("file-missing", f"{name} cannot be read")
    whole = len(data) == len(_FILES)
    for name in _MAY_BE:
        if (case_dir / name).is_file():
            data[name] = (case_dir / name).read_bytes()
            report.count("files")
    return data if whole else None


def _parse(data: Mapping[str, bytes], report: VerifyReport) -> CaseFolder | None:
    try:
        manifest = json.loads(data[MANIFEST_FILE])
        canonical = canonical_json(manifest)
        case = read_case(data[CASE_FILE].decode())
        html = data[DOSSIER_FILE].decode()
    except (*UNREADABLE, RecursionError) as err:
        report.fail("file-unreadable", f"a file of the case is damaged: {str(err)[:120]}")
        return None
    if not isinstance(manifest, dict) or canonical != data[MANIFEST_FILE]:
        report.fail("manifest-changed", "manifest.json is not as it was written")
        return None
    return CaseFolder(case, html, manifest, data[MANIFEST_FILE])


def read_folder(case_dir: Path, report: VerifyReport) -> CaseFolder | None:
    """The files read, each hashing to what the manifest says; None if they cannot be."""
    data = _read_files(case_dir, report)
    folder = _parse(data, report) if data else None
    if data is None or folder is None:
        return None
    if folder.manifest.get("format") != FORMAT:
        report.fail("manifest-format", f"manifest.json is not of {FORMAT}")
    hashes = folder.manifest.get("files")
    found = {
        name: hashlib.sha256(content).hexdigest()
        for name, content in data.items()
        if name != MANIFEST_FILE
    }
    for name in sorted({*found, *(hashes if isinstance(hashes, dict) else ())}):
        if name not in found:
            report.fail("file-missing", f"{name} cannot be read")
        elif not isinstance(hashes, dict) or hashes.get(name) != found[name]:
            report.fail("file-changed", f"{name} is not the file that the manifest names")
    if folder.manifest.get("case") != folder.case.model_dump(mode="json"):
        report.fail("case-changed", "case.toml and manifest.json do not say the same")
    return folder
