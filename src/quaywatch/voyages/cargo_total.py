"""Tonnes summed over many voyages, with deadweight over voyages and over ships both named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from quaywatch.errors import CargoInputError
from quaywatch.evidence.wording import counted
from quaywatch.voyages.cargo import (
    METHOD,
    NO_DEADWEIGHT,
    Carriage,
    Loads,
    cargo_of,
    load_draws,
)
from quaywatch.voyages.draws import DRAWS, Driver, Spread, shown


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of many voyages."""

    tonnes: Spread | None
    voyages: int
    stated: int
    """Voyages of which tonnes are stated; the sum is of these alone."""
    ships: int
    """Hulls among those voyages that are told apart."""
    with_deadweight: int
    """Voyages of which the ship's deadweight is known, laden or not."""
    dwt_over_voyages_t: float | None
    """Deadweight of those, summed once for every voyage."""
    dwt_over_ships_t: float | None
    """Deadweight of the same, summed once for every ship."""
    unstated: Mapping[str, int]
    """Why the others have none: reason → voyages."""
    drivers: tuple[Driver, ...]
    loads: Loads | None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; both sums of deadweight by name."""
        return {
            "tonnes": None if self.tonnes is None else self.tonnes.to_json(),
            "voyages": self.voyages,
            "voyages_stated": self.stated,
            "ships": self.ships,
            "voyages_with_deadweight": self.with_deadweight,
            "deadweight_over_voyages_t": _rounded(self.dwt_over_voyages_t),
            "deadweight_over_ships_t": _rounded(self.dwt_over_ships_t),
            "unstated": dict(self.unstated),
            "drivers": [d.to_json() for d in self.drivers],
            "message": self.message(),
            "method": METHOD,
        }

    def message(self) -> str:
        """A sentence or three for a reader, with both sums named."""
        said = f"No tonnes stated for any of {self.voyages} voyages."
        if self.tonnes is not None:
            who = f"{counted(self.stated, 'voyage')} by {counted(self.ships, 'ship')}"
            said = f"{who}: {self.tonnes.said()}."
        if self.dwt_over_voyages_t is not None and self.dwt_over_ships_t is not None:
            over_voyages = shown(self.dwt_over_voyages_t, "t")
            over_ships = shown(self.dwt_over_ships_t, "t")
            of = (
                ""
                if self.with_deadweight == self.stated
                else f" of {counted(self.with_deadweight, 'voyage')}"
            )
            said += (
                f" Deadweight{of} summed over voyages {over_voyages}, summed over ships "
                f"{over_ships}."
            )
        more = self.voyages - self.stated
        if self.tonnes is not None and more:
            said += f" {counted(more, 'more voyage')} without tonnes stated."
        return said


def total_of(carriages: Sequence[Carriage]) -> Total:
    """The sum of many voyages, each ship's error kept through hers.

    Raises:
        CargoInputError: two carriages of one name.

    Examples:
        >>> from quaywatch.voyages.figures import deadweight
        >>> twice = [Carriage(f"v{k}", "imo:9074729", deadweight(13_000, "a register"), 1.0)
        ...          for k in (1, 2)]
        >>> total = total_of(twice)
        >>> total.dwt_over_voyages_t, total.dwt_over_ships_t
        (26000.0, 13000.0)

    """
    names = [c.name for c in carriages]
    if len(set(names)) < len(names):
        raise CargoInputError(fact="two voyages of one set bear the same name")
    pairs = [(c, load_draws(c)) for c in carriages]
    kept = [(c, loads) for c, loads in pairs if loads is not None]
    unstated: dict[str, int] = {}
    for carriage, loads in pairs:
        if loads is None:
            why = cargo_of(carriage).reason or NO_DEADWEIGHT
            unstated[why] = unstated.get(why, 0) + 1
    loads = sum_loads([loads for _, loads in kept]) if kept else None
    weights = [(c.ship or c.name, c.deadweight.mid) for c in carriages if c.deadweight is not None]
    return Total(
        tonnes=None if loads is None else loads.spread,
        voyages=len(carriages),
        stated=len(kept),
        ships=len({c.ship or c.name for c, _ in kept}),
        with_deadweight=len(weights),
        dwt_over_voyages_t=sum(t for _, t in weights) if weights else None,
        dwt_over_ships_t=sum(dict(weights).values()) if weights else None,
        unstated=unstated,
        drivers=() if loads is None else loads.drivers,
        loads=loads,
    )


def sum_loads(several: Sequence[Loads]) -> Loads:
    """Values of a sum; a cause that one of them lacks adds its mean there."""
    tonnes = np.sum([loads.tonnes for loads in several], axis=0)
    causes = list(dict.fromkeys(name for loads in several for name in loads.alone))
    alone = {
        name: np.sum(
            [loads.alone.get(name, np.full(DRAWS, loads.tonnes.mean())) for loads in several],
            axis=0,
        )
        for name in causes
    }
    return Loads(tonnes, alone)


def _rounded(value: float | None) -> int | None:
    return None if value is None else round(value)
