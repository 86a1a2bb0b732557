"""An export opened on any machine: a workspace of its own, made for the time of a verification."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import JsonValue

from quaywatch.cases.export_data import data_files
from quaywatch.cases.export_disclosed import read_openings, wrong_openings
from quaywatch.cases.export_files import (
    CASE_DIR,
    DATA_DIR,
    LAKE_DIR,
    LEDGER_FILE,
    OBJECTS_DIR,
    RECORDS_FILE,
    SITES_DIR,
    changed_files,
    hash_of,
    listed,
    read_list,
    unpack_archive,
)
from quaywatch.cases.export_ledger import Step, from_json
from quaywatch.cases.verify_report import Apart, VerifyReport
from quaywatch.errors import BundleError, QuaywatchError
from quaywatch.evidence.ledger import LedgerEntry
from quaywatch.evidence.record import Claim, Record, record_from_json
from quaywatch.stores.copied import list_files
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.case_check import check_case

_GRIDS = "water"
_ASK = "Ask the exporter for an unchanged copy."


@contextmanager
def folder_of(path: Path) -> Iterator[tuple[Path, bool]]:
    """The files of an export, unpacked if need be, and whether the archive is as it was written.

    Raises:
        BundleError: it is neither a folder nor an archive of ours.

    """
    if path.is_dir():
        yield path, True
        return
    with TemporaryDirectory(prefix="quaywatch-") as name:
        folder = Path(name) / "bundle"
        folder.mkdir()
        same = unpack_archive(path, folder)
        yield folder, same


def apart_of(told: Mapping[str, JsonValue]) -> Apart:
    """What an export says is not in it."""
    listed_: Any = told
    return Apart(
        withheld={one["sha256"]: one["why"] for one in listed_.get("withheld", [])},
        committed={one["id"]: one["commitment"] for one in listed_.get("redacted", [])},
        excused=dict(listed_.get("excused", {})),
    )


def _read_records(folder: Path) -> dict[str, Record]:
    lines = (folder / RECORDS_FILE).read_bytes().splitlines()
    records = [record_from_json(line) for line in lines]
    for line, record in zip(lines, records, strict=True):
        if record.canonical() != line:
            raise BundleError(path=str(folder), fact=f"{record.id} is not written as it is hashed")
    return {record.id: record for record in records}


def _read_ledger(folder: Path) -> list[Step]:
    lines = (folder / LEDGER_FILE).read_text(encoding="utf-8").splitlines()
    return from_json([json.loads(line) for line in lines])


@contextmanager
def workspace_of(
    folder: Path,
    told: Mapping[str, JsonValue],
    extra: Mapping[str, Path],
    *,
    cache: Path | None = None,
) -> Iterator[tuple[Workspace, list[Step]]]:
    """A workspace with what an export holds, and the ledger that it carries.

    Args:
        folder: the unpacked export.
        told: its list.
        extra: SHA-256 → file of bytes that it withholds and somebody supplies.
        cache: of a workspace here, whose land grids are used instead of making them anew; they
            come from the mask that is part of quaywatch, never from an export.

    """
    listed_: Any = told
    records, steps = _read_records(folder), _read_ledger(folder)
    known = {s.record_id: s.known_at for s in steps if isinstance(s, LedgerEntry)}
    first = datetime.fromisoformat(str(listed_["built_at"]))
    with TemporaryDirectory(prefix="quaywatch-") as name:
        made: Any = listed_["workspace"]
        root = Path(name) / "workspace"
        with Workspace.create(root, scale=made["scale"], simulated=made["simulated"]) as workspace:
            order = {s.record_id: s.seq for s in steps if isinstance(s, LedgerEntry)}
            rows = sorted(records.values(), key=lambda r: order.get(r.id, 0))
            for at, group in groupby(rows, key=lambda r: known.get(r.id, first)):
                workspace.evidence.append(list(group), known_at=at)
            for name_, path in listed(folder / OBJECTS_DIR):
                if workspace.evidence.put_file(path) != name_.replace("/", ""):
                    raise BundleError(path=str(folder), fact=f"objects/{name_} is not those bytes")
            for path in extra.values():
                workspace.evidence.put_file(path)
            if cache is not None and (cache / _GRIDS).is_dir():
                (workspace.cache_dir / _GRIDS).symlink_to((cache / _GRIDS).absolute())
            _fill_lake(workspace, folder, listed_["lake"])
            for part, into in (
                (SITES_DIR, workspace.sites_dir),
                (CASE_DIR, _case_dir(workspace, told)),
            ):
                into.mkdir(parents=True, exist_ok=True)
                for name_, path in listed(folder / part):
                    shutil.copyfile(path, into / name_)
            yield workspace, steps


def _case_dir(workspace: Workspace, told: Mapping[str, JsonValue]) -> Path:
    return workspace.cases_dir / str(told["case"])


def _fill_lake(workspace: Workspace, folder: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Put the tables where they were, each as the claim that sealed it lists it.

    Raises:
        BundleError: one is not what that claim lists.

    """
    for row in rows:
        name = str(row["path"])
        claim = workspace.evidence.get(str(row["claim_id"]))
        value: Any = claim.value if isinstance(claim, Claim) else {}
        file = folder / LAKE_DIR / name
        sealed = [one for one in value.get("files", []) if one["path"] == name]
        if not sealed or sealed[0]["sha256"] != hash_of(file) or sealed[0]["rows"] != row["rows"]:
            raise BundleError(path=str(folder), fact=f"lake/{name} is not as its claim lists it")
        path = workspace.lake.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, path)
    list_files(workspace.lake, rows)


