"""What left the yards against what ships could have loaded, and what may hold the remainder.

    left the yards = stock before - stock after + what arrived meanwhile
    remainder      = left - what ships seen could have loaded - what unseen ships could have

No mass is negative: where ships could have loaded more than left, that is a surplus of its own,
with its own explanations. A stock under cover is told as empty, part or full, and not balanced.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np

from quaywatch.errors import CargoInputError
from quaywatch.evidence.wording import bounded
from quaywatch.voyages.cargo import Carriage, load_draws
from quaywatch.voyages.draws import (
    DRAWS,
    SEED,
    Driver,
    Floats,
    Spread,
    between,
    drivers,
    sharing,
    shown,
    triangular,
    uniforms,
)
from quaywatch.voyages.mass_candidates import (
    NOTHING_LEFT,
    Candidate,
    Changes,
    candidates,
    unbounded,
)

METHOD: Final = "mass-balance@1"
STOCK_SHARED: Final = 0.8
"""Correlation of the errors of two levels of one yard: slope, density and how full are the same
coal's, while the outline is each look's own. A default; METHODS section 6 trusts changes."""
COVERED: Final = ("bins", "covered")


@dataclass(frozen=True, slots=True)
class Amount:
    """A quantity of which the 5%, 50% and 95% points are known; never negative."""

    low: float
    mid: float
    high: float

    def __post_init__(self) -> None:
        """Refuse what is out of order or below nothing."""
        if not 0 <= self.low <= self.mid <= self.high < 1e12:
            fact = f"{self.low:g}, {self.mid:g}, {self.high:g} are no 5, 50 and 95% points"
            raise CargoInputError(fact=fact)


@dataclass(frozen=True, slots=True)
class StockChange:
    """One yard between two looks."""

    yard: str
    first: str
    """Names the look before; the same level is the same in every change that it bounds."""
    last: str
    """Names the look after."""
    before: Amount | None
    """Tonnes."""
    after: Amount | None
    storage: str = "open"
    """``open``, ``bins`` or ``covered``."""
    ship_seen: bool | None = None
    """Whether any ship was seen alongside between the looks; None: no look says."""
    reason: str | None = None
    """Why there are no tonnes."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """Calls that nobody saw, from the effort-corrected activity of the berths."""

    calls: Amount
    tonnes_each: Amount
    """Tonnes that one such call loads."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """All that goes into the balance of one site and period."""

    changes: Sequence[StockChange]
    seen: Sequence[Carriage] = ()
    """Loadings seen."""
    unseen: Unseen | None = None
    """None: not known, which is not none."""
    arrivals: Amount | None = None
    """Tonnes brought to the yards in the whole period. None: not known; then only changes that
    shrank a yard are summed, for what grew one came from elsewhere, and the rest is said."""
    from_yards: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Share of a ship's cargo that comes off the yards rather than straight from wagons."""
    rail: bool | None = None
    """Whether the site has rail or road by which stock can leave; None: not known."""
    covered: tuple[str, ...] = ()
    """Yards beside these whose stock no picture weighs: ships may load from there too."""
    unclosed: str | None = None
    """Why no remainder can be stated, though what left is known: a sentence."""

    def to_json(self) -> dict[str, Any]:
        """All of it, so that it can be computed again."""
        return {
            "changes": [asdict(c) for c in self.changes],
            "seen": [c.to_json() for c in self.seen],
            "unseen": None if self.unseen is None else asdict(self.unseen),
            "arrivals": None if self.arrivals is None else asdict(self.arrivals),
            "from_yards": list(self.from_yards),
            "rail": self.rail,
            # Left out where there is nothing to say: a ledger kept before them stays as it was.
            **({"covered": list(self.covered)} if self.covered else {}),
            **({"unclosed": self.unclosed} if self.unclosed else {}),
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Ledger":
        """The ledger that ``to_json`` gave."""
        unseen = said["unseen"]
        low, mode, high = said["from_yards"]
        return cls(
            changes=[
                StockChange(**{**c, "before": _amount(c["before"]), "after": _amount(c["after"])})
                for c in said["changes"]
            ],
            seen=[Carriage.from_json(c) for c in said["seen"]],
            unseen=None
            if unseen is None
            else Unseen(Amount(**unseen["calls"]), Amount(**unseen["tonnes_each"])),
            arrivals=_amount(said["arrivals"]),
            from_yards=(low, mode, high),
            rail=said["rail"],
            covered=tuple(said.get("covered", ())),
            unclosed=said.get("unclosed"),
        )


def _amount(said: Mapping[str, float] | None) -> Amount | None:
    return None if said is None else Amount(**said)


@dataclass(frozen=True, slots=True)
class Balance:
    """A stock mass balance, or why there is none."""

    left: Spread | None
    """What left the yards."""
    left_with_ship: Spread | None
    """Of it, between looks between which a ship was seen alongside."""
    left_without_ship: Spread | None
    """Of it, where none was."""
    seen: Spread | None
    """What ships seen could have loaded off the yards."""
    unseen: Spread | None
    """What ships that nobody saw could have."""
    remainder: Spread | None
    """What left and no ship accounts for; never below nothing."""
    surplus: Spread | None
    """What ships could have loaded beyond what left; never below nothing."""
    p_remainder: float | None
    """Probability that more left than ships could have loaded."""
    candidates: tuple[Candidate, ...]
    drivers: tuple[Driver, ...]
    notes: tuple[str, ...]
    reason: str | None
    message: str

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; tonnes are whole."""
        spreads = {
            f"{name}_t": None if (value := getattr(self, name)) is None else value.to_json()
            for name in (
                "left", "left_with_ship", "left_without_ship", "seen", "unseen", "remainder",
                "surplus",
            )
        }  # fmt: skip
        return {
            **spreads,
            "p_remainder": None if self.p_remainder is None else round(self.p_remainder, 3),
            "candidates": [c.to_json() for c in self.candidates],
            "drivers": [d.to_json() for d in self.drivers],
            "notes": list(self.notes),
            "reason": self.reason,
            "message": self.message,
            "method": METHOD,
        }


def balance_of(ledger: Ledger) -> Balance:
    """Balance the stock of a site over a period.

    Bias: what arrives and leaves between two looks is in neither level, so without arrivals the
    tonnes that left are too few, never too many.

    Examples:
        >>> before, after = Amount(18e3, 20e3, 22e3), Amount(0.0, 0.0, 0.0)
        >>> drop = StockChange("north", "20 june", "22 june", before, after)
        >>> balance = balance_of(Ledger([drop], rail=True))
        >>> round(balance.left.median, -2), balance.p_remainder
        (20000.0, 0.99)
        >>> covered = StockChange("b", "20 june", "22 june", None, None, "bins")
        >>> balance_of(Ledger([covered])).left is None
        True

    """
    why = _refusal(ledger.changes)
    if why is not None:
        return _refused(why)
    each = {(c.yard, c.first, c.last): _drop(c) for c in ledger.changes}
    if len(each) < len(ledger.changes):
        raise CargoInputError(fact="a change of a yard is given twice")
    left = _left(list(each.values()), ledger.arrivals)
    unseen = _unseen(ledger.unseen)
    told: dict[str, Any] = {
        "left": Spread.of(left, "t"),
        "left_with_ship": _part(ledger, each, seen=True),
        "left_without_ship": _part(ledger, each, seen=False),
        "unseen": None if ledger.unseen is None else Spread.of(unseen, "t"),
        "notes": _notes(ledger),
    }
    open_because = [why for why in (_unweighed(ledger.seen), ledger.unclosed) if why]
    if open_because:
        return _unclosed(ledger, told, " ".join(open_because))
    seen = _seen(ledger)
    rest = left - seen - unseen
    over, under = np.maximum(rest, 0.0), np.maximum(-rest, 0.0)
    chance = bounded(float((rest > 0).mean()))
    alone = {
        "stock": left - seen.mean() - unseen.mean(),
        "ships seen": left.mean() - seen - unseen.mean(),
        "ships not seen": left.mean() - seen.mean() - unseen,
    }
    explained = candidates(
        over, under, each, None if ledger.unseen is None else unseen, chance,
        rail=ledger.rail, covered=ledger.covered,
    )  # fmt: skip
    one, other = Spread.of(over, "t"), Spread.of(under, "t")
    return Balance(
        **told,
        seen=Spread.of(seen, "t"),
        remainder=one,
        surplus=other,
        p_remainder=chance,
        candidates=explained,
        drivers=drivers(rest, alone),
        reason=None,
        message=_message(told["left"], one, other, chance, explained),
    )


def _unclosed(ledger: Ledger, told: Mapping[str, Any], why: str) -> Balance:
    """What left, and what may hold it, where too little is known of the ships for a remainder.

    Counted as nothing, a ship without tonnes would turn her own cargo into a remainder.
    """
    explained = unbounded(rail=ledger.rail, covered=ledger.covered)
    weighed = ledger.seen and _unweighed(ledger.seen) is None
    names = ", ".join(c.statement for c in explained)
    message = (
        f"{told['left'].said()} left the yards. {why} What left may be: {names}. "
        "These figures cannot tell them apart."
    )
    seen = Spread.of(_seen(ledger), "t") if weighed else None
    return replace(_refused(why), **told, seen=seen, candidates=explained, message=message)


def _unweighed(seen: Sequence[Carriage]) -> str | None:
    """Why no remainder can be stated, if a ship seen has no tonnes."""
    without = [c for c in seen if load_draws(c) is None]
    if not without:
        return None
    ships = "ship seen has" if len(without) == 1 else "ships seen have"
    return f"{len(without)} {ships} no tonnes stated, so no remainder is."


def _refusal(changes: Sequence[StockChange]) -> str | None:
    if not changes:
        return "No change of stock is known: nothing to balance."
    for change in changes:
        if change.storage in COVERED:
            return (
                f"Yard {change.yard} is under cover: its stock is told as empty, part or full, "
                "so no tonnes are balanced."
            )
    lacking = [c for c in changes if c.before is None or c.after is None]
    if lacking:
        why = lacking[0].reason or "its tonnes are not known"
        looks = f"{lacking[0].first} to {lacking[0].last}"
        return f"Yard {lacking[0].yard} ({looks}): {why}; no tonnes are balanced."
    return None


def _refused(why: str) -> Balance:
    return Balance(None, None, None, None, None, None, None, None, (), (), (), why, why)


def _drop(change: StockChange) -> Floats:
    """Values of what a yard lost, tonnes; growth is negative."""
    if change.before is None or change.after is None:
        raise CargoInputError(fact=f"yard {change.yard} has no tonnes")
    levels = [
        between(
            sharing(f"{change.yard}|{look}", f"stock|{change.yard}", STOCK_SHARED),
            level.low, level.mid, level.high,
        )
        for look, level in ((change.first, change.before), (change.last, change.after))
    ]  # fmt: skip
    return levels[0] - levels[1]


def _left(drops: Sequence[Floats], arrivals: Amount | None) -> Floats:
    """Values of what left: at least what shrank, or the net loss and what arrived."""
    if arrivals is None:
        return np.asarray(np.sum([np.maximum(d, 0.0) for d in drops], axis=0), np.float64)
    arrived = between(uniforms("arrivals"), arrivals.low, arrivals.mid, arrivals.high)
    return np.asarray(np.maximum(np.sum(drops, axis=0) + arrived, 0.0), np.float64)


def _seen(ledger: Ledger) -> Floats:
    share = triangular(uniforms("from-yards"), *ledger.from_yards)
    loads = [load_draws(c) for c in ledger.seen]
    known = [one.tonnes for one in loads if one is not None]
    return np.asarray(np.sum(known, axis=0) * share, np.float64) if known else np.zeros(DRAWS)


def _unseen(unseen: Unseen | None) -> Floats:
    if unseen is None:
        return np.zeros(DRAWS)
    calls, each = unseen.calls, unseen.tonnes_each
    number = between(uniforms("unseen|calls"), calls.low, calls.mid, calls.high)
    return number * between(uniforms("unseen|tonnes"), each.low, each.mid, each.high)


def _part(ledger: Ledger, each: Changes, *, seen: bool) -> Spread | None:
    """What left between looks of that kind; None where no change is of it."""
    mine = [each[c.yard, c.first, c.last] for c in ledger.changes if c.ship_seen is seen]
    return Spread.of(_left(mine, None), "t") if mine else None


def _notes(ledger: Ledger) -> tuple[str, ...]:
    said = []
    if ledger.arrivals is None:
        said.append("What arrived between the looks is not known: more may have left, never less.")
    if ledger.unseen is None and ledger.unclosed is None:
        said.append("How many calls nobody saw is not known: they are taken as none.")
    if ledger.from_yards == (1.0, 1.0, 1.0):
        said.append("Ships are taken to have loaded off the yards alone.")
    if ledger.covered:
        beside = ", ".join(ledger.covered)
        said.append(f"What lies under cover ({beside}) is in none of it, and ships may load there.")
    return tuple(said)


def _message(
    left: Spread, over: Spread, under: Spread, chance: float, explained: Sequence[Candidate]
) -> str:
    said = f"{left.said()} left the yards."
    names = ", ".join(c.statement for c in explained)
    if chance >= NOTHING_LEFT:
        return (
            f"{said} {over.said()} of it is more than ships could have loaded. It may be: {names}. "
            "These figures cannot tell them apart."
        )
    if chance <= 1 - NOTHING_LEFT:
        return (
            f"{said} Ships could have loaded {shown(under.median, 't')} more than that. It may be: "
            f"{names}. These figures cannot tell them apart."
        )
    return f"{said} What ships could have loaded accounts for it, within the intervals."


def parameters() -> dict[str, Any]:
    """What else decides the figures, for a claim."""
    return {"draws": DRAWS, "seed": SEED, "stock_shared": STOCK_SHARED}
