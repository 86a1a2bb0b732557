"""Matches of a site's scenes as a table, as JSON, and drawn on the pixels."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from shapely.geometry import Point

from quaywatch.cases.look_picture import captioned
from quaywatch.cases.match_picture import Label, labelled
from quaywatch.errors import SiteMissingError
from quaywatch.evidence.record import Claim
from quaywatch.fusion.match import (
    METHOD,
    PREDICATE,
    MatchedHull,
    MatchVerdict,
    SceneMatch,
    ShipInFrame,
    match_of,
)
from quaywatch.imagery.detection import Detection
from quaywatch.imagery.disc import disc_around
from quaywatch.imagery.draw import GREEN, GREY, RED, YELLOW, draw_detections, draw_shapes, picture
from quaywatch.imagery.png import enlarged, png_bytes
from quaywatch.imagery.read import Pixels, read_window, window_of
from quaywatch.imagery.reference import AROUND_M
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.look_claims import placed
from quaywatch.workflows.looks import sites_of
from quaywatch.workflows.names import name_of
from quaywatch.workflows.scenes import open_scene

COLOURS: Final[Mapping[str, tuple[int, int, int]]] = {
    MatchVerdict.MATCHED: GREEN,
    MatchVerdict.AMBIGUOUS: YELLOW,
    MatchVerdict.DARK: RED,
    MatchVerdict.UNMATCHED: (255, 150, 60),
    MatchVerdict.NOT_BOUND: (120, 190, 255),
}
SAID: Final[Mapping[str, str]] = {
    MatchVerdict.MATCHED: "matched: one ship heard accounts for it",
    MatchVerdict.AMBIGUOUS: "ambiguous",
    MatchVerdict.DARK: "dark: none of those heard, where a ship that sent would have been heard",
    MatchVerdict.UNMATCHED: "unmatched, coverage of AIS unknown",
    MatchVerdict.NOT_BOUND: "unmatched, not shown to be a ship that must broadcast",
}
LEAST_PX: Final = 900
RING_M: Final = 400.0
"""Wider rings of where a ship is expected are not drawn: they hold half the picture."""


def matches_of(workspace: Workspace, name: str) -> list[Claim]:
    """Matches in force of scenes in which a site was looked at, oldest first.

    Raises:
        SiteMissingError: there is no such site.

    """
    sites = sites_of(workspace)
    if name not in sites:
        raise SiteMissingError(name=name, known=", ".join(sites))
    last: dict[str, Claim] = {}
    for claim in workspace.evidence.find("claim", predicate=PREDICATE):
        if isinstance(claim, Claim) and claim.method == METHOD:
            last[claim.subject] = claim
    looked = {
        claim.inputs[0]
        for claim in workspace.evidence.find("claim", subject=f"site:{name}", predicate="look")
        if isinstance(claim, Claim)
    }
    about = [claim for claim in last.values() if claim.inputs[0] in looked]
    return sorted(about, key=lambda c: (str(c.time.start) if c.time else "", c.subject))


def matches_json(workspace: Workspace, name: str) -> dict[str, Any]:
    """Matches of a site's scenes, with the names that ships broadcast.

    Raises:
        SiteMissingError: there is no such site.

    """
    claims = matches_of(workspace, name)
    found = [(claim, match_of(claim)) for claim in claims]
    mmsis = {m for _, match in found if match is not None for m in _named(match)}
    return {
        "site": name,
        "scenes": [
            {"claim": claim.id, "scene": claim.subject, "reason": claim.reason,
             "match": None if match is None else match.model_dump(mode="json")}
            for claim, match in found
        ],
        "names": {f"{mmsi:09d}": name_of(workspace, f"mmsi:{mmsi:09d}") for mmsi in sorted(mmsis)},
        "method": METHOD,
    }  # fmt: skip


def _named(match: SceneMatch) -> set[int]:
    return {c.mmsi for hull in match.hulls for c in hull.candidates} | {
        ship.mmsi for ship in match.ships
    }


def draw_matches(workspace: Workspace, name: str, folder: Path) -> list[Path]:
    """A PNG of each matched scene that shows a hull or should: who is where.

    Raises:
        SiteMissingError: there is no such site.

    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for claim in matches_of(workspace, name):
        match = match_of(claim)
        if match is None or not (match.hulls or match.ships):
            continue
        path = folder / f"{name}-{match.captured_start[:10]}-{claim.subject.partition(':')[2]}.png"
        path.write_bytes(_drawn(workspace, name, claim, match))
        drawn.append(path)
    return drawn


