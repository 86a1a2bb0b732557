"""A sighting against the very image it names: is there a hull at the place, and how long is it?"""

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import JsonValue

from quaywatch.errors import PlaceMissingError
from quaywatch.evidence.record import Basis, Claim, Record, Source
from quaywatch.imagery.disc import DiscLook, disc_around, draw_disc, search_disc, shape_of
from quaywatch.imagery.png import enlarged, png_bytes
from quaywatch.imagery.scene import Scene
from quaywatch.sites.facility import FacilityKind
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.before import made_before
from quaywatch.workflows.looks import site_of
from quaywatch.workflows.scenes import open_scene, scene_claims

METHOD = "sighting-image@1"
BERTH_WITHIN_M = 30.0
"""A berth is at a place if its water comes so near: the error of a position read from an image."""
RADIUS_M = 150.0
"""A hull is looked for this far about the position given: half a large ship and the geolocation."""


def sighting_claims(workspace: Workspace, sightings: Sequence[Claim]) -> Iterator[Claim]:
    """For each sighting that names a scene held here: what the scene shows there."""
    by_file = {
        name: claim for claim in scene_claims(workspace) for name in _files(workspace, claim)
    }
    looks = [c for c in workspace.evidence.find("claim", predicate="look") if isinstance(c, Claim)]
    before = made_before(workspace, "sighting-image", METHOD)
    for sighting in sightings:
        value: Any = sighting.value
        scene = by_file.get(str(value.get("scene")))
        if scene is not None and value.get("lon") is not None:
            look = next((c for c in reversed(looks) if c.inputs[0] == scene.id), None)
            asked = (sighting.id, scene.id, *([look.id] if look is not None else []))
            yield before.get(asked) or sighting_claim(workspace, sighting, scene, look)


def sighting_claim(
    workspace: Workspace, sighting: Claim, scene_record: Claim, look: Claim | None
) -> Claim:
    """What the scene shows at the place of a sighting, as a claim.

    Args:
        workspace: holds the pixels.
        sighting: the claim that names the scene.
        scene_record: the scene's claim.
        look: of a site in that scene, whose berths are asked where no hull stands clear.

    """
    value: Any = sighting.value
    scene = open_scene(workspace, scene_record)
    lon, lat = float(value["lon"]), float(value["lat"])
    found = search_disc(scene, lon=lon, lat=lat, radius_m=RADIUS_M, reach_m=0.0)
    hulls = sorted(found.detections, key=lambda d: -d.score)
    berth = None if look is None else _berth_at(workspace, look, lon, lat)
    verdict, message = _told(found, berth)
    return Claim(
        subject=sighting.subject,
        predicate="sighting-image",
        value={
            "verdict": verdict,
            "hulls": len(hulls),
            "length_m": round(hulls[0].length_m, 1) if hulls else None,
            "length_sigma_m": round(hulls[0].length_sigma_m, 1) if hulls else None,
            "clear_fraction": round(found.clear_fraction, 4),
            "berth": None if berth is None else berth["name"],
            "berth_state": None if berth is None else berth["state"],
            "p_occupied": None if berth is None else berth["p_occupied"],
            "messages": [message],
            "geometry": _geometry(lon, lat, found),
            "plates": _plate(workspace, scene, found, lon=lon, lat=lat),
        },
        time=scene_record.time,
        basis=Basis.OBSERVED,
        method=METHOD,
        inputs=(sighting.id, scene_record.id, *([look.id] if look is not None else [])),
    )


def again(claim: Claim, inputs: Sequence[Record], workspace: Workspace) -> Claim:
    """The claim anew from the sighting and the scene."""
    sighting, scene, *looks = inputs
    if not isinstance(sighting, Claim) or not isinstance(scene, Claim):
        raise PlaceMissingError(record_id=claim.id)
    look = next((c for c in looks if isinstance(c, Claim)), None)
    return sighting_claim(workspace, sighting, scene, look)


def _berth_at(workspace: Workspace, look: Claim, lon: float, lat: float) -> dict[str, Any] | None:
    """What a look says of the berth at a place; None where none is drawn there."""
    source = workspace.evidence.get(look.inputs[1])
    if not isinstance(source, Source):
        return None
    near = disc_around(lon, lat, BERTH_WITHIN_M)
    areas = {f.id: f.area for f in site_of(workspace, source).of_kind(FacilityKind.BERTH)}
    value: Any = look.value
    touched = [b for b in value["berths"] if b["id"] in areas and areas[b["id"]].intersects(near)]
    return max(touched, key=lambda b: areas[b["id"]].intersection(near).area, default=None)


def _told(found: DiscLook, berth: dict[str, Any] | None) -> tuple[str, str]:
    if not found.detections and berth is not None and berth["state"] == "occupied":
        return (
            "berth occupied",
            (
                f"The berth {berth['name']} is occupied in the image named: {berth['reason']}. "
                "Whose hull it is the pixels alone do not say."
            ),
        )
    if found.detections:
        return (
            "hull there",
            "The image named shows a hull there. Whose it is the pixels alone do not say.",
        )
    if found.clear_fraction < 0.9:
        return (
            "not observable",
            f"The image named is clear over {100 * found.clear_fraction:.0f}% of that place.",
        )
    return (
        "no hull found",
        (
            "No hull was found there in the image named. Against a quay the detector loses hulls: "
            "look at the picture."
        ),
    )


def _files(workspace: Workspace, claim: Claim) -> list[str]:
    records = (workspace.evidence.get(record_id) for record_id in claim.inputs)
    return [r.name for r in records if isinstance(r, Source) and r.media == "imagery"]


def _geometry(lon: float, lat: float, found: DiscLook) -> JsonValue:
    ring: Any = [shape_of(disc_around(lon, lat, RADIUS_M))]
    shapes: list[tuple[str, Any, str, str]] = [("Polygon", ring, "search-disc", "place given")]
    shapes += [
        ("Point", [round(d.lon, 6), round(d.lat, 6)], "detection", f"{d.length_m:.0f} m")
        for d in found.detections
    ]
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": kind, "coordinates": coordinates},
                "properties": {"role": role, "label": label},
            }
            for kind, coordinates, role, label in shapes
        ],
    }


def _plate(
    workspace: Workspace, scene: Scene, found: DiscLook, *, lon: float, lat: float
) -> list[JsonValue]:
    drawn = draw_disc(scene, found.around, lon=lon, lat=lat, radius_m=RADIUS_M, reach_m=0.0)
    if drawn is None:
        return []
    sha256 = workspace.evidence.put_object(png_bytes(enlarged(drawn, at_least_px=480)))
    caption = (
        f"{scene.sensor.id}, {scene.captured_start:%d %b %Y %H:%M} UTC. Yellow: the place of the "
        "sighting. Red: hulls found."
    )
    return [
        {"sha256": sha256, "caption": caption, "credit": scene.credit, "licence": scene.licence}
    ]
