"""An estimate of activity in plain words, and what it does not say."""

import math
from dataclasses import replace

from quaywatch.sites.activity_types import Activity, Quantity

BLIND_DAYS = 14.0
"""A blind spell from which it is named."""


def sentences(found: Activity) -> Activity:
    """The same estimate with its sentences.

    Args:
        found: without them.

    """
    return replace(found, sentences=tuple(_said(found)), unsaid=tuple(_unsaid(found)))


def _said(found: Activity) -> list[str]:
    ships = _many(found.calls_seen, "ship")
    looks = _many(found.usable, "usable look")
    days = found.days_without_look
    said = [f"{ships} in {looks} ({_many(days, 'day')} without one)"]
    if found.posterior is None:
        return [f"{said[0]}: nothing can be said of calls."]
    if found.calls_not_excluded is not None:
        dwell = found.dwell_prior["median_days"]
        said[0] += (
            f": up to {math.floor(found.calls_not_excluded)} calls cannot be excluded "
            f"at {dwell:.2g}-day dwell."
        )
    else:
        said[0] += "."
    said += [
        f"{found.calls.median:.0f} calls were made ({_span(found.calls, 0)}; 90% interval), "
        f"of which {found.calls_seen} were seen"
        + (
            f", {found.calls_seen_maybe_outside} of them perhaps before or after the period."
            if found.calls_seen_maybe_outside
            else "."
        ),
        f"A call in the period is in a usable look with chance {found.chance_call_seen.mean:.2f}.",
    ]
    return said


def _span(quantity: Quantity, digits: int) -> str:
    held = quantity.interval(0.9)
    return "" if held is None else f"{held.low:.{digits}f} to {held.high:.{digits}f}"


def _many(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


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
