"""The ways through one silence as sums that can be asked: both readings of doubted broadcasts.

Reach and habit are made into weights here; what AIS alone may say is limited by adding to the
weight of going straight on (``tilt_of``), so that every later answer keeps to the limit.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from quaywatch.geo.geodesic import great_circle_nm
from quaywatch.geo.position import Position
from quaywatch.voyages.call_prior import UNDECLARED
from quaywatch.voyages.gazetteer import Place
from quaywatch.voyages.hidden_evidence import CAP, Basis, Weighed
from quaywatch.voyages.hidden_paths import (
    STAY_H,
    STAY_SIGMA,
    Grid,
    Ways,
    hops,
    log_total,
    mass,
    passage,
    stays_posterior,
    toeplitz,
)
from quaywatch.voyages.prism import Distance, ReachSite

MOST_CALLS = 3
"""In one silence."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A gap, or a stretch whose broadcasts are doubted."""

    start: datetime
    end: datetime
    before: Position
    after: Position
    ceiling_kn: float
    """Highest sustained speed of this hull (``prism.ceiling_of``)."""
    doubted: tuple[tuple[datetime, Position], ...] = ()
    """Broadcasts within it, true or falsified."""
    p_falsified: float = 0.0
    """Probability that those are false, all of them together (one transponder, one cause)."""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HiddenPort:
    """A place that the silence may hide a call at."""

    site: ReachSite
    place: Place
    stay_h: float = STAY_H
    """Median stay."""
    stay_sigma: float = STAY_SIGMA


@dataclass(frozen=True, slots=True)
class Model:
    """The sums, kept so that more can be asked of them."""

    silence: Silence
    grid: Grid
    ids: tuple[str, ...]
    readings: tuple[tuple[float, Ways], ...]
    """ln of the prior weight of each reading of the doubted broadcasts, and its ways."""

    def log_z(self, masks: Mapping[int, NDArray[np.bool_]] | None = None) -> float:
        """Ln of the sum over readings and ways."""
        parts = [
            weight + log_total(ways.without(masks) if masks else ways)[0]
            for weight, ways in self.readings
        ]
        return float(np.logaddexp.reduce(parts))

    def log_direct(self) -> float:
        """The same of going straight on."""
        return float(np.logaddexp.reduce([w + ways.direct for w, ways in self.readings]))

    def without(self, port: int) -> float:
        """P(no call at a port)."""
        n = self.grid.n + 1
        z = self.log_z()
        return math.exp(min(0.0, self.log_z({port: np.ones((n, n), bool)}) - z))

    def between(self, port: str, first: datetime, last: datetime) -> float:
        """P(a stay at the port touches the time)."""
        a, b = (self.node(at) for at in (first, last))
        if b < 0 or a > self.grid.n or b < a:
            return 0.0
        i, k = np.arange(self.grid.n + 1)[:, None], np.arange(self.grid.n + 1)[None, :]
        touch = (i <= b) & (k >= a)
        j = self.ids.index(port)
        return 1.0 - math.exp(min(0.0, self.log_z({j: touch}) - self.log_z()))

    def node(self, at: datetime) -> float:
        """Where a time lies on the grid."""
        return (at - self.silence.start) / timedelta(hours=1) / self.grid.step_h

    def stays(self) -> NDArray[np.float64]:
        """Expected stays of every port, over the readings."""
        z = self.log_z()
        found: NDArray[np.float64] = np.sum(
            [math.exp(w) * stays_posterior(ways, z) for w, ways in self.readings], axis=0
        )
        return found


def model_of(  # each a different thing
    silence: Silence,
    grid: Grid,
    ports: Sequence[HiddenPort],
    prior: Mapping[str, float],
    distance: Distance,
    used: Sequence[Weighed],
    usual_kn: float,
) -> Model:
    """Ways under both readings of the doubted broadcasts: true, and false."""
    ways = _ways(silence, grid, ports, prior, distance, used, usual_kn)
    ids = tuple(port.site.id for port in ports)
    if not silence.doubted:
        return Model(silence, grid, ids, ((0.0, ways),))
    readings = []
    if silence.p_falsified > 0.0:
        readings.append((math.log(silence.p_falsified), ways))
    if silence.p_falsified < 1.0:
        true = ways.without({j: _denied(silence, grid, p) for j, p in enumerate(ports)})
        readings.append((math.log1p(-silence.p_falsified), true))
    return Model(silence, grid, ids, tuple(readings))


