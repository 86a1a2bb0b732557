"""``quaywatch bench``: our numbers beside those of peers, measured here and now."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from quaywatch.cli.options import AsJson
from quaywatch.cli.output import print_json, print_line, print_table, progress
from quaywatch.errors import ArgumentError

if TYPE_CHECKING:
    from quaywatch.testing.bench.report import BenchReport

RECORDED = Path("../shared/data")


def bench(
    name: Annotated[
        str | None,
        typer.Argument(help="What to measure, or the first word of several; left out: the list."),
    ] = None,
    data: Annotated[
        Path, typer.Option(metavar="DIR", help="Where the recorded data lies.")
    ] = RECORDED,
    size: Annotated[
        int | None, typer.Option(help="How many records, where the benchmark can replicate.")
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a Markdown table.")] = False,
    as_json: AsJson = False,
) -> None:
    """Our numbers against peers, on this machine: `make peers` installs those."""
    from quaywatch.testing.bench.catalogue import BENCHES, named, run_bench

    if name is None:
        listed = {key: what for key, (_, what) in BENCHES.items()}
        if as_json:
            print_json({"benches": listed})
        else:
            print_table("Benchmarks", ("name", "what it measures"), [*map(list, listed.items())])
        return
    if size is not None and size <= 0:
        raise ArgumentError(flag="--size", fact=f"{size} records", remedy="Give a positive number.")
    options = {} if size is None else {"size": size}
    names = named(name)
    reports = []
    for one in names:
        with progress(quiet=as_json) as report:
            found = run_bench(one, data, report, **options)
        reports.append(found)
        if not as_json:
            _print(found, markdown=markdown)
    if as_json:
        whole = [found.to_json() for found in reports]
        print_json(whole[0] if names == (name,) else {"benches": whole})


def _print(found: "BenchReport", *, markdown: bool) -> None:
    """One benchmark as soon as it is done."""
    from quaywatch.testing.bench.report import shown

    if markdown:
        print_line(found.to_markdown())
        return
    rows = [[shown(row.get(column)) for column in found.columns] for row in found.rows]
    print_table(f"{found.name}: {found.data}", found.columns, rows)
    for note in (*found.notes, f"Machine: {found.machine}."):
        print_line(note)
