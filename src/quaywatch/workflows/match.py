"""Hulls of scenes matched with the AIS of the lake, each scene as a claim (``fusion.match``)."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import shapely
from pydantic import JsonValue
from shapely.geometry import Point

from quaywatch.errors import PlaceMissingError
from quaywatch.evidence.bearing import as_values
from quaywatch.evidence.record import Basis, Claim, Record, Source
from quaywatch.fusion.match import (
    METHOD,
    PREDICATE,
    Candidate,
    Hearing,
    MatchedHull,
    SceneMatch,
    ShipInFrame,
)
from quaywatch.fusion.match_bearings import Where, bearings
from quaywatch.fusion.match_hearing import hearing_at, nothing_held
from quaywatch.fusion.match_length import BOUND_FROM_M
from quaywatch.fusion.match_motion import Law
from quaywatch.fusion.match_scene import Matched, match_scene
from quaywatch.fusion.match_weight import Rules, SeenHull, Sight
from quaywatch.fusion.two_places import DAY_ONLY
from quaywatch.sites.frame import LocalFrame, unwrap
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.before import made_before
from quaywatch.workflows.look_claims import METHOD as LOOK_METHOD
from quaywatch.workflows.match_sight import bounds_of, drawn_sites, searched, sight_of
from quaywatch.workflows.match_slice import Caller, Slice, Slices, callers
from quaywatch.workflows.scenes import scene_claims

Report = Callable[[str, float], None]

IN_FRAME_FROM: Final = 0.05


def match_claims(workspace: Workspace, *, report: Report) -> list[Claim]:
    """A claim for every scene in which hulls were looked for.

    Args:
        workspace: whose scenes, looks and lake.
        report: told how far it is.

    """
    looks = _looks_by_scene(workspace)
    before, slices = made_before(workspace, PREDICATE, METHOD), Slices(workspace)
    scenes = [claim for claim in scene_claims(workspace) if claim.id in looks]
    made = []
    for number, scene in enumerate(scenes):
        report(f"match: {scene.subject.partition(':')[2]}", number / len(scenes))
        made.append(_claim(workspace, scene, looks[scene.id], slices, before=before))
    return made


def again(claim: Claim, inputs: Sequence[Record], workspace: Workspace) -> Claim:
    """A scene's match anew, from its scene, its looks, and the rows of the sources it names."""
    scene, *rest = inputs
    if not isinstance(scene, Claim):
        raise PlaceMissingError(record_id=claim.id)
    looks = [one for one in rest if isinstance(one, Claim)]
    sources = [one.id for one in rest if isinstance(one, Source)]
    return _claim(workspace, scene, looks, Slices(workspace, sources=sources))


def _looks_by_scene(workspace: Workspace) -> dict[str, list[Claim]]:
    """Looks in force by the claim of their scene; of a site looked at anew, the last."""
    last: dict[tuple[str, str], Claim] = {}
    for claim in workspace.evidence.find("claim", predicate="look"):
        if isinstance(claim, Claim) and claim.method == LOOK_METHOD:
            last[claim.inputs[0], claim.subject] = claim
    found: dict[str, list[Claim]] = {}
    for (scene, _), claim in sorted(last.items()):
        found.setdefault(scene, []).append(claim)
    return found


def _claim(
    workspace: Workspace,
    scene: Claim,
    looks: Sequence[Claim],
    slices: Slices,
    *,
    before: Mapping[tuple[str, ...], Claim] | None = None,
) -> Claim:
    known = (scene.id, *(look.id for look in looks))
    if scene.time is None or scene.time.duration >= DAY_ONLY:
        return _unmatched(scene, known, "the capture is dated to the day only: cannot be matched")
    at = scene.time.midpoint
    sites = drawn_sites(workspace, looks)
    area = searched(scene, sites)
    if area.is_empty:
        return _unmatched(scene, known, "no part of the scene was searched for hulls")
    heard = slices.about(at, bounds_of(area))
    inputs = (*known, *heard.sources)
    if before is not None and inputs in before:
        return before[inputs]
    rules = Rules(law=Law(clock_s=heard.clock_s))
    seen = sight_of(scene, looks, sites, area)
    value = _value(scene, looks, seen, heard, rules)
    return Claim(
        subject=scene.subject,
        predicate=PREDICATE,
        value=value.model_dump(mode="json"),
        time=scene.time,
        basis=Basis.INFERRED,
        method=METHOD,
        parameters={"rules": _plain(rules)},
        inputs=inputs,
    )


