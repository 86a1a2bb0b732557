"""The linter of sources and drafts: every check over one text, in the order of its lines.

It is made to be silent on a text without slips: what a check cannot read for certain it passes
over. What it finds is shown to a reader, never mended.
"""

from collections.abc import Callable
from datetime import date

from quaywatch.cases.lint_chronology import (
    calendar_issues,
    order_issues,
    run_issues,
    tense_issues,
)
from quaywatch.cases.lint_counts import (
    count_issues,
    listing_issues,
    part_issues,
    remainder_issues,
    table_issues,
)
from quaywatch.cases.lint_dates import mentions_of, published_of
from quaywatch.cases.lint_each import each_issues
from quaywatch.cases.lint_fleet import aggregate_issues, rate_issues
from quaywatch.cases.lint_intervals import clock_issues, interval_issues
from quaywatch.cases.lint_issue import SourceIssue
from quaywatch.cases.lint_marks import OnLand, coordinate_issues, identifier_issues, unit_issues
from quaywatch.cases.lint_names import name_issues
from quaywatch.cases.lint_prose import prose_of
from quaywatch.cases.lint_sums import (
    conversion_issues,
    percentage_issues,
    product_issues,
    sum_issues,
)


def lint_source(
    text: str,
    *,
    published: date | None = None,
    on_land: OnLand | None = None,
    different: Callable[[str, str], bool] = lambda _, __: False,
) -> tuple[SourceIssue, ...]:
    """Issues of numbers, dates, names and identifiers in a text, by line and column.

    Args:
        text: plain text or Markdown; code and addresses in it are passed over.
        published: when it was published; None: taken from its first lines, if they say.
        on_land: whether a position is well inside land; None: not asked.
        different: whether two names that look alike are known to be two.

    Examples:
        >>> [issue.code for issue in lint_source("Seven of the six ships left on 31 June 2024.")]
        ['part-exceeds-whole', 'date-impossible']
        >>> lint_source("Five of the six ships left on 30 June 2024.")
        ()

    """
    prose = prose_of(text)
    mentions = mentions_of(prose)
    told = published or published_of(prose, mentions)
    found = {
        *calendar_issues(prose, mentions),
        *run_issues(prose, mentions),
        *tense_issues(prose, mentions, published=told),
        *order_issues(prose, mentions),
        *interval_issues(prose, mentions),
        *clock_issues(prose),
        *count_issues(prose),
        *listing_issues(prose),
        *part_issues(prose),
        *remainder_issues(prose),
        *table_issues(prose),
        *name_issues(prose, different=different),
        *product_issues(prose),
        *percentage_issues(prose),
        *sum_issues(prose),
        *conversion_issues(prose),
        *aggregate_issues(prose),
        *each_issues(prose),
        *rate_issues(prose, mentions, published=told),
        *identifier_issues(prose),
        *coordinate_issues(prose, on_land=on_land),
        *unit_issues(prose),
    }
    return tuple(sorted(found, key=lambda i: (i.line, i.column, i.code, i.excerpt)))
