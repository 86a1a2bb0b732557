"""Totals, products, percentages and conversions against the figures that they are made from.

Only what a text itself puts together is recomputed: a price, an amount and a value in one place, a
percentage beside its counts, a conversion in brackets. A published figure is good to its printed
digits, and to what "about", "over" or "nearly" leave open.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from quaywatch.cases.lint_chronology import issue_at
from quaywatch.cases.lint_dates import Mention
from quaywatch.cases.lint_figures import DIGITS, HEDGE, NUMBER, Figure, figures_of, number_of
from quaywatch.cases.lint_issue import Severity, SourceIssue
from quaywatch.cases.lint_prose import Prose

_MADE_OF = re.compile(
    r"\b(?:using|applying|at|price[ds]?|represent\w*|worth|valued?|values?|amount\w*|total\w*|come"
    r"s? to|give[sn]?|making|equal\w*|generat\w+|earn\w*|fetch\w*)\b",
    re.IGNORECASE,
)
_PERCENT_OF = re.compile(
    rf"(?<![\d.,:/$€£])(?P<part>{DIGITS})\s(?:out )?of (?:the |its |their |all )?"
    rf"(?P<whole>{DIGITS})(?![\d.,]*\d)[^.;()%\d]{{0,40}}(?:\(|, (?:or )?|– ?|— ?)"
    rf"(?P<hedge>{HEDGE}\s?)?(?P<percent>\d+(?:\.\d+)?)\s?(?:%|per ?cent)",
    re.IGNORECASE,
)
_OF_WHICH = re.compile(
    rf"(?<![\d.,:/$€£-])(?P<whole>{DIGITS})\s[a-z][\w\s-]{{2,50}}?,\s(?:of which|of them|of these)?\s?"
    rf"(?P<part>{DIGITS})(?:\s(?:of them|of these|of which)?[a-z\s]{{0,40}})?\s?\("
    rf"(?P<hedge>{HEDGE}\s?)?(?P<percent>\d+(?:\.\d+)?)\s?(?:%|per ?cent)",
    re.IGNORECASE,
)
_SHARE = re.compile(r"(?<![\d.,–-])(?P<n>\d+(?:\.\d+)?)\s?(?:%|per ?cent)", re.IGNORECASE)
_REST = re.compile(r"\b(?:the (?:rest|remaining|remainder)|the other)\b", re.IGNORECASE)


def product_issues(prose: Prose) -> Iterator[SourceIssue]:
    """Values that are not the price times the amount that stand beside them.

    Examples:
        >>> from quaywatch.cases.lint_prose import prose_of
        >>> said = "They carried 330,000 tonnes. At $100 per ton, this represents {}."
        >>> next(product_issues(prose_of(said.format("$43 million")))).computed
        '330,000 tonnes × $100 per ton = $33,000,000'
        >>> list(product_issues(prose_of(said.format("over $33 million"))))
        []

    """
    figures = list(figures_of(prose.masked))
    prices = [f for f in figures if f.kind == "price"]
    for price in prices:
        here = prose.paragraph_at(price.start)
        sentence = prose.sentence_at(price.start)
        values = [
            f
            for f in figures
            if f.kind == "money" and abs(prose.sentence_at(f.start) - sentence) <= 1
        ]
        amounts = [
            f
            for f in figures
            if f.kind == "mass" and f.value >= 10 and 0 <= here - prose.paragraph_at(f.start) <= 2
        ]
        same = [p for p in prices if prose.paragraph_at(p.start) == here]
        if len(values) != 1 or not amounts or len(same) != 1:
            continue
        value = values[0]
        if not _MADE_OF.search(prose.sentence(value.start)):
            continue
        if any(_makes(amount, price, value) for amount in amounts):
            continue
        amount = min(amounts, key=lambda a: abs(a.start - price.start))
        yield issue_at(
            prose,
            min(price.start, value.start),
            max(price.end, value.end),
            code="product-mismatch",
            severity=Severity.SLIP if len(amounts) == 1 else Severity.CHECK,
            computed=(f"{_bare(amount)} × {_bare(price)} = ${amount.value * price.value:,.0f}"),
            may_mean=("another amount, price or value", "a value made from something else"),
        )


def _bare(figure: Figure) -> str:
    return re.sub(rf"^{HEDGE}\s*", "", figure.text, flags=re.IGNORECASE).strip("() ")


def _makes(amount: Figure, price: Figure, value: Figure) -> bool:
    """Whether an amount at a price can be the value, each as open as it is printed."""
    low, high = amount.low * price.value * 0.98, amount.high * price.value * 1.02
    return low <= value.high and value.low <= high


def percentage_issues(prose: Prose) -> Iterator[SourceIssue]:
    """Percentages that are not those of the counts beside them, and shares that do not add up.

    Examples:
        >>> from quaywatch.cases.lint_prose import prose_of
        >>> next(percentage_issues(prose_of("It holds in 12 of 48 cases (35%)."))).computed
        '12 of 48 is 25%'
        >>> text = "Coal is 60%, ore 25% and the remaining 25% is sand."
        >>> next(percentage_issues(prose_of(text))).computed
        'the shares add up to 110%'

    """
    counted = [*_PERCENT_OF.finditer(prose.masked), *_OF_WHICH.finditer(prose.masked)]
    for match in counted:
        part, whole = number_of(match["part"]), number_of(match["whole"])
        if not 0 < part <= whole or " not " in match.group(0):
            continue
        if match.re is _OF_WHICH and not re.search(r"\bof (?:which|them|these)\b", match.group(0)):
            continue
        share = 100 * part / whole
        digits = len(match["percent"].partition(".")[2])
        slack = 0.51 * 10**-digits if not match["hedge"] else max(2.0, 0.1 * share)
        if abs(share - float(match["percent"])) > max(slack, 0.51 * 10**-digits):
            # Rounding down is common: only more than one unit of the last digit is told.
            if abs(share - float(match["percent"])) < 1.0 * 10**-digits:
                continue
            yield issue_at(
                prose,
                match.start(),
                match.end(),
                code="percentage-mismatch",
                computed=f"{match['part']} of {match['whole']} is {share:.{digits}f}%",
                may_mean=("another count", "another percentage", "a percentage of something else"),
            )
    for start, end in prose.sentences:
        sentence = prose.masked[start:end]
        shares = list(_SHARE.finditer(sentence))
        rest = _REST.search(sentence)
        if len(shares) < 3 or rest is None or rest.start() > shares[-1].start():
            continue
        if rest.start() < shares[-2].start() or shares[-1].start() - rest.end() > 20:
            continue
        if re.search(
            r"\bof (?:the|these|those|its|them|which)\b|\bfrom\b", sentence[shares[0].end() :]
        ):
            continue
        total = sum(float(share["n"]) for share in shares)
        if abs(total - 100) > 0.5 * len(shares):
            yield issue_at(
                prose,
                start + shares[0].start(),
                start + shares[-1].end(),
                code="percentage-sum",
                computed=f"the shares add up to {total:g}%",
                may_mean=("another share", "shares of different wholes"),
            )


_ITEM = rf"(?P<n>{NUMBER})\s(?:(?!of\b|and\b|or\b)[a-z-]+\s?){{1,4}}"
_PARTS = re.compile(
    rf"(?<![\d.,:/$-]){_ITEM.replace('?P<n>', '')}(?:,\s{_ITEM.replace('?P<n>', '')})*,?\sand\s"
    rf"{_ITEM.replace('?P<n>', '')}[,;:(–—-]*\s?(?:\(?(?:for |making |which makes )?(?:a |in )?"
    rf"total(?:(?:l?ing|led)|\sof)?|making|together|in all,?|altogether,?|adding up to)\s(?:of\s)?"
    rf"(?P<total>{NUMBER})(?![\d,.]*%)\b",
    re.IGNORECASE,
)


def sum_issues(prose: Prose) -> Iterator[SourceIssue]:
    """Totals that are not the sum of the counts listed right before them.

    Examples:
        >>> from quaywatch.cases.lint_prose import prose_of
        >>> text = "It saw 12 tankers, 8 bulk carriers and 3 tugs, a total of 24 ships."
        >>> next(sum_issues(prose_of(text))).computed
        '12 + 8 + 3 = 23'

    """
    for match in _PARTS.finditer(prose.masked):
        head = prose.masked[match.start() : match.start("total")]
        numbers = [m.group(0) for m in re.finditer(rf"(?<![\d.,]){NUMBER}(?=\s[a-z])", head)]
        values = [number_of(n) for n in numbers]
        total = number_of(match["total"])
        scaled = prose.masked[match.end() : match.end() + 12].strip().split(" ")[0].lower()
        if len(values) < 2 or scaled in {"hundred", "thousand", "million", "billion"}:
            continue
        if sum(values) != total and total > max(values):
            yield issue_at(
                prose,
                match.start(),
                match.end(),
                code="sum-mismatch",
                computed=f"{' + '.join(f'{v:g}' for v in values)} = {sum(values):g}",
                may_mean=("another total", "another count", "a part left out"),
            )


_CONVERT: Final = {
    ("nm", "km"): 1.852, ("km", "nm"): 1 / 1.852,
    ("nm", "mi"): 1.150779, ("mi", "km"): 1.609344, ("km", "mi"): 1 / 1.609344,
    ("kn", "km/h"): 1.852, ("km/h", "kn"): 1 / 1.852, ("kn", "mph"): 1.150779,
    ("mph", "km/h"): 1.609344, ("km/h", "mph"): 1 / 1.609344,
    ("m", "ft"): 3.28084, ("ft", "m"): 0.3048,
    ("kg", "lb"): 2.204623, ("lb", "kg"): 0.45359237,
    ("ha", "acre"): 2.471054, ("acre", "ha"): 0.40468564,
}  # fmt: skip
"""Source: BIPM, SI Brochure (9th ed., 2019), table 8; NIST SP 811 (2008), appendix B."""
_UNITS: Final = {
    "nm": "nm", "nmi": "nm", "nautical miles": "nm", "nautical mile": "nm", "km": "km",
    "kilometres": "km", "kilometers": "km", "miles": "mi", "mi": "mi", "knots": "kn", "kn": "kn",
    "kts": "kn", "km/h": "km/h", "kph": "km/h", "mph": "mph", "metres": "m", "meters": "m",
    "m": "m", "feet": "ft", "ft": "ft", "kg": "kg", "pounds": "lb", "lb": "lb", "lbs": "lb",
    "hectares": "ha", "ha": "ha", "acres": "acre",
}  # fmt: skip
_UNIT = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_BOTH = re.compile(
    rf"(?<![\w.,])(?P<a>{DIGITS})[\s-]?(?P<ua>{_UNIT})(?:\s[a-z]+)?\s\((?:(?P<hedge>{HEDGE})\s)?"
    rf"(?P<b>{DIGITS})\s?(?P<ub>{_UNIT})\)",
    re.IGNORECASE,
)


def conversion_issues(prose: Prose) -> Iterator[SourceIssue]:
    """Figures whose conversion in brackets is another.

    Examples:
        >>> from quaywatch.cases.lint_prose import prose_of
        >>> next(conversion_issues(prose_of("It lay 185 nm (243 km) away."))).computed
        '185 nm is 343 km'
        >>> list(conversion_issues(prose_of("It lay 185 nm (343 km) away, 12 kn (22 km/h).")))
        []

    """
    for match in _BOTH.finditer(prose.masked):
        units = _UNITS[match["ua"].lower()], _UNITS[match["ub"].lower()]
        factor = _CONVERT.get(units)
        if factor is None:
            continue
        a, b = (next(figures_of(match[name])) for name in ("a", "b"))
        low, high = a.low * factor, a.high * factor
        if low * 0.97 <= b.high and b.low <= high * 1.03:
            continue
        meant = a.value * factor
        digits = 0 if meant >= 20 else 1
        yield issue_at(
            prose,
            match.start(),
            match.end(),
            code="unit-conversion",
            computed=f"{match['a']} {units[0]} is {meant:,.{digits}f} {units[1]}",
            may_mean=("another figure on either side", "another unit"),
        )


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
    value = next((f for f in near if f.kind == "money" and _makes(amount, price, f)), None)
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
