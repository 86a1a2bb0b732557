"""Names of ships and companies as read: what spells the name, its number, and what it lost.

*M/V BAI MEI No.8*, *Bai Mei VIII*, *BAIMEI8* and *白梅八号* are one name written four ways;
BAI MEI 9 is another ship's. A name alone never says which ship is meant.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from quaywatch.vessels.names_scripts import latin, scripts_of, skeleton

FILLERS: Final = frozenset(
    {
        "", "NOT NAMED", "NONAME", "NO NAME", "UNNAMED", "UNKNOWN", "NIL", "NONE", "N A", "NA",
        "TBN", "TEST", "AIS", "VESSEL", "SHIP", "MMSI", "NOT AVAILABLE", "NOTDEFINED",
        "NOT DEFINED", "XXX", "NAUT", "UNSPECIFIED", "DEFAULT",
    }
)  # fmt: skip
"""What is typed where a name belongs and names nothing."""

_PREFIX: Final = re.compile(
    r"^(?:M\s?[VTSY]|S\s?S|F\s?[VT]|T\s?S|R\s?V|LPG\s?C|LNG\s?C|MTS|SV|OSV|MOTOR (?:VESSEL|TANKER)"
    r"|THE (?:VESSEL|SHIP)) (?=[A-Z0-9])"
)
_ROMAN: Final = (
    "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV",
    "XV", "XVI", "XVII", "XVIII", "XIX", "XX",
)  # fmt: skip
_SPELT: Final = ("ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE", "TEN")
_NUMERALS: Final = {word: k + 1 for words in (_ROMAN, _SPELT) for k, word in enumerate(words)}
_LEGAL: Final = frozenset(
    (
        "CO", "LTD", "LIMITED", "COMPANY", "CORP", "CORPORATION", "INC", "INCORPORATED", "LLC",
        "LLP", "LP", "SA", "SARL", "SL", "GMBH", "AG", "KG", "PTE", "PTY", "BHD", "SDN", "BV", "NV",
        "PLC", "OOO", "JSC", "OJSC", "CJSC", "PJSC", "PAO", "OAO", "ZAO", "AO", "FZE", "FZC",
        "FZCO", "DMCC", "SPA", "SRL", "AS", "ASA", "OY", "AB", "JV", "JOINT", "STOCK", "PT", "TBK",
        "KK",
    )
)  # fmt: skip
_SHORT: Final = {
    "SHPG": "SHIPPING", "SHIPG": "SHIPPING", "INTL": "INTERNATIONAL", "INT": "INTERNATIONAL",
    "TRDG": "TRADING", "MGMT": "MANAGEMENT", "MGT": "MANAGEMENT", "MNGT": "MANAGEMENT",
    "GEN": "GENERAL", "ENT": "ENTERPRISE", "HK": "HONG KONG", "H K": "HONG KONG",
    "BROS": "BROTHERS", "TRANSP": "TRANSPORT", "NAV": "NAVIGATION", "MARI": "MARITIME",
}  # fmt: skip
_BESIDE: Final = re.compile(r"[(（\[]\s*(?P<role>(?:ex|f\.?k\.?a|formerly|a\.?k\.?a|now)\b[.:]*)?\s*(?P<name>[^)）\]]*)[)）\]]", re.IGNORECASE)  # fmt: skip  # noqa: E501, RUF001  # the wide brackets of Han texts are meant

_BRACKETS: Final = "(（["  # noqa: RUF001  (those of Han texts are meant)


class Kind(StrEnum):
    """What a name is of."""

    SHIP = "ship"
    COMPANY = "company"


@dataclass(frozen=True, slots=True)
class ReadName:
    """A name as read."""

    raw: str
    kind: Kind
    words: tuple[str, ...]
    """In capitals, without numbers, prefixes and legal forms."""
    numbers: tuple[int, ...]
    """Its numbers in their order: that of BAI MEI No.8 is (8,)."""
    scripts: tuple[str, ...]

    @property
    def key(self) -> str:
        """The words without spaces."""
        return "".join(self.words)

    @property
    def sounds(self) -> str:
        """What other romanisations of it would also come to."""
        return skeleton(self.key)

    @property
    def caution(self) -> str | None:
        """What its reading cannot know."""
        if "CJK" in self.scripts:
            return (
                f"{self.raw!r} was read as Mandarin ({' '.join(self.words).title() or 'nothing'}); "
                "a Japanese or Korean ship of these signs is spelt otherwise in Latin letters."
            )
        return None


@lru_cache(maxsize=65_536)
def read_name(text: str, kind: Kind = Kind.SHIP) -> ReadName | None:
    """Read a name; None where the text names nothing.

    Examples:
        >>> for text in ("M/V BAI MEI No.8", "Bai Mei VIII", "BAIMEI8", "白梅八号"):
        ...     read = read_name(text)
        ...     print(read.key, read.numbers)
        BAIMEI (8,)
        BAIMEI (8,)
        BAIMEI (8,)
        BAIMEI (8,)
        >>> read_name("NOT NAMED") is None
        True
        >>> read_name("Kind Glory Shipping Co., Ltd.", Kind.COMPANY).words
        ('KIND', 'GLORY', 'SHIPPING')

    """
    outer = _BESIDE.sub(" ", text) if kind is Kind.SHIP else text
    said = latin(_dotted(outer.partition("@")[0]), company=kind is Kind.COMPANY)
    said = said or latin(text, company=kind is Kind.COMPANY)
    if said in FILLERS:
        return None
    if kind is Kind.SHIP:
        said = _PREFIX.sub("", said)
        words, numbers = _ship_parts(said)
    else:
        words, numbers = _company_parts(said)
    if not words and not numbers:
        return None
    return ReadName(text, kind, tuple(words), tuple(numbers), scripts_of(text))


def _dotted(text: str) -> str:
    """Letters with stops or strokes between them are one word: M/V, M.T., Co., S.A."""
    if "." not in text and "/" not in text:
        return text
    return re.sub(r"\b([A-Za-z])[./]\s?(?=[A-Za-z]\b)", r"\1", text)


def _ship_parts(said: str) -> tuple[list[str], list[int]]:
    """Words and numbers; NO8, No.8 and a Roman numeral behind the name are numbers."""
    apart = re.sub(r"(?<=[A-Z])(?=\d)|(?<=\d)(?=[A-Z])", " ", said)
    tokens = re.sub(r"\b(?:NO|NR|NUM|N) (?=\d)", "", apart).split()
    words: list[str] = []
    numbers: list[int] = []
    for k, token in enumerate(tokens):
        last = k == len(tokens) - 1 and k > 0
        if token.isdigit():
            numbers.append(int(token))
        elif last and token in _NUMERALS:
            numbers.append(_NUMERALS[token])
        else:
            words.append(token)
    return words, numbers


def _company_parts(said: str) -> tuple[list[str], list[int]]:
    """Words without legal forms, abbreviations written out; a name of nothing else keeps them."""
    tokens = said.replace(" AND ", " ").split()
    words = [part for t in tokens if not t.isdigit() for part in _SHORT.get(t, t).split()]
    kept = [word for word in words if word not in _LEGAL]
    return kept or words, [int(t) for t in tokens if t.isdigit()]


def names_in(text: str) -> Iterator[tuple[str, str]]:
    """The names in one cell of a list, each with what it is: ``name``, ``former``, ``beside``.

    Lists print *STORMBRINGER (ex KRITI VIGOR)* and *Hui Chon (Hwang Gum San 2)*: brackets hold
    another name, and only where they say so is it a former one.

    Examples:
        >>> list(names_in("STORMBRINGER (ex KRITI VIGOR)"))
        [('STORMBRINGER', 'name'), ('KRITI VIGOR', 'former')]
        >>> list(names_in("Hui Chon (Hwang Gum San 2)"))
        [('Hui Chon', 'name'), ('Hwang Gum San 2', 'beside')]

    """
    if not any(sign in text for sign in _BRACKETS):
        if outer := " ".join(text.split()):
            yield outer, "name"
        return
    outer = " ".join(_BESIDE.sub(" ", text).split())
    if outer:
        yield outer, "name"
    for found in _BESIDE.finditer(text):
        inner = found["name"].strip()
        if inner:
            role = (found["role"] or "").lower()
            former = role.startswith(("ex", "f", "formerly"))
            yield inner, "former" if former else "beside"
