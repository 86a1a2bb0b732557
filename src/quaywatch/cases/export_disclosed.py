"""A disclosure of what an export redacted, held against its commitments."""

import json
from collections.abc import Mapping
from typing import Any

from quaywatch.cases.export_commit import Opening

FORMAT = "quaywatch-disclosure@1"


def read_openings(data: bytes, root: str) -> list[Opening] | None:
    """The openings that a disclosure has for one export; None where the bytes are something else.

    Args:
        data: of the file.
        root: the hash that pins the export.

    """
    try:
        told: Any = json.loads(data)
    except (ValueError, UnicodeDecodeError):
        return None
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        return None
    try:
        return [
            Opening(str(one["record"]), bytes.fromhex(one["salt"]), dict(one["content"]))
            for one in told["exports"].get(root, [])
        ]
    except (ValueError, LookupError, TypeError, AttributeError):
        return []  # a damaged one opens nothing, and that is said


def wrong_openings(openings: list[Opening], committed: Mapping[str, str]) -> list[str]:
    """What is wrong with a disclosure, one sentence each: none where it is what was committed to.

    Args:
        openings: what was handed over.
        committed: id of a record of the export → its commitment.

    """
    wrong = []
    for one in openings:
        if one.record not in committed:
            wrong.append(f"{one.record} is not redacted in this export")
        elif not one.opens(committed[one.record]):
            wrong.append(f"{one.record} was something else when it was committed to")
    return wrong
