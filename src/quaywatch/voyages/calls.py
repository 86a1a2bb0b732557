"""Calls of one hull from what saw them, AIS events or pictures, and what each was for.

What a call was for is a reading with a probability, from signs that anyone may weigh again; where
there is no sign it is not known.
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl

from quaywatch.errors import ProbabilityError
from quaywatch.evidence.likelihood import EXPERT_LIMIT, GROUP_CAP, WITHIN_GROUP_WEIGHT, Group
from quaywatch.geo.position import Position
from quaywatch.voyages.gazetteer import Gazetteer, Place, named_places
from quaywatch.voyages.voyage import NO_ROLE, Call, CargoSign, Role, RoleName, When

METHOD: Final = "calls@2"
CANDIDATE: Final = 0.5
"""A reading at least this probable makes a call a candidate for it."""
PRIOR: Final = (1 / 3, 1 / 3, 1 / 3)
"""Load, discharge, neither: nothing is assumed of a call that nothing is known of."""


def calls_from_events(
    events: pl.DataFrame, gazetteer: Gazetteer, *, vessel: str | None, within_km: float = 25.0
) -> list[Call]:
    """Port calls that AIS saw, as calls.

    Passings are none. One that passed and was then silent is none either: it is a silence to
    judge.

    Args:
        events: columns of ``EVENTS_FRAME``; ``event_id`` where they are kept ones.
        gazetteer: for names and countries.
        vessel: the subject; None where the hull is not identified.
        within_km: how far a name reaches.

    Examples:
        >>> from quaywatch.ais.events import EVENTS_FRAME
        >>> from quaywatch.voyages.gazetteer import kept_gazetteer
        >>> calls_from_events(pl.DataFrame(schema=EVENTS_FRAME), kept_gazetteer(), vessel=None)
        []

    """
    wanted = events.filter(
        (pl.col("kind") == "port-call") & ~pl.col("verdict").str.starts_with("passed")
    ).sort("start", "mmsi", "segment")
    rows = list(wanted.iter_rows(named=True))
    details = [json.loads(row["detail"] or "{}") for row in rows]
    places = named_places(
        gazetteer,
        [_lay(row, detail) for row, detail in zip(rows, details, strict=True)],
        ports=[detail.get("port") for detail in details],
        within_km=within_km,
    )
    return [
        _call(row, detail, place, vessel)
        for row, detail, place in zip(rows, details, places, strict=True)
    ]


def _lay(row: dict[str, Any], detail: dict[str, Any]) -> Position:
    """Where the hull lay; of one that made no stop, where it was first heard within reach."""
    if detail.get("stop_lon") is None or detail.get("stop_lat") is None:
        return Position(row["lon"], row["lat"])
    return Position(detail["stop_lon"], detail["stop_lat"])


def _call(row: dict[str, Any], detail: dict[str, Any], place: Place, vessel: str | None) -> Call:
    first = row["start"]
    last = row["end"]
    if last is None:
        told = detail.get("last_in_port")
        last = datetime.fromisoformat(told) if told else first
    before, after = detail.get("entry_open_h"), detail.get("exit_open_h")
    reasons = [row["reason"]] if row["reason"] else []
    if vessel is None:
        reasons.append("The hull is not identified.")
    event = row.get("event_id")
    return Call(
        vessel,
        place,
        ("ais",),
        arrived=When(None if before is None else first - timedelta(hours=before), first),
        departed=When(last, None if after is None else last + timedelta(hours=after)),
        present=When(first, last),
        probability=None,
        evidence=(event,) if event else (),
        berth=detail.get("berth"),
        reasons=tuple(reasons),
        method=row["method"] or METHOD,
        left_from=None if row["end_lon"] is None else Position(row["end_lon"], row["end_lat"]),
        came_to=Position(row["lon"], row["lat"]),
        at_rest=_rest(detail),
    )


def _rest(detail: dict[str, Any]) -> When | None:
    first, last = detail.get("rest_from"), detail.get("rest_to")
    if first is None or last is None:
        return None
    return When(datetime.fromisoformat(first), datetime.fromisoformat(last))


def call_in_images(
    place: Place,
    looks: Sequence[datetime],
    *,
    vessel: str | None,
    absent_before: datetime | None = None,
    absent_after: datetime | None = None,
    probability: float | None = None,
    evidence: Sequence[str] = (),
    berth: str | None = None,
) -> Call:
    """A call that pictures saw: it was there at each of ``looks`` and not at those around them.

    Args:
        place: where.
        looks: when it was seen, one at least.
        vessel: the subject; None where nobody knows which hull it was.
        absent_before: the last usable look before at which it was not there.
        absent_after: the first usable look after at which it was not there.
        probability: that it was this hull, 0 to 1; None where that is not in question.
        evidence: ids of the looks.
        berth: id of the berth.

    Raises:
        ProbabilityError: ``probability`` is not between 0 and 1.

    Examples:
        >>> from datetime import UTC
        >>> call = call_in_images(Place(Position(125.4, 38.7)), [datetime(2025, 2, 3, tzinfo=UTC)],
        ...                       vessel=None)
        >>> call.arrived.earliest is None, call.reasons[0]
        (True, 'Nothing bounds its arrival: no usable look before shows the place without it.')

    """
    if probability is not None and not 0.0 <= probability <= 1.0:
        raise ProbabilityError(value=probability)
    first, last = min(looks), max(looks)
    reasons = []
    for end, look, side in (
        ("arrival", absent_before, "before"),
        ("departure", absent_after, "after"),
    ):
        if look is None:
            reasons.append(
                f"Nothing bounds its {end}: no usable look {side} shows the place without it."
            )
    if vessel is None:
        reasons.append("The hull is not identified.")
    return Call(
        vessel,
        place,
        ("imagery",),
        arrived=When(absent_before, first),
        departed=When(last, absent_after),
        present=When(first, last),
        probability=probability,
        evidence=tuple(evidence),
        berth=berth,
        reasons=tuple(reasons),
        method="call-in-images@1",
    )


def role_of(signs: Iterable[CargoSign], prior: tuple[float, float, float] = PRIOR) -> Role:
    """What a call may have been for: signs of one group shrunk and capped, then Bayes' rule.

    Args:
        signs: log likelihood ratios against "neither".
        prior: of load, discharge and neither; positive, adding to 1.

    Raises:
        ProbabilityError: a prior is not strictly between 0 and 1, or a ratio is not finite.

    Examples:
        >>> deeper = CargoSign("draught", 1.1, -1.1, Group.AIS_INTEGRITY, "Deeper by 3 m.")
        >>> role = role_of([deeper])
        >>> role.name, round(role.p_load, 2)
        ('load-candidate', 0.69)

    """
    known = tuple(signs)
    for share in prior:
        if not 0.0 < share < 1.0:
            raise ProbabilityError(value=share)
    if not known:
        return NO_ROLE
    logs = [math.log(share) for share in prior]
    for group in dict.fromkeys(sign.group for sign in known):
        mine = [sign for sign in known if sign.group is group]
        weight = WITHIN_GROUP_WEIGHT if len(mine) > 1 else 1.0
        for k, totals in enumerate(
            (
                [_limited(s, s.log_lr_load) for s in mine],
                [_limited(s, s.log_lr_discharge) for s in mine],
            )
        ):
            cap = GROUP_CAP[group]
            logs[k] += min(max(weight * sum(totals), -cap), cap)
    top = max(logs)
    shares = [math.exp(one - top) for one in logs]
    load, discharge, neither = (share / sum(shares) for share in shares)
    name: RoleName = "undecided"
    if load >= CANDIDATE and load > discharge:
        name = "load-candidate"
    elif discharge >= CANDIDATE:
        name = "discharge-candidate"
    why = None if name != "undecided" else "No reading is likelier than the others together."
    return Role(name, load, discharge, neither, why)


def _limited(sign: CargoSign, log_lr: float) -> float:
    if not math.isfinite(log_lr):
        raise ProbabilityError(value=log_lr)
    if sign.measured:
        return log_lr
    limit = math.log(EXPERT_LIMIT)
    return min(max(log_lr, -limit), limit)


def with_signs(call: Call, signs: Sequence[CargoSign]) -> Call:
    """The call with more signs, and the role that all of them give."""
    every = (*call.signs, *signs)
    return replace(call, signs=every, role=role_of(every))


def draught_sign(change_m: float, evidence: Sequence[str] = ()) -> CargoSign:
    """What a change of the broadcast draught says of the call between; a flag, not a measurement.

    Source:
        Jia, Prakash & Smith (2015): the field is insufficient ship by ship; ratios of 3 are ours.

    Examples:
        >>> draught_sign(-2.4).text
        'The broadcast draught was 2.4 m less after the call.'

    """
    towards = math.copysign(math.log(3.0), change_m) if abs(change_m) >= 0.3 else 0.0
    way = "more" if change_m > 0 else "less"
    text = f"The broadcast draught was {abs(change_m):.1f} m {way} after the call."
    if towards == 0.0:
        text = "The broadcast draught did not change at the call."
    return CargoSign(
        "draught", towards, -towards, Group.AIS_INTEGRITY, text, evidence=tuple(evidence)
    )


def berth_sign(purpose: str, name: str, evidence: Sequence[str] = ()) -> CargoSign:
    """What the kind of berth says: ``load``, ``discharge``, or anything else (nothing).

    A berth that exports says little of a ship that lay there to shelter; ratios of 5 are ours.

    Examples:
        >>> berth_sign("load", "coal pier").text
        'It lay at coal pier, which loads ships.'

    """
    towards = {"load": math.log(5.0), "discharge": -math.log(5.0)}.get(purpose, 0.0)
    does = {"load": "which loads ships", "discharge": "which discharges ships"}
    text = f"It lay at {name}, {does.get(purpose, 'whose use is not known')}."
    return CargoSign("berth", towards, -towards, Group.REPORTED, text, evidence=tuple(evidence))


def stock_sign(
    log_lr_load: float, text: str, *, log_lr_discharge: float = 0.0, evidence: Sequence[str] = ()
) -> CargoSign:
    """What the yard beside it did while it lay there: less stock speaks for loading.

    Args:
        log_lr_load: ln of P(change | it loaded) / P(change | neither), as measured.
        text: what was seen, in a sentence.
        log_lr_discharge: the same for discharging.
        evidence: ids of the claims on the yard.

    Examples:
        >>> role_of([stock_sign(2.0, "The yard lost cover.")]).name
        'load-candidate'

    """
    return CargoSign(
        "stock",
        log_lr_load,
        log_lr_discharge,
        Group.STOCK,
        text,
        measured=True,
        evidence=tuple(evidence),
    )
