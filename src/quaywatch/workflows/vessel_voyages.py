"""``quaywatch vessel V voyages``: one vessel's voyages with what they carried, and its files."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from quaywatch.errors import ArgumentError, VesselUnknownError
from quaywatch.stores.files import land_bytes
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.cargo import cargo_of, worth_of
from quaywatch.workflows.names import subject_of
from quaywatch.workflows.voyages_carried import Valued, carried_by, router_of
from quaywatch.workflows.voyages_drawn import chart_of, map_of
from quaywatch.workflows.voyages_shown import Ship, about, ship_json, title_of
from quaywatch.workflows.voyages_table import table_of
from quaywatch.workflows.write_out import DRAWN, form_of, write_out, write_table


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
    if not told.known.reports and not _claimed(workspace, subject):
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
        "simulated": workspace.config.simulated,
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
