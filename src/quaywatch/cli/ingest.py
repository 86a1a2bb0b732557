"""``quaywatch ingest``: files in. Idempotent, resumable, with progress."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from quaywatch.cli.options import AsJson, Credit, Licence, Provider, WorkspaceDir
from quaywatch.cli.output import (
    print_json,
    print_line,
    print_table,
    print_warning,
    progress,
)
from quaywatch.evidence.wording import counted

app = typer.Typer(
    help="Files in: the same file twice adds nothing.", no_args_is_help=True, rich_markup_mode=None
)
SOME_FAILED = 3
Files = Annotated[list[Path], typer.Argument(metavar="PATH", help="Files, or folders of them.")]


@app.command()
def ais(
    paths: Files,
    timezone: Annotated[
        str | None, typer.Option(help="Zone of times that name none, such as Europe/Paris.")
    ] = None,
    file_format: Annotated[
        str | None, typer.Option("--format", help="nmea, csv, jsonl or json; else told by content.")
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="TOML that says which column holds what.")
    ] = None,
    receiver: Annotated[str | None, typer.Option(help="terrestrial or satellite.")] = None,
    provider: Provider = None,
    licence: Licence = None,
    credit: Credit = None,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """AIS: NMEA, CSV or JSON lines, plain, gzip or zstd."""
    from quaywatch.workflows.ingest_ais import ingest_ais

    _enter(
        ingest_ais,
        _show_ais,
        paths,
        workspace=workspace,
        as_json=as_json,
        terms=(provider, licence, credit),
        timezone=timezone,
        file_format=file_format,
        mapping=mapping,
        receiver=receiver,
    )


@app.command()
def imagery(
    paths: Files,
    licence: Licence = None,
    credit: Credit = None,
    provider: Provider = None,
    captured_at: Annotated[
        str | None, typer.Option(help="Capture time, instant or start/end, where no file says it.")
    ] = None,
    sensor: Annotated[str | None, typer.Option(help="Sensor, where no file says it.")] = None,
    no_mask: Annotated[
        bool, typer.Option("--no-mask", help="Do not believe the provider's cloud masks.")
    ] = False,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Scenes: GeoTIFF or COG, one file or one a band, or a product's folder.

    Licence and credit are needed for every scene: by these options, or in a sidecar beside it.
    """
    from quaywatch.evidence.interval import TimeInterval
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.scenes import ingest_imagery

    captured = None
    if captured_at is not None:
        interval = TimeInterval.parse(captured_at)
        captured = interval.start if interval.duration.total_seconds() == 0 else interval
    stated: dict[str, Any] = {
        "licence": licence,
        "credit": credit,
        "provider": provider,
        "captured_at": (captured.start, captured.end)
        if isinstance(captured, TimeInterval)
        else captured,
        "sensor": sensor,
        "mask": "ours" if no_mask else None,
    }
    with Workspace.open(workspace) as opened, progress(quiet=as_json) as report:
        result = ingest_imagery(
            opened, paths, known_at=datetime.now(UTC), stated=stated, report=report
        )
    if as_json:
        print_json(result)
    else:
        reasons = ", ".join(f"{code} {n:,}" for code, n in sorted(result["rejected"].items()))
        print_line(
            f"{counted(result['scenes'], 'scene')} entered, {result['already']:,} here already, "
            f"{sum(result['rejected'].values()):,} refused{f' ({reasons})' if reasons else ''}"
        )
    _end(result["failures"])


