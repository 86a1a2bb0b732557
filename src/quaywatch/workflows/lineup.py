"""Blind line-ups: which of these hulls is the ship named? Made, answered and counted.

A line-up is a claim that shows what was put on the sheet and hides which number is the hull asked
about: of that it holds a hash alone (number and seed), which the answer opens. Order and foils are
drawn from a seed that comes from the records, so that the sheet can be made again; the examiner is
not told it. What an examiner answers is an observation, and whether it was right a claim.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from pydantic import JsonValue

from quaywatch.cases.lineup import lineup_sheet
from quaywatch.errors import HullMissingError, LineupError
from quaywatch.evidence.record import Basis, Claim, Record, canonical_json
from quaywatch.fusion.findings import subject_label
from quaywatch.imagery.detection import detect_scene
from quaywatch.imagery.disc import distance_to_hull_m
from quaywatch.imagery.hull_features import stands_free
from quaywatch.imagery.hull_features_at import hull_of
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.likeness import Shown, Spot, show, side_of, spot_from, spot_of
from quaywatch.workflows.names import name_of
from quaywatch.workflows.scenes import open_scene, scene_claims

METHOD = "lineup@1"
PREDICATE = "lineup"
FEWEST = 6
"""Hulls on a sheet at least, the one asked about among them."""
MOST = 8
LENGTH_WITHIN = (0.06, 0.10, 0.15, 0.25)
"""Shares of the length by which foils may differ; wider only where too few are found."""
APART_M = 150.0
"""A foil of the same scene lies at least so far from the hulls compared."""
SCENES_SEARCHED = 6


def new_lineup(
    workspace: Workspace,
    ship: str,
    questioned: Spot,
    reference: Spot,
    *,
    known_at: datetime,
    control: bool = False,
) -> Claim:
    """Draw a line-up and keep it; the same question draws the same.

    Args:
        workspace: holds the scenes.
        ship: subject of the ship named.
        questioned: the hull asked about.
        reference: a hull known to be that ship.
        known_at: now, aware UTC.
        control: the hull in question is known to be the ship; the sheet does not say so. From
            answers to such line-ups it is measured how often an examiner is right.

    Raises:
        HullMissingError: no hull was found at a spot.
        LineupError: too few similar hulls are in the scenes here, or they may not be shown.

    """
    asked, known = show(workspace, questioned), show(workspace, reference)
    for shown in (asked, known):
        if shown.found.hull is None:
            raise HullMissingError(scene=shown.scene.id, reason=shown.found.reason or "")
    foils = _foils(workspace, asked, known)
    if len(foils) + 1 < FEWEST:
        raise LineupError(
            fact=f"only {len(foils)} hulls like the one in question are in scenes of its kind "
            f"here; a line-up needs {FEWEST - 1} beside it"
        )
    chosen = foils[: MOST - 1]
    claim = lineup_claim(workspace, ship, questioned, reference, chosen, control=control)
    workspace.evidence.append([claim], known_at=known_at)
    return claim


def lineup_claim(
    workspace: Workspace,
    ship: str,
    questioned: Spot,
    reference: Spot,
    foils: Sequence[Spot],
    *,
    control: bool,
) -> Claim:
    """The sheet as a claim; the foils in the order in which they were found.

    Raises:
        LineupError: a hull is there no more, or may not be shown.

    """
    seed = _seed(ship, questioned, reference, foils)
    order = np.random.default_rng(int(seed[:16], 16)).permutation(len(foils) + 1)
    spots = [[questioned, *foils][place] for place in order]
    number = int(np.flatnonzero(order == 0)[0]) + 1
    name = subject_label(ship, name_of(workspace, ship))
    sides = [side_of(show(workspace, spot), "") for spot in spots]
    known = side_of(show(workspace, reference), name)
    shown = [side for side in sides if side is not None]
    if known is None or len(shown) < len(sides):
        raise LineupError(fact="a hull of the line-up is no longer found in its scene")
    short = seed[:8]
    sheet, terms = lineup_sheet(known, shown, lineup=short)
    if sheet is None:
        raise LineupError(fact=f"the hulls may not be shown: {terms}")
    sources = list(dict.fromkeys((s.credit, s.licence) for s in (known, *shown)))
    return Claim(
        subject=ship,
        predicate=PREDICATE,
        value={
            "lineup": short,
            "hulls": len(spots),
            "sealed": commitment(number, seed),
            "plates": [
                {
                    "sha256": workspace.evidence.put_object(sheet),
                    "caption": f"Blind line-up {short}: left the ship named, numbered "
                    f"{len(spots)} hulls of like length, one of them the hull in question.",
                    "credit": "; ".join(dict.fromkeys(c for c, _ in sources)),
                    "licence": "; ".join(dict.fromkeys(licence for _, licence in sources)),
                }
            ],
            "messages": [
                (
                    f"Line-up {short}: {len(spots)} hulls of like length, in an order drawn from "
                    "the records; which is the one in question is sealed until it is answered."
                )
            ],
        },
        time=questioned.scene.time,
        basis=Basis.INFERRED,
        method=METHOD,
        parameters={
            "spots": [s.numbers for s in (questioned, reference, *foils)],
            "control": control,
        },
        inputs=tuple(s.scene.id for s in (questioned, reference, *foils)),
    )


def again(claim: Claim, inputs: Sequence[Record], workspace: Workspace) -> Claim:
    """The line-up anew from its scenes."""
    raw: Any = claim.parameters["spots"]
    scenes = [record for record in inputs if isinstance(record, Claim)]
    spots = [spot_from(scene, numbers) for scene, numbers in zip(scenes, raw, strict=True)]
    return lineup_claim(
        workspace,
        claim.subject,
        spots[0],
        spots[1],
        spots[2:],
        control=bool(claim.parameters["control"]),
    )


def commitment(number: int, seed: str) -> str:
    """What is kept of the right number until it is answered.

    Examples:
        >>> commitment(3, "ab") == commitment(4, "ab")
        False

    """
    return hashlib.sha256(canonical_json({"number": number, "seed": seed})).hexdigest()


def opened(claim: Claim) -> int:
    """The number of the hull in question, by the seed of its records.

    Raises:
        LineupError: the seal does not open: the claim was not made by this version's draw.

    """
    raw: Any = claim.parameters["spots"]
    seed = _seed_of(claim.subject, list(claim.inputs), raw)
    order = np.random.default_rng(int(seed[:16], 16)).permutation(len(raw) - 1)
    number = int(np.flatnonzero(order == 0)[0]) + 1
    value: Any = claim.value
    if commitment(number, seed) != value["sealed"]:
        raise LineupError(fact=f"the seal of line-up {value['lineup']} does not open")
    return number


def find_lineup(workspace: Workspace, lineup: str) -> Claim:
    """A line-up by the short word printed on its sheet.

    Raises:
        LineupError: there is none.

    """
    made = workspace.evidence.find("claim", predicate=PREDICATE)
    for claim in made:
        value: Any = claim.value if isinstance(claim, Claim) else None
        if isinstance(claim, Claim) and isinstance(value, dict) and value["lineup"] == lineup:
            return claim
    raise LineupError(fact=f"there is no line-up {lineup!r} here")


Asked = tuple[str, float, float, tuple[float, float, float] | None]
"""A scene's id, a place on it, and the hull there where a person marked it."""


