"""``quaywatch check``: one question, one answer, with its working."""

from pathlib import Path
from typing import Annotated, Any

import typer

from quaywatch.cli.options import AsJson, WorkspaceDir
from quaywatch.cli.output import print_json, print_pairs, said

app = typer.Typer(
    help="One question, one answer, with its working.", no_args_is_help=True, rich_markup_mode=None
)
WHEN = "at=…,lon=…,lat=…"


@app.command("two-places")
def two_places(
    broadcast: Annotated[str, typer.Option(metavar=WHEN, help="Where the ship said it was.")],
    sighting: Annotated[str, typer.Option(metavar=WHEN, help="Where an image shows it.")],
    max_speed_kn: Annotated[
        float | None, typer.Option(help="Top speed of this hull, where it is known.")
    ] = None,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Could one hull have made the broadcast and been in the image?"""
    from quaywatch.cli.arguments import when
    from quaywatch.workflows.two_places import check_two_places
    from quaywatch.workflows.water import water_router

    said_there = when(broadcast, flag="--broadcast")
    seen_there = when(sighting, flag="--sighting")
    with water_router(workspace) as (router, _):
        answer = check_two_places(
            said_there.position,
            said_there.time,
            seen_there.position,
            seen_there.time,
            router.distance,
            max_speed_kn=max_speed_kn,
        )
    if as_json:
        print_json(answer)
        return
    print_pairs(
        f"Two places: {answer['verdict'].replace('-', ' ')}",
        [
            ("great circle", said(answer["great_circle_nm"], "nm")),
            ("by water", said(answer["water_nm"], "nm")),
            ("by water, at least", said(answer["lower_bound_nm"], "nm")),
            ("time between", said(answer["separation_h"], "h", digits=2)),
            ("speed needed by water", said(answer["required_speed_kn"], "kn")),
            ("at least", said(answer["required_speed_at_least_kn"], "kn")),
            ("in a straight line", said(answer["required_speed_straight_kn"], "kn")),
            ("P(feasible)", said(answer["p_feasible"], digits=4)),
            ("clocks wrong by", said(answer["clock_slack_h"], "h")),
        ],
    )
    _say(answer)


@app.command()
def presence(
    broadcast: Annotated[
        str, typer.Option(metavar=WHEN, help="Also sog_kn, cog_deg and length_m, if known.")
    ],
    scene: Annotated[list[str], typer.Option(help="Id of a scene here, or a file (or files).")],
    moored: Annotated[bool, typer.Option(help="The ship said that it lay still.")] = False,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Is there a hull where the broadcast puts the ship, and would we have seen it?"""
    from quaywatch.cli.arguments import when
    from quaywatch.workflows.presence import check_presence
    from quaywatch.workflows.scenes import find_scene

    given = when(broadcast, flag="--broadcast", extra=("sog_kn", "cog_deg", "length_m"))
    answer = check_presence(
        given.position,
        given.time,
        find_scene(workspace, scene),
        sog_kn=given.extra.get("sog_kn"),
        cog_deg=given.extra.get("cog_deg"),
        length_m=given.extra.get("length_m"),
        moored=moored,
    )
    if as_json:
        print_json(answer)
        return
    p_seen = answer["p_would_have_seen"]
    print_pairs(
        f"Presence: {answer['verdict'].replace('-', ' ')}",
        [
            ("search radius", said(answer["search_radius_m"], "m", digits=0)),
            ("clear share", said(100 * answer["clear_fraction"], "%", digits=0)),
            ("hulls there", str(answer["hulls_in_disc"])),
            ("P(would have seen it)", said(p_seen, digits=2)),
            ("likelihood ratio", said(answer["lr"], digits=2)),
        ],
    )
    _say(answer)


@app.command()
def reach(
    before: Annotated[str, typer.Option(metavar=WHEN, help="Last position before the gap.")],
    after: Annotated[str, typer.Option(metavar=WHEN, help="First position after it.")],
    port: Annotated[str, typer.Option(metavar="lon=…,lat=…", help="The port in question.")],
    lock_h: Annotated[float, typer.Option(help="Hours that locks add, both ways together.")] = 0.0,
    max_speed_kn: Annotated[float, typer.Option(help="Highest sustained speed.")] = 15.0,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Does a gap leave time to call at a port?"""
    from quaywatch.cli.arguments import position, when
    from quaywatch.workflows.reach import check_reach
    from quaywatch.workflows.water import water_router

    last, first = when(before, flag="--before"), when(after, flag="--after")
    with water_router(workspace) as (router, _):
        answer = check_reach(
            (last.position, last.time),
            (first.position, first.time),
            position(port, flag="--port"),
            router.distance,
            lock_h=lock_h,
            ceiling_kn=max_speed_kn,
        )
    if as_json:
        print_json(answer)
        return
    print_pairs(
        f"Reach: {answer['verdict'].replace('-', ' ')}",
        [
            ("gap", said(answer["gap_h"], "h")),
            ("there and back, by water", said(answer["detour_nm"], "nm")),
            ("to spare at 12 kn", said(answer["slack_h"], "h")),
            ("to spare at most", said(answer["slack_at_ceiling_h"], "h")),
        ],
    )
    _say(answer)


def _say(answer: dict[str, Any]) -> None:
    for message in answer["messages"]:
        typer.echo(message)
    for assumption in answer.get("assumptions", ()):
        typer.echo(f"  assumes: {assumption}")
