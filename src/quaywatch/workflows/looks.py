"""Looks of sites: each scene at each site once, as a claim, and a claim per berth."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from shapely.geometry.base import BaseGeometry

from quaywatch.cases.look_picture import by_state, captioned
from quaywatch.errors import SiteFileError, SiteMissingError
from quaywatch.evidence.record import Claim
from quaywatch.imagery import berth_state
from quaywatch.imagery.detection import Detection
from quaywatch.imagery.draw import (
    GREEN,
    GREY,
    RED,
    YELLOW,
    Colour,
    draw_detections,
    draw_shapes,
    picture,
)
from quaywatch.imagery.png import enlarged, png_bytes
from quaywatch.imagery.read import read_window, window_of
from quaywatch.imagery.reference import AROUND_M
from quaywatch.imagery.scene import Raster
from quaywatch.imagery.seen import view_of
from quaywatch.sites.facility import Site
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.berth_claims import strips_claim
from quaywatch.workflows.look_claims import (
    METHOD,
    LooksAgain,
    Target,
    look_claims,
    placed,
    site_of,
    state_again,
)
from quaywatch.workflows.looks_reference import open_reference, site_reference
from quaywatch.workflows.receive import Terms, receive
from quaywatch.workflows.scenes import open_scene, renew_scenes, scene_claims

__all__ = [
    "METHOD",
    "STATE_METHOD",
    "WORKERS",
    "LooksAgain",
    "draw_looks",
    "draw_scene",
    "looks_json",
    "looks_of",
    "placed",
    "site_of",
    "sites_of",
    "state_again",
    "watch_looks",
]

STATE_METHOD = berth_state.METHOD
Report = Callable[[str, float], None]
Made = tuple[list[Claim], bytes]
"""Claims of a look and the cells of its berths' strips."""
WORKERS = 2
"""Scenes looked at together: a laptop's two cores."""
CYAN = (0, 230, 255)
"""Of a hull found, apart from every state."""
COLOURS = {"occupied": RED, "empty": GREEN, "unknown": GREY}
"""Of a berth's outline in a picture, by its state."""
SAID = {"unknown": "unknown (hidden or not to be told), not empty"}
"""A state in a picture's words, where its name alone would mislead."""


def sites_of(workspace: Workspace) -> dict[str, tuple[Site, Path]]:
    """The sites drawn in the workspace's folder ``sites/``, by id.

    Raises:
        SiteFileError: a file is no site, or two files are the same one.
        SiteGeometryError: a shape in it cannot be used.

    """
    found: dict[str, tuple[Site, Path]] = {}
    for path in sorted(workspace.sites_dir.glob("*.geojson")):
        site = Site.read(path)
        if site.id in found:
            # Whichever counted, half of what is said of the site would be of the other file.
            fact = f"{found[site.id][1].name} and {path.name} are both the site {site.id!r}"
            raise SiteFileError(site=path.name, fact=fact)
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
    footprints: dict[str, BaseGeometry] = {}
    for name, (drawn, path) in chosen.items():
        source = receive(
            workspace, path, media="site", received_at=now,
            terms=Terms(provider="the analyst", credit="the analyst", redistributable=True),
        )  # fmt: skip
        workspace.evidence.append([source], known_at=now)
        kept, read = site_reference(
            workspace, drawn, source, scenes, now=now, anew=new_reference, report=report
        )
        on = None if kept is None or kept.value is None else kept
        key = (source.id,) if on is None else (source.id, on.id)
        todo = _todo(workspace, drawn, key, scenes, footprints)
        reference = (read or open_reference(workspace, on, drawn)) if todo else None

        made = partial(_made, workspace, Target(drawn, source, on, reference))
        # Pixels are read and searched outside Python's lock, so two threads are nearly twice one;
        # what is claimed, and its order, does not depend on them.
        with ThreadPoolExecutor(WORKERS) as pool:
            for start in range(0, len(todo), 2 * WORKERS):
                batch = todo[start : start + 2 * WORKERS]
                report(f"{name}: {batch[0].subject.partition(':')[2]}", start / len(todo))
                for claims, cells in pool.map(made, batch):
                    if cells:
                        workspace.evidence.put_object(cells)
                    workspace.evidence.append(claims, known_at=now)
                    said = [claim.predicate for claim in claims]
                    counts["looks"] += said.count("look")
                    counts["berth_states"] += said.count("berth-state")
    return counts


