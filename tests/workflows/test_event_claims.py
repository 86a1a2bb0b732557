"""Events as claims: what is printed of each beside its map and in its working."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from quaywatch.evidence.record import Basis, Claim
from quaywatch.stores.events import Pass
from quaywatch.workflows.event_claims import event_claim

MADE_BY = Pass(
    Claim(
        subject="ais-lake", predicate="ais-pass", value={"pass": 1}, basis=Basis.INFERRED,
        method="ais-pass@1", parameters={}, inputs=(),
    ),
    datetime(2025, 1, 1, tzinfo=UTC),
)  # fmt: skip


def event(kind: str, verdict: str, **detail: Any) -> dict[str, Any]:  # noqa: ANN401  # as JSON has
    """A row of the events."""
    return {
        "event_id": "event:1", "method": "m@1", "kind": kind, "mmsi": 416241500, "test": None,
        "segment": 0, "other_mmsi": 416241500, "other_segment": 1,
        "start": datetime(2021, 1, 1, tzinfo=UTC), "end": datetime(2021, 1, 2, tzinfo=UTC),
        "lon": 120.0, "lat": 22.0, "end_lon": 172.0, "end_lat": 1.0, "verdict": verdict,
        "applicable": True, "reason": None, "statistic": 2.0, "unit": "km", "n": 3, "p": None,
        "log_lr": None, "source_id": "s", "record": 1, "end_source_id": "s", "end_record": 2,
        "detail": json.dumps(detail),
    }  # fmt: skip


def value(row: dict[str, Any]) -> dict[str, Any]:
    """Of its claim."""
    claimed: Any = event_claim(row, MADE_BY).value
    return claimed  # type: ignore[no-any-return]  # JSON


def labels(row: dict[str, Any]) -> list[str]:
    """Beside the points on its map."""
    points = [f for f in value(row)["geometry"]["features"] if f["geometry"]["type"] == "Point"]
    return [point["properties"]["label"] for point in points]


@pytest.mark.parametrize(
    ("kind", "verdict", "expected"),
    [
        ("gap", "significant", ["last report before", "first report after"]),
        ("two-tracks", "two-places", ["report of one track", "report of the other"]),
        ("two-tracks", "shared-mmsi", ["first report", "last report"]),
        ("encounter", "met", ["mean place together"]),
    ],
)
def test_points_are_called_what_they_are(kind: str, verdict: str, expected: list[str]) -> None:
    """Two ships on one number are not one that sailed from the first point to the last."""
    assert labels(event(kind, verdict)) == expected


def test_an_innocent_explanation_is_not_stated_as_fact() -> None:
    """Whoever reads the argument must not take a guess, however kind, for what was found."""
    said = value(event("integrity", "tell", innocent="a steady engine in calm water"))["messages"]

    assert said == ["An ordinary explanation is a steady engine in calm water."]


def test_a_meeting_says_how_near() -> None:
    """Without the distance nobody can tell a transfer from a passing."""
    working = value(event("encounter", "met", mean_m=71.7, nearest_m=49.07))["working"]

    assert [row["value"] for row in working if row["unit"] == "m"] == [71.7, 49.07]
