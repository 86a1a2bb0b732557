"""What a reported draught says of a cargo: a weight as an interval, or the reason it says nothing.

The field is typed in by hand, to a tenth of a metre at best, late or never. It is a flag on a
single ship and an average over many (Jia, Prakash & Smith 2019 found it insufficient ship by
ship), so nothing here weighs more than a ratio that someone set by hand. And a draught weighs the
whole ship: what she took on less the ballast that she pumped out, not the cargo.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from quaywatch.errors import CargoInputError
from quaywatch.evidence.likelihood import EXPERT_LIMIT
from quaywatch.voyages.declared import DRAUGHT_STALE_D, DRAUGHT_STEP_M
from quaywatch.voyages.draws import Floats, Spread, triangular, uniforms

METHOD: Final = "draught@1"
BLOCK: Final[Mapping[str, tuple[float, float, float]]] = {
    "bulk": (0.80, 0.83, 0.85),
    "general-cargo": (0.65, 0.74, 0.82),
    "tanker": (0.77, 0.81, 0.85),
    "container": (0.56, 0.64, 0.72),
    "unknown": (0.60, 0.78, 0.85),
}
"""Block coefficient by kind: least, likeliest, greatest.

Bulk: METHODS section 9. The others are textbook ranges taken wide, defaults to be replaced by the
hydrostatics of the ship.
"""
WATERLINE: Final = (0.95, 0.97, 1.00)
"""Length on the waterline as a share of the length that AIS reports (overall): a default."""
WATER_T_M3: Final = (1.000, 1.018, 1.027)
"""Density of the water she lies in; behind a barrage or in a river it is fresh."""
ROUNDING_M: Final = 0.05
"""Half the step of the field."""
BALLAST_SHARE: Final = (0.15, 0.28, 0.40)
"""Ballast of a ship without cargo, as a share of her deadweight: a default for bulkers."""
TRUST: Final = 0.80
"""Share of draught fields that mean anything; the rest may say what they like.

A default, no better than a guess by a fifth: of 16 bulkers with a register entry in one recorded
set, 3 said what no such ship can draw.
"""
LADEN_LAW: Final = (0.97, 0.06)
BALLAST_LAW: Final = (0.60, 0.09)
"""Mean and standard deviation of draught over full draught, laden and in ballast: defaults."""
_FIELD_M: Final = (0.1, 25.5)
_LEAST_SPAN: Final = 0.20
"""Where her own draughts span less than this share of the deepest, which state they are is open."""


@dataclass(frozen=True, slots=True)
class Hull:
    """As much of a ship's shape as it takes to weigh her by her draught."""

    length_m: float
    """Overall, as AIS and registers give it."""
    beam_m: float
    kind: str = "unknown"
    """A key of ``BLOCK``."""

    def __post_init__(self) -> None:
        """Refuse what is no ship."""
        if self.kind not in BLOCK:
            raise CargoInputError(fact=f"{self.kind!r} is none of the kinds {', '.join(BLOCK)}")
        if not 0 < self.beam_m < self.length_m < 500:
            raise CargoInputError(
                fact=f"a hull of {self.length_m:g} m by {self.beam_m:g} m cannot be"
            )


def tpc_t_per_cm(length_m: float, beam_m: float, block: float) -> float:
    """Tonnes that sink a ship by a centimetre in sea water.

    Args:
        length_m: on the waterline; with the length overall the result is 2 to 5% too large.
        beam_m: greatest.
        block: block coefficient; the waterplane follows as 0.67 times it plus 0.33.

    Bias: holds near the full draught; a ship in ballast has a waterplane 5 to 10% smaller.

    Source:
        METHODS section 9; the waterplane estimate is Schneekluth & Bertram (1998), Ship Design
        for Efficiency and Economy, in its linear form.

    Examples:
        >>> round(tpc_t_per_cm(145.0, 20.8, 0.82), 1)
        27.2

    """
    return 1.025 * (0.67 * block + 0.33) * length_m * beam_m / 100


@dataclass(frozen=True, slots=True)
class Change:
    """A draught field that changed, of a ship of known shape."""

    before_m: float
    after_m: float
    hull: Hull

    def __post_init__(self) -> None:
        """Refuse what the field cannot hold."""
        for metres in (self.before_m, self.after_m):
            if not _FIELD_M[0] <= metres <= _FIELD_M[1]:
                raise CargoInputError(fact=f"a draught of {metres:g} m is no draught of the field")

    @property
    def metres(self) -> float:
        """Deeper is positive."""
        return self.after_m - self.before_m


def weight_draws(change: Change, name: str) -> Floats:
    """Weight that a change of draught comes to, tonnes, shape (draws,); lighter is negative.

    Cargo taken on less ballast pumped out, with fuel and water; not the cargo.

    Args:
        change: of the field.
        name: of the carriage; values follow from it.

    """
    low, mode, high = BLOCK[change.hull.kind]
    block = triangular(uniforms(f"{name}|block"), low, mode, high)
    length = change.hull.length_m * triangular(uniforms(f"{name}|waterline"), *WATERLINE)
    water = triangular(uniforms(f"{name}|water"), *WATER_T_M3)
    rounding = sum(
        (2 * uniforms(f"{name}|{end}") - 1) * ROUNDING_M * sign
        for end, sign in (("after", 1.0), ("before", -1.0))
    )
    plane = (0.67 * block + 0.33) * length * change.hull.beam_m
    return np.asarray(water * plane * (change.metres + rounding), np.float64)


