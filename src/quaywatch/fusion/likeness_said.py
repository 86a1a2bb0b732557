"""What a likeness comes to in words, and as it stands in a claim.

A claim's value (predicate ``likeness``, method ``likeness@1``, subject the ship proposed)::

    {"verdict": "consistent" | "differs" | "open" | "not-comparable",
     "ratio": 12.1 | null,        one hull against two of the population; shrunk and capped
     "reason": null | "...",      why there is no ratio
     "one_sided": null | "no identity at this resolution ...",
     "measured": false,           whether no ratio that counts was set by experts
     "features": [{"name", "told", "group", "questioned": {"value", "sigma", "reason"},
                   "reference": {...}, "ratio", "z", "agrees", "measured", "counted"}],
     "groups": {"dimensions": 11.7, "layout": 1.9, "appearance": 8.0},   ratios, capped
     "appearance": {"score", "ratio", "n_same", "n_other", "measured", "method", "reason"},
     "population": {"basis", "described", "count", "kernels_m"},
     "fitting": 14,               other listed hulls that fit every dimension measured
     "sisters": [{"subject", "name", "length_m", "beam_m", "source"}],
     "nuisance": ["..."],         what makes one hull look like two, or two like one
     "questioned": {"scene", "captured_at", "lon", "lat", "sensor", "gsd_m", "finesse",
                    "off_nadir_deg", "credit", "licence", "axis_deg", "bow_settled_by"},
     "reference": the same, or {"listed_by": "..."} where it is no image,
     "plates": [{"sha256", "caption", "credit", "licence"}],   both side by side; may be empty
     "plate_refused": null | "...",                             why there is none
     "messages": ["Consistent on 3 of 3 measurable features (LR about 12); ..."],
     "bearings": [...]}           evidence/bearing.py
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from quaywatch.evidence.bearing import Bearing, Hypothesis
from quaywatch.evidence.likelihood import Group
from quaywatch.fusion.likeness import Likeness
from quaywatch.fusion.likeness_population import Member
from quaywatch.imagery.hull_readings import Finesse

NO_IDENTITY = "no identity at this resolution"
NUISANCE: Mapping[Finesse, tuple[str, ...]] = {
    Finesse.FINE: (
        "a hull or deck repainted between the images",
        "hatch covers open in one image and shut in the other",
        "load: a laden hull shows less of its side, and no bottom paint",
        "tide and list: cranes and house lean in the picture",
        "shadow of house and cranes, by the height of the sun",
        "off-nadir view: the house covers deck on its far side",
        "cargo gear swung out, or a crane added or taken off",
    ),
    Finesse.MEDIUM: (
        "a deck repainted or rusted between the images",
        "hatch covers open in one image and shut in the other",
        "load and trim change how long and how bright the hull looks",
        "haze, glint and the sun's height change colours",
        "a barge, a tug or the quay taken for hull",
    ),
    Finesse.COARSE: (
        "pixels of 10 m: a barge, a wake or the quay taken for hull",
        "haze and glint change what passes for hull",
    ),
    Finesse.RADAR: (
        "echoes change with the aspect of the ship to the radar",
        "the length of a moving ship is smeared along the flight",
        "bright echoes spill over the ends of a hull",
    ),
    Finesse.NONE: (),
}
SHOWN_SISTERS = 20


def value_of(
    likeness: Likeness,
    *,
    about: str,
    sisters: Sequence[Member],
    fitting: int,
    finesse: Finesse,
    questioned: Mapping[str, Any],
    reference: Mapping[str, Any],
    proposed: str,
    plates: Sequence[Mapping[str, Any]] = (),
    plate_refused: str | None = None,
) -> dict[str, Any]:
    """The claim's value.

    Args:
        likeness: what ``compare`` found.
        about: subject of the ship proposed.
        sisters: listed hulls of its dimensions.
        fitting: listed hulls that fit what was measured.
        finesse: of the coarser image.
        questioned: where and when the hull asked about was seen.
        reference: the image of the ship proposed, or who lists its size.
        proposed: its name, as printed.
        plates: the two pictures side by side, where they may be shown.
        plate_refused: why there is none.

    """
    reason = None if likeness.ratio is not None else _why_none(likeness)
    return {
        "verdict": likeness.verdict,
        "ratio": None if likeness.ratio is None else round(likeness.ratio, 4),
        "reason": reason,
        "one_sided": likeness.one_sided,
        "measured": likeness.measured,
        "features": [c.to_json() for c in likeness.compared],
        "groups": {k: round(math.exp(v), 4) for k, v in likeness.groups.items()},
        "appearance": likeness.appearance.to_json(),
        "population": likeness.population.to_json(),
        "fitting": fitting,
        "sisters": [m.to_json() for m in sisters],
        "nuisance": list(NUISANCE[finesse]),
        "questioned": dict(questioned),
        "reference": dict(reference),
        "plates": [dict(plate) for plate in plates],
        "plate_refused": plate_refused,
        "messages": messages(likeness, proposed, sisters, fitting),
        "bearings": [b.model_dump(mode="json") for b in bearings(likeness, about, questioned)],
    }


def messages(
    likeness: Likeness, proposed: str, sisters: Sequence[Member], fitting: int
) -> list[str]:
    """What is printed of it, the answer first; it never says that two hulls match."""
    if likeness.ratio is None:
        return [f"Not comparable with {proposed}: {_why_none(likeness)}."]
    lines = [f"{_counted(likeness, proposed)}; {_others(likeness, fitting)}"]
    if likeness.one_sided is not None:
        lines.append(f"{likeness.one_sided.capitalize()}: it can speak only against the ship.")
    if sisters:
        names = ", ".join(m.name or m.subject for m in sisters[:SHOWN_SISTERS])
        more = len(sisters) - SHOWN_SISTERS
        rest = f" and {more} more" if more > 0 else ""
        lines.append(f"Of the same dimensions, and so not told apart by them: {names}{rest}.")
    if not likeness.population.listed:
        lines.append(
            f"How common such a hull is was not counted there: {likeness.population.described}."
        )
    if likeness.appearance.reason is not None:
        lines.append(f"Likeness of the pictures was not asked: {likeness.appearance.reason}.")
    return lines


def _counted(likeness: Likeness, proposed: str) -> str:
    told = [c for c in likeness.compared if c.z is not None]
    agreed = sum(c.agrees is True for c in told)
    ratio = likeness.ratio or 1.0
    figure = f"LR about {ratio:.0f}" if ratio >= 9.5 else f"LR about {ratio:.2g}"
    if likeness.verdict == "differs":
        names = [c.told for c in told if c.agrees is False]
        where = f" in {', '.join(names)}" if names else " in how it looks"
        return f"Differs from {proposed}{where} ({figure})"
    head = "Consistent with" if likeness.verdict == "consistent" else "Open whether it is"
    return f"{head} {proposed} on {agreed} of {len(told)} measurable features ({figure})"


def _others(likeness: Likeness, fitting: int) -> str:
    if not likeness.population.members:
        return "no other hull is listed there, so none is excluded"
    one = fitting == 1
    return f"{fitting} other listed hull{'' if one else 's'} would also fit"


def _why_none(likeness: Likeness) -> str:
    reasons = [
        r.reason
        for c in likeness.compared
        for r in (c.questioned, c.reference)
        if r.reason is not None
    ]
    return reasons[0] if reasons else "nothing was read of both"


def bearings(likeness: Likeness, about: str, questioned: Mapping[str, Any]) -> list[Bearing]:
    """What it says for the hull seen being the one proposed, and for its being another.

    Examples:
        >>> from quaywatch.fusion.likeness import Appearance, compare
        >>> from quaywatch.fusion.likeness_population import population_of
        >>> from quaywatch.imagery.hull_readings import Reading
        >>> seen, said = Reading("length_m", 120.0, 4.0), Reading("length_m", 182.0, 0.5)
        >>> other = compare([seen], [said], population_of([], without="imo:1", described=""),
        ...                 Appearance(None, None, reason="one image"))
        >>> [(b.hypothesis.value, b.ratio) for b in bearings(other, "imo:1", {"scene": "ab"})]
        [('same-hull', 0.05), ('other-hull-seen', 20.0)]

    """
    if likeness.ratio is None:
        return []
    appearance = likeness.appearance
    n = appearance.n_same if appearance.measured and appearance.log_ratio is not None else None
    told = _counted(likeness, "the ship named")
    scene = questioned.get("scene") or "an image"
    return [
        Bearing(
            hypothesis=kind,
            about=about,
            ratio=round(ratio, 4),
            group=Group.IDENTITY,
            measured=likeness.measured,
            n=n,
            cause=f"scene:{str(scene).removeprefix('scene:')}",
            because=f"{told}.",
        )
        for kind, ratio in (
            (Hypothesis.SAME_HULL, likeness.ratio),
            (Hypothesis.OTHER_HULL_SEEN, 1.0 / likeness.ratio),
        )
    ]
