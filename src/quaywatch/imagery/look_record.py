"""What is kept of one scene at one site: its place, light and sky, hulls, berths and yards."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from quaywatch.imagery.berth_state import METHOD as STATE_METHOD
from quaywatch.imagery.berth_state import BerthState, Strip
from quaywatch.imagery.detected import Alongside, Detection
from quaywatch.imagery.normalise import METHOD as NORMALISATION_METHOD
from quaywatch.imagery.normalise import Normalisation
from quaywatch.imagery.seen import Laid

METHOD = "look@4"
"""The third lies exactly where it says that it was laid, and names what radar cannot part."""


@dataclass(frozen=True)
class BerthLook:
    """One berth in one look."""

    id: str
    name: str
    state: BerthState
    p_occupied: float | None
    reason: str
    evidence: str | None
    """What the probability rests on: hull and strip, hull, strip, empty."""
    usable_share: float | None
    """Share of the berth that was seen clear; None where it cannot be told."""
    length_m: float | None
    beam_m: float | None
    strip: Strip | None
    hulls: tuple[Detection, ...]
    shares: Mapping[str, float] | None = None
    """Share of the berth that is clear, cloud, shadow, haze, snow or ice, and no data."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        strip = self.strip
        return {
            "id": self.id,
            "name": self.name,
            "state": str(self.state),
            "p_occupied": self.p_occupied,
            "reason": self.reason,
            "evidence": self.evidence,
            "usable_share": _rounded(self.usable_share, 3),
            "clarity": _shares(self.shares),
            "length_m": _rounded(self.length_m, 1),
            "beam_m": _rounded(self.beam_m, 1),
            "water_share": None if strip is None else _rounded(strip.water_share, 3),
            "filled_run_m": None if strip is None else _rounded(strip.run_m, 1),
            "filled_depth_m": None if strip is None else _rounded(strip.depth_m, 1),
            "detections": [hull.to_json() for hull in self.hulls],
            "method": STATE_METHOD,
        }


@dataclass(frozen=True)
class YardLook:
    """One yard in one look."""

    id: str
    name: str
    storage: str | None
    usable_share: float | None
    reason: str | None
    """Why its share is not known, or why it cannot be seen at all."""
    shares: Mapping[str, float] | None = None
    """As of a berth."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "id": self.id,
            "name": self.name,
            "storage": self.storage,
            "usable_share": _rounded(self.usable_share, 3),
            "clarity": _shares(self.shares),
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Look:
    """One scene at one site."""

    site: str
    scene: str
    captured_start: datetime
    captured_end: datetime
    sensor: str
    gsd_m: float
    sun_elevation_deg: float | None
    sun_azimuth_deg: float | None
    registration: Laid | None
    """Shift and residual; None without a reference look."""
    registration_reason: str
    normalisation: Normalisation | None
    """The light against the reference's; None where it was not registered."""
    normalisation_reason: str
    cloud_method: str
    """What told cloud, shadow, haze, snow and ice."""
    cannot_tell: tuple[str, ...]
    """What it takes one for the other, or does not see at all."""
    detector: str
    detections: tuple[Detection, ...]
    """Every hull about the site, at a berth or not."""
    alongside: tuple[Alongside, ...]
    """Masses at the shore from which radar cannot tell a ship: neither a ship nor empty water."""
    berths: tuple[BerthLook, ...]
    yards: tuple[YardLook, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "site": self.site,
            "scene": self.scene,
            "captured_start": self.captured_start.isoformat(),
            "captured_end": self.captured_end.isoformat(),
            "sensor": self.sensor,
            "gsd_m": round(self.gsd_m, 3),
            "sun_elevation_deg": self.sun_elevation_deg,
            "sun_azimuth_deg": self.sun_azimuth_deg,
            "registration": None if self.registration is None else self.registration.to_json(),
            "registration_reason": self.registration_reason,
            "normalisation": None if self.normalisation is None else self.normalisation.to_json(),
            "normalisation_reason": self.normalisation_reason,
            "normalisation_method": NORMALISATION_METHOD,
            "cloud_method": self.cloud_method,
            "cannot_tell": list(self.cannot_tell),
            "detector": self.detector,
            "method": METHOD,
            "detections": [d.to_json() for d in self.detections],
            "alongside": [mass.to_json() for mass in self.alongside],
            "berths": [b.to_json() for b in self.berths],
            "yards": [y.to_json() for y in self.yards],
        }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _shares(shares: Mapping[str, float] | None) -> dict[str, float] | None:
    return None if shares is None else {name: round(share, 3) for name, share in shares.items()}
