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
    print_sums,
    voyage_cells,
)

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


def _print(result: dict[str, Any]) -> None:
    print_line(f"{result['fleet']}: {result['found']} of {result['listed']} vessels found")
    for one in result["missing"]:
        print_line(f"not found: {one['vessel']}. {one['reason']}")
    print_table(
        "By vessel",
        ("vessel", "known", "calls", "cargo voyages", "tonnes", "gaps", "ports"),
        [_vessel_cells(vessel) for vessel in result["vessels"]],
    )
    print_table("Voyages", ("vessel", *VOYAGE_COLUMNS), _voyages(result))
    print_table(
        "Ports of call",
        ("port", "country", "foreign", "calls", "vessels"),
        [
            [
                port["name"], port["country_name"] or port["country"] or "unknown",
                {True: "yes", False: "no", None: ""}[port["foreign"]],
                str(port["calls"]), str(port["vessels"]),
            ]
            for port in result["ports"]
        ],
    )  # fmt: skip
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
        span if vessel["known_from"] else "never heard",
        str(vessel["calls_seen"]), str(cargo), interval(vessel["cargo"]["tonnes"]),
        f"{vessel['gaps']}, {said(vessel['gap_h'], 'h', digits=0)}" if vessel["gaps"] else "",
        vessel["foreign_ports"] or "",
    ]  # fmt: skip


def _voyages(result: dict[str, Any]) -> list[list[str]]:
    names = {v["vessel"]: v["name"] or v["vessel"] for v in result["vessels"]}
    return [[names[v["vessel"]], *voyage_cells(v)] for v in result["voyages"]]


def _print_cadence(told: dict[str, Any]) -> None:
    if told["per_month"] is None or told["low"] is None:
        print_line(f"{told['counted'].capitalize()}: no rate. {told['reason'] or ''}")
        return
    if told["months_of_looking"] < LEAST_MONTHS:
        print_line(
            f"{told['counted'].capitalize()}: {told['expected']:.1f} in "
            f"{told['months_of_looking']:.1f} months' worth of time in view: too little for a rate "
            "a month to be quoted."
        )
        return
    least, most = told["in_a_month"]
    print_line(
        f"{told['counted'].capitalize()}: {told['per_month']:.1f} a month "
        f"({100 * told['level']:.0f}% interval {told['low']:.1f} to {told['high']:.1f}); one month "
        f"may hold {least} to {most}. All that were heard at all were in view for "
        f"{told['months_of_looking']:.1f} months' worth of time."
    )
    rows = [
        [
            month["start"][:7], f"{month['expected']:.1f}",
            f"{month['least']} to {month['most']}", f"{month['exposure']:.2f}",
        ]
        for month in told["months"]
    ]  # fmt: skip
    if told["expected"] and len(rows) > 1:
        print_table("By month", ("month", "expected", "from to", "months looked at"), rows)
