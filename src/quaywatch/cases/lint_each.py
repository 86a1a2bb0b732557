"""Counts of one group told apart: of the eleven so many, the others, each so much, on average.

Read only where the words leave no other group: "Two of the six turned back. The four others …" is
a sum, "two of the six …, three others …" is none. Where a third number stands between, nothing is.
"""

import re
from collections.abc import Iterator

from quaywatch.cases.lint_chronology import issue_at
from quaywatch.cases.lint_figures import DIGITS, HEDGE, NUMBER, Figure, figures_of, number_of
from quaywatch.cases.lint_issue import Severity, SourceIssue
from quaywatch.cases.lint_prose import Prose

_NEAR = 260
"""Signs within which the others of a group are told."""
_UNITS = (
    r"(?:tonn?e?s?|tons?|t|kg|m|km|nm|metres|meters|miles|feet|ft|knots|percent|per|hundred|thousand"
    r"|million|billion|dollars|euros|minutes?|hours?|days?|weeks?|months?|years?|times|of|to|and|or)"
)
_WITHIN = re.compile(
    rf"\bof (?:the|these|those|its|their|all) (?P<whole>{NUMBER})(?: [a-z-]+){{0,2}}, "
    rf"(?:only |just )?(?P<part>{NUMBER}) (?!{_UNITS}\b)[a-z]",
    re.IGNORECASE,
)
_PART = re.compile(
    rf"(?<![\d.,/:$€£-])(?P<part>{NUMBER}) (?:out )?of (?:the|these|those|its|their|all) "
    rf"(?P<whole>{NUMBER})\b(?! (?:percent|per cent|%))",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    rf"\bthe (?:other |remaining )(?P<a>{NUMBER})\b|\bthe (?P<b>{NUMBER}) (?:others?|remaining|that"
    r" (?:remain|are left))\b",
    re.IGNORECASE,
)
_ANY = re.compile(rf"(?<![\w.,:/-]){NUMBER}\b", re.IGNORECASE)
_TOGETHER = r"(?:together|in all|altogether|in total|all told)"
_EACH = re.compile(
    rf"\beach (?:of (?:the )?(?P<n>{NUMBER}) [a-z]+ )?(?:[a-z]+ ){{1,3}}(?P<each>{DIGITS})"
    rf"(?: [a-z]+)?(?:,| and| –| —) (?:or |so )?(?P<first>{_TOGETHER} )?(?P<sum>{DIGITS})"
    rf"(?: [a-z]+)?(?P<last> {_TOGETHER})?",
    re.IGNORECASE,
)
_GROUP = re.compile(
    rf"(?<![\w.,:/$€£-])(?P<n>{NUMBER}) (?:[a-z-]+ ){{0,2}}?(?:ships|vessels|tankers|barges|hulls"
    r"|boats|carriers|bulkers|freighters|cargoes|voyages|shipments|trips|deliveries|calls|loads)\b",
    re.IGNORECASE,
)
_AVERAGE = re.compile(
    rf"\b(?:on average|an average of|averaging) (?P<hedge>{HEDGE} )?(?P<figure>{DIGITS} [a-z]+)",
    re.IGNORECASE,
)


def each_issues(prose: Prose) -> Iterator[SourceIssue]:
    """Parts beyond their whole, others that are not the rest, and sums and means of one group.

    Examples:
        >>> from quaywatch.cases.lint_prose import prose_of
        >>> text = "Of the six, nine had sailed. Two of the six came back. The five others stayed."
        >>> [issue.computed for issue in each_issues(prose_of(text))]
        ['9 is more than 6', '6 less 2 is 4']
        >>> text = "Six barges left. Each carried 1,150 tonnes, 9,600 tonnes together."
        >>> [issue.computed for issue in each_issues(prose_of(text))]
        ['6 × 1,150 is 6,900']

    """
    for match in _WITHIN.finditer(prose.masked):
        part, whole = number_of(match["part"]), number_of(match["whole"])
        if part > whole > 1 and not 1800 <= part <= 2100:
            yield issue_at(
                prose,
                match.start(),
                match.end("part"),
                code="part-exceeds-whole",
                computed=f"{part:,.0f} is more than {whole:,.0f}",
                may_mean=("the two exchanged", "another number in either place"),
            )
    yield from _others(prose)
    yield from _sums(prose)
    yield from _means(prose)


