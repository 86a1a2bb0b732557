"""Shape of what is found of identities: an event of kind ``identity``, and its extras."""

from typing import Any, Final

import polars as pl

METHOD: Final = "vessel-identity@2"
DETAIL: Final = ["was", "now", "was_n", "now_n", "kept", "values_n", "message"]
"""Extras, packed into ``detail`` by who makes events of them. ``was``/``now``: the two values (of
``imo-on-two-mmsis`` and ``mmsi-near-regular`` the two MMSIs, of ``flag-conflict`` the countries);
``was_n``/``now_n``: times each was said; ``kept``: what both were said with (``imo``,
``callsign``, ``size``), ``values_n``: how many values there are in all."""
NEVER_SCORED: Final = "Said, not proven: never scored alone."
_TIME: Final = pl.Datetime("us", "UTC")
_FRAME: Final[dict[str, pl.DataType]] = {
    "kind": pl.String(),
    "mmsi": pl.UInt32(),
    "other_mmsi": pl.UInt32(),
    "start": _TIME,
    "end": _TIME,
    "verdict": pl.String(),
    "applicable": pl.Boolean(),
    "reason": pl.String(),
    "statistic": pl.Float64(),
    "unit": pl.String(),
    "n": pl.UInt32(),
    "p": pl.Float64(),
    "method": pl.String(),
    "was": pl.String(),
    "now": pl.String(),
    "was_n": pl.UInt32(),
    "now_n": pl.UInt32(),
    "kept": pl.String(),
    "values_n": pl.UInt32(),
    "message": pl.String(),
    "source_id": pl.String(),
    "record": pl.UInt64(),
    "end_source_id": pl.String(),
    "end_record": pl.UInt64(),
}


def findings(found: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows as a table; kind, method and ``applicable`` filled in.

    Examples:
        >>> findings([{"mmsi": 1, "verdict": "rename"}]).select("kind", "applicable").row(0)
        ('identity', True)

    """
    fixed = {"kind": "identity", "applicable": True, "method": METHOD}
    return pl.DataFrame([{**fixed, **row} for row in found], schema=_FRAME)
