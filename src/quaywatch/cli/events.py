"""``quaywatch events``: what follows from the AIS here, as known now or at any earlier moment."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from quaywatch.cli.options import AsJson, WorkspaceDir
from quaywatch.cli.output import print_json, print_line, print_table, said
from quaywatch.errors import ArgumentError

SHOWN = 200
"""Rows that a terminal is given; ``--json`` gives all."""


def events(
    kind: Annotated[
        list[str] | None, typer.Option("--kind", help="gap, port-call, encounter …; repeatable.")
    ] = None,
    vessel: Annotated[
        str | None, typer.Option(metavar="IMO|MMSI|NAME", help="Of this vessel only.")
    ] = None,
    as_known: Annotated[
        str | None, typer.Option(metavar="TIME", help="As this workspace knew it at that instant.")
    ] = None,
    history: Annotated[
        bool, typer.Option("--history", help="Every version, with since when and until when.")
    ] = False,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Gaps, calls, encounters and tests of the AIS, each with its working."""
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.events import events_json
    from quaywatch.workflows.names import subject_of

    if history and as_known is not None:
        fact, remedy = "--history shows every moment", "Leave one of the two out."
        raise ArgumentError(flag="--as-known", fact=fact, remedy=remedy)
    with Workspace.open(workspace) as opened:
        result = events_json(
            opened,
            subject=None if vessel is None else subject_of(opened, vessel),
            kinds=kind or (),
            as_of=None if as_known is None else _instant(as_known),
            history=history,
        )
    if as_json:
        print_json(result)
        return
    if result["reason"]:
        print_line(f"Nothing to list: {result['reason']}.")
        return
    rows = [_row(event, history=history) for event in result["events"][:SHOWN]]
    columns = ("kind", "MMSI", "from", "to", "verdict", "measured", "n")
    title = f"Events known {result['known_at'][:16]} UTC, {len(result['events']):,}"
    print_table(title, (*columns, "known") if history else columns, rows)
    if len(result["events"]) > SHOWN:
        print_line(f"The first {SHOWN} of {len(result['events']):,}: narrow it, or take --json.")


def _row(event: dict[str, Any], *, history: bool) -> list[str]:
    measured = said(event["statistic"], event["unit"] or "", digits=2)
    verdict = event["verdict"] or ""
    if event["applicable"] is False:
        verdict, measured = "not judged", event["reason"] or ""
    row = [
        f"{event['kind']}: {event['test']}" if event["test"] else event["kind"],
        f"{event['mmsi']:09d}" if event["mmsi"] is not None else "",
        (event["start"] or "")[:16],
        (event["end"] or "")[:16],
        verdict,
        measured if event["statistic"] is not None or event["applicable"] is False else "",
        "" if event["n"] is None else f"{event['n']:,}",
    ]
    if history:
        until = event["known_until"]
        row.append(f"{event['known_at'][:16]} to {until[:16] if until else 'now'}")
    return row


def _instant(text: str) -> datetime:
    from quaywatch.evidence.interval import TimeInterval

    return TimeInterval.parse(text).end
