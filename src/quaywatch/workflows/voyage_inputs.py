"""What is known of one vessel's movements: the records, events and reports that voyages rest on."""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.evidence.record import Claim, Record, Source
from quaywatch.geo.coast import Coast
from quaywatch.geo.geodesic import METRES_PER_NM, great_circle_nm
from quaywatch.geo.position import Position
from quaywatch.geo.water import METHOD as WATER_METHOD
from quaywatch.geo.water import WaterDistance
from quaywatch.sites.facility import Site
from quaywatch.stores.events import VERSIONS_FRAME
from quaywatch.stores.workspace import Workspace
from quaywatch.voyages.heard import Track, track_of
from quaywatch.workflows.looks import site_of
from quaywatch.workflows.names import mmsis_of
from quaywatch.workflows.places import Router

USED: Final = ("port-call", "anchoring", "loitering", "encounter", "gap", "declared", "two-tracks")
"""Kinds of events that voyages are made of."""
SIGHTED: Final = frozenset({"sighted-at", "loading-at"})
SHOWN: Final = frozenset({"hull there", "berth occupied"})
"""Verdicts of an image that bear a sighting out."""
SAME_PLACE_NM: Final = 5.0
SITE: Final = "site"
STRAIGHT_NM: Final = 60.0
"""Up to here a line that keeps to water is taken for the way by water."""
_STEP_M: Final = 500.0


