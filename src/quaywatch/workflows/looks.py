"""Looks of sites: each scene at each site once, as a claim, and a claim per berth."""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from quaywatch.errors import SiteMissingError
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim, Record, Source
from quaywatch.imagery import berth_state
from quaywatch.imagery import look as one_look
from quaywatch.imagery.detection import Detection
from quaywatch.imagery.draw import GREEN, GREY, RED, YELLOW, draw_detections, draw_shapes, picture
from quaywatch.imagery.png import enlarged, png_bytes
from quaywatch.imagery.read import read_window, window_of
from quaywatch.imagery.reference import AROUND_M, Reference
from quaywatch.imagery.registration import registered
from quaywatch.imagery.scene import Raster, Scene
from quaywatch.sites.facility import Site
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.looks_reference import (
    open_reference,
    reference_again,
    site_reference,
)
from quaywatch.workflows.receive import Terms, receive
from quaywatch.workflows.scenes import open_scene, renew_scenes, scene_claims

METHOD = one_look.METHOD
STATE_METHOD = berth_state.METHOD
Report = Callable[[str, float], None]
WORKERS = 2
"""Scenes looked at together: a laptop's two cores."""
CYAN = (0, 230, 255)
"""Of a hull found, apart from every state."""
COLOURS = {"occupied": RED, "empty": GREEN, "unknown": GREY}
"""Of a berth's outline in a picture, by its state."""


def sites_of(workspace: Workspace) -> dict[str, tuple[Site, Path]]:
    """The sites drawn in the workspace's folder ``sites/``, by id.

    Raises:
        SiteFileError: a file is no site.
        SiteGeometryError: a shape in it cannot be used.

    """
    found = {}
    for path in sorted(workspace.sites_dir.glob("*.geojson")):
        site = Site.read(path)
        found[site.id] = (site, path)
    return found


def watch_looks(
    workspace: Workspace,
    *,
    now: datetime,
    site: str | None,
    report: Report,
    new_reference: bool = False,
) -> dict[str, Any]:
    """Look at every site in every scene that shows it and was not looked at before.

    Each batch is claimed as it is done: what a killed run had claimed, the next one does not redo.

    Args:
        workspace: whose scenes and sites.
        now: when this is learned, aware UTC.
        site: this site only.
        report: told how far it is.
        new_reference: choose each site's reference anew, and look at everything again on it.

    Returns:
        Counts of new claims, ``looks`` and ``berth_states``; ``scenes_renewed``, how many scenes
        of an older version were read anew; ``scenes_refused``, by scene, why this version no
        longer reads one that an older version did: it is not looked at.

    """
    sites = sites_of(workspace)
    if site is not None and site not in sites:
        raise SiteMissingError(name=site, known=", ".join(sites))
    chosen = {name: pair for name, pair in sites.items() if site in {None, name}}
    anew = renew_scenes(workspace, known_at=now, report=report)
    counts: dict[str, Any] = {
        "looks": 0,
        "berth_states": 0,
        "scenes_renewed": len(anew["renewed"]),
        "scenes_refused": anew["refused"],
    }
    scenes = scene_claims(workspace)
    for name, (drawn, path) in chosen.items():
        source = receive(
            workspace, path, media="site", received_at=now,
            terms=Terms(provider="the analyst", credit="the analyst", redistributable=True),
        )  # fmt: skip
        workspace.evidence.append([source], known_at=now)
        kept = site_reference(
            workspace, drawn, source, scenes, now=now, anew=new_reference, report=report
        )
        on = None if kept is None or kept.value is None else kept
        done = _looked_at(workspace, name)
        key = (source.id,) if on is None else (source.id, on.id)
        todo = [
            scene
            for scene in scenes
            if (scene.id, *key) not in done
            and open_scene(workspace, scene).footprint.intersects(drawn.outline)
        ]
        reference = open_reference(workspace, on, drawn) if todo else None

        def made(scene: Claim, to: _Target = _Target(drawn, source, on, reference)) -> list[Claim]:
            return look_claims(open_scene(workspace, scene), to, scene)

        # Pixels are read and searched outside Python's lock, so two threads are nearly twice one;
        # what is claimed, and its order, does not depend on them.
        with ThreadPoolExecutor(WORKERS) as pool:
            for start in range(0, len(todo), 2 * WORKERS):
                batch = todo[start : start + 2 * WORKERS]
                report(f"{name}: {batch[0].subject.partition(':')[2]}", start / len(todo))
                for claims in pool.map(made, batch):
                    workspace.evidence.append(claims, known_at=now)
                    counts["looks"] += bool(claims)
                    counts["berth_states"] += max(0, len(claims) - 1)
    return counts


