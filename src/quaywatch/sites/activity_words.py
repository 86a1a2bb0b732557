"""An estimate of activity in plain words, and what it does not say."""

import math
from collections.abc import Sequence
from dataclasses import replace

from quaywatch.evidence.wording import counted
from quaywatch.sites.activity_types import Activity, Quantity

BLIND_DAYS = 14.0
"""A blind spell from which it is named."""


def sentences(found: Activity, *, untold: Sequence[str] = (), unlisted: int = 0) -> Activity:
    """The same estimate with its sentences.

    Args:
        found: without them.
        untold: berths that could not be told in or about the period.
        unlisted: stays that only occupied looks show, of all looks.

    """
    said = (*_seen(found), *_calls(found))
    unsaid = [*_unsaid(found), *_untold(found, untold)]
    if unlisted:
        unsaid.append(
            f"{counted(unlisted, 'run')} of occupied looks came without a stay: each is taken as "
            "one ship"
        )
    return replace(found, sentences=said, unsaid=tuple(unsaid))


def _seen(found: Activity) -> list[str]:
    stays, looks = counted(found.calls_seen, "stay"), counted(found.usable, "usable look")
    if not found.looks and found.posterior is None:
        return ["No look in the period: nothing can be said of calls."]
    without = f"{counted(found.days_without_look, 'day')} without one"
    if found.unusable_reasons:
        reason, number = max(found.unusable_reasons.items(), key=lambda r: (r[1], r[0]))
        unusable = sum(found.unusable_reasons.values())
        without += f"; {counted(unusable, 'look')} unusable, {number} of them for {reason}"
    seen = f"{stays} in {looks} ({without})"
    if found.posterior is None:
        return [f"{seen}: nothing can be said of calls."]
    if found.calls_not_excluded is None:
        return [f"{seen}."]
    most = math.floor(found.calls_not_excluded)
    dwell = found.dwell_prior["median_days"]
    return [f"{seen}: up to {counted(most, 'call')} cannot be excluded at {dwell:.2g}-day dwell."]


def _calls(found: Activity) -> list[str]:
    if found.posterior is None or found.calls.median is None:
        return []
    if found.calls_seen:
        maybe = found.calls_seen_maybe_outside
        edge = f" ({maybe} perhaps before or after the period)" if maybe else ""
        made = (
            f"About {found.calls.median:.0f} calls were made, {_span(found.calls, 0)} with 90% "
            f"probability; {counted(found.calls_seen, 'stay')} seen{edge}."
        )
    else:
        made = (
            "That none was seen does not say that none came: "
            f"{_span(found.calls, 0)} calls are held with 90% probability."
        )
    chance = (
        f"An arrival is in a usable look with chance {found.chance_call_seen.mean:.2f} "
        f"({_span(found.chance_call_seen, 2)})."
    )
    stay = (
        f"Half of the ships stay longer than {found.dwell_days.median:.1f} days "
        f"({_span(found.dwell_days, 1)})."
    )
    return [made, chance, stay] if found.calls_seen else [made, chance]


def _span(quantity: Quantity, digits: int) -> str:
    held = quantity.interval(0.9)
    return "" if held is None else f"{held.low:.{digits}f} to {held.high:.{digits}f}"


def _unsaid(found: Activity) -> list[str]:
    named = ("rate_per_day", "calls", "dwell_days", "occupancy", "all_full")
    out = [
        f"{name.replace('_', ' ')}: {getattr(found, name).reason}"
        for name in named
        if getattr(found, name).reason
    ]
    if found.longest_blind_days >= BLIND_DAYS:
        out.append(
            f"the longest blind spell lasts {found.longest_blind_days:.0f} days: what came and "
            "went in it is estimated from the rest of the period, not seen"
        )
    return out


def _untold(found: Activity, untold: Sequence[str]) -> list[str]:
    if not untold or found.posterior is None:
        return []
    return [f"{', '.join(untold)}: never told in the period, so the figures are of the others"]
