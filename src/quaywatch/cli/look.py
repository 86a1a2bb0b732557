"""The verbs that show what is known of one thing: vessel, detect, decode."""

from pathlib import Path
from typing import Annotated, Any

import typer

from quaywatch.cli.options import AsJson, WorkspaceDir
from quaywatch.cli.output import (
    print_json,
    print_line,
    print_pairs,
    print_table,
    said,
)
from quaywatch.cli.vessel_register import print_register
from quaywatch.cli.voyages import (
    Asked,
    Commodity,
    PriceId,
    VoyagesChart,
    VoyagesOut,
    print_vessel_voyages,
)
from quaywatch.evidence.wording import counted

SURE = 0.9
"""Score from which ``detect`` counts a hull as good as certain."""


def vessel(
    name: Annotated[str, typer.Argument(metavar="IMO|MMSI|NAME")],
    view: Annotated[
        str | None,
        typer.Argument(metavar="[voyages]", help="voyages: its calls, legs, voyages and cargoes."),
    ] = None,
    gap_hours: Annotated[
        float | None, typer.Option(help="Shortest silence listed; else as the config says.")
    ] = None,
    out: VoyagesOut = None,
    chart: VoyagesChart = None,
    commodity: Commodity = None,
    price: PriceId = None,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Who it is, where it said it was, what contradicts it; or its voyages."""
    if view is not None or out is not None or chart is not None:
        asked = Asked(out=out, chart=chart, commodity=commodity, price=price, as_json=as_json)
        print_vessel_voyages(name, view, workspace, asked)
        return
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.vessel import vessel_json

    with Workspace.open(workspace) as opened:
        result = vessel_json(opened, name, gap_hours=gap_hours)
    if as_json:
        print_json(result)
        return
    heard = result["heard"]
    print_pairs(
        result["name"] or result["subject"],
        [
            ("subject", result["subject"]),
            ("transponders", ", ".join(f"{mmsi:09d}" for mmsi in result["mmsi"]) or "none heard"),
            ("positions", f"{heard['positions']:,}" if heard else "none here"),
            ("heard", f"{heard['first'][:16]} to {heard['last'][:16]}" if heard else "never here"),
        ],
    )
    print_register(result)
    print_table(
        "What it called itself",
        ("MMSI", "field", "value", "from", "to", "reports"),
        [
            [f"{s['mmsi']:09d}", s["field"], str(s["value"]), s["first_at"][:10],
             s["last_at"][:10], f"{s['reports']:,}"]
            for s in result["identity"]
        ],
    )  # fmt: skip
    print_table(
        f"Gaps over {result['gap_hours']:g} h",
        ("from", "to", "hours", "apart", "expected", "what it says"),
        [
            [g["start"][:16], g["end"][:16], f"{g['hours']:.1f}", said(g["apart_nm"], "nm"),
             said(g.get("expected_messages"), digits=0), g["judged"] or g["reason"]]
            for g in result["gaps"]
        ],
    )  # fmt: skip
    if result["port_calls"] is not None:
        print_table(
            "Port calls",
            ("from", "to", "hours", "port", "berth", "how seen"),
            [
                [c["start"][:16], (c["end"] or "still there")[:16], said(c["hours"]),
                 c["name"] or c["port"] or "unnamed", c["berth"] or "", c["verdict"]]
                for c in result["port_calls"]
            ],
        )  # fmt: skip
    _print_tracks(result)
    print_table(
        "Checks",
        ("check", "verdict", "when", "speed needed", "ratio"),
        [
            [c["check"], c["verdict"], (c["start"] or "")[:16],
             said(c["required_speed_kn"], "kn") if c["required_speed_kn"] is not None else "",
             said(c["lr"]) if c["lr"] is not None else ""]
            for c in result["checks"]
        ],
    )  # fmt: skip
    for note in result["notes"]:
        print_line(note, dim=True)


def _print_tracks(result: dict[str, Any]) -> None:
    """Where one number was in two places, what was odd about a track, whom it met."""
    odd = [e for e in result["integrity"] or [] if e["verdict"] in {"tell", "stray"}]
    said_of = [*(result["tracks"] or []), *odd, *(result["encounters"] or [])]
    if not said_of:
        return
    print_table(
        "Tracks and meetings",
        ("from", "to", "what", "verdict", "measured", "with"),
        [
            [e["start"][:16], (e["end"] or "")[:16], e["test"] or e["kind"], e["verdict"],
             said(e["statistic"], e["unit"] or ""),
             "" if e["other_mmsi"] is None else f"{e['other_mmsi']:09d}"]
            for e in said_of
        ],
    )  # fmt: skip


def detect(
    paths: Annotated[list[Path], typer.Argument(metavar="FILE", help="A scene, or its bands.")],
    sensor: Annotated[str | None, typer.Option(help="Sensor, where the name does not say.")] = None,
    picture: Annotated[Path | None, typer.Option(help="Write a PNG with the hulls drawn.")] = None,
    as_json: AsJson = False,
) -> None:
    """Find hulls in a scene; nothing is kept."""
    from quaywatch.workflows.detect import detect_hulls_in

    result = detect_hulls_in(paths, sensor=sensor, picture=picture)
    if as_json:
        print_json(result)
        return
    print_table(
        _hulls_told(result["detections"], result["seconds"]),
        ("lon", "lat", "x", "y", "length", "beam", "axis", "score"),
        [
            [f"{d['lon']:.5f}", f"{d['lat']:.5f}", f"{d['x_px']:.0f}", f"{d['y_px']:.0f}",
             said(d["length_m"], "m", digits=0), said(d["beam_m"], "m", digits=0),
             f"{d['heading_deg']:.0f}°", f"{d['score']:.2f}"]
            for d in result["detections"]
        ],
    )  # fmt: skip
    if result["alongside"]:
        print_line(_alongside_told(len(result["alongside"])))


def _hulls_told(hulls: list[dict[str, Any]], seconds: float) -> str:
    """Rows get counted: how many of them are hardly better than even odds stands above them."""
    sure = sum(hull["score"] >= SURE for hull in hulls)
    return (
        f"{counted(len(hulls), 'hull')} at even odds or better, {sure} at {SURE}; {seconds:.1f} s"
    )


def _alongside_told(count: int) -> str:
    masses = counted(count, "bright mass", "bright masses")
    return f"{masses} at the shore: ships alongside cannot be told from the quay by radar."


def decode(
    path: Annotated[Path, typer.Argument(metavar="FILE")],
    out: Annotated[Path, typer.Option(metavar="F.parquet", help="Positions; statics beside it.")],
    timezone: Annotated[str | None, typer.Option(help="Zone of times that name none.")] = None,
    as_json: AsJson = False,
) -> None:
    """AIS messages as columns in Parquet; no workspace needed."""
    from quaywatch.workflows.decode import decode_to_parquet

    result = decode_to_parquet(path, out, timezone=timezone)
    if as_json:
        print_json(result)
        return
    rejected = sum(result["rejected"].values())
    print_line(
        f"{result['records']:,} records: {result['positions']:,} positions, "
        f"{result['statics']:,} statics, {rejected:,} rejected; wrote {', '.join(result['files'])}"
    )
