"""What is read off one hull: each a value with its error, or None with the reason.

Which readings a pixel can bear follows from its size: what is smaller than two pixels is not read.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Finesse(StrEnum):
    """How much of a hull an image can show."""

    FINE = "1 m and finer"
    """Hatches, cranes, the house, the colour of the deck."""
    MEDIUM = "3 m"
    """Length, beam, the end at which the house stands, how light runs along the deck."""
    COARSE = "10 m"
    """Length alone: no identity at this resolution."""
    RADAR = "radar"
    """Length, beam, how echoes run along the hull."""
    NONE = "coarser"
    """Nothing."""


FINE_GSD_M, MEDIUM_GSD_M, COARSE_GSD_M = 1.2, 4.5, 14.0
"""Coarsest pixels of each class, metres."""


def finesse_of(gsd_m: float, *, radar: bool = False) -> Finesse:
    """The class of an image.

    Examples:
        >>> [finesse_of(g).value for g in (0.5, 3.0, 10.0, 30.0)]
        ['1 m and finer', '3 m', '10 m', 'coarser']
        >>> finesse_of(10.0, radar=True).value
        'radar'

    """
    if radar:
        return Finesse.RADAR if gsd_m <= COARSE_GSD_M + 8.0 else Finesse.NONE
    for bound, kind in (
        (FINE_GSD_M, Finesse.FINE),
        (MEDIUM_GSD_M, Finesse.MEDIUM),
        (COARSE_GSD_M, Finesse.COARSE),
    ):
        if gsd_m <= bound:
            return kind
    return Finesse.NONE


@dataclass(frozen=True)
class Reading:
    """One thing read off a hull.

    Raises:
        ValueError: no value and no reason, or a value without an error.

    Examples:
        >>> Reading("length_m", 182.0, 6.2).to_json()
        {'name': 'length_m', 'value': 182.0, 'sigma': 6.2, 'reason': None}

    """

    name: str
    value: float | None = None
    sigma: float | None = None
    """Standard deviation, in the unit of the value."""
    reason: str | None = None
    """Why it is None."""

    def __post_init__(self) -> None:
        """Hold the rule: a value has an error, and its absence a reason."""
        if self.value is None and not self.reason:
            msg = f"{self.name} has neither a value nor a reason"
            raise ValueError(msg)
        if self.value is not None and not (self.sigma is not None and self.sigma >= 0):
            msg = f"{self.name} has a value but no error"
            raise ValueError(msg)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, to what they can mean."""
        return {
            "name": self.name,
            "value": None if self.value is None else round(self.value, 3),
            "sigma": None if self.sigma is None else round(self.sigma, 3),
            "reason": self.reason,
        }


def reading_from_json(raw: dict[str, Any]) -> Reading:
    """The reading that ``to_json`` wrote.

    Examples:
        >>> reading_from_json(Reading("cranes", reason="pixels of 3 m do not show them").to_json())
        Reading(name='cranes', value=None, sigma=None, reason='pixels of 3 m do not show them')

    """
    return Reading(raw["name"], raw["value"], raw["sigma"], raw["reason"])
