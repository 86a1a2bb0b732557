"""The hulls that might have been seen instead: those listed, or a stated crowd of like ones."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

LEAST_LISTED = 10
"""Fewer listed hulls say nothing of how common a size is."""
CROWD_SD_M = {"length_m": 30.0, "beam_m": 4.0}
"""Of the crowd assumed where too few are listed (METHODS section 8)."""
LEAST_KERNEL_M = {"length_m": 3.0, "beam_m": 1.0}
DIMENSIONS = ("length_m", "beam_m")
SISTER_M = {"length_m": 1.0, "beam_m": 0.5}
"""Hulls as alike as this in both are listed as possible sisters."""


@dataclass(frozen=True)
class Member:
    """One hull that might have been there."""

    subject: str
    name: str | None
    length_m: float
    beam_m: float | None
    source: str = ""
    """Who lists it."""

    def of(self, dimension: str) -> float | None:
        """One of ``DIMENSIONS``."""
        return self.length_m if dimension == "length_m" else self.beam_m

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "subject": self.subject,
            "name": self.name,
            "length_m": self.length_m,
            "beam_m": self.beam_m,
            "source": self.source,
        }


@dataclass(frozen=True)
class Population:
    """What hulls were plausible there, the proposed one left out."""

    basis: str
    """``listed`` or ``assumed``."""
    described: str
    """Who is in it, as printed."""
    members: tuple[Member, ...]
    """Those listed, by subject; also where they are too few to say how common a size is."""
    kernels: dict[str, float] = field(default_factory=dict)
    """Spread laid on each listed hull, metres, by dimension."""

    @property
    def listed(self) -> bool:
        """Whether its sizes are those of listed hulls."""
        return self.basis == "listed"

    def sisters(self, length_m: float | None, beam_m: float | None) -> list[Member]:
        """Hulls of the same dimensions as the one proposed."""
        if length_m is None or beam_m is None:
            return []
        own = {"length_m": length_m, "beam_m": beam_m}
        return [
            m
            for m in self.members
            if m.beam_m is not None
            and all(abs((m.of(d) or 0.0) - own[d]) <= SISTER_M[d] for d in DIMENSIONS)
        ]

    def fitting(self, measured: dict[str, tuple[float, float]], *, within: float = 2.0) -> int:
        """How many listed hulls fit what was measured, within so many standard deviations.

        Args:
            measured: value and sigma by dimension, metres. A hull whose beam is not listed is not
                held to it.
            within: standard deviations.

        """
        return sum(
            all(
                (own := m.of(d)) is None or abs(own - value) <= within * sigma
                for d, (value, sigma) in measured.items()
            )
            for m in self.members
        )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "basis": self.basis,
            "described": self.described,
            "count": len(self.members),
            "kernels_m": {k: round(v, 3) for k, v in self.kernels.items()},
        }


def population_of(members: Iterable[Member], *, without: str, described: str) -> Population:
    """The population of listed hulls, or a stated crowd where fewer than ten are listed.

    Args:
        members: listed hulls plausible at that place; the same subject twice counts once.
        without: the ship proposed.
        described: who they are and where from.

    Examples:
        >>> few = population_of([Member("imo:1", "A", 180.0, 30.0)], without="imo:2",
        ...                     described="bulk carriers broadcasting there")
        >>> few.basis, few.described
        ('assumed', 'a crowd of like ships about the one proposed (1 listed, too few to count)')

    """
    by_subject = {m.subject: m for m in members if m.subject != without and m.length_m > 0}
    listed = tuple(by_subject[s] for s in sorted(by_subject))
    if len(listed) < LEAST_LISTED:
        number = f"{len(listed)} listed, too few to count" if listed else "none is listed"
        return Population(
            "assumed", f"a crowd of like ships about the one proposed ({number})", listed
        )
    both = [(m.length_m, m.beam_m) for m in listed if m.beam_m is not None]
    kernels = {
        "length_m": _kernel([m.length_m for m in listed], "length_m"),
        "beam_m": _kernel(_off_line(both), "beam_m"),
    }
    return Population("listed", described, listed, kernels)


def _off_line(sizes: Sequence[tuple[float, float]]) -> list[float]:
    """Beams less those that hulls so long have: what beam adds once the length is known."""
    if len(sizes) < LEAST_LISTED:
        return []
    lengths, beams = np.array(sizes).T
    if float(np.ptp(lengths)) == 0.0:
        return [float(b) for b in beams - beams.mean()]
    slope, start = np.polyfit(lengths, beams, 1)
    return [float(b) for b in beams - start - slope * lengths]


def _kernel(values: Sequence[float], dimension: str) -> float:
    """Silverman's spread, robust to two kinds of ship in one list; the crowd's where few are known.

    Source:
        Silverman (1986), Density Estimation, eq. 3.31.

    """
    if len(values) < LEAST_LISTED:
        return CROWD_SD_M[dimension]
    array = np.array(values)
    low, high = np.percentile(array, [25, 75])
    spread = min(float(array.std()), float(high - low) / 1.349) or float(array.std())
    kernel: float = 0.9 * spread * len(values) ** -0.2
    return max(kernel, LEAST_KERNEL_M[dimension])


def log_normal(x: float, mean: float, variance: float) -> float:
    """Log density of a normal distribution.

    Examples:
        >>> round(log_normal(0.0, 0.0, 1.0), 4)
        -0.9189

    """
    return -0.5 * ((x - mean) ** 2 / variance + math.log(2 * math.pi * variance))
