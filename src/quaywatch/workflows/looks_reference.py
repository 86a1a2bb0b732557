"""The reference look of each site, chosen once and kept as a claim until another is asked for."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim, Record, Source
from quaywatch.imagery.look import clear_fraction
from quaywatch.imagery.reference import (
    LEAST_CLEAR,
    LEAST_SCENES,
    METHOD,
    Candidate,
    Offset,
    Reference,
    ashore,
    choose,
    mean_offset,
    read_around,
    read_reference,
    sky_of,
    visible_in,
)
from quaywatch.imagery.scene import Scene
from quaywatch.sites.facility import Site
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.scenes import METHOD as SCENE_METHOD
from quaywatch.workflows.scenes import open_scene

PREDICATE = "site-reference"
MOST_CONSIDERED = 12
"""Scenes whose pixels are looked at to choose from; more add little but time."""
Report = Callable[[str, float], None]


def kept_reference(workspace: Workspace, site: str, source: Source) -> Claim | None:
    """The reference in force for a site as it is drawn now: the last one claimed."""
    found = [
        claim
        for claim in workspace.evidence.find("claim", subject=f"site:{site}", predicate=PREDICATE)
        if isinstance(claim, Claim) and claim.method == METHOD and claim.inputs[0] == source.id
    ]
    return found[-1] if found and _reads_as_now(workspace, found[-1]) else None


def _reads_as_now(workspace: Workspace, reference: Claim) -> bool:
    """Whether this version reads a reference's scene as the version did that chose it."""
    value: Any = reference.value
    if not isinstance(value, dict):
        return True
    scene = workspace.evidence.get(str(value["claim"]))
    return isinstance(scene, Claim) and scene.method == SCENE_METHOD


def site_reference(
    workspace: Workspace,
    site: Site,
    source: Source,
    scenes: Sequence[Claim],
    *,
    now: datetime,
    anew: bool,
    report: Report,
) -> tuple[Claim | None, Reference | None]:
    """The reference of a site, chosen if there is none yet and anew if asked.

    A scene that came later and is better changes nothing by itself, or every look would move.

    Args:
        workspace: where it is kept.
        site: the place.
        source: the bytes in which it is drawn.
        scenes: claims of the scenes here.
        now: when this is learned, aware UTC.
        anew: choose among all scenes here even if there is a reference.
        report: told how far it is.

    Returns:
        The claim, None where no scene shows the site at all; and the window itself where it was
        read to be chosen, None where ``open_reference`` has to.

    """
    kept = kept_reference(workspace, site.id, source)
    if kept is not None and kept.value is not None and not anew:
        return kept, None
    chosen = considered(workspace, site, scenes)
    if not chosen:
        return kept, None
    if kept is not None and not anew and set(kept.inputs[1:]) == {c.id for c in chosen}:
        return kept, None
    report(f"{site.id}: choosing its reference look", 0.0)
    claim, reference = reference_claim(workspace, site, source.id, chosen)
    workspace.evidence.append([claim], known_at=now)
    return claim, reference


