"""A claims file against its document: what is claimed of lines that say otherwise, unremarked.

A slip of the source is kept as printed, with its reading: a claim whose lines hold a slip and that
says nothing of it has read it silently one way.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from quaywatch.cases.lint_chronology import said
from quaywatch.cases.lint_dates import Mention, mentions_of
from quaywatch.cases.lint_issue import Severity, SourceIssue
from quaywatch.cases.lint_marks import OnLand
from quaywatch.cases.lint_prose import Prose, prose_of
from quaywatch.cases.lint_source import lint_source
from quaywatch.errors import TimeError
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.reported import ClaimEntry, ClaimsFile


def published_on(parsed: ClaimsFile) -> date | None:
    """The day on which the document says it was published; None: not a day.

    Examples:
        >>> from quaywatch.evidence.reported import parse_claims
        >>> text = b'''source = {path = "a", title = "A", published = "2025-05-07"}
        ... [[claim]]
        ... id = "a"
        ... subject = "name:a"
        ... predicate = "seen"
        ... lines = "1"
        ... '''
        >>> published_on(parse_claims(text, name="a.toml"))
        datetime.date(2025, 5, 7)

    """
    text = parsed.source.published or ""
    return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None


def lint_claims(
    claims_text: str, parsed: ClaimsFile, document: str, *, on_land: OnLand | None = None
) -> tuple[SourceIssue, ...]:
    """Claims that their lines do not bear out, by line and column of the claims file.

    Args:
        claims_text: the claims file, for the places of its claims.
        parsed: the same, parsed.
        document: the text whose lines it names.
        on_land: whether a position is well inside land; None: not asked.

    Examples:
        >>> from quaywatch.evidence.reported import parse_claims
        >>> text = '''source = {path = "a", title = "A"}
        ... [[claim]]
        ... id = "seen"
        ... subject = "name:a"
        ... predicate = "sighted-at"
        ... time = "2025-03-05"
        ... lines = "1"
        ... '''
        >>> parsed = parse_claims(text.encode(), name="a.toml")
        >>> lint_claims(text, parsed, "It was seen on 5 March 2025.")
        ()
        >>> [i.code for i in lint_claims(text, parsed, "It was seen on 6 March 2025.")]
        ['claim-not-in-lines']

    """
    prose = prose_of(document)
    mentions = mentions_of(prose)
    slips = [
        issue
        for issue in lint_source(document, published=published_on(parsed), on_land=on_land)
        if issue.severity is not Severity.CHECK
    ]
    rows = {
        match[1]: claims_text.count("\n", 0, match.start()) + 1
        for match in re.finditer(r'^id\s*=\s*"([^"]+)"', claims_text, re.MULTILINE)
    }
    found: list[SourceIssue] = []
    for entry in parsed.claim:
        row = rows.get(entry.id, 1)
        found.extend(_unsaid_slips(entry, slips, row))
        found.extend(_not_in_lines(entry, prose, mentions, row))
    return tuple(found)


def _unsaid_slips(
    entry: ClaimEntry, slips: Sequence[SourceIssue], row: int
) -> Iterator[SourceIssue]:
    for issue in slips:
        if not entry.first_line <= issue.line <= entry.last_line or not _touches(entry, issue):
            continue
        if entry.slip is None and entry.reading is None:
            yield SourceIssue(
                "slip-unsaid",
                Severity.CHECK,
                row,
                1,
                entry.id,
                f"its lines hold {issue.excerpt!r} ({issue.code}: {issue.computed}), and it has "
                "neither slip nor reading",
                ("the slip does not touch what is claimed", "a slip read silently one way"),
            )


def _touches(entry: ClaimEntry, issue: SourceIssue) -> bool:
    """Whether an issue can bear on a claim: one of a date on a claim with a time, and so on."""
    if issue.code in {
        "year-out-of-run",
        "interval-mismatch",
        "date-impossible",
        "date-order-ambiguous",
    }:
        return entry.time is not None
    if issue.code in {"unit-mixed", "currency-doubled", "name-differs"}:
        return False
    return entry.note is not None


def _not_in_lines(
    entry: ClaimEntry, prose: Prose, mentions: Sequence[Mention], row: int
) -> Iterator[SourceIssue]:
    if entry.time is None or entry.relative is not None:
        return
    try:
        time = TimeInterval.parse(entry.time)
    except TimeError:
        return
    if time.end - time.start > timedelta(days=1):
        return  # a period is rarely printed as it is meant
    on = time.start.date()
    printed = [
        m for m in mentions if entry.first_line <= prose.place(m.start)[0] <= entry.last_line
    ]
    same = [m for m in printed if (m.month, m.day) == (on.month, on.day)]
    if not same and any(m.day is not None for m in printed) and entry.reading is None:
        told = ", ".join(dict.fromkeys(m.text for m in printed))
        yield SourceIssue(
            "claim-not-in-lines",
            Severity.CHECK,
            row,
            1,
            entry.id,
            f"its time is {said(on)}; its lines print {told}",
            ("other lines", "another time", "a time worked out, which `reading` would explain"),
        )
    years = {m.year for m in same if m.year is not None}
    if years and on.year not in years and entry.slip is None:
        yield SourceIssue(
            "slip-unsaid",
            Severity.SLIP,
            row,
            1,
            entry.id,
            f"its time is {said(on)}; its lines print {same[0].text}, and it has no slip",
            ("the year as printed", "a slip read silently one way"),
        )
