"""The invented ships of the simulated world, and the calendar of the berths they share."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from quaywatch.errors import WorldScriptError
from quaywatch.testing.planted import QuietSpell, iso, seconds

WORLD_START: Final = "2023-07-01T00:00Z"
WORLD_END: Final = "2025-07-01T00:00Z"
QUIET: Final = (
    ("2023-08-28T00:00Z", "2023-10-12T18:00Z"),
    ("2024-01-12T00:00Z", "2024-02-26T00:00Z"),
)
"""No ship lies at any berth in these spells."""
DAY_S: Final = 86400.0
HOUR_S: Final = 3600.0


def invented_imo(number: int) -> int:
    """A seven-digit number with a valid IMO check digit from a block that was never issued.

    Args:
        number: 0 to 99999.

    Examples:
        >>> invented_imo(1)
        3000013

    """
    six = 300_000 + number
    digits = [int(d) for d in f"{six:06d}"]
    check = sum(d * w for d, w in zip(digits, range(7, 1, -1), strict=True)) % 10
    return six * 10 + check


def invented_mmsi(number: int) -> int:
    """An MMSI under identification digits 299, which no country holds.

    The numbers lie far apart in their bits, so that one garbled bit never turns one into another.

    Examples:
        >>> invented_mmsi(1)
        299106367

    """
    return 299_100_000 + (number * 6367) % 900_000


@dataclass(frozen=True)
class Hull:
    """One ship: its identity as broadcast and its looks from above."""

    key: str
    name: str
    imo: int | None
    mmsi: int | None
    callsign: str
    length_m: float
    beam_m: float
    dwt_t: float
    role: str
    deck: int
    """Index of its deck colour."""
    hatches: int
    bridge_share: float
    """Share of the length that the aft superstructure takes."""
    house_from: float = 0.03
    """Where it begins, share of the length from the stern."""
    ship_type: int = 70
    draught_m: float = 7.0


def make_hull(
    key: str,
    number: int,
    rng: np.random.Generator,
    *,
    role: str,
    length_m: float | None = None,
    name: str | None = None,
    silent: bool = False,
    mmsi: int | None = None,
) -> Hull:
    """A hull of plausible proportions; a silent one carries no transponder and no number."""
    length = round(length_m if length_m is not None else float(rng.uniform(95, 200)), 1)
    beam = round(length / float(rng.uniform(6.1, 6.9)), 1)
    return Hull(
        key=key,
        name=(name or f"SIM {key}").upper().replace("_", " ")[:20],
        imo=None if silent else invented_imo(number * 13 + 7),
        mmsi=None if silent else (mmsi or invented_mmsi(number)),
        callsign=f"SIM{number:03d}",
        length_m=length,
        beam_m=beam,
        dwt_t=round(0.0044 * length**3 / 1000) * 1000.0,
        role=role,
        deck=int(rng.integers(0, 5)),
        hatches=int(np.clip(round(length / 30), 3, 7)),
        bridge_share=float(rng.uniform(0.11, 0.16)),
        draught_m=round(length / 19.0, 1),
    )


@dataclass
class BerthBook:
    """Who lies at which berth when; two ships never share one."""

    booked: dict[str, list[tuple[float, float, str]]] = field(default_factory=dict)

    def is_free(self, berth: str, start_s: float, end_s: float) -> bool:
        """Whether the berth stays free, with three hours either side, outside quiet spells."""
        margin = 3 * HOUR_S
        if any(start_s < seconds(b) and end_s > seconds(a) for a, b in QUIET):
            return False
        return all(
            end_s + margin <= start or start_s - margin >= end
            for start, end, _ in self.booked.get(berth, [])
        )

    def book(self, berth: str, start_s: float, end_s: float, who: str) -> None:
        """Book a berth.

        Raises:
            WorldScriptError: it is taken: the script contradicts itself.

        """
        if not self.is_free(berth, start_s, end_s):
            raise WorldScriptError(fact=f"{berth} is not free for {who} from {iso(start_s)}")
        self.booked.setdefault(berth, []).append((start_s, end_s, who))

    def first_free(
        self, berths: tuple[str, ...], earliest_s: float, stay_s: float
    ) -> tuple[str, float]:
        """The berth that can take a stay first, and when it can."""
        at = earliest_s
        while True:
            for berth in berths:
                if self.is_free(berth, at, at + stay_s):
                    return berth, at
            at += 6 * HOUR_S


def quiet_spells() -> tuple[QuietSpell, ...]:
    """The planted quiet spells."""
    return tuple(QuietSpell(iso(seconds(a)), iso(seconds(b))) for a, b in QUIET)
