"""A ship says it is here, and an image shows here: was it seen, not seen, or not to be seen?

Silence of an image counts only as far as the ship would have been seen had it been there.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scipy import stats

METHOD = "presence@2"

P_FALSE_ALARM = 0.02
"""P(something else is taken for the ship | it is not there)."""
P_IN_DISC = 0.99
"""The search disc is drawn to hold the hull with this probability."""
NEAREST_FIX_MIN = 10.0
"""A position older than this says too little of where a ship at rest was."""
UNDER_WAY_FIX_MIN = 3.0
"""The same of a ship under way, which may turn or slow for its pilot (METHODS: 10)."""
MOORED_FIX_MIN = 180.0
"""The same of a ship that said before and after the capture that it lay still."""
CLEAR_NEEDED = 0.9
"""Share of the disc that must be clear before absence counts."""
OPEN_NEEDED = 0.95
"""Share of the disc that must be open water, hulls found not counted against it."""
PIXELS_NEEDED = 15.0
"""Hull length in pixels under which a miss is no surprise."""

VELOCITY_SD_M_S = 0.5
"""Stationary standard deviation of each velocity component about the reported one (METHODS §4)."""
RELAXATION_H = 1.0
"""Hours over which a ship forgets its reported velocity."""
MOORED_SD_M = 15.0
"""Position spread of a moored or anchored hull about its antenna, per axis."""
_SIGMAS_IN_R99 = math.sqrt(-2 * math.log(0.01))

Verdict = Literal["seen", "not-seen", "not-observable"]


@dataclass(frozen=True, slots=True)
class Prediction:
    """Where the broadcast puts the hull at capture time: the disc's radius and its making."""

    minutes_from_fix: float
    moored: bool
    at_rest: bool
    position_sd_m: float
    """Standard deviation per axis, AIS error and scene geolocation included."""

    @property
    def limit_min(self) -> float:
        """Age of the fix beyond which an absence does not count."""
        if self.moored:
            return MOORED_FIX_MIN
        return NEAREST_FIX_MIN if self.at_rest else UNDER_WAY_FIX_MIN

    @property
    def radius_m(self) -> float:
        """Radius that holds the hull with 99% probability."""
        return self.position_sd_m * _SIGMAS_IN_R99


@dataclass(frozen=True, slots=True)
class Hull:
    """A detection inside the search disc."""

    length_m: float | None
    length_sigma_m: float
    offset_m: float
    """Distance from the predicted position."""
    explained: bool = False
    """True where another ship's broadcast accounts for it."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition under which an absence counts, and whether it held."""

    name: str
    needed: str
    found: str
    met: bool


@dataclass(frozen=True, slots=True)
class Presence:
    """The answer and its working."""

    verdict: Verdict
    p_would_have_seen: float | None
    """P(the detector finds the hull | it is there); None where its length is unknown."""
    lr: float | None
    """P(this image | not there) / P(this image | there): above 1 speaks against the broadcast."""
    reason: str | None
    clear_fraction: float
    search_radius_m: float
    minutes_from_fix: float
    hulls_in_disc: int
    requirements: tuple[Requirement, ...]
    messages: tuple[str, ...]
    assumptions: tuple[str, ...]


def position_growth_m(minutes: float) -> float:
    """Standard deviation per axis of where a ship is, this long after or before a fix.

    Integrated Ornstein-Uhlenbeck motion about the reported velocity:
    ``(s/g)^2 (2 g t - 3 + 4 exp(-g t) - exp(-2 g t))`` with ``s`` 0.5 m/s and ``1/g`` 1 h.

    Source:
        Millefiori et al. (2016), doi:10.1109/TAES.2016.150596.

    Examples:
        >>> [round(position_growth_m(m)) for m in (2, 10, 30, 60)]
        [9, 94, 434, 1044]

    """
    rate_s = 1 / (RELAXATION_H * 3600)
    x = rate_s * abs(minutes) * 60
    # Below x = 1e-3 the bracket is a difference of near equals; its series is 2/3 x^3.
    shape = 2 / 3 * x**3 if x < 1e-3 else 2 * x - 3 + 4 * math.exp(-x) - math.exp(-2 * x)
    return VELOCITY_SD_M_S / rate_s * math.sqrt(shape)


