"""A vessel's life cut into voyages: from load candidate to discharge candidate, nothing dropped.

Every leg is in exactly one voyage. Where nothing says what a call was for, no voyage is called a
cargo voyage; where two calls cannot both be true, the legs between are left out and it is said.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal

from quaywatch.evidence.wording import bounded, counted
from quaywatch.voyages.chain import Chain, chained
from quaywatch.voyages.heard import Track
from quaywatch.voyages.legs import Distance, Reference, legs_of
from quaywatch.voyages.voyage import (
    Call,
    EnRoute,
    History,
    Laden,
    Leg,
    LegGap,
    Role,
    Voyage,
    VoyageKind,
    When,
)

METHOD: Final = "voyage@1"
LISTED: Final = 0.5
"""A hidden call more probable than this takes part; any other stays with its gap. What AIS alone
says of a call is never more (``hidden_evidence.CAP``), so no silence alone makes a leg."""


def history_of(  # each a different thing
    vessel: str | None,
    calls: Sequence[Call],
    distance: Distance,
    *,
    track: Track | None = None,
    known: When | None = None,
    gaps: Sequence[LegGap] | None = None,
    en_route: Sequence[EnRoute] = (),
    hidden: Sequence[Call] = (),
    reference: Reference | None = None,
) -> History:
    """Calls chained, legs laid between them, and voyages cut out of the legs.

    Args:
        vessel: the subject; None where the hull is not identified (and the history says so).
        calls: seen, in any order.
        distance: over water.
        track: what was heard.
        known: from the first to the last thing known of it.
        gaps: silences; None: those of ``track``.
        en_route: encounters, loitering, stays at anchor.
        hidden: calls that silences may hold: those more probable than ``LISTED`` take part, the
            rest stay with their gaps.
        reference: for detours.

    Returns:
        One call only gives no voyage but the open legs around it; none gives none. Both say so.

    Examples:
        >>> history_of(None, [], lambda a, b: None).reasons
        ('The hull is not identified.', 'No call is known of it.')

    """
    reasons = [] if vessel is not None else ["The hull is not identified."]
    listed = [c for c in hidden if c.probability is not None and c.probability > LISTED]
    chain = chained([*calls, *listed])
    reasons += chain.reasons
    if not chain.calls:
        still = len({one.start for one in en_route if one.kind == "anchoring"})
        lay = f" It lay still elsewhere: {counted(still, 'time')}." if still else ""
        reasons.append(f"No call {'at a port known here ' if still else ''}is known of it.{lay}")
    if len(chain.calls) == 1:
        reasons.append("Only one call is known of it: no leg has both ends.")
    legs = legs_of(
        chain.calls,
        distance,
        vessel=vessel,
        track=track,
        known=known,
        gaps=gaps,
        en_route=en_route,
        reference=reference,
    )
    legs = [_with_hidden(leg, hidden) for leg in _unbroken(legs, chain)]
    span = known or _span(chain.calls)
    return History(vessel, span, chain.calls, tuple(legs), voyages_of(legs), tuple(reasons))


def _span(calls: Sequence[Call]) -> When:
    firsts = [t for c in calls for t in (c.arrived.earliest or c.arrived.latest,) if t]
    lasts = [t for c in calls for t in (c.departed.latest or c.departed.earliest,) if t]
    return When(min(firsts, default=None), max(lasts, default=None))


def _unbroken(legs: Sequence[Leg], chain: Chain) -> list[Leg]:
    """Legs without those that touch a call of which it is not known whether it is hers."""
    doubtful = [chain.calls[k] for pair in chain.broken for k in pair]
    return [
        leg
        for leg in legs
        if not any(leg.origin is call or leg.destination is call for call in doubtful)
    ]


def _with_hidden(leg: Leg, hidden: Sequence[Call]) -> Leg:
    """The leg with, at each gap, what it may hold."""
    if not hidden or not leg.gaps:
        return leg
    gaps = []
    for gap in leg.gaps:
        mine = [c for c in hidden if set(c.evidence) & set(gap.evidence) or _inside(c, gap)]
        mine.sort(key=lambda c: (-c.weight, c.place.port or "", c.call_id))
        gaps.append(replace(gap, hidden=tuple(mine)))
    return replace(leg, gaps=tuple(gaps))


def _inside(call: Call, gap: LegGap) -> bool:
    first, last = call.arrived.earliest, call.departed.latest
    return first is not None and last is not None and gap.start <= first and last <= gap.end


def voyages_of(legs: Sequence[Leg]) -> tuple[Voyage, ...]:
    """Cut legs in time order at every load and discharge candidate; each leg is in one voyage.

    Calls for which neither reading is the likelier are stops of the voyage around them; with no
    candidate on either side each leg is a voyage of its own, a ``passage``.

    Examples:
        >>> voyages_of([])
        ()

    """
    runs: list[list[Leg]] = []
    for leg in legs:
        follows = runs and leg.origin is not None and runs[-1][-1].destination is leg.origin
        if follows and leg.origin is not None and not _cuts(leg.origin):
            runs[-1].append(leg)
        else:
            runs.append([leg])
    found: list[Voyage] = []
    for run in runs:
        if _name(run[0].origin) or _name(run[-1].destination):
            found.append(_voyage(run))
        else:
            found += [_voyage([leg]) for leg in run]
    return tuple(found)


def _cuts(call: Call) -> bool:
    return call.role.name in {"load-candidate", "discharge-candidate"}


def _name(call: Call | None) -> str:
    return call.role.name if call is not None and _cuts(call) else ""


_LOAD, _DISCHARGE = "load-candidate", "discharge-candidate"


def _kind(first: str, last: str) -> VoyageKind:
    if first == _LOAD:
        return "cargo" if last == _DISCHARGE else "discharge-unseen"
    if first == _DISCHARGE:
        return "several-discharges" if last == _DISCHARGE else "repositioning"
    if last == _DISCHARGE:
        return "loading-unseen"
    return "repositioning" if last == _LOAD else "passage"


def _voyage(run: list[Leg]) -> Voyage:
    first, last = run[0].origin, run[-1].destination
    kind = _kind(_name(first), _name(last))
    load = first if _name(first) == _LOAD else None
    discharge = last if _name(last) == _DISCHARGE else None
    calls = [leg.origin for leg in run] + [last]
    stops = tuple(c for c in calls if c is not None and c is not load and c is not discharge)
    cut: list[Literal["start", "end"]] = []
    if first is None:
        cut.append("start")
    if last is None:
        cut.append("end")
    return Voyage(
        run[0].vessel,
        kind,
        load,
        discharge,
        stops,
        tuple(run),
        run[0].departed,
        run[-1].arrived,
        _probability(load, discharge),
        _laden(kind, load, discharge),
        tuple(cut),
        tuple(_reasons(kind, run)),
        METHOD,
    )


def _probability(load: Call | None, discharge: Call | None) -> float | None:
    if load is None or discharge is None:
        return None
    if load.role.p_load is None or discharge.role.p_discharge is None:
        return None
    both = load.weight * load.role.p_load * discharge.weight * discharge.role.p_discharge
    return bounded(both)


def _laden(kind: VoyageKind, load: Call | None, discharge: Call | None) -> Laden:
    """Loaded at the one or discharged at the other: either makes it laden between."""
    roles: list[tuple[Call, Role]] = [(c, c.role) for c in (load, discharge) if c is not None]
    empty = 1.0
    for call, role in roles:
        share = role.p_load if call is load else role.p_discharge
        if share is not None:
            empty *= 1.0 - call.weight * share
    signs = tuple(sign for call, _ in roles for sign in call.signs)
    if not roles:
        why = "Nothing says whether it carried cargo."
        if kind in {"repositioning", "several-discharges"}:
            why = "After a discharge candidate; nothing says whether cargo was left aboard."
        return Laden(None, why, signs)
    return Laden(bounded(1.0 - empty), None, signs)


def _reasons(kind: VoyageKind, run: list[Leg]) -> list[str]:
    told = {
        "discharge-unseen": "Where it discharged was not seen.",
        "loading-unseen": "Where it loaded was not seen.",
        "passage": "Nothing says what its calls were for.",
        "several-discharges": "Two discharge candidates with no loading seen between: it may have "
        "discharged in parts, or loaded unseen.",
    }
    reasons = [told[kind]] if kind in told else []
    hidden = [c for leg in run for c in (leg.origin, leg.destination) if c and c.hidden]
    if hidden:
        reasons.append("A call of it was seen by nobody: it is inferred from a silence.")
    reasons += [
        f"A silence of {gap.hours:.0f} h leaves time for {len(gap.hidden)} listed "
        f"{'place' if len(gap.hidden) == 1 else 'places'}: opportunity, not a call."
        for gap in dict.fromkeys(g for leg in run for g in leg.gaps if g.hidden)
    ]
    transfers = sum(one.transfer for leg in run for one in leg.en_route)
    if transfers:
        reasons.append(
            f"It lay beside another vessel {transfers} {'time' if transfers == 1 else 'times'}: "
            "cargo could have changed ships; nothing says that it did."
        )
    return reasons
