"""The presence check over a broadcast and a scene, and over everything in a workspace."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl
from pydantic import JsonValue

from quaywatch.errors import ArgumentError, PlaceMissingError
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim, Observation, Record
from quaywatch.fusion.presence import METHOD, Hull, Prediction, Presence, predict, presence
from quaywatch.fusion.two_places import DAY_ONLY
from quaywatch.geo.geodesic import destination, great_circle_nm
from quaywatch.geo.position import Position
from quaywatch.imagery.disc import (
    DiscLook,
    Found,
    disc_around,
    distance_to_hull_m,
    draw_disc,
    search_disc,
    shape_of,
)
from quaywatch.imagery.png import enlarged, png_bytes
from quaywatch.imagery.recall import p_detect
from quaywatch.imagery.scene import Scene
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.before import Before, made_before
from quaywatch.workflows.broadcasts import (
    STILL_BELOW_KN,
    is_still,
    observations,
    size_observations,
)
from quaywatch.workflows.scenes import open_scene, scene_claims

Report = Callable[[str, float], None]
UNDER_WAY_WITHIN = timedelta(minutes=10)
STILL_WITHIN = timedelta(hours=3)
"""A ship that says it lies still reports every three minutes at best, every few hours where
reception is thin; longer silences say too little."""
AT_ANCHOR, LONG_RANGE_TYPE = 1, 27
"""Navigational status and message type of ITU-R M.1371-5."""
LONG_RANGE_SIGMA_M = 0.2 * 1852.0 / 3.03
"""Per axis, of a report of type 27: 0.2 nm holds it with 99%."""
SWING_M = 300.0
"""How far an anchored ship swings, and how far its position may be off."""
UNKNOWN_LENGTH_M = 200.0
"""How far to search about the antenna of a ship that does not say how long it is."""
MARGIN_DEG = 0.05
"""Beyond the footprint, for ships that sail into it between report and capture."""


@dataclass(frozen=True, slots=True)
class Said:
    """A broadcast, as the check needs it."""

    position: Position
    at: datetime
    sog_kn: float | None
    cog_deg: float | None
    moored: bool
    length_m: float | None
    half_width: timedelta = timedelta(0)
    """Half of the interval within which the broadcast was made."""
    anchored: bool = False
    long_range: bool = False
    """A report of type 27, rounded to a tenth of a minute."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Where a broadcast puts the hull at capture time."""

    position: Position
    prediction: Prediction


def expected_at(said: Said, scene: Scene) -> Expected:
    """Dead reckoning from the report to the middle of the capture."""
    middle = scene.captured_start + (scene.captured_end - scene.captured_start) / 2
    minutes = (middle - said.at) / timedelta(minutes=1)
    # At rest the course means nothing, and many transponders then send none.
    at_rest = said.sog_kn is not None and said.sog_kn < STILL_BELOW_KN
    known = at_rest or (said.sog_kn is not None and said.cog_deg is not None)
    # The most that can lie between: a capture known to hours is not one known to the minute.
    ends = (scene.captured_start - said.at, scene.captured_end - said.at)
    widest = max(abs(end) for end in ends) + said.half_width
    swing_m = (said.length_m or UNKNOWN_LENGTH_M) + 150.0 if said.anchored else 0.0
    prediction = predict(
        minutes_from_fix=widest / timedelta(minutes=1),
        moored=said.moored,
        velocity_known=known,
        geolocation_sigma_m=scene.geolocation_sigma_m,
        at_rest=at_rest,
        swing_m=swing_m,
        ais_sigma_m=LONG_RANGE_SIGMA_M if said.long_range else 10.0,
    )
    position = said.position
    if not said.moored and said.sog_kn is not None and said.cog_deg is not None:
        run_nm = said.sog_kn * minutes / 60
        bearing = said.cog_deg if run_nm >= 0 else (said.cog_deg + 180) % 360
        position = destination(position, bearing, abs(run_nm))
    return Expected(position, prediction)


def check_presence(
    position: Position,
    time: TimeInterval,
    scene: Scene,
    *,
    sog_kn: float | None,
    cog_deg: float | None,
    length_m: float | None,
    moored: bool,
) -> dict[str, Any]:
    """Check a position that a user typed against a scene.

    Raises:
        ArgumentError: the broadcast is dated to the day only.

    """
    if time.duration >= DAY_ONLY:
        fact = "a broadcast dated to the day puts the ship nowhere at the moment of the image"
        remedy = "Give its time, such as at=2025-02-03T00:09Z."
        raise ArgumentError(flag="--broadcast", fact=fact, remedy=remedy)
    if scene.captured_end - scene.captured_start >= DAY_ONLY:
        fact = f"the scene {scene.id} is dated to the day only: cannot compare"
        remedy = "Give its capture time in a sidecar, if anything says it."
        raise ArgumentError(flag="--scene", fact=fact, remedy=remedy)
    said = Said(
        position, time.midpoint, sog_kn, cog_deg, moored, length_m, half_width=time.duration / 2
    )
    answer, found, where = _compare(said, scene, others=())
    return _answer_json(answer, found, where)


