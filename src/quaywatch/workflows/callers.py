"""Who lay at the berths of a site: each stay that looks show, against every ship heard here.

A claim per stay: the hull as measured, what each ship's transponder did at those times, how like
its known pictures the hull is, and what that makes of each ship and of none of them.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

import numpy as np
import polars as pl
from pydantic import JsonValue

from quaywatch.errors import PlaceMissingError
from quaywatch.evidence.bearing import KEY, Bearing, Hypothesis, as_values
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.likelihood import Group
from quaywatch.evidence.record import Basis, Claim, Record
from quaywatch.evidence.wording import counted, phrase
from quaywatch.fusion.attribution import (
    METHOD,
    P_FALSE_BROADCAST,
    P_SILENT_HERE,
    P_UNLISTED,
    Attribution,
    Candidate,
    SeenHull,
    Weighed,
    attribute,
)
from quaywatch.fusion.whereabouts import M_IN_NM, Alongside, Bound, Fixes, silent_share, whereabouts
from quaywatch.geo.geodesic import great_circle_nm
from quaywatch.geo.position import Position
from quaywatch.sites.facility import Facility, FacilityKind
from quaywatch.stores.workspace import Workspace
from quaywatch.voyages.prism import FASTEST_KN, ceiling_of
from quaywatch.workflows.looks import sites_of
from quaywatch.workflows.voyage_inputs import Ways

SHOWN: Final = 12
"""Candidates that a claim lists."""
LISTED_FROM: Final = 0.02
"""Candidates below this are not listed."""
MERCHANT: Final = range(70, 90)
"""AIS ship types of cargo ships and tankers; a ship that never said its type may be one."""
SHORTEST_M: Final = 40.0
SHARPER: Final = 1.5
"""Pixels within this factor are of one sharpness."""
TELL_WITHIN: Final = timedelta(days=5)
"""So long about a stay, what AIS alone shows of a ship's broadcasts counts."""
_NEVER: Final = Fixes(np.empty(0), np.empty(0), np.empty(0))


@dataclass(frozen=True)
class Stay:
    """A hull at a berth in one or more looks."""

    subject: str
    """``site:…/berth:…``."""
    visits: str
    """Id of the claim of stays that lists it."""
    looks: tuple[str, ...]
    at: tuple[datetime, ...]
    """Capture times of those looks."""
    place: Alongside
    hull: SeenHull


