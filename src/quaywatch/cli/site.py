"""``quaywatch site S …``: tables, charts and film of one site."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quaywatch.cli.activity import activity, compare
from quaywatch.cli.balance import print_balance
from quaywatch.cli.callers import callers
from quaywatch.cli.matches import matches
from quaywatch.cli.options import AsJson, WorkspaceDir
from quaywatch.cli.output import day_or_minute, print_json, print_line, print_table, progress
from quaywatch.errors import ArgumentError

if TYPE_CHECKING:
    from quaywatch.cases.film_cut import Pacing
    from quaywatch.evidence.interval import TimeInterval
    from quaywatch.stores.workspace import Workspace

app = typer.Typer(
    help="A site: its looks, stock, activity, calendars and film.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def site(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="S", help="Id of the site.")],
) -> None:
    """A site: its looks, stock, activity, calendars and film."""
    context.obj = name


@app.command()
def looks(
    context: typer.Context,
    pictures: Annotated[
        Path | None, typer.Option(help="Folder for a PNG of each look, hulls and berths drawn.")
    ] = None,
    chart: Annotated[
        Path | None, typer.Option(help="Write the calendar of what could be seen, SVG or PNG.")
    ] = None,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """What each look shows of its berths."""
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.berths import looks_and_berths_json
    from quaywatch.workflows.looks import draw_looks

    name = str(context.obj)
    with Workspace.open(workspace) as opened:
        result = looks_and_berths_json(opened, name)
        drawn = draw_looks(opened, name, pictures) if pictures is not None else []
        drawn += _charted(opened, name, chart, stock=False)
    if as_json:
        print_json({**result, "pictures": [str(path) for path in drawn]})
        return
    print_line(f"{result['name']}, looks: {len(result['looks'])}")
    if not result["looks"]:
        print_line(
            "No scene that shows it was looked at: that says nothing of who lay there. Enter "
            "scenes with `quaywatch ingest imagery`, then run `quaywatch watch`."
        )
    for look in result["looks"]:
        when = day_or_minute(look["captured"], look["captured_end"])
        rows = [[berth["name"], berth["state"], _why(berth)] for berth in look["berths"]]
        print_table(
            f"{when}, {look['sensor']}, {look['scene']}",
            ("berth", "state", "chance and length, or why"),
            rows,
        )
    for path in drawn:
        print_line(f"drawn: {path}")


def _why(berth: dict[str, Any]) -> str:
    if berth["state"] == "unknown":
        return str(berth["reason"])
    chance = f"P {berth['p_occupied']:.2f}" if berth["p_occupied"] is not None else ""
    lengths = ", ".join(f"{length:.0f} m" for length in berth["lengths_m"])
    return "  ".join(part for part in (chance, lengths) if part)


@app.command()
def stock(
    context: typer.Context,
    chart: Annotated[Path | None, typer.Option(help="Write it as a chart, SVG or PNG.")] = None,
    since: Annotated[
        str | None, typer.Option("--from", help="Balance from this day, month or year.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", help="Balance to this day, month or year, included.")
    ] = None,
    dwt: Annotated[
        str | None,
        typer.Option(metavar="T", help="Deadweight for ships that none is known of: 8000-14000."),
    ] = None,
    dwt_source: Annotated[str | None, typer.Option(help="Who states that deadweight.")] = None,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """What lies on its yards, when that changed, and what ships could have loaded of it."""
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.stock import stock_json
    from quaywatch.workflows.stock_balance import reference_of, site_balance

    name, reference = str(context.obj), reference_of(dwt, dwt_source)
    with Workspace.open(workspace) as opened:
        result = stock_json(opened, name)
        balance = site_balance(
            opened, name, now=datetime.now(UTC), since=since, until=until, reference=reference
        )
        drawn = _charted(opened, name, chart, stock=True)
    if as_json:
        pictures = [str(path) for path in drawn]
        print_json({**result, "mass_balance": balance, "pictures": pictures})
        return
    print_line(f"{result['name']}, yards: {len(result['yards'])}")
    for yard in result["yards"]:
        rows = [
            [day_or_minute(look["captured_at"], look["captured_end"]),
             look["level"] or look["state"], *_stock_figures(look)]
            for look in yard["looks"]
        ]  # fmt: skip
        print_table(
            yard["name"], ("look", "state", "dark share", "thousand m³", "material, or why"), rows
        )
        for told in (*yard["changes"], *yard["slow"]):
            print_line(told["message"])
        for odd in (*yard["odd_looks"], *yard["set_aside"]):
            print_line(f"The look of {odd['captured_at'][:10]}: {odd['why']}.", dim=True)
        if yard["changes_reason"]:
            print_line(f"No changes told: {yard['changes_reason']}.", dim=True)
    print_balance(balance)
    for path in drawn:
        print_line(f"drawn: {path}")


def _charted(workspace: "Workspace", name: str, path: Path | None, *, stock: bool) -> list[Path]:
    """The chart asked for, if one was."""
    if path is None:
        return []
    from quaywatch.workflows.calendars import chart_file

    chart_file(workspace, name, path, stock=stock)
    return [path]


def _stock_figures(look: dict[str, Any]) -> list[str]:
    """Dark share, volume and what is in the way of more, as a reader wants them."""
    share = "" if look["y"] is None else f"{look['y']:.2f} ± {look['y_sigma']:.2f}"
    cubic = "–".join(f"{v / 1000:.0f}" for v in (look["volume_m3"] or [])[::2])
    return [share, cubic, look["reason"] or look["material"] or ""]


app.command()(activity)
app.command()(compare)
app.command()(matches)
app.command()(callers)


@app.command("calendar")
def site_calendar(
    context: typer.Context,
    part: Annotated[str | None, typer.Option(help="One berth or yard, by its id.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="First day.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Last day.")] = None,
    min_clear: Annotated[
        float, typer.Option(help="Share of the part that must be usable, 0 to 1.")
    ] = 0.9,
    out: Annotated[
        Path | None, typer.Option(help="Folder; default films/ in the workspace.")
    ] = None,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Calendars for print: its berths day by day, and on which days it could be seen at all."""
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.calendars import calendars
    from quaywatch.workflows.timelapse_looks import Wanted

    wanted = Wanted(part, _span(since), _span(until), min_clear=min_clear)
    with Workspace.open(workspace) as opened:
        folder = out or opened.root / "films"
        result = calendars(opened, str(context.obj), wanted, folder)
    if as_json:
        print_json(result)
        return
    for path in result["paths"]:
        print_line(f"drawn: {path}")