def _ways(
    silence: Silence,
    grid: Grid,
    ports: Sequence[HiddenPort],
    prior: Mapping[str, float],
    distance: Distance,
    used: Sequence[Weighed],
    usual_kn: float,
) -> Ways:
    sites = [port.site for port in ports]
    n = grid.n + 1
    straight = distance(silence.before, silence.after)
    shares = np.array([prior[site.id] for site in sites])
    none = 1.0 - float(shares.sum())
    # Half of what it would sail in the time: a detour of so much makes a call e times less usual.
    half_nm = 0.5 * usual_kn * grid.n * grid.step_h
    leg = _Legs(grid, distance, silence.ceiling_kn, usual_kn)
    start, end = np.empty((len(sites), n)), np.empty((len(sites), n))
    hop, stay = np.zeros((len(sites), len(sites), n)), np.empty((len(sites), n, n))
    for j, (site, port) in enumerate(zip(sites, ports, strict=True)):
        there, there_nm = leg.steps(silence.before, site.position, site.radius_nm)
        back, back_nm = leg.steps(site.position, silence.after, site.radius_nm)
        extra_nm = max(0.0, there_nm + back_nm - (straight.water_nm or straight.great_circle_nm))
        share = max(shares[j] * math.exp(-extra_nm / half_nm), min(shares[j], UNDECLARED))
        with np.errstate(divide="ignore"):
            start[j] = np.log(there) + math.log(share)
            end[j] = np.log(back[::-1]) + math.log(none)
        stay[j] = _stays(silence, grid, port, used)
        for k, other in enumerate(sites):
            if k != j:
                far, _ = leg.steps(site.position, other.position, site.radius_nm + other.radius_nm)
                hop[j, k] = far * shares[k]
    passed, _ = leg.steps(silence.before, silence.after, 0.0)
    draught = sum(one.log_lr for one in used if one.witness.kind == "draught")
    with np.errstate(divide="ignore"):
        direct = float(np.log(passed[-1])) + math.log(none) - draught
    return Ways(direct, start, hops(hop), stay, end, MOST_CALLS)


@dataclass(frozen=True, slots=True)
class _Legs:
    grid: Grid
    distance: Distance
    ceiling_kn: float
    usual_kn: float

    def steps(self, a: Position, b: Position, less_nm: float) -> tuple[NDArray[np.float64], float]:
        """Mass of the steps from place to place, to the edge of a port; and the way."""
        way = self.distance(a, b)
        if way.water_nm is None or way.lower_bound_nm is None:
            return np.zeros(self.grid.n + 1), way.great_circle_nm
        least = max(0.0, way.lower_bound_nm - less_nm)
        found = passage(
            self.grid,
            water_nm=max(least, way.water_nm - less_nm),
            lower_nm=least,
            ceiling_kn=self.ceiling_kn,
            usual_kn=min(self.usual_kn, self.ceiling_kn),
        )
        return found, way.water_nm


def _stays(
    silence: Silence, grid: Grid, port: HiddenPort, used: Sequence[Weighed]
) -> NDArray[np.float64]:
    """Weight of each stay: how long stays are, times what was seen of it."""
    lies = toeplitz(mass(grid, median_h=port.stay_h, sigma=port.stay_sigma))
    i, k = np.arange(grid.n + 1)[:, None], np.arange(grid.n + 1)[None, :]
    logs = np.zeros((grid.n + 1, grid.n + 1))
    for one in used:
        if one.witness.port != port.site.id:
            continue
        hour = timedelta(hours=1)
        a, b = (
            (at - silence.start) / hour / grid.step_h
            for at in (one.witness.first, one.witness.last)
        )
        # Half a step is what the grid does not resolve.
        logs += np.where((i <= b + 0.5) & (k >= a - 0.5), one.log_lr, 0.0)
    return lies * np.exp(logs)


def _denied(silence: Silence, grid: Grid, port: HiddenPort) -> NDArray[np.bool_]:
    """Stays that no hull can have made that was where the broadcasts say."""
    i, k = np.arange(grid.n + 1)[:, None], np.arange(grid.n + 1)[None, :]
    out = np.zeros((grid.n + 1, grid.n + 1), bool)
    for at, position in silence.doubted:
        node = (at - silence.start) / timedelta(hours=1) / grid.step_h
        far = great_circle_nm(position, port.site.position) - port.site.radius_nm
        need = max(0.0, far) / silence.ceiling_kn / grid.step_h - 0.5
        if need > 0:
            out |= (k > node - need) & (i < node + need)
    return out


def tilt_of(plain: Model, prior: float, draught: float) -> float:
    """What to add to ln(straight on) so that AIS alone says no more than it may.

    The prior is of silences as long as this, so that its length can only speak against a call (a
    port is too far), never for one; a draught may, up to its own cap; both together stop at even
    odds.
    """
    direct, z = plain.log_direct(), plain.log_z()
    odds = math.log(max(math.expm1(z - direct), 1e-300))
    most = min(
        math.log(prior / (1.0 - prior)) + max(0.0, draught),
        math.log(CAP[Basis.AIS_ONLY] / (1.0 - CAP[Basis.AIS_ONLY])),
    )
    return max(0.0, odds - most)


def tilted(model: Model, tilt: float) -> Model:
    """The model with ``tilt`` added to the log weight of going straight on."""
    if tilt == 0.0:
        return model
    readings = tuple(
        (w, Ways(s.direct + tilt, s.start, s.hop, s.stay, s.end, s.most)) for w, s in model.readings
    )
    return Model(model.silence, model.grid, model.ids, readings)
