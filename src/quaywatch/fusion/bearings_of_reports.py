"""Bearings of what others report: sightings, loadings, absences, and the images that they name.

A report that compares hulls counts by its ratio, held to 5; a bare one counts 2 to 1. Where the
image named is held, what it shows stands in for the report.
"""

from typing import Final

from quaywatch.evidence.bearing import Bearing, Hypothesis
from quaywatch.evidence.likelihood import Group
from quaywatch.evidence.record import Claim, Record
from quaywatch.fusion.bearings_of_checks import BARE_REPORT
from quaywatch.fusion.bearings_told import Told, reported_ratio

NO_HULL: Final = 0.5
"""The image named shows none there. Not less: against a quay the detector loses hulls."""
SHOWN: Final = frozenset({"hull there", "berth occupied"})


def of_sighting(told: Told) -> tuple[Bearing, ...]:
    """Of a ship that others report seen, or seen loading."""
    return _of_report(told, told.claim, "Others report it seen there.")


def of_sighting_image(told: Told) -> tuple[Bearing, ...]:
    """Of the image that a report names, where it is held; it stands in for the report."""
    report = told.inputs[0] if told.inputs else None
    if not isinstance(report, Claim):
        return ()
    verdict = told.value.get("verdict")
    if verdict in SHOWN:
        said = "The image named shows a hull there; that it is this ship others report."
        return _of_report(told, report, said)
    if verdict == "no hull found" and told.site is not None:
        return (
            Bearing(
                hypothesis=Hypothesis.CALLED,
                about=told.claim.subject,
                at=told.site,
                ratio=NO_HULL,
                group=Group.IMAGERY_PRESENCE,
                cause=told.seen_cause,
                because="In the image named no hull was found there; against a quay the detector "
                "loses hulls.",
            ),
        )
    return _of_report(told, report, "Others report it seen there; the image named cannot tell.")


def _of_report(told: Told, report: Record, said: str) -> tuple[Bearing, ...]:
    ratio = reported_ratio(report)
    made = []
    if ratio is not None:
        compared = f"Others compared hulls and put it at {ratio:g} to 1."
        made.append(_bearing(told, Hypothesis.SAME_HULL, ratio, compared))
        made.append(_bearing(told, Hypothesis.OTHER_HULL_SEEN, 1 / ratio, compared))
    if told.site is not None:
        weight = ratio if ratio is not None else BARE_REPORT
        made.append(_bearing(told, Hypothesis.CALLED, weight, said))
        if isinstance(report, Claim) and report.predicate == "loading-at":
            because = "Others report it loading there."
            made.append(_bearing(told, Hypothesis.LOADED, BARE_REPORT, because))
    return tuple(made)


def _bearing(told: Told, hypothesis: Hypothesis, ratio: float, because: str) -> Bearing:
    return Bearing(
        hypothesis=hypothesis,
        about=told.claim.subject,
        at=told.site,
        ratio=ratio,
        group=Group.REPORTED,
        cause=told.said_cause,
        because=because,
    )


def of_reported_empty(told: Told) -> tuple[Bearing, ...]:
    """Of a place that others report empty, no check of it having been made."""
    return (
        Bearing(
            hypothesis=Hypothesis.BROADCAST_FALSE,
            about=told.claim.subject,
            ratio=BARE_REPORT,
            group=Group.REPORTED,
            cause=told.said_cause,
            because="Others report no ship at the position broadcast.",
        ),
    )
