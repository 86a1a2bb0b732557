"""``quaywatch case``: the dossier and its proof."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from quaywatch.cli.options import AsJson, WorkspaceDir
from quaywatch.cli.output import print_json, print_line, print_warning
from quaywatch.errors import NotYetError

app = typer.Typer(help="The dossier and its proof.", no_args_is_help=True, rich_markup_mode=None)
NOT_VERIFIED = 6
CaseId = Annotated[str, typer.Argument(metavar="ID", help="A short word: a-z, 0-9, hyphens.")]


@app.command()
def new(
    case_id: CaseId,
    question: Annotated[str, typer.Option(help="What is to be found out.")],
    subject: Annotated[list[str], typer.Option(help="imo:…, mmsi:… or a name; repeat for more.")],
    title: Annotated[str | None, typer.Option(help="Title of the dossier.")] = None,
    workspace: WorkspaceDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Ask a question about some ships."""
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.case import new_case
    from quaywatch.workflows.vessel import subject_of

    with Workspace.open(workspace) as opened:
        subjects = [subject_of(opened, name) for name in subject]
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
def verify(case_id: CaseId, workspace: WorkspaceDir = Path(), as_json: AsJson = False) -> None:
    """Recompute every number; exit 0 only if all agree and no byte has changed."""
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.case import check_case

    with Workspace.open(workspace) as opened:
        report = check_case(opened, case_id)
    if as_json:
        print_json(
            {
                "case": case_id,
                "ok": report.ok,
                "checked": dict(report.checked),
                "failures": [
                    {"code": f.code, "what": f.what, "remedy": f.remedy} for f in report.failures
                ],
            }
        )
    else:
        counts = ", ".join(f"{what} {n:,}" for what, n in report.checked.items())
        verdict = "verified" if report.ok else "NOT verified"
        print_line(f"Case {case_id}: {verdict} (checked: {counts})")
        for failure in report.failures:
            print_warning(f"  {failure.what} [{failure.code}]. {failure.remedy}")
    if not report.ok:
        sys.exit(NOT_VERIFIED)


@app.command()
def lint(case_id: CaseId, workspace: WorkspaceDir = Path(), as_json: AsJson = False) -> None:
    """Words that go further than the evidence (not apart from build in this version)."""
    del workspace, as_json
    raise NotYetError(
        what=f"quaywatch case lint {case_id}", instead="`quaywatch case build` refuses such words."
    )


@app.command()
def export(case_id: CaseId, workspace: WorkspaceDir = Path(), as_json: AsJson = False) -> None:
    """The case as linked data (not in this version)."""
    del workspace, as_json
    raise NotYetError(
        what=f"quaywatch case export {case_id}", instead="manifest.json lists every record."
    )
