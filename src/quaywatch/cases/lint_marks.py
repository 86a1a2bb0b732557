"""Identifiers, coordinates and units: what cannot be one, whatever the text means by it."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator

from quaywatch.cases.lint_chronology import issue_at
from quaywatch.cases.lint_figures import DIGITS
from quaywatch.cases.lint_issue import Severity, SourceIssue
from quaywatch.cases.lint_prose import Prose
from quaywatch.vessels.identifiers import imo_check, mid_countries

OnLand = Callable[[float, float], bool | None]
"""Whether a longitude and latitude lie well inside land; None: too near the shore to tell."""

_IMO = re.compile(r"\bIMO(?:\s(?:number|No\.?))?[\s:#)]{0,3}(?P<imo>\d{6,8})(?![\d.]*\d)")
_IMO_CELL = re.compile(r"^[ \t|]*(?P<imo>\d{7})[ \t|]*$", re.MULTILINE)
_IMO_HEAD = re.compile(r"^[ \t|]*IMO(?: (?:number|No\.?))?[ \t|]*$", re.MULTILINE)
_NAMED_IMO = re.compile(
    r"(?P<name>[A-Z][A-Z0-9-]+(?: [A-Z0-9][A-Z0-9-]*)*)\s?\((?:IMO:? ?)(?P<imo>\d{7})\)"
)
_MMSI = re.compile(
    r"\bMMSI(?:\s(?:number|No\.?))?[\s:#),]{0,3}(?:(?:is|was|of) )?(?P<mmsi>\d{5,12})(?!\d|\.\d)"
)


def identifier_issues(prose: Prose) -> Iterator[SourceIssue]:
    """IMO numbers that fail their check digit, MMSIs of no ship's shape, ships with two numbers.

    Examples:
        >>> from quaywatch.cases.lint_prose import prose_of
        >>> prose = prose_of("The ONE (IMO 9125787, MMSI 41211) met the TWO (IMO: 9125786).")
        >>> [issue.code for issue in identifier_issues(prose)]
        ['identifier-check-digit', 'identifier-shape']

    """
    found = list(_IMO.finditer(prose.masked))
    if _IMO_HEAD.search(prose.masked):
        found += _IMO_CELL.finditer(prose.masked)
    for match in found:
        digits = match["imo"]
        if not imo_check(int(digits)):
            short = f"{digits} has {len(digits)} digits, an IMO number seven"
            computed = short if len(digits) != 7 else f"{digits} fails its check digit"
            yield issue_at(
                prose,
                match.start("imo"),
                match.end("imo"),
                code="identifier-check-digit",
                computed=computed,
                may_mean=("a digit mistyped or exchanged", "a number that is no IMO number"),
            )
    yield from _two_numbers(prose)
    for match in _MMSI.finditer(prose.masked):
        mmsi = match["mmsi"]
        known = len(mmsi) == 9 and (
            mmsi[0] in "0189" or int(mmsi[:3]) in mid_countries() or mmsi.startswith("970")
        )
        if not known:
            why = "nine digits" if len(mmsi) != 9 else "a country's first three digits"
            yield issue_at(
                prose,
                match.start("mmsi"),
                match.end("mmsi"),
                code="identifier-shape",
                computed=f"{mmsi} has not {why}",
                may_mean=("a digit left out, added or mistyped", "a transponder set wrongly"),
            )


def _two_numbers(prose: Prose) -> Iterator[SourceIssue]:
    by_name: dict[str, list[re.Match[str]]] = defaultdict(list)
    for match in _NAMED_IMO.finditer(prose.masked):
        by_name[match["name"]].append(match)
    for name, matches in by_name.items():
        numbers = [match["imo"] for match in matches]
        if len(set(numbers)) > 1:
            odd = next(match for match in matches if match["imo"] != numbers[0])
            yield issue_at(
                prose,
                odd.start(),
                odd.end(),
                code="identifier-differs",
                computed=f"{name} has IMO {numbers[0]} elsewhere",
                may_mean=("one ship, and a digit mistyped", "two ships of one name"),
            )


_DEGREES = (
    r"(?P<{0}>\d{{1,3}}(?:\.\d+)?)\s?(?:°|º|deg(?:rees)?\b|(?=\s?[NSEW]\b))\s?"
    r"(?:(?P<{0}m>\d{{1,2}}(?:\.\d+)?)\s?[\u2032'’]\s?)?(?:(?P<{0}s>\d{{1,2}}(?:\.\d+)?)\s?[\u2033\"”]\s?)?"
)
_LATLON = re.compile(
    r"(?<![\w.])" + _DEGREES.format("lat") + r"(?P<ns>[NSEW])\b[,;/ ]{0,3}"
    + _DEGREES.format("lon") + r"(?P<ew>[NSEW])\b"
)  # fmt: skip
_AT_SEA = re.compile(
    r"\b(?:at sea|anchored|anchorage|adrift|drifting|sailing|under way|underway|open water"
    r"|broadcast\w*|transmi\w+|vessel|ship|tanker)\b",
    re.IGNORECASE,
)


def coordinate_issues(prose: Prose, *, on_land: OnLand | None = None) -> Iterator[SourceIssue]:
    """Coordinates out of range, and positions of ships that lie on land.

    Args:
        prose: the text.
        on_land: asked for positions in sentences that speak of a ship; None: not asked.

    Examples:
        >>> from quaywatch.cases.lint_prose import prose_of
        >>> prose = prose_of("It lay at 38.72°N 125.39°E, then at 125.39 N, 38.72 E.")
        >>> [issue.computed for issue in coordinate_issues(prose)]
        ['latitude 125.39 is beyond 90']

    """
    for match in _LATLON.finditer(prose.masked):
        first, second = _decimal(match, "lat"), _decimal(match, "lon")
        letters = match["ns"] + match["ew"]
        if letters[0] in "EW" and letters[1] in "NS":
            first, second, letters = second, first, letters[::-1]
        at = (prose, match.start(), match.end())
        wrong = _out_of_range(match, first, second, letters)
        if wrong is not None:
            yield issue_at(
                *at,
                code="coordinate-range",
                computed=wrong,
                may_mean=("latitude and longitude exchanged", "a digit mistyped"),
            )
            continue
        if on_land is None or not _AT_SEA.search(prose.sentence(match.start())):
            continue
        lat = first if letters[0] == "N" else -first
        lon = second if letters[1] == "E" else -second
        if on_land(lon, lat):
            yield issue_at(
                *at,
                code="coordinate-on-land",
                severity=Severity.CHECK,
                computed="the position lies on land, more than 5 km from the shore",
                may_mean=("a digit mistyped", "a river or lake", "a position given roughly"),
            )


def _decimal(match: re.Match[str], name: str) -> float:
    minutes, seconds = match[f"{name}m"], match[f"{name}s"]
    return float(match[name]) + float(minutes or 0) / 60 + float(seconds or 0) / 3600


def _out_of_range(match: re.Match[str], lat: float, lon: float, letters: str) -> str | None:
    if letters[0] not in "NS" or letters[1] not in "EW":
        return f"both are given as {letters[0]} and {letters[1]}"
    for name in ("latm", "lats", "lonm", "lons"):
        if match[name] and float(match[name]) >= 60:
            return f"{match[name]} is not below 60 minutes or seconds"
    if lat > 90:
        return f"latitude {lat:g} is beyond 90"
    return f"longitude {lon:g} is beyond 180" if lon > 180 else None


_KINDS = (
    (
        re.compile(rf"\b{DIGITS}\s?(?:knots?|kn|kts?)\s(?:per|an|/)\s?hour\b", re.IGNORECASE),
        "a knot is a nautical mile an hour already",
        ("knots", "nautical miles an hour"),
    ),
    (
        re.compile(
            r"\b(?:speeds?\s(?:of|over ground of|up to)|(?:sail|steam|travel|mov)\w+ at|making)\s"
            rf"(?:about |some |over |nearly |around )?{DIGITS}\s?(?:nm|nmi|nautical miles|km)\b"
            r"(?!\s?(?:/|per|an?\b))",
            re.IGNORECASE,
        ),
        "a speed given in a unit of distance",
        ("knots", "nautical miles or kilometres an hour"),
    ),
    (
        re.compile(
            rf"\b{DIGITS}\s?(?:knots|kn|kts)\s(?:away|apart|off(?!\s?the)|distant|from\b|offshore)",
            re.IGNORECASE,
        ),
        "a distance given in a unit of speed",
        ("nautical miles",),
    ),
    (
        re.compile(
            rf"\b(?:deadweight|DWT)(?:\stonnage)?\s(?:of\s)?(?:about |some |over |nearly )?{DIGITS}"
            r"\s?(?:GT|GRT|gross tons?|gross tonn?e?s|cubic metres|teu|TEU)\b"
        ),
        "deadweight is a mass; gross tonnage and TEU are measures of volume",
        ("gross tonnage", "deadweight in tonnes"),
    ),
    (
        re.compile(
            rf"\bgross tonnage\s(?:of\s)?(?:about |some |over |nearly )?{DIGITS}"
            r"\s?(?:DWT|dwt|deadweight|metric tonn?e?s|metric tons?)\b"
        ),
        "gross tonnage is a measure of volume without a unit; deadweight is a mass",
        ("gross tonnage", "deadweight in tonnes"),
    ),
)
_DOUBLED = re.compile(
    rf"(?:US)?\$\s?{DIGITS}(?:\s(?:thousand|million|billion))?\s(?:U\.?S\.?\s)?dollars\b"
    rf"|{DIGITS}(?:\s(?:thousand|million|billion))?\s(?:U\.?S\.?\s)?dollars\sUS[D$]"
    rf"|€\s?{DIGITS}(?:\s(?:thousand|million|billion))?\seuros?\b",
    re.IGNORECASE,
)
_PRICE_TON = re.compile(r"[$€£]\s?[\d,.]+\s?(?:per|a|/)\s?ton\b", re.IGNORECASE)
_TONNE = re.compile(r"\d\s?(?:million |thousand )?(?:metric ton(?:ne)?s|tonnes)\b", re.IGNORECASE)


def unit_issues(prose: Prose) -> Iterator[SourceIssue]:
    """Units of another kind of quantity, currencies named twice, tons beside tonnes.

    Examples:
        >>> from quaywatch.cases.lint_prose import prose_of
        >>> text = "It made 12 knots per hour with 300 tonnes worth $3 million dollars."
        >>> [issue.code for issue in unit_issues(prose_of(text))]
        ['unit-kind', 'currency-doubled']

    """
    for pattern, why, meant in _KINDS:
        for match in pattern.finditer(prose.masked):
            yield issue_at(
                prose, match.start(), match.end(), code="unit-kind", computed=why, may_mean=meant
            )
    for match in _DOUBLED.finditer(prose.masked):
        yield issue_at(
            prose,
            match.start(),
            match.end(),
            code="currency-doubled",
            severity=Severity.CHECK,
            computed="the sign and the word name one currency",
            may_mean=("the sign alone", "another country's dollars"),
        )
    price, tonne = _PRICE_TON.search(prose.masked), _TONNE.search(prose.masked)
    if price is not None and tonne is not None:
        yield issue_at(
            prose,
            price.start(),
            price.end(),
            code="unit-mixed",
            severity=Severity.AMBIGUOUS,
            computed="a price a ton beside amounts in tonnes: a long ton is 1.6% more than a "
            "tonne, a short ton 9.3% less",
            may_mean=("a tonne", "a long ton", "a short ton"),
        )
