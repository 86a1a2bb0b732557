"""What the digits of an MMSI and an IMO number can and cannot show.

An MMSI names a radio station, not a hull, and anyone may type one in: its country digits are what
the station says, never proof of a flag. A valid check digit makes an IMO number well formed; one
random number in ten has it too.

Sources: ITU-R M.585-9 (formats of identities); ITU, Table of Maritime Identification Digits; IMO
resolution A.1117(30) (IMO numbers).
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Final

from quaywatch.errors import MmsiError

MMSI_MAX = 999_999_999
_IMO_DIGITS: Final = 7
IMO_FILLERS: Final = frozenset({1_234_567, 5_555_555})
"""Numbers typed in to fill the field that happen to have the right check digit: name no ship."""

_CALLSIGN: Final = re.compile(r"(?:[A-Z][A-Z0-9]|[0-9][A-Z])(?:[A-Z]{2}[0-9]?|[A-Z]?[0-9]{4})")
_ADMINISTRATIONS: Final = MappingProxyType(
    {
        territory: state
        for state, territories in {
            "AU": "CX NF CC", "CN": "HK MO", "DK": "FO GL", "FI": "AX",
            "FR": "GP MQ GF RE PM NC PF WF YT TF BL MF", "NL": "AW CW SX BQ AN", "NO": "SJ",
            "GB": "AI BM VG KY FK GI MS PN SH TC IM JE GG AC IO GS", "NZ": "CK NU TK",
            "US": "PR VI GU AS MP",
        }.items()
        for territory in territories.split()
    }
)  # fmt: skip


class StationKind(StrEnum):
    """What kind of station an MMSI is set aside for."""

    SHIP = "ship"
    GROUP = "group"
    """A group of ships; starts 0."""
    COAST = "coast"
    """A coast or base station; starts 00."""
    AIRCRAFT = "aircraft"
    """Search and rescue aircraft; starts 111."""
    HANDHELD = "handheld"
    """Handheld VHF; starts 8."""
    CRAFT = "craft"
    """A craft associated with a parent ship; starts 98."""
    AID = "aid"
    """An aid to navigation; starts 99."""
    SART = "sart"
    """An AIS search and rescue transmitter; starts 970."""
    MAN_OVERBOARD = "man-overboard"
    """Starts 972."""
    EPIRB = "epirb"
    """An emergency beacon with AIS; starts 974."""
    UNASSIGNED = "unassigned"
    """No format of M.585 begins so."""


_PREFIXES: tuple[tuple[str, StationKind, int | None], ...] = (
    # Prefix, kind, place of the country digits. Longer prefixes first.
    ("970", StationKind.SART, None),
    ("972", StationKind.MAN_OVERBOARD, None),
    ("974", StationKind.EPIRB, None),
    ("111", StationKind.AIRCRAFT, 3),
    ("00", StationKind.COAST, 2),
    ("98", StationKind.CRAFT, 2),
    ("99", StationKind.AID, 2),
    ("0", StationKind.GROUP, 1),
    ("8", StationKind.HANDHELD, 1),
)


@dataclass(frozen=True, slots=True)
class Mmsi:
    """A maritime mobile service identity: nine digits, leading zeros included.

    Raises:
        MmsiError: the number does not fit nine digits.

    Examples:
        >>> Mmsi(445_123_000).kind, Mmsi(445_123_000).mid, Mmsi(445_123_000).country
        (<StationKind.SHIP: 'ship'>, 445, 'KP')
        >>> str(Mmsi(3_669_702)), Mmsi(3_669_702).kind
        ('003669702', <StationKind.COAST: 'coast'>)

    """

    number: int

    def __post_init__(self) -> None:
        if not 0 < self.number <= MMSI_MAX:
            raise MmsiError(number=self.number)

    def __str__(self) -> str:
        return f"{self.number:09d}"

    @property
    def kind(self) -> StationKind:
        """What the format is set aside for."""
        return self._read()[0]

    @property
    def mid(self) -> int | None:
        """The country digits; None where the format has none."""
        place = self._read()[1]
        return None if place is None else int(str(self)[place : place + 3])

    @property
    def country(self) -> str | None:
        """ISO 3166 code of the administration the digits are assigned to; None if to nobody."""
        return None if self.mid is None else mid_countries().get(self.mid)

    def _read(self) -> tuple[StationKind, int | None]:
        text = str(self)
        for prefix, kind, place in _PREFIXES:
            if text.startswith(prefix):
                return kind, place
        if "2" <= text[0] <= "7":
            return StationKind.SHIP, 0
        return StationKind.UNASSIGNED, None


@cache
def mid_countries() -> Mapping[int, str]:
    """Maritime identification digits → ISO 3166 code of the administration.

    Source: ITU, Table of Maritime Identification Digits.

    Examples:
        >>> mid_countries()[445], mid_countries()[750]
        ('KP', 'GY')

    """
    text = resources.files("quaywatch.vessels").joinpath("mid.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return MappingProxyType({int(row["mid"]): row["iso2"] for row in csv.DictReader(lines)})


def imo_check(imo: int) -> bool:
    """Whether ``imo`` is a well-formed IMO ship number: seven digits and the right check digit.

    7·d1 + 6·d2 + 5·d3 + 4·d4 + 3·d5 + 2·d6 must end in d7. That a number is well formed does not
    show that it was ever given to a ship, let alone to this one.

    Examples:
        >>> imo_check(9125786), imo_check(9125787), imo_check(912578)
        (True, False, False)

    """
    if not 1_000_000 <= imo <= 9_999_999:
        return False
    *body, check = (int(digit) for digit in str(imo))
    total = sum(weight * digit for weight, digit in zip(range(7, 1, -1), body, strict=True))
    return total % 10 == check


@cache
def _callsign_series() -> tuple[tuple[str, str, str], ...]:
    text = (
        resources.files("quaywatch.vessels").joinpath("callsigns.csv").read_text(encoding="utf-8")
    )
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return tuple((row["first"], row["last"], row["iso2"]) for row in csv.DictReader(lines))


def callsign_country(callsign: str) -> str | None:
    """ISO 3166 code of the country whose stations have such call signs; None if not told by it.

    What a transponder sends is typed in by hand: this is what it says, never proof of a flag. Texts
    that have not the form of a ship's call sign (yachts send words in this field) tell nothing.

    Source:
        Radio Regulations, Appendix 42 (series) and article 19 section III (forms).

    Examples:
        >>> callsign_country("HOAB"), callsign_country("XSAB"), callsign_country("QQ12")
        ('PA', 'CN', None)
        >>> callsign_country("DESTINY"), callsign_country("WDJ8852")
        (None, 'US')

    """
    text = callsign.strip().upper()
    if not _CALLSIGN.fullmatch(text):
        return None
    for first, last, country in _callsign_series():
        if first <= text[: len(first)] <= last:
            return country
    return None


def same_administration(one: str, other: str) -> bool:
    """Whether two ISO 3166 codes are of one state's stations: Bermuda's call signs are British.

    Examples:
        >>> same_administration("BM", "GB"), same_administration("KY", "MH")
        (True, False)

    """
    return _ADMINISTRATIONS.get(one, one) == _ADMINISTRATIONS.get(other, other)


def imo_message(imo: int) -> str:
    """What the digits of an IMO number show, in a sentence.

    Examples:
        >>> imo_message(1059149)
        'IMO 1059149 is well formed; that does not show it belongs to this hull.'
        >>> imo_message(1059140)
        'IMO 1059140 fails its check digit; no ship has it.'
        >>> imo_message(912578600)
        'IMO 912578600 has not seven digits; it is 9125786 with two zeros behind it.'
        >>> imo_message(646353)
        'IMO 646353 has not seven digits; no ship has it.'

    """
    if imo_check(imo):
        return f"IMO {imo} is well formed; that does not show it belongs to this hull."
    if imo % 100 == 0 and imo_check(imo // 100):
        return f"IMO {imo} has not seven digits; it is {imo // 100} with two zeros behind it."
    if len(str(imo)) != _IMO_DIGITS:
        return f"IMO {imo} has not seven digits; no ship has it."
    return f"IMO {imo} fails its check digit; no ship has it."
