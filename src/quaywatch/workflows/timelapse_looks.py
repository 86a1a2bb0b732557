"""Which looks of a site may stand in a film, and why the others may not."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry

from quaywatch.cases.film_cut import reasons_line
from quaywatch.cases.film_terms import Permission, permission
from quaywatch.errors import (
    ArgumentError,
    LicenceForbidsError,
    LookSingleError,
    LooksMissingError,
    LooksUnusableError,
)
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Claim, Source
from quaywatch.imagery.frames import Correction, shown_bands
from quaywatch.imagery.scene import Scene
from quaywatch.sites.facility import Facility, FacilityKind, Site, Storage
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.looks import looks_of
from quaywatch.workflows.scenes import open_scene

USABLE: Final = "usable"
CLOUDED: Final = "looks clouded or hidden"
OUTSIDE: Final = "looks that miss it"
UNTOLD: Final = "looks whose bands do not tell cloud"
WITHHELD: Final = "looks withheld by their licence"
PARTS: Final = (
    FacilityKind.BERTH, FacilityKind.YARD, FacilityKind.CONTROL, FacilityKind.CRANE,
    FacilityKind.CONVEYOR, FacilityKind.RAIL,
)  # fmt: skip
"""What a film of a whole site has in view: not its roads, which may lie miles off."""
JUDGED: Final = (FacilityKind.BERTH, FacilityKind.YARD)
"""The parts of which a look says how much of them can be used."""


@dataclass(frozen=True)
class Wanted:
    """What a film is to show."""

    part: str | None = None
    """Id of a berth or yard; None is the whole site."""
    since: TimeInterval | None = None
    until: TimeInterval | None = None
    sensor: str | None = None
    min_clear: float = 0.9
    """Share of the part, or of all berths and yards by area, that must be usable."""
    for_own_use: bool = False
    """Show frames whose licence forbids it, stamped so that nobody prints them unknowing."""
    permission: str | None = None
    """The owners' permission to publish, in words; it is kept beside the film."""


@dataclass(frozen=True)
class Candidate:
    """One look, whether it may be shown, and why not."""

    look: Claim
    scene_claim: Claim
    scene: Scene
    share: float | None
    standing: str
    """``usable``, or what kept it out."""
    terms: Permission

    @property
    def at(self) -> datetime:
        """The middle of the time in which it was taken."""
        return self.scene.captured_start + timedelta(seconds=self.scene.capture_width_s / 2)

    @property
    def value(self) -> Any:  # noqa: ANN401  # a claim's value is any JSON
        """What the look says."""
        return self.look.value

    @property
    def _laid(self) -> dict[str, Any] | None:
        """What the look says of its registration, where that was accepted."""
        found = self.value.get("registration")
        return found if isinstance(found, dict) and found.get("accepted") else None

    @property
    def is_reference(self) -> bool:
        """Whether it is the look that the others of its site are laid on."""
        return self._laid is not None and self._laid.get("residual_px") is None

    @property
    def correction(self) -> Correction:
        """Shift and gains of the look, where they were accepted."""
        levels = self.value.get("normalisation")
        shown = shown_bands(self.scene)
        gains = {}
        if isinstance(levels, dict) and all(isinstance(levels.get(b), dict) for b in shown):
            gains = {b: (float(levels[b]["a"]), float(levels[b]["b"])) for b in shown}
        laid = self._laid
        if laid is None:
            return Correction(gains=gains)
        east, north = (laid.get(f"moved_{axis}_m", laid[f"shift_{axis}_m"]) for axis in "xy")
        return Correction(float(east), float(north), gains)

    @property
    def light(self) -> str:
        """Looks of one light can be shown by one stretch: the reference's, or a sensor's own."""
        bands = "colour" if len(shown_bands(self.scene)) == 3 else "grey"
        if self.correction.gains or self.is_reference:
            return f"normalised {bands}"
        return f"{self.scene.sensor.id} {self.scene.radiometry} {bands}"

    @property
    def registration(self) -> tuple[bool, str]:
        """Whether it lies on the site's reference, and how a frame says so."""
        if self._laid is None:
            return False, "not registered"
        if self.is_reference:
            return True, "the look that others are registered to"
        return True, f"registered to {float(self._laid['residual_px']):.2f} px"


def parts_of(site: Site, part: str | None) -> tuple[Facility, ...]:
    """The parts of a site that a film is about.

    Raises:
        ArgumentError: there is no such berth or yard.

    """
    if part is None:
        return site.of_kind(*PARTS) or site.facilities
    known = site.of_kind(*JUDGED)
    found = tuple(f for f in known if f.id == part)
    if not found:
        names = ", ".join(f.id for f in known) or "none are drawn"
        fact = f"{site.id} has no berth or yard {part!r}"
        raise ArgumentError(flag="--part", fact=fact, remedy=f"Known: {names}.")
    return found


