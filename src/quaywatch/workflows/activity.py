"""How busy berths were, as claims: the estimate, its months, changes, silence, hours and sampling.

Each claim rests on the stays claimed of its berths, and they on the states in force; given the same
states and parameters the same functions make it again, to the bit.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim, Record
from quaywatch.sites import activity, activity_changes, activity_power, overpass, sampling
from quaywatch.sites.activity import Activity, Period, berth_records, estimate
from quaywatch.sites.activity_changes import ActivityChanges
from quaywatch.sites.activity_power import FixedRate, Silence, silence
from quaywatch.sites.activity_types import days_of
from quaywatch.sites.exposure import dwell_grid
from quaywatch.sites.look_calendar import glances
from quaywatch.sites.look_gaps import look_gaps
from quaywatch.sites.overpass import OverpassBias, local_solar_hours, overpass_bias
from quaywatch.sites.pattern import BerthRecord
from quaywatch.sites.sampling import SamplingBias, sampling_bias
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.activity_inputs import Watched, from_states
from quaywatch.workflows.berth_stays import stays_claim
from quaywatch.workflows.berths import states_of
from quaywatch.workflows.look_claims import site_of
from quaywatch.workflows.looks import sites_of

METHODS: Final = (
    activity.METHOD,
    activity_changes.METHOD,
    activity_power.METHOD,
    overpass.METHOD,
    sampling.METHOD,
)
PREDICATES: Final = {
    "activity": activity.METHOD,
    "activity-month": activity.METHOD,
    "activity-change": activity_changes.METHOD,
    "evidence-of-none": activity_power.METHOD,
    "overpass-hours": overpass.METHOD,
    "sampling-bias": sampling.METHOD,
}
DIGITS: Final = 6
"""Significant digits of a number in a claim: finer than any interval here, coarser than what
machines differ by."""


@dataclass(frozen=True)
class Asked:
    """What is to be said of which time."""

    period: Period
    rate: FixedRate | None = None
    """To hold silence against; fixed beforehand."""


@dataclass(frozen=True)
class Told:
    """Everything that looks say of a group of berths over a period."""

    seen: Watched
    asked: Asked
    activity: Activity
    months: tuple[Activity, ...]
    """Of every calendar month of the period by itself; none where it is no longer than one."""
    changes: ActivityChanges
    silence: Silence | None
    """Only where no call was seen."""
    hours: OverpassBias
    sampling: SamplingBias


def told(seen: Watched, asked: Asked, *, months: bool = True) -> Told:
    """What looks say of a group of berths over a period.

    Args:
        seen: the looks.
        asked: the period.
        months: each month by itself too.

    """
    found = estimated(seen, asked.period)
    return Told(
        seen=seen,
        asked=asked,
        activity=found,
        months=tuple(estimated(seen, month) for month in months_of(asked.period)) if months else (),
        changes=_changes(seen, asked.period),
        silence=_silence(seen, asked) if not found.calls_seen else None,
        hours=hours_of(seen, found),
        sampling=sampling_of(seen, asked.period),
    )


def months_of(period: Period) -> list[Period]:
    """The calendar months of a period, cut to it; none where it lies within one."""
    cut, at = [], period.start
    while at < period.end:
        start = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        following = start.replace(year=at.year + at.month // 12, month=at.month % 12 + 1)
        cut.append(Period(at, min(following, period.end)))
        at = following
    return cut if len(cut) > 1 else []


def estimated(seen: Watched, period: Period) -> Activity:
    """The estimate of one period."""
    return estimate(seen.looks, seen.stays, period, berths=seen.ids)


def records_of(seen: Watched) -> list[BerthRecord]:
    """Looks and stays of every berth as comparisons take them."""
    own = [look for look in seen.looks if look.state != "not-applicable"]
    return berth_records(own, seen.stays, seen.ids)


def _changes(seen: Watched, period: Period) -> ActivityChanges:
    return activity_changes.activity_changes(look_gaps(records_of(seen), dwell_grid()), period)


def _silence(seen: Watched, asked: Asked) -> Silence:
    inside = [k for k in seen.looks if asked.period.start <= k.at < asked.period.end]
    ids = tuple(sorted({k.at.isoformat() for k in inside}))
    return silence(records_of(seen), asked.period, rate=asked.rate, look_ids=ids)


def hours_of(seen: Watched, found: Activity) -> OverpassBias:
    """What the hours of usable passes leave out; a day that stands for an instant has none."""
    period = found.period
    passes = [
        one
        for one in glances([k for k in seen.looks if k.state != "not-applicable"])
        if one.states and period.start <= one.at < period.end and one.at not in seen.undated
    ]
    utc = [one.at.hour + one.at.minute / 60 + one.at.second / 3600 for one in passes]
    dwell = found.posterior
    return overpass_bias(
        local_solar_hours(utc, seen.site.frame.lon),
        survival=None if dwell is None else dwell.dwell_survival,
    )


def sampling_of(seen: Watched, period: Period) -> SamplingBias:
    """Whether looks cluster on ships; a group is empty only where all of it could be told."""
    passes = [
        one
        for one in glances([k for k in seen.looks if k.state != "not-applicable"])
        if period.start <= one.at < period.end
    ]
    occupied: list[bool | None] = []
    for one in passes:
        known = set(one.states.values())
        whole = len(one.states) == len(seen.ids)
        occupied.append(True if "occupied" in known else False if known and whole else None)
    return sampling_bias([days_of(one.at) for one in passes], occupied)


# --- claims ---


def claims_of(workspace: Workspace, all_told: Told) -> list[Claim]:
    """The claims of it, after those of the stays that they rest on.

    Args:
        workspace: whose states.
        all_told: what looks say.

    """
    stays, inputs = grounds(workspace, all_told.seen)
    return [*stays, *_claims(all_told, inputs)]


def grounds(workspace: Workspace, seen: Watched) -> tuple[list[Claim], tuple[str, ...]]:
    """The claims of stays at a group of berths, and the ids of all that an estimate rests on."""
    states = states_of(workspace, seen.site.id)
    subjects = [f"site:{seen.site.id}/berth:{berth}" for berth in seen.ids]
    stays = [stays_claim(s, [c for c in states if c.subject == s]) for s in subjects]
    source = _drawn(workspace, states)
    return stays, (*(claim.id for claim in stays), *((source,) if source else ()))


def _drawn(workspace: Workspace, states: Sequence[Claim]) -> str | None:
    """Id of the site's file as the last look has it."""
    last = max(states, key=lambda c: str(c.time.start) if c.time else "")
    strips = workspace.evidence.get(last.inputs[1])
    return strips.inputs[2] if isinstance(strips, Claim) and len(strips.inputs) > 2 else None


