"""What bears on calls that silences may hold, out of a workspace: looks, yards, draught, reports.

No look identifies a hull. A hull as long as she is, is one source and no picture of her; a picture
of her is one that a claim names her in. Looks and yards of one site are one source, since another
ship that loads there makes both.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl

from quaywatch.evidence.likelihood import EXPERT_LIMIT
from quaywatch.evidence.record import Claim
from quaywatch.fusion.two_places import DAY_ONLY
from quaywatch.geo.geodesic import great_circle_nm
from quaywatch.geo.position import Position
from quaywatch.sites.facility import FacilityKind, Site
from quaywatch.stores.workspace import Workspace
from quaywatch.voyages.calls import draught_sign
from quaywatch.voyages.gap_reach import reach_sites
from quaywatch.voyages.hidden_evidence import Witness
from quaywatch.voyages.prism import FASTEST_KN
from quaywatch.voyages.voyage import Call
from quaywatch.voyages.witnesses import BerthSeen, look_log_ratio, stock_log_ratio
from quaywatch.workflows.berths import states_of
from quaywatch.workflows.looks import sites_of
from quaywatch.workflows.voyage_inputs import SAME_PLACE_NM, SHOWN, SIGHTED, Known
from quaywatch.workflows.voyage_silent import Span, contradicts, gaps_of_known, spans_of

ONE_PASS: Final = timedelta(minutes=30)
"""Frames taken within it are one look."""
TYPED_BEFORE: Final = timedelta(days=3)
TYPED_AFTER: Final = timedelta(hours=12)
"""So long after a silence a draught typed in is still of what was done in it."""
UNSTATED: Final = 2.0
"""Likelihood ratio of a report that states none."""


def with_witnesses(workspace: Workspace, known: Known) -> Known:
    """What is known, and the claims that bear on its silences: to be called before anything.

    Checks that contradict what it broadcast, states of berths in looks within its silences,
    changes of yards bracketed in them, and stays of other ships that were heard lying there.
    """
    if known.track is None:
        return known
    subjects = sorted({known.subject, *(f"mmsi:{mmsi:09d}" for mmsi in known.mmsis)})
    checks = [
        claim
        for subject in subjects
        for claim in workspace.evidence.find("claim", subject=subject)
        if isinstance(claim, Claim) and contradicts(claim)
    ]
    doubted = _adding(known, checks)
    spans = spans_of(doubted, gaps_of_known(doubted))
    drawn = sites_of(workspace)
    found: list[Claim] = []
    others: list[str] = []
    for site in known.sites:
        mine = [span for span in spans if in_reach(site, span)]
        if site.id in drawn and mine:
            found += [c for c in states_of(workspace, site.id) if _state_within(c, mine)]
            found += _changes(workspace, site, mine)
            others += _others(workspace, known, site, mine)
    more = _adding(doubted, found)
    return replace(more, others=_rows(workspace, sorted(set(others))))


def others_again(workspace: Workspace, known: Known, ids: Sequence[str]) -> Known:
    """What is known, with the stays of other ships that a claim names."""
    return replace(known, others=_rows(workspace, ids))


def _rows(workspace: Workspace, ids: Sequence[str]) -> pl.DataFrame | None:
    if not ids:
        return None
    every = workspace.events.history(kinds=("port-call",)).unique("event_id", keep="first")
    return every.filter(pl.col("event_id").is_in(list(ids))).sort("start", "event_id")


def _adding(known: Known, claims: Sequence[Claim]) -> Known:
    held = set(known.inputs)
    fresh = {claim.id: claim for claim in claims if claim.id not in held}
    return replace(
        known,
        claims=(*known.claims, *fresh.values()),
        inputs=(*known.inputs, *fresh),
    )


def in_reach(site: Site, span: Span) -> bool:
    """Whether even the fastest ship can have been there and back by a straight way."""
    places = reach_sites([site])
    if not places:
        return False
    at = places[0].position
    nm = great_circle_nm(span.before, at) + great_circle_nm(at, span.after)
    return nm <= FASTEST_KN * span.hours + 2 * SAME_PLACE_NM


def _state_within(claim: Claim, spans: Sequence[Span]) -> bool:
    value: Any = claim.value
    tells = isinstance(value, dict) and value.get("state") in {"empty", "occupied"}
    at = claim.time
    return tells and at is not None and any(s.start <= at.start and at.end <= s.end for s in spans)


def _changes(workspace: Workspace, site: Site, spans: Sequence[Span]) -> list[Claim]:
    """The last claim of the changes of each yard, if one of them is bracketed in a silence."""
    last: dict[str, Claim] = {}
    for claim in workspace.evidence.find("claim", predicate="stock-changes"):
        if isinstance(claim, Claim) and claim.subject.startswith(f"site:{site.id}/"):
            last[claim.subject] = claim
    return [
        last[name]
        for name in sorted(last)
        if any(_bracketed(last[name], span.start, span.end) for span in spans)
    ]


def _bracketed(claim: Claim, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """Changes of a yard between two looks that both lie in a time."""
    value: Any = claim.value
    if not isinstance(value, dict):
        return []
    return [
        change
        for change in value.get("changes", ())
        if start <= _time(change["after"]) and _time(change["before"]) <= end
    ]


def _others(workspace: Workspace, known: Known, site: Site, spans: Sequence[Span]) -> list[str]:
    """Port calls of other transponders at a site while this one was silent."""
    at = reach_sites([site])[0].position
    rows = workspace.events.known(kinds=("port-call",)).filter(
        ~pl.col("mmsi").is_in(list(known.mmsis))
        & pl.col("lon").is_not_null()
        & ((pl.col("lat") - at.lat).abs() < 0.2)
    )
    return [
        str(row["event_id"])
        for row in rows.iter_rows(named=True)
        if great_circle_nm(Position(row["lon"], row["lat"]), at) <= SAME_PLACE_NM
        and any(row["start"] <= s.end and s.start <= (row["end"] or row["start"]) for s in spans)
    ]


def witnesses_of(
    known: Known, span: Span, start: datetime, end: datetime, calls: Sequence[Call]
) -> list[Witness]:
    """Everything that bears on calls between two instants of a stretch.

    Args:
        known: with its witnesses (``with_witnesses``).
        span: the stretch.
        start: a part of it begins, at its own start or where a sighting cuts it.
        end: and ends.
        calls: seen: what was seen of a stay is not told again as a sign of another.

    """
    found: list[Witness] = []
    for site in known.sites:
        if not in_reach(site, span):
            continue
        found += _looks(known, site, start, end)
        found += _yards(known, site, start, end)
        found += _reports(known, site, start, end)
    seen_there = [c.place.position for c in calls if _seen_at(c, start) or _seen_at(c, end)]
    sites = {one.id: one.position for one in reach_sites(known.sites)}
    kept = [
        one
        for one in found
        if one.log_lr < 0.0
        or not any(great_circle_nm(sites[str(one.port)], p) <= SAME_PLACE_NM for p in seen_there)
    ]
    typed = draught_witness(known, start, end, calls)
    return [*kept, *([typed] if typed is not None else [])]


def _seen_at(call: Call, at: datetime) -> bool:
    """Whether others saw a stay that begins or ends a part of a silence."""
    if call.present is None or call.seen_by == ("ais",):
        return False
    return at in {call.present.earliest, call.present.latest}


def _looks(known: Known, site: Site, start: datetime, end: datetime) -> list[Witness]:
    """A witness for each look at a site: against her where it lacks her, else weakly for her."""
    drawn = len(site.of_kind(FacilityKind.BERTH))
    states = [
        claim
        for claim in known.claims
        if claim.predicate == "berth-state"
        and claim.subject.startswith(f"site:{site.id}/berth:")
        and claim.time is not None
        and start <= claim.time.start
        and claim.time.end <= end
    ]
    found = []
    for group in _passes(states):
        at = group[0].time
        told = look_log_ratio(_berths(group), drawn=drawn, length_m=known.length_m)
        if told is None or told == 0.0 or at is None:
            continue
        if told > 0.0 and _heard_lying(known, site, at.start, at.start):
            continue
        ids = tuple(sorted(claim.id for claim in group))
        kind: Any = "hull" if told > 0.0 else "image"
        found.append(
            Witness(
                kind,
                site.id,
                at.start,
                at.start,
                told,
                _source(site),
                measured=False,
                evidence=ids,
            )
        )
    return found


def _source(site: Site) -> str:
    return f"looks of {site.id}"


def _passes(states: Sequence[Claim]) -> list[list[Claim]]:
    """States by look; frames within half an hour are one."""
    groups: list[list[Claim]] = []
    for claim in sorted(states, key=lambda c: (_begin(c), c.id)):
        if groups and _begin(claim) - _begin(groups[-1][0]) <= ONE_PASS:
            groups[-1].append(claim)
        else:
            groups.append([claim])
    return groups


def _begin(claim: Claim) -> datetime:
    if claim.time is None:
        msg = "states without a time are left out before"
        raise ValueError(msg)
    return claim.time.start


def _berths(group: Sequence[Claim]) -> list[BerthSeen]:
    """Berths as one pass shows them; one that its frames tell otherwise is left out."""
    by_berth: dict[str, list[Claim]] = {}
    for claim in group:
        by_berth.setdefault(claim.subject, []).append(claim)
    found = []
    for mine in by_berth.values():
        values: list[Any] = [claim.value for claim in mine if isinstance(claim.value, dict)]
        if len({value["state"] for value in values}) != 1 or mine[0].probability is None:
            continue
        lengths = tuple(
            (float(ship["length_m"]), float(ship.get("length_sigma_m") or 0.0))
            for ship in values[0].get("ships") or ()
            if ship.get("length_m")
        )
        found.append(BerthSeen(mine[0].probability, lengths))
    return found


def _heard_lying(known: Known, site: Site, first: datetime, last: datetime) -> bool:
    """Whether another ship broadcast from the site then: what was seen may well be hers."""
    if known.others is None:
        return False
    middle = reach_sites([site])[0].position
    return any(
        row["start"] <= last
        and first <= (row["end"] or row["start"])
        and great_circle_nm(Position(row["lon"], row["lat"]), middle) <= SAME_PLACE_NM
        for row in known.others.iter_rows(named=True)
    )


def _yards(known: Known, site: Site, start: datetime, end: datetime) -> list[Witness]:
    found = []
    for claim in known.claims:
        if claim.predicate != "stock-changes" or not claim.subject.startswith(f"site:{site.id}/"):
            continue
        for change in _bracketed(claim, start, end):
            told = stock_log_ratio(float(change["delta"]), float(change["probability"]))
            first, last = _time(change["after"]), _time(change["before"])
            if told and not _heard_lying(known, site, first, last):
                found.append(
                    Witness(
                        "stock",
                        site.id,
                        first,
                        last,
                        told,
                        _source(site),
                        measured=False,
                        evidence=(claim.id,),
                    )
                )
    return found


def _reports(known: Known, site: Site, start: datetime, end: datetime) -> list[Witness]:
    """Sightings of her there that are known to the day: no call by themselves, but a report."""
    images = {c.inputs[0]: c for c in known.claims if c.predicate == "sighting-image"}
    middle = reach_sites([site])[0].position
    found = []
    for claim in known.claims:
        value: Any = claim.value
        when = claim.time
        if claim.predicate not in SIGHTED or when is None or value.get("lon") is None:
            continue
        apart = great_circle_nm(Position(float(value["lon"]), float(value["lat"])), middle)
        if when.duration < DAY_ONLY or apart > SAME_PLACE_NM:
            continue
        if when.end < start or when.start > end:
            continue
        image = images.get(claim.id)
        shown: Any = image.value if image is not None else {}
        bears_out = isinstance(shown, dict) and shown.get("verdict") in SHOWN
        ratio = float(value.get("likelihood_ratio") or UNSTATED)
        told = math.log(min(max(ratio, 1.0), EXPERT_LIMIT))
        # A report that rests on a picture is no second source beside pictures.
        source = _source(site) if value.get("scene") else claim.inputs[0]
        ids = (claim.id, *([image.id] if image is not None else []))
        kind: Any = "image" if bears_out else "reported"
        if told > 0.0:
            found.append(
                Witness(
                    kind,
                    site.id,
                    when.start,
                    when.end,
                    told,
                    source,
                    measured=False,
                    evidence=ids,
                )
            )
    return found


def draught_witness(
    known: Known, start: datetime, end: datetime, calls: Sequence[Call]
) -> Witness | None:
    """The draught typed in before a silence against that typed in after it; None: no change.

    Only what was typed since the last call seen before, and until the next one seen after it.
    """
    left = [c.departed.earliest for c in calls if c.departed.earliest]
    back = [c.arrived.latest for c in calls if c.arrived.latest]
    since = max([start - TYPED_BEFORE, *(t for t in left if t <= start)])
    until = min([end + TYPED_AFTER, *(t for t in back if t >= end)])
    before = [m for at, m in known.draughts if since <= at <= start]
    after = [m for at, m in known.draughts if end <= at <= until]
    if not before or not after:
        return None
    change = round(after[-1] - before[-1], 2)
    told = abs(draught_sign(change).log_lr_load)
    if told == 0.0:
        return None
    return Witness("draught", None, start, end, told, "AIS", measured=False)


def told_of(witnesses: Sequence[Witness], port: str) -> list[str]:
    """What was seen that bears on a call at a port, in sentences."""
    mine = [one for one in witnesses if one.port == port]
    against = sum(one.kind == "image" and one.log_lr < 0.0 for one in mine)
    said = []
    for n, one, more in (
        (against, "1 look speaks against it: a berth empty, or a hull of another length.",
         "{n} looks speak against it: berths empty, or hulls of another length."),
        (sum(w.kind == "hull" for w in mine),
         "1 look shows a hull about as long as she is; whose it is, it does not say.",
         "{n} looks show a hull about as long as she is; whose it is, they do not say."),
        (sum(w.kind == "stock" for w in mine),
         "A yard beside it lost stock; a ship need not have taken it.",
         "Yards beside it lost stock {n} times; a ship need not have taken it."),
        (sum(w.kind == "reported" for w in mine), "She is reported there on the day.",
         "She is reported there {n} times."),
        (sum(w.kind == "image" and w.log_lr > 0.0 for w in mine),
         "An image that is said to show her there shows a hull.",
         "{n} images that are said to show her there show a hull."),
    ):  # fmt: skip
        if n:
            said.append(one if n == 1 else more.format(n=n))
    if any(one.kind == "draught" for one in witnesses):
        said.append("The broadcast draught changed over the silence, wherever that was.")
    return said


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
