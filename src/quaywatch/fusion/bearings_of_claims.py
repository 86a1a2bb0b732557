"""What any claim says for or against hypotheses: its own bearings, else those of an adapter.

One place says which older claims bear on anything; a claim that is not listed bears on nothing
until it says so itself.
"""

from collections.abc import Callable, Mapping
from typing import Final

from quaywatch.evidence.bearing import Bearing, bearings_of
from quaywatch.fusion.bearings_of_ais import of_heard_calls, of_odd_track, of_two_tracks
from quaywatch.fusion.bearings_of_checks import (
    of_presence,
    of_reach,
    of_reported_absence,
    of_two_places,
)
from quaywatch.fusion.bearings_of_reports import of_reported_empty, of_sighting, of_sighting_image
from quaywatch.fusion.bearings_of_sites import of_quiet_site, of_stock_changes
from quaywatch.fusion.bearings_told import About, Told

_OF_CLAIM: Final[Mapping[str, Callable[[Told], tuple[Bearing, ...]]]] = {
    "two-places": of_two_places,
    "presence": of_presence,
    "reach": of_reach,
    "ais-integrity": of_odd_track,
    "ais-two-tracks": of_two_tracks,
    "sighted-at": of_sighting,
    "loading-at": of_sighting,
    "sighting-image": of_sighting_image,
    "not-seen-at": of_reported_empty,
}
_OF_PLACE: Final[Mapping[str, Callable[[Told, About], tuple[Bearing, ...]]]] = {
    "voyages": of_heard_calls,
    "berth-visits": of_quiet_site,
    "stock-changes": of_stock_changes,
}
ITEMISED: Final = frozenset({"voyages", "match"})
"""Claims that say many things of many times: resting on a claim, they do not stand in for it."""
ADAPTED: Final = frozenset({*_OF_CLAIM, *_OF_PLACE})
"""Predicates of older claims that bear on something."""
REPORTED_ABSENCE: Final = "reported-absence@1"


def bearings_for(told: Told, about: About) -> tuple[Bearing, ...]:
    """All that a claim says about a subject's hypotheses, at the site asked about.

    Args:
        told: the claim and what it rests on.
        about: whom, where and when; bearings about others are left out.

    """
    made = bearings_of(told.claim)
    if not made:
        made = _adapted(told, about)
    return tuple(one for one in made if one.about in about.same and _there(one, about))


def _there(bearing: Bearing, about: About) -> bool:
    """Whether a bearing is of the place asked about; one that asks of no place takes any.

    Who lay at a berth called at its site. Who did not call at the site did not lie at the berth,
    but who called may have lain at another.
    """
    if bearing.at is None or about.at is None or bearing.at == about.at:
        return True
    if bearing.at.startswith(f"{about.at}/"):
        return bearing.ratio > 1
    return about.at.startswith(f"{bearing.at}/") and bearing.ratio < 1


def _adapted(told: Told, about: About) -> tuple[Bearing, ...]:
    predicate = told.claim.predicate
    if told.claim.method == REPORTED_ABSENCE:
        return of_reported_absence(told)
    if predicate in _OF_CLAIM:
        return _OF_CLAIM[predicate](told)
    if predicate in _OF_PLACE:
        return _OF_PLACE[predicate](told, about)
    return ()