def _drawn(workspace: Workspace, name: str, claim: Claim, match: SceneMatch) -> bytes:
    site, _ = sites_of(workspace)[name]
    source, look = (workspace.evidence.get(claim.inputs[k]) for k in (0, _look_of(match, name)))
    if not isinstance(source, Claim) or not isinstance(look, Claim):
        raise SiteMissingError(name=name, known="")
    scene, _ = placed(open_scene(workspace, source), look)
    window = window_of(scene.grid, site.outline)
    pixels = read_window(scene, window=window, margin_px=round(AROUND_M / scene.gsd_m))
    rings = [
        (disc_around(ship.lon, ship.lat, 3.0 * ship.sigma_m), _ring(ship))
        for ship in match.ships
        if 3.0 * ship.sigma_m <= RING_M
    ]
    base = draw_shapes(picture(pixels), pixels, rings)
    hulls = _detections(workspace, match)
    for hull in match.hulls:
        shown = hulls[hull.look, hull.lon, hull.lat]
        base = draw_detections(
            base, [shown], origin=pixels.window[:2], gsd_m=scene.gsd_m,
            colour=COLOURS[hull.verdict],
        )  # fmt: skip
    large = enlarged(base, at_least_px=LEAST_PX)
    scale = large.shape[1] / base.shape[1]
    written = labelled(large, _labels(workspace, match, pixels, scale))
    title = f"{site.name}, {match.captured_start[:16].replace('T', ' ')} UTC, {scene.sensor.name}"
    used = {str(hull.verdict) for hull in match.hulls}
    key = [(COLOURS[v], SAID[v], ()) for v in MatchVerdict if v in used]
    key.append((GREY, "ring: where a ship that was heard is expected (99%)", ()))
    notes = [*match.messages, f"{scene.credit}, {scene.licence}"]
    return png_bytes(captioned(written, title, key, notes))


def _look_of(match: SceneMatch, name: str) -> int:
    """Which input of the claim is the look of a site: they follow the scene."""
    return 1 + match.searched.index(f"site:{name}")


def _ring(ship: ShipInFrame) -> tuple[int, int, int]:
    return GREY if ship.hull is None else GREEN


def _detections(
    workspace: Workspace, match: SceneMatch
) -> Mapping[tuple[str, float, float], Detection]:
    found = {}
    for look_id in sorted({hull.look for hull in match.hulls}):
        look: Any = workspace.evidence.get(look_id)
        for raw in look.value["detections"]:
            found[look_id, float(raw["lon"]), float(raw["lat"])] = Detection(**raw)
    return found


def _labels(
    workspace: Workspace, match: SceneMatch, pixels: Pixels, scale: float
) -> Sequence[Label]:
    """A label for each hull, then for each ship that was expected and not found."""
    labels = [
        _label(
            pixels,
            scale,
            hull.lon,
            hull.lat,
            _who(workspace, hull),
            COLOURS[hull.verdict],
            reach_m=hull.length_m / 2.0,
        )
        for hull in match.hulls
    ]
    for ship in match.ships:
        if ship.p_missed >= 0.5 and 3.0 * ship.sigma_m <= RING_M:
            who = _name(workspace, ship.mmsi)
            said = f"{who}: expected, not found (P {min(ship.p_missed, 0.99):.2f})"
            reach_m = 3.0 * ship.sigma_m
            labels.append(_label(pixels, scale, ship.lon, ship.lat, said, GREY, reach_m=reach_m))
    high, wide = (side * scale for side in pixels.valid.shape)
    return [one for one in labels if 0 <= one.x_px < wide and 0 <= one.y_px < high]


def _label(
    pixels: Pixels,
    scale: float,
    lon: float,
    lat: float,
    text: str,
    colour: tuple[int, int, int],
    *,
    reach_m: float,
) -> Label:
    place = pixels.grid.to_pixels(Point(lon, lat))
    reach_px = reach_m / pixels.gsd_m * scale
    return Label(float(place.x) * scale, float(place.y) * scale, text, colour, reach_px)


def _who(workspace: Workspace, hull: MatchedHull) -> str:
    if hull.mmsi is not None:
        best = min(hull.candidates[0].p, 0.99)
        return f"{hull.id} {_name(workspace, hull.mmsi)} (P {best:.2f})"
    if hull.verdict == MatchVerdict.AMBIGUOUS and hull.candidates:
        told = ", ".join(
            f"{_name(workspace, c.mmsi)} {min(c.p, 0.99):.2f}" for c in hull.candidates[:2]
        )
        return f"{hull.id} {told}?"
    return f"{hull.id} {hull.length_m:.0f} m, no ship heard"


def _name(workspace: Workspace, mmsi: int) -> str:
    return name_of(workspace, f"mmsi:{mmsi:09d}") or f"{mmsi:09d}"
