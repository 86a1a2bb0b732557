"""Figures of a fleet: a combined total that reads two ways, a rate beside a count."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from quaywatch.cases.lint_chronology import issue_at
from quaywatch.cases.lint_dates import Mention
from quaywatch.cases.lint_figures import DIGITS, HEDGE, NUMBER, Figure, figures_of, number_of
from quaywatch.cases.lint_issue import Severity, SourceIssue
from quaywatch.cases.lint_prose import Prose
from quaywatch.cases.lint_sums import makes

_COMBINED = re.compile(
    rf"\b(?:combined|total|aggregate|cumulative|collective)\s(?:\w+\s){{0,2}}?(?:deadweight|DWT|dwt"
    rf"|tonnage|capacity)[^.]{{0,40}}?(?P<figure>(?:{HEDGE}\s)?{DIGITS}(?:\s(?:million|thousand))?"
    r"\s(?:metric\s)?(?:tonn?e?s|tons?|dwt|t)\b)",
    re.IGNORECASE,
)
_SHIPS = re.compile(
    rf"(?<![\d.,-])(?P<n>{NUMBER})\s(?:[a-z-]+\s){{0,2}}?(?:vessels|ships|tankers|bulkers|carriers"
    r"|freighters)\b",
    re.IGNORECASE,
)
_VOYAGES = re.compile(
    rf"(?<![\d.,-])(?P<n>{NUMBER})\s(?:[a-z-]+\s){{0,2}}?(?:voyages|shipments|trips|deliveries"
    r"|sailings|journeys|cargoes)\b(?!\s(?:per|a|each|every)\b)",
    re.IGNORECASE,
)
_OWN = re.compile(
    rf"\b(?:deadweight(?:\stonnage)?|DWT)(?:\s\(DWT\))?\s(?:of|:|is|was)\s(?P<figure>(?:{HEDGE}\s)?"
    rf"{DIGITS})",
    re.IGNORECASE,
)


def aggregate_issues(prose: Prose) -> Iterator[SourceIssue]:
    """Combined figures of a fleet that may count each ship once, or once for each voyage.

    Both readings are computed from the counts that the text gives; none is chosen.

    Examples:
        >>> from quaywatch.cases.lint_prose import prose_of
        >>> text = ("Six vessels made 18 voyages. They have a combined deadweight of "
        ...         "approximately 330,000 tonnes. One has a DWT of over 13,000.")
        >>> issue = next(aggregate_issues(prose_of(text)))
        >>> issue.severity.value, issue.may_mean
        ('ambiguous', ('each of the 6 ships once: 55,000 t a ship', 'each ship once for each of the
        18 voyages: 18,333 t a voyage'))

    """
    ships = _most_said(_SHIPS, prose)
    voyages = _most_said(_VOYAGES, prose)
    for match in _COMBINED.finditer(prose.masked):
        if ships is None or voyages is None or ships < 2 or voyages <= ships:
            continue
        figure = next((f for f in figures_of(match["figure"]) if f.kind == "mass"), None)
        if figure is None:
            continue
        said = [
            next(figures_of(own["figure"]))
            for own in _OWN.finditer(prose.masked)
            if not match.start() <= own.start() <= match.end()
        ]
        own = ", ".join(f"one ship is said to have {f.text}" for f in said[:2])
        money = _money_reading(prose, match, figure, ships, voyages)
        readings = (
            f"{figure.value / ships:,.0f} t a ship or {figure.value / voyages:,.0f} t a voyage"
        )
        yield issue_at(
            prose,
            match.start(),
            match.end(),
            code="aggregate-ambiguous",
            severity=Severity.AMBIGUOUS,
            computed="; ".join(filter(None, [readings, own, money])),
            may_mean=(
                f"each of the {ships} ships once: {figure.value / ships:,.0f} t a ship",
                (
                    f"each ship once for each of the {voyages} voyages: "
                    f"{figure.value / voyages:,.0f} t a voyage"
                ),
            ),
        )


def _most_said(pattern: re.Pattern[str], prose: Prose) -> int | None:
    """The count that a text gives most often, the larger of two that are as frequent."""
    counts: dict[int, int] = {}
    for match in pattern.finditer(prose.masked):
        number = number_of(match["n"])
        if number.is_integer() and 1 < number < 10_000:
            counts[int(number)] = counts.get(int(number), 0) + 1
    return max(counts, key=lambda n: (counts[n], n)) if counts else None


def _money_reading(
    prose: Prose, match: re.Match[str], amount: Figure, ships: int, voyages: int
) -> str:
    """What a value beside the figure settles: which reading makes it at the price given."""
    here = prose.paragraph_at(match.start())
    near = [
        f
        for f in figures_of(prose.masked)
        if abs(prose.paragraph_at(f.start) - here) <= 2 and f.kind in {"price", "money"}
    ]
    price = next((f for f in near if f.kind == "price"), None)
    if price is None:
        return ""
    once = amount.value * price.value
    text = f"at {price.text} it is ${once:,.0f}, or ${once * voyages / ships:,.0f} if each ship "
    text += "counts once and all sailed equally often"
    value = next((f for f in near if f.kind == "money" and makes(amount, price, f)), None)
    if value is not None:
        text += f"; {value.text} is the figure itself times the price"
    return text


_RATE = re.compile(
    rf"(?P<hedge>{HEDGE}\s)?(?P<n>{NUMBER})\s(?P<noun>[a-z]{{4,}}s)\s(?:per|a|each|every)\s"
    r"(?P<per>month|week|day)\b",
    re.IGNORECASE,
)


def rate_issues(
    prose: Prose, mentions: Sequence[Mention], *, published: date | None
) -> Iterator[SourceIssue]:
    """Rates that, over the period since which they hold, give another number than is counted.

    Examples:
        >>> from quaywatch.cases.lint_dates import mentions_of
        >>> from quaywatch.cases.lint_prose import prose_of
        >>> prose = prose_of("It made at least 18 voyages. Since October 2024 it has kept to about "
        ...                  "three shipments a month.")
        >>> told = date(2025, 5, 7)
        >>> next(rate_issues(prose, mentions_of(prose), published=told)).severity.value
        'check'

    """
    count = _most_said(_VOYAGES, prose)
    if published is None or count is None:
        return
    for match in _RATE.finditer(prose.masked):
        if match["noun"].lower() not in {"voyages", "shipments", "trips", "deliveries", "sailings"}:
            continue
        start, end = prose.sentences[prose.sentence_at(match.start())]
        since = [
            m
            for m in mentions
            if start <= m.start < end
            and m.year
            and prose.masked[: m.start].rstrip().lower().endswith("since")
        ]
        if not since or since[0].year is None:
            continue
        first = date(since[0].year, since[0].month, since[0].day or 1)
        per = {"month": 30.44, "week": 7.0, "day": 1.0}[match["per"].lower()]
        periods = (published - first).days / per
        number = number_of(match["n"])
        if periods <= 1 or abs(number * periods - count) <= 0.15 * count:
            continue
        yield issue_at(
            prose,
            match.start(),
            match.end(),
            code="rate-mismatch",
            severity=Severity.CHECK,
            computed=(
                f"{number:g} a {match['per'].lower()} over {periods:.1f} {match['per'].lower()}s "
                f"is {number * periods:.0f}; {count} are counted in all, {count / periods:.1f} a "
                f"{match['per'].lower()}"
            ),
            may_mean=("a count that is a lower bound", "a rate of part of the period"),
        )