def _claims(all_told: Told, inputs: tuple[str, ...]) -> list[Claim]:
    seen, asked = all_told.seen, all_told.asked
    values: list[tuple[str, Period, dict[str, Any]]] = [
        ("activity", asked.period, estimate_json(all_told.activity))
    ]
    values += [("activity-month", m.period, estimate_json(m)) for m in all_told.months]
    values += [
        ("activity-change", asked.period, tidy(all_told.changes.to_json())),
        ("overpass-hours", asked.period, tidy(all_told.hours.to_json())),
        ("sampling-bias", asked.period, tidy(all_told.sampling.to_json())),
    ]
    if all_told.silence is not None:
        values.append(("evidence-of-none", asked.period, tidy(all_told.silence.to_json())))
    return [
        _claim(predicate, seen, replace(asked, period=period), value, inputs)
        for predicate, period, value in values
    ]


def _claim(
    predicate: str, seen: Watched, asked: Asked, value: dict[str, Any], inputs: tuple[str, ...]
) -> Claim:
    period, rate = asked.period, asked.rate
    parameters: dict[str, Any] = {
        "berths": list(seen.ids),
        "start": period.start.isoformat(),
        "end": period.end.isoformat(),
    }
    if predicate == "evidence-of-none" and rate is not None:
        parameters["rate"] = {**rate.to_json(), "looks": list(rate.looks)}
    low = high = None
    if predicate in {"activity", "activity-month"} and value["calls"]["median"] is not None:
        ends = next(i for i in value["calls"]["intervals"] if i["mass"] == 0.9)
        low, high = ends["low"], ends["high"]
    return Claim(
        subject=f"site:{seen.site.id}",
        predicate=predicate,
        value=value,
        unit="calls" if low is not None else None,
        low=low,
        high=high,
        time=TimeInterval(start=period.start, end=period.end),
        basis=Basis.INFERRED,
        method=PREDICATES[predicate],
        parameters=parameters,
        inputs=inputs,
    )