def _unmatched(scene: Claim, inputs: tuple[str, ...], reason: str) -> Claim:
    return Claim(
        subject=scene.subject, predicate=PREDICATE, reason=reason, time=scene.time,
        basis=Basis.INFERRED, method=METHOD, inputs=inputs,
    )  # fmt: skip


def _plain(rules: Rules) -> JsonValue:
    plain: dict[str, Any] = asdict(rules)
    plain["law"]["scales"] = [list(pair) for pair in rules.law.scales]
    return plain


def _value(
    scene: Claim,
    looks: Sequence[Claim],
    seen: tuple[Sight, LocalFrame],
    heard: Slice,
    rules: Rules,
) -> SceneMatch:
    if scene.time is None:
        raise PlaceMissingError(record_id=scene.id)
    at = scene.time.midpoint
    sight, frame = seen
    told = list(_hulls(looks))
    hulls = [_seen(hull, frame) for _, hull in told]
    radius_m = max(math.hypot(x, y) for x, y in shapely.get_coordinates(sight.area))
    found = callers(heard, at, frame, radius_m)
    ships = [caller.ship for caller in found]
    at_us = round(at.timestamp() * 1e6)
    reports = heard.reports_near(at)
    reception = heard.reception if reports else None
    hearing = [
        hearing_at(reception, (hull["lon"] + 180.0) % 360.0 - 180.0, hull["lat"], at_us)
        for _, hull in told
    ]
    matched = match_scene(hulls, ships, sight, hearing, rules)
    berths = {i: look.subject for i, (look, hull) in enumerate(told) if _at_berth(look, hull)}
    borne = bearings(matched, ships, Where(scene.subject, berths))
    return SceneMatch(
        scene=scene.subject,
        sensor=sight.sensor,
        gsd_m=round(sight.gsd_m, 3),
        captured_start=scene.time.start.isoformat(),
        captured_end=scene.time.end.isoformat(),
        searched=tuple(look.subject for look in looks),
        searched_km2=round(sight.area.area / 1e6, 3),
        hulls=tuple(
            _hull(i, look, hull, matched, found, hearing[i]) for i, (look, hull) in enumerate(told)
        ),
        ships=tuple(_ships(matched, found, frame)),
        ais_reports=reports,
        controls=matched.controls,
        joint=matched.joint,
        messages=tuple(_messages(matched, reports, hearing)),
        assumptions=_ASSUMPTIONS,
        bearings=tuple(as_values(borne)),  # type: ignore[arg-type]  # objects, as written down
    )


_ASSUMPTIONS: Final = (
    (
        f"Ships of {BOUND_FROM_M:.0f} m and more must carry class A AIS; navies, government ships "
        "and some fishing vessels and national trade need not."
    ),
    "The detector misses hulls independently of whose they are.",
    "The scene's clock and place are right to what its sensor's table says.",
)


def _hulls(looks: Sequence[Claim]) -> Iterator[tuple[Claim, dict[str, Any]]]:
    """Hulls of all looks of a scene, north to south; one that two looks show is one."""
    every: list[tuple[Claim, dict[str, Any]]] = []
    for look in looks:
        value: Any = look.value
        every += [(look, hull) for hull in value["detections"]]
    every.sort(key=lambda one: (-one[1]["score"], -one[1]["lat"], one[1]["lon"], one[0].id))
    kept: list[tuple[Claim, dict[str, Any]]] = []
    for look, hull in every:
        here = LocalFrame(lon=hull["lon"], lat=hull["lat"])
        apart = [here.to_metres(Point(o["lon"], o["lat"])) for other, o in kept if other != look]
        if not any(math.hypot(p.x, p.y) < 0.3 * hull["length_m"] for p in apart):
            kept.append((look, hull))
    yield from sorted(kept, key=lambda one: (-one[1]["lat"], one[1]["lon"]))


def _seen(hull: dict[str, Any], frame: LocalFrame) -> SeenHull:
    place = frame.to_metres(unwrap(Point(hull["lon"], hull["lat"]), near=frame.lon))
    return SeenHull(
        float(place.x), float(place.y), float(hull["length_m"]), float(hull["length_sigma_m"]),
        float(hull["position_sigma_m"] or 0.0) or 15.0, bool(hull["cut_by_edge"]),
    )  # fmt: skip