@app.command()
def timelapse(
    context: typer.Context,
    part: Annotated[str | None, typer.Option(help="One berth or yard, by its id.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="First day or instant.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Last day or instant.")] = None,
    sensor: Annotated[str | None, typer.Option(help="Looks of one sensor only.")] = None,
    min_clear: Annotated[
        float, typer.Option(help="Share of the part that must be usable, 0 to 1.")
    ] = 0.9,
    formats: Annotated[
        str, typer.Option("--format", help="mp4, gif, sheet, pair; commas between several.")
    ] = "mp4",
    pacing: Annotated[str, typer.Option(help="fixed, or true-time with gaps shown.")] = "fixed",
    fps: Annotated[float, typer.Option(help="Looks a second, for fixed pacing.")] = 4.0,
    days_per_second: Annotated[float, typer.Option(help="For true-time pacing.")] = 7.0,
    hold_days: Annotated[
        float, typer.Option(help="A look stands so long at most; a longer wait is a gap.")
    ] = 5.0,
    size: Annotated[
        int | None, typer.Option(help="Longer side in pixels; else as fine as the finest look.")
    ] = None,
    before: Annotated[str | None, typer.Option(help="Of a pair: the last look up to it.")] = None,
    after: Annotated[str | None, typer.Option(help="Of a pair: the first look from it on.")] = None,
    permission: Annotated[
        str | None, typer.Option(help="The owners' permission to publish, in words.")
    ] = None,
    for_own_use: Annotated[
        bool, typer.Option(help="Show what may not be published, stamped as such.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder; default films/ in the workspace.")
    ] = None,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Its usable looks as a film, GIF, contact sheet, or a plate of before and after."""
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.timelapse import timelapse as make
    from quaywatch.workflows.timelapse_looks import Wanted
    from quaywatch.workflows.timelapse_plan import Making

    wanted = Wanted(part, _span(since), _span(until), sensor, min_clear, for_own_use, permission)
    forms = tuple(dict.fromkeys(form.strip() for form in formats.split(",") if form.strip()))
    if (before or after) and formats == "mp4":
        forms = ("pair",)
    making = Making(
        forms, _pacing(pacing), fps, days_per_second, hold_days, size, _span(before), _span(after),
    )  # fmt: skip
    with Workspace.open(workspace) as opened, progress(quiet=as_json) as report:
        result = make(
            opened, str(context.obj), wanted, making, out or opened.root / "films",
            now=datetime.now(UTC), report=report,
        )  # fmt: skip
    if as_json:
        print_json(result)
        return
    _print_film(result)


def _span(text: str | None) -> "TimeInterval | None":
    from quaywatch.evidence.interval import TimeInterval

    return None if text is None else TimeInterval.parse(text)


def _pacing(text: str) -> "Pacing":
    from quaywatch.cases.film_cut import Pacing

    try:
        return Pacing(text)
    except ValueError as err:
        fact = f"{text!r} is none of {', '.join(Pacing)}"
        raise ArgumentError(flag="--pacing", fact=fact, remedy="Give one of them.") from err


def _print_film(result: dict[str, Any]) -> None:
    from quaywatch.cases.film_cut import reasons_line

    out = reasons_line(result["left_out"])
    unseen = f"; left out: {out}" if out else ""
    print_line(f"{result['place']}: {len(result['frames'])} of {result['looks']} looks{unseen}")
    longest = max(result["gaps"], key=lambda gap: gap["days"], default=None)
    if longest is not None:
        print_line(
            f"{len(result['gaps'])} gaps, the longest {longest['days']:.0f} days "
            f"from {longest['start'][:10]} to {longest['end'][:10]} "
            f"({reasons_line(longest['reasons'])})"
        )
    loose = sum(not frame["registered"] for frame in result["frames"])
    if loose:
        print_line(f"{loose} of {len(result['frames'])} are not registered, and say so.")
    for other in result["others"]:
        if other["why"].endswith("licence"):
            print_line(f"withheld: {other['scene']}: {other['terms']}")
    for condition in result["conditions"]:
        print_line(f"the licence asks: {condition}")
    for form, path in result["paths"].items():
        print_line(f"{'made' if form in result['new'] else 'nothing new, unchanged'}: {path}")
    print_line("Beside each file lies its list of frames, .json.", dim=True)
