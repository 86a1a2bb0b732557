"""Dates as people write them: full, without a year, ranges, weekdays and times of day."""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from quaywatch.cases.lint_prose import Prose

_MONTHS: Final = {name.lower(): n for n, name in enumerate(calendar.month_name) if name} | {
    **{name.lower(): n for n, name in enumerate(calendar.month_abbr) if name},
    "sept": 9,
}
_DAYS: Final = {name.lower(): n for n, name in enumerate(calendar.day_name)}
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\b\.?)"
)
_YEAR = r"(?:1[89]|20)\d\d(?!\d|[.,]\d)"
_DAY = r"(?<![\d.,:])(?:[0-3]?\d)(?:st|nd|rd|th)?"
_TO = r"(?:\s?[-–]\s?|\s(?:to|and|until|through)\s|/)"
_WEEKDAY = r"(?:(?P<weekday>(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day),?\s+(?:the\s+)?)?"
_DATE = re.compile(
    rf"{_WEEKDAY}(?:"
    rf"(?P<iso>(?<![\d-])(?P<iy>{_YEAR})-(?P<im>\d\d)-(?P<id>\d\d)(?![\d-]))"
    rf"|(?P<dmy>(?:(?P<d0>{_DAY}){_TO})?(?P<d1>{_DAY})(?:\s+(?:of\s+)?|-)(?P<m1>{_MONTH})"
    rf"(?:,?\s+(?P<y1>{_YEAR})|-(?P<y1b>{_YEAR}))?)(?!\w)"
    rf"|(?P<mdy>(?<!\w)(?P<m2>{_MONTH})\s+(?P<d2>{_DAY})(?![\d:%])(?:{_TO}(?P<d3>{_DAY})(?![\d:%]))?"
    rf"(?:,?\s+(?P<y2>{_YEAR}))?)(?!\w|\.\d)"
    rf"|(?P<my>(?<!\w)(?P<m3>{_MONTH}),?\s+(?:of\s+)?(?P<y3>{_YEAR}))"
    rf"|(?P<num>(?<![\w/.-])(?P<n1>[0-3]?\d)(?P<sep>[/.])(?P<n2>[0-3]?\d)(?P=sep)(?P<n3>{_YEAR}))"
    rf")"
)
TIME = re.compile(r"(?<![\d:])(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?![\d:])")
"""A time of day, to the minute."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A date of a text."""

    start: int
    end: int
    year: int | None
    """As printed; None: the text leaves it out."""
    month: int
    day: int | None
    """None: only the month is given."""
    text: str
    weekday: int | None = None
    """Monday is 0."""
    near_year: int | None = None
    """What the dates before it suggest, where the text leaves the year out."""
    both_ways: bool = False
    """Printed in digits, and good both as day/month and as month/day."""

    @property
    def exists(self) -> bool:
        """Whether any calendar has it: a 29 February without a year does exist."""
        if not 1 <= self.month <= 12:
            return False
        year = 2024 if self.year is None else self.year
        return self.day is None or 1 <= self.day <= calendar.monthrange(year, self.month)[1]

    def on(self, year: int | None = None) -> date | None:
        """The day it means, in a given year, the printed or the suggested one; None: not told."""
        chosen = year or self.year or self.near_year
        if self.day is None or chosen is None:
            return None
        try:
            return date(chosen, self.month, self.day)
        except ValueError:
            return None