def presence_claims(workspace: Workspace, *, report: Report) -> list[Record]:
    """A check for every ship whose broadcast puts it in a scene, with the reports used."""
    report("presence", 0.0)
    near = [(claim, _near(workspace, claim)) for claim in scene_claims(workspace) if _timed(claim)]
    near = [(claim, rows) for claim, rows in near if rows.height]
    if not near:
        return []
    # All reports at once: a source is read through once for its lines, not once a scene.
    said = observations(workspace, pl.concat([rows for _, rows in near]))
    sizes = size_observations(workspace, said)
    before = made_before(workspace, "presence", METHOD)
    records: list[Record] = []
    at = 0
    for number, (claim, rows) in enumerate(near):
        report(f"presence: {claim.subject.partition(':')[2]}", number / len(near))
        here, at = said[at : at + rows.height], at + rows.height
        records.extend(_checks_in(workspace, claim, here, sizes, before))
    return records


def _checks_in(
    workspace: Workspace,
    claim: Claim,
    said: Sequence[Observation],
    sizes: Mapping[str, Observation | None],
    before: Before,
) -> Iterator[Record]:
    """The checks of one scene, each after the reports that it rests on."""
    scene: Scene | None = None
    found: Found = {}
    asked: set[str] = set()
    for one in said:
        if one.subject in asked:  # the witness of the report before it
            continue
        asked.add(one.subject)
        size = sizes[one.id]
        made = before.get(_inputs(one, size, claim, said))
        if made is None:
            scene = scene or open_scene(workspace, claim)
            made = _claim(workspace, one, size, claim, scene, said, found)
        if made is not None:
            yield from (o for o in said if o.id in made.inputs)
            if size is not None:
                yield size
            yield made


def _timed(claim: Claim) -> bool:
    return claim.time is not None and claim.time.duration < DAY_ONLY


def again(claim: Claim, inputs: Sequence[Record], workspace: Workspace) -> Claim:
    """Make the claim anew from the broadcast, the scene and the neighbours' broadcasts."""
    said, scene, *others = inputs
    if not isinstance(said, Observation) or not isinstance(scene, Claim):
        raise PlaceMissingError(record_id=claim.id)
    heard = [o for o in others if isinstance(o, Observation)]
    size = next((o for o in heard if o.what == "ais-static"), None)
    everyone = [said, *(o for o in heard if o.what == "ais-position")]
    made = _claim(workspace, said, size, scene, open_scene(workspace, scene), everyone)
    if made is None:
        raise PlaceMissingError(record_id=claim.id)
    return made


def _near(workspace: Workspace, claim: Claim) -> pl.DataFrame:
    """Per transponder that may be in a scene: its report nearest to the capture, then its witness.

    A ship under way is asked about within ten minutes of a report. One that lay still is asked
    about after longer only if it reported from the same place before the capture and after it:
    a ship may have cast off since it last said that it was moored.
    """
    value: Any = claim.value
    west, south, east, north = value["stac"]["bbox"]
    if claim.time is None:
        raise PlaceMissingError(record_id=claim.id)
    at = claim.time.midpoint
    first, last = at - STILL_WITHIN, at + STILL_WITHIN
    box = (west - MARGIN_DEG, south - MARGIN_DEG, east + MARGIN_DEG, north + MARGIN_DEG)
    heard = (
        workspace.lake.positions(start=first, end=last, bbox=box).select("mmsi").unique().collect()
    )
    if heard.is_empty():
        return workspace.lake.positions(mmsi=0).limit(0).collect()
    # All reports of these ships, outside the box too: the nearest in time may lie there.
    mmsis = heard["mmsi"].to_list()
    rows = workspace.lake.positions(mmsi=mmsis, start=first, end=last).collect()
    placed = rows.filter(pl.col("lon").is_not_null()).sort("mmsi", "at", "record")
    kept = [_with_witness(track, at) for _, track in placed.group_by("mmsi", maintain_order=True)]
    return pl.concat([placed.head(0), *kept])


