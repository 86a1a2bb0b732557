"""Value of a cargo, and what a published total comes to under each way of reading it.

A value is tonnes times a price that somebody stated. A "combined deadweight" of a few ships that
sailed many times may count every ship once or once for each voyage; both readings are worked out
and named, each with what it implies, and none is chosen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from quaywatch.errors import CargoInputError
from quaywatch.voyages.cargo import Loads, mean_load
from quaywatch.voyages.draws import Driver, Floats, Spread, drivers, normal, shown, uniforms
from quaywatch.voyages.figures import Figure
from quaywatch.voyages.prices import Price, Priced, price_draws

METHOD: Final = "worth@1"
FULL_CARGOES: Final = "Every voyage was laden with one full cargo, and all of it fetched one price."
EQUALLY_OFTEN: Final = "The ships sailed equally often."
REGISTER_MOST: Final = 0.06
"""A register errs by less, as a share of a deadweight: three of its standard deviations."""
NO_TONNES: Final = "No tonnes are stated, so no value is."


@dataclass(frozen=True, slots=True)
class Worth:
    """Value of a cargo or of many."""

    value: Spread | None
    reason: str | None
    price: Price | None
    caveats: tuple[str, ...] = ()
    drivers: tuple[Driver, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; dollars are whole."""
        return {
            "value": None if self.value is None else self.value.to_json(),
            "reason": self.reason,
            "price": None if self.price is None else self.price.to_json(),
            "caveats": list(self.caveats),
            "drivers": [d.to_json() for d in self.drivers],
            "method": METHOD,
        }


def worth_of(loads: Loads | None, priced: Priced) -> Worth:
    """Tonnes times price, as an interval, with what makes it wide.

    Args:
        loads: of one voyage or summed over many (``cargo.load_draws``, ``Total.loads``).
        priced: the price, or why there is none.

    Examples:
        >>> worth_of(None, Priced(None, "No price of coal is known: no value stated.")).reason
        'No price of coal is known: no value stated.'

    """
    if priced.price is None:
        return Worth(None, priced.reason, None, priced.caveats)
    if loads is None:
        return Worth(None, NO_TONNES, priced.price, priced.caveats)
    price = price_draws(priced.price)
    mean = float(price.mean())
    total = loads.tonnes * price
    alone = {name: values * mean for name, values in loads.alone.items()}
    alone["price"] = float(loads.tonnes.mean()) * price
    return Worth(Spread.of(total, "USD"), None, priced.price, priced.caveats, drivers(total, alone))


@dataclass(frozen=True, slots=True)
class ProductCheck:
    """Whether a printed value is the product of a printed tonnage and price."""

    product: float
    """Of the figures as printed."""
    low: float
    high: float
    """As far as the words and digits of tonnage and price leave it open."""
    stated: tuple[float, float]
    follows: bool
    message: str

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "product_usd": round(self.product),
            "product_range_usd": [round(self.low), round(self.high)],
            "stated_range_usd": [round(v) for v in self.stated],
            "follows": self.follows,
            "message": self.message,
        }


def check_product(tonnes: Figure, price: Price, value: Figure) -> ProductCheck:
    """Redo a source's multiplication, no sharper than its own words.

    Args:
        tonnes: as printed (``cargo.stated`` reads "about" and "over").
        price: applied to it.
        value: as printed, US dollars.

    Examples:
        >>> from quaywatch.voyages.prices import DOCUMENTED
        >>> exports = Figure(3.7e6, 3.8e6, "the report", "over")
        >>> estimate = Figure(370e6, 370e6, "the report")
        >>> check_product(exports, DOCUMENTED[0], estimate).product
        370000000.0

    """
    product = tonnes.printed * price.mode
    low, high = tonnes.low * price.low, tonnes.high * price.high
    follows = low <= value.high and value.low <= high
    figures = f"{shown(tonnes.printed, 't')} at ${price.mode:g} is {shown(product, 'USD')}"
    word = {"about": "about ", "over": "over ", "at-least": "at least "}.get(value.sense, "")
    said = f"{figures}; {word}{shown(value.printed, 'USD')} is stated"
    if not follows:
        said += ", which does not follow."
    elif value.sense in {"over", "at-least"} and product <= value.low:
        said += ": the printed figures give no more than that."
    else:
        said += ": it follows."
    return ProductCheck(product, low, high, (value.low, value.high), follows, said)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a total deadweight, and what follows from it."""

    name: str
    """``over-voyages`` or ``over-ships``."""
    meaning: str
    over_voyages_t: float
    """Deadweight summed once for each voyage; under ``over-ships``, if shared evenly."""
    over_ships_t: float
    """Deadweight summed once for each ship; under ``over-voyages``, if shared evenly."""
    face_value: float
    """Deadweight over voyages times price, as if every tonne of deadweight were cargo."""
    tonnes: Spread
    """Cargo of all voyages: less fuel, water, stores and what was left empty."""
    worth: Worth
    assumes: tuple[str, ...]
    """What the tonnage and the value take for granted; the intervals do not hold it."""
    voyages_valued: float | None
    """To how many voyages the stated value comes; None: none is stated."""
    implies: tuple[str, ...]
    contradiction: str | None
    """Why the deadweights entered of single ships exclude it; None: they do not."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "name": self.name,
            "meaning": self.meaning,
            "deadweight_over_voyages_t": round(self.over_voyages_t),
            "deadweight_over_ships_t": round(self.over_ships_t),
            "face_value_usd": round(self.face_value),
            "tonnes": self.tonnes.to_json(),
            "worth": self.worth.to_json(),
            "assumes": list(self.assumes),
            "voyages_valued": None
            if self.voyages_valued is None
            else round(self.voyages_valued, 1),
            "implies": list(self.implies),
            "contradiction": self.contradiction,
        }


