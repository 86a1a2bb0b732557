"""``quaywatch``: the commands, each a thin skin over one workflow."""

import errno
import gc
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from quaywatch.cli import (
    bench,
    case,
    check,
    contradictions,
    events,
    fleet,
    ingest,
    lineup,
    look,
    reception,
    site,
    watch,
    who,
)
from quaywatch.cli.options import AsJson, WorkspaceDir
from quaywatch.cli.output import print_json, print_pairs, print_warning, said
from quaywatch.errors import (
    DiskFullError,
    FileUnusableError,
    NotYetError,
    QuaywatchError,
    UsageError,
)

app = typer.Typer(
    name="quaywatch",
    help="What moved through a port, by which ship, and how sure we are.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
)
INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""
LEFT_ALONE = 141
"""Exit status where the reader of our output went away: that of a process ended by SIGPIPE."""
geo = typer.Typer(help="Distances.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(geo, name="geo")
app.add_typer(ingest.app, name="ingest")
app.add_typer(check.app, name="check")
app.add_typer(case.app, name="case")
app.add_typer(site.app, name="site")
app.add_typer(lineup.app, name="lineup")


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"quaywatch {version('quaywatch')}")
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and stop."
        ),
    ] = False,
) -> None:
    """What moved through a port, by which ship, and how sure we are."""
    del version


@app.command()
def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make it in.")],
    scale: Annotated[str, typer.Option(help="small, medium or large; fixed for good.")] = "small",
    as_json: AsJson = False,
) -> None:
    """Make a workspace: a folder of your own, with a commented config."""
    from quaywatch.workflows.begin import begin

    root = begin(directory, scale=scale)
    if as_json:
        print_json({"workspace": str(root), "scale": scale})
        return
    typer.echo(f"Workspace made in {root}. Put sites into {root / 'sites'}, then ingest.")


@app.command()
def demo(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A folder to make it in.")],
    seed: Annotated[int, typer.Option(help="Another seed, another world.")] = 2025,
    as_json: AsJson = False,
) -> None:
    """Run the whole path over two simulated years with planted truth, and leave a dossier."""
    from quaywatch.cli.demo import run_demo

    run_demo(directory, seed=seed, as_json=as_json)


for command in (
    watch.watch,
    look.vessel,
    lineup.likeness,
    fleet.fleet,
    look.detect,
    look.decode,
    events.events,
    contradictions.contradictions,
    reception.reception,
    who.who,
    who.network,
    bench.bench,
):
    app.command()(command)


@geo.command("water-distance")
def water_distance(
    start: Annotated[str, typer.Option("--from", metavar="lon=…,lat=…")],
    end: Annotated[str, typer.Option("--to", metavar="lon=…,lat=…")],
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Shortest distance over water, and a lower bound that no path undercuts."""
    from quaywatch.cli.arguments import position
    from quaywatch.workflows.water import water_router

    one, other = position(start, flag="--from"), position(end, flag="--to")
    with water_router(workspace) as (router, kept):
        found = router.distance(one, other)
    figures = {
        "great_circle_nm": round(found.great_circle_nm, 2),
        "water_nm": None if found.water_nm is None else round(found.water_nm, 2),
        "lower_bound_nm": None if found.lower_bound_nm is None else round(found.lower_bound_nm, 2),
        "reason": found.reason,
        "snap_from_nm": found.snap_from_nm,
        "snap_to_nm": found.snap_to_nm,
        "passages": list(found.passages),
        "method": found.method,
        "grid": found.grid,
    }
    if as_json:
        print_json(figures)
        return
    print_pairs(
        "Water distance",
        [
            ("great circle", said(found.great_circle_nm, "nm")),
            ("by water", said(found.water_nm, "nm")),
            ("lower bound", said(found.lower_bound_nm, "nm")),
            *([("why unknown", found.reason)] if found.reason else []),
            *([("through", ", ".join(found.passages))] if found.passages else []),
        ],
    )
    if not kept:
        print_warning(
            "No workspace here: the land grid is not kept. `quaywatch init DIR` makes one."
        )


@app.command()
def serve(workspace: WorkspaceDir = Path(), as_json: AsJson = False) -> None:
    """The map, the timeline, the review desk (not in this version)."""
    del workspace, as_json
    raise NotYetError(what="quaywatch serve", instead="Open the dossier that `case build` leaves.")


def main() -> None:
    """Run a command; every error of ours becomes its code, its sentence and its exit status."""
    # Records by the ten thousand make no cycles: looking for some takes a tenth of who and network.
    gc.set_threshold(100_000, 20, 20)
    try:
        # Typer turns Ctrl-C, and `typer.Exit`, into a status that it hands back.
        status = app(standalone_mode=False)
    except QuaywatchError as err:
        _fail(err)
    except BrokenPipeError:
        # The reader of our output has left, as `| head` does; what is still buffered goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(LEFT_ALONE)
    except OSError as err:
        _fail(_of_the_system(err))
    except (typer.Abort, KeyboardInterrupt):
        _interrupted()
    except typer.TyperException as err:
        _fail_usage(err)
    else:
        if status == INTERRUPTED:
            _interrupted()
        if isinstance(status, int):
            sys.exit(status)


def _interrupted() -> None:
    sys.stderr.write("Interrupted. Nothing is half done: run the same command again.\n")
    sys.exit(INTERRUPTED)


def _of_the_system(err: OSError) -> QuaywatchError:
    """What the operating system refused, as one of ours."""
    path = str(err.filename or "A file")
    if err.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return DiskFullError(path=path)
    return FileUnusableError(path=path, fact=(err.strerror or str(err)).rstrip("."))


def _fail_usage(err: typer.TyperException) -> None:
    """Say what is wrong with the command line; a group of commands named alone gets its help."""
    context = getattr(err, "ctx", None)
    said = err.format_message()
    if context is not None and said == context.get_help():
        sys.stderr.write(said + "\n")
        sys.exit(UsageError.exit_code)
    _fail(UsageError(fact=said, command=context.command_path if context else "quaywatch"))


def _fail(err: QuaywatchError) -> None:
    if "--json" in sys.argv:
        print_json({"error": {"code": err.code, "message": str(err)}})
    sys.stderr.write(f"error[{err.code}]: {err}\n")
    sys.exit(err.exit_code)
