"""A film of a site: its usable looks on one grid, under one stretch, with their gaps shown.

The same looks and the same wishes give the same bytes, and a second run makes nothing. Beside each
file lies a list of its frames with the hashes of their sources, and of what was left out and why;
the ledger keeps the hash of the file as a claim that rests on the looks shown.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

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
from quaywatch.workflows.timelapse_plan import METHOD, Making, Plan, checked, pair_of, planned

PREDICATE: Final = "timelapse"
PAIR: Final = "pair"


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
    done = []
    moving = tuple(form for form in making.formats if form != PAIR)
    if moving:
        done += _files(plan, moving, folder, report)
    if PAIR in making.formats:
        two = replace(plan, shown=pair_of(usable, making))
        done += _files(two, (PAIR,), folder, report)
    claims = [one.claim for one in done]
    workspace.evidence.append(claims, known_at=now)
    return {
        **done[0].told,
        "paths": {one.form: str(folder / one.name) for one in done},
        "files": {one.name: one.told["sha256"] for one in done},
        "lists": [str(folder / f"{one.name}.json") for one in done],
        "claims": [claim.id for claim in claims],
        "new": [one.form for one in done if one.new],
    }


@dataclass(frozen=True)
class _Done:
    """A file that is there."""

    form: str
    name: str
    told: dict[str, Any]
    """Its list."""
    claim: Claim
    new: bool


def _files(plan: Plan, forms: Sequence[str], folder: Path, report: Report) -> list[_Done]:
    """Each file of a plan, made unless it is there already and unchanged."""
    lists = {form: plan.listed(form) for form in forms}
    keys = {form: hashlib.sha256(canonical_json(told)).hexdigest() for form, told in lists.items()}
    there = {form: _made(folder / plan.file_name(form), keys[form]) for form in forms}
    todo = [form for form, told in there.items() if told is None]
    if todo:
        make_folder(folder)
        _make(plan, todo, folder, report)
    done = []
    for form in forms:
        name = plan.file_name(form)
        told = there[form]
        if told is None:
            told = {"file": name, "sha256": sha256_of(folder / name), "key": keys[form]}
            told |= lists[form]
            text = json.dumps(told, indent=1, ensure_ascii=False) + "\n"
            land_bytes(text.encode(), folder / f"{name}.json")
        done.append(_Done(form, name, told, _claim(plan, told), form in todo))
    return done


def _made(path: Path, key: str) -> dict[str, Any] | None:
    """The list of what an earlier run left here, if it is this film and unchanged."""
    try:
        told: Any = json.loads(path.with_name(f"{path.name}.json").read_text(encoding="utf-8"))
        same = told["key"] == key and told["sha256"] == sha256_of(path)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return dict(told) if same else None


def _make(plan: Plan, forms: Sequence[str], folder: Path, report: Report) -> None:
    """Draw files; each takes its name when it is whole."""
    shades = stretches(plan, report)
    if PAIR in forms:
        land_bytes(draw_pair(plan, shades), folder / plan.file_name(PAIR))
        return
    _sweep(folder)
    mark = f"{TEMPORARY}{os.getpid()}-{secrets.token_hex(8)}"
    paths = {form: folder / f"{mark}.{form}" for form in forms}
    try:
        with room_for(folder):
            sheet = draw_moving(plan, paths, shades, report)
        for form, path in paths.items():
            if form == "sheet":
                continue
            path.chmod(0o444)
            flush_files([path])
            path.replace(folder / plan.file_name(form))
        sync_folder(folder)
    finally:
        for path in paths.values():
            path.unlink(missing_ok=True)
    if sheet is not None:
        land_bytes(sheet, folder / plan.file_name("sheet"))


def _sweep(folder: Path) -> None:
    """Remove what runs that were killed left half-written; what a living process writes stays."""
    for path in folder.glob(f"{TEMPORARY}*"):
        number = path.name.removeprefix(TEMPORARY).partition("-")[0]
        if number.isdigit() and not _alive(int(number)):
            path.unlink(missing_ok=True)


def _alive(process: int) -> bool:
    """Whether there is such a process; one that we may not ask about is there."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _claim(plan: Plan, told: dict[str, Any]) -> Claim:
    """A file as a claim: its hash, and the looks that it shows."""
    return Claim(
        subject=f"site:{plan.site.id}",
        predicate=PREDICATE,
        value={
            "file": told["file"],
            "sha256": told["sha256"],
            "key": told["key"],
            "looks": len(plan.all),
            "frames": len(plan.shown),
            "left_out": told["left_out"],
            "stamps": list(plan.stamps),
        },
        time=TimeInterval(start=plan.shown[0].at, end=plan.shown[-1].at),
        basis=Basis.OBSERVED,
        method=METHOD,
        parameters={
            "part": plan.wanted.part,
            "min_clear": plan.wanted.min_clear,
            "permission": plan.wanted.permission,
            "making": told["making"],
        },
        inputs=tuple(one.look.id for one in plan.shown),
    )