def predict(
    *,
    minutes_from_fix: float,
    moored: bool,
    velocity_known: bool,
    geolocation_sigma_m: float,
    at_rest: bool = False,
    swing_m: float = 0.0,
    ais_sigma_m: float = 10.0,
) -> Prediction:
    """How far from its predicted position the hull may lie at capture time.

    Args:
        minutes_from_fix: between the nearest broadcast and the capture, either sign.
        moored: the ship said it lay still (status moored or at anchor, or under 0.5 kn).
        velocity_known: course and speed were broadcast; else it may go any way at 25 kn.
        geolocation_sigma_m: of the scene, per axis.
        at_rest: the speed broadcast was under half a knot.
        swing_m: how far an anchored hull may swing about its anchor; 0 alongside.
        ais_sigma_m: of the broadcast, per axis.

    Examples:
        >>> round(predict(minutes_from_fix=7, moored=False, velocity_known=True,
        ...               geolocation_sigma_m=10).radius_m)
        176

    """
    if moored:
        moved_m = max(MOORED_SD_M, swing_m / _SIGMAS_IN_R99)
    elif velocity_known:
        moved_m = position_growth_m(minutes_from_fix)
    else:
        # A disc that holds 25 kn any way within 99%.
        moved_m = abs(minutes_from_fix) * 60 * 25 * 1852 / 3600 / _SIGMAS_IN_R99
    sd = math.hypot(moved_m, geolocation_sigma_m, ais_sigma_m)
    return Prediction(abs(minutes_from_fix), moored, at_rest or moored, sd)


def presence(
    prediction: Prediction,
    *,
    length_m: float | None,
    gsd_m: float,
    p_detect: float | None,
    clear_fraction: float,
    open_fraction: float,
    disc_inside_scene: bool,
    hulls: Sequence[Hull],
    hulls_per_km2: float,
) -> Presence:
    """Decide whether the ship was seen where it said it was.

    ``P_eff = c * P_d * 0.99`` with ``c`` the clear share of the search disc and ``P_d`` the
    detector's measured recall for that length. Not seen: ``LR = (1 - P_fa) / (1 - P_eff)``.
    Seen: ``LR = P(a fitting hull lies there anyway) / P_eff``, from the density of hulls in the
    scene. An absence counts only if every requirement is met.

    Args:
        prediction: the search disc.
        length_m: of the ship that broadcast; None if unknown.
        gsd_m: ground size of a pixel.
        p_detect: detector recall at that length and GSD; None if length is unknown.
        clear_fraction: of the disc, 0 to 1, nodata and cloud both counted as not clear.
        open_fraction: of the disc that is open water in the image, hulls found counted as open. A
            hull against a quay or the shore is missed too often for its absence to count.
        disc_inside_scene: the whole disc lies in the scene's footprint.
        hulls: detections in the disc.
        hulls_per_km2: of the scene's water, to judge chance.

    Source:
        METHODS §4, "No vessel at the broadcast position": a derivation of our own.

    Bias:
        Towards "not observable": any hull in the disc, whatever its length and whoever else may
        account for it, keeps an absence from being called.

    Examples:
        >>> disc = predict(minutes_from_fix=0, moored=True, velocity_known=True,
        ...                geolocation_sigma_m=10)
        >>> answer = presence(disc, length_m=140, gsd_m=3, p_detect=0.96, clear_fraction=1.0,
        ...                   open_fraction=1.0, disc_inside_scene=True, hulls=(),
        ...                   hulls_per_km2=0.1)
        >>> answer.verdict, round(answer.lr)
        ('not-seen', 20)

    """
    p_eff = None if p_detect is None else min(clear_fraction * p_detect * P_IN_DISC, 0.99)
    unexplained = [hull for hull in hulls if not hull.explained]
    fitting = [hull for hull in unexplained if _fits(hull, length_m)]
    needs = _requirements(
        prediction,
        length_m,
        gsd_m,
        clear_fraction,
        open_fraction,
        len(hulls),
        inside=disc_inside_scene,
    )
    unmet = [need for need in needs if not need.met]
    # A hull in the disc is an answer only if the disc is small enough to mean something.
    timely = needs[0].met
    if fitting and timely:
        area_km2 = math.pi * (prediction.radius_m / 1000) ** 2
        by_chance = 1 - math.exp(-hulls_per_km2 * area_km2) * (1 - P_FALSE_ALARM)
        lr = None if not p_eff else by_chance / p_eff
        return _answer("seen", p_eff, lr, None, prediction, clear_fraction, hulls, needs)
    if unmet:
        reason = "; ".join(f"{need.name}: {need.found}, needed {need.needed}" for need in unmet)
        return _answer(
            "not-observable", p_eff, None, reason, prediction, clear_fraction, hulls, needs
        )
    lr = None if p_eff is None else (1 - P_FALSE_ALARM) / (1 - p_eff)
    return _answer("not-seen", p_eff, lr, None, prediction, clear_fraction, hulls, needs)


