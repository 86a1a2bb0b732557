"""What speaks for one explanation of a contradiction and against another, as likelihoods.

Each function says how likely one thing is under each explanation, with a sentence. Where no data
stand behind a ratio it is an expert's, at most 5 to 1, and says so.
"""

import math
from collections.abc import Mapping
from typing import Final

from quaywatch.evidence.bearing import Bearing, Hypothesis
from quaywatch.evidence.likelihood import EXPERT_LIMIT, GROUP_CAP, Group
from quaywatch.fusion.contradiction_posterior import FALSE, HULL, MISTAKE, OTHER
from quaywatch.fusion.contradictions import Explanation, Kind, Weighed

ZONE_H: Final = 14.0
"""No local time differs from UTC by more: nor is a time read in the wrong zone more wrong."""
P_SHARED: Final = 0.05
"""Base rate of a number that another hull sends too: an assumption, stated where it is used."""
P_FALSE: Final = 0.05
P_MISTAKE: Final = 0.02
_FULL: Final = math.exp(GROUP_CAP[Group.IDENTITY])


def likeness(
    ratio: float | None, *, measured: bool, source: str, record: str | None = None
) -> Weighed:
    """That the hull in the image looks like the one named.

    Args:
        ratio: P(these features | the hull named) / P(these features | another plausible one);
            None where the source states none.
        measured: whether data stand behind it.
        source: who says so, as a noun.
        record: the claim that says so.

    Examples:
        >>> likeness(12.0, measured=False, source="The source").because
        'The source puts the likeness of the hull at 12 to 1; counted as 5 at most.'

    """
    if ratio is None:
        because = f"{source} states no likelihood of the hull being the one named."
        return _weighed("likeness", {}, Group.IDENTITY, because, record=record, measured=False)
    odds = f"{ratio:.3g} to 1" if ratio >= 1 else f"1 to {1 / ratio:.3g}"
    cut = "" if measured or 1 / EXPERT_LIMIT <= ratio <= EXPERT_LIMIT else "; counted as 5 at most"
    because = f"{source} puts the likeness of the hull at {odds}{cut}."
    same = {FALSE: ratio, OTHER: ratio, MISTAKE: ratio, HULL: 1.0}
    return _weighed("likeness", same, Group.IDENTITY, because, record=record, measured=measured)


def clocks(slack_h: float) -> Weighed:
    """That times would have to be wrong by so much.

    Examples:
        >>> clocks(4.8).because
        'A time read in the wrong zone may be wrong by 4.8 h: a mistake is not excluded.'

    """
    if slack_h <= ZONE_H:
        because = (
            f"A time read in the wrong zone may be wrong by {slack_h:.1f} h: a mistake is not "
            "excluded."
        )
        return _weighed("clocks", {}, Group.REPORTED, because, measured=False)
    because = f"No time zone is off by {slack_h:.0f} h: a mistake would have to be one of the day."
    return _weighed("clocks", {MISTAKE: 0.2}, Group.REPORTED, because, measured=False)


def hull_there(lr: float, *, seen: bool, days: float = 0.0, record: str | None = None) -> Weighed:
    """What an image of the broadcast position shows.

    Args:
        lr: P(this image | the ship was not there) / P(this image | it was).
        seen: whether a fitting hull lay there.
        days: between the broadcast in question and the image. Beyond one day the image is of
            another broadcast of the ship; that it was false too is then an expert's even chance.
        record: the presence claim.

    Examples:
        >>> hull_there(0.03, seen=True).likelihood[FALSE]
        0.03

    """
    if seen:
        because = (
            "A hull that fits lay where the broadcast puts the ship: somebody was there to send it."
        )
    else:
        because = (
            f"No hull lay where the broadcast puts the ship ({lr:.0f} to 1): another hull that "
            "sent it would have been seen."
        )
    if days > 1.0:
        other = f"{days:.0f} days away in time: {because[0].lower()}{because[1:-1]}"
        because = f"{other}; counted as 5 at most, since it is of another broadcast."
        lr = 0.5 + 0.5 * lr
    ratios = {FALSE: lr, OTHER: 1.0, HULL: 1.0, MISTAKE: 1.0}
    return _weighed(
        "broadcast position", ratios, Group.IMAGERY_PRESENCE, because, record=record,
        measured=days <= 1.0,
    )  # fmt: skip