def check_bundle(
    path: Path, *, supplied: Sequence[Path] = (), cache: Path | None = None
) -> tuple[VerifyReport, dict[str, Any]]:
    """Verify an exported case, with nothing but the export: no workspace, no network.

    Args:
        path: the folder or the archive.
        supplied: files whose bytes the export withholds: each is held against its commitment, and
            what rests on them is computed again.
        cache: of a workspace here, to spare making the land grids.

    Returns:
        The report, and the facts of the export: ``case``, ``root``, ``withheld``, ``redacted``.

    Raises:
        BundleError: it is no export.

    """
    with folder_of(path) as (folder, same):
        told, root = read_list(folder)
        report = VerifyReport()
        for fact in changed_files(folder, told, root):
            report.fail("bundle-changed", fact, _ASK)
        if not same:
            report.fail("bundle-changed", "the archive is not as it was written", _ASK)
        report.count("files of the export", len(told["files"]))  # type: ignore[arg-type]  # changed_files has shown that it is a mapping, or a failure stands
        if report.ok:
            try:
                report = _checked(folder, told, root, supplied, cache, report)
            except BundleError:
                raise
            except (QuaywatchError, ValueError, LookupError, TypeError, OSError) as err:
                report.fail("bundle-changed", f"it cannot be read: {str(err)[:200]}", _ASK)
        facts = {name: told.get(name) for name in ("case", "withheld", "redacted", "made_by")}
        return report, {**facts, "root": root}


def _checked(
    folder: Path,
    told: Mapping[str, JsonValue],
    root: str,
    supplied: Sequence[Path],
    cache: Path | None,
    first: VerifyReport,
) -> VerifyReport:
    apart = apart_of(told)
    openings = {path: read_openings(path.read_bytes(), root) for path in supplied}
    extra = {hash_of(path): path for path in supplied if openings[path] is None}
    met = {sha256: path for sha256, path in extra.items() if sha256 in apart.withheld}
    if met:
        kept = {k: v for k, v in apart.withheld.items() if k not in met}
        apart = Apart(withheld=kept, committed=apart.committed, excused=apart.excused)
    with workspace_of(folder, told, met, cache=cache) as (workspace, steps):
        report = _with_supplied(workspace, told, steps, apart, again=bool(met))
        report.checked = {**first.checked, **report.checked}
        for path, told_now in openings.items():
            if told_now == []:
                fact = f"{path.name} opens nothing of this export"
                report.fail("disclosure-differs", fact, "Ask for the disclosure of this export.")
            for fact in wrong_openings(told_now or [], apart.committed):
                report.fail("disclosure-differs", fact, "Ask for the disclosure of this export.")
            if told_now:
                report.count("redacted records disclosed, as committed to", len(told_now))
        disclosed = {
            str(o.content.get("sha256")) for told_now in openings.values() for o in told_now or []
        }
        for sha256, path in extra.items():
            if sha256 in disclosed:
                report.count("redacted files disclosed, as committed to")
            elif sha256 in met:
                report.count("withheld files supplied, as committed to")
            else:
                fact = f"{path.name} is none of the files that this export withholds"
                report.fail("disclosure-differs", fact, "Supply the file itself, unchanged.")
        if report.ok:
            # These were written by what the exporter withheld, whatever is supplied since.
            _check_data(folder, told, workspace, apart_of(told), report)
    return report


def _with_supplied(
    workspace: Workspace,
    told: Mapping[str, JsonValue],
    steps: Sequence[Step],
    apart: Apart,
    *,
    again: bool,
) -> VerifyReport:
    """Verify; ``again``: what was excused is tried, and excused only if it still cannot be."""
    kept: dict[str, str] = {} if again else dict(apart.excused)
    while True:
        now = Apart(withheld=apart.withheld, committed=apart.committed, excused=kept)
        report = check_case(workspace, str(told["case"]), apart=now, ledger=steps)
        failed = {one.record: apart.excused.get(one.record or "") for one in report.failures}
        more = {i: why for i, why in failed.items() if i and why and i not in kept}
        if not more:
            return report
        kept |= more


def _check_data(
    folder: Path,
    told: Mapping[str, JsonValue],
    workspace: Workspace,
    apart: Apart,
    report: VerifyReport,
) -> None:
    """What is there for machines says what the records say: it is made again and compared."""
    there = dict(listed(folder / DATA_DIR)) if (folder / DATA_DIR).is_dir() else {}
    formats = [str(name) for name in told.get("formats", [])]  # type: ignore[union-attr]  # written as a list
    again = data_files(
        workspace.evidence, workspace.cases_dir / str(told["case"]), apart, formats=formats
    )
    for name in sorted({*there, *again}):
        if name not in there or name not in again:
            report.fail("data-differs", f"data/{name} should not be there, or is missing", _ASK)
        elif not again[name].same(there[name].read_bytes()):
            report.fail("data-differs", f"data/{name} says something else than the records", _ASK)
        else:
            report.count("machine-readable files made again")