def spots_of(workspace: Workspace, questioned: Asked, reference: Asked) -> tuple[Spot, Spot]:
    """Both spots, by scene id and place.

    Raises:
        SceneMissingError: a scene is not here.

    """
    return spot_of(workspace, *questioned), spot_of(workspace, *reference)


def _seed(ship: str, questioned: Spot, reference: Spot, foils: Sequence[Spot]) -> str:
    spots = [questioned, reference, *foils]
    return _seed_of(ship, [s.scene.id for s in spots], [s.numbers for s in spots])


def _seed_of(ship: str, scenes: list[str], places: Sequence[Sequence[JsonValue]]) -> str:
    content: Any = {"ship": ship, "scenes": scenes, "places": places}
    return hashlib.sha256(canonical_json(content)).hexdigest()


def _foils(workspace: Workspace, asked: Shown, known: Shown) -> list[Spot]:
    """Hulls of like length, nearest in length first: of the same scene, then of its sensor's."""
    hull = asked.found.hull
    if hull is None:
        return []
    found: list[tuple[float, Spot]] = []
    for claim in _scenes_like(workspace, asked):
        scene = open_scene(workspace, claim)
        for other in detect_scene(scene):
            apart = abs(other.length_m - hull.length_m) / hull.length_m
            spot = Spot(claim, round(other.lon, 6), round(other.lat, 6))
            if apart > LENGTH_WITHIN[-1] or other.cut_by_edge or _is_compared(spot, asked, known):
                continue
            # A quay or a neighbour would tell a foil from the hull in question.
            read = hull_of(scene, other).read
            if read is not None and read.chip is not None and stands_free(read.chip):
                found.append((apart, spot))
    found.sort(key=lambda f: (f[0], f[1].scene.id, f[1].lon, f[1].lat))
    for widest in LENGTH_WITHIN:
        near = _apart_from_each_other([spot for apart, spot in found if apart <= widest])
        if len(near) >= MOST - 1:
            break
    return near


def _scenes_like(workspace: Workspace, asked: Shown) -> list[Claim]:
    """The scene asked about, then others of its sensor, nearest in time first."""
    captured = asked.scene.captured_start

    def away(claim: Claim) -> float:
        at = claim.time.midpoint if claim.time is not None else captured
        return abs((at - captured).total_seconds())

    like = [
        claim
        for claim in scene_claims(workspace)
        if isinstance(claim.value, dict) and _sensor_of(claim) == asked.scene.sensor.id
    ]
    like.sort(key=lambda c: (c.id != asked.spot.scene.id, away(c), c.subject))
    return like[:SCENES_SEARCHED]


def _sensor_of(claim: Claim) -> str:
    value: Any = claim.value
    return str(value["stac"]["properties"].get("quaywatch:sensor"))


def _is_compared(spot: Spot, asked: Shown, known: Shown) -> bool:
    """Whether a hull is one of the two compared, or lies where either lay on another day."""
    return any(
        distance_to_hull_m(spot.lon, spot.lat, s.found.hull) < APART_M
        for s in (asked, known)
        if s.found.hull is not None
    )


def _apart_from_each_other(spots: Sequence[Spot]) -> list[Spot]:
    """One spot a place: what lay there in two scenes may be one ship."""
    kept: list[Spot] = []
    for spot in spots:
        if all(_metres(spot, other) >= APART_M for other in kept):
            kept.append(spot)
    return kept


def _metres(one: Spot, other: Spot) -> float:
    east = np.radians(one.lon - other.lon) * np.cos(np.radians(one.lat))
    return float(6_371_009.0 * np.hypot(east, np.radians(one.lat - other.lat)))
