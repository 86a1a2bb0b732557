"""``quaywatch site S activity`` and ``compare``: how busy its berths were, and when more so."""

import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from quaywatch.cli.options import AsJson, WorkspaceDir
from quaywatch.cli.output import print_json, print_line, print_table

Berths = Annotated[
    list[str] | None, typer.Option("--berth", help="One berth by its id; again for more.")
]
Out = Annotated[
    Path | None, typer.Option(help="Write .csv, .geojson, .parquet (GeoParquet), .png or .svg.")
]
CODES = {"fewer": "fewer", "more": "more", "no-change-told": "no change told"}


def activity(
    context: typer.Context,
    berth: Berths = None,
    since: Annotated[
        str | None, typer.Option("--from", help="First day, month (2017-08) or year.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", help="Last day, month or year, included.")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(help="An earlier time whose rate a silence is held against, as 2017-H1."),
    ] = None,
    out: Out = None,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """How many ships called, seen and unseen, with intervals, and what no look could show."""
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.activity_cautions import ais_line
    from quaywatch.workflows.activity_shown import site_activity

    with Workspace.open(workspace) as opened:
        result = site_activity(
            opened, str(context.obj), now=datetime.now(UTC), berths=berth or (), since=since,
            until=until, against=against, out=out,
        )  # fmt: skip
    if as_json:
        print_json(result)
        return
    _simulated(result)
    for sentence in result["sentences"]:
        print_line(sentence)
    print_line(ais_line(result["ais"]))
    columns = ("", "looks", "could tell", "stays seen", "calls made (90%; none seen: 95%)")
    if result["months"]:
        rows = [[month["month"], *_figures(month)] for month in result["months"]]
        maybe = ("", "looks", "could tell", "stays seen that may have begun then", columns[-1])
        print_table("Each month by itself; a stay may stand in two", maybe, rows)
    if result["by_berth"]:
        rows = [[one["berth"], *_figures(one)] for one in result["by_berth"]]
        print_table("Each berth by itself", columns, rows)
    print_line("To be printed with it:")
    for caution in result["cautions"]:
        print_line(f"- {caution}", dim=True)
    _files(result)


def _figures(found: dict[str, Any]) -> list[str]:
    """Looks, usable looks, calls seen and calls made, as a reader wants them."""
    return [str(found["looks"]), str(found["usable"]), str(found["calls_seen"]), _made(found)]


def _made(found: dict[str, Any]) -> str:
    """The calls made, as an interval and its middle; where nothing is known, that."""
    calls, most = found["calls"], found["calls_not_excluded"]
    if not found["calls_seen"]:
        return "any number" if most is None else f"up to {math.floor(most)} not excluded"
    held = next((i for i in calls["intervals"] if i["mass"] == 0.9), None)
    if held is None or calls["median"] is None:
        return "cannot be told"
    return f"{held['low']:.0f} to {held['high']:.0f}, middle {calls['median']:.0f}"


def compare(
    context: typer.Context,
    periods: Annotated[
        list[str],
        typer.Argument(
            metavar="PERIOD...", help="Two or more: 2017, 2017-08, 2017-H1, 2017-Q3, start/end."
        ),
    ],
    berth: Berths = None,
    wholes: Annotated[
        bool, typer.Option("--wholes", help="As wholes, not month against same month.")
    ] = False,
    out: Out = None,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Whether fewer ships called in one period than in another, or that it cannot be told."""
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.activity_compare_shown import site_compare

    with Workspace.open(workspace) as opened:
        result = site_compare(
            opened, str(context.obj), periods, now=datetime.now(UTC), berths=berth or (),
            matched=not wholes, out=out,
        )  # fmt: skip
    if as_json:
        print_json(result)
        return
    _simulated(result)
    rows = []
    for one in result["comparisons"]:
        earlier, later = one["earlier"], one["later"]
        rows.append(
            [
                f"{later['label']} against {earlier['label']}",
                f"{later['looks']} against {earlier['looks']}",
                f"{later['calls_seen']:.0f} against {earlier['calls_seen']:.0f}",
                *_told(one),
            ]
        )
    columns = ("", "usable looks", "stays seen", "ratio (90%)", "")
    print_table(f"{result['name']}, periods compared", columns, rows)
    for one in result["comparisons"]:
        print_line(one["statement"])
        if one["refusal"] is not None:
            print_line(f"What would carry it ({one['refusal']['code']}): {one['remedy']}")
    print_line("To be printed with it:")
    for caution in result["cautions"]:
        print_line(f"- {caution}", dim=True)
    _files(result)


def _told(one: dict[str, Any]) -> list[str]:
    """The ratio and the verdict; a refusal has neither."""
    ratio = one["ratio"]
    if ratio is None:
        return ["", f"not compared ({one['refusal']['code']})"]
    return [
        f"{ratio['median']:.2f} ({ratio['low']:.2f} to {ratio['high']:.2f})",
        CODES[one["verdict"]],
    ]


def _simulated(result: dict[str, Any]) -> None:
    """Above all figures of an invented world, so that none is quoted as a port's."""
    if result["simulated"]:
        print_line("SIMULATED: invented ships and images; no figure here is of a real port.")


def _files(result: dict[str, Any]) -> None:
    for path in result["files"]:
        print_line(f"written: {path}")
