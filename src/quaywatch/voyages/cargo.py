"""Tonnes of a voyage and of many, as intervals: deadweight, how full, and whether laden at all.

    tonnes = deadweight × load (0.85 to 0.97 of it) × laden (1 with its probability, else 0)

A ship's deadweight is one unknown, however often she sails: its error stays in a sum of her
voyages. How full ships of a trade sail, and how far "laden" is to be trusted, err together too, in
part. Without a deadweight there are no tonnes, whatever the ship's size looks like.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np

from quaywatch.errors import CargoInputError
from quaywatch.voyages.draught import BALLAST_SHARE, Change, Hull, weight_draws
from quaywatch.voyages.draws import (
    DRAWS,
    SEED,
    Driver,
    Floats,
    Spread,
    beta_shaped,
    drivers,
    normal,
    sharing,
    triangular,
    uniforms,
)
from quaywatch.voyages.figures import REGISTER_SIGMA, Figure

METHOD: Final = "cargo@1"
LOAD: Final = (0.85, 0.97)
"""Cargo of a laden ship as a share of her deadweight, less fuel, water and stores (METHODS 9)."""
LOAD_SHARED: Final = 0.5
"""Correlation of loads within one set of voyages: they share a trade and its habits. A default."""
LADEN_SHARED: Final = 0.3
"""Correlation of "laden" within one set: the same signs, wrong once, are wrong again. A default."""
NO_DEADWEIGHT: Final = "DWT unknown: no tonnes stated."
NO_HULL: Final = "The hull is not identified, so its deadweight is unknown: no tonnes stated."
NO_LADEN: Final = "Whether she was laden is not known: tonnes are stated only as “if laden”."


@dataclass(frozen=True, slots=True)
class Carriage:
    """One voyage as far as its cargo goes; nothing in it depends on how it was found."""

    name: str
    """Of the voyage; unique in its set."""
    ship: str | None
    """Subject of the hull; None: not identified."""
    deadweight: Figure | None
    p_laden: float | None
    """That she carried cargo on it; None: nothing to judge by."""
    p_voyage: float = 1.0
    """That the voyage took place."""
    draught: Change | None = None
    """Over the loading call, where the field changed for it."""
    draught_note: str | None = None
    """What the field is worth otherwise: unchanged, stale."""
    deadweight_note: str | None = None
    """Who states it; or why there is none, where more is known than that."""

    def __post_init__(self) -> None:
        """Refuse probabilities that are none."""
        for p in (self.p_laden, self.p_voyage):
            if p is not None and not 0 <= p <= 1:
                raise CargoInputError(fact=f"{p} is no probability")

    def to_json(self) -> dict[str, Any]:
        """All of it, so that it can be computed again."""
        return asdict(self)

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Carriage":
        """The carriage that ``to_json`` gave."""
        fields = dict(said)
        if fields.get("deadweight") is not None:
            fields["deadweight"] = Figure(**fields["deadweight"])
        if fields.get("draught") is not None:
            change = dict(fields["draught"])
            fields["draught"] = Change(**{**change, "hull": Hull(**change["hull"])})
        return cls(**fields)


@dataclass(frozen=True, slots=True)
class Loads:
    """Equally likely values of a tonnage, shape (draws,), and of each cause alone."""

    tonnes: Floats
    alone: Mapping[str, Floats]
    """By cause, the tonnes when every other cause stands at its mean."""

    @property
    def spread(self) -> Spread:
        """As an interval."""
        return Spread.of(self.tonnes, "t")

    @property
    def drivers(self) -> tuple[Driver, ...]:
        """What makes the interval wide."""
        return drivers(self.tonnes, dict(self.alone))


def load_draws(carriage: Carriage, *, certain: bool = False) -> Loads | None:
    """Values of one carriage's tonnes; None where there are no tonnes to state.

    Args:
        carriage: the voyage.
        certain: as if the voyage took place and she was laden.

    """
    if carriage.deadweight is None or (carriage.p_laden is None and not certain):
        return None
    p = 1.0 if certain or carriage.p_laden is None else carriage.p_laden * carriage.p_voyage
    dwt = deadweight_draws(carriage)
    share = beta_shaped(sharing(f"{carriage.name}|load", "load", LOAD_SHARED), *LOAD)
    laden = (sharing(f"{carriage.name}|laden", "laden", LADEN_SHARED) < p).astype(float)
    mean_dwt, mean_share, chance = float(dwt.mean()), float(share.mean()), float(laden.mean())
    full = dwt * share
    other = by_draught(carriage)
    if other is None or not lighter(carriage):
        alone = {
            "deadweight": dwt * mean_share * chance,
            "how full": mean_dwt * share * chance,
            "laden or not": mean_dwt * mean_share * laden,
        }
        return Loads(full * laden, alone)
    # A full cargo and the draught exclude one another: each as likely, so both stand inside.
    coin = (uniforms(f"{carriage.name}|which") < 0.5).astype(float)
    told, half = float(other.mean()), float(coin.mean())
    middle = half * told + (1 - half) * mean_dwt * mean_share
    alone = {
        "deadweight": (half * told + (1 - half) * dwt * mean_share) * chance,
        "how full": (half * told + (1 - half) * mean_dwt * share) * chance,
        "draught": (half * other + (1 - half) * mean_dwt * mean_share) * chance,
        "draught or deadweight": (coin * told + (1 - coin) * mean_dwt * mean_share) * chance,
        "laden or not": middle * laden,
    }
    return Loads((coin * other + (1 - coin) * full) * laden, alone)


def deadweight_draws(carriage: Carriage) -> Floats:
    """Values of the ship's deadweight, tonnes: the same on all of her voyages.

    Raises:
        CargoInputError: none is known.

    """
    dwt = carriage.deadweight
    if dwt is None:
        raise CargoInputError(fact=f"no deadweight is known for {carriage.name}")
    # A hull without a name is another hull each time.
    key = carriage.ship or carriage.name
    within = dwt.low + (dwt.high - dwt.low) * uniforms(f"{key}|deadweight")
    error = 1 + dwt.sigma * normal(uniforms(f"{key}|register"))
    return within * np.maximum(error, 0.1)


@lru_cache(maxsize=64)
def by_draught(carriage: Carriage) -> Floats | None:
    """Cargo as the draught weighs it, tonnes: the change, and the ballast pumped out meanwhile.

    None without a change of the field, for a lighter ship, or without a deadweight to bound it.

    Bias: she is taken to have come in ballast. A ship that came with cargo aboard pumped out less,
    and the weight is too much by up to ``BALLAST_SHARE`` of her deadweight.
    """
    change = carriage.draught
    if change is None or carriage.deadweight is None or change.metres <= 0:
        return None
    dwt = deadweight_draws(carriage)
    ballast = dwt * triangular(uniforms(f"{carriage.name}|ballast"), *BALLAST_SHARE)
    return np.maximum(weight_draws(change, carriage.name) + ballast, 0.0)


@lru_cache(maxsize=64)
def against_full(carriage: Carriage) -> str | None:
    """How the draught's weight stands to a full cargo: ``lighter``, ``heavier`` or ``agrees``.

    The first two where the 95% intervals have no tonnage in common; None without a weight.
    """
    weighed = by_draught(carriage)
    if weighed is None:
        return None
    share = beta_shaped(sharing(f"{carriage.name}|load", "load", LOAD_SHARED), *LOAD)
    full, other = Spread.of(deadweight_draws(carriage) * share, "t"), Spread.of(weighed, "t")
    if other.high95 < full.low95:
        return "lighter"
    return "heavier" if full.high95 < other.low95 else "agrees"


def lighter(carriage: Carriage) -> bool:
    """Whether her draught leaves no room for a full cargo.

    Only then does it change the tonnes: one that weighs more than she can carry is a wrong one.
    """
    return against_full(carriage) == "lighter"


def mean_load(name: str, voyages: int) -> Floats:
    """Values of the mean share of deadweight that so many voyages carried, shape (draws,)."""
    each = [
        beta_shaped(sharing(f"{name}|{k}|load", "load", LOAD_SHARED), *LOAD) for k in range(voyages)
    ]
    return np.asarray(np.mean(each, axis=0), np.float64)


@dataclass(frozen=True, slots=True)
class Cargo:
    """What one voyage carried, as far as it can be told."""

    name: str
    ship: str | None
    tonnes: Spread | None
    """With the chance that it did not take place, or that she sailed empty."""
    if_laden: Spread | None
    """As if both were certain."""
    reason: str | None
    """Why there are no tonnes."""
    weighed: Spread | None
    """By the draught alone; None where it says no weight."""
    notes: tuple[str, ...]
    drivers: tuple[Driver, ...]
    method: str = METHOD

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; tonnes are whole."""
        return {
            "voyage": self.name,
            "ship": self.ship,
            "tonnes": None if self.tonnes is None else self.tonnes.to_json(),
            "tonnes_if_laden": None if self.if_laden is None else self.if_laden.to_json(),
            "reason": self.reason,
            "by_draught": None if self.weighed is None else self.weighed.to_json(),
            "notes": list(self.notes),
            "drivers": [d.to_json() for d in self.drivers],
            "method": self.method,
        }


