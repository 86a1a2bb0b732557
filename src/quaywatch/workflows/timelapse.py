"""A film of a site: its usable looks on one grid, under one stretch, with their gaps shown.

The same looks and the same wishes give the same bytes, and a second run makes nothing. Beside the
film lies a list of every frame with the hashes of its files, and of what was left out and why; the
ledger keeps the hashes of the film as a claim.
"""

import hashlib
import json
import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any

from quaywatch.errors import SiteMissingError
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim, canonical_json
from quaywatch.stores.files import (
    TEMPORARY,
    flush_files,
    land_bytes,
    make_folder,
    room_for,
    sha256_of,
    sync_folder,
)
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.looks import sites_of
from quaywatch.workflows.timelapse_draw import Report, draw_moving, draw_pair, stretches
from quaywatch.workflows.timelapse_looks import Wanted, candidates, usable_of
from quaywatch.workflows.timelapse_plan import FORMATS, METHOD, Making, Plan, checked, planned

PREDICATE = "timelapse"


def timelapse(
    workspace: Workspace,
    name: str,
    wanted: Wanted,
    making: Making,
    folder: Path,
    *,
    now: datetime,
    report: Report,
) -> dict[str, Any]:
    """Make the film of a site and the pictures asked for with it.

    Args:
        workspace: whose looks.
        name: id of the site.
        wanted: which looks, of what.
        making: how to show them.
        folder: where to; made if absent.
        now: aware UTC, when the ledger learns of it.
        report: told how far it is.

    Raises:
        SiteMissingError: there is no such site.
        ArgumentError: no such part or format, or a number out of bounds.
        LooksMissingError: it was not looked at in that time.
        LooksUnusableError: no look can be used; it says why.
        LookSingleError: one can.
        LicenceForbidsError: licences forbid it.
        DiskFullError: no room; no half a film is left.

    """
    checked(wanted, making)
    sites = sites_of(workspace)
    if name not in sites:
        raise SiteMissingError(name=name, known=", ".join(sites))
    site = sites[name][0]
    report("choosing looks", 0.0)
    found = candidates(workspace, site, wanted)
    usable = usable_of(found, site, wanted)
    plan = planned(site, wanted, making, usable, found, simulated=workspace.config.simulated)
    listed = plan.listed()
    key = hashlib.sha256(canonical_json(listed)).hexdigest()
    beside = folder / f"{plan.stem}.json"
    made = _made(beside, key, folder)
    new = made is None
    if made is None:
        make_folder(folder)
        made = {**listed, "key": key, "files": _make(plan, folder, report)}
        text = json.dumps(made, indent=1, ensure_ascii=False) + "\n"
        land_bytes(text.encode(), beside)
    claim = _claim(plan, made)
    workspace.evidence.append([claim], known_at=now)
    paths = {form: str(folder / n) for form, n in _names(plan).items()}
    return {**made, "paths": paths, "list": str(beside), "claim": claim.id, "new": new}


def _names(plan: Plan) -> dict[str, str]:
    return {form: plan.stem + FORMATS[form] for form in plan.making.formats}


def _made(beside: Path, key: str, folder: Path) -> dict[str, Any] | None:
    """What an earlier run left here, if it is this film and unchanged."""
    try:
        told = json.loads(beside.read_text(encoding="utf-8"))
        same = told["key"] == key and all(
            sha256_of(folder / name) == sha256 for name, sha256 in told["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    found: dict[str, Any] = told
    return found if same else None


def _make(plan: Plan, folder: Path, report: Report) -> dict[str, str]:
    """Draw every file asked for; each takes its name when it is whole."""
    names = _names(plan)
    shades = stretches(plan, report)
    mark = f"{TEMPORARY}{os.getpid()}-{secrets.token_hex(8)}"
    moving = [form for form in names if form in {"mp4", "gif"}]
    wanted = {form: folder / f"{mark}.{form}" for form in names if form != "pair"}
    try:
        with room_for(folder):
            sheet = draw_moving(plan, wanted, shades, report) if wanted else None
        for form in moving:
            wanted[form].chmod(0o644)
            flush_files([wanted[form]])
            wanted[form].replace(folder / names[form])
        sync_folder(folder)
    finally:
        for path in wanted.values():
            path.unlink(missing_ok=True)
    if sheet is not None:
        land_bytes(sheet, folder / names["sheet"])
    if "pair" in names:
        land_bytes(draw_pair(plan, shades), folder / names["pair"])
    return {name: sha256_of(folder / name) for name in sorted(names.values())}


def _claim(plan: Plan, made: dict[str, Any]) -> Claim:
    """The film as a claim: which files, and the looks that they show."""
    return Claim(
        subject=f"site:{plan.site.id}",
        predicate=PREDICATE,
        value={
            "files": made["files"],
            "key": made["key"],
            "looks": len(plan.all),
            "frames": len(plan.shown),
            "left_out": made["left_out"],
            "stamps": list(plan.stamps),
        },
        time=TimeInterval(start=plan.shown[0].at, end=plan.shown[-1].at),
        basis=Basis.OBSERVED,
        method=METHOD,
        parameters={
            "part": plan.wanted.part,
            "min_clear": plan.wanted.min_clear,
            "permission": plan.wanted.permission,
            "making": made["making"],
        },
        inputs=tuple(one.look.id for one in plan.shown),
    )
