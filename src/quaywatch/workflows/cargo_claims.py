"""Tonnes and value of voyages as claims, and the same anew when a case is verified."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim, Record
from quaywatch.stores.workspace import Workspace
from quaywatch.voyages.cargo import METHOD, Carriage, parameters
from quaywatch.voyages.cargo import cargo_of as cargo_of_one
from quaywatch.voyages.cargo_total import total_of
from quaywatch.voyages.mass_balance import METHOD as BALANCE_METHOD
from quaywatch.voyages.prices import Priced
from quaywatch.voyages.voyage import Voyage
from quaywatch.voyages.worth import METHOD as WORTH_METHOD
from quaywatch.voyages.worth import worth_of as worth_of_loads
from quaywatch.workflows import cargo_balance, cargo_reported
from quaywatch.workflows.cargo import day_of, deadweight_of, joined
from quaywatch.workflows.cargo_prices import choose, one_price, priced_again, prices_of, source_of
from quaywatch.workflows.cargo_reported import DEADWEIGHT

Recompute = Callable[[Claim, Sequence[Record]], Claim]


def recomputing(workspace: Workspace) -> Mapping[str, Recompute]:
    """By method, the functions that made claims of cargo, worth and mass balance."""
    return {
        METHOD: again,
        WORTH_METHOD: lambda claim, inputs: worth_again(claim, inputs, workspace),
        BALANCE_METHOD: cargo_balance.again,
    }


def claim_cargo(
    workspace: Workspace,
    subject: str,
    carriages: Sequence[tuple[Voyage, Carriage | None]],
    *,
    now: datetime,
    inputs: Mapping[str, Sequence[str]] | None = None,
    commodity: str | None = None,
    price: str | None = None,
) -> list[Claim]:
    """Claims of the tonnes of each voyage, of their sum and of its value; into the ledger.

    Args:
        workspace: where to.
        subject: of the sum: a vessel, or ``fleet:…``.
        carriages: from ``carriages_of``.
        now: when this is learned, aware UTC.
        inputs: by ``voyage_id``, ids of the records that the voyage rests on.
        commodity: what was carried; with ``price``, as in ``worth_of``.
        price: id of the price to take.

    """
    rests = inputs or {}
    pairs = [(v, c) for v, c in carriages if c is not None]
    stated = {
        ship: [claim.id for claim in deadweight_of(workspace, ship)[1]]
        for ship in dict.fromkeys(c.ship for _, c in pairs)
    }
    made: list[Claim] = []
    for voyage, carriage in pairs:
        ids = tuple(dict.fromkeys([*stated[carriage.ship], *rests.get(voyage.voyage_id, ())]))
        made.append(cargo_claim(carriage, ids, time=_time(voyage)))
    if pairs:
        values = _values(workspace, subject, pairs, made, (commodity, price), now)
        made += [sum_claim(subject, made), *values]
    _append(workspace, made, now=now)
    return made


def cargo_claim(
    carriage: Carriage, inputs: Sequence[str], *, time: TimeInterval | None = None
) -> Claim:
    """Tonnes of one voyage as a claim; without value, and with the reason, where none are."""
    cargo = cargo_of_one(carriage)
    said = _plain(cargo.to_json())
    spread = cargo.tonnes
    return Claim(
        subject=carriage.ship or f"voyage:{carriage.name.removeprefix('voyage:')}",
        predicate="cargo",
        value=None if cargo.if_laden is None else said,
        reason=cargo.reason,
        unit=None if cargo.if_laden is None else "t",
        low=None if spread is None else round(spread.low95, 0),
        high=None if spread is None else round(spread.high95, 0),
        time=time,
        basis=Basis.INFERRED,
        method=METHOD,
        parameters={"carriage": _plain(carriage.to_json()), **parameters()},
        inputs=tuple(inputs),
    )


def sum_claim(subject: str, cargoes: Sequence[Claim]) -> Claim:
    """The sum of the tonnes that cargo claims state, ships' errors kept."""
    total = total_of([_carriage_in(claim) for claim in cargoes])
    spread = total.tonnes
    return Claim(
        subject=subject,
        predicate="cargo-total",
        value=None if spread is None else _plain(total.to_json()),
        reason=None if spread is not None else "; ".join(sorted(total.unstated)),
        unit=None if spread is None else "t",
        low=None if spread is None else round(spread.low95, 0),
        high=None if spread is None else round(spread.high95, 0),
        basis=Basis.INFERRED,
        method=METHOD,
        parameters=parameters(),
        inputs=tuple(claim.id for claim in cargoes),
    )


