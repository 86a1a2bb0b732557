"""Disclose what an export redacted: the records as they were, with the salts that open them."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import JsonValue

from quaywatch.cases.case import read_case
from quaywatch.cases.closure import closure
from quaywatch.cases.dossier import CASE_FILE
from quaywatch.cases.export_commit import salt_for
from quaywatch.cases.export_disclosed import FORMAT
from quaywatch.cases.export_redact import redact
from quaywatch.errors import FileUnusableError, RedactedUnknownError
from quaywatch.evidence.record import canonical_json
from quaywatch.stores.files import land_bytes
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.case_export import secret_of, sources_named


def disclose_source(workspace: Workspace, case_id: str, redacted: Sequence[str], out: Path) -> int:
    """Write the openings of everything that a redacted export of this source does not show.

    Returns:
        How many records it opens.

    Raises:
        RedactedUnknownError: the source is not one of the case's.
        FileUnusableError: there is something at ``out``.

    """
    if out.exists():
        raise FileUnusableError(path=str(out), fact="it is there already")
    case = read_case((workspace.cases_dir / case_id / CASE_FILE).read_text(encoding="utf-8"))
    whole = closure(case.findings, workspace.evidence)
    named = sources_named(whole.sources, redacted)
    if not named:
        raise RedactedUnknownError(text=", ".join(redacted), known="")
    secret = secret_of(workspace)
    made = redact(whole.records, named, lambda item: salt_for(secret, item))
    openings: list[JsonValue] = [
        {
            "record": one.id,
            "salt": salt_for(secret, one.original).hex(),
            "content": whole.records[one.original].content(),
        }
        for one in made.redacted
    ]
    told: dict[str, JsonValue] = {"format": FORMAT, "case": case_id, "openings": openings}
    land_bytes(canonical_json(told), out)
    return len(openings)
