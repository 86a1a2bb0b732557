"""Who else might have been there: sizes of ships by their broadcasts and by registers, as a claim.

The claim names the files and entries that it was read from, and is made again from those alone, so
that what arrives later does not change what was said.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import polars as pl

from quaywatch.evidence.record import Basis, Claim, Record
from quaywatch.fusion.likeness_population import Member, Population, population_of
from quaywatch.imagery.hull_readings import Reading
from quaywatch.stores.workspace import Workspace

METHOD = "likeness-population@1"
PREDICATE = "likeness-population"
ABOUT_DEG = 1.5
ABOUT_DAYS = 30
OF_LENGTH = (0.5, 2.0)
"""Times the length proposed: smaller and larger ships are no alternative."""
CARGO = range(70, 100)
"""AIS ship types of cargo ships, tankers and others; who sends no type is kept."""
REGISTER_SIGMA_M = {"length_m": 0.5, "beam_m": 0.3}
BROADCAST_SIGMA_M = {"length_m": 2.0, "beam_m": 1.5}
"""Typed in by the crew, to the metre, and from an antenna's place."""
_SIDES = ("to_bow_m", "to_stern_m", "to_port_m", "to_starboard_m")


def population_claim(
    workspace: Workspace,
    ship: str,
    scene: Claim,
    place: tuple[float, float],
    length_m: float | None,
    *,
    sources: Sequence[str] | None = None,
    entries: Sequence[Claim] | None = None,
) -> Claim:
    """Sizes listed of the ship proposed and of those that might have been there instead.

    Args:
        workspace: whose AIS and registers.
        ship: subject.
        scene: claim of the questioned scene.
        place: longitude and latitude of the hull asked about.
        length_m: of that hull as measured; ships far from it in length are left out.
        sources: ids of AIS files to read; None takes all that are here.
        entries: claims of dimensions by registers; None takes all that are here.

    """
    listed = list(entries) if entries is not None else _entries(workspace)
    heard = _heard(workspace, scene, place, sources)
    names = sorted(heard["source_id"].unique().to_list()) if heard.height else []
    members = {m.subject: m for m in (*_broadcast(heard), *_registered(listed))}
    own = _own(workspace, ship, listed, sources)
    if length_m is not None:
        low, high = (share * length_m for share in OF_LENGTH)
        members = {s: m for s, m in members.items() if low <= m.length_m <= high}
    drawn = [members[s] for s in sorted(members) if s not in own["subjects"]]
    used = [c for c in listed if c.subject in members or c.subject == ship]
    own_sources = own.pop("sources")
    described = (
        f"{len(drawn)} hulls of {OF_LENGTH[0]:g} to {OF_LENGTH[1]:g} times the length seen, from "
        f"broadcasts within {ABOUT_DEG:g} degrees and {ABOUT_DAYS} days, and from registers"
    )
    return Claim(
        subject=ship,
        predicate=PREDICATE,
        value={"own": own, "members": [m.to_json() for m in drawn], "described": described},
        time=scene.time,
        basis=Basis.INFERRED,
        method=METHOD,
        parameters={"lon": place[0], "lat": place[1], "length_m": length_m},
        inputs=(scene.id, *sorted({*names, *own_sources}), *(c.id for c in used)),
    )


def again(claim: Claim, inputs: Sequence[Record], workspace: Workspace) -> Claim:
    """The claim anew from the files and entries that it names."""
    scene, *rest = inputs
    entries = [r for r in rest if isinstance(r, Claim)]
    sources = [r.id for r in rest if r.kind == "source"]
    place: Any = claim.parameters
    if not isinstance(scene, Claim):
        return claim.model_copy(update={"value": None, "reason": "its scene is not here"})
    return population_claim(
        workspace,
        claim.subject,
        scene,
        (place["lon"], place["lat"]),
        place["length_m"],
        sources=sources,
        entries=entries,
    )


def population_from(claim: Claim) -> Population:
    """The population of a claim."""
    value: Any = claim.value
    members = [Member(**m) for m in value["members"]]
    return population_of(members, without=claim.subject, described=value["described"])


def own_readings(claim: Claim) -> list[Reading]:
    """Length and beam of the ship proposed as registers, else its broadcasts, give them."""
    value: Any = claim.value
    own = value["own"]
    readings = []
    for name in ("length_m", "beam_m"):
        if own[name] is None:
            readings.append(Reading(name, reason="no register and no broadcast here gives it"))
        else:
            readings.append(Reading(name, float(own[name]), float(own["sigmas_m"][name])))
    return readings


def _entries(workspace: Workspace) -> list[Claim]:
    found = workspace.evidence.find("claim", predicate="dimensions")
    return [c for c in found if isinstance(c, Claim) and isinstance(c.value, dict)]


