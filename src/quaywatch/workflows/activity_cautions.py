"""What must be printed with figures of activity, and what AIS says of the same berths."""

import json
import math
from collections.abc import Mapping
from typing import Any, Final

import polars as pl
import shapely

from quaywatch.evidence.wording import counted
from quaywatch.sites.activity import Period
from quaywatch.sites.activity_types import DAY
from quaywatch.sites.facility import FacilityKind
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.activity import Told
from quaywatch.workflows.activity_inputs import Watched
from quaywatch.workflows.looks import sites_of

CALLED: Final = ("called", "called-partly-seen", "stayed")
"""Verdicts of port calls in which a ship stopped."""
FEW_CALLS: Final = 5
"""Calls seen, fewer say so little of the dwell that what is given is what was assumed."""
HEARD_WITHIN_DEG: Final = (0.2, 0.3)
"""Degrees of latitude and longitude about the berths within which any transponder heard says that
somebody listened there: some 20 km, an ordinary reach of a shore station."""
NEAR_M: Final = 25.0
"""Berths closer than this are one quay to a long ship."""


def cautions(workspace: Workspace, found: Told, against: str | None = None) -> list[str]:
    """What must be printed with the figures, or known before they are."""
    seen, done = found.seen, found.activity
    period = found.asked.period
    said = []
    if done.posterior is not None:
        said.append(
            "Calls that no look shows are estimated as if ships came as often when nobody could "
            "look as when somebody could."
        )
    if done.posterior is not None and done.calls_seen < FEW_CALLS:
        prior = done.dwell_prior
        few = "1 call says" if done.calls_seen == 1 else f"{done.calls_seen} calls say"
        said.append(
            f"How long ships stay was assumed, not seen: about {prior['median_days']:.1f} days "
            f"within a factor of {math.exp(prior['log_sd']):.1f}; {few} little of it."
        )
    said += [hours_line(found), found.sampling.statement]
    said += unlooked(seen, period)
    if done.posterior is not None:
        said += [
            f"{text if text.split(':')[0] in seen.ids else _capital(text)}." for text in done.unsaid
        ]
    undated = sum(period.start <= at < period.end for at in seen.undated)
    if undated:
        said.append(
            f"{undated} of {done.looks} looks dated to the day only: each may be off by twelve "
            "hours, and none counts for the hours of the day."
        )
    long = sum(period.start <= stay.departure_after < period.end for stay in seen.unseen_long)
    if done.calls_seen:
        spans = f"{counted(long, 'stay')} {'runs' if long == 1 else 'run'}"
        more = f" {spans} through more than four days without a look." if long else ""
        said.append(f"Ships of like size with no empty look between them count as one.{more}")
    said += beside(workspace, seen)
    said += [f"{berth} is not counted: {why}." for berth, why in seen.left_out]
    if against is not None and found.asked.rate is None:
        said.append(
            f"No rate of {against} to hold the silence against: no call, or no usable look, then."
        )
    return said


def hours_line(found: Told) -> str:
    """What the hours of the looks leave out; that they are not known is not that nobody looked."""
    if found.hours.looks or not found.activity.usable:
        return found.hours.statement
    return "The hours of the usable looks are not known, nor which hours of the day they miss."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def unlooked(seen: Watched, period: Period) -> list[str]:
    """Where the period goes beyond what was ever looked at."""
    span, said = seen.span, []
    if period.start < span.start:
        days = (min(span.start, period.end) - period.start) / DAY
        unseen = counted(round(days), "day")
        said.append(f"No look is older than {span.start:%Y-%m-%d}: {unseen} unseen.")
    if period.end > span.end:
        days = (period.end - max(span.end, period.start)) / DAY
        last = span.end - DAY
        unseen = counted(round(days), "day")
        said.append(f"No look is younger than {last:%Y-%m-%d}: {unseen} unseen.")
    return said