class Heard:
    """What the lake holds of every merchant ship, read once for all stays."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        sources: Sequence[str] | None = None,
        as_of: datetime | None = None,
    ) -> None:
        self._workspace = workspace
        self._sources = sources
        passes = workspace.events.passes(as_of=as_of)
        self.as_of = passes[-1].known_at if passes else None
        """When the last pass over AIS was known on which this rests; None: there is none."""

    def _of_sources(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        if self._sources is None:
            return frame
        return frame.filter(pl.col("source_id").is_in(list(self._sources)))

    @cached_property
    def ships(self) -> pl.DataFrame:
        """The last known particulars of every transponder: mmsi, imo, name, length, beam, type."""
        said = self._of_sources(self._workspace.lake.statics()).sort("mmsi", "at", "record")
        length = (pl.col("to_bow_m") + pl.col("to_stern_m")).cast(pl.Float64)
        beam = (pl.col("to_port_m") + pl.col("to_starboard_m")).cast(pl.Float64)
        return (
            said.group_by("mmsi", maintain_order=True)
            .agg(
                pl.col("imo").drop_nulls().last(),
                pl.col("name").drop_nulls().last(),
                pl.col("ship_type").drop_nulls().last(),
                length_m=length.filter(length > 0).last(),
                beam_m=beam.filter(beam > 0).last(),
            )
            .sort("mmsi")
            .collect()
        )

    @cached_property
    def tracks(self) -> Mapping[int, pl.DataFrame]:
        """Positions of every transponder, in time order."""
        rows = (
            self._of_sources(self._workspace.lake.positions())
            .filter(pl.col("lon").is_not_null())
            .select("mmsi", "at", "lon", "lat", "sog_kn", "record")
            .sort("mmsi", "at", "record")
            .collect()
        )
        return {int(key[0]): part for key, part in rows.partition_by("mmsi", as_dict=True).items()}

    @cached_property
    def fixes(self) -> Mapping[int, Fixes]:
        """The same as fixes."""
        return {
            mmsi: Fixes(
                rows["at"].dt.epoch("us").to_numpy() / 1e6,
                rows["lon"].to_numpy(),
                rows["lat"].to_numpy(),
            )
            for mmsi, rows in self.tracks.items()
        }

    @cached_property
    def span_s(self) -> tuple[float, float]:
        """First and last instant at which anybody was heard, seconds since 1970."""
        heard = [fixes.at_s for fixes in self.fixes.values()]
        return min(float(at[0]) for at in heard), max(float(at[-1]) for at in heard)

    @cached_property
    def events(self) -> pl.DataFrame:
        """What AIS alone shows of broadcasts: combined integrity windows, and shared numbers."""
        return self._workspace.events.known(as_of=self.as_of, kinds=["integrity", "two-tracks"])

    @cached_property
    def sources(self) -> list[str]:
        """Ids of the sources that all this was read from."""
        if self._sources is not None:
            return sorted(self._sources)
        found = self._workspace.lake.positions().select("source_id").unique().collect()
        return sorted(found["source_id"].to_list())


def stays_of(workspace: Workspace, site_id: str) -> list[Stay]:
    """Every stay that the last claims of stays list, with the hull as measured.

    Raises:
        KeyError: no such site.

    """
    site, _ = sites_of(workspace)[site_id]
    found = []
    for berth in site.of_kind(FacilityKind.BERTH):
        subject = f"site:{site_id}/berth:{berth.id}"
        claims = workspace.evidence.find("claim", subject=subject, predicate="berth-visits")
        last = [claim for claim in claims if isinstance(claim, Claim)][-1:]
        for claim in last:
            found += _stays_in(workspace, claim, _alongside(berth))
    return found


def _alongside(berth: Facility) -> Alongside:
    """The middle of a berth and half its length."""
    quay = berth.quay
    line = quay if quay is not None else berth.area.exterior
    ends = [Position(*line.coords[0]), Position(*line.coords[-1])]
    half = great_circle_nm(*ends) * M_IN_NM / 2 if quay is not None else 100.0
    middle = berth.area.centroid
    return Alongside(Position(middle.x, middle.y), half)


def _stays_in(workspace: Workspace, visits: Claim, place: Alongside) -> list[Stay]:
    value: Any = visits.value
    rows = [row for row in value.get("visits", ()) if row["looks"]]
    return [_stay(workspace, visits, row, place) for row in rows]


def _stay(workspace: Workspace, claim: Claim, row: Mapping[str, Any], place: Alongside) -> Stay:
    looks = [workspace.evidence.get(look_id) for look_id in row["looks"]]
    taken = sorted(
        (look.time.midpoint, look.id) for look in looks if isinstance(look, Claim) and look.time
    )
    return Stay(
        subject=claim.subject,
        visits=claim.id,
        looks=tuple(look_id for _, look_id in taken),
        at=tuple(at for at, _ in taken),
        place=place,
        hull=SeenHull(
            length_m=row["length_m"],
            length_sigma_m=row["length_sigma_m"] or 10.0,
            beam_m=row["beam_m"],
        ),
    )


def split(stay: Stay, heard: Heard, ways: Ways) -> list[Stay]:
    """A stay cut where broadcasts from the very berth say that another ship lay there.

    Looks link ships of one size into one stay; who was heard lying there tells them apart.
    """
    if len(stay.at) == 1:
        return [stay]
    ships = [row for row in heard.ships.iter_rows(named=True) if _merchant(row)]
    who = [_heard_there(stay, at, ships, heard, ways) for at in stay.at]
    cuts = [0, *(i for i in range(1, len(who)) if who[i] != who[i - 1]), len(who)]
    return [
        replace(stay, looks=stay.looks[first:last], at=stay.at[first:last])
        for first, last in pairwise(cuts)
    ]


def _heard_there(
    stay: Stay, at: datetime, ships: Sequence[Mapping[str, Any]], heard: Heard, ways: Ways
) -> tuple[int, ...]:
    """Transponders that broadcast from the berth about an instant."""
    found = []
    for row in ships:
        fixes = heard.fixes.get(int(row["mmsi"]), _NEVER)
        placed = whereabouts(fixes, stay.place, [at], ceiling_kn=FASTEST_KN, bound_nm=_bound(ways))
        if placed.whereabouts == "here":
            found.append(int(row["mmsi"]))
    return tuple(found)


def caller(stay: Stay, heard: Heard, ways: Ways, likenesses: Sequence[Claim]) -> Claim:
    """Who the hull of one stay may be, as a claim.

    Args:
        stay: of ``stays_of``.
        heard: every ship.
        ways: distances over water.
        likenesses: claims that compare this very hull with ships' known pictures.

    """
    ratios = _likeness_of(likenesses)
    candidates = [
        candidate
        for row in heard.ships.iter_rows(named=True)
        if _merchant(row)
        for candidate in [_candidate(row, stay, heard, ways, ratios)]
    ]
    answer = attribute(stay.hull, candidates)
    names = {_subject(row): row["name"] for row in heard.ships.iter_rows(named=True)}
    return Claim(
        subject=stay.subject,
        predicate="attribution",
        value=_value(stay, answer, candidates, names),
        time=TimeInterval(start=stay.at[0], end=stay.at[-1]),
        probability=answer.candidates[0].probability if answer.named else None,
        basis=Basis.INFERRED,
        method=METHOD,
        parameters={
            "looks": list(stay.looks),
            "p_unlisted": list(P_UNLISTED),
            "p_false_broadcast": P_FALSE_BROADCAST,
            "p_silent_here": P_SILENT_HERE,
            "as_of": None if heard.as_of is None else heard.as_of.isoformat(),
        },
        inputs=(stay.visits, *(claim.id for claim in likenesses), *heard.sources),
    )


def again(claim: Claim, inputs: Sequence[Record], workspace: Workspace, ways: Ways) -> Claim:
    """The claim anew from the stay, the pictures and the sources that it names."""
    site_id = claim.subject.partition(":")[2].partition("/")[0]
    site, _ = sites_of(workspace)[site_id]
    visits = inputs[0]
    if not isinstance(visits, Claim):
        raise PlaceMissingError(record_id=claim.id)
    berth_id = claim.subject.rpartition(":")[2]
    berth = next(f for f in site.of_kind(FacilityKind.BERTH) if f.id == berth_id)
    likenesses = [r for r in inputs[1:] if isinstance(r, Claim)]
    as_of = claim.parameters["as_of"]
    heard = Heard(
        workspace,
        sources=[record.id for record in inputs if record.kind == "source"],
        as_of=None if as_of is None else datetime.fromisoformat(str(as_of)),
    )
    whole = _stays_in(workspace, visits, _alongside(berth))
    parts = [part for stay in whole for part in split(stay, heard, ways)]
    stay = next(part for part in parts if list(part.looks) == claim.parameters["looks"])
    return caller(stay, heard, ways, likenesses)


def _merchant(row: Mapping[str, Any]) -> bool:
    long_enough = row["length_m"] is None or row["length_m"] >= SHORTEST_M
    return long_enough and (row["ship_type"] is None or row["ship_type"] in MERCHANT)


def _subject(row: Mapping[str, Any]) -> str:
    return f"imo:{row['imo']}" if row["imo"] else f"mmsi:{row['mmsi']:09d}"


def _candidate(
    row: Mapping[str, Any],
    stay: Stay,
    heard: Heard,
    ways: Ways,
    ratios: Mapping[str, float],
) -> Candidate:
    mmsi = int(row["mmsi"])
    fixes = heard.fixes.get(mmsi, _NEVER)
    placed = whereabouts(
        fixes, stay.place, stay.at, ceiling_kn=_ceiling(heard, mmsi), bound_nm=_bound(ways)
    )
    subject = _subject(row)
    tells, shared = _tells(heard, mmsi, stay)
    return Candidate(
        subject=subject,
        length_m=row["length_m"],
        beam_m=row["beam_m"],
        whereabouts=placed.whereabouts,
        at_best=placed.at_best,
        silent_share=silent_share(fixes, *heard.span_s),
        likeness=ratios.get(subject, ratios.get(f"mmsi:{mmsi:09d}")),
        tells=tells,
        shared=shared,
        why=placed.why,
    )


def _bound(ways: Ways) -> Bound:
    def least(here: Position, there: Position) -> float | None:
        return ways(here, there).lower_bound_nm

    return least


def _ceiling(heard: Heard, mmsi: int) -> float:
    rows = heard.tracks.get(mmsi)
    if rows is None:
        return ceiling_of(None)
    under_way = rows.filter(pl.col("sog_kn") > 1.0)
    hours = under_way["at"].dt.truncate("1h").n_unique()
    return ceiling_of(under_way["sog_kn"].quantile(0.99), hours)


def _tells(heard: Heard, mmsi: int, stay: Stay) -> tuple[float, bool]:
    """What AIS alone says of its broadcasts about then, and whether two hulls send under it."""
    first, last = stay.at[0] - TELL_WITHIN, stay.at[-1] + TELL_WITHIN
    about = heard.events.filter(
        (pl.col("mmsi") == mmsi) & (pl.col("start") <= last) & (pl.col("end") >= first)
    )
    combined = about.filter((pl.col("kind") == "integrity") & (pl.col("test") == "combined"))
    strongest = combined["log_lr"].drop_nulls().max()
    tells = math.exp(strongest) if isinstance(strongest, float) else 1.0
    shared = about.filter(
        (pl.col("kind") == "two-tracks")
        & (pl.col("start") <= stay.at[-1])
        & (pl.col("end") >= stay.at[0])
    )
    return tells, bool(shared.height)


def _likeness_of(likenesses: Sequence[Claim]) -> dict[str, float]:
    """What pictures say beyond size, per ship: the mean log ratio of its sharpest pairs.

    Pairs of one ship share its paint and its light, so they are averaged, never multiplied; a pair
    is as sharp as the coarser of its two pictures.
    """
    pairs: dict[str, list[tuple[float, float]]] = {}
    for claim in likenesses:
        value: Any = claim.value
        if isinstance(value, dict) and value.get("ratio") is not None:
            # Size is weighed here by what each ship says of itself: not twice.
            logs = [math.log(r) for name, r in value["groups"].items() if name != "dimensions"]
            coarser = max(
                float(value[end].get("gsd_m") or 1e3) for end in ("questioned", "reference")
            )
            pairs.setdefault(claim.subject, []).append((coarser, sum(logs)))
    found = {}
    for ship, each in pairs.items():
        sharpest = min(coarser for coarser, _ in each)
        best = [log for coarser, log in each if coarser <= SHARPER * sharpest]
        found[ship] = math.exp(sum(best) / len(best))
    return found


def _value(
    stay: Stay,
    answer: Attribution,
    candidates: Sequence[Candidate],
    names: Mapping[str, str | None],
) -> dict[str, JsonValue]:
    listed = [one for one in answer.candidates if one.high >= LISTED_FROM][:SHOWN]
    where = {one.subject: one.whereabouts for one in candidates}
    rows: list[JsonValue] = [_row(one, where[one.subject], names) for one in listed]
    return {
        "berth": stay.subject.rpartition(":")[2],
        "length_m": _tenth(stay.hull.length_m),
        "length_sigma_m": _tenth(stay.hull.length_sigma_m),
        "beam_m": _tenth(stay.hull.beam_m),
        "looks": len(stay.looks),
        "ships_weighed": len(candidates),
        "candidates": rows,
        "of_size": [
            {"subject": one.subject, "size_ratio": round(one.size_ratio, 3)}
            for one in sorted(answer.candidates, key=lambda w: (-w.size_ratio, w.subject))[:SHOWN]
        ],
        "p_unlisted": round(answer.p_unlisted, 4),
        "p_unlisted_low": round(answer.p_unlisted_low, 4),
        "p_unlisted_high": round(answer.p_unlisted_high, 4),
        "named": answer.named,
        "name": names.get(answer.named or ""),
        "reason": answer.reason,
        "messages": [_sentence(answer, names, len(candidates))],
        "assumptions": [
            "The hull is the same in all looks of the stay.",
            (
                f"A ship that lies there is not heard in {100 * P_SILENT_HERE:.0f}% of cases and "
                f"is broadcast elsewhere in {100 * P_FALSE_BROADCAST:.0f}%."
            ),
            (
                "Before anything was seen, the hull was of no ship heard here with probability "
                f"{P_UNLISTED[0]:g}, {P_UNLISTED[1]:g} or {P_UNLISTED[2]:g}; the ships heard here "
                "were alike."
            ),
        ],
        KEY: as_values(_bearings(stay, answer, {c.subject: c.whereabouts for c in candidates})),
    }


def _row(one: Weighed, where: str, names: Mapping[str, str | None]) -> JsonValue:
    return {
        "subject": one.subject,
        "name": names.get(one.subject),
        "p": round(one.probability, 4),
        "p_low": round(one.low, 4),
        "p_high": round(one.high, 4),
        "size_ratio": round(one.size_ratio, 3),
        "record_ratio": round(one.record_ratio, 3),
        "likeness_ratio": round(one.likeness_ratio, 3),
        "whereabouts": where,
        "why": one.why,
    }


def _tenth(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _sentence(answer: Attribution, names: Mapping[str, str | None], weighed: int) -> str:
    if not answer.candidates:
        return "No ship heard here could be weighed."
    best = answer.candidates[0]
    name = names.get(best.subject) or best.subject
    of = f"of {counted(weighed, 'ship')} heard here"
    if answer.named is not None:
        return f"The hull is {name}: {phrase(best.probability)}, {of} and none of them."
    return f"The hull is not named. {answer.reason} Highest odds {of}: {name}."


def _bearings(stay: Stay, answer: Attribution, where: Mapping[str, str]) -> list[Bearing]:
    """For each ship with odds to speak of: that it called, and what that makes of its broadcasts."""
    prior = (1.0 - P_UNLISTED[1]) / max(len(where), 1)
    looks = counted(len(stay.looks), "look")
    found = []
    for one in answer.candidates:
        if one.high < LISTED_FROM:
            continue
        hull = f"The hull at {stay.subject.rpartition(':')[2]} in {looks}. {one.why}"
        found.append(_bearing(Hypothesis.CALLED, one, prior, stay, hull))
        if where[one.subject] in {"elsewhere", "out-of-reach"}:
            # Lying here and broadcast elsewhere are one event: its prior is the product.
            joint = prior * P_FALSE_BROADCAST
            found.append(_bearing(Hypothesis.BROADCAST_FALSE, one, joint, stay, hull))
    return found


def _bearing(
    hypothesis: Hypothesis, one: Weighed, prior: float, stay: Stay, because: str
) -> Bearing:
    return Bearing(
        hypothesis=hypothesis,
        about=one.subject,
        at=stay.subject.partition("/")[0] if hypothesis == Hypothesis.CALLED else None,
        ratio=_odds(one.probability) / _odds(prior),
        group=Group.IMAGERY_PRESENCE,
        # Sizes are measured, and what nobody measured is limited where it enters the odds.
        measured=True,
        n=None,
        cause=stay.looks[0],
        because=because,
    )


def _odds(probability: float) -> float:
    return probability / (1.0 - probability)
