"""``quaywatch fleet F``: the voyages of many vessels, by vessel and together."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from quaywatch.cli.balance import print_published
from quaywatch.cli.options import AsJson, WorkspaceDir
from quaywatch.cli.output import print_json, print_line, print_table, progress, said
from quaywatch.cli.voyages import (
    VOYAGE_COLUMNS,
    Commodity,
    PriceId,
    VoyagesOut,
    day,
    interval,
    print_reasons,
    print_simulated,
    print_sums,
    print_voyage_words,
    voyage_cells,
)
from quaywatch.errors import ArgumentError
from quaywatch.evidence.wording import counted

LEAST_MONTHS = 1.0
"""With less time in view a rate a month is arithmetic, not news; ``--json`` has it."""


def fleet(
    which: Annotated[
        str, typer.Argument(metavar="F", help="A file that lists vessels, or a saved fleet.")
    ],
    home: Annotated[
        str | None, typer.Option(help="Country (two letters) whose ports are not foreign.")
    ] = None,
    save: Annotated[
        str | None, typer.Option(metavar="NAME", help="Keep the list in the workspace.")
    ] = None,
    out: VoyagesOut = None,
    chart: Annotated[
        Path | None, typer.Option(help="Draw months and a lane a ship: .png or .svg.")
    ] = None,
    commodity: Commodity = None,
    price: PriceId = None,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Voyages of a list of vessels: how often, where to, how many tonnes, by ship and in all."""
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.fleet import fleet_voyages
    from quaywatch.workflows.voyages_carried import Valued

    with Workspace.open(workspace) as opened, progress(quiet=as_json) as report:
        result = fleet_voyages(
            opened, which, now=datetime.now(UTC), report=report, home=home,
            valued=Valued(commodity, price), out=out, chart=chart, save=save,
        )  # fmt: skip
    if as_json:
        print_json(result)
        return
    _print(result)
    if not result["found"] and (out is not None or chart is not None):
        fact = "no vessel of the list is known here: there is nothing to write"
        raise ArgumentError(
            flag="--chart" if out is None else "--out", fact=fact, remedy="See above why.",
        )  # fmt: skip


def _print(result: dict[str, Any]) -> None:
    entries = "" if result["listed"] == result["distinct"] else (
        f" ({counted(result['listed'], 'entry', 'entries')} in the list)"
    )  # fmt: skip
    found = f"{result['found']} of {counted(result['distinct'], 'vessel')} found{entries}"
    print_line(f"{result['fleet']}: {found}")
    print_simulated(result)
    for one in result["missing"]:
        print_line(f"not found: {one['vessel']}. {one['reason']}")
    print_table(
        "By vessel",
        ("vessel", "known", "calls", "cargo voyages (sum of chances)", "tonnes", "gaps", "ports"),
        [_vessel_cells(vessel) for vessel in result["vessels"]],
    )
    if any(vessel["cargo_voyages"] for vessel in result["vessels"]):
        print_line(
            "Cargo voyages: those on which cargo may have been carried, each counted as one; in "
            "brackets the sum of their chances of having been laden.", dim=True,
        )  # fmt: skip
    print_table("Voyages", ("vessel", *VOYAGE_COLUMNS), _voyages(result))
    print_voyage_words(result["voyages"])
    print_table(
        "Ports of call",
        ("port", "country", "foreign", "calls", "vessels"),
        [
            [
                port["name"], port["country_name"] or port["country"] or "unknown",
                {True: "yes", False: "no", None: "–"}[port["foreign"]],
                str(port["calls"]), str(port["vessels"]),
            ]
            for port in result["ports"]
        ],
    )  # fmt: skip
    if any(port["foreign"] is None for port in result["ports"]):
        print_line("foreign –: the country is not known, or no --home was given.", dim=True)
    for kind in ("cargo_voyages", "calls"):
        _print_cadence(result["cadence"][kind])
    totals = result["totals"]
    print_sums({**totals, "voyages": result["voyages"]})
    print_published(result["published_totals"])
    print_reasons([*result["notes"], *result["reasons"]])
    for path in result["files"]:
        print_line(f"written: {path}")


def _vessel_cells(vessel: dict[str, Any]) -> list[str]:
    span = f"{day(vessel['known_from'])} to {day(vessel['known_to'])}"
    cargo = vessel["cargo_voyages"] + vessel["discharge_unseen"] + vessel["loading_unseen"]
    return [
        vessel["name"] or vessel["vessel"],
        span if vessel["known_from"] else vessel["unheard_reason"] or "not known",
        _calls(vessel),
        f"{cargo} ({vessel['cargo_voyages_expected']:.1f})" if cargo else "0",
        interval(vessel["cargo"]["tonnes"]),
        f"{vessel['gaps']}, {said(vessel['gap_h'], 'h', digits=0)}" if vessel["gaps"] else "none",
        vessel["foreign_ports"] or "none named",
    ]  # fmt: skip


def _calls(vessel: dict[str, Any]) -> str:
    """Calls seen; without one, the stops elsewhere, or that nothing is known."""
    if vessel["calls_seen"]:
        return str(vessel["calls_seen"])
    if vessel["known_from"] is None:
        return "not known"
    return f"0; {counted(vessel['stops'], 'stop')} elsewhere" if vessel["stops"] else "0"


def _voyages(result: dict[str, Any]) -> list[list[str]]:
    names = {v["vessel"]: v["name"] or v["vessel"] for v in result["vessels"]}
    return [[names[v["vessel"]], *voyage_cells(v)] for v in result["voyages"]]


def _print_cadence(told: dict[str, Any]) -> None:
    """What was counted first, then the rate of a ship in view, then both month by month."""
    what = told["counted"].capitalize()
    if told["per_ship_month"] is None or told["low"] is None:
        print_line(f"{what}: no rate. {told['reason'] or ''}")
        return
    looked, view = told["calendar_months"], told["ship_months_in_view"]
    if looked < LEAST_MONTHS or view < LEAST_MONTHS:
        print_line(
            f"{what}: {_some(told['expected'])} in {view:.1f} ship-months in view: too little for "
            "a rate a month to be quoted."
        )
        return
    weighed = ", each by its chance of cargo" if told["expected"] < told["events"] - 0.05 else ""
    print_line(
        f"{what}: {_some(told['expected'])} counted{weighed}, {told['seen_per_month']:.1f} a month "
        f"over the {looked:.1f} months in which any ship was in view."
    )
    print_line(
        f"A ship in view: {told['per_ship_month']:.1f} a month ({100 * told['level']:.0f}% "
        f"interval {told['low']:.1f} to {told['high']:.1f}), from {view:.1f} ship-months in view. "
        "What gaps hide, and what was not in view, is in neither figure."
    )
    rows = [_month_cells(month) for month in told["months"]]
    if told["expected"] and len(rows) > 1:
        head = ("month", "counted", "certain to possible", "ship-months in view")
        print_table(f"{what}, by month", head, rows)


def _month_cells(month: dict[str, Any]) -> list[str]:
    """A month in a row; one that nobody looked at holds no nought."""
    if month["expected"] is None:
        return [month["start"][:7], "not looked at", "not known", "none"]
    return [
        month["start"][:7], _some(month["expected"]),
        f"{month['certain']} to {month['possible']}", f"{month['ship_months_in_view']:.2f}",
    ]  # fmt: skip


def _some(number: float) -> str:
    """A sum of chances: whole where they all are certain."""
    return f"{number:.0f}" if abs(number - round(number)) < 0.05 else f"{number:.1f}"
