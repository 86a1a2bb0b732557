"""What the silences of a vessel may hold: which places are asked about, by which witnesses."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import numpy as np
import polars as pl

from quaywatch.geo.geodesic import great_circle_nm, great_circle_nm_many
from quaywatch.voyages.call_prior import call_prior
from quaywatch.voyages.chain import chained
from quaywatch.voyages.gap_reach import LEAST_GAP_H, reach_sites
from quaywatch.voyages.gazetteer import Gazetteer
from quaywatch.voyages.hidden_calls import hidden_calls
from quaywatch.voyages.hidden_model import HiddenPort, Silence
from quaywatch.voyages.legs import Distance
from quaywatch.voyages.prism import FASTEST_KN, ReachSite, ceiling_of
from quaywatch.voyages.voyage import Call, LegGap
from quaywatch.workflows.voyage_evidence import named_at
from quaywatch.workflows.voyage_inputs import SAME_PLACE_NM, Known
from quaywatch.workflows.voyage_silent import Span, spans_of
from quaywatch.workflows.voyage_witnesses import told_of, witnesses_of

OWN_PORTS: Final = 4
"""Of the ports that it is known to call at, so many are asked about in a silence beside the
drawn sites: those with the shortest way round."""
_HOUR: Final = timedelta(hours=1)


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
        ports.append(HiddenPort(reached, named_at(gazetteer, reached.position, site)))
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
    nm = great_circle_nm_many(track.lon[:-1], track.lat[:-1], track.lon[1:], track.lat[1:])
    under_way = (nm[steps] / hours[steps])[nm[steps] / hours[steps] > 0.5]
    if not len(under_way):
        return FASTEST_KN
    clocked = len(np.unique(track.at_us[:-1][steps] // 3_600_000_000))
    return ceiling_of(float(np.percentile(under_way, 99)), clocked)
