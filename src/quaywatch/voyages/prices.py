"""Prices as somebody stated them: dated, sourced, and as wide as the source leaves them.

None is made up here. ``DOCUMENTED`` holds points that a published investigation prints, to redo
its arithmetic; everything else comes from a file of the user's. A price that is missing, or too
far in time, gives a reason and no value.
"""

import csv
import io
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import PurePath
from typing import Any, Final

import numpy as np

from quaywatch.errors import PricesFileError
from quaywatch.voyages.draws import Floats, triangular, uniforms

METHOD: Final = "price@1"
STALE_DAYS: Final = 183
"""A price farther in time than this from what it is applied to is not used: a default."""
_NEEDED: Final = ("commodity", "low", "mode", "high", "from", "to", "source")
_KNOWN: Final = (
    "id", *_NEEDED, "quality", "place", "incoterm", "applied_from", "applied_to", "url", "note",
)  # fmt: skip
NOT_STATED: Final = "not stated"


@dataclass(frozen=True, slots=True)
class Price:
    """What a tonne fetched, by one source, US dollars per tonne."""

    id: str
    commodity: str
    low: float
    mode: float
    high: float
    """Equal to ``low`` and ``mode`` for a point: the source states no spread."""
    first: date
    last: date
    """Days that it describes, both included."""
    source: str
    """Title or id of the record."""
    quality: str = NOT_STATED
    place: str = NOT_STATED
    incoterm: str = NOT_STATED
    """FOB, CIF, …; a CIF price holds freight that the seller does not earn."""
    applied: tuple[date, date] | None = None
    """Days to which the source itself applies it, where they are others."""
    url: str | None = None
    note: str | None = None

    @property
    def point(self) -> bool:
        """Whether the source gives one figure."""
        return self.low == self.high

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, from which ``from_json`` makes it again."""
        said = asdict(self)
        said |= {"first": self.first.isoformat(), "last": self.last.isoformat()}
        if self.applied is not None:
            said["applied"] = [day.isoformat() for day in self.applied]
        return said

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Price":
        """The price that ``to_json`` gave."""
        fields = dict(said)
        for name in ("first", "last"):
            fields[name] = date.fromisoformat(fields[name])
        if fields.get("applied") is not None:
            first, last = fields["applied"]
            fields["applied"] = (date.fromisoformat(first), date.fromisoformat(last))
        return cls(**fields)

    def said(self) -> str:
        """As printed.

        Examples:
            >>> DOCUMENTED[0].said()
            '$100/t (coal, 2020-01-01 to 2020-12-31, one documented point)'

        """
        spread = "one documented point" if self.point else f"${self.low:g} to ${self.high:g}"
        return f"${self.mode:g}/t ({self.commodity}, {self.first} to {self.last}, {spread})"


DOCUMENTED: Final[tuple[Price, ...]] = (
    Price(
        id="panel-2020-coal",
        commodity="coal",
        low=100.0,
        mode=100.0,
        high=100.0,
        first=date(2020, 1, 1),
        last=date(2020, 12, 31),
        source="Open Source Centre, Back in Black (7 May 2025), after the former UN Panel of "
        "Experts (2020)",
        place="North Korea",
        applied=(date(2024, 9, 1), date(2025, 5, 7)),
        note="Approximate by the article's own word; it applies a price of 2020 to coal and iron "
        "ore of 2024 and 2025.",
    ),
)


@dataclass(frozen=True, slots=True)
class Priced:
    """A price found for something, or why none was."""

    price: Price | None
    reason: str | None
    caveats: tuple[str, ...] = ()


def price_for(
    prices: Sequence[Price],
    commodity: str,
    on: date | None,
    *,
    stale_days: int = STALE_DAYS,
    only: str | None = None,
) -> Priced:
    """The price that fits a commodity and a day, or why none does.

    Where several fit equally, none is chosen: the user names one.

    Args:
        prices: known ones.
        commodity: as the prices name it; "coal" does not stand for "anthracite" nor the reverse.
        on: day of the voyage; None: not known, and then only a price named by ``only`` is taken.
        stale_days: how far a price may lie from that day.
        only: id of the one to take.

    Examples:
        >>> price_for(DOCUMENTED, "coal", date(2022, 6, 1)).reason
        'The nearest price of coal is of 2020-12-31, more than 183 days off. No value stated.'
        >>> price_for(DOCUMENTED, "iron-ore", date(2020, 6, 1)).reason
        'No price of iron-ore is known: no value stated.'

    """
    wanted = commodity.strip().lower()
    mine = [p for p in prices if p.commodity.lower() == wanted and only in {None, p.id}]
    if not mine:
        named = "" if only is None else f" called {only}"
        return Priced(None, f"No price of {wanted}{named} is known: no value stated.")
    if on is None and only is None:
        return Priced(None, "The day is not known, so no price can be chosen: no value stated.")
    if on is None:
        return Priced(mine[0], None, (*_caveats(mine[0]), "The day of the cargo is not known."))
    fitting = sorted(mine, key=lambda p: (_days_off(p, on), p.id))
    near = [p for p in fitting if _days_off(p, on) <= stale_days]
    near = [p for p in near if _days_off(p, on) == _days_off(near[0], on)]
    applied = [p for p in fitting if p.applied is not None and p.applied[0] <= on <= p.applied[1]]
    found = near or applied
    if not found:
        # The same words for every voyage too far from it, so that they can be counted.
        end = _nearest_end(fitting[0], on)
        why = f"The nearest price of {wanted} is of {end}, more than {stale_days} days off."
        return Priced(None, f"{why} No value stated.")
    if len(found) > 1:
        ids = ", ".join(p.id for p in found)
        return Priced(None, f"Several prices of {wanted} fit ({ids}): name one. No value stated.")
    price, off = found[0], _days_off(found[0], on)
    said = list(_caveats(price))
    if near and off:
        said.append(f"The price is of {_nearest_end(price, on)}, {off} days from the voyage.")
    elif not near:
        said.append(f"The source itself applies a price of {price.last.year} to {on.year}.")
    return Priced(price, None, tuple(said))


def _caveats(price: Price) -> tuple[str, ...]:
    said = []
    if price.point:
        said.append("The price is one documented point: its own spread is not in the interval.")
    if price.incoterm == NOT_STATED:
        said.append("The source does not say whether freight is in the price.")
    if price.note:
        said.append(price.note)
    return tuple(said)


def _days_off(price: Price, on: date) -> int:
    return max((price.first - on).days, (on - price.last).days, 0)


def _nearest_end(price: Price, on: date) -> date:
    return price.first if on < price.first else price.last


def price_draws(price: Price) -> Floats:
    """Values of a price, US dollars per tonne, shape (draws,): one price for all it is put on."""
    return triangular(uniforms(f"{price.id}|price"), price.low, price.mode, price.high)


def parse_prices(text: bytes, *, name: str) -> tuple[Price, ...]:
    r"""Prices of a user's file: TOML with ``[[price]]`` tables, or CSV with a header.

    Each needs ``commodity``, ``low``, ``mode``, ``high`` (US dollars per tonne), ``from``, ``to``
    (days) and ``source``; it may have ``id``, ``quality``, ``place``, ``incoterm``, ``url``,
    ``note``, ``applied_from`` and ``applied_to``.

    Args:
        text: its bytes, UTF-8.
        name: of the file; ``.csv`` is read as CSV.

    Raises:
        PricesFileError: a field missing, unknown or out of range, or an id used twice.

    Examples:
        >>> head = b"commodity,low,mode,high,from,to,source"
        >>> text = head + b"\ncoal,80,95,120,2025-01-01,2025-03-31,X"
        >>> [p.said() for p in parse_prices(text, name="p.csv")]
        ['$95/t (coal, 2025-01-01 to 2025-03-31, $80 to $120)']

    """
    try:
        said = text.decode("utf-8-sig")
        if PurePath(name).suffix.lower() == ".csv":
            rows: list[dict[str, Any]] = [dict(row) for row in csv.DictReader(io.StringIO(said))]
        else:
            rows = tomllib.loads(said).get("price", [])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, csv.Error) as err:
        raise PricesFileError(name=name, fact=f"cannot be read: {err}") from err
    if not rows:
        raise PricesFileError(name=name, fact="it holds no price")
    found = tuple(_price(row, name, k) for k, row in enumerate(rows, start=1))
    ids = [p.id for p in found]
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise PricesFileError(name=name, fact=f"the id {twice[0]} is used twice")
    return found


def _price(row: object, name: str, number: int) -> Price:
    if not isinstance(row, dict):
        raise PricesFileError(name=name, fact=f"price {number} is no table")
    given = {str(k).strip(): v for k, v in row.items() if v not in {None, ""}}
    lacking = [key for key in _NEEDED if key not in given]
    strange = [key for key in given if key not in _KNOWN]
    if lacking or strange:
        fact = f"it has no {lacking[0]}" if lacking else f"it has the unknown field {strange[0]}"
        raise PricesFileError(name=name, fact=f"price {number}: {fact}")
    try:
        low, mode, high = (float(given[key]) for key in ("low", "mode", "high"))
        first, last = (_day(given[key]) for key in ("from", "to"))
        applied = None
        if "applied_from" in given or "applied_to" in given:
            applied = (_day(given["applied_from"]), _day(given["applied_to"]))
    except (ValueError, TypeError, KeyError) as err:
        raise PricesFileError(name=name, fact=f"price {number}: {err}") from err
    if not (0 <= low <= mode <= high and np.isfinite(high) and high > 0) or last < first:
        fact = f"price {number}: it needs 0 <= low <= mode <= high, and from no later than to"
        raise PricesFileError(name=name, fact=fact)
    texts = {
        key: str(given[key]).strip()
        for key in ("quality", "place", "incoterm", "url", "note")
        if key in given
    }
    return Price(
        id=str(given.get("id", f"{PurePath(name).stem}-{number}")),
        commodity=str(given["commodity"]).strip().lower(),
        low=low, mode=mode, high=high, first=first, last=last,
        source=str(given["source"]), applied=applied, **texts,
    )  # fmt: skip


def _day(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value).strip())
