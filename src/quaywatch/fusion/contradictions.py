"""Where a ship's broadcasts, images and berths cannot all be right: what a claim of it says.

A contradiction excludes one thing only: that all of it is true of one hull. Which part is wrong
(the broadcast, whose number it was, whose hull the image shows, or a clock) is weighed apart, in
``contradiction_posterior``, and often cannot be told. A claim of predicate ``contradiction``
(method ``contradiction@2``, subject ``imo:…`` or ``mmsi:…``) has a ``Contradiction`` as its value;
whoever reads it calls ``contradiction_of``.
"""

from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from quaywatch.evidence.likelihood import Group
from quaywatch.evidence.record import Claim

METHOD: Final = "contradiction@2"
PREDICATE: Final = "contradiction"


class Kind(StrEnum):
    """What cannot be."""

    TWO_PLACES = "two-places"
    """A broadcast, and an image that shows the ship too far away to be the same hull."""
    IN_PORT = "in-port-while-at-sea"
    """The same, with the hull at a berth while the broadcast is of a ship under way."""
    NOBODY_THERE = "nobody-there"
    """No hull lay where the broadcast puts the ship, and it would have been seen."""
    UNREACHABLE = "unreachable"
    """Two runs of broadcasts under one number, or two sightings, too far apart for one hull."""
    SAME_ROUTE = "same-route"
    """Several hulls broadcast one route, closer than ships of one lane keep to each other."""


class Explanation(StrEnum):
    """What would make a contradiction vanish; the names are those of the case's hypotheses."""

    BROADCAST_FALSE = "broadcast-false"
    """The ship's own broadcasts do not tell where it was."""
    OTHER_BROADCASTER = "other-broadcaster"
    """Another hull broadcast under its number; shared numbers are among these."""
    OTHER_HULL_SEEN = "other-hull-seen"
    """The hull in the image is another than the one named."""
    MISTAKE = "mistake"
    """A clock, a time read in the wrong zone, a garbled report, a hull overlooked."""


SAID: Final[dict[Explanation, str]] = {
    Explanation.BROADCAST_FALSE: "the broadcast does not tell where the ship was",
    Explanation.OTHER_BROADCASTER: "another hull broadcast under its number",
    Explanation.OTHER_HULL_SEEN: "the hull in the image is another",
    Explanation.MISTAKE: "a clock, a time zone or a report is wrong, or a hull was overlooked",
}
"""As a clause of a sentence."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Weighed(_Part):
    """One piece of evidence, and how likely it is under each explanation, up to a factor."""

    name: str
    likelihood: dict[Explanation, float]
    """Relative: only their ratios matter. An explanation left out is not asked about."""
    group: Group
    """Its kind: several of one kind are shrunk together, and capped (METHODS §10)."""
    measured: bool
    """False where an expert set the ratios; then none is beyond 5 to 1."""
    because: str
    """One sentence, as printed."""
    record: str | None = None
    """The claim that says so, where one does."""


class UnderPrior(_Part):
    """The answer under one set of priors."""

    name: str
    prior: dict[Explanation, float]
    posterior: dict[Explanation, float]
    """Within 1% to 99% each."""


class Contradiction(_Part):
    """The value of a claim of predicate ``contradiction``.

    Examples:
        >>> Contradiction.model_json_schema()["title"]
        'Contradiction'

    """

    kind: Kind
    verdict: str
    """``impossible`` (for one hull), ``not-seen``, or ``closer-than-peers``."""
    concluded: Explanation | None
    """Where one word holds under two of three priors and says likely or more; else None."""
    term: str | None
    """That word (ICD-203); None where nothing is concluded."""
    conclusion: str
    """One or two sentences, as printed; says plainly where it cannot be told."""
    together: str | None = None
    """What the explanations in which the broadcast is not of the hull seen come to, together."""
    posterior: tuple[UnderPrior, ...]
    evidence: tuple[Weighed, ...]
    sisters: tuple[str, ...] = ()
    """Other hulls that look alike, as far as anybody listed them."""
    with_ships: tuple[str, ...] = ()
    """Subjects of other hulls that the contradiction is with (same route, shared number)."""
    rests_on: str
    """``great-circle`` (no map of land is needed), ``water``, ``image`` or ``route``."""
    great_circle_nm: float | None = None
    lower_bound_nm: float | None = None
    """Least distance that counts: over water where that was asked, else the great circle."""
    hours: float | None = None
    """The most time that can lie between the two."""
    required_speed_kn: float | None = None
    """Least speed of one hull that did both."""
    max_speed_kn: float | None = None
    clock_slack_h: float | None = None
    """How many hours wrong the clocks would have to be."""
    lr: float | None = None
    """Nobody there: P(these images | not there) / P(these images | there). Same route: e-value."""
    messages: tuple[str, ...]
    assumptions: tuple[str, ...]
    would_settle: tuple[str, ...]
    """What to look for next, so that one explanation is left."""
    working: tuple[dict[str, JsonValue], ...]
    geometry: dict[str, JsonValue]
    plates: tuple[dict[str, JsonValue], ...] = ()
    bearings: tuple[dict[str, JsonValue], ...] = Field(default=())
    """``evidence.bearing.Bearing`` values."""


def contradiction_of(claim: Claim) -> Contradiction | None:
    """What a claim of a contradiction says; None where the claim is another.

    Raises:
        ValidationError: it has that predicate and says something else.

    Examples:
        >>> contradiction_of(Claim(subject="imo:1059149", predicate="cargo", reason="no image",
        ...                        basis="inferred", method="cargo@1")) is None
        True

    """
    if claim.predicate != PREDICATE or claim.value is None:
        return None
    return Contradiction.model_validate(claim.value)
