"""Ships that may be sisters: stated to be, of one yard and size, or merely of one size.

A sister is what a hull in an image may be mistaken for. She is no tie of control: whoever runs one
need not run the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from quaywatch.vessels.names import read_name
from quaywatch.vessels.network import Network, Party
from quaywatch.vessels.register_countries import country_code

LENGTH_M: Final = 1.0
BEAM_M: Final = 0.3
DEADWEIGHT_SHARE: Final = 0.02
"""How far sizes of sisters may differ as registers print them."""
YEARS: Final = 4
"""Sisters are built within so many years."""
Ground = Literal["stated", "yard-and-size", "series-and-size", "size"]
_RANK: Final[tuple[Ground, ...]] = ("stated", "yard-and-size", "series-and-size", "size")


@dataclass(frozen=True, slots=True)
class Sister:
    """A ship that may be a sister, and on what ground."""

    party: str
    ground: Ground
    because: str
    """A sentence."""


def sisters_of(network: Network, ship: str) -> tuple[Sister, ...]:
    """Ships that may be sisters of a ship, the best ground first.

    Size alone needs length, beam or deadweight of both, two of the three, and none that differs.
    """
    own = network.built.get(ship, {})
    me = network.parties.get(ship)
    stated = _stated(own)
    found: list[Sister] = []
    for key, party in network.parties.items():
        if party.schema != "Vessel" or key == ship:
            continue
        other = network.built.get(key, {})
        if _is_stated(party, stated) or (me is not None and _is_stated(me, _stated(other))):
            found.append(Sister(key, "stated", f"A register states {party.label} as a sister."))
            continue
        size = _same_size(own, other)
        if size is None or not _near_in_years(own, other):
            continue
        ground, because = _ground(own, other, me, party)
        found.append(Sister(key, ground, f"{party.label}: {because}{size}."))
    return tuple(sorted(found, key=lambda s: (_RANK.index(s.ground), s.party)))


def _stated(built: Mapping[str, Any]) -> tuple[str, ...]:
    told = built.get("sisters")
    return tuple(map(str, told)) if isinstance(told, list | tuple) else ()


def _is_stated(party: Party, stated: tuple[str, ...]) -> bool:
    number = party.id.partition(":")[2]
    names = {(r.key, r.numbers) for r in map(read_name, party.names) if r is not None}
    told = {(r.key, r.numbers) for r in map(read_name, stated) if r is not None}
    return bool(names & told) or any(number in one for one in stated)


def _same_size(one: Mapping[str, Any], other: Mapping[str, Any]) -> str | None:
    """What of two sizes agrees, in words; None where something differs or too little is stated."""
    agreed = []
    for name, unit, slack in (
        ("length_m", "m long", LENGTH_M), ("beam_m", "m broad", BEAM_M),
        ("deadweight_t", "t deadweight", None),
    ):  # fmt: skip
        mine, theirs = one.get(name), other.get(name)
        if not isinstance(mine, int | float) or not isinstance(theirs, int | float):
            continue
        if abs(mine - theirs) > (DEADWEIGHT_SHARE * mine if slack is None else slack):
            return None
        agreed.append(f"{theirs:,.15g} {unit}")
    return ", ".join(agreed) if len(agreed) >= 2 else None


def _near_in_years(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    years = [str(built.get("built") or "")[:4] for built in (one, other)]
    return not all(year.isdigit() for year in years) or abs(int(years[0]) - int(years[1])) <= YEARS


def _ground(
    one: Mapping[str, Any], other: Mapping[str, Any], me: Party | None, party: Party
) -> tuple[Ground, str]:
    yards = [str(built.get("yard") or "").casefold() for built in (one, other)]
    countries = [country_code(str(built.get("yard_country") or "")) for built in (one, other)]
    if yards[0] and yards[0] == yards[1] and countries[0] == countries[1]:
        return "yard-and-size", "of the same yard, "
    if me is not None and _one_series(me, party):
        return "series-and-size", "a name of the same series, "
    return "size", "of the same size, the yard not known to be one: "


def _one_series(one: Party, other: Party) -> bool:
    """Whether two ships bear one name with different numbers, or share its first word and more."""
    for mine in filter(None, map(read_name, one.names)):
        for theirs in filter(None, map(read_name, other.names)):
            if mine.key and mine.key == theirs.key and mine.numbers != theirs.numbers:
                return True
    return False
