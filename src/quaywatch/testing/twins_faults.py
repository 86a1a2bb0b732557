"""What goes wrong with the reports of honest ships: clocks, digits, feeds and coarse messages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
NM_DEG: Final = 60.0


@dataclass(frozen=True, slots=True)
class Heard:
    """Reports of a transponder as received."""

    at_s: Floats
    lon: Floats
    lat: Floats
    sog_kn: Floats
    cog_deg: Floats
    msg_type: int = 1


def late(sent: Heard, rng: np.random.Generator) -> Heard:
    """One report in ten stamped 5 to 55 minutes late."""
    slow = rng.uniform(size=len(sent.at_s)) < 0.1
    return replace(sent, at_s=sent.at_s + slow * rng.uniform(300.0, 3300.0, len(sent.at_s)))


def two_feeds(sent: Heard, rng: np.random.Generator) -> Heard:
    """Everything once more by another feed, stamped up to half an hour later."""
    again = sent.at_s + rng.uniform(600.0, 1800.0)
    twice = [np.tile(part, 2) for part in (sent.lon, sent.lat, sent.sog_kn, sent.cog_deg)]
    return Heard(np.concatenate((sent.at_s, again)), twice[0], twice[1], twice[2], twice[3])


def clock_off(sent: Heard, rng: np.random.Generator) -> Heard:
    """A clock wrong by up to ten minutes, the whole time."""
    return replace(sent, at_s=sent.at_s + rng.uniform(-600.0, 600.0))


def clock_noisy(sent: Heard, rng: np.random.Generator) -> Heard:
    """Stamps wrong by two minutes, each on its own."""
    return replace(sent, at_s=sent.at_s + 120.0 * rng.standard_normal(len(sent.at_s)))


def garbled(sent: Heard, rng: np.random.Generator) -> Heard:
    """Two reports in a hundred with a digit of their position wrong; 150 m of noise on all."""
    n = len(sent.at_s)
    wrong = rng.uniform(size=n) < 0.02
    step = rng.choice(np.array([-10.0, -1.0, 1.0, 10.0]), n) * wrong
    on_lon = rng.uniform(size=n) < 0.5
    noise = 150.0 / 1852.0 / NM_DEG * rng.standard_normal((2, n))
    lat = np.clip(sent.lat + step * ~on_lon + noise[1], -80.0, 80.0)
    return replace(sent, lon=sent.lon + step * on_lon + noise[0], lat=lat)


def type_27(sent: Heard, rng: np.random.Generator) -> Heard:
    """Long-range reports: places to a tenth of a minute, speeds to a knot."""
    del rng
    return replace(
        sent,
        lon=np.round(sent.lon * 600.0) / 600.0,
        lat=np.round(sent.lat * 600.0) / 600.0,
        sog_kn=np.round(sent.sog_kn),
        cog_deg=np.round(sent.cog_deg) % 360.0,
        msg_type=27,
    )


Fault = Callable[[Heard, np.random.Generator], Heard]
FAULTS: Final[Mapping[str, tuple[float, Fault | None]]] = {
    "as it is": (600.0, None),
    "late reports": (600.0, late),
    "two feeds, one late": (900.0, two_feeds),
    "clock off by up to 10 min": (600.0, clock_off),
    "noisy clock": (600.0, clock_noisy),
    "GPS noise and garbled digits": (600.0, garbled),
    "type 27 only": (10_800.0, type_27),
    "heard every 10 to 20 hours": (50_000.0, None),
    "images dated to the day": (1800.0, None),
}
"""Mean seconds between reports, and what goes wrong with them."""
