"""``quaywatch who TEXT`` and ``quaywatch network V``: who is meant, and to whom it is tied."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from quaywatch.cli.options import AsJson, WorkspaceDir
from quaywatch.cli.output import print_json, print_line, print_pairs, print_table

_KIND = {"Vessel": "", "Thing": " (a ship or a company: the source does not say)"}
_WEAK = {
    "linked": "a link that the list does not explain",
    "same-name": "one name in two sources",
    "same-address": "one address",
    "charterer": "a charter",
}


def who(
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="A name, an IMO number, an MMSI or a call sign.")
    ],
    lists: Annotated[
        list[str] | None,
        typer.Option("--list", metavar="PART", help="Only lists whose name holds this; repeat it."),
    ] = None,
    imo: Annotated[str | None, typer.Option(help="Hold this IMO number against each.")] = None,
    mmsi: Annotated[str | None, typer.Option(help="Hold this MMSI against each.")] = None,
    callsign: Annotated[str | None, typer.Option(help="Hold this call sign against each.")] = None,
    flag: Annotated[str | None, typer.Option(help="Hold this flag against each.")] = None,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Who may be meant, in every register, list, report and broadcast here, and why."""
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.who import who_json

    given = {"imo": imo, "mmsi": mmsi, "callsign": callsign, "flag": flag}
    held = {what: value for what, value in given.items() if value}
    with Workspace.open(workspace) as opened:
        result = who_json(opened, text, lists=lists or (), held=held)
    if as_json:
        print_json(result)
        return
    marks = _marks(result["searched"])
    if result["read_as"]["caution"]:
        print_line(result["read_as"]["caution"])
    print_table(
        f"Who {text!r} may be",
        (
            "subject",
            "names",
            "why",
            "numbers",
            "flag",
            "listed",
            *(["held against"] if held else []),
        ),
        [_cells(row, marks, held=bool(held)) for row in result["candidates"]],
    )
    if result["left_out"]:
        print_line(f"{result['left_out']} less likely ones are left out.", dim=True)
    for note in result["notes"]:
        print_line(note)
    for row in result["candidates"]:
        for sentence in (row["flags"] or {}).get("sentences", []):
            print_line(f"{row['subject']}: {sentence}")
    _print_searched(result["searched"], marked=True)


def _marks(searched: list[dict[str, Any]]) -> dict[str, str]:
    """A number for each list: its name and day in every cell would be all that one reads."""
    return {
        f"{one['list']} of {one['day'] or 'a day not known'}": f"[{k}]"
        for k, one in enumerate(searched, start=1)
    }


def _marked(said: str, marks: dict[str, str]) -> str:
    """Who says it, by the number of the list where it has one."""
    for name, mark in marks.items():
        if said.startswith(name):
            return f"{mark}{said.removeprefix(name)}"
    return said


def _cells(row: dict[str, Any], marks: dict[str, str], *, held: bool) -> list[str]:
    numbers = [f"{kind} {', '.join(found)}" for kind, found in sorted(row["numbers"].items())]
    flags = row["flags"] or {"statements": [], "standing": ""}
    # A former flag beside the present ones would read as one that she flies.
    stated, former = (
        dict.fromkeys(
            one["country"] or one["printed"]
            for one in flags["statements"]
            if (one["kind"] == "former") is was
        )
        for was in (False, True)
    )
    now = f"{', '.join(map(str, stated))} ({flags['standing']})" if stated else "not stated"
    cells = [
        row["subject"] + _KIND.get(row["schema"], " (a company)"),
        "; ".join(list(row["names"])[:4]) or "–",
        "; ".join(_why(reason, marks) for reason in row["reasons"][:3]),
        "; ".join(numbers) or "–",
        f"{now}; formerly {', '.join(map(str, former))}" if former else now,
        # One snapshot of a list may come in several files.
        _listings(row, marks) or "on no list searched",
    ]
    if held:
        cells.append("; ".join(_check(check) for check in row["checks"]))
    return cells


