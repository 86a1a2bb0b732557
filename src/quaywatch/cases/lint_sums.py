"""Totals, products, percentages and conversions against the figures that they are made from.

Only what a text itself puts together is recomputed: a price, an amount and a value in one place, a
percentage beside its counts, a conversion in brackets. A published figure is good to its printed
digits, and to what "about", "over" or "nearly" leave open.
"""

import re
from collections.abc import Iterator
from typing import Final

from quaywatch.cases.lint_chronology import issue_at
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
    rf"(?P<hedge>{HEDGE}\s?)?(?P<percent>\d+(?:\.\d+)?)\s?(?:%|per ?cent)"
    r"(?=\s?(?:[),;.]|$))",
    re.IGNORECASE,
)
_OF_WHICH = re.compile(
    rf"(?<![\d.,:/$€£-])(?P<whole>{DIGITS})\s[a-z][\w\s-]{{2,50}}?,\s"
    r"(?:of which|of them|of these)?\s?"
    rf"(?P<part>{DIGITS})(?:\s(?:of them|of these|of which)?[a-z\s]{{0,40}})?(?:\s?\(|,\s(?:or\s)?)"
    rf"(?P<hedge>{HEDGE}\s?)?(?P<percent>\d+(?:\.\d+)?)\s?(?:%|per ?cent)"
    r"(?=\s?(?:[),;.]|$))",
    re.IGNORECASE,
)
_OF_THOSE = re.compile(
    rf"\bof (?:the |these |those |its |their |all )?(?P<whole>{DIGITS})\s[a-z][a-z\s-]{{2,40}},\s"
    rf"(?P<part>{DIGITS})(?:,\sor|\s\()\s?(?P<hedge>{HEDGE}\s?)?(?P<percent>\d+(?:\.\d+)?)\s?"
    r"(?:%|per ?cent)(?=\s?(?:[),;.]|$))",
    re.IGNORECASE,
)
_CHANGE = re.compile(
    rf"\b(?P<way>rose|risen|rising|grew|grown|increased?|went up|up|fell|fallen|falling|dropped"
    rf"|decreased?|declined|went down|down)\b[^.;%]{{0,30}}?\bfrom (?P<c1>[$€£])?(?P<a>{DIGITS})"
    rf"(?P<u1>(?: [a-z]+)?) to (?P<c2>[$€£])?(?P<b>{DIGITS})(?P<u2>(?: [a-z]+){{0,3}}?)"
    rf"(?:, by |, or by | \(|, or | – )(?P<hedge>{HEDGE}\s)?(?P<percent>\d+(?:\.\d+)?)\s?"
    r"(?:%|per ?cent)",
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
            if f.kind == "money"
            and f.value >= 10 * price.value  # less is another price, as a rule
            and abs(prose.sentence_at(f.start) - sentence) <= 1
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
        if any(makes(amount, price, value) for amount in amounts):
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


def makes(amount: Figure, price: Figure, value: Figure) -> bool:
    """Whether an amount at a price can be the value, each as open as it is printed.

    Examples:
        >>> said = ("330,000 t", "$100 per t", "$33 million")
        >>> makes(*(next(figures_of(text)) for text in said))
        True

    """
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
    counted = [
        match
        for pattern in (_PERCENT_OF, _OF_WHICH, _OF_THOSE)
        for match in pattern.finditer(prose.masked)
    ]
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
    yield from _share_issues(prose)
    yield from _halves(prose)
    yield from _changes(prose)


_AND_NOT = re.compile(
    r"(?<![\d.,–-])(?P<a>\d+(?:\.\d+)?)\s?(?:%|per ?cent) of [^.;%]{3,60}? "
    r"(?P<verb>are|is|were|was|do|did|have|had|has|does) [^.;%]{2,40}?(?:,| and|, and|, but| but) "
    r"(?P<b>\d+(?:\.\d+)?)\s?(?:%|per ?cent) (?P=verb) not\b(?=\s?(?:[.;,)]|$))",
    re.IGNORECASE,
)


def _changes(prose: Prose) -> Iterator[SourceIssue]:
    """What rose or fell from one figure to another, by a percentage that it did not."""
    for match in _CHANGE.finditer(prose.masked):
        first, last = number_of(match["a"]), number_of(match["b"])
        scales = {word for unit in ("u1", "u2") for word in match[unit].split()} & _SCALED
        if not first or match["c1"] != match["c2"] or scales:
            continue
        change, stated = 100 * abs(last - first) / first, float(match["percent"])
        slack = max(2.0, 0.1 * change) if match["hedge"] else 0.6
        # "Grew to 150% of" is another figure, and points of percentages are none of either.
        if abs(change - stated) > max(slack, 0.04 * change):
            yield issue_at(
                prose,
                match.start(),
                match.end(),
                code="percentage-mismatch",
                computed=f"from {match['a']} to {match['b']} is {change:.3g}%",
                may_mean=("another figure", "another percentage"),
            )


_SCALED: Final = frozenset({"thousand", "million", "billion", "percent", "per"})
_LISTED = re.compile(
    rf": (?P<list>{NUMBER}[^.:;()]*(?:\.\d[^.:;()]*)*)(?=[.;]\s|[.;]?$)",
    re.IGNORECASE | re.MULTILINE,
)
_COUNT = re.compile(
    rf"(?<![\w.,:/$€£-])(?P<n>{NUMBER})(?P<scale> million| thousand)?\b", re.IGNORECASE
)
_PIECE = re.compile(
    rf"^(?P<n>{NUMBER})(?P<scale> million| thousand)? (?!of the\b|per\b)[a-z][^\d]*$", re.IGNORECASE
)


def _listed_sums(prose: Prose) -> Iterator[SourceIssue]:
    """Totals before a colon and their parts behind it: "nine ships: five tankers and four tugs"."""
    for match in _LISTED.finditer(prose.masked):
        head = re.split(r"[.,;:()]\s", prose.masked[max(match.start() - 70, 0) : match.start()])[-1]
        whole = next(reversed(list(_COUNT.finditer(head))), None)
        if whole is None or re.fullmatch(r"(?:1[89]|20)\d\d", whole["n"]):
            continue
        pieces = re.split(r",\s(?:and\s)?|\sand\s", match["list"].strip())
        found = [_PIECE.match(piece.strip()) for piece in pieces]
        if len(found) < 2 or not all(found):
            continue
        parts = [_scaled(one["n"], one["scale"]) for one in found if one]
        total = _scaled(whole["n"], whole["scale"])
        if total < max(parts) or abs(sum(parts) - total) <= 0.001 * total:
            continue
        yield issue_at(
            prose,
            match.start(),
            match.end(),
            code="sum-mismatch",
            severity=Severity.CHECK,
            computed=f"{' + '.join(f'{v:,.15g}' for v in parts)} = {sum(parts):,.15g}",
            may_mean=("another total", "another part", "parts that overlap or are not all"),
        )


def _scaled(number: str, scale: str | None) -> float:
    return number_of(number) * {"million": 1e6, "thousand": 1e3}.get((scale or "").strip(), 1.0)


def _halves(prose: Prose) -> Iterator[SourceIssue]:
    """Shares of those that are and those that are not: they make up the whole."""
    for match in _AND_NOT.finditer(prose.masked):
        total = float(match["a"]) + float(match["b"])
        if abs(total - 100) > 1.0:
            yield issue_at(
                prose,
                match.start(),
                match.end(),
                code="percentage-sum",
                computed=f"the shares add up to {total:g}%",
                may_mean=("another share", "some of whom nothing is known"),
            )


def _share_issues(prose: Prose) -> Iterator[SourceIssue]:
    """Shares that, with the rest, make more or less than the whole."""
    for start, end in prose.sentences:
        sentence = prose.masked[start:end]
        shares = list(_SHARE.finditer(sentence))
        rest = _REST.search(sentence)
        if len(shares) < 3 or rest is None or rest.start() > shares[-1].start():
            continue
        if rest.start() < shares[-2].start() or shares[-1].start() - rest.end() > 20:
            continue
        if re.search(
            r"\bof (?:the|these|those|its|them|which)\b|\bfrom\b", sentence[shares[1].end() :]
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


_TOTAL = re.compile(
    rf"(?:\b(?:a |in )?total(?:l?ing|l?ed)?(?: of)?|\bmaking|\badding up to|\bsum of)\s"
    rf"(?P<a>{NUMBER})\b"
    rf"|(?<![\d.,:/$-])(?P<b>{NUMBER})(?:\s[a-z]+){{0,2}}\s"
    r"(?:in all|altogether|in total|all told)\b",
    re.IGNORECASE,
)
_PART = re.compile(
    rf"^(?:and\s)?(?:[$€£]\s?)?(?P<n>{NUMBER})\s(?!of the\b|%|per cent)[a-z]", re.IGNORECASE
)
_LAST_PART = re.compile(
    rf"(?<![\d.,:/–-])(?P<n>{NUMBER})\s(?!%|per cent)[a-z](?:[^\W\d]|[\s'-]|(?:1[89]|20)\d\d)*$",
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
    yield from _listed_sums(prose)
    for match in _TOTAL.finditer(prose.masked):
        begun = prose.sentences[prose.sentence_at(match.start())][0]
        parts = _parts_before(prose.masked[begun : match.start()])
        printed = match["a"] or match["b"]
        scaled = prose.masked[match.end() : match.end() + 12].strip().split(" ")[0].lower()
        if len(parts) < 2 or scaled in {"hundred", "thousand", "million", "billion", "%"}:
            continue
        total, added = number_of(printed), sum(parts)
        if added != total and total > max(parts):
            yield issue_at(
                prose,
                match.start(),
                match.end(),
                code="sum-mismatch",
                computed=f"{' + '.join(f'{v:g}' for v in parts)} = {added:g}",
                may_mean=("another total", "another count", "a part left out"),
            )


def _parts_before(head: str) -> list[float]:
    """Counts of the list that a sentence has right before its total; fewer than 2: no list.

    Every part but the first begins with its count: "12 tankers, 8 carriers and 3 tugs".
    """
    if re.search(r"[,;:(–—-]\s*(?:and |or |for |which makes )?$|,\s\w+\s$", head) is None:
        return []
    pieces = [
        p.strip() for p in re.split(r",\s(?:and\s)?|\sand\s", head.rstrip(" ,;:(–—-")) if p.strip()
    ]
    parts: list[float] = []
    for piece in reversed(pieces):
        opens = _PART.match(piece + " x")
        if opens is not None and len(re.findall(r"\d+", piece)) <= 1:
            parts.append(number_of(opens["n"]))
            continue
        last = _LAST_PART.search(piece)
        if last is not None and parts:
            parts.append(number_of(last["n"]))
        break
    return parts[::-1]


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
