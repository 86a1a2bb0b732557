"""The stays at the berths of a site, as looks show them: each a hull to be told who it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from quaywatch.evidence.record import Claim
from quaywatch.fusion.attribution import SeenHull
from quaywatch.fusion.whereabouts import M_IN_NM, Alongside
from quaywatch.geo.geodesic import great_circle_nm
from quaywatch.geo.position import Position
from quaywatch.sites.facility import Facility, FacilityKind
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.activity_inputs import period_of
from quaywatch.workflows.looks import sites_of


@dataclass(frozen=True)
class Stay:
    """A hull at a berth in one or more looks."""

    subject: str
    """``site:…/berth:…``."""
    visits: str
    """Id of the claim of stays that lists it."""
    looks: tuple[str, ...]
    at: tuple[datetime, ...]
    """Capture times of those looks."""
    place: Alongside
    hull: SeenHull


def stays_of(workspace: Workspace, site_id: str) -> list[Stay]:
    """Every stay that the last claims of stays list, with the hull as measured.

    Raises:
        KeyError: no such site.

    """
    site, _ = sites_of(workspace)[site_id]
    found = []
    for berth in site.of_kind(FacilityKind.BERTH):
        subject = f"site:{site_id}/berth:{berth.id}"
        claims = workspace.evidence.find("claim", subject=subject, predicate="berth-visits")
        last = [claim for claim in claims if isinstance(claim, Claim)][-1:]
        for claim in last:
            found += stays_in(workspace, claim, alongside(berth))
    return found


def within(
    stays: Sequence[Stay],
    *,
    berths: Sequence[str] = (),
    since: str | None = None,
    until: str | None = None,
) -> list[Stay]:
    """The stays at some berths (none: at any), of which a part lies in a period.

    Raises:
        ArgumentError: no such time.

    """
    first = None if since is None else period_of(since, flag="--from").start
    last = None if until is None else period_of(until, flag="--to").end
    return [
        stay
        for stay in stays
        if (not berths or stay.subject.rpartition(":")[2] in berths)
        and (first is None or stay.at[-1] >= first)
        and (last is None or stay.at[0] < last)
    ]


def alongside(berth: Facility) -> Alongside:
    """The middle of a berth and half its length."""
    quay = berth.quay
    line = quay if quay is not None else berth.area.exterior
    ends = [Position(*line.coords[0]), Position(*line.coords[-1])]
    half = great_circle_nm(*ends) * M_IN_NM / 2 if quay is not None else 100.0
    middle = berth.area.centroid
    return Alongside(Position(middle.x, middle.y), half)


def stays_in(workspace: Workspace, visits: Claim, place: Alongside) -> list[Stay]:
    """The stays that one claim lists."""
    value: Any = visits.value
    rows = [row for row in value.get("visits", ()) if row["looks"]]
    return [_stay(workspace, visits, row, place) for row in rows]


def _stay(workspace: Workspace, claim: Claim, row: Mapping[str, Any], place: Alongside) -> Stay:
    looks = [workspace.evidence.get(look_id) for look_id in row["looks"]]
    taken = sorted(
        (look.time.midpoint, look.id) for look in looks if isinstance(look, Claim) and look.time
    )
    return Stay(
        subject=claim.subject,
        visits=claim.id,
        looks=tuple(look_id for _, look_id in taken),
        at=tuple(at for at, _ in taken),
        place=place,
        hull=SeenHull(
            length_m=row["length_m"],
            length_sigma_m=row["length_sigma_m"] or 10.0,
            beam_m=row["beam_m"],
        ),
    )
