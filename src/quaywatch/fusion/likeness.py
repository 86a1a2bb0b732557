"""The same ship? How much better one hull explains two sets of readings than two hulls would.

A ratio over the hulls that might have been there instead, never a bare match: sisters stay
sisters. ``P(readings | one hull) / P(readings | two of the population)``; a reading may be grossly
wrong, so none ever excludes a ship by itself; ratios of one kind are capped, and all together.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quaywatch.evidence.likelihood import (
    EXPERT_LIMIT,
    GROUP_CAP,
    WITHIN_GROUP_WEIGHT,
    Group,
)
from quaywatch.fusion.likeness_population import (
    CROWD_SD_M,
    DIMENSIONS,
    Member,
    Population,
    log_normal,
)
from quaywatch.imagery.hull_readings import Reading

METHOD = "likeness@1"
GROSS = 0.05
"""Chance that a reading is of something else altogether (a quay, a wake, a barge alongside)."""
AGREE_WITHIN = 2.0
DIFFER_BEYOND = 3.0
"""Standard deviations of the difference of two readings: within which they agree, beyond which
they differ; between, it is open."""
DIMENSIONS_CAP = math.log(40.0)
"""What length, beam and layout by size can say at best (METHODS section 8: about 38 in total)."""
EMBEDDING_CAP = math.log(30.0)


@dataclass(frozen=True)
class Trait:
    """A reading beside length and beam, and how it varies among like ships (stated defaults)."""

    name: str
    group: str
    spread: float
    """Standard deviation among like ships, in the unit of the reading."""
    usual: float | None = None
    """Their mean; None where the crowd is about the one proposed."""
    told: str = ""
    """As printed."""


TRAITS: Mapping[str, Trait] = {
    t.name: t
    for t in (
        Trait("house_share", "layout", 0.045, 0.145, "where the house stands"),
        Trait("hatch_count", "layout", 1.4, None, "number of hatches"),
        Trait("hatch_step_share", "layout", 0.03, None, "spacing of hatches"),
        Trait("crane_count", "layout", 1.6, None, "number of cranes"),
        Trait("deck_red_green", "colour", 0.16, 0.05, "deck, red to green"),
        Trait("deck_blue_green", "colour", 0.14, -0.08, "deck, blue to green"),
    )
}
"""The house by 305 ships of recorded chips, tankers and bulkers of one coast for the most; none has
been measured on fleets: their ratios count as set by experts."""


@dataclass(frozen=True)
class Compared:
    """One reading of two hulls."""

    name: str
    told: str
    group: str
    """dimensions, layout, colour or appearance."""
    questioned: Reading
    reference: Reading
    log_ratio: float | None
    """Alone; None where it cannot be compared."""
    z: float | None
    """Difference over its standard deviation."""
    measured: bool
    """Whether the spread among other ships was counted, not set."""
    counted: bool = True
    """Whether it enters the total: what another reading already says does not."""

    @property
    def agrees(self) -> bool | None:
        """True, False, or None where it is open or cannot be told."""
        if self.z is None:
            return None
        apart = abs(self.z)
        return True if apart <= AGREE_WITHIN else False if apart > DIFFER_BEYOND else None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "name": self.name,
            "told": self.told,
            "group": self.group,
            "questioned": self.questioned.to_json(),
            "reference": self.reference.to_json(),
            "ratio": None if self.log_ratio is None else round(math.exp(self.log_ratio), 4),
            "z": None if self.z is None else round(self.z, 2),
            "agrees": self.agrees,
            "measured": self.measured,
            "counted": self.counted,
        }


@dataclass(frozen=True)
class Appearance:
    """How alike two chips look, as a measured ratio; or why that is not asked."""

    score: float | None
    log_ratio: float | None
    n_same: int = 0
    n_other: int = 0
    """Pairs of one hull, and of two, on which the ratio was measured."""
    measured: bool = False
    method: str = ""
    reason: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        ratio = None if self.log_ratio is None else round(math.exp(self.log_ratio), 4)
        return {
            "score": None if self.score is None else round(self.score, 4),
            "ratio": ratio,
            "n_same": self.n_same,
            "n_other": self.n_other,
            "measured": self.measured,
            "method": self.method,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Likeness:
    """What two sets of readings come to."""

    log_ratio: float | None
    """None where nothing can be compared."""
    compared: tuple[Compared, ...]
    groups: Mapping[str, float]
    """Log ratio of each kind, capped, before they are joined."""
    appearance: Appearance
    population: Population
    measured: bool
    """Whether no ratio that counts was set by experts."""
    one_sided: str | None = None
    """Why it can speak only against, where that is so."""

    @property
    def ratio(self) -> float | None:
        """P(readings | one hull) / P(readings | two)."""
        return None if self.log_ratio is None else math.exp(self.log_ratio)

    @property
    def verdict(self) -> str:
        """``consistent``, ``differs``, ``open`` or ``not-comparable``; never a match."""
        told = [c.agrees for c in self.compared if c.z is not None]
        if self.log_ratio is None:
            return "not-comparable"
        if any(a is False for a in told) or self.log_ratio <= -math.log(3.0):
            return "differs"
        if self.log_ratio < 0 or None in told or not told:
            return "open"
        return "consistent"


def log_gross(log_ratio: float, *, gross: float = GROSS) -> float:
    """A ratio by which a reading that may be grossly wrong can speak: never below ``gross``.

    Examples:
        >>> round(math.exp(log_gross(-50.0)), 3), round(math.exp(log_gross(math.log(10))), 2)
        (0.05, 9.55)

    """
    return math.log((1.0 - gross) * math.exp(min(log_ratio, 50.0)) + gross)


def trait_log_ratio(questioned: Reading, reference: Reading, trait: Trait) -> float:
    """Log ratio of two readings of a trait that is normal among like ships.

    Examples:
        >>> same = Reading("hatch_count", 5.0, 0.5)
        >>> round(math.exp(trait_log_ratio(same, same, TRAITS["hatch_count"])), 1)
        2.2

    """
    q, r = _value(questioned), _value(reference)
    mean = r[0] if trait.usual is None else trait.usual
    return _pair(q, r, mean, trait.spread) - _two(q, r, mean, trait.spread)


def dimensions_log_ratio(
    questioned: Mapping[str, Reading], reference: Mapping[str, Reading], population: Population
) -> float | None:
    """Log ratio of length and beam together, over the hulls that might have been there.

    Ships of one length have much the same beam; the hulls listed carry that, so that beam counts
    only for what it adds.

    Returns:
        None where neither can be compared.

    Examples:
        >>> from quaywatch.fusion.likeness_population import population_of
        >>> nobody = population_of([], without="imo:1", described="")
        >>> seen, said = Reading("length_m", 182.0, 4.0), Reading("length_m", 182.0, 0.0)
        >>> ratio = dimensions_log_ratio({"length_m": seen}, {"length_m": said}, nobody)
        >>> round(math.exp(ratio), 2)  # 30 m of spread over 4 m of error, less gross readings
        7.24

    """
    names = [
        d
        for d in DIMENSIONS
        if (d in questioned and questioned[d].value is not None)
        and (d in reference and reference[d].value is not None)
    ]
    if not names:
        return None
    pairs = {d: (_value(questioned[d]), _value(reference[d])) for d in names}
    crowd: Sequence[Member | None] = population.members if population.listed else (None,)
    one, first, second = [], [], []
    for member in crowd:
        terms = [_terms(pairs[d], *_about(member, d, pairs[d][1][0], population)) for d in names]
        one.append(sum(t[0] for t in terms))
        first.append(sum(t[1] for t in terms))
        second.append(sum(t[2] for t in terms))
    joint = math.log(len(crowd)) + _log_sum(one) - _log_sum(first) - _log_sum(second)
    return log_gross(joint)


def _about(
    member: Member | None, dimension: str, reference: float, population: Population
) -> tuple[float, float]:
    """Where a hull of the population lies in a dimension, and the spread laid on it."""
    if member is None:
        return reference, CROWD_SD_M[dimension]
    own = member.of(dimension)
    if own is None:
        return reference, CROWD_SD_M[dimension]
    return own, population.kernels[dimension]


def _terms(
    pair: tuple[tuple[float, float], tuple[float, float]], mean: float, spread: float
) -> tuple[float, float, float]:
    """Log densities of both readings from one hull, and of either from any."""
    q, r = pair
    return (
        _pair(q, r, mean, spread),
        log_normal(q[0], mean, q[1] ** 2 + spread**2),
        log_normal(r[0], mean, r[1] ** 2 + spread**2),
    )


def _pair(q: tuple[float, float], r: tuple[float, float], mean: float, spread: float) -> float:
    """Log density of two readings of one hull whose true value is normal about a mean."""
    both = q[1] ** 2 + r[1] ** 2 + 1e-9
    weight = (r[1] ** 2 + 0.5e-9) / both
    best = weight * q[0] + (1 - weight) * r[0]
    rest = q[1] ** 2 * r[1] ** 2 / both
    return log_normal(q[0], r[0], both) + log_normal(best, mean, rest + spread**2)


def _two(q: tuple[float, float], r: tuple[float, float], mean: float, spread: float) -> float:
    """Log density of readings of two hulls, each normal about a mean."""
    return log_normal(q[0], mean, q[1] ** 2 + spread**2) + log_normal(
        r[0], mean, r[1] ** 2 + spread**2
    )


def _log_sum(logs: Sequence[float]) -> float:
    top = max(logs)
    return top + math.log(sum(math.exp(v - top) for v in logs))


def _value(reading: Reading) -> tuple[float, float]:
    return float(reading.value or 0.0), float(reading.sigma or 0.0)


def compare(
    questioned: Sequence[Reading],
    reference: Sequence[Reading],
    population: Population,
    appearance: Appearance,
    *,
    one_sided: str | None = None,
) -> Likeness:
    """Two sets of readings, and what they say for one hull against two.

    Args:
        questioned: of the hull in the image that is asked about.
        reference: of the ship proposed: from a register, its broadcasts or another image.
        population: hulls that might have been there instead.
        appearance: how alike the chips look.
        one_sided: why the images are too coarse to speak for anyone, where they are.

    Examples:
        >>> from quaywatch.fusion.likeness_population import population_of
        >>> nobody = population_of([], without="imo:1", described="")
        >>> seen = [Reading("length_m", 182.0, 4.0), Reading("beam_m", 30.0, 2.5)]
        >>> said = [Reading("length_m", 180.0, 0.5), Reading("beam_m", 30.0, 0.5)]
        >>> found = compare(seen, said, nobody, Appearance(None, None, reason="one image"))
        >>> found.verdict, round(found.ratio, 1), found.measured
        ('consistent', 11.7, False)

    """
    q, r = ({x.name: x for x in readings} for readings in (questioned, reference))
    compared = tuple(
        _compared(name, q, r, population, looks=appearance.log_ratio is not None)
        for name in (*DIMENSIONS, *TRAITS)
        if name in q or name in r
    )
    groups = _groups(compared, dimensions_log_ratio(q, r, population), appearance)
    total = _joined(groups)
    if total is not None and one_sided is not None:
        total = min(0.0, max(total, -math.log(EXPERT_LIMIT)))
    set_by_experts = any(c.group == "layout" and c.log_ratio is not None for c in compared) or (
        "dimensions" in groups and not population.listed
    )
    unmeasured = "appearance" in groups and not appearance.measured
    return Likeness(
        log_ratio=total,
        compared=compared,
        groups=groups,
        appearance=appearance,
        population=population,
        measured=total is not None and not set_by_experts and not unmeasured,
        one_sided=one_sided,
    )


def _compared(
    name: str,
    questioned: Mapping[str, Reading],
    reference: Mapping[str, Reading],
    population: Population,
    *,
    looks: bool,
) -> Compared:
    q = questioned.get(name, Reading(name, reason="not read in this image"))
    r = reference.get(name, Reading(name, reason="not known of the ship proposed"))
    trait = TRAITS.get(name)
    told = {"length_m": "length", "beam_m": "beam"}.get(name) or (trait.told if trait else name)
    group = "dimensions" if trait is None else trait.group
    if q.value is None or r.value is None:
        return Compared(name, told, group, q, r, None, None, measured=False, counted=False)
    z = (q.value - r.value) / math.sqrt((q.sigma or 0) ** 2 + (r.sigma or 0) ** 2 + 1e-9)
    if trait is None:
        alone = dimensions_log_ratio({name: q}, {name: r}, population)
        return Compared(name, told, group, q, r, alone, z, measured=population.listed)
    ratio = log_gross(trait_log_ratio(q, r, trait))
    # The colour of a deck is in how alike the chips look: it is shown, and counts once.
    counted = not (group == "colour" and looks)
    return Compared(name, told, group, q, r, ratio, z, measured=False, counted=counted)


def _groups(
    compared: Sequence[Compared], dimensions: float | None, appearance: Appearance
) -> dict[str, float]:
    """Log ratio of each kind of reading, capped."""
    groups: dict[str, float] = {}
    if dimensions is not None:
        groups["dimensions"] = _within(dimensions, DIMENSIONS_CAP)
    for kind in ("layout", "colour"):
        own = [
            c.log_ratio
            for c in compared
            if c.group == kind and c.counted and c.log_ratio is not None
        ]
        if own:
            weight = WITHIN_GROUP_WEIGHT if len(own) > 1 else 1.0
            groups[kind] = _within(weight * sum(own), math.log(EXPERT_LIMIT))
    if appearance.log_ratio is not None:
        groups["appearance"] = _within(appearance.log_ratio, EMBEDDING_CAP)
    return groups


def _within(value: float, cap: float) -> float:
    return min(max(value, -cap), cap)


def _joined(groups: Mapping[str, float]) -> float | None:
    """All kinds together: shrunk, since they come from the same pixels, and capped."""
    if not groups:
        return None
    weight = WITHIN_GROUP_WEIGHT if len(groups) > 1 else 1.0
    total = weight * sum(groups.values())
    # Several kinds that agree say at least what the strongest of them says alone.
    values = list(groups.values())
    if min(values) >= 0:
        total = max(total, *values)
    elif max(values) <= 0:
        total = min(total, *values)
    return _within(total, GROUP_CAP[Group.IDENTITY])
