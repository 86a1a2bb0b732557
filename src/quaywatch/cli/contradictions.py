"""``quaywatch contradictions``: what cannot all be true of one hull, and what agreed."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from quaywatch.cli.options import AsJson, WorkspaceDir
from quaywatch.cli.output import print_json, print_line, print_table
from quaywatch.evidence.wording import counted


def contradictions(
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", help="two-places, nobody-there, unreachable …; repeatable."),
    ] = None,
    vessel: Annotated[
        str | None, typer.Option(metavar="IMO|MMSI|NAME", help="Of this vessel only.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DAY|TIME", help="That ended then or later.")
    ] = None,
    geojson: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write places and ways to this file.")
    ] = None,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Broadcasts, images and berths that one hull cannot have made, and what explains it."""
    from quaywatch.evidence.interval import TimeInterval
    from quaywatch.stores.files import land_bytes
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.contradictions_shown import (
        contradictions_geojson,
        contradictions_json,
    )
    from quaywatch.workflows.names import subject_of

    with Workspace.open(workspace) as opened:
        result = contradictions_json(
            opened,
            kinds=tuple(kind or ()),
            subject=None if vessel is None else subject_of(opened, vessel),
            since=None if since is None else TimeInterval.parse(since).start,
        )
    if geojson is not None:
        land_bytes(json.dumps(contradictions_geojson(result)).encode(), geojson)
    if as_json:
        print_json(result)
        return
    _say(result)
    if geojson is not None:
        print_line(f"Places and ways written to {geojson}.")


def _say(result: dict[str, Any]) -> None:
    if result["reason"]:
        print_line(f"Nothing to list: {result['reason']}.")
        return
    listed = result["contradictions"]
    print_table(
        f"What cannot all be true of one hull, {len(listed)}",
        ("ship", "kind", "when", "measured", "what explains it"),
        [_row(one) for one in listed],
    )
    told = [f"{name} {count:,}" for name, count in result["controls"].items()]
    print_line(f"Checks that could have contradicted: {'; '.join(told) or 'none'}.")
    concluded = sum(one["concluded"] is not None for one in listed)
    if listed:
        print_line(
            f"Of {counted(len(listed), 'contradiction')}, {concluded} with one explanation that "
            "holds under two of three sets of priors. A contradiction is no verdict on a ship."
        )


def _row(one: dict[str, Any]) -> list[str]:
    return [
        str(one["ship"]),
        str(one["kind"]),
        str(one["start"] or "")[:16],
        _measured(one),
        str(one["conclusion"]),
    ]


def _measured(one: dict[str, Any]) -> str:
    if one["required_speed_kn"] is not None:
        speed = f"at least {one['required_speed_kn']:,.0f} kn needed"
        return f"{speed}, or clocks off by at least {one['clock_slack_h']:.1f} h"
    if one["lr"] is not None:
        return f"{one['lr']:.3g} to 1"
    return ""
