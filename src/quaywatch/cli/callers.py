"""``quaywatch site S callers``: which ship lay at which berth, and how sure that is."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from quaywatch.cli.options import AsJson, WorkspaceDir
from quaywatch.cli.output import print_json, print_line, print_table, progress
from quaywatch.evidence.wording import counted

NAMED_AT_MOST = 8
"""Ships without a picture that are told by number; the others are counted."""
TOLD_FROM = 0.03
"""Ships with less are left to --json."""


def callers(
    context: typer.Context,
    berth: Annotated[
        list[str] | None, typer.Option("--berth", help="One berth by its id; again for more.")
    ] = None,
    since: Annotated[str | None, typer.Option("--from", help="First day, month or year.")] = None,
    until: Annotated[
        str | None, typer.Option("--to", help="Last day, month or year, included.")
    ] = None,
    compare: Annotated[
        bool,
        typer.Option("--compare", help="First compare hulls with known pictures of the ships."),
    ] = False,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Which ship each hull at a berth may be, of all that were heard, or none of them."""
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.callers_compared import compare_callers
    from quaywatch.workflows.callers_shown import callers_json

    with Workspace.open(workspace) as opened, progress(quiet=as_json) as report:
        compared = None
        if compare:
            compared = compare_callers(
                opened, str(context.obj), now=datetime.now(UTC), berths=berth or (), since=since,
                until=until, report=report,
            )  # fmt: skip
        result = callers_json(
            opened, str(context.obj), now=datetime.now(UTC), berths=berth or (), since=since,
            until=until, report=report,
        )  # fmt: skip
    if as_json:
        print_json({**result, "compared": compared})
        return
    if result["simulated"]:
        print_line("SIMULATED: no real ship, no real event.")
    columns = ("berth", "seen", "length", "who", "odds", "or else", "none of them")
    print_table(f"Who lay at {result['site']}", columns, [_row(stay) for stay in result["stays"]])
    for note in (*_compared(compared), *result["notes"]):
        print_line(note)


def _compared(told: dict[str, Any] | None) -> list[str]:
    """What was compared, and whom no picture could speak for or against."""
    if told is None:
        return []
    pairs, elsewhere = told["compared"], told["compared_elsewhere"]
    notes = [
        (
            f"{counted(told['hulls'], 'hull')} that no broadcast accounts for compared with known "
            f"pictures in {counted(pairs, 'pair')}; {counted(elsewhere, 'hull')} where broadcasts "
            "put a ship compared with pictures of it."
        )
    ]
    unread = len(told["unread"])
    if unread:
        notes.append(f"{counted(unread, 'pair')} could not be compared; --json says why.")
    missing = told["without_picture"]
    if missing:
        named = ", ".join(missing[:NAMED_AT_MOST])
        more = len(missing) - NAMED_AT_MOST
        rest = f" and {more} more" if more > 0 else ""
        notes.append(
            f"Of a size that fits or is not known, and never pictured alone at a berth: {named}"
            f"{rest}. Pictures speak neither for nor against them."
        )
    return notes


def _row(stay: dict[str, Any]) -> list[str]:
    first, last = (datetime.fromisoformat(stay[end]) for end in ("first_seen", "last_seen"))
    looks = "" if stay["looks"] == 1 else f" to {last:%d %b}, {stay['looks']} looks"
    length = "?" if stay["length_m"] is None else f"{stay['length_m']:.0f} m"
    weighed: list[dict[str, Any]] = stay["candidates"]
    named = [one for one in weighed if one["subject"] == stay["named"]]
    rest = [one for one in weighed if one not in named and one["p"] >= TOLD_FROM][:2]
    return [
        stay["berth"],
        f"{first:%Y-%m-%d %H:%M}{looks}",
        length,
        stay["name"] or stay["named"] or "not named",
        "".join(_odds(one) for one in named),
        "; ".join(f"{one['name'] or one['subject']} {_odds(one)}" for one in rest),
        _percent(stay["p_unlisted"]),
    ]


def _odds(one: dict[str, Any]) -> str:
    return f"{_percent(one['p'])} ({_percent(one['p_low'])}-{_percent(one['p_high'])})"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"
