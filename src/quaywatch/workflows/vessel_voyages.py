"""``quaywatch vessel V voyages``: one vessel's voyages with what they carried, and its files."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from quaywatch.errors import ArgumentError, VesselUnknownError
from quaywatch.geo.water import WaterRouter
from quaywatch.stores.files import land_bytes
from quaywatch.stores.workspace import Workspace
from quaywatch.voyages.cargo import Carriage
from quaywatch.voyages.figures import Figure
from quaywatch.voyages.gazetteer import Gazetteer
from quaywatch.voyages.voyage import Voyage
from quaywatch.workflows.cargo import cargo_of, carriages_of, worth_of
from quaywatch.workflows.cargo_claims import claim_cargo
from quaywatch.workflows.vessel import subject_of
from quaywatch.workflows.voyage_inputs import Ways
from quaywatch.workflows.voyages import (
    claim_voyages,
    rests_on,
    voyages_claim,
    voyages_of,
    ways_of,
)
from quaywatch.workflows.voyages_shown import (
    Ship,
    about,
    chart_of,
    contradictions,
    label_of,
    map_of,
    ship_json,
    table_of,
    title_of,
)
from quaywatch.workflows.write_out import DRAWN, form_of, write_out, write_table

Carriages = Sequence[tuple[Voyage, Carriage | None]]


@dataclass(frozen=True, slots=True)
class Valued:
    """How voyages are to be valued: what was carried, and at which price."""

    commodity: str | None = None
    """As the prices of the workspace name it; None: not known, and no value."""
    price: str | None = None
    """Id of one price; None: the one that fits the day."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A ship with the carriages of its voyages, for sums."""

    ship: Ship
    carriages: Carriages


def router_of(workspace: Workspace) -> Ways:
    """Distances over water for all vessels of one run."""
    return ways_of(workspace, WaterRouter(workspace.cache_dir / "water").distance)


def carried_by(
    workspace: Workspace,
    subject: str,
    *,
    ways: Ways,
    valued: Valued,
    now: datetime | None,
    deadweight: Figure | None = None,
    gazetteer: Gazetteer | None = None,
) -> Carried:
    """One vessel's voyages with tonnes and value.

    Args:
        workspace: what is known.
        subject: ``imo:…``, ``mmsi:…`` or ``name:…``.
        ways: of ``router_of``.
        valued: how they are valued.
        now: when this is learned (aware): voyages and cargoes enter the ledger as claims; None:
            nothing is kept.
        deadweight: used where no claim in the workspace states one.
        gazetteer: for names; the kept one if None.

    """
    told = voyages_of(workspace, subject, router=ways, gazetteer=gazetteer)
    carriages = [
        (voyage, _with_deadweight(carriage, deadweight))
        for voyage, carriage in carriages_of(workspace, told.history.voyages)
    ]
    claim = voyages_claim(told) if now is None else claim_voyages(workspace, told, now=now)
    if now is not None:
        claim_cargo(
            workspace, subject, carriages, now=now, inputs=rests_on(told, claim),
            commodity=valued.commodity, price=valued.price,
        )  # fmt: skip
    worth = worth_of(workspace, carriages, commodity=valued.commodity, price=valued.price)
    ship = Ship(
        told=told,
        name=label_of(workspace, subject),
        claim=claim.id,
        cargo=cargo_of(carriages)["voyages"],
        worth=worth["voyages"],
        contradicted=contradictions(workspace, told),
    )
    return Carried(ship, carriages)


def _with_deadweight(carriage: Carriage | None, figure: Figure | None) -> Carriage | None:
    if carriage is None or carriage.deadweight is not None or figure is None:
        return carriage
    return replace(carriage, deadweight=figure)


def vessel_voyages(
    workspace: Workspace,
    text: str,
    *,
    now: datetime | None,
    valued: Valued | None = None,
    out: Path | None = None,
    chart: Path | None = None,
) -> dict[str, Any]:
    """The voyages of the vessel that a user names, as JSON; written to files where asked.

    Args:
        workspace: what is known.
        text: IMO number, MMSI or name.
        now: when this is learned, aware; None: nothing is kept.
        valued: how cargoes are valued.
        out: ``.csv``, ``.geojson`` or ``.parquet`` for one table of everything, ``.png`` or
            ``.svg`` for the map.
        chart: ``.png`` or ``.svg`` for its calls and gaps in time.

    Raises:
        VesselUnknownError: nothing here is about it.
        ArgumentError: a file ends in no form known, or there is nothing to draw.

    """
    if out is not None:
        form_of(out)
    if chart is not None:
        form_of(chart, flag="--chart", forms=DRAWN)
    subject = subject_of(workspace, text)
    asked = valued or Valued()
    known = carried_by(workspace, subject, ways=router_of(workspace), valued=asked, now=now)
    told = known.ship.told
    if told.known.first is None and not told.history.calls and not _claimed(workspace, subject):
        raise VesselUnknownError(text=text, found="")
    worth = worth_of(workspace, known.carriages, commodity=asked.commodity, price=asked.price)
    paths = []
    if out is not None:
        paths.append(write_ships(workspace, [known.ship], out, title_of(known.ship)))
    if chart is not None:
        form, title = form_of(chart), title_of(known.ship)
        made = chart_of(workspace, [known.ship], title=title, form=form)
        land_bytes(made, chart.absolute())
        paths.append(chart)
    return {
        **ship_json(known.ship),
        "cargo": cargo_of(known.carriages)["total"],
        "worth": {name: worth[name] for name in ("totals", "without_value")},
        "commodity": asked.commodity,
        "files": [str(path) for path in paths],
    }


def write_ships(workspace: Workspace, ships: Sequence[Ship], path: Path, title: str) -> Path:
    """Voyages of some vessels as a table or, as ``.png`` or ``.svg``, their map.

    Raises:
        ArgumentError: no such form, or there is no place to draw.
        DiskFullError: no room.

    """
    if form_of(path) in DRAWN:
        return write_out(path, [], None, lambda form: _map(workspace, ships, path, title, form))
    rows, shapes = table_of(workspace, ships)
    return write_table(path, rows, shapes, about=about(ships, workspace))


def _map(workspace: Workspace, ships: Sequence[Ship], path: Path, title: str, form: str) -> bytes:
    made = map_of(workspace, ships, title=title, form=form)
    if made is None:
        fact = f"there is no place to draw on {path.name}"
        remedy = "Ask for .csv or .geojson, which say why."
        raise ArgumentError(flag="--out", fact=fact, remedy=remedy)
    return made


def _claimed(workspace: Workspace, subject: str) -> bool:
    return next(iter(workspace.evidence.find("claim", subject=subject)), None) is not None
