"""Who the hulls of a scene are, by AIS: what a claim of a match says, as it is kept and read.

A claim of predicate ``match`` (method ``match@1``, subject ``scene:…``) has a ``SceneMatch`` as its
value; whoever reads it calls ``match_of``. A match is a posterior over joint assignments, never
only its winner: each hull says how likely each transponder is the one, and how likely none of
those heard. Nothing here says what a ship intended.
"""

from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from quaywatch.evidence.record import Claim

METHOD: Final = "match@1"
PREDICATE: Final = "match"
MATCHED_FROM: Final = 0.9
"""Probability from which a hull is called matched, or none of the ships heard."""


class MatchVerdict(StrEnum):
    """What is said of one hull."""

    MATCHED = "matched"
    """One transponder accounts for it with at least 90%."""
    AMBIGUOUS = "ambiguous"
    """Several could, or none quite; or the joint posterior is not known well enough."""
    DARK = "dark"
    """A ship of a size that must carry class A; none of those heard accounts for it, and whoever
    had sent there and then would have been heard. It says nothing of why."""
    UNMATCHED = "unmatched-coverage-unknown"
    """None of those heard accounts for it, and a ship that sent might have gone unheard."""
    NOT_BOUND = "unmatched-not-bound"
    """None accounts for it, and it need not broadcast: a small craft, or no ship at all."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Hearing(_Part):
    """Whether a ship that sent there and then would have been heard."""

    adequate: bool
    p_heard: float | None
    """P(at least one message | it sends like its peers); None where that cannot be told."""
    per_hour: float | None
    """Messages an hour that ships there are heard with; the least of the speed bands."""
    peers: int
    strength: float | None
    """Of the feed about the capture, 1 as usual; None where nobody was there to tell."""
    window_h: float
    """Hours about the capture that were asked about."""
    reason: str
    """A sentence, as printed."""


class Candidate(_Part):
    """A transponder that may be the hull's."""

    mmsi: int
    p: float
    distance_m: float
    """From where it is expected to the hull's centre."""
    sigma_m: float
    """Standard deviation per axis of where it is expected, the image's own error included."""
    minutes_from_fix: float
    """To the nearest report used."""
    length_m: float | None


class MatchedHull(_Part):
    """One hull of the scene."""

    id: str
    """``h01``, … in the order of ``SceneMatch.hulls``."""
    lon: float
    lat: float
    length_m: float
    length_sigma_m: float
    heading_deg: float
    """Axis, 0 to 180: which end is the bow is not said."""
    cut_by_edge: bool
    """Then the length is a lower bound, and is not used."""
    look: str
    """Id of the claim of the look in which it was found."""
    verdict: MatchVerdict
    mmsi: int | None
    """The transponder where the verdict is ``matched``; else None."""
    p_matched: float
    """P(one of the ships heard): the sum over all candidates."""
    p_unheard: float
    """P(a ship bound to carry class A, none of those heard)."""
    p_not_bound: float
    """P(a craft that need not broadcast, or no ship at all). The three sum to 1."""
    p_dark: float | None
    """``p_unheard`` where a ship that sent would have been heard; None where that is not shown, for
    then it may have sent and gone unheard."""
    candidates: tuple[Candidate, ...]
    """Likeliest first; those under 0.1% are left out."""
    hearing: Hearing
    reason: str
    """A sentence, as printed."""


class ShipInFrame(_Part):
    """One transponder that was expected in the part of the scene that was searched."""

    mmsi: int
    lon: float
    lat: float
    """Where its hull's centre is expected at capture."""
    sigma_m: float
    p_in_frame: float
    """P(its centre lay in the searched part)."""
    p_detect: float
    """P(found | it lay there under a clear sky); less where it lay at a drawn berth."""
    p_missed: float
    """P(no hull of the scene is this ship), given everything: away, hidden or overlooked."""
    hull: str | None
    """Id of the hull matched to it, if one is."""
    p_hull: float
    """P(its likeliest hull is this ship)."""
    minutes_from_fix: float
    sides: str
    """``both``, ``before`` or ``after``: where its reports lie about the capture."""
    still: bool
    """It lay still at the same place by all reports used."""
    length_m: float | None
    long_range: bool = False
    """Known by reports of type 27 only, rounded to a tenth of a minute."""
    shared: bool = False
    """Several hulls may send under this number; each chain of reports is one candidate."""
    reports: tuple[str, ...] = ()
    """``source:… record n`` of each report used."""


class Controls(_Part):
    """What agreed: to be read beside what did not."""

    hulls: int
    matched: int
    ambiguous: int
    dark: int
    unmatched: int
    not_bound: int
    expected: float
    """Ships heard that should have been found: the sum of P(in frame) times P(found)."""
    found: float
    """Of them, those that were: the sum of P(matched) over hulls."""
    still_matched: int
    """Ships lying still by AIS that were matched to a hull: place and clock of the scene hold."""
    median_offset_m: float | None
    """From where matched ships were expected to their hulls; None where none is matched."""


class JointSum(_Part):
    """How the posterior over joint assignments was summed."""

    components: int
    largest: int
    """Hulls and ships in the largest component."""
    exact: bool
    left_out: float
    """Upper bound on the probability that was left out of any figure here."""


class SceneMatch(_Part):
    """The value of a claim of predicate ``match``.

    Examples:
        >>> SceneMatch.model_json_schema()["title"]
        'SceneMatch'

    """

    scene: str
    sensor: str
    gsd_m: float
    captured_start: str
    captured_end: str
    searched: tuple[str, ...]
    """Sites (``site:…``) in whose windows hulls were looked for."""
    searched_km2: float
    hulls: tuple[MatchedHull, ...]
    ships: tuple[ShipInFrame, ...]
    """Transponders expected in the searched part with at least 5%, or a candidate of a hull."""
    ais_reports: int
    """Reports about the capture that were gone through; 0: an empty slice, which says nothing."""
    controls: Controls
    joint: JointSum
    messages: tuple[str, ...]
    assumptions: tuple[str, ...]
    bearings: tuple[dict[str, JsonValue], ...] = Field(default=())
    """``evidence.bearing.Bearing`` values."""


def match_of(claim: Claim) -> SceneMatch | None:
    """What a claim of a match says; None where it says why it has no value.

    Raises:
        ValidationError: it is no claim of a match.

    Examples:
        >>> nothing = Claim(subject="scene:a", predicate="match", reason="day only",
        ...                 basis="inferred", method=METHOD)
        >>> match_of(nothing) is None
        True

    """
    return None if claim.value is None else SceneMatch.model_validate(claim.value)