@dataclass(frozen=True)
class _Target:
    """What is looked at: a site as drawn, on its reference."""

    site: Site
    source: Source
    claim: Claim | None
    """Of the reference."""
    reference: Reference | None


def _looked_at(workspace: Workspace, site: str) -> set[tuple[str, ...]]:
    looks = workspace.evidence.find("claim", subject=f"site:{site}", predicate="look")
    return {look.inputs for look in looks if isinstance(look, Claim) and look.method == METHOD}


def look_claims(scene: Scene, target: _Target, record: Claim) -> list[Claim]:
    """The claim of a look and of each berth in it."""
    look = look_claim(scene, target, record.id)
    value = look.value if isinstance(look.value, dict) else {}
    berths = value.get("berths")
    names = (
        [str(b["id"]) for b in berths if isinstance(b, dict)] if isinstance(berths, list) else []
    )
    return [look, *(state_claim(look, name) for name in names)]


def look_claim(scene: Scene, target: _Target, scene_id: str) -> Claim:
    """One scene at one site, as a claim."""
    look = one_look.look_at(scene, target.site, reference=target.reference)
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
        target = _Target(site, source, on, self._reference(on, site))
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


def looks_json(workspace: Workspace, name: str) -> dict[str, Any]:
    """Every look of a site, oldest first, with the state of each berth.

    Raises:
        SiteMissingError: there is no such site here.

    """
    sites = sites_of(workspace)
    if name not in sites:
        raise SiteMissingError(name=name, known=", ".join(sites))
    shown = [_look_json(look) for look in looks_of(workspace, name)]
    return {"site": name, "name": sites[name][0].name, "looks": shown}


def looks_of(workspace: Workspace, name: str) -> list[Claim]:
    """The latest claim of each look of a site, oldest capture first.

    One a capture: a scene entered again with its mask is looked at again, and that look stands.
    """
    latest: dict[str, Claim] = {}
    for look in workspace.evidence.find("claim", subject=f"site:{name}", predicate="look"):
        if isinstance(look, Claim):
            value: Any = look.value
            latest[str(value.get("scene", look.inputs[0]))] = look
    return sorted(latest.values(), key=lambda c: (str(c.time.start) if c.time else "", c.id))


def _look_json(look: Claim) -> dict[str, Any]:
    value: Any = look.value
    return {
        "captured": value["captured_start"],
        "captured_end": value["captured_end"],
        "scene": value["scene"],
        "sensor": value["sensor"],
        "cloud_method": value["cloud_method"],
        "registration": value["registration"],
        "registration_reason": value["registration_reason"],
        "normalisation": value.get("normalisation"),
        "normalisation_reason": value.get("normalisation_reason"),
        "detections": value["detections"],
        "berths": [
            {**berth, "lengths_m": [hull["length_m"] for hull in berth["detections"]]}
            for berth in value["berths"]
        ],
        "yards": value["yards"],
        "claim": look.id,
    }


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


def draw_looks(workspace: Workspace, name: str, folder: Path) -> list[Path]:
    """A PNG of each look: berths and hulls drawn on the pixels around the site."""
    site, _ = sites_of(workspace)[name]
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for look in looks_of(workspace, name):
        claim = workspace.evidence.get(look.inputs[0])
        if not isinstance(claim, Claim):
            continue
        value: Any = look.value
        scene, _ = placed(open_scene(workspace, claim), look)
        window = window_of(scene.grid, site.outline)
        pixels = read_window(scene, window=window, margin_px=round(AROUND_M / scene.gsd_m))
        states = {berth["id"]: berth["state"] for berth in value["berths"]}
        shapes = [
            (f.area, COLOURS.get(states.get(f.id, ""), YELLOW))
            for f in site.facilities
            if f.id in states
        ]
        base = draw_shapes(picture(pixels), pixels, shapes)
        hulls = [Detection(**hull) for hull in value["detections"]]
        final = draw_detections(
            base, hulls, origin=pixels.window[:2], gsd_m=scene.gsd_m, colour=CYAN
        )
        path = folder / f"{name}-{value['captured_start'][:10]}-{scene.id}.png"
        path.write_bytes(png_bytes(enlarged(final, at_least_px=600)))
        drawn.append(path)
    return drawn


def draw_scene(scene: Raster, hulls: Sequence[Detection], path: Path) -> None:
    """A PNG of a whole scene with its hulls drawn."""
    whole = read_window(scene, window=(0, 0, scene.grid.width, scene.grid.height))
    drawn = draw_detections(picture(whole), hulls, gsd_m=scene.gsd_m)
    path.write_bytes(png_bytes(drawn))
