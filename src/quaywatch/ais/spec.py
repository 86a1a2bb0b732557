"""The messages we read, as tables: where each field lies and how long a message must be.

Source: Recommendation ITU-R M.1371-5 (02/2014), annex 8, tables 45 to 79.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """How the bits of a field are read."""

    UNSIGNED = "unsigned"
    SIGNED = "signed"
    """Two's complement."""


@dataclass(frozen=True, slots=True)
class Bits:
    """A number in a message."""

    offset: int
    """First bit, counted from 0 at the start of the message."""
    width: int
    """Bits."""
    kind: Kind = Kind.UNSIGNED


@dataclass(frozen=True, slots=True)
class Text:
    """A text in a message, six bits a character."""

    offset: int
    """First bit, counted from 0 at the start of the message."""
    length: int
    """Characters."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One message, or one part of message 24."""

    types: tuple[int, ...]
    """Message numbers that share this layout."""
    least_bits: int
    """A shorter message was cut or damaged. Longer is allowed: some providers pad or append."""
    transponder: str | None
    """Class of the sender, where the message number tells it."""
    numbers: dict[str, Bits]
    texts: dict[str, Text] = field(default_factory=dict)
    part: str | None = None
    """For message 24."""
    position_units: int = 600_000
    """Units of ``lon`` and ``lat`` per degree."""
    sog_units: int = 10
    """Units of ``sog`` per knot."""
    cog_units: int = 10
    """Units of ``cog`` per degree."""

    @property
    def is_position(self) -> bool:
        """Whether it says where the transponder is."""
        return "lon" in self.numbers

    @property
    def is_static(self) -> bool:
        """Whether it says what the transponder is on."""
        return bool(self.texts)


S = Kind.SIGNED
# A message of one slot has 168 bits, 28 characters. Some receivers count fill bits wrongly: with
# all 28 characters there nothing is lost, so 163 bits (27 characters are 162) is enough.
_ONE_SLOT = 163
_MMSI = {"mmsi": Bits(8, 30)}


def _dimensions(offset: int) -> dict[str, Bits]:
    return {
        "to_bow": Bits(offset, 9),
        "to_stern": Bits(offset + 9, 9),
        "to_port": Bits(offset + 18, 6),
        "to_starboard": Bits(offset + 24, 6),
    }


CLASS_A = Layout(
    types=(1, 2, 3),
    least_bits=_ONE_SLOT,
    transponder="A",
    numbers=_MMSI
    | {
        "nav_status": Bits(38, 4),
        "rot": Bits(42, 8, S),
        "sog": Bits(50, 10),
        "lon": Bits(61, 28, S),
        "lat": Bits(89, 27, S),
        "cog": Bits(116, 12),
        "heading": Bits(128, 9),
    },
)
BASE_STATION = Layout(
    types=(4,),
    least_bits=_ONE_SLOT,
    transponder=None,
    numbers=_MMSI
    | {
        "year": Bits(38, 14),
        "month": Bits(52, 4),
        "day": Bits(56, 5),
        "hour": Bits(61, 5),
        "minute": Bits(66, 6),
        "second": Bits(72, 6),
        "lon": Bits(79, 28, S),
        "lat": Bits(107, 27, S),
    },
)
VOYAGE = Layout(
    types=(5,),
    # 424 by the book; transponders that leave out the last two bits (DTE, spare) are common.
    least_bits=422,
    transponder="A",
    numbers=_MMSI
    | {
        "imo": Bits(40, 30),
        "ship_type": Bits(232, 8),
        **_dimensions(240),
        "eta_month": Bits(274, 4),
        "eta_day": Bits(278, 5),
        "eta_hour": Bits(283, 5),
        "eta_minute": Bits(288, 6),
        "draught": Bits(294, 8),
    },
    texts={"callsign": Text(70, 7), "name": Text(112, 20), "destination": Text(302, 20)},
)
CLASS_B = Layout(
    types=(18,),
    least_bits=_ONE_SLOT,
    transponder="B",
    numbers=_MMSI
    | {
        "sog": Bits(46, 10),
        "lon": Bits(57, 28, S),
        "lat": Bits(85, 27, S),
        "cog": Bits(112, 12),
        "heading": Bits(124, 9),
    },
)
CLASS_B_EXTENDED = Layout(
    types=(19,),
    least_bits=312,
    transponder="B",
    numbers=CLASS_B.numbers | {"ship_type": Bits(263, 8), **_dimensions(271)},
    texts={"name": Text(143, 20)},
)
STATIC_A = Layout(
    types=(24,),
    # 160 by the table, 168 as most transponders send it.
    least_bits=160,
    transponder="B",
    numbers=_MMSI,
    texts={"name": Text(40, 20)},
    part="A",
)
STATIC_B = Layout(
    types=(24,),
    # The six spare bits at the end are often left out.
    least_bits=162,
    transponder="B",
    numbers=_MMSI | {"ship_type": Bits(40, 8), **_dimensions(132)},
    texts={"callsign": Text(90, 7)},
    part="B",
)
LONG_RANGE = Layout(
    types=(27,),
    least_bits=96,
    # Class A and class B "SO" both send it.
    transponder=None,
    numbers=_MMSI
    | {
        "nav_status": Bits(40, 4),
        "lon": Bits(44, 18, S),
        "lat": Bits(62, 17, S),
        "sog": Bits(79, 6),
        "cog": Bits(85, 9),
    },
    position_units=600,
    sog_units=1,
    cog_units=1,
)

LAYOUTS: tuple[Layout, ...] = (
    CLASS_A,
    BASE_STATION,
    VOYAGE,
    CLASS_B,
    CLASS_B_EXTENDED,
    STATIC_A,
    STATIC_B,
    LONG_RANGE,
)

LAYOUT_OF = {number: layout for layout in LAYOUTS for number in layout.types} | {24: STATIC_A}
"""A layout of each message we read; for message 24, that of part A."""

PART_NUMBER = Bits(38, 2)
"""Of message 24: 0 is part A, 1 is part B."""
MESSAGE_MAX = 27
"""Highest message number that M.1371-5 defines."""
