"""Who lay at the berths of a site, claimed and as printed."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from pydantic import JsonValue

from quaywatch.errors import SiteMissingError
from quaywatch.evidence.record import Claim
from quaywatch.evidence.wording import counted
from quaywatch.fusion.attribution import NAMED
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.callers import caller, split
from quaywatch.workflows.callers_heard import Heard
from quaywatch.workflows.callers_stays import Stay, stays_of, within
from quaywatch.workflows.callers_there import about, at_berth, of_hull
from quaywatch.workflows.contradictions_checks import presences
from quaywatch.workflows.looks import sites_of
from quaywatch.workflows.voyages_carried import router_of

Report = Callable[[str, float], None]


def callers_json(
    workspace: Workspace,
    site_id: str,
    *,
    now: datetime | None,
    berths: Sequence[str] = (),
    since: str | None = None,
    until: str | None = None,
    report: Report = lambda _what, _share: None,
) -> dict[str, Any]:
    """Every stay at a site with who the hull may be, as JSON.

    Args:
        workspace: whose looks and AIS.
        site_id: the site.
        now: when this is learned, aware: each answer enters the ledger as a claim; None: nothing
            is kept.
        berths: ids; none: every berth.
        since: the time it starts with, as ``period_of`` takes it; None: the first look.
        until: the time it ends with; None: the last.
        report: told how far it is.

    Returns:
        ``site``, ``simulated``, ``stays`` (berth, ``first_seen``, ``last_seen``, what
        ``workflows.callers`` puts into a claim, and its id) in time order, and ``notes``.

    Raises:
        SiteMissingError: there is no such site.
        ArgumentError: no such time.

    """
    sites = sites_of(workspace)
    if site_id not in sites:
        raise SiteMissingError(name=site_id, known=", ".join(sites))
    wanted = within(stays_of(workspace, site_id), berths=berths, since=since, until=until)
    claims = callers_of(workspace, wanted, report)
    if now is not None:
        workspace.evidence.append(claims, known_at=now)
    stays = sorted((_shown(claim) for claim in claims), key=lambda s: (s["first_seen"], s["berth"]))
    return {
        "site": site_id,
        "simulated": workspace.config.simulated,
        "stays": stays,
        "notes": _notes(stays, weighed=bool(workspace.events.passes())),
    }


def callers_of(workspace: Workspace, stays: Sequence[Stay], report: Report) -> list[Claim]:
    """The claim of each stay; none where no AIS is held, since nobody could be weighed."""
    heard = Heard(workspace)
    if not stays or heard.ships.is_empty():
        return []
    ways = router_of(workspace)
    parts = [part for stay in stays for part in split(stay, heard, ways)]
    found = workspace.evidence.find("claim", predicate="likeness")
    compared = [claim for claim in found if isinstance(claim, Claim)]
    checks = presences(workspace)
    claims = []
    for done, stay in enumerate(parts, start=1):
        then = about(checks, stay)
        scenes = _scenes(workspace, stay)
        own = [c for c in compared if _of_stay(c, stay, scenes, then)]
        claims.append(caller(stay, heard, ways, own, then))
        report("who lay there", done / len(parts))
    return claims


def _scenes(workspace: Workspace, stay: Stay) -> set[JsonValue]:
    """Scenes in which the hull of a stay was seen."""
    looks = (workspace.evidence.get(look_id) for look_id in stay.looks)
    return {
        look.value["scene"]
        for look in looks
        if isinstance(look, Claim) and isinstance(look.value, dict)
    }


def _of_stay(claim: Claim, stay: Stay, scenes: set[JsonValue], checks: Sequence[Claim]) -> bool:
    """Whether a comparison is of the hull of a stay, or of one where broadcasts put a ship."""
    if at_berth(claim, stay):
        value: Any = claim.value
        return value["questioned"].get("scene") in scenes
    return any(of_hull(claim, check) for check in checks)


def _shown(claim: Claim) -> dict[str, Any]:
    value: Any = claim.value
    assert claim.time is not None  # every stay was seen at some time
    return {
        **{key: value[key] for key in value if key not in {"bearings", "berth"}},
        "berth": value["berth"],
        "first_seen": claim.time.start.isoformat(),
        "last_seen": claim.time.end.isoformat(),
        "claim": claim.id,
    }


def _notes(stays: Sequence[dict[str, Any]], *, weighed: bool) -> list[str]:
    if not stays:
        return ["No stay is known: no look shows a ship at a berth, or no AIS is held to weigh."]
    named = sum(stay["named"] is not None for stay in stays)
    notes = [
        (
            f"{counted(named, 'hull')} of {len(stays)} named: a hull is named only where one ship "
            f"has {100 * NAMED:.0f}% or more under two of three priors. The rest may be of any "
            "ship, of those that never broadcast too."
        ),
        *dict.fromkeys(stays[0]["assumptions"]),
    ]
    if not weighed:
        notes.append("No pass over AIS was made: tracks were not tested; run `quaywatch watch`.")
    return notes