def _others(prose: Prose) -> Iterator[SourceIssue]:
    for match in _PART.finditer(prose.masked):
        part, whole = number_of(match["part"]), number_of(match["whole"])
        later = _OTHERS.search(prose.masked, match.end(), match.end() + _NEAR)
        if later is None or not 0 < part < whole:
            continue
        apart = prose.sentence_at(later.start()) - prose.sentence_at(match.start())
        same = prose.paragraph_at(later.start()) == prose.paragraph_at(match.start())
        # A number between may be of a third group, and a date or a sum be one.
        if apart > 1 or not same or _ANY.search(prose.masked, match.end(), later.start()):
            continue
        others = number_of(later["a"] or later["b"])
        if others != whole - part:
            yield issue_at(
                prose,
                match.start(),
                later.end(),
                code="remainder-mismatch",
                severity=Severity.CHECK,
                computed=f"{whole:,.0f} less {part:,.0f} is {whole - part:,.0f}",
                may_mean=(f"{whole - part:,.0f}", "a third group that is not told"),
            )


def _groups(prose: Prose, at: int) -> list[float]:
    """Sizes of the groups told in a sentence up to a place, and in the one before it."""
    here = prose.sentence_at(at)
    begun = prose.sentences[max(here - 1, 0)][0]
    return [number_of(found["n"]) for found in _GROUP.finditer(prose.masked, begun, at)]


def _sums(prose: Prose) -> Iterator[SourceIssue]:
    for match in _EACH.finditer(prose.masked):
        together = match["first"] or match["last"]
        each, total = number_of(match["each"]), number_of(match["sum"])
        told = [number_of(match["n"])] if match["n"] else _groups(prose, match.start())
        groups = [n for n in told if n > 1]
        if together is None or not groups or total <= each:
            continue
        if any(abs(n * each - total) <= 0.01 * total for n in groups):
            continue
        yield issue_at(
            prose,
            match.start(),
            match.end(),
            code="product-mismatch",
            severity=Severity.SLIP if len(groups) == 1 else Severity.CHECK,
            computed=f"{groups[-1]:,.0f} × {each:,.15g} is {groups[-1] * each:,.15g}",
            may_mean=("another count", "another amount", "another total"),
        )


def _means(prose: Prose) -> Iterator[SourceIssue]:
    for match in _AVERAGE.finditer(prose.masked):
        mean = next((f for f in figures_of(match["figure"]) if f.kind == "mass"), None)
        begun = prose.sentences[prose.sentence_at(match.start())][0]
        groups = [float(found["n"]) if found["n"].isdigit() else number_of(found["n"])
                  for found in _GROUP.finditer(prose.masked, begun, match.start())]  # fmt: skip
        totals = [f for f in figures_of(prose.masked[begun : match.start()]) if f.kind == "mass"]
        if mean is None or len(groups) != 1 or len(totals) != 1 or groups[0] < 2:
            continue
        total, n = totals[0], groups[0]
        slack = 0.1 if match["hedge"] else 0.02
        if _meets(total, n, mean, slack):
            continue
        yield issue_at(
            prose,
            match.start(),
            match.end(),
            code="rate-mismatch",
            computed=f"{total.value:,.15g} t among {n:,.0f} is {total.value / n:,.0f} t",
            may_mean=("another total", "another count", "a mean of some of them"),
        )


def _meets(total: Figure, n: float, mean: Figure, slack: float) -> bool:
    """Whether a total among so many can be the mean, each as open as it is printed."""
    low, high = total.low / n * (1 - slack), total.high / n * (1 + slack)
    return low <= mean.high and mean.low <= high