def beside(workspace: Workspace, seen: Watched) -> list[str]:
    """Berths that one ship can lie at together, here and in other sites."""
    said = []
    frame = seen.site.frame
    areas = {f.id: frame.to_metres(f.area) for f in seen.berths}
    near = [
        (a, b)
        for n, a in enumerate(areas)
        for b in list(areas)[n + 1 :]
        if areas[a].distance(areas[b]) < NEAR_M
    ]
    if near:
        pairs = ", ".join(f"{a} and {b}" for a, b in near[:4]) + (" …" if near[4:] else "")
        said.append(
            f"Berths that touch ({pairs}): a ship that lies over two, or shifts from one to the "
            "other, counts at each."
        )
    for name, (other, _) in sites_of(workspace).items():
        if name == seen.site.id:
            continue
        shared = [
            f"{f.id} ({g.id} of {name})"
            for f in seen.berths
            for g in other.of_kind(FacilityKind.BERTH)
            if f.area.intersects(g.area)
        ]
        if shared:
            said.append(
                f"Site {name} draws the same berths: {', '.join(shared)}. A ship there is counted "
                "in both sites; never add the two."
            )
    return said


def ais_calls(workspace: Workspace, seen: Watched, period: Period) -> dict[str, Any]:
    """Port calls that AIS shows at these berths in the period: beside the looks, never added.

    Args:
        workspace: whose lake.
        seen: the berths.
        period: in which a call's first fix lies.

    Returns:
        ``calls`` (None with a ``reason`` where nobody was heard: that is no absence),
        ``transponders``, ``berth_not_told``, ``days_heard`` of ``days`` on which anything was heard
        near the berths, ``first`` and ``last`` call, ``pass``.

    """
    passes = workspace.events.passes()
    if not passes:
        return {"calls": None, "reason": "no AIS here was gone through"}
    heard = _days_heard(workspace, seen, period)
    if not heard:
        return {"calls": None, "reason": _unheard(workspace, period)}
    rows = workspace.events.known(kinds=["port-call"]).filter(
        pl.col("verdict").is_in(CALLED),
        pl.col("start") >= period.start,
        pl.col("start") < period.end,
    )
    at, unsure = [], []
    whole = {f"{seen.site.id}/{berth}" for berth in seen.ids}
    for row in rows.iter_rows(named=True):
        detail = json.loads(row["detail"]) if row["detail"] else {}
        if detail.get("berth") in whole:
            at.append(row)
        elif any(f"{one} " in f"{detail.get('berths_near') or ''} " for one in whole):
            unsure.append(row)
    return {
        "calls": len(at),
        "transponders": len({row["mmsi"] for row in at}),
        "berth_not_told": len(unsure),
        "days_heard": heard,
        "days": math.ceil(period.days),
        "first": min((row["start"].isoformat() for row in at), default=None),
        "last": max((row["start"].isoformat() for row in at), default=None),
        "pass": passes[-1].claim.id,
        "reason": None,
    }


def _days_heard(workspace: Workspace, seen: Watched, period: Period) -> int:
    """UTC days of the period on which any transponder was heard near the berths."""
    west, south, east, north = shapely.union_all([f.area for f in seen.berths]).bounds
    lat, lon = HEARD_WITHIN_DEG
    box = (west - lon, south - lat, east + lon, north + lat)
    rows = workspace.lake.positions(None, period.start, period.end, box)
    return int(rows.select(pl.col("at").dt.date().n_unique()).collect().item())


def _unheard(workspace: Workspace, period: Period) -> str:
    """Why AIS says nothing of these berths then."""
    rows = workspace.lake.positions(None, period.start, period.end)
    if rows.select("at").head(1).collect().height:
        return (
            "nothing was heard near these berths in that time: nobody listened, or nobody was there"
        )
    return "no AIS here is of that time: that is no absence"


def ais_line(ais: Mapping[str, Any]) -> str:
    """The same for a reader."""
    if ais["calls"] is None:
        return f"AIS: {ais['reason']}."
    unsure = ais["berth_not_told"]
    calls = counted(ais["calls"], "call")
    by = counted(ais["transponders"], "transponder")
    days = f"something was heard near them on {ais['days_heard']} of {counted(ais['days'], 'day')}"
    more = f", and {unsure} near them at a berth that is not told" if unsure else ""
    return (
        f"AIS shows {calls} by {by} at these berths{more}; {days}. A ship that does not broadcast, "
        "or is not heard, is not among them, and any of them may be among the stays seen: never "
        "add the two."
    )
