"""What is kept of one yard in one look: its state, its dark share, what it may be and how much."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from shapely.geometry.base import BaseGeometry

from quaywatch.imagery.stock_material import Told
from quaywatch.imagery.stock_shade import DARK_RATIO
from quaywatch.imagery.stock_volume import Volume

METHOD: Final = "stock@2"
"""The second says what to do where nothing can be told."""


class StockState(StrEnum):
    """How much of a yard is under dark material."""

    NONE = "none"
    SOME = "some"
    FULL = "full"
    UNKNOWN = "unknown"


LEVELS: Final = {
    StockState.NONE: "empty",
    StockState.SOME: "part",
    StockState.FULL: "full",
}
"""What bins are said to be: visible fill only, and never tonnes."""


@dataclass(frozen=True)
class Yard:
    """What is looked at, and what the site says of it."""

    area: BaseGeometry
    """WGS84 degrees."""
    area_m2: float
    """On the ground, in full."""
    storage: str
    """open, bins or covered."""
    controls: tuple[BaseGeometry, ...]
    """Bare ground to compare with, WGS84 degrees."""
    dark_ratio: float = DARK_RATIO
    commodity: str | None = None
    """A key of ``stock_volume.DENSITY_T_M3``, where the site says what is kept there."""


@dataclass(frozen=True)
class StockLook:
    """One yard in one look."""

    state: StockState
    reason: str | None
    """Why the state is unknown."""
    level: str | None
    """Bins only: empty, part, full."""
    y: float | None
    """Dark share of the yard less that of the control."""
    y_sigma: float | None
    """One standard deviation, the choice of what is dark among its sources."""
    y_repeat_sigma: float | None
    """The part of it that differs from look to look: what changes are judged by."""
    yard_fraction: float | None
    control_fraction: float | None
    control_brightness: float | None
    """Median over the control: reflectance, or 0 to 1 as displayed."""
    usable_share: float | None
    footprint_ha: tuple[float, float, float] | None
    volume: Volume | None
    told: Told
    untellable: tuple[str, ...]
    """What this look cannot tell, in sentences."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        material, volume = self.told.material, self.volume
        return {
            "state": str(self.state),
            "reason": self.reason,
            "level": self.level,
            "y": _rounded(self.y),
            "y_sigma": _rounded(self.y_sigma),
            "y_repeat_sigma": _rounded(self.y_repeat_sigma),
            "yard_fraction": _rounded(self.yard_fraction),
            "control_fraction": _rounded(self.control_fraction),
            "control_brightness": _rounded(self.control_brightness),
            "usable_share": _rounded(self.usable_share, 3),
            "footprint_ha": None
            if self.footprint_ha is None
            else [round(v, 3) for v in self.footprint_ha],
            **(_NO_VOLUME if volume is None else volume.to_json()),
            "material": None if material is None else str(material),
            "material_reason": self.told.reason,
            "ln_ratio": self.told.ln_ratio,
            "coal_share": _rounded(self.told.coal_share, 3),
            "ore_share": _rounded(self.told.ore_share, 3),
            "untellable": list(self.untellable),
        }


_NO_VOLUME: Final[dict[str, Any]] = {
    "volume_m3": None,
    "most_m3": None,
    "tonnes": None,
    "tonnes_reason": None,
    "commodity": None,
}
_NOTHING_TOLD: Final = Told(None, "the stock is unknown", None, None, None)


def unknown(
    reason: str, *, usable_share: float | None = None, untellable: Sequence[str] = ()
) -> StockLook:
    """A look that tells nothing of a yard.

    Examples:
        >>> unknown("it is covered").to_json()["state"]
        'unknown'

    """
    return StockLook(
        state=StockState.UNKNOWN, reason=reason, level=None, y=None, y_sigma=None,
        y_repeat_sigma=None, yard_fraction=None, control_fraction=None, control_brightness=None,
        usable_share=usable_share, footprint_ha=None, volume=None, told=_NOTHING_TOLD,
        untellable=tuple(untellable),
    )  # fmt: skip


def _rounded(value: float | None, digits: int = 4) -> float | None:
    return None if value is None else round(value, digits)
