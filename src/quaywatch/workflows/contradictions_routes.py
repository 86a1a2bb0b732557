"""Routes that several hulls broadcast, as claims: found over the whole lake, and found again."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import polars as pl
from pydantic import JsonValue

from quaywatch.errors import PassDiffersError
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim
from quaywatch.fusion.contradiction_evidence import closer_than_peers
from quaywatch.fusion.contradiction_made import Json, Told, same_route
from quaywatch.fusion.contradiction_routes import LEGS_FRAME, legs_of, same_routes
from quaywatch.fusion.contradiction_runs import runs_of
from quaywatch.fusion.contradictions import METHOD, PREDICATE, Kind
from quaywatch.stores.ingested import INGEST_PREDICATE
from quaywatch.stores.workspace import Workspace

REPLAYS: Final = ("replay", "same-manoeuvre")
TELL: Final = "tell"
_DIGITS: Final = 4


def ingests(workspace: Workspace) -> list[Claim]:
    """Claims of what the lake holds, in the order in which it came."""
    found = workspace.evidence.find("claim", predicate=INGEST_PREDICATE)
    return [claim for claim in found if isinstance(claim, Claim)]


def replayed(workspace: Workspace) -> set[int]:
    """Transponders of which a pass found a track that had been sent before."""
    rows = workspace.events.known(kinds=["integrity"])
    odd = rows.filter(pl.col("test").is_in(REPLAYS) & (pl.col("verdict") == TELL))
    return set(odd["mmsi"].drop_nulls().to_list())


def lake_legs(workspace: Workspace, held: Sequence[Claim]) -> pl.DataFrame:
    """Every leg of the lake as it was when it held these ingests and no others."""
    sources = frozenset(claim.subject for claim in held)
    parts = [legs_of(runs_of(positions)) for positions, _ in workspace.lake.passes(sources=sources)]
    return pl.concat([pl.DataFrame(schema=LEGS_FRAME), *parts])


def route_claims(
    legs: pl.DataFrame, suspects: Iterable[int], held: Sequence[Claim]
) -> tuple[list[Claim], int]:
    """A claim per suspect that keeps another's route closer than peers keep to theirs.

    Args:
        legs: of the whole lake.
        suspects: MMSIs against which something else stands.
        held: claims of the ingests that the legs are of.

    Returns:
        The claims, and how many honest legs have another ship's beside them.

    """
    asked = frozenset(suspects)
    found, peers = same_routes(legs, asked)
    numbered = legs.with_row_index("leg").sort("mmsi", "start")
    claims = [
        _claim(found.filter(pl.col("mmsi") == mmsi).rows(named=True), numbered, sorted(asked), held)
        for mmsi in found["mmsi"].unique(maintain_order=True)
    ]
    return claims, peers


def _claim(
    rows: list[dict[str, Any]], legs: pl.DataFrame, asked: list[int], held: Sequence[Claim]
) -> Claim:
    closest = rows[0]
    e_value = 0.5 * float(closest["p"]) ** -0.5
    subject = f"mmsi:{closest['mmsi']:09d}"
    others = [f"mmsi:{row['other_mmsi']:09d}" for row in rows]
    told = Told(
        subject,
        f"ais:{closest['mmsi']:09d}",
        evidence=[closer_than_peers(e_value, n=closest["peers"])],
        with_ships=others,
        assumptions=(
            "Positions are as they were sent; legs are compared in shape, whenever they were sent.",
        ),
        working=_working(closest),
        geometry=_lines(closest, legs),
    )
    value = same_route(
        told, e_value=e_value, apart_m=round(closest["apart_m"], 1),
        length_nm=round(closest["length_nm"], 1), p=closest["p"], peers=closest["peers"],
    )  # fmt: skip
    suspects: list[JsonValue] = list(asked)
    return Claim(
        subject=subject,
        predicate=PREDICATE,
        value=value.model_dump(mode="json"),
        time=TimeInterval(start=closest["start"], end=closest["end"]),
        basis=Basis.INFERRED,
        method=METHOD,
        parameters={
            "kind": Kind.SAME_ROUTE.value,
            "parts": [0, 0, 0],
            "suspects": suspects,
            "with_ships": list(others),
        },
        inputs=tuple(claim.id for claim in held),
    )


def _working(row: Mapping[str, Any]) -> list[Json]:
    rows: list[tuple[str, str, JsonValue, str | None]] = [
        ("Its leg", "first to last report", _span(row, ""), None),
        ("The other's", "first to last report", _span(row, "other_"), None),
        ("Length", "along the reports", round(row["length_nm"], 1), "nm"),
        ("Distance of the two lines", "root mean square, the worse way round",
         round(row["apart_m"], 1), "m"),
        ("Rank", "(1 + peers as close) / (peers + 1)", round(row["p"], _DIGITS), "p"),
        ("Peers", "honest legs beside another ship's", int(row["peers"]), None),
    ]  # fmt: skip
    return [
        {"label": label, "formula": formula, "value": value, "unit": unit}
        for label, formula, value, unit in rows
    ]


def _span(row: Mapping[str, Any], prefix: str) -> str:
    return f"{row[f'{prefix}start']:%Y-%m-%d %H:%M} to {row[f'{prefix}end']:%Y-%m-%d %H:%M} UTC"


def _lines(row: Mapping[str, Any], legs: pl.DataFrame) -> Json:
    features: list[JsonValue] = []
    for name, role in (("leg", "broadcast"), ("other_leg", "peer")):
        leg = legs.filter(pl.col("leg") == row[name]).row(0, named=True)
        line: list[JsonValue] = [
            [round(x, _DIGITS), round(y, _DIGITS)]
            for x, y in zip(leg["lon"], leg["lat"], strict=True)
        ]
        features.append({
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": line},
            "properties": {"role": role, "label": f"MMSI {leg['mmsi']:09d}"},
        })  # fmt: skip
    return {"type": "FeatureCollection", "features": features}


class RoutesAgain:
    """Makes claims of routes anew, each lake gone over once however many claims rest on it."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._legs: dict[tuple[str, ...], pl.DataFrame] = {}

    def again(self, claim: Claim, held: Sequence[Claim]) -> Claim:
        """The claim anew from the lake as it was.

        Raises:
            PassDiffersError: the lake holds no such route.

        """
        if claim.inputs not in self._legs:
            self._legs[claim.inputs] = lake_legs(self._workspace, held)
        told: Any = claim.parameters["suspects"]
        for found in route_claims(self._legs[claim.inputs], told, held)[0]:
            if found.subject == claim.subject:
                return found
        raise PassDiffersError(event=claim.id)
