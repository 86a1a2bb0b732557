"""Disclose what an export redacted: the records as they were, with the salts that open them.

What a later disclosure will say is written down when the export is made, beside the secret of the
salts and as secret as that: which records an export shows in part depends on every record that its
verification read, and the workspace will have others by then. An export never holds it.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from quaywatch.cases.closure import rests_on
from quaywatch.cases.export_commit import Opening, salt_for
from quaywatch.cases.export_disclosed import FORMAT
from quaywatch.errors import ExportMissingError, FileUnusableError, RedactedUnknownError
from quaywatch.evidence.record import Source, canonical_json
from quaywatch.stores.files import land_bytes
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.case_export_plan import Plan, secret_of

OPENINGS_DIR = "export-openings"
"""In ``store/``: a file for each redacted export, named by the export's hash."""
_FORMAT = "quaywatch-openings@1"


def keep_openings(workspace: Workspace, plan: Plan, root: str) -> Path | None:
    """Write down what opens an export's commitments; None where it redacts nothing.

    Args:
        workspace: that the export was made from.
        plan: what went into it.
        root: the hash that pins the export.

    """
    if not plan.redaction.redacted:
        return None
    secret = secret_of(workspace)
    below: dict[str, frozenset[str]] = {}
    openings: list[JsonValue] = []
    for one in plan.redaction.redacted:  # each after all that it rests on
        record = plan.originals[one.original]
        under = [below.get(i, frozenset()) for i in rests_on(record)]
        mine = {one.original} if isinstance(record, Source) else set()
        below[one.original] = frozenset(mine).union(*under)
        if one.id not in plan.records:
            continue
        rests: list[JsonValue] = [*sorted(below[one.original])]
        openings.append(
            {
                "record": one.id,
                "commitment": one.commitment,
                "salt": salt_for(secret, one.original).hex(),
                "content": record.content(),
                "under": rests,
            }
        )
    named: dict[str, JsonValue] = {
        i: record.name
        for i in sorted(frozenset().union(*below.values()))
        if isinstance(record := plan.originals[i], Source)
    }
    told: dict[str, JsonValue] = {
        "format": _FORMAT,
        "case": plan.case.id,
        "export": root,
        "sources": named,
        "openings": openings,
    }
    path = workspace.root / "store" / OPENINGS_DIR / f"{root}.json"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if path.exists():
        path.unlink()  # the same export made again: its openings are the same
    land_bytes(canonical_json(told), path)
    path.chmod(0o400)
    return path


def disclose_source(workspace: Workspace, case_id: str, redacted: Sequence[str], out: Path) -> int:
    """Write what opens the commitments of every export of a case that redacts these sources.

    A record that rests on a redacted source that is not named stays closed.

    Returns:
        How many commitments it opens.

    Raises:
        ExportMissingError: no export of the case redacts anything.
        RedactedUnknownError: none redacts such a source.
        FileUnusableError: there is something at ``out``, or what was kept is damaged.

    """
    if out.exists():
        raise FileUnusableError(path=str(out), fact="it is there already")
    kept = _kept(workspace, case_id)
    if not kept:
        raise ExportMissingError(case=case_id)
    known = {name: i for _, told in kept for i, name in told["sources"].items()}
    wanted = {text: _ids(text, kept) for text in redacted}
    for text, ids in wanted.items():
        if not ids:
            raise RedactedUnknownError(text=text, known=", ".join(sorted(known)) or "none")
    if not wanted:
        raise RedactedUnknownError(text="", known=", ".join(sorted(known)) or "none")
    exports: dict[str, JsonValue] = {}
    n = 0
    for path, told in kept:
        if all(ids & set(told["sources"]) for ids in wanted.values()):
            opened = _opened(path, told, frozenset().union(*wanted.values()))
            exports[told["export"]] = opened
            n += len(opened)
    if not exports:
        raise RedactedUnknownError(text=", ".join(redacted), known=", ".join(sorted(known)))
    disclosed: dict[str, JsonValue] = {"format": FORMAT, "case": case_id, "exports": exports}
    land_bytes(canonical_json(disclosed), out)
    return n


def _kept(workspace: Workspace, case_id: str) -> list[tuple[Path, dict[str, Any]]]:
    """What was written down for the exports of a case."""
    kept = []
    for path in sorted((workspace.root / "store" / OPENINGS_DIR).glob("*.json")):
        try:
            told = json.loads(path.read_bytes())
            fits = told["format"] == _FORMAT and told["export"] == path.stem
        except (ValueError, LookupError, TypeError) as err:
            raise FileUnusableError(path=str(path), fact="it is damaged") from err
        if not fits:
            raise FileUnusableError(path=str(path), fact="it is damaged")
        if told["case"] == case_id:
            kept.append((path, told))
    return kept


def _ids(text: str, kept: Sequence[tuple[Path, Mapping[str, Any]]]) -> frozenset[str]:
    """Ids of redacted sources that a file name or the beginning of an id names."""
    named = {i: name for _, told in kept for i, name in told["sources"].items()}
    return frozenset(
        i
        for i, name in named.items()
        if text and (text == name or i.startswith(text) or i.partition(":")[2].startswith(text))
    )


def _opened(path: Path, told: Mapping[str, Any], named: frozenset[str]) -> list[JsonValue]:
    """Those that rest on no other redacted source, each held against its commitment.

    Raises:
        FileUnusableError: one is not what was committed to.

    """
    opened: list[JsonValue] = []
    for one in told["openings"]:
        if not named.issuperset(one["under"]):
            continue
        opening = Opening(one["record"], bytes.fromhex(one["salt"]), one["content"])
        if not opening.opens(one["commitment"]):
            raise FileUnusableError(path=str(path), fact="it is not what was committed to")
        opened.append({name: one[name] for name in ("record", "salt", "content")})
    return opened
