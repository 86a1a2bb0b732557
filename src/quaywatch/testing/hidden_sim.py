"""Silences with and without a planted call, and honest twins: same ends, same length, no call.

The worlds are not those that the estimator assumes: speeds are uniform, stays are Gamma, waits
exponential. Nothing here is tuned to make it come out right.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from quaywatch.geo.geodesic import great_circle_nm
from quaywatch.geo.position import Position
from quaywatch.geo.water import WaterDistance
from quaywatch.voyages.call_prior import call_prior
from quaywatch.voyages.gazetteer import Place
from quaywatch.voyages.hidden_calls import HiddenAnswer, hidden_calls
from quaywatch.voyages.hidden_evidence import Witness, WitnessKind
from quaywatch.voyages.hidden_model import HiddenPort, Silence
from quaywatch.voyages.prism import ReachSite

PORTS: Final = 6
CALLS: Final = 0.3
"""Share of silences that hide a call."""
LOOKS_A_DAY: Final = 0.4
MATCHED, MISTAKEN = 0.7, 0.02
"""Share of looks at a hull in port that match it, and of looks without it that match another."""
YARD_MOVED, YARD_MOVES = 0.6, 0.1
"""Share of calls after which the yard is seen changed, and of times without a call."""
_EPOCH: Final = datetime(2025, 1, 1, tzinfo=UTC)
_CEILING_KN: Final = 14.5


def straight(a: Position, b: Position) -> WaterDistance:
    """An ocean without land: the great circle."""
    nm = great_circle_nm(a, b)
    return WaterDistance(nm, nm, nm, None, 0.0, 0.0, (a, b), "great-circle", "")


@dataclass(frozen=True, slots=True)
class World:
    """Ports and how often the fleet's silences hide a call at each."""

    ports: tuple[HiddenPort, ...]
    habit: tuple[float, ...]
    """Adding to ``CALLS``."""


@dataclass(frozen=True, slots=True)
class Planted:
    """One silence with its truth."""

    silence: Silence
    port: int | None
    """Which port it called at; None: none."""
    lay: tuple[float, float] | None
    """Hours after the begin at which it came and went."""


def world(rng: np.random.Generator) -> World:
    """Six ports in a sea of five degrees, and the fleet's habit."""
    sites = [
        Position(float(lon), float(lat))
        for lon, lat in zip(rng.uniform(0, 5, PORTS), rng.uniform(0, 5, PORTS), strict=True)
    ]
    ports = tuple(HiddenPort(ReachSite(f"p{k}", at), Place(at)) for k, at in enumerate(sites))
    return World(ports, tuple((CALLS * rng.dirichlet(np.full(PORTS, 0.7))).tolist()))


def planted(here: World, rng: np.random.Generator) -> Planted:
    """A silence of at least twelve hours; ends anywhere in the sea."""
    while True:
        a, b = (Position(float(x), float(y)) for x, y in rng.uniform(-0.5, 5.5, (2, 2)))
        share = rng.random()
        edges = np.cumsum(here.habit)
        port = int(np.searchsorted(edges, share)) if share < edges[-1] else None
        if port is None:
            hours, lay = _sails(a, b, rng), None
        else:
            at = here.ports[port].site.position
            out = _sails(a, at, rng)
            stay = float(rng.gamma(2.0, 20.0))
            hours, lay = out + stay + _sails(at, b, rng), (out, out + stay)
        if hours >= 12.0:
            end = _EPOCH + timedelta(hours=hours)
            return Planted(Silence(_EPOCH, end, a, b, _CEILING_KN), port, lay)


def _sails(a: Position, b: Position, rng: np.random.Generator) -> float:
    wait = float(rng.exponential(30.0)) if rng.random() < 0.4 else 0.0
    return great_circle_nm(a, b) / float(rng.uniform(8.0, 13.0)) + wait


def twin(one: Planted) -> Planted:
    """The same silence of a ship that did nothing in it."""
    return Planted(one.silence, None, None)


def seen(
    one: Planted, here: World, kinds: tuple[WitnessKind, ...], rng: np.random.Generator
) -> list[Witness]:
    """What looks and yards show of a silence, with the ratios that their error rates give."""
    hours = (one.silence.end - one.silence.start) / timedelta(hours=1)
    found = []
    for k, port in enumerate(here.ports):
        lay = one.lay if one.port == k else None
        if "image" in kinds:
            for at in np.sort(
                rng.uniform(0, hours, rng.poisson(LOOKS_A_DAY * hours / 24))
            ).tolist():
                there = lay is not None and lay[0] <= at <= lay[1]
                match = rng.random() < (MATCHED if there else MISTAKEN)
                ratio = MATCHED / MISTAKEN if match else (1 - MATCHED) / (1 - MISTAKEN)
                when = one.silence.start + timedelta(hours=at)
                found.append(
                    Witness("image", port.site.id, when, when, math.log(ratio), f"look-{k}-{at}")
                )
        if "stock" in kinds:
            moved = rng.random() < (YARD_MOVED if lay is not None else YARD_MOVES)
            ratio = YARD_MOVED / YARD_MOVES if moved else (1 - YARD_MOVED) / (1 - YARD_MOVES)
            found.append(
                Witness(
                    "stock",
                    port.site.id,
                    one.silence.start,
                    one.silence.end,
                    math.log(ratio),
                    f"yard-{k}",
                )
            )
    return found


def habits(here: World, rng: np.random.Generator, n: int = 60) -> dict[str, float]:
    """The prior as anyone would have it: from ``n`` earlier silences of the fleet."""
    counts: dict[str | None, float] = {}
    for _ in range(n):
        one = planted(here, rng)
        key = None if one.port is None else here.ports[one.port].site.id
        counts[key] = counts.get(key, 0.0) + 1.0
    return call_prior([p.site.id for p in here.ports], fleet=counts)


def judged(
    one: Planted, here: World, prior: dict[str, float], witnesses: list[Witness]
) -> HiddenAnswer:
    """What the estimator says of it.

    Examples:
        >>> rng = np.random.default_rng(1)
        >>> here = world(rng)
        >>> silent = judged(planted(here, rng), here, habits(here, rng, 5), [])
        >>> max(one.probability or 0.0 for one in silent.ports) <= 0.5
        True

    """
    return hidden_calls(one.silence, here.ports, prior, straight, witnesses=witnesses, steps=48)