def _listings(row: dict[str, Any], marks: dict[str, str]) -> str:
    told = list(dict.fromkeys(_listed(one, marks) for one in row["listings"]))
    more = f"; and {len(told) - 3} more" if len(told) > 3 else ""
    return "; ".join(told[:3]) + more


def _why(reason: dict[str, Any], marks: dict[str, str]) -> str:
    said = ", ".join(_marked(one, marks) for one in reason["said"][:2])
    if reason["ratio"] is None:
        return f"{reason['what']} {reason['text']} ({said})"
    return f"{reason['text']}: {reason['because']}, ratio {reason['ratio']:,.0f} ({said})"


def _listed(one: dict[str, Any], marks: dict[str, str]) -> str:
    gone = f", delisted {one['delisted_on']}" if one["delisted_on"] else ""
    day = one["listed_on"] or "day not printed"
    return f"{one['authority']} {day}{gone} {_marked(one['said'], marks)}"


def _check(check: dict[str, Any]) -> str:
    if check["stands"] == "disagrees":
        return f"{check['what']} disagrees: {', '.join(check['stated'])}"
    return f"{check['what']} {check['stands']}"


def _print_searched(searched: list[dict[str, Any]], *, marked: bool = False) -> None:
    where = [
        f"{f'[{k}] ' if marked else ''}{one['list']} ({one['day'] or 'day not known'})"
        for k, one in enumerate(searched, start=1)
    ]
    print_line(f"Searched: {'; '.join(where) or 'nothing is here to search'}.", dim=True)


def network(
    vessel: Annotated[
        str, typer.Argument(metavar="V", help="An IMO number, an MMSI or a name here.")
    ],
    depth: Annotated[int, typer.Option(min=1, max=6, help="Most steps of a way.")] = 3,
    out: Annotated[
        list[Path] | None,
        typer.Option(help="Write the graph: .ftm.json, .graphml, .svg or .png; repeat it."),
    ] = None,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """To whom a ship is tied, and every shortest way from it to a listed party."""
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.network import network_json

    with Workspace.open(workspace) as opened:
        result = network_json(opened, vessel, now=datetime.now(UTC), depth=depth, out=out or ())
    if as_json:
        print_json(result)
        return
    name = result["name"] or result["subject"]
    print_pairs(name, [("listed", result["listed"] or "no list or report here names it")])
    print_table(
        "Ties of its own",
        ("role", "party", "since", "until", "as of", "who says so"),
        # Several files of one list may say the same.
        [
            list(row)
            for row in dict.fromkeys(_tie(one, result["subject"]) for one in result["ties"])
        ],
    )
    print_table(
        f"Ways to listed parties, up to {depth} steps",
        ("steps", "way", "at one time", "weak"),
        [_way(row) for row in result["paths"]],
    )
    if not result["paths"]:
        print_line(
            "No way to a listed party is stated here. That is absence of statements, not of ties."
        )
    for note in result["notes"]:
        print_line(note)
    print_table(
        "May be sisters",
        ("ground", "ship", "why"),
        [[row["ground"], row["name"], row["because"]] for row in result["sisters"][:12]],
    )
    _print_searched(result["searched"])
    for path in result["files"]:
        print_line(f"written: {path}")


def _tie(row: dict[str, Any], subject: str) -> tuple[str, ...]:
    end = "to" if row["of"] == subject else "of"
    many = f" (tied to {row['tied_to']})" if end == "to" and row["tied_to"] > 1 else ""
    dates = [row[key] or "–" for key in ("since", "until", "as_of")]
    return (row["role"], f"{row[f'{end}_name']}{many}", *dates, row["said"])


def _way(row: dict[str, Any]) -> list[str]:
    held = {True: "yes", False: "no", None: "not known"}[row["overlap"]]
    roles = dict.fromkeys(step["role"] for step in row["steps"])
    weak = [_WEAK[role] for role in roles if role in _WEAK]
    weak += [f"{hub['name']} is tied to {hub['tied_to']} others" for hub in row["hubs"]]
    return [str(len(row["steps"])), row["sentence"], f"{held}: {row['overlap_because']}",
            "; ".join(weak) or "–"]  # fmt: skip
