"""Events of a pass taken into the ledger as claims, so that a case can argue them."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from pydantic import JsonValue

from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim
from quaywatch.stores.events import Pass
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.names import mmsis_of

METHOD: Final = "ais-event@1"
"""Takes one event into the ledger; the event's own method is among its parameters."""
ARGUED: Final[Mapping[str, frozenset[str]]] = {
    "gap": frozenset({"significant", "unusual", "not-informative", "unjudged"}),
    "two-tracks": frozenset({"two-places", "shared-mmsi"}),
    "encounter": frozenset({"met"}),
    "integrity": frozenset({"tell"}),
}
"""Kinds and verdicts that become claims about a vessel that somebody names."""
COMBINED: Final = "combined"
_KEPT: Final = (
    "test", "segment", "other_mmsi", "other_segment", "lon", "lat", "end_lon", "end_lat",
    "verdict", "applicable", "reason", "statistic", "unit", "n", "p", "log_lr",
    "source_id", "record", "end_source_id", "end_record",
)  # fmt: skip
_ASSUMES: Final[Mapping[str, tuple[str, ...]]] = {
    "gap": (
        "The reports at both ends of the gap are true and of one hull.",
        "In the gap she would have been heard as her peers were, there and then.",
    ),
    "two-tracks": (
        "The receivers' clocks are right to within an hour.",
        "No ship sails faster than 25 knots between two reports compared.",
    ),
    "encounter": ("The reports of both ships are true.",),
    "integrity": ("The ships it is compared with are honest, and of her kind.",),
}
_FORMULA: Final[Mapping[str, str]] = {
    "gap": "peers' messages an hour × hours, along the ways that she can have sailed",
    "two-tracks": "greatest distance between reports less than an hour apart",
    "encounter": "time together",
    "integrity": "mean of the e-values of the tests that could be run, capped",
}
_RESTS: Final[Mapping[str, str]] = {
    "gap": "other ships heard where it begins",
    "two-tracks": "reports of the lesser track",
    "encounter": "slots of ten minutes",
    "integrity": "reports of the track",
}
_ENDS: Final[Mapping[str, tuple[str, str]]] = {
    "gap": ("last report before", "first report after"),
    "two-tracks": ("report of one track", "report of the other"),
    "encounter": ("mean place together", "mean place together"),
    "integrity": ("first report", "last report"),
}
_APART: Final[Mapping[str, str]] = {"mean_m": "mean distance", "nearest_m": "least distance"}
SHARED: Final = "shared-mmsi"


def event_claims(workspace: Workspace, subjects: Sequence[str]) -> list[Claim]:
    """What the passes so far found about these ships and still holds; none without a pass."""
    passes = workspace.events.passes()
    mmsis = sorted({mmsi for subject in subjects for mmsi in mmsis_of(workspace, subject)})
    if not passes or not mmsis:
        return []
    rows = workspace.events.known(mmsi=mmsis, kinds=sorted(ARGUED))
    made_by = {one.number: one for one in passes}
    return [
        event_claim(row, made_by[row["pass_number"]])
        for row in rows.iter_rows(named=True)
        if row["verdict"] in ARGUED[row["kind"]] and row["test"] in {None, COMBINED, "gfw",
                                                                    "lightering"}
    ]  # fmt: skip


def event_claim(row: Mapping[str, Any], made_by: Pass) -> Claim:
    """One event as a claim that rests on the pass which first found it."""
    return Claim(
        subject=f"mmsi:{row['mmsi']:09d}",
        predicate=f"ais-{row['kind']}",
        value=_value(row),
        time=None if row["start"] is None else _interval(row["start"], row["end"]),
        basis=Basis.INFERRED,
        method=METHOD,
        parameters={"event": row["event_id"], "method": row["method"]},
        inputs=(made_by.claim.id,),
    )


def _value(row: Mapping[str, Any]) -> dict[str, JsonValue]:
    detail: dict[str, Any] = json.loads(row["detail"]) if row["detail"] else {}
    value: dict[str, JsonValue] = {name: row[name] for name in _KEPT if row[name] is not None}
    value["detail"] = detail
    innocent = detail.get("innocent")
    explained = f"An ordinary explanation is {innocent}" if innocent else None
    said = [detail.get("message"), row["reason"], explained]
    value["messages"] = [_sentence(text) for text in said if text]
    value["assumptions"] = list(_ASSUMES[row["kind"]])
    value["working"] = _working(row, detail)
    value["geometry"] = _geometry(row)
    if row["kind"] == "gap" and row["end"] is not None and row["end_lon"] is not None:
        value |= _gap_keys(row)
    return value


def _sentence(text: str) -> str:
    upper = text[0].upper() + text[1:]
    return upper if upper.endswith(".") else f"{upper}."


def _gap_keys(row: Mapping[str, Any]) -> dict[str, JsonValue]:
    """What ``reach`` reads of a gap, whichever version made it."""
    return {
        "hours": round((row["end"] - row["start"]).total_seconds() / 3600, 3),
        "last": {"lon": row["lon"], "lat": row["lat"], "record": row["record"]},
        "next": {"lon": row["end_lon"], "lat": row["end_lat"], "record": row["end_record"]},
    }


def _working(row: Mapping[str, Any], detail: Mapping[str, Any]) -> list[JsonValue]:
    shared = row["verdict"] == SHARED
    formula = "hours of all segments over hours heard" if shared else _FORMULA[row["kind"]]
    rests = "segments" if shared else _RESTS[row["kind"]]
    rows: list[tuple[str, str, Any, str]] = [
        ("Measured", formula, row["statistic"], row["unit"] or ""),
        *(("Measured", said, detail.get(name), "m") for name, said in _APART.items()),
        ("Rests on", rests, row["n"], ""),
        ("Chance, if nothing is amiss", "p", row["p"], ""),
        ("Log likelihood ratio", "natural, capped", row["log_lr"], ""),
    ]
    welch = detail.get("welch")
    if row["kind"] == "gap":
        words = {True: "disabled", False: "not disabled", None: "cannot be said"}
        rows.append(("Welch et al. (2022), for comparison", "their rule", words[welch], ""))
    return [
        {"label": label, "formula": formula, "value": value, "unit": unit}
        for label, formula, value, unit in rows
        if value is not None
    ]


def _geometry(row: Mapping[str, Any]) -> JsonValue:
    ends: list[list[float]] = [
        [row[lon], row[lat]]
        for lon, lat in (("lon", "lat"), ("end_lon", "end_lat"))
        if row[lon] is not None and row[lat] is not None
    ]
    if row["kind"] == "encounter":
        ends = ends[:1]
    features: list[JsonValue] = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": list(end)},
            "properties": {"role": "broadcast", "label": label},
        }
        for end, label in zip(ends, _labels(row), strict=False)
    ]
    if row["kind"] == "gap" and len(ends) > 1:
        features.append(
            {
                "type": "Feature",
                "geometry": {"type": "LineString", "coordinates": [list(end) for end in ends]},
                "properties": {"role": "gap", "label": ""},
            }
        )
    return {"type": "FeatureCollection", "features": features}


def _labels(row: Mapping[str, Any]) -> tuple[str, str]:
    return ("first report", "last report") if row["verdict"] == SHARED else _ENDS[row["kind"]]


def _interval(start: datetime, end: datetime | None) -> TimeInterval:
    return TimeInterval(start=start, end=end or start)
