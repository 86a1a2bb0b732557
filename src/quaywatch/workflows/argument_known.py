"""What an argument is told besides claims: who is meant, where places lie, what names name."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely

from quaywatch.cases.asked import AskedHypothesis
from quaywatch.errors import CaseFileError
from quaywatch.evidence.record import Claim
from quaywatch.sites.facility import Site
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.looks import sites_of
from quaywatch.workflows.names import mmsis_of

SITE_WITHIN_M: Final = 3000.0
"""A report's place is a site's if it lies so near what is drawn of it."""
_A_NAME: Final = re.compile(r"^(?:claim:[0-9a-f]+|[a-z0-9][a-z0-9-]*)$")


@dataclass(frozen=True)
class Known:
    """What an argument is told besides claims; kept with it, so that it can be made again."""

    same: Mapping[str, tuple[str, ...]]
    """Subject of a hypothesis → every subject that stands for it."""
    sites: Mapping[str, str]
    """Claim id → the site at which its place lies."""
    named: Mapping[str, str]
    """What the case file calls a claim → its id."""

    def to_json(self) -> dict[str, Any]:
        """As it stands in a claim's parameters."""
        return {
            "same": {k: list(v) for k, v in sorted(self.same.items())},
            "sites": dict(sorted(self.sites.items())),
            "named": dict(sorted(self.named.items())),
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Known":
        """As it stood there."""
        same = {k: tuple(v) for k, v in told["same"].items()}
        return cls(same=same, sites=dict(told["sites"]), named=dict(told["named"]))


def known_of(
    workspace: Workspace,
    asked: Sequence[AskedHypothesis],
    names: Iterable[str],
    *,
    optional: Iterable[str] = (),
) -> Known:
    """Subjects, places and names of claims that a case's hypotheses need.

    Args:
        workspace: with its lake, sites and claims.
        asked: the case's hypotheses.
        names: what the case file calls claims.
        optional: names that may be citations instead of claims.

    Raises:
        CaseFileError: a name is of no claim, or of several.

    """
    same = {one.about: _same(workspace, one.about) for one in asked if one.about}
    named = _claims_named(workspace, set(names), {o for o in optional if _A_NAME.match(o)})
    places = {one.site for one in asked if one.site}
    return Known(same=same, sites=_sites(workspace, places, same), named=named)


def _same(workspace: Workspace, subject: str) -> tuple[str, ...]:
    return tuple(sorted({subject, *(f"mmsi:{m:09d}" for m in mmsis_of(workspace, subject))}))


def _claims_named(workspace: Workspace, names: set[str], optional: set[str]) -> dict[str, str]:
    """The ids of the claims that a case file names by id, beginning of an id, or alias.

    Of one alias the last reading of each statement counts; several statements are ambiguous.
    """
    if not names | optional:
        return {}
    found: dict[str, dict[object, str]] = {name: {} for name in names | optional}
    for record in workspace.evidence.find("claim"):
        alias = record.parameters.get("alias") if isinstance(record, Claim) else None
        if isinstance(record, Claim) and isinstance(alias, str) and alias in found:
            found[alias][record.inputs[:1], record.subject] = record.id
        for name, ids in found.items():
            if name.startswith("claim:") and record.id.startswith(name):
                ids[record.id] = record.id
    for name in sorted(names):
        if len(found[name]) != 1:
            raise CaseFileError(
                fact=f"no claim is called {name!r}"
                if not found[name]
                else f"{name!r} is the name of {len(found[name])} claims; give the id of one"
            )
    return {name: next(iter(ids.values())) for name, ids in found.items() if len(ids) == 1}


def _sites(
    workspace: Workspace, asked: set[str], same: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """For the claims about these ships: at which of the sites asked about their place lies."""
    drawn = {f"site:{name}": site for name, (site, _) in sites_of(workspace).items()}
    found: dict[str, str] = {}
    for subject in sorted({s for every in same.values() for s in every}):
        for claim in workspace.evidence.find("claim", subject=subject):
            if not isinstance(claim, Claim) or not isinstance(claim.value, dict):
                continue
            place: Any = claim.value
            if claim.predicate == "sighting-image":
                report = workspace.evidence.get(claim.inputs[0])
                place = report.value if isinstance(report, Claim) else {}
            for name in sorted(asked & set(drawn)):
                site = drawn[name]
                by_name = claim.predicate == "reach" and place.get("site") in {site.name, site.id}
                if by_name or _is_near(site, place):
                    found[claim.id] = name
    return found


def _is_near(site: Site, place: Mapping[str, Any]) -> bool:
    lon, lat = place.get("lon"), place.get("lat")
    if not isinstance(lon, int | float) or not isinstance(lat, int | float):
        return False
    frame = site.frame
    outline = frame.to_metres(site.outline)
    return bool(outline.distance(frame.to_metres(shapely.Point(lon, lat))) <= SITE_WITHIN_M)