def candidates(
    workspace: Workspace, site: Site, wanted: Wanted, *, heed_licences: bool = True
) -> list[Candidate]:
    """Every look of a site in the time asked for, oldest first, each with its standing.

    Args:
        workspace: whose looks.
        site: the place.
        wanted: of what, from when to when, how clear.
        heed_licences: keep out looks whose licence forbids to show them; a calendar shows none.

    Raises:
        ArgumentError: there is no such part, or the time ends before it begins.
        LooksMissingError: there is no look in that time.

    """
    if wanted.since and wanted.until and wanted.since.start > wanted.until.end:
        fact = f"{wanted.until.start:%Y-%m-%d} is before {wanted.since.start:%Y-%m-%d}"
        raise ArgumentError(flag="--to", fact=fact, remedy="Give the earlier day to --from.")
    parts = parts_of(site, wanted.part)
    found = []
    for look in looks_of(workspace, site.id):
        scene_claim = workspace.evidence.get(look.inputs[0])
        if not isinstance(scene_claim, Claim) or not _asked_for(look, wanted):
            continue
        scene = open_scene(workspace, scene_claim)
        terms = _terms(workspace, scene_claim, scene, wanted)
        share, standing = _standing(look, scene, site, parts, wanted)
        shown = terms.allowed or wanted.for_own_use or not heed_licences
        if standing == USABLE and not shown:
            standing = WITHHELD
        found.append(Candidate(look, scene_claim, scene, share, standing, terms))
    if not found:
        raise LooksMissingError(site=site.id, when=_when(wanted))
    return sorted(found, key=lambda one: (one.at, one.look.id))


def usable_of(found: Sequence[Candidate], site: Site, wanted: Wanted) -> list[Candidate]:
    """The looks that may be shown, at least two.

    Raises:
        LicenceForbidsError: there would be two, but for their licences.
        LooksUnusableError: none is usable.
        LookSingleError: one is.

    """
    usable = [one for one in found if one.standing == USABLE]
    if len(usable) > 1:
        return usable
    withheld = [one for one in found if one.standing == WITHHELD]
    if len(usable) + len(withheld) > 1:
        raise LicenceForbidsError(frames=[f"{o.scene.id}: {o.terms.why}" for o in withheld])
    what = site.id if wanted.part is None else f"{site.id}, {wanted.part}"
    if usable:
        why = reasons_line(left_out(found))
        day = f"{usable[0].at:%Y-%m-%d}"
        raise LookSingleError(site=what, when=day, looks=len(found), why=why)
    raise LooksUnusableError(
        site=what, looks=len(found), why=reasons_line(left_out(found)), asked=wanted.min_clear
    )


def left_out(found: Sequence[Candidate]) -> dict[str, int]:
    """How many looks were kept out, by why."""
    counts = Counter(one.standing for one in found if one.standing != USABLE)
    return dict(sorted(counts.items()))


def area_of(parts: Sequence[Facility]) -> BaseGeometry:
    """What is to be in view, WGS84 degrees."""
    return shapely.GeometryCollection([part.area for part in parts]).envelope


def _asked_for(look: Claim, wanted: Wanted) -> bool:
    if look.time is None or not isinstance(look.value, dict):
        return False
    if wanted.sensor is not None and look.value.get("sensor") != wanted.sensor:
        return False
    if wanted.since is not None and look.time.end < wanted.since.start:
        return False
    return wanted.until is None or look.time.start < max(wanted.until.end, wanted.until.start)


def _when(wanted: Wanted) -> str:
    since = "" if wanted.since is None else f" from {wanted.since.start:%Y-%m-%d}"
    until = "" if wanted.until is None else f" to {wanted.until.start:%Y-%m-%d}"
    sensor = "" if wanted.sensor is None else f" by {wanted.sensor}"
    return f"{since}{until}{sensor}".strip()


def _terms(workspace: Workspace, scene_claim: Claim, scene: Scene, wanted: Wanted) -> Permission:
    """What the licence of a scene allows, the owners' permission counted in."""
    records = [workspace.evidence.get(record_id) for record_id in scene_claim.inputs]
    flags = {r.redistributable for r in records if isinstance(r, Source) and r.media == "imagery"}
    stated = False if False in flags else (True if flags == {True} else None)
    told = permission(scene.licence, redistributable=stated)
    if told.allowed or wanted.permission is None:
        return told
    return replace(told, allowed=True, why=f"permission: {wanted.permission}")


def _standing(
    look: Claim, scene: Scene, site: Site, parts: Sequence[Facility], wanted: Wanted
) -> tuple[float | None, str]:
    """The usable share over what the film is about, and what that makes of the look."""
    value: Any = look.value
    judged = [
        f for f in parts if f.kind in JUDGED and f.observable and f.storage is not Storage.COVERED
    ]
    frame = site.frame
    area = sum(f.area.area for f in judged) or area_of(parts).area
    inside = sum(f.area.intersection(scene.footprint).area for f in judged)
    if not judged:
        inside = area_of(parts).intersection(scene.footprint).area
    if area <= 0 or inside / area < min(wanted.min_clear, 0.999) - 1e-9:
        return None, OUTSIDE
    if wanted.min_clear > 0 and str(value.get("cloud_method", "")).startswith("none"):
        return None, USABLE if scene.sensor.radar else UNTOLD
    shares = {
        str(one["id"]): one.get("usable_share")
        for key in ("berths", "yards")
        for one in value.get(key) or ()
        if isinstance(one, dict)
    }
    if all(shares.get(part.id) is None for part in judged):
        return None, USABLE if wanted.min_clear <= 0 else UNTOLD
    weighed, seen = 0.0, 0.0
    for part in judged:
        metres = float(frame.to_metres(part.area).area)
        # A part of which nothing is said was not seen: it lies outside the scene.
        weighed, seen = weighed + metres, seen + metres * float(shares.get(part.id) or 0.0)
    share = seen / weighed
    return share, USABLE if share >= wanted.min_clear else CLOUDED