def _heard(
    workspace: Workspace,
    scene: Claim,
    place: tuple[float, float],
    sources: Sequence[str] | None,
) -> pl.DataFrame:
    """Static reports of cargo ships that broadcast near there and then."""
    if scene.time is None:
        return workspace.lake.statics().limit(0).collect()
    lon, lat = place
    box = (lon - ABOUT_DEG, lat - ABOUT_DEG, lon + ABOUT_DEG, lat + ABOUT_DEG)
    start = scene.time.start - timedelta(days=ABOUT_DAYS)
    end = scene.time.end + timedelta(days=ABOUT_DAYS)
    rows = workspace.lake.positions(start=start, end=end, bbox=box)
    statics = workspace.lake.statics()
    if sources is not None:
        rows = rows.filter(pl.col("source_id").is_in(list(sources)))
        statics = statics.filter(pl.col("source_id").is_in(list(sources)))
    near = rows.group_by("mmsi").agg(pl.col("source_id").unique().alias("near")).collect()
    told = statics.filter(
        pl.col("mmsi").is_in(near["mmsi"].to_list()),
        pl.col("ship_type").is_null() | pl.col("ship_type").is_in(list(CARGO)),
    ).collect()
    # The files that placed a ship there belong to the claim as much as those that size it.
    placed = (
        near.explode("near")
        .rename({"near": "source_id"})
        .join(told.select("mmsi").unique(), on="mmsi")
    )
    return pl.concat([told, placed.select("mmsi", "source_id")], how="diagonal_relaxed")


def _broadcast(statics: pl.DataFrame) -> Iterable[Member]:
    """One hull a transponder: the size that it states oftenest."""
    if not statics.height:
        return
    sized = statics.filter(pl.all_horizontal(pl.col(*_SIDES).is_not_null())).with_columns(
        length=pl.col("to_bow_m").cast(pl.Int64) + pl.col("to_stern_m"),
        beam=pl.col("to_port_m").cast(pl.Int64) + pl.col("to_starboard_m"),
    )
    named = sized.group_by("mmsi", "length", "beam").agg(
        pl.len().alias("times"), pl.col("name").drop_nulls().sort().last(),
        pl.col("imo").drop_nulls().sort().last(),
    )  # fmt: skip
    best = named.sort(["mmsi", "times", "length", "beam"], descending=[False, True, True, True])
    for row in best.unique("mmsi", keep="first", maintain_order=True).iter_rows(named=True):
        if 0 < row["beam"] < row["length"] < 500:
            subject = f"imo:{row['imo']}" if row["imo"] else f"mmsi:{row['mmsi']}"
            yield Member(
                subject, row["name"], float(row["length"]), float(row["beam"]), "its broadcasts"
            )


def _registered(entries: Sequence[Claim]) -> Iterable[Member]:
    for claim in entries:
        value: Any = claim.value
        length, beam = value.get("length_m"), value.get("beam_m")
        if length:
            source = value.get("list") or {}
            told = source.get("name") if isinstance(source, dict) else str(source)
            yield Member(claim.subject, value.get("name"), float(length),
                         None if not beam else float(beam), told or "a register")  # fmt: skip


def _own(
    workspace: Workspace, ship: str, entries: Sequence[Claim], sources: Sequence[str] | None
) -> dict[str, Any]:
    """Sizes of the ship proposed: a register's before its own broadcasts'."""
    mmsis = _transponders(workspace, ship, sources)
    subjects = sorted({ship, *(f"mmsi:{m}" for m in mmsis)})
    own: dict[str, Any] = {"length_m": None, "beam_m": None, "by": None, "sigmas_m": {},
                           "subjects": subjects, "sources": []}  # fmt: skip
    for member in _registered([c for c in entries if c.subject == ship]):
        own |= {"length_m": member.length_m, "beam_m": member.beam_m, "by": member.source,
                "sigmas_m": REGISTER_SIGMA_M}  # fmt: skip
        return own
    if not mmsis:
        return own
    statics = workspace.lake.statics(mmsi=mmsis)
    if sources is not None:
        statics = statics.filter(pl.col("source_id").is_in(list(sources)))
    told = statics.collect()
    sizes = sorted(_broadcast(told), key=lambda m: m.subject)
    own["sources"] = sorted(told["source_id"].unique().to_list())
    if sizes:
        own |= {"length_m": sizes[0].length_m, "beam_m": sizes[0].beam_m,
                "by": "its own broadcasts", "sigmas_m": BROADCAST_SIGMA_M}  # fmt: skip
    return own


def _transponders(workspace: Workspace, ship: str, sources: Sequence[str] | None) -> list[int]:
    """Transponders that are the ship, or broadcast its IMO number in these files."""
    kind, _, number = ship.partition(":")
    if kind == "mmsi":
        return [int(number)]
    if kind != "imo":
        return []
    said = workspace.lake.statics().filter(pl.col("imo") == int(number))
    if sources is not None:
        said = said.filter(pl.col("source_id").is_in(list(sources)))
    return sorted(said.select("mmsi").unique().collect()["mmsi"].to_list())