def _todo(
    workspace: Workspace,
    site: Site,
    key: tuple[str, ...],
    scenes: Sequence[Claim],
    footprints: dict[str, BaseGeometry],
) -> list[Claim]:
    """The scenes that show a site and were not looked at on this drawing and reference.

    Args:
        workspace: whose scenes.
        site: the place.
        key: what a look rests on beside its scene.
        scenes: all there are.
        footprints: of the scenes opened so far; those opened here are added.

    """
    done = _looked_at(workspace, site.id)
    todo = []
    for scene in scenes:
        if (scene.id, *key) in done:
            continue
        if scene.id not in footprints:
            footprints[scene.id] = open_scene(workspace, scene).footprint
        if footprints[scene.id].intersects(site.outline):
            todo.append(scene)
    return todo


def _made(workspace: Workspace, target: Target, record: Claim) -> Made:
    """The claims of one look and of its strips, from one reading of its window."""
    scene = open_scene(workspace, record)
    view = view_of(scene, target.site)
    claims = look_claims(scene, target, record, view)
    strips, cells = strips_claim(workspace, claims[0], (record, target.source), view)
    return [*claims, strips], cells


def _looked_at(workspace: Workspace, site: str) -> set[tuple[str, ...]]:
    looks = workspace.evidence.find("claim", subject=f"site:{site}", predicate="look")
    return {look.inputs for look in looks if isinstance(look, Claim) and look.method == METHOD}


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
        "alongside": value.get("alongside", []),
        "berths": [
            {**berth, "lengths_m": [hull["length_m"] for hull in berth["detections"]]}
            for berth in value["berths"]
        ],
        "yards": value["yards"],
        "claim": look.id,
    }


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
        large = enlarged(final, at_least_px=600)
        title = f"{site.name}, {value['captured_start'][:16].replace('T', ' ')} UTC"
        notes = [*_notes(look), f"{scene.credit}, {scene.licence}"]
        words = f"{title}, {scene.sensor.name}, pixel {scene.gsd_m:.1f} m"
        path.write_bytes(png_bytes(captioned(large, words, _key(site, states), notes)))
        drawn.append(path)
    return drawn


def _key(site: Site, states: dict[str, str]) -> list[tuple[Colour, str, list[str]]]:
    """What the outlines in a picture of a look mean, and which berths are drawn so."""
    found = by_state(states, {f.id: f.name for f in site.facilities})
    key = [
        (COLOURS.get(state, YELLOW), SAID.get(state, state), own) for state, own in found.items()
    ]
    return [*key, (CYAN, "a hull that the detector found, at a berth or not", [])]


def _notes(look: Claim) -> list[str]:
    """What must be known of a picture of a look."""
    value: Any = look.value
    notes = ["States are of this look alone; the berths' history may say more."]
    if value.get("alongside"):
        notes.append(
            f"Radar: {len(value['alongside'])} bright masses at the shore may hold ships that "
            "cannot be told from the quay; they are not drawn."
        )
    return notes


def draw_scene(scene: Raster, hulls: Sequence[Detection], path: Path) -> None:
    """A PNG of a whole scene with its hulls drawn."""
    whole = read_window(scene, window=(0, 0, scene.grid.width, scene.grid.height))
    drawn = draw_detections(picture(whole), hulls, gsd_m=scene.gsd_m)
    path.write_bytes(png_bytes(drawn))
