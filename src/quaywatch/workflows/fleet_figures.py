"""Figures of a fleet from the histories of its vessels: a row each, ports, and how often."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from quaywatch.voyages.cadence import MONTH_DAYS, Cadence, Event, Month, cadence
from quaywatch.voyages.gazetteer import country_name
from quaywatch.voyages.voyage import History, Voyage, When
from quaywatch.voyages.voyage_tables import fleet_table
from quaywatch.workflows.cargo import CARRYING
from quaywatch.workflows.voyages import plain_rows
from quaywatch.workflows.voyages_shown import places_of

LEVEL: Final = 0.9
NOT_LOOKED: Final = "No ship of the list was in view: what was done then is not known."
COUNTED: Final = {
    "cargo_voyages": "voyages begun on which cargo may have been carried",
    "calls": "calls seen",
}
Pairs = Sequence[tuple[History, When]]
"""Histories, each with the time in which it counts."""


def counts(voyage: Voyage, span: When) -> bool:
    """Whether a voyage began within a vessel's time in the fleet, as far as that is known."""
    began = (voyage.began.latest or voyage.began.earliest, voyage.began.earliest)
    if span.earliest is not None and began[0] is not None and began[0] < span.earliest:
        return False
    return not (span.latest is not None and began[1] is not None and began[1] >= span.latest)


def figures_of(pairs: Pairs, *, home: str | None) -> dict[str, Any]:
    """The same from histories and the time in which each counts.

    Args:
        pairs: a history each, with the time in the fleet.
        home: alpha-2 of the country whose ports are not foreign; None: every port is listed.

    """
    histories = [history for history, _ in pairs]
    return {
        "vessels": plain_rows(fleet_table(histories, home=home)),
        "ports": _ports(histories, home),
        "cadence": {
            "cargo_voyages": _cadence_json(pairs, cargo_events(pairs), COUNTED["cargo_voyages"]),
            "calls": _cadence_json(pairs, call_events(pairs), COUNTED["calls"]),
        },
    }


def _ports(histories: Sequence[History], home: str | None) -> list[dict[str, Any]]:
    """Places of calls seen, by name and country, the oftenest first."""
    calls = [c for history in histories for c in history.calls if not c.hidden]
    names = places_of(calls)
    held: dict[tuple[str, str | None], list[str | None]] = {}
    for call, name in zip(calls, names, strict=True):
        held.setdefault((name, call.place.country), []).append(call.vessel)
    rows = [
        {
            "name": name,
            "country": country,
            "country_name": country_name(country),
            "foreign": None if home is None or country is None else country != home,
            "calls": len(vessels),
            "vessels": len(set(vessels)),
        }
        for (name, country), vessels in held.items()
    ]
    return sorted(rows, key=lambda row: (-int(str(row["calls"])), str(row["name"])))


def cargo_events(pairs: Pairs) -> tuple[list[Event], int]:
    """Voyages on which cargo may have been carried, when they began; and how many have no date."""
    events, undated = [], 0
    for history, span in pairs:
        for voyage in history.voyages:
            if voyage.kind not in CARRYING or not counts(voyage, span):
                continue
            began = _bounded(voyage.began, history.known)
            if began is None:
                undated += 1
                continue
            chance = voyage.laden.probability
            events.append(Event(began, 1.0 if chance is None else chance))
    return events, undated


def call_events(pairs: Pairs) -> tuple[list[Event], int]:
    """Calls seen, when they began; and how many have no date."""
    events, undated = [], 0
    for history, span in pairs:
        for call in history.calls:
            if call.hidden:
                continue
            at = _bounded(call.arrived, history.known)
            if at is None:
                undated += 1
            elif _within(at, span):
                events.append(Event(at))
    return events, undated


def _bounded(when: When, known: When) -> When | None:
    """A time with both its bounds, those of what is known where it has none itself."""
    first, last = when.earliest or known.earliest, when.latest or known.latest
    if first is None or last is None:
        return None
    return When(min(first, last), last)


def _within(at: When, span: When) -> bool:
    after = span.earliest is None or (at.latest is not None and at.latest >= span.earliest)
    return after and (
        span.latest is None or (at.earliest is not None and at.earliest < span.latest)
    )


def cadence_of(pairs: Pairs, events: Sequence[Event]) -> Cadence | None:
    """The rate a month and ship in view, over what is known of the fleet; None where nothing is.

    A month counts by the ships' time in it that lies between the first and the last thing known
    of each: what was not heard of a ship at all is not taken for rest, nor for more of the same.
    A ship of which nothing is known over time is not among them.
    """
    spans = [known_in(history.known, span) for history, span in pairs]
    known = [span for span in spans if span is not None]
    if not known:
        return None
    first, last = min(a for a, _ in known), max(b for _, b in known)
    if last <= first:
        return None
    shares = []
    for start, end in _months(first, last):
        held = sum(max(timedelta(0), min(b, end) - max(a, start)) / (end - start) for a, b in known)
        shares.append(min(1.0, held / len(known)))
    return cadence(events, first=first, last=last, seen=shares, ships=len(known), level=LEVEL)


def known_in(known: When, span: When) -> tuple[datetime, datetime] | None:
    """From the first to the last thing known of a vessel, within its time in the fleet."""
    if known.earliest is None or known.latest is None:
        return None
    first = max(known.earliest, span.earliest or known.earliest)
    last = min(known.latest, span.latest or known.latest)
    return (first, last) if first < last else None


def _months(first: datetime, last: datetime) -> list[tuple[datetime, datetime]]:
    """Calendar months (UTC) that a period touches, cut to it."""
    found, at = [], first.astimezone(UTC)
    end = last.astimezone(UTC)
    while at < end:
        year, month = divmod(at.year * 12 + at.month, 12)
        after = datetime(year, month + 1, 1, tzinfo=UTC)
        found.append((at, min(after, end)))
        at = after
    return found


def _cadence_json(pairs: Pairs, counted: tuple[list[Event], int], what: str) -> dict[str, Any]:
    events, undated = counted
    found = cadence_of(pairs, events)
    if found is None:
        reason = "Nothing is known of any of its vessels over time: no rate can be told."
        return {"counted": what, "per_ship_month": None, "reason": reason, "undated": undated}
    looked = sum((m.end - m.start) / timedelta(days=MONTH_DAYS) for m in found.months if m.exposure)
    told: dict[str, Any] = {
        "counted": what,
        "events": len(events),
        "expected": found.events,
        "calendar_months": looked,
        "seen_per_month": found.events / looked if looked else None,
        "per_ship_month": found.per_month,
        "low": found.low,
        "high": found.high,
        "level": found.level,
        "ship_months_in_view": found.exposure,
        "dispersion": found.dispersion,
        "undated": undated,
        "months": [_month_json(month) for month in found.months],
        "reason": found.reason,
        "method": found.method,
    }
    rounded: dict[str, Any] = json.loads(
        json.dumps(told), parse_float=lambda x: float(f"{float(x):.6g}")
    )
    return rounded


def _month_json(month: Month) -> dict[str, Any]:
    """A month; what nobody could have counted is null, not none."""
    looked = month.exposure > 0
    return {
        "start": month.start.isoformat(),
        "end": month.end.isoformat(),
        "ship_months_in_view": month.exposure,
        "certain": month.least if looked else None,
        "possible": month.most if looked else None,
        "expected": month.expected if looked else None,
        "reason": None if looked else NOT_LOOKED,
    }