def weight_of(change: Change, name: str = "change") -> Spread:
    """Weight that a change of draught comes to, as an interval.

    Assumes that both figures were typed in, and meant, for this call.

    Examples:
        >>> change = Change(5.2, 8.4, Hull(145.0, 20.8, "bulk"))
        >>> weight = weight_of(change)
        >>> weight.low95 < 27.2 * 320 < weight.high95
        True

    """
    return Spread.of(weight_draws(change, name), "t")


@dataclass(frozen=True, slots=True)
class Reading:
    """What is to be made of the draught field about one call."""

    use: str
    """``change``: a weight may be computed. ``flag``: live, yet it says no weight. ``ignored``."""
    reason: str
    unchanged_d: float | None = None


def read_field(event: Mapping[str, Any], *, loading: bool = False) -> Reading:
    """What an event of kind ``declared``, test ``draught``, may be used for.

    Args:
        event: a row with ``verdict``, ``statistic`` (m) and ``reason``; ``unchanged_d`` (days)
            in it or in its ``detail``.
        loading: whether the call is taken for a loading.

    Examples:
        >>> read_field({"verdict": "not-judged", "unchanged_d": 214.0}).reason
        'Draught field has not changed for 214 days: ignored.'

    """
    detail = event.get("detail")
    inner = detail if isinstance(detail, Mapping) else {}
    days = event.get("unchanged_d", inner.get("unchanged_d"))
    stale = isinstance(days, int | float) and days >= DRAUGHT_STALE_D
    if stale:
        return Reading("ignored", stale_message(float(days)), float(days))
    verdict = event.get("verdict")
    if verdict in {"deeper", "lighter"}:
        metres = abs(float(event["statistic"]))
        return Reading("change", f"Draught field is {metres:.1f} m {verdict} after the call.")
    if verdict == "unchanged":
        why = "Draught field did not change over the call"
        if loading:
            why += "; it is typed in by hand, so this is a flag and no evidence against a loading"
        return Reading("flag", why + ".", None if days is None else float(days))
    return Reading("ignored", str(event.get("reason") or "No draught was reported about the call."))


def stale_message(days: float) -> str:
    """The sentence for a field that nobody touches."""
    return f"Draught field has not changed for {days:.0f} days: ignored."


@dataclass(frozen=True, slots=True)
class LadenOdds:
    """What a draught says of whether a ship carries cargo."""

    log_ratio: float | None
    """Natural log of P(draught | laden) / P(draught | in ballast), within ±ln 5; None: nothing."""
    full_m: float | None
    """The full draught that it was held against."""
    reason: str

    def probability(self, prior: float = 0.5) -> float | None:
        """Of being laden; None where the draught says nothing."""
        if self.log_ratio is None or not 0 < prior < 1:
            return None
        return 1 / (1 + math.exp(-self.log_ratio) * (1 - prior) / prior)


def laden_odds(
    draught_m: float | None,
    *,
    own_m: Sequence[float] = (),
    design_m: float | None = None,
    unchanged_d: float | None = None,
) -> LadenOdds:
    """Whether a ship is laden, from her draught against her full draught.

    The full draught is the design (summer) draught; without one, the deepest that she reported
    herself, if her reports span enough to hold both states.

    Args:
        draught_m: reported now, metres.
        own_m: every draught that she reported before, metres.
        design_m: summer draught of a register.
        unchanged_d: days that the field has stood.

    Bias: a ship draws less than full with a part cargo or a light one; both read as undecided.
        Expert-set: worth a factor of five at most.

    Examples:
        >>> laden_odds(9.4, own_m=(5.6, 9.5, 5.8)).probability() > 0.8
        True
        >>> laden_odds(9.4, own_m=(9.4, 9.5)).reason
        'Her own reports run from 9.4 to 9.5 m only: which state that is cannot be told.'

    """
    if draught_m is None or not _FIELD_M[0] <= draught_m <= _FIELD_M[1]:
        return LadenOdds(None, None, "No draught is known.")
    if unchanged_d is not None and unchanged_d >= DRAUGHT_STALE_D:
        return LadenOdds(None, None, stale_message(unchanged_d))
    own = [m for m in (*own_m, draught_m) if _FIELD_M[0] <= m <= _FIELD_M[1]]
    full = design_m
    if full is None:
        least, full = min(own), max(own)
        if full - least < max(_LEAST_SPAN * full, DRAUGHT_STEP_M):
            why = f"Her own reports run from {least:.1f} to {full:.1f} m only: which state that is"
            return LadenOdds(None, None, f"{why} cannot be told.")
    share = draught_m / full
    if share > 1.15:
        why = f"{draught_m:.1f} m is more than a full draught of {full:.1f} m allows: ignored."
        return LadenOdds(None, full, why)
    # A field that means nothing is as likely to say this laden as in ballast.
    laden, light = (TRUST * _density(share, *law) + (1 - TRUST) for law in (LADEN_LAW, BALLAST_LAW))
    limit = math.log(EXPERT_LIMIT)
    ratio = min(max(math.log(laden / light), -limit), limit)
    against = "her summer draught" if design_m is not None else "the deepest that she reported"
    return LadenOdds(ratio, full, f"{draught_m:.1f} m is {share:.0%} of {against} ({full:.1f} m).")


def _density(x: float, mean: float, sd: float) -> float:
    return math.exp(-0.5 * ((x - mean) / sd) ** 2) / (sd * math.sqrt(2 * math.pi))
