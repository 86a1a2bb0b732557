"""Gaps of the lake as claims, and what each left time for at the sites of the workspace."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import polars as pl
from pydantic import JsonValue

from quaywatch.ais.silence import METHOD as GAP_METHOD
from quaywatch.ais.silence import silences
from quaywatch.errors import PlaceMissingError
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim, Record, Source
from quaywatch.geo.position import Position
from quaywatch.geo.water import METHOD as WATER_METHOD
from quaywatch.sites.facility import FacilityKind, Site
from quaywatch.stores.workspace import Workspace
from quaywatch.voyages.reach import METHOD as REACH_METHOD
from quaywatch.workflows.before import made_before
from quaywatch.workflows.looks import site_of, sites_of
from quaywatch.workflows.names import mmsis_of
from quaywatch.workflows.places import Router
from quaywatch.workflows.reach import check_reach

REACH_FROM_H = 12.0
"""A shorter gap is no time to call and load anywhere."""


def gap_claims(workspace: Workspace) -> list[Claim]:
    """Every silence of every transponder, as long as the config says, as a claim; not judged."""
    hours = workspace.config.watch.gap_hours
    return [
        _gap_claim(row)
        for tracks in workspace.lake.tracks()
        for row in silences(tracks, longer_than_h=hours).iter_rows(named=True)
    ]


def gap_again(claim: Claim, workspace: Workspace) -> Claim:
    """The gap anew, from the two sources that hold its ends.

    Reports that came later from other sources may fill a gap; what was claimed before still
    recomputes from what it was claimed on.
    """
    if claim.time is None:
        raise PlaceMissingError(record_id=claim.id)
    mmsi = int(claim.subject.partition(":")[2])
    rows = (
        workspace.lake.positions(
            mmsi=mmsi, start=claim.time.start, end=claim.time.end + timedelta(microseconds=1)
        )
        .filter(pl.col("source_id").is_in(list(claim.inputs)))
        .collect()
    )
    for row in silences(rows, longer_than_h=0.0).iter_rows(named=True):
        if row["start"] == claim.time.start and row["end"] == claim.time.end:
            return _gap_claim(row)
    raise PlaceMissingError(record_id=claim.id)


def _gap_claim(row: dict[str, Any]) -> Claim:
    last: dict[str, JsonValue] = {
        "lon": row["lon"], "lat": row["lat"], "record": row["record"],
    }  # fmt: skip
    following: dict[str, JsonValue] = {
        "lon": row["next_lon"], "lat": row["next_lat"], "record": row["next_record"],
    }  # fmt: skip
    return Claim(
        subject=f"mmsi:{row['mmsi']:09d}",
        predicate="ais-gap",
        value={"hours": round(row["hours"], 3), "last": last, "next": following},
        time=TimeInterval(start=row["start"], end=row["end"]),
        basis=Basis.INFERRED,
        method=GAP_METHOD,
        inputs=tuple(dict.fromkeys((row["source_id"], row["next_source_id"]))),
    )


def reach_claims(workspace: Workspace, subjects: Sequence[str], router: Router) -> Iterator[Claim]:
    """For each gap of these ships and each site: what the gap left time for.

    Only ships that somebody names are asked about: that a port could have been reached says
    nothing of a ship about which there is no other reason to ask.
    """
    sites = [(site, workspace.evidence.get(source.id)) for site, source in _site_sources(workspace)]
    for subject in subjects:
        before = made_before(
            workspace, "reach", REACH_METHOD, subject=subject, distance=WATER_METHOD
        )
        for mmsi in mmsis_of(workspace, subject):
            gaps = workspace.evidence.find("claim", subject=f"mmsi:{mmsi:09d}", predicate="ais-gap")
            for gap in gaps:
                if isinstance(gap, Claim) and _hours(gap) >= REACH_FROM_H:
                    for site, source in sites:
                        made = before.get((gap.id, source.id))
                        yield made or reach_claim(gap, site, source, router, subject=subject)


def reach_claim(gap: Claim, site: Site, source: Record, router: Router, *, subject: str) -> Claim:
    """Whether a gap left time to call at a site, as a claim."""
    value: Any = gap.value
    if gap.time is None:
        raise PlaceMissingError(record_id=gap.id)
    last, following = (Position(value[end]["lon"], value[end]["lat"]) for end in ("last", "next"))
    port = port_of(site)
    answer = check_reach(
        (last, TimeInterval.at(gap.time.start)),
        (following, TimeInterval.at(gap.time.end)),
        port,
        router,
        lock_h=float(site.properties.get("lock_h", 0.0)),
    )
    return Claim(
        subject=subject,
        predicate="reach",
        value={
            **answer,
            "site": site.name,
            "working": _working(answer),
            "assumptions": [
                "The reports at both ends of the gap are true of this ship.",
                "It sails no faster than 15 kn over such a distance.",
            ],
            "geometry": _geometry(last, following, port, site.name),
        },
        time=gap.time,
        basis=Basis.INFERRED,
        method=REACH_METHOD,
        parameters={"subject": subject, "distance": WATER_METHOD},
        inputs=(gap.id, source.id),
    )


def reach_again(
    claim: Claim, inputs: Sequence[Record], workspace: Workspace, router: Router
) -> Claim:
    """The reach claim anew from its gap and the site as drawn then."""
    gap, source = inputs
    if not isinstance(gap, Claim) or not isinstance(source, Source):
        raise PlaceMissingError(record_id=claim.id)
    return reach_claim(gap, site_of(workspace, source), source, router, subject=claim.subject)


def port_of(site: Site) -> Position:
    """The middle of a site's berths."""
    berths = site.of_kind(FacilityKind.BERTH) or site.facilities
    middles = [f.area.centroid for f in berths]
    count = len(middles)
    return Position(sum(m.x for m in middles) / count, sum(m.y for m in middles) / count)