def _number(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def _of_match(match: re.Match[str]) -> Iterator[Mention]:
    text = " ".join(match.group(0).split())
    weekday = _DAYS[match["weekday"].lower()] if match["weekday"] else None

    def made(year: str | None, month: int, day: str | None, *, both: bool = False) -> Mention:
        return Mention(
            match.start(),
            match.end(),
            int(year) if year else None,
            month,
            _number(day) if day else None,
            text,
            weekday=weekday,
            both_ways=both,
        )

    if match["iso"]:
        yield made(match["iy"], int(match["im"]), match["id"])
    elif match["dmy"]:
        month, year = _month(match["m1"]), match["y1"] or match["y1b"]
        days = [match["d0"], match["d1"]]
        yield from (made(year, month, day) for day in days if day)
    elif match["mdy"]:
        month, days = _month(match["m2"]), [match["d2"], match["d3"]]
        yield from (made(match["y2"], month, day) for day in days if day)
    elif match["my"]:
        yield made(match["y3"], _month(match["m3"]), None)
    else:
        first, second = int(match["n1"]), int(match["n2"])
        both = first != second and max(first, second) <= 12
        if first > 12 or (match["sep"] == "." and second <= 12):
            yield made(match["n3"], second, match["n1"], both=both)
        else:
            yield made(match["n3"], first, match["n2"], both=both)


def _month(text: str) -> int:
    return _MONTHS[text.rstrip(".").lower()]


def mentions_of(prose: Prose) -> list[Mention]:
    """Dates of a text in its order; a year left out is suggested by the dates before it.

    Examples:
        >>> from quaywatch.cases.lint_prose import prose_of
        >>> said = "It left on 22 January 2025, called on 28 January, June 3-5 and Sept. 7, 2025."
        >>> [str(m.on()) for m in mentions_of(prose_of(said))]
        ['2025-01-22', '2025-01-28', '2025-06-03', '2025-06-05', '2025-09-07']

    """
    found = [m for match in _DATE.finditer(prose.masked) for m in _of_match(match)]
    suggested: list[Mention] = []
    last: date | None = None
    for index, mention in enumerate(found):
        known = mention
        if mention.year is None and mention.day is not None:
            if last is None:
                after = next((m.year for m in found[index:] if m.year), None)
                known = replace(mention, near_year=after)
            else:
                known = replace(mention, near_year=_nearest_year(mention, last))
        suggested.append(known)
        last = known.on() or last
        if known.day is None and known.year is not None and known.exists:
            last = date(known.year, known.month, 15)
    return suggested


def _nearest_year(mention: Mention, last: date) -> int:
    """The year that puts a date without one nearest to the one before it."""

    def away(year: int) -> int:
        on = mention.on(year)
        return abs((on - last).days) if on else 10_000

    return min((last.year, last.year + 1, last.year - 1), key=away)


_SAID_SO = re.compile(
    r"^\W*(?:last |first )?(?:published|posted|issued|dated)\b\W*(?:on\s+)?$", re.IGNORECASE
)
"""Words after which a date is that of the text, whatever follows in its line."""
_HEADER = re.compile(
    r"^\W*(?:(?:last |first )?(?:published|posted|issued|updated|date|dated|released)\b\W*"
    r"(?:on\s+)?)?$",
    re.IGNORECASE,
)
_TRAILS = re.compile(r"^\W*(?:\d+ min read\W*|\d{1,2}:\d\d.*)?$", re.IGNORECASE)


def published_of(prose: Prose, mentions: list[Mention]) -> date | None:
    r"""When the text says it was published: a date that stands alone among its first lines.

    Examples:
        >>> from quaywatch.cases.lint_prose import prose_of
        >>> prose = prose_of("A tale\n\nApr 19, 2018 · 5 min read\n\nIt left.")
        >>> published_of(prose, mentions_of(prose))
        datetime.date(2018, 4, 19)

    """
    lines = prose.text.split("\n")
    for mention in mentions:
        row, column = prose.place(mention.start)
        if row > 15:
            break
        line = lines[row - 1]
        before, after = line[: column - 1], line[column - 1 + mention.end - mention.start :]
        told = _SAID_SO.match(before) and re.match(r"\s*(?:[.;,–—|·]|$)", after)
        alone = _HEADER.match(before) and _TRAILS.match(after)
        if mention.year and mention.day and (told or alone):
            return mention.on()
    return None


def days_text(span: timedelta) -> str:
    """An interval in days.

    Examples:
        >>> days_text(timedelta(days=1)), days_text(timedelta(days=-6))
        ('1 day', '6 days')

    """
    days = abs(span.days)
    return f"{days} day{'' if days == 1 else 's'}"