def cargo_of(carriage: Carriage) -> Cargo:
    """Tonnes of one voyage with 80 and 95% intervals, or why there are none.

    Bias: a part load that no draught betrays is read as a full one.

    Source:
        METHODS section 9.

    Examples:
        >>> from quaywatch.voyages.figures import deadweight
        >>> known = Carriage("v1", "imo:9074729", deadweight(13_000, "a register"), p_laden=1.0)
        >>> round(cargo_of(known).tonnes.mean / 13_000, 2)
        0.91
        >>> cargo_of(Carriage("v1", "imo:9074729", None, p_laden=1.0)).reason
        'DWT unknown: no tonnes stated.'

    """
    loads, laden = load_draws(carriage), load_draws(carriage, certain=True)
    reason = None
    if carriage.deadweight is None:
        reason = NO_HULL if carriage.ship is None else carriage.deadweight_note or NO_DEADWEIGHT
    elif carriage.p_laden is None:
        reason = NO_LADEN
    weighed = by_draught(carriage)
    return Cargo(
        name=carriage.name,
        ship=carriage.ship,
        tonnes=None if loads is None else loads.spread,
        if_laden=None if laden is None else laden.spread,
        reason=reason,
        weighed=None if weighed is None else Spread.of(weighed, "t"),
        notes=_notes(carriage, weighed),
        drivers=() if loads is None else loads.drivers,
    )


