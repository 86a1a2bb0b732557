"""Planted contradictions: ships that broadcast where they are not, numbers that two hulls send.

Each planted ship begins as an honest one of ``twins_sim`` and then breaks one thing, so that what
is found can be counted by kind and by how far off it is.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from quaywatch.evidence.likelihood import Group
from quaywatch.fusion.contradiction_posterior import FALSE, HULL, MISTAKE, OTHER, Prior
from quaywatch.fusion.contradictions import Explanation, Weighed
from quaywatch.testing.fleet import invented_imo
from quaywatch.testing.twins_faults import NM_DEG, Floats, Heard
from quaywatch.testing.twins_sim import (
    BEGIN_S,
    DAY_S,
    DAYS,
    OPEN,
    Sailed,
    Twin,
    heard,
    sailing,
)

FAR_NM: Final = (25.0, 50.0, 100.0, 300.0)
"""How far from where it says a planted ship is seen."""
PLANTED: Final = ("two-places", "in-port-while-at-sea", "unreachable")


def planted(kind: str, number: int, *, seed: int, far_nm: float) -> Twin:
    """One planted case.

    Args:
        kind: ``two-places``, ``in-port-while-at-sea`` (seen at a berth) or ``unreachable`` (two
            hulls send one number).
        number: of the case; its MMSI and IMO follow from it.
        seed: of the world.
        far_nm: between the two places.

    Examples:
        >>> planted("two-places", 1, seed=1, far_nm=100.0).condition
        'two-places, 100 nm'

    """
    rng = np.random.default_rng([seed, number, PLANTED.index(kind)])
    mmsi = 270_000_000 + 2 * number
    said = sailing(OPEN, rng.uniform(9.0, 14.0), rng, stop_h=0.0)
    sent = heard(said, rng, every_s=1200.0)
    east = far_nm / NM_DEG / np.cos(np.radians(35.0))
    condition = f"{kind}, {far_nm:g} nm"
    if kind == "unreachable":
        moved = [(lon + east, lat) for lon, lat in OPEN]
        other = heard(sailing(moved, rng.uniform(9.0, 14.0), rng, stop_h=4.0), rng, every_s=1500.0)
        return _twin(condition, number, ((mmsi, sent), (mmsi, other)), np.empty(0), said, 0.0)
    at_s = np.array([BEGIN_S + rng.uniform(0.5, DAYS - 0.5) * DAY_S])
    return _twin(condition, number, ((mmsi, sent),), at_s, said, east)


def _twin(
    condition: str,
    number: int,
    sent: tuple[tuple[int, Heard], ...],
    at_s: Floats,
    said: Sailed,
    east: float,
) -> Twin:
    lon, lat = said.places(at_s)
    imo = invented_imo(50_000 + number)
    return Twin(condition, imo, f"SIM PLANTED {number}", sent, at_s, lon + east, lat)


@dataclass(frozen=True, slots=True)
class Weighing:
    """What is known of one planted contradiction, and what is true of it."""

    truth: Explanation
    evidence: tuple[Weighed, ...]


def weighings(count: int, prior: Prior, *, seed: int) -> list[Weighing]:
    """Contradictions of known cause, with evidence drawn as nature would: not by our own caps.

    Likeness: a normal log ratio of a comparison that tells hulls apart by ``d' = 2`` (mean +2 for
    the same hull, -2 for another). An image of the broadcast position is held in half the cases;
    where a hull is there it is missed in 5 of 100, and something is taken for one in 2 of 100 where
    there is none. A made-up track shows a tell in 4 of 10 cases, an honest one in 2 of 100. Two
    tracks are heard in 6 of 10 cases where another hull broadcasts, and in 1 of 10 elsewhere.

    Examples:
        >>> from quaywatch.fusion.contradiction_posterior import SEEN_PRIORS
        >>> len(weighings(5, SEEN_PRIORS["even"], seed=1))
        5

    """
    rng = np.random.default_rng([seed, 11])
    names = list(prior)
    truths = rng.choice(len(names), size=count, p=np.array([prior[h] for h in names]))
    return [_weighing(names[int(k)], rng) for k in truths]


def _weighing(truth: Explanation, rng: np.random.Generator) -> Weighing:
    log_ratio = rng.normal(-2.0 if truth is HULL else 2.0, 2.0)
    ratio = float(np.exp(log_ratio))
    said = [_of("likeness", {FALSE: ratio, OTHER: ratio, MISTAKE: ratio, HULL: 1.0},
                Group.IDENTITY)]  # fmt: skip
    if rng.uniform() < 0.5:
        hull_seen = rng.uniform() < (0.02 if truth is FALSE else 0.95)
        lr = 0.02 / 0.95 if hull_seen else 0.98 / 0.05
        said.append(_of("broadcast position", {FALSE: lr}, Group.IMAGERY_PRESENCE))
    if rng.uniform() < (0.4 if truth is FALSE else 0.02):
        said.append(_of("track", {FALSE: 20.0}, Group.AIS_INTEGRITY))
    if rng.uniform() < (0.6 if truth is OTHER else 0.1):
        said.append(_of("two tracks", {OTHER: 5.0, FALSE: 2.0}, Group.AIS_INTEGRITY, set_=True))
    return Weighing(truth, tuple(said))


def _of(
    name: str, likelihood: dict[Explanation, float], group: Group, *, set_: bool = False
) -> Weighed:
    return Weighed(
        name=name, likelihood=likelihood, group=group, measured=not set_, because="Planted."
    )
