"""Countries and flags as registers print them. Words that are not known stay words."""

import csv
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Final

from quaywatch.vessels.register import Flag, FlagKind
from quaywatch.vessels.register_text import clean

_NO_FLAG: Final = re.compile(
    r"(?i)^(?:none(?: identified)?|no flag|unknown(?: flag)?|not known|stateless|flag unknown|"
    r"without nationality|unflagged|unregistered|not identified)\.?$"
)
_FALSE: Final = re.compile(r"(?i)\b(?:false(?:ly)?|fraudulent(?:ly)?|fake)\b")
_DENIED: Final = re.compile(
    r"(?i)\b(?:denie[sd]|disown(?:s|ed)|not (?:on|in) (?:its|the) regist\w+)\b"
)
_FILLING: Final = re.compile(
    r"(?i)\b(?:false(?:ly)?|fraudulent(?:ly)?|fake|flag(?:ged)?(?: state)?|claim(?:s|ed|ing)?|"
    r"denie[sd]|disown(?:s|ed)|by|of|to|be|not (?:on|in) (?:its|the) regist\w+)\b|[():;/-]"
)
_STATES: Final = re.compile(
    r"^(?:the )?(?:republic|islamic republic|kingdom|state|commonwealth|federal republic|"
    r"arab republic|hashemite kingdom|sultanate|federation|union) of (?:the )?"
)


def country_code(text: str | None) -> str | None:
    """ISO 3166 alpha-2 of a country by any name that registers use; None where it is not known.

    Examples:
        >>> [country_code(t) for t in ("DPRK", "Russian Federation", "PAN", "St. Kitts & Nevis")]
        ['KP', 'RU', 'PA', 'KN']
        >>> country_code("Republic of Malta"), country_code("Atlantis")
        ('MT', None)

    """
    told = clean(text)
    if told is None:
        return None
    names = _names()
    plain = _plain(told)
    found = names.get(plain) or names.get(_STATES.sub("", plain))
    if found is None and "(" in told:
        found = country_code(told.split("(", 1)[0])
    return found


def flag_of(
    printed: object,
    *,
    former: bool = False,
    start: str | None = None,
    end: str | None = None,
    port: str | None = None,
) -> Flag | None:
    """A flag as printed. It is false or denied only where the very words say so.

    Examples:
        >>> flag_of("Iran").country, flag_of("None Identified").kind, flag_of("-0- ")
        ('IR', 'none-identified', None)
        >>> flag_of("Gambia (false flag)").kind, flag_of("Gambia (false flag)").country
        ('false', 'GM')

    """
    text = " ".join(str(printed or "").replace("\ufeff", "").split())
    if _NO_FLAG.match(text):
        return Flag(text, None, "former" if former else "none-identified", start, end, port)
    if clean(text) is None:
        return None
    kind: FlagKind = "former" if former else "stated"
    country = country_code(text)
    if country is None or "(" in text:
        if _FALSE.search(text):
            kind = "false"
        elif _DENIED.search(text):
            kind = "denied"
        country = country_code(" ".join(_FILLING.sub(" ", text).split())) or country
    return Flag(text, country, kind, start, end, port)


@cache
def _names() -> Mapping[str, str]:
    lines = (
        resources.files("quaywatch.vessels")
        .joinpath("register_countries.csv")
        .read_text(encoding="utf-8")
        .splitlines()
    )
    found: dict[str, str] = {}
    for row in csv.DictReader(line for line in lines if not line.startswith("#")):
        code = row["iso2"]
        for name in (code, row["iso3"], *row["names"].split("|")):
            found[_plain(name)] = code
    return MappingProxyType(found)


def _plain(text: str) -> str:
    """Letters only, without their marks, in one case: ``Côte d'Ivoire`` as ``cote d ivoire``."""
    apart = unicodedata.normalize("NFKD", text)
    bare = "".join(sign for sign in apart if not unicodedata.combining(sign)).casefold()
    words = re.sub(r"[^\w]+", " ", bare.replace("&", " and ")).split()
    return " ".join(words)
