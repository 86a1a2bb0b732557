"""``quaywatch likeness`` and ``quaywatch lineup``: the same ship? By measure, and by eye."""

from pathlib import Path
from typing import Annotated, Any

import typer

from quaywatch.cli.options import AsJson, WorkspaceDir
from quaywatch.cli.output import print_json, print_line, print_pairs, print_table

app = typer.Typer(
    help="Blind line-ups: which of these hulls is the ship named?",
    no_args_is_help=True,
    rich_markup_mode=None,
)
WHERE = "scene=…,lon=…,lat=…"
MARKED = ("length_m", "beam_m", "heading_deg")
"""Of a hull that a person marked, where no detector parts it from the quay."""
LONGEST_M = 500.0
Ship = Annotated[str, typer.Option(metavar="imo:…|mmsi:…", help="The ship named.")]
Asked = Annotated[
    str,
    typer.Option(
        metavar=WHERE,
        help="The hull asked about; marked by hand also length_m, beam_m, heading_deg.",
    ),
]
Known = Annotated[str, typer.Option(metavar=WHERE, help="A hull known to be the ship named.")]


def likeness(
    ship: Ship,
    questioned: Asked,
    reference: Annotated[
        str | None, typer.Option(metavar=WHERE, help="A hull known to be the ship named.")
    ] = None,
    plate: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write both hulls side by side (PNG).")
    ] = None,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Is the hull in an image the ship named? A ratio against those that might have been there."""
    from datetime import UTC, datetime

    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.likeness import ask_likeness, spot_of

    asked, known = _place(questioned, "--questioned"), None
    if reference is not None:
        known = _place(reference, "--reference")
    with Workspace.open(workspace) as store:
        spot = spot_of(store, *asked)
        other = None if known is None else spot_of(store, *known)
        claim = ask_likeness(store, _subject(ship), spot, other, known_at=datetime.now(UTC))
        value: Any = claim.value
        wrote = None
        if plate is not None and value["plates"]:
            plate.write_bytes(store.evidence.read_object(value["plates"][0]["sha256"]))
            wrote = str(plate)
    if as_json:
        print_json({"claim": claim.id, "ship": claim.subject, **value, "wrote": wrote})
        return
    _print_likeness(value)
    if plate is not None and wrote is None:
        print_line(f"No plate: {value['plate_refused']}.")


def _print_likeness(value: dict[str, Any]) -> None:
    ratio = value["ratio"]
    print_pairs(
        f"Likeness: {value['verdict'].replace('-', ' ')}",
        [
            ("likelihood ratio", "unknown" if ratio is None else f"{ratio:.3g}"),
            ("by", ", ".join(f"{k} {v:.3g}" for k, v in value["groups"].items()) or "nothing"),
            ("other hulls that fit", str(value["fitting"])),
            ("of the same dimensions", str(len(value["sisters"]))),
        ],
    )
    print_table(
        "Features",
        ["what", "seen", "of the ship", "ratio", "agrees"],
        [
            [
                row["told"],
                _read(row["questioned"]),
                _read(row["reference"]),
                "" if row["ratio"] is None else f"{row['ratio']:.3g}",
                {True: "yes", False: "no", None: ""}[row["agrees"]],
            ]
            for row in value["features"]
        ],
    )
    for message in value["messages"]:
        print_line(message)
    print_line("May mislead: " + "; ".join(value["nuisance"]) + ".", dim=True)


def _read(reading: dict[str, Any]) -> str:
    if reading["value"] is None:
        return f"unknown: {reading['reason']}"
    return f"{reading['value']:.4g} ± {reading['sigma']:.2g}"


@app.command("new")
def new(
    ship: Ship,
    questioned: Asked,
    reference: Known,
    control: Annotated[
        bool,
        typer.Option("--control", help="The hull is known to be the ship: measures examiners."),
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the sheet here (PNG).")
    ] = None,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Draw a sheet: the ship named, and six or more hulls among which to look for it."""
    from datetime import UTC, datetime

    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.lineup import new_lineup, spots_of

    with Workspace.open(workspace) as store:
        asked, known = spots_of(
            store, _place(questioned, "--questioned"), _place(reference, "--reference")
        )
        claim = new_lineup(
            store, _subject(ship), asked, known, known_at=datetime.now(UTC), control=control
        )
        value: Any = claim.value
        if out is not None:
            out.write_bytes(store.evidence.read_object(value["plates"][0]["sha256"]))
    if as_json:
        print_json({"claim": claim.id, **value, "wrote": None if out is None else str(out)})
        return
    for message in value["messages"]:
        print_line(message)
    print_line(f"Answer with: quaywatch lineup answer {value['lineup']} --choice 1 --examiner NAME")


