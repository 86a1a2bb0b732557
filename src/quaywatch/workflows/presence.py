"""The presence check over a broadcast and a scene, and over everything in a workspace."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import polars as pl
from pydantic import JsonValue

from quaywatch.errors import ArgumentError, PlaceMissingError
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim, Observation, Record
from quaywatch.fusion.presence import METHOD, Hull, Presence, presence
from quaywatch.fusion.two_places import DAY_ONLY
from quaywatch.geo.geodesic import great_circle_nm
from quaywatch.geo.position import Position
from quaywatch.imagery.disc import (
    DiscLook,
    Found,
    disc_around,
    distance_to_hull_m,
    search_disc,
)
from quaywatch.imagery.recall import p_detect
from quaywatch.imagery.scene import Scene
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.before import Before, made_before
from quaywatch.workflows.broadcasts import (
    is_still,
    observations,
    size_observations,
)
from quaywatch.workflows.expected import Expected, Said, expected_at, reach_m
from quaywatch.workflows.looks import WORKERS
from quaywatch.workflows.presence_shown import answer_json, geometry, plates, working
from quaywatch.workflows.scenes import open_scene, scene_claims

Report = Callable[[str, float], None]
UNDER_WAY_WITHIN = timedelta(minutes=10)
STILL_WITHIN = timedelta(hours=3)
"""A ship that says it lies still reports every three minutes at best, every few hours where
reception is thin; longer silences say too little."""
AT_ANCHOR, LONG_RANGE_TYPE = 1, 27
"""Navigational status and message type of ITU-R M.1371-5."""
SWING_M = 300.0
"""How far an anchored ship swings, and how far its position may be off."""
MARGIN_DEG = 0.05
"""Beyond the footprint, for ships that sail into it between report and capture."""


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
    return answer_json(answer, found, where)


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
    scenes = [claim for claim, _ in near]
    ends = list(itertools.accumulate(rows.height for _, rows in near))
    heard = [said[end - rows.height : end] for end, (_, rows) in zip(ends, near, strict=True)]

    def checked(number: int) -> list[Record]:
        return list(_checks_in(workspace, scenes[number], heard[number], sizes, before))

    records: list[Record] = []
    with ThreadPoolExecutor(WORKERS) as pool:
        for number, made in enumerate(pool.map(checked, range(len(near)))):
            report(f"presence: {scenes[number].subject.partition(':')[2]}", number / len(near))
            records.extend(made)
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
    if others and lay_still(nearest, others[0]):
        return ends.drop("_away")
    return ends.head(0).drop("_away")


def lay_still(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two reports both say that the ship lay still, and at one place."""
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
        **answer_json(answer, found, where),
        "working": working(answer, said, scene),
        "geometry": geometry(said, expected, scene, found),
        "plates": plates(workspace, said, expected, scene, found, answer),
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
        reach_m=reach_m(said),
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