@dataclass(frozen=True, slots=True)
class Published:
    """A published total: so much deadweight, so many ships and voyages, so much money."""

    total: Figure
    ships: int
    voyages: int
    priced: Priced
    value: Figure | None = None
    """Stated value, US dollars."""
    known: Mapping[str, Figure] | None = None
    """Deadweights that are stated of single ships."""

    def __post_init__(self) -> None:
        """Refuse a fleet that cannot have sailed so often."""
        if not 1 <= self.ships <= self.voyages:
            fact = f"{self.voyages} voyages by {self.ships} ships, each of which made one"
            raise CargoInputError(fact=fact)
        if self.priced.price is None:
            raise CargoInputError(fact="a published value is checked with the price it rests on")


@dataclass(frozen=True, slots=True)
class Readings:
    """Both readings of a published total, with the check of its arithmetic."""

    over_voyages: Reading
    over_ships: Reading
    product: ProductCheck | None
    message: str
    cannot: tuple[str, ...]
    """What the source leaves open."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "readings": [self.over_voyages.to_json(), self.over_ships.to_json()],
            "product": None if self.product is None else self.product.to_json(),
            "message": self.message,
            "left_open": list(self.cannot),
            "method": METHOD,
        }


def readings_of(said: Published) -> Readings:
    """Both ways to read a combined deadweight, each with the tonnage and value that it gives.

    All voyages are taken as laden, as the source has them.

    Examples:
        >>> from quaywatch.voyages.prices import DOCUMENTED
        >>> from quaywatch.voyages.figures import stated
        >>> total = stated(330_000, "an article", sense="about")
        >>> both = readings_of(Published(total, 6, 18, Priced(DOCUMENTED[0], None)))
        >>> both.over_voyages.face_value, both.over_ships.face_value
        (33000000.0, 99000000.0)

    """
    total, n, ships = said.total.mid, said.voyages, said.ships
    price = _price(said)
    product = None if said.value is None else check_product(said.total, price, said.value)
    valued = None if said.value is None else said.value.printed / price.mode
    known = dict(said.known or {})
    one = Reading(
        name="over-voyages",
        meaning=f"every ship counts once for each of the {n} voyages",
        over_voyages_t=total,
        over_ships_t=total * ships / n,
        face_value=total * price.mode,
        **_figures(said, 1.0),
        assumes=(FULL_CARGOES,),
        voyages_valued=None if valued is None else valued / (total / n),
        implies=_by_voyages(said, known),
        contradiction=_excluded(said, known, over_voyages=True),
    )
    other = Reading(
        name="over-ships",
        meaning=f"each of the {ships} ships counts once",
        over_voyages_t=total * n / ships,
        over_ships_t=total,
        face_value=total * n / ships * price.mode,
        **_figures(said, n / ships),
        assumes=(FULL_CARGOES, EQUALLY_OFTEN),
        voyages_valued=None if valued is None else valued / (total / ships),
        implies=_by_ships(said, known),
        contradiction=_excluded(said, known, over_voyages=False),
    )
    return Readings(one, other, product, _message(said, one, other), _left_open(said, known))


def _price(said: Published) -> Price:
    if said.priced.price is None:
        raise CargoInputError(fact="a published value is checked with the price it rests on")
    return said.priced.price


def _figures(said: Published, times: float) -> dict[str, Any]:
    loads = _loads(said, times)
    return {"tonnes": loads.spread, "worth": worth_of(loads, said.priced)}


def _loads(said: Published, times: float) -> Loads:
    """Cargo of all voyages: the stated total, so many times, times the mean load of a voyage."""
    at = uniforms(f"{said.total.source}|total")
    total = said.total.low + (said.total.high - said.total.low) * at
    total = total * (1 + said.total.sigma * normal(uniforms(f"{said.total.source}|register")))
    load: Floats = mean_load(said.total.source, said.voyages)
    deadweight, mean = np.asarray(total * times, np.float64), float(load.mean())
    alone = {"deadweight": deadweight * mean, "how full": float(deadweight.mean()) * load}
    return Loads(deadweight * load, alone)


def _by_voyages(said: Published, known: Mapping[str, Figure]) -> tuple[str, ...]:
    total, n, ships = said.total.mid, said.voyages, said.ships
    implied = [
        f"a mean deadweight of {shown(total / n, 't')} a voyage",
        (
            f"about {shown(total * ships / n, 't')} of deadweight over the {ships} ships if they "
            "sailed equally often"
        ),
    ]
    for name, dwt in known.items():
        if n > 1 and dwt.printed < total:
            rest = (total - dwt.printed) / (n - 1)
            implied.append(
                f"beside one voyage of {name} ({shown(dwt.printed, 't')}), a mean of "
                f"{shown(rest, 't')} over the other {n - 1}"
            )
    return tuple(implied)


def _by_ships(said: Published, known: Mapping[str, Figure]) -> tuple[str, ...]:
    total, n, ships = said.total.mid, said.voyages, said.ships
    implied = [f"a mean deadweight of {shown(total / ships, 't')} a ship"]
    rest = ships - len(known)
    others = (total - sum(d.printed for d in known.values())) / rest if rest > 0 else 0.0
    if known and others > 0:
        implied.append(
            f"beside {', '.join(known)}, a mean of {shown(others, 't')} for the other {rest} ships"
        )
    open_end = f"over the {n} voyages more than {shown(total, 't')} of deadweight"
    if known:
        name, smallest = min(known.items(), key=lambda pair: (pair[1].printed, pair[0]))
        floor = total + (n - ships) * smallest.printed
        open_end += (
            f": {shown(floor, 't')} if each ship sailed once and {name} made all other voyages"
        )
    implied.append(
        f"{open_end}; how much at most is not bounded without the voyages and the deadweight of "
        "each ship"
    )
    return tuple(implied)


def _excluded(said: Published, known: Mapping[str, Figure], *, over_voyages: bool) -> str | None:
    """Whether the deadweights entered leave the total no room under a reading, and why."""
    if not known:
        return None
    low = sum(d.low * (1 - REGISTER_MOST) for d in known.values())
    high = sum(d.high * (1 + REGISTER_MOST) for d in known.values())
    whole, more = len(known) == said.ships, said.voyages - said.ships
    if over_voyages:
        # Every ship sailed once; who made the other voyages is open.
        low += more * min(d.low for d in known.values()) * (1 - REGISTER_MOST) if whole else 0.0
        high += more * max(d.high for d in known.values()) * (1 + REGISTER_MOST)
    if low > said.total.high or (whole and high < said.total.low):
        told = shown(sum(d.printed for d in known.values()), "t")
        return (
            f"The deadweights entered of {len(known)} of the {said.ships} ships sum to {told}, "
            f"which leaves no room for {shown(said.total.printed, 't')} under this reading."
        )
    return None


def _message(said: Published, one: Reading, other: Reading) -> str:
    price = f"${_price(said).mode:g} a tonne"
    text = (
        f"“{shown(said.total.mid, 't')} combined” has two readings. "
        f"If {one.meaning}: {_reading(one, price)} "
        f"If {other.meaning}, and they sailed equally often: {_reading(other, price)}"
    )
    if one.voyages_valued is None or other.voyages_valued is None:
        return text
    return (
        f"{text} The value stated pays for {one.voyages_valued:.0f} voyages under the first "
        f"reading and for {other.voyages_valued:.0f} of {said.voyages} under the second. Which is "
        f"meant, {_which(one, other)}"
    )


def _which(one: Reading, other: Reading) -> str:
    excluded = [r for r in (one, other) if r.contradiction is not None]
    if len(excluded) == 1 and excluded[0].contradiction is not None:
        number = "first" if excluded[0] is one else "second"
        return f"the source must say; the {number} does not fit. {excluded[0].contradiction}"
    return "only the source can say."


def _reading(reading: Reading, price: str) -> str:
    value = "" if reading.worth.value is None else f", {reading.worth.value.said()}"
    return (
        f"{shown(reading.over_voyages_t, 't')} of deadweight over the voyages, "
        f"{shown(reading.face_value, 'USD')} at {price} were all of it cargo; less fuel, water and "
        f"stores {reading.tonnes.said()}{value}."
    )


def _left_open(said: Published, known: Mapping[str, Figure]) -> tuple[str, ...]:
    lacking = said.ships - len(known)
    left = []
    if lacking:
        left.append(f"The deadweight of {lacking} of the {said.ships} ships is not stated.")
    left.append("How many of the voyages each ship made is not stated.")
    left.append(
        "Deadweight is cargo, fuel, water and stores together: cargo is 0.85 to 0.97 of it."
    )
    return tuple(left)
