"""Is the hull in an image the ship named? Asked of two images, or of an image and a register.

The claim names both scenes, the places on them, and the list of hulls that might have been there;
it is made again from the pixels.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from pydantic import JsonValue

from quaywatch.cases.plates import Side, plate
from quaywatch.errors import HullMissingError, SceneMissingError
from quaywatch.evidence.record import Basis, Claim, Record
from quaywatch.fusion.findings import subject_label
from quaywatch.fusion.likeness import METHOD, Appearance, Likeness, compare
from quaywatch.fusion.likeness_appearance import appearance
from quaywatch.fusion.likeness_population import Population
from quaywatch.fusion.likeness_said import NO_IDENTITY, value_of
from quaywatch.imagery.hull_alongside import measured_at
from quaywatch.imagery.hull_features_at import HullAt, hull_at, hull_of
from quaywatch.imagery.hull_frame import ALONG, Chip
from quaywatch.imagery.hull_readings import Finesse, Reading, finesse_of
from quaywatch.imagery.network import stretch
from quaywatch.imagery.scene import Scene
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows import likeness_population as population_of_ships
from quaywatch.workflows.names import name_of
from quaywatch.workflows.scenes import open_scene, scene_claims

PREDICATE = "likeness"
TITLE = "The same ship?"


@dataclass(frozen=True)
class Spot:
    """A place on a scene, as asked."""

    scene: Claim
    lon: float
    lat: float
    extent: tuple[float, float, float, float] | None = None
    """Length and its error, beam, metres, and axis, degrees from true north: of a hull that was
    measured otherwise, about that place; None: as detected there."""

    @property
    def numbers(self) -> list[JsonValue]:
        """As parameters: longitude, latitude, and the extent where one was given."""
        return [self.lon, self.lat, *(self.extent or ())]


@dataclass(frozen=True)
class Shown:
    """What a scene shows at a spot."""

    spot: Spot
    scene: Scene
    found: HullAt

    @property
    def chip(self) -> Chip | None:
        """The chip, where a hull was found."""
        return None if self.found.read is None else self.found.read.chip


def spot_from(scene: Claim, numbers: Sequence[float]) -> Spot:
    """The spot of ``Spot.numbers``."""
    lon, lat, *extent = (float(number) for number in numbers)
    if not extent:
        return Spot(scene, lon, lat)
    length_m, sigma_m, beam_m, axis_deg = extent
    return Spot(scene, lon, lat, (length_m, sigma_m, beam_m, axis_deg))


def spot_of(
    workspace: Workspace,
    scene: str,
    lon: float,
    lat: float,
    marked: tuple[float, float, float] | None = None,
) -> Spot:
    """A spot on a scene of the workspace, by the scene's id.

    Args:
        workspace: holds the scene.
        scene: its id.
        lon: on the hull; of its middle where it was marked. WGS84 degrees.
        lat: as ``lon``.
        marked: length and beam in metres and axis in degrees of a hull that a person marked: one
            at a quay, from which no detector parts it. Ends marked by eye err by two pixels and 3%
            of the length together.

    Raises:
        SceneMissingError: no scene here has that id.

    """
    claims = {c.subject.removeprefix("scene:"): c for c in scene_claims(workspace)}
    name = scene.removeprefix("scene:")
    if name not in claims:
        raise SceneMissingError(name=scene, known=", ".join(list(claims)[:5]))
    if marked is None:
        return Spot(claims[name], lon, lat)
    length_m, beam_m, axis_deg = marked
    value: Any = claims[name].value
    gsd_m = float(value["stac"]["properties"]["gsd"])
    sigma_m = round(math.hypot(2 * gsd_m, 0.03 * length_m), 1)
    return Spot(claims[name], lon, lat, (length_m, sigma_m, beam_m, axis_deg % 180.0))


def ask_likeness(
    workspace: Workspace,
    ship: str,
    questioned: Spot,
    reference: Spot | None,
    *,
    known_at: datetime,
) -> Claim:
    """Compare, and keep the answer; asked again, it is found and nothing is added.

    Args:
        workspace: holds the scenes.
        ship: subject of the ship named.
        questioned: the hull asked about.
        reference: a hull known to be that ship; without one only its listed size is compared.
        known_at: now, aware UTC.

    Raises:
        HullMissingError: no hull was found at a spot.

    """
    shown = show(workspace, questioned)
    if shown.found.hull is None:
        raise HullMissingError(scene=shown.scene.id, reason=shown.found.reason or "")
    others = population_of_ships.population_claim(
        workspace,
        ship,
        questioned.scene,
        (questioned.lon, questioned.lat),
        round(shown.found.hull.length_m, 1),
    )
    claim = likeness_claim(workspace, ship, others, questioned, reference, shown=shown)
    if reference is not None and isinstance(claim.value, dict):
        known: Any = claim.value["reference"]
        if known.get("reason"):
            raise HullMissingError(scene=known["scene"], reason=known["reason"])
    workspace.evidence.append([others, claim], known_at=known_at)
    return claim


def likeness_claim(
    workspace: Workspace,
    ship: str,
    others: Claim,
    questioned: Spot,
    reference: Spot | None,
    *,
    shown: Shown | None = None,
) -> Claim:
    """The answer as a claim; ``others`` is the claim of who might have been there."""
    asked = shown or show(workspace, questioned)
    known = None if reference is None else show(workspace, reference)
    population = population_of_ships.population_from(others)
    own = population_of_ships.own_readings(others)
    coarsest = _coarsest(asked, known)
    likeness = _compared(asked, known, own, population, coarsest)
    label = subject_label(ship, name_of(workspace, ship))
    size = {r.name: r.value for r in own}
    pictures, refused = _plates(workspace, asked, known, label)
    measured = {
        c.name: (float(c.questioned.value), float(c.questioned.sigma or 0))
        for c in likeness.compared
        if c.group == "dimensions" and c.questioned.value is not None
    }
    listed: Any = others.value
    value = value_of(
        likeness,
        about=ship,
        sisters=population.sisters(size["length_m"], size["beam_m"]),
        fitting=population.fitting(measured),
        finesse=coarsest,
        questioned=_said(asked),
        reference={"listed_by": listed["own"]["by"]} if known is None else _said(known),
        proposed=label,
        plates=pictures,
        plate_refused=refused,
    )
    known_id = () if reference is None else (reference.scene.id,)
    places: dict[str, JsonValue] = {"questioned": questioned.numbers}
    if reference is not None:
        places["reference"] = reference.numbers
    return Claim(
        subject=ship,
        predicate=PREDICATE,
        value=value,
        time=questioned.scene.time,
        basis=Basis.INFERRED,
        method=METHOD,
        parameters=places,
        inputs=(others.id, questioned.scene.id, *known_id),
    )


def again(claim: Claim, inputs: Sequence[Record], workspace: Workspace) -> Claim:
    """The claim anew from the scenes and the list of hulls that it names."""
    others, *scenes = [record for record in inputs if isinstance(record, Claim)]
    places: Any = claim.parameters
    spots = [
        spot_from(scene, places[name])
        for name, scene in zip(("questioned", "reference"), scenes, strict=False)
    ]
    reference = spots[1] if len(spots) > 1 else None
    return likeness_claim(workspace, claim.subject, others, spots[0], reference)


def show(workspace: Workspace, spot: Spot) -> Shown:
    """What a scene shows at a spot."""
    scene = open_scene(workspace, spot.scene)
    if spot.extent is None:
        return Shown(spot, scene, hull_at(scene, spot.lon, spot.lat))
    return Shown(spot, scene, hull_of(scene, measured_at(spot.lon, spot.lat, *spot.extent)))


def _coarsest(asked: Shown, known: Shown | None) -> Finesse:
    """What the coarser of the images bears."""
    order = [Finesse.FINE, Finesse.MEDIUM, Finesse.RADAR, Finesse.COARSE, Finesse.NONE]
    kinds = [
        finesse_of(s.scene.gsd_m, radar=s.scene.sensor.radar is not None)
        for s in (asked, known)
        if s is not None
    ]
    return max(kinds, key=order.index)


def _compared(
    asked: Shown,
    known: Shown | None,
    own: Sequence[Reading],
    population: Population,
    coarsest: Finesse,
) -> Likeness:
    read = asked.found.read
    seen = () if read is None else read.readings
    one_sided = NO_IDENTITY if coarsest in {Finesse.COARSE, Finesse.NONE} else None
    return compare(
        seen, _reference(own, known), population, _looks(asked, known), one_sided=one_sided
    )


def _reference(own: Sequence[Reading], known: Shown | None) -> list[Reading]:
    """What is known of the ship named: its listed size before that measured in its image."""
    seen = {} if known is None or known.found.read is None else {
        r.name: r for r in known.found.read.readings
    }  # fmt: skip
    listed = {r.name: r for r in own if r.value is not None}
    missing = {r.name: r for r in own if r.value is None and r.name not in seen}
    return list({**missing, **seen, **listed}.values())


def _looks(asked: Shown, known: Shown | None) -> Appearance:
    if known is None:
        return Appearance(None, None, reason="there is no image known to show the ship named")
    if asked.chip is None or known.chip is None:
        why = asked.found.reason or known.found.reason or "no hull was read"
        return Appearance(None, None, reason=why)
    if asked.spot == known.spot:
        return Appearance(None, None, reason="both are one and the same hull of one image")
    return appearance(
        asked.chip,
        known.chip,
        sensors=(asked.scene.sensor, known.scene.sensor),
        captured=(asked.scene.captured_start, known.scene.captured_start),
    )


def _said(shown: Shown) -> dict[str, Any]:
    """Where and when a hull was seen, by what, and under which terms."""
    scene, read, hull = shown.scene, shown.found.read, shown.found.hull
    chip = shown.chip
    return {
        "scene": scene.id,
        "captured_at": scene.captured_start.isoformat(),
        "lon": None if hull is None else round(hull.lon, 6),
        "lat": None if hull is None else round(hull.lat, 6),
        "sensor": scene.sensor.id,
        "gsd_m": round(scene.gsd_m, 2),
        "finesse": finesse_of(scene.gsd_m, radar=scene.sensor.radar is not None).value,
        "off_nadir_deg": scene.off_nadir_deg,
        "credit": scene.credit,
        "licence": scene.licence,
        "axis_deg": None if chip is None else round(chip.axis_deg, 1),
        "bow_settled_by": None if chip is None else chip.settled_by,
        "profile": None if read is None or read.profile is None else list(read.profile),
        "hatches": None if read is None or read.hatches is None else list(read.hatches),
        "measured_by": None if hull is None else hull.method,
        "reason": shown.found.reason,
    }


def _plates(
    workspace: Workspace, asked: Shown, known: Shown | None, label: str
) -> tuple[list[dict[str, Any]], str | None]:
    """The two hulls side by side, kept as a PNG; or why there is no such picture."""
    if known is None:
        return [], "there is no image known to show the ship named"
    left, right = side_of(known, label), side_of(asked, "the hull in question")
    if left is None or right is None:
        return [], "a hull was not found"
    made = plate(left, right, title=TITLE)
    if made.png is None:
        return [], made.why
    sha256 = workspace.evidence.put_object(made.png)
    picture = {"sha256": sha256, "caption": made.caption, "credit": made.credit,
               "licence": made.licence}  # fmt: skip
    return [picture], None


def side_of(shown: Shown, title: str) -> Side | None:
    """A hull as a plate shows it; None where none was found."""
    chip, scene, read = shown.chip, shown.scene, shown.found.read
    if chip is None or read is None:
        return None
    at = f"{scene.captured_start:%Y-%m-%d %H:%M} UTC"
    if scene.capture_width_s >= 12 * 3600:
        at = f"{scene.captured_start:%Y-%m-%d}, time unknown"
    house = read.of("house_share")
    return Side(
        title=title,
        values=picture_values(chip, scene.radiometry),
        seen=chip.valid,
        length_m=chip.length_m,
        chip_m=ALONG * chip.length_m,
        bow=chip.settled_by or "open: shown one of two ways",
        when=at,
        sensor=f"{scene.sensor.name}, {scene.gsd_m:.1f} m",
        credit=scene.credit,
        licence=scene.licence,
        marks=read.hatches or (),
        house=None if house is None else house.value,
    )


def picture_values(chip: Chip, radiometry: str) -> Any:  # noqa: ANN401 (an array)
    """A chip's colours, or its first band, for the eye: 0 to 1, (band, along, across)."""
    names = ("red", "green", "blue")
    chosen = names if set(names) <= set(chip.bands) else (chip.bands[0],)
    values = chip.values[[chip.bands.index(name) for name in chosen]]
    if radiometry == "reflectance":
        return stretch(values)
    if radiometry == "display":
        return values
    low, high = np.nanpercentile(values, [1, 99])
    return np.clip((values - low) / max(float(high - low), 1e-9), 0, 1)