def again(claim: Claim, inputs: Sequence[Record]) -> Claim:
    """Tonnes anew: of a voyage from its parameters and deadweight claims, of a sum from its own."""
    if claim.predicate == "cargo-total":
        return sum_claim(claim.subject, [c for c in inputs if isinstance(c, Claim)])
    carriage = _carriage_in(claim)
    weights = [c for c in inputs if isinstance(c, Claim) and c.predicate == DEADWEIGHT]
    # The deadweight is read from the claims that state it, not from what was noted of them.
    carriage = replace(carriage, deadweight=joined(weights) or carriage.deadweight)
    return cargo_claim(carriage, claim.inputs, time=claim.time)


def worth_again(claim: Claim, inputs: Sequence[Record], workspace: Workspace) -> Claim:
    """The value anew: from cargo claims and the bytes of the file of prices, or as published."""
    if claim.predicate in {cargo_reported.READINGS, cargo_reported.PRODUCT}:
        return cargo_reported.again(claim, inputs, workspace)
    cargoes = [r for r in inputs if isinstance(r, Claim) and r.predicate == "cargo"]
    priced = priced_again(claim, inputs, workspace)
    return worth_claim(claim.subject, cargoes, priced, claim.inputs)


def worth_claim(
    subject: str, cargoes: Sequence[Claim], priced: Priced, inputs: Sequence[str]
) -> Claim:
    """Value of the sum of some cargo claims under one price, as a claim."""
    worth = worth_of_loads(total_of([_carriage_in(c) for c in cargoes]).loads, priced)
    spread = worth.value
    chosen: dict[str, Any] = {"price": None, "price_reason": priced.reason, "caveats": []}
    if priced.price is not None:
        chosen = {"price": priced.price.to_json(), "caveats": list(priced.caveats)}
    return Claim(
        subject=subject,
        predicate="worth",
        value=None if spread is None else _plain(worth.to_json()),
        reason=None if spread is not None else worth.reason,
        unit=None if spread is None else "USD",
        low=None if spread is None else round(spread.low95, 0),
        high=None if spread is None else round(spread.high95, 0),
        basis=Basis.INFERRED,
        method=WORTH_METHOD,
        parameters=_plain({**chosen, **parameters()}),
        inputs=tuple(inputs),
    )


def _values(
    workspace: Workspace,
    subject: str,
    pairs: Sequence[tuple[Voyage, Carriage]],
    cargoes: Sequence[Claim],
    asked: tuple[str | None, str | None],
    now: datetime,
) -> list[Claim]:
    """One claim of value for each price that some of the voyages fall under."""
    held = prices_of(workspace)
    groups: dict[str, list[tuple[Priced, Claim]]] = {}
    for (voyage, _), cargo in zip(pairs, cargoes, strict=True):
        priced = choose(held, asked[0], day_of(voyage), only=asked[1])
        key = priced.reason or "" if priced.price is None else f"price {priced.price.id}"
        groups.setdefault(key, []).append((priced, cargo))
    made: list[Claim] = []
    for group in groups.values():
        priced = one_price([found for found, _ in group])
        sources: list[Record] = []
        if priced.price is not None:
            sources += source_of(workspace, held, priced.price, now=now)
            _append(workspace, sources, now=now)
        mine = [cargo for _, cargo in group]
        inputs = [*(c.id for c in mine), *(s.id for s in sources)]
        made.append(worth_claim(subject, mine, priced, inputs))
    return made


def _time(voyage: Voyage) -> TimeInterval | None:
    start = voyage.began.earliest or voyage.began.latest
    end = voyage.ended.latest or voyage.ended.earliest
    return None if start is None or end is None else TimeInterval(start=start, end=end)


def _append(workspace: Workspace, records: Sequence[Record], *, now: datetime) -> None:
    new = [record for record in records if not workspace.evidence.has(record.id)]
    if new:
        workspace.evidence.append(new, known_at=now)


def _carriage_in(claim: Claim) -> Carriage:
    said = claim.parameters["carriage"]
    if not isinstance(said, dict):
        msg = "a cargo claim keeps its carriage"
        raise TypeError(msg)
    return Carriage.from_json(said)


def _plain(value: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(value))
    return plain
