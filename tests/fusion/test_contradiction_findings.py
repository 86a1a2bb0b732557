"""The finding of a contradiction: it says what cannot be, and blames no more than is told."""

from typing import Any

import pytest

from quaywatch.cases.lint import lint_finding
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.likelihood import Group
from quaywatch.evidence.record import Basis, Claim
from quaywatch.evidence.wording import term
from quaywatch.fusion.contradiction_findings import contradiction_finding
from quaywatch.fusion.contradiction_made import Told, impossible, nobody_there
from quaywatch.fusion.contradictions import METHOD, PREDICATE, Explanation, Kind, Weighed
from quaywatch.fusion.two_places import Fix, Separation, two_places
from quaywatch.geo.position import Position

FALSE, OTHER, HULL, MISTAKE = (
    Explanation.BROADCAST_FALSE,
    Explanation.OTHER_BROADCASTER,
    Explanation.OTHER_HULL_SEEN,
    Explanation.MISTAKE,
)
LABEL = "HULL ONE (IMO 9074729)"
KNOWN = Weighed(
    name="likeness", likelihood={FALSE: 60, OTHER: 60, HULL: 1, MISTAKE: 5},
    group=Group.IDENTITY, measured=True, because="Hatches agree.",
)  # fmt: skip
EMPTY = Weighed(
    name="empty sea", likelihood={FALSE: 60, OTHER: 1, HULL: 1, MISTAKE: 1},
    group=Group.IMAGERY_PRESENCE, measured=True, because="No hull there.",
)  # fmt: skip


def placed(predicate: str, at: str, lon: float, lat: float) -> Claim:
    """A report of a broadcast or of a sighting."""
    return Claim(
        subject="imo:9074729", predicate=predicate, value={"lon": lon, "lat": lat},
        time=TimeInterval.parse(at), basis=Basis.REPORTED, method="reported@1",
    )  # fmt: skip


SAID = placed("ais-broadcast-at", "2025-02-03T00:09Z", 124.0, 36.5)
SEEN = placed("loading-at", "2025-02-03T00:16Z", 125.39, 38.72)
IMAGE = Claim(
    subject="imo:9074729", predicate="sighting-image", value={"verdict": "no hull there"},
    basis=Basis.INFERRED, method="sighting-image@1", inputs=(SEEN.id,),
)  # fmt: skip


def odd(*evidence: Weighed) -> Claim:
    """A broadcast against an image, with what weighs in."""
    answer = two_places(
        Fix.broadcast(Position(124.0, 36.5), TimeInterval.parse("2025-02-03T00:09Z")),
        Fix.sighting(Position(125.39, 38.72), TimeInterval.parse("2025-02-03T00:16Z")),
        Separation(149.3, 190.0, 186.0),
    )
    made = impossible(Kind.IN_PORT, answer, Told("imo:9074729", "source:ab", evidence=evidence))
    return Claim(
        subject="imo:9074729", predicate=PREDICATE, value=made.model_dump(mode="json"),
        basis=Basis.INFERRED, method=METHOD, parameters={"kind": "two-places", "parts": [1, 1, 0]},
        inputs=(SAID.id, SEEN.id),
    )  # fmt: skip


def finding(claim: Claim, **more: Any) -> Any:  # noqa: ANN401  # passed on as they are
    """The finding of the pair."""
    return contradiction_finding(claim, (SAID, SEEN), (), label=LABEL, **more)


@pytest.mark.parametrize("evidence", [(), (KNOWN,), (KNOWN, EMPTY)], ids=["0", "1", "2"])
def test_no_word_goes_without_its_figure(evidence: tuple[Weighed, ...]) -> None:
    """A case whose words go further than its figures is not built at all."""
    claim = odd(*evidence)
    assert lint_finding(finding(claim), [claim]) == ()


def test_what_is_concluded_is_quoted_with_the_figure_of_its_word() -> None:
    """The word in the sentence and the probability beside it are one statement."""
    claim = odd(KNOWN, EMPTY)
    value: Any = claim.value
    told = finding(claim)
    assert value["concluded"] == FALSE.value
    assert term(told.probability) == value["term"]
    assert "were not both of one hull. It is " in told.statement
    assert [rival.statement[:20] for rival in told.rivals] == [
        "A clock, a time zone", "The hull in the imag", "Another hull broadca",
    ]  # fmt: skip


def test_where_nothing_is_told_apart_nobody_is_blamed() -> None:
    """With no evidence every explanation stands open, and no probability is stated."""
    told = finding(odd())
    assert told.probability is None
    assert told.statement.endswith("What explains it cannot be told from what is held here.")
    assert "likely" not in told.argument
    assert len(told.rivals) == 4
    assert {rival.stands for rival in told.rivals} == {"open"}


def test_an_image_that_shows_no_hull_takes_the_probability_away() -> None:
    """A sighting that its own image does not bear out accuses nobody."""
    told = finding(odd(KNOWN, EMPTY), images=(IMAGE,))
    assert told.probability is None
    assert "shows no hull there" in told.argument


def test_nobody_there_says_in_how_many_images() -> None:
    """One absence and five are not one statement."""
    value = nobody_there(Told("mmsi:412000001", "scene:a"), lr=20.0, absences=1, controls=3)
    claim = Claim(
        subject="mmsi:412000001", predicate=PREDICATE, value=value.model_dump(mode="json"),
        basis=Basis.INFERRED, method=METHOD, parameters={"parts": [1, 0, 0]}, inputs=(SEEN.id,),
    )  # fmt: skip
    told = contradiction_finding(claim, (SEEN,), (), label="MMSI 412000001")
    assert told.statement.startswith(
        "In 1 image no hull was found where MMSI 412000001 broadcast that it was. "
    )
