"""Findings from AIS alone: sentences that are read aloud, so each says when, and no more."""

import math
from datetime import UTC, datetime

import pytest

from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim
from quaywatch.fusion.ais_findings import ais_finding

WHEN = TimeInterval(
    start=datetime(2021, 12, 31, 22, 3, tzinfo=UTC), end=datetime(2022, 1, 1, 5, 25, tzinfo=UTC)
)


def claim(kind: str, verdict: str, log_lr: float = 2.0) -> Claim:
    """An event of a ship, as a claim."""
    return Claim(
        subject="mmsi:416241500",
        predicate=f"ais-{kind}",
        value={
            "verdict": verdict,
            "statistic": 6107.2,
            "log_lr": log_lr,
            "messages": ["It is so."],
            "assumptions": ["The clocks are right."],
            "detail": {"at_rest": False, "tells": ["jump"]},
            "other_mmsi": 311000111,
        },
        time=WHEN,
        basis=Basis.INFERRED,
        method="ais-event@1",
        parameters={},
        inputs=(f"claim:{'0' * 64}",),
    )


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        ("gap", "significant"),
        ("two-tracks", "two-places"),
        ("two-tracks", "shared-mmsi"),
        ("integrity", "tell"),
        ("encounter", "met"),
    ],
)
def test_a_finding_says_when_in_utc_and_in_which_year(kind: str, verdict: str) -> None:
    """A sentence is quoted without its dossier: an hour of no zone is nobody's hour."""
    finding = ais_finding(claim(kind, verdict), label="MMSI 416241500")

    assert finding is not None
    assert "from 22:03 on 31 December 2021 to 05:25 UTC on 1 January 2022" in finding.statement
    assert finding.rivals[0].stands == "open"


@pytest.mark.parametrize("verdict", ["unusual", "not-informative", "unjudged"])
def test_a_gap_that_reception_may_explain_is_no_finding(verdict: str) -> None:
    """One silence of ten is unusual by chance; a dossier must not carry it."""
    assert ais_finding(claim("gap", verdict), label="MMSI 416241500") is None


@pytest.mark.parametrize(("ratio", "argued"), [(1.5, False), (2.9, False), (3.1, True)])
def test_a_tell_that_weighs_next_to_nothing_is_no_finding(ratio: float, argued: bool) -> None:  # noqa: FBT001  # a row of the table
    """One odd test among twenty that are not must not put a ship's track into a headline."""
    found = ais_finding(claim("integrity", "tell", math.log(ratio)), label="MMSI 416241500")
    assert (found is not None) == argued
