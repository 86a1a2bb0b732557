"""Which image to look at next: what each outcome would say, and how far it would move the odds.

A look is worth what it may change. Its outcomes are weighed under the hypothesis and without it,
with the chance that there is an image, that it is clear and that a hull would be found; what it is
expected to move follows, and is never less than nothing. Nothing here is about an image held.

Source:
    Lindley (1956), On a measure of the information provided by an experiment,
    doi:10.1214/aoms/1177728069; Raiffa & Schlaifer (1961), Applied Statistical Decision Theory,
    on preposterior analysis.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from scipy import stats

from quaywatch.errors import ProbabilityError
from quaywatch.evidence.likelihood import GROUP_CAP, Group, chance, log_odds_of

METHOD: Final = "looking@1"
ALONGSIDE: Final = 0.9
"""Share of hulls found beside a quay, of those found in open water."""
BY_EYE: Final = 0.97
"""Share of hulls that a person sees in a clear image whose pixels are a metre or less."""
SAME_TOLD: Final = 0.8
"""A person comparing hulls in such images finds the ship itself to fit. Set, not measured."""
OTHER_TOLD: Final = 0.1
"""… and another ship of her size: sister ships do."""
IDENTIFIES_M: Final = 1.0
"""Pixels no larger than this tell one hull from another of her size; 3 m and 10 m do not."""
MOST_LOG_RATIO: Final = GROUP_CAP[Group.IDENTITY]
"""Most that one look is taken to say, either way."""
INTERVAL: Final = 0.8
"""Mass of the interval of a chance that few looks tell."""


@dataclass(frozen=True, slots=True)
class Eye:
    """A kind of image that can be had."""

    sensor: str
    """A key of ``imagery.sensors.SENSORS``."""
    name: str
    gsd_m: float
    hour: float
    """Mean local solar hour of its passes."""
    every_days: float
    """Days from one pass over a place to the next, on average."""
    since: int
    """Year from which there are images of it in number."""
    radar: bool = False
    """Sees through cloud; beside a quay it cannot part hull and quay."""

    @property
    def p_pass(self) -> float:
        """Chance that a given day has a pass."""
        return min(1.0, 1.0 / self.every_days)

    @property
    def identifies(self) -> bool:
        """Whether a hull can be told from another of her size."""
        return not self.radar and self.gsd_m <= IDENTIFIES_M


EYES: Final = (
    Eye("planetscope", "PlanetScope", 3.0, 10.0, 1.1, 2016),
    Eye("skysat", "SkySat, where it was or is tasked", 0.5, 11.0, 6.0, 2016),
    Eye("vhr", "Pléiades, WorldView or the like, where tasked", 0.5, 10.5, 6.0, 2009),
    Eye("satellogic", "Satellogic", 1.0, 10.5, 5.0, 2020),
    Eye("sentinel-2", "Sentinel-2", 10.0, 10.5, 5.0, 2016),
    Eye("sentinel-1-grd", "Sentinel-1", 10.0, 6.0, 6.0, 2015, radar=True),
)
"""Kinds of image, with pixels as sold and passes as published by their owners; how often an
archive of tasked images holds a given day is set, not counted. Order: as listed."""


@dataclass(frozen=True, slots=True)
class Clear:
    """Chance that an image of a place and month is clear, from looks there."""

    usable: int
    looks: int

    @property
    def middle(self) -> float:
        """Mean of the Jeffreys posterior: 0.5 where nobody ever looked."""
        return (self.usable + 0.5) / (self.looks + 1.0)

    @property
    def ends(self) -> tuple[float, float]:
        """Interval of ``INTERVAL``: wide where looks are few.

        Examples:
            >>> [[round(end, 2) for end in clear.ends] for clear in (Clear(5, 10), Clear(0, 0))]
            [[0.31, 0.69], [0.02, 0.98]]

        """
        law = stats.beta(self.usable + 0.5, self.looks - self.usable + 0.5)
        tail = (1 - INTERVAL) / 2
        return float(law.ppf(tail)), float(law.ppf(1 - tail))


@dataclass(frozen=True, slots=True)
class Predicts:
    """Who would lie in view at that hour, under the hypothesis and without it."""

    own_if: float
    """P(the ship named lies there | the hypothesis)."""
    own_else: float
    other_if: float
    """P(another hull of her size lies there | …)."""
    other_else: float

    def __post_init__(self) -> None:
        for p in (self.own_if, self.own_else, self.other_if, self.other_else):
            if not 0.0 <= p <= 1.0:
                raise ProbabilityError(value=p)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One thing that a clear image may show."""

    shows: str
    p_if: float
    """P(shown | the hypothesis, a clear image)."""
    p_else: float
    log_ratio: float
    """Natural log, capped."""
    chance: float
    """P(shown | a clear image), as things stand."""
    after: float
    """Probability of the hypothesis then."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What a look is worth before it is taken."""

    outcomes: tuple[Outcome, ...]
    p_usable: float
    """P(there is an image, and it is clear)."""
    shift: float
    """Expected size of the change of the log-odds."""
    change: float
    """Expected size of the change of the probability."""
    variance: float
    """Preposterior variance of the probability."""
    bits: float
    """Expected information on the hypothesis."""


