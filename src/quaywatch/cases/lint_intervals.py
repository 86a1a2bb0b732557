"""Intervals in words against the dates and times that they stand between.

"Nine days later, on 6 July" is held against every day told shortly before: only where none of
them is nine days away is it a slip, and then what the nearest would give is said.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from quaywatch.cases.lint_chronology import issue_at, said
from quaywatch.cases.lint_dates import TIME, Mention
from quaywatch.cases.lint_figures import HEDGE, NUMBER, number_of
from quaywatch.cases.lint_issue import Severity, SourceIssue
from quaywatch.cases.lint_prose import Prose

_UNIT_DAYS: Final = {"day": 1.0, "night": 1.0, "week": 7.0, "fortnight": 14.0, "month": 30.44,
                     "year": 365.25}  # fmt: skip
_SPAN = rf"(?:(?P<hedge>{HEDGE})\s+)?(?P<number>{NUMBER}|an?|one)[\s-](?P<unit>UNITS)s?\b"
_DAYS = _SPAN.replace("UNITS", "day|night|week|fortnight|month|year")
_CLOCK = _SPAN.replace("UNITS", "minute|hour")
_LATER = re.compile(
    rf"\b{_DAYS}\s+(?P<way>later|afterwards?|earlier|previously|before|after|prior)\b",
    re.IGNORECASE,
)
_CLOCK_LATER = re.compile(
    rf"\b{_CLOCK}\s+(?P<way>later|afterwards?|earlier|before(?:hand)?)\b", re.IGNORECASE
)
_LENGTH_AFTER = re.compile(
    rf"^\s?(?:,|\(|–|—|-)?\s?(?:(?:a|an) (?:span|period|stay|stretch|gap|time|window) of |lasting "
    rf"|for |i\.e\. |that is,? |in all,? )?{_DAYS}(?!\s+(?:later|after|before|earlier|ago))",
    re.IGNORECASE,
)
_LENGTH_BEFORE = re.compile(
    rf"\b{_DAYS}(?:\s+(?:period|gap|stay|span|silence|window|spell))?\s?(?:,|\(|–|—)?\s?"
    r"(?:from|between)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
_LOOSE = re.compile(
    r"^(?:about|approximately|approx\.|around|roughly|some|circa|ca\.|~|≈)$", re.IGNORECASE
)
_LOWER = re.compile(r"^(?:over|more than|at least|just over)$", re.IGNORECASE)
_UPPER = re.compile(r"^(?:under|less than|fewer than|at most|just under|up to|nearly|almost"
                    r"|close to)$", re.IGNORECASE)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Span:
    """An interval in words, in days, with what the words leave open."""

    low: float
    high: float
    days: float
    text: str
    grace: float = 0.0
    """What counting both ends, or neither, may add."""

    def holds(self, days: float, *, exact: bool = False) -> bool:
        less = self.grace if exact else 0.0
        return self.low + less <= abs(days) <= self.high - less


def _span(match: re.Match[str]) -> _Span:
    word = match["number"].lower()
    number = 1.0 if word in {"a", "an", "one"} else number_of(word)
    unit = match["unit"].lower()
    per = _UNIT_DAYS[unit]
    days = number * per
    # Counting both ends, or neither, changes days by one; longer units are rarely meant to the day.
    loose = {"day": 1.0, "night": 1.0, "week": 3.0, "fortnight": 3.0, "month": 16.0, "year": 190.0}
    slack = loose[unit]
    hedge = match["hedge"] or ""
    if _LOOSE.match(hedge):
        slack = max(slack, 0.25 * days)
    low, high = days - slack, days + slack
    if _LOWER.match(hedge):
        low, high = days - slack, days * 1.5 + slack
    if _UPPER.match(hedge):
        low, high = days * 0.5 - slack, days + slack
    grace = slack if unit in {"day", "night"} and not hedge else 0.0
    return _Span(low, high, days, " ".join(match.group(0).split()), grace)


def interval_issues(prose: Prose, mentions: Sequence[Mention]) -> Iterator[SourceIssue]:
    """Intervals in days, weeks, months or years that fit no date told before.

    Examples:
        >>> from quaywatch.cases.lint_dates import mentions_of
        >>> from quaywatch.cases.lint_prose import prose_of
        >>> prose = prose_of("It arrives on June 30, 2017. Nine days later, on July 6, 2017, it "
        ...                  "loads.")
        >>> next(interval_issues(prose, mentions_of(prose))).computed
        'from 30 June 2017 to 6 July 2017 is 6 days; nine days earlier would be 27 June 2017'

    """
    for match in _LATER.finditer(prose.masked):
        yield from _later_issues(prose, mentions, match)
    yield from _length_issues(prose, mentions)


def _later_issues(
    prose: Prose, mentions: Sequence[Mention], match: re.Match[str]
) -> Iterator[SourceIssue]:
    span = _span(match)
    way = match["way"].lower()
    sentence = prose.sentences[prose.sentence_at(match.start())]
    inside = [m for m in mentions if sentence[0] <= m.start < sentence[1] and m.day is not None]
    following = [m for m in inside if m.start >= match.end()]
    preceding = [m for m in inside if m.end <= match.start()]
    told: Mention | None = None
    anchors: list[Mention] = []
    if way in {"after", "before", "prior"} and following:
        # "nine days after 30 June, on 6 July": the first is the anchor, another one the event.
        gap = prose.masked[match.end() : following[0].start]
        if re.fullmatch(r"\s*(?:to\s+)?(?:the\s+)?", gap):
            anchors = [following[0]]
            told = _nearby(following[1:], prose, following[0].end, 30) or _last_of(
                preceding, prose, match.start(), 30
            )
    if told is None and (way not in {"after", "before", "prior"} or _bare(prose, match)):
        told = _nearby(following, prose, match.end(), 24)
        if told is None:
            told = _last_of(preceding, prose, match.start(), 6)
        if told is not None:
            anchors = _before(prose, mentions, told, match)
    if told is None or not anchors:
        return
    yield from _held(prose, match, span, told, anchors)


def _bare(prose: Prose, match: re.Match[str]) -> bool:
    after = prose.masked[match.end() : match.end() + 12]
    return re.match(r"[,.;]|\s(?:that|this|which)\b", after) is not None


def _nearby(them: Sequence[Mention], prose: Prose, at: int, most: int) -> Mention | None:
    """The date that follows directly: "later, on 6 July"."""
    if them and them[0].start - at <= most:
        between = prose.masked[at : them[0].start]
        if re.fullmatch(
            r"(?:\s(?:that|this|which))?[\s,(–—-]*(?:on|in|by|at|until|this time)?\s*(?:the\s+)?",
            between,
        ):
            return them[0]
    return None


def _last_of(them: Sequence[Mention], prose: Prose, at: int, most: int) -> Mention | None:
    """The date that stands directly before: "on 6 July, nine days later"."""
    if them and at - them[-1].end <= most:
        between = prose.masked[them[-1].end : at]
        if re.fullmatch(r"[\s,(–—-]*", between):
            return them[-1]
    return None


def _before(
    prose: Prose, mentions: Sequence[Mention], told: Mention, match: re.Match[str]
) -> list[Mention]:
    """The days told shortly before an interval, the nearest first."""
    here = prose.paragraph_at(match.start())
    return [
        m
        for m in reversed(mentions)
        if m.end <= min(match.start(), told.start)
        and m.day is not None
        and here - prose.paragraph_at(m.start) <= 6
        and m is not told
    ][:8]


def _held(
    prose: Prose, match: re.Match[str], span: _Span, told: Mention, anchors: Sequence[Mention]
) -> Iterator[SourceIssue]:
    on = told.on()
    if on is None:
        return
    towards = -1 if match["way"].lower() in {"earlier", "before", "previously", "prior"} else 1
    apart: list[tuple[date, int]] = []
    for anchor in anchors:
        year = anchor.year or _year_beside(anchor, on)
        other = anchor.on(year)
        if other is None:
            continue
        days = (on - other).days
        if told.year is None or anchor.year is None:
            # A year that is not printed cannot be what the interval trips over.
            days = min((days, days + 365, days - 365), key=abs)
        if days * towards < 0:
            continue  # later is not earlier
        # Counting both ends or neither makes a day: granted to the date that is nearest.
        if span.holds(days, exact=bool(apart)):
            return
        apart.append((other, days))
    if not apart or abs(apart[0][1]) > max(400, 3 * span.days):
        return
    first, days = apart[0]
    back = -1 if match["way"].lower() in {"later", "after", "afterwards", "afterward"} else 1
    other_end = said(on + back * timedelta(days=round(span.days)))
    count = f"{abs(days)} day{'' if abs(days) == 1 else 's'}"
    number = " ".join(f"{match['number']} {match['unit']}".lower().split())
    plural = "" if span.days == 1 or match["number"].lower() in {"a", "an", "one"} else "s"
    earlier = "earlier" if back < 0 else "later"
    yield issue_at(
        prose,
        min(match.start(), told.start),
        max(match.end(), told.end),
        code="interval-mismatch",
        computed=(
            f"from {said(first)} to {said(on)} is {count}; {number}{plural} {earlier} would be "
            f"{other_end}"
        ),
        may_mean=(
            f"{count}",
            f"counted from {other_end}, of which the text does not tell",
            f"another date than {said(on)} or {said(first)}",
        ),
    )


def _year_beside(anchor: Mention, on: date) -> int:
    years = (on.year, on.year - 1, on.year + 1)
    return min(years, key=lambda y: abs((on - (anchor.on(y) or date.min)).days))


def _length_issues(prose: Prose, mentions: Sequence[Mention]) -> Iterator[SourceIssue]:
    """Lengths told beside both ends: "from 30 June to 6 July, nine days"."""
    for first, last in pairwise(mentions):
        between = prose.masked[first.end : last.start]
        if first.day is None or last.day is None:
            continue
        # "From 21 to 27 July" is one place of the text with two dates.
        if first.start != last.start and not re.fullmatch(
            r"\s(?:to|and|until|till|through)\s(?:the\s)?", between
        ):
            continue
        head = prose.masked[max(first.start - 60, 0) : first.start]
        if not re.search(r"\b(?:from|between)\s+(?:the\s+)?$", head, re.IGNORECASE):
            continue
        after = _LENGTH_AFTER.match(prose.masked[last.end : last.end + 60])
        before = _LENGTH_BEFORE.search(head)
        match = after or before
        start, end = _ends(first, last)
        if start is None or end is None:
            continue
        if (end - start).days < 0:
            if first.year and last.year:
                yield issue_at(
                    prose,
                    first.start,
                    last.end,
                    code="range-reversed",
                    computed=f"{said(end)} is {abs((end - start).days)} days before {said(start)}",
                    may_mean=("the two dates exchanged", "another year or month"),
                )
            continue
        if match is None or _span(match).holds((end - start).days):
            continue
        if match is before and _some_within(match, (end - start).days):
            continue
        begun = first.start - len(head) + before.start() if before and not after else first.start
        yield issue_at(
            prose,
            begun,
            last.end + (after.end() if after else 0),
            code="interval-mismatch",
            computed=f"from {said(start)} to {said(end)} is {(end - start).days} days",
            may_mean=(f"{(end - start).days} days", "another date at either end"),
        )


def _some_within(match: re.Match[str], days: int) -> bool:
    """Whether so many of the days between two are meant: "12 nights between 3 and 30 June"."""
    text = match.group(0).lower().rstrip()
    length = re.search(r",|\(|period|gap|stay|span|silence|window|spell", text)
    return text.endswith("between") and length is None and _span(match).days < days


def _ends(first: Mention, last: Mention) -> tuple[date | None, date | None]:
    end = last.on()
    if end is None:
        return None, None
    start = first.on(first.year or end.year)
    if start is not None and first.year is None and start > end:
        start = first.on(end.year - 1)
    return start, end


def clock_issues(prose: Prose) -> Iterator[SourceIssue]:
    """Minutes or hours between two times of day that are not what the clock gives.

    Examples:
        >>> from quaywatch.cases.lint_prose import prose_of
        >>> prose = prose_of("It broadcast at 00:09 UTC. The image, nine minutes later at 00:16, "
        ...                  "shows it elsewhere.")
        >>> next(clock_issues(prose)).computed
        'from 00:09 to 00:16 is 7 minutes'

    """
    times = list(TIME.finditer(prose.masked))
    yield from _clock_lengths(prose)
    for match in _CLOCK_LATER.finditer(prose.masked):
        here = prose.sentence_at(match.start())
        told = _time_told(prose, times, match)
        anchors = [
            t
            for t in times
            if t.end() <= match.start()
            and t is not told
            and here - prose.sentence_at(t.start()) <= 2
        ]
        if told is None or not anchors:
            continue
        per = 1 if match["unit"].lower() == "minute" else 60
        word = match["number"].lower()
        minutes = per * (1.0 if word in {"a", "an", "one"} else number_of(word))
        slack = max(1.0 if per == 1 else 31.0, 0.25 * minutes if match["hedge"] else 0.0)
        back = match["way"].lower().startswith(("earlier", "before"))
        apart = [
            (_minutes(a) - _minutes(told) if back else _minutes(told) - _minutes(a)) % 1440
            for a in anchors
        ]
        if any(abs(one - minutes) <= slack for one in apart) or minutes >= 1440:
            continue
        yield issue_at(
            prose,
            match.start(),
            told.end(),
            code="interval-mismatch",
            computed=f"from {anchors[-1].group(0)} to {told.group(0)} is {_length(apart[-1])}",
            severity=Severity.SLIP,
            may_mean=(_length(apart[-1]), "another time at either end"),
        )


_CLOCKS = re.compile(
    rf"(?:\b{_CLOCK.replace('?P<', '?P<b_')},? )?"
    r"\b(?:from|between) (?P<first>\d\d?:\d\d) (?:to|until|till|and) (?P<last>\d\d?:\d\d)"
    rf"(?: (?:UTC|GMT|local time))?(?:(?:,| \(| –| —) ?{_CLOCK.replace('?P<', '?P<a_')}"
    r"(?! (?:later|after|before|earlier)))?",
    re.IGNORECASE,
)


def _clock_lengths(prose: Prose) -> Iterator[SourceIssue]:
    """Lengths told beside both ends: "from 19:30 to 23:30, six hours"."""
    for match in _CLOCKS.finditer(prose.masked):
        ends = [TIME.fullmatch(match[end]) for end in ("first", "last")]
        side = "a_" if match["a_unit"] else "b_"
        if ends[0] is None or ends[1] is None or match[f"{side}unit"] is None:
            continue
        per = 1 if match[f"{side}unit"].lower() == "minute" else 60
        word = match[f"{side}number"].lower()
        minutes = per * (1.0 if word in {"a", "an", "one"} else number_of(word))
        slack = 1.0 if per == 1 else 31.0
        if match[f"{side}hedge"]:
            slack = max(slack, 0.25 * minutes)
        apart = (_minutes(ends[1]) - _minutes(ends[0])) % 1440
        if abs(apart - minutes) > slack and minutes < 1440:
            yield issue_at(
                prose,
                match.start(),
                match.end(),
                code="interval-mismatch",
                computed=f"from {match['first']} to {match['last']} is {_length(apart)}",
                may_mean=(_length(apart), "another time at either end"),
            )


def _time_told(
    prose: Prose, times: Sequence[re.Match[str]], match: re.Match[str]
) -> re.Match[str] | None:
    """The time of day right behind an interval, or before it: "at 04:35, ten minutes later"."""
    for time in times:
        after = prose.masked[match.end() : max(time.start(), match.end())]
        if 0 <= time.start() - match.end() <= 16 and re.fullmatch(
            r"[\s,(–—-]*(?:at|by)?\s*", after
        ):
            return time
        before = prose.masked[time.end() : max(match.start(), time.end())]
        if 0 <= match.start() - time.end() <= 24 and re.fullmatch(
            r"\s?(?:UTC|GMT|Z|h|local time|[ap]\.?m\.?)?,\s(?:just |only |some )?", before
        ):
            return time
    return None


def _minutes(match: re.Match[str]) -> int:
    return 60 * int(match["hour"]) + int(match["minute"])


def _length(minutes: float) -> str:
    hours, rest = divmod(round(minutes), 60)
    parts = [f"{hours} h"] * bool(hours) + [f"{rest} minutes"] * bool(rest or not hours)
    return " ".join(parts)