def considered(workspace: Workspace, site: Site, scenes: Sequence[Claim]) -> list[Claim]:
    """The optical scenes worth opening: most of the site, then finest, spread over the years."""
    wanted = ashore(site)
    outline = site.frame.to_metres(wanted)
    ranked: dict[tuple[float, float], list[Claim]] = {}
    for claim in scenes:
        scene = open_scene(workspace, claim)
        shown = site.frame.to_metres(scene.footprint.intersection(wanted))
        share = shown.area / outline.area if outline.area > 0 else float(not shown.is_empty)
        if not scene.sensor.radar and share >= LEAST_CLEAR:
            ranked.setdefault((-round(10 * share), round(scene.gsd_m, 1)), []).append(claim)
    taken: list[Claim] = []
    for _, alike in sorted(ranked.items()):
        room = MOST_CONSIDERED - len(taken)
        every = max(1, -(-len(alike) // max(room, 1)))
        taken += alike[::every][:room]
    return sorted(taken, key=lambda claim: (str(claim.time.start if claim.time else ""), claim.id))


def reference_claim(
    workspace: Workspace, site: Site, source_id: str, scenes: Sequence[Claim]
) -> tuple[Claim, Reference | None]:
    """Which of these scenes the others are laid on, and how far off it lies, as a claim.

    Returns:
        The claim, and the reference as it was read to be chosen, with its offset.

    """
    opened = {claim.id: open_scene(workspace, claim) for claim in scenes}
    wanted = ashore(site)
    shares = {name: clear_fraction(scene, wanted) for name, scene in opened.items()}
    offered = [
        Candidate(name, shares[name], scene.gsd_m, scene.captured_start)
        for name, scene in opened.items()
    ]
    reference = None
    while (best := choose(offered)) is not None:
        offered.remove(best)
        found = read_reference(opened[best.scene], site)
        if found is not None and found.register(found.pixels, found.pixels.valid).accepted:
            reference = found
            break
    inputs = (source_id, *opened)
    times = [scene.captured_start for scene in opened.values()]
    if best is None or reference is None:
        none = Claim(
            subject=f"site:{site.id}",
            predicate=PREDICATE,
            reason=f"none of {len(opened)} scenes shows half of the site clear, with land to "
            "compare others with",
            basis=Basis.INFERRED,
            method=METHOD,
            inputs=inputs,
        )
        return none, None
    offset = _offset(opened, best.scene, reference, site, shares)
    value: dict[str, Any] = {
        "scene": reference.scene,
        "claim": best.scene,
        "clear_share": round(best.clear_share, 3),
        "gsd_m": round(best.gsd_m, 3),
        "considered": len(opened),
        "offset": None if offset is None else offset.to_json(),
        "offset_reason": None
        if offset is not None
        else f"fewer than {LEAST_SCENES} other days could be laid on it",
    }
    claim = Claim(
        subject=f"site:{site.id}",
        predicate=PREDICATE,
        value=json.loads(json.dumps(value)),
        time=TimeInterval(start=min(times), end=max(s.captured_end for s in opened.values())),
        basis=Basis.INFERRED,
        method=METHOD,
        inputs=inputs,
    )
    return claim, replace(reference, offset=offset)


def _offset(
    opened: dict[str, Scene],
    chosen: str,
    reference: Reference,
    site: Site,
    shares: dict[str, float],
) -> Offset | None:
    """How far off the reference lies by the mean of the other scenes considered."""
    shifts = []
    for name, scene in opened.items():
        if name == chosen or shares[name] < LEAST_CLEAR:
            continue
        pixels = read_around(scene, site)
        if pixels is None:
            continue
        found = reference.register(pixels, visible_in(pixels, sky_of(scene, pixels)))
        if found.accepted and found.shift_x_m is not None and found.shift_y_m is not None:
            sigma = scene.geolocation_sigma_m
            shifts.append((scene.captured_start, found.shift_x_m, found.shift_y_m, sigma))
    scene = opened[chosen]
    return mean_offset(shifts, scene.captured_start, scene.geolocation_sigma_m)


def open_reference(workspace: Workspace, claim: Claim | None, site: Site) -> Reference | None:
    """The window of a site's reference; None where none could be chosen."""
    value: Any = None if claim is None else claim.value
    if not isinstance(value, dict):
        return None
    scene = workspace.evidence.get(str(value["claim"]))
    if not isinstance(scene, Claim):
        return None
    offset = value["offset"]
    said = None if offset is None else Offset.from_json(offset)
    return read_reference(open_scene(workspace, scene), site, said)


def reference_again(
    inputs: Sequence[Record], workspace: Workspace, site: Site, source: Source
) -> Claim:
    """Choose again among the very scenes that were considered."""
    scenes = [record for record in inputs if isinstance(record, Claim)]
    return reference_claim(workspace, site, source.id, scenes)[0]
