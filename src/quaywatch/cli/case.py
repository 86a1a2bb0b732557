"""``quaywatch case``: the dossier and its proof."""

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quaywatch.cli.case_next import next_look
from quaywatch.cli.options import AsJson, WorkspaceDir
from quaywatch.cli.output import print_json, print_line, print_warning
from quaywatch.errors import FileUnusableError

if TYPE_CHECKING:
    from quaywatch.cases.verify_report import VerifyReport

app = typer.Typer(help="The dossier and its proof.", no_args_is_help=True, rich_markup_mode=None)
NOT_VERIFIED = 6
"""Exit status: something does not hold."""
VERIFIED_EXCEPT = 9
"""Exit status: all that is there holds, and a copy withholds the rest under commitments."""
SHOWN = 12
"""Of what a copy withholds, so many are listed."""
CaseId = Annotated[str, typer.Argument(metavar="ID", help="A short word: a-z, 0-9, hyphens.")]

app.command("next")(next_look)


@app.command()
def new(
    case_id: CaseId,
    question: Annotated[str, typer.Option(help="What is to be found out.")],
    subject: Annotated[
        list[str], typer.Option(help="imo:…, mmsi:…, site:… or a ship's name; repeat for more.")
    ],
    title: Annotated[str | None, typer.Option(help="Title of the dossier.")] = None,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Ask a question about some ships or sites."""
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.case import new_case, subject_asked

    with Workspace.open(workspace) as opened:
        subjects = [subject_asked(opened, name) for name in subject]
        case = new_case(
            opened, case_id, title=title or question, question=question, subjects=subjects
        )
        path = opened.cases_dir / case_id / "case.toml"
    if as_json:
        print_json({"case": case.id, "subjects": list(case.subjects), "file": str(path)})
        return
    print_line(f"Case begun: {path}. Build its dossier with `quaywatch case build {case_id}`.")


@app.command()
def build(case_id: CaseId, workspace: WorkspaceDir = Path(), as_json: AsJson = False) -> None:
    """Argue it from every check of its subjects, write the dossier and seal it."""
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.case import build_case, case_json

    with Workspace.open(workspace) as opened:
        case, dossier = build_case(opened, case_id, now=datetime.now(UTC))
        result = case_json(case, dossier, str(opened.cases_dir / case_id))
    if as_json:
        print_json(result)
        return
    print_line(f"{result['findings']} findings; dossier: {result['dossier']}")


@app.command()
def verify(
    case_id: Annotated[
        str, typer.Argument(metavar="ID|EXPORT", help="A case here, or an exported folder or .zip.")
    ],
    afresh: Annotated[
        bool, typer.Option("--afresh", help="Compute every number now, whatever was cached.")
    ] = False,
    supplied: Annotated[
        list[Path] | None,
        typer.Option(
            "--with", metavar="FILE", help="A file that an export withholds, or a disclosure."
        ),
    ] = None,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Recompute every number; exit 0 only if all agree and no byte has changed."""
    path = Path(case_id)
    if (
        path.suffix == ".zip"
        or (path.is_dir() and (path / "bundle.json").exists())
        or "/" in case_id
    ):
        _verify_export(path, supplied or [], workspace, as_json=as_json)
        return
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.case_again import verify_here

    with Workspace.open(workspace) as opened:
        report = verify_here(opened, case_id, now=datetime.now(UTC), afresh=afresh)
    _say(report, f"Case {case_id}", {"case": case_id}, as_json=as_json)


def _verify_export(path: Path, supplied: Sequence[Path], workspace: Path, *, as_json: bool) -> None:
    """Verify a copy, with nothing but the copy."""
    from quaywatch.workflows.case_unpack import check_bundle

    for file in (path, *supplied):
        if not file.exists():
            raise FileUnusableError(path=str(file), fact="there is no such file")
    report, facts = check_bundle(path, supplied=supplied, cache=workspace / "cache")
    _say(report, f"Case {facts['case']}, exported ({facts['root'][:12]}…)", facts, as_json=as_json)


def _say(report: "VerifyReport", what: str, facts: Mapping[str, Any], *, as_json: bool) -> None:
    """What was checked, what was not, and the exit status that goes with it."""
    if as_json:
        print_json({**facts, "verdict": report.verdict, **report.summary()})
    else:
        counts = ", ".join(f"{name} {n:,}" for name, n in report.checked.items())
        print_line(f"{what}: {report.verdict} (checked: {counts})")
        for day, n in sorted(report.cached.items()):
            print_line(f"  {n:,} claims were computed again on {day}; --afresh computes them now.")
        for one in report.exceptions[:SHOWN]:
            print_line(f"  not here: {one.what}")
        if len(report.exceptions) > SHOWN:
            print_line(f"  and {len(report.exceptions) - SHOWN:,} more; --json lists them all.")
        for failure in report.failures:
            print_warning(f"  {failure.what} [{failure.code}]. {failure.remedy}")
    if not report.ok:
        sys.exit(NOT_VERIFIED)
    if not report.whole:
        sys.exit(VERIFIED_EXCEPT)


@app.command()
def lint(
    text: Annotated[
        str, typer.Argument(metavar="ID|FILE", help="A case, an article, a draft or a claims file.")
    ],
    published: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="When the file was published, such as 2025-05-07."),
    ] = None,
    document: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The document of a claims file.")
    ] = None,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Numbers, dates and names that disagree with themselves; status 8 if there are any."""
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.lint import FOUND, lint_case, lint_file

    if Path(text).suffix or "/" in text:
        on = None if published is None else published.date()
        texts = lint_file(Path(text), published=on, document=document)
    else:
        with Workspace.open(workspace) as opened:
            texts = lint_case(opened, text)
    if as_json:
        print_json({"texts": [one.to_json() for one in texts]})
    else:
        for one in texts:
            print_line(f"{one.name}: {'nothing' if not one.issues else len(one.issues)} found")
            for issue in one.issues:
                print_line(f"  {issue}")
    if any(one.failing for one in texts):
        sys.exit(FOUND)


@app.command()
def export(
    case_id: CaseId,
    out: Annotated[Path, typer.Option(metavar="DIR|FILE.zip", help="Where; nothing may be there.")],
    redact: Annotated[
        list[str] | None,
        typer.Option(metavar="SOURCE", help="Keep a source in confidence: its file name or id."),
    ] = None,
    formats: Annotated[
        str, typer.Option(help="Files for machines, of json, ftm, gpkg, prov; none for none.")
    ] = "json,ftm,gpkg,prov",
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Write the case out so that anyone can verify it, offline, without what may not be shared."""
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.case_export import export_case

    wanted = [
        f.strip() for f in formats.split(",") if f.strip() and f.strip() not in {"none", "pdf"}
    ]
    with Workspace.open(workspace) as opened:
        made = export_case(
            opened, case_id, out, redacting=redact or [], formats=wanted, now=datetime.now(UTC)
        )
    if as_json:
        print_json(
            {
                "case": case_id,
                "export": str(made.path),
                "root": made.root,
                "files": made.files,
                "size_bytes": made.size_bytes,
                "withheld": list(made.withheld),
                "redacted": made.redacted,
                "verdict": made.report.verdict,
            }
        )
        return
    print_line(
        f"Exported: {made.path} ({made.size_bytes / 1e6:,.1f} MB). It is {made.report.verdict}."
    )
    print_line(f"Quote this, and nobody can change a byte of it unseen: {made.root}")
    for one in made.withheld[:SHOWN]:
        print_line(f"  withheld: {one['what']}: {one['why']}")
    if made.redacted:
        print_line(f"  redacted: {made.redacted:,} records in part or whole, under commitments")


@app.command()
def disclose(
    case_id: CaseId,
    source: Annotated[
        list[str], typer.Option(metavar="SOURCE", help="Every source that the export redacts.")
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The disclosure to hand over.")],
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Write what opens a redacted export: the records as they were, and their salts."""
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.case_disclose import disclose_source

    with Workspace.open(workspace) as opened:
        n = disclose_source(opened, case_id, source, out)
    if as_json:
        print_json({"case": case_id, "disclosure": str(out), "records": n})
        return
    print_line(f"{n} records disclosed in {out}: hand it over with the file itself.")
