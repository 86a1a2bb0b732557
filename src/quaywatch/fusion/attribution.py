"""Which ship may a hull in an image be: every ship that we know of, and none of them.

A hull that no broadcast accounts for is somebody. Each candidate is weighed by its size, by what
its transponder did while the hull lay there, and by how like its known pictures the hull is; beside
them always stands the ship that is in no list. Nobody is named for being alone in the list.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from scipy import stats

from quaywatch.errors import ProbabilityError
from quaywatch.evidence.likelihood import GROUP_CAP, Group
from quaywatch.evidence.wording import bounded

METHOD: Final = "attribution@2"

Whereabouts = Literal["here", "silent", "elsewhere", "out-of-reach", "unheard"]
"""What a ship's transponder says of it while the hull lay there: broadcasting there; in a silence
that leaves time; broadcasting from where it cannot have come; in a silence too short to come from
or get to where it was next heard; not heard before it, or not after it, or never."""

P_UNLISTED: Final = (0.1, 0.3, 0.6)
"""Prior probabilities that the hull is of no listed ship: low, used, high."""
P_FALSE_BROADCAST: Final = 0.2
"""P(a ship that lies there is broadcast elsewhere): an assumption, stated with every answer. Of
six ships of one published investigation three sent false tracks on some voyages (OSC, 2025)."""
P_SILENT_HERE: Final = 0.6
"""P(a ship that lies there is not heard, whatever the reason): an assumption. On most voyages of
that investigation the ships were not heard."""
HERE_RATIO: Final = 200.0
"""P(it broadcasts from this very berth | it lies there) over the same for a ship that does not:
half of those that lie there are heard doing so, and one in 400 others would by error or neglect."""
SILENT_FLOOR: Final = 0.02
"""No ship is taken to be heard for more of its time than all but this."""
P_TWO_HULLS: Final = 0.1
"""P(looks linked into one stay show two hulls): an assumption."""
TELLS_CAP: Final = math.exp(GROUP_CAP[Group.AIS_INTEGRITY])
NAMED: Final = 0.9
"""A hull is named only at this probability, under two of the three priors."""
UNPICTURED_AT_MOST: Final = 0.8
"""Size and a silence alone never make a ship more probable than "likely": an honest ship of the
same size may be silent just then."""
P_FALSE_ANYWAY: Final = 0.02
"""P(a ship that lies elsewhere is broadcast from a third place): jamming, faults, other schemes. An
assumption; without it, proof of a false broadcast would be proof of lying here."""
P_OTHER_HULL: Final = 0.5
"""P(another hull sends the track, and lies where it says | the track is false): an assumption."""
THERE_CAP: Final = 30.0
"""Most that images of where its broadcasts put a ship may say, either way: what one of them misses
another may miss for the same reason."""
PICTURED_FROM: Final = 3.0
"""A likeness from which pictures speak for a ship, and how far it must exceed that of others."""
OTHERS_FROM: Final = 0.01
"""A ship with less than this of the odds is out of the question."""
OPEN_LENGTH_M: Final = (130.0, 45.0)
"""Length of ships in no list, mean and standard deviation: wide, so that little is excluded."""
OPEN_BEAM_SHARE: Final = (0.155, 0.02)
"""Beam over length of merchant hulls, mean and standard deviation."""
DIMENSION_SHARE: Final = 0.02
"""Broadcast dimensions are rounded and antenna offsets guessed: their error, as a share."""


@dataclass(frozen=True, slots=True)
class SeenHull:
    """A hull in one or more images of one stay."""

    length_m: float | None
    length_sigma_m: float
    beam_m: float | None = None
    beam_sigma_m: float = 3.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ship that the hull may be."""

    subject: str
    length_m: float | None
    beam_m: float | None
    whereabouts: Whereabouts
    silent_share: float | None
    """Share of the period in which it was not heard, so that a silence then is no surprise."""
    likeness: float | None = None
    """P(pictures | this hull) / P(pictures | another of its kind); None where none compare."""
    at_best: Whereabouts | None = None
    """The same at that look of the stay that leaves it most free; None: as ``whereabouts``."""
    tells: float = 1.0
    """P(what AIS alone shows of its broadcasts | they are false) / P(the same | true)."""
    there: float = 1.0
    """P(what images of where its broadcasts put it show | it lies here) / P(the same | it is where
    they put it); asked only of a ship that broadcast elsewhere."""
    shared: bool = False
    """Two hulls send under its number at that time."""
    why: str = ""
    """What its whereabouts rest on, as printed."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A candidate and its odds."""

    subject: str
    probability: float
    """Under the middle prior, at most 99%."""
    low: float
    high: float
    """Over the three priors."""
    size_ratio: float
    record_ratio: float
    likeness_ratio: float
    """Each against a ship in no list, as capped."""
    why: str


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who the hull may be."""

    candidates: tuple[Weighed, ...]
    """The most probable first."""
    p_unlisted: float
    """Probability that it is none of them, under the middle prior."""
    p_unlisted_low: float
    p_unlisted_high: float
    named: str | None
    reason: str | None
    """Why nobody is named."""


def attribute(hull: SeenHull, candidates: Sequence[Candidate]) -> Attribution:
    """Weigh every candidate against each other and against a ship in no list.

    ``P(i) ~ prior_i * size_i * record_i * likeness_i``, each factor a likelihood ratio against a
    ship in no list: of the measured length and beam, ``N(m; ship, s) / N(m; open population, s)``;
    of what its transponder did, ``P(record | it lies there) / P(record | it does not)``; and of its
    pictures. Size and pictures share the cap of the identity group, the record has that of gaps.
    A ship that broadcasts from elsewhere stays possible, since broadcasts can be false, and more
    or less so by what images of that place show; where two hulls share its number, they say
    nothing of this one.

    Args:
        hull: as measured.
        candidates: all ships that may be meant; several records of one ship are one candidate.

    Returns:
        Probabilities that add up to 1 over the candidates and "none of them" before they are
        bounded to 1-99%.

    Raises:
        ProbabilityError: a likeness that is no positive number, or a share outside 0 to 1.

    Bias:
        Towards nobody: a hull is named only if 0.9 is kept under two of three priors, and never on
        size and silence alone. A list that
        leaves the true ship out makes the others look likelier than they are; hence the prior.

    Source:
        Bayes over a finite set with an explicit rest; priors and the two shares are defaults of our
        own, varied or printed with every answer.

    Examples:
        >>> hull = SeenHull(length_m=150.0, length_sigma_m=4.0)
        >>> ships = [Candidate("imo:1", 151.0, None, "silent", 0.05, likeness=60.0),
        ...          Candidate("imo:2", 150.0, None, "elsewhere", 0.05, likeness=0.1)]
        >>> answer = attribute(hull, ships)
        >>> answer.named, [round(c.probability, 3) for c in answer.candidates]
        ('imo:1', [0.99, 0.01])

    """
    ratios = [_ratios(hull, candidate) for candidate in candidates]
    products = [math.prod(three) for three in ratios]
    over = [_shares(products, unlisted) for unlisted in P_UNLISTED]
    limits = [
        1.0 if _known_by_more(one, _others(candidates, over[1][0], i)) else UNPICTURED_AT_MOST
        for i, one in enumerate(candidates)
    ]
    weighed = [
        Weighed(
            subject=one.subject,
            probability=bounded(min(over[1][0][i], limits[i])),
            low=bounded(min(limits[i], *(shares[i] for shares, _ in over))),
            high=bounded(min(limits[i], max(shares[i] for shares, _ in over))),
            size_ratio=ratios[i][0],
            record_ratio=ratios[i][1],
            likeness_ratio=ratios[i][2],
            why=one.why,
        )
        for i, one in enumerate(candidates)
    ]
    named = next(
        (
            one.subject
            for i, one in enumerate(candidates)
            if sum(min(shares[i], limits[i]) >= NAMED for shares, _ in over) >= 2
        ),
        None,
    )
    # What a limit takes from a ship goes to the ships that nobody listed.
    rest = [
        unlisted + sum(max(0.0, share - limits[i]) for i, share in enumerate(shares))
        for shares, unlisted in over
    ]
    ordered = sorted(weighed, key=lambda w: (-w.probability, -w.high, w.subject))
    return Attribution(
        candidates=tuple(ordered),
        p_unlisted=bounded(rest[1]),
        p_unlisted_low=bounded(min(rest)),
        p_unlisted_high=bounded(max(rest)),
        named=named,
        reason=None if named is not None else _why_nobody(ordered, candidates, rest[1]),
    )


def _others(candidates: Sequence[Candidate], shares: Sequence[float], own: int) -> list[Candidate]:
    """The other ships that are not out of the question."""
    return [c for i, c in enumerate(candidates) if i != own and shares[i] >= OTHERS_FROM]


def _known_by_more(one: Candidate, others: Sequence[Candidate]) -> bool:
    """Whether more than its size and its silence says that the hull is this ship and no other.

    Pictures count only where they tell it from the others: a look-alike has its sister's layout.
    """
    if one.whereabouts == "here":
        return True
    if one.likeness is None or one.likeness < PICTURED_FROM:
        return False
    return all(one.likeness >= PICTURED_FROM * (o.likeness or 1.0) for o in others)


def _shares(products: Sequence[float], unlisted: float) -> tuple[list[float], float]:
    """Posterior of each candidate and of none of them."""
    prior = (1.0 - unlisted) / max(len(products), 1)
    total = unlisted + sum(prior * product for product in products)
    return [prior * product / total for product in products], unlisted / total


def _ratios(hull: SeenHull, one: Candidate) -> tuple[float, float, float]:
    """Size, broadcast record and likeness, against a ship in no list."""
    if one.likeness is not None and not (one.likeness > 0 and math.isfinite(one.likeness)):
        raise ProbabilityError(value=one.likeness)
    cap = math.exp(GROUP_CAP[Group.IDENTITY])
    size = _size_ratio(hull, one)
    likeness = 1.0 if one.likeness is None else min(max(one.likeness, 1 / cap), cap)
    if size * likeness > cap:
        # Size and pictures of one hull are one kind of evidence: together they have one cap.
        likeness = max(1.0, cap / size)
    return size, _record_ratio(one), likeness


def _size_ratio(hull: SeenHull, one: Candidate) -> float:
    ratio = 1.0
    cap = math.exp(GROUP_CAP[Group.IDENTITY])
    if hull.length_m is not None and one.length_m is not None:
        sigma = math.hypot(hull.length_sigma_m, DIMENSION_SHARE * one.length_m)
        open_sd = math.hypot(OPEN_LENGTH_M[1], hull.length_sigma_m)
        ratio *= _density(hull.length_m, one.length_m, sigma) / _density(
            hull.length_m, OPEN_LENGTH_M[0], open_sd
        )
    if hull.beam_m is not None and one.beam_m is not None and hull.length_m is not None:
        sigma = math.hypot(hull.beam_sigma_m, DIMENSION_SHARE * one.beam_m)
        mean, sd = (share * hull.length_m for share in OPEN_BEAM_SHARE)
        ratio *= _density(hull.beam_m, one.beam_m, sigma) / _density(
            hull.beam_m, mean, math.hypot(sd, hull.beam_sigma_m)
        )
    return float(min(max(ratio, 1 / cap), cap))


def _density(at: float, mean: float, sd: float) -> float:
    # Errors of a measured hull have tails: a quay edge or a raft makes it wrong by far more than s.
    return float(0.95 * stats.norm.pdf(at, mean, sd) + 0.05 * stats.norm.pdf(at, mean, 5.0 * sd))


def _record_ratio(one: Candidate) -> float:
    """P(its broadcasts | it lies there) / P(its broadcasts | it does not), within the gap cap.

    That the looks of a stay show one hull is itself a reading, so the freest look counts a little.
    """
    whole = _ratio_at(one, one.whereabouts)
    if one.at_best is None or one.at_best == one.whereabouts:
        return whole
    best = min(_ratio_at(one, one.at_best), math.exp(GROUP_CAP[Group.GAP]))
    return (1 - P_TWO_HULLS) * whole + P_TWO_HULLS * best


def _ratio_at(one: Candidate, where: Whereabouts) -> float:
    share = one.silent_share
    if share is not None and not 0.0 <= share <= 1.0:
        raise ProbabilityError(value=share)
    silent = min(max(share if share is not None else 0.5, SILENT_FLOOR), 1 - SILENT_FLOOR)
    cap = math.exp(GROUP_CAP[Group.GAP])
    if where == "here":
        return HERE_RATIO
    if where == "silent":
        return min(P_SILENT_HERE / silent, cap)
    if where == "unheard" or one.shared:
        return 1.0
    tells = min(max(one.tells, 1 / TELLS_CAP), TELLS_CAP)
    false = tells * min(max(one.there, 1 / THERE_CAP), THERE_CAP)
    # How often it is heard at all is the same for a true place and a false one, and drops out.
    otherwise = 1 - P_FALSE_ANYWAY + P_FALSE_ANYWAY * false
    return min(P_FALSE_BROADCAST * false / otherwise, cap)


def _why_nobody(
    ordered: Sequence[Weighed], candidates: Sequence[Candidate], unlisted: float
) -> str:
    if not ordered:
        return "No ship that is known here could be it."
    best = ordered[0].probability
    first = next(one for one in candidates if one.subject == ordered[0].subject)
    if best >= UNPICTURED_AT_MOST and first.whereabouts != "here":
        return (
            f"Size and a silence fit one ship, which is no more than {100 * UNPICTURED_AT_MOST:.0f}"
            "%: no picture was compared that tells it from the others."
        )
    if unlisted >= best:
        return "A ship in no list has odds as high as any that is known here."
    close = sum(one.probability >= 0.1 for one in ordered)
    if close > 1:
        return f"{close} ships remain with a tenth or more of the odds."
    return (
        f"The highest odds are {100 * best:.0f}%; a hull is named at {100 * NAMED:.0f}% under two "
        "of three priors."
    )
