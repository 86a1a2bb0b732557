"""Calls of a vessel out of what is known of it: broadcast and sighted, and what they were for.

What another reports is taken as that other's word (``reported``); it is called ``imagery`` only
where the image itself is held and shows a hull at the place. Whose hull it is, pixels do not say.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import polars as pl

from quaywatch.evidence.likelihood import EXPERT_LIMIT, Group
from quaywatch.evidence.record import Claim
from quaywatch.fusion.two_places import DAY_ONLY
from quaywatch.geo.geodesic import great_circle_nm
from quaywatch.geo.position import Position
from quaywatch.sites.facility import FacilityKind, Site
from quaywatch.voyages.berths import berths_of, beside
from quaywatch.voyages.calls import berth_sign, call_in_images, draught_sign, with_signs
from quaywatch.voyages.gazetteer import Gazetteer, Place, named_place
from quaywatch.voyages.prism import FASTEST_KN
from quaywatch.voyages.voyage import Call, CargoSign, SeenBy
from quaywatch.workflows.voyage_inputs import SAME_PLACE_NM, SHOWN, SIGHTED, Known

_HOUR: Final = timedelta(hours=1)
_PURPOSES: Final = ("load", "discharge")


def sighted_calls(known: Known, gazetteer: Gazetteer) -> tuple[list[Call], list[str]]:
    """A call for each sighting that gives a point and an hour, and why the others give none."""
    images = {c.inputs[0]: c for c in known.claims if c.predicate == "sighting-image"}
    found: list[Call] = []
    left: list[str] = []
    for claim in (c for c in known.claims if c.predicate in SIGHTED):
        value: Any = claim.value
        day = "" if claim.time is None else f"{claim.time.start:%Y-%m-%d}"
        if claim.time is None or value.get("lon") is None:
            left.append(f"The sighting of {day or 'an unknown day'} names no point: no call.")
            continue
        if claim.time.duration >= DAY_ONLY:
            left.append(
                f"The sighting of {day} is known to the day only: it cannot be laid between "
                "broadcasts, and is no call here."
            )
            continue
        found.append(_sighted(known, gazetteer, claim, images.get(claim.id)))
    return found, left


def _sighted(known: Known, gazetteer: Gazetteer, claim: Claim, image: Claim | None) -> Call:
    value: Any = claim.value
    shown: Any = image.value if image is not None else {}
    if claim.time is None:
        msg = "a sighting without a time is left out before"
        raise ValueError(msg)
    at = Position(float(value["lon"]), float(value["lat"]))
    first, last = claim.time.start, claim.time.end
    site, berth = _berth_named(known.sites, at, shown.get("berth"))
    stay = _stay(known, site, berth, first, last)
    before, after, told = _heard_around(known, at, first, last)
    call = call_in_images(
        named_at(gazetteer, at, site),
        [first, last],
        vessel=known.subject,
        absent_before=_latest(stay[0], before),
        absent_after=_earliest(stay[1], after),
        evidence=[claim.id, *([image.id] if image is not None else [])],
        berth=berth,
    )
    seen: tuple[SeenBy, ...] = ("reported",)
    reasons = [*call.reasons, *told]
    if shown.get("verdict") in SHOWN:
        seen = ("reported", "imagery")
        reasons.append("The image held shows a hull there; whose it is rests on the report.")
    else:
        reasons.append("It rests on what others report; the image is not held, or does not show.")
    ratio = value.get("likelihood_ratio")
    if ratio is not None:
        reasons.append(f"A likelihood ratio of {ratio:g} is stated for its being this hull.")
    call = replace(call, seen_by=seen, reasons=tuple(reasons))
    if claim.predicate == "loading-at":
        strong = math.log(EXPERT_LIMIT)
        text = "It is reported to have been loading there."
        sign = CargoSign(
            "reported", strong, -strong, Group.REPORTED, text, evidence=(claim.id,)
        )  # fmt: skip
        call = with_signs(call, [sign])
    return call


def named_at(gazetteer: Gazetteer, at: Position, site: Site | None) -> Place:
    """The drawn site's own name where there is one, else the gazetteer's."""
    place = named_place(gazetteer, at)
    return place if site is None else _drawn(place, site)


def _berth_named(
    sites: Sequence[Site], at: Position, name: str | None
) -> tuple[Site | None, str | None]:
    """The site at a place, and the id of its berth of that name."""
    for site in sites:
        frame = site.frame
        if great_circle_nm(at, Position(frame.lon, frame.lat)) <= SAME_PLACE_NM:
            berths = site.of_kind(FacilityKind.BERTH)
            return site, next((b.id for b in berths if b.name == name), None)
    return None, None


def _stay(
    known: Known, site: Site | None, berth: str | None, first: datetime, last: datetime
) -> tuple[datetime | None, datetime | None]:
    """Looks before and after in which the berth did not have the ship that it had then."""
    if site is None or berth is None:
        return None, None
    for claim in known.claims:
        value: Any = claim.value
        if claim.subject != f"site:{site.id}/berth:{berth}" or not isinstance(value, dict):
            continue
        for row in value.get("visits", ()):
            began, ended = (_time(row[k]) for k in ("arrival_before", "departure_after"))
            if began is not None and ended is not None and began <= last and first <= ended:
                return _time(row["arrival_after"]), _time(row["departure_before"])
    return None, None


def _heard_around(
    known: Known, at: Position, first: datetime, last: datetime
) -> tuple[datetime | None, datetime | None, list[str]]:
    """Last and next broadcast away from a place, if both can be of a hull that was there then."""
    track = known.track
    if track is None:
        return None, None, []
    k = int(np.searchsorted(track.at_us, _us(first), "right"))
    before = after = None
    for step, from_k in ((-1, k - 1), (1, k)):
        j = from_k
        while 0 <= j < len(track):
            fix = Position(float(track.lon[j]), float(track.lat[j]))
            apart = great_circle_nm(fix, at)
            heard = _at(int(track.at_us[j]))
            hours = abs(((first if step < 0 else last) - heard) / _HOUR)
            if apart > SAME_PLACE_NM:
                if apart > FASTEST_KN * hours:
                    told = "Broadcasts about that time contradict it, and bound nothing."
                    return None, None, [told]
                before, after = (heard, after) if step < 0 else (before, heard)
                break
            j += step
    return before, after, []


def at_drawn_sites(known: Known, calls: Sequence[Call]) -> list[Call]:
    """Calls at a drawn site under the name that the analyst gave it."""
    sites = {site.id: site for site in known.sites}
    return [
        replace(call, place=_drawn(call.place, sites[call.place.port]))
        if call.place.port in sites
        else call
        for call in calls
    ]


def _drawn(place: Place, site: Site) -> Place:
    return replace(
        place, port=site.id, name=site.name, source="site as drawn", apart_km=0.0, reason=None
    )


def broadcast_signs(known: Known, calls: Sequence[Call]) -> list[Call]:
    """Calls with what the draught field says of cargo."""
    draughts = {
        (row["mmsi"], row["start"]): row
        for row in known.events.filter(
            (pl.col("kind") == "declared") & (pl.col("test") == "draught")
        ).iter_rows(named=True)
        if row["verdict"] in {"deeper", "lighter", "unchanged"} and row["statistic"] is not None
    }
    ports = {
        row["event_id"]: (row["mmsi"], row["start"])
        for row in known.events.filter(pl.col("kind") == "port-call").iter_rows(named=True)
    }
    made = []
    for call in calls:
        signs = []
        for event in call.evidence:
            row = draughts.get(ports.get(event, (0, call.arrived.latest)))
            if row is not None:
                signs.append(draught_sign(float(row["statistic"]), [row["event_id"]]))
        made.append(with_signs(call, signs) if signs else call)
    return made


def with_use(known: Known, calls: Sequence[Call]) -> list[Call]:
    """Calls with what the drawn use of their place says: ``purpose`` of a berth, or of a site.

    Of a reported place the berth is the one within 300 m of it, where no other is as near.
    """
    quays = berths_of(known.sites)
    at = [call.place.position for call in calls]
    beside_it = beside(quays, pl.Series([p.lon for p in at], dtype=pl.Float64),
                       pl.Series([p.lat for p in at], dtype=pl.Float64))["berth"]  # fmt: skip
    made = []
    for call, near in zip(calls, beside_it, strict=True):
        known_as = call if call.berth is not None else replace(call, berth=near)
        sign = _use_sign(known.sites, known_as)
        made.append(with_signs(known_as, [sign]) if sign is not None else known_as)
    return made


def _use_sign(sites: Sequence[Site], call: Call) -> CargoSign | None:
    """A place drawn with ``purpose`` load or discharge says so of the ships that lie there."""
    for site in sites:
        if call.place.port != site.id:
            continue
        mine = [
            berth
            for berth in site.of_kind(FacilityKind.BERTH)
            if call.berth in {berth.id, f"{site.id}/{berth.id}"}
        ]
        drawn = [(str(b.properties["purpose"]), b.name) for b in mine if "purpose" in b.properties]
        drawn = drawn or [(str(site.properties.get("purpose", "")), site.name)]
        purpose, name = drawn[0]
        return berth_sign(purpose, name) if purpose in _PURPOSES else None
    return None


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _us(at: datetime) -> int:
    return round(at.timestamp() * 1e6)


def _at(us: int) -> datetime:
    return datetime.fromisoformat("1970-01-01T00:00:00+00:00") + timedelta(microseconds=us)


def _latest(*times: datetime | None) -> datetime | None:
    return max((t for t in times if t is not None), default=None)


def _earliest(*times: datetime | None) -> datetime | None:
    return min((t for t in times if t is not None), default=None)
