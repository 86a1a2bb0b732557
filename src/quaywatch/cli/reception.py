"""``quaywatch reception``: where and when silence means anything."""

from pathlib import Path
from typing import Annotated

import typer

from quaywatch.cli.options import AsJson, WorkspaceDir
from quaywatch.cli.output import print_json, print_line, print_table, progress, said

SHOWN = 30


def reception(
    transponder: Annotated[str, typer.Option(help="Class of the ships: A or B.")] = "A",
    picture: Annotated[Path | None, typer.Option("--map", help="Write the map, SVG.")] = None,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """How often ships are heard here, by place and time: what a gap is held against."""
    from quaywatch.stores.files import land_bytes
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.reception import reception_json, reception_map, reception_of

    with Workspace.open(workspace) as opened, progress(quiet=as_json) as report:
        heard = reception_of(opened, report=report)
        result = reception_json(heard, transponder)
        drawn = None if picture is None else reception_map(opened, heard, transponder)
        if picture is not None and drawn is not None:
            land_bytes(drawn, picture.absolute())
    if as_json:
        print_json({**result, "map": str(picture) if drawn is not None else None})
        return
    cells = sorted(result["cells"], key=lambda cell: -(cell["per_hour"] or -1.0))
    rows = [
        [f"{cell['lat']:.1f}", f"{cell['lon']:.1f}", f"{cell['peers']:,}",
         said(cell["per_hour"]) if cell["reason"] is None else cell["reason"]]
        for cell in cells[:SHOWN]
    ]  # fmt: skip
    title = f"Messages an hour of a class {result['transponder']} ship, by half a degree"
    print_table(title, ("south", "west", "peers", "messages an hour"), rows)
    if len(cells) > SHOWN:
        print_line(f"The best {SHOWN} of {len(cells):,} cells: --map draws them all, --json too.")
    if drawn is not None:
        print_line(f"drawn: {picture}")
