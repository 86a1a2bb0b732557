"""A picture of the hulls that a match is about, as a claim of its own for the dossier.

The match stays as it was made; the picture names it, and is made again from the same pixels. Ships
are named by transponder, so that a ship renamed later changes no picture.
"""

from collections.abc import Sequence
from typing import Any, Final

from quaywatch.cases.match_sheet import match_sheet
from quaywatch.cases.plates import Side
from quaywatch.errors import PlaceMissingError
from quaywatch.evidence.record import Basis, Claim, Record
from quaywatch.fusion.match import PREDICATE as MATCH
from quaywatch.fusion.match import MatchedHull, MatchVerdict, SceneMatch, match_of
from quaywatch.imagery.detection import Detection
from quaywatch.imagery.hull_features_at import hull_of
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.likeness import Shown, Spot, side_of
from quaywatch.workflows.look_claims import placed
from quaywatch.workflows.scenes import open_scene

METHOD: Final = "match-picture@1"
PREDICATE: Final = "match-picture"
MOST: Final = 12
"""Hulls on a sheet; those that a reader asks for first come first."""
MOST_SCENES: Final = 6
"""Matches of one argument that are pictured, those that move it most first."""
_ORDER: Final = (
    MatchVerdict.DARK,
    MatchVerdict.MATCHED,
    MatchVerdict.AMBIGUOUS,
    MatchVerdict.UNMATCHED,
    MatchVerdict.NOT_BOUND,
)
_SAID: Final = {
    MatchVerdict.MATCHED: "matched",
    MatchVerdict.AMBIGUOUS: "ambiguous",
    MatchVerdict.DARK: "dark",
    MatchVerdict.UNMATCHED: "coverage unknown",
    MatchVerdict.NOT_BOUND: "may be no ship",
}


def pictures_of(workspace: Workspace, arguments: Sequence[Claim]) -> list[Claim]:
    """A picture for each match that counts in one of these arguments.

    Args:
        workspace: holds the scenes.
        arguments: claims ``argument@1``.

    """
    ids: dict[str, None] = {}
    for argument in arguments:
        value: Any = argument.value
        items = value["items"] if isinstance(value, dict) else []
        counted = [i for i in items if i["counts"] == "counted" and i["predicate"] == MATCH]
        counted.sort(key=lambda item: -abs(item["influence"]))
        ids |= dict.fromkeys(str(item["claim"]) for item in counted[:MOST_SCENES])
    made = []
    for record_id in ids:
        claim = workspace.evidence.get(record_id)
        if isinstance(claim, Claim) and (match := match_of(claim)) is not None and match.hulls:
            made.append(picture_claim(workspace, claim, match))
    return made


def picture_claim(workspace: Workspace, claim: Claim, match: SceneMatch) -> Claim:
    """The hulls of a match side by side; without a value where its image may not be shown."""
    chosen = sorted(match.hulls, key=lambda h: (_ORDER.index(h.verdict), -h.length_m))[:MOST]
    read = [(side, hull) for hull in chosen if (side := _side(workspace, claim, hull))]
    at = match.captured_start[:16].replace("T", " ")
    title = f"Hulls in the image of {at} UTC"
    sheet, terms = match_sheet([(side, _lines(hull)) for side, hull in read], title=title)
    shown: dict[str, Any] = {}
    if sheet is not None:
        caption = (
            f"{title}: {len(read)} of {len(match.hulls)}, at one scale, turned bow up where that "
            "is settled, each with its number in the match, its length and what the match says "
            f"of it. {terms}."
        )
        shown = {
            "hulls": len(match.hulls),
            "shown": len(read),
            "plates": [
                {
                    "sha256": workspace.evidence.put_object(sheet),
                    "caption": caption,
                    "credit": "; ".join(dict.fromkeys(side.credit for side, _ in read)),
                    "licence": "; ".join(dict.fromkeys(side.licence for side, _ in read)),
                }
            ],
        }
    return Claim(
        subject=claim.subject,
        predicate=PREDICATE,
        value=shown or None,
        reason=None if shown else f"Its hulls are not shown: {terms}.",
        time=claim.time,
        basis=Basis.INFERRED,
        method=METHOD,
        inputs=(claim.id,),
    )


def again(claim: Claim, inputs: Sequence[Record], workspace: Workspace) -> Claim:
    """The picture anew from the match that it names."""
    matched = inputs[0]
    match = match_of(matched) if isinstance(matched, Claim) else None
    if not isinstance(matched, Claim) or match is None:
        raise PlaceMissingError(record_id=claim.id)
    return picture_claim(workspace, matched, match)


def _side(workspace: Workspace, claim: Claim, hull: MatchedHull) -> Side | None:
    """A hull as it lies in the pixels of the look that found it; None where it cannot be read."""
    source, look = workspace.evidence.get(claim.inputs[0]), workspace.evidence.get(hull.look)
    if not isinstance(source, Claim) or not isinstance(look, Claim):
        raise PlaceMissingError(record_id=hull.look)
    value: Any = look.value
    found = next(
        (Detection(**raw) for raw in value["detections"]
         if (float(raw["lon"]), float(raw["lat"])) == (hull.lon, hull.lat)),
        None,
    )  # fmt: skip
    if found is None:
        return None
    scene, _ = placed(open_scene(workspace, source), look)
    return side_of(Shown(Spot(source, hull.lon, hull.lat), scene, hull_of(scene, found)), hull.id)


def _lines(hull: MatchedHull) -> list[str]:
    """What stands under a hull."""
    lines = [f"{hull.id}, {hull.length_m:.0f} m", _SAID[hull.verdict]]
    if hull.mmsi is not None:
        best = min(hull.candidates[0].p, 0.99)
        lines += [f"MMSI {hull.mmsi:09d}", f"P {best:.2f}"]
    elif hull.p_dark is not None and hull.verdict == MatchVerdict.DARK:
        lines.append(f"P {min(hull.p_dark, 0.99):.2f}")
    elif hull.candidates:
        one = hull.candidates[0]
        lines.append(f"{one.mmsi:09d}? {min(one.p, 0.99):.2f}")
    return lines
