"""Stock mass balance of a site as a claim, from the stock claims of its yards.

    balance = balance_claim(workspace, "nampo", start, end, seen=carriages, unseen=…, rail=True)

What ships could have loaded is given by the caller: carriages of voyages (``workflows.cargo``) and
expected unseen calls (the corrected activity of the berths). ``remainder_line`` is the sentence
for ``site S stock``.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim, Record
from quaywatch.sites.facility import FacilityKind
from quaywatch.stores.workspace import Workspace
from quaywatch.voyages.cargo import Carriage
from quaywatch.voyages.mass_balance import (
    COVERED,
    METHOD,
    Amount,
    Ledger,
    StockChange,
    Unseen,
    balance_of,
    parameters,
)
from quaywatch.workflows.berth_stays import last_stays
from quaywatch.workflows.cargo import joined
from quaywatch.workflows.cargo_reported import DEADWEIGHT
from quaywatch.workflows.looks import sites_of
from quaywatch.workflows.stock import stock_json

NO_LEVEL = "the look has no tonnes for it"


def balance_claim(  # what is known of a site's cargo, each piece from another method
    workspace: Workspace,
    site: str,
    start: datetime,
    end: datetime,
    *,
    seen: Sequence[Carriage] = (),
    unseen: Unseen | None = None,
    arrivals: Amount | None = None,
    yards: Sequence[str] | None = None,
    alongside: Sequence[Mapping[str, Any]] = (),
    unclosed: str | None = None,
    calls_seen: int | None = None,
    rests: Sequence[str] = (),
) -> Claim:
    """The balance of a site over a period, as a claim; not yet in the ledger.

    Args:
        workspace: whose stock claims.
        site: its name.
        start: of the period, aware UTC; changes between looks within it are balanced.
        end: of the period.
        seen: loadings seen there in the period.
        unseen: calls that nobody saw; None: not known.
        arrivals: tonnes brought to the yards; None: not known.
        yards: of these yards alone; all if None. One under cover refuses the balance.
        alongside: further times (``arrival_before``, ``departure_after``, ISO) at which a ship lay
            at a berth, beside the stays that looks show.
        unclosed: why no remainder can be stated, though what left is known; None: nothing bars it.
        calls_seen: how many of the calls made in the period were seen; with a claim of activity
            among ``rests`` the calls unseen are made again from both.
        rests: ids of what the ships rest on: claims of activity, of stays and of deadweight.

    Raises:
        SiteMissingError: there is no such site here.

    """
    told = stock_json(workspace, site)
    drawn, _ = sites_of(workspace)[site]
    mine = [yard for yard in told["yards"] if yards is None or yard["id"] in yards]
    covered = [y["id"] for y in told["yards"] if y not in mine and y["storage"] in COVERED]
    stays = _stays(workspace, site)
    if alongside:
        stays = [*(stays or ()), *alongside]
    pairs = [pair for yard in mine for pair in _changes(yard, start, end, stays)]
    ledger = Ledger(
        changes=[change for change, _ in pairs],
        seen=seen,
        unseen=unseen,
        arrivals=arrivals,
        # A line drawn on the site shows that stock can leave by it; none drawn shows nothing.
        rail=True if drawn.of_kind(FacilityKind.RAIL) else None,
        covered=tuple(covered),
        unclosed=unclosed,
    )
    inputs = dict.fromkeys([*(record for _, records in pairs for record in records), *rests])
    time = TimeInterval(start=start, end=end)
    return _claim(f"site:{site}", ledger, tuple(inputs), time, calls_seen)


def unseen_calls(activity: Mapping[str, Any], seen: int) -> Amount | None:
    """Calls that nobody saw: those made less those seen; None where those made are not known.

    Args:
        activity: value of a claim of activity.
        seen: how many of the calls made in its period were seen.

    Examples:
        >>> made = {"median": 9.0, "intervals": [{"mass": 0.9, "low": 7.0, "high": 14.0}]}
        >>> unseen_calls({"calls": made, "calls_seen": 8, "calls_not_excluded": None}, 8)
        Amount(low=0.0, mid=1.0, high=6.0)

    """
    made = activity["calls"]
    held = next((i for i in made["intervals"] if i["mass"] == 0.9), None)
    most = activity["calls_not_excluded"]
    if made["median"] is None or held is None or (not activity["calls_seen"] and most is None):
        return None
    # Of none seen the interval is what was assumed: what silence does not exclude is wider.
    high = held["high"] if activity["calls_seen"] else max(held["high"], most)
    low, mid, high = (max(float(n) - seen, 0.0) for n in (held["low"], made["median"], high))
    return Amount(low, mid, high)


def again(claim: Claim, inputs: Sequence[Record]) -> Claim:
    """The balance anew, its tonnes read from the stock claims that it names."""
    said = claim.parameters["ledger"]
    if not isinstance(said, dict):
        msg = "a balance keeps its ledger"
        raise TypeError(msg)
    ledger = Ledger.from_json(said)
    levels = {
        (str(c.parameters.get("yard")), c.time.start.isoformat()): _amount(c.value)
        for c in inputs
        if isinstance(c, Claim) and c.time is not None
    }
    ledger = _ships_again(ledger, claim, [c for c in inputs if isinstance(c, Claim)])
    changes = [
        replace(
            change,
            before=levels.get((change.yard, change.first)),
            after=levels.get((change.yard, change.last)),
        )
        for change in ledger.changes
    ]
    seen: Any = claim.parameters.get("calls_seen")
    return _claim(claim.subject, replace(ledger, changes=changes), claim.inputs, claim.time, seen)


def _ships_again(ledger: Ledger, claim: Claim, inputs: Sequence[Claim]) -> Ledger:
    """The ledger with deadweights and unseen calls as the claims under it state them."""
    weights = [c for c in inputs if c.predicate == DEADWEIGHT]
    seen = [
        replace(
            one, deadweight=joined([c for c in weights if c.subject == one.ship]) or one.deadweight
        )
        for one in ledger.seen
    ]
    made = next((c.value for c in inputs if c.predicate == "activity"), None)
    count: Any = claim.parameters.get("calls_seen")
    if ledger.unseen is None or not isinstance(made, dict) or count is None:
        return replace(ledger, seen=seen)
    calls = unseen_calls(made, count)
    unseen = None if calls is None else replace(ledger.unseen, calls=calls)
    return replace(ledger, seen=seen, unseen=unseen)


def remainder_line(claim: Claim | None) -> str | None:
    """The sentence about the balance for a page or a table; None where there is none."""
    if claim is None:
        return None
    value = claim.value
    return str(value["message"]) if isinstance(value, dict) else claim.reason


def last_balance(workspace: Workspace, site: str) -> Claim | None:
    """The balance of a site last claimed."""
    found: Claim | None = None
    for claim in workspace.evidence.find("claim", subject=f"site:{site}", predicate="mass-balance"):
        found = claim if isinstance(claim, Claim) else found
    return found


def _claim(
    subject: str,
    ledger: Ledger,
    inputs: tuple[str, ...],
    time: TimeInterval | None,
    calls_seen: int | None,
) -> Claim:
    balance = balance_of(ledger)
    rest = balance.remainder
    none = balance.left is None
    counted = {} if calls_seen is None else {"calls_seen": calls_seen}
    return Claim(
        subject=subject,
        predicate="mass-balance",
        value=None if none else json.loads(json.dumps(balance.to_json())),
        reason=balance.reason,
        unit=None if none else "t",
        low=None if rest is None else round(rest.low95, 0),
        high=None if rest is None else round(rest.high95, 0),
        time=time,
        basis=Basis.INFERRED,
        method=METHOD,
        parameters={"ledger": json.loads(json.dumps(ledger.to_json())), **counted, **parameters()},
        inputs=inputs,
    )


def _changes(
    yard: Mapping[str, Any],
    start: datetime,
    end: datetime,
    stays: Sequence[Mapping[str, Any]] | None,
) -> Iterator[tuple[StockChange, list[str]]]:
    """Each dated change of a yard within the period, with the claims of its two looks."""
    looks = {datetime.fromisoformat(str(row["captured_at"])): row for row in yard["looks"]}
    if yard["storage"] in COVERED:
        yield StockChange(yard["id"], "", "", None, None, yard["storage"]), []
        return
    for change in yard["changes"]:
        first, last = (datetime.fromisoformat(change[key]) for key in ("after", "before"))
        if not (start <= first and last <= end):
            continue
        rows = [looks.get(first), looks.get(last)]
        amounts = [_amount(row) for row in rows]
        reasons = [str(row.get("tonnes_reason") or NO_LEVEL) for row in rows if row is not None]
        yield (
            StockChange(
                yard=yard["id"],
                first=first.isoformat(),
                last=last.isoformat(),
                before=amounts[0],
                after=amounts[1],
                storage=yard["storage"],
                ship_seen=None if stays is None else _alongside(stays, first, last),
                reason=None if None not in amounts else next(iter(reasons), NO_LEVEL),
            ),
            [str(row["claim"]) for row in rows if row is not None],
        )


def _amount(row: object) -> Amount | None:
    """Tonnes of a look's value; nothing at all where the yard is told as bare."""
    tonnes = row.get("tonnes") if isinstance(row, Mapping) else None
    if not isinstance(tonnes, list | tuple) or len(tonnes) != 3:
        return None
    low, mid, high = sorted(max(float(t), 0.0) for t in tonnes)
    return Amount(low, mid, high)


def _stays(workspace: Workspace, site: str) -> list[Mapping[str, Any]] | None:
    """Stays at every berth of a site as last claimed; None where no berth was judged."""
    drawn, _ = sites_of(workspace)[site]
    found = [
        last_stays(workspace, f"site:{site}/berth:{berth.id}")
        for berth in drawn.of_kind(FacilityKind.BERTH)
    ]
    if not any(found):
        return None
    return [visit for held in found for visit in held.get("visits", [])]


def _alongside(stays: Sequence[Mapping[str, Any]], first: datetime, last: datetime) -> bool:
    """Whether a stay that was seen overlaps the time between two looks."""
    for stay in stays:
        seen_from, seen_until = stay.get("arrival_before"), stay.get("departure_after")
        if seen_from is None or seen_until is None:
            continue
        if datetime.fromisoformat(seen_from) <= last and first <= datetime.fromisoformat(
            seen_until
        ):
            return True
    return False
