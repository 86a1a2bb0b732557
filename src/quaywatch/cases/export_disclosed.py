"""A disclosure of what an export redacted, held against its commitments."""

import json
from collections.abc import Mapping
from typing import Any

from quaywatch.cases.export_commit import Opening

FORMAT = "quaywatch-disclosure@1"


def read_openings(data: bytes) -> list[Opening] | None:
    """The openings of a disclosure; None where the bytes are something else."""
    try:
        told: Any = json.loads(data)
    except (ValueError, UnicodeDecodeError):
        return None
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        return None
    return [
        Opening(str(one["record"]), bytes.fromhex(one["salt"]), one["content"])
        for one in told["openings"]
    ]


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
