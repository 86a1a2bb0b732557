"""Ships that lay at a site's berths in a period: those that looks show and those that AIS heard.

A ship that both show is one ship: a stay in looks and a call in AIS at one berth are paired where
the look falls within the call. What cannot be paired counts apart, so that no ship is missed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl

from quaywatch.sites.activity import Period, Stay
from quaywatch.sites.facility import FacilityKind
from quaywatch.stores.workspace import Workspace
from quaywatch.voyages.cargo import Carriage
from quaywatch.voyages.figures import Figure
from quaywatch.workflows.activity_cautions import CALLED
from quaywatch.workflows.activity_inputs import Watched
from quaywatch.workflows.cargo import deadweight_of
from quaywatch.workflows.looks import sites_of

NEAR: Final = timedelta(hours=1)
"""A look so close to the ends of a call in AIS may show that ship."""
NO_AIS: Final = "No AIS here was gone through: ships are those that looks show."


@dataclass(frozen=True, slots=True)
class Alongside:
    """A ship that lay at a berth."""

    carriage: Carriage
    """As if she loaded there."""
    berth: str | None
    """None: near the berths, at one that is not told."""
    first: datetime | None
    """First instant at which she was seen or heard there."""
    last: datetime | None
    in_looks: bool
    in_ais: bool

    @property
    def times(self) -> dict[str, str]:
        """When she was there, as stays have it; empty where that is not known."""
        if self.first is None or self.last is None:
            return {}
        return {
            "arrival_before": self.first.isoformat(), "departure_after": self.last.isoformat(),
        }  # fmt: skip


def ships_alongside(
    workspace: Workspace,
    name: str,
    seen: Watched | None,
    period: Period,
    reference: Figure | None,
) -> tuple[list[Alongside], list[str]]:
    """Every ship at the berths of a site in a period, oldest first, and what is to be said.

    Args:
        workspace: whose events and claims.
        name: id of the site.
        seen: what looks say of its berths; None: nothing.
        period: in which she was there at some time.
        reference: deadweight for ships of which none is known; None: they have none.

    """
    heard = _heard(workspace, name, period, reference)
    notes = [] if workspace.events.passes() else [NO_AIS]
    stays = [] if seen is None else [s for s in seen.stays if _within(s, period)]
    found = list(heard)
    for order, stay in enumerate(sorted(stays, key=lambda s: (s.arrival_before, s.berth))):
        number = next((n for n, ship in enumerate(found) if _is_she(ship, stay)), None)
        if number is None:
            found.append(_unnamed(stay, order, name, reference))
        else:
            found[number] = replace(found[number], in_looks=True)
    unsure = sum(ship.berth is None for ship in found)
    if unsure:
        notes.append(f"{unsure} of the ships lay near the berths, at one that is not told.")
    return sorted(found, key=lambda s: (str(s.first), s.carriage.name)), notes


def _within(stay: Stay, period: Period) -> bool:
    """Whether she was seen there within a period."""
    return stay.arrival_before < period.end and period.start <= stay.departure_after


def _is_she(ship: Alongside, stay: Stay) -> bool:
    """Whether a ship heard is the one that a look shows; each ship is one stay at most."""
    if ship.in_looks or not ship.in_ais or ship.first is None or ship.last is None:
        return False
    at_one = ship.berth in {None, stay.berth}
    return (
        at_one
        and stay.arrival_before <= ship.last + NEAR
        and ship.first - NEAR <= stay.departure_after
    )


def _unnamed(stay: Stay, order: int, site: str, reference: Figure | None) -> Alongside:
    """A hull that looks show and nothing names: no size of hers is taken for a deadweight."""
    # Two hulls first seen in one look are two: their order keeps their unknown cargoes apart.
    key = f"site:{site}/berth:{stay.berth}/{stay.arrival_before.isoformat()}/{order}"
    carriage = Carriage(key, None, reference, 1.0)
    return Alongside(
        carriage, stay.berth, stay.arrival_before, stay.departure_after, in_looks=True,
        in_ais=False,
    )  # fmt: skip


def _heard(
    workspace: Workspace, name: str, period: Period, reference: Figure | None
) -> list[Alongside]:
    """Calls in AIS at the berths of a site, or near them at one that is not told."""
    berths = _drawn(workspace, name)
    if not workspace.events.passes():
        return []
    rows = workspace.events.known(kinds=["port-call"]).filter(
        pl.col("verdict").is_in(CALLED), pl.col("start") < period.end
    )
    found = []
    for row in rows.sort("start", "event_id").iter_rows(named=True):
        detail: dict[str, Any] = json.loads(row["detail"]) if row["detail"] else {}
        at = {berths.get(one) for one in _named(detail)}
        last = _last(row, detail)
        if last < period.start or not at - {None}:
            continue
        subject = _subject(workspace, int(row["mmsi"]))
        weight = deadweight_of(workspace, subject)[0] or reference
        carriage = Carriage(str(row["event_id"]), subject, weight, 1.0)
        berth = next(iter(at)) if len(at) == 1 else None
        found.append(Alongside(carriage, berth, row["start"], last, in_looks=False, in_ais=True))
    return found


def _named(detail: Mapping[str, Any]) -> list[str]:
    """The berth of a call, or those near it where it is not told, as ``site/berth``."""
    if detail.get("berth"):
        return [str(detail["berth"])]
    near = str(detail.get("berths_near") or "")
    return [one.strip().split(" ")[0] for one in near.split(",") if one.strip()]


def _last(row: Mapping[str, Any], detail: Mapping[str, Any]) -> datetime:
    """When she was last heard there; of a call without an end, the last report of it."""
    if row["end"] is not None:
        end: datetime = row["end"]
        return end
    heard = detail.get("last_in_port")
    start: datetime = row["start"]
    return start if heard is None else datetime.fromisoformat(heard)


def _drawn(workspace: Workspace, name: str) -> dict[str, str]:
    """The berths of a site by every name that a call in AIS may have of them.

    A quay that two sites draw has one of the two names in a call: it is this one's all the same.
    """
    sites = sites_of(workspace)
    mine = sites[name][0].of_kind(FacilityKind.BERTH)
    found = {
        f"{other}/{theirs.id}": own.id
        for other, (drawn, _) in sites.items()
        for theirs in drawn.of_kind(FacilityKind.BERTH)
        for own in mine
        if other != name and own.area.intersects(theirs.area)
    }
    return {**found, **{f"{name}/{own.id}": own.id for own in mine}}


def _subject(workspace: Workspace, mmsi: int) -> str:
    """The hull behind a transponder: the one IMO number that it ever broadcast, else itself."""
    said = workspace.lake.statics(mmsi=[mmsi]).select("imo").drop_nulls().unique().collect()
    numbers: Sequence[int] = said["imo"].to_list()
    return f"imo:{numbers[0]}" if len(numbers) == 1 else f"mmsi:{mmsi:09d}"
