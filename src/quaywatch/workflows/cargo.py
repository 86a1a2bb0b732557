"""Tonnes and value of voyages: rows for the tables of a vessel or a fleet, and their claims.

    carriages = carriages_of(workspace, voyages)
    table = cargo_of(carriages)                           # tonnes by voyage, and both sums
    worth = worth_of(workspace, carriages, commodity="coal")   # dollars by voyage, and their sum

``workflows.cargo_claims.claim_cargo`` enters the same as claims that recompute.

A deadweight comes from ``deadweight`` claims (``ingest claims``, ``ingest register``); AIS does not
carry it. A price comes from the user's ``prices.toml`` or ``prices.csv``, or is a documented point
that the user names. What is missing is said in its row, and the sums say of how many voyages they
are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

import polars as pl

from quaywatch.evidence.record import Claim
from quaywatch.stores.workspace import Workspace
from quaywatch.vessels.register_claims import METHOD as REGISTER_METHOD
from quaywatch.voyages.cargo import METHOD, Carriage, load_draws
from quaywatch.voyages.cargo import cargo_of as cargo_of_one
from quaywatch.voyages.cargo_total import total_of
from quaywatch.voyages.draught import Change, Hull, read_field
from quaywatch.voyages.figures import Figure
from quaywatch.voyages.prices import Priced
from quaywatch.voyages.voyage import Call, Voyage
from quaywatch.voyages.worth import worth_of as worth_of_loads
from quaywatch.workflows.cargo_prices import Prices, choose, one_price, prices_of
from quaywatch.workflows.cargo_reported import DEADWEIGHT, deadweight_figure
from quaywatch.workflows.events import event_json
from quaywatch.workflows.names import mmsis_of
from quaywatch.workflows.vessel_register import in_force

CARRYING: Final = ("cargo", "discharge-unseen", "loading-unseen", "several-discharges")
"""Kinds of voyage on which cargo may have been carried; the others have no tonnes at all."""
EMPTY_KIND: Final = "Nothing says that she carried cargo on it: no tonnes stated."
UNREADABLE: Final = "DWT is entered, but its note is no amount in tonnes: no tonnes stated."
_NEAR: Final = timedelta(hours=1)


def carriages_of(
    workspace: Workspace, voyages: Sequence[Voyage]
) -> list[tuple[Voyage, Carriage | None]]:
    """What is known of the cargo of each voyage; None for a voyage that is none of cargo.

    Args:
        workspace: whose claims and events.
        voyages: of one vessel or of many.

    """
    about = {vessel: _ship(workspace, vessel) for vessel in {v.vessel: None for v in voyages}}
    return [
        (voyage, _carriage(voyage, *about[voyage.vessel]) if voyage.kind in CARRYING else None)
        for voyage in voyages
    ]


def cargo_of(carriages: Sequence[tuple[Voyage, Carriage | None]]) -> dict[str, Any]:
    """Tonnes of each voyage and of all.

    Args:
        carriages: from ``carriages_of``.

    Returns:
        ``voyages``: by ``voyage_id``, what ``Cargo.to_json`` gives (``tonnes`` and
        ``tonnes_if_laden`` with ``mean``, ``median``, ``interval_80``, ``interval_95``, or null
        with ``reason``; ``by_draught``, ``notes``, ``drivers``). ``total``: what
        ``Total.to_json`` gives: the sum over voyages, deadweight over voyages *and* over ships,
        how many voyages have no tonnes and why, drivers, a ``message``, and ``notes`` on what
        may be counted twice.

    """
    known = [carriage for _, carriage in carriages if carriage is not None]
    rows = {c.name: cargo_of_one(c).to_json() for c in known}
    for voyage, carriage in carriages:
        if carriage is None:
            rows[voyage.voyage_id] = _no_cargo(voyage)
    return {"voyages": rows, "total": total_of(known).to_json() | {"notes": _apart(carriages)}}


def worth_of(
    workspace: Workspace,
    carriages: Sequence[tuple[Voyage, Carriage | None]],
    *,
    commodity: str | None = None,
    price: str | None = None,
    prices: Prices | None = None,
) -> dict[str, Any]:
    """Value of each voyage and of all, US dollars.

    Args:
        workspace: whose prices.
        carriages: from ``carriages_of``.
        commodity: what was carried, as the prices name it; None: not known, and no value.
        price: id of the price to take, the user's or a documented point.
        prices: as ``prices_of`` read them; read now if None.

    Returns:
        ``voyages``: by ``voyage_id``, what ``Worth.to_json`` gives (``value`` with ``mean``,
        ``median`` and both intervals, or null with ``reason``; ``price``, ``caveats``,
        ``drivers``). ``totals``: the same for each price, over the voyages that it values
        (``voyages_valued``). ``without_value``: reason → voyages.

    """
    held = prices_of(workspace) if prices is None else prices
    rows: dict[str, Any] = {}
    mine: dict[str, list[tuple[Priced, Carriage]]] = {}
    for voyage, carriage in carriages:
        priced = choose(held, commodity, day_of(voyage), only=price)
        worth = worth_of_loads(None if carriage is None else load_draws(carriage), priced)
        rows[voyage.voyage_id] = worth.to_json()
        if worth.value is not None and carriage is not None and priced.price is not None:
            mine.setdefault(priced.price.id, []).append((priced, carriage))
    totals = []
    for pairs in mine.values():
        loads = total_of([carriage for _, carriage in pairs]).loads
        worth = worth_of_loads(loads, one_price([priced for priced, _ in pairs]))
        totals.append(worth.to_json() | {"voyages_valued": len(pairs)})
    return {"voyages": rows, "totals": totals, "without_value": _reasons(rows)}


def deadweight_of(workspace: Workspace, subject: str | None) -> tuple[Figure | None, list[Claim]]:
    """What sources state of a ship's deadweight, with the claims that state it.

    Where they differ, the figure runs from the least to the greatest. A claim whose note is no
    amount in tonnes is among them, and gives no figure. Of a register that was read several ways
    only the last counts.
    """
    if subject is None:
        return None, []
    found = workspace.evidence.find("claim", subject=subject, predicate=DEADWEIGHT)
    claims = in_force(workspace, [claim for claim in found if isinstance(claim, Claim)])
    return joined(claims), claims


def joined(claims: Sequence[Claim]) -> Figure | None:
    """The figures of several claims of one deadweight as one."""
    figures = [f for f in (deadweight_figure(claim) for claim in claims) if f is not None]
    if not figures:
        return None
    if len(figures) == 1:
        return figures[0]
    low, high = min(f.low for f in figures), max(f.high for f in figures)
    return replace(figures[0], low=low, high=high, source=" and ".join(f.source for f in figures))


def registers_say(claims: Sequence[Claim]) -> str | None:
    """Which registers state a deadweight, of which day, and whether they differ; None if none.

    Examples:
        >>> made = [Claim(subject="imo:9074729", predicate="deadweight", basis="reported",
        ...     method="register@2", value={"note": f"{t} t", "list": {"name": n, "day": d}})
        ...     for t, n, d in ((13000, "A register", "2023-01"), (12400, "B register", None))]
        >>> registers_say(made[:1])
        'Deadweight 13,000 t (A register of 2023-01).'
        >>> registers_say(made)[:44]
        'Deadweight is stated differently: 12,400 t ('

    """
    said: dict[float, list[str]] = {}
    for claim in claims:
        figure = deadweight_figure(claim) if claim.method == REGISTER_METHOD else None
        told = claim.value.get("list") if isinstance(claim.value, dict) else None
        if figure is not None and isinstance(told, dict):
            who = f"{told['name']} of {told['day'] or 'a day that nobody states'}"
            said.setdefault(figure.printed, []).append(who)
    listed = [
        f"{tonnes:,.15g} t ({', '.join(dict.fromkeys(who))})"
        for tonnes, who in sorted(said.items())
    ]
    if len(listed) > 1:
        between = "anything between them is allowed for"
        return f"Deadweight is stated differently: {'; '.join(listed)}; {between}."
    return f"Deadweight {listed[0]}." if listed else None


class _Stated(NamedTuple):
    """A deadweight, and which registers state it; or what is to be said where claims give none."""

    figure: Figure | None
    note: str | None


def _ship(
    workspace: Workspace, subject: str | None
) -> tuple[_Stated, Hull | None, list[dict[str, Any]]]:
    """Deadweight, shape and draught events of one hull."""
    figure, claims = deadweight_of(workspace, subject)
    stated = _Stated(figure, UNREADABLE if claims and figure is None else registers_say(claims))
    mmsis = [] if subject is None else mmsis_of(workspace, subject)
    if subject is None or not mmsis:
        return stated, None, []
    rows = workspace.events.known(mmsi=mmsis, kinds=["declared"])
    events = [event_json(row) for row in rows.iter_rows(named=True) if row["test"] == "draught"]
    return stated, _hull(workspace, mmsis) or _registered_hull(workspace, subject), events


def _registered_hull(workspace: Workspace, subject: str) -> Hull | None:
    """Length and beam of registers; None where none states both, or two differ."""
    found = workspace.evidence.find("claim", subject=subject, predicate="dimensions")
    sizes: set[tuple[float, float]] = set()
    for claim in in_force(workspace, [c for c in found if isinstance(c, Claim)]):
        value: Any = claim.value
        if value and value.get("length_m") and value.get("beam_m"):
            sizes.add((float(value["length_m"]), float(value["beam_m"])))
    if len(sizes) != 1:
        return None
    length, beam = sizes.pop()
    return Hull(length, beam) if 0 < beam < length < 500 else None


def _hull(workspace: Workspace, mmsis: Sequence[int]) -> Hull | None:
    """Length and beam that her transponder states oftenest; None without both."""
    statics = workspace.lake.statics(mmsi=list(mmsis)).filter(
        pl.all_horizontal(pl.col(*_SIDES).is_not_null())
    )
    sizes = (
        statics.select(
            length=pl.col("to_bow_m").cast(pl.Int64) + pl.col("to_stern_m"),
            beam=pl.col("to_port_m").cast(pl.Int64) + pl.col("to_starboard_m"),
        )
        .group_by("length", "beam")
        .len()
        .sort(["len", "length", "beam"], descending=True)
        .collect()
    )
    for length, beam, _ in sizes.iter_rows():
        if 0 < beam < length < 500:
            return Hull(float(length), float(beam))
    return None


_SIDES: Final = ("to_bow_m", "to_stern_m", "to_port_m", "to_starboard_m")


def _carriage(
    voyage: Voyage, stated: _Stated, hull: Hull | None, events: Sequence[dict[str, Any]]
) -> Carriage:
    change, note = _draught(voyage.load, hull, events)
    return Carriage(
        name=voyage.voyage_id,
        ship=voyage.vessel,
        deadweight=stated.figure,
        deadweight_note=stated.note,
        p_laden=voyage.laden.probability,
        # ``Laden`` already holds the chance that its calls took place.
        p_voyage=1.0,
        draught=change,
        draught_note=note,
    )


def _draught(
    load: Call | None, hull: Hull | None, events: Sequence[dict[str, Any]]
) -> tuple[Change | None, str | None]:
    """What the draught field says of the loading call."""
    event = next((e for e in events if load is not None and _same_call(load, e)), None)
    if event is None:
        return None, None
    reading = read_field(event, loading=True)
    if reading.use != "change" or event["verdict"] != "deeper" or hull is None:
        return None, reading.reason
    detail = event["detail"]
    return Change(float(detail["before_m"]), float(detail["after_m"]), hull), reading.reason


def _same_call(load: Call, event: Mapping[str, Any]) -> bool:
    start = datetime.fromisoformat(event["start"])
    when = load.present or load.arrived
    begins, ends = when.earliest, when.latest or load.departed.latest
    return begins is not None and begins - _NEAR <= start <= (ends or begins) + _NEAR


def day_of(voyage: Voyage) -> date | None:
    """Day about which a voyage began, UTC; None where nothing bounds it."""
    middle = voyage.began.middle or voyage.began.latest or voyage.began.earliest
    return None if middle is None else middle.date()


def _apart(carriages: Sequence[tuple[Voyage, Carriage | None]]) -> list[str]:
    """What a sum takes for granted about where one cargo ends and the next begins."""
    kinds = [voyage.kind for voyage, carriage in carriages if carriage is not None]
    unseen = sum(kind in {"discharge-unseen", "loading-unseen"} for kind in kinds)
    parts = kinds.count("several-discharges")
    said = []
    if unseen:
        said.append(
            f"{unseen} of the voyages have one end that nobody saw: each counts as a cargo of its "
            "own, though a ship may load, or discharge, one cargo at two ports."
        )
    if parts:
        said.append(f"{parts} of the voyages may carry what another one discharged in part.")
    return said


def _no_cargo(voyage: Voyage) -> dict[str, Any]:
    return {
        "voyage": voyage.voyage_id, "ship": voyage.vessel, "tonnes": None, "tonnes_if_laden": None,
        "reason": EMPTY_KIND, "by_draught": None, "notes": [], "drivers": [], "method": METHOD,
    }  # fmt: skip


def _reasons(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in rows.values():
        if row["reason"]:
            counts[row["reason"]] = counts.get(row["reason"], 0) + 1
    return counts
