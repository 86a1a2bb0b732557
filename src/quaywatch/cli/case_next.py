"""``quaywatch case next``: which image would move a case's hypotheses most."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from quaywatch.cli.options import AsJson, WorkspaceDir
from quaywatch.cli.output import print_json, print_line, print_table

SHOWN_FROM = 0.005
"""Change of the log-odds from which a look is printed: a table of zeros tells nobody anything."""


def next_look(
    case_id: Annotated[str, typer.Argument(metavar="ID", help="Of the case.")],
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Which image to look at next: site, day and sensor that would move the odds most."""
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.case import next_looks

    with Workspace.open(workspace) as opened:
        found = next_looks(opened, case_id, today=datetime.now(UTC).date())
    if as_json:
        print_json({"case": case_id, "hypotheses": found})
        return
    if not found:
        print_line(f"Case {case_id} asks no hypothesis: add [[hypothesis]] to its case.toml.")
    moved = False
    for one in found:
        print_line(f"{one['statement']} ({100 * one['probability']:.0f}% as things stand)")
        if one["refused"] is not None:
            print_line(f"  {one['refused']}")
            continue
        telling = [look for look in one["looks"] if look["shift"] >= SHOWN_FROM]
        if not telling:
            print_line(f"  None of {one['considered']:,} looks would move it to speak of.")
            continue
        print_table(
            f"{len(telling)} of {one['considered']:,} looks, the most telling first",
            ("day", "UTC", "of", "sensor", "pixels", "clear", "moves by", "what it would show"),
            [_row(look) for look in telling],
        )
        moved = True
    if moved:
        print_line("“Moves by”: the change of the log-odds to expect, weather included.")


def _row(look: dict[str, Any]) -> tuple[str, ...]:
    low, middle, high = (100 * p for p in look["p_clear"])
    hours = look["hour_utc"]
    return (
        f"{look['day']}, {look['how']}",
        f"{int(hours):02d}:{int(hours % 1 * 60):02d}",
        str(look["where"]),
        str(look["name"]),
        f"{look['gsd_m']:g} m",
        f"{middle:.0f}% ({low:.0f} to {high:.0f})",
        f"{look['shift']:.2f} ({look['shift_low']:.2f} to {look['shift_high']:.2f})",
        "; ".join(f"{o['shows']}: {100 * o['after']:.0f}%" for o in look["outcomes"]),
    )