def p_found(eye: Eye, *, length_m: float, p_open: float, alongside: bool) -> float:
    """Chance that a hull is found in a clear image.

    Args:
        eye: the kind of image.
        length_m: of the hull.
        p_open: what its detector finds of such hulls in open water (``imagery.recall``).
        alongside: whether it would lie at a quay.

    Examples:
        >>> radar = EYES[-1]
        >>> p_found(radar, length_m=140.0, p_open=0.94, alongside=True)
        0.0

    """
    if alongside and eye.radar:
        return 0.0
    if eye.identifies and length_m >= 20.0 * eye.gsd_m:
        return BY_EYE
    return p_open * (ALONGSIDE if alongside else 1.0)


def outcomes_of(predicts: Predicts, *, found: float, identifies: bool, p: float) -> list[Outcome]:
    """What a clear image may show, and what that would say.

    Args:
        predicts: who would lie there.
        found: chance that a hull that lies there is found.
        identifies: whether the pixels tell one hull from another of her size.
        p: probability of the hypothesis as things stand.

    Raises:
        ProbabilityError: a probability is out of range.

    """
    if not 0.0 < p < 1.0 or not 0.0 <= found <= 1.0:
        raise ProbabilityError(value=p if not 0.0 < p < 1.0 else found)
    shown = [
        _shown(own, other, found, identifies=identifies)
        for own, other in (
            (predicts.own_if, predicts.other_if),
            (predicts.own_else, predicts.other_else),
        )
    ]
    return [_outcome(name, shown[0][name], shown[1][name], p) for name in shown[0]]


NONE, SIZED, FITS, DIFFERS = (
    "no hull of that size",
    "a hull of that size",
    "a hull that fits the ship",
    "a hull of that size that is another",
)


def _shown(own: float, other: float, found: float, *, identifies: bool) -> dict[str, float]:
    """P(each thing shown), given who lies there; where both do, the ship itself is looked at."""
    own_seen, other_seen = own * found, other * found
    first = own_seen
    second = (1 - own_seen) * other_seen
    none = (1 - own_seen) * (1 - other_seen)
    if not identifies:
        return {NONE: none, SIZED: first + second}
    return {
        NONE: none,
        FITS: first * SAME_TOLD + second * OTHER_TOLD,
        DIFFERS: first * (1 - SAME_TOLD) + second * (1 - OTHER_TOLD),
    }


def _outcome(name: str, p_if: float, p_else: float, p: float) -> Outcome:
    # An outcome that one side rules out still says no more than a look is trusted with.
    log_ratio = 0.0
    if p_if != p_else:
        tiny = 1e-12
        log_ratio = math.log(max(p_if, tiny) / max(p_else, tiny))
        log_ratio = min(max(log_ratio, -MOST_LOG_RATIO), MOST_LOG_RATIO)
    return Outcome(
        shows=name,
        p_if=p_if,
        p_else=p_else,
        log_ratio=log_ratio,
        chance=p * p_if + (1 - p) * p_else,
        after=chance(log_odds_of(p) + log_ratio),
    )


def worth_of(
    predicts: Predicts, *, p: float, found: float, identifies: bool, p_usable: float
) -> Worth:
    """What a look is worth before it is taken.

    Args:
        predicts: who would lie there.
        p: probability of the hypothesis as things stand.
        found: chance that a hull that lies there is found in a clear image.
        identifies: whether the pixels tell one hull from another of her size.
        p_usable: chance that there is an image and that it is clear.

    Returns:
        All figures 0 or more; 0 where no image can be had, nobody would be found, or what it
        shows is the same either way.

    Raises:
        ProbabilityError: a probability is out of range.

    Examples:
        >>> there = Predicts(own_if=0.9, own_else=0.0, other_if=0.2, other_else=0.2)
        >>> look = worth_of(there, p=0.3, found=0.9, identifies=True, p_usable=0.5)
        >>> round(look.shift, 2), [round(o.after, 2) for o in look.outcomes]
        (0.9, [0.08, 0.94, 0.34])
        >>> worth_of(there, p=0.3, found=0.9, identifies=True, p_usable=0.0).shift
        0.0

    """
    if not 0.0 <= p_usable <= 1.0:
        raise ProbabilityError(value=p_usable)
    outcomes = outcomes_of(predicts, found=found, identifies=identifies, p=p)
    return Worth(
        outcomes=tuple(outcomes),
        p_usable=p_usable,
        shift=p_usable * math.fsum(o.chance * abs(o.log_ratio) for o in outcomes),
        change=p_usable * math.fsum(o.chance * abs(o.after - p) for o in outcomes),
        variance=p_usable * math.fsum(o.chance * (o.after - p) ** 2 for o in outcomes),
        bits=p_usable * max(0.0, _information(outcomes, p)),
    )


def _information(outcomes: Sequence[Outcome], p: float) -> float:
    """Mutual information of the hypothesis and what is shown, bits."""
    total = 0.0
    for one in outcomes:
        for weight, given in ((p, one.p_if), (1 - p, one.p_else)):
            if given > 0 and one.chance > 0:
                total += weight * given * math.log2(given / one.chance)
    return total
