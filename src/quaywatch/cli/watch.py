"""``quaywatch watch``: everything new, from scenes and reports to claims, and what was left out."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from quaywatch.cli.options import AsJson, WorkspaceDir
from quaywatch.cli.output import print_json, print_line, print_table, print_warning, progress
from quaywatch.evidence.wording import counted


def watch(
    site: Annotated[str | None, typer.Option(help="One site only.")] = None,
    new_reference: Annotated[
        bool,
        typer.Option(
            "--new-reference", help="Choose the reference of --site anew; look at it all again."
        ),
    ] = False,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Take everything new through looks, gaps and checks to claims; a second run adds nothing."""
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.watch import watch_workspace

    with Workspace.open(workspace) as opened, progress(quiet=as_json) as report:
        result = watch_workspace(
            opened, site=site, new_reference=new_reference, now=datetime.now(UTC), report=report
        )
    if as_json:
        print_json(result)
        return
    _say_watched(result)
    print_table(
        "What contradicts",
        ("ship", "check", "verdict", "when"),
        [[c["subject"], c["check"], c["verdict"], c["at"]] for c in result["contradictions"]],
    )
    print_line(cannot_all_be_true(result))


def cannot_all_be_true(result: dict[str, Any]) -> str:
    """How much contradicts, of how many ships, and what was found to agree beside it.

    Examples:
        >>> cannot_all_be_true({"cannot_all_be_true": [], "controls": {"sighting: agreed": 2}})
        '0 contradictions weighed. Agreed: sighting 2.'

    """
    odd = result["cannot_all_be_true"]
    ships = counted(len({one["subject"] for one in odd}), "ship")
    weighed = counted(len(odd), "contradiction")
    told = (
        f"{weighed} of {ships} weighed: see 'quaywatch contradictions'."
        if odd
        else f"{weighed} weighed."
    )
    agreed = [
        f"{name.partition(':')[0]} {count:,}"
        for name, count in result["controls"].items()
        if name.endswith(": agreed") and count
    ]
    return f"{told} Agreed: {', '.join(agreed) or 'nothing that was compared'}."


def _say_watched(result: dict[str, Any]) -> None:
    """What was looked at, and what was not: a port that nothing shows is not a quiet one."""
    print_line(
        f"{counted(result['looks'], 'new look')} with "
        f"{counted(result['berth_states'], 'berth state')}."
    )
    if result["ais"]:
        print_line(
            f"In all {counted(result['gaps'], 'gap')} in the AIS, "
            f"{counted(result['two_places'], 'two-places check')} and "
            f"{counted(result['presence'], 'presence check')}."
        )
    else:
        print_line("No AIS was entered: nothing is said of what ships broadcast.")
    print_line(f"{counted(result['new_records'], 'record')} new to the ledger.")
    for told in _unmet(result):
        print_warning(told)


def _unmet(result: dict[str, Any]) -> list[str]:
    """Sentences on scenes and sites that do not meet, and on sites that share a quay."""
    told = [
        f"Scene {scene} was read by an older version and no longer can be: {why}"
        for scene, why in sorted(result["scenes_refused"].items())
    ]
    if result["scenes_renewed"]:
        told.append(f"{counted(result['scenes_renewed'], 'scene')} of an older version read anew.")
    if not result["sites"]:
        told.append("No site is drawn in sites/: no berth was looked at.")
    if not result["scenes"]:
        told.append("No scene was entered: no site was looked at. See 'ingest imagery'.")
    off = [str(subject).partition(":")[2] for subject in result["scenes_off_sites"]]
    if off and result["sites"]:
        lie, tell = ("lies", "tells") if len(off) == 1 else ("lie", "tell")
        named = ", ".join(off[:3]) + (f" and {len(off) - 3} more" if len(off) > 3 else "")
        told.append(f"{counted(len(off), 'scene')} {lie} on no site and {tell} nothing: {named}.")
    told += [
        f"Site {site['site']}: no scene shows it; the nearest is {site['nearest_km']:,.0f} km "
        "away. Coordinates are longitude first, then latitude."
        for site in result["sites_off_scenes"]
        if site["nearest_km"] is not None
    ]
    told += [
        f"{one} and {other} are one quay drawn twice: do not add their counts."
        for one, other in result["berths_shared"]
    ]
    return told
