"""A sighting against the very image it names: is there a hull at the place, and how long is it?"""

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import JsonValue

from quaywatch.errors import PlaceMissingError
from quaywatch.evidence.record import Basis, Claim, Record, Source
from quaywatch.imagery.disc import DiscLook, disc_around, draw_disc, search_disc, shape_of
from quaywatch.imagery.png import enlarged, png_bytes
from quaywatch.imagery.scene import Scene
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.scenes import open_scene, scene_claims

METHOD = "sighting-image@1"
RADIUS_M = 150.0
"""A hull is looked for this far about the position given: half a large ship and the geolocation."""


def sighting_claims(workspace: Workspace, sightings: Sequence[Claim]) -> Iterator[Claim]:
    """For each sighting that names a scene held here: what the scene shows there."""
    by_file = {
        name: claim for claim in scene_claims(workspace) for name in _files(workspace, claim)
    }
    for sighting in sightings:
        value: Any = sighting.value
        scene = by_file.get(str(value.get("scene")))
        if scene is not None and value.get("lon") is not None:
            yield sighting_claim(workspace, sighting, scene)


def sighting_claim(workspace: Workspace, sighting: Claim, scene_record: Claim) -> Claim:
    """What the scene shows at the place of a sighting, as a claim."""
    value: Any = sighting.value
    scene = open_scene(workspace, scene_record)
    lon, lat = float(value["lon"]), float(value["lat"])
    found = search_disc(scene, lon=lon, lat=lat, radius_m=RADIUS_M, reach_m=0.0)
    hulls = sorted(found.detections, key=lambda d: -d.score)
    verdict, message = _told(found)
    return Claim(
        subject=sighting.subject,
        predicate="sighting-image",
        value={
            "verdict": verdict,
            "hulls": len(hulls),
            "length_m": round(hulls[0].length_m, 1) if hulls else None,
            "length_sigma_m": round(hulls[0].length_sigma_m, 1) if hulls else None,
            "clear_fraction": round(found.clear_fraction, 4),
            "messages": [message],
            "geometry": _geometry(lon, lat, found),
            "plates": _plate(workspace, scene, found, lon=lon, lat=lat),
        },
        time=scene_record.time,
        basis=Basis.OBSERVED,
        method=METHOD,
        inputs=(sighting.id, scene_record.id),
    )


def again(claim: Claim, inputs: Sequence[Record], workspace: Workspace) -> Claim:
    """The claim anew from the sighting and the scene."""
    sighting, scene = inputs
    if not isinstance(sighting, Claim) or not isinstance(scene, Claim):
        raise PlaceMissingError(record_id=claim.id)
    return sighting_claim(workspace, sighting, scene)


def _told(found: DiscLook) -> tuple[str, str]:
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