def again(claim: Claim, inputs: Sequence[Record], workspace: Workspace) -> Claim:
    """The claim anew from the states under the stays that it rests on.

    Args:
        claim: one of ``METHODS``.
        inputs: the claims of stays, and the site as drawn.
        workspace: where their states are.

    """
    seen = watched_again(claim, inputs, workspace)
    asked = Asked(period_in(claim), rate_in(claim))
    value = _value(claim.predicate, seen, asked)
    return _claim(claim.predicate, seen, asked, value, tuple(record.id for record in inputs))


def _value(predicate: str, seen: Watched, asked: Asked) -> dict[str, Any]:
    """What a claim of that predicate says of that time."""
    if predicate == "activity-change":
        found: dict[str, Any] = tidy(_changes(seen, asked.period).to_json())
    elif predicate == "evidence-of-none":
        found = tidy(_silence(seen, asked).to_json())
    elif predicate == "overpass-hours":
        found = tidy(hours_of(seen, estimated(seen, asked.period)).to_json())
    elif predicate == "sampling-bias":
        found = tidy(sampling_of(seen, asked.period).to_json())
    else:
        found = estimate_json(estimated(seen, asked.period))
    return found


def watched_again(claim: Claim, inputs: Sequence[Record], workspace: Workspace) -> Watched:
    """The looks under a claim of activity, read again."""
    evidence = workspace.evidence
    stays = [record for record in inputs if isinstance(record, Claim)]
    found = [evidence.get(record_id) for stay in stays for record_id in stay.inputs]
    states = [record for record in found if isinstance(record, Claim)]
    name = claim.subject.partition(":")[2]
    sources = [record for record in inputs if record.kind == "source"]
    site = site_of(workspace, sources[0]) if sources else sites_of(workspace)[name][0]  # type: ignore[arg-type]  # a record of kind source is a Source
    wanted: Any = claim.parameters["berths"]
    group = tuple(f for f in site.facilities if f.id in set(wanted))
    return from_states(site, group, (), states)


def period_in(claim: Claim) -> Period:
    """The period of a claim."""
    start, end = (str(claim.parameters[key]) for key in ("start", "end"))
    return Period(datetime.fromisoformat(start), datetime.fromisoformat(end))


def rate_in(claim: Claim) -> FixedRate | None:
    """The rate that a silence was held against."""
    kept: Any = claim.parameters.get("rate")
    if kept is None:
        return None
    span = kept["period"]
    return FixedRate(
        per_day=kept["per_day"],
        provenance=kept["provenance"],
        period=None if span is None else Period(*(datetime.fromisoformat(t) for t in span)),
        looks=tuple(kept["looks"]),
        fixed_at=None if kept["fixed_at"] is None else datetime.fromisoformat(kept["fixed_at"]),
    )


def rate_of(seen: Watched, period: Period) -> FixedRate | None:
    """The rate of an earlier period, to hold a later silence against; None: nothing is known.

    It is the middle of what is believed of it, over the looks that begin and end within it.
    """
    inside = tuple(k for k in seen.looks if period.start <= k.at < period.end)
    stays = tuple(s for s in seen.stays if period.start <= s.arrival_before < period.end)
    found = estimated(replace(seen, looks=inside, stays=stays), period)
    if found.rate_per_day.median is None or not found.calls_seen:
        return None
    per_day = float(f"{found.rate_per_day.median:.{DIGITS}g}")
    said = (
        f"the rate of {seen.place} from {period.start:%Y-%m-%d} to {period.end:%Y-%m-%d}, "
        f"{found.calls_seen} calls seen in {found.usable} usable looks ({activity.METHOD})"
    )
    return FixedRate(per_day, said, period, tuple(sorted({k.at.isoformat() for k in inside})))


def estimate_json(found: Activity) -> dict[str, Any]:
    """An estimate as a claim keeps it."""
    plain: dict[str, Any] = tidy(found.to_json())
    return plain


def tidy(value: Any) -> Any:  # noqa: ANN401  # JSON is any value
    """Plain JSON, numbers to ``DIGITS`` significant digits; what is no number becomes null.

    Examples:
        >>> tidy({"a": 0.123456789, "b": float("inf"), "c": (1, "x")})
        {'a': 0.123457, 'b': None, 'c': [1, 'x']}

    """
    if isinstance(value, Mapping):
        return {str(name): tidy(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [tidy(inner) for inner in value]
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    return value.isoformat() if isinstance(value, datetime) else value