@app.command("answer")
def answer(
    lineup: Annotated[str, typer.Argument(metavar="ID", help="The word on the sheet.")],
    choice: Annotated[str, typer.Option(help="A number on the sheet, or none.")],
    examiner: Annotated[str, typer.Option(help="A handle of your own choice.")],
    confidence: Annotated[str, typer.Option(help="guess, lean or sure.")] = "lean",
    note: Annotated[str | None, typer.Option(help="What it rests on, in your words.")] = None,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Answer a line-up: logged as given, then opened."""
    from datetime import UTC, datetime

    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.lineup_answers import answer_lineup

    with Workspace.open(workspace) as store:
        claim = answer_lineup(
            store,
            lineup,
            choice=choice,
            examiner=examiner,
            confidence=confidence,
            note=note,
            known_at=datetime.now(UTC),
        )
    value: Any = claim.value
    if as_json:
        print_json({"claim": claim.id, **value})
        return
    for message in value["messages"]:
        print_line(message)


@app.command("show")
def show(
    lineup: Annotated[str, typer.Argument(metavar="ID", help="The word on the sheet.")],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the sheet here (PNG).")
    ] = None,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """A line-up and the answers to it; what is sealed stays so until one is given."""
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.lineup import find_lineup
    from quaywatch.workflows.lineup_answers import answers_to

    with Workspace.open(workspace) as store:
        claim = find_lineup(store, lineup)
        value: Any = claim.value
        given = answers_to(store, claim)
        if out is not None:
            out.write_bytes(store.evidence.read_object(value["plates"][0]["sha256"]))
    if as_json:
        print_json({"claim": claim.id, **value, "answers": given})
        return
    for message in value["messages"]:
        print_line(message)
    print_table(
        "Answers",
        ["examiner", "picked", "in question", "verdict", "confidence", "second"],
        [
            [
                str(row["examiner"]),
                "none" if row["choice"] is None else str(row["choice"]),
                str(row["number"]),
                str(row["verdict"]),
                str(row["confidence"]),
                "yes" if row["second"] else "",
            ]
            for row in given
        ],
    )


def _place(text: str, flag: str) -> tuple[str, float, float, tuple[float, float, float] | None]:
    """``scene=…,lon=…,lat=…``: the scene's id and a place on it; or a hull marked by hand."""
    from quaywatch.cli.arguments import fields, number, position
    from quaywatch.errors import ArgumentError

    given = fields(text, flag=flag, known=("scene", "lon", "lat", *MARKED))
    if "scene" not in given:
        raise ArgumentError(flag=flag, fact="scene=… is missing")
    rest = ",".join(f"{name}={given[name]}" for name in ("lon", "lat") if name in given)
    where = position(rest or "lon", flag=flag)
    marks = [number(given[name], flag=flag, name=name) for name in MARKED if name in given]
    if marks and (len(marks) < len(MARKED) or not 0 < marks[1] < marks[0] < LONGEST_M):
        fact = "a hull marked by hand needs length_m over beam_m, both above 0, and heading_deg"
        raise ArgumentError(flag=flag, fact=fact)
    marked = (marks[0], marks[1], marks[2]) if marks else None
    return given["scene"], where.lon, where.lat, marked


def _subject(text: str) -> str:
    """``imo:…`` or ``mmsi:…``, or the bare number."""
    from quaywatch.errors import ArgumentError

    kind, colon, number = text.partition(":")
    if colon and kind in {"imo", "mmsi"} and number.isdigit():
        return text
    if text.isdigit() and len(text) in {7, 9}:
        return f"{'imo' if len(text) == 7 else 'mmsi'}:{text}"
    raise ArgumentError(flag="--ship", fact=f"{text!r} is neither imo:… nor mmsi:…")
