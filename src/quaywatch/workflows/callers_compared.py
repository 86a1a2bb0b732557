"""Hulls that no broadcast accounts for, compared with pictures of every ship of their size.

A ship that broadcast from a berth while a look was taken is pictured there: such looks are the
references, found without anybody choosing them. Each comparison is a claim of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from quaywatch.errors import HullMissingError
from quaywatch.evidence.record import Claim
from quaywatch.imagery.hull_alongside import Run, hull_alongside
from quaywatch.sites.facility import FacilityKind
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.berths import states_of
from quaywatch.workflows.callers import caller, split
from quaywatch.workflows.callers_heard import Heard
from quaywatch.workflows.callers_stays import Stay, stays_of, within
from quaywatch.workflows.callers_there import AWAY, about, lone_hull
from quaywatch.workflows.contradictions_checks import presences
from quaywatch.workflows.likeness import Spot, ask_likeness, spot_of
from quaywatch.workflows.looks import sites_of
from quaywatch.workflows.voyages_carried import router_of

Report = Callable[[str, float], None]
SIZE_FROM: Final = 0.5
"""A ship whose size fits worse than this, against ships in general, is not compared."""
REFERENCES: Final = 2
QUESTIONED: Final = 2
"""Pictures of a ship, and looks of a stay, that are compared with each other at most."""


def compare_callers(
    workspace: Workspace,
    site_id: str,
    *,
    now: datetime,
    berths: Sequence[str] = (),
    since: str | None = None,
    until: str | None = None,
    report: Report = lambda _what, _share: None,
) -> dict[str, Any]:
    """Compare every hull that nobody was heard in with known pictures of the ships of its size.

    Args:
        workspace: whose looks and AIS.
        site_id: of the site.
        now: when this is learned, aware.
        berths: ids; none: every berth.
        since: the time it starts with, as ``period_of`` takes it; None: the first look.
        until: the time it ends with; None: the last.
        report: told how far it is.

    Returns:
        ``hulls`` (how many were asked about), ``compared`` (pairs), ``compared_elsewhere`` (hulls
        seen where a ship's broadcasts put it, with pictures of it), ``unread``: pairs in which a
        hull could not be read, with why; ``without_picture``: ships of a fitting size of which no
        picture is known.

    """
    heard, ways = Heard(workspace), router_of(workspace)
    parts = [part for stay in stays_of(workspace, site_id) for part in split(stay, heard, ways)]
    weighed = {part: caller(part, heard, ways, []) for part in parts}
    known = _references(weighed)
    open_stays = [part for part, claim in weighed.items() if _here(claim) is None]
    wanted = within(open_stays, berths=berths, since=since, until=until)
    asked = [(part, _fitting(weighed[part])) for part in wanted]
    unread: list[str] = []
    missing: set[str] = set()
    compared = 0
    for done, (part, ships) in enumerate(asked, start=1):
        missing |= {ship for ship in ships if ship not in known}
        for ship in ships:
            for look, place in _best(workspace, known.get(ship, ())):
                compared += _compare(workspace, ship, part, (look, place), unread, now=now)
        report("comparing hulls", done / len(asked))
    elsewhere = _compare_elsewhere(workspace, wanted, weighed, known, unread, now=now)
    return {
        "hulls": len(asked),
        "compared": compared,
        "compared_elsewhere": elsewhere,
        "unread": unread,
        "without_picture": sorted(missing),
    }


def _here(claim: Claim) -> str | None:
    """The ship heard lying there, where the stay is surely its own."""
    value: Any = claim.value
    there = [one["subject"] for one in value["candidates"] if one["whereabouts"] == "here"]
    return str(value["named"]) if there == [value["named"]] else there[0] if there else None


def _references(weighed: Mapping[Stay, Claim]) -> dict[str, list[tuple[str, Stay]]]:
    """Ship → looks in which it is pictured: alone heard at the berth, and named."""
    found: dict[str, list[tuple[str, Stay]]] = {}
    for part, claim in weighed.items():
        value: Any = claim.value
        if value["named"] is not None and _here(claim) == value["named"]:
            found.setdefault(value["named"], []).extend((look, part) for look in part.looks)
    return found


def _fitting(claim: Claim) -> list[str]:
    """Ships whose size does not speak against them, wherever their broadcasts put them."""
    value: Any = claim.value
    return [str(one["subject"]) for one in value["of_size"] if one["size_ratio"] >= SIZE_FROM]


def _compare(
    workspace: Workspace,
    ship: str,
    part: Stay,
    reference: tuple[str, Stay],
    unread: list[str],
    *,
    now: datetime,
) -> int:
    compared = 0
    for look_id in _sharpest(workspace, part.looks)[:QUESTIONED]:
        try:
            questioned = _spot(workspace, look_id, part)
            known = _spot(workspace, reference[0], reference[1])
            if questioned is None or known is None:
                unread.append(f"{ship}: a look lists no hull at the berth")
                continue
            ask_likeness(workspace, ship, questioned, known, known_at=now)
        except HullMissingError as err:
            unread.append(f"{ship}: {err}")
        else:
            compared += 1
    return compared


def _compare_elsewhere(
    workspace: Workspace,
    parts: Sequence[Stay],
    weighed: Mapping[Stay, Claim],
    known: Mapping[str, Sequence[tuple[str, Stay]]],
    unread: list[str],
    *,
    now: datetime,
) -> int:
    """Compare the hull where a ship's broadcasts put it with its pictures: is it there?"""
    checks, ships = presences(workspace), Heard(workspace).numbers
    compared = 0
    for part in parts:
        value: Any = weighed[part].value
        open_to = {c["subject"] for c in value["candidates"] if c["whereabouts"] in AWAY}
        for check in about(checks, part):
            ship, place = ships.get(check.subject, check.subject), lone_hull(check)
            scene = workspace.evidence.get(check.inputs[1])
            if ship not in open_to or place is None or not isinstance(scene, Claim):
                continue
            for look, berthed in _best(workspace, known.get(ship, ()))[:1]:
                reference = _spot(workspace, look, berthed)
                try:
                    ask_likeness(workspace, ship, Spot(scene, *place), reference, known_at=now)
                except HullMissingError as err:
                    unread.append(f"{ship}: {err}")
                else:
                    compared += 1
    return compared


def _best(workspace: Workspace, pictures: Sequence[tuple[str, Stay]]) -> list[tuple[str, Stay]]:
    """The sharpest pictures of a ship."""
    order = _sharpest(workspace, [look_id for look_id, _ in pictures])
    return sorted(pictures, key=lambda one: order.index(one[0]))[:REFERENCES]


def _sharpest(workspace: Workspace, looks: Sequence[str]) -> list[str]:
    """Looks by the size of their pixels, then in time order."""

    def pixel(look_id: str) -> float:
        look = workspace.evidence.get(look_id)
        value: Any = look.value if isinstance(look, Claim) else {}
        return float(value.get("gsd_m") or 1e3)

    return sorted(looks, key=pixel)


def _spot(workspace: Workspace, look_id: str, part: Stay) -> Spot | None:
    """Where a look shows the hull of a stay: the longest hull that the state of its berth lists."""
    look = workspace.evidence.get(look_id)
    if not isinstance(look, Claim) or not isinstance(look.value, dict):
        return None
    site_id = part.subject.partition(":")[2].partition("/")[0]
    berth_id = part.subject.rpartition(":")[2]
    states = [
        c
        for c in states_of(workspace, site_id)
        if c.inputs[0] == look_id and c.subject == part.subject
    ]
    ships: Any = (
        states[-1].value.get("ships") if states and isinstance(states[-1].value, dict) else None
    )
    if not ships:
        return None
    ship = max(ships, key=lambda s: float(s["length_m"]))
    site, _ = sites_of(workspace)[site_id]
    berth = next(f for f in site.of_kind(FacilityKind.BERTH) if f.id == berth_id)
    said: Any = look.value.get("registration") or {}
    moved = float(said.get("moved_x_m") or 0.0), float(said.get("moved_y_m") or 0.0)
    run = Run(ship["start_m"], ship["end_m"], ship["length_sigma_m"], ship["beam_m"])
    hull = hull_alongside(berth, site.frame, run, moved_m=moved)
    spot = spot_of(workspace, str(look.value["scene"]), round(hull.lon, 6), round(hull.lat, 6))
    extent = (
        round(hull.length_m, 1), round(hull.length_sigma_m, 1), round(hull.beam_m, 1),
        round(hull.heading_deg, 1),
    )  # fmt: skip
    return replace(spot, extent=extent)
