"""When a report was sent and when the feed says it was: an injected report gets the feed's error.

A recorded feed stamps reports when a receiver or a server saw them. Without that error a falsified
track would be told by its times, and the benchmark would measure the injection, not the attack.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from quaywatch.testing.injections.plant import EARTH_M, KNOT_M_S, Floats, Indices

UNDER_WAY_M_S: Final = 4.0
"""Slower ships say little of the clock."""
STEADY_M_S: Final = 0.5
"""Largest change of speed between reports that are used."""
SHORT_S: Final = 60.0
LONG_S: Final = (180.0, 900.0)
WILD_S: Final = 60.0
"""A residual beyond this is a jump or a turn, not a clock."""


@dataclass(frozen=True, slots=True)
class FeedClock:
    """Error of the times of a feed: an Ornstein-Uhlenbeck process per vessel."""

    sd_s: float = 0.0
    memory_s: float = 0.0
    """Time after which errors are all but independent; 0: independent."""

    def sent_s(self, at_us: Indices, rng: np.random.Generator) -> Floats:
        """Seconds since the first of ``at_us`` at which each was sent, in order.

        Examples:
            >>> FeedClock().sent_s(np.array([5, 1_000_005]), np.random.default_rng(1)).tolist()
            [0.0, 1.0]

        """
        at_s = (at_us - at_us[0]) / 1e6
        if self.sd_s == 0.0:
            return np.asarray(at_s)
        error = self.sd_s * correlated(at_s, max(self.memory_s, 1e-3), rng)[0]
        return np.sort(at_s - error + error[0])


def correlated(at_s: Floats, memory_s: float, rng: np.random.Generator) -> Floats:
    """Two unit Ornstein-Uhlenbeck series at these times; shape (2, n)."""
    kick = rng.standard_normal((2, len(at_s)))
    stay = np.exp(-np.diff(at_s, prepend=at_s[:1]) / memory_s)
    new = np.sqrt(1.0 - stay**2)
    found = np.empty_like(kick)
    found[:, :1] = kick[:, :1]
    for i in range(1, len(at_s)):
        found[:, i] = stay[i] * found[:, i - 1] + new[i] * kick[:, i]
    return found


def feed_clock(positions: pl.DataFrame) -> FeedClock:
    """Measure the error of a feed's times from steady ships: time passed less way over speed.

    Args:
        positions: honest vessels; columns of ``POSITIONS``, sorted by ``mmsi``, ``at``.

    Bias: waves and the rounding of SOG are counted as clock, which makes attacks noisier, by
    less than a second at 10 knots.

    Examples:
        >>> from quaywatch.ais.schema import POSITIONS_FRAME
        >>> feed_clock(pl.DataFrame(schema=POSITIONS_FRAME))
        FeedClock(sd_s=0.0, memory_s=0.0)

    """
    short: list[Floats] = []
    long: list[Floats] = []
    steps: list[Floats] = []
    known = positions.drop_nulls(["lon", "lat", "sog_kn"])
    for track in known.partition_by("mmsi", maintain_order=True):
        if track.height < 50:
            continue
        late, at_s, broken = _lateness(track)
        for lag in (1, 2, 4, 8, 16, 32):
            apart = at_s[lag:] - at_s[:-lag]
            whole = broken[lag:] == broken[:-lag]
            change = late[lag:] - late[:-lag]
            if lag == 1:
                brief = whole & (apart < SHORT_S)
                short.append(change[brief])
                steps.append(apart[brief])
            long.append(change[whole & (apart > LONG_S[0]) & (apart < LONG_S[1])])
    far, near = _spread(long), _spread(short)
    if not far > 0.0:
        return FeedClock()
    left = 1.0 - (near / far) ** 2
    gone = float(np.median(np.concatenate(steps))) if steps else 0.0
    memory_s = -gone / float(np.log(left)) if 0.0 < left < 1.0 else 0.0
    return FeedClock(far / 2.0**0.5, memory_s)


def _lateness(track: pl.DataFrame) -> tuple[Floats, Floats, Indices]:
    """Time passed less the time that the way took, summed; the times; and breaks, counted."""
    at_s = track["at"].dt.epoch("us").to_numpy() / 1e6
    lon, lat = track["lon"].to_numpy(), track["lat"].to_numpy()
    speed = track["sog_kn"].to_numpy().astype(np.float64) * KNOT_M_S
    north = np.radians(np.diff(lat)) * EARTH_M
    east = np.radians(np.diff(lon)) * EARTH_M * np.cos(np.radians(lat[1:]))
    pace = (speed[1:] + speed[:-1]) / 2
    late = np.diff(at_s) - np.hypot(east, north) / np.maximum(pace, 0.1)
    steady = (pace > UNDER_WAY_M_S) & (np.abs(np.diff(speed)) < STEADY_M_S)
    good = steady & (np.diff(at_s) < 120) & (np.abs(late) < WILD_S)
    summed = np.concatenate(([0.0], np.cumsum(np.where(good, late, 0.0))))
    return summed, at_s, np.concatenate(([0], np.cumsum(~good)))


def _spread(parts: list[Floats]) -> float:
    """Robust standard deviation of all of it; 0 of nothing."""
    whole = np.concatenate(parts) if parts else np.empty(0)
    return float(1.4826 * np.median(np.abs(whole - np.median(whole)))) if len(whole) else 0.0
