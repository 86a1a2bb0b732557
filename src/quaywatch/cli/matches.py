"""``quaywatch site S matches``: who the hulls of its scenes are, by AIS."""

from pathlib import Path
from typing import Annotated, Any

import typer

from quaywatch.cli.options import AsJson, WorkspaceDir
from quaywatch.cli.output import day_or_minute, print_json, print_line, print_table, said


def matches(
    context: typer.Context,
    pictures: Annotated[
        Path | None, typer.Option(help="Folder for a PNG of each scene, hulls and names drawn.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Scenes without a hull or a ship expected, too.")
    ] = False,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Who the hulls of its scenes are, by AIS: matched, ambiguous, dark, or not to be said."""
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.match_shown import draw_matches, matches_json

    name = str(context.obj)
    with Workspace.open(workspace) as opened:
        result = matches_json(opened, name)
        drawn = [] if pictures is None else draw_matches(opened, name, pictures)
    if as_json:
        print_json({**result, "pictures": [str(path) for path in drawn]})
        return
    scenes = result["scenes"]
    print_line(f"{name}, scenes matched with AIS: {len(scenes)}")
    if not scenes:
        print_line("Run `quaywatch watch` after scenes and AIS have been entered.", dim=True)
    quiet = 0
    for one in scenes:
        match = one["match"]
        if match is not None and not (match["hulls"] or match["ships"]) and not every:
            quiet += 1
            continue
        _print_scene(one, result["names"])
    if quiet:
        print_line(f"{quiet} scenes show no hull, and no ship was expected there.", dim=True)
    for path in drawn:
        print_line(f"drawn: {path}")


def _print_scene(one: dict[str, Any], names: dict[str, str | None]) -> None:
    match = one["match"]
    if match is None:
        print_line(f"{one['scene']}: {one['reason']}.")
        return
    when = day_or_minute(match["captured_start"], match["captured_end"])
    rows = [
        [hull["id"], f"{hull['length_m']:.0f} m", hull["verdict"], _candidates(hull, names),
         _chance(hull["p_dark"]), hull["reason"]]
        for hull in match["hulls"]
    ]  # fmt: skip
    columns = ("hull", "long", "verdict", "ships heard, by chance", "P dark", "why")
    print_table(f"{when}, {match['sensor']}, {one['scene']}", columns, rows)
    missed = [ship for ship in match["ships"] if ship["p_missed"] >= 0.5]
    for ship in missed:
        print_line(
            f"Expected, not found: {_who(ship['mmsi'], names)}, "
            f"P in frame {_chance(ship['p_in_frame'])}, found if there "
            f"{_chance(ship['p_detect'])}, last heard {said(ship['minutes_from_fix'], 'min')} away."
        )
    for message in match["messages"]:
        print_line(message, dim=True)


def _candidates(hull: dict[str, Any], names: dict[str, str | None]) -> str:
    told = [
        f"{_who(c['mmsi'], names)} {_chance(c['p'])} ({said(c['distance_m'], 'm', digits=0)}, "
        f"{said(c['minutes_from_fix'], 'min')})"
        for c in hull["candidates"][:3]
    ]
    return "; ".join(told) or "none"


def _chance(p: float | None) -> str:
    """Never above 99%."""
    return "unknown" if p is None else f"{min(p, 0.99):.2f}"


def _who(mmsi: int, names: dict[str, str | None]) -> str:
    number = f"{mmsi:09d}"
    name = names.get(number)
    return number if name is None else f"{name} ({number})"
