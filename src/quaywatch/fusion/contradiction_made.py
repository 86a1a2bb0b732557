"""A contradiction put together: what cannot be, what explains it, and how it was worked out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue

from quaywatch.evidence.bearing import as_values
from quaywatch.fusion.contradiction_evidence import bearings_of_kind
from quaywatch.fusion.contradiction_posterior import Answer, explained, priors_for
from quaywatch.fusion.contradiction_words import (
    ONLY_THIS,
    SETTLES,
    SISTERS_UNKNOWN,
    absent_message,
    clock_message,
    route_message,
    seen_message,
)
from quaywatch.fusion.contradictions import Contradiction, Kind, UnderPrior, Weighed
from quaywatch.fusion.two_places import TwoPlaces

Json = dict[str, JsonValue]
_SHRUNK = (
    "Images of one ship are missed for causes that they may share: their ratios are shrunk before "
    "they are multiplied."
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a contradiction is told beside the measured: what speaks for which explanation."""

    subject: str
    cause: str
    """What it shares its errors with: a scene, an article, the ship's own broadcasts."""
    evidence: Sequence[Weighed] = ()
    ratio: float | None = None
    """Of the likeness, for the bearings; None where none is stated."""
    measured: bool = False
    shared: bool = False
    """Several transponders give this identity as theirs."""
    sisters: Sequence[str] = ()
    with_ships: Sequence[str] = ()
    assumptions: Sequence[str] = ()
    working: Sequence[Json] = ()
    geometry: Json = field(default_factory=dict)
    plates: Sequence[Json] = ()


def impossible(
    kind: Kind, answer: TwoPlaces, told: Told, *, of_sightings: bool = False
) -> Contradiction:
    """Two placings that one hull cannot have made.

    Args:
        kind: two places, in port while at sea, or unreachable.
        answer: what ``two_places`` says of them; its verdict is ``impossible``.
        told: everything beside it.
        of_sightings: both are images; then no broadcast is in question.

    Examples:
        >>> from quaywatch.evidence.interval import TimeInterval
        >>> from quaywatch.fusion.two_places import Fix, Separation, two_places
        >>> from quaywatch.geo.position import Position
        >>> said = Fix.broadcast(Position(124.0, 36.5), TimeInterval.parse("2025-02-03T00:09Z"))
        >>> seen = Fix.sighting(Position(125.39, 38.72), TimeInterval.parse("2025-02-03T00:16Z"))
        >>> answer = two_places(said, seen, Separation(149.3, 190.0, 186.0))
        >>> made = impossible(Kind.TWO_PLACES, answer, Told("imo:1059149", "source:ab"))
        >>> made.verdict, made.concluded, round(made.clock_slack_h, 1)
        ('impossible', None, 7.3)

    """
    by_water = answer.required_speed_at_least_kn is not None
    required = (
        answer.required_speed_at_least_kn
        if answer.required_speed_at_least_kn is not None
        else answer.required_speed_straight_kn
    )
    bound = answer.lower_bound_nm if by_water else answer.great_circle_nm
    message = seen_message(
        required_kn=required or 0.0,
        max_kn=answer.max_speed_kn,
        by_water=by_water,
        apart_nm=bound or answer.great_circle_nm,
        hours=answer.separation_h,
    )
    weighed = explained(told.evidence, priors_for(kind, of_sightings=of_sightings))
    straight = answer.required_speed_straight_kn or 0.0
    return _made(
        kind, "impossible", weighed, told,
        rests_on="great-circle" if straight > answer.max_speed_kn else "water",
        great_circle_nm=_rounded(answer.great_circle_nm, 2),
        lower_bound_nm=_rounded(bound, 2),
        hours=_rounded(answer.separation_h, 4),
        required_speed_kn=_rounded(required, 2),
        max_speed_kn=answer.max_speed_kn,
        clock_slack_h=_rounded(answer.clock_slack_h, 3),
        messages=(message, clock_message(answer.clock_slack_h or 0.0), ONLY_THIS),
        assumptions=tuple(dict.fromkeys((*answer.assumptions, *told.assumptions))),
    )  # fmt: skip


