"""Claims of looks and of the berths in them, each by the function that makes it again."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quaywatch.errors import SiteMissingError
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim, Record, Source
from quaywatch.imagery import look as one_look
from quaywatch.imagery.reference import Reference
from quaywatch.imagery.registration import registered
from quaywatch.imagery.scene import Scene
from quaywatch.imagery.seen import View
from quaywatch.sites.facility import Site
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.looks_reference import open_reference, reference_again
from quaywatch.workflows.scenes import open_scene

METHOD = one_look.METHOD


@dataclass(frozen=True)
class Target:
    """What is looked at: a site as drawn, on its reference."""

    site: Site
    source: Source
    claim: Claim | None
    """Of the reference."""
    reference: Reference | None


def look_claims(
    scene: Scene, target: Target, record: Claim, view: View | None = None
) -> list[Claim]:
    """The claim of a look and of each berth in it."""
    look = look_claim(scene, target, record.id, view)
    value = look.value if isinstance(look.value, dict) else {}
    berths = value.get("berths")
    names = (
        [str(b["id"]) for b in berths if isinstance(b, dict)] if isinstance(berths, list) else []
    )
    return [look, *(state_claim(look, name) for name in names)]


def look_claim(scene: Scene, target: Target, scene_id: str, view: View | None = None) -> Claim:
    """One scene at one site, as a claim.

    Args:
        scene: as received.
        target: the site on its reference.
        scene_id: of the scene's claim.
        view: of this scene and site, where it has been read already.

    """
    look = one_look.look_at(scene, target.site, reference=target.reference, view=view)
    on = () if target.claim is None else (target.claim.id,)
    return Claim(
        subject=f"site:{target.site.id}",
        predicate="look",
        value=json.loads(json.dumps(look.to_json())),
        time=_time_of(scene),
        basis=Basis.OBSERVED,
        method=METHOD,
        inputs=(scene_id, target.source.id, *on),
    )


def state_claim(look: Claim, berth_id: str) -> Claim:
    """The state of one berth in a look, as a claim of its own."""
    berth = _berth_of(look, berth_id)
    known = berth["state"] != "unknown"
    return Claim(
        subject=f"{look.subject}/berth:{berth_id}",
        predicate="berth-state",
        value={"state": berth["state"], "length_m": berth["length_m"], "beam_m": berth["beam_m"]}
        if known
        else None,
        reason=None if known else str(berth["reason"]),
        time=look.time,
        probability=berth["p_occupied"],
        basis=Basis.OBSERVED,
        method=str(berth["method"]),
        parameters={"berth": berth_id},
        inputs=(look.id,),
    )


class LooksAgain:
    """Looks and references computed anew, at the very bytes of scene, site and reference.

    Holds the last reference that it read: the looks of a case are mostly of one site.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._held: tuple[str, Reference | None] | None = None

    def look(self, claim: Claim, inputs: Sequence[Record]) -> Claim:
        """The claim of a look anew."""
        scene, source, *rest = inputs
        if not isinstance(scene, Claim) or not isinstance(source, Source):
            raise SiteMissingError(name=claim.subject, known="")
        on = rest[0] if rest and isinstance(rest[0], Claim) else None
        site = site_of(self.workspace, source)
        target = Target(site, source, on, self._reference(on, site))
        return look_claim(open_scene(self.workspace, scene), target, scene.id)

    def reference(self, claim: Claim, inputs: Sequence[Record]) -> Claim:
        """The claim of a site's reference anew."""
        source = inputs[0]
        if not isinstance(source, Source):
            raise SiteMissingError(name=claim.subject, known="")
        site = site_of(self.workspace, source)
        return reference_again(inputs[1:], self.workspace, site, source)

    def _reference(self, on: Claim | None, site: Site) -> Reference | None:
        if on is None:
            return None
        if self._held is None or self._held[0] != on.id:
            self._held = on.id, open_reference(self.workspace, on, site)
        return self._held[1]


def state_again(claim: Claim, inputs: Sequence[Record]) -> Claim:
    """The berth's state anew from its look."""
    look = inputs[0]
    if not isinstance(look, Claim):
        raise SiteMissingError(name=claim.subject, known="")
    return state_claim(look, str(claim.parameters["berth"]))


def site_of(workspace: Workspace, source: Source) -> Site:
    """A site as it was drawn when it was entered."""
    drawn = json.loads(workspace.evidence.read_object(source.sha256))
    return Site.from_geojson(drawn, default_id=Path(source.name).stem)


def _berth_of(look: Claim, berth_id: str) -> dict[str, Any]:
    value: Any = look.value
    found: dict[str, Any] = next(b for b in value["berths"] if b["id"] == berth_id)
    return found


def _time_of(scene: Scene) -> TimeInterval:
    return TimeInterval(start=scene.captured_start, end=scene.captured_end)


def placed(scene: Scene, look: Claim) -> tuple[Scene, float | None]:
    """A scene where its look was laid, and how well it repeats there, metres per axis.

    Args:
        scene: as received.
        look: its look at a site, of any version.

    Returns:
        The scene moved by the look's shift, and the residual of registration: how far it may lie
        off the other looks so laid; as received and None where it was not registered.

    """
    value: Any = look.value
    found = value.get("registration") if isinstance(value, dict) else None
    if not isinstance(found, dict) or not found["accepted"]:
        return scene, None
    residual = (found["residual_px"] or 0.0) * (found["pixel_m"] or 0.0)
    shift = found["moved_x_m"], found["moved_y_m"]
    return registered(scene, shift, found["sigma_m"]), residual
