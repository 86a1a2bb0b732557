"""Where a hull truly is at every instant: stays and passages without a break between them.

One hull has one itinerary, so it cannot be in two places; a ghost itinerary is a fiction that
somebody broadcasts and belongs to no hull.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from quaywatch.testing.sealanes import (
    NM_M,
    FloatArray,
    along_path,
    bearing_deg,
    great_circle_m,
    lane_path,
    offset,
    path_length_m,
)

WANDER_M: Final = 110.0
"""Standard deviation per axis of a ship about its intended track, metres."""
WANDER_TIME_S: Final = 1100.0
"""Correlation time of that wander; with it a ship's velocity wanders by about 0.15 m/s."""
TIDE_PERIOD_S: Final = 12.42 * 3600.0

StayKind = Literal["berth", "anchor"]


@dataclass(frozen=True)
class Phase:
    """A passage (``sail``) or a stay."""

    kind: Literal["sail", "berth", "anchor"]
    start_s: float
    end_s: float
    path: FloatArray
    """Lon, lat rows; one row for a stay."""
    place: str
    """Destination of a passage, or where the stay is."""
    origin: str
    heading_deg: float = 0.0
    berth: str | None = None
    declared: str | None = None


@dataclass(frozen=True)
class State:
    """Columns of a hull's true motion."""

    lonlat: FloatArray
    sog_kn: FloatArray
    cog_deg: FloatArray
    heading_deg: FloatArray
    phase: FloatArray
    """Index of the phase, as a float column."""


class Itinerary:
    """A hull's phases in time order, and its motion between them."""

    def __init__(self, phases: list[Phase], rng: np.random.Generator | None) -> None:
        self.phases = tuple(phases)
        waves = 24
        if rng is None:
            self._omega = np.zeros((2, 1))
            self._phi = np.zeros((2, 1))
            self._scale = 0.0
        else:
            # Frequencies of Student's t with 3 degrees of freedom give a Matern-3/2 process:
            # once differentiable, so that the ship has a velocity.
            spread = rng.standard_t(3, size=(2, waves)) / WANDER_TIME_S
            self._omega = np.clip(np.abs(spread), 0.0, 0.01)
            self._phi = rng.uniform(0, 2 * np.pi, size=(2, waves))
            self._scale = WANDER_M * float(np.sqrt(2 / waves))
        self._starts = np.array([p.start_s for p in phases])

    @property
    def start_s(self) -> float:
        """First instant."""
        return self.phases[0].start_s

    @property
    def end_s(self) -> float:
        """Last instant."""
        return self.phases[-1].end_s

    def phase_index(self, at_s: FloatArray) -> FloatArray:
        """Index of the phase at each instant, as integers."""
        last = len(self.phases) - 1
        return np.clip(np.searchsorted(self._starts, at_s, side="right") - 1, 0, last)

    def lonlat(self, at_s: FloatArray) -> FloatArray:
        """True position of the hull's middle, shape (n, 2), degrees."""
        out = np.empty((len(at_s), 2))
        index = self.phase_index(at_s)
        for number in np.unique(index):
            rows = index == number
            out[rows] = self._phase_lonlat(self.phases[int(number)], at_s[rows])
        return out

    def state(self, at_s: FloatArray) -> State:
        """Position and motion at each instant."""
        lonlat = self.lonlat(at_s)
        before, after = self.lonlat(at_s - 15.0), self.lonlat(at_s + 15.0)
        sog = great_circle_m(before, after) / 30.0 * 3600.0 / NM_M
        cog = bearing_deg(before, after)
        index = self.phase_index(at_s)
        heading = cog.copy()
        for number in np.unique(index):
            phase = self.phases[int(number)]
            if phase.kind != "sail":
                rows = index == number
                heading[rows] = _stay_heading(phase, at_s[rows])
        return State(lonlat, sog, cog, heading, index.astype(np.float64))

    def _phase_lonlat(self, phase: Phase, at_s: FloatArray) -> FloatArray:
        if phase.kind == "berth":
            return np.repeat(phase.path[:1], len(at_s), axis=0)
        if phase.kind == "anchor":
            swing = np.radians(_stay_heading(phase, at_s))
            at = np.repeat(phase.path[:1], len(at_s), axis=0)
            ease = np.clip(np.minimum(at_s - phase.start_s, phase.end_s - at_s) / 1800.0, 0.0, 1.0)
            return offset(at, -120.0 * ease * np.sin(swing), -120.0 * ease * np.cos(swing))
        length = path_length_m(phase.path)
        share = np.clip((at_s - phase.start_s) / (phase.end_s - phase.start_s), 0.0, 1.0)
        metres = share * length
        on_track = along_path(phase.path, metres)
        taper = np.clip(np.minimum(metres, length - metres) / 9000.0, 0.0, 1.0)
        waves = np.cos(self._omega[:, None, :] * at_s[None, :, None] + self._phi[:, None, :])
        wander = self._scale * waves.sum(axis=2) * taper
        return offset(on_track, wander[0], wander[1])


def _stay_heading(phase: Phase, at_s: FloatArray) -> FloatArray:
    """Berthed ships lie still; anchored ones swing with the tide."""
    if phase.kind == "berth":
        return np.full(len(at_s), phase.heading_deg)
    swing = 70.0 * np.sin(2 * np.pi * at_s / TIDE_PERIOD_S)
    heading: FloatArray = (phase.heading_deg + swing) % 360.0
    return heading


class Diary:
    """Writes an itinerary, each phase from where the last one ended."""

    def __init__(
        self,
        at_s: float,
        port: str,
        place: tuple[float, float],
        rng: np.random.Generator | None,
    ) -> None:
        self.at_s, self.port, self.place = at_s, port, place
        self._rng = rng
        self._phases: list[Phase] = []

    def stay(
        self,
        until_s: float,
        *,
        kind: StayKind = "anchor",
        heading_deg: float = 20.0,
        berth: str | None = None,
    ) -> "Diary":
        """Lie at the present place until an instant."""
        self._phases.append(
            Phase(
                kind, self.at_s, until_s, np.array([self.place]), self.port, self.port,
                heading_deg=heading_deg, berth=berth,
            )
        )  # fmt: skip
        self.at_s = until_s
        return self

    def sail(
        self,
        port: str,
        place: tuple[float, float],
        *,
        arrive_s: float | None = None,
        speed_kn: float = 10.5,
        declared: str | None = None,
    ) -> "Diary":
        """Sail the lane to a port, to arrive at an instant or at a mean speed."""
        path = self.path_to(port, place)
        length = path_length_m(path)
        arrive = arrive_s if arrive_s is not None else self.at_s + length / NM_M / speed_kn * 3600
        self._phases.append(
            Phase("sail", self.at_s, arrive, path, port, self.port, declared=declared)
        )
        self.at_s, self.port, self.place = arrive, port, place
        return self

    def path_to(self, port: str, place: tuple[float, float]) -> FloatArray:
        """The lane from here to a place of a port, ends included."""
        lane = lane_path(self.port, port, self._rng)
        return (
            np.vstack([[self.place], lane[1:-1], [place]])
            if len(lane) > 2
            else np.array([self.place, place])
        )

    def done(self) -> Itinerary:
        """The finished itinerary."""
        return Itinerary(self._phases, self._rng)
