"""A case for machines: the same records in four shapes, each made from the records alone.

A reader makes them again from the records of the export and compares, so that none can say what the
records do not.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import JsonValue

from quaywatch.cases.case import Case, read_case
from quaywatch.cases.closure import Closure, closure
from quaywatch.cases.dossier import CASE_FILE
from quaywatch.cases.export_ftm import ftm_lines
from quaywatch.cases.export_gpkg import gpkg_bytes, same_layers
from quaywatch.cases.export_prov import prov_json, prov_n
from quaywatch.cases.verify_report import Apart
from quaywatch.evidence.record import Record

FORMATS = ("json", "ftm", "gpkg", "prov")
"""``case.json``; FollowTheMoney; GeoPackage; W3C PROV-JSON and PROV-N."""
CASE_FORMAT = "quaywatch-case@1"


class Records(Protocol):
    """Where the records are."""

    def get(self, record_id: str) -> Record:
        """The record of that id."""
        ...


@dataclass(frozen=True, slots=True)
class DataFile:
    """One file for machines."""

    data: bytes
    same: Callable[[bytes], bool]
    """Whether other bytes say the same."""


def data_files(
    store: Records, case_dir: Path, apart: Apart, *, formats: Sequence[str] = FORMATS
) -> dict[str, DataFile]:
    """The files for machines of a case: name → file.

    Args:
        store: has every record of the case.
        case_dir: holds its case.toml.
        apart: what of it is not in this copy; said in each file.
        formats: which of ``FORMATS``.

    """
    case = read_case((case_dir / CASE_FILE).read_text(encoding="utf-8"))
    whole = closure(case.findings, store)  # type: ignore[arg-type]  # only ``get`` is asked of it
    files: dict[str, DataFile] = {}
    if "json" in formats:
        files["case.json"] = _exact(case_json(case, whole, apart))
    if "ftm" in formats:
        files["case.ftm.json"] = _exact(ftm_lines(whole, apart.committed))
    if "prov" in formats:
        files["case.prov.json"] = _exact(prov_json(case, whole, apart.committed))
        files["case.provn"] = _exact(prov_n(case, whole, apart.committed))
    if "gpkg" in formats:
        made = gpkg_bytes(whole, apart.committed)
        if made is not None:
            files["case.gpkg"] = DataFile(made, lambda other: same_layers(made, other))
    return files


def _exact(data: bytes) -> DataFile:
    digest = hashlib.sha256(data).digest()
    return DataFile(data, lambda other: hashlib.sha256(other).digest() == digest)


def case_json(case: Case, whole: Closure, apart: Apart) -> bytes:
    """The whole case as one JSON object: its question, and every record by id.

    Findings come in the order of the argument; ``records`` has them, their claims, observations and
    sources, each exactly as it is hashed, under its id. ``committed`` names those shown in part.
    """
    records: dict[str, JsonValue] = {i: r.content() for i, r in whole.records.items()}
    told: dict[str, JsonValue] = {
        "format": CASE_FORMAT,
        "case": case.model_dump(mode="json"),
        "simulated": case.simulated,
        "findings": list(case.findings),
        "records": records,
        "committed": dict(apart.committed),
        "withheld": dict(apart.withheld),
        "units": "Keys end in their unit: _nm, _kn, _h, _m, _t; positions are WGS84 degrees,"
        " longitude first; times are UTC.",
    }
    text = json.dumps(told, ensure_ascii=False, allow_nan=False, indent=1, sort_keys=True)
    return text.encode() + b"\n"