def tells(log_lr: float, *, record: str | None = None) -> Weighed:
    """What the tests of the track itself come to; a real hull's track shows none.

    Examples:
        >>> round(tells(2.0).likelihood[FALSE], 1)
        7.4

    """
    ratio = math.exp(log_lr)
    because = (
        f"The track itself looks made up rather than sailed ({ratio:.1f} to 1): so a broadcast of "
        "another hull would not."
        if ratio > 1
        else f"The track itself looks sailed ({1 / ratio:.1f} to 1)."
    )
    return _weighed("track", {FALSE: ratio}, Group.AIS_INTEGRITY, because, record=record)


def two_tracks(*, record: str | None = None) -> Weighed:
    """That the number was heard from two places at once."""
    because = (
        "The number was heard from two places at once: as where two hulls use it, and less "
        "where one sends false positions beside true ones."
    )
    ratios = {OTHER: 5.0, FALSE: 2.0}
    return _weighed(
        "two tracks", ratios, Group.AIS_INTEGRITY, because, record=record, measured=False
    )


def shared_number() -> Weighed:
    """That several transponders say that they are this ship."""
    because = "Several transponders say at that time that they are this ship."
    return _weighed("identity", {OTHER: 5.0}, Group.AIS_INTEGRITY, because, measured=False)


def closer_than_peers(e_value: float, *, n: int) -> Weighed:
    """That a route is kept closer than ships of one lane keep to each other.

    Source:
        e-value of a conformal p by p ↦ p^(-1/2)/2: Vovk and Wang (2021), doi:10.1214/20-AOS2020.
    """
    because = f"Closer to another ship's route than {n} pairs of other ships on such ways."
    return _weighed("same route", {FALSE: e_value}, Group.AIS_INTEGRITY, because)


def bearings_of_kind(
    kind: Kind, subject: str, *, cause: str, ratio: float | None, measured: bool, shared: bool
) -> list[Bearing]:
    """What a contradiction says for each hypothesis, beside what its evidence says by itself.

    Unless the hypothesis holds, a contradiction comes about only by one of the others; their base
    rates (P(another hull) from the likeness at even odds, 5% shared numbers, 5% false broadcasts,
    2% mistakes: assumptions) bound P(contradiction | not). Nobody-there has none: the presence
    claims that it rests on carry their own.

    Args:
        kind: of the contradiction.
        subject: ``imo:…`` or ``mmsi:…``.
        cause: what it shares its errors with.
        ratio: of the likeness; None where not stated.
        measured: of that ratio.
        shared: several transponders give this identity as theirs.

    Examples:
        >>> told = bearings_of_kind(Kind.TWO_PLACES, "imo:1059149", cause="scene:ab", ratio=12.0,
        ...                         measured=False, shared=False)
        >>> [(b.hypothesis.value, round(b.ratio, 1)) for b in told]
        [('broadcast-false', 4.2), ('other-broadcaster', 4.2), ('other-hull-seen', 8.3)]

    """
    if kind in {Kind.NOBODY_THERE, Kind.SAME_ROUTE}:
        return []
    if kind is Kind.UNREACHABLE:
        rows = {Hypothesis.OTHER_BROADCASTER: 5.0} | (
            {} if shared else {Hypothesis.BROADCAST_FALSE: 2.0}
        )
        group = Group.AIS_INTEGRITY
        because = "Under one number reports came from where one hull cannot have been."
    else:
        limit = _FULL if measured else EXPERT_LIMIT
        p_other = 1 / (1 + min(max(ratio or 1.0, 1 / limit), limit))
        s = 0.5 if shared else P_SHARED
        rows = {
            Hypothesis.BROADCAST_FALSE: 1 / min(1.0, p_other + s + P_MISTAKE),
            Hypothesis.OTHER_BROADCASTER: 1 / min(1.0, p_other + P_FALSE + P_MISTAKE),
            Hypothesis.OTHER_HULL_SEEN: 1 / min(1.0, P_FALSE + s + P_MISTAKE),
        }
        group = Group.IMAGERY_PRESENCE
        because = "Broadcast and image cannot both be of one hull."
    return [
        Bearing(
            hypothesis=hypothesis, about=subject, ratio=round(value, 4), group=group,
            measured=False, cause=cause, because=because,
        )
        for hypothesis, value in rows.items()
    ]  # fmt: skip


def _weighed(
    name: str,
    likelihood: Mapping[Explanation, float],
    group: Group,
    because: str,
    *,
    record: str | None = None,
    measured: bool = True,
) -> Weighed:
    return Weighed(
        name=name,
        likelihood={h: max(round(value, 6), 1e-6) for h, value in likelihood.items()},
        group=group,
        measured=measured,
        because=because,
        record=record,
    )
