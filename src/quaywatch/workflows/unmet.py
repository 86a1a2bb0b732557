"""Scenes that lie on no site, sites that no scene shows, and sites that share ground.

None of these is an error: a workspace may hold scenes before their sites. But a site drawn with
latitude first, or left out of ``sites/``, looks like a quiet port unless it is said.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

from quaywatch.evidence.record import Claim
from quaywatch.geo.geodesic import METRES_PER_NM, great_circle_nm
from quaywatch.geo.position import Position
from quaywatch.sites.facility import FacilityKind, Site
from quaywatch.sites.frame import unwrap

SHARED_FROM = 0.2
"""Share of the smaller berth's area from which two berths are taken for one quay drawn twice."""


def unmet(sites: Mapping[str, Site], scenes: Sequence[Claim]) -> dict[str, Any]:
    """What ``watch`` leaves out of account, and must therefore say.

    Args:
        sites: by id.
        scenes: claims of scenes, with their STAC Item.

    Returns:
        ``scenes_off_sites``: subjects of scenes that lie on none of the sites;
        ``sites_off_scenes``: of each site that no scene shows, ``site`` and ``nearest_km``
        (kilometres to the nearest scene; None: there is no scene);
        ``berths_shared``: pairs of berths of two sites that are drawn over one another, each as
        ``site/berth``: whoever adds such sites up counts the same ship twice.

    """
    grounds = {claim.subject: _footprint(claim) for claim in scenes}
    met = {
        (name, subject)
        for name, site in sites.items()
        for subject, ground in grounds.items()
        if _near(ground, site).intersects(site.outline)
    }
    shown = {subject for _, subject in met}
    seen = {name for name, _ in met}
    return {
        "scenes_off_sites": [s for s in grounds if s not in shown],
        "sites_off_scenes": [
            {"site": name, "nearest_km": _nearest_km(site, list(grounds.values()))}
            for name, site in sites.items()
            if name not in seen
        ],
        "berths_shared": [
            pair for a, b in combinations(sites.values(), 2) for pair in _shared(a, b)
        ],
    }


def _footprint(claim: Claim) -> BaseGeometry:
    value: Any = claim.value
    ground: BaseGeometry = shape(value["stac"]["geometry"])
    return ground


def _near(ground: BaseGeometry, site: Site) -> BaseGeometry:
    """A footprint with the longitudes of the site: one of them may cross the antimeridian."""
    return unwrap(ground, near=site.frame.lon)


def _nearest_km(site: Site, grounds: Sequence[BaseGeometry]) -> float | None:
    """Kilometres from a site to the nearest scene, to three digits at most."""
    apart = []
    for ground in grounds:
        a, b = nearest_points(site.outline, _near(ground, site))
        nm = great_circle_nm(_position(a.x, a.y), _position(b.x, b.y))
        apart.append(nm * METRES_PER_NM / 1000)
    return round(min(apart), 1) if apart else None


def _position(lon: float, lat: float) -> Position:
    return Position(lon=lon, lat=lat)


def _shared(a: Site, b: Site) -> list[tuple[str, str]]:
    """Berths of two sites that cover one another."""
    found = []
    for one in a.of_kind(FacilityKind.BERTH):
        for other in b.of_kind(FacilityKind.BERTH):
            area = unwrap(other.area, near=one.area.centroid.x)
            least = min(one.area.area, area.area)
            if least > 0 and one.area.intersection(area).area >= SHARED_FROM * least:
                found.append((f"{a.id}/{one.id}", f"{b.id}/{other.id}"))
    return found
