"""Cells of registers as values: numbers out of words, dates in any of their shapes, scripts."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal

from quaywatch.evidence.interval import TimeInterval
from quaywatch.vessels.identifiers import IMO_FILLERS, MMSI_MAX, Mmsi, StationKind, imo_check
from quaywatch.vessels.register import Identifier, Role

PLACEHOLDERS: Final = frozenset({
    "", "-0-", "-", "--", "n/a", "na", "n.a.", "none", "null", "nan", "unknown", "not known",
    "not available", "tbd", "?", "nil",
})  # fmt: skip
_ROLE_WORDS: Final[tuple[tuple[str, Role], ...]] = (
    # A managing director is no manager of ships.
    ("director", "director"),
    ("beneficial", "beneficial-owner"), ("group owner", "beneficial-owner"),
    ("registered owner", "registered-owner"), ("manag", "manager"), (" ism ", "manager"),
    (" doc ", "manager"), ("operat", "operator"), ("charter", "charterer"), ("owner", "owner"),
    ("parent", "parent"), ("insur", "insurer"), (" p i ", "insurer"), (" class", "class"),
)  # fmt: skip
_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "jan january", "feb february", "mar march", "apr april", "may", "jun june",
            "jul july", "aug august", "sep sept september", "oct october", "nov november",
            "dec december",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_ISO: Final = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:[T ].*)?")
_DOTTED: Final = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")
_WORDED: Final = re.compile(r"(?:(\d{1,2})(?:st|nd|rd|th)?[\s-]+)?([A-Za-z]+)\.?,?[\s-]+(\d{4})")
_AMERICAN: Final = re.compile(r"([A-Za-z]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_SLASHED: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_DATES: Final = (
    # Shape, and where it has its year, month and day.
    (_COMPACT, (1, 2, 3)), (_ISO, (1, 2, 3)), (_DOTTED, (3, 2, 1)), (_WORDED, (3, 2, 1)),
    (_AMERICAN, (3, 1, 2)),
)  # fmt: skip
_NUMBER: Final = re.compile(r"[-+]?\d[\d\s,.'\u00a0\u202f]*(?:(?<=[\d.])[eE][-+]?\d+)?")
_IMO_WORD: Final = re.compile(r"(?i)\bIMO\b[^0-9A-Za-z]*(?:(?:number|no|nr|num)\b[^0-9A-Za-z]*)?")


def clean(cell: object) -> str | None:
    """A cell without its edges and doubled spaces; None where it holds a placeholder.

    Examples:
        >>> clean("  MAR  AZUL "), clean("-0- "), clean("N/A")
        ('MAR AZUL', None, None)

    """
    text = " ".join(unicodedata.normalize("NFC", str(cell or "")).replace("\ufeff", "").split())
    return None if text.casefold() in PLACEHOLDERS else text


def values_of(cell: object, separator: str = ";") -> tuple[str, ...]:
    """The values of a cell that holds several; a value in double quotes may hold the separator.

    Examples:
        >>> values_of('"Foo; Bar"; Baz;'), values_of("One")
        (('Foo; Bar', 'Baz'), ('One',))

    """
    text = str(cell or "")
    if '"' not in text:
        found = [clean(part) for part in text.split(separator)]
    else:
        found, part, quoted, at = [], "", False, 0
        while at < len(text):
            sign = text[at]
            if sign == '"' and quoted and text[at + 1 : at + 2] == '"':
                part, at = part + '"', at + 1
            elif sign == '"' and (quoted or not part.strip()):
                quoted = not quoted
            elif sign == separator and not quoted:
                found, part = [*found, clean(part)], ""
            else:
                part += sign
            at += 1
        found.append(clean(part))
    return tuple(dict.fromkeys(one for one in found if one is not None))


def imo_of(printed: str) -> Identifier | None:
    """An IMO ship number out of what a source prints for it; None where no digits stand there.

    Examples:
        >>> found = imo_of("IMO  8730455")
        >>> found.value, found.well_formed
        ('8730455', True)
        >>> imo_of("9187628").well_formed, imo_of("unknown") is None
        (False, True)

    """
    return _number(printed, "imo", _ship_number)


def company_imo_of(printed: str) -> Identifier | None:
    """An IMO company number; weights 8, 6, 4, 2, 9, 7 over its first six digits.

    Source: IMO Circular Letter 2554 (2004) and its revisions; the check as python-stdnum states it.

    Examples:
        >>> company_imo_of("1790183").well_formed, company_imo_of("1790184").well_formed
        (True, False)

    """
    return _number(printed, "company-imo", company_imo_check)


def company_imo_check(number: int) -> bool:
    """Whether seven digits are a well-formed IMO company number.

    Examples:
        >>> company_imo_check(1790183), company_imo_check(9187629)
        (True, False)

    """
    if not 1 <= number <= 9_999_999:
        return False
    *body, check = (int(digit) for digit in f"{number:07d}")
    total = sum(w * d for w, d in zip((8, 6, 4, 2, 9, 7), body, strict=True))
    return (11 - total % 11) % 10 == check


def mmsi_of(printed: str) -> Identifier | None:
    """An MMSI out of what a source prints; well-formed where nine digits are a ship station's.

    Examples:
        >>> mmsi_of("MMSI 572469210").well_formed, mmsi_of("12345").well_formed
        (True, False)

    """
    digits = re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", printed))
    if not digits:
        return None
    ship = (
        len(digits) == 9
        and 0 < int(digits) <= MMSI_MAX
        and Mmsi(int(digits)).kind is StationKind.SHIP
    )
    return Identifier("mmsi", digits, printed, ship)


def text_identifier(kind: str, printed: str) -> Identifier | None:
    """An identifier of another kind, as printed."""
    text = clean(printed)
    if text is None:
        return None
    value = text.upper().replace(" ", "") if kind == "callsign" else text
    return Identifier(kind, value, text)  # type: ignore[arg-type]  # the readers name a known kind


def _ship_number(number: int) -> bool:
    return imo_check(number) and number not in IMO_FILLERS


def _number(printed: str, kind: str, check: object) -> Identifier | None:
    text = unicodedata.normalize("NFKC", str(printed or ""))
    after = _IMO_WORD.search(text)
    tail = text[after.end() :] if after and re.match(r"\s*\d", text[after.end() :]) else text
    groups = re.findall(r"[0-9]+", tail.split(".0")[0] if tail.endswith(".0") else tail)
    if not groups:
        return None
    seven = [group for group in groups if len(group) == 7]
    digits = seven[0] if seven else groups[0]
    fine = len(digits) == 7 and bool(check(int(digits)))  # type: ignore[operator]  # one of the two checks here
    return Identifier(kind, digits, text.strip(), fine)  # type: ignore[arg-type]  # as above


def role_of(text: str) -> Role | None:
    """What a party is to a ship, by the words of a register; None where they say no more.

    Examples:
        >>> role_of("Group Beneficial Owner"), role_of("ISM Manager"), role_of("Registered agent")
        ('beneficial-owner', 'manager', None)

    """
    bare = re.sub(r"[\W_]+", " ", text.casefold()).strip()
    words = f" {bare} "
    if words == " registered ":
        return "registered-owner"
    return next((role for word, role in _ROLE_WORDS if word in words), None)


def number_of(cell: object) -> float | None:
    """A positive amount in a cell, thousands and units set aside; None where there is none.

    Examples:
        >>> number_of("99,144"), number_of("56 068 t"), number_of("1.234,5"), number_of("189.32 m")
        (99144.0, 56068.0, 1234.5, 189.32)
        >>> number_of("12,5"), number_of("0"), number_of("about ten"), number_of("9.9144E+04")
        (12.5, None, None, 99144.0)

    """
    found = _NUMBER.search(str(cell or ""))
    if found is None:
        return None
    text = re.sub(r"[\s'\u00a0\u202f]", "", found[0]).rstrip(".,")
    if "," in text and "." in text:
        point = max(text.rfind(","), text.rfind("."))
        text = re.sub(r"[,.]", "", text[:point]) + "." + text[point + 1 :]
    elif re.fullmatch(r"[-+]?\d{1,3}(?:,\d{3})+", text):
        text = text.replace(",", "")
    elif re.fullmatch(r"[-+]?\d{1,3}(?:\.\d{3}){2,}", text):
        text = text.replace(".", "")
    elif text.count(",") == 1:
        text = text.replace(",", ".")
    try:
        amount = float(text)
    except ValueError:
        return None
    return amount if 0 < amount < 1e9 else None


def date_of(cell: object, *, first: Literal["day", "month"] | None = None) -> str | None:
    """A date as ISO 8601, as exact as it is printed; None where none can be read for certain.

    ``03/04/2018`` is read only where ``first`` says whose habit it is, or one of the two numbers
    cannot be a month.

    Examples:
        >>> date_of("25.6.2024"), date_of("2 December 1985"), date_of("26 Feb. 2011")
        ('2024-06-25', '1985-12-02', '2011-02-26')
        >>> date_of("2011-02"), date_of("2011"), date_of("01/27/2023")
        ('2011-02', '2011', '2023-01-27')
        >>> date_of("03/04/2018") is None, date_of("03/04/2018", first="day")
        (True, '2018-04-03')
        >>> date_of("30.2.2018") is None, date_of("27-Jan-2023")
        (True, '2023-01-27')

    """
    text = clean(cell) or ""
    for pattern, order in _DATES:
        if found := pattern.fullmatch(text):
            year, month, day = (found[n] for n in order)
            if month is not None and month.isalpha():
                month = str(_MONTHS.get(month.casefold(), 0))
            return _day(year, month, day)
    found = _SLASHED.fullmatch(text)
    return None if found is None else _slashed(found, first)


def _slashed(found: re.Match[str], first: Literal["day", "month"] | None) -> str | None:
    one, two = int(found[1]), int(found[2])
    if first == "month" or (first is None and two > 12):
        return _day(found[3], found[1], found[2])
    if first == "day" or one > 12 or one == two:
        return _day(found[3], found[2], found[1])
    return None


def _day(year: str, month: str | None, day: str | None) -> str | None:
    if not 1000 <= int(year) < 3000:
        return None
    try:
        whole = date(int(year), 1 if month is None else int(month), 1 if day is None else int(day))
    except ValueError:
        return None
    if month is None:
        return f"{whole.year:04d}"
    return f"{whole:%Y-%m}" if day is None else f"{whole:%Y-%m-%d}"


def interval_of(day: str) -> TimeInterval:
    """The whole year, month or day that a partial date names.

    Examples:
        >>> interval_of("2023-02").duration.days, interval_of("2024").duration.days
        (28, 366)

    """
    parts = [int(part) for part in day.split("-")]
    year, month = parts[0], parts[1] if len(parts) > 1 else 1
    start = datetime(year, month, parts[2] if len(parts) > 2 else 1, tzinfo=UTC)
    if len(parts) > 2:
        return TimeInterval(start=start, end=start + timedelta(days=1))
    if len(parts) == 2:
        end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
        return TimeInterval(start=start, end=end)
    return TimeInterval(start=start, end=datetime(year + 1, 1, 1, tzinfo=UTC))


_SCRIPTS: Final = (
    ("CJK", "Han"), ("HIRAGANA", "Kana"), ("KATAKANA", "Kana"), ("HANGUL", "Hangul"),
    ("CYRILLIC", "Cyrillic"), ("ARABIC", "Arabic"), ("GREEK", "Greek"), ("HEBREW", "Hebrew"),
    ("THAI", "Thai"), ("LATIN", "Latin"), ("FULLWIDTH LATIN", "Latin"),
)  # fmt: skip


def script_of(text: str) -> str | None:
    """The script most letters of a name are in; None where it has no letters.

    Examples:
        >>> script_of("白梅"), script_of("МАРИЯ"), script_of("BAI MEI"), script_of("88")
        ('Han', 'Cyrillic', 'Latin', None)

    """
    found: dict[str, int] = {}
    for sign in text:
        if not sign.isalpha():
            continue
        name = unicodedata.name(sign, "")
        script = next((label for start, label in _SCRIPTS if name.startswith(start)), "other")
        found[script] = found.get(script, 0) + 1
    return max(found, key=lambda label: (found[label], label)) if found else None


def latest(days: Iterable[str | None]) -> str | None:
    """The latest of partial dates, by where each ends; None of none."""
    known = [day for day in days if day]
    return max(known, key=lambda day: (interval_of(day).end, day)) if known else None