def _with_witness(track: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """The report of one transponder nearest in time, and its witness where it needs one."""
    before = track.filter(pl.col("at") <= at).tail(1)
    after = track.filter(pl.col("at") > at).head(1)
    ends = pl.concat([before, after]).with_columns((pl.col("at") - at).abs().alias("_away"))
    ends = ends.sort("_away", maintain_order=True)
    nearest, *others = ends.iter_rows(named=True)
    if nearest["_away"] <= UNDER_WAY_WITHIN:
        return ends.head(1).drop("_away")
    if others and _same_berth(nearest, others[0]):
        return ends.drop("_away")
    return ends.head(0).drop("_away")


def _same_berth(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Both reports say that the ship lay still, and at the same place."""
    apart_nm = great_circle_nm(
        Position(one["lon"], one["lat"]), Position(other["lon"], other["lat"])
    )
    return is_still(one) and is_still(other) and apart_nm * 1852.0 <= SWING_M


def _claim(
    workspace: Workspace,
    observation: Observation,
    size: Observation | None,
    scene_record: Claim,
    scene: Scene,
    everyone: Sequence[Observation],
    hulls_found: Found | None = None,
) -> Claim | None:
    said = _said(observation, size, _witness(observation, everyone))
    expected = expected_at(said, scene)
    disc = disc_around(expected.position.lon, expected.position.lat, expected.prediction.radius_m)
    if not scene.footprint.intersects(disc):
        return None
    others = _others(observation, everyone)
    answer, found, where = _compare(
        said,
        scene,
        others=[expected_at(_said(o, None, o), scene) for o in others],
        hulls_found=hulls_found,
    )
    value: dict[str, JsonValue] = {
        **_answer_json(answer, found, where),
        "working": _working(answer, said, scene),
        "geometry": _geometry(said, expected, scene, found),
        "plates": _plates(workspace, said, expected, scene, found, answer),
    }
    return Claim(
        subject=observation.subject,
        predicate="presence",
        value=value,
        time=scene_record.time,
        basis=Basis.INFERRED,
        method=METHOD,
        inputs=_inputs(observation, size, scene_record, everyone),
    )


def _others(observation: Observation, everyone: Sequence[Observation]) -> list[Observation]:
    """The neighbours, in an order that does not depend on how they were found."""
    return sorted((o for o in everyone if o.subject != observation.subject), key=lambda o: o.id)


def _inputs(
    observation: Observation,
    size: Observation | None,
    scene_record: Claim,
    everyone: Sequence[Observation],
) -> tuple[str, ...]:
    """What a check rests on: report, scene, size broadcast, witness, neighbours."""
    told = (size, _witness(observation, everyone), *_others(observation, everyone))
    return (observation.id, scene_record.id, *(o.id for o in told if o is not None))


def _witness(observation: Observation, everyone: Sequence[Observation]) -> Observation | None:
    """The other report of the same ship, from the other side of the capture."""
    same = (o for o in everyone if o.subject == observation.subject and o.id != observation.id)
    return next(same, None)


def _said(observation: Observation, size: Observation | None, witness: Observation | None) -> Said:
    """The broadcast; it counts as moored only where a witness says so too."""
    values: dict[str, Any] = dict(observation.values)
    if observation.time is None:
        raise PlaceMissingError(record_id=observation.id)
    length: Any = None if size is None else size.values["length_m"]
    return Said(
        Position(values["lon"], values["lat"]),
        observation.time.midpoint,
        values["sog_kn"],
        values["cog_deg"],
        witness is not None and is_still(values),
        None if length is None else float(length),
        anchored=values["nav_status"] == AT_ANCHOR,
        long_range=values["msg_type"] == LONG_RANGE_TYPE,
    )


def _compare(
    said: Said, scene: Scene, *, others: Sequence[Expected], hulls_found: Found | None = None
) -> tuple[Presence, DiscLook, Expected]:
    expected = expected_at(said, scene)
    found = search_disc(
        scene,
        lon=expected.position.lon,
        lat=expected.position.lat,
        radius_m=expected.prediction.radius_m,
        reach_m=_reach_m(said),
        found=hulls_found,
    )
    recall = None
    if said.length_m is not None:
        recall = p_detect(said.length_m, scene.gsd_m, scene.sensor.id)
    answer = presence(
        expected.prediction,
        length_m=said.length_m,
        gsd_m=scene.gsd_m,
        p_detect=recall,
        clear_fraction=found.clear_fraction,
        open_fraction=found.open_fraction,
        disc_inside_scene=found.inside_scene,
        hulls=tuple(_hulls(found, expected, others)),
        hulls_per_km2=found.hulls_per_km2,
    )
    return answer, found, expected


def _hulls(found: DiscLook, expected: Expected, others: Sequence[Expected]) -> Iterator[Hull]:
    for hull in found.detections:
        offset_m = distance_to_hull_m(expected.position.lon, expected.position.lat, hull)
        explained = any(
            distance_to_hull_m(other.position.lon, other.position.lat, hull)
            < min(offset_m, other.prediction.radius_m)
            for other in others
        )
        yield Hull(hull.length_m, hull.length_sigma_m, offset_m, explained=explained)


def _reach_m(said: Said) -> float:
    """How far the hull may stretch from its antenna: its length, or that of a large ship."""
    return said.length_m if said.length_m is not None else UNKNOWN_LENGTH_M


def _answer_json(answer: Presence, found: DiscLook, where: Expected) -> dict[str, Any]:
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


def _working(answer: Presence, said: Said, scene: Scene) -> list[JsonValue]:
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


def _geometry(said: Said, expected: Expected, scene: Scene, found: DiscLook) -> JsonValue:
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


def _plates(
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
        reach_m=_reach_m(said),
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
