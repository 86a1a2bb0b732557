"""Events of kind ``identity``: what transponders said of themselves, made events.

``identity_events`` looks at one piece of the lake; ``shared_identity_events`` at all ships at
once, by the summaries that ``identity_summary`` leaves of each piece. None of them carries a
likelihood ratio: identities are typed in by hand, and ships are sold and renamed lawfully.
"""

from typing import Final, NamedTuple

import polars as pl

from quaywatch.ais.events import as_events
from quaywatch.vessels.across import (
    heard_summary,
    imo_on_two_mmsis,
    imo_summary,
    mmsi_near_regular,
)
from quaywatch.vessels.changes import identity_changes
from quaywatch.vessels.findings import DETAIL
from quaywatch.vessels.repeats import with_repeats
from quaywatch.vessels.spells import said

VERDICTS: Final = (
    "rename", "other-name", "two-names", "imo-change", "two-imos", "imo-check-digit",
    "flag-conflict", "imo-on-two-mmsis", "mmsi-near-regular",
)  # fmt: skip
"""The words of these events; null where it was not judged, with a reason."""


class IdentitySummary(NamedTuple):
    """What one piece leaves for questions over all ships; see ``shared_identity_events``."""

    imos: pl.DataFrame
    """One row for each IMO number and MMSI that sent it."""
    heard: pl.DataFrame
    """One row for each MMSI."""


def identity_events(
    statics: pl.DataFrame,
    positions: pl.DataFrame | None = None,
    *,
    flags: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """What each transponder of a piece said of itself that changed or contradicts itself.

    Args:
        statics: columns of ``STATICS``.
        positions: columns of ``POSITIONS``, of the same transponders, sorted by ``mmsi``, ``at``.
            Without them what is written beside positions counts as said once.
        flags: ``mmsi``, ``flag`` (ISO 3166) as declared elsewhere.

    Returns:
        Columns of ``EVENTS_FRAME``; kind ``identity``.

    Examples:
        >>> from datetime import UTC, datetime
        >>> from quaywatch.ais.schema import STATICS_FRAME, conform
        >>> at = [datetime(2025, 1, d, tzinfo=UTC) for d in range(1, 9)]
        >>> statics = conform(pl.DataFrame({"mmsi": [412000001] * 8, "at": at,
        ...     "imo": [9125786] * 8, "name": ["CASIO"] * 4 + ["CARTIER"] * 4,
        ...     "msg_type": [5] * 8, "source_id": ["s"] * 8, "record": range(8)}), STATICS_FRAME)
        >>> found = identity_events(statics)
        >>> found.select("verdict", "log_lr", "record", "end_record").row(0)
        ('rename', None, 3, 4)

    """
    return as_events(identity_changes(statics, positions, flags=flags), detail=DETAIL)


def identity_summary(positions: pl.DataFrame, statics: pl.DataFrame) -> IdentitySummary:
    """What a piece leaves for ``shared_identity_events``; arguments as for ``identity_events``."""
    rows = said(with_repeats(statics, positions))
    return IdentitySummary(imo_summary(rows), heard_summary(positions, rows))


def identities(
    positions: pl.DataFrame, statics: pl.DataFrame, *, flags: pl.DataFrame | None = None
) -> tuple[pl.DataFrame, IdentitySummary]:
    """``identity_events`` and ``identity_summary`` of one piece, reports read once for both."""
    rows = said(with_repeats(statics, positions))
    return identity_events(rows, flags=flags), identity_summary(positions, rows)


def shared_identity_events(summaries: list[IdentitySummary]) -> pl.DataFrame:
    """One IMO number from several transponders, and numbers most likely garbled on the air.

    Args:
        summaries: those of all pieces.

    Returns:
        Columns of ``EVENTS_FRAME``; kind ``identity``.

    Examples:
        >>> shared_identity_events([]).height
        0

    """
    if not summaries:
        return as_events(pl.DataFrame(schema={"kind": pl.String()}))
    imos = imo_on_two_mmsis(pl.concat([one.imos for one in summaries]))
    near = mmsi_near_regular(pl.concat([one.heard for one in summaries]))
    return as_events(pl.concat([imos, near]), detail=DETAIL)