_FITS: Final = {
    "agrees": ", which agrees.",
    "lighter": ", which a full load excludes: a part load, another port's cargo or a draught typed "
    "in wrongly. Both are inside the interval.",
    "heavier": ", more than she can carry: ignored.",
}


def _notes(carriage: Carriage, weighed: Floats | None) -> tuple[str, ...]:
    said = []
    dwt = carriage.deadweight
    if dwt is not None and dwt.sense == "reference":
        said.append(f"No deadweight of this ship is known; that of a class is used: {dwt.source}.")
    elif dwt is not None and carriage.deadweight_note:
        said.append(carriage.deadweight_note)
    which = against_full(carriage)
    if weighed is not None and which is not None:
        told = Spread.of(weighed, "t").said()
        said.append(f"Her draught weighs {told} if she came in ballast{_FITS[which]}")
    if carriage.draught_note:
        said.append(carriage.draught_note)
    return tuple(said)


def parameters() -> dict[str, Any]:
    """What else decides the figures, for a claim."""
    return {
        "draws": DRAWS,
        "seed": SEED,
        "load": list(LOAD),
        "register_sigma": REGISTER_SIGMA,
        "load_shared": LOAD_SHARED,
        "laden_shared": LADEN_SHARED,
        "ballast_share": list(BALLAST_SHARE),
    }