def _site_sources(workspace: Workspace) -> Iterator[tuple[Site, Source]]:
    latest = {
        record.name: record
        for record in workspace.evidence.find("source")
        if isinstance(record, Source) and record.media == "site"
    }
    for site, path in sites_of(workspace).values():
        if path.name in latest:
            yield site, latest[path.name]


def _hours(gap: Claim) -> float:
    return 0.0 if gap.time is None else gap.time.duration / timedelta(hours=1)


def _working(answer: dict[str, Any]) -> list[JsonValue]:
    rows: list[tuple[str, str, JsonValue, str]] = [
        ("Gap", "last report to next report", answer["gap_h"], "h"),
        ("There and back", "by water, last position to port to next position",
         answer["detour_nm"], "nm"),
        ("To spare at 12 kn", "gap − distance / speed − locks", answer["slack_h"], "h"),
        ("To spare at most", "the same with the lower bound, at 15 kn",
         answer["slack_at_ceiling_h"], "h"),
    ]  # fmt: skip
    return [
        {"label": label, "formula": formula, "value": value, "unit": unit}
        for label, formula, value, unit in rows
    ]


def _geometry(last: Position, following: Position, port: Position, name: str) -> JsonValue:
    def feature(kind: str, coordinates: JsonValue, role: str, label: str) -> JsonValue:
        return {
            "type": "Feature",
            "geometry": {"type": kind, "coordinates": coordinates},
            "properties": {"role": role, "label": label},
        }

    ends: list[JsonValue] = [[last.lon, last.lat], [following.lon, following.lat]]
    return {
        "type": "FeatureCollection",
        "features": [
            feature("Point", ends[0], "broadcast", "last report"),
            feature("Point", ends[1], "broadcast", "next report"),
            feature("LineString", ends, "gap", ""),
            feature("Point", [round(port.lon, 5), round(port.lat, 5)], "berth", name),
        ],
    }