def _fits(hull: Hull, length_m: float | None) -> bool:
    """Within three standard deviations in log length; an unknown length fits anything."""
    if length_m is None or hull.length_m is None:
        return True
    relative_sd = math.hypot(hull.length_sigma_m / hull.length_m, 0.05)
    return bool(
        stats.norm.sf(abs(math.log(hull.length_m / length_m)) / relative_sd) > stats.norm.sf(3)
    )


def _requirements(
    prediction: Prediction,
    length_m: float | None,
    gsd_m: float,
    clear_fraction: float,
    open_fraction: float,
    hulls: int,
    *,
    inside: bool,
) -> tuple[Requirement, ...]:
    pixels = None if length_m is None else length_m / gsd_m
    return (
        Requirement(
            "nearest fix",
            f"at most {prediction.limit_min:g} min from the capture",
            f"{prediction.minutes_from_fix:.1f} min" + (", moored" if prediction.moored else ""),
            prediction.minutes_from_fix <= prediction.limit_min,
        ),
        Requirement(
            "search area inside the scene",
            "whole",
            "whole" if inside else "cut by the edge of the scene",
            inside,
        ),
        Requirement(
            "clear share of the search area",
            f"at least {100 * CLEAR_NEEDED:.0f}%",
            f"{100 * clear_fraction:.0f}%",
            clear_fraction >= CLEAR_NEEDED,
        ),
        Requirement(
            "open water in the search area",
            f"at least {100 * OPEN_NEEDED:.0f}%",
            f"{100 * open_fraction:.0f}%",
            open_fraction >= OPEN_NEEDED,
        ),
        Requirement(
            "hull length in pixels",
            f"at least {PIXELS_NEEDED:g}",
            "length unknown" if pixels is None else f"{pixels:.0f}",
            pixels is not None and pixels >= PIXELS_NEEDED,
        ),
        Requirement("hulls in the search area", "none", str(hulls), hulls == 0),
    )


def _answer(
    verdict: Verdict,
    p_eff: float | None,
    lr: float | None,
    reason: str | None,
    prediction: Prediction,
    clear_fraction: float,
    hulls: Sequence[Hull],
    needs: tuple[Requirement, ...],
) -> Presence:
    return Presence(
        verdict=verdict,
        p_would_have_seen=p_eff,
        lr=lr,
        reason=reason,
        clear_fraction=clear_fraction,
        search_radius_m=prediction.radius_m,
        minutes_from_fix=prediction.minutes_from_fix,
        hulls_in_disc=len(hulls),
        requirements=needs,
        messages=_messages(verdict, p_eff, lr, clear_fraction, needs),
        assumptions=(
            "The broadcast's clock and the scene's are right to 30 s and 5 s.",
            "The hull is as long as its broadcast dimensions say.",
            "The detector misses independently of what the ship wants.",
        ),
    )


def _messages(
    verdict: Verdict,
    p_eff: float | None,
    lr: float | None,
    clear_fraction: float,
    needs: tuple[Requirement, ...],
) -> tuple[str, ...]:
    if verdict == "seen":
        return (
            (
                "A hull that fits lies where the broadcast puts the ship: the image agrees. "
                "That is no proof that the hull is the one named."
            ),
        )
    if verdict == "not-seen":
        odds = f"{lr:.0f} times" if lr is not None else "an unknown number of times"
        seen = f"{100 * (p_eff or 0):.0f}%"
        return (
            (
                f"No hull lies where the broadcast puts the ship; it would have been seen with a "
                f"probability of {seen}. An image like this is {odds} likelier if it was not there."
            ),
            "One empty image: a second pair of eyes should look at the picture before it is used.",
        )
    said = []
    if clear_fraction < CLEAR_NEEDED:
        said.append(
            f"Image is clear over {100 * clear_fraction:.0f}% of the search area: "
            "absence not assessable."
        )
    said.extend(
        f"Absence not assessable: {need.name} is {need.found}, needed {need.needed}."
        for need in needs
        if not need.met and not need.name.startswith("clear")
    )
    return tuple(said)
