"""What every detector of hulls gives, and what it is asked through."""

from dataclasses import dataclass, fields
from typing import Any, Protocol

from quaywatch.imagery.read import Pixels


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
        digits = {"lon": 6, "lat": 6, "score": 4, "gsd_m": 3}
        raw = {f.name: getattr(self, f.name) for f in fields(self)}
        return {
            key: round(value, digits.get(key, 1)) if isinstance(value, float) else value
            for key, value in raw.items()
        }


class HullDetector(Protocol):
    """Finds hulls in a window of pixels."""

    @property
    def name(self) -> str:
        """Method and version, for the claim."""

    def detect(self, pixels: Pixels) -> list[Detection]:
        """The hulls of a window, highest score first; the same pixels give the same answer."""
