"""What a claim says for or against a hypothesis: one likelihood ratio, and what it rests on.

Whoever makes a claim knows best how much it says, so the ratio stands in the claim itself, under
``value["bearings"]``; whoever argues a case only joins them. Two bearings of one ``cause`` share
what may be wrong with them (one scene, one article, one receiver), and count once.
"""

from collections.abc import Iterable
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from quaywatch.evidence.likelihood import Group
from quaywatch.evidence.record import Claim

KEY = "bearings"
"""Where in a claim's value they stand."""


class Hypothesis(StrEnum):
    """What a case may ask of a vessel; each is compared with all that would make it untrue."""

    BROADCAST_FALSE = "broadcast-false"
    """The ship's own broadcasts do not tell where the ship was."""
    OTHER_BROADCASTER = "other-broadcaster"
    """Another hull broadcast under the ship's identity."""
    OTHER_HULL_SEEN = "other-hull-seen"
    """The hull in the image is another than the one named."""
    SAME_HULL = "same-hull"
    """The hull in the image is the one named."""
    CALLED = "called"
    """The ship called at the site in the period."""
    LOADED = "loaded"
    """It took cargo there."""
    COMMON_CONTROL = "common-control"
    """The subject is run by those who run another, listed one."""


class Bearing(BaseModel):
    """One likelihood ratio: P(this claim | hypothesis) / P(this claim | not).

    Examples:
        >>> seen = Bearing(hypothesis="called", about="imo:1059149", at="site:nampo", ratio=12.0,
        ...                group="imagery-presence", cause="scene:ab", because="A hull so long.")
        >>> seen.ratio, seen.measured
        (12.0, False)

    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    hypothesis: Hypothesis
    about: str
    """Subject: ``imo:…``, ``mmsi:…``."""
    at: str | None = None
    """``site:…`` or ``site:…/berth:…`` where the hypothesis is of a place."""
    ratio: float = Field(gt=0)
    """Above 1 speaks for the hypothesis. Uncapped: who joins them caps."""
    group: Group
    measured: bool = False
    """True where the ratio was measured on data; then ``n`` says on how much."""
    n: int | None = None
    cause: str
    """What this shares its errors with: a scene, an article, a receiver, a source."""
    because: str
    """One sentence, as printed."""


def bearings_of(claim: Claim) -> tuple[Bearing, ...]:
    """What a claim says for or against hypotheses; empty where it says nothing.

    Raises:
        ValidationError: a bearing is no bearing.

    """
    value = claim.value
    listed = value.get(KEY) if isinstance(value, dict) else None
    if not isinstance(listed, list):
        return ()
    return tuple(Bearing.model_validate(item) for item in listed)


def as_values(bearings: Iterable[Bearing]) -> list[JsonValue]:
    """Bearings as they stand in a claim's value."""
    return [bearing.model_dump(mode="json") for bearing in bearings]