class CoastMask:
    """The land of the workspace's own grid, half a kilometre fine, as a mask.

    Args:
        cache_dir: where its tiles are kept.

    """

    def __init__(self, cache_dir: Path) -> None:
        self._coast = Coast(cache_dir)

    @property
    def version(self) -> str:
        """Of the grid."""
        return self._coast.method

    def contains_many(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """True where land."""
        return self._coast.on_land(lon, lat)


class Ways:
    """Water distances, each asked for once; a short line over open water is its own way.

    The great circle is a lower bound wherever it runs, and where it meets no land it is the way:
    the router is asked only for the rest. What it said before may be kept in the cache of the
    workspace; ``case verify`` never reads it from there.

    Args:
        router: over water.
        mask: land.
        kept: file of earlier answers, made if absent; None: nothing is kept.

    """

    def __init__(self, router: Router, mask: CoastMask, kept: Path | None = None) -> None:
        self._router, self._mask, self._kept = router, mask, kept
        self._known: dict[tuple[Position, Position], WaterDistance] = {}
        if kept is not None and kept.is_file():
            self._load(kept)

    def __call__(self, one: Position, other: Position) -> WaterDistance:
        """The way from one to the other."""
        key = (one, other)
        if key not in self._known:
            straight = self._straight(one, other)
            self._known[key] = straight or self._router(one, other)
            if straight is None and self._kept is not None:
                self._note(self._kept, key, self._known[key])
        return self._known[key]

    def _load(self, kept: Path) -> None:
        for line in kept.read_text(encoding="utf-8").splitlines():
            # A line that a killed process left half written is asked for again.
            with suppress(ValueError, KeyError, TypeError):
                told = json.loads(line)
                if told["method"] != WATER_METHOD or told["mask"] != self._mask.version:
                    continue
                one, other = (Position(*told[end]) for end in ("from", "to"))
                straight, water, bound = told["nm"]
                near, far = told["snap_nm"]
                self._known[one, other] = WaterDistance(
                    straight, water, bound, told["reason"], near, far, (), WATER_METHOD, "kept"
                )

    def _note(self, kept: Path, key: tuple[Position, Position], found: WaterDistance) -> None:
        one, other = key
        line = {
            "method": WATER_METHOD,
            "mask": self._mask.version,
            "from": [one.lon, one.lat],
            "to": [other.lon, other.lat],
            "nm": [found.great_circle_nm, found.water_nm, found.lower_bound_nm],
            "reason": found.reason,
            "snap_nm": [found.snap_from_nm, found.snap_to_nm],
        }
        with kept.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def _straight(self, one: Position, other: Position) -> WaterDistance | None:
        nm = great_circle_nm(one, other)
        if nm > STRAIGHT_NM:
            return None
        share = np.linspace(0.0, 1.0, max(2, int(np.ceil(nm * METRES_PER_NM / _STEP_M)) + 1))
        east = (other.lon - one.lon + 180.0) % 360.0 - 180.0
        lon = (one.lon + share * east + 180.0) % 360.0 - 180.0
        lat = one.lat + share * (other.lat - one.lat)
        if self._mask.contains_many(lon, lat).any():
            return None
        return WaterDistance(nm, nm, nm, None, 0.0, 0.0, (one, other), "straight-over-water", "")


@dataclass(frozen=True, slots=True)
class Known:
    """All that is held of one vessel, frozen: the same in, the same voyages out."""

    subject: str
    mmsis: tuple[int, ...]
    events: pl.DataFrame
    """Of its transponders, with ``event_id``."""
    track: Track | None
    first: datetime | None
    last: datetime | None
    sites: tuple[Site, ...]
    claims: tuple[Claim, ...]
    """Sightings, what their images show, and stays at berths."""
    inputs: tuple[str, ...]
    """Ids of the records that all this comes from."""
    reports: int = 0
    """Positions heard from its transponders, those in doubt too."""
    doubtful: tuple[tuple[datetime, datetime], ...] = ()
    """When its number was heard in two places at once: nothing heard then is taken as its own."""
    draughts: tuple[tuple[datetime, float], ...] = ()
    """Metres, as typed in, by when they were heard."""
    length_m: float | None = None
    """That its transponders state oftenest."""
    others: pl.DataFrame | None = None
    """Port calls of other ships, where it may have lain unheard beside them."""

    @property
    def other_ids(self) -> list[str]:
        """Of the events of other ships, sorted."""
        return [] if self.others is None else sorted(self.others["event_id"].to_list())

    @property
    def event_ids(self) -> list[str]:
        """Of the events, sorted."""
        return sorted(self.events["event_id"].to_list())


def known_of(workspace: Workspace, subject: str) -> Known:
    """What the workspace knows now of a vessel.

    Args:
        workspace: whose lake and ledger.
        subject: ``imo:…``, ``mmsi:…`` or ``name:…``.

    """
    mmsis = tuple(mmsis_of(workspace, subject))
    passes = workspace.events.passes()
    last_pass = passes[-1].claim if passes else None
    claims = _claims(workspace, {subject, *(f"mmsi:{mmsi:09d}" for mmsi in mmsis)})
    inputs = tuple(([last_pass.id] if last_pass is not None else []) + [c.id for c in claims])
    if last_pass is None:
        heard = workspace.lake.positions(mmsi=list(mmsis)).select(pl.len()) if mmsis else None
        reports = 0 if heard is None else int(heard.collect().item())
        nothing = _no_events(), None, None, None, ()
        return Known(subject, mmsis, *nothing, tuple(claims), inputs, reports)
    events = workspace.events.known(mmsi=mmsis or (0,), kinds=USED)
    return _with_ais(workspace, subject, mmsis, events, last_pass, claims, inputs)


def known_again(workspace: Workspace, claim: Claim, inputs: Sequence[Record]) -> Known:
    """What a claim of voyages was made from, out of its inputs and the ids of its events."""
    told: Any = claim.parameters
    mmsis = tuple(int(mmsi) for mmsi in told["mmsi"])
    claims = [c for c in inputs if isinstance(c, Claim) and c.predicate != "ais-pass"]
    passed = next((c for c in inputs if isinstance(c, Claim) and c.predicate == "ais-pass"), None)
    if passed is None:
        return Known(
            claim.subject, mmsis, _no_events(), None, None, None, (), tuple(claims), claim.inputs
        )
    wanted = set(told["events"])
    every = workspace.events.history(mmsi=mmsis or (0,), kinds=USED).unique(
        "event_id", keep="first"
    )
    events = every.filter(pl.col("event_id").is_in(sorted(wanted)))
    return _with_ais(workspace, claim.subject, mmsis, events, passed, claims, claim.inputs)


def _with_ais(
    workspace: Workspace,
    subject: str,
    mmsis: Sequence[int],
    events: pl.DataFrame,
    passed: Claim,
    claims: Sequence[Claim],
    inputs: Sequence[str],
) -> Known:
    records = [workspace.evidence.get(record_id) for record_id in passed.inputs]
    drawn = [one for one in records if isinstance(one, Source) and one.media == SITE]
    ingested = [one.id for one in records if isinstance(one, Source) and one.media != SITE]
    events = _own(events, mmsis).sort("start", "mmsi", "kind", "event_id")
    doubtful = _doubtful(events)
    events = _outside(events, doubtful)
    # A list of no transponders would mean all of them.
    heard = (
        workspace.lake.positions(mmsi=list(mmsis) or [0])
        .filter(pl.col("source_id").is_in(ingested))
        .filter(pl.col("lon").is_not_null() & pl.col("lat").is_not_null())
        .select("at", "lon", "lat", "record")
        .sort("at", "record")
        .collect()
    )
    reports = heard.height
    inside = [pl.col("at").is_between(start, end) for start, end in doubtful]
    if inside:
        heard = heard.filter(~pl.any_horizontal(inside))
    track = first = last = None
    if heard.height:
        at = heard["at"].dt.epoch("us").to_numpy()
        track = track_of(at, heard["lon"].to_numpy(), heard["lat"].to_numpy())
        first, last = heard["at"][0], heard["at"][-1]
    return Known(
        subject,
        tuple(mmsis),
        events,
        track,
        first,
        last,
        tuple(site_of(workspace, source) for source in drawn),
        tuple(claims),
        tuple(inputs),
        reports,
        doubtful,
        *_typed(workspace, mmsis, ingested, doubtful),
    )


def _typed(
    workspace: Workspace,
    mmsis: Sequence[int],
    ingested: Sequence[str],
    doubtful: Sequence[tuple[datetime, datetime]],
) -> tuple[tuple[tuple[datetime, float], ...], float | None]:
    """Draughts by time, and the length stated oftenest."""
    told = (
        workspace.lake.statics(mmsi=list(mmsis) or [0])
        .filter(pl.col("source_id").is_in(ingested))
        .select(
            "at",
            "record",
            pl.col("draught_m").cast(pl.Float64).round(1),
            length=pl.col("to_bow_m").cast(pl.Int64) + pl.col("to_stern_m"),
        )
        .sort("at", "record")
        .collect()
    )
    for start, end in doubtful:
        told = told.filter(~pl.col("at").is_between(start, end))
    draughts = told.filter(pl.col("draught_m") > 0.0).select("at", "draught_m").rows()
    sizes = told.filter(pl.col("length").is_between(10, 500)).group_by("length").len()
    sizes = sizes.sort("len", "length", descending=True)
    length = None if sizes.is_empty() else float(sizes["length"][0])
    return tuple((at, metres) for at, metres in draughts), length


def _own(events: pl.DataFrame, mmsis: Sequence[int]) -> pl.DataFrame:
    """Events told from this vessel's side: where it was the other ship, the two are turned."""
    other = ~pl.col("mmsi").is_in(list(mmsis))
    turned = events.filter(other).rename({"mmsi": "other_mmsi", "other_mmsi": "mmsi"})
    return pl.concat([events.filter(~other), turned.select(events.columns)])


def _doubtful(events: pl.DataFrame) -> tuple[tuple[datetime, datetime], ...]:
    """Spans in which one number was on two tracks, joined where they overlap."""
    both = events.filter((pl.col("kind") == "two-tracks") & pl.col("end").is_not_null())
    spans: list[tuple[datetime, datetime]] = []
    for start, end in both.sort("start").select("start", "end").iter_rows():
        if spans and start <= spans[-1][1]:
            spans[-1] = spans[-1][0], max(end, spans[-1][1])
        else:
            spans.append((start, end))
    return tuple(spans)


def _outside(events: pl.DataFrame, spans: Iterable[tuple[datetime, datetime]]) -> pl.DataFrame:
    kept = events.filter(pl.col("kind") != "two-tracks")
    for start, end in spans:
        last = pl.coalesce("end", "start")
        kept = kept.filter((last < start) | (pl.col("start") > end))
    return kept


def _claims(workspace: Workspace, subjects: Iterable[str]) -> list[Claim]:
    """Sightings of these subjects, what images show of them, and the stays at berths they name."""
    found: list[Claim] = []
    for subject in sorted(subjects):
        for claim in workspace.evidence.find("claim", subject=subject):
            wanted = isinstance(claim, Claim) and (
                claim.predicate in SIGHTED or claim.predicate == "sighting-image"
            )
            if wanted and isinstance(claim, Claim):
                found.append(claim)
    images = {c.inputs[0]: c for c in found if c.predicate == "sighting-image"}
    sightings = [c for c in found if c.predicate in SIGHTED]
    # A later image claim of the same sighting is the last word on it.
    kept = [*sightings, *(images[c.id] for c in sightings if c.id in images)]
    return [*kept, *_berth_stays(workspace, kept)]


def _berth_stays(workspace: Workspace, claims: Sequence[Claim]) -> list[Claim]:
    """The stays last claimed of every berth, where a sighting's image names a berth."""
    if not any(isinstance(c.value, dict) and c.value.get("berth") for c in claims):
        return []
    last: dict[str, Claim] = {}
    for claim in workspace.evidence.find("claim", predicate="berth-visits"):
        if isinstance(claim, Claim) and "/berth:" in claim.subject:
            last[claim.subject] = claim
    return [last[name] for name in sorted(last)]


def _no_events() -> pl.DataFrame:
    return pl.DataFrame(schema=VERSIONS_FRAME)