def nobody_there(told: Told, *, lr: float, absences: int, controls: int) -> Contradiction:
    """Images in which nobody lay where the ship said it was.

    Args:
        told: everything beside it, each image among its evidence.
        lr: of all the images together, before shrinking.
        absences: how many.
        controls: images near in time in which a hull lay there.

    Examples:
        >>> made = nobody_there(Told("mmsi:412000001", "scene:a"), lr=20.0, absences=1, controls=3)
        >>> made.verdict, made.rests_on
        ('not-seen', 'image')

    """
    weighed = explained(told.evidence, priors_for(Kind.NOBODY_THERE), alone=True)
    return _made(
        Kind.NOBODY_THERE, "not-seen", weighed, told,
        rests_on="image",
        lr=_rounded(lr, 3),
        messages=(absent_message(absences, controls),),
        assumptions=tuple(dict.fromkeys((
            *told.assumptions,
            _SHRUNK,
        ))),
    )  # fmt: skip


def same_route(
    told: Told, *, e_value: float, apart_m: float, length_nm: float, p: float, peers: int
) -> Contradiction:
    """A route that another hull broadcast too.

    Args:
        told: everything beside it.
        e_value: what the rank among peers is worth.
        apart_m: root mean square distance of the two lines.
        length_nm: of the ship's own leg.
        p: share of peers that lie as close.
        peers: honest legs beside another ship's.

    Examples:
        >>> made = same_route(Told("mmsi:412000001", "ais"), e_value=5.0, apart_m=12.0,
        ...                   length_nm=200.0, p=0.01, peers=400)
        >>> made.verdict, made.concluded
        ('closer-than-peers', None)

    """
    weighed = explained(told.evidence, priors_for(Kind.SAME_ROUTE), alone=True)
    return _made(
        Kind.SAME_ROUTE, "closer-than-peers", weighed, told,
        rests_on="route",
        lr=_rounded(e_value, 3),
        messages=(route_message(apart_m, length_nm, p, peers),),
        assumptions=(*told.assumptions, "The ships it is compared with sailed their routes."),
    )  # fmt: skip


def _made(kind: Kind, verdict: str, answer: Answer, told: Told, **measured: Any) -> Contradiction:  # noqa: ANN401  # fields of the model, which checks them
    sisters = tuple(told.sisters)
    messages = measured.pop("messages")
    if kind in {Kind.TWO_PLACES, Kind.IN_PORT} and not sisters:
        messages = (*messages, SISTERS_UNKNOWN)
    return Contradiction(
        kind=kind,
        verdict=verdict,
        concluded=answer.concluded,
        term=answer.term,
        conclusion=answer.conclusion,
        together=answer.together,
        posterior=answer.posterior,
        evidence=tuple(told.evidence),
        sisters=sisters,
        with_ships=tuple(told.with_ships),
        messages=(*messages, answer.conclusion, *([answer.together] if answer.together else [])),
        would_settle=SETTLES[kind],
        working=(*told.working, *_posterior_rows(answer.posterior)),
        geometry=told.geometry,
        plates=tuple(told.plates),
        bearings=tuple(_bearings(kind, told)),
        **measured,
    )


def _bearings(kind: Kind, told: Told) -> list[Json]:
    made = bearings_of_kind(
        kind, told.subject, cause=told.cause, ratio=told.ratio, measured=told.measured,
        shared=told.shared,
    )  # fmt: skip
    return [value for value in as_values(made) if isinstance(value, dict)]


def _posterior_rows(posterior: Sequence[UnderPrior]) -> list[Json]:
    rows: list[Json] = []
    for under in posterior:
        stated: Mapping[Any, float] = under.prior
        priors = ", ".join(f"{h.value} {p:g}" for h, p in stated.items())
        rows.extend(
            {
                "label": f"P({h.value}) if {under.name}",
                "formula": f"prior × likelihoods; priors {priors}",
                "value": p,
                "unit": "probability",
            }
            for h, p in under.posterior.items()
        )
    return rows


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