@app.command()
def claims(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A claims file (TOML).")],
    document: Annotated[
        Path | None, typer.Option(help="The document, if it lies elsewhere than the file says.")
    ] = None,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Claims that others make, with the lines of the document that make them."""
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.ingest_claims import ingest_claims

    with Workspace.open(workspace) as opened:
        result = ingest_claims(opened, path, known_at=datetime.now(UTC), document=document)
    if as_json:
        print_json(result)
    else:
        print_line(f"{result['claims']} claims, {result['new_records']} records new to the ledger")


@app.command()
def register(
    paths: Files,
    mapping: Annotated[
        Path | None, typer.Option(help="TOML that says which column of a table holds what.")
    ] = None,
    list_date: Annotated[
        str | None,
        typer.Option(metavar="DAY", help="Day of the snapshot, where no file says it: 2023-01-27."),
    ] = None,
    provider: Provider = None,
    licence: Licence = None,
    credit: Credit = None,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Vessel registers and lists: tables, OFAC, EU, UN, FollowTheMoney, OpenSanctions."""
    from quaywatch.workflows.ingest_register import ingest_register

    _enter(
        ingest_register,
        _show_registers,
        paths,
        workspace=workspace,
        as_json=as_json,
        terms=(provider, licence, credit),
        mapping=mapping,
        list_date=list_date,
    )


def _enter(
    ingest: Callable[..., dict[str, Any]],
    show: Callable[[dict[str, Any]], None],
    paths: list[Path],
    *,
    workspace: Path,
    as_json: bool,
    terms: tuple[str | None, str | None, str | None],
    **stated: object,
) -> None:
    """Enter files in the way of their kind, and say what became of them.

    Args:
        ingest: the workflow of that kind.
        show: prints what it tells, for people.
        paths: files, or folders of them.
        workspace: where to.
        as_json: print JSON instead.
        terms: provider, licence and credit of all of them.
        stated: what else the user says of them, as the workflow takes it.

    """
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.receive import Terms

    with Workspace.open(workspace) as opened, progress(quiet=as_json) as report:
        result = ingest(
            opened,
            paths,
            known_at=datetime.now(UTC),
            terms=Terms(*terms, None),
            report=report,
            **stated,
        )
    if as_json:
        print_json(result)
    else:
        show(result)
    _end(result["failures"])


def _show_ais(result: dict[str, Any]) -> None:
    """How many records, and why others were not kept."""
    if not result["files"]:
        return
    print_line(
        f"{result['records']:,} records: {result['kept']:,} kept, "
        f"{result['duplicates']:,} duplicates, "
        f"{sum(result['rejected'].values()):,} rejected, in {result['seconds']:.1f} s"
    )
    reasons = [[reason, f"{n:,}"] for reason, n in result["rejected"].items()]
    if reasons:
        print_table("Rejected, and kept aside", ("reason", "records"), reasons)


def _show_registers(result: dict[str, Any]) -> None:
    """A line a list, what was left out and why, and what had to be guessed."""
    rows = [
        [file["file"], name, told["name"], file["day"] or "not known", f"{told['vessels']:,}",
         f"{told['organisations']:,}"]
        for file in result["files"]
        for name, told in file["lists"].items()
    ]  # fmt: skip
    if rows:
        header = ("file", "list", "name", "of", "ships", "companies")
        print_table("Lists entered", header, rows)
    reasons = [[reason, f"{n:,}"] for reason, n in result["rejected"].items()]
    if reasons:
        print_table("Left out", ("reason", "rows"), reasons)
    for file in result["files"]:
        said = [*file["told"]]
        if not file["vessels"] and not file["organisations"]:
            said.append("No ship and no company of it was entered.")
        if file["already"]:
            said.append("It was here already; nothing was added.")
        if file["day"] is None:
            said.append("Of which day it is nobody says: give --list-date.")
        if file["imo_ill_formed"]:
            ships = counted(len(file["imo_ill_formed"]), "IMO number")
            said.append(f"{ships} failed the check digit; kept as printed.")
        for sentence in said:
            print_line(f"{file['file']}: {sentence}")


def _end(failures: list[dict[str, Any]]) -> None:
    """Name every file that could not be used, and leave with a status that says so."""
    for failure in failures:
        name = failure.get("file") or ", ".join(failure.get("files", ()))
        said = failure["message"]
        print_warning(f"error[{failure['code']}]: {said if name in said else f'{name}: {said}'}")
    if failures:
        sys.exit(SOME_FAILED)
