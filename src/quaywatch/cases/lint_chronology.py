"""Dates against each other and the calendar: a year out of its run, tense, weekdays, order.

A run is read only where the text gives it: a printed date is an outlier if another year would put
it between the dates on either side of it, and nothing in its sentence says that it looks back.
"""

import calendar
import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from quaywatch.cases.lint_dates import Mention
from quaywatch.cases.lint_issue import Severity, SourceIssue
from quaywatch.cases.lint_prose import Prose

_RUN: Final = timedelta(days=120)
"""Longest span of a run that a date with another year would fit into."""
_OUT: Final = timedelta(days=200)
"""Nearest that an outlier lies to its run."""
_FOLLOWS: Final = timedelta(days=60)
_BACK = re.compile(
    r"\b(?:previous(?:ly)?|earlier|before|prior|ago|last|since|compared|comparison|former(?:ly)?"
    r"|had|having|originally|initially|already|anniversary|unlike|until|whereas|while|in contrast"
    r"|built|launched|founded|registered|renamed|first|again|between|same|a year|history|followed"
    r"|despite|after|under|adopted|passed|resolution|version|release[sd]?|copyright|edition)\b",
    re.IGNORECASE,
)
_ON = re.compile(
    r"\b(?:then|later|subsequent(?:ly)?|next|afterwards?|thereafter|following)\b", re.IGNORECASE
)
_THEN_ON = re.compile(
    r"\b(?:then|later|subsequently|next|afterwards?|thereafter),? (?:on |by |in )?$", re.IGNORECASE
)
_EARLIER = re.compile(
    r"\b(?:earlier|before|ago|previous\w*|version|release|edition)\b", re.IGNORECASE
)
_PAST = re.compile(
    r"\b(?:was|were|had|showed|took|taken|seen|left|met|said|sent|came|went|lay|saw|broadcast"
    r"|captured|observed|arrived|departed|sailed|loaded|called|[a-z]{3,}ed)\b",
    re.IGNORECASE,
)
_AHEAD = re.compile(
    r"\b(?:will|would|shall|may|might|could|can|should|must|expect\w*|schedul\w+|plan\w*|due"
    r"|until|till|by|through|expir\w+|deadline|effective|to be|if|forecast\w*|target\w*|valid"
    r"|intend\w*|hope\w*|propos\w+|goal|from|upcoming|next|set to|ahead|project(?:ed|ions?)|updated"
    r"|retrieved|accessed|modified|revised)\b",
    re.IGNORECASE,
)
_SAID = "%-d %B %Y"


def said(on: date) -> str:
    """A date in words.

    Examples:
        >>> said(date(2025, 2, 3))
        '3 February 2025'

    """
    return on.strftime(_SAID)


def issue_at(
    prose: Prose,
    start: int,
    end: int,
    *,
    code: str,
    computed: str,
    severity: Severity = Severity.SLIP,
    may_mean: Sequence[str] = (),
) -> SourceIssue:
    """An issue at a place of a text."""
    line, column = prose.place(start)
    return SourceIssue(
        code, severity, line, column, prose.excerpt(start, end), computed, tuple(may_mean)
    )


def calendar_issues(prose: Prose, mentions: Sequence[Mention]) -> Iterator[SourceIssue]:
    """Dates that no calendar has, on another weekday than they say, or that read both ways.

    Examples:
        >>> from quaywatch.cases.lint_dates import mentions_of
        >>> from quaywatch.cases.lint_prose import prose_of
        >>> prose = prose_of("It left on Monday, 31 June 2024 and called on Friday, 5 July 2024.")
        >>> [issue.code for issue in calendar_issues(prose, mentions_of(prose))]
        ['date-impossible']

    """
    settled = any(
        max(map(int, re.findall(r"\d+", m.text)[:2])) > 12
        for m in mentions
        if re.fullmatch(r"[\d/.]+", m.text)
    )
    for mention in mentions:
        at = (prose, mention.start, mention.end)
        if not mention.exists:
            whole = f"{mention.month} has no day {mention.day}"
            if 1 <= mention.month <= 12:
                year = "" if mention.year is None else f" {mention.year}"
                whole = f"{calendar.month_name[mention.month]}{year} has no day {mention.day}"
            yield issue_at(*at, code="date-impossible", computed=whole)
            continue
        on = mention.on() if mention.year else None
        if on and mention.weekday is not None and on.weekday() != mention.weekday:
            day = calendar.day_name[on.weekday()]
            yield issue_at(
                *at,
                code="weekday-mismatch",
                computed=f"{said(on)} was a {day}",
                may_mean=("another day of the month", "another month or year", f"a {day}"),
            )
        if mention.both_ways and not settled and mention.day is not None:
            other = f"{mention.month} {calendar.month_name[mention.day]} {mention.year}"
            yield issue_at(
                *at,
                code="date-order-ambiguous",
                severity=Severity.AMBIGUOUS,
                computed="day and month can be read both ways, and no other date here settles it",
                may_mean=(said(on) if on else mention.text, other),
            )


