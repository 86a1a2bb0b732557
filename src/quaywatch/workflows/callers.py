"""Who lay at the berths of a site: each stay that looks show, against every ship heard here.

A claim per stay: the hull as measured, what each ship's transponder did at those times, how like
its known pictures the hull is, and what that makes of each ship and of none of them.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from quaywatch.errors import PlaceMissingError
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim, Record
from quaywatch.fusion.attribution import (
    METHOD,
    P_FALSE_BROADCAST,
    P_SILENT_HERE,
    P_UNLISTED,
    Candidate,
    attribute,
)
from quaywatch.fusion.whereabouts import Bound, silent_share, whereabouts
from quaywatch.geo.position import Position
from quaywatch.sites.facility import FacilityKind
from quaywatch.stores.workspace import Workspace
from quaywatch.voyages.prism import FASTEST_KN
from quaywatch.workflows.callers_heard import NEVER, Heard, ceiling_kn, merchant, subject_of, tells
from quaywatch.workflows.callers_said import value_of
from quaywatch.workflows.callers_stays import Stay, alongside, stays_in
from quaywatch.workflows.callers_there import AWAY, Seen, parted, seen_there
from quaywatch.workflows.looks import sites_of
from quaywatch.workflows.voyage_inputs import Ways

SHARPER: Final = 1.5
"""Pixels within this factor are of one sharpness."""


def split(stay: Stay, heard: Heard, ways: Ways) -> list[Stay]:
    """A stay cut where broadcasts from the very berth say that another ship lay there.

    Looks link ships of one size into one stay; who was heard lying there tells them apart.
    """
    if len(stay.at) == 1:
        return [stay]
    ships = [row for row in heard.ships.iter_rows(named=True) if merchant(row)]
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
        fixes = heard.fixes.get(int(row["mmsi"]), NEVER)
        placed = whereabouts(fixes, stay.place, [at], ceiling_kn=FASTEST_KN, bound_nm=_bound(ways))
        if placed.whereabouts == "here":
            found.append(int(row["mmsi"]))
    return tuple(found)


def caller(
    stay: Stay,
    heard: Heard,
    ways: Ways,
    compared: Sequence[Claim] = (),
    checks: Sequence[Claim] = (),
) -> Claim:
    """Who the hull of one stay may be, as a claim.

    Args:
        stay: of ``stays_of``.
        heard: every ship.
        ways: distances over water.
        compared: claims that compare this very hull with ships' known pictures, and hulls where
            ships' broadcasts put them with the same.
        checks: claims of who was seen where its broadcasts put it, about these times.

    """
    here, away = parted(compared, stay)
    merchants = [row for row in heard.ships.iter_rows(named=True) if merchant(row)]
    pictures = pictured(here), seen_there(checks, away, heard.numbers)
    candidates = [_candidate(row, stay, heard, ways, pictures) for row in merchants]
    answer = attribute(stay.hull, candidates)
    names = {subject_of(row): row["name"] for row in heard.ships.iter_rows(named=True)}
    return Claim(
        subject=stay.subject,
        predicate="attribution",
        value=value_of(stay, answer, candidates, names),
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
        inputs=(
            stay.visits,
            *(claim.id for claim in compared),
            *(claim.id for claim in checks),
            *heard.sources,
        ),
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
    claims = [r for r in inputs[1:] if isinstance(r, Claim)]
    compared = [c for c in claims if c.predicate == "likeness"]
    checks = [c for c in claims if c.predicate == "presence"]
    as_of = claim.parameters["as_of"]
    heard = Heard(
        workspace,
        sources=[record.id for record in inputs if record.kind == "source"],
        as_of=None if as_of is None else datetime.fromisoformat(str(as_of)),
    )
    whole = stays_in(workspace, visits, alongside(berth))
    parts = [part for stay in whole for part in split(stay, heard, ways)]
    stay = next(part for part in parts if list(part.looks) == claim.parameters["looks"])
    return caller(stay, heard, ways, compared, checks)


def _candidate(
    row: Mapping[str, Any],
    stay: Stay,
    heard: Heard,
    ways: Ways,
    pictures: tuple[Mapping[str, float], Mapping[str, Seen]],
) -> Candidate:
    mmsi = int(row["mmsi"])
    fixes = heard.fixes.get(mmsi, NEVER)
    placed = whereabouts(
        fixes, stay.place, stay.at, ceiling_kn=ceiling_kn(heard, mmsi), bound_nm=_bound(ways)
    )
    subject, number = subject_of(row), f"mmsi:{mmsi:09d}"
    ratios, seen = pictures
    told, shared = tells(heard, mmsi, stay.at)
    # Where a broadcast puts it is asked only of a ship that it puts elsewhere.
    there = seen.get(number) if placed.whereabouts in AWAY else None
    return Candidate(
        subject=subject,
        length_m=row["length_m"],
        beam_m=row["beam_m"],
        whereabouts=placed.whereabouts,
        at_best=placed.at_best,
        silent_share=silent_share(fixes, *heard.span_s),
        likeness=ratios.get(subject, ratios.get(number)),
        tells=told,
        there=1.0 if there is None else there.ratio,
        shared=shared,
        why=placed.why if there is None else f"{placed.why} {there.why}",
    )


def _bound(ways: Ways) -> Bound:
    def least(here: Position, there: Position) -> float | None:
        return ways(here, there).lower_bound_nm

    return least


def pictured(likenesses: Sequence[Claim]) -> dict[str, float]:
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
            if not logs:
                # A picture in which nothing but size was read says no more than its size.
                continue
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
