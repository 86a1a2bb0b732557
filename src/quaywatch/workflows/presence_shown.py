"""The answer of a presence check as people and scripts read it: numbers, map, plates."""

from dataclasses import asdict
from typing import Any

from pydantic import JsonValue

from quaywatch.fusion.presence import Presence
from quaywatch.imagery.disc import DiscLook, disc_around, draw_disc, shape_of
from quaywatch.imagery.png import enlarged, png_bytes
from quaywatch.imagery.scene import Scene
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.expected import Expected, Said, reach_m


def answer_json(answer: Presence, found: DiscLook, where: Expected) -> dict[str, Any]:
    """The answer as plain JSON values, rounded to what they can mean."""
    shown = asdict(answer)
    for name, digits in (
        ("p_would_have_seen", 4),
        ("lr", 3),
        ("clear_fraction", 4),
        ("search_radius_m", 1),
        ("minutes_from_fix", 2),
    ):
        if shown[name] is not None:
            shown[name] = round(shown[name], digits)
    return {
        **shown,
        "requirements": [asdict(need) for need in answer.requirements],
        "messages": list(answer.messages),
        "assumptions": list(answer.assumptions),
        "search_lon": round(where.position.lon, 6),
        "search_lat": round(where.position.lat, 6),
        "cloud_method": found.cloud_method,
        "detector": found.detector,
    }


def working(answer: Presence, said: Said, scene: Scene) -> list[JsonValue]:
    """Each number of the answer beside how it came about."""
    length = "unknown" if said.length_m is None else said.length_m
    rows: list[tuple[str, str, JsonValue, str | None]] = [
        ("Nearest broadcast", "before or after the capture", round(answer.minutes_from_fix, 2),
         "min"),
        ("Search radius", "99% of where the hull may lie", round(answer.search_radius_m), "m"),
        ("Length broadcast", "from its static messages", length,
         None if said.length_m is None else "m"),
        ("Pixel", "ground size in this scene", round(scene.gsd_m, 2), "m"),
        ("Clear share c", "of the search area, not cloud, not missing",
         round(answer.clear_fraction, 4), None),
        ("P(would have seen it)", "c · P_d · 0.99",
         None if answer.p_would_have_seen is None else round(answer.p_would_have_seen, 4),
         "probability"),
        ("Likelihood ratio",
         "(1 − P_fa) / (1 − P)" if answer.verdict == "not-seen" else "P(hull by chance) / P",
         None if answer.lr is None else round(answer.lr, 3), None),
    ]  # fmt: skip
    rows += [
        (need.name.capitalize(), f"needed: {need.needed}",
         f"{need.found} ({'met' if need.met else 'not met'})", None)
        for need in answer.requirements
    ]  # fmt: skip
    return [
        {"label": label, "formula": formula, "value": value, "unit": unit}
        for label, formula, value, unit in rows
    ]


def geometry(said: Said, expected: Expected, scene: Scene, found: DiscLook) -> JsonValue:
    """What a map of the check shows, as GeoJSON in WGS84 degrees."""
    disc = disc_around(expected.position.lon, expected.position.lat, expected.prediction.radius_m)
    footprint: Any = [shape_of(scene.footprint)]
    ring: Any = [shape_of(disc)]
    features: list[JsonValue] = [
        _feature("Point", [said.position.lon, said.position.lat], "broadcast",
                 f"AIS {said.at:%d %b %Y %H:%M} UTC"),
        _feature("Polygon", ring, "search-disc", "search area"),
        _feature("Polygon", footprint, "footprint", "scene"),
    ]  # fmt: skip
    features += [
        _feature("Point", [round(d.lon, 6), round(d.lat, 6)], "detection", f"{d.length_m:.0f} m")
        for d in found.detections
    ]
    return {"type": "FeatureCollection", "features": features}


def _feature(kind: str, coordinates: JsonValue, role: str, label: str) -> JsonValue:
    return {
        "type": "Feature",
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": {"role": role, "label": label},
    }


def plates(
    workspace: Workspace,
    said: Said,
    expected: Expected,
    scene: Scene,
    found: DiscLook,
    answer: Presence,
) -> list[JsonValue]:
    """The pixels on which the answer rests, with the search area and the hulls drawn."""
    drawn = draw_disc(
        scene,
        found.around,
        lon=expected.position.lon,
        lat=expected.position.lat,
        radius_m=expected.prediction.radius_m,
        reach_m=reach_m(said),
    )
    if drawn is None:
        return []
    sha256 = workspace.evidence.put_object(png_bytes(enlarged(drawn, at_least_px=480)))
    seen = {"seen": "a hull that fits", "not-seen": "no hull"}.get(answer.verdict, "not assessable")
    caption = (
        f"{scene.sensor.id}, {scene.captured_start:%d %b %Y %H:%M} UTC. Yellow: where the "
        f"broadcast puts the ship (99%). Red: hulls found. In the yellow ring: {seen}."
    )
    return [
        {"sha256": sha256, "caption": caption, "credit": scene.credit, "licence": scene.licence}
    ]
