"""``quaywatch site S …``: tables, charts and film of one site."""

from pathlib import Path
from typing import Annotated, Any

import typer

from quaywatch.cli.options import AsJson, WorkspaceDir
from quaywatch.cli.output import day_or_minute, print_json, print_line, print_table
from quaywatch.errors import NotYetError

app = typer.Typer(
    help="A site: its looks, stock, activity, calendars and film.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def site(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="S", help="Id of the site.")],
) -> None:
    """A site: its looks, stock, activity, calendars and film."""
    context.obj = name


@app.command()
def looks(
    context: typer.Context,
    pictures: Annotated[
        Path | None, typer.Option(help="Folder for a PNG of each look, hulls and berths drawn.")
    ] = None,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """What each look shows of its berths."""
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.looks import draw_looks, looks_json

    name = str(context.obj)
    with Workspace.open(workspace) as opened:
        result = looks_json(opened, name)
        drawn = draw_looks(opened, name, pictures) if pictures is not None else []
    if as_json:
        print_json({**result, "pictures": [str(path) for path in drawn]})
        return
    print_line(f"{result['name']}, looks: {len(result['looks'])}")
    for look in result["looks"]:
        when = day_or_minute(look["captured"], look["captured_end"])
        rows = [[berth["name"], berth["state"], _why(berth)] for berth in look["berths"]]
        print_table(f"{when}, {look['sensor']}, {look['scene']}", ("berth", "state", ""), rows)
    for path in drawn:
        print_line(f"drawn: {path}")


def _why(berth: dict[str, Any]) -> str:
    if berth["state"] == "unknown":
        return str(berth["reason"])
    chance = f"P {berth['p_occupied']:.2f}" if berth["p_occupied"] is not None else ""
    lengths = ", ".join(f"{length:.0f} m" for length in berth["lengths_m"])
    return "  ".join(part for part in (chance, lengths) if part)


@app.command()
def stock(
    context: typer.Context, workspace: WorkspaceDir = Path(), as_json: AsJson = False
) -> None:
    """What lies on its yards, look by look (not in this version)."""
    del workspace, as_json
    _not_yet(context, "stock")


@app.command()
def activity(
    context: typer.Context, workspace: WorkspaceDir = Path(), as_json: AsJson = False
) -> None:
    """How many ships called, corrected for the looks there were (not in this version)."""
    del workspace, as_json
    _not_yet(context, "activity")


@app.command()
def compare(
    context: typer.Context, workspace: WorkspaceDir = Path(), as_json: AsJson = False
) -> None:
    """Two seasons held against each other (not in this version)."""
    del workspace, as_json
    _not_yet(context, "compare")


@app.command()
def timelapse(
    context: typer.Context, workspace: WorkspaceDir = Path(), as_json: AsJson = False
) -> None:
    """Its looks as a film (not in this version)."""
    del workspace, as_json
    _not_yet(context, "timelapse")


def _not_yet(context: typer.Context, view: str) -> None:
    name = str(context.obj)
    raise NotYetError(
        what=f"quaywatch site {name} {view}", instead=f"`quaywatch site {name} looks` is."
    )
