"""What every detector of hulls gives, and what it is asked through."""

from dataclasses import dataclass, fields
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from quaywatch.imagery.read import Pixels

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Detection:
    """One hull in one scene."""

    lon: float
    lat: float
    """Centre, WGS84 degrees."""
    x_px: float
    y_px: float
    """Centre, in pixels of the scene."""
    length_m: float
    beam_m: float
    heading_deg: float
    """Axis of the hull, degrees from true north in [0, 180): which end is the bow is not said."""
    score: float
    """0 to 1; not a probability."""
    position_sigma_m: float | None
    """Standard deviation per axis, metres, geolocation included; None where that is unknown."""
    length_sigma_m: float
    beam_sigma_m: float
    heading_sigma_deg: float
    cut_by_edge: bool
    """It meets the edge of the valid pixels: the length is a lower bound."""
    gsd_m: float
    """True ground sample distance of the scene there, metres."""
    method: str

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, rounded to what they can mean."""
        return _rounded({f.name: getattr(self, f.name) for f in fields(self)})


@dataclass(frozen=True)
class Alongside:
    """A bright mass at the shore that may hold ships, and from which none can be told apart."""

    lon: float
    lat: float
    """Middle, WGS84 degrees."""
    x_px: float
    y_px: float
    """Middle, in pixels of the scene."""
    extent_m: float
    """Length of the mass along its axis: more than any ship in it."""
    reason: str = "alongside: not separable from the quay in radar"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, rounded to what they can mean.

        Examples:
            >>> Alongside(2.16541234, 41.3512345, 120.04, 88.46, 251.73).to_json()["extent_m"]
            251.7

        """
        return _rounded({f.name: getattr(self, f.name) for f in fields(self)})


@dataclass(frozen=True)
class Searched:
    """What a window or a scene shows."""

    hulls: tuple[Detection, ...]
    """Highest score first."""
    alongside: tuple[Alongside, ...] = ()
    """Masses at the shore that are neither ships nor empty water; of radar alone."""


class HullDetector(Protocol):
    """Finds hulls in a window of pixels."""

    @property
    def name(self) -> str:
        """Method and version, for the claim."""

    def detect(self, pixels: Pixels) -> list[Detection]:
        """The hulls of a window, highest score first; the same pixels give the same answer."""


@runtime_checkable
class Searcher(HullDetector, Protocol):
    """A detector that also tells what it could not part, and takes what is already known."""

    def search(self, pixels: Pixels, *, water: Mask | None = None) -> Searched:
        """The hulls of a window and the masses at its shore.

        Args:
            pixels: what ``read_window`` gave.
            water: ``water_mask`` of these very pixels, (y, x), where the caller has it; the answer
                is the same without.

        """


_DIGITS = {"lon": 6, "lat": 6, "score": 4, "gsd_m": 3}


def _rounded(raw: dict[str, Any]) -> dict[str, Any]:
    return {
        key: round(value, _DIGITS.get(key, 1)) if isinstance(value, float) else value
        for key, value in raw.items()
    }
