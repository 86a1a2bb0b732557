"""Every contradiction of a workspace as a claim: found by scanning, weighed, and made again.

Inputs of a claim, by kind, then the claims that weigh in:

- two places, in port while at sea: the broadcast (a reported claim, or three reports of its run,
  the one compared first) and the claim of the sighting;
- unreachable: three reports of either run, or the two sightings;
- nobody there: the presence checks in which nobody was, then those in which somebody was.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import polars as pl

from quaywatch.ais.schema import POSITIONS_FRAME
from quaywatch.evidence.record import Claim, Observation, Record
from quaywatch.fusion.contradiction_frames import Scan
from quaywatch.fusion.contradiction_routes import LEGS_FRAME, PEERS_MIN, legs_of
from quaywatch.fusion.contradiction_runs import runs_of
from quaywatch.fusion.contradiction_scan import between_sightings, scan
from quaywatch.fusion.contradictions import METHOD, PREDICATE, Kind
from quaywatch.fusion.two_places import PLAUSIBLE_CEILING_KN, STREAM_KN
from quaywatch.geo.water import METHOD as WATER_METHOD
from quaywatch.geo.water import WaterRouter
from quaywatch.stores.workspace import Workspace
from quaywatch.vessels.spells import vessel_spells
from quaywatch.workflows.before import made_before
from quaywatch.workflows.broadcasts import observations
from quaywatch.workflows.contradictions_checks import (
    EPISODE,
    Causes,
    checked,
    episodes,
    is_verdict,
    presences,
    start_of,
)
from quaywatch.workflows.contradictions_claims import Parts, made
from quaywatch.workflows.contradictions_claims import again as claims_again
from quaywatch.workflows.contradictions_routes import (
    RoutesAgain,
    ingests,
    replayed,
    route_claims,
)
from quaywatch.workflows.contradictions_tables import (
    berth_of,
    hours_apart,
    identified,
    owners_of,
    placed,
    reports_of,
    seen_table,
    water_of,
)
from quaywatch.workflows.event_claims import event_claims
from quaywatch.workflows.looks import sites_of
from quaywatch.workflows.names import mmsis_of

Report = Callable[[str, float], None]
SEEN_WITHIN_H: Final = 24.0
"""A hull where it broadcasts says something of a broadcast within this."""
ABSENT_WITHIN_H: Final = 10 * 24.0
"""Nobody where it broadcasts says something of one within this: of what is sent on one voyage."""
TELLS_WITHIN_H: Final = 5 * 24.0
SAME_IMAGE_H: Final = 0.2


@dataclass(frozen=True, slots=True)
class Found:
    """What a scan of a workspace came to."""

    records: list[Record]
    """Each claim after the records that it rests on and that are not in the ledger yet."""
    claims: list[Claim]
    controls: Counter[str]
    """Pairs by outcome: those that agreed are the positive controls."""


class Around:
    """What weighs in on a contradiction of a ship: asked of the ledger once a ship."""

    def __init__(self, workspace: Workspace, checks: Sequence[Claim]) -> None:
        self._workspace, self._checks = workspace, checks
        self._of: dict[str, list[Claim]] = {}
        self._likenesses = [
            c
            for c in workspace.evidence.find("claim", predicate="likeness")
            if isinstance(c, Claim)
        ]

    def claims(self, subject: str, moment: Observation | Claim, *sightings: Claim) -> list[Claim]:
        """Claims that weigh in, in an order that does not depend on how they were found."""
        near = [c for c in self._about(subject) if self._counts(c, moment)]
        like = [
            c
            for c in self._likenesses
            for s in sightings
            if c.id != s.id and c.subject == subject and _same_image(c, s)
        ]
        return sorted({c.id: c for c in (*near, *like)}.values(), key=lambda c: c.id)

    def _about(self, subject: str) -> list[Claim]:
        if subject not in self._of:
            mmsis = mmsis_of(self._workspace, subject)
            subjects = sorted({subject, *(f"mmsi:{mmsi:09d}" for mmsi in mmsis)})
            seen = [check for check in self._checks if check.subject in subjects]
            self._of[subject] = [*seen, *event_claims(self._workspace, [subject])]
        return self._of[subject]

    @staticmethod
    def _counts(claim: Claim, moment: Observation | Claim) -> bool:
        value: Any = claim.value if isinstance(claim.value, dict) else {}
        if claim.predicate == "presence":
            told = value.get("verdict") in {"seen", "not-seen"} and value.get("lr")
            within = SEEN_WITHIN_H if is_verdict(claim, "seen") else ABSENT_WITHIN_H
            return bool(told) and hours_apart(moment, claim) <= within
        if claim.predicate == "ais-integrity":
            return bool(value.get("log_lr")) and _outside_h(claim, moment) <= TELLS_WITHIN_H
        return claim.predicate == "ais-two-tracks" and _outside_h(claim, moment) <= TELLS_WITHIN_H


def _same_image(likeness: Claim, sighting: Claim) -> bool:
    where = placed(sighting)
    value: Any = likeness.value if isinstance(likeness.value, dict) else {}
    asked = value.get("questioned") or {}
    if where is None or not asked.get("captured_at") or likeness.time is None:
        return False
    return abs(likeness.time.midpoint - where[1].midpoint) <= timedelta(hours=SAME_IMAGE_H)


def _outside_h(claim: Claim, moment: Observation | Claim) -> float:
    """Hours between a moment and the time of a claim; 0 inside it."""
    if claim.time is None or moment.time is None:
        return float("inf")
    at = moment.time.midpoint
    if claim.time.start <= at <= claim.time.end:
        return 0.0
    return min(abs(claim.time.start - at), abs(at - claim.time.end)) / timedelta(hours=1)


def find_contradictions(workspace: Workspace, router: WaterRouter, *, report: Report) -> Found:
    """Everything against everything: what cannot all be true, and what agreed.

    Args:
        workspace: what to go through; nothing is written.
        router: asked where land lies between.
        report: told how far it is.

    """
    sightings = {claim.id: claim for claim in identified(workspace)}
    told, legs = _scanned(workspace, list(sightings.values()), router, report)
    checks = presences(workspace)
    asked = _Asked(workspace, sightings, checks)
    before = made_before(workspace, PREDICATE, METHOD)
    records: list[Record] = []
    claims: list[Claim] = []
    for parts in (*asked.of_scan(told.found), *asked.of_reported(), *asked.of_absences()):
        inputs = tuple(record.id for record in parts.inputs)
        known = before.get(inputs)
        same = known is not None and _told_alike(known, parts)
        claim = known if same else made(parts, router.distance)
        if claim is not None:
            records.extend((*parts.inputs, claim))
            claims.append(claim)
    suspects = _suspects(workspace, told.found, checks)
    routes, peers = route_claims(legs, suspects, ingests(workspace))
    of_routes = Counter({"route: legs of suspects": _legs_of(legs, suspects), _peers(peers): peers})
    controls = told.controls + checked(checks) + of_routes
    return Found([*records, *routes], [*claims, *routes], controls)


def _peers(peers: int) -> str:
    enough = "" if peers >= PEERS_MIN else ", too few to judge by"
    return f"route: honest legs beside another ship's{enough}"


def _legs_of(legs: pl.DataFrame, suspects: set[int]) -> int:
    return legs.filter(pl.col("mmsi").is_in(sorted(suspects))).height


def _suspects(workspace: Workspace, found: pl.DataFrame, checks: Sequence[Claim]) -> set[int]:
    """Transponders against which something stands already."""
    absent = {
        int(check.subject.partition(":")[2])
        for check in checks
        if is_verdict(check, "not-seen") and check.subject.startswith("mmsi:")
    }
    return {*found["mmsi"].drop_nulls().to_list(), *absent, *replayed(workspace)}


def _told_alike(claim: Claim, parts: Parts) -> bool:
    """Whether a claim made before was told the same beside its inputs, on the same grid."""
    told = claim.parameters
    if "distance" in told and told["distance"] != WATER_METHOD:
        return False
    return all(told.get(name) == value for name, value in parts.parameters().items())


def _scanned(
    workspace: Workspace, sightings: Sequence[Claim], router: WaterRouter, report: Report
) -> tuple[Scan, pl.DataFrame]:
    seen, water = seen_table(workspace, sightings), water_of(workspace, router)
    total = between_sightings(seen, ceiling_kn=PLAUSIBLE_CEILING_KN)
    every = max(1, workspace.lake.count()["positions"])
    spells = _spells(workspace)
    legs = [pl.DataFrame(schema=LEGS_FRAME)]
    done = 0
    for positions, _ in workspace.lake.passes():
        report("contradictions", 0.5 + 0.4 * done / every)
        mmsis = positions["mmsi"].unique().to_list()
        # Whether a number is shared is asked of all of them, not of those in this piece alone.
        owners = owners_of(spells, mmsis).filter(pl.col("mmsi").is_in(mmsis))
        runs = runs_of(positions)
        total = total + scan(positions, owners, seen, water=water, runs=runs)
        legs.append(legs_of(runs))
        done += positions.height
    return total, pl.concat(legs)


def _spells(workspace: Workspace) -> pl.DataFrame:
    """What every transponder said it was, and when; over all pieces of the lake."""
    parts = [vessel_spells(statics, positions) for positions, statics in workspace.lake.passes()]
    return pl.concat(parts) if parts else vessel_spells(workspace.lake.statics().collect())


class _Asked:
    """What a scan found, as the records that it rests on."""

    def __init__(
        self, workspace: Workspace, sightings: dict[str, Claim], checks: Sequence[Claim]
    ) -> None:
        self._workspace, self._sightings, self._checks = workspace, sightings, checks
        self._around = Around(workspace, checks)
        self._ports = [site for site, _ in sites_of(workspace).values()]
        self._causes = Causes(workspace)

    def of_scan(self, found: pl.DataFrame) -> Iterator[Parts]:
        """Broadcasts against images, runs against runs, images against images."""
        rows = reports_of(self._workspace, found)
        read = _read(self._workspace, rows)
        for row in found.iter_rows(named=True):
            speed = row["ceiling_kn"]
            max_kn = None if speed <= PLAUSIBLE_CEILING_KN else round(speed - STREAM_KN, 2)
            if row["other_seen"] is not None:
                pair = (self._sightings[row["seen"]], self._sightings[row["other_seen"]])
                cause = self._causes.of(pair[0])
                yield Parts(Kind.UNREACHABLE, pair[:1], pair[1:], cause=cause)
            elif row["seen"] is not None:
                yield self._seen(row, _run(read, row, ""), max_kn)
            else:
                yield self._runs(row, _run(read, row, ""), _run(read, row, "other_"), max_kn)

    def _seen(
        self, row: dict[str, Any], run: tuple[Observation, ...], max_kn: float | None
    ) -> Parts:
        sighting = self._sightings[row["seen"]]
        return Parts(
            Kind(row["kind"]), run, (sighting,),
            tuple(self._around.claims(sighting.subject, run[0], sighting)),
            max_kn, shared=bool(row["shared"]), cause=self._causes.of(sighting),
            berth=berth_of(sighting, self._ports),
        )  # fmt: skip

    def _runs(
        self,
        row: dict[str, Any],
        one: tuple[Observation, ...],
        other: tuple[Observation, ...],
        max_kn: float | None,
    ) -> Parts:
        near = self._around.claims(one[0].subject, one[0])
        weighing = tuple(c for c in near if c.predicate != "presence")
        return Parts(
            Kind.UNREACHABLE, one, other, weighing, max_kn, shared=bool(row["shared"]),
            cause=f"ais:{row['mmsi']:09d}",
        )  # fmt: skip

    def of_reported(self) -> Iterator[Parts]:
        """Pairs that others report, which the check of two places found impossible."""
        for check in self._workspace.evidence.find("claim", predicate="two-places"):
            if not isinstance(check, Claim) or not is_verdict(check, "impossible"):
                continue
            said, seen = (self._workspace.evidence.get(i) for i in check.inputs[:2])
            if isinstance(said, Claim) and isinstance(seen, Claim):
                kind = Kind.IN_PORT if seen.predicate == "loading-at" else Kind.TWO_PLACES
                yield Parts(
                    kind, (said,), (seen,), tuple(self._around.claims(seen.subject, said, seen)),
                    cause=self._causes.of(seen), berth=berth_of(seen, self._ports),
                )  # fmt: skip

    def of_absences(self) -> Iterator[Parts]:
        """Images in which nobody was where a ship said it was, a month of them a question."""
        by_ship: dict[str, list[Claim]] = {}
        for check in self._checks:
            by_ship.setdefault(check.subject, []).append(check)
        for subject in sorted(by_ship):
            checks = sorted(by_ship[subject], key=lambda c: (start_of(c), c.id))
            for absences in episodes([c for c in checks if is_verdict(c, "not-seen")]):
                controls = [
                    c
                    for c in checks
                    if is_verdict(c, "seen")
                    and start_of(absences[0]) - EPISODE
                    <= start_of(c)
                    <= start_of(absences[-1]) + EPISODE
                ]
                yield Parts(
                    Kind.NOBODY_THERE, tuple(absences), tuple(controls), cause=absences[0].inputs[1]
                )


def _read(
    workspace: Workspace, rows: dict[tuple[str, int], dict[str, Any]]
) -> dict[tuple[str, int], Observation]:
    """Reports as records, each source gone through once."""
    if not rows:
        return {}
    table = pl.DataFrame(list(rows.values()), schema=POSITIONS_FRAME)
    return dict(zip(rows, observations(workspace, table), strict=True))


def _run(
    read: dict[tuple[str, int], Observation], row: dict[str, Any], prefix: str
) -> tuple[Observation, ...]:
    keys = zip(row[f"{prefix}source_id"], row[f"{prefix}record"], strict=True)
    return tuple(read[key] for key in keys)


class ContradictionsAgain:
    """Makes claims of contradictions anew for ``case verify``."""

    def __init__(self, workspace: Workspace, router: WaterRouter) -> None:
        self._router, self._routes = router, RoutesAgain(workspace)

    def again(self, claim: Claim, inputs: Sequence[Record]) -> Claim:
        """The claim anew from its inputs; that of a route from the lake that they name.

        Raises:
            PlaceMissingError: they do not contradict each other.
            PassDiffersError: the lake holds no such route.

        """
        if claim.parameters["kind"] == Kind.SAME_ROUTE:
            return self._routes.again(claim, [c for c in inputs if isinstance(c, Claim)])
        return claims_again(claim, inputs, self._router.distance)