def _at_berth(look: Claim, hull: dict[str, Any]) -> bool:
    value: Any = look.value
    return any(hull in berth["detections"] for berth in value["berths"])


def _hull(
    i: int,
    look: Claim,
    hull: dict[str, Any],
    matched: Matched,
    found: Sequence[Caller],
    hearing: Hearing,
) -> MatchedHull:
    said = matched.hulls[i]
    candidates = tuple(
        Candidate(
            mmsi=found[j].ship.mmsi,
            p=round(float(matched.pairs[i, j]), 4),
            distance_m=round(float(matched.weighed.distance_m[i, j]), 1),
            sigma_m=round(float(matched.weighed.sigma_m[i, j]), 1),
            minutes_from_fix=round(abs(found[j].ship.nearest.seconds) / 60.0, 2),
            length_m=found[j].ship.size.length_m,
        )
        for j in said.ranked
    )
    return MatchedHull(
        id=f"h{i + 1:02d}",
        lon=hull["lon"],
        lat=hull["lat"],
        length_m=hull["length_m"],
        length_sigma_m=hull["length_sigma_m"],
        heading_deg=hull["heading_deg"],
        cut_by_edge=hull["cut_by_edge"],
        look=look.id,
        verdict=said.verdict,
        mmsi=said.mmsi,
        p_matched=round(said.p_matched, 4),
        p_unheard=round(said.p_unheard, 4),
        p_not_bound=round(said.p_not_bound, 4),
        p_dark=round(said.p_unheard, 4) if hearing.adequate else None,
        candidates=candidates,
        hearing=hearing,
        reason=said.reason,
    )


def _ships(matched: Matched, found: Sequence[Caller], frame: LocalFrame) -> Iterator[ShipInFrame]:
    """Ships expected in the searched part, or candidates of a hull; by MMSI."""
    weighed = matched.weighed
    candidates = {j for hull in matched.hulls for j in hull.ranked}
    order = sorted(range(len(found)), key=lambda j: (found[j].ship.mmsi, found[j].reports))
    for j in order:
        if weighed.p_in[j] < IN_FRAME_FROM and j not in candidates:
            continue
        ship, cloud = found[j].ship, weighed.clouds[j]
        place = frame.to_degrees(Point(*cloud.mean))
        column = matched.pairs[:, j]
        best = int(column.argmax()) if len(column) else None
        mine = best is not None and matched.hulls[best].mmsi == ship.mmsi
        yield ShipInFrame(
            mmsi=ship.mmsi,
            lon=round((float(place.x) + 180.0) % 360.0 - 180.0, 6),
            lat=round(float(place.y), 6),
            sigma_m=round(cloud.spread_m, 1),
            p_in_frame=round(float(weighed.p_in[j]), 3),
            p_detect=round(float(weighed.p_detect[j]), 3),
            p_missed=round(float(matched.p_missed[j]), 4),
            hull=f"h{best + 1:02d}" if mine and best is not None else None,
            p_hull=round(float(column[best]), 4) if best is not None else 0.0,
            minutes_from_fix=round(abs(ship.nearest.seconds) / 60.0, 2),
            sides=ship.sides,
            still=ship.still,
            length_m=ship.size.length_m,
            long_range=ship.long_range,
            shared=ship.shared,
            reports=found[j].reports,
        )


def _messages(matched: Matched, reports: int, hearing: Sequence[Hearing]) -> Iterator[str]:
    """What a reader must know before quoting a verdict."""
    controls = matched.controls
    if not reports:
        yield nothing_held().reason
    elif hearing and not any(one.adequate for one in hearing):
        yield f"No hull here can be called dark. {hearing[0].reason}"
    if controls.expected >= 1.0:
        yield (
            f"Of {controls.expected:.1f} ships that should have been found by their broadcasts, "
            f"{controls.found:.1f} were."
        )
    if controls.matched:
        yield (
            f"Hulls matched to broadcasts: {controls.matched}, {controls.still_matched} of them "
            f"lying still; half lie within {controls.median_offset_m:.0f} m of where expected."
        )
    if not matched.joint.exact:
        yield f"The sum over assignments left out at most {100 * matched.joint.left_out:.1g}%."
