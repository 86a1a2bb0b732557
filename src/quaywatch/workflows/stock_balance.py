"""The stock mass balance of a site for its page: yards from looks, ships from looks and AIS.

    balance = site_balance(workspace, "nampo", now=now, since="2024-06", until="2024-07")

What is not known closes nothing: a ship seen without a deadweight, or calls that nobody saw and
for which no deadweight is given, leave the remainder unstated, with the reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np

from quaywatch.errors import ArgumentError, CargoInputError, LooksMissingError
from quaywatch.evidence.record import Claim
from quaywatch.sites.activity import Period
from quaywatch.stores.workspace import Workspace
from quaywatch.voyages.cargo import Carriage, load_draws
from quaywatch.voyages.cargo import cargo_of as cargo_of_one
from quaywatch.voyages.figures import Figure, reference_class
from quaywatch.voyages.mass_balance import COVERED, METHOD, Amount, Unseen
from quaywatch.workflows.activity import Asked, claims_of, told
from quaywatch.workflows.activity_inputs import DAY, Watched, period_within, watched
from quaywatch.workflows.cargo import deadweight_of
from quaywatch.workflows.cargo_balance import balance_claim, unseen_calls
from quaywatch.workflows.stock import stock_json
from quaywatch.workflows.stock_ships import Alongside, ships_alongside

FULL: Final = (
    "Each ship seen is taken to have loaded a full cargo there: one that brought cargo, or loaded "
    "less, leaves more to explain."
)
WHOLE_PERIOD: Final = (
    "Ships of the whole period are set against the changes told in it; to ask of one change, give "
    "its looks with --from and --to."
)


@dataclass(frozen=True)
class _Called:
    """Ships at a site in a period, as far as looks and AIS tell."""

    ships: tuple[Alongside, ...]
    calls: Amount | None
    """That nobody saw."""
    calls_seen: int | None
    """Of the calls made in the period; None where those are not known."""
    reason: str | None
    """Why the calls that nobody saw are not known."""
    claims: tuple[Claim, ...]
    notes: tuple[str, ...]


def reference_of(text: str | None, source: str | None) -> Figure | None:
    """A deadweight for ships of which none is known, as a user gives it: ``8000-14000``, tonnes.

    Raises:
        ArgumentError: it is no range of tonnes, or its source is not named.

    Examples:
        >>> reference_of("8000-14000", "a register").sense
        'reference'

    """
    if text is None:
        return None
    if not (source or "").strip():
        fact = "a deadweight needs a source, which is printed with all that rests on it"
        raise ArgumentError(flag="--dwt", fact=fact, remedy='Name it: --dwt-source "a register".')
    low, dash, high = text.replace(",", "").replace(" ", "").partition("-")
    try:
        least, most = float(low), float(high if dash else low)
        name = f"{least:,.0f} to {most:,.0f} t deadweight"
        return reference_class(least, most, name=name, source=source or "")
    except (ValueError, CargoInputError) as err:
        fact = f"{text!r} is no range of tonnes"
        remedy = "Give two ends, the lesser first: 8000-14000."
        raise ArgumentError(flag="--dwt", fact=fact, remedy=remedy) from err


def site_balance(
    workspace: Workspace,
    name: str,
    *,
    now: datetime | None,
    since: str | None = None,
    until: str | None = None,
    reference: Figure | None = None,
) -> dict[str, Any]:
    """What left a site's yards against what ships could have loaded there.

    Args:
        workspace: whose looks, events and claims.
        name: id of the site.
        now: when this is learned, aware: the balance enters the ledger, with the claims that it
            rests on; None: nothing is kept.
        since: the time that it starts with; None: the first look at its yards.
        until: the time that it ends with; None: the last look.
        reference: deadweight for ships of which none is known; None: they have no tonnes.

    Returns:
        ``period`` (None, with ``reason``, where nothing was looked at), ``reference``, ``method``,
        ``ships`` (each with ``tonnes`` or ``reason``), ``calls_unseen`` and
        ``calls_unseen_reason``, ``notes``, and ``groups``: the open yards together, and those
        under cover, each with ``yards``, ``yards_left_out`` and why, ``changes`` balanced and
        ``changes_beyond`` the period, ``balance`` (``Balance.to_json`` or None), ``closed``,
        ``reason``, ``message`` and the ``claim``.

    Raises:
        SiteMissingError: there is no such site.
        ArgumentError: a time is none, or ends before it starts.

    """
    stock = stock_json(workspace, name)
    days = [_day(row) for yard in stock["yards"] for row in yard["looks"]]
    base: dict[str, Any] = {
        "period": None, "reference": None if reference is None else reference.source,
        "ships": [], "calls_unseen": None, "calls_unseen_reason": None, "groups": [],
        "notes": [], "method": METHOD,
    }  # fmt: skip
    if not stock["yards"]:
        return {**base, "reason": "The site draws no yard."}
    if not days:
        return {**base, "reason": "No look at its yards was measured: run `quaywatch watch`."}
    period = period_within(Period(min(days), max(days) + DAY), since, until)
    called = _called(workspace, name, period, reference)
    groups = [_open_group(workspace, stock, period, called, reference, now)]
    groups += [_covered_group(workspace, stock, period, kind) for kind in COVERED]
    return {
        **base,
        "period": [period.start.isoformat(), period.end.isoformat()],
        "reason": None,
        "ships": [_ship_json(ship) for ship in called.ships],
        "calls_unseen": None if called.calls is None else _amount_json(called.calls),
        "calls_unseen_reason": called.reason,
        "groups": [group for group in groups if group is not None],
        "notes": [*called.notes, FULL, WHOLE_PERIOD],
    }


def _day(row: Mapping[str, Any]) -> datetime:
    at = datetime.fromisoformat(row["captured_at"])
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def _open_group(
    workspace: Workspace,
    stock: Mapping[str, Any],
    period: Period,
    called: _Called,
    reference: Figure | None,
    now: datetime | None,
) -> dict[str, Any] | None:
    """The open yards together: a ship may load off any of them."""
    mine = [yard for yard in stock["yards"] if yard["storage"] not in COVERED]
    if not mine:
        return None
    unseen, unclosed = _unseen(called, reference)
    claim = balance_claim(
        workspace, stock["site"], period.start, period.end,
        seen=[ship.carriage for ship in called.ships], unseen=unseen, unclosed=unclosed,
        yards=[yard["id"] for yard in mine], alongside=[s.times for s in called.ships if s.times],
        calls_seen=called.calls_seen, rests=_rests(workspace, called),
    )  # fmt: skip
    kept = bool(claim.inputs) and now is not None
    new = [c for c in (*called.claims, claim) if kept and not workspace.evidence.has(c.id)]
    if new and now is not None:
        # A table read again must not wait for whoever writes.
        workspace.evidence.append(new, known_at=now)
    return _group("open", mine, period, claim) | {"claim": claim.id if kept else None}


def _covered_group(
    workspace: Workspace, stock: Mapping[str, Any], period: Period, kind: str
) -> dict[str, Any] | None:
    """Yards whose stock no picture weighs, refused with the reason."""
    mine = [yard for yard in stock["yards"] if yard["storage"] == kind]
    if not mine:
        return None
    ids = [yard["id"] for yard in mine]
    claim = balance_claim(workspace, stock["site"], period.start, period.end, yards=ids)
    return _group(kind, mine, period, claim) | {"claim": None}


def _group(
    storage: str, yards: Sequence[Mapping[str, Any]], period: Period, claim: Claim
) -> dict[str, Any]:
    """What is printed of a group of yards."""
    value: Any = claim.value
    spans = [
        [datetime.fromisoformat(change[key]) for key in ("after", "before")]
        for yard in yards
        for change in yard["changes"]
    ]
    inside = [period.start <= first and last <= period.end for first, last in spans]
    beyond = [first < period.end and period.start < last for first, last in spans]
    return {
        "storage": storage,
        "yards": [yard["id"] for yard in yards],
        "yards_left_out": [
            {"yard": yard["id"], "reason": yard["reason"] or yard["changes_reason"]}
            for yard in yards
            if storage not in COVERED and (yard["reason"] or yard["changes_reason"])
        ],
        "changes": sum(inside),
        "changes_beyond": sum(b and not i for b, i in zip(beyond, inside, strict=True)),
        "balance": value,
        "closed": value is not None and value["remainder_t"] is not None,
        "reason": claim.reason,
        "message": claim.reason if value is None else value["message"],
    }


def _unseen(called: _Called, reference: Figure | None) -> tuple[Unseen | None, str | None]:
    """Calls that nobody saw with their tonnes, or why they bar a remainder."""
    if called.calls is None:
        why = called.reason or "nothing tells"
        return None, f"How many calls nobody saw is not known ({why}), so no remainder is stated."
    if not called.calls.high:
        return Unseen(called.calls, Amount(0.0, 0.0, 0.0)), None
    if reference is None:
        low, high = (f"{n:,.0f}" for n in (called.calls.low, called.calls.high))
        return None, (
            f"{low} to {high} calls that nobody saw have no tonnes, so no remainder is stated: "
            "give their deadweight with --dwt."
        )
    return Unseen(called.calls, _each(reference)), None


def _each(reference: Figure) -> Amount:
    """Tonnes of one call of a ship of that deadweight: 5, 50 and 95% points."""
    loads = load_draws(Carriage("unseen", None, reference, 1.0))
    if loads is None:
        raise ArgumentError(flag="--dwt", fact="it gives no tonnes", remedy="Give two ends.")
    low, mid, high = (round(float(q)) for q in np.quantile(loads.tonnes, (0.05, 0.5, 0.95)))
    return Amount(low, mid, high)


def _rests(workspace: Workspace, called: _Called) -> list[str]:
    """Ids of the claims that the ships of a balance rest on."""
    weights = [
        claim.id
        for subject in dict.fromkeys(s.carriage.ship for s in called.ships)
        for claim in deadweight_of(workspace, subject)[1]
    ]
    return [*(claim.id for claim in called.claims), *weights]


def _called(workspace: Workspace, name: str, period: Period, reference: Figure | None) -> _Called:
    """Ships seen in looks and in AIS, each once, and the calls that nobody saw."""
    try:
        seen: Watched | None = watched(workspace, name)
        lacking = None
    except LooksMissingError:
        seen, lacking = None, "no look at its berths was judged: run `quaywatch watch`"
    except ArgumentError as err:
        seen, lacking = None, err.fact
    ships, notes = ships_alongside(workspace, name, seen, period, reference)
    if seen is None:
        return _Called(tuple(ships), None, None, lacking, (), tuple(notes))
    notes += [f"{berth} is not looked at: {why}." for berth, why in seen.left_out]
    found = told(seen, Asked(period), months=False)
    claims = [c for c in claims_of(workspace, found) if c.predicate in {"activity", "berth-visits"}]
    only_heard = sum(
        not ship.in_looks and ship.first is not None and period.start <= ship.first < period.end
        for ship in ships
    )
    count = found.activity.calls_seen + only_heard
    value: Any = next(c.value for c in claims if c.predicate == "activity")
    calls = unseen_calls(value, count)
    why = None if calls is not None else value["calls"]["reason"] or "no look could have shown one"
    return _Called(tuple(ships), calls, count, why, tuple(claims), tuple(notes))


def _amount_json(amount: Amount) -> dict[str, float]:
    return {"low": amount.low, "mid": amount.mid, "high": amount.high}


def _ship_json(ship: Alongside) -> dict[str, Any]:
    """A ship seen, with what she could have loaded or why that is not known."""
    cargo = cargo_of_one(ship.carriage).to_json()
    deadweight = ship.carriage.deadweight
    return {
        "ship": ship.carriage.ship,
        "berth": ship.berth,
        "first_seen": None if ship.first is None else ship.first.isoformat(),
        "last_seen": None if ship.last is None else ship.last.isoformat(),
        "seen_by": [*(["imagery"] if ship.in_looks else []), *(["ais"] if ship.in_ais else [])],
        "deadweight_from": None if deadweight is None else deadweight.source,
        "tonnes": cargo["tonnes_if_laden"],
        "reason": cargo["reason"],
    }