def run_issues(prose: Prose, mentions: Sequence[Mention]) -> Iterator[SourceIssue]:
    """Dates whose year stands out of the run in which they are told.

    Examples:
        >>> from quaywatch.cases.lint_dates import mentions_of
        >>> from quaywatch.cases.lint_prose import prose_of
        >>> prose = prose_of("It left on 22 January 2025. Then, on 3 February 2024, it called; "
        ...                  "it came home on 24 February 2025.")
        >>> [str(issue.excerpt) for issue in run_issues(prose, mentions_of(prose))]
        ['3 February 2024']
        >>> prose = prose_of("It left on 22 January 2025. It had called on 3 February 2024, and "
        ...                  "came home on 24 February 2025.")
        >>> list(run_issues(prose, mentions_of(prose)))
        []

    """
    for index, mention in enumerate(mentions):
        on = mention.on() if mention.year else None
        # A day told twice, as a caption does, is told by itself.
        if on is None or _looks_back(prose, mention):
            continue
        before = _last(mentions[:index], mention, prose)
        after = _next(mentions[index + 1 :], mention, prose)
        for year in (on.year + 1, on.year - 1):
            meant = mention.on(year)
            if meant is None or before is None:
                continue
            inside = (
                after is not None
                and before <= meant <= after
                and after - before <= _RUN
                and min(abs(on - before), abs(on - after)) >= _OUT
            )
            follows = (
                timedelta(0) <= meant - before <= _FOLLOWS
                and before - on >= _OUT
                and _ON.search(prose.sentence(mention.start)) is not None
                and (after is None or after >= meant or after.year == on.year)
            )
            if inside or follows:
                yield _out_of_run(prose, mention, on, meant, (before, after if inside else None))
                break


def _out_of_run(
    prose: Prose, mention: Mention, on: date, meant: date, ends: tuple[date, date | None]
) -> SourceIssue:
    before, after = ends
    away = abs((on - before).days)
    run = f"between {said(before)} and {said(after)}" if after else f"right after {said(before)}"
    return issue_at(
        prose,
        mention.start,
        mention.end,
        code="year-out-of-run",
        computed=f"told {run}, but {away} days from the former; {said(meant)} would fit",
        may_mean=(said(meant), "an earlier or later event that the text does not set apart"),
    )


def _looks_back(prose: Prose, mention: Mention) -> bool:
    """Whether the words around a date set it apart from what is being told."""
    start, end = prose.sentences[prose.sentence_at(mention.start)]
    before = prose.masked[max(start, mention.start - 90) : mention.start]
    if _THEN_ON.search(before):
        return False
    after = prose.masked[mention.end : min(end, mention.end + 24)]
    return _BACK.search(before) is not None or _EARLIER.search(after) is not None


def _clause(prose: Prose, mention: Mention) -> str:
    """What surrounds a date in its sentence: the words that may say that it looks back."""
    start, end = prose.sentences[prose.sentence_at(mention.start)]
    return (
        prose.masked[max(start, mention.start - 90) : mention.start]
        + " "
        + prose.masked[mention.end : min(end, mention.end + 40)]
    )


def _near(prose: Prose, mention: Mention, other: Mention) -> bool:
    apart = prose.paragraph_at(other.start) - prose.paragraph_at(mention.start)
    return abs(apart) <= 6


def _last(earlier: Sequence[Mention], mention: Mention, prose: Prose) -> date | None:
    """The day told last before this one."""
    for other in reversed(earlier):
        if other.day is not None and _near(prose, mention, other):
            if other.year is not None and _looks_back(prose, other):
                continue
            return other.on()
    return None


def _next(later: Sequence[Mention], mention: Mention, prose: Prose) -> date | None:
    """The day told next with its own year: one without took its year from the date in question."""
    for other in later:
        if other.year is not None and other.day is not None and _near(prose, mention, other):
            same = (other.month, other.day, other.year) == (
                mention.month, mention.day, mention.year,
            )  # fmt: skip
            if same:
                continue
            return other.on()
    return None


