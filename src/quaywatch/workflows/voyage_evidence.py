"""Calls of a vessel out of what is known of it: broadcast, sighted, and hidden in silences.

What another reports is taken as that other's word (``reported``); it is called ``imagery`` only
where the image itself is held and shows a hull at the place. Whose hull it is, pixels do not say.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
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
from quaywatch.voyages.call_prior import call_prior
from quaywatch.voyages.calls import berth_sign, call_in_images, draught_sign, with_signs
from quaywatch.voyages.chain import chained
from quaywatch.voyages.gap_reach import LEAST_GAP_H, reach_sites
from quaywatch.voyages.gazetteer import Gazetteer, Place, named_place
from quaywatch.voyages.hidden_calls import hidden_calls
from quaywatch.voyages.hidden_model import HiddenPort, Silence
from quaywatch.voyages.legs import Distance
from quaywatch.voyages.prism import FASTEST_KN, ReachSite, ceiling_of
from quaywatch.voyages.voyage import Call, CargoSign, LegGap, SeenBy
from quaywatch.workflows.voyage_inputs import SAME_PLACE_NM, SHOWN, SIGHTED, Known
from quaywatch.workflows.voyage_silent import Span, spans_of
from quaywatch.workflows.voyage_witnesses import told_of, witnesses_of

OWN_PORTS: Final = 4
"""Of the ports that it is known to call at, so many are asked about in a silence beside the
drawn sites: those with the shortest way round."""
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
        _place(gazetteer, at, site),
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


def _place(gazetteer: Gazetteer, at: Position, site: Site | None) -> Place:
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


def hidden_in(
    known: Known,
    gaps: Sequence[LegGap],
    calls: Sequence[Call],
    distance: Distance,
    gazetteer: Gazetteer,
) -> list[Call]:
    """Calls that the long silences may hold, each with its probability; none is asserted.

    Args:
        known: of the vessel.
        gaps: its silences.
        calls: seen; a silence that holds one is asked about on both sides of it.
        distance: over water.
        gazetteer: for names.

    """
    found: list[Call] = []
    ceiling = _ceiling(known)
    # Sightings of one stay are one stop: a ship lying there is not asked where else it was.
    stays = chained(calls).calls
    for span in spans_of(known, gaps):
        for silence in _parts(span, stays, ceiling):
            ports = _candidates(known, silence, stays, gazetteer)
            if ports:
                found += _asked(known, span, silence, ports, stays, distance)
    return found


def _asked(
    known: Known,
    span: Span,
    silence: Silence,
    ports: Sequence[HiddenPort],
    stays: Sequence[Call],
    distance: Distance,
) -> list[Call]:
    """A call for each port that one silence may hold one at."""
    declared = _declared(known, span.start, ports)
    prior = call_prior([p.site.id for p in ports], declared=declared)
    seen = witnesses_of(known, span, silence.start, silence.end, stays)
    answer = hidden_calls(silence, ports, prior, distance, witnesses=seen)
    used = [one.witness for one in answer.used]
    doubted = () if not silence.doubted else (_doubt(span),)
    return [
        Call(
            known.subject,
            one.place,
            ("hidden",),
            arrived=one.arrived,
            departed=one.departed,
            present=None,
            probability=one.stated.probability,
            evidence=tuple(
                dict.fromkeys(
                    (*span.evidence, *(e for w in used if w.port == one.port for e in w.evidence))
                )
            ),
            reasons=(one.reason, *told_of(used, one.port), *doubted),
            method=answer.method,
        )
        for one in answer.ports
        if one.stated is not None
    ]


def _doubt(span: Span) -> str:
    first, last = span.doubted[0][0], span.doubted[-1][0]
    checks = "1 check contradicts" if span.checks == 1 else f"{span.checks} checks contradict"
    return (
        f"{checks} what was broadcast from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC: it "
        f"counts as false with probability {span.p_falsified:.2f}."
    )


def _parts(span: Span, calls: Sequence[Call], ceiling: float) -> list[Silence]:
    """A stretch, cut where the vessel was seen in it by others than its transponder."""
    inside = sorted(
        (c.present.earliest, c.present.latest, c.place.position)
        for c in calls
        if c.present is not None
        and c.present.earliest is not None
        and c.present.latest is not None
        and c.seen_by != ("ais",)
        and span.start < c.present.earliest
        and c.present.latest < span.end
    )
    stops = [
        (span.start, span.start, span.before),
        *inside,
        (span.end, span.end, span.after),
    ]
    return [
        Silence(
            left,
            back,
            here,
            there,
            ceiling,
            tuple(one for one in span.doubted if left < one[0] < back),
            span.p_falsified,
            span.evidence,
        )
        for (_, left, here), (back, _, there) in pairwise(stops)
        if (back - left) / _HOUR >= LEAST_GAP_H
    ]


def _candidates(
    known: Known, silence: Silence, calls: Sequence[Call], gazetteer: Gazetteer
) -> list[HiddenPort]:
    """Drawn sites, and the ports that it calls at which lie least out of the way."""
    ports = []
    for reached in reach_sites(known.sites):
        site = next(s for s in known.sites if s.id == reached.id)
        ports.append(HiddenPort(reached, _place(gazetteer, reached.position, site)))
    own: dict[str, tuple[float, HiddenPort]] = {}
    for call in calls:
        at = call.place.position
        if any(great_circle_nm(p.site.position, at) <= SAME_PLACE_NM for p in ports):
            continue
        name = call.place.port or f"{at.lon:.3f},{at.lat:.3f}"
        round_nm = great_circle_nm(silence.before, at) + great_circle_nm(at, silence.after)
        near = any(great_circle_nm(p.site.position, at) <= SAME_PLACE_NM for _, p in own.values())
        if name not in own and not near:
            own[name] = (round_nm, HiddenPort(ReachSite(name, at), call.place))
    nearest = sorted(own.items(), key=lambda item: (item[1][0], item[0]))[:OWN_PORTS]
    return [*ports, *(port for _, (_, port) in nearest)]


def _declared(known: Known, at: datetime, ports: Sequence[HiddenPort]) -> list[str]:
    """The port that its destination named when the silence began."""
    said = known.events.filter(
        (pl.col("kind") == "declared") & (pl.col("test") == "destination") & (pl.col("start") <= at)
    ).sort("start")
    if said.is_empty():
        return []
    detail: dict[str, Any] = json.loads(said["detail"][-1] or "{}")
    place = str(detail.get("place") or "").upper()
    return [
        p.site.id for p in ports if place and place in {str(p.place.name).upper(), p.place.locode}
    ]


def _ceiling(known: Known) -> float:
    """Highest sustained speed: what its own reports an hour apart show, with a fifth on top."""
    track = known.track
    if track is None or len(track) < 2:
        return FASTEST_KN
    hours = np.diff(track.at_us) / 3.6e9
    steps = (hours > 0.05) & (hours <= 2.0)
    if not steps.any():
        return FASTEST_KN
    lon, lat = np.radians(track.lon), np.radians(track.lat)
    a = (
        np.sin(np.diff(lat) / 2) ** 2
        + np.cos(lat[:-1]) * np.cos(lat[1:]) * np.sin(np.diff(lon) / 2) ** 2
    )
    nm = 2 * np.degrees(np.arcsin(np.sqrt(np.clip(a, 0.0, 1.0)))) * 60.0
    under_way = (nm[steps] / hours[steps])[nm[steps] / hours[steps] > 0.5]
    if not len(under_way):
        return FASTEST_KN
    clocked = len(np.unique(track.at_us[:-1][steps] // 3_600_000_000))
    return ceiling_of(float(np.percentile(under_way, 99)), clocked)


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