def tense_issues(
    prose: Prose, mentions: Sequence[Mention], *, published: date | None
) -> Iterator[SourceIssue]:
    """Past events that are dated after the text was published.

    Examples:
        >>> from quaywatch.cases.lint_dates import mentions_of
        >>> from quaywatch.cases.lint_prose import prose_of
        >>> prose = prose_of("It was seen on 3 June 2025. It will sail by 9 June 2025.")
        >>> [i.excerpt for i in tense_issues(prose, mentions_of(prose), published=date(2025, 5, 7))]
        ['3 June 2025']

    """
    if published is None:
        return
    for mention in mentions:
        on = mention.on() if mention.year else None
        if on is None or on <= published + timedelta(days=1):
            continue
        sentence = prose.sentence(mention.start)
        if not _PAST.search(sentence) or _AHEAD.search(_clause(prose, mention)):
            continue
        earlier = mention.on(on.year - 1)
        fits = earlier is not None and earlier <= published
        yield issue_at(
            prose,
            mention.start,
            mention.end,
            code="date-after-publication",
            computed=f"{(on - published).days} days after the text's own date, {said(published)}",
            severity=Severity.SLIP if fits else Severity.CHECK,
            may_mean=(
                *((said(earlier),) if earlier is not None and fits else ()),
                "a text revised since",
                "a publication date that is wrong",
            ),
        )


_DAY_LIST = re.compile(
    r"(?<![\d.,:/$€£-])(?P<days>[1-3]?\d(?:, [1-3]?\d){2,},? (?:and|or) [1-3]?\d) (?:January"
    r"|February|March|April|May|June|July|August|September|October|November|December)\b"
)
_LIST = re.compile(r"^(?:,|;)?\s*(?:and|or)?\s*(?:on)?$")


def order_issues(prose: Prose, mentions: Sequence[Mention]) -> Iterator[SourceIssue]:
    """A list of at least four dates in order, save one.

    Examples:
        >>> from quaywatch.cases.lint_dates import mentions_of
        >>> from quaywatch.cases.lint_prose import prose_of
        >>> prose = prose_of("In 2024 it was seen on June 2, July 20, April 7, September 13 and "
        ...                  "December 7.")
        >>> [issue.excerpt for issue in order_issues(prose, mentions_of(prose))]
        ['April 7']

    """
    yield from _days_of_a_month(prose)
    run: list[Mention] = []
    for mention in [*mentions, None]:
        joined = (
            mention is not None
            and run
            and mention.day is not None
            and _LIST.match(" ".join(prose.masked[run[-1].end : mention.start].split()))
        )
        if joined and mention is not None:
            run.append(mention)
            continue
        yield from _odd_in_list(prose, run)
        run = [mention] if mention is not None and mention.day is not None else []


def _days_of_a_month(prose: Prose) -> Iterator[SourceIssue]:
    """A list of at least four days of one month in order, save one: "2, 4, 17, 9 and 12 June"."""
    for match in _DAY_LIST.finditer(prose.masked):
        days = [int(day) for day in re.findall(r"\d+", match["days"])]
        without = [days[:i] + days[i + 1 :] for i in range(len(days))]
        odd = [day for day, rest in zip(days, without, strict=True) if _rising(rest)]
        if odd and not _rising(days):
            yield issue_at(
                prose,
                match.start(),
                match.end(),
                code="list-order",
                severity=Severity.CHECK,
                computed=f"without {max(odd)} the other {len(days) - 1} days are in order",
                may_mean=("another day", "a list in no order"),
            )


def _rising(days: Sequence[int]) -> bool:
    return all(a < b for a, b in pairwise(days))


def _odd_in_list(prose: Prose, run: Sequence[Mention]) -> Iterator[SourceIssue]:
    if len(run) < 4:
        return
    place = [m.month * 31 + (m.day or 0) for m in run]

    def ordered(values: Sequence[int]) -> bool:
        """Whether values rise, and turn with the year at most once."""
        falls = sum(b < a for a, b in pairwise(values))
        return falls == 0 or (falls == 1 and values[-1] <= values[0])

    if ordered(place):
        return
    odd = [i for i in range(len(run)) if ordered(place[:i] + place[i + 1 :])]
    if len(odd) == 1:
        mention = run[odd[0]]
        yield issue_at(
            prose,
            mention.start,
            mention.end,
            code="list-order",
            severity=Severity.CHECK,
            computed=f"the other {len(run) - 1} dates of the list are in order, this one is not",
            may_mean=("another month or day", "a list in no order"),
        )
